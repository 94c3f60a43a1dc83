package report

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

const (
	policyStack = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
	policyOn    = "urn:pulumi:prod::shop::aws:s3/bucketV2:BucketV2::"
)

// adviceOn and orderOn are findings of a policy on a bucket, or on the stack as a whole.
func adviceOn(policy, bucket, message string) Finding {
	f := Finding{"plinth", policy, rehearsal.Finding{Severity: "medium", URN: policyOn + bucket, Message: message}}
	if bucket == "" {
		f.URN = policyStack
	}
	return f
}

func orderOn(policy, bucket, message string) Finding {
	f := adviceOn(policy, bucket, message)
	f.Mandatory, f.Severity = true, "high"
	return f
}

func inPack(name string, f Finding) Finding {
	f.Pack = name
	return f
}

// judged is a phase in which policies find that, and others nothing.
func judged(findings ...Finding) rehearsal.Phase {
	p := rehearsal.Phase{Name: "preview", Policies: []rehearsal.Policy{{Pack: "plinth", Name: "s3-content", Passed: 1}}}
	for _, f := range findings {
		i := slices.IndexFunc(p.Policies, func(have rehearsal.Policy) bool { return have.Pack == f.Pack && have.Name == f.Policy })
		if i < 0 {
			i = len(p.Policies)
			p.Policies = append(p.Policies, rehearsal.Policy{Pack: f.Pack, Name: f.Policy})
		}
		p.Policies[i].Findings = append(p.Policies[i].Findings, f.Finding)
	}
	return p
}

// foundBefore is the phase before the change.
func foundBefore(findings ...Finding) *rehearsal.Phase {
	p := judged(findings...)
	return &p
}

// judgedChange changes buckets as they are called.
func judgedChange(phase rehearsal.Phase) *change.Change {
	c := &change.Change{Project: "shop", Stack: "prod", Phase: phase}
	for name, op := range map[string]change.Op{"made": change.Create, "changed": change.Update, "kept": change.Same, "removed": change.Delete} {
		c.Resources = append(c.Resources, &change.Resource{URN: policyOn + name, Name: name, Type: "aws:s3/bucket:Bucket", Custom: true, Op: op})
	}
	slices.SortFunc(c.Resources, func(a, b *change.Resource) int { return slices.Compare([]byte(a.URN), []byte(b.URN)) })
	return c
}

// unheard is a phase that ended before most policies were asked.
func unheard(p rehearsal.Phase) rehearsal.Phase {
	p.Diagnostics = []rehearsal.Diagnostic{{Severity: "error", URN: policyOn + "kept", Message: "it is protected"}}
	return p
}

