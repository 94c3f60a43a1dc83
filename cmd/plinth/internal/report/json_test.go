package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// toldReport has one of everything that documents tell, and a stack with nothing.
func toldReport() *Report {
	was, is, secret := "arn:old", "arn:new", "[secret]"
	database := touched("aws:rds/instance:Instance", "orders", change.Replace, "kmsKeyId")
	database.Component, database.DeleteFirst = "urn:pulumi:prod::shop::shop:Desk::desk", true
	database.Properties = []diff.Property{{Path: "kmsKeyId", Was: &was, Is: &is, Forces: true}, {Path: "password", Was: &secret, Is: &secret}}
	database.NewState = made("stacks/data.go#104", "main.go#7")
	ingress := touched("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "admin-ssh", change.Create)
	ingress.NewState = made("stacks/wiring.go#12,3")
	prod := touchedStack("prod", database, ingress, touched("aws:sns/topic:Topic", "news", change.Same))
	prod.Dangers = []danger.Danger{{
		Resource: database, Kind: danger.Loss, What: "is replaced and comes back empty", Because: []string{"kmsKeyId"}, Stops: []string{"deletionProtection"},
		Usual: 20 * time.Minute, Low: 18 * time.Minute, High: 30 * time.Minute, Grade: "B", Instead: "restore a copy of a snapshot",
	}}
	prod.Exposures = []exposure.Exposure{
		{Resource: ingress, Kind: exposure.Network, What: "0.0.0.0/0 may connect to 22/tcp", Was: "10.0.0.0/8 might", Property: "cidrIpv4", Wide: true},
		{Resource: ingress, Kind: exposure.Network, What: "10.0.0.0/8 may connect to 23/tcp", Property: "cidrIpv4"},
	}
	unencrypted := inPack("plinth", orderOn("rds-storage-encrypted", "", "storageEncrypted is off"))
	unencrypted.URN, unencrypted.Severity = database.URN, "critical"
	prod.Policies.New = []Finding{unencrypted, inPack("house", adviceOn("names", "elsewhere", "too long")), inPack("house", adviceOn("names", "elsewhere", "too vague"))}
	prod.Policies.Standing, prod.Policies.Gone = []Finding{adviceOn("s3-days", "kept", "few")}, []Finding{adviceOn("s3-tls", "kept", "off")}
	prod.Cost = Cost{Before: billOf(100), After: billOf(120.5), Lines: []CostLine{{URN: database.URN, Name: "orders", Type: database.Type, Before: 100, After: 120.5}}}
	prod.Cost.Before.Assumed = map[string]cost.Assumption{"backup-gb": {Is: 10, Unit: "GB", Why: "a guess"}}
	prod.Cost.After.Assumed = map[string]cost.Assumption{"hours": {Is: 730, Unit: "h", Why: "a month"}}
	prod.Cost.After.NotPriced = []cost.Group{{Type: "aws:rds/proxy:Proxy", Why: "no price of the type", Resources: []*rule.Resource{{URN: "urn:proxy"}}}}
	prod.Deploy = Deploy{
		This:  timeline.Result{Seconds: 1500, Low: 1000, High: 2000, CriticalPath: []timeline.Bar{{URN: "urn:pulumi:prod::shop::aws:rds/instance:Instance::orders", Op: timeline.Replace, Seconds: 1500}}},
		After: &timeline.Result{Seconds: 600, Low: 500, High: 700},
	}
	prod.Notes = []string{"told <by hand>"}
	prod.Change.Phase.Diagnostics = []rehearsal.Diagnostic{{Severity: "warning", URN: database.URN, Message: "it is deprecated"}}
	stopped := touchedStack("edge", touched("aws:sns/topic:Topic", "news", change.Create))
	stopped.Policies = policiesOf(stopped.Change, nil)
	stopped.Policies.Partial, stopped.Policies.Undecided = true, []Finding{leftOpen("1 verdict cannot be given: s3-tls on news (policy: known later)")}
	stops(stopped)
	dev := touchedStack("dev")
	for _, s := range []*Stack{dev, prod, stopped} {
		s.judge()
	}
	return &Report{Base: "main (1a2b3c4)", Oldest: "2026-03-01", Newest: "2026-10-02", Stacks: []*Stack{dev, prod, stopped}}
}

// made is a state of a resource that a program makes there, the innermost place first.
func made(positions ...string) *apitype.ResourceV3 {
	state := &apitype.ResourceV3{}
	for _, position := range positions {
		if !strings.Contains(position, "://") {
			position = "project:///" + position
		}
		state.StackTrace = append(state.StackTrace, apitype.StackFrameV1{SourcePosition: position})
	}
	state.SourcePosition = state.StackTrace[0].SourcePosition
	return state
}

func TestTheDocumentTellsEverything(t *testing.T) {
	var text strings.Builder
	if err := toldReport().JSON(&text); err != nil {
		t.Fatal(err)
	}
	harness.Golden(t, "report.json", text.String())
}

func TestNoListOfTheDocumentIsNull(t *testing.T) {
	// Before and after are null where there is no such stack, and sums where a preview stopped;
	// nothing else ever is.
	nullable := []string{".stacks.deploy.before", ".stacks.deploy.after", ".stacks.counts", ".stacks.cost", ".stacks.deploy"}
	for _, r := range []*Report{{}, {Stacks: []*Stack{{Change: &change.Change{}}}}, toldReport()} {
		var text strings.Builder
		if err := r.JSON(&text); err != nil {
			t.Fatal(err)
		}
		var document any
		if err := json.Unmarshal([]byte(text.String()), &document); err != nil {
			t.Fatal(err)
		}
		for _, path := range nulls("", document) {
			if !slices.Contains(nullable, path) {
				t.Errorf("%s is null", path)
			}
		}
	}
}

// What a preview that stopped did not come to is not told as if it were nothing.
func TestOfAPreviewThatStoppedNoSumIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		of      func(*Stack)
		partial bool
	}{"stopped": {stops, true}, "refused by policies": {refuses, false}, "came to its end": {func(*Stack) {}, false}} {
		s := touchedStack("prod", touched("aws:sns/topic:Topic", "news", change.Create))
		test.of(s)
		d := s.document()
		if d.Partial != test.partial || (d.Counts == nil) != test.partial || (d.Cost == nil) != test.partial || (d.Deploy == nil) != test.partial || (d.Error != "") != test.partial {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func nulls(path string, v any) (found []string) {
	switch v := v.(type) {
	case nil:
		return []string{path}
	case []any:
		for _, item := range v {
			found = append(found, nulls(path, item)...)
		}
	case map[string]any:
		for key, field := range v {
			found = append(found, nulls(path+"."+key, field)...)
		}
	}
	return found
}
