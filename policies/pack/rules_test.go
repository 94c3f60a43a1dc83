package pack

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestEveryRuleIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range append(Rules(), ownPolicies()...) {
		assert.False(t, seen[r.ID], "%s is there twice", r.ID)
		seen[r.ID] = true
		assert.Regexp(t, `^[a-z][a-z0-9-]+$`, r.ID)
		for what, text := range map[string]string{"title": r.Title, "why": r.Why, "fix": r.Fix, "category": string(r.Category)} {
			assert.NotEmpty(t, text, "%s has no %s", r.ID, what)
			assert.NotContains(t, text, "\n", r.ID)
		}
		for _, s := range r.Settings {
			assert.NotEmpty(t, s.Help, "%s.%s", r.ID, s.Name)
			assert.IsType(t, s.Production, s.Development, "%s.%s", r.ID, s.Name)
		}
		assert.False(t, r.Remedy != nil && r.Check == nil, "%s: only a rule with Check can remedy", r.ID)
	}
	graph := 0
	for _, r := range Rules() {
		assert.True(t, (r.Check == nil) != (r.CheckGraph == nil), "%s needs exactly one check", r.ID)
		require.NotEmpty(t, r.Types, r.ID)
		for _, token := range r.Types {
			assert.Equal(t, rule.Canonical(token), token, "%s is asked about a spelling that never comes", r.ID)
			assert.Regexp(t, regexp.MustCompile(`^(aws:[a-z0-9]+/[a-zA-Z0-9]+|kubernetes:[a-z0-9.]+/v[0-9]+):[A-Z][a-zA-Z0-9]+$`), token)
		}
		if r.CheckGraph != nil {
			graph++
		}
	}
	assert.GreaterOrEqual(t, len(Rules()), 25)
	assert.GreaterOrEqual(t, graph, 9)
}

// A remedy must make its own check pass, or keep its hands off.
func TestRemediesCureWhatTheyAreFor(t *testing.T) {
	for _, r := range Rules() {
		if r.Remedy == nil {
			continue
		}
		cured := false
		for _, token := range r.Types {
			for _, properties := range []map[string]any{
				{}, {"protocol": "HTTPS"}, {"loadBalancerType": "network"}, {"forceDestroy": true, "forceDelete": true, "skipFinalSnapshot": true},
				{"publiclyAccessible": true}, {"sqsManagedSseEnabled": false}, {"loadBalancingCrossZoneEnabled": "false"},
				{"deletionWindowInDays": 7, "metadataOptions": map[string]any{"httpPutResponseHopLimit": 9}},
			} {
				settings := r.Defaults(rule.Production)
				if settings["region"] == "" {
					settings["region"] = "eu-central-1"
				}
				req := &pulumirpc.AnalyzeRequest{Type: token, Properties: wire(t, resource.NewPropertyMapFromMap(properties))}
				f, err := rule.Run(r, nil, fromInputs(req), settings)
				require.NoError(t, err)
				if f.Outcome != rule.Fail {
					continue
				}
				patches := r.Remedy(fromInputs(req), settings)
				if len(patches) == 0 {
					continue // nothing that could be changed in place
				}
				for _, patch := range patches {
					assert.True(t, apply(req.Properties, patch), "%s on %s: %v", r.ID, token, patch)
				}
				f, err = rule.Run(r, nil, fromInputs(req), settings)
				require.NoError(t, err)
				assert.Equal(t, rule.Pass, f.Outcome, "%s on %s %v: %s", r.ID, token, properties, f.Problem)
				cured = true
			}
		}
		assert.True(t, cured, "%s has a remedy for nothing that is tried here", r.ID)
	}
}

func TestTableHasEveryRule(t *testing.T) {
	table := Table()
	for _, r := range Rules() {
		assert.Contains(t, table, "| `"+r.ID+"` |")
	}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		assert.Equal(t, 9, strings.Count(line, "|"), line)
	}
}

// The policies are of use to programs that do not use the components, and a pack starts
// at every preview.
func TestThePackImportsNoSdkOfACloudAndNoComponents(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/plinth-iac/plinth/policies").CombinedOutput()
	require.NoError(t, err, string(out))
	for _, line := range strings.Split(string(out), "\n") {
		assert.NotContains(t, line, "pulumi-aws")
		assert.NotContains(t, line, "pulumi-kubernetes")
		assert.NotContains(t, line, "k8s.io")
		assert.NotContains(t, line, "aws-sdk")
		assert.NotContains(t, line, "plinth/components")
		assert.NotContains(t, line, "plinth/stacks")
		assert.NotContains(t, line, "plinth/tests")
	}
}

