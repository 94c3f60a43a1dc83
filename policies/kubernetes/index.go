package kubernetes

import (
	"github.com/plinth-iac/plinth/policies/internal/scheduling"
	"github.com/plinth-iac/plinth/policies/rule"
)

// home is the namespace that an object is in, of one cluster.
type home struct{ cluster, namespace string }

// Namespaces that are none.
const (
	adrift   = ""  // not known
	anywhere = "*" // all namespaces of the cluster
	whole    = "/" // of what belongs to the cluster itself
)

// relation is what points at something, as far as that is known.
type relation struct {
	sure []*rule.Resource
	// maybe is what may do so as well, and unsure is Unknown if there may be more.
	maybe  []*rule.Resource
	unsure rule.Verdict
}

// selection is the workloads that something points at, as far as that is known.
type selection struct {
	sure []*workload
	// maybe are those that it may point at as well, and unsure is Unknown if there may be more.
	maybe  []*workload
	unsure rule.Verdict
}

// index is what points at what in the clusters of a stack. It is made by labels and names,
// so that no object is compared with all others.
type index struct {
	g *rule.Graph
	// workloads and selections are by the URN of the workload and of what selects.
	workloads  map[string]*workload
	selections map[string]selection
	// homes are where objects with a name are, by URN.
	homes map[string]home
	// named are objects by name, once more in the namespace anywhere; unnamed are those of
	// which the name or the namespace is not known, by cluster and type.
	named   map[address][]*rule.Resource
	unnamed map[address][]*rule.Resource
	// veiled are the namespaces of which the name is not known.
	veiled map[home]bool
	// defaults are the classes that a cluster takes if none is named, and undefined is
	// Unknown if that may be another one.
	defaults  map[address]*rule.Resource
	undefined map[address]rule.Verdict
	// lost is Unknown where something scales, or mounts, who knows what of a type.
	lost map[address]rule.Verdict
	// all, open and labelled are the workloads that are at home somewhere: all of them,
	// those with a label that is not known, and the others by each label.
	all, open map[home][]*workload
	labelled  map[tag][]*workload
	// mounts are the workloads that mount a claim, by its URN.
	mounts map[string]selection
}

// address is where an object of a type is found by its name.
type address struct {
	home
	token, name string
}

// tag is a label at a home.
type tag struct {
	home
	key, value string
}

// indexOf is the index of a graph.
func indexOf(g *rule.Graph) *index { return rule.Derived(g, newIndex) }

func newIndex(g *rule.Graph) *index {
	x := &index{
		g: g, workloads: map[string]*workload{}, selections: map[string]selection{}, named: map[address][]*rule.Resource{},
		homes: map[string]home{}, unnamed: map[address][]*rule.Resource{}, veiled: map[home]bool{},
		defaults: map[address]*rule.Resource{}, undefined: map[address]rule.Verdict{}, lost: map[address]rule.Verdict{}, mounts: map[string]selection{},
		all: map[home][]*workload{}, open: map[home][]*workload{}, labelled: map[tag][]*workload{},
	}
	for _, r := range g.Of(ingressClass, storageClass, classParams, autoParams) {
		at := home{r.ProviderURN, whole}
		x.name(r, at)
		switch mark := r.Get("metadata.annotations").Field(defaultMarks[r.Type]); {
		case mark.IsUnknown():
			x.undefined[address{at, r.Type, ""}] = rule.NotKnown(mark)
		case rule.IsTrue(mark):
			x.defaults[address{at, r.Type, ""}] = r
		}
	}
	for _, r := range g.Of(claim) {
		x.name(r, x.homeOf(r))
	}
	for _, r := range g.Of(workloadTypes...) {
		w := workloadOf(r)
		w.home = x.homeOf(r)
		x.workloads[r.URN] = w
		x.name(r, w.home)
		x.file(w)
	}
	for _, r := range g.Of(budget) {
		x.join(r, scheduling.LabelSelector(r.Get("spec.selector")), func(w *workload) *relation { return &w.budgets })
	}
	for _, r := range g.Of(networkPolicy) {
		x.join(r, scheduling.LabelSelector(r.Get("spec.podSelector")), func(w *workload) *relation { return &w.policies })
	}
	for _, r := range g.Of(service) {
		x.join(r, scheduling.PlainSelector(r.Get("spec.selector")), func(w *workload) *relation { return &w.services })
	}
	for _, r := range g.Of(autoscaler) {
		x.scale(r)
	}
	for _, r := range g.Of(replicatedTypes...) {
		x.mount(x.workloads[r.URN])
	}
	return x
}

