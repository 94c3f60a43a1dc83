package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// The engine starts the test's own executable as the policy pack, as it does with plinth.
func TestMain(m *testing.M) {
	switch {
	case pack.Asked() && os.Getenv(recordVariable) != "":
		if err := serveRecorder(os.Getenv(recordVariable)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case pack.Asked(), os.Getenv(commandVariable) != "":
		main()
	default:
		os.Exit(m.Run())
	}
}

var findToolchain = sync.OnceValues(func() (*rehearsal.Toolchain, error) {
	return rehearsal.FindToolchain(context.Background(), os.Stderr)
})

// result is what a command line did.
type result struct {
	code           int
	stdout, stderr string
}

// run executes a command line on a program, and requires that it leaves no files behind.
func run(t *testing.T, ctx context.Context, program pulumi.RunFunc, args ...string) result {
	t.Helper()
	found, err := findToolchain()
	require.NoError(t, err)
	t.Setenv(rehearsal.PulumiVariable, found.Path)
	t.Setenv("TMPDIR", t.TempDir())
	var stdout, stderr bytes.Buffer
	code := plinth{program: program, stdout: &stdout, stderr: &stderr}.run(ctx, args)
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
	return result{code: code, stdout: untimed(stdout.String()), stderr: stderr.String()}
}

// untimed replaces times, keeping columns where they are.
func untimed(text string) string {
	return regexp.MustCompile(` *\d+\.\d s\b`).ReplaceAllStringFunc(text, func(time string) string {
		return strings.Repeat(" ", len(time)-len("T.T s")) + "T.T s"
	})
}

// project is a folder with a project and its stacks.
func project(t *testing.T, config map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("Pulumi.yaml", "name: app\nruntime: go\n")
	for stack, text := range config {
		write("Pulumi."+stack+".yaml", text)
	}
	return dir
}

func vpc(ctx *pulumi.Context) error {
	_, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
	return err
}

// oneServer is a program with one server, in one zone.
func oneServer(args ec2.InstanceArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		network, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
		if err != nil {
			return err
		}
		subnet, err := ec2.NewSubnet(ctx, "only", &ec2.SubnetArgs{
			VpcId: network.ID(), CidrBlock: pulumi.String("10.0.1.0/24"), AvailabilityZone: pulumi.String("us-east-1a"),
		})
		if err != nil {
			return err
		}
		args.SubnetId, args.Ami = subnet.ID(), pulumi.String("ami-0123456789abcdef0")
		_, err = ec2.NewInstance(ctx, "web", &args)
		return err
	}
}

const region = "config:\n  aws:region: us-east-1\n"

func TestPreviewPrintsTheEnginesTextAndASummary(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	got := run(t, t.Context(), vpc, "preview", "test", "--dir", dir, "--no-policies")
	require.Zero(t, got.code, got.stderr)
	require.Empty(t, got.stderr)
	engine, summary, found := strings.Cut(got.stdout, "\npreview of ")
	require.True(t, found, got.stdout)
	require.Contains(t, engine, "aws:ec2:Vpc main create")
	require.Equal(t, "test  ok      T.T s\n  resources  2 to create\n", summary)
}

func TestMandatoryPolicyMakesThePreviewFail(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	openToAll := func(ctx *pulumi.Context) error {
		_, err := ec2.NewSecurityGroup(ctx, "open", &ec2.SecurityGroupArgs{Ingress: ec2.SecurityGroupIngressArray{
			ec2.SecurityGroupIngressArgs{
				Protocol: pulumi.String("tcp"), FromPort: pulumi.Int(22), ToPort: pulumi.Int(22), CidrBlocks: pulumi.ToStringArray([]string{"0.0.0.0/0"}),
			},
		}})
		return err
	}
	got := run(t, t.Context(), openToAll, "preview", "test", "--dir", dir)
	require.Equal(t, exitFailed, got.code, got.stdout)
	require.Contains(t, got.stderr, "plinth: preview: 1 mandatory policy finding:\n  sg-no-open-admin: open (aws:ec2/securityGroup:SecurityGroup)")
	require.Contains(t, got.stdout, "preview of test  FAILED")
	require.Regexp(t, `mandatory +1  sg-no-open-admin`, got.stdout)

	got = run(t, t.Context(), openToAll, "preview", "test", "--dir", dir, "--no-policies")
	require.Zero(t, got.code, got.stderr)
}

