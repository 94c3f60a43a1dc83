package report

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

// openVerdict is one that a pack cannot give before the deploy.
type openVerdict struct{ policy, resource string }

var (
	// openVerdicts is a cause in the line of a pack: a policy, resources, and why.
	openVerdicts = regexp.MustCompile(`(?:: |; )(\S+) on (.+?) \([^()]*: `)
	uncounted    = regexp.MustCompile(`^and (\d+) more$`)
)

// verdictsIn are the verdicts that lines of packs name, in their order, and how many of each
// policy they only count. A line in other words is taken as it is.
func verdictsIn(lines []Finding) (named []openVerdict, more map[string]int) {
	more = map[string]int{}
	for _, f := range lines {
		causes := openVerdicts.FindAllStringSubmatch(f.Message, -1)
		if len(causes) == 0 {
			named = append(named, openVerdict{f.Policy, f.Message})
		}
		for _, cause := range causes {
			for name := range strings.SplitSeq(cause[2], ", ") {
				if counted := uncounted.FindStringSubmatch(name); counted != nil {
					n, _ := strconv.Atoi(counted[1]) // digits; too many of them are the most that there are
					more[cause[1]] += n
				} else {
					named = append(named, openVerdict{cause[1], name})
				}
			}
		}
	}
	return named, more
}

// newlyOpen are the verdicts that lines leave open and those before did not. Of those that are
// only counted it is known that there are more than before.
func newlyOpen(now, before []Finding) []openVerdict {
	named, more := verdictsIn(now)
	was, moreBefore := verdictsIn(before)
	named = slices.DeleteFunc(named, func(v openVerdict) bool { return slices.Contains(was, v) })
	for _, policy := range slices.Sorted(maps.Keys(more)) {
		if more[policy] > moreBefore[policy] {
			named = append(named, openVerdict{policy, "others"})
		}
	}
	return named
}

// openOnChanges are the verdicts that may be open because of the change, if it is not known
// which were before.
func openOnChanges(c *change.Change, now []Finding) []openVerdict {
	return slices.DeleteFunc(newlyOpen(now, nil), func(v openVerdict) bool {
		known, changed := false, false
		for _, r := range c.Resources {
			if r.Name == v.resource {
				known, changed = true, changed || r.Changed()
			}
		}
		return !changed && (known || !slices.ContainsFunc(c.Resources, (*change.Resource).Changed))
	})
}

func newlyUndecided(s *Stack) string {
	var lines []string
	for _, v := range s.Policies.open {
		lines = append(lines, v.policy+" cannot be decided before the deploy on "+v.resource)
	}
	return andMore(lines)
}
