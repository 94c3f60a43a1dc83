package workload_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestOnlyDeclaredEdgesAreOpen(t *testing.T) {
	own := func(name string) map[string]any {
		return map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": name}}}
	}
	in := func(namespace, name string) map[string]any {
		peer := own(name)
		peer["namespaceSelector"] = map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": namespace}}
		return peer
	}
	block := func(cidr string) map[string]any { return map[string]any{"ipBlock": map[string]any{"cidr": cidr}} }
	tcp := func(ports ...float64) []any {
		list := []any{}
		for _, port := range ports {
			list = append(list, map[string]any{"port": port, "protocol": "TCP"})
		}
		return list
	}
	dns := map[string]any{"ports": []any{map[string]any{"port": 53.0, "protocol": "UDP"}, map[string]any{"port": 53.0, "protocol": "TCP"}}}
	for name, test := range map[string]struct {
		args            *workload.ServiceArgs
		ingress, egress []any
	}{
		"smallest": {smallestService(), []any{}, []any{dns}},
		"full": {fullService(), []any{
			map[string]any{"from": []any{own("checkout"), in("monitoring", "prometheus")}, "ports": tcp(9090)},
			map[string]any{"from": []any{block("10.0.32.0/24"), block("10.0.33.0/24")}, "ports": tcp(9090, 9091)},
		}, []any{
			dns,
			map[string]any{"to": []any{block("169.254.170.23/32")}, "ports": tcp(80)},
			map[string]any{"to": []any{own("catalogue")}, "ports": tcp(8080)},
			map[string]any{"to": []any{in("mail", "sender")}, "ports": tcp(9000)},
			map[string]any{"to": []any{block("10.0.0.0/24"), block("10.0.1.0/24")}, "ports": tcp(5432)},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := harness.Run(t, harness.Update, newService("cart", test.args)).Named(t, "cart-policy")
			require.Equal(t, []any{"Ingress", "Egress"}, r.Value("spec.policyTypes"))
			require.Equal(t, test.ingress, r.Value("spec.ingress"))
			require.Equal(t, test.egress, r.Value("spec.egress"))
		})
	}
}

func TestTheWholeInternetIsWithoutTheNodesOwnServices(t *testing.T) {
	args := smallestService()
	args.Egress = map[string]workload.EgressArgs{"aws": {Cidrs: pulumi.ToStringArray([]string{"0.0.0.0/0", "::/0"}), Port: 443}}
	r := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-policy")
	require.Equal(t, []any{"169.254.0.0/16"}, r.Value("spec.egress[1].to[0].ipBlock.except"))
	require.Equal(t, []any{"fd00:ec2::/32"}, r.Value("spec.egress[1].to[1].ipBlock.except"))
}

// Whatever is accepted lets nodes be emptied, and lets through nothing that nobody wrote
// down.
func TestEveryAcceptedServiceCanBeEvictedAndIsClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := anyService(t)
		g, err := harness.Try(harness.Update, newService("cart", args))
		if err != nil {
			require.Empty(t, g.Resources, err)
			return
		}
		named := func(name string) harness.Resource {
			r, ok := g.Find(name)
			require.True(t, ok, name)
			return r
		}
		deployment, policy := named("cart-deployment"), named("cart-policy")
		pods, scaled := int(deployment.Value("spec.replicas").(float64)), args.Scaling != nil
		if scaled {
			require.EqualValues(t, pods, named("cart-scaling").Value("spec.minReplicas"))
		}
		require.Equal(t, scaled, slices.Contains(deployment.IgnoreChanges, "spec.replicas"))
		if budget, ok := g.Find("cart-budget"); ok {
			percent, err := strconv.Atoi(strings.TrimSuffix(budget.Value("spec.maxUnavailable").(string), "%"))
			require.NoError(t, err)
			require.GreaterOrEqual(t, math.Ceil(float64(pods*percent)/100), 1.0, "Kubernetes rounds up")
			require.Nil(t, budget.Value("spec.minAvailable"))
		} else {
			require.Equal(t, 1, pods)
		}
		for _, rule := range policy.Value("spec.ingress").([]any) {
			require.NotEmpty(t, rule.(map[string]any)["from"])
			require.NotEmpty(t, rule.(map[string]any)["ports"])
		}
		for i, rule := range policy.Value("spec.egress").([]any) {
			if i == 0 { // names
				continue
			}
			require.NotEmpty(t, rule.(map[string]any)["to"])
			require.NotEmpty(t, rule.(map[string]any)["ports"])
			require.NotContains(t, fmt.Sprint(rule), "169.254.169.254")
		}
	})
}

func anyService(t *rapid.T) *workload.ServiceArgs {
	args := smallestService()
	args.Replicas = rapid.IntRange(-1, 30).Draw(t, "replicas")
	if rapid.Bool().Draw(t, "scales") {
		args.Scaling = &workload.ScalingArgs{
			Min: rapid.IntRange(-1, 20).Draw(t, "min"), Max: rapid.IntRange(0, 200).Draw(t, "max"), MemoryPercent: rapid.IntRange(0, 110).Draw(t, "memory"),
		}
		args.Replicas = rapid.SampledFrom([]int{0, 0, 0, 2}).Draw(t, "both")
	}
	args.Port = rapid.SampledFrom([]int{0, 80, 8080, 70000}).Draw(t, "port")
	args.Callers = rapid.SliceOfN(rapid.SampledFrom([]string{"checkout", "accounts", "web/front", "Bad"}), 0, 3).Draw(t, "callers")
	args.Calls = map[string]workload.CallArgs{}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"catalogue", "mail/sender"}), 0, 2).Draw(t, "calls") {
		args.Calls[name] = workload.CallArgs{Port: rapid.IntRange(0, 9000).Draw(t, "call")}
	}
	args.Egress = map[string]workload.EgressArgs{}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"database", "cache"}), 0, 2).Draw(t, "egress") {
		cidrs := rapid.SliceOfN(rapid.SampledFrom([]string{"10.0.0.0/24", "0.0.0.0/0", "169.254.169.254/32", "db.example.com"}), 0, 2).Draw(t, "cidrs")
		args.Egress[name] = workload.EgressArgs{Cidrs: pulumi.ToStringArray(cidrs), Port: 5432}
	}
	if rapid.Bool().Draw(t, "statements") {
		args.ClusterName, args.Region, args.AccountId = pulumi.String("main"), "eu-central-1", "111122223333"
		args.Statements = []iampolicy.Statement{{Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{pulumi.String("*")}}}
	}
	return args
}
