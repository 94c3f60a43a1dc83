package danger

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
)

func with(base has, more ...has) has {
	all := has{}
	for _, each := range append([]has{base}, more...) {
		for key, v := range each {
			all[key] = v
		}
	}
	return all
}

// expiring is a rule of a bucket.
func expiring(status string, days int) has {
	return has{"rules": []any{has{"id": "age", "status": status, "expiration": has{"days": days}}}}
}

func TestUpdatesInPlace(t *testing.T) {
	db := has{
		"engine": "postgres", "engineVersion": "16.3", "instanceClass": "db.t4g.small", "multiAz": true, "storageType": "gp2",
		"backupRetentionPeriod": 7, "identifier": "orders", "parameterGroupName": "a", "maintenanceWindow": "sun:03:30-sun:04:30",
	}
	mysql := with(db, has{"engine": "mysql", "engineVersion": "8.0.36"})
	now := has{"applyImmediately": true}
	refreshed := has{"launchTemplate": has{"id": "lt", "version": "1"}, "instanceRefresh": has{"strategy": "Rolling"}}
	template := func(image string, more has) has { return has{"spec": with(has{"template": has{"image": image}}, more)} }
	rolling := func(most any, replicas any) has {
		return has{"replicas": replicas, "strategy": has{"type": "RollingUpdate", "rollingUpdate": has{"maxUnavailable": most}}}
	}
	const window = ", in its maintenance window (sun:03:30-sun:04:30 UTC)"
	for name, c := range map[string]struct {
		token    string
		was, is  has
		kind     Kind
		what     string
		usual    time.Duration
		stops    int
		becauses int // 1 unless it is set
	}{
		"a class, with a standby":     {database, db, with(db, now, has{"instanceClass": "db.m7g.large"}), Restart, "will restart on another machine; its standby takes over meanwhile, at once (applyImmediately)", 90 * time.Second, 0, 0},
		"a class, alone and later":    {database, with(db, has{"multiAz": false}), with(db, has{"multiAz": false, "instanceClass": "db.m7g.large"}), Restart, "will restart on another machine" + window, 12 * time.Minute, 0, 0},
		"a class, with a copy":        {database, db, with(db, has{"instanceClass": "db.m7g.large", "blueGreenUpdate": has{"enabled": true}}), Restart, "will restart on another machine; a copy is made ready first, and takes over (blueGreenUpdate)" + window, 30 * time.Second, 0, 0},
		"a class that is not known":   {database, db, with(db, has{"instanceClass": rule.Computed{}, "applyImmediately": rule.Computed{}}), Restart, "may restart on another machine; its standby takes over meanwhile, at once or in its maintenance window (sun:03:30-sun:04:30 UTC)", 90 * time.Second, 0, 0},
		"a minor version":             {database, db, with(db, now, has{"engineVersion": "16.4"}), Restart, "will restart with another version, at once (applyImmediately)", 20 * time.Minute, 0, 0},
		"a major version":             {database, db, with(db, now, has{"engineVersion": "17.1"}), Restart, "will be upgraded to another major version, with no way back but a restore, at once (applyImmediately)", 20 * time.Minute, 1, 0},
		"a major version, allowed":    {database, mysql, with(mysql, now, has{"engineVersion": "8.4.1", "allowMajorVersionUpgrade": true}), Restart, "will be upgraded to another major version, with no way back but a restore, at once (applyImmediately)", 20 * time.Minute, 0, 0},
		"a minor version of MySQL":    {database, mysql, with(mysql, now, has{"engineVersion": "8.0.40"}), Restart, "will restart with another version, at once (applyImmediately)", 20 * time.Minute, 0, 0},
		"a class and a version":       {database, db, with(db, now, has{"engineVersion": "16.4", "instanceClass": "db.m7g.large"}), Restart, "will restart with another version, at once (applyImmediately)", 20 * time.Minute, 0, 2},
		"parameters":                  {database, db, with(db, has{"parameterGroupName": rule.Computed{}}), Restart, "may keep its parameters as they are until somebody reboots it", 0, 0, 0},
		"no standby any more":         {database, db, with(db, now, has{"multiAz": false}), Restart, "will lose its standby without a break, at once (applyImmediately)", 0, 0, 0},
		"a standby":                   {database, with(db, has{"multiAz": false}), with(db, now), Restart, "will get a standby without a break, and be slower until that is copied, at once (applyImmediately)", 0, 0, 0},
		"storage on magnetic disks":   {database, db, with(db, now, has{"storageType": "standard"}), Restart, "will restart, and be slower until its storage is copied; its standby takes over meanwhile, at once (applyImmediately)", 90 * time.Second, 0, 0},
		"no backups any more":         {database, db, with(db, now, has{"backupRetentionPeriod": 0}), Loss, "will lose all its automatic backups, and restart, at once (applyImmediately)", 90 * time.Second, 0, 0},
		"another name":                {database, db, with(db, now, has{"identifier": "purchases"}), Outage, "will be renamed: its DNS name is another one, and who uses the old one does not find it, at once (applyImmediately)", 90 * time.Second, 0, 0},
		"a table without a past":      {"aws:dynamodb/table:Table", has{"pointInTimeRecovery": has{"enabled": true}}, has{"pointInTimeRecovery": has{"enabled": false}}, Loss, "will lose the past that it could be taken back to (pointInTimeRecovery)", 0, 0, 0},
		"a cache":                     {cache, has{"nodeType": "cache.t4g.micro"}, has{"nodeType": "cache.t4g.small"}, Restart, "will move to other machines, one node after the other, in its next maintenance window", 30 * time.Second, 0, 0},
		"a cache without replication": {"aws:elasticache/cluster:Cluster", has{"engine": "memcached", "engineVersion": "1.6.12"}, with(now, has{"engine": "memcached", "engineVersion": "1.6.22"}), Loss, "will restart with another version, without its entries, at once (applyImmediately)", time.Minute, 0, 0},
		"logs that are kept shorter":  {"aws:cloudwatch/logGroup:LogGroup", has{"retentionInDays": 0}, has{"retentionInDays": 30}, Loss, "will lose the logs that are older than its new retentionInDays of 30 days", 0, 0, 0},
		"fewer backups":               {database, db, with(db, has{"backupRetentionPeriod": 3}), Loss, "will lose the automatic backups that are older than its new backupRetentionPeriod of 3 days (7 until now)", 0, 0, 0},
		"objects that expire":         {lifecycles, expiring("Enabled", 0), expiring("Enabled", 30), Loss, "will delete objects that were kept until now, when 30 days old (rules[age])", 0, 0, 0},
		"objects that expire sooner":  {lifecycles, expiring("Enabled", 30), expiring("Enabled", 7), Loss, "will delete objects that were kept until now, when 7 days old and not 30 (rules[age])", 0, 0, 0},
		"a rule that is enabled":      {lifecycles, expiring("Disabled", 30), expiring("Enabled", 30), Loss, "will delete objects that were kept until now, when 30 days old (rules[age])", 0, 0, 0},
		"a way out that moves":        {"aws:ec2/internetGateway:InternetGateway", has{"vpcId": "vpc-1"}, has{"vpcId": "vpc-2"}, Outage, "will be moved to another network: nothing reaches the old one by it any more", 0, 0, 0},
		"a way out that is detached":  {"aws:ec2/internetGateway:InternetGateway", has{"vpcId": "vpc-1"}, has{}, Outage, "may be moved to another network: nothing reaches the old one by it any more", 0, 0, 0},
		"records of hours":            {"aws:kinesis/stream:Stream", has{"retentionPeriod": 48}, has{}, Loss, "will lose the records that are older than its new retentionPeriod of 24 hours (48 until now)", 0, 0, 0},
		"backups, hidden":             {database, db, with(db, has{"backupRetentionPeriod": rule.Secret{Of: 3}}), Loss, "will lose the automatic backups that are older than its new backupRetentionPeriod", 0, 0, 0},
		"rules that are not known":    {lifecycles, expiring("Enabled", 30), has{"rules": rule.Computed{}}, Loss, "may delete objects that were kept until now", 0, 0, 0},
		"a key that is disabled":      {"aws:kms/key:Key", has{}, has{"isEnabled": rule.Computed{}}, Outage, "may be disabled: what is encrypted with it cannot be read until it is enabled again", 0, 0, 0},
		"a cluster's version":         {"aws:eks/cluster:Cluster", has{"version": "1.32"}, has{"version": "1.33"}, Restart, "will be upgraded, with no way back; its machines keep their version until they are replaced", 0, 0, 0},
		"a version in Auto Mode":      {"aws:eks/cluster:Cluster", has{"version": "1.32"}, has{"version": "1.33", "computeConfig": has{"enabled": true}}, Restart, "will be upgraded, with no way back; Auto Mode then replaces all machines, and the pods on them move", 0, 0, 0},
		"machines of a group":         {"aws:autoscaling/group:Group", refreshed, with(refreshed, has{"launchTemplate": has{"id": "lt", "version": rule.Computed{}}}), Rollout, "may replace its machines, a few at a time (instanceRefresh)", 0, 0, 0},
		"a machine's type":            {"aws:ec2/instance:Instance", has{"instanceType": "t4g.micro"}, has{"instanceType": "t4g.small"}, Restart, "will be stopped, and started as another type, with another public address unless it has an elastic one", 55 * time.Second, 0, 0},
		"tasks":                       {"aws:ecs/service:Service", has{"taskDefinition": "web:1"}, has{"taskDefinition": rule.Computed{}}, Rollout, "may replace its tasks, a few at a time", 0, 0, 0},
		"tasks that stop first":       {"aws:ecs/service:Service", has{"taskDefinition": "web:1"}, has{"taskDefinition": "web:2", "deploymentMinimumHealthyPercent": 0, "deploymentMaximumPercent": 100}, Outage, "will stop its tasks before new ones run (deploymentMinimumHealthyPercent)", 0, 0, 0},
		"pods":                        {pods, template("a", nil), template("b", nil), Rollout, "will replace its pods, a few at a time", 0, 0, 0},
		"pods, none away":             {pods, template("a", nil), template("b", rolling(0, 3)), Rollout, "will replace its pods, a few at a time, each when a new one is ready", 0, 0, 0},
		"three pods by default":       {pods, template("a", nil), template("b", has{"replicas": 3}), Rollout, "will replace its pods, a few at a time, each when a new one is ready", 0, 0, 0},
		"four pods by default":        {pods, template("a", nil), template("b", has{"replicas": 4}), Rollout, "will replace its pods, a few at a time", 0, 0, 0},
		"the only pod":                {pods, template("a", nil), template("b", has{"replicas": 1}), Rollout, "will replace its pods, a few at a time, each when a new one is ready", 0, 0, 0},
		"the only pod, none away":     {pods, template("a", nil), template("b", rolling(0, 1)), Rollout, "will replace its pods, a few at a time, each when a new one is ready", 0, 0, 0},
		"the only pod, away":          {pods, template("a", nil), template("b", rolling(1, 1)), Outage, "will stop all its pods before new ones are ready (maxUnavailable)", 48 * time.Second, 0, 0},
		"pods, as many as by default": {pods, template("a", nil), template("b", rolling(1, nil)), Outage, "will stop all its pods before new ones are ready (maxUnavailable)", 48 * time.Second, 0, 0},
		"pods, nobody knows how many": {pods, template("a", rolling(1, rule.Computed{})), template("b", rolling(1, rule.Computed{})), Rollout, "will replace its pods, a few at a time", 0, 0, 0},
		"pods, all away":              {pods, template("a", nil), template("b", rolling("100%", 3)), Outage, "will stop all its pods before new ones are ready (maxUnavailable)", 48 * time.Second, 0, 0},
		"pods that are made anew":     {pods, template("a", nil), template("b", has{"strategy": has{"type": "Recreate"}}), Outage, "will stop all its pods before new ones start (strategy Recreate)", 48 * time.Second, 0, 0},
		"the only pod of a set":       {"kubernetes:apps/v1:StatefulSet", template("a", nil), template("b", nil), Restart, "will stop its only pod, and start a new one", 48 * time.Second, 0, 0},
		"pods that wait for somebody": {"kubernetes:apps/v1:DaemonSet", template("a", nil), template("b", has{"updateStrategy": has{"type": "OnDelete"}}), Restart, "will keep its pods as they are until somebody deletes them (updateStrategy OnDelete)", 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dangers := found(changing(c.token, c.was, c.is))
			require.Len(t, dangers, 1)
			d := dangers[0]
			require.Equal(t, []any{c.kind, c.what, c.usual}, []any{d.Kind, d.What, d.Usual})
			require.Len(t, d.Stops, c.stops)
			require.Len(t, d.Because, max(1, c.becauses))
			require.Equal(t, c.usual > 0, d.Grade != "")
		})
	}
}

