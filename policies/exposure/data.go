package exposure

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of data stores and of the way from them to the internet.
const (
	database          = "aws:rds/instance:Instance"
	dbMember          = "aws:rds/clusterInstance:ClusterInstance"
	neptuneMember     = "aws:neptune/clusterInstance:ClusterInstance"
	warehouse         = "aws:redshift/cluster:Cluster"
	workgroup         = "aws:redshiftserverless/workgroup:Workgroup"
	broker            = "aws:mq/broker:Broker"
	replicationServer = "aws:dms/replicationInstance:ReplicationInstance"
	subnet            = "aws:ec2/subnet:Subnet"
	routeTable        = "aws:ec2/routeTable:RouteTable"
	defaultTable      = "aws:ec2/defaultRouteTable:DefaultRouteTable"
	tableAssociation  = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	mainAssociation   = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
	route             = "aws:ec2/route:Route"
	internetGateway   = "aws:ec2/internetGateway:InternetGateway"
	vpnGateway        = "aws:ec2/vpnGateway:VpnGateway"
)

func dbNotPublic() *rule.Rule {
	return &rule.Rule{
		ID: "db-not-public", Title: "Databases and brokers have no public address", Severity: rule.Critical, Category: rule.Exposure,
		Why: "With a public address, one wrong security group rule is all that keeps the internet from the data.",
		Fix: "set publiclyAccessible to false",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_17", "CKV_AWS_87", "CKV_AWS_69"}, Trivy: []string{"AWS-0180", "AWS-0072"},
			SecurityHub: []string{"RDS.2", "Redshift.1", "DMS.1"}, CIS: []string{"2.2.3"},
		},
		Types: []string{database, dbMember, neptuneMember, warehouse, workgroup, broker, replicationServer},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			public, accept := r.Get("publiclyAccessible"), rule.NotTrue
			if r.Type == warehouse {
				accept = func(v rule.Value) bool { return !v.IsAbsent() && rule.NotTrue(v) } // public by default
			}
			return public.Want(accept, "publiclyAccessible is "+public.String(), "set publiclyAccessible to false")
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			switch r.Type {
			case neptuneMember, broker, replicationServer:
				return nil // it would be replaced
			}
			return []rule.Patch{{Path: "publiclyAccessible", Value: false}}
		},
	}
}

// dataSubnets are the properties with the subnets that data stores are put into.
var dataSubnets = map[string]string{
	"aws:rds/subnetGroup:SubnetGroup":                       "subnetIds[]",
	"aws:rds/proxy:Proxy":                                   "vpcSubnetIds[]",
	"aws:docdb/subnetGroup:SubnetGroup":                     "subnetIds[]",
	"aws:neptune/subnetGroup:SubnetGroup":                   "subnetIds[]",
	"aws:dax/subnetGroup:SubnetGroup":                       "subnetIds[]",
	"aws:memorydb/subnetGroup:SubnetGroup":                  "subnetIds[]",
	"aws:elasticache/subnetGroup:SubnetGroup":               "subnetIds[]",
	"aws:elasticache/serverlessCache:ServerlessCache":       "subnetIds[]",
	"aws:redshift/subnetGroup:SubnetGroup":                  "subnetIds[]",
	workgroup:                                               "subnetIds[]",
	broker:                                                  "subnetIds[]",
	"aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": "subnetIds[]",
	"aws:efs/mountTarget:MountTarget":                       "subnetId",
	"aws:msk/cluster:Cluster":                               "brokerNodeGroupInfo.clientSubnets[]",
	"aws:opensearch/domain:Domain":                          "vpcOptions.subnetIds[]",
	"aws:elasticsearch/domain:Domain":                       "vpcOptions.subnetIds[]",
}

