package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// tolerance is the share by which the two may differ.
const tolerance = 0.03

// The time that a deploy is said to take before it, from its preview, is what the simulated
// cloud measures in it. The two know different things: the plan has the program's order, the
// cloud sees which values a request refers to, and asks the table about what is sent.
func TestADeployTakesWhatItsPreviewSays(t *testing.T) {
	changes := map[string]map[string]struct {
		program pulumi.RunFunc
		config  map[string]any
		steps   []string // some of them
	}{
		"dev": {
			"NAT gateways instead of an instance": {
				program: stacks.Deploy, config: map[string]any{"network.nat": "PerZone"},
				steps: []string{"create network-nat-b", "update network-route-private-a", "delete network-nat-sg"},
			},
			"another instance, of which the old one goes last, and a dropped cache": {
				program: with("network-nat-a", pulumi.Map{"ebsOptimized": pulumi.Bool(true)}), config: map[string]any{"services.cart.uses": []any{}},
				steps: []string{"replace network-nat-a", "update network-route-private-a", "update cache-users", "delete cache-user-cart"},
			},
		},
		"prod": {
			"a database class, and a service that uses the database": {
				program: stacks.Deploy, config: map[string]any{
					"database.instanceClass": "db.r7g.xlarge",
					"services.reviews":       map[string]any{"image": "example.com/reviews:1", "path": "/reviews", "uses": []any{"database"}},
				},
				steps: []string{"update database-replica-far", "update database-proxy", "create reviews-permissions"},
			},
		},
	}
	for _, stack := range environments {
		t.Run(stack, func(t *testing.T) {
			r := start(t, stack)
			preview, _ := requireAsPlanned(t, r)
			state, err := r.Export(t.Context())
			require.NoError(t, err)
			made, err := timeline.FromState(state)
			require.NoError(t, err)
			for _, slots := range []int{0, 8} {
				options := timeline.Options{Parallel: slots}
				require.Equal(t, timeline.Compute(made, options), timeline.Compute(preview, options), "before anything exists it is known what will")
			}
			saved := snapshot(t, r)
			for name, change := range changes[stack] {
				t.Run(name, func(t *testing.T) {
					r := deployed(t, &saved, "..", change.program)
					for path, value := range change.config {
						require.NoError(t, r.SetConfig(stacks.ConfigKey+"."+path, value))
					}
					_, phase := requireAsPlanned(t, r)
					require.Subset(t, steps(phase), change.steps)
				})
			}
			if stack == "dev" {
				t.Run("a role that is deleted first, and what goes with it", func(t *testing.T) {
					requireInTurn(t, deployed(t, &saved, "..", firstDeleted), "network-flowlog-role", "network-flowlog-policy", "network-flowlog")
				})
			}
		})
	}
}

// requireAsPlanned deploys, and wants it to take what its preview says: as a whole, in each
// operation, and for the same reasons.
func requireAsPlanned(t *testing.T, r *rehearsal.Rehearsal) (*timeline.Graph, rehearsal.Phase) {
	t.Helper()
	var digest bytes.Buffer
	phase, err := r.Preview(t.Context(), rehearsal.Digested(&digest))
	require.NoError(t, err)
	preview := planOf(t, digest.Bytes(), phase)
	plan := timeline.Compute(inAWS(t, preview), timeline.Options{})
	up(t, r)
	seen, end := measured(r.Cloud().Timeline())
	near := tolerance * end
	require.InDelta(t, end, plan.Seconds, near)

	said := map[operation]timeline.Bar{}
	for _, b := range plan.Bars {
		if b.Seconds > 0 && b.Op != timeline.Read {
			said[operation{string(b.Op), string(b.URN)}] = b
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(seen)), slices.Collect(maps.Keys(said)))
	for did, was := range seen {
		require.InDelta(t, was.End-was.Start, said[did].Seconds, 1e-6, did)
		if was.End == end {
			require.InDelta(t, plan.Seconds, said[did].End, near, "%s is the last", did)
		}
	}
	for _, b := range plan.CriticalPath {
		if b.Seconds > near { // of what follows a value that is no ID, ARN or name, the cloud does not know why
			require.InDelta(t, seen[operation{string(b.Op), string(b.URN)}].Start, b.Start, near, b.Name)
		}
	}
	return preview, phase
}

