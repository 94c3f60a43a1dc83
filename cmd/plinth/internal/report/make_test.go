package report

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

const smallPreview = `{"steps": [
	{"op": "same", "urn": "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"},
	{"op": "same", "urn": "urn:pulumi:prod::shop::pulumi:providers:aws::east",
		"oldState": {"urn": "urn:pulumi:prod::shop::pulumi:providers:aws::east", "custom": true, "type": "pulumi:providers:aws", "inputs": {"region": "us-east-1"}},
		"newState": {"urn": "urn:pulumi:prod::shop::pulumi:providers:aws::east", "custom": true, "type": "pulumi:providers:aws", "inputs": {"region": "us-east-1"}}},
	{"op": "update", "urn": "urn:pulumi:prod::shop::shop:Desk::desk",
		"oldState": {"urn": "urn:pulumi:prod::shop::shop:Desk::desk", "custom": false, "type": "shop:Desk"},
		"newState": {"urn": "urn:pulumi:prod::shop::shop:Desk::desk", "custom": false, "type": "shop:Desk"}},
	{"op": "create-replacement", "urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails",
		"newState": {"urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails", "custom": true, "type": "aws:sqs/queue:Queue", "inputs": {"fifoQueue": true}}},
	{"op": "replace", "urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails", "replaceReasons": ["fifoQueue"],
		"oldState": {"urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails", "custom": true, "type": "aws:sqs/queue:Queue", "inputs": {}},
		"newState": {"urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails", "custom": true, "type": "aws:sqs/queue:Queue", "inputs": {"fifoQueue": true}}},
	{"op": "delete-replaced", "urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails",
		"oldState": {"urn": "urn:pulumi:prod::shop::aws:sqs/queue:Queue::mails", "custom": true, "type": "aws:sqs/queue:Queue", "inputs": {}}},
	{"op": "create", "urn": "urn:pulumi:prod::shop::aws:cloudwatch/dashboard:Dashboard::desk",
		"newState": {"urn": "urn:pulumi:prod::shop::aws:cloudwatch/dashboard:Dashboard::desk", "custom": true, "type": "aws:cloudwatch/dashboard:Dashboard", "inputs": {"dashboardBody": "{}"}}}
]}`

func TestMakeTellsOfEveryStack(t *testing.T) {
	prices, err := cost.CommittedPrices()
	if err != nil {
		t.Fatal(err)
	}
	usage, err := cost.CommittedUsage()
	if err != nil {
		t.Fatal(err)
	}
	c, err := change.Parse(strings.NewReader(smallPreview), judged(orderOn("sqs-encrypted", "", "off")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Make([]Input{{Change: c, Before: foundBefore(), Notes: []string{"told"}}}, Options{Base: "main (1a2b3c4)", Prices: prices, Usage: usage})
	if err != nil {
		t.Fatal(err)
	}
	if r.Base != "main (1a2b3c4)" || r.Oldest != prices.Oldest || r.Newest != prices.Newest || len(r.Stacks) != 1 {
		t.Fatalf("%+v", r)
	}
	s := r.Stacks[0]
	if want := map[change.Op]int{change.Replace: 1, change.Create: 1}; !maps.Equal(s.Counts, want) {
		t.Errorf("counts are %v, want %v", s.Counts, want)
	}
	if len(s.Policies.New) != 1 || s.Deploy.After == nil || s.Deploy.This.Seconds <= 0 || s.Notes[0] != "told" || len(s.Dangers) == 0 {
		t.Errorf("policies %+v, deploy %v, notes %q, dangers %+v", s.Policies, s.Deploy.This.Seconds, s.Notes, s.Dangers)
	}
	if s.Verdict.Level != Dangerous || s.Verdict.Reason == "" {
		t.Errorf("%+v", s.Verdict)
	}
}

func TestStacksOfOneNameAreToldApart(t *testing.T) {
	in := func(project, stack string) Input {
		return Input{Change: &change.Change{Project: project, Stack: stack, Before: rule.NewGraph(nil), After: rule.NewGraph(nil)}}
	}
	r, err := Make([]Input{in("shop", "prod"), in("desk", "prod"), in("shop", "dev")}, Options{Prices: &cost.Prices{}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range r.Stacks {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"shop/prod", "desk/prod", "dev"}) {
		t.Error(names)
	}
	if worst, _ := r.Verdict(); worst != "shop/prod" {
		t.Errorf("the worst is %q", worst)
	}
	_, err = Make([]Input{in("shop", "prod"), in("shop", "dev"), in("shop", "prod")}, Options{Prices: &cost.Prices{}})
	if err == nil || err.Error() != "make a report: stack prod of project shop is given twice; give one preview of each stack" {
		t.Error(err)
	}
}

// A base that was refused by the engine, or that no policy judged, found nothing that counts.
func TestWhatTheBaseDoesNotTellIsNoted(t *testing.T) {
	stopped := unheard(judged())
	for name, test := range map[string]struct {
		now    rehearsal.Phase
		before *rehearsal.Phase
		noted  bool
	}{
		"a base":                      {judged(), foundBefore(), false},
		"a base that policies refuse": {judged(), foundBefore(orderOn("s3-tls", "kept", "off")), false},
		"no base":                     {judged(), nil, false},
		"a base that stopped":         {judged(), &stopped, true},
		"a base without policies":     {judged(), &rehearsal.Phase{}, true},
		"no policies at all":          {rehearsal.Phase{}, &rehearsal.Phase{}, false},
	} {
		c := &change.Change{Project: "shop", Stack: "prod", Before: rule.NewGraph(nil), After: rule.NewGraph(nil), Phase: test.now}
		r, err := Make([]Input{{Change: c, Before: test.before}}, Options{Prices: &cost.Prices{}})
		if err != nil {
			t.Fatal(err)
		}
		if noted := slices.Contains(r.Stacks[0].Notes, notComparable); noted != test.noted {
			t.Errorf("%s: noted %v", name, noted)
		}
	}
}

func TestMakeWantsPrices(t *testing.T) {
	if _, err := Make(nil, Options{}); err == nil {
		t.Error("a report without prices would show costs of zero")
	}
}
