package exposure

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

const subnetGroup = "aws:rds/subnetGroup:SubnetGroup"

var (
	home    = r{Type: vpc, Name: "main", In: in{}, Out: in{"id": "vpc-1"}}
	gateway = r{Type: internetGateway, Name: "gateway", In: in{}}
	// data is a subnet as it is at a first preview, when no id is known.
	data = r{Type: subnet, Name: "data", In: in{"vpcId": later}, Edges: to{"vpcId": {"main"}}}
)

// stores is a subnet group of the subnet data, with what else is in the stack.
func stores(more ...r) []r {
	return append([]r{{Type: subnetGroup, Name: "stores", In: in{"subnetIds": list{later}}, Edges: to{"subnetIds": {"data"}}}, home, gateway, data}, more...)
}

// through is a route of a table.
func through(table string, inputs in, edges to) r {
	inputs["routeTableId"], edges["routeTableId"] = later, []string{table}
	return r{Type: route, Name: "out", In: inputs, Edges: edges}
}

// has is the association of the subnet data with a table.
func has(table string) r {
	return r{Type: tableAssociation, Name: "association", In: in{"subnetId": later, "routeTableId": later},
		Edges: to{"subnetId": {"data"}, "routeTableId": {table}}}
}

var (
	own        = r{Type: routeTable, Name: "own", In: in{}}
	toGateway  = in{"destinationCidrBlock": "0.0.0.0/0", "gatewayId": later}
	adopted    = r{Type: defaultTable, Name: "adopted", In: in{"defaultRouteTableId": later}, Edges: to{"defaultRouteTableId": {"main"}}}
	mainIsOwn  = r{Type: mainAssociation, Name: "main-is-own", In: in{"vpcId": later, "routeTableId": later}, Edges: to{"vpcId": {"main"}, "routeTableId": {"own"}}}
	inlineOpen = in{"routes": list{in{"cidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": "pcx-1"}, in{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}}}
)

