package pack

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestEveryRuleIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range append(Rules(), ownPolicies()...) {
		assert.False(t, seen[r.ID], "%s is there twice", r.ID)
		seen[r.ID] = true
		assert.Regexp(t, `^[a-z][a-z0-9-]+$`, r.ID)
		for what, text := range map[string]string{"title": r.Title, "why": r.Why, "fix": r.Fix, "category": string(r.Category)} {
			assert.NotEmpty(t, text, "%s has no %s", r.ID, what)
			assert.NotContains(t, text, "\n", r.ID)
		}
		for _, s := range r.Settings {
			assert.NotEmpty(t, s.Help, "%s.%s", r.ID, s.Name)
			assert.IsType(t, s.Production, s.Development, "%s.%s", r.ID, s.Name)
		}
		assert.False(t, r.Remedy != nil && r.Check == nil, "%s: only a rule with Check can remedy", r.ID)
	}
	graph := 0
	for _, r := range Rules() {
		assert.True(t, (r.Check == nil) != (r.CheckGraph == nil), "%s needs exactly one check", r.ID)
		require.NotEmpty(t, r.Types, r.ID)
		for _, token := range r.Types {
			assert.Equal(t, rule.Canonical(token), token, "%s is asked about a spelling that never comes", r.ID)
			assert.Regexp(t, regexp.MustCompile(`^(aws:[a-z0-9]+/[a-zA-Z0-9]+|kubernetes:[a-z0-9.]+/v[0-9]+):[A-Z][a-zA-Z0-9]+$`), token)
		}
		if r.CheckGraph != nil {
			graph++
		}
	}
	assert.GreaterOrEqual(t, len(Rules()), 179)
	assert.GreaterOrEqual(t, graph, 91)
}

// The catalogue is what was promised: an id and a severity in each line.
func TestTheCatalogueIsComplete(t *testing.T) {
	catalogue, err := os.ReadFile("testdata/catalogue.txt")
	require.NoError(t, err)
	have := map[string]rule.Severity{}
	for _, r := range Rules() {
		have[r.ID] = r.Severity
	}
	lines := strings.Split(strings.TrimSpace(string(catalogue)), "\n")
	for _, line := range lines {
		id, severity, _ := strings.Cut(line, " ")
		of, is := have[id]
		assert.True(t, is && of.String() == severity, "%s of severity %s is missing", id, severity)
	}
	assert.Len(t, lines, 145)
}

func TestTableHasEveryRule(t *testing.T) {
	table := Table()
	for _, r := range Rules() {
		assert.Contains(t, table, "| `"+r.ID+"` |")
	}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		assert.Equal(t, 9, strings.Count(line, "|"), line)
	}
}

// The policies are of use to programs that do not use the components, and a pack starts
// at every preview.
func TestThePackImportsNoSdkOfACloudAndNoComponents(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/plinth-iac/plinth/policies").CombinedOutput()
	require.NoError(t, err, string(out))
	for _, line := range strings.Split(string(out), "\n") {
		assert.NotContains(t, line, "pulumi-aws")
		assert.NotContains(t, line, "pulumi-kubernetes")
		assert.NotContains(t, line, "k8s.io")
		assert.NotContains(t, line, "aws-sdk")
		assert.NotContains(t, line, "plinth/components")
		assert.NotContains(t, line, "plinth/stacks")
		assert.NotContains(t, line, "plinth/tests")
	}
}

func TestDecodingKeepsEveryState(t *testing.T) {
	properties := resource.PropertyMap{
		"text": resource.NewProperty("a"), "number": resource.NewProperty(1.5), "flag": resource.NewProperty(true), "null": resource.NewNullProperty(),
		"list":          resource.NewProperty([]resource.PropertyValue{resource.NewProperty("x"), resource.MakeComputed(resource.NewProperty(""))}),
		"secret":        resource.MakeSecret(resource.NewProperty(resource.PropertyMap{"key": resource.NewProperty("v")})),
		"secretUnknown": resource.MakeSecret(resource.MakeComputed(resource.NewProperty(""))),
		"output":        resource.NewProperty(resource.Output{Element: resource.NewProperty("known"), Known: true, Secret: true}),
		"__defaults":    resource.NewProperty([]resource.PropertyValue{}),
	}
	got := rule.Of(fields(wire(t, properties)))
	assert.Equal(t, `"a" 1.5 true not set`, fmt.Sprint(got.Get("text"), " ", got.Get("number"), " ", got.Get("flag"), " ", got.Get("null")))
	assert.Len(t, got.Get("list").Items(), 2)
	assert.True(t, got.Get("list").Items()[1].IsUnknown())
	assert.True(t, got.Get("secret.key").IsSecret())
	assert.True(t, got.Get("secretUnknown").IsSecret() && got.Get("secretUnknown").IsUnknown())
	assert.True(t, got.Get("output").IsSecret())
	assert.True(t, got.Get("__defaults").IsAbsent())
}

func TestDecodingKeepsTheProtectOption(t *testing.T) {
	protected := &pulumirpc.AnalyzerResourceOptions{Protect: true}
	seen := fromInputs(&pulumirpc.AnalyzeRequest{Urn: urn, Type: token, Options: protected})
	assert.True(t, seen.Protect)
	assert.True(t, fromOutputs(&pulumirpc.AnalyzerResource{Urn: urn, Type: token}, seen).Protect, "as Analyze has shown it")
	assert.True(t, fromOutputs(&pulumirpc.AnalyzerResource{Urn: urn, Type: token, Options: protected}, nil).Protect)
	assert.False(t, fromOutputs(&pulumirpc.AnalyzerResource{Urn: urn, Type: token}, nil).Protect)
}

func FuzzExemptions(f *testing.F) {
	f.Add("exemptions: [{policy: lb-https, resource: '*', reason: a reason of some length, owner: web, expires: 2026-04-01}]")
	f.Add("exemptions: [1, [], {policy: []}]")
	f.Add("exemptions: &a [*a]")
	f.Add("- x")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseExemptions([]byte(text), (&session{}).local, []string{"lb-https"}, today)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives more than a line", err)
		}
		for _, e := range list {
			if e.lapsed == "" && (e.Policy != "lb-https" || len(e.Reason) < leastReason || e.expires.Before(today.AddDate(0, 0, -1)) ||
				e.expires.After(today.Add(longestDays*24*time.Hour))) {
				t.Errorf("%+v holds", e.Exemption)
			}
		}
	})
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"a::b", "a::b", true}, {"a::b", "a::bc", false}, {"*", "anything", true}, {"a*", "ba", false}, {"*a*b", "xaxb", true},
		{"a*a", "a", false}, {"*::it", "urn::it", true}, {"a**b", "ab", true}, {"", "", true}, {"a*b*c", "aXbYcZ", false},
	} {
		assert.Equal(t, c.want, rule.Matches(c.pattern, c.text), "%s on %s", c.pattern, c.text)
	}
}
