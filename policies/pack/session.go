package pack

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/plinth-iac/plinth/policies/rule"
)

// session is one preview or update of one stack: what holds for it and what has been
// seen of it.
type session struct {
	options Options
	profile rule.Profile
	// relaxed says, with the fix, that this is not what the stack is declared to be.
	relaxed string
	// stackConfig is the value of ConfigKey.
	stackConfig string
	dryRun      bool
	policies    map[string]*policy
	// elsewhere are the ids of the policies of other packs.
	elsewhere map[string]bool
	// sorted is the policies by id.
	sorted []*policy
	// checks are the policies with Check, by the type of resource.
	checks map[string][]*policy
	// exemptionsFile is the path that the stack config or the environment gives.
	exemptionsFile string

	// seen is the inputs that Analyze has shown, by URN.
	seen map[string]*rule.Resource
	// undecided is what could not be known so far.
	undecided  []undecided
	exemptions []*exemption
	// notConcerned caches the policies that a type of resource does not concern.
	notConcerned map[string][]*pulumirpc.PolicyNotApplicable
}

// undecided is a finding that could not be made.
type undecided struct {
	rule.Finding
	// blocks is set at a preview when the update will know no more, and fail.
	blocks bool
}

// newSession starts a session. Without a stack config, as when an exported state is
// analysed, the values are what they are: it is no dry run.
func newSession(o Options, config map[string]string, dryRun bool) (*session, error) {
	profile, relaxed, err := profileOf(config, o.Getenv)
	if err != nil {
		return nil, err
	}
	s := &session{
		options: o, relaxed: relaxed, stackConfig: config[ConfigKey], dryRun: dryRun, elsewhere: map[string]bool{},
		exemptionsFile: firstOf(config[ExemptionsKey], o.Getenv(ExemptionsEnv)), seen: map[string]*rule.Resource{},
	}
	if err := s.judgeBy(profile); err != nil {
		return nil, err
	}
	s.loadExemptions()
	return s, nil
}

// judgeBy takes the policies as the profile and the stack config have them.
func (s *session) judgeBy(profile rule.Profile) error {
	judged := ownPolicies()
	for _, r := range s.options.Rules {
		if s.options.Pack.Has(r) {
			judged = append(judged, r)
		}
	}
	s.profile, s.policies = profile, policiesFor(judged, profile)
	for _, r := range slices.Concat(s.options.Rules, Rules()) {
		s.elsewhere[r.ID] = s.policies[r.ID] == nil
	}
	if err := s.applyStack(s.stackConfig); err != nil {
		return err
	}
	s.sorted, s.checks, s.notConcerned = nil, map[string][]*policy{}, map[string][]*pulumirpc.PolicyNotApplicable{}
	for _, id := range slices.Sorted(maps.Keys(s.policies)) {
		p := s.policies[id]
		s.sorted = append(s.sorted, p)
		if p.Check != nil {
			for _, t := range p.Types {
				s.checks[t] = append(s.checks[t], p)
			}
		}
	}
	return nil
}

// analyze judges one resource by its inputs, and remembers them for the end.
func (s *session) analyze(r *rule.Resource, token string) *pulumirpc.AnalyzeResponse {
	if !judged(token) {
		return &pulumirpc.AnalyzeResponse{NotApplicable: s.skipped("")}
	}
	s.seen[r.URN] = r
	answer := &answer{pack: s.options.Pack.Name, skipped: slices.Clip(s.skipped(r.Type))}
	for _, p := range s.checks[r.Type] {
		if p.level != rule.Disabled {
			answer.outcome(p, s.run(p, nil, r, answer))
		}
	}
	return answer.response()
}

