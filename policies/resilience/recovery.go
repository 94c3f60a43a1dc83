package resilience

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/policies/rule"
)

// recover finds what brings back everything that is affected: itself, and all that it needs.
// Things may need each other, so it goes round until nothing takes longer any more.
func (d *drill) recover() {
	waits := d.waits()
	for _, r := range d.affected {
		d.recoveries[r] = &Recovery{By: goesOn}
		// What only links is made anew, in another region, with what it is for.
		if hit, struck := d.hit[r]; struck && !d.at[r].mild && (d.domain.Kind != Region || d.shows(r)) {
			d.recoveries[r] = d.own(r, hit)
		}
		if c := d.at[r]; c.state == Unknown && !c.mild { // it may not be away at all
			unsure := *d.recoveries[r]
			unsure.Missing = cmp.Or(unsure.Missing, c.missing)
			d.recoveries[r] = &unsure
		}
	}
	for again := true; again; {
		again = false
		for _, r := range d.affected {
			have := d.recoveries[r]
			next := d.withSupports(r, have)
			if on := waits[r]; on != nil {
				next = next.waiting(d.recoveries[on], on)
			}
			if next.Rto > have.Rto || next.Rpo > have.Rpo || next.By != have.By || next.Missing != have.Missing {
				d.recoveries[r], again = next, true
			}
		}
	}
}

// goesOn is what brings back what is not away.
const goesOn = "it works on"

// withSupports is a recovery of a resource if those of its supports have to have happened
// as well.
func (d *drill) withSupports(r *rule.Resource, result *Recovery) *Recovery {
	c := d.at[r]
	if c.mild {
		return result
	}
	for _, s := range d.supports[r] {
		if s.meaning == needs || s.meaning == spread {
			result = d.supported(result, s)
		}
	}
	if d.domain.Kind == Key && c.state == Lost && KeepsData(r) {
		return d.best(r, result) // a copy need not wait for the key
	}
	return result
}

// supported is a recovery if that of a support has to have happened as well: of all that
// is needed, or of one of those that do.
func (d *drill) supported(result *Recovery, s support) *Recovery {
	var first *rule.Resource
	for _, on := range s.of {
		anyWillDo := s.meaning == spread && s.count == len(s.of)
		switch c := d.at[on]; {
		case c.state == Unaffected && anyWillDo:
			return result // and what is affected is left out
		case c.state == Unaffected:
		case !anyWillDo:
			result = result.and(d.recoveries[on], on)
		case first == nil || d.recoveries[on].Rto < d.recoveries[first].Rto:
			first = on
		}
	}
	if first != nil {
		return result.and(d.recoveries[first], first)
	}
	return result
}

// own is what brings back a resource that the domain itself strikes.
func (d *drill) own(r *rule.Resource, c condition) *Recovery {
	switch {
	case d.domain.Kind == Region && KeepsData(r):
		return d.best(r, d.untilItIsBack(r))
	case d.domain.Kind == Region:
		return within("this program, in another region", figures(redeploy))
	case d.domain.Kind == Key:
		return d.keyless()
	case c.state == Degraded:
		return takeover(r)
	}
	return d.best(r, d.here(r))
}

// untilItIsBack is the recovery of what only the domain itself brings back. Then its data
// may be there again; nobody can count on that.
func (d *drill) untilItIsBack(r *rule.Resource) *Recovery {
	it := d.domain.String()
	if d.domain.Name == "" {
		it = "the " + string(d.domain.Kind)
	}
	return only("the return of "+it, KeepsData(r))
}

// keyless is the recovery of a key that cannot be used. Nothing is lost as long as there is
// a way back; if there is none, all is that only this key decrypts.
func (d *drill) keyless() *Recovery {
	r := only("enabling the key again (none if it is deleted)", false)
	window := rule.Of(30) // AWS's default
	if d.named != nil && !d.named.Get("deletionWindowInDays").IsAbsent() {
		window = d.named.Get("deletionWindowInDays")
	}
	r.Assumptions = []string{
		"a key that is disabled is enabled again in minutes, and no data is lost: until then it cannot be read",
		fmt.Sprintf("a key that is deleted is gone for ever, with all data that has no copy under another key; for %v days somebody can cancel that", window),
	}
	return r
}

// takeover is how what is left goes on.
func takeover(r *rule.Resource) *Recovery {
	switch r.Type {
	case database, warehouse:
		return within("failover to the standby", figures(standby))
	case broker:
		return within("the other broker", figures(brokers))
	case dbCluster, documents, graphs:
		return within("failover to another member", figures(reader))
	case cacheGroup, memory, serverlessCache:
		return within("failover to a replica", figures(replica), replicaLost)
	case cacheCluster:
		return within("its other nodes, which lack the keys of the lost ones", figures(others))
	case kafka:
		return within("the other brokers", figures(lead, factor))
	case search:
		return within("the other machines", figures(shards, indexes))
	case deployment, statefulSet:
		return within("the other pods", figures(silent))
	case loadBalancer, function, cluster, dbProxy:
		return within("its other zones", figures(leaveOut))
	case group, ecsService, nodeGroup, classicBalancer:
		return within("the other machines", figures(shift))
	}
	return within("what is left of it", figures(others))
}

