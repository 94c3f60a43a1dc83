package aws

import (
	"strconv"
	"strings"
)

const (
	docASG      = "Amazon EC2 Auto Scaling API Reference: CreateAutoScalingGroup"
	docASGGuide = "Amazon EC2 Auto Scaling User Guide: Auto Scaling groups"
	docMixed    = "Amazon EC2 Auto Scaling User Guide: Auto Scaling groups with multiple instance types and purchase options"
	docWarm     = "Amazon EC2 Auto Scaling User Guide: Warm pools for Amazon EC2 Auto Scaling"
)

var autoscalingRules = []Rule{
	{ID: "group-sizes", Code: "ValidationError", Source: docASG, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		lo, hi := r.New.Int("minSize"), r.New.Int("maxSize")
		if lo < 0 || lo > hi {
			return say("Min size (%d) must be less than or equal to max size (%d)", lo, hi)
		}
		if d := r.New.Int("desiredCapacity"); r.New.Get("desiredCapacity") != nil && (d < lo || d > hi) {
			return say("Desired capacity:%d must be between the specified min size:%d and max size:%d", d, lo, hi)
		}
		return ""
	}},
	{ID: "asg-name-taken", Code: "AlreadyExists", Source: docASG, Kinds: "autoscaling.group", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if len(name) > 255 {
			return "AutoScalingGroup name cannot be longer than 255 characters"
		}
		if r.Find("autoscaling.group", name) != nil {
			return "AutoScalingGroup by this name already exists - A group with the name " + name + " already exists"
		}
		return ""
	}},
	{ID: "asg-subnets", Code: "ValidationError", Source: docASGGuide, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		if !r.New.Has("vpcZoneIdentifiers") && !r.New.Has("availabilityZones") {
			return "At least one Availability Zone or VPC Subnet is required."
		}
		vpc := ""
		for _, s := range r.New.Strs("vpcZoneIdentifiers") {
			v := r.vpcOfSubnet(s)
			if vpc != "" && v != "" && vpc != v {
				return "The subnets of an Auto Scaling group must be in one VPC."
			}
			vpc = v
		}
		return r.groupsOutside(r.templateGroups(r.New), vpc)
	}},
	{ID: "asg-zones", Code: "ValidationError", Source: docASGGuide, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		if r.New.Has("vpcZoneIdentifiers") {
			return ""
		}
		for _, z := range r.New.Strs("availabilityZones") {
			if !r.hasZone(z) {
				return say("Invalid availability zones: [%s]", z)
			}
		}
		return ""
	}},
	{ID: "asg-template", Code: "ValidationError", Source: docTemplate, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		for _, ref := range templateRefs(r.New) {
			t := r.launchTemplate(ref.id, ref.name)
			if t == nil {
				return say("You must use a valid fully-formed launch template. The specified launch template, with template ID %s%s, does not exist.", ref.id, ref.name)
			}
			n, err := strconv.Atoi(ref.version)
			switch {
			case ref.version == "" || ref.version == "$Latest" || ref.version == "$Default":
			case err != nil || n < 1 || n > t.Props.Int("latestVersion"):
				return say("You must use a valid fully-formed launch template. Could not find the specified version %s for the launch template %s", ref.version, t.ID)
			}
			if !t.Props.Has("imageId") {
				return "You must use a valid fully-formed launch template. The request must contain the parameter ImageId"
			}
		}
		return ""
	}},
	{ID: "asg-instance-type", Code: "ValidationError", Source: docTemplate, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		overrides := r.New.Objs("mixedInstancesPolicy.launchTemplate.overrides")
		for _, o := range overrides {
			if t := o.Str("instanceType"); t != "" && !instanceForm.MatchString(t) {
				return say("Invalid instance type %s", t)
			}
			if o.Has("instanceType") == o.Has("instanceRequirements") {
				return "An override must have either an instance type or instance requirements"
			}
		}
		for _, ref := range templateRefs(r.New) {
			if t := r.launchTemplate(ref.id, ref.name); t != nil && !t.Props.Has("instanceType") && !t.Props.Has("instanceRequirements") && len(overrides) == 0 {
				return "You must use a valid fully-formed launch template. The launch template has neither an instance type nor instance requirements"
			}
		}
		return ""
	}},
	{ID: "asg-mixed-distribution", Code: "ValidationError", Source: docMixed, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		d := r.New.Obj("mixedInstancesPolicy.instancesDistribution")
		spot := d.Str("spotAllocationStrategy")
		switch p := d.Int("onDemandPercentageAboveBaseCapacity"); {
		case d == nil:
		case p < 0 || p > 100:
			return say("onDemandPercentageAboveBaseCapacity must be between 0 and 100 (%d)", p)
		case spot != "" && !oneOf(spot, "lowest-price capacity-optimized capacity-optimized-prioritized price-capacity-optimized"):
			return say("spotAllocationStrategy %s is not valid", spot)
		case d.Str("onDemandAllocationStrategy") != "" && !oneOf(d.Str("onDemandAllocationStrategy"), "prioritized lowest-price"):
			return say("onDemandAllocationStrategy %s is not valid", d.Str("onDemandAllocationStrategy"))
		}
		return ""
	}},
	{ID: "asg-requirements-strategy", Code: "ValidationError", Source: docMixed, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		for _, o := range r.New.Objs("mixedInstancesPolicy.launchTemplate.overrides") {
			if o.Has("instanceRequirements") && r.New.Str("mixedInstancesPolicy.instancesDistribution.onDemandAllocationStrategy") == "prioritized" {
				return "The prioritized on-demand allocation strategy is not supported with instance requirements; use lowest-price"
			}
		}
		return ""
	}},
	{ID: "asg-target-type", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling User Guide: Attach an Elastic Load Balancing load balancer", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		for _, arn := range r.New.Strs("targetGroupArns") {
			g := r.ByARN("lb.targetGroup", arn)
			if g == nil {
				continue
			}
			if t := g.Props.Str("targetType"); t != "instance" {
				return say("Provided Target Groups may not be valid. Target group %s has the target type %s; it must be instance", arn, t)
			}
			for _, s := range r.New.Strs("vpcZoneIdentifiers") {
				if vpc := r.vpcOfSubnet(s); vpc != "" && vpc != g.Props.Str("vpcId") {
					return say("Target group %s is not in the VPC of subnet %s", arn, s)
				}
			}
		}
		return ""
	}},
	{ID: "asg-health-check", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling User Guide: Health checks for instances in an Auto Scaling group", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		t := r.New.Str("healthCheckType")
		for _, one := range strings.Split(t, ",") {
			if one != "" && !oneOf(one, "EC2 ELB EBS VPC_LATTICE") {
				return say("Invalid HealthCheckType: %s", t)
			}
		}
		if g := r.New.Int("healthCheckGracePeriod"); g < 0 {
			return say("HealthCheckGracePeriod must be 0 or more (%d)", g)
		}
		return ""
	}},
	{ID: "asg-max-lifetime", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling User Guide: Replace Auto Scaling instances based on maximum instance lifetime", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		if l := r.New.Int("maxInstanceLifetime"); l != 0 && (l < 86400 || l > 31536000) {
			return say("MaxInstanceLifetime must be 0 or between 86400 and 31536000 seconds (%d)", l)
		}
		return ""
	}},
	{ID: "asg-maintenance", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling User Guide: Instance maintenance policies", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		m := r.New.Obj("instanceMaintenancePolicy")
		lo, hi := m.Int("minHealthyPercentage"), m.Int("maxHealthyPercentage")
		if m == nil || lo == -1 && hi == -1 {
			return ""
		}
		if lo < 0 || lo > 100 || hi < 100 || hi > 200 || hi-lo > 100 {
			return say("The instance maintenance policy needs a minimum of 0 to 100, a maximum of 100 to 200, and at most 100 between them (%d, %d)", lo, hi)
		}
		return ""
	}},
	{ID: "asg-refresh", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling API Reference: RefreshPreferences", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		p := r.New.Obj("instanceRefresh.preferences")
		lo, hi := p.Int("minHealthyPercentage"), p.Int("maxHealthyPercentage")
		switch {
		case r.New.Has("instanceRefresh") && r.New.Str("instanceRefresh.strategy") != "Rolling":
			return say("Instance refresh strategy '%s' is not valid", r.New.Str("instanceRefresh.strategy"))
		case p == nil:
		case p.Get("minHealthyPercentage") != nil && (lo < 0 || lo > 100), p.Get("maxHealthyPercentage") != nil && (hi < 100 || hi > 200), hi != 0 && hi-lo > 100:
			return say("The instance refresh percentages are not valid (%d, %d)", lo, hi)
		case p.Bool("autoRollback") && latest(r.New):
			return "Auto rollback needs a numbered launch template version; $Latest and $Default are not supported"
		}
		for _, a := range p.Strs("alarmSpecification.alarms") {
			if r.Find("cloudwatch.metricAlarm", a) == nil && r.Find("cloudwatch.compositeAlarm", a) == nil {
				return say("The alarm %s of the instance refresh does not exist", a)
			}
		}
		return ""
	}},
	{ID: "asg-warm-pool", Code: "ValidationError", Source: docWarm, Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		w := r.New.Obj("warmPool")
		switch {
		case w == nil:
		case r.New.Has("mixedInstancesPolicy"):
			return "You can’t add a warm pool to an Auto Scaling group that has a mixed instances policy or a launch template or launch configuration that requests Spot Instances."
		case !oneOf(w.Str("poolState"), "Stopped Running Hibernated"):
			return say("Warm pool state '%s' is not valid", w.Str("poolState"))
		case w.Int("maxGroupPreparedCapacity") != -1 && w.Int("maxGroupPreparedCapacity") < w.Int("minSize"):
			return "The maximum prepared capacity of a warm pool must not be below its minimum size"
		}
		for _, ref := range templateRefs(r.New) {
			if t := r.launchTemplate(ref.id, ref.name); w != nil && t != nil && t.Props.Str("instanceMarketOptions.marketType") == "spot" {
				return "You can’t add a warm pool to an Auto Scaling group that requests Spot Instances."
			}
		}
		return ""
	}},
	{ID: "asg-termination-policy", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling User Guide: Termination policies", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		for _, p := range r.New.Strs("terminationPolicies") {
			if !oneOf(p, "Default OldestInstance NewestInstance OldestLaunchConfiguration ClosestToNextInstanceHour OldestLaunchTemplate AllocationStrategy") && !strings.HasPrefix(p, "arn:") {
				return say("Termination policy '%s' is not valid", p)
			}
		}
		return ""
	}},
	{ID: "asg-tags", Code: "ValidationError", Source: "Amazon EC2 Auto Scaling User Guide: Tag Auto Scaling groups and instances", Kinds: "autoscaling.group", On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		for _, tag := range r.New.Objs("tags") {
			key := tag.Str("key")
			if key == "" || strings.HasPrefix(key, "aws:") || seen[key] {
				return say("Tag key '%s' is empty, reserved or given twice", key)
			}
			seen[key] = true
		}
		if len(seen) > 50 {
			return "An Auto Scaling group can have at most 50 tags"
		}
		return ""
	}},
	{ID: "asg-capacity", Code: "InsufficientFreeAddressesInSubnet", Source: docASGGuide, Kinds: "autoscaling.group", On: Create, Check: func(r *Request) string {
		free, subnets := 0, r.New.Strs("vpcZoneIdentifiers")
		for _, id := range subnets {
			if s := r.Find("ec2.subnet", id); s != nil {
				free += max(0, r.addressesFree(s))
			}
		}
		if want := max(r.New.Int("desiredCapacity"), r.New.Int("minSize")); len(subnets) > 0 && want > free {
			return say("There are not enough free addresses in the group's subnets: %d wanted, %d free.", want, free)
		}
		return ""
	}},
}

