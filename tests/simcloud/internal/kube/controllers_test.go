package kube

import (
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/pulse"
)

// onEKS serves a cluster on a cloud, to callers that wait only a moment.
func onEKS(t *testing.T, site ground.Cluster) (*cloud, *Server, *engine) {
	t.Helper()
	if site.Caller == "" {
		site.Admin = true
	}
	site.Name, site.Region = "main", "eu-west-1"
	c := &cloud{site: &site, refuses: map[string]string{}}
	server, connect := serve(t, Options{Cloud: c, Pulse: pulse.New(50 * time.Millisecond)})
	return c, server, connect(map[string]any{"kubeconfig": kubeconfig("https://eks")})
}

// reasons are why an object exists without being ready.
func reasons(t *testing.T, err error) []string {
	t.Helper()
	s, ok := status.FromError(err)
	require.True(t, ok, err)
	require.Len(t, s.Details(), 1, s.Message())
	failed, ok := s.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
	require.True(t, ok)
	require.NotEmpty(t, failed.GetId())
	return failed.GetReasons()
}

var (
	someNodes  = []ground.Group{{}}
	ownNodes   = []ground.Group{{Taints: []ground.Taint{{Key: "CriticalAddonsOnly", Value: "true", Effect: "NoSchedule"}}}}
	releaseURN = urn("kubernetes:helm.sh/v3:Release", "chart")
	poolURN    = urn("kubernetes:karpenter.sh/v1:NodePool", "apps")
	ingressURN = urn("kubernetes:networking.k8s.io/v1:Ingress", "web")
	serviceURN = urn("kubernetes:core/v1:Service", "web")
	claimURN   = urn("kubernetes:core/v1:PersistentVolumeClaim", "data")
)

func chart(t *testing.T, name string) map[string]any {
	return manifest(t, `{name: `+name+`, namespace: kube-system, chart: `+name+`, values: {clusterName: main, settings: {clusterName: main}, createIngressClassResource: false}}`)
}

func pool(t *testing.T, group, class string) map[string]any {
	return manifest(t, `{metadata: {name: apps}, spec: {template: {spec: {nodeClassRef: {group: `+group+`, kind: `+class+`, name: apps}, requirements: []}}}}`)
}

const nodeClass = `{metadata: {name: apps}, spec: {role: nodes, subnetSelectorTerms: [{tags: {tier: private}}], securityGroupSelectorTerms: [{id: sg-1}]}}`

func TestPodsNeedNodes(t *testing.T) {
	for name, c := range map[string]struct {
		site  ground.Cluster
		pod   map[string]any
		wrong string
	}{
		"nodes":                        {site: ground.Cluster{Nodes: someNodes}},
		"no nodes":                     {wrong: "no nodes available to schedule pods"},
		"nodes for others":             {site: ground.Cluster{Nodes: ownNodes}, wrong: "no nodes available to schedule pods"},
		"nodes for those who tolerate": {site: ground.Cluster{Nodes: ownNodes}, pod: map[string]any{"spec/template/spec/tolerations": []any{map[string]any{"key": "CriticalAddonsOnly", "operator": "Exists"}}}},
		"another value":                {site: ground.Cluster{Nodes: ownNodes}, pod: map[string]any{"spec/template/spec/tolerations": []any{map[string]any{"key": "CriticalAddonsOnly", "value": "false"}}}, wrong: "no nodes"},
		"a preference only":            {site: ground.Cluster{Nodes: []ground.Group{{Taints: []ground.Taint{{Key: "a", Effect: "PreferNoSchedule"}}}}}},
		"fargate":                      {site: ground.Cluster{Fargate: []ground.Selector{{Namespace: "def*", Labels: map[string]string{"app": "web"}}}}},
		"fargate for others":           {site: ground.Cluster{Fargate: []ground.Selector{{Namespace: "default", Labels: map[string]string{"app": "x"}}}}, wrong: "no nodes"},
		"no pods":                      {pod: map[string]any{"spec/replicas": 0}},
		"not waited for":               {pod: map[string]any{"metadata/annotations": map[string]any{skipAwait: "true"}}},
		"a claim that is missing":      {site: ground.Cluster{Nodes: someNodes}, pod: map[string]any{"spec/template/spec/volumes": []any{map[string]any{"name": "d", "persistentVolumeClaim": map[string]any{"claimName": "data"}}}}, wrong: `persistentvolumeclaim "data" not found`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, e := onEKS(t, c.site)
			r, err := e.create(urn(deploymentToken, "web"), with(t, with(t, manifest(t, deployment), map[string]any{"metadata/name": "web"}), c.pod))
			if c.wrong == "" {
				require.NoError(t, err)
				require.Equal(t, "default/web", r.id)
				return
			}
			all := reasons(t, err)
			require.Equal(t, `the Kubernetes API server reported that "default/web" failed to fully initialize or become live: 'web' timed out waiting to be Ready`, all[0])
			require.Contains(t, all[len(all)-1], c.wrong)
		})
	}
}

