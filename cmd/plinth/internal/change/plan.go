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
	// failed says that the preview did not come to its end.
	failed bool
	// leftovers are deleted besides, which an earlier update has failed to do; gone are deleted
	// already, by hand; skipped are to be created, but are not among the preview's targets.
	leftovers, gone, skipped []string
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
	p.add(s)
	return nil
}

func (p *plan) add(s step) {
	if p.steps[s.URN] == nil && s.URN.QualifiedType() != resource.RootStackType {
		p.order = append(p.order, s.URN)
	}
	p.steps[s.URN] = append(p.steps[s.URN], s)
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
	apitype.OpDeleteReplaced: {Delete, 1}, apitype.OpDiscardReplaced: {Read, 0}, apitype.OpRemovePendingReplace: {Same, 0},
}

// says is how much a step says. What an earlier update has failed to delete is not what is
// there now, unless nothing else is.
func (s step) says() int {
	if s.isLeftover() {
		return told[apitype.OpDeleteReplaced].says
	}
	return told[s.Op].says
}

// isLeftover says that an earlier update has failed to delete what a step deletes.
func (s step) isLeftover() bool {
	return s.Op == apitype.OpDelete && s.OldState != nil && s.OldState.Delete
}

// isSkipped says that the program has a resource which is not there, and not among the targets
// of the preview: the engine leaves it as it is.
func (s step) isSkipped() bool {
	n := s.NewState
	return s.Op == apitype.OpSame && n != nil && n.Custom && !n.External && !isProvider(string(s.URN.Type())) && (s.OldState == nil || s.OldState.ID == "")
}

// resource is what a resource's steps come to, or nil if there is nothing before or after.
func (p *plan) resource(urn resource.URN) *Resource {
	var main, deleted step
	created, gone := -1, -1 // the parts of a replacement
	left := false           // what an earlier update has failed to delete
	for i, s := range p.steps[urn] {
		switch {
		case told[s.Op].says == 2:
			created = i
		case s.Op == apitype.OpDeleteReplaced:
			gone = i
		}
		left = left || s.isLeftover()
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
	if main.isSkipped() {
		p.skipped = append(p.skipped, string(urn))
		return nil
	}
	r.Op, r.OldState, r.NewState = told[main.Op].as, main.OldState, main.NewState
	if main.says() > told[apitype.OpDeleteReplaced].says && (left || gone >= 0 && r.Op != Replace) {
		p.leftovers = append(p.leftovers, string(urn))
	}
	if main.Op == apitype.OpRefresh && !p.failed { // the program would have a step of its own for what is there
		p.gone = append(p.gone, string(urn))
		r.Op = Delete
	}
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
	r.option("protect", func(s *apitype.ResourceV3) bool { return s.Protect })
	r.option("retainOnDelete", func(s *apitype.ResourceV3) bool { return s.RetainOnDelete })
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
	r.Properties = diff.Between(r.Type, old, orEmpty(r.NewState.Inputs), append(slices.Sorted(maps.Keys(s.DetailedDiff)), s.DiffReasons...))
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

// option tells of an option of the engine's that differs.
func (r *Resource) option(name string, of func(*apitype.ResourceV3) bool) {
	if r.OldState == nil || r.NewState == nil || of(r.OldState) == of(r.NewState) {
		return
	}
	was, is := fmt.Sprint(of(r.OldState)), fmt.Sprint(of(r.NewState))
	r.Properties = append(r.Properties, diff.Property{Path: name, Was: &was, Is: &is})
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
