// Package objective says what a failure costs: how much data is lost and how long the
// service is away. Components compute it from their settings; a stack declares what it
// can bear and holds the two against each other before anything exists.
package objective

import (
	"fmt"
	"strings"
	"time"
)

// Failure is what is lost at a time.
type Failure string

// The failures, from the most to the least frequent.
const (
	// Instance is one machine.
	Instance Failure = "instance"
	// Zone is one availability zone with everything in it.
	Zone Failure = "zone"
	// Mistake is data that somebody or something deleted or spoiled; every copy that
	// follows it is spoiled too, so only a backup helps.
	Mistake Failure = "mistake"
	// Region is a whole region.
	Region Failure = "region"
)

// Failures are all of them, in the order in which they are reported.
var Failures = []Failure{Instance, Zone, Mistake, Region}

// Never is the duration of what does not come back.
const Never = time.Duration(1<<63 - 1)

// Objective is the cost of one failure.
type Objective struct {
	// Rpo is the stretch of time before the failure whose writes are lost, at worst.
	Rpo time.Duration
	// Rto is how long it takes until the service is back.
	Rto time.Duration
	// By says what brings it back, such as "failover to the standby".
	By string
}

// Objectives are the costs of failures. A failure that is not in the map is not
// recovered from.
type Objectives map[Failure]Objective

// Lost is the objective of a failure that nothing helps against.
var Lost = Objective{Rpo: Never, Rto: Never, By: "nothing"}

// Of is the cost of a failure.
func (o Objectives) Of(f Failure) Objective {
	if cost, ok := o[f]; ok {
		return cost
	}
	return Lost
}

// Best joins several means of recovery. For each failure it takes the one that loses
// the least data and, among equals, the quickest.
func Best(of ...Objectives) Objectives {
	best := Objectives{}
	for _, f := range Failures {
		cost := Lost
		for _, o := range of {
			if c := o.Of(f); c.Rpo < cost.Rpo || c.Rpo == cost.Rpo && c.Rto < cost.Rto {
				cost = c
			}
		}
		if cost != Lost {
			best[f] = cost
		}
	}
	return best
}

// Miss is an objective that is required and not reached.
type Miss struct {
	Failure Failure
	// Required and Reached are what was asked for and what there is.
	Required, Reached Objective
}

// String says in one line what is missed.
func (m Miss) String() string {
	return fmt.Sprintf("the loss of %s costs %s, and %s is allowed", article(m.Failure), m.Reached, m.Required)
}

// Missed are the required objectives that are not reached, in the order of Failures.
// Only the failures in required are looked at.
func (o Objectives) Missed(required Objectives) []Miss {
	var missed []Miss
	for _, f := range Failures {
		want, asked := required[f]
		if got := o.Of(f); asked && (got.Rpo > want.Rpo || got.Rto > want.Rto) {
			missed = append(missed, Miss{Failure: f, Required: want, Reached: got})
		}
	}
	return missed
}

// String is the cost in words, such as "at most 5 min of data and 1 h of time (point in
// time recovery)".
func (o Objective) String() string {
	if o.Rpo == Never || o.Rto == Never {
		return "everything"
	}
	text := fmt.Sprintf("%s of data and %s of time", Text(o.Rpo), Text(o.Rto))
	if o.By != "" {
		text += " (" + o.By + ")"
	}
	return text
}

// Text is a duration for people: "0 s", "90 s", "5 min", "36 h", "never".
func Text(d time.Duration) string {
	switch {
	case d == Never:
		return "never"
	case d%time.Hour == 0 && d != 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0 && d != 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
}

// Table is the cost of every failure in words, for outputs.
func (o Objectives) Table() map[string]string {
	table := map[string]string{}
	for _, f := range Failures {
		table[string(f)] = o.Of(f).String()
	}
	return table
}

func article(f Failure) string {
	if f == Mistake {
		return "data by mistake"
	}
	if strings.ContainsRune("aeiou", rune(f[0])) {
		return "an " + string(f)
	}
	return "a " + string(f)
}
