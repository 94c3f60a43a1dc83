package workload_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/workload"
)

// The cart of a shop: two pods, which only checkout may call.
func ExampleNewService() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cart, err := workload.NewService(ctx, "cart", &workload.ServiceArgs{
			Namespace: pulumi.String("shop"),
			Image:     pulumi.String("111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:1.4.2"),
			Callers:   []string{"checkout"},
		})
		if err != nil {
			return err
		}
		ctx.Export("cartUrl", cart.Url)
		return nil
	})
}
