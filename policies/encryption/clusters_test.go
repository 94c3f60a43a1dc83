package encryption

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

var clusterCases = []ruletest.Case{
	check("eks-secrets-envelope", "secrets", rule.Pass, "", one(eksCluster, in{"encryptionConfig": in{"resources": list{"secrets"}, "provider": in{"keyArn": later}}})),
	check("eks-secrets-envelope", "not said", rule.Fail, "encryptionConfig.resources has no secrets", one(eksCluster, in{})),
	check("eks-secrets-envelope", "of nothing", rule.Fail, "provider.keyArn", one(eksCluster, in{"encryptionConfig": in{"resources": list{}}})),
	check("eks-secrets-envelope", "without a key", rule.Fail, "encryptionConfig.provider.keyArn is not set", one(eksCluster, in{"encryptionConfig": in{"resources": list{"secrets"}}})),
	check("eks-secrets-envelope", "computed", rule.Unknown, "encryptionConfig.resources", one(eksCluster, in{"encryptionConfig": later})),
	check("eks-secrets-envelope", "one to come", rule.Unknown, "encryptionConfig.resources", one(eksCluster, in{"encryptionConfig": in{"resources": list{later}, "provider": in{"keyArn": later}}})),
}
