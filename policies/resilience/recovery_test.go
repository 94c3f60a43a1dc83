package resilience

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

func TestWhatARecoveryCosts(t *testing.T) {
	far := of(database, "far", nil, "replicateSourceDb:db")
	far.Provider = west
	backups := of(backupsCopy, "backups", nil, "sourceDbInstanceArn:db")
	backups.Provider = west
	vaultAbroad := of(vault, "vault", nil)
	vaultAbroad.Provider = west
	plan := []ruletest.R{
		vaultAbroad, of(backupPlan, "plan", map[string]any{"rules": []any{map[string]any{
			"schedule": "cron(0 5 * * ? *)", "copyActions": []any{map[string]any{"destinationVaultArn": ruletest.ID}},
		}}}, "rules:vault"),
		of(plans.Selection, "selection", map[string]any{"selectionTags": []any{map[string]any{"key": "backup", "value": "yes"}}}, "planId:plan"),
	}
	tagged := map[string]any{"tags": map[string]any{"backup": "yes"}, "availabilityZone": "a"}
	replicated := of(bucket, "copy", nil)
	replicated.Provider = west
	for name, c := range map[string]struct {
		stack    []ruletest.R
		lose, at string
		rto, rpo time.Duration
		by       string
	}{
		"failover to a standby": {twoZones(of(database, "db", map[string]any{"multiAz": true}, "dbSubnetGroupName:db-subnets")), "zone:a", "db", 2 * time.Minute, 0, "standby"},
		"a restore in another zone": {
			twoZones(of(database, "db", map[string]any{"availabilityZone": "a", "backupRetentionPeriod": 7, "allocatedStorage": 1500})), "zone:a", "db", 2 * time.Hour, 5 * time.Minute, "point in time"},
		"no backups":       {twoZones(of(database, "db", map[string]any{"availabilityZone": "a"})), "zone:a", "db", Never, Never, "the return of zone:a"},
		"the same storage": {twoZones(of(database, "db", nil)), "node:db", "db", 30 * time.Minute, 0, "same storage"},
		"a backup plan":    {twoZones(append(plan, of(table, "orders", tagged))...), "zone:a", "orders", time.Hour, 24 * time.Hour, "last backup"},
		"its copies":       {twoZones(append(plan, of(table, "orders", tagged))...), "region:us-east-1", "orders", time.Hour, 25 * time.Hour, "last copy in us-west-2"},
		"replica far away": {twoZones(of(database, "db", nil), far, backups), "region:us-east-1", "db", 20 * time.Minute, 5 * time.Minute, "promotion of far"},
		"backups far away": {twoZones(of(database, "db", nil), backups), "region:us-east-1", "db", time.Hour, 15 * time.Minute, "backups in us-west-2"},
		"a replicated bucket": {
			twoZones(of(bucket, "b", nil), replicated, of(replication, "r", map[string]any{"rules": []any{map[string]any{"destination": map[string]any{"bucket": ruletest.ID}}}}, "bucket:b", "rules:copy")),
			"region:us-east-1", "b", 0, 15 * time.Minute, "replica copy"},
		"the replica of a bucket": {
			twoZones(of(bucket, "b", nil), replicated, of(replication, "r", map[string]any{"rules": []any{map[string]any{"destination": map[string]any{"bucket": ruletest.ID}}}}, "bucket:b", "rules:copy")),
			"region:us-west-2", "copy", 0, 0, "source b"},
		"a global table": {
			twoZones(of(table, "t", map[string]any{"replicas": []any{map[string]any{"regionName": "us-west-2"}}})), "region:us-east-1", "t", 0, time.Second, "us-west-2"},
		"what keeps no data":     {twoZones(served("subnet-a", 2)...), "region:us-east-1", "group", time.Hour, 0, "another region"},
		"what keeps some":        {twoZones(of(queue, "q", nil)), "region:us-east-1", "q", Never, Never, "the return of region:us-east-1"},
		"a new machine":          {twoZones(served("subnet-a,subnet-b", 1)...), "zone:a", "balancer", 5 * time.Minute, 0, "group: a new machine"},
		"pods are started again": {twoZones(auto("subnet-a,subnet-b"), pods("shop", 1, true)), "zone:a", "shop", 7 * time.Minute, 0, "pods"},
		"pods wait for their database": {
			twoZones(auto("subnet-a,subnet-b"), pods("shop", 2, true, "spec:db"), of(database, "db", map[string]any{"multiAz": true}, "dbSubnetGroupName:db-subnets")),
			"zone:a", "shop", 2 * time.Minute, 0, "db: failover"},
		"a lost key": {twoZones(of(key, "key", nil), of(queue, "q", nil, "kmsMasterKeyId:key")), "key:key", "q", Never, 0, "enabling the key again"},
		"a way out":  {twoZones(served("subnet-a", 2)...), "zone:b", "balancer", time.Minute, 0, "other zones"},
	} {
		t.Run(name, func(t *testing.T) {
			got := effectOn(t, c.stack, c.lose, c.at).Recovery
			require.NotNil(t, got)
			require.Equal(t, Words(c.rto), Words(got.Rto), got.By)
			require.Equal(t, Words(c.rpo), Words(got.Rpo), got.By)
			require.Contains(t, got.By, c.by)
		})
	}
}