func TestUpdatesThatNobodyNotices(t *testing.T) {
	version := func(v any) has { return has{"engine": "postgres", "engineVersion": v} }
	for name, r := range map[string]*change.Resource{
		"a part of the version that it has":  changing(database, version("16.3"), version("16")),
		"storage from one SSD to another":    changing(database, has{"storageType": "gp2"}, has{"storageType": "gp3"}),
		"more backups":                       changing(database, has{"backupRetentionPeriod": 7}, has{"backupRetentionPeriod": 35}),
		"objects that expire later":          changing(lifecycles, expiring("Enabled", 7), expiring("Enabled", 30)),
		"objects that never expire":          changing(lifecycles, expiring("Enabled", 7), expiring("Enabled", 0)),
		"a rule that is disabled":            changing(lifecycles, expiring("Enabled", 30), expiring("Disabled", 7)),
		"logs that are kept longer":          changing("aws:cloudwatch/logGroup:LogGroup", has{"retentionInDays": 7}, has{"retentionInDays": 30}),
		"logs that are kept for ever":        changing("aws:cloudwatch/logGroup:LogGroup", has{"retentionInDays": 7}, has{}),
		"a group that is not refreshed":      changing("aws:autoscaling/group:Group", has{"launchTemplate": has{"version": "1"}}, has{"launchTemplate": has{"version": "2"}}),
		"more pods":                          changing(pods, has{"spec": has{"replicas": 2}}, has{"spec": has{"replicas": 3}}),
		"what is said as AWS had chosen it":  withOutputs(changing(database, has{}, has{"instanceClass": "db.t4g.small"}), has{"instanceClass": "db.t4g.small"}),
		"a rolling update of another type":   changing("shop:index:Web", has{"spec": 1}, has{"spec": 2}),
		"a default that is said in so words": changing(database, has{"multiAz": nil}, has{"multiAz": false}),
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, found(r)) })
	}
}

