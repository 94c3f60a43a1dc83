package redundancy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/internal/tags"
	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
)

// failureRules are the rules about what the loss of something takes along through the
// graph.
func failureRules() []*rule.Rule { return []*rule.Rule{azLossSurvivable(), rtoRpoMet()} }

// struck is an effect, and the domain whose loss has it.
type struck struct {
	resilience.Effect
	by resilience.Domain
}

// zoneLosses and losses are all effects on each resource: those of zones, and of any domain.
type (
	zoneLosses map[*rule.Resource][]struck
	losses     map[*rule.Resource][]struck
)

func zoneLossesOf(g *rule.Graph) zoneLosses { return zoneLosses(drilled(g, resilience.Zone)) }

func lossesOf(g *rule.Graph) losses {
	return losses(drilled(g, resilience.Zone, resilience.Region, resilience.Nat, resilience.Key, resilience.Node))
}

func drilled(g *rule.Graph, kinds ...resilience.Kind) map[*rule.Resource][]struck {
	all := map[*rule.Resource][]struck{}
	add := func(loss resilience.Loss) {
		for _, e := range loss.Effects {
			if e.State != resilience.Unaffected {
				all[e.Resource] = append(all[e.Resource], struck{e, loss.Domain})
			}
		}
	}
	for _, domain := range resilience.Domains(g) {
		if !slices.Contains(kinds, domain.Kind) {
			continue
		}
		loss, err := resilience.Affected(g, domain)
		if err != nil {
			continue // it is one of the graph's own
		}
		add(loss)
	}
	if slices.Contains(kinds, resilience.Zone) {
		add(resilience.Nameless(g))
	}
	return all
}

// judged are the types whose own place in zones other rules judge.
var judged = []string{
	group, nodeGroup, loadBalancer, classicBalancer, cluster, database, dbCluster, documentCluster, graphCluster, dbProxy,
	cacheGroup, cacheCluster, memoryCluster, lambda.Function, service, searchDomain, kafkaCluster, broker, warehouse, fileSystem,
	"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet",
}

func azLossSurvivable() *rule.Rule {
	return &rule.Rule{
		ID: "az-loss-survivable", Title: "Nothing is lost with a zone", Severity: rule.High, Category: rule.Redundancy,
		Why: "What is spread over zones itself is lost all the same if everything behind it, or one thing that it needs, is in one of them. This is asked about the types that are known to serve or to store something.",
		Fix: "spread what is lost first over zones, or give it a standby in another one",
		// What is lost by its own place in a zone is left to the rule about that place.
		Types: resilience.Types(), Lenient: true,
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			var verdicts []rule.Verdict
			for _, s := range rule.Derived(g, zoneLossesOf)[r] {
				switch {
				case s.State != resilience.Degraded && s.Cause == r && slices.Contains(judged, r.Type):
					if s.Besides.Outcome == rule.Unknown {
						verdicts = append(verdicts, rule.Undecided("loss of "+s.by.Title()+": "+s.Besides.Property, s.Besides.Why))
					}
				case s.State == resilience.Lost && s.Cause == r:
					verdicts = append(verdicts, rule.Failed("is lost with "+s.by.Name, "put it, or a second one, into another zone"))
				case s.State == resilience.Lost:
					verdicts = append(verdicts, rule.Failed("is lost with "+s.by.Name+", since "+s.Because, "let "+s.Cause.Name+" survive the loss of a zone"))
				case s.State == resilience.Unknown && r.Type != distribution: // which answers from its caches at worst
					verdicts = append(verdicts, rule.Undecided("loss of "+s.by.Title()+": "+s.Because, s.Missing.Why))
				default:
					verdicts = append(verdicts, rule.Passed())
				}
			}
			return rule.All(verdicts...)
		},
	}
}

// objective is what a tier allows a failure to cost.
type objective struct{ rto, rpo time.Duration }

func rtoRpoMet() *rule.Rule {
	format := "Minutes away and minutes of data lost that %s allows, for each kind of failure: node, zone, region, nat, key."
	tier := func(n, allows string) rule.Setting {
		return rule.Setting{Name: "tier" + n, Help: fmt.Sprintf(format, "tier "+n), Development: allows, Production: allows}
	}
	return &rule.Rule{
		ID: "rto-rpo-met", Title: "Failures cost no more time and data than the tier allows", Severity: rule.High, Category: rule.Redundancy,
		Why: "A promise that nobody has computed is broken on the day that it is needed.",
		Fix: "a standby, a replica or a copy that is ready in time; or a tier that allows what there is",
		Settings: []rule.Setting{
			{Name: "tag", Help: "The tag, or the label in Kubernetes, that declares a tier: 0 to 3.", Development: "tier", Production: "tier"},
			tier("0", "node 5/1, zone 5/1, region 60/15"), tier("1", "node 15/5, zone 60/15, region 240/60"),
			tier("2", "node 60/60, zone 240/60, region 1440/1440"), tier("3", "node 1440/1440, zone 1440/1440"),
		},
		Types: resilience.Types(), Lenient: true,
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			tier, unsure := declared(r, s.Text("tag"))
			name := "tier" + tier
			if tier == "" || s.Text(name) == "" {
				return unsure
			}
			allowed, problem := objectives(s.Text(name))
			if problem != "" {
				return rule.Failed("setting "+name+" has "+strconv.Quote(problem), `write it like "zone 5/1, region 60/15"`)
			}
			verdicts := []rule.Verdict{rule.Passed()}
			for _, loss := range breaking(rule.Derived(g, lossesOf)[r], allowed, tier) {
				verdicts = append(verdicts, loss.Verdict)
			}
			return rule.All(verdicts...)
		},
	}
}

