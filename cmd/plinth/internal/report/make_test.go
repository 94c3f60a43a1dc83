package report

import (
	"maps"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
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

func TestMakeWantsPrices(t *testing.T) {
	if _, err := Make(nil, Options{}); err == nil {
		t.Error("a report without prices would show costs of zero")
	}
}
