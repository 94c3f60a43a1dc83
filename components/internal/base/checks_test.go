package base_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

func TestHeadersHaveNames(t *testing.T) {
	for _, name := range []string{"cookie", "X-Api-Key", "x_y.z", "1"} {
		require.True(t, base.IsHeader(name), name)
	}
	for _, name := range []string{"", "a b", "a:b", "naïve", "a\n", "(a)"} {
		require.False(t, base.IsHeader(name), name)
	}
}

func TestCountriesAreGivenOneWay(t *testing.T) {
	for name, c := range map[string]struct {
		allow, deny []string
		want        string
	}{
		"one list":   {allow: []string{"DE", "FR"}},
		"the other":  {deny: []string{"KP"}},
		"no list":    {want: "1 problem\n  geo: needs either allow or deny"},
		"both lists": {allow: []string{"DE"}, deny: []string{"KP"}, want: "1 problem\n  geo: needs either allow or deny"},
		"other words": {deny: []string{"de", "DE", "Germany", "DE"}, want: `3 problems
  geo.deny[0]: "de": must be a country as two capital letters, such as DE
  geo.deny[2]: "Germany": must be a country as two capital letters, such as DE
  geo.deny[3]: "DE": is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			var errs fielderr.List
			base.CheckCountries(errs.At("geo"), base.Countries{Field: "allow", Codes: c.allow}, base.Countries{Field: "deny", Codes: c.deny})
			err := errs.Err("it")
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, "it: "+c.want)
		})
	}
}
