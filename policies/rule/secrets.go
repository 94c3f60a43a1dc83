package rule

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Secrets appends every secret text in the value to found.
func (v Value) Secrets(found []string) []string { return v.secrets(found, false) }

func (v Value) secrets(found []string, inside bool) []string {
	inside = inside || v.secret
	if inside && v.kind == text {
		found = append(found, v.str)
	}
	for _, item := range v.items {
		found = item.secrets(found, inside)
	}
	for _, key := range v.Keys() {
		found = v.fields[key].secrets(found, inside)
	}
	return found
}

// HasSecret reports that the value, or anything in it, is secret.
func (v Value) HasSecret() bool {
	if v.secret {
		return true
	}
	for _, item := range v.items {
		if item.HasSecret() {
			return true
		}
	}
	for _, field := range v.fields {
		if field.HasSecret() {
			return true
		}
	}
	return false
}

// leastSecret is the length below which a text is no secret, but would tear messages.
const leastSecret = 4

// secretTexts are all secrets of a graph in all their spellings, the longest first: one that
// is a part of another must not tear it before it is found.
type secretTexts []string

// spellings are a secret as it is and as messages write it: quoted, in JSON, in one line.
func spellings(secret string) []string {
	quoted := strconv.Quote(secret)
	all := []string{secret, quoted[1 : len(quoted)-1], strings.Join(strings.Fields(secret), " ")}
	for _, html := range [...]bool{true, false} {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(html)
		if encoder.Encode(secret) == nil {
			all = append(all, strings.TrimSuffix(b.String()[1:], "\"\n"))
		}
	}
	return all
}

func secretsOf(resources ...*Resource) secretTexts {
	var plain []string
	for _, r := range resources {
		for _, fields := range [...]Fields{r.Inputs, r.Outputs, r.Provider} {
			if all := Of(fields); all.HasSecret() {
				plain = all.Secrets(plain)
			}
		}
	}
	var found secretTexts
	for _, secret := range plain {
		found = append(found, spellings(secret)...)
	}
	found = slices.DeleteFunc(found, func(s string) bool { return len(s) < leastSecret })
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	return slices.Compact(found)
}

// mask takes the secrets out of a text.
func (s secretTexts) mask(text string) string {
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	return text
}

// secretsAround are the secrets that a verdict about a resource could show.
func secretsAround(g *Graph, r *Resource) secretTexts {
	if g == nil {
		return secretsOf(r)
	}
	return Derived(g, func(g *Graph) secretTexts { return secretsOf(g.all...) })
}
