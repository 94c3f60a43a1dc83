package operations

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// neededLogs are what tells who has asked an API server for what, and what it answered.
var neededLogs = []string{"api", "audit"}

func eksControlPlaneLogs() *rule.Rule {
	return &rule.Rule{
		ID: "eks-control-plane-logs", Title: "EKS clusters log who asks for what", Severity: rule.Medium, Category: rule.Operations,
		Why:      "Without the audit log, nobody can tell after an incident who did what in the cluster.",
		Fix:      "list audit and api in enabledClusterLogTypes",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_37"}, Trivy: []string{"AWS-0038"}, SecurityHub: []string{"EKS.8"}},
		Types:    []string{eksCluster},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			enabled := r.Get("enabledClusterLogTypes")
			missing := missingLogs(enabled)
			if len(missing) > 0 && slices.ContainsFunc(enabled.Items(), rule.Value.IsUnknown) {
				return rule.NotKnown(enabled)
			}
			list := strings.Join(missing, ", ")
			return enabled.Want(func(rule.Value) bool { return len(missing) == 0 },
				"enabledClusterLogTypes lacks "+list, "add "+list+" to enabledClusterLogTypes")
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			var all []any
			for _, v := range r.Select("enabledClusterLogTypes[]") {
				if name, ok := v.Text(); ok {
					all = append(all, name)
				}
			}
			for _, name := range missingLogs(r.Get("enabledClusterLogTypes")) {
				all = append(all, name)
			}
			return []rule.Patch{{Path: "enabledClusterLogTypes", Value: all}}
		},
	}
}

// missingLogs are the needed logs that a list does not have.
func missingLogs(enabled rule.Value) []string {
	var missing []string
	for _, name := range neededLogs {
		if !slices.ContainsFunc(enabled.Items(), rule.Is(name)) {
			missing = append(missing, name)
		}
	}
	return missing
}
