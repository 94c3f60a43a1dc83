package exposure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

// claim is one thing that a resource opens on one side of a change or, if it guards, keeps
// closed.
type claim struct {
	by       *rule.Resource
	urn      string // of by, as the change says it
	kind     Kind
	property string
	// on is what is opened, by the same name on both sides: a claim that has moved to another
	// resource is not new.
	on    string
	right right
	// guards says that the right is kept from others.
	guards bool
	// lifts is what was kept from others before the change if the claim opens anything.
	lifts *lifted
	// unknown says that the property is not known, and so there is no right.
	unknown bool
	// frame is what people are told, with %s for the items of all claims that differ in nothing
	// else. An item may have a tail, such as the resource that an action is allowed on.
	frame, item, tail string
	wide              bool
}

// lifted is a right that is kept from others on something.
type lifted struct {
	on    string
	right right
}

// right is how much is open.
type right interface {
	// within says that the others, taken together, open all of it.
	within(others []right) bool
}

// token is a right that is there or not.
type token string

func (t token) within(others []right) bool { return slices.Contains(others, right(t)) }

// readers say what a resource claims, by its type.
var readers = func() map[string][]func(*side, *rule.Resource) {
	all := map[string][]func(*side, *rule.Resource){}
	for _, some := range [...]map[string]func(*side, *rule.Resource){
		groupReaders, routeReaders, edgeReaders, wafReaders, flagReaders(), identityReaders, holderReaders(), admissionReaders(), kubernetesReaders,
	} {
		for kind, read := range some {
			all[kind] = append(all[kind], read)
		}
	}
	return all
}()

// side is what a stack opens before or after a change.
type side struct {
	*names
	graph  *rule.Graph
	claims []claim
	// open and guarded are the rights of the claims by what they are on.
	open, guarded map[string][]right
}

// read is a side, of which each resource has a part.
func read(n *names, resources []*change.Resource, part func(*change.Resource) *rule.Resource) *side {
	var all []*rule.Resource
	for _, r := range resources {
		if one := part(r); one != nil {
			all = append(all, one)
		}
	}
	graph := rule.NewGraph(all)
	s := &side{names: n, graph: graph, open: map[string][]right{}, guarded: map[string][]right{}}
	for _, r := range graph.All() {
		for _, read := range readers[r.Type] {
			read(s, r)
		}
	}
	s.readAclRules()
	s.readNetworkPolicies()
	for _, c := range s.claims {
		switch {
		case c.guards:
			s.guarded[c.on] = append(s.guarded[c.on], c.right)
		case !c.unknown:
			s.open[c.on] = append(s.open[c.on], c.right)
		}
	}
	return s
}

func (s *side) add(c claim) {
	c.urn = s.self(c.by)
	s.claims = append(s.claims, c)
}

// notKnown claims that a property decides what is opened, and is not known.
func (s *side) notKnown(r *rule.Resource, kind Kind, property, what string) {
	s.add(claim{by: r, kind: kind, property: property, frame: what + " is known after the deploy", unknown: true})
}

// notRead claims that a policy document decides what is opened, and cannot be read.
func (s *side) notRead(r *rule.Resource, kind Kind, document rule.Value, what string) {
	c := claim{by: r, kind: kind, property: top(document), frame: what + " is known after the deploy", unknown: true}
	if _, isText := readable(document); isText {
		c.frame = what + " cannot be told: " + c.property + " is no policy document"
	} else if document.IsSecret() {
		c.frame = what + " cannot be told: " + c.property + " is secret"
	}
	s.add(c)
}

// Find is what a change opens that was not open before, the wide first.
func Find(c *change.Change) []Exposure {
	names := namesOf(c)
	before := read(names, c.Resources, func(r *change.Resource) *rule.Resource { return r.Old })
	after := read(names, c.Resources, remains)
	var news []claim
	for _, a := range after.claims {
		switch {
		case a.guards, a.lifts != nil && !a.lifts.right.within(before.guarded[a.lifts.on]):
		case a.unknown && names.resources[a.urn].Changed() && !before.unknownAt(a), !a.unknown && !a.right.within(before.open[a.on]):
			news = append(news, a.asPermission(before.open[a.on]))
		}
	}
	news = slices.DeleteFunc(news, func(c claim) bool { return slices.ContainsFunc(news, c.mirrors) })
	for _, b := range before.claims {
		if b.guards && names.stays(b.on) && !after.unknownAt(b) && !b.right.within(after.guarded[b.on]) && !podsGone(b, before, after) {
			news = append(news, b)
		}
	}
	return tell(names, news, before, after)
}

