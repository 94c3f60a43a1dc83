package danger

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

// missed is what is known of a type of which somebody misses one that is deleted or replaced.
type missed struct {
	// when says which resources of the type it is about. The first that fits counts.
	when condition
	// of is the property that names what it is a part of. With that, nobody misses it by itself.
	of string
	// needs says whether a resource needs it, by how that names it. With this, somebody has to.
	needs func(user, gone *rule.Resource) bool
	kind  Kind
	// with is what goes with it.
	with string
	// fresh is what a new one in its place is or lacks. Without it, nobody notices that another
	// one takes over, as long as there is one all the time.
	fresh string
	// moves is what runs on it, and goes over to a new one in its place.
	moves string
	keeps []guard
	stops []guard
	// rejects is who refuses to put another one in its place while it is used.
	rejects string
	// from are properties by which a new one begins with the data of something else.
	from []string
	// identity is the property that no two of them can share.
	identity string
	// instead is how else to change what makes the engine replace it, by property.
	instead map[string]string
	// off is the same for what is to be turned off.
	off map[string]string
}

// lookup is what is known of what a resource is before the change.
func lookup(r *rule.Resource) (missed, bool) {
	for _, table := range []map[string][]missed{stores, services} {
		for _, m := range table[r.Type] {
			if m.when.of(r) {
				return m, true
			}
		}
	}
	return missed{}, false
}

// gone is the danger of deleting or replacing a resource.
func gone(c *change.Change, r *change.Resource) []Danger {
	m, known := lookup(r.Old)
	replaced, retained := r.Op == change.Replace, r.OldState != nil && r.OldState.RetainOnDelete
	var users []string
	if known && !replaced {
		users = m.users(c, r)
	}
	switch {
	case !known, replaced && r.New == nil:
		return nil
	case m.kind != Loss && retained && !(replaced && m.fresh != ""):
		return nil
	case !replaced && (m.needs != nil && len(users) == 0 || m.goesWith(c, r)):
		return nil
	case m.kind != Loss && replaced && !r.DeleteFirst && m.fresh == "":
		return m.moved(r)
	}
	d := Danger{
		Kind: m.kind, Keeps: those(m.keeps, r.Old), Stops: those(m.stops, r.Old), What: "is deleted, and with it " + m.taken(r.Old),
		used: len(users) > 0, aside: aside(c, r),
	}
	if retained {
		d.Keeps = append(d.Keeps, retainOnDelete)
	}
	if !replaced {
		d.What += m.usedBy(users)
		d.Instead = alias(c, r, m)
	} else {
		d.What, d.Because = m.replacement(c, r), slices.Sorted(slices.Values(r.Forced))
		d.Instead = m.otherwise(r.Old, d.Because)
		if m.rejects != "" {
			d.Stops = append(d.Stops, m.rejects)
		}
		if r.DeleteFirst {
			d.lasts(madeAgain(r))
		}
	}
	// The engine lets a replacement pass that takes the protection off.
	if r.Old.Protect && (!replaced || r.New.Protect) {
		d.Stops = append([]string{"Pulumi, which has it protected (protect)"}, d.Stops...)
	}
	return []Danger{d}
}

// moved is what a replacement does to what runs on the old one, although the new one is there.
func (m missed) moved(r *change.Resource) []Danger {
	if m.moves == "" {
		return nil
	}
	return []Danger{{Kind: Rollout, What: "is replaced; " + m.moves, Because: slices.Sorted(slices.Values(r.Forced))}}
}

// goesWith is whether what a resource is a part of is deleted too.
func (m missed) goesWith(c *change.Change, r *change.Resource) bool {
	return slices.ContainsFunc(r.Old.Edges[m.of], func(urn string) bool {
		owner := c.Find(urn)
		return owner != nil && owner.Op == change.Delete
	})
}

// users are what stays, and needs a resource that is deleted or has referred to it: it has to do
// without, or with something else.
func (m missed) users(c *change.Change, r *change.Resource) []string {
	var names []string
	for _, user := range c.Resources {
		if !user.Custom || user.Old == nil || user.New == nil {
			continue
		}
		if m.needs == nil && refers(user.Old, r.URN) || m.needs != nil && m.needs(user.New, r.Old) {
			names = append(names, user.Name)
		}
	}
	slices.Sort(names)
	return names
}

