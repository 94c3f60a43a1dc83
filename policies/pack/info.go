package pack

import (
	"fmt"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

// info is what the engine and the console show of the pack.
func info(s *session) *pulumirpc.AnalyzerInfo {
	result := &pulumirpc.AnalyzerInfo{
		Name: Name, DisplayName: "Plinth", Version: Version, SupportsConfig: true, Provider: "aws",
		Description: "Redundancy, backup, encryption, exposure and operations of AWS and Kubernetes stacks, over single resources and their graph.",
	}
	for _, p := range s.sorted {
		kind := pulumirpc.PolicyType_POLICY_TYPE_STACK
		if p.Check != nil {
			kind = pulumirpc.PolicyType_POLICY_TYPE_RESOURCE
		}
		result.Policies = append(result.Policies, &pulumirpc.PolicyInfo{
			Name: p.ID, DisplayName: p.Title, Description: p.Title + ". " + p.Why, EnforcementLevel: wireLevel(p.level),
			ConfigSchema: schema(p.Rule, s.profile), PolicyType: kind, Severity: wireSeverity(p.Severity),
			Framework: framework(p.Controls), Tags: append([]string{string(p.Category)}, controls(p.Controls)...), RemediationSteps: p.Fix,
		})
	}
	return result
}

// schema is the JSON schema of a policy's settings. The engine fills its defaults in.
func schema(r *rule.Rule, profile rule.Profile) *pulumirpc.PolicyConfigSchema {
	properties := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for _, s := range settingsOf(r) {
		property := map[string]any{"type": schemaType(s), "description": s.Help, "default": plain(s.Default(profile))}
		if len(s.Allowed) > 0 {
			property["enum"] = plain(s.Allowed)
		}
		if schemaType(s) == "array" {
			property["items"] = map[string]any{"type": "string"}
		}
		value, err := structpb.NewValue(property)
		if err != nil {
			continue // a setting of a type that settings do not have
		}
		properties.Fields[s.Name] = value
	}
	return &pulumirpc.PolicyConfigSchema{Properties: properties}
}

// plain is a value as structpb takes it.
func plain(v any) any {
	if list, ok := v.([]string); ok {
		items := make([]any, len(list))
		for i, item := range list {
			items[i] = item
		}
		return items
	}
	return v
}

func framework(c rule.Controls) *pulumirpc.PolicyComplianceFramework {
	switch {
	case len(c.CIS) > 0:
		return &pulumirpc.PolicyComplianceFramework{
			Name: "CIS AWS Foundations Benchmark", Version: "5.0.0", Reference: strings.Join(c.CIS, ", "),
		}
	case len(c.SecurityHub) > 0:
		return &pulumirpc.PolicyComplianceFramework{Name: "AWS Security Hub", Reference: strings.Join(c.SecurityHub, ", ")}
	}
	return nil
}

// controls are the ids of the same check elsewhere.
func controls(c rule.Controls) []string {
	var ids []string
	ids = append(ids, c.Checkov...)
	ids = append(ids, c.Trivy...)
	ids = append(ids, c.SecurityHub...)
	for _, id := range c.CIS {
		ids = append(ids, "CIS "+id)
	}
	return ids
}

// Table is the policies as a Markdown table, for the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| Policy | What holds | Severity | Production | Development | Sees | Remedy | Same check elsewhere |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	for _, r := range Rules() {
		sees, remedy := "resource", ""
		if r.CheckGraph != nil {
			sees = "graph"
		}
		if r.Remedy != nil {
			remedy = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", r.ID, r.Title, r.Severity,
			levelName(r.Level(rule.Production)), levelName(r.Level(rule.Development)), sees, remedy, strings.Join(controls(r.Controls), ", "))
	}
	return b.String()
}

func levelName(l rule.Level) string {
	return [...]string{"disabled", "advisory", "mandatory", "remediate"}[l]
}
