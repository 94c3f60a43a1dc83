package report

import (
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
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// touched is a resource of a provider to which something happens.
func touched(token, name string, op change.Op, forced ...string) *change.Resource {
	return &change.Resource{
		URN: "urn:pulumi:prod::shop::" + token + "::" + name, Name: name, Type: token, Custom: true, Op: op, Forced: forced,
	}
}

var (
	touchedDatabase = touched("aws:rds/instance:Instance", "orders", change.Replace, "kmsKeyId")
	touchedGroup    = touched("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "admin-ssh", change.Create)
)

// touchedStack is a stack with a change of resources, of which the rest is not known yet.
func touchedStack(name string, resources ...*change.Resource) *Stack {
	c := &change.Change{Project: "shop", Stack: name, Resources: resources, Phase: judged()}
	return &Stack{Name: name, Change: c, Counts: countsOf(c), Policies: Policies{Asked: true, Compared: true}}
}

func billOf(amount float64) cost.Bill {
	return cost.Bill{Lines: []cost.Line{{Quantity: amount, Most: amount, Price: cost.Price{USD: 1}}}}
}

// stops is that the engine gives the preview up.
func stops(s *Stack) {
	s.Change.Phase.Diagnostics = []rehearsal.Diagnostic{
		{Severity: "error", URN: "urn:pulumi:prod::shop::aws:rds/instance:Instance::database", Message: "Preview failed: it is protected\nmore"},
		{Severity: "error", Message: "preview failed"},
	}
}

// endangers does so in one way of a kind.
func endangers(s *Stack, d danger.Danger) {
	s.Dangers = append(slices.DeleteFunc(s.Dangers, func(other danger.Danger) bool { return other.Kind == d.Kind }), d)
}

// steps of a ladder: each makes a stack worse than those before it do.
var verdictSteps = []struct {
	name  string
	worse func(*Stack)
	want  Verdict
}{
	{"nothing", func(*Stack) {}, Verdict{Safe, "nothing changes"}},
	{"standing findings", func(s *Stack) { s.Policies.Standing = []Finding{orderOn("s3-tls", "kept", "off")} }, Verdict{Safe, "nothing changes"}},
	{"an update in place", func(s *Stack) {
		s.Change.Resources = append(s.Change.Resources, touched("aws:lambda/function:Function", "mail", change.Update))
	}, Verdict{Safe, "1 to update, no new findings"}},
	{"a rollout", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Rollout, What: "replaces its pods, a few at a time"})
	}, Verdict{Safe, "rds/instance orders replaces its pods, a few at a time"}},
	{"a note", func(s *Stack) { s.Notes = []string{"the base was not rehearsed", "more"} }, Verdict{Look, "the base was not rehearsed"}},
	{"something of a provider that nobody knows", func(s *Stack) {
		s.Change.Resources = append(s.Change.Resources, touched("gcp:compute/firewall:Firewall", "fw", change.Create), touched("random:index/randomId:RandomId", "id", change.Create))
	}, Verdict{Look, "1 resource is of a provider that is not judged (compute/firewall fw)"}},
	{"no policies", func(s *Stack) { s.Policies = Policies{} }, Verdict{Look, "no policy was asked"}},
	{"a slow deploy", func(s *Stack) {
		s.Deploy.Before, s.Deploy.After = &timeline.Result{Seconds: 1200}, &timeline.Result{Seconds: 1860}
	}, Verdict{Look, "a deploy of the whole stack takes 31 min instead of 20 min"}},
	{"more cost", func(s *Stack) { s.Cost = Cost{Before: billOf(500), After: billOf(810.2)} }, Verdict{Look, "cost +62 %, +310.20 USD a month"}},
	{"a verdict that is not known yet", func(s *Stack) {
		s.Policies.open = []openVerdict{{"s3-tls", "made"}, {"s3-tls", "others"}}
	}, Verdict{Look, "s3-tls cannot be decided before the deploy on made (and 1 more)"}},
	{"new advice", func(s *Stack) { s.Policies.New = append(s.Policies.New, adviceOn("s3-days", "kept", "few")) },
		Verdict{Look, "new advisory finding on kept: few (s3-days)"}},
	{"another account", func(s *Stack) {
		main := touched("pulumi:providers:aws", "main", change.Update)
		main.Properties = []diff.Property{becomes("assumeRole.roleArn", "1", "9"), becomes("assumeRole.externalId", "a", "b")}
		s.Change.Resources = append(s.Change.Resources, main)
	}, Verdict{Look, "provider main is updated (assumeRole)"}},
	{"something forgotten", func(s *Stack) {
		s.Change.Resources = append(s.Change.Resources, touched("aws:sns/topic:Topic", "news", change.Forget))
	}, Verdict{Look, "sns/topic news is forgotten"}},
	{"replacements", func(s *Stack) {
		s.Change.Resources = append(s.Change.Resources, touched("aws:lb/targetGroup:TargetGroup", "web", change.Replace, "port"), touchedDatabase)
	}, Verdict{Look, "lb/targetGroup web is replaced (port) (and 1 more)"}},
	{"a deletion", func(s *Stack) {
		s.Change.Resources = append(s.Change.Resources, touched("aws:sqs/queue:Queue", "mails", change.Delete))
	}, Verdict{Look, "sqs/queue mails is deleted"}},
	{"a restart without a break", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Restart, What: "moves to another version"})
	}, Verdict{Look, "rds/instance orders moves to another version"}},
	{"a restart", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Restart, What: "restarts", Because: []string{"instanceClass"}, Usual: time.Minute})
	}, Verdict{Look, "rds/instance orders restarts (instanceClass), for 1 min"}},
	{"an exposure that is not known yet", func(s *Stack) {
		s.Exposures = append(s.Exposures, exposure.Exposure{Resource: touchedGroup, What: "it is not known who may connect to 22/tcp", Unknown: true})
	}, Verdict{Look, "it is not known who may connect to 22/tcp (vpc/securityGroupIngressRule admin-ssh)"}},
	{"an exposure", func(s *Stack) {
		s.Exposures = append(s.Exposures, exposure.Exposure{Resource: touchedGroup, What: "10.0.0.0/8 may connect to 22/tcp"})
	}, Verdict{Look, "10.0.0.0/8 may connect to 22/tcp (vpc/securityGroupIngressRule admin-ssh)"}},
	{"a protection less", func(s *Stack) {
		open := touched("aws:rds/instance:Instance", "database-instance", change.Same)
		open.OldState, open.NewState = &apitype.ResourceV3{Protect: true}, &apitype.ResourceV3{}
		s.Change.Resources = append(s.Change.Resources, open)
	}, Verdict{Look, "rds/instance database-instance is no longer protected (protect)"}},
	{"a protection of AWS less", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Guard, What: "loses its guard", Because: []string{"deletionProtection"}})
	}, Verdict{Look, "rds/instance orders loses its guard (deletionProtection)"}},
	{"an outage", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Outage, What: "is away"})
	}, Verdict{Look, "rds/instance orders is away"}},
	{"a loss of which a copy is kept", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touched("aws:sqs/queue:Queue", "mails", change.Delete), Kind: danger.Loss, What: "is deleted", Keeps: []string{"a final snapshot"}})
	}, Verdict{Look, "sqs/queue mails is deleted; kept by a final snapshot"}},
	{"a mandatory finding that is not new", func(s *Stack) {
		s.Change.Phase, s.Policies.Compared = judged(orderOn("s3-tls", "kept", "off")), true
		s.Policies.Standing = []Finding{orderOn("s3-tls", "kept", "off"), adviceOn("s3-days", "kept", "few")}
	}, Verdict{Dangerous, "1 mandatory finding that stood before refuses every deploy"}},
	{"a preview that fails", stops, Verdict{Dangerous, "the preview fails: database (aws:rds/instance:Instance): it is protected"}},
	{"a restart that is refused", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Restart, What: "is upgraded", Stops: []string{"AWS, which wants it", "the engine"}})
	}, Verdict{Dangerous, "AWS refuses this: rds/instance orders is upgraded; refused by AWS, which wants it, and by the engine"}},
	{"an outage that is refused", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Outage, What: "moves", Stops: []string{"AWS"}})
	}, Verdict{Dangerous, "rds/instance orders moves; refused by AWS"}},
	{"new mandatory findings", func(s *Stack) {
		s.Policies.New = append([]Finding{orderOn("s3-tls", "made", "off"), orderOn("s3-tls", "changed", "off")}, s.Policies.New...)
	}, Verdict{Dangerous, "new mandatory finding on made: off (s3-tls) (and 1 more)"}},
	{"a loss by which a new one is empty, though a copy is kept", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Loss, What: "is replaced", Keeps: []string{"a final snapshot"}})
	}, Verdict{Dangerous, "rds/instance orders is replaced; kept by a final snapshot"}},
	{"a loss that is refused", func(s *Stack) {
		s.Change.Phase.Diagnostics = nil
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Loss, What: "is replaced", Stops: []string{"deletionProtection"}})
	}, Verdict{Dangerous, "rds/instance orders is replaced; refused by deletionProtection"}},
	{"an exposure to everybody", func(s *Stack) {
		s.Exposures = append(s.Exposures, exposure.Exposure{Resource: touchedGroup, What: "0.0.0.0/0 may connect to 22/tcp", Wide: true})
	}, Verdict{Dangerous, "0.0.0.0/0 may connect to 22/tcp (vpc/securityGroupIngressRule admin-ssh)"}},
	{"a loss", func(s *Stack) {
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Loss, What: "is replaced and comes back empty", Because: []string{"kmsKeyId"}})
	}, Verdict{Dangerous, "rds/instance orders is replaced and comes back empty (kmsKeyId)"}},
	{"a loss that the engine refuses", func(s *Stack) {
		stops(s)
		endangers(s, danger.Danger{Resource: touchedDatabase, Kind: danger.Loss, What: "is deleted", Stops: []string{"Pulumi"}})
	}, Verdict{Dangerous, "rds/instance orders is deleted; refused by Pulumi"}},
}

