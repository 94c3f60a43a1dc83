package report

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/policies/rule"
)

const diskType, hostType = "aws:ebs/volume:Volume", "aws:rds/instance:Instance"

// paid is a resource in us-east-1 as one side of a change has it.
func paid(typ, name string, inputs map[string]any) *rule.Resource {
	return &rule.Resource{
		URN: "urn:pulumi:prod::shop::" + typ + "::" + name, Type: typ, Name: name,
		Inputs: rule.FieldsOf(inputs), Provider: rule.FieldsOf(map[string]any{"region": "us-east-1"}),
	}
}

func disk(name string, gb float64) *rule.Resource {
	return paid(diskType, name, map[string]any{"type": "gp3", "size": gb})
}

func host(class any) *rule.Resource {
	return paid(hostType, "host", map[string]any{"engine": "postgres", "engineVersion": "17", "instanceClass": class, "storageType": "gp3", "allocatedStorage": 20.0})
}

// sides are a resource before and after, nil where it is not.
type sides struct{ old, new *rule.Resource }

// changing is the change of some resources.
func changing(all []sides) *change.Change {
	c := &change.Change{Stack: "prod"}
	var before, after []*rule.Resource
	for _, s := range all {
		r := &change.Resource{Old: s.old, New: s.new, Custom: true}
		if s.old != nil {
			r.URN, r.Type, r.Name = s.old.URN, s.old.Type, s.old.Name
			before = append(before, s.old)
		}
		if s.new != nil {
			r.URN, r.Type, r.Name = s.new.URN, s.new.Type, s.new.Name
			after = append(after, s.new)
		}
		c.Resources = append(c.Resources, r)
	}
	c.Before, c.After = rule.NewGraph(before), rule.NewGraph(after)
	return c
}

// committed are the prices and assumptions that come with the command.
func committed(t require.TestingT) (*cost.Prices, cost.Usage) {
	prices, err := cost.CommittedPrices()
	require.NoError(t, err)
	usage, err := cost.CommittedUsage()
	require.NoError(t, err)
	return prices, usage
}

func TestWhatAChangeCosts(t *testing.T) {
	prices, usage := committed(t)
	gb, known := prices.Of("us-east-1", "ebs/gp3")
	require.True(t, known)
	small, large := cost.Estimate(rule.NewGraph([]*rule.Resource{host("db.t4g.small")}), prices, usage).USD(),
		cost.Estimate(rule.NewGraph([]*rule.Resource{host("db.t4g.large")}), prices, usage).USD()
	require.Less(t, small, large)
	renamed := disk("old", 10)
	renamed.URN = "urn:pulumi:prod::shop::" + diskType + "::older"
	line := func(name string, before, after float64) CostLine {
		return CostLine{URN: "urn:pulumi:prod::shop::" + diskType + "::" + name, Name: name, Type: diskType, Before: before * gb.USD, After: after * gb.USD}
	}
	for name, test := range map[string]struct {
		change []sides
		lines  []CostLine
	}{
		"nothing": {change: []sides{{disk("a", 10), disk("a", 10)}}},
		"what is made, made larger and deleted, the most first": {
			change: []sides{{disk("a", 10), disk("a", 10)}, {disk("b", 10), nil}, {disk("c", 10), disk("c", 15)}, {nil, disk("d", 20)}},
			lines:  []CostLine{line("d", 0, 20), line("b", 10, 0), line("c", 10, 15)},
		},
		"as much": {
			change: []sides{{disk("b", 20), nil}, {nil, disk("a", 20)}},
			lines:  []CostLine{line("a", 0, 20), line("b", 20, 0)},
		},
		"less than half a cent": {change: []sides{{disk("a", 10), disk("a", 10.06)}}},
		"another name": {
			change: []sides{{renamed, disk("old", 30)}},
			lines:  []CostLine{line("old", 10, 30)},
		},
		"another class": {
			change: []sides{{host("db.t4g.small"), host("db.t4g.large")}},
			lines:  []CostLine{{URN: host("").URN, Name: "host", Type: hostType, Before: small, After: large}},
		},
		"a class without a price":   {change: []sides{{host("db.t4g.small"), host("db.x9g.huge")}}},
		"one that is not known yet": {change: []sides{{host("db.t4g.small"), host(rule.Computed{})}}},
		"one that had no price":     {change: []sides{{host("db.x9g.huge"), host("db.t4g.small")}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := changing(test.change)
			told := costOf(c, prices, usage)
			require.Equal(t, len(test.lines), len(told.Lines))
			for i, want := range test.lines {
				got := told.Lines[i]
				require.InDelta(t, want.Before, got.Before, 1e-9)
				require.InDelta(t, want.After, got.After, 1e-9)
				got.Before, got.After = want.Before, want.After
				require.Equal(t, want, got)
			}
			require.Equal(t, cost.Estimate(c.Before, prices, usage), told.Before)
			require.Equal(t, cost.Estimate(c.After, prices, usage), told.After)
		})
	}
}

// The lines make the difference of the sums where all has a price, a change back is the same
// the other way round, and no change has no line.
func TestCostsAreCompared(t *testing.T) {
	prices, usage := committed(t)
	rapid.Check(t, func(t *rapid.T) {
		var there, back, same []sides
		for i := range rapid.IntRange(0, 8).Draw(t, "resources") {
			typ, name := rapid.SampledFrom([]string{diskType, "aws:ec2/natGateway:NatGateway", "aws:iam/role:Role"}).Draw(t, "type"), string(rune('a'+i))
			one := func(side string) *rule.Resource {
				if rapid.IntRange(0, 4).Draw(t, side) == 0 {
					return nil
				}
				return paid(typ, name, map[string]any{
					"size": float64(rapid.IntRange(1, 50).Draw(t, "size")), "type": rapid.SampledFrom([]any{"gp3", "gp2", "gp9", rule.Computed{}}).Draw(t, "kind"),
				})
			}
			s := sides{one("old"), one("new")}
			there, back, same = append(there, s), append(back, sides{s.new, s.old}), append(same, sides{s.old, s.old})
		}
		forth, reverse := costOf(changing(there), prices, usage), costOf(changing(back), prices, usage)
		require.Equal(t, []cost.Bill{forth.Before, forth.After}, []cost.Bill{reverse.After, reverse.Before})
		sum := 0.0
		for i := range forth.Lines {
			sum += forth.Lines[i].After - forth.Lines[i].Before
			require.True(t, i == 0 || forth.Lines[i].difference() <= forth.Lines[i-1].difference())
			l := reverse.Lines[i]
			l.Before, l.After = l.After, l.Before
			require.Equal(t, forth.Lines[i], l)
		}
		require.Len(t, reverse.Lines, len(forth.Lines))
		if len(forth.Before.NotPriced)+len(forth.After.NotPriced) == 0 {
			require.InDelta(t, forth.After.USD()-forth.Before.USD(), sum, leastUSD*float64(len(there))+1e-9)
		}
		require.Empty(t, costOf(changing(same), prices, usage).Lines)
	})
}
