package cache

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch each node of a replication group. An alarm is raised after five bad
// minutes in a row. Nodes that a scaling policy adds are not watched. AWS may give a node
// that it makes anew another id: the next update watches that one.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// CpuPercent is too much load, of the engine's thread, above 0, to 100. Default: 80.
	CpuPercent float64 `pulumi:"cpuPercent,optional"`
	// MemoryPercent is too full a memory, above 0, to 100. Default: 80.
	MemoryPercent float64 `pulumi:"memoryPercent,optional"`
	// EvictionsPerMinute is too many keys dropped for want of memory, above 0. Default: 100.
	EvictionsPerMinute float64 `pulumi:"evictionsPerMinute,optional"`
	// LagSeconds is too far behind for a replica, above 0. Default: 10.
	LagSeconds float64 `pulumi:"lagSeconds,optional"`
	// Connections is too many clients on a node, above 0; a node takes 65000. Default:
	// 50000.
	Connections float64 `pulumi:"connections,optional"`
}

const metricNamespace = "AWS/ElastiCache"

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.CpuPercent, 80)
	base.Default(&m.MemoryPercent, 80)
	base.Default(&m.EvictionsPerMinute, 100)
	base.Default(&m.LagSeconds, 10)
	base.Default(&m.Connections, 50000)
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	checkPercent(errs, "cpuPercent", m.CpuPercent)
	checkPercent(errs, "memoryPercent", m.MemoryPercent)
	checkAbove0(errs, "evictionsPerMinute", m.EvictionsPerMinute)
	checkAbove0(errs, "lagSeconds", m.LagSeconds)
	checkAbove0(errs, "connections", m.Connections)
}

func checkPercent(errs *fielderr.List, path string, value float64) {
	if !(value > 0 && value <= 100) {
		errs.Invalid(path, value, "must be above 0, to 100")
	}
}

func checkAbove0(errs *fielderr.List, path string, value float64) {
	if !(value > 0) {
		errs.Invalid(path, value, "must be above 0")
	}
}

func cpuAlarm(metric string, percent float64, dimensions pulumi.StringMap) datastore.Alarm {
	return datastore.Alarm{
		Description: "Processor load, in percent", Namespace: metricNamespace, Metric: metric, Dimensions: dimensions, Threshold: percent,
	}
}

func evictionsAlarm(perMinute float64, dimensions pulumi.StringMap) datastore.Alarm {
	return datastore.Alarm{
		Description: "Keys dropped for want of memory, in a minute", Namespace: metricNamespace, Metric: "Evictions", Statistic: "Sum",
		Dimensions: dimensions, Threshold: perMinute,
	}
}

func connectionsAlarm(most float64, dimensions pulumi.StringMap) datastore.Alarm {
	return datastore.Alarm{
		Description: "Connected clients", Namespace: metricNamespace, Metric: "CurrConnections", Statistic: "Maximum",
		Dimensions: dimensions, Threshold: most,
	}
}

func (g *ReplicationGroup) addAlarms(ctx *pulumi.Context, a *ReplicationGroupArgs) (err error) {
	m := a.Alarms
	if m == nil {
		return nil
	}
	alarms, nodes := map[string]datastore.Alarm{}, a.nodes()
	ids := pulumi.All(g.Id, g.Group.MemberClusters).ApplyT(func(of []any) []string {
		return nodeIds(of[0].(string), nodes, of[1].([]string))
	}).(pulumi.StringArrayOutput)
	for i, node := range nodes {
		dimensions := pulumi.StringMap{"CacheClusterId": ids.Index(pulumi.Int(i))}
		alarms["cpu-"+node] = cpuAlarm("EngineCPUUtilization", m.CpuPercent, dimensions)
		alarms["evictions-"+node] = evictionsAlarm(m.EvictionsPerMinute, dimensions)
		alarms["connections-"+node] = connectionsAlarm(m.Connections, dimensions)
		alarms["memory-"+node] = datastore.Alarm{
			Description: "Memory in use, in percent", Namespace: metricNamespace, Metric: "DatabaseMemoryUsagePercentage",
			Dimensions: dimensions, Threshold: m.MemoryPercent,
		}
		if *a.Replicas > 0 { // any node can become a replica; a primary measures none
			alarms["lag-"+node] = datastore.Alarm{
				Description: "Replication lag, in seconds", Namespace: metricNamespace, Metric: "ReplicationLag", Statistic: "Maximum",
				Dimensions: dimensions, Threshold: m.LagSeconds,
			}
		}
	}
	g.Alarms, err = datastore.NewAlarms(ctx, g.name, alarms, m.ActionArns, a.Tags, g.parent)
	return err
}

// nodeIds are the ids of nodes, from those of the group's members: the id that a node has
// in a new group if a member has it, and the members that are left in their order. A node
// that there is not, or not now, has the id that a new group gives it.
func nodeIds(group string, nodes, members []string) []string {
	left, ids := slices.Sorted(slices.Values(members)), make([]string, len(nodes))
	for i, node := range nodes {
		id := group + "-" + node
		if at := slices.Index(left, id); at >= 0 {
			ids[i], left = id, slices.Delete(left, at, at+1)
		}
	}
	for i, node := range nodes {
		switch {
		case ids[i] != "":
		case len(left) > 0:
			ids[i], left = left[0], left[1:]
		default:
			ids[i] = group + "-" + node
		}
	}
	return ids
}

// nodes are the ends of the node ids that AWS gives to a new group.
func (a *ReplicationGroupArgs) nodes() []string {
	var nodes []string
	for shard := range a.Shards {
		for node := range 1 + *a.Replicas {
			id := fmt.Sprintf("%03d", node+1)
			if a.ClusterMode == ClusterEnabled {
				id = fmt.Sprintf("%04d-%s", shard+1, id)
			}
			nodes = append(nodes, id)
		}
	}
	return nodes
}
