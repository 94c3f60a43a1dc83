package function_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*function.FunctionArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "orders"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, function.Type+"::orders", "orders-")
			})
		})
	}
}

func TestTwoFunctionsInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "orders", "mails"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(functionToken), 2)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := func() *function.FunctionArgs {
		a := smallest()
		a.Logs, a.Provisioned, a.Url = &function.LogsArgs{}, &function.ProvisionedArgs{Min: 1}, &function.UrlArgs{Cors: &function.CorsArgs{Origins: []string{"*"}}}
		a.Code = nil
		a.Inline = "export const handler = async () => 'done'"
		return a
	}
	used := args()
	harness.Run(t, harness.Preview, program(used, "orders"))
	require.Equal(t, args(), used)
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program(smallest(), "orders"), func(t *testing.T, g *harness.Graph) {
		for path, want := range map[string]any{
			"architectures": []any{"arm64"}, "tracingConfig.mode": "Active", "publish": true, "memorySize": 256.0, "timeout": 30.0, "loggingConfig.logFormat": "JSON",
			"environment": nil, "kmsKeyArn": nil, "reservedConcurrentExecutions": nil, "vpcConfig": nil,
		} {
			require.Equal(t, want, g.Named(t, "orders-function").Value(path), path)
		}
		require.Equal(t, 30.0, g.Named(t, "orders-logs").Value("retentionInDays"))
		require.Empty(t, g.OfType("aws:lambda/functionUrl:FunctionUrl"))
		require.Empty(t, g.OfType("aws:lambda/permission:Permission"))
		require.Empty(t, g.OfType("aws:lambda/functionRecursionConfig:FunctionRecursionConfig"), "AWS guards by itself")
	})
}

// The first call would make a log group without an end, and a function without permissions
// cannot be attached to a VPC.
func TestLogsAndPermissionsComeBeforeTheFunction(t *testing.T) {
	harness.Both(t, program(full(), "orders"), func(t *testing.T, g *harness.Graph) {
		f := g.Named(t, "orders-function")
		require.Subset(t, f.Dependencies, []string{g.Named(t, "orders-policy").URN, g.Named(t, "orders-network-policy").URN})
		require.Contains(t, f.PropertyDependencies["loggingConfig"], g.Named(t, "orders-logs").URN)
	})
}

// Nothing names the function without its alias, and the alias has the version from the
// function itself. Weights that Lambda adds with provisioned instances must not be ignored: Pulumi
// would send the recorded ones with the next version.
func TestEverybodyCallsTheAliasAndItCannotGoStale(t *testing.T) {
	everything := full()
	everything.Url.Public = true
	harness.Both(t, program(everything, "orders"), func(t *testing.T, g *harness.Graph) {
		f, alias := g.Named(t, "orders-function").URN, g.Named(t, "orders-alias")
		require.Equal(t, []string{f}, alias.PropertyDependencies["functionVersion"])
		require.Empty(t, alias.IgnoreChanges)
		for _, child := range []string{"provisioned", "async", "url", "url-everybody", "invoke-everybody"} {
			require.Equal(t, []string{alias.URN}, g.Named(t, "orders-"+child).PropertyDependencies["qualifier"], child)
		}
	})
	a := smallest()
	a.Canary = &function.CanaryArgs{StableVersion: "7", Percent: 10}
	g := harness.Run(t, harness.Preview, program(a, "orders"))
	require.Equal(t, []string{g.Named(t, "orders-function").URN}, g.Named(t, "orders-alias").PropertyDependencies["routingConfig"])
	a = smallest()
	a.AliasMovedElsewhere = true
	g = harness.Run(t, harness.Preview, program(a, "orders"))
	require.Equal(t, []string{"functionVersion", "routingConfig"}, g.Named(t, "orders-alias").IgnoreChanges)
}

