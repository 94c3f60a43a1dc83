// Package cost estimates what a stack costs a month, offline: from its resources, a dated
// table of list prices, and assumptions about use that are written down. Every line names
// the resource, the price and what was assumed; what is not priced is said, never zero.
package cost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Line is one thing that is paid for a resource.
type Line struct {
	Resource *rule.Resource
	// What it is, in words.
	What string
	// Item is its key in the table of prices, of Region.
	Item, Region string
	Price        Price
	// Quantity is in the price's units, a month. Most is the same with everything that
	// scales at its upper limit.
	Quantity, Most float64
	// Off is the share of the price that is not paid.
	Off float64
	// Assumed are the assumptions that the quantity is made of.
	Assumed []string
	// Guessed says that the quantity is a guess, from a list of subnets that is not known yet.
	Guessed bool
}

// USD is what the line costs a month.
func (l Line) USD() float64 { return l.Quantity * l.Price.USD * (1 - l.Off) }

// MostUSD is what it costs with everything at its upper limit.
func (l Line) MostUSD() float64 { return l.Most * l.Price.USD * (1 - l.Off) }

// Group is resources of a type of which the same is true.
type Group struct {
	Type, Why string
	Resources []*rule.Resource
}

// Bill is what a stack is expected to cost a month.
type Bill struct {
	// Lines are in the order of the services, then of the resources' URNs.
	Lines []Line
	// NotPriced is what costs something that is in no line, or may. A resource may have
	// lines as well.
	NotPriced []Group
	// Free is what AWS takes no money for, or what is paid for in the lines of another resource.
	Free []Group
	// Assumed are the assumptions that lines were made of.
	Assumed map[string]Assumption
}

// USD is the sum.
func (b Bill) USD() float64 { return sum(b.Lines, Line.USD) }

// MostUSD is the sum with everything that scales at its upper limit.
func (b Bill) MostUSD() float64 { return sum(b.Lines, Line.MostUSD) }

// Service is the sum of the lines of one service, and whether there are any.
func (b Bill) Service(name string) (usd float64, has bool) {
	of := slices.DeleteFunc(slices.Clone(b.Lines), func(l Line) bool { return l.Price.Service != name })
	return sum(of, Line.USD), len(of) > 0
}

func sum(lines []Line, of func(Line) float64) float64 {
	total := 0.0
	for _, l := range lines {
		total += of(l)
	}
	return total
}

// Estimate is the bill of a stack.
func Estimate(g *rule.Graph, prices *Prices, usage Usage) Bill {
	e := &estimator{
		g: g, prices: prices, usage: usage, parents: map[string]bool{},
		free: map[group][]*rule.Resource{}, unpriced: map[group][]*rule.Resource{},
		bill: Bill{Assumed: map[string]Assumption{}},
	}
	for _, r := range g.All() {
		e.parents[r.Parent] = true
	}
	e.fronts = frontsOf(e)
	for _, r := range g.All() {
		e.measure(r)
	}
	for _, l := range e.bill.Lines {
		for _, name := range l.Assumed {
			e.bill.Assumed[name] = e.usage.all[name]
		}
	}
	slices.SortStableFunc(e.bill.Lines, func(a, b Line) int {
		return cmp.Compare(slices.Index(prices.Services, a.Price.Service), slices.Index(prices.Services, b.Price.Service))
	})
	e.bill.Free, e.bill.NotPriced = sorted(e.free), sorted(e.unpriced)
	return e.bill
}

type group struct{ token, why string }

func sorted(groups map[group][]*rule.Resource) []Group {
	var list []Group
	for key, resources := range groups {
		list = append(list, Group{Type: key.token, Why: key.why, Resources: resources})
	}
	slices.SortFunc(list, func(a, b Group) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Why, b.Why)) })
	return list
}

// estimator makes one bill.
type estimator struct {
	g      *rule.Graph
	prices *Prices
	usage  Usage
	bill   Bill
	// subject is what is being measured, and told whether anything was said of it.
	subject *rule.Resource
	told    bool
	// guessed says that a list of subnets was read that is not known yet.
	guessed bool
	// later are the paths of what was read and is not known yet; see whole.
	later    []string
	free     map[group][]*rule.Resource
	unpriced map[group][]*rule.Resource
	// parents are the URNs of what has children.
	parents map[string]bool
	fronts  fronts
}

// meter says what is paid for a resource.
type meter func(*estimator, *rule.Resource)

// meters are those of the types that are paid for.
var meters = func() map[string]meter {
	all := map[string]meter{}
	for _, some := range []map[string]meter{networkMeters, machineMeters, storeMeters, serviceMeters, clusterMeters} {
		maps.Copy(all, some)
	}
	return all
}()

// measure tells of a resource: what is paid, that nothing is, or that it is not known.
func (e *estimator) measure(r *rule.Resource) {
	e.subject, e.told = r, false
	if isRead(r) && r.Type != cluster {
		e.isFree(r, "only read: what makes it pays for it")
		return
	}
	if meter, has := meters[r.Type]; has {
		lines := len(e.bill.Lines)
		e.guessed = false
		e.whole(func() { meter(e, r) })
		for i := range e.bill.Lines[lines:] {
			e.bill.Lines[lines+i].Guessed = e.guessed
		}
		if !e.told {
			e.notPriced(r, "nothing is known of what it costs")
		}
		return
	}
	if why, is := freeOfCharge(r, e.parents[r.URN]); is {
		e.isFree(r, why)
		return
	}
	e.notPriced(r, "no price of the type")
}

// isRead tells what the stack does not make.
func isRead(r *rule.Resource) bool { return r.Inputs == nil }

// absurd is a sum, in USD a month, that is a mistake in the inputs. Sums of what is below it are
// still numbers.
const absurd = 1e9