func TestFindingsAreNewStandingOrGone(t *testing.T) {
	notice := func(message string) Finding { return adviceOn(pack.Undecided, "", message) }
	withoutChange := judgedChange(judged(orderOn("s3-policy", "", "whole")))
	withoutChange.Resources = nil
	for name, test := range map[string]struct {
		change              *change.Change
		before              *rehearsal.Phase
		fresh, stands, gone []Finding
	}{
		"the same words stand": {
			change: judgedChange(judged(orderOn("s3-tls", "kept", "off"))), before: foundBefore(orderOn("s3-tls", "kept", "off")),
			stands: []Finding{orderOn("s3-tls", "kept", "off")},
		},
		"a name that AWS makes up may change": {
			change: judgedChange(judged(adviceOn("s3-logs", "changed", "writes to arn:aws:s3:::logs-1a2b3c4/x and 3 more"))),
			before: foundBefore(adviceOn("s3-logs", "changed", "writes to arn:aws:s3:::logs-9f8e7d6/x and 4 more")),
			stands: []Finding{adviceOn("s3-logs", "changed", "writes to arn:aws:s3:::logs-1a2b3c4/x and 3 more")},
		},
		"another port is new": {
			change: judgedChange(judged(orderOn("sg-open", "kept", "port 22 is open to 0.0.0.0/0"))), before: foundBefore(orderOn("sg-open", "kept", "port 80 is open to 0.0.0.0/0")),
			fresh: []Finding{orderOn("sg-open", "kept", "port 22 is open to 0.0.0.0/0")}, gone: []Finding{orderOn("sg-open", "kept", "port 80 is open to 0.0.0.0/0")},
		},
		"of two on one resource the one in other words is new": {
			change: judgedChange(judged(adviceOn("s3-days", "kept", "logs"), adviceOn("s3-days", "kept", "copies"))), before: foundBefore(adviceOn("s3-days", "kept", "logs")),
			fresh: []Finding{adviceOn("s3-days", "kept", "copies")}, stands: []Finding{adviceOn("s3-days", "kept", "logs")},
		},
		"of two with names that are made up one stands": {
			change: judgedChange(judged(adviceOn("s3-logs", "kept", "to logs-1a2b3c4"), adviceOn("s3-logs", "kept", "to logs-5a6b7c8"))), before: foundBefore(adviceOn("s3-logs", "kept", "to logs-9f8e7d6")),
			fresh: []Finding{adviceOn("s3-logs", "kept", "to logs-5a6b7c8")}, stands: []Finding{adviceOn("s3-logs", "kept", "to logs-1a2b3c4")},
		},
		"what was advice and is mandatory now is new": {
			change: judgedChange(judged(orderOn("s3-tls", "kept", "off"))), before: foundBefore(adviceOn("s3-tls", "kept", "off")),
			fresh: []Finding{orderOn("s3-tls", "kept", "off")}, gone: []Finding{adviceOn("s3-tls", "kept", "off")},
		},
		"what two packs say in the same words is one": {
			change: judgedChange(judged(adviceOn("exemptions", "", "lapsed"), inPack("aside", adviceOn("exemptions", "", "lapsed")))), before: foundBefore(),
			fresh: []Finding{inPack("aside", adviceOn("exemptions", "", "lapsed"))},
		},
		"it stands when another pack says it now": {
			change: judgedChange(judged(inPack("aside", adviceOn("exemptions", "", "lapsed")))), before: foundBefore(adviceOn("exemptions", "", "lapsed")),
			stands: []Finding{inPack("aside", adviceOn("exemptions", "", "lapsed"))},
		},
		"what is not known is no finding": {
			change: judgedChange(judged(notice("2 verdicts cannot be given: s3-tls on made (policy: known later)"))),
			before: foundBefore(notice("1 verdict cannot be given: s3-tls on kept (policy: known later)")),
		},
		"what is not found again is gone": {
			change: judgedChange(judged()), before: foundBefore(orderOn("s3-tls", "kept", "off")),
			gone: []Finding{orderOn("s3-tls", "kept", "off")},
		},
		"what cannot be known yet is not gone": {
			change: judgedChange(judged(notice("2 verdicts cannot be given: s3-days on a (b: c); s3-tls on kept (policy: known later)"))),
			before: foundBefore(orderOn("s3-tls", "kept", "off"), orderOn("tls", "kept", "off"), orderOn("s3-tls", "removed", "off")),
			stands: []Finding{orderOn("s3-tls", "kept", "off")},
			gone:   []Finding{orderOn("s3-tls", "removed", "off"), orderOn("tls", "kept", "off")},
		},
		"what a failed preview did not ask is not gone": {
			change: judgedChange(unheard(judged())),
			before: foundBefore(orderOn("s3-tls", "kept", "off"), orderOn("s3-content", "kept", "off"), orderOn("s3-content", "elsewhere", "off"), orderOn("s3-tls", "removed", "off")),
			stands: []Finding{orderOn("s3-content", "elsewhere", "off"), orderOn("s3-content", "kept", "off"), orderOn("s3-tls", "kept", "off")},
			gone:   []Finding{orderOn("s3-tls", "removed", "off")},
		},
		"without a comparison new is what is on what changes": {
			change: judgedChange(judged(orderOn("s3-tls", "kept", "off"), orderOn("s3-tls", "made", "off"), orderOn("s3-tls", "changed", "off"), orderOn("s3-policy", "", "whole"))),
			fresh:  []Finding{orderOn("s3-policy", "", "whole"), orderOn("s3-tls", "changed", "off"), orderOn("s3-tls", "made", "off")},
			stands: []Finding{orderOn("s3-tls", "kept", "off")},
		},
		"without a comparison and any change nothing is new": {change: withoutChange, stands: []Finding{orderOn("s3-policy", "", "whole")}},
		"the worst come first": {
			change: judgedChange(judged(adviceOn("b", "made", ""), adviceOn("a", "made", ""), orderOn("c", "made", ""))),
			before: foundBefore(), fresh: []Finding{orderOn("c", "made", ""), adviceOn("a", "made", ""), adviceOn("b", "made", "")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := policiesOf(test.change, test.before)
			if !got.Asked || got.Compared != (test.before != nil) || got.Partial != (len(test.change.Phase.Diagnostics) > 0) {
				t.Errorf("asked %v, compared %v, partial %v", got.Asked, got.Compared, got.Partial)
			}
			if !slices.Equal(got.New, test.fresh) || !slices.Equal(got.Standing, test.stands) || !slices.Equal(got.Gone, test.gone) {
				t.Errorf("new %v\nwant %v\nstanding %v\nwant %v\ngone %v\nwant %v", got.New, test.fresh, got.Standing, test.stands, got.Gone, test.gone)
			}
		})
	}
}

