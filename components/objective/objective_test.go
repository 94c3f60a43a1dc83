package objective_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/objective"
)

func cost(rpo, rto time.Duration) objective.Objective {
	return objective.Objective{Rpo: rpo, Rto: rto, By: "test"}
}

func TestBestTakesTheLeastDataThenTheLeastTime(t *testing.T) {
	backups := objective.Objectives{objective.Region: cost(24*time.Hour, 4*time.Hour), objective.Mistake: cost(5*time.Minute, time.Hour)}
	replica := objective.Objectives{objective.Region: cost(time.Minute, 20*time.Minute)}
	slow := objective.Objectives{objective.Region: cost(time.Minute, time.Hour)}
	require.Equal(t, objective.Objectives{objective.Region: replica[objective.Region], objective.Mistake: backups[objective.Mistake]},
		objective.Best(backups, slow, replica))
	require.Empty(t, objective.Best())
}

func TestMissedNamesWhatIsRequiredAndWhatThereIs(t *testing.T) {
	got := objective.Objectives{objective.Zone: cost(0, 2*time.Minute)}
	missed := got.Missed(objective.Objectives{
		objective.Zone: {Rpo: 0, Rto: time.Minute}, objective.Region: {Rpo: time.Hour, Rto: time.Hour}, objective.Instance: {Rpo: objective.Never, Rto: objective.Never},
	})
	require.Len(t, missed, 2)
	require.Equal(t, "the loss of a zone costs 0 s of data and 2 min of time (test), and 0 s of data and 1 min of time is allowed", missed[0].String())
	require.Equal(t, "the loss of a region costs everything, and 1 h of data and 1 h of time is allowed", missed[1].String())
}

func TestDurationsReadWell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 90 * time.Second: "90 s", time.Millisecond: "1 s", 5 * time.Minute: "5 min", 36 * time.Hour: "36 h", objective.Never: "never",
	} {
		require.Equal(t, want, objective.Text(d))
	}
}

func TestMoreMeansNeverMakeItWorse(t *testing.T) {
	some := rapid.MapOf(rapid.SampledFrom(objective.Failures), rapid.Custom(func(t *rapid.T) objective.Objective {
		return cost(time.Duration(rapid.IntRange(0, 1000).Draw(t, "rpo")), time.Duration(rapid.IntRange(0, 1000).Draw(t, "rto")))
	}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := objective.Objectives(some.Draw(t, "a")), objective.Objectives(some.Draw(t, "b"))
		both := objective.Best(a, b)
		for _, f := range objective.Failures {
			for _, single := range []objective.Objectives{a, b} {
				if both.Of(f).Rpo > single.Of(f).Rpo {
					t.Fatalf("%s: %v is worse than %v", f, both.Of(f), single.Of(f))
				}
			}
		}
	})
}
