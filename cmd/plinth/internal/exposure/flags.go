package exposure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens that flags are about, besides those of other files.
const (
	bucket       = "aws:s3/bucket:Bucket"
	accessPoint  = "aws:s3/accessPoint:AccessPoint"
	bucketBlock  = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	accountBlock = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
	functionUrl  = "aws:lambda/functionUrl:FunctionUrl"
	launchConfig = "aws:ec2/launchConfiguration:LaunchConfiguration"
	spotRequest  = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
)

// flag is a property that opens something by its value or, if it guards, keeps it closed.
type flag struct {
	types []string
	// path is where it is, empty if the resource opens something by being there.
	path   string
	kind   Kind
	set    func(rule.Value) bool // asked of any of the values, and of an absent one if there is none
	what   string                // what is told when it opens, or keeps closed no more
	wide   bool
	guards bool
	// of is where what is guarded is named, if that is another resource.
	of string
	// groups is where the security groups are that keep others away all the same.
	groups string
}

// address is what is told of what everybody can reach whom nothing else keeps away.
const address = "%s gets an address on the internet"

// What is told of public access blocks, by what is turned off.
const (
	publicPolicies = "policies that make it public are no longer blocked (%s)"
	publicAcls     = "public ACLs are no longer blocked (%s)"
)

// ofAccount says that a whole account is guarded, the one of the provider.
const ofAccount = "account"