func TestNothingIsSaidIfNoPolicyWasAsked(t *testing.T) {
	got := policiesOf(judgedChange(rehearsal.Phase{}), foundBefore(orderOn("s3-tls", "kept", "off")))
	if got.Asked || len(got.New)+len(got.Standing)+len(got.Gone) > 0 {
		t.Errorf("%+v", got)
	}
}

// A base that stopped, or that nobody judged, would make all that stands look new.
func TestOnlyABaseThatWasJudgedIsComparedWith(t *testing.T) {
	c := judgedChange(judged(orderOn("s3-tls", "kept", "off"), orderOn("s3-tls", "made", "off")))
	stopped := unheard(judged())
	for name, before := range map[string]*rehearsal.Phase{"stopped": &stopped, "not judged": {}} {
		got := policiesOf(c, before)
		if got.Compared || !slices.Equal(got.New, []Finding{orderOn("s3-tls", "made", "off")}) || !slices.Equal(got.Standing, []Finding{orderOn("s3-tls", "kept", "off")}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	refused := judged(orderOn("s3-tls", "kept", "off"))
	refused.Error, refused.Diagnostics = "1 mandatory policy finding", []rehearsal.Diagnostic{{Severity: "error", Message: "preview failed"}}
	if got := policiesOf(c, &refused); !got.Compared {
		t.Error("policies that refuse have all spoken")
	}
}

func TestMessagesAreTheSameButForWhatIsMadeUp(t *testing.T) {
	for _, test := range []struct {
		was, is string
		same    bool
	}{
		{"vpc-0a1b2c3d4e5f60718 is open", "vpc-1111aaaa2222bbbb3 is open", true},
		{"arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-1111-2222-333344445555", "arn:aws:kms:eu-west-1:111111111111:key/9a1b2c3d-0000-1111-2222-333344445555", true},
		{"web-20261126202417000000000001", "web-20270101000000000000000002", true},
		{"a, b and 3 more", "a, b and 12 more", true},
		{"exempt until 2026-12-24 (web: later), expires in 12 days: x", "exempt until 2026-12-24 (web: later), expires in 11 days: x", true},
		{"exempt until 2026-12-24", "exempt until 2027-12-24", false},
		{"trusts arn:aws:iam::111111111111:root", "trusts arn:aws:iam::999999999999:root", false},
		{"port 22 is open", "port 80 is open", false},
		{"port 10022 is open", "port 10080 is open", false},
		{"keeps 365 days", "keeps 1 days", false},
		{"is defaced", "is accede", false},
	} {
		if same := lasts(test.was) == lasts(test.is); same != test.same {
			t.Errorf("%q and %q: %v", lasts(test.was), lasts(test.is), same)
		}
	}
}

func drawFindings(t *rapid.T, label string) []Finding {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Finding {
		f := adviceOn(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "policy"), rapid.SampledFrom([]string{"kept", ""}).Draw(t, "on"),
			fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "message")))
		f.Mandatory, f.Pack = rapid.Bool().Draw(t, "mandatory"), rapid.SampledFrom([]string{"plinth", "aside"}).Draw(t, "pack")
		return f
	}), 0, 8).Draw(t, label)
}

func TestEveryFindingIsToldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, before := judged(drawFindings(t, "now")...), judged(drawFindings(t, "before")...)
		found, _ := findingsOf(now)
		was, _ := findingsOf(before)
		got := policiesOf(judgedChange(now), &before)
		told := slices.Concat(got.New, got.Standing)
		slices.SortFunc(told, worseFinding)
		if !slices.Equal(told, found) {
			t.Fatalf("new and standing are %v, found is %v", told, found)
		}
		if len(got.Standing)+len(got.Gone) != len(was) {
			t.Fatalf("%d stand and %d are gone, but there were %d", len(got.Standing), len(got.Gone), len(was))
		}
		for _, f := range got.Gone {
			if !slices.Contains(was, f) || slices.Contains(told, f) {
				t.Fatalf("%v is not gone", f)
			}
		}
		if again := policiesOf(judgedChange(now), &now); len(again.New)+len(again.Gone) > 0 {
			t.Fatalf("against itself there is %v new and %v gone", again.New, again.Gone)
		}
		alone := policiesOf(judgedChange(now), nil)
		if len(alone.New)+len(alone.Standing) != len(found) || len(alone.Gone) > 0 {
			t.Fatalf("without a comparison: %+v", alone)
		}
	})
}