// defaultMarks are the annotations of the classes that are taken if none is named.
var defaultMarks = map[string]string{
	ingressClass: "ingressclass.kubernetes.io/is-default-class", storageClass: "storageclass.kubernetes.io/is-default-class",
}

// homeOf is where an object is. A namespace whose name is not known yet is told by the
// resource that makes it.
func (x *index) homeOf(r *rule.Resource) home {
	v := r.Get("metadata.namespace")
	if v.IsUnknown() {
		made := x.g.Behind(r, v, namespace)
		if len(made) != 1 {
			return home{r.ProviderURN, adrift}
		}
		if name, ok := nameOf(made[0]); ok {
			return home{r.ProviderURN, name}
		}
		at := home{r.ProviderURN, made[0].URN} // no name has a colon
		x.veiled[at] = made[0].Get("metadata.name").IsUnknown()
		return at
	}
	if v.IsAbsent() {
		v = rule.Of(r.Provider).Get("namespace")
	}
	if v.IsUnknown() {
		return home{r.ProviderURN, adrift}
	}
	name, _ := v.Text()
	if name == "" {
		name = "default"
	}
	return home{r.ProviderURN, name}
}

// together is Unknown if it is not known whether two homes are one. Those that are known
// not to be are never asked about.
func (x *index) together(a home, r *rule.Resource, b home, other *rule.Resource) rule.Verdict {
	verdict := rule.All(a.known(r), b.known(other))
	if verdict.Outcome != rule.Unknown && a != b {
		return rule.Undecided("metadata.name of the namespace", rule.NotYet)
	}
	return verdict
}

// open reports that a home may turn out to be another one.
func (x *index) isOpen(h home) bool { return h.namespace == adrift || x.veiled[h] }

// known is Unknown if the namespace that r is in is not known.
func (h home) known(r *rule.Resource) rule.Verdict {
	if h.namespace == adrift {
		return r.Elsewhere(r.Get("metadata.namespace"))
	}
	return rule.Verdict{}
}

// nameOf is the name that an object has in its cluster, if that is known.
func nameOf(r *rule.Resource) (string, bool) {
	for _, v := range [...]rule.Value{r.Get("metadata.name"), r.Out("metadata.name")} {
		if name, ok := v.Text(); ok && name != "" {
			return name, true
		}
	}
	return "", false
}

func (x *index) name(r *rule.Resource, at home) {
	if r.IsPatch() {
		return
	}
	x.homes[r.URN] = at
	if name, ok := nameOf(r); ok {
		for _, h := range [...]home{at, {at.cluster, anywhere}} {
			x.named[address{h, r.Type, name}] = append(x.named[address{h, r.Type, name}], r)
		}
	}
	if r.Get("metadata.name").IsUnknown() || x.isOpen(at) {
		key := address{home{cluster: at.cluster}, r.Type, ""}
		x.unnamed[key] = append(x.unnamed[key], r)
	}
}

// others are the objects of the types that may turn out to have a name at a home.
func (x *index) others(name string, at home, types ...string) []*rule.Resource {
	var found []*rule.Resource
	for _, token := range types {
		for _, one := range x.unnamed[address{home{cluster: at.cluster}, token, ""}] {
			has, known := nameOf(one)
			if where := x.homes[one.URN]; (!known || has == name) && (where == at || x.isOpen(where) || x.isOpen(at)) {
				found = append(found, one)
			}
		}
		if x.isOpen(at) {
			found = append(found, x.named[address{home{at.cluster, anywhere}, token, name}]...)
		}
	}
	return found
}