func TestTheVerdictGivesTheWorstReason(t *testing.T) {
	for i, step := range verdictSteps {
		alone, all := touchedStack("prod"), touchedStack("prod")
		step.worse(alone)
		for _, done := range verdictSteps[:i+1] {
			done.worse(all)
		}
		for what, s := range map[string]*Stack{"alone": alone, "with all that is better": all} {
			s.Counts = countsOf(s.Change)
			s.judge()
			if s.Verdict != step.want {
				t.Errorf("%s, %s: %+v, want %+v", step.name, what, s.Verdict, step.want)
			}
		}
	}
	if len(verdictSteps)-2 != len(grounds) { // two of the steps have the same ground as "nothing"
		t.Errorf("%d steps test %d grounds", len(verdictSteps), len(grounds))
	}
}

func TestAllOfAKindThatIsInDangerCount(t *testing.T) {
	s := touchedStack("prod", touchedDatabase)
	for _, keeps := range [][]string{{"a snapshot"}, nil, {"a snapshot"}} {
		s.Dangers = append(s.Dangers, danger.Danger{Resource: touchedDatabase, Kind: danger.Loss, What: "is replaced", Keeps: keeps})
	}
	s.judge()
	if s.Verdict.Reason != "rds/instance orders is replaced (and 2 more)" {
		t.Errorf("%+v", s.Verdict)
	}
}

