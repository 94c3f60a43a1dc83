package simcloud

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"gopkg.in/yaml.v3"
)

// shop is a cluster in its network, and callers of both providers.
type shop struct {
	*engine
	cloud      *Cloud
	server     *Server
	kubernetes *engine
	made       map[string]*made
}

// buildShop deploys a network and a cluster with these properties.
func buildShop(t testing.TB, cluster props) *shop {
	t.Helper()
	return buildShopIn(t, New(WithPatience(50*time.Millisecond)), cluster, nil)
}

// buildShopIn does so in a cloud, with these settings of the cluster's network besides.
func buildShopIn(t testing.TB, c *Cloud, cluster, vpc props) *shop {
	t.Helper()
	server := serve(t, c)
	s := &shop{engine: dial(t, server), cloud: c, server: server, made: map[string]*made{}}
	require.NoError(t, s.configure(props{"region": "eu-west-1", "allowedAccountIds": []any{"111122223333"}}))
	s.add("aws:ec2/vpc:Vpc", "vpc", props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	s.add("aws:ec2/internetGateway:InternetGateway", "gate", props{"vpcId": s.id("vpc")})
	for i, zone := range []string{"a", "b"} {
		s.add("aws:ec2/subnet:Subnet", zone, props{"vpcId": s.id("vpc"), "cidrBlock": fmt.Sprintf("10.0.%d.0/24", i), "availabilityZone": "eu-west-1" + zone,
			"tags": props{"kubernetes.io/role/elb": "1", "tier": "app"}})
	}
	s.role("cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy")
	s.role("node", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
	s.role("admin", "ec2.amazonaws.com")
	all := props{"name": "main", "version": "1.35", "roleArn": s.arn("cluster"), "bootstrapSelfManagedAddons": false,
		"vpcConfig": props{"subnetIds": []any{s.id("a"), s.id("b")}}, "accessConfig": props{"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": false}}
	maps.Copy(all, cluster)
	maps.Copy(all["vpcConfig"].(props), vpc)
	s.add("aws:eks/cluster:Cluster", "main", all)
	s.connect()
	return s
}

func autoMode() props {
	return props{"computeConfig": props{"enabled": true}, "storageConfig": props{"blockStorage": props{"enabled": true}},
		"kubernetesNetworkConfig": props{"elasticLoadBalancing": props{"enabled": true}}}
}

func (s *shop) add(typ, name string, args props) {
	s.t.Helper()
	s.made[name] = s.must(typ, name, args)
}

func (s *shop) id(name string) string  { return s.made[name].id }
func (s *shop) arn(name string) string { arn, _ := s.made[name].outputs["arn"].(string); return arn }

func (s *shop) role(name, service string, policies ...string) {
	s.t.Helper()
	s.add("aws:iam/role:Role", name, props{"name": name, "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`})
	for _, p := range policies {
		s.must("aws:iam/rolePolicyAttachment:RolePolicyAttachment", name+p, props{"role": name, "policyArn": "arn:aws:iam::aws:policy/" + p})
	}
}

// access lets somebody work in the cluster.
func (s *shop) access(policy string, scope props) {
	s.t.Helper()
	if s.made["entry"] == nil {
		s.add("aws:eks/accessEntry:AccessEntry", "entry", props{"clusterName": "main", "principalArn": s.arn("admin")})
	}
	s.add("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "grant", props{"clusterName": "main", "principalArn": s.arn("admin"),
		"policyArn": "arn:aws:eks::aws:cluster-access-policy/" + policy, "accessScope": scope})
}

// connect configures a Kubernetes provider with what the cluster gave.
func (s *shop) connect() {
	s.t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", s.server.kubernetes), grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	s.kubernetes = &engine{t: s.t, client: pulumirpc.NewResourceProviderClient(conn)}
	require.NotEmpty(s.t, s.made["main"].outputs["certificateAuthority"])
	require.NoError(s.t, s.kubernetes.configure(props{"kubeconfig": fmt.Sprintf("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: %q}}]\n",
		s.made["main"].outputs["endpoint"])}))
}

// apply deploys a manifest.
func (s *shop) apply(token, text string) (*made, error) {
	s.t.Helper()
	var args props
	require.NoError(s.t, yaml.Unmarshal([]byte(text), &args))
	return s.kubernetes.create("kubernetes:"+token, "object", whole(args).(props))
}

// whole makes the numbers of YAML those of JSON.
func whole(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case props:
		for name, e := range v {
			v[name] = whole(e)
		}
	case []any:
		for i, e := range v {
			v[i] = whole(e)
		}
	}
	return v
}

func (s *shop) mustApply(token, text string) *made {
	s.t.Helper()
	m, err := s.apply(token, text)
	if failed, ok := status.FromError(err); ok && len(failed.Details()) > 0 {
		require.Fail(s.t, "not ready", "%v", failed.Details()[0].(*pulumirpc.ErrorResourceInitFailed).GetReasons())
	}
	require.NoError(s.t, err)
	return m
}

// left lists what nobody deployed, with what it was made for.
func (s *shop) left() []string {
	var out []string
	for _, r := range s.cloud.Resources() {
		if r.URN == "" && !strings.HasPrefix(r.Type, "kubernetes:") {
			out = append(out, r.Type+" of "+r.Owner)
		}
	}
	return out
}

// implicit lists what AWS and controllers have made by themselves.
func (s *shop) implicit() []string {
	var out []string
	for _, r := range s.cloud.Implicit() {
		out = append(out, r.Type)
	}
	return out
}

func (s *shop) gone(name string) {
	s.t.Helper()
	require.NoError(s.t, s.delete(s.made[name]))
}

const (
	deployment = `{metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: "nginx:1.27"}]}}}}`
	service    = `{metadata: {name: web}, spec: {ports: [{port: 80}]}}`
	class      = `{metadata: {name: public}, spec: {controller: eks.amazonaws.com/alb, parameters: {apiGroup: eks.amazonaws.com, kind: IngressClassParams, name: public}}}`
	params     = `{metadata: {name: public}, spec: {scheme: internet-facing, group: {name: shop}}}`
	ingress    = `{metadata: {name: web}, spec: {ingressClassName: public, defaultBackend: {service: {name: web, port: {number: 80}}}}}`
	nodeClass  = `{metadata: {name: apps}, spec: {role: node, subnetSelectorTerms: [{tags: {tier: app}}], securityGroupSelectorTerms: [{tags: {"aws:eks:cluster-name": main}}]}}`
	nodePool   = `{metadata: {name: apps}, spec: {template: {spec: {nodeClassRef: {group: eks.amazonaws.com, kind: NodeClass, name: apps}, requirements: []}}}}`
)

// autoShop is a shop in Auto Mode with a node pool of its own and an Ingress.
func autoShop(t testing.TB) (s *shop, pool, web, published *made) {
	s = buildShop(t, autoMode())
	s.access("AmazonEKSClusterAdminPolicy", props{"type": "cluster"})
	s.add("aws:eks/accessEntry:AccessEntry", "nodes", props{"clusterName": "main", "principalArn": s.arn("node"), "type": "EC2"})
	s.add("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "nodesmay", props{"clusterName": "main", "principalArn": s.arn("node"),
		"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy", "accessScope": props{"type": "cluster"}})
	s.mustApply("eks.amazonaws.com/v1:NodeClass", nodeClass)
	pool = s.mustApply("karpenter.sh/v1:NodePool", nodePool)
	web = s.mustApply("apps/v1:Deployment", deployment)
	s.mustApply("core/v1:Service", service)
	s.mustApply("eks.amazonaws.com/v1:IngressClassParams", params)
	s.mustApply("networking.k8s.io/v1:IngressClass", class)
	return s, pool, web, s.mustApply("networking.k8s.io/v1:Ingress", ingress)
}

func TestAClusterIsEntered(t *testing.T) {
	s := buildShop(t, nil)
	config := `{metadata: {name: app}}`
	_, err := s.kubernetes.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn("kubernetes:core/v1:ConfigMap", "app"), Properties: s.wire(props{"apiVersion": "v1", "kind": "ConfigMap"})})
	require.ErrorContains(t, err, "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: the server has asked for the client to provide credentials")
	s.access("AmazonEKSViewPolicy", props{"type": "cluster"})
	_, err = s.apply("core/v1:ConfigMap", config)
	require.ErrorContains(t, err, `configmaps is forbidden: User "arn:aws:sts::111122223333:assumed-role/deployer/pulumi"`)
	s.access("AmazonEKSEditPolicy", props{"type": "namespace", "namespaces": []any{"default"}})
	s.mustApply("core/v1:ConfigMap", config)
	_, err = s.apply("core/v1:Namespace", config)
	require.ErrorContains(t, err, "at the cluster scope")
	s.access("AmazonEKSAdminPolicy", props{"type": "cluster"})
	s.mustApply("core/v1:ConfigMap", `{metadata: {name: app, namespace: kube-system}}`)
	_, err = s.apply("core/v1:Namespace", config)
	require.ErrorContains(t, err, "at the cluster scope")
	s.access("AmazonEKSClusterAdminPolicy", props{"type": "cluster"})
	s.mustApply("core/v1:Namespace", config)

	s = buildShop(t, props{"accessConfig": props{"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": true}})
	s.mustApply("core/v1:Namespace", config)
}

