package kube

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// cluster is one API server and its store.
type cluster struct {
	name    string
	options Options

	mu      sync.Mutex
	kinds   map[string]*Kind // by "apiVersion kind"
	objects map[ref]*object
	inside  map[string]map[ref]bool // by namespace
	alike   map[kindRef]map[ref]bool
	births  map[ref]int             // how often an object of the name was made
	holders map[string]map[ref]bool // by what they hold
	// loads are what pods request of node pools.
	loads map[string]float64
	// ground is what the cluster stands on; nil if it is on its own.
	ground *ground.Cluster
}

// ref identifies an object; the version of the API it is seen through does not matter.
type ref struct{ group, kind, namespace, name string }

// kindRef identifies a kind in all its versions.
type kindRef struct{ group, kind string }

type object struct {
	kind     *Kind
	value    tree
	owners   owners
	implicit bool
	work
}

// work is what controllers remember of an object.
type work struct {
	// waits is why the object is not ready yet.
	waits []string
	// holds is in whose name a controller has made something in the cloud for the object; keeps says that it is to stay.
	holds string
	keeps bool
	// provisioner made the volume of a claim.
	provisioner string
	// pool is the node pool in which pods are, cpu what they request there, in thousandths of a processor.
	pool string
	cpu  float64
	// brought are the objects that a chart has made.
	brought []ref
}

// epoch is when the simulated world begins. Every change of an object is a second later, whatever happens to others: a common clock, or a real
// one, would make runs differ.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newCluster(name string, o Options) *cluster {
	o = o.complete()
	c := &cluster{name: name, options: o, kinds: map[string]*Kind{}, objects: map[ref]*object{},
		inside: map[string]map[ref]bool{}, alike: map[kindRef]map[ref]bool{}, births: map[ref]int{}, holders: map[string]map[ref]bool{}, loads: map[string]float64{}}
	for _, k := range slices.Concat(loadAPI().Kinds, o.Custom) {
		c.addKind(k)
	}
	for _, start := range []struct{ apiVersion, kind, namespace, name string }{
		{"v1", "Namespace", "", "default"}, {"v1", "Namespace", "", "kube-system"}, {"v1", "Namespace", "", "kube-public"},
		{"v1", "Namespace", "", "kube-node-lease"}, {"v1", "ServiceAccount", "default", "default"},
	} {
		c.begin(start.apiVersion, start.kind, start.namespace, start.name, nil)
	}
	return c
}

// begin stores an object that nobody deploys.
func (c *cluster) begin(apiVersion, kind, namespace, name string, more tree) {
	value := clone(more)
	if value == nil {
		value = tree{}
	}
	value["apiVersion"], value["kind"] = apiVersion, kind
	value.set("metadata.name", name)
	if namespace != "" {
		value.set("metadata.namespace", namespace)
	}
	c.store(&object{kind: c.kinds[apiVersion+" "+kind], value: value, owners: owners{}, implicit: true}, nil)
}

func (c *cluster) addKind(k Kind) { c.kinds[k.APIVersion()+" "+k.Kind] = &k }

// kindOf finds the kind a manifest names; nil if the server has none of that name.
func (c *cluster) kindOf(apiVersion, kind string) *Kind {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kinds[apiVersion+" "+kind]
}

// request is one write, as rules see it.
type request struct {
	*cluster
	kind *Kind
	ref  ref
	// old is what exists, or nil; new is what shall exist.
	old, new tree
	// served is what the server itself adds to a new object: nobody owns it, so nobody takes it away by leaving it out.
	served tree
	rule   string
	causes []Cause
}

// options of a write.
type write struct {
	by     manager
	force  bool
	dryRun bool
}

func noMatch(apiVersion, kind string) *StatusError {
	return refuse(NotFound, "no matches for kind %q in version %q", kind, apiVersion)
}

// create makes an object that must not exist yet.
func (c *cluster) create(value tree, w write) (tree, *StatusError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.request("create", value)
	if err != nil {
		return nil, err
	}
	if r.old != nil {
		return nil, refuse(AlreadyExists, "%s %q already exists", r.kind.qualified(r.kind.Plural), r.ref.name)
	}
	return c.admit(r, w, func() owners {
		all := updateTo(r.kind, nil, r.new, owners{}, w.by)
		all.disown(manager{}, setOf(r.kind.root(), map[string]any(r.served)))
		return all
	})
}

