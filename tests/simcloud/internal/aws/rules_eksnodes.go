package aws

import (
	"slices"
	"strings"
)

const (
	docNodes       = "Amazon EKS User Guide: Create a managed node group for your cluster"
	docNodeRole    = "Amazon EKS User Guide: Amazon EKS node IAM role"
	docNodeLaunch  = "Amazon EKS User Guide: Customize managed nodes with launch templates"
	docNodeTrouble = "Amazon EKS User Guide: Troubleshoot problems with Amazon EKS clusters and nodes"
	docFargate     = "Amazon EKS User Guide: Define which Pods use AWS Fargate when launched"
)

// imageTypes are the images of managed node groups, with the architecture they run on.
var imageTypes = map[string]string{
	"AL2_x86_64": "x86", "AL2_x86_64_GPU": "x86", "AL2_ARM_64": "arm",
	"AL2023_x86_64_STANDARD": "x86", "AL2023_x86_64_NEURON": "x86", "AL2023_x86_64_NVIDIA": "x86", "AL2023_ARM_64_STANDARD": "arm", "AL2023_ARM_64_NVIDIA": "arm",
	"BOTTLEROCKET_x86_64": "x86", "BOTTLEROCKET_x86_64_FIPS": "x86", "BOTTLEROCKET_x86_64_NVIDIA": "x86",
	"BOTTLEROCKET_ARM_64": "arm", "BOTTLEROCKET_ARM_64_FIPS": "arm", "BOTTLEROCKET_ARM_64_NVIDIA": "arm",
	"WINDOWS_CORE_2019_x86_64": "x86", "WINDOWS_FULL_2019_x86_64": "x86", "WINDOWS_CORE_2022_x86_64": "x86", "WINDOWS_FULL_2022_x86_64": "x86",
	"CUSTOM": "",
}

var (
	armInstance   = form(`(a1|[a-z]+\d+g[a-z]*)\..+`)
	nodeGroupName = form(`[0-9A-Za-z][A-Za-z0-9_-]{0,62}`)
)

