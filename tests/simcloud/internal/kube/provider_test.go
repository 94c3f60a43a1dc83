package kube

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

const (
	deploymentToken = "kubernetes:apps/v1:Deployment"
	deployment      = `{apiVersion: apps/v1, kind: Deployment, metadata: {labels: {app: web}}, spec: {replicas: 2, selector: {matchLabels: {app: web}},
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: "nginx:1.27", resources: {requests: {cpu: 0.5}}}]}}}}`
)

func TestADeploymentLives(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(nil)
	web := manifest(t, deployment)
	r := e.made(urn(deploymentToken, "web"), web)

	inputs, state := e.read(r.inputs), e.read(r.state)
	require.Regexp(t, `^web-[0-9a-f]{8}$`, inputs.str("metadata.name"))
	require.Equal(t, "true", inputs.sub("metadata.annotations").key(autonamed))
	require.Equal(t, "default/"+inputs.str("metadata.name"), r.id)
	require.Equal(t, 2.0, state.get("status.readyReplicas"))
	require.Equal(t, "25%", state.get("spec.strategy.rollingUpdate.maxSurge"))

	same, _ := e.diff(r, web)
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, same.GetChanges(), "%v", same.GetDetailedDiff())
	require.True(t, e.refresh(r))
	same, _ = e.diff(r, web)
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, same.GetChanges(), "%v", same.GetDetailedDiff())

	more := with(t, web, map[string]any{"spec/replicas": 3})
	changed, _ := e.diff(r, more)
	require.Equal(t, map[string]*pulumirpc.PropertyDiff{"spec.replicas": {Kind: pulumirpc.PropertyDiff_UPDATE}}, changed.GetDetailedDiff())
	require.Empty(t, changed.GetReplaces())
	require.NoError(t, e.update(r, more))
	require.Len(t, server.Objects(false), 1)
	require.Equal(t, 3.0, tree(server.Objects(false)[0].Value).get("status.readyReplicas"))

	moved := with(t, more, map[string]any{"spec/selector/matchLabels/app": "site", "spec/template/metadata/labels/app": "site"})
	replaced, _ := e.diff(r, moved)
	require.Equal(t, []string{"spec.selector.matchLabels.app"}, replaced.GetReplaces())
	require.False(t, replaced.GetDeleteBeforeReplace(), "an automatic name leaves room for both")

	require.NoError(t, e.delete(r))
	require.Empty(t, server.Objects(false))
	require.NoError(t, e.delete(r), "what is gone already counts as deleted")
	require.False(t, e.refresh(r))
}

func TestAFixedNameIsDeletedBeforeItIsReplaced(t *testing.T) {
	_, connect := serve(t, Options{})
	e := connect(nil)
	service := manifest(t, `{metadata: {name: web}, spec: {clusterIP: 10.100.0.10, ports: [{port: 80}]}}`)
	r := e.made(urn("kubernetes:core/v1:Service", "web"), service)
	d, _ := e.diff(r, with(t, service, map[string]any{"spec/clusterIP": "10.100.0.11"}))
	require.Equal(t, []string{"spec.clusterIP"}, d.GetReplaces())
	require.True(t, d.GetDeleteBeforeReplace())

	config := manifest(t, `{metadata: {name: app}, data: {a: "1"}}`)
	r = e.made(urn("kubernetes:core/v1:ConfigMap", "app"), config)
	d, _ = e.diff(r, with(t, config, map[string]any{"data/a": "2"}))
	require.Equal(t, []string{"data.a"}, d.GetReplaces(), "the provider replaces config maps")
	d, _ = connect(map[string]any{"enableConfigMapMutable": true}).diff(r, with(t, config, map[string]any{"data/a": "2"}))
	require.Empty(t, d.GetReplaces(), "unless told not to")
}

func TestANameThatIsTakenBackReplaces(t *testing.T) {
	_, connect := serve(t, Options{})
	e := connect(nil)
	config := manifest(t, `{metadata: {name: app, labels: {a: b}}, data: {a: "1"}}`)
	r := e.made(urn("kubernetes:core/v1:ConfigMap", "app"), config)
	d, _ := e.diff(r, with(t, config, map[string]any{"metadata/name": nil}))
	require.Equal(t, []string{"metadata.name"}, d.GetReplaces())
	require.False(t, d.GetDeleteBeforeReplace())
}

