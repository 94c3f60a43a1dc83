package secret_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/secret"
	"github.com/plinth-iac/plinth/tests/harness"
)

func smallestParameters() *secret.ParametersArgs {
	return &secret.ParametersArgs{
		Region: home, AccountId: account, Path: "/shop/prod/app", Values: map[string]pulumi.StringInput{"host": pulumi.String("db.internal")},
	}
}

func fullParameters() *secret.ParametersArgs {
	a := smallestParameters()
	a.Values["database/port"] = pulumi.String("5432")
	a.Secrets = map[string]pulumi.StringInput{"database/password": pulumi.String("hush")}
	a.KmsKeyArn, a.Tags = key, map[string]string{"team": "shop"}
	return a
}

func parametersProgram(args *secret.ParametersArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := secret.NewParameters(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestParametersGraph(t *testing.T) {
	for name, args := range map[string]*secret.ParametersArgs{"smallest": smallestParameters(), "full": fullParameters()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, parametersProgram(args, "app"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, "parameters-"+name)
				g.Owned(t, secret.ParametersType+"::app", "app-")
				require.NotContains(t, g.Text(), "hush")
			})
		})
	}
}

func TestTwoTreesInOneProgram(t *testing.T) {
	harness.Both(t, parametersProgram(fullParameters(), "app", "other"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:ssm/parameter:Parameter"), 6)
	})
}

func TestReadStatementIsOfTheWholeTree(t *testing.T) {
	const tree = `"arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/app","arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/app/*"`
	for _, c := range []struct {
		args *secret.ParametersArgs
		want string
	}{
		{smallestParameters(), `{"Action":["ssm:GetParameter","ssm:GetParameters","ssm:GetParametersByPath"],"Effect":"Allow","Resource":[` + tree + `]}`},
		{fullParameters(), `{"Action":["ssm:GetParameter","ssm:GetParameters","ssm:GetParametersByPath","kms:Decrypt"],"Effect":"Allow",` +
			`"Resource":[` + tree + `,"arn:aws:kms:eu-west-1:111122223333:key/1"]}`},
	} {
		g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			p, err := secret.NewParameters(ctx, "app", c.args)
			if err != nil {
				return err
			}
			return consume(ctx, p.ReadStatement())
		})
		require.Equal(t, `{"Statement":[`+c.want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value("policy"))
	}
}

func TestEveryParameterProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	deep, long := strings.Repeat("a/", 12)+"a", strings.Repeat("x", 960)
	for name, c := range map[string]struct {
		args *secret.ParametersArgs
		want string
	}{
		"nothing given": {&secret.ParametersArgs{}, `4 problems
  accountId: is required
  path: is required
  region: is required
  values: are needed, or secrets: there is nothing to keep`},
		"wrong names": {&secret.ParametersArgs{
			Region: home, AccountId: account, Path: "shop", AwsManagedKey: true,
			Values:  map[string]pulumi.StringInput{"a b": pulumi.String("x"), "none": nil, "/x": pulumi.String("x"), "both": pulumi.String("x")},
			Secrets: map[string]pulumi.StringInput{"both": pulumi.String("x")},
		}, `5 problems
  path: "shop": must be a path such as /shop/prod/app, of letters, digits, dots, hyphens and underscores
  secrets.both: is in values, too
  values./x: the name must be letters, digits, dots, hyphens and underscores, with slashes between levels
  values.a b: the name must be letters, digits, dots, hyphens and underscores, with slashes between levels
  values.none: is required`},
		"limits": {&secret.ParametersArgs{
			Region: home, AccountId: account, Path: "/Aws/x/y", KmsKeyArn: key, AwsManagedKey: true,
			Values: map[string]pulumi.StringInput{deep: pulumi.String("x"), long: pulumi.String("x")},
		}, `4 problems
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  path: "/Aws/x/y": must begin with neither aws nor ssm, which AWS keeps for itself
  values.` + deep + `: is 16 levels deep with its path; AWS allows 15
  values.` + long + `: has 1013 characters with its ARN; AWS allows 1011`},
		"no key": {&secret.ParametersArgs{
			Region: home, AccountId: account, Path: "/shop", Secrets: map[string]pulumi.StringInput{"a": pulumi.String("x")},
		}, `1 problem
  kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, parametersProgram(c.args, "app"))
			require.ErrorContains(t, err, `secret.Parameters "app": `+c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
