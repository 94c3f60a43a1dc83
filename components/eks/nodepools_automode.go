package eks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// AutoModeArgs are a cluster whose nodes AWS runs: Bottlerocket, patched by replacing them.
type AutoModeArgs struct {
	// NodePools are which nodes may be started, by a key that is the pool's name.
	// Default: one, "general".
	NodePools map[string]NodePoolArgs `pulumi:"nodePools,optional"`
	// VolumeGb is the size of a node's volume for images and logs. Default: 80.
	VolumeGb int `pulumi:"volumeGb,optional"`
	// NetworkPolicyLogs writes on the node what network policies let through and what not.
	// Default: false.
	NetworkPolicyLogs bool `pulumi:"networkPolicyLogs,optional"`
}

func (a *AutoModeArgs) withDefaults() *AutoModeArgs {
	a = base.CopyOf(a)
	a.NodePools = poolsWithDefaults(a.NodePools)
	base.Default(&a.VolumeGb, 80)
	return a
}

// newAutoModeNodes registers the class of nodes and their pools. EKS's own pools are not used:
// their nodes have no key and no tags of the user's.
func (c *core) newAutoModeNodes() error {
	if c.args.AutoMode == nil {
		return nil
	}
	// Without this nobody carries network policies out, and everybody may talk to everybody.
	policies, err := c.newObject(c.child("network-policies"), "v1", "ConfigMap", "amazon-vpc-cni", pulumi.Map{
		"metadata": pulumi.Map{"namespace": pulumi.String(systemNamespace)},
		"data":     pulumi.StringMap{"enable-network-policy-controller": pulumi.String("true")},
	}, c.withCluster()...)
	if err != nil {
		return err
	}
	class, err := c.newObject(c.child("nodeclass"), "eks.amazonaws.com/v1", "NodeClass", nodeClass,
		pulumi.Map{"spec": c.autoModeClass()}, c.kubernetes(pulumi.DependsOn(append(c.nodeAccess, policies)), drained)...)
	if err != nil {
		return err
	}
	c.nodes, err = c.newNodePools(autoMode, c.args.AutoMode.NodePools, class)
	c.ready = append(c.ready, c.nodes...)
	return err
}

func (c *core) autoModeClass() pulumi.Map {
	a := c.args.AutoMode
	storage := pulumi.Map{"size": pulumi.String(fmt.Sprintf("%dGi", a.VolumeGb))}
	if c.args.KmsKeyArn != nil {
		storage["kmsKeyID"] = c.args.KmsKeyArn
	}
	logs := "Disabled"
	if a.NetworkPolicyLogs {
		logs = "Enabled"
	}
	class := pulumi.Map{
		"role":                       c.nodeRole.Name,
		"subnetSelectorTerms":        ids(c.args.SubnetIds),
		"securityGroupSelectorTerms": pulumi.Array{pulumi.Map{"id": c.securityGroupId()}},
		"ephemeralStorage":           storage,
		// Which policies hold is the namespaces' to say: a default denial has no exception.
		"networkPolicy":          pulumi.String("DefaultAllow"),
		"networkPolicyEventLogs": pulumi.String(logs),
	}
	if len(c.args.Tags) > 0 {
		class["tags"] = pulumi.ToStringMap(c.args.Tags)
	}
	return class
}

// securityGroupId is the group of control plane, nodes and pods.
func (c *core) securityGroupId() pulumi.StringOutput {
	return c.cluster.VpcConfig.ClusterSecurityGroupId().Elem()
}