func TestDecodingKeepsEveryState(t *testing.T) {
	properties := resource.PropertyMap{
		"text": resource.NewProperty("a"), "number": resource.NewProperty(1.5), "flag": resource.NewProperty(true), "null": resource.NewNullProperty(),
		"list":          resource.NewProperty([]resource.PropertyValue{resource.NewProperty("x"), resource.MakeComputed(resource.NewProperty(""))}),
		"secret":        resource.MakeSecret(resource.NewProperty(resource.PropertyMap{"key": resource.NewProperty("v")})),
		"secretUnknown": resource.MakeSecret(resource.MakeComputed(resource.NewProperty(""))),
		"output":        resource.NewProperty(resource.Output{Element: resource.NewProperty("known"), Known: true, Secret: true}),
		"__defaults":    resource.NewProperty([]resource.PropertyValue{}),
	}
	got := rule.Of(fields(wire(t, properties)))
	assert.Equal(t, `"a" 1.5 true null`, fmt.Sprint(got.Get("text"), " ", got.Get("number"), " ", got.Get("flag"), " ", got.Get("null")))
	assert.Len(t, got.Get("list").Items(), 2)
	assert.True(t, got.Get("list").Items()[1].IsUnknown())
	assert.True(t, got.Get("secret.key").IsSecret())
	assert.True(t, got.Get("secretUnknown").IsSecret() && got.Get("secretUnknown").IsUnknown())
	assert.True(t, got.Get("output").IsSecret())
	assert.True(t, got.Get("__defaults").IsAbsent())
}

func TestDecodingKeepsTheProtectOption(t *testing.T) {
	protected := &pulumirpc.AnalyzerResourceOptions{Protect: true}
	seen := fromInputs(&pulumirpc.AnalyzeRequest{Urn: urn, Type: token, Options: protected})
	assert.True(t, seen.Protect)
	assert.True(t, fromOutputs(&pulumirpc.AnalyzerResource{Urn: urn, Type: token}, seen).Protect, "as Analyze has shown it")
	assert.True(t, fromOutputs(&pulumirpc.AnalyzerResource{Urn: urn, Type: token, Options: protected}, nil).Protect)
	assert.False(t, fromOutputs(&pulumirpc.AnalyzerResource{Urn: urn, Type: token}, nil).Protect)
}

