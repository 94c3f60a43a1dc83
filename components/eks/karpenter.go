package eks

import (
	"fmt"
	"strconv"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// KarpenterArgs are nodes that come as pods need them, and go again. The controller itself
// runs on node groups. It also replaces broken nodes, which Karpenter still calls alpha.
type KarpenterArgs struct {
	// Version is the version of Karpenter's charts. Default: "1.14.1".
	Version string `pulumi:"version,optional"`
	// NodePools are which nodes may be started, by a key that is the pool's name.
	// Default: one, "general".
	NodePools map[string]NodePoolArgs `pulumi:"nodePools,optional"`
	// Image is the nodes' operating system. Default: AmazonLinux.
	Image Image `pulumi:"image,optional"`
	// ImageVersion pins the image, such as "v20260813" of AmazonLinux or "v1.62.1" of
	// Bottlerocket. With "latest" nodes are replaced, within the pools' budgets, whenever AWS
	// has a newer one. Default: "latest".
	ImageVersion string `pulumi:"imageVersion,optional"`
	// VolumeGb is the size of a node's volume for images and logs. Default: 50.
	VolumeGb int `pulumi:"volumeGb,optional"`
}

const (
	karpenterVersion = "1.14.1"
	latestImage      = "latest"
	// karpenterCharts is where the charts are.
	karpenterCharts = "oci://public.ecr.aws/karpenter/"
	karpenterName   = "karpenter"
	karpenterKinds  = "karpenter-crd"
)

func (a *KarpenterArgs) withDefaults() *KarpenterArgs {
	a = base.CopyOf(a)
	base.Default(&a.Version, karpenterVersion)
	a.NodePools = poolsWithDefaults(a.NodePools)
	base.Default(&a.Image, AmazonLinux)
	base.Default(&a.ImageVersion, latestImage)
	base.Default(&a.VolumeGb, 50)
	return a
}

// newKarpenter registers what Karpenter is in AWS, then its kinds, its controller, the class
// of nodes and the pools, each after the one before. They are deleted the other way around,
// so that no instance is left when nobody is there to give it back.
func (c *core) newKarpenter() error {
	if c.args.Karpenter == nil {
		return nil
	}
	nodes, err := c.newKarpenterNodeRole()
	if err != nil {
		return err
	}
	queue, events, err := c.newInterruptionQueue()
	if err != nil {
		return err
	}
	rights, err := c.newController(karpenterName, karpenterName, c.karpenterStatements(nodes, queue)...)
	if err != nil {
		return err
	}
	controller, err := c.newKarpenterCharts(queue, append(rights, events...))
	if err != nil {
		return err
	}
	class, err := c.newObject(c.child("nodeclass"), "karpenter.k8s.aws/v1", "EC2NodeClass", nodeClass,
		pulumi.Map{"spec": c.karpenterClass(nodes.profile)}, c.kubernetes(pulumi.DependsOn(append(nodes.joined, controller)), drained)...)
	if err != nil {
		return err
	}
	pools, err := c.newNodePools(karpenter, c.args.Karpenter.NodePools, class)
	c.ready = append(c.ready, pools...)
	return err
}

// karpenterNodes are who the nodes are, and what must be there for them to join.
type karpenterNodes struct {
	role    *iam.Role
	profile *iam.InstanceProfile
	joined  []pulumi.Resource
}

// newKarpenterNodeRole makes the nodes' role and its instance profile, and lets the nodes
// join. Karpenter is given the profile, so that it need not make any in IAM.
func (c *core) newKarpenterNodeRole() (n karpenterNodes, err error) {
	child := c.child(karpenterName, "nodes")
	n.role, n.joined, err = c.role(child+"-role", trust("ec2.amazonaws.com"), "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
	if err != nil {
		return n, err
	}
	n.profile, err = iam.NewInstanceProfile(c.ctx, child+"-profile", &iam.InstanceProfileArgs{Role: n.role.Name, Tags: c.tags(child + "-profile")}, c.parent)
	if err != nil {
		return n, fmt.Errorf("create instance profile %s-profile: %w", child, err)
	}
	entry, err := c.newAccessEntry(child+"-access", n.role.Arn, &awseks.AccessEntryArgs{Type: pulumi.String("EC2_LINUX")})
	n.joined = append(n.joined, entry)
	return n, err
}

// newKarpenterCharts installs the kinds first: the controller's own chart would bring them
// too, but Helm never updates those.
func (c *core) newKarpenterCharts(queue *sqs.Queue, before []pulumi.Resource) (pulumi.Resource, error) {
	version := c.args.Karpenter.Version
	kinds, err := c.newRelease(karpenterKinds, release{
		chart: karpenterCharts + karpenterKinds, version: version, namespace: systemNamespace, timeout: chartTimeout,
	}, nil)
	if err != nil {
		return nil, err
	}
	values := base.Merge(placement(karpenterName), pulumi.Map{
		"replicas":       pulumi.Int(2),
		"serviceAccount": pulumi.Map{"name": pulumi.String(karpenterName)},
		// The names of AWS must be found also while there is no node for the cluster's DNS.
		"dnsPolicy": pulumi.String("Default"),
		"settings": pulumi.Map{
			"clusterName": c.cluster.Name, "clusterEndpoint": c.cluster.Endpoint, "interruptionQueue": queue.Name,
			"eksControlPlane": pulumi.Bool(true), "enableZonalShift": pulumi.Bool(*c.args.ZonalShift),
			"featureGates": pulumi.Map{"nodeRepair": pulumi.Bool(true)},
		},
		"controller": pulumi.Map{"resources": pulumi.Map{
			"requests": pulumi.StringMap{"cpu": pulumi.String("250m"), "memory": pulumi.String("512Mi")},
			"limits":   pulumi.StringMap{"memory": pulumi.String("1Gi")},
		}},
	})
	return c.newRelease(karpenterName, release{
		chart: karpenterCharts + karpenterName, version: version, namespace: systemNamespace, values: pulumi.Map(values),
		skipCrds: true, timeout: chartTimeout,
	}, append(append(c.running(), kinds), before...))
}

func (c *core) karpenterClass(profile *iam.InstanceProfile) pulumi.Map {
	a := c.args.Karpenter
	family, device := "al2023", "/dev/xvda"
	if a.Image == Bottlerocket {
		family, device = "bottlerocket", "/dev/xvdb"
	}
	disks := pulumi.Array{c.nodeDisk(device, a.VolumeGb)}
	if a.Image == Bottlerocket {
		disks = pulumi.Array{c.nodeDisk("/dev/xvda", 4), disks[0]} // the system itself is on the first
	}
	class := pulumi.Map{
		"amiSelectorTerms":           pulumi.Array{pulumi.Map{"alias": pulumi.String(family + "@" + a.ImageVersion)}},
		"instanceProfile":            profile.Name,
		"subnetSelectorTerms":        ids(c.args.SubnetIds),
		"securityGroupSelectorTerms": pulumi.Array{pulumi.Map{"id": c.securityGroupId()}},
		"metadataOptions": pulumi.Map{
			"httpEndpoint": pulumi.String("enabled"), "httpProtocolIPv6": pulumi.String("disabled"),
			"httpTokens": pulumi.String("required"), "httpPutResponseHopLimit": pulumi.Int(1),
		},
		"blockDeviceMappings": disks,
	}
	if len(c.args.Tags) > 0 {
		class["tags"] = pulumi.ToStringMap(c.args.Tags)
	}
	return class
}

func (c *core) nodeDisk(device string, gb int) pulumi.Map {
	ebs := pulumi.Map{
		"volumeSize": pulumi.String(strconv.Itoa(gb) + "Gi"), "volumeType": pulumi.String("gp3"),
		"encrypted": pulumi.Bool(true), "deleteOnTermination": pulumi.Bool(true),
	}
	if c.args.KmsKeyArn != nil {
		ebs["kmsKeyID"] = c.args.KmsKeyArn
	}
	return pulumi.Map{"deviceName": pulumi.String(device), "ebs": ebs}
}
