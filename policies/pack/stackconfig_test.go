package pack

import (
	"maps"
	"math"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

// graded is a rule of each severity.
func graded() []*rule.Rule {
	return []*rule.Rule{on("low", rule.Low), on("medium", rule.Medium), on("high", rule.High), on("critical", rule.Critical)}
}

func stackOf(profile rule.Profile, config string) map[string]string {
	return map[string]string{ProfileKey: string(profile), ConfigKey: config}
}

// reconciled is the config that the engine makes of what the pack tells of itself, and of a
// file that says no more than a level.
func reconciled(t *testing.T, c pulumirpc.AnalyzerClient, file map[string]pulumirpc.EnforcementLevel) map[string]*pulumirpc.PolicyConfig {
	t.Helper()
	info, err := c.GetAnalyzerInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	config := map[string]*pulumirpc.PolicyConfig{}
	for _, p := range info.GetPolicies() {
		config[p.GetName()] = &pulumirpc.PolicyConfig{EnforcementLevel: p.GetEnforcementLevel(), Properties: defaults(p.GetConfigSchema())}
		if level, ok := file[p.GetName()]; ok {
			config[p.GetName()].EnforcementLevel = level
		}
	}
	return config
}

func TestTheStackSetsLevelsAndSettings(t *testing.T) {
	c := client(t, Options{Rules: graded()})
	configure(t, c, true, stackOf(rule.Development, `{"low": "disabled", "medium": {"enforcementLevel": "mandatory", "limit": 7}, "high": {"limit": 8}}`))
	want := []string{
		"critical: mandatory: Thing it: is off (limit 1). Fix: set on to true.",
		"high: advisory: Thing it: is off (limit 8). Fix: set on to true.",
		"medium: mandatory: Thing it: is off (limit 7). Fix: set on to true.",
	}
	assert.Equal(t, want, said(analyze(t, c, off())))
	require.NoError(t, setLevels(c, reconciled(t, c, nil)))
	assert.Equal(t, want, said(analyze(t, c, off())), "what the engine gives back is what the stack says")
	require.NoError(t, setLevels(c, reconciled(t, c, map[string]pulumirpc.EnforcementLevel{
		"medium": pulumirpc.EnforcementLevel_DISABLED, "critical": pulumirpc.EnforcementLevel_ADVISORY})))
	assert.Equal(t, []string{
		"critical: advisory: Thing it: is off (limit 1). Fix: set on to true.",
		"high: advisory: Thing it: is off (limit 8). Fix: set on to true.",
	}, said(analyze(t, c, off())), "--policy-pack-config has the last word")
}

func TestAllIsALevelForAll(t *testing.T) {
	c := client(t, Options{Rules: graded()})
	configure(t, c, true, stackOf(rule.Production, `{"all": "mandatory", "low": "advisory"}`))
	assert.Equal(t, []string{
		"critical: mandatory: Thing it: is off (limit 2). Fix: set on to true.", "high: mandatory: Thing it: is off (limit 2). Fix: set on to true.",
		"low: advisory: Thing it: is off (limit 2). Fix: set on to true.", "medium: mandatory: Thing it: is off (limit 2). Fix: set on to true.",
	}, said(analyze(t, c, off())))
}

// Whoever writes a stack file raises what they want, and lowers what a profile leaves to
// them.
func TestWhatAStackMayNotLower(t *testing.T) {
	const instead = "; use an exemption, or --policy-pack-config"
	for name, x := range map[string]struct {
		profile rule.Profile
		config  string
		want    string // of the error, after the key; empty if there is none
	}{
		"medium in production":         {rule.Production, `{"medium": "disabled", "low": "disabled"}`, ""},
		"high in production":           {rule.Production, `{"high": "advisory"}`, "high: a stack may not lower it to advisory: it is of high severity, and mandatory in production" + instead},
		"critical in production":       {rule.Production, `{"critical": {"enforcementLevel": "disabled"}}`, "critical: a stack may not lower it to disabled: it is of critical severity, and mandatory in production" + instead},
		"critical in development":      {rule.Development, `{"critical": "advisory"}`, "critical: a stack may not lower it to advisory: it is of critical severity, and mandatory in development" + instead},
		"high in development":          {rule.Development, `{"high": "disabled"}`, ""},
		"raised in production":         {rule.Production, `{"high": "remediate", "medium": "mandatory", "critical": "mandatory"}`, ""},
		"all in production":            {rule.Production, `{"all": "advisory"}`, "all: in production a stack may not lower critical, high; name the policies to lower"},
		"all but those":                {rule.Production, `{"all": "advisory", "critical": "mandatory", "high": "mandatory"}`, ""},
		"all in development":           {rule.Development, `{"all": {"enforcementLevel": "disabled"}}`, "all: in development a stack may not lower critical; name the policies to lower"},
		"undecided in production":      {rule.Production, `{"high": {"onUnknown": "warn"}}`, `high.onUnknown: a stack may not loosen it: it is "fail" in production` + instead},
		"undecided where it may":       {rule.Production, `{"medium": {"enforcementLevel": "mandatory", "onUnknown": "warn"}}`, ""},
		"undecided, all of them":       {rule.Development, `{"unknown-verdicts": {"onUnknown": "warn"}}`, `unknown-verdicts.onUnknown: a stack may not loosen it: it is "fail" in development` + instead},
		"undecided as it is":           {rule.Production, `{"high": {"onUnknown": "fail"}}`, ""},
		"exemptions of critical ones":  {rule.Development, `{"exemptions": {"allowCritical": ["critical"]}}`, "exemptions.allowCritical: a stack may not allow itself exemptions; use --policy-pack-config"},
		"a number of high":             {rule.Production, `{"high": {"limit": 1}}`, "high.limit: a stack may not loosen it: it is 2 in production" + instead},
		"a stricter number of high":    {rule.Production, `{"high": {"limit": 3, "mode": "a"}}`, ""},
		"a number of critical":         {rule.Development, `{"critical": {"limit": 0}}`, "critical.limit: a stack may not loosen it: it is 1 in development" + instead},
		"a number of high, relaxed":    {rule.Development, `{"high": {"limit": 0, "mode": "b"}}`, ""},
		"a number of medium":           {rule.Production, `{"medium": {"limit": 0, "mode": "b"}}`, ""},
		"nobody knows what is looser":  {rule.Production, `{"high": {"mode": "b"}}`, `high.mode: a stack may not change it: it is "a" in production` + instead},
		"how it is judged":             {rule.Development, `{"relaxed-profile": {"least": "development"}}`, "relaxed-profile.least: a stack may not say how it is judged; use --policy-pack-config"},
		"what was not known":           {rule.Development, `{"unknown-verdicts": "disabled"}`, "unknown-verdicts: a stack may not lower it to disabled: it is of low severity, and advisory in development" + instead},
		"what broke":                   {rule.Production, `{"policy-internal-error": "disabled"}`, "policy-internal-error: a stack may not lower it to disabled: it is of high severity, and advisory in production" + instead},
		"exemptions that do not hold":  {rule.Production, `{"exemptions": "disabled"}`, "exemptions: a stack may not lower it to disabled: it is of low severity, and advisory in production" + instead},
		"the trace of another profile": {rule.Development, `{"relaxed-profile": "disabled"}`, "relaxed-profile: a stack may not lower it to disabled: it is of medium severity, and advisory in development" + instead},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newSession(Options{Rules: graded()}.withDefaults(), stackOf(x.profile, x.config), true)
			if x.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, "stack config: policy:config."+x.want)
		})
	}
}

