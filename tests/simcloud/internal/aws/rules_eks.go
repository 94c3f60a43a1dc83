package aws

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const (
	docEKSNetwork  = "Amazon EKS User Guide: View Amazon EKS networking requirements for VPC and subnets"
	docEKSUpdate   = "Amazon EKS User Guide: Update existing cluster to new Kubernetes version"
	docEKSRole     = "Amazon EKS User Guide: Amazon EKS cluster IAM role"
	docEKSAuto     = "Amazon EKS User Guide: Create cluster with EKS Auto Mode"
	docEKSEndpoint = "Amazon EKS User Guide: Cluster API server endpoint"
	docEKSCreate   = "Amazon EKS API Reference: CreateCluster"
	docEKSAddon    = "Amazon EKS API Reference: CreateAddon"
	docEKSAccess   = "Amazon EKS User Guide: Create access entries"

	badParameter = "InvalidParameterException"
)

// The minor versions of Kubernetes that a cluster can be made with, in standard or extended support.
const oldestKubernetes, newestKubernetes = 31, 36

// withoutEKS are the zones that cannot hold a control plane, by the IDs that are the same in every account.
const withoutEKS = "use1-az3 usw1-az2 cac1-az3"

var eksRules = slices.Concat(eksClusterRules, eksAddonRules, eksAccessRules, eksNodeRules, eksFargateRules)

