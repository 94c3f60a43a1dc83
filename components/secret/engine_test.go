package secret_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/secret"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func secretOnNetwork(net *lifetest.Network) *secret.SecretArgs {
	return &secret.SecretArgs{Region: net.Region, AccountId: net.AccountId, KmsKeyArn: net.KmsKeyArn, Value: pulumi.String("first-hush")}
}

func deploySecret(ctx *pulumi.Context, net *lifetest.Network, a *secret.SecretArgs) error {
	_, err := secret.NewSecret(ctx, "app", a, net.Opts)
	return err
}

// deployRotated makes the function first, and lets Secrets Manager invoke it.
func deployRotated(ctx *pulumi.Context, net *lifetest.Network, a *secret.SecretArgs) error {
	with := pulumi.Provider(net.Provider)
	role, err := iam.NewRole(ctx, "rotate", &iam.RoleArgs{AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("lambda.amazonaws.com"))}, with)
	if err != nil {
		return err
	}
	function, err := lambda.NewFunction(ctx, "rotate", &lambda.FunctionArgs{
		Role: role.Arn, Runtime: pulumi.String("python3.13"), Handler: pulumi.String("rotate.handler"),
		Code: pulumi.NewAssetArchive(map[string]any{"rotate.py": pulumi.NewStringAsset("def handler(event, context): pass")}),
	}, with)
	if err != nil {
		return err
	}
	permission, err := lambda.NewPermission(ctx, "rotate", &lambda.PermissionArgs{
		Action: pulumi.String("lambda:InvokeFunction"), Function: function.Arn, Principal: pulumi.String("secretsmanager.amazonaws.com"),
	}, with)
	if err != nil {
		return err
	}
	if a.Rotation != nil {
		a.Rotation.LambdaArn = permission.Function
	}
	return deploySecret(ctx, net, a)
}

type (
	secretChange     = lifetest.Change[secret.SecretArgs]
	parametersChange = lifetest.Change[secret.ParametersArgs]
)

