package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

func TestAnotherPathChangesTheDistributionOnly(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".edge.paths", map[string]any{"/assets/*": "assets", "/favicon.ico": "assets"}))
	require.Equal(t, []string{"update edge-distribution"}, changed(t, r, "edge"))
}

func TestAnotherFunctionIsOnlyAddedAndTakesOnlyItselfAway(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	before := inCloud(t, r.Cloud())
	env := stackValues(t, "dev")
	env["functions"] = maps.Clone(env["functions"].(map[string]any))
	// The first by name, and beside another that watches the same bucket.
	env["functions"].(map[string]any)["aaa"] = map[string]any{
		"handler": "thumbnail", "watches": map[string]any{"uploads": "films/"}, "schedule": "0 3 * * *", "reads": []string{"uploads"}, "writes": []string{"archive"},
		"publishes": []string{"sales"},
	}
	thumbnail := maps.Clone(env["functions"].(map[string]any)["thumbnail"].(map[string]any))
	thumbnail["watches"] = map[string]any{"uploads": "photos/"}
	env["functions"].(map[string]any)["thumbnail"] = thumbnail
	require.NoError(t, r.SetConfig(stacks.ConfigKey, env))
	for _, step := range changed(t, r, "uploads-events") {
		require.Regexp(t, `^create aaa(-|$)|^update uploads-events-notification$`, step)
	}
	require.NoError(t, r.SetConfig(stacks.ConfigKey, stackValues(t, "dev")))
	for _, step := range changed(t, r, "uploads-events") {
		require.Regexp(t, `^delete aaa(-|$)|^update uploads-events-notification$`, step)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(inCloud(t, r.Cloud()))))
}

// What a function could not handle is not lost with it.
func TestAFunctionThatIsProtectedGoesInTwoSteps(t *testing.T) {
	r := start(t, "prod")
	up(t, r)
	env := stackValues(t, "prod")
	functions := maps.Clone(env["functions"].(map[string]any))
	delete(functions, "thumbnail")
	env["functions"] = functions
	require.NoError(t, r.SetConfig(stacks.ConfigKey, env))
	_, err := r.Preview(t.Context())
	require.ErrorContains(t, err, "thumbnail-failures-queue")

	require.NoError(t, r.SetConfig(stacks.ConfigKey, stackValues(t, "prod")))
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".functions.thumbnail.deletionProtection", false))
	up(t, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey, env))
	for _, step := range changed(t, r) {
		require.Regexp(t, `^delete (thumbnail(-|$)|uploads-events)`, step)
	}
}

func TestAQueueFollowsATopicAndLeavesItAlone(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".topics.sales.queues", []string{"orders"}))
	for _, step := range changed(t, r, "order-events") {
		require.Regexp(t, `^(delete|update) order-events-(policy|subscription-sales)$`, step)
	}
}

// Production without an edge gets one, and gives it up again: the load balancer that goes was
// given free before, and the name leads somewhere all the time.
func TestTheEdgeComesAndGoes(t *testing.T) {
	r := start(t, "prod")
	with, without := stackValues(t, "prod"), stackValues(t, "prod")
	with["web"] = maps.Clone(with["web"].(map[string]any))
	with["web"].(map[string]any)["deletionProtection"] = false
	without["web"] = with["web"]
	delete(without, "edge")
	for i, env := range []map[string]any{without, with, without} {
		require.NoError(t, r.SetConfig(stacks.ConfigKey, env))
		for _, step := range steps(up(t, r)) {
			if i > 0 {
				require.NotRegexp(t, `^(create|delete|replace) (edge|web-balancer)-a-`, step)
			}
		}
	}
	up(t, r, rehearsal.ExpectNoChanges())
}

// Nothing waits for the edge but the records of its name, and no deploy takes longer for it.
func TestTheEdgeIsNeverOnTheCriticalPath(t *testing.T) {
	for _, stack := range environments {
		r := start(t, stack)
		up(t, r)
		state, err := r.Export(t.Context())
		require.NoError(t, err)
		graph, err := timeline.FromState(state)
		require.NoError(t, err)
		result := timeline.Compute(graph, timeline.Options{})
		for _, res := range state.Resources {
			for _, on := range res.Dependencies {
				if strings.HasSuffix(string(on), "::edge-distribution") {
					require.Regexp(t, `^edge-`, res.URN.Name(), "waits for the distribution")
				}
			}
		}
		for _, bar := range result.CriticalPath {
			require.NotRegexp(t, `^edge-`, bar.Name, "%s: %s", stack, result.Text())
		}
	}
}

