package rehearsal_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// A CLI that may have to be built is built once, before the clock of most tests.
var findToolchain = sync.OnceValues(func() (*rehearsal.Toolchain, error) {
	return rehearsal.FindToolchain(context.Background(), os.Stderr)
})

func toolchain(t *testing.T) *rehearsal.Toolchain {
	t.Helper()
	found, err := findToolchain()
	require.NoError(t, err)
	return found
}

// options rehearse a program with its temporary files where the test can see them.
func options(t *testing.T, program pulumi.RunFunc) rehearsal.Options {
	t.Helper()
	found := toolchain(t)
	t.Setenv("TMPDIR", t.TempDir())
	return rehearsal.Options{Program: program, Config: map[string]any{"aws:region": "us-east-1"}, Toolchain: found}
}

func requireNothingLeft(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
}

// network is the smallest program with an edge: a VPC and a subnet in it.
func network(ctx *pulumi.Context) error { return networkWith(ctx, nil) }

func networkWith(ctx *pulumi.Context, tags pulumi.StringMapInput, opts ...pulumi.ResourceOption) error {
	vpc, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16"), Tags: tags}, opts...)
	if err != nil {
		return err
	}
	_, err = ec2.NewSubnet(ctx, "main-a", &ec2.SubnetArgs{
		VpcId: vpc.ID(), CidrBlock: pulumi.String("10.0.0.0/24"), AvailabilityZone: pulumi.String("us-east-1a"),
	})
	if err != nil {
		return err
	}
	ctx.Export("vpcId", vpc.ID())
	return nil
}

// settingsOf decodes the structured configuration value app:settings.
func settingsOf(ctx *pulumi.Context, into any) error {
	text, _ := ctx.GetConfig("app:settings")
	return json.Unmarshal([]byte(text), into)
}

func names(phases []rehearsal.Phase) []string {
	var list []string
	for _, p := range phases {
		list = append(list, p.Name)
	}
	return list
}

func TestEveryPhaseOfASoundProgramIsGreen(t *testing.T) {
	opts := options(t, network)
	report := rehearsal.Test(t, opts)
	require.Equal(t, []string{"preview", "up", "second up", "refresh", "destroy"}, names(report.Phases))
	for i, changes := range []map[string]int{{"create": 3}, {"create": 3}, {"same": 3}, {"same": 3}, {"delete": 3}} {
		p := report.Phases[i]
		require.Equal(t, changes, p.Changes, p.Name)
		require.Equal(t, 3, p.Resources, p.Name)
		require.Positive(t, p.Seconds, p.Name)
		require.Empty(t, p.Error, p.Name)
	}
	requireNothingLeft(t)
}

func TestProgramThatNeverConvergesFailsAtTheSecondUp(t *testing.T) {
	var run atomic.Int64
	report, err := rehearsal.Run(t.Context(), options(t, func(ctx *pulumi.Context) error {
		return networkWith(ctx, pulumi.StringMap{"Run": pulumi.Sprintf("%d", run.Add(1))})
	}))
	require.ErrorContains(t, err, "second up: 1 resource changed, and none should have:")
	require.ErrorContains(t, err, "update main (aws:ec2/vpc:Vpc): tags")
	require.Equal(t, []string{"preview", "up", "second up"}, names(report.Phases))
	require.NotEmpty(t, report.Phases[2].Error)
	requireNothingLeft(t)
}

func TestFailingProgramGivesItsOwnError(t *testing.T) {
	cause := errors.New("stack config: 1 problem\n  zones: is required")
	report, err := rehearsal.Run(t.Context(), options(t, func(ctx *pulumi.Context) error {
		if err := network(ctx); err != nil {
			return err
		}
		return cause
	}))
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "preview failed: "+cause.Error())
	require.Equal(t, []string{"preview"}, names(report.Phases))
	requireNothingLeft(t)
}

func TestPanickingProgramGivesAnError(t *testing.T) {
	_, err := rehearsal.Run(t.Context(), options(t, func(*pulumi.Context) error { panic("out of zones") }))
	require.ErrorContains(t, err, "out of zones")
	requireNothingLeft(t)
}

