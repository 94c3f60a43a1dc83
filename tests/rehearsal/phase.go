package rehearsal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Phase is what one operation on the stack did.
type Phase struct {
	// Name is "preview", "up", "second up", "refresh", "protection", "destroy", or what
	// Named says.
	Name string `json:"name"`
	// Seconds is how long the CLI took.
	Seconds float64 `json:"seconds"`
	// Changes counts resources by the engine's operation: create, update, replace,
	// delete, same and so on.
	Changes map[string]int `json:"changes"`
	// Resources is the sum of Changes.
	Resources int `json:"resources"`
	// Steps are the resources that are not left as they are, in the engine's order.
	Steps []Step `json:"steps,omitempty"`
	// Policies are the verdicts of the policy packs.
	Policies []Policy `json:"policies,omitempty"`
	// Diagnostics are the engine's warnings and errors.
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	// Protected are the URNs that the engine refused to destroy ("protection"), or whose
	// protection was lifted in the rehearsal's own state ("destroy").
	Protected []string `json:"protected,omitempty"`
	// Error is why the phase failed, or empty.
	Error string `json:"error,omitempty"`
}

// Step is what happens to one resource.
type Step struct {
	// Op is the engine's operation, such as "update".
	Op string `json:"op"`
	// URN is the resource.
	URN string `json:"urn"`
	// Properties are the paths that differ, if the engine says.
	Properties []string `json:"properties,omitempty"`
	// DeleteFirst says that a replacement deletes the old resource before it makes the new.
	DeleteFirst bool `json:"deleteFirst,omitempty"`
}

// Diagnostic is a message of the engine, a provider or the program.
type Diagnostic struct {
	// Severity is "warning" or "error".
	Severity string `json:"severity"`
	// URN is the resource it is about, or empty.
	URN string `json:"urn,omitempty"`
	// Message is plain text.
	Message string `json:"message"`
}

// Policy is one policy's verdict on the whole stack.
type Policy struct {
	// Pack and Name say which.
	Pack string `json:"pack"`
	Name string `json:"name"`
	// Passed is on how many resources it found nothing, or 1 for the stack as a whole.
	Passed int `json:"passed"`
	// Findings are what it found.
	Findings []Finding `json:"findings,omitempty"`
	// Remedies are what it has set right itself.
	Remedies []Remedy `json:"remedies,omitempty"`
}

// Remedy is what a policy has changed in the inputs of a resource.
type Remedy struct {
	// URN is the resource.
	URN string `json:"urn,omitempty"`
	// Properties are the names of its properties that are no longer what the program says.
	// Their values are not kept: they may be secret.
	Properties []string `json:"properties"`
}

// Count is how many findings are mandatory, and how many are not.
func (p Policy) Count() (mandatory, advisory int) {
	for _, f := range p.Findings {
		if f.Mandatory {
			mandatory++
		} else {
			advisory++
		}
	}
	return mandatory, advisory
}

// Finding is one violation of a policy.
type Finding struct {
	// Mandatory says that it fails the phase.
	Mandatory bool `json:"mandatory"`
	// Severity is "low", "medium", "high", "critical" or empty.
	Severity string `json:"severity,omitempty"`
	// URN is the resource.
	URN string `json:"urn,omitempty"`
	// Component is the URN of the topmost component that the resource is a part of, or
	// empty.
	Component string `json:"component,omitempty"`
	// Message is plain text.
	Message string `json:"message"`
}

// Name is a resource's logical name and type, for people.
func Name(urn string) string {
	u := resource.URN(urn)
	if !u.IsValid() {
		return urn
	}
	return fmt.Sprintf("%s (%s)", u.Name(), u.Type())
}

// ReadEvents reads the events of an operation that somebody else has run, as the CLI writes
// them with --event-log.
func ReadEvents(name string, log io.Reader) (Phase, error) {
	p := Phase{Name: name}
	var failed error
	decoder := json.NewDecoder(log)
	p.read(func(yield func(apitype.EngineEvent) bool) {
		for n := 1; ; n++ {
			var event apitype.EngineEvent
			if err := decoder.Decode(&event); err != nil {
				if !errors.Is(err, io.EOF) {
					failed = fmt.Errorf("read the event log: event %d: %w", n, err)
				}
				return
			}
			if event == (apitype.EngineEvent{}) {
				failed = errors.New("this is no event log; `pulumi preview --event-log` writes one, with PULUMI_DEBUG_COMMANDS=true")
				return
			}
			if !yield(event) {
				return
			}
		}
	})
	p.Error = strings.TrimPrefix(p.reason(), p.Name+": ")
	return p, failed
}