// Lambda takes no number while the alias moves, so no deployment but the first says one.
func TestNumbersHaveOneOwner(t *testing.T) {
	schedules := map[string]function.ProvisionedScheduleArgs{"night": {When: "cron(0 20 * * ? *)", Min: 1, Max: 1}}
	for name, c := range map[string]struct {
		args     *function.ProvisionedArgs
		most     float64
		range_   []string
		followed bool
	}{
		"a fixed number": {&function.ProvisionedArgs{Min: 2}, 2, nil, false},
		"a range":        {&function.ProvisionedArgs{Min: 2, Max: 3}, 3, nil, true},
		"a schedule":     {&function.ProvisionedArgs{Min: 2, Schedules: schedules}, 2, []string{"maxCapacity", "minCapacity"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := smallest()
			a.Provisioned = c.args
			harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
				require.Equal(t, []string{"provisionedConcurrentExecutions"}, g.Named(t, "orders-provisioned").IgnoreChanges)
				target := g.Named(t, "orders-provisioned-target")
				require.Equal(t, []any{2.0, c.most}, []any{target.Value("minCapacity"), target.Value("maxCapacity")})
				require.Equal(t, c.range_, target.IgnoreChanges)
				_, followed := g.Find("orders-provisioned-use")
				require.Equal(t, c.followed, followed)
			})
		})
	}
}

// codeOf is the package of a function, as the engine compares it.
func codeOf(t *testing.T, a *function.FunctionArgs) *resource.Archive {
	return harness.Run(t, harness.Update, program(a, "orders")).Named(t, "orders-function").Inputs["code"].ArchiveValue()
}

func TestInlineTextGetsTheFileThatItsRuntimeLooksFor(t *testing.T) {
	for _, c := range []struct {
		runtime       function.Runtime
		handler, file string
	}{
		{function.Nodejs22, "", "index.mjs"}, {function.Python313, "orders.handle", "orders.py"}, {function.Ruby34, "app.Orders.handle", "app.rb"},
	} {
		a := smallest()
		a.Runtime, a.Handler, a.Code, a.Inline = c.runtime, c.handler, nil, "text"
		files, ok := codeOf(t, a).GetAssets()
		require.True(t, ok)
		require.Len(t, files, 1)
		require.Equal(t, "text", files[c.file].(*resource.Asset).Text, c.file)
	}
}

// What counts of a package are the names and contents of its files.
func TestADirectoryThatIsBuiltAgainIsTheSameCode(t *testing.T) {
	build := func(name, text string, at time.Time) string {
		directory := t.TempDir()
		file := filepath.Join(directory, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		require.NoError(t, os.Chtimes(file, at, at))
		a := smallest()
		a.Code = pulumi.NewFileArchive(directory)
		code := codeOf(t, a)
		require.NoError(t, code.EnsureHash())
		return code.Hash
	}
	first := build("index.mjs", "1", time.Unix(1e9, 0))
	require.Equal(t, first, build("index.mjs", "1", time.Unix(2e9, 0)))
	require.NotEqual(t, first, build("index.mjs", "2", time.Unix(1e9, 0)))
	require.NotEqual(t, first, build("other.mjs", "1", time.Unix(1e9, 0)))
}

func TestAnImageHasNoRuntime(t *testing.T) {
	a := smallest()
	a.Code, a.Runtime, a.Handler, a.ImageUri = nil, "", "", pulumi.String(image)
	a.Image = &function.ImageArgs{EntryPoint: []string{"/orders"}, Command: []string{"-v"}, WorkingDirectory: "/srv"}
	harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
		for path, want := range map[string]any{
			"packageType": "Image", "imageUri": image, "runtime": nil, "handler": nil, "code": nil, "imageConfig.commands": []any{"-v"},
			"imageConfig.entryPoints": []any{"/orders"}, "imageConfig.workingDirectory": "/srv",
		} {
			require.Equal(t, want, g.Named(t, "orders-function").Value(path), path)
		}
	})
}

type statement struct {
	Effect    string
	Action    any
	Resource  any
	Condition map[string]map[string]any
}

func policyOf(t require.TestingT, args *function.FunctionArgs) []statement {
	return statementsOf(t, args, "orders-policy")
}

func statementsOf(t require.TestingT, args *function.FunctionArgs, policy string) []statement {
	g, err := harness.Try(harness.Update, program(args, "orders"))
	require.NoError(t, err)
	r, found := g.Find(policy)
	require.True(t, found)
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(r.Value("policy").(string)), &document))
	return document.Statement
}

func actions(s statement) []string {
	if one, ok := s.Action.(string); ok {
		return []string{one}
	}
	var list []string
	for _, action := range s.Action.([]any) {
		list = append(list, action.(string))
	}
	return list
}

