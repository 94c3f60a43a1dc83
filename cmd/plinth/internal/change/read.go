package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/policies/state"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// digest is what `pulumi preview --json` prints, as far as it is read.
type digest struct {
	Steps []step `json:"steps"`
}

type step struct {
	Op             string              `json:"op"`
	URN            resource.URN        `json:"urn"`
	OldState       *apitype.ResourceV3 `json:"oldState"`
	NewState       *apitype.ResourceV3 `json:"newState"`
	ReplaceReasons []string            `json:"replaceReasons"`
}

// Parse reads a preview. The phase is what its events tell; it may be empty.
func Parse(preview io.Reader, phase rehearsal.Phase) (*Change, error) {
	var d digest
	if err := json.NewDecoder(preview).Decode(&d); err != nil {
		return nil, fmt.Errorf("read a preview: %w", err)
	}
	c := &Change{Phase: phase}
	found := map[resource.URN]*Resource{}
	for _, s := range d.Steps {
		if !s.URN.IsValid() {
			return nil, fmt.Errorf("read a preview: %q is no URN", s.URN)
		}
		c.Project, c.Stack = string(s.URN.Project()), string(s.URN.Stack())
		if s.URN.QualifiedType() == resource.RootStackType {
			continue
		}
		r := found[s.URN]
		if r == nil {
			r = &Resource{URN: string(s.URN), Name: s.URN.Name(), Type: rule.Canonical(string(s.URN.Type()))}
			found[s.URN] = r
			c.Resources = append(c.Resources, r)
		}
		r.take(s)
	}
	if c.Stack == "" {
		return nil, errors.New("read a preview: it has no steps; make it with `pulumi preview --json --show-sames`")
	}
	c.Before = graph(c.Resources, func(r *Resource) (*apitype.ResourceV3, **rule.Resource) { return r.OldState, &r.Old })
	c.After = graph(c.Resources, func(r *Resource) (*apitype.ResourceV3, **rule.Resource) { return r.NewState, &r.New })
	c.adopt()
	for _, s := range phase.Steps {
		if r := found[resource.URN(s.URN)]; r != nil {
			r.DeleteFirst = s.DeleteFirst
		}
	}
	return c, nil
}

// take takes over what a step says. Of a replacement, which may have several, the one that
// says so has both states.
func (r *Resource) take(s step) {
	switch s.Op {
	case "create-replacement", "delete-replaced", "discard-replaced", "read-replacement", "read-discard", "remove-pending-replace":
		return
	}
	r.Op, r.OldState, r.NewState, r.Forced = Op(s.Op), s.OldState, s.NewState, s.ReplaceReasons
	if s.Op == "refresh" {
		r.Op = Same
	}
	for _, state := range []*apitype.ResourceV3{s.OldState, s.NewState} {
		if state != nil {
			r.Custom = state.Custom
		}
	}
	if r.Op == Delete {
		r.NewState = nil
	}
}

// graph is the graph of one side of a change, of which each resource gets its own part.
func graph(resources []*Resource, side func(*Resource) (*apitype.ResourceV3, **rule.Resource)) *rule.Graph {
	var deployment apitype.DeploymentV3
	for _, r := range resources {
		if s, _ := side(r); s != nil {
			one := *s
			one.Delete = false // a replacement's old side is there until it is deleted
			deployment.Resources = append(deployment.Resources, one)
		}
	}
	judged := state.Resources(deployment)
	byURN := make(map[string]*rule.Resource, len(judged))
	for _, j := range judged {
		byURN[j.URN] = j
	}
	for _, r := range resources {
		if s, own := side(r); s != nil {
			*own = byURN[r.URN]
		}
	}
	return rule.NewGraph(judged)
}

// adopt tells each resource its topmost component.
func (c *Change) adopt() {
	parents := map[string]string{}
	for _, r := range c.Resources {
		for _, s := range []*apitype.ResourceV3{r.OldState, r.NewState} {
			if s != nil && s.Parent != "" && s.Parent.QualifiedType() != resource.RootStackType {
				parents[r.URN] = string(s.Parent)
			}
		}
	}
	for _, r := range c.Resources {
		urn := r.URN
		for range len(parents) { // a state in which parents go in circles ends here
			if parents[urn] == "" {
				break
			}
			urn = parents[urn]
			r.Component = urn
		}
	}
}

// Find is the resource of a URN, or nil.
func (c *Change) Find(urn string) *Resource {
	i := slices.IndexFunc(c.Resources, func(r *Resource) bool { return r.URN == urn })
	if i < 0 {
		return nil
	}
	return c.Resources[i]
}

// IsProvider says that a resource is a provider's configuration.
func (r *Resource) IsProvider() bool { return strings.HasPrefix(r.Type, "pulumi:providers:") }
