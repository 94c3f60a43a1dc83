package alb

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsVersion is the provider version that the typed SDK asks for.
const awsVersion = "6.83.2"

// newUntyped registers a leaf by its token. The SDK packages wafv2 and lambda are not
// imported for one small resource each: compiling wafv2 alone costs minutes.
func newUntyped(ctx *pulumi.Context, token, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	var r struct{ pulumi.CustomResourceState }
	opts = append([]pulumi.ResourceOption{pulumi.Version(awsVersion)}, opts...)
	if err := ctx.RegisterResource(token, name, props, &r, opts...); err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	return &r, nil
}
