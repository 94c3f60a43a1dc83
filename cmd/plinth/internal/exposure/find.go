package exposure

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
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
	lifts *opening
	// unknown says that the property is not known, and so there is no right.
	unknown bool
	// frame is what people are told, with %s for the items of all claims that differ in nothing
	// else. An item may have a tail, such as the resource that an action is allowed on.
	frame, item, tail string
	// subject is who it is told of, together with what else it does.
	subject string
	wide    bool
	// groups is where the security groups are that may keep it from being wide.
	groups string
	// own says that it is about addresses of the own network.
	own bool
	// upTo is how many items are told one by one, if it is not as many as usual.
	upTo int
	// each puts one grant in words if the right is a statement of many.
	each func(*claim, grant)
	// through is what opens it: what another resource opens by itself is told of that one.
	through opening
}

// opening is a right on something.
type opening struct {
	on    string
	right right
}

// readers say what a resource claims, by its type.
var readers = func() map[string][]func(*side, *rule.Resource) {
	all := map[string][]func(*side, *rule.Resource){}
	for _, some := range [...]map[string]func(*side, *rule.Resource){
		groupReaders, routeReaders, edgeReaders, wafReaders, flagReaders(), identityReaders, holderReaders(), admissionReaders(), kubernetesReaders, doorReaders,
		runnerReaders(), endpointReaders,
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
	// open and guarded are the rights of the claims.
	open, guarded byThing
	// unknown are the claims without a right, by the resource and property.
	unknown map[[2]string]bool
	// said are the claims by resource, made when they are asked for.
	said map[string][]claim
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
	s := &side{names: n, graph: graph, open: byThing{}, guarded: byThing{}, unknown: map[[2]string]bool{}}
	for _, r := range graph.All() {
		for _, read := range readers[r.Type] {
			read(s, r)
		}
	}
	s.readAclRules()
	s.readNetworkPolicies()
	s.readAttached()
	for _, c := range s.claims {
		switch {
		case c.guards:
			s.guarded.add(c.on, c.right)
		case c.unknown:
			s.unknown[[2]string{c.urn, c.property}] = true
		default:
			s.open.add(c.on, c.right)
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
		case a.guards, a.lifts != nil && !a.lifts.right.within(before.guarded.on(a.lifts.on)):
		case a.unknown && names.resources[a.urn].Changed() && (!before.unknownAt(a) || names.differs(a.urn, a.property)):
			news = append(news, a)
		case !a.unknown:
			for _, more := range a.beyond(before.open.on(a.on)) {
				news = append(news, more.asPermission(before.open.on(a.on)))
			}
		}
	}
	news = withoutFollowing(news)
	for _, b := range before.claims {
		if b.guards && names.stays(b.on) && !after.unknownAt(b) && !podsGone(b, before, after) {
			news = append(news, b.beyond(after.guarded.on(b.on))...)
		}
	}
	return tell(names, news, before, after)
}

// beyond are the claims of what is not within other rights, each of one thing.
func (c claim) beyond(others *rights) []claim {
	said, isStatement := c.right.(statement)
	if !isStatement || c.each == nil {
		if c.right.within(others) {
			return nil
		}
		return []claim{c}
	}
	var all []claim
	for _, part := range said.beyond(others) {
		part.conditions = foremost(part.conditions, others.statements)
		for _, g := range part.grants() {
			one := c
			one.right, one.each = g.alone(), nil
			c.each(&one, g)
			all = append(all, one)
		}
	}
	return all
}

// withoutFollowing leaves out what follows from other claims: what goes through something that
// is told already, and what lets out to a security group where that lets it in.
func withoutFollowing(news []claim) []claim {
	told, mirrored := map[opening]bool{}, map[opening]bool{}
	for _, c := range news {
		switch f := c.right.(type) {
		case flow:
			told[opening{c.on, f}] = true
			if to, isIngress := strings.CutSuffix(c.on, "|ingress"); isIngress {
				on := f.peers + "|egress"
				f.peers = to
				mirrored[opening{on, f}] = true
			}
		case token:
			told[opening{c.on, f}] = true
		}
	}
	return slices.DeleteFunc(news, func(c claim) bool {
		f, isFlow := c.right.(flow)
		return c.through.right != nil && told[c.through] || isFlow && mirrored[opening{c.on, f}]
	})
}

// asPermission is a claim of trust as one of permission if the principal was let in before.
func (c claim) asPermission(before *rights) claim {
	if now, ok := c.right.(statement); ok && c.kind == Trust && c.tail == "" && slices.ContainsFunc(before.statements, func(was statement) bool {
		return len(was.conditions) == 0 && slices.ContainsFunc(was.principals, now.principals[0].within)
	}) {
		c.kind = Permission
	}
	return c
}

// differs says that a preview tells of a difference in a property: of what is secret on both
// sides, or not known, nobody else does.
func (n *names) differs(urn, property string) bool {
	return slices.ContainsFunc(n.resources[urn].Properties, func(p diff.Property) bool { return diff.Covers(property, p.Path) })
}

// unknownAt says that what a claim rests on is not known on this side.
func (s *side) unknownAt(c claim) bool { return s.unknown[[2]string{c.urn, c.property}] }
