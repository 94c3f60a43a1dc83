// Package diff tells what differs between what a resource was made from and what it is to
// be made from, for people: JSON documents as JSON, and never a secret.
package diff

import (
	"maps"
	"slices"
	"strings"
)

// What is said instead of a value.
const (
	// Secret is said of what is secret. A change of it is "[secret]" to "[secret]".
	Secret = "[secret]"
	// Unknown is said of what AWS, or another provider, decides.
	Unknown = "known after the deploy"
)

// Property is one difference.
type Property struct {
	// Path is where, such as "tags.owner", or in a JSON document "policy.Statement[0].Action".
	// What is in a list has its name for an index, "containers[app].image"; an item of a list
	// in which each stands for itself has none, "subnetIds[]".
	Path string `json:"path"`
	// Was and Is are the values as text, nil where there is none. What is secret or known
	// only after the deploy says that instead.
	Was *string `json:"was,omitempty"`
	Is  *string `json:"is,omitempty"`
	// Forces says that this difference makes the engine replace the resource.
	Forces bool `json:"forces,omitempty"`
	// Noise says that the difference changes nothing that anybody uses: tags, and what follows
	// from another change of the same kind.
	Noise bool `json:"noise,omitempty"`
}

// Between is what differs between the inputs of a resource of a type, as a preview prints them,
// sorted by path. Without old ones it is all that the program says; without new ones it is nothing.
// The engine's own list of what differs, in its paths, tells which secrets do.
func Between(token string, old, new map[string]any, engine []string) []Property {
	if new == nil {
		return nil
	}
	was, is := tidy(old, old == nil), tidy(new, old == nil)
	d := differ{named: named(old, new)}
	d.compare(place{tagged: strings.HasPrefix(token, "aws:") || token == "pulumi:providers:aws"}, was, is)
	d.unveil(engine)
	told := make([]Property, 0, len(d.told))
	for _, t := range d.told {
		if !d.repeats(t) {
			told = append(told, t.Property)
		}
	}
	slices.SortStableFunc(told, func(a, b Property) int { return natural(a.Path, b.Path) })
	return told
}

// named are the properties in which both sides have a name that the engine has made up.
func named(old, new map[string]any) map[string]bool {
	both := map[string]bool{}
	for key := range defaults(old) {
		both[key] = defaults(new)[key]
	}
	return both
}

// differ collects differences.
type differ struct {
	told []difference
	// hidden are secrets on both sides, of which nobody sees whether they differ.
	hidden []place
	named  map[string]bool
}

// difference is a property and where it is for the engine.
type difference struct {
	Property
	at []string
}

// say tells of a difference in words.
func (d *differ) say(p place, was, is *string, noise bool) {
	d.told = append(d.told, difference{Property{Path: p.path, Was: was, Is: is, Noise: noise || p.noise}, p.at})
}

// repeats says that something is a tag that is told already.
func (d *differ) repeats(t difference) bool {
	if len(t.at) == 0 || t.at[0] != "tagsAll" {
		return false
	}
	return slices.ContainsFunc(d.told, func(other difference) bool {
		return len(other.at) > 0 && other.at[0] == "tags" && slices.Equal(other.at[1:], t.at[1:]) &&
			equal(other.Was, t.Was) && equal(other.Is, t.Is)
	})
}

func equal(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// unveil tells of the secrets that differ: those that the engine names, and those within
// what it names if nothing else there differs. If something does, they may.
func (d *differ) unveil(engine []string) {
	if len(d.hidden) == 0 {
		return
	}
	told, changed := d.told, map[int]bool{}
	for _, path := range finest(engine) {
		if slices.ContainsFunc(told, func(t difference) bool { return related(t.at, path, false) }) {
			if !d.mark(changed, func(p place) bool { return within(path, p.at, true) }) {
				d.suspect(path)
			}
		} else if !d.mark(changed, func(p place) bool { return related(p.at, path, true) }) {
			d.mark(changed, func(p place) bool { return related(p.at, path, false) })
		}
	}
	for _, i := range slices.Sorted(maps.Keys(changed)) {
		d.say(d.hidden[i], text(Secret), text(Secret), false)
	}
}

// suspect tells once of the secrets within a path of the engine's, which may differ.
func (d *differ) suspect(path []string) {
	var all []place
	for _, p := range d.hidden {
		if within(p.at, path, true) {
			all = append(all, p)
		}
	}
	if len(all) > 1 {
		all = []place{all[0].upTo(len(path))}
	}
	for _, p := range all {
		d.say(p, text(Secret), text(Secret+" (may differ)"), false)
	}
}

// mark takes note of the hidden places that are meant, and says whether there are any.
func (d *differ) mark(changed map[int]bool, meant func(place) bool) bool {
	found := false
	for i, p := range d.hidden {
		if meant(p) {
			changed[i], found = true, true
		}
	}
	return found
}

// finest are the engine's paths without those that only contain another.
func finest(engine []string) [][]string {
	var paths [][]string
	for _, path := range engine {
		paths = append(paths, segments(path))
	}
	slices.SortFunc(paths, slices.Compare)
	paths = slices.CompactFunc(paths, slices.Equal)
	var all [][]string
	for i, path := range paths {
		if i+1 == len(paths) || !within(paths[i+1], path, true) { // what is in it comes right after it
			all = append(all, path)
		}
	}
	return all
}

func text(s string) *string { return &s }
