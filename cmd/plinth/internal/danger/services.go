package danger

import "github.com/plinth-iac/plinth/policies/rule"

const (
	otherName    = "has another DNS name"
	otherAddress = "has another address"

	drained = "the old machines are drained, and the pods on them move"
)

// services are what others use: what they miss while it is away, and by what a new one is
// another one to them.
var services = map[string][]missed{
	// Networks. What AWS has put into one cannot move.
	"aws:ec2/vpc:Vpc": {{
		kind: Outage, with: "the network of all that is in it", fresh: "is another network",
		rejects: "AWS, which moves no subnet group, load balancer and cluster to it",
		instead: map[string]string{
			"cidrBlock": "keep it, and add addresses with a VpcIpv4CidrBlockAssociation",
		},
	}},
	"aws:ec2/subnet:Subnet": {{
		kind: Outage, with: "the addresses of what is in it",
		instead: map[string]string{
			"cidrBlock":        "make another subnet beside it by another name, move what is in it, and delete this one with a later change",
			"availabilityZone": "make another subnet beside it by another name, move what is in it, and delete this one with a later change",
		},
	}},
	"aws:ec2/internetGateway:InternetGateway":                     {{kind: Outage, with: "the way in from and out to the internet"}},
	"aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": {{kind: Outage, with: "the way out to the internet by IPv6"}},
	"aws:ec2/natGateway:NatGateway": {{
		kind: Outage, with: "the way out to the internet of the subnets whose routes lead to it",
	}},
	"aws:ec2/routeTable:RouteTable":                       {{kind: Outage, with: "the routes of its subnets"}},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {{kind: Outage, with: "the routes of its subnet"}},
	"aws:ec2/route:Route":                                 {{kind: Outage, with: "the way to where it leads"}},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                     {{kind: Outage, with: "the private way to a service of AWS"}},
	"aws:ec2/vpcPeeringConnection:VpcPeeringConnection":   {{kind: Outage, with: "the way to another VPC", fresh: "has to be accepted again, and no route leads to it yet"}},
	"aws:ec2/vpnGateway:VpnGateway":                       {{kind: Outage, with: "the way to another network"}},
	"aws:ec2/vpnConnection:VpnConnection":                 {{kind: Outage, with: "the way to another network", fresh: "has other tunnels, which the other side has to set up"}},
	"aws:ec2/customerGateway:CustomerGateway":             {{kind: Outage, with: "the way to another network"}},
	"aws:ec2transitgateway/transitGateway:TransitGateway": {{kind: Outage, with: "the ways between all that is attached to it", fresh: "has nothing attached that others attach"}},
	"aws:ec2transitgateway/vpcAttachment:VpcAttachment":   {{kind: Outage, with: "the way to the transit gateway"}},
	"aws:ec2clientvpn/endpoint:Endpoint":                  {{kind: Outage, with: "the way in of its users", fresh: otherName}},
	"aws:directconnect/connection:Connection":             {{kind: Outage, with: "the line to another network", fresh: "is another line, which AWS has to lay"}},
	"aws:networkfirewall/firewall:Firewall":               {{kind: Outage, with: "the way through it", stops: []guard{protectedBy("deleteProtection")}, identity: "name"}},

	// Load balancers, and what is behind them.
	"aws:lb/loadBalancer:LoadBalancer": {{
		kind: Outage, with: "the way in to what is behind it", fresh: otherName, stops: []guard{protectedBy("enableDeletionProtection")}, identity: "name",
	}},
	"aws:elb/loadBalancer:LoadBalancer": {{kind: Outage, with: "the way in to what is behind it", fresh: otherName, identity: "name"}},
	"aws:lb/targetGroup:TargetGroup":    {{kind: Outage, with: "the way to its targets", identity: "name"}},
	"aws:lb/listener:Listener":          {{kind: Outage, with: "the way in by its port"}},
	"aws:lb/listenerRule:ListenerRule":  {{kind: Outage, with: "the way in to what it leads to"}},
	"aws:acm/certificate:Certificate": {{
		kind: Outage, with: "the proof of its domain names", identity: "domainName",
		stops: []guard{{says: "AWS while something uses it"}},
	}},
	"aws:route53/record:Record":                 {{kind: Outage, with: "a name that others look up", identity: "name"}},
	"aws:cloudfront/vpcOrigin:VpcOrigin":        {{kind: Outage, with: "the way from the distribution to its origin"}},
	"aws:globalaccelerator/listener:Listener":   {{kind: Outage, with: "the way in by its ports"}},
	"aws:cognito/userPoolDomain:UserPoolDomain": {{kind: Outage, with: "the pages to sign in with", identity: "domain"}},

	// Machines and what runs on them. A machine is gone with its root disk.
	"aws:ec2/instance:Instance": {{
		kind: Outage, with: "its root disk", fresh: "starts from its image, and has another address", stops: []guard{leftAs(protectedBy("disableApiTermination"))},
		keeps:   []guard{{when: having("rootBlockDevice.deleteOnTermination", rule.IsFalse), says: "its root disk (rootBlockDevice.deleteOnTermination)"}},
		instead: map[string]string{"ami": "list it in ignoreChanges, and update the machine itself"},
	}},
	"aws:autoscaling/group:Group":                     {{kind: Outage, with: "all its machines", identity: "name"}},
	"aws:eks/nodeGroup:NodeGroup":                     {{kind: Outage, with: "its machines, from which pods are moved first", moves: drained, identity: "nodeGroupName"}},
	"aws:eks/fargateProfile:FargateProfile":           {{kind: Outage, with: "the pods that run by it", identity: "fargateProfileName"}},
	"aws:ecs/cluster:Cluster":                         {{kind: Outage, with: "all services in it", identity: "name"}},
	"aws:ecs/service:Service":                         {{kind: Outage, with: "all its tasks", identity: "name"}},
	"aws:apprunner/service:Service":                   {{kind: Outage, with: "all its machines", fresh: otherName, identity: "serviceName"}},
	"aws:elasticbeanstalk/environment:Environment":    {{kind: Outage, with: "all its machines", identity: "name"}},
	"aws:batch/computeEnvironment:ComputeEnvironment": {{kind: Outage, with: "the machines that its jobs run on"}},
	"aws:lambda/function:Function": {{
		kind: Outage, with: "all its versions", keeps: []guard{{when: isTrue("skipDestroy"), says: "skipDestroy, which leaves it in AWS"}}, identity: "name",
	}},
	"aws:lambda/alias:Alias":             {{kind: Outage, with: "the name that it is called by", identity: "name"}},
	"aws:lambda/functionUrl:FunctionUrl": {{kind: Outage, with: "the address that it is called by", fresh: otherAddress}},
	"aws:lambda/eventSourceMapping:EventSourceMapping": {{
		kind: Outage, with: "the calls for what comes in; that is kept by its source for as long as that keeps it",
		fresh: "begins anew where startingPosition says",
	}},
	"aws:apigatewayv2/api:Api":               {{kind: Outage, with: "the way in to what it calls", fresh: otherName}},
	"aws:apigateway/restApi:RestApi":         {{kind: Outage, with: "the way in to what it calls, and the keys of its users", fresh: otherName}},
	"aws:apigateway/stage:Stage":             {{kind: Outage, with: "the way in by it"}},
	"aws:apigateway/domainName:DomainName":   {{kind: Outage, with: "the name that it is called by", identity: "domainName"}},
	"aws:apigatewayv2/domainName:DomainName": {{kind: Outage, with: "the name that it is called by", identity: "domainName"}},
	"aws:appsync/graphQLApi:GraphQLApi":      {{kind: Outage, with: "the way in to what it calls, and the keys of its users", fresh: otherName}},

	// Permissions, and the names of keys. Of others, nobody knows here whether they use one. The
	// version of a secret is not among them: the provider leaves the current one to its secret.
	"aws:iam/role:Role":                       {{kind: Outage, with: "the permissions of what assumes it", needs: named("role", "arn", "name"), identity: "name"}},
	"aws:iam/policy:Policy":                   {{kind: Outage, with: "what it allows", needs: named("", "arn"), identity: "name"}},
	"aws:iam/instanceProfile:InstanceProfile": {{kind: Outage, with: "the permissions of the machines that have it", needs: named("instanceprofile", "arn", "name"), identity: "name"}},
	"aws:iam/rolePolicy:RolePolicy":           {{kind: Outage, with: "what its role may do by it", of: "role", identity: "name"}},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {{
		kind: Outage, with: "what its role may do by it", of: "role", identity: "policyArn",
	}},
	"aws:kms/alias:Alias": {{kind: Outage, with: "the name that the key is found by", needs: aliased, identity: "name"}},

	// What keeps the past of something else.
	"aws:s3/bucketVersioning:BucketVersioning": {{
		when: is("versioningConfiguration.status", "Enabled"), kind: Guard, with: "the versioning: what is overwritten or deleted is gone", of: "bucket",
	}},
	"aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {{
		kind: Guard, with: "the lock: new objects can be deleted at once", of: "bucket",
	}},
	"aws:s3/bucketReplicationConfig:BucketReplicationConfig": {{kind: Guard, with: "the copies elsewhere: new objects are copied nowhere", of: "bucket"}},
	"aws:efs/backupPolicy:BackupPolicy":                      {{when: is("backupPolicy.status", "ENABLED"), kind: Guard, with: "the backups of its files", of: "fileSystemId"}},
	"aws:backup/plan:Plan":                                   {{kind: Guard, with: "the backups that it makes", identity: "name"}},
	"aws:backup/selection:Selection":                         {{kind: Guard, with: "the backups of what it names", of: "planId", identity: "name"}},
	"aws:backup/vaultLockConfiguration:VaultLockConfiguration": {{
		kind: Guard, with: "the lock: its recovery points can be deleted at once", of: "backupVaultName",
	}},
	"aws:dlm/lifecyclePolicy:LifecyclePolicy": {{kind: Guard, with: "the snapshots that it makes"}},

	// What databases are reached by. The data of members is their cluster's.
	"aws:rds/clusterInstance:ClusterInstance":     {{kind: Outage, with: "a member that the cluster works with", identity: "identifier"}},
	"aws:docdb/clusterInstance:ClusterInstance":   {{kind: Outage, with: "a member that the cluster works with", identity: "identifier"}},
	"aws:neptune/clusterInstance:ClusterInstance": {{kind: Outage, with: "a member that the cluster works with", identity: "identifier"}},
	"aws:rds/proxy:Proxy":                         {{kind: Outage, with: "the way to its database", fresh: otherName, identity: "name"}},
	"aws:rds/proxyEndpoint:ProxyEndpoint":         {{kind: Outage, with: "the way to its database", fresh: otherName}},
	"aws:rds/clusterEndpoint:ClusterEndpoint":     {{kind: Outage, with: "a way to its cluster", fresh: otherName}},
	"aws:dax/cluster:Cluster":                     {{kind: Outage, with: "the way to tables that leads through it", fresh: otherName, identity: "clusterName"}},
	"aws:efs/mountTarget:MountTarget":             {{kind: Outage, with: "the way to the files from its zone", fresh: otherAddress}},

	// Kubernetes.
	"kubernetes:apps/v1:Deployment": {{kind: Outage, with: "its pods", identity: "metadata.name"}},
	"kubernetes:apps/v1:StatefulSet": {{
		kind: Outage, with: "its pods", identity: "metadata.name",
		keeps: []guard{{when: some("spec.volumeClaimTemplates[]", rule.IsBlock), says: "its volume claims (persistentVolumeClaimRetentionPolicy)"}},
	}},
	"kubernetes:apps/v1:DaemonSet":            {{kind: Outage, with: "its pods", identity: "metadata.name"}},
	"kubernetes:batch/v1:CronJob":             {{kind: Outage, with: "its schedule", identity: "metadata.name"}},
	"kubernetes:core/v1:Service":              {{kind: Outage, with: "the way to its pods", fresh: otherAddress, identity: "metadata.name"}},
	"kubernetes:networking.k8s.io/v1:Ingress": {{kind: Outage, with: "the way in to its services", identity: "metadata.name"}},
	"kubernetes:karpenter.sh/v1:NodePool":     {{kind: Outage, with: "its machines, from which pods are moved first", moves: drained, identity: "metadata.name"}},
	"kubernetes:core/v1:Secret":               {{kind: Outage, with: "what pods read from it: those that need it do not start", needs: read("secret"), identity: "metadata.name"}},
	"kubernetes:core/v1:ConfigMap":            {{kind: Outage, with: "what pods read from it: those that need it do not start", needs: read("configmap"), identity: "metadata.name"}},
	"kubernetes:helm.sh/v3:Release":           {{kind: Outage, with: "all that its chart has made", identity: "name"}},
}
