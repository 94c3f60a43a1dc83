package workload_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/workload"
)

// A namespace with a service in it.
func ExampleNewNamespace() {
	program := func(ctx *pulumi.Context) error {
		shop, err := workload.NewNamespace(ctx, "shop", &workload.NamespaceArgs{
			Quota: &workload.QuotaArgs{Pods: 200},
		})
		if err != nil {
			return err
		}
		_, err = workload.NewService(ctx, "cart", &workload.ServiceArgs{
			Namespace: shop.Name, Image: pulumi.String("registry.example.com/shop/cart:1.4.2"),
		})
		return err
	}
	_ = program // main would call pulumi.Run(program)
}
