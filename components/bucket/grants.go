package bucket

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// ReadStatements let their holder read the objects whose keys begin with one of the
// prefixes, such as "images/", and list them. Without prefixes it is all objects, and one
// that is missing is "not found" and not "forbidden".
func (b *Bucket) ReadStatements(prefixes ...string) []iampolicy.Statement {
	list := iampolicy.Statement{Actions: []string{"s3:ListBucket"}, Resources: []pulumi.StringInput{b.BucketArn}}
	if len(prefixes) > 0 {
		patterns := make([]pulumi.StringInput, len(prefixes))
		for i, prefix := range prefixes {
			patterns[i] = pulumi.String(prefix + "*")
		}
		list.Conditions = conditions{"StringLike": {"s3:prefix": patterns}}
	}
	return b.withKey([]string{"kms:Decrypt"}, iampolicy.Statement{
		Actions: []string{"s3:GetObject"}, Resources: objects(b.BucketArn, prefixes),
	}, list)
}

// WriteStatements let their holder write and delete the objects whose keys begin with one
// of the prefixes, or all, also in parts. What is overwritten or deleted can be had back:
// versions are not the holder's to delete.
func (b *Bucket) WriteStatements(prefixes ...string) []iampolicy.Statement {
	return b.withKey([]string{"kms:Decrypt", "kms:GenerateDataKey"}, iampolicy.Statement{
		Actions:   []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"},
		Resources: objects(b.BucketArn, prefixes),
	})
}

// withKey adds the use of the bucket's key by way of S3, and of no other service that
// encrypts with it. The keys of S3 itself need no grant.
func (b *Bucket) withKey(actions []string, allowed ...iampolicy.Statement) []iampolicy.Statement {
	if b.kmsKeyArn == nil {
		return allowed
	}
	return append(allowed, viaS3(b.kmsKeyArn, b.region, actions...))
}

func viaS3(kmsKeyArn pulumi.StringInput, region string, actions ...string) iampolicy.Statement {
	return iampolicy.Statement{
		Actions: actions, Resources: []pulumi.StringInput{kmsKeyArn},
		Conditions: conditions{"StringEquals": {"kms:ViaService": {pulumi.String(iampolicy.RegionalService("s3", region))}}},
	}
}
