package redundancy

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// about is a case about one rule.
func about(id, name string, want rule.Outcome, says string, stack ...r) ruletest.Case {
	return ruletest.Case{Rule: id, Name: name, Want: want, Says: says, Stack: stack}
}

// domain is a search domain with this cluster, under both names of the service.
func domain(id, name string, want rule.Outcome, says string, inputs in) []ruletest.Case {
	return []ruletest.Case{
		about(id, name+" on OpenSearch", want, says, one(searchDomain, inputs)...), about(id, name+" on Elasticsearch", want, says, one(elasticDomain, inputs)...),
	}
}

func searchCases() []ruletest.Case {
	zones := func(count any) in { return in{"availabilityZoneCount": count} }
	of := func(aware, zones, instances any) in {
		return in{"clusterConfig": in{"zoneAwarenessEnabled": aware, "zoneAwarenessConfig": zones, "instanceCount": instances}}
	}
	masters := func(enabled, count any) in {
		return in{"clusterConfig": in{"dedicatedMasterEnabled": enabled, "dedicatedMasterCount": count}}
	}
	two := func(name string, want rule.Outcome, says string, inputs in) ruletest.Case {
		return ruletest.Case{Rule: "opensearch-zone-awareness", Name: name, Settings: rule.Settings{"zones": 2}, Want: want, Says: says, Stack: one(searchDomain, inputs)}
	}
	const aware, dedicated = "opensearch-zone-awareness", "opensearch-dedicated-masters"
	return append(slices.Concat(
		domain(aware, "three zones", rule.Pass, "", of(true, zones(3), 3)),
		domain(aware, "nothing said", rule.Fail, "clusterConfig.zoneAwarenessEnabled is not set", in{}),
		domain(aware, "off", rule.Fail, "set clusterConfig.zoneAwarenessEnabled to true", of(false, zones(3), 3)),
		domain(aware, "two zones, the default", rule.Fail, "set clusterConfig.zoneAwarenessConfig.availabilityZoneCount to 3", of(true, nil, 4)),
		domain(aware, "two nodes", rule.Fail, "clusterConfig.instanceCount is 2. Fix: set clusterConfig.instanceCount to 3 or more", of(true, zones(3), 2)),
		domain(aware, "wrong types", rule.Fail, `instanceCount is "many"`, of("yes", zones("all"), "many")),
		domain(aware, "secret", rule.Fail, "clusterConfig.instanceCount is [secret]", of(rule.Secret{Of: true}, zones(3), rule.Secret{Of: 1})),
		domain(aware, "computed", rule.Unknown, "clusterConfig.instanceCount: known only after creation", of(true, zones(3), later)),
		domain(aware, "all computed", rule.Unknown, "clusterConfig", in{"clusterConfig": later}),
		domain(aware, "computed, but too few nodes", rule.Fail, "instanceCount is 1", of(later, zones(3), 1)),
		domain(dedicated, "three", rule.Pass, "", masters(true, 3)),
		domain(dedicated, "none", rule.Fail, "set clusterConfig.dedicatedMasterEnabled to true", in{}),
		domain(dedicated, "off", rule.Fail, "dedicatedMasterEnabled is false", masters(false, 3)),
		domain(dedicated, "two", rule.Fail, "dedicatedMasterCount is 2. Fix: set clusterConfig.dedicatedMasterCount to 3 or more", masters(true, 2)),
		domain(dedicated, "who knows how many", rule.Unknown, "clusterConfig.dedicatedMasterCount", masters(true, later)),
	), two("two zones are enough", rule.Pass, "", of(true, nil, 4)),
		two("an odd number in two zones", rule.Fail, "set clusterConfig.instanceCount to 4 or another even number", of(true, zones(2), 3)),
		two("an odd number in two zones, the default", rule.Fail, "to 4 or another even number", of(true, nil, 5)),
		two("an odd number in three zones", rule.Pass, "", of(true, zones(3), 3)),
		two("an odd number in who knows how many zones", rule.Unknown, "availabilityZoneCount", of(true, zones(later), 3)),
		about(aware, "only read", rule.Pass, "", r{Type: searchDomain, Name: "it", Out: of(true, zones(3), 6)}))
}

