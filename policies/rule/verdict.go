package rule

import "strings"

// Outcome is the answer of a rule about a resource. There are four, because "cannot be
// known" is neither a pass nor a failure.
type Outcome uint8

// The outcomes.
const (
	// NotApplicable means that the rule does not concern this resource.
	NotApplicable Outcome = iota
	// Pass means that the rule holds, for every value that may still come.
	Pass
	// Unknown means that a value which decides is not known.
	Unknown
	// Fail means that the rule does not hold.
	Fail
)

// String is the outcome in words.
func (o Outcome) String() string {
	return [...]string{"not applicable", "pass", "unknown", "fail"}[o]
}

// Why a value is not known.
const (
	// NotYet means that the value is known once something has been created.
	NotYet = "known only after creation"
	// External means that the value belongs to something outside this stack, of which
	// the stack does not say enough. Creating things does not change that.
	External = "external: not in this stack"
)

// Verdict is a rule's answer.
type Verdict struct {
	Outcome Outcome
	// Problem says what is wrong, in a few words; for Fail.
	Problem string
	// Fix says what exactly to change; for Fail.
	Fix string
	// Property is what is not known; for Unknown.
	Property string
	// Why is NotYet or External; for Unknown.
	Why string
	// AtMostAdvisory keeps a failure from being mandatory, whatever the rule's level.
	AtMostAdvisory bool
}

// Passed is the verdict that the rule holds.
func Passed() Verdict { return Verdict{Outcome: Pass} }

// Failed is the verdict that the rule does not hold.
func Failed(problem, fix string) Verdict { return Verdict{Outcome: Fail, Problem: problem, Fix: fix} }

// No is a failure without words, of what other things may make up for; see FailedUnless.
func No() Verdict { return Verdict{Outcome: Fail} }

// NotKnown is the verdict about a value that is not known yet.
func NotKnown(v Value) Verdict { return Undecided(v.Path(), NotYet) }

// Undecided is the verdict that something decisive is not known, and why.
func Undecided(property, why string) Verdict {
	return Verdict{Outcome: Unknown, Property: property, Why: why}
}

// Skipped is the verdict that the rule does not concern the resource.
func Skipped() Verdict { return Verdict{} }

// All holds if every one of the verdicts does. One failure fails it, however much is
// unknown; without one, one unknown makes it unknown.
func All(verdicts ...Verdict) Verdict {
	var result Verdict
	var problems, fixes []string
	for _, v := range verdicts {
		if v.Outcome > result.Outcome {
			result = v
		} else if v.Outcome == Fail {
			result.AtMostAdvisory = result.AtMostAdvisory && v.AtMostAdvisory
		}
		if v.Outcome == Fail {
			problems = appendNew(problems, v.Problem)
			fixes = appendNew(fixes, v.Fix)
		}
	}
	if result.Outcome == Fail {
		result.Problem, result.Fix = strings.Join(problems, "; "), strings.Join(fixes, "; ")
	}
	return result
}

// Any holds if one of the verdicts does. One that may hold keeps the others from being a
// failure; without one, the first failure says what is wrong.
func Any(verdicts ...Verdict) Verdict {
	var best Verdict
	for _, v := range verdicts {
		switch {
		case v.Outcome == Pass:
			return v
		case v.Outcome == Unknown && best.Outcome != Unknown, v.Outcome == Fail && best.Outcome == NotApplicable:
			best = v
		}
	}
	return best
}

// Choose is then if a condition passes, and otherwise if not. While the condition is not
// known it is what both of them say, if they say the same: that there is something to find
// or not.
func Choose(condition, then, otherwise Verdict) Verdict {
	switch {
	case condition.Outcome == Pass:
		return then
	case condition.Outcome != Unknown:
		return otherwise
	case then.Outcome == Fail && otherwise.Outcome == Fail:
		otherwise.AtMostAdvisory = otherwise.AtMostAdvisory || then.AtMostAdvisory
		return otherwise
	case then.Outcome <= Pass && otherwise.Outcome <= Pass:
		return Verdict{Outcome: max(then.Outcome, otherwise.Outcome)}
	}
	return condition
}

// FailedUnless is the failure of something that v makes up for: it is v if that holds, or
// if that is not known.
func FailedUnless(v Verdict, problem, fix string) Verdict {
	if v.Outcome == Pass || v.Outcome == Unknown {
		return v
	}
	return Failed(problem, fix)
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
