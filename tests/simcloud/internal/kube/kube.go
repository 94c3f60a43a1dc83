// Package kube is a simulated Kubernetes: an API server over an in-memory store, with the few controllers whose work a deployment waits
// for, and the Pulumi provider `kubernetes` in front of it.
//
// What is simulated: the kinds, fields, defaults and list keys of a real server (data/api.json.gz, taken from one by tests/kubeapi);
// validation in the API server's words (rules_*.go, a table); server-side apply with field ownership, conflicts and forced conflicts
// (apply.go); immutable fields; namespaces and custom resource definitions that must exist; the provider's auto-naming, diff, replacement,
// import and refresh (provider*.go). Controllers are instant: a Deployment is ready once stored, a load balancer has a hostname.
//
// What is not: pods and scheduling, admission webhooks and plug-ins beyond namespace life cycle, RBAC decisions, quota, client-side apply,
// rendering to files, schemas of custom resources (any content is accepted), and what a Helm chart contains.
//
// How a rule earned its place: every rule has manifests in testdata/manifests that break it and manifests that just do not, and
// tests/kubeapi gives the same manifests to a real kube-apiserver, which must agree on the verdict and the field.
package kube

import (
	"slices"
	"strings"
	"sync"
)

// Options say what the simulated clusters are like. The zero value is a fresh EKS cluster.
type Options struct {
	// Region is part of load balancers' host names. Default: us-east-1.
	Region string
	// Custom lists custom kinds that are installed from the start.
	Custom []Kind
	// Charts lists the custom kinds that a Helm chart brings along, by the chart's name. Default: those of the charts that EKS clusters
	// usually have.
	Charts map[string][]Kind
	// Reach says why the API server with an address cannot be reached, for instance because no EKS cluster has it. Default: all can.
	Reach func(server string) error
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
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Charts == nil {
		o.Charts = usualCharts
	}
	return &Server{options: o, clusters: map[string]*cluster{}}
}

// usualCharts are the charts that bring kinds which programs for EKS use.
var usualCharts = map[string][]Kind{
	"aws-load-balancer-controller": {
		{Group: "elbv2.k8s.aws", Version: "v1beta1", Kind: "TargetGroupBinding", Plural: "targetgroupbindings", Namespaced: true},
		{Group: "elbv2.k8s.aws", Version: "v1beta1", Kind: "IngressClassParams", Plural: "ingressclassparams"},
	},
	"karpenter": {
		{Group: "karpenter.sh", Version: "v1", Kind: "NodePool", Plural: "nodepools"},
		{Group: "karpenter.k8s.aws", Version: "v1", Kind: "EC2NodeClass", Plural: "ec2nodeclasses"},
	},
	"external-secrets": {
		{Group: "external-secrets.io", Version: "v1", Kind: "ExternalSecret", Plural: "externalsecrets", Namespaced: true},
		{Group: "external-secrets.io", Version: "v1", Kind: "ClusterSecretStore", Plural: "clustersecretstores"},
	},
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
	for _, c := range s.clusters {
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
