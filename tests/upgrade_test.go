package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/upgrade"
)

// SaveRelease is the environment variable that saves what the stacks are now as those of
// the changelog's newest version: SAVE_RELEASE=v0.1.0. A run that saves still fails, once,
// so that it is never mistaken for a pass.
const SaveRelease = "SAVE_RELEASE"

var releases = filepath.Join("testdata", "releases")

func changelog(t *testing.T) upgrade.Changelog {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "CHANGELOG.md"))
	require.NoError(t, err)
	log, err := upgrade.ParseChangelog(string(text))
	require.NoError(t, err)
	require.NotEmpty(t, log.Released())
	return log
}

// savedStack is where a release's stack is, or would be.
func savedStack(version, stack string) string {
	return filepath.Join(releases, version, stack+".json.gz")
}

// deployed opens a rehearsal of a stack that is deployed already, with stack files and a
// program that follow those that deployed it.
func deployed(t *testing.T, from *rehearsal.Snapshot, dir string, program pulumi.RunFunc) *rehearsal.Rehearsal {
	t.Helper()
	opts := prerequisites.Options(dir, from.Stack)
	opts.Program, opts.From = program, from
	return open(t, opts)
}

// Whoever deployed a stack with a released version can go on with today's code, and get what
// today's stack files have: the web tier's load balancer, which the edge replaces, is given
// free before.
func TestTodaysCodeFollowsEveryRelease(t *testing.T) {
	log := changelog(t)
	for _, version := range log.Released() {
		files, err := filepath.Glob(savedStack("v"+version, "*"))
		require.NoError(t, err)
		require.NotEmpty(t, files, "no stack of version %s is saved; %s=v%s saves them", version, SaveRelease, version)
		for _, file := range files {
			stack := strings.TrimSuffix(filepath.Base(file), ".json.gz")
			t.Run(version+"/"+stack, func(t *testing.T) {
				from, err := rehearsal.LoadSnapshot(file)
				require.NoError(t, err)
				require.Equal(t, stack, from.Stack)
				r := deployed(t, from, filepath.Dir(file), stacks.Deploy)
				plan, err := r.Preview(t.Context())
				require.NoError(t, err)
				require.Greater(t, plan.Resources, 50)
				require.NoError(t, upgrade.Check(plan, version, log))

				up(t, r)
				up(t, r, rehearsal.ExpectNoChanges())
				_, err = r.Refresh(t.Context())
				require.NoError(t, err)
				require.NoError(t, r.SetConfig(stacks.ConfigKey+".web.deletionProtection", false))
				up(t, r)

				now := snapshot(t, r)
				r = deployed(t, &now, "..", stacks.Deploy)
				up(t, r)
				up(t, r, rehearsal.ExpectNoChanges())
				require.NoError(t, r.SetConfig(stacks.ConfigKey+".deletionProtection", false))
				up(t, r)
				_, err = r.Destroy(t.Context())
				require.NoError(t, err)
			})
		}
	}
}

// A deploy over a saved state touches nothing if nothing has changed since.
func TestASavedStackIsWholeAndIsRepeatable(t *testing.T) {
	for _, stack := range environments {
		t.Run(stack, func(t *testing.T) {
			r := start(t, stack)
			up(t, r)
			saved := snapshot(t, r)
			text, err := saved.JSON()
			require.NoError(t, err)
			requireNothingOfTheMachine(t, text)
			save(t, saved)

			again := deployed(t, &saved, "..", stacks.Deploy)
			repeated, err := snapshot(t, again).JSON()
			require.NoError(t, err)
			require.True(t, bytes.Equal(text, repeated), "restored, it differs: %s", firstDifference(text, repeated))
			up(t, again, rehearsal.ExpectNoChanges())
			_, err = again.Refresh(t.Context())
			require.NoError(t, err)
		})
	}
}

func snapshot(t *testing.T, r *rehearsal.Rehearsal) rehearsal.Snapshot {
	t.Helper()
	s, err := r.Snapshot(t.Context())
	require.NoError(t, err)
	return s
}

