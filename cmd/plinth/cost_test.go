package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// registered is the resources of a committed stack as its program registers them: faster
// than a rehearsal, and the same to what is paid for, as the next test shows.
func registered(t *testing.T, stack string) *rule.Graph {
	t.Helper()
	dir := filepath.Join("..", "..")
	config, err := rehearsal.StackConfig(dir, stack)
	require.NoError(t, err)
	environment, err := json.Marshal(config[stacks.ConfigKey])
	require.NoError(t, err)
	g := harness.Run(t, harness.Update, stacks.Deploy, harness.WithStack(stack),
		harness.WithConfig(map[string]string{stacks.ConfigKey: string(environment)}), harness.WithSecrets(prerequisites.Secrets(dir, stack)))
	fields := func(r harness.Resource) rule.Fields {
		all := rule.Fields{}
		for key := range r.Inputs {
			all[string(key)] = rule.Of(r.Value(string(key)))
		}
		return all
	}
	providers := map[string]rule.Fields{}
	var resources []*rule.Resource
	for _, r := range g.Resources {
		switch {
		case strings.HasPrefix(r.Type, "pulumi:providers:"):
			providers[r.URN] = fields(r)
		case r.Type != "pulumi:pulumi:Stack":
			resources = append(resources, &rule.Resource{
				URN: r.URN, Type: rule.Canonical(r.Type), Name: r.Name, Inputs: fields(r), Outputs: rule.FieldsOf(map[string]any{"id": r.Name + "-id"}),
				Edges: r.PropertyDependencies, Parent: r.Parent, Protect: r.Protect, ProviderURN: r.Provider,
			})
		}
	}
	for _, r := range resources {
		r.Provider = providers[r.ProviderURN]
	}
	return rule.NewGraph(resources)
}

// compared is the committed stacks side by side.
func compared(t *testing.T) sideBySide {
	t.Helper()
	prices, err := cost.CommittedPrices()
	require.NoError(t, err)
	usage, err := cost.CommittedUsage()
	require.NoError(t, err)
	c := sideBySide{prices: prices}
	for _, stack := range []string{"dev", "prod"} {
		c.stacks = append(c.stacks, estimated(stack, registered(t, stack), prices, usage))
	}
	return c
}

func TestTheCommittedStacksCostWhatWasReviewed(t *testing.T) {
	c := compared(t)
	var text bytes.Buffer
	printer{to: &text}.cost(c, false)
	harness.Golden(t, "cost.txt", text.String())

	text.Reset()
	printer{to: &text}.cost(sideBySide{prices: c.prices, stacks: c.stacks[:1]}, true)
	harness.Golden(t, "cost-lines.txt", text.String())

	var colored bytes.Buffer
	printer{to: &colored, color: true}.cost(sideBySide{prices: c.prices, stacks: c.stacks[:1]}, true)
	require.Equal(t, text.String(), regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(colored.String(), ""))
}

func TestCostsAreOneJSONDocument(t *testing.T) {
	c := compared(t)
	document := c.document(nil)
	require.Equal(t, "USD", document.Currency)
	for i, s := range document.Stacks {
		sum, services := 0.0, 0.0
		for _, l := range s.Lines {
			require.InDelta(t, l.Quantity*l.Price*(1-l.Off), l.USD, 1e-9)
			require.NotEmpty(t, l.Source.Date)
			sum += l.USD
		}
		for _, service := range s.Services {
			services += service.USD
		}
		require.InDelta(t, s.USD, sum, 1e-9)
		require.InDelta(t, s.USD, services, 1e-9)
		require.NotEmpty(t, s.Savings)
		require.NotEmpty(t, s.Assumptions)
		require.Equal(t, c.stacks[i].resources, s.Resources)
	}
	failed := sideBySide{}.document(errors.New("it went wrong"))
	text, err := json.Marshal(failed)
	require.NoError(t, err)
	require.Equal(t, `{"currency":"USD","oldest":"","newest":"","stacks":[],"error":"it went wrong"}`, string(text))
}

func TestCostRehearsesStacksAndReadsExportedOnes(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	program := oneServer(ec2.InstanceArgs{
		InstanceType:    pulumi.String("t3.medium"),
		RootBlockDevice: ec2.InstanceRootBlockDeviceArgs{VolumeSize: pulumi.Int(100), VolumeType: pulumi.String("gp2")},
	})
	exported := filepath.Join("testdata", "cost-state.json")
	usage := filepath.Join(t.TempDir(), "usage.yaml")
	require.NoError(t, os.WriteFile(usage, []byte("usage: {hours: {is: 100, why: part of the month}}\n"), 0o600))
	got := run(t, t.Context(), program, "cost", "test", "--from", exported, "--dir", dir, "--usage", usage)
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `\n +test +testdata/cost-state.json\n`, got.stdout)
	require.Regexp(t, `\nEC2 +4\.16 +- *\n`, got.stdout)
	require.Regexp(t, `\nEBS +10\.00 +- *\n`, got.stdout)
	require.Regexp(t, `\nRDS +- +5\.50 *\n`, got.stdout)
	require.Regexp(t, `\nsum +14\.16 +5\.50 *\n`, got.stdout)
	require.Regexp(t, `\ntest would save\n +2\.00  gp3 instead of gp2 for web\n`, got.stdout)
	require.Contains(t, got.stdout, "hours: 100 hours a month: part of the month\n")

	got = run(t, t.Context(), program, "cost", "--from", exported, "--json")
	require.Zero(t, got.code, got.stderr)
	var document costDocument
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	require.InDelta(t, 0.032*730+2.3, document.Stacks[0].USD, 1e-9)
}

func TestCostSaysWhatIsWrong(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	usage := filepath.Join(t.TempDir(), "usage.yaml")
	require.NoError(t, os.WriteFile(usage, []byte("usage: {hour: {is: 100, why: a typo}}\n"), 0o600))
	stacks := filepath.Join(t.TempDir(), "stacks.yaml")
	require.NoError(t, os.WriteFile(stacks, []byte("stacks: {nowhere: {lcu: {is: 1, why: a}}, test: {lcu: {is: 1, why: a}}, elsewhere: {lcu: {is: 1, why: a}}}\n"), 0o600))
	for message, args := range map[string][]string{
		"plinth: cost takes the names of stacks, or --from; there are: test\n":   {"--dir", dir},
		"plinth: --from: open nowhere.json: no such file or directory\n":         {"--from", "nowhere.json"},
		"plinth: --usage: open nowhere.yaml: no such file or directory\n":        {"--from", "nowhere.json", "--usage", "nowhere.yaml"},
		"plinth: " + stacks + ": there is no stack elsewhere, nowhere\n":         {"--from", filepath.Join("testdata", "cost-state.json"), "--dir", dir, "--usage", stacks},
		"plinth: " + usage + ": usage: usage.hour is no assumption; there are: ": {"--from", "nowhere.json", "--usage", usage},
	} {
		got := run(t, t.Context(), nil, slices.Concat([]string{"cost"}, args)...)
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.stderr, message)
	}
	got := run(t, t.Context(), nil, "cost", "--from", "nowhere.json", "--json")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stdout, `"error": "--from: open nowhere.json`)
}
