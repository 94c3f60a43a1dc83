package secret_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/secret"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	home    = "eu-west-1"
	account = "111122223333"
	key     = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")
)

func smallestSecret() *secret.SecretArgs {
	return &secret.SecretArgs{Region: home, AccountId: account, AwsManagedKey: true}
}

func fullSecret() *secret.SecretArgs {
	return &secret.SecretArgs{
		Region: home, AccountId: account, Description: "Master of the database", KmsKeyArn: key,
		Value: pulumi.String("hush"), ValueOwner: secret.Rotation,
		Rotation: &secret.RotationArgs{
			LambdaArn: pulumi.String("arn:aws:lambda:eu-west-1:111122223333:function:rotate"), Schedule: "cron(0 4 ? * SUN *)", WindowHours: 3,
			Immediately: pulumi.BoolRef(false),
		},
		Replicas: map[string]secret.ReplicaArgs{
			"eu-central-1": {KmsKeyArn: pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/2")}, "eu-north-1": {AwsManagedKey: true},
		},
		RecoveryWindowDays: 7, DeletionProtection: pulumi.BoolRef(false), Tags: map[string]string{"team": "shop"},
	}
}

func secretProgram(args *secret.SecretArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := secret.NewSecret(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestSecretGraph(t *testing.T) {
	for name, args := range map[string]*secret.SecretArgs{"smallest": smallestSecret(), "full": fullSecret()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, secretProgram(args, "app"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, "secret-"+name)
				g.Owned(t, secret.SecretType+"::app", "app-")
			})
		})
	}
}

func TestTwoSecretsInOneProgram(t *testing.T) {
	harness.Both(t, secretProgram(fullSecret(), "app", "other"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:secretsmanager/secret:Secret"), 2)
	})
}

func TestSecretArgsAreNotChanged(t *testing.T) {
	args := fullSecret()
	args.Rotation.Immediately, args.Rotation.Schedule = nil, ""
	harness.Run(t, harness.Preview, secretProgram(args, "app"))
	require.Nil(t, args.Rotation.Immediately)
	require.Zero(t, args.Rotation.Days)
}

func TestSecretIsSafeByDefault(t *testing.T) {
	harness.Both(t, secretProgram(smallestSecret(), "app"), func(t *testing.T, g *harness.Graph) {
		made := g.Named(t, "app-secret")
		require.True(t, made.Protect)
		require.Equal(t, float64(30), made.Value("recoveryWindowInDays"))
		require.Equal(t, true, g.Named(t, "app-policy").Value("blockPublicPolicy"))
		require.Empty(t, g.OfType("aws:secretsmanager/secretVersion:SecretVersion"))
	})
}

// The value is a secret wherever it goes, and its version says so.
func TestTheValueIsSecret(t *testing.T) {
	harness.Both(t, secretProgram(fullSecret(), "app"), func(t *testing.T, g *harness.Graph) {
		require.NotContains(t, g.Text(), "hush")
		require.Equal(t, "hush", g.Named(t, "app-version").Value("secretString"))
	})
	harness.Both(t, func(ctx *pulumi.Context) error {
		s, err := secret.NewSecret(ctx, "app", fullSecret())
		if err != nil {
			return err
		}
		var store struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Store", "store", pulumi.Map{"password": s.Value}, &store)
	}, func(t *testing.T, g *harness.Graph) {
		require.NotContains(t, g.Text(), "hush")
		require.Equal(t, []string{g.Named(t, "app-version").URN}, g.Named(t, "store").PropertyDependencies["password"])
	})
}

func TestTheOwnerOfTheValueDecidesWhetherChangesAreWritten(t *testing.T) {
	for _, c := range []struct {
		owner    secret.ValueOwner
		rotation bool
		ignored  []string
	}{
		{"", false, nil}, {secret.Program, false, nil}, {secret.Rotation, false, []string{"secretString"}}, {"", true, []string{"secretString"}},
	} {
		args := fullSecret()
		args.ValueOwner = c.owner
		if !c.rotation {
			args.Rotation = nil
		}
		harness.Both(t, secretProgram(args, "app"), func(t *testing.T, g *harness.Graph) {
			require.Equal(t, c.ignored, g.Named(t, "app-version").IgnoreChanges, c)
		})
	}
}

func TestRotationWaitsForTheValue(t *testing.T) {
	harness.Both(t, secretProgram(fullSecret(), "app"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{g.Named(t, "app-version").URN}, g.Named(t, "app-rotation").PropertyDependencies["secretId"])
	})
	bare := fullSecret()
	bare.Value = nil
	harness.Both(t, secretProgram(bare, "app"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{g.Named(t, "app-secret").URN}, g.Named(t, "app-rotation").PropertyDependencies["secretId"])
	})
}

