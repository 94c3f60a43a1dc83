package danger

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// updatesOf is all that is known of updates of a type, the worst first.
func updatesOf(token string) updates {
	u := restarts[token]
	u.changes = slices.Concat(u.changes, stopped[token], retention[token], rollouts[token])
	slices.SortStableFunc(u.changes, func(a, b interruption) int { return a.danger().Compare(b.danger()) })
	return u
}

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
	// absent is what applies where they are not set; without it, AWS chooses, or leaves them.
	absent any
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
	// by is a type. If a property is from one of it that changes, it is certain to be another.
	by string
	// values says in the end from which values to which, as far as they are known.
	values func(old, new *rule.Resource) string
}

func (i interruption) danger() Kind { return cmp.Or(i.kind, Restart) }

// spare is what takes over while a resource is away.
type spare struct {
	when condition // of the resource as it is to be
	does string
	away latency.Estimate
}

// updated are the dangers of updating a resource: the worst that happens to it, and the worst
// that happens to what guards it.
func updated(c *change.Change, r *change.Resource) []Danger {
	u := updatesOf(r.Type)
	return append(u.worst(c, r, false), u.worst(c, r, true)...)
}

func (u updates) worst(c *change.Change, r *change.Resource, guards bool) []Danger {
	var worst *interruption
	var because []string
	certain := false
	for i, each := range u.changes {
		if guards != (each.danger() == Guard) || each.when != nil && !each.when(r.Old, r.New) {
			continue
		}
		for _, path := range each.on {
			how := changed(r, path, each.absent)
			if how == same {
				continue
			}
			if worst == nil {
				worst = &u.changes[i]
			}
			if worst == &u.changes[i] {
				certain = certain || how == different || each.renewed(c, r, path)
			}
			because = append(because, exactly(r, path)...)
		}
	}
	if worst == nil {
		return nil
	}
	slices.Sort(because)
	d := Danger{Kind: worst.danger(), Because: slices.Compact(because), Stops: those(worst.stops, asked(r)), Instead: worst.instead}
	does := worst.does
	if worst.values != nil {
		does += worst.values(r.Old, r.New)
	}
	if worst.away != nil {
		d.lasts(worst.away(r, d.Because))
	}
	for _, s := range worst.spares {
		if s.when.of(asked(r)) {
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
	return []Danger{d}
}

// unversioned are the properties of which a change makes no other version, or may not.
var unversioned = []string{"tags", "tagsAll", "description", "defaultVersion", "updateDefaultVersion"}

// renewed is whether a property is from something that is replaced, or has another version.
func (i interruption) renewed(c *change.Change, r *change.Resource, path string) bool {
	return i.by != "" && slices.ContainsFunc(r.New.Edges[path], func(urn string) bool {
		from := c.Find(urn)
		if from == nil || from.Type != i.by {
			return false
		}
		return from.Op == change.Replace || from.Op == change.Update && slices.ContainsFunc(from.Properties, func(p diff.Property) bool {
			return !p.Noise && !slices.ContainsFunc(unversioned, func(property string) bool { return within(p.Path, property) })
		})
	})
}

// asked is a resource as the program wants it: its outputs are those of before.
func asked(r *change.Resource) *rule.Resource {
	wanted := *r.New
	wanted.Outputs = nil
	return &wanted
}

// time says when an update is made.
func (u updates) time(r *change.Resource) string {
	window := "in its next maintenance window"
	if v := r.New.Get(u.waits); rule.IsSet(v) && !v.IsUnknown() && !v.IsSecret() {
		text, _ := v.Text()
		if strings.Contains(text, ":") {
			text += " UTC" // AWS reads all times of day so
		}
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

// changed is whether a property changes, of which something applies if it is absent. What cannot
// be read in the values, the engine says.
func changed(r *change.Resource, path string, absent any) difference {
	old, new := r.Old.Get(path), r.New.Get(path)
	switch {
	case old.IsAbsent() && new.IsAbsent():
		return same
	case old.IsAbsent():
		old = or(r.Old.Out(path), absent) // what AWS has chosen
	case new.IsAbsent() && absent == nil:
		return perhaps // AWS may leave it as it is
	}
	new = or(new, absent)
	how := compare(old, new)
	if how == same && len(told(r, path, false)) > 0 {
		return different
	}
	return how
}

// or is a value, or else what applies if it is absent.
func or(v rule.Value, absent any) rule.Value {
	if v.IsAbsent() {
		return rule.Of(absent)
	}
	return v
}

// told are the properties at or below a path of which it is known that they differ: those that
// are noise elsewhere, or the others.
func told(r *change.Resource, path string, noise bool) []string {
	var paths []string
	for _, p := range r.Properties {
		if within(p.Path, path) && p.Noise == noise {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// exactly are those, or else the path itself.
func exactly(r *change.Resource, path string) []string {
	for _, noise := range []bool{false, true} {
		if paths := told(r, path, noise); len(paths) > 0 {
			return paths
		}
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
