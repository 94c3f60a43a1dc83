package kube

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

const claim = `{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1500Mi}}, storageClassName: fast}}`

func storageClass(t *testing.T, e *engine, provisioner string, set map[string]any) {
	e.made(urn("kubernetes:storage.k8s.io/v1:StorageClass", "fast"), with(t, manifest(t, `{metadata: {name: fast}, provisioner: `+provisioner+`, parameters: {type: gp3, encrypted: "true"}}`), set))
}

func TestClaimsHaveVolumes(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{Nodes: someNodes, Addons: map[string]bool{volumeChart: true}})
	storageClass(t, e, chartVolumes, nil)
	r := e.made(claimURN, manifest(t, claim))
	require.Equal(t, "Bound", e.read(r.state).str("status.phase"))
	volume := cloud.made["PersistentVolumeClaim/default/data"].(ground.Volume)
	require.Equal(t, 2.0, volume.Size)
	require.True(t, volume.Encrypted)
	require.NoError(t, e.delete(r))
	require.Empty(t, cloud.owners())
	require.Empty(t, cloud.left)

	e.made(claimURN, manifest(t, claim))
	cloud.change(func(site *ground.Cluster) { site.Addons = nil })
	require.NoError(t, e.delete(r), "the claim goes")
	require.Equal(t, []string{"PersistentVolumeClaim/default/data"}, cloud.left, "the volume stays")
}

func TestClaimsWithoutVolumes(t *testing.T) {
	for name, c := range map[string]struct {
		provisioner string
		set         map[string]any
		wrong       string
	}{
		"no driver":        {provisioner: chartVolumes, wrong: "waiting for a volume to be created by the external provisioner 'ebs.csi.aws.com', which does not run"},
		"no Auto Mode":     {provisioner: autoVolumes, wrong: "waiting for a volume to be created by the external provisioner 'ebs.csi.eks.amazonaws.com', which does not run"},
		"no such class":    {provisioner: "efs.csi.aws.com", set: map[string]any{"spec/storageClassName": "slow"}, wrong: `storageclass.storage.k8s.io "slow" not found`},
		"no default class": {provisioner: "efs.csi.aws.com", set: map[string]any{"spec/storageClassName": nil}, wrong: "no persistent volumes available for this claim and no storage class is set"},
		"someone else's":   {provisioner: "efs.csi.aws.com"},
		"a volume by name": {provisioner: chartVolumes, set: map[string]any{"spec/storageClassName": "", "spec/volumeName": "pv"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, ground.Cluster{Nodes: someNodes})
			storageClass(t, e, c.provisioner, nil)
			_, err := e.create(claimURN, with(t, manifest(t, claim), c.set))
			if c.wrong != "" {
				require.Contains(t, reasons(t, err), c.wrong)
			} else {
				require.NoError(t, err)
			}
			require.Empty(t, cloud.owners())
		})
	}
}

func TestAVolumeComesWithTheFirstPod(t *testing.T) {
	cloud, server, e := onEKS(t, ground.Cluster{Nodes: someNodes, Addons: map[string]bool{volumeChart: true}})
	storageClass(t, e, chartVolumes, map[string]any{"volumeBindingMode": "WaitForFirstConsumer", "reclaimPolicy": "Retain"})
	r := e.made(claimURN, manifest(t, claim))
	require.Equal(t, "Pending", e.read(r.state).str("status.phase"))
	require.Empty(t, cloud.owners())
	web := e.made(urn(deploymentToken, "web"), with(t, manifest(t, deployment), map[string]any{"spec/template/spec/volumes": []any{map[string]any{"name": "d", "persistentVolumeClaim": map[string]any{"claimName": "data"}}}}))
	require.Len(t, cloud.owners(), 1)
	require.True(t, e.refresh(r))
	require.Equal(t, "Bound", e.read(r.state).str("status.phase"))
	require.NoError(t, e.delete(web))
	require.NoError(t, e.delete(r))
	require.Len(t, cloud.left, 1, "its class retains volumes")
	require.Len(t, server.Objects(false), 1)
}

func TestAStatefulSetLeavesItsClaims(t *testing.T) {
	set := `{metadata: {name: db}, spec: {serviceName: db, replicas: 2, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: "db:1"}]}},
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: fast}}]}}`
	for policy, left := range map[string]int{"Retain": 2, "Delete": 0} {
		t.Run(policy, func(t *testing.T) {
			cloud, server, e := onEKS(t, ground.Cluster{Nodes: someNodes, Addons: map[string]bool{volumeChart: true}})
			storageClass(t, e, chartVolumes, map[string]any{"volumeBindingMode": "WaitForFirstConsumer"})
			r := e.made(urn("kubernetes:apps/v1:StatefulSet", "db"), with(t, manifest(t, set), map[string]any{"spec/persistentVolumeClaimRetentionPolicy": map[string]any{"whenDeleted": policy}}))
			require.Len(t, cloud.owners(), 2)
			require.Len(t, server.Objects(false), 2, "the claims are not the program's")
			require.NoError(t, e.delete(r))
			require.Len(t, cloud.owners(), left)
			require.Len(t, server.Objects(false), 1+left)
		})
	}
}
