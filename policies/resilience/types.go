package resilience

import "github.com/plinth-iac/plinth/policies/rule"

// Type tokens that the code names; the table below names the rest.
const (
	subnet           = "aws:ec2/subnet:Subnet"
	natGateway       = "aws:ec2/natGateway:NatGateway"
	networkInterface = "aws:ec2/networkInterface:NetworkInterface"
	instance         = "aws:ec2/instance:Instance"
	routeTable       = "aws:ec2/routeTable:RouteTable"
	tableAssociation = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	route            = "aws:ec2/route:Route"
	key              = "aws:kms/key:Key"
	keyAlias         = "aws:kms/alias:Alias"
	launchTemplate   = "aws:ec2/launchTemplate:LaunchTemplate"
	group            = "aws:autoscaling/group:Group"
	attachment       = "aws:autoscaling/attachment:Attachment"
	sourceAttachment = "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment"
	targetGroup      = "aws:lb/targetGroup:TargetGroup"
	targetAttachment = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
	listener         = "aws:lb/listener:Listener"
	listenerRule     = "aws:lb/listenerRule:ListenerRule"
	loadBalancer     = "aws:lb/loadBalancer:LoadBalancer"
	ecsService       = "aws:ecs/service:Service"
	cluster          = "aws:eks/cluster:Cluster"
	nodeGroup        = "aws:eks/nodeGroup:NodeGroup"
	fargateProfile   = "aws:eks/fargateProfile:FargateProfile"
	nodeClass        = "kubernetes:eks.amazonaws.com/v1:NodeClass"
	ec2NodeClass     = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
	nodePool         = "kubernetes:karpenter.sh/v1:NodePool"
	deployment       = "kubernetes:apps/v1:Deployment"
	statefulSet      = "kubernetes:apps/v1:StatefulSet"
	scaler           = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
	function         = "aws:lambda/function:Function"
	functionAlias    = "aws:lambda/alias:Alias"
	eventSource      = "aws:lambda/eventSourceMapping:EventSourceMapping"
	database         = "aws:rds/instance:Instance"
	dbCluster        = "aws:rds/cluster:Cluster"
	dbMember         = "aws:rds/clusterInstance:ClusterInstance"
	dbProxy          = "aws:rds/proxy:Proxy"
	proxyEndpoint    = "aws:rds/proxyEndpoint:ProxyEndpoint"
	proxyTarget      = "aws:rds/proxyTarget:ProxyTarget"
	documents        = "aws:docdb/cluster:Cluster"
	documentMember   = "aws:docdb/clusterInstance:ClusterInstance"
	graphs           = "aws:neptune/cluster:Cluster"
	graphMember      = "aws:neptune/clusterInstance:ClusterInstance"
	cacheGroup       = "aws:elasticache/replicationGroup:ReplicationGroup"
	cacheCluster     = "aws:elasticache/cluster:Cluster"
	serverlessCache  = "aws:elasticache/serverlessCache:ServerlessCache"
	memory           = "aws:memorydb/cluster:Cluster"
	search           = "aws:opensearch/domain:Domain"
	kafka            = "aws:msk/cluster:Cluster"
	broker           = "aws:mq/broker:Broker"
	warehouse        = "aws:redshift/cluster:Cluster"
	fileSystem       = "aws:efs/fileSystem:FileSystem"
	accessPoint      = "aws:efs/accessPoint:AccessPoint"
	mountTarget      = "aws:efs/mountTarget:MountTarget"
	table            = "aws:dynamodb/table:Table"
	bucket           = "aws:s3/bucket:Bucket"
	bucketEncryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
	queue            = "aws:sqs/queue:Queue"
	stream           = "aws:kinesis/stream:Stream"
	topic            = "aws:sns/topic:Topic"
	secret           = "aws:secretsmanager/secret:Secret"
	distribution     = "aws:cloudfront/distribution:Distribution"
	functionUrl      = "aws:lambda/functionUrl:FunctionUrl"
	httpApi          = "aws:apigatewayv2/api:Api"
	restApi          = "aws:apigateway/restApi:RestApi"
	httpIntegration  = "aws:apigatewayv2/integration:Integration"
	restIntegration  = "aws:apigateway/integration:Integration"
	vpcLink          = "aws:apigateway/vpcLink:VpcLink"
	classicBalancer  = "aws:elb/loadBalancer:LoadBalancer"
	capacity         = "aws:ecs/capacityProvider:CapacityProvider"
	clusterCapacity  = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
	ecsCluster       = "aws:ecs/cluster:Cluster"
	vpcOrigin        = "aws:cloudfront/vpcOrigin:VpcOrigin"
)

