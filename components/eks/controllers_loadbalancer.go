package eks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// LoadBalancerControllerArgs are the AWS Load Balancer Controller, which makes load balancers
// of ingresses. Clusters with node groups have it; Auto Mode has its own.
type LoadBalancerControllerArgs struct {
	// Disabled leaves it out: ingresses then do nothing. Default: false.
	Disabled bool `pulumi:"disabled,optional"`
	// Version is the version of its chart. Helm leaves the chart's kinds as they were when it
	// was installed: before another version, `kubectl apply --server-side` the files in the
	// new chart's folder "crds". Default: "3.5.0".
	Version string `pulumi:"version,optional"`
}

const (
	loadBalancerVersion = "3.5.0"
	loadBalancerName    = "aws-load-balancer-controller"
	// loadBalancerTag is on everything that the controller makes; its value is the cluster's
	// name.
	loadBalancerTag = "elbv2.k8s.aws/cluster"
)

func (a *LoadBalancerControllerArgs) withDefaults() *LoadBalancerControllerArgs {
	a = base.CopyOf(a)
	base.Default(&a.Version, loadBalancerVersion)
	return a
}

// newLoadBalancerController registers the controller, two pods with a role of their own, and
// the ingress classes, whose kinds come with it.
func (c *core) newLoadBalancerController() error {
	a := c.args.LoadBalancerController
	if a == nil || a.Disabled {
		return nil
	}
	rights, err := c.newController("load-balancers", loadBalancerName, c.loadBalancerStatements()...)
	if err != nil {
		return err
	}
	values := base.Merge(placement(loadBalancerName), pulumi.Map{
		"replicaCount": pulumi.Int(2), "podDisruptionBudget": pulumi.Map{"maxUnavailable": pulumi.Int(1)},
		"serviceAccount": pulumi.Map{"name": pulumi.String(loadBalancerName)},
		// It could ask the instance it runs on, but pods do not reach that.
		"clusterName": c.cluster.Name, "region": pulumi.String(c.args.Region), "vpcId": c.cluster.VpcConfig.VpcId().Elem(),
		// The classes are ours, and each says what its load balancers are.
		"createIngressClassResource": pulumi.Bool(false), "ingressClassParams": pulumi.Map{"create": pulumi.Bool(false)},
		"defaultTargetType": pulumi.String("ip"),
		// It would stand in the way of every service that is made before the controller is ready.
		"enableServiceMutatorWebhook": pulumi.Bool(false),
		"enableShield":                pulumi.Bool(false), "enableWaf": pulumi.Bool(false), "enableWafv2": pulumi.Bool(true),
		"keepTLSSecret": pulumi.Bool(true),
		"resources": pulumi.Map{
			"requests": pulumi.StringMap{"cpu": pulumi.String("100m"), "memory": pulumi.String("128Mi")},
			"limits":   pulumi.StringMap{"memory": pulumi.String("512Mi")},
		},
	})
	controller, err := c.newRelease(loadBalancerName, release{
		chart: loadBalancerName, repository: "https://aws.github.io/eks-charts", version: a.Version,
		namespace: systemNamespace, values: pulumi.Map(values), timeout: chartTimeout,
	}, append(c.running(), rights...))
	if err != nil {
		return err
	}
	c.ready = append(c.ready, controller)
	return c.newIngressClasses(controller)
}

