package aws

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/require"
)

// dataLandscape is a deployment of data services that every rule accepts.
var dataLandscape = []thing{
	{"vpc", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "enableDnsSupport": true}},
	{"a", "aws:ec2/subnet:Subnet", object{"vpcId": "$vpc.id", "cidrBlock": "10.0.0.0/20", "availabilityZone": "eu-west-1a"}},
	{"b", "aws:ec2/subnet:Subnet", object{"vpcId": "$vpc.id", "cidrBlock": "10.0.16.0/20", "availabilityZone": "eu-west-1b"}},
	{"sg", "aws:ec2/securityGroup:SecurityGroup", object{"vpcId": "$vpc.id", "name": "data", "description": "Managed by Pulumi"}},
	{"role", "aws:iam/role:Role", object{"name": "data", "path": "/", "assumeRolePolicy": dataTrust}},
	{"key", "aws:kms/key:Key", object{"deletionWindowInDays": 7.0}},
	{"topic", "aws:sns/topic:Topic", object{"name": "events"}},
	{"dbsubnets", "aws:rds/subnetGroup:SubnetGroup", object{"name": "data", "subnetIds": list{"$a.id", "$b.id"}}},
	{"parameters", "aws:rds/parameterGroup:ParameterGroup", object{"name": "data", "family": "postgres16", "parameters": list{object{"name": "rds.force_ssl", "value": "1"}}}},
	{"secret", "aws:secretsmanager/secret:Secret", object{"name": "data/main", "recoveryWindowInDays": 7.0}},
	{"value", "aws:secretsmanager/secretVersion:SecretVersion", object{"secretId": "$secret.id", "secretString": "{}"}},
	{"main", "aws:rds/instance:Instance", object{"identifier": "main", "engine": "postgres", "engineVersion": "16.4", "instanceClass": "db.m7g.large", "allocatedStorage": 50.0, "maxAllocatedStorage": 100.0, "storageType": "gp3", "storageEncrypted": true, "kmsKeyId": "$key.arn",
		"username": "app", "password": "Sup3rsecret!", "dbSubnetGroupName": "$dbsubnets.name", "parameterGroupName": "$parameters.name", "vpcSecurityGroupIds": list{"$sg.id"}, "backupRetentionPeriod": 7.0, "multiAz": true,
		"monitoringInterval": 60.0, "monitoringRoleArn": "$role.arn", "performanceInsightsEnabled": true, "finalSnapshotIdentifier": "main-final"}},
	{"copy", "aws:rds/instance:Instance", object{"identifier": "copy", "replicateSourceDb": "$main.identifier", "instanceClass": "db.m7g.large", "skipFinalSnapshot": true}},
	{"mysql", "aws:rds/instance:Instance", object{"identifier": "mysql", "engine": "mysql", "instanceClass": "db.t4g.medium", "allocatedStorage": 20.0, "username": "admin", "manageMasterUserPassword": true, "dbSubnetGroupName": "$dbsubnets.name", "skipFinalSnapshot": true}},
	{"aurora", "aws:rds/cluster:Cluster", object{"clusterIdentifier": "aurora", "engine": "aurora-postgresql", "engineVersion": "16", "engineMode": "provisioned", "masterUsername": "app", "manageMasterUserPassword": true, "dbSubnetGroupName": "$dbsubnets.name", "storageEncrypted": true, "skipFinalSnapshot": true,
		"serverlessv2ScalingConfiguration": object{"minCapacity": 0.5, "maxCapacity": 4.0}}},
	{"writer", "aws:rds/clusterInstance:ClusterInstance", object{"clusterIdentifier": "$aurora.id", "engine": "$aurora.engine", "engineVersion": "$aurora.engineVersion", "instanceClass": "db.serverless"}},
	{"reader", "aws:rds/clusterInstance:ClusterInstance", object{"clusterIdentifier": "$aurora.id", "engine": "$aurora.engine", "instanceClass": "db.r7g.large"}},
	{"proxy", "aws:rds/proxy:Proxy", object{"name": "main", "engineFamily": "POSTGRESQL", "roleArn": "$role.arn", "requireTls": true, "vpcSubnetIds": list{"$a.id", "$b.id"}, "vpcSecurityGroupIds": list{"$sg.id"}, "auths": list{object{"secretArn": "$secret.arn", "iamAuth": "REQUIRED"}}}},
	{"pool", "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", object{"dbProxyName": "$proxy.name", "connectionPoolConfig": object{"maxConnectionsPercent": 90.0}}},
	{"target", "aws:rds/proxyTarget:ProxyTarget", object{"dbProxyName": "$proxy.name", "targetGroupName": "$pool.name", "dbInstanceIdentifier": "$main.identifier"}},
	{"subscription", "aws:rds/eventSubscription:EventSubscription", object{"name": "events", "snsTopic": "$topic.arn", "sourceType": "db-instance"}},
	{"docs", "aws:docdb/cluster:Cluster", object{"clusterIdentifier": "docs", "engine": "docdb", "masterUsername": "app", "masterPassword": "Sup3rsecret!", "dbSubnetGroupName": "$dbsubnets.name", "skipFinalSnapshot": true, "port": 27017.0}},
	{"docs1", "aws:docdb/clusterInstance:ClusterInstance", object{"clusterIdentifier": "$docs.id", "engine": "docdb", "instanceClass": "db.t4g.medium"}},
	{"cachesubnets", "aws:elasticache/subnetGroup:SubnetGroup", object{"name": "data", "subnetIds": list{"$a.id", "$b.id"}}},
	{"user", "aws:elasticache/user:User", object{"userId": "off", "userName": "default", "engine": "redis", "accessString": "off -@all", "noPasswordRequired": true}},
	{"users", "aws:elasticache/userGroup:UserGroup", object{"userGroupId": "app", "engine": "redis", "userIds": list{"$user.id"}}},
	{"cache", "aws:elasticache/replicationGroup:ReplicationGroup", object{"replicationGroupId": "cache", "description": "cache", "engine": "valkey", "engineVersion": "8.0", "nodeType": "cache.t4g.small", "numCacheClusters": 2.0, "automaticFailoverEnabled": true, "multiAzEnabled": true,
		"subnetGroupName": "$cachesubnets.name", "securityGroupIds": list{"$sg.id"}, "transitEncryptionEnabled": true, "transitEncryptionMode": "required", "userGroupIds": list{"$users.id"}}},
	{"shards", "aws:elasticache/replicationGroup:ReplicationGroup", object{"replicationGroupId": "shards", "description": "cache", "engine": "redis", "engineVersion": "7.1", "nodeType": "cache.r7g.large", "numNodeGroups": 3.0, "replicasPerNodeGroup": 1.0,
		"parameterGroupName": "default.redis7.cluster.on", "automaticFailoverEnabled": true, "multiAzEnabled": true, "subnetGroupName": "$cachesubnets.name"}},
	{"memcached", "aws:elasticache/cluster:Cluster", object{"clusterId": "memcached", "engine": "memcached", "nodeType": "cache.t4g.small", "numCacheNodes": 2.0, "azMode": "cross-az", "subnetGroupName": "$cachesubnets.name"}},
	{"serverless", "aws:elasticache/serverlessCache:ServerlessCache", object{"name": "serverless", "engine": "valkey", "subnetIds": list{"$a.id", "$b.id"}, "securityGroupIds": list{"$sg.id"}}},
	{"vault", "aws:backup/vault:Vault", object{"name": "vault", "kmsKeyArn": "$key.arn"}},
	{"lock", "aws:backup/vaultLockConfiguration:VaultLockConfiguration", object{"backupVaultName": "$vault.name", "minRetentionDays": 7.0}},
	{"plan", "aws:backup/plan:Plan", object{"name": "daily", "rules": list{object{"ruleName": "daily", "targetVaultName": "$vault.name", "schedule": "cron(0 5 ? * * *)", "startWindow": 60.0, "completionWindow": 180.0, "lifecycle": object{"deleteAfter": 35.0}}}}},
	{"selection", "aws:backup/selection:Selection", object{"name": "all", "planId": "$plan.id", "iamRoleArn": "$role.arn", "resources": list{"$main.arn"}}},
	{"table", "aws:dynamodb/table:Table", object{"name": "table", "billingMode": "PAY_PER_REQUEST", "hashKey": "pk", "attributes": list{object{"name": "pk", "type": "S"}}, "streamEnabled": true, "streamViewType": "NEW_IMAGE", "pointInTimeRecovery": object{"enabled": true}}},
	{"rotator", "aws:serverlessrepository/cloudFormationStack:CloudFormationStack", object{"name": "rotator", "applicationId": postgresRotator, "capabilities": list{"CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"},
		"parameters": object{"functionName": "rotator", "endpoint": "https://secretsmanager.eu-west-1.amazonaws.com", "vpcSubnetIds": "$a.id", "vpcSecurityGroupIds": "$sg.id"}}},
	{"rotation", "aws:secretsmanager/secretRotation:SecretRotation", object{"secretId": "$secret.id", "rotationLambdaArn": "$rotator.outputs.RotationLambdaARN", "rotationRules": object{"automaticallyAfterDays": 30.0}}},
	{"endpoint", "aws:rds/proxyEndpoint:ProxyEndpoint", object{"dbProxyName": "$proxy.name", "dbProxyEndpointName": "own", "vpcSubnetIds": list{"$a.id", "$b.id"}, "vpcSecurityGroupIds": list{"$sg.id"}, "targetRole": "READ_WRITE"}},
	{"readers", "aws:appautoscaling/target:Target", object{"serviceNamespace": "rds", "resourceId": "cluster:aurora", "scalableDimension": auroraReaders, "minCapacity": 1.0, "maxCapacity": 3.0}},
	{"readerscpu", scalingPolicyToken, object{"name": "cpu", "policyType": "TargetTrackingScaling", "serviceNamespace": "rds", "resourceId": "$readers.resourceId", "scalableDimension": "$readers.scalableDimension",
		trackingSpec: object{"targetValue": 60.0, "predefinedMetricSpecification": object{"predefinedMetricType": "RDSReaderAverageCPUUtilization"}}}},
	{"night", "aws:appautoscaling/scheduledAction:ScheduledAction", object{"name": "night", "serviceNamespace": "rds", "resourceId": "$readers.resourceId", "scalableDimension": "$readers.scalableDimension",
		"schedule": "cron(0 20 ? * MON-FRI *)", "timezone": "Europe/Berlin", "scalableTargetAction": object{"minCapacity": 1.0, "maxCapacity": 1.0}}},
	{"parameter", "aws:ssm/parameter:Parameter", object{"name": "/shop/host", "type": "SecureString", "value": "x", "keyId": "$key.arn"}},
	{"restoretest", "aws:backup/restoreTestingPlan:RestoreTestingPlan", object{"name": "weekly", "scheduleExpression": "cron(0 3 ? * 1 *)",
		"recoveryPointSelection": object{"algorithm": "LATEST_WITHIN_WINDOW", "includeVaults": list{"$vault.arn"}, "recoveryPointTypes": list{"SNAPSHOT"}}}},
	{"restored", "aws:backup/restoreTestingSelection:RestoreTestingSelection", object{"name": "databases", "restoreTestingPlanName": "$restoretest.name", "protectedResourceType": "RDS", "iamRoleArn": "$role.arn", "protectedResourceArns": list{"*"}}},
}

