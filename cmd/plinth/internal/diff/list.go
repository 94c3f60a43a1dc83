package diff

import (
	"fmt"
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
	left := map[any]int{}
	for _, item := range was {
		left[item]++
	}
	var removed, added []any
	for i, item := range is {
		if left[item] == 0 {
			added = append(added, item)
			continue
		}
		left[item]--
		if item == secret {
			d.hidden = append(d.hidden, p.item("", i))
		}
	}
	for _, item := range slices.Backward(was) {
		if left[item] > 0 {
			removed = append(removed, item)
			left[item]--
		}
	}
	slices.Reverse(removed)
	if len(removed) == 0 && len(added) == 0 {
		d.order(p, shown(was), shown(is))
		return
	}
	if d.counted(p, len(was), len(is), len(removed), len(added)) {
		return
	}
	within := p.item("", len(is))
	one := len(removed) == 1 && len(added) == 1
	wasHides, isHides := slices.Contains(removed, any(secret)), slices.Contains(added, any(secret))
	for _, item := range added {
		if len(removed) > 0 && (one || item == unknown && !isHides) {
			d.compare(within, removed[0], item)
			removed = removed[1:]
			continue
		}
		d.lone(within, nil, item, wasHides)
	}
	for _, item := range removed {
		d.lone(within, item, nil, isHides)
	}
}

// counted only counts what is new in a list and what is gone, if nobody would read it all, and
// says whether it does.
func (d *differ) counted(p place, was, is, removed, added int) bool {
	const many = 100
	if removed+added <= many {
		return false
	}
	d.say(p, text(fmt.Sprintf("%d items", was)), text(fmt.Sprintf("%d items: %d added, %d removed", is, added, removed)), false)
	return true
}

// lone tells of something that is there on one side only. What has no pair on the other side
// may be what is secret there, and is not shown then.
func (d *differ) lone(p place, was, is any, secretThere bool) {
	switch {
	case !secretThere || hasSecret(was) || hasSecret(is):
		d.compare(p, was, is)
	case was == unknown || is == unknown:
		d.say(p, disclosed(was), disclosed(is), false)
	case is == nil:
		d.say(p, text("[not shown: it may be what is secret now]"), nil, false)
	default:
		d.say(p, nil, text("[not shown: it may be what was secret]"), false)
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
	var removed, added []couple
	var stay []int // the old indexes of what stays, in the new order
	wasHides, isHides := false, false
	for _, c := range pairs {
		switch {
		case c.is < 0:
			removed = append(removed, c)
			wasHides = wasHides || hasSecret(was[c.was])
		case c.was < 0:
			added = append(added, c)
			isHides = isHides || hasSecret(is[c.is])
		default:
			d.compare(p.item(c.label, c.is), was[c.was], is[c.is])
			stay = append(stay, c.was)
		}
	}
	if !d.counted(p, len(was), len(is), len(removed), len(added)) {
		for _, c := range added {
			d.lone(p.item(c.label, c.is), nil, nameless(is[c.is], by), wasHides)
		}
		for _, c := range removed {
			d.lone(p.item(c.label, c.was), nameless(was[c.was], by), nil, isHides)
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
