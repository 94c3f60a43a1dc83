package base

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// awsVersion is the provider version that the typed SDK asks for.
const awsVersion = "6.83.2"

// Untyped registers a resource of AWS by its token, and fills r with its outputs. The SDK
// packages wafv2 and lambda are not imported for a few small resources: compiling wafv2
// alone takes minutes.
func Untyped(
	ctx *pulumi.Context, token, name string, props pulumi.Map, r pulumi.CustomResource, opts ...pulumi.ResourceOption,
) error {
	opts = append([]pulumi.ResourceOption{pulumi.Version(awsVersion)}, opts...)
	if err := ctx.RegisterResource(token, name, props, r, opts...); err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return nil
}
