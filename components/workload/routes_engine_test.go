package workload_test

import (
	"strings"
	"testing"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

// newClass makes an ingress class of Auto Mode, whose load balancer is in a network's
// subnets.
func newClass(ctx *pulumi.Context, net *lifetest.Network, c *cluster) (*networkingv1.IngressClass, error) {
	var params struct{ pulumi.CustomResourceState }
	err := ctx.RegisterResource("kubernetes:eks.amazonaws.com/v1:IngressClassParams", "internal", pulumi.Map{
		"apiVersion": pulumi.String("eks.amazonaws.com/v1"), "kind": pulumi.String("IngressClassParams"),
		"metadata": pulumi.Map{"name": pulumi.String("internal")},
		"spec":     pulumi.Map{"scheme": pulumi.String("internal"), "subnets": pulumi.Map{"ids": net.SubnetIds}},
	}, &params, c.opts)
	if err != nil {
		return nil, err
	}
	return networkingv1.NewIngressClass(ctx, "internal", &networkingv1.IngressClassArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("internal")},
		Spec: networkingv1.IngressClassSpecArgs{
			Controller: pulumi.String("eks.amazonaws.com/alb"),
			Parameters: networkingv1.IngressClassParametersReferenceArgs{
				ApiGroup: pulumi.String("eks.amazonaws.com"), Kind: pulumi.String("IngressClassParams"), Name: pulumi.String("internal"),
			},
		},
	}, c.opts, pulumi.DependsOn([]pulumi.Resource{&params}))
}

type routed = lifetest.Change[workload.ServiceArgs]

// balancers counts the load balancers, which a controller has made.
func balancers(t *testing.T, l *lifetest.Life[workload.ServiceArgs]) int {
	t.Helper()
	saved, err := l.Cloud().Save()
	require.NoError(t, err)
	return strings.Count(string(saved), `"type":"aws:lb/loadBalancer:LoadBalancer"`)
}

func TestACanaryIsTriedAndPromoted(t *testing.T) {
	var host string
	l := lifetest.Start(t, func(*lifetest.Network) *workload.ServiceArgs { return routedService() },
		func(ctx *pulumi.Context, net *lifetest.Network, a *workload.ServiceArgs) error {
			c, err := newCluster(ctx, net)
			if err != nil {
				return err
			}
			namespace, err := workload.NewNamespace(ctx, "shop", &workload.NamespaceArgs{Cluster: c}, c.opts)
			if err != nil {
				return err
			}
			class, err := newClass(ctx, net, c)
			if err != nil {
				return err
			}
			a.Namespace, a.Cluster = namespace.Name, c
			if a.Routes != nil {
				a.Routes.IngressClassName = class.Metadata.Name().Elem()
			}
			service, err := workload.NewService(ctx, "cart", a, c.opts)
			if err != nil {
				return err
			}
			service.LoadBalancerHost.ApplyT(func(name string) string {
				host = name
				return name
			})
			return nil
		})
	tried := func(weight int) routed {
		return func(a *workload.ServiceArgs, _ *lifetest.Network) {
			a.Canary = &workload.CanaryArgs{Image: cartImage + "-rc1", Weight: weight}
		}
	}
	l.Up()
	require.Equal(t, 1, balancers(t, l))
	require.Contains(t, host, ".elb.amazonaws.com")
	l.Changes("a canary", tried(0), "create cart-deployment-canary", "create cart-service-canary", "update cart-ingress")
	l.Changes("a share of the requests", tried(10), "update cart-ingress")
	l.Changes("all of them", tried(100), "update cart-ingress")
	l.Changes("promoted", func(a *workload.ServiceArgs, net *lifetest.Network) {
		tried(0)(a, net)
		a.Image = cartImage + "-rc1"
	}, "update cart-deployment", "update cart-ingress")
	l.Changes("without the canary", func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Canary = nil },
		"update cart-ingress", "delete cart-deployment-canary", "delete cart-service-canary")
	l.Changes("another canary", tried(50), "create cart-deployment-canary", "create cart-service-canary", "update cart-ingress")
	l.Changes("dropped", func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Canary = nil },
		"update cart-ingress", "delete cart-deployment-canary", "delete cart-service-canary")
	l.Changes("another path", func(a *workload.ServiceArgs, _ *lifetest.Network) {
		a.Routes.Rules = map[string]workload.RuleArgs{"all": {Host: "cart.example.com"}}
	}, "update cart-ingress")
	l.Changes("no routes", func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Routes = nil }, "update cart-policy", "delete cart-ingress")
	require.Equal(t, 0, balancers(t, l))
	require.Empty(t, host)
	l.Changes("routes again", func(a *workload.ServiceArgs, _ *lifetest.Network) { a.Routes = routedService().Routes },
		"update cart-policy", "create cart-ingress")
	l.Destroy()
}
