package exposure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// tell puts claims that differ in their items only into one exposure: those of a resource
// or, of what an identity may do, those of all its policies.
func tell(n *names, news []claim, before, after *side) []Exposure {
	type key struct {
		urn, frame string
		kind       Kind
	}
	groups := map[key][]claim{}
	for _, c := range news {
		if c.own = after.isOwn(c); c.own && c.tail == "" {
			c.tail = "(this stack's own network)"
		}
		k := key{c.urn, cmp.Or(c.subject, c.frame), c.kind}
		if c.kind == Permission && !c.unknown {
			k.urn = c.on
		}
		groups[k] = append(groups[k], c)
	}
	var found []Exposure
	own := map[string]bool{} // what is told of the own network only, by resource and words
	for _, group := range groups {
		first := group[0]
		e := Exposure{Resource: n.resources[first.urn], Kind: first.kind, What: words(group), Property: first.property, Unknown: first.unknown}
		e.Wide = slices.ContainsFunc(group, func(c claim) bool { return c.wide })
		if !first.guards && !first.unknown {
			e.Was = was(group, before, after)
		}
		own[e.Resource.URN+e.What] = !slices.ContainsFunc(group, func(c claim) bool { return !c.own })
		found = append(found, e)
	}
	slices.SortFunc(found, func(a, b Exposure) int {
		return cmp.Or(a.Compare(b), compare(own[a.Resource.URN+a.What], own[b.Resource.URN+b.What]),
			cmp.Compare(a.Resource.URN, b.Resource.URN), cmp.Compare(a.What, b.What))
	})
	return found
}

// Compare puts the worse first: what is open to everybody, then what is known, and the worse kind.
func (e Exposure) Compare(other Exposure) int {
	return cmp.Or(-compare(e.Wide, other.Wide), compare(e.Unknown, other.Unknown),
		cmp.Compare(slices.Index(Kinds(), e.Kind), slices.Index(Kinds(), other.Kind)))
}

// isOwn says that a claim is about addresses in a VPC of the stack.
func (s *side) isOwn(c claim) bool {
	f, isFlow := c.right.(flow)
	if !isFlow || !f.addresses.first.IsValid() {
		return false
	}
	whole := flow{protocols: allProtocols, ports: allPorts}
	return slices.ContainsFunc(s.graph.Of(vpc), func(r *rule.Resource) bool {
		block, _ := readable(r.Get("cidrBlock"))
		all, ok := whole.from(block)
		return ok && len(f.without(all)) == 0
	})
}

// compare puts false before true.
func compare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// was is what the resource of some claims opened before and opens no more, or not so.
func was(claims []claim, before, after *side) string {
	c := claims[0]
	type text struct{ frame, item, tail string }
	still, told := map[text]bool{}, map[string]bool{}
	for _, one := range claims {
		told[one.frame] = true
	}
	for _, a := range after.saidOf(c.urn) {
		still[text{a.frame, a.item, a.tail}] = true
	}
	var gone, same []claim
	for _, b := range before.saidOf(c.urn) {
		if b.kind != c.kind || b.property != c.property || b.guards || still[text{b.frame, b.item, b.tail}] {
			continue
		}
		gone = append(gone, b)
		if told[b.frame] {
			same = append(same, b)
		}
	}
	switch {
	case len(gone) == 0:
		return ""
	case len(same) == 0:
		return words(slices.DeleteFunc(gone, func(b claim) bool { return b.frame != gone[0].frame }))
	}
	var lists []string
	for _, some := range byFrame(same) {
		lists = append(lists, list(some))
	}
	return strings.Join(lists, ", and ")
}

// saidOf are the claims of a resource, each of one thing.
func (s *side) saidOf(urn string) []claim {
	if s.said == nil {
		s.said = map[string][]claim{}
		for _, c := range s.claims {
			s.said[c.urn] = append(s.said[c.urn], c)
		}
	}
	var all []claim
	for _, c := range s.said[urn] {
		if c.each == nil {
			all = append(all, c)
			continue
		}
		all = append(all, c.beyond(&rights{})...)
	}
	s.said[urn] = all
	return all
}

// words fills the frames of claims with their items.
func words(claims []claim) string {
	var said []string
	for _, some := range byFrame(claims) {
		said = append(said, strings.Replace(some[0].frame, "%s", list(some), 1))
	}
	return strings.TrimSpace(claims[0].subject + " " + strings.Join(said, ", and "))
}

// byFrame are claims by their frames, of which only those with a subject have several.
func byFrame(claims []claim) [][]claim {
	var frames []string
	by := map[string][]claim{}
	for _, c := range claims {
		if by[c.frame] == nil {
			frames = append(frames, c.frame)
		}
		by[c.frame] = append(by[c.frame], c)
	}
	slices.Sort(frames)
	var all [][]claim
	for _, frame := range frames {
		all = append(all, by[frame])
	}
	return all
}

// most is how many items are told one by one.
const most = 5

// list tells the items of claims, the wide first, those with the same tails together.
func list(claims []claim) string {
	claims, most := slices.Clone(claims), cmp.Or(claims[0].upTo, most)
	slices.SortStableFunc(claims, func(a, b claim) int {
		return cmp.Or(-compare(a.wide, b.wide), -compare(isOpen(a.item) || a.item == anywhere, isOpen(b.item) || b.item == anywhere))
	})
	var items []string
	tails, has := map[string][]string{}, map[[2]string]bool{}
	for _, c := range claims {
		if tails[c.item] == nil {
			items = append(items, c.item)
		}
		if key := [2]string{c.item, c.tail}; !has[key] {
			has[key] = true
			tails[c.item] = append(tails[c.item], c.tail)
		}
	}
	var parts, shared []string // items by their tails, which are shared
	by := map[string][]string{}
	for i, item := range items {
		tail := strings.TrimRight(" "+some(tails[item], 2), " ")
		if by[tail] == nil {
			shared = append(shared, tail)
		}
		if i < most {
			by[tail] = append(by[tail], item)
		}
	}
	for _, tail := range shared {
		if len(by[tail]) > 0 {
			parts = append(parts, strings.Join(by[tail], ", ")+tail)
		}
	}
	text := strings.Join(parts, "; ")
	if more := len(items) - most; more > 0 {
		text += andMore(more)
	}
	return text
}
