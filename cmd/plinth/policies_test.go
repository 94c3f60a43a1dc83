package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// The engine takes links of one executable for the packs that they are named after. The two
// packs find on a stack what all policies find, and nothing twice.
func TestTwoPacksFindTogetherWhatOneFinds(t *testing.T) {
	found, err := findToolchain()
	require.NoError(t, err)
	executable, err := os.Executable()
	require.NoError(t, err)
	opts := prerequisites.Options(filepath.Join("..", ".."), "dev")
	opts.Program, opts.Toolchain = stacks.Deploy, found
	// Of each pack one that the stack knows of and has disabled.
	opts.Config = map[string]any{"policy:config.asg-min-size": "advisory", "policy:config.lb-https": "advisory"}
	folder := t.TempDir()
	for _, p := range pack.Packs() {
		link := filepath.Join(folder, p.Name)
		require.NoError(t, os.Symlink(executable, link))
		opts.PolicyPacks = append(opts.PolicyPacks, rehearsal.PolicyPack{Path: link, Env: map[string]string{pack.ServeEnv: "1"}})
	}
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	phase, err := r.Preview(t.Context())
	require.NoError(t, err)
	findings := map[string][]rehearsal.Policy{}
	undecided := map[string]int{}
	for _, policy := range phase.Policies {
		name := "the two"
		if policy.Pack == pack.Plinth.Name {
			name = policy.Pack
		}
		if policy.Name == pack.Undecided { // each pack sums up its own
			for _, f := range policy.Findings {
				count, err := strconv.Atoi(strings.Fields(f.Message)[0])
				require.NoError(t, err, f.Message)
				undecided[name] += count
			}
			continue
		}
		policy.Pack = ""
		if len(policy.Findings) > 0 {
			findings[name] = append(findings[name], policy)
		}
	}
	require.NotEmpty(t, findings["plinth"])
	require.ElementsMatch(t, findings["plinth"], findings["the two"])
	require.NotZero(t, undecided["plinth"])
	require.Equal(t, undecided["plinth"], undecided["the two"])
}

func TestAStackFileSetsLevelsOfPolicies(t *testing.T) {
	config := region + "  policy:profile: development\n  policy:config:\n"
	dir := project(t, map[string]string{
		"raised":  config + "    vpc-flow-logs: mandatory\n",
		"lowered": config + "    vpc-flow-logs: {enforcementLevel: disabled}\n",
		"wrong":   config + "    vpc-flow-log: disabled\n    lb-https: {onUnknown: later}\n",
	})
	got := run(t, t.Context(), vpc, "preview", "raised", "--dir", dir)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stderr, "plinth: preview: 1 mandatory policy finding:\n  vpc-flow-logs: main (aws:ec2/vpc:Vpc)")
	got = run(t, t.Context(), vpc, "preview", "lowered", "--dir", dir)
	require.Zero(t, got.code, got.stderr)
	require.NotContains(t, got.stdout, "vpc-flow-logs")
	got = run(t, t.Context(), vpc, "preview", "wrong", "--dir", dir)
	require.Equal(t, "plinth: preview failed: stack config: policy:config.lb-https.onUnknown: \"later\" is not one of fail, warn\n"+
		"  policy:config.vpc-flow-log: there is no such policy; did you mean \"vpc-flow-logs\"?\n", got.stderr)
}

func TestFindingsOfARehearsalAreListedOnce(t *testing.T) {
	const component = "urn:pulumi:dev::shop::shop:web:Service::web"
	urn := func(name string) string {
		return "urn:pulumi:dev::shop::shop:web:Service$aws:lb/listener:Listener::" + name
	}
	finding := func(in, on, severity, message string, mandatory bool) rehearsal.Finding {
		return rehearsal.Finding{Mandatory: mandatory, Severity: severity, URN: on, Component: in, Message: message}
	}
	whole := finding("", "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "low", "exemption 1 matches no resource", false)
	phases := []rehearsal.Phase{
		{Name: "preview", Policies: []rehearsal.Policy{{Name: "early", Findings: []rehearsal.Finding{whole}}}},
		{Name: "up", Policies: []rehearsal.Policy{
			{Pack: "a", Name: "exemptions", Findings: []rehearsal.Finding{whole}},
			{Pack: "b", Name: "exemptions", Findings: []rehearsal.Finding{whole}},
			{Name: "lb-https", Findings: []rehearsal.Finding{
				finding("urn:pulumi:dev::shop::shop:api:Service::api", urn("a"), "high", "Listener a: serves plain HTTP", false),
				finding(component, urn("b"), "high", "Listener b: serves plain HTTP", true), finding(component, urn("a"), "high", "Listener a: serves plain HTTP", true)}},
			{Name: "logs", Findings: []rehearsal.Finding{finding(component, urn("a"), "critical", "Listener a: has no logs", false),
				finding("", "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::alone", "medium", "Bucket alone: has no logs", false)}},
			{Name: "passed", Passed: 3},
		}},
		{Name: "destroy"},
	}
	var plain, colored bytes.Buffer
	printer{to: &plain}.violations(phases)
	harness.Golden(t, "violations.txt", plain.String())
	printer{to: &colored, color: true}.violations(phases)
	require.Equal(t, 2, strings.Count(colored.String(), "\x1b[31mmandatory\x1b[0m"))
	require.Equal(t, plain.String(), regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(colored.String(), ""))
	plain.Reset()
	printer{to: &plain}.violations(append(phases[:2:2], rehearsal.Phase{Name: "second up", Policies: []rehearsal.Policy{{Name: "lb-https", Passed: 3}}}, phases[2]))
	require.Empty(t, plain.String(), "what was found earlier is not so any more")
}

func TestWhatPoliciesHaveSetRightIsListed(t *testing.T) {
	var said bytes.Buffer
	printer{to: &said}.violations([]rehearsal.Phase{{Name: "preview", Policies: []rehearsal.Policy{
		{Name: "sqs-encrypted", Remedies: []rehearsal.Remedy{{URN: "urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs", Properties: []string{"sqsManagedSseEnabled"}}}},
		{Name: "tagged", Passed: 2, Remedies: []rehearsal.Remedy{{URN: "urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs", Properties: []string{"tags", "tagsAll"}}}},
	}}})
	require.Equal(t, "\nset right by policies at the preview:\n  sqs-encrypted: sqsManagedSseEnabled of jobs (aws:sqs/queue:Queue)\n"+
		"  tagged: tags, tagsAll of jobs (aws:sqs/queue:Queue)\n", said.String())
}
