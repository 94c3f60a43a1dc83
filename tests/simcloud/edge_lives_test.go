package simcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// life is a resource with what is done to it: made of args, changed to a second set of them, in place or, if the set replaces it, replaced.
type life struct {
	typ, name string
	// edge says that it is made in us-east-1.
	edge     bool
	args     props
	change   props
	replaces []string
}

// live takes resources through what a program does to them: previewed, made, deployed again, refreshed, changed, deleted.
func live(t *testing.T, home, edge *engine, lives func(made map[string]*made) []life) {
	t.Helper()
	known := map[string]*made{}
	type maker struct {
		*engine
		*made
	}
	done := []maker{}
	for i := 0; i < len(lives(known)); i++ {
		l, e := lives(known)[i], home
		if l.edge {
			e = edge
		}
		inputs, failures := e.check(l.typ, l.name, l.args, nil)
		require.Empty(t, failures, l.name)
		_, err := e.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(l.typ, l.name), Properties: e.wire(inputs), Preview: true})
		require.NoError(t, err, l.name)
		m, err := e.create(l.typ, l.name, l.args)
		require.NoError(t, err, l.name)
		require.Nil(t, known[l.name], "%s twice", l.name)
		known[l.name] = m
		require.Empty(t, e.diff(m, l.args).GetDiffs(), "%s again", l.name)
		read := e.read(l.typ, l.name, m.id, m.inputs)
		require.Equal(t, m.inputs, e.plain(read.GetInputs()), "%s refreshed", l.name)
		require.Equal(t, m.outputs, e.plain(read.GetProperties()), "%s refreshed", l.name)
		done = append(done, maker{e, m})
		if l.change == nil {
			continue
		}
		changed := props{}
		for k, v := range l.args {
			changed[k] = v
		}
		for k, v := range l.change {
			changed[k] = v
		}
		d := e.diff(m, changed)
		require.NotEmpty(t, d.GetDiffs(), l.name)
		require.ElementsMatch(t, l.replaces, d.GetReplaces(), l.name)
		if len(l.replaces) > 0 {
			continue
		}
		m2, err := e.update(m, changed)
		require.NoError(t, err, l.name)
		require.Empty(t, e.diff(m2, changed).GetDiffs(), "%s changed, again", l.name)
		known[l.name], done[len(done)-1].made = m2, m2
	}
	for i := len(done) - 1; i >= 0; i-- {
		require.NoError(t, done[i].delete(done[i].made), done[i].name)
	}
}

