package ruletest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	thing  = "aws:test/thing:Thing"
	holder = "aws:test/holder:Holder"
)

// brokenBy is the laws that a rule breaks in some cases.
func brokenBy(t *testing.T, check func(*rule.Graph, *rule.Resource) rule.Verdict, cases ...Case) []string {
	t.Helper()
	r := &rule.Rule{ID: "seeded", Types: []string{thing}, CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict { return check(g, r) }}
	broken, words := map[string]bool{}, learn(cases)
	for _, c := range cases {
		b := newBench(r, c, newCoverage(r, cases, words))
		b.broken = func(law, _, _ string) { broken[law] = true }
		b.expect(t)
		for _, law := range laws {
			law(b)
		}
	}
	return slices.Sorted(maps.Keys(broken))
}

func stackOf(want rule.Outcome, inputs map[string]any, others ...R) Case {
	return Case{Rule: "seeded", Want: want, Stack: append([]R{{Type: thing, Name: "it", In: inputs}}, others...)}
}

type in = map[string]any

var (
	failed = rule.Failed("is wrong", "set it right")
	isOn   = rule.Is("on")
)

// A rule that holds to all laws, about a value, a list and another resource.
func TestASoundRuleBreaksNoLaw(t *testing.T) {
	sound := func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		held, unsure := g.Target(r, holder, "holder")
		by := rule.FailedUnless(unsure, "has no holder", "set holder")
		if held != nil {
			by = rule.Passed()
		}
		return rule.All(by, r.Get("mode").Want(isOn, "mode is "+r.Get("mode").String(), "set mode"),
			rule.FailedUnless(r.Get("list").Each(func(v rule.Value) rule.Verdict { return v.Want(isOn, "has "+v.String(), "set it") }), "list", "set list"))
	}
	good := stackOf(rule.Pass, in{"mode": "on", "list": []any{"on"}, "holder": ID}, R{Type: holder, Name: "h"})
	good.Stack[0].Edges = map[string][]string{"holder": {"h"}}
	byId := stackOf(rule.Pass, in{"mode": "on", "list": []string{"on"}, "holder": "h-1"}, R{Type: holder, Name: "h", Out: in{"id": "h-1"}})
	assert.Empty(t, brokenBy(t, sound, good, byId, stackOf(rule.Fail, in{"mode": "off", "list": []any{"on", "off"}}),
		stackOf(rule.Unknown, in{"mode": "on", "list": []any{"on"}, "holder": "h-2"})))
}

func TestEachLawFindsTheRuleThatBreaksIt(t *testing.T) {
	on, off := stackOf(rule.Pass, in{"mode": "on"}), stackOf(rule.Fail, in{"mode": "off"})
	held := stackOf(rule.Pass, in{"holder": "h-1"}, R{Type: holder, Name: "h", Out: in{"id": "h-1"}})
	listed := stackOf(rule.Pass, in{"list": []any{"on"}})
	edged := stackOf(rule.Fail, in{"mode": "off"}, R{Type: holder, Name: "a"}, R{Type: holder, Name: "b"})
	edged.Stack[0].Edges = map[string][]string{"holder": {"a", "b"}}
	for law, c := range map[string]struct {
		check func(*rule.Graph, *rule.Resource) rule.Verdict
		cases []Case
	}{
		"unknown": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
			if rule.Is("off")(r.Get("mode")) {
				return failed
			}
			return rule.Passed()
		}, []Case{stackOf(rule.Pass, in{"mode": "on"}), off}},
		"first preview": {func(g *rule.Graph, r *rule.Resource) rule.Verdict {
			if id, _ := r.Get("holder").Text(); id != "" {
				return rule.Passed()
			}
			return failed
		}, []Case{held}},
		"null": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
			if r.Get("mode").IsNull() {
				return rule.Passed()
			}
			return r.Get("mode").Want(isOn, "is wrong", "set it right")
		}, []Case{on, off}},
		"wrong type": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
			return r.Get("mode").Want(func(v rule.Value) bool { return !v.IsAbsent() }, "is wrong", "set it right")
		}, []Case{on}},
		"secret": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
			text, _ := r.Get("mode").Text()
			return r.Get("mode").Want(isOn, "is of "+strings.TrimPrefix(text, "o"), "set it right")
		}, []Case{on, off}},
		"order": {func(g *rule.Graph, r *rule.Resource) rule.Verdict {
			verdict := r.Get("mode").Want(isOn, "is wrong", "set it right")
			if to := r.Edges["holder"]; len(to) > 0 && verdict.Outcome == rule.Fail {
				verdict.Fix += " as " + to[0]
			}
			return verdict
		}, []Case{on, edged}},
		"outputs": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
			return r.Inputs["mode"].Want(isOn, "is wrong", "set it right")
		}, []Case{on, off}},
		"no panic": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
			if list := r.Get("list"); list.IsUnknown() {
				return rule.NotKnown(list)
			}
			return r.Get("list").Items()[0].Want(isOn, "is wrong", "set it right")
		}, []Case{listed}},
		"words": {func(_ *rule.Graph, r *rule.Resource) rule.Verdict { return r.Get("mode").Holds(isOn) }, []Case{on}},
	} {
		assert.Contains(t, brokenBy(t, c.check, c.cases...), law)
	}
}

// A rule about secrets says another thing of what is marked. Its cases show it to be one.
func TestRulesAboutSecretsMayGoByTheMark(t *testing.T) {
	plain := func(_ *rule.Graph, r *rule.Resource) rule.Verdict {
		if r.Get("text").HasSecret() {
			return failed
		}
		return rule.Passed()
	}
	unmarked := stackOf(rule.Pass, in{"text": "a"})
	assert.Equal(t, []string{"secret"}, brokenBy(t, plain, unmarked))
	assert.Empty(t, brokenBy(t, plain, unmarked, stackOf(rule.Fail, in{"text": rule.Secret{Of: "a"}})))
}

func TestPutChangesACopy(t *testing.T) {
	whole := in{"list": []any{in{"key": "a"}, "b"}}
	at := spot{"list", 0, "key"}
	assert.Equal(t, "list[0].key", at.String())
	assert.Equal(t, "list[].key", at.pattern())
	assert.Equal(t, in{"list": []any{in{"key": "c"}, "b"}}, put(whole, at, "c"))
	assert.Equal(t, in{"list": []any{in{}, "b"}}, put(whole, at, gone{}))
	assert.Equal(t, in{"list": []any{"b"}}, put(whole, spot{"list", 0}, gone{}))
	assert.Equal(t, in{"list": []any{in{"key": "a"}, "b"}}, whole)
}
