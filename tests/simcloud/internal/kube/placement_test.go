package kube

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// placed deploys pods in a cluster whose only pool has these requirements and limits.
func placed(t *testing.T, pool string, pods map[string]any) error {
	t.Helper()
	_, _, e := onEKS(t, ground.Cluster{AutoMode: true})
	e.made(urn("kubernetes:eks.amazonaws.com/v1:NodeClass", "apps"), manifest(t, nodeClass))
	e.made(poolURN, manifest(t, `{metadata: {name: apps}, spec: {`+pool+`}}`))
	_, err := e.create(urn(deploymentToken, "web"), with(t, manifest(t, deployment), pods))
	return err
}

func inPool(requirements string) string {
	return `template: {spec: {nodeClassRef: {group: eks.amazonaws.com, kind: NodeClass, name: apps}, requirements: [` + requirements + `]}}`
}

func TestPodsNeedNodesOfTheirKind(t *testing.T) {
	const (
		arm  = `{key: kubernetes.io/arch, operator: In, values: [arm64]}`
		zone = `{key: topology.kubernetes.io/zone, operator: In, values: [eu-west-1a]}`
		paid = `{key: karpenter.sh/capacity-type, operator: NotIn, values: [spot]}`
	)
	for name, c := range map[string]struct {
		pool, selector, affinity string
		wrong                    string
	}{
		"the arch":                     {pool: arm, selector: `{kubernetes.io/arch: arm64}`},
		"another arch":                 {pool: arm, selector: `{kubernetes.io/arch: amd64}`, wrong: archLabel},
		"any arch":                     {selector: `{kubernetes.io/arch: amd64}`},
		"no such arch":                 {selector: `{kubernetes.io/arch: s390x}`, wrong: archLabel},
		"another zone":                 {pool: zone, selector: `{topology.kubernetes.io/zone: eu-west-1b}`, wrong: zoneLabel},
		"the zone":                     {pool: zone, selector: `{topology.kubernetes.io/zone: eu-west-1a}`},
		"spot":                         {pool: paid, selector: `{karpenter.sh/capacity-type: spot}`, wrong: capacityLabel},
		"on demand":                    {pool: paid, selector: `{karpenter.sh/capacity-type: on-demand}`},
		"labels that nobody simulates": {pool: arm, selector: `{team: shop}`},
		"affinity":                     {pool: arm, affinity: `{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]}`, wrong: archLabel},
		"one of two terms":             {pool: arm, affinity: `{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]}, {matchExpressions: [{key: kubernetes.io/arch, operator: NotIn, values: [amd64]}]}`},
		"both must hold":               {pool: arm + ", " + zone, selector: `{topology.kubernetes.io/zone: eu-west-1b}`, affinity: `{matchExpressions: [{key: kubernetes.io/arch, operator: Exists}]}`, wrong: zoneLabel},
		"no node of a pool":            {affinity: `{matchExpressions: [{key: karpenter.sh/capacity-type, operator: DoesNotExist}]}`, wrong: capacityLabel},
	} {
		t.Run(name, func(t *testing.T) {
			pods := map[string]any{}
			if c.selector != "" {
				pods["spec/template/spec/nodeSelector"] = manifest(t, c.selector)
			}
			if c.affinity != "" {
				pods["spec/template/spec/affinity"] = manifest(t, `{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [`+c.affinity+`]}}}`)
			}
			requirePlaced(t, placed(t, inPool(c.pool), pods), c.wrong)
		})
	}
}

func requirePlaced(t *testing.T, err error, wrong string) {
	t.Helper()
	if wrong == "" {
		require.NoError(t, err)
		return
	}
	all := reasons(t, err)
	require.Contains(t, all[0], "timed out waiting to be Ready")
	require.Contains(t, all[len(all)-1], "[Unschedulable] no nodes available to schedule pods; node pool apps: ")
	require.Contains(t, all[len(all)-1], wrong)
}

func TestNodesOfGroupsHaveNoCapacityType(t *testing.T) {
	_, _, e := onEKS(t, ground.Cluster{Nodes: someNodes})
	e.made(urn(deploymentToken, "web"), manifest(t, deployment))
	_, err := e.create(urn(deploymentToken, "spot"), with(t, manifest(t, deployment), map[string]any{"metadata/name": "spot", "spec/template/spec/nodeSelector": map[string]any{capacityLabel: "spot"}}))
	require.Contains(t, reasons(t, err)[3], "[Unschedulable] no nodes available")
}

func TestAPoolHasALimit(t *testing.T) {
	const exceeded = `all available instance types exceed limits for nodepool: "apps"`
	wants := func(replicas float64, cpu string) map[string]any {
		return map[string]any{"spec/replicas": replicas, "spec/template/spec/containers/0/resources": map[string]any{"requests": map[string]any{"cpu": cpu}}}
	}
	limited := inPool("") + `, limits: {cpu: "4"}`
	requirePlaced(t, placed(t, limited, wants(8, "500m")), "")
	requirePlaced(t, placed(t, limited, wants(9, "500m")), exceeded)
	requirePlaced(t, placed(t, inPool(""), wants(9, "500m")), "")

	_, server, e := onEKS(t, ground.Cluster{AutoMode: true})
	e.made(urn("kubernetes:eks.amazonaws.com/v1:NodeClass", "apps"), manifest(t, nodeClass))
	e.made(poolURN, manifest(t, `{metadata: {name: apps}, spec: {`+limited+`}}`))
	web := e.made(urn(deploymentToken, "web"), with(t, manifest(t, deployment), wants(6, "500m")))
	more := func(name string) (*resourceState, error) {
		set := wants(2, "1")
		set["metadata/name"] = name
		return e.create(urn(deploymentToken, name), with(t, manifest(t, deployment), set))
	}
	_, err := more("more")
	requirePlaced(t, err, exceeded)
	require.NoError(t, e.update(web, with(t, manifest(t, deployment), wants(4, "500m"))), "what runs counts once")
	_, err = more("fits")
	require.NoError(t, err)

	text, err := server.Save()
	require.NoError(t, err)
	other := New(Options{Cloud: server.options.Cloud})
	require.NoError(t, other.Restore(text))
	require.Equal(t, 4000.0, other.clusters["https://eks"].loads["apps"])
	require.NoError(t, e.delete(web))
	require.Equal(t, 2000.0, server.clusters["https://eks"].loads["apps"])
}
