package kube

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// wide is an Ingress whose action spreads traffic over services, and whose other paths lead to ports of one.
func wide(name string, weighted, plain int) string {
	var groups, paths []string
	for i := range weighted {
		groups = append(groups, fmt.Sprintf(`{"serviceName":"s%d","servicePort":80,"weight":1}`, i))
	}
	for i := range plain {
		paths = append(paths, fmt.Sprintf(`{path: /%d, pathType: Prefix, backend: {service: {name: web, port: {number: %d}}}}`, i, 1000+i))
	}
	paths = append(paths, `{path: /, pathType: Prefix, backend: {service: {name: split, port: {name: use-annotation}}}}`)
	return fmt.Sprintf(`{metadata: {name: %s, annotations: {alb.ingress.kubernetes.io/actions.split: '{"type":"forward","forwardConfig":{"targetGroups":[%s]}}'}}, `+
		`spec: {ingressClassName: alb, rules: [{http: {paths: [%s]}}]}}`, name, strings.Join(groups, ","), strings.Join(paths, ", "))
}

func TestALoadBalancerHasAHundredTargetGroups(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{AutoMode: true})
	published(t, e, autoIngress, "group: {name: shop}")
	one := e.made(ingressURN, manifest(t, wide("web", 20, 40)))
	more := urn("kubernetes:networking.k8s.io/v1:Ingress", "more")
	_, err := e.create(more, manifest(t, wide("more", 21, 20)))
	all := reasons(t, err)
	require.Contains(t, all[1], "Ingress .status.loadBalancer field was not updated")
	require.Contains(t, all[2], "TooManyUniqueTargetGroupsPerLoadBalancer")
	_, err = e.create(more, manifest(t, wide("other", 20, 20)))
	require.NoError(t, err, "a hundred is not too many")
	require.NoError(t, e.delete(one))
	require.Len(t, cloud.owners(), 1)
}

func TestTLSNeedsCertificates(t *testing.T) {
	const https = `[{"HTTP":80},{"HTTPS":443}]`
	for name, c := range map[string]struct {
		params string
		set    map[string]any
		want   ground.Balancer
	}{
		"plain":                           {set: map[string]any{"metadata/annotations": map[string]any{albNotes + "listen-ports": `[{"HTTP":80}]`}}},
		"of the class":                    {params: "certificateARNs: [arn:one, arn:two]", want: ground.Balancer{Certificates: []string{"arn:one", "arn:two"}}},
		"with ports":                      {params: "certificateARNs: [arn:one]", set: map[string]any{"metadata/annotations": map[string]any{albNotes + "listen-ports": https}}, want: ground.Balancer{Certificates: []string{"arn:one"}}},
		"to be found":                     {set: map[string]any{"metadata/annotations": map[string]any{albNotes + "listen-ports": https}, "spec/tls": []any{map[string]any{"hosts": []any{"a.example.org"}}}}, want: ground.Balancer{Hosts: []string{"a.example.org"}}},
		"for nobody":                      {set: map[string]any{"metadata/annotations": map[string]any{albNotes + "listen-ports": https}}, want: ground.Balancer{Hosts: []string{""}}},
		"none in Auto Mode by annotation": {set: map[string]any{"metadata/annotations": map[string]any{albNotes + "certificate-arn": "arn:one"}}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, ground.Cluster{AutoMode: true})
			published(t, e, autoIngress, c.params)
			e.made(ingressURN, with(t, manifest(t, ingress), c.set))
			got := cloud.made["Ingress/default/web"].(ground.Balancer)
			require.Equal(t, c.want.Certificates, got.Certificates)
			require.Equal(t, c.want.Hosts, got.Hosts)
		})
	}
	cloud, _, e := onEKS(t, ground.Cluster{Nodes: someNodes})
	e.made(releaseURN, chart(t, balancerChart))
	published(t, e, chartIngress, "certificateArn: [arn:one]")
	e.made(ingressURN, with(t, manifest(t, ingress), map[string]any{"metadata/annotations": map[string]any{albNotes + "certificate-arn": "arn:two, arn:three"}}))
	require.Equal(t, []string{"arn:one", "arn:two", "arn:three"}, cloud.made["Ingress/default/web"].(ground.Balancer).Certificates)
}
