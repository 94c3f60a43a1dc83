package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// newKey makes the stack's own key for volumes and log groups. It returns nil when the
// environment leaves encryption to the keys that AWS owns.
func newKey(ctx *pulumi.Context, env *Environment, opts ...pulumi.ResourceOption) (pulumi.StringInput, error) {
	if !*env.CustomerManagedKey {
		return nil, nil
	}
	key, err := kms.NewKey(ctx, "data", &kms.KeyArgs{
		Description:          pulumi.Sprintf("Volumes and logs of %s-%s", ctx.Project(), ctx.Stack()),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30),
		Policy:               keyPolicy(env),
	}, append(opts, pulumi.Protect(*env.DeletionProtection))...)
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	_, err = kms.NewAlias(ctx, "data", &kms.AliasArgs{
		Name: pulumi.Sprintf("alias/%s-%s-data", ctx.Project(), ctx.Stack()), TargetKeyId: key.KeyId,
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("create alias of the key: %w", err)
	}
	return key.Arn, nil
}

// The account administers the key through IAM. EC2 uses it on behalf of whoever in the
// account launches an instance, which includes the autoscaling service's own role, and
// CloudWatch Logs for this account's log groups only.
func keyPolicy(env *Environment) pulumi.StringOutput {
	partition := iampolicy.Partition(env.Region)
	everything := []pulumi.StringInput{pulumi.String("*")} // in a key policy: this key
	use := []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"}
	return iampolicy.Document(
		iampolicy.Statement{
			Sid: "Administration", Actions: []string{"kms:*"}, Resources: everything,
			AwsPrincipals: []pulumi.StringInput{pulumi.Sprintf("arn:%s:iam::%s:root", partition, env.AccountId)},
		},
		iampolicy.Statement{
			Sid: "Volumes", Actions: append([]string{"kms:CreateGrant"}, use...), Resources: everything,
			AwsPrincipals: []pulumi.StringInput{pulumi.String("*")},
			Conditions: map[string]map[string][]pulumi.StringInput{"StringEquals": {
				"kms:CallerAccount": {pulumi.String(env.AccountId)},
				"kms:ViaService":    {pulumi.Sprintf("ec2.%s.amazonaws.com", env.Region)},
			}},
		},
		iampolicy.Statement{
			Sid: "Logs", Actions: use, Resources: everything, Services: []string{fmt.Sprintf("logs.%s.amazonaws.com", env.Region)},
			Conditions: map[string]map[string][]pulumi.StringInput{"ArnLike": {
				"kms:EncryptionContext:aws:logs:arn": {pulumi.Sprintf("arn:%s:logs:%s:%s:*", partition, env.Region, env.AccountId)},
			}},
		},
	)
}
