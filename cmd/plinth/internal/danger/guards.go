package danger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// condition is about what a resource is. What is not known does not hold.
type condition struct {
	on    []string // the properties that it is about
	holds func(r *rule.Resource) bool
}

// of is also true of no condition.
func (c condition) of(r *rule.Resource) bool { return c.holds == nil || c.holds(r) }

// held is a setting as AWS has it, or else as the program asked for it. What protects or keeps
// is what AWS has: a change that turns it off and deletes in one deploy comes too late.
func held(r *rule.Resource, path string) rule.Value {
	if v := r.Out(path); !v.IsAbsent() {
		return v
	}
	return r.Get(path)
}

func having(path string, ok func(rule.Value) bool) condition {
	return condition{on: []string{path}, holds: func(r *rule.Resource) bool { return ok(held(r, path)) }}
}

func isTrue(path string) condition  { return having(path, rule.IsTrue) }
func notTrue(path string) condition { return having(path, rule.NotTrue) }

// isSet is also true of what is set, but not to be read.
func isSet(path string) condition { return having(path, rule.IsSet) }

func notSet(path string) condition { return not(isSet(path)) }

func is(path string, values ...string) condition { return having(path, rule.Is(values...)) }

// some is about the values at a path with `[]`, as the program has set them.
func some(path string, ok func(rule.Value) bool) condition {
	list, _, _ := strings.Cut(path, "[]")
	return condition{on: []string{list}, holds: func(r *rule.Resource) bool { return slices.ContainsFunc(r.Select(path), ok) }}
}

// goesAlong is whether a disk is dropped with its machine.
func goesAlong(disk rule.Value) bool { return rule.NotFalse(disk.Get("deleteOnTermination")) }

func all(conditions ...condition) condition {
	var on []string
	for _, c := range conditions {
		on = append(on, c.on...)
	}
	return condition{on: on, holds: func(r *rule.Resource) bool {
		return !slices.ContainsFunc(conditions, func(c condition) bool { return !c.of(r) })
	}}
}

func not(c condition) condition {
	return condition{on: c.on, holds: func(r *rule.Resource) bool { return !c.of(r) }}
}

// guard is something that keeps data or stops a deletion, as long as a condition holds.
type guard struct {
	when condition
	// says names it, with the property. A %v in it is the number of days.
	says string
	// days is the property that they are from, which are longest if it is not set.
	days string
	// while is set if the guard is as good as another one as long as this holds.
	while condition
	// left says that AWS leaves it as it is when the program no longer says anything of it.
	left bool
}

// on are the properties that it is about.
func (g guard) on() []string {
	if g.days != "" {
		return []string{g.days}
	}
	return g.when.on
}

// those are the guards that hold of a resource, in words.
func those(guards []guard, r *rule.Resource) []string {
	var words []string
	for _, g := range guards {
		switch {
		case !g.when.of(r):
		case g.days == "":
			words = append(words, g.says)
		case held(r, g.days).IsAbsent():
			words = append(words, fmt.Sprintf(g.says, mostDays))
		case rule.AtLeast(1)(held(r, g.days)):
			words = append(words, fmt.Sprintf(g.says, held(r, g.days)))
		}
	}
	return words
}

// The guards that several types have.
var (
	deletionProtection = protectedBy("deletionProtection")
	finalSnapshot      = guard{
		when: all(notTrue("skipFinalSnapshot"), isSet("finalSnapshotIdentifier")), while: notTrue("skipFinalSnapshot"),
		says: "a final snapshot (finalSnapshotIdentifier)",
	}
	finalCopy = guard{when: isSet("finalSnapshotIdentifier"), says: "a final snapshot (finalSnapshotIdentifier)"}
	// The provider gives up before it asks AWS.
	unnamedSnapshot = guard{
		when: all(notTrue("skipFinalSnapshot"), notSet("finalSnapshotIdentifier")), while: notTrue("skipFinalSnapshot"),
		says: "the provider, which wants a finalSnapshotIdentifier or skipFinalSnapshot",
	}
	automatedBackups = guard{when: having("deleteAutomatedBackups", rule.IsFalse), says: "its automatic backups (deleteAutomatedBackups is false)"}
	finalBackup      = guard{when: notTrue("skipFinalBackup"), says: "a final backup (skipFinalBackup)"}
	skipDestroy      = guard{when: isTrue("skipDestroy"), says: "skipDestroy, which leaves it in AWS"}
)

func protectedBy(path string) guard { return guard{when: isTrue(path), says: "its " + path} }

// leftAs is a guard that a program has to turn off: leaving it out does not.
func leftAs(g guard) guard {
	g.left = true
	return g
}

// fullUnless is AWS's refusal to delete what is not empty.
func fullUnless(path, has string) guard {
	return guard{when: notTrue(path), says: "AWS while " + has + " in it (" + path + ")"}
}

// mostDays is how long AWS keeps what is to be deleted, for keys and for secrets.
const mostDays = 30

func scheduled(path string) guard {
	return guard{says: "a wait of %v days in which it can be had back (" + path + ")", days: path}
}
