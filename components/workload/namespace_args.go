package workload

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// PodSecurity is one of Kubernetes' Pod Security standards.
type PodSecurity string

// The standards, from the strictest to none.
const (
	// Restricted lets in pods that run without root, privileges and capabilities.
	Restricted PodSecurity = "Restricted"
	// Baseline keeps out what is known to take over a node, and lets in root.
	Baseline PodSecurity = "Baseline"
	// Privileged lets in everything, as agents on nodes need it.
	Privileged PodSecurity = "Privileged"
)

// NamespaceArgs are the arguments of a Namespace.
type NamespaceArgs struct {
	// Name is the namespace's name in the cluster. Changing it replaces the namespace with
	// everything in it. Default: the component's name.
	Name string `pulumi:"name,optional"`
	// Cluster is the cluster's own resource, as eks.Cluster has it. When the cluster goes,
	// the namespace goes with it instead of before it. Default: none, it is deleted first.
	Cluster pulumi.Resource

	// PodSecurity is what pods must keep to: Restricted, Baseline or Privileged. What would
	// break Restricted is warned of and audited either way. Default: Restricted.
	PodSecurity PodSecurity `pulumi:"podSecurity,optional"`
	// PodSecurityVersion is the Kubernetes version whose standard counts, such as "v1.35", so
	// that an upgrade of the cluster lets in what it did before. Default: "latest".
	PodSecurityVersion string `pulumi:"podSecurityVersion,optional"`

	// Quota is the most that everything in the namespace may ask for. Default: no limit.
	Quota *QuotaArgs `pulumi:"quota,optional"`
	// Limits are what a container gets that does not ask, and the most it may ask for.
	// Default: none; the workloads of this package always ask.
	Limits *LimitsArgs `pulumi:"limits,optional"`
	// Labels are further labels of the namespace. Default: none.
	Labels map[string]string `pulumi:"labels,optional"`
}

// QuotaArgs are the most that all pods of a namespace may ask for together. A pod beyond
// them waits. Quantities are Kubernetes' own, such as "500m", "4" or "16Gi".
type QuotaArgs struct {
	// Pods is how many there may be. Default: 0, any number.
	Pods int `pulumi:"pods,optional"`
	// CpuRequests are the CPUs they may ask for. Default: any number.
	CpuRequests string `pulumi:"cpuRequests,optional"`
	// MemoryRequests is the memory they may ask for. Default: any amount.
	MemoryRequests string `pulumi:"memoryRequests,optional"`
	// CpuLimits are the CPUs they may be limited to. A container without a limit is refused
	// then: MaxCpu of Limits gives it one. Default: any number.
	CpuLimits string `pulumi:"cpuLimits,optional"`
	// MemoryLimits is the memory they may be limited to. Default: any amount.
	MemoryLimits string `pulumi:"memoryLimits,optional"`
	// Storage is what their volume claims may ask for. Default: any amount.
	Storage string `pulumi:"storage,optional"`
}

// LimitsArgs are about each container.
type LimitsArgs struct {
	// CpuRequest is what one asks for that names no CPU. Default: nothing.
	CpuRequest string `pulumi:"cpuRequest,optional"`
	// MemoryRequest is what one asks for that names no memory. Default: nothing.
	MemoryRequest string `pulumi:"memoryRequest,optional"`
	// MemoryLimit is the limit of one that names none. Default: none.
	MemoryLimit string `pulumi:"memoryLimit,optional"`
	// MaxCpu is the most that one may have as its limit, and the limit of one that names none.
	// Default: any number.
	MaxCpu string `pulumi:"maxCpu,optional"`
	// MaxMemory is the most that one may have as its limit. Default: any amount.
	MaxMemory string `pulumi:"maxMemory,optional"`
}

func (a NamespaceArgs) withDefaults(name string) *NamespaceArgs {
	base.Default(&a.Name, name)
	base.Default(&a.PodSecurity, Restricted)
	base.Default(&a.PodSecurityVersion, "latest")
	return &a
}

var (
	standardVersion = regexp.MustCompile(`^(latest|v1\.[0-9]+)$`)
	ownNamespace    = regexp.MustCompile(`^(default|kube-.*)$`)
)