func standbyCases() []ruletest.Case {
	cases := []ruletest.Case{
		about("mq-broker-ha", "standby", rule.Pass, "", one(broker, in{"engineType": "ActiveMQ", "deploymentMode": "ACTIVE_STANDBY_MULTI_AZ"})...),
		about("mq-broker-ha", "cluster", rule.Pass, "", one(broker, in{"engineType": "RabbitMQ", "deploymentMode": "CLUSTER_MULTI_AZ"})...),
		about("mq-broker-ha", "alone by default", rule.Fail, `deploymentMode is not set. Fix: set deploymentMode to "ACTIVE_STANDBY_MULTI_AZ", which replaces the broker`,
			one(broker, in{"engineType": "ActiveMQ"})...),
		about("mq-broker-ha", "alone", rule.Fail, `set deploymentMode to "CLUSTER_MULTI_AZ", which`, one(broker, in{"engineType": "RABBITMQ", "deploymentMode": "SINGLE_INSTANCE"})...),
		about("mq-broker-ha", "of who knows what engine", rule.Fail, `"ACTIVE_STANDBY_MULTI_AZ" (ActiveMQ) or "CLUSTER_MULTI_AZ" (RabbitMQ)`,
			one(broker, in{"engineType": later, "deploymentMode": ""})...),
		about("mq-broker-ha", "computed", rule.Unknown, "deploymentMode", one(broker, in{"deploymentMode": later})...),

		about("redshift-multi-az", "two zones", rule.Pass, "", one(warehouse, in{"multiAz": true})...),
		about("redshift-multi-az", "it can move", rule.Pass, "", one(warehouse, in{"multiAz": false, "availabilityZoneRelocationEnabled": true})...),
		about("redshift-multi-az", "nothing said", rule.Fail, "is bound to one zone (multiAz, availabilityZoneRelocationEnabled). Fix: set multiAz", one(warehouse, in{})...),
		about("redshift-multi-az", "neither", rule.Fail, "set multiAz to true", one(warehouse, in{"multiAz": false, "availabilityZoneRelocationEnabled": nil})...),
		about("redshift-multi-az", "one is enough", rule.Pass, "", one(warehouse, in{"multiAz": later, "availabilityZoneRelocationEnabled": true})...),
		about("redshift-multi-az", "one may be", rule.Unknown, "multiAz", one(warehouse, in{"multiAz": later, "availabilityZoneRelocationEnabled": false})...),

		about("dax-nodes", "three", rule.Pass, "", one(daxCluster, in{"replicationFactor": 3})...),
		about("dax-nodes", "two", rule.Fail, "replicationFactor is 2. Fix: set replicationFactor to 3 or more", one(daxCluster, in{"replicationFactor": 2})...),
		about("dax-nodes", "not said", rule.Fail, "replicationFactor is not set", one(daxCluster, in{})...),
		about("dax-nodes", "a number in a text", rule.Pass, "", one(daxCluster, in{"replicationFactor": "5"})...),
		about("dax-nodes", "computed", rule.Unknown, "replicationFactor", one(daxCluster, in{"replicationFactor": later})...),
	}
	for _, files := range []struct{ token, most string }{{windowsFiles, "MULTI_AZ_1"}, {ontapFiles, "MULTI_AZ_2"}, {zfsFiles, "MULTI_AZ_1"}} {
		of := func(name string, want rule.Outcome, says string, inputs in) ruletest.Case {
			return about("fsx-multi-az", files.token+" "+name, want, says, one(files.token, inputs)...)
		}
		cases = append(cases,
			of("in two zones", rule.Pass, "", in{"deploymentType": files.most}),
			of("in one", rule.Fail, `deploymentType is "SINGLE_AZ_2". Fix: set deploymentType to "MULTI_AZ_1", which replaces the file system`, in{"deploymentType": "SINGLE_AZ_2"}),
			of("with a standby in its zone", rule.Fail, "SINGLE_AZ_HA_1", in{"deploymentType": "SINGLE_AZ_HA_1"}),
			of("not said", rule.Fail, "deploymentType is not set", in{}),
			of("wrong type", rule.Fail, "deploymentType is true", in{"deploymentType": true}),
			of("computed", rule.Unknown, "deploymentType", in{"deploymentType": later}))
	}
	for _, way := range []struct {
		token string
		of    func(any) in
	}{
		{replication, func(v any) in { return in{"multiAz": v} }},
		{replicationLess, func(v any) in { return in{"computeConfig": in{"multiAz": v}} }},
	} {
		of := func(name string, want rule.Outcome, says string, inputs in) ruletest.Case {
			return about("dms-multi-az", way.token+" "+name, want, says, one(way.token, inputs)...)
		}
		cases = append(cases, of("standby", rule.Pass, "", way.of(true)), of("none", rule.Fail, "multiAz to true", way.of(false)),
			of("nothing said", rule.Fail, "multiAz is not set", in{}), of("null", rule.Fail, "multiAz to true", way.of(nil)),
			of("computed", rule.Unknown, "multiAz: known only after creation", way.of(later)))
	}
	return cases
}

