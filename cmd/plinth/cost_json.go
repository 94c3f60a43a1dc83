package main

import "github.com/plinth-iac/plinth/cmd/plinth/internal/cost"

// The document that --json prints.
type (
	costDocument struct {
		Currency string `json:"currency"`
		// Oldest and Newest are the days of the sources of prices.
		Oldest string              `json:"oldest"`
		Newest string              `json:"newest"`
		Stacks []stackCostDocument `json:"stacks"`
		// Error is why there is no estimate, or empty.
		Error string `json:"error,omitempty"`
	}
	stackCostDocument struct {
		// Stack is the stack's name, or the file that it was read from.
		Stack     string  `json:"stack"`
		Resources int     `json:"resources"`
		USD       float64 `json:"usd"`
		// AtLeast is whether something is not priced, so that it costs more than the sum.
		AtLeast bool `json:"atLeast"`
		// MostUSD is the sum with everything that scales at its upper limit.
		MostUSD     float64                       `json:"mostUsd"`
		Services    []serviceDocument             `json:"services"`
		Savings     []savingDocument              `json:"savings"`
		Lines       []costLineDocument            `json:"lines"`
		NotPriced   []groupDocument               `json:"notPriced"`
		Free        []groupDocument               `json:"free"`
		Assumptions map[string]assumptionDocument `json:"assumptions"`
	}
	serviceDocument struct {
		Service string  `json:"service"`
		USD     float64 `json:"usd"`
	}
	savingDocument struct {
		Change string  `json:"change"`
		Costs  string  `json:"costs"`
		USD    float64 `json:"usd"`
	}
	costLineDocument struct {
		URN      string  `json:"urn"`
		Service  string  `json:"service"`
		What     string  `json:"what"`
		Item     string  `json:"item"`
		Region   string  `json:"region"`
		Quantity float64 `json:"quantity"`
		Most     float64 `json:"most"`
		Unit     string  `json:"unit"`
		Price    float64 `json:"price"`
		// Off is the share of the price that is not paid.
		Off     float64        `json:"off,omitempty"`
		USD     float64        `json:"usd"`
		Source  sourceDocument `json:"source"`
		Assumed []string       `json:"assumed,omitempty"`
	}
	sourceDocument struct {
		Name  string `json:"name"`
		Grade string `json:"grade"`
		Date  string `json:"date"`
		Is    string `json:"is"`
	}
	groupDocument struct {
		Type string   `json:"type"`
		Why  string   `json:"why"`
		URNs []string `json:"urns"`
	}
	assumptionDocument struct {
		Is      float64 `json:"is,omitempty"`
		Machine string  `json:"machine,omitempty"`
		Unit    string  `json:"unit,omitempty"`
		Why     string  `json:"why"`
	}
)

func (c sideBySide) document(err error) costDocument {
	document := costDocument{Currency: "USD", Stacks: []stackCostDocument{}}
	if c.prices != nil {
		document.Oldest, document.Newest = c.prices.Oldest, c.prices.Newest
	}
	if err != nil {
		document.Error = err.Error()
	}
	for _, s := range c.stacks {
		one := stackCostDocument{
			Stack: s.name, Resources: s.resources, USD: s.bill.USD(), AtLeast: len(s.bill.NotPriced) > 0, MostUSD: s.bill.MostUSD(),
			Services: []serviceDocument{}, Savings: []savingDocument{}, Lines: []costLineDocument{},
			NotPriced: groupDocuments(s.bill.NotPriced), Free: groupDocuments(s.bill.Free), Assumptions: map[string]assumptionDocument{},
		}
		for _, service := range c.prices.Services {
			if usd, has := s.bill.Service(service); has {
				one.Services = append(one.Services, serviceDocument{service, usd})
			}
		}
		for _, saving := range s.savings {
			one.Savings = append(one.Savings, savingDocument(saving))
		}
		for _, l := range s.bill.Lines {
			one.Lines = append(one.Lines, costLineDocument{
				URN: l.Resource.URN, Service: l.Price.Service, What: l.What, Item: l.Item, Region: l.Region, Quantity: l.Quantity, Most: l.Most,
				Unit: l.Price.Unit, Price: l.Price.USD, Off: l.Off, USD: l.USD(), Source: sourceDocument(l.Price.Source), Assumed: l.Assumed,
			})
		}
		for name, a := range s.bill.Assumed {
			one.Assumptions[name] = assumptionDocument(a)
		}
		document.Stacks = append(document.Stacks, one)
	}
	return document
}

func groupDocuments(groups []cost.Group) []groupDocument {
	documents := make([]groupDocument, len(groups))
	for i, g := range groups {
		documents[i] = groupDocument{Type: g.Type, Why: g.Why}
		for _, r := range g.Resources {
			documents[i].URNs = append(documents[i].URNs, r.URN)
		}
	}
	return documents
}
