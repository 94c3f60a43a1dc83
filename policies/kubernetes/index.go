package kubernetes

import "github.com/plinth-iac/plinth/policies/rule"

// home is the namespace that an object is in, of one cluster.
type home struct{ cluster, namespace string }

// Namespaces that are none.
const (
	adrift   = ""  // not known
	anywhere = "*" // all namespaces of the cluster
)

// relation is what points at something, as far as that is known.
type relation struct {
	sure []*rule.Resource
	// unsure is Unknown if there may be more.
	unsure rule.Verdict
}

// selection is the workloads that something points at, as far as that is known.
type selection struct {
	sure []*workload
	// unsure is Unknown if there may be more.
	unsure rule.Verdict
}

// index is what points at what in the clusters of a stack. It is made by labels and names,
// so that no object is compared with all others.
type index struct {
	g *rule.Graph
	// workloads and selections are by the URN of the workload and of what selects.
	workloads  map[string]*workload
	selections map[string]selection
	// named are objects by name; those without a namespace are at home nowhere.
	named map[address]*rule.Resource
	// defaults are the classes that a cluster takes if none is named.
	defaults map[address]*rule.Resource
	// lost is Unknown where something scales who knows what of a type.
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
		g: g, workloads: map[string]*workload{}, selections: map[string]selection{}, named: map[address]*rule.Resource{},
		defaults: map[address]*rule.Resource{}, lost: map[address]rule.Verdict{}, mounts: map[string]selection{},
		all: map[home][]*workload{}, open: map[home][]*workload{}, labelled: map[tag][]*workload{},
	}
	for _, r := range g.Of(ingressClass, storageClass, classParams, autoParams) {
		x.name(r, home{cluster: r.ProviderURN})
		annotations := r.Get("metadata.annotations")
		if rule.IsTrue(annotations.Field(defaultMarks[r.Type])) {
			x.defaults[address{home{cluster: r.ProviderURN}, r.Type, ""}] = r
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
		x.join(r, labelSelector(r.Get("spec.selector")), func(w *workload) *relation { return &w.budgets })
	}
	for _, r := range g.Of(networkPolicy) {
		x.join(r, labelSelector(r.Get("spec.podSelector")), func(w *workload) *relation { return &w.policies })
	}
	for _, r := range g.Of(service) {
		x.join(r, plainSelector(r.Get("spec.selector")), func(w *workload) *relation { return &w.services })
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
		return home{r.ProviderURN, made[0].URN} // no name has a colon
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
	if name, ok := nameOf(r); ok && !r.IsPatch() {
		x.named[address{at, r.Type, name}] = r
	}
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
		if found := x.named[address{at, token, name}]; found != nil {
			return found, rule.Verdict{}
		}
	}
	return nil, rule.Verdict{}
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
func (x *index) join(r *rule.Resource, s selector, of func(*workload) *relation) {
	var found selection
	at := x.homeOf(r)
	for _, w := range x.candidates(at, s) {
		verdict := s.covers(w.labels())
		if verdict.Outcome == rule.Pass {
			verdict = rule.All(verdict, at.known(r), w.home.known(w.Resource))
		}
		switch back := of(w); verdict.Outcome {
		case rule.Pass:
			found.sure, back.sure = append(found.sure, w), append(back.sure, r)
		case rule.Unknown:
			found.unsure, back.unsure = verdict, verdict
		}
	}
	x.selections[r.URN] = found
}

// candidates are the workloads that a selector may select: those with the one of its
// labels that the fewest have.
func (x *index) candidates(at home, s selector) []*workload {
	var found []*workload
	homes := []home{at, {at.cluster, adrift}}
	if at.namespace == adrift {
		homes = []home{{at.cluster, anywhere}}
	}
	for _, h := range homes {
		rarest, narrowed := x.all[h], false
		for _, p := range s.pairs {
			value, known := p.value.Text()
			if with := x.labelled[tag{h, p.key, value}]; known && (!narrowed || len(with) < len(rarest)) {
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
