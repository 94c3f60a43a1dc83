package redundancy

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

type (
	r    = ruletest.R
	in   = map[string]any
	to   = map[string][]string
	list = []any
)

var later = ruletest.ID

// Subnets as they are at a first preview: in a known zone, with an id that is not known.
var (
	subnetA  = r{Type: subnet, Name: "a", In: in{"availabilityZone": "eu-west-1a", "vpcId": later}, Edges: to{"vpcId": {"main"}}}
	subnetA2 = r{Type: subnet, Name: "a2", In: in{"availabilityZone": "eu-west-1a", "vpcId": later}, Edges: to{"vpcId": {"main"}}}
	subnetB  = r{Type: subnet, Name: "b", In: in{"availabilityZone": "eu-west-1b", "vpcId": later}, Edges: to{"vpcId": {"main"}}}
	subnetC  = r{Type: subnet, Name: "c", In: in{"availabilityZone": "eu-west-1c", "vpcId": later}, Edges: to{"vpcId": {"main"}}}
	nowhere  = r{Type: subnet, Name: "nowhere", In: in{"availabilityZone": later, "vpcId": later}, Edges: to{"vpcId": {"main"}}}
	mainVpc  = r{Type: vpc, Name: "main", In: in{}}
)

// The same with their ids, as after creation.
var (
	madeA = r{Type: subnet, Name: "a", In: in{}, Out: in{"id": "subnet-a", "availabilityZone": "eu-west-1a"}}
	madeB = r{Type: subnet, Name: "b", In: in{}, Out: in{"id": "subnet-b", "availabilityZone": "eu-west-1b"}}
)

func asg(inputs in, subnets ...string) r {
	edges := to{}
	if len(subnets) > 0 {
		edges["vpcZoneIdentifiers"] = subnets
		if inputs["vpcZoneIdentifiers"] == nil {
			inputs["vpcZoneIdentifiers"] = later
		}
	}
	if inputs["targetGroupArns"] != nil {
		edges["targetGroupArns"] = []string{"tg"}
	}
	return r{Type: group, Name: "web", In: inputs, Edges: edges}
}

func lb(kind string, inputs in, subnets ...string) r {
	inputs["subnets"] = later
	return r{Type: kind, Name: "lb", In: inputs, Edges: to{"subnets": subnets}}
}

// behind is a load balancer with a listener that forwards to a target group.
func behind(subnets ...string) []r {
	return []r{
		lb(loadBalancer, in{}, subnets...),
		{Type: "aws:alb/listener:Listener", Name: "http", In: in{
			"loadBalancerArn": later, "defaultActions": list{in{"type": "forward", "targetGroupArn": later}},
		}, Edges: to{"loadBalancerArn": {"lb"}, "defaultActions": {"tg"}}},
		{Type: targetGroup, Name: "tg", In: in{}},
		subnetA, subnetB, subnetC,
	}
}

// registering is a load balancer of two zones and an attachment to a target group of a kind.
func registering(kind any, inputs in, targets ...string) []r {
	all := in{"targetGroupArn": later, "targetId": later}
	maps.Copy(all, inputs)
	stack := behind("a", "b")
	stack[2].In = in{"targetType": kind}
	return append(stack, r{Type: targetAttachment, Name: "at", In: all, Edges: to{"targetGroupArn": {"tg"}, "targetId": targets}})
}

