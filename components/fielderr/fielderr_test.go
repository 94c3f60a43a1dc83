package fielderr_test

import (
	"errors"
	"testing"

	pulumierrors "github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/fielderr"
)

type strategy string

func TestEveryProblemIsReportedOnceSortedByPath(t *testing.T) {
	var errs fielderr.List
	nat := errs.At("nat")
	nat.Unsupported("strategy", strategy("Many"), "None", "Single")
	errs.Required("cidrBlock")
	errs.Required("cidrBlock")
	errs.At("tiers", fielderr.Key("web.v2")).Invalid("newBits", 30, "must be at most %d", 16)
	errs.At("zones", fielderr.Index(1)).Invalid("", "x", "is not a zone")
	nat.Conflict("eips", "strategy", "there is no NAT gateway")

	require.EqualError(t, errs.Err(`network.Vpc "main"`), `network.Vpc "main": 5 problems
  cidrBlock: is required
  nat.eips: conflicts with nat.strategy: there is no NAT gateway
  nat.strategy: "Many" is not supported; allowed: None, Single
  tiers["web.v2"].newBits: 30: must be at most 16
  zones[1]: "x": is not a zone`)
}

func TestNoProblemIsNoError(t *testing.T) {
	var errs fielderr.List
	errs.At("nat")
	require.NoError(t, errs.Err("x"))
}

func TestErrorUnwrapsToTheSdksPropertyErrors(t *testing.T) {
	var errs fielderr.List
	errs.At("nat").Required("strategy")
	var sdk *pulumierrors.InputPropertiesError
	require.True(t, errors.As(errs.Err("x"), &sdk))
	require.Equal(t, []pulumierrors.InputPropertyErrorDetails{{PropertyPath: "nat.strategy", Reason: "is required"}}, sdk.Errors)
}

func TestOneOfShowsWhatIsAllowed(t *testing.T) {
	type mode string
	var errs fielderr.List
	fielderr.OneOf(&errs, "mode", mode("fast"), "fast", "")
	fielderr.OneOf(&errs, "mode", mode("slow"), "fast", "")
	require.EqualError(t, errs.Err("x"), "x: 1 problem\n  mode: \"slow\" is not supported; allowed: fast, \"\"")
}