// loadBalancerStatements are what the controller may do: make load balancers that carry the
// cluster's name, change and delete those, and let them reach the nodes. What cannot be
// narrowed to a resource only reads.
func (c *core) loadBalancerStatements() []iampolicy.Statement {
	var (
		name      = []pulumi.StringInput{c.clusterName}
		requested = map[string][]pulumi.StringInput{"aws:RequestTag/" + loadBalancerTag: name}
		own       = map[string][]pulumi.StringInput{"aws:ResourceTag/" + loadBalancerTag: name}
		// The name itself can be neither given nor taken away later.
		kept      = map[string][]pulumi.StringInput{"aws:RequestTag/" + loadBalancerTag: {pulumi.String("true")}}
		groups    = c.ec2("security-group")
		balancers = c.balancing("loadbalancer/app/*", "targetgroup/*")
		all       = append(balancers, c.balancing("listener/app/*", "listener-rule/app/*")...)
		vpc       = pulumi.Sprintf("arn:%s:ec2:%s:*:vpc/%s", c.partition, c.args.Region, c.cluster.VpcConfig.VpcId().Elem())
		nodes     = pulumi.Sprintf("arn:%s:ec2:%s:*:security-group/%s", c.partition, c.args.Region, c.securityGroupId())
		rules     = []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"}
	)
	return []iampolicy.Statement{
		{
			Sid: "ServiceRole", Actions: []string{"iam:CreateServiceLinkedRole"},
			Resources: []pulumi.StringInput{pulumi.String(fmt.Sprintf(
				"arn:%s:iam::%s:role/aws-service-role/elasticloadbalancing.amazonaws.com/*", c.partition, c.args.AccountId))},
			Conditions: conditions{"StringEquals": {"iam:AWSServiceName": {pulumi.String("elasticloadbalancing.amazonaws.com")}}},
		},
		{
			Sid: "Read", Resources: []pulumi.StringInput{pulumi.String("*")},
			Conditions: conditions{"StringEquals": {"aws:RequestedRegion": {pulumi.String(c.args.Region)}}},
			Actions: []string{
				"ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeInternetGateways",
				"ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
				"ec2:DescribeTags", "ec2:DescribeVpcs", "ec2:GetSecurityGroupsForVpc",
				"elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
				"elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
				"elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
				"elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeSSLPolicies", "elasticloadbalancing:DescribeTags",
				"elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
				"elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeTrustStores",
			},
		},
		{Sid: "MakeGroups", Actions: []string{"ec2:CreateSecurityGroup"}, Resources: groups, Conditions: conditions{"StringEquals": requested}},
		{Sid: "MakeGroupsHere", Actions: []string{"ec2:CreateSecurityGroup"}, Resources: []pulumi.StringInput{vpc}},
		{Sid: "TagNewGroups", Actions: []string{"ec2:CreateTags"}, Resources: groups, Conditions: conditions{
			"StringEquals": base.Merge(requested, map[string][]pulumi.StringInput{"ec2:CreateAction": {pulumi.String("CreateSecurityGroup")}}),
		}},
		{Sid: "TagGroups", Actions: []string{"ec2:CreateTags", "ec2:DeleteTags"}, Resources: groups, Conditions: conditions{"StringEquals": own, "Null": kept}},
		{Sid: "Groups", Actions: append(rules, "ec2:DeleteSecurityGroup"), Resources: groups, Conditions: conditions{"StringEquals": own}},
		{Sid: "ReachNodes", Actions: rules, Resources: []pulumi.StringInput{nodes}},
		{
			Sid: "Make", Actions: []string{"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"},
			Resources: balancers, Conditions: conditions{"StringEquals": requested},
		},
		{Sid: "TagNew", Actions: []string{"elasticloadbalancing:AddTags"}, Resources: all, Conditions: conditions{
			"StringEquals": base.Merge(requested, map[string][]pulumi.StringInput{
				"elasticloadbalancing:CreateAction": texts([]string{"CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "CreateRule"}),
			}),
		}},
		{
			Sid: "Tag", Actions: []string{"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"},
			Resources: all, Conditions: conditions{"StringEquals": own, "Null": kept},
		},
		{Sid: "Change", Resources: all, Conditions: conditions{"StringEquals": own}, Actions: []string{
			"elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule",
			"elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteRule",
			"elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyListener",
			"elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule",
			"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:RegisterTargets",
			"elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetRulePriorities",
			"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets", "elasticloadbalancing:SetWebAcl",
		}},
		{
			Sid:     "Firewall",
			Actions: []string{"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource"},
			Resources: append(c.balancing("loadbalancer/app/*"), pulumi.String(fmt.Sprintf(
				"arn:%s:wafv2:%s:%s:regional/webacl/*", c.partition, c.args.Region, c.args.AccountId))),
		},
	}
}

// balancing are load balancers and their parts.
func (c *core) balancing(kinds ...string) []pulumi.StringInput {
	arns := make([]pulumi.StringInput, len(kinds))
	for i, kind := range kinds {
		arns[i] = pulumi.String(fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:%s", c.partition, c.args.Region, c.args.AccountId, kind))
	}
	return arns
}
