package kube

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

const ingress = `{metadata: {name: web}, spec: {ingressClassName: alb, defaultBackend: {service: {name: web, port: {number: 80}}}}}`

// published deploys a class for Ingresses, and a service to publish.
func published(t *testing.T, e *engine, controller string, group string) {
	e.made(urn("kubernetes:"+paramsGroups[controller]+"/"+map[bool]string{true: "v1", false: "v1beta1"}[controller == autoIngress]+":IngressClassParams", "alb"), manifest(t, `{metadata: {name: alb}, spec: {`+group+`}}`))
	e.made(urn("kubernetes:networking.k8s.io/v1:IngressClass", "alb"), manifest(t, `{metadata: {name: alb}, spec: {controller: `+controller+`, parameters: {apiGroup: `+paramsGroups[controller]+`, kind: IngressClassParams, name: alb}}}`))
	e.made(urn("kubernetes:core/v1:Service", "web"), manifest(t, `{metadata: {name: web}, spec: {ports: [{port: 80}]}}`))
}

func TestAnIngressHasItsLoadBalancer(t *testing.T) {
	for controller, site := range map[string]ground.Cluster{autoIngress: {AutoMode: true}, chartIngress: {Nodes: someNodes}} {
		t.Run(controller, func(t *testing.T) {
			cloud, _, e := onEKS(t, site)
			if controller == chartIngress {
				e.made(releaseURN, chart(t, balancerChart))
			}
			published(t, e, controller, "scheme: internet-facing, subnets: {ids: [subnet-1, subnet-2]}")
			r := e.made(ingressURN, manifest(t, ingress))
			host := at(map[string]any(e.read(r.state)), "status/loadBalancer/ingress/0/hostname")
			require.Regexp(t, `^k8s-default-web-[0-9a-f]{10}\.elb\.amazonaws\.com$`, host)
			want := cloud.made["Ingress/default/web"].(ground.Balancer)
			require.False(t, want.Internal)
			require.Equal(t, []ground.Term{{ID: "subnet-1"}, {ID: "subnet-2"}}, want.Subnets)
			require.Equal(t, "default/web", want.Tags["ingress.k8s.aws/stack"])
			require.NoError(t, e.delete(r))
			require.Empty(t, cloud.owners())
		})
	}
}

func TestIngressesOfAGroupShareALoadBalancer(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{AutoMode: true})
	published(t, e, autoIngress, "group: {name: shop}")
	one := e.made(ingressURN, manifest(t, ingress))
	two := e.made(urn("kubernetes:networking.k8s.io/v1:Ingress", "more"), with(t, manifest(t, ingress), map[string]any{"metadata/name": "more"}))
	require.Equal(t, []string{"IngressGroup/" + autoIngress + "/shop"}, cloud.owners())
	require.NoError(t, e.delete(one))
	require.Len(t, cloud.owners(), 1)
	require.NoError(t, e.delete(two))
	require.Empty(t, cloud.owners())
}

func TestAnIngressThatNobodyServes(t *testing.T) {
	for name, c := range map[string]struct {
		set     map[string]any
		refuses string
		wrong   string
	}{
		"another class":      {set: map[string]any{"spec/ingressClassName": "none"}, wrong: `ingressclasses.networking.k8s.io "none" not found`},
		"no class":           {set: map[string]any{"spec/ingressClassName": nil}, wrong: "it has no ingress class"},
		"no such service":    {set: map[string]any{"spec/defaultBackend/service/name": "shop"}, wrong: `services "shop" not found`},
		"no such parameters": {set: map[string]any{"spec/ingressClassName": "lost"}, wrong: `IngressClassParams.eks.amazonaws.com "lost" not found`},
		"another controller": {set: map[string]any{"spec/ingressClassName": "chart"}, wrong: "the controller ingress.k8s.aws/alb does not run"},
		"refused":            {refuses: "couldn't auto-discover subnets", wrong: "couldn't auto-discover subnets"},
		"someone else's":     {set: map[string]any{"spec/ingressClassName": "nginx"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, ground.Cluster{AutoMode: true})
			cloud.refuses["Ingress/default/web"] = c.refuses
			published(t, e, autoIngress, "scheme: internal")
			for class, spec := range map[string]string{"lost": autoIngress + ", parameters: {apiGroup: eks.amazonaws.com, kind: IngressClassParams, name: lost}", "chart": chartIngress, "nginx": "k8s.io/ingress-nginx"} {
				e.made(urn("kubernetes:networking.k8s.io/v1:IngressClass", class), manifest(t, `{metadata: {name: `+class+`}, spec: {controller: `+spec+`}}`))
			}
			_, err := e.create(ingressURN, with(t, manifest(t, ingress), c.set))
			if c.wrong == "" {
				require.NoError(t, err)
				return
			}
			all := reasons(t, err)
			require.Contains(t, all[1], "Ingress .status.loadBalancer field was not updated with a hostname/IP address.")
			require.Equal(t, c.wrong, all[2])
		})
	}
}

