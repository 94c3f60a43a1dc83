package aws

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// data/scaling.json says what Application Auto Scaling scales: by scalable dimension, which resources, how far, and by which metrics.
//
//go:embed data/scaling.json
var scalingText []byte

type scalingBook struct {
	// Roles are the last words of the names of the service-linked roles, by service namespace.
	Roles      map[string]string
	Dimensions map[string]scalableDimension
}

type scalableDimension struct {
	// Resource is the form of resource IDs; its group is the name of a resource of the Kind, found By a property. No kind is not looked up.
	Resource, Kind, By string
	// Least and Most are the range of capacities; no Most is without end.
	Least, Most int
	// Metrics are the predefined metrics, Values the range of their targets if it is known.
	Metrics string
	Values  []float64
	// TrackingOnly dimensions take no step scaling.
	TrackingOnly bool
}

var scalingFacts = sync.OnceValue(func() *scalingBook {
	book := &scalingBook{}
	if err := json.Unmarshal(scalingText, book); err != nil {
		panic(say("data/scaling.json: %v", err)) // embedded data, held by a test
	}
	return book
})

// dimension gives the facts of the scalable dimension that a request names.
func (r *Request) dimension() (scalableDimension, bool) {
	d, ok := scalingFacts().Dimensions[r.New.Str("scalableDimension")]
	return d, ok
}

// scaled finds what a scalable target names. known is false for kinds that are not looked up.
func (r *Request) scaled() (res *Resource, known bool) {
	d, ok := r.dimension()
	if !ok || d.Kind == "" {
		return nil, false
	}
	m := form(d.Resource).FindStringSubmatch(r.New.Str("resourceId"))
	if m == nil {
		return nil, false
	}
	if d.Kind == dynamoTable {
		return r.tableHere(m[1]), true
	}
	return r.By(d.Kind, d.By, m[1]), true
}

// sameTarget says whether two things of Application Auto Scaling are about the same target.
func sameTarget(a, b Obj) bool {
	for _, key := range []string{"serviceNamespace", "resourceId", "scalableDimension"} {
		if a.Str(key) != b.Str(key) {
			return false
		}
	}
	return true
}

// scalingTarget finds the scalable target that a policy or a scheduled action is for.
func (r *Request) scalingTarget() *Resource {
	for _, t := range r.All("appautoscaling.target") {
		if sameTarget(t.Props, r.New) {
			return t
		}
	}
	return nil
}

func fillScalableTarget(r *Request) {
	namespace := r.New.Str("serviceNamespace")
	r.preset("roleArn", say("arn:%s:iam::%s:role/aws-service-role/%s.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_%s",
		r.Partition(), r.Account, namespace, scalingFacts().Roles[namespace]))
}

// fillScalingPolicy names the alarms that AWS makes for target tracking.
func fillScalingPolicy(r *Request) {
	if r.New.Str("policyType") != "TargetTrackingScaling" {
		r.New["alarmArns"] = []any{}
		return
	}
	var alarms []any
	for _, side := range []string{"AlarmHigh", "AlarmLow"} {
		alarms = append(alarms, say("arn:%s:cloudwatch:%s:%s:alarm:TargetTracking-%s-%s-%s", r.Partition(), r.Region, r.Account, r.New.Str("resourceId"), side, shortHash(r.URN+side)))
	}
	r.preset("alarmArns", alarms)
}

// dropScaling deletes what belongs to a scalable target that is deregistered.
func dropScaling(r *Request) {
	for _, kind := range []string{"appautoscaling.policy", "appautoscaling.scheduledAction"} {
		for key, other := range r.kinds[kind] {
			if other.Scope == r.Scope && sameTarget(other.Props, r.Old) {
				delete(r.kinds[kind], key)
			}
		}
	}
}

// scalableCache says why Application Auto Scaling does not take a replication group, or "".
func (r *Request) scalableCache(group *Resource) string {
	of := &Request{Scope: r.Scope, World: r.World, Kind: cacheGroup, New: group.Props}
	name, _, version := of.cache()
	node := group.Props.Str("nodeType")
	size := node[strings.LastIndex(node, ".")+1:]
	switch {
	case !r.sharded(group.Props):
		return "it needs cluster mode enabled"
	case name == "redis" && older(version, "6.0"):
		return say("it needs redis 6.0 or later, not %s", version)
	case !oneOf(nodeFamily(node), "r7g r6g r6gd r5 m7g m6g m5 c7gn") || !oneOf(size, "large xlarge 2xlarge"):
		return say("the node type %s is not supported; it takes large, xlarge and 2xlarge of the families r7g, r6g, r6gd, r5, m7g, m6g, m5 and c7gn", node)
	case group.Props.Has("globalReplicationGroupId"):
		return "it is a member of a global datastore"
	}
	return ""
}