type templateRef struct{ id, name, version string }

// templateRefs are the launch templates a group starts instances from.
func templateRefs(group Obj) []templateRef {
	var out []templateRef
	if t := group.Obj("launchTemplate"); t != nil {
		out = append(out, templateRef{t.Str("id"), t.Str("name"), t.Str("version")})
	}
	mixed := group.Obj("mixedInstancesPolicy.launchTemplate")
	specs := mixed.Objs("launchTemplateSpecification")
	for _, o := range mixed.Objs("overrides") {
		specs = append(specs, o.Objs("launchTemplateSpecification")...)
	}
	for _, s := range specs {
		out = append(out, templateRef{s.Str("launchTemplateId"), s.Str("launchTemplateName"), s.Str("version")})
	}
	return out
}

func latest(group Obj) bool {
	for _, ref := range templateRefs(group) {
		if strings.HasPrefix(ref.version, "$") {
			return true
		}
	}
	return false
}

// templateGroups are the security groups of the instances that a group starts.
func (r *Request) templateGroups(group Obj) []string {
	var out []string
	for _, ref := range templateRefs(group) {
		if t := r.launchTemplate(ref.id, ref.name); t != nil {
			out = append(out, t.Props.Strs("vpcSecurityGroupIds")...)
			for _, n := range t.Props.Objs("networkInterfaces") {
				out = append(out, n.Strs("securityGroups")...)
			}
		}
	}
	return out
}
