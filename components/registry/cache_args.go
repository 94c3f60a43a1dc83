package registry

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// Upstream is a registry that a cache pulls through to.
type Upstream string

// The upstreams. The last three want credentials.
const (
	EcrPublic  Upstream = "EcrPublic"
	Kubernetes Upstream = "Kubernetes"
	Quay       Upstream = "Quay"
	DockerHub  Upstream = "DockerHub"
	GitHub     Upstream = "GitHub"
	GitLab     Upstream = "GitLab"
)

// upstreams are where they are, and whether AWS logs in there.
var upstreams = map[Upstream]struct {
	host   string
	secret bool
}{
	EcrPublic:  {"public.ecr.aws", false},
	Kubernetes: {"registry.k8s.io", false},
	Quay:       {"quay.io", false},
	DockerHub:  {"registry-1.docker.io", true},
	GitHub:     {"ghcr.io", true},
	GitLab:     {"registry.gitlab.com", true},
}

// PullThroughCacheArgs are the arguments of NewPullThroughCache.
type PullThroughCacheArgs struct {
	// Region is the cache's region.
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits.
	AccountId string `pulumi:"accountId"`
	// Upstreams are the registries by the prefix of their images in this one, such as
	// "k8s". A prefix belongs to one cache of the account and region; a repository whose
	// name begins with it should be of no other origin.
	Upstreams map[string]UpstreamArgs `pulumi:"upstreams"`

	// KmsKeyArn is the key that encrypts images that are fetched from now on. Required
	// unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with a key of the service (AES256). Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// KeepTagged is how many tagged images each new repository keeps, the newest; 0 keeps
	// all. Default: 100.
	KeepTagged *int `pulumi:"keepTagged,optional"`
	// UntaggedDays is after how many days an image goes whose tag the upstream has moved.
	// Default: 7.
	UntaggedDays int `pulumi:"untaggedDays,optional"`
	// Tags are put on the role, and on each new repository. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// UpstreamArgs are a registry to pull through to.
type UpstreamArgs struct {
	// Registry is the registry. Changing it makes the rule anew; images that are cached
	// under the prefix stay.
	Registry Upstream `pulumi:"registry"`
	// CredentialArn is a secret with the keys username and accessToken, of this account
	// and region, whose name begins with ecr-pullthroughcache/: a secret.Secret with such
	// a name has it. Required for DockerHub, GitHub and GitLab.
	CredentialArn pulumi.StringInput `pulumi:"credentialArn,optional"`
}

const longestPrefix = 30

// Names of roles have 64 characters, of which the role and the random end take 13.
var longestCache = 64 - len("-role-0123456")

var cacheForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (a PullThroughCacheArgs) withDefaults() *PullThroughCacheArgs {
	base.DefaultRef(&a.KeepTagged, 100)
	base.Default(&a.UntaggedDays, 7)
	return &a
}

func (a *PullThroughCacheArgs) validate(name string) error {
	var errs fielderr.List
	if !cacheForm.MatchString(name) || len(name) > longestCache {
		errs.Invalid("name", name, "must be 1 to %d letters, digits, hyphens and underscores", longestCache)
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	checkExpiry(&errs, *a.KeepTagged, a.UntaggedDays)
	if len(a.Upstreams) == 0 {
		errs.Required("upstreams")
	}
	for prefix, u := range a.Upstreams {
		checkPath(&errs, fielderr.Join("upstreams", fielderr.Key(prefix)), prefix, longestPrefix)
		u.validate(errs.At("upstreams", fielderr.Key(prefix)), a.Region, a.AccountId)
	}
	return errs.Err(fmt.Sprintf("registry.PullThroughCache %q", name))
}

func (u UpstreamArgs) validate(errs *fielderr.List, region, account string) {
	upstream, known := upstreams[u.Registry]
	switch {
	case u.Registry == "":
		errs.Required("registry")
	case !known:
		errs.Unsupported("registry", u.Registry, upstreamNames()...)
	case upstream.secret && u.CredentialArn == nil:
		errs.Add("credentialArn", "is required: %s wants a login", u.Registry)
	case !upstream.secret && u.CredentialArn != nil:
		errs.Conflict("credentialArn", "registry", fmt.Sprintf("%s has no login", u.Registry))
	}
	begin := fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:ecr-pullthroughcache/", iampolicy.Partition(region), region, account)
	if arn, plain := u.CredentialArn.(pulumi.String); plain && !strings.HasPrefix(string(arn), begin) {
		errs.Invalid("credentialArn", string(arn), "must begin with %s", begin)
	}
}

func upstreamNames() []string {
	var names []string
	for _, upstream := range base.SortedKeys(upstreams) {
		names = append(names, string(upstream))
	}
	return names
}