// apply is server-side apply: it makes the object or changes the fields given.
func (c *cluster) apply(value tree, w write) (tree, *StatusError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.request("patch", value)
	if err != nil {
		return nil, err
	}
	var before owners
	if o := c.objects[r.ref]; o != nil {
		before = o.owners
	}
	if repeated := duplicates(r.kind.root(), map[string]any(r.new), ""); len(repeated) > 0 {
		return nil, r.unreadable(repeated)
	}
	// Whether a value differs from another owner's is decided by how it is written: 2000m is not 2.
	given, _ := withoutNulls(map[string]any(value)).(map[string]any)
	result, after, err := applyTo(r.kind, r.old, before, w.by, given, w.force)
	if err != nil {
		return nil, err
	}
	decode(r.kind.root(), result, "", func(string, string) {})
	r.new = result
	r.place()
	return c.admit(r, w, func() owners { return after })
}

// change replaces an object the way any client may that does not apply.
func (c *cluster) change(kind, namespace, name, by string, change func(map[string]any) map[string]any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at, o := range c.objects {
		if at.kind != kind || at.namespace != namespace || at.name != name {
			continue
		}
		value := change(clone(map[string]any(o.value)))
		if value == nil {
			c.remove(at)
			return nil
		}
		r, err := c.request("update", value)
		if err != nil {
			return err
		}
		w := write{by: manager{name: by}}
		if _, err := c.admit(r, w, func() owners { return updateTo(o.kind, o.value, r.new, o.owners, w.by) }); err != nil {
			return err
		}
		return nil
	}
	return refuse(NotFound, "%s %q not found", strings.ToLower(kind), name)
}

// transfer gives all that one manager owns to another.
func (c *cluster) transfer(at ref, from, to manager) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.objects[at]
	if o == nil || from == to || o.owners[from] == nil {
		return
	}
	all := o.owners.clone()
	if all[to] == nil {
		all[to] = fieldSet{}
	}
	for path := range all[from] {
		all[to][path] = true
	}
	delete(all, from)
	o.owners = all
}

// get returns a copy of an object, or nil.
func (c *cluster) get(at ref) tree {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.objects[at]; o != nil {
		c.look(o)
		return clone(o.value)
	}
	return nil
}

// request reads what a client sent.
func (c *cluster) request(verb string, value tree) (*request, *StatusError) {
	kind := c.kinds[value.str("apiVersion")+" "+value.str("kind")]
	if kind == nil {
		return nil, noMatch(value.str("apiVersion"), value.str("kind"))
	}
	r := &request{cluster: c, kind: kind, new: clone(value)}
	var wrong []string
	decode(kind.root(), map[string]any(r.new), "", func(path, message string) {
		wrong = append(wrong, "."+path+": "+message)
	})
	if len(wrong) > 0 {
		return nil, r.unreadable(wrong)
	}
	r.place()
	r.ref = refOf(kind, r.new)
	if err := c.forbid(verb, kind, r.ref.namespace); err != nil {
		return nil, err
	}
	if o := c.objects[r.ref]; o != nil {
		r.old = o.value
	} else if ns := r.ref.namespace; kind.Namespaced && c.objects[ref{kind: "Namespace", name: ns}] == nil {
		return nil, refuse(NotFound, "namespaces %q not found", ns)
	}
	return r, nil
}

// place writes the namespace out.
func (r *request) place() {
	switch {
	case !r.kind.Namespaced:
		r.new.remove("metadata.namespace")
	case r.new.sub("metadata") != nil:
		def(r.new, "metadata.namespace", "default")
	}
}

func (r *request) unreadable(wrong []string) *StatusError {
	list := wrong[0]
	if len(wrong) > 1 {
		list = "errors:\n  " + strings.Join(wrong, "\n  ")
	}
	return refuse(BadRequest, "failed to create typed patch object (%s/%s; %s, Kind=%s): %s", r.new.str("metadata.namespace"),
		r.new.str("metadata.name"), r.kind.APIVersion(), r.kind.Kind, list)
}