var flags = []flag{
	{types: []string{
		"aws:rds/clusterInstance:ClusterInstance", "aws:rds/shardGroup:ShardGroup", "aws:neptune/clusterInstance:ClusterInstance",
	}, path: "publiclyAccessible", kind: Endpoint, set: rule.IsTrue, what: address, wide: true},
	{types: []string{"aws:rds/instance:Instance", "aws:dms/replicationInstance:ReplicationInstance"}, path: "publiclyAccessible", kind: Endpoint,
		set: rule.IsTrue, what: address, wide: true, groups: "vpcSecurityGroupIds[]"},
	{types: []string{"aws:redshiftserverless/workgroup:Workgroup"}, path: "publiclyAccessible", kind: Endpoint, set: rule.IsTrue, what: address, wide: true, groups: "securityGroupIds[]"},
	{types: []string{"aws:mq/broker:Broker"}, path: "publiclyAccessible", kind: Endpoint, set: rule.IsTrue, what: address, wide: true, groups: "securityGroups[]"},
	{types: []string{"aws:redshift/cluster:Cluster"}, path: "publiclyAccessible", kind: Endpoint, set: rule.NotFalse, what: address, wide: true, groups: "vpcSecurityGroupIds[]"},
	{types: []string{"aws:msk/cluster:Cluster"}, path: "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", kind: Endpoint,
		set: rule.Is("SERVICE_PROVIDED_EIPS"), what: address, wide: true, groups: "brokerNodeGroupInfo.securityGroups[]"},
	{types: []string{"aws:ec2/instance:Instance", launchConfig, spotRequest}, path: "associatePublicIpAddress", kind: Endpoint, set: rule.IsTrue, what: address},
	{types: []string{"aws:ec2/launchTemplate:LaunchTemplate"}, path: "networkInterfaces[].associatePublicIpAddress", kind: Endpoint,
		set: rule.IsTrue, what: "gives its instances addresses on the internet"},
	{types: []string{"aws:ecs/service:Service"}, path: "networkConfiguration.assignPublicIp", kind: Endpoint, set: rule.IsTrue, what: "gives its tasks addresses on the internet"},
	{types: []string{"aws:ec2/subnet:Subnet"}, path: "mapPublicIpOnLaunch", kind: Endpoint, set: rule.IsTrue, what: "gives what is launched in it an address on the internet"},
	{types: []string{"aws:ec2/defaultSubnet:DefaultSubnet"}, path: "mapPublicIpOnLaunch", kind: Endpoint, set: rule.NotFalse,
		what: "gives what is launched in it an address on the internet"},
	{types: []string{"aws:ec2/eip:Eip"}, path: "instance", kind: Endpoint, set: rule.IsSet, what: "gives an instance an address on the internet"},
	{types: []string{"aws:ec2/eip:Eip"}, path: "networkInterface", kind: Endpoint, set: rule.IsSet, what: "gives a network interface an address on the internet"},
	{types: []string{"aws:ec2/eipAssociation:EipAssociation"}, kind: Endpoint, what: "gives an instance or a network interface an address on the internet"},
	{types: []string{loadBalancer, classicLb}, path: "internal", kind: Endpoint, set: rule.NotTrue, what: "faces the internet"},
	{types: []string{cluster}, path: "vpcConfig.endpointPublicAccess", kind: Endpoint, set: rule.NotFalse, what: "the API of " + address},
	{types: []string{distribution}, path: "enabled", kind: Endpoint, set: rule.NotFalse, what: "serves the internet"},
	{types: []string{"aws:globalaccelerator/accelerator:Accelerator"}, path: "enabled", kind: Endpoint, set: rule.NotFalse, what: address},
	{types: []string{"aws:apigateway/restApi:RestApi"}, path: "endpointConfiguration.types", kind: Endpoint,
		set: not(func(v rule.Value) bool { return rule.Is("PRIVATE")(v) || rule.Is("PRIVATE")(first(v)) }), what: address},
	{types: []string{"aws:apigatewayv2/api:Api"}, kind: Endpoint, what: address},
	{types: []string{"aws:appsync/graphQLApi:GraphQLApi"}, path: "visibility", kind: Endpoint, set: not(rule.Is("PRIVATE")), what: address},
	{types: []string{"aws:apprunner/service:Service"}, path: "networkConfiguration.ingressConfiguration.isPubliclyAccessible", kind: Endpoint,
		set: rule.NotFalse, what: address},
	{types: []string{"aws:transfer/server:Server"}, path: "endpointType", kind: Endpoint, set: rule.OrAbsent(rule.Is("PUBLIC")), what: address},
	{types: []string{"aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"}, path: "vpcOptions", kind: Endpoint,
		set: rule.Value.IsAbsent, what: address + ": it is in no VPC"},
	{types: []string{"aws:ecrpublic/repository:Repository"}, kind: Endpoint, what: "its images are for everybody", wide: true},
	{types: []string{functionUrl}, kind: Endpoint, what: address},
	{types: []string{bucket, "aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/objectCopy:ObjectCopy"},
		path: "acl", kind: Endpoint, set: rule.Is("public-read", "public-read-write", "authenticated-read"), what: "its ACL lets everybody in", wide: true},
	{types: []string{bucket}, path: "grants[].uri", kind: Endpoint, set: everybodys, what: "its ACL lets everybody in", wide: true},
	{types: []string{"aws:s3/bucketAcl:BucketAcl"}, path: "accessControlPolicy.grants[].grantee.uri", kind: Endpoint, set: everybodys,
		what: "its ACL lets everybody in", wide: true},
	{types: []string{"aws:ec2/amiLaunchPermission:AmiLaunchPermission"}, path: "group", kind: Endpoint, set: rule.Is("all"), what: "its image is for everybody", wide: true},
	{types: []string{"aws:rds/snapshot:Snapshot", "aws:rds/clusterSnapshot:ClusterSnapshot", "aws:rds/snapshotCopy:SnapshotCopy"}, path: "sharedAccounts[]", kind: Endpoint,
		set: rule.Is("all"), what: "the snapshot is for everybody", wide: true},
	{types: []string{functionUrl}, path: "authorizationType", kind: Network, set: rule.Is("NONE"), what: "everybody on the internet may call it, without a signature", wide: true},
	{types: []string{"aws:apigateway/method:Method"}, path: "authorization", kind: Network, set: rule.Is("NONE"), what: "it asks nobody who calls"},
	{types: []string{"aws:apigatewayv2/route:Route"}, path: "authorizationType", kind: Network, set: rule.OrAbsent(rule.Is("NONE")), what: "it asks nobody who calls"},
	{types: []string{"aws:msk/cluster:Cluster"}, path: "clientAuthentication.unauthenticated", kind: Network, set: rule.IsTrue, what: "it asks nobody who connects"},
	{types: []string{distribution}, path: "defaultCacheBehavior.viewerProtocolPolicy", kind: Network, set: rule.Is("allow-all"), what: "serves by plain HTTP too"},
	{types: []string{distribution}, path: "orderedCacheBehaviors[].viewerProtocolPolicy", kind: Network, set: rule.Is("allow-all"), what: "serves some paths by plain HTTP too"},
	{types: []string{"kubernetes:core/v1:Service"}, path: "spec.type", kind: Endpoint, set: rule.Is("LoadBalancer"), what: "has a load balancer of its own"},
	{types: []string{"kubernetes:core/v1:Service"}, path: "spec.type", kind: Network, set: rule.Is("NodePort"), what: "is open at a port of every node"},
	{types: []string{"kubernetes:eks.amazonaws.com/v1:IngressClassParams", "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"}, path: "spec.scheme", kind: Endpoint,
		set: rule.Is("internet-facing"), what: "its load balancers face the internet"},
	{types: []string{"aws:iam/user:User"}, kind: Trust, what: "is a new user"},
	{types: []string{"aws:iam/accessKey:AccessKey"}, kind: Trust, what: "is a new key of a user, which does not expire"},
	{types: []string{"aws:iam/userLoginProfile:UserLoginProfile"}, kind: Trust, what: "a user may sign in with a password"},

	{types: []string{bucketBlock}, path: "blockPublicAcls", kind: Endpoint, set: rule.IsTrue, guards: true, of: "bucket", what: publicAcls},
	{types: []string{bucketBlock}, path: "ignorePublicAcls", kind: Endpoint, set: rule.IsTrue, guards: true, of: "bucket", what: publicAcls},
	{types: []string{bucketBlock}, path: "blockPublicPolicy", kind: Endpoint, set: rule.IsTrue, guards: true, of: "bucket", what: publicPolicies},
	{types: []string{bucketBlock}, path: "restrictPublicBuckets", kind: Endpoint, set: rule.IsTrue, guards: true, of: "bucket", what: publicPolicies},
	{types: []string{accountBlock}, path: "blockPublicAcls", kind: Endpoint, set: rule.IsTrue, guards: true, of: ofAccount, what: publicAcls},
	{types: []string{accountBlock}, path: "ignorePublicAcls", kind: Endpoint, set: rule.IsTrue, guards: true, of: ofAccount, what: publicAcls},
	{types: []string{accountBlock}, path: "blockPublicPolicy", kind: Endpoint, set: rule.IsTrue, guards: true, of: ofAccount, what: publicPolicies},
	{types: []string{accountBlock}, path: "restrictPublicBuckets", kind: Endpoint, set: rule.IsTrue, guards: true, of: ofAccount,
		what: publicPolicies},
	{types: []string{"aws:secretsmanager/secretPolicy:SecretPolicy"}, path: "blockPublicPolicy", kind: Endpoint, set: rule.IsTrue, guards: true, of: "secretArn",
		what: "a public policy of the secret is not refused any more"},
	{types: []string{"aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess"}, path: "state", kind: Endpoint, set: not(rule.Is("unblocked")), guards: true, of: ofAccount,
		what: "public snapshots are not blocked any more"},
	{types: []string{"aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess"}, path: "state", kind: Endpoint, set: not(rule.Is("unblocked")), guards: true, of: ofAccount,
		what: "public images are not blocked any more"},
	{types: []string{"aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"}, path: "internetGatewayBlockMode", kind: Network,
		set: not(rule.Is("off")), guards: true, of: ofAccount, what: "the VPCs of the region are not kept from the internet any more"},
	{types: []string{distribution}, path: "webAclId", kind: Network, set: rule.IsSet, guards: true, what: "no web ACL looks at requests any more"},
	{types: []string{"aws:wafv2/webAclAssociation:WebAclAssociation", "aws:wafregional/webAclAssociation:WebAclAssociation"}, path: "webAclArn", kind: Network,
		set: always, guards: true, of: "resourceArn", what: "no web ACL looks at requests any more"},
	{types: []string{"aws:lb/listener:Listener"}, path: "defaultActions[].type", kind: Network, set: signsIn, guards: true, what: "nobody has to sign in any more"},
	{types: []string{"aws:lb/listenerRule:ListenerRule"}, path: "actions[].type", kind: Network, set: signsIn, guards: true, what: "nobody has to sign in any more"},
	{types: []string{"aws:elasticache/replicationGroup:ReplicationGroup"}, path: "authToken", kind: Network, set: rule.IsSet, guards: true,
		what: "no token is asked of who connects any more"},
	{types: []string{"aws:elasticache/replicationGroup:ReplicationGroup"}, path: "userGroupIds[]", kind: Network, set: rule.IsSet, guards: true,
		what: "no user group says any more who may connect"},
	{types: []string{"aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/cluster:Cluster"}, path: "transitEncryptionEnabled", kind: Network,
		set: rule.IsTrue, guards: true, what: "what is sent is not encrypted any more"},
	{types: []string{domain, "aws:elasticsearch/domain:Domain"}, path: "advancedSecurityOptions.enabled", kind: Network, set: rule.IsTrue, guards: true,
		what: "no users and roles of its own limit who connects any more"},
	{types: []string{accessPoint}, path: "publicAccessBlockConfiguration.blockPublicAcls", kind: Endpoint, set: rule.NotFalse, guards: true, what: publicAcls},
	{types: []string{accessPoint}, path: "publicAccessBlockConfiguration.ignorePublicAcls", kind: Endpoint, set: rule.NotFalse, guards: true, what: publicAcls},
	{types: []string{accessPoint}, path: "publicAccessBlockConfiguration.blockPublicPolicy", kind: Endpoint, set: rule.NotFalse, guards: true, what: publicPolicies},
	{types: []string{accessPoint}, path: "publicAccessBlockConfiguration.restrictPublicBuckets", kind: Endpoint, set: rule.NotFalse, guards: true,
		what: publicPolicies},
	{types: []string{"aws:iam/role:Role", "aws:iam/user:User"}, path: "permissionsBoundary", kind: Permission, set: rule.IsSet, guards: true,
		what: "no permissions boundary limits it any more"},
}