func TestAnExemptionLetsThePreviewPassAndIsShown(t *testing.T) {
	dir := project(t, map[string]string{"test": region + "  policy:exemptions: exemptions.yaml\n"})
	program := func(ctx *pulumi.Context) error {
		_, err := ec2.NewLaunchTemplate(ctx, "old", &ec2.LaunchTemplateArgs{
			ImageId: pulumi.String("ami-0123456789abcdef0"), InstanceType: pulumi.String("t4g.small"),
			BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{ec2.LaunchTemplateBlockDeviceMappingArgs{
				DeviceName: pulumi.String("/dev/xvda"), Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{Encrypted: pulumi.String("true")},
			}},
		})
		return err
	}
	exemption := func(expires time.Time) {
		text := fmt.Sprintf("exemptions:\n- policy: imdsv2-required\n  resource: \"*::old\"\n  reason: the old agent cannot do version 2 yet\n"+
			"  owner: platform\n  expires: %s\n", expires.Format(time.DateOnly))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "exemptions.yaml"), []byte(text), 0o600))
	}
	exemption(time.Now().AddDate(0, 0, 30))
	got := run(t, t.Context(), program, "preview", "test", "--dir", dir)
	require.Zero(t, got.code, got.stdout+got.stderr)
	require.Contains(t, got.stdout, "exempt until")

	exemption(time.Now().AddDate(0, 0, -2))
	got = run(t, t.Context(), program, "preview", "test", "--dir", dir)
	require.Equal(t, exitFailed, got.code, got.stdout)
	require.Contains(t, got.stderr, "imdsv2-required")
}

func TestRehearsalPrintsALineForEachPhase(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	picture := filepath.Join(t.TempDir(), "deploy.svg")
	got := run(t, t.Context(), vpc, "rehearse", "test", "--dir", dir, "--no-policies", "--parallel", "8", "--timeline", picture)
	require.Zero(t, got.code, got.stderr)
	harness.Golden(t, "rehearse.txt", strings.ReplaceAll(got.stdout, picture, "deploy.svg"))
	drawn, err := os.ReadFile(picture)
	require.NoError(t, err)
	require.Contains(t, string(drawn), "</svg>")
}

func TestFailedPhaseEndsTheRehearsal(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	runs := 0
	got := run(t, t.Context(), func(ctx *pulumi.Context) error {
		runs++
		_, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{
			CidrBlock: pulumi.String("10.0.0.0/16"), Tags: pulumi.StringMap{"Run": pulumi.Sprintf("%d", runs)},
		})
		return err
	}, "rehearse", "test", "--dir", dir, "--no-policies")
	require.Equal(t, exitFailed, got.code)
	harness.Golden(t, "rehearse-failed.txt", got.stdout+got.stderr)
}

// This is what the README promises of the stacks of this repository.
func TestCommittedStacksPassEveryPhase(t *testing.T) {
	for stack, phases := range map[string][]string{
		"dev":  {"preview", "up", "second up", "refresh", "destroy"},
		"prod": {"preview", "up", "second up", "refresh", "protection", "unprotect", "destroy"},
	} {
		t.Run(stack, func(t *testing.T) {
			got := run(t, t.Context(), stacks.Deploy, "rehearse", stack, "--dir", filepath.Join("..", ".."))
			require.Zero(t, got.code, "%s%s", got.stdout, got.stderr)
			lines, rest, _ := strings.Cut(got.stdout, "\n\n")
			require.Contains(t, rest, "in AWS: deploy time ")
			require.Contains(t, rest, "critical path:")
			require.NotRegexp(t, `(?m)^(second )?up .*(mandatory|advisory)`, lines, "what a stack file does not list is not found")
			require.NotContains(t, rest, "policies at the second up")
			var names []string
			for _, line := range strings.Split(lines, "\n") {
				names = append(names, strings.TrimSpace(line[:10]))
			}
			require.Equal(t, phases, names)
		})
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	for _, args := range [][]string{{"preview", "test"}, {"rehearse", "test", "--no-policies"}} {
		got := run(t, t.Context(), vpc, append(args, "--json", "--dir", dir)...)
		var report rehearsal.Report
		decoder := json.NewDecoder(strings.NewReader(got.stdout))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&report), got.stdout)
		require.False(t, decoder.More())
		require.Equal(t, "test", report.Stack)
		require.Equal(t, got.code == 0, report.Error == "")
		require.Equal(t, map[string]int{"create": 2}, report.Phases[0].Changes)
	}
}

func TestKeepSaysWhereStateAndCloudAre(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	found, err := findToolchain()
	require.NoError(t, err)
	t.Setenv(rehearsal.PulumiVariable, found.Path)
	t.Setenv("TMPDIR", t.TempDir())
	var stdout bytes.Buffer
	code := plinth{program: vpc, stdout: &stdout, stderr: os.Stderr}.run(t.Context(), []string{"rehearse", "test", "--dir", dir, "--no-policies", "--keep"})
	require.Zero(t, code)
	require.NotContains(t, stdout.String(), "destroy")
	inventory := regexp.MustCompile(`cloud +(\S+)`).FindStringSubmatch(stdout.String())
	require.NotNil(t, inventory, stdout.String())
	text, err := os.ReadFile(inventory[1])
	require.NoError(t, err)
	require.Contains(t, string(text), "aws:ec2/vpc:Vpc")
	require.Contains(t, stdout.String(), "export PULUMI_BACKEND_URL='file://")
}

