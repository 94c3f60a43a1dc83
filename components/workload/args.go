package workload

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// ServiceArgs are the arguments of a Service.
type ServiceArgs struct {
	// Namespace is the namespace that the service is in.
	Namespace pulumi.StringInput `pulumi:"namespace"`
	// Image is the container image, with a digest or a tag other than latest.
	Image pulumi.StringInput `pulumi:"image"`
	// Name is the workload's name in the cluster and in its address. Another name is
	// another workload. Default: the component's own.
	Name string `pulumi:"name,optional"`
	// Cluster is the cluster's own resource: objects that own nothing outside of it are
	// forgotten with it, and not deleted one by one. Default: none.
	Cluster pulumi.Resource
	// ClusterName is the cluster's name in AWS. Default: none, without Statements.
	ClusterName pulumi.StringInput `pulumi:"clusterName,optional"`
	// Region is the cluster's region. Default: none, without Statements.
	Region string `pulumi:"region,optional"`
	// AccountId is the cluster's AWS account. Default: none, without Statements.
	AccountId string `pulumi:"accountId,optional"`
	// Statements are what the pods may do in AWS, by a role of their own. Default: nothing.
	Statements []iampolicy.Statement `pulumi:"statements,optional"`

	// Command replaces the image's entry point. Default: the image's.
	Command []string `pulumi:"command,optional"`
	// Args replace the image's arguments. Default: the image's.
	Args []string `pulumi:"args,optional"`
	// Environment are plain environment variables. A value that Pulumi keeps secret is
	// refused: everybody who may look at a pod reads them. Default: none.
	Environment map[string]pulumi.StringInput `pulumi:"environment,optional"`
	// Secrets are environment variables from Kubernetes secrets that exist, such as those
	// that a secrets operator writes. A new value is read by new pods. Default: none.
	Secrets map[string]SecretArgs `pulumi:"secrets,optional"`
	// Config are files by name, not secret. Each change makes a new ConfigMap and new
	// pods; old pods keep theirs to the end. Default: none.
	Config map[string]pulumi.StringInput `pulumi:"config,optional"`
	// ConfigPath is the directory with the files of Config. Default: "/etc/config".
	ConfigPath string `pulumi:"configPath,optional"`
	// Resources are what a pod is given. Default: see ResourcesArgs.
	Resources *ResourcesArgs `pulumi:"resources,optional"`
	// Scratch are directories that can be written to and are lost with the pod; the rest
	// is read-only. Default: tmp at /tmp, of 64Mi; an empty map is none.
	Scratch map[string]ScratchArgs `pulumi:"scratch,optional"`
	// RunAsUser is the user id and group id of the processes, above 0. Default: 65532, the
	// nonroot user of common base images.
	RunAsUser int `pulumi:"runAsUser,optional"`
	// Placement says which nodes may run the pods. Default: see PlacementArgs.
	Placement *PlacementArgs `pulumi:"placement,optional"`
	// Calls are the workloads that this one may call, by name, or by namespace/name in
	// another namespace. Each of them names this one in its Callers. Default: none.
	Calls map[string]CallArgs `pulumi:"calls,optional"`
	// Egress are the addresses beyond the cluster that the pods may reach, such as a
	// database's subnets. Default: none.
	Egress map[string]EgressArgs `pulumi:"egress,optional"`
	// Tags are put on the role. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`

	// Port is the port that the container listens on, and the service's. Another one is no
	// rolling change: the policy and the address change at once, pods and callers after them,
	// and requests fail in between. In two steps none does: first a second service with that
	// Port, the same Routes and all callers, then this one goes. Default: 8080.
	Port int `pulumi:"port,optional"`
	// Health is how a pod says that it is ready and alive. Default: see HealthArgs.
	Health *HealthArgs `pulumi:"health,optional"`
	// Replicas is the fixed number of pods, 1 or more. One pod is away while its node is
	// changed. Default: 2, without Scaling.
	Replicas int `pulumi:"replicas,optional"`
	// Scaling leaves the number of pods to an autoscaler. Default: Replicas stay fixed.
	Scaling *ScalingArgs `pulumi:"scaling,optional"`
	// Spread is how strictly pods are spread over zones. Default: SpreadRequired.
	Spread Spread `pulumi:"spread,optional"`
	// MinZones is over how many zones the first pods are spread at least. The scheduler knows
	// only zones that have nodes: in an empty cluster all pods may start in one. It must be
	// less than the number of zones, or the loss of one keeps new pods from starting. Only
	// with SpreadRequired. Default: 0, those that have nodes.
	MinZones int `pulumi:"minZones,optional"`
	// Callers are the workloads that may call this one, by name, or by namespace/name in
	// another namespace. Default: none.
	Callers []string `pulumi:"callers,optional"`
	// SameZone sends calls to a pod in the caller's zone where there is one: cheaper and
	// faster, and uneven when callers are. Default: false.
	SameZone bool `pulumi:"sameZone,optional"`
	// DrainSeconds is how long a pod that ends goes on serving, until load balancers and
	// nodes know, 1 to 300. Default: 20.
	DrainSeconds int `pulumi:"drainSeconds,optional"`
	// ShutdownSeconds is how long requests may take to finish after that, before the pod is
	// killed, 1 to 3600. Default: 30.
	ShutdownSeconds int `pulumi:"shutdownSeconds,optional"`
	// Routes bring requests from a load balancer. Default: none, only Callers reach it.
	Routes *RoutesArgs `pulumi:"routes,optional"`
	// Canary is another image that a share of the routes' requests tries. Default: none.
	Canary *CanaryArgs `pulumi:"canary,optional"`
}

