package table

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/objective"
)

// Type is the component's type token.
const Type = "plinth:table:Table"

// Table is a DynamoDB table.
type Table struct {
	pulumi.ResourceState

	// Name is the table's name in AWS.
	Name pulumi.StringOutput `pulumi:"name"`
	// Arn is the table's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// StreamArn is the stream's ARN, empty without a stream.
	StreamArn pulumi.StringOutput `pulumi:"streamArn"`

	// Objectives are what failures cost.
	Objectives objective.Objectives

	// Table is the table itself.
	Table *dynamodb.Table
	// Replicas are the replicas by their regions.
	Replicas map[string]*dynamodb.TableReplica
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm

	region string
	key    pulumi.StringInput
}

// NewTable makes a table. Everything wrong with args is reported in one error, before
// anything is registered.
func NewTable(ctx *pulumi.Context, name string, args *TableArgs, opts ...pulumi.ResourceOption) (*Table, error) {
	a := args.withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	t := &Table{
		Objectives: a.objectives(), Replicas: map[string]*dynamodb.TableReplica{}, Alarms: map[string]*cloudwatch.MetricAlarm{},
		region: a.Region, key: a.KmsKeyArn,
	}
	if err := base.Register(ctx, Type, name, t, a, opts...); err != nil {
		return nil, err
	}
	b := &builder{Table: t, ctx: ctx, name: name, args: a, parent: pulumi.Parent(t)}
	for _, step := range []func() error{b.table, b.scaling, b.replicas, b.insights, b.alarms} {
		if err := step(); err != nil {
			return nil, err
		}
	}

	t.Name, t.Arn, t.StreamArn = t.Table.Name, t.Table.Arn, t.Table.StreamArn
	if err := ctx.RegisterResourceOutputs(t, pulumi.Map{"name": t.Name, "arn": t.Arn, "streamArn": t.StreamArn}); err != nil {
		return nil, fmt.Errorf("register outputs of %s %q: %w", Type, name, err)
	}
	return t, nil
}

// builder registers the children, in the order of NewTable's steps.
type builder struct {
	*Table
	ctx    *pulumi.Context
	name   string
	args   *TableArgs
	parent pulumi.ResourceOption
	// scalers are the scaling policies. A provisioned table may have replicas once
	// they are there.
	scalers []pulumi.Resource
}

var (
	attributeTypes = map[AttributeType]string{String: "S", Number: "N", Binary: "B"}
	projections    = map[Projection]string{AllAttributes: "ALL", KeysOnly: "KEYS_ONLY", Include: "INCLUDE"}
	classes        = map[Class]string{StandardClass: "STANDARD", InfrequentAccess: "STANDARD_INFREQUENT_ACCESS"}
	streams        = map[Stream]string{
		StreamKeys: "KEYS_ONLY", StreamNew: "NEW_IMAGE", StreamOld: "OLD_IMAGE", StreamNewAndOld: "NEW_AND_OLD_IMAGES",
	}
)

// What is turned off is written down as well: AWS's provider keeps what is left out as it
// is.
func (b *builder) table() error {
	a, child := b.args, b.name+"-table"
	attributes := dynamodb.TableAttributeArray{}
	for _, key := range base.SortedKeys(a.Attributes) {
		attributes = append(attributes, dynamodb.TableAttributeArgs{Name: pulumi.String(key), Type: pulumi.String(attributeTypes[a.Attributes[key]])})
	}
	args := &dynamodb.TableArgs{
		HashKey: pulumi.String(a.HashKey), Attributes: attributes,
		GlobalSecondaryIndexes: a.globalIndexes(), LocalSecondaryIndexes: a.localIndexes(),
		BillingMode: pulumi.String("PAY_PER_REQUEST"), TableClass: pulumi.String(classes[a.Class]),
		PointInTimeRecovery:       dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(*a.RecoveryDays > 0), RecoveryPeriodInDays: optional(*a.RecoveryDays)},
		DeletionProtectionEnabled: pulumi.Bool(*a.DeletionProtection),
		StreamEnabled:             pulumi.Bool(a.Stream != ""),
		Ttl:                       a.Ttl.wanted(),
		Tags:                      base.Tags(child, a.Tags, nil),
	}
	if a.Name != "" {
		args.Name = pulumi.String(a.Name)
	}
	if a.RangeKey != "" {
		args.RangeKey = pulumi.String(a.RangeKey)
	}
	if a.Provisioned != nil {
		args.BillingMode = pulumi.String("PROVISIONED")
		args.ReadCapacity, args.WriteCapacity = pulumi.Int(a.Provisioned.Read.Min), pulumi.Int(a.Provisioned.Write.Min)
	}
	if a.OnDemand != nil {
		args.OnDemandThroughput = dynamodb.TableOnDemandThroughputArgs{
			MaxReadRequestUnits: pulumi.Int(a.OnDemand.MaxRead), MaxWriteRequestUnits: pulumi.Int(a.OnDemand.MaxWrite),
		}
	}
	encryption := dynamodb.TableServerSideEncryptionArgs{Enabled: pulumi.Bool(true)}
	if a.KmsKeyArn != nil {
		encryption.KmsKeyArn = a.KmsKeyArn.ToStringOutput().ToStringPtrOutput()
	}
	args.ServerSideEncryption = encryption
	if a.Stream != "" {
		args.StreamViewType = pulumi.String(streams[a.Stream])
	}
	a.Restore.into(args)
	a.Import.into(args)
	var err error
	b.Table.Table, err = dynamodb.NewTable(b.ctx, child, args, b.parent, pulumi.Protect(*a.DeletionProtection), pulumi.IgnoreChanges(a.ignored()))
	if err != nil {
		return fmt.Errorf("create table %s: %w", child, err)
	}
	return nil
}

// wanted has the attribute of an expiry that is turned off too, without which AWS does not
// turn it off.
func (t *TtlArgs) wanted() dynamodb.TableTtlArgs {
	if t == nil {
		return dynamodb.TableTtlArgs{Enabled: pulumi.Bool(false)}
	}
	return dynamodb.TableTtlArgs{Enabled: pulumi.Bool(!t.Disabled), AttributeName: pulumi.String(t.Attribute)}
}

// ignored is what the table's own resource leaves as it is: what a new table began with,
// the replicas, which are resources of their own, and what scaling policies own.
func (a *TableArgs) ignored() []string {
	ignored := []string{"importTable", "replicas", "restoreDateTime", "restoreSourceName", "restoreSourceTableArn", "restoreToLatestTime"}
	if a.Provisioned == nil {
		return ignored
	}
	for capacity, of := range capacities {
		if of.from(a.Provisioned).scales() {
			ignored = append(ignored, capacity)
		}
		for _, index := range a.GlobalIndexes {
			if of.from(index.Provisioned).scales() { // then all do
				ignored = append(ignored, "globalSecondaryIndexes[*]."+capacity)
				break
			}
		}
	}
	return ignored
}

// optional is a number that is left out if it is 0.
func optional(n int) pulumi.IntPtrInput {
	if n == 0 {
		return nil
	}
	return pulumi.Int(n)
}