func refOf(kind *Kind, value tree) ref {
	at := ref{group: kind.Group, kind: kind.Kind, name: value.str("metadata.name")}
	if kind.Namespaced {
		at.namespace = value.str("metadata.namespace")
		if at.namespace == "" {
			at.namespace = "default"
		}
	}
	return at
}

// admit fills in, judges and stores what shall exist.
func (c *cluster) admit(r *request, w write, after func() owners) (tree, *StatusError) {
	complete(r)
	if err := judge(r); err != nil {
		return nil, err
	}
	o := &object{kind: r.kind, value: r.new, owners: after()}
	if before := c.objects[r.ref]; before != nil {
		o.implicit, o.work = before.implicit, before.work
	}
	if w.dryRun {
		c.stamp(o, r.old)
		return clone(o.value), nil
	}
	c.store(o, r.old)
	return clone(o.value), nil
}

// store keeps an object, and lets the controllers see it.
func (c *cluster) store(o *object, old tree) {
	at := refOf(o.kind, o.value)
	c.stamp(o, old)
	if c.objects[at] == nil {
		c.births[at]++
	}
	c.keep(at, o)
	c.control(o, old)
	c.options.Pulse.Beat()
}

// keep puts an object where it can be found.
func (c *cluster) keep(at ref, o *object) {
	c.objects[at] = o
	members(c.inside, at.namespace)[at] = true
	members(c.alike, kindRef{at.group, at.kind})[at] = true
	if o.holds != "" {
		members(c.holders, o.holds)[at] = true
	}
}

// forget removes an object from the store.
func (c *cluster) forget(at ref) {
	c.settleOn(c.objects[at], "", 0)
	delete(c.objects, at)
	delete(c.inside[at.namespace], at)
	delete(c.alike[kindRef{at.group, at.kind}], at)
	c.options.Pulse.Beat()
}

// all lists the objects of a kind, in the order of their names.
func (c *cluster) all(group, kind string) []*object {
	var out []*object
	for at := range c.alike[kindRef{group, kind}] {
		out = append(out, c.objects[at])
	}
	slices.SortFunc(out, func(a, b *object) int { return strings.Compare(idOf(a.value), idOf(b.value)) })
	return out
}

func members[K, V comparable](of map[K]map[V]bool, at K) map[V]bool {
	if of[at] == nil {
		of[at] = map[V]bool{}
	}
	return of[at]
}

// uid is what tells an object from all others, also from earlier ones of its name.
func (c *cluster) uid(at ref) string {
	sum := sha256.Sum256(fmt.Append(nil, at, c.births[at]))
	id := fmt.Sprintf("%x", sum[:16])
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", id[:8], id[8:12], id[13:16], id[17:20], id[20:])
}

// stamp writes what the API server keeps in an object's metadata.
func (c *cluster) stamp(o *object, old tree) {
	meta := o.value.sub("metadata")
	version := 1
	if old == nil {
		meta["uid"] = c.uid(refOf(o.kind, o.value))
		meta["creationTimestamp"] = epoch.Format(time.RFC3339)
		meta["generation"] = 1.0
	} else {
		was := old.sub("metadata")
		meta["uid"], meta["creationTimestamp"] = was["uid"], was["creationTimestamp"]
		generation, _ := was.num("generation")
		if show(old["spec"]) != show(o.value["spec"]) {
			generation++
		}
		meta["generation"] = generation
		_, _ = fmt.Sscan(was.str("resourceVersion"), &version)
		version++
	}
	meta["resourceVersion"] = fmt.Sprint(version)
}

func (c *cluster) list(implicit bool) []Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Object
	for at, o := range c.objects {
		if o.implicit && !implicit {
			continue
		}
		managers := map[string][]string{}
		for m, set := range o.owners {
			managers[m.String()] = set.sorted()
		}
		out = append(out, Object{Cluster: c.name, APIVersion: o.kind.APIVersion(), Kind: at.kind, Namespace: at.namespace, Name: at.name,
			Value: clone(map[string]any(o.value)), Managers: managers, Implicit: o.implicit})
	}
	return out
}
