package asg

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Arch is a processor architecture, as AWS writes it.
type Arch string

// Arm64 is Graviton, X86 is Intel and AMD.
const (
	Arm64 Arch = "arm64"
	X86   Arch = "x86_64"
)

var defaultTypes = map[Arch]string{Arm64: "t4g.small", X86: "t3.small"}

// RequirementsArgs choose instance types by what they offer. Types that cannot run the
// image's architecture, and earlier generations, are left out.
type RequirementsArgs struct {
	// MinVcpus is the least number of virtual processors, at least 1.
	MinVcpus int `pulumi:"minVcpus"`
	// MaxVcpus is the greatest number. Default: no limit.
	MaxVcpus int `pulumi:"maxVcpus,optional"`
	// MinMemoryMib is the least memory in MiB, at least 1.
	MinMemoryMib int `pulumi:"minMemoryMib"`
	// MaxMemoryMib is the greatest memory in MiB. Default: no limit.
	MaxMemoryMib int `pulumi:"maxMemoryMib,optional"`
	// AllowedTypes are types or patterns such as "m7g.*" to choose among. Default: all.
	AllowedTypes []string `pulumi:"allowedTypes,optional"`
	// ExcludedTypes are types or patterns to leave out; not with AllowedTypes. Default:
	// none.
	ExcludedTypes []string `pulumi:"excludedTypes,optional"`
	// Burstable says whether types with processor credits may be chosen. Default:
	// Excluded.
	Burstable Presence `pulumi:"burstable,optional"`
}

// Presence says whether a property of instance types is wanted.
type Presence string

// The presences.
const (
	Included Presence = "included"
	Excluded Presence = "excluded"
	Required Presence = "required"
)

// SpotArgs run part of a group on Spot capacity, which AWS may take back at two
// minutes' notice; capacity rebalancing then starts a replacement at the first sign.
type SpotArgs struct {
	// OnDemandBase is the number of instances that are always on demand. Default: 0.
	OnDemandBase int `pulumi:"onDemandBase,optional"`
	// OnDemandPercentAboveBase is how much of the rest is on demand, 0 to 100. Default: 0.
	OnDemandPercentAboveBase int `pulumi:"onDemandPercentAboveBase,optional"`
	// SpotAllocation is how Spot pools are chosen. Default: PriceCapacityOptimized.
	SpotAllocation SpotAllocation `pulumi:"spotAllocation,optional"`
	// OnDemandAllocation is how on-demand types are chosen. Default: Prioritized, in the
	// order of InstanceTypes, or LowestPrice with Requirements, which have no order.
	OnDemandAllocation OnDemandAllocation `pulumi:"onDemandAllocation,optional"`
}

// SpotAllocation is how Spot pools are chosen.
type SpotAllocation string

// The ways to choose Spot pools.
const (
	PriceCapacityOptimized       SpotAllocation = "price-capacity-optimized"
	CapacityOptimized            SpotAllocation = "capacity-optimized"
	CapacityOptimizedPrioritized SpotAllocation = "capacity-optimized-prioritized"
)

// OnDemandAllocation is how on-demand types are chosen.
type OnDemandAllocation string

// The ways to choose on-demand types.
const (
	Prioritized OnDemandAllocation = "prioritized"
	LowestPrice OnDemandAllocation = "lowest-price"
)

func (r *RequirementsArgs) withDefaults() *RequirementsArgs {
	if r == nil {
		return nil
	}
	c := *r
	base.Default(&c.Burstable, Excluded)
	return &c
}

func (s *SpotArgs) withDefaults(byRequirements bool) *SpotArgs {
	if s == nil {
		return nil
	}
	c := *s
	base.Default(&c.SpotAllocation, PriceCapacityOptimized)
	base.Default(&c.OnDemandAllocation, onDemandDefault(byRequirements))
	return &c
}

func onDemandDefault(byRequirements bool) OnDemandAllocation {
	if byRequirements {
		return LowestPrice
	}
	return Prioritized
}

