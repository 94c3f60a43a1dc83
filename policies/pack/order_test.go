package pack

import (
	"math/rand/v2"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"

	"github.com/plinth-iac/plinth/policies/rule"
)

// What is in one component is read together, whatever order the engine shows things in.
func TestFindingsComeByComponentAndTheWorstFirst(t *testing.T) {
	graph := func(id string, severity rule.Severity) *rule.Rule {
		return &rule.Rule{ID: id, Severity: severity, Types: []string{token}, CheckGraph: func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Name == "later" {
				return rule.Undecided("on", rule.NotYet)
			}
			return rule.Failed("is off", "set on to true")
		}}
	}
	const stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
	at := func(token, name, parent string) *pulumirpc.AnalyzerResource {
		return &pulumirpc.AnalyzerResource{Type: token, Name: name, Urn: "urn:pulumi:dev::shop::" + token + "::" + name, Parent: parent}
	}
	web := at("shop:web:Service", "web", stack)
	balancer := at("shop:web:Balancer", "balancer", web.Urn)
	data := at("shop:data:Store", "data", stack)
	resources := []*pulumirpc.AnalyzerResource{
		at("pulumi:pulumi:Stack", "shop-dev", ""), web, balancer, data, at(token, "z-alone", stack), at(token, "later", data.Urn),
		at(token, "a-of-balancer", balancer.Urn), at(token, "of-web", web.Urn), at(token, "of-data", data.Urn), at(token, "b-of-balancer", balancer.Urn),
	}
	c := client(t, Options{Rules: []*rule.Rule{graph("bad", rule.Low), graph("also-bad", rule.Low), graph("worst", rule.Critical)}})
	want := []string{
		"z-alone worst", "z-alone also-bad", "z-alone bad", "of-data worst", "of-data also-bad", "of-data bad",
		"of-web worst", "of-web also-bad", "of-web bad", "a-of-balancer worst", "b-of-balancer worst",
		"a-of-balancer also-bad", "b-of-balancer also-bad", "a-of-balancer bad", "b-of-balancer bad", "shop-dev unknown-verdicts",
	}
	for range 10 {
		configure(t, c, true, nil)
		rand.Shuffle(len(resources), func(i, j int) { resources[i], resources[j] = resources[j], resources[i] })
		var got []string
		for _, d := range analyzeStack(t, c, resources...).GetDiagnostics() {
			got = append(got, d.GetUrn()[lastColon(d.GetUrn()):]+" "+d.GetPolicyName())
		}
		assert.Equal(t, want, got)
	}
}

func lastColon(urn string) int {
	i := len(urn)
	for i > 0 && urn[i-1] != ':' {
		i--
	}
	return i
}

func TestParentsThatGoInCirclesEnd(t *testing.T) {
	within := componentsOf([]*rule.Resource{{URN: "a", Name: "a", Parent: "b"}, {URN: "b", Name: "b", Parent: "a"}})
	assert.NotEmpty(t, within("a"))
	assert.Equal(t, within("a"), within("a"))
}
