package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// identities are the properties that tell objects in a list apart, the best first. Of one
// with several, only the first must be there.
var identities = [][]string{
	{"Sid"}, {"sid"}, {"name"}, {"Name"}, {"key"}, {"Key"}, {"id"}, {"Id"}, {"ID"}, {"ruleId"}, {"ruleName"}, {"originId"},
	{"pathPattern"}, {"policyName"}, {"deviceName"}, {"mountPath"}, {"priority"}, {"path"}, {"host"}, {"domainName"}, {"secretArn"},
	{"containerPort", "protocol"}, {"port", "protocol"}, {"protocol", "fromPort", "toPort", "description"}, {"cidrBlock"},
	{"subnetId"}, {"availabilityZone"}, {"instanceType"}, {"resourceType"}, {"userName"}, {"topologyKey"}, {"destination"}, {"type"},
}

// couple are the indexes of items that belong together, -1 where there is no other, and what
// such an item is called.
type couple struct {
	was, is int
	label   string
}

// match finds which items of two lists belong together: those of the same identity, and of
// the others those that are most alike. They are in the order of the new list, then of the
// old. It also says what the old items are called.
func match(was, is []any, by []string) ([]couple, []string) {
	old, renewed := labels(was, by), labels(is, by)
	of := make([]int, len(is)) // the old item that each is
	free := map[int]bool{}
	at := map[string]int{}
	for i := range was {
		free[i] = true
		if name(was[i], by) != "" {
			at[name(was[i], by)] = i
		}
	}
	for i := range is {
		of[i] = -1
		if j, found := at[name(is[i], by)]; found {
			of[i] = j
			delete(free, j)
		}
	}
	alike(was, is, by, of, free)
	pairs := make([]couple, 0, len(is)+len(free))
	for i := range is {
		pairs = append(pairs, couple{of[i], i, renewed[i]})
	}
	for _, j := range slices.Sorted(maps.Keys(free)) {
		pairs = append(pairs, couple{j, -1, old[j]})
	}
	return pairs, old
}

// identity is what tells the items of both lists apart, and finds most of them again.
func identity(was, is []any) []string {
	var best []string
	most := -1
	for _, by := range identities {
		old, renewed := names(was, by), names(is, by)
		if old == nil || renewed == nil || len(old)+len(renewed) == 0 {
			continue
		}
		found := 0
		for n := range renewed {
			if old[n] {
				found++
			}
		}
		if found > most {
			best, most = by, found
		}
	}
	return best
}

// names are what items are called, or nil if two are called the same, or the name of one is
// secret: that of another may be what is the secret now.
func names(list []any, by []string) map[string]bool {
	all := map[string]bool{}
	for _, item := range list {
		fields, _ := item.(map[string]any)
		if slices.ContainsFunc(by, func(key string) bool { return hasSecret(fields[key]) }) {
			return nil
		}
		n := name(item, by)
		if n == "" {
			continue
		}
		if all[n] {
			return nil
		}
		all[n] = true
	}
	return all
}

// name is what an item is called, or empty.
func name(item any, by []string) string {
	fields, _ := item.(map[string]any)
	var parts []string
	for i, key := range by {
		switch v := fields[key].(type) {
		case string, bool, float64, json.Number:
			parts = append(parts, show(v))
		default:
			if i == 0 {
				return ""
			}
		}
	}
	return strings.Join(parts, "/")
}

// nameless is an item without what its label in a path says already, unless that is all.
func nameless(item any, by []string) any {
	fields, _ := item.(map[string]any)
	rest := maps.Clone(fields)
	for _, key := range by {
		delete(rest, key)
	}
	if name(item, by) == "" || len(rest) == 0 {
		return item
	}
	return rest
}

// labels are what the items of a list are called in a path: by what tells them apart, or else
// by their index. A number says what it is, for it would be taken for an index.
func labels(list []any, by []string) []string {
	all := make([]string, len(list))
	for i, item := range list {
		n := name(item, by)
		switch {
		case n == "":
			n = strconv.Itoa(i)
		case digits(n) == len(n):
			n = by[0] + "=" + n
		case strings.ContainsAny(n, `[]"`):
			n = quote(n)
		}
		all[i] = n
	}
	return all
}

// likeness is a possible pair and how much of both is the same, 1 at most.
type likeness struct {
	was, is int
	share   float64
}

// alike pairs what is left: what is the same, then what is more alike than not, then what has
// no name and the same fields in the same place, and in lists of one the only ones.
func alike(was, is []any, by []string, of []int, free map[int]bool) {
	const tooMany = 100_000 // comparisons
	rest := 0
	for _, j := range of {
		if j < 0 {
			rest++
		}
	}
	leaves := map[any]map[string]int{}
	counted := func(list []any, side, i int) map[string]int {
		key := [2]int{side, i}
		if leaves[key] == nil {
			leaves[key] = map[string]int{}
			count(list[i], "", leaves[key])
		}
		return leaves[key]
	}
	var possible []likeness
	for i := range is {
		if of[i] >= 0 || rest*len(free) > tooMany {
			continue
		}
		for _, j := range slices.Sorted(maps.Keys(free)) {
			share := shared(counted(was, 0, j), counted(is, 1, i))
			if share > 0.5 || len(was) == 1 && len(is) == 1 || i == j && samePlace(was[j], is[i], by) {
				possible = append(possible, likeness{j, i, share})
			}
		}
	}
	slices.SortStableFunc(possible, func(a, b likeness) int { return cmp.Compare(b.share, a.share) })
	for _, l := range possible {
		if free[l.was] && of[l.is] < 0 {
			of[l.is] = l.was
			delete(free, l.was)
		}
	}
}

// samePlace says that two items of the same index may be compared with each other: they have no
// name, the same fields, and nothing secret in them.
func samePlace(was, is any, by []string) bool {
	a, _ := was.(map[string]any)
	b, _ := is.(map[string]any)
	if len(a) == 0 || len(a) != len(b) || hasSecret(was) || hasSecret(is) || name(was, by) != "" || name(is, by) != "" {
		return false
	}
	for key := range a {
		if _, found := b[key]; !found {
			return false
		}
	}
	return true
}

// count counts the leaves of a value with their paths, those of lists whatever their order.
func count(v any, path string, leaves map[string]int) {
	switch v := v.(type) {
	case map[string]any:
		for key, field := range v {
			count(field, path+"."+key, leaves)
		}
	case []any:
		for _, item := range v {
			count(item, path+"[]", leaves)
		}
	default:
		leaves[fmt.Sprint(path, " ", exact(v))]++
	}
}

// shared is which share of two counts is common to both.
func shared(a, b map[string]int) float64 {
	both, all := 0, 0
	for leaf, n := range a {
		both += min(n, b[leaf])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 1
	}
	return 2 * float64(both) / float64(all)
}
