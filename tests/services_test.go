package tests

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// shop are the services of both committed stacks.
var shop = []string{"accounts", "cart", "catalogue", "checkout", "recommendations"}

const servicesKey = stacks.ConfigKey + ".services."

// changed are the steps of an update, without those of components.
func changed(t *testing.T, r *rehearsal.Rehearsal, components ...string) []string {
	t.Helper()
	var custom []string
	for _, step := range steps(up(t, r)) {
		if _, name, _ := strings.Cut(step, " "); !slices.Contains(components, name) {
			custom = append(custom, step)
		}
	}
	return custom
}

func TestScalingOneServiceTouchesNothingElse(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	for _, name := range shop {
		require.NoError(t, r.SetConfig(servicesKey+name+".maxReplicas", 7))
		require.Equal(t, []string{"update " + name + "-scaling"}, changed(t, r, name))
	}
}

func TestANewImageOfOneServiceTouchesNothingElse(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	require.NoError(t, r.SetConfig(servicesKey+"cart.image", "example.com/cart:2"))
	require.Equal(t, []string{"update cart-deployment"}, changed(t, r, "cart"))
}

func TestAnotherServiceIsOnlyAdded(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	require.NoError(t, r.SetConfig(servicesKey+"search.image", "example.com/search:1"))
	require.NoError(t, r.SetConfig(servicesKey+"search.path", "/search"))
	for _, step := range steps(up(t, r)) {
		require.Regexp(t, `^create search(-|$)`, step)
	}
	require.NoError(t, r.SetConfig(servicesKey+"search.calls", []string{"cart"}))
	require.Equal(t, []string{"update cart-policy", "update search-deployment", "update search-policy"},
		slices.Sorted(slices.Values(changed(t, r, "search", "cart"))), "both ends of the new edge")
}

// With Karpenter there are node groups, controllers from charts and a queue of interruptions
// that Auto Mode has none of.
func TestTheStacksLiveTheirWholeLifeOnKarpenterToo(t *testing.T) {
	for _, stack := range environments {
		t.Run(stack, func(t *testing.T) {
			opts := prerequisites.Options("..", stack)
			opts.Config = map[string]any{stacks.ConfigKey + ".cluster.compute": "Karpenter"}
			opts.BeforeDestroy = func(ctx context.Context, r *rehearsal.Rehearsal) error {
				if err := r.SetConfig(stacks.ConfigKey+".deletionProtection", false); err != nil {
					return err
				}
				_, err := r.Up(ctx)
				return err
			}
			rehearsal.Test(t, opts)
			require.Empty(t, opts.Cloud.Gaps(), "facts for all properties")
		})
	}
}

// reach is what a service's network policy lets it reach: other services, and ports of
// address blocks.
func reach(t *testing.T, g *harness.Graph, service string) []string {
	t.Helper()
	var found []string
	for _, r := range g.OfType("kubernetes:networking.k8s.io/v1:NetworkPolicy") {
		if r.Name != service+"-policy" {
			continue
		}
		for _, rule := range r.Value("spec").(map[string]any)["egress"].([]any) {
			rule := rule.(map[string]any)
			ports, _ := rule["ports"].([]any)
			peers, _ := rule["to"].([]any)
			for _, port := range ports {
				port := fmt.Sprint(port.(map[string]any)["port"])
				for _, peer := range peers {
					peer := peer.(map[string]any)
					if pods, ok := peer["podSelector"].(map[string]any); ok {
						found = append(found, fmt.Sprint(pods["matchLabels"].(map[string]any)["app.kubernetes.io/name"], ":", port))
					} else {
						found = append(found, fmt.Sprint(peer["ipBlock"].(map[string]any)["cidr"], ":", port))
					}
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEachServiceReachesOnlyWhatItDeclares(t *testing.T) {
	g := harness.Run(t, harness.Update, stacks.Deploy, committed(t, "prod")...)
	const identity = "169.254.170.23/32:80" // credentials
	isolated := func(port int) []string {
		var blocks []string
		for _, block := range []string{"10.20.20.0/22", "10.20.52.0/22", "10.20.84.0/22"} {
			blocks = append(blocks, fmt.Sprintf("%s:%d", block, port))
		}
		return blocks
	}
	database, cache := isolated(5432), isolated(6379)
	want := map[string][]string{
		"accounts":        slices.Concat(database, []string{identity}),
		"cart":            slices.Concat(cache, []string{identity, "catalogue:9898"}),
		"catalogue":       slices.Concat(database, cache, []string{identity}),
		"checkout":        slices.Concat(database, []string{identity, "0.0.0.0/0:443", "accounts:9898", "cart:9898"}),
		"recommendations": slices.Concat(cache, []string{identity, "0.0.0.0/0:443", "catalogue:9898"}),
	}
	require.Equal(t, shop, slices.Sorted(maps.Keys(want)))
	for service, edges := range want {
		require.ElementsMatch(t, edges, reach(t, g, service), service)
	}
}

// BenchmarkServices measures what one service more costs the engine: an environment with
// 1 to 1000 of them, against the same without any. The engine is a process of its own; its
// memory is the largest that any run so far has had.
func BenchmarkServices(b *testing.B) {
	none := 0.0
	run := func(b *testing.B, n int) (seconds float64) {
		b.Helper()
		ctx := context.Background()
		r, err := rehearsal.New(ctx, manyServices(b, n))
		require.NoError(b, err)
		defer func() { require.NoError(b, r.Close()) }()
		previewed, err := r.Preview(ctx)
		require.NoError(b, err)
		deployed, err := r.Up(ctx)
		require.NoError(b, err)
		return previewed.Seconds + deployed.Seconds
	}
	for _, n := range []int{0, 1, 10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			seconds := 0.0
			for b.Loop() {
				seconds += run(b, n)
			}
			mean := seconds / float64(b.N)
			if n == 0 {
				none = mean
			} else {
				b.ReportMetric(1000*(mean-none)/float64(n), "ms/service")
			}
			var engine syscall.Rusage
			require.NoError(b, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &engine))
			var own runtime.MemStats
			runtime.ReadMemStats(&own)
			b.ReportMetric(float64(engine.Maxrss)/1024, "engine-MiB")
			b.ReportMetric(float64(own.HeapSys)/(1<<20), "program-and-cloud-MiB")
			b.ReportMetric(0, "ns/op") // of no use here
		})
	}
}

// manyServices is the development stack with n services, each of which calls the one before.
func manyServices(b *testing.B, n int) rehearsal.Options {
	b.Helper()
	opts := prerequisites.Options("..", "dev")
	services := map[string]any{}
	for i := range n {
		service := map[string]any{"image": "example.com/service:1", "path": fmt.Sprintf("/service-%d", i), "sends": []string{"orders"}}
		if i > 0 {
			service["calls"] = []string{fmt.Sprintf("service-%d", i-1)}
		}
		services[fmt.Sprintf("service-%d", i)] = service
	}
	values, err := rehearsal.StackConfig("..", "dev")
	require.NoError(b, err)
	env := maps.Clone(values[stacks.ConfigKey].(map[string]any))
	env["services"] = services
	opts.Config = map[string]any{stacks.ConfigKey: env}
	return opts
}
