package diff

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
)

// deep is how long a path is at most. Nobody reads longer ones.
const deep = 1000

// compare tells what differs between two tidy values, of which either may be nil.
func (d *differ) compare(p place, was, is any) {
	switch {
	case was == secret && is == secret:
		d.hidden = append(d.hidden, p)
		return
	case was == nil && is == nil, was == unknown && is == unknown:
		return
	case was == secret || is == secret:
		d.say(p, disclosed(was), disclosed(is), false)
		return
	case was == unknown || is == unknown:
		d.tell(p, was, is)
		return
	case len(p.path) > deep:
		if !same(was, is) {
			d.tell(p, was, is)
		}
		return
	case was == nil || is == nil:
		d.whole(p, was, is)
		return
	}
	switch was := was.(type) {
	case map[string]any:
		if is, ok := is.(map[string]any); ok {
			d.objects(p, was, is)
			return
		}
	case []any:
		if is, ok := is.([]any); ok {
			d.lists(p, was, is)
			return
		}
	case string:
		if is, ok := is.(string); ok {
			d.texts(p, was, is)
			return
		}
	}
	if !same(was, is) {
		d.tell(p, was, is)
	}
}

// objects compares objects property by property.
func (d *differ) objects(p place, was, is map[string]any) {
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	wasHides, isHides := p.path != "" && gainsSecret(is, was), p.path != "" && gainsSecret(was, is)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		within := p.key(key, was[key], is[key])
		if p.path == "" && !p.document && d.named[key] {
			within.noise = within.noise || renamed(was[key], is[key])
		}
		d.lone(within, was[key], is[key], was[key] == nil && wasHides || is[key] == nil && isHides)
	}
}

// gainsSecret says that an object has something secret by a name that it did not have.
func gainsSecret(was, is map[string]any) bool {
	for key, field := range is {
		if was[key] == nil && hasSecret(field) {
			return true
		}
	}
	return false
}

// random is how the engine ends the names that it makes up.
var random = regexp.MustCompile(`-[0-9a-f]{7}$`)

// renamed says that two names differ only in what the engine has made up.
func renamed(was, is any) bool {
	a, aText := was.(string)
	b, bText := is.(string)
	return aText && bText && random.MatchString(a) && random.ReplaceAllString(a, "") == random.ReplaceAllString(b, "")
}

// disclosed is what is said of a side if the other is secret: what is the secret no longer,
// or not yet, is not shown either.
func disclosed(v any) *string {
	switch {
	case v == nil:
		return nil
	case hasSecret(v):
		return text(Secret)
	case v == unknown:
		return text(Unknown)
	}
	return text("in plain text")
}

// hasSecret says that a value is secret, or that something in it is.
func hasSecret(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, hasSecret)
	case map[string]any:
		for _, field := range v {
			if hasSecret(field) {
				return true
			}
		}
	}
	return v == any(secret)
}

// whole tells of something that is there on one side only: in one line if it is short, or
// else leaf by leaf.
func (d *differ) whole(p place, was, is any) {
	const short = 80
	v := was
	if v == nil {
		v = is
	}
	part := func(p place, v any) {
		if was == nil {
			d.compare(p, nil, v)
		} else {
			d.compare(p, v, nil)
		}
	}
	if document, ok := parse(v); ok && len(exact(v)) > short {
		p.document = true
		part(p, document)
		return
	}
	fields, _ := v.(map[string]any)
	if p.path != "" && !p.noise && len(fields) != 1 && len(exact(v)) <= short {
		d.tell(p, was, is)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			part(p.key(key, v[key]), v[key])
		}
		if len(v) > 0 || p.path == "" {
			return
		}
	case []any:
		by := identity(nil, v)
		names := labels(v, by)
		for i, item := range v {
			if scalar(item) {
				names[i] = ""
			}
			part(p.item(names[i], i), nameless(item, by))
		}
		if len(v) > 0 {
			return
		}
	}
	d.tell(p, was, is)
}

// tell tells of two values, of which one may be nil.
func (d *differ) tell(p place, was, is any) {
	switch {
	case was == nil:
		d.say(p, nil, text(clip(show(is), 0)), false)
		return
	case is == nil:
		d.say(p, text(clip(show(was), 0)), nil, false)
		return
	case was == unknown:
		d.say(p, text("not known"), text(clip(show(is), 0)), false)
		return
	case hasSecret(was) || hasSecret(is):
		d.say(p, disclosed(was), disclosed(is), false)
		return
	}
	a, b := show(was), show(is)
	if a == b { // "1" is not 1
		a, b = exact(was), exact(is)
	}
	from := common(a, b)
	if is == unknown {
		from = 0
	}
	d.say(p, text(clip(a, from)), text(clip(b, from)), false)
}

// same says that nothing differs between two values.
func same(was, is any) bool {
	a, aFile := was.(file)
	b, bFile := is.(file)
	if aFile && bFile && a.hash != "" && b.hash != "" {
		return a.hash == b.hash
	}
	return reflect.DeepEqual(was, is)
}

// scalar says that a value has no parts.
func scalar(v any) bool {
	switch v.(type) {
	case string, bool, float64, json.Number, mark, nil:
		return true
	}
	return false
}