// meaning is what a reference means to the resource that depends on it.
type meaning uint8

const (
	// needs: without what it refers to, it does not work.
	needs meaning = iota
	// spread: any of what it refers to will do, and each lost one takes its share along.
	spread
	// wants: it works on without, with less or for a while.
	wants
	// calls: its program has the address of what it refers to. It needs what holds the data
	// that it works on, and can do without the rest for a while.
	calls
)

// use is a kind of reference with a meaning. References that no use is about configure or
// observe, and take nothing along.
type use struct {
	meaning meaning
	// path is the property that refers; a list is written `subnets[]`.
	path string
	// by is the type whose property it is, if it is others that refer to this one.
	by string
	// to are the types that it may refer to.
	to []string
}

// role is what a resource is to its owner.
type role uint8

const (
	// link resources carry losses on, and are not shown.
	link role = iota
	// serves: it answers requests, or does work.
	serves
	// stores: it keeps data.
	stores
)

// spec is what is known of a type.
type spec struct {
	role role
	// domain is the kind of domain that a resource of the type, or a machine of it, is.
	domain Kind
	// place are the properties that say in which subnets it is, by themselves or by a
	// subnet group.
	place []string
	// dials is set if it opens connections to what is outside.
	dials bool
	uses  []use
	// machines is the property that counts its machines, which AWS spreads over its zones.
	// Without one, it is lost and left by its zones.
	machines string
	// managed types have enough for all the load as long as one of their zones is left.
	managed bool
	// zones is the property that lists the zones that it is in, of those of its place.
	zones string
	// hollow is set for what passes all on to what it refers to, or what refers to it; if there
	// is nothing, that is not in the graph.
	hollow bool
	// survive replaces what follows from machines and managed when a zone or machine is lost.
	survive func(*drill, *rule.Resource, place) condition
	// needed is set for what a program that has its address cannot do its work without.
	needed bool
}

func one(m meaning, path string, to ...string) use { return use{meaning: m, path: path, to: to} }

func by(m meaning, from, path string) use { return use{meaning: m, path: path, by: from} }

// encrypted is the use of a key at a path.
func encrypted(path string) use { return use{meaning: needs, path: path, to: keys} }

var keys = []string{key, "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey", keyAlias}

// subnetGroups name the subnets of a store.
var subnetGroups = []string{
	"aws:rds/subnetGroup:SubnetGroup", "aws:docdb/subnetGroup:SubnetGroup", "aws:neptune/subnetGroup:SubnetGroup",
	"aws:elasticache/subnetGroup:SubnetGroup", "aws:memorydb/subnetGroup:SubnetGroup", "aws:redshift/subnetGroup:SubnetGroup",
}

