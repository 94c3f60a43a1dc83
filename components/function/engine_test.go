package function_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *function.FunctionArgs {
	return &function.FunctionArgs{
		Region: net.Region, AccountId: net.AccountId, KmsKeyArn: net.KmsKeyArn, Runtime: function.Python313, Handler: "index.handler", Code: handler("1"),
		Environment: map[string]pulumi.StringInput{"STAGE": pulumi.String("test")},
	}
}

type change = lifetest.Change[function.FunctionArgs]

func onVpc(a *function.FunctionArgs, net *lifetest.Network) {
	a.Network = &function.NetworkArgs{VpcId: net.VpcId, SubnetIds: net.SubnetIdsOf("a", "b")}
}

func withCanary(version string, percent int) change {
	return func(a *function.FunctionArgs, _ *lifetest.Network) {
		a.Canary = &function.CanaryArgs{StableVersion: version, Percent: percent}
	}
}

// rebuilt is the package of handler, in a directory.
func rebuilt(t *testing.T, text string) pulumi.Archive {
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "index.mjs"), []byte(text), 0o600))
	return pulumi.NewFileArchive(directory)
}

func TestTheLifeOfAFunction(t *testing.T) {
	l := lifetest.Start(t, onNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *function.FunctionArgs) error {
		queue, err := sqs.NewQueue(ctx, "failures", &sqs.QueueArgs{}, pulumi.Provider(net.Provider))
		if err != nil {
			return err
		}
		if a.Async != nil {
			a.Async.DeadLetters = &function.DestinationArgs{QueueArn: queue.Arn}
		} else {
			a.OnFailure = &function.DestinationArgs{QueueArn: queue.Arn}
		}
		if a.Network != nil && a.Network.KeepRole {
			shared, err := ec2.NewSecurityGroup(ctx, "shared", &ec2.SecurityGroupArgs{VpcId: net.VpcId}, pulumi.Provider(net.Provider))
			if err != nil {
				return err
			}
			a.Network.SecurityGroupIds = pulumi.StringArray{shared.ID()}
		}
		f, err := function.NewFunction(ctx, "orders", a, net.Opts)
		if err == nil {
			ctx.Export("domain", f.UrlDomainName)
		}
		return err
	})
	// calls says which version the alias calls, and with what share another one.
	calls := func(version string, shares any) {
		t.Helper()
		alias := l.Resource("orders-alias").Props
		routing, _ := alias["routingConfig"].(map[string]any)
		require.Equal(t, []any{version, shares}, []any{alias["functionVersion"], routing["additionalVersionWeights"]})
	}
	state := func(name string) apitype.ResourceV3 {
		all, err := l.Rehearsal().Export(t.Context())
		require.NoError(t, err)
		i := slices.IndexFunc(all.Resources, func(r apitype.ResourceV3) bool {
			return r.URN.Name() == name || name == "stack" && r.Type == resource.RootStackType
		})
		require.GreaterOrEqual(t, i, 0, name)
		return all.Resources[i]
	}

	l.Up()
	calls("1", nil)
	l.Changes("the same code from elsewhere, and a canary when there is nothing new", func(a *function.FunctionArgs, net *lifetest.Network) {
		a.Code, a.Logs = rebuilt(t, "1"), &function.LogsArgs{Retain: true}
		withCanary("1", 10)(a, net)
	})
	require.True(t, state("orders-logs").RetainOnDelete)
	l.Changes("newer code", func(a *function.FunctionArgs, _ *lifetest.Network) { a.Code, a.Logs = rebuilt(t, "2"), nil },
		"update orders-function", "update orders-alias")
	calls("2", map[string]any{"1": 0.9})
	l.Changes("more calls", withCanary("1", 50), "update orders-alias")
	calls("2", map[string]any{"1": 0.5})
	l.Changes("all calls, in a VPC", func(a *function.FunctionArgs, net *lifetest.Network) {
		onVpc(a, net)
		a.Canary, a.MemoryMb = nil, 512
	}, "create orders-network-policy", "create orders-sg", "update orders-function", "update orders-alias")
	calls("3", nil)
	require.Equal(t, 45*60.0, state("orders-sg").CustomTimeouts.Delete)
	require.Contains(t, state("orders-sg").Dependencies, state("orders-network-policy").URN, "the group goes first")
	require.False(t, state("orders-role").RetainOnDelete)
	l.Changes("out again, the group and the permissions stay for older versions, another processor", func(a *function.FunctionArgs, net *lifetest.Network) {
		onVpc(a, net)
		a.Network.Detached, a.Architecture = true, function.X86
	}, "update orders-function", "update orders-alias")
	calls("4", nil)
	l.Changes("no VPC any more, an address, two instances", func(a *function.FunctionArgs, _ *lifetest.Network) {
		a.Network, a.Url, a.Provisioned = nil, &function.UrlArgs{Public: true}, &function.ProvisionedArgs{Min: 2}
	}, "delete orders-sg", "delete orders-network-policy", "create orders-url", "create orders-url-everybody", "create orders-invoke-everybody",
		"create orders-provisioned", "create orders-provisioned-target")
	require.Regexp(t, `^[0-9a-f]+\.lambda-url\.eu-west-1\.on\.aws$`, state("stack").Outputs["domain"])
	l.Plans("as many instances as there are calls, and newer code: no number while the alias moves", func(a *function.FunctionArgs, _ *lifetest.Network) {
		a.Code, a.Provisioned = rebuilt(t, "3"), &function.ProvisionedArgs{Min: 4, Max: 10}
	}, "update orders-function", "update orders-alias", "update orders-provisioned-target", "create orders-provisioned-use")
	l.Changes("the clock owns the range", func(a *function.FunctionArgs, _ *lifetest.Network) {
		night := function.ProvisionedScheduleArgs{When: "cron(0 20 * * ? *)", Min: 1, Max: 2}
		a.Provisioned = &function.ProvisionedArgs{Min: 4, Max: 8, Schedules: map[string]function.ProvisionedScheduleArgs{"night": night}}
	}, "create orders-provisioned-use", "create orders-provisioned-schedule-night")
	l.Refused("more than AWS has", func(a *function.FunctionArgs, _ *lifetest.Network) { a.ReservedConcurrency = pulumi.IntRef(950) }, "UnreservedConcurrentExecution")

	l.Changes("an image, with everything in use", func(a *function.FunctionArgs, _ *lifetest.Network) {
		a.Code, a.Runtime, a.Handler, a.ImageUri = nil, "", "", pulumi.String("999988887777.dkr.ecr.eu-west-1.amazonaws.com/orders:1")
	}, "replace orders-function", "replace orders-alias", "replace orders-async", "replace orders-url", "replace orders-url-everybody",
		"replace orders-invoke-everybody", "replace orders-provisioned", "replace orders-provisioned-target", "replace orders-provisioned-use",
		"replace orders-provisioned-schedule-night")
	calls("1", nil)
	l.Changes("nothing more than the function, and reserved", func(a *function.FunctionArgs, _ *lifetest.Network) {
		a.Url, a.Provisioned, a.ReservedConcurrency = nil, nil, pulumi.IntRef(100)
	}, "update orders-function", "delete orders-url", "delete orders-url-everybody", "delete orders-invoke-everybody", "delete orders-provisioned-schedule-night",
		"delete orders-provisioned-use", "delete orders-provisioned-target", "delete orders-provisioned")
	calls("1", nil)
	require.Empty(t, state("stack").Outputs["domain"])
	l.Changes("dead letters, no retries, a group that the stack keeps, and a role that outlives it", func(a *function.FunctionArgs, net *lifetest.Network) {
		onVpc(a, net)
		a.Network.KeepRole, a.Async = true, &function.AsyncArgs{Retries: pulumi.IntRef(0)}
	}, "create shared", "create orders-network-policy", "update orders-function", "update orders-alias", "update orders-async")
	_, err := l.Rehearsal().Destroy(t.Context())
	require.ErrorContains(t, err, "2 resources left in the cloud")
	l.Resource("orders-role")
	l.Resource("orders-network-policy")
}
