package resilience

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// drill is one loss in the making.
type drill struct {
	*model
	domain Domain
	// named is the resource that the domain names, if it names one.
	named *rule.Resource
	at    map[*rule.Resource]condition
	// hit is what the domain itself does to what it strikes, whatever comes on top.
	hit map[*rule.Resource]condition
	// queue are the resources whose supports have become worse; waiting are those in it.
	queue   []*rule.Resource
	waiting map[*rule.Resource]bool
	// affected are all that it reaches, by URN.
	affected []*rule.Resource
	// recoveries are what brings back what is affected; see recover.
	recoveries map[*rule.Resource]*Recovery
}

// condition is what has become of a resource so far. It only gets worse.
type condition struct {
	state State
	left  float64
	// because says why, of the resource of; nil for the resource itself.
	because string
	of      *rule.Resource
	// mild is set for what works on as before, but lacks something. It is no loss to who
	// depends on it, unless it is a link.
	mild bool
	// may is set for what is lost at worst, certain for what is lost wherever else it may be;
	// see Effect.May.
	may, certain bool
	// missing is what is not known, of what is Unknown.
	missing rule.Verdict
	// own is set if it is of the resource itself, and not of something that it depends on.
	own bool
	// way is the steps to it, the last one first. Links are never changed.
	way *trail
}

type trail struct {
	step Step
	from *trail
}

func lost(because string) condition { return condition{state: Lost, because: because, own: true} }

func degraded(left float64, because string) condition {
	return condition{state: Degraded, left: left, because: because, own: true}
}

func undecided(v rule.Verdict) condition {
	because := v.Property + " is not known"
	if v.Why == rule.External {
		because = v.Property + " is not in this stack"
	}
	return condition{state: Unknown, because: because, missing: v, own: true}
}

// leastChange is the smallest loss of capacity that is carried on, so that cycles end.
const leastChange = 1e-3

// worse reports that c is worse than other.
func (c condition) worse(other condition) bool {
	if c.state != other.state {
		return c.state > other.state
	}
	switch {
	case c.state == Unaffected, c.left >= other.left+leastChange:
		return false
	case c.left < other.left-leastChange:
		return true
	case c.may != other.may:
		return other.may
	case c.mild != other.mild:
		return other.mild
	}
	return c.state >= Unknown && other.own && !c.own
}

// then is the condition of what depends, by way, on what is in condition c.
func (c condition) then(way []Step, state State, left float64) condition {
	c.state, c.left, c.own = state, left, false
	for _, step := range way {
		c.way = &trail{step, c.way}
	}
	return c
}

// without is the condition of r, which goes on without what is in condition c.
func (c condition) without(r *rule.Resource, way []Step, because string) condition {
	c = c.then(way, Degraded, 1)
	c.because, c.of, c.mild = because, r, true
	return c
}

// why is the reason as it is told of r.
func (c condition) why(r *rule.Resource) string {
	if c.of == r {
		return c.because
	}
	return c.of.Name + ": " + c.because
}

// lose drills one domain, and tells what is affected.
func (m *model) lose(domain Domain) Loss {
	d := &drill{
		model: m, domain: domain, named: m.named[domain], at: map[*rule.Resource]condition{},
		hit: map[*rule.Resource]condition{}, recoveries: map[*rule.Resource]*Recovery{}, waiting: map[*rule.Resource]bool{},
	}
	for _, r := range d.first() {
		d.update(r, d.struck(r))
	}
	for len(d.queue) > 0 {
		r := d.queue[0]
		d.queue, d.waiting[r] = d.queue[1:], false
		for _, s := range m.supports[r] {
			d.update(r, d.through(r, s))
		}
	}
	d.affected = slices.SortedFunc(maps.Keys(d.at), byURN)
	d.recover()
	loss := Loss{Domain: domain}
	for _, r := range d.affected {
		if _, shown := slices.BinarySearchFunc(m.shown, r, byURN); !shown {
			continue
		}
		c := d.at[r]
		e := Effect{
			Resource: r, State: c.state, Left: c.left, May: c.may, Because: c.why(r), Cause: c.of, Path: c.path(), Recovery: d.recoveries[r],
		}
		if c.state == Unknown {
			e.Missing = c.missing
		}
		if c.state == Lost && c.own && domain.Kind == Zone {
			e.Besides = d.besides(r)
		}
		loss.Effects = append(loss.Effects, e)
	}
	slices.SortStableFunc(loss.Effects, func(a, b Effect) int { return cmp.Compare(b.State, a.State) })
	return loss
}

// besides is Unknown if what a resource depends on may be lost.
func (d *drill) besides(r *rule.Resource) rule.Verdict {
	for _, s := range d.supports[r] {
		if c := d.through(r, s); c.state == Unknown && !c.mild {
			return rule.Undecided(c.why(r), c.missing.Why)
		}
	}
	return rule.Verdict{}
}

func byURN(a, b *rule.Resource) int { return strings.Compare(a.URN, b.URN) }

// first are the resources that the domain itself may strike.
func (d *drill) first() []*rule.Resource {
	switch d.domain.Kind {
	case Zone:
		return d.inZones
	case Region:
		return d.g.All()
	}
	return []*rule.Resource{d.named}
}

// path is the steps to a condition, from the domain on, without the rounds that it took.
func (c condition) path() []Step {
	var steps []Step
	for l := c.way; l != nil; l = l.from {
		steps = append(steps, l.step)
	}
	slices.Reverse(steps)
	for i := 0; i < len(steps); i++ {
		for j := len(steps) - 1; j > i; j-- {
			if steps[j].Resource == steps[i].Resource {
				steps = slices.Delete(steps, i+1, j+1)
				break
			}
		}
	}
	return steps
}