func TestDestroyNamesWhatIsLeftInTheCloud(t *testing.T) {
	cloud := simcloud.New()
	opts := options(t, func(ctx *pulumi.Context) error { return networkWith(ctx, nil, pulumi.RetainOnDelete(true)) })
	opts.Cloud = cloud
	_, err := rehearsal.Run(t.Context(), opts)
	require.ErrorContains(t, err, "destroy: 1 resource left in the cloud:\n  aws:ec2/vpc:Vpc ")
	require.ErrorContains(t, err, "main (aws:ec2/vpc:Vpc)")

	t.Run("but not what was there before", func(t *testing.T) {
		require.Len(t, cloud.Resources(), 1)
		opts := options(t, func(*pulumi.Context) error { return nil })
		opts.Cloud = cloud
		rehearsal.Test(t, opts)
	})
}

func TestProtectedResourcesAreRefusedAndThenDestroyed(t *testing.T) {
	opts := options(t, func(ctx *pulumi.Context) error { return networkWith(ctx, nil, pulumi.Protect(true)) })
	report := rehearsal.Test(t, opts)
	require.Equal(t, []string{"preview", "up", "second up", "refresh", "protection", "destroy"}, names(report.Phases))
	for _, p := range report.Phases[4:] {
		require.Equal(t, []string{"urn:pulumi:dev::rehearsal::aws:ec2/vpc:Vpc::main"}, p.Protected)
	}
	require.Equal(t, map[string]int{"delete": 3}, report.Phases[5].Changes)
}

func TestBeforeDestroyCanChangeTheConfigurationAndDeployAgain(t *testing.T) {
	opts := options(t, func(ctx *pulumi.Context) error {
		var settings struct{ Keep bool }
		if err := settingsOf(ctx, &settings); err != nil {
			return err
		}
		return networkWith(ctx, nil, pulumi.RetainOnDelete(settings.Keep))
	})
	opts.Config["app:settings.keep"] = true
	opts.BeforeDestroy = func(ctx context.Context, r *rehearsal.Rehearsal) error {
		if err := r.SetConfig("app:settings.keep", false); err != nil {
			return err
		}
		_, err := r.Up(ctx, rehearsal.Named("relax"), rehearsal.WithoutPolicies())
		return err
	}
	report := rehearsal.Test(t, opts)
	require.Equal(t, []string{"preview", "up", "second up", "refresh", "relax", "destroy"}, names(report.Phases))
}

func TestRefreshFindsWhatChangedInTheCloud(t *testing.T) {
	opts := options(t, network)
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	_, err = r.Up(t.Context())
	require.NoError(t, err)
	for _, resource := range r.Cloud().Resources() {
		if resource.Type == "aws:ec2/vpc:Vpc" {
			require.NoError(t, r.Cloud().Drift(resource.ID, func(props map[string]any) {
				props["tags"] = map[string]any{"Owner": "somebody else"}
			}))
		} else {
			require.NoError(t, r.Cloud().Vanish(resource.ID))
		}
	}
	_, err = r.Refresh(t.Context())
	require.ErrorContains(t, err, "refresh: 2 resources changed, and none should have:")
	require.ErrorContains(t, err, "update main (aws:ec2/vpc:Vpc): tags")
	require.ErrorContains(t, err, "delete main-a (aws:ec2/subnet:Subnet)")
}

func TestWhatTheCloudRefusesIsNamed(t *testing.T) {
	_, err := rehearsal.Run(t.Context(), options(t, func(ctx *pulumi.Context) error {
		vpc, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
		if err != nil {
			return err
		}
		_, err = ec2.NewSubnet(ctx, "outside", &ec2.SubnetArgs{VpcId: vpc.ID(), CidrBlock: pulumi.String("10.1.0.0/24")})
		return err
	}))
	require.ErrorContains(t, err, "up failed:\n  outside (aws:ec2/subnet:Subnet): ")
	require.ErrorContains(t, err, "InvalidSubnet.Range")
	requireNothingLeft(t)
}

func TestKeepLeavesStateAndInventory(t *testing.T) {
	opts := options(t, network)
	opts.Keep = true
	report, err := rehearsal.Run(t.Context(), opts)
	require.NoError(t, err)
	require.Equal(t, []string{"preview", "up", "second up", "refresh"}, names(report.Phases))
	inventory, err := os.ReadFile(report.Kept.Inventory)
	require.NoError(t, err)
	require.Contains(t, string(inventory), "aws:ec2/subnet:Subnet")
	state, err := os.ReadFile(filepath.Join(report.Kept.Dir, "state", ".pulumi", "stacks", "rehearsal", "dev.json"))
	require.NoError(t, err)
	require.Contains(t, string(state), "main-a")
}