// words are the property names that rules look at.
var words = []string{
	"vpcZoneIdentifiers", "availabilityZones", "availabilityZone", "subnets", "subnetMappings", "subnetId", "subnetIds", "minSize", "maxSize", "tags",
	"key", "value", "targetGroupArns", "healthCheckType", "healthCheck", "path", "protocol", "loadBalancerArn", "defaultActions", "actions", "type",
	"redirect", "forward", "targetGroups", "arn", "targetGroupArn", "listenerArn", "sslPolicy", "bucket", "policy", "Statement", "Principal", "Action",
	"blockDeviceMappings", "ebs", "encrypted", "rootBlockDevice", "metadataOptions", "httpTokens", "ingress", "egress", "cidrBlocks", "fromPort", "toPort",
	"cidrIpv4", "ipProtocol", "vpcId", "routeTableId", "natGatewayId", "destinationCidrBlock", "routes", "cidrBlock", "vpcEndpointType", "userData",
	"inlinePolicies", "managedPolicyArns", "deletionWindowInDays", "retentionInDays", "accessLogs", "enabled", "defaultTags", "id", "internal",
	"autoscalingGroupName", "lbTargetGroupArn", "trafficSources", "identifier", "environment", "variables", "storageEncrypted", "replicateSourceDb", "engine",
	"engineVersion", "parameterGroupName", "dbClusterParameterGroupName", "parameters", "name", "family", "kmsKeyId", "kmsKeyArn", "replicas", "regionName",
	"region", "serverSideEncryption", "userGroupIds", "gatewayId", "secretId", "secretString", "password", "forceDestroy",
	"replicationSourceIdentifier", "clusterIdentifier", "globalClusterIdentifier", "sourceDbClusterIdentifier", "multiAz", "numCacheClusters", "billingMode",
	"resourceId", "scalableDimension", "backupRetentionPeriod", "rules", "schedule", "lifecycle", "copyActions", "destinationVaultArn", "planId",
	"resources", "notResources", "selectionTags", "conditions", "stringLikes",
	"metadata", "namespace", "labels", "annotations", "spec", "template", "jobTemplate", "selector", "podSelector", "matchLabels", "matchExpressions",
	"operator", "values", "minReplicas", "scaleTargetRef", "kind", "minAvailable", "maxUnavailable", "strategy", "rollingUpdate", "containers",
	"initContainers", "securityContext", "capabilities", "drop", "preStop", "volumes", "persistentVolumeClaim", "claimName",
	"volumeClaimTemplates", "storageClassName", "provisioner", "topologySpreadConstraints", "topologyKey", "labelSelector", "affinity",
	"podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "image", "tls", "hosts", "host", "ingressClassName", "certificateARNs",
	"redrivePolicy", "queueUrl", "vpcConfig", "scalingConfig", "encryptionConfig", "enabledClusterLogTypes", "encryptionConfigurations",
	"pathPattern", "cachePolicyId", "originRequestPolicyId", "forwardedValues", "headers", "headersConfig", "headerBehavior", "items",
	"parametersInCacheKeyAndForwardedToOrigin", "vpcOriginId", "vpcOriginEndpointConfig", "functionAssociations", "eventType", "origins", "originGroups", "members", "originId", "domainName", "customOriginConfig", "vpcOriginConfig", "originProtocolPolicy", "originAccessControlId",
	"defaultCacheBehavior", "orderedCacheBehaviors", "targetOriginId", "viewerProtocolPolicy", "viewerCertificate", "webAclId", "loggingConfig", "ruleJson",
	"statement", "action", "overrideAction", "rateBasedStatement", "ruleGroupReferenceStatement", "resourceArn", "securityGroups", "dnsName", "aliases",
	"principal", "function", "functionName", "sourceArn", "eventSourceArn", "functionResponseTypes", "destinationConfig", "onFailure", "destination",
	"target", "deadLetterConfig", "targetArn", "timeout", "visibilityTimeoutSeconds", "qualifier", "logGroup", "dimensions", "alarmActions",
	"metricQueries", "metric", "certificateArn", "certificateBody", "subjectAlternativeNames", "acl", "grants", "uri", "status",
	"versioningConfiguration", "versionings", "applyServerSideEncryptionByDefault", "sseAlgorithm", "kmsMasterKeyId", "s3BucketName", "rule",
	"maximumConcurrency", "reservedConcurrentExecutions", "provisionedPollerConfig", "weightedRoutingPolicies", "healthCheckId", "evaluateTargetHealth", "alarmRule", "targetBucket", "logDestinationConfigs",
}