// here is what brings something back in the same region, without what is lost.
func (d *drill) here(r *rule.Resource) *Recovery {
	oneMachine := d.domain.Kind == Node
	movable := len(d.places[r].zones) > 1 || oneMachine
	switch r.Type {
	case group, ecsService, nodeGroup:
		if movable {
			return within("a new machine in another place", figures(launch))
		}
	case instance:
		if oneMachine {
			return within("a new machine in its place", figures(launch, disks))
		}
	case deployment, statefulSet:
		volumes := r.Get("spec.volumeClaimTemplates") // they stay in their zone
		if movable && (oneMachine || volumes.IsAbsent()) {
			return within("pods on other machines", figures(reschedule))
		}
	case dbCluster, documents, graphs:
		return within("a new member on the same storage", figures(newWriter))
	case database:
		if rule.AtLeast(1)(r.Get("backupRetentionPeriod")) && !oneMachine {
			return within("a restore to a point in time", restoreOf(r), logs).unless(r.Get("allocatedStorage"))
		}
	case cacheGroup, cacheCluster, memory:
		if rule.AtLeast(1)(r.Get("snapshotRetentionLimit")) {
			return within("a new one from the last snapshot", figures(emptyCache), daily)
		}
		empty := within("a new one, which is empty", figures(emptyCache))
		empty.Rpo = Never
		return empty.unless(r.Get("snapshotRetentionLimit"))
	case search:
		if oneMachine {
			return within("a new machine, from the last automatic snapshot", figures(newMachine), hourly)
		}
	case warehouse:
		if r.Get("automatedSnapshotRetentionPeriod").IsAbsent() || rule.AtLeast(1)(r.Get("automatedSnapshotRetentionPeriod")) {
			return within("a restore of the last automatic snapshot", restoreOf(r), eightHours)
		}
		return d.untilItIsBack(r).unless(r.Get("automatedSnapshotRetentionPeriod"))
	case broker:
		return d.brokerHere(r)
	}
	if oneMachine && (r.Type == database || r.Type == kafka) {
		return within("a new machine on the same storage", figures(newMachine))
	}
	return d.untilItIsBack(r).unless(r.Get("backupRetentionPeriod"))
}

// brokerHere is what brings back a single broker. AWS replaces its machine; what it keeps is
// in several zones by default if it is an ActiveMQ, but it starts in its own one only.
func (d *drill) brokerHere(r *rule.Resource) *Recovery {
	if d.domain.Kind == Node {
		return within("a new machine on the same storage", figures(newMachine))
	}
	away := d.untilItIsBack(r)
	engine, storage := r.Get("engineType"), r.Get("storageType")
	if engine, _ := engine.Text(); strings.EqualFold(engine, "ActiveMQ") && !storage.IsUnknown() && !rule.Is("ebs")(storage) {
		away.Rpo = 0
	}
	return away.unless(engine).unless(storage)
}

// restoreOf is what a restore takes, by the size of what is restored.
func restoreOf(r *rule.Resource) []figure {
	size := r.Get("allocatedStorage")
	gib, known := size.Number()
	switch {
	case size.IsUnknown():
		gib = mostGib
	case !known:
		return figures(restore, sizeless)
	}
	tib := max(1, math.Ceil(min(gib, mostGib)/gibPerTib))
	all := restore
	all.time *= time.Duration(tib)
	return figures(all)
}

const (
	gibPerTib = 1024
	mostGib   = 256 * gibPerTib // more than any database has
)

// best is the copy of a resource that loses least, of those that the loss leaves; otherwise
// if there is none that is better. A copy that may be one makes it uncertain.
func (d *drill) best(r *rule.Resource, otherwise *Recovery) *Recovery {
	best := *otherwise
	for _, c := range d.copies[r] {
		switch left := d.leaves(r, c); {
		case left.Outcome == rule.Unknown:
			best.Missing = cmp.Or(best.Missing, left)
		case left.Outcome == rule.Pass && c.by.betterThan(&best):
			missing := cmp.Or(best.Missing, c.by.Missing)
			best = *c.by
			best.Missing = missing
		}
	}
	return &best
}

// leaves is whether the loss leaves a copy of a resource, which can be read then.
func (d *drill) leaves(r *rule.Resource, c copied) rule.Verdict {
	near := c.region == d.regions[r]
	switch {
	case c.unsure.Outcome == rule.Unknown:
		return c.unsure
	case d.domain.Kind == Region && (near || c.region == d.domain.Name):
		return rule.No()
	case d.domain.Kind == Key && near && (c.in == nil || c.in.Type != bucket):
		return rule.No() // replicas and backups have the key of what they are of; those elsewhere cannot
	case c.in == nil || d.at[c.in].state < Unknown:
		return rule.Passed()
	case d.at[c.in].state == Unknown:
		return d.at[c.in].missing
	}
	return rule.No()
}
