package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// start opens a rehearsal of a committed stack on the real engine.
func start(t *testing.T, stack string) *rehearsal.Rehearsal {
	t.Helper()
	return open(t, prerequisites.Options("..", stack))
}

func up(t *testing.T, r *rehearsal.Rehearsal, opts ...rehearsal.PhaseOption) rehearsal.Phase {
	t.Helper()
	phase, err := r.Up(t.Context(), opts...)
	require.NoError(t, err)
	return phase
}

// inCloud are the resources that a deploy made, by URN; two of one URN fail the test.
func inCloud(t *testing.T, c *simcloud.Cloud) map[string]simcloud.Resource {
	t.Helper()
	found := map[string]simcloud.Resource{}
	for _, r := range c.Resources() {
		if r.URN != "" {
			_, twice := found[r.URN]
			require.False(t, twice, "the cloud has %s twice", r.URN)
			found[r.URN] = r
		}
	}
	return found
}

func byName(t *testing.T, c *simcloud.Cloud, name string) simcloud.Resource {
	t.Helper()
	for urn, r := range inCloud(t, c) {
		if strings.HasSuffix(urn, "::"+name) {
			return r
		}
	}
	require.Fail(t, "not in the cloud", name)
	return simcloud.Resource{}
}

func steps(p rehearsal.Phase) []string {
	var list []string
	for _, s := range p.Steps {
		list = append(list, s.Op+" "+s.URN[strings.LastIndex(s.URN, "::")+2:])
	}
	return list
}

func TestAChangeBehindTheEnginesBackIsFoundAndRepaired(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	const name = "network-subnet-public-a"
	require.NoError(t, r.Cloud().Drift(byName(t, r.Cloud(), name).URN, func(props map[string]any) { props["mapPublicIpOnLaunch"] = true }))

	_, err := r.Refresh(t.Context())
	require.ErrorContains(t, err, "update "+name)
	require.ErrorContains(t, err, "mapPublicIpOnLaunch")
	require.Equal(t, []string{"update " + name}, steps(up(t, r)))
	require.Equal(t, false, byName(t, r.Cloud(), name).Props["mapPublicIpOnLaunch"])
}

func TestWhatVanishedIsMadeAgain(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	const name = "web-to-app-ingress"
	require.NoError(t, r.Cloud().Vanish(byName(t, r.Cloud(), name).URN))
	_, err := r.Refresh(t.Context())
	require.ErrorContains(t, err, name)
	require.Equal(t, []string{"create " + name}, steps(up(t, r)))
}

// A scaling policy owns the desired size, and the schedules own all three numbers.
func TestSizesThatAWSOwnsAreLeftAlone(t *testing.T) {
	for stack, sizes := range map[string]map[string]any{
		"prod": {"desiredCapacity": 7.0},
		"dev":  {"desiredCapacity": 0.0, "minSize": 0.0, "maxSize": 0.0},
	} {
		t.Run(stack, func(t *testing.T) {
			r := start(t, stack)
			up(t, r)
			group := byName(t, r.Cloud(), "app-group")
			require.NoError(t, r.Cloud().Drift(group.URN, func(props map[string]any) {
				for key, value := range sizes {
					props[key] = value
				}
			}))
			_, err := r.Refresh(t.Context())
			require.NoError(t, err, "what is ignored is no drift")
			up(t, r, rehearsal.ExpectNoChanges())
			for key, value := range sizes {
				require.Equal(t, value, byName(t, r.Cloud(), "app-group").Props[key], key)
			}
		})
	}
}

// The facts of the provider are older than the SDK; what is newer and used must be
// settled, or the simulated cloud guesses.
func TestEveryPropertyThatTheStacksUseHasFacts(t *testing.T) {
	for _, stack := range environments {
		r := start(t, stack)
		up(t, r)
		require.Empty(t, r.Cloud().Gaps(), stack)
	}
}