var dataCases = []ruletest.Case{
	check("db-not-public", "private", rule.Pass, "", one(database, in{"publiclyAccessible": false})),
	check("db-not-public", "by default", rule.Pass, "", one(dbMember, in{})),
	check("db-not-public", "public", rule.Fail, "publiclyAccessible is true. Fix: set publiclyAccessible to false", one(database, in{"publiclyAccessible": true})),
	check("db-not-public", "graph database", rule.Fail, "publiclyAccessible is true", one(neptuneMember, in{"publiclyAccessible": true})),
	check("db-not-public", "broker", rule.Fail, "publiclyAccessible is true", one(broker, in{"publiclyAccessible": true})),
	check("db-not-public", "warehouse without servers", rule.Fail, "publiclyAccessible is true", one(workgroup, in{"publiclyAccessible": true})),
	check("db-not-public", "migration", rule.Fail, "publiclyAccessible is true", one(replicationServer, in{"publiclyAccessible": true})),
	check("db-not-public", "warehouse by default", rule.Fail, "publiclyAccessible is not set", one(warehouse, in{})),
	check("db-not-public", "private warehouse", rule.Pass, "", one(warehouse, in{"publiclyAccessible": false})),
	check("db-not-public", "computed", rule.Unknown, "publiclyAccessible", one(database, in{"publiclyAccessible": later})),

	check("data-subnets-private", "its table leads nowhere", rule.Pass, "", stores(own, has("own"))),
	check("data-subnets-private", "through a NAT", rule.Pass, "",
		stores(own, has("own"), through("own", in{"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": later}, to{"natGatewayId": {"nat"}}))),
	check("data-subnets-private", "through a VPN", rule.Pass, "", stores(own, has("own"), r{Type: vpnGateway, Name: "vpn", In: in{}},
		through("own", in{"destinationCidrBlock": "10.9.0.0/16", "gatewayId": later}, to{"gatewayId": {"vpn"}}))),
	check("data-subnets-private", "through an internet gateway", rule.Fail,
		"the routes of its subnet data lead to an internet gateway, by own. Fix: list a subnet without such a route instead of data",
		stores(own, has("own"), through("own", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "through one of another stack", rule.Fail, "internet gateway",
		stores(own, has("own"), through("own", in{"gatewayId": "igw-0"}, to{}))),
	check("data-subnets-private", "inline", rule.Fail, "internet gateway", stores(r{Type: routeTable, Name: "own", In: inlineOpen}, has("own"))),
	check("data-subnets-private", "brokers", rule.Fail, "internet gateway", append([]r{{Type: "aws:msk/cluster:Cluster", Name: "events",
		In: in{"brokerNodeGroupInfo": in{"clientSubnets": list{later}}}, Edges: to{"brokerNodeGroupInfo": {"data"}}}},
		stores(r{Type: routeTable, Name: "own", In: inlineOpen}, has("own"))[1:]...)),
	check("data-subnets-private", "files", rule.Fail, "internet gateway", append([]r{{Type: "aws:efs/mountTarget:MountTarget", Name: "files",
		In: in{"subnetId": later}, Edges: to{"subnetId": {"data"}}}}, stores(r{Type: routeTable, Name: "own", In: inlineOpen}, has("own"))[1:]...)),
	check("data-subnets-private", "search of everyone", rule.NotApplicable, "", one("aws:opensearch/domain:Domain", in{})),
	check("data-subnets-private", "proxy", rule.Fail, "internet gateway", append([]r{{Type: "aws:rds/proxy:Proxy", Name: "proxy",
		In: in{"vpcSubnetIds": list{later}}, Edges: to{"vpcSubnetIds": {"data"}}}}, stores(r{Type: routeTable, Name: "own", In: inlineOpen}, has("own"))[1:]...)),
	check("data-subnets-private", "the main table as AWS makes it", rule.Pass, "", stores()),
	check("data-subnets-private", "a route of the main table", rule.Fail, "by main", stores(through("main", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "the main table adopted", rule.Fail, "by adopted", stores(adopted, through("adopted", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "the adopted table by name", rule.Fail, "by adopted",
		stores(adopted, has("adopted"), through("adopted", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "another main table", rule.Fail, "by own", stores(own, mainIsOwn, through("own", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "another main table than the open one", rule.Pass, "",
		stores(own, mainIsOwn, through("main", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "a table of its own besides an open main one", rule.Pass, "",
		stores(own, has("own"), through("main", toGateway, to{"gatewayId": {"gateway"}}))),
	check("data-subnets-private", "a gateway of who knows what kind", rule.Unknown, "gatewayId: "+rule.External,
		stores(own, has("own"), through("own", in{"gatewayId": later}, to{}))),
	check("data-subnets-private", "a table of another stack", rule.Unknown, "routeTableId", stores(r{Type: tableAssociation, Name: "association",
		In: in{"subnetId": later, "routeTableId": "rtb-1"}, Edges: to{"subnetId": {"data"}}})),
	check("data-subnets-private", "one of two tables", rule.Unknown, "routeTableId", stores(own, r{Type: routeTable, Name: "other", In: in{}},
		r{Type: tableAssociation, Name: "association", In: in{"subnetId": later, "routeTableId": later}, Edges: to{"subnetId": {"data"}, "routeTableId": {"own", "other"}}})),
	check("data-subnets-private", "a route of one of two tables", rule.Unknown, "routeTableId", stores(own, r{Type: routeTable, Name: "other", In: in{}}, has("own"),
		r{Type: route, Name: "out", In: in{"routeTableId": later, "gatewayId": "igw-1"}, Edges: to{"routeTableId": {"own", "other"}}})),
	check("data-subnets-private", "one of two subnets", rule.Unknown, "subnetIds", append([]r{{Type: subnetGroup, Name: "stores",
		In: in{"subnetIds": list{later}}, Edges: to{"subnetIds": {"data", "other"}}}},
		append(stores(r{Type: routeTable, Name: "own", In: inlineOpen}, has("own"))[1:], r{Type: subnet, Name: "other", In: in{"vpcId": later}, Edges: to{"vpcId": {"main"}}})...)),
	check("data-subnets-private", "subnets of another stack", rule.Unknown, "subnetIds: "+rule.External, one(subnetGroup, in{"subnetIds": list{"subnet-1"}})),
	check("data-subnets-private", "a VPC of another stack", rule.Unknown, "vpcId: "+rule.External, []r{
		{Type: subnetGroup, Name: "stores", In: in{"subnetIds": list{later}}, Edges: to{"subnetIds": {"data"}}},
		{Type: subnet, Name: "data", In: in{"vpcId": "vpc-9"}}}),
}