// nats is a private route table of zone b whose default route goes through a NAT.
func nats(natSubnet string, associated ...r) []r {
	return append([]r{
		{Type: routeTable, Name: "private-b", In: in{"vpcId": later}},
		{Type: route, Name: "out", In: in{"routeTableId": later, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": later},
			Edges: to{"routeTableId": {"private-b"}, "natGatewayId": {"nat"}}},
		{Type: natGateway, Name: "nat", In: in{"subnetId": later}, Edges: to{"subnetId": {natSubnet}}},
		subnetA, subnetB, nowhere,
	}, associated...)
}

// regional is the same route table with a NAT gateway that is in all zones of its VPC.
func regional(inputs in, associated ...r) []r {
	all := in{"availabilityMode": "regional", "vpcId": later, "connectivityType": "public"}
	maps.Copy(all, inputs)
	stack := nats("a", associated...)
	stack[2] = r{Type: natGateway, Name: "nat", In: all, Edges: to{"vpcId": {"main"}}}
	return stack
}

func associate(name string) r {
	return r{Type: tableAssociation, Name: "in-" + name, In: in{"routeTableId": later, "subnetId": later},
		Edges: to{"routeTableId": {"private-b"}, "subnetId": {name}}}
}

func nodes(inputs in, subnets ...string) r {
	inputs["subnetIds"] = later
	return r{Type: nodeGroup, Name: "nodes", In: inputs, Edges: to{"subnetIds": subnets}}
}

func controlPlane(subnets ...string) r {
	return r{Type: cluster, Name: "main", In: in{"vpcConfig": in{"subnetIds": later}}, Edges: to{"vpcConfig": subnets}}
}

func endpoints(inputs in, subnets ...string) []r {
	inputs["subnetIds"], inputs["vpcId"] = later, later
	return []r{
		{Type: endpoint, Name: "ssm", In: inputs, Edges: to{"subnetIds": subnets, "vpcId": {"main"}}},
		mainVpc, subnetA, subnetA2, subnetB,
	}
}

func nat(name, where string) r {
	return r{Type: natGateway, Name: name, In: in{"subnetId": later}, Edges: to{"subnetId": {where}}}
}

func TestRules(t *testing.T) {
	ruletest.Run(t, trafficRules(), []ruletest.Case{
		{Rule: "asg-multi-az", Name: "two zones before anything exists", Want: rule.Pass, Stack: []r{asg(in{}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-multi-az", Name: "two subnets of one zone", Want: rule.Fail, Says: "one zone (eu-west-1a)",
			Stack: []r{asg(in{}, "a", "a2"), subnetA, subnetA2}},
		{Rule: "asg-multi-az", Name: "subnets of elsewhere", Want: rule.Unknown, Says: "vpcZoneIdentifiers: external",
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{"subnet-1", "subnet-2"}})}},
		{Rule: "asg-multi-az", Name: "a reference to another stack", Want: rule.Unknown, Says: "external",
			Stack: []r{{Type: group, Name: "web", In: in{"vpcZoneIdentifiers": later}}}},
		{Rule: "asg-multi-az", Name: "zones chosen after creation", Want: rule.Unknown, Says: "availabilityZone of subnet nowhere",
			Stack: []r{asg(in{}, "a", "nowhere"), subnetA, nowhere}},
		{Rule: "asg-multi-az", Name: "known ids", Want: rule.Pass,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{"subnet-a", "subnet-b"}}), madeA, madeB}},
		{Rule: "asg-multi-az", Name: "known ids narrow the edges down", Want: rule.Fail,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{"subnet-a"}}, "a", "b"), madeA, madeB}},
		{Rule: "asg-multi-az", Name: "one of several, not known which", Want: rule.Unknown,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{later}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-multi-az", Name: "two of three in two zones, not known which", Want: rule.Unknown,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{later, later}}, "a", "a2", "b"), subnetA, subnetA2, subnetB}},
		{Rule: "asg-multi-az", Name: "two of three in three zones", Want: rule.Pass,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{later, later}}, "a", "b", "c"), subnetA, subnetB, subnetC}},
		{Rule: "asg-multi-az", Name: "two of three, one of which may be where another one is", Want: rule.Unknown,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{later, later}}, "a", "b", "nowhere"), subnetA, subnetB, nowhere}},
		{Rule: "asg-multi-az", Name: "known ids that outputs lack", Want: rule.Pass,
			Stack: []r{asg(in{"vpcZoneIdentifiers": list{"subnet-a", "subnet-b"}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-multi-az", Name: "zones by name", Want: rule.Pass, Stack: []r{asg(in{"availabilityZones": list{"eu-west-1a", "eu-west-1b"}})}},
		{Rule: "asg-multi-az", Name: "subnets that are only read", Want: rule.Pass, Stack: []r{asg(in{}, "a", "b"),
			{Type: subnet, Name: "a", Out: in{"availabilityZone": "eu-west-1a"}}, {Type: subnet, Name: "b", Out: in{"availabilityZone": "eu-west-1b"}}}},

		{Rule: "asg-min-size", Name: "two to four", Want: rule.Pass, Stack: []r{asg(in{"minSize": 2, "maxSize": 4})}},
		{Rule: "asg-min-size", Name: "one", Want: rule.Fail, Says: "set minSize to 2 or more", Stack: []r{asg(in{"minSize": 1, "maxSize": 4})}},
		{Rule: "asg-min-size", Name: "no room", Want: rule.Fail, Says: "raise maxSize", Stack: []r{asg(in{"minSize": 2, "maxSize": 2})}},
		{Rule: "asg-min-size", Name: "computed", Want: rule.Unknown, Says: "minSize", Stack: []r{asg(in{"minSize": later, "maxSize": 4})}},

		{Rule: "asg-survives-az-loss", Name: "one of two is left", Want: rule.Pass, Stack: []r{asg(in{"minSize": 2}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "one in two zones", Want: rule.Fail, Says: "leaves 0 of the 1 instances needed. Fix: raise minSize to 2",
			Stack: []r{asg(in{"minSize": 1}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "the tag says four", Want: rule.Fail, Says: "leaves 2 of the 4 instances needed. Fix: raise minSize to 6",
			Stack: []r{asg(in{"minSize": 3, "tags": list{in{"key": neededTag, "value": "4"}}}, "a", "b", "c"), subnetA, subnetB, subnetC}},
		{Rule: "asg-survives-az-loss", Name: "six carry four", Want: rule.Pass,
			Stack: []r{asg(in{"minSize": 6, "tags": list{in{"key": neededTag, "value": "4"}}}, "a", "b", "c"), subnetA, subnetB, subnetC}},
		{Rule: "asg-survives-az-loss", Name: "tags that are not known", Want: rule.Unknown, Says: "tags",
			Stack: []r{asg(in{"minSize": 2, "tags": later}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "a tag that may be the one", Want: rule.Unknown, Says: "tags[0].key",
			Stack: []r{asg(in{"minSize": 2, "tags": list{in{"key": later, "value": "4"}}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "elsewhere", Want: rule.Unknown, Says: "external",
			Stack: []r{asg(in{"minSize": 2, "vpcZoneIdentifiers": list{"subnet-1"}})}},

		{Rule: "asg-survives-az-loss", Name: "nodes", Want: rule.Pass, Stack: []r{nodes(in{"scalingConfig": in{"minSize": 2}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "one node", Want: rule.Fail, Says: "raise scalingConfig.minSize to 2", Stack: []r{
			nodes(in{"scalingConfig": in{"minSize": 1}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "nodes whose tag says two", Want: rule.Fail, Says: "leaves 1 of the 2 instances needed", Stack: []r{
			nodes(in{"scalingConfig": in{"minSize": 2}, "tags": in{neededTag: "2"}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "nodes with tags that are not known", Want: rule.Unknown, Says: "tags: known", Stack: []r{
			nodes(in{"scalingConfig": in{"minSize": 2}, "tags": later}, "a", "b"), subnetA, subnetB}},

		{Rule: "asg-survives-az-loss", Name: "tasks", Want: rule.Pass, Stack: tasks(nil, twoZones)},
		{Rule: "asg-survives-az-loss", Name: "one task", Want: rule.Fail, Says: "raise desiredCount to 2", Stack: tasks(in{"desiredCount": 1}, twoZones)},
		{Rule: "asg-survives-az-loss", Name: "tasks scaled from three, four needed", Want: rule.Fail, Says: "with minCapacity 3 in zones eu-west-1a, eu-west-1b, " +
			"the loss of a zone leaves 1 of the 4 instances needed. Fix: raise minCapacity to 8",
			Stack: tasks(in{"tags": in{neededTag: "4"}}, twoZones, scaler(later, 3, "web"))},
		{Rule: "asg-survives-az-loss", Name: "who knows how many tasks", Want: rule.Unknown, Says: "desiredCount", Stack: tasks(in{"desiredCount": later}, twoZones)},
		{Rule: "asg-survives-az-loss", Name: "tasks on instances", Want: rule.NotApplicable, Stack: tasks(nil, nil)},
		{Rule: "asg-survives-az-loss", Name: "a daemon", Want: rule.NotApplicable, Stack: tasks(in{"schedulingStrategy": "DAEMON"}, twoZones)},
		{Rule: "asg-survives-az-loss", Name: "who knows whether a daemon", Want: rule.Unknown, Says: "schedulingStrategy",
			Stack: tasks(in{"schedulingStrategy": later, "desiredCount": 1}, twoZones)},

		{Rule: "eks-subnets-multi-az", Name: "two zones", Want: rule.Pass, Stack: []r{controlPlane("a", "b"), subnetA, subnetB}},
		{Rule: "eks-subnets-multi-az", Name: "one zone", Want: rule.Fail, Says: "one zone (eu-west-1a)", Stack: []r{controlPlane("a", "a2"), subnetA, subnetA2}},
		{Rule: "eks-subnets-multi-az", Name: "a zone chosen after creation", Want: rule.Unknown, Says: "nowhere", Stack: []r{controlPlane("a", "nowhere"), subnetA, nowhere}},
		{Rule: "eks-subnets-multi-az", Name: "nodes", Want: rule.Pass, Stack: []r{nodes(in{"scalingConfig": in{"minSize": 2}}, "a", "b"), subnetA, subnetB}},
		{Rule: "eks-subnets-multi-az", Name: "one node in one zone", Want: rule.Fail, Says: "in subnetIds; set scalingConfig.minSize to 2 or more",
			Stack: []r{nodes(in{"scalingConfig": in{"minSize": 1}}, "a", "a2"), subnetA, subnetA2}},
		{Rule: "eks-subnets-multi-az", Name: "one node in development", Profile: rule.Development, Want: rule.Pass,
			Stack: []r{nodes(in{"scalingConfig": in{"minSize": 1}}, "a", "b"), subnetA, subnetB}},
		{Rule: "eks-subnets-multi-az", Name: "nodes that nobody needs all the time", Want: rule.Pass,
			Stack: []r{nodes(in{"scalingConfig": in{"minSize": 0}, "tags": in{neededTag: "0"}}, "a", "b"), subnetA, subnetB}},
		{Rule: "asg-survives-az-loss", Name: "nodes that nobody needs all the time", Want: rule.Pass,
			Stack: []r{nodes(in{"scalingConfig": in{"minSize": 0}, "tags": in{neededTag: "0"}}, "a", "b"), subnetA, subnetB}},
		{Rule: "eks-subnets-multi-az", Name: "who knows whether anybody needs the nodes", Want: rule.Unknown, Says: "tags",
			Stack: []r{nodes(in{"scalingConfig": in{"minSize": 0}, "tags": later}, "a", "b"), subnetA, subnetB}},
		{Rule: "eks-subnets-multi-az", Name: "who knows how many nodes", Want: rule.Unknown, Says: "scalingConfig.minSize",
			Stack: []r{nodes(in{"scalingConfig": later}, "a", "b"), subnetA, subnetB}},
		{Rule: "eks-subnets-multi-az", Name: "Fargate", Want: rule.Fail, Says: "one zone", Stack: []r{
			{Type: fargateProfile, Name: "f", In: in{"subnetIds": later}, Edges: to{"subnetIds": {"a"}}}, subnetA}},

		{Rule: "asg-elb-health-check", Name: "ELB", Want: rule.Pass,
			Stack: []r{asg(in{"targetGroupArns": later, "healthCheckType": "ELB"}), {Type: targetGroup, Name: "tg"}}},
		{Rule: "asg-elb-health-check", Name: "the default", Want: rule.Fail, Says: `set healthCheckType to "ELB"`,
			Stack: []r{asg(in{"targetGroupArns": list{later}}), {Type: targetGroup, Name: "tg"}}},
		{Rule: "asg-elb-health-check", Name: "attached from outside", Want: rule.Fail, Stack: []r{asg(in{"healthCheckType": "EC2"}),
			{Type: attachment, Name: "at", In: in{"autoscalingGroupName": later}, Edges: to{"autoscalingGroupName": {"web"}}}}},
		{Rule: "asg-elb-health-check", Name: "behind nothing", Want: rule.NotApplicable, Stack: []r{asg(in{"healthCheckType": "EC2"})}},
		{Rule: "asg-elb-health-check", Name: "computed", Want: rule.Unknown,
			Stack: []r{asg(in{"targetGroupArns": later, "healthCheckType": later}), {Type: targetGroup, Name: "tg"}}},

		{Rule: "lb-multi-az", Name: "two zones", Want: rule.Pass, Stack: []r{lb(loadBalancer, in{}, "a", "b"), subnetA, subnetB}},
		{Rule: "lb-multi-az", Name: "one zone, old spelling", Want: rule.Fail, Says: "one zone",
			Stack: []r{lb("aws:alb/loadBalancer:LoadBalancer", in{}, "a", "a2"), subnetA, subnetA2}},
		{Rule: "lb-multi-az", Name: "mappings", Want: rule.Pass, Stack: []r{{Type: loadBalancer, Name: "lb", In: in{
			"subnetMappings": list{in{"subnetId": later}, in{"subnetId": later}}}, Edges: to{"subnetMappings": {"a", "b"}}}, subnetA, subnetB}},
		{Rule: "lb-multi-az", Name: "elsewhere", Want: rule.Unknown, Says: "subnets: external", Stack: []r{lb(loadBalancer, in{})}},

		{Rule: "lb-covers-target-azs", Name: "the same zones", Want: rule.Pass, Stack: append(behind("a", "b"), asg(in{"targetGroupArns": later}, "a", "b"))},
		{Rule: "lb-covers-target-azs", Name: "targets out of reach", Want: rule.Fail, Says: "targets of tg in one zone (eu-west-1c) get no requests",
			Stack: append(behind("a", "b"), asg(in{"targetGroupArns": later}, "a", "b", "c"))},
		{Rule: "lb-covers-target-azs", Name: "a zone without targets", Want: rule.Fail, Says: "tg has no targets in one zone (eu-west-1c)",
			Stack: append(behind("a", "b", "c"), asg(in{"targetGroupArns": later}, "a", "b"))},
		{Rule: "lb-covers-target-azs", Name: "no groups behind it", Want: rule.NotApplicable, Stack: behind("a", "b")},
		{Rule: "lb-covers-target-azs", Name: "a rule forwards to an attached group", Want: rule.Fail, Says: "eu-west-1c", Stack: []r{
			lb(loadBalancer, in{}, "a", "b", "c"),
			{Type: listener, Name: "https", In: in{"loadBalancerArn": later}, Edges: to{"loadBalancerArn": {"lb"}}},
			{Type: listenerRule, Name: "api", In: in{"listenerArn": later, "actions": list{in{"forward": in{"targetGroups": list{in{"arn": later}}}}}},
				Edges: to{"listenerArn": {"https"}, "actions": {"tg"}}},
			{Type: targetGroup, Name: "tg"}, asg(in{}, "a", "b"), subnetA, subnetB, subnetC,
			{Type: attachment, Name: "at", In: in{"autoscalingGroupName": later, "lbTargetGroupArn": later},
				Edges: to{"autoscalingGroupName": {"web"}, "lbTargetGroupArn": {"tg"}}}}},
		{Rule: "lb-covers-target-azs", Name: "a group attached as a traffic source", Want: rule.Fail, Says: "eu-west-1b",
			Stack: append(behind("a", "b"), asg(in{}, "a"), r{Type: sourceAttachment, Name: "at",
				In:    in{"autoscalingGroupName": later, "trafficSource": in{"identifier": later}},
				Edges: to{"autoscalingGroupName": {"web"}, "trafficSource": {"tg"}}})},
		{Rule: "lb-covers-target-azs", Name: "tasks", Want: rule.Fail, Says: "tg has no targets in one zone (eu-west-1c)",
			Stack: append(behind("a", "b", "c"), forwarded(tasks(nil, twoZones)[0]))},
		{Rule: "lb-covers-target-azs", Name: "tasks in the same zones", Want: rule.Pass, Stack: append(behind("a", "b"), forwarded(tasks(nil, twoZones)[0]))},
		{Rule: "lb-covers-target-azs", Name: "an instance in a zone of two", Want: rule.Fail, Says: "add subnets of eu-west-1b to the group, service or instances behind tg",
			Stack: append(append(behind("a", "b"), server("one", "a")), serves("one")[1:]...)},
		{Rule: "lb-covers-target-azs", Name: "a function", Want: rule.NotApplicable, Stack: registering("lambda", in{})},
		{Rule: "lb-covers-target-azs", Name: "another load balancer", Want: rule.NotApplicable, Stack: registering("alb", in{})},
		{Rule: "lb-covers-target-azs", Name: "an address out of the VPC", Want: rule.NotApplicable, Stack: registering("ip", in{"availabilityZone": "all"})},
		{Rule: "lb-covers-target-azs", Name: "an address in a zone of two", Want: rule.Fail, Says: "tg has no targets in one zone (eu-west-1b)",
			Stack: registering("ip", in{"targetId": "10.0.0.7", "availabilityZone": "eu-west-1a"})},
		{Rule: "lb-covers-target-azs", Name: "an address in who knows which zone", Want: rule.Unknown, Says: "availabilityZone: external", Stack: registering("ip", in{"availabilityZone": later})},
		{Rule: "lb-covers-target-azs", Name: "the address of an instance", Want: rule.Fail, Says: "tg has no targets in one zone (eu-west-1b)",
			Stack: append(registering("ip", in{}, "one"), server("one", "a"))},
		{Rule: "lb-covers-target-azs", Name: "an address of elsewhere", Want: rule.Unknown, Says: "targetId: external", Stack: registering("ip", in{"targetId": "10.0.0.7"})},
		{Rule: "lb-covers-target-azs", Name: "who knows what", Want: rule.Unknown, Says: "targetType", Stack: append(registering(later, in{}, "one"), server("one", "a"))},
		{Rule: "lb-covers-target-azs", Name: "targets elsewhere", Want: rule.Unknown, Says: "external",
			Stack: append(behind("a", "b"), asg(in{"targetGroupArns": later, "vpcZoneIdentifiers": list{"subnet-1"}}))},

		{Rule: "lb-cross-zone", Name: "network, on", Want: rule.Pass,
			Stack: []r{lb(loadBalancer, in{"loadBalancerType": "network", "enableCrossZoneLoadBalancing": true})}},
		{Rule: "lb-cross-zone", Name: "network, off", Want: rule.Fail, Stack: []r{lb(loadBalancer, in{"loadBalancerType": "network"})}},
		{Rule: "lb-cross-zone", Name: "application", Want: rule.NotApplicable, Stack: []r{lb(loadBalancer, in{"loadBalancerType": "application"})}},
		{Rule: "lb-cross-zone", Name: "target group off", Want: rule.Fail,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"loadBalancingCrossZoneEnabled": "false"}}}},
		{Rule: "lb-cross-zone", Name: "target group as the load balancer", Want: rule.Pass,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{}}}},
		{Rule: "lb-cross-zone", Name: "classic, off", Want: rule.Fail, Says: "crossZoneLoadBalancing is off",
			Stack: []r{{Type: classicBalancer, Name: "old", In: in{"crossZoneLoadBalancing": false}}}},
		{Rule: "lb-cross-zone", Name: "classic, by default", Want: rule.Pass, Stack: []r{{Type: classicBalancer, Name: "old", In: in{}}}},
		{Rule: "lb-cross-zone", Name: "computed", Want: rule.Unknown,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"loadBalancingCrossZoneEnabled": later}}}},

		{Rule: "target-group-health-check", Name: "a path of its own", Want: rule.Pass,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"healthCheck": in{"path": "/healthz"}}}}},
		{Rule: "target-group-health-check", Name: "the default path", Want: rule.Fail,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"healthCheck": in{"path": "/"}}}}},
		{Rule: "target-group-health-check", Name: "off", Want: rule.Fail, Says: "healthCheck is off",
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"healthCheck": in{"enabled": false, "path": "/healthz"}}}}},
		{Rule: "target-group-health-check", Name: "a connection is enough", Want: rule.Pass,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"protocol": "TCP", "healthCheck": in{"protocol": "TCP"}}}}},
		{Rule: "target-group-health-check", Name: "a function", Want: rule.NotApplicable,
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"targetType": "lambda"}}}},
		{Rule: "target-group-health-check", Name: "a function or not", Want: rule.Unknown, Says: "targetType",
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"targetType": later}}}},
		{Rule: "target-group-health-check", Name: "a connection or not", Want: rule.Unknown, Says: "protocol",
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"protocol": later}}}},
		{Rule: "target-group-health-check", Name: "computed", Want: rule.Unknown, Says: "healthCheck.path",
			Stack: []r{{Type: targetGroup, Name: "tg", In: in{"healthCheck": in{"path": later}}}}},

		{Rule: "zonal-shift-enabled", Name: "on", Want: rule.Pass, Stack: []r{lb(loadBalancer, in{"enableZonalShift": true})}},
		{Rule: "zonal-shift-enabled", Name: "not said", Want: rule.Fail, Stack: []r{lb(loadBalancer, in{})}},
		{Rule: "zonal-shift-enabled", Name: "cluster", Want: rule.Fail, Says: "zonalShiftConfig.enabled", Stack: []r{{Type: cluster, Name: "c", In: in{}}}},
		{Rule: "zonal-shift-enabled", Name: "cluster, on", Want: rule.Pass, Stack: []r{{Type: cluster, Name: "c", In: in{"zonalShiftConfig": in{"enabled": true}}}}},
		{Rule: "zonal-shift-enabled", Name: "computed", Want: rule.Unknown, Stack: []r{lb(loadBalancer, in{"enableZonalShift": later})}},
		{Rule: "zonal-shift-enabled", Name: "a gateway or not", Want: rule.Unknown, Says: "loadBalancerType", Stack: []r{lb(loadBalancer, in{"loadBalancerType": later})}},

		{Rule: "nat-per-az", Name: "its own zone", Want: rule.Pass, Stack: nats("b", associate("b"))},
		{Rule: "nat-per-az", Name: "another zone", Want: rule.Fail, Says: "subnets in one zone (eu-west-1b) leave through nat in one zone (eu-west-1a)",
			Stack: nats("a", associate("b"))},
		{Rule: "nat-per-az", Name: "shared by two zones", Want: rule.Fail, Says: "eu-west-1a", Stack: nats("b", associate("b"), associate("a"))},
		{Rule: "nat-per-az", Name: "of the whole region", Want: rule.Pass, Stack: regional(in{}, associate("b"), associate("a"))},
		{Rule: "nat-per-az", Name: "of the whole region, with addresses in another zone", Want: rule.Fail, Says: "subnets in one zone (eu-west-1b) leave through nat in one zone (eu-west-1a)",
			Stack: regional(in{"availabilityZoneAddresses": list{in{"availabilityZone": "eu-west-1a", "allocationIds": list{later}}}}, associate("b"))},
		{Rule: "nat-per-az", Name: "of the whole region, with addresses in a zone by its id", Want: rule.Unknown, Says: "availabilityZoneAddresses[0].availabilityZone",
			Stack: regional(in{"availabilityZoneAddresses": list{in{"availabilityZoneId": "euw1-az1", "allocationIds": list{later}}}}, associate("b"))},
		{Rule: "nat-per-az", Name: "of one zone or the whole region", Want: rule.Unknown, Says: "availabilityMode", Stack: regional(in{"availabilityMode": later}, associate("b"))},
		{Rule: "nat-per-az", Name: "of the whole region, with who knows which addresses", Want: rule.Unknown, Says: "availabilityZoneAddresses: external",
			Stack: regional(in{"availabilityZoneAddresses": later}, associate("b"))},
		{Rule: "nat-per-az", Name: "a zone chosen after creation", Want: rule.Unknown, Says: "availabilityZone", Stack: nats("nowhere", associate("b"))},
		{Rule: "nat-per-az", Name: "a NAT of elsewhere", Want: rule.Unknown, Says: "natGatewayId: external", Stack: []r{
			{Type: routeTable, Name: "t", In: in{}}, {Type: route, Name: "out", In: in{
				"routeTableId": later, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}, Edges: to{"routeTableId": {"t"}}}}},
		{Rule: "nat-per-az", Name: "who knows where to", Want: rule.Unknown, Says: "destinationCidrBlock", Stack: []r{
			{Type: routeTable, Name: "t", In: in{}}, {Type: route, Name: "out", In: in{
				"routeTableId": later, "destinationCidrBlock": later, "natGatewayId": "nat-1"}, Edges: to{"routeTableId": {"t"}}}}},
		{Rule: "nat-per-az", Name: "who knows where to, inline", Want: rule.Unknown, Says: "routes[0].cidrBlock", Stack: []r{
			{Type: routeTable, Name: "t", In: in{"routes": list{in{"cidrBlock": later, "natGatewayId": "nat-1"}}}}}},
		{Rule: "nat-per-az", Name: "no way out", Want: rule.NotApplicable, Stack: []r{{Type: routeTable, Name: "t", In: in{}}}},
		{Rule: "nat-per-az", Name: "inline route", Want: rule.Fail, Says: "eu-west-1b", Stack: []r{
			{Type: routeTable, Name: "private-b", In: in{"routes": list{in{"cidrBlock": "0.0.0.0/0", "natGatewayId": later}}}, Edges: to{"routes": {"nat"}}},
			nat("nat", "a"), subnetA, subnetB, associate("b")}},
		{Rule: "nat-per-az", Name: "NAT instance", Want: rule.Fail, Says: "eu-west-1b", Stack: []r{
			{Type: routeTable, Name: "private-b", In: in{}},
			{Type: route, Name: "out", In: in{"routeTableId": later, "destinationCidrBlock": "0.0.0.0/0", "networkInterfaceId": later},
				Edges: to{"routeTableId": {"private-b"}, "networkInterfaceId": {"eni"}}},
			{Type: networkInterface, Name: "eni", In: in{"subnetId": later}, Edges: to{"subnetId": {"a"}}}, subnetA, subnetB, associate("b")}},

		{Rule: "vpc-endpoint-multi-az", Name: "every zone", Want: rule.Pass, Stack: endpoints(in{"vpcEndpointType": "Interface"}, "a", "b")},
		{Rule: "vpc-endpoint-multi-az", Name: "one zone of two", Want: rule.Fail, Says: "add a subnet of eu-west-1b to subnetIds",
			Stack: endpoints(in{"vpcEndpointType": "Interface"}, "a")},
		{Rule: "vpc-endpoint-multi-az", Name: "gateway", Want: rule.NotApplicable, Stack: endpoints(in{}, "a")},
		{Rule: "vpc-endpoint-multi-az", Name: "elsewhere", Want: rule.Unknown, Says: "subnetIds: external",
			Stack: endpoints(in{"vpcEndpointType": "Interface"})},

		{Rule: "nonprod-redundancy-waste", Name: "one", Profile: rule.Development, Want: rule.Pass, Stack: []r{nat("n1", "a"), mainVpc, subnetA}},
		{Rule: "nonprod-redundancy-waste", Name: "two", Profile: rule.Development, Subject: "n2", Want: rule.Fail, Says: "besides n1",
			Stack: []r{nat("n1", "a"), nat("n2", "b"), mainVpc, subnetA, subnetB}},
		{Rule: "nonprod-redundancy-waste", Name: "no standby", Want: rule.Pass, Stack: []r{{Type: database, Name: "db", In: in{"multiAz": false}}}},
		{Rule: "nonprod-redundancy-waste", Name: "standby", Want: rule.Fail, Stack: []r{{Type: database, Name: "db", In: in{"multiAz": true}}}},
		{Rule: "nonprod-redundancy-waste", Name: "elsewhere", Want: rule.Unknown, Says: "external",
			Stack: []r{{Type: natGateway, Name: "n1", In: in{"subnetId": "subnet-1"}}}},
	})
}

