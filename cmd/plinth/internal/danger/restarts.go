package danger

import (
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// How long it takes until something else takes over, as AWS says: 1 to 2 min for a standby of
// RDS, below 1 min for another member or replica, and for switching to a copy.
var (
	byStandby = latency.Estimate{P50: 90, Low: 60, High: 120, Grade: "D"}
	byMember  = latency.Estimate{P50: 30, Low: 5, High: 60, Grade: "D"}
)

func failover(*change.Resource, []string) latency.Estimate { return byMember }

var (
	standby  = spare{when: isTrue("multiAz"), does: "; its standby takes over meanwhile", away: byStandby}
	copyOfIt = spare{when: isTrue("blueGreenUpdate.enabled"), does: "; a copy is made ready first, and takes over (blueGreenUpdate)", away: byMember}
	noMajor  = guard{when: notTrue("allowMajorVersionUpgrade"), says: "AWS, which wants allowMajorVersionUpgrade for it"}
)

// What another version does to a database.
const (
	upgrade = "be upgraded to another major version, with no way back but a restore"
	restart = "restart with another version"
)

// drift is what Karpenter and Auto Mode do when machines are not as they would be made now.
const drift = "have machines that no longer match it replaced; their pods move"

// launchTemplate has another version after each update.
const launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate"

// restarts are what updates in place do.
var restarts = map[string]updates{
	"aws:rds/instance:Instance": {waits: "maintenanceWindow", changes: []interruption{
		{
			on: []string{"backupRetentionPeriod"}, when: from("backupRetentionPeriod", nil, either(isZero)), kind: Loss,
			does: "lose all its automatic backups, and restart", away: whileUpdated,
		},
		{on: []string{"identifier"}, kind: Outage, does: "be renamed: its DNS name is another one, and who uses the old one does not find it", away: whileUpdated},
		{on: []string{"engineVersion"}, when: newMajor, does: upgrade, away: whileUpdated, spares: []spare{copyOfIt}, stops: []guard{noMajor}},
		{on: []string{"engineVersion"}, when: newVersion, does: restart, away: whileUpdated, spares: []spare{copyOfIt}},
		{on: []string{"instanceClass"}, does: "restart on another machine", away: whileUpdated, spares: []spare{copyOfIt, standby}},
		{on: []string{"dbSubnetGroupName"}, does: "move to another network, and have another address there", away: whileUpdated},
		{on: []string{"port"}, does: "restart, and answer at another port", now: true, away: whileUpdated},
		{on: []string{"storageType"}, when: magnetic, does: "restart, and be slower until its storage is copied", away: whileUpdated, spares: []spare{standby}},
		{on: []string{"backupRetentionPeriod"}, when: fromZero("backupRetentionPeriod"), does: "restart for its first backup", away: whileUpdated},
		newCertificate,
		byParameters("parameterGroupName"),
		{on: []string{"multiAz"}, when: from("multiAz", nil, either(rule.IsTrue)), does: "get a standby without a break, and be slower until that is copied"},
		{on: []string{"multiAz"}, does: "lose its standby without a break"},
	}},
	"aws:rds/cluster:Cluster": {waits: "preferredMaintenanceWindow", changes: []interruption{
		{on: []string{"engineVersion"}, when: newMajor, does: upgrade, away: whileUpdated, stops: []guard{noMajor}},
		{on: []string{"engineVersion"}, when: newVersion, does: restart, away: whileUpdated},
		{on: []string{"dbClusterInstanceClass"}, does: "restart on other machines, one after the other", away: failover},
		{on: []string{"port"}, does: "restart, and answer at another port", now: true, away: whileUpdated},
		byParameters("dbClusterParameterGroupName"),
	}},
	"aws:rds/clusterInstance:ClusterInstance":     {waits: "preferredMaintenanceWindow", changes: []interruption{newMember, newCertificate, byParameters("dbParameterGroupName")}},
	"aws:docdb/clusterInstance:ClusterInstance":   {waits: "preferredMaintenanceWindow", changes: []interruption{newMember, newCertificate}},
	"aws:neptune/clusterInstance:ClusterInstance": {waits: "preferredMaintenanceWindow", changes: []interruption{newMember, byParameters("neptuneParameterGroupName")}},
	"aws:docdb/cluster:Cluster":                   clusterOf("dbClusterParameterGroupName"),
	"aws:neptune/cluster:Cluster":                 clusterOf("neptuneClusterParameterGroupName"),
	"aws:redshift/cluster:Cluster": {waits: "preferredMaintenanceWindow", changes: []interruption{
		{on: []string{"clusterVersion"}, does: restart + ", with no way back but a restore"},
		{on: []string{"nodeType", "numberOfNodes", "clusterType"}, does: "be resized, read only for a part of the time", now: true},
		byParameters("clusterParameterGroupName"),
	}},

	"aws:elasticache/replicationGroup:ReplicationGroup": {waits: "maintenanceWindow", changes: []interruption{
		{
			on: []string{"automaticFailoverEnabled"}, absent: false, when: from("automaticFailoverEnabled", false, either(rule.IsFalse)), now: true,
			does: "have no replica that takes over by itself when its primary fails",
		},
		{on: []string{"numCacheClusters"}, when: from("numCacheClusters", nil, falls), does: "lose replicas, which are read from and take over"},
		{on: []string{"replicasPerNodeGroup"}, when: from("replicasPerNodeGroup", nil, falls), does: "lose replicas, which are read from and take over"},
		{on: []string{"engineVersion", "engine"}, does: "move to another version, one node after the other", away: failover},
		{on: []string{"nodeType"}, does: "move to other machines, one node after the other", away: failover},
		{on: []string{"parameterGroupName"}, does: "keep some of its parameters as they are until somebody reboots it", now: true},
	}},
	"aws:elasticache/cluster:Cluster": {waits: "maintenanceWindow", changes: []interruption{
		{on: []string{"numCacheNodes"}, when: from("numCacheNodes", 1, falls), kind: Loss, does: "lose the nodes with the highest numbers, and the entries on them"},
		{on: []string{"engineVersion"}, when: memcached, kind: Loss, does: "restart with another version, without its entries", away: whileUpdated},
		{on: []string{"engineVersion", "nodeType"}, does: "restart on other machines", away: whileUpdated},
		{on: []string{"parameterGroupName"}, does: "keep some of its parameters as they are until somebody reboots it", now: true},
	}},
	"aws:memorydb/cluster:Cluster": {changes: []interruption{
		{on: []string{"engineVersion", "engine"}, does: "move to another version, one node after the other", away: failover},
		{on: []string{"nodeType"}, does: "move to other machines, one node after the other", away: failover},
	}},
	"aws:opensearch/domain:Domain":    moved("engineVersion"),
	"aws:elasticsearch/domain:Domain": moved("elasticsearchVersion"),
	"aws:msk/cluster:Cluster": {changes: []interruption{
		{on: []string{"kafkaVersion"}, does: "restart its brokers with another version, one after the other, with no way back"},
		{on: []string{"brokerNodeGroupInfo.instanceType"}, does: "move its brokers to other machines, one after the other"},
		{on: []string{"configurationInfo", "clientAuthentication", "encryptionInfo.encryptionInTransit.clientBroker"}, does: "restart its brokers, one after the other"},
	}},
	"aws:mq/broker:Broker": {waits: "maintenanceWindowStartTime.dayOfWeek", changes: []interruption{
		{on: []string{"engineVersion", "hostInstanceType", "configuration", "users"}, does: "reboot", away: whileUpdated, spares: []spare{
			{when: is("deploymentMode", "ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"), does: "; another machine takes over meanwhile", away: byMember},
		}},
	}},

	"aws:eks/cluster:Cluster": {changes: []interruption{
		{on: []string{"version"}, when: autoMode, does: "be upgraded, with no way back; Auto Mode then replaces all machines, and the pods on them move"},
		{on: []string{"version"}, does: "be upgraded, with no way back; its machines keep their version until they are replaced"},
	}},
	"aws:eks/nodeGroup:NodeGroup": {changes: []interruption{
		{on: []string{"version", "releaseVersion", "launchTemplate"}, does: "replace its machines, a few at a time (updateConfig), and the pods on them move", by: launchTemplate},
	}},
	"kubernetes:karpenter.sh/v1:NodePool":          {changes: []interruption{{on: []string{"spec.template"}, does: drift}}},
	"kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": {changes: []interruption{{on: []string{"spec"}, does: drift}}},
	"kubernetes:eks.amazonaws.com/v1:NodeClass":    {changes: []interruption{{on: []string{"spec"}, does: drift}}},
	"aws:autoscaling/group:Group": {changes: []interruption{
		{on: []string{"launchTemplate", "mixedInstancesPolicy", "launchConfiguration"}, when: refreshes, kind: Rollout, does: "replace its machines, a few at a time (instanceRefresh)", by: launchTemplate},
	}},
	"aws:ec2/instance:Instance": {changes: []interruption{
		{on: []string{"instanceType"}, does: "be stopped, and started as another type, with another public address unless it has an elastic one", away: stoppedAndStarted},
		{on: []string{"userData", "userDataBase64"}, does: "be stopped and started, with another public address unless it has an elastic one", away: stoppedAndStarted},
	}},
	"aws:ecs/service:Service": {changes: []interruption{
		{
			on: []string{"taskDefinition", "platformVersion", "networkConfiguration"}, when: stopsFirst, kind: Outage,
			does: "stop its tasks before new ones run (deploymentMinimumHealthyPercent)",
		},
		{on: []string{"taskDefinition", "platformVersion", "networkConfiguration"}, kind: Rollout, does: "replace its tasks, a few at a time"},
	}},
}

var (
	newMember      = interruption{on: []string{"instanceClass"}, does: "restart on another machine; if it is the writer, another member takes over", away: whileUpdated}
	newCertificate = interruption{on: []string{"caCertIdentifier"}, does: "have another certificate, for which some engines restart"}
)

// byParameters is what another group of parameters does to a database: nothing yet.
func byParameters(path string) interruption {
	return interruption{on: []string{path}, does: "keep its parameters as they are until somebody reboots it", now: true}
}

func clusterOf(parameters string) updates {
	return updates{waits: "preferredMaintenanceWindow", changes: []interruption{
		{on: []string{"engineVersion"}, when: newMajor, does: upgrade, away: whileUpdated, stops: []guard{noMajor}},
		{on: []string{"engineVersion"}, when: newVersion, does: restart, away: whileUpdated},
		byParameters(parameters),
	}}
}

// moved is what updates do to a search domain: AWS makes new machines, and copies all to them.
func moved(version string) updates {
	return updates{changes: []interruption{
		{on: []string{version}, does: "move to new machines with another version, with no way back but a snapshot; it works on, slower"},
		{on: []string{
			"clusterConfig.instanceType", "clusterConfig.dedicatedMasterEnabled", "clusterConfig.dedicatedMasterType", "clusterConfig.warmEnabled",
			"clusterConfig.zoneAwarenessEnabled", "clusterConfig.zoneAwarenessConfig", "ebsOptions.volumeType", "encryptAtRest", "nodeToNodeEncryption",
			"advancedSecurityOptions.enabled",
		}, does: "move to new machines; it works on, slower"},
	}}
}

// minor are the engines whose major version has two parts.
var minor = []string{"mysql", "mariadb", "aurora-mysql", "neptune"}

// newMajor is whether a major version of an engine differs, or may.
func newMajor(old, new *rule.Resource) bool {
	parts := 1
	if rule.Is(minor...)(old.Get("engine")) || strings.HasPrefix(old.Type, "aws:neptune/") {
		parts = 2
	}
	was, _ := held(old, "engineVersion").Text()
	will, known := new.Get("engineVersion").Text()
	return !known || was == "" || majorOf(was, parts) != majorOf(will, parts)
}

func majorOf(version string, parts int) string {
	all := strings.Split(version, ".")
	return strings.Join(all[:min(parts, len(all))], ".")
}

// newVersion is whether a version differs, or may. A part of one, such as 16, asks for no more.
func newVersion(old, new *rule.Resource) bool {
	was, _ := held(old, "engineVersion").Text()
	will, _ := new.Get("engineVersion").Text()
	return will == "" || !strings.HasPrefix(was+".", will+".")
}

func fromZero(path string) func(old, new *rule.Resource) bool {
	return func(old, _ *rule.Resource) bool { return isZero(held(old, path)) }
}

// magnetic is whether storage is moved from or to magnetic disks: between others, a database
// works on.
func magnetic(old, new *rule.Resource) bool {
	is := rule.Is("standard")
	return new.Get("storageType").IsUnknown() || is(held(old, "storageType")) != is(new.Get("storageType"))
}

func memcached(_, new *rule.Resource) bool { return rule.Is("memcached")(new.Get("engine")) }

func autoMode(_, new *rule.Resource) bool { return rule.IsTrue(new.Get("computeConfig.enabled")) }

func refreshes(_, new *rule.Resource) bool { return rule.IsBlock(new.Get("instanceRefresh")) }

func stopsFirst(_, new *rule.Resource) bool {
	most, known := new.Get("deploymentMaximumPercent").Number()
	return known && most <= 100 && isZero(new.Get("deploymentMinimumHealthyPercent"))
}