var eksNodeRules = []Rule{
	exists("eks.nodeGroup", "clusterName", "eks.cluster", "id", "ResourceNotFoundException", docNodes),
	exists("eks.nodeGroup", "nodeRoleArn", "iam.role", "arn", badParameter, docNodeRole),
	exists("eks.nodeGroup", "subnetIds", "ec2.subnet", "id", badParameter, docNodes),
	exists("eks.nodeGroup", "launchTemplate.id", "ec2.launchTemplate", "id", badParameter, docNodeLaunch),
	{ID: "eks-nodes-name", Code: badParameter, Source: docNodes, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("nodeGroupName"); !nodeGroupName.MatchString(name) {
			return say("The nodegroup name '%s' must begin with a letter or digit and have at most 63 letters, digits, hyphens and underscores", name)
		}
		return ""
	}},
	{ID: "eks-nodes-taken", Code: "ResourceInUseException", Source: docNodes, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		if id := r.New.Str("clusterName") + ":" + r.New.Str("nodeGroupName"); r.Find("eks.nodeGroup", id) != nil {
			return say("NodeGroup already exists with name %s and cluster name %s", r.New.Str("nodeGroupName"), r.New.Str("clusterName"))
		}
		return ""
	}},
	{ID: "eks-nodes-quota", Code: "ResourceLimitExceededException", Source: "Amazon EKS User Guide: View and manage Amazon EKS and Fargate service quotas", Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		if r.Op == Create && r.countWith("eks.nodeGroup", "clusterName", r.New.Str("clusterName")) >= 30 {
			return "The maximum number of managed node groups of the cluster has been reached (30)"
		}
		if n := r.New.Int("scalingConfig.maxSize"); n > 450 {
			return say("A managed node group can have at most 450 nodes (%d)", n)
		}
		return ""
	}},
	{ID: "eks-nodes-scaling", Code: badParameter, Source: "Amazon EKS API Reference: NodegroupScalingConfig", Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		least, want, most := r.New.Int("scalingConfig.minSize"), r.New.Int("scalingConfig.desiredSize"), r.New.Int("scalingConfig.maxSize")
		switch {
		case least < 0 || most < 1:
			return say("minSize must be at least 0 and maxSize at least 1 (%d, %d)", least, most)
		case least > want:
			return say("Minimum capacity %d can't be greater than desired size %d", least, want)
		case want > most:
			return say("Desired capacity %d can't be greater than max size %d", want, most)
		}
		return ""
	}},
	{ID: "eks-nodes-update", Code: badParameter, Source: "Amazon EKS API Reference: NodegroupUpdateConfig", Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		u := r.New.Obj("updateConfig")
		if u.Int("maxUnavailable") > 0 && u.Int("maxUnavailablePercentage") > 0 {
			return "Only one of maxUnavailable and maxUnavailablePercentage can be specified"
		}
		if n := max(u.Int("maxUnavailable"), u.Int("maxUnavailablePercentage")); n > 100 {
			return say("The maximum of unavailable nodes must be between 1 and 100 (%d)", n)
		}
		return ""
	}},
	{ID: "eks-nodes-image", Code: badParameter, Source: docNodes, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		image := r.New.Str("amiType")
		arch, known := imageTypes[image]
		if image == "" {
			arch, known = "x86", true
		}
		if !known {
			return say("AMI type '%s' is not valid", image)
		}
		for _, t := range r.nodeInstances(r.New) {
			if !instanceForm.MatchString(t) {
				return say("[%s] is not a valid instance type", t)
			}
			if arch != "" && r.nodeImage(r.New) == "" && armInstance.MatchString(t) != (arch == "arm") {
				return say("[%s] is not a valid instance type for requested amiType %s", t, image)
			}
		}
		return ""
	}},
	{ID: "eks-nodes-image-retired", Code: badParameter, Source: "Amazon EKS User Guide: Amazon EKS AL2 AMI deprecation FAQs", Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		c := r.Find("eks.cluster", r.New.Str("clusterName"))
		version := r.New.Str("version")
		if version == "" && c != nil {
			version = c.Props.Str("version")
		}
		if image := r.New.Str("amiType"); strings.HasPrefix(image, "AL2_") && kubernetesMinor(version) > 32 {
			return say("AMI Type %s is only supported for kubernetes versions 1.32 or earlier", image)
		}
		return ""
	}},
	{ID: "eks-nodes-instances", Code: badParameter, Source: docNodes, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		list := r.New.Strs("instanceTypes")
		if len(list) > 20 {
			return say("A managed node group can have at most 20 instance types (%d)", len(list))
		}
		if c := r.New.Str("capacityType"); c != "" && !oneOf(c, "ON_DEMAND SPOT CAPACITY_BLOCK") {
			return say("Capacity type '%s' is not one of ON_DEMAND, SPOT, CAPACITY_BLOCK", c)
		}
		return ""
	}},
	{ID: "eks-nodes-template", Code: badParameter, Source: docNodeLaunch, Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		t := r.nodeTemplate(r.New)
		if !r.New.Has("launchTemplate") {
			return ""
		}
		switch {
		case r.Op == Create && r.New.Int("diskSize") > 0:
			return "Disk size must be specified within the launch template."
		case r.New.Has("remoteAccess"):
			return "Remote access configuration cannot be specified with a launch template."
		case r.New.Has("launchTemplate.id") && r.New.Has("launchTemplate.name") && r.Op == Create:
			return "Only one of the id and the name of a launch template can be specified."
		case t == nil:
			return say("You are not authorized to launch instances with this launch template, or it does not exist (%s)", r.New.Str("launchTemplate.name"))
		case t.Props.Has("instanceType") && r.New.Has("instanceTypes"):
			return "Cannot specify instance types in launch template and API request"
		case t.Props.Has("iamInstanceProfile"):
			return "Launch template should not specify an instance profile. The noderole in your request will be used to construct an instance profile."
		case t.Props.Has("instanceMarketOptions"):
			return "Launch template should not specify Spot instance options; use the capacity type of the node group"
		case collect(t.Props, "networkInterfaces.subnetId") != nil:
			return "Launch template should not specify a subnet"
		case t.Props.Has("imageId") && r.New.Str("amiType") != "" && r.New.Str("amiType") != "CUSTOM":
			return "You cannot specify an AMI Type when your launch template provides a custom AMI"
		case t.Props.Has("imageId") && r.Op == Create && (r.New.Has("version") || r.New.Has("releaseVersion")):
			return "You cannot specify a version or release version when your launch template provides a custom AMI"
		case !t.Props.Has("imageId") && r.New.Str("amiType") == "CUSTOM":
			return "The AMI type CUSTOM needs a launch template with an AMI"
		}
		return ""
	}},
	{ID: "eks-nodes-template-version", Code: badParameter, Source: docNodeLaunch, Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		t, v := r.nodeTemplate(r.New), r.New.Str("launchTemplate.version")
		if t == nil || v == "$Latest" || v == "$Default" {
			return ""
		}
		if n, ok := number(v); !ok || n < 1 || n > t.Props.Int("latestVersion") {
			return say("The launch template version %s of %s does not exist", v, t.ID)
		}
		return ""
	}},
	{ID: "eks-nodes-version", Code: badParameter, Source: "Amazon EKS User Guide: Update a managed node group for your cluster", Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		c, v := r.Find("eks.cluster", r.New.Str("clusterName")), r.New.Str("version")
		if c == nil || v == "" {
			return ""
		}
		of, minor, was := kubernetesMinor(c.Props.Str("version")), kubernetesMinor(v), kubernetesMinor(r.Old.Str("version"))
		switch {
		case minor < 0:
			return "unsupported Kubernetes version " + v
		case of > 0 && minor > of:
			return say("Nodegroup Kubernetes version %s should be equal to or less than the cluster's version %s", v, c.Props.Str("version"))
		case of > 0 && of-minor > 3:
			return say("Nodegroup Kubernetes version %s is more than three minor versions behind the cluster's version %s", v, c.Props.Str("version"))
		case minor < was:
			return say("Nodegroup version cannot be downgraded from %s to %s", r.Old.Str("version"), v)
		}
		return ""
	}},
	{ID: "eks-nodes-subnets", Code: badParameter, Source: docNodes, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		c := r.Find("eks.cluster", r.New.Str("clusterName"))
		if c == nil {
			return ""
		}
		for _, s := range r.New.Strs("subnetIds") {
			if vpc, own := r.vpcOfSubnet(s), r.clusterVpc(c.Props); vpc != "" && own != "" && vpc != own {
				return say("Subnet %s is not in the VPC %s of the cluster", s, own)
			}
		}
		return ""
	}},
	{ID: "eks-nodes-public-address", Code: "Ec2SubnetInvalidConfiguration", Source: docNodeTrouble, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		t := r.nodeTemplate(r.New)
		if t != nil && slices.ContainsFunc(t.Props.Objs("networkInterfaces"), func(n Obj) bool { return n.Bool("associatePublicIpAddress") }) {
			return ""
		}
		for _, id := range r.New.Strs("subnetIds") {
			if s := r.Find("ec2.subnet", id); s != nil && r.wayOut(s) == "internet" && !s.Props.Bool("mapPublicIpOnLaunch") {
				return say("One or more Amazon EC2 Subnets of [%s] for node group %s does not automatically assign public IP addresses to instances launched into it.", id, r.New.Str("nodeGroupName"))
			}
		}
		return ""
	}},
	{ID: "eks-nodes-addresses", Code: "InsufficientFreeAddresses", Source: docNodeTrouble, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		free := 0
		for _, id := range r.New.Strs("subnetIds") {
			if s := r.Find("ec2.subnet", id); s != nil {
				free += max(0, r.addressesFree(s))
			}
		}
		if free < r.New.Int("scalingConfig.desiredSize") {
			return say("One or more of the subnets associated with your managed node group does not have enough available IP addresses for new nodes (%d)", free)
		}
		return ""
	}},
	{ID: "eks-nodes-way-out", Code: "NodeCreationFailure", Source: docNodeTrouble, Kinds: "eks.nodeGroup", On: Create, Waits: true, Check: func(r *Request) string {
		for _, id := range r.New.Strs("subnetIds") {
			if s := r.Find("ec2.subnet", id); s != nil && r.wayOut(s) == "" && !r.endpoints(s.Props.Str("vpcId"), "ecr.api", "ecr.dkr", "s3", "ec2") && r.New.Int("scalingConfig.desiredSize") > 0 {
				return say("Instances failed to join the kubernetes cluster: subnet %s has no route to the internet, and its VPC no endpoints of ECR, S3 and EC2", id)
			}
		}
		return ""
	}},
	{ID: "eks-nodes-network", Code: "NodeCreationFailure", Source: docNodeTrouble, Kinds: "eks.nodeGroup", On: Create, Waits: true, Check: func(r *Request) string {
		name := r.New.Str("clusterName")
		c := r.Find("eks.cluster", name)
		if c == nil || c.Props.Get("bootstrapSelfManagedAddons") != false || r.New.Int("scalingConfig.desiredSize") == 0 || autoMode(c.Props) || r.Find("eks.addon", name+":vpc-cni") != nil {
			return ""
		}
		return say("Instances failed to join the kubernetes cluster: Unhealthy nodes in cluster %s, which has no network add-on (vpc-cni)", name)
	}},
	assumable("eks-nodes-trust", "eks.nodeGroup", "nodeRoleArn", "ec2.amazonaws.com", badParameter, docNodeRole,
		"Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole %s"),
	{ID: "eks-nodes-policies", Code: badParameter, Source: docNodeRole, Kinds: "eks.nodeGroup", On: Create, Check: func(r *Request) string {
		role, _ := r.byARN("iam.role", r.New.Str("nodeRoleArn"))
		for policy, need := range map[string][2]string{
			"AmazonEKSWorkerNodePolicy":          {"ec2:DescribeInstances", "AmazonEKSWorkerNodePolicy AmazonEKSWorkerNodeMinimalPolicy"},
			"AmazonEC2ContainerRegistryPullOnly": {"ecr:BatchGetImage", "AmazonEC2ContainerRegistryPullOnly AmazonEC2ContainerRegistryReadOnly AmazonEC2ContainerRegistryPowerUser AmazonEC2ContainerRegistryFullAccess"},
		} {
			if !r.granted(role, need[0], need[1]) {
				return say("The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure the following policies arn:%s:iam::aws:policy/%s are attached", r.Partition(), policy)
			}
		}
		return ""
	}},
	{ID: "eks-nodes-network-policy", Code: "NodeCreationFailure", Source: "Amazon EKS User Guide: Configure Amazon VPC CNI plugin to use IRSA", Kinds: "eks.nodeGroup", On: Create, Waits: true, Check: func(r *Request) string {
		name := r.New.Str("clusterName")
		role, _ := r.byARN("iam.role", r.New.Str("nodeRoleArn"))
		if c := r.Find("eks.cluster", name); c == nil || autoMode(c.Props) || r.New.Int("scalingConfig.desiredSize") == 0 || r.granted(role, "ec2:AssignPrivateIpAddresses", "AmazonEKS_CNI_Policy") {
			return ""
		}
		if a := r.Find("eks.addon", name+":vpc-cni"); a != nil && (a.Props.Has("serviceAccountRoleArn") || a.Props.Has("podIdentityAssociations")) {
			return ""
		}
		for _, p := range r.With("eks.podIdentityAssociation", "serviceAccount", "aws-node") {
			if p.Props.Str("clusterName") == name {
				return ""
			}
		}
		return say("Instances failed to join the kubernetes cluster: neither role %s nor the add-on vpc-cni may assign addresses (AmazonEKS_CNI_Policy)", r.New.Str("nodeRoleArn"))
	}},
	{ID: "eks-nodes-dns", Code: "NodeCreationFailure", Source: docEKSEndpoint, Kinds: "eks.nodeGroup", On: Create, Waits: true, Check: func(r *Request) string {
		c := r.Find("eks.cluster", r.New.Str("clusterName"))
		if c == nil || c.Props.Get("vpcConfig.endpointPublicAccess") != false {
			return ""
		}
		if vpc := r.Find("ec2.vpc", r.clusterVpc(c.Props)); vpc != nil && (!vpc.Props.Bool("enableDnsHostnames") || vpc.Props.Get("enableDnsSupport") == false) {
			return say("Instances failed to join the kubernetes cluster: the private endpoint needs DNS hostnames and DNS support in VPC %s", vpc.ID)
		}
		return ""
	}},
	{ID: "eks-nodes-taints", Code: badParameter, Source: "Amazon EKS API Reference: Taint", Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		if n := len(r.New.Objs("taints")); n > 50 {
			return say("A managed node group can have at most 50 taints (%d)", n)
		}
		for _, t := range r.New.Objs("taints") {
			if !oneOf(t.Str("effect"), "NO_SCHEDULE NO_EXECUTE PREFER_NO_SCHEDULE") {
				return say("Taint effect '%s' is not one of NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE", t.Str("effect"))
			}
		}
		return ""
	}},
	{ID: "eks-nodes-labels", Code: badParameter, Source: docNodes, Kinds: "eks.nodeGroup", On: Write, Check: func(r *Request) string {
		for key := range r.New.Obj("labels") {
			prefix, _, _ := strings.Cut(key, "/")
			if prefix != key && oneOf(prefix, "kubernetes.io k8s.io eks.amazonaws.com") {
				return say("Label can not contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]. Invalid labels [%s].", key)
			}
		}
		return ""
	}},
}