func TestNeededInstancesMustMakeSense(t *testing.T) {
	for value, says := range map[any]string{
		"1e18": "set it to a whole number", "-1": `is "-1"`, "1.5": `is "1.5"`, "NaN": `is "NaN"`, "Inf": `is "Inf"`, "many": `is "many"`, 100_001: "is 100001",
		"100000": "raise minSize to 150000", "7": "raise minSize to 11",
	} {
		stack := ruletest.Resources([]r{
			asg(in{"minSize": 2, "tags": list{in{"key": neededTag, "value": value}}}, "a", "b", "c"), subnetA, subnetB, subnetC})
		f, err := rule.Run(asgSurvivesAzLoss(), rule.NewGraph(stack), stack[0], asgSurvivesAzLoss().Defaults(rule.Production))
		if err != nil || f.Outcome != rule.Fail || !strings.Contains(f.Message(), says) {
			t.Errorf("%v: %v %s, %v", value, f.Outcome, f.Message(), err)
		}
	}
}

// What is advised is enough, and one less is not.
func TestEnoughIsTheLeast(t *testing.T) {
	for need := 1; need <= 50; need++ {
		for zones := 2; zones <= 6; zones++ {
			var n float64
			if _, err := fmt.Sscanf(enough("minSize", float64(need), zones), "raise minSize to %g", &n); err != nil {
				t.Fatal(err)
			}
			if left(n, zones) < float64(need) || left(n-1, zones) >= float64(need) {
				t.Errorf("%d in %d zones: %v", need, zones, n)
			}
		}
	}
}

func TestSecretTagsAreNotShown(t *testing.T) {
	tags := rule.Secret{Of: list{in{"key": neededTag, "value": "4.5"}}}
	stack := ruletest.Resources([]r{asg(in{"minSize": 2, "tags": tags}, "a", "b"), subnetA, subnetB})
	f, err := rule.Run(asgSurvivesAzLoss(), rule.NewGraph(stack), stack[0], asgSurvivesAzLoss().Defaults(rule.Production))
	if err != nil || f.Outcome != rule.Fail || strings.Contains(f.Message(), "4.5") {
		t.Errorf("%v %s, %v", f.Outcome, f.Message(), err)
	}
}
