// Package report is what a reviewer is told about a change to some stacks: whether it is safe,
// what it does, what it costs, how long it takes. It is told as Markdown for a comment, as a
// page, as JSON and as SARIF.
package report

import (
	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// Report is about one change, in all stacks that it concerns.
type Report struct {
	// Base is what the change is compared with, such as "main (1a2b3c4)", or empty if it is
	// what is deployed.
	Base   string
	Stacks []*Stack
	// Oldest and Newest are the days of the sources of prices.
	Oldest, Newest string
}

// Stack is what happens to one stack.
type Stack struct {
	// Name is what people call it: the stack's name, after that of its project if another
	// stack of the report has the same.
	Name    string
	Change  *change.Change
	Verdict Verdict
	// Counts are of resources of providers, without components.
	Counts    map[change.Op]int
	Dangers   []danger.Danger     // the worst first
	Exposures []exposure.Exposure // the worst first
	Policies  Policies
	Cost      Cost
	Deploy    Deploy
	// Notes are what a reader must know of how this was found out.
	Notes []string

	// rank is which of the grounds for a verdict this one has, the worst being 0.
	rank int
}

// Level is how much a change wants to be looked at.
type Level string

// The levels, the worst first.
const (
	Dangerous Level = "dangerous"
	Look      Level = "needs a look"
	Safe      Level = "safe"
)

// Verdict is the level with the single worst reason for it.
type Verdict struct {
	Level  Level
	Reason string
}

// Policies are what policies say of a stack as it is to be.
type Policies struct {
	// Asked is false if none were.
	Asked bool
	// Partial says that the preview stopped before all of them had spoken.
	Partial bool
	// Compared says that the findings before the change are known. If not, those on what is
	// created, updated or replaced count as new.
	Compared bool
	// New are not found before the change, Standing are, and Gone are no longer.
	New, Standing, Gone []Finding
	// Undecided are the lines of the packs on what they cannot know before the deploy. They
	// name policies and resources, and are none of the above.
	Undecided []Finding

	// open are the verdicts among these that were not open before, as far as that is known.
	open []openVerdict
}

// Finding is one finding with the policy that it is of.
type Finding struct {
	Pack, Policy string
	rehearsal.Finding
}

// Cost is what a stack costs a month before and after.
type Cost struct {
	Before, After cost.Bill
	// Lines are the resources whose cost changes, the greatest difference first.
	Lines []CostLine

	// outside is what is paid outside the stack after the change, less what was before it.
	outside float64
}

// CostLine is what is paid for one resource before and after, in USD a month.
type CostLine struct {
	URN, Name, Type string
	Before, After   float64
	// Stays says that the stack lets go of what there was: it stays, and After has it.
	Stays bool
}

// Deploy is how long deploys take.
type Deploy struct {
	// This is the deploy of the change. Before and After are those of the whole stack from
	// nothing, as it is and as it is to be; nil if there is no such stack.
	This          timeline.Result
	Before, After *timeline.Result
}
