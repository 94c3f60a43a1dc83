package kube

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

func TestControllersAskInTheNameOfTheirServiceAccounts(t *testing.T) {
	web := manifest(t, `{metadata: {name: web}, spec: {type: LoadBalancer, ports: [{port: 80}]}}`)
	for name, c := range map[string]struct {
		release string
		want    ground.Agent
	}{
		"its own name":     {`{name: aws-load-balancer-controller, namespace: kube-system, chart: eks/aws-load-balancer-controller, values: {clusterName: main}}`, ground.Agent{Namespace: "kube-system", Account: "aws-load-balancer-controller"}},
		"another release":  {`{name: lb, namespace: kube-system, chart: aws-load-balancer-controller, values: {clusterName: main}}`, ground.Agent{Namespace: "kube-system", Account: "lb-aws-load-balancer-controller"}},
		"a name of choice": {`{name: lb, namespace: default, chart: aws-load-balancer-controller, values: {clusterName: main, serviceAccount: {name: balancers}}}`, ground.Agent{Namespace: "default", Account: "balancers"}},
		"an annotation": {`{name: lb, namespace: default, chart: aws-load-balancer-controller, values: {clusterName: main, serviceAccount: {name: b, annotations: {eks.amazonaws.com/role-arn: "arn:role"}}}}`,
			ground.Agent{Namespace: "default", Account: "b", Role: "arn:role"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, ground.Cluster{Nodes: someNodes})
			e.made(releaseURN, manifest(t, c.release))
			e.made(serviceURN, web)
			require.Equal(t, []ground.Agent{c.want}, cloud.agents)
		})
	}
}

func TestWhatControllersMayNotDoIsNotDone(t *testing.T) {
	for name, c := range map[string]struct {
		site   ground.Cluster
		urn    string
		object string
		action string
		chart  string
	}{
		"nodes of Auto Mode":           {ground.Cluster{AutoMode: true, Pools: []string{"general-purpose"}}, urn(deploymentToken, "web"), deployment, launches, ""},
		"networks of Auto Mode":        {ground.Cluster{AutoMode: true, Pools: []string{"general-purpose"}}, urn(deploymentToken, "web"), deployment, connects, ""},
		"load balancers of Auto Mode":  {ground.Cluster{AutoMode: true}, serviceURN, `{metadata: {name: web}, spec: {type: LoadBalancer, ports: [{port: 80}]}}`, balances, ""},
		"load balancers of the chart":  {ground.Cluster{Nodes: someNodes}, serviceURN, `{metadata: {name: web}, spec: {type: LoadBalancer, ports: [{port: 80}]}}`, balances, balancerChart},
		"volumes of the EBS CSI addon": {ground.Cluster{Addons: map[string]bool{volumeChart: true}}, claimURN, `{metadata: {name: data}, spec: {storageClassName: now, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`, stores, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, c.site)
			e.made(urn("kubernetes:storage.k8s.io/v1:StorageClass", "now"), manifest(t, `{metadata: {name: now}, provisioner: ebs.csi.aws.com}`))
			if c.chart != "" {
				e.made(releaseURN, chart(t, c.chart))
			}
			cloud.refuses[c.action] = "not authorized to perform: " + c.action
			_, err := e.create(c.urn, manifest(t, c.object))
			all := reasons(t, err)
			require.Contains(t, all[0], "timed out waiting to be Ready")
			require.Contains(t, all[len(all)-1], "not authorized to perform: "+c.action)
			require.Empty(t, cloud.owners())
			delete(cloud.refuses, c.action)
			again := with(t, manifest(t, c.object), map[string]any{"metadata/name": "again"})
			_, err = e.create(c.urn, again)
			require.NoError(t, err)
			require.NotEmpty(t, cloud.owners())
		})
	}
}

func TestKarpenterMustKnowItsCluster(t *testing.T) {
	for name, wrong := range map[string]string{
		`{}`:                               "karpenter: panic: validating options, missing field, cluster-name",
		`{settings: {clusterName: other}}`: "ResourceNotFoundException: No cluster found for name: other.",
		`{settings: {clusterName: main}}`:  "",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, e := onEKS(t, ground.Cluster{Nodes: someNodes})
			_, err := e.create(releaseURN, manifest(t, `{name: karpenter, namespace: kube-system, chart: karpenter, values: `+name+`}`))
			if wrong == "" {
				require.NoError(t, err)
				return
			}
			all := reasons(t, err)
			require.Contains(t, all[1], "context deadline exceeded")
			require.Contains(t, all[2], wrong)
		})
	}
}