func TestEverythingThatIsWrongWithAStackConfigIsInOneError(t *testing.T) {
	for name, x := range map[string]struct {
		config string
		want   []string
	}{
		"no JSON":   {`lb-https: off`, []string{": must be an object with the ids of policies as keys"}},
		"no object": {`["high"]`, []string{": must be an object with the ids of policies as keys"}},
		"all of it": {`{"hihg": "advisory", "all": {"limit": 3}, "low": true, "medium": {"enforcementLevel": 1, "limit": "3", "mode": "c", "limt": 3, "onUnknown": null}, "high": "mandatry"}`, []string{
			".all.limit: all policies have nothing in common but enforcementLevel",
			`.high: "mandatry" is not one of disabled, advisory, mandatory, remediate; did you mean "mandatory"?`,
			`.hihg: there is no such policy; did you mean "high"?`,
			".low: must be one of disabled, advisory, mandatory, remediate, or an object with enforcementLevel and settings",
			".medium.enforcementLevel: must be one of disabled, advisory, mandatory, remediate",
			".medium.limit: must be a number", `.medium.limt: there is no such setting; did you mean "limit"?`, `.medium.mode: "c" is not one of a, b`,
			".medium.onUnknown: must be a string",
		}},
		"a setting like no other": {`{"low": {"xxxxxxxx": 1}}`, []string{".low.xxxxxxxx: there is no such setting; there are: enforcementLevel, limit, mode, onUnknown"}},
		"of an own policy": {`{"exemptions": {"file": 3}, "exemption": "disabled"}`,
			[]string{`.exemption: there is no such policy; did you mean "exemptions"?`, ".exemptions.file: a stack names the file in policy:exemptions", ".exemptions.file: must be a string"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, Options{Rules: graded()})
			_, err := c.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Config: map[string]string{ConfigKey: x.config}})
			want := "rpc error: code = InvalidArgument desc = stack config: policy:config" + strings.Join(x.want, "\n  policy:config")
			assert.EqualError(t, err, want)
		})
	}
}