// mirrors says that a claim lets out to a security group what another one lets in there.
func (c claim) mirrors(in claim) bool {
	there, isFlow := in.right.(flow)
	here, _ := c.right.(flow)
	on, isIngress := strings.CutSuffix(in.on, "|ingress")
	if !isFlow || !isIngress || here.peers != on || c.on != there.peers+"|egress" {
		return false
	}
	there.peers = here.peers
	return here == there
}

// asPermission is a claim of trust as one of permission if the principal was let in before.
func (c claim) asPermission(before []right) claim {
	if now, ok := c.right.(grant); ok && c.kind == Trust && c.tail == "" && slices.ContainsFunc(before, func(o right) bool {
		was, ok := o.(grant)
		return ok && len(was.conditions) == 0 && now.principal.within(was.principal)
	}) {
		c.kind = Permission
	}
	return c
}

// unknownAt says that what a claim rests on is not known on this side.
func (s *side) unknownAt(c claim) bool {
	return slices.ContainsFunc(s.claims, func(a claim) bool {
		return a.unknown && a.urn == c.urn && a.property == c.property
	})
}

// tell puts claims that differ in their items only into one exposure: those of a resource
// or, of what an identity may do, those of all its policies.
func tell(n *names, news []claim, before, after *side) []Exposure {
	type key struct {
		urn, frame string
		kind       Kind
	}
	groups := map[key][]claim{}
	for _, c := range news {
		k := key{c.urn, c.frame, c.kind}
		if c.kind == Permission && !c.unknown {
			k.urn = c.on
		}
		groups[k] = append(groups[k], c)
	}
	var found []Exposure
	for _, group := range groups {
		first := group[0]
		e := Exposure{Resource: n.resources[first.urn], Kind: first.kind, What: words(group), Property: first.property, Unknown: first.unknown}
		e.Wide = slices.ContainsFunc(group, func(c claim) bool { return c.wide })
		if !first.guards && !first.unknown {
			e.Was = was(first, before, after)
		}
		found = append(found, e)
	}
	order := []Kind{Network, Endpoint, Permission, Trust}
	slices.SortFunc(found, func(a, b Exposure) int {
		return cmp.Or(-compare(a.Wide, b.Wide), compare(a.Unknown, b.Unknown),
			cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			cmp.Compare(a.Resource.URN, b.Resource.URN), cmp.Compare(a.What, b.What))
	})
	return found
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

// was is what the resource of a claim opened before and opens no more, or not so.
func was(c claim, before, after *side) string {
	var gone []claim
	for _, b := range before.claims {
		if b.urn == c.urn && b.kind == c.kind && b.property == c.property && !b.guards && !slices.ContainsFunc(after.claims, func(a claim) bool {
			return a.urn == b.urn && a.frame == b.frame && a.item == b.item && a.tail == b.tail
		}) {
			gone = append(gone, b)
		}
	}
	if len(gone) == 0 {
		return ""
	}
	same := slices.DeleteFunc(slices.Clone(gone), func(b claim) bool { return b.frame != c.frame })
	if len(same) > 0 {
		return list(same)
	}
	gone = slices.DeleteFunc(gone, func(b claim) bool { return b.frame != gone[0].frame })
	return words(gone)
}

// words fills the frame of claims with their items.
func words(claims []claim) string {
	return strings.Replace(claims[0].frame, "%s", list(claims), 1)
}

// most is how many items are told one by one.
const most = 5

// list tells the items of claims, the wide first, those with the same tails together.
func list(claims []claim) string {
	claims = slices.Clone(claims)
	slices.SortStableFunc(claims, func(a, b claim) int {
		return cmp.Or(-compare(a.wide, b.wide), -compare(isOpen(a.item), isOpen(b.item)))
	})
	var items []string
	tails := map[string][]string{}
	for _, c := range claims {
		if tails[c.item] == nil {
			items = append(items, c.item)
		}
		if !slices.Contains(tails[c.item], c.tail) {
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