// analyzeStack judges the graph, and closes the session with what is left to say.
func (s *session) analyzeStack(resources []*rule.Resource, root string) *pulumirpc.AnalyzeResponse {
	g := rule.NewGraph(resources)
	answer := &answer{pack: s.options.Pack.Name}
	for _, p := range s.sorted {
		if p.CheckGraph == nil || p.level == rule.Disabled {
			continue
		}
		best := rule.NotApplicable
		for _, r := range g.Of(p.Types...) {
			best = max(best, s.run(p, g, r, answer)) // what is not known for one resource has not passed
		}
		answer.outcome(p, best)
	}
	if own := s.policies[RelaxedProfile]; s.relaxed != "" {
		answer.add(own, own.level, root, s.relaxed+".")
	}
	s.reportExemptions(g, root, answer)
	s.reportUndecided(root, answer)
	answer.sort(componentsOf(resources))
	return answer.response()
}

// run asks one policy about one resource and reports what it finds.
func (s *session) run(p *policy, g *rule.Graph, r *rule.Resource, to *answer) rule.Outcome {
	f, err := rule.Run(p.Rule, g, r, p.settings)
	if err != nil {
		to.add(s.policies[InternalError], p.level, r.URN, oneLine(err.Error()))
		return rule.Fail
	}
	switch f.Outcome {
	case rule.Fail:
		s.report(p, f, to)
	case rule.Unknown:
		blocks := p.level >= rule.Mandatory && p.settings.Text("onUnknown") != "warn" &&
			s.policies[Undecided].settings.Text("onUnknown") != "warn"
		if s.dryRun || !blocks {
			exempt, faults := s.exempt(p, f)
			s.tell(faults, f, to)
			s.undecided = append(s.undecided, undecided{f, s.dryRun && blocks && exempt == nil && f.Why == rule.External})
			return rule.Unknown
		}
		f.Problem = fmt.Sprintf("cannot be decided: %s is %s", f.Property, f.Why)
		f.Fix = "make it known to this stack, exempt the resource, or set onUnknown of " + p.ID + " to warn"
		s.report(p, f, to)
		return rule.Fail
	}
	return f.Outcome
}

// report adds a failure, at the level that is left of the policy's when exemptions have
// had their say.
func (s *session) report(p *policy, f rule.Finding, to *answer) {
	level, message := p.level, f.Message()
	if f.AtMostAdvisory {
		level = rule.Advisory
	}
	exempt, faults := s.exempt(p, f)
	if exempt != nil {
		level, message = rule.Advisory, exempt.until(s.options.Now())+": "+message
	}
	to.add(p, level, f.Resource.URN, message)
	s.tell(faults, f, to)
}

// exempt is the first exemption that holds for a finding, if there is one, and what keeps
// those before it from holding. It takes note that they have been used.
func (s *session) exempt(p *policy, f rule.Finding) (holds *exemption, faults []string) {
	for _, e := range s.exemptions {
		if !e.covers(f) {
			continue
		}
		e.used = true
		why := s.faultOf(p, e)
		if why == "" {
			return e, faults
		}
		e.told = true
		faults = append(faults, e.name()+" does not hold: "+why)
	}
	return nil, faults
}

// tell reports what keeps exemptions from holding for a finding.
func (s *session) tell(faults []string, f rule.Finding, to *answer) {
	own := s.policies[Exemptions]
	for _, line := range faults {
		to.add(own, own.level, f.Resource.URN, line)
	}
}

// isExempt reports that an exemption holds for a finding, without taking note of it.
func (s *session) isExempt(p *policy, f rule.Finding) bool {
	return slices.ContainsFunc(s.exemptions, func(e *exemption) bool { return e.covers(f) && s.faultOf(p, e) == "" })
}

// faultOf says why an exemption does not hold for a policy, or nothing.
func (s *session) faultOf(p *policy, e *exemption) string {
	if e.lapsed == "" && p.Severity == rule.Critical && !slices.Contains(s.policies[Exemptions].settings.Texts("allowCritical"), p.ID) {
		return p.ID + " is critical, and not in allowCritical of " + Exemptions + " in the policy pack config"
	}
	return e.lapsed
}