func openSecret(a *secret.SecretArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

func TestTheLifeOfASecret(t *testing.T) {
	l := lifetest.Start(t, secretOnNetwork, deploySecret)
	l.Up()
	l.Changes("a new value", func(a *secret.SecretArgs, _ *lifetest.Network) { a.Value = pulumi.String("second-hush") }, "replace app-version")
	require.Equal(t, "second-hush", l.Resource("app-version").Props["secretString"])
	l.Changes("a replica", func(a *secret.SecretArgs, net *lifetest.Network) {
		a.Replicas = map[string]secret.ReplicaArgs{net.Recovery.Region: {KmsKeyArn: net.Recovery.KmsKeyArn}}
	}, "update app-secret")
	l.Changes("no replica", func(a *secret.SecretArgs, _ *lifetest.Network) { a.Replicas = nil }, "update app-secret")
	l.Changes("another key", func(a *secret.SecretArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true }, "update app-secret")
	l.Refused("a replica beside itself", func(a *secret.SecretArgs, net *lifetest.Network) {
		a.Replicas = map[string]secret.ReplicaArgs{net.Region: {AwsManagedKey: true}}
	}, "replicas.eu-west-1: is the secret's own region")
	l.Protected()

	state, err := l.Rehearsal().Export(t.Context())
	require.NoError(t, err)
	text, err := json.Marshal(state)
	require.NoError(t, err)
	for _, value := range []string{"first-hush", "second-hush"} {
		if i := strings.Index(string(text), value); i >= 0 {
			t.Log(string(text)[max(0, i-600) : i+100])
		}
		require.NotContains(t, l.Printed(), value, "in what the engine prints")
	}
	l.Changes("unprotected", openSecret)
	l.Destroy()
}

func TestTheProgramDoesNotOverwriteWhatRotationOwns(t *testing.T) {
	l := lifetest.Start(t, secretOnNetwork, deployRotated)
	l.Up()
	l.Changes("rotation", func(a *secret.SecretArgs, _ *lifetest.Network) { a.Rotation = &secret.RotationArgs{Days: 7} }, "create app-rotation")
	l.Changes("another value", func(a *secret.SecretArgs, _ *lifetest.Network) { a.Value = pulumi.String("second-hush") })
	require.Equal(t, "first-hush", l.Resource("app-version").Props["secretString"])
	l.Changes("every Sunday", func(a *secret.SecretArgs, _ *lifetest.Network) {
		a.Rotation = &secret.RotationArgs{Schedule: "cron(0 4 ? * SUN *)", WindowHours: 2}
	}, "update app-rotation")
	l.Changes("no rotation, by hand", func(a *secret.SecretArgs, _ *lifetest.Network) { a.Rotation, a.ValueOwner = nil, secret.Rotation }, "delete app-rotation")
	l.Changes("unprotected", openSecret)
	l.Destroy()
}

func TestNoArgumentReplacesASecret(t *testing.T) {
	l := lifetest.Start(t, secretOnNetwork, deployRotated)
	l.Up()
	l.NeverReplaces([]string{"app-secret"}, map[string]secretChange{
		"region":      func(a *secret.SecretArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"account":     func(a *secret.SecretArgs, _ *lifetest.Network) { a.AccountId = "444455556666" },
		"description": func(a *secret.SecretArgs, _ *lifetest.Network) { a.Description = "other" },
		"key":         func(a *secret.SecretArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"value":       func(a *secret.SecretArgs, _ *lifetest.Network) { a.Value = pulumi.String("other") },
		"owner":       func(a *secret.SecretArgs, _ *lifetest.Network) { a.ValueOwner = secret.Rotation },
		"rotation":    func(a *secret.SecretArgs, _ *lifetest.Network) { a.Rotation = &secret.RotationArgs{} },
		"replicas": func(a *secret.SecretArgs, _ *lifetest.Network) {
			a.Replicas = map[string]secret.ReplicaArgs{"eu-north-1": {AwsManagedKey: true}}
		},
		"window":    func(a *secret.SecretArgs, _ *lifetest.Network) { a.RecoveryWindowDays = 7 },
		"tags":      func(a *secret.SecretArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
		"protected": openSecret,
	})
}

func parametersOnNetwork(net *lifetest.Network) *secret.ParametersArgs {
	return &secret.ParametersArgs{
		Region: net.Region, AccountId: net.AccountId, Path: "/shop/prod/app", KmsKeyArn: net.KmsKeyArn,
		Values:  map[string]pulumi.StringInput{"host": pulumi.String("db")},
		Secrets: map[string]pulumi.StringInput{"password": pulumi.String("first-hush")},
	}
}

func TestTheLifeOfParameters(t *testing.T) {
	l := lifetest.Start(t, parametersOnNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *secret.ParametersArgs) error {
		_, err := secret.NewParameters(ctx, "app", a, net.Opts)
		return err
	})
	l.Up()
	for _, c := range []struct {
		what   string
		change parametersChange
		steps  []string
	}{
		{"a new value", func(a *secret.ParametersArgs, _ *lifetest.Network) {
			a.Values = map[string]pulumi.StringInput{"host": pulumi.String("other")}
		}, []string{"update app-parameter-host"}},
		{"one more", func(a *secret.ParametersArgs, _ *lifetest.Network) {
			a.Values = map[string]pulumi.StringInput{"host": pulumi.String("other"), "a/port": pulumi.String("1")}
		}, []string{"create app-parameter-a/port"}},
		{"one becomes secret", func(a *secret.ParametersArgs, _ *lifetest.Network) {
			a.Values = map[string]pulumi.StringInput{"a/port": pulumi.String("1")}
			a.Secrets = map[string]pulumi.StringInput{"host": pulumi.String("second-hush"), "password": pulumi.String("first-hush")}
		}, []string{"replace app-parameter-host"}},
		{"AWS's key", func(a *secret.ParametersArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true }, nil},
		{"one less", func(a *secret.ParametersArgs, _ *lifetest.Network) {
			a.Secrets = map[string]pulumi.StringInput{"password": pulumi.String("first-hush")}
		}, []string{"delete app-parameter-host"}},
	} {
		l.Changes(c.what, c.change, c.steps...)
	}
	l.Refused("AWS's own name", func(a *secret.ParametersArgs, _ *lifetest.Network) { a.Path = "/ssm" }, "must begin with neither aws nor ssm")
	require.NotContains(t, l.Printed(), "hush")
	l.Destroy()
}
