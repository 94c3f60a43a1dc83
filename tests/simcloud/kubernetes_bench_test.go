package simcloud

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// service is what a microservice consists of, %s being its name. AWS's part is at the top.
var serviceObjects = []struct{ token, text string }{
	{"aws:iam/role:Role", `{name: "%s", assumeRolePolicy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}'}`},
	{"aws:iam/rolePolicy:RolePolicy", `{role: "%s", name: app, policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'}`},
	{"aws:eks/podIdentityAssociation:PodIdentityAssociation", `{clusterName: main, namespace: shop, serviceAccount: "%s", roleArn: "arn:aws:iam::111122223333:role/%s"}`},
	{"kubernetes:core/v1:ServiceAccount", `{metadata: {name: "%s", namespace: shop}}`},
	{"kubernetes:core/v1:ConfigMap", `{metadata: {name: "%s", namespace: shop}, data: {a: b}}`},
	{"kubernetes:apps/v1:Deployment", `{metadata: {name: "%s", namespace: shop}, spec: {selector: {matchLabels: {app: "%s"}}, template: {metadata: {labels: {app: "%s"}}, spec: {serviceAccountName: "%s", containers: [{name: app, image: "shop:1"}]}}}}`},
	{"kubernetes:core/v1:Service", `{metadata: {name: "%s", namespace: shop}, spec: {selector: {app: "%s"}, ports: [{port: 80}]}}`},
	{"kubernetes:autoscaling/v2:HorizontalPodAutoscaler", `{metadata: {name: "%s", namespace: shop}, spec: {minReplicas: 2, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: "%s"}}}`},
	{"kubernetes:policy/v1:PodDisruptionBudget", `{metadata: {name: "%s", namespace: shop}, spec: {maxUnavailable: 1, selector: {matchLabels: {app: "%s"}}}}`},
	{"kubernetes:networking.k8s.io/v1:NetworkPolicy", `{metadata: {name: "%s", namespace: shop}, spec: {podSelector: {matchLabels: {app: "%s"}}}}`},
	{"kubernetes:networking.k8s.io/v1:Ingress", `{metadata: {name: "%s", namespace: shop}, spec: {ingressClassName: public, rules: [{host: "%s.example.com", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: "%s", port: {number: 80}}}}]}}]}}`},
}

// BenchmarkServices deploys microservices to one cluster and destroys them again. The time for each resource must not grow with their number.
func BenchmarkServices(b *testing.B) {
	for _, services := range []int{100, 1000} {
		b.Run(strconv.Itoa(services), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s, _, _, _ := autoShop(b)
				s.mustApply("core/v1:Namespace", `{metadata: {name: shop}}`)
				b.StartTimer()
				created, deleted := deployServices(b, s, services)
				b.ReportMetric(float64(created.Microseconds())/float64(services*len(serviceObjects)), "µs/creation")
				b.ReportMetric(float64(deleted.Microseconds())/float64(services*len(serviceObjects)), "µs/deletion")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// deployServices says how much processor time it took to create and to delete everything, here and at the caller.
func deployServices(b *testing.B, s *shop, services int) (created, deleted time.Duration) {
	provider := func(token string) *engine {
		if strings.HasPrefix(token, "kubernetes:") {
			return s.kubernetes
		}
		return s.engine
	}
	var all []*made
	started := processorTime(b)
	for i := range services {
		name := "service-" + strconv.Itoa(i)
		for _, o := range serviceObjects {
			var args props
			require.NoError(b, yaml.Unmarshal([]byte(strings.ReplaceAll(o.text, "%s", name)), &args))
			m, err := provider(o.token).create(o.token, name, whole(args).(props))
			require.NoError(b, err)
			all = append(all, m)
		}
	}
	middle := processorTime(b)
	for _, m := range slices.Backward(all) {
		require.NoError(b, provider(m.typ).delete(m))
	}
	return middle - started, processorTime(b) - middle
}

// processorTime is what this process has used so far; unlike a clock it does not count what others do.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
