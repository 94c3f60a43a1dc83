package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
)

// From here on a cost, in USD a month, and a deploy of the whole stack have grown by so
// much that somebody should look. A share of next to nothing is nothing.
const (
	muchCost       = 100.0
	muchCostShare  = 0.2
	littleCost     = 10.0
	muchDeployTime = 10 * time.Minute
)

// ground is something that makes a change what it is: its reason in words, or nothing if
// the stack does not give it.
type ground struct {
	level  Level
	reason func(*Stack) string
}

// grounds are in the order in which they outdo each other. A plan that AWS refuses is as
// dangerous as what it would do: it stops in the middle. What the engine refuses comes as
// a preview that fails, which says less than the loss that is the reason for it.
var grounds = []ground{
	{Dangerous, ifStopped(endangered(danger.Loss, refused))},
	{Dangerous, endangered(danger.Loss, func(d danger.Danger) bool { return len(d.Keeps)+len(d.Stops) == 0 })},
	{Dangerous, unlessNew(opened(func(e exposure.Exposure) bool { return e.Wide }))},
	{Dangerous, endangered(danger.Loss, refused)},
	{Dangerous, endangered(danger.Loss, func(d danger.Danger) bool { return d.Resource.Op == change.Replace })}, // what is kept is not in the new one
	{Dangerous, newlyFound(true)},
	{Dangerous, endangered(danger.Outage, refused)},
	{Dangerous, endangered(danger.Restart, refused)},
	{Dangerous, func(s *Stack) string { return prefixed("the preview fails: ", lineOf(s.Failed())) }},
	{Dangerous, refusedAsBefore},
	{Look, endangered(danger.Loss, func(danger.Danger) bool { return true })},
	{Look, endangered(danger.Outage, func(danger.Danger) bool { return true })},
	{Look, endangered(danger.Guard, func(danger.Danger) bool { return true })},
	{Look, unprotected},
	{Look, opened(func(e exposure.Exposure) bool { return !e.Unknown })},
	{Look, opened(func(exposure.Exposure) bool { return true })},
	{Look, endangered(danger.Restart, func(d danger.Danger) bool { return d.Usual > 0 })},
	{Look, endangered(danger.Restart, func(danger.Danger) bool { return true })},
	{Look, happens(change.Delete)},
	{Look, happens(change.Replace)},
	{Look, happens(change.Forget)},
	{Look, providersMoved},
	{Look, newlyFound(false)},
	{Look, newlyUndecided},
	{Look, costlier},
	{Look, slower},
	{Look, unasked},
	{Look, unjudged},
	{Look, func(s *Stack) string { return strings.Join(s.Notes[:min(1, len(s.Notes))], "") }},
	{Safe, endangered(danger.Rollout, func(danger.Danger) bool { return true })},
	{Safe, inSummary},
}

// judge gives the stack its verdict by the first of the grounds that there is.
func (s *Stack) judge() {
	for rank, g := range grounds {
		if reason := g.reason(s); reason != "" {
			s.Verdict, s.rank = Verdict{Level: g.level, Reason: printable(reason)}, rank
			return
		}
	}
}

// Verdict is that of the stack for which it is worst, with its name; of several that of
// the first.
func (r *Report) Verdict() (stack string, v Verdict) {
	if len(r.Stacks) == 0 {
		return "", Verdict{Level: Safe, Reason: tally(nil)}
	}
	worst := slices.MinFunc(r.Stacks, func(a, b *Stack) int {
		return cmp.Or(slices.Index(verdictLevels, a.Verdict.Level)-slices.Index(verdictLevels, b.Verdict.Level), a.rank-b.rank)
	})
	return worst.Name, worst.Verdict
}

var verdictLevels = []Level{Dangerous, Look, Safe}

// endangered is the first danger of a kind that is meant, and how many more of the kind there are.
func endangered(kind danger.Kind, meant func(danger.Danger) bool) func(*Stack) string {
	return func(s *Stack) string {
		var lines, others []string
		for _, d := range s.Dangers {
			switch {
			case d.Kind != kind:
			case meant(d):
				lines = append(lines, dangerLine(d))
			default:
				others = append(others, dangerLine(d))
			}
		}
		if len(lines) == 0 {
			return ""
		}
		return andMore(append(lines, others...))
	}
}

// unlessNew is a reason that a stack does not give that there was not before: all that it opens
// is new, and policies judge whether it may be.
func unlessNew(reason func(*Stack) string) func(*Stack) string {
	return func(s *Stack) string {
		kept := func(r *change.Resource) bool {
			return r.Custom && !r.IsProvider() && r.Op != change.Create && r.Op != change.Read
		}
		if made := s.Change.Resources; len(made) > 0 && !slices.ContainsFunc(made, kept) {
			return ""
		}
		return reason(s)
	}
}

// refused says that something would refuse it.
func refused(d danger.Danger) bool { return len(d.Stops) > 0 }

// ifStopped is a reason that a stack gives only if the engine has given its preview up.
func ifStopped(reason func(*Stack) string) func(*Stack) string {
	return func(s *Stack) string {
		if s.Failed() == "" {
			return ""
		}
		return reason(s)
	}
}

// andMore is the first of some lines, and how many there are besides.
func andMore(lines []string) string {
	if len(lines) > 1 {
		return fmt.Sprintf("%s (and %d more)", lines[0], len(lines)-1)
	}
	return strings.Join(lines, "")
}

// unsaid are the properties that a danger is because of and that it does not name itself.
func unsaid(d danger.Danger) []string {
	words := strings.FieldsFunc(d.What, func(c rune) bool { return strings.ContainsRune(" (),;", c) })
	return slices.DeleteFunc(slices.Clone(d.Because), func(path string) bool { return slices.Contains(words, path) })
}

