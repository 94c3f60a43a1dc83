package main

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	awsvpc "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/stacks"
)

// programs are changes to the stacks' program, as somebody in a hurry would make them.
var programs = map[string]pulumi.RunFunc{
	"open-ssh": also(func(ctx *pulumi.Context, of resources) error {
		_, err := awsvpc.NewSecurityGroupIngressRule(ctx, "app-ssh", &awsvpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: of.id("app-sg"), IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(22), ToPort: pulumi.Int(22),
			CidrIpv4: pulumi.String("0.0.0.0/0"),
		}, of.provider())
		return err
	}),
	"admin-policy": also(func(ctx *pulumi.Context, of resources) error {
		_, err := iam.NewRolePolicyAttachment(ctx, "app-admin", &iam.RolePolicyAttachmentArgs{
			Role: of.id("app-role"), PolicyArn: pulumi.String("arn:aws:iam::aws:policy/AdministratorAccess"),
		}, of.provider())
		return err
	}),
	"foreign-trust": with("app-role", func(role *iam.RoleArgs) {
		role.AssumeRolePolicy = pulumi.String(`{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
			{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}}
		]}`)
	}),
	"bucket-public": with("assets-bucket-access", func(access *s3.BucketPublicAccessBlockArgs) {
		access.BlockPublicAcls, access.BlockPublicPolicy = pulumi.Bool(false), pulumi.Bool(false)
		access.IgnorePublicAcls, access.RestrictPublicBuckets = pulumi.Bool(false), pulumi.Bool(false)
	}),
	"database-public": with("database-instance", func(database *rds.InstanceArgs) {
		database.PubliclyAccessible = pulumi.Bool(true)
	}),
	"database-unencrypted": with("database-instance", func(database *rds.InstanceArgs) {
		database.StorageEncrypted, database.KmsKeyId = pulumi.Bool(false), nil
	}),
	"secret-value": with("order-events-function", func(function *lambda.FunctionArgs) {
		function.Environment = lambda.FunctionEnvironmentArgs{Variables: pulumi.StringMap{
			"PASSWORD": pulumi.ToSecret(pulumi.String("only-a-test")).(pulumi.StringOutput),
		}}
	}),
	"bucket-alias": renamed("records", "archive"),
}

// resources are those that the stack has registered, by name.
type resources map[string]pulumi.Resource

func (r resources) id(name string) pulumi.IDOutput { return r[name].(pulumi.CustomResource).ID() }

// provider makes something where the stack is.
func (r resources) provider() pulumi.ResourceOption {
	return pulumi.Provider(r["aws"].(pulumi.ProviderResource))
}

// also is the program with something more, made of what it has registered.
func also(more func(*pulumi.Context, resources) error) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made := resources{}
		program := transformed(func(args *pulumi.ResourceTransformationArgs) { made[args.Name] = args.Resource })
		if err := program(ctx); err != nil {
			return err
		}
		return more(ctx, made)
	}
}

// with is the program in which the arguments of one resource are others.
func with[Args any](name string, change func(Args)) pulumi.RunFunc {
	return transformed(func(args *pulumi.ResourceTransformationArgs) {
		if of, ok := args.Props.(Args); ok && args.Name == name {
			change(of)
		}
	})
}

// renamed is the program in which what has a name has had another one.
func renamed(is, was string) pulumi.RunFunc {
	return transformed(func(args *pulumi.ResourceTransformationArgs) {
		if rest, found := strings.CutPrefix(args.Name, is); found {
			args.Opts = append(args.Opts, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(was + rest)}}))
		}
	})
}

// transformed is the program in which something happens to every resource.
func transformed(transform func(*pulumi.ResourceTransformationArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			transform(args)
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
		})
		if err != nil {
			return err
		}
		return stacks.Deploy(ctx)
	}
}
