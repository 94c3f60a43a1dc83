package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/policies/resilience"
)

// costs are the longest time that any of some effects is away, and the greatest loss of
// data, each with the effect that it is of.
type costs struct {
	away, data *resilience.Effect
	// lost is set if any of them is lost, be it for no time.
	lost bool
}

func (c *costs) add(e *resilience.Effect) {
	c.lost = c.lost || e.State == resilience.Lost
	if c.away == nil || e.Recovery.Rto > c.away.Recovery.Rto {
		c.away = e
	}
	if c.data == nil || e.Recovery.Rpo > c.data.Recovery.Rpo {
		c.data = e
	}
}

// worst is what a loss costs at worst.
type worst struct {
	// data is of what keeps some, and rest of everything else; of what comes back.
	data, rest costs
	// stuck is what keeps data and does not come back before the domain does, and waiting is
	// everything else that does not.
	stuck, waiting []resilience.Effect
}

func worstOf(loss resilience.Loss) worst {
	var w worst
	for i := range loss.Effects {
		switch e := &loss.Effects[i]; {
		case e.Recovery == nil:
		case e.Recovery.Rto == resilience.Never && resilience.KeepsData(e.Resource):
			w.stuck = append(w.stuck, *e)
		case e.Recovery.Rto == resilience.Never:
			w.waiting = append(w.waiting, *e)
		case resilience.KeepsData(e.Resource):
			w.data.add(e)
		default:
			w.rest.add(e)
		}
	}
	return w
}

// all is the costs of everything that comes back.
func (w worst) all() costs {
	all := w.data
	all.lost = all.lost || w.rest.lost
	for _, e := range [...]*resilience.Effect{w.rest.away, w.rest.data} {
		if e != nil {
			all.add(e)
		}
	}
	return all
}

// summary is the worst in a few words; empty if nothing is affected.
func (w worst) summary(kind resilience.Kind) string {
	var parts []string
	if kind == resilience.Region {
		parts = w.ofRegion(func(*resilience.Effect) string { return "" })
	} else if c := w.all(); c.away != nil && (!c.free() || len(w.stuck)+len(w.waiting) == 0) {
		parts = append(parts, c.words(func(*resilience.Effect) string { return "" }))
	}
	for _, g := range w.without(kind) {
		parts = append(parts, fmt.Sprintf("%s: %d", g.name, len(g.of)))
	}
	return strings.Join(parts, "; ")
}

// group is effects with something in common.
type group struct {
	name string
	of   []resilience.Effect
}

// without is what does not come back before the domain does, by what it is without.
func (w worst) without(kind resilience.Kind) []group {
	groups := []group{{"no way back", slices.Concat(w.stuck, w.waiting)}}
	switch kind {
	case resilience.Region:
		groups = []group{{"without a copy", w.stuck}, {"waiting for those", w.waiting}}
	case resilience.Key:
		groups[0].name = "only with the key"
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.of) == 0 })
}

// ofRegion is the costs of the loss of a region: there, what keeps data has copies, and the
// rest is only deployed again.
func (w worst) ofRegion(of func(*resilience.Effect) string) []string {
	var parts []string
	if w.data.away != nil {
		parts = append(parts, "data "+w.data.words(of))
	}
	if w.rest.away != nil {
		parts = append(parts, "the rest "+back(w.rest.away.Recovery.Rto)+of(w.rest.away))
	}
	return parts
}

// goesOn is said of what is only degraded, and has not to be brought back.
const goesOn = "goes on"

// free reports that nothing is away, and nothing lost.
func (c costs) free() bool {
	return !c.lost && c.away.Recovery.Rto == 0 && c.data.Recovery.Rpo == 0
}

// words are the costs, each followed by what is said of the effect that it is of.
func (c costs) words(of func(*resilience.Effect) string) string {
	if c.free() {
		return goesOn
	}
	text := back(c.away.Recovery.Rto) + of(c.away) + ", " + gone(c.data.Recovery.Rpo)
	if c.data.Recovery.Rpo > 0 {
		text += of(c.data)
	}
	return text
}

// back says when something is back.
func back(rto time.Duration) string {
	switch rto {
	case resilience.Never:
		return "no way back"
	case 0:
		return "ready at once"
	}
	return "back in " + span(rto)
}

// gone says how much data is lost.
func gone(rpo time.Duration) string {
	switch rpo {
	case resilience.Never:
		return "all data lost"
	case 0:
		return "no data lost"
	}
	return span(rpo) + " of data lost"
}

// recovered is what brings back an effect, and what that costs.
func recovered(e resilience.Effect) string {
	r := e.Recovery
	text := back(r.Rto)
	switch {
	case r.Rto == 0 && r.Rpo == 0 && e.State == resilience.Degraded:
		return goesOn
	case r.Rto == 0 && r.Rpo == 0 && e.State == resilience.Unknown:
		return ""
	case r.Rto == resilience.Never && r.By != "":
		text += " but " + r.By
	case e.State == resilience.Degraded && r.Rto > 0 && r.Rto < resilience.Never:
		text = "goes on after " + span(r.Rto)
	}
	if r.Rto != resilience.Never && r.By != "" {
		text += " (" + r.By + ")"
	}
	if r.Rpo > 0 {
		text += ", " + gone(r.Rpo)
	}
	switch missing := r.Missing.Property; {
	case e.State == resilience.Unknown:
		text = "at worst " + text
	case missing != "":
		text = "at worst " + text + ", since " + missing + " is not known"
	}
	return text
}
