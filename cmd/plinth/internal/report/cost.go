package report

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/policies/rule"
)

// leastUSD is the least difference a month that is told of: half a cent.
const leastUSD = 0.005

// costOf is what a stack costs before and after a change, and which resources make the
// difference. A resource of which something has a price on one side only makes none: what
// is not known must not look like a saving.
func costOf(c *change.Change, prices *cost.Prices, usage cost.Usage) Cost {
	told := Cost{Before: cost.Estimate(c.Before, prices, usage), After: cost.Estimate(c.After, prices, usage)}
	before, after := sharesOf(told.Before), sharesOf(told.After)
	for _, r := range c.Resources {
		was, is := before[r.Old], after[r.New]
		l := CostLine{URN: r.URN, Name: r.Name, Type: r.Type, Before: was.usd, After: is.usd}
		compared := r.Old == nil || r.New == nil || slices.Equal(was.notPriced, is.notPriced)
		if compared && l.difference() >= leastUSD {
			told.Lines = append(told.Lines, l)
		}
	}
	slices.SortFunc(told.Lines, func(a, b CostLine) int {
		return cmp.Or(cmp.Compare(b.difference(), a.difference()), cmp.Compare(a.URN, b.URN))
	})
	return told
}

// more is by how much a stack costs more. If something has a price on one side only, the sums
// do not tell that, but what has one on both sides does: it is partial then.
func (c Cost) more() (usd float64, partial bool) {
	if maps.Equal(gapsOf(c.Before), gapsOf(c.After)) {
		return c.After.USD() - c.Before.USD(), false
	}
	for _, l := range c.Lines {
		usd += l.After - l.Before
	}
	return usd, true
}

// gap is something of a resource that has no price.
type gap struct{ urn, kind, why string }

func gapsOf(b cost.Bill) map[gap]bool {
	gaps := map[gap]bool{}
	for _, g := range b.NotPriced {
		for _, r := range g.Resources {
			gaps[gap{r.URN, g.Type, g.Why}] = true
		}
	}
	return gaps
}

func (l CostLine) difference() float64 { return math.Abs(l.After - l.Before) }

// share is what a bill says of one resource: what it costs, and why something of it has no
// price.
type share struct {
	usd       float64
	notPriced []string
}

func sharesOf(b cost.Bill) map[*rule.Resource]share {
	shares := map[*rule.Resource]share{}
	for _, l := range b.Lines {
		s := shares[l.Resource]
		s.usd += l.USD()
		shares[l.Resource] = s
	}
	for _, g := range b.NotPriced {
		for _, r := range g.Resources {
			s := shares[r]
			s.notPriced = append(s.notPriced, g.Why)
			shares[r] = s
		}
	}
	return shares
}
