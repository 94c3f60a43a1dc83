package pack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// fewIDs are ten policies about a resource and two about the stack, of the kind that
// people write, which are written below on policyx once more.
var fewIDs = map[string]bool{
	"ebs-encrypted": true, "rds-storage-encrypted": true, "rds-instance-multi-az": true, "sqs-encrypted": true, "kms-rotation": true,
	"dynamodb-pitr": true, "log-retention": true, "lb-tls-policy": true, "imdsv2-required": true, "sg-no-open-admin": true,
	"lb-multi-az": true, "s3-block-public": true,
}

// BenchmarkBesidePolicyx judges the same stack by the same twelve policies, written for
// this pack and on policyx, each in a process of its own; the ratio is of what they take
// beyond a pack that answers at once. The three take turns, and the medians count, so that
// what else the machine does is in all of them. It fails unless both find the same. All
// values are known: policyx does not outlive one that is not.
func BenchmarkBesidePolicyx(b *testing.B) {
	for _, size := range []int{1000, 2000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			inputs, outputs := known(b, size)
			none, ours, theirs := connect(b, "none"), connect(b, "few"), connect(b, "policyx")
			var protocol, beyond, policyxBeyond, ratio []float64
			for b.Loop() {
				base, _ := preview(b, none, inputs, outputs)
				us, found := preview(b, ours, inputs, outputs)
				them, want := preview(b, theirs, inputs, outputs)
				slices.Sort(found)
				slices.Sort(want)
				require.Equal(b, want, found)
				require.Greater(b, len(found), size/3)
				protocol = append(protocol, base.each(size))
				beyond = append(beyond, us.each(size)-base.each(size))
				policyxBeyond = append(policyxBeyond, them.each(size)-base.each(size))
				ratio = append(ratio, policyxBeyond[len(ratio)]/beyond[len(ratio)])
			}
			b.ReportMetric(median(protocol), "protocol-ns/resource")
			b.ReportMetric(median(beyond), "beyond-ns/resource")
			b.ReportMetric(median(policyxBeyond), "policyx-beyond-ns/resource")
			b.ReportMetric(median(ratio), "policyx/ours")
		})
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

func servePolicyx() error {
	return policyx.Main(func(*pulumi.Context) (policyx.PolicyPack, error) {
		return policyx.NewPolicyPack("policyx", semver.MustParse("1.0.0"), policyx.EnforcementLevelMandatory, []policyx.Policy{
			wanted("ebs-encrypted", "aws:ebs/volume:Volume", func(m property.Map) bool { return holds(m.Get("encrypted")) }),
			wanted("rds-storage-encrypted", "aws:rds/instance:Instance", func(m property.Map) bool { return holds(m.Get("storageEncrypted")) }),
			wanted("rds-instance-multi-az", "aws:rds/instance:Instance", func(m property.Map) bool { return holds(m.Get("multiAz")) }),
			wanted("sqs-encrypted", "aws:sqs/queue:Queue", func(m property.Map) bool { return holds(m.Get("sqsManagedSseEnabled")) }),
			wanted("kms-rotation", "aws:kms/key:Key", func(m property.Map) bool { return holds(m.Get("enableKeyRotation")) }),
			wanted("dynamodb-pitr", "aws:dynamodb/table:Table", func(m property.Map) bool {
				recovery := m.Get("pointInTimeRecovery")
				return recovery.IsMap() && holds(recovery.AsMap().Get("enabled"))
			}),
			wanted("log-retention", "aws:cloudwatch/logGroup:LogGroup", func(m property.Map) bool {
				days := m.Get("retentionInDays")
				return days.IsNumber() && days.AsNumber() >= 365
			}),
			wanted("lb-tls-policy", "aws:lb/listener:Listener", func(m property.Map) bool {
				policy := m.Get("sslPolicy")
				return policy.IsString() && strings.HasPrefix(policy.AsString(), "ELBSecurityPolicy-TLS13-1-2-")
			}),
			wanted("imdsv2-required", "aws:ec2/launchTemplate:LaunchTemplate", func(m property.Map) bool {
				options := m.Get("metadataOptions")
				return options.IsMap() && options.AsMap().Get("httpTokens").IsString() && options.AsMap().Get("httpTokens").AsString() == "required"
			}),
			wanted("sg-no-open-admin", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", func(m property.Map) bool {
				block, from, to := m.Get("cidrIpv4"), m.Get("fromPort"), m.Get("toPort")
				return !block.IsString() || block.AsString() != "0.0.0.0/0" || from.AsNumber() > 22 || to.AsNumber() < 22
			}),
			inStack("lb-multi-az", "aws:lb/loadBalancer:LoadBalancer", func(r policyx.AnalyzerResource, stack map[string]policyx.AnalyzerResource) bool {
				zones := map[string]bool{}
				for _, urn := range r.PropertyDependencies["subnets"] {
					if zone := stack[urn].Properties.Get("availabilityZone"); zone.IsString() {
						zones[zone.AsString()] = true
					}
				}
				return len(zones) >= 2
			}),
			// As this pack does, it looks through the stack once for what belongs to whom.
			policyx.NewStackValidationPolicy("s3-block-public", policyx.StackValidationPolicyArgs{
				Description: "s3-block-public", EnforcementLevel: policyx.EnforcementLevelMandatory,
				ValidateStack: func(_ context.Context, args policyx.StackValidationArgs) error {
					good := map[string]bool{}
					for _, block := range args.Resources {
						if block.Type == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock" && holds(block.Properties.Get("blockPublicAcls")) && holds(block.Properties.Get("blockPublicPolicy")) &&
							holds(block.Properties.Get("ignorePublicAcls")) && holds(block.Properties.Get("restrictPublicBuckets")) {
							for _, urn := range block.PropertyDependencies["bucket"] {
								good[urn] = true
							}
						}
					}
					for _, r := range args.Resources {
						if r.Type == "aws:s3/bucketV2:BucketV2" && !good[r.URN] {
							args.Manager.ReportViolation(r.Name+" is not right", r.URN)
						}
					}
					return nil
				},
			}),
		})
	})
}

