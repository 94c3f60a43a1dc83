package registry_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/registry"
)

// The images of a service.
func ExampleNewRepository() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cart, err := registry.NewRepository(ctx, "cart", &registry.RepositoryArgs{
			Region:        "eu-central-1",
			AccountId:     "111122223333",
			Name:          "shop/cart",
			AwsManagedKey: true,
		})
		if err != nil {
			return err
		}
		ctx.Export("cartImages", cart.RepositoryUrl)
		return nil
	})
}

// Images of Kubernetes, from one's own registry.
func ExampleNewPullThroughCache() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		images, err := registry.NewPullThroughCache(ctx, "images", &registry.PullThroughCacheArgs{
			Region:        "eu-central-1",
			AccountId:     "111122223333",
			AwsManagedKey: true,
			Upstreams:     map[string]registry.UpstreamArgs{"k8s": {Registry: registry.Kubernetes}},
		})
		if err != nil {
			return err
		}
		ctx.Export("pause", pulumi.Sprintf("%s/pause:3.10", images.UrlPrefixes.MapIndex(pulumi.String("k8s"))))
		return nil
	})
}
