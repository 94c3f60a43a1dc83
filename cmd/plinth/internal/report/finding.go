package report

import "strings"

// told takes a finding apart: the resource, what is wrong with it, and how it is set right.
// Of policies that are not ours, which word it otherwise, all is what is wrong.
func (f Finding) told() (name, problem, fix string) {
	name = subjectOf(f)
	problem, fix, _ = strings.Cut(f.Message, ". Fix: ")
	if kind, rest, found := strings.Cut(problem, " "+name+": "); found && !strings.Contains(kind, " ") {
		problem = rest
	}
	return cut(name, mostName), strings.TrimSuffix(problem, "."), strings.TrimSuffix(fix, ".")
}
