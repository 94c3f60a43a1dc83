package pack

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
	"gopkg.in/yaml.v3"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestTwoPacksShareTheRules(t *testing.T) {
	assert.Len(t, Packs(), 3)
	for _, r := range Rules() {
		assert.True(t, Plinth.Has(r), r.ID)
		assert.NotEqual(t, Redundancy.Has(r), Encryption.Has(r), r.ID)
	}
}

func TestThePackIsWhatTheFileIsNamedAfter(t *testing.T) {
	for name, x := range map[string]struct {
		executable, variable string
		want                 Pack
	}{
		"another name":           {"/bin/plinth-policies", "", Plinth},
		"the folder is no name":  {"/plinth-encryption/pack", "", Plinth},
		"a link":                 {"/bin/plinth-encryption", "", Encryption},
		"on Windows":             {"plinth-redundancy.exe", "", Redundancy},
		"of a release":           {"plinth-redundancy-v0.1.0-linux-arm64", "", Redundancy},
		"as a plugin":            {"pulumi-analyzer-policy-plinth-encryption", "", Encryption},
		"the variable":           {"/bin/plinth", "redundancy", Redundancy},
		"the whole name":         {"/bin/plinth", "plinth-encryption", Encryption},
		"everything":             {"/bin/plinth", "plinth", Plinth},
		"the name is more exact": {"/bin/plinth-redundancy", "encryption", Redundancy},
	} {
		got, err := choose(x.executable, x.variable)
		require.NoError(t, err, name)
		assert.Equal(t, x.want, got, name)
	}
	for _, executable := range []string{"/bin/plinth", "/bin/plinth-redundancy"} {
		_, err := choose(executable, "redundant")
		assert.EqualError(t, err, `environment variable PLINTH_POLICY_PACK: "redundant" is not one of plinth, redundancy, encryption; did you mean "redundancy"?`)
	}
}

func TestTheVariableChoosesThePackThatIsServed(t *testing.T) {
	env := func(name string) string { return map[string]string{PackEnv: "encryption"}[name] }
	info, err := client(t, Options{Getenv: env}).GetAnalyzerInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "plinth-encryption", info.GetName())
	var served []string
	for _, p := range info.GetPolicies() {
		served = append(served, p.GetName())
	}
	for _, r := range Rules() {
		assert.Equal(t, Encryption.Has(r), slices.Contains(served, r.ID), r.ID)
	}
	for _, own := range ownPolicies() {
		assert.Contains(t, served, own.ID)
	}
	assert.ErrorContains(t, Serve(t.Context(), Options{Getenv: func(string) string { return "all" }}), PackEnv)
}

// two are a rule of each pack, of which both fail.
func two() []*rule.Rule {
	here, there := on("here", rule.High), on("there", rule.High)
	here.Category, there.Category = rule.Redundancy, rule.Encryption
	return []*rule.Rule{here, there}
}

func TestPacksShareExemptionsAndStackConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	entry := ", reason: a reason of some length, owner: web, expires: 2026-04-01}\n"
	require.NoError(t, os.WriteFile(path, []byte("exemptions:\n- {policy: here, resource: '*::gone'"+entry+
		"- {policy: there, resource: '*'"+entry+"- {policy: there, resource: '*', reason: short}\n"), 0o600))
	config := map[string]string{ExemptionsKey: path, ConfigKey: `{"here": {"limit": 5}, "there": {"limit": 6}}`}
	thing := &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"}

	c := client(t, Options{Rules: two(), Pack: Redundancy})
	configure(t, c, true, config)
	answer := analyze(t, c, off())
	assert.Equal(t, []string{"here: mandatory: Thing it: is off (limit 5). Fix: set on to true."}, said(answer))
	assert.Equal(t, "plinth-redundancy", answer.GetDiagnostics()[0].GetPolicyPackName())
	assert.Equal(t, []string{"exemptions: advisory: exemption 1 (here on *::gone) matches no resource; remove it"}, said(analyzeStack(t, c, thing)),
		"what is of the other pack is not unused here")

	c = client(t, Options{Rules: two(), Pack: Encryption})
	configure(t, c, true, config)
	assert.Equal(t, []string{"there: advisory: exempt until 2026-04-01 (web: a reason of some length): Thing it: is off (limit 6). Fix: set on to true."},
		said(analyze(t, c, off())))
	lines := said(analyzeStack(t, c, thing))
	require.Len(t, lines, 1)
	assert.Contains(t, lines[0], "exemption 3 (there on *) does not hold: reason needs 20 characters or more")
}