func TestErrorsAreOneMessage(t *testing.T) {
	dir := project(t, map[string]string{"test": region, "bad": "config:\n  plinth:environment:\n    profil: production\n", "broken": "config: [\n"})
	empty := t.TempDir()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no such stack":   {[]string{"preview", "dev", "--dir", dir}, `no stack "dev" in ` + dir + ` (no Pulumi.dev.yaml); there are: bad, broken, test`},
		"no stack":        {[]string{"rehearse", "--dir", dir}, "rehearse takes the name of one stack; there are: bad, broken, test"},
		"no project":      {[]string{"preview", "dev", "--dir", empty}, "no Pulumi project in " + empty + ": it has no Pulumi.yaml"},
		"broken file":     {[]string{"preview", "broken", "--dir", dir}, filepath.Join(dir, "Pulumi.broken.yaml") + " is no valid YAML: "},
		"bad environment": {[]string{"preview", "bad", "--dir", dir}, "preview failed: plinth:environment: "},
		"unknown flag":    {[]string{"preview", "dev", "--kep"}, "unknown flag: --kep"},
		"unknown command": {[]string{"deploy", "dev"}, `unknown command "deploy" for "plinth"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, t.Context(), stacks.Deploy, test.args...)
			require.Equal(t, exitFailed, got.code)
			require.Contains(t, got.stderr, "plinth: "+test.want)
			require.Equal(t, 1, strings.Count(got.stderr, "plinth: "), got.stderr)
		})
	}
}

func TestMissingToolchainIsOneMessage(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv(rehearsal.PulumiVariable, "")
	var stdout, stderr bytes.Buffer
	code := plinth{program: vpc, stdout: &stdout, stderr: &stderr}.run(t.Context(), []string{"preview", "test", "--dir", dir})
	require.Equal(t, exitFailed, code)
	require.Empty(t, stdout.String())
	require.Contains(t, stderr.String(), "plinth: no pulumi on PATH; building the pinned v")
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
}

func TestInterruptEndsWithItsOwnCode(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	ctx, cancel := context.WithCancel(t.Context())
	got := run(t, ctx, func(ctx *pulumi.Context) error {
		cancel()
		<-ctx.Context().Done()
		return nil
	}, "rehearse", "test", "--dir", dir)
	require.Equal(t, exitInterrupted, got.code)
	require.Equal(t, "plinth: interrupted\n", got.stderr)
}

func TestProjectIsFoundAbove(t *testing.T) {
	dir, err := filepath.EvalSymlinks(project(t, nil))
	require.NoError(t, err)
	below := filepath.Join(dir, "a", "b")
	require.NoError(t, os.MkdirAll(below, 0o755))
	t.Chdir(below)
	found, err := projectDir("")
	require.NoError(t, err)
	require.Equal(t, dir, found)
	t.Chdir("/")
	_, err = projectDir("")
	require.ErrorContains(t, err, "no Pulumi.yaml in /")
}

func TestSummary(t *testing.T) {
	finding := func(mandatory bool, n int) []rehearsal.Finding {
		var list []rehearsal.Finding
		for i := range n {
			list = append(list, rehearsal.Finding{Mandatory: mandatory, Message: fmt.Sprint(i)})
		}
		return list
	}
	phase := rehearsal.Phase{
		Name: "preview", Seconds: 1.25, Error: "2 mandatory policy findings", Resources: 100,
		Changes: map[string]int{"same": 7, "create": 90, "replace": 2, "update": 1, "refresh": 3},
		Policies: []rehearsal.Policy{
			{Name: "calm", Passed: 3},
			{Name: "few", Findings: finding(false, 1)},
			{Name: "many", Findings: finding(false, 12)},
			{Name: "strict", Findings: append(finding(true, 2), finding(false, 1)...)},
		},
	}
	var plain, colored bytes.Buffer
	printer{to: &plain}.summary("prod", phase)
	harness.Golden(t, "summary.txt", plain.String())
	printer{to: &colored, color: true}.summary("prod", phase)
	require.Contains(t, colored.String(), "\x1b[31mFAILED\x1b[0m")
	require.Equal(t, plain.String(), regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(colored.String(), ""))
}

func TestNothingButATerminalIsColoured(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	require.False(t, newPrinter(file).color)
	require.False(t, newPrinter(&bytes.Buffer{}).color)
}
