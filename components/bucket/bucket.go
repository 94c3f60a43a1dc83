package bucket

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/storage"
	"github.com/plinth-iac/plinth/components/objective"
)

// Type is the component's type token.
const Type = "plinth:bucket:Bucket"

// Bucket is an S3 bucket, with its copy in another region if it has one.
type Bucket struct {
	pulumi.ResourceState

	// BucketName is the bucket's name in AWS. It does not wait for the bucket's parts.
	BucketName pulumi.StringOutput `pulumi:"bucketName"`
	// BucketArn is the bucket's ARN.
	BucketArn pulumi.StringOutput `pulumi:"bucketArn"`
	// RegionalDomainName is the bucket's name in DNS, as CloudFront takes it.
	RegionalDomainName pulumi.StringOutput `pulumi:"regionalDomainName"`
	// ReplicaName is the replica's name in AWS, empty without one.
	ReplicaName pulumi.StringOutput `pulumi:"replicaName"`
	// ReplicaArn is the replica's ARN, empty without one.
	ReplicaArn pulumi.StringOutput `pulumi:"replicaArn"`
	// ReplicaDomainName is the replica's name in DNS, empty without one.
	ReplicaDomainName pulumi.StringOutput `pulumi:"replicaDomainName"`

	// Bucket is the bucket itself.
	Bucket *s3.BucketV2
	// Policy is the bucket's policy. Services that try to write at once depend on it.
	Policy *s3.BucketPolicy
	// Replica is the replica, nil without one.
	Replica *s3.BucketV2
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm
	// Objectives are what failures cost.
	Objectives objective.Objectives

	region    string
	kmsKeyArn pulumi.StringInput
	// home and away are the two buckets with their parts; away is nil without a replica.
	home, away *storage.Bucket
}

type conditions = map[string]map[string][]pulumi.StringInput

// NewBucket makes a bucket. Everything wrong with args is reported in one error, before
// anything is registered.
func NewBucket(ctx *pulumi.Context, name string, args *BucketArgs, opts ...pulumi.ResourceOption) (*Bucket, error) {
	a := base.CopyOf(args).withDefaults(name)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	b := &Bucket{
		Alarms: map[string]*cloudwatch.MetricAlarm{}, Objectives: a.objectives(), region: a.Region, kmsKeyArn: a.KmsKeyArn,
	}
	if err := base.Register(ctx, Type, name, b, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *BucketArgs) error{
		b.addBucket, b.addReplica, b.addCors, b.addAccessLogs, b.addLock, b.addReplication, b.addAlarms,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{
		"bucketName": b.BucketName, "bucketArn": b.BucketArn, "regionalDomainName": b.RegionalDomainName,
		"replicaName": b.ReplicaName, "replicaArn": b.ReplicaArn, "replicaDomainName": b.ReplicaDomainName,
	})
}

func (b *Bucket) addBucket(ctx *pulumi.Context, name string, a *BucketArgs) (err error) {
	args := a.storage(a.KmsKeyArn)
	args.Statements = a.statements
	b.home, err = storage.New(ctx, name+"-bucket", args, pulumi.Parent(b))
	if err != nil {
		return err
	}
	b.Bucket, b.Policy = b.home.Bucket, b.home.Policy
	b.BucketName, b.BucketArn, b.RegionalDomainName = b.Bucket.Bucket, b.Bucket.Arn, b.Bucket.BucketRegionalDomainName
	return nil
}

// storage is what both buckets have alike.
func (a *BucketArgs) storage(kmsKeyArn pulumi.StringInput) storage.Args {
	return storage.Args{
		KmsKeyArn: kmsKeyArn, NoncurrentDays: a.NoncurrentDays, Rules: a.rules(), ForceDestroy: a.ForceDestroy,
		Protect: *a.DeletionProtection, Tags: a.Tags,
	}
}