// pay adds a line. What has no price in the region is said to have none.
func (e *estimator) pay(r *rule.Resource, l Line) {
	if l.Region == "" {
		l.Region = e.region(r)
	}
	price, known := e.prices.Of(l.Region, l.Item)
	switch {
	case l.Region == "":
		e.notPriced(r, "its region is not known")
		return
	case !known:
		e.notPriced(r, fmt.Sprintf("no price of %s in %s", l.Item, l.Region))
		return
	case !(l.Quantity >= 0 && max(l.Quantity, l.Most)*price.USD < absurd):
		e.notPriced(r, "its quantity is none that AWS would take")
		return
	}
	l.Resource, l.Price, l.Most = r, price, max(l.Quantity, l.Most)
	e.told = true
	e.bill.Lines = append(e.bill.Lines, l)
}

// hourly adds a line for some of a thing, all the month.
func (e *estimator) hourly(r *rule.Resource, item, what string, count float64) {
	e.pay(r, Line{Item: item, What: what, Quantity: count * e.use(hours), Assumed: []string{hours}})
}

// metered adds a line for as much as is assumed.
func (e *estimator) metered(r *rule.Resource, item, what, assumption string) {
	e.pay(r, Line{Item: item, What: what, Quantity: e.use(assumption), Assumed: []string{assumption}})
}

// isFree says that nothing is paid for a resource, unless that is not known yet.
func (e *estimator) isFree(r *rule.Resource, why string) {
	e.told = true
	if len(e.later) > 0 {
		return
	}
	key := group{r.Type, why}
	e.free[key] = append(e.free[key], r)
}

// notPriced says why something of a resource is in no line. What is not known yet is the
// better reason if there is that as well.
func (e *estimator) notPriced(r *rule.Resource, why string) {
	e.told = true
	if len(e.later) > 0 {
		return
	}
	key := group{r.Type, why}
	if !slices.Contains(e.unpriced[key], r) {
		e.unpriced[key] = append(e.unpriced[key], r)
	}
}

func (e *estimator) use(name string) float64 { return e.usage.all[name].Is }

// region is where a resource is paid for. Kubernetes objects are where the cluster is.
func (e *estimator) region(r *rule.Resource) string {
	if region := r.Region(); region != "" {
		return region
	}
	for _, c := range e.g.Of(cluster) {
		if isKubernetes(r) {
			return c.Region()
		}
	}
	return ""
}

// whole is a part of what a resource costs. If anything that is read for it is not known
// yet, that is said, and there is none of its lines: no default is as good as the value.
func (e *estimator) whole(part func()) {
	lines, before := len(e.bill.Lines), e.later
	e.later = nil
	part()
	later := e.later
	e.later = nil
	if len(later) > 0 {
		e.bill.Lines = e.bill.Lines[:lines]
	}
	for _, path := range later {
		e.notPriced(e.subject, path+" is not known yet")
	}
	e.later = before
}

// read is a value of the resource that is being measured, or of one that it is made from.
// Everything that decides what is paid is read with it.
func (e *estimator) read(v rule.Value) rule.Value {
	if v.IsUnknown() {
		e.later = append(e.later, v.Path())
	}
	return v
}

// get is an input.
func (e *estimator) get(r *rule.Resource, path string) rule.Value { return e.read(r.Get(path)) }

// each is the inputs at a path with [].
func (e *estimator) each(r *rule.Resource, path string) []rule.Value {
	values := r.Select(path)
	for _, v := range values {
		e.read(v)
	}
	return values
}

// is reports that an input is true.
func (e *estimator) is(r *rule.Resource, path string) bool { return rule.IsTrue(e.get(r, path)) }

// number is an input, or else what the provider made of it.
func (e *estimator) number(r *rule.Resource, path string, otherwise float64) float64 {
	for _, v := range []rule.Value{e.get(r, path), e.made(r, path)} {
		if n, known := v.Number(); known {
			return n
		}
	}
	return otherwise
}

// text is an input, or else what the provider made of it.
func (e *estimator) text(r *rule.Resource, path string) string {
	if e.get(r, path).IsUnknown() || e.made(r, path).IsUnknown() {
		return ""
	}
	return text(r, path)
}

// made is what the provider made of an input that is not set.
func (e *estimator) made(r *rule.Resource, path string) rule.Value {
	if !r.Get(path).IsAbsent() {
		return rule.Value{}
	}
	return e.read(r.Out(path))
}

// subnets is how many subnets something is in: as many as one of some lists of its inputs has,
// or else as one that the provider made. A list that is not known as a whole is taken to have
// all that it is computed from: it is nearly always a network's, which is known no earlier than
// its subnets, and a preview would not know what the resource costs otherwise. But that is a
// guess.
func (e *estimator) subnets(r *rule.Resource, paths ...string) float64 {
	said, made := 0, 0
	for _, path := range paths {
		if computed := e.computed(r, path); computed > 0 {
			said, e.guessed = max(said, computed), true
			continue
		}
		said, made = max(said, len(e.get(r, path).Items())), max(made, len(e.made(r, path).Items()))
	}
	if said == 0 {
		return float64(made)
	}
	return float64(said)
}

// computed is how many subnets a list is computed from while it is not known as a whole.
func (e *estimator) computed(r *rule.Resource, path string) int {
	if !r.Get(path).IsUnknown() {
		return 0
	}
	return len(e.g.Targets(r, subnet, path).Resources)
}

// text is an input, or else what the provider made of it, of what need not be known.
func text(r *rule.Resource, path string) string {
	for _, v := range []rule.Value{r.Get(path), r.Out(path)} {
		if s, known := v.Text(); known && s != "" {
			return s
		}
	}
	return ""
}
