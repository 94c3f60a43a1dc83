package eks

import (
	"fmt"
	"strings"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// ChartArgs are a Helm chart that is installed once the cluster can run it.
type ChartArgs struct {
	// Chart is the chart's name in Repository, or an address such as
	// "oci://public.ecr.aws/team/chart".
	Chart string `pulumi:"chart"`
	// Repository is the address of the chart's repository. Default: none, Chart has it.
	Repository string `pulumi:"repository,optional"`
	// Version is the chart's exact version.
	Version string `pulumi:"version"`
	// Namespace is where it is installed. One that does not exist is made, and stays when the
	// chart goes. Default: the chart's key.
	Namespace string `pulumi:"namespace,optional"`
	// Values are the chart's settings. Default: those of the chart.
	Values pulumi.MapInput `pulumi:"values,optional"`
	// TimeoutSeconds is how long the chart's pods may take to be ready. Default: 600.
	TimeoutSeconds int `pulumi:"timeoutSeconds,optional"`
}

// chartTimeout is how long a chart's pods may take, in seconds: a node may have to come first.
const chartTimeout = 600

// setControllerDefaults fills in the controllers, classes and charts.
func (a *ClusterArgs) setControllerDefaults() {
	if a.AutoMode != nil {
		a.AutoMode = a.AutoMode.withDefaults()
	}
	if a.Karpenter != nil {
		a.Karpenter = a.Karpenter.withDefaults()
	}
	if a.AutoMode == nil || a.LoadBalancerController != nil {
		a.LoadBalancerController = a.LoadBalancerController.withDefaults()
	}
	a.IngressClasses = ingressClassesWithDefaults(a)
	a.StorageClasses = storageClassesWithDefaults(a.StorageClasses)
	a.Charts = base.Merge(a.Charts)
	for key, chart := range a.Charts {
		base.Default(&chart.Namespace, key)
		base.Default(&chart.TimeoutSeconds, chartTimeout)
		a.Charts[key] = chart
	}
}

// newCharts installs the charts that were asked for, `<name>-chart-<key>`.
func (c *core) newCharts() error {
	after := c.ready
	for _, key := range base.SortedKeys(c.args.Charts) {
		a := c.args.Charts[key]
		release, err := c.newRelease(key, release{
			chart: a.Chart, repository: a.Repository, version: a.Version, namespace: a.Namespace, values: a.Values, timeout: a.TimeoutSeconds,
		}, after)
		if err != nil {
			return err
		}
		c.ready = append(c.ready, release)
	}
	return nil
}

// release is a Helm release. The SDK's own package for it takes minutes to compile.
type release struct {
	chart, repository, version, namespace string
	values                                pulumi.MapInput
	// skipCrds leaves out the kinds that a chart brings, which Helm never updates.
	skipCrds bool
	timeout  int
}

// newRelease installs a chart and waits for its pods; one that fails is taken back. It is
// deleted with everything that it runs, while the cluster still works.
func (c *core) newRelease(key string, r release, after []pulumi.Resource) (pulumi.Resource, error) {
	props := pulumi.Map{
		"name": pulumi.String(key), "namespace": pulumi.String(r.namespace), "createNamespace": pulumi.Bool(r.namespace != systemNamespace),
		"chart": pulumi.String(r.chart), "version": pulumi.String(r.version),
		"atomic": pulumi.Bool(true), "skipAwait": pulumi.Bool(false), "timeout": pulumi.Int(r.timeout), "skipCrds": pulumi.Bool(r.skipCrds),
		"compat": pulumi.String("true"), // as the SDK does
	}
	if r.repository != "" {
		props["repositoryOpts"] = pulumi.Map{"repo": pulumi.String(r.repository)}
	}
	if r.values != nil {
		props["values"] = r.values
	}
	return c.register("kubernetes:helm.sh/v3:Release", c.child("chart", key), props, c.kubernetes(pulumi.DependsOn(after))...)
}

// newObject registers a Kubernetes object by its token: compiling the SDK's packages for a
// few small objects would take minutes.
func (c *core) newObject(child, apiVersion, kind, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	metadata, _ := props["metadata"].(pulumi.Map)
	props = base.Merge(props, pulumi.Map{
		"apiVersion": pulumi.String(apiVersion), "kind": pulumi.String(kind),
		"metadata": pulumi.Map(base.Merge(metadata, pulumi.Map{"name": pulumi.String(name)})),
	})
	group := apiVersion
	if !strings.Contains(group, "/") {
		group = "core/" + group
	}
	return c.register(fmt.Sprintf("kubernetes:%s:%s", group, kind), child, props, opts...)
}

func (c *core) register(token, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	var r struct{ pulumi.CustomResourceState }
	if err := c.ctx.RegisterResource(token, name, props, &r, opts...); err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	return &r, nil
}

// systemNamespace is where the cluster's own pods run.
const systemNamespace = "kube-system"

// newController gives the pods of a service account a role with these statements,
// `<name>-role-<key>`, and returns what must be there before the pods are.
func (c *core) newController(key, account string, statements ...iampolicy.Statement) ([]pulumi.Resource, error) {
	child := c.child("role", key)
	role, _, err := c.podRole(child)
	if err != nil {
		return nil, err
	}
	policy, err := c.inline(child+"-rights", role, statements...)
	if err != nil {
		return nil, err
	}
	child = c.child("identity", key)
	identity, err := awseks.NewPodIdentityAssociation(c.ctx, child, &awseks.PodIdentityAssociationArgs{
		ClusterName: c.cluster.Name, Namespace: pulumi.String(systemNamespace), ServiceAccount: pulumi.String(account),
		RoleArn: role.Arn, Tags: c.tags(child),
	}, c.parent)
	if err != nil {
		return nil, fmt.Errorf("create pod identity %s: %w", child, err)
	}
	return []pulumi.Resource{policy, identity}, nil
}

// running is what a controller needs to run: nodes, names, and its role.
func (c *core) running() []pulumi.Resource {
	list := append([]pulumi.Resource(nil), c.nodes...)
	for _, name := range []string{"coredns", "eks-pod-identity-agent"} {
		if addon, made := c.component.Addons[name]; made {
			list = append(list, addon)
		}
	}
	return list
}

// placement are the values that keep a controller's two pods apart, on nodes that it does
// not manage itself: it could not bring them back.
func placement(app string) pulumi.Map {
	apart := pulumi.Map{"matchLabels": pulumi.StringMap{"app.kubernetes.io/name": pulumi.String(app)}}
	return pulumi.Map{
		"affinity": pulumi.Map{"nodeAffinity": pulumi.Map{"requiredDuringSchedulingIgnoredDuringExecution": pulumi.Map{
			"nodeSelectorTerms": pulumi.Array{pulumi.Map{"matchExpressions": pulumi.Array{pulumi.Map{
				"key": pulumi.String("karpenter.sh/nodepool"), "operator": pulumi.String("DoesNotExist"),
			}}}},
		}}},
		"topologySpreadConstraints": pulumi.Array{
			spread("topology.kubernetes.io/zone", apart), spread("kubernetes.io/hostname", apart),
		},
		"tolerations": pulumi.Array{pulumi.Map{"key": pulumi.String("CriticalAddonsOnly"), "operator": pulumi.String("Exists")}},
	}
}

// spread prefers to keep pods apart, and does not insist: one node must be enough to begin.
func spread(over string, pods pulumi.Map) pulumi.Map {
	return pulumi.Map{
		"maxSkew": pulumi.Int(1), "topologyKey": pulumi.String(over),
		"whenUnsatisfiable": pulumi.String("ScheduleAnyway"), "labelSelector": pods,
	}
}
