package danger

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

const retainOnDelete = "retainOnDelete, which leaves it in the cloud"

// unguarded is what no longer keeps the data of a resource that stays, or no longer refuses to
// delete it, unless a danger that is known already is by the same properties.
func unguarded(r *change.Resource, known []Danger) []Danger {
	m, _ := lookup(r.Old)
	stops, keeps := lostOf(m.stops, r, known, ""), lostOf(m.keeps, r, known, "without ")
	if r.Unprotected() {
		stops.add("Pulumi, which had it protected (protect)", nil, true)
	}
	var what []string
	if len(stops.words) > 0 {
		what = append(what, stops.how("is no longer", "may no longer be")+" kept from being deleted by "+strings.Join(stops.words, " and by "))
	}
	if len(keeps.words) > 0 {
		what = append(what, keeps.how("would", "may then")+" be deleted "+strings.Join(keeps.words, " and "))
	}
	if r.OldState != nil && r.NewState != nil && r.OldState.RetainOnDelete && !r.NewState.RetainOnDelete {
		what = append(what, "would from now on be deleted in the cloud too (retainOnDelete is taken off)")
	}
	if len(what) == 0 {
		return nil
	}
	because := slices.Concat(stops.because, keeps.because)
	slices.Sort(because)
	return []Danger{{Kind: Guard, What: strings.Join(what, ", and "), Because: slices.Compact(because)}}
}

// lost are guards that are taken off, in words.
type lost struct {
	words, because []string
	certain        bool // of one of them at least
}

func (l *lost) add(word string, because []string, certain bool) {
	l.words, l.because, l.certain = append(l.words, word), append(l.because, because...), l.certain || certain
}

func (l *lost) how(certain, perhaps string) string {
	if l.certain {
		return certain
	}
	return perhaps
}

// lostOf are those that hold of a resource as it is, and not of what is asked for.
func lostOf(guards []guard, r *change.Resource, known []Danger, without string) lost {
	var l lost
	wanted := asked(r)
	for _, g := range guards {
		was, will := those([]guard{g}, r.Old), those([]guard{g}, wanted)
		because, certain := g.changes(r)
		told := func(d Danger) bool {
			return !slices.ContainsFunc(because, func(path string) bool { return !slices.Contains(d.Because, path) })
		}
		switch {
		case len(was) == 0, len(because) == 0, slices.ContainsFunc(known, told), g.while.holds != nil && g.while.of(wanted):
		case len(will) == 0:
			l.add(without+strings.Replace(was[0], " is false)", ")", 1), because, certain)
		case g.days != "" && g.wait(wanted) < g.wait(r.Old):
			l.add("with only "+will[0], because, certain)
		}
	}
	return l
}

// changes are those of a guard's properties that change, and whether it is known to what.
func (g guard) changes(r *change.Resource) (paths []string, certain bool) {
	certain = true
	for _, path := range g.on() {
		new := r.New.Get(path)
		if changed(r, path, nil) != same {
			paths = append(paths, exactly(r, path)...)
			certain = certain && !new.IsUnknown() && !(new.IsAbsent() && g.left)
		}
	}
	return paths, certain
}

// wait is for how many days it keeps something.
func (g guard) wait(r *rule.Resource) float64 {
	days, _ := or(held(r, g.days), mostDays).Number()
	return days
}