func (args *GroupArgs) validateInstances(errs *fielderr.List) {
	if args.Arch != Arm64 && args.Arch != X86 {
		errs.Unsupported("arch", args.Arch, string(Arm64), string(X86))
	} else {
		seen := map[string]bool{}
		for i, t := range args.InstanceTypes {
			at := errs.At("instanceTypes", fielderr.Index(i))
			if arch, ok := archOf(t); !ok {
				at.Invalid("", t, "is not an instance type such as t4g.small")
			} else if arch != args.Arch {
				at.Invalid("", t, "is %s, but arch is %s", arch, args.Arch)
			}
			if seen[t] {
				at.Invalid("", t, "is there twice")
			}
			seen[t] = true
		}
	}
	if len(args.InstanceTypes) > 40 {
		errs.Add("instanceTypes", "%d types, but AWS takes 40 at most", len(args.InstanceTypes))
	}
	if args.Requirements != nil {
		args.Requirements.validate(args, errs)
	}
	if args.Spot != nil {
		args.Spot.validate(args, errs.At("spot"))
	}
}

func (r *RequirementsArgs) validate(args *GroupArgs, errs *fielderr.List) {
	if len(args.InstanceTypes) > 0 {
		errs.Conflict("requirements", "instanceTypes", "types are either listed or chosen by what they offer")
	}
	if args.imageIsParameter() {
		errs.Add("requirements", "need an imageId: AWS cannot choose types for an image that is given by a parameter")
	}
	at := errs.At("requirements")
	for _, c := range []struct {
		least, most string
		min, max    int
	}{{"minVcpus", "maxVcpus", r.MinVcpus, r.MaxVcpus}, {"minMemoryMib", "maxMemoryMib", r.MinMemoryMib, r.MaxMemoryMib}} {
		if c.min < 1 {
			at.Invalid(c.least, c.min, "must be at least 1")
		}
		if c.max < 0 || c.max > 0 && c.max < c.min {
			at.Invalid(c.most, c.max, "is less than %s (%d)", c.least, c.min)
		}
	}
	if len(r.AllowedTypes) > 0 && len(r.ExcludedTypes) > 0 {
		at.Conflict("allowedTypes", "excludedTypes", "AWS takes one of them")
	}
	switch r.Burstable {
	case Included, Excluded, Required:
	default:
		at.Unsupported("burstable", r.Burstable, string(Included), string(Excluded), string(Required))
	}
}

func (s *SpotArgs) validate(args *GroupArgs, errs *fielderr.List) {
	if s.OnDemandBase < 0 {
		errs.Invalid("onDemandBase", s.OnDemandBase, "must not be negative")
	} else if s.OnDemandBase > args.Max {
		errs.Invalid("onDemandBase", s.OnDemandBase, "is more than max (%d)", args.Max)
	}
	between(errs, "onDemandPercentAboveBase", s.OnDemandPercentAboveBase, 0, 100)
	switch s.SpotAllocation {
	case PriceCapacityOptimized, CapacityOptimized, CapacityOptimizedPrioritized:
	default:
		errs.Unsupported("spotAllocation", s.SpotAllocation,
			string(PriceCapacityOptimized), string(CapacityOptimized), string(CapacityOptimizedPrioritized))
	}
	switch s.OnDemandAllocation {
	case Prioritized, LowestPrice:
	default:
		errs.Unsupported("onDemandAllocation", s.OnDemandAllocation, string(Prioritized), string(LowestPrice))
	}
	if args.Requirements != nil {
		if s.OnDemandAllocation == Prioritized {
			errs.Invalid("onDemandAllocation", s.OnDemandAllocation, "needs instanceTypes: requirements have no order")
		}
		if s.SpotAllocation == CapacityOptimizedPrioritized {
			errs.Invalid("spotAllocation", s.SpotAllocation, "needs instanceTypes: requirements have no order")
		}
	}
}

// An instance type is a family, a generation, what is special about it, and a size:
// m 7 gd . large. A g after the generation is for Graviton.
var instanceType = regexp.MustCompile(`^([a-z]+)([0-9]+)([a-z]*)(-[a-z0-9]+)?\.[a-z0-9-]+$`)