func holds(v property.Value) bool { return v.IsBool() && v.AsBool() }

// wanted is a policy about the resources of one type.
func wanted(id, token string, ok func(property.Map) bool) policyx.Policy {
	return policyx.NewResourceValidationPolicy(id, policyx.ResourceValidationPolicyArgs{
		Description: id, EnforcementLevel: policyx.EnforcementLevelMandatory,
		ValidateResource: func(_ context.Context, args policyx.ResourceValidationArgs) error {
			if args.Resource.Type == token && !ok(args.Resource.Properties) {
				args.Manager.ReportViolation(args.Resource.Name+" is not right", args.Resource.URN)
			}
			return nil
		},
	})
}

// inStack is a policy about the resources of one type and what belongs to them.
func inStack(id, token string, ok func(policyx.AnalyzerResource, map[string]policyx.AnalyzerResource) bool) policyx.Policy {
	return policyx.NewStackValidationPolicy(id, policyx.StackValidationPolicyArgs{
		Description: id, EnforcementLevel: policyx.EnforcementLevelMandatory,
		ValidateStack: func(_ context.Context, args policyx.StackValidationArgs) error {
			stack := make(map[string]policyx.AnalyzerResource, len(args.Resources))
			for _, r := range args.Resources {
				stack[r.URN] = r
			}
			for _, r := range args.Resources {
				if r.Type == token && !ok(r, stack) {
					args.Manager.ReportViolation(r.Name+" is not right", r.URN)
				}
			}
			return nil
		},
	})
}

// known is a stack whose values are all known, as that of a second preview. One service
// of two has everything right, and one everything wrong.
func known(b *testing.B, size int) ([]*pulumirpc.AnalyzeRequest, []*pulumirpc.AnalyzerResource) {
	b.Helper()
	var inputs []*pulumirpc.AnalyzeRequest
	var outputs []*pulumirpc.AnalyzerResource
	for i := 0; len(inputs) < size; i++ {
		service, right := fmt.Sprint("service", i), i%2 == 0
		add := func(token, role string, properties in, edges to) string {
			name := service + "-" + role
			urn := "urn:pulumi:bench::plinth::" + token + "::" + name
			all := propertyOf(properties).ObjectValue()
			all["tags"] = propertyOf(in{"Name": name, "owner": "web", "environment": "bench"})
			for n := range 15 {
				all[resource.PropertyKey(fmt.Sprint("other", n))] = resource.NewProperty("a value like many")
			}
			dependencies := map[string]*pulumirpc.AnalyzerPropertyDependencies{}
			for key, urns := range edges {
				dependencies[key] = &pulumirpc.AnalyzerPropertyDependencies{Urns: urns}
			}
			made := all.Copy()
			made["id"], made["arn"] = resource.NewProperty("id-"+name), resource.NewProperty("arn:aws:any:::"+name)
			inputs = append(inputs, &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: name, Properties: wire(b, all)})
			outputs = append(outputs, &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: name, Properties: wire(b, made), PropertyDependencies: dependencies})
			return urn
		}
		pick := func(good, bad any) any {
			if right {
				return good
			}
			return bad
		}
		one := add("aws:ec2/subnet:Subnet", "a", in{"availabilityZone": "eu-west-1a"}, nil)
		two := add("aws:ec2/subnet:Subnet", "b", in{"availabilityZone": pick("eu-west-1b", "eu-west-1a")}, nil)
		lb := add("aws:lb/loadBalancer:LoadBalancer", "lb", in{"subnets": list{"id-" + service + "-a", "id-" + service + "-b"}}, to{"subnets": {one, two}})
		add("aws:lb/listener:Listener", "https", in{
			"protocol": "HTTPS", "sslPolicy": pick("ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"), "loadBalancerArn": "arn:aws:any:::" + service + "-lb",
		}, to{"loadBalancerArn": {lb}})
		bucket := add("aws:s3/bucketV2:BucketV2", "bucket", in{}, nil)
		add("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bucket", in{
			"bucket": "id-" + service + "-bucket", "blockPublicAcls": right, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		}, to{"bucket": {bucket}})
		add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in", in{
			"ipProtocol": "tcp", "fromPort": pick(443, 22), "toPort": pick(443, 22), "cidrIpv4": "0.0.0.0/0",
		}, nil)
		add("aws:ec2/launchTemplate:LaunchTemplate", "nodes", in{
			"metadataOptions": in{"httpTokens": pick("required", "optional")}, "blockDeviceMappings": list{in{"deviceName": "/dev/xvda", "ebs": in{"encrypted": true}}},
		}, nil)
		add("aws:ebs/volume:Volume", "disk", in{"availabilityZone": "eu-west-1a", "encrypted": right}, nil)
		add("aws:rds/instance:Instance", "db", in{"engine": "postgres", "storageEncrypted": right, "multiAz": right}, nil)
		add("aws:sqs/queue:Queue", "jobs", in{"sqsManagedSseEnabled": right}, nil)
		add("aws:kms/key:Key", "key", in{"enableKeyRotation": right}, nil)
		add("aws:dynamodb/table:Table", "table", in{"pointInTimeRecovery": in{"enabled": right}}, nil)
		add("aws:cloudwatch/logGroup:LogGroup", "logs", in{"retentionInDays": pick(365, 7)}, nil)
	}
	return inputs[:size], outputs[:size]
}
