package kubernetes

import (
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

func TestRules(t *testing.T) {
	rules := slices.DeleteFunc(Rules(), func(r *rule.Rule) bool { return r.ID == "k8s-opaque-release" })
	ruletest.Run(t, rules, slices.Concat(replicaCases, spreadCases, volumeCases, podCases, rolloutCases, securityCases, ingressCases))
}

// Nothing that a release says of itself shows what it installs.
func TestEveryReleaseIsOpaqueAndNoneStopsADeployment(t *testing.T) {
	opaque := opaqueRelease()
	for name, inputs := range map[string]in{"karpenter": {"chart": "karpenter", "version": "1.6.0"}, "of who knows what": {"chart": later}, "empty": {}} {
		res := ruletest.Resources([]r{{Type: release, Name: name, In: inputs}})[0]
		f, err := rule.Run(opaque, nil, res, nil)
		if err != nil || f.Outcome != rule.Fail || !strings.Contains(f.Message(), "Release "+name) {
			t.Errorf("%s: %v %s, %v", name, f.Outcome, f.Message(), err)
		}
	}
	if slices.Contains(opaque.Types, "kubernetes:helm.sh/v4:Chart") {
		t.Error("the objects of a chart are resources")
	}
	for _, profile := range rule.Profiles() {
		if opaque.Level(profile) != rule.Advisory {
			t.Errorf("it is at level %d in %s", opaque.Level(profile), profile)
		}
	}
}

func TestDevelopmentIsNotAskedForASecondOfEverything(t *testing.T) {
	for _, r := range Rules() {
		want := rule.Advisory
		if r.ID == "k8s-min-replicas" || r.ID == "k8s-volume-zone-pinning" {
			want = rule.Disabled
		}
		if got := r.Level(rule.Development); got != want {
			t.Errorf("%s is at level %d in development, want %d", r.ID, got, want)
		}
	}
}