// declared is the tier that a resource is tagged with; empty if it is not. The verdict is
// Unknown if that is not known.
func declared(r *rule.Resource, tag string) (string, rule.Verdict) {
	if label := r.Get("metadata.labels").Field(tag); strings.HasPrefix(r.Type, "kubernetes:") {
		text, _ := label.Text()
		if label.IsUnknown() {
			return "", rule.NotKnown(label)
		}
		return text, rule.Verdict{}
	}
	for _, listed := range r.Select("tags[]") { // of an autoscaling group
		key := listed.Get("key")
		if key.IsUnknown() {
			return "", rule.NotKnown(key)
		}
		if rule.Is(tag)(key) {
			text, known := listed.Get("value").Text()
			if !known {
				return "", rule.NotKnown(listed.Get("value"))
			}
			return text, rule.Verdict{}
		}
	}
	value, _, unsure := tags.Of(r).Value(tag)
	return value, unsure
}

// objectives reads what a tier allows, such as "zone 5/1, region 60/15". The problem is the
// part that cannot be read.
func objectives(text string) (allowed map[resilience.Kind]objective, problem string) {
	allowed = map[resilience.Kind]objective{}
	for _, part := range strings.Split(text, ",") {
		kind, minutes, _ := strings.Cut(strings.TrimSpace(part), " ")
		away, data, _ := strings.Cut(strings.TrimSpace(minutes), "/")
		rto, noTime := strconv.Atoi(away)
		rpo, noData := strconv.Atoi(data)
		_, noKind := resilience.ParseDomain(kind + ":any")
		if noTime != nil || noData != nil || noKind != nil || rto < 0 || rpo < 0 {
			return nil, strings.TrimSpace(part)
		}
		allowed[resilience.Kind(kind)] = objective{time.Duration(rto) * time.Minute, time.Duration(rpo) * time.Minute}
	}
	return allowed, ""
}

// breach is a loss that costs more than is wanted, or may.
type breach struct {
	struck
	rule.Verdict
}

// breaking are the losses that break an objective: of each kind the one that is away longest
// of those that do for certain, and of those that may.
func breaking(all []struck, allowed map[resilience.Kind]objective, tier string) []breach {
	var result []breach
	for _, s := range all {
		want, limited := allowed[s.by.Kind]
		v := s.within(want, tier)
		if !limited || v.Outcome == rule.Pass {
			continue
		}
		at := slices.IndexFunc(result, func(have breach) bool { return have.by.Kind == s.by.Kind && have.Outcome == v.Outcome })
		switch {
		case at < 0:
			result = append(result, breach{s, v})
		case s.Recovery.Rto > result[at].Recovery.Rto, s.Recovery.Rto == result[at].Recovery.Rto && s.Recovery.Rpo > result[at].Recovery.Rpo:
			result[at] = breach{s, v}
		}
	}
	return result
}

// within is whether a loss costs no more than is wanted. What is not known costs its worst.
func (s struck) within(want objective, tier string) rule.Verdict {
	r := s.Recovery
	switch {
	case r.Rto <= want.rto && r.Rpo <= want.rpo:
		return rule.Passed()
	case s.State == resilience.Unknown:
		return rule.Undecided("loss of "+s.by.Title()+": "+s.Because, s.Missing.Why)
	case r.Missing.Outcome == rule.Unknown:
		return r.Missing
	}
	by := r.By
	if r.Rto == resilience.Never {
		by = "only by " + by
	}
	problem := fmt.Sprintf("after the loss of %s it %s; tier %s allows %s and %s of data (%s", s.by.Title(), cost(r), tier,
		resilience.Words(want.rto), resilience.Words(want.rpo), strings.Join(append([]string{by}, r.Assumptions...), "; "))
	return rule.Failed(problem+")", fmt.Sprintf("let it be back within %s and lose at most %s of data, or declare a tier that allows more",
		resilience.Words(want.rto), resilience.Words(want.rpo)))
}

// cost is what a recovery costs, in words.
func cost(r *resilience.Recovery) string {
	back, data := "is back in "+resilience.Words(r.Rto), "loses "+resilience.Words(r.Rpo)+" of data"
	if r.Rto == resilience.Never {
		back = "does not come back"
	}
	switch r.Rpo {
	case 0:
		data = "loses no data"
	case resilience.Never:
		data = "loses its data"
	}
	return back + " and " + data
}
