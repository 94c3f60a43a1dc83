package recovery

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/objective"
)

// Type is the token of the Plan component.
const Type = "plinth:recovery:Plan"

// Plan is a plan of backups with its vaults.
type Plan struct {
	pulumi.ResourceState

	// PlanId is the backup plan's id.
	PlanId pulumi.StringOutput `pulumi:"planId"`
	// VaultName and VaultArn are the vault that backups go to.
	VaultName pulumi.StringOutput `pulumi:"vaultName"`
	VaultArn  pulumi.StringOutput `pulumi:"vaultArn"`
	// CopyVaultArn is the vault in the other region, "" without one.
	CopyVaultArn pulumi.StringOutput `pulumi:"copyVaultArn"`
	// RoleArn is what AWS Backup does its work as.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`

	// Objectives are what the plan does for what it covers.
	Objectives objective.Objectives
	// SelectionTags are the tags, each of which puts a resource into the plan.
	SelectionTags map[string]string
	// Plan is the backup plan itself.
	Plan *backup.Plan
	// Vault is the vault, and Copy the one in the other region, nil without one.
	Vault, Copy *backup.Vault
	// Role is the role of AWS Backup.
	Role *iam.Role
	// Alarms are the alarms by key: AlarmBackup, AlarmLate, AlarmCopy, AlarmRestore.
	Alarms map[string]*cloudwatch.MetricAlarm

	name string
}

// NewPlan makes a plan. Children are named `<name>-<role>` or `<name>-<role>-<key>`.
func NewPlan(ctx *pulumi.Context, name string, args *PlanArgs, opts ...pulumi.ResourceOption) (*Plan, error) {
	a := base.CopyOf(args).withDefaults(name)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	p := &Plan{name: name, SelectionTags: a.SelectionTags, Objectives: a.objectives()}
	if err := base.Register(ctx, Type, name, p, a, opts...); err != nil {
		return nil, err
	}
	locked, err := p.addVaults(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := p.addRole(ctx, a); err != nil {
		return nil, err
	}
	if err := p.addPlan(ctx, a, locked); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, *PlanArgs) error{p.addSelection, p.addRestoreTest, p.addAlarms, p.addEvents} {
		if err := add(ctx, a); err != nil {
			return nil, err
		}
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{
		"planId": p.PlanId, "vaultName": p.VaultName, "vaultArn": p.VaultArn, "copyVaultArn": p.CopyVaultArn, "roleArn": p.RoleArn,
	})
}

func (p *Plan) addRole(ctx *pulumi.Context, a *PlanArgs) error {
	child := p.name + "-role"
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("backup.amazonaws.com")),
		Description:      pulumi.Sprintf("Backups and restores of the plan %s", p.name),
		Tags:             base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("create role %s: %w", child, err)
	}
	p.Role, p.RoleArn = role, role.Arn
	managed := map[string]string{"backup": "AWSBackupServiceRolePolicyForBackup", "restore": "AWSBackupServiceRolePolicyForRestores"}
	for _, key := range base.SortedKeys(managed) {
		attachment := child + "-" + key
		if _, err := iam.NewRolePolicyAttachment(ctx, attachment, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.Sprintf("arn:%s:iam::aws:policy/service-role/%s", iampolicy.Partition(a.Region), managed[key]),
		}, pulumi.Parent(p)); err != nil {
			return fmt.Errorf("attach policy %s: %w", attachment, err)
		}
	}
	return nil
}

// addPlan makes the plan. It waits for the vault's lock, so that a rule and the lock
// that allows it can change together.
func (p *Plan) addPlan(ctx *pulumi.Context, a *PlanArgs, locked pulumi.StringOutput) error {
	var rules backup.PlanRuleArray
	for _, key := range base.SortedKeys(a.Rules) {
		r := a.Rules[key]
		rule := backup.PlanRuleArgs{
			RuleName:               pulumi.String(key),
			TargetVaultName:        locked,
			Schedule:               pulumi.String(r.Schedule),
			StartWindow:            pulumi.Int(r.StartWindowMinutes),
			CompletionWindow:       pulumi.Int(r.CompletionWindowMinutes),
			EnableContinuousBackup: pulumi.Bool(r.Continuous),
		}
		lifecycle := backup.PlanRuleLifecycleArgs{DeleteAfter: pulumi.Int(r.DeleteAfterDays)}
		if r.ColdStorageAfterDays > 0 {
			lifecycle.ColdStorageAfter = pulumi.Int(r.ColdStorageAfterDays)
		}
		rule.Lifecycle = lifecycle
		if p.Copy != nil {
			rule.CopyActions = backup.PlanRuleCopyActionArray{backup.PlanRuleCopyActionArgs{
				DestinationVaultArn: p.CopyVaultArn,
				Lifecycle:           backup.PlanRuleCopyActionLifecycleArgs{DeleteAfter: pulumi.Int(r.CopyDeleteAfterDays)},
			}}
		}
		rules = append(rules, rule)
	}
	child := p.name + "-plan"
	plan, err := backup.NewPlan(ctx, child, &backup.PlanArgs{Rules: rules, Tags: base.Tags(child, a.Tags, nil)}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("create plan %s: %w", child, err)
	}
	p.Plan, p.PlanId = plan, plan.ID().ToStringOutput()
	return nil
}

func (p *Plan) addSelection(ctx *pulumi.Context, a *PlanArgs) error {
	var tags backup.SelectionSelectionTagArray
	for _, key := range base.SortedKeys(a.SelectionTags) {
		tags = append(tags, backup.SelectionSelectionTagArgs{
			Type: pulumi.String("STRINGEQUALS"), Key: pulumi.String(key), Value: pulumi.String(a.SelectionTags[key]),
		})
	}
	child := p.name + "-selection"
	if _, err := backup.NewSelection(ctx, child, &backup.SelectionArgs{
		PlanId: p.PlanId, IamRoleArn: p.RoleArn, SelectionTags: tags,
	}, pulumi.Parent(p)); err != nil {
		return fmt.Errorf("create selection %s: %w", child, err)
	}
	return nil
}
