package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

const (
	// clusterTag is on everything that Karpenter makes; its value is the cluster's name.
	clusterTag = "eks:eks-cluster-name"
	poolTag    = "karpenter.sh/nodepool"
)

// karpenterStatements are what Karpenter may do: start instances of this cluster with the
// nodes' role, name and end them, and look things up. What cannot be narrowed to a resource
// only reads.
func (c *core) karpenterStatements(nodes karpenterNodes, queue *sqs.Queue) []iampolicy.Statement {
	var (
		any    = []pulumi.StringInput{pulumi.String("*")}
		name   = []pulumi.StringInput{c.clusterName}
		region = []pulumi.StringInput{pulumi.String(c.args.Region)}
		launch = []string{"ec2:RunInstances", "ec2:CreateFleet"}
		made   = c.ec2("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
		tagged = conditions{
			"StringEquals": {"aws:RequestTag/" + clusterTag: name}, "StringLike": {"aws:RequestTag/" + poolTag: any},
		}
		own = conditions{
			"StringEquals": {"aws:ResourceTag/" + clusterTag: name}, "StringLike": {"aws:ResourceTag/" + poolTag: any},
		}
		cluster = pulumi.Sprintf("arn:%s:eks:%s:%s:cluster/%s", c.partition, c.args.Region, c.args.AccountId, c.clusterName)
	)
	statements := []iampolicy.Statement{
		{Sid: "LaunchFrom", Actions: launch, Resources: append(c.ec2("security-group", "subnet"), c.publicEc2("image", "snapshot")...)},
		{Sid: "LaunchFromTemplate", Actions: launch, Resources: c.ec2("launch-template"), Conditions: own},
		{Sid: "Launch", Actions: append(launch, "ec2:CreateLaunchTemplate"), Resources: made, Conditions: tagged},
		{Sid: "TagOnLaunch", Actions: []string{"ec2:CreateTags"}, Resources: made, Conditions: conditions{
			"StringEquals": {
				"aws:RequestTag/" + clusterTag: name,
				"ec2:CreateAction":             texts([]string{"RunInstances", "CreateFleet", "CreateLaunchTemplate"}),
			},
			"StringLike": tagged["StringLike"],
		}},
		{Sid: "TagInstances", Actions: []string{"ec2:CreateTags"}, Resources: c.ec2("instance"), Conditions: conditions{
			"StringEquals": own["StringEquals"], "StringLike": own["StringLike"],
			"StringEqualsIfExists":      {"aws:RequestTag/" + clusterTag: name},
			"ForAllValues:StringEquals": {"aws:TagKeys": texts([]string{clusterTag, "karpenter.sh/nodeclaim", "Name"})},
		}},
		{
			Sid: "Terminate", Actions: []string{"ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"},
			Resources: c.ec2("instance", "launch-template"), Conditions: own,
		},
		{
			Sid: "PassNodeRole", Actions: []string{"iam:PassRole"}, Resources: []pulumi.StringInput{nodes.role.Arn},
			Conditions: conditions{"StringEquals": {"iam:PassedToService": texts([]string{"ec2.amazonaws.com", "ec2.amazonaws.com.cn"})}},
		},
		{Sid: "NodeProfile", Actions: []string{"iam:GetInstanceProfile"}, Resources: []pulumi.StringInput{nodes.profile.Arn}},
		{Sid: "Interruptions", Actions: []string{"sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"}, Resources: []pulumi.StringInput{queue.Arn}},
		{Sid: "Cluster", Actions: []string{"eks:DescribeCluster"}, Resources: []pulumi.StringInput{cluster}},
		{
			Sid: "Images", Actions: []string{"ssm:GetParameter"},
			Resources: []pulumi.StringInput{pulumi.String(fmt.Sprintf("arn:%s:ssm:%s::parameter/aws/service/*", c.partition, c.args.Region))},
		},
		{Sid: "Ec2", Resources: any, Conditions: conditions{"StringEquals": {"aws:RequestedRegion": region}}, Actions: []string{
			"ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus",
			"ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplates", "ec2:DescribePlacementGroups",
			"ec2:DescribeSecurityGroups", "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
		}},
		// Neither has regions or resources.
		{Sid: "Global", Actions: []string{"iam:ListInstanceProfiles", "pricing:GetProducts"}, Resources: any},
	}
	if *c.args.ZonalShift {
		statements = append(statements, iampolicy.Statement{
			Sid: "ZonalShift", Actions: []string{"arc-zonal-shift:GetManagedResource"}, Resources: any,
			Conditions: conditions{"StringEquals": {"arc-zonal-shift:ResourceIdentifier": {cluster}}},
		})
	}
	if c.args.KmsKeyArn != nil {
		statements = append(statements, c.volumeStatements(c.args.KmsKeyArn)...)
	}
	return statements
}

// conditions are those of a statement: operator, key, values.
type conditions = map[string]map[string][]pulumi.StringInput

// ec2 are all resources of some kinds in the region; subnets may be another account's.
func (c *core) ec2(kinds ...string) []pulumi.StringInput { return c.ec2Of("*", kinds) }

// publicEc2 are resources that belong to no account in their ARNs.
func (c *core) publicEc2(kinds ...string) []pulumi.StringInput { return c.ec2Of("", kinds) }

func (c *core) ec2Of(account string, kinds []string) []pulumi.StringInput {
	arns := make([]pulumi.StringInput, len(kinds))
	for i, kind := range kinds {
		arns[i] = pulumi.String(fmt.Sprintf("arn:%s:ec2:%s:%s:%s/*", c.partition, c.args.Region, account, kind))
	}
	return arns
}
