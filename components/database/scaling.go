package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// addReaderScaling registers what adds readers. It waits for the instances: before they
// are there, AWS would add readers in their place.
func (l *Cluster) addReaderScaling(ctx *pulumi.Context, a *ClusterArgs) error {
	s, c := a.ReaderScaling, &l.core
	if s == nil {
		return nil
	}
	child := c.child("readers")
	target, err := appautoscaling.NewTarget(ctx, child, &appautoscaling.TargetArgs{
		ServiceNamespace: pulumi.String("rds"), ScalableDimension: pulumi.String("rds:cluster:ReadReplicaCount"),
		ResourceId:  pulumi.Sprintf("cluster:%s", l.Identifier),
		MinCapacity: pulumi.Int(*s.Min), MaxCapacity: pulumi.Int(s.Max), Tags: c.tagsOf(child),
	}, c.parent, pulumi.DependsOn(l.members()))
	if err != nil {
		return fmt.Errorf("create scaling target %s: %w", child, err)
	}
	metric, value := "RDSReaderAverageCPUUtilization", s.CpuPercent
	if s.Connections > 0 {
		metric, value = "RDSReaderAverageDatabaseConnections", float64(s.Connections)
	}
	child = c.child("readers", "policy")
	_, err = appautoscaling.NewPolicy(ctx, child, &appautoscaling.PolicyArgs{
		PolicyType: pulumi.String("TargetTrackingScaling"), ServiceNamespace: target.ServiceNamespace,
		ScalableDimension: target.ScalableDimension, ResourceId: target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(metric),
			},
			TargetValue: pulumi.Float64(value), ScaleInCooldown: pulumi.Int(*s.InCooldownSeconds), ScaleOutCooldown: pulumi.Int(*s.OutCooldownSeconds),
		},
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create scaling policy %s: %w", child, err)
	}
	return nil
}
