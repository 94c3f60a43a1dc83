package cost

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	instance       = "aws:ec2/instance:Instance"
	launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate"
	scalingGroup   = "aws:autoscaling/group:Group"
	schedule       = "aws:autoscaling/schedule:Schedule"
	nodeGroup      = "aws:eks/nodeGroup:NodeGroup"
	volume         = "aws:ebs/volume:Volume"
	subnet         = "aws:ec2/subnet:Subnet"
)

var machineMeters = map[string]meter{
	launchTemplate: func(e *estimator, r *rule.Resource) { e.isFree(r, "what is made from it is paid for") },
	schedule:       func(e *estimator, r *rule.Resource) { e.isFree(r, "its group's machines are paid for") },
	instance: func(e *estimator, r *rule.Resource) {
		one, ok := e.templated(r, "launchTemplate", "id", "name")
		if !ok {
			return
		}
		e.own(&one, r)
		e.machines(r, one, e.mix([]step{{1, 1, 1}}, rule.Value{}, one.spot))
	},
	scalingGroup: func(e *estimator, r *rule.Resource) {
		const mixed, overrides = "mixedInstancesPolicy", "mixedInstancesPolicy.launchTemplate.overrides"
		one, ok := e.templated(r, "launchTemplate", "id", "name")
		if ok && one.template == nil {
			one, ok = e.templated(r, mixed+".launchTemplate.launchTemplateSpecification", "launchTemplateId", "launchTemplateName")
		}
		if !ok {
			return
		}
		if len(e.each(r, overrides+"[].weightedCapacity")) > 0 {
			e.notPriced(r, "its sizes count weights of classes, not machines")
			return
		}
		if e.get(r, overrides); len(r.Select(overrides+"[].instanceRequirements")) > 0 {
			one.class = ""
		} else if preferred := e.each(r, overrides+"[].instanceType"); len(preferred) > 0 {
			one.class, _ = preferred[0].Text()
		}
		machines := e.number(r, "minSize", 0)
		if wanted := e.get(r, "desiredCapacity"); !wanted.IsAbsent() {
			machines = e.number(r, "desiredCapacity", machines)
		}
		most := e.number(r, "maxSize", machines)
		schedules, _ := e.g.Pointing(r, schedule, "autoscalingGroupName")
		steps, counted := week(schedules, machines, most)
		one.what = ", as many as are wanted at least"
		if !counted {
			e.notPriced(r, "what its schedules change: not all repeat daily or weekly, or are known yet")
		}
		e.inSubnets(&one, r, "vpcZoneIdentifiers[]")
		e.machines(r, one, e.mix(steps, e.get(r, mixed+".instancesDistribution"), one.spot))
		if e.subnets(r, "vpcZoneIdentifiers") != 1 {
			e.betweenZones(r)
		}
	},
	nodeGroup: func(e *estimator, r *rule.Resource) {
		one, ok := e.templated(r, "launchTemplate", "id", "name")
		if !ok {
			return
		}
		preferred := e.each(r, "instanceTypes[]")
		switch {
		case len(preferred) > 0:
			one.class, _ = preferred[0].Text()
		case one.template == nil || one.template.Get("instanceType").IsAbsent() && one.template.Get("instanceRequirements").IsAbsent():
			one.class = "t3.medium" // what AWS takes
		}
		if one.template == nil {
			one.disks = []rule.Value{rule.Of(map[string]any{"volumeSize": e.number(r, "diskSize", 20), "volumeType": "gp2"})}
		}
		machines := e.number(r, "scalingConfig.desiredSize", e.number(r, "scalingConfig.minSize", 0))
		steps := []step{{1, machines, e.number(r, "scalingConfig.maxSize", machines)}}
		e.inSubnets(&one, r, "subnetIds[]")
		e.machines(r, one, e.mix(steps, rule.Value{}, e.text(r, "capacityType") == "SPOT"))
		e.betweenZones(r)
	},
	volume: func(e *estimator, r *rule.Resource) {
		disk := r.Inputs
		if r.Get("size").IsAbsent() { // one that is made from a snapshot
			disk = maps.Clone(r.Outputs)
			if disk == nil {
				disk = rule.Fields{}
			}
			maps.Copy(disk, r.Inputs)
		}
		e.disk(r, rule.Of(disk), "size", "type", 1, 1)
	},
}

// machine is what one of several equal machines is.
type machine struct {
	template *rule.Resource
	class    string
	tenancy  string
	spot     bool
	disks    []rule.Value
	watched  bool
	// public is whether it has an address that the internet reaches, if that is said.
	public rule.Value
	what   string
}

