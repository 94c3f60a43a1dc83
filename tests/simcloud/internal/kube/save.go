package kube

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// savedCluster is a cluster on paper.
type savedCluster struct {
	Address string `json:"address"`
	// Kinds are the custom ones.
	Kinds   []Kind        `json:"kinds,omitempty"`
	Objects []savedObject `json:"objects"`
}

type savedObject struct {
	Value    map[string]any `json:"value"`
	Owners   []savedOwner   `json:"owners,omitempty"`
	Implicit bool           `json:"implicit,omitempty"`
	Births   int            `json:"births,omitempty"`

	Waits       []string `json:"waits,omitempty"`
	Holds       string   `json:"holds,omitempty"`
	Keeps       bool     `json:"keeps,omitempty"`
	Provisioner string   `json:"provisioner,omitempty"`
	Brought     []string `json:"brought,omitempty"`
	Pool        string   `json:"pool,omitempty"`
	Cpu         float64  `json:"cpu,omitempty"`
}

type savedOwner struct {
	Manager string   `json:"manager"`
	Apply   bool     `json:"apply,omitempty"`
	Fields  []string `json:"fields"`
}

// Save writes down all clusters, as JSON: the same clusters give the same bytes.
func (s *Server) Save() (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved := []savedCluster{}
	for _, name := range sortedKeys(s.clusters) {
		if c := s.clusters[name]; c.exists() {
			saved = append(saved, c.save())
		}
	}
	return json.Marshal(saved)
}

func (c *cluster) save() savedCluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := savedCluster{Address: c.name, Objects: []savedObject{}}
	for _, key := range sortedKeys(c.kinds) {
		if k := c.kinds[key]; k.Type == "" {
			out.Kinds = append(out.Kinds, *k)
		}
	}
	refs := make([]ref, 0, len(c.objects))
	for at := range c.objects {
		refs = append(refs, at)
	}
	slices.SortFunc(refs, func(a, b ref) int { return strings.Compare(a.text(), b.text()) })
	for _, at := range refs {
		o := c.objects[at]
		saved := savedObject{Value: o.value, Implicit: o.implicit, Births: c.births[at], Waits: o.waits, Holds: o.holds, Keeps: o.keeps, Provisioner: o.provisioner, Pool: o.pool, Cpu: o.cpu}
		for m, fields := range o.owners {
			saved.Owners = append(saved.Owners, savedOwner{Manager: m.name, Apply: m.apply, Fields: fields.sorted()})
		}
		slices.SortFunc(saved.Owners, func(a, b savedOwner) int {
			return cmp.Or(cmp.Compare(a.Manager, b.Manager), cmp.Compare(fmt.Sprint(a.Apply), fmt.Sprint(b.Apply)))
		})
		for _, at := range o.brought {
			saved.Brought = append(saved.Brought, at.text())
		}
		out.Objects = append(out.Objects, saved)
	}
	return out
}

// Restore adds the clusters that Save wrote down. No rule judges them and no controller acts.
func (s *Server) Restore(text json.RawMessage) error {
	var saved []savedCluster
	if err := json.Unmarshal(text, &saved); err != nil {
		return fmt.Errorf("restore clusters: %w", err)
	}
	for _, from := range saved {
		c := s.cluster(from.Address)
		c.mu.Lock()
		c.addKinds(from.Kinds)
		for _, saved := range from.Objects {
			c.restore(saved)
		}
		c.mu.Unlock()
	}
	return nil
}

func (c *cluster) restore(from savedObject) {
	value := tree(from.Value)
	kind := c.kinds[value.str("apiVersion")+" "+value.str("kind")]
	if kind == nil { // a release, or an object whose kind went before it
		group, version, _ := strings.Cut(value.str("apiVersion"), "/")
		kind = &Kind{Group: group, Version: version, Kind: value.str("kind"), Namespaced: value.has("metadata.namespace")}
	}
	o := &object{kind: kind, value: value, owners: owners{}, implicit: from.Implicit,
		work: work{waits: from.Waits, holds: from.Holds, keeps: from.Keeps, provisioner: from.Provisioner}}
	for _, owner := range from.Owners {
		fields := fieldSet{}
		for _, path := range owner.Fields {
			fields[path] = true
		}
		o.owners[manager{name: owner.Manager, apply: owner.Apply}] = fields
	}
	for _, text := range from.Brought {
		parts := strings.SplitN(text, " ", 4)
		o.brought = append(o.brought, ref{parts[0], parts[1], parts[2], parts[3]})
	}
	at := refOf(kind, value)
	c.births[at] = from.Births
	c.keep(at, o)
	c.settleOn(o, from.Pool, from.Cpu)
}

// text writes a reference with a space between its parts; none of them has one.
func (r ref) text() string { return strings.Join([]string{r.group, r.kind, r.namespace, r.name}, " ") }