// Whoever would reach the web tier's load balancer other than through the edge has no way in.
func TestOnlyTheEdgeReachesTheWebTier(t *testing.T) {
	eachStack(t, func(t *testing.T, _ string, g *harness.Graph) {
		if g.Mode == harness.Preview {
			return // who is who is not known
		}
		var from []any
		for _, r := range g.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			if strings.HasPrefix(r.Value("securityGroupId").(string), "web-origin-") {
				from = append(from, r.Value("prefixListId"))
			}
		}
		require.Equal(t, []any{"pl-3b927c52"}, from)
		for _, lb := range g.OfType("aws:lb/loadBalancer:LoadBalancer") {
			require.Equal(t, true, lb.Value("internal"), lb.Name)
		}
	})
}

// CloudFront looks for web ACLs and certificates, and alarms for its metrics, in us-east-1 only.
func TestTheEdgeOfAnotherRegionHasAPlaceOfItsOwn(t *testing.T) {
	opts := prerequisites.Options("..", "dev")
	env := withoutCluster(t, "dev")
	maps.Copy(env, map[string]any{
		"region": "eu-central-1", "customerManagedKey": true, "alertEmails": []string{"team@example.com"}, "firewall": map[string]any{"mode": "Count", "allowedCidrs": []string{"192.0.2.0/24"}},
	})
	env["network"] = map[string]any{"zones": []string{"eu-central-1a", "eu-central-1b"}, "nat": "Instance"}
	opts.Config = map[string]any{stacks.ConfigKey: env}
	r := open(t, opts)
	up(t, r)
	up(t, r, rehearsal.ExpectNoChanges())
	for _, res := range r.Cloud().Resources() {
		_, name, _ := strings.Cut(res.URN, "::"+res.Type+"::")
		if strings.HasPrefix(name, "firewall-") || strings.HasPrefix(name, "edge-key") || name == "edge-alerts" {
			require.Equal(t, "us-east-1", res.Region, name)
		}
		if strings.HasPrefix(name, "network-") || strings.HasPrefix(name, "assets-bucket") {
			require.Equal(t, "eu-central-1", res.Region, name)
		}
	}
	require.Equal(t, "us-east-1", byName(t, r.Cloud(), "firewall-acl").Region)
}

// Without an edge the same firewall is in front of the load balancer that clients reach.
func TestTheFirewallIsWhereClientsCome(t *testing.T) {
	config := stackConfig(t, "prod")
	config[stacks.ConfigKey] = strings.Replace(config[stacks.ConfigKey], `"edge":{"paths":{"/assets/*":"assets"}},`, "", 1)
	g := harness.Run(t, harness.Update, stacks.Deploy, append(committed(t, "prod"), harness.WithConfig(config))...)
	require.Equal(t, "REGIONAL", g.Named(t, "firewall-acl").Value("scope"))
	require.Contains(t, g.Named(t, "firewall-association-web").Value("resourceArn"), "web-balancer-lb")
	require.Empty(t, g.OfType("aws:cloudfront/distribution:Distribution"))
}

// BenchmarkFunctions measures what one function more costs the engine, with a queue of its own.
func BenchmarkFunctions(b *testing.B) {
	benchmarkMany(b, "function", []int{0, 1, 10, 100}, func(b *testing.B, n int) rehearsal.Options {
		opts := prerequisites.Options("..", "dev")
		env := withoutCluster(b, "dev")
		queues, functions := map[string]any{"orders": map[string]any{}, "order-events": map[string]any{}}, map[string]any{}
		for i := range n {
			name := fmt.Sprintf("function-%d", i)
			queues[name] = map[string]any{}
			functions[name] = map[string]any{"handler": "orderevents", "receives": name, "writes": []string{"archive"}}
		}
		env["queues"], env["functions"] = queues, functions
		opts.Config = map[string]any{stacks.ConfigKey: env}
		return opts
	})
}
