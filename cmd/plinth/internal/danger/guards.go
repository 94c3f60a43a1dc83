package danger

import (
	"fmt"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// condition is about what a resource is before the change. What is not known does not hold.
type condition func(r *rule.Resource) bool

// held is a setting as AWS has it, or else as the program asked for it. What protects or keeps
// is what AWS has: a change that turns it off and deletes in one deploy comes too late.
func held(r *rule.Resource, path string) rule.Value {
	if v := r.Out(path); !v.IsAbsent() {
		return v
	}
	return r.Get(path)
}

func having(path string, ok func(rule.Value) bool) condition {
	return func(r *rule.Resource) bool { return ok(held(r, path)) }
}

func isTrue(path string) condition  { return having(path, rule.IsTrue) }
func notTrue(path string) condition { return having(path, rule.NotTrue) }

// isSet is also true of what is set, but not to be read.
func isSet(path string) condition {
	return func(r *rule.Resource) bool { return rule.IsSet(held(r, path)) }
}

func notSet(path string) condition { return not(isSet(path)) }

func is(path string, values ...string) condition { return having(path, rule.Is(values...)) }

// some is about the values at a path with `[]`, as the program has set them.
func some(path string, ok func(rule.Value) bool) condition {
	return func(r *rule.Resource) bool { return slices.ContainsFunc(r.Select(path), ok) }
}

// goesAlong is whether a disk is dropped with its machine.
func goesAlong(disk rule.Value) bool { return rule.NotFalse(disk.Get("deleteOnTermination")) }

func all(conditions ...condition) condition {
	return func(r *rule.Resource) bool {
		return !slices.ContainsFunc(conditions, func(c condition) bool { return !c(r) })
	}
}

func not(c condition) condition { return func(r *rule.Resource) bool { return !c(r) } }

// guard is something that keeps data or stops a deletion, as long as a condition holds.
type guard struct {
	when condition
	// says names it, with the property. A %v in it is the number of days.
	says string
	// days is the property that they are from, which are longest if it is not set.
	days string
}

// those are the guards that hold of a resource, in words.
func those(guards []guard, r *rule.Resource) []string {
	var words []string
	for _, g := range guards {
		switch {
		case g.when != nil && !g.when(r):
		case g.days == "":
			words = append(words, g.says)
		case held(r, g.days).IsAbsent():
			words = append(words, fmt.Sprintf(g.says, mostDays))
		case having(g.days, rule.AtLeast(1))(r):
			words = append(words, fmt.Sprintf(g.says, held(r, g.days)))
		}
	}
	return words
}

// The guards that several types have.
var (
	deletionProtection = protectedBy("deletionProtection")
	finalSnapshot      = guard{
		when: all(notTrue("skipFinalSnapshot"), isSet("finalSnapshotIdentifier")),
		says: "a final snapshot (finalSnapshotIdentifier)",
	}
	finalCopy = guard{when: isSet("finalSnapshotIdentifier"), says: "a final snapshot (finalSnapshotIdentifier)"}
	// The provider gives up before it asks AWS.
	unnamedSnapshot = guard{
		when: all(notTrue("skipFinalSnapshot"), notSet("finalSnapshotIdentifier")),
		says: "the provider, which wants a finalSnapshotIdentifier or skipFinalSnapshot",
	}
	automatedBackups = guard{when: having("deleteAutomatedBackups", rule.IsFalse), says: "its automatic backups (deleteAutomatedBackups)"}
	finalBackup      = guard{when: notTrue("skipFinalBackup"), says: "a final backup (skipFinalBackup)"}
	skipDestroy      = guard{when: isTrue("skipDestroy"), says: "skipDestroy, which leaves it in AWS"}
)

func protectedBy(path string) guard { return guard{when: isTrue(path), says: "its " + path} }

// fullUnless is AWS's refusal to delete what is not empty.
func fullUnless(path, has string) guard {
	return guard{when: notTrue(path), says: "AWS while " + has + " in it (" + path + ")"}
}

// mostDays is how long AWS keeps what is to be deleted, for keys and for secrets.
const mostDays = 30

func scheduled(path string) guard {
	return guard{says: "a wait of %v days in which it can be had back (" + path + ")", days: path}
}
