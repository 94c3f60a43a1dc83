package pack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestExemptions(t *testing.T) {
	good := "policy: strict\n  resource: 'urn:pulumi:dev::*::it'\n  reason: the vendor fixes it in April\n  owner: web\n  expires: 2026-03-20\n"
	finding := "Thing it: is off (limit 2). Fix: set on to true."
	for name, x := range map[string]struct {
		file string
		want []string
		rule rule.Severity
	}{
		"holds": {good, []string{"strict: advisory: exempt until 2026-03-20 (web: the vendor fixes it in April): " + finding}, rule.High},
		"its last fortnight": {strings.Replace(good, "03-20", "03-10", 1),
			[]string{"strict: advisory: exempt until 2026-03-10 (web: the vendor fixes it in April), expires in 9 days: " + finding}, rule.High},
		"its last day": {strings.Replace(good, "03-20", "03-01", 1),
			[]string{"strict: advisory: exempt until 2026-03-01 (web: the vendor fixes it in April), expires in 0 days: " + finding}, rule.High},
		"expired": {strings.Replace(good, "03-20", "02-28", 1), []string{"strict: mandatory: " + finding,
			"exemptions: advisory: exemption 1 (strict on urn:pulumi:dev::*::it) does not hold: it expired on 2026-02-28"}, rule.High},
		"too long": {strings.Replace(good, "2026-03-20", "2026-09-01", 1), []string{"strict: mandatory: " + finding,
			"exemptions: advisory: exemption 1 (strict on urn:pulumi:dev::*::it) does not hold: expires is 184 days away; at most 180 are allowed"}, rule.High},
		"no reason": {strings.Replace(good, "the vendor fixes it in April", "because", 1), []string{"strict: mandatory: " + finding,
			"exemptions: advisory: exemption 1 (strict on urn:pulumi:dev::*::it) does not hold: reason needs 20 characters or more"}, rule.High},
		"a typo": {strings.Replace(good, "owner", "ownr", 1), []string{"strict: mandatory: " + finding,
			`exemptions: advisory: exemption 1 (strict on urn:pulumi:dev::*::it) does not hold: unknown key "ownr"; did you mean "owner"?; owner is required`}, rule.High},
		"critical": {good, []string{"strict: mandatory: " + finding,
			"exemptions: advisory: exemption 1 (strict on urn:pulumi:dev::*::it) does not hold: strict is critical, and not in allowCritical of exemptions in the policy pack config"}, rule.Critical},
		"another resource": {strings.Replace(good, "::it", "::other", 1), []string{"strict: mandatory: " + finding}, rule.High},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "exemptions.yaml")
			require.NoError(t, os.WriteFile(path, []byte("exemptions:\n- "+x.file), 0o600))
			c := client(t, Options{Rules: []*rule.Rule{on("strict", x.rule)}})
			configure(t, c, true, map[string]string{ExemptionsKey: path})
			assert.Equal(t, x.want, said(analyze(t, c, off())))
		})
	}
}

func TestCriticalNeedsTheAllowList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	require.NoError(t, os.WriteFile(path, []byte(
		"exemptions: [{policy: worst, resource: '*', reason: a reason of some length, owner: web, expires: 2026-04-01}]"), 0o600))
	c := client(t, Options{Rules: []*rule.Rule{on("worst", rule.Critical)}})
	configure(t, c, true, nil)
	properties, err := structpb.NewStruct(map[string]any{"file": path, "allowCritical": []any{"worst"}})
	require.NoError(t, err)
	require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{Exemptions: {Properties: properties}}))
	assert.Equal(t, []string{"worst: advisory: exempt until 2026-04-01 (web: a reason of some length): Thing it: is off (limit 2). Fix: set on to true."},
		said(analyze(t, c, off())))
}

func TestUselessExemptionsAreReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	entry := ", reason: a reason of some length, owner: web, expires: 2026-04-01}\n"
	require.NoError(t, os.WriteFile(path, []byte("exemptions:\n- {policy: strict, resource: '*::it'"+entry+
		"- {policy: strict, resource: '*::gone'"+entry+"- {policy: strct, resource: '*'"+entry), 0o600))
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High)}})
	configure(t, c, true, map[string]string{ExemptionsKey: path})
	assert.Empty(t, said(analyze(t, c, resource.PropertyMap{"on": resource.NewProperty(true)})))
	answer := analyzeStack(t, c, &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"})
	assert.Equal(t, []string{
		"exemptions: advisory: exemption 1 (strict on *::it) is not needed: the policy does not fail there; remove it",
		"exemptions: advisory: exemption 2 (strict on *::gone) matches no resource; remove it",
		`exemptions: advisory: exemption 3 (strct on *) does not hold: there is no policy "strct"; did you mean "strict"?`,
	}, said(answer))
	assert.Equal(t, "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", answer.GetDiagnostics()[0].GetUrn())
}

