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

func TestAnotherServiceIsOnlyAddedAndTakesOnlyItselfAway(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	before := inCloud(t, r.Cloud())
	// The first by name: what all share must not depend on who that is.
	require.NoError(t, r.SetConfig(servicesKey+"aaa.image", "example.com/aaa:1"))
	require.NoError(t, r.SetConfig(servicesKey+"aaa.path", "/aaa"))
	for _, step := range steps(up(t, r)) {
		require.Regexp(t, `^create aaa(-|$)`, step)
	}
	require.NoError(t, r.SetConfig(servicesKey+"aaa.calls", []string{"cart"}))
	require.ElementsMatch(t, []string{"update cart-policy", "update aaa-deployment", "update aaa-policy"}, changed(t, r, "aaa", "cart"),
		"both ends of the new edge")
	require.NoError(t, r.SetConfig(servicesKey+"aaa.uses", []string{"cache"}))
	up(t, r)

	without := stackValues(t, "dev")
	require.NoError(t, r.SetConfig(stacks.ConfigKey, without))
	for _, step := range changed(t, r, "cache", "cache-users", "cart") {
		require.Regexp(t, `^delete (aaa(-|$)|cache-user-aaa)|^update cart-policy`, step)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(inCloud(t, r.Cloud()))))
}

// stackValues is the environment in a committed stack file.
func stackValues(t testing.TB, stack string) map[string]any {
	t.Helper()
	values, err := rehearsal.StackConfig("..", stack)
	require.NoError(t, err)
	return maps.Clone(values[stacks.ConfigKey].(map[string]any))
}

// withoutCluster is a committed environment without the cluster and its services.
func withoutCluster(t testing.TB, stack string) map[string]any {
	t.Helper()
	env := stackValues(t, stack)
	for _, section := range []string{"cluster", "services"} {
		delete(env, section)
	}
	return env
}

func TestWhatAServiceKeepsGoesInTwoSteps(t *testing.T) {
	r := start(t, "prod")
	up(t, r)
	env := stackValues(t, "prod")
	services := maps.Clone(env["services"].(map[string]any))
	delete(services, "recommendations") // calls others, and nobody calls it
	env["services"] = services
	require.NoError(t, r.SetConfig(stacks.ConfigKey, env))
	_, err := r.Preview(t.Context())
	require.ErrorContains(t, err, "protected")

	require.NoError(t, r.SetConfig(stacks.ConfigKey, stackValues(t, "prod")))
	require.NoError(t, r.SetConfig(servicesKey+"recommendations.deletionProtection", false))
	up(t, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey, env))
	for _, step := range changed(t, r, "cache", "cache-users", "catalogue") {
		require.Regexp(t, `^delete (recommendations(-|$)|cache-user-recommendations)|^update catalogue-policy`, step)
	}
}

// Without its section the whole cluster goes, and what runs in it first.
func TestTheClusterGoesAsOne(t *testing.T) {
	r := start(t, "dev")
	up(t, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey, withoutCluster(t, "dev")))
	up(t, r)
	for _, res := range r.Cloud().Resources() {
		require.NotContains(t, res.Type, "kubernetes:", "%s %s", res.Type, res.ID)
		require.NotContains(t, res.Type, "aws:eks/", "%s %s", res.Type, res.ID)
		require.Empty(t, res.Owner, "%s %s is left of what controllers made", res.Type, res.ID)
	}
	up(t, r, rehearsal.ExpectNoChanges())
}

