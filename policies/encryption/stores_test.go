package encryption

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/9c1b"

// in a region, a resource of a type.
func placed(region, token string, inputs in) []r {
	return []r{{Type: token, Name: "it", In: inputs, Provider: in{"region": region}}}
}

var storeCases = []ruletest.Case{
	check("rds-storage-encrypted", "instance", rule.Pass, "", one(database, in{"storageEncrypted": true})),
	check("rds-storage-encrypted", "cluster", rule.Pass, "", one(dbCluster, in{"storageEncrypted": true, "engineMode": "provisioned"})),
	check("rds-storage-encrypted", "not said", rule.Fail, "storageEncrypted is not set. Fix: set storageEncrypted to true", one(database, in{})),
	check("rds-storage-encrypted", "off", rule.Fail, "storageEncrypted is false", one(dbCluster, in{"storageEncrypted": false})),
	check("rds-storage-encrypted", "cluster not said", rule.Fail, "storageEncrypted is not set", one(dbCluster, in{"engineMode": "provisioned"})),
	check("rds-storage-encrypted", "serverless is by default", rule.Pass, "", one(dbCluster, in{"engineMode": "serverless"})),
	check("rds-storage-encrypted", "global", rule.Fail, "storageEncrypted is not set", one(globalDb, in{"engine": "aurora-postgresql"})),
	check("rds-storage-encrypted", "global of a cluster", rule.NotApplicable, "", one(globalDb, in{"sourceDbClusterIdentifier": later})),
	check("rds-storage-encrypted", "replica next to its source", rule.NotApplicable, "", one(database, in{"replicateSourceDb": "shop"})),
	check("rds-storage-encrypted", "replica by ARN next to its source", rule.NotApplicable, "",
		placed("eu-west-1", database, in{"replicateSourceDb": "arn:aws:rds:eu-west-1:123456789012:db:shop"})),
	check("rds-storage-encrypted", "replica elsewhere without a key", rule.Fail, "replica in another region without a key. Fix: set kmsKeyId",
		placed("eu-central-1", database, in{"replicateSourceDb": "arn:aws:rds:eu-west-1:123456789012:db:shop"})),
	check("rds-storage-encrypted", "cluster replica elsewhere without a key", rule.Fail, "without a key",
		placed("eu-central-1", dbCluster, in{"replicationSourceIdentifier": "arn:aws:rds:eu-west-1:123456789012:cluster:shop"})),
	check("rds-storage-encrypted", "replica elsewhere with a key", rule.Pass, "",
		placed("eu-central-1", database, in{"replicateSourceDb": "arn:aws:rds:eu-west-1:123456789012:db:shop", "kmsKeyId": keyArn})),
	check("rds-storage-encrypted", "replica with a key to come", rule.Unknown, "kmsKeyId", one(database, in{"replicateSourceDb": later, "kmsKeyId": later})),
	check("rds-storage-encrypted", "replica that says so", rule.Pass, "", one(database, in{"replicateSourceDb": later, "kmsKeyId": later, "storageEncrypted": true})),
	check("rds-storage-encrypted", "replica of who knows what", rule.Unknown, "replicateSourceDb", one(database, in{"replicateSourceDb": later})),
	check("rds-storage-encrypted", "replica who knows where", rule.Unknown, "region of the provider",
		one(database, in{"replicateSourceDb": "arn:aws:rds:eu-west-1:123456789012:db:shop"})),
	check("rds-storage-encrypted", "computed", rule.Unknown, "storageEncrypted", one(database, in{"storageEncrypted": later})),

	check("elasticache-at-rest", "on", rule.Pass, "", one(cacheGroup, in{"atRestEncryptionEnabled": true, "kmsKeyId": later})),
	check("elasticache-at-rest", "Redis by default", rule.Fail, "atRestEncryptionEnabled is not set", one(cacheGroup, in{"engine": "redis"})),
	check("elasticache-at-rest", "Valkey by default", rule.Pass, "", one(cacheGroup, in{"engine": "valkey", "kmsKeyId": keyArn})),
	check("elasticache-at-rest", "Valkey off", rule.Fail, "atRestEncryptionEnabled is false", one(cacheGroup, in{"engine": "valkey", "atRestEncryptionEnabled": false})),
	check("elasticache-at-rest", "AWS's key", rule.Fail, "kmsKeyId is not set, so that AWS's own key is used", one(cacheGroup, in{"atRestEncryptionEnabled": true})),
	{Rule: "elasticache-at-rest", Name: "AWS's key in development", Want: rule.Pass, Profile: rule.Development,
		Stack: one(cacheGroup, in{"atRestEncryptionEnabled": true})},
	check("elasticache-at-rest", "secondary of a global datastore", rule.NotApplicable, "", one(cacheGroup, in{"globalReplicationGroupId": later})),
	check("elasticache-at-rest", "computed", rule.Unknown, "atRestEncryptionEnabled", one(cacheGroup, in{"atRestEncryptionEnabled": later})),

	check("docdb-encrypted", "on", rule.Pass, "", one(docdbCluster, in{"storageEncrypted": true, "kmsKeyId": keyArn})),
	check("docdb-encrypted", "off", rule.Fail, "storageEncrypted is not set", one(docdbCluster, in{})),
	check("docdb-encrypted", "AWS's key by name", rule.Fail, `kmsKeyId is "alias/aws/rds", so that AWS's own key is used`,
		one(docdbCluster, in{"storageEncrypted": true, "kmsKeyId": "alias/aws/rds"})),
	check("docdb-encrypted", "computed", rule.Unknown, "storageEncrypted", one(docdbCluster, in{"storageEncrypted": later})),

	check("neptune-encrypted", "on", rule.Pass, "", one(neptuneCluster, in{"storageEncrypted": true, "kmsKeyArn": keyArn})),
	check("neptune-encrypted", "off", rule.Fail, "storageEncrypted is false", one(neptuneCluster, in{"storageEncrypted": false})),
	check("neptune-encrypted", "AWS's key", rule.Fail, "set kmsKeyArn to the ARN of a KMS key of your own", one(neptuneCluster, in{"storageEncrypted": true})),
	check("neptune-encrypted", "computed", rule.Unknown, "storageEncrypted", one(neptuneCluster, in{"storageEncrypted": later})),

	check("dax-encrypted", "on", rule.Pass, "", one(daxCluster, in{"serverSideEncryption": in{"enabled": true}})),
	check("dax-encrypted", "off", rule.Fail, "serverSideEncryption.enabled is not set", one(daxCluster, in{})),
	check("dax-encrypted", "computed", rule.Unknown, "serverSideEncryption.enabled", one(daxCluster, in{"serverSideEncryption": later})),

	check("sqs-encrypted", "AWS's default", rule.Pass, "", one(queue, in{})),
	check("sqs-encrypted", "AWS's own key", rule.Pass, "", one(queue, in{"sqsManagedSseEnabled": true})),
	check("sqs-encrypted", "a KMS key", rule.Pass, "", one(queue, in{"sqsManagedSseEnabled": false, "kmsMasterKeyId": "alias/queues"})),
	check("sqs-encrypted", "off", rule.Fail, "sqsManagedSseEnabled is false", one(queue, in{"sqsManagedSseEnabled": false, "kmsMasterKeyId": ""})),
	check("sqs-encrypted", "a KMS key to come", rule.Unknown, "kmsMasterKeyId", one(queue, in{"sqsManagedSseEnabled": false, "kmsMasterKeyId": later})),
}