func TestAnExemptionOfWhatIsNotKnownYetIsNeeded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	entry := "exemptions: [{policy: outside, resource: '*', reason: a reason of some length, owner: web, expires: 2026-04-01}]"
	outside := func(severity rule.Severity) *rule.Rule {
		return &rule.Rule{ID: "outside", Severity: severity, Types: []string{token}, CheckGraph: func(*rule.Graph, *rule.Resource, rule.Settings) rule.Verdict {
			return rule.Undecided("subnets", rule.External)
		}}
	}
	thing := &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"}
	undecided := "unknown-verdicts: advisory: 1 verdict cannot be given: outside on it (subnets: external: not in this stack"
	for name, x := range map[string]struct {
		file     string
		severity rule.Severity
		want     []string
	}{
		"holds": {entry, rule.High, []string{undecided + ")"}},
		"expired": {strings.Replace(entry, "2026-04-01", "2026-02-28", 1), rule.High, []string{
			"exemptions: advisory: exemption 1 (outside on *) does not hold: it expired on 2026-02-28", undecided + ", so that the update will fail)"}},
		"not allowed": {entry, rule.Critical, []string{
			"exemptions: advisory: exemption 1 (outside on *) does not hold: outside is critical, and not in allowCritical of exemptions in the policy pack config",
			undecided + ", so that the update will fail)"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(x.file), 0o600))
			c := client(t, Options{Rules: []*rule.Rule{outside(x.severity)}})
			configure(t, c, true, map[string]string{ExemptionsKey: path})
			assert.Equal(t, x.want, said(analyzeStack(t, c, thing)))
		})
	}
}

func TestWhatIsExemptIsNotRemedied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	entry := "exemptions: [{policy: strict, resource: '*', reason: a reason of some length, owner: web, expires: 2026-04-01}]"
	for name, x := range map[string]struct {
		file     string
		remedied int
	}{"holds": {entry, 0}, "expired": {strings.Replace(entry, "2026-04-01", "2026-02-28", 1), 1}} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(x.file), 0o600))
			c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High)}})
			configure(t, c, true, map[string]string{ExemptionsKey: path})
			require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{"strict": {EnforcementLevel: pulumirpc.EnforcementLevel_REMEDIATE}}))
			answer, err := c.Remediate(t.Context(), &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: "it", Properties: wire(t, off())})
			require.NoError(t, err)
			assert.Len(t, answer.GetRemediations(), x.remedied)
		})
	}
}

func TestMissingExemptionsFileIsSaid(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High)}})
	configure(t, c, true, map[string]string{ExemptionsKey: "nowhere.yaml"})
	assert.Len(t, said(analyze(t, c, off())), 1)
	assert.Equal(t, []string{"exemptions: advisory: nowhere.yaml cannot be read, so that no exemption holds: no such file or directory"},
		said(analyzeStack(t, c)))
}

// A stack file names the file: what cannot be read to its end must not hold the engine up,
// and no other file is to be read by way of messages.
func TestAFileThatIsNoExemptionsFile(t *testing.T) {
	folder := t.TempDir()
	written := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	for path, want := range map[string]string{
		folder:                           "it is not a file",
		"/dev/zero":                      "it is not a file",
		filepath.Join(folder, "missing"): "no such file or directory",
		written("large", strings.Repeat("#", 1<<20+1)):                                                 "it is larger than 1 MiB",
		written("passwords", "root:x:0:0:root:/root:/bin/bash\n"):                                      "want a list under exemptions",
		written("keys", strings.Repeat("key-of-some-length: 1\n", 1)+strings.Repeat("k", 500)+": 2\n"): "want a list under exemptions",
	} {
		s, err := newSession(Options{Rules: graded()}.withDefaults(), map[string]string{ExemptionsKey: path}, true)
		require.NoError(t, err)
		said := s.analyzeStack(nil, "").GetDiagnostics()
		require.Len(t, said, 1, path)
		assert.Contains(t, said[0].GetMessage(), path+" cannot be read, so that no exemption holds: "+want)
		assert.Less(t, len(said[0].GetMessage()), len(path)+250)
		assert.NotContains(t, said[0].GetMessage(), "/bin/bash")
	}
}
