package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// policiesOf compares what policies find with what they found before.
func policiesOf(c *change.Change, before *rehearsal.Phase) Policies {
	p := Policies{Asked: len(c.Phase.Policies) > 0, Compared: before != nil}
	if !p.Asked {
		return p
	}
	now := findingsOf(c.Phase)
	if !p.Compared {
		for _, f := range now {
			p.file(f, concerned(c, f))
		}
		return p
	}
	was := findingsOf(*before)
	stands, remains := repeatedFindings(was, now)
	for i, f := range now {
		p.file(f, !stands[i])
	}
	for i, f := range was {
		switch {
		case remains[i]:
		case goneForSure(c, f):
			p.Gone = append(p.Gone, f)
		default:
			p.Standing = append(p.Standing, f)
		}
	}
	slices.SortFunc(p.Standing, worseFinding)
	return p
}

// file puts a finding where it belongs. The pack's line on what it cannot know is but a
// count, which differs from preview to preview.
func (p *Policies) file(f Finding, isNew bool) {
	if isNew && f.Policy != pack.Undecided {
		p.New = append(p.New, f)
		return
	}
	p.Standing = append(p.Standing, f)
}

// findingsOf are the findings of a phase, the worst first. What two packs say in the same
// words is one.
func findingsOf(p rehearsal.Phase) []Finding {
	var all []Finding
	for _, policy := range p.Policies {
		for _, f := range policy.Findings {
			all = append(all, Finding{policy.Pack, policy.Name, f})
		}
	}
	slices.SortFunc(all, worseFinding)
	return slices.CompactFunc(all, func(a, b Finding) bool { return a.Policy == b.Policy && a.Finding == b.Finding })
}

var findingSeverities = []string{"critical", "high", "medium", "low", ""}

func worseFinding(a, b Finding) int {
	if a.Mandatory != b.Mandatory {
		if a.Mandatory {
			return -1
		}
		return 1
	}
	return cmp.Or(
		slices.Index(findingSeverities, a.Severity)-slices.Index(findingSeverities, b.Severity), cmp.Compare(a.Policy, b.Policy),
		cmp.Compare(a.URN, b.URN), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Component, b.Component))
}

// sameFinding is what two findings have in common that are one before and after a change.
type sameFinding struct {
	pack, policy, urn, message string
	// Advice that is mandatory now is not what it was.
	mandatory bool
}

// sameness is the ways in which a finding repeats another, the surest first. Messages may
// have values in them that the change has changed; which pack it is matters only then.
var sameness = []func(Finding) sameFinding{
	func(f Finding) sameFinding {
		return sameFinding{policy: f.Policy, urn: f.URN, message: f.Message, mandatory: f.Mandatory}
	},
	func(f Finding) sameFinding {
		return sameFinding{pack: f.Pack, policy: f.Policy, urn: f.URN, mandatory: f.Mandatory}
	},
}

// repeatedFindings pairs findings with those before, one to one, and says which of now
// stand since before and which of before remain.
func repeatedFindings(was, now []Finding) (stands, remains []bool) {
	stands, remains = make([]bool, len(now)), make([]bool, len(was))
	for _, key := range sameness {
		open := map[sameFinding][]int{}
		for i, f := range was {
			if !remains[i] {
				open[key(f)] = append(open[key(f)], i)
			}
		}
		for i, f := range now {
			if left := open[key(f)]; !stands[i] && len(left) > 0 {
				stands[i], remains[left[0]] = true, true
				open[key(f)] = left[1:]
			}
		}
	}
	return stands, remains
}

// concerned is whether a finding is on what the change makes or changes. What is none of a
// single resource's is so whenever anything changes.
func concerned(c *change.Change, f Finding) bool {
	if r := c.Find(f.URN); r != nil {
		return r.Changed() && r.Op != change.Delete && r.Op != change.Forget
	}
	return slices.ContainsFunc(c.Resources, (*change.Resource).Changed)
}

// goneForSure is whether a finding that is not repeated does not hold any more. It may
// also be that the preview did not come so far, or that a value is not known yet.
func goneForSure(c *change.Change, f Finding) bool {
	r := c.Find(f.URN)
	if r != nil && (r.Op == change.Delete || r.Op == change.Forget) {
		return true
	}
	judged := slices.ContainsFunc(c.Phase.Policies, func(p rehearsal.Policy) bool { return p.Pack == f.Pack && p.Name == f.Policy })
	if failureOf(c.Phase) != "" && (!judged || r == nil && !ofWholeStack(f)) {
		return false
	}
	return !slices.ContainsFunc(c.Phase.Policies, func(p rehearsal.Policy) bool {
		return p.Pack == f.Pack && p.Name == pack.Undecided && slices.ContainsFunc(p.Findings, func(notice rehearsal.Finding) bool {
			return strings.Contains(notice.Message, ": "+f.Policy+" on ") || strings.Contains(notice.Message, "; "+f.Policy+" on ")
		})
	})
}

func ofWholeStack(f Finding) bool {
	urn := resource.URN(f.URN)
	return !urn.IsValid() || urn.QualifiedType() == resource.RootStackType
}