func TestPodsThatAScalerCountsAreAsManyAsThereWere(t *testing.T) {
	template := func(image string, most any) has {
		return has{"spec": has{"template": has{"image": image}, "strategy": has{"rollingUpdate": has{"maxUnavailable": most}}}}
	}
	counted := func(most any) *change.Resource {
		return withOutputs(changing(pods, template("a", most), template("b", most)), has{"spec": has{"replicas": 3}})
	}
	require.Equal(t, Rollout, found(counted(1))[0].Kind)
	require.Equal(t, Outage, found(counted(3))[0].Kind)
	require.Contains(t, found(counted("25%"))[0].What, "each when a new one is ready")
}

func TestWhatIsToBeIsNotReadFromWhatIs(t *testing.T) {
	r := changing(database, has{"engine": "postgres", "engineVersion": "16.3"}, has{"engine": "postgres", "engineVersion": "17.1", "allowMajorVersionUpgrade": true})
	r.New.Outputs = rule.FieldsOf(has{"allowMajorVersionUpgrade": false})
	require.Empty(t, found(r)[0].Stops)
	r.New.Inputs, r.New.Outputs = rule.FieldsOf(has{"engine": "postgres", "engineVersion": "17.1"}), rule.FieldsOf(has{"allowMajorVersionUpgrade": true})
	require.Equal(t, []string{"AWS, which wants allowMajorVersionUpgrade for it"}, found(r)[0].Stops)
}

