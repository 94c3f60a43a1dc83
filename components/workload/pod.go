package workload

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// nameLabel says which workload a pod belongs to, and componentLabel which of its parts:
// the edges of the network go by the first.
const (
	nameLabel      = "app.kubernetes.io/name"
	componentLabel = "app.kubernetes.io/component"
	archLabel      = "kubernetes.io/arch"
)

// podSpec is what services and jobs have in common: pods of one container, which the
// restricted Pod Security standard admits, and what these need before they start.
type podSpec struct {
	component, name               string
	namespace, image, clusterName pulumi.StringInput
	cluster                       pulumi.Resource
	region, accountId             string
	statements                    []iampolicy.Statement
	command, args                 []string
	environment, config           map[string]pulumi.StringInput
	secrets                       map[string]SecretArgs
	configPath                    string
	resources                     *ResourcesArgs
	scratch                       map[string]ScratchArgs
	runAsUser                     int
	placement                     *PlacementArgs
	calls                         map[string]CallArgs
	egress                        map[string]EgressArgs
	tags                          map[string]string
}

// withDefaults completes what was copied from a workload's args.
func (p *podSpec) withDefaults() *podSpec {
	base.Default(&p.name, p.component)
	base.Default(&p.configPath, "/etc/config")
	base.Default(&p.runAsUser, 65532)
	p.resources = base.CopyOf(p.resources)
	base.Default(&p.resources.Cpu, "100m")
	base.Default(&p.resources.Memory, "128Mi")
	base.Default(&p.resources.MemoryLimit, p.resources.Memory)
	base.Default(&p.resources.EphemeralStorage, "512Mi")
	if p.scratch == nil {
		p.scratch = map[string]ScratchArgs{"tmp": {Path: "/tmp"}}
	}
	scratch := map[string]ScratchArgs{}
	for key, s := range p.scratch {
		base.Default(&s.Size, "64Mi")
		scratch[key] = s
	}
	p.scratch = scratch
	p.placement = base.CopyOf(p.placement)
	base.Default(&p.placement.Architecture, ArchitectureArm64)
	calls := map[string]CallArgs{}
	for key, c := range p.calls {
		base.Default(&c.Port, defaultPort)
		calls[key] = c
	}
	p.calls = calls
	return p
}

// labels are a workload's labels, and what selects its pods.
func (p *podSpec) labels(component string) pulumi.StringMap {
	return pulumi.StringMap{nameLabel: pulumi.String(p.name), componentLabel: pulumi.String(component)}
}

// metadata names an object in the workload's namespace.
func (p *podSpec) metadata(name pulumi.StringInput, labels pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{Name: base.Optional(name), Namespace: base.Optional(p.namespace), Labels: labels}
}

// template is the pods' template. shape makes of it what the kind of workload needs.
func (p *podSpec) template(labels pulumi.StringMap, shape func(spec *corev1.PodSpecArgs, container *corev1.ContainerArgs)) corev1.PodTemplateSpecArgs {
	container := corev1.ContainerArgs{
		Name: pulumi.String(p.name), Image: base.Optional(pinned(p.image)),
		Env: p.env(), Resources: p.quantities(), VolumeMounts: p.mounts(),
		SecurityContext: corev1.SecurityContextArgs{
			AllowPrivilegeEscalation: pulumi.Bool(false), ReadOnlyRootFilesystem: pulumi.Bool(true),
			Capabilities: corev1.CapabilitiesArgs{Drop: pulumi.ToStringArray([]string{"ALL"})},
		},
	}
	spec := corev1.PodSpecArgs{
		ServiceAccountName: pulumi.String(p.name), AutomountServiceAccountToken: pulumi.Bool(false), EnableServiceLinks: pulumi.Bool(false),
		SecurityContext: corev1.PodSecurityContextArgs{
			RunAsNonRoot: pulumi.Bool(true), RunAsUser: pulumi.Int(p.runAsUser), RunAsGroup: pulumi.Int(p.runAsUser),
			SeccompProfile: corev1.SeccompProfileArgs{Type: pulumi.String("RuntimeDefault")},
		},
		Volumes: p.volumes(), NodeSelector: p.nodeSelector(), Tolerations: p.tolerations(),
	}
	if p.placement.PriorityClass != "" {
		spec.PriorityClassName = pulumi.String(p.placement.PriorityClass)
	}
	if p.command != nil {
		container.Command = pulumi.ToStringArray(p.command)
	}
	if p.args != nil {
		container.Args = pulumi.ToStringArray(p.args)
	}
	shape(&spec, &container)
	spec.Containers = corev1.ContainerArray{container}
	return corev1.PodTemplateSpecArgs{Metadata: metav1.ObjectMetaArgs{Labels: labels}, Spec: spec}
}