func TestUsersFolderIsOnlyRead(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"Pulumi.yaml": "name: app\nruntime: go\nbackend:\n  url: s3://nowhere\nstackConfigDir: stacks\n",
		"stacks/Pulumi.test.yaml": "encryptionsalt: v1:not-ours\nconfig:\n  aws:region: eu-west-1\n" +
			"  app:settings:\n    zones: [\"a\", \"b\"]\n    password:\n      secure: AAABAKq\n" +
			"  app:token:\n    secure: AAABAZz\n",
		"greeting.txt": "hello",
	}
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o444))
	}
	opts := options(t, func(ctx *pulumi.Context) error {
		var settings struct {
			Zones    []string
			Password string
		}
		if err := settingsOf(ctx, &settings); err != nil {
			return err
		}
		region, _ := ctx.GetConfig("aws:region")
		ctx.Export("zones", pulumi.ToStringArray(settings.Zones))
		ctx.Export("password", pulumi.String(settings.Password))
		ctx.Export("secret", pulumi.Bool(ctx.IsConfigSecret("app:settings")))
		ctx.Export("region", pulumi.String(region))
		token, _ := ctx.GetConfig("app:token")
		ctx.Export("token", pulumi.String(token))
		return network(ctx)
	})
	opts.Dir, opts.Stack = dir, "test"
	opts.Config = map[string]any{"aws:region": "us-east-1"}
	opts.Secrets = map[string]string{"app:settings.password": "given"}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("PULUMI_BACKEND_URL", "s3://elsewhere")
	t.Setenv("AWS_PROFILE", "real")

	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	_, err = r.Up(t.Context())
	require.NoError(t, err)
	outputs, err := r.Outputs(t.Context())
	require.NoError(t, err)
	require.Equal(t, []any{"a", "b"}, outputs["zones"].Value)
	require.Equal(t, "given", outputs["password"].Value)
	require.Equal(t, "rehearsal-placeholder", outputs["token"].Value)
	require.Equal(t, true, outputs["secret"].Value)
	require.Equal(t, "us-east-1", outputs["region"].Value)
	state, err := r.Export(t.Context())
	require.NoError(t, err)
	require.Len(t, state.Resources, 4)
	require.NoError(t, r.Close())

	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	}))
	require.Equal(t, files, found)
	inHome, err := os.ReadDir(home)
	require.NoError(t, err)
	require.Empty(t, inHome, "files in the user's home")
	requireNothingLeft(t)
}

func TestUnknownStackListsTheKnownOnes(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("name: app\n"), 0o600))
	}
	opts := options(t, network)
	opts.Dir, opts.Stack = dir, "test"
	_, err := rehearsal.New(t.Context(), opts)
	var notFound *rehearsal.StackNotFoundError
	require.ErrorAs(t, err, &notFound)
	require.Equal(t, []string{"dev", "prod"}, notFound.Known)
	require.EqualError(t, err, `no stack "test" in `+dir+` (no Pulumi.test.yaml); there are: dev, prod`)

	opts.Dir = filepath.Join(dir, "nowhere")
	_, err = rehearsal.New(t.Context(), opts)
	require.ErrorContains(t, err, "no Pulumi project in "+opts.Dir)

	opts.Dir, opts.Stack = dir, "../test"
	_, err = rehearsal.New(t.Context(), opts)
	require.ErrorContains(t, err, "is no name for a stack")
	requireNothingLeft(t)
}

func TestInterruptLeavesNoProcessAndNoFile(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	opts := options(t, nil)
	opts.Toolchain = recordingPids(t, opts.Toolchain, pids)
	opts.PolicyPacks = []rehearsal.PolicyPack{testPack(map[string]string{pidsVariable: pids})}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	inUp := false
	opts.OnPhase = func(p rehearsal.Phase) { inUp = p.Name == "preview" }
	opts.Program = func(ctx *pulumi.Context) error {
		if err := network(ctx); err != nil || !inUp {
			return err
		}
		cancel()
		<-ctx.Context().Done() // as long as the engine lets it
		return nil
	}
	_, err := rehearsal.Run(ctx, opts)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "up: interrupted")
	requireNothingLeft(t)

	text, err := os.ReadFile(pids)
	require.NoError(t, err)
	recorded := strings.Fields(string(text))
	require.GreaterOrEqual(t, len(recorded), 4, "the CLI and its policy pack, in preview and up")
	require.Eventually(t, func() bool { return !slices.ContainsFunc(recorded, isAlive) }, 20*time.Second, 50*time.Millisecond)
}

func isAlive(pid string) bool {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return false
	}
	process, err := os.FindProcess(n)
	return err == nil && process.Signal(syscall.Signal(0)) == nil
}
