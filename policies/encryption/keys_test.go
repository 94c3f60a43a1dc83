package encryption

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// keyed is a store with the program's keys "here", in the region of the store, and "away".
func keyed(token string, inputs in, edges to) []r {
	return []r{
		{Type: token, Name: "it", In: inputs, Edges: edges, Provider: in{"region": "eu-west-1"}},
		{Type: kmsKey, Name: "here", In: in{}, Provider: in{"region": "eu-west-1"}},
		{Type: kmsReplica, Name: "away", In: in{}, Provider: in{"region": "eu-central-1"}},
	}
}

// nested is a value at a path of object keys.
func nested(path string, value any) in {
	if first, rest, ok := strings.Cut(path, "."); ok {
		return in{first: nested(rest, value)}
	}
	return in{path: value}
}

// judgedBy is the cases that all rules about a key at a path have in common.
func judgedBy(id, token, path string) []ruletest.Case {
	of := func(key any) in { return nested(path, key) }
	property, _, _ := strings.Cut(path, ".")
	return []ruletest.Case{
		check(id, token+" the program's key", rule.Pass, "", keyed(token, of(later), to{property: {"here"}})),
		check(id, token+" the customer's key by alias", rule.Pass, "", one(token, of("alias/shop"))),
		check(id, token+" none", rule.Fail, path+" is not set, so that AWS's own key is used", one(token, in{})),
		check(id, token+" AWS's key", rule.Fail, "so that AWS's own key is used", one(token, of("alias/aws/it"))),
		check(id, token+" a secret of AWS", rule.Fail, path+" is [secret], so that", one(token, of(rule.Secret{Of: "alias/aws/it"}))),
		check(id, token+" who knows whose", rule.Unknown, path+": "+rule.External, one(token, of(keyArn))),
		check(id, token+" of another stack", rule.Unknown, path+": "+rule.External, one(token, of(later))),
		check(id, token+" of another resource", rule.Unknown, path+": "+rule.NotYet, keyed(token, of(later), to{property: {"a database"}})),
	}
}