func (m missed) usedBy(names []string) string {
	const most = 3
	if len(names) > most {
		rest := fmt.Sprintf("%s and %d more", names[most-2], len(names)-most+1)
		names = append(names[:most-2], rest)
	}
	switch {
	case len(names) == 0:
		return ""
	case m.needs != nil:
		return "; needed by " + strings.Join(names, ", ")
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
func (m missed) replacement(c *change.Change, r *change.Resource) string {
	what := "is replaced"
	if r.DeleteFirst {
		what = "is deleted and made again" + dragged(c, r)
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

// dragged says which other resource is the reason that one is deleted first: what is made from
// something cannot stay while that is away.
func dragged(c *change.Change, r *change.Resource) string {
	if len(r.Forced) > 0 {
		return ""
	}
	because, seen := "", map[string]bool{r.URN: true}
	for next := []*change.Resource{r}; len(next) > 0; next = next[1:] {
		for _, urn := range dependencies(next[0]) {
			on := c.Find(urn)
			if seen[urn] || on == nil || on.Op != change.Replace || !on.DeleteFirst {
				continue
			}
			because = " because " + on.Name + " is"
			if len(on.Forced) > 0 {
				return because
			}
			seen[urn], next = true, append(next, on)
		}
	}
	return because
}

// dependencies are what a resource was made from.
func dependencies(r *change.Resource) []string {
	var urns []string
	if r.Old != nil {
		for _, to := range r.Old.Edges {
			urns = append(urns, to...)
		}
	}
	if r.OldState != nil {
		for _, urn := range r.OldState.Dependencies {
			urns = append(urns, string(urn))
		}
	}
	slices.Sort(urns)
	return urns
}

// otherwise is how to have what the properties that force a replacement ask for without one.
func (m missed) otherwise(old *rule.Resource, forced []string) string {
	for _, path := range forced {
		for _, property := range slices.Sorted(maps.Keys(m.instead)) {
			if within(path, property) {
				if off, is := m.off[property]; is && rule.IsTrue(held(old, property)) {
					return off
				}
				return m.instead[property]
			}
		}
	}
	return ""
}

// leaves are the properties by which others name where they leave logs and dead letters.
var leaves = []string{"accessLogs", "loggings", "loggingConfig", "targetBucket", "redrivePolicy", "deadLetterConfig"}

// aside is whether others leave in it what nobody works with.
func aside(c *change.Change, r *change.Resource) bool {
	return r.Type == "aws:cloudwatch/logGroup:LogGroup" || slices.ContainsFunc(c.Resources, func(other *change.Resource) bool {
		return other.Custom && other.Old != nil && slices.ContainsFunc(leaves, func(property string) bool {
			return slices.Contains(other.Old.Edges[property], r.URN)
		})
	})
}

// taken is what goes with a resource. It names the region, if that is known.
func (m missed) taken(r *rule.Resource) string {
	if region, known := r.Provider["region"].Text(); known {
		return strings.Replace(m.with, "in this region", "in "+region, 1)
	}
	return m.with
}

// alias says that a resource is not deleted if one that is created is the same one by another
// name: with the same name in AWS, or in another place in the program.
func alias(c *change.Change, r *change.Resource, m missed) string {
	var same *change.Resource
	for _, other := range c.Resources {
		if other.Op == change.Create && other.Type == r.Type && other.New != nil && (m.alike(r.Old, other.New) || m.twins(r.OldState, other.NewState)) {
			if same == nil || cmp.Or(strings.Compare(other.Name, same.Name), strings.Compare(other.URN, same.URN)) < 0 {
				same = other
			}
		}
	}
	switch {
	case same == nil:
		return ""
	case r.Component == "" || same.Component == "" || r.Component == same.Component:
		return fmt.Sprintf("if %s is the same one, give it the alias %q (aliases), and it is not deleted", same.Name, r.URN)
	}
	where := "under a new name"
	if same.Name == r.Name {
		where = "in a new place"
	}
	return fmt.Sprintf("if %s is %s %s, give the component the old one's alias (aliases); its parts follow, and it is not deleted", same.Name, r.Name, where)
}

// twins are named by the engine, and differ in nothing but that and tags.
func (m missed) twins(old, new *apitype.ResourceV3) bool {
	if old == nil || new == nil || old.Provider != new.Provider {
		return false
	}
	rest := func(s *apitype.ResourceV3) map[string]any {
		defaults, _ := s.Inputs["__defaults"].([]any)
		if !slices.Contains(defaults, any(m.identity)) {
			return nil
		}
		inputs := maps.Clone(s.Inputs)
		maps.DeleteFunc(inputs, func(key string, _ any) bool { return key == m.identity || key == "tags" || key == "tagsAll" })
		return inputs
	}
	was, will := rest(old), rest(new)
	return was != nil && will != nil && reflect.DeepEqual(was, will)
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
