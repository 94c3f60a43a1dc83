package resilience

import (
	"fmt"
	"math"

	"github.com/plinth-iac/plinth/policies/rule"
)

// database is what is left of a database: all of it, if it has a standby.
func (d *drill) database(r *rule.Resource, p place) condition {
	switch standby := r.Get("multiAz"); {
	case standby.IsUnknown():
		return undecided(rule.NotKnown(standby))
	case rule.IsTrue(standby):
		return degraded(1, "its standby takes over")
	case d.domain.Kind == Node:
		return lost("it has no standby")
	}
	return onlyOne(p, "it has no standby")
}

// onlyOne is what has a single machine, in one of its zones.
func onlyOne(p place, because string) condition {
	if len(p.zones) > 1 {
		because += ", and may be in that zone"
	}
	return lost(because)
}

// memberOf is the type of a cluster's members.
var memberOf = map[string]string{dbCluster: dbMember, documents: documentMember, graphs: graphMember}

// members is what is left of a cluster whose members are resources. AWS puts those that
// name no zone into different ones.
func (d *drill) members(r *rule.Resource, p place) condition {
	members, maybe := d.g.Pointing(r, memberOf[r.Type], "clusterIdentifier")
	n, gone, placed := float64(len(members)), 0.0, 0.0
	for _, m := range members {
		switch zone, _ := d.zoneOf(m); zone {
		case "":
		case d.domain.Name:
			gone++
			placed++
		default:
			placed++
		}
	}
	switch {
	case rule.Is("serverless")(r.Get("engineMode")), !r.Get("dbClusterInstanceClass").IsAbsent():
		return degraded(1, "AWS moves it to a machine in another zone")
	case maybe.Outcome == rule.Unknown:
		return undecided(maybe)
	case n == 0:
		return undecided(rule.Undecided("a member of "+r.Name, rule.External))
	case d.domain.Kind == Node:
		gone = 1
	case n == 1 && placed == 0:
		return onlyOne(p, "it has no second member")
	case p.least < 2 && placed < n:
		gone = n
	default:
		gone += math.Ceil((n - placed) / float64(max(p.least, 1)))
	}
	switch {
	case gone <= 0:
		return condition{}
	case n-gone < 1:
		c := lost("it has no other member")
		c.certain = placed == n
		return c
	}
	return degraded((n-gone)/n, fmt.Sprintf("%v of %v members are left", n-gone, n))
}

// cache is what is left of a cache: a replica takes over if there is one in another zone.
func (d *drill) cache(r *rule.Resource, p place) condition {
	var decide []rule.Value
	nodes := 1.0
	switch r.Type {
	case memory:
		decide = []rule.Value{r.Get("numReplicasPerShard")}
		nodes = 2 // what the provider takes
		if n, known := decide[0].Number(); known {
			nodes = 1 + n
		}
	case cacheGroup:
		count, replicas := r.Get("numCacheClusters"), r.Get("replicasPerNodeGroup")
		if n, known := count.Number(); known {
			nodes = n
		} else if n, known := replicas.Number(); known {
			nodes = 1 + n
		}
		decide = []rule.Value{count, replicas, r.Get("automaticFailoverEnabled")}
		apart := decide[2]
		if d.domain.Kind == Zone {
			apart = r.Get("multiAzEnabled")
			decide = append(decide, apart)
		}
		if rule.NotTrue(apart) || rule.NotTrue(decide[2]) {
			nodes = 1 // the others are of no use, or in the same zone
		}
	case cacheCluster: // of Memcached, whose nodes share the keys
		decide = []rule.Value{r.Get("numCacheNodes"), r.Get("azMode")}
		if n, known := decide[0].Number(); known && (d.domain.Kind == Node || rule.Is("cross-az")(decide[1])) {
			nodes = n
		}
	}
	for _, v := range decide {
		if v.IsUnknown() {
			return undecided(rule.NotKnown(v))
		}
	}
	gone := 1.0
	if d.domain.Kind == Zone {
		gone = math.Ceil(nodes / float64(max(p.least, 1)))
	}
	if nodes-gone < 1 {
		if d.domain.Kind == Node {
			return lost("it has no replica")
		}
		return onlyOne(p, "it has no replica elsewhere")
	}
	return degraded((nodes-gone)/nodes, fmt.Sprintf("%v of %v nodes are left", nodes-gone, nodes))
}

// ownNetwork is the place of a search domain that is in no VPC.
func ownNetwork(r *rule.Resource) place {
	aware, count := r.Get("clusterConfig.zoneAwarenessEnabled"), r.Get("clusterConfig.zoneAwarenessConfig.availabilityZoneCount")
	p := place{least: 1, hidden: true}
	switch n, known := count.Number(); {
	case aware.IsUnknown():
		return place{missing: rule.NotKnown(aware)}
	case !rule.IsTrue(aware):
	case known:
		p.least = int(n)
	default:
		p.least = 2 // AWS's default, and the fewest there can be
	}
	return p
}

// standby is what is left of a broker, or of a warehouse.
func (d *drill) standby(r *rule.Resource, p place) condition {
	mode := r.Get("deploymentMode") // SINGLE_INSTANCE if it is not set
	if r.Type == warehouse {
		mode = r.Get("multiAz")
	}
	switch {
	case mode.IsUnknown():
		return undecided(rule.NotKnown(mode))
	case rule.IsTrue(mode), rule.Is("ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ")(mode):
		return degraded(1, "what it has in another zone takes over")
	case d.domain.Kind == Node:
		return lost("it has nothing that takes over")
	}
	return onlyOne(p, "it has nothing that takes over")
}
