package redundancy

import (
	"maps"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ecs"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// tasks is an ECS service with subnets, and what else is in the stack.
func tasks(inputs in, subnets []string, more ...r) []r {
	all := in{"cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "name": "web", "desiredCount": 2}
	if len(subnets) > 0 {
		all["networkConfiguration"] = in{"subnets": list{later, later}}
	}
	maps.Copy(all, inputs)
	return append([]r{{Type: service, Name: "web", In: all, Edges: to{"networkConfiguration": subnets}}, subnetA, subnetA2, subnetB}, more...)
}

// scaler is a scaling target of what its id says, or is computed from.
func scaler(id any, least any, behind ...string) r {
	return r{Type: scalingTarget, Name: "scale", Edges: to{"resourceId": behind},
		In: in{"resourceId": id, "scalableDimension": ecs.Scaling, "serviceNamespace": "ecs", "minCapacity": least, "maxCapacity": 10}}
}

// forwarded is a service behind the target group tg.
func forwarded(s r) r {
	s.In["loadBalancers"] = list{in{"targetGroupArn": later, "containerName": "web", "containerPort": 80}}
	s.Edges["loadBalancers"] = []string{"tg"}
	return s
}

var (
	twoZones = []string{"a", "b"}
	breaker  = in{"deploymentCircuitBreaker": in{"enable": true, "rollback": true}}
)

func minTasks(name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: "ecs-service-min-tasks", Name: name, Want: want, Says: says, Stack: stack}
}

func inZones(name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: "ecs-service-multi-az", Name: name, Want: want, Says: says, Stack: stack}
}

func deploys(name string, want rule.Outcome, says string, inputs in) ruletest.Case {
	return ruletest.Case{Rule: "ecs-safe-deployment", Name: name, Want: want, Says: says, Stack: tasks(inputs, nil)}
}

func single(name string, want rule.Outcome, says string, stack ...r) ruletest.Case {
	return ruletest.Case{Rule: "ec2-no-single-instance-target", Name: name, Subject: "one", Want: want, Says: says, Stack: append(stack, subnetA, subnetA2, subnetB)}
}

// server is an instance in a subnet.
func server(name, where string) r {
	return r{Type: instance, Name: name, In: in{"subnetId": later}, Edges: to{"subnetId": {where}}}
}

// serves puts instances behind the target group tg.
func serves(names ...string) []r {
	stack := []r{{Type: targetGroup, Name: "tg", In: in{}}}
	for _, name := range names {
		stack = append(stack, r{Type: "aws:alb/targetGroupAttachment:TargetGroupAttachment", Name: "tg-" + name,
			In: in{"targetGroupArn": later, "targetId": later}, Edges: to{"targetGroupArn": {"tg"}, "targetId": {name}}})
	}
	return stack
}

