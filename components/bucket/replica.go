package bucket

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/storage"
)

// replicationRule is the id of the rule that copies everything.
const replicationRule = "replica"

func (b *Bucket) addReplica(ctx *pulumi.Context, name string, a *BucketArgs) (err error) {
	if a.Replica == nil {
		none := pulumi.String("").ToStringOutput()
		b.ReplicaName, b.ReplicaArn, b.ReplicaDomainName = none, none, none
		return nil
	}
	args := a.storage(a.Replica.KmsKeyArn)
	if a.ReadByCloudFront {
		args.Statements = func(replicaArn pulumi.StringOutput) []iampolicy.Statement { return a.cloudFront(replicaArn) }
	}
	b.away, err = storage.New(ctx, name+"-replica", args, pulumi.Parent(b), pulumi.Provider(a.Replica.Provider))
	if err != nil {
		return err
	}
	b.Replica = b.away.Bucket
	b.ReplicaName, b.ReplicaArn, b.ReplicaDomainName = b.Replica.Bucket, b.Replica.Arn, b.Replica.BucketRegionalDomainName
	return nil
}

// addReplication comes when both buckets are finished: S3 refuses it while one of them has
// no versions, or the bucket a lock that the replica has not.
func (b *Bucket) addReplication(ctx *pulumi.Context, name string, a *BucketArgs) error {
	if a.Replica == nil {
		return nil
	}
	role, policy, err := b.addReplicator(ctx, name, a)
	if err != nil {
		return err
	}
	rule := s3.BucketReplicationConfigRuleArgs{
		Id: pulumi.String(replicationRule), Status: pulumi.String("Enabled"),
		Filter:                  s3.BucketReplicationConfigRuleFilterArgs{Prefix: pulumi.String("")},
		DeleteMarkerReplication: s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs{Status: pulumi.String("Enabled")},
	}
	destination := s3.BucketReplicationConfigRuleDestinationArgs{
		Bucket: b.ReplicaArn,
		ReplicationTime: s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs{
			Status: pulumi.String("Enabled"),
			Time:   s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs{Minutes: pulumi.Int(15)},
		},
		Metrics: s3.BucketReplicationConfigRuleDestinationMetricsArgs{
			Status:         pulumi.String("Enabled"),
			EventThreshold: s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs{Minutes: pulumi.Int(15)},
		},
	}
	if a.Replica.KmsKeyArn != nil {
		destination.EncryptionConfiguration = s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs{
			ReplicaKmsKeyId: a.Replica.KmsKeyArn,
		}
		rule.SourceSelectionCriteria = s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs{
			SseKmsEncryptedObjects: s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs{Status: pulumi.String("Enabled")},
		}
	}
	rule.Destination = destination
	child := name + "-replication"
	_, err = s3.NewBucketReplicationConfig(ctx, child, &s3.BucketReplicationConfigArgs{
		Bucket: b.BucketName, Role: role.Arn, Rules: s3.BucketReplicationConfigRuleArray{rule},
	}, pulumi.Parent(b), pulumi.DependsOn(append(slices.Concat(b.home.Ready, b.away.Ready), policy)))
	if err != nil {
		return fmt.Errorf("create replication %s: %w", child, err)
	}
	return nil
}

// addReplicator makes the role that S3 copies with.
func (b *Bucket) addReplicator(ctx *pulumi.Context, name string, a *BucketArgs) (*iam.Role, *iam.RolePolicy, error) {
	child := name + "-replicator"
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		Description:      pulumi.Sprintf("Copies the objects of bucket %s to another region", name),
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("s3.amazonaws.com")), Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, nil, fmt.Errorf("create role %s: %w", child, err)
	}
	policy, err := iam.NewRolePolicy(ctx, child+"-policy", &iam.RolePolicyArgs{
		Role: role.Name, Policy: iampolicy.Document(b.replicationStatements(a)...),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, nil, fmt.Errorf("create policy %s-policy: %w", child, err)
	}
	return role, policy, nil
}

// replicationStatements let S3 read versions here, with their locks, and write them there: a
// bucket that once had locks keeps the ability, and S3 asks for them. A bucket key of the
// replica is made with GenerateDataKey, an object without one is written with Encrypt.
func (b *Bucket) replicationStatements(a *BucketArgs) []iampolicy.Statement {
	read := []string{
		"s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging", "s3:GetObjectLegalHold", "s3:GetObjectRetention",
	}
	statements := []iampolicy.Statement{
		{Actions: []string{"s3:GetReplicationConfiguration", "s3:ListBucket"}, Resources: []pulumi.StringInput{b.BucketArn}},
		{Actions: read, Resources: objects(b.BucketArn, nil)},
		{Actions: []string{"s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"}, Resources: objects(b.ReplicaArn, nil)},
	}
	if a.KmsKeyArn != nil {
		statements = append(statements, viaS3(a.KmsKeyArn, a.Region, "kms:Decrypt"),
			viaS3(a.Replica.KmsKeyArn, a.Replica.Region, "kms:Encrypt", "kms:GenerateDataKey"))
	}
	return statements
}
