package pack

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestProfileSetsLevelsAndDefaults(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("plain", rule.Medium), on("strict", rule.High), on("worst", rule.Critical)}})
	for name, x := range map[string]struct {
		config map[string]string
		want   []string
	}{
		"nothing said is production": {nil, []string{"advisory", "mandatory", "mandatory"}},
		"environment":                {map[string]string{EnvironmentKey: `{"profile":"development"}`}, []string{"advisory", "advisory", "mandatory"}},
		"a typo relaxes nothing":     {map[string]string{EnvironmentKey: `{"profile":"developmnt"}`}, []string{"advisory", "mandatory", "mandatory"}},
		"not an object":              {map[string]string{EnvironmentKey: `[`}, []string{"advisory", "mandatory", "mandatory"}},
		"own key wins":               {map[string]string{EnvironmentKey: `{"profile":"production"}`, ProfileKey: "development"}, []string{"advisory", "advisory", "mandatory"}},
	} {
		t.Run(name, func(t *testing.T) {
			configure(t, c, true, x.config)
			limit := "2"
			if x.want[1] == "advisory" {
				limit = "1"
			}
			assert.Equal(t, []string{
				"plain: " + x.want[0] + ": Thing it: is off (limit " + limit + "). Fix: set on to true.",
				"strict: " + x.want[1] + ": Thing it: is off (limit " + limit + "). Fix: set on to true.",
				"worst: " + x.want[2] + ": Thing it: is off (limit " + limit + "). Fix: set on to true.",
			}, said(analyze(t, c, off())))
		})
	}
	_, err := c.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Config: map[string]string{ProfileKey: "devlopment"}})
	assert.ErrorContains(t, err, `stack config policy:profile: "devlopment" is not one of development, production; did you mean "development"?`)
}

func TestWithoutAStackTheEnvironmentSaysTheProfile(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High)}, Getenv: func(name string) string {
		return map[string]string{ProfileEnv: "development"}[name]
	}})
	info, err := c.GetAnalyzerInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	levels := map[string]pulumirpc.EnforcementLevel{}
	for _, p := range info.GetPolicies() {
		levels[p.GetName()] = p.GetEnforcementLevel()
	}
	assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, levels["strict"])
	assert.Len(t, said(analyze(t, c, off())), 1)
}

func TestTheVariableDoesNotUndoTheDeclaredProfile(t *testing.T) {
	getenv := func(name string) string { return map[string]string{ProfileEnv: "development"}[name] }
	for name, x := range map[string]struct {
		config  map[string]string
		want    rule.Profile
		relaxed string
	}{
		"declared":         {map[string]string{EnvironmentKey: `{"profile":"production"}`}, rule.Production, ""},
		"declared wrongly": {map[string]string{EnvironmentKey: `{"profile":"prod"}`}, rule.Production, ""},
		"unreadable":       {map[string]string{EnvironmentKey: `[`}, rule.Production, ""},
		"not declared": {map[string]string{EnvironmentKey: `{"name":"web"}`}, rule.Development, "the environment variable PLINTH_POLICY_PROFILE has the policies judge it as development. " +
			"Fix: set policy:profile in the stack config instead, where it is reviewed"},
		"own key": {map[string]string{ProfileKey: "production"}, rule.Production, ""},
		"own key relaxes": {map[string]string{EnvironmentKey: `{"profile":"production"}`, ProfileKey: "development"}, rule.Development,
			"plinth:environment declares production, but policy:profile has the policies judge it as development. Fix: remove policy:profile from the stack config"},
		"own key is all": {map[string]string{ProfileKey: "development"}, rule.Development, ""},
		"own key is stricter": {map[string]string{EnvironmentKey: `{"profile":"development"}`, ProfileKey: "production"},
			rule.Production, ""},
	} {
		t.Run(name, func(t *testing.T) {
			profile, relaxed, err := profileOf(x.config, getenv)
			require.NoError(t, err)
			assert.Equal(t, x.want, profile)
			assert.Equal(t, x.relaxed, relaxed)
		})
	}
}

func TestARelaxedProductionIsSaid(t *testing.T) {
	c := client(t, Options{})
	stack := &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"}
	configure(t, c, true, map[string]string{EnvironmentKey: `{"profile":"production"}`, ProfileKey: "development"})
	assert.Equal(t, []string{"relaxed-profile: advisory: plinth:environment declares production, but policy:profile has the policies judge it as development. " +
		"Fix: remove policy:profile from the stack config."}, said(analyzeStack(t, c, stack)))
	configure(t, c, true, map[string]string{EnvironmentKey: `{"profile":"development"}`, ProfileKey: "development"})
	assert.Empty(t, said(analyzeStack(t, c, stack)))
}

func TestConfigure(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("plain", rule.Medium), on("strict", rule.High)}})
	level := func(l pulumirpc.EnforcementLevel, properties map[string]any) *pulumirpc.PolicyConfig {
		s, err := structpb.NewStruct(properties)
		require.NoError(t, err)
		return &pulumirpc.PolicyConfig{EnforcementLevel: l, Properties: s}
	}
	configure(t, c, true, nil)
	require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{
		"all":    level(pulumirpc.EnforcementLevel_MANDATORY, nil),
		"plain":  level(pulumirpc.EnforcementLevel_MANDATORY, map[string]any{"limit": 7, "onUnknown": "warn"}),
		"strict": level(pulumirpc.EnforcementLevel_DISABLED, nil),
	}))
	assert.Equal(t, []string{"plain: mandatory: Thing it: is off (limit 7). Fix: set on to true."}, said(analyze(t, c, off())))

	for name, x := range map[string]struct {
		config map[string]*pulumirpc.PolicyConfig
		want   []string
	}{
		"policy":  {map[string]*pulumirpc.PolicyConfig{"plian": level(0, nil)}, []string{`plian: there is no such policy; did you mean "plain"?`}},
		"setting": {map[string]*pulumirpc.PolicyConfig{"plain": level(0, map[string]any{"limt": 3})}, []string{`plain.limt: there is no such setting; did you mean "limit"?`}},
		"type":    {map[string]*pulumirpc.PolicyConfig{"plain": level(0, map[string]any{"limit": "3"})}, []string{"plain.limit: must be a number"}},
		"choice":  {map[string]*pulumirpc.PolicyConfig{"plain": level(0, map[string]any{"mode": "c"})}, []string{`plain.mode: "c" is not one of a, b`}},
		"all of them": {map[string]*pulumirpc.PolicyConfig{"nothing-like-it-at-all": level(0, nil), "plain": level(0, map[string]any{"limit": true})},
			[]string{`nothing-like-it-at-all: there is no such policy`, "plain.limit: must be a number"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := setLevels(c, x.config)
			for _, want := range x.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
