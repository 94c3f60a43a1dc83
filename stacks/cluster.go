package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/components/network"
)

// servicesClass is the ingress class, and so the load balancer, of all services.
const servicesClass = "services"

// newCluster makes the Kubernetes cluster.
func (p *platform) newCluster() (*eks.Cluster, error) {
	c := p.env.Cluster
	args := &eks.ClusterArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Version: c.Version,
		ControlPlaneSubnetIds: p.controlPlaneSubnets(), SubnetIds: p.subnetsWithEgress(),
		KmsKeyArn: arn(p.keys.cluster), AwsManagedKey: p.keys.cluster == nil,
		ApiCidrs: c.ApiCidrs, PublicAccessCidrs: c.PublicApiCidrs, DeletionProtection: p.env.DeletionProtection,
		Logs:   &eks.LogsArgs{RetentionDays: p.env.LogRetentionDays},
		Admins: map[string]eks.AdminArgs{}, Addons: map[string]eks.AddonArgs{}, Tags: tags(p.ctx, p.env),
		IngressClasses: map[string]eks.IngressClassArgs{servicesClass: p.servicesClass()},
	}
	for name, version := range c.Addons {
		args.Addons[name] = eks.AddonArgs{Version: pulumi.String(version)}
	}
	for name, role := range c.Admins {
		args.Admins[name] = eks.AdminArgs{PrincipalArn: pulumi.String(role)}
	}
	capacity := []eks.Capacity{eks.OnDemand}
	if c.Spot {
		capacity = append(capacity, eks.Spot)
	}
	pools := map[string]eks.NodePoolArgs{"general": {Capacity: capacity, MaxCpu: c.MaxCpus}}
	if c.Compute == computeKarpenter {
		// The add-ons and controllers, one node a zone; everything else is Karpenter's.
		size := max(len(p.env.Network.Zones), 2)
		args.NodeGroups = map[string]eks.NodeGroupArgs{"system": {MinSize: &size, Taints: map[string]eks.TaintArgs{"CriticalAddonsOnly": {}}}}
		args.Karpenter = &eks.KarpenterArgs{NodePools: pools}
	} else {
		args.AutoMode = &eks.AutoModeArgs{NodePools: pools}
	}
	return eks.NewCluster(p.ctx, "cluster", args, p.components)
}

// servicesClass is one load balancer for all services, which only the network reaches. It is
// in the isolated subnets, where no pod is: what may come from there is not every pod.
func (p *platform) servicesClass() eks.IngressClassArgs {
	c := p.env.Cluster
	class := eks.IngressClassArgs{
		Scheme: eks.Internal, SubnetIds: p.vpc.IsolatedSubnetIds, PlainHttp: c.Plaintext,
		InboundCidrs: pulumi.ToStringArray([]string{p.env.Network.CidrBlock}),
		// Another namespace could take the services' paths.
		NamespaceLabels: map[string]string{"kubernetes.io/metadata.name": namespace},
	}
	if c.CertificateArn != "" {
		class.CertificateArns = pulumi.ToStringArray([]string{c.CertificateArn})
	}
	return class
}

// controlPlaneSubnets are the private subnets of the control plane's zones.
func (p *platform) controlPlaneSubnets() pulumi.StringArray {
	var ids pulumi.StringArray
	for _, zone := range p.env.Cluster.ControlPlaneZones {
		ids = append(ids, p.vpc.Subnets[network.TierPrivate][zone])
	}
	return ids
}
