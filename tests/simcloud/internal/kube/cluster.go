package kube

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// cluster is one API server and its store.
type cluster struct {
	name    string
	options Options

	mu       sync.Mutex
	kinds    map[string]*Kind // by "apiVersion kind"
	objects  map[ref]*object
	revision int
}

// ref identifies an object; the version of the API it is seen through does not matter.
type ref struct{ group, kind, namespace, name string }

type object struct {
	kind     *Kind
	value    tree
	owners   owners
	implicit bool
}

// epoch is when the simulated world begins; every change is a second later. A real clock would make runs differ.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newCluster(name string, o Options) *cluster {
	c := &cluster{name: name, options: o, kinds: map[string]*Kind{}, objects: map[ref]*object{}}
	for _, k := range slices.Concat(loadAPI().Kinds, o.Custom) {
		c.addKind(k)
	}
	for _, start := range []struct{ apiVersion, kind, namespace, name string }{
		{"v1", "Namespace", "", "default"}, {"v1", "Namespace", "", "kube-system"}, {"v1", "Namespace", "", "kube-public"},
		{"v1", "Namespace", "", "kube-node-lease"}, {"v1", "ServiceAccount", "default", "default"},
	} {
		k := c.kinds[start.apiVersion+" "+start.kind]
		value := tree{"apiVersion": start.apiVersion, "kind": start.kind, "metadata": map[string]any{"name": start.name}}
		if start.namespace != "" {
			value.set("metadata.namespace", start.namespace)
		}
		c.store(&object{kind: k, value: value, owners: owners{}, implicit: true}, nil)
	}
	return c
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
	rule     string
	causes   []Cause
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
	r, err := c.request(value)
	if err != nil {
		return nil, err
	}
	if r.old != nil {
		return nil, refuse(AlreadyExists, "%s %q already exists", r.kind.qualified(r.kind.Plural), r.ref.name)
	}
	return c.admit(r, w, func() owners { return updateTo(r.kind, nil, r.new, owners{}, w.by) })
}

// apply is server-side apply: it makes the object or changes the fields given.
func (c *cluster) apply(value tree, w write) (tree, *StatusError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.request(value)
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
			c.drop(at)
			return nil
		}
		r, err := c.request(value)
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
		return clone(o.value)
	}
	return nil
}

// delete removes an object, and what goes with it.
func (c *cluster) delete(at ref) *StatusError {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.objects[at]
	if o == nil {
		return refuse(NotFound, "%s %q not found", strings.ToLower(at.kind), at.name)
	}
	if at.kind == "Namespace" && o.implicit {
		return refuse(Forbidden, "namespaces %q is forbidden: this namespace may not be deleted", at.name)
	}
	c.drop(at)
	return nil
}

func (c *cluster) drop(at ref) {
	o := c.objects[at]
	delete(c.objects, at)
	for other, there := range c.objects {
		inside := at.kind == "Namespace" && at.group == "" && other.namespace == at.name
		instance := at.kind == "CustomResourceDefinition" && there.kind.Type == "" &&
			other.group == o.value.str("spec.group") && other.kind == o.value.str("spec.names.kind")
		if inside || instance {
			delete(c.objects, other)
		}
	}
	if at.kind == "CustomResourceDefinition" {
		for _, k := range customKinds(o.value) {
			delete(c.kinds, k.APIVersion()+" "+k.Kind)
		}
	}
}

// request reads what a client sent.
func (c *cluster) request(value tree) (*request, *StatusError) {
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
		o.implicit = before.implicit
	}
	if w.dryRun {
		stamp(o, r.old, c.revision)
		return clone(o.value), nil
	}
	c.store(o, r.old)
	return clone(o.value), nil
}

// store keeps an object, and lets the controllers see it.
func (c *cluster) store(o *object, old tree) {
	c.revision++
	stamp(o, old, c.revision)
	c.objects[refOf(o.kind, o.value)] = o
	c.control(o, old)
}

// stamp writes what the API server keeps in an object's metadata.
func stamp(o *object, old tree, revision int) {
	meta := o.value.sub("metadata")
	at := refOf(o.kind, o.value)
	if old != nil {
		was := old.sub("metadata")
		meta["uid"], meta["creationTimestamp"] = was["uid"], was["creationTimestamp"]
		generation, _ := was.num("generation")
		if show(old["spec"]) != show(o.value["spec"]) {
			generation++
		}
		meta["generation"] = generation
	} else {
		sum := sha256.Sum256(fmt.Append(nil, at, revision))
		id := fmt.Sprintf("%x", sum[:16])
		meta["uid"] = fmt.Sprintf("%s-%s-4%s-8%s-%s", id[:8], id[8:12], id[13:16], id[17:20], id[20:])
		meta["creationTimestamp"] = epoch.Add(time.Duration(revision) * time.Second).Format(time.RFC3339)
		meta["generation"] = 1.0
	}
	meta["resourceVersion"] = fmt.Sprint(revision)
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
