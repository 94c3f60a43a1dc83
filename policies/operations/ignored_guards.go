package operations

import (
	"maps"
	"slices"
)

// guard is a property that other rules rely on, and what it keeps.
type guard struct{ what, path string }

// What the properties below keep.
const (
	encryption = "its encryption"
	reach      = "who can reach it"
	rights     = "who may do what"
	spread     = "what survives the loss of a zone"
	backups    = "its backups"
	deletion   = "its protection from deletion"
	records    = "what is recorded"
	isolation  = "the isolation of its pods"
)

// guardedProperties are those that must not be ignored, by what they keep. What scales or
// deploys is not among them: counts and sizes, images and versions, passwords and tags.
var guardedProperties = []struct {
	what  string
	types []string
	paths []string
}{
	{encryption, []string{database, dbCluster, docdbCluster}, []string{"storageEncrypted", "kmsKeyId"}},
	{encryption, []string{neptuneCluster}, []string{"storageEncrypted", "kmsKeyArn"}},
	{encryption, []string{globalDb, docdbGlobal, neptuneGlobal}, []string{"storageEncrypted"}},
	{encryption, []string{cacheGroup}, []string{"atRestEncryptionEnabled", "transitEncryptionEnabled", "transitEncryptionMode", "kmsKeyId"}},
	{encryption, []string{memoryDb}, []string{"tlsEnabled", "kmsKeyArn"}},
	{encryption, []string{warehouse, fileSystem, volume}, []string{"encrypted", "kmsKeyId"}},
	{encryption, []string{table, daxCluster}, []string{"serverSideEncryption"}},
	{encryption, []string{daxCluster}, []string{"clusterEndpointEncryptionType"}},
	{encryption, []string{tableReplica, vault, replicationServer}, []string{"kmsKeyArn"}},
	{encryption, []string{cache, logGroup, secret, stream, trail, windowsFiles, ontapFiles, zfsFiles, lustreFiles}, []string{"kmsKeyId"}},
	{encryption, []string{stream}, []string{"encryptionType"}},
	{encryption, []string{queue, topic}, []string{"kmsMasterKeyId"}},
	{encryption, []string{queue}, []string{"sqsManagedSseEnabled"}},
	{encryption, []string{searchDomain, oldSearchDomain}, []string{"encryptAtRest", "nodeToNodeEncryption", "domainEndpointOptions"}},
	{encryption, []string{kafka}, []string{"encryptionInfo"}},
	{encryption, []string{eksCluster}, []string{"encryptionConfig"}},
	{encryption, []string{repository}, []string{"encryptionConfigurations"}},
	{encryption, []string{kmsKey}, []string{"enableKeyRotation"}},
	{encryption, []string{launchTemplate}, []string{"blockDeviceMappings[*].ebs.encrypted", "blockDeviceMappings[*].ebs.kmsKeyId"}},
	{encryption, []string{instance, launchConfig}, []string{"rootBlockDevice.encrypted", "ebsBlockDevices[*].encrypted"}},
	{encryption, []string{encryptionDefault}, []string{"enabled"}},
	{encryption, []string{bucket}, []string{"serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"}},
	{encryption, []string{bucketEncryption}, []string{"rules"}},
	{encryption, []string{ssmParameter}, []string{"type"}},
	{encryption, []string{dbParameters, clusterParameters, docdbParameters, warehouseParameters}, []string{"parameters"}},
	{encryption, []string{dbProxy}, []string{"requireTls"}},
	{encryption, []string{listener}, []string{"protocol", "sslPolicy", "defaultActions"}},
	{encryption, []string{distribution}, []string{
		"viewerCertificate.minimumProtocolVersion", "defaultCacheBehavior.viewerProtocolPolicy", "orderedCacheBehaviors[*].viewerProtocolPolicy",
		"origins[*].customOriginConfig.originProtocolPolicy",
	}},

	{reach, []string{database, dbMember, neptuneMember, warehouse, broker, replicationServer}, []string{"publiclyAccessible"}},
	{reach, []string{securityGroup, defaultGroup}, []string{"ingress", "egress"}},
	{reach, []string{groupRule}, []string{"cidrBlocks", "ipv6CidrBlocks", "fromPort", "toPort", "protocol"}},
	{reach, []string{ingressRule, egressRule}, []string{"cidrIpv4", "cidrIpv6", "fromPort", "toPort", "ipProtocol"}},
	{reach, []string{bucketBlock, accountBlock}, []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}},
	{reach, []string{eksCluster}, []string{"vpcConfig.endpointPrivateAccess", "vpcConfig.endpointPublicAccess", "vpcConfig.publicAccessCidrs"}},
	{reach, []string{loadBalancer}, []string{"internal"}},
	{reach, []string{distribution}, []string{"webAclId"}},
	{reach, []string{webAcl}, []string{"rules", "defaultAction"}},
	{reach, []string{instance, launchTemplate, launchConfig}, []string{"metadataOptions.httpTokens", "metadataOptions.httpEndpoint"}},
	{reach, []string{networkPolicy}, []string{"spec"}},

	{rights, []string{iamPolicy, rolePolicy, userPolicy, groupPolicy}, []string{"policy"}},
	{rights, []string{role}, []string{"assumeRolePolicy", "inlinePolicies", "managedPolicyArns", "permissionsBoundary"}},
	{rights, []string{kmsKey, kmsReplica, keyPolicy, bucket, bucketPolicy, queue, queuePolicy, topic, topicPolicy}, []string{"policy"}},
	{rights, []string{secret, secretPolicy, repositoryPolicy, vaultPolicy, filePolicy, endpoint, endpointPolicy}, []string{"policy"}},
	{rights, []string{searchDomain, oldSearchDomain}, []string{"accessPolicies"}},
	{rights, []string{bucket, bucketAcl}, []string{"acl"}},
	{rights, []string{functionUrl}, []string{"authorizationType"}},
	{rights, []string{permission}, []string{"principal", "sourceArn", "sourceAccount"}},

	{spread, []string{database, replicationServer}, []string{"multiAz"}},
	{spread, []string{cacheGroup}, []string{"multiAzEnabled", "automaticFailoverEnabled"}},
	{spread, []string{scalingGroup}, []string{"vpcZoneIdentifiers", "availabilityZones", "healthCheckType"}},
	{spread, []string{loadBalancer}, []string{"subnets", "subnetMappings"}},
	{spread, []string{nodeGroup}, []string{"subnetIds"}},
	{spread, []string{ecsService}, []string{"networkConfiguration.subnets"}},
	{spread, []string{disruptionBudget}, []string{"spec"}},

	{backups, []string{database, dbCluster, docdbCluster, neptuneCluster}, []string{"backupRetentionPeriod"}},
	{backups, []string{cacheGroup, cache, memoryDb}, []string{"snapshotRetentionLimit"}},
	{backups, []string{warehouse}, []string{"automatedSnapshotRetentionPeriod"}},
	{backups, []string{windowsFiles, ontapFiles, zfsFiles, lustreFiles}, []string{"automaticBackupRetentionDays"}},
	{backups, []string{table, tableReplica}, []string{"pointInTimeRecovery"}},
	{backups, []string{bucketVersioning}, []string{"versioningConfiguration"}},
	{backups, []string{bucket}, []string{"versioning", "versionings"}},
	{backups, []string{backupPlan}, []string{"rules"}},

	{records, []string{trail}, []string{"isMultiRegionTrail", "enableLogging", "enableLogFileValidation", "includeGlobalServiceEvents"}},
	{records, []string{eksCluster}, []string{"enabledClusterLogTypes"}},
	{records, []string{loadBalancer}, []string{"accessLogs"}},
	{records, []string{logGroup}, []string{"retentionInDays"}},

	{isolation, []string{namespace}, []string{`metadata.labels["pod-security.kubernetes.io/enforce"]`}},
	{isolation, []string{"kubernetes:core/v1:Pod"}, podGuards("spec")},
	{isolation, []string{
		"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:apps/v1:ReplicaSet", "kubernetes:batch/v1:Job",
	}, podGuards("spec.template.spec")},
	{isolation, []string{"kubernetes:batch/v1:CronJob"}, podGuards("spec.jobTemplate.spec.template.spec")},
}

