package document

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/docdb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// The provider ends an instance's name in something that never comes twice, so that a new
// instance can be made while the one that it replaces still answers.
func (b *builder) instances() error {
	a := b.args
	for _, key := range base.SortedKeys(a.Instances) {
		instance, child := a.Instances[key], b.name+"-instance-"+key
		args := &docdb.ClusterInstanceArgs{
			ClusterIdentifier: b.Cluster.Cluster.ID(), IdentifierPrefix: pulumi.String(identifierPrefix(b.name, key)),
			Engine: pulumi.String("docdb"), InstanceClass: pulumi.String(instance.Class), PromotionTier: pulumi.Int(*instance.PromotionTier),
			PreferredMaintenanceWindow: pulumi.String(a.MaintenanceWindow), ApplyImmediately: pulumi.Bool(a.ApplyImmediately),
			CopyTagsToSnapshot: pulumi.Bool(true), EnablePerformanceInsights: pulumi.Bool(*a.PerformanceInsights),
			Tags: base.Tags(child, a.Tags, nil),
		}
		if instance.Zone != "" {
			args.AvailabilityZone = pulumi.String(instance.Zone)
		}
		if *a.PerformanceInsights && a.KmsKeyArn != nil {
			args.PerformanceInsightsKmsKeyId = a.KmsKeyArn.ToStringOutput().ToStringPtrOutput()
		}
		made, err := docdb.NewClusterInstance(b.ctx, child, args, b.parent)
		if err != nil {
			return fmt.Errorf("create instance %s: %w", child, err)
		}
		b.Instances[key] = made
	}
	return nil
}

func identifierPrefix(name, key string) string { return name + "-" + key + "-" }

// AWS tells clusters' events and instances' apart.
func (b *builder) events() error {
	if b.args.Events == nil {
		return nil
	}
	instances := pulumi.StringArray{}
	for _, key := range base.SortedKeys(b.Instances) {
		instances = append(instances, b.Instances[key].Identifier)
	}
	for source, ids := range map[string]pulumi.StringArray{"cluster": {b.Cluster.Cluster.ClusterIdentifier}, "instance": instances} {
		child := b.name + "-events-" + source
		if _, err := docdb.NewEventSubscription(b.ctx, child, &docdb.EventSubscriptionArgs{
			SnsTopicArn: b.args.Events.TopicArn, SourceType: pulumi.String("db-" + source), SourceIds: ids, Tags: base.Tags(child, b.args.Tags, nil),
		}, b.parent); err != nil {
			return fmt.Errorf("create event subscription %s: %w", child, err)
		}
	}
	return nil
}
