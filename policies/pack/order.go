package pack

import (
	"cmp"
	"slices"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/plinth-iac/plinth/policies/rule"
)

// componentsOf gives the components that a resource is in, the topmost first, as one text
// to order by.
func componentsOf(resources []*rule.Resource) func(urn string) string {
	byURN := make(map[string]*rule.Resource, len(resources))
	for _, r := range resources {
		byURN[r.URN] = r
	}
	known := map[string]string{}
	var within func(urn string) string
	within = func(urn string) string {
		in, ok := known[urn]
		if r := byURN[urn]; !ok && r != nil {
			known[urn] = "" // a state in which parents go in circles ends here
			if parent := byURN[r.Parent]; parent != nil {
				in = within(parent.URN) + parent.Name + "\x00" + parent.Type + "\x00"
			}
			known[urn] = in
		}
		return in
	}
	return within
}

// sort puts what is in one component together, the worst first. What is about no one
// resource comes last.
func (a *answer) sort(within func(urn string) string) {
	isStack := func(d *pulumirpc.AnalyzeDiagnostic) int {
		if d.GetUrn() == rootStack(d.GetUrn()) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(a.diagnostics, func(a, b *pulumirpc.AnalyzeDiagnostic) int {
		return cmp.Or(
			isStack(a)-isStack(b), cmp.Compare(within(a.GetUrn()), within(b.GetUrn())), cmp.Compare(b.GetSeverity(), a.GetSeverity()),
			cmp.Compare(a.GetPolicyName(), b.GetPolicyName()), cmp.Compare(a.GetUrn(), b.GetUrn()))
	})
}