func dataSubnetsPrivate() *rule.Rule {
	return &rule.Rule{
		ID: "data-subnets-private", Title: "Data stores are in subnets without a way to the internet", Severity: rule.High, Category: rule.Exposure,
		Why:   "In a subnet whose routes lead to an internet gateway, a store is one flag away from being reachable by everyone.",
		Fix:   "list subnets whose route tables have no route to an internet gateway",
		Types: slices.Sorted(maps.Keys(dataSubnets)),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			path := dataSubnets[r.Type]
			placed := g.Targets(r, subnet, path)
			verdicts := []rule.Verdict{placed.Missing}
			for _, s := range placed.Resources {
				way := toInternet(g, s)
				if way.Outcome == rule.Fail && placed.Ambiguous() {
					way = rule.Undecided(strings.TrimSuffix(path, "[]"), rule.NotYet) // it may be another one
				}
				verdicts = append(verdicts, way)
			}
			return rule.All(verdicts...)
		},
	}
}

// toInternet fails if a subnet's routes lead to an internet gateway.
func toInternet(g *rule.Graph, s *rule.Resource) rule.Verdict {
	associations, unsure := g.Pointing(s, tableAssociation, "subnetId")
	if len(associations) == 0 && unsure.Outcome != rule.Unknown {
		return byMainTable(g, s)
	}
	verdicts := []rule.Verdict{unsure}
	for _, a := range associations {
		verdicts = append(verdicts, byTable(g, s, a))
	}
	return rule.All(verdicts...)
}

// byMainTable judges a subnet that no route table is associated with: it has the main one
// of its VPC, which leads nowhere as AWS makes it.
func byMainTable(g *rule.Graph, s *rule.Resource) rule.Verdict {
	home, missing := g.Target(s, vpc, "vpcId")
	if home == nil {
		return missing
	}
	others, unsureOther := g.Pointing(home, mainAssociation, "vpcId")
	adopted, unsure := g.Pointing(home, defaultTable, "defaultRouteTableId")
	verdicts := []rule.Verdict{unsureOther, unsure}
	for _, a := range others {
		verdicts = append(verdicts, byTable(g, s, a))
	}
	if len(others) == 0 {
		for _, table := range append(adopted, home) {
			verdicts = append(verdicts, byRoutes(g, s, table))
		}
	}
	return rule.All(verdicts...)
}

// byTable judges a subnet by the one table that an association of it names.
func byTable(g *rule.Graph, s, association *rule.Resource) rule.Verdict {
	var tables []*rule.Resource
	for _, kind := range [...]string{routeTable, defaultTable, vpc} {
		tables = append(tables, g.Targets(association, kind, "routeTableId").Resources...)
	}
	switch id := association.Get("routeTableId"); len(tables) {
	case 0:
		return association.Elsewhere(id)
	case 1:
		return byRoutes(g, s, tables[0])
	default:
		return rule.NotKnown(id)
	}
}

// byRoutes judges a subnet by the routes of a table: those in it, and those that name it.
// The routes of a VPC are the ones of its main table.
func byRoutes(g *rule.Graph, s, table *rule.Resource) rule.Verdict {
	verdicts := []rule.Verdict{rule.Passed()}
	for _, id := range table.Select("routes[].gatewayId") {
		verdicts = append(verdicts, byGateway(g, s, table, table, id))
	}
	for _, r := range g.Of(route) {
		id := r.Get("routeTableId")
		switch named := g.Targets(r, table.Type, "routeTableId"); {
		case named.Has(table) && !named.Ambiguous():
			verdicts = append(verdicts, byGateway(g, s, table, r, r.Get("gatewayId")))
		case named.Has(table):
			verdicts = append(verdicts, rule.NotKnown(id))
		case id.IsUnknown() && len(g.Behind(r, id, routeTable, defaultTable, vpc)) == 0:
			verdicts = append(verdicts, r.Elsewhere(id))
		}
	}
	return rule.All(verdicts...)
}

// byGateway judges a subnet by the gateway that a route in r goes through.
func byGateway(g *rule.Graph, s, table, r *rule.Resource, id rule.Value) rule.Verdict {
	name, _ := id.Text()
	switch {
	case strings.HasPrefix(name, "igw-"), len(g.Behind(r, id, internetGateway)) > 0:
		return rule.Failed("the routes of its subnet "+s.Name+" lead to an internet gateway, by "+table.Name,
			"list a subnet without such a route instead of "+s.Name)
	case id.IsUnknown() && len(g.Behind(r, id, vpnGateway)) == 0:
		return r.Elsewhere(id)
	}
	return rule.Passed()
}
