package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// gated is a stack on which there is something to hold against it.
func gated(worse ...func(*Stack)) *Report {
	s := touchedStack("prod")
	for _, more := range worse {
		more(s)
	}
	s.Counts = countsOf(s.Change)
	s.judge()
	return &Report{Stacks: []*Stack{touchedStack("dev"), s}}
}

func lossOf(op change.Op, keeps ...string) func(*Stack) {
	return func(s *Stack) {
		r := touched("aws:rds/instance:Instance", "orders", op)
		s.Change.Resources = append(s.Change.Resources, r)
		s.Dangers = append(s.Dangers, danger.Danger{Resource: r, Kind: danger.Loss, What: "is " + operationOf(op).done, Keeps: keeps})
	}
}

func plain(op change.Op) func(*Stack) {
	return func(s *Stack) {
		s.Change.Resources = append(s.Change.Resources, touched("aws:sqs/queue:Queue", "mails", op))
	}
}

func costs(before, after float64) func(*Stack) {
	return func(s *Stack) { s.Cost = Cost{Before: billOf(before), After: billOf(after)} }
}

func opens(e exposure.Exposure) func(*Stack) {
	return func(s *Stack) {
		e.Resource, e.What = touchedGroup, "10.0.0.0/8 may connect to 22/tcp"
		s.Exposures = append(s.Exposures, e)
	}
}

func finds(f Finding) func(*Stack) {
	return func(s *Stack) { s.Policies.New = append(s.Policies.New, f) }
}

func fails(s *Stack) { s.Change.Phase.Error = "preview failed: no such key" }

func refuses(s *Stack) { s.Change.Phase = judged(orderOn("s3-tls", "kept", "off")) }

func unprotects(s *Stack) {
	r := touched("aws:rds/instance:Instance", "mails", change.Same)
	r.OldState, r.NewState = &apitype.ResourceV3{Protect: true}, &apitype.ResourceV3{}
	s.Change.Resources = append(s.Change.Resources, r)
	s.Dangers = append(s.Dangers, danger.Danger{Resource: touched(r.Type, "orders", change.Update), Kind: danger.Guard, What: "loses deletionProtection"})
}

func unheardOf(s *Stack) { s.Policies = Policies{} }

func takes(seconds float64) func(*Stack) {
	return func(s *Stack) { s.Deploy.This = timeline.Result{Seconds: seconds} }
}

func TestAThresholdHoldsForWhatItSays(t *testing.T) {
	for _, test := range []struct {
		thresholds string
		of         *Report
		want       []string
	}{
		{"", gated(lossOf(change.Delete), fails), nil},
		{"delete-stateful", gated(lossOf(change.Delete)), []string{"prod: delete-stateful: rds/instance orders is deleted"}},
		{"delete-stateful", gated(lossOf(change.Delete, "a final snapshot")), []string{"prod: delete-stateful: rds/instance orders is deleted; kept by a final snapshot"}},
		{"delete-stateful", gated(lossOf(change.Replace)), nil},
		{"delete-stateful", gated(plain(change.Delete)), nil},
		{"replace-stateful", gated(lossOf(change.Replace)), []string{"prod: replace-stateful: rds/instance orders is replaced"}},
		{"replace-stateful", gated(lossOf(change.Delete)), []string{"prod: replace-stateful: rds/instance orders is deleted"}},
		{"replace-stateful", gated(plain(change.Replace)), nil},
		{"replace-stateful", gated(lossOf(change.Update)), nil},
		{"loss", gated(lossOf(change.Update, "a backup")), []string{"prod: loss: rds/instance orders is updated; kept by a backup"}},
		{"loss,unprotect", gated(plain(change.Delete)), nil},
		{"unprotect", gated(unprotects), []string{"prod: unprotect: rds/instance orders loses deletionProtection; rds/instance mails is no longer protected (protect)"}},
		{"delete", gated(plain(change.Delete)), []string{"prod: delete: sqs/queue mails is deleted"}},
		{"delete", gated(plain(change.Replace), plain(change.Forget)), nil},
		{"replace", gated(plain(change.Delete), plain(change.Replace)), []string{"prod: replace: sqs/queue mails is replaced; sqs/queue mails is deleted"}},
		{"exposure", gated(opens(exposure.Exposure{Wide: true})), []string{"prod: exposure: 10.0.0.0/8 may connect to 22/tcp (vpc/securityGroupIngressRule admin-ssh)"}},
		{"exposure", gated(opens(exposure.Exposure{}), opens(exposure.Exposure{Unknown: true})), nil},
		{"exposure:any", gated(opens(exposure.Exposure{Unknown: true})), []string{"prod: exposure:any: 10.0.0.0/8 may connect to 22/tcp (vpc/securityGroupIngressRule admin-ssh)"}},
		{"policy", gated(finds(orderOn("s3-tls", "kept", "off"))), []string{"prod: policy: new mandatory finding on kept: off (s3-tls)"}},
		{"policy", gated(finds(adviceOn("s3-tls", "kept", "off"))), nil},
		{"policy:any", gated(finds(adviceOn("s3-tls", "", "off"))), []string{"prod: policy:any: new advisory finding on the stack as a whole: off (s3-tls)"}},
		{"policy:any", gated(finds(adviceOn("s3-days", "kept", "few")), finds(orderOn("s3-tls", "kept", "off"))),
			[]string{"prod: policy:any: new mandatory finding on kept: off (s3-tls); new advisory finding on kept: few (s3-days)"}},
		{"policy,policy:any", gated(unheardOf), []string{"prod: policy: no policy was asked", "prod: policy:any: no policy was asked"}},
		{"cost>20%", gated(costs(500, 810.2)), []string{"prod: cost>20%: cost +62 %, +310.20 USD a month"}},
		{"cost>20%", gated(costs(100, 120)), nil},
		{"cost>20%", gated(costs(100, 120.01)), []string{"prod: cost>20%: cost +20 %, +20.01 USD a month"}},
		{"cost>900%", gated(costs(0, 0.5)), []string{"prod: cost>900%: cost +0.50 USD a month, from nothing"}},
		{"cost>0", gated(costs(0.3, 0.30000000000000004)), nil},
		{"cost > 100", gated(costs(100, 200)), nil},
		{"cost > 100", gated(costs(100, 201)), []string{"prod: cost > 100: cost +101 %, +101.00 USD a month"}},
		{"time>30m", gated(takes(1800)), nil},
		{"time>30m", gated(takes(1860)), []string{"prod: time>30m: the deploy takes 31 min"}},
		{"dangerous", gated(lossOf(change.Replace)), []string{"prod: dangerous: rds/instance orders is replaced"}},
		{"dangerous", gated(plain(change.Delete)), nil},
		{"look", gated(plain(change.Delete)), []string{"prod: look: sqs/queue mails is deleted"}},
		{"look", gated(lossOf(change.Replace)), []string{"prod: look: rds/instance orders is replaced"}},
		{"look", gated(plain(change.Update)), nil},
		{"time>1h", gated(refuses), []string{"prod: it passes no threshold: mandatory policies refuse it"}},
		{"time>1h", gated(fails), []string{"prod: the preview fails, so that it passes no threshold: no such key"}},
		{"delete, replace-stateful,delete", gated(lossOf(change.Delete)), []string{"prod: delete: rds/instance orders is deleted", "prod: replace-stateful: rds/instance orders is deleted"}},
	} {
		thresholds, err := ParseThresholds(test.thresholds)
		if err != nil {
			t.Fatal(err)
		}
		if got := thresholds.Exceeded(test.of); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.thresholds, got, test.want)
		}
	}
}

