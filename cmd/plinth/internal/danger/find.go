package danger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// Find finds all dangers of a change: the worst first, by kind and then by rank and URN.
func Find(c *change.Change) []Danger {
	var found []Danger
	for _, r := range c.Resources {
		for _, d := range dangers(c, r) {
			d.Resource = r
			found = append(found, d)
		}
	}
	slices.SortStableFunc(found, func(a, b Danger) int {
		return cmp.Or(a.Kind.Compare(b.Kind), slices.Compare(a.rank(), b.rank()), strings.Compare(a.Resource.URN, b.Resource.URN))
	})
	return found
}

// dangers are those of one resource: what happens to it, and what no longer guards it.
func dangers(c *change.Change, r *change.Resource) []Danger {
	switch {
	case !r.Custom || r.New != nil && r.New.IsPatch() || r.Old != nil && r.Old.IsPatch():
		return nil
	case r.Old == nil:
		return added(c, r)
	case r.Gone():
		return gone(c, r)
	case r.New == nil:
		return nil
	}
	var found []Danger
	if r.Op == change.Update {
		found = updated(c, r)
	}
	return append(found, unguarded(r, found)...)
}

// rank sorts those of a kind: first what nothing keeps or refuses, then what others use, then
// what people work with, and then what is away for the longest time.
func (d Danger) rank() []time.Duration {
	after := func(late bool) time.Duration {
		if late {
			return 1
		}
		return 0
	}
	return []time.Duration{after(len(d.Keeps)+len(d.Stops) > 0), after(!d.used), after(d.aside), -d.Usual}
}

// lasts says how long it is away.
func (d *Danger) lasts(e latency.Estimate) {
	d.Usual, d.Low, d.High, d.Grade = seconds(e.P50), seconds(e.Low), seconds(e.High), e.Grade
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// madeAgain is how long something is away that is deleted before it is made again. What waits
// for it is away for longer.
func madeAgain(r *change.Resource) latency.Estimate {
	table := latency.Default()
	del, _ := table.Estimate(r.Type, latency.Delete, inputs(r.Old), nil)
	create, _ := table.Estimate(r.Type, latency.Create, inputs(r.New), nil)
	return latency.Estimate{
		P50: del.P50 + create.P50, Low: del.Low + create.Low, High: del.High + create.High, Grade: weaker(del.Grade, create.Grade),
	}
}

// weaker is the grade that less can be built on.
func weaker(a, b string) string {
	const grades = "ABCD?"
	if strings.Index(grades, a) > strings.Index(grades, b) {
		return a
	}
	return b
}

// inputs are what is known of those of a resource.
func inputs(r *rule.Resource) map[string]any {
	plain, _ := rule.Plain(rule.Of(r.Inputs))
	known, _ := plain.(map[string]any)
	return known
}

// within reports whether a path is a property, or below it.
func within(path, property string) bool {
	rest, found := strings.CutPrefix(path, property)
	return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