func TestOtherAccountsAreDenied(t *testing.T) {
	g := harness.Run(t, harness.Update, secretProgram(smallestSecret(), "app"))
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"OwnAccountOnly","Effect":"Deny","Principal":{"AWS":"*"},
		"Action":"secretsmanager:*","Resource":"*","Condition":{
			"StringNotEquals":{"aws:PrincipalAccount":"111122223333"},"Bool":{"aws:PrincipalIsAWSService":"false"}}}]}`,
		g.Named(t, "app-policy").Value("policy").(string))
}

func TestReadStatementsNameTheSecretAndItsKey(t *testing.T) {
	for _, c := range []struct {
		args *secret.SecretArgs
		want string
	}{
		{smallestSecret(), `{"Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Effect":"Allow",` +
			`"Resource":"arn:aws:mock:us-east-1:111122223333:app-secret"}`},
		{fullSecret(), `{"Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret","kms:Decrypt"],"Effect":"Allow",` +
			`"Resource":["arn:aws:mock:us-east-1:111122223333:app-secret","arn:aws:kms:eu-west-1:111122223333:key/1"]}`},
	} {
		g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			s, err := secret.NewSecret(ctx, "app", c.args)
			if err != nil {
				return err
			}
			return consume(ctx, s.ReadStatement())
		})
		require.Equal(t, `{"Statement":[`+c.want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value("policy"))
	}
}

func consume(ctx *pulumi.Context, statements ...iampolicy.Statement) error {
	var r struct{ pulumi.CustomResourceState }
	return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{"policy": iampolicy.Document(statements...)}, &r)
}

func TestEverySecretProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	schedules := map[string]bool{
		"rate(4 hours)": true, "rate(1 day)": true, "rate(999 days)": true, "cron(0 4 ? * SUN *)": true, "cron(0 */6 1,15 * ? *)": true,
		"rate(3 hours)": false, "rate(1 days)": false, "rate(1000 days)": false, "rate(4 minutes)": false, "cron(5 4 ? * SUN *)": false,
		"cron(0 4 * * ?)": false, "cron(0 4 1 * MON *)": false, "cron(0 4 ? * SUN 2027)": false, "daily": false,
	}
	for schedule, ok := range schedules {
		args := fullSecret()
		args.Rotation.Schedule = schedule
		_, err := harness.Try(harness.Preview, secretProgram(args, "app"))
		require.Equal(t, ok, err == nil, "%s: %v", schedule, err)
	}
	for name, c := range map[string]struct {
		args *secret.SecretArgs
		want string
	}{
		"nothing given": {&secret.SecretArgs{}, `3 problems
  accountId: is required
  kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account
  region: is required`},
		"wrong values": {&secret.SecretArgs{
			Region: home, AccountId: "1", KmsKeyArn: key, AwsManagedKey: true, ValueOwner: secret.Program, RecoveryWindowDays: 6,
			Rotation: &secret.RotationArgs{Days: 1001, WindowHours: 25}, Replicas: map[string]secret.ReplicaArgs{home: {}},
		}, `9 problems
  accountId: "1": must be twelve digits
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  recoveryWindowDays: 6: must be 7 to 30
  replicas.eu-west-1: is the secret's own region
  replicas.eu-west-1.kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, and what AWS's own key encrypts cannot be shared with another account
  rotation.days: 1001: must be 1 to 1000
  rotation.lambdaArn: is required
  rotation.windowHours: 25: must be 1 to 24
  valueOwner: conflicts with rotation: each deploy would undo the last rotation`},
		"rhythms": {&secret.SecretArgs{
			Region: home, AccountId: account, AwsManagedKey: true, ValueOwner: "Nobody",
			Rotation: &secret.RotationArgs{LambdaArn: pulumi.String("x"), Days: 5, Schedule: "rate(4 hours)"},
		}, `2 problems
  rotation.schedule: conflicts with rotation.days: a rotation has one rhythm
  valueOwner: "Nobody" is not supported; allowed: Program, Rotation`},
		"a schedule": {&secret.SecretArgs{
			Region: home, AccountId: account, AwsManagedKey: true, Rotation: &secret.RotationArgs{LambdaArn: pulumi.String("x"), Schedule: "hourly"},
		}, `1 problem
  rotation.schedule: "hourly": must be rate(4 hours) or longer, or a cron expression of six fields with minute 0 and year *`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, secretProgram(c.args, "app"))
			require.ErrorContains(t, err, `secret.Secret "app": `+c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
