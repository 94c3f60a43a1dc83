package recovery

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

func (p *Plan) addRestoreTest(ctx *pulumi.Context, a *PlanArgs) error {
	t := a.RestoreTest
	if !*t.Enabled {
		return nil
	}
	child := p.name + "-test"
	plan, err := backup.NewRestoreTestingPlan(ctx, child, &backup.RestoreTestingPlanArgs{
		// AWS takes no hyphens here. The backup plan's own name is as unique.
		Name:               p.Plan.Name.ApplyT(func(name string) string { return strings.ReplaceAll(name, "-", "_") }).(pulumi.StringOutput),
		ScheduleExpression: pulumi.String(t.Schedule),
		StartWindowHours:   pulumi.Int(t.StartWindowHours),
		RecoveryPointSelection: backup.RestoreTestingPlanRecoveryPointSelectionArgs{
			Algorithm:           pulumi.String("LATEST_WITHIN_WINDOW"),
			IncludeVaults:       pulumi.StringArray{p.VaultArn},
			RecoveryPointTypes:  pulumi.ToStringArray([]string{"CONTINUOUS", "SNAPSHOT"}),
			SelectionWindowDays: pulumi.Int(t.SelectionWindowDays),
		},
		Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("create restore-testing plan %s: %w", child, err)
	}
	for _, key := range base.SortedKeys(t.Types) {
		child := p.name + "-test-" + key
		args := &backup.RestoreTestingSelectionArgs{
			Name:                   pulumi.String(key),
			RestoreTestingPlanName: plan.Name,
			ProtectedResourceType:  pulumi.String(key),
			ProtectedResourceArns:  pulumi.ToStringArray([]string{"*"}), // of this vault, by the plan
			IamRoleArn:             p.RoleArn,
			ValidationWindowHours:  pulumi.Int(t.ValidationWindowHours),
		}
		if overrides := t.Types[key].Overrides; len(overrides) > 0 {
			args.RestoreMetadataOverrides = pulumi.StringMap(overrides)
		}
		if _, err := backup.NewRestoreTestingSelection(ctx, child, args, pulumi.Parent(p)); err != nil {
			return fmt.Errorf("create restore-testing selection %s: %w", child, err)
		}
	}
	return nil
}