var keyCases = append(append(append(append(
	judgedBy("memorydb-cmk", memoryDb, "kmsKeyArn"),
	judgedBy("backup-vault-cmk", vault, "kmsKeyArn")...),
	judgedBy("log-group-cmk", logGroup, "kmsKeyId")...),
	judgedBy("secret-cmk", secret, "kmsKeyId")...),

	check("backup-vault-cmk", "by ARN", rule.Pass, "", []r{{Type: vault, Name: "it", In: in{"kmsKeyArn": keyArn}},
		{Type: kmsKey, Name: "here", In: in{}, Out: in{"arn": keyArn}}}),

	check("secret-cmk", "a replica without", rule.Fail, "replicas[1].kmsKeyId is not set",
		keyed(secret, in{"kmsKeyId": later, "replicas": list{in{"region": "eu-central-1", "kmsKeyId": later}, in{"region": "us-east-1"}}},
			to{"kmsKeyId": {"here"}, "replicas": {"away"}})),
	check("secret-cmk", "replicas to come", rule.Unknown, "replicas", keyed(secret, in{"kmsKeyId": later, "replicas": later}, to{"kmsKeyId": {"here"}})),

	check("rds-cmk", "instance", rule.Pass, "", keyed(database, in{"kmsKeyId": later, "storageEncrypted": true}, to{"kmsKeyId": {"here"}})),
	check("rds-cmk", "none", rule.Fail, "kmsKeyId is not set", one(dbCluster, in{"storageEncrypted": true})),
	check("rds-cmk", "managed password", rule.Fail, "masterUserSecretKmsKeyId is not set",
		keyed(database, in{"kmsKeyId": later, "manageMasterUserPassword": true}, to{"kmsKeyId": {"here"}})),
	check("rds-cmk", "performance insights of a member", rule.Fail, "performanceInsightsKmsKeyId is not set",
		one(dbMember, in{"performanceInsightsEnabled": true})),
	check("rds-cmk", "member without", rule.NotApplicable, "", one(dbMember, in{})),
	check("rds-cmk", "all of them", rule.Pass, "",
		keyed(database, in{"kmsKeyId": later, "manageMasterUserPassword": true, "masterUserSecretKmsKeyId": later, "performanceInsightsEnabled": true,
			"performanceInsightsKmsKeyId": later}, to{"kmsKeyId": {"here"}, "masterUserSecretKmsKeyId": {"here"}, "performanceInsightsKmsKeyId": {"here"}})),
	check("rds-cmk", "replica with its source's", rule.NotApplicable, "", one(database, in{"replicateSourceDb": later})),
	check("rds-cmk", "replica with AWS's", rule.Fail, "alias/aws/rds", one(database, in{"replicateSourceDb": later, "kmsKeyId": "alias/aws/rds"})),
	check("rds-cmk", "who knows whose", rule.Unknown, "kmsKeyId", one(database, in{"kmsKeyId": keyArn})),

	check("dynamodb-cmk", "table and replica", rule.Pass, "",
		keyed(table, in{"serverSideEncryption": in{"enabled": true, "kmsKeyArn": later}, "replicas": list{in{"regionName": "eu-central-1", "kmsKeyArn": later}}},
			to{"serverSideEncryption": {"here"}, "replicas": {"away"}})),
	check("dynamodb-cmk", "off", rule.Fail, "serverSideEncryption.enabled is not set", one(table, in{})),
	check("dynamodb-cmk", "off with a key", rule.Fail, "serverSideEncryption.enabled is false",
		one(table, in{"serverSideEncryption": in{"enabled": false, "kmsKeyArn": "alias/shop"}})),
	check("dynamodb-cmk", "AWS's key", rule.Fail, "serverSideEncryption.kmsKeyArn is not set", one(table, in{"serverSideEncryption": in{"enabled": true}})),
	check("dynamodb-cmk", "replica without", rule.Fail, "replicas[0].kmsKeyArn is not set",
		one(table, in{"serverSideEncryption": in{"enabled": true, "kmsKeyArn": "alias/shop"}, "replicas": list{in{"regionName": "eu-central-1"}}})),
	check("dynamodb-cmk", "replica of its own", rule.Fail, "kmsKeyArn is not set", one(tableReplica, in{})),
	check("dynamodb-cmk", "computed", rule.Unknown, "serverSideEncryption.enabled", one(table, in{"serverSideEncryption": later})),

	check("ecr-cmk", "the program's key", rule.Pass, "", keyed(repository,
		in{"encryptionConfigurations": list{in{"encryptionType": "KMS", "kmsKey": later}}}, to{"encryptionConfigurations": {"here"}})),
	check("ecr-cmk", "AWS's key", rule.Fail, "encryptionConfigurations[0].kmsKey is not set", one(repository, in{"encryptionConfigurations": list{in{"encryptionType": "KMS"}}})),
	check("ecr-cmk", "none", rule.Fail, "encryptionConfigurations is not set", one(repository, in{})),
	check("ecr-cmk", "who knows whose", rule.Unknown, "kmsKey: external", one(repository, in{"encryptionConfigurations": list{in{"encryptionType": "KMS", "kmsKey": keyArn}}})),
	check("ecr-cmk", "two layers", rule.Pass, "", keyed(repository,
		in{"encryptionConfigurations": list{in{"encryptionType": "KMS_DSSE", "kmsKey": later}}}, to{"encryptionConfigurations": {"here"}})),
	check("ecr-cmk", "a key that is not used", rule.Fail, `encryptionConfigurations[0].encryptionType is "AES256"`, keyed(repository,
		in{"encryptionConfigurations": list{in{"encryptionType": "AES256", "kmsKey": later}}}, to{"encryptionConfigurations": {"here"}})),
	check("ecr-cmk", "a key that is not used by default", rule.Fail, "encryptionConfigurations[0].encryptionType is not set", keyed(repository,
		in{"encryptionConfigurations": list{in{"kmsKey": later}}}, to{"encryptionConfigurations": {"here"}})),

	check("sns-encrypted", "the program's key", rule.Pass, "", keyed(topic, in{"kmsMasterKeyId": later}, to{"kmsMasterKeyId": {"here"}})),
	check("sns-encrypted", "AWS's key", rule.Pass, "", one(topic, in{"kmsMasterKeyId": "alias/aws/sns"})),
	check("sns-encrypted", "none", rule.Fail, "kmsMasterKeyId is not set", one(topic, in{})),
	check("sns-encrypted", "of another stack", rule.Unknown, "kmsMasterKeyId: "+rule.External, one(topic, in{"kmsMasterKeyId": later})),
)

