package datastore

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/tests/harness"
)

func windows(backup, maintenance string) error {
	var errs fielderr.List
	CheckWindows(&errs, backup, maintenance, 30)
	return errs.Err("store")
}

func TestWindowsMustBeWellFormedLongEnoughAndApart(t *testing.T) {
	for _, c := range [][2]string{
		{"03:00-04:00", "sun:04:00-sun:05:00"}, {"23:30-00:30", "mon:00:30-mon:01:00"}, {"22:00-23:00", "sun:23:00-mon:22:00"},
	} {
		require.NoError(t, windows(c[0], c[1]), "%v", c)
	}
	for _, c := range []struct{ backup, maintenance, want string }{
		{"3-4", "sun:04:00-sun:05:00", `store: 1 problem
  backupWindow: "3-4": must be a time of day such as "03:00-04:00", UTC`},
		{"03:00-03:29", "Sunday", `store: 2 problems
  backupWindow: "03:00-03:29": must be 30 minutes or longer
  maintenanceWindow: "Sunday": must be a time of the week such as "sun:04:30-sun:05:30", UTC`},
		{"03:00-04:00", "sun:10:00-mon:10:00", `store: 2 problems
  backupWindow: conflicts with maintenanceWindow: the two must not overlap: 03:00-04:00 and sun:10:00-mon:10:00
  maintenanceWindow: "sun:10:00-mon:10:00": must be 30 minutes or longer, and shorter than a day`},
		{"23:30-00:30", "wed:00:29-wed:01:00", `store: 1 problem
  backupWindow: conflicts with maintenanceWindow: the two must not overlap: 23:30-00:30 and wed:00:29-wed:01:00`},
		{"00:00-00:30", "sun:23:30-mon:00:01", `store: 1 problem
  backupWindow: conflicts with maintenanceWindow: the two must not overlap: 00:00-00:30 and sun:23:30-mon:00:01`},
	} {
		require.EqualError(t, windows(c.backup, c.maintenance), c.want)
	}
}

// The windows overlap if and only if some minute of the week is in both.
func TestOverlapIsAMinuteInBoth(t *testing.T) {
	covers := func(w Window, minute int) bool { return mod(minute-w.Start, w.period) < w.Length }
	rapid.Check(t, func(t *rapid.T) {
		daily := between(rapid.IntRange(0, day-1).Draw(t, "from"), rapid.IntRange(0, day-1).Draw(t, "to"), day)
		weekly := between(rapid.IntRange(0, week-1).Draw(t, "from"), rapid.IntRange(0, week-1).Draw(t, "to"), week)
		common := false
		for minute := range week {
			common = common || covers(daily, minute) && covers(weekly, minute)
		}
		require.Equal(t, common, daily.Overlaps(weekly))
		require.Equal(t, common, weekly.Overlaps(daily))
	})
}

func TestPlaceKeyAndNameAreChecked(t *testing.T) {
	var errs fielderr.List
	CheckNetwork(&errs, "Frankfurt", nil, pulumi.StringArray{pulumi.String("subnet-a")})
	CheckKey(&errs, nil, false)
	CheckName(&errs, "identifier", "2nd", 63)
	CheckName(errs.At("replicas", "far"), "identifier", "a--b", 63)
	Between(&errs, "days", 40, 1, 35)
	require.EqualError(t, errs.Err("store"), `store: 7 problems
  days: 40: must be 1 to 35
  identifier: "2nd": must be 1 to 63 letters, digits and hyphens, begin with a letter, and have no two hyphens in a row and none at the end
  kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account
  region: "Frankfurt": must be a region such as eu-central-1
  replicas.far.identifier: "a--b": must be 1 to 63 letters, digits and hyphens, begin with a letter, and have no two hyphens in a row and none at the end
  subnetIds: 1: must be two subnets or more, in different zones
  vpcId: is required`)

	var fine fielderr.List
	CheckNetwork(&fine, "eu-central-1", pulumi.String("vpc-1"), pulumi.ToStringArray([]string{"a", "b"}))
	CheckKey(&fine, pulumi.String("arn"), false)
	CheckKey(&fine, nil, true)
	CheckName(&fine, "identifier", "shop-db", 63)
	require.NoError(t, fine.Err("store"))
	CheckKey(&fine, pulumi.String("arn"), true)
	require.ErrorContains(t, fine.Err("store"), "awsManagedKey: conflicts with kmsKeyArn")
}

func TestAlarmsLookTheRightWayAndTellWhomTheyShould(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := NewAlarms(ctx, "shop", map[string]Alarm{
			"cpu":     {Description: "CPU load, in percent", Namespace: "AWS/RDS", Metric: "CPUUtilization", Threshold: 80},
			"storage": {Description: "Free storage, in bytes", Namespace: "AWS/RDS", Metric: "FreeStorageSpace", Statistic: "Minimum", Below: true, Threshold: 1e9, Periods: 1},
			"latency": {Description: "Latency, in seconds", Namespace: "AWS/RDS", Metric: "ReadLatency", Statistic: "p99", Threshold: 0.1},
		}, pulumi.ToStringArray([]string{"arn:topic"}), map[string]string{"team": "data"})
		return err
	}
	harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
		for name, want := range map[string][]any{
			"shop-alarm-cpu":     {"GreaterThanThreshold", "Average", nil, 80.0, 5.0},
			"shop-alarm-storage": {"LessThanThreshold", "Minimum", nil, 1e9, 1.0},
			"shop-alarm-latency": {"GreaterThanThreshold", nil, "p99", 0.1, 5.0},
		} {
			r := g.Named(t, name)
			require.Equal(t, want, []any{
				r.Value("comparisonOperator"), r.Value("statistic"), r.Value("extendedStatistic"), r.Value("threshold"), r.Value("evaluationPeriods"),
			}, name)
			require.Equal(t, []any{"arn:topic"}, r.Value("alarmActions"), name)
			require.Equal(t, r.Value("alarmActions"), r.Value("okActions"), name)
			require.Equal(t, fmt.Sprint(map[string]any{"Name": name, "team": "data"}), fmt.Sprint(r.Value("tags")))
		}
	})
}