// save saves a stack if it is asked for, and not over an older release.
func save(t *testing.T, s rehearsal.Snapshot) {
	t.Helper()
	version := os.Getenv(SaveRelease)
	if version == "" {
		return
	}
	require.Equal(t, "v"+changelog(t).Released()[0], version, "%s must be the changelog's newest version", SaveRelease)
	path := savedStack(version, s.Stack)
	require.NoError(t, s.Save(path))
	for _, name := range []string{"Pulumi.yaml", "Pulumi." + s.Stack + ".yaml"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), name), text, 0o644))
	}
	t.Errorf("%s saved: run again without %s", path, SaveRelease)
}

func requireNothingOfTheMachine(t *testing.T, text []byte) {
	t.Helper()
	here, err := filepath.Abs("..")
	require.NoError(t, err)
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	for _, part := range []string{here, os.TempDir() + "/", home + "/", "sourcePosition", "stackTrace", "ciphertext"} {
		require.False(t, strings.Contains(string(text), part), "the snapshot has %q", part) // not NotContains, which prints all
	}
	require.Empty(t, regexp.MustCompile(`"(?:created|modified|time)": "2.*`).FindString(string(text)))
}

func firstDifference(a, b []byte) string {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + " / " + y[i]
		}
	}
	return "one is longer"
}

// newest is a saved stack of the newest release.
func newest(t *testing.T, stack string) (*rehearsal.Snapshot, string) {
	t.Helper()
	version := changelog(t).Released()[0]
	from, err := rehearsal.LoadSnapshot(savedStack("v"+version, stack))
	require.NoError(t, err)
	return from, version
}

// with is today's program with other properties in one resource.
func with(name string, properties pulumi.Map) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		err := ctx.RegisterResourceTransform(func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
			if args.Name != name {
				return nil
			}
			for key, value := range properties {
				args.Props[key] = value
			}
			return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
		})
		if err != nil {
			return err
		}
		return stacks.Deploy(ctx)
	}
}

// renamed is a saved stack that a program with another name for a resource deployed.
func renamed(t *testing.T, from *rehearsal.Snapshot, name, was string) *rehearsal.Snapshot {
	t.Helper()
	text, err := from.JSON()
	require.NoError(t, err)
	end := []byte("::" + name + `"`)
	require.Positive(t, bytes.Count(text, end), "%s is not in the stack", name)
	var old rehearsal.Snapshot
	require.NoError(t, json.Unmarshal(bytes.ReplaceAll(text, end, []byte("::"+was+`"`)), &old))
	return &old
}

// The same check as above sees what a careless version would do.
func TestACarelessVersionIsRefused(t *testing.T) {
	dev, version := newest(t, "dev")
	prod, _ := newest(t, "prod")
	for name, test := range map[string]struct {
		from    *rehearsal.Snapshot
		program pulumi.RunFunc
		refusal string
		// named is a line of the changelog that makes it acceptable, or does not.
		named   string
		allowed bool
	}{
		"a subnet's addresses change": {
			from: dev, program: with("network-subnet-private-a", pulumi.Map{"cidrBlock": pulumi.String("10.10.200.0/24")}),
			refusal: "replaces: aws:ec2/subnet:Subnet network-subnet-private-a (because of cidrBlock",
			named:   "replaces: aws:ec2/subnet:Subnet network-subnet-private-a",
		},
		"a rule has a new name": {
			from: renamed(t, dev, "web-to-app-ingress", "web-app-rule"), program: stacks.Deploy,
			refusal: "deletes: aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-app-rule (the changelog does not name it)",
			named:   "deletes: aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-app-rule", allowed: true,
		},
		"an address has a new name": {
			from: renamed(t, prod, "network-eip-a", "network-nat-eip-a"), program: stacks.Deploy,
			refusal: "deletes: aws:ec2/eip:Eip network-nat-eip-a (it is stateful)",
			named:   "deletes: aws:ec2/eip:Eip network-nat-eip-a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := deployed(t, test.from, filepath.Join(releases, "v"+version), test.program)
			plan, err := r.Preview(t.Context())
			require.NoError(t, err)
			require.ErrorContains(t, upgrade.Check(plan, version, changelog(t)), test.refusal)

			log := append(upgrade.Changelog{{Named: []string{test.named}}}, changelog(t)...)
			if err := upgrade.Check(plan, version, log); test.allowed {
				require.NoError(t, err)
			} else {
				require.Error(t, err)
			}
		})
	}
}
