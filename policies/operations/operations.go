// Package operations holds the rules about what is deleted by accident, what is recorded,
// and who answers for it.
package operations

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/tags"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	vpc            = "aws:ec2/vpc:Vpc"
	flowLog        = "aws:ec2/flowLog:FlowLog"
	loadBalancer   = "aws:lb/loadBalancer:LoadBalancer"
	logGroup       = "aws:cloudwatch/logGroup:LogGroup"
	scalingGroup   = "aws:autoscaling/group:Group"
	bucket         = "aws:s3/bucket:Bucket"
	launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate"
	kmsKey         = "aws:kms/key:Key"
	database       = "aws:rds/instance:Instance"
	dbCluster      = "aws:rds/cluster:Cluster"
	eksCluster     = "aws:eks/cluster:Cluster"
)

// Rules are the rules of this package.
func Rules() []*rule.Rule {
	return []*rule.Rule{
		deletionProtection(), noForceDestroy(), statefulProtectOption(), secretRotation(),
		vpcFlowLogs(), lbAccessLogs(), eksControlPlaneLogs(), logRetention(), ownershipTags(),
		ecrImmutableTags(), ecrScanned(),
		cloudfrontAccessLogs(), cloudfrontOriginName(), wafLogging(), s3Lifecycle(), s3OneNotification(), redundancyAlarms(),
		lambdaRuntimeSupported(), lambdaTracing(), lambdaReservedConcurrency(), lambdaLogGroup(), lambdaProvisionedAlias(),
		ignoredSafetyProperty(), trailComplete(), imageReplication(), budgetPresent(), noPreviousGenerationVolume(),
	}
}

func vpcFlowLogs() *rule.Rule {
	return &rule.Rule{
		ID: "vpc-flow-logs", Title: "Each VPC has a flow log", Severity: rule.Medium, Category: rule.Operations,
		Why: "Without one, nobody can tell after an incident who talked to whom.",
		Fix: `a FlowLog with vpcId, of the trafficType "ALL" or "REJECT"`,
		Controls: rule.Controls{
			Checkov: []string{"CKV2_AWS_11"}, Trivy: []string{"AWS-0178"}, SecurityHub: []string{"EC2.6"}, CIS: []string{"3.7"},
		},
		Types: []string{vpc},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			logs, missing := g.Pointing(r, flowLog, "vpcId")
			var verdicts []rule.Verdict
			for _, l := range logs {
				kind := l.Get("trafficType") // AWS has no default for a VPC's
				verdicts = append(verdicts, kind.Want(rule.Is("ALL", "REJECT"),
					"trafficType of "+l.Name+" is "+kind.String()+", so that nobody sees what was tried", `set trafficType of `+l.Name+` to "ALL" or "REJECT"`))
			}
			return rule.Any(append(verdicts, rule.FailedUnless(missing, "has no flow log", "add a FlowLog with this vpcId"))...)
		},
	}
}

func lbAccessLogs() *rule.Rule {
	return &rule.Rule{
		ID: "lb-access-logs", Title: "Load balancers write access logs", Severity: rule.Low, Category: rule.Operations,
		Why:      "They are the only record of requests that never reached a target.",
		Fix:      "set accessLogs.enabled and accessLogs.bucket",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_91"}, SecurityHub: []string{"ELB.5"}},
		Types:    []string{loadBalancer},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return rule.Choose(r.Get("loadBalancerType").Holds(rule.Is("gateway")), rule.Skipped(),
				r.Get("accessLogs.enabled").Want(rule.IsTrue, "accessLogs is off", "set accessLogs.enabled to true and accessLogs.bucket"))
		},
	}
}

func logRetention() *rule.Rule {
	return &rule.Rule{
		ID: "log-retention", Title: "Log groups keep logs long enough, and not for ever", Severity: rule.Low, Category: rule.Operations,
		Why:      "A log group without retention is paid for for ever; one with too little has forgotten when it is asked.",
		Fix:      "set retentionInDays",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_66", "CKV_AWS_338"}, SecurityHub: []string{"CloudWatch.16"}},
		Types:    []string{logGroup},
		Settings: []rule.Setting{{Name: "days", Help: "The least retention.", Development: 1, Production: 365, Stricter: rule.More}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			retention, least := r.Get("retentionInDays"), s.Number("days")
			return retention.Want(rule.AtLeast(least),
				fmt.Sprintf("retentionInDays is %v", retention), fmt.Sprintf("set retentionInDays to %v or more", least))
		},
		Remedy: func(_ *rule.Resource, s rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "retentionInDays", Value: s.Number("days")}}
		},
	}
}

func ownershipTags() *rule.Rule {
	return &rule.Rule{
		ID: "ownership-tags", Title: "Resources say whose they are", Severity: rule.Low, Category: rule.Operations,
		Why: "What nobody owns nobody patches, pays for knowingly, or dares to delete.",
		Fix: "set the tags in defaultTags of the provider; an autoscaling group needs them itself",
		Types: []string{
			vpc, "aws:ec2/subnet:Subnet", "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/natGateway:NatGateway", launchTemplate, loadBalancer,
			"aws:lb/targetGroup:TargetGroup", scalingGroup, bucket, kmsKey, logGroup, "aws:iam/role:Role", "aws:ec2/instance:Instance",
			database, dbCluster, eksCluster, "aws:eks/nodeGroup:NodeGroup", repository, queue, function, distribution, webAcl,
			topic, "aws:acm/certificate:Certificate", stream, docdbCluster, neptuneCluster, table, cacheGroup, cache, memoryDb, warehouse, searchDomain,
			kafka, broker, fileSystem, windowsFiles, ontapFiles, zfsFiles, lustreFiles, volume, vault, secret, ecsService, dbProxy, userPool,
		},
		Settings: []rule.Setting{{
			Name: "tags", Help: "Keys that every resource must have; upper and lower case are the same.",
			Development: []string{"owner", "environment"}, Production: []string{"owner", "environment"},
		}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			keys, verdict := tagKeys(r)
			var missing []string
			for _, want := range s.Texts("tags") {
				if !slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, want) }) {
					missing = append(missing, want)
				}
			}
			if len(missing) == 0 {
				return rule.Passed()
			}
			if verdict.Outcome == rule.Unknown {
				return verdict
			}
			all := strings.Join(missing, ", ")
			if r.Type == scalingGroup {
				return rule.Failed("has no tags "+all, "set "+all+" in tags; the provider's defaultTags do not reach autoscaling groups")
			}
			return rule.Failed("has no tags "+all, "set "+all+" in defaultTags of the provider, or in tags")
		},
	}
}

// tagKeys is the keys of a resource's tags, with the provider's default ones where AWS
// puts them. The verdict is Unknown if there may be more.
func tagKeys(r *rule.Resource) ([]string, rule.Verdict) {
	if r.Type != scalingGroup {
		return tags.Of(r).Keys()
	}
	var keys []string
	var verdict rule.Verdict
	for _, key := range r.Select("tags[].key") { // a list of key and value
		if text, ok := key.Text(); ok {
			keys = append(keys, text)
		} else if key.IsUnknown() {
			verdict = rule.NotKnown(key)
		}
	}
	return keys, verdict
}
