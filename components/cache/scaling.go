package cache

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// ScalingArgs change a number, of shards or of replicas for each shard, between Min and
// Max. A group that scales has ClusterEnabled, and nodes of which AWS can always get
// more: from large to 2xlarge, and none that is burstable.
type ScalingArgs struct {
	// Min is the least number; for replicas 1 or more, so that there is one to fail over
	// to.
	Min int `pulumi:"min"`
	// Max is the greatest number.
	Max int `pulumi:"max"`
	// CpuPercent is the load of the engine's thread to keep, 35 to 70: that of primaries
	// for shards, of replicas for replicas. Default: the load is not looked at.
	CpuPercent float64 `pulumi:"cpuPercent,optional"`
	// MemoryPercent is how full memory should be, 35 to 70; for shards only. Default: it
	// is not looked at.
	MemoryPercent float64 `pulumi:"memoryPercent,optional"`
	// Schedules set Min and Max at certain times, by a key of the user's. Min and Max are
	// then those to begin with. Default: none.
	Schedules map[string]ScheduleArgs `pulumi:"schedules,optional"`
}

// ScheduleArgs set the range of a number at certain times.
type ScheduleArgs struct {
	// When is an expression such as "cron(0 7 ? * MON-FRI *)".
	When string `pulumi:"when"`
	// TimeZone is the zone of When, such as "Europe/Berlin". Default: UTC.
	TimeZone string `pulumi:"timeZone,optional"`
	// Min is the least number from then on.
	Min int `pulumi:"min"`
	// Max is the greatest number from then on.
	Max int `pulumi:"max"`
}

// dimension is a number of a replication group that can scale.
type dimension struct {
	role, api   string
	least, most int
	cpu, memory string // the metrics to follow
}

var (
	shardDimension = dimension{
		role: "shards", api: "elasticache:replication-group:NodeGroups", least: 1, most: mostNodes,
		cpu: "ElastiCachePrimaryEngineCPUUtilization", memory: "ElastiCacheDatabaseMemoryUsageCountedForEvictPercentage",
	}
	replicaDimension = dimension{
		role: "replicas", api: "elasticache:replication-group:Replicas", least: 1, most: mostReplicas,
		cpu: "ElastiCacheReplicaEngineCPUUtilization",
	}
	scalingFamilies = []string{"c7gn", "m5", "m6g", "m7g", "r5", "r6g", "r7g"}
	scalingSizes    = []string{"large", "xlarge", "2xlarge"}
)

func (a *ReplicationGroupArgs) validateScaling(errs *fielderr.List) {
	a.ShardScaling.validate(errs.At("shardScaling"), a, shardDimension, a.Shards)
	a.ReplicaScaling.validate(errs.At("replicaScaling"), a, replicaDimension, *a.Replicas)
	path := "shardScaling"
	switch {
	case a.ShardScaling == nil && a.ReplicaScaling == nil:
		return // validateShape has seen the numbers
	case a.ShardScaling == nil:
		path = "replicaScaling"
	}
	shards, replicas := a.ShardScaling.most(a.Shards), a.ReplicaScaling.most(*a.Replicas)
	if nodes := shards * (1 + replicas); nodes > mostNodes && shards <= mostNodes && replicas <= mostReplicas {
		errs.Add(path, "may reach %d shards with %d replicas each, which are %d nodes; a group has at most %d", shards, replicas, nodes, mostNodes)
	}
}

// most is the greatest number that the range or a schedule allows; without scaling it is
// the number to begin with.
func (s *ScalingArgs) most(begin int) int {
	if s == nil {
		return begin
	}
	most := s.Max
	for _, schedule := range s.Schedules {
		most = max(most, schedule.Max)
	}
	return most
}

