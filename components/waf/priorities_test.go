package waf_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/waf"
	"github.com/plinth-iac/plinth/tests/harness"
)

var (
	keys  = rapid.StringMatching(`[a-z0-9_-]{1,12}`)
	modes = rapid.SampledFrom([]waf.Mode{waf.Block, waf.Count})
	// pathLists leave a rule on all paths, on some, or out of some.
	pathLists = rapid.SampledFrom([][]string{nil, {"/login"}, {"/api/*", "/"}})
)

// drawn are args with any rules.
func drawn(t *rapid.T) *waf.WebAclArgs {
	addresses := pulumi.ToStringArray([]string{"192.0.2.0/24"})
	a := &waf.WebAclArgs{Scope: waf.Regional, Region: home, Mode: modes.Draw(t, "mode"), MaxCapacity: 5000}
	a.Allow = rapid.MapOfN(keys, rapid.Just(waf.AllowListArgs{Ipv4: addresses}), 0, 5).Draw(t, "allow")
	a.Block = rapid.MapOfN(keys, rapid.Custom(func(t *rapid.T) waf.BlockListArgs {
		return waf.BlockListArgs{Ipv4: addresses, Mode: modes.Draw(t, "mode")}
	}), 0, 5).Draw(t, "block")
	a.RateLimits = rapid.MapOfN(keys, rapid.Custom(func(t *rapid.T) waf.RateLimitArgs {
		return waf.RateLimitArgs{Limit: rapid.IntRange(10, 1000).Draw(t, "limit"), OnlyPaths: pathLists.Draw(t, "only"), Mode: modes.Draw(t, "mode")}
	}), 0, 10).Draw(t, "rateLimits")
	a.Labelled = rapid.MapOfN(keys, rapid.Custom(func(t *rapid.T) waf.LabelledArgs {
		return waf.LabelledArgs{Label: "a:b", ExceptPaths: pathLists.Draw(t, "except"), Mode: modes.Draw(t, "mode")}
	}), 0, 5).Draw(t, "labelled")
	groups := []waf.Group{waf.GroupIpReputation, waf.GroupAnonymousIp, waf.GroupBadInputs, waf.GroupCore, waf.GroupSqlInjection, waf.GroupPosix, waf.GroupPhp}
	a.Groups = rapid.MapOf(rapid.SampledFrom(groups), rapid.Custom(func(t *rapid.T) waf.GroupArgs {
		if rapid.Bool().Draw(t, "off") {
			return waf.GroupArgs{Off: true}
		}
		return waf.GroupArgs{Mode: modes.Draw(t, "mode"), OnlyPaths: pathLists.Draw(t, "only")}
	})).Draw(t, "groups")
	if rapid.Bool().Draw(t, "bots") {
		a.BotControl = &waf.BotControlArgs{Mode: modes.Draw(t, "mode")}
	}
	if rapid.Bool().Draw(t, "geo") {
		a.Geo = &waf.GeoArgs{Except: []string{"KP"}}
	}
	if rapid.Bool().Draw(t, "body") {
		a.Body = &waf.BodyArgs{MaxBytes: 1024}
	}
	return a
}

// registered are the rules by name.
func registered(t *rapid.T, a *waf.WebAclArgs) map[string]map[string]any {
	g, err := harness.Try(harness.Update, program(a, "shop"))
	if err != nil && strings.Contains(err.Error(), "has the same priority as") {
		t.Skip("two keys with one hash, which is refused")
	}
	require.NoError(t, err)
	acl, found := g.Find("shop-acl")
	require.True(t, found)
	rules := map[string]map[string]any{}
	for _, r := range acl.Value("rules").([]any) {
		rule := r.(map[string]any)
		require.NotContains(t, rules, rule["name"])
		rules[rule["name"].(string)] = rule
	}
	return rules
}

// Whatever rules there are: no two have a priority in common, the kinds come in the order
// that is promised, and a rule has either an action or, if it is a group, an override.
func TestRulesAreInOrderAndOfOneKind(t *testing.T) {
	order := []string{"allow-", "block-", "geo", "rate-", "body", "AWSManagedRules", "AWSManagedRulesBotControlRuleSet", "labelled-"}
	rapid.Check(t, func(t *rapid.T) {
		holders := map[float64]string{}
		for name, r := range registered(t, drawn(t)) {
			priority := r["priority"].(float64)
			require.NotContains(t, holders, priority)
			holders[priority] = name
			_, group := r["statement"].(map[string]any)["managedRuleGroupStatement"]
			require.Equal(t, group, r["overrideAction"] != nil, name)
			require.Equal(t, group, r["action"] == nil, name)
		}
		at := 0
		for _, priority := range slices.Sorted(maps.Keys(holders)) {
			kind := 0
			for i, prefix := range order {
				if strings.HasPrefix(holders[priority], prefix) {
					kind = i
				}
			}
			require.GreaterOrEqual(t, kind, at, holders[priority])
			at = kind
		}
	})
}

// A rule that comes or goes leaves all others as they are.
func TestARuleMoreOrLessChangesNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawn(t)
		before := registered(t, a)
		var gone string
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0 && len(a.RateLimits) > 0:
			key := rapid.SampledFrom(slices.Sorted(maps.Keys(a.RateLimits))).Draw(t, "key")
			delete(a.RateLimits, key)
			gone = "rate-" + key
		case kind == 1 && len(a.Block) > 0:
			key := rapid.SampledFrom(slices.Sorted(maps.Keys(a.Block))).Draw(t, "key")
			delete(a.Block, key)
			gone = "block-" + key
		case kind == 2 && len(a.Labelled) > 0:
			key := rapid.SampledFrom(slices.Sorted(maps.Keys(a.Labelled))).Draw(t, "key")
			delete(a.Labelled, key)
			gone = "labelled-" + key
		default:
			if a.Groups[waf.GroupCore].Off {
				t.Skip("nothing to leave out")
			}
			a.Groups[waf.GroupCore] = waf.GroupArgs{Off: true}
			gone = string(waf.GroupCore)
		}
		require.Contains(t, before, gone)
		delete(before, gone)
		require.Equal(t, before, registered(t, a))
	})
}
