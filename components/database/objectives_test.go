package database_test

import (
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestObjectivesFollowTheSettings(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *database.InstanceArgs)
		want   map[string]string
	}{
		"as it comes": {func(*database.InstanceArgs) {}, map[string]string{
			"instance": "0 s of data and 2 min of time (failover to the standby)", "zone": "0 s of data and 2 min of time (failover to the standby)",
			"mistake": "5 min of data and 1 h of time (restore to a point in time)", "region": "everything",
		}},
		"small and cheap": {func(a *database.InstanceArgs) { a.MultiAz, a.AllocatedGib = pulumi.BoolRef(false), 2000 }, map[string]string{
			"instance": "0 s of data and 30 min of time (a new machine on the same storage)", "zone": "5 min of data and 2 h of time (restore to a point in time)",
			"mistake": "5 min of data and 2 h of time (restore to a point in time)", "region": "everything",
		}},
		"no backups": {func(a *database.InstanceArgs) {
			a.MultiAz, a.BackupRetentionDays, a.Replicas, a.CrossRegionBackups = pulumi.BoolRef(false), pulumi.IntRef(0), nil, nil
		}, map[string]string{
			"instance": "0 s of data and 30 min of time (a new machine on the same storage)", "zone": "everything", "mistake": "everything", "region": "everything",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
				a := minimalInstance()
				test.change(a)
				i, err := database.NewInstance(ctx, "shop", a)
				if err == nil {
					require.Equal(t, test.want, i.Objectives.Table())
				}
				return err
			})
			require.NoError(t, err)
		})
	}
	for instances, want := range map[int]string{
		1: "0 s of data and 10 min of time (a new writer on the same storage)", 2: "0 s of data and 1 min of time (failover to a reader)",
	} {
		_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
			a := minimalCluster()
			if instances == 1 {
				a.Instances = map[string]database.ClusterInstanceArgs{"a": {}}
			}
			l, err := database.NewCluster(ctx, "shop", a)
			if err == nil {
				require.Equal(t, want, l.Objectives.Table()["zone"])
			}
			return err
		})
		require.NoError(t, err)
	}
}

// What a stack checks beforehand is what the component says afterwards.
func TestObjectivesAreKnownBeforeAnythingIsMade(t *testing.T) {
	full := fullInstance(nil)
	full.CrossRegionBackups = nil
	delete(full.Replicas, "far")
	instances := []*database.InstanceArgs{minimalInstance(), full}
	clusters := []*database.ClusterArgs{minimalCluster(), fullCluster()}
	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		for n, a := range instances {
			before := *a
			known := a.Objectives()
			require.Equal(t, &before, a, "the args stay as they are")
			i, err := database.NewInstance(ctx, "shop"+strconv.Itoa(n), a)
			if err != nil {
				return err
			}
			require.Equal(t, i.Objectives, known)
		}
		for n, a := range clusters {
			before := *a
			known := a.Objectives()
			require.Equal(t, &before, a, "the args stay as they are")
			l, err := database.NewCluster(ctx, "wide"+strconv.Itoa(n), a)
			if err != nil {
				return err
			}
			require.Equal(t, l.Objectives, known)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, new(database.InstanceArgs).Objectives(), (*database.InstanceArgs)(nil).Objectives())
	require.Equal(t, new(database.ClusterArgs).Objectives(), (*database.ClusterArgs)(nil).Objectives())
}

func TestARegionIsSurvivedByTheBestCopy(t *testing.T) {
	var before, after objective.Objectives
	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		return instanceObjectives(ctx, &before, func(a *database.InstanceArgs) { delete(a.Replicas, "far") })
	})
	require.NoError(t, err)
	_, err = harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		return instanceObjectives(ctx, &after, func(*database.InstanceArgs) {})
	})
	require.NoError(t, err)
	require.Equal(t, "15 min of data and 1 h of time (restore of the backups in eu-west-1)", before.Of(objective.Region).String())
	require.Equal(t, "5 min of data and 20 min of time (promotion of replica far in eu-west-1)", after.Of(objective.Region).String())
}

func instanceObjectives(ctx *pulumi.Context, into *objective.Objectives, change func(a *database.InstanceArgs)) error {
	return instance("shop", func(provider pulumi.ProviderResource) *database.InstanceArgs {
		a := fullInstance(provider)
		change(a)
		i, err := database.NewInstance(ctx, "measured", a)
		if err == nil {
			*into = i.Objectives
		}
		return a
	})(ctx)
}
