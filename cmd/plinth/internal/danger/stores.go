package danger

import "github.com/plinth-iac/plinth/policies/rule"

// How else to have what makes the engine replace a store.
const (
	beside      = "make a second one beside it, copy the data, switch to it, and delete this one with a later change"
	bySnapshot  = "restore a snapshot into a second one, switch to that, and delete this one with a later change"
	onlyAtFirst = "it counts at creation only: take the change back, or list it in ignoreChanges"
	newVault    = "make a second vault, and delete this one when its recovery points have expired"
	newKey      = "make a second key, encrypt anew with it, and delete this one when nothing needs it"
	zonesFirst  = "AWS adds zones by itself: leave it out, or list it in ignoreChanges"
)

const empty = "is empty"

// decrypted is how to take encryption away: what is restored from an encrypted snapshot has it.
var decrypted = map[string]string{
	"storageEncrypted": "leave it encrypted; an unencrypted one can only be had by dumping and loading the data into a new one",
	"encrypted":        "leave it encrypted; an unencrypted one can only be had by copying the files to a new one",
}

// stores are what keeps data, or has an address or a key that nobody can make again.
var stores = map[string][]missed{
	// Databases. A replica is a copy: without it, nothing is lost.
	"aws:rds/instance:Instance": {
		{
			when: isSet("replicateSourceDb"), kind: Outage, with: "a copy that is read from", fresh: "has its data only when it is copied", identity: "identifier",
			stops: []guard{deletionProtection}, instead: map[string]string{"kmsKeyId": "make a second replica beside it, and switch to it"},
		},
		{
			kind: Loss, with: "its databases", fresh: empty, identity: "identifier",
			keeps: []guard{finalSnapshot, automatedBackups}, stops: []guard{deletionProtection, unnamedSnapshot},
			from: []string{"snapshotIdentifier", "restoreToPointInTime", "replicateSourceDb", "s3Import"}, off: decrypted,
			instead: map[string]string{
				"kmsKeyId": bySnapshot, "storageEncrypted": bySnapshot, "engine": beside, "dbName": onlyAtFirst + "; SQL makes another database",
				"username": onlyAtFirst, "snapshotIdentifier": onlyAtFirst, "restoreToPointInTime": onlyAtFirst, "characterSetName": beside,
				"availabilityZone": "leave it out, and it stays where it is: a failover or a restore moves it",
			},
		},
	},
	"aws:rds/cluster:Cluster": {{
		kind: Loss, with: "its databases", fresh: empty, identity: "clusterIdentifier",
		keeps: []guard{finalSnapshot, automatedBackups}, stops: []guard{deletionProtection, unnamedSnapshot},
		from: []string{"snapshotIdentifier", "restoreToPointInTime", "replicationSourceIdentifier", "s3Import"}, off: decrypted,
		instead: map[string]string{
			"kmsKeyId": bySnapshot, "storageEncrypted": bySnapshot, "dbSubnetGroupName": bySnapshot, "engine": beside,
			"databaseName": onlyAtFirst + "; SQL makes another database", "masterUsername": onlyAtFirst, "snapshotIdentifier": onlyAtFirst,
			"restoreToPointInTime": onlyAtFirst, "availabilityZones": zonesFirst,
		},
	}},
	"aws:docdb/cluster:Cluster":               {clusterStore("kmsKeyId", "dbSubnetGroupName", "snapshotIdentifier", "restoreToPointInTime")},
	"aws:neptune/cluster:Cluster":             {clusterStore("kmsKeyArn", "neptuneSubnetGroupName", "snapshotIdentifier", "replicationSourceIdentifier")},
	"aws:docdb/elasticCluster:ElasticCluster": {{kind: Loss, with: "its documents", fresh: empty, identity: "name", instead: map[string]string{"kmsKeyId": beside}}},
	"aws:rds/globalCluster:GlobalCluster": {{kind: Outage, with: "the copies of its databases to other regions", fresh: "copies nothing until clusters are added",
		stops: []guard{deletionProtection}, identity: "globalClusterIdentifier"}},
	"aws:rds/snapshot:Snapshot":                   {{kind: Loss, with: "what it has saved", fresh: "is of today", identity: "dbSnapshotIdentifier"}},
	"aws:rds/clusterSnapshot:ClusterSnapshot":     {{kind: Loss, with: "what it has saved", fresh: "is of today", identity: "dbClusterSnapshotIdentifier"}},
	"aws:docdb/clusterSnapshot:ClusterSnapshot":   {{kind: Loss, with: "what it has saved", fresh: "is of today", identity: "dbClusterSnapshotIdentifier"}},
	"aws:neptune/clusterSnapshot:ClusterSnapshot": {{kind: Loss, with: "what it has saved", fresh: "is of today", identity: "dbClusterSnapshotIdentifier"}},
	"aws:dsql/cluster:Cluster":                    {{kind: Loss, with: "its databases", fresh: empty, stops: []guard{protectedBy("deletionProtectionEnabled")}}},
	"aws:dynamodb/table:Table": {{
		kind: Loss, with: "its items", fresh: empty, identity: "name",
		keeps: []guard{{when: isTrue("pointInTimeRecovery.enabled"), says: "a backup that AWS makes of a table with pointInTimeRecovery, for 35 days"}},
		stops: []guard{protectedBy("deletionProtectionEnabled")},
		from:  []string{"restoreSourceName", "restoreSourceTableArn", "importTable"},
		instead: map[string]string{
			"hashKey": "an index in globalSecondaryIndexes gives another key", "rangeKey": "an index in globalSecondaryIndexes gives another key",
			"localSecondaryIndexes": "an index in globalSecondaryIndexes can be added to the table that is there", "name": beside,
		},
	}},
	"aws:dynamodb/tableReplica:TableReplica": {{kind: Outage, with: "a copy that another region reads and writes", fresh: "has its items only when they are copied",
		stops: []guard{protectedBy("deletionProtectionEnabled")}}},
	"aws:keyspaces/keyspace:Keyspace": {{kind: Loss, with: "all its tables", fresh: empty, identity: "name"}},
	"aws:keyspaces/table:Table":       {{kind: Loss, with: "its rows", fresh: empty, identity: "tableName"}},
	"aws:qldb/ledger:Ledger": {{
		kind: Loss, with: "its journal", fresh: empty, identity: "name",
		stops: []guard{{when: not(having("deletionProtection", rule.IsFalse)), says: "its deletionProtection"}},
	}},
	"aws:timestreamwrite/database:Database":        {{kind: Loss, with: "its series", fresh: empty, identity: "databaseName"}},
	"aws:timestreamwrite/table:Table":              {{kind: Loss, with: "its series", fresh: empty, identity: "tableName"}},
	"aws:timestreaminfluxdb/dbInstance:DbInstance": {{kind: Loss, with: "its series", fresh: empty, identity: "name"}},

	// Warehouses and searches.
	"aws:redshift/cluster:Cluster": {{
		kind: Loss, with: "its databases", fresh: empty, identity: "clusterIdentifier", keeps: []guard{finalSnapshot}, stops: []guard{unnamedSnapshot},
		from: []string{"snapshotIdentifier", "snapshotArn"},
		instead: map[string]string{
			"clusterSubnetGroupName": bySnapshot, "masterUsername": onlyAtFirst, "snapshotIdentifier": onlyAtFirst, "snapshotArn": onlyAtFirst,
		},
	}},
	"aws:redshiftserverless/namespace:Namespace":               {{kind: Loss, with: "its databases", fresh: empty, identity: "namespaceName"}},
	"aws:opensearch/domain:Domain":                             {searchStore},
	"aws:elasticsearch/domain:Domain":                          {searchStore},
	"aws:opensearch/serverlessCollection:ServerlessCollection": {{kind: Loss, with: "its indexes", fresh: empty, identity: "name"}},
	"aws:amp/workspace:Workspace":                              {{kind: Loss, with: "its metrics", fresh: empty, identity: "alias"}},

	// Caches and brokers.
	"aws:elasticache/replicationGroup:ReplicationGroup": {{
		kind: Loss, with: "its entries", fresh: empty, identity: "replicationGroupId", keeps: []guard{finalCopy},
		from: []string{"snapshotName", "snapshotArns", "globalReplicationGroupId"},
		instead: map[string]string{
			"atRestEncryptionEnabled": bySnapshot, "kmsKeyId": bySnapshot, "subnetGroupName": bySnapshot, "snapshotName": onlyAtFirst, "snapshotArns": onlyAtFirst,
		},
	}},
	"aws:elasticache/cluster:Cluster": {{
		kind: Loss, with: "its entries", fresh: empty, identity: "clusterId", keeps: []guard{finalCopy}, from: []string{"snapshotName", "snapshotArns"},
		instead: map[string]string{"snapshotName": onlyAtFirst, "snapshotArns": onlyAtFirst},
	}},
	"aws:elasticache/serverlessCache:ServerlessCache": {{
		kind: Loss, with: "its entries", fresh: empty, identity: "name", from: []string{"snapshotArnsToRestores"},
		instead: map[string]string{"kmsKeyId": bySnapshot, "subnetIds": bySnapshot},
	}},
	"aws:memorydb/cluster:Cluster": {{
		kind: Loss, with: "its entries", fresh: empty, identity: "name",
		keeps: []guard{{when: isSet("finalSnapshotName"), says: "a final snapshot (finalSnapshotName)"}}, from: []string{"snapshotName", "snapshotArns"},
		instead: map[string]string{"kmsKeyArn": bySnapshot, "subnetGroupName": bySnapshot, "tlsEnabled": bySnapshot, "snapshotName": onlyAtFirst, "snapshotArns": onlyAtFirst},
	}},
	"aws:memorydb/snapshot:Snapshot": {{kind: Loss, with: "what it has saved", fresh: "is of today", identity: "name"}},
	"aws:msk/cluster:Cluster": {{
		kind: Loss, with: "its topics", fresh: "is empty, and has other brokers' addresses", identity: "clusterName",
		instead: map[string]string{"brokerNodeGroupInfo": beside, "encryptionInfo": beside},
	}},
	"aws:msk/serverlessCluster:ServerlessCluster": {{kind: Loss, with: "its topics", fresh: empty, identity: "clusterName"}},
	"aws:mq/broker:Broker": {{
		kind: Loss, with: "its messages", fresh: "is empty, and has another address", identity: "brokerName",
		instead: map[string]string{"deploymentMode": beside, "subnetIds": beside, "encryptionOptions": beside},
	}},
	"aws:kinesis/stream:Stream":           {{kind: Loss, with: "its records", fresh: empty, identity: "name"}},
	"aws:kinesis/videoStream:VideoStream": {{kind: Loss, with: "its recordings", fresh: empty, identity: "name"}},
	"aws:sqs/queue:Queue":                 {{kind: Loss, with: "the messages that are in it", fresh: "is empty, and has another address", identity: "name"}},
	"aws:sns/topic:Topic": {{
		kind: Loss, with: "its subscriptions, some of which people have to confirm again",
		fresh: "has no subscriptions but those of programs", identity: "name",
	}},

	// Files, objects and volumes.
	"aws:s3/bucket:Bucket": {{
		kind: Loss, with: "its objects", fresh: empty, identity: "bucket", stops: []guard{fullUnless("forceDestroy", "objects are")},
		instead: map[string]string{"bucket": beside, "bucketPrefix": beside, "objectLockEnabled": "turn it on where the bucket is, with a BucketObjectLockConfiguration"},
	}},
	"aws:s3/directoryBucket:DirectoryBucket": {{kind: Loss, with: "its objects", fresh: empty, identity: "bucket", stops: []guard{fullUnless("forceDestroy", "objects are")}}},
	"aws:s3tables/tableBucket:TableBucket":   {{kind: Loss, with: "its tables", fresh: empty, identity: "name", stops: []guard{{says: "AWS while tables are in it"}}}},
	"aws:s3tables/table:Table":               {{kind: Loss, with: "its rows", fresh: empty, identity: "name"}},
	"aws:efs/fileSystem:FileSystem": {{
		kind: Loss, with: "its files", fresh: empty,
		instead: map[string]string{"kmsKeyId": beside, "encrypted": beside, "performanceMode": beside, "availabilityZoneName": beside},
	}},
	"aws:fsx/windowsFileSystem:WindowsFileSystem": {fileStore(finalBackup)},
	"aws:fsx/openZfsFileSystem:OpenZfsFileSystem": {fileStore(finalBackup)},
	"aws:fsx/ontapVolume:OntapVolume":             {{kind: Loss, with: "its files", fresh: empty, identity: "name", keeps: []guard{finalBackup}}},
	"aws:fsx/lustreFileSystem:LustreFileSystem":   {fileStore(guard{when: having("skipFinalBackup", rule.IsFalse), says: "a final backup (skipFinalBackup)"})},
	"aws:fsx/openZfsVolume:OpenZfsVolume":         {{kind: Loss, with: "its files", fresh: empty, identity: "name"}},
	"aws:fsx/ontapFileSystem:OntapFileSystem":     {{kind: Loss, with: "its files", fresh: empty}},
	"aws:fsx/backup:Backup":                       {{kind: Loss, with: "what it has saved", fresh: "is of today"}},
	"aws:ebs/volume:Volume": {{
		kind: Loss, with: "its blocks", fresh: empty, keeps: []guard{{when: isTrue("finalSnapshot"), says: "a final snapshot (finalSnapshot)"}}, from: []string{"snapshotId"}, off: decrypted,
		instead: map[string]string{"availabilityZone": bySnapshot, "encrypted": bySnapshot, "kmsKeyId": bySnapshot, "snapshotId": onlyAtFirst},
	}},
	"aws:ebs/snapshot:Snapshot": {{kind: Loss, with: "what it has saved", fresh: "is of today"}},
	"aws:ec2/ami:Ami":           {{kind: Loss, with: "the image that machines start from", fresh: "is another one", identity: "name"}},
	// Of machines, those with disks of their own that are dropped with them; see services.
	"aws:ec2/instance:Instance": {{
		when: some("ebsBlockDevices[]", goesAlong), kind: Loss, with: "its disks (ebsBlockDevices)", fresh: empty,
		stops: []guard{leftAs(protectedBy("disableApiTermination"))}, instead: map[string]string{"ebsBlockDevices": "an own Volume and a VolumeAttachment outlive the machine"},
	}},
	"aws:ecr/repository:Repository": {{
		kind: Loss, with: "its images", fresh: empty, identity: "name", stops: []guard{fullUnless("forceDelete", "images are")},
		instead: map[string]string{"encryptionConfigurations": beside, "name": beside},
	}},
	"aws:ecrpublic/repository:Repository": {{
		kind: Loss, with: "its images", fresh: empty, identity: "repositoryName",
		stops: []guard{fullUnless("forceDestroy", "images are")},
	}},
	"aws:codecommit/repository:Repository":       {{kind: Loss, with: "its commits", fresh: empty, identity: "repositoryName"}},
	"aws:codeartifact/repository:Repository":     {{kind: Loss, with: "its packages", fresh: empty, identity: "repository"}},
	"aws:cloudfront/keyValueStore:KeyValueStore": {{kind: Loss, with: "its keys", fresh: empty, identity: "name"}},
	"aws:glacier/vault:Vault":                    {{kind: Loss, with: "its archives", fresh: empty, identity: "name", stops: []guard{{says: "AWS while archives are in it"}}}},

	// Backups and logs.
	"aws:backup/vault:Vault": {{
		kind: Loss, with: "its recovery points", fresh: empty, identity: "name", stops: []guard{fullUnless("forceDestroy", "recovery points are")},
		instead: map[string]string{"kmsKeyArn": newVault, "name": newVault},
	}},
	"aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": {{
		kind: Loss, with: "its recovery points", fresh: empty, identity: "name",
		stops: []guard{{says: "AWS while recovery points are in it"}},
	}},
	"aws:cloudwatch/logGroup:LogGroup": {{
		kind: Loss, with: "its logs", fresh: empty, identity: "name", keeps: []guard{skipDestroy},
		instead: map[string]string{"name": "deploy skipDestroy first, and the old logs stay", "logGroupClass": "deploy skipDestroy first, and the old logs stay"},
	}},

	// Keys, secrets and accounts.
	"aws:kms/key:Key": {keyStore(map[string]string{
		"customerMasterKeySpec": newKey, "keyUsage": newKey, "multiRegion": newKey, "customKeyStoreId": newKey, "xksKeyId": newKey,
	})},
	"aws:kms/externalKey:ExternalKey": {keyStore(nil)},
	"aws:kms/replicaKey:ReplicaKey": {{
		kind: Outage, with: "what is encrypted in this region, until the key is replicated again", fresh: "has another ARN",
		keeps: []guard{scheduled("deletionWindowInDays")},
	}},
	"aws:secretsmanager/secret:Secret": {{
		kind: Loss, with: "its value and versions", fresh: "has another ARN, and no value until it is given one", identity: "name",
		keeps: []guard{scheduled("recoveryWindowInDays")}, instead: map[string]string{"name": beside, "namePrefix": beside},
	}},
	"aws:ssm/parameter:Parameter": {{
		when: is("type", "SecureString"), kind: Loss, with: "its secret and older versions", fresh: "has no older versions", identity: "name",
	}},
	"aws:acmpca/certificateAuthority:CertificateAuthority": {{
		kind: Loss, with: "its key: what trusts it trusts no other", fresh: "has another key, which nothing trusts yet",
		keeps: []guard{scheduled("permanentDeletionTimeInDays")},
	}},
	"aws:cloudhsmv2/cluster:Cluster": {{kind: Loss, with: "its keys", fresh: empty, from: []string{"sourceBackupIdentifier"}}},
	"aws:cognito/userPool:UserPool": {{
		kind: Loss, with: "its users", fresh: "is empty: everybody has to sign up again", identity: "name",
		stops:   []guard{{when: is("deletionProtection", "ACTIVE"), says: "its deletionProtection"}},
		instead: map[string]string{"aliasAttributes": beside, "usernameAttributes": beside},
	}},
	"aws:directoryservice/directory:Directory":   {{kind: Loss, with: "its users and machines", fresh: empty, identity: "name"}},
	"random:index/randomPassword:RandomPassword": {{kind: Loss, with: "the password", fresh: "is another password"}},
	"tls:index/privateKey:PrivateKey":            {{kind: Loss, with: "the key", fresh: "is another key"}},

	// Addresses that others have in their lists.
	"aws:ec2/eip:Eip": {{kind: Loss, with: "its address, which AWS may give to somebody else", fresh: "is another address"}},
	"aws:globalaccelerator/accelerator:Accelerator": {{kind: Loss, with: "its addresses, which AWS may give to somebody else", fresh: "has other addresses", identity: "name"}},
	"aws:cloudfront/distribution:Distribution": {{
		kind: Loss, with: "its domain name, which nobody gets again", fresh: "has another domain name",
		keeps: []guard{{when: isTrue("retainOnDelete"), says: "retainOnDelete, which only turns it off"}},
	}},
	"aws:route53/zone:Zone": {{
		kind: Loss, with: "its name servers, which the domain is delegated to",
		fresh: "has other name servers, and is not found until the domain is delegated to them", identity: "name",
		stops: []guard{fullUnless("forceDestroy", "records of others are")},
	}},

	// Kubernetes.
	"aws:eks/cluster:Cluster": {{
		kind: Loss, with: "all that is declared in it; volumes of its claims stay, and nothing refers to them", fresh: "is empty, and has another address", identity: "name",
		stops: []guard{leftAs(deletionProtection)},
		instead: map[string]string{
			"name": "make a second cluster beside it, and move what runs", "roleArn": "add what is missing to the role that it has",
			"kubernetesNetworkConfig": "make a second cluster beside it, and move what runs", "encryptionConfig": "make a second cluster beside it, and move what runs",
			"accessConfig.bootstrapClusterCreatorAdminPermissions": onlyAtFirst, "bootstrapSelfManagedAddons": onlyAtFirst,
		},
	}},
	"kubernetes:core/v1:Namespace":             {{kind: Loss, with: "all that is in it, volume claims too", fresh: empty, identity: "metadata.name"}},
	"kubernetes:core/v1:PersistentVolumeClaim": {{kind: Loss, with: "its volume, unless the class retains that", fresh: empty}},
	"kubernetes:core/v1:PersistentVolume": {{kind: Loss, with: "its volume", fresh: empty, identity: "metadata.name",
		keeps: []guard{{when: is("spec.persistentVolumeReclaimPolicy", "Retain"), says: "the volume itself (persistentVolumeReclaimPolicy)"}}}},
	// Others leave their volume claims; see services.
	"kubernetes:apps/v1:StatefulSet": {{
		when: is("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Delete"), kind: Loss, with: "its pods and their volume claims",
		fresh: empty, identity: "metadata.name",
	}},
	"kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": {{
		kind: Loss, with: "all objects of its kind, in all namespaces",
		fresh: "has no objects", identity: "metadata.name",
	}},
}

