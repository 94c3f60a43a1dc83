package base_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/tests/harness"
)

type strategy string

type nested struct {
	Strategy strategy `pulumi:"strategy"`
	Private  string
}

type arguments struct {
	Zones []string           `pulumi:"zones"`
	Nat   *nested            `pulumi:"nat"`
	Rules map[string]nested  `pulumi:"rules"`
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	Flag  *bool              `pulumi:"flag"`
	Count int                `pulumi:"count"`
	Empty string             `pulumi:"empty"`
}

type thing struct{ pulumi.ResourceState }

func TestAComponentsInputsAreItsPlainArgs(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		return base.Register(ctx, "plinth:test:Thing", "x", &thing{}, &arguments{
			Zones: []string{"a"}, Nat: &nested{Strategy: "Single", Private: "hidden"}, Rules: map[string]nested{"k": {Strategy: "None"}},
			VpcId: pulumi.String("vpc-1"), Flag: pulumi.BoolRef(false), Count: 3,
		})
	}
	harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
		require.Equal(t, "plinth:test:Thing x\n  count = 3\n  flag = false\n  nat = {\"strategy\":\"Single\"}\n"+
			"  rules = {\"k\":{\"strategy\":\"None\"}}\n  zones = [\"a\"]\n\n", g.Text())
	})
}

func TestOwnTagsWinOverTheUsersOverTheName(t *testing.T) {
	require.Equal(t, pulumi.StringMap{"Name": pulumi.String("user"), "role": pulumi.String("own")},
		base.Tags("child", map[string]string{"Name": "user", "role": "user"}, map[string]string{"role": "own"}))
}
