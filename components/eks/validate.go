package eks

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	// longestName leaves room for the names of roles: 64 characters with what is appended.
	longestName = 24
	mostBlocks  = 40
)

var (
	nameForm      = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	keyForm       = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	addonForm     = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
	addonVersion  = regexp.MustCompile(`^v([0-9]+)\.([0-9]+)\.[0-9]+(-[a-z0-9.]+)*$`)
	namespaceForm = regexp.MustCompile(`^[a-z0-9*]([a-z0-9*-]*[a-z0-9*])?$`)
	principalForm = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.+$`)
	armForm       = regexp.MustCompile(`^(a1|[a-z]+[0-9]+g[a-z]*)(-[a-z0-9-]+)?\.`)
)

func (a *ClusterArgs) validate(name string) error {
	var errs fielderr.List
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d small letters, digits and single hyphens, and begin with a letter", longestName)
	}
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	datastore.CheckSubnets(&errs, a.SubnetIds)
	if ids, plain := a.ControlPlaneSubnetIds.(pulumi.StringArray); plain && len(ids) < 2 {
		errs.Invalid("controlPlaneSubnetIds", len(ids), "must be two subnets or more, in different zones")
	}
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	a.validateVersion(&errs)
	a.validateBlocks(&errs)
	a.validateAccess(&errs)
	a.validateNodes(&errs, name)
	a.validateAddons(&errs)
	logs := errs.At("logs")
	eachOf(logs, "types", a.Logs.Types, Api, Audit, Authenticator, ControllerManager, Scheduler)
	if !slices.Contains(base.LogRetention, a.Logs.RetentionDays) {
		logs.Invalid("retentionDays", a.Logs.RetentionDays, "CloudWatch Logs takes: %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
	}
	validateControllers(&errs, a)
	return errs.Err(subject(name))
}

func (a *ClusterArgs) validateVersion(errs *fielderr.List) {
	if a.Version == "" {
		errs.Required("version")
	} else if minor, known := minorOf(a.Version); !known || minor < oldestMinor || minor > newestMinor {
		var versions []string
		for minor := oldestMinor; minor <= newestMinor; minor++ {
			versions = append(versions, fmt.Sprintf("1.%d", minor))
		}
		errs.Unsupported("version", a.Version, versions...)
	}
}

func (a *ClusterArgs) validateBlocks(errs *fielderr.List) {
	if n := len(a.PublicAccessCidrs); n > mostBlocks {
		errs.Invalid("publicAccessCidrs", n, "EKS takes %d at most", mostBlocks)
	}
	for i, block := range a.PublicAccessCidrs {
		path := "publicAccessCidrs" + fielderr.Index(i)
		if prefix, err := netip.ParsePrefix(block); err != nil || prefix != prefix.Masked() {
			errs.Invalid(path, block, "must be an address block such as 203.0.113.0/24")
		} else if prefix.Addr().IsPrivate() {
			errs.Invalid(path, block, "is private: those addresses come through the private endpoint")
		}
	}
	for i, block := range a.ApiCidrs {
		path := "apiCidrs" + fielderr.Index(i)
		if prefix, err := netip.ParsePrefix(block); err != nil || prefix != prefix.Masked() || !prefix.Addr().Is4() {
			errs.Invalid(path, block, "must be an IPv4 address block such as 10.0.0.0/16")
		} else if slices.Contains(a.ApiCidrs[:i], block) {
			errs.Invalid(path, block, "is there twice")
		}
	}
	if a.ServiceCidr == "" {
		return
	}
	prefix, err := netip.ParsePrefix(a.ServiceCidr)
	if err != nil || prefix != prefix.Masked() || !prefix.Addr().Is4() || !prefix.Addr().IsPrivate() || prefix.Bits() < 12 || prefix.Bits() > 24 {
		errs.Invalid("serviceCidr", a.ServiceCidr, "must be a private IPv4 block of /12 to /24, such as 172.20.0.0/16")
	}
}

func (a *ClusterArgs) validateAccess(errs *fielderr.List) {
	if len(a.Admins) == 0 {
		errs.Add("admins", "is required: nobody could reach the cluster, and whoever makes it is no administrator for that")
	}
	holders := map[string]string{}
	principal := func(at *fielderr.List, path string, arn pulumi.StringInput) {
		if arn == nil {
			at.Required("principalArn")
			return
		}
		plain, known := arn.(pulumi.String)
		if !known {
			return
		}
		text := string(plain)
		if !principalForm.MatchString(text) {
			at.Invalid("principalArn", text, "must be the ARN of an IAM role or user")
		} else if other := holders[text]; other != "" {
			at.Invalid("principalArn", text, "has an entry already, %s: a principal has one", other)
		}
		holders[text] = path
	}
	for _, key := range base.SortedKeys(a.Admins) {
		at := errs.At("admins", fielderr.Key(key))
		checkKey(at, key)
		principal(at, fielderr.Join("admins", fielderr.Key(key)), a.Admins[key].PrincipalArn)
	}
	for _, key := range base.SortedKeys(a.Access) {
		access, at := a.Access[key], errs.At("access", fielderr.Key(key))
		checkKey(at, key)
		if _, taken := a.Admins[key]; taken {
			at.Add("", "an administrator has the key already: each entry has its own")
		}
		principal(at, fielderr.Join("access", fielderr.Key(key)), access.PrincipalArn)
		access.validate(at)
	}
}

func (a AccessArgs) validate(errs *fielderr.List) {
	switch {
	case a.Policy != "":
		fielderr.OneOf(errs, "policy", a.Policy, ClusterAdmin, Admin, AdminView, Edit, View)
	case len(a.Groups) == 0:
		errs.Add("policy", "is required, unless groups are given: the entry would allow nothing")
	case len(a.Namespaces) > 0:
		errs.Conflict("namespaces", "policy", "groups get their rights from role bindings; only a policy has namespaces")
	}
	each(errs, "namespaces", a.Namespaces, namespaceForm, `must be small letters, digits, hyphens and "*"`)
	for i, group := range a.Groups {
		if group == "" || strings.HasPrefix(group, "system:") {
			errs.Invalid("groups"+fielderr.Index(i), group, "must be a name that does not begin with system:")
		}
	}
}

func checkKey(errs *fielderr.List, key string) {
	if !keyForm.MatchString(key) || len(key) > 32 {
		errs.Add("", "the key must be at most 32 small letters, digits and single hyphens")
	}
}

func (a *ClusterArgs) validateAddons(errs *fielderr.List) {
	for _, name := range base.SortedKeys(a.Addons) {
		addon, at := a.Addons[name], errs.At("addons", fielderr.Key(name))
		if !addonForm.MatchString(name) {
			at.Invalid("", name, "must be the name of an add-on, such as coredns")
		}
		_, managed := managedAddons[name]
		if _, needed := a.builtins()[name]; managed && !needed {
			at.Add("", "Auto Mode brings its own")
		}
		a.validateAddonVersion(at, name, addon.Version)
		if _, err := configurationOf(nil, addon.Configuration); err != nil {
			at.Add("configuration", "%v", err)
		}
		for _, account := range base.SortedKeys(addon.PodIdentities) {
			path := fielderr.Join("podIdentities", fielderr.Key(account))
			if !keyForm.MatchString(account) {
				at.Invalid(path, account, "the key must be the name of a service account")
			}
			if addon.PodIdentities[account].RoleArn == nil {
				at.Required(path + ".roleArn")
			}
		}
		if a.AutoMode != nil && addon.BeforeNodes {
			errs.Conflict(fielderr.Join("addons", fielderr.Key(name), "beforeNodes"), "autoMode", "its nodes wait for no add-on")
		}
	}
}

// validateAddonVersion checks a version that is written out. Only kube-proxy is tied to the
// cluster's version by its own.
func (a *ClusterArgs) validateAddonVersion(errs *fielderr.List, name string, version pulumi.StringInput) {
	plain, known := version.(pulumi.String)
	if !known || strings.Contains(name, "_") { // those of the marketplace have forms of their own
		return
	}
	m := addonVersion.FindStringSubmatch(string(plain))
	if m == nil {
		errs.Invalid("version", string(plain), "must be a version such as v1.20.4-eksbuild.2")
		return
	}
	minor, _ := minorOf(m[1] + "." + m[2])
	if of, known := minorOf(a.Version); name == "kube-proxy" && known && (minor > of || of-minor > mostBehind) {
		errs.Invalid("version", string(plain), "must be of 1.%d to %s: not newer than the cluster, and %d minors behind at most", of-mostBehind, a.Version, mostBehind)
	}
}
