package aws

import (
	"strings"
	"testing"
)

const dataSecretARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-AbCdEf"

var soundRDS = map[string]Obj{
	"rds.instance": {"identifier": "new", "engine": "postgres", "engineVersion": "16.4", "instanceClass": "db.t4g.medium", "allocatedStorage": 50, "storageType": "gp3", "username": "app",
		"password": "Sup3rsecret!", "storageEncrypted": true, "dbSubnetGroupName": "data", "vpcSecurityGroupIds": []string{"sg-1"}, "backupRetentionPeriod": 7, "finalSnapshotIdentifier": "new-final"},
	"rds.cluster": {"clusterIdentifier": "new", "engine": "aurora-postgresql", "engineVersion": "16.4", "masterUsername": "app", "manageMasterUserPassword": true, "dbSubnetGroupName": "data",
		"vpcSecurityGroupIds": []string{"sg-1"}, "finalSnapshotIdentifier": "new-final", "storageEncrypted": true},
	"rds.clusterInstance":       {"identifier": "new-1", "clusterIdentifier": "aurora", "engine": "aurora-postgresql", "instanceClass": "db.r7g.large"},
	"rds.subnetGroup":           {"name": "new", "subnetIds": []string{"a", "b"}},
	"rds.parameterGroup":        {"name": "new", "family": "postgres16"},
	"rds.clusterParameterGroup": {"name": "new", "family": "aurora-postgresql16"},
	"rds.optionGroup":           {"name": "new", "engineName": "mysql", "majorEngineVersion": "8.0"},
	"rds.proxy": {"name": "new", "engineFamily": "POSTGRESQL", "roleArn": dataRoleARN, "requireTls": true, "vpcSubnetIds": []string{"a", "b"},
		"auths": []Obj{{"secretArn": dataSecretARN, "iamAuth": "DISABLED"}}},
	"rds.proxyDefaultTargetGroup":             {"dbProxyName": "proxy"},
	"rds.proxyTarget":                         {"dbProxyName": "proxy", "targetGroupName": "default", "dbInstanceIdentifier": "main"},
	"rds.proxyEndpoint":                       {"dbProxyName": "proxy", "dbProxyEndpointName": "reads", "vpcSubnetIds": []string{"a", "b"}, "targetRole": "READ_WRITE"},
	"rds.eventSubscription":                   {"name": "new", "snsTopic": dataTopicARN, "sourceType": "db-instance"},
	"rds.globalCluster":                       {"globalClusterIdentifier": "world", "engine": "aurora-postgresql", "engineVersion": "16.4", "storageEncrypted": true},
	"rds.instanceAutomatedBackupsReplication": {"sourceDbInstanceArn": "arn:aws:rds:us-east-1:111122223333:db:abroad", "retentionPeriod": 7, "kmsKeyId": dataKeyARN},
}

// replica turns the sound instance into a replica of main.
func replica(changes Obj) Obj {
	out := Obj{"replicateSourceDb": "main", "engine": nil, "engineVersion": nil, "username": nil, "password": nil, "dbSubnetGroupName": nil, "allocatedStorage": nil, "storageType": nil,
		"vpcSecurityGroupIds": nil, "storageEncrypted": nil, "finalSnapshotIdentifier": nil, "skipFinalSnapshot": true}
	for key, v := range changes {
		out[key] = v
	}
	return out
}

func source(changes Obj) []*Resource {
	return []*Resource{existing("rds.instance", "db-src", altered(postgresDatabase("src"), changes))}
}

func many(n int, kind string, props Obj) []*Resource {
	var out []*Resource
	for i := range n {
		out = append(out, existing(kind, say("%s-%d", kind, i), props))
	}
	return out
}