func TestAClusterLivesWithItsControlPlane(t *testing.T) {
	s := buildShop(t, nil)
	s.access("AmazonEKSClusterAdminPolicy", props{"type": "cluster"})
	m := s.mustApply("core/v1:ConfigMap", `{metadata: {name: app}}`)
	objects := func() (n int) {
		for _, r := range s.cloud.Resources() {
			if strings.HasPrefix(r.Type, "kubernetes:") {
				n++
			}
		}
		return n
	}
	require.Equal(t, 1, objects())
	s.gone("main")
	require.Zero(t, objects())
	require.ErrorContains(t, s.kubernetes.delete(m), "no such host\nIf the cluster was deleted, you can remove the resource from Pulumi state")
	endpoint := s.made["main"].outputs["endpoint"]
	s.add("aws:eks/cluster:Cluster", "main", s.made["main"].inputs)
	require.NotEqual(t, endpoint, s.made["main"].outputs["endpoint"], "a new cluster has a new address")
}

func TestACleanDestroyLeavesNothing(t *testing.T) {
	s, pool, web, published := autoShop(t)
	require.Empty(t, s.left(), "what controllers made belongs to the objects")
	require.Subset(t, s.implicit(), []string{"aws:ec2/instance:Instance", "aws:lb/loadBalancer:LoadBalancer"})
	require.ErrorContains(t, s.delete(s.made["a"]), "DependencyViolation")
	for _, m := range []*made{published, web, pool} {
		require.NoError(t, s.kubernetes.delete(m))
	}
	for _, name := range []string{"main", "a", "b", "gate", "vpc"} {
		s.gone(name)
	}
	require.Empty(t, s.left())
	require.Empty(t, s.implicit())
}

