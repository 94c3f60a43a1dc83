package report

import (
	"encoding/json"
	"io"
	"maps"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// documentVersion changes when a reader of the document would have to.
const documentVersion = 1

// The document that JSON writes. Lists are never null; what may be is said: what is null is
// not known.
type (
	jsonReport struct {
		Version int `json:"version"`
		// Base is what the change is compared with, empty if it is what is deployed.
		Base string `json:"base"`
		// Verdict is that of the worst stack.
		Verdict jsonVerdict `json:"verdict"`
		// Prices are the days of the oldest and the newest source of prices.
		Prices jsonPrices  `json:"prices"`
		Stacks []jsonStack `json:"stacks"`
	}
	jsonVerdict struct {
		// Stack is the name of the stack that it is about, only in that of the whole.
		Stack string `json:"stack,omitempty"`
		// Level is "dangerous", "needs a look" or "safe".
		Level  Level  `json:"level"`
		Reason string `json:"reason"`
	}
	jsonPrices struct {
		Oldest string `json:"oldest"`
		Newest string `json:"newest"`
	}
	jsonStack struct {
		// Name is the stack's, with the project's before it if another stack has the same.
		Name    string      `json:"name"`
		Project string      `json:"project"`
		Stack   string      `json:"stack"`
		Verdict jsonVerdict `json:"verdict"`
		// Partial says that the preview stopped on its way: what there is here is not all.
		Partial bool `json:"partial"`
		// Refused says that mandatory findings keep the engine from deploying it.
		Refused bool `json:"refused"`
		// Counts are of resources of providers, by operation; null if it is partial.
		Counts map[change.Op]int `json:"counts"`
		// Resources are those to which something happens, components and providers too.
		Resources []jsonResource `json:"resources"`
		// Dangers and exposures are sorted, the worst first.
		Dangers   []jsonDanger   `json:"dangers"`
		Exposures []jsonExposure `json:"exposures"`
		Policies  jsonPolicies   `json:"policies"`
		// Cost and Deploy are null if the stack is partial.
		Cost   *jsonCost   `json:"cost"`
		Deploy *jsonDeploy `json:"deploy"`
		// Notes are what to know of how this was found out.
		Notes       []string         `json:"notes"`
		Diagnostics []jsonDiagnostic `json:"diagnostics"`
		// Error is why the preview stopped, empty if it did not.
		Error string `json:"error"`
	}
	jsonResource struct {
		URN  string `json:"urn"`
		Name string `json:"name"`
		Type string `json:"type"`
		// Component is the URN of the topmost component that it is a part of, or empty.
		Component string `json:"component"`
		// Custom resources are those of a provider; others are components.
		Custom      bool      `json:"custom"`
		Op          change.Op `json:"op"`
		DeleteFirst bool      `json:"deleteFirst"`
		// Forced are the properties that force a replacement.
		Forced     []string        `json:"forced"`
		Properties []diff.Property `json:"properties"`
	}
	jsonDanger struct {
		URN string `json:"urn"`
		// Kind is "loss", "outage", "guard", "restart" or "rollout".
		Kind    danger.Kind `json:"kind"`
		What    string      `json:"what"`
		Because []string    `json:"because"`
		Keeps   []string    `json:"keeps"`
		Stops   []string    `json:"stops"`
		// Seconds are how long it is away, 0 if it is not or not known.
		Seconds     float64 `json:"seconds"`
		LowSeconds  float64 `json:"lowSeconds"`
		HighSeconds float64 `json:"highSeconds"`
		Grade       string  `json:"grade"`
		Instead     string  `json:"instead"`
	}
	jsonExposure struct {
		URN string `json:"urn"`
		// Kind is "network", "endpoint", "permission" or "trust".
		Kind     exposure.Kind `json:"kind"`
		What     string        `json:"what"`
		Was      string        `json:"was"`
		Property string        `json:"property"`
		Wide     bool          `json:"wide"`
		Unknown  bool          `json:"unknown"`
	}
	jsonPolicies struct {
		// Asked is false if no policy was; Partial says that not all have spoken; Compared is
		// false if it is not known what they found before.
		Asked    bool          `json:"asked"`
		Partial  bool          `json:"partial"`
		Compared bool          `json:"compared"`
		New      []jsonFinding `json:"new"`
		Standing []jsonFinding `json:"standing"`
		Gone     []jsonFinding `json:"gone"`
		// Undecided are what packs say that they cannot know before the deploy.
		Undecided []jsonFinding `json:"undecided"`
	}
	jsonFinding struct {
		Pack      string `json:"pack"`
		Policy    string `json:"policy"`
		Mandatory bool   `json:"mandatory"`
		Severity  string `json:"severity"`
		URN       string `json:"urn"`
		Component string `json:"component"`
		Message   string `json:"message"`
	}
	// Costs are in USD a month.
	jsonCost struct {
		Before jsonBill `json:"before"`
		After  jsonBill `json:"after"`
		// Lines are the resources whose cost changes, the greatest difference first.
		Lines []jsonCostLine `json:"lines"`
		// Assumptions are by name, those of both bills.
		Assumptions map[string]jsonAssumption `json:"assumptions"`
		// NotPriced is what has no price after the change.
		NotPriced []jsonNotPriced `json:"notPriced"`
	}
	jsonBill struct {
		USD float64 `json:"usd"`
		// AtLeast is whether something is not priced, so that it costs more than the sum.
		AtLeast bool `json:"atLeast"`
		// MostUSD is the sum with everything that scales at its upper limit.
		MostUSD float64 `json:"mostUsd"`
	}
	jsonCostLine struct {
		URN    string  `json:"urn"`
		Before float64 `json:"before"`
		After  float64 `json:"after"`
	}
	jsonAssumption struct {
		Is      float64 `json:"is,omitempty"`
		Machine string  `json:"machine,omitempty"`
		Unit    string  `json:"unit,omitempty"`
		Why     string  `json:"why"`
	}
	jsonNotPriced struct {
		Type string   `json:"type"`
		Why  string   `json:"why"`
		URNs []string `json:"urns"`
	}
	jsonDeploy struct {
		// This is the deploy of the change, Before and After those of the whole stack from
		// nothing; null if there is no such stack.
		This   jsonTime  `json:"this"`
		Before *jsonTime `json:"before"`
		After  *jsonTime `json:"after"`
	}
	jsonTime struct {
		Seconds     float64 `json:"seconds"`
		LowSeconds  float64 `json:"lowSeconds"`
		HighSeconds float64 `json:"highSeconds"`
		// CriticalPath are the operations that make it take so long, in their order.
		CriticalPath []jsonOperation `json:"criticalPath"`
	}
	jsonOperation struct {
		URN     string      `json:"urn"`
		Op      timeline.Op `json:"op"`
		Seconds float64     `json:"seconds"`
	}
	jsonDiagnostic struct {
		Severity string `json:"severity"`
		URN      string `json:"urn"`
		Message  string `json:"message"`
	}
)

// JSON writes the report for scripts and agents.
func (r *Report) JSON(w io.Writer) error {
	stack, verdict := r.Verdict()
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(jsonReport{
		Version: documentVersion, Base: r.Base, Verdict: jsonVerdict{stack, verdict.Level, verdict.Reason},
		Prices: jsonPrices{r.Oldest, r.Newest}, Stacks: jsonEach(r.Stacks, (*Stack).document),
	})
}

func (s *Stack) document() jsonStack {
	d := jsonStack{
		Name: s.Name, Project: s.Change.Project, Stack: s.Change.Stack, Verdict: jsonVerdict{"", s.Verdict.Level, s.Verdict.Reason},
		Resources: []jsonResource{}, Policies: s.Policies.document(), Refused: s.Refused(), Error: s.Failed(), Notes: jsonList(s.Notes),
	}
	if d.Partial = d.Error != ""; !d.Partial {
		d.Counts, d.Cost = map[change.Op]int{}, s.Cost.document()
		maps.Copy(d.Counts, s.Counts)
		d.Deploy = &jsonDeploy{*timeDocument(&s.Deploy.This), timeDocument(s.Deploy.Before), timeDocument(s.Deploy.After)}
	}
	for _, r := range s.Change.Resources {
		if r.Changed() {
			d.Resources = append(d.Resources, jsonResource{
				URN: r.URN, Name: r.Name, Type: r.Type, Component: r.Component, Custom: r.Custom, Op: r.Op, DeleteFirst: r.DeleteFirst,
				Forced: jsonList(r.Forced), Properties: jsonList(r.Properties),
			})
		}
	}
	d.Dangers = jsonEach(s.Dangers, func(d danger.Danger) jsonDanger {
		return jsonDanger{
			URN: d.Resource.URN, Kind: d.Kind, What: d.What, Because: jsonList(d.Because), Keeps: jsonList(d.Keeps), Stops: jsonList(d.Stops),
			Seconds: d.Usual.Seconds(), LowSeconds: d.Low.Seconds(), HighSeconds: d.High.Seconds(), Grade: d.Grade, Instead: d.Instead,
		}
	})
	d.Exposures = jsonEach(s.Exposures, func(e exposure.Exposure) jsonExposure {
		return jsonExposure{e.Resource.URN, e.Kind, e.What, e.Was, e.Property, e.Wide, e.Unknown}
	})
	d.Diagnostics = jsonEach(s.Change.Phase.Diagnostics, func(d rehearsal.Diagnostic) jsonDiagnostic { return jsonDiagnostic(d) })
	return d
}

func (p Policies) document() jsonPolicies {
	finding := func(f Finding) jsonFinding {
		return jsonFinding{f.Pack, f.Policy, f.Mandatory, f.Severity, f.URN, f.Component, f.Message}
	}
	return jsonPolicies{
		p.Asked, p.Partial, p.Compared,
		jsonEach(p.New, finding), jsonEach(p.Standing, finding), jsonEach(p.Gone, finding), jsonEach(p.Undecided, finding),
	}
}

func (c Cost) document() *jsonCost {
	bill := func(b cost.Bill) jsonBill { return jsonBill{b.USD(), len(b.NotPriced) > 0, b.MostUSD()} }
	d := &jsonCost{
		Before: bill(c.Before), After: bill(c.After), Assumptions: map[string]jsonAssumption{},
		Lines: jsonEach(c.Lines, func(l CostLine) jsonCostLine { return jsonCostLine{l.URN, l.Before, l.After} }),
		NotPriced: jsonEach(c.After.NotPriced, func(g cost.Group) jsonNotPriced {
			d := jsonNotPriced{Type: g.Type, Why: g.Why, URNs: []string{}}
			for _, r := range g.Resources {
				d.URNs = append(d.URNs, r.URN)
			}
			return d
		}),
	}
	for _, b := range []cost.Bill{c.Before, c.After} {
		for name, a := range b.Assumed {
			d.Assumptions[name] = jsonAssumption(a)
		}
	}
	return d
}

func timeDocument(r *timeline.Result) *jsonTime {
	if r == nil {
		return nil
	}
	return &jsonTime{r.Seconds, r.Low, r.High, jsonEach(r.CriticalPath, func(b timeline.Bar) jsonOperation {
		return jsonOperation{string(b.URN), b.Op, b.Seconds}
	})}
}

// jsonList keeps a list without elements from becoming null.
func jsonList[T any](list []T) []T { return append([]T{}, list...) }

func jsonEach[T, D any](list []T, document func(T) D) []D {
	documents := make([]D, len(list))
	for i, item := range list {
		documents[i] = document(item)
	}
	return documents
}
