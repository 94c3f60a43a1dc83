package report

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// Policies and the engine may both refuse a change, whatever words they use.
func TestWhoRefusesAChangeIsKnownFromFacts(t *testing.T) {
	protected := rehearsal.Diagnostic{Severity: "error", URN: policyOn + "kept", Message: "it is protected"}
	over := rehearsal.Diagnostic{Severity: "error", Message: "preview failed"}
	of := func(p rehearsal.Phase, err string, said ...rehearsal.Diagnostic) rehearsal.Phase {
		p.Error, p.Diagnostics = err, said
		return p
	}
	mandatory, advisory := judged(orderOn("s3-tls", "kept", "off")), judged(adviceOn("s3-tls", "kept", "off"))
	for name, test := range map[string]struct {
		phase   rehearsal.Phase
		refused bool
		failed  string
	}{
		"nothing":                     {phase: advisory},
		"policies":                    {of(mandatory, "1 mandatory policy finding:\n  s3-tls: kept", over), true, ""},
		"policies of an update":       {of(mandatory, "", rehearsal.Diagnostic{Severity: "error", Message: "update failed"}), true, ""},
		"the engine":                  {of(advisory, "", over, protected), false, "kept (aws:s3/bucketV2:BucketV2): it is protected"},
		"policies and the engine":     {of(mandatory, "1 mandatory policy finding:\n  s3-tls: kept", over, protected), true, "kept (aws:s3/bucketV2:BucketV2): it is protected"},
		"policies and the program":    {of(mandatory, "", over, rehearsal.Diagnostic{Severity: "error", URN: policyStack, Message: "no such key"}), true, "no such key"},
		"a program that says policy":  {of(advisory, "preview failed: mandatory policy finding"), false, "preview failed: mandatory policy finding"},
		"the engine, without a word":  {of(advisory, "", over), false, "preview failed"},
		"what was cut off is no word": {of(mandatory, "", rehearsal.Diagnostic{Severity: "error", URN: policyOn + "kept", Message: "read it: context canceled"}, over), true, ""},
	} {
		s := &Stack{Change: &change.Change{Phase: test.phase}}
		if s.Refused() != test.refused || s.Failed() != test.failed {
			t.Errorf("%s: refused %v, failed %q", name, s.Refused(), s.Failed())
		}
	}
}

func TestAFailureIsToldInItsBestLine(t *testing.T) {
	bucket := policyOn + "kept"
	for want, p := range map[string]rehearsal.Phase{
		"":                               {Diagnostics: []rehearsal.Diagnostic{{Severity: "warning", Message: "deprecated"}}},
		"network.nat: too few":           {Error: "preview failed:\n  network.nat: too few\n  more"},
		"shop: 2 problems: a.b: wrong":   {Error: "preview failed: shop: 2 problems\n  a.b: wrong\n  c: wrong"},
		"2 errors occurred: no such key": {Error: "2 errors occurred:\n  * no such key\n  * no such role"},
		"no such key":                    {Diagnostics: []rehearsal.Diagnostic{{Severity: "error", URN: policyStack, Message: "an unhandled error occurred: 1 error occurred:\n\t* no such key"}}},
		"kept (aws:s3/bucketV2:BucketV2): \"kept\" is protected because it holds": {Diagnostics: []rehearsal.Diagnostic{
			{Severity: "error", Message: "preview failed"}, {Severity: "error", URN: bucket, Message: "Preview failed: \"" + bucket + "\" is protected\nbecause it holds. To change that"},
		}},
		"preview failed": {Diagnostics: []rehearsal.Diagnostic{{Severity: "error", Message: "preview failed"}}},
	} {
		if got := lineOf(stoppedBy(p)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTheAdviceToTakeProtectionOffIsLeftOut(t *testing.T) {
	const part = "  a (aws:sqs/queue:Queue): Preview failed: resource \"urn:pulumi:prod::shop::aws:sqs/queue:Queue::a\" cannot be deleted\n" +
		"    because it is protected. To unprotect the resource, either remove the `protect` flag, or use the command:\n    `pulumi state unprotect 'urn:pulumi:prod::shop::aws:sqs/queue:Queue::a'`\n"
	const line = `  a (aws:sqs/queue:Queue): resource "a" cannot be deleted because it is protected.`
	for failure, want := range map[string][]string{
		"preview failed:\n" + part + part:        {line, line},
		"preview failed: broken\n  no zone\n\nb": {"preview failed: broken", "  no zone", "b"},
	} {
		if got := withoutAdvice(failure); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