// templated is a machine as the template says that a block of a resource names. It reports
// false, and says why, if there is such a block and the template is not of the stack.
func (e *estimator) templated(r *rule.Resource, block, id, name string) (machine, bool) {
	if r.Get(block).IsAbsent() {
		return machine{}, true
	}
	template, _ := e.g.Target(r, launchTemplate, block+"."+id)
	for _, other := range e.g.Of(launchTemplate) {
		if called := text(r, block+"."+name); template == nil && called != "" && called == text(other, "name") && e.region(other) == e.region(r) {
			template = other
		}
	}
	if template == nil {
		e.get(r, block)
		e.get(r, block+"."+id)
		e.notPriced(r, "its launch template is not of this stack")
		return machine{}, false
	}
	one := machine{template: template, public: rule.Value{}}
	one.class, _ = e.get(template, "instanceType").Text()
	one.tenancy = e.text(template, "placement.tenancy")
	one.spot = rule.Is("spot")(e.get(template, "instanceMarketOptions.marketType"))
	one.watched = e.is(template, "monitoring.enabled")
	e.get(template, "blockDeviceMappings")
	for _, device := range template.Select("blockDeviceMappings[]") {
		if ebs := device.Get("ebs"); !ebs.IsAbsent() {
			one.disks = append(one.disks, device)
		}
	}
	for _, v := range e.each(template, "networkInterfaces[].associatePublicIpAddress") {
		if !rule.IsTrue(one.public) {
			one.public = v
		}
	}
	return one, true
}

// own is what an instance itself says of the machine, and what the provider made of it.
func (e *estimator) own(one *machine, r *rule.Resource) {
	if class, known := e.get(r, "instanceType").Text(); known {
		one.class = class
	}
	if tenancy := e.text(r, "tenancy"); tenancy != "" {
		one.tenancy = tenancy
	}
	one.spot = one.spot || rule.Is("spot")(e.get(r, "instanceMarketOptions.marketType"))
	one.watched = one.watched || e.is(r, "monitoring")
	root := e.get(r, "rootBlockDevice")
	if root.IsAbsent() {
		root = e.made(r, "rootBlockDevice")
	}
	more := e.get(r, "ebsBlockDevices").Items()
	var disks []rule.Value
	for _, from := range one.disks {
		replaced := isRoot(from) && !root.Get("volumeSize").IsAbsent()
		for _, own := range more {
			replaced = replaced || nameOf(own) == nameOf(from)
		}
		if !replaced {
			disks = append(disks, from)
		}
	}
	if !root.IsAbsent() && !root.Get("volumeSize").IsAbsent() {
		disks = append(disks, root)
	}
	one.disks = slices.Concat(disks, more)

	if said := e.get(r, "associatePublicIpAddress"); !said.IsAbsent() {
		one.public = said
	}
	if address, known := r.Out("publicIp").Text(); one.public.IsAbsent() && known {
		one.public = rule.Of(address != "")
	}
	e.inSubnets(one, r, "subnetId")
	own, _ := e.g.Pointing(r, eip, "instance")
	associated, _ := e.g.Pointing(r, "aws:ec2/eipAssociation:EipAssociation", "instanceId")
	if len(own)+len(associated) > 0 {
		one.public = rule.Of(false) // its address is paid for there, and takes the place of any other
	}
}

// inSubnets takes from the subnets whether machines in them have public addresses, unless
// that is said already. Subnets that AWS makes by itself give such addresses.
func (e *estimator) inSubnets(one *machine, r *rule.Resource, path string) {
	if !one.public.IsAbsent() {
		return
	}
	of := e.g.Targets(r, subnet, path)
	for _, s := range of.Resources {
		if e.is(s, "mapPublicIpOnLaunch") {
			one.public = rule.Of(true)
			return
		}
	}
	if len(of.Resources) == 0 || of.Missing.Outcome == rule.Unknown {
		e.each(r, path)
		e.notPriced(r, "whether its subnets give it public addresses: they are not of this stack")
	}
}

func nameOf(device rule.Value) string { s, _ := device.Get("deviceName").Text(); return s }

// isRoot is whether a disk is the one that a machine starts from, by the names that images use.
func isRoot(device rule.Value) bool {
	return slices.Contains([]string{"", "/dev/xvda", "/dev/sda1", "/dev/sda"}, nameOf(device))
}

// fleet is how many machines there are on average, and at most.
type fleet struct{ onDemand, spot, most, mostSpot float64 }

