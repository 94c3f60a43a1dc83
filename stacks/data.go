package stacks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/components/recovery"
	"github.com/plinth-iac/plinth/components/secret"
)

// The application's names in its stores: the database that it finds there, and the users
// as which it logs in by IAM. In PostgreSQL a user has either a password, as the proxy
// wants, or IAM, as the replicas want, so there are two.
const (
	databaseName = "shop"
	appUser      = "app"
	readerUser   = "app_reader"
)

// When AWS may snapshot and restart databases, and when backups are made, all UTC. AWS
// Backup is refused in the hour before and during the first two.
const (
	backupWindow      = "02:00-03:00"
	maintenanceWindow = "sun:03:30-sun:04:30"
	backupSchedule    = "cron(0 5 * * ? *)"
)

// planName is the plan's name, and the value of the tag of what it backs up.
const planName = "recovery"

// dataTier is what the application keeps its data in. What is not configured is nil.
type dataTier struct {
	database *database.Instance
	cache    *cache.ReplicationGroup
	// login is the password of the application's user, through the proxy.
	login *secret.Secret
	// plan backs up what has backedUp's tag.
	plan *recovery.Plan
}

// newDataTier makes what is configured. first is the database's first password, if AWS
// does not manage it.
func (p *platform) newDataTier(first pulumi.StringInput) error {
	var away *network.Vpc
	var err error
	if p.recovery != nil {
		if away, err = p.newRecoveryVpc(); err != nil {
			return underConfig(err, "recovery")
		}
	}
	if p.env.Database != nil {
		if p.data.database, err = p.newDatabase(away, first); err != nil {
			return underConfig(err, "database")
		}
	}
	if p.env.Cache != nil {
		if p.data.cache, err = p.newCache(); err != nil {
			return underConfig(err, "cache")
		}
	}
	if p.recovery != nil {
		if p.data.plan, err = p.newPlan(); err != nil {
			return underConfig(err, "recovery")
		}
	}
	return p.checkObjectives()
}

// newRecoveryVpc makes a network of isolated subnets only: nothing runs in it but replicas.
func (p *platform) newRecoveryVpc() (*network.Vpc, error) {
	r := p.env.Recovery
	return network.NewVpc(p.ctx, "recovery-network", &network.VpcArgs{
		Region: r.Region, AccountId: p.env.AccountId, CidrBlock: r.CidrBlock, Zones: r.Zones,
		OmitTiers: []string{network.TierPublic, network.TierPrivate}, Nat: &network.NatArgs{Strategy: network.NatNone},
		FlowLogs: &network.FlowLogsArgs{RetentionDays: p.env.LogRetentionDays, KmsKeyArn: arn(p.keys.recovery)},
	}, p.recovery.components)
}

func (p *platform) newDatabase(away *network.Vpc, first pulumi.StringInput) (*database.Instance, error) {
	c := p.env.Database
	args := &database.InstanceArgs{
		Region: p.env.Region, VpcId: p.vpc.VpcId, SubnetIds: p.vpc.IsolatedSubnetIds,
		KmsKeyArn: arn(p.keys.database), AwsManagedKey: p.keys.database == nil,
		Engine:        database.Engine(map[string]string{"postgres": string(database.Postgres), "mysql": string(database.Mysql)}[c.Engine]),
		EngineVersion: c.EngineVersion, InstanceClass: c.InstanceClass, DatabaseName: databaseName,
		AllocatedGib: c.AllocatedGib, MaxAllocatedGib: &c.MaxAllocatedGib, MultiAz: c.MultiAz, BackupRetentionDays: &c.BackupRetentionDays,
		Credentials:        &database.CredentialsArgs{Password: first},
		Replicas:           map[string]database.ReplicaArgs{},
		DeletionProtection: p.env.DeletionProtection,
		BackupWindow:       backupWindow, MaintenanceWindow: maintenanceWindow,
		Tags: p.backedUp(),
	}
	if c.Proxy {
		var err error
		if p.data.login, err = p.newLogin(); err != nil {
			return nil, err
		}
		args.Proxy = &database.ProxyArgs{SecretArns: map[string]pulumi.StringInput{appUser: p.data.login.Arn}}
	}
	if p.alerts != nil {
		args.Events = &database.EventsArgs{TopicArn: p.alerts}
	}
	if p.env.Profile == Production {
		args.Alarms = &database.AlarmsArgs{ActionArns: p.actions()}
	} else {
		args.ApplyImmediately = true // nobody is disturbed, and the stack is what it says
	}
	for name, r := range c.Replicas {
		replica := database.ReplicaArgs{InstanceClass: r.InstanceClass}
		if r.InRecoveryRegion {
			replica.Region, replica.Provider = p.env.Recovery.Region, p.recovery.provider
			replica.VpcId, replica.SubnetIds = away.VpcId, away.IsolatedSubnetIds
			replica.KmsKeyArn = p.replicaKey()
		}
		args.Replicas[name] = replica
	}
	return database.NewInstance(p.ctx, "database", args, p.components)
}