func TestTheSmallestRoleWritesLogsAndTraces(t *testing.T) {
	require.Equal(t, []statement{
		{Effect: "Allow", Action: []any{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: "arn:aws:mock:us-east-1:111122223333:orders-logs:*"},
		{Effect: "Allow", Action: []any{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resource: "*"},
	}, policyOf(t, smallest()))
}

// Whatever is asked for, the role names a resource for each action that has resources, uses
// keys by one service only, and nothing ends in a wildcard of actions.
func TestTheRoleNamesWhatItUses(t *testing.T) {
	whole := []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
	destinations := map[string]*function.DestinationArgs{
		"none":     nil,
		"queue":    {QueueArn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:failed"), KmsKeyArn: key},
		"topic":    {TopicArn: pulumi.String("arn:aws:sns:eu-west-1:111122223333:failed")},
		"bucket":   {BucketArn: pulumi.String("arn:aws:s3:::failures"), KmsKeyArn: key},
		"bus":      {EventBusArn: pulumi.String("arn:aws:events:eu-west-1:111122223333:event-bus/shop")},
		"function": {FunctionArn: pulumi.String("arn:aws:lambda:eu-west-1:111122223333:function:other:live")},
	}
	send := map[string]string{
		"queue": "sqs:SendMessage", "topic": "sns:Publish", "bucket": "s3:PutObject", "bus": "events:PutEvents", "function": "lambda:InvokeFunction",
	}
	rapid.Check(t, func(t *rapid.T) {
		a, some := full(), rapid.Bool()
		to := rapid.SampledFrom(slices.Sorted(maps.Keys(destinations))).Draw(t, "destination")
		a.OnFailure, a.Statements = destinations[to], nil
		if some.Draw(t, "no async") {
			a.Async = nil
		}
		if some.Draw(t, "no network") {
			a.Network, a.FileSystem = nil, nil
		}
		if some.Draw(t, "no variables") {
			a.Environment, a.Secrets = nil, nil
		}
		found := to == "none"
		statements := policyOf(t, a)
		if a.Network != nil {
			statements = append(statements, statementsOf(t, a, "orders-network-policy")...)
		}
		for _, s := range statements {
			for _, action := range actions(s) {
				require.NotContains(t, action, "*")
				require.True(t, s.Resource != "*" || slices.Contains(whole, action), action)
				if strings.HasPrefix(action, "kms:") {
					require.Regexp(t, `^(lambda|secretsmanager|sqs|s3)\.eu-west-1\.amazonaws\.com$`, s.Condition["StringEquals"]["kms:ViaService"])
				}
				found = found || action == send[to]
			}
		}
		require.True(t, found, to)
	})
}

// A dead letter is a property of the function, a destination one of the alias.
func TestAFailedCallIsReportedInOneWay(t *testing.T) {
	const failed = "arn:aws:sqs:eu-west-1:111122223333:failed"
	to := &function.DestinationArgs{QueueArn: pulumi.String(failed)}
	a, b := smallest(), smallest()
	a.OnFailure, b.Async = to, &function.AsyncArgs{DeadLetters: to}
	for _, args := range []*function.FunctionArgs{a, b} {
		policy := policyOf(t, args)
		require.Equal(t, statement{Effect: "Allow", Action: "sqs:SendMessage", Resource: failed}, policy[len(policy)-1])
	}
	g := harness.Run(t, harness.Update, program(a, "orders"))
	require.Equal(t, failed, g.Named(t, "orders-async").Value("destinationConfig.onFailure.destination"))
	require.Nil(t, g.Named(t, "orders-function").Value("deadLetterConfig"))
	g = harness.Run(t, harness.Update, program(b, "orders"))
	require.Equal(t, failed, g.Named(t, "orders-function").Value("deadLetterConfig.targetArn"))
	require.NotContains(t, g.Names(), "orders-async")
}

func TestAReaderOfFilesDoesNotWrite(t *testing.T) {
	a := smallest()
	a.Network, a.FileSystem = network(), full().FileSystem
	for readOnly, want := range map[bool]any{true: "elasticfilesystem:ClientMount", false: []any{"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}} {
		a.FileSystem.ReadOnly = readOnly
		policy := policyOf(t, a)
		require.Equal(t, want, policy[len(policy)-1].Action)
	}
}

func TestLogsCanHaveAKeyOfTheirOwnAndNoLevels(t *testing.T) {
	a := full()
	a.Logs = &function.LogsArgs{Format: function.LogText, KmsKeyArn: pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/logs")}
	harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
		f := g.Named(t, "orders-function")
		require.Equal(t, []any{"Text", nil, nil},
			[]any{f.Value("loggingConfig.logFormat"), f.Value("loggingConfig.applicationLogLevel"), f.Value("loggingConfig.systemLogLevel")})
		require.Equal(t, "arn:aws:kms:eu-west-1:111122223333:key/logs", g.Named(t, "orders-logs").Value("kmsKeyId"))
		require.Equal(t, string(key), f.Value("kmsKeyArn"))
	})
}

// Pulumi packs whatever is not a zip file already, without the modes of its files, and
// Lambda may not start what is not executable.
func TestAProgramOfOnesOwnIsAZipFileWithABootstrap(t *testing.T) {
	packed := filepath.Join(t.TempDir(), "orders.zip")
	require.NoError(t, os.WriteFile(packed, nil, 0o600))
	a := smallest()
	a.Runtime, a.Handler = function.ProvidedAl2023, ""
	for _, code := range []pulumi.ArchiveInput{
		pulumi.NewFileArchive(packed), pulumi.NewRemoteArchive("https://releases.example.com/orders.zip?version=1"),
		pulumi.NewFileArchive(t.TempDir()).ToArchiveOutput(),
	} {
		a.Code = code
		g := harness.Run(t, harness.Preview, program(a, "orders"))
		require.Equal(t, "bootstrap", g.Named(t, "orders-function").Value("handler"))
	}
	for _, code := range []pulumi.ArchiveInput{
		handler("1"), pulumi.NewFileArchive(t.TempDir()), pulumi.NewFileArchive("orders.tar.gz"), pulumi.NewRemoteArchive("https://releases.example.com/orders.tgz"),
	} {
		a.Code = code
		_, err := harness.Try(harness.Preview, program(a, "orders"))
		require.ErrorContains(t, err, `function.Function "orders": 1 problem
  code: must be a .zip file with runtime provided.al2023: Pulumi packs anything else without file modes, and Lambda may not start the program
`)
	}
}

func TestAnAddressIsCalledByNobodyUnlessItIsPublic(t *testing.T) {
	a := smallest()
	a.Url = &function.UrlArgs{}
	harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, "AWS_IAM", g.Named(t, "orders-url").Value("authorizationType"))
		require.Empty(t, g.OfType("aws:lambda/permission:Permission"))
	})
	a.Url = &function.UrlArgs{Public: true}
	harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, "NONE", g.Named(t, "orders-url").Value("authorizationType"))
		require.Len(t, g.OfType("aws:lambda/permission:Permission"), 2)
		for child, want := range map[string][]any{
			"orders-url-everybody": {"*", "lambda:InvokeFunctionUrl", "NONE"}, "orders-invoke-everybody": {"*", "lambda:InvokeFunction", nil},
		} {
			r := g.Named(t, child)
			require.Equal(t, want, []any{r.Value("principal"), r.Value("action"), r.Value("functionUrlAuthType")}, child)
		}
	})
}