func TestEveryAssumptionIsALineWithItsSource(t *testing.T) {
	r := effectOn(t, twoZones(of(database, "db", map[string]any{"multiAz": true}, "dbSubnetGroupName:db-subnets")), "zone:a", "db").Recovery
	require.Equal(t, []string{"failover to a standby: 2 min (AWS: 1 to 2 min)"}, r.Assumptions)
}

func TestWhatBringsBackEachTypeIsTrueOfIt(t *testing.T) {
	inTwo := func(token, name, place string, in map[string]any) []ruletest.R {
		return twoZones(of(token, name, in, place+":subnet-a,subnet-b"))
	}
	replica := of(bucket, "copy", nil)
	replica.Provider = west
	mq := func(engine, storage string) []ruletest.R {
		in := map[string]any{"engineType": engine, "availabilityZone": "a"}
		if storage != "" {
			in["storageType"] = storage
		}
		return twoZones(of(broker, "mq", in, "subnetIds:subnet-a"))
	}
	for name, c := range map[string]struct {
		stack    []ruletest.R
		lose, at string
		rto, rpo time.Duration
		by       string
		assumes  string
	}{
		"Kafka counts on its topics": {
			inTwo(kafka, "k", "brokerNodeGroupInfo", map[string]any{"numberOfBrokerNodes": 2, "brokerNodeGroupInfo": map[string]any{"clientSubnets": ruletest.ID}}),
			"node:k", "k", time.Minute, 0, "the other brokers", "a topic is kept on as many brokers as its replication.factor; with 1,"},
		"a search counts on its indexes": {
			inTwo(search, "s", "vpcOptions", map[string]any{"clusterConfig": map[string]any{"instanceCount": 2}}), "node:s", "s", time.Minute, 0, "the other machines", "an index has a replica"},
		"the machine of a search": {
			inTwo(search, "s", "vpcOptions", map[string]any{"clusterConfig": map[string]any{"instanceCount": 1}}), "node:s", "s", 30 * time.Minute, time.Hour, "last automatic snapshot", "AWS takes one each hour"},
		"pods":      {twoZones(auto("subnet-a,subnet-b"), pods("shop", 2, true)), "zone:a", "shop", time.Minute, 0, "the other pods", "Kubernetes sends requests to other pods"},
		"a cluster": {twoZones(auto("subnet-a,subnet-b")), "zone:a", "cluster", time.Minute, 0, "its other zones", "AWS sends requests to other zones"},
		"files": {
			twoZones(of(fileSystem, "files", nil), of(mountTarget, "ma", nil, "fileSystemId:files", "subnetId:subnet-a"), of(mountTarget, "mb", nil, "fileSystemId:files", "subnetId:subnet-b")),
			"zone:a", "files", 0, 0, "", ""},
		"a machine is replaced":          {twoZones(of(instance, "vm", nil, "subnetId:subnet-a")), "node:vm", "vm", 5 * time.Minute, 0, "a new machine in its place", "own disks only is lost"},
		"a machine in a lost zone":       {twoZones(of(instance, "vm", nil, "subnetId:subnet-a")), "zone:a", "vm", Never, 0, "the return of zone:a", ""},
		"the machine of an ActiveMQ":     {mq("ActiveMQ", ""), "node:mq", "mq", 30 * time.Minute, 0, "the same storage", ""},
		"the machine of a RabbitMQ":      {mq("RabbitMQ", ""), "node:mq", "mq", 30 * time.Minute, 0, "the same storage", ""},
		"an ActiveMQ keeps its messages": {mq("ActiveMQ", ""), "zone:a", "mq", Never, 0, "the return of zone:a", ""},
		"an ActiveMQ on one disk":        {mq("ActiveMQ", "ebs"), "zone:a", "mq", Never, Never, "the return of zone:a", ""},
		"a RabbitMQ does not":            {mq("RabbitMQ", ""), "zone:a", "mq", Never, Never, "the return of zone:a", ""},
		"a warehouse": {
			twoZones(of(warehouse, "w", map[string]any{"availabilityZone": "a"})), "zone:a", "w", time.Hour, 8 * time.Hour, "last automatic snapshot", "AWS takes one every 8 h"},
		"a warehouse without snapshots": {
			twoZones(of(warehouse, "w", map[string]any{"availabilityZone": "a", "automatedSnapshotRetentionPeriod": 0})), "zone:a", "w", Never, Never, "the return of zone:a", ""},
		"a size that is not known": {
			planned(map[string]any{"resources": []any{"*"}}, map[string]any{"schedule": "rate(1 day)", "copyActions": []any{map[string]any{"destinationVaultArn": ruletest.ID}}}),
			"region:us-east-1", "orders", time.Hour, 25 * time.Hour, "last copy in us-west-2", "its size is not known"},
		"a bucket": {
			twoZones(of(bucket, "b", nil), replica, of(replication, "r", map[string]any{"rules": []any{map[string]any{"destination": map[string]any{"bucket": ruletest.ID}}}}, "bucket:b", "rules:copy")),
			"region:us-east-1", "b", 0, 15 * time.Minute, "its replica copy, which has to be pointed at", "nothing does that by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			got := effectOn(t, c.stack, c.lose, c.at).Recovery
			require.Equal(t, Words(c.rto), Words(got.Rto), got.By)
			require.Equal(t, Words(c.rpo), Words(got.Rpo), got.By)
			require.Contains(t, got.By, c.by)
			require.Contains(t, strings.Join(got.Assumptions, "\n"), c.assumes)
		})
	}
}

