package kube

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// The labels of nodes that decide where pods can be, as far as they are simulated; others are taken to be right. Nodes of groups have no
// capacity type of Karpenter's.
const (
	archLabel     = "kubernetes.io/arch"
	zoneLabel     = "topology.kubernetes.io/zone"
	capacityLabel = "karpenter.sh/capacity-type"
)

// values are those that a label can have; zones are whatever a pool says.
var labelValues = map[string][]string{archLabel: {"amd64", "arm64"}, capacityLabel: {"on-demand", "reserved", "spot"}}

// demand is what pods want of a label, or what a pool promises.
type demand struct {
	key, operator string
	values        []string
}

func demands(list []any) (out []demand) {
	for _, d := range trees(list) {
		out = append(out, demand{d.str("key"), d.str("operator"), d.strs("values")})
	}
	return out
}

// choices are the sets of demands that pods make, one of which is to be met.
func choices(pod tree) [][]demand {
	var always []demand
	selector := pod.sub("nodeSelector")
	for _, key := range sortedKeys(selector) {
		always = append(always, demand{key, "In", []string{selector.key(key)}})
	}
	terms := trees(pod.list("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"))
	out := [][]demand{}
	for _, term := range terms {
		out = append(out, slices.Concat(always, demands(term.list("matchExpressions"))))
	}
	if len(terms) == 0 {
		out = append(out, always)
	}
	return out
}

// offers are the values that nodes can have for a label; known is false if that cannot be told.
type offers func(label string) (values []string, known bool)

// grouped are the offers of nodes that are there already.
func grouped(label string) ([]string, bool) { return nil, label == capacityLabel }

// pooled are the offers of a node pool.
func pooled(spec tree, labels map[string]any) offers {
	return func(label string) ([]string, bool) {
		if v, ok := labels[label].(string); ok {
			return []string{v}, true
		}
		values, known := labelValues[label], labelValues[label] != nil
		for _, q := range demands(spec.list("requirements")) {
			switch {
			case q.key != label:
			case q.operator == "In" && !known:
				values, known = q.values, label == zoneLabel
			case known && (q.operator == "In" || q.operator == "NotIn"):
				values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(q.values, v) != (q.operator == "In") })
			}
		}
		return values, known
	}
}

// unmet is the label that keeps pods off such nodes.
func (p pods) unmet(has offers) (label string) {
	for _, all := range p.choices {
		at := slices.IndexFunc(all, func(d demand) bool { return !d.met(has) })
		if at < 0 {
			return ""
		}
		label = all[at].key
	}
	return label
}

func (d demand) met(has offers) bool {
	values, known := has(d.key)
	if !known {
		return true
	}
	wanted := func(v string) bool { return slices.Contains(d.values, v) }
	switch d.operator {
	case "In":
		return slices.ContainsFunc(values, wanted)
	case "NotIn":
		return len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return !wanted(v) })
	case "Exists":
		return len(values) > 0
	case "DoesNotExist":
		return len(values) == 0
	}
	return true
}

// requested is the number of processors that a pod requests, in thousandths.
func requested(pod tree) (milli float64) {
	for _, container := range trees(pod.list("containers")) {
		milli += thousandths(container.get("resources.requests.cpu"))
	}
	return milli
}

func thousandths(v any) float64 {
	q, err := parseQuantity(v)
	if err != nil {
		return 0
	}
	n, _ := new(big.Rat).Mul(q.amount, big.NewRat(1000, 1)).Float64()
	return math.Ceil(n)
}

// full says that a pool may not start what more pods need.
func (c *cluster) full(pool tree, p pods) string {
	name, limit := pool.str("metadata.name"), pool.get("spec.limits.cpu")
	if limit == nil || c.loads[name]+p.cpu*p.count <= thousandths(limit) {
		return ""
	}
	return fmt.Sprintf("all available instance types exceed limits for nodepool: %q", name)
}

// settleOn remembers in which pool an object's pods are, and how many processors they take there.
func (c *cluster) settleOn(o *object, pool string, cpu float64) {
	c.loads[o.pool] -= o.cpu
	o.pool, o.cpu = pool, cpu
	c.loads[pool] += cpu
}