// flagReaders are flags by type.
func flagReaders() map[string]func(*side, *rule.Resource) {
	byType := map[string][]flag{}
	for _, f := range flags {
		for _, t := range f.types {
			byType[t] = append(byType[t], f)
		}
	}
	all := map[string]func(*side, *rule.Resource){}
	for t, some := range byType {
		all[t] = func(s *side, r *rule.Resource) {
			for _, f := range some {
				f.read(s, r)
			}
		}
	}
	return all
}

func (f flag) read(s *side, r *rule.Resource) {
	property, _, _ := strings.Cut(strings.ReplaceAll(f.path, "[]", "."), ".")
	c := claim{by: r, kind: f.kind, property: property, on: s.self(r) + "|" + f.path, right: token(f.what), frame: f.what, item: r.Name, wide: f.wide, guards: f.guards, groups: f.groups}
	owner := ""
	switch f.of {
	case "":
	case ofAccount:
		c.on, owner = r.ProviderURN+" "+f.path, "the whole account"
	default:
		of := s.of(r, r.Get(f.of))
		c.on, owner = of+"|"+f.path, s.name(of)
	}
	if f.what == publicPolicies || f.what == publicAcls {
		c.subject, c.item = cmp.Or(owner, r.Name)+":", f.path[strings.LastIndex(f.path, ".")+1:]
	} else if owner != "" && f.of != ofAccount {
		c.frame = owner + ": " + f.what
	}
	if f.path == "" {
		s.add(c)
		return
	}
	values := r.Select(f.path)
	if len(values) == 0 {
		values = []rule.Value{{}}
	}
	switch {
	case slices.ContainsFunc(values, f.set):
		s.add(c)
	case slices.ContainsFunc(values, hidden):
		s.notKnown(r, f.kind, property, f.path)
	}
}

// signsIn accepts the actions of load balancers that let nobody pass who has not signed in.
func signsIn(v rule.Value) bool {
	return rule.Is("authenticate-oidc", "authenticate-cognito", "jwt-validation")(v)
}

func always(rule.Value) bool { return true }

func not(ok func(rule.Value) bool) func(rule.Value) bool {
	return func(v rule.Value) bool { return !v.IsUnknown() && !ok(v) }
}

// first is the first of a list, if v is one.
func first(v rule.Value) rule.Value {
	if items := v.Items(); len(items) > 0 {
		return items[0]
	}
	return rule.Value{}
}

// everybodys accepts the groups of an ACL that everybody is in, be it with any AWS account.
func everybodys(v rule.Value) bool {
	group, _ := readable(v)
	return strings.HasSuffix(group, "/AllUsers") || strings.HasSuffix(group, "/AuthenticatedUsers")
}
