package stacks

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// ClusterConfig configures the Kubernetes cluster that the services run in.
type ClusterConfig struct {
	// Version is the minor version of Kubernetes, such as "1.35". Raise it by one at a time.
	// Required.
	Version string `json:"version,omitzero"`
	// Compute is who makes nodes: Auto (EKS Auto Mode) or Karpenter (a small managed node group
	// for the controllers, and Karpenter for the rest). Default: Auto.
	Compute string `json:"compute,omitzero"`
	// ControlPlaneZones are where the control plane has its interfaces, two or more; nodes are in
	// all zones. AWS lets nobody change them later, and offers none in use1-az3, usw1-az2 and cac1-az3, which
	// `aws ec2 describe-availability-zones` finds among yours. Default: the first two of network.zones by name.
	ControlPlaneZones []string `json:"controlPlaneZones,omitzero"`
	// Admins are the ARNs of the IAM roles that administer the cluster, by names of your choice. The role that
	// deploys the stack must be one of them. Required.
	Admins map[string]string `json:"admins,omitzero"`
	// ApiCidrs reach the API server inside the network: where deploys and administrators come from.
	// Default: the network's own block.
	ApiCidrs []string `json:"apiCidrs,omitzero"`
	// PublicApiCidrs reach the API server from the internet. Default: nobody; it has no public
	// endpoint.
	PublicApiCidrs []string `json:"publicApiCidrs,omitzero"`
	// Addons are versions of add-ons by name, such as metrics-server: v0.8.0-eksbuild.3. Default: the
	// one that EKS chose when the add-on was made; it stays when the cluster's version rises.
	Addons map[string]string `json:"addons,omitzero"`
	// Spot runs nodes on Spot capacity where there is some. Default: false.
	Spot bool `json:"spot,omitzero"`
	// MaxCpus is how many vCPUs all nodes may have together. Default: 256 in production, 16 in
	// development.
	MaxCpus int `json:"maxCpus,omitzero"`
	// CertificateArn is the ACM certificate of the load balancer in front of the services.
	// Required, unless plaintext is true or no service has a path.
	CertificateArn string `json:"certificateArn,omitzero"`
	// Plaintext serves HTTP without TLS. Development only. Default: false.
	Plaintext bool `json:"plaintext,omitzero"`
	// DomainName is the name by which the web and application tiers reach the services; the
	// certificate must cover it. Required in production.
	DomainName string `json:"domainName,omitzero"`
	// HostedZoneId is the Route 53 zone that gets the record of domainName. Default: no record
	// is made.
	HostedZoneId string `json:"hostedZoneId,omitzero"`
}

// ServiceConfig configures a microservice.
type ServiceConfig struct {
	// Image is the container image, with a tag other than latest or a digest. Required.
	Image string `json:"image,omitzero"`
	// Port is where the container listens, above 1023. Default: 8080.
	Port int `json:"port,omitzero"`
	// HealthPath is the path on which it says that it lives. Default: /healthz.
	HealthPath string `json:"healthPath,omitzero"`
	// ReadyPath is the path on which it says that it can take requests. Default: /readyz.
	ReadyPath string `json:"readyPath,omitzero"`
	// Path is what the load balancer sends to it, such as /cart. Default: nothing; only
	// services that call it reach it.
	Path string `json:"path,omitzero"`
	// Cpu is what a replica is promised, in the notation of Kubernetes. Default: 250m in production,
	// 50m in development.
	Cpu string `json:"cpu,omitzero"`
	// Memory is what a replica is promised and held to. Default: 256Mi in production, 64Mi in
	// development.
	Memory string `json:"memory,omitzero"`
	// MinReplicas is the least number of replicas. Default: one a zone in production, 1 in
	// development.
	MinReplicas int `json:"minReplicas,omitzero"`
	// MaxReplicas is the greatest number of replicas. Default: four times minReplicas in
	// production, minReplicas in development.
	MaxReplicas int `json:"maxReplicas,omitzero"`
	// CpuTarget is the average load, in percent of cpu, that scaling aims for. Default: 60.
	CpuTarget int `json:"cpuTarget,omitzero"`
	// MemoryTarget is the average use, in percent of memory, that scaling aims for as well.
	// Default: none.
	MemoryTarget int `json:"memoryTarget,omitzero"`
	// Calls are the services that it calls. Default: none.
	Calls []string `json:"calls,omitzero"`
	// Uses are the stores that it uses: database and cache, where the stack has them. Default: none.
	Uses []string `json:"uses,omitzero"`
	// Sends are the queues that it sends to. Default: none.
	Sends []string `json:"sends,omitzero"`
	// Receives are the queues that it receives from. Default: none.
	Receives []string `json:"receives,omitzero"`
	// Publishes are the topics that it publishes to. Default: none.
	Publishes []string `json:"publishes,omitzero"`
	// Reads are the buckets that it reads. Default: none.
	Reads []string `json:"reads,omitzero"`
	// Writes are the buckets that it writes to. Default: none.
	Writes []string `json:"writes,omitzero"`
	// Environment are more variables of its environment; no secrets. Default: none.
	Environment map[string]string `json:"environment,omitzero"`
	// Canary is a second image that gets a share of the requests. Default: none.
	Canary *CanaryConfig `json:"canary,omitzero"`
	// DeletionProtection is to be false, in a deploy of its own, before the service is dropped, or
	// the database from what it uses: its repository and its login go then. Default: that of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
}

