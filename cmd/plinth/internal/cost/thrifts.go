package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// thrifts are the ways to save that are looked for.
var thrifts = []thrift{
	{development: true, changes: fewerGateways},
	{development: true, changes: sharedCluster},
	{development: true, changes: offHours},
	{development: true, changes: onlySpot},
	{development: true, changes: oneZone},
	{development: true, changes: sharedBalancer},
	{development: true, changes: smallCopies},
	{development: true, changes: noEndpoints},
	{development: true, changes: spotNodes},
	{changes: graviton},
	{changes: gp3},
	{changes: valkey},
	{changes: supported},
	{changes: lessMonitoring},
	{changes: infrequentLogs},
}

// fewerGateways keeps one NAT gateway of a network, or a small machine instead.
func fewerGateways(s *stack) []change {
	var changes []change
	for _, net := range s.networks(natGateway) {
		first := net.has[0]
		var addresses, others []*rule.Resource
		for _, r := range net.has {
			own := s.g.Targets(r, eip, "allocationId").Resources
			addresses = append(addresses, own...)
			if r != first {
				others = append(append(others, r), own...)
			}
		}
		machine := &rule.Resource{
			URN: first.URN + "-instance", Type: instance, Name: first.Name + "-instance", Provider: first.Provider,
			Inputs: rule.FieldsOf(map[string]any{
				"instanceType": "t4g.nano", "associatePublicIpAddress": true, "region": first.Region(),
				"rootBlockDevice": map[string]any{"volumeSize": 8, "volumeType": "gp3"},
			}),
		}
		changes = append(changes, change{
			text:      fmt.Sprintf("one small NAT instance in %s instead of %d NAT gateways", net.name, len(net.has)),
			costs:     "no way out while it is being replaced, and no more than a small machine passes on",
			resources: append(s.without(append(net.has, addresses...)...), machine),
		})
		if len(others) > 0 {
			changes = append(changes, change{
				text:      fmt.Sprintf("one NAT gateway in %s instead of %d", net.name, len(net.has)),
				costs:     "no zone has a way out while the gateway's is lost",
				resources: s.without(others...),
			})
		}
	}
	return changes
}

// network is what a stack has of a type in one VPC.
type network struct {
	id, name string
	has      []*rule.Resource
}

// networks are those of which it is known what is in them. Nothing reaches another one.
func (s *stack) networks(token string) []network {
	var all []network
	for _, r := range s.g.Of(token) {
		id, name := s.network(r)
		if id == "" || isRead(r) {
			continue
		}
		at := slices.IndexFunc(all, func(n network) bool { return n.id == id })
		if at < 0 {
			at, all = len(all), append(all, network{id: id, name: name})
		}
		all[at].has = append(all[at].has, r)
	}
	return all
}

// network is the VPC that a resource is in, by its subnets; empty if that is not known.
func (s *stack) network(r *rule.Resource) (id, name string) {
	for _, in := range s.g.Targets(r, subnet, "subnetId", "subnets[]", "subnetMappings[].subnetId").Resources {
		if of, _ := s.g.Target(in, "aws:ec2/vpc:Vpc", "vpcId"); of != nil {
			return of.URN, of.Name
		}
		if known := text(in, "vpcId"); known != "" {
			return known, known
		}
	}
	known, _ := r.Out("vpcId").Text()
	return known, known
}

// firstOfRegions is the first resource of each region.
func firstOfRegions(resources []*rule.Resource) []*rule.Resource {
	var first []*rule.Resource
	for _, r := range resources {
		if !slices.ContainsFunc(first, func(f *rule.Resource) bool { return f.Region() == r.Region() }) {
			first = append(first, r)
		}
	}
	return first
}

// sharedCluster has the services in a cluster of another stack. Their machines stay.
func sharedCluster(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		if r.Type != cluster || isRead(r) {
			return r
		}
		names = append(names, r.Name)
		read := *r
		read.Inputs = nil
		read.Outputs = maps.Clone(r.Outputs)
		if read.Outputs == nil {
			read.Outputs = rule.Fields{}
		}
		maps.Copy(read.Outputs, r.Inputs)
		return &read
	})
	return one(names, resources, "the services in a cluster that development stacks share, instead of %s", "what one stack does to the cluster, all of them feel; its version and add-ons are no longer tried here first")
}

// onlySpot has no machine on demand in groups that have both.
func onlySpot(s *stack) []change {
	const policy, base, share = "mixedInstancesPolicy", "onDemandBaseCapacity", "onDemandPercentageAboveBaseCapacity"
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		plain, known := rule.Plain(r.Get(policy))
		fields, isObject := plain.(map[string]any)
		if r.Type != scalingGroup || !known || !isObject {
			return r
		}
		of, _ := fields["instancesDistribution"].(map[string]any)
		all := maps.Clone(of)
		if all == nil {
			all = map[string]any{}
		}
		all[base], all[share] = 0.0, 0.0
		fields["instancesDistribution"] = all
		names = append(names, r.Name)
		return set(r, policy, fields)
	})
	return one(names, resources, "spot machines only in %s ("+base+": 0)", "AWS takes machines back two minutes after it says so, now and then all at once")
}