func TestAStackConfigIsNoSecret(t *testing.T) {
	for _, key := range []string{ConfigKey, ProfileKey, ExemptionsKey} {
		c := client(t, Options{Rules: graded()})
		_, err := c.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
			Config: map[string]string{key: `{"low": "hunter2"}`}, ConfigSecretKeys: []string{key},
		})
		assert.ErrorContains(t, err, "stack config: "+key+": must not be a secret, so that it can be reviewed")
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestANumberIsOneThatCanBeMeant(t *testing.T) {
	limit := rule.Setting{Development: 1, Production: 1}
	for _, wrong := range []float64{-1, 0.5, -1e300, 1e300, math.NaN(), math.Inf(1)} {
		assert.Equal(t, "must be a whole number from 0 to 1000000", fits(limit, wrong), wrong)
	}
	for _, right := range []float64{0, 1, 365} {
		assert.Empty(t, fits(limit, right))
	}
}

// Of real policies: what a stack could do to them in production without lowering their level.
func TestSettingsThatBluntAPolicyAreNotForAStack(t *testing.T) {
	for _, config := range []string{
		`{"asg-min-size": {"least": 0}}`, `{"ebs-encrypted": {"accountDefault": true}}`, `{"db-backup-retention": {"days": 1}}`,
		`{"asg-survives-az-loss": {"need": 0}}`, `{"lb-https": {"internalPlaintext": "warn"}}`, `{"rto-rpo-met": {"tag": "none"}}`, `{"k8s-min-replicas": {"least": 1}}`,
	} {
		_, err := newSession(Options{Pack: Plinth}.withDefaults(), stackOf(rule.Production, config), true)
		assert.ErrorContains(t, err, instead, config)
	}
	_, err := newSession(Options{Pack: Plinth}.withDefaults(), stackOf(rule.Production,
		`{"asg-min-size": {"least": 3}, "db-backup-retention": {"days": 35}, "docdb-encrypted": {"ownedByAws": "deny"}}`), true)
	assert.NoError(t, err)
}

func TestWhatIsLongIsCut(t *testing.T) {
	long := strings.Repeat("a", 1<<18)
	for _, config := range []string{`{"` + long + `": "advisory"}`, `{"high": {"` + long + `": 1}}`, `{"high": "` + long + `"}`, `{"high": {"mode": "` + long + `"}}`, `{"all": {"` + long + `": 1}}`} {
		_, err := newSession(Options{Rules: graded()}.withDefaults(), stackOf(rule.Production, config), true)
		require.Error(t, err)
		assert.Less(t, len(err.Error()), 300)
	}
}

// levels is what holds of each policy in a session.
func levels(s *session) map[string]string {
	all := map[string]string{}
	for id, p := range s.policies {
		all[id] = levelName(p.level)
	}
	return all
}

// wasteful is a rule that production disables because it asks for the opposite of others.
func wasteful() []*rule.Rule {
	waste := on("waste", rule.Low)
	waste.Production = rule.At(rule.Disabled)
	return append(graded(), waste)
}

