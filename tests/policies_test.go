package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/policies/state"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// The test's own executable is the policy pack when it is asked to be.
func TestMain(m *testing.M) {
	if pack.Asked() {
		if err := pack.Serve(context.Background(), pack.Options{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// finding is what a policy says, wherever it is asked.
type finding struct {
	level, severity, policy, urn, message string
}

func (f finding) String() string {
	return fmt.Sprintf("%s %s %s %s\n  %s", f.level, f.severity, f.policy, resource.URN(f.urn).Name(), f.message)
}

// inOrder is findings in the order in which they are said.
func inOrder(findings []finding) string { return strings.Join(lines(findings), "") }

// text is findings in an order that does not depend on which resource was judged first.
func text(findings []finding) string {
	return strings.Join(slices.Sorted(slices.Values(lines(findings))), "")
}

func lines(findings []finding) []string {
	lines := make([]string, len(findings))
	for i, f := range findings {
		lines[i] = f.String() + "\n"
	}
	return lines
}

// mandatory are the policies that stop a deployment, sorted.
func mandatory(findings []finding) []string {
	var policies []string
	for _, f := range findings {
		if f.level == string(apitype.Mandatory) {
			policies = append(policies, f.severity+" "+f.policy)
		}
	}
	slices.Sort(policies)
	return policies
}

// analyze runs `pulumi policy analyze` on an exported state as somebody does who has
// neither Pulumi's backend nor the passphrase of the secrets, and returns its exit code.
func analyze(t *testing.T, file string, env ...string) (findings []finding, said string, code int) {
	t.Helper()
	cli, err := rehearsal.FindToolchain(t.Context(), os.Stderr)
	require.NoError(t, err)
	executable, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), cli.Path, "--non-interactive", "policy", "analyze", "--json", "--file", file, "--policy-pack", executable)
	home := t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PULUMI_HOME=" + home, "PULUMI_SKIP_UPDATE_CHECK=true", pack.ServeEnv + "=1"}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		require.NoError(t, err)
	}
	lines := bufio.NewScanner(&stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event apitype.EngineEvent
		require.NoError(t, json.Unmarshal(lines.Bytes(), &event), lines.Text())
		if e := event.PolicyEvent; e != nil {
			findings = append(findings, finding{e.EnforcementLevel, e.Severity, e.PolicyName, e.ResourceURN, e.Message})
		}
	}
	require.NoError(t, lines.Err())
	return findings, stderr.String(), code
}

// judge runs the rules on an exported state in this process. undecided counts what is
// not known, and is not said in a finding of its own for that.
func judge(t *testing.T, file string) (findings []string, undecided int) {
	t.Helper()
	exported, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = exported.Close() }() // nothing was written
	resources, err := state.Read(exported)
	require.NoError(t, err)
	graph := rule.NewGraph(resources)
	for _, r := range pack.Rules() {
		level := r.Level(rule.Production)
		if level == rule.Disabled {
			continue
		}
		for _, judged := range graph.Of(r.Types...) {
			if r.Check != nil && judged.Inputs == nil {
				continue // it is only read, and not of this stack
			}
			f, err := rule.Run(r, graph, judged, r.Defaults(rule.Production))
			require.NoError(t, err)
			switch {
			case f.Outcome == rule.Fail:
				findings = append(findings, problem(r.ID, judged.URN, f.Message()))
			case f.Outcome == rule.Unknown && level >= rule.Mandatory && !r.Lenient:
				f.Problem = fmt.Sprintf("cannot be decided: %s is %s", f.Property, f.Why)
				findings = append(findings, problem(r.ID, judged.URN, f.Message()))
			case f.Outcome == rule.Unknown:
				undecided++
			}
		}
	}
	slices.Sort(findings)
	return findings, undecided
}

// problem is a finding without what to do about it.
func problem(policy, urn, message string) string {
	message, _, _ = strings.Cut(message, ". Fix: ")
	return policy + " " + urn + " " + message
}