func TestCheckSaysWhatTheServerWould(t *testing.T) {
	_, connect := serve(t, Options{})
	_, err := connect(nil).create(urn(deploymentToken, "web"), with(t, manifest(t, deployment), map[string]any{"spec/selector/matchLabels/app": "x"}))
	require.EqualError(t, err, "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`")
	_, err = connect(nil).create(urn(deploymentToken, "web"), with(t, manifest(t, deployment), map[string]any{"spec/replica": 3}))
	require.EqualError(t, err, ".spec.replica: field not declared in schema")
}

func TestPreviewWithUnknownsAndWithout(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(nil)
	known, err := e.check(urn(deploymentToken, "web"), nil, e.send(manifest(t, deployment)))
	require.NoError(t, err)
	resp, err := e.client.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(deploymentToken, "web"), Properties: known, Preview: true})
	require.NoError(t, err)
	require.Empty(t, resp.GetId())
	require.True(t, e.read(resp.GetProperties()).has("metadata.uid"), "a dry run answers with the whole object")
	require.False(t, e.read(resp.GetProperties()).has("status"))

	web := manifest(t, deployment)
	tree(web).set("metadata.annotations", map[string]any{"arn": Unknown{}})
	unknown, err := e.check(urn(deploymentToken, "web"), nil, e.send(web))
	require.NoError(t, err)
	resp, err = e.client.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(deploymentToken, "web"), Properties: unknown, Preview: true})
	require.NoError(t, err)
	require.Equal(t, e.read(unknown), e.read(resp.GetProperties()))
	require.Empty(t, server.Objects(false))

	elsewhere, err := e.check(urn(deploymentToken, "web"), nil, e.send(with(t, manifest(t, deployment), map[string]any{"metadata/namespace": "later"})))
	require.NoError(t, err)
	_, err = e.client.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(deploymentToken, "web"), Properties: elsewhere, Preview: true})
	require.NoError(t, err, "a namespace that is yet to be made does not stop a preview")
}

func TestWhatAnAutoscalerOwnsIsNoDrift(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(nil)
	web := with(t, manifest(t, deployment), map[string]any{"spec/replicas": nil})
	r := e.made(urn(deploymentToken, "web"), web)
	name := e.read(r.state).str("metadata.name")
	scale := func(to float64) {
		require.NoError(t, server.Change("", "Deployment", "default", name, "kube-controller-manager", func(v map[string]any) map[string]any {
			tree(v).set("spec.replicas", to)
			return v
		}))
	}
	scale(7)
	require.True(t, e.refresh(r))
	d, _ := e.diff(r, web)
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, d.GetChanges(), "%v", d.GetDetailedDiff())
	require.NoError(t, e.update(r, with(t, web, map[string]any{"spec/template/spec/containers/0/image": "nginx:1.28"})))
	require.Equal(t, 7.0, e.read(r.state).get("spec.replicas"), "an update leaves the number alone")

	fixed := with(t, web, map[string]any{"spec/replicas": 2})
	err := e.update(r, fixed)
	require.ErrorContains(t, err, `conflict with "kube-controller-manager" using apps/v1: .spec.replicas`)
	require.NoError(t, e.update(r, with(t, fixed, map[string]any{"metadata/annotations": map[string]any{patchForce: "true"}})))
	require.Equal(t, 2.0, e.read(r.state).get("spec.replicas"))
}

func TestDriftIsFoundAndRepaired(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(map[string]any{"enablePatchForce": true})
	web := with(t, manifest(t, deployment), map[string]any{"metadata/name": "web"})
	r := e.made(urn(deploymentToken, "web"), web)
	require.NoError(t, server.Change("", "Deployment", "default", "web", "kubectl-edit", func(v map[string]any) map[string]any {
		return with(t, v, map[string]any{"spec/template/spec/containers/0/image": "nginx:evil"})
	}))
	require.True(t, e.refresh(r))
	d, _ := e.diff(r, web)
	require.Contains(t, d.GetDetailedDiff(), "spec.template.spec.containers[0].image")
	require.NoError(t, e.update(r, web))
	require.Equal(t, "nginx:1.27", at(server.Objects(false)[0].Value, "spec/template/spec/containers/0/image"))
	require.NoError(t, server.Change("", "Deployment", "default", "web", "kubectl-delete", func(map[string]any) map[string]any { return nil }))
	require.False(t, e.refresh(r))
}

