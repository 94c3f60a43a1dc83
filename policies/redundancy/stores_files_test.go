package redundancy

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// mounted is a file system with a mount target in each of the subnets, of a VPC with the
// zones a, b and c.
func mounted(subnets []string, more ...r) []r {
	stack := append([]r{{Type: fileSystem, Name: "files", In: in{}}, mainVpc, subnetA, subnetA2, subnetB, subnetC}, more...)
	for i, where := range subnets {
		stack = append(stack, r{Type: mountTarget, Name: fmt.Sprint("target-", i), In: in{"fileSystemId": later, "subnetId": later},
			Edges: to{"fileSystemId": {"files"}, "subnetId": {where}}})
	}
	return stack
}

// mountingService is a service whose tasks mount the file system, in subnets.
func mountingService(subnets any, edges ...string) []r {
	return []r{
		{Type: taskDefinition, Name: "task", In: in{"volumes": list{in{"name": "tmp"}, in{"efsVolumeConfiguration": in{"fileSystemId": later}}}}, Edges: to{"volumes": {"files"}}},
		{Type: service, Name: "web", In: in{"taskDefinition": later, "networkConfiguration": in{"subnets": subnets}},
			Edges: to{"taskDefinition": {"task"}, "networkConfiguration": edges}},
	}
}

// mountingFunction is a function that mounts the file system by an access point, in subnets.
func mountingFunction(edges ...string) []r {
	return []r{
		{Type: accessPoint, Name: "point", In: in{"fileSystemId": later}, Edges: to{"fileSystemId": {"files"}}},
		{Type: lambda.Function, Name: "fn", In: in{"fileSystemConfig": in{"arn": later, "localMountPath": "/mnt/files"}, "vpcConfig": in{"subnetIds": later}},
			Edges: to{"fileSystemConfig": {"point"}, "vpcConfig": edges}},
	}
}

func fileCases() []ruletest.Case {
	const id = "efs-mount-target-per-az"
	return []ruletest.Case{
		about("efs-regional", "by default", rule.Pass, "", one(fileSystem, in{})...),
		about("efs-regional", "empty", rule.Pass, "", one(fileSystem, in{"availabilityZoneName": ""})...),
		about("efs-regional", "null", rule.Pass, "", one(fileSystem, in{"availabilityZoneName": nil})...),
		about("efs-regional", "only read", rule.Pass, "", r{Type: fileSystem, Name: "it", Out: in{"availabilityZoneName": ""}}),
		about("efs-regional", "one zone", rule.Fail, `is in one zone ("eu-west-1a"). Fix: leave availabilityZoneName out, which replaces the file system`,
			one(fileSystem, in{"availabilityZoneName": "eu-west-1a"})...),
		about("efs-regional", "a secret zone", rule.Fail, "is in one zone ([secret])", one(fileSystem, in{"availabilityZoneName": rule.Secret{Of: "eu-west-1a"}})...),
		about("efs-regional", "computed", rule.Unknown, "availabilityZoneName", one(fileSystem, in{"availabilityZoneName": later})...),

		about(id, "all zones of the VPC", rule.Pass, "", mounted([]string{"a", "b", "c"})...),
		about(id, "not in one of the VPC", rule.Fail, "has no mount target in one zone (eu-west-1c). Fix: add a MountTarget with a subnet of eu-west-1c",
			mounted([]string{"a", "b"})...),
		about(id, "all zones of a service", rule.Pass, "", mounted([]string{"a", "b"}, mountingService(list{later, later}, "a", "b")...)...),
		about(id, "another subnet of the service's zone", rule.Pass, "", mounted([]string{"a2", "b"}, mountingService(list{later, later}, "a", "b")...)...),
		about(id, "not in one of a service", rule.Fail, "add a MountTarget with a subnet of eu-west-1b", mounted([]string{"a", "c"}, mountingService(later, "a", "b")...)...),
		about(id, "not in one of a function", rule.Fail, "no mount target in one zone (eu-west-1b)", mounted([]string{"a"}, mountingFunction("a2", "b")...)...),
		about(id, "service and function", rule.Pass, "", mounted([]string{"a", "b"}, append(mountingService(later, "a"), mountingFunction("b")...)...)...),
		about(id, "used, but no target", rule.Fail, "zones eu-west-1a, eu-west-1b", mounted(nil, mountingService(later, "a", "b")...)...),
		about(id, "neither used nor mounted", rule.NotApplicable, "", mounted(nil)...),
		about(id, "of one zone", rule.NotApplicable, "", append(mounted([]string{"a"})[1:], r{Type: fileSystem, Name: "files", In: in{"availabilityZoneName": "eu-west-1a"}})...),
		about(id, "of who knows how many zones", rule.Unknown, "availabilityZoneName",
			append(mounted([]string{"a"})[1:], r{Type: fileSystem, Name: "files", In: in{"availabilityZoneName": later}})...),
		about(id, "of who knows how many zones, and in all", rule.Pass, "",
			append(mounted([]string{"a", "b", "c"})[1:], r{Type: fileSystem, Name: "files", In: in{"availabilityZoneName": later}})...),
		about(id, "a target somewhere", rule.Unknown, "availabilityZone of subnet nowhere", mounted([]string{"a", "nowhere"}, append(mountingService(later, "a", "b"), nowhere)...)...),
		about(id, "a service somewhere", rule.Unknown, "networkConfiguration: external", mounted([]string{"a", "b"}, mountingService(list{"subnet-1"})...)...),
		about(id, "a target of who knows what", rule.Unknown, "fileSystemId: external",
			mounted([]string{"a"}, append(mountingService(later, "a", "b"), r{Type: mountTarget, Name: "other", In: in{"fileSystemId": later, "subnetId": "subnet-1"}})...)...),
		about(id, "in a VPC of another stack", rule.Unknown, "vpcId: external",
			r{Type: fileSystem, Name: "files", In: in{}, Out: in{"id": "fs-1"}}, r{Type: subnet, Name: "s", In: in{"vpcId": "vpc-1", "availabilityZone": "eu-west-1a"}, Out: in{"id": "subnet-s"}},
			r{Type: mountTarget, Name: "t", In: in{"fileSystemId": "fs-1", "subnetId": "subnet-s"}}),
	}
}
