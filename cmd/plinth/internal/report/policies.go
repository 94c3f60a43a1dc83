package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// policiesOf compares what policies find with what they found before.
func policiesOf(c *change.Change, before *rehearsal.Phase) Policies {
	p := Policies{Asked: len(c.Phase.Policies) > 0, Compared: tellsAll(before), Partial: stoppedBy(c.Phase) != ""}
	if !p.Asked {
		return p
	}
	now, undecidedNow := findingsOf(c.Phase)
	p.Undecided = undecidedNow
	if !p.Compared {
		p.open = openOnChanges(c, undecidedNow)
		for _, f := range now {
			p.file(f, concerned(c, f))
		}
		return p
	}
	was, undecidedBefore := findingsOf(*before)
	p.open = newlyOpen(undecidedNow, undecidedBefore)
	stands, remains := repeatedFindings(was, now)
	for i, f := range now {
		p.file(f, !stands[i])
	}
	for i, f := range was {
		switch {
		case remains[i]:
		case p.goneForSure(c, f):
			p.Gone = append(p.Gone, f)
		default:
			p.Standing = append(p.Standing, f)
		}
	}
	slices.SortFunc(p.Standing, worseFinding)
	return p
}

// tellsAll says that an operation tells all that policies found: they were asked, and it
// came to its end. Policies that refuse it have all spoken.
func tellsAll(p *rehearsal.Phase) bool {
	return p != nil && len(p.Policies) > 0 && stoppedBy(*p) == ""
}

// file puts a finding where it belongs.
func (p *Policies) file(f Finding, isNew bool) {
	if isNew {
		p.New = append(p.New, f)
		return
	}
	p.Standing = append(p.Standing, f)
}

// findingsOf are the findings of a phase, the worst first, and apart from them what its packs
// cannot know. What two packs say in the same words is one.
func findingsOf(p rehearsal.Phase) (found, open []Finding) {
	for _, policy := range p.Policies {
		for _, f := range policy.Findings {
			if told := (Finding{policy.Pack, policy.Name, f}); policy.Name == pack.Undecided {
				open = append(open, told)
			} else {
				found = append(found, told)
			}
		}
	}
	for _, list := range []*[]Finding{&found, &open} {
		slices.SortFunc(*list, worseFinding)
		*list = slices.CompactFunc(*list, func(a, b Finding) bool { return a.Policy == b.Policy && a.Finding == b.Finding })
	}
	return found, open
}

var findingSeverities = []string{"critical", "high", "medium", "low", ""}

func worseFinding(a, b Finding) int {
	return cmp.Or(
		worseLevel(a, b), cmp.Compare(a.Policy, b.Policy),
		cmp.Compare(a.URN, b.URN), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Component, b.Component))
}

// sameFinding is what two findings have in common that are one before and after a change.
type sameFinding struct {
	pack, policy, urn, message string
	// Advice that is mandatory now is not what it was.
	mandatory bool
}

// sameness is the ways in which a finding repeats another, the surest first. Messages may
// have names in them that the cloud has made up anew; which pack it is matters only then.
var sameness = []func(Finding) sameFinding{
	func(f Finding) sameFinding {
		return sameFinding{policy: f.Policy, urn: f.URN, message: f.Message, mandatory: f.Mandatory}
	},
	func(f Finding) sameFinding {
		return sameFinding{pack: f.Pack, policy: f.Policy, urn: f.URN, message: lasts(f.Message), mandatory: f.Mandatory}
	},
}

var (
	// generated are UUIDs, the hexadecimal ends of names and IDs, also within ARNs, and times.
	// Accounts, ports and days are numbers that matter.
	generated = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{7,}\b`)
	// passing are counts of what is not named, and of the days that an exemption has left.
	passing = regexp.MustCompile(`\band \d+ more\b|\bexpires in \d+ days\b`)
)

// aTime is how many digits a name has that ends in the time when it was made, at least.
const aTime = 18

// lasts is what of a message is the same as long as it says the same.
func lasts(message string) string {
	message = generated.ReplaceAllStringFunc(message, func(id string) string {
		letters, digits := strings.Trim(id, "0123456789") != "", strings.Trim(id, "abcdef") != ""
		if letters && digits || len(id) >= aTime {
			return "*"
		}
		return id
	})
	return passing.ReplaceAllString(message, "*")
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
func (p Policies) goneForSure(c *change.Change, f Finding) bool {
	if r := c.Find(f.URN); r != nil && (r.Op == change.Delete || r.Op == change.Forget) {
		return true
	}
	open, _ := verdictsIn(p.Undecided)
	return !p.Partial && !slices.ContainsFunc(open, func(v openVerdict) bool { return v.policy == f.Policy })
}

func ofWholeStack(f Finding) bool {
	urn := resource.URN(f.URN)
	return !urn.IsValid() || urn.QualifiedType() == resource.RootStackType
}
