package danger

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// updates are what updates do to resources of a type.
type updates struct {
	// waits is set if they wait for the maintenance window unless applyImmediately is true,
	// and is the property that says when that is.
	waits string
	// changes are the worst first: that is told, with the properties of all that happen.
	changes []interruption
}

// interruption is what a change of some properties does.
type interruption struct {
	on []string
	// when says for which values it does; nil is all.
	when func(old, new *rule.Resource) bool
	kind Kind // Restart, unless it is set
	// does is what the resource does, after "will" or "may".
	does string
	// now is set if it does not wait.
	now bool
	// away is how long it is away; nil if it is not, or if nobody knows.
	away func(r *change.Resource, changed []string) latency.Estimate
	// spares are what takes over meanwhile. The first that there is counts.
	spares []spare
	stops  []guard // of the resource as it is to be
	// instead is how to have the same without it.
	instead string
}

// spare is what takes over while a resource is away.
type spare struct {
	when condition // of the resource as it is to be
	does string
	away latency.Estimate
}

// updated is the danger of updating a resource.
func updated(r *change.Resource) (Danger, bool) {
	u := restarts[r.Type]
	var worst *interruption
	var because []string
	certain := false
	for i, each := range u.changes {
		if each.when != nil && !each.when(r.Old, r.New) {
			continue
		}
		for _, path := range each.on {
			how := changed(r, path)
			if how == same {
				continue
			}
			if worst == nil {
				worst = &u.changes[i]
			}
			if worst == &u.changes[i] {
				certain = certain || how == different
			}
			because = append(because, exactly(r, path)...)
		}
	}
	if worst == nil {
		return Danger{}, false
	}
	slices.Sort(because)
	asked := *r.New
	asked.Outputs = nil // those of before
	d := Danger{Kind: cmp.Or(worst.kind, Restart), Because: slices.Compact(because), Stops: those(worst.stops, &asked), Instead: worst.instead}
	does := worst.does
	if worst.away != nil {
		d.lasts(worst.away(r, d.Because))
	}
	for _, s := range worst.spares {
		if s.when(&asked) {
			does += s.does
			d.lasts(s.away)
			break
		}
	}
	d.What = "will " + does
	if !certain {
		d.What = "may " + does
	}
	if u.waits != "" && !worst.now {
		d.What += u.time(r)
	}
	return d, true
}

// time says when an update is made.
func (u updates) time(r *change.Resource) string {
	window := "in its next maintenance window"
	if v := r.New.Get(u.waits); rule.IsSet(v) && !v.IsUnknown() && !v.IsSecret() {
		text, _ := v.Text()
		window = fmt.Sprintf("in its maintenance window (%s)", text)
	}
	switch at := r.New.Get("applyImmediately"); {
	case at.IsUnknown():
		return ", at once or " + window
	case rule.IsTrue(at):
		return ", at once (applyImmediately)"
	}
	return ", " + window
}

// whileUpdated is how long an update takes that is made at once: no longer than that.
func whileUpdated(r *change.Resource, changed []string) latency.Estimate {
	now := maps.Clone(inputs(r.New))
	now["applyImmediately"] = true
	e, _ := latency.Default().Estimate(r.Type, latency.Update, now, changed)
	return e
}

func stoppedAndStarted(r *change.Resource, _ []string) latency.Estimate { return madeAgain(r) }

// difference is whether two values differ.
type difference uint8

const (
	same difference = iota
	perhaps
	different
)

// changed is whether a property changes. What cannot be read in the values, the engine says.
func changed(r *change.Resource, path string) difference {
	old, new := r.Old.Get(path), r.New.Get(path)
	switch {
	case old.IsAbsent() && new.IsAbsent():
		return same
	case old.IsAbsent():
		old = r.Old.Out(path) // what AWS has chosen
	case new.IsAbsent():
		return perhaps // AWS may leave it as it is
	}
	how := compare(old, new)
	if how == same && len(told(r, path)) > 0 {
		return different
	}
	return how
}

// told are the properties at or below a path of which it is known that they differ.
func told(r *change.Resource, path string) []string {
	var paths []string
	for _, p := range r.Properties {
		if within(p.Path, path) && !p.Noise {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// exactly are those, or else the path itself.
func exactly(r *change.Resource, path string) []string {
	if paths := told(r, path); len(paths) > 0 {
		return paths
	}
	return []string{path}
}

// compare finds what differs. What is not known before may be as it is after.
func compare(old, new rule.Value) difference {
	switch {
	case old.IsUnknown() && new.IsUnknown():
		return same
	case old.IsUnknown(), new.IsUnknown():
		return perhaps
	case len(old.Items()) != len(new.Items()):
		return different
	}
	worst := same
	for i, item := range old.Items() {
		worst = max(worst, compare(item, new.Items()[i]))
	}
	keys := append(old.Keys(), new.Keys()...)
	for _, key := range keys {
		worst = max(worst, compare(old.Field(key), new.Field(key)))
	}
	if len(keys)+len(old.Items()) == 0 && !equal(old, new) {
		return different
	}
	return worst
}

// equal compares plain values. What is not set is as good as its zero.
func equal(old, new rule.Value) bool {
	a, _ := rule.Plain(old)
	b, _ := rule.Plain(new)
	return reflect.DeepEqual(zeroless(a), zeroless(b))
}

func zeroless(v any) any {
	if v == nil || reflect.ValueOf(v).IsZero() {
		return nil
	}
	return v
}
