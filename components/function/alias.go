package function

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AliasName is the name of every function's alias.
const AliasName = "live"

// CanaryArgs split the calls of the alias. Set before a deploy, it holds the new version
// back from the start; while there is none, all calls go to StableVersion.
type CanaryArgs struct {
	// StableVersion is the number of the version that gets the rest of the calls, such as
	// "7": the one that the alias points to now.
	StableVersion string `pulumi:"stableVersion"`
	// Percent is how many calls go to the newest version, 1 to 99.
	Percent int `pulumi:"percent"`
}

var versionForm = regexp.MustCompile(`^[1-9][0-9]*$`)

func (a *FunctionArgs) validateAlias(errs *fielderr.List) {
	if a.Canary == nil {
		return
	}
	at := errs.At("canary")
	if !versionForm.MatchString(a.Canary.StableVersion) {
		at.Invalid("stableVersion", a.Canary.StableVersion, `must be the number of a version, such as "7"`)
	}
	datastore.Between(at, "percent", a.Canary.Percent, 1, 99)
	if a.AliasMovedElsewhere {
		errs.Conflict("canary", "aliasMovedElsewhere", "calls are split by one of the two")
	}
	if a.Provisioned != nil {
		errs.Conflict("canary", "provisioned", "Lambda provisions nothing for an alias that splits its calls; remove one of the two")
	}
}

// addAlias follows the version that the function has just published, never a number. It
// ignores no weights of Lambda's own: Pulumi would send back what it has recorded of them.
func (f *Function) addAlias(ctx *pulumi.Context, _ string, a *FunctionArgs) (err error) {
	child, opts := f.child("alias"), []pulumi.ResourceOption{f.parent}
	args := &lambda.AliasArgs{
		Name: pulumi.String(AliasName), FunctionName: f.Function.Name, FunctionVersion: f.Function.Version,
	}
	if a.Canary != nil {
		args.RoutingConfig = a.Canary.routing(f.Function.Version)
	}
	if a.AliasMovedElsewhere {
		opts = append(opts, pulumi.IgnoreChanges([]string{"functionVersion", "routingConfig"})) // until the argument goes
	}
	if f.Alias, err = lambda.NewAlias(ctx, child, args, opts...); err != nil {
		return fmt.Errorf("create alias %s: %w", child, err)
	}
	f.AliasArn = f.Alias.Arn
	return nil
}

// routing gives the stable version what the newest one does not get. Lambda refuses a
// version beside itself.
func (c *CanaryArgs) routing(newest pulumi.StringOutput) lambda.AliasRoutingConfigPtrOutput {
	return newest.ApplyT(func(version string) *lambda.AliasRoutingConfig {
		if version == c.StableVersion {
			return nil
		}
		return &lambda.AliasRoutingConfig{
			AdditionalVersionWeights: map[string]float64{c.StableVersion: float64(100-c.Percent) / 100},
		}
	}).(lambda.AliasRoutingConfigPtrOutput)
}
