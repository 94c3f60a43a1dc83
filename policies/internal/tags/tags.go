// Package tags knows what a resource is tagged with, be it by itself or by its provider.
package tags

import (
	"encoding/json"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Tags are the tags of a resource that has a map of them.
type Tags struct {
	// layers are maps from key to value; what an earlier one says holds.
	layers []rule.Value
}

// Of is the tags of a resource, the defaultTags of its provider included.
func Of(r *rule.Resource) Tags {
	defaults := rule.Of(r.Provider).Get("defaultTags")
	if text, ok := defaults.Text(); ok { // provider inputs are JSON in a text
		var decoded any
		if json.Unmarshal([]byte(text), &decoded) == nil {
			defaults = rule.Of(map[string]any{"defaultTags": decoded}).Get("defaultTags")
		}
	}
	return Tags{layers: []rule.Value{r.Get("tags"), r.Get("tagsAll"), defaults.Get("tags")}}
}

// Value is the value of a tag, and whether the resource has it. The verdict is Unknown if
// that is not known, and otherwise the zero Verdict.
func (t Tags) Value(key string) (value string, has bool, verdict rule.Verdict) {
	for _, layer := range t.layers {
		if layer.IsUnknown() {
			return "", false, rule.NotKnown(layer)
		}
		if !slices.Contains(layer.Keys(), key) {
			continue
		}
		tag := layer.Field(key)
		if tag.IsUnknown() {
			return "", false, rule.NotKnown(layer)
		}
		if value, is := tag.Text(); is {
			return value, true, rule.Verdict{}
		}
	}
	return "", false, rule.Verdict{}
}

// Keys are the keys of all tags. The verdict is Unknown if there may be more.
func (t Tags) Keys() (keys []string, verdict rule.Verdict) {
	for _, layer := range t.layers {
		if layer.IsUnknown() {
			verdict = rule.NotKnown(layer)
		}
		for _, key := range layer.Keys() {
			if _, is := layer.Field(key).Text(); is || layer.Field(key).IsUnknown() {
				keys = append(keys, key)
			}
		}
	}
	return keys, verdict
}
