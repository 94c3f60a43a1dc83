package recovery

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// addVaults makes the vault and, with a copy, the one in the other region. It returns
// the vault's name as it is once the vault is locked.
func (p *Plan) addVaults(ctx *pulumi.Context, a *PlanArgs) (locked pulumi.StringOutput, err error) {
	p.CopyVaultArn = pulumi.String("").ToStringOutput()
	p.Vault, locked, err = p.addVault(ctx, a, p.name, a.KmsKeyArn, a.Lock)
	if err != nil {
		return locked, err
	}
	p.VaultName, p.VaultArn = p.Vault.Name, p.Vault.Arn
	if c := a.Copy; c != nil {
		p.Copy, _, err = p.addVault(ctx, a, p.name+"-copy", c.KmsKeyArn, c.Lock, pulumi.Provider(c.Provider))
		if err != nil {
			return locked, err
		}
		p.CopyVaultArn = p.Copy.Arn
	}
	return locked, nil
}

func (p *Plan) addVault(
	ctx *pulumi.Context, a *PlanArgs, name string, key pulumi.StringInput, lock *LockArgs, opts ...pulumi.ResourceOption,
) (*backup.Vault, pulumi.StringOutput, error) {
	with := func(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
		return slices.Concat(opts, more, []pulumi.ResourceOption{pulumi.Parent(p)})
	}
	child := name + "-vault"
	vault, err := backup.NewVault(ctx, child, &backup.VaultArgs{
		KmsKeyArn: base.Optional(key), ForceDestroy: pulumi.Bool(a.ForceDestroy), Tags: base.Tags(child, a.Tags, nil),
	}, with(pulumi.Protect(*a.DeletionProtection))...)
	if err != nil {
		return nil, pulumi.StringOutput{}, fmt.Errorf("create vault %s: %w", child, err)
	}
	child = name + "-lock"
	args := &backup.VaultLockConfigurationArgs{
		BackupVaultName: vault.Name, MinRetentionDays: pulumi.Int(lock.MinRetentionDays), MaxRetentionDays: pulumi.Int(lock.MaxRetentionDays),
	}
	if lock.ComplianceAfterDays > 0 {
		args.ChangeableForDays = pulumi.Int(lock.ComplianceAfterDays)
	}
	// A vault has one lock: made first, a new one would go when the old one is deleted.
	made, err := backup.NewVaultLockConfiguration(ctx, child, args, with(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, pulumi.StringOutput{}, fmt.Errorf("create lock %s: %w", child, err)
	}
	if !a.Deletable {
		child = name + "-policy"
		anyone := []pulumi.StringInput{pulumi.String("*")}
		if _, err := backup.NewVaultPolicy(ctx, child, &backup.VaultPolicyArgs{
			BackupVaultName: vault.Name,
			Policy: iampolicy.Document(iampolicy.Statement{
				Sid: "KeepRecoveryPoints", Effect: "Deny", AwsPrincipals: anyone, Resources: anyone,
				Actions: []string{"backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"},
			}),
		}, with()...); err != nil {
			return nil, pulumi.StringOutput{}, fmt.Errorf("create policy %s: %w", child, err)
		}
	}
	return vault, made.BackupVaultName, nil
}
