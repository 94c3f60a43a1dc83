package table

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/objective"
)

// Replicas are resources of their own, and not part of the table's: only so they can be
// protected, and another key is a replacement that is shown and refused, where the table
// would build the replica anew in passing. What the replica takes over from the table is
// ignored.
func (b *builder) replicas() error {
	for _, region := range base.SortedKeys(b.args.Replicas) {
		replica, child := b.args.Replicas[region], b.name+"-replica-"+region
		args := &dynamodb.TableReplicaArgs{
			GlobalTableArn: b.Table.Table.Arn, PointInTimeRecovery: pulumi.Bool(*replica.Recovery),
			DeletionProtectionEnabled: pulumi.Bool(*b.args.DeletionProtection), Tags: base.Tags(child, b.args.Tags, nil),
		}
		if replica.KmsKeyArn != nil {
			args.KmsKeyArn = replica.KmsKeyArn.ToStringOutput().ToStringPtrOutput()
		}
		made, err := dynamodb.NewTableReplica(b.ctx, child, args, b.parent, pulumi.Provider(replica.Provider),
			pulumi.Protect(*b.args.DeletionProtection), pulumi.DependsOn(b.scalers), pulumi.DeleteBeforeReplace(true), pulumi.IgnoreChanges([]string{"tableClassOverride"}))
		if err != nil {
			return fmt.Errorf("create replica %s: %w", child, err)
		}
		b.Replicas[region] = made
	}
	return nil
}

func (b *builder) insights() error {
	if !b.args.ContributorInsights {
		return nil
	}
	add := func(child string, index pulumi.StringPtrInput) error {
		_, err := dynamodb.NewContributorInsights(b.ctx, child, &dynamodb.ContributorInsightsArgs{
			TableName: b.Table.Table.Name, IndexName: index,
		}, b.parent)
		if err != nil {
			return fmt.Errorf("create contributor insights %s: %w", child, err)
		}
		return nil
	}
	if err := add(b.name+"-insights", nil); err != nil {
		return err
	}
	for _, index := range base.SortedKeys(b.args.GlobalIndexes) {
		if err := add(b.name+"-insights-"+index, pulumi.String(index)); err != nil {
			return err
		}
	}
	return nil
}

// objectives are mostly the service's promises.
func (a *TableArgs) objectives() objective.Objectives {
	o := objective.Objectives{
		objective.Instance: {By: "the service"}, objective.Zone: {By: "copies in three zones"},
	}
	if *a.RecoveryDays > 0 {
		o[objective.Mistake] = objective.Objective{Rpo: 5 * time.Minute, Rto: time.Hour, By: "point in time recovery into a new table"}
	}
	if len(a.Replicas) > 0 {
		o[objective.Region] = objective.Objective{Rpo: time.Second, Rto: time.Minute, By: "a replica, which the application turns to"}
	}
	return o
}
