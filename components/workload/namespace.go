package workload

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// NamespaceType is the token of the Namespace component.
const NamespaceType = "plinth:workload:Namespace"

// Namespace is a namespace that lets in neither unsafe pods nor traffic that nobody has
// declared.
type Namespace struct {
	pulumi.ResourceState

	// Name is the namespace's name. What is given it comes after the namespace.
	Name pulumi.StringOutput `pulumi:"name"`

	// Namespace is the namespace itself.
	Namespace *corev1.Namespace
}

// NewNamespace makes a namespace. Children are named `<name>-namespace`, `<name>-deny`,
// `<name>-account`, and on request `<name>-quota` and `<name>-limits`.
func NewNamespace(ctx *pulumi.Context, name string, args *NamespaceArgs, opts ...pulumi.ResourceOption) (*Namespace, error) {
	a := base.CopyOf(args).withDefaults(name)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	n := &Namespace{}
	if err := base.Register(ctx, NamespaceType, name, n, a, opts...); err != nil {
		return nil, err
	}
	child := name + "-namespace"
	var err error
	n.Namespace, err = corev1.NewNamespace(ctx, child, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name: pulumi.String(a.Name), Labels: pulumi.ToStringMap(base.Merge(a.Labels, a.securityLabels())),
		},
	}, pulumi.Parent(n), pulumi.DeletedWith(a.Cluster))
	if err != nil {
		return nil, fmt.Errorf("create namespace %s: %w", child, err)
	}
	n.Name = n.Namespace.Metadata.Name().Elem()
	if err := n.furnish(ctx, name, a); err != nil {
		return nil, err
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"name": n.Name})
}

const securityPrefix = "pod-security.kubernetes.io/"

// securityLabels are what admission looks at. The load balancers' labels, one for each
// profile of a cluster, make a new pod ready only once requests can reach it.
func (a *NamespaceArgs) securityLabels() map[string]string {
	labels := map[string]string{
		"elbv2.k8s.aws/pod-readiness-gate-inject":     "enabled",
		"eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
	}
	for mode, standard := range map[string]PodSecurity{"enforce": a.PodSecurity, "audit": Restricted, "warn": Restricted} {
		labels[securityPrefix+mode] = strings.ToLower(string(standard))
		labels[securityPrefix+mode+"-version"] = a.PodSecurityVersion
	}
	return labels
}

// furnish makes what is in the namespace from the start. It goes with the namespace.
func (n *Namespace) furnish(ctx *pulumi.Context, name string, a *NamespaceArgs) error {
	opts := []pulumi.ResourceOption{pulumi.Parent(n), pulumi.DeletedWith(n.Namespace)}
	child := name + "-deny"
	_, err := networkingv1.NewNetworkPolicy(ctx, child, &networkingv1.NetworkPolicyArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("default-deny"), Namespace: n.Name},
		Spec: networkingv1.NetworkPolicySpecArgs{
			PodSelector: metav1.LabelSelectorArgs{},
			PolicyTypes: pulumi.ToStringArray([]string{"Ingress", "Egress"}),
			Egress: networkingv1.NetworkPolicyEgressRuleArray{networkingv1.NetworkPolicyEgressRuleArgs{
				Ports: networkingv1.NetworkPolicyPortArray{port("UDP", 53), port("TCP", 53)},
			}},
		},
	}, opts...)
	if err != nil {
		return fmt.Errorf("create network policy %s: %w", child, err)
	}
	// Kubernetes makes this account by itself, before the patch or after it.
	child = name + "-account"
	_, err = corev1.NewServiceAccountPatch(ctx, child, &corev1.ServiceAccountPatchArgs{
		Metadata:                     metav1.ObjectMetaPatchArgs{Name: pulumi.String("default"), Namespace: n.Name},
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, opts...)
	if err != nil {
		return fmt.Errorf("create service account patch %s: %w", child, err)
	}
	if a.Quota != nil {
		child = name + "-quota"
		_, err = corev1.NewResourceQuota(ctx, child, &corev1.ResourceQuotaArgs{
			Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("quota"), Namespace: n.Name},
			Spec:     corev1.ResourceQuotaSpecArgs{Hard: a.Quota.hard()},
		}, opts...)
		if err != nil {
			return fmt.Errorf("create quota %s: %w", child, err)
		}
	}
	if a.Limits != nil {
		child = name + "-limits"
		_, err = corev1.NewLimitRange(ctx, child, &corev1.LimitRangeArgs{
			Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("limits"), Namespace: n.Name},
			Spec:     corev1.LimitRangeSpecArgs{Limits: corev1.LimitRangeItemArray{a.Limits.item()}},
		}, opts...)
		if err != nil {
			return fmt.Errorf("create limits %s: %w", child, err)
		}
	}
	return nil
}

func (q *QuotaArgs) hard() pulumi.StringMapInput {
	hard := quantities(map[string]string{"requests.cpu": q.CpuRequests, "limits.cpu": q.CpuLimits},
		map[string]string{"requests.memory": q.MemoryRequests, "limits.memory": q.MemoryLimits, "requests.storage": q.Storage})
	if q.Pods > 0 {
		hard["pods"] = pulumi.String(strconv.Itoa(q.Pods))
	}
	return hard
}

func (l *LimitsArgs) item() corev1.LimitRangeItemArgs {
	return corev1.LimitRangeItemArgs{
		Type:           pulumi.String("Container"),
		DefaultRequest: quantities(map[string]string{"cpu": l.CpuRequest}, map[string]string{"memory": l.MemoryRequest}),
		Default:        quantities(nil, map[string]string{"memory": l.MemoryLimit}),
		Max:            quantities(map[string]string{"cpu": l.MaxCpu}, map[string]string{"memory": l.MaxMemory}),
	}
}

// quantities are those that are set, as the cluster writes them.
func quantities(cpus, amounts map[string]string) pulumi.StringMap {
	set := pulumi.StringMap{}
	for name, text := range cpus {
		if text != "" {
			set[name] = pulumi.String(canonicalCpu(text))
		}
	}
	for name, text := range amounts {
		if text != "" {
			set[name] = pulumi.String(canonicalBytes(text))
		}
	}
	return set
}