func (b *Bucket) addCors(ctx *pulumi.Context, name string, a *BucketArgs) error {
	if len(a.Cors) == 0 {
		return nil
	}
	var rules s3.BucketCorsConfigurationV2CorsRuleArray
	for _, key := range base.SortedKeys(a.Cors) {
		c := a.Cors[key]
		rule := s3.BucketCorsConfigurationV2CorsRuleArgs{
			Id: pulumi.String(key), AllowedOrigins: pulumi.ToStringArray(c.Origins), AllowedMethods: pulumi.ToStringArray(c.Methods),
			MaxAgeSeconds: pulumi.Int(c.MaxAgeSeconds),
		}
		if len(c.Headers) > 0 {
			rule.AllowedHeaders = pulumi.ToStringArray(c.Headers)
		}
		if len(c.ExposedHeaders) > 0 {
			rule.ExposeHeaders = pulumi.ToStringArray(c.ExposedHeaders)
		}
		rules = append(rules, rule)
	}
	child := name + "-cors"
	_, err := s3.NewBucketCorsConfigurationV2(ctx, child, &s3.BucketCorsConfigurationV2Args{
		Bucket: b.BucketName, CorsRules: rules,
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("create CORS rules %s: %w", child, err)
	}
	return nil
}

// addAccessLogs sorts logs by the day of the request, so that a question about a day reads
// the logs of that day.
func (b *Bucket) addAccessLogs(ctx *pulumi.Context, name string, a *BucketArgs) error {
	if a.AccessLogs == nil {
		return nil
	}
	child := name + "-logging"
	_, err := s3.NewBucketLoggingV2(ctx, child, &s3.BucketLoggingV2Args{
		Bucket: b.BucketName, TargetBucket: a.AccessLogs.BucketName, TargetPrefix: pulumi.String(a.AccessLogs.Prefix),
		TargetObjectKeyFormat: s3.BucketLoggingV2TargetObjectKeyFormatArgs{
			PartitionedPrefix: s3.BucketLoggingV2TargetObjectKeyFormatPartitionedPrefixArgs{PartitionDateSource: pulumi.String("EventTime")},
		},
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("create logging %s: %w", child, err)
	}
	return nil
}

// addLock turns locks on for the finished bucket and not with the bucket, so that an
// existing one gets them without being replaced. The replica is first: what is written to a
// bucket with locks is never copied to one that has none yet.
func (b *Bucket) addLock(ctx *pulumi.Context, name string, a *BucketArgs) error {
	if a.ObjectLock == nil {
		return nil
	}
	var first []pulumi.Resource
	if b.away != nil {
		made, err := b.lock(ctx, name+"-replica-lock", b.away, a.ObjectLock, pulumi.Provider(a.Replica.Provider))
		if err != nil {
			return err
		}
		first = append(first, made)
	}
	_, err := b.lock(ctx, name+"-lock", b.home, a.ObjectLock, pulumi.DependsOn(first))
	return err
}

func (b *Bucket) lock(
	ctx *pulumi.Context, child string, of *storage.Bucket, lock *ObjectLockArgs, opts ...pulumi.ResourceOption,
) (pulumi.Resource, error) {
	made, err := s3.NewBucketObjectLockConfigurationV2(ctx, child, &s3.BucketObjectLockConfigurationV2Args{
		Bucket: of.Bucket.Bucket,
		Rule: s3.BucketObjectLockConfigurationV2RuleArgs{DefaultRetention: s3.BucketObjectLockConfigurationV2RuleDefaultRetentionArgs{
			Mode: pulumi.String(map[LockMode]string{Governance: "GOVERNANCE", Compliance: "COMPLIANCE"}[lock.Mode]), Days: pulumi.Int(lock.Days),
		}},
	}, append(opts, pulumi.Parent(b), pulumi.DependsOn(of.Ready))...)
	if err != nil {
		return nil, fmt.Errorf("create lock %s: %w", child, err)
	}
	of.Ready = append(of.Ready, made)
	return made, nil
}

// objectives are mostly the service's promises.
func (a *BucketArgs) objectives() objective.Objectives {
	o := objective.Objectives{
		objective.Instance: {By: "the service"}, objective.Zone: {By: "copies in three zones"},
		objective.Mistake: {Rto: time.Hour, By: fmt.Sprintf("versions, for %d days", a.NoncurrentDays)},
	}
	if a.Replica != nil {
		o[objective.Region] = objective.Objective{Rpo: 15 * time.Minute, Rto: time.Minute, By: "the replica, which the application turns to"}
	}
	return o
}

// statements are what the bucket's policy allows and denies.
func (a *BucketArgs) statements(bucketArn pulumi.StringOutput) []iampolicy.Statement {
	var statements []iampolicy.Statement
	if a.ReadByCloudFront {
		statements = append(statements, a.cloudFront(bucketArn)...)
	}
	if a.ReceivesAccessLogs {
		statements = append(statements, iampolicy.Statement{
			Sid: "AccessLogs", Services: []string{"logging.s3.amazonaws.com"}, Actions: []string{"s3:PutObject"},
			Resources:  []pulumi.StringInput{pulumi.Sprintf("%s/*", bucketArn)},
			Conditions: conditions{"StringEquals": {"aws:SourceAccount": {pulumi.String(a.AccountId)}}},
		})
	}
	for _, key := range base.SortedKeys(a.Statements) {
		statements = append(statements, a.Statements[key].statement(bucketArn))
	}
	return statements
}

// cloudFront lets the account's distributions in.
func (a *BucketArgs) cloudFront(bucketArn pulumi.StringOutput) []iampolicy.Statement {
	statement := func(sid, action string, resource pulumi.StringInput) iampolicy.Statement {
		return iampolicy.Statement{
			Sid: sid, Services: []string{"cloudfront.amazonaws.com"}, Actions: []string{action}, Resources: []pulumi.StringInput{resource},
			Conditions: conditions{"ArnLike": {"aws:SourceArn": {
				pulumi.Sprintf("arn:%s:cloudfront::%s:distribution/*", iampolicy.Partition(a.Region), a.AccountId),
			}}},
		}
	}
	statements := []iampolicy.Statement{statement("CloudFrontReads", "s3:GetObject", pulumi.Sprintf("%s/*", bucketArn))}
	if a.ListByCloudFront {
		statements = append(statements, statement("CloudFrontLists", "s3:ListBucket", bucketArn))
	}
	return statements
}

func (s StatementArgs) statement(bucketArn pulumi.StringOutput) iampolicy.Statement {
	statement := iampolicy.Statement{Actions: s.Actions, Services: s.Services, AwsPrincipals: s.AwsPrincipals, Conditions: s.Conditions}
	if s.Deny {
		statement.Effect = "Deny"
	}
	if len(s.Prefixes) == 0 {
		statement.Resources = []pulumi.StringInput{bucketArn}
	}
	statement.Resources = append(statement.Resources, objects(bucketArn, s.Prefixes)...)
	return statement
}

// objects are the objects whose keys begin with one of the prefixes, or all.
func objects(bucketArn pulumi.StringInput, prefixes []string) []pulumi.StringInput {
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	resources := make([]pulumi.StringInput, len(prefixes))
	for i, prefix := range prefixes {
		resources[i] = pulumi.Sprintf("%s/%s*", bucketArn, prefix)
	}
	return resources
}