// A new version of Kubernetes is the cluster's alone, and comes one minor at a time.
func TestAnUpgradeOfTheClusterTouchesNoService(t *testing.T) {
	for compute, want := range map[string][]string{
		"Auto":      {"update cluster-cluster"},
		"Karpenter": {"update cluster-cluster", "update cluster-nodes-system"},
	} {
		t.Run(compute, func(t *testing.T) {
			opts := prerequisites.Options("..", "dev")
			opts.Config = map[string]any{stacks.ConfigKey + ".cluster.version": "1.34", stacks.ConfigKey + ".cluster.compute": compute}
			r := open(t, opts)
			up(t, r)
			require.NoError(t, r.SetConfig(stacks.ConfigKey+".cluster.version", "1.36"))
			_, err := r.Preview(t.Context())
			require.ErrorContains(t, err, "skips 1.35")
			require.NoError(t, r.SetConfig(stacks.ConfigKey+".cluster.version", "1.35"))
			require.Equal(t, want, changed(t, r, "cluster"))
		})
	}
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

// edges are what a service's network policy lets through, in one direction: the names of
// other services, or address blocks, each with the port.
func edges(t *testing.T, g *harness.Graph, service, direction, peers string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, r := range g.OfType("kubernetes:networking.k8s.io/v1:NetworkPolicy") {
		if r.Name != service+"-policy" {
			continue
		}
		rules, _ := r.Value("spec").(map[string]any)[direction].([]any)
		for _, rule := range rules {
			rule := rule.(map[string]any)
			others, _ := rule[peers].([]any)
			for _, port := range rule["ports"].([]any) {
				for _, other := range others {
					name := other.(map[string]any)["ipBlock"]
					if pods, ok := other.(map[string]any)["podSelector"].(map[string]any); ok {
						name = pods["matchLabels"].(map[string]any)["app.kubernetes.io/name"]
					} else {
						name = name.(map[string]any)["cidr"]
					}
					found[fmt.Sprint(name, ":", port.(map[string]any)["port"])] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEachServiceReachesAndIsReachedByOnlyWhatIsDeclared(t *testing.T) {
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
	balancer := isolated(9898) // no pod is in those subnets
	to := map[string][]string{
		"accounts":        slices.Concat(database, []string{identity}),
		"cart":            slices.Concat(cache, []string{identity, "catalogue:9898"}),
		"catalogue":       slices.Concat(database, cache, []string{identity, "0.0.0.0/0:443"}),
		"checkout":        slices.Concat(database, []string{identity, "0.0.0.0/0:443", "accounts:9898", "cart:9898"}),
		"recommendations": slices.Concat(cache, []string{identity, "0.0.0.0/0:443", "catalogue:9898"}),
	}
	from := map[string][]string{
		"accounts":        slices.Concat(balancer, []string{"checkout:9898"}),
		"cart":            slices.Concat(balancer, []string{"checkout:9898"}),
		"catalogue":       slices.Concat(balancer, []string{"cart:9898", "recommendations:9898"}),
		"checkout":        balancer,
		"recommendations": {},
	}
	for _, service := range shop {
		require.ElementsMatch(t, to[service], edges(t, g, service, "egress", "to"), service)
		require.ElementsMatch(t, from[service], edges(t, g, service, "ingress", "from"), service)
	}
}

// BenchmarkServices measures what one service more costs the engine.
func BenchmarkServices(b *testing.B) {
	benchmarkMany(b, "service", []int{0, 1, 10, 100, 1000}, manyServices)
}

// benchmarkMany measures what one thing more costs: an environment with some of them, against
// the same without any. The engine is a process of its own; its memory is the largest that
// any run so far has had.
func benchmarkMany(b *testing.B, thing string, numbers []int, many func(*testing.B, int) rehearsal.Options) {
	none := 0.0
	run := func(b *testing.B, n int) (seconds float64) {
		b.Helper()
		ctx := context.Background()
		r, err := rehearsal.New(ctx, many(b, n))
		require.NoError(b, err)
		defer func() { require.NoError(b, r.Close()) }()
		previewed, err := r.Preview(ctx)
		require.NoError(b, err)
		deployed, err := r.Up(ctx)
		require.NoError(b, err)
		return previewed.Seconds + deployed.Seconds
	}
	for _, n := range numbers {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			seconds := 0.0
			for b.Loop() {
				seconds += run(b, n)
			}
			mean := seconds / float64(b.N)
			if n == 0 {
				none = mean
			} else {
				b.ReportMetric(1000*(mean-none)/float64(n), "ms/"+thing)
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
		service := map[string]any{"image": "example.com/service:1", "sends": []string{"orders"}}
		if i < 100 { // as many as a load balancer takes
			service["path"] = fmt.Sprintf("/service-%d", i)
		}
		if i > 0 {
			service["calls"] = []string{fmt.Sprintf("service-%d", i-1)}
		}
		services[fmt.Sprintf("service-%d", i)] = service
	}
	env := stackValues(b, "dev")
	env["services"] = services
	cluster := maps.Clone(env["cluster"].(map[string]any))
	cluster["maxCpus"] = 100 + n/10 // a twentieth of one for each, and more
	env["cluster"] = cluster
	opts.Config = map[string]any{stacks.ConfigKey: env}
	return opts
}