func TestRDSRules(t *testing.T) {
	const group = "eu-west-1"
	member := func(changes Obj) []*Resource {
		return []*Resource{existing("rds.instance", "self-replica", altered(postgresDatabase("copy"), changes))}
	}
	ownARN := "arn:aws:rds:" + group + ":111122223333:db:new"
	abroadDB := func(changes Obj) []*Resource {
		return []*Resource{away(existing("rds.instance", "db-abroad", altered(altered(postgresDatabase("abroad"), Obj{"arn": "arn:aws:rds:us-east-1:111122223333:db:abroad"}), changes)))}
	}
	proxy := []*Resource{existing("rds.proxy", "proxy", Obj{"name": "proxy", "engineFamily": "POSTGRESQL", "vpcSubnetIds": []string{"a", "b"}})}
	snapshots := []*Resource{existing("rds.snapshot", "snap", Obj{"dbSnapshotIdentifier": "snap", "engine": "postgres", "engineVersion": "16.4", "encrypted": true}), existing(clusterSnapshot, "snaps", Obj{"dbClusterSnapshotIdentifier": "snaps"})}
	fromSnapshot := Obj{"username": nil, "password": nil, "snapshotIdentifier": "snap"}
	past := func(changes Obj) Obj {
		return Obj{"username": nil, "password": nil, "restoreToPointInTime": map[string]any(altered(Obj{"sourceDbInstanceIdentifier": "main", "useLatestRestorableTime": true}, changes))}
	}
	world := []*Resource{existing("rds.globalCluster", "world", Obj{"globalClusterIdentifier": "world", "engine": "aurora-postgresql", "engineVersion": "16.4"})}
	plain := Obj{"manageMasterUserPassword": nil, "masterPassword": "Sup3rsecret!"}
	multiAZ := Obj{"engine": "postgres", "dbSubnetGroupName": "three", "dbClusterInstanceClass": "db.m6gd.large", "allocatedStorage": 100, "storageType": "io1", "iops": 1000}
	judgeCases(t, rdsRules, soundRDS, []ruleCase{
		{rule: "db-identifier", kind: "rds.instance", bad: Obj{"identifier": "New_DB"}, good: Obj{"identifier": strings.Repeat("a", 63)}},
		{rule: "db-identifier", kind: "rds.cluster", bad: Obj{"clusterIdentifier": strings.Repeat("a", 64)}, good: Obj{"clusterIdentifier": nil, "clusterIdentifierPrefix": "app-"}},
		{rule: "db-identifier", kind: "rds.clusterInstance", bad: Obj{"identifier": "a--b"}},
		{rule: "db-identifier-taken", kind: "rds.clusterInstance", bad: Obj{"identifier": "main"}},
		{rule: "db-cluster-identifier-taken", kind: "rds.cluster", bad: Obj{"clusterIdentifier": "docs"}},
		{rule: "db-instance-quota", kind: "rds.instance", worse: many(40, "rds.clusterInstance", nil), with: many(30, "docdb.clusterInstance", nil)},
		{rule: "db-engine", kind: "rds.instance", bad: Obj{"engine": "postgresql"}},
		{rule: "db-engine", kind: "rds.cluster", bad: Obj{"engine": "docdb"}},
		{rule: "db-engine-version", kind: "rds.instance", bad: Obj{"engineVersion": "9.6"}, good: Obj{"engineVersion": "17"}},
		{rule: "db-engine-version", kind: "rds.cluster", bad: Obj{"engine": "aurora-mysql", "engineVersion": "8.0.35"}, good: Obj{"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.07.1"}},
		{rule: "db-class", kind: "rds.instance", bad: Obj{"instanceClass": "db.t2.small"}, good: Obj{"instanceClass": "db.m7g.large"}},
		{rule: "db-class", kind: "rds.instance", bad: Obj{"engine": "mysql", "engineVersion": "5.7", "instanceClass": "db.t4g.micro"}, good: Obj{"engine": "mysql", "engineVersion": "8.0.36", "instanceClass": "db.t4g.micro"}},
		{rule: "db-class", kind: "rds.clusterInstance", bad: Obj{"instanceClass": "db.m6g.large"}, good: Obj{"instanceClass": "db.t4g.medium"}},
		{rule: "db-class", kind: "rds.instance", bad: Obj{"engine": "sqlserver-se", "engineVersion": "15.00", "instanceClass": "db.m6g.large"}, good: Obj{"engine": "sqlserver-se", "engineVersion": "15.00", "instanceClass": "db.m6i.large"}},
		{rule: "db-upgrade", kind: "rds.instance", op: Update, bad: Obj{"engineVersion": "17.4"}, good: Obj{"engineVersion": "17.4", "allowMajorVersionUpgrade": true}},
		{rule: "db-upgrade", kind: "rds.instance", op: Update, bad: Obj{"engineVersion": "16.3"}, good: Obj{"engineVersion": "16.6"}},
		{rule: "db-upgrade", kind: "rds.instance", op: Update, old: Obj{"engine": "mysql", "engineVersion": "5.7", "instanceClass": "db.t3.medium"}, bad: Obj{"engineVersion": "8.4", "allowMajorVersionUpgrade": true}, good: Obj{"engineVersion": "8.0", "allowMajorVersionUpgrade": true}},
		{rule: "db-extended-support", kind: "rds.instance", bad: Obj{"engineVersion": "12", "engineLifecycleSupport": "open-source-rds-extended-support-disabled"}, good: Obj{"engineLifecycleSupport": "open-source-rds-extended-support-disabled"}},
		{rule: "db-username", kind: "rds.instance", bad: Obj{"username": "admin"}, good: Obj{"engine": "mysql", "engineVersion": "8.4", "username": "admin"}},
		{rule: "db-username", kind: "rds.cluster", bad: Obj{"masterUsername": "1app"}},
		{rule: "db-password", kind: "rds.instance", bad: Obj{"password": "p@ssw0rd1"}, good: Obj{"password": "p#ssw0rd1"}},
		{rule: "db-password", kind: "rds.cluster", bad: altered(plain, Obj{"masterPassword": "short"}), good: plain},
		{rule: "db-managed-password", kind: "rds.instance", bad: Obj{"manageMasterUserPassword": true}, good: Obj{"manageMasterUserPassword": true, "password": nil, "masterUserSecretKmsKeyId": dataKeyARN}},
		{rule: "db-managed-password-off", kind: "rds.instance", op: Update, old: Obj{"manageMasterUserPassword": true, "password": nil}, bad: Obj{"manageMasterUserPassword": nil}, good: Obj{"manageMasterUserPassword": nil, "password": "0therSecret!"}},
		{rule: "db-master-missing", kind: "rds.instance", bad: Obj{"password": nil}, good: Obj{"username": nil, "password": nil, "snapshotIdentifier": "snap"}, with: snapshots},
		{rule: "db-name", kind: "rds.instance", bad: Obj{"dbName": "my-app"}, good: Obj{"dbName": "my_app"}},
		{rule: "db-name", kind: "rds.instance", bad: Obj{"engine": "sqlserver-ex", "engineVersion": "15.00", "instanceClass": "db.t3.small", "dbName": "app"}, good: Obj{"engine": "sqlserver-ex", "engineVersion": "15.00", "instanceClass": "db.t3.small"}},
		{rule: "db-port", kind: "rds.instance", bad: Obj{"port": 80}, good: Obj{"port": 5433}},
		{rule: "db-retention", kind: "rds.instance", bad: Obj{"backupRetentionPeriod": 36}, good: Obj{"backupRetentionPeriod": 0}},
		{rule: "db-retention", kind: "rds.cluster", bad: Obj{"backupRetentionPeriod": 0}, good: Obj{"backupRetentionPeriod": 35}},
		{rule: "db-windows", kind: "rds.instance", bad: Obj{"backupWindow": "03:00-04:00", "maintenanceWindow": "sun:03:30-sun:04:30"}, good: Obj{"backupWindow": "03:00-04:00", "maintenanceWindow": "sun:04:00-sun:05:00"}},
		{rule: "db-windows", kind: "rds.cluster", bad: Obj{"preferredBackupWindow": "03:00-03:15"}, good: Obj{"preferredBackupWindow": "03:00-03:30"}},
		{rule: "db-log-exports", kind: "rds.instance", bad: Obj{"enabledCloudwatchLogsExports": []string{"slowquery"}}, good: Obj{"enabledCloudwatchLogsExports": []string{"postgresql", "upgrade"}}},
		{rule: "db-kms-key", kind: "rds.instance", bad: Obj{"kmsKeyId": strings.Replace(dataKeyARN, "k1", "k2", 1)}, good: Obj{"kmsKeyId": dataKeyARN}},
		{rule: "db-kms-key", kind: "rds.instance", bad: Obj{"kmsKeyId": strings.Replace(dataKeyARN, "eu-west-1", "us-east-1", 1)}},
		{rule: "db-kms-unencrypted", kind: "rds.instance", bad: Obj{"kmsKeyId": dataKeyARN, "storageEncrypted": nil}, good: Obj{"kmsKeyId": dataKeyARN}},
		{rule: "db-monitoring", kind: "rds.instance", bad: Obj{"monitoringInterval": 60}, good: Obj{"monitoringInterval": 60, "monitoringRoleArn": dataRoleARN}},
		{rule: "db-monitoring", kind: "rds.clusterInstance", bad: Obj{"monitoringInterval": 20, "monitoringRoleArn": dataRoleARN}},
		{rule: "db-monitoring-role", kind: "rds.instance", bad: Obj{"monitoringInterval": 60, "monitoringRoleArn": plainRoleARN}},
		{rule: "db-insights-retention", kind: "rds.instance", bad: Obj{"performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 30}, good: Obj{"performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 93}},
		{rule: "db-insights-class", kind: "rds.instance", bad: Obj{"engine": "mysql", "engineVersion": "8.4", "instanceClass": "db.t4g.micro", "performanceInsightsEnabled": true}, good: Obj{"instanceClass": "db.t4g.micro", "performanceInsightsEnabled": true}},
		{rule: "db-insights-mode", kind: "rds.instance", bad: Obj{"databaseInsightsMode": "advanced", "performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 7}, good: Obj{"databaseInsightsMode": "advanced", "performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 465}},
		{rule: "db-ca", kind: "rds.instance", bad: Obj{"caCertIdentifier": "rds-ca-2019"}, good: Obj{"caCertIdentifier": "rds-ca-ecc384-g1"}},
		{rule: "db-zone", kind: "rds.instance", bad: Obj{"availabilityZone": "eu-west-1c"}, good: Obj{"availabilityZone": "eu-west-1b"}},
		{rule: "db-security-groups", kind: "rds.instance", bad: Obj{"vpcSecurityGroupIds": []string{"sg-2"}}},
		{rule: "db-security-groups", kind: "rds.cluster", bad: Obj{"vpcSecurityGroupIds": []string{"sg-9"}}},
		{rule: "db-protected", kind: "rds.instance", op: Delete, bad: Obj{"deletionProtection": true}},
		{rule: "db-protected", kind: "rds.cluster", op: Delete, bad: Obj{"deletionProtection": true}},
		{rule: "db-final-snapshot", kind: "rds.instance", op: Delete, bad: Obj{"finalSnapshotIdentifier": nil}, good: Obj{"finalSnapshotIdentifier": nil, "skipFinalSnapshot": true}},
		{rule: "db-final-snapshot-name", kind: "rds.instance", bad: Obj{"finalSnapshotIdentifier": "final_1"}},
		{rule: "db-final-snapshot-taken", kind: "rds.instance", op: Delete, worse: []*Resource{existing("rds.snapshot", "new-final", Obj{"dbSnapshotIdentifier": "new-final"})}},

		{rule: "db-subnet-group-name", kind: "rds.subnetGroup", bad: Obj{"name": "Data"}, good: Obj{"name": "my data.1"}},
		{rule: "db-subnet-group-taken", kind: "rds.subnetGroup", bad: Obj{"name": "data"}},
		{rule: "db-subnet-group-subnets", kind: "rds.subnetGroup", bad: Obj{"subnetIds": []string{"a", "far"}}},
		{rule: "db-subnet-group-zones", kind: "rds.subnetGroup", bad: Obj{"subnetIds": []string{"b", "b2"}}},
		{rule: "db-subnet-group-quota", kind: "rds.subnetGroup", worse: many(50, "rds.subnetGroup", nil)},
		{rule: "db-subnet-group-in-use", kind: "rds.subnetGroup", op: Delete, bad: Obj{"name": "data"}},
		{rule: "db-subnet-group-missing", kind: "rds.cluster", bad: Obj{"dbSubnetGroupName": "nowhere"}},
		{rule: "db-subnet-group-move", kind: "rds.instance", op: Update, bad: Obj{"dbSubnetGroupName": "three"}, good: Obj{"dbSubnetGroupName": "other", "vpcSecurityGroupIds": []string{"sg-2"}}},
		{rule: "db-parameter-group-name", kind: "rds.parameterGroup", bad: Obj{"name": "my--group"}, good: Obj{"name": nil, "namePrefix": "app-"}},
		{rule: "db-parameter-group-taken", kind: "rds.parameterGroup", worse: many(1, "rds.parameterGroup", Obj{"name": "new"})},
		{rule: "db-parameter-family-known", kind: "rds.parameterGroup", bad: Obj{"family": "postgres-16"}, good: Obj{"family": "sqlserver-ee-15.0"}},
		{rule: "db-parameter-known", kind: "rds.parameterGroup", bad: Obj{"parameters": []Obj{{"name": "slow_query_log", "value": "1"}}}, good: Obj{"parameters": []Obj{{"name": "rds.force_ssl", "value": "1"}}}},
		{rule: "db-parameter-known", kind: "rds.parameterGroup", bad: Obj{"family": "aurora-postgresql16", "parameters": []Obj{{"name": "rds.force_ssl", "value": "1"}}}},
		{rule: "db-parameter-static", kind: "rds.parameterGroup", bad: Obj{"parameters": []Obj{{"name": "max_connections", "value": "100", "applyMethod": "immediate"}}}, good: Obj{"parameters": []Obj{{"name": "max_connections", "value": "100", "applyMethod": "pending-reboot"}}}},
		{rule: "db-parameter-twice", kind: "rds.parameterGroup", bad: Obj{"parameters": []Obj{{"name": "work_mem", "value": "1"}, {"name": "work_mem", "value": "2"}}}},
		{rule: "db-parameter-group-missing", kind: "rds.instance", bad: Obj{"parameterGroupName": "mine"}, good: Obj{"parameterGroupName": "default.postgres16"}},
		{rule: "db-parameter-family", kind: "rds.instance", bad: Obj{"parameterGroupName": "mine", "engineVersion": "17.4"}, good: Obj{"parameterGroupName": "mine"}, with: []*Resource{existing("rds.parameterGroup", "mine", Obj{"name": "mine", "family": "postgres16"})}},
		{rule: "db-parameter-family", kind: "rds.instance", op: Update, old: Obj{"parameterGroupName": "default.postgres16"}, bad: Obj{"parameterGroupName": "default.postgres15"}, good: Obj{"engineVersion": "17.4", "allowMajorVersionUpgrade": true}},
		{rule: "db-parameter-family", kind: "rds.cluster", bad: Obj{"dbClusterParameterGroupName": "default.aurora-postgresql15"}},
		{rule: "db-parameter-group-in-use", kind: "rds.parameterGroup", op: Delete, worse: many(1, "rds.clusterInstance", Obj{"dbParameterGroupName": "new"})},
		{rule: "db-option-group", kind: "rds.instance", bad: Obj{"optionGroupName": "mine"}, good: Obj{"engine": "mysql", "engineVersion": "8.0.36", "optionGroupName": "mine"}, with: []*Resource{existing("rds.optionGroup", "mine", soundRDS["rds.optionGroup"])}},
		{rule: "db-option-group-engine", kind: "rds.optionGroup", bad: Obj{"majorEngineVersion": "8.0.36"}},
		{rule: "db-option-group-missing", kind: "rds.instance", bad: Obj{"optionGroupName": "none"}, good: Obj{"optionGroupName": "default:postgres-16"}},
		{rule: "db-option-group-in-use", kind: "rds.optionGroup", op: Delete, worse: many(1, "rds.instance", Obj{"optionGroupName": "new"})},

		{rule: "rds-aurora-instance", kind: "rds.instance", bad: Obj{"engine": "aurora-postgresql"}},
		{rule: "rds-storage-missing", kind: "rds.instance", bad: Obj{"allocatedStorage": nil}},
		{rule: "rds-storage-type", kind: "rds.instance", bad: Obj{"storageType": "gp1"}},
		{rule: "rds-storage-size", kind: "rds.instance", bad: Obj{"allocatedStorage": 10}, good: Obj{"allocatedStorage": 20}},
		{rule: "rds-storage-size", kind: "rds.instance", bad: Obj{"storageType": "io2", "iops": 1000, "allocatedStorage": 99}, good: Obj{"storageType": "io2", "iops": 1000, "allocatedStorage": 100}},
		{rule: "rds-storage-shrink", kind: "rds.instance", op: Update, bad: Obj{"allocatedStorage": 40}, good: Obj{"allocatedStorage": 60}},
		{rule: "rds-storage-max", kind: "rds.instance", bad: Obj{"maxAllocatedStorage": 52}, good: Obj{"maxAllocatedStorage": 55}},
		{rule: "rds-iops-missing", kind: "rds.instance", bad: Obj{"storageType": "io1", "allocatedStorage": 100}, good: Obj{"storageType": "io1", "allocatedStorage": 100, "iops": 1000}},
		{rule: "rds-iops-unsupported", kind: "rds.instance", bad: Obj{"iops": 12000}, good: Obj{"iops": 12000, "allocatedStorage": 400}},
		{rule: "rds-iops-unsupported", kind: "rds.instance", op: Update, old: Obj{"iops": 3000}, bad: Obj{"iops": 4000}, good: Obj{"instanceClass": "db.m7g.large"}},
		{rule: "rds-iops-ratio", kind: "rds.instance", bad: Obj{"storageType": "io1", "allocatedStorage": 100, "iops": 6000}, good: Obj{"storageType": "io1", "allocatedStorage": 100, "iops": 5000}},
		{rule: "rds-multi-az-zone", kind: "rds.instance", bad: Obj{"multiAz": true, "availabilityZone": "eu-west-1a"}, good: Obj{"multiAz": true}},
		{rule: "rds-multi-az-engine", kind: "rds.instance", bad: Obj{"engine": "sqlserver-ex", "multiAz": true}},
		{rule: "rds-license", kind: "rds.instance", bad: Obj{"licenseModel": "license-included"}, good: Obj{"licenseModel": "postgresql-license"}},
		{rule: "rds-public", kind: "rds.instance", bad: Obj{"publiclyAccessible": true}},
		{rule: "rds-public", kind: "rds.instance", bad: Obj{"publiclyAccessible": true, "dbSubnetGroupName": "other"}, good: Obj{"publiclyAccessible": true},
			with: []*Resource{existing("ec2.vpc", "vpc-1", Obj{"enableDnsHostnames": true}), existing("ec2.internetGateway", "igw", Obj{"vpcId": "vpc-1"})}},
		{rule: "rds-blue-green", kind: "rds.instance", op: Update, old: Obj{"blueGreenUpdate": Obj{"enabled": true}, "backupRetentionPeriod": 0}, bad: Obj{"engineVersion": "16.6"}},
		{rule: "rds-backups-export-region", kind: "rds.instanceAutomatedBackupsReplication", bad: Obj{"sourceDbInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:main"}, with: abroadDB(nil)},
		{rule: "rds-backups-export-source", kind: "rds.instanceAutomatedBackupsReplication", bad: Obj{"kmsKeyId": nil}, with: abroadDB(nil)},
		{rule: "rds-event-source", kind: "rds.eventSubscription", bad: Obj{"sourceType": nil, "sourceIds": []string{"main"}}},
		{rule: "rds-event-source-found", kind: "rds.eventSubscription", bad: Obj{"sourceIds": []string{"none"}}, good: Obj{"sourceIds": []string{"main"}}},
		{rule: "rds-event-source-found", kind: "rds.eventSubscription", bad: Obj{"sourceType": "db-cluster", "sourceIds": []string{"main"}}, good: Obj{"sourceType": "db-cluster", "sourceIds": []string{"aurora"}}},
		{rule: "rds-event-category", kind: "rds.eventSubscription", bad: Obj{"eventCategories": []string{"low_storage"}}, good: Obj{"eventCategories": []string{"low storage", "failover"}}},
		{rule: "rds-event-topic", kind: "rds.eventSubscription", bad: Obj{"snsTopic": dataTopicARN + "x"}},

		{rule: "replica-source", kind: "rds.instance", bad: replica(Obj{"replicateSourceDb": "abroad"}), good: replica(Obj{"replicateSourceDb": "arn:aws:rds:us-east-1:111122223333:db:abroad", "kmsKeyId": dataKeyARN}), with: abroadDB(nil)},
		{rule: "replica-backups", kind: "rds.instance", bad: replica(Obj{"replicateSourceDb": "src"}), good: replica(nil), with: source(Obj{"backupRetentionPeriod": 0})},
		{rule: "replica-source-backups", kind: "rds.instance", op: Update, old: Obj{"arn": ownARN}, bad: Obj{"backupRetentionPeriod": 0}, good: Obj{"backupRetentionPeriod": 1}, with: member(Obj{"replicateSourceDb": "new"})},
		{rule: "replica-source-change", kind: "rds.instance", op: Update, old: replica(nil), bad: Obj{"replicateSourceDb": "src"}, good: Obj{"replicateSourceDb": "arn:aws:rds:eu-west-1:111122223333:db:main"}, with: source(nil)},
		{rule: "replica-source-change", kind: "rds.instance", op: Update, bad: Obj{"replicateSourceDb": "main"}},
		{rule: "replica-source-change", kind: "rds.instance", op: Update, old: replica(nil), bad: Obj{"replicateSourceDb": "src"}, good: Obj{"replicateSourceDb": nil}, with: source(nil)},
		{rule: "replica-engine", kind: "rds.instance", bad: replica(Obj{"engine": "mysql"}), good: replica(Obj{"engine": "postgres"})},
		{rule: "replica-engine", kind: "rds.instance", bad: replica(Obj{"engineVersion": "15.2"}), good: replica(Obj{"engineVersion": "16.4"})},
		{rule: "replica-credentials", kind: "rds.instance", bad: replica(Obj{"username": "app"}), good: replica(nil)},
		{rule: "replica-managed-password", kind: "rds.instance", bad: replica(Obj{"replicateSourceDb": "src"}), good: replica(nil), with: source(Obj{"manageMasterUserPassword": true})},
		{rule: "replica-managed-password", kind: "rds.instance", bad: replica(nil), good: replica(Obj{"replicateSourceDb": "src", "instanceClass": "db.m6i.large", "backupRetentionPeriod": nil}), with: source(Obj{"manageMasterUserPassword": true, "engine": "sqlserver-ee", "engineVersion": "15.00"}),
			worse: []*Resource{existing("rds.instance", "db-1", altered(postgresDatabase("main"), Obj{"manageMasterUserPassword": true}))}},
		{rule: "replica-quota", kind: "rds.instance", bad: replica(nil), good: replica(nil), worse: many(15, "rds.instance", Obj{"replicateSourceDb": "main"})},
		{rule: "replica-subnet-group", kind: "rds.instance", bad: replica(Obj{"dbSubnetGroupName": "data"}), good: replica(Obj{"dbSubnetGroupName": "data", "replicateSourceDb": "arn:aws:rds:eu-west-1:111122223333:db:main"})},
		{rule: "replica-cross-region-key", kind: "rds.instance", bad: replica(Obj{"replicateSourceDb": "arn:aws:rds:us-east-1:111122223333:db:abroad"}), good: replica(nil), with: abroadDB(nil)},
		{rule: "replica-backups-engine", kind: "rds.instance", bad: replica(Obj{"replicateSourceDb": "src", "instanceClass": "db.m6i.large"}), good: replica(Obj{"replicateSourceDb": "src", "instanceClass": "db.m6i.large", "backupRetentionPeriod": nil}), with: source(Obj{"engine": "sqlserver-ee", "engineVersion": "15.00"})},
		{rule: "replica-final-snapshot", kind: "rds.instance", op: Delete, old: replica(nil), bad: Obj{"skipFinalSnapshot": nil}},

		{rule: "db-snapshot-missing", kind: "rds.instance", bad: altered(fromSnapshot, Obj{"snapshotIdentifier": "other"}), good: fromSnapshot, with: snapshots},
		{rule: "db-snapshot-missing", kind: "rds.instance", bad: altered(fromSnapshot, Obj{"snapshotIdentifier": "arn:aws:rds:eu-west-1:111122223333:snapshot:other"}), good: altered(fromSnapshot, Obj{"snapshotIdentifier": "arn:aws:rds:eu-west-1:999988887777:snapshot:theirs"})},
		{rule: "db-cluster-snapshot-missing", kind: "rds.cluster", bad: Obj{"snapshotIdentifier": "other"}, good: Obj{"snapshotIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:snaps"}, with: snapshots},
		{rule: "db-snapshot-engine", kind: "rds.instance", bad: altered(fromSnapshot, Obj{"engine": "mysql", "engineVersion": "8.4"}), good: fromSnapshot, with: snapshots},
		{rule: "db-restore-source", kind: "rds.instance", bad: past(Obj{"sourceDbInstanceIdentifier": "gone"}), good: past(nil)},
		{rule: "db-restore-source", kind: "rds.instance", bad: past(Obj{"sourceDbInstanceIdentifier": nil}), good: past(Obj{"sourceDbInstanceIdentifier": nil, "sourceDbiResourceId": "db-GONE"})},
		{rule: "db-cluster-restore-source", kind: "rds.cluster", bad: Obj{"restoreToPointInTime": Obj{"sourceClusterIdentifier": "gone", "useLatestRestorableTime": true}}, good: Obj{"restoreToPointInTime": Obj{"sourceClusterIdentifier": "aurora", "useLatestRestorableTime": true}}},
		{rule: "db-restore-backups", kind: "rds.instance", bad: past(nil), good: past(nil), worse: []*Resource{existing("rds.instance", "db-1", altered(postgresDatabase("main"), Obj{"backupRetentionPeriod": 0}))}},
		{rule: "db-restore-time", kind: "rds.instance", bad: past(Obj{"restoreTime": "2026-01-01T00:00:00Z"}), good: past(Obj{"restoreTime": "2026-01-01T00:00:00Z", "useLatestRestorableTime": nil})},

		{rule: "cluster-engine", kind: "rds.cluster", bad: Obj{"engine": "mariadb"}},
		{rule: "cluster-multi-az", kind: "rds.cluster", bad: altered(multiAZ, Obj{"dbSubnetGroupName": "data"}), good: multiAZ},
		{rule: "cluster-aurora-storage", kind: "rds.cluster", bad: Obj{"storageType": "gp3"}, good: Obj{"storageType": "aurora-iopt1"}},
		{rule: "cluster-zones", kind: "rds.cluster", bad: Obj{"availabilityZones": []string{"eu-west-1d"}}, good: Obj{"availabilityZones": []string{"eu-west-1a", "eu-west-1b"}}},
		{rule: "cluster-aurora-only", kind: "rds.cluster", bad: Obj{"backtrackWindow": 3600}, good: Obj{"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.07.1", "backtrackWindow": 3600}},
		{rule: "cluster-serverless-range", kind: "rds.cluster", bad: Obj{"serverlessv2ScalingConfiguration": Obj{"minCapacity": 0.25, "maxCapacity": 4}}, good: Obj{"serverlessv2ScalingConfiguration": Obj{"minCapacity": 0, "maxCapacity": 256, "secondsUntilAutoPause": 300}}},
		{rule: "cluster-serverless-range", kind: "rds.cluster", bad: Obj{"serverlessv2ScalingConfiguration": Obj{"minCapacity": 8, "maxCapacity": 4}}},
		{rule: "cluster-serverless-range", kind: "rds.cluster", op: Update, old: Obj{"serverlessv2ScalingConfiguration": Obj{"minCapacity": 0, "maxCapacity": 4, "secondsUntilAutoPause": 300}},
			bad:  Obj{"serverlessv2ScalingConfiguration": Obj{"minCapacity": 0.5, "maxCapacity": 4, "secondsUntilAutoPause": 600}},
			good: Obj{"serverlessv2ScalingConfiguration": Obj{"minCapacity": 0.5, "maxCapacity": 4, "secondsUntilAutoPause": 300}}},
		{rule: "cluster-serverless-version", kind: "rds.cluster", bad: Obj{"engineVersion": "13.14", "serverlessv2ScalingConfiguration": Obj{"minCapacity": 0, "maxCapacity": 4}}, good: Obj{"engineVersion": "13.15", "serverlessv2ScalingConfiguration": Obj{"minCapacity": 0, "maxCapacity": 4}}},
		{rule: "cluster-global", kind: "rds.cluster", bad: Obj{"globalClusterIdentifier": "nowhere"}},
		{rule: "cluster-global-fit", kind: "rds.cluster", bad: Obj{"globalClusterIdentifier": "world"}, good: altered(plain, Obj{"manageMasterUserPassword": false, "globalClusterIdentifier": "world"}), with: world},
		{rule: "cluster-not-empty", kind: "rds.cluster", op: Delete, worse: many(1, "rds.clusterInstance", Obj{"clusterIdentifier": "new"})},
		{rule: "member-cluster", kind: "rds.clusterInstance", bad: Obj{"clusterIdentifier": "nowhere"}},
		{rule: "member-engine", kind: "rds.clusterInstance", bad: Obj{"engine": "aurora-mysql"}},
		{rule: "member-engine", kind: "rds.clusterInstance", bad: Obj{"engineVersion": "15.4"}, good: Obj{"engineVersion": "16.4"}},
		{rule: "member-serverless", kind: "rds.clusterInstance", bad: Obj{"instanceClass": "db.serverless", "clusterIdentifier": "fixed"}, good: Obj{"instanceClass": "db.serverless"},
			with: []*Resource{existing("rds.cluster", "fixed", altered(auroraCluster("fixed"), Obj{"serverlessv2ScalingConfiguration": nil}))}},
		{rule: "member-quota", kind: "rds.clusterInstance", worse: many(16, "rds.clusterInstance", Obj{"clusterIdentifier": "aurora"}), with: many(5, "docdb.clusterInstance", nil)},
		{rule: "member-subnet-group", kind: "rds.clusterInstance", bad: Obj{"dbSubnetGroupName": "three"}, good: Obj{"dbSubnetGroupName": "data"}},
		{rule: "member-promotion", kind: "rds.clusterInstance", bad: Obj{"promotionTier": 16}, good: Obj{"promotionTier": 15}},
		{rule: "global-engine", kind: "rds.globalCluster", bad: Obj{"engine": "postgres"}},
		{rule: "global-protected", kind: "rds.globalCluster", op: Delete, bad: Obj{"deletionProtection": true}},
		{rule: "global-protected", kind: "rds.globalCluster", op: Delete, worse: many(1, "rds.cluster", Obj{"globalClusterIdentifier": "world"})},

		{rule: "proxy-name", kind: "rds.proxy", bad: Obj{"name": "my_proxy"}},
		{rule: "proxy-taken", kind: "rds.proxy", bad: Obj{"name": "proxy"}, with: proxy},
		{rule: "proxy-family", kind: "rds.proxy", bad: Obj{"engineFamily": "POSTGRES"}},
		{rule: "proxy-subnets", kind: "rds.proxy", bad: Obj{"vpcSubnetIds": []string{"b", "b2"}}},
		{rule: "proxy-subnets", kind: "rds.proxy", bad: Obj{"vpcSecurityGroupIds": []string{"sg-2"}}, good: Obj{"vpcSecurityGroupIds": []string{"sg-1"}}},
		{rule: "proxy-role", kind: "rds.proxy", bad: Obj{"roleArn": plainRoleARN}},
		{rule: "proxy-secret", kind: "rds.proxy", bad: Obj{"auths": []Obj{{"secretArn": dataSecretARN + "x"}}}},
		{rule: "proxy-auth", kind: "rds.proxy", bad: Obj{"requireTls": false, "auths": []Obj{{"secretArn": dataSecretARN, "iamAuth": "REQUIRED"}}}, good: Obj{"auths": []Obj{{"secretArn": dataSecretARN, "iamAuth": "REQUIRED"}}}},
		{rule: "proxy-idle", kind: "rds.proxy", bad: Obj{"idleClientTimeout": 30000}, good: Obj{"idleClientTimeout": 1800}},
		{rule: "proxy-missing", kind: "rds.proxyDefaultTargetGroup", bad: Obj{"dbProxyName": "none"}, with: proxy},
		{rule: "proxy-pool", kind: "rds.proxyDefaultTargetGroup", bad: Obj{"connectionPoolConfig": Obj{"maxConnectionsPercent": 50, "maxIdleConnectionsPercent": 60}}, good: Obj{"connectionPoolConfig": Obj{"maxConnectionsPercent": 90, "maxIdleConnectionsPercent": 50}}, with: proxy},
		{rule: "proxy-target", kind: "rds.proxyTarget", bad: Obj{"dbInstanceIdentifier": "none"}, with: proxy},
		{rule: "proxy-target-fit", kind: "rds.proxyTarget", bad: Obj{"dbInstanceIdentifier": "src"}, with: append(source(Obj{"engine": "mysql", "engineVersion": "8.4"}), proxy...)},
		{rule: "proxy-target-taken", kind: "rds.proxyTarget", with: proxy, worse: many(1, "rds.proxyTarget", Obj{"dbProxyName": "proxy", "targetGroupName": "default"})},
		{rule: "proxy-endpoint-role", kind: "rds.proxyEndpoint", bad: Obj{"targetRole": "READ_ONLY"}, with: append(proxy, existing("rds.proxyTarget", "t", Obj{"dbProxyName": "proxy", "dbInstanceIdentifier": "main"}))},
	})
}
