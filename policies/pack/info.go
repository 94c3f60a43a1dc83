package pack

import (
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

// info is what the engine and the console show of the pack.
func info(s *session) *pulumirpc.AnalyzerInfo {
	result := &pulumirpc.AnalyzerInfo{
		Name: s.options.Pack.Name, DisplayName: s.options.Pack.Title, Version: Version, SupportsConfig: true, Provider: "aws",
		Description: s.options.Pack.Description + ".",
	}
	for _, p := range s.sorted {
		kind := pulumirpc.PolicyType_POLICY_TYPE_STACK
		if p.Check != nil {
			kind = pulumirpc.PolicyType_POLICY_TYPE_RESOURCE
		}
		result.Policies = append(result.Policies, &pulumirpc.PolicyInfo{
			Name: p.ID, DisplayName: p.Title, Description: p.Title + ". " + p.Why, EnforcementLevel: wireLevel(p.level),
			ConfigSchema: schema(p), PolicyType: kind, Severity: wireSeverity(p.Severity),
			Framework: framework(p.Controls), Tags: append([]string{string(p.Category)}, controls(p.Controls)...), RemediationSteps: p.Fix,
		})
	}
	return result
}

// schema is the JSON schema of a policy's settings. The engine fills its defaults in, so
// they are what the profile and the stack say.
func schema(p *policy) *pulumirpc.PolicyConfigSchema {
	properties := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for _, s := range settingsOf(p.Rule) {
		property := map[string]any{"type": schemaType(s), "description": s.Help, "default": plain(p.settings[s.Name])}
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

// plain is the value of a setting as JSON gives it.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []string:
		items := make([]any, len(v))
		for i, item := range v {
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
