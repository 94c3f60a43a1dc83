package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
)

// providers are what happens to the providers that are meant, a line each. They are in no
// count, and whoever says that nothing changes must name them all the same.
func (s *Stack) providers(meant func(*change.Resource) bool) []string {
	var lines []string
	for _, r := range s.Change.Resources {
		if !r.IsProvider() || !r.Changed() || !meant(r) {
			continue
		}
		line := "provider " + cut(r.Name, mostName) + " is " + operationOf(r.Op).done
		if names := providerSettings(r); len(names) > 0 {
			line += " (" + few(names, 2) + ")"
		}
		if r.Op == change.Replace {
			line += ", so that everything of it may be replaced"
		}
		lines = append(lines, line)
	}
	return lines
}

// providerSettings are what is set otherwise in a provider that there was before.
func providerSettings(r *change.Resource) []string {
	if r.Op == change.Create || r.Op == change.Import {
		return nil
	}
	var names []string
	for _, p := range r.Properties {
		name, _, _ := strings.Cut(p.Path, ".")
		name, _, _ = strings.Cut(name, "[")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// anyProvider means all of them.
func anyProvider(*change.Resource) bool { return true }

// otherProvider means one by which what it manages may be elsewhere, or not managed any more.
func otherProvider(r *change.Resource) bool {
	if r.Op == change.Create || r.Op == change.Import {
		return false
	}
	return r.Op != change.Update || len(r.Properties) == 0 || slices.ContainsFunc(r.Properties, func(p diff.Property) bool { return !p.Noise })
}

func providersMoved(s *Stack) string { return andMore(s.providers(otherProvider)) }

// judgedPackages are those of whose types it is known what a change does, or which make
// nothing outside of the stack but values.
var judgedPackages = []string{"aws", "kubernetes", "pulumi", "random", "tls"}

// unjudged says that something changes of which nobody could have said what it does.
func unjudged(s *Stack) string {
	var names []string
	for _, r := range s.Change.Resources {
		of, _, _ := strings.Cut(r.Type, ":")
		if r.Custom && !r.IsProvider() && r.Changed() && !slices.Contains(judgedPackages, of) {
			names = append(names, named(r))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "1 resource is of a provider that is not judged (" + names[0] + ")"
	}
	return fmt.Sprintf("%d resources are of providers that are not judged (%s)", len(names), few(names, 2))
}