func TestAnotherZoneOnlyAddsResources(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".network.zones", []string{"us-east-1c", "us-east-1b", "us-east-1a"}))
	phase := up(t, r)
	for _, step := range phase.Steps {
		name := step.URN[strings.LastIndex(step.URN, "::")+2:]
		switch step.Op {
		case "create":
			require.Contains(t, name, "-c", "what is new is the zone's")
		case "update": // components' own zones; load balancers, groups, nodes and stores get the zone's subnet, and services may reach it
			require.Contains(t, append([]string{
				"network", "web-origin-lb", "app-balancer-lb", "web-group", "app-group", "database-subnets", "cache-subnets",
				"cluster", "cluster-nodeclass", "cluster-alb-services",
			}, shop...), strings.TrimSuffix(name, "-policy"))
		default:
			require.Fail(t, "neither created nor updated", "%s %s", step.Op, name)
		}
	}
	require.NotZero(t, phase.Changes["create"])
}

// converge repeats an operation while it fails, as somebody would who runs it again.
func converge(t *testing.T, fault string, operation func() error) (failures int) {
	t.Helper()
	for {
		err := operation()
		if err == nil {
			return failures
		}
		require.ErrorContains(t, err, fault, "only what was injected fails")
		failures++
		require.Less(t, failures, 60, "it does not converge")
	}
}

// longTests is set where there is time for what takes minutes.
const longTests = "PLINTH_LONG"

// Every create, every update and every delete of the stack fails once. Running again
// must end where a deploy without faults ends, with nothing lost, doubled or left over.
func TestEveryOperationMayFailOnce(t *testing.T) {
	stack := "dev"
	if os.Getenv(longTests) != "" {
		stack = "prod"
	}
	t.Run(stack, func(t *testing.T) { sweep(t, stack) })
}

func sweep(t *testing.T, stack string) {
	smooth := start(t, stack)
	up(t, smooth)
	want := inCloud(t, smooth.Cloud())

	r := start(t, stack)
	once := func(op string) {
		for urn := range want {
			r.Cloud().Inject(simcloud.Fault{URN: urn, Op: op, Times: 1})
		}
	}
	deploy := func() error { _, err := r.Up(t.Context(), rehearsal.ContinueOnError()); return err }

	once("create")
	require.Greater(t, converge(t, "InternalError", deploy), 5, "layer after layer fails")
	got := inCloud(t, r.Cloud())
	for urn := range want {
		require.Contains(t, got, urn)
	}
	require.Len(t, got, len(want))
	require.ElementsMatch(t, customURNs(t, smooth), customURNs(t, r), "the state knows them all")
	up(t, r, rehearsal.ExpectNoChanges())

	once("update")
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".owner", "somebody-else"))
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".deletionProtection", false))
	require.NotZero(t, converge(t, "InternalError", deploy))
	up(t, r, rehearsal.ExpectNoChanges())
	for urn, res := range inCloud(t, r.Cloud()) {
		// An origin in a VPC cannot be changed while it is in use, not even its tags.
		if tags, ok := res.Props["tagsAll"].(map[string]any); ok && res.Type != "aws:cloudfront/vpcOrigin:VpcOrigin" {
			require.Equal(t, "somebody-else", tags["owner"], urn)
		}
	}
	_, err := r.Refresh(t.Context())
	require.NoError(t, err)

	once("delete")
	require.NotZero(t, converge(t, "InternalError", func() error { _, err := r.Destroy(t.Context(), rehearsal.ContinueOnError()); return err }))
	require.Empty(t, inCloud(t, r.Cloud()))
}

func customURNs(t *testing.T, r *rehearsal.Rehearsal) []string {
	t.Helper()
	var state apitype.DeploymentV3
	state, err := r.Export(t.Context())
	require.NoError(t, err)
	var urns []string
	for _, res := range state.Resources {
		urns = append(urns, fmt.Sprint(res.URN, res.Delete))
	}
	return urns
}