// One file is for several packs, those of others beside them.
func TestPacksShareAPackConfig(t *testing.T) {
	mine := on("mine", rule.High)
	for name, o := range map[string]Options{
		"one of two":   {Rules: two(), Pack: Redundancy},
		"one's own":    {Rules: []*rule.Rule{mine}, Pack: Pack{Name: "acme"}},
		"all of these": {Rules: append(two(), mine), Pack: Pack{Name: "acme"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, o)
			configure(t, c, true, map[string]string{ConfigKey: `{"lb-https": "mandatory", "acme/mine": {"limit": 6}, "initech/its": {"any": 1}}`})
			level := pulumirpc.EnforcementLevel_ADVISORY
			config := map[string]*pulumirpc.PolicyConfig{"lb-https": {EnforcementLevel: level}, "there": {}, "acme/mine": {EnforcementLevel: level}, "initech/its": {}}
			if name == "one's own" {
				delete(config, "there")
			}
			require.NoError(t, setLevels(c, config))
			if o.Pack.Name == "acme" {
				assert.Contains(t, said(analyze(t, c, off())), "mine: advisory: Thing it: is off (limit 6). Fix: set on to true.")
			} else {
				assert.Equal(t, []string{"here: mandatory: Thing it: is off (limit 2). Fix: set on to true."}, said(analyze(t, c, off())))
			}
		})
	}
	c := client(t, Options{Rules: []*rule.Rule{mine}, Pack: Pack{Name: "acme"}})
	configure(t, c, true, nil)
	assert.ErrorContains(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{"acme/mien": {}, "plinth/lb-https": {}}),
		"policy pack config: plinth/lb-https: policies that come with plinth have no name before their ids\n  mien: there is no such policy; did you mean \"mine\"?")
}

func TestExemptionsNameThePackOfAPolicy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	entry := ", resource: '*', reason: a reason of some length, owner: web, expires: 2026-04-01}\n"
	require.NoError(t, os.WriteFile(path, []byte("exemptions:\n- {policy: acme/mine"+entry+"- {policy: initech/its"+entry+"- {policy: lb-https"+entry), 0o600))
	thing := &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"}
	c := client(t, Options{Rules: []*rule.Rule{on("mine", rule.High)}, Pack: Pack{Name: "acme"}})
	configure(t, c, true, map[string]string{ExemptionsKey: path})
	assert.Equal(t, []string{"mine: advisory: exempt until 2026-04-01 (web: a reason of some length): Thing it: is off (limit 2). Fix: set on to true."}, said(analyze(t, c, off())))
	assert.Empty(t, said(analyzeStack(t, c, thing)))
	c = client(t, Options{Rules: two(), Pack: Redundancy})
	configure(t, c, true, map[string]string{ExemptionsKey: path})
	assert.Empty(t, said(analyzeStack(t, c, thing)), "they are of others")
}

// A folder with a PulumiPolicy.yaml is a pack for the language host, under the same name.
func TestFoldersAreNamedAsWhatTheyServe(t *testing.T) {
	folders := map[string]Pack{"..": Plinth, "../packs/redundancy": Redundancy, "../packs/encryption": Encryption}
	assert.ElementsMatch(t, Packs(), slices.Collect(maps.Values(folders)))
	for folder, p := range folders {
		text, err := os.ReadFile(filepath.Join(filepath.FromSlash(folder), "PulumiPolicy.yaml"))
		require.NoError(t, err)
		var project struct{ Name, Description, Version, Runtime string }
		require.NoError(t, yaml.Unmarshal(text, &project))
		assert.Equal(t, []string{p.Name, p.Description, Version, "go"}, []string{project.Name, project.Description, project.Version, project.Runtime})
		assert.FileExists(t, filepath.Join(folder, "main.go"))
	}
}
