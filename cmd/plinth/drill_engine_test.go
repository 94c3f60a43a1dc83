package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/policies/state"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// recordVariable names a file; as a policy pack, this executable writes into it what
// policies see of the stack.
const recordVariable = "PLINTH_TEST_RECORD"

func serveRecorder(file string) error {
	const vpc = "aws:ec2/vpc:Vpc"
	recorder := &rule.Rule{
		ID: "recorder", Title: "What policies see is recorded", Category: rule.Operations, Types: []string{vpc},
		CheckGraph: func(g *rule.Graph, _ *rule.Resource, _ rule.Settings) rule.Verdict {
			if err := os.WriteFile(file, []byte(described(g)), 0o600); err != nil {
				return rule.Failed(err.Error(), "mend the test")
			}
			return rule.Passed()
		},
	}
	return pack.Serve(context.Background(), pack.Options{Pack: pack.Plinth, Rules: []*rule.Rule{recorder}})
}

// described is all that a graph says. What depends on nothing may be there as an empty list.
func described(g *rule.Graph) string {
	var text strings.Builder
	for _, r := range g.All() {
		edges := map[string][]string{}
		for property, urns := range r.Edges {
			if len(urns) > 0 {
				edges[property] = slices.Sorted(slices.Values(urns))
			}
		}
		fmt.Fprintf(&text, "%s\n %s %q of %q by %q, protect %v, ignore %q\n edges %q\n inputs %#v\n outputs %#v\n", r.URN,
			r.Type, r.Name, r.Parent, r.ProviderURN, r.Protect, r.IgnoreChanges, edges, r.Inputs, r.Outputs)
		for _, key := range rule.Of(r.Provider).Keys() {
			fmt.Fprintf(&text, " provider %s %#v\n", key, r.Provider[key])
		}
	}
	return text.String()
}

// One deploy of production shows that an exported state is the graph that policies see in
// the engine, and what production loses with a zone and with its region.
func TestAnExportOfProductionIsWhatPoliciesSeeAndNothingIsLostWithAZone(t *testing.T) {
	found, err := findToolchain()
	require.NoError(t, err)
	executable, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	record, exported := filepath.Join(dir, "record"), filepath.Join(dir, "state.json")
	opts := prerequisites.Options(filepath.Join("..", ".."), "prod")
	opts.Toolchain = found
	opts.PolicyPacks = []rehearsal.PolicyPack{{Path: executable, Env: map[string]string{pack.ServeEnv: "1", recordVariable: record}}}
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	_, err = r.Up(t.Context())
	require.NoError(t, err)
	deployment, err := r.Export(t.Context())
	require.NoError(t, err)
	text, err := json.Marshal(apitype.TypedDeployment{Version: apitype.DeploymentSchemaVersionCurrent, Deployment: &deployment})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(exported, text, 0o600))

	file, err := os.Open(exported)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	resources, err := state.Read(file)
	require.NoError(t, err)
	recorded, err := os.ReadFile(record)
	require.NoError(t, err)
	want, got := strings.Split(string(recorded), "\n"), strings.Split(described(rule.NewGraph(resources)), "\n")
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i])
	}

	drilled := func(domains ...string) (drillDocument, int) {
		args := []string{"drill", "--json", "--must-survive", "--from", exported}
		for _, domain := range domains {
			args = append(args, "--lose", domain)
		}
		result := run(t, t.Context(), nil, args...)
		var document drillDocument
		require.NoError(t, json.Unmarshal([]byte(result.stdout), &document), result.stderr)
		return document, result.code
	}
	document, code := drilled("zone:us-east-1a", "zone:us-east-1b", "zone:us-east-1c")
	require.Zero(t, code, document.Error)
	for _, loss := range document.Losses {
		require.Zero(t, loss.Counts["lost"], loss.Domain)
		require.NotZero(t, loss.Counts["degraded"], loss.Domain)
	}
	document, code = drilled("zone:us-east-1a", "region:us-east-1")
	require.Zero(t, code, document.Error)
	require.NotZero(t, document.Losses[1].Counts["lost"])
	for _, e := range document.Losses[1].Effects {
		require.True(t, e.State == "unaffected" || e.Recovery != nil, e.URN)
	}
	_, code = drilled()
	require.Zero(t, code, "nothing is lost with any zone, NAT gateway or machine")
}

func TestADrillRehearsesTheStack(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	picture := filepath.Join(t.TempDir(), "losses.svg")
	program := oneServer(ec2.InstanceArgs{InstanceType: pulumi.String("t4g.small")})
	got := run(t, t.Context(), program, "drill", "test", "--dir", dir, "--picture", picture, "--must-survive")
	require.Equal(t, exitFailed, got.code)
	require.Equal(t, "plinth: drill: what must survive is lost:\n  zone:us-east-1a: web\n  node:web: web\n", got.stderr)
	require.Regexp(t, `^up +ok +4 created`, got.stdout)
	require.Regexp(t, `\nzone:us-east-1a +1 `, got.stdout)
	require.Regexp(t, `\n  lost      no way back.*\n            ec2/instance web\n`, got.stdout)
	drawn, err := os.ReadFile(picture)
	require.NoError(t, err)
	require.Contains(t, string(drawn), "</svg>")

	got = run(t, t.Context(), program, "drill", "test", "--dir", dir, "--lose", "zone:us-east-1d")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stderr, "plinth: --lose: this stack has no zone:us-east-1d; ")
	require.Contains(t, got.stderr, "zone:us-east-1a")
	require.NotContains(t, got.stdout, "zone:")
}