// read turns the engine's events into the phase.
func (p *Phase) read(list iter.Seq[apitype.EngineEvent]) {
	p.Changes = map[string]int{}
	policies := map[[2]string]*Policy{}
	policy := func(pack, name string) *Policy {
		key := [2]string{pack, name}
		if policies[key] == nil {
			policies[key] = &Policy{Pack: pack, Name: name}
		}
		return policies[key]
	}
	passed := func(pack string, names []string) {
		for _, name := range names {
			policy(pack, name).Passed++
		}
	}
	seen, deleted := map[string]bool{}, map[string]bool{}
	parents := map[string]string{}
	for event := range list {
		switch {
		case event.SummaryEvent != nil:
			for op, n := range event.SummaryEvent.ResourceChanges {
				if n > 0 {
					p.Changes[string(op)] += n
				}
			}
		case event.ResourcePreEvent != nil:
			p.step(event.ResourcePreEvent.Metadata, seen, deleted)
			adopt(event.ResourcePreEvent.Metadata, parents)
		case event.ResOutputsEvent != nil:
			p.step(event.ResOutputsEvent.Metadata, seen, deleted)
			adopt(event.ResOutputsEvent.Metadata, parents)
		case event.DiagnosticEvent != nil:
			p.diagnostic(*event.DiagnosticEvent)
		case event.PolicyEvent != nil:
			e := event.PolicyEvent
			found := policy(e.PolicyPackName, e.PolicyName)
			found.Findings = append(found.Findings, Finding{
				Mandatory: e.EnforcementLevel == string(apitype.Mandatory) || e.EnforcementLevel == string(apitype.Remediate),
				Severity:  e.Severity, URN: e.ResourceURN, Message: plain(e.Message),
			})
		case event.PolicyRemediationEvent != nil:
			e := event.PolicyRemediationEvent
			by := policy(e.PolicyPackName, e.PolicyName)
			by.Remedies = append(by.Remedies, Remedy{URN: e.ResourceURN, Properties: changed(e.Before, e.After)})
		case event.PolicyAnalyzeSummaryEvent != nil:
			passed(event.PolicyAnalyzeSummaryEvent.PolicyPackName, event.PolicyAnalyzeSummaryEvent.Passed)
		case event.PolicyAnalyzeStackSummaryEvent != nil:
			passed(event.PolicyAnalyzeStackSummaryEvent.PolicyPackName, event.PolicyAnalyzeStackSummaryEvent.Passed)
		}
	}
	for _, n := range p.Changes {
		p.Resources += n
	}
	for _, found := range policies {
		for i := range found.Findings {
			found.Findings[i].Component = component(found.Findings[i].URN, parents)
		}
		slices.SortStableFunc(found.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.URN, b.URN), cmp.Compare(a.Message, b.Message))
		})
		slices.SortStableFunc(found.Remedies, func(a, b Remedy) int { return cmp.Compare(a.URN, b.URN) })
		p.Policies = append(p.Policies, *found)
	}
	slices.SortFunc(p.Policies, func(a, b Policy) int { return cmp.Or(cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Name, b.Name)) })
}

// changed are the names of what is in one of two objects and not as it is in the other.
func changed(before, after map[string]any) []string {
	names := []string{}
	for name, value := range after {
		if was, had := before[name]; !had || !reflect.DeepEqual(was, value) {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, has := after[name]; !has {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "__") }) // the provider's own bookkeeping
	slices.Sort(names)
	return names
}

// adopt takes note of a resource's parent, unless that is the stack.
func adopt(meta apitype.StepEventMetadata, parents map[string]string) {
	for _, state := range []*apitype.StepEventStateMetadata{meta.Old, meta.New} {
		if state != nil && resource.URN(state.Parent).IsValid() && resource.URN(state.Parent).QualifiedType() != resource.RootStackType {
			parents[state.URN] = state.Parent
		}
	}
}

// component is the topmost of the parents of a resource.
func component(urn string, parents map[string]string) (top string) {
	for range len(parents) { // a state in which parents go in circles ends here
		if parents[urn] == "" {
			break
		}
		urn = parents[urn]
		top = urn
	}
	return top
}

// A refresh knows what changed only when it is through with a resource, other operations
// when they begin. A replacement has several steps; the one that says so counts.
func (p *Phase) step(meta apitype.StepEventMetadata, seen, deleted map[string]bool) {
	switch meta.Op {
	case apitype.OpDeleteReplaced:
		deleted[meta.URN] = true
		return
	case apitype.OpSame, apitype.OpRefresh, apitype.OpRead, apitype.OpReadDiscard,
		apitype.OpCreateReplacement, apitype.OpDiscardReplaced, apitype.OpReadReplacement:
		return
	}
	if seen[meta.URN] {
		return
	}
	seen[meta.URN] = true
	properties := slices.Sorted(maps.Keys(meta.DetailedDiff))
	if len(properties) == 0 {
		properties = slices.Sorted(slices.Values(meta.Diffs))
	}
	p.Steps = append(p.Steps, Step{Op: string(meta.Op), URN: meta.URN, Properties: properties, DeleteFirst: deleted[meta.URN]})
}