// CanaryConfig is a new version on trial.
type CanaryConfig struct {
	// Image is the new version. Required.
	Image string `json:"image,omitzero"`
	// Weight is its share of the requests that come by the load balancer, 0 to 100 percent. Default: 0.
	Weight int `json:"weight,omitzero"`
}

// Who makes nodes.
const (
	computeAuto      = "Auto"
	computeKarpenter = "Karpenter"
)

// What services may use.
const (
	usesDatabase = "database"
	usesCache    = "cache"
)

var (
	minorForm = regexp.MustCompile(`^1\.[0-9]{2}$`)
	roleForm  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$`)
	// What the stack tells services: where stores, queues, topics, buckets and other services are.
	reservedVariable = regexp.MustCompile(`^(DATABASE|CACHE|QUEUE|TOPIC|BUCKET)_|_URL$`)
	labelForm        = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$`)
)

// mostTargetGroups is how many a load balancer has at most; AWS does not raise it.
const mostTargetGroups = 100

// setClusterDefaults completes what is configured of the cluster and its services.
func (e *Environment) setClusterDefaults() {
	production := e.Profile != Development
	cpus, cpu, memory, least, most := 16, "50m", "64Mi", 1, 1
	if production {
		cpus, cpu, memory, least, most = 256, "250m", "256Mi", max(len(e.Network.Zones), 2), 4
	}
	if c := e.Cluster; c != nil {
		defaultTo(&c.Compute, computeAuto)
		defaultTo(&c.MaxCpus, cpus)
		if c.ControlPlaneZones == nil {
			zones := slices.Sorted(slices.Values(e.Network.Zones))
			c.ControlPlaneZones = zones[:min(2, len(zones))]
		}
		if c.ApiCidrs == nil {
			c.ApiCidrs = []string{e.Network.CidrBlock}
		}
	}
	for name, s := range e.Services {
		defaultTo(&s.Port, 8080)
		defaultTo(&s.HealthPath, "/healthz")
		defaultTo(&s.ReadyPath, "/readyz")
		defaultTo(&s.Cpu, cpu)
		defaultTo(&s.Memory, memory)
		defaultTo(&s.MinReplicas, least)
		defaultTo(&s.MaxReplicas, most*s.MinReplicas)
		defaultTo(&s.CpuTarget, 60)
		refTo(&s.DeletionProtection, *e.DeletionProtection)
		e.Services[name] = s
	}
}

func (e *Environment) validateCluster(errs *fielderr.List) {
	if e.Cluster == nil {
		if len(e.Services) > 0 {
			errs.Add("services", "need cluster, which they run in")
		}
		return
	}
	c, at := e.Cluster, errs.At("cluster")
	matches(at, "version", c.Version, minorForm, "a minor version such as 1.35, in quotes")
	oneOf(at, "compute", c.Compute, computeAuto, computeKarpenter)
	if len(c.ControlPlaneZones) < 2 {
		at.Add("controlPlaneZones", "must be two zones or more")
	}
	for i, zone := range c.ControlPlaneZones {
		if !slices.Contains(e.Network.Zones, zone) {
			at.Invalid(fielderr.Join("controlPlaneZones", fielderr.Index(i)), zone, "is not one of network.zones")
		}
	}
	if len(c.Admins) == 0 {
		at.Add("admins", "must name the role that deploys the stack: nobody else could reach what it makes")
	}
	for _, name := range sortedKeys(c.Admins) {
		if !roleForm.MatchString(c.Admins[name]) {
			at.Invalid(fielderr.Join("admins", fielderr.Key(name)), c.Admins[name], "is not the ARN of an IAM role")
		}
	}
	validateCidrs(at, "apiCidrs", c.ApiCidrs, true)
	validateCidrs(at, "publicApiCidrs", c.PublicApiCidrs, true)
	if e.Profile == Production && slices.Contains(c.PublicApiCidrs, "0.0.0.0/0") {
		at.Add("publicApiCidrs", "production does not open the API server to the whole internet")
	}
	if c.MaxCpus < 2 {
		at.Invalid("maxCpus", c.MaxCpus, "must be 2 or more")
	}
	if len(e.routed()) > 0 {
		e.validateServing(at, c.CertificateArn, c.DomainName, c.HostedZoneId, c.Plaintext)
	}
	e.validateServices(errs)
}