func TestGrantsNameTheAlias(t *testing.T) {
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		f, err := function.NewFunction(ctx, "orders", smallest())
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{
			"invoke": iampolicy.Document(f.InvokeStatements()...), "url": iampolicy.Document(f.UrlStatements()...),
		}, &r)
	})
	const alias = `"Effect":"Allow","Resource":"arn:aws:mock:us-east-1:111122223333:orders-alias"}`
	for grant, want := range map[string]string{
		"invoke": `{"Action":"lambda:InvokeFunction",` + alias,
		"url": `{"Action":"lambda:InvokeFunctionUrl","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}},` + alias +
			`,{"Action":"lambda:InvokeFunction","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}},` + alias,
	} {
		require.Equal(t, `{"Statement":[`+want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value(grant), grant)
	}
}

func TestASecretIsNoEnvironmentVariable(t *testing.T) {
	a := smallest()
	a.Environment = map[string]pulumi.StringInput{"PASSWORD": pulumi.ToSecret(pulumi.String("hunter2")).(pulumi.StringOutput)}
	for _, mode := range harness.Modes {
		_, err := harness.Try(mode, program(a, "orders"))
		require.ErrorContains(t, err, "environment variable PASSWORD is secret", mode)
		require.NotContains(t, err.Error(), "hunter2", mode)
	}
	a.Environment = map[string]pulumi.StringInput{"HOST": pulumi.String("db").ToStringOutput()}
	harness.Both(t, program(a, "orders"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, "db", g.Named(t, "orders-function").Value("environment.variables.HOST"))
	})
}