func doc(statements ...props) string {
	text, err := json.Marshal(props{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func mayAssume(service string) string {
	return doc(props{"Effect": "Allow", "Principal": props{"Service": service}, "Action": "sts:AssumeRole"})
}

// out reads an output of something made before; what is not made yet has none.
func out(made map[string]*made, name, property string) string {
	m := made[name]
	if m == nil {
		return ""
	}
	if property == "id" {
		return m.id
	}
	return fmt.Sprint(m.outputs[property])
}

// homeAndEdge makes a cloud with a provider in eu-west-1 and one in us-east-1.
func homeAndEdge(t *testing.T) (cloud *Cloud, home, edge *engine) {
	cloud = New()
	server := serve(t, cloud)
	home, edge = dial(t, server), dial(t, server)
	require.NoError(t, home.configure(props{"region": "eu-west-1", "allowedAccountIds": []any{"111122223333"}}))
	require.NoError(t, edge.configure(props{"region": "us-east-1", "allowedAccountIds": []any{"111122223333"}}))
	return cloud, home, edge
}

const signerKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAww2gahI0Yv17G30kBtlX
fZ4iKXlfFFJlT8YlYkgWJU+nFWfiTl76LVjpPrW3iqLX7lEYqwI05y59L7/KcL8R
E8P6iIiSiBkY4RH6y740QrDNI/ks22lTpHH3g5L8Wv2cBMOs4HgWb0batvA5Rxy1
w7YhwBjokOTsxGj1fO7RP0+y2u3QC44lsJ9QiW+hbyHt9fK1qygwb1bvQ9hHDjXL
xIo0sj7Arb7XQWbGbDl/JJu7+fP+JgTRyLwKcwYFjQGcANobfnBoySXpJ28/mZ4D
PRwZcCqTmi9foNT/Ks6bQkTLU77oGw95/s0hkYhc8TSa33aGkXt2GsQcF/K2bfV5
MQIDAQAB
-----END PUBLIC KEY-----
`

func behavior(m map[string]*made, origin string) props {
	return props{"targetOriginId": origin, "viewerProtocolPolicy": "redirect-to-https", "allowedMethods": []any{"GET", "HEAD"}, "cachedMethods": []any{"GET", "HEAD"}, "compress": true,
		"cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6", "responseHeadersPolicyId": out(m, "headers", "id"),
		"functionAssociations": []any{props{"eventType": "viewer-request", "functionArn": out(m, "rewrite", "arn")}}}
}

// TestLifeAtTheEdge proves that the types of a site in front of a bucket and a private load balancer live an ordinary life.
func TestLifeAtTheEdge(t *testing.T) {
	cloud, home, edge := homeAndEdge(t)
	live(t, home, edge, func(m map[string]*made) []life {
		acl := func(name, scope string) props {
			return props{"name": name, "scope": scope, "defaultAction": props{"allow": props{}},
				"visibilityConfig": props{"cloudwatchMetricsEnabled": true, "sampledRequestsEnabled": true, "metricName": name},
				"rules": []any{props{"name": "rate", "priority": 1.0, "action": props{"block": props{}}, "statement": props{"rateBasedStatement": props{"limit": 2000.0, "aggregateKeyType": "IP"}},
					"visibilityConfig": props{"cloudwatchMetricsEnabled": true, "sampledRequestsEnabled": true, "metricName": "rate"}}}}
		}
		validation := props{}
		if m["cert"] != nil {
			validation, _ = m["cert"].outputs["domainValidationOptions"].([]any)[0].(props)
		}
		viewer := props{"acmCertificateArn": out(m, "cert", "arn"), "sslSupportMethod": "sni-only", "minimumProtocolVersion": "TLSv1.2_2021"}
		origins := []any{
			props{"originId": "assets", "domainName": out(m, "assets", "bucketRegionalDomainName"), "originAccessControlId": out(m, "control", "id")},
			props{"originId": "app", "domainName": out(m, "lb", "dnsName"), "vpcOriginConfig": props{"vpcOriginId": out(m, "private", "id")}},
		}
		app := behavior(m, "app")
		app["pathPattern"] = "/api/*"
		readAssets := doc(props{"Effect": "Allow", "Principal": props{"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject", "Resource": out(m, "assets", "arn") + "/*",
			"Condition": props{"StringEquals": props{"AWS:SourceArn": out(m, "site", "arn")}}})
		writeLogs := doc(props{"Effect": "Allow", "Principal": props{"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:PutObject", "Resource": out(m, "logs", "arn") + "/*"})
		return []life{
			{typ: vpcType, name: "net", args: props{"cidrBlock": "10.0.0.0/16"}},
			{typ: "aws:ec2/internetGateway:InternetGateway", name: "gate", args: props{"vpcId": out(m, "net", "id")}},
			{typ: subnetType, name: "a", args: props{"vpcId": out(m, "net", "id"), "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-west-1a"}},
			{typ: subnetType, name: "b", args: props{"vpcId": out(m, "net", "id"), "cidrBlock": "10.0.1.0/24", "availabilityZone": "eu-west-1b"}},
			{typ: groupType, name: "doors", args: props{"vpcId": out(m, "net", "id")}},
			{typ: "aws:lb/loadBalancer:LoadBalancer", name: "lb", args: props{"internal": true, "subnets": []any{out(m, "a", "id"), out(m, "b", "id")}, "securityGroups": []any{out(m, "doors", "id")}}},
			{typ: bucketType, name: "assets", args: props{}},
			{typ: bucketType, name: "logs", edge: true, args: props{}},
			{typ: "aws:route53/zone:Zone", name: "zone", args: props{"name": "example.org"}},
			{typ: "aws:acm/certificate:Certificate", name: "cert", edge: true, args: props{"domainName": "example.org", "subjectAlternativeNames": []any{"*.example.org"}, "validationMethod": "DNS"}},
			{typ: "aws:acm/certificate:Certificate", name: "alone", args: props{"domainName": "example.org", "subjectAlternativeNames": []any{}, "validationMethod": "DNS"}, change: props{"tags": props{"team": "shop"}}},
			{typ: "aws:route53/record:Record", name: "proof", args: props{"zoneId": out(m, "zone", "id"), "name": validation["resourceRecordName"], "type": "CNAME", "ttl": 60.0, "records": []any{validation["resourceRecordValue"]}}},
			{typ: "aws:acm/certificateValidation:CertificateValidation", name: "valid", edge: true, args: props{"certificateArn": out(m, "cert", "arn"), "validationRecordFqdns": []any{out(m, "proof", "fqdn")}}},
			{typ: "aws:wafv2/webAcl:WebAcl", name: "edgeacl", edge: true, args: acl("site", "CLOUDFRONT"), change: props{"description": "site"}},
			{typ: "aws:wafv2/webAcl:WebAcl", name: "acl", args: acl("app", "REGIONAL"), change: props{"name": "other"}, replaces: []string{"name"}},
			{typ: "aws:wafv2/webAclAssociation:WebAclAssociation", name: "guard", args: props{"webAclArn": out(m, "acl", "arn"), "resourceArn": out(m, "lb", "arn")}},
			{typ: "aws:wafv2/ipSet:IpSet", name: "bad", args: props{"scope": "REGIONAL", "ipAddressVersion": "IPV4", "addresses": []any{"192.0.2.0/24"}}, change: props{"addresses": []any{}}},
			{typ: "aws:wafv2/regexPatternSet:RegexPatternSet", name: "bots", args: props{"scope": "REGIONAL", "regularExpressions": []any{props{"regexString": "bot"}}}, change: props{"regularExpressions": []any{props{"regexString": "spider"}}}},
			{typ: "aws:cloudfront/originAccessControl:OriginAccessControl", name: "control", args: props{"originAccessControlOriginType": "s3", "signingBehavior": "always", "signingProtocol": "sigv4"}, change: props{"description": "assets"}},
			{typ: "aws:cloudfront/vpcOrigin:VpcOrigin", name: "private", args: props{"tags": props{"team": "shop"}, "vpcOriginEndpointConfig": props{"name": "private", "arn": out(m, "lb", "arn"), "httpPort": 80.0, "httpsPort": 443.0, "originProtocolPolicy": "https-only",
				"originSslProtocols": props{"items": []any{"TLSv1.2"}, "quantity": 1.0}}}, change: props{"tags": props{"team": "site"}}},
			{typ: "aws:cloudfront/cachePolicy:CachePolicy", name: "cache", args: props{"minTtl": 1.0, "defaultTtl": 60.0, "maxTtl": 600.0, "parametersInCacheKeyAndForwardedToOrigin": props{"enableAcceptEncodingGzip": true,
				"cookiesConfig": props{"cookieBehavior": "none"}, "headersConfig": props{"headerBehavior": "none"}, "queryStringsConfig": props{"queryStringBehavior": "all"}}}, change: props{"maxTtl": 900.0}},
			{typ: "aws:cloudfront/originRequestPolicy:OriginRequestPolicy", name: "request", args: props{"cookiesConfig": props{"cookieBehavior": "all"}, "headersConfig": props{"headerBehavior": "allViewer"}, "queryStringsConfig": props{"queryStringBehavior": "all"}}, change: props{"comment": "all"}},
			{typ: "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", name: "headers", args: props{"securityHeadersConfig": props{"contentTypeOptions": props{"override": true},
				"strictTransportSecurity": props{"override": true, "accessControlMaxAgeSec": 31536000.0, "includeSubdomains": true}}}, change: props{"comment": "safe"}},
			{typ: "aws:cloudfront/keyValueStore:KeyValueStore", name: "store", args: props{}, change: props{"comment": "routes"}},
			{typ: "aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey", name: "key", args: props{"keyValueStoreArn": out(m, "store", "arn"), "key": "/old", "value": "/new"}, change: props{"value": "/newer"}},
			{typ: "aws:cloudfront/keyValueStore:KeyValueStore", name: "other", args: props{}},
			{typ: "aws:cloudfront/keyvaluestoreKeysExclusive:KeyvaluestoreKeysExclusive", name: "keys", args: props{"keyValueStoreArn": out(m, "other", "arn"), "resourceKeyValuePairs": []any{props{"key": "/a", "value": "/b"}}},
				change: props{"resourceKeyValuePairs": []any{props{"key": "/a", "value": "/c"}}}},
			{typ: "aws:cloudfront/function:Function", name: "rewrite", args: props{"runtime": "cloudfront-js-2.0", "code": "function handler(event) { return event.request; }", "keyValueStoreAssociations": []any{out(m, "store", "arn")}}, change: props{"comment": "index pages"}},
			{typ: "aws:cloudfront/publicKey:PublicKey", name: "signer", args: props{"encodedKey": signerKey}, change: props{"comment": "july"}},
			{typ: "aws:cloudfront/keyGroup:KeyGroup", name: "signers", args: props{"items": []any{out(m, "signer", "id")}}, change: props{"comment": "all"}},
			{typ: "aws:cloudfront/distribution:Distribution", name: "site", args: props{"enabled": true, "aliases": []any{"www.example.org"}, "viewerCertificate": viewer, "webAclId": out(m, "edgeacl", "arn"), "origins": origins,
				"restrictions": props{"geoRestriction": props{"restrictionType": "none"}}, "defaultCacheBehavior": behavior(m, "assets"), "orderedCacheBehaviors": []any{app}}, change: props{"comment": "shop"}},
			{typ: "aws:s3/bucketPolicy:BucketPolicy", name: "assetspolicy", args: props{"bucket": out(m, "assets", "id"), "policy": readAssets}},
			{typ: "aws:cloudfront/monitoringSubscription:MonitoringSubscription", name: "metrics", args: props{"distributionId": out(m, "site", "id"), "monitoringSubscription": props{"realtimeMetricsSubscriptionConfig": props{"realtimeMetricsSubscriptionStatus": "Enabled"}}},
				change: props{"distributionId": "E2"}, replaces: []string{"distributionId"}},
			{typ: "aws:s3/bucketPolicy:BucketPolicy", name: "logspolicy", edge: true, args: props{"bucket": out(m, "logs", "id"), "policy": writeLogs}},
			{typ: "aws:cloudwatch/logDeliverySource:LogDeliverySource", name: "access", edge: true, args: props{"resourceArn": out(m, "site", "arn"), "logType": "ACCESS_LOGS"}, change: props{"name": "other"}, replaces: []string{"name"}},
			{typ: "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", name: "bucket", edge: true, args: props{"outputFormat": "parquet", "deliveryDestinationConfiguration": props{"destinationResourceArn": out(m, "logs", "arn")}},
				change: props{"outputFormat": "json"}, replaces: []string{"outputFormat"}},
			{typ: "aws:cloudwatch/logDelivery:LogDelivery", name: "delivery", edge: true, args: props{"deliverySourceName": out(m, "access", "id"), "deliveryDestinationArn": out(m, "bucket", "arn"),
				"s3DeliveryConfigurations": []any{props{"enableHiveCompatiblePath": false, "suffixPath": "{DistributionId}/{yyyy}"}}}, change: props{"recordFields": []any{"date", "time"}}},
			{typ: "aws:route53/record:Record", name: "www", args: props{"zoneId": out(m, "zone", "id"), "name": "www.example.org", "type": "A", "aliases": []any{props{"name": out(m, "site", "domainName"), "zoneId": out(m, "site", "hostedZoneId"), "evaluateTargetHealth": false}}}},
		}
	})
	require.Empty(t, cloud.Resources())
	require.Empty(t, cloud.Gaps(), "every property is known")
}

// TestLifeWithoutServers proves the same of functions, what they are invoked by, and buckets.
func TestLifeWithoutServers(t *testing.T) {
	cloud, home, edge := homeAndEdge(t)
	live(t, home, edge, func(m map[string]*made) []life {
		lambdaMay := func(principal, source string) props {
			return props{"function": out(m, "fn", "name"), "action": "lambda:InvokeFunction", "principal": principal, "sourceArn": source, "qualifier": "live"}
		}
		mapping := func(source string, more props) props {
			args := props{"functionName": out(m, "live", "arn"), "eventSourceArn": source, "functionResponseTypes": []any{"ReportBatchItemFailures"}}
			for k, v := range more {
				args[k] = v
			}
			return args
		}
		send := func(service, action, to, from string) string {
			return doc(props{"Effect": "Allow", "Principal": props{"Service": service}, "Action": action, "Resource": to, "Condition": props{"ArnEquals": props{"aws:SourceArn": from}}})
		}
		versioned := props{"status": "Enabled"}
		replica := out(m, "replica", "arn")
		copies := []any{props{"id": "all", "status": "Enabled", "priority": 1.0, "filter": props{}, "deleteMarkerReplication": props{"status": "Enabled"}, "destination": props{"bucket": replica}}}
		return []life{
			{typ: "aws:iam/role:Role", name: "fnrole", args: props{"assumeRolePolicy": mayAssume("lambda.amazonaws.com")}},
			{typ: "aws:iam/rolePolicy:RolePolicy", name: "fnpolicy", args: props{"role": out(m, "fnrole", "id"), "policy": doc(props{"Effect": "Allow", "Resource": "*",
				"Action": []any{"sqs:*", "kinesis:*", "dynamodb:*", "sns:Publish", "logs:CreateLogStream", "logs:PutLogEvents", "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"}})}},
			{typ: "aws:sqs/queue:Queue", name: "dead", args: props{}},
			{typ: "aws:sqs/queue:Queue", name: "work", args: props{"visibilityTimeoutSeconds": 180.0}, change: props{"delaySeconds": 5.0}},
			{typ: "aws:sqs/queue:Queue", name: "ordered", args: props{"fifoQueue": true}, change: props{"fifoQueue": false}, replaces: []string{"fifoQueue"}},
			{typ: "aws:sns/topic:Topic", name: "news", args: props{}, change: props{"displayName": "News"}},
			{typ: "aws:sqs/queuePolicy:QueuePolicy", name: "workpolicy", args: props{"queueUrl": out(m, "work", "id"), "policy": send("sns.amazonaws.com", "sqs:SendMessage", out(m, "work", "arn"), out(m, "news", "arn"))}},
			{typ: "aws:sns/topicSubscription:TopicSubscription", name: "subscription", args: props{"topic": out(m, "news", "arn"), "protocol": "sqs", "endpoint": out(m, "work", "arn"), "rawMessageDelivery": true}, change: props{"filterPolicy": `{"kind":["x"]}`}},
			{typ: "aws:kinesis/stream:Stream", name: "clicks", args: props{"streamModeDetails": props{"streamMode": "ON_DEMAND"}}, change: props{"retentionPeriod": 48.0}},
			{typ: "aws:cloudwatch/logGroup:LogGroup", name: "fnlogs", args: props{"retentionInDays": 30.0}},
			{typ: "aws:lambda/function:Function", name: "fn", args: props{"role": out(m, "fnrole", "arn"), "packageType": "Image", "imageUri": "999988887777.dkr.ecr.eu-west-1.amazonaws.com/fn:1", "publish": true, "timeout": 30.0,
				"loggingConfig": props{"logFormat": "JSON", "logGroup": out(m, "fnlogs", "id")}}, change: props{"memorySize": 256.0}},
			{typ: "aws:lambda/alias:Alias", name: "live", args: props{"name": "live", "functionName": out(m, "fn", "name"), "functionVersion": "1"}, change: props{"functionVersion": "2"}},
			{typ: "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", name: "warm", args: props{"functionName": out(m, "fn", "name"), "qualifier": "live", "provisionedConcurrentExecutions": 2.0}, change: props{"provisionedConcurrentExecutions": 3.0}},
			{typ: "aws:appautoscaling/target:Target", name: "warmth", args: props{"serviceNamespace": "lambda", "resourceId": "function:" + out(m, "fn", "name") + ":live", "scalableDimension": "lambda:function:ProvisionedConcurrency", "minCapacity": 2.0, "maxCapacity": 9.0},
				change: props{"maxCapacity": 10.0}},
			{typ: "aws:appautoscaling/policy:Policy", name: "warmpolicy", args: props{"serviceNamespace": "lambda", "resourceId": out(m, "warmth", "resourceId"), "scalableDimension": "lambda:function:ProvisionedConcurrency", "policyType": "TargetTrackingScaling",
				"targetTrackingScalingPolicyConfiguration": props{"targetValue": 0.7, "predefinedMetricSpecification": props{"predefinedMetricType": "LambdaProvisionedConcurrencyUtilization"}}}},
			{typ: "aws:appautoscaling/scheduledAction:ScheduledAction", name: "morning", args: props{"serviceNamespace": "lambda", "resourceId": "function:" + out(m, "fn", "name") + ":live", "scalableDimension": "lambda:function:ProvisionedConcurrency", "schedule": "cron(0 8 * * ? *)",
				"scalableTargetAction": props{"minCapacity": 5.0, "maxCapacity": 9.0}}},
			{typ: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", name: "async", args: props{"functionName": out(m, "fn", "name"), "qualifier": "live", "destinationConfig": props{"onFailure": props{"destination": out(m, "dead", "arn")}}}, change: props{"maximumRetryAttempts": 0.0}},
			{typ: "aws:lambda/functionRecursionConfig:FunctionRecursionConfig", name: "guard", args: props{"functionName": out(m, "fn", "name"), "recursiveLoop": "Terminate"}, change: props{"recursiveLoop": "Allow"}},
			{typ: "aws:lambda/functionUrl:FunctionUrl", name: "url", args: props{"functionName": out(m, "fn", "name"), "qualifier": "live", "authorizationType": "AWS_IAM"}, change: props{"invokeMode": "RESPONSE_STREAM"}},
			{typ: "aws:lambda/eventSourceMapping:EventSourceMapping", name: "worksource", args: mapping(out(m, "work", "arn"), props{"scalingConfig": props{"maximumConcurrency": 5.0}, "tags": props{"team": "shop"}, "metricsConfig": props{"metrics": []any{"EventCount"}}}), change: props{"batchSize": 5.0}},
			{typ: "aws:lambda/eventSourceMapping:EventSourceMapping", name: "clicksource", args: mapping(out(m, "clicks", "arn"), props{"startingPosition": "LATEST", "bisectBatchOnFunctionError": true, "destinationConfig": props{"onFailure": props{"destinationArn": out(m, "dead", "arn")}}}), change: props{"parallelizationFactor": 2.0}},
			{typ: "aws:cloudwatch/eventRule:EventRule", name: "nightly", args: props{"scheduleExpression": "rate(1 hour)"}, change: props{"description": "every hour"}},
			{typ: "aws:lambda/permission:Permission", name: "rule", args: lambdaMay("events.amazonaws.com", out(m, "nightly", "arn"))},
			{typ: "aws:cloudwatch/eventTarget:EventTarget", name: "nightlytarget", args: props{"rule": out(m, "nightly", "name"), "arn": out(m, "live", "arn"), "deadLetterConfig": props{"arn": out(m, "dead", "arn")}}},
			{typ: "aws:iam/role:Role", name: "scheduler", args: props{"assumeRolePolicy": mayAssume("scheduler.amazonaws.com")}},
			{typ: "aws:iam/rolePolicy:RolePolicy", name: "schedulerpolicy", args: props{"role": out(m, "scheduler", "id"), "policy": doc(props{"Effect": "Allow", "Resource": "*", "Action": "lambda:InvokeFunction"})}},
			{typ: "aws:scheduler/schedule:Schedule", name: "report", args: props{"scheduleExpression": "cron(0 2 * * ? *)", "scheduleExpressionTimezone": "Europe/Berlin", "flexibleTimeWindow": props{"mode": "OFF"}, "target": props{"arn": out(m, "live", "arn"), "roleArn": out(m, "scheduler", "arn")}},
				change: props{"description": "at night"}},
			{typ: bucketType, name: "uploads", args: props{}},
			{typ: "aws:lambda/permission:Permission", name: "bucket", args: lambdaMay("s3.amazonaws.com", out(m, "uploads", "arn"))},
			{typ: "aws:s3/bucketNotification:BucketNotification", name: "uploadsnotification", args: props{"bucket": out(m, "uploads", "id"), "lambdaFunctions": []any{props{"lambdaFunctionArn": out(m, "live", "arn"), "events": []any{"s3:ObjectCreated:*"}, "filterPrefix": "in/"}}}, change: props{"eventbridge": true}},
			{typ: "aws:s3/bucketVersioningV2:BucketVersioningV2", name: "uploadsversioning", args: props{"bucket": out(m, "uploads", "id"), "versioningConfiguration": versioned}},
			{typ: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", name: "uploadslifecycleconfiguration", args: props{"bucket": out(m, "uploads", "id"), "rules": []any{props{"id": "old", "status": "Enabled", "filter": props{"prefix": ""}, "noncurrentVersionExpiration": props{"noncurrentDays": 30.0}}}}},
			{typ: "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2", name: "uploadscorsconfiguration", args: props{"bucket": out(m, "uploads", "id"), "corsRules": []any{props{"allowedMethods": []any{"PUT"}, "allowedOrigins": []any{"https://example.org"}}}}},
			{typ: bucketType, name: "replica", edge: true, args: props{}},
			{typ: "aws:s3/bucketVersioningV2:BucketVersioningV2", name: "replicaversioning", edge: true, args: props{"bucket": out(m, "replica", "id"), "versioningConfiguration": versioned}},
			{typ: "aws:iam/role:Role", name: "copier", args: props{"assumeRolePolicy": mayAssume("s3.amazonaws.com")}},
			{typ: "aws:s3/bucketReplicationConfig:BucketReplicationConfig", name: "uploadsreplicationconfig", args: props{"bucket": out(m, "uploads", "id"), "role": out(m, "copier", "arn"), "rules": copies}},
		}
	})
	require.Empty(t, cloud.Resources())
	require.Empty(t, cloud.Gaps(), "every property is known")
}
