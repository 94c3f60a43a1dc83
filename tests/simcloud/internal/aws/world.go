// Package aws is the cloud itself: what exists, where, and the rules AWS holds its customers to. It knows nothing of Pulumi's protocol.
//
// A World is a store of resources, each in an account and a region. An operation runs in three steps under one lock: the rules of its
// kind judge it (rules_*.go, one file per AWS service), computed properties are filled in (data/computed.json, fill.go), and the change is
// stored. Adding a service means adding rows to the data files and a rules file.
package aws

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
)

// Scope is where a request is made: by which account, in which region.
type Scope struct {
	Account string
	Region  string
}

// Partition is the ARN partition of the region.
func (s Scope) Partition() string {
	switch {
	case strings.HasPrefix(s.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.Region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// Resource is one thing that exists.
type Resource struct {
	Scope
	Kind  string
	Token string
	ID    string
	URN   string
	Props Obj
	// Implicit resources were made by AWS along with another one, such as a VPC's main route table. OwnerKind and Owner are that other one's
	// kind and ID.
	Implicit         bool
	OwnerKind, Owner string
	// pending is what will change in the maintenance window.
	pending Obj
	// asked is what the request that made it wanted, if AWS recognises requests of its kind.
	asked string
}

// World holds everything that exists. Its methods may be used by many goroutines.
type World struct {
	mu     sync.Mutex
	kinds  map[string]map[string]*Resource // kind -> key -> resource
	births map[string]int                  // how often an ID was made for the same name, for repeatable IDs
	owned  map[owner]map[place]bool        // where what was made along with something is
	filed  map[entry]map[string]bool       // keys by property
	seed   uint64
	// outside says that who calls a cluster does so from outside its network.
	outside bool
}

// NewWorld makes an empty cloud. The same seed gives the same IDs.
func NewWorld(seed uint64) *World {
	return &World{kinds: map[string]map[string]*Resource{}, births: map[string]int{}, owned: map[owner]map[place]bool{}, filed: map[entry]map[string]bool{}, seed: seed}
}

// ErrNotFound says that a resource does not exist, or no longer.
var ErrNotFound = errors.New("resource does not exist")

// Error is a refusal by AWS.
type Error struct {
	Rule    string
	Code    string
	Message string
	Source  string
	Op      Op
	Kind    string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: api error %s: %s", [...]string{Create: "creating", Update: "updating", Delete: "deleting"}[e.Op], e.Kind, e.Code, e.Message)
}

// kindAliases names the kinds that are the same AWS resource under two Pulumi tokens.
var kindAliases = map[string]string{
	"s3.bucketV2": "s3.bucket", "s3.bucketObjectv2": "s3.bucketObject", "ec2.defaultVpc": "ec2.vpc", "ec2.defaultSubnet": "ec2.subnet",
}

// KindOf turns a type token into the short kind that rules use: aws:ec2/subnet:Subnet is ec2.subnet.
func KindOf(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return token
	}
	kind := strings.Replace(parts[1], "/", ".", 1)
	if rest, ok := strings.CutPrefix(kind, "alb."); ok {
		kind = "lb." + rest
	}
	if alias, ok := kindAliases[kind]; ok {
		return alias
	}
	if strings.HasPrefix(kind, "s3.") {
		kind = strings.TrimSuffix(kind, "V2")
	}
	return kind
}

// globalServices have no region: what one region's provider makes, all see.
var globalServices = map[string]bool{"iam": true, "route53": true, "cloudfront": true, "globalaccelerator": true, "budgets": true, "costexplorer": true}

func service(kind string) string { s, _, _ := strings.Cut(kind, "."); return s }

// identities says, for the kinds whose IDs are only unique within another resource, which properties tell them apart, and where the ID stands
// among them.
var identities = map[string]string{
	"autoscaling.policy": "autoscalingGroupName id", "autoscaling.schedule": "autoscalingGroupName id", "autoscaling.lifecycleHook": "autoscalingGroupName id",
	"cloudwatch.logStream": "logGroupName id", "cloudwatch.logMetricFilter": "logGroupName id", "s3.bucketObject": "bucket id", "lambda.permission": "function id",
	"appautoscaling.target": "serviceNamespace id scalableDimension", "appautoscaling.policy": "serviceNamespace resourceId scalableDimension id",
	"appautoscaling.scheduledAction": "id scalableDimension",
}

// identity is what a resource is found by in its account and region: its ID, with what it is within if need be. Imports write it the same way.
func identity(kind, id string, props Obj) string {
	if of := subjects[kind]; of != nil {
		return of(id, props)
	}
	var parts []string
	for _, word := range strings.Fields(identities[kind]) {
		part := props.Str(word)
		if word == "id" {
			part = id
		}
		if part == "" {
			return id
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return id
	}
	return strings.Join(parts, "/")
}

func (s Scope) key(kind, id string) string {
	if globalServices[service(kind)] {
		return s.Account + "//" + id
	}
	return s.Account + "/" + s.Region + "/" + id
}

// Request is one operation on one resource, as the rules see it.
type Request struct {
	Scope
	*World
	Op    Op
	Kind  string
	Token string
	URN   string
	ID    string
	// New is what is wanted (create, update), Old what exists (update, delete).
	New, Old Obj
	// Known is what the deployment remembers of the resource; it tells resources with the same ID apart.
	Known Obj
	// Repeat says that the SDK sends the request again because it had no answer, or a refusal that will pass.
	Repeat bool
	// Timeout is how long the provider waits; 0 if the program does not say.
	Timeout time.Duration
	// Code is the deployment package that comes with the request; nil if none does, or it cannot be read.
	Code *Package
}

// Copy is a request of its own: to carry one out changes it.
func (r *Request) Copy() *Request {
	out := *r
	out.New = facts.Clone(map[string]any(r.New))
	return &out
}

// Apply judges a request and carries it out. For a create it returns the new resource, for an update the changed one.
func (w *World) Apply(r *Request, recompute []string, computed map[string]*facts.Property) (*Resource, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.World = w
	r.Kind = KindOf(r.Token)
	if r.Op != Create {
		existing := w.remembered(r.Scope, r.Kind, r.ID, r.Known)
		if existing == nil {
			return nil, ErrNotFound
		}
		r.Old = existing.Props
	}
	asked := ""
	if r.Op == Create {
		asked = wanted(r)
		r.completeName()
		if earlier := w.recognise(r, asked); earlier != nil {
			r.ID = earlier.ID
			return earlier.copy(), nil
		}
	}
	if err := judge(r); err != nil {
		return nil, err
	}
	switch r.Op {
	case Create:
		r.ID = w.fill(r, computed)
		res := &Resource{Scope: r.Scope, Kind: r.Kind, Token: r.Token, ID: r.ID, URN: r.URN, Props: r.New, asked: asked}
		switch other := w.lookup(r.Scope, r.Kind, identity(r.Kind, r.ID, r.New)); {
		case other == nil:
		case r.overwrites():
			w.discard(other)
		default:
			return nil, &Error{Rule: "id-taken", Code: "AlreadyExists", Source: "Common errors", Op: Create, Kind: r.Kind,
				Message: say("%s %s already exists", r.Kind, r.ID)}
		}
		w.births[r.URN]++
		w.put(res)
		w.after(r, res)
		return res.copy(), nil
	case Update:
		for _, name := range recompute {
			delete(r.New, name)
		}
		pending := r.postpone()
		w.fill(r, computed)
		res := w.lookup(r.Scope, r.Kind, identity(r.Kind, r.ID, r.Old))
		w.discard(res)
		res.Props, res.pending = r.New, pending
		if r.URN != "" {
			res.URN = r.URN
		}
		w.put(res)
		w.after(r, res)
		return res.copy(), nil
	default:
		if hook := deleteHooks[r.Kind]; hook != nil {
			hook(r)
		}
		w.remove(r)
		return nil, nil
	}
}

// Judge says what AWS would refuse about a request now, without carrying it out.
func (w *World) Judge(r *Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	probe := r.Copy()
	probe.World, probe.Kind = w, KindOf(r.Token)
	if r.Op == Create {
		probe.completeName()
	} else {
		existing := w.remembered(r.Scope, probe.Kind, r.ID, r.Known)
		if existing == nil {
			return ErrNotFound
		}
		probe.Old = existing.Props
	}
	return judge(probe)
}

// NameSeed gives the random part of an automatic name: the same from preview to creation, another once a resource has been made under the URN.
// The engine's own seed differs from run to run.
func (w *World) NameSeed(s Scope, urn string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return []byte(fmt.Sprintf("%d|%s|%s|%d", w.seed, s.Account, urn, w.births[urn]))
}

// Read returns a copy of what exists, or nil. known is what the caller remembers of the resource.
func (w *World) Read(s Scope, token, id string, known Obj) *Resource {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.remembered(s, KindOf(token), id, known); r != nil {
		return r.copy()
	}
	return nil
}

// List returns copies of everything that exists, sorted by kind, account, region and ID; what AWS made by itself only if asked for.
func (w *World) List(implicit bool) []*Resource {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*Resource
	for _, byKey := range w.kinds {
		for _, r := range byKey {
			if !r.Implicit || implicit {
				out = append(out, r.copy())
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].order() < out[j].order() })
	return out
}

// Put adds a resource that exists from the start, or that nobody deploys; no rule judges it.
func (w *World) Put(r *Resource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Kind = KindOf(r.Token)
	if r.Props == nil {
		r.Props = Obj{}
	}
	req := &Request{World: w, Op: Create, Scope: r.Scope, Kind: r.Kind, Token: r.Token, URN: r.URN, ID: r.ID, New: r.Props}
	if t, err := facts.Lookup(r.Token); err == nil {
		if id := w.fill(req, t.Properties); r.ID == "" {
			r.ID = id
			w.births[r.URN]++
		}
	}
	w.put(r)
	w.after(req, r)
}

// Change alters every resource with the ID behind everybody's back; vanish removes it.
func (w *World) Change(id string, change func(props map[string]any) (vanish bool)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := false
	for _, byKey := range w.kinds {
		for key, r := range byKey {
			if r.ID != id && r.URN != id {
				continue
			}
			found = true
			before := r.copy().Props
			if change(r.Props) {
				delete(byKey, key)
			}
			w.file(r)
			readVersion(r.Props, before)
			if r.Kind == cacheGroup {
				fillCacheGroup(&Request{World: w, Scope: r.Scope, Op: Update, Kind: r.Kind, New: r.Props, Old: before})
			}
		}
	}
	if !found {
		return fmt.Errorf("change %s: %w", id, ErrNotFound)
	}
	return nil
}

func (w *World) put(r *Resource) {
	byKey := w.kinds[r.Kind]
	if byKey == nil {
		byKey = map[string]*Resource{}
		w.kinds[r.Kind] = byKey
	}
	at := place{r.Kind, r.key(r.Kind, identity(r.Kind, r.ID, r.Props))}
	byKey[at.key] = r
	w.file(r)
	if r.Implicit {
		w.own(r, at)
	}
}

func (w *World) lookup(s Scope, kind, id string) *Resource { return w.kinds[kind][s.key(kind, id)] }

func (w *World) remove(r *Request) {
	w.discard(w.lookup(r.Scope, r.Kind, identity(r.Kind, r.ID, r.Old)))
	w.removeOwned(r.Scope, r.Kind, r.ID)
}

func (w *World) discard(r *Resource) {
	key := r.key(r.Kind, identity(r.Kind, r.ID, r.Props))
	w.unfile(r, key)
	delete(w.kinds[r.Kind], key)
}

func (r *Resource) copy() *Resource {
	out := *r
	out.Props = facts.Clone(map[string]any(r.Props))
	return &out
}

func (r *Resource) order() string {
	return strings.Join([]string{r.Kind, r.Account, r.Region, r.ID}, "\x00")
}
