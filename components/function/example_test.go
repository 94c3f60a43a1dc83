package function_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

// A handler in a directory, and what somebody needs to call it.
func ExampleNewFunction() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		thumbnails, err := function.NewFunction(ctx, "thumbnails", &function.FunctionArgs{
			Region:        "eu-central-1",
			AccountId:     "111122223333",
			AwsManagedKey: true,
			Code:          pulumi.NewFileArchive("handlers/thumbnails"),
			Runtime:       function.Python313,
			Handler:       "thumbnails.handler",
		})
		if err != nil {
			return err
		}
		ctx.Export("thumbnailsArn", thumbnails.AliasArn)
		ctx.Export("policy", iampolicy.Document(thumbnails.InvokeStatements()...))
		return nil
	})
}