var regionCases = []ruletest.Case{
	check("kms-cross-region-key", "its own region's", rule.Pass, "", keyed(vault, in{"kmsKeyArn": later}, to{"kmsKeyArn": {"here"}})),
	check("kms-cross-region-key", "another region's", rule.Fail, "kmsKeyArn is a key of eu-central-1, but is used in eu-west-1. Fix: name a key of eu-west-1",
		keyed(vault, in{"kmsKeyArn": later}, to{"kmsKeyArn": {"away"}})),
	check("kms-cross-region-key", "replica with the primary's key", rule.Fail, "kmsKeyId is a key of eu-central-1",
		keyed(database, in{"replicateSourceDb": later, "kmsKeyId": later}, to{"kmsKeyId": {"away"}})),
	check("kms-cross-region-key", "another region's by ARN", rule.Fail, "kmsKeyId is a key of eu-west-1, but is used in eu-central-1",
		placed("eu-central-1", backupsCopy, in{"kmsKeyId": keyArn})),
	check("kms-cross-region-key", "its own region's by ARN", rule.Pass, "", placed("eu-west-1", backupsCopy, in{"kmsKeyId": keyArn})),
	check("kms-cross-region-key", "an alias", rule.Pass, "", placed("eu-west-1", memoryDb, in{"kmsKeyArn": "alias/shop"})),
	check("kms-cross-region-key", "no key", rule.NotApplicable, "", placed("eu-west-1", memoryDb, in{})),
	check("kms-cross-region-key", "each replica its own", rule.Pass, "",
		keyed(table, in{"serverSideEncryption": in{"kmsKeyArn": later}, "replicas": list{in{"regionName": "eu-central-1", "kmsKeyArn": later}}},
			to{"serverSideEncryption": {"here"}, "replicas": {"away"}})),
	check("kms-cross-region-key", "a replica with the table's", rule.Fail, "replicas[0].kmsKeyArn is a key of eu-west-1, but is used in eu-central-1",
		keyed(table, in{"replicas": list{in{"regionName": "eu-central-1", "kmsKeyArn": later}}}, to{"replicas": {"here"}})),
	check("kms-cross-region-key", "replicas of a secret, with ARNs", rule.Fail, "replicas[1].kmsKeyId is a key of eu-west-1, but is used in us-east-1",
		placed("eu-west-1", secret, in{"replicas": list{in{"region": "eu-west-1", "kmsKeyId": keyArn}, in{"region": "us-east-1", "kmsKeyId": keyArn}}})),
	check("kms-cross-region-key", "a snapshot's copy", rule.Fail, "used in eu-central-1",
		placed("eu-west-1", dbSnapshotCopy, in{"kmsKeyId": keyArn, "destinationRegion": "eu-central-1"})),
	check("kms-cross-region-key", "one of several", rule.Unknown, "replicas[0].kmsKeyArn",
		keyed(table, in{"replicas": list{in{"regionName": "eu-central-1", "kmsKeyArn": later}}}, to{"replicas": {"here", "away"}})),
	check("kms-cross-region-key", "none of several", rule.Fail, "used in us-east-1",
		keyed(table, in{"replicas": list{in{"regionName": "us-east-1", "kmsKeyArn": later}}}, to{"replicas": {"here", "away"}})),
	check("kms-cross-region-key", "replicas to come", rule.Unknown, "replicas", keyed(secret, in{"replicas": later}, nil)),
	check("kms-cross-region-key", "of another stack", rule.Unknown, "kmsKeyArn: "+rule.External, placed("eu-west-1", vault, in{"kmsKeyArn": later})),
	check("kms-cross-region-key", "the region of the environment", rule.Pass, "", []r{
		{Type: vault, Name: "it", In: in{"kmsKeyArn": later}, Edges: to{"kmsKeyArn": {"key"}}}, {Type: kmsAlias, Name: "key", In: in{}}}),
	check("kms-cross-region-key", "who knows where", rule.Unknown, "region of the provider", one(vault, in{"kmsKeyArn": keyArn})),
	check("kms-cross-region-key", "where its own ARN says", rule.Fail, "used in us-east-1", []r{
		{Type: vault, Name: "it", In: in{"kmsKeyArn": keyArn}, Out: in{"arn": "arn:aws:backup:us-east-1:123456789012:backup-vault:it"}}}),
}