func TestPodsWaitForNodesThatCome(t *testing.T) {
	cloud, server, e := onEKS(t, ground.Cluster{})
	go func() {
		time.Sleep(20 * time.Millisecond)
		cloud.change(func(site *ground.Cluster) { site.Nodes = someNodes })
		server.options.Pulse.Beat()
	}()
	r := e.made(urn(deploymentToken, "web"), manifest(t, deployment))
	require.Equal(t, 2.0, e.read(r.state).get("status.readyReplicas"))
}

func TestKarpenterMakesNodesAndTakesThemAway(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{Nodes: ownNodes})
	class := func() *resourceState {
		return e.made(urn("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "apps"), with(t, manifest(t, nodeClass), map[string]any{"spec/amiSelectorTerms": []any{map[string]any{"alias": "al2023@latest"}}}))
	}
	controller := e.made(releaseURN, chart(t, karpenterChart))
	apps := class()
	nodes := e.made(poolURN, pool(t, "karpenter.k8s.aws", "EC2NodeClass"))
	require.Empty(t, cloud.owners(), "nobody needs nodes yet")
	web := e.made(urn(deploymentToken, "web"), manifest(t, deployment))
	require.Equal(t, ground.Machines{Pool: "apps", Type: "m7i.large", Role: "nodes", Subnets: []ground.Term{{Tags: map[string]string{"tier": "private"}}}, Groups: []ground.Term{{ID: "sg-1", Tags: map[string]string{}}}},
		cloud.made["NodePool/apps"])

	require.ErrorContains(t, e.delete(apps), "timed out", "a class goes after its nodes")
	require.NoError(t, e.delete(web))
	require.NoError(t, e.delete(nodes))
	require.Empty(t, cloud.owners())
	require.NoError(t, e.delete(apps))

	class()
	nodes = e.made(poolURN, pool(t, "karpenter.k8s.aws", "EC2NodeClass"))
	e.made(urn(deploymentToken, "web"), manifest(t, deployment))
	require.NoError(t, e.delete(controller))
	require.ErrorContains(t, e.delete(nodes), `Timed out waiting for deletion of karpenter.sh/v1/NodePool "apps"`)
	require.Equal(t, []string{"NodePool/apps"}, cloud.owners(), "nobody ends the nodes")
	_, err := e.create(urn(deploymentToken, "more"), manifest(t, deployment))
	require.NoError(t, err, "but they still run pods")
}

func TestKarpenterNeedsNodesOfOthers(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{})
	_, err := e.create(releaseURN, chart(t, karpenterChart))
	require.Contains(t, reasons(t, err)[1], "context deadline exceeded")
	cloud.change(func(site *ground.Cluster) { site.Fargate = []ground.Selector{{Namespace: "kube-*"}} })
	_, err = e.create(urn("kubernetes:helm.sh/v3:Release", "again"), with(t, chart(t, karpenterChart), map[string]any{"name": "again"}))
	require.NoError(t, err)
}