func TestADirtyDestroyLeavesLoadBalancers(t *testing.T) {
	s, _, _, _ := autoShop(t)
	s.gone("main")
	const owner = " of kubernetes main/IngressGroup/eks.amazonaws.com/alb/shop"
	require.Equal(t, []string{"aws:ec2/securityGroup:SecurityGroup" + owner, "aws:lb/loadBalancer:LoadBalancer" + owner}, s.left(), "EKS ends its own nodes only")
	require.ErrorContains(t, s.delete(s.made["a"]), "DependencyViolation")
	require.ErrorContains(t, s.delete(s.made["vpc"]), "DependencyViolation")
}

func TestNodesOfKarpenterOutliveTheirCluster(t *testing.T) {
	s := buildShop(t, nil)
	s.access("AmazonEKSClusterAdminPolicy", props{"type": "cluster"})
	s.add("aws:eks/addon:Addon", "cni", props{"clusterName": "main", "addonName": "vpc-cni"})
	s.add("aws:ec2/routeTable:RouteTable", "out", props{"vpcId": s.id("vpc"), "routes": []any{props{"cidrBlock": "0.0.0.0/0", "gatewayId": s.id("gate")}}})
	for _, zone := range []string{"a", "b"} {
		s.must("aws:ec2/routeTableAssociation:RouteTableAssociation", "join"+zone, props{"routeTableId": s.id("out"), "subnetId": s.id(zone)})
	}
	s.add("aws:ec2/launchTemplate:LaunchTemplate", "template", props{"name": "nodes", "networkInterfaces": []any{props{"associatePublicIpAddress": "true"}}})
	s.add("aws:eks/nodeGroup:NodeGroup", "group", props{"clusterName": "main", "nodeGroupName": "system", "nodeRoleArn": s.arn("node"), "subnetIds": []any{s.id("a"), s.id("b")},
		"scalingConfig": props{"minSize": 1.0, "desiredSize": 2.0, "maxSize": 3.0}, "launchTemplate": props{"id": s.id("template"), "version": "1"},
		"taints": []any{props{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}}})
	s.add("aws:eks/addon:Addon", "identities", props{"clusterName": "main", "addonName": "eks-pod-identity-agent"})
	s.role("karpenter", "pods.eks.amazonaws.com", "AmazonEC2FullAccess")
	s.add("aws:eks/podIdentityAssociation:PodIdentityAssociation", "karpenters", props{"clusterName": "main", "namespace": "kube-system", "serviceAccount": "karpenter", "roleArn": s.arn("karpenter")})
	s.mustApply("helm.sh/v3:Release", `{name: karpenter, namespace: kube-system, chart: karpenter, values: {settings: {clusterName: main}}}`)
	s.mustApply("karpenter.k8s.aws/v1:EC2NodeClass", strings.NewReplacer(
		`tags: {"aws:eks:cluster-name": main}`, "id: "+s.made["main"].outputs["vpcConfig"].(props)["clusterSecurityGroupId"].(string),
		"role: node", "role: node, amiSelectorTerms: [{alias: al2023@latest}]").Replace(nodeClass))
	pool := s.mustApply("karpenter.sh/v1:NodePool", strings.NewReplacer("eks.amazonaws.com", "karpenter.k8s.aws", "kind: NodeClass", "kind: EC2NodeClass").Replace(nodePool))
	web := s.mustApply("apps/v1:Deployment", deployment)
	require.Empty(t, s.left())
	require.NoError(t, s.kubernetes.delete(web))
	s.gone("group")
	require.ErrorContains(t, s.kubernetes.delete(pool), `Timed out waiting for deletion of karpenter.sh/v1/NodePool "apps"`, "its controller has nowhere to run")
	s.gone("main")
	const node = "aws:ec2/instance:Instance of kubernetes main/NodePool/apps"
	require.Equal(t, []string{node, node, "aws:ec2/securityGroup:SecurityGroup of eks.cluster main"}, s.left(), "also the cluster's group, which they use")
	require.ErrorContains(t, s.delete(s.made["b"]), "DependencyViolation")
}