// offHours stops the machines of groups without schedules at night and on weekends.
func offHours(s *stack) []change {
	var more []*rule.Resource
	var names []string
	for _, r := range s.g.Of(scalingGroup) {
		if have, maybe := s.g.Pointing(r, schedule, "autoscalingGroupName"); len(have) > 0 || maybe.Outcome == rule.Unknown {
			continue
		}
		names = append(names, r.Name)
		machines, known := r.Get("desiredCapacity").Number()
		if !known {
			machines, _ = r.Get("minSize").Number()
		}
		for at, wanted := range map[string]float64{"0 7 * * MON-FRI": machines, "0 20 * * MON-FRI": 0} {
			more = append(more, &rule.Resource{
				URN: r.URN + at, Type: schedule, Name: r.Name, Edges: map[string][]string{"autoscalingGroupName": {r.URN}},
				Inputs: rule.FieldsOf(map[string]any{"recurrence": at, "desiredCapacity": wanted, "minSize": 0, "autoscalingGroupName": rule.Computed{}}),
			})
		}
	}
	return one(names, append(s.without(), more...), "schedules that stop %s from 20:00 to 07:00 and on weekends", "nothing answers at those times")
}

// oneZone has databases in one zone.
func oneZone(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		if r.Type != database || !rule.IsTrue(r.Get("multiAz")) {
			return r
		}
		names = append(names, r.Name)
		return set(r, "multiAz", false)
	})
	return one(names, resources, "%s in one zone (multiAz: false)", "gone with its zone, and restored from a backup at worst")
}

// sharedBalancer has one load balancer for all of a network that are only reached from
// inside. An origin of CloudFront is another tier, and stays.
func sharedBalancer(s *stack) []change {
	var gone []*rule.Resource
	var names []string
	for _, net := range s.networks(loadBalancer) {
		var inner []*rule.Resource
		for _, r := range net.has {
			origins, maybe := s.g.Pointing(r, "aws:cloudfront/vpcOrigin:VpcOrigin", "vpcOriginEndpointConfig.arn")
			isOrigin := len(origins) > 0 || maybe.Outcome == rule.Unknown
			if !isOrigin && rule.IsTrue(r.Get("internal")) && text(r, "loadBalancerType") != "network" {
				inner = append(inner, r)
			}
		}
		if len(inner) < 2 {
			continue
		}
		gone = append(gone, inner[1:]...)
		for _, r := range inner {
			names = append(names, r.Name)
		}
	}
	return one(names, s.without(gone...), "one internal load balancer for %s, with rules by host name", "one security group and one set of limits for all of them")
}

// smallCopies has no second node of a cache, and then nothing that could take over.
func smallCopies(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		nodes, known := r.Get("numCacheClusters").Number()
		if r.Type != replication || !known || nodes < 2 {
			return r
		}
		names = append(names, r.Name)
		return set(set(set(r, "numCacheClusters", 1), "automaticFailoverEnabled", false), "multiAzEnabled", false)
	})
	return one(names, resources, "one node in %s (numCacheClusters: 1, automaticFailoverEnabled: false, multiAzEnabled: false)", "empty again after any failure")
}

// noEndpoints has calls to AWS's services leave by NAT, where that is cheaper.
func noEndpoints(s *stack) []change {
	var changes []change
	for _, first := range firstOfRegions(s.g.Of(endpoint)) {
		var gone []*rule.Resource
		for _, r := range s.g.Of(endpoint) {
			if r.Region() == first.Region() && isInterface(r) {
				gone = append(gone, r)
			}
		}
		hasNat := slices.ContainsFunc(s.g.Of(natGateway), func(r *rule.Resource) bool { return r.Region() == first.Region() })
		if len(gone) == 0 || !hasNat {
			continue
		}
		var names []string
		for _, r := range gone {
			service := text(r, "serviceName")
			names = append(names, service[strings.LastIndex(service, ".")+1:])
		}
		changes = append(changes, one(names, s.without(gone...), "no interface endpoints for %s: calls leave by the NAT gateways",
			"the calls cross the internet, with TLS; policies of endpoints no longer hold")...)
	}
	return changes
}

// spotNodes lets node pools take spot machines.
func spotNodes(s *stack) []change {
	resources, names := s.rewritten([]string{nodePool}, []string{"spec"}, func(_ *rule.Resource, old string) string {
		if old == "on-demand" {
			return "spot"
		}
		return old
	})
	for _, r := range s.g.Of(nodePool) {
		for _, v := range r.Select("spec.template.spec.requirements[].values[]") {
			if rule.Is("spot")(v) {
				names = slices.DeleteFunc(names, func(name string) bool { return name == r.Name })
			}
		}
	}
	return one(names, resources, "spot machines in %s (capacity-type spot as well)", "AWS takes machines back two minutes after it says so; pods move then")
}

