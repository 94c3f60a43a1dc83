// Package storage is the private bucket that components keep objects or logs in:
// encrypted, for its owner's account alone, reached by TLS only, and emptied of what
// nobody needs any more.
package storage

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Args are what is asked of a bucket. Checking them is for the component that makes it.
type Args struct {
	// KmsKeyArn is the key that objects are encrypted with. Default: SSE-S3, which is all
	// that load balancers and access logs can write to.
	KmsKeyArn pulumi.StringInput
	// Statements let somebody in by the bucket's policy, which also refuses whoever comes
	// without TLS. Default: nobody.
	Statements func(bucketArn pulumi.StringOutput) []iampolicy.Statement
	// ExpireDays is how long objects are kept. Default: for ever.
	ExpireDays int
	// NoncurrentDays is how long an object can be had back once it was overwritten or
	// deleted. Default: 7.
	NoncurrentDays int
	// Rules are lifecycle rules besides the one that ExpireDays and NoncurrentDays make.
	// Default: none.
	Rules s3.BucketLifecycleConfigurationV2RuleArray
	// ForceDestroy lets the bucket be deleted with the objects in it. Default: false.
	ForceDestroy bool
	// Protect makes the engine refuse to delete or replace the bucket. Default: false.
	Protect bool
	// Tags are put on the bucket. Default: none.
	Tags map[string]string
}

// Bucket is a bucket with its parts.
type Bucket struct {
	// Bucket is the bucket itself.
	Bucket *s3.BucketV2
	// Policy says who may do what. Services that try to write at once wait for it.
	Policy *s3.BucketPolicy
	// Ready are all parts, for what must find the bucket finished.
	Ready []pulumi.Resource
}

// New registers `<name>`, `<name>-policy`, `<name>-access`, `<name>-ownership`,
// `<name>-encryption`, `<name>-versioning` and `<name>-lifecycle`.
func New(ctx *pulumi.Context, name string, a Args, opts ...pulumi.ResourceOption) (*Bucket, error) {
	base.Default(&a.NoncurrentDays, 7)
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(a.ForceDestroy), Tags: base.Tags(name, a.Tags, nil),
	}, append(slices.Clone(opts), pulumi.Protect(a.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("create bucket %s: %w", name, err)
	}
	b := &Bucket{Bucket: bucket, Ready: []pulumi.Resource{bucket}}
	for _, add := range []func(*pulumi.Context, string, *Args, ...pulumi.ResourceOption) (pulumi.Resource, error){
		b.addPolicy, b.blockPublicAccess, b.disableAcls, b.encrypt, b.keepVersions, b.expire,
	} {
		part, err := add(ctx, name, &a, opts...)
		if err != nil {
			return nil, fmt.Errorf("finish bucket %s: %w", name, err)
		}
		b.Ready = append(b.Ready, part)
	}
	return b, nil
}

// addPolicy refuses access without TLS, whatever the statements allow.
func (b *Bucket) addPolicy(ctx *pulumi.Context, name string, a *Args, opts ...pulumi.ResourceOption) (part pulumi.Resource, err error) {
	var statements []iampolicy.Statement
	if a.Statements != nil {
		statements = a.Statements(b.Bucket.Arn)
	}
	b.Policy, err = s3.NewBucketPolicy(ctx, name+"-policy", &s3.BucketPolicyArgs{
		Bucket: b.Bucket.Bucket,
		Policy: iampolicy.Document(append(statements, iampolicy.TlsOnly([]string{"s3:*"}, b.Bucket.Arn, pulumi.Sprintf("%s/*", b.Bucket.Arn)))...),
	}, opts...)
	return b.Policy, err
}

func (b *Bucket) blockPublicAccess(ctx *pulumi.Context, name string, _ *Args, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketPublicAccessBlock(ctx, name+"-access", &s3.BucketPublicAccessBlockArgs{
		Bucket: b.Bucket.Bucket, BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, opts...)
}

func (b *Bucket) disableAcls(ctx *pulumi.Context, name string, _ *Args, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketOwnershipControls(ctx, name+"-ownership", &s3.BucketOwnershipControlsArgs{
		Bucket: b.Bucket.Bucket, Rule: s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, opts...)
}

// encrypt asks for a bucket key with a KMS key: one request to KMS for many objects.
func (b *Bucket) encrypt(ctx *pulumi.Context, name string, a *Args, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	by := s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")}
	rule := s3.BucketServerSideEncryptionConfigurationV2RuleArgs{}
	if a.KmsKeyArn != nil {
		by.SseAlgorithm, by.KmsMasterKeyId = pulumi.String("aws:kms"), base.Optional(a.KmsKeyArn)
		rule.BucketKeyEnabled = pulumi.Bool(true)
	}
	rule.ApplyServerSideEncryptionByDefault = by
	return s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name+"-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: b.Bucket.Bucket, Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{rule},
	}, opts...)
}

func (b *Bucket) keepVersions(ctx *pulumi.Context, name string, _ *Args, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketVersioningV2(ctx, name+"-versioning", &s3.BucketVersioningV2Args{
		Bucket: b.Bucket.Bucket, VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, opts...)
}

// expire writes the bucket's one lifecycle. Parts of uploads that were never finished are
// paid for and not seen, so that they always go. So do marks of deletion that nothing is
// behind any more, which slow lists down: an age for objects sees to them as well.
func (b *Bucket) expire(ctx *pulumi.Context, name string, a *Args, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	rule := s3.BucketLifecycleConfigurationV2RuleArgs{
		Id: pulumi.String("expire"), Status: pulumi.String("Enabled"),
		Filter:                         s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
		NoncurrentVersionExpiration:    s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{NoncurrentDays: pulumi.Int(a.NoncurrentDays)},
		AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{DaysAfterInitiation: pulumi.Int(7)},
	}
	rule.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)}
	if a.ExpireDays > 0 {
		rule.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(a.ExpireDays)}
	}
	return s3.NewBucketLifecycleConfigurationV2(ctx, name+"-lifecycle", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: b.Bucket.Bucket, Rules: append(s3.BucketLifecycleConfigurationV2RuleArray{rule}, a.Rules...),
	}, opts...)
}
