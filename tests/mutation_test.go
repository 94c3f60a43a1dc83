package tests

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/policies/state"
	"github.com/plinth-iac/plinth/tests/mutation"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

var mutations = filepath.Join("testdata", "mutation")

// deployedResources are what policies see of a committed stack once it is deployed: with the
// provider's defaults, and every value known.
func deployedResources(t *testing.T, stack string) []*rule.Resource {
	t.Helper()
	r := start(t, stack)
	up(t, r)
	exported, err := r.Export(t.Context())
	require.NoError(t, err)
	ids := map[string]string{}
	for _, res := range exported.Resources {
		ids[string(res.URN)] = string(res.ID)
	}
	resources := state.Resources(exported)
	for _, res := range resources {
		if id := ids[res.URN]; id != "" {
			res.Outputs["id"] = rule.Of(id) // as AWS's provider has it
		}
	}
	return resources
}

// policiesOf are the rules that judge a committed stack, as its profile and its
// configuration have them.
func policiesOf(t *testing.T, stack string, profile rule.Profile) []mutation.Policy {
	t.Helper()
	config, err := rehearsal.StackConfig("..", stack)
	require.NoError(t, err)
	given, _ := config[pack.ConfigKey].(map[string]any)
	var policies []mutation.Policy
	for _, r := range pack.Rules() {
		if r.Level(profile) == rule.Disabled || given[r.ID] == "disabled" {
			continue
		}
		settings := r.Defaults(profile)
		own, _ := given[r.ID].(map[string]any)
		maps.Copy(settings, own)
		policies = append(policies, mutation.Policy{Rule: r, Settings: settings})
	}
	return policies
}

// production is the committed production stack with what policies notice there, for all tests.
var production struct {
	sync.Once
	resources []*rule.Resource
	policies  []mutation.Policy
	stack     *mutation.Stack
	notices   []mutation.Notice
}

func mutateProduction(t *testing.T) {
	t.Helper()
	production.Do(func() {
		production.resources, production.policies = deployedResources(t, "prod"), policiesOf(t, "prod", rule.Production)
		var err error
		production.stack, err = mutation.NewStack(production.resources, production.policies)
		require.NoError(t, err)
		production.notices, err = production.stack.Notices()
		require.NoError(t, err)
	})
	require.NotEmpty(t, production.notices, "another test has failed to deploy the stack")
}

func TestNoMandatoryPolicyFindsAnythingInProduction(t *testing.T) {
	mutateProduction(t)
	mandatory := map[string]bool{}
	for _, p := range production.policies {
		mandatory[p.ID] = p.Level(rule.Production) >= rule.Mandatory
	}
	for _, outcome := range []rule.Outcome{rule.Fail, rule.Unknown} {
		for _, finding := range production.stack.Findings(outcome) {
			id, _, _ := strings.Cut(finding, " ")
			assert.False(t, mandatory[id], "%v: %s", outcome, finding)
		}
	}
}

// Every property of the stack is changed, one at a time, and what the policies then say is as
// reviewed.
func TestEveryChangeIsNoticedByThePoliciesThatShould(t *testing.T) {
	mutateProduction(t)
	path := filepath.Join(mutations, "prod.golden")
	got := mutation.Record(production.notices)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		t.Fatalf("%s updated: run again without UPDATE_GOLDEN", path)
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, strings.Split(string(want), "\n"), strings.Split(got, "\n"), "review what UPDATE_GOLDEN=1 changes in %s", path)
}

func ledger(t *testing.T) mutation.Ledger {
	t.Helper()
	file, err := os.Open(filepath.Join(mutations, "unnoticed.yaml"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	l, err := mutation.ReadLedger(file)
	require.NoError(t, err)
	return l
}

func TestWhatNoPolicyNoticesIsJustified(t *testing.T) {
	mutateProduction(t)
	for _, fault := range ledger(t).Faults(mutation.PropertiesOf(production.notices)) {
		t.Error(fault)
	}
}

func TestEveryPolicyThatConcernsTheStackCanFail(t *testing.T) {
	mutateProduction(t)
	policies, red := slices.Clone(production.policies), mutation.Red(production.notices)
	// What is off in production is asked of the same resources as if they were for development.
	var others []mutation.Policy
	for _, r := range pack.Rules() {
		if r.Level(rule.Production) == rule.Disabled {
			others = append(others, mutation.Policy{Rule: r, Settings: r.Defaults(rule.Development)})
		}
	}
	require.NotEmpty(t, others)
	development, err := mutation.NewStack(production.resources, others)
	require.NoError(t, err)
	notices, err := development.Notices()
	require.NoError(t, err)
	policies = append(policies, others...)
	maps.Copy(red, mutation.Red(notices))

	has := func(token string) bool {
		return slices.ContainsFunc(production.resources, func(r *rule.Resource) bool { return r.Type == token })
	}
	for _, fault := range ledger(t).SilentFaults(policies, red, has) {
		t.Error(fault)
	}
}

// Policies are not asked again where nothing that they look at has changed. Asking them all
// about everything takes minutes, and finds no more.
func TestPoliciesThatAreNotAskedWouldNotHaveNoticed(t *testing.T) {
	if os.Getenv(longTests) == "" {
		t.Skipf("it takes minutes; set %s", longTests)
	}
	mutateProduction(t)
	all, err := production.stack.NoticesOfAll()
	require.NoError(t, err)
	require.Equal(t, strings.Split(mutation.Record(all), "\n"), strings.Split(mutation.Record(production.notices), "\n"))
}
