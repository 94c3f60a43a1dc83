package main

import (
	"time"

	"github.com/plinth-iac/plinth/policies/resilience"
)

// The document that --json prints.
type (
	drillDocument struct {
		// Stack is the stack's name, or the file that it was read from.
		Stack     string         `json:"stack"`
		Resources int            `json:"resources"`
		Losses    []lossDocument `json:"losses"`
		// NotLookedAt are the types that no loss looks at, and how many resources are of them.
		NotLookedAt map[string]int `json:"notLookedAt,omitempty"`
		// Error is why the drill failed, or empty.
		Error string `json:"error,omitempty"`
	}
	lossDocument struct {
		// Domain is "zone:" for a zone that is not named.
		Domain  string           `json:"domain"`
		Counts  map[string]int   `json:"counts"`
		AtWorst worstDocument    `json:"atWorst"`
		Effects []effectDocument `json:"effects"`
	}
	// worstDocument is what the loss costs at worst.
	worstDocument struct {
		// Data is of what keeps some, and Rest of everything else, as far as it comes back.
		Data *downtimeDocument `json:"data,omitempty"`
		Rest *downtimeDocument `json:"rest,omitempty"`
		// NoWayBack are the URNs of the data that only the domain itself brings back: in the loss
		// of a region, what has no copy. Waiting are those of everything else that waits for it.
		NoWayBack []string `json:"noWayBack,omitempty"`
		Waiting   []string `json:"waiting,omitempty"`
	}
	downtimeDocument struct {
		RtoSeconds float64  `json:"rtoSeconds"`
		RpoSeconds *float64 `json:"rpoSeconds"`
	}
	effectDocument struct {
		URN   string  `json:"urn"`
		State string  `json:"state"`
		Left  float64 `json:"left"`
		// May is set if it is so only at worst: AWS or Kubernetes chooses where it is.
		May     bool           `json:"may,omitempty"`
		Because string         `json:"because,omitempty"`
		Path    []stepDocument `json:"path,omitempty"`
		// Recovery is missing for what is unaffected.
		Recovery *recoveryDocument `json:"recovery,omitempty"`
	}
	stepDocument struct {
		URN      string `json:"urn"`
		Property string `json:"property,omitempty"`
		// Back is set if the property is that of the step before.
		Back bool `json:"back,omitempty"`
	}
	recoveryDocument struct {
		// RtoSeconds is null for what does not come back, and RpoSeconds for all data.
		RtoSeconds  *float64 `json:"rtoSeconds"`
		RpoSeconds  *float64 `json:"rpoSeconds"`
		By          string   `json:"by"`
		Assumptions []string `json:"assumptions,omitempty"`
		// Missing is what is not known, so that the times are those at worst.
		Missing string `json:"missing,omitempty"`
	}
)

func (d drill) document(err error) drillDocument {
	document := drillDocument{Stack: d.stack, Resources: d.resources, Losses: make([]lossDocument, len(d.losses)), NotLookedAt: d.overlooked}
	if err != nil {
		document.Error = err.Error()
	}
	for i, loss := range d.losses {
		l := lossDocument{
			Domain: loss.Domain.String(), Counts: map[string]int{}, AtWorst: worstOf(loss).document(), Effects: make([]effectDocument, len(loss.Effects)),
		}
		for _, state := range states {
			l.Counts[stateNames[state]] = len(having(loss.Effects, state))
		}
		for j, e := range loss.Effects {
			l.Effects[j] = effectDocument{URN: e.Resource.URN, State: stateNames[e.State], Left: e.Left, May: e.May, Because: e.Because}
			for _, step := range e.Path {
				l.Effects[j].Path = append(l.Effects[j].Path, stepDocument{step.Resource.URN, step.Property, step.Back})
			}
			if r := e.Recovery; r != nil {
				l.Effects[j].Recovery = &recoveryDocument{seconds(r.Rto), seconds(r.Rpo), r.By, r.Assumptions, r.Missing.Property}
			}
		}
		document.Losses[i] = l
	}
	return document
}

func (w worst) document() worstDocument {
	document := worstDocument{Data: w.data.document(), Rest: w.rest.document()}
	for _, e := range w.stuck {
		document.NoWayBack = append(document.NoWayBack, e.Resource.URN)
	}
	for _, e := range w.waiting {
		document.Waiting = append(document.Waiting, e.Resource.URN)
	}
	return document
}

func (c costs) document() *downtimeDocument {
	if c.away == nil {
		return nil
	}
	return &downtimeDocument{c.away.Recovery.Rto.Seconds(), seconds(c.data.Recovery.Rpo)}
}

func seconds(d time.Duration) *float64 {
	if d == resilience.Never {
		return nil
	}
	s := d.Seconds()
	return &s
}