func archOf(t string) (Arch, bool) {
	if strings.HasPrefix(t, "u-") { // high memory, named by size: u-6tb1.metal
		return X86, strings.Contains(t, ".")
	}
	parts := instanceType.FindStringSubmatch(t)
	if parts == nil {
		return "", false
	}
	family, generation, special, variant := parts[1], parts[2], parts[3], parts[4]
	graviton := strings.Contains(special, "g") || family+generation == "a1" // the first one had no letter
	if graviton || strings.HasPrefix(variant, "-gb") {                      // Grace processors
		return Arm64, true
	}
	return X86, true
}

// mixesInstances is whether AWS chooses among types, or between ways to pay for them,
// which takes a mixed-instances policy.
func (args *GroupArgs) mixesInstances() bool {
	return args.Requirements != nil || args.Spot != nil || len(args.InstanceTypes) != 1
}

// launchFrom tells the group what to launch: the template as it is, or the template
// with a choice of types. The version is the template's number: "$Latest" would not
// start a refresh when the template changes.
func (b *builder) launchFrom(asg *autoscaling.GroupArgs) {
	a, template := b.args, b.group.LaunchTemplate
	id, version := template.ID(), pulumi.Sprintf("%d", template.LatestVersion)
	if !a.mixesInstances() {
		asg.LaunchTemplate = &autoscaling.GroupLaunchTemplateArgs{Id: id, Version: version}
		return
	}
	overrides := autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArray{}
	for _, t := range a.InstanceTypes {
		overrides = append(overrides, &autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs{InstanceType: pulumi.String(t)})
	}
	if a.Requirements != nil {
		overrides = append(overrides, &autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs{
			InstanceRequirements: a.Requirements.render(a.Arch),
		})
	}
	asg.MixedInstancesPolicy = &autoscaling.GroupMixedInstancesPolicyArgs{
		LaunchTemplate: &autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs{
			LaunchTemplateSpecification: &autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs{
				LaunchTemplateId: id, Version: version,
			},
			Overrides: overrides,
		},
		InstancesDistribution: a.distribution(),
	}
}

func (args *GroupArgs) distribution() *autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs {
	if args.Spot == nil {
		return &autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs{
			OnDemandPercentageAboveBaseCapacity: pulumi.Int(100),
			OnDemandAllocationStrategy:          pulumi.String(onDemandDefault(args.Requirements != nil)),
		}
	}
	return &autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs{
		OnDemandBaseCapacity:                pulumi.Int(args.Spot.OnDemandBase),
		OnDemandPercentageAboveBaseCapacity: pulumi.Int(args.Spot.OnDemandPercentAboveBase),
		OnDemandAllocationStrategy:          pulumi.String(args.Spot.OnDemandAllocation),
		SpotAllocationStrategy:              pulumi.String(args.Spot.SpotAllocation),
	}
}

func (r *RequirementsArgs) render(arch Arch) *autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsArgs {
	makers := []string{"amazon-web-services"}
	if arch == X86 {
		makers = []string{"intel", "amd"}
	}
	vcpus := &autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsVcpuCountArgs{Min: pulumi.Int(r.MinVcpus)}
	if r.MaxVcpus > 0 {
		vcpus.Max = pulumi.Int(r.MaxVcpus)
	}
	memory := &autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsMemoryMibArgs{Min: pulumi.Int(r.MinMemoryMib)}
	if r.MaxMemoryMib > 0 {
		memory.Max = pulumi.Int(r.MaxMemoryMib)
	}
	requirements := &autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsArgs{
		VcpuCount: vcpus, MemoryMib: memory, CpuManufacturers: pulumi.ToStringArray(makers),
		BurstablePerformance: pulumi.String(r.Burstable), InstanceGenerations: pulumi.ToStringArray([]string{"current"}),
	}
	if len(r.AllowedTypes) > 0 {
		requirements.AllowedInstanceTypes = pulumi.ToStringArray(r.AllowedTypes)
	}
	if len(r.ExcludedTypes) > 0 {
		requirements.ExcludedInstanceTypes = pulumi.ToStringArray(r.ExcludedTypes)
	}
	return requirements
}