// SecretArgs are a value in a Kubernetes secret in the workload's namespace.
type SecretArgs struct {
	// Secret is the secret's name.
	Secret pulumi.StringInput `pulumi:"secret"`
	// Key is the value's key in the secret.
	Key string `pulumi:"key"`
}

// ResourcesArgs are what a pod is given, as Kubernetes writes quantities.
type ResourcesArgs struct {
	// Cpu is the share of processors that is kept for a pod; it may use what is idle.
	// Default: "100m", a tenth of one.
	Cpu string `pulumi:"cpu,optional"`
	// Memory is what is kept for a pod. Default: "128Mi".
	Memory string `pulumi:"memory,optional"`
	// MemoryLimit is what a pod is killed above. More than Memory is a bet that others on
	// the node stay small. Default: Memory.
	MemoryLimit string `pulumi:"memoryLimit,optional"`
	// EphemeralStorage is the disk for logs and Scratch that is kept for a pod, which is
	// evicted above it. Default: "512Mi".
	EphemeralStorage string `pulumi:"ephemeralStorage,optional"`
}

// ScratchArgs are a directory that can be written to.
type ScratchArgs struct {
	// Path is where the directory is.
	Path string `pulumi:"path"`
	// Size is how much fits. Default: "64Mi".
	Size string `pulumi:"size,optional"`
	// InMemory keeps it in memory, of which it takes its share. Default: false.
	InMemory bool `pulumi:"inMemory,optional"`
}

// Architecture is the kind of processor that an image is built for.
type Architecture string

// The architectures. ArchitectureAny is for images that are built for both.
const (
	ArchitectureArm64 Architecture = "arm64"
	ArchitectureAmd64 Architecture = "amd64"
	ArchitectureAny   Architecture = "Any"
)

// PlacementArgs say which nodes may run the pods.
type PlacementArgs struct {
	// Architecture is what the image is built for. Default: ArchitectureArm64.
	Architecture Architecture `pulumi:"architecture,optional"`
	// NodeSelector are labels that nodes must have. Default: none.
	NodeSelector map[string]string `pulumi:"nodeSelector,optional"`
	// Tolerations admit tainted nodes, by the taint's key. Default: none.
	Tolerations map[string]TolerationArgs `pulumi:"tolerations,optional"`
	// PriorityClass is a priority class that exists. Default: the cluster's default one.
	PriorityClass string `pulumi:"priorityClass,optional"`
}

// TolerationArgs admit nodes with a taint.
type TolerationArgs struct {
	// Value is the taint's value. Default: any.
	Value string `pulumi:"value,optional"`
	// Effect is the taint's effect: NoSchedule, PreferNoSchedule or NoExecute. Default: all.
	Effect string `pulumi:"effect,optional"`
}

