package keys_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/keys"
)

// The key of a stack's databases.
func ExampleNewKey() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		key, err := keys.NewKey(ctx, "database", &keys.KeyArgs{
			Region:    "eu-central-1",
			AccountId: "111122223333",
			Class:     "database",
			Services:  []string{"rds", "secretsmanager", "backup"},
		})
		if err != nil {
			return err
		}
		ctx.Export("databaseKeyArn", key.KeyArn)
		return nil
	})
}