func TestTheReturnOfAZoneWithoutANameIsPutIntoWords(t *testing.T) {
	loss := Nameless(graphOf([]ruletest.R{of(subnet, "hidden", nil), of(instance, "vm", nil, "subnetId:hidden")}))
	require.Len(t, loss.Effects, 1)
	require.Equal(t, "the return of the zone", loss.Effects[0].Recovery.By)
}

func TestOtherProvidersAndOtherPodsAreOverlooked(t *testing.T) {
	native := ruletest.Resources([]ruletest.R{of("aws-native:rds:DbInstance", "db", nil), of("kubernetes:apps/v1:DaemonSet", "agent", nil), of(table, "t", nil), of("shop:web:Site", "site", nil)})
	for _, r := range native {
		r.ProviderURN = map[bool]string{true: "", false: "urn:pulumi:prod::shop::pulumi:providers:x::x"}[r.Type == "shop:web:Site"] // a component
	}
	require.Equal(t, map[string]int{"aws-native:rds:DbInstance": 1, "kubernetes:apps/v1:DaemonSet": 1}, Overlooked(rule.NewGraph(native)))
}

func TestTheFirstOfEqualsIsTold(t *testing.T) {
	db := func(name string) ruletest.R {
		return of(database, name, map[string]any{"multiAz": true}, "dbSubnetGroupName:db-subnets")
	}
	for _, edge := range []string{"environment:one,two", "environment:two,one"} {
		r := effectOn(t, twoZones(of(function, "f", nil, edge), db("two"), db("one")), "zone:a", "f").Recovery
		require.Equal(t, "one: failover to the standby", r.By)
	}
}

// What is at worst because of something that is not known is marked as such, unless it is
// certain to be as bad.
func TestTheWorstOfWhatIsNotKnownIsNotCertain(t *testing.T) {
	unsure := of(database, "unsure", map[string]any{"multiAz": ruletest.ID, "availabilityZone": "a"})
	restored := of(database, "restored", map[string]any{"availabilityZone": "a", "backupRetentionPeriod": 7})
	gone := of(database, "gone", map[string]any{"availabilityZone": "a"})
	for edge, missing := range map[string]string{
		"environment:restored": "", "environment:restored,unsure": "multiAz", "environment:unsure,restored": "multiAz", "environment:gone,unsure": "", "environment:unsure,gone": "",
	} {
		e := effectOn(t, twoZones(unsure, restored, gone, of(function, "f", nil, edge)), "zone:a", "f")
		require.Equal(t, Lost, e.State, edge)
		require.Equal(t, missing, e.Recovery.Missing.Property, edge)
	}
}

func TestWhatIsLostItselfMayBeLostForOthers(t *testing.T) {
	stack := func(standby any) []ruletest.R {
		return twoZones(of(database, "db", map[string]any{"multiAz": standby, "availabilityZone": "a"}), of(instance, "vm", nil, "subnetId:subnet-a", "userData:db"))
	}
	e := effectOn(t, stack(ruletest.ID), "zone:a", "vm")
	require.Equal(t, Lost, e.State)
	require.Equal(t, "db: multiAz is not known", e.Besides.Property)
	require.Equal(t, rule.NotYet, e.Besides.Why)
	require.Zero(t, effectOn(t, stack(true), "zone:a", "vm").Besides)
}
