package aws

import (
	"slices"
	"strings"
)

// owner is what implicit resources were made along with; place is where a resource is stored.
type (
	owner struct {
		Scope
		kind, id string
	}
	place struct{ kind, key string }
)

// own remembers what a resource was made along with.
func (w *World) own(r *Resource, at place) {
	of := owner{r.Scope, r.OwnerKind, r.Owner}
	if w.owned[of] == nil {
		w.owned[of] = map[place]bool{}
	}
	w.owned[of][at] = true
}

// ownedBy lists what AWS made along with a resource, by kind and ID.
func (w *World) ownedBy(s Scope, kind, id string) []*Resource {
	var out []*Resource
	for at := range w.owned[owner{s, kind, id}] {
		if r := w.kinds[at.kind][at.key]; r != nil && r.Implicit && r.OwnerKind == kind && r.Owner == id {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Resource) int { return strings.Compare(a.order(), b.order()) })
	return out
}

// removeOwned removes what AWS made along with a resource.
func (w *World) removeOwned(s Scope, kind, id string) {
	for _, r := range w.ownedBy(s, kind, id) {
		w.discard(r)
	}
	delete(w.owned, owner{s, kind, id})
}
