package operations

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// ignores is a resource with paths in its ignoreChanges.
func ignores(token string, inputs in, paths ...string) []r {
	return []r{{Type: token, Name: "it", In: inputs, IgnoreChanges: paths}}
}

// besides is a resource that ignores a property, and one of its own that points at others.
func besides(token, path, part, by string, of ...string) []r {
	return append(ignores(token, in{}, path), r{Type: part, Name: "part", In: in{by: later}, Edges: to{by: of}})
}

// bothWays is a security group with rules of their own that ignores those in it.
var bothWays = []r{
	{Type: securityGroup, Name: "it", In: in{}, Out: in{"id": "sg-1"}, IgnoreChanges: []string{"ingress", "egress"}},
	{Type: ingressRule, Name: "https", In: in{"securityGroupId": "sg-1"}},
}

var ignoredCases = []ruletest.Case{
	check("ignored-safety-property", "nothing", rule.NotApplicable, "", one(database, in{})),
	check("ignored-safety-property", "encryption", rule.Fail, "Instance it: ignoreChanges has storageEncrypted, so that its encryption (storageEncrypted) "+
		"stays as it is, whatever the program says. Fix: remove storageEncrypted from ignoreChanges.", ignores(database, in{}, "tags", "storageEncrypted")),
	check("ignored-safety-property", "everything", rule.Fail, "Fix: name what something else owns in ignoreChanges, and not *.", ignores(bucketPolicy, in{}, "*")),
	check("ignored-safety-property", "the whole object", rule.Fail, "ignoreChanges has metadataOptions, so that who can reach it (metadataOptions.httpTokens)",
		ignores(launchTemplate, in{}, "metadataOptions")),
	check("ignored-safety-property", "a part of it", rule.Fail, "remove ingress[0].cidrBlocks from ignoreChanges", ignores(securityGroup, in{}, "ingress[0].cidrBlocks")),
	check("ignored-safety-property", "one device of all", rule.Fail, "ignoreChanges has blockDeviceMappings[1].ebs", ignores(launchTemplate, in{}, "blockDeviceMappings[1].ebs")),
	check("ignored-safety-property", "a key in quotes", rule.Fail, "the isolation of its pods", ignores("kubernetes:core/v1:Namespace", in{},
		`metadata.labels["pod-security.kubernetes.io/enforce"]`)),
	check("ignored-safety-property", "old spelling", rule.Fail, "its backups", ignores("aws:s3/bucketVersioningV2:BucketVersioningV2", in{}, "versioningConfiguration.status")),
	check("ignored-safety-property", "AWS's own flag", rule.Fail, "its protection from deletion (deletionProtection)", ignores(neptuneCluster, in{}, "deletionProtection")),
	check("ignored-safety-property", "a policy", rule.Fail, "who may do what", ignores(kmsKey, in{}, "policy")),
	check("ignored-safety-property", "pods", rule.Fail, "spec.template.spec.containers[*].securityContext", ignores("kubernetes:apps/v1beta2:Deployment", in{}, "spec.template.spec.containers")),
	check("ignored-safety-property", "backups that nobody else makes", rule.Fail, "its backups (backupRetentionPeriod)", ignores(dbCluster, in{}, "backupRetentionPeriod")),
	check("ignored-safety-property", "backups of AWS Backup", rule.Pass, "", ignores(dbCluster, in{}, "backupRetentionPeriod", "preferredBackupWindow")),
	check("ignored-safety-property", "the targets of a listener", rule.Pass, "", ignores(listener, in{"protocol": "HTTPS"}, "defaultActions")),
	check("ignored-safety-property", "the redirection of a listener", rule.Fail, "its encryption (defaultActions)", ignores(listener, in{"protocol": "HTTP"}, "defaultActions")),
	check("ignored-safety-property", "the redirection of who knows what", rule.Unknown, "protocol", ignores(listener, in{"protocol": later}, "defaultActions[0].targetGroupArn")),
	check("ignored-safety-property", "rules of their own", rule.Pass, "", besides(webAcl, "rules", aclRule, "webAclArn", "it")),
	check("ignored-safety-property", "a rule group of its own", rule.Pass, "", besides(webAcl, "rules[0].action", aclGroup, "webAclArn", "it")),
	check("ignored-safety-property", "another one's rules", rule.Fail, "who can reach it (rules)", append(besides(webAcl, "rules", aclRule, "webAclArn", "other"),
		r{Type: webAcl, Name: "other", In: in{}})),
	check("ignored-safety-property", "rules of who knows what", rule.Unknown, "webAclArn: external", besides(webAcl, "rules", aclRule, "webAclArn")),
	check("ignored-safety-property", "everything beside rules of their own", rule.Fail, "who can reach it (defaultAction)", besides(webAcl, "*", aclRule, "webAclArn", "it")),
	check("ignored-safety-property", "encryption of its own", rule.Pass, "", besides(bucket, "serverSideEncryptionConfiguration", bucketEncryption, "bucket", "it")),
	check("ignored-safety-property", "versions beside encryption of its own", rule.Fail, "its backups (versioning)", besides(bucket, "versioning", bucketEncryption, "bucket", "it")),
	check("ignored-safety-property", "both ways of a group with rules of their own", rule.Pass, "", bothWays),
	check("ignored-safety-property", "everything of who knows what", rule.Fail, "its encryption (protocol)", ignores(listener, in{"protocol": later}, "*")),
}

