// Package ground is the seam between the simulated Kubernetes and the simulated AWS: what a cluster stands on, and what its controllers ask
// the cloud for. Neither side knows more of the other.
package ground

import "errors"

// ErrTimeout says that nothing answers the caller. What lets the caller in may be on its way.
var ErrTimeout = errors.New("i/o timeout")

// Cloud is where clusters stand. An address is that of a cluster's API server; an owner is the object in whose name a controller asks.
type Cloud interface {
	// Find says what the cluster at an address stands on. It is nil without an error if the address is none of the cloud's. The error says why
	// the API server does not answer the caller.
	Find(address string) (*Cluster, error)
	// Permit says why a controller may not do an action.
	Permit(address string, by Agent, action string) error
	// Balance makes a load balancer, or finds the one that the owner has, and gives its host name.
	Balance(address, owner string, want Balancer) (hostname string, err error)
	// Launch starts machines, unless the owner has some.
	Launch(address, owner string, want Machines) error
	// Store makes a volume, unless the owner has one.
	Store(address, owner string, want Volume) error
	// Withdraw deletes what the owner has.
	Withdraw(address, owner string)
	// Abandon leaves what the owner has behind: nobody will delete it any more.
	Abandon(address, owner string)
}

// Agent is in whose name a controller acts: pods of a service account, or EKS itself if it is empty.
type Agent struct {
	Namespace, Account string
	// Addon is the add-on that brings the pods, if one does.
	Addon string
	// Role is the ARN of the role that the service account's annotation names.
	Role string
}

// Cluster is what a cluster notices of its cloud.
type Cluster struct {
	Name, Region string
	// AutoMode says that EKS itself runs the controllers of nodes, load balancers and volumes; Pools are the node pools that come with it.
	AutoMode bool
	Pools    []string
	// Nodes are machines that are there whatever pods there are.
	Nodes []Group
	// Fargate runs the pods that one of these selects.
	Fargate []Selector
	// Addons are the add-ons by name.
	Addons map[string]bool
	// Caller is who asks, Admin whether everything is allowed; otherwise only what is inside Namespaces is, "*" being all.
	Caller     string
	Admin      bool
	Namespaces []string
}

// Group is a group of alike machines.
type Group struct{ Taints []Taint }

// Taint keeps pods away that do not tolerate it.
type Taint struct{ Key, Value, Effect string }

// Selector selects pods by namespace, in which * and ? are wildcards, and by labels.
type Selector struct {
	Namespace string
	Labels    map[string]string
}

// Term selects subnets or security groups by ID, by name or by tags; a tag's value * is any.
type Term struct {
	ID, Name string
	Tags     map[string]string
}

// Balancer is a load balancer that is wanted.
type Balancer struct {
	Name string
	// Type is application, network or classic.
	Type     string
	Internal bool
	// Subnets and Groups say where it is and who may reach it. Default: the subnets that are tagged for load balancers; a new group.
	Subnets, Groups []Term
	// Reachable lets the controller take subnets by where they route to if none is tagged.
	Reachable bool
	// Certificates are ARNs; Hosts are those for which the controller has to find certificates itself.
	Certificates, Hosts []string
	Tags                map[string]string
}

// Machines are nodes that are wanted: one in each zone.
type Machines struct {
	Pool, Type string
	// Zones are where they may be. Default: anywhere.
	Zones []string
	// Subnets and Groups say where. Default: those of the cluster itself.
	Subnets, Groups []Term
	// Role is the name of the nodes' role, or Profile that of their instance profile. Default: the role of the cluster's own node pools.
	Role, Profile string
	// Managed says that EKS manages them, and ends them with the cluster.
	Managed bool
	Key     string
}

// Volume is a volume that is wanted.
type Volume struct {
	Size      float64
	Type      string
	Encrypted bool
	Key       string
	Tags      map[string]string
}
