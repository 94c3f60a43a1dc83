package cost

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// freeTypes are what AWS takes no money for, with the reason. A name that ends in a slash
// or a colon stands for all types that begin with it.
var freeTypes = []struct {
	why   string
	types []string
}{
	{"permissions are free", []string{
		"aws:iam/", "aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
		"aws:eks/podIdentityAssociation:PodIdentityAssociation", "aws:lambda/permission:Permission", "aws:kms/grant:Grant",
		"aws:s3/bucketPolicy:BucketPolicy", "aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy",
		"aws:secretsmanager/secretPolicy:SecretPolicy", "aws:backup/vaultPolicy:VaultPolicy", "aws:ecr/repositoryPolicy:RepositoryPolicy",
		"aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "aws:cloudfront/originAccessControl:OriginAccessControl",
		"aws:elasticache/user:User", "aws:elasticache/userGroup:UserGroup",
	}},
	{"a network and its rules are free", []string{
		"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route",
		"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/internetGateway:InternetGateway",
		"aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "aws:ec2/securityGroup:SecurityGroup",
		"aws:ec2/securityGroupRule:SecurityGroupRule", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		"aws:ec2/networkAcl:NetworkAcl", "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
		"aws:ec2/networkInterface:NetworkInterface", "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
		"aws:ec2/eipAssociation:EipAssociation", "aws:cloudfront/vpcOrigin:VpcOrigin",
	}},
	{"settings of something that is paid for", []string{
		"aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule", "aws:lb/targetGroup:TargetGroup",
		"aws:lb/targetGroupAttachment:TargetGroupAttachment", "aws:autoscaling/policy:Policy", "aws:autoscaling/attachment:Attachment",
		"aws:rds/subnetGroup:SubnetGroup", "aws:rds/parameterGroup:ParameterGroup", "aws:rds/clusterParameterGroup:ClusterParameterGroup",
		"aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "aws:rds/eventSubscription:EventSubscription",
		"aws:elasticache/subnetGroup:SubnetGroup", "aws:elasticache/parameterGroup:ParameterGroup", "aws:kms/alias:Alias",
		"aws:secretsmanager/secretVersion:SecretVersion", "aws:secretsmanager/secretRotation:SecretRotation",
		"aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
		"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucketNotification:BucketNotification",
		"aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
		"aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "aws:sqs/redrivePolicy:RedrivePolicy",
		"aws:sns/topicSubscription:TopicSubscription", "aws:lambda/alias:Alias", "aws:lambda/functionUrl:FunctionUrl",
		"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "aws:lambda/eventSourceMapping:EventSourceMapping",
		"aws:cloudfront/cachePolicy:CachePolicy", "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
		"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "aws:wafv2/webAclAssociation:WebAclAssociation",
		"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "aws:wafv2/ipSet:IpSet", "aws:ec2/volumeAttachment:VolumeAttachment",
		"aws:backup/selection:Selection", "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
		"aws:route53/record:Record", "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy",
	}},
	{"rules on the bus of AWS's own events are free", []string{"aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"}},
	{"public certificates are free", []string{"aws:acm/certificateValidation:CertificateValidation"}},
	{inCluster, []string{
		nodeClass, "kubernetes:eks.amazonaws.com/v1:IngressClassParams", "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams",
		"kubernetes:eks.amazonaws.com/v1:TargetGroupBinding", "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
	}},
	{"add-ons are free; their pods run on machines that are paid for", []string{"aws:eks/addon:Addon"}},
	{"nothing of it is in a cloud", []string{"pulumi:", "random:", "tls:", "command:", "time:", "archive:", "std:"}},
}

// builtIn are the groups of Kubernetes itself. What others define may make anything.
var builtIn = []string{
	"core", "apps", "batch", "policy", "autoscaling", "networking.k8s.io", "storage.k8s.io", "rbac.authorization.k8s.io", "scheduling.k8s.io",
	"coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "node.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io",
}

// notFreeKinds are types of those groups that make what is paid for, and have no meter.
var notFreeKinds = []string{"kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:core/v1:Pod", "kubernetes:core/v1:PersistentVolume",
	"kubernetes:core/v1:ReplicationController", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"}

// freeOfCharge is whether a resource is known to cost nothing by itself, and why. What a
// stack groups its resources by has children, and is of no provider.
func freeOfCharge(r *rule.Resource, hasChildren bool) (string, bool) {
	for _, some := range freeTypes {
		for _, token := range some.types {
			if r.Type == token || strings.HasSuffix(token, "/") && strings.HasPrefix(r.Type, token) || strings.HasSuffix(token, ":") && strings.HasPrefix(r.Type, token) {
				return some.why, true
			}
		}
	}
	if of, is := strings.CutPrefix(r.Type, "kubernetes:"); is {
		group, _, _ := strings.Cut(of, "/")
		if slices.Contains(builtIn, group) {
			return inCluster, !slices.Contains(notFreeKinds, r.Type)
		}
	}
	if hasChildren && r.ProviderURN == "" && !strings.HasPrefix(r.Type, "aws:") {
		return "its parts are told of", true
	}
	return "", false
}