func (p *Phase) diagnostic(e apitype.DiagnosticEvent) {
	message := plain(e.Message)
	if e.Ephemeral || message == "" || (e.Severity != "warning" && e.Severity != "error") {
		return
	}
	p.Diagnostics = append(p.Diagnostics, Diagnostic{Severity: e.Severity, URN: e.URN, Message: message})
}

func plain(text string) string { return strings.TrimSpace(colors.Never.Colorize(text)) }

// steps are the phase's steps in a few lines.
func (p Phase) steps() string {
	lines := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		lines[i] = fmt.Sprintf("  %s %s", s.Op, Name(s.URN))
		if len(s.Properties) > 0 {
			lines[i] += ": " + strings.Join(s.Properties, ", ")
		}
	}
	return shorten(lines)
}

func shorten(lines []string) string {
	const most = 20
	if len(lines) > most {
		lines = append(lines[:most:most], fmt.Sprintf("  and %d more", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}

// failure says why an operation failed, in one message: interrupted, or against a
// mandatory policy, or what the program and the engine say, or else what the CLI said
// last.
func (r *Rehearsal) failure(ctx context.Context, what string, p *Phase, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: interrupted: %w", what, ctx.Err())
	}
	if p != nil {
		lines, program := p.errors(false), r.failed.Load()
		switch refused := len(p.mandatory()) > 0; {
		case !refused && program != nil && len(lines) > 0:
			return fmt.Errorf("%s failed:\n%s\n%w", what, shorten(lines), *program)
		case !refused && program != nil:
			return fmt.Errorf("%s failed: %w", what, *program)
		}
		if reason := p.reason(); reason != "" {
			return errors.New(reason)
		}
	}
	text := strings.TrimSpace(strings.ReplaceAll(plain(r.command.stderr), "error: ", ""))
	if text != "" && strings.Contains(err.Error(), r.command.stderr) {
		return fmt.Errorf("%s failed: %s", what, text)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s failed: %s", what, first)
}

// reason says why a phase failed, by what the engine said of it; it is empty if that is
// nothing bad.
func (p Phase) reason() string {
	if lines := p.mandatory(); len(lines) > 0 {
		return fmt.Sprintf("%s: %s:\n%s", p.Name, plural(len(lines), "mandatory policy finding"), shorten(lines))
	}
	lines := p.errors(false)
	if len(lines) == 0 {
		lines = p.errors(true)
	}
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("%s failed:\n%s", p.Name, shorten(lines))
}

func (p Phase) mandatory() []string {
	var lines []string
	for _, policy := range p.Policies {
		for _, f := range policy.Findings {
			if f.Mandatory {
				lines = append(lines, fmt.Sprintf("  %s: %s: %s", policy.Name, Name(f.URN), indent(f.Message)))
			}
		}
	}
	return lines
}

// errors are the error diagnostics of resources, or those of the stack itself, where the
// engine also sums up what failed elsewhere.
func (p Phase) errors(ofStack bool) []string {
	var lines []string
	for _, d := range p.Diagnostics {
		isStack := d.URN == "" || resource.URN(d.URN).QualifiedType() == resource.RootStackType
		if d.Severity != "error" || isStack != ofStack || strings.HasSuffix(d.Message, context.Canceled.Error()) {
			continue // what was cut off because something else failed is no reason
		}
		line := "  " + indent(strings.TrimPrefix(d.Message, "an unhandled error occurred: "))
		if !isStack {
			line = "  " + Name(d.URN) + ": " + indent(d.Message)
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func indent(message string) string { return strings.ReplaceAll(message, "\n", "\n    ") }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// collector receives the engine's events. The Automation API closes the channel only if
// the CLI came as far as to open the stream.
type collector struct {
	channel    chan events.EngineEvent
	quit, done chan struct{}
	events     []apitype.EngineEvent
}

func collect() *collector {
	c := &collector{channel: make(chan events.EngineEvent), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		for {
			select {
			case event, ok := <-c.channel:
				if !ok {
					return
				}
				if event.Error == nil {
					c.events = append(c.events, event.EngineEvent)
				}
			case <-c.quit:
				return
			}
		}
	}()
	return c
}

// stop is called when no more events can come.
func (c *collector) stop() []apitype.EngineEvent {
	close(c.quit)
	<-c.done
	return c.events
}
