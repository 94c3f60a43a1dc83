package redundancy

import (
	"fmt"
	"math"

	"github.com/plinth-iac/plinth/policies/rule"
)

// kafkaCluster is a cluster whose brokers have subnets. AWS places a serverless one.
const kafkaCluster = "aws:msk/cluster:Cluster"

func mskBrokersMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "msk-brokers-multi-az", Title: "Kafka brokers are spread evenly over three zones", Severity: rule.High, Category: rule.Redundancy,
		Why:   "Kafka wants most of the copies of a partition before it accepts a message: with brokers in two zones, the loss of one may stop all of them.",
		Fix:   "list subnets of three zones in brokerNodeGroupInfo.clientSubnets, which replaces the cluster, and set numberOfBrokerNodes to a multiple of them",
		Types: []string{kafkaCluster},
		Settings: []rule.Setting{
			{Name: "zones", Help: "The least number of zones; AWS takes two or three.", Development: 2, Production: 3, Stricter: rule.More},
		},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			const path = "brokerNodeGroupInfo.clientSubnets[]"
			p, least := place(g, r, path), s.Number("zones")
			spread := p.spans(int(least), fmt.Sprintf("list subnets of at least %v zones in brokerNodeGroupInfo.clientSubnets, which replaces the cluster", least))
			if spread.Outcome == rule.Fail {
				spread.Problem = "has brokers in " + zoneList(p.zones) + " only"
			}
			return rule.All(spread, brokersEven(r, g.Targets(r, subnet, path), int(least)))
		},
	}
}

// mostSubnets is how many subnets AWS takes for a cluster.
const mostSubnets = 3

// brokersEven passes if each of a cluster's subnets gets as many brokers as the others. Of a
// list that is not known yet, that holds for every number that there can be and that is not
// too few already.
func brokersEven(r *rule.Resource, subnets rule.Targets, least int) rule.Verdict {
	fewest, most := subnets.Count, subnets.Count
	if subnets.Count < 0 && len(subnets.Resources) > 0 {
		fewest, most = least, max(least, min(len(subnets.Resources), mostSubnets))
	}
	if fewest < 1 {
		return subnets.Missing
	}
	verdict := evenOver(r, fewest)
	for count := fewest + 1; count <= most; count++ {
		if evenOver(r, count).Outcome != verdict.Outcome {
			return rule.NotKnown(r.Get("brokerNodeGroupInfo.clientSubnets"))
		}
	}
	return verdict
}

// evenOver passes if a cluster's brokers can be spread evenly over a number of subnets.
func evenOver(r *rule.Resource, count int) rule.Verdict {
	return r.Wants("numberOfBrokerNodes", func(v rule.Value) bool {
		brokers, ok := v.Number()
		return ok && brokers > 0 && math.Mod(brokers, float64(count)) == 0
	}, fmt.Sprintf("a multiple of %v, the number of subnets", count))
}
