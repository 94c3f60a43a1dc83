package danger

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
)

var tokens = regexp.MustCompile(`"((?:aws|kubernetes):[\w.-]+/[\w.-]+:\w+)"`)

func TestWhatKeepsDataForADrillIsALossHere(t *testing.T) {
	source, err := os.ReadFile("../../../../policies/resilience/types.go")
	require.NoError(t, err)
	n := 0
	for _, match := range tokens.FindAllSubmatch(source, -1) {
		if token := string(match[1]); resilience.KeepsData(&rule.Resource{Type: token}) {
			n++
			dangers := found(deleted(token, has{}))
			require.Len(t, dangers, 1, token)
			require.Equal(t, Loss, dangers[0].Kind, token)
		}
	}
	require.Greater(t, n, 15)
}

func TestTheTablesAreWhole(t *testing.T) {
	for _, table := range []map[string][]missed{stores, services} {
		for token, rows := range table {
			require.Equal(t, rule.Canonical(token), token)
			for i, m := range rows {
				require.NotEmpty(t, m.with, token)
				require.Contains(t, []Kind{Loss, Outage, Guard}, m.kind, token)
				for _, g := range append(slices.Clone(m.keeps), m.stops...) {
					require.True(t, g.when.holds == nil || len(g.on()) > 0, "%s: nobody sees that %s is taken off", token, g.says)
				}
				require.True(t, m.when.holds != nil || i == len(rows)-1, "%s: what follows is never read", token)
			}
		}
	}
	for _, token := range known() {
		require.Equal(t, rule.Canonical(token), token)
		for _, each := range updatesOf(token).changes {
			require.NotEmpty(t, each.does, token)
			require.NotEmpty(t, each.on, token)
		}
	}
	for token, rows := range stores {
		require.False(t, rows[len(rows)-1].when.holds == nil && len(services[token]) > 0, "%s: what services says of it is never read", token)
	}
}

// known are the types that the tables know, and one that they do not.
func known() []string {
	all := append(slices.Collect(maps.Keys(stores)), slices.Collect(maps.Keys(services))...)
	all = append(all, slices.Collect(maps.Keys(restarts))...)
	for _, table := range []map[string][]interruption{stopped, retention, rollouts} {
		all = append(all, slices.Collect(maps.Keys(table))...)
	}
	return slices.Compact(slices.Sorted(slices.Values(append(all, "shop:index:Web"))))
}

// anything draws values such as properties have, known or not.
func anything(t *rapid.T, depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rule.Computed{}
	case 1:
		return rapid.Bool().Draw(t, "flag")
	case 2:
		return rapid.IntRange(0, 40).Draw(t, "number")
	case 3:
		return rapid.SampledFrom([]string{"", "16.3", "17", "standard", "25%", "Recreate", "x"}).Draw(t, "text")
	case 4:
		return rule.Secret{Of: "hidden"}
	case 5:
		return []any{anything(t, depth-1)}
	}
	return properties(t, depth-1)
}

func properties(t *rapid.T, depth int) has {
	names := []string{
		"engine", "engineVersion", "instanceClass", "multiAz", "applyImmediately", "maintenanceWindow", "backupRetentionPeriod", "retentionInDays", "deletionWindowInDays",
		"finalSnapshotIdentifier", "deletionProtection", "spec", "template", "replicas", "strategy", "type", "rollingUpdate", "maxUnavailable", "version", "launchTemplate", "instanceRefresh",
	}
	fields := has{}
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		fields[rapid.SampledFrom(names).Draw(t, "field")] = anything(t, depth)
	}
	return fields
}

func TestAnyChangeIsToldInOneOrderAndWithoutSecrets(t *testing.T) {
	types := known()
	rapid.Check(t, func(t *rapid.T) {
		var resources []*change.Resource
		for i := range rapid.IntRange(0, 6).Draw(t, "resources") {
			token, name := rapid.SampledFrom(types).Draw(t, "type"), fmt.Sprint("r", i)
			r := step(rapid.SampledFrom([]change.Op{change.Create, change.Delete, change.Replace, change.Update, change.Same}).Draw(t, "op"), one(token, name, properties(t, 3)), one(token, name, properties(t, 3)))
			r.Old.Protect, r.DeleteFirst = rapid.Bool().Draw(t, "protect"), rapid.Bool().Draw(t, "first")
			switch r.Op {
			case change.Create:
				r.Old = nil
			case change.Delete:
				r.New = nil
			}
			resources = append(resources, r)
		}
		dangers := found(resources...)
		require.NotContains(t, fmt.Sprintf("%+v", texts(dangers)), "hidden")
		slices.Reverse(resources)
		require.Equal(t, texts(dangers), texts(found(resources...)))
		for _, d := range dangers {
			require.True(t, d.Resource.Op != change.Same || d.Kind == Guard)
			require.LessOrEqual(t, d.Low, d.Usual)
			require.LessOrEqual(t, d.Usual, d.High)
			if d.Resource.Op == change.Delete && d.Resource.Old.Protect {
				require.Contains(t, d.Stops, "Pulumi, which has it protected (protect)")
			}
		}
	})
}

// texts are dangers without the pointers in them.
func texts(dangers []Danger) []string {
	var all []string
	for _, d := range dangers {
		urn := d.Resource.URN
		d.Resource = nil
		all = append(all, fmt.Sprintf("%s %+v", urn, d))
	}
	return all
}

func TestWhatStaysAsItIsIsNoDanger(t *testing.T) {
	types := known()
	rapid.Check(t, func(t *rapid.T) {
		token, fields := rapid.SampledFrom(types).Draw(t, "type"), properties(t, 3)
		require.Empty(t, found(changing(token, fields, fields)))
		v := rule.Of(anything(t, 3))
		require.Equal(t, same, compare(v, v))
		w := rule.Of(anything(t, 3))
		require.Equal(t, compare(v, w), compare(w, v))
	})
}
