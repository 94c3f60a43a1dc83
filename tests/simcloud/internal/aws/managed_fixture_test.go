package aws

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// virginia is where CloudFront looks for what it needs.
var virginia = Scope{Account: home.Account, Region: "us-east-1"}

func trust(service string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
}

func roleFor(name, service string) thing {
	return thing{name, "aws:iam/role:Role", object{"name": name, "path": "/", "assumeRolePolicy": trust(service)}}
}

func granting(role, policy string) thing {
	return thing{role + policy, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", object{"role": role, "policyArn": "arn:aws:iam::aws:policy/" + policy}}
}

func subnet(name, vpc, cidr, zone string) thing {
	return thing{name, "aws:ec2/subnet:Subnet", object{"vpcId": "$" + vpc + ".id", "cidrBlock": cidr, "availabilityZone": "eu-west-1" + zone}}
}

func joined(subnet, table string) thing {
	return thing{"join" + subnet, "aws:ec2/routeTableAssociation:RouteTableAssociation", object{"routeTableId": "$" + table + ".id", "subnetId": "$" + subnet + ".id"}}
}

func blockRule(name string, priority float64, statement object) object {
	return object{"name": name, "priority": priority, "action": object{"block": object{}}, "statement": statement, "visibilityConfig": object{"metricName": name}}
}

var seen = object{"metricName": "acl", "cloudwatchMetricsEnabled": true, "sampledRequestsEnabled": true}

var behavior = object{"targetOriginId": "site", "viewerProtocolPolicy": "redirect-to-https", "allowedMethods": list{"GET", "HEAD"}, "cachedMethods": list{"GET", "HEAD"},
	"cachePolicyId": "$cdncache.id", "originRequestPolicyId": "216adef6-5c7f-47e4-b989-5492eafa07d3", "responseHeadersPolicyId": "$cdnheaders.id",
	"functionAssociations": list{object{"eventType": "viewer-request", "functionArn": "$cdnfunction.arn"}}, "trustedKeyGroups": list{"$keygroup.id"}}

const signerKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzRl/8SAti/c5g7APwpo7NJxVqCm1
LiBNn65bwtmHsmSDl91xT5LnANFe7rFUAX6U63bYdpGXYLR+ob+f9JHpsA==
-----END PUBLIC KEY-----
`

const lifecycleText = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":7},"action":{"type":"expire"}},` +
	`{"rulePriority":2,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}}]}`

const sendPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`

// managed is a deployment of managed services that every rule accepts.
var managed = []thing{
	{"net", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "enableDnsSupport": true}},
	{"far", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.9.0.0/16"}},
	subnet("a", "net", "10.0.0.0/24", "a"), subnet("b", "net", "10.0.1.0/24", "b"), subnet("c", "net", "10.0.2.0/28", "c"),
	subnet("open", "net", "10.0.3.0/24", "a"), subnet("shut", "net", "10.0.4.0/24", "b"), subnet("farnet", "far", "10.9.0.0/24", "a"), subnet("small", "net", "10.0.5.0/28", "a"),
	{"gate", "aws:ec2/internetGateway:InternetGateway", object{"vpcId": "$net.id"}},
	{"natip", "aws:ec2/eip:Eip", object{"domain": "vpc"}},
	{"nat", "aws:ec2/natGateway:NatGateway", object{"subnetId": "$open.id", "allocationId": "$natip.id", "connectivityType": "public"}},
	{"inside", "aws:ec2/routeTable:RouteTable", object{"vpcId": "$net.id"}},
	{"outside", "aws:ec2/routeTable:RouteTable", object{"vpcId": "$net.id"}},
	{"insideway", "aws:ec2/route:Route", object{"routeTableId": "$inside.id", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "$nat.id"}},
	{"outsideway", "aws:ec2/route:Route", object{"routeTableId": "$outside.id", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$gate.id"}},
	joined("a", "inside"), joined("b", "inside"), joined("c", "inside"), joined("small", "inside"), joined("open", "outside"),
	{"sg", "aws:ec2/securityGroup:SecurityGroup", object{"vpcId": "$net.id", "name": "app", "description": "Managed by Pulumi"}},
	{"farsg", "aws:ec2/securityGroup:SecurityGroup", object{"vpcId": "$far.id", "name": "far", "description": "Managed by Pulumi"}},
	{"usa/net", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.5.0.0/16"}},
	{"usa/three", "aws:ec2/subnet:Subnet", object{"vpcId": "$usa_net.id", "cidrBlock": "10.5.0.0/24", "availabilityZone": "us-east-1e"}},
	{"key", "aws:kms/key:Key", object{"deletionWindowInDays": 7.0}},
	roleFor("bare", "ecs-tasks.amazonaws.com"), roleFor("barelambda", "lambda.amazonaws.com"), roleFor("bareeks", "eks.amazonaws.com"), roleFor("barenode", "ec2.amazonaws.com"),
	roleFor("eks", "eks.amazonaws.com"), granting("eks", "AmazonEKSClusterPolicy"),
	roleFor("node", "ec2.amazonaws.com"), granting("node", "AmazonEKSWorkerNodePolicy"), granting("node", "AmazonEC2ContainerRegistryPullOnly"), granting("node", "AmazonEKS_CNI_Policy"),
	roleFor("nocni", "ec2.amazonaws.com"), granting("nocni", "AmazonEKSWorkerNodePolicy"), granting("nocni", "AmazonEC2ContainerRegistryPullOnly"),
	roleFor("fargate", "eks-fargate-pods.amazonaws.com"), roleFor("pods", "pods.eks.amazonaws.com"), roleFor("admin", "ec2.amazonaws.com"), roleFor("guest", "ec2.amazonaws.com"),
	{"notag", "aws:iam/role:Role", object{"name": "notag", "path": "/", "assumeRolePolicy": strings.Replace(trust("pods.eks.amazonaws.com"), `,"sts:TagSession"`, "", 1)}},
	roleFor("mirrorer", "ecr.amazonaws.com"),
	roleFor("fnrole", "lambda.amazonaws.com"), granting("fnrole", "AWSLambdaVPCAccessExecutionRole"), granting("fnrole", "AWSLambdaSQSQueueExecutionRole"), granting("fnrole", "AmazonSQSFullAccess"),
	granting("fnrole", "AWSLambdaKinesisExecutionRole"), granting("fnrole", "AWSLambdaDynamoDBExecutionRole"),
	roleFor("events", "events.amazonaws.com"), roleFor("scheduler", "scheduler.amazonaws.com"),
	{"edgerole", "aws:iam/role:Role", object{"name": "edgerole", "path": "/", "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`}},

	{"cluster", "aws:eks/cluster:Cluster", object{"name": "main", "version": "1.32", "roleArn": "$eks.arn", "bootstrapSelfManagedAddons": false, "enabledClusterLogTypes": list{"api", "audit"},
		"vpcConfig":    object{"subnetIds": list{"$a.id", "$b.id"}, "securityGroupIds": list{"$sg.id"}, "endpointPublicAccess": true, "endpointPrivateAccess": true, "publicAccessCidrs": list{"192.0.2.0/24"}},
		"accessConfig": object{"authenticationMode": "API"}, "encryptionConfig": object{"provider": object{"keyArn": "$key.arn"}, "resources": list{"secrets"}},
		"kubernetesNetworkConfig": object{"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"}, "upgradePolicy": object{"supportType": "STANDARD"}}},
	{"emptycluster", "aws:eks/cluster:Cluster", object{"name": "idle", "version": "1.34", "roleArn": "$eks.arn", "bootstrapSelfManagedAddons": false,
		"vpcConfig": object{"subnetIds": list{"$a.id", "$b.id"}}, "accessConfig": object{"authenticationMode": "CONFIG_MAP"}}},
	{"oidc", "aws:iam/openIdConnectProvider:OpenIdConnectProvider", object{"url": "$cluster.identities.oidcs.issuer", "clientIdLists": list{"sts.amazonaws.com"}}},
	{"cni", "aws:eks/addon:Addon", object{"clusterName": "$cluster.name", "addonName": "vpc-cni", "addonVersion": "v1.20.0-eksbuild.1"}},
	{"proxy", "aws:eks/addon:Addon", object{"clusterName": "$cluster.name", "addonName": "kube-proxy", "addonVersion": "v1.32.0-eksbuild.1", "configurationValues": "{}", "resolveConflictsOnCreate": "OVERWRITE"}},
	{"template", "aws:ec2/launchTemplate:LaunchTemplate", object{"name": "nodes", "metadataOptions": object{"httpTokens": "required"}}},
	{"fixed", "aws:ec2/launchTemplate:LaunchTemplate", object{"name": "fixed", "instanceType": "t4g.small"}},
	{"nodes", "aws:eks/nodeGroup:NodeGroup", object{"clusterName": "$cluster.name", "nodeGroupName": "system", "nodeRoleArn": "$node.arn", "subnetIds": list{"$a.id", "$b.id"}, "amiType": "AL2023_ARM_64_STANDARD",
		"instanceTypes": list{"t4g.medium"}, "capacityType": "ON_DEMAND", "scalingConfig": object{"minSize": 1.0, "desiredSize": 2.0, "maxSize": 4.0}, "launchTemplate": object{"id": "$template.id", "version": "1"},
		"updateConfig": object{"maxUnavailable": 1.0}, "taints": list{object{"key": "x", "effect": "NO_SCHEDULE"}}, "labels": object{"role": "system"}, "version": "1.32"}},
	{"dns", "aws:eks/addon:Addon", object{"clusterName": "$cluster.name", "addonName": "coredns", "podIdentityAssociations": list{object{"serviceAccount": "coredns", "roleArn": "$pods.arn"}}}},
	{"profile", "aws:eks/fargateProfile:FargateProfile", object{"clusterName": "$cluster.name", "fargateProfileName": "jobs", "podExecutionRoleArn": "$fargate.arn", "subnetIds": list{"$a.id"}, "selectors": list{object{"namespace": "jobs"}}}},
	{"entry", "aws:eks/accessEntry:AccessEntry", object{"clusterName": "$cluster.name", "principalArn": "$admin.arn", "type": "STANDARD", "kubernetesGroups": list{"admins"}}},
	{"linux", "aws:eks/accessEntry:AccessEntry", object{"clusterName": "$cluster.name", "principalArn": "$guest.arn", "type": "EC2_LINUX"}},
	{"grant", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", object{"clusterName": "$cluster.name", "principalArn": "$admin.arn", "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "accessScope": object{"type": "cluster"}}},
	{"pod", "aws:eks/podIdentityAssociation:PodIdentityAssociation", object{"clusterName": "$cluster.name", "namespace": "default", "serviceAccount": "app", "roleArn": "$pods.arn"}},

	{"repo", "aws:ecr/repository:Repository", object{"name": "team/app", "imageTagMutability": "IMMUTABLE", "encryptionConfigurations": list{object{"encryptionType": "KMS", "kmsKey": "$key.arn"}}}},
	{"repolife", "aws:ecr/lifecyclePolicy:LifecyclePolicy", object{"repository": "$repo.name", "policy": lifecycleText}},
	{"repopolicy", "aws:ecr/repositoryPolicy:RepositoryPolicy", object{"repository": "$repo.name", "policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"ecr:BatchGetImage"}]}`}},
	{"mirror", "aws:ecr/pullThroughCacheRule:PullThroughCacheRule", object{"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/hub-abcdef"}},
	{"mirrored", "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", object{"prefix": "hub", "appliedFors": list{"PULL_THROUGH_CACHE"}, "customRoleArn": "$mirrorer.arn",
		"encryptionConfigurations": list{object{"encryptionType": "KMS", "kmsKey": "$key.arn"}}, "resourceTags": object{"team": "shop"}, "lifecyclePolicy": lifecycleText}},

	{"dead", "aws:sqs/queue:Queue", object{"name": "dead", "redriveAllowPolicy": `{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:eu-west-1:111122223333:jobs"]}`}},
	{"queue", "aws:sqs/queue:Queue", object{"name": "jobs", "visibilityTimeoutSeconds": 180.0, "messageRetentionSeconds": 345600.0, "policy": sendPolicy, "sqsManagedSseEnabled": true,
		"redrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":5}`}},
	{"ordered", "aws:sqs/queue:Queue", object{"name": "ordered.fifo", "fifoQueue": true, "contentBasedDeduplication": true, "deduplicationScope": "messageGroup", "fifoThroughputLimit": "perMessageGroupId"}},
	{"plain", "aws:sqs/queue:Queue", object{"name": "plain"}},
	{"queuepolicy", "aws:sqs/queuePolicy:QueuePolicy", object{"queueUrl": "$plain.id", "policy": sendPolicy}},
	{"topic", "aws:sns/topic:Topic", object{"name": "news"}},
	{"fifotopic", "aws:sns/topic:Topic", object{"name": "news.fifo", "fifoTopic": true}},
	{"topicpolicy", "aws:sns/topicPolicy:TopicPolicy", object{"arn": "$topic.arn", "policy": strings.ReplaceAll(strings.ReplaceAll(sendPolicy, "sqs:SendMessage", "sns:Publish"), "sns.amazonaws", "events.amazonaws")}},
	{"sub", "aws:sns/topicSubscription:TopicSubscription", object{"topic": "$topic.arn", "protocol": "sqs", "endpoint": "$queue.arn", "rawMessageDelivery": true, "filterPolicy": `{"kind":["x"]}`}},

	{"layer", "aws:lambda/layerVersion:LayerVersion", object{"layerName": "lib", "code": "zip", "compatibleRuntimes": list{"nodejs22.x"}}},
	{"fn", "aws:lambda/function:Function", object{"name": "api", "role": "$fnrole.arn", "runtime": "python3.13", "handler": "index.handler", "code": "zip", "memorySize": 512.0, "timeout": 30.0, "publish": true,
		"ephemeralStorage": object{"size": 512.0}, "architectures": list{"arm64"}, "environment": object{"variables": object{"STAGE": "dev"}}, "layers": list{"$layer.arn"}, "reservedConcurrentExecutions": 50.0,
		"vpcConfig": object{"subnetIds": list{"$a.id", "$b.id"}, "securityGroupIds": list{"$sg.id"}}, "deadLetterConfig": object{"targetArn": "$dead.arn"}, "kmsKeyArn": "$key.arn", "loggingConfig": object{"logFormat": "JSON", "applicationLogLevel": "INFO"}}},
	{"image", "aws:lambda/function:Function", object{"name": "box", "role": "$fnrole.arn", "packageType": "Image", "imageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app:1"}},
	{"alias", "aws:lambda/alias:Alias", object{"name": "live", "functionName": "$fn.name", "functionVersion": "1"}},
	{"latest", "aws:lambda/alias:Alias", object{"name": "next", "functionName": "$fn.name", "functionVersion": "$fn.version"}},
	{"warm", "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", object{"functionName": "$fn.name", "qualifier": "live", "provisionedConcurrentExecutions": 5.0}},
	{"source", "aws:lambda/eventSourceMapping:EventSourceMapping", object{"functionName": "$fn.arn", "eventSourceArn": "$queue.arn", "batchSize": 10.0, "scalingConfig": object{"maximumConcurrency": 5.0},
		"functionResponseTypes": list{"ReportBatchItemFailures"}, "filterCriteria": object{"filters": list{object{"pattern": `{"body":["x"]}`}}}}},
	{"table", "aws:dynamodb/table:Table", object{"name": "orders", "hashKey": "id", "billingMode": "PAY_PER_REQUEST", "attributes": list{object{"name": "id", "type": "S"}}, "streamEnabled": true, "streamViewType": "NEW_IMAGE"}},
	{"stream", "aws:lambda/eventSourceMapping:EventSourceMapping", object{"functionName": "$fn.arn", "eventSourceArn": "$table.streamArn", "startingPosition": "LATEST"}},
	{"url", "aws:lambda/functionUrl:FunctionUrl", object{"functionName": "$fn.name", "qualifier": "live", "authorizationType": "AWS_IAM", "cors": object{"allowMethods": list{"GET"}, "maxAge": 60.0}}},
	{"allow", "aws:lambda/permission:Permission", object{"function": "$fn.name", "statementId": "sns", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com", "sourceArn": "$topic.arn", "qualifier": "live"}},
	{"async", "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", object{"functionName": "$fn.name", "maximumRetryAttempts": 1.0, "maximumEventAgeInSeconds": 3600.0, "destinationConfig": object{"onFailure": object{"destination": "$dead.arn"}}}},

	{"bus", "aws:cloudwatch/eventBus:EventBus", object{"name": "orders"}},
	{"timer", "aws:cloudwatch/eventRule:EventRule", object{"name": "timer", "scheduleExpression": "rate(5 minutes)"}},
	{"match", "aws:cloudwatch/eventRule:EventRule", object{"name": "match", "eventBusName": "orders", "eventPattern": `{"source":["shop"],"detail":{"state":["new"]}}`}},
	{"target", "aws:cloudwatch/eventTarget:EventTarget", object{"rule": "$timer.name", "targetId": "fn", "arn": "$fn.arn", "input": "{}", "deadLetterConfig": object{"arn": "$dead.arn"}, "retryPolicy": object{"maximumRetryAttempts": 3.0, "maximumEventAgeInSeconds": 60.0}}},
	{"streamtarget", "aws:cloudwatch/eventTarget:EventTarget", object{"rule": "$timer.name", "targetId": "s", "arn": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/x", "roleArn": "$events.arn"}},
	{"shifts", "aws:scheduler/scheduleGroup:ScheduleGroup", object{"name": "shifts"}},
	{"nightly", "aws:scheduler/schedule:Schedule", object{"name": "nightly", "groupName": "shifts", "scheduleExpression": "cron(0 2 ? * MON-FRI *)", "scheduleExpressionTimezone": "Europe/Berlin", "flexibleTimeWindow": object{"mode": "OFF"},
		"target": object{"arn": "$fn.arn", "roleArn": "$scheduler.arn", "retryPolicy": object{"maximumRetryAttempts": 3.0}}}},

	{"zone", "aws:route53/zone:Zone", object{"name": "example.org"}},
	{"cert", "aws:acm/certificate:Certificate", object{"domainName": "example.org", "subjectAlternativeNames": list{"*.example.org"}, "validationMethod": "DNS"}},
	{"certrecord", "aws:route53/record:Record", object{"zoneId": "$zone.id", "name": "$cert.domainValidationOptions.resourceRecordName", "type": "CNAME", "ttl": 60.0, "records": list{"$cert.domainValidationOptions.resourceRecordValue"}}},
	{"certvalid", "aws:acm/certificateValidation:CertificateValidation", object{"certificateArn": "$cert.arn", "validationRecordFqdns": list{"$cert.domainValidationOptions.resourceRecordName"}}},
	{"lonecert", "aws:acm/certificate:Certificate", object{"domainName": "lone.example.org", "validationMethod": "DNS"}},
	{"usa/cert", "aws:acm/certificate:Certificate", object{"domainName": "example.org", "subjectAlternativeNames": list{"*.example.org"}, "validationMethod": "DNS"}},
	{"usa/certvalid", "aws:acm/certificateValidation:CertificateValidation", object{"certificateArn": "$usa_cert.arn"}},
	{"usa/raw", "aws:acm/certificate:Certificate", object{"domainName": "raw.example.org", "validationMethod": "DNS"}},

	{"lb", "aws:lb/loadBalancer:LoadBalancer", object{"name": "app", "internal": true, "loadBalancerType": "application", "subnets": list{"$a.id", "$b.id"}, "securityGroups": list{"$sg.id"}}},
	{"freelb", "aws:lb/loadBalancer:LoadBalancer", object{"name": "free", "internal": true, "loadBalancerType": "application", "subnets": list{"$a.id", "$b.id"}, "securityGroups": list{"$sg.id"}}},
	{"nlb", "aws:lb/loadBalancer:LoadBalancer", object{"name": "net", "internal": true, "loadBalancerType": "network", "subnets": list{"$farnet.id"}}},
	{"listener", "aws:lb/listener:Listener", object{"loadBalancerArn": "$lb.arn", "port": 443.0, "protocol": "HTTPS", "certificateArn": "$cert.arn", "defaultActions": list{object{"type": "fixed-response", "fixedResponse": object{"contentType": "text/plain"}}}}},

	{"addresses", "aws:wafv2/ipSet:IpSet", object{"name": "bad", "scope": "REGIONAL", "ipAddressVersion": "IPV4", "addresses": list{"192.0.2.0/24"}}},
	{"freeset", "aws:wafv2/ipSet:IpSet", object{"name": "free", "scope": "REGIONAL", "ipAddressVersion": "IPV4", "addresses": list{}}},
	{"groupset", "aws:wafv2/regexPatternSet:RegexPatternSet", object{"name": "bots", "scope": "REGIONAL"}},
	{"acl", "aws:wafv2/webAcl:WebAcl", object{"name": "web", "scope": "REGIONAL", "defaultAction": object{"allow": object{}}, "visibilityConfig": seen, "rules": list{
		object{"name": "common", "priority": 1.0, "overrideAction": object{"none": object{}}, "statement": object{"managedRuleGroupStatement": object{"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}}, "visibilityConfig": object{"metricName": "common"}},
		blockRule("rate", 2, object{"rateBasedStatement": object{"limit": 2000.0, "aggregateKeyType": "IP"}}),
		blockRule("set", 3, object{"ipSetReferenceStatement": object{"arn": "$addresses.arn"}})}}},
	{"freeacl", "aws:wafv2/webAcl:WebAcl", object{"name": "free", "scope": "REGIONAL", "defaultAction": object{"block": object{}}, "visibilityConfig": seen}},
	{"usa/acl", "aws:wafv2/webAcl:WebAcl", object{"name": "cdn", "scope": "CLOUDFRONT", "defaultAction": object{"allow": object{}}, "visibilityConfig": seen}},
	{"guard", "aws:wafv2/webAclAssociation:WebAclAssociation", object{"webAclArn": "$acl.arn", "resourceArn": "$lb.arn"}},
	{"wafgroup", "aws:cloudwatch/logGroup:LogGroup", object{"name": "aws-waf-logs-web", "retentionInDays": 7.0}},
	{"waflog", "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", object{"resourceArn": "$acl.arn", "logDestinationConfigs": list{"$wafgroup.arn"}}},

	{"usa/edge", "aws:lambda/function:Function", object{"name": "edge", "role": "$edgerole.arn", "runtime": "nodejs22.x", "handler": "index.handler", "code": "zip", "memorySize": 128.0, "timeout": 5.0, "publish": true}},
	{"usa/slow", "aws:lambda/function:Function", object{"name": "slow", "role": "$edgerole.arn", "runtime": "nodejs22.x", "handler": "index.handler", "code": "zip", "timeout": 60.0, "publish": true}},
	{"assets", "aws:s3/bucketV2:BucketV2", object{"bucket": "plinth-assets"}},
	{"access", "aws:s3/bucketV2:BucketV2", object{"bucket": "plinth-access"}},
	{"owners", "aws:s3/bucketOwnershipControls:BucketOwnershipControls", object{"bucket": "$access.id", "rule": object{"objectOwnership": "BucketOwnerPreferred"}}},
	{"oac", "aws:cloudfront/originAccessControl:OriginAccessControl", object{"name": "site", "originAccessControlOriginType": "s3", "signingBehavior": "always", "signingProtocol": "sigv4"}},
	{"freeoac", "aws:cloudfront/originAccessControl:OriginAccessControl", object{"name": "free", "originAccessControlOriginType": "lambda", "signingBehavior": "always", "signingProtocol": "sigv4"}},
	{"vpcorigin", "aws:cloudfront/vpcOrigin:VpcOrigin", object{"vpcOriginEndpointConfig": object{"arn": "$lb.arn", "name": "app", "httpPort": 80.0, "httpsPort": 443.0, "originProtocolPolicy": "https-only", "originSslProtocols": object{"items": list{"TLSv1.2"}, "quantity": 1.0}}}},
	{"freeorigin", "aws:cloudfront/vpcOrigin:VpcOrigin", object{"vpcOriginEndpointConfig": object{"arn": "$lb.arn", "name": "free", "httpPort": 80.0, "httpsPort": 443.0, "originProtocolPolicy": "https-only", "originSslProtocols": object{"items": list{"TLSv1.2"}, "quantity": 1.0}}}},
	{"cdncache", "aws:cloudfront/cachePolicy:CachePolicy", object{"name": "cache", "minTtl": 0.0, "defaultTtl": 60.0, "maxTtl": 600.0, "parametersInCacheKeyAndForwardedToOrigin": object{"cookiesConfig": object{"cookieBehavior": "none"},
		"headersConfig": object{"headerBehavior": "whitelist", "headers": object{"items": list{"Accept"}}}, "queryStringsConfig": object{"queryStringBehavior": "all"}, "enableAcceptEncodingGzip": true}}},
	{"freecache", "aws:cloudfront/cachePolicy:CachePolicy", object{"name": "free", "parametersInCacheKeyAndForwardedToOrigin": object{"cookiesConfig": object{"cookieBehavior": "none"}, "headersConfig": object{"headerBehavior": "none"}, "queryStringsConfig": object{"queryStringBehavior": "none"}}}},
	{"cdnrequest", "aws:cloudfront/originRequestPolicy:OriginRequestPolicy", object{"name": "request", "cookiesConfig": object{"cookieBehavior": "all"}, "headersConfig": object{"headerBehavior": "allViewer"}, "queryStringsConfig": object{"queryStringBehavior": "all"}}},
	{"freerequest", "aws:cloudfront/originRequestPolicy:OriginRequestPolicy", object{"name": "free", "cookiesConfig": object{"cookieBehavior": "all"}, "headersConfig": object{"headerBehavior": "allViewer"}, "queryStringsConfig": object{"queryStringBehavior": "all"}}},
	{"cdnheaders", "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", object{"name": "headers", "securityHeadersConfig": object{"frameOptions": object{"frameOption": "DENY", "override": true}}}},
	{"freeheaders", "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", object{"name": "free"}},
	{"cdnfunction", "aws:cloudfront/function:Function", object{"name": "rewrite", "runtime": "cloudfront-js-2.0", "code": "function handler(event) { return event.request }", "publish": true}},
	{"freefunction", "aws:cloudfront/function:Function", object{"name": "free", "runtime": "cloudfront-js-2.0", "code": "x", "publish": true}},
	{"pem", "aws:cloudfront/publicKey:PublicKey", object{"name": "signer", "encodedKey": signerKey}},
	{"freepem", "aws:cloudfront/publicKey:PublicKey", object{"name": "free", "encodedKey": signerKey}},
	{"keygroup", "aws:cloudfront/keyGroup:KeyGroup", object{"name": "signers", "items": list{"$pem.id"}}},
	{"freekeys", "aws:cloudfront/keyGroup:KeyGroup", object{"name": "free", "items": list{"$pem.id"}}},
	{"cdn", "aws:cloudfront/distribution:Distribution", object{"enabled": true, "aliases": list{"www.example.org"}, "httpVersion": "http2and3", "priceClass": "PriceClass_100", "defaultRootObject": "index.html", "webAclId": "$usa_acl.arn",
		"loggingConfig": object{"bucket": "plinth-access.s3.amazonaws.com"}, "restrictions": object{"geoRestriction": object{"restrictionType": "none"}},
		"viewerCertificate": object{"acmCertificateArn": "$usa_cert.arn", "sslSupportMethod": "sni-only", "minimumProtocolVersion": "TLSv1.2_2021"},
		"origins": list{
			object{"originId": "site", "domainName": "plinth-assets.s3.eu-west-1.amazonaws.com", "originAccessControlId": "$oac.id", "originShield": object{"enabled": true, "originShieldRegion": "eu-west-1"}},
			object{"originId": "app", "domainName": "app.example.org", "vpcOriginConfig": object{"vpcOriginId": "$vpcorigin.id"}},
			object{"originId": "api", "domainName": "api.example.org", "originPath": "/v1", "connectionAttempts": 3.0, "customHeaders": list{object{"name": "X-Secret", "value": "x"}}, "customOriginConfig": object{"httpPort": 80.0, "httpsPort": 443.0, "originProtocolPolicy": "https-only", "originSslProtocols": list{"TLSv1.2"}, "originReadTimeout": 30.0}}},
		"originGroups":         list{object{"originId": "both", "failoverCriteria": object{"statusCodes": list{500.0, 503.0}}, "members": list{object{"originId": "site"}, object{"originId": "api"}}}},
		"defaultCacheBehavior": behavior, "customErrorResponses": list{object{"errorCode": 404.0, "responseCode": 200.0, "responsePagePath": "/index.html"}},
		"orderedCacheBehaviors": list{object{"pathPattern": "/api/*", "targetOriginId": "api", "viewerProtocolPolicy": "https-only", "allowedMethods": list{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}, "cachedMethods": list{"GET", "HEAD"}, "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "originRequestPolicyId": "$cdnrequest.id",
			"lambdaFunctionAssociations": list{object{"eventType": "viewer-request", "lambdaArn": "$usa_edge.qualifiedArn"}}}}}},
}

// managedRules are the rules this file's deployment is for.
func managedRules() []Rule {
	return slices.Concat(eksRules, ecrRules, lambdaRules, messagingRules, cloudfrontRules, certificateRules, wafRules)
}

// buildManaged deploys managed. A name that begins with "usa/" is deployed to us-east-1 and referred to as usa_name.
func buildManaged(t testing.TB) (*World, map[string]*Resource, map[string]Obj) {
	w, made, given := NewWorld(1), map[string]*Resource{}, map[string]Obj{}
	for _, th := range managed {
		typ, err := facts.Lookup(th.token)
		require.NoError(t, err, th.name)
		where := home
		if strings.HasPrefix(th.name, "usa/") {
			where = virginia
		}
		name := strings.Replace(th.name, "/", "_", 1)
		given[name] = fillAll(th.props, made).(map[string]any)
		r := &Request{World: w, Scope: where, Op: Create, Kind: KindOf(th.token), Token: th.token, URN: "urn:" + th.name, New: with(given[name], nil)}
		for _, rule := range managedRules() {
			if slices.Contains(strings.Fields(rule.Kinds), r.Kind) && rule.On&Create != 0 {
				require.Empty(t, rule.Check(r), "%s: %s", th.name, rule.ID)
			}
		}
		_, err = w.Apply(r, typ.Recompute, typ.Properties)
		require.NoError(t, err, th.name)
		made[name] = w.lookup(where, r.Kind, identity(r.Kind, r.ID, r.New))
	}
	return w, made, given
}

// fillAll is fillIn for values that go through lists on the way.
func fillAll(v any, made map[string]*Resource) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, e := range v {
			out[k] = fillAll(e, made)
		}
		return out
	case list:
		out := list{}
		for _, e := range v {
			out = append(out, fillAll(e, made))
		}
		return out
	case string:
		name, path, ok := strings.Cut(strings.TrimPrefix(v, "$"), ".")
		r := made[name]
		if !strings.HasPrefix(v, "$") || !ok || r == nil {
			return v
		}
		if path == "id" {
			return r.ID
		}
		if found := collect(map[string]any(r.Props), path); len(found) > 0 {
			return found[0]
		}
	}
	return v
}

// managedRequest makes the request that a fault describes.
func managedRequest(t *testing.T, f fault) *Request {
	w, made, given := buildManaged(t)
	for _, th := range f.also {
		w.Put(&Resource{Scope: home, Token: th.token, URN: th.name, Props: fillAll(th.props, made).(map[string]any)})
	}
	res := made[f.on]
	require.NotNil(t, res, f.on)
	for i := range f.many {
		w.put(&Resource{Scope: res.Scope, Kind: res.Kind, Token: res.Token, ID: fmt.Sprint("copy-", i), Props: facts.Clone(map[string]any(res.Props))})
	}
	r := &Request{World: w, Scope: res.Scope, Op: f.op, Kind: res.Kind, Token: res.Token, URN: res.URN}
	if f.region != "" {
		r.Region = f.region
	}
	changes := fillAll(f.set, made).(map[string]any)
	switch f.op {
	case Create:
		delete(w.kinds[res.Kind], res.key(res.Kind, identity(res.Kind, res.ID, res.Props)))
		r.New = with(given[f.on], changes)
	case Update:
		r.ID, r.Old, r.New = res.ID, res.Props, with(res.Props, changes)
	case Delete:
		r.ID, r.Old = res.ID, with(res.Props, changes)
	}
	return r
}

// TestManagedRules breaks every rule of the managed services, and checks that all of them accept the same request without the fault.
func TestManagedRules(t *testing.T) {
	byID, broken := map[string]Rule{}, map[string]bool{}
	for _, rule := range managedRules() {
		require.NotContains(t, byID, rule.ID)
		require.NotEmpty(t, rule.Code, rule.ID)
		require.NotEmpty(t, rule.Source, rule.ID)
		byID[rule.ID] = rule
	}
	for i, f := range managedFaults {
		rule, ok := byID[f.rule]
		require.True(t, ok, f.rule)
		broken[f.rule] = true
		t.Run(fmt.Sprint(f.rule, "-", i), func(t *testing.T) {
			require.NotZero(t, rule.On&f.op, "the rule is not asked on this operation")
			pass := f
			pass.set, pass.also, pass.many, pass.region = nil, nil, 0, ""
			if f.pass != "" {
				pass.on = f.pass
			}
			good := managedRequest(t, pass)
			require.Contains(t, strings.Fields(rule.Kinds), good.Kind)
			assert.Empty(t, rule.Check(good), "refused although nothing is wrong")
			assert.NotEmpty(t, rule.Check(managedRequest(t, f)), "accepted although it is wrong")
		})
	}
	for id, rule := range byID {
		if path, ok := strings.CutSuffix(strings.TrimPrefix(id, rule.Kinds+"."), "-exists"); ok {
			broken[id] = true
			var v any = "nothing"
			for _, step := range slices.Backward(strings.Split(path, ".")) {
				v = object{step: v}
			}
			r := &Request{World: NewWorld(1), Scope: home, Op: Create, Kind: rule.Kinds, New: v.(object)}
			assert.NotEmpty(t, rule.Check(r), id)
		}
		assert.True(t, broken[id], "rule %s has no failing example", id)
	}
}
