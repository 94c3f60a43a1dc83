// Package datastore is what the components that keep data have in common: how they are
// placed, encrypted, named, scheduled and watched.
package datastore

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// CheckNetwork checks where a store is placed. Two subnets are the least: a store in
// one zone can still be moved to the other.
func CheckNetwork(errs *fielderr.List, region string, vpcId pulumi.StringInput, subnetIds pulumi.StringArrayInput) {
	CheckRegion(errs, region)
	if vpcId == nil {
		errs.Required("vpcId")
	}
	CheckSubnets(errs, subnetIds)
}

var regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// CheckRegion checks the field region.
func CheckRegion(errs *fielderr.List, region string) {
	if region == "" {
		errs.Required("region")
	} else if !regionForm.MatchString(region) {
		errs.Invalid("region", region, "must be a region such as eu-central-1")
	}
}

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// IsAccount reports whether a text is the number of an AWS account.
func IsAccount(text string) bool { return accountForm.MatchString(text) }

// CheckAccount checks the field accountId.
func CheckAccount(errs *fielderr.List, account string) {
	if account == "" {
		errs.Required("accountId")
	} else if !IsAccount(account) {
		errs.Invalid("accountId", account, "must be twelve digits")
	}
}

// CheckSubnets checks the field subnetIds, as far as the ids are known.
func CheckSubnets(errs *fielderr.List, subnetIds pulumi.StringArrayInput) {
	if subnetIds == nil {
		errs.Required("subnetIds")
	} else if ids, plain := subnetIds.(pulumi.StringArray); plain && len(ids) < 2 {
		errs.Invalid("subnetIds", len(ids), "must be two subnets or more, in different zones")
	}
}

// CheckKey checks that the key was chosen. The choice cannot be undone later, so that
// there is no default.
func CheckKey(errs *fielderr.List, kmsKeyArn pulumi.StringInput, awsManagedKey bool) {
	switch {
	case kmsKeyArn != nil && awsManagedKey:
		errs.Conflict("awsManagedKey", "kmsKeyArn", "data is encrypted with one key")
	case kmsKeyArn == nil && !awsManagedKey:
		errs.Add("kmsKeyArn", "is required, unless awsManagedKey is true: the key cannot be changed later, "+
			"and what AWS's own key encrypts cannot be shared with another account")
	}
}

var nameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// CheckName checks an identifier as the data services want it.
func CheckName(errs *fielderr.List, path, value string, longest int) {
	if !nameForm.MatchString(value) || len(value) > longest || strings.Contains(value, "--") || strings.HasSuffix(value, "-") {
		errs.Invalid(path, value, "must be 1 to %d letters, digits and hyphens, begin with a letter, and have no two hyphens in a row and none at the end", longest)
	}
}

// Between checks a number against a range.
func Between(errs *fielderr.List, path string, value, low, high int) {
	if value < low || value > high {
		errs.Invalid(path, value, "must be %d to %d", low, high)
	}
}