// types are what is known of each type. What is not in it takes after its references; see
// guess.
var types = map[string]spec{
	// The network. A default route that leads nowhere takes the way out from its subnets.
	subnet:           {uses: []use{by(needs, tableAssociation, "subnetId")}},
	tableAssociation: {uses: []use{one(needs, "routeTableId", routeTable)}},
	routeTable: {uses: []use{
		by(wants, route, "routeTableId"), one(wants, "routes[].natGatewayId", natGateway),
		one(wants, "routes[].networkInterfaceId", networkInterface),
	}},
	route: {uses: []use{
		one(needs, "natGatewayId", natGateway), one(needs, "networkInterfaceId", networkInterface, instance),
	}},
	defaultTable: {uses: []use{
		by(wants, route, "routeTableId"), one(wants, "routes[].natGatewayId", natGateway),
		one(wants, "routes[].networkInterfaceId", networkInterface),
	}},
	mainAssociation: {uses: []use{one(needs, "routeTableId", routeTable, defaultTable)}},
	endpoint:        {managed: true, place: []string{"subnetIds[]"}},
	// One without a subnet is regional: in all zones that its VPC uses.
	natGateway:       {domain: Nat, place: []string{"subnetId"}},
	networkInterface: {place: []string{"subnetId"}},

	// Keys. A replica works on without its primary.
	key:                               {domain: Key},
	"aws:kms/externalKey:ExternalKey": {domain: Key},
	"aws:kms/replicaKey:ReplicaKey":   {domain: Key},
	keyAlias:                          {uses: []use{encrypted("targetKeyId")}},

	// Machines. Those that run need their key no more; new ones do.
	instance: {role: serves, domain: Node, place: []string{"subnetId"}, dials: true, uses: []use{
		one(calls, "userData"), one(wants, "launchTemplate.id", launchTemplate),
		one(wants, "rootBlockDevice.kmsKeyId", keys...), one(wants, "ebsBlockDevices[].kmsKeyId", keys...),
	}},
	"aws:ebs/volume:Volume": {role: stores, uses: []use{encrypted("kmsKeyId")}},
	launchTemplate:          {uses: []use{encrypted("blockDeviceMappings[].ebs.kmsKeyId")}},
	group: {role: serves, domain: Node, place: []string{"vpcZoneIdentifiers[]"}, zones: "availabilityZones[]", dials: true, machines: "minSize", uses: []use{
		one(calls, "launchTemplate"), one(calls, "mixedInstancesPolicy"), one(wants, "launchTemplate.id", launchTemplate),
		one(wants, "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId", launchTemplate),
	}},
	ecsService: {role: serves, domain: Node, place: []string{"networkConfiguration.subnets[]"}, dials: true, machines: "desiredCount", uses: []use{one(calls, "taskDefinition")}},

	// Load balancers are as good as their targets.
	loadBalancer: {
		role: serves, place: []string{"subnets[]", "subnetMappings[].subnetId"}, uses: []use{by(spread, listener, "loadBalancerArn")},
	},
	classicBalancer: {role: serves, place: []string{"subnets[]"}, zones: "availabilityZones[]", uses: []use{
		one(spread, "instances[]", instance), by(spread, "aws:elb/attachment:Attachment", "elb"), by(spread, group, "loadBalancers[]"),
		by(spread, attachment, "elb"), by(spread, ecsService, "loadBalancers[].elbName"),
	}},
	"aws:elb/attachment:Attachment": {hollow: true, uses: []use{one(needs, "instance", instance)}},
	listener: {uses: []use{
		one(spread, "defaultActions[].targetGroupArn", targetGroup),
		one(spread, "defaultActions[].forward.targetGroups[].arn", targetGroup), by(spread, listenerRule, "listenerArn"),
	}},
	listenerRule: {uses: []use{
		one(spread, "actions[].targetGroupArn", targetGroup), one(spread, "actions[].forward.targetGroups[].arn", targetGroup),
	}},
	targetGroup: {hollow: true, uses: []use{
		by(spread, group, "targetGroupArns[]"), by(spread, group, "trafficSources[].identifier"),
		by(spread, attachment, "lbTargetGroupArn"), by(spread, sourceAttachment, "trafficSource.identifier"),
		by(spread, targetAttachment, "targetGroupArn"), by(spread, ecsService, "loadBalancers[].targetGroupArn"),
	}},
	attachment:       {hollow: true, uses: []use{one(needs, "autoscalingGroupName", group)}},
	sourceAttachment: {hollow: true, uses: []use{one(needs, "autoscalingGroupName", group)}},
	targetAttachment: {hollow: true, uses: []use{one(needs, "targetId", instance, function, functionAlias, loadBalancer)}},

	// Kubernetes. Workloads run on whatever machines their cluster has; see nodes.
	cluster: {role: serves, managed: true, place: []string{"vpcConfig.subnetIds[]"}, uses: []use{encrypted("encryptionConfig.provider.keyArn")}},
	nodeGroup: {
		role: serves, domain: Node, place: []string{"subnetIds[]"}, dials: true, machines: "scalingConfig.minSize",
		uses: []use{one(wants, "launchTemplate.id", launchTemplate)},
	},
	fargateProfile: {managed: true, place: []string{"subnetIds[]"}, dials: true},
	nodeClass:      {place: []string{"spec.subnetSelectorTerms[].id"}, dials: true, uses: []use{encrypted("spec.ephemeralStorage.kmsKeyID")}},
	ec2NodeClass:   {place: []string{"spec.subnetSelectorTerms[].id"}, dials: true, uses: []use{encrypted("spec.blockDeviceMappings[].ebs.kmsKeyID")}},
	nodePool:       {domain: Node},
	deployment:     {role: serves, survive: (*drill).pods, uses: []use{one(calls, "spec")}},
	statefulSet:    {role: serves, survive: (*drill).pods, uses: []use{one(calls, "spec")}},

	// Functions, and what is in front of everything.
	function: {role: serves, managed: true, place: []string{"vpcConfig.subnetIds[]"}, dials: true, uses: []use{
		encrypted("kmsKeyArn"), one(calls, "environment"), one(needs, "fileSystemConfig.arn", accessPoint), by(wants, eventSource, "functionName"),
	}},
	functionAlias: {uses: []use{one(needs, "functionName", function), by(wants, eventSource, "functionName")}},
	eventSource:   {uses: []use{one(needs, "eventSourceArn", queue, stream, table, kafka, broker, documents)}},
	functionUrl:   {uses: []use{one(needs, "functionName", function, functionAlias)}},
	vpcOrigin:     {uses: []use{one(needs, "vpcOriginEndpointConfig.arn", loadBalancer)}},
	distribution:  {role: serves}, // see origins
	httpApi:       {role: serves, uses: []use{by(spread, httpIntegration, "apiId"), one(spread, "target", function, functionAlias), one(calls, "body")}},
	restApi:       {role: serves, uses: []use{by(spread, restIntegration, "restApi"), one(calls, "body")}},
	httpIntegration: {uses: []use{
		one(needs, "integrationUri", function, functionAlias, listener, loadBalancer),
	}},
	restIntegration: {uses: []use{one(needs, "uri", function, functionAlias), one(needs, "connectionId", vpcLink)}},
	vpcLink:         {uses: []use{one(needs, "targetArn", loadBalancer)}},

	// Databases.
	database: {
		role: stores, domain: Node, place: []string{"dbSubnetGroupName"}, survive: (*drill).database, needed: true,
		uses: []use{encrypted("kmsKeyId"), by(wants, database, "replicateSourceDb")},
	},
	dbCluster: {
		role: stores, domain: Node, place: []string{"dbSubnetGroupName"}, survive: (*drill).members, needed: true,
		uses: []use{encrypted("kmsKeyId"), by(wants, dbCluster, "replicationSourceIdentifier")},
	},
	documents: {
		role: stores, domain: Node, place: []string{"dbSubnetGroupName"}, survive: (*drill).members, needed: true,
		uses: []use{encrypted("kmsKeyId")},
	},
	graphs: {
		role: stores, domain: Node, place: []string{"neptuneSubnetGroupName"}, survive: (*drill).members, needed: true,
		uses: []use{encrypted("kmsKeyArn")},
	},
	dbMember:       {needed: true, uses: []use{one(needs, "clusterIdentifier", dbCluster)}},
	documentMember: {needed: true, uses: []use{one(needs, "clusterIdentifier", documents)}},
	graphMember:    {needed: true, uses: []use{one(needs, "clusterIdentifier", graphs)}},
	proxyEndpoint:  {managed: true, place: []string{"vpcSubnetIds[]"}, needed: true, uses: []use{one(needs, "dbProxyName", dbProxy)}},
	dbProxy: {
		role: serves, managed: true, place: []string{"vpcSubnetIds[]"}, needed: true,
		uses: []use{by(needs, proxyTarget, "dbProxyName"), one(wants, "auths[].secretArn", secret)},
	},
	proxyTarget: {uses: []use{one(needs, "dbInstanceIdentifier", database), one(needs, "dbClusterIdentifier", dbCluster)}},
	warehouse: {
		role: stores, domain: Node, place: []string{"clusterSubnetGroupName"}, survive: (*drill).standby, needed: true,
		uses: []use{encrypted("kmsKeyId")},
	},
	table: {role: stores, needed: true, uses: []use{encrypted("serverSideEncryption.kmsKeyArn")}},

	// Caches, searches and brokers.
	cacheGroup: {
		role: stores, domain: Node, place: []string{"subnetGroupName"}, zones: "preferredCacheClusterAzs[]", survive: (*drill).cache,
		uses: []use{encrypted("kmsKeyId")},
	},
	cacheCluster: {
		role: stores, domain: Node, place: []string{"subnetGroupName"}, zones: "preferredAvailabilityZones[]", survive: (*drill).cache,
	},
	serverlessCache: {role: stores, managed: true, place: []string{"subnetIds[]"}, uses: []use{encrypted("kmsKeyId")}},
	memory:          {role: stores, domain: Node, place: []string{"subnetGroupName"}, survive: (*drill).cache, uses: []use{encrypted("kmsKeyArn")}},
	search: {
		role: stores, domain: Node, place: []string{"vpcOptions.subnetIds[]"}, zones: "vpcOptions.availabilityZones[]", machines: "clusterConfig.instanceCount",
		uses: []use{encrypted("encryptAtRest.kmsKeyId")},
	},
	kafka: {
		role: stores, domain: Node, place: []string{"brokerNodeGroupInfo.clientSubnets[]"}, machines: "numberOfBrokerNodes",
		uses: []use{encrypted("encryptionInfo.encryptionAtRestKmsKeyArn")},
	},
	broker: {role: stores, domain: Node, place: []string{"subnetIds[]"}, survive: (*drill).standby, uses: []use{encrypted("encryptionOptions.kmsKeyId")}},

	// What AWS keeps in several zones by itself, or for who mounts it there.
	bucket: {role: stores, uses: []use{
		by(needs, bucketEncryption, "bucket"), encrypted("serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.kmsMasterKeyId"),
		encrypted("serverSideEncryptionConfigurations[].rules[].applyServerSideEncryptionByDefaults[].kmsMasterKeyId"),
	}},
	bucketEncryption:                {uses: []use{encrypted("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")}},
	fileSystem:                      {role: stores, managed: true, needed: true, uses: []use{encrypted("kmsKeyId"), by(spread, mountTarget, "fileSystemId")}},
	mountTarget:                     {place: []string{"subnetId"}, zones: "availabilityZoneName"},
	accessPoint:                     {uses: []use{one(needs, "fileSystemId", fileSystem)}},
	queue:                           {role: stores, uses: []use{encrypted("kmsMasterKeyId")}},
	topic:                           {role: serves, uses: []use{encrypted("kmsMasterKeyId")}},
	stream:                          {role: stores, uses: []use{encrypted("kmsKeyId")}},
	secret:                          {role: stores, uses: []use{encrypted("kmsKeyId")}},
	"aws:ecr/repository:Repository": {role: stores, uses: []use{encrypted("encryptionConfigurations[].kmsKey")}},
}
