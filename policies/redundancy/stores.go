package redundancy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/replicas"
	"github.com/plinth-iac/plinth/policies/internal/tags"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of databases.
const (
	dbCluster       = "aws:rds/cluster:Cluster"
	dbMember        = "aws:rds/clusterInstance:ClusterInstance"
	dbProxy         = "aws:rds/proxy:Proxy"
	documentCluster = "aws:docdb/cluster:Cluster"
	documentMember  = "aws:docdb/clusterInstance:ClusterInstance"
	graphCluster    = "aws:neptune/cluster:Cluster"
	graphMember     = "aws:neptune/clusterInstance:ClusterInstance"
)

// storeRules are the rules about what holds data.
func storeRules() []*rule.Rule {
	return []*rule.Rule{
		rdsInstanceMultiAz(), rdsClusterMembersMultiAz(), docdbClusterMembersMultiAz(), neptuneClusterMembersMultiAz(),
		dbSubnetGroupMultiAz(), rdsProxyMultiAz(), dbMonitoring(),
		elasticacheFailover(), elasticacheNotStandalone(), memorydbReplicas(), dynamodbElasticCapacity(),
		opensearchZoneAwareness(), opensearchDedicatedMasters(), mskBrokersMultiAz(), mqBrokerHa(), redshiftMultiAz(), daxNodes(), dmsMultiAz(),
		efsRegional(), efsMountTargetPerAz(), fsxMultiAz(),
	}
}

func rdsInstanceMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "rds-instance-multi-az", Title: "Databases have a standby in another zone", Severity: rule.High, Category: rule.Redundancy,
		Why:      "Without a standby, the loss of the zone is an outage until a backup has been restored, and what came after the backup is lost.",
		Fix:      "set multiAz to true",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_157"}, SecurityHub: []string{"RDS.5"}, CIS: []string{"2.2.4"}},
		Types:    []string{database},
		// A standby is what a development environment should not pay for; see nonprod-redundancy-waste.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			engine := r.Get("engine")
			name, _ := engine.Text()
			switch {
			case replicas.Is(r):
				return rule.Skipped() // a replica's data is its source's
			case engine.IsUnknown():
				return rule.NotKnown(engine)
			case strings.HasPrefix(name, "aurora"):
				return rule.Skipped() // redundancy is the cluster's; see rds-cluster-members-multi-az
			}
			return r.Get("multiAz").Want(rule.IsTrue, "has no standby in another zone (multiAz)", "set multiAz to true")
		},
	}
}

func rdsClusterMembersMultiAz() *rule.Rule {
	r := clusterMembers(dbCluster, dbMember)
	r.ID, r.Title = "rds-cluster-members-multi-az", "Database clusters have members in two zones"
	r.Controls = rule.Controls{SecurityHub: []string{"RDS.15"}}
	return r
}

func docdbClusterMembersMultiAz() *rule.Rule {
	r := clusterMembers(documentCluster, documentMember)
	r.ID, r.Title = "docdb-cluster-members-multi-az", "Document database clusters have members in two zones"
	return r
}

func neptuneClusterMembersMultiAz() *rule.Rule {
	r := clusterMembers(graphCluster, graphMember)
	r.ID, r.Title = "neptune-cluster-members-multi-az", "Graph database clusters have members in two zones"
	r.Controls = rule.Controls{SecurityHub: []string{"Neptune.9"}}
	return r
}

// clusterMembers is the rule about clusters whose members are resources of their own.
func clusterMembers(cluster, member string) *rule.Rule {
	return &rule.Rule{
		Severity: rule.High, Category: rule.Redundancy,
		Why:   "The storage survives the loss of a zone, but without a second member nobody serves it until AWS has started a new one.",
		Fix:   "two or more ClusterInstances with the cluster's clusterIdentifier, in different zones",
		Types: []string{cluster},
		// A second member is what a development environment should not pay for.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			class, mode := r.Get("dbClusterInstanceClass"), r.Get("engineMode")
			switch {
			case mode.IsUnknown():
				return rule.NotKnown(mode)
			case rule.Is("serverless")(mode):
				return rule.Skipped() // has no members; AWS moves it to another zone
			case rule.IsSet(class):
				return rule.Passed() // a Multi-AZ cluster: AWS makes three members in three zones
			}
			return membersSpread(g, r, member)
		},
	}
}