func TestNamespaces(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(map[string]any{"namespace": "shop"})
	space := e.made(urn("kubernetes:core/v1:Namespace", "shop"), manifest(t, `{metadata: {name: shop}}`))
	r := e.made(urn(deploymentToken, "web"), manifest(t, deployment))
	require.True(t, strings.HasPrefix(r.id, "shop/web-"), "the provider's namespace is the default: %s", r.id)
	require.NoError(t, e.delete(space))
	require.Empty(t, server.Objects(false), "a namespace takes its content along")
	require.False(t, e.refresh(r))

	system := &resourceState{urn: urn("kubernetes:core/v1:Namespace", "system"), id: "kube-system",
		state: e.send(map[string]any{"apiVersion": "v1", "kind": "Namespace"})}
	require.ErrorContains(t, e.delete(system), "may not be deleted")
}

func TestAnExistingObjectIsNotTakenOver(t *testing.T) {
	_, connect := serve(t, Options{})
	config := manifest(t, `{metadata: {name: app}, data: {a: "1"}}`)
	connect(nil).made(urn("kubernetes:core/v1:ConfigMap", "one"), config)
	_, err := connect(nil).create(urn("kubernetes:core/v1:ConfigMap", "two"), config)
	require.ErrorContains(t, err, `configmaps "app" already exists`)
	_, err = connect(map[string]any{"upsertExistingObjects": true}).create(urn("kubernetes:core/v1:ConfigMap", "two"), config)
	require.NoError(t, err)
}