const scalingPolicyToken = "aws:appautoscaling/policy:Policy"

// TestDataLandscape deploys it, deploys it again unchanged, and takes it down in the reverse order.
func TestDataLandscape(t *testing.T) {
	w, made := build(t, dataLandscape)
	for _, th := range dataLandscape {
		res, typ := made[th.name], lookupType(t, th.token)
		merged := typ.Merge(res.Props, fillIn(th.props, made).(map[string]any), nil)
		again, err := w.Apply(&Request{Scope: home, Op: Update, Token: th.token, URN: res.URN, ID: res.ID, Known: res.Props, New: merged}, typ.Recompute, typ.Properties)
		require.NoError(t, err, "update %s", th.name)
		require.Equal(t, res.Props, again.Props, "%s is not steady", th.name)
		require.Empty(t, typ.Diff(typ.Inputs(again.Props, fillIn(th.props, made).(map[string]any)), fillIn(th.props, made).(map[string]any), nil).Changes, "%s drifts", th.name)
	}
	for _, th := range slices.Backward(dataLandscape) {
		res, typ := made[th.name], lookupType(t, th.token)
		_, err := w.Apply(&Request{Scope: home, Op: Delete, Token: th.token, URN: res.URN, ID: res.ID, Known: res.Props}, nil, typ.Properties)
		require.NoError(t, err, "delete %s", th.name)
	}
	require.Empty(t, w.List(false))
}

func lookupType(t *testing.T, token string) *facts.Type {
	t.Helper()
	typ, err := facts.Lookup(token)
	require.NoError(t, err)
	return typ
}
