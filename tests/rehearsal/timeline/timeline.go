// Package timeline tells how long a real deploy of a stack would take, and why: it plays
// the Pulumi engine over the stack's graph of resources with the time that each type takes
// in AWS.
//
//	graph, err := timeline.FromState(state)
//	result := timeline.Compute(graph, timeline.Options{Parallel: 8})
//	fmt.Print(result.Text())
//
// The engine is played as it is: a resource is registered when what it depends on exists,
// registrations are taken first come, first served by a limited number of workers, and
// deletions go layer by layer. The latencies are those of package latency, each with a
// grade that says what it rests on. What is not played: throttling and retries, locks inside
// the provider, and the engine's own time, which is milliseconds for each resource.
package timeline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// Options are the conditions of the deploy.
type Options struct {
	// Parallel is how many operations the engine runs at a time; its default is 4 for each
	// processor. Default: 0, without a limit.
	Parallel int
	// Scale multiplies all latencies. Default: 1.
	Scale float64
	// Table has the latencies. Default: latency.Default().
	Table *latency.Table
}

// Result is how long a deploy takes. All times are in seconds from its start.
type Result struct {
	// Operation is "deploy", "destroy", or "update" if some resources exist already.
	Operation string `json:"operation"`
	// Parallel is the number of slots, 0 without a limit.
	Parallel int `json:"parallel"`
	// Seconds is how long it takes, Low and High if everything is as fast or as slow as
	// it was ever seen.
	Seconds float64 `json:"seconds"`
	Low     float64 `json:"lowSeconds"`
	High    float64 `json:"highSeconds"`
	// Unlimited is how long it takes without a limit of slots: the length of the critical
	// path. The slots add the rest.
	Unlimited float64 `json:"unlimitedSeconds"`
	// Work is the sum of all operations: what one slot would take.
	Work float64 `json:"workSeconds"`
	// CriticalPath are the operations that make Unlimited what it is, with times as
	// without a limit of slots. Those that take no time are left out.
	CriticalPath []Bar `json:"criticalPath"`
	// NearCritical are those beside the path that have little slack, the closest first.
	NearCritical []Bar `json:"nearCritical,omitempty"`
	// Bars are all operations, in the order in which they start.
	Bars []Bar `json:"operations"`
	// Assumed are the types that the table of latencies does not know.
	Assumed []Assumption `json:"assumed,omitempty"`
}

// Bar is one operation on one resource.
type Bar struct {
	URN  resource.URN `json:"urn"`
	Name string       `json:"name"`
	Type string       `json:"type"`
	// Component is the closest component that it is part of, if any.
	Component resource.URN `json:"component,omitempty"`
	Op        Op           `json:"op"`
	Seconds   float64      `json:"seconds"`
	Start     float64      `json:"start"`
	End       float64      `json:"end"`
	// Waited is how long it was ready before, but found no free slot.
	Waited float64 `json:"waited,omitempty"`
	// Slack is how much longer it could take before the deploy as a whole would, if there
	// were slots enough.
	Slack float64 `json:"slack"`
	// Low, High and Grade are those of the estimate, as in Estimate.
	Low   float64 `json:"lowSeconds"`
	High  float64 `json:"highSeconds"`
	Grade string  `json:"grade,omitempty"`
	// Critical says that it is on the critical path.
	Critical bool `json:"critical,omitempty"`
}

// Assumption is a type that the table of latencies does not know.
type Assumption struct {
	Type  string `json:"type"`
	Class string `json:"class"`
	Op    Op     `json:"op"`
	// Count is how many operations are concerned, Seconds what each is assumed to take.
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
}

