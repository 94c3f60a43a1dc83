package operations

import (
	"slices"
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

func one(token string, inputs in) []r { return []r{{Type: token, Name: "it", In: inputs}} }

func check(id, name string, want rule.Outcome, says string, stack []r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
}

// scanned is a repository and what the registry of a region says of scans.
func scanned(region, frequency, filter string) []r {
	return []r{
		{Type: repository, Name: "web", In: in{}, Provider: in{"region": "eu-west-1"}},
		{Type: registryScanning, Name: "registry", Provider: in{"region": region}, In: in{"scanType": "ENHANCED",
			"rules": list{in{"scanFrequency": frequency, "repositoryFilters": list{in{"filter": filter, "filterType": "WILDCARD"}}}}}},
	}
}

func TestRules(t *testing.T) {
	owned := in{"owner": "web", "Environment": "prod", "Name": "it"}
	ruletest.Run(t, Rules(), slices.Concat([]ruletest.Case{
		check("deletion-protection", "on", rule.Pass, "", one(loadBalancer, in{"enableDeletionProtection": true})),
		check("deletion-protection", "old spelling", rule.Fail, "set enableDeletionProtection to true", one("aws:alb/loadBalancer:LoadBalancer", in{})),
		check("deletion-protection", "database", rule.Fail, "deletionProtection is off", one(database, in{"deletionProtection": false})),
		check("deletion-protection", "computed", rule.Unknown, "deletionProtection", one(database, in{"deletionProtection": later})),

		check("no-force-destroy", "off", rule.Pass, "", one(bucket, in{"forceDestroy": false})),
		check("no-force-destroy", "on", rule.Fail, "set forceDestroy to false", one("aws:s3/bucketV2:BucketV2", in{"forceDestroy": true})),
		check("no-force-destroy", "no last snapshot", rule.Fail, "skipFinalSnapshot", one(database, in{"skipFinalSnapshot": true})),
		check("no-force-destroy", "computed", rule.Unknown, "forceDestroy", one(bucket, in{"forceDestroy": later})),

		check("vpc-flow-logs", "has one", rule.Pass, "", []r{{Type: vpc, Name: "main", In: in{}},
			{Type: flowLog, Name: "log", In: in{"vpcId": later, "trafficType": "ALL"}, Edges: to{"vpcId": {"main"}}}}),
		check("vpc-flow-logs", "has none", rule.Fail, "has no flow log", one(vpc, in{})),
		check("vpc-flow-logs", "one of its subnets has one", rule.Fail, "has no flow log", []r{{Type: vpc, Name: "main", In: in{}},
			{Type: flowLog, Name: "log", In: in{"subnetId": later}, Edges: to{"subnetId": {"a"}}}}),
		check("vpc-flow-logs", "a log of who knows what", rule.Unknown, "vpcId", []r{{Type: vpc, Name: "main", In: in{}},
			{Type: flowLog, Name: "log", In: in{"vpcId": later}}}),
		check("vpc-flow-logs", "by id", rule.Pass, "", []r{{Type: vpc, Name: "main", In: in{}, Out: in{"id": "vpc-1"}},
			{Type: flowLog, Name: "log", In: in{"vpcId": "vpc-1", "trafficType": "REJECT"}}}),
		check("vpc-flow-logs", "of what was let in only", rule.Fail, `trafficType of log is "ACCEPT", so that nobody sees what was tried. Fix: set trafficType of log`, []r{
			{Type: vpc, Name: "main", In: in{}}, {Type: flowLog, Name: "log", In: in{"vpcId": later, "trafficType": "ACCEPT"}, Edges: to{"vpcId": {"main"}}}}),
		check("vpc-flow-logs", "of both, apart", rule.Pass, "", []r{{Type: vpc, Name: "main", In: in{}},
			{Type: flowLog, Name: "in", In: in{"vpcId": later, "trafficType": "ACCEPT"}, Edges: to{"vpcId": {"main"}}},
			{Type: flowLog, Name: "out", In: in{"vpcId": later, "trafficType": "REJECT"}, Edges: to{"vpcId": {"main"}}}}),
		check("vpc-flow-logs", "of what is to come", rule.Unknown, "trafficType", []r{{Type: vpc, Name: "main", In: in{}},
			{Type: flowLog, Name: "log", In: in{"vpcId": later, "trafficType": later}, Edges: to{"vpcId": {"main"}}}}),

		check("lb-access-logs", "on", rule.Pass, "", one(loadBalancer, in{"accessLogs": in{"enabled": true, "bucket": "b"}})),
		check("lb-access-logs", "off", rule.Fail, "accessLogs is off", one(loadBalancer, in{"accessLogs": in{"bucket": "b"}})),
		check("lb-access-logs", "computed", rule.Unknown, "accessLogs.enabled", one(loadBalancer, in{"accessLogs": later})),
		check("lb-access-logs", "a gateway", rule.NotApplicable, "", one(loadBalancer, in{"loadBalancerType": "gateway"})),
		check("lb-access-logs", "a gateway or not", rule.Unknown, "loadBalancerType", one(loadBalancer, in{"loadBalancerType": later})),

		check("eks-control-plane-logs", "both", rule.Pass, "", one(eksCluster, in{"enabledClusterLogTypes": list{"audit", "scheduler", "api"}})),
		check("eks-control-plane-logs", "one", rule.Fail, "add audit to enabledClusterLogTypes", one(eksCluster, in{"enabledClusterLogTypes": list{"api"}})),
		check("eks-control-plane-logs", "none", rule.Fail, "lacks api, audit", one(eksCluster, in{})),
		check("eks-control-plane-logs", "computed", rule.Unknown, "enabledClusterLogTypes", one(eksCluster, in{"enabledClusterLogTypes": later})),
		check("eks-control-plane-logs", "one to come", rule.Unknown, "enabledClusterLogTypes", one(eksCluster, in{"enabledClusterLogTypes": list{"api", later}})),

		check("ecr-immutable-tags", "immutable", rule.Pass, "", one(repository, in{"imageTagMutability": "IMMUTABLE"})),
		check("ecr-immutable-tags", "not said", rule.Fail, `set imageTagMutability to "IMMUTABLE"`, one(repository, in{})),
		check("ecr-immutable-tags", "computed", rule.Unknown, "imageTagMutability", one(repository, in{"imageTagMutability": later})),

		check("ecr-scan-on-push", "on", rule.Pass, "", one(repository, in{"imageScanningConfiguration": in{"scanOnPush": true}})),
		check("ecr-scan-on-push", "off", rule.Fail, "scanOnPush is off", one(repository, in{})),
		check("ecr-scan-on-push", "by the registry", rule.Pass, "", scanned("eu-west-1", "CONTINUOUS_SCAN", "*")),
		check("ecr-scan-on-push", "by the registry of another region", rule.Fail, "scanOnPush is off", scanned("eu-central-1", "CONTINUOUS_SCAN", "*")),
		check("ecr-scan-on-push", "by the registry, when someone asks", rule.Fail, "scanOnPush is off", scanned("eu-west-1", "MANUAL", "*")),
		check("ecr-scan-on-push", "by the registry, others", rule.Fail, "scanOnPush is off", scanned("eu-west-1", "SCAN_ON_PUSH", "tools/*")),
		check("ecr-scan-on-push", "computed", rule.Unknown, "scanOnPush", one(repository, in{"imageScanningConfiguration": later})),

		check("log-retention", "a year", rule.Pass, "", one(logGroup, in{"retentionInDays": 365})),
		check("log-retention", "a month", rule.Fail, "retentionInDays is 30. Fix: set retentionInDays to 365 or more", one(logGroup, in{"retentionInDays": 30})),
		check("log-retention", "for ever", rule.Fail, "retentionInDays is not set", one(logGroup, in{})),
		{Rule: "log-retention", Name: "a month in development", Profile: rule.Development, Want: rule.Pass, Stack: one(logGroup, in{"retentionInDays": 30})},
		check("log-retention", "computed", rule.Unknown, "retentionInDays", one(logGroup, in{"retentionInDays": later})),

		check("ownership-tags", "its own", rule.Pass, "", one(vpc, in{"tags": owned})),
		check("ownership-tags", "the provider's", rule.Pass, "", []r{{Type: vpc, Name: "main", In: in{"tags": in{"Name": "main"}},
			Provider: in{"defaultTags": `{"tags":{"owner":"web","environment":"prod"}}`}}}),
		check("ownership-tags", "the provider's, computed", rule.Unknown, "defaultTags", []r{{Type: vpc, Name: "main", In: in{},
			Provider: in{"defaultTags": later}}}),
		check("ownership-tags", "a store", rule.Fail, "has no tags owner, environment", one(cacheGroup, in{})),
		check("ownership-tags", "no owner", rule.Fail, "has no tags owner. Fix: set owner", one(vpc, in{"tags": in{"environment": "prod"}})),
		check("ownership-tags", "a group is not reached by the provider's", rule.Fail, "do not reach autoscaling groups", []r{{Type: scalingGroup, Name: "web",
			In: in{"tags": list{in{"key": "Name", "value": "web"}}}, Provider: in{"defaultTags": `{"tags":{"owner":"web","environment":"prod"}}`}}}),
		check("ownership-tags", "a group's own", rule.Pass, "", one(scalingGroup, in{"tags": list{
			in{"key": "owner", "value": "web"}, in{"key": "environment", "value": "prod"}}})),
		check("ownership-tags", "computed", rule.Unknown, "tags", one(vpc, in{"tags": later})),
	}, protectCases, rotationCases, serverlessCases, edgeCases, originCases, bucketCases, ignoredCases, trailCases, costCases))
}
