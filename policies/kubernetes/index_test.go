package kubernetes

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/internal/scheduling"
	"github.com/plinth-iac/plinth/policies/rule"
)

// anyLabels are labels or a selector's pairs, of few keys and values so that they meet.
func anyLabels(t *rapid.T, name string) any {
	if rapid.IntRange(0, 9).Draw(t, name+" unknown") == 0 {
		return later
	}
	labels := in{}
	for _, key := range rapid.SliceOfN(rapid.SampledFrom([]string{"app", "tier", "part"}), 0, 3).Draw(t, name+" keys") {
		labels[key] = rapid.SampledFrom([]any{"a", "b", "c", later}).Draw(t, name+" value")
	}
	return labels
}

// anyHome is the metadata of an object in some namespace, and its edges.
func anyHome(t *rapid.T, name string) (in, to) {
	switch where := rapid.SampledFrom([]string{"shop", "other", "", "made", "made too", "unknown"}).Draw(t, name+" namespace"); where {
	case "made", "made too":
		return in{"namespace": later}, to{"metadata": {where}}
	case "unknown":
		return in{"namespace": later}, to{}
	default:
		return in{"namespace": where}, to{}
	}
}

// What the index finds by the rarest label is what is found when every selector is asked
// about every workload.
func TestTheIndexFindsWhatComparingEverythingFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stack := []r{{Type: namespace, Name: "made", In: in{}}, {Type: namespace, Name: "made too", In: in{"metadata": in{"name": "shop"}}}}
		for i := range rapid.IntRange(0, 6).Draw(t, "workloads") {
			metadata, edges := anyHome(t, "workload")
			stack = append(stack, r{Type: deployment, Name: fmt.Sprint("w", i), Edges: edges, ProviderURN: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "cluster"),
				In: in{"metadata": metadata, "spec": in{"template": in{"metadata": in{"labels": anyLabels(t, "labels")}}}}})
		}
		for i := range rapid.IntRange(0, 6).Draw(t, "budgets") {
			metadata, edges := anyHome(t, "budget")
			stack = append(stack, r{Type: budget, Name: fmt.Sprint("b", i), Edges: edges, ProviderURN: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "cluster"),
				In: in{"metadata": metadata, "spec": in{"selector": in{"matchLabels": anyLabels(t, "pairs")}}}})
		}
		g := rule.NewGraph(ruletest.Resources(stack))
		x := indexOf(g)
		for _, b := range g.Of(budget) {
			var sure []string
			maybe := false
			for _, res := range g.Of(deployment) {
				w := x.workloads[res.URN]
				here, there := x.homeOf(b), w.home
				covered := scheduling.LabelSelector(b.Get("spec.selector")).Covers(w.labels()).Outcome
				drifting := here.namespace == adrift || there.namespace == adrift
				switch {
				case here.cluster != there.cluster, covered == rule.NotApplicable, !drifting && here != there:
				case covered == rule.Pass && !drifting:
					sure = append(sure, res.Name)
					if !slices.Contains(w.budgets.sure, b) {
						t.Errorf("%s does not know that %s selects it", w.Name, b.Name)
					}
				default:
					maybe = true
				}
			}
			found := x.selections[b.URN]
			var got []string
			for _, w := range found.sure {
				got = append(got, w.Name)
			}
			slices.Sort(got)
			if !slices.Equal(got, sure) || (found.unsure.Outcome == rule.Unknown) != maybe {
				t.Errorf("%s selects %v, and more: %v; want %v, and more: %v", b.Name, got, found.unsure, sure, maybe)
			}
		}
	})
}

// odd are values that nobody expects where they are put.
var odd = []any{nil, later, true, -1, "%", list{nil, later}, in{"": nil}, rule.Secret{Of: later}}

// Every value of every case is replaced by every odd one, in a whole object and in a patch.
func TestNoRulePanicsWhateverIsInAnObject(t *testing.T) {
	for _, c := range slices.Concat(replicaCases, spreadCases, volumeCases, podCases, rolloutCases, securityCases, ingressCases) {
		for i, one := range c.Stack {
			for _, changed := range replaced(one.In) {
				stack := slices.Clone(c.Stack)
				stack[i].In = changed.(in)
				judgeAll(t, c.Name, stack)
				stack[i].Type = rule.Canonical(stack[i].Type) + "Patch"
				judgeAll(t, c.Name, stack)
			}
			stack := slices.Clone(c.Stack)
			stack[i].In, stack[i].Out = nil, one.In // only read
			judgeAll(t, c.Name, stack)
		}
	}
}

func judgeAll(t *testing.T, name string, stack []r) {
	t.Helper()
	g := rule.NewGraph(ruletest.Resources(stack))
	for _, p := range Rules() {
		for _, res := range g.Of(p.Types...) {
			f, err := rule.Run(p, g, res, p.Defaults(rule.Production))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if f.Outcome == rule.Fail && (f.Problem == "" || f.Fix == "") || f.Outcome == rule.Unknown && (f.Property == "" || f.Why == "") {
				t.Fatalf("%s: %s says nothing: %+v of %v", name, p.ID, f.Verdict, stack)
			}
		}
	}
}

// replaced are copies of a value in each of which one value, at any depth, is an odd one.
func replaced(v any) []any {
	var all []any
	switch v := v.(type) {
	case in:
		for key, field := range v {
			for _, changed := range append(replaced(field), odd...) {
				all = append(all, with(v, in{key: changed}))
			}
		}
	case list:
		for i, item := range v {
			for _, changed := range append(replaced(item), odd...) {
				items := slices.Clone(v)
				items[i] = changed
				all = append(all, items)
			}
		}
	}
	return all
}
