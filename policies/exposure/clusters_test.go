package exposure

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// api is a cluster whose API is reached in the VPC, and from elsewhere as said.
func api(public any, blocks any) []r {
	return one(eksCluster, in{"vpcConfig": in{"endpointPrivateAccess": true, "endpointPublicAccess": public, "publicAccessCidrs": blocks}})
}

var clusterCases = []ruletest.Case{
	check("eks-endpoint-private", "private", rule.Pass, "", api(false, nil)),
	check("eks-endpoint-private", "for some", rule.Pass, "", api(true, list{"198.51.100.0/24"})),
	check("eks-endpoint-private", "as AWS has it", rule.Fail, "vpcConfig.endpointPrivateAccess is off; its API is open to everyone", one(eksCluster, in{"vpcConfig": in{}})),
	check("eks-endpoint-private", "public only", rule.Fail, "set vpcConfig.endpointPrivateAccess to true",
		one(eksCluster, in{"vpcConfig": in{"publicAccessCidrs": list{"198.51.100.0/24"}}})),
	check("eks-endpoint-private", "for all", rule.Fail, `its API is open to "0.0.0.0/0"`, api(nil, list{"198.51.100.0/24", "0.0.0.0/0"})),
	check("eks-endpoint-private", "computed", rule.Unknown, "vpcConfig.endpointPublicAccess", api(later, nil)),
	check("eks-endpoint-private", "a block to come", rule.Unknown, "vpcConfig.publicAccessCidrs[0]", api(true, list{later})),
}
