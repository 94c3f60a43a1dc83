package stacks

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestTheDataTierIsOptionalAndCompletedByProfile(t *testing.T) {
	none, err := ParseEnvironment(with(t, map[string]any{"database": nil, "cache": nil, "recovery": nil, "services": nil,
		"buckets.archive.inRecoveryRegion": nil, "buckets.assets.inRecoveryRegion": nil}))
	require.NoError(t, err)
	require.Equal(t, []any{(*DatabaseConfig)(nil), (*CacheConfig)(nil), (*RecoveryConfig)(nil)}, []any{none.Database, none.Cache, none.Recovery})

	bare := map[string]any{"database": map[string]any{"replicas": map[string]any{"near": map[string]any{}}}, "cache": map[string]any{}, "recovery": nil, "buckets.archive.inRecoveryRegion": nil, "buckets.assets.inRecoveryRegion": nil,
		"network.endpoints": []string{"Secrets"}}
	prod, err := ParseEnvironment(with(t, bare))
	require.NoError(t, err)
	require.Equal(t, []any{"db.m7g.large", 100, 500, 35, true, "db.m7g.large"}, []any{prod.Database.InstanceClass, prod.Database.AllocatedGib,
		prod.Database.MaxAllocatedGib, prod.Database.BackupRetentionDays, *prod.Database.MultiAz, prod.Database.Replicas["near"].InstanceClass})
	require.Equal(t, []any{"cache.m7g.large", 1, 7}, []any{prod.Cache.NodeType, *prod.Cache.Replicas, prod.Cache.BackupRetentionDays})

	require.Equal(t, passwordOwn, prod.Database.Password, "replicas need it")
	_, err = ParseEnvironment(with(t, map[string]any{"database.password": "managed"}))
	require.ErrorContains(t, err, `database.password: "managed": must be own: AWS does not manage the password of a database with replicas`)

	bare["profile"] = "development"
	dev, err := ParseEnvironment(with(t, bare))
	require.NoError(t, err)
	require.Equal(t, []any{"db.t4g.micro", 20, 100, 7, true}, []any{dev.Database.InstanceClass, dev.Database.AllocatedGib,
		dev.Database.MaxAllocatedGib, dev.Database.BackupRetentionDays, *dev.Database.MultiAz}, "a profile relaxes no redundancy")
	require.Equal(t, []any{"cache.t4g.micro", 1, 1}, []any{dev.Cache.NodeType, *dev.Cache.Replicas, dev.Cache.BackupRetentionDays})
}

func TestProblemsOfTheDataTierAreReportedTogether(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{
		"database": map[string]any{
			"engine": "oracle", "multiAz": false, "backupRetentionDays": 3,
			"objectives": map[string]any{"zone": map[string]any{"rpoMinutes": -1, "rtoMinutes": 5}, "galaxy": map[string]any{}},
		},
		"cache": map[string]any{"replicas": 0, "backupRetentionDays": 99},
		"recovery": map[string]any{
			"region": "us-east-1", "cidrBlock": "10.20.128.0/17", "zones": []string{"us-west-2a"}, "keepDays": 1,
		},
	}))
	require.EqualError(t, err, `plinth:environment: 14 problems
  cache.backupRetentionDays: 99: must be 1 to 35
  cache.replicas: 0: production keeps one replica or more, to survive the loss of a zone
  database.backupRetentionDays: 3: production keeps 7 days or more
  database.engine: "oracle" is not supported; allowed: postgres, mysql
  database.multiAz: false: production keeps a standby in a second zone
  database.objectives.galaxy: is not a known failure; known: instance, zone, mistake, region
  database.objectives.galaxy.rtoMinutes: 0: must be 1 or more
  database.objectives.zone: the loss of a zone costs 5 min of data and 1 h of time (restore to a point in time), and -1 min of data and 5 min of time is allowed
  database.objectives.zone.rpoMinutes: -1: must not be negative
  recovery.cidrBlock: "10.20.128.0/17": overlaps network.cidrBlock (10.20.0.0/16): the two could never be connected
  recovery.keepDays: 1: must be 7 to 3650
  recovery.region: "us-east-1": is the stack's own region; it must be another
  recovery.zones: must be two zones or more: a database's subnets span two
  recovery.zones[0]: "us-west-2a": is not a zone of us-east-1, such as us-east-1a`)

	_, err = ParseEnvironment(with(t, map[string]any{
		"recovery": nil, "customerManagedKey": false, "network.endpoints": nil, "buckets.archive.inRecoveryRegion": nil, "buckets.assets.inRecoveryRegion": nil,
		"database": map[string]any{"replicas": map[string]any{"far": map[string]any{"inRecoveryRegion": true}}},
	}))
	require.EqualError(t, err, `plinth:environment: 3 problems
  database.password: "own": needs Secrets among network.endpoints: the function that rotates it has no other way to its secret
  database.replicas.far.inRecoveryRegion: true: needs customerManagedKey: a key that AWS manages stays in its region
  database.replicas.far.inRecoveryRegion: true: needs recovery, which says where that is`)
}

func TestDeclaredObjectivesAreHeldAgainstWhatIsReached(t *testing.T) {
	declared := required(map[string]ObjectiveConfig{"zone": {RtoMinutes: 5}, "region": {RpoMinutes: 15, RtoMinutes: 60}})
	require.Equal(t, objective.Objectives{
		objective.Zone: {Rto: 5 * time.Minute}, objective.Region: {Rpo: 15 * time.Minute, Rto: time.Hour},
	}, declared)
}

func TestBackupsKeepClearOfTheDatabasesWindows(t *testing.T) {
	env, err := ParseEnvironment(committed(t, "prod"))
	require.NoError(t, err)
	require.Empty(t, env.planShape().Conflicts(backupWindow, maintenanceWindow))
}

func TestThePasswordIsRequiredSecretAndNeverShown(t *testing.T) {
	env := &Environment{Database: &DatabaseConfig{Password: passwordOwn}}
	read := func(env *Environment, opts ...harness.Option) (given bool, err error) {
		_, err = harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
			value, err := password(ctx, env)
			given = value != nil
			return err
		}, opts...)
		return given, err
	}
	with := func(value string) harness.Option { return harness.WithSecrets(map[string]string{PasswordKey: value}) }

	given, err := read(env, with("correct-horse-battery"))
	require.NoError(t, err)
	require.True(t, given)
	given, err = read(&Environment{Database: &DatabaseConfig{Password: passwordManaged}}, with("correct-horse-battery"))
	require.NoError(t, err)
	require.False(t, given, "AWS makes it")

	_, err = read(env)
	require.ErrorContains(t, err, "plinth:databasePassword is required: the database's password is the stack's own, as replicas need it; "+
		"set it with: pulumi config set --secret plinth:databasePassword")
	_, err = read(env, harness.WithConfig(map[string]string{PasswordKey: "correct-horse-battery"}))
	require.ErrorContains(t, err, "is in plain text in the stack file")
	for _, bad := range []string{"short", strings.Repeat("x", 42), "correct horse battery", "correct/horse/battery", "correct@horse@battery", `correct"horse"batt`, "correct-hörse-battery"} {
		_, err = read(env, with(bad))
		require.ErrorContains(t, err, "must be 16 to 41 printable characters")
		require.NotContains(t, err.Error(), bad)
	}
}
