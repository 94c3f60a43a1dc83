package timeline

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// stack builds graphs by name.
type stack struct {
	nodes []Node
	types map[string]string
	up    string // the current component
}

func urn(typ, name string) resource.URN {
	return resource.URN("urn:pulumi:dev::example::" + typ + "::" + name)
}

func newStack() *stack {
	s := &stack{types: map[string]string{}}
	s.node("pulumi:pulumi:Stack", "example-dev", nil)
	s.nodes[0].Parent = ""
	s.nodes[0].Custom = false
	s.node("pulumi:providers:aws", "aws", nil)
	return s
}

func (s *stack) urn(name string) resource.URN { return urn(s.types[name], name) }

func (s *stack) component(typ, name string) {
	s.up = ""
	s.node(typ, name, nil)
	s.nodes[len(s.nodes)-1].Custom = false
	s.up = name
}

func (s *stack) node(typ, name string, inputs map[string]any, after ...string) {
	s.types[name] = typ
	n := Node{URN: urn(typ, name), Type: typ, Custom: true, Inputs: inputs, Order: len(s.nodes), Parent: s.urn("example-dev")}
	if s.up != "" {
		n.Parent = s.urn(s.up)
	}
	if s.types["aws"] != "" && name != "aws" {
		after = append(after, "aws")
	}
	for _, a := range after {
		if s.types[a] == "" {
			panic("no resource " + a)
		}
		n.Dependencies = append(n.Dependencies, s.urn(a))
	}
	s.nodes = append(s.nodes, n)
}

type in = map[string]any

