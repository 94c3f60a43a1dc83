package base

import (
	"regexp"
	"slices"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// EdgeRegion is where AWS keeps what is global.
const EdgeRegion = "us-east-1"

var (
	headerForm  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

// IsHeader reports whether a text can be the name of a header.
func IsHeader(name string) bool { return headerForm.MatchString(name) }

// Countries are a list of countries, with the field that it is given in.
type Countries struct {
	Field string
	Codes []string
}

// CheckCountries checks that one of two lists of countries is given.
func CheckCountries(errs *fielderr.List, a, b Countries) {
	if (len(a.Codes) == 0) == (len(b.Codes) == 0) {
		errs.Add("", "needs either %s or %s", a.Field, b.Field)
	}
	for _, list := range []Countries{a, b} {
		for i, code := range list.Codes {
			switch at := list.Field + fielderr.Index(i); {
			case !countryForm.MatchString(code):
				errs.Invalid(at, code, "must be a country as two capital letters, such as DE")
			case slices.Contains(list.Codes[:i], code):
				errs.Invalid(at, code, "is there twice")
			}
		}
	}
}