var eksClusterRules = []Rule{
	{ID: "eks-name", Code: badParameter, Source: docEKSCreate, Kinds: "eks.cluster", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !clusterName.MatchString(name) {
			return say("The name '%s' must begin with a letter or digit and have at most 100 letters, digits, hyphens and underscores", name)
		}
		return ""
	}},
	{ID: "eks-name-taken", Code: "ResourceInUseException", Source: docEKSCreate, Kinds: "eks.cluster", On: Create, Check: func(r *Request) string {
		if r.Find("eks.cluster", r.New.Str("name")) != nil {
			return "Cluster already exists with name: " + r.New.Str("name")
		}
		return ""
	}},
	exists("eks.cluster", "vpcConfig.subnetIds", "ec2.subnet", "id", badParameter, docEKSNetwork),
	exists("eks.cluster", "vpcConfig.securityGroupIds", "ec2.securityGroup", "id", badParameter, docEKSNetwork),
	exists("eks.cluster", "roleArn", "iam.role", "arn", badParameter, docEKSRole),
	{ID: "eks-subnet-zones", Code: badParameter, Source: docEKSNetwork, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		if len(r.zonesOf(r.New.Strs("vpcConfig.subnetIds"))) < 2 {
			return "Subnets specified must be in at least two different AZs"
		}
		return ""
	}},
	{ID: "eks-subnet-zone-supported", Code: "UnsupportedAvailabilityZoneException", Source: docEKSNetwork, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		for zone := range r.zonesOf(r.New.Strs("vpcConfig.subnetIds")) {
			if oneOf(zoneID(r.Region, zone), withoutEKS) {
				return say("Cannot create cluster because %s, the targeted availability zone, does not currently have sufficient capacity to support the cluster", zone)
			}
		}
		return ""
	}},
	{ID: "eks-one-vpc", Code: badParameter, Source: docEKSNetwork, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		subnets := r.New.Strs("vpcConfig.subnetIds")
		if r.Op == Update {
			subnets = append(subnets, r.Old.Strs("vpcConfig.subnetIds")...)
		}
		vpc := ""
		for _, s := range subnets {
			own := r.vpcOfSubnet(s)
			if vpc != "" && own != "" && own != vpc {
				return "Subnets must all be in the same VPC"
			}
			vpc = own
		}
		return r.groupsOutside(r.New.Strs("vpcConfig.securityGroupIds"), vpc)
	}},
	{ID: "eks-subnet-addresses", Code: badParameter, Source: docEKSNetwork, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		if r.Op == Update && r.New.Str("version") == r.Old.Str("version") {
			return ""
		}
		for _, id := range r.New.Strs("vpcConfig.subnetIds") {
			if s := r.Find("ec2.subnet", id); s != nil && r.addressesFree(s) < 6 {
				return say("Subnet %s has not enough free IP addresses for the cluster; it needs at least 6", id)
			}
		}
		return ""
	}},
	{ID: "eks-version-known", Code: badParameter, Source: "Amazon EKS User Guide: Understand the Kubernetes version lifecycle on EKS", Kinds: "eks.cluster", On: Create, Check: func(r *Request) string {
		v := r.New.Str("version")
		if minor := kubernetesMinor(v); v != "" && (minor < oldestKubernetes || minor > newestKubernetes) {
			return "unsupported Kubernetes version " + v
		}
		return ""
	}},
	{ID: "eks-version-step", Code: badParameter, Source: docEKSUpdate, Kinds: "eks.cluster", On: Update, Check: func(r *Request) string {
		from, to := kubernetesMinor(r.Old.Str("version")), kubernetesMinor(r.New.Str("version"))
		if from > 0 && r.New.Str("version") != "" && (to > from+1 || to > newestKubernetes) {
			return say("Unsupported Kubernetes minor version update from %s to %s", r.Old.Str("version"), r.New.Str("version"))
		}
		return ""
	}},
	{ID: "eks-version-downgrade", Code: badParameter, Source: docEKSUpdate, Kinds: "eks.cluster", On: Update, Check: func(r *Request) string {
		if from, to := kubernetesMinor(r.Old.Str("version")), kubernetesMinor(r.New.Str("version")); r.New.Str("version") != "" && to < from {
			return say("Unsupported Kubernetes version update from %s to %s: a cluster cannot be downgraded", r.Old.Str("version"), r.New.Str("version"))
		}
		return ""
	}},
	{ID: "eks-version-nodes-behind", Code: "InvalidStateException", Source: docEKSUpdate, Kinds: "eks.cluster", On: Update, Check: func(r *Request) string {
		to := kubernetesMinor(r.New.Str("version"))
		for _, g := range r.With("eks.nodeGroup", "clusterName", r.ID) {
			old := kubernetesMinor(g.Props.Str("version"))
			if old > 0 && to-old > 3 && !r.New.Bool("forceUpdateVersion") {
				return say("Kubelet version of node group %s (%s) is too far behind the version %s; update the nodes first", g.ID, g.Props.Str("version"), r.New.Str("version"))
			}
		}
		return ""
	}},
	assumable("eks-role-trust", "eks.cluster", "roleArn", "eks.amazonaws.com", badParameter, docEKSRole,
		"Role with arn: %s, could not be assumed because it does not exist or the trusted entity is not correct"),
	{ID: "eks-role-policies", Code: badParameter, Source: docEKSRole, Kinds: "eks.cluster", On: Create, Waits: true, Check: func(r *Request) string {
		if role, _ := r.byARN("iam.role", r.New.Str("roleArn")); !r.granted(role, "ec2:DescribeSubnets", "AmazonEKSClusterPolicy") {
			return say("The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure the following policies [arn:%s:iam::aws:policy/AmazonEKSClusterPolicy] are attached", r.Partition())
		}
		return ""
	}},
	{ID: "eks-log-types", Code: badParameter, Source: "Amazon EKS User Guide: Send control plane logs to CloudWatch Logs", Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		for _, t := range r.New.Strs("enabledClusterLogTypes") {
			if !oneOf(t, "api audit authenticator controllerManager scheduler") {
				return say("Log type '%s' is not one of api, audit, authenticator, controllerManager, scheduler", t)
			}
		}
		return ""
	}},
	{ID: "eks-endpoint-none", Code: badParameter, Source: docEKSEndpoint, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		if r.New.Get("vpcConfig.endpointPublicAccess") == false && !r.New.Bool("vpcConfig.endpointPrivateAccess") {
			return "Private and public endpoint access cannot be false"
		}
		return ""
	}},
	{ID: "eks-public-cidrs", Code: badParameter, Source: docEKSEndpoint, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		list := r.New.Strs("vpcConfig.publicAccessCidrs")
		if len(list) > 40 {
			return say("The maximum number of public access CIDRs is 40 (%d)", len(list))
		}
		for _, c := range list {
			p, err := netip.ParsePrefix(c)
			if err != nil || p != p.Masked() || p.Addr().IsPrivate() || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() {
				return say("The following CIDRs are not allowed in publicAccessCidrs: [%s]", c)
			}
		}
		return ""
	}},
	{ID: "eks-access-mode", Code: badParameter, Source: "Amazon EKS User Guide: Change authentication mode to use access entries", Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		order := []string{"", "CONFIG_MAP", "API_AND_CONFIG_MAP", "API"}
		to := slices.Index(order, r.New.Str("accessConfig.authenticationMode"))
		from := slices.Index(order, r.Old.Str("accessConfig.authenticationMode"))
		if to < 0 {
			return say("Authentication mode '%s' is not one of API, API_AND_CONFIG_MAP, CONFIG_MAP", r.New.Str("accessConfig.authenticationMode"))
		}
		if r.Op == Update && from > 0 && to > 0 && (to < from || to > from+1) {
			return say("Unsupported authentication mode update from %s to %s", order[from], order[to])
		}
		return ""
	}},
	{ID: "eks-auto-mode-together", Code: badParameter, Source: docEKSAuto, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		compute, balancing, storage := autoMode(r.New), r.New.Bool("kubernetesNetworkConfig.elasticLoadBalancing.enabled"), r.New.Bool("storageConfig.blockStorage.enabled")
		if compute != balancing || compute != storage {
			return "For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled."
		}
		return ""
	}},
	{ID: "eks-auto-mode-addons", Code: badParameter, Source: docEKSAuto, Kinds: "eks.cluster", On: Create, Check: func(r *Request) string {
		if autoMode(r.New) && r.New.Get("bootstrapSelfManagedAddons") != false {
			return "When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false."
		}
		return ""
	}},
	{ID: "eks-auto-mode-access", Code: badParameter, Source: docEKSAuto, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		if autoMode(r.New) && !oneOf(r.New.Str("accessConfig.authenticationMode"), "API API_AND_CONFIG_MAP") {
			return "When EKS Auto Mode is enabled, the authentication mode must be API or API_AND_CONFIG_MAP."
		}
		return ""
	}},
	{ID: "eks-auto-mode-pools", Code: badParameter, Source: docEKSAuto, Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		pools, role := r.New.Strs("computeConfig.nodePools"), r.New.Str("computeConfig.nodeRoleArn")
		switch {
		case len(pools) > 0 && role == "":
			return "When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated."
		case len(pools) == 0 && role != "":
			return "When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided."
		}
		for _, p := range pools {
			if !oneOf(p, "general-purpose system") {
				return say("Compute Config nodePool '%s' is not one of general-purpose, system", p)
			}
		}
		return ""
	}},
	{ID: "eks-encryption-key", Code: badParameter, Source: "Amazon EKS User Guide: Encrypt Kubernetes secrets with KMS on existing clusters", Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		before, after := r.Old.Str("encryptionConfig.provider.keyArn"), r.New.Str("encryptionConfig.provider.keyArn")
		if r.Op == Update && before != "" && before != after {
			return "Encryption configuration cannot be changed or disabled once it is set"
		}
		if after == "" {
			return ""
		}
		if list := r.New.Strs("encryptionConfig.resources"); len(list) != 1 || list[0] != "secrets" {
			return "The resources of the encryption configuration must be [secrets]"
		}
		if k := r.kmsKey(after); k != nil && k.Props.Has("customerMasterKeySpec") && k.Props.Str("customerMasterKeySpec") != "SYMMETRIC_DEFAULT" {
			return say("The key %s is not symmetric", after)
		}
		return r.keyMissing(after)
	}},
	{ID: "eks-service-cidr", Code: badParameter, Source: docEKSNetwork, Kinds: "eks.cluster", On: Create, Check: func(r *Request) string {
		c := r.New.Str("kubernetesNetworkConfig.serviceIpv4Cidr")
		if c == "" {
			return ""
		}
		p, err := netip.ParsePrefix(c)
		if err != nil || p != p.Masked() || !p.Addr().IsPrivate() || p.Bits() < 12 || p.Bits() > 24 {
			return say("The service CIDR %s must be a private block between /12 and /24", c)
		}
		if vpc := r.Find("ec2.vpc", r.clusterVpc(r.New)); vpc != nil {
			for _, b := range r.vpcBlocks(vpc, false) {
				if b.Overlaps(p) {
					return say("The service CIDR %s overlaps with the CIDR %s of the VPC", c, b)
				}
			}
		}
		return ""
	}},
	{ID: "eks-ip-family", Code: badParameter, Source: "Amazon EKS User Guide: Learn about IPv6 addresses to clusters, Pods, and services", Kinds: "eks.cluster", On: Create, Check: func(r *Request) string {
		family := r.New.Str("kubernetesNetworkConfig.ipFamily")
		if family != "" && !oneOf(family, "ipv4 ipv6") {
			return say("IP family '%s' is not one of ipv4, ipv6", family)
		}
		for _, id := range r.New.Strs("vpcConfig.subnetIds") {
			if s := r.Find("ec2.subnet", id); family == "ipv6" && s != nil && !s.Props.Has("ipv6CidrBlock") {
				return say("Subnet %s has no IPv6 CIDR block, which a cluster of the IP family ipv6 needs", id)
			}
		}
		return ""
	}},
	{ID: "eks-support-type", Code: badParameter, Source: "Amazon EKS User Guide: Understand the Kubernetes version lifecycle on EKS", Kinds: "eks.cluster", On: Write, Check: func(r *Request) string {
		if t := r.New.Str("upgradePolicy.supportType"); t != "" && !oneOf(t, "STANDARD EXTENDED") {
			return say("Support type '%s' is not one of STANDARD, EXTENDED", t)
		}
		return ""
	}},
	{ID: "eks-not-empty", Code: "ResourceInUseException", Source: "Amazon EKS API Reference: DeleteCluster", Kinds: "eks.cluster", On: Delete, Check: func(r *Request) string {
		for kind, what := range map[string]string{"eks.nodeGroup": "nodegroups", "eks.fargateProfile": "Fargate profiles"} {
			if o := r.By(kind, "clusterName", r.ID); o != nil {
				return say("Cluster has %s attached (%s)", what, o.ID)
			}
		}
		return ""
	}},
	{ID: "oidc-provider-url", Code: "InvalidInput", Source: "Amazon EKS User Guide: Create an IAM OIDC provider for your cluster", Kinds: "iam.openIdConnectProvider", On: Create, Check: func(r *Request) string {
		url := r.New.Str("url")
		if !strings.HasPrefix(url, "https://") || strings.ContainsAny(url, "?#") {
			return say("Invalid Open ID Connect Provider URL %s: it must begin with https://", url)
		}
		if !strings.HasPrefix(url, "https://oidc.eks."+r.Region+".") {
			return ""
		}
		for _, c := range r.All("eks.cluster") {
			if slices.Contains(collect(c.Props, "identities.oidcs.issuer"), url) {
				return ""
			}
		}
		return say("Please check .well-known/openid-configuration of provider: %s is not valid", url)
	}},
	{ID: "oidc-provider-taken", Code: "EntityAlreadyExists", Source: "IAM API Reference: CreateOpenIDConnectProvider", Kinds: "iam.openIdConnectProvider", On: Create, Check: func(r *Request) string {
		if r.By("iam.openIdConnectProvider", "url", r.New.Str("url")) != nil {
			return say("Provider with url %s already exists.", r.New.Str("url"))
		}
		return ""
	}},
}