// production is a stack of about a hundred resources: a network over three zones, a
// cluster, a database with a replica, a cache, a load balancer before an autoscaling group,
// a CDN, and alarms.
func production() []Node {
	s := newStack()
	zones := []string{"a", "b", "c"}
	s.node("aws:kms/key:Key", "main-key", nil)
	s.node("aws:kms/alias:Alias", "main-key-alias", nil, "main-key")
	s.node("aws:secretsmanager/secret:Secret", "db-password", nil, "main-key")

	s.component("plinth:network:Vpc", "network")
	s.node("aws:ec2/vpc:Vpc", "network-vpc", in{"enableDnsHostnames": true})
	s.node("aws:ec2/internetGateway:InternetGateway", "network-igw", nil, "network-vpc")
	for _, z := range zones {
		s.node("aws:ec2/eip:Eip", "network-eip-"+z, nil)
	}
	s.node("aws:ec2/routeTable:RouteTable", "network-public", nil, "network-vpc")
	s.node("aws:ec2/route:Route", "network-public-default", nil, "network-public", "network-igw")
	for _, z := range zones {
		for _, tier := range []string{"public", "private", "isolated"} {
			s.node("aws:ec2/subnet:Subnet", "network-"+tier+"-"+z, in{"mapPublicIpOnLaunch": false}, "network-vpc")
		}
		s.node("aws:ec2/routeTableAssociation:RouteTableAssociation", "network-public-association-"+z, nil, "network-public", "network-public-"+z)
		s.node("aws:ec2/natGateway:NatGateway", "network-nat-"+z, nil, "network-eip-"+z, "network-public-"+z, "network-igw")
		s.node("aws:ec2/routeTable:RouteTable", "network-private-table-"+z, nil, "network-vpc")
		s.node("aws:ec2/routeTableAssociation:RouteTableAssociation", "network-private-association-"+z, nil, "network-private-table-"+z, "network-private-"+z)
		s.node("aws:ec2/route:Route", "network-private-default-"+z, nil, "network-private-table-"+z, "network-nat-"+z)
	}
	s.node("aws:ec2/vpcEndpoint:VpcEndpoint", "network-s3", nil, "network-vpc", "network-private-table-a", "network-private-table-b", "network-private-table-c")
	s.node("aws:ec2/securityGroup:SecurityGroup", "network-endpoints", nil, "network-vpc")
	for _, e := range []string{"ecr-api", "ecr-dkr", "sts"} {
		s.node("aws:ec2/vpcEndpoint:VpcEndpoint", "network-"+e, in{"vpcEndpointType": "Interface"}, "network-private-a", "network-private-b", "network-private-c", "network-endpoints")
	}
	private := []string{"network-private-a", "network-private-b", "network-private-c"}
	isolated := []string{"network-isolated-a", "network-isolated-b", "network-isolated-c"}

	s.component("plinth:eks:Cluster", "cluster")
	s.node("aws:iam/role:Role", "cluster-role", nil)
	s.node("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-role-policy", nil, "cluster-role")
	s.node("aws:cloudwatch/logGroup:LogGroup", "cluster-logs", nil, "main-key")
	s.node("aws:eks/cluster:Cluster", "cluster-control-plane", nil, append(private, "cluster-role", "cluster-role-policy", "cluster-logs", "main-key")...)
	s.node("aws:iam/role:Role", "cluster-nodes-role", nil)
	for _, p := range []string{"worker", "cni", "registry"} {
		s.node("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-nodes-role-"+p, nil, "cluster-nodes-role")
	}
	s.node("aws:eks/addon:Addon", "cluster-vpc-cni", in{"addonName": "vpc-cni"}, "cluster-control-plane")
	s.node("aws:eks/addon:Addon", "cluster-kube-proxy", in{"addonName": "kube-proxy"}, "cluster-control-plane")
	s.node("aws:ec2/launchTemplate:LaunchTemplate", "cluster-nodes-template", nil, "cluster-control-plane")
	s.node("aws:eks/nodeGroup:NodeGroup", "cluster-nodes", in{"scalingConfig": in{"desiredSize": 3.0}}, append(private, "cluster-control-plane", "cluster-nodes-template",
		"cluster-nodes-role", "cluster-nodes-role-worker", "cluster-nodes-role-cni", "cluster-nodes-role-registry", "cluster-vpc-cni",
		"network-private-default-a", "network-private-default-b", "network-private-default-c")...)
	s.node("aws:eks/addon:Addon", "cluster-coredns", in{"addonName": "coredns"}, "cluster-control-plane", "cluster-nodes")
	s.node("aws:eks/addon:Addon", "cluster-ebs-csi", in{"addonName": "aws-ebs-csi-driver"}, "cluster-control-plane", "cluster-nodes")

	s.component("plinth:database:Postgres", "database")
	s.node("aws:rds/subnetGroup:SubnetGroup", "database-subnets", nil, isolated...)
	s.node("aws:rds/parameterGroup:ParameterGroup", "database-parameters", nil)
	s.node("aws:ec2/securityGroup:SecurityGroup", "database-group", nil, "network-vpc")
	s.node("aws:rds/instance:Instance", "database-primary", in{"multiAz": true}, "database-subnets", "database-parameters", "database-group", "main-key", "db-password")
	s.node("aws:rds/instance:Instance", "database-replica", in{"replicateSourceDb": "x"}, "database-primary", "database-group", "main-key")
	s.node("aws:iam/role:Role", "database-proxy-role", nil)
	s.node("aws:iam/rolePolicy:RolePolicy", "database-proxy-role-policy", nil, "database-proxy-role", "db-password")
	s.node("aws:rds/proxy:Proxy", "database-proxy", nil, append(private, "database-proxy-role-policy", "database-proxy-role", "db-password", "database-group")...)
	s.node("aws:rds/proxyTarget:ProxyTarget", "database-proxy-target", nil, "database-proxy", "database-primary")

	s.component("plinth:cache:Valkey", "cache")
	s.node("aws:elasticache/subnetGroup:SubnetGroup", "cache-subnets", nil, isolated...)
	s.node("aws:ec2/securityGroup:SecurityGroup", "cache-group", nil, "network-vpc")
	s.node("aws:elasticache/replicationGroup:ReplicationGroup", "cache-nodes", in{"numCacheClusters": 3.0}, "cache-subnets", "cache-group", "main-key")

	s.component("plinth:alb:LoadBalancer", "web")
	s.node("aws:ec2/securityGroup:SecurityGroup", "web-group", nil, "network-vpc")
	s.node("aws:s3/bucketV2:BucketV2", "web-logs", nil)
	for _, c := range []string{"Policy", "PublicAccessBlock", "VersioningV2", "OwnershipControls", "LifecycleConfigurationV2"} {
		s.node("aws:s3/bucket"+c+":Bucket"+c, "web-logs-"+c, nil, "web-logs")
	}
	s.node("aws:acm/certificate:Certificate", "web-certificate", nil)
	s.node("aws:route53/record:Record", "web-certificate-record", nil, "web-certificate")
	s.node("aws:acm/certificateValidation:CertificateValidation", "web-certificate-validation", nil, "web-certificate", "web-certificate-record")
	s.node("aws:lb/loadBalancer:LoadBalancer", "web-balancer", nil, "network-public-a", "network-public-b", "network-public-c", "web-group", "web-logs-Policy")
	s.node("aws:lb/targetGroup:TargetGroup", "web-targets", nil, "network-vpc")
	s.node("aws:lb/listener:Listener", "web-https", nil, "web-balancer", "web-targets", "web-certificate-validation")
	s.node("aws:lb/listener:Listener", "web-redirect", nil, "web-balancer")
	s.node("aws:route53/record:Record", "web-alias", nil, "web-balancer")

	s.component("plinth:asg:Group", "app")
	s.node("aws:ec2/securityGroup:SecurityGroup", "app-group", nil, "network-vpc")
	s.node("aws:iam/role:Role", "app-role", nil)
	s.node("aws:iam/instanceProfile:InstanceProfile", "app-profile", nil, "app-role")
	s.node("aws:ec2/launchTemplate:LaunchTemplate", "app-template", nil, "app-profile", "app-group", "main-key")
	s.node("aws:autoscaling/group:Group", "app-instances", nil, append(private, "app-template", "web-targets", "network-private-default-a")...)
	s.node("aws:autoscaling/policy:Policy", "app-cpu", nil, "app-instances")

	s.component("plinth:cdn:Site", "site")
	s.node("aws:s3/bucketV2:BucketV2", "site-content", nil)
	s.node("aws:cloudfront/originAccessControl:OriginAccessControl", "site-access", nil)
	s.node("aws:wafv2/webAcl:WebAcl", "site-waf", nil)
	s.node("aws:cloudfront/distribution:Distribution", "site-distribution", nil, "site-content", "site-access", "site-waf")
	s.node("aws:s3/bucketPolicy:BucketPolicy", "site-content-policy", nil, "site-content", "site-distribution")
	s.up = ""
	s.node("aws:cfg/recorder:Recorder", "recorder", nil, "cluster-role")
	for i, from := range []string{"app-group", "web-group", "app-group"} {
		s.node("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", fmt.Sprintf("rule-%d", i), nil, from, "database-group", "cache-group")
	}
	for _, a := range []string{"database-primary", "cache-nodes", "web-balancer", "app-instances"} {
		s.node("aws:cloudwatch/metricAlarm:MetricAlarm", a+"-alarm", nil, a)
	}
	return s.nodes
}