// newLogin makes the secret of the application's user. It is empty: whoever makes the user
// in the database writes name and password into it, and only the proxy reads it.
func (p *platform) newLogin() (*secret.Secret, error) {
	args := &secret.SecretArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Description: "Database user " + appUser + ", for the proxy",
		KmsKeyArn: arn(p.keys.database), AwsManagedKey: p.keys.database == nil, DeletionProtection: p.env.DeletionProtection,
	}
	if p.recovery != nil { // a replica that takes over has the same user
		args.Replicas = map[string]secret.ReplicaArgs{
			p.env.Recovery.Region: {KmsKeyArn: p.replicaKey(), AwsManagedKey: p.keys.database == nil},
		}
	}
	return secret.NewSecret(p.ctx, "database-login", args, p.components)
}

// replicaKey is the database's key in the recovery region.
func (p *platform) replicaKey() pulumi.StringInput {
	if p.keys.database == nil {
		return nil
	}
	return p.keys.database.ReplicaArns.MapIndex(pulumi.String(p.env.Recovery.Region))
}

func (p *platform) newCache() (*cache.ReplicationGroup, error) {
	c := p.env.Cache
	args := &cache.ReplicationGroupArgs{
		Region: p.env.Region, VpcId: p.vpc.VpcId, SubnetIds: p.vpc.IsolatedSubnetIds,
		KmsKeyArn: arn(p.keys.cache), AwsManagedKey: p.keys.cache == nil,
		NodeType: c.NodeType, Replicas: c.Replicas, BackupRetentionDays: &c.BackupRetentionDays,
		Users:                map[string]cache.UserArgs{appUser: {}},
		Logs:                 &cache.LogsArgs{RetentionDays: p.env.LogRetentionDays, KmsKeyArn: arn(p.keys.cache)},
		NotificationTopicArn: p.alerts,
		DeletionProtection:   p.env.DeletionProtection,
	}
	if p.env.Profile == Production {
		args.Alarms = &cache.AlarmsArgs{ActionArns: p.actions()}
	}
	return cache.NewReplicationGroup(p.ctx, "cache", args, p.components)
}

// backedUp are the tags by which the plan finds what it backs up.
func (p *platform) backedUp() map[string]string {
	if p.recovery == nil {
		return nil
	}
	return map[string]string{"backup": planName}
}

// newPlan backs up what the stores' own backups leave open: a region that is lost, and an
// account in which somebody deletes a database with everything that it has kept.
func (p *platform) newPlan() (*recovery.Plan, error) {
	r := p.env.Recovery
	args := &recovery.PlanArgs{
		Region: p.env.Region, KmsKeyArn: arn(p.keys.data), AwsManagedKey: p.keys.data == nil,
		Rules:         map[string]recovery.RuleArgs{"daily": {Schedule: backupSchedule, DeleteAfterDays: r.KeepDays}},
		SelectionTags: p.backedUp(),
		Copy: &recovery.CopyArgs{
			Region: r.Region, Provider: p.recovery.provider, KmsKeyArn: arn(p.keys.recovery), AwsManagedKey: p.keys.recovery == nil,
		},
		Alarms: &recovery.AlarmsArgs{ActionArns: p.actions()}, DeletionProtection: p.env.DeletionProtection,
	}
	if p.alerts != nil {
		args.Events = &recovery.EventsArgs{TopicArn: p.alerts}
	}
	if db := p.data.database; db != nil {
		args.RestoreTest = &recovery.RestoreTestArgs{Types: map[string]recovery.RestoreTypeArgs{
			"RDS": {Overrides: map[string]pulumi.StringInput{"dbSubnetGroupName": db.Instance.DbSubnetGroupName}},
		}}
	}
	if conflicts := args.Conflicts(backupWindow, maintenanceWindow); len(conflicts) > 0 {
		return nil, fmt.Errorf("the backup plan and the database are in each other's way: %s", strings.Join(conflicts, "; "))
	}
	return recovery.NewPlan(p.ctx, planName, args, p.components)
}

// objectives are what failures cost, by class of data.
func (p *platform) objectives() map[string]objective.Objectives {
	all := map[string]objective.Objectives{}
	if p.data.database != nil {
		all["database"] = p.data.database.Objectives
		if p.data.plan != nil {
			all["database"] = objective.Best(all["database"], p.data.plan.Objectives)
		}
	}
	if p.data.cache != nil {
		all["cache"] = p.data.cache.Objectives // AWS Backup has no caches
	}
	return all
}

// checkObjectives holds what is declared against what the settings reach, before anything
// exists.
func (p *platform) checkObjectives() error {
	declared := map[string]map[string]ObjectiveConfig{}
	if p.env.Database != nil {
		declared["database"] = p.env.Database.Objectives
	}
	if p.env.Cache != nil {
		declared["cache"] = p.env.Cache.Objectives
	}
	var errs fielderr.List
	for class, reached := range p.objectives() {
		for _, miss := range reached.Missed(required(declared[class])) {
			errs.At(class, "objectives").Add(string(miss.Failure), "%s", miss)
		}
	}
	return errs.Err(ConfigKey)
}
