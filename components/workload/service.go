package workload

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// ServiceType is the token of the Service component.
const ServiceType = "plinth:workload:Service"

// Service is a microservice.
type Service struct {
	pulumi.ResourceState

	// Name is the workload's name, as others write it in Callers and Calls.
	Name pulumi.StringOutput `pulumi:"name"`
	// Host is its DNS name in the cluster.
	Host pulumi.StringOutput `pulumi:"host"`
	// Url is its address in the cluster, such as "http://cart.shop.svc.cluster.local:8080", or
	// with https where its pods speak TLS.
	Url pulumi.StringOutput `pulumi:"url"`
	// ServiceAccountName is the Kubernetes account that its pods run as.
	ServiceAccountName pulumi.StringOutput `pulumi:"serviceAccountName"`
	// RoleArn is the role of its pods, or "" without Statements.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`

	// LoadBalancerHost is the DNS name of the load balancer, which the routes' own names are
	// to lead to, or "" without Routes.
	LoadBalancerHost pulumi.StringOutput `pulumi:"loadBalancerHost"`

	// Deployment runs the pods; the canary's are not among them.
	Deployment *appsv1.Deployment
	// Service is their address in the cluster.
	Service *corev1.Service
}

// A service's parts, by the label componentLabel.
const (
	stable = "stable"
	canary = "canary"
)

// NewService makes a service. Children are named `<name>-account`, `<name>-policy`,
// `<name>-deployment`, `<name>-service` and, where they are asked for, `<name>-config`,
// `<name>-role`, `<name>-permissions`, `<name>-identity`, `<name>-scaling`, `<name>-budget`,
// `<name>-ingress`, and for a canary `<name>-deployment-canary` and `<name>-service-canary`.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	a, p := base.CopyOf(args).withDefaults(name)
	if err := a.validate(name, p); err != nil {
		return nil, err
	}
	s := &Service{}
	if err := base.Register(ctx, ServiceType, name, s, a, opts...); err != nil {
		return nil, err
	}
	before, err := p.prepare(ctx, s, p.labels(stable), a.ingressRules())
	if err != nil {
		return nil, err
	}
	s.Deployment, err = a.newDeployment(ctx, s, p, stable, before)
	if err != nil {
		return nil, err
	}
	s.Service, err = a.newService(ctx, s, p, stable)
	if err != nil {
		return nil, err
	}
	s.LoadBalancerHost = pulumi.String("").ToStringOutput()
	if a.Routes != nil {
		if s.LoadBalancerHost, err = a.newRoutes(ctx, s, p, before, s.Deployment, s.Service); err != nil {
			return nil, err
		}
	}
	if a.Scaling != nil {
		if err := a.Scaling.newAutoscaler(ctx, s, p); err != nil {
			return nil, err
		}
	}
	if a.Scaling != nil || a.Replicas > 1 {
		if err := newBudget(ctx, s, p); err != nil {
			return nil, err
		}
	}
	return s, s.registerOutputs(ctx, a, p, before)
}

func (s *Service) registerOutputs(ctx *pulumi.Context, a *ServiceArgs, p *podSpec, before prerequisites) error {
	s.Name, s.ServiceAccountName, s.RoleArn = pulumi.String(p.name).ToStringOutput(), pulumi.String(p.name).ToStringOutput(), before.roleArn
	s.Host = pulumi.Sprintf("%s.%s.svc.cluster.local", p.name, p.namespace)
	scheme := "http"
	if a.speaksTls(a.Port) {
		scheme = "https"
	}
	s.Url = pulumi.Sprintf("%s://%s:%d", scheme, s.Host, a.Port)
	return ctx.RegisterResourceOutputs(s, pulumi.Map{
		"name": s.Name, "host": s.Host, "url": s.Url, "serviceAccountName": s.ServiceAccountName, "roleArn": s.RoleArn,
		"loadBalancerHost": s.LoadBalancerHost,
	})
}

// objectName is the name of a part's Deployment and Service.
func (p *podSpec) objectName(component string) string {
	if component == stable {
		return p.name
	}
	return p.name + "-" + component
}