// update makes the condition of a resource worse, and has its dependents looked at.
func (d *drill) update(r *rule.Resource, c condition) {
	if c.state == Lost && r.Type == distribution {
		c.state = Degraded // it is there, and answers from its caches
	}
	// In a zone, what else a resource is lost for is told first; elsewhere there is nothing else.
	have := d.at[r]
	if !c.worse(have) || d.domain.Kind != Zone && have.own && have.state == c.state && c.state >= Unknown {
		return
	}
	d.at[r] = c
	if c.own {
		d.hit[r] = c
	}
	for _, dependent := range d.dependents[r] {
		if !d.waiting[dependent] {
			d.queue, d.waiting[dependent] = append(d.queue, dependent), true
		}
	}
}

// struck is what the domain itself does to a resource.
func (d *drill) struck(r *rule.Resource) condition {
	var c condition
	var steps []Step
	property := ""
	switch d.domain.Kind {
	case Zone:
		c, steps = d.zoneStruck(r)
	case Region:
		property = "region"
		switch d.regions[r] {
		case d.domain.Name:
			c = lost("it is in " + d.domain.Name)
		case unclear:
			c = undecided(rule.Undecided("region of its provider", rule.NotYet))
		}
	case Nat:
		c = lost("it is lost")
	case Key:
		c = lost("it cannot be used")
	case Node:
		if c = degraded(1, "it loses a machine, and starts another"); r.Type != nodePool {
			c = d.survive(r, d.places[r])
		}
	}
	if c.state == Unaffected {
		return c
	}
	if steps == nil {
		steps = []Step{{Resource: r, Property: property}}
	}
	c = c.then(steps, c.state, c.left)
	c.of, c.own = r, true
	return c
}

// zoneStruck is what the loss of the zone does to what is there.
func (d *drill) zoneStruck(r *rule.Resource) (condition, []Step) {
	if r.Type == subnet {
		zone, _ := d.zoneOf(r)
		steps := []Step{{Resource: r, Property: "availabilityZone"}}
		switch {
		case zone == "":
			return undecided(rule.Undecided("availabilityZone of "+r.Name, rule.NotYet)), steps
		case zone == d.domain.Name:
			return lost("it is in " + zone), steps
		case d.domain.Name != "" && isId(zone) != isId(d.domain.Name):
			return undecided(rule.Undecided("name of the zone of "+r.Name, rule.NotYet)), steps
		}
		return condition{}, nil
	}
	p, placed := d.places[r]
	if !placed {
		return undecided(rule.Undecided("what is behind "+r.Name, rule.External)), []Step{{Resource: r}}
	}
	steps, inside := p.zones[d.domain.Name]
	if !inside && p.sure() && p.mayBe(d.domain.Name) {
		p.missing = rule.Undecided("name of a zone of "+r.Name, rule.NotYet)
	}
	switch {
	case !inside && (p.sure() && !p.hidden || d.abroad(r)):
		return condition{}, nil
	case !inside:
		steps = []Step{{Resource: r, Property: placeProperty(r)}}
	}
	c := d.survive(r, p)
	switch {
	case c.state != Lost || c.certain:
	case p.hidden && d.domain.Name == "":
		c = undecided(rule.Undecided("the network of AWS that it is in", rule.External))
	case !p.sure() && (!inside || p.least < 2): // what survives any zone does so wherever it is
		c = undecided(p.missing)
	default:
		c.may = p.hidden || len(p.zones) > 1
	}
	return c, steps
}

// abroad is whether the zone is in another region than a resource, by its name.
func (d *drill) abroad(r *rule.Resource) bool {
	zone, region := d.domain.Name, d.regions[r]
	return strings.Contains(zone, "-") && !isId(zone) && region != "" && region != unclear && !strings.HasPrefix(zone, region)
}

// placeProperty is what says where a resource is, if it says anything.
func placeProperty(r *rule.Resource) string {
	for _, path := range types[r.Type].place {
		if len(r.Select(path)) > 0 {
			return strings.ReplaceAll(path, "[]", "")
		}
	}
	return "availabilityZone"
}

// survive is what is left of a resource that loses one of its zones, or one machine.
func (d *drill) survive(r *rule.Resource, p place) condition {
	spec := types[r.Type]
	if spec.survive != nil {
		return spec.survive(d, r, p)
	}
	if d.domain.Kind == Zone {
		switch {
		case p.least < 2 && !p.sure():
			return undecided(p.missing)
		case p.least < 2:
			return lost("it is in no other zone")
		case spec.managed:
			return degraded(1, "it works on in its other zones")
		}
	}
	return d.machines(r, p, spec)
}

// machines is what is left of machines that are spread over zones evenly.
func (d *drill) machines(r *rule.Resource, p place, spec spec) condition {
	zones := float64(p.least)
	if spec.machines == "" && d.domain.Kind == Zone {
		return degraded((zones-1)/zones, fmt.Sprintf("%v of its %v zones are left", zones-1, zones))
	}
	count, unsure := d.guaranteed(r, p, spec)
	n, known := count.Number()
	switch {
	case spec.machines == "":
		n = 1
	case unsure.Outcome == rule.Unknown:
		return undecided(unsure)
	case !known:
		n = 1
	case n < 1:
		return condition{} // it is set to nothing
	}
	gone := 1.0
	if d.domain.Kind == Zone {
		gone = math.Ceil(n / zones)
	}
	if n-gone < 1 {
		return lost(map[Kind]string{Zone: "its only machine may be there", Node: "it has no other machine"}[d.domain.Kind])
	}
	return degraded((n-gone)/n, fmt.Sprintf("%v of %v machines are left", n-gone, n))
}
