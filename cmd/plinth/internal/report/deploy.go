package report

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// deployOf is how long a change takes on an engine with so many slots, 0 for no limit, and
// the stack as it is and as it is to be if all of it were made anew.
func deployOf(c *change.Change, parallel int) (Deploy, error) {
	var this, before, after []timeline.Step
	for _, r := range c.Resources {
		step := timeline.Step{Op: timeline.Op(r.Op), Old: r.OldState, New: r.NewState, DeleteBeforeReplace: r.DeleteFirst}
		for _, p := range r.Properties {
			step.Changed = append(step.Changed, p.Path)
		}
		this = append(this, step)
		if old := registered(r); old != nil {
			before = append(before, timeline.Step{Op: timeline.Create, New: old})
		}
		if r.NewState != nil {
			after = append(after, timeline.Step{Op: timeline.Create, New: r.NewState})
		}
	}
	options := timeline.Options{Parallel: parallel}
	g, err := timeline.FromPlan(this)
	if err != nil {
		return Deploy{}, err
	}
	d := Deploy{This: timeline.Compute(g, options)}
	for _, side := range []struct {
		steps  []timeline.Step
		result **timeline.Result
	}{{before, &d.Before}, {after, &d.After}} {
		g, err := timeline.FromPlan(side.steps)
		if err != nil {
			return Deploy{}, err
		}
		if result := timeline.Compute(g, options); result.Work > 0 { // or there is nothing but providers
			*side.result = &result
		}
	}
	return d, nil
}

// awayOf lengthens the dangers of what is deleted before it is made again to what the deploy
// says: others go before it, or are made in between.
func awayOf(dangers []danger.Danger, d Deploy) {
	for i := range dangers {
		r := dangers[i].Resource
		if r.Op != change.Replace || !r.DeleteFirst || dangers[i].Usual == 0 {
			continue
		}
		seconds, _ := d.This.Away(resource.URN(r.URN))
		away := time.Duration(seconds * float64(time.Second))
		dangers[i].Usual, dangers[i].High = max(dangers[i].Usual, away), max(dangers[i].High, away)
	}
}

// registered is a resource as the program registered it last, nil if it did not. A state that
// was kept for later does not say where in the program; then it is taken to be where it
// is now, so that only what has changed makes a difference.
func registered(r *change.Resource) *apitype.ResourceV3 {
	if r.OldState == nil || r.Op == change.Delete && r.OldState.Delete {
		return nil
	}
	old := *r.OldState
	if len(old.StackTrace) == 0 && r.NewState != nil {
		old.StackTrace = r.NewState.StackTrace
	}
	return &old
}
