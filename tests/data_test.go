package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// A database needs its key, and a replica needs the database with a first backup: AWS
// makes no deploy shorter than these three in a row, and nothing else may make it longer.
func TestTheDeployTakesAsLongAsTheDatabaseAndHardlyLonger(t *testing.T) {
	r := start(t, "prod")
	up(t, r)
	state, err := r.Export(t.Context())
	require.NoError(t, err)
	graph, err := timeline.FromState(state)
	require.NoError(t, err)
	result := timeline.Compute(graph, timeline.Options{})

	least := 0.0
	for _, name := range []string{"database-key", "database-instance", "database-replica-far"} {
		for _, res := range state.Resources {
			if strings.HasSuffix(string(res.URN), "::"+name) {
				estimate, _ := latency.Default().Estimate(string(res.Type), latency.Create, res.Inputs, nil)
				least += estimate.P50
			}
		}
	}
	require.Greater(t, least, 1000.0, "all three were found")
	require.LessOrEqual(t, result.Unlimited, 1.02*least, "%s", result.Text())
}

func TestOnlyWhatNeedsTheStoresReachesThem(t *testing.T) {
	eachStack(t, func(t *testing.T, stack string, g *harness.Graph) {
		if g.Mode == harness.Preview {
			return // who is who is not known
		}
		reached := map[string][]string{}
		for _, r := range g.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			to := r.Value("securityGroupId").(string)
			if strings.HasPrefix(to, "database-") || strings.HasPrefix(to, "cache-") {
				from, isGroup := r.Value("referencedSecurityGroupId").(string)
				require.True(t, isGroup, "%s opens a store to addresses", r.Name)
				reached[to] = append(reached[to], from)
			}
		}
		const nodes = "sg-0a1b2c3d4e5f60718" // EKS's own
		want := map[string][]string{"database-sg-id": {"app-sg-id", nodes}, "cache-sg-id": {"app-sg-id", nodes}}
		if stack == "prod" {
			want["database-sg-id"] = []string{"app-sg-id", "database-proxy-sg-id", "database-rotation-sg-id"}
			want["database-proxy-sg-id"] = []string{"app-sg-id", nodes}
		}
		require.Len(t, reached, len(want))
		for group, from := range want {
			require.ElementsMatch(t, from, reached[group], group)
		}
	})
}

// The plan finds what it backs up by a tag, and what has no tag is not backed up.
func TestThePlanFindsTheDatabase(t *testing.T) {
	g := harness.Run(t, harness.Update, stacks.Deploy, committed(t, "prod")...)
	selection := g.OfType("aws:backup/selection:Selection")
	require.Len(t, selection, 1)
	key, value := selection[0].Value("selectionTags[0].key").(string), selection[0].Value("selectionTags[0].value")
	var found []string
	for _, r := range g.Resources {
		if r.Value("tags."+key) == value {
			found = append(found, r.Name)
		}
	}
	require.Equal(t, []string{"database-instance"}, found, "replicas are in no need of it")
}

// AWS wants a password from somebody before it lets go of its own.
func TestADatabaseGetsItsFirstReplicaInTwoSteps(t *testing.T) {
	opts := prerequisites.Options("..", "dev")
	opts.Secrets = map[string]string{stacks.PasswordKey: "only-for-a-rehearsal"}
	r := open(t, opts)
	up(t, r)
	set := func(path string, value any) { require.NoError(t, r.SetConfig(stacks.ConfigKey+"."+path, value)) }
	set("network.endpoints", []string{"Secrets"})
	set("database.replicas", map[string]any{"near": map[string]any{}})
	_, err := r.Up(t.Context())
	require.ErrorContains(t, err, "You must specify MasterUserPassword")

	set("database.replicas", map[string]any{})
	set("database.password", "reset")
	up(t, r)
	set("database.password", "own")
	set("database.replicas", map[string]any{"near": map[string]any{}})
	require.Contains(t, steps(up(t, r)), "create database-replica-near")
	up(t, r, rehearsal.ExpectNoChanges())
}

func TestABiggerDatabaseIsNoOtherDatabase(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	for path, value := range map[string]any{"instanceClass": "db.t4g.medium", "allocatedGib": 40, "multiAz": true} {
		require.NoError(t, r.SetConfig(stacks.ConfigKey+".database."+path, value))
		var custom []string
		for _, step := range steps(up(t, r)) {
			if step != "update database" { // the component itself
				custom = append(custom, step)
			}
		}
		require.Equal(t, []string{"update database-instance"}, custom, path)
	}
}

func TestWhatCannotBeKeptIsNotPromised(t *testing.T) {
	config := stackConfig(t, "prod")
	config[stacks.ConfigKey] = strings.Replace(config[stacks.ConfigKey], `"far":{"inRecoveryRegion":true},`, "", 1)
	require.NotContains(t, config[stacks.ConfigKey], `"far"`)
	g, err := harness.Try(harness.Preview, stacks.Deploy, append(committed(t, "prod"), harness.WithConfig(config))...)
	require.Empty(t, g.Resources, "nothing is registered")
	require.ErrorContains(t, err, "plinth:environment: 1 problem\n  database.objectives.region: the loss of a region costs ")
	require.ErrorContains(t, err, "and 15 min of data and 1 h of time is allowed")
}
