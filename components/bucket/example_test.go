package bucket_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

// Files that a service writes and CloudFront shows.
func ExampleNewBucket() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		assets, err := bucket.NewBucket(ctx, "assets", &bucket.BucketArgs{
			Region:           "eu-central-1",
			AccountId:        "111122223333",
			AwsManagedKey:    true,
			ReadByCloudFront: true,
		})
		if err != nil {
			return err
		}
		ctx.Export("assets", assets.RegionalDomainName)
		ctx.Export("policy", iampolicy.Document(assets.WriteStatements("images/")...))
		return nil
	})
}

// A function makes thumbnails of images that are uploaded. The ARN of its alias is one that
// is known once S3 may invoke it.
func ExampleNewNotifications() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := bucket.NewNotifications(ctx, "uploads", &bucket.NotificationsArgs{
			BucketName: pulumi.String("uploads-0123456"),
			Functions: map[string]bucket.TargetArgs{"thumbnails": {
				Arn: pulumi.String("arn:aws:lambda:eu-central-1:111122223333:function:thumbnails:live"), Prefix: "images/",
			}},
		})
		return err
	})
}
