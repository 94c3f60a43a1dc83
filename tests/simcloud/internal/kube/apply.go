package kube

import (
	"fmt"
	"slices"
	"strings"
)

// manager is who writes, and whether by applying or by any other way.
type manager struct {
	name  string
	apply bool
}

func (m manager) String() string {
	if m.apply {
		return m.name
	}
	return m.name + " (update)"
}

// owners says which fields each manager owns.
type owners map[manager]fieldSet

func (o owners) clone() owners {
	out := owners{}
	for m, set := range o {
		copied := fieldSet{}
		for path := range set {
			copied[path] = true
		}
		out[m] = copied
	}
	return out
}

// disown takes fields away from all managers but one.
func (o owners) disown(but manager, sets ...fieldSet) {
	for m, owned := range o {
		if m == but {
			continue
		}
		for _, set := range sets {
			for path := range set {
				delete(owned, path)
			}
		}
		if len(owned) == 0 {
			delete(o, m)
		}
	}
}

// applyTo computes what server-side apply makes of an object: what the manager applies wins, what it applied before and does not any more
// goes away unless someone else owns it too, and what someone else owns with another value is a conflict, unless forced.
func applyTo(k *Kind, live map[string]any, owned owners, by manager, applied map[string]any, force bool) (map[string]any, owners, *StatusError) {
	root, owned := k.root(), owned.clone()
	result, _ := merge(root, live, applied).(map[string]any)
	given := setOf(root, applied)

	changed, _ := compare(root, live, result)
	conflicts := map[manager][]string{}
	count := 0
	for m, set := range owned {
		if m == by {
			continue
		}
		for _, path := range changed.sorted() {
			if set[path] {
				conflicts[m] = append(conflicts[m], path)
				count++
			}
		}
	}
	if count > 0 && !force {
		return nil, nil, conflictError(k, conflicts, count)
	}

	gone, others := fieldSet{}, fieldSet{}
	for path := range owned[by] {
		if !given[path] {
			gone[path] = true
		}
	}
	owned[by] = given
	for _, set := range owned {
		for path := range set {
			others[path] = true
		}
	}
	if pruned, keep := prune(root, result, "", gone, others); keep {
		result, _ = pruned.(map[string]any)
	}
	_, removed := compare(root, live, result)
	owned.disown(by, changed, removed)
	return result, owned, nil
}

// updateTo computes the owners after someone replaced an object: whoever changes a field owns it.
func updateTo(k *Kind, live, result map[string]any, owned owners, by manager) owners {
	owned = owned.clone()
	changed, removed := compare(k.root(), live, result)
	owned.disown(by, changed, removed)
	mine := owned[by]
	if mine == nil {
		mine = fieldSet{}
	}
	for path := range changed {
		mine[path] = true
	}
	for path := range removed {
		delete(mine, path)
	}
	delete(owned, by)
	if len(mine) > 0 {
		owned[by] = mine
	}
	return owned
}

func conflictError(k *Kind, conflicts map[manager][]string, count int) *StatusError {
	plural := ""
	if count > 1 {
		plural = "s"
	}
	print := func(m manager) string {
		if m.apply {
			return fmt.Sprintf("%q", m.name)
		}
		return fmt.Sprintf("%q using %s", m.name, k.APIVersion())
	}
	managers := make([]manager, 0, len(conflicts))
	for m := range conflicts {
		managers = append(managers, m)
	}
	slices.SortFunc(managers, func(a, b manager) int { return strings.Compare(print(a), print(b)) })
	e := refuse(Conflict, "")
	var lines []string
	for _, m := range managers {
		lines = append(lines, "conflicts with "+print(m)+":")
		for _, path := range conflicts[m] {
			lines = append(lines, "- "+path)
			e.Causes = append(e.Causes, Cause{Rule: "apply-conflict", Type: "FieldManagerConflict", Field: path, Detail: "conflict with " + print(m)})
		}
	}
	text := strings.Join(lines, "\n")
	if count == 1 {
		text = fmt.Sprintf("conflict with %s: %s", print(managers[0]), conflicts[managers[0]][0])
	}
	e.Message = fmt.Sprintf("Apply failed with %d conflict%s: %s", count, plural, text)
	return e
}
