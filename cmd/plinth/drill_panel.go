package main

import (
	"fmt"
	"slices"

	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
)

// panel is the part of the picture about one loss: a tree of what is affected, and the names
// of the rest. A brief one only counts what goes on.
type panel struct {
	resilience.Loss
	rows []*node
	rest []string
}

// node is a resource on the way from the domain to what is affected, or at its end.
type node struct {
	resource *rule.Resource
	by       string // the reference between it and the parent
	effect   *resilience.Effect
	// like are more resources at the end, of which the same becomes for the same reason.
	like     []*rule.Resource
	depth    int
	parent   *node
	children []*node
	y        float64 // its middle
}

func newPanel(loss resilience.Loss, brief bool) panel {
	p := panel{Loss: loss}
	effects := map[*rule.Resource]*resilience.Effect{}
	for i := range loss.Effects {
		effects[loss.Effects[i].Resource] = &loss.Effects[i]
	}
	root := &node{}
	for _, e := range loss.Effects {
		switch {
		case brief && e.State <= resilience.Degraded:
			continue
		case e.State == resilience.Unaffected:
			p.rest = append(p.rest, e.Resource.Name)
			continue
		}
		at := root
		for i, step := range e.Path {
			at = at.child(step.Resource, reference(e.Path, i), effects[step.Resource])
		}
		if at.resource != e.Resource {
			at.child(e.Resource, "", effects[e.Resource])
		}
	}
	if brief {
		root.gather()
	}
	p.collect(root)
	return p
}

// gather makes one node of those next to each other of which the same becomes.
func (n *node) gather() {
	var kept []*node
	for _, c := range n.children {
		c.gather()
		at := slices.IndexFunc(kept, func(k *node) bool {
			return len(k.children)+len(c.children) == 0 && k.effect != nil && c.effect != nil && k.by == c.by && consequence(*k.effect) == consequence(*c.effect)
		})
		if at < 0 {
			kept = append(kept, c)
			continue
		}
		kept[at].like = append(kept[at].like, c.resource)
	}
	n.children = kept
}

func (n *node) child(r *rule.Resource, by string, effect *resilience.Effect) *node {
	for _, c := range n.children {
		if c.resource == r && c.by == by {
			return c
		}
	}
	if effect != nil && effect.State == resilience.Unaffected {
		effect = nil
	}
	c := &node{resource: r, by: by, effect: effect, depth: n.depth + 1, parent: n}
	n.children = append(n.children, c)
	return c
}

func (p *panel) collect(n *node) {
	for _, c := range n.children {
		p.rows = append(p.rows, c)
		p.collect(c)
	}
}

func (n *node) label() string {
	if len(n.like) > 0 {
		return shortened(fmt.Sprintf("%s and %d more", n.resource.Name, len(n.like)))
	}
	return shortened(n.resource.Name)
}

// detail is the type of the resource, and the reference that makes it affected.
func (n *node) detail() string {
	kind := kindOf(n.resource.Type)
	if slices.ContainsFunc(n.like, func(r *rule.Resource) bool { return r.Type != n.resource.Type }) {
		kind = "of several types"
	}
	if n.by == "" {
		return kind
	}
	return kind + ", by " + n.by
}
