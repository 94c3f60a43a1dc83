package simcloud

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
)

// latencies.json holds, per kind, the median seconds of create, update and delete on the real AWS, and their evidence grade.
//
//go:embed latencies.json
var latenciesText []byte

type latency struct {
	Create float64 `json:"create"`
	Update float64 `json:"update"`
	Delete float64 `json:"delete"`
	// When maps "property=value" to the create seconds of resources that have it.
	When map[string]float64 `json:"when"`
}

var latencies = sync.OnceValue(func() map[string]latency {
	out := map[string]latency{}
	if err := json.Unmarshal(latenciesText, &out); err != nil {
		panic("latencies.json: " + err.Error()) // embedded data, held by a test
	}
	return out
})

// Operation is one operation carried out, or refused, in the seconds it would have taken on the real AWS.
type Operation struct {
	URN, Type, ID string
	// Op is "create", "update" or "delete".
	Op string
	// Start and End are in virtual seconds since the cloud was made. An operation starts when those that made what its properties refer to
	// have ended; orders that only the program knows (dependsOn, the engine's parallelism) are not in them, so they are a lower bound.
	Start, End float64
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
	// ready is when the value (an ID, ARN or name) came to be; freed when the last resource that referred to it was gone.
	ready, freed map[string]float64
}

func newClock() clock { return clock{ready: map[string]float64{}, freed: map[string]float64{}} }

func (k *clock) record(r *aws.Request, res *aws.Resource, err error) {
	op := Operation{URN: r.URN, Type: r.Token, ID: r.ID, Op: opName(r.Op)}
	if err != nil {
		op.Err = err.Error()
	}
	props := r.New
	if r.Op == aws.Delete {
		props = r.Old
		op.Start = max(k.freed[r.ID], k.ready[r.ID])
		if arn := props.Str("arn"); arn != "" {
			op.Start = max(op.Start, k.freed[arn])
		}
	} else {
		walkStrings(map[string]any(props), func(s string) {
			if s != r.ID && (r.Op == aws.Update || res == nil || s != res.Props.Str("arn")) {
				op.Start = max(op.Start, k.ready[s])
			}
		})
		if r.Op == aws.Update {
			op.Start = max(op.Start, k.ready[r.ID])
		}
	}
	op.End = op.Start + duration(r, props)
	k.done = append(k.done, op)
	switch {
	case err != nil:
	case r.Op == aws.Delete:
		walkStrings(map[string]any(props), func(s string) { k.freed[s] = max(k.freed[s], op.End) })
	case res != nil:
		for _, value := range []string{res.ID, res.Props.Str("arn"), res.Props.Str("name")} {
			if value != "" {
				k.ready[value] = max(k.ready[value], op.End)
			}
		}
	}
}

func duration(r *aws.Request, props aws.Obj) float64 {
	l, ok := latencies()[aws.KindOf(r.Token)]
	if !ok {
		l = latency{Create: 1, Update: 1, Delete: 1}
	}
	switch r.Op {
	case aws.Update:
		return l.Update
	case aws.Delete:
		return l.Delete
	}
	seconds := l.Create
	for condition, other := range l.When {
		if holds(props, condition) {
			seconds = other
		}
	}
	return seconds
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

// holds judges a condition "path=value" of the latency table.
func holds(props aws.Obj, condition string) bool {
	path, want, _ := strings.Cut(condition, "=")
	return fmt.Sprint(props.Get(path)) == want
}
