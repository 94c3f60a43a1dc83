package diff

import (
	"slices"
	"strings"
)

// sequences are the lists of texts whose order is their meaning.
var sequences = map[string]bool{"command": true, "args": true, "entryPoint": true, "entrypoint": true, "cmd": true}

// lists compares lists: of scalars as sets, of objects by what they are.
func (d *differ) lists(p place, was, is []any) {
	everything := slices.Concat(was, is)
	switch {
	case slices.ContainsFunc(everything, func(v any) bool { return !scalar(v) }):
		d.items(p, was, is)
	case sequences[last(p.path)] && !slices.Contains(everything, any(secret)):
		if !slices.Equal(was, is) {
			d.tell(p, was, is)
		}
	default:
		d.sets(p, was, is)
	}
}

// last is the last step of a path.
func last(path string) string {
	if steps := segments(path); len(steps) > 0 {
		return steps[len(steps)-1]
	}
	return ""
}

// sets tells which items are new and which are gone. If it is one of each, or what is new
// is not known, the one may stand for the other.
func (d *differ) sets(p place, was, is []any) {
	removed, added := slices.Clone(was), []any(nil)
	for i, item := range is {
		if at := slices.Index(removed, item); at >= 0 {
			removed = slices.Delete(removed, at, at+1)
			if item == secret {
				d.hidden = append(d.hidden, p.item("", i))
			}
			continue
		}
		added = append(added, item)
	}
	if len(removed) == 0 && len(added) == 0 {
		d.order(p, shown(was), shown(is))
		return
	}
	within := p.item("", len(is))
	one := len(removed) == 1 && len(added) == 1
	for _, item := range added {
		if len(removed) > 0 && (one || item == unknown) {
			d.compare(within, removed[0], item)
			removed = removed[1:]
			continue
		}
		d.compare(within, nil, item)
	}
	for _, item := range removed {
		d.compare(within, item, nil)
	}
}

func shown(list []any) []string {
	names := make([]string, len(list))
	for i, item := range list {
		names[i] = show(item)
	}
	return names
}

// order tells of two lists of the same things that only their order differs, if it does.
func (d *differ) order(p place, was, is []string) {
	if slices.Equal(was, is) {
		return
	}
	a, b := strings.Join(was, ", "), strings.Join(is, ", ")
	from := common(a, b)
	d.say(p, text(clip(a, from)), text(clip(b, from)+" (another order)"), p.document && plurals[last(p.path)])
}

// items tells what differs between the items that belong together, and which have no other.
func (d *differ) items(p place, was, is []any) {
	by := identity(was, is)
	pairs, names := match(was, is, by)
	var stay []int // the old indexes of what stays, in the new order
	for _, c := range pairs {
		switch {
		case c.is < 0:
			d.compare(p.item(c.label, c.was), nameless(was[c.was], by), nil)
		case c.was < 0:
			d.compare(p.item(c.label, c.is), nil, nameless(is[c.is], by))
		default:
			d.compare(p.item(c.label, c.is), was[c.was], is[c.is])
			stay = append(stay, c.was)
		}
	}
	called := func(indexes []int) []string {
		list := make([]string, len(indexes))
		for i, index := range indexes {
			list[i] = names[index]
		}
		return list
	}
	d.order(p, called(slices.Sorted(slices.Values(stay))), called(stay))
}