// child is the name of a part's resource, such as "cart-deployment" and
// "cart-deployment-canary".
func (p *podSpec) child(role, component string) string {
	if component == stable {
		return p.component + "-" + role
	}
	return p.component + "-" + role + "-" + component
}

const (
	defaultPort     = 8080
	revisionsKept   = 3
	progressSeconds = 600
	readyForSeconds = 10
	hostSkew        = 3
	zoneTopology    = "topology.kubernetes.io/zone"
	hostTopology    = "kubernetes.io/hostname"
	hashLabel       = "pod-template-hash"
	roleMark        = "role-arn"
)

func (a *ServiceArgs) newDeployment(ctx *pulumi.Context, parent pulumi.Resource, p *podSpec, component string, before prerequisites) (*appsv1.Deployment, error) {
	child, labels := p.child("deployment", component), p.labels(component)
	spec := appsv1.DeploymentSpecArgs{
		Selector:             metav1.LabelSelectorArgs{MatchLabels: labels},
		RevisionHistoryLimit: pulumi.Int(revisionsKept), ProgressDeadlineSeconds: pulumi.Int(progressSeconds + a.Health.StartupSeconds), MinReadySeconds: pulumi.Int(readyForSeconds),
		Strategy: appsv1.DeploymentStrategyArgs{Type: pulumi.String("RollingUpdate"), RollingUpdate: appsv1.RollingUpdateDeploymentArgs{
			MaxUnavailable: pulumi.Int(0), MaxSurge: pulumi.String("25%"),
		}},
		Template: a.template(p, labels, before),
	}
	metadata := p.metadata(pulumi.String(p.objectName(component)), labels)
	opts := []pulumi.ResourceOption{pulumi.Parent(parent), before.wait(), pulumi.Timeouts(&pulumi.CustomTimeouts{
		Create: a.patience(), Update: a.patience(), Delete: fmt.Sprintf("%ds", a.DrainSeconds+a.ShutdownSeconds+120),
	})}
	if a.Scaling != nil && component == stable {
		// It is what the autoscaler begins with; from then on the number is the autoscaler's.
		spec.Replicas = pulumi.Int(a.Scaling.Min)
		opts = append(opts, pulumi.IgnoreChanges([]string{"spec.replicas"}))
	} else {
		spec.Replicas = pulumi.Int(a.Replicas)
		// The number is the program's, also if an autoscaler or somebody has set it before.
		metadata.Annotations = pulumi.StringMap{"pulumi.com/patchForce": pulumi.String("true")}
	}
	deployment, err := appsv1.NewDeployment(ctx, child, &appsv1.DeploymentArgs{Metadata: metadata, Spec: spec}, opts...)
	if err != nil {
		return nil, fmt.Errorf("create deployment %s: %w", child, err)
	}
	return deployment, nil
}

// template is the pods', which get their role when they start and at no other time:
// another one makes other pods.
func (a *ServiceArgs) template(p *podSpec, labels pulumi.StringMap, before prerequisites) corev1.PodTemplateSpecArgs {
	template := p.template(labels, func(spec *corev1.PodSpecArgs, container *corev1.ContainerArgs) {
		a.serve(container)
		spec.TerminationGracePeriodSeconds = pulumi.Int(a.DrainSeconds + a.ShutdownSeconds)
		spec.TopologySpreadConstraints = a.spread(labels)
	})
	if len(p.statements) > 0 {
		template.Metadata = metav1.ObjectMetaArgs{Labels: labels, Annotations: pulumi.StringMap{roleMark: before.roleArn}}
	}
	return template
}

// patience is how long a deploy waits for a rollout, which takes four rounds or more.
func (a *ServiceArgs) patience() string {
	return fmt.Sprintf("%ds", progressSeconds+4*a.Health.StartupSeconds)
}