// onGraviton are the families that cost less for the same, by the older ones on Intel and AMD.
var onGraviton = map[string]string{
	"t2": "t4g", "t3": "t4g", "t3a": "t4g", "m5": "m7g", "m5a": "m7g", "m6i": "m7g", "m6a": "m7g", "m7i": "m7g", "m7a": "m7g",
	"c5": "c7g", "c6i": "c7g", "c7i": "c7g", "r5": "r7g", "r6i": "r7g", "r7i": "r7g",
}

// graviton moves machines to AWS's own processors.
func graviton(s *stack) []change {
	types := []string{instance, launchTemplate, scalingGroup, nodeGroup, database, auroraInstance, replication, cacheCluster}
	resources, names := s.rewritten(types, []string{"instanceType", "instanceTypes", "mixedInstancesPolicy", "instanceClass", "nodeType"},
		func(r *rule.Resource, old string) string {
			for family, better := range onGraviton {
				for _, prefix := range []string{"", "db.", "cache."} {
					size, has := strings.CutPrefix(old, prefix+family+".")
					if now := prefix + better + "." + size; has && s.prices.hasClass(r.Region(), now) {
						return now
					}
				}
			}
			return old
		})
	return one(names, resources, "Graviton for %s", "programs and images must be built for arm64; databases and caches need a restart")
}

// gp3 is cheaper than gp2.
func gp3(s *stack) []change {
	resources, names := s.rewritten([]string{instance, launchTemplate, volume}, []string{"type", "rootBlockDevice", "ebsBlockDevices", "blockDeviceMappings"},
		func(_ *rule.Resource, old string) string {
			if old == "gp2" {
				return "gp3"
			}
			return old
		})
	return one(names, resources, "gp3 instead of gp2 for %s", "nothing up to 170 GB; larger disks need iops to stay as fast")
}

// valkey is cheaper than Redis.
func valkey(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		if engine := text(r, "engine"); r.Type != replication || engine != "" && engine != "redis" {
			return r
		}
		names = append(names, r.Name)
		return set(r, "engine", "valkey")
	})
	return one(names, resources, "Valkey instead of Redis for %s (engine: valkey, its engineVersion, a parameter group of its family)", "there is no way back to Redis; clients have to be tried with it first")
}

// supported upgrades what is past the end of standard support.
func supported(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		property, engine := "engineVersion", text(r, "engine")
		switch r.Type {
		case cluster:
			property, engine = "version", "eks"
		case database, auroraCluster: // whose version its machines have
		default:
			return r
		}
		if !s.prices.pastSupport(engine, text(r, property)) {
			return r
		}
		names = append(names, r.Name)
		return set(r, property, newest)
	})
	return one(names, resources, "a version in standard support for %s", "the upgrade, which has to be tried")
}

// newest is a version that is past no support.
const newest = "9999"

// lessMonitoring has metrics of machines every five minutes.
func lessMonitoring(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		switch {
		case r.Type == launchTemplate && rule.IsTrue(r.Get("monitoring.enabled")):
			names = append(names, r.Name)
			return set(r, "monitoring", map[string]any{"enabled": false})
		case r.Type == instance && rule.IsTrue(r.Get("monitoring")):
			names = append(names, r.Name)
			return set(r, "monitoring", false)
		}
		return r
	})
	return one(names, resources, "no detailed monitoring in %s", "scaling and alarms see load five minutes late instead of one")
}

// infrequentLogs writes logs to the cheaper class.
func infrequentLogs(s *stack) []change {
	var names []string
	resources := s.with(func(r *rule.Resource) *rule.Resource {
		class := text(r, "logGroupClass")
		if r.Type != logGroup || class != "" && class != "STANDARD" || s.isFiltered(r) {
			return r
		}
		names = append(names, r.Name)
		return set(r, "logGroupClass", "INFREQUENT_ACCESS")
	})
	return one(names, resources, "the log class INFREQUENT_ACCESS for %s", "no metric filters, live tail or alarms on them; the group is replaced, with what it holds")
}

// isFiltered is whether a filter reads a group of logs, or may; that class has none.
func (s *stack) isFiltered(r *rule.Resource) bool {
	for token, property := range map[string]string{
		"aws:cloudwatch/logMetricFilter:LogMetricFilter": "logGroupName", "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "logGroup",
	} {
		for _, filter := range s.g.Of(token) {
			name, known := filter.Get(property).Text()
			id, _ := r.Out("id").Text()
			edges := filter.Edges[property]
			if known && (name == text(r, "name") || name == id) || slices.Contains(edges, r.URN) || !known && len(edges) == 0 {
				return true
			}
		}
	}
	return false
}
