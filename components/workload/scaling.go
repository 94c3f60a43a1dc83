package workload

import (
	"fmt"

	autoscalingv2 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/autoscaling/v2"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

func (s *ScalingArgs) withDefaults() *ScalingArgs {
	if s == nil {
		return nil
	}
	s = base.CopyOf(s)
	base.Default(&s.Min, 2)
	if s.MemoryPercent == 0 && s.RequestsPerPod == 0 {
		base.Default(&s.CpuPercent, 70)
	}
	base.Default(&s.RequestsMetric, "http_requests_per_second")
	return s
}

func (s *ScalingArgs) validate(errs *fielderr.List) {
	if s.Min < 1 {
		errs.Invalid("min", s.Min, "must be 1 or more")
	}
	if s.Max < s.Min {
		errs.Invalid("max", s.Max, "must be min, which is %d, or more", s.Min)
	}
	for path, value := range map[string]int{"cpuPercent": s.CpuPercent, "memoryPercent": s.MemoryPercent, "requestsPerPod": s.RequestsPerPod} {
		if value < 0 {
			errs.Invalid(path, value, "must be 1 or more")
		}
	}
	if s.MemoryPercent > 100 {
		errs.Invalid("memoryPercent", s.MemoryPercent, "must be 100 or less")
	}
}

func (s *ScalingArgs) metrics() autoscalingv2.MetricSpecArray {
	var metrics autoscalingv2.MetricSpecArray
	utilization := func(resource string, percent int) {
		if percent > 0 {
			metrics = append(metrics, autoscalingv2.MetricSpecArgs{Type: pulumi.String("Resource"), Resource: autoscalingv2.ResourceMetricSourceArgs{
				Name: pulumi.String(resource), Target: autoscalingv2.MetricTargetArgs{Type: pulumi.String("Utilization"), AverageUtilization: pulumi.Int(percent)},
			}})
		}
	}
	utilization("cpu", s.CpuPercent)
	utilization("memory", s.MemoryPercent)
	if s.RequestsPerPod > 0 {
		metrics = append(metrics, autoscalingv2.MetricSpecArgs{Type: pulumi.String("Pods"), Pods: autoscalingv2.PodsMetricSourceArgs{
			Metric: autoscalingv2.MetricIdentifierArgs{Name: pulumi.String(s.RequestsMetric)},
			Target: autoscalingv2.MetricTargetArgs{Type: pulumi.String("AverageValue"), AverageValue: pulumi.String(canonicalCount(s.RequestsPerPod))},
		}})
	}
	return metrics
}

// newAutoscaler makes the owner of the number of pods: it doubles them in seconds, and
// takes a tenth a minute away after five quiet ones.
func (s *ScalingArgs) newAutoscaler(ctx *pulumi.Context, parent pulumi.Resource, p *podSpec) error {
	change := func(kind string, value, seconds int) autoscalingv2.HPAScalingPolicyArgs {
		return autoscalingv2.HPAScalingPolicyArgs{Type: pulumi.String(kind), Value: pulumi.Int(value), PeriodSeconds: pulumi.Int(seconds)}
	}
	child := p.component + "-scaling"
	_, err := autoscalingv2.NewHorizontalPodAutoscaler(ctx, child, &autoscalingv2.HorizontalPodAutoscalerArgs{
		Metadata: p.metadata(pulumi.String(p.name), p.labels(stable)),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpecArgs{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReferenceArgs{
				ApiVersion: pulumi.String("apps/v1"), Kind: pulumi.String("Deployment"), Name: pulumi.String(p.objectName(stable)),
			},
			MinReplicas: pulumi.Int(s.Min), MaxReplicas: pulumi.Int(s.Max), Metrics: s.metrics(),
			Behavior: autoscalingv2.HorizontalPodAutoscalerBehaviorArgs{
				ScaleUp: autoscalingv2.HPAScalingRulesArgs{
					StabilizationWindowSeconds: pulumi.Int(0), SelectPolicy: pulumi.String("Max"),
					Policies: autoscalingv2.HPAScalingPolicyArray{change("Percent", 100, 15), change("Pods", 4, 15)},
				},
				ScaleDown: autoscalingv2.HPAScalingRulesArgs{
					StabilizationWindowSeconds: pulumi.Int(300), SelectPolicy: pulumi.String("Max"),
					Policies: autoscalingv2.HPAScalingPolicyArray{change("Percent", 10, 60), change("Pods", 1, 60)},
				},
			},
		},
	}, p.inCluster(parent))
	if err != nil {
		return fmt.Errorf("create autoscaler %s: %w", child, err)
	}
	return nil
}

// disruption is how many pods may be away for the sake of their nodes. Kubernetes rounds
// up: a node can always be emptied, whatever the number of pods.
const disruption = "10%"

// newBudget covers the canary's pods too. Pods that are not ready do not hold up a node.
func newBudget(ctx *pulumi.Context, parent pulumi.Resource, p *podSpec) error {
	child := p.component + "-budget"
	_, err := policyv1.NewPodDisruptionBudget(ctx, child, &policyv1.PodDisruptionBudgetArgs{
		Metadata: p.metadata(pulumi.String(p.name), p.labels(stable)),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable: pulumi.String(disruption), UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"), Selector: podsOf(p.name),
		},
	}, p.inCluster(parent))
	if err != nil {
		return fmt.Errorf("create disruption budget %s: %w", child, err)
	}
	return nil
}
