package encryption

import (
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// keyedBy is the cases that all rules about stores have in common that are encrypted if a
// flag says so, with the key that another property names.
func keyedBy(id, token, flag, key string) []ruletest.Case {
	of := func(on, by any) in {
		inputs := nested(flag, on)
		under := inputs
		for path := key; ; {
			first, rest, deeper := strings.Cut(path, ".")
			if !deeper {
				under[path] = by
				return inputs
			}
			under, path = under[first].(in), rest
		}
	}
	return []ruletest.Case{
		check(id, token+" on", rule.Pass, "", one(token, of(true, keyArn))),
		check(id, token+" with a key to come", rule.Pass, "", one(token, of(true, later))),
		check(id, token+" nothing said", rule.Fail, flag+" is not set. Fix: set "+flag+" to true", one(token, in{})),
		check(id, token+" off", rule.Fail, flag+" is false", one(token, of(false, keyArn))),
		check(id, token+" a secret that is off", rule.Fail, flag+" is [secret]", one(token, of(rule.Secret{Of: false}, nil))),
		check(id, token+" wrong type", rule.Fail, flag+" is 1", one(token, of(1, keyArn))),
		check(id, token+" AWS's key", rule.Fail, key+" is not set, so that AWS's own key is used", one(token, of(true, nil))),
		{Rule: id, Name: token + " AWS's key in development", Want: rule.Pass, Profile: rule.Development, Stack: one(token, of(true, nil))},
		check(id, token+" computed", rule.Unknown, flag+": "+rule.NotYet, one(token, of(later, keyArn))),
	}
}

func fileCases() []ruletest.Case {
	volumes := func(encryption any) []r {
		return one(taskDefinition, in{"volumes": list{in{"name": "tmp"}, in{"name": "files", "efsVolumeConfiguration": encryption}}})
	}
	cases := slices.Concat(
		keyedBy("efs-encrypted", fileSystem, "encrypted", "kmsKeyId"), keyedBy("redshift-encrypted", warehouse, "encrypted", "kmsKeyId"),
		judgedBy("fsx-cmk", windowsFiles, "kmsKeyId"), judgedBy("fsx-cmk", ontapFiles, "kmsKeyId"), judgedBy("fsx-cmk", zfsFiles, "kmsKeyId"))
	return append(cases,
		check("fsx-cmk", "Lustre", rule.Pass, "", one(lustreFiles, in{"deploymentType": "PERSISTENT_2", "kmsKeyId": "alias/shop"})),
		check("fsx-cmk", "Lustre with AWS's key", rule.Fail, "kmsKeyId is not set", one(lustreFiles, in{"deploymentType": "PERSISTENT_1"})),
		check("fsx-cmk", "Lustre for copies", rule.NotApplicable, "", one(lustreFiles, in{"deploymentType": "SCRATCH_2"})),
		check("fsx-cmk", "Lustre by default", rule.NotApplicable, "", one(lustreFiles, in{})),
		check("fsx-cmk", "Lustre for who knows what", rule.Unknown, "deploymentType", one(lustreFiles, in{"deploymentType": later})),
		check("fsx-cmk", "Lustre for who knows what with a key", rule.Pass, "", one(lustreFiles, in{"deploymentType": later, "kmsKeyId": "alias/shop"})),

		check("ecs-efs-tls", "on", rule.Pass, "", volumes(in{"fileSystemId": later, "transitEncryption": "ENABLED"})),
		check("ecs-efs-tls", "off", rule.Fail, `volumes[1].efsVolumeConfiguration.transitEncryption is "DISABLED". Fix: set volumes[1].efsVolumeConfiguration.transitEncryption to "ENABLED"`,
			volumes(in{"fileSystemId": later, "transitEncryption": "DISABLED"})),
		check("ecs-efs-tls", "not said", rule.Fail, "transitEncryption is not set", volumes(in{"fileSystemId": later})),
		check("ecs-efs-tls", "wrong type", rule.Fail, "transitEncryption is true", volumes(in{"transitEncryption": true})),
		check("ecs-efs-tls", "no file system", rule.NotApplicable, "", volumes(nil)),
		check("ecs-efs-tls", "no volumes", rule.NotApplicable, "", one(taskDefinition, in{})),
		check("ecs-efs-tls", "computed", rule.Unknown, "volumes[1].efsVolumeConfiguration.transitEncryption", volumes(in{"transitEncryption": later})),
		check("ecs-efs-tls", "volumes to come", rule.Unknown, "volumes: "+rule.NotYet, one(taskDefinition, in{"volumes": later})),
		check("ecs-efs-tls", "a file system perhaps", rule.Unknown, "efsVolumeConfiguration", volumes(later)))
}

func streamCases() []ruletest.Case {
	transit := func(client, between any) []r {
		return one(kafkaCluster, in{"encryptionInfo": in{"encryptionInTransit": in{"clientBroker": client, "inCluster": between}}})
	}
	return append(judgedBy("msk-cmk", kafkaCluster, "encryptionInfo.encryptionAtRestKmsKeyArn"),
		check("msk-tls", "TLS", rule.Pass, "", transit("TLS", true)),
		check("msk-tls", "by default", rule.Pass, "", one(kafkaCluster, in{})),
		check("msk-tls", "null", rule.Pass, "", transit(nil, nil)),
		check("msk-tls", "plain text as well", rule.Fail, `clientBroker is "TLS_PLAINTEXT". Fix: set encryptionInfo.encryptionInTransit.clientBroker to "TLS"`, transit("TLS_PLAINTEXT", true)),
		check("msk-tls", "between brokers", rule.Fail, "inCluster is false", transit("TLS", false)),
		check("msk-tls", "wrong types", rule.Fail, "clientBroker is true", transit(true, "no")),
		check("msk-tls", "computed", rule.Unknown, "encryptionInfo.encryptionInTransit.clientBroker", transit(later, true)),
		check("msk-tls", "computed, but plain between brokers", rule.Fail, "inCluster is false", transit(later, false)),

		check("kinesis-encrypted", "from Kafka", rule.NotApplicable, "", one(firehose, in{"mskSourceConfiguration": in{"mskClusterArn": later}})))
}

func TestNewStoresUseKeysOfTheirRegion(t *testing.T) {
	for token, path := range map[string]string{
		fileSystem: "kmsKeyId", windowsFiles: "kmsKeyId", ontapFiles: "kmsKeyId", zfsFiles: "kmsKeyId", lustreFiles: "kmsKeyId", volume: "kmsKeyId",
		searchDomain: "encryptAtRest.kmsKeyId", elasticDomain: "encryptAtRest.kmsKeyId", warehouse: "masterPasswordSecretKmsKeyId",
		kafkaCluster: "encryptionInfo.encryptionAtRestKmsKeyArn",
	} {
		stack := ruletest.Resources(placed("eu-central-1", token, nested(path, keyArn)))
		f, err := rule.Run(kmsCrossRegionKey(), rule.NewGraph(stack), stack[0], nil)
		if err != nil || f.Outcome != rule.Fail || !strings.Contains(f.Problem, path) {
			t.Errorf("%s: %+v, %v", token, f.Verdict, err)
		}
	}
}