// kafka is a cluster with brokers in subnets.
func kafka(brokers, subnets any, edges ...string) []r {
	return []r{
		{Type: kafkaCluster, Name: "events", In: in{"numberOfBrokerNodes": brokers, "brokerNodeGroupInfo": in{"clientSubnets": subnets, "securityGroups": list{later}}},
			Edges: to{"brokerNodeGroupInfo": append(edges, "a security group")}},
		subnetA, subnetA2, subnetB, subnetC, nowhere,
	}
}

func streamCases() []ruletest.Case {
	const id = "msk-brokers-multi-az"
	three := list{later, later, later}
	return []ruletest.Case{
		about(id, "three zones", rule.Pass, "", kafka(6, three, "a", "b", "c")...),
		about(id, "a list to come", rule.Pass, "", kafka(3, later, "a", "b", "c")...),
		about(id, "a list to come of more subnets than AWS takes", rule.Pass, "", kafka(3, later, "a", "a2", "b", "c")...),
		about(id, "a list to come, uneven", rule.Fail, "a multiple of 3, the number of subnets", kafka(4, later, "a", "b", "c")...),
		about(id, "a list to come of another stack", rule.Unknown, "brokerNodeGroupInfo", kafka(4, later)...),
		about(id, "two zones", rule.Fail, "has brokers in zones eu-west-1a, eu-west-1b only. Fix: list subnets of at least 3 zones", kafka(4, list{later, later}, "a", "b")...),
		about(id, "three subnets of two zones", rule.Fail, "has brokers in zones eu-west-1a, eu-west-1b only", kafka(3, three, "a", "a2", "b")...),
		about(id, "uneven", rule.Fail, "numberOfBrokerNodes is 4. Fix: set numberOfBrokerNodes to a multiple of 3, the number of subnets", kafka(4, three, "a", "b", "c")...),
		about(id, "none", rule.Fail, "numberOfBrokerNodes is 0", kafka(0, three, "a", "b", "c")...),
		about(id, "not said how many", rule.Fail, "numberOfBrokerNodes is", kafka(nil, three, "a", "b", "c")...),
		about(id, "nothing said", rule.Fail, "has brokers in no zone only", one(kafkaCluster, in{})...),
		about(id, "who knows how many", rule.Unknown, "numberOfBrokerNodes", kafka(later, three, "a", "b", "c")...),
		about(id, "a zone to come", rule.Unknown, "availabilityZone of subnet nowhere", kafka(3, three, "a", "b", "nowhere")...),
		about(id, "subnets of another stack", rule.Unknown, "brokerNodeGroupInfo: external", kafka(3, list{"subnet-1", "subnet-2", "subnet-3"})...),
		about(id, "subnets of another stack, and uneven", rule.Fail, "a multiple of 3", kafka(4, list{"subnet-1", "subnet-2", "subnet-3"})...),
		about(id, "a serverless cluster", rule.NotApplicable, "", one("aws:msk/serverlessCluster:ServerlessCluster", in{})...),
		{Rule: id, Name: "a list of two or three to come", Profile: rule.Development, Want: rule.Unknown, Says: "clientSubnets", Stack: kafka(4, later, "a", "b", "c")},
		{Rule: id, Name: "even over a list of two or three to come", Profile: rule.Development, Want: rule.Pass, Stack: kafka(6, later, "a", "b", "c")},
		{Rule: id, Name: "uneven over two or three", Profile: rule.Development, Want: rule.Fail, Says: "a multiple of 2", Stack: kafka(5, later, "a", "b", "c")},
		{Rule: id, Name: "two are enough in development", Profile: rule.Development, Want: rule.Pass, Stack: kafka(2, list{later, later}, "a", "b")},
	}
}
