package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// log takes what the events tell. Only they tell of what an earlier update has failed to delete.
func (p *plan) log(phase rehearsal.Phase) {
	p.failed = phase.Error != ""
	p.logged = map[string]rehearsal.Step{}
	for _, s := range phase.Steps {
		if !s.Leftover {
			p.logged[s.URN] = s
			continue
		}
		urn := resource.URN(s.URN)
		deletes := func(s step) bool { return s.Op == apitype.OpDeleteReplaced || s.isLeftover() }
		if urn.IsValid() && !slices.ContainsFunc(p.steps[urn], deletes) {
			p.add(step{Op: apitype.OpDelete, URN: urn, OldState: &apitype.ResourceV3{URN: urn, Type: urn.Type(), Custom: true, Delete: true}})
		}
	}
}

// refreshes says that a preview is of nothing but a refresh: what is refreshed before a change
// has another step.
func (p *plan) refreshes() bool {
	alone, again := false, false
	for urn, steps := range p.steps {
		refreshed := 0
		for _, s := range steps {
			if s.Op == apitype.OpRefresh {
				refreshed++
			}
		}
		managed := steps[0].OldState != nil && steps[0].OldState.Custom && !isProvider(string(urn.Type()))
		alone = alone || refreshed == len(steps)
		again = again || managed && 0 < refreshed && refreshed < len(steps)
	}
	return alone && !again
}

// notes are what the resources do not say.
func (p *plan) notes() []string {
	var notes []string
	note := func(urns []string, text string) {
		if len(urns) > 0 {
			notes = append(notes, text+": "+few(urns)+".")
		}
	}
	note(p.leftovers, "The deploy also deletes what an earlier replacement has left over of")
	note(p.gone, "Somebody has deleted, other than by a deploy")
	note(p.skipped, "The preview is of some targets only. Not created are")
	return notes
}

// few are the names of some resources, and how many more there are.
func few(urns []string) string {
	const some = 3
	var names []string
	for _, urn := range urns[:min(some, len(urns))] {
		names = append(names, rehearsal.Name(urn))
	}
	if more := len(urns) - some; more > 0 {
		return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
