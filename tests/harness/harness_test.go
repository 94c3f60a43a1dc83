package harness_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/harness"
)

type thing struct {
	pulumi.CustomResourceState
	Arn pulumi.StringOutput `pulumi:"arn"`
}

func register(ctx *pulumi.Context, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*thing, error) {
	var res thing
	return &res, ctx.RegisterResource("aws:test/thing:Thing", name, props, &res, opts...)
}

func program(ctx *pulumi.Context) error {
	a, err := register(ctx, "a", pulumi.Map{"size": pulumi.Int(1), "password": pulumi.ToSecret(pulumi.String("hunter2"))},
		pulumi.Protect(true), pulumi.IgnoreChanges([]string{"size"}))
	if err != nil {
		return err
	}
	_, err = register(ctx, "b", pulumi.Map{"arn": a.Arn, "list": pulumi.Array{pulumi.Map{"id": a.ID()}}}, pulumi.DependsOn([]pulumi.Resource{a}))
	return err
}

func TestUnknownsAreKeptInPreviewAndKnownInUpdate(t *testing.T) {
	require.Equal(t, "<computed>", harness.Run(t, harness.Preview, program).Named(t, "b").Value("list[0].id"))
	require.Equal(t, "a-id", harness.Run(t, harness.Update, program).Named(t, "b").Value("list[0].id"))
}

// The SDK's mocks refuse this one.
func TestASecretMayBeUnknown(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		a, err := register(ctx, "a", pulumi.Map{})
		if err != nil {
			return err
		}
		_, err = register(ctx, "b", pulumi.Map{"login": pulumi.ToSecret(pulumi.Sprintf("root@%s", a.ID()))})
		return err
	}, func(t *testing.T, g *harness.Graph) {
		b := g.Named(t, "b")
		require.True(t, b.Inputs["login"].ContainsSecrets())
		require.Equal(t, map[harness.Mode]any{harness.Preview: "<computed>", harness.Update: "root@a-id"}[g.Mode], b.Value("login"))
	})
}

func TestTextShowsOptionsAndEdgesAndHidesSecrets(t *testing.T) {
	require.Equal(t, `aws:test/thing:Thing a
  protect: true
  ignoreChanges: size
  password = "<secret>"
  size = 1

aws:test/thing:Thing b
  arn = "arn:aws:mock:us-east-1:111122223333:a" <- Thing a
  list = [{"id":"a-id"}] <- Thing a

`, harness.Run(t, harness.Update, program).Text())
}

// failing records a test failure instead of ending the test that provokes it.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper()               {}
func (f *failing) Errorf(string, ...any) { f.failed = true }
func (f *failing) Fatalf(string, ...any) { f.failed = true }
func (f *failing) FailNow()              { panic(f) }

func attempt(t *testing.T, body func(t testing.TB)) (failed bool) {
	f := &failing{TB: t}
	defer func() {
		if r := recover(); r != nil && r != any(f) {
			panic(r)
		}
		failed = f.failed
	}()
	body(f)
	return
}

func TestTwoResourcesWithOneUrnFailTheTest(t *testing.T) {
	require.True(t, attempt(t, func(t testing.TB) {
		harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			if _, err := register(ctx, "same", nil); err != nil {
				return err
			}
			_, err := register(ctx, "same", nil)
			return err
		})
	}))
}

func TestAGoldenThatIsRewrittenStillFailsOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(harness.UpdateGolden, "")
	require.True(t, attempt(t, func(t testing.TB) { harness.Golden(t, "x.golden", "one\n") }), "there is none yet")
	t.Setenv(harness.UpdateGolden, "1")
	require.True(t, attempt(t, func(t testing.TB) { harness.Golden(t, "x.golden", "one\n") }), "the rewriting run")
	require.False(t, attempt(t, func(t testing.TB) { harness.Golden(t, "x.golden", "one\n") }), "the run after it")
	written, err := os.ReadFile(filepath.Join("testdata", "x.golden"))
	require.NoError(t, err)
	require.Equal(t, "one\n", string(written))
	t.Setenv(harness.UpdateGolden, "")
	require.True(t, attempt(t, func(t testing.TB) { harness.Golden(t, "x.golden", "two\n") }), "another text")
}
