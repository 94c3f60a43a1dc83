package registry

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// RepositoryArgs are the arguments of NewRepository.
type RepositoryArgs struct {
	// Region is the repository's region.
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits.
	AccountId string `pulumi:"accountId"`
	// Name is the repository's name, which people push to, such as "shop/cart". It cannot
	// be changed later. Default: the component's name.
	Name string `pulumi:"name,optional"`

	// KmsKeyArn is the key that encrypts images. It cannot be changed later. Required
	// unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with a key of the service (AES256). Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// MutableTags lets a push move a tag to another image. Default: false, a tag is for ever.
	MutableTags bool `pulumi:"mutableTags,optional"`
	// ScanOnPush looks for known weaknesses in each image. Default: true.
	ScanOnPush *bool `pulumi:"scanOnPush,optional"`
	// KeepTagged is how many images with tags are kept, the newest; 0 keeps all. AWS does
	// not know which ones run, so keep more than can be in use. Default: 100.
	KeepTagged *int `pulumi:"keepTagged,optional"`
	// UntaggedDays is after how many days an image without a tag goes. Default: 7.
	UntaggedDays int `pulumi:"untaggedDays,optional"`

	// PullAccounts are other accounts whose principals may pull, as far as their own
	// policies let them. Default: none.
	PullAccounts []string `pulumi:"pullAccounts,optional"`
	// LambdaPull lets functions of this account and of PullAccounts be made of the images.
	// Lambda adds that to the policy by itself otherwise, where it may. Default: false.
	LambdaPull bool `pulumi:"lambdaPull,optional"`

	// DeletionProtection makes the engine refuse to delete or replace the repository.
	// Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// ForceDelete deletes the repository with the images in it, once DeletionProtection is
	// off. Default: false, AWS refuses to delete one that is not empty.
	ForceDelete bool `pulumi:"forceDelete,optional"`
	// Tags are put on the repository. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

const longestRepository = 256

func (a RepositoryArgs) withDefaults(name string) *RepositoryArgs {
	base.Default(&a.Name, name)
	base.DefaultRef(&a.ScanOnPush, true)
	base.DefaultRef(&a.KeepTagged, 100)
	base.Default(&a.UntaggedDays, 7)
	base.DefaultRef(&a.DeletionProtection, true)
	return &a
}

func (a *RepositoryArgs) validate(name string) error {
	var errs fielderr.List
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	checkPath(&errs, "name", a.Name, longestRepository)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	checkExpiry(&errs, *a.KeepTagged, a.UntaggedDays)
	for i, account := range a.PullAccounts {
		path := "pullAccounts" + fielderr.Index(i)
		switch {
		case !datastore.IsAccount(account):
			errs.Invalid(path, account, "must be twelve digits")
		case account == a.AccountId:
			errs.Invalid(path, account, "is the repository's own account, whose principals need PullStatements")
		case slices.Index(a.PullAccounts, account) < i:
			errs.Invalid(path, account, "is there twice")
		}
	}
	if a.ForceDelete && *a.DeletionProtection {
		errs.Conflict("forceDelete", "deletionProtection", "images that are protected are not deleted by force")
	}
	return errs.Err(fmt.Sprintf("registry.Repository %q", name))
}