func TestComputeRules(t *testing.T) {
	even := in{"availabilityZoneRebalancing": "ENABLED"}
	uneven := in{"availabilityZoneRebalancing": "DISABLED"}
	older := func(rebalancing string) []r {
		stack := tasks(nil, twoZones)
		stack[0].Out = in{"availabilityZoneRebalancing": rebalancing}
		return stack
	}
	onInstances := func(strategies ...any) []r {
		return tasks(in{"availabilityZoneRebalancing": "ENABLED", "orderedPlacementStrategies": strategies}, nil)
	}
	spread := in{"type": "spread", "field": zoneField}
	ruletest.Run(t, computeRules(), []ruletest.Case{
		minTasks("two", rule.Pass, "", tasks(nil, nil)),
		minTasks("one", rule.Fail, "desiredCount is 1. Fix: set desiredCount to 2 or more", tasks(in{"desiredCount": 1}, nil)),
		minTasks("none, as the provider has it", rule.Fail, "desiredCount is not set", tasks(in{"desiredCount": nil}, nil)),
		minTasks("computed", rule.Unknown, "desiredCount", tasks(in{"desiredCount": later}, nil)),
		minTasks("a daemon", rule.NotApplicable, "", tasks(in{"desiredCount": nil, "schedulingStrategy": "DAEMON"}, nil)),
		minTasks("who knows whether a daemon", rule.Unknown, "schedulingStrategy", tasks(in{"schedulingStrategy": later, "desiredCount": 1}, nil)),
		minTasks("two, or a daemon", rule.Pass, "", tasks(in{"schedulingStrategy": later}, nil)),
		minTasks("one that may be empty", rule.Pass, "", tasks(in{"desiredCount": 0, "tags": in{neededTag: "0"}}, nil)),
		minTasks("one that needs one", rule.Fail, "desiredCount is 1", tasks(in{"desiredCount": 1, "tags": in{neededTag: "1"}}, nil)),
		minTasks("tags to come", rule.Unknown, "tags", tasks(in{"desiredCount": 0, "tags": later}, nil)),
		{Rule: "ecs-service-min-tasks", Name: "one in development", Profile: rule.Development, Want: rule.Pass, Stack: tasks(in{"desiredCount": 1}, nil)},
		minTasks("scaled from two", rule.Pass, "", tasks(in{"desiredCount": 1}, nil, scaler(later, 2, "web"))),
		minTasks("scaled from one", rule.Fail, "minCapacity is 1. Fix: set minCapacity to 2 or more", tasks(nil, nil, scaler(later, 1, "web"))),
		minTasks("scaled from one, by name", rule.Fail, "minCapacity is 1", tasks(nil, nil, scaler("service/shop/web", 1))),
		minTasks("scaled in the default cluster", rule.Fail, "minCapacity is 1", tasks(in{"cluster": nil}, nil, scaler("service/default/web", 1))),
		minTasks("another one scaled", rule.Pass, "", tasks(nil, nil, scaler("service/shop/api", 1))),
		minTasks("another cluster's scaled", rule.Pass, "", tasks(nil, nil, scaler("service/backyard/web", 1))),
		minTasks("who knows which cluster", rule.Unknown, "cluster", tasks(in{"cluster": later}, nil, scaler("service/shop/web", 1))),
		minTasks("scaled from who knows what", rule.Unknown, "minCapacity", tasks(nil, nil, scaler(later, later, "web"))),
		minTasks("who knows what is scaled", rule.Unknown, "resourceId: external", tasks(nil, nil, scaler(later, 1))),
		minTasks("one of two services is scaled", rule.Unknown, "resourceId", tasks(nil, nil, scaler(later, 1, "web", "api"), r{Type: service, Name: "api"})),
		minTasks("a table is scaled", rule.Pass, "", tasks(nil, nil,
			r{Type: scalingTarget, Name: "scale", In: in{"resourceId": later, "scalableDimension": "dynamodb:table:ReadCapacityUnits", "minCapacity": 1}})),
		minTasks("who knows what of it is scaled", rule.Unknown, "scalableDimension", tasks(nil, nil,
			r{Type: scalingTarget, Name: "scale", In: in{"resourceId": "service/shop/web", "scalableDimension": later, "minCapacity": 1}})),

		inZones("two zones", rule.Pass, "", tasks(even, twoZones)),
		inZones("one zone", rule.Fail, "runs in one zone (eu-west-1a), and is lost with that zone", tasks(even, []string{"a", "a2"})),
		inZones("subnets of elsewhere", rule.Unknown, "networkConfiguration: external",
			tasks(in{"availabilityZoneRebalancing": "ENABLED", "networkConfiguration": in{"subnets": list{"subnet-1", "subnet-2"}}}, nil)),
		inZones("not kept even", rule.Fail, `availabilityZoneRebalancing is "DISABLED". Fix: set availabilityZoneRebalancing to "ENABLED"`, tasks(uneven, twoZones)),
		inZones("as AWS has it", rule.Pass, "", tasks(nil, twoZones)),
		inZones("as AWS had it", rule.Fail, `availabilityZoneRebalancing is "DISABLED"`, older("DISABLED")),
		inZones("as AWS has had it", rule.Pass, "", older("ENABLED")),
		inZones("who knows whether it is kept even", rule.Unknown, "availabilityZoneRebalancing", tasks(in{"availabilityZoneRebalancing": later}, twoZones)),
		inZones("behind a classic load balancer", rule.Pass, "", tasks(with(uneven, "loadBalancers", list{in{"elbName": "web"}}), twoZones)),
		inZones("behind another one", rule.Fail, "availabilityZoneRebalancing", tasks(with(uneven, "loadBalancers", list{in{"targetGroupArn": later}}), twoZones)),
		inZones("no room to move", rule.Pass, "", tasks(with(uneven, "deploymentMaximumPercent", 100), twoZones)),
		inZones("who knows how much room", rule.Unknown, "deploymentMaximumPercent", tasks(with(uneven, "deploymentMaximumPercent", later), twoZones)),
		inZones("on its own hardware", rule.NotApplicable, "", tasks(in{"launchType": "EXTERNAL"}, nil)),
		inZones("on instances", rule.Pass, "", onInstances()),
		inZones("on instances, spread", rule.Pass, "", onInstances(spread, in{"type": "binpack", "field": "cpu"})),
		inZones("on as few instances as will do", rule.Fail, "its tasks are not spread over zones", onInstances(in{"type": "binpack", "field": "cpu"}, spread)),
		inZones("in two zones, on as few instances as will do", rule.Fail, "its tasks are not spread over zones",
			tasks(with(with(even, "launchType", "EC2"), "orderedPlacementStrategies", list{in{"type": "binpack", "field": "cpu"}}), twoZones)),
		inZones("on who knows which instances", rule.Unknown, "orderedPlacementStrategies[0].field", onInstances(in{"type": "spread", "field": later})),
		inZones("placed in who knows which way", rule.Unknown, "orderedPlacementStrategies",
			tasks(in{"availabilityZoneRebalancing": "ENABLED", "orderedPlacementStrategies": later}, nil)),
		inZones("a daemon", rule.NotApplicable, "", tasks(in{"schedulingStrategy": "DAEMON"}, twoZones)),

		deploys("taken back", rule.Pass, "", breaker),
		deploys("taken back by alarms", rule.Pass, "", in{"alarms": in{"enable": true, "rollback": true, "alarmNames": list{"errors"}}}),
		deploys("goes on for ever", rule.Fail, "a deployment that fails goes on for ever", nil),
		deploys("not taken back", rule.Fail, "a deployment that fails is not taken back", in{"deploymentCircuitBreaker": in{"enable": true, "rollback": false}}),
		deploys("who knows", rule.Unknown, "deploymentCircuitBreaker", in{"deploymentCircuitBreaker": later}),
		deploys("nothing goes on", rule.Fail, "deploymentMinimumHealthyPercent is 0. Fix: set deploymentMinimumHealthyPercent above 0", with(breaker, "deploymentMinimumHealthyPercent", 0)),
		deploys("nothing goes on, and nothing could", rule.Fail, "above 0 and raise deploymentMaximumPercent too",
			with(with(with(breaker, "deploymentMinimumHealthyPercent", 0), "deploymentMaximumPercent", 100), "desiredCount", 1)),
		deploys("who knows what goes on", rule.Unknown, "deploymentMinimumHealthyPercent", with(breaker, "deploymentMinimumHealthyPercent", later)),
		deploys("a daemon", rule.Pass, "", with(with(breaker, "deploymentMinimumHealthyPercent", 0), "schedulingStrategy", "DAEMON")),
		deploys("who knows whether a daemon", rule.Unknown, "schedulingStrategy", with(with(breaker, "deploymentMinimumHealthyPercent", 0), "schedulingStrategy", later)),
		deploys("by CodeDeploy", rule.NotApplicable, "", in{"deploymentController": in{"type": "CODE_DEPLOY"}}),
		deploys("by ECS itself", rule.Pass, "", with(breaker, "deploymentController", in{"type": "ECS"})),
		deploys("who knows by whom", rule.Unknown, "deploymentController.type", in{"deploymentController": later}),

		single("two in two zones", rule.Pass, "", append(serves("one", "two"), server("one", "a"), server("two", "b"))...),
		single("two in one zone", rule.Fail, "all that is behind tg runs in one zone (eu-west-1a)", append(serves("one", "two"), server("one", "a"), server("two", "a2"))...),
		single("alone behind it", rule.Fail, "put an instance in another zone behind tg", append(serves("one"), server("one", "a"))...),
		single("behind nothing", rule.Fail, "is a single instance, and nothing takes over", server("one", "a")),
		single("beside a group", rule.Pass, "", append(serves("one"), server("one", "a"), asg(in{"targetGroupArns": later}, "b"))...),
		single("beside an instance of elsewhere", rule.Unknown, "targetId: external", append(serves("one"), server("one", "a"),
			r{Type: targetAttachment, Name: "other", In: in{"targetGroupArn": later, "targetId": "i-1"}, Edges: to{"targetGroupArn": {"tg"}}})...),
		single("behind a group of elsewhere", rule.Unknown, "targetGroupArn: external", server("one", "a"),
			r{Type: targetAttachment, Name: "at", In: in{"targetGroupArn": "arn:tg", "targetId": later}, Edges: to{"targetId": {"one"}}}),
		single("who knows what serves", rule.Unknown, "targetId: external", server("one", "a"), r{Type: targetAttachment, Name: "at", In: in{"targetId": later}}),
		single("beside one of two", rule.Unknown, "targetId: known only", append(serves("one"), server("one", "a"), server("two", "b"), server("three", "a2"),
			r{Type: targetAttachment, Name: "other", In: in{"targetGroupArn": later, "targetId": later}, Edges: to{"targetGroupArn": {"tg"}, "targetId": {"two", "three"}}})...),
		single("two in one zone, and who knows which classic load balancer", rule.Fail, "runs in one zone", append(serves("one", "two"), server("one", "a"), server("two", "a2"),
			r{Type: classicAttachment, Name: "at", In: in{"elb": later, "instance": "i-1"}})...),
		single("two in two zones, and who knows what else", rule.Unknown, "targetId: external", append(serves("one", "two"), server("one", "a"), server("two", "b"),
			r{Type: targetAttachment, Name: "at", In: in{"targetGroupArn": "arn:tg", "targetId": later}})...),
		single("by zone", rule.Pass, "", append(serves("one", "two"), r{Type: instance, Name: "one", In: in{"availabilityZone": "eu-west-1a"}}, server("two", "b"))...),
		single("in who knows which zone", rule.Unknown, "availabilityZone: external",
			append(serves("one", "two"), r{Type: instance, Name: "one", In: in{"availabilityZone": later}}, server("two", "b"))...),
		single("where AWS puts it", rule.Unknown, "availabilityZone: known only", append(serves("one"), r{Type: instance, Name: "one", In: in{}})...),
		single("by a network interface", rule.Pass, "", append(serves("one", "two"), server("two", "b"),
			r{Type: instance, Name: "one", In: in{"networkInterfaces": list{in{"deviceIndex": 0, "networkInterfaceId": later}}}, Edges: to{"networkInterfaces": {"eni"}}},
			r{Type: networkInterface, Name: "eni", In: in{"subnetId": later}, Edges: to{"subnetId": {"a"}}})...),
		single("behind a classic load balancer", rule.Fail, "all that is behind old", server("one", "a"), r{Type: classicBalancer, Name: "old", In: in{}},
			r{Type: classicAttachment, Name: "at", In: in{"elb": later, "instance": later}, Edges: to{"elb": {"old"}, "instance": {"one"}}}),
		single("two in a classic load balancer", rule.Pass, "", server("one", "a"), server("two", "b"),
			r{Type: classicBalancer, Name: "old", In: in{"instances": list{later, later}}, Edges: to{"instances": {"one", "two"}}}),
	})
}

