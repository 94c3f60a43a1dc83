package simcloud

import (
	"maps"
	"reflect"
	"slices"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// Operation is one operation carried out, or refused, in the seconds it would have taken on the real AWS.
type Operation struct {
	URN, Type, ID string
	// Op is "create", "update" or "delete".
	Op string
	// Start and End are in virtual seconds since the cloud was made. An operation starts when those that made what its properties refer to
	// have ended; orders that only the program knows (dependsOn, the engine's parallelism) are not in them, so they are a lower bound.
	Start, End float64
	// Attempts is how often the SDK sent the request: more than once if AWS was throttling, or an answer was lost.
	Attempts int
	// Err is AWS's refusal, empty if the operation succeeded.
	Err string
}

// Timeline lists the operations in the order in which they were carried out.
func (c *Cloud) Timeline() []Operation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.clock.done)
}

// clock keeps virtual time.
type clock struct {
	done []Operation
	// ready is when a value (an ID, ARN or name) came to be, freed when the last resource that referred to it was gone.
	ready map[string]birth
	freed map[string]float64
}

// birth is when a value came to be, and of which resource. Others may have the same: the settings of a bucket have its name as their ID,
// and who refers to the bucket does not wait for them.
type birth struct {
	urn string
	at  float64
}

func newClock() clock { return clock{ready: map[string]birth{}, freed: map[string]float64{}} }

func (k *clock) record(r *aws.Request, o outcome) {
	op := Operation{URN: r.URN, Type: r.Token, ID: r.ID, Op: string(opName(r.Op)), Attempts: o.attempts}
	if o.err != nil {
		op.Err = o.err.Error()
	}
	props := r.New
	if r.Op == aws.Delete {
		props = r.Known
		op.Start = max(k.freed[r.ID], k.ready[r.ID].at)
		if arn := props.Str("arn"); arn != "" {
			op.Start = max(op.Start, k.freed[arn])
		}
	} else {
		walkStrings(map[string]any(props), func(s string) {
			if s != r.ID && (r.Op == aws.Update || o.made == nil || s != o.made.Props.Str("arn")) {
				op.Start = max(op.Start, k.ready[s].at)
			}
		})
		if r.Op == aws.Update {
			op.Start = max(op.Start, k.ready[r.ID].at)
		}
	}
	op.End = op.Start + o.seconds
	k.done = append(k.done, op)
	switch {
	case o.err != nil && o.made == nil:
	case r.Op == aws.Delete:
		walkStrings(map[string]any(props), func(s string) { k.freed[s] = max(k.freed[s], op.End) })
	case o.made != nil:
		for _, value := range []string{o.made.ID, o.made.Props.Str("arn"), o.made.Props.Str("name")} {
			if was, known := k.ready[value]; value != "" && (!known || was.urn == r.URN) {
				k.ready[value] = birth{r.URN, max(was.at, op.End)}
			}
		}
	}
}

// usual is how long an operation takes.
func usual(r *aws.Request) latency.Estimate {
	inputs := r.New
	if r.Op == aws.Delete {
		inputs = r.Known
	}
	var changed []string
	if r.Op == aws.Update {
		for _, name := range slices.Sorted(maps.Keys(r.New)) {
			if !reflect.DeepEqual(r.New[name], r.Known[name]) {
				changed = append(changed, name)
			}
		}
	}
	estimate, _ := latency.Default().Estimate(r.Token, opName(r.Op), inputs, changed)
	return estimate
}

func walkStrings(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, e := range v {
			walkStrings(e, visit)
		}
	case map[string]any:
		for _, e := range v {
			walkStrings(e, visit)
		}
	}
}