// podGuards are what isolates pods, whose spec is at a path.
func podGuards(spec string) []string {
	return []string{
		spec + ".securityContext", spec + ".containers[*].securityContext", spec + ".initContainers[*].securityContext",
		spec + ".hostNetwork", spec + ".hostPID", spec + ".hostIPC",
	}
}

// guardsOf are the guarded properties by type, AWS's own flags against deletion included.
var guardsOf = func() map[string][]guard {
	all := map[string][]guard{}
	for _, row := range guardedProperties {
		for _, token := range row.types {
			for _, path := range row.paths {
				all[token] = append(all[token], guard{row.what, path})
			}
		}
	}
	for _, flags := range [...]map[string]string{protections, forces} {
		for _, token := range slices.Sorted(maps.Keys(flags)) {
			all[token] = append(all[token], guard{deletion, flags[token]})
		}
	}
	return all
}()

func guardedTypes() []string { return slices.Sorted(maps.Keys(guardsOf)) }

// Type tokens of what only has properties to guard.
const (
	volume              = "aws:ebs/volume:Volume"
	daxCluster          = "aws:dax/cluster:Cluster"
	windowsFiles        = "aws:fsx/windowsFileSystem:WindowsFileSystem"
	ontapFiles          = "aws:fsx/ontapFileSystem:OntapFileSystem"
	zfsFiles            = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
	lustreFiles         = "aws:fsx/lustreFileSystem:LustreFileSystem"
	searchDomain        = "aws:opensearch/domain:Domain"
	oldSearchDomain     = "aws:elasticsearch/domain:Domain"
	kafka               = "aws:msk/cluster:Cluster"
	broker              = "aws:mq/broker:Broker"
	stream              = "aws:kinesis/stream:Stream"
	topic               = "aws:sns/topic:Topic"
	dbMember            = "aws:rds/clusterInstance:ClusterInstance"
	neptuneMember       = "aws:neptune/clusterInstance:ClusterInstance"
	replicationServer   = "aws:dms/replicationInstance:ReplicationInstance"
	dbProxy             = "aws:rds/proxy:Proxy"
	dbParameters        = "aws:rds/parameterGroup:ParameterGroup"
	clusterParameters   = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	docdbParameters     = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
	warehouseParameters = "aws:redshift/parameterGroup:ParameterGroup"
	bucketEncryption    = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
	bucketVersioning    = "aws:s3/bucketVersioning:BucketVersioning"
	bucketAcl           = "aws:s3/bucketAcl:BucketAcl"
	bucketPolicy        = "aws:s3/bucketPolicy:BucketPolicy"
	bucketBlock         = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	accountBlock        = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
	instance            = "aws:ec2/instance:Instance"
	launchConfig        = "aws:ec2/launchConfiguration:LaunchConfiguration"
	encryptionDefault   = "aws:ebs/encryptionByDefault:EncryptionByDefault"
	ssmParameter        = "aws:ssm/parameter:Parameter"
	listener            = "aws:lb/listener:Listener"
	securityGroup       = "aws:ec2/securityGroup:SecurityGroup"
	defaultGroup        = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	groupRule           = "aws:ec2/securityGroupRule:SecurityGroupRule"
	ingressRule         = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule          = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	endpoint            = "aws:ec2/vpcEndpoint:VpcEndpoint"
	endpointPolicy      = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
	iamPolicy           = "aws:iam/policy:Policy"
	rolePolicy          = "aws:iam/rolePolicy:RolePolicy"
	userPolicy          = "aws:iam/userPolicy:UserPolicy"
	groupPolicy         = "aws:iam/groupPolicy:GroupPolicy"
	role                = "aws:iam/role:Role"
	keyPolicy           = "aws:kms/keyPolicy:KeyPolicy"
	queuePolicy         = "aws:sqs/queuePolicy:QueuePolicy"
	topicPolicy         = "aws:sns/topicPolicy:TopicPolicy"
	secretPolicy        = "aws:secretsmanager/secretPolicy:SecretPolicy"
	repositoryPolicy    = "aws:ecr/repositoryPolicy:RepositoryPolicy"
	vaultPolicy         = "aws:backup/vaultPolicy:VaultPolicy"
	filePolicy          = "aws:efs/fileSystemPolicy:FileSystemPolicy"
	functionUrl         = "aws:lambda/functionUrl:FunctionUrl"
	permission          = "aws:lambda/permission:Permission"
	nodeGroup           = "aws:eks/nodeGroup:NodeGroup"
	ecsService          = "aws:ecs/service:Service"
	backupPlan          = "aws:backup/plan:Plan"
	namespace           = "kubernetes:core/v1:Namespace"
	networkPolicy       = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	disruptionBudget    = "kubernetes:policy/v1:PodDisruptionBudget"
)
