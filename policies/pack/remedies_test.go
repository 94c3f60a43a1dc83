package pack

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/plinth-iac/plinth/policies/rule"
)

// tried are values, besides those in the source of the rules, that may be wrong.
var tried = []any{true, false, "true", "false", 0, 1, 7, 100}

// wrongs are resources of a type that a rule finds fault with: without any property, and
// with one of those that it looks at. That it does is seen while the value is not known.
func (v vocabulary) wrongs(t *testing.T, token string, settings rule.Settings) []map[string]any {
	t.Helper()
	judge := func(properties map[string]any) rule.Verdict {
		f, err := rule.Run(v.rule, nil, &rule.Resource{Type: token, Name: "it", Inputs: rule.FieldsOf(properties)}, settings)
		require.NoError(t, err)
		return f.Verdict
	}
	values := slices.Clone(tried)
	for _, text := range v.texts {
		values = append(values, text)
	}
	bare := judge(map[string]any{})
	var found []map[string]any
	try := func(properties map[string]any) {
		if judge(properties).Outcome == rule.Fail {
			found = append(found, properties)
		}
	}
	try(map[string]any{})
	for _, path := range v.paths {
		if judge(with(map[string]any{}, path, rule.Computed{})) == bare {
			continue
		}
		for _, value := range values {
			try(with(map[string]any{}, path, value))
		}
	}
	return found
}

// with is a copy of properties with one more.
func with(properties map[string]any, path string, value any) map[string]any {
	properties = maps.Clone(properties)
	place(properties, path, value)
	return properties
}

// A remedy must make its own check pass, at least in one case, and leave nothing wrong that
// it touches; or keep its hands off. It may go by a property that the check does not look at.
func TestRemediesCureWhatTheyAreFor(t *testing.T) {
	for _, v := range vocabularies(t) {
		r := v.rule
		if r.Remedy == nil {
			continue
		}
		settings := r.Defaults(rule.Production)
		if region, is := settings["region"]; is && region == "" {
			settings["region"] = "eu-central-1" // without one there is nothing to set
		}
		cured := false
		var left []func(path string, value any) bool
		for _, token := range r.Types {
			for _, properties := range v.wrongs(t, token, settings) {
				if cures(t, r, token, properties, settings) {
					cured = true
				} else {
					left = append(left, func(path string, value any) bool { return cures(t, r, token, with(properties, path, value), settings) })
				}
			}
		}
		for _, path := range v.paths {
			for _, value := range tried {
				cured = cured || slices.ContainsFunc(left, func(try func(string, any) bool) bool { return try(path, value) })
			}
		}
		assert.True(t, cured, "%s has a remedy for nothing that is tried here", r.ID)
	}
}

// cures applies the remedy of a rule as the server does, and reports whether its check
// passes then. What does not is none of what was changed.
func cures(t *testing.T, r *rule.Rule, token string, properties map[string]any, settings rule.Settings) bool {
	t.Helper()
	req := &pulumirpc.AnalyzeRequest{Type: token, Properties: wire(t, resource.NewPropertyMapFromMap(properties))}
	patches, err := rule.Cure(r, fromInputs(req), settings)
	require.NoError(t, err)
	for _, patch := range patches {
		if !apply(req.Properties, patch) {
			return false // something else is in the place of an object
		}
	}
	if len(patches) == 0 {
		return false
	}
	f, err := rule.Run(r, nil, fromInputs(req), settings)
	require.NoError(t, err)
	for _, patch := range patches {
		assert.NotContains(t, f.Problem, patch.Path, "%s on %s %v, with %v", r.ID, token, properties, patches)
	}
	return f.Outcome == rule.Pass
}
