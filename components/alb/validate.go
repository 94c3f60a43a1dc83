package alb

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	// AWS allows no other characters in the names made of these.
	namePattern = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*$`)
)

// validate reports every problem at once. It sees args with their defaults.
func (a *LoadBalancerArgs) validate(name string) error {
	var errs fielderr.List
	if !namePattern.MatchString(name) || strings.HasPrefix(name+"-", "internal-") {
		errs.Invalid("name", name, "must be letters, digits and single hyphens, and not begin with internal-")
	}
	if len(name) > 40 {
		errs.Invalid("name", name, "has %d characters; 40 leave room for the names of what it is made of", len(name))
	}
	if a.VpcId == nil {
		errs.Required("vpcId")
	}
	if a.SubnetIds == nil {
		errs.Required("subnetIds")
	} else if ids, known := a.SubnetIds.(pulumi.StringArray); known && len(ids) < 2 {
		errs.Invalid("subnetIds", len(ids), "a load balancer needs subnets in at least two zones")
	}
	fielderr.OneOf(&errs, "scheme", a.Scheme, Internal, InternetFacing)
	fielderr.OneOf(&errs, "ipAddressType", a.IpAddressType, Ipv4, DualStack, DualStackWithoutPublicIpv4)
	if a.IpAddressType == DualStackWithoutPublicIpv4 && a.Scheme == Internal {
		errs.Conflict("ipAddressType", "scheme", "an internal load balancer has no public addresses")
	}
	a.validateListener(&errs)
	fielderr.OneOf(&errs, "desyncMode", a.DesyncMode, DesyncMonitor, DesyncDefensive, DesyncStrictest)
	fielderr.OneOf(&errs, "xffMode", a.XffMode, XffAppend, XffPreserve, XffRemove)
	within(&errs, "idleTimeout", a.IdleTimeout, 1, 4000)
	within(&errs, "clientKeepAlive", a.ClientKeepAlive, 60, 604800)
	if a.MinimumCapacityUnits != 0 && a.MinimumCapacityUnits < 100 {
		errs.Invalid("minimumCapacityUnits", a.MinimumCapacityUnits, "must be 0 or at least 100")
	}
	if a.WafFailOpen && a.WebAclArn == nil {
		errs.Add("wafFailOpen", "needs webAclArn: there is no web ACL to fail")
	}
	for _, key := range base.SortedKeys(a.TargetGroups) {
		a.TargetGroups[key].validate(errs.At("targetGroups", fielderr.Key(key)), key)
	}
	a.validateRules(&errs)
	a.validateReach(&errs)
	a.Logs.validate(errs.At("logs"))
	if a.Logs.ownBucket() && !accountPattern.MatchString(a.AccountId) {
		errs.Invalid("accountId", a.AccountId, "must be twelve digits; the log bucket's policy needs it")
	}
	for _, key := range base.SortedKeys(a.Records) {
		a.Records[key].validate(errs.At("records", fielderr.Key(key)))
	}
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("alb.LoadBalancer %q", name))
}

// validateReach checks that every key of a target group that is used exists, and that
// every group is used: AWS checks the health of a group, and counts its requests, only
// when a listener can send to it.
func (a *LoadBalancerArgs) validateReach(errs *fielderr.List) {
	used := map[string]bool{}
	use := func(path, key string) {
		used[key] = true
		if _, ok := a.TargetGroups[key]; !ok {
			errs.At(path).Add("", "there is no target group %q; %s", key, available(a.TargetGroups))
		}
	}
	if a.DefaultTargetGroup != "" {
		use("defaultTargetGroup", a.DefaultTargetGroup)
	}
	for _, rule := range base.SortedKeys(a.Rules) {
		path := fielderr.Join("rules", fielderr.Key(rule))
		if key := a.Rules[rule].TargetGroup; key != "" {
			use(fielderr.Join(path, "targetGroup"), key)
		}
		if weighted := a.Rules[rule].Weighted; weighted != nil {
			for _, key := range base.SortedKeys(weighted.TargetGroups) {
				use(fielderr.Join(path, "weighted.targetGroups", fielderr.Key(key)), key)
			}
		}
	}
	for _, key := range base.SortedKeys(a.TargetGroups) {
		if !used[key] {
			errs.At("targetGroups", fielderr.Key(key)).Add("",
				"no rule sends to it; name it in defaultTargetGroup or in a rule (weight 0 keeps it ready)")
		}
	}
}

func available[V any](m map[string]V) string {
	if len(m) == 0 {
		return "there are none"
	}
	return "there are: " + strings.Join(base.SortedKeys(m), ", ")
}

func within(errs *fielderr.List, path string, value, low, high int) {
	if value < low || value > high {
		errs.Invalid(path, value, "must be %d to %d", low, high)
	}
}
