package eks

import (
	"fmt"
	"slices"
	"strings"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// trust is whom a role trusts: one service, with session tags where the service sets them.
func trust(service string, actions ...string) pulumi.StringOutput {
	return iampolicy.Document(iampolicy.Statement{Actions: append([]string{"sts:AssumeRole"}, actions...), Services: []string{service}})
}

// role makes a role with AWS's managed policies, each by its path, such as
// "AmazonEKSClusterPolicy". What uses the role comes after the attachments too.
func (c *core) role(child string, trust pulumi.StringInput, policies ...string) (*iam.Role, []pulumi.Resource, error) {
	role, err := iam.NewRole(c.ctx, child, &iam.RoleArgs{AssumeRolePolicy: trust, Tags: c.tags(child)}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create role %s: %w", child, err)
	}
	attached := make([]pulumi.Resource, len(policies))
	for i, policy := range policies {
		name := child + "-" + policy[strings.LastIndex(policy, "/")+1:]
		attachment, err := iam.NewRolePolicyAttachment(c.ctx, name, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: pulumi.Sprintf("arn:%s:iam::aws:policy/%s", c.partition, policy),
		}, c.parent)
		if err != nil {
			return nil, nil, fmt.Errorf("attach policy %s: %w", name, err)
		}
		attached[i] = attachment
	}
	return role, attached, nil
}

// podRole makes a role for a service account, by Pod Identity.
func (c *core) podRole(child string, policies ...string) (*iam.Role, []pulumi.Resource, error) {
	return c.role(child, trust("pods.eks.amazonaws.com", "sts:TagSession"), policies...)
}

// inline gives a role statements of its own.
func (c *core) inline(child string, role *iam.Role, statements ...iampolicy.Statement) (pulumi.Resource, error) {
	policy, err := iam.NewRolePolicy(c.ctx, child, &iam.RolePolicyArgs{Role: role.Name, Policy: iampolicy.Document(statements...)}, c.parent)
	if err != nil {
		return nil, fmt.Errorf("create policy %s: %w", child, err)
	}
	return policy, nil
}

// volumeKeys are the keys of claims' volumes: the cluster's, and those of storage classes.
func (c *core) volumeKeys() []pulumi.StringInput {
	var keys []pulumi.StringInput
	if c.args.KmsKeyArn != nil {
		keys = append(keys, c.args.KmsKeyArn)
	}
	for _, class := range base.SortedKeys(c.args.StorageClasses) {
		if key := c.args.StorageClasses[class].KmsKeyArn; key != nil && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// volumeStatements let whoever makes volumes encrypt them with these keys, through EC2; none
// where AWS's own key does.
func (c *core) volumeStatements(keys ...pulumi.StringInput) []iampolicy.Statement {
	if len(keys) == 0 {
		return nil
	}
	throughEc2 := map[string][]pulumi.StringInput{"kms:ViaService": {pulumi.String(iampolicy.RegionalService("ec2", c.args.Region))}}
	return []iampolicy.Statement{
		{
			Actions:   []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"},
			Resources: keys, Conditions: conditions{"StringEquals": throughEc2},
		},
		{
			Actions: []string{"kms:CreateGrant"}, Resources: keys,
			Conditions: conditions{"StringEquals": throughEc2, "Bool": {"kms:GrantIsForAWSResource": {pulumi.String("true")}}},
		},
	}
}

// clusterPolicies are what EKS does in the account; autoModePolicies is what Auto Mode does
// beyond that.
var (
	clusterPolicies  = []string{"AmazonEKSClusterPolicy"}
	autoModePolicies = []string{
		"AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy",
	}
)

// newNodeRole makes the nodes' role. Pods have roles of their own, so that it can do little
// more than join and pull images.
func (c *core) newNodeRole() (err error) {
	policy := "AmazonEKSWorkerNodePolicy"
	if c.args.AutoMode != nil {
		policy = "AmazonEKSWorkerNodeMinimalPolicy"
	}
	c.nodeRole, c.nodeAccess, err = c.role(c.child("node", "role"), trust("ec2.amazonaws.com"), policy, "AmazonEC2ContainerRegistryPullOnly")
	if err != nil || c.args.AutoMode == nil {
		return err // EKS lets managed nodes in by itself
	}
	entry, err := c.newAccessEntry(c.child("node", "access"), c.nodeRole.Arn, &awseks.AccessEntryArgs{Type: pulumi.String("EC2")})
	if err != nil {
		return err
	}
	association, err := c.associate(c.child("node", "access"), entry, "AmazonEKSAutoNodePolicy", nil)
	if err != nil {
		return err
	}
	c.nodeAccess = append(c.nodeAccess, association)
	return nil
}

// taggingStatements let Auto Mode put tags of the user's on what it makes, which AWS's own
// policies do not. EKS puts the cluster's name on the session, and on what it makes.
func taggingStatements(partition string) []iampolicy.Statement {
	var (
		everything = []pulumi.StringInput{pulumi.String("*")}
		own        = map[string][]pulumi.StringInput{
			"aws:RequestTag/eks:eks-cluster-name": {pulumi.String("${aws:PrincipalTag/eks:eks-cluster-name}")},
		}
		ec2 = func(kinds ...string) []pulumi.StringInput {
			arns := make([]pulumi.StringInput, len(kinds))
			for i, kind := range kinds {
				arns[i] = pulumi.String(fmt.Sprintf("arn:%s:ec2:*:*:%s/*", partition, kind))
			}
			return arns
		}
	)
	return []iampolicy.Statement{
		{
			Sid: "Compute", Actions: []string{"ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"}, Resources: everything,
			Conditions: map[string]map[string][]pulumi.StringInput{
				"StringEquals": own,
				"StringLike": {
					"aws:RequestTag/eks:kubernetes-node-class-name": everything,
					"aws:RequestTag/eks:kubernetes-node-pool-name":  everything,
				},
			},
		},
		{
			Sid: "Storage", Actions: []string{"ec2:CreateVolume", "ec2:CreateSnapshot"}, Resources: ec2("volume", "snapshot"),
			Conditions: map[string]map[string][]pulumi.StringInput{"StringEquals": own},
		},
		{
			Sid: "Networking", Actions: []string{"ec2:CreateNetworkInterface"}, Resources: everything,
			Conditions: map[string]map[string][]pulumi.StringInput{
				"StringEquals": own, "StringLike": {"aws:RequestTag/eks:kubernetes-cni-node-name": everything},
			},
		},
		{
			Sid: "LoadBalancer", Resources: everything,
			Actions: []string{
				"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:CreateListener",
				"elasticloadbalancing:CreateRule", "ec2:CreateSecurityGroup",
			},
			Conditions: map[string]map[string][]pulumi.StringInput{"StringEquals": own},
		},
	}
}
