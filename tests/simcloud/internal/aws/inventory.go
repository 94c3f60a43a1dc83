package aws

import (
	"cmp"
	"slices"
)

// Inventory returns copies of everything that exists, also what AWS made by itself, and how
// often something was made under a URN, which decides the next name and ID there.
func (w *World) Inventory() (resources []*Resource, made map[string]int) {
	resources = w.List(true)
	slices.SortStableFunc(resources, func(a, b *Resource) int { // IDs are unique only within a parent
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.URN, b.URN))
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	made = map[string]int{}
	for _, r := range resources {
		if r.URN != "" {
			made[r.URN] = w.births[r.URN]
		}
	}
	return resources, made
}

// Restore puts an inventory back, as it is: no rule judges it and nothing is filled in.
func (w *World) Restore(resources []*Resource, made map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range resources {
		if !r.Implicit {
			r.Kind = KindOf(r.Token)
		}
		w.put(r)
	}
	for urn, n := range made {
		w.births[urn] = max(n, w.births[urn])
	}
}
