package change

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// plan collects the steps of a preview by resource.
type plan struct {
	project, stack string
	// same is how many steps leave something as it is.
	same  int
	steps map[resource.URN][]step
	order []resource.URN
	// logged are the steps as the events tell them, if they do.
	logged map[string]rehearsal.Step
}

// take takes a step.
func (p *plan) take(s step) error {
	if !s.URN.IsValid() {
		return fmt.Errorf("%q is no URN; %s", s.URN, how)
	}
	if _, known := told[s.Op]; !known {
		return fmt.Errorf("%q is an operation that Plinth does not know; make the preview with the version of Pulumi that Plinth pins", s.Op)
	}
	p.project, p.stack = string(s.URN.Project()), string(s.URN.Stack())
	if s.Op == apitype.OpSame {
		p.same++
	}
	if s.URN.QualifiedType() == resource.RootStackType {
		return nil
	}
	if p.steps[s.URN] == nil {
		p.order = append(p.order, s.URN)
	}
	p.steps[s.URN] = append(p.steps[s.URN], s)
	return nil
}

// told is what the engine's operations are told as. Of several on one resource, the one that
// says most counts: a replacement has a step of its own besides its parts, if parts are shown.
var told = map[apitype.OpType]struct {
	as   Op
	says int
}{
	apitype.OpSame: {Same, 3}, apitype.OpCreate: {Create, 3}, apitype.OpUpdate: {Update, 3}, apitype.OpReplace: {Replace, 3},
	apitype.OpDelete: {Delete, 3}, apitype.OpImport: {Import, 3}, apitype.OpRead: {Read, 3}, apitype.OpReadDiscard: {Read, 3},
	apitype.OpCreateReplacement: {Replace, 2}, apitype.OpImportReplacement: {Replace, 2}, apitype.OpReadReplacement: {Replace, 2},
	apitype.OpRefresh:        {Same, 1},
	apitype.OpDeleteReplaced: {Delete, 0}, apitype.OpDiscardReplaced: {Read, 0}, apitype.OpRemovePendingReplace: {Same, 0},
}

// says is how much a step says. What an earlier update has failed to delete is not what is
// there now, unless nothing else is.
func (s step) says() int {
	if s.Op == apitype.OpDelete && s.OldState != nil && s.OldState.Delete {
		return 1
	}
	return told[s.Op].says
}

// resource is what a resource's steps come to, or nil if there is nothing before or after.
func (p *plan) resource(urn resource.URN) *Resource {
	var main, deleted step
	created, gone := -1, -1 // the parts of a replacement
	for i, s := range p.steps[urn] {
		switch {
		case told[s.Op].says == 2:
			created = i
		case s.Op == apitype.OpDeleteReplaced:
			gone = i
		}
		if s.Op == apitype.OpDelete && s.says() == told[apitype.OpDelete].says {
			deleted = s
		} else if s.says() > main.says() {
			main = s
		}
	}
	r := &Resource{URN: string(urn), Name: urn.Name(), Type: rule.Canonical(string(urn.Type()))}
	switch {
	case deleted.Op != "" && main.Op == apitype.OpCreate: // the name is used again
		main.Op, main.OldState = apitype.OpReplace, deleted.OldState
	case deleted.Op != "" && main.says() < deleted.says():
		main = deleted
	case main.Op == "":
		return nil
	}
	r.Op, r.OldState, r.NewState = told[main.Op].as, main.OldState, main.NewState
	switch r.Op {
	case Delete:
		r.NewState = nil
		if r.OldState != nil && r.OldState.RetainOnDelete {
			r.Op = Forget
		}
	case Replace:
		log, logged := p.logged[r.URN]
		r.DeleteFirst = log.DeleteFirst || 0 <= gone && gone < created
		// The engine marks what it deletes first, and the preview has the mark. If its parts are
		// shown and no deletion is, an earlier update has deleted the old one.
		pending := r.OldState != nil && r.OldState.PendingReplacement
		if r.OldState != nil && r.OldState.External || pending && !r.DeleteFirst && (logged || created >= 0) {
			r.Op = Create
		}
		r.DeleteFirst = r.Op == Replace && (r.DeleteFirst || pending)
	}
	if r.Op == Create {
		r.OldState = nil
	}
	for _, state := range r.states() {
		r.Custom = state.Custom
	}
	r.differ(main)
	return r
}

// states are the old and the new state, as far as they are there.
func (r *Resource) states() []*apitype.ResourceV3 {
	return slices.DeleteFunc([]*apitype.ResourceV3{r.OldState, r.NewState}, func(s *apitype.ResourceV3) bool { return s == nil })
}

// differ tells what differs, and which of it forces a replacement.
func (r *Resource) differ(s step) {
	if !r.Changed() || r.NewState == nil {
		return
	}
	var old map[string]any
	if r.OldState != nil {
		old = orEmpty(r.OldState.Inputs)
	}
	r.Properties = diff.Between(old, orEmpty(r.NewState.Inputs), append(slices.Sorted(maps.Keys(s.DetailedDiff)), s.DiffReasons...))
	if r.Op != Replace {
		return
	}
	r.Forced = slices.Compact(slices.Sorted(slices.Values(s.ReplaceReasons)))
	for _, reason := range r.Forced {
		if !r.force(s.forcing(reason)) {
			r.force([]string{reason})
		}
	}
}

// orEmpty are inputs that are there, if none: the engine leaves an empty object out.
func orEmpty(inputs map[string]any) map[string]any {
	if inputs == nil {
		return map[string]any{}
	}
	return inputs
}

// forcing are the paths within a reason for a replacement that force it, as far as the engine
// tells them from those that do not.
func (s step) forcing(reason string) []string {
	var paths []string
	for path, d := range s.DetailedDiff {
		if strings.HasSuffix(d.Kind, "-replace") && diff.Covers(reason, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// force takes note of what forces a replacement, which is more than noise, and says whether
// there is any.
func (r *Resource) force(paths []string) bool {
	found := false
	for i := range r.Properties {
		p := &r.Properties[i]
		if slices.ContainsFunc(paths, func(path string) bool { return diff.Covers(path, p.Path) }) {
			p.Forces, p.Noise, found = true, false, true
		}
	}
	return found
}