// reportExemptions says which exemptions have no use.
func (s *session) reportExemptions(g *rule.Graph, root string, to *answer) {
	own := s.policies[Exemptions]
	for _, e := range s.exemptions {
		var line string
		switch {
		case e.index < 0:
			line = e.lapsed
		case e.told || e.used || e.elsewhere:
			continue
		case e.lapsed != "":
			line = e.name() + " does not hold: " + e.lapsed
		case !slices.ContainsFunc(g.All(), func(r *rule.Resource) bool { return rule.Matches(e.Resource, r.URN) }):
			line = e.name() + " matches no resource; remove it"
		default:
			line = e.name() + " is not needed: the policy does not fail there; remove it"
		}
		to.add(own, own.level, root, line)
	}
}

// mostNames is how many resources a line names before it only counts.
const mostNames = 5

// reportUndecided says in one line what could not be known, and why.
func (s *session) reportUndecided(root string, to *answer) {
	if len(s.undecided) == 0 {
		return
	}
	type cause struct{ policy, property, why string }
	where := map[cause][]string{}
	var causes []cause
	for _, f := range s.undecided {
		c := cause{f.Rule.ID, f.Property, f.Why}
		if f.blocks {
			c.why += ", so that the update will fail"
		}
		if where[c] == nil {
			causes = append(causes, c)
		}
		where[c] = append(where[c], f.Resource.Name)
	}
	sort.Slice(causes, func(i, j int) bool {
		a, b := causes[i], causes[j]
		return a.policy < b.policy || a.policy == b.policy && a.property+a.why < b.property+b.why
	})
	var parts []string
	for _, c := range causes {
		names := where[c]
		sort.Strings(names)
		if len(names) > mostNames {
			names = append(names[:mostNames:mostNames], fmt.Sprintf("and %d more", len(names)-mostNames))
		}
		parts = append(parts, fmt.Sprintf("%s on %s (%s: %s)", c.policy, strings.Join(names, ", "), c.property, c.why))
	}
	count := fmt.Sprintf("%d verdicts cannot be given: ", len(s.undecided))
	if len(s.undecided) == 1 {
		count = "1 verdict cannot be given: "
	}
	own := s.policies[Undecided]
	to.add(own, own.level, root, count+strings.Join(parts, "; "))
}

// skipped is the policies with Check that a type of resource does not concern.
func (s *session) skipped(token string) []*pulumirpc.PolicyNotApplicable {
	list, ok := s.notConcerned[token]
	if !ok {
		for _, p := range s.sorted {
			if p.Check != nil && !slices.Contains(p.Types, token) {
				list = append(list, &pulumirpc.PolicyNotApplicable{PolicyName: p.ID})
			}
		}
		s.notConcerned[token] = list
	}
	return list
}

// answer is the response to the engine while it is gathered.
type answer struct {
	pack        string
	diagnostics []*pulumirpc.AnalyzeDiagnostic
	skipped     []*pulumirpc.PolicyNotApplicable
}

func (a *answer) add(p *policy, level rule.Level, urn, message string) {
	if level == rule.Disabled {
		return
	}
	a.diagnostics = append(a.diagnostics, &pulumirpc.AnalyzeDiagnostic{
		PolicyName: p.ID, PolicyPackName: a.pack, PolicyPackVersion: Version, Description: p.Title, Message: message,
		EnforcementLevel: wireLevel(level), Urn: urn, Severity: wireSeverity(p.Severity),
	})
}

// outcome keeps the engine from counting as passed what was not applicable or not known.
func (a *answer) outcome(p *policy, o rule.Outcome) {
	switch o {
	case rule.NotApplicable:
		a.skipped = append(a.skipped, &pulumirpc.PolicyNotApplicable{PolicyName: p.ID})
	case rule.Unknown:
		a.skipped = append(a.skipped, &pulumirpc.PolicyNotApplicable{PolicyName: p.ID, Reason: "not known yet"})
	}
}

func (a *answer) response() *pulumirpc.AnalyzeResponse {
	return &pulumirpc.AnalyzeResponse{Diagnostics: a.diagnostics, NotApplicable: a.skipped}
}
