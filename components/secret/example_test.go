package secret_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/secret"
)

// A token that somebody puts in by hand.
func ExampleNewSecret() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		token, err := secret.NewSecret(ctx, "payment", &secret.SecretArgs{
			Region:        "eu-central-1",
			AccountId:     "111122223333",
			AwsManagedKey: true,
		})
		if err != nil {
			return err
		}
		ctx.Export("paymentSecretArn", token.Arn)
		return nil
	})
}

// Where an application finds its database.
func ExampleNewParameters() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings, err := secret.NewParameters(ctx, "app", &secret.ParametersArgs{
			Region:    "eu-central-1",
			AccountId: "111122223333",
			Path:      "/shop/prod/app",
			Values:    map[string]pulumi.StringInput{"database/host": pulumi.String("db.internal"), "database/port": pulumi.String("5432")},
		})
		if err != nil {
			return err
		}
		ctx.Export("settings", settings.Path)
		return nil
	})
}
