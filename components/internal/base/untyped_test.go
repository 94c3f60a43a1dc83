package base_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/tests/harness"
)

// A typed resource, such as a log group, says which provider the SDK asks for.
func TestUntypedResourcesAskForTheSameProviderVersion(t *testing.T) {
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		group, err := cloudwatch.NewLogGroup(ctx, "typed", &cloudwatch.LogGroupArgs{})
		if err != nil {
			return err
		}
		var permission struct{ pulumi.CustomResourceState }
		return base.Untyped(ctx, "aws:lambda/permission:Permission", "untyped", pulumi.Map{"function": group.Name}, &permission, pulumi.Parent(group))
	})
	typed, untyped := g.Named(t, "typed"), g.Named(t, "untyped")
	require.NotEmpty(t, typed.Version)
	require.Equal(t, typed.Version, untyped.Version)
	require.Equal(t, "typed", untyped.Value("function"))
	require.Equal(t, typed.URN, untyped.Parent)
}

func TestAnUntypedResourceThatIsRefusedIsNamed(t *testing.T) {
	_, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
		var r struct{ pulumi.CustomResourceState }
		return base.Untyped(ctx, "", "nothing", nil, &r)
	})
	require.ErrorContains(t, err, "create nothing: ")
}