// dangerLine is a danger in a line.
func dangerLine(d danger.Danger) string {
	line := named(d.Resource) + " " + d.What
	if rejected(d) {
		line = "AWS refuses this: " + line
	}
	if because := unsaid(d); len(because) > 0 {
		line += " (" + few(because, 2) + ")"
	}
	if d.Usual > 0 {
		line += ", for " + lasting(d.Usual)
	}
	if len(d.Keeps) > 0 {
		line += "; kept by " + few(d.Keeps, 2)
	}
	if len(d.Stops) > 0 {
		line += "; refused by " + refusers(d.Stops, 2)
	}
	return line
}

// rejected says that AWS will not do it whatever there is, so that a deploy stops there.
func rejected(d danger.Danger) bool {
	return slices.ContainsFunc(d.Stops, func(by string) bool { return strings.HasPrefix(by, "AWS, which ") })
}

// refusers are what refuses something, of which each may be half a sentence.
func refusers(stops []string, most int) string {
	if len(stops) > most {
		stops = append(slices.Clone(stops[:most]), fmt.Sprintf("%d more", len(stops)-most))
	}
	return strings.Join(stops, ", and by ")
}

// opened is the worst exposure that is meant, and how many more there are.
func opened(meant func(exposure.Exposure) bool) func(*Stack) string {
	return func(s *Stack) string {
		var lines []string
		for _, e := range slices.SortedStableFunc(slices.Values(s.Exposures), exposure.Exposure.Compare) {
			if meant(e) {
				lines = append(lines, exposureLine(e))
			}
		}
		return andMore(lines)
	}
}

// exposureLine is an exposure in a line.
func exposureLine(e exposure.Exposure) string { return e.What + " (" + named(e.Resource) + ")" }

// newlyFound is the first new finding of a level, and how many more there are.
func newlyFound(mandatory bool) func(*Stack) string {
	return func(s *Stack) string {
		var lines []string
		for _, f := range s.Policies.New {
			if f.Mandatory == mandatory {
				lines = append(lines, findingLine(f))
			}
		}
		return andMore(lines)
	}
}

// findingLine is a new finding in a line.
func findingLine(f Finding) string {
	level := "advisory"
	if f.Mandatory {
		level = "mandatory"
	}
	name, problem, _ := f.told()
	if problem = cut(problem, mostText/2); problem != "" {
		problem = ": " + problem
	}
	return fmt.Sprintf("new %s finding on %s%s (%s)", level, name, problem, cut(f.Policy, mostName))
}

// subjectOf is what a finding is on, for people.
func subjectOf(f Finding) string {
	if ofWholeStack(f) {
		return "the stack as a whole"
	}
	return resource.URN(f.URN).Name()
}

// happens is the first resource of a provider to which something happens, and how many more.
func happens(op change.Op) func(*Stack) string {
	return func(s *Stack) string {
		var lines []string
		for _, r := range s.Change.Resources {
			if r.Op == op && r.Custom && !r.IsProvider() {
				line := named(r) + " is " + operationOf(op).done
				if len(r.Forced) > 0 {
					line += " (" + few(r.Forced, 2) + ")"
				}
				lines = append(lines, line)
			}
		}
		return andMore(lines)
	}
}

func costlier(s *Stack) string {
	more, _ := s.Cost.more()
	if more <= muchCost && (more < littleCost || more <= s.Cost.Before.USD()*muchCostShare) {
		return ""
	}
	return costLineOf(s.Cost)
}

// costLineOf is by how much a stack costs more.
func costLineOf(c Cost) string {
	before := c.Before.USD()
	if before == 0 {
		return fmt.Sprintf("cost %s USD a month, from nothing", c.difference())
	}
	more, _ := c.more()
	return fmt.Sprintf("cost %+.0f %%, %s USD a month", math.Round(more/before*100), c.difference())
}

func slower(s *Stack) string {
	before, after := s.Deploy.Before, s.Deploy.After
	if before == nil || after == nil || after.Seconds-before.Seconds <= muchDeployTime.Seconds() {
		return ""
	}
	return fmt.Sprintf("a deploy of the whole stack takes %s instead of %s", lastingSeconds(after.Seconds), lastingSeconds(before.Seconds))
}

// inSummary is what the change does, if there is nothing else to say.
func inSummary(s *Stack) string {
	does := tally(s.Counts)
	if does == tally(nil) {
		return cmp.Or(andMore(s.providers(anyProvider)), does)
	}
	return does + ", no new findings"
}

// refusedAsBefore says that nothing can be deployed because of what the change is not to blame for.
func refusedAsBefore(s *Stack) string {
	n := 0
	for _, f := range slices.Concat(s.Policies.Standing, s.Policies.Undecided) {
		if f.Mandatory {
			n++
		}
	}
	where := "that stood before"
	if !s.Policies.Compared {
		where = "on what does not change"
	}
	switch {
	case !s.Refused() || n == 0:
		return ""
	case n == 1:
		return "1 mandatory finding " + where + " refuses every deploy"
	}
	return fmt.Sprintf("%d mandatory findings %s refuse every deploy", n, where)
}

// unprotected is the first resource that the engine will not refuse to delete any more.
func unprotected(s *Stack) string {
	var lines []string
	for _, r := range s.Change.Resources {
		if r.Unprotected() {
			lines = append(lines, named(r)+" is no longer protected (protect)")
		}
	}
	return andMore(lines)
}

func unasked(s *Stack) string {
	if s.Policies.Asked {
		return ""
	}
	return "no policy was asked"
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