// CallArgs are another workload that pods may call.
type CallArgs struct {
	// Port is the port of its pods. Default: 8080.
	Port int `pulumi:"port,optional"`
}

// EgressArgs are addresses beyond the cluster that pods may reach.
type EgressArgs struct {
	// Cidrs are the address blocks, one or more. Link-local addresses, such as the
	// instance metadata, are never among them.
	Cidrs pulumi.StringArrayInput `pulumi:"cidrs"`
	// Port is the TCP port.
	Port int `pulumi:"port"`
}

// Protocol is how health is asked for.
type Protocol string

// The protocols. gRPC is the gRPC health checking protocol.
const (
	ProtocolHttp Protocol = "HTTP"
	ProtocolGrpc Protocol = "gRPC"
	ProtocolTcp  Protocol = "TCP"
)

// HealthArgs are how a pod says that it is ready and alive. One that is not ready gets no
// requests; one that is not alive is started again, which must take longer.
//
// The load balancer of Routes checks as before until the new pods are ready, and they are
// ready once its checks succeed: for one deploy they answer the old ReadyPath beside a new
// one. For another Port, change the check of Routes first, in a deploy of its own.
type HealthArgs struct {
	// Protocol is how health is asked for. Default: ProtocolHttp.
	Protocol Protocol `pulumi:"protocol,optional"`
	// ReadyPath answers whether requests can be served now, with what that needs.
	// Default: "/ready", with HTTP.
	ReadyPath string `pulumi:"readyPath,optional"`
	// LivePath answers whether the process works, whatever becomes of what it needs.
	// Default: "/live", with HTTP.
	LivePath string `pulumi:"livePath,optional"`
	// Port is the port that is asked. Default: the service's.
	Port int `pulumi:"port,optional"`
	// StartupSeconds is how long a pod may take to start, 2 to 3600. Default: 60.
	StartupSeconds int `pulumi:"startupSeconds,optional"`
}

// ScalingArgs leave the number of pods to an autoscaler, which goes by whatever asks for
// the most: up at once, down slowly.
type ScalingArgs struct {
	// Min is the least number of pods, 1 or more, and that of the first deploy. Default: 2.
	Min int `pulumi:"min,optional"`
	// Max is the greatest number of pods, Min or more.
	Max int `pulumi:"max"`
	// CpuPercent is the load to aim at, in percent of Cpu, 1 or more. Default: 70, when
	// nothing else is set.
	CpuPercent int `pulumi:"cpuPercent,optional"`
	// MemoryPercent is the memory in use to aim at, in percent of Memory. Default: none.
	MemoryPercent int `pulumi:"memoryPercent,optional"`
	// RequestsPerPod is the number of requests a second to aim at. It needs an adapter in
	// the cluster that serves RequestsMetric for pods. Default: none.
	RequestsPerPod int `pulumi:"requestsPerPod,optional"`
	// RequestsMetric is that metric's name. Default: "http_requests_per_second".
	RequestsMetric string `pulumi:"requestsMetric,optional"`
}

// Spread is how strictly pods are spread over zones.
type Spread string

// The spreads. Preferred starts pods in one zone rather than not at all, as a cluster
// with too few nodes may want it.
const (
	SpreadRequired  Spread = "Required"
	SpreadPreferred Spread = "Preferred"
)

// pod is the part of the args that jobs share.
func (a *ServiceArgs) pod(name string) *podSpec {
	return &podSpec{
		component: name, name: a.Name, namespace: a.Namespace, image: a.Image, cluster: a.Cluster,
		clusterName: a.ClusterName, region: a.Region, accountId: a.AccountId, statements: a.Statements,
		command: a.Command, args: a.Args, environment: a.Environment, secrets: a.Secrets, config: a.Config, configPath: a.ConfigPath,
		resources: a.Resources, scratch: a.Scratch, runAsUser: a.RunAsUser, placement: a.Placement,
		calls: a.Calls, egress: a.Egress, tags: a.Tags,
	}
}