// States of programs that know nothing of Plinth, in other languages: with other
// spellings of types, components of others, resources that are to be deleted, secrets
// that nobody can read, and without the edges that not every program has.
func TestAnExportedStateOfAnyLanguageIsJudged(t *testing.T) {
	for _, language := range []string{"typescript", "yaml"} {
		t.Run(language, func(t *testing.T) {
			file := filepath.Join("testdata", "policies", language+".json")
			findings, said, code := analyze(t, file)
			require.NotZero(t, code, "findings are mandatory where no profile is said")
			require.Contains(t, said, "one or more mandatory policy violations were found")
			said = inOrder(findings)
			harness.Golden(t, filepath.Join("policies", language+".golden"), said)
			for _, secret := range []string{"not-for", "to-see"} { // also of those with quotes and line ends
				require.NotContains(t, said, secret)
			}

			want, undecided := judge(t, file)
			var got []string
			for _, f := range findings {
				if f.policy == pack.Undecided {
					require.Contains(t, f.message, fmt.Sprintf("%d verdict", undecided))
					undecided = 0
					continue
				}
				got = append(got, problem(f.policy, f.urn, f.message))
			}
			slices.Sort(got)
			require.Equal(t, want, got, "the same rules on the same state")
			require.Zero(t, undecided, "what is not known is said")
		})
	}
}

func TestAnExportedStateIsJudgedByTheProfileOfTheEnvironment(t *testing.T) {
	findings, _, code := analyze(t, filepath.Join("testdata", "policies", "yaml.json"), pack.ProfileEnv+"=development")
	require.NotZero(t, code)
	require.Equal(t, []string{"critical resource-policy-not-public"}, mandatory(findings))
}

// resourceOf is a resource by its type token, as the engine hears of it from any SDK.
type resourceOf struct {
	pulumi.CustomResourceState
	Arn pulumi.StringOutput `pulumi:"arn"`
}

// byTokens is a program that has no provider SDK.
func byTokens(ctx *pulumi.Context) error {
	var failed error
	add := func(token, name string, inputs pulumi.Map, opts ...pulumi.ResourceOption) *resourceOf {
		made := &resourceOf{}
		failed = errors.Join(failed, ctx.RegisterResource(token, name, inputs, made, opts...))
		return made
	}
	vpc := add("aws:ec2/vpc:Vpc", "main", pulumi.Map{"cidrBlock": pulumi.String("10.0.0.0/16")})
	subnets := pulumi.StringArray{}
	for i, name := range []string{"one", "two"} {
		subnet := add("aws:ec2/subnet:Subnet", name, pulumi.Map{
			"vpcId": vpc.ID(), "cidrBlock": pulumi.Sprintf("10.0.%d.0/24", i), "availabilityZone": pulumi.String("eu-west-1a"),
		})
		subnets = append(subnets, subnet.ID().ToStringOutput())
	}
	open := add("aws:ec2/securityGroup:SecurityGroup", "open", pulumi.Map{"vpcId": vpc.ID(), "ingress": pulumi.MapArray{pulumi.Map{
		"protocol": pulumi.String("tcp"), "fromPort": pulumi.Int(22), "toPort": pulumi.Int(22), "cidrBlocks": pulumi.ToStringArray([]string{"0.0.0.0/0"}),
	}}})
	add("aws:alb/loadBalancer:LoadBalancer", "web", pulumi.Map{"subnets": subnets, "securityGroups": pulumi.StringArray{open.ID().ToStringOutput()}})
	key := add("aws:kms/key:Key", "data", pulumi.Map{"enableKeyRotation": pulumi.Bool(true), "deletionWindowInDays": pulumi.Int(30)}, pulumi.Protect(true))
	bucket := add("aws:s3/bucket:Bucket", "assets", nil, pulumi.Protect(true))
	add("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "assets", pulumi.Map{
		"bucket": bucket.ID(), "blockPublicAcls": pulumi.Bool(true), "blockPublicPolicy": pulumi.Bool(true),
		"ignorePublicAcls": pulumi.Bool(true), "restrictPublicBuckets": pulumi.Bool(true),
	})
	add("aws:ebs/volume:Volume", "right", pulumi.Map{
		"availabilityZone": pulumi.String("eu-west-1a"), "size": pulumi.Int(10), "encrypted": pulumi.Bool(true), "kmsKeyId": key.Arn,
	}, pulumi.Protect(true))
	add("aws:ebs/volume:Volume", "undecided", pulumi.Map{
		"availabilityZone": pulumi.String("eu-west-1a"), "size": pulumi.Int(10),
		"encrypted": key.Arn.ApplyT(func(arn string) bool { return arn != "" }),
	}, pulumi.Protect(true))
	add("aws:ssm/parameter:Parameter", "token", pulumi.Map{
		"type": pulumi.String("String"), "value": pulumi.ToSecret(pulumi.String("not-for-anyone-to-see")),
	})
	return failed
}