// Compute plays a deploy. The same graph and options give the same result.
func Compute(g *Graph, opts Options) Result {
	if opts.Table == nil {
		opts.Table = latency.Default()
	}
	if opts.Scale == 0 {
		opts.Scale = 1
	}
	opts.Parallel = max(opts.Parallel, 0)
	tasks := g.plan(opts.Table, opts.Scale)
	slots := opts.Parallel
	if slots == 0 {
		slots = len(tasks)
	}
	run := func(pick func(span) time.Duration) (took, ready, start []time.Duration, total time.Duration) {
		took = make([]time.Duration, len(tasks))
		for i := range tasks {
			took[i] = pick(tasks[i].took)
		}
		ready, start = simulate(tasks, took, slots)
		for i := range tasks {
			total = max(total, start[i]+took[i])
		}
		return took, ready, start, total
	}
	took, ready, start, total := run(func(s span) time.Duration { return s.usual })
	_, _, _, low := run(func(s span) time.Duration { return s.low })
	_, _, _, high := run(func(s span) time.Duration { return s.high })
	early, unlimited := earliest(tasks, took)
	spare := slack(tasks, took, early, unlimited)

	r := Result{
		Operation: g.operation(), Parallel: opts.Parallel, Unlimited: unlimited.Seconds(),
		// More haste can be less speed if slots are few, so the ends may need straightening.
		Seconds: total.Seconds(), Low: min(low, total).Seconds(), High: max(high, total).Seconds(),
	}
	critical := map[int]bool{}
	path := criticalPath(tasks, took, early, unlimited)
	for _, i := range path {
		critical[i] = took[i] > 0
	}
	components := g.components()
	bar := func(i int, ready, start time.Duration) Bar {
		t, n := tasks[i], &g.nodes[tasks[i].node]
		return Bar{
			URN: n.URN, Name: name(n.URN), Type: n.Type, Component: components[t.node], Op: t.op,
			Seconds: took[i].Seconds(), Start: start.Seconds(), End: (start + took[i]).Seconds(), Slack: spare[i].Seconds(), Waited: (start - ready).Seconds(),
			Low: t.took.low.Seconds(), High: t.took.high.Seconds(), Grade: t.grade, Critical: critical[i],
		}
	}
	for _, i := range path {
		if critical[i] {
			r.CriticalPath = append(r.CriticalPath, bar(i, early[i], early[i]))
		}
	}
	work := time.Duration(0)
	for i, t := range tasks {
		if t.node == barrier {
			continue
		}
		work += took[i]
		r.Bars = append(r.Bars, bar(i, ready[i], start[i]))
		if !critical[i] && took[i] > unlimited/200 && spare[i] <= unlimited/10 {
			r.NearCritical = append(r.NearCritical, bar(i, early[i], early[i]))
		}
	}
	r.Work = work.Seconds()
	slices.SortStableFunc(r.Bars, func(a, b Bar) int { return cmp.Compare(a.Start, b.Start) })
	slices.SortStableFunc(r.NearCritical, func(a, b Bar) int {
		return cmp.Or(cmp.Compare(a.Slack, b.Slack), cmp.Compare(a.Start, b.Start))
	})
	r.Assumed = g.assumed(tasks, took)
	return r
}

// Away is how long a resource is not there that is deleted before it is made again: from the
// start of the one to the end of the other. It reports false for what is always there.
func (r Result) Away(urn resource.URN) (seconds float64, ok bool) {
	gone := -1.0
	for _, b := range r.Bars {
		switch {
		case b.URN != urn:
		case b.Op == Delete:
			gone = b.Start
		case gone >= 0:
			return b.End - gone, true
		}
	}
	return 0, false
}

func (g *Graph) operation() string {
	created, deleted := true, true
	for _, n := range g.nodes {
		created = created && (n.Op == Create || n.Op == Read)
		deleted = deleted && n.Op == Delete
	}
	switch {
	case created:
		return "deploy"
	case deleted:
		return "destroy"
	default:
		return "update"
	}
}

func (g *Graph) assumed(tasks []task, took []time.Duration) []Assumption {
	var list []Assumption
	at := map[Assumption]int{}
	for i, t := range tasks {
		if t.class == "" {
			continue
		}
		key := Assumption{Type: g.nodes[t.node].Type, Class: t.class, Op: t.op, Seconds: took[i].Seconds()}
		if _, known := at[key]; !known {
			at[key] = len(list)
			list = append(list, key)
		}
		list[at[key]].Count++
	}
	slices.SortFunc(list, func(a, b Assumption) int {
		return cmp.Or(-cmp.Compare(a.Seconds, b.Seconds), strings.Compare(a.Type, b.Type), strings.Compare(string(a.Op), string(b.Op)))
	})
	return list
}