// env are the environment variables, in the order of their names.
func (p *podSpec) env() corev1.EnvVarArray {
	var env corev1.EnvVarArray
	for _, name := range base.SortedKeys(p.environment) {
		env = append(env, corev1.EnvVarArgs{Name: pulumi.String(name), Value: base.Optional(public(name, p.environment[name]))})
	}
	for _, name := range base.SortedKeys(p.secrets) {
		s := p.secrets[name]
		env = append(env, corev1.EnvVarArgs{Name: pulumi.String(name), ValueFrom: corev1.EnvVarSourceArgs{
			SecretKeyRef: corev1.SecretKeySelectorArgs{Name: base.Optional(s.Secret), Key: pulumi.String(s.Key)},
		}})
	}
	return env
}

func (p *podSpec) quantities() corev1.ResourceRequirementsArgs {
	r := p.resources
	storage := pulumi.String(canonicalBytes(r.EphemeralStorage))
	return corev1.ResourceRequirementsArgs{
		Requests: pulumi.StringMap{"cpu": pulumi.String(canonicalCpu(r.Cpu)), "memory": pulumi.String(canonicalBytes(r.Memory)), "ephemeral-storage": storage},
		Limits:   pulumi.StringMap{"memory": pulumi.String(canonicalBytes(r.MemoryLimit)), "ephemeral-storage": storage},
	}
}

const configVolume = "config"

func (p *podSpec) volumes() corev1.VolumeArray {
	var volumes corev1.VolumeArray
	if len(p.config) > 0 {
		volumes = append(volumes, corev1.VolumeArgs{
			Name: pulumi.String(configVolume), ConfigMap: corev1.ConfigMapVolumeSourceArgs{Name: p.configName()},
		})
	}
	for _, key := range base.SortedKeys(p.scratch) {
		empty := corev1.EmptyDirVolumeSourceArgs{SizeLimit: pulumi.String(canonicalBytes(p.scratch[key].Size))}
		if p.scratch[key].InMemory {
			empty.Medium = pulumi.String("Memory")
		}
		volumes = append(volumes, corev1.VolumeArgs{Name: pulumi.String(scratchVolume(key)), EmptyDir: empty})
	}
	return volumes
}

func (p *podSpec) mounts() corev1.VolumeMountArray {
	var mounts corev1.VolumeMountArray
	if len(p.config) > 0 {
		mounts = append(mounts, corev1.VolumeMountArgs{
			Name: pulumi.String(configVolume), MountPath: pulumi.String(p.configPath), ReadOnly: pulumi.Bool(true),
		})
	}
	for _, key := range base.SortedKeys(p.scratch) {
		mounts = append(mounts, corev1.VolumeMountArgs{Name: pulumi.String(scratchVolume(key)), MountPath: pulumi.String(p.scratch[key].Path)})
	}
	return mounts
}

func scratchVolume(key string) string { return "scratch-" + key }

func (p *podSpec) nodeSelector() pulumi.StringMap {
	labels := base.Merge(p.placement.NodeSelector)
	if p.placement.Architecture != ArchitectureAny {
		labels[archLabel] = string(p.placement.Architecture)
	}
	if len(labels) == 0 {
		return nil
	}
	return pulumi.ToStringMap(labels)
}

func (p *podSpec) tolerations() corev1.TolerationArray {
	var tolerations corev1.TolerationArray
	for _, key := range base.SortedKeys(p.placement.Tolerations) {
		t := p.placement.Tolerations[key]
		args := corev1.TolerationArgs{Key: pulumi.String(key), Operator: pulumi.String("Exists")}
		if t.Value != "" {
			args.Operator, args.Value = pulumi.String("Equal"), pulumi.String(t.Value)
		}
		if t.Effect != "" {
			args.Effect = pulumi.String(t.Effect)
		}
		tolerations = append(tolerations, args)
	}
	return tolerations
}

// public is a value that everybody who may look at a pod can read: one that Pulumi keeps
// secret is an error, which does not show it.
func public(name string, value pulumi.StringInput) pulumi.StringInput {
	if _, ok := value.(pulumi.String); ok {
		return value
	}
	output := value.ToStringOutput()
	return output.ApplyT(func(text string) (string, error) {
		if pulumi.IsSecret(output) { // it is known by now
			return "", fmt.Errorf("%s is secret, and a pod's description is not: put it into a Kubernetes secret and name that in secrets", name)
		}
		return text, nil
	}).(pulumi.StringOutput)
}

// pinned is an image that always is the same one.
func pinned(image pulumi.StringInput) pulumi.StringInput {
	if _, ok := image.(pulumi.String); ok { // validated before
		return image
	}
	return image.ToStringOutput().ApplyT(func(text string) (string, error) {
		if reason := imageProblem(text); reason != "" {
			return "", fmt.Errorf("image %q: %s", text, reason)
		}
		return text, nil
	}).(pulumi.StringOutput)
}