// serve makes a container that listens, says how it is, and ends without losing requests.
func (a *ServiceArgs) serve(container *corev1.ContainerArgs) {
	container.Ports = corev1.ContainerPortArray{corev1.ContainerPortArgs{Name: pulumi.String(portName), ContainerPort: pulumi.Int(a.Port)}}
	container.StartupProbe, container.ReadinessProbe, container.LivenessProbe = a.Health.probes(a.speaksTls(a.Health.Port))
	container.Lifecycle = corev1.LifecycleArgs{PreStop: corev1.LifecycleHandlerArgs{
		Sleep: corev1.SleepActionArgs{Seconds: pulumi.Int(a.DrainSeconds)},
	}}
}

// speaksTls says whether pods speak TLS on a port.
func (a *ServiceArgs) speaksTls(port int) bool {
	return a.Routes != nil && a.Routes.BackendTls && port == a.Port
}

// spread keeps the pods of one revision apart. Zones are a promise: what is not spread
// when a zone is lost is lost with it. Tainted nodes do not count, so that those of a lost
// zone, or of one that AWS shifts away from, keep nobody from starting elsewhere, and a
// revision counts alone, so that a rollout does not wait for the old one. A few pods may
// share a node: what starts nodes takes a wish for a condition, and would start one for
// each pod.
func (a *ServiceArgs) spread(labels pulumi.StringMap) corev1.TopologySpreadConstraintArray {
	constraint := func(topology string, skew int, otherwise string) corev1.TopologySpreadConstraintArgs {
		return corev1.TopologySpreadConstraintArgs{
			TopologyKey: pulumi.String(topology), MaxSkew: pulumi.Int(skew), WhenUnsatisfiable: pulumi.String(otherwise),
			LabelSelector:  metav1.LabelSelectorArgs{MatchLabels: labels},
			MatchLabelKeys: pulumi.ToStringArray([]string{hashLabel}), NodeTaintsPolicy: pulumi.String("Honor"),
		}
	}
	zones := constraint(zoneTopology, 1, "DoNotSchedule")
	if a.Spread == SpreadPreferred {
		zones = constraint(zoneTopology, 1, "ScheduleAnyway")
	}
	if a.MinZones > 0 {
		zones.MinDomains = pulumi.Int(a.MinZones)
	}
	return corev1.TopologySpreadConstraintArray{zones, constraint(hostTopology, hostSkew, "ScheduleAnyway")}
}

const portName = "main"

func (a *ServiceArgs) newService(ctx *pulumi.Context, parent pulumi.Resource, p *podSpec, component string) (*corev1.Service, error) {
	child, labels := p.child("service", component), p.labels(component)
	spec := corev1.ServiceSpecArgs{
		Type: pulumi.String("ClusterIP"), Selector: labels,
		Ports: corev1.ServicePortArray{corev1.ServicePortArgs{
			Name: pulumi.String(portName), Port: pulumi.Int(a.Port), TargetPort: pulumi.String(portName), Protocol: pulumi.String("TCP"),
		}},
	}
	if a.SameZone {
		spec.TrafficDistribution = pulumi.String("PreferSameZone")
	}
	service, err := corev1.NewService(ctx, child, &corev1.ServiceArgs{
		Metadata: p.metadata(pulumi.String(p.objectName(component)), labels), Spec: spec,
	}, p.inCluster(parent), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: a.patience(), Update: a.patience()})) // for its pods
	if err != nil {
		return nil, fmt.Errorf("create service %s: %w", child, err)
	}
	return service, nil
}

// ingressRules let in callers and load balancers.
func (a *ServiceArgs) ingressRules() networkingv1.NetworkPolicyIngressRuleArray {
	ports := networkingv1.NetworkPolicyPortArray{port("TCP", a.Port)}
	rules := networkingv1.NetworkPolicyIngressRuleArray{}
	if len(a.Callers) > 0 {
		peers := make(networkingv1.NetworkPolicyPeerArray, len(a.Callers))
		for i, caller := range a.Callers {
			peers[i] = peer(caller)
		}
		rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: peers, Ports: ports})
	}
	if r := a.Routes; r != nil {
		from := blocks(r.LoadBalancerCidrs)
		if r.HealthCheck.Port != a.Port {
			ports = append(ports, port("TCP", r.HealthCheck.Port))
		}
		rules = append(rules, networkingv1.NetworkPolicyIngressRuleArgs{From: from, Ports: ports})
	}
	return rules
}
