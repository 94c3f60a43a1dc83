package cdn

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

const cloudFront = "cloudfront.amazonaws.com"

type conditions = map[string]map[string][]pulumi.StringInput

// ReadStatement is for the policy of an existing bucket that is an origin. It lets every
// distribution of the account read: the policy is often older than the distribution, and
// need not wait for it. region is the bucket's.
func ReadStatement(bucketArn pulumi.StringInput, region, accountId string) iampolicy.Statement {
	return readStatement(bucketArn, "ArnLike", distributions(region, accountId))
}

// ListStatement is for an existing bucket too, next to ReadStatement: of an object that is
// missing it then says 404, which SinglePageApp and ErrorPages need. Without a RootObject,
// viewers would get a list of the bucket's objects at "/".
func ListStatement(bucketArn pulumi.StringInput, region, accountId string) iampolicy.Statement {
	return listStatement(bucketArn, "ArnLike", distributions(region, accountId))
}

func distributions(region, accountId string) pulumi.StringInput {
	return pulumi.Sprintf("arn:%s:cloudfront::%s:distribution/*", iampolicy.Partition(region), accountId)
}

// readStatement lets CloudFront read objects for a distribution. Who may not list a
// bucket is told 403 of an object that is not there, not 404.
func readStatement(bucketArn pulumi.StringInput, operator string, distribution pulumi.StringInput) iampolicy.Statement {
	return iampolicy.Statement{
		Sid: "CloudFront", Services: []string{cloudFront}, Actions: []string{"s3:GetObject"},
		Resources:  []pulumi.StringInput{pulumi.Sprintf("%s/*", bucketArn)},
		Conditions: conditions{operator: {"aws:SourceArn": {distribution}}},
	}
}

func listStatement(bucketArn pulumi.StringInput, operator string, distribution pulumi.StringInput) iampolicy.Statement {
	return iampolicy.Statement{
		Sid: "CloudFrontLists", Services: []string{cloudFront}, Actions: []string{"s3:ListBucket"}, Resources: []pulumi.StringInput{bucketArn},
		Conditions: conditions{operator: {"aws:SourceArn": {distribution}}},
	}
}

// WriteStatements let their holder put objects into an own bucket, by its origin's key,
// and delete them.
func (d *Distribution) WriteStatements(origin string) []iampolicy.Statement {
	arn := failing(fmt.Errorf("%s %q has no origin %q with a bucket of its own", Type, d.name, origin))
	if bucket, own := d.Buckets[origin]; own {
		arn = bucket.Arn
	}
	statements := []iampolicy.Statement{
		{Actions: []string{"s3:ListBucket"}, Resources: []pulumi.StringInput{arn}},
		{
			Actions:   []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s/*", arn)},
		},
	}
	if b := d.args.Origins[origin].Bucket; b.own() && b.KmsKeyArn != nil {
		statements = append(statements, iampolicy.Statement{
			Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []pulumi.StringInput{b.KmsKeyArn},
			Conditions: conditions{"StringLike": {"kms:ViaService": {pulumi.String("s3.*")}}},
		})
	}
	return statements
}

// InvalidateStatements let their holder drop what CloudFront has kept of changed objects.
func (d *Distribution) InvalidateStatements() []iampolicy.Statement {
	return []iampolicy.Statement{{
		Actions: []string{"cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"}, Resources: []pulumi.StringInput{d.DistributionArn},
	}}
}

// addInvokePermissions lets the distribution, and no other, call functions by their URLs.
// Lambda asks for both permissions.
func (d *Distribution) addInvokePermissions(ctx *pulumi.Context, _ string, a *DistributionArgs) error {
	for _, key := range base.SortedKeys(a.Origins) {
		u := a.Origins[key].FunctionUrl
		if u == nil {
			continue
		}
		opts := []pulumi.ResourceOption{pulumi.Parent(d)}
		if u.Provider != nil {
			opts = append(opts, pulumi.Provider(u.Provider))
		}
		for _, p := range []struct{ role, action string }{{"url", "lambda:InvokeFunctionUrl"}, {"invoke", "lambda:InvokeFunction"}} {
			child, props := d.child(p.role, key), pulumi.Map{
				"action": pulumi.String(p.action), "principal": pulumi.String(cloudFront), "sourceArn": d.DistributionArn, "function": u.FunctionName,
			}
			if u.Qualifier != nil {
				props["qualifier"] = u.Qualifier
			}
			var permission struct{ pulumi.CustomResourceState }
			if err := base.Untyped(ctx, "aws:lambda/permission:Permission", child, props, &permission, opts...); err != nil {
				return err
			}
		}
	}
	return nil
}
