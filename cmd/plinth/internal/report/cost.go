package report

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
)

// leastUSD is the least difference a month that is told of: half a cent.
const leastUSD = 0.005

// costOf is what a stack costs before and after a change, and which resources make the
// difference. A resource of which something has a price on one side only makes none: what
// is not known must not look like a saving. What the stack lets go of is paid for all the same,
// and what it imports was paid for before.
func costOf(c *change.Change, prices *cost.Prices, usage cost.Usage) Cost {
	after, kept := enduring(c)
	told := Cost{Before: cost.Estimate(c.Before, prices, usage), After: cost.Estimate(after, prices, usage)}
	told.Before.NotPriced = renamed(c, told.Before.NotPriced)
	had, has := sharesOf(told.Before), sharesOf(told.After)
	for _, r := range c.Resources {
		was, is := had[r.Old], has[cmp.Or(kept[r.New], r.New)]
		compared := r.Old == nil || r.New == nil || slices.Equal(was.unknown, is.unknown)
		l := CostLine{URN: r.URN, Name: r.Name, Type: r.Type, Before: was.usd, After: is.usd, Stays: stays(r) && was.usd >= leastUSD}
		if l.Stays {
			l.After += was.usd
			told.outside += was.usd
		}
		if r.Op == change.Import && r.Old == nil {
			l.Before = is.usd
			told.outside -= is.usd
		}
		if l.Stays || compared && l.difference() >= leastUSD {
			told.Lines = append(told.Lines, l)
		}
	}
	slices.SortFunc(told.Lines, func(a, b CostLine) int {
		return cmp.Or(cmp.Compare(b.difference(), a.difference()), cmp.Compare(a.URN, b.URN))
	})
	return told
}

// stays says that what there is now is still there when the stack has let go of it.
func stays(r *change.Resource) bool {
	return r.Op == change.Forget || r.Op == change.Replace && r.OldState != nil && r.OldState.RetainOnDelete
}

// enduring is the graph of a stack as it is to be, in which what is changed keeps what AWS has
// decided of it, as far as it is known: without, a default would look like a saving. It says
// which resource is there for which. A new one in place of an old one is taken to be made as
// that was.
func enduring(c *change.Change) (*rule.Graph, map[*rule.Resource]*rule.Resource) {
	kept := map[*rule.Resource]*rule.Resource{}
	for _, r := range c.Resources {
		if r.Old != nil && r.New != nil && len(r.New.Outputs) == 0 {
			same := *r.New
			same.Outputs = keeps(r)
			kept[r.New] = &same
		}
	}
	all := slices.Clone(c.After.All())
	for i, r := range all {
		all[i] = cmp.Or(kept[r], r)
	}
	return rule.NewGraph(all), kept
}

// anew are outputs that no two resources have in common.
var anew = []string{"arn", "dnsName", "id", "publicIp"}

// keeps are the outputs that a resource keeps. What becomes of an input that the program does
// not set any more is for AWS to decide: some go back to a default, and others do not.
func keeps(r *change.Resource) rule.Fields {
	outputs := maps.Clone(r.Old.Outputs)
	for key := range outputs {
		_, set := r.New.Inputs[key]
		changes := slices.ContainsFunc(r.Properties, func(p diff.Property) bool { return diff.Covers(key, p.Path) })
		switch {
		case r.Op == change.Replace && slices.Contains(anew, key), changes && set:
			delete(outputs, key)
		case changes:
			outputs[key] = rule.Of(rule.Computed{})
		}
	}
	return outputs
}

// renamed are the groups with the resources as they are called after a change.
func renamed(c *change.Change, groups []cost.Group) []cost.Group {
	names := map[*rule.Resource]*change.Resource{}
	for _, r := range c.Resources {
		if r.Old != nil && r.Old.URN != r.URN {
			names[r.Old] = r
		}
	}
	for i, g := range groups {
		for at, old := range g.Resources {
			if r := names[old]; r != nil {
				same := *old
				same.URN, same.Name = r.URN, r.Name
				groups[i].Resources[at] = &same
			}
		}
	}
	return groups
}

// more is by how much more has to be paid, in the stack and for what it lets go of. If something
// has a price on one side only, the sums do not tell that, but what has one on both sides does:
// it is partial then.
func (c Cost) more() (usd float64, partial bool) {
	if maps.Equal(gapsOf(c.Before), gapsOf(c.After)) {
		return c.After.USD() - c.Before.USD() + c.outside, false
	}
	for _, l := range c.Lines {
		usd += l.After - l.Before
	}
	return usd, true
}

// gap is something of a resource that has no price, or is a guess.
type gap struct{ urn, kind, why string }

func gapsOf(b cost.Bill) map[gap]bool {
	gaps := map[gap]bool{}
	for _, g := range b.NotPriced {
		for _, r := range g.Resources {
			gaps[gap{r.URN, g.Type, g.Why}] = true
		}
	}
	for _, l := range b.Lines {
		if l.Guessed {
			gaps[gap{l.Resource.URN, l.Resource.Type, guessed}] = true
		}
	}
	return gaps
}

// staying says why something is still paid for that the stack has no longer.
func (l CostLine) staying() string {
	if l.Stays {
		return " (stays, and is paid for outside the stack)"
	}
	return ""
}

func (l CostLine) difference() float64 { return math.Abs(l.After - l.Before) }

// guessed is why what a resource costs is not compared with what it costs on the other side.
const guessed = "the number of its subnets is not known yet"

// share is what a bill says of one resource: what it costs, and why that is not all, or a guess.
type share struct {
	usd     float64
	unknown []string
}

func sharesOf(b cost.Bill) map[*rule.Resource]share {
	shares := map[*rule.Resource]share{}
	for _, l := range b.Lines {
		s := shares[l.Resource]
		s.usd += l.USD()
		if l.Guessed && !slices.Contains(s.unknown, guessed) {
			s.unknown = append(s.unknown, guessed)
		}
		shares[l.Resource] = s
	}
	for _, g := range b.NotPriced {
		for _, r := range g.Resources {
			s := shares[r]
			s.unknown = append(s.unknown, g.Why)
			shares[r] = s
		}
	}
	return shares
}