func TestAllThatIsWrongWithThresholdsIsTold(t *testing.T) {
	_, err := ParseThresholds("replace-statefull,cost,time>soon,,cost>-3,policy>4,cost>NaN,delete")
	want := `"replace-statefull": no such threshold; there are ` + strings.Join(gateNames(), ", ") + `
  "cost": has no limit; the stack costs more, by what has a price: cost>20% by that share of what it costs now, cost>100 by as many USD a month
  "time>soon": the limit must be a duration, such as time>30m or time>1h30m
  "": no such threshold; there are ` + strings.Join(gateNames(), ", ") + `
  "cost>-3": the limit must be USD a month or a share, such as cost>100 or cost>20%
  "policy>4": policy takes no limit; remove what follows it
  "cost>NaN": the limit must be USD a month or a share, such as cost>100 or cost>20%`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestTheHelpHasEveryThreshold(t *testing.T) {
	help := ThresholdsHelp()
	for _, g := range gates {
		if !strings.Contains(help, "  "+g.name) || !strings.Contains(help, g.help) || (g.holds == nil) == (g.limited == nil) {
			t.Errorf("%s is not told of, or has no one meaning:\n%s", g.name, help)
		}
	}
}

func TestWhatExceedsMoreExceedsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Float64Range(0, 1000)
		of := gated(costs(amount.Draw(t, "before"), amount.Draw(t, "after")))
		low, high := amount.Draw(t, "low"), amount.Draw(t, "high")
		low, high = min(low, high), max(low, high)
		unit := rapid.SampledFrom([]string{"", "%"}).Draw(t, "unit")
		exceeds := func(limit float64) bool {
			thresholds, err := ParseThresholds("cost>" + usd(limit) + unit)
			if err != nil {
				t.Fatal(err)
			}
			return len(thresholds.Exceeded(of)) > 0
		}
		if exceeds(high) && !exceeds(low) {
			t.Fatalf("beyond %v, but not beyond %v", high, low)
		}
	})
}

func FuzzParseThresholds(f *testing.F) {
	for _, seed := range []string{"", "replace-stateful,cost>20%,policy", "cost>1e3", "time>-1s", ",", "cost>>1", " look "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := ParseThresholds(text)
		wrong := 0
		for part := range strings.SplitSeq(text, ",") {
			if _, alone := ParseThresholds(part); alone != nil || strings.TrimSpace(part) == "" && strings.TrimSpace(text) != "" {
				wrong++
			}
		}
		if (err != nil) != (wrong > 0) {
			t.Fatalf("%d parts are wrong, and of the whole is said: %v", wrong, err)
		}
	})
}
