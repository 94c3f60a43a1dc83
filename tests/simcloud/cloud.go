package simcloud

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/kube"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/pulse"
)

// Cloud is a simulated AWS: what exists in it outlives servers and deployments, as the real one does.
type Cloud struct {
	world *aws.World
	// kubernetes are the clusters that programs deploy into.
	kubernetes *kube.Server
	account    string
	seed       uint64
	// outside says that the caller is not in the clusters' networks.
	outside bool
	// existing is what is there before anything is deployed.
	existing []Resource
	// patience is how long is waited, in real time, for the rest of the cloud to move on, and pulse shows that it does.
	patience time.Duration
	pulse    *pulse.Pulse
	// pace is the real time that stands for a second.
	pace time.Duration
	busy busy

	mu     sync.Mutex
	gaps   map[string]bool
	faults []*activeFault
	clock  clock
}

// Option alters a new cloud.
type Option func(*Cloud)

// WithSeed makes the IDs that AWS hands out different from those of another seed. Default: 1.
func WithSeed(seed uint64) Option { return func(c *Cloud) { c.seed = seed } }

// WithAccount says which account the ambient credentials belong to; a provider whose allowedAccountIds exclude it fails to configure, as it
// would with real ones. Default: the first of allowedAccountIds, else 123456789012.
func WithAccount(id string) Option { return func(c *Cloud) { c.account = id } }

// WithCallerOutside runs deployments outside the networks of clusters, as a laptop or a hosted runner does: only a public endpoint answers
// them. Default: in the network, where a private endpoint answers too, once a security group of the cluster admits port 443.
func WithCallerOutside() Option { return func(c *Cloud) { c.outside = true } }

// WithExisting puts resources into the cloud that no deployment made: a VPC to build into, a hosted zone. Type, Region, Account and Props
// count; ID and what AWS computes are filled in where missing.
func WithExisting(resources ...Resource) Option {
	return func(c *Cloud) { c.existing = append(c.existing, resources...) }
}

// WithPatience bounds the real time that a refused deletion, or an object that is not ready, waits for others to finish. Default: two seconds
// without any progress.
func WithPatience(d time.Duration) Option { return func(c *Cloud) { c.patience = d } }

// WithPace makes every operation take real time: so much per second it would take on AWS. AWS judges a request when it arrives and shows the
// result when it is done, so an order that the program forgot to ask for shows as a refusal, as it would there. Default: no time at all.
func WithPace(perSecond time.Duration) Option { return func(c *Cloud) { c.pace = perSecond } }

// WithFaults makes operations fail on demand.
func WithFaults(faults ...Fault) Option {
	return func(c *Cloud) {
		for _, f := range faults {
			c.Inject(f)
		}
	}
}

// New makes an empty cloud.
func New(opts ...Option) *Cloud {
	c := &Cloud{seed: 1, patience: 2 * time.Second, clock: newClock(), gaps: map[string]bool{}}
	for _, opt := range opts {
		opt(c)
	}
	c.world, c.pulse = aws.NewWorld(c.seed), pulse.New(c.patience)
	if c.outside {
		c.world.StandOutside()
	}
	c.kubernetes = kube.New(kube.Options{Cloud: c.world, Pulse: c.pulse})
	for _, r := range c.existing {
		c.world.Put(&aws.Resource{Scope: aws.Scope{Account: r.Account, Region: r.Region}, Token: r.Type, ID: r.ID, URN: r.URN, Props: facts.Clone(r.Props)})
	}
	return c
}

// Resource is one thing that exists in the cloud.
type Resource struct {
	// Type is the Pulumi type token, such as aws:ec2/vpc:Vpc.
	Type string
	// ID is what AWS, or the provider, identifies it by within its type, account and region.
	ID string
	// URN is the Pulumi name it was deployed under; empty if no deployment made it.
	URN     string
	Region  string
	Account string
	// Owner is what AWS or a controller made it for, such as "kubernetes main/NodePool/apps" or "ec2.vpc vpc-1"; empty if somebody deployed it.
	Owner string
	Props map[string]any
}

// Resources lists what exists now, sorted by type, account, region and ID. What AWS or a cluster makes by itself, such as a VPC's main route
// table, is left out, and also what the controllers of a cluster made, until they can no longer delete it: then it is left over. Objects in
// Kubernetes clusters have no account, region and URN; their ID is "namespace/name".
func (c *Cloud) Resources() []Resource {
	var out []Resource
	for _, r := range c.world.List(false) {
		out = append(out, published(r))
	}
	for _, o := range c.kubernetes.Objects(false) {
		out = append(out, Resource{
			Type: "kubernetes:" + o.APIVersion + ":" + o.Kind, ID: strings.TrimPrefix(o.Namespace+"/"+o.Name, "/"), Props: o.Value,
		})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Type < out[j].Type })
	return out
}

// Implicit lists what AWS and the controllers of clusters made by themselves, in the order of Resources: a VPC's main route table, the nodes
// of a node pool, the load balancer of an Ingress. It goes with what it was made for.
func (c *Cloud) Implicit() []Resource {
	var out []Resource
	for _, r := range c.world.List(true) {
		if r.Implicit {
			out = append(out, published(r))
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Type < out[j].Type })
	return out
}

func published(r *aws.Resource) Resource {
	owner := strings.TrimSpace(r.OwnerKind + " " + r.Owner)
	return Resource{Type: r.Token, ID: r.ID, URN: r.URN, Region: r.Region, Account: r.Account, Owner: owner, Props: r.Props}
}

// Drift changes a resource behind Pulumi's back. id is its ID or its URN.
func (c *Cloud) Drift(id string, change func(props map[string]any)) error {
	return c.world.Change(id, func(props map[string]any) bool { change(props); return false })
}

// Maintain lets the maintenance windows pass: changes of databases and caches that were not to be applied immediately are made.
func (c *Cloud) Maintain() { c.world.Maintain() }

// Vanish removes a resource behind Pulumi's back, with no rule asked.
func (c *Cloud) Vanish(id string) error {
	return c.world.Change(id, func(map[string]any) bool { return true })
}

// Busy is the real time so far during which the cloud worked on at least one request: what a rehearsal's wall time owes to the cloud.
func (c *Cloud) Busy() time.Duration { return c.busy.total() }

// busy measures the time during which anything is under way.
type busy struct {
	mu    sync.Mutex
	under int
	since time.Time
	spent time.Duration
}

func (b *busy) begin(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.under++; b.under == 1 {
		b.since = at
	}
}

func (b *busy) end(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.under--; b.under == 0 {
		b.spent += at.Sub(b.since)
	}
}

func (b *busy) total() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

// Gaps lists the properties, as "type property", that deployments have used and about which the facts of the provider say too little: whether a
// change replaces the resource, and whether AWS fills it in. They are taken to be plain optional properties. internal/facts/overlay.json is the
// place to settle them.
func (c *Cloud) Gaps() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.gaps))
}

func (c *Cloud) note(gaps []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, gap := range gaps {
		c.gaps[gap] = true
	}
}

// RuleInfo describes a rule of the cloud.
type RuleInfo struct {
	ID, Code, Source, Kinds string
}

// Rules lists what the cloud refuses, by which error code, and where AWS says so.
func Rules() []RuleInfo {
	var out []RuleInfo
	for _, r := range aws.Rules() {
		out = append(out, RuleInfo{ID: r.ID, Code: r.Code, Source: r.Source, Kinds: r.Kinds})
	}
	return out
}

func (o Operation) String() string {
	return fmt.Sprintf("%7.0f s – %7.0f s  %-6s %s", o.Start, o.End, o.Op, o.URN)
}