// judgedAtPreview is what the pack says at the first preview of that program, with what is
// said in the stack config and in the pack's own.
func judgedAtPreview(t *testing.T, config, own map[string]any) []finding {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	config["aws:region"] = "eu-west-1"
	r := open(t, rehearsal.Options{
		Program: byTokens, Project: "shop", Stack: "anything", Config: config,
		PolicyPacks: []rehearsal.PolicyPack{{Path: executable, Env: map[string]string{pack.ServeEnv: "1"}, Config: own}},
	})
	preview, err := r.Preview(t.Context())
	var findings []finding
	for _, p := range preview.Policies {
		for _, f := range p.Findings {
			level := map[bool]string{true: "mandatory", false: "advisory"}[f.Mandatory]
			findings = append(findings, finding{level, f.Severity, p.Name, f.URN, f.Message})
		}
	}
	if len(mandatory(findings)) == 0 {
		require.NoError(t, err)
	} else {
		require.ErrorContains(t, err, "mandatory policy finding")
	}
	return findings
}

// Nothing is said of an environment, so it is judged as production.
func TestAProgramWithoutOurComponentsIsJudgedAtItsFirstPreview(t *testing.T) {
	findings := judgedAtPreview(t, map[string]any{}, nil)
	harness.Golden(t, filepath.Join("policies", "preview.golden"), text(findings))
	require.NotContains(t, text(findings), "not-for-anyone-to-see")
}

func TestAStackOfSuchAProgramSaysItsProfileAndLevels(t *testing.T) {
	findings := judgedAtPreview(t, map[string]any{
		"policy:profile": "development", "policy:config.lb-multi-az": "mandatory", "policy:config.lb-access-logs": "disabled",
	}, nil)
	require.Equal(t, []string{"critical sg-no-open-admin", "high lb-multi-az"}, mandatory(findings))
	require.NotContains(t, text(findings), "lb-access-logs")
}

// The engine itself applies `all`, to what the pack has told it.
func TestALevelForAllSparesThePackItself(t *testing.T) {
	for _, level := range []string{"mandatory", "advisory"} {
		levels := map[string]string{}
		for _, f := range judgedAtPreview(t, map[string]any{}, map[string]any{"all": level, "vpc-flow-logs": "remediate"}) {
			levels[f.policy] = f.level
		}
		require.Equal(t, []string{"advisory", level, level, "mandatory"},
			[]string{levels[pack.Undecided], levels["lb-multi-az"], levels["lb-access-logs"], levels["vpc-flow-logs"]})
		require.NotContains(t, levels, "nonprod-redundancy-waste", "production disables what asks for the opposite of the rest")
	}
}

func TestThePackConfigSaysTheLeastProfile(t *testing.T) {
	findings := judgedAtPreview(t, map[string]any{"policy:profile": "development"},
		map[string]any{pack.RelaxedProfile: map[string]any{"least": "production"}, "lb-multi-az": "disabled"})
	require.Contains(t, mandatory(findings), "high deletion-protection")
	require.NotContains(t, text(findings), "lb-multi-az")
	require.Contains(t, text(findings), "the stack is judged as production instead of development")
}