// mix divides the machines of each part of the week between those on demand and spot.
func (e *estimator) mix(steps []step, policy rule.Value, onlySpot bool) fleet {
	base, share := 0.0, 1.0 // what AWS takes: all on demand
	if n, known := e.read(policy.Get("onDemandBaseCapacity")).Number(); known {
		base = n
	}
	if n, known := e.read(policy.Get("onDemandPercentageAboveBaseCapacity")).Number(); known {
		share = n / 100
	}
	if onlySpot {
		share = 0
	}
	var f fleet
	for _, s := range steps {
		onDemand := func(machines float64) float64 {
			first := min(base, machines)
			return first + math.Ceil((machines-first)*share)
		}
		f.onDemand += s.share * onDemand(s.machines)
		f.spot += s.share * (s.machines - onDemand(s.machines))
		f.most += s.share * onDemand(s.most)
		f.mostSpot += s.share * (s.most - onDemand(s.most))
	}
	return f
}

// machines is what machines cost, with their disks.
func (e *estimator) machines(r *rule.Resource, one machine, f fleet) {
	switch {
	case one.class == "":
		e.notPriced(r, "the class of its machines: AWS chooses it, or it is not said")
	case one.tenancy != "" && one.tenancy != "default":
		e.notPriced(r, "no price of machines with tenancy "+one.tenancy)
	default:
		h := e.use(hours)
		if f.onDemand > 0 || f.spot == 0 {
			e.pay(r, Line{Item: "ec2/" + one.class, What: "machines" + one.what, Quantity: f.onDemand * h, Most: f.most * h, Assumed: []string{hours}})
		}
		if f.spot > 0 || f.mostSpot > 0 {
			e.pay(r, Line{
				Item: "ec2/" + one.class, What: "spot machines" + one.what, Quantity: f.spot * h, Most: f.mostSpot * h,
				Off: e.use(spotDiscount), Assumed: []string{hours, spotDiscount},
			})
		}
	}
	count, most := f.onDemand+f.spot, f.most+f.mostSpot
	for _, disk := range one.disks {
		if ebs := disk.Get("ebs"); !ebs.IsAbsent() {
			e.disk(r, ebs, "volumeSize", "volumeType", count, most)
			continue
		}
		e.disk(r, disk, "volumeSize", "volumeType", count, most)
	}
	if !slices.ContainsFunc(one.disks, isRoot) {
		e.notPriced(r, "the disk that its image brings: its size is not said")
	}
	if one.watched {
		e.pay(r, Line{Item: "metric", What: "detailed monitoring, 7 metrics a machine", Quantity: 7 * count, Most: 7 * most})
	}
	if rule.IsTrue(one.public) {
		e.pay(r, Line{Item: "ipv4", What: "address of each machine", Quantity: count * e.use(hours), Most: most * e.use(hours), Assumed: []string{hours}})
	}
}

// What a gp3 disk has for nothing.
const freeIops, freeThroughput = 3000, 125

// disk is what count disks cost. AWS makes gp2 if nothing is said.
func (e *estimator) disk(r *rule.Resource, d rule.Value, sizePath, kindPath string, count, most float64) {
	size, known := e.read(d.Get(sizePath)).Number()
	if !known {
		e.notPriced(r, "a disk: its size is not said")
		return
	}
	kind, _ := e.read(d.Get(kindPath)).Text()
	if kind == "" {
		kind = "gp2"
	}
	e.pay(r, Line{Item: "ebs/" + kind, What: fmt.Sprintf("disk of %g GB", size), Quantity: size * count, Most: size * most})
	iops, _ := e.read(d.Get("iops")).Number()
	if kind == "gp3" {
		iops = max(0, iops-freeIops)
	}
	if iops > 0 && kind != "gp2" {
		e.pay(r, Line{Item: "ebs-iops/" + kind, What: "operations a second", Quantity: iops * count, Most: iops * most})
	}
	if throughput, _ := e.read(d.Get("throughput")).Number(); throughput > freeThroughput && kind == "gp3" {
		e.pay(r, Line{Item: "ebs-throughput/gp3", What: "throughput", Quantity: (throughput - freeThroughput) * count, Most: (throughput - freeThroughput) * most})
	}
}

// betweenZones is what the machines of a group send to other zones: each side pays.
func (e *estimator) betweenZones(r *rule.Resource) {
	e.pay(r, Line{Item: "zone-gb", What: "to other zones, sent and received", Quantity: 2 * e.use(zoneGB), Assumed: []string{zoneGB}})
}
