package function

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// NetworkArgs attach a function to a VPC. Lambda keeps what a version is attached to for as
// long as there is that version, and for 20 to 40 minutes longer: the package's text says
// what follows.
type NetworkArgs struct {
	// VpcId is the VPC.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are two or more private subnets, in different zones.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// SecurityGroupIds are groups that outlive the function, at most five, such as one that
	// the functions of a stack share. Nothing holds the role back then, with which Lambda deletes
	// network interfaces: see KeepRole. Default: a group of the function's own, without any rule.
	SecurityGroupIds pulumi.StringArrayInput `pulumi:"securityGroupIds,optional"`
	// KeepRole leaves the role in AWS when the function goes, with nothing but the right to
	// network interfaces, so that Lambda can delete them. Set it while there is the function;
	// delete the role once the groups have gone. Default: false.
	KeepRole bool `pulumi:"keepRole,optional"`
	// DualStack lets the function reach IPv6 addresses; the subnets have both kinds. Default:
	// false.
	DualStack bool `pulumi:"dualStack,optional"`
	// Detached takes new versions out of the VPC and keeps for the older ones what they are
	// attached to: the first step out. Default: false.
	Detached bool `pulumi:"detached,optional"`
}

const (
	mostGroups = 5

	// groupPatience is for how long a group that is no longer wanted waits for the last of
	// Lambda's interfaces.
	groupPatience = "45m"
)

func (n *NetworkArgs) validate(errs *fielderr.List) {
	if n == nil {
		return
	}
	if n.VpcId == nil {
		errs.Required("vpcId")
	}
	datastore.CheckSubnets(errs, n.SubnetIds)
	if ids, plain := n.SecurityGroupIds.(pulumi.StringArray); plain && (len(ids) < 1 || len(ids) > mostGroups) {
		errs.Invalid("securityGroupIds", len(ids), "must be 1 to %d groups, or left out", mostGroups)
	}
}

func (n *NetworkArgs) keepsRole() bool { return n != nil && n.KeepRole }

// addNetwork makes what Lambda needs to attach the function. The group goes before the
// policy does: Lambda deletes the network interfaces with it, and the group waits for that.
func (f *Function) addNetwork(ctx *pulumi.Context, name string, a *FunctionArgs) (err error) {
	f.SecurityGroupId = pulumi.String("").ToStringOutput()
	if a.Network == nil {
		return nil
	}
	child, opts := f.child("network", "policy"), []pulumi.ResourceOption{f.parent}
	if a.Network.KeepRole {
		opts = append(opts, pulumi.DeletedWith(f.Role)) // and kept with it
	}
	f.NetworkPolicy, err = iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{
		Role: f.Role.Name, Policy: iampolicy.Document(interfaceStatements(a)...),
	}, opts...)
	if err != nil {
		return fmt.Errorf("create role policy %s: %w", child, err)
	}
	if a.Network.SecurityGroupIds != nil {
		return nil
	}
	f.SecurityGroup, err = datastore.SecurityGroup(ctx, name, a.Network.VpcId, "Lambda function "+name, a.Tags,
		f.parent, pulumi.DependsOn([]pulumi.Resource{f.NetworkPolicy}), pulumi.Timeouts(&pulumi.CustomTimeouts{Delete: groupPatience}))
	if err != nil {
		return err
	}
	f.SecurityGroupId = f.SecurityGroup.ID().ToStringOutput()
	return nil
}

func (f *Function) attach(args *lambda.FunctionArgs, n *NetworkArgs) {
	if n == nil || n.Detached {
		return
	}
	groups := n.SecurityGroupIds
	if f.SecurityGroup != nil {
		groups = pulumi.StringArray{f.SecurityGroupId}
	}
	args.VpcConfig = lambda.FunctionVpcConfigArgs{
		SubnetIds: n.SubnetIds, SecurityGroupIds: groups, Ipv6AllowedForDualStack: pulumi.Bool(n.DualStack),
	}
}

// interfaceStatements let Lambda make the interfaces, and keep the code from doing so with
// the same role: Lambda's own requests do not say a function that they come from.
func interfaceStatements(a *FunctionArgs) []iampolicy.Statement {
	changes := []string{
		"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses",
	}
	inRegion := []pulumi.StringInput{pulumi.Sprintf("arn:%s:ec2:%s:%s:*/*", iampolicy.Partition(a.Region), a.Region, a.AccountId)}
	return []iampolicy.Statement{
		{Actions: changes, Resources: inRegion},
		// EC2 describes everything or nothing.
		{Actions: []string{"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}, Resources: []pulumi.StringInput{pulumi.String("*")}},
		{
			Effect: "Deny", Actions: changes, Resources: inRegion,
			Conditions: conditions{"Null": {"lambda:SourceFunctionArn": {pulumi.String("false")}}},
		},
	}
}
