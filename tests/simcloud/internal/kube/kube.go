// Package kube is a simulated Kubernetes: an API server over an in-memory store, with the few controllers whose work a deployment waits
// for, and the Pulumi provider `kubernetes` in front of it.
//
// What is simulated: the kinds, fields, defaults and list keys of a real server (data/api.json.gz, taken from one by tests/kubeapi);
// validation in the API server's words (rules_*.go, a table); server-side apply with field ownership, conflicts and forced conflicts
// (apply.go); immutable fields; namespaces and custom resource definitions that must exist; the provider's auto-naming, diff, replacement,
// import and refresh (provider*.go).
//
// A cluster on its own, which no cloud knows, has all it needs: a Deployment is ready once stored, a load balancer has a hostname. A
// cluster on EKS has what EKS, its add-ons and its charts bring, and what the controllers that people deploy for it make in the cloud:
//
//   - Pods need a place (nodes.go): a managed node group, Fargate, or a node pool whose controller works and whose class can be launched. Taints
//     and tolerations are heeded, and what pods want of a node pool's architecture, zone and capacity type, and the pool's limit of processors
//     (placement.go). The nodes of a pool come with the first pod that needs them, and go with the pool.
//   - An Ingress and a Service of type LoadBalancer need a controller (balancers.go): EKS's own in Auto Mode, the AWS Load Balancer Controller
//     by its chart, or, for Services, the one that every cluster has. Ingresses of a group share a load balancer, with a hundred target groups
//     together. TLS needs certificates (listeners.go).
//   - A claim needs a driver (volumes.go), and has its volume at once or with the first pod that mounts it.
//   - A controller makes nothing without a role that allows it (agents.go): EKS's own have that of the cluster, others an association of their
//     service account, or its annotation. Karpenter must have been told its cluster's name.
//   - An autoscaler without metrics says so in its status (metrics.go); those of programs need an adapter.
//   - Deletion waits for finalizers (deletion.go): an Ingress, a node pool or a node class whose controller does not run any more stays, a claim
//     goes and leaves its volume behind.
//   - The provider waits for all of that (await.go) and gives up in its words when nothing moves any more.
//   - Who may do what follows from the cluster's access entries, by cluster and by namespace, not by verb. An
//     API server that the caller cannot reach does not answer; what would let the caller in is waited for.
//
// What is not: pods one by one, how many of them fit on a node, other labels and affinity that nodes must have, when a controller starts or stops
// (what has run keeps its status when its node goes), admission webhooks and plug-ins beyond namespace life cycle, RBAC decisions, quota,
// client-side apply, rendering to files, endpoints of Services, and what a Helm chart contains. Of custom resources only those of Karpenter,
// EKS Auto Mode and the load balancer controller are judged (custom.go, rules_custom.go); of others any content is accepted.
//
// How a rule earned its place: every rule has manifests in testdata/manifests that break it and manifests that just do not, and
// tests/kubeapi gives the same manifests to a real kube-apiserver, which must agree on the verdict and the field. Rules of custom kinds follow
// the kinds' public definitions; custom_test.go breaks each.
package kube

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/pulse"
)

// patience is how long is waited in real time for a cluster in which nothing moves. The real provider waits ten minutes.
const patience = 2 * time.Second

// Options say what the simulated clusters are like. The zero value is a fresh EKS cluster.
type Options struct {
	// Region is part of load balancers' host names. Default: us-east-1.
	Region string
	// Custom lists custom kinds that are installed from the start.
	Custom []Kind
	// Charts lists the custom kinds that a Helm chart brings along, by the chart's name. Default: those of the charts that EKS clusters
	// usually have.
	Charts map[string][]Kind
	// Cloud is where clusters stand. Default: nowhere; every address is that of a cluster on its own, in which nodes and controllers are in
	// place.
	Cloud ground.Cloud
	// Pulse is what those look at who wait for something. Default: one of the clusters' own.
	Pulse *pulse.Pulse
}

// Kind is a kind of object.
type Kind struct {
	Group, Version, Kind string
	// Plural is the name of the resource in URLs, in lower case.
	Plural string
	// Namespaced says whether objects of this kind live in a namespace.
	Namespaced bool
	// Type names the schema; custom kinds have none.
	Type string `json:",omitempty"`
}

// APIVersion is what manifests of the kind say.
func (k Kind) APIVersion() string {
	if k.Group == "" {
		return k.Version
	}
	return k.Group + "/" + k.Version
}

// qualified is how the API server calls the kind in messages: Deployment.apps.
func (k Kind) qualified(name string) string {
	if k.Group == "" {
		return name
	}
	return name + "." + k.Group
}

// Object is a copy of something that exists in a cluster.
type Object struct {
	Cluster    string
	APIVersion string
	Kind       string
	Namespace  string
	Name       string
	// Value is the whole object.
	Value map[string]any
	// Managers says which fields each field manager owns.
	Managers map[string][]string
	// Implicit objects were there before anyone deployed anything.
	Implicit bool
}

// Server holds the simulated clusters. Providers that are configured with the same cluster see the same objects.
type Server struct {
	options Options

	mu       sync.Mutex
	clusters map[string]*cluster
}

// New makes clusters that come into being when a provider is first configured with them.
func New(o Options) *Server {
	return &Server{options: o.complete(), clusters: map[string]*cluster{}}
}

// complete fills in the defaults.
func (o Options) complete() Options {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Charts == nil {
		o.Charts = usualCharts
	}
	if o.Pulse == nil {
		o.Pulse = pulse.New(patience)
	}
	return o
}

func (s *Server) cluster(name string) *cluster {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clusters[name]
	if c == nil {
		c = newCluster(name, s.options)
		s.clusters[name] = c
	}
	return c
}

// Objects lists what exists in all clusters, sorted; what was there from the start only if asked for.
func (s *Server) Objects(implicit bool) []Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Object
	for name, c := range s.clusters {
		if !c.exists() {
			delete(s.clusters, name) // its objects went with it
			continue
		}
		out = append(out, c.list(implicit)...)
	}
	slices.SortFunc(out, func(a, b Object) int { return strings.Compare(a.order(), b.order()) })
	return out
}

func (o Object) order() string {
	return strings.Join([]string{o.Cluster, o.APIVersion, o.Kind, o.Namespace, o.Name}, "\x00")
}

// Change alters an object behind Pulumi's back, as kubectl or a controller would under the manager's name; nil for the new value deletes
// it. An empty cluster name means the only cluster.
func (s *Server) Change(cluster, kind, namespace, name, manager string, change func(value map[string]any) map[string]any) error {
	s.mu.Lock()
	c := s.clusters[cluster]
	if cluster == "" && len(s.clusters) == 1 {
		for _, c = range s.clusters {
		}
	}
	s.mu.Unlock()
	if c == nil {
		return &StatusError{Code: 404, Reason: NotFound, Message: "no cluster " + cluster}
	}
	return c.change(kind, namespace, name, manager, change)
}