func TestTheWorstOpeningIsTheReason(t *testing.T) {
	s := touchedStack("prod", touchedGroup)
	s.Exposures = []exposure.Exposure{
		{Resource: touchedGroup, Kind: exposure.Trust, What: "another account may use it"},
		{Resource: touchedGroup, Kind: exposure.Network, What: "10.0.0.0/8 may connect"},
	}
	s.judge()
	if !strings.HasPrefix(s.Verdict.Reason, "10.0.0.0/8 may connect (") {
		t.Errorf("%+v", s.Verdict)
	}
}

// What a new stack opens is new by nature; policies judge it.
func TestANewStackIsNotDangerousForWhatItOpens(t *testing.T) {
	s := touchedStack("prod", touched("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "web", change.Create))
	s.Exposures = []exposure.Exposure{{Resource: touchedGroup, What: "0.0.0.0/0 may connect to 443/tcp", Wide: true}}
	s.judge()
	if s.Verdict.Level != Look {
		t.Errorf("%+v", s.Verdict)
	}
}

func TestTheReportIsAsBadAsItsWorstStack(t *testing.T) {
	stack := func(name, like string) *Stack {
		s := touchedStack(name)
		for _, step := range verdictSteps {
			if step.name == like {
				step.worse(s)
			}
		}
		s.Counts = countsOf(s.Change)
		s.judge()
		return s
	}
	for name, test := range map[string]struct {
		stacks []*Stack
		worst  string
		level  Level
	}{
		"no stack":                    {nil, "", Safe},
		"the first of two alike":      {[]*Stack{stack("dev", "nothing"), stack("prod", "nothing")}, "dev", Safe},
		"the worse level":             {[]*Stack{stack("dev", "an outage"), stack("prod", "a loss")}, "prod", Dangerous},
		"the worse reason of a level": {[]*Stack{stack("dev", "a note"), stack("prod", "an outage")}, "prod", Look},
	} {
		if worst, v := (&Report{Stacks: test.stacks}).Verdict(); worst != test.worst || v.Level != test.level || v.Reason == "" {
			t.Errorf("%s: %q, %+v", name, worst, v)
		}
	}
}

func TestCostIsMuchByAmountOrShare(t *testing.T) {
	for _, test := range []struct {
		before, after float64
		much          bool
	}{{1000, 1100, false}, {1000, 1101, true}, {100, 120, false}, {100, 121, true}, {10, 15, false}, {0, 5, false}, {0, 30, true}, {500, 100, false}} {
		if got := costlier(&Stack{Cost: Cost{Before: billOf(test.before), After: billOf(test.after)}}); (got != "") != test.much {
			t.Errorf("from %v to %v: %q", test.before, test.after, got)
		}
	}
	if got := costlier(&Stack{Cost: Cost{After: billOf(30)}}); !strings.Contains(got, "from nothing") {
		t.Error(got)
	}
}
