package lifetest_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/lifetest"
)

type logsArgs struct {
	Days    int                `pulumi:"days"`
	Key     pulumi.StringInput `pulumi:"key"`
	Name    string             `pulumi:"name"`
	Protect bool               `pulumi:"protect"`
}

func logs(net *lifetest.Network) *logsArgs {
	return &logsArgs{Days: 30, Key: net.KmsKeyArn, Name: "shop", Protect: true}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *logsArgs) error {
	_, err := cloudwatch.NewLogGroup(ctx, "logs", &cloudwatch.LogGroupArgs{
		Name: pulumi.String(a.Name), RetentionInDays: pulumi.Int(a.Days), KmsKeyId: a.Key.ToStringOutput().ToStringPtrOutput(),
	}, pulumi.Provider(net.Provider), pulumi.Protect(a.Protect))
	if err != nil {
		return err
	}
	_, err = net.NewLoadBalancer(ctx, "door")
	return err
}

func TestALifeFromDeployToDestroy(t *testing.T) {
	l := lifetest.Start(t, logs, deploy)
	l.Up()
	require.Equal(t, lifetest.Region, l.Resource("logs").Region)
	require.Equal(t, lifetest.EdgeRegion, l.Resource("edge").Region, "the topic for alarms of the edge")
	require.Equal(t, true, l.Resource("door").Props["internal"])
	l.Changes("longer", func(a *logsArgs, _ *lifetest.Network) { a.Days = 60 }, "update logs")
	l.Plans("longer still", func(a *logsArgs, _ *lifetest.Network) { a.Days = 90 }, "update logs")
	l.Refused("a length that there is not", func(a *logsArgs, _ *lifetest.Network) { a.Days = 31 }, "31")
	l.NeverReplaces([]string{"logs"}, map[string]lifetest.Change[logsArgs]{
		"days": func(a *logsArgs, _ *lifetest.Network) { a.Days = 7 },
		"key": func(a *logsArgs, net *lifetest.Network) {
			a.Key = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/other")
		},
		"name":    func(a *logsArgs, _ *lifetest.Network) { a.Name = "other" }, // refused: it is protected
		"protect": func(a *logsArgs, _ *lifetest.Network) { a.Protect = false },
	})
	l.Protected()
	l.Changes("unprotected", func(a *logsArgs, _ *lifetest.Network) { a.Protect = false })
	steps, err := l.Plan(func(a *logsArgs, _ *lifetest.Network) { a.Name = "other" })
	require.NoError(t, err)
	require.Contains(t, steps, "replace logs", "what is not protected can be replaced")
	l.Destroy()
}
