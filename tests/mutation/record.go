package mutation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Properties are the paths of each type, with whether a policy notices a change there: a
// failure, or a verdict that cannot be given any more.
type Properties map[string]map[string]bool

// PropertiesOf sums up notices.
func PropertiesOf(notices []Notice) Properties {
	all := Properties{}
	for _, n := range notices {
		if !n.values() {
			continue
		}
		if all[n.Of.Type] == nil {
			all[n.Of.Type] = map[string]bool{}
		}
		all[n.Of.Type][n.Path] = all[n.Of.Type][n.Path] || len(n.Red) > 0 || len(n.Unknown) > 0
	}
	return all
}

// Red is the policies that fail after a flip.
func Red(notices []Notice) map[string]bool {
	red := map[string]bool{}
	for _, n := range notices {
		for _, id := range n.Red {
			red[id] = true
		}
	}
	return red
}

// Record is what is noticed, for people to review: by type and property, how it is changed
// and which policies then fail. A policy after `?` cannot be decided any more; one after `~`
// does so for some resources of the type, or elements of a list, only.
func Record(notices []Notice) string {
	type flip struct{ token, path, kind string }
	flips, said := map[flip]int{}, map[flip]map[string]int{}
	for _, n := range notices {
		f := flip{n.Of.Type, n.Path, n.Kind}
		flips[f]++
		for _, id := range append(slices.Clone(n.Red), prefixed("?", n.Unknown)...) {
			if said[f] == nil {
				said[f] = map[string]int{}
			}
			said[f][id]++
		}
	}
	// Kinds with the same answer share it, and so do properties.
	answers := map[string]map[string]map[string][]string{} // type, path, answer: kinds
	for f, ids := range said {
		var answer []string
		for id, times := range ids {
			if times < flips[f] {
				id = "~" + id
			}
			answer = append(answer, id)
		}
		slices.SortFunc(answer, func(a, b string) int { return strings.Compare(strings.TrimLeft(a, "~?"), strings.TrimLeft(b, "~?")) })
		kinds := into(into(answers, f.token), f.path)
		kinds[strings.Join(answer, " ")] = append(kinds[strings.Join(answer, " ")], f.kind)
	}
	var text strings.Builder
	text.WriteString("# What is changed, how, and which policies then fail: after ? they cannot be decided, after ~ not for all of the type.\n")
	for _, token := range slices.Sorted(maps.Keys(answers)) {
		paths := map[string][]string{} // by line
		for path, kinds := range answers[token] {
			for answer, list := range kinds {
				slices.Sort(list)
				line := strings.Join(list, ", ") + ": " + answer
				paths[line] = append(paths[line], path)
			}
		}
		var lines []string
		for line, list := range paths {
			slices.Sort(list)
			lines = append(lines, fmt.Sprintf("  %s\n      %s\n", strings.Join(list, ", "), line))
		}
		slices.Sort(lines)
		fmt.Fprintf(&text, "%s\n%s", token, strings.Join(lines, ""))
	}
	return text.String()
}

func prefixed(mark string, ids []string) []string {
	var marked []string
	for _, id := range ids {
		marked = append(marked, mark+id)
	}
	return marked
}

// into is the map at a key, made if it is not there.
func into[K comparable, V any](of map[string]map[K]V, key string) map[K]V {
	if of[key] == nil {
		of[key] = map[K]V{}
	}
	return of[key]
}
