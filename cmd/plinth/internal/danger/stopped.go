package danger

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	noMachines = "stop all its machines, and what runs on them"
	noPods     = "stop all its pods"
	oldAddress = "no longer answer at the address that AWS has given it"
)

// stopped are what updates turn off.
var stopped = map[string][]interruption{
	"aws:ec2/internetGateway:InternetGateway": {
		{on: []string{"vpcId"}, kind: Outage, does: "be moved to another network: nothing reaches the old one by it any more", by: "aws:ec2/vpc:Vpc"},
	},
	"aws:lambda/function:Function": {
		by("reservedConcurrentExecutions", -1, either(isZero), Outage, "run no more: all calls are refused"),
	},
	"aws:lambda/eventSourceMapping:EventSourceMapping": {
		by("enabled", true, either(rule.IsFalse), Outage, "no longer call its function; what comes in is kept by its source for as long as that keeps it"),
	},
	"aws:cloudwatch/eventRule:EventRule": {
		by("state", "ENABLED", either(rule.Is("DISABLED")), Outage, "no longer call its targets"),
		by("isEnabled", true, either(rule.IsFalse), Outage, "no longer call its targets"),
	},
	"aws:scheduler/schedule:Schedule": {by("state", "ENABLED", either(rule.Is("DISABLED")), Outage, "no longer call its target")},
	"aws:ecs/service:Service": {
		// AWS starts as many as there are machines for a DAEMON, and none by default for others.
		{on: []string{"desiredCount"}, absent: 0, when: noTasks, kind: Outage, does: "stop all its tasks"},
	},
	"aws:autoscaling/group:Group": {
		by("maxSize", nil, either(isZero), Outage, noMachines),
		by("desiredCapacity", nil, either(isZero), Outage, noMachines),
	},
	"aws:eks/nodeGroup:NodeGroup":              {by("scalingConfig.desiredSize", nil, either(isZero), Outage, noMachines)},
	"aws:cloudfront/distribution:Distribution": {by("enabled", nil, either(rule.IsFalse), Outage, "no longer answer anybody")},
	"aws:globalaccelerator/accelerator:Accelerator": {
		by("enabled", true, either(rule.IsFalse), Outage, "no longer let anybody in"),
	},
	"aws:apigatewayv2/api:Api":       {by("disableExecuteApiEndpoint", false, either(rule.IsTrue), Outage, oldAddress)},
	"aws:apigateway/restApi:RestApi": {by("disableExecuteApiEndpoint", nil, either(rule.IsTrue), Outage, oldAddress)},
	"aws:iam/accessKey:AccessKey":    {by("status", "Active", either(rule.Is("Inactive")), Outage, "no longer be accepted")},
	"aws:kms/key:Key": {
		by("isEnabled", true, either(rule.IsFalse), Outage, "be disabled: what is encrypted with it cannot be read until it is enabled again"),
	},
	// What is behind it goes on, and so does all that leads to it, be it well or not.
	"aws:route53/healthCheck:HealthCheck": {by("disabled", false, either(rule.IsTrue), Restart, "count as healthy without being asked: nothing fails over by it")},
	"aws:dynamodb/table:Table": {
		{on: []string{"replicas"}, absent: []any{}, when: fewer("replicas", "regionName"), kind: Outage, does: "delete a copy that another region reads and writes (replicas)"},
		{on: []string{"globalSecondaryIndexes"}, absent: []any{}, when: fewer("globalSecondaryIndexes", "name"), kind: Outage, does: "delete an index: what queries it fails (globalSecondaryIndexes)"},
	},
	"kubernetes:apps/v1:Deployment":  {by("spec.replicas", 1, either(isZero), Outage, noPods)},
	"kubernetes:apps/v1:StatefulSet": {by("spec.replicas", 1, either(isZero), Outage, noPods)},
	"kubernetes:batch/v1:CronJob":    {by("spec.suspend", false, either(rule.IsTrue), Outage, "start no more jobs (suspend)")},
}

func noTasks(old, new *rule.Resource) bool {
	return !rule.Is("DAEMON")(new.Get("schedulingStrategy")) && from("desiredCount", 0, either(isZero))(old, new)
}

// fewer is whether something is no longer in a list, or may not be, by the property that names it.
func fewer(path, key string) func(old, new *rule.Resource) bool {
	return func(old, new *rule.Resource) bool {
		list := new.Get(path)
		for _, was := range old.Get(path).Items() {
			stays := func(will rule.Value) bool { return compare(was.Get(key), will.Get(key)) == same }
			if !slices.ContainsFunc(list.Items(), stays) {
				return true
			}
		}
		return list.IsUnknown()
	}
}