func TestCustomResourcesNeedTheirDefinition(t *testing.T) {
	server, connect := serve(t, Options{Custom: []Kind{{Group: "elbv2.k8s.aws", Version: "v1beta1", Kind: "TargetGroupBinding", Plural: "targetgroupbindings", Namespaced: true}}})
	e := connect(nil)
	e.made(urn("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "web"), manifest(t, `{spec: {targetGroupARN: arn, serviceRef: {name: web, port: 80}}}`))

	queue := manifest(t, `{metadata: {name: q}, spec: {size: 3}}`)
	preview := &pulumirpc.CreateRequest{Urn: urn("kubernetes:example.com/v1:Queue", "q"), Properties: e.send(queue), Preview: true}
	_, err := e.client.Create(t.Context(), preview)
	require.NoError(t, err, "a preview cannot know")
	definition := e.made(urn("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "queues"), manifest(t, `{metadata: {name: queues.example.com}, spec: {group: example.com,
  scope: Namespaced, names: {plural: queues, kind: Queue}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}`))
	r := e.made(urn("kubernetes:example.com/v1:Queue", "q"), queue)
	require.Equal(t, "default/q", r.id)
	require.NoError(t, e.delete(definition))
	require.False(t, e.refresh(r), "it goes with its definition")
	require.Len(t, server.Objects(false), 1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = e.client.Create(ctx, &pulumirpc.CreateRequest{Urn: urn("kubernetes:example.com/v1:Queue", "q"), Properties: e.send(queue)})
	require.Error(t, err)
}

func TestAPatchOwnsOnlyItsFields(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(nil)
	e.made(urn("kubernetes:core/v1:ServiceAccount", "app"), manifest(t, `{metadata: {name: app, labels: {app: web}}}`))
	patch := e.made(urn("kubernetes:core/v1:ServiceAccountPatch", "app"), manifest(t, `{metadata: {name: app, annotations: {role: arn}}}`))
	account := func() tree { return server.Objects(false)[0].Value }
	require.Equal(t, "arn", account().str("metadata.annotations.role"))
	require.NoError(t, e.delete(patch))
	require.False(t, account().has("metadata.annotations.role"))
	require.Equal(t, "web", account().str("metadata.labels.app"))
}

func TestImportReadsInputsFromTheCluster(t *testing.T) {
	_, connect := serve(t, Options{})
	e := connect(nil)
	web := with(t, manifest(t, deployment), map[string]any{"metadata/name": "web"})
	e.made(urn(deploymentToken, "web"), web)
	r := &resourceState{urn: urn(deploymentToken, "imported"), id: "default/web"}
	require.True(t, e.refresh(r))
	inputs := e.read(r.inputs)
	require.Equal(t, 2.0, inputs.get("spec.replicas"))
	require.False(t, inputs.has("status"))
	require.False(t, inputs.has("metadata.uid"))
	d, _ := e.diff(r, inputs)
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, d.GetChanges(), "%v", d.GetDetailedDiff())
	require.False(t, e.refresh(&resourceState{urn: r.urn, id: "default/nothing"}))
}

func TestIgnoredChangesAreLeftToTheirOwner(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(nil)
	web := with(t, manifest(t, deployment), map[string]any{"metadata/name": "web"})
	r := e.made(urn(deploymentToken, "web"), web)
	require.NoError(t, server.Change("", "Deployment", "default", "web", "keda", func(v map[string]any) map[string]any {
		return with(t, v, map[string]any{"spec/replicas": 9})
	}))
	require.NoError(t, e.update(r, with(t, web, map[string]any{"spec/template/spec/containers/0/image": "nginx:1.28"}), "spec.replicas"))
	require.Equal(t, 9.0, tree(server.Objects(false)[0].Value).get("spec.replicas"))
}

func TestSecretsStaySecret(t *testing.T) {
	_, connect := serve(t, Options{})
	e := connect(nil)
	props := toProps(manifest(t, `{metadata: {name: db}, stringData: {user: app}}`))
	props["stringData"].ObjectValue()["password"] = resource.MakeSecret(resource.NewProperty("hunter2"))
	in, err := send(props)
	require.NoError(t, err)
	checked, err := e.check(urn("kubernetes:core/v1:Secret", "db"), nil, in)
	require.NoError(t, err)
	resp, err := e.client.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn("kubernetes:core/v1:Secret", "db"), Properties: checked})
	require.NoError(t, err)
	out, err := read(resp.GetProperties())
	require.NoError(t, err)
	require.Equal(t, "aHVudGVyMg==", toTree(out).get("data.password"))
	for _, data := range []resource.PropertyValue{out["data"], out[stateInputs].ObjectValue()["data"]} {
		require.True(t, data.IsSecret() || data.ObjectValue()["password"].IsSecret())
	}
}

func TestLoadBalancersHaveHostNames(t *testing.T) {
	_, connect := serve(t, Options{Region: "eu-central-1"})
	e := connect(nil)
	service := e.made(urn("kubernetes:core/v1:Service", "web"), manifest(t, `{spec: {type: LoadBalancer, ports: [{port: 80}]}}`))
	require.Regexp(t, `^k8s-default-web-.*\.elb\.eu-central-1\.amazonaws\.com$`, at(map[string]any(e.read(service.state)), "status/loadBalancer/ingress/0/hostname"))
	ingress := e.made(urn("kubernetes:networking.k8s.io/v1:Ingress", "web"), manifest(t, `{spec: {ingressClassName: alb, defaultBackend: {service: {name: web, port: {number: 80}}}}}`))
	require.Regexp(t, `\.eu-central-1\.elb\.amazonaws\.com$`, at(map[string]any(e.read(ingress.state)), "status/loadBalancer/ingress/0/hostname"))
}

func TestAHelmReleaseBringsItsKinds(t *testing.T) {
	server, connect := serve(t, Options{})
	e := connect(nil)
	_, err := e.create(urn("kubernetes:helm.sh/v3:Release", "karpenter"), map[string]any{})
	require.ErrorContains(t, err, "a chart is required")
	chart := manifest(t, `{name: karpenter, namespace: karpenter, createNamespace: true, chart: "oci://public.ecr.aws/karpenter/karpenter", version: 1.8.0, values: {a: 1}}`)
	r := e.made(urn("kubernetes:helm.sh/v3:Release", "karpenter"), chart)
	require.Equal(t, "karpenter/karpenter", r.id)
	require.Equal(t, "deployed", e.read(r.state).get("status.status"))
	e.made(urn("kubernetes:karpenter.sh/v1:NodePool", "default"), manifest(t, `{metadata: {name: default}, spec: {template: {spec: {requirements: [], nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}}}}}`))
	d, _ := e.diff(r, with(t, chart, map[string]any{"values/a": 2}))
	require.Empty(t, d.GetReplaces())
	require.NoError(t, e.update(r, with(t, chart, map[string]any{"values/a": 2})))
	require.Equal(t, 2.0, e.read(r.state).get("status.revision"))
	require.True(t, e.refresh(r))
	require.NoError(t, e.delete(r))
	require.Len(t, server.Objects(false), 1, "only the node pool is left")
}

func kubeconfig(server string) string {
	return fmt.Sprintf("apiVersion: v1\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: k, namespace: default}}]\nclusters: [{name: k, cluster: {server: %q}}]\n", server)
}

func TestInstancesKeepTheirClustersApart(t *testing.T) {
	server, connect := serve(t, Options{})
	config := manifest(t, `{metadata: {name: app}}`)
	one, two := connect(map[string]any{"kubeconfig": kubeconfig("https://one")}), connect(map[string]any{"kubeconfig": kubeconfig("https://two")})
	one.made(urn("kubernetes:core/v1:ConfigMap", "app"), config)
	two.made(urn("kubernetes:core/v1:ConfigMap", "app"), config)
	_, err := connect(map[string]any{"kubeconfig": kubeconfig("https://one")}).create(urn("kubernetes:core/v1:ConfigMap", "again"), config)
	require.ErrorContains(t, err, "already exists", "the same cluster through another provider")
	objects := server.Objects(false)
	require.Len(t, objects, 2)
	require.Equal(t, "https://one", objects[0].Cluster)
	require.Equal(t, "https://two", objects[1].Cluster)
}

func TestAnUnreachableClusterRefusesEverything(t *testing.T) {
	_, connect := serve(t, Options{Cloud: &cloud{}})
	for _, config := range []map[string]any{{"kubeconfig": kubeconfig("https://gone")}, {"kubeconfig": kubeconfig("https://one"), "context": "other"}} {
		e := connect(config)
		_, err := e.create(urn("kubernetes:core/v1:ConfigMap", "app"), map[string]any{})
		require.ErrorContains(t, err, "configured Kubernetes cluster is unreachable")
		err = e.delete(&resourceState{urn: urn("kubernetes:core/v1:ConfigMap", "app"), id: "default/app"})
		require.ErrorContains(t, err, "PULUMI_K8S_DELETE_UNREACHABLE")
	}
	e := connect(map[string]any{"kubeconfig": kubeconfig("https://gone"), "deleteUnreachable": true})
	require.NoError(t, e.delete(&resourceState{urn: urn("kubernetes:core/v1:ConfigMap", "app"), id: "default/app"}))
}

func TestAProviderForAnotherClusterReplacesEverything(t *testing.T) {
	_, connect := serve(t, Options{})
	e := connect(nil)
	diff := func(old, new map[string]any) *pulumirpc.DiffResponse {
		resp, err := e.client.DiffConfig(t.Context(), &pulumirpc.DiffRequest{Olds: e.send(old), News: e.send(new)})
		require.NoError(t, err)
		return resp
	}
	one := map[string]any{"kubeconfig": kubeconfig("https://one")}
	require.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, diff(one, one).GetChanges())
	require.Equal(t, []string{"kubeconfig"}, diff(one, map[string]any{"kubeconfig": kubeconfig("https://two")}).GetReplaces())
	require.Empty(t, diff(one, map[string]any{"kubeconfig": kubeconfig("https://one") + "users: []\n"}).GetReplaces(), "a new token is no new cluster")
	require.Equal(t, []string{"kubeconfig"}, diff(one, map[string]any{"kubeconfig": Unknown{}}).GetReplaces())
	fixed := func(server string) map[string]any {
		return map[string]any{"kubeconfig": kubeconfig(server), "clusterIdentifier": "main"}
	}
	require.Empty(t, diff(fixed("https://one"), fixed("https://two")).GetReplaces())
}
