package kube

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const job = `{metadata: {name: migrate}, spec: {template: {metadata: {labels: {app: migrate}}, spec: {restartPolicy: Never, containers: [{name: app, image: "shop:1"}]}}}}`

func TestAJobIsChangedInPlace(t *testing.T) {
	_, connect := serve(t, Options{})
	e := connect(nil)
	r := e.made(urn("kubernetes:batch/v1:Job", "migrate"), manifest(t, job))
	live := e.read(r.state)
	uid := live.str("metadata.uid")
	require.Equal(t, map[string]any{"app": "migrate", "job-name": "migrate", "batch.kubernetes.io/job-name": "migrate", "controller-uid": uid, "batch.kubernetes.io/controller-uid": uid},
		live.get("spec.template.metadata.labels"))
	require.Equal(t, map[string]any{"matchLabels": map[string]any{"batch.kubernetes.io/controller-uid": uid}}, live.get("spec.selector"))

	changes := map[string]any{"spec/backoffLimit": 2, "spec/activeDeadlineSeconds": 60, "spec/ttlSecondsAfterFinished": 600, "spec/suspend": true}
	require.NoError(t, e.update(r, with(t, manifest(t, job), changes)))
	again := e.read(r.state)
	require.Equal(t, live.get("spec.template.metadata.labels"), again.get("spec.template.metadata.labels"), "the server's labels stay")
	require.Equal(t, 2.0, again.get("spec.backoffLimit"))
	changes["spec/backoffLimit"] = 3
	require.NoError(t, e.update(r, with(t, manifest(t, job), changes)))
	changes["spec/parallelism"] = 2
	require.NoError(t, e.update(r, with(t, manifest(t, job), changes)))

	changes["spec/template/metadata/labels/app"] = "other"
	require.ErrorContains(t, e.update(r, with(t, manifest(t, job), changes)), "spec.template: Invalid value")
}
