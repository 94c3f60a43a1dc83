package keys

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the token of the Key component.
const Type = "plinth:keys:Key"

// Key is a KMS key for a class of data, with its alias and replicas.
type Key struct {
	pulumi.ResourceState

	// KeyArn is the key's ARN. It does not wait for the alias or a replica.
	KeyArn pulumi.StringOutput `pulumi:"keyArn"`
	// KeyId is the key's id, the same for all replicas.
	KeyId pulumi.StringOutput `pulumi:"keyId"`
	// AliasName is the alias, with "alias/", in every region.
	AliasName pulumi.StringOutput `pulumi:"aliasName"`
	// ReplicaArns are the replicas' ARNs by region.
	ReplicaArns pulumi.StringMapOutput `pulumi:"replicaArns"`

	// Key is the key itself.
	Key *kms.Key
	// Alias is its alias.
	Alias *kms.Alias
	// Replicas are the replicas by region.
	Replicas map[string]*kms.ReplicaKey
}

// NewKey makes a key. Children are named `<name>-key`, `<name>-alias`, and for each
// replica `<name>-replica-<region>` and `<name>-alias-<region>`.
func NewKey(ctx *pulumi.Context, name string, args *KeyArgs, opts ...pulumi.ResourceOption) (*Key, error) {
	a := base.CopyOf(args).withDefaults(ctx.Project(), ctx.Stack())
	if err := a.validate(name); err != nil {
		return nil, err
	}
	k := &Key{Replicas: map[string]*kms.ReplicaKey{}}
	if err := base.Register(ctx, Type, name, k, a, opts...); err != nil {
		return nil, err
	}
	if err := k.addKey(ctx, name, a); err != nil {
		return nil, err
	}
	for _, region := range base.SortedKeys(a.Replicas) {
		if err := k.addReplica(ctx, name, region, a); err != nil {
			return nil, err
		}
	}
	return k, k.registerOutputs(ctx)
}

func (k *Key) addKey(ctx *pulumi.Context, name string, a *KeyArgs) (err error) {
	child := name + "-key"
	k.Key, err = kms.NewKey(ctx, child, &kms.KeyArgs{
		Description:          pulumi.String(description(ctx, a)),
		EnableKeyRotation:    pulumi.Bool(true),
		RotationPeriodInDays: pulumi.Int(a.RotationDays),
		DeletionWindowInDays: pulumi.Int(a.DeletionWindowDays),
		MultiRegion:          pulumi.Bool(a.MultiRegion),
		Policy:               policy(a.Region, a.AccountId, a.Services, a.Statements),
		Tags:                 base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(k), pulumi.Protect(*a.DeletionProtection))
	if err != nil {
		return fmt.Errorf("create key %s: %w", child, err)
	}
	child = name + "-alias"
	k.Alias, err = kms.NewAlias(ctx, child, &kms.AliasArgs{
		Name: pulumi.String("alias/" + a.Alias), TargetKeyId: k.Key.KeyId,
	}, pulumi.Parent(k))
	if err != nil {
		return fmt.Errorf("create alias %s: %w", child, err)
	}
	return nil
}

func (k *Key) addReplica(ctx *pulumi.Context, name, region string, a *KeyArgs) error {
	r, child := a.Replicas[region], name+"-replica-"+region
	opts := []pulumi.ResourceOption{pulumi.Parent(k), pulumi.Provider(r.Provider)}
	replica, err := kms.NewReplicaKey(ctx, child, &kms.ReplicaKeyArgs{
		PrimaryKeyArn:        k.Key.Arn,
		Description:          pulumi.String(description(ctx, a)),
		DeletionWindowInDays: pulumi.Int(a.DeletionWindowDays),
		Policy:               policy(region, a.AccountId, r.Services, r.Statements),
		Tags:                 base.Tags(child, a.Tags, nil),
	}, append(opts, pulumi.Protect(*a.DeletionProtection))...)
	if err != nil {
		return fmt.Errorf("create replica %s: %w", child, err)
	}
	k.Replicas[region] = replica
	child = name + "-alias-" + region
	_, err = kms.NewAlias(ctx, child, &kms.AliasArgs{
		Name: pulumi.String("alias/" + a.Alias), TargetKeyId: replica.KeyId,
	}, opts...)
	if err != nil {
		return fmt.Errorf("create alias %s: %w", child, err)
	}
	return nil
}

func (k *Key) registerOutputs(ctx *pulumi.Context) error {
	k.KeyArn, k.KeyId, k.AliasName = k.Key.Arn, k.Key.KeyId, k.Alias.Name
	replicas := pulumi.StringMap{}
	for region, replica := range k.Replicas {
		replicas[region] = replica.Arn
	}
	k.ReplicaArns = replicas.ToStringMapOutput()
	return ctx.RegisterResourceOutputs(k, pulumi.Map{
		"keyArn": k.KeyArn, "keyId": k.KeyId, "aliasName": k.AliasName, "replicaArns": k.ReplicaArns,
	})
}

// UseStatement lets a principal encrypt and decrypt with the key.
func (k *Key) UseStatement() iampolicy.Statement {
	return iampolicy.Statement{Actions: slices.Clone(useActions), Resources: []pulumi.StringInput{k.KeyArn}}
}

// DecryptStatement lets a principal decrypt with the key.
func (k *Key) DecryptStatement() iampolicy.Statement {
	return iampolicy.Statement{Actions: slices.Clone(decryptActions), Resources: []pulumi.StringInput{k.KeyArn}}
}

func description(ctx *pulumi.Context, a *KeyArgs) string {
	return fmt.Sprintf("Data of class %s of %s-%s", a.Class, ctx.Project(), ctx.Stack())
}
