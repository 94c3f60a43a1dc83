package eks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// EKS's names of what Kubernetes and Karpenter call otherwise.
var (
	amiTypes = map[Image]map[Architecture]string{
		AmazonLinux:  {Arm64: "AL2023_ARM_64_STANDARD", Amd64: "AL2023_x86_64_STANDARD"},
		Bottlerocket: {Arm64: "BOTTLEROCKET_ARM_64", Amd64: "BOTTLEROCKET_x86_64"},
	}
	capacityTypes = map[Capacity]string{OnDemand: "ON_DEMAND", Spot: "SPOT"}
	taintEffects  = map[TaintEffect]string{
		NoSchedule: "NO_SCHEDULE", PreferNoSchedule: "PREFER_NO_SCHEDULE", NoExecute: "NO_EXECUTE",
	}
)

// criticalOnly is the taint that the cluster's own add-ons tolerate.
const criticalOnly = "CriticalAddonsOnly"

// runsAddons says that the cluster's own pods can run on the group.
func (g NodeGroupArgs) runsAddons() bool {
	for key, taint := range g.Taints {
		if key != criticalOnly && taint.Effect != PreferNoSchedule {
			return false
		}
	}
	return *g.MinSize > 0
}

func (c *core) newNodeGroups() error {
	for _, key := range base.SortedKeys(c.args.NodeGroups) {
		group, err := c.newNodeGroup(key, c.args.NodeGroups[key])
		if err != nil {
			return err
		}
		c.component.NodeGroups[key] = group
		c.ready = append(c.ready, group)
		if c.args.NodeGroups[key].runsAddons() {
			c.nodes = append(c.nodes, group)
		}
	}
	return nil
}

func (c *core) newNodeGroup(key string, g NodeGroupArgs) (*awseks.NodeGroup, error) {
	child := c.child("nodes", key)
	template, err := c.newLaunchTemplate(child, g)
	if err != nil {
		return nil, err
	}
	args := &awseks.NodeGroupArgs{
		ClusterName: c.cluster.Name, NodeRoleArn: c.nodeRole.Arn, SubnetIds: g.SubnetIds, Version: pulumi.String(g.Version),
		AmiType: pulumi.String(amiTypes[g.Image][g.Architecture]), InstanceTypes: pulumi.ToStringArray(g.InstanceTypes),
		CapacityType:   pulumi.String(capacityTypes[g.Capacity]),
		LaunchTemplate: &awseks.NodeGroupLaunchTemplateArgs{Id: template.ID(), Version: pulumi.Sprintf("%d", template.LatestVersion)},
		ScalingConfig: &awseks.NodeGroupScalingConfigArgs{
			MinSize: pulumi.Int(*g.MinSize), MaxSize: pulumi.Int(g.MaxSize), DesiredSize: pulumi.Int(*g.MinSize),
		},
		UpdateConfig:     &awseks.NodeGroupUpdateConfigArgs{MaxUnavailablePercentage: pulumi.Int(g.MaxUnavailablePercent)},
		NodeRepairConfig: &awseks.NodeGroupNodeRepairConfigArgs{Enabled: pulumi.Bool(*g.AutoRepair)},
		Tags:             c.tags(child),
	}
	if len(g.Labels) > 0 {
		args.Labels = pulumi.ToStringMap(g.Labels)
	}
	if len(g.Taints) > 0 {
		args.Taints = taintsOf(g.Taints)
	}
	hook, err := c.nodesHook(key, g)
	if err != nil {
		return nil, err
	}
	opts := []pulumi.ResourceOption{c.parent, hook, pulumi.DependsOn(slices.Concat(c.nodeAccess, c.beforeNodes))}
	if *g.MinSize < g.MaxSize {
		// An autoscaler owns the number, from the first day on.
		opts = append(opts, pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"}))
	}
	group, err := awseks.NewNodeGroup(c.ctx, child, args, opts...)
	if err != nil {
		return nil, fmt.Errorf("create node group %s: %w", child, err)
	}
	return group, nil
}

func taintsOf(taints map[string]TaintArgs) awseks.NodeGroupTaintArray {
	var list awseks.NodeGroupTaintArray
	for _, key := range base.SortedKeys(taints) {
		taint := &awseks.NodeGroupTaintArgs{Key: pulumi.String(key), Effect: pulumi.String(taintEffects[taints[key].Effect])}
		if value := taints[key].Value; value != "" {
			taint.Value = pulumi.String(value)
		}
		list = append(list, taint)
	}
	return list
}

// newLaunchTemplate makes what instances begin with. EKS adds image, user data and security
// group.
func (c *core) newLaunchTemplate(group string, g NodeGroupArgs) (*ec2.LaunchTemplate, error) {
	child := group + "-template"
	tags := c.tags(group) // those of the group reach neither instances nor volumes
	var specifications ec2.LaunchTemplateTagSpecificationArray
	for _, kind := range []string{"instance", "volume", "network-interface"} {
		specifications = append(specifications, &ec2.LaunchTemplateTagSpecificationArgs{ResourceType: pulumi.String(kind), Tags: tags})
	}
	template, err := ec2.NewLaunchTemplate(c.ctx, child, &ec2.LaunchTemplateArgs{
		BlockDeviceMappings: c.volumes(g),
		// One hop is as far as the node itself: pods cannot become it.
		MetadataOptions: &ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"), HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		TagSpecifications: specifications, UpdateDefaultVersion: pulumi.Bool(true), Tags: c.tags(child),
	}, c.parent)
	if err != nil {
		return nil, fmt.Errorf("create launch template %s: %w", child, err)
	}
	return template, nil
}

// volumes are a node's disks. Bottlerocket keeps itself on the first one, and images and logs
// on the second.
func (c *core) volumes(g NodeGroupArgs) ec2.LaunchTemplateBlockDeviceMappingArray {
	disk := func(device string, size pulumi.IntPtrInput) *ec2.LaunchTemplateBlockDeviceMappingArgs {
		return &ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(device),
			Ebs: &ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				VolumeType: pulumi.String("gp3"), VolumeSize: size, Encrypted: pulumi.String("true"), KmsKeyId: base.Optional(c.args.KmsKeyArn),
				DeleteOnTermination: pulumi.String("true"),
			},
		}
	}
	size := pulumi.Int(g.VolumeGb)
	if g.Image == Bottlerocket {
		return ec2.LaunchTemplateBlockDeviceMappingArray{disk("/dev/xvda", nil), disk("/dev/xvdb", size)}
	}
	return ec2.LaunchTemplateBlockDeviceMappingArray{disk("/dev/xvda", size)}
}