func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 9
		if depth == 0 {
			kinds = 7
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rule.Computed{}
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3:
			return rapid.Float64().Draw(t, "number")
		case 4:
			return rapid.String().Draw(t, "text")
		case 5:
			return rapid.SampledFrom([]string{
				"HTTP", "HTTPS", "network", "Interface", "0.0.0.0/0", "::/0", "redirect", "true", "eu-west-1a", "id-1", "id-2",
				`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, `{"Statement":null}`, `{"Statement":[1]}`, "[]", `{"tags":3}`, "arn:aws:rds:*", "cron(0 3 * * ? *)",
				"Deployment", "In", "NotIn", "50%", "NaN%", "topology.kubernetes.io/zone", "ebs.csi.aws.com", `{"deadLetterTargetArn":1}`,
				`[{"Statement":{"RateBasedStatement":{}}},null]`, "arn:aws:sqs:eu-west-1:1:q", "s3.amazonaws.com", "a.s3.amazonaws.com", "KMS",
			}).Draw(t, "known text")
		case 6:
			return rule.Secret{Of: rapid.String().Draw(t, "secret")}
		case 7:
			return rapid.SliceOfN(anyValue(depth-1), 0, 3).Draw(t, "list")
		}
		return anyObject(depth-1).Draw(t, "object")
	})
}

func anyObject(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom(words), anyValue(depth), 0, 8)
}

func TestNoRulePanicsOnAnyStack(t *testing.T) {
	rules := Rules()
	var types []string
	for _, r := range rules {
		types = append(types, r.Types...)
	}
	types = append(types, "aws:ec2/subnet:Subnet", "aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:lb/listenerRule:ListenerRule",
		"aws:autoscaling/attachment:Attachment", "aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		"aws:rds/parameterGroup:ParameterGroup", "aws:rds/clusterParameterGroup:ClusterParameterGroup", "aws:ec2/internetGateway:InternetGateway",
		"aws:secretsmanager/secretVersion:SecretVersion", "aws:secretsmanager/secretRotation:SecretRotation", "aws:backup/selection:Selection",
		"aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy", "kubernetes:core/v1:Service", "kubernetes:networking.k8s.io/v1:NetworkPolicy",
		"kubernetes:networking.k8s.io/v1:IngressClass", "kubernetes:eks.amazonaws.com/v1:IngressClassParams", "aws:sqs/redrivePolicy:RedrivePolicy",
		"aws:route53/record:Record", "aws:wafv2/ruleGroup:RuleGroup", "aws:wafv2/webAclAssociation:WebAclAssociation", "aws:lambda/alias:Alias",
		"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm",
		"aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketReplicationConfig:BucketReplicationConfig", "aws:s3/bucketLogging:BucketLogging",
		"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "aws:cloudtrail/trail:Trail",
		"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:acm/certificateValidation:CertificateValidation", "aws:kinesis/stream:Stream",
		"aws:cloudfront/cachePolicy:CachePolicy", "aws:cloudfront/originRequestPolicy:OriginRequestPolicy")
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 8).Draw(t, "resources")
		var resources []*rule.Resource
		for i := range count {
			r := &rule.Resource{
				URN: fmt.Sprint("urn:", i), Name: fmt.Sprint("r", i), Type: rapid.SampledFrom(types).Draw(t, "type"),
				Outputs: rule.FieldsOf(anyObject(2).Draw(t, "outputs")), Edges: map[string][]string{},
			}
			if rapid.Bool().Draw(t, "analysed") {
				r.Inputs = rule.FieldsOf(anyObject(3).Draw(t, "inputs"))
			}
			for _, property := range rapid.SliceOfN(rapid.SampledFrom(words), 0, 4).Draw(t, "edges") {
				r.Edges[property] = append(r.Edges[property], fmt.Sprint("urn:", rapid.IntRange(0, count).Draw(t, "to")))
			}
			resources = append(resources, r)
		}
		g := rule.NewGraph(resources)
		for _, p := range rules {
			for _, r := range g.Of(p.Types...) {
				f, err := rule.Run(p, g, r, p.Defaults(rule.Production))
				if err != nil {
					t.Fatal(err)
				}
				if f.Outcome == rule.Fail && (f.Problem == "" || f.Fix == "") || f.Outcome == rule.Unknown && f.Property == "" {
					t.Fatalf("%s: empty verdict %+v", p.ID, f.Verdict)
				}
			}
		}
	})
}

func FuzzExemptions(f *testing.F) {
	f.Add("exemptions: [{policy: lb-https, resource: '*', reason: a reason of some length, owner: web, expires: 2026-04-01}]")
	f.Add("exemptions: [1, [], {policy: []}]")
	f.Add("exemptions: &a [*a]")
	f.Add("- x")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseExemptions([]byte(text), []string{"lb-https"}, today)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives more than a line", err)
		}
		for _, e := range list {
			if e.lapsed == "" && (e.Policy != "lb-https" || len(e.Reason) < leastReason || e.expires.Before(today.AddDate(0, 0, -1)) ||
				e.expires.After(today.Add(longestDays*24*time.Hour))) {
				t.Errorf("%+v holds", e.Exemption)
			}
		}
	})
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"a::b", "a::b", true}, {"a::b", "a::bc", false}, {"*", "anything", true}, {"a*", "ba", false}, {"*a*b", "xaxb", true},
		{"a*a", "a", false}, {"*::it", "urn::it", true}, {"a**b", "ab", true}, {"", "", true}, {"a*b*c", "aXbYcZ", false},
	} {
		assert.Equal(t, c.want, matches(c.pattern, c.text), "%s on %s", c.pattern, c.text)
	}
}
