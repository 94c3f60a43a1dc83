package resilience

import (
	"cmp"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// through is what a support does to who depends on it.
func (d *drill) through(r *rule.Resource, s support) condition {
	count := map[State]int{}
	var worst condition
	var worstOf *rule.Resource
	var way []Step
	may := false
	lefts := make([]float64, 0, len(s.of))
	for i, on := range s.of {
		c := d.at[on]
		switch {
		case c.mild && types[on.Type].role != link, s.meaning == dials && !c.mild: // what is in a lost subnet is so itself
			c = condition{}
		}
		may = may || c.may
		count[c.state]++
		if c.state == Unaffected {
			c.left = 1
		}
		lefts = append(lefts, c.left)
		if c.worse(worst) {
			worst, worstOf, way = c, on, s.way(r, i)
		}
	}
	if worst.state == Unaffected {
		return worst
	}
	switch {
	case s.meaning == dials && worst.state == Degraded:
		return worst.without(r, way, "it loses its way out through "+d.origin(worst).Name)
	case worst.state == Unknown && (s.meaning == dials || s.meaning == wants && wayOut(r.Type)):
		c := worst.then(way, Unknown, 0)
		c.mild = true
		return c
	case s.meaning == wants && worst.state != Degraded:
		return worst.without(r, way, lacking(worstOf))
	case s.meaning == dials, s.meaning == wants:
		return condition{}
	case s.meaning == runs:
		return d.running(r, s, count[Lost] == len(s.of), worst, worstOf)
	case s.meaning == needs && (len(s.of) == 1 || s.count != 1):
		return worst.then(way, worst.state, worst.left)
	}
	worst.may = may
	return some(way, s, count, lefts, worst)
}

// lacking is what who works on without a resource cannot do.
func lacking(on *rule.Resource) string {
	switch {
	case on.Type == launchTemplate:
		return "it can start no new machines"
	case slices.Contains(keys, on.Type):
		return "once it stops, it cannot start again without " + on.Name
	}
	return "it has to do without " + on.Name
}

// origin is the resource that the domain strikes on the way to a condition, rather than the
// subnet that it is in.
func (d *drill) origin(c condition) *rule.Resource {
	var origin *rule.Resource
	for at := c.way; at != nil; at = at.from {
		r := at.step.Resource
		if _, hit := d.hit[r]; hit && (origin == nil || r.Type != subnet) {
			origin = r
		}
	}
	return origin
}

// running is what it does to pods that their machines are affected. The loss of a zone is
// looked at as a whole; see zoneStruck.
func (d *drill) running(r *rule.Resource, s support, all bool, worst condition, on *rule.Resource) condition {
	switch {
	case all && worst.state == Lost && d.domain.Kind != Key:
		return worst.then(s.way(r, 0), Lost, 0)
	case d.domain.Kind == Node && slices.Contains(s.of, d.named):
		c := d.pods(r, d.places[r])
		c.way, c.of = &trail{Step{Resource: r, Property: s.property}, d.at[d.named].way}, r
		return c
	case worst.state == Degraded && worst.mild:
		return worst.without(r, s.way(r, 0), worst.because)
	case worst.state == Lost && d.domain.Kind == Key:
		return worst.without(r, s.way(r, 0), on.Name+" can start no new machines")
	}
	return condition{}
}

// some is what it means that some of several are affected, of which any will do. If there
// are fewer references than they may be to, it is not known which it will be.
func some(way []Step, s support, count map[State]int, lefts []float64, worst condition) condition {
	n := len(lefts)
	if s.count >= 0 {
		n = min(n, s.count)
	}
	slices.Sort(lefts)
	left := 0.0 // at worst
	for _, share := range lefts[:n] {
		left += share / float64(n)
	}
	if s.failover {
		left = lefts[len(lefts)-1]
	}
	switch all := count[Lost] == len(lefts); {
	case all && s.missing.Outcome != rule.Unknown:
		return worst.then(way, Lost, 0)
	case all, count[Lost]+count[Unknown] >= n:
		c := worst.then(way, Unknown, 0)
		if c.missing = cmp.Or(s.missing, c.missing); c.missing.Outcome != rule.Unknown {
			c.missing = rule.Undecided(s.property, rule.NotYet)
		}
		return c
	}
	return worst.then(way, Degraded, min(1, left))
}
