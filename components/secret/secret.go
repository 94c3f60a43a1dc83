package secret

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// SecretType is the token of the Secret component.
const SecretType = "plinth:secret:Secret"

// Secret is a secret in Secrets Manager.
type Secret struct {
	pulumi.ResourceState

	// Arn is the secret's ARN. It does not wait for the value.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Name is the secret's name.
	Name pulumi.StringOutput `pulumi:"name"`
	// VersionId is the version that the program has written, "" without a value.
	VersionId pulumi.StringOutput `pulumi:"versionId"`

	// Value is what the program has written, "" without a value. A store that takes its
	// password from here agrees with the secret even after a deploy that failed halfway.
	Value pulumi.StringOutput
	// Secret is the secret itself.
	Secret *secretsmanager.Secret
	// Version is the version that the program has written, nil without a value.
	Version *secretsmanager.SecretVersion

	kmsKeyArn pulumi.StringInput
}

// NewSecret makes a secret. Children are named `<name>-<role>`.
func NewSecret(ctx *pulumi.Context, name string, args *SecretArgs, opts ...pulumi.ResourceOption) (*Secret, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	s := &Secret{kmsKeyArn: a.KmsKeyArn}
	if err := base.Register(ctx, SecretType, name, s, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *SecretArgs) error{s.addSecret, s.addPolicy, s.addValue, s.addRotation} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"arn": s.Arn, "name": s.Name, "versionId": s.VersionId})
}

func (s *Secret) addSecret(ctx *pulumi.Context, name string, a *SecretArgs) error {
	child, replicas := name+"-secret", secretsmanager.SecretReplicaArray{}
	for _, region := range base.SortedKeys(a.Replicas) {
		replicas = append(replicas, secretsmanager.SecretReplicaArgs{
			Region: pulumi.String(region), KmsKeyId: base.Optional(a.Replicas[region].KmsKeyArn),
		})
	}
	args := &secretsmanager.SecretArgs{
		KmsKeyId:             base.Optional(a.KmsKeyArn),
		RecoveryWindowInDays: pulumi.Int(a.RecoveryWindowDays),
		Replicas:             replicas,
		Tags:                 base.Tags(child, a.Tags, nil),
	}
	if a.Description != "" {
		args.Description = pulumi.String(a.Description)
	}
	made, err := secretsmanager.NewSecret(ctx, child, args, pulumi.Parent(s), pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create secret %s: %w", child, err)
	}
	s.Secret, s.Arn, s.Name = made, made.Arn, made.Name
	return nil
}

// addPolicy keeps other accounts out, whatever else is ever allowed. AWS services that
// act by themselves have no account and are let through to the other checks.
func (s *Secret) addPolicy(ctx *pulumi.Context, name string, a *SecretArgs) error {
	child := name + "-policy"
	anyone := []pulumi.StringInput{pulumi.String("*")}
	_, err := secretsmanager.NewSecretPolicy(ctx, child, &secretsmanager.SecretPolicyArgs{
		SecretArn:         s.Arn,
		BlockPublicPolicy: pulumi.Bool(true),
		Policy: iampolicy.Document(iampolicy.Statement{
			Sid: "OwnAccountOnly", Effect: "Deny", Actions: []string{"secretsmanager:*"}, Resources: anyone, AwsPrincipals: anyone,
			Conditions: map[string]map[string][]pulumi.StringInput{
				"StringNotEquals": {"aws:PrincipalAccount": {pulumi.String(a.AccountId)}},
				"Bool":            {"aws:PrincipalIsAWSService": {pulumi.String("false")}},
			},
		}),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("create policy %s: %w", child, err)
	}
	return nil
}

func (s *Secret) addValue(ctx *pulumi.Context, name string, a *SecretArgs) error {
	if a.Value == nil {
		s.Value, s.VersionId = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
		return nil
	}
	child, opts := name+"-version", []pulumi.ResourceOption{pulumi.Parent(s)}
	if a.ValueOwner == Rotation {
		opts = append(opts, pulumi.IgnoreChanges([]string{"secretString"}))
	}
	version, err := secretsmanager.NewSecretVersion(ctx, child, &secretsmanager.SecretVersionArgs{
		SecretId: s.Secret.ID(), SecretString: pulumi.ToSecret(a.Value).(pulumi.StringOutput).ToStringPtrOutput(),
	}, opts...)
	if err != nil {
		return fmt.Errorf("create version %s: %w", child, err)
	}
	s.Version, s.VersionId = version, version.VersionId
	s.Value = pulumi.ToSecret(version.SecretString.Elem()).(pulumi.StringOutput)
	return nil
}

func (s *Secret) addRotation(ctx *pulumi.Context, name string, a *SecretArgs) error {
	r := a.Rotation
	if r == nil {
		return nil
	}
	rules := secretsmanager.SecretRotationRotationRulesArgs{}
	if r.Schedule != "" {
		rules.ScheduleExpression = pulumi.String(r.Schedule)
	} else {
		rules.AutomaticallyAfterDays = pulumi.Int(r.Days)
	}
	if r.WindowHours > 0 {
		rules.Duration = pulumi.Sprintf("%dh", r.WindowHours)
	}
	secretId := s.Secret.ID().ToStringOutput()
	if s.Version != nil {
		secretId = s.Version.SecretId // the function needs a value to start from
	}
	child := name + "-rotation"
	_, err := secretsmanager.NewSecretRotation(ctx, child, &secretsmanager.SecretRotationArgs{
		SecretId: secretId, RotationLambdaArn: base.Optional(r.LambdaArn), RotationRules: rules, RotateImmediately: pulumi.Bool(*r.Immediately),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("create rotation %s: %w", child, err)
	}
	return nil
}

// ReadStatement lets a principal read the secret. IAM takes each action for the
// resources that it fits: decryption is of the key, reading of the secret.
func (s *Secret) ReadStatement() iampolicy.Statement {
	return readStatement([]string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}, []pulumi.StringInput{s.Arn}, s.kmsKeyArn)
}

func readStatement(actions []string, resources []pulumi.StringInput, kmsKeyArn pulumi.StringInput) iampolicy.Statement {
	if kmsKeyArn != nil {
		actions, resources = append(actions, "kms:Decrypt"), append(resources, kmsKeyArn)
	}
	return iampolicy.Statement{Actions: actions, Resources: resources}
}