// clusterStore is one of what is a cluster of Aurora by another name.
func clusterStore(key, subnets string, from ...string) missed {
	return missed{
		kind: Loss, with: "its databases", fresh: empty, identity: "clusterIdentifier",
		keeps: []guard{finalSnapshot}, stops: []guard{deletionProtection, unnamedSnapshot}, from: from, off: decrypted,
		instead: map[string]string{
			key: bySnapshot, "storageEncrypted": bySnapshot, subnets: bySnapshot, "snapshotIdentifier": onlyAtFirst, "availabilityZones": zonesFirst,
		},
	}
}

func fileStore(keeps guard) missed {
	return missed{kind: Loss, with: "its files", fresh: empty, from: []string{"backupId"}, keeps: []guard{keeps}, instead: map[string]string{"kmsKeyId": beside}}
}

func keyStore(instead map[string]string) missed {
	return missed{
		kind: Loss, with: "everything that is encrypted with it", fresh: "decrypts nothing that this one has encrypted",
		keeps: []guard{scheduled("deletionWindowInDays")}, instead: instead,
	}
}

var searchStore = missed{
	kind: Loss, with: "its indexes and automatic snapshots", fresh: "is empty, and has another address", identity: "domainName",
	instead: map[string]string{"vpcOptions": beside, "encryptAtRest": beside, "domainName": beside},
}
