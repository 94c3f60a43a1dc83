package keys

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// KeyArgs are the arguments of a Key.
type KeyArgs struct {
	// Region is the key's region.
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits. Only its principals can use the key.
	AccountId string `pulumi:"accountId"`
	// Class names the data that the key encrypts, such as "database": letters, digits,
	// hyphens and underscores.
	Class string `pulumi:"class"`
	// Services are the AWS services that use the key, such as "rds" or "logs"; see
	// Services for all that are known. Default: none, principals use it by IAM alone.
	Services []string `pulumi:"services,optional"`
	// Statements are added to the key's policy. Each names its principals; without
	// resources it is about this key. Default: none.
	Statements []iampolicy.Statement `pulumi:"statements,optional"`
	// Alias is the key's second name, in every region; without "alias/". Changing it makes
	// a new alias for the same key. Default: <project>-<stack>-<class>.
	Alias string `pulumi:"alias,optional"`
	// RotationDays is after how many days AWS makes new key material, 90 to 2560. What is
	// encrypted stays readable. Default: 365.
	RotationDays int `pulumi:"rotationDays,optional"`
	// DeletionWindowDays is how long AWS waits before it deletes the key, 7 to 30.
	// Default: 30.
	DeletionWindowDays int `pulumi:"deletionWindowDays,optional"`
	// MultiRegion makes a key that can have replicas. It cannot be changed later: the
	// engine refuses to replace the key while it is protected. Default: false.
	MultiRegion bool `pulumi:"multiRegion,optional"`
	// Replicas are copies of the key in other regions, by region. They need MultiRegion.
	// Default: none.
	Replicas map[string]ReplicaArgs `pulumi:"replicas,optional"`
	// DeletionProtection makes the engine refuse to delete or replace the key and its
	// replicas. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on the key and its replicas. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// ReplicaArgs are a copy of the key in another region. It has the key's material and
// key id, and a policy of its own.
type ReplicaArgs struct {
	// Provider is an AWS provider of the replica's region.
	Provider pulumi.ProviderResource
	// Services are the AWS services that use the replica in its region. Default: those of
	// the key.
	Services []string `pulumi:"services,optional"`
	// Statements are added to the replica's policy. Default: those of the key.
	Statements []iampolicy.Statement `pulumi:"statements,optional"`
}

const (
	leastRotation, mostRotation = 90, 2560
	leastWindow, mostWindow     = 7, 30
	longestAlias                = 250
)

var (
	classForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	aliasForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9/_-]*$`)
)

func (a KeyArgs) withDefaults(project, stack string) *KeyArgs {
	base.Default(&a.Alias, project+"-"+stack+"-"+a.Class)
	base.Default(&a.RotationDays, 365)
	base.Default(&a.DeletionWindowDays, 30)
	base.DefaultRef(&a.DeletionProtection, true)
	a.Replicas = maps.Clone(a.Replicas)
	for region, r := range a.Replicas {
		if r.Services == nil {
			r.Services = a.Services
		}
		if r.Statements == nil {
			r.Statements = a.Statements
		}
		a.Replicas[region] = r
	}
	return &a
}

func (a *KeyArgs) validate(name string) error {
	var errs fielderr.List
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	if a.Class == "" {
		errs.Required("class")
	} else if !classForm.MatchString(a.Class) {
		errs.Invalid("class", a.Class, "must be letters, digits, hyphens and underscores")
	}
	if !aliasForm.MatchString(a.Alias) || len(a.Alias) > longestAlias || strings.HasPrefix(a.Alias, "aws/") || strings.HasPrefix(a.Alias, "alias/") {
		errs.Invalid("alias", a.Alias, "must be 1 to %d letters, digits, slashes, hyphens and underscores, and begin with neither aws/ nor alias/", longestAlias)
	}
	datastore.Between(&errs, "rotationDays", a.RotationDays, leastRotation, mostRotation)
	datastore.Between(&errs, "deletionWindowDays", a.DeletionWindowDays, leastWindow, mostWindow)
	checkUses(&errs, a.Services, a.Statements)
	if len(a.Replicas) > 0 && !a.MultiRegion {
		errs.Add("replicas", "need multiRegion, which must be set when the key is made")
	}
	for region, r := range a.Replicas {
		errs := errs.At("replicas", fielderr.Key(region))
		switch {
		case region == a.Region:
			errs.Add("", "is the key's own region")
		case iampolicy.Partition(region) != iampolicy.Partition(a.Region):
			errs.Add("", "is in another partition than %s", a.Region)
		}
		if r.Provider == nil {
			errs.Required("provider")
		}
		checkUses(errs, r.Services, r.Statements)
	}
	return errs.Err(fmt.Sprintf("keys.Key %q", name))
}

func checkUses(errs *fielderr.List, services []string, statements []iampolicy.Statement) {
	for i, service := range services {
		at := errs.At("services", fielderr.Index(i))
		if _, ok := uses[service]; !ok {
			at.Unsupported("", service, Services()...)
		} else if slices.Index(services, service) < i {
			at.Invalid("", service, "is there twice")
		}
	}
	for i, s := range statements {
		at := errs.At("statements", fielderr.Index(i))
		if len(s.Actions) == 0 {
			at.Required("actions")
		}
		if len(s.Services)+len(s.AwsPrincipals) == 0 {
			at.Add("", "needs services or awsPrincipals: a key's policy says who may use it")
		}
	}
}