const addonNames = `vpc-cni coredns kube-proxy aws-ebs-csi-driver aws-efs-csi-driver aws-fsx-csi-driver aws-mountpoint-s3-csi-driver snapshot-controller adot
	aws-guardduty-agent amazon-cloudwatch-observability eks-pod-identity-agent eks-node-monitoring-agent metrics-server kube-state-metrics
	prometheus-node-exporter cert-manager external-dns fluent-bit aws-network-flow-monitoring-agent aws-privateca-connector-for-kubernetes
	aws-secrets-store-csi-driver-provider amazon-sagemaker-hyperpod-taskgovernance amazon-sagemaker-hyperpod-observability`

var (
	clusterName  = form(`[0-9A-Za-z][A-Za-z0-9_-]{0,99}`)
	addonVersion = form(`v\d+\.\d+\.\d+(-[a-z0-9.]+)*-eksbuild\.\d+`)
)

var eksAddonRules = []Rule{
	exists("eks.addon", "clusterName", "eks.cluster", "id", "ResourceNotFoundException", docEKSAddon),
	exists("eks.addon", "serviceAccountRoleArn", "iam.role", "arn", badParameter, docEKSAddon),
	exists("eks.addon", "podIdentityAssociations.roleArn", "iam.role", "arn", badParameter, docEKSAddon),
	{ID: "eks-addon-name", Code: badParameter, Source: "Amazon EKS User Guide: AWS add-ons", Kinds: "eks.addon", On: Create, Check: func(r *Request) string {
		// Add-ons of the marketplace are named vendor_product.
		if name := r.New.Str("addonName"); !oneOf(name, addonNames) && !strings.Contains(name, "_") {
			return say("Addon %s specified is not supported", name)
		}
		return ""
	}},
	{ID: "eks-addon-taken", Code: "ResourceInUseException", Source: docEKSAddon, Kinds: "eks.addon", On: Create, Check: func(r *Request) string {
		if r.Find("eks.addon", r.New.Str("clusterName")+":"+r.New.Str("addonName")) != nil {
			return "Addon already exists."
		}
		return ""
	}},
	{ID: "eks-addon-version", Code: badParameter, Source: docEKSAddon, Kinds: "eks.addon", On: Write, Check: func(r *Request) string {
		v := r.New.Str("addonVersion")
		if v == "" || strings.Contains(r.New.Str("addonName"), "_") {
			return ""
		}
		if !addonVersion.MatchString(v) {
			return say("Addon version specified is not supported: %s", v)
		}
		c := r.Find("eks.cluster", r.New.Str("clusterName"))
		if r.New.Str("addonName") == "kube-proxy" && c != nil && kubernetesMinor(strings.TrimPrefix(v, "v")) > kubernetesMinor(c.Props.Str("version")) {
			return say("Addon version specified is not supported: kube-proxy %s is newer than the cluster's version %s", v, c.Props.Str("version"))
		}
		return ""
	}},
	{ID: "eks-addon-configuration", Code: badParameter, Source: docEKSAddon, Kinds: "eks.addon", On: Write, Check: func(r *Request) string {
		if v := strings.TrimSpace(r.New.Str("configurationValues")); strings.HasPrefix(v, "{") && !json.Valid([]byte(v)) {
			return "ConfigurationValue provided in request is not supported: it is no valid JSON"
		}
		return ""
	}},
	{ID: "eks-addon-conflicts", Code: badParameter, Source: docEKSAddon, Kinds: "eks.addon", On: Write, Check: func(r *Request) string {
		if v := r.New.Str("resolveConflictsOnCreate"); v != "" && !oneOf(v, "NONE OVERWRITE") {
			return say("Resolve conflicts mode '%s' on create is not one of NONE, OVERWRITE", v)
		}
		if v := r.New.Str("resolveConflictsOnUpdate"); v != "" && !oneOf(v, "NONE OVERWRITE PRESERVE") {
			return say("Resolve conflicts mode '%s' on update is not one of NONE, OVERWRITE, PRESERVE", v)
		}
		return ""
	}},
	{ID: "eks-addon-needs-nodes", Code: "InsufficientNumberOfReplicas", Source: "Amazon EKS User Guide: Troubleshoot problems with Amazon EKS add-ons", Kinds: "eks.addon", On: Create, Waits: true, Check: func(r *Request) string {
		name := r.New.Str("addonName")
		if oneOf(name, "coredns metrics-server aws-ebs-csi-driver aws-efs-csi-driver snapshot-controller cert-manager external-dns adot") && !r.hasNodes(r.New.Str("clusterName")) {
			return say("The add-on is unhealthy because it doesn't have the desired number of replicas: no nodes in cluster %s for %s", r.New.Str("clusterName"), name)
		}
		return ""
	}},
}

