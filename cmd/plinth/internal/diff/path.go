package diff

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// place is where a value is: for people, and for the engine, which knows nothing of names in
// lists and does not look into documents.
type place struct {
	path string
	at   []string
	// noise says that what is there only describes; document, that it is in a JSON document;
	// tagged, that tags are texts by their names there, which only describe.
	noise, document, tagged bool
}

// plainKey is a key that needs no quotes in a path.
var plainKey = regexp.MustCompile(`^[\w$:@/-]+$`)

// key is the place of a property of the object at p, with what is there on either side.
func (p place) key(key string, values ...any) place {
	within := p
	switch {
	case !plainKey.MatchString(key):
		within.path += "[" + quote(key) + "]"
	case p.path == "":
		within.path = key
	default:
		within.path += "." + key
	}
	if !p.document {
		within.at = slices.Concat(p.at, []string{key})
		within.noise = noisy(p, key, values)
	}
	return within
}

// item is the place of an item of the list at p. The label says which it is for people.
func (p place) item(label string, i int) place {
	within := p
	within.path += "[" + label + "]"
	if !p.document {
		within.at = slices.Concat(p.at, []string{fmt.Sprintf("[%d]", i)})
		within.noise = p.noise && !controls(label)
	}
	return within
}

// descriptions are the properties that are tags.
var descriptions = map[string]bool{"tags": true, "tagsAll": true, "defaultTags": true}

// managed are the labels and annotations that tell who has made what they are on.
var managed = map[string]bool{
	"app.kubernetes.io/managed-by": true, "app.kubernetes.io/version": true, "helm.sh/chart": true,
	"meta.helm.sh/release-name": true, "pulumi.com/autonamed": true, "managed-by": true,
}

func noisy(p place, key string, values []any) bool {
	if p.noise {
		return !controls(key)
	}
	if p.tagged && (key == "defaultTags" || descriptions[key] && !slices.ContainsFunc(values, func(v any) bool { return !areTags(v) })) {
		return true
	}
	in := ""
	if len(p.at) > 0 {
		in = p.at[len(p.at)-1]
	}
	return managed[key] && (in == "labels" || in == "annotations")
}

// Tag says that a path leads to tags, and to which; it is empty if it leads to all.
func Tag(path string) (key string, found bool) {
	steps := segments(path)
	for i, step := range slices.Backward(steps) {
		if descriptions[step] {
			return strings.Join(steps[i+1:min(i+2, len(steps))], ""), true
		}
	}
	return "", false
}

// areTags says that a value is texts by their names, or may be once it is known.
func areTags(v any) bool {
	fields, ok := v.(map[string]any)
	for _, field := range fields {
		ok = ok && scalar(field)
	}
	return ok || v == nil || v == unknown
}

// controls says that a tag is one that controllers look for, and so more than a description.
func controls(tag string) bool { return strings.Contains(tag, "/") }

// upTo is the place that the first n steps of a place lead to.
func (p place) upTo(n int) place {
	steps := segments(p.path)
	if len(steps) < n {
		return p
	}
	up := place{at: p.at[:n]}
	for _, step := range steps[:n] {
		if isIndex(step) {
			up.path += step
		} else {
			up.path = place{path: up.path}.key(step).path
		}
	}
	return up
}

// Covers says that a path of the engine's is that of a property, or contains it, or is in it.
// Items of lists are not told apart: they have other names for the engine.
func Covers(engine, path string) bool {
	steps := segments(engine)
	return len(steps) > 0 && related(steps, segments(path), false)
}

// segments are the steps of a path, of the engine's or of a Property's. An index has brackets.
func segments(path string) []string {
	path, _, _ = strings.Cut(path, onLine)
	var steps []string
	for path = strings.TrimPrefix(path, "."); path != ""; path = strings.TrimPrefix(path, ".") {
		if quoted, err := strconv.QuotedPrefix(strings.TrimPrefix(path, "[")); path[0] == '[' && err == nil && quoted[0] == '"' {
			key, _ := strconv.Unquote(quoted)
			steps = append(steps, key)
			path = strings.TrimPrefix(path[1+len(quoted):], "]")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if path[0] == '[' {
			end = strings.IndexByte(path, ']') + 1
		}
		if end <= 0 {
			end = len(path)
		}
		steps = append(steps, path[:end])
		path = path[end:]
	}
	return steps
}

// related says that one of two paths is within the other.
func related(a, b []string, exact bool) bool { return within(a, b, exact) || within(b, a, exact) }

// within says that inner is outer, or in it. Unless it must be exact, each index is like
// each other.
func within(inner, outer []string, exact bool) bool {
	if len(inner) < len(outer) {
		return false
	}
	for i, step := range outer {
		if inner[i] != step && (exact || !isIndex(inner[i]) || !isIndex(step)) {
			return false
		}
	}
	return true
}

func isIndex(step string) bool { return strings.HasPrefix(step, "[") && strings.HasSuffix(step, "]") }

// natural compares texts, and the numbers in them as numbers.
func natural(a, b string) int {
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m > 0 && n > 0 {
			x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y), cmp.Compare(m, n)); c != 0 {
				return c
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
