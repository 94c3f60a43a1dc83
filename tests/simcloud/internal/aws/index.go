package aws

import (
	"slices"
	"strings"
)

// indexed are the properties by which rules look resources up that there may be thousands of: what names a resource, and what it belongs to.
var indexed = []string{"arn", "name", "clusterName", "functionName", "function", "logGroupName", "policyArn", "repository", "role", "securityGroupId", "serviceAccount", "url"}

// entry is a property's value at the resources of a kind.
type entry struct{ kind, property, value string }

// folded is the property under which names are filed regardless of case.
const folded = "folded name"

// entries are what a resource is filed under.
func entries(r *Resource) []entry {
	var out []entry
	for _, property := range indexed {
		if value := r.Props.Str(property); value != "" {
			out = append(out, entry{r.Kind, property, value})
		}
	}
	if name := r.Props.Str("name"); name != "" {
		out = append(out, entry{r.Kind, folded, strings.ToLower(name)})
	}
	return out
}

// file puts a resource in the index. Entries that no longer hold are passed over when they are met: who looks judges by what is there.
func (w *World) file(r *Resource) {
	key := r.key(r.Kind, identity(r.Kind, r.ID, r.Props))
	for _, at := range entries(r) {
		if w.filed[at] == nil {
			w.filed[at] = map[string]bool{}
		}
		w.filed[at][key] = true
	}
}

// unfile takes the entries of a resource away that is going to be deleted.
func (w *World) unfile(r *Resource, key string) {
	for _, at := range entries(r) {
		if delete(w.filed[at], key); len(w.filed[at]) == 0 {
			delete(w.filed, at)
		}
	}
}

// named says whether the request's account sees a resource of a kind with the name, in upper or lower case.
func (r *Request) named(kind, name string) bool {
	for key := range r.filed[entry{kind, folded, strings.ToLower(name)}] {
		if res := r.kinds[kind][key]; res != nil && strings.EqualFold(res.Props.Str("name"), name) && r.sees(res) {
			return true
		}
	}
	return false
}

// With lists the resources of a kind whose property has the value, as All does.
func (r *Request) With(kind, property, value string) []*Resource {
	if !slices.Contains(indexed, property) || value == "" {
		return slices.DeleteFunc(r.All(kind), func(res *Resource) bool { return res.Props.Str(property) != value })
	}
	var out []*Resource
	for key := range r.filed[entry{kind, property, value}] {
		if res := r.kinds[kind][key]; res != nil && res.Props.Str(property) == value && r.sees(res) {
			out = append(out, res)
		}
	}
	slices.SortFunc(out, func(a, b *Resource) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// sees says whether the request's account sees a resource in its region.
func (r *Request) sees(res *Resource) bool {
	return res.Account == r.Account && (globalServices[service(res.Kind)] || res.Region == r.Region)
}