func TestALevelForAllSparesWhatIsOffOnPurposeAndThePack(t *testing.T) {
	for _, level := range []rule.Level{rule.Advisory, rule.Mandatory, rule.Disabled} {
		want := map[string]string{"waste": "disabled"}
		for _, own := range ownPolicies() {
			want[own.ID] = "advisory"
		}
		for _, r := range graded() {
			want[r.ID] = levelName(level)
		}
		s, err := newSession(Options{Rules: wasteful()}.withDefaults(), nil, true)
		require.NoError(t, err)
		require.NoError(t, s.configure(byEngine(s, &level, nil)))
		assert.Equal(t, want, levels(s), "--policy-pack-config")

		if level == rule.Mandatory { // a stack may not lower all
			s, err = newSession(Options{Rules: wasteful()}.withDefaults(), stackOf(rule.Production, `{"all": "mandatory"}`), true)
			require.NoError(t, err)
			assert.Equal(t, want, levels(s), "stack config")
		}
	}
	s, err := newSession(Options{Rules: wasteful()}.withDefaults(), stackOf(rule.Production, `{"all": "mandatory", "waste": "advisory", "exemptions": "mandatory"}`), true)
	require.NoError(t, err)
	assert.Equal(t, []string{"advisory", "mandatory"}, []string{levels(s)["waste"], levels(s)[Exemptions]}, "unless they are named")
	all := rule.Mandatory
	require.NoError(t, s.configure(byEngine(s, &all, map[string]policyConfig{"waste": {level: rule.At(rule.Remediate)}, Undecided: {level: rule.At(rule.Disabled)}})))
	assert.Equal(t, []string{"remediate", "disabled"}, []string{levels(s)["waste"], levels(s)[Undecided]}, "unless they are named")
}

// byEngine is what the engine sends of a file, over what the pack has told.
func byEngine(s *session, all *rule.Level, named map[string]policyConfig) map[string]policyConfig {
	sent := map[string]policyConfig{}
	for id, p := range s.policies {
		level := p.level
		if all != nil {
			level = *all
		}
		if named[id].level != nil {
			level = *named[id].level
		}
		one := policyConfig{level: &level, settings: map[string]any{}}
		for name, value := range p.settings {
			one.settings[name] = plain(value)
		}
		maps.Copy(one.settings, named[id].settings)
		sent[id] = one
	}
	if all != nil {
		sent[allPolicies] = policyConfig{level: all}
	}
	return sent
}

func TestTheLeastProfileIsThePackConfigsToSay(t *testing.T) {
	least := map[string]policyConfig{RelaxedProfile: {settings: map[string]any{"least": "production"}}}
	s, err := newSession(Options{Rules: wasteful()}.withDefaults(), stackOf(rule.Development, `{"medium": "mandatory"}`), true)
	require.NoError(t, err)
	least["low"] = policyConfig{level: rule.At(rule.Disabled), settings: map[string]any{"limit": 9.0}}
	require.NoError(t, s.configure(byEngine(s, nil, least)))
	assert.Equal(t, map[string]string{
		"critical": "mandatory", "high": "mandatory", "medium": "mandatory", "low": "disabled", "waste": "disabled",
		InternalError: "advisory", Undecided: "advisory", Exemptions: "advisory", RelaxedProfile: "advisory",
	}, levels(s))
	assert.Equal(t, []any{2, 9.0}, []any{s.policies["high"].settings["limit"], s.policies["low"].settings["limit"]}, "defaults are those of production")
	assert.Len(t, s.analyze(fromInputs(&pulumirpc.AnalyzeRequest{Urn: urn, Type: token, Properties: wire(t, off())}), token).GetDiagnostics(), 3)
	said := s.analyzeStack(nil, "").GetDiagnostics()
	require.Len(t, said, 1)
	assert.Equal(t, "the stack is judged as production instead of development, for least of relaxed-profile in the policy pack config. Fix: set policy:profile to production.",
		said[0].GetMessage())

	s, err = newSession(Options{Rules: wasteful()}.withDefaults(), stackOf(rule.Development, `{"high": "disabled"}`), true)
	require.NoError(t, err)
	assert.ErrorContains(t, s.configure(byEngine(s, nil, least)), "high: a stack may not lower it to disabled", "nor is what only development allows kept")

	s, err = newSession(Options{Rules: wasteful()}.withDefaults(), stackOf(rule.Production, ""), true)
	require.NoError(t, err)
	require.NoError(t, s.configure(byEngine(s, nil, least)))
	assert.Empty(t, s.analyzeStack(nil, "").GetDiagnostics())
}

// defaults are the values that the engine fills in from a schema.
func defaults(schema *pulumirpc.PolicyConfigSchema) *structpb.Struct {
	filled := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for name, property := range schema.GetProperties().GetFields() {
		filled.Fields[name] = property.GetStructValue().GetFields()["default"]
	}
	return filled
}
