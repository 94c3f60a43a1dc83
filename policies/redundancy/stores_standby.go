package redundancy

import (
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of stores that keep a standby by a setting of their own.
const (
	broker          = "aws:mq/broker:Broker"
	warehouse       = "aws:redshift/cluster:Cluster"
	daxCluster      = "aws:dax/cluster:Cluster"
	windowsFiles    = "aws:fsx/windowsFileSystem:WindowsFileSystem"
	ontapFiles      = "aws:fsx/ontapFileSystem:OntapFileSystem"
	zfsFiles        = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
	replication     = "aws:dms/replicationInstance:ReplicationInstance"
	replicationLess = "aws:dms/replicationConfig:ReplicationConfig"
)

// standby makes a rule about stores that keep a standby by a setting of their own. It is
// paid for, so development may do without.
func standby(r rule.Rule, judge func(r *rule.Resource) rule.Verdict) *rule.Rule {
	r.Category, r.Development = rule.Redundancy, rule.At(rule.Disabled)
	r.Check = func(r *rule.Resource, _ rule.Settings) rule.Verdict { return judge(r) }
	return &r
}

func mqBrokerHa() *rule.Rule {
	return standby(rule.Rule{
		ID: "mq-broker-ha", Title: "Message brokers have a second broker in another zone", Severity: rule.High,
		Why:      "A single broker is down for as long as its zone is, and whatever sends messages with it.",
		Fix:      `set deploymentMode to "ACTIVE_STANDBY_MULTI_AZ" (ActiveMQ) or "CLUSTER_MULTI_AZ" (RabbitMQ); that replaces the broker`,
		Controls: rule.Controls{SecurityHub: []string{"MQ.5", "MQ.6"}},
		Types:    []string{broker},
	}, func(r *rule.Resource) rule.Verdict {
		modes := `"ACTIVE_STANDBY_MULTI_AZ" (ActiveMQ) or "CLUSTER_MULTI_AZ" (RabbitMQ)`
		switch engine, _ := r.Get("engineType").Text(); strings.ToLower(engine) {
		case "activemq":
			modes = `"ACTIVE_STANDBY_MULTI_AZ"`
		case "rabbitmq":
			modes = `"CLUSTER_MULTI_AZ"`
		}
		return r.Wants("deploymentMode", rule.Is("ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"), // AWS takes SINGLE_INSTANCE if it is not set
			modes+", which replaces the broker")
	})
}

func redshiftMultiAz() *rule.Rule {
	const fix = "set multiAz to true or, at no cost, availabilityZoneRelocationEnabled; both need RA3 nodes"
	return standby(rule.Rule{
		ID: "redshift-multi-az", Title: "Warehouses can go on in another zone", Severity: rule.Medium,
		Why:      "A warehouse that is bound to its zone is down for as long as that is, or until a snapshot has been restored elsewhere.",
		Fix:      fix,
		Controls: rule.Controls{SecurityHub: []string{"Redshift.18"}},
		Types:    []string{warehouse},
	}, func(r *rule.Resource) rule.Verdict {
		const problem = "is bound to one zone (multiAz, availabilityZoneRelocationEnabled)"
		return rule.Any(r.Get("multiAz").Want(rule.IsTrue, problem, fix), r.Get("availabilityZoneRelocationEnabled").Want(rule.IsTrue, problem, fix))
	})
}

func daxNodes() *rule.Rule {
	return standby(rule.Rule{
		ID: "dax-nodes", Title: "DAX clusters have three nodes", Severity: rule.Medium,
		Why:   "When the only node goes, every read reaches the table at once; with two, so does half of the load while one is replaced.",
		Fix:   "set replicationFactor to 3 or more",
		Types: []string{daxCluster},
	}, func(r *rule.Resource) rule.Verdict {
		return r.Wants("replicationFactor", rule.AtLeast(3), "3 or more")
	})
}

func fsxMultiAz() *rule.Rule {
	return standby(rule.Rule{
		ID: "fsx-multi-az", Title: "File servers have a standby in another zone", Severity: rule.High,
		Why:      "A file server in one zone is down for as long as that is; if it does not come back, the last backup is what is left.",
		Fix:      `set deploymentType to "MULTI_AZ_1", with subnets of two zones; that replaces the file system`,
		Controls: rule.Controls{SecurityHub: []string{"FSx.3", "FSx.4", "FSx.5"}},
		// Lustre has no standby to offer.
		Types: []string{windowsFiles, ontapFiles, zfsFiles},
	}, func(r *rule.Resource) rule.Verdict {
		return r.Wants("deploymentType", func(v rule.Value) bool { // that of Windows is SINGLE_AZ_1 if it is not set
			kind, _ := v.Text()
			return strings.HasPrefix(kind, "MULTI_AZ_")
		}, fmt.Sprintf("%q, which replaces the file system", "MULTI_AZ_1"))
	})
}

func dmsMultiAz() *rule.Rule {
	return standby(rule.Rule{
		ID: "dms-multi-az", Title: "Replications have a standby in another zone", Severity: rule.Medium,
		Why:      "A replication that stops with its zone leaves its target behind, and may have to load everything again.",
		Fix:      "set multiAz to true; of a serverless replication, computeConfig.multiAz",
		Controls: rule.Controls{SecurityHub: []string{"DMS.13"}},
		Types:    []string{replication, replicationLess},
	}, func(r *rule.Resource) rule.Verdict {
		if r.Type == replicationLess {
			return r.Wants("computeConfig.multiAz", rule.IsTrue, "true")
		}
		return r.Wants("multiAz", rule.IsTrue, "true")
	})
}