func (s *ScalingArgs) validate(errs *fielderr.List, a *ReplicationGroupArgs, d dimension, begin int) {
	if s == nil {
		return
	}
	if a.ClusterMode != ClusterEnabled {
		errs.Add("", "needs clusterMode %s", ClusterEnabled)
	}
	if family, size, ok := parseNode(a.NodeType); ok && (!slices.Contains(scalingFamilies, family) || !slices.Contains(scalingSizes, size)) {
		errs.Add("", "needs a nodeType that scales, of the families %v and sizes %v, not %q", scalingFamilies, scalingSizes, a.NodeType)
	}
	checkRange(errs, d, s.Min, s.Max)
	if begin < s.Min || begin > s.Max {
		errs.Add("", "begins with %d %s, which is not from min %d to max %d", begin, d.role, s.Min, s.Max)
	}
	for path, percent := range map[string]float64{"cpuPercent": s.CpuPercent, "memoryPercent": s.MemoryPercent} {
		if percent != 0 && !(percent >= 35 && percent <= 70) {
			errs.Invalid(path, percent, "must be 35 to 70")
		}
	}
	if s.MemoryPercent != 0 && d.memory == "" {
		errs.Add("memoryPercent", "is for shards: a replica more does not make data smaller")
	}
	if s.CpuPercent == 0 && s.MemoryPercent == 0 && len(s.Schedules) == 0 {
		errs.Add("", "needs something to go by: cpuPercent, memoryPercent or schedules")
	}
	for _, key := range base.SortedKeys(s.Schedules) {
		schedule, at := s.Schedules[key], errs.At("schedules", fielderr.Key(key))
		if schedule.When == "" {
			at.Required("when")
		}
		checkRange(at, d, schedule.Min, schedule.Max)
	}
}

func checkRange(errs *fielderr.List, d dimension, low, high int) {
	datastore.Between(errs, "min", low, d.least, d.most)
	datastore.Between(errs, "max", high, d.least, d.most)
	if low > high {
		errs.Invalid("min", low, "must not be above max, %d", high)
	}
}

func (g *ReplicationGroup) addScaling(ctx *pulumi.Context, a *ReplicationGroupArgs) error {
	if err := a.ShardScaling.add(ctx, g, a, shardDimension); err != nil {
		return err
	}
	return a.ReplicaScaling.add(ctx, g, a, replicaDimension)
}

// add registers `<name>-<role>`, the range, `<name>-<role>-cpu` and `-memory`, the
// policies, and `<name>-<role>-schedule-<key>`.
func (s *ScalingArgs) add(ctx *pulumi.Context, g *ReplicationGroup, a *ReplicationGroupArgs, d dimension) error {
	if s == nil {
		return nil
	}
	const service = "elasticache"
	name := g.name + "-" + d.role
	opts := []pulumi.ResourceOption{g.parent}
	if len(s.Schedules) > 0 {
		opts = append(opts, pulumi.IgnoreChanges([]string{"minCapacity", "maxCapacity"})) // the schedules own them
	}
	target, err := appautoscaling.NewTarget(ctx, name, &appautoscaling.TargetArgs{
		ServiceNamespace: pulumi.String(service), ScalableDimension: pulumi.String(d.api),
		ResourceId:  pulumi.Sprintf("replication-group/%s", g.Id),
		MinCapacity: pulumi.Int(s.Min), MaxCapacity: pulumi.Int(s.Max), Tags: base.Tags(name, a.Tags, nil),
	}, opts...)
	if err != nil {
		return fmt.Errorf("create scaling target %s: %w", name, err)
	}
	for _, policy := range []struct {
		key, metric string
		percent     float64
	}{{"cpu", d.cpu, s.CpuPercent}, {"memory", d.memory, s.MemoryPercent}} {
		if policy.percent == 0 {
			continue
		}
		_, err := appautoscaling.NewPolicy(ctx, name+"-"+policy.key, &appautoscaling.PolicyArgs{
			ServiceNamespace: target.ServiceNamespace, ScalableDimension: target.ScalableDimension, ResourceId: target.ResourceId,
			PolicyType: pulumi.String("TargetTrackingScaling"),
			TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
				TargetValue: pulumi.Float64(policy.percent),
				PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
					PredefinedMetricType: pulumi.String(policy.metric),
				},
			},
		}, g.parent)
		if err != nil {
			return fmt.Errorf("create scaling policy %s-%s: %w", name, policy.key, err)
		}
	}
	for _, key := range base.SortedKeys(s.Schedules) {
		schedule := s.Schedules[key]
		base.Default(&schedule.TimeZone, "UTC")
		_, err := appautoscaling.NewScheduledAction(ctx, name+"-schedule-"+key, &appautoscaling.ScheduledActionArgs{
			ServiceNamespace: target.ServiceNamespace, ScalableDimension: target.ScalableDimension, ResourceId: target.ResourceId,
			Schedule: pulumi.String(schedule.When), Timezone: pulumi.String(schedule.TimeZone),
			ScalableTargetAction: appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(schedule.Min), MaxCapacity: pulumi.Int(schedule.Max),
			},
		}, g.parent)
		if err != nil {
			return fmt.Errorf("create schedule %s of %s: %w", key, name, err)
		}
	}
	return nil
}
