package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// violation is a finding with the policy that it is of.
type violation struct {
	policy string
	rehearsal.Finding
}

// violations are the findings of a phase, in the order in which people want to read them:
// by component, those with mandatory ones first; in a component the worst first. Two packs
// may say the same of what is none of a single pack's business; that is one.
func violations(p rehearsal.Phase) []violation {
	var all []violation
	fails := map[string]bool{}
	for _, policy := range p.Policies {
		for _, f := range policy.Findings {
			all = append(all, violation{policy.Name, f})
			fails[heading(f)] = fails[heading(f)] || f.Mandatory
		}
	}
	slices.SortFunc(all, func(a, b violation) int {
		return cmp.Or(
			first(fails[heading(a.Finding)], fails[heading(b.Finding)]), first(!ofStack(a.Finding), !ofStack(b.Finding)),
			first(a.Component != "", b.Component != ""), cmp.Compare(heading(a.Finding), heading(b.Finding)),
			first(a.Mandatory, b.Mandatory), slices.Index(severities, a.Severity)-slices.Index(severities, b.Severity),
			cmp.Compare(a.policy, b.policy), cmp.Compare(a.URN, b.URN), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}

var severities = []string{"critical", "high", "medium", "low", ""}

// first orders what is so before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// heading is the component of a finding, for people.
func heading(f rehearsal.Finding) string {
	switch {
	case f.Component != "":
		return rehearsal.Name(f.Component)
	case ofStack(f):
		return "the stack as a whole"
	}
	return "in no component"
}

func ofStack(f rehearsal.Finding) bool {
	urn := resource.URN(f.URN)
	return !urn.IsValid() || urn.QualifiedType() == resource.RootStackType
}

// violations prints what the policies have found and set right in the last phase that they
// have judged, a line each. What an earlier one could not know is known by then.
func (pr printer) violations(phases []rehearsal.Phase) {
	for _, p := range slices.Backward(phases) {
		if len(p.Policies) == 0 {
			continue
		}
		pr.remedies(p)
		all, width := violations(p), 0
		if len(all) == 0 {
			return
		}
		for _, v := range all {
			width = max(width, len(v.policy))
		}
		pr.printf("\npolicies at the %s:\n", p.Name)
		last := ""
		for _, v := range all {
			if under := heading(v.Finding); under != last {
				pr.printf("  %s\n", under)
				last = under
			}
			level, color := "advisory", "33"
			if v.Mandatory {
				level, color = "mandatory", "31"
			}
			pr.printf("    %s  %-8s  %-*s  %s\n", pr.paint(color, fmt.Sprintf("%-9s", level)), v.Severity, width, v.policy, v.Message)
		}
		return
	}
}

// remedies prints what policies have set right in a phase: the program says otherwise.
func (pr printer) remedies(p rehearsal.Phase) {
	var lines []string
	for _, policy := range p.Policies {
		for _, r := range policy.Remedies {
			lines = append(lines, fmt.Sprintf("  %s: %s of %s", policy.Name, strings.Join(r.Properties, ", "), rehearsal.Name(r.URN)))
		}
	}
	if len(lines) > 0 {
		pr.printf("\nset right by policies at the %s:\n%s\n", p.Name, strings.Join(lines, "\n"))
	}
}