// Every property that a resource of its own can hold may be ignored beside it, and is guarded.
func TestPartsHoldWhatIsIgnored(t *testing.T) {
	for _, row := range parts {
		for _, token := range row.of {
			for _, property := range row.properties {
				for _, part := range row.types {
					stack := ruletest.Resources(besides(token, property, part, row.by, "it"))
					for want, resources := range map[rule.Outcome][]*rule.Resource{rule.Pass: stack, rule.Fail: stack[:1]} {
						if f, err := rule.Run(ignoredSafetyProperty(), rule.NewGraph(resources), stack[0], nil); err != nil || f.Outcome != want {
							t.Errorf("%s of %s beside %d %s is %v %s, %v", property, token, len(resources)-1, part, f.Outcome, f.Problem, err)
						}
					}
				}
			}
		}
	}
}

// What scales, deploys or turns passwords owns is not a matter of safety.
func TestHarmlessPathsMayBeIgnored(t *testing.T) {
	for token, paths := range map[string]string{
		"aws:autoscaling/group:Group":      "desiredCapacity maxSize minElbCapacity minSize tags tagsAll",
		nodeGroup:                          "scalingConfig.desiredSize scalingConfig",
		ecsService:                         "desiredCount taskDefinition loadBalancers",
		database:                           "password dbName username snapshotIdentifier restoreToPointInTime engineLifecycleSupport engineVersion allocatedStorage backupRetentionPeriod backupWindow",
		dbCluster:                          "masterPassword masterUsername databaseName availabilityZones backupRetentionPeriod preferredBackupWindow",
		docdbCluster:                       "manageMasterUserPassword masterUsername masterPasswordWoVersion",
		dbMember:                           "availabilityZone",
		dbProxy:                            "vpcSubnetIds",
		cacheGroup:                         "authToken authTokenUpdateStrategy userGroupIds numNodeGroups replicasPerNodeGroup preferredCacheClusterAzs snapshotName",
		cache:                              "snapshotArnsToRestores subnetIds",
		table:                              "readCapacity writeCapacity globalSecondaryIndexes[*].readCapacity importTable replicas restoreDateTime",
		tableReplica:                       "tableClassOverride",
		secret:                             "tags description",
		launchTemplate:                     "imageId userData blockDeviceMappings[*].ebs.volumeSize latestVersion",
		distribution:                       "tags staging comment",
		eksCluster:                         "version vpcConfig.subnetIds accessConfig.bootstrapClusterCreatorAdminPermissions",
		"kubernetes:apps/v1:Deployment":    `spec.replicas metadata.annotations["deployment.kubernetes.io/revision"] spec.template.spec.containers[0].image`,
		"kubernetes:core/v1:Namespace":     `metadata.annotations metadata.labels["kubernetes.io/metadata.name"]`,
		"aws:ecr/repository:Repository":    "tags",
		"aws:lb/loadBalancer:LoadBalancer": "tags ipAddressType",
		"aws:lambda/permission:Permission": "qualifier",
		"aws:cloudwatch/logGroup:LogGroup": "tags",
		"aws:ssm/parameter:Parameter":      "value insecureValue",
		"aws:ec2/instance:Instance":        "ami userData",
		"aws:backup/plan:Plan":             "tags",
		"aws:kinesis/stream:Stream":        "shardCount",
		"aws:redshift/cluster:Cluster":     "masterPassword numberOfNodes",
		"aws:memorydb/cluster:Cluster":     "numShards numReplicasPerShard",
		"aws:dms/replicationInstance:ReplicationInstance": "allocatedStorage",
	} {
		stack := ruletest.Resources(ignores(token, in{}, strings.Fields(paths)...))
		if f, err := rule.Run(ignoredSafetyProperty(), rule.NewGraph(stack), stack[0], nil); err != nil || f.Outcome != rule.Pass {
			t.Errorf("%s: %v %s, %v", token, f.Outcome, f.Problem, err)
		}
	}
}

// Every guarded property is guarded by itself, by what holds it and by everything.
func TestGuardedPathsFail(t *testing.T) {
	for token, guards := range guardsOf {
		for _, g := range guards {
			for _, path := range []string{g.path, "*", segments(g.path)[0]} {
				stack := ruletest.Resources(ignores(token, in{}, path))
				if f, err := rule.Run(ignoredSafetyProperty(), rule.NewGraph(stack), stack[0], nil); err != nil || f.Outcome != rule.Fail || !strings.Contains(f.Problem, path) {
					t.Errorf("%s: %s is %v %s, %v", token, path, f.Outcome, f.Problem, err)
				}
			}
		}
	}
}

func TestSegments(t *testing.T) {
	for path, want := range map[string][]string{
		"tags": {"tags"}, "spec.replicas": {"spec", "replicas"}, `metadata.annotations["a.b/c"]`: {"metadata", "annotations", "a.b/c"},
		`a["say \"x\""].b`: {"a", `say "x"`, "b"}, "devices[0].ebs": {"devices", "0", "ebs"}, "all[*]": {"all", "*"}, `["a"]["b"]`: {"a", "b"},
		"*": {"*"}, `broken["`: {"broken", `"`}, "": nil,
	} {
		if got := segments(path); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// Whatever the keys are, a path that was written by the book is read as it was meant.
func TestSegmentsOfWrittenPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "keys")
		var path strings.Builder
		for _, key := range keys {
			path.WriteString("[" + strconv.Quote(key) + "]")
		}
		if got := segments(path.String()); !slices.Equal(got, keys) {
			t.Fatalf("%s: %q, want %q", path.String(), got, keys)
		}
	})
}

func FuzzSegments(f *testing.F) {
	for _, path := range []string{"tags", `a["b.c"][0]`, `["`, "a..b[", "]*["} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if steps := segments(path); len(steps) > len(path) {
			t.Errorf("%q has %d steps", path, len(steps))
		}
	})
}
