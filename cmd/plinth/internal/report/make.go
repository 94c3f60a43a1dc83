package report

import (
	"errors"
	"fmt"
	"slices"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// Input is what a report is told of one stack.
type Input struct {
	Change *change.Change
	// Before is the operation in which policies last judged the stack as it is, nil if that
	// is not known.
	Before *rehearsal.Phase
	// Notes are what a reader must know of how this was found out. A change with a note is
	// never called safe.
	Notes []string
}

// Options are what holds for all stacks of a report.
type Options struct {
	// Base is as in Report.
	Base string
	// Prices and Usage are what costs are estimated from.
	Prices *cost.Prices
	Usage  cost.Usage
	// Parallel is how many operations the engine runs at a time, 0 without a limit.
	Parallel int
}

// Make finds out what is to be told of a change to some stacks, which keep their order. Each
// stack of a project is given once.
func Make(inputs []Input, o Options) (*Report, error) {
	if o.Prices == nil {
		return nil, errors.New("make a report: there is no table of prices")
	}
	named := map[string]int{} // how many stacks have a name
	for i, in := range inputs {
		same := func(other Input) bool {
			return other.Change.Project == in.Change.Project && other.Change.Stack == in.Change.Stack
		}
		if slices.ContainsFunc(inputs[:i], same) {
			return nil, fmt.Errorf("make a report: stack %s of project %s is given twice; give one preview of each stack", in.Change.Stack, in.Change.Project)
		}
		named[in.Change.Stack]++
	}
	r := &Report{Base: o.Base, Oldest: o.Prices.Oldest, Newest: o.Prices.Newest}
	for _, in := range inputs {
		s := &Stack{
			Name: in.Change.Stack, Change: in.Change, Counts: countsOf(in.Change), Dangers: danger.Find(in.Change), Exposures: exposure.Find(in.Change),
			Policies: policiesOf(in.Change, in.Before), Cost: costOf(in.Change, o.Prices, o.Usage.For(in.Change.Stack)), Notes: slices.Concat(in.Change.Notes, in.Notes),
		}
		if named[s.Name] > 1 {
			s.Name = in.Change.Project + "/" + s.Name
		}
		if s.Policies.Asked && in.Before != nil && !s.Policies.Compared {
			s.Notes = append(slices.Clone(s.Notes), notComparable)
		}
		var err error
		if s.Deploy, err = deployOf(in.Change, o.Parallel); err != nil {
			return nil, fmt.Errorf("make a report: %s: how long it takes: %w", s.Name, err)
		}
		awayOf(s.Dangers, s.Deploy)
		s.judge()
		r.Stacks = append(r.Stacks, s)
	}
	return r, nil
}

// notComparable is a note on what was found before being too little to compare with.
const notComparable = "The base could not be judged, so that findings on what changes count as new."

// countsOf counts the resources of providers by what happens to them, without the providers.
func countsOf(c *change.Change) map[change.Op]int {
	counts := map[change.Op]int{}
	for _, r := range c.Resources {
		if r.Custom && !r.IsProvider() {
			counts[r.Op]++
		}
	}
	return counts
}