// find is the one object of the types that a value of r names. It is nil if there is none,
// and then the verdict is Unknown if that value may name one.
func (x *index) find(r *rule.Resource, v rule.Value, at home, types ...string) (*rule.Resource, rule.Verdict) {
	if v.IsUnknown() {
		switch behind := x.g.Behind(r, v, types...); len(behind) {
		case 0:
			return nil, r.Elsewhere(v)
		case 1:
			return behind[0], rule.Verdict{}
		}
		return nil, rule.NotKnown(v)
	}
	name, _ := v.Text()
	for _, token := range types {
		if found := x.named[address{at, token, name}]; len(found) > 0 && at.namespace != adrift {
			return found[len(found)-1], rule.Verdict{}
		}
	}
	if others := x.others(name, at, types...); name != "" && len(others) > 0 {
		return nil, rule.Undecided("metadata of "+others[0].Name, rule.NotYet)
	}
	return nil, rule.Verdict{}
}

// lose takes note that something points at who knows what of a type.
func (x *index) lose(at home, token string, unsure rule.Verdict) {
	for _, h := range [...]home{at, {at.cluster, anywhere}} {
		x.lost[address{h, token, ""}] = unsure
	}
}

// lostAt is Unknown if that may be at a home.
func (x *index) lostAt(at home, token string) rule.Verdict {
	verdict := rule.All(x.lost[address{at, token, ""}], x.lost[address{home{at.cluster, adrift}, token, ""}])
	if x.isOpen(at) {
		verdict = x.lost[address{home{at.cluster, anywhere}, token, ""}]
	}
	return verdict
}

// file puts a workload where the selectors look for it.
func (x *index) file(w *workload) {
	labels := w.labels()
	unsure := labels.IsUnknown()
	for _, key := range labels.Keys() {
		unsure = unsure || labels.Field(key).IsUnknown()
	}
	for _, at := range [...]home{w.home, {w.home.cluster, anywhere}} {
		x.all[at] = append(x.all[at], w)
		if unsure {
			x.open[at] = append(x.open[at], w)
			continue
		}
		for _, key := range labels.Keys() {
			value, _ := labels.Field(key).Text()
			t := tag{at, key, value}
			x.labelled[t] = append(x.labelled[t], w)
		}
	}
}

// join finds what an object selects, and says so on both sides.
func (x *index) join(r *rule.Resource, s scheduling.Selector, of func(*workload) *relation) {
	var found selection
	at := x.homeOf(r)
	for _, w := range x.candidates(at, s) {
		verdict := s.Covers(w.labels())
		if verdict.Outcome == rule.Pass {
			verdict = rule.All(verdict, x.together(at, r, w.home, w.Resource))
		}
		switch back := of(w); verdict.Outcome {
		case rule.Pass:
			found.sure, back.sure = append(found.sure, w), append(back.sure, r)
		case rule.Unknown:
			found.maybe, back.maybe = append(found.maybe, w), append(back.maybe, r)
			found.unsure, back.unsure = verdict, verdict
		}
	}
	x.selections[r.URN] = found
}

// candidates are the workloads that a selector may select: those with the one of its
// labels that the fewest have.
func (x *index) candidates(at home, s scheduling.Selector) []*workload {
	var found []*workload
	homes := []home{at, {at.cluster, adrift}}
	for veiled, is := range x.veiled {
		if is && veiled.cluster == at.cluster && veiled != at {
			homes = append(homes, veiled)
		}
	}
	if x.isOpen(at) {
		homes = []home{{at.cluster, anywhere}}
	}
	for _, h := range homes {
		rarest, narrowed := x.all[h], false
		for _, p := range s.Pairs {
			value, known := p.Value.Text()
			if with := x.labelled[tag{h, p.Key, value}]; known && (!narrowed || len(with) < len(rarest)) {
				rarest, narrowed = with, true
			}
		}
		found = append(found, rarest...)
		if narrowed {
			found = append(found, x.open[h]...)
		}
	}
	return found
}
