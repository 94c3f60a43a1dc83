package pack_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Graviton is a policy of one's own.
var Graviton = &rule.Rule{
	ID:       "graviton-only",
	Title:    "Instances have Graviton processors",
	Why:      "The same work costs a fifth less.",
	Fix:      "set instanceType to one of m7g or r7g",
	Severity: rule.Medium,
	Category: rule.Cost,
	Types:    []string{"aws:ec2/instance:Instance"},
	Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
		kind := r.Get("instanceType")
		return kind.Want(rule.Is("m7g.large", "r7g.large"), "instanceType is "+kind.String(), "set instanceType to m7g.large")
	},
}

// A pack with a policy of one's own is a program like this.
func ExampleServe() {
	if err := pack.Serve(context.Background(), pack.Options{Rules: append(pack.Rules(), Graviton)}); err != nil {
		log.Fatal(err)
	}
}

func Example() {
	rules := append(pack.Rules(), Graviton)
	own := slices.Index(rules, Graviton)
	for _, kind := range []any{"m7g.large", "m5.large", rule.Computed{}} {
		instance := &rule.Resource{Type: "aws:ec2/instance:Instance", Name: "web", Inputs: rule.FieldsOf(map[string]any{"instanceType": kind})}
		finding, err := rule.Run(rules[own], nil, instance, nil)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(finding.Outcome)
		if finding.Outcome == rule.Fail {
			fmt.Println(finding.Message())
		}
	}
	// Output:
	// pass
	// fail
	// Instance web: instanceType is "m5.large". Fix: set instanceType to m7g.large.
	// unknown
}