// membersSpread passes if a cluster has two members that are not in one zone. AWS puts
// those that name no zone into different ones.
func membersSpread(g *rule.Graph, r *rule.Resource, member string) rule.Verdict {
	members, maybe := g.Pointing(r, member, "clusterIdentifier")
	var zones []string
	var unsure rule.Verdict
	spread := 0
	for _, m := range members {
		zone := m.Get("availabilityZone")
		name, _ := zone.Text()
		switch {
		case zone.IsUnknown():
			unsure = rule.Undecided("availabilityZone of "+m.Name, rule.NotYet)
		case name == "":
			spread++
		case !slices.Contains(zones, name):
			zones = append(zones, name)
			spread++
		}
	}
	switch {
	case spread >= 2:
		return rule.Passed()
	case maybe.Outcome == rule.Unknown:
		return maybe
	case len(members) == 0:
		return rule.Failed("has no member", "add two ClusterInstances with this clusterIdentifier")
	case len(members) == 1:
		return rule.Failed(members[0].Name+" is its only member", "add a ClusterInstance with this clusterIdentifier in another zone")
	case unsure.Outcome == rule.Unknown:
		return unsure
	}
	return rule.Failed(fmt.Sprintf("all %d members are in %s", len(members), zoneList(zones)),
		"give one of them another availabilityZone, or add a ClusterInstance there")
}

func dbSubnetGroupMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "db-subnet-group-multi-az", Title: "Subnet groups of data stores span zones", Severity: rule.High, Category: rule.Redundancy,
		Why: "A standby, a replica or a restored copy can only start in a zone that the subnet group has a subnet in.",
		Fix: "list subnets of at least two zones in subnetIds",
		Types: []string{
			"aws:rds/subnetGroup:SubnetGroup", "aws:docdb/subnetGroup:SubnetGroup", "aws:neptune/subnetGroup:SubnetGroup",
			"aws:elasticache/subnetGroup:SubnetGroup", "aws:memorydb/subnetGroup:SubnetGroup", "aws:redshift/subnetGroup:SubnetGroup",
			"aws:dax/subnetGroup:SubnetGroup", "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
		},
		Settings: []rule.Setting{
			{Name: "zones", Help: "The least number of zones.", Development: 2, Production: 2, Stricter: rule.More},
			{
				Name: "tag", Help: "The key of the tag that says how much a store matters; with the value 0 it needs three zones, to keep a standby while one is lost.",
				Development: "tier", Production: "tier",
			},
		},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			p := place(g, r, "subnetIds[]")
			spans := func(least float64) rule.Verdict {
				v := p.spans(int(least), fmt.Sprintf("list subnets of at least %v zones in subnetIds", least))
				if v.Outcome == rule.Fail {
					v.Problem = "has subnets in " + zoneList(p.zones) + " only"
				}
				return v
			}
			tier, _, first := tags.Of(r).Value(s.Text("tag"))
			if tier == "0" {
				first = rule.Passed()
			}
			least := s.Number("zones")
			return rule.Choose(first, spans(max(least, 3)), spans(least))
		},
	}
}

func rdsProxyMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "rds-proxy-multi-az", Title: "Database proxies span at least two zones", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "A proxy in one zone takes the database's standby out of reach when that zone is lost.",
		Fix:   "list subnets of at least two zones in vpcSubnetIds",
		Types: []string{dbProxy},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			return place(g, r, "vpcSubnetIds[]").twoZones("vpcSubnetIds")
		},
	}
}

func dbMonitoring() *rule.Rule {
	return &rule.Rule{
		ID: "db-monitoring", Title: "Databases record their load", Severity: rule.Low, Category: rule.Operations,
		Why:      "Which query filled the database, and whether the machine or the query was slow, cannot be told afterwards.",
		Fix:      "set monitoringInterval and monitoringRoleArn, and performanceInsightsEnabled to true",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_118", "CKV_AWS_353"}, Trivy: []string{"AWS-0133"}, SecurityHub: []string{"RDS.6"}},
		Types:    []string{database, dbMember},
		// The metrics cost more than a small database tells, and some classes have none.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			interval := r.Get("monitoringInterval")
			return rule.All(
				interval.Want(rule.AtLeast(1), "monitoringInterval is "+interval.String(), "set monitoringInterval to 60 or less, and monitoringRoleArn"),
				r.Get("performanceInsightsEnabled").Want(rule.IsTrue, "performanceInsightsEnabled is off", "set performanceInsightsEnabled to true"))
		},
	}
}