var eksFargateRules = []Rule{
	exists("eks.fargateProfile", "clusterName", "eks.cluster", "id", "ResourceNotFoundException", docFargate),
	exists("eks.fargateProfile", "podExecutionRoleArn", "iam.role", "arn", badParameter, docFargate),
	exists("eks.fargateProfile", "subnetIds", "ec2.subnet", "id", badParameter, docFargate),
	{ID: "eks-fargate-private", Code: badParameter, Source: docFargate, Kinds: "eks.fargateProfile", On: Create, Check: func(r *Request) string {
		for _, id := range r.New.Strs("subnetIds") {
			if s := r.Find("ec2.subnet", id); s != nil && r.wayOut(s) == "internet" {
				return say("Subnet %s provided in Fargate Profile is not a private subnet", id)
			}
		}
		return ""
	}},
	assumable("eks-fargate-trust", "eks.fargateProfile", "podExecutionRoleArn", "eks-fargate-pods.amazonaws.com", badParameter, "Amazon EKS User Guide: Amazon EKS Pod execution IAM role",
		"Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal (%s)"),
	{ID: "eks-fargate-selectors", Code: badParameter, Source: docFargate, Kinds: "eks.fargateProfile", On: Create, Check: func(r *Request) string {
		if n := len(r.New.Objs("selectors")); n < 1 || n > 5 {
			return say("A Fargate profile has between 1 and 5 selectors (%d)", n)
		}
		return ""
	}},
}