// with is a copy of inputs with one more.
func with(inputs in, key string, value any) in {
	all := maps.Clone(inputs)
	all[key] = value
	return all
}

func TestRebalancingIsAdvice(t *testing.T) {
	for _, c := range []struct {
		subnets  []string
		advisory bool
	}{{twoZones, true}, {[]string{"a", "a2"}, false}} {
		stack := ruletest.Resources(tasks(in{"availabilityZoneRebalancing": "DISABLED"}, c.subnets))
		f, err := rule.Run(ecsServiceMultiAz(), rule.NewGraph(stack), stack[0], nil)
		if err != nil || f.Outcome != rule.Fail || f.AtMostAdvisory != c.advisory {
			t.Errorf("%v: %+v, %v", c.subnets, f.Verdict, err)
		}
	}
}

// A minimum that keeps ECS from replacing any task is not set, and is no more than advice.
func TestEcsRemedyLeavesRoom(t *testing.T) {
	for _, c := range []struct {
		count, most any
		sets        bool
	}{
		{1, 100, false}, {1, 150, false}, {1, 200, true}, {1, nil, true}, {2, 100, true}, {3, 100, true}, {later, 100, false}, {later, 200, true},
		{nil, 100, false}, {2, later, false},
	} {
		r := ruletest.Resources(tasks(with(in{"deploymentMinimumHealthyPercent": 0, "desiredCount": c.count, "deploymentMaximumPercent": c.most},
			"deploymentCircuitBreaker", in{"enable": true, "rollback": true}), nil))[0]
		v, patches := ecsSafeDeployment().Check(r, nil), ecsSafeDeployment().Remedy(r, nil)
		if v.Outcome != rule.Fail || v.AtMostAdvisory == c.sets || (len(patches) == 1) != c.sets {
			t.Errorf("%v tasks and %v percent: %+v, %v", c.count, c.most, v, patches)
		}
	}
}

func TestEcsRemedyIsEnough(t *testing.T) {
	r := ruletest.Resources(tasks(in{"deploymentMinimumHealthyPercent": 0}, nil))[0]
	for _, p := range ecsSafeDeployment().Remedy(r, nil) {
		r.Inputs[p.Path] = rule.Of(p.Value)
	}
	if v := ecsSafeDeployment().Check(r, nil); v.Outcome != rule.Pass {
		t.Errorf("it is %+v", v)
	}
}
