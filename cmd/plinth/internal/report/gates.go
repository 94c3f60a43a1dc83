package report

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
)

// Thresholds are what a change must not do. The zero value lets everything pass.
type Thresholds struct{ all []threshold }

// threshold is one of them as it was written, with what it says of a stack.
type threshold struct {
	text  string
	holds holds
}

// holds says in words what of a stack is beyond a threshold, or nothing.
type holds func(*Stack) string

// gate is a name for thresholds.
type gate struct {
	name, help string
	// holds is that of a name by itself, limited makes that of a limit after it; one of
	// them is set.
	holds   holds
	limited func(limit string) (holds, error)
}

// title is the name, with a sign of a limit if it takes one.
func (g gate) title() string {
	if g.limited != nil {
		return g.name + ">…"
	}
	return g.name
}

// gates are all that there are. Whoever guards against a replacement is guarded against a
// deletion too, which is worse.
var gates = []gate{
	{name: "delete-stateful", help: "what keeps data is deleted", holds: lossBy(change.Delete)},
	{name: "replace-stateful", help: "what keeps data is replaced or deleted", holds: lossBy(change.Replace, change.Delete)},
	{name: "loss", help: "data is lost in whatever way, kept or not: also by an update", holds: endangered(danger.Loss, func(danger.Danger) bool { return true })},
	{name: "unprotect", help: "protection is taken off what stays", holds: eachOf(endangered(danger.Guard, func(danger.Danger) bool { return true }), unprotected)},
	{name: "delete", help: "anything is deleted", holds: happens(change.Delete)},
	{name: "replace", help: "anything is replaced or deleted", holds: eachOf(happens(change.Replace), happens(change.Delete))},
	{name: "exposure", help: "something is opened to everybody or allows everything", holds: opened(func(e exposure.Exposure) bool { return e.Wide })},
	{name: "exposure:any", help: "something is opened, or may be", holds: opened(func(exposure.Exposure) bool { return true })},
	{name: "policy", help: "a mandatory finding is new, or no policy was asked", holds: asked(newlyFound(true))},
	{name: "policy:any", help: "a finding is new, or no policy was asked", holds: asked(eachOf(newlyFound(true), newlyFound(false)))},
	{name: "dangerous", help: "the verdict is dangerous", holds: verdictIs(Dangerous)},
	{name: "look", help: "the verdict is that it needs a look, or is dangerous", holds: verdictIs(Dangerous, Look)},
	{name: "cost", help: "the stack costs more, by what has a price: cost>20% by that share of what it costs now, cost>100 by as many USD a month", limited: costAbove},
	{name: "time", help: "the deploy takes longer: time>30m", limited: timeAbove},
}

// ThresholdsHelp is what a list of thresholds may have in it, a line each.
func ThresholdsHelp() string {
	var b strings.Builder
	for _, g := range gates {
		fmt.Fprintf(&b, "  %-16s  %s\n", g.title(), g.help)
	}
	return b.String()
}

// ParseThresholds reads a list such as "replace-stateful,cost>20%,policy", and reports all
// that is wrong with it.
func ParseThresholds(text string) (Thresholds, error) {
	var t Thresholds
	var problems []string
	if strings.TrimSpace(text) == "" {
		return t, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		holds, err := parseThreshold(part)
		switch {
		case err != nil:
			problems = append(problems, fmt.Sprintf("%q: %v", part, err))
		case !slices.ContainsFunc(t.all, func(have threshold) bool { return have.text == part }):
			t.all = append(t.all, threshold{part, holds})
		}
	}
	if len(problems) > 0 {
		return Thresholds{}, errors.New(strings.Join(problems, "\n  "))
	}
	return t, nil
}

func parseThreshold(text string) (holds, error) {
	name, limit, has := strings.Cut(text, ">")
	name, limit = strings.TrimSpace(name), strings.TrimSpace(limit)
	i := slices.IndexFunc(gates, func(g gate) bool { return g.name == name })
	switch {
	case i < 0:
		return nil, fmt.Errorf("no such threshold; there are %s", strings.Join(gateNames(), ", "))
	case gates[i].limited != nil && has:
		return gates[i].limited(limit)
	case gates[i].limited != nil:
		return nil, fmt.Errorf("has no limit; %s", gates[i].help)
	case has:
		return nil, fmt.Errorf("%s takes no limit; remove what follows it", name)
	}
	return gates[i].holds, nil
}

func gateNames() []string {
	var names []string
	for _, g := range gates {
		names = append(names, g.title())
	}
	return names
}

// Exceeded is a line for each stack and threshold that the change is beyond. What a preview
// that fails would do is not known, and what policies refuse does nothing, so that they pass
// none.
func (t Thresholds) Exceeded(r *Report) []string {
	var lines []string
	for _, s := range r.Stacks {
		say := func(about, what string) {
			if what != "" {
				lines = append(lines, printable(fmt.Sprintf("%s: %s: %s", s.Name, about, what)))
			}
		}
		if len(t.all) > 0 {
			say("the preview fails, so that it passes no threshold", lineOf(s.Failed()))
			if s.Refused() {
				say("it passes no threshold", "mandatory policies refuse it")
			}
		}
		for _, one := range t.all {
			say(one.text, one.holds(s))
		}
	}
	return lines
}

// lossBy holds if what keeps data meets one of the operations, whatever else keeps a copy.
func lossBy(ops ...change.Op) holds {
	return endangered(danger.Loss, func(d danger.Danger) bool { return slices.Contains(ops, d.Resource.Op) })
}

// eachOf is what several say, of those that say something.
func eachOf(several ...holds) holds {
	return func(s *Stack) string {
		var what []string
		for _, one := range several {
			if line := one(s); line != "" {
				what = append(what, line)
			}
		}
		return strings.Join(what, "; ")
	}
}

// asked holds as well if there is nobody who could have said anything.
func asked(found holds) holds {
	return func(s *Stack) string {
		return cmp.Or(unasked(s), found(s))
	}
}

func verdictIs(meant ...Level) holds {
	return func(s *Stack) string {
		if slices.Contains(meant, s.Verdict.Level) {
			return s.Verdict.Reason
		}
		return ""
	}
}

// costAbove compares in cents, as sums of many lines differ in what nobody sees.
func costAbove(limit string) (holds, error) {
	digits, share := strings.CutSuffix(limit, "%")
	most, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || !(most >= 0) || math.IsInf(most, 0) {
		return nil, errors.New("the limit must be USD a month or a share, such as cost>100 or cost>20%")
	}
	return func(s *Stack) string {
		more, _ := s.Cost.more()
		allowed := most
		if share {
			allowed = s.Cost.Before.USD() * most / 100
		}
		if math.Round(more*100) <= math.Round(allowed*100) {
			return ""
		}
		return costLineOf(s.Cost)
	}, nil
}

func timeAbove(limit string) (holds, error) {
	most, err := time.ParseDuration(limit)
	if err != nil || most < 0 {
		return nil, errors.New("the limit must be a duration, such as time>30m or time>1h30m")
	}
	return func(s *Stack) string {
		if s.Deploy.This.Seconds <= most.Seconds() {
			return ""
		}
		return "the deploy takes " + lastingSeconds(s.Deploy.This.Seconds)
	}, nil
}