func TestAnIngressOutlivesItsController(t *testing.T) {
	cloud, _, e := onEKS(t, ground.Cluster{Nodes: someNodes})
	controller := e.made(releaseURN, chart(t, balancerChart))
	space := e.made(urn("kubernetes:core/v1:Namespace", "shop"), manifest(t, `{metadata: {name: shop}}`))
	published(t, e, chartIngress, "scheme: internal")
	r := e.made(ingressURN, with(t, manifest(t, ingress), map[string]any{"metadata/namespace": "shop", "spec/defaultBackend/service/port": map[string]any{"name": "use-annotation"}}))
	require.NoError(t, e.delete(controller))
	require.ErrorContains(t, e.delete(r), `Timed out waiting for deletion of networking.k8s.io/v1/Ingress "web": finalizers ["ingress.k8s.aws/resources"]`)
	require.ErrorContains(t, e.delete(space), "timed out waiting")
	require.Equal(t, []string{"Ingress/shop/web"}, cloud.owners())
	e.made(urn("kubernetes:helm.sh/v3:Release", "again"), chart(t, balancerChart))
	require.NoError(t, e.delete(space), "a controller that comes back cleans up")
	require.Empty(t, cloud.owners())
}

func TestTheLoadBalancerChart(t *testing.T) {
	_, server, e := onEKS(t, ground.Cluster{Nodes: someNodes})
	_, err := e.create(releaseURN, manifest(t, `{name: alb, namespace: kube-system, chart: aws-load-balancer-controller}`))
	require.ErrorContains(t, err, "Chart cannot be installed without a valid clusterName!")
	own := with(t, chart(t, balancerChart), map[string]any{"values/createIngressClassResource": nil})
	r := e.made(releaseURN, own)
	legacy := with(t, manifest(t, ingress), map[string]any{"spec/ingressClassName": nil, "metadata/annotations": map[string]any{"kubernetes.io/ingress.class": "alb"}})
	e.made(serviceURN, manifest(t, `{metadata: {name: web}, spec: {ports: [{port: 80}]}}`))
	require.NoError(t, e.delete(e.made(ingressURN, legacy)))
	require.NoError(t, e.delete(r))
	require.Len(t, server.Objects(false), 1, "its class goes with it")
	e.made(urn("kubernetes:networking.k8s.io/v1:IngressClass", "alb"), manifest(t, `{metadata: {name: alb}, spec: {controller: ingress.k8s.aws/alb}}`))
	_, err = e.create(releaseURN, own)
	require.ErrorContains(t, err, `IngressClass "alb" in namespace "" exists and cannot be imported`)
}

func TestServicesOfTypeLoadBalancer(t *testing.T) {
	for name, c := range map[string]struct {
		site         ground.Cluster
		chart        bool
		class, notes string
		want         string
		wrong        string
	}{
		"Auto Mode":              {site: ground.Cluster{AutoMode: true}, want: "network true"},
		"Auto Mode, public":      {site: ground.Cluster{AutoMode: true}, notes: `{service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing}`, want: "network false"},
		"the chart":              {site: ground.Cluster{Nodes: someNodes}, chart: true, want: "network true"},
		"the chart by class":     {site: ground.Cluster{Nodes: someNodes}, chart: true, class: chartService, want: "network true"},
		"no chart":               {class: chartService, wrong: "the controller of service.k8s.aws/nlb does not run"},
		"no chart by annotation": {notes: `{service.beta.kubernetes.io/aws-load-balancer-type: external}`, wrong: "the controller of service.k8s.aws/nlb does not run"},
		"no Auto Mode":           {class: autoService, wrong: "the controller of eks.amazonaws.com/nlb does not run"},
		"the old controller":     {want: "classic false"},
		"the old one, network":   {notes: `{service.beta.kubernetes.io/aws-load-balancer-type: nlb, service.beta.kubernetes.io/aws-load-balancer-internal: "true"}`, want: "network true"},
		"someone else's":         {class: "example.com/lb", want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, _, e := onEKS(t, c.site)
			if c.chart {
				e.made(releaseURN, chart(t, balancerChart))
			}
			service := manifest(t, `{metadata: {name: web, annotations: `+first(c.notes, "{}")+`}, spec: {type: LoadBalancer, ports: [{port: 80}]}}`)
			if c.class != "" {
				service = with(t, service, map[string]any{"spec/loadBalancerClass": c.class})
			}
			r, err := e.create(serviceURN, service)
			if c.wrong != "" {
				require.Contains(t, reasons(t, err), c.wrong)
				return
			}
			require.NoError(t, err)
			require.NotEmpty(t, at(map[string]any(e.read(r.state)), "status/loadBalancer/ingress/0/hostname"))
			made, _ := cloud.made["Service/default/web"].(ground.Balancer)
			if c.want != "" {
				require.Equal(t, c.want, fmt.Sprint(made.Type, " ", made.Internal))
			}
			if c.class == "" {
				require.NoError(t, e.update(r, with(t, service, map[string]any{"spec/type": "ClusterIP"})))
			}
			require.NoError(t, e.delete(r))
			require.Empty(t, cloud.owners())
		})
	}
}