// firstDeleted replaces a role by one that is deleted before it is made again.
func firstDeleted(ctx *pulumi.Context) error {
	err := ctx.RegisterResourceTransform(func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if args.Name != "network-flowlog-role" {
			return nil
		}
		args.Props["path"], args.Opts.DeleteBeforeReplace = pulumi.String("/moved/"), true
		return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
	})
	if err != nil {
		return err
	}
	return stacks.Deploy(ctx)
}

// requireInTurn deploys what deletes a resource first, and with it others. The plan has to do
// to them what the engine does, in its order: of those that go along, it knows no order.
func requireInTurn(t *testing.T, r *rehearsal.Rehearsal, first string, along ...string) {
	t.Helper()
	var digest bytes.Buffer
	phase, err := r.Preview(t.Context(), rehearsal.Digested(&digest))
	require.NoError(t, err)
	plan := timeline.Compute(planOf(t, digest.Bytes(), phase), timeline.Options{})
	up(t, r)
	n := len(along)
	inTurn := func(all []string) []string {
		require.Len(t, all, 2*n+2)
		slices.Sort(all[:n])
		slices.Sort(all[n+2:])
		return all
	}
	var said, done []string
	for _, b := range plan.Bars {
		if b.Name == first || slices.Contains(along, b.Name) {
			said = append(said, string(b.Op)+" "+b.Name)
		}
	}
	for _, o := range r.Cloud().Timeline() {
		if name := resource.URN(o.URN).Name(); name == first || slices.Contains(along, name) {
			done = append(done, o.Op+" "+name)
		}
	}
	require.Equal(t, inTurn(done), inTurn(said))
	for _, s := range phase.Steps {
		_, away := plan.Away(resource.URN(s.URN))
		require.Equal(t, s.DeleteFirst, away, s.URN)
	}
}

// operation is what is done to a resource.
type operation struct{ op, urn string }

// measured are the cloud's operations, and when the last one ends. The cloud does not know
// that the engine deletes when all else is done.
func measured(done []simcloud.Operation) (all map[operation]simcloud.Operation, end float64) {
	all = map[operation]simcloud.Operation{}
	took := map[bool]float64{} // of deletions, and of all else
	for _, o := range done {
		took[o.Op == "delete"] = max(took[o.Op == "delete"], o.End)
	}
	for _, o := range done {
		if o.Op == "delete" {
			o.Start, o.End = o.Start+took[false], o.End+took[false]
		}
		all[operation{o.Op, o.URN}] = o
	}
	return all, took[false] + took[true]
}

// planOf is what a preview in full plans.
func planOf(t *testing.T, digest []byte, phase rehearsal.Phase) *timeline.Graph {
	t.Helper()
	var preview struct {
		Steps []struct {
			Op                 timeline.Op
			URN                resource.URN
			OldState, NewState *apitype.ResourceV3
			DiffReasons        []string
		}
	}
	require.NoError(t, json.Unmarshal(digest, &preview))
	first := map[resource.URN]bool{}
	for _, s := range phase.Steps {
		first[resource.URN(s.URN)] = s.DeleteFirst
	}
	var steps []timeline.Step
	for _, s := range preview.Steps {
		steps = append(steps, timeline.Step{Op: s.Op, Old: s.OldState, New: s.NewState, DeleteBeforeReplace: first[s.URN], Changed: s.DiffReasons})
	}
	plan, err := timeline.FromPlan(steps)
	require.NoError(t, err)
	return plan
}

// inAWS is a plan in which only what AWS does takes time: the cloud keeps no time of objects in
// a cluster.
func inAWS(t *testing.T, plan *timeline.Graph) *timeline.Graph {
	t.Helper()
	nodes := plan.Nodes()
	for i := range nodes {
		nodes[i].Custom = nodes[i].Custom && strings.HasPrefix(nodes[i].Type, "aws:")
	}
	plan, err := timeline.New(nodes)
	require.NoError(t, err)
	return plan
}