func (r *Request) nodeTemplate(group Obj) *Resource {
	return r.launchTemplate(group.Str("launchTemplate.id"), group.Str("launchTemplate.name"))
}

// nodeImage is the image of a node group's own that its launch template names.
func (r *Request) nodeImage(group Obj) string {
	if t := r.nodeTemplate(group); t != nil {
		return t.Props.Str("imageId")
	}
	return ""
}

// nodeInstances are the instance types of a node group, from itself or from its launch template.
func (r *Request) nodeInstances(group Obj) []string {
	list := group.Strs("instanceTypes")
	if t := r.nodeTemplate(group); t != nil && t.Props.Has("instanceType") {
		list = append(list, t.Props.Str("instanceType"))
	}
	return list
}

// wayOut says how a subnet reaches the internet: "internet" by a gateway, "other" by a NAT gateway or something else, "" not at all.
func (r *Request) wayOut(subnet *Resource) string {
	table := ""
	for _, t := range r.All("ec2.routeTable") {
		if t.Implicit && t.Owner == subnet.Props.Str("vpcId") {
			table = t.ID
		}
	}
	if m := r.By("ec2.mainRouteTableAssociation", "vpcId", subnet.Props.Str("vpcId")); m != nil {
		table = m.Props.Str("routeTableId")
	}
	if a := r.By("ec2.routeTableAssociation", "subnetId", subnet.ID); a != nil {
		table = a.Props.Str("routeTableId")
	}
	way := ""
	look := func(route Obj, to string) {
		switch {
		case to != "0.0.0.0/0" && to != "::/0":
		case strings.HasPrefix(route.Str("gatewayId"), "igw-"):
			way = "internet"
		case way == "":
			way = "other"
		}
	}
	for _, route := range r.All("ec2.route") {
		if route.Props.Str("routeTableId") == table {
			look(route.Props, route.Props.Str("destinationCidrBlock")+route.Props.Str("destinationIpv6CidrBlock"))
		}
	}
	if t := r.Find("ec2.routeTable", table); t != nil {
		for _, route := range t.Props.Objs("routes") {
			look(route, route.Str("cidrBlock")+route.Str("ipv6CidrBlock"))
		}
	}
	return way
}

// endpoints says whether a VPC has an endpoint of each service.
func (r *Request) endpoints(vpc string, services ...string) bool {
	for _, service := range services {
		found := false
		for _, e := range r.All("ec2.vpcEndpoint") {
			found = found || e.Props.Str("vpcId") == vpc && strings.HasSuffix(e.Props.Str("serviceName"), "."+service)
		}
		if !found {
			return false
		}
	}
	return true
}