func TestAListThatGrowsDiffers(t *testing.T) {
	containers := func(names ...string) has {
		var all []any
		for _, name := range names {
			all = append(all, has{"name": name})
		}
		return has{"spec": has{"template": has{"spec": has{"containers": all}}}}
	}
	require.Contains(t, found(changing(pods, containers("web"), containers("web", "logs")))[0].What, "will replace its pods")
	require.Empty(t, found(changing(pods, containers("web", "logs"), containers("web", "logs"))))
}

func TestASecretIsNotShown(t *testing.T) {
	d := found(changing(cache, has{"nodeType": "a"}, has{"nodeType": rule.Secret{Of: "b"}, "maintenanceWindow": rule.Secret{Of: "sun:03:30-sun:04:30"}}))[0]
	require.Equal(t, "will move to other machines, one node after the other, in its next maintenance window", d.What)
	key := found(deleted("aws:kms/key:Key", has{"deletionWindowInDays": rule.Secret{Of: 7}}))[0]
	require.Equal(t, []string{"a wait of [secret] days in which it can be had back (deletionWindowInDays)"}, key.Keeps)
}

func withOutputs(r *change.Resource, out has) *change.Resource {
	r.Old.Outputs = rule.FieldsOf(out)
	return r
}

func TestAMachineFollowsTheTemplateThatChangesWithIt(t *testing.T) {
	versioned := func(version any) has {
		return has{"launchTemplate": has{"id": "lt", "version": version}, "instanceRefresh": has{"strategy": "Rolling"}}
	}
	group := changing("aws:autoscaling/group:Group", versioned("1"), versioned(rule.Computed{}))
	template := changing(launchTemplate, has{}, has{})
	what := func() string { return found(group, template)[0].What }
	template.Properties = []diff.Property{{Path: "instanceType"}}
	require.Contains(t, what(), "may replace its machines", "from something else")
	group.New.Edges = map[string][]string{"launchTemplate": {template.URN, "urn:of:nothing"}}
	require.Contains(t, what(), "will replace its machines")
	template.Properties = []diff.Property{{Path: "tags.owner"}, {Path: "tagSpecifications[instance].tags.owner", Noise: true}, {Path: "defaultVersion"}}
	require.Contains(t, what(), "may replace its machines")
	template.Op = change.Replace
	require.Contains(t, what(), "will replace its machines")
	template.Op, template.Properties = change.Same, []diff.Property{{Path: "instanceType"}}
	require.Contains(t, what(), "may replace its machines")
}
