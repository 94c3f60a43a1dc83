// Package resilience says what a stack loses when something that many resources share is
// lost: a zone, a region, a NAT gateway, a key, a machine. It works on the graph that
// policies judge, so before anything exists as well as on a deployed stack.
package resilience

import (
	"time"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Kind is a kind of failure domain.
type Kind string

// The kinds.
const (
	// Zone is an availability zone, such as us-east-1a.
	Zone Kind = "zone"
	// Region is a region, such as us-east-1.
	Region Kind = "region"
	// Nat is a NAT gateway, by the name of its resource.
	Nat Kind = "nat"
	// Key is a KMS key that cannot be used, by the name of its resource.
	Key Kind = "key"
	// Node is one machine of something: of an autoscaling group, a node group, a database
	// or a cache, by the name of that resource.
	Node Kind = "node"
)

// Domain is what is lost together.
type Domain struct {
	Kind Kind
	Name string
}

// String is the domain as ParseDomain reads it, such as "zone:us-east-1a".
func (d Domain) String() string { return string(d.Kind) + ":" + d.Name }

// Title is the domain for people, who have no use for an empty name.
func (d Domain) Title() string {
	if d.Name == "" {
		return "a " + string(d.Kind) + " that is not named"
	}
	return d.String()
}

// State is what becomes of a resource.
type State uint8

// The states, from the best to the worst.
const (
	// Unaffected resources work on as before.
	Unaffected State = iota
	// Degraded resources work on with less: of their capacity, or without something that
	// they can do without for a while.
	Degraded
	// Unknown is what the graph does not say enough of.
	Unknown
	// Lost resources do not work until the domain is back, or somebody recovers them.
	Lost
)

// Step is one edge on the way from the domain to what it affects: Resource is affected
// since what its Property refers to is.
type Step struct {
	Resource *rule.Resource
	// Property is empty if the resource is what is lost itself.
	Property string
	// Back is set if the property is that of the step before, and refers to Resource.
	Back bool
}

// Recovery is what brings something back.
type Recovery struct {
	// Rto is how long it is away, Rpo the stretch of time before whose writes are lost.
	Rto, Rpo time.Duration
	// By says what brings it back, such as "failover to the standby".
	By string
	// Assumptions are the numbers that this was computed from, each in a line.
	Assumptions []string
	// Missing is Unknown if a setting that decides is not known; then the times are those at
	// worst.
	Missing rule.Verdict
}

// Never is the duration of what does not come back.
const Never = time.Duration(1<<63 - 1)

// Effect is what becomes of one resource that serves or stores something.
type Effect struct {
	Resource *rule.Resource
	State    State
	// Left is the share of the capacity that is left, from 0 to 1.
	Left float64
	// May is set if it is so only at worst: what is lost is in one of several zones, of which
	// AWS or Kubernetes chooses one, and it may be this one. It is so with one of them.
	May bool
	// Because says in a few words what makes it so.
	Because string
	// Cause is what the domain strikes and what takes Resource along; Resource itself, if the
	// domain strikes it. It is nil for what is unaffected.
	Cause *rule.Resource
	// Missing is what is not known, and why, if State is Unknown; otherwise the zero Verdict.
	Missing rule.Verdict
	// Besides is Unknown, with the reason, if Resource is lost with a zone by itself, and what
	// it depends on may be as well.
	Besides rule.Verdict
	// Path is the edges from the domain to the resource.
	Path []Step
	// Recovery is nil for what is unaffected.
	Recovery *Recovery
}

// Loss is what the loss of a domain does.
type Loss struct {
	Domain Domain
	// Effects are those on everything that serves or stores something, the worst first and
	// then by URN; what is unaffected is there as well.
	Effects []Effect
}
