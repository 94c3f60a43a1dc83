package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/components/network"
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

// dataTier is what the application keeps its data in. What is not configured is nil.
type dataTier struct {
	database *database.Instance
	cache    *cache.ReplicationGroup
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
		return underConfig(p.newPlan(), "recovery")
	}
	return nil
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
	c, args := p.env.Database, p.env.databaseShape()
	args.VpcId, args.SubnetIds = p.vpc.VpcId, p.vpc.IsolatedSubnetIds
	args.KmsKeyArn, args.AwsManagedKey = arn(p.keys.database), p.keys.database == nil
	args.Credentials = &database.CredentialsArgs{Password: first, Reset: c.Password == passwordReset}
	args.DeletionProtection, args.BackupTags = p.env.DeletionProtection, p.backedUp()
	if c.Proxy {
		args.Proxy = &database.ProxyArgs{SecretArns: map[string]pulumi.StringInput{}}
		for _, user := range append([]string{appUser}, p.env.users(usesDatabase)...) {
			login, err := p.newLogin(user)
			if err != nil {
				return nil, err
			}
			args.Proxy.SecretArns[user] = login.Arn
		}
	}
	if p.alerts != nil {
		args.Events = &database.EventsArgs{TopicArn: p.alerts, DeadLetterArn: p.deadLetters}
	}
	if p.env.Profile == Production {
		args.Alarms = &database.AlarmsArgs{ActionArns: p.actions()}
	} else {
		args.ApplyImmediately = true // nobody is disturbed, and the stack is what it says
	}
	for name, replica := range args.Replicas {
		if replica.Region != "" {
			replica.Provider, replica.VpcId, replica.SubnetIds = p.recovery.provider, away.VpcId, away.IsolatedSubnetIds
			replica.KmsKeyArn, replica.TopicArn = p.replicaKey(), p.recovery.alerts
			replica.DeadLetterArn = p.recovery.deadLetters
			args.Replicas[name] = replica
		}
	}
	return database.NewInstance(p.ctx, "database", args, p.components)
}

// newLogin makes the secret of a user of the database. It is empty: whoever makes the user
// in the database writes name and password into it, and only the proxy reads it.
func (p *platform) newLogin(user string) (*secret.Secret, error) {
	name, protected := "database-login", p.env.DeletionProtection
	if user != appUser {
		name, protected = name+"-"+user, p.env.Services[user].DeletionProtection
	}
	args := &secret.SecretArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Description: "Database user " + user + ", for the proxy",
		KmsKeyArn: arn(p.keys.database), AwsManagedKey: p.keys.database == nil, DeletionProtection: protected,
	}
	if p.recovery != nil { // a replica that takes over has the same user
		args.Replicas = map[string]secret.ReplicaArgs{
			p.env.Recovery.Region: {KmsKeyArn: p.replicaKey(), AwsManagedKey: p.keys.database == nil},
		}
	}
	return secret.NewSecret(p.ctx, name, args, p.components)
}

// replicaKey is the database's key in the recovery region.
func (p *platform) replicaKey() pulumi.StringInput {
	if p.keys.database == nil {
		return nil
	}
	return p.keys.database.ReplicaArns.MapIndex(pulumi.String(p.env.Recovery.Region))
}

func (p *platform) newCache() (*cache.ReplicationGroup, error) {
	args := p.env.cacheShape()
	args.VpcId, args.SubnetIds = p.vpc.VpcId, p.vpc.IsolatedSubnetIds
	args.KmsKeyArn, args.AwsManagedKey = arn(p.keys.cache), p.keys.cache == nil
	args.Users = map[string]cache.UserArgs{appUser: {}}
	for _, service := range p.env.users(usesCache) {
		args.Users[service] = cache.UserArgs{}
	}
	args.Logs = &cache.LogsArgs{RetentionDays: p.env.LogRetentionDays, KmsKeyArn: arn(p.keys.cache)}
	args.DeletionProtection = p.env.DeletionProtection
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
	// A plan finds it in all of the account, where there may be other stacks.
	return map[string]string{"backup": p.ctx.Project() + "-" + p.ctx.Stack()}
}

// newPlan backs up what the stores' own backups leave open: a region that is lost, and an
// account in which somebody deletes a database with everything that it has kept.
func (p *platform) newPlan() error {
	args := p.env.planShape()
	args.KmsKeyArn, args.AwsManagedKey = arn(p.keys.data), p.keys.data == nil
	args.Copy.Provider = p.recovery.provider
	args.Copy.KmsKeyArn, args.Copy.AwsManagedKey = arn(p.keys.recovery), p.keys.recovery == nil
	args.SelectionTags, args.Alarms = p.backedUp(), &recovery.AlarmsArgs{ActionArns: p.actions()}
	// Without protection a vault goes with what is in it, as the buckets do.
	args.DeletionProtection, args.ForceDestroy = p.env.DeletionProtection, !*p.env.DeletionProtection
	if p.alerts != nil {
		args.Events = &recovery.EventsArgs{TopicArn: p.alerts, DeadLetterArn: p.deadLetters}
	}
	if db := p.data.database; db != nil {
		args.RestoreTest = &recovery.RestoreTestArgs{Types: map[string]recovery.RestoreTypeArgs{
			"RDS": {Overrides: map[string]pulumi.StringInput{"dbSubnetGroupName": db.Instance.DbSubnetGroupName}},
		}}
	}
	_, err := recovery.NewPlan(p.ctx, "recovery", args, p.components)
	return err
}