var connectionCases = []ruletest.Case{
	check("rds-proxy-tls", "required", rule.Pass, "", one(dbProxy, in{"requireTls": true})),
	check("rds-proxy-tls", "not said", rule.Fail, "set requireTls to true", one(dbProxy, in{})),
	check("rds-proxy-tls", "computed", rule.Unknown, "requireTls", one(dbProxy, in{"requireTls": later})),

	check("elasticache-in-transit", "users", rule.Pass, "", one(cacheGroup, in{"transitEncryptionEnabled": true, "userGroupIds": list{later}})),
	check("elasticache-in-transit", "a token", rule.Pass, "",
		one(cacheGroup, in{"transitEncryptionEnabled": true, "transitEncryptionMode": "required", "authToken": rule.Secret{Of: "correct horse battery"}})),
	check("elasticache-in-transit", "nobody is asked", rule.Fail, "lets in everyone", one(cacheGroup, in{"transitEncryptionEnabled": true, "userGroupIds": list{}})),
	check("elasticache-in-transit", "off", rule.Fail, "transitEncryptionEnabled is not set", one(cacheGroup, in{"userGroupIds": list{"shop"}})),
	check("elasticache-in-transit", "plain text as well", rule.Fail, `set transitEncryptionMode to "required"`,
		one(cacheGroup, in{"transitEncryptionEnabled": true, "transitEncryptionMode": "preferred", "userGroupIds": list{"shop"}})),
	check("elasticache-in-transit", "a token to come", rule.Unknown, "authToken", one(cacheGroup, in{"transitEncryptionEnabled": true, "authToken": later})),
	check("elasticache-in-transit", "users to come", rule.Unknown, "userGroupIds", one(cacheGroup, in{"transitEncryptionEnabled": true, "userGroupIds": later})),
	check("elasticache-in-transit", "secondary of a global datastore", rule.NotApplicable, "", one(cacheGroup, in{"globalReplicationGroupId": later})),

	check("elasticache-in-transit", "user of IAM", rule.Pass, "", one(cacheUser, in{"accessString": "on ~* +@all", "authenticationMode": in{"type": "iam"}})),
	check("elasticache-in-transit", "user with passwords", rule.Pass, "", one(cacheUser, in{"accessString": "on ~* +@all", "passwords": list{rule.Secret{Of: "hunter22"}}})),
	check("elasticache-in-transit", "user without a password", rule.Fail, "noPasswordRequired is on", one(cacheUser, in{"accessString": "on ~* +@all", "noPasswordRequired": true})),
	check("elasticache-in-transit", "user of the mode without", rule.Fail, `authenticationMode.type is "no-password-required". Fix: set authenticationMode.type to "iam"`,
		one(cacheUser, in{"accessString": "on ~* +@all", "authenticationMode": in{"type": "no-password-required"}})),
	check("elasticache-in-transit", "default user that is off", rule.Pass, "", one(cacheUser, in{"accessString": "off ~keys* -@all", "noPasswordRequired": true})),
	check("elasticache-in-transit", "user who may be off", rule.Unknown, "accessString", one(cacheUser, in{"accessString": later, "noPasswordRequired": true})),
	check("elasticache-in-transit", "user of a mode to come", rule.Unknown, "authenticationMode", one(cacheUser, in{"accessString": "on ~* +@all", "authenticationMode": later})),

	check("memorydb-tls", "by default", rule.Pass, "", one(memoryDb, in{"tlsEnabled": true})),
	check("memorydb-tls", "off", rule.Fail, "tlsEnabled is false", one(memoryDb, in{"tlsEnabled": false})),
	check("memorydb-tls", "computed", rule.Unknown, "tlsEnabled", one(memoryDb, in{"tlsEnabled": later})),

	check("dax-tls", "on", rule.Pass, "", one(daxCluster, in{"clusterEndpointEncryptionType": "TLS"})),
	check("dax-tls", "by default", rule.Fail, "clusterEndpointEncryptionType is not set", one(daxCluster, in{})),
	check("dax-tls", "computed", rule.Unknown, "clusterEndpointEncryptionType", one(daxCluster, in{"clusterEndpointEncryptionType": later})),
}

func TestAKeyOfAwsIsAsBadAsTheSettingSays(t *testing.T) {
	stack := ruletest.Resources(one(docdbCluster, in{"storageEncrypted": true}))
	for choice, want := range map[string]rule.Verdict{
		"allow": {Outcome: rule.Pass}, "warn": {Outcome: rule.Fail, AtMostAdvisory: true}, "deny": {Outcome: rule.Fail},
	} {
		f, err := rule.Run(docdbEncrypted(), nil, stack[0], rule.Settings{"ownedByAws": choice})
		if err != nil || f.Outcome != want.Outcome || f.AtMostAdvisory != want.AtMostAdvisory {
			t.Errorf("%s: %+v, %v", choice, f.Verdict, err)
		}
	}
	f, err := rule.Run(docdbEncrypted(), nil, ruletest.Resources(one(docdbCluster, in{}))[0], docdbEncrypted().Defaults(rule.Production))
	if err != nil || f.Outcome != rule.Fail || f.AtMostAdvisory {
		t.Errorf("without encryption: %+v, %v", f.Verdict, err)
	}
}
