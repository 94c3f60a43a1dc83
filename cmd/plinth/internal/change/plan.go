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
	// counts are how many steps there are of each operation.
	counts map[string]int
	steps  map[resource.URN][]step
	order  []resource.URN
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
	if needs := told[s.Op]; s.OldState == nil && needs.old || s.NewState == nil && needs.new {
		return fmt.Errorf("of %s it does not say what it was or is to be, though there is an operation %q; %s", s.URN, s.Op, how)
	}
	p.project, p.stack = string(s.URN.Project()), string(s.URN.Stack())
	p.counts[string(s.Op)]++
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
	// old and new say which states it must come with.
	old, new bool
}{
	apitype.OpSame:              {as: Same, says: 3},
	apitype.OpCreate:            {as: Create, says: 3, new: true},
	apitype.OpUpdate:            {as: Update, says: 3, old: true, new: true},
	apitype.OpReplace:           {as: Replace, says: 3, old: true, new: true},
	apitype.OpDelete:            {as: Delete, says: 3, old: true},
	apitype.OpImport:            {as: Import, says: 3, new: true},
	apitype.OpRead:              {as: Read, says: 3},
	apitype.OpReadDiscard:       {as: Read, says: 3},
	apitype.OpCreateReplacement: {as: Replace, says: 2}, apitype.OpImportReplacement: {as: Replace, says: 2}, apitype.OpReadReplacement: {as: Replace, says: 2},
	apitype.OpRefresh:        {as: Same, says: 1},
	apitype.OpDeleteReplaced: {as: Delete, says: 1}, apitype.OpDiscardReplaced: {as: Read}, apitype.OpRemovePendingReplace: {as: Same},
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
		old = shown(r.OldState)
	}
	r.Properties = diff.Between(r.Type, old, shown(r.NewState), append(slices.Sorted(maps.Keys(s.DetailedDiff)), s.DiffReasons...))
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

// shown are the inputs of a state, without those whose outputs are secret: the provider or
// the program says so of outputs only. There may be none, as the engine leaves an empty object out.
func shown(s *apitype.ResourceV3) map[string]any {
	inputs := map[string]any{}
	maps.Copy(inputs, s.Inputs)
	for name := range inputs {
		if s.Outputs[name] == diff.Secret || slices.Contains(s.AdditionalSecretOutputs, resource.PropertyKey(name)) ||
			s.Type == "kubernetes:core/v1:Secret" && (name == "data" || name == "stringData") {
			inputs[name] = diff.Secret
		}
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