func (a *NamespaceArgs) validate(name string) error {
	var errs fielderr.List
	if !dnsLabel.MatchString(a.Name) || len(a.Name) > 63 {
		errs.Invalid("name", a.Name, "must be 1 to 63 small letters, digits and hyphens, and neither begin nor end with a hyphen")
	} else if ownNamespace.MatchString(a.Name) {
		errs.Invalid("name", a.Name, "default and kube-... belong to Kubernetes")
	}
	switch a.PodSecurity {
	case Restricted, Baseline, Privileged:
	default:
		errs.Unsupported("podSecurity", a.PodSecurity, string(Restricted), string(Baseline), string(Privileged))
	}
	if !standardVersion.MatchString(a.PodSecurityVersion) {
		errs.Invalid("podSecurityVersion", a.PodSecurityVersion, `must be "latest" or a version such as "v1.35"`)
	}
	if q := a.Quota; q != nil {
		at := errs.At("quota")
		if q.Pods < 0 {
			at.Invalid("pods", q.Pods, "must be 0 or more")
		}
		checkQuantities(at, map[string]string{"cpuRequests": q.CpuRequests, "cpuLimits": q.CpuLimits},
			map[string]string{"memoryRequests": q.MemoryRequests, "memoryLimits": q.MemoryLimits, "storage": q.Storage})
		q.checkLimits(at)
		if q.CpuLimits != "" && (a.Limits == nil || a.Limits.MaxCpu == "") {
			at.Add("cpuLimits", "needs limits.maxCpu: a container without a CPU limit, as those of this package are, would be refused")
		}
		if *q == (QuotaArgs{}) {
			at.Add("", "limits nothing")
		}
	}
	if l := a.Limits; l != nil {
		checkQuantities(errs.At("limits"), map[string]string{"cpuRequest": l.CpuRequest, "maxCpu": l.MaxCpu},
			map[string]string{"memoryRequest": l.MemoryRequest, "memoryLimit": l.MemoryLimit, "maxMemory": l.MaxMemory})
		if *l == (LimitsArgs{}) {
			errs.Add("limits", "limits nothing")
		}
	}
	own := a.securityLabels()
	for _, key := range base.SortedKeys(a.Labels) {
		at := errs.At("labels", fielderr.Key(key))
		if _, taken := own[key]; taken || strings.HasPrefix(key, securityPrefix) {
			at.Add("", "is set by podSecurity and the load balancers")
		} else if !labelKey.MatchString(key) {
			at.Add("", "must be a Kubernetes label, such as team or example.com/team")
		}
		if value := a.Labels[key]; !labelValue.MatchString(value) {
			at.Invalid("", value, "must be at most 63 letters, digits, dots, hyphens and underscores")
		}
	}
	return errs.Err(`workload.Namespace "` + name + `"`)
}

// checkLimits compares limits with what is asked for, which they cannot be below.
func (q *QuotaArgs) checkLimits(errs *fielderr.List) {
	least, asked := parseCpu(q.CpuRequests)
	if most, limited := parseCpu(q.CpuLimits); asked && limited && most < least {
		errs.Invalid("cpuLimits", q.CpuLimits, "must be cpuRequests, which is %s, or more", q.CpuRequests)
	}
	least, asked = parseBytes(q.MemoryRequests)
	if most, limited := parseBytes(q.MemoryLimits); asked && limited && most < least {
		errs.Invalid("memoryLimits", q.MemoryLimits, "must be memoryRequests, which is %s, or more", q.MemoryRequests)
	}
}

// checkQuantities checks those that are set.
func checkQuantities(errs *fielderr.List, cpus, amounts map[string]string) {
	for field, text := range cpus {
		if _, ok := parseCpu(text); !ok && text != "" {
			errs.Invalid(field, text, `must be a share of processors such as "250m" or "2"`)
		}
	}
	for field, text := range amounts {
		if text != "" {
			checkBytes(errs, field, text)
		}
	}
}

// A label's key is a name, after a domain or not.
var (
	labelKey   = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
	labelValue = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$`)
)

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