// validateServices checks what the stack decides; the component checks the rest.
func (e *Environment) validateServices(errs *fielderr.List) {
	paths, groups := map[string]string{}, 0
	for _, name := range sortedKeys(e.Services) {
		s, at := e.Services[name], errs.At("services", fielderr.Key(name))
		if !labelForm.MatchString(name) || name == appUser {
			at.Add("", "a service's name has 1 to 24 lower-case letters, digits and hyphens, begins with a letter, and is not %s", appUser)
		}
		if slices.Contains(s.Calls, name) {
			at.Add("calls", "a service does not call itself")
		}
		s.validate(at, e)
		if s.Path != "" {
			groups++
			if other, taken := paths[s.Path]; taken {
				at.Invalid("path", s.Path, "is that of services.%s", other)
			}
			paths[s.Path] = name
		}
		if s.Canary != nil {
			groups++
		}
	}
	if groups > mostTargetGroups {
		errs.Add("services", "%d have a path or are a canary, and a load balancer has %d target groups at most", groups, mostTargetGroups)
	}
}

func (s *ServiceConfig) validate(errs *fielderr.List, e *Environment) {
	if s.Image == "" {
		errs.Required("image")
	}
	between(errs, "port", s.Port, 1024, 65535)
	if s.MinReplicas < 1 || s.MaxReplicas < s.MinReplicas {
		errs.Invalid("minReplicas", s.MinReplicas, "must be 1 or more and not above maxReplicas (%d)", s.MaxReplicas)
	}
	if e.Profile == Production && s.MinReplicas < 2 {
		errs.Invalid("minReplicas", s.MinReplicas, "production runs two replicas or more")
	}
	if s.Path != "" && (!strings.HasPrefix(s.Path, "/") || len(s.Path) > 126) {
		errs.Invalid("path", s.Path, "must begin with / and have 126 characters at most")
	}
	known(errs, "calls", s.Calls, sortedKeys(e.Services), "services")
	e.validateUses(errs, s.Uses)
	known(errs, "sends", s.Sends, sortedKeys(e.Queues), "queues")
	known(errs, "receives", s.Receives, sortedKeys(e.Queues), "queues")
	known(errs, "publishes", s.Publishes, sortedKeys(e.Topics), "topics")
	known(errs, "reads", s.Reads, sortedKeys(e.Buckets), "buckets")
	known(errs, "writes", s.Writes, sortedKeys(e.Buckets), "buckets")
	for _, key := range sortedKeys(s.Environment) {
		if reservedVariable.MatchString(key) {
			errs.Add(fielderr.Join("environment", fielderr.Key(key)), "is set by what the service uses and calls")
		}
	}
	if s.Canary != nil {
		if s.Canary.Image == "" {
			errs.Required("canary.image")
		}
		between(errs, "canary.weight", s.Canary.Weight, 0, 100)
		if s.Path == "" {
			errs.Add("canary", "needs path: the load balancer weighs the requests")
		}
	}
}

func (e *Environment) validateUses(errs *fielderr.List, uses []string) {
	there := map[string]bool{usesDatabase: e.Database != nil, usesCache: e.Cache != nil}
	known(errs, "uses", uses, []string{usesCache, usesDatabase}, "stores")
	for i, name := range uses {
		if has, ok := there[name]; ok && !has {
			errs.Invalid(fielderr.Join("uses", fielderr.Index(i)), name, "is not there; the stack has no %s", name)
		}
	}
}

// users are the services that use a store, sorted.
func (e *Environment) users(store string) []string {
	return having(e.Services, func(s ServiceConfig) bool { return slices.Contains(s.Uses, store) })
}

// callers are the services that call a service, sorted.
func (e *Environment) callers(service string) []string {
	return having(e.Services, func(s ServiceConfig) bool { return slices.Contains(s.Calls, service) })
}

// routed are the services that the load balancer knows, sorted.
func (e *Environment) routed() []string {
	return having(e.Services, func(s ServiceConfig) bool { return s.Path != "" })
}

// having are the keys of what has something, sorted.
func having[V any](m map[string]V, has func(V) bool) []string {
	return slices.DeleteFunc(sortedKeys(m), func(key string) bool { return !has(m[key]) })
}

// known checks that a list names things that there are, each once.
func known(errs *fielderr.List, field string, names, all []string, what string) {
	for i, name := range names {
		at := fielderr.Join(field, fielderr.Index(i))
		one(errs, at, name, all, what)
		if slices.Contains(names[:i], name) && slices.Contains(all, name) {
			errs.Invalid(at, name, "is listed twice")
		}
	}
}

// one checks that a name is that of something that there is.
func one(errs *fielderr.List, path, name string, all []string, what string) {
	if !slices.Contains(all, name) {
		errs.Invalid(path, name, "is not one of the %s (%s)", what, strings.Join(all, ", "))
	}
}