func TestClustersAreSavedAndRestored(t *testing.T) {
	s, pool, web, published := autoShop(t)
	text, err := s.cloud.Save()
	require.NoError(t, err)
	other, _, _, _ := autoShop(t)
	again, err := other.cloud.Save()
	require.NoError(t, err)
	require.Equal(t, string(text), string(again), "the same cloud gives the same bytes")

	s.cloud = New(WithPatience(50 * time.Millisecond))
	require.NoError(t, s.cloud.Restore(text))
	again, err = s.cloud.Save()
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))
	s.server = serve(t, s.cloud)
	s.engine = dial(t, s.server)
	require.NoError(t, s.configure(props{"region": "eu-west-1", "allowedAccountIds": []any{"111122223333"}}))
	s.connect()
	for _, m := range []*made{published, web, pool} {
		require.NoError(t, s.kubernetes.delete(m))
	}
	s.gone("main")
	require.Empty(t, s.left(), "what controllers made is still theirs")
}

func TestVersionsAreLookedUp(t *testing.T) {
	s := buildShop(t, nil)
	ask := func(token string, args props) (props, error) {
		resp, err := s.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: token, Args: s.wire(args)})
		if err != nil {
			return nil, err
		}
		return s.plain(resp.GetReturn()), nil
	}
	addon := func(name, version string) (props, error) {
		return ask("aws:eks/getAddonVersion:getAddonVersion", props{"addonName": name, "kubernetesVersion": version})
	}
	for name, version := range map[string]string{"vpc-cni": "v1.4.0-eksbuild.1", "kube-proxy": "v1.35.0-eksbuild.2"} {
		answer, err := addon(name, "1.35")
		require.NoError(t, err)
		require.Equal(t, version, answer["version"])
		s.add("aws:eks/addon:Addon", name, props{"clusterName": "main", "addonName": name})
		require.Equal(t, version, s.made[name].outputs["addonVersion"], "what EKS chooses by itself is the same")
	}
	for _, wrong := range [][2]string{{"calico", "1.35"}, {"vpc-cni", "1.12"}} {
		_, err := addon(wrong[0], wrong[1])
		require.ErrorContains(t, err, "couldn't find resource")
	}
	all, err := ask("aws:eks/getClusterVersions:getClusterVersions", props{})
	require.NoError(t, err)
	require.Len(t, all["clusterVersions"], 6)
	preferred, err := ask("aws:eks/getClusterVersions:getClusterVersions", props{"defaultOnly": true})
	require.NoError(t, err)
	require.Equal(t, "1.35", preferred["clusterVersions"].([]any)[0].(props)["clusterVersion"])
	one, err := ask("aws:eks/getClusterVersions:getClusterVersions", props{"clusterVersionsOnlies": []any{"1.31"}})
	require.NoError(t, err)
	require.Len(t, one["clusterVersions"], 1)
	require.Equal(t, "EXTENDED_SUPPORT", one["clusterVersions"].([]any)[0].(props)["versionStatus"])
}
