package rehearsal

import (
	"cmp"
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

// ReadEvents reads the events of an operation that somebody else has run, as the CLI writes
// them with --event-log. The log must have its end: what is missing could be anything.
func ReadEvents(name string, log io.Reader) (Phase, error) {
	p := Phase{Name: name}
	var failed error
	var result apitype.OperationResult
	summed, ended := false, false
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
			if event.SummaryEvent != nil {
				summed, result = true, event.SummaryEvent.Result
			}
			ended = ended || event.CancelEvent != nil // the last event, also where nothing was cancelled
			if !yield(event) {
				return
			}
		}
	})
	if failed == nil && !summed && !ended {
		failed = errors.New("the event log ends too early; wait until pulumi is through, and keep all that it writes")
	}
	p.Error = p.Failure()
	switch {
	case p.Error != "":
	case result == apitype.OperationResultCanceled:
		p.Error = "it was cancelled before its end"
	case result == apitype.OperationResultFailed:
		p.Error = "the engine says no reason"
	case !summed:
		p.Error = "it did not begin, and the engine says no reason"
	}
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
			p.belongs(event.ResourcePreEvent.Metadata.URN)
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
	p.leftovers(deleted)
	for _, found := range policies {
		for i := range found.Findings {
			found.Findings[i].Component = Topmost(found.Findings[i].URN, parents)
		}
		slices.SortStableFunc(found.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.URN, b.URN), cmp.Compare(a.Message, b.Message))
		})
		slices.SortStableFunc(found.Remedies, func(a, b Remedy) int { return cmp.Compare(a.URN, b.URN) })
		p.Policies = append(p.Policies, *found)
	}
	slices.SortFunc(p.Policies, func(a, b Policy) int { return cmp.Or(cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Name, b.Name)) })
}

// belongs takes note of the stack that a resource is of.
func (p *Phase) belongs(urn string) {
	if u := resource.URN(urn); p.Stack == "" && u.IsValid() {
		p.Project, p.Stack = string(u.Project()), string(u.Stack())
	}
}

// leftovers are steps for what is deleted as the old part of a replacement that this
// operation does not make: an earlier one has, and failed to delete it.
func (p *Phase) leftovers(deleted map[string]bool) {
	for _, s := range p.Steps {
		if s.Op == string(apitype.OpReplace) {
			delete(deleted, s.URN)
		}
	}
	for _, urn := range slices.Sorted(maps.Keys(deleted)) {
		p.Steps = append(p.Steps, Step{Op: string(apitype.OpDelete), URN: urn, Leftover: true})
	}
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

// Topmost is the topmost of the parents of a resource, by their URNs; it is empty if there are
// none.
func Topmost(urn string, parents map[string]string) (top string) {
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
		apitype.OpCreateReplacement, apitype.OpImportReplacement, apitype.OpDiscardReplaced, apitype.OpReadReplacement,
		apitype.OpRemovePendingReplace:
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
