package danger

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

// missed is what is known of a type of which somebody misses one that is deleted or replaced.
type missed struct {
	// when says which resources of the type it is about; nil is all. The first that fits counts.
	when condition
	kind Kind
	// with is what goes with it.
	with string
	// fresh is what a new one in its place is or lacks. Without it, nobody notices that another
	// one takes over, as long as there is one all the time.
	fresh string
	keeps []guard
	stops []guard
	// from are properties by which a new one begins with the data of something else.
	from []string
	// identity is the property that no two of them can share.
	identity string
	// instead is how else to change what makes the engine replace it, by property.
	instead map[string]string
}

// lookup is what is known of what a resource is before the change.
func lookup(r *rule.Resource) (missed, bool) {
	for _, table := range []map[string][]missed{stores, services} {
		for _, m := range table[r.Type] {
			if m.when == nil || m.when(r) {
				return m, true
			}
		}
	}
	return missed{}, false
}

// gone is the danger of deleting or replacing a resource.
func gone(c *change.Change, r *change.Resource) (Danger, bool) {
	m, known := lookup(r.Old)
	replaced, retained := r.Op == change.Replace, r.OldState != nil && r.OldState.RetainOnDelete
	switch {
	case !known, replaced && r.New == nil:
		return Danger{}, false
	case m.kind != Loss && retained && !(replaced && m.fresh != ""):
		return Danger{}, false
	case m.kind != Loss && replaced && !r.DeleteFirst && m.fresh == "":
		return Danger{}, false
	}
	d := Danger{Kind: m.kind, Keeps: those(m.keeps, r.Old), Stops: those(m.stops, r.Old), What: "is deleted, and with it " + m.with}
	if retained {
		d.Keeps = append(d.Keeps, "retainOnDelete, which leaves it in the cloud")
	}
	if !replaced {
		d.What += users(c, r)
		d.Instead = alias(c, r, m)
	} else {
		d.What, d.Because = m.replacement(r), slices.Sorted(slices.Values(r.Forced))
		d.Instead = m.otherwise(d.Because)
		if r.DeleteFirst {
			d.lasts(madeAgain(r))
		}
	}
	// The engine lets a replacement pass that takes the protection off.
	if r.Old.Protect && (!replaced || r.New.Protect) {
		d.Stops = append([]string{"Pulumi, which has it protected (protect)"}, d.Stops...)
	}
	return d, true
}

// users says what refers to a resource that is deleted, and stays: it has to do without, or
// with something else.
func users(c *change.Change, r *change.Resource) string {
	var names []string
	for _, user := range c.Resources {
		if user.Custom && user.Old != nil && user.New != nil && refers(user.Old, r.URN) {
			names = append(names, user.Name)
		}
	}
	slices.Sort(names)
	const most = 3
	if len(names) > most {
		names = append(names[:most-1], fmt.Sprintf("%d more", len(names)-most+1))
	}
	if len(names) == 0 {
		return ""
	}
	return "; used until now by " + strings.Join(names, ", ")
}

func refers(r *rule.Resource, to string) bool {
	for _, urns := range r.Edges {
		if slices.Contains(urns, to) {
			return true
		}
	}
	return false
}

// replacement says what becomes of a resource that is replaced.
func (m missed) replacement(r *change.Resource) string {
	what := "is replaced"
	if r.DeleteFirst {
		what = "is deleted and made again"
	}
	for _, path := range m.from {
		if v := r.New.Get(path); rule.IsSet(v) || rule.IsBlock(v) || len(v.Items()) > 0 {
			return what + "; the new one begins with what " + path + " names"
		}
	}
	if m.fresh != "" {
		what += "; the new one " + m.fresh
	}
	return what
}

// otherwise is how to have what the properties that force a replacement ask for without one.
func (m missed) otherwise(forced []string) string {
	for _, path := range forced {
		for _, property := range slices.Sorted(maps.Keys(m.instead)) {
			if within(path, property) {
				return m.instead[property]
			}
		}
	}
	return ""
}

// alias says that a resource is not deleted if one that is created is the same one by another
// name: with the same name in AWS, or in another place in the program.
func alias(c *change.Change, r *change.Resource, m missed) string {
	var names []string
	for _, other := range c.Resources {
		if other.Op == change.Create && other.Type == r.Type && other.New != nil && m.alike(r.Old, other.New) {
			names = append(names, other.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("if %s is the same one, give it the alias %q (aliases), and nothing is deleted", slices.Min(names), r.URN)
}

func (m missed) alike(old, new *rule.Resource) bool {
	const namespace = "metadata.namespace"
	if old.ProviderURN != new.ProviderURN || old.Get(namespace).String() != new.Get(namespace).String() {
		return false
	}
	was, known := old.Get(m.identity).Text()
	will, _ := new.Get(m.identity).Text()
	return old.Name == new.Name || (known && was == will)
}
