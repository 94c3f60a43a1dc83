package table

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// capacity is one of the two capacities, as the services call it.
type capacity struct {
	key, dimension, metric string
	from                   func(p *ProvisionedArgs) CapacityArgs
}

// capacities are both, by the property of the table.
var capacities = map[string]capacity{
	"readCapacity": {
		"read", "ReadCapacityUnits", "DynamoDBReadCapacityUtilization", func(p *ProvisionedArgs) CapacityArgs { return p.Read },
	},
	"writeCapacity": {
		"write", "WriteCapacityUnits", "DynamoDBWriteCapacityUtilization", func(p *ProvisionedArgs) CapacityArgs { return p.Write },
	},
}

// cooldown is how many seconds a change of capacity is given to show.
const cooldown = 60

func (b *builder) scaling() error {
	if b.args.Provisioned == nil {
		return nil
	}
	for _, property := range base.SortedKeys(capacities) {
		of := capacities[property]
		table := pulumi.Sprintf("table/%s", b.Table.Table.Name)
		if err := b.scale(of, b.args.Provisioned, "table", table, ""); err != nil {
			return err
		}
		for _, index := range base.SortedKeys(b.args.GlobalIndexes) {
			resource := pulumi.Sprintf("%s/index/%s", table, index)
			if err := b.scale(of, b.args.GlobalIndexes[index].Provisioned, "index", resource, "-"+index); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) scale(of capacity, p *ProvisionedArgs, kind string, resource pulumi.StringOutput, suffix string) error {
	wanted := of.from(p)
	if !wanted.scales() {
		return nil
	}
	child := b.name + "-" + of.key + "-target" + suffix
	target, err := appautoscaling.NewTarget(b.ctx, child, &appautoscaling.TargetArgs{
		ServiceNamespace: pulumi.String("dynamodb"), ResourceId: resource,
		ScalableDimension: pulumi.Sprintf("dynamodb:%s:%s", kind, of.dimension),
		MinCapacity:       pulumi.Int(wanted.Min), MaxCapacity: pulumi.Int(wanted.Max), Tags: base.Tags(child, b.args.Tags, nil),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create scaling target %s: %w", child, err)
	}
	child = b.name + "-" + of.key + "-policy" + suffix
	policy, err := appautoscaling.NewPolicy(b.ctx, child, &appautoscaling.PolicyArgs{
		ServiceNamespace: target.ServiceNamespace, ResourceId: target.ResourceId, ScalableDimension: target.ScalableDimension,
		PolicyType: pulumi.String("TargetTrackingScaling"),
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			TargetValue: pulumi.Float64(wanted.UsePercent), ScaleInCooldown: pulumi.Int(cooldown), ScaleOutCooldown: pulumi.Int(cooldown),
			PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(of.metric),
			},
		},
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create scaling policy %s: %w", child, err)
	}
	b.scalers = append(b.scalers, policy)
	return nil
}