// kubernetesMinor reads the minor version of "1.34" or "1.34.2"; 0 if there is none, -1 if it is malformed.
func kubernetesMinor(version string) int {
	if version == "" {
		return 0
	}
	parts := strings.Split(version, ".")
	if len(parts) < 2 || parts[0] != "1" {
		return -1
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return -1
	}
	return n
}

func autoMode(cluster Obj) bool { return cluster.Bool("computeConfig.enabled") }

func (r *Request) clusterVpc(cluster Obj) string {
	for _, s := range cluster.Strs("vpcConfig.subnetIds") {
		if vpc := r.vpcOfSubnet(s); vpc != "" {
			return vpc
		}
	}
	return ""
}

// hasNodes says whether something in the cluster can run a pod: nodes of any sort, AWS's own compute, or Fargate.
func (r *Request) hasNodes(cluster string) bool {
	if c := r.Find("eks.cluster", cluster); c == nil || autoMode(c.Props) {
		return true
	}
	for _, g := range r.With("eks.nodeGroup", "clusterName", cluster) {
		if g.Props.Int("scalingConfig.desiredSize") > 0 {
			return true
		}
	}
	for _, g := range r.All("autoscaling.group") {
		for _, t := range g.Props.Objs("tags") {
			if t.Str("key") == "kubernetes.io/cluster/"+cluster {
				return true
			}
		}
	}
	return r.By("eks.fargateProfile", "clusterName", cluster) != nil
}