func TestNodesThatCannotBeMade(t *testing.T) {
	for name, c := range map[string]struct {
		pool, class map[string]any
		refuses     string
		wrong       string
	}{
		"no class": {pool: map[string]any{"spec/template/spec/nodeClassRef/name": "other"}, wrong: "its node class other does not exist"},
		"taints":   {pool: map[string]any{"spec/template/spec/taints": []any{map[string]any{"key": "a", "effect": "NoSchedule"}}}, wrong: "untolerated taint"},
		"no such label": {pool: map[string]any{"spec/template/spec/requirements": []any{map[string]any{"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": []any{"m"}}}},
			wrong: `incompatible requirements, label "karpenter.k8s.aws/instance-category" does not have known values`},
		"AWS says no": {refuses: "no subnets found", wrong: "node pool apps: no subnets found"},
		"arm machines": {pool: map[string]any{"spec/template/spec/requirements": []any{map[string]any{"key": "kubernetes.io/arch", "operator": "In", "values": []any{"arm64"}},
			map[string]any{"key": "topology.kubernetes.io/zone", "operator": "In", "values": []any{"eu-west-1a"}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, ground.Cluster{AutoMode: true})
			cloud.refuses["NodePool/apps"] = c.refuses
			e.made(urn("kubernetes:eks.amazonaws.com/v1:NodeClass", "apps"), manifest(t, nodeClass))
			e.made(poolURN, with(t, pool(t, "eks.amazonaws.com", "NodeClass"), c.pool))
			_, err := e.create(urn(deploymentToken, "web"), manifest(t, deployment))
			if c.wrong == "" {
				require.NoError(t, err)
				require.Equal(t, "m7g.large", cloud.made["NodePool/apps"].(ground.Machines).Type)
				require.True(t, cloud.made["NodePool/apps"].(ground.Machines).Managed)
				require.Equal(t, []string{"eu-west-1a"}, cloud.made["NodePool/apps"].(ground.Machines).Zones)
				return
			}
			all := reasons(t, err)
			require.Contains(t, all[len(all)-1], c.wrong)
		})
	}
}

func TestAutoModeBringsPoolsAndKinds(t *testing.T) {
	cloud, server, e := onEKS(t, ground.Cluster{AutoMode: true, Pools: []string{"general-purpose", "system"}})
	e.made(urn(deploymentToken, "web"), manifest(t, deployment))
	require.Equal(t, []string{"NodePool/general-purpose"}, cloud.owners())
	e.made(urn("kubernetes:eks.amazonaws.com/v1:IngressClassParams", "alb"), manifest(t, `{metadata: {name: alb}, spec: {scheme: internal}}`))
	require.Len(t, server.Objects(false), 2)
	cloud.change(func(site *ground.Cluster) { site.Pools = nil })
	e.made(urn("kubernetes:core/v1:ConfigMap", "any"), manifest(t, `{metadata: {name: any}}`))
	require.Empty(t, cloud.owners(), "a pool that is turned off takes its nodes along")
}

func TestAnAutoscalerWithoutMetrics(t *testing.T) {
	scaler := manifest(t, `{metadata: {name: web}, spec: {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}`)
	cloud, _, e := onEKS(t, ground.Cluster{})
	r := e.made(urn("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "web"), scaler)
	require.Equal(t, "FailedGetResourceMetric", at(map[string]any(e.read(r.state)), "status/conditions/0/reason"))
	cloud.change(func(site *ground.Cluster) { site.Addons = map[string]bool{metricsChart: true} })
	r = e.made(urn("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "more"), with(t, scaler, map[string]any{"metadata/name": "more"}))
	require.False(t, e.read(r.state).has("status.conditions"))

	for sort, metric := range map[string]string{
		"Pods":     `pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: 10}}`,
		"External": `external: {metric: {name: messages}, target: {type: Value, value: 10}}`,
		"Object":   `object: {metric: {name: requests}, describedObject: {kind: Service, name: web}, target: {type: Value, value: 10}}`,
	} {
		r = e.made(urn("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", sort), with(t, scaler, map[string]any{
			"metadata/name": strings.ToLower(sort), "spec/metrics": []any{manifest(t, `{type: `+sort+`, `+metric+`}`)}}))
		require.Equal(t, "ScalingActive", at(map[string]any(e.read(r.state)), "status/conditions/0/type"))
		require.Equal(t, "False", at(map[string]any(e.read(r.state)), "status/conditions/0/status"))
		require.Equal(t, "FailedGet"+sort+"Metric", at(map[string]any(e.read(r.state)), "status/conditions/0/reason"))
	}
	cloud.change(func(site *ground.Cluster) { site.Nodes = someNodes })
	e.made(releaseURN, chart(t, adapterChart))
	r = e.made(urn("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "served"), with(t, scaler, map[string]any{"metadata/name": "served",
		"spec/metrics": []any{manifest(t, `{type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: 10}}}`)}}))
	require.False(t, e.read(r.state).has("status.conditions"))
}

func TestTheKindsOfKarpenterGoWithTheirChart(t *testing.T) {
	_, server, e := onEKS(t, ground.Cluster{Nodes: someNodes})
	kinds := e.made(releaseURN, chart(t, karpenterKindChart))
	nodes := e.made(poolURN, pool(t, "karpenter.k8s.aws", "EC2NodeClass"))
	require.NoError(t, e.delete(kinds))
	require.False(t, e.refresh(nodes))
	require.Empty(t, server.Objects(false))
	_, err := e.create(poolURN, pool(t, "karpenter.k8s.aws", "EC2NodeClass"))
	require.ErrorContains(t, err, "Verify that any required CRDs have been created")
}

func TestSnapshotsNeedTheirAddon(t *testing.T) {
	class := urn("kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass", "ebs")
	cloud, _, e := onEKS(t, ground.Cluster{})
	_, err := e.create(class, manifest(t, `{metadata: {name: ebs}, driver: ebs.csi.aws.com, deletionPolicy: Delete}`))
	require.ErrorContains(t, err, "Verify that any required CRDs have been created")
	cloud.change(func(site *ground.Cluster) { site.Addons = map[string]bool{"snapshot-controller": true} })
	e.made(class, manifest(t, `{metadata: {name: ebs}, driver: ebs.csi.aws.com, deletionPolicy: Delete}`))
}

func TestAccessIsLimited(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{Nodes: someNodes, Caller: "arn:deployer", Namespaces: []string{"default"}})
	config := manifest(t, `{metadata: {name: app}}`)
	r := e.made(urn("kubernetes:core/v1:ConfigMap", "app"), config)
	_, err := e.create(urn("kubernetes:core/v1:ConfigMap", "other"), with(t, config, map[string]any{"metadata/namespace": "kube-system"}))
	require.ErrorContains(t, err, `configmaps is forbidden: User "arn:deployer" cannot create resource "configmaps" in API group "" in the namespace "kube-system"`)
	_, err = e.create(urn("kubernetes:core/v1:Namespace", "shop"), manifest(t, `{metadata: {name: shop}}`))
	require.ErrorContains(t, err, `cannot create resource "namespaces" in API group "" at the cluster scope`)
	_, err = e.create(releaseURN, chart(t, metricsChart))
	require.ErrorContains(t, err, "secrets is forbidden")
	cloud.change(func(site *ground.Cluster) { site.Namespaces = nil })
	require.ErrorContains(t, e.delete(r), `cannot delete resource "configmaps"`)
	cloud.change(func(site *ground.Cluster) { site.Namespaces = []string{"*"} })
	require.NoError(t, e.delete(r))
}

func TestAClusterTakesItsObjectsAlong(t *testing.T) {
	cloud, server, e := onEKS(t, ground.Cluster{})
	r := e.made(urn("kubernetes:core/v1:ConfigMap", "app"), manifest(t, `{metadata: {name: app}}`))
	require.Len(t, server.Objects(false), 1)
	cloud.mu.Lock()
	cloud.site = nil
	cloud.mu.Unlock()
	require.Empty(t, server.Objects(false))
	require.ErrorContains(t, e.delete(r), "configured Kubernetes cluster is unreachable: no such host")
}
