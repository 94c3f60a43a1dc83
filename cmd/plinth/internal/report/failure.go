package report

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// Refused says that mandatory policies refuse the change as it is: the engine deploys nothing
// with such a finding, new or not.
func (s *Stack) Refused() bool { return refusedIn(s.Change.Phase) }

// Failed is why the preview did not come to its end, or empty: what the engine, a provider or
// the program says, apart from what policies refuse. Policies let a preview go on to its end.
func (s *Stack) Failed() string { return stoppedBy(s.Change.Phase) }

func refusedIn(p rehearsal.Phase) bool {
	return slices.ContainsFunc(p.Policies, func(policy rehearsal.Policy) bool {
		mandatory, _ := policy.Count()
		return mandatory > 0
	})
}

// onlyFailed is what the engine says of an operation whatever the reason for its failure is.
var onlyFailed = regexp.MustCompile(`^(preview|update) failed$`)

// stoppedBy is what stopped an operation, or empty. If policies refuse it, the phase's own
// error and the engine's last word are about them. The engine says of the stack itself only
// that it failed if it says of a resource why.
func stoppedBy(p rehearsal.Phase) string {
	refused := refusedIn(p)
	if p.Error != "" && !refused {
		return p.Error
	}
	ofStack := ""
	for _, d := range p.Diagnostics {
		switch {
		case d.Severity != "error" || strings.HasSuffix(d.Message, context.Canceled.Error()): // cut off because something else failed
		case d.URN != "" && resource.URN(d.URN).QualifiedType() != resource.RootStackType:
			return rehearsal.Name(d.URN) + ": " + d.Message
		case ofStack == "" && !(refused && onlyFailed.MatchString(d.Message)):
			ofStack = d.Message
		}
	}
	return ofStack
}

var (
	failureNoise = regexp.MustCompile(`(?i)^(preview failed:|an unhandled error occurred:|1 error occurred:|\*|error:)+\s*`)
	onlyCounts   = regexp.MustCompile(`\d+ [a-z ]+:?$`)
	advice       = regexp.MustCompile("(?m)\\s*To unprotect .*$|^\\s*`pulumi state unprotect.*$")
	anyURN       = regexp.MustCompile(`urn:pulumi:[^\s"'` + "`" + `]*::`)
)

// withoutAdvice are the lines of a failure without the engine's advice to take protection off,
// and without what makes lines long.
func withoutAdvice(failure string) []string {
	var lines []string
	for line := range strings.SplitSeq(anyURN.ReplaceAllString(advice.ReplaceAllString(failure, ""), ""), "\n") {
		switch text := strings.TrimSpace(line); {
		case text == "" || len(lines) == 0 && onlyFailed.MatchString(strings.TrimSuffix(text, ":")):
		case len(lines) > 0 && strings.HasPrefix(text, "because "):
			lines[len(lines)-1] += " " + text
		default:
			lines = append(lines, strings.Replace(line, ": Preview failed: ", ": ", 1))
		}
	}
	return lines
}

// lineOf is the line of a failure that says most: the first one, with the next one if the
// first only counts what follows, or with the reason for it, without the advice.
func lineOf(failure string) string {
	var lines []string
	for line := range strings.Lines(failure) {
		line = strings.TrimSpace(line)
		for failureNoise.MatchString(line) {
			line = failureNoise.ReplaceAllString(line, "")
		}
		if line != "" {
			line = strings.Replace(line, ": Preview failed: ", ": ", 1)
			lines = append(lines, anyURN.ReplaceAllString(line, ""))
		}
	}
	switch {
	case len(lines) == 0:
		return strings.TrimSpace(failure)
	case len(lines) > 1 && onlyCounts.MatchString(lines[0]):
		return strings.TrimSuffix(lines[0], ":") + ": " + lines[1]
	case len(lines) > 1 && strings.HasPrefix(lines[1], "because "):
		reason, _, _ := strings.Cut(lines[1], ". ")
		return lines[0] + " " + reason
	}
	return lines[0]
}
