package function

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:function:Function"

// Function is a Lambda function, called by its alias.
type Function struct {
	pulumi.ResourceState

	// FunctionName is the function's name in AWS.
	FunctionName pulumi.StringOutput `pulumi:"functionName"`
	// FunctionArn is the function's ARN without a version: for permissions, not for calls.
	FunctionArn pulumi.StringOutput `pulumi:"functionArn"`
	// AliasArn is what everybody calls.
	AliasArn pulumi.StringOutput `pulumi:"aliasArn"`
	// RoleName is the name of the role that the code runs with.
	RoleName pulumi.StringOutput `pulumi:"roleName"`
	// RoleArn is the role's ARN, as the policies of keys and buckets name it.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`
	// LogGroupName is the log group that the function writes to.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`
	// Url is the HTTPS address with its final slash; "" without Url.
	Url pulumi.StringOutput `pulumi:"url"`
	// UrlDomainName is the host of Url, as CloudFront takes an origin; "" without Url.
	UrlDomainName pulumi.StringOutput `pulumi:"urlDomainName"`
	// SecurityGroupId is the function's own group; "" without one.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`

	// Function is the function itself.
	Function *lambda.Function
	// Alias points to the version that is called.
	Alias *lambda.Alias
	// Role is the role that the code runs with.
	Role *iam.Role
	// RolePolicy is everything that the code may do with the role.
	RolePolicy *iam.RolePolicy
	// NetworkPolicy lets Lambda make network interfaces with the role; nil without Network.
	NetworkPolicy *iam.RolePolicy
	// LogGroup is the function's log group.
	LogGroup *cloudwatch.LogGroup
	// SecurityGroup is the function's own group; nil without one.
	SecurityGroup *ec2.SecurityGroup
	// FunctionUrl is the address; nil without Url.
	FunctionUrl *lambda.FunctionUrl
	// Mappings are what Lambda polls, by kind and key of Sources, such as "queue-orders".
	Mappings map[string]*lambda.EventSourceMapping
	// Permissions let Invokers call, by their keys.
	Permissions map[string]*lambda.Permission
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm

	name   string
	parent pulumi.ResourceOption
}

type conditions = map[string]map[string][]pulumi.StringInput

// NewFunction makes a function. Everything wrong with args is reported in one error,
// before anything is registered.
func NewFunction(ctx *pulumi.Context, name string, args *FunctionArgs, opts ...pulumi.ResourceOption) (*Function, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	f := &Function{name: name, Mappings: map[string]*lambda.EventSourceMapping{}, Permissions: map[string]*lambda.Permission{}}
	if err := base.Register(ctx, Type, name, f, a, opts...); err != nil {
		return nil, err
	}
	f.parent = pulumi.Parent(f)
	for _, add := range []func(*pulumi.Context, string, *FunctionArgs) error{
		f.addLogs, f.addRole, f.addNetwork, f.addFunction, f.addRecursion, f.addAlias, f.addProvisioned, f.addAsync, f.addUrl,
		f.addInvokers, f.addSources, f.addAlarms,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{
		"functionName": f.FunctionName, "functionArn": f.FunctionArn, "aliasArn": f.AliasArn, "roleName": f.RoleName, "roleArn": f.RoleArn,
		"logGroupName": f.LogGroupName, "url": f.Url, "urlDomainName": f.UrlDomainName, "securityGroupId": f.SecurityGroupId,
	})
}

// child is the name of a child, such as "<name>-role".
func (f *Function) child(parts ...string) string {
	return f.name + "-" + strings.Join(parts, "-")
}

// addFunction waits for what the role may do: Lambda tries the network and the dead letters
// when the function is made.
func (f *Function) addFunction(ctx *pulumi.Context, _ string, a *FunctionArgs) (err error) {
	child, args := f.child("function"), &lambda.FunctionArgs{
		Role: f.Role.Arn, Publish: pulumi.Bool(true), Architectures: pulumi.ToStringArray([]string{string(a.Architecture)}),
		MemorySize: pulumi.Int(a.MemoryMb), Timeout: pulumi.Int(a.TimeoutSeconds), Layers: a.LayerArns,
		EphemeralStorage: lambda.FunctionEphemeralStorageArgs{Size: pulumi.Int(a.StorageMb)},
		LoggingConfig:    a.Logs.render(f.LogGroup.Name),
		TracingConfig:    lambda.FunctionTracingConfigArgs{Mode: pulumi.String(string(a.Tracing))},
	}
	args.Tags = base.Tags(child, a.Tags, nil)
	a.renderCode(args)
	a.renderEnvironment(args)
	if a.ReservedConcurrency != nil {
		args.ReservedConcurrentExecutions = pulumi.Int(*a.ReservedConcurrency)
	}
	if a.SnapStart {
		args.SnapStart = lambda.FunctionSnapStartArgs{ApplyOn: pulumi.String("PublishedVersions")}
	}
	if a.FileSystem != nil {
		args.FileSystemConfig = lambda.FunctionFileSystemConfigArgs{
			Arn: a.FileSystem.AccessPointArn, LocalMountPath: pulumi.String(a.FileSystem.MountPath),
		}
	}
	f.attach(args, a.Network)
	if letters := a.deadLetters(); letters != nil {
		args.DeadLetterConfig = lambda.FunctionDeadLetterConfigArgs{TargetArn: letters.arn()}
	}
	allowed := []pulumi.Resource{f.RolePolicy}
	if f.NetworkPolicy != nil {
		allowed = append(allowed, f.NetworkPolicy)
	}
	f.Function, err = lambda.NewFunction(ctx, child, args, f.parent, pulumi.DependsOn(allowed))
	if err != nil {
		return fmt.Errorf("create function %s: %w", child, err)
	}
	f.FunctionName, f.FunctionArn = f.Function.Name, f.Function.Arn
	return nil
}

// addRecursion takes the guard away. Without this resource AWS has it.
func (f *Function) addRecursion(ctx *pulumi.Context, _ string, a *FunctionArgs) error {
	if !a.AllowRecursion {
		return nil
	}
	child := f.child("recursion")
	_, err := lambda.NewFunctionRecursionConfig(ctx, child, &lambda.FunctionRecursionConfigArgs{
		FunctionName: f.Function.Name, RecursiveLoop: pulumi.String("Allow"),
	}, f.parent)
	if err != nil {
		return fmt.Errorf("create recursion config %s: %w", child, err)
	}
	return nil
}
