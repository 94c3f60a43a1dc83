package kube

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// pods are the pods of an object, as far as it matters for where they run.
type pods struct {
	namespace   string
	labels      map[string]any
	tolerations []tree
	// volumes are the names of the claims that they mount.
	volumes []string
	count   float64
	// cpu is what one of them requests, choices what they want of their nodes.
	cpu     float64
	choices [][]demand
	// anywhere says that they tolerate every taint; a chart is taken to bring what its pods need.
	anywhere bool
	// rooted pods make nodes themselves, and do not run on those.
	rooted bool
}

// podsOf are the pods that an object stands for now. ok is false if it has none.
func podsOf(o *object) (p pods, ok bool) {
	spec, template := o.value.sub("spec"), o.value.sub("spec.template")
	p = pods{namespace: o.value.str("metadata.namespace"), count: 1}
	switch {
	case o.kind.Kind == releaseKind:
		chart := o.value.str("status.chart")
		p.anywhere, p.rooted = true, chart == karpenterChart
		return p, chart != karpenterKindChart
	case o.kind.Type == "":
		return p, false
	case o.kind.Kind == "Deployment" || o.kind.Kind == "StatefulSet":
		p.count, _ = spec.num("replicas")
	case o.kind.Kind == "Pod":
		template = o.value
	case o.kind.Kind != "Job" || spec["suspend"] == true:
		return p, false
	}
	pod := template.sub("spec")
	p.cpu, p.choices = requested(pod), choices(pod)
	p.labels, p.tolerations = template.sub("metadata.labels"), trees(pod.list("tolerations"))
	for _, v := range trees(pod.list("volumes")) {
		if claim := v.str("persistentVolumeClaim.claimName"); claim != "" {
			p.volumes = append(p.volumes, claim)
		}
	}
	return p, p.count > 0
}

// run says why pods have no place.
func (c *cluster) run(p pods) (wrong string) {
	_, wrong = c.place(p)
	return wrong
}

// place finds a place for pods, in a node pool or elsewhere, or says why there is none.
func (c *cluster) place(p pods) (in, wrong string) {
	if c.ground == nil {
		return "", ""
	}
	for _, claim := range p.volumes {
		if wrong := c.mount(p.namespace, claim); wrong != "" {
			return "", wrong
		}
	}
	unmet := p.unmet(grouped)
	if unmet == "" && (slices.ContainsFunc(c.ground.Nodes, func(g ground.Group) bool { return p.tolerate(g.Taints) }) || slices.ContainsFunc(c.ground.Fargate, p.selected)) {
		return "", ""
	}
	wrong = "no nodes available to schedule pods"
	if p.rooted {
		return "", wrong
	}
	pools := c.all(nodePool.Group, nodePool.Kind)
	slices.SortStableFunc(pools, func(a, b *object) int {
		x, _ := a.value.num("spec.weight")
		y, _ := b.value.num("spec.weight")
		return int(y - x)
	})
	for _, pool := range pools {
		name := pool.value.str("metadata.name")
		why := c.join(pool, p)
		if why == "" {
			return name, ""
		}
		wrong += "; node pool " + name + ": " + why
	}
	return "", wrong
}

// join runs pods on a node pool's machines, and has it start them if there are none.
func (c *cluster) join(pool *object, p pods) (wrong string) {
	spec := pool.value.sub("spec.template.spec")
	var taints []ground.Taint
	for _, t := range trees(spec.list("taints")) {
		taints = append(taints, ground.Taint{Key: t.str("key"), Value: t.str("value"), Effect: t.str("effect")})
	}
	at := spec.sub("nodeClassRef")
	class := c.objects[ref{group: at.str("group"), kind: at.str("kind"), name: at.str("name")}]
	unmet, full := p.unmet(pooled(spec, pool.value.sub("spec.template.metadata.labels"))), c.full(pool.value, p)
	switch {
	case !p.tolerate(taints):
		return "untolerated taint"
	case unmet != "":
		return fmt.Sprintf("incompatible requirements, label %q does not match the pods' node selector or affinity", unmet)
	case full != "":
		return full
	case pool.holds != "":
		return ""
	case leaving(pool.value):
		return "it is being deleted"
	case class == nil:
		return "its node class " + at.str("name") + " does not exist"
	case !c.provisions(at.str("group")):
		return "its controller does not run"
	}
	managed := at.str("group") == autoGroup
	for _, q := range trees(spec.list("requirements")) {
		if domain, _, _ := strings.Cut(q.str("key"), "/"); domain == map[bool]string{true: "karpenter.k8s.aws", false: autoGroup}[managed] {
			return fmt.Sprintf("incompatible requirements, label %q does not have known values", q.str("key"))
		}
	}
	want := ground.Machines{
		Pool: pool.value.str("metadata.name"), Type: machineType(spec), Zones: allowedValues(spec, "topology.kubernetes.io/zone"), Managed: managed,
		Subnets: terms(class.value, "subnetSelectorTerms"), Groups: terms(class.value, "securityGroupSelectorTerms"),
		Role: class.value.str("spec.role"), Profile: class.value.str("spec.instanceProfile"), Key: class.value.str("spec.ephemeralStorage.kmsKeyID"),
	}
	acts := []string{launches}
	if managed {
		acts = append(acts, connects)
	}
	if wrong := c.permitted(managed, karpenterChart, acts...); wrong != "" {
		return wrong
	}
	owner := "NodePool/" + want.Pool
	if err := c.options.Cloud.Launch(c.name, owner, want); err != nil {
		return err.Error()
	}
	c.take(pool, owner)
	return ""
}

// provisions says whether the controller of a group of node classes works.
func (c *cluster) provisions(group string) bool {
	if group == autoGroup {
		return c.ground.AutoMode
	}
	return c.chart(karpenterChart)
}

// chart says whether a chart is installed and has nodes to run on.
func (c *cluster) chart(name string) bool {
	return slices.ContainsFunc(c.all("helm.sh", releaseKind), func(o *object) bool {
		p, _ := podsOf(o)
		return o.value.str("status.chart") == name && c.misled(o) == "" && c.run(p) == ""
	})
}

func terms(class tree, name string) []ground.Term {
	var out []ground.Term
	for _, t := range trees(class.list("spec." + name)) {
		out = append(out, ground.Term{ID: t.str("id"), Name: t.str("name"), Tags: texts(t.sub("tags"))})
	}
	return out
}

func texts(t tree) map[string]string {
	out := map[string]string{}
	for name := range t {
		out[name] = t.key(name)
	}
	return out
}

// machineType is one that a pool's requirements allow.
func machineType(spec tree) string {
	if types := allowedValues(spec, "node.kubernetes.io/instance-type"); len(types) > 0 {
		return types[0]
	}
	if archs := allowedValues(spec, "kubernetes.io/arch"); len(archs) > 0 && !slices.Contains(archs, "amd64") {
		return "m7g.large"
	}
	return "m7i.large"
}

// allowedValues are the values that a pool's requirements allow for a label; none is any.
func allowedValues(spec tree, label string) []string {
	for _, q := range trees(spec.list("requirements")) {
		if q.str("key") == label && q.str("operator") == "In" {
			return q.strs("values")
		}
	}
	return nil
}

// tolerate says whether the pods may run on nodes with the taints.
func (p pods) tolerate(taints []ground.Taint) bool {
	for _, t := range taints {
		if p.anywhere || t.Effect == "PreferNoSchedule" {
			continue
		}
		if !slices.ContainsFunc(p.tolerations, func(have tree) bool {
			key, effect := have.str("key"), have.str("effect")
			alike := have.str("operator") == "Exists" || have.str("value") == t.Value
			return (key == t.Key && alike || key == "" && have.str("operator") == "Exists") && (effect == "" || effect == t.Effect)
		}) {
			return false
		}
	}
	return true
}

// selected says whether a Fargate profile takes the pods.
func (p pods) selected(s ground.Selector) bool {
	for name, value := range s.Labels {
		if p.labels[name] != value {
			return false
		}
	}
	return wild(s.Namespace, p.namespace)
}

// wild matches a text with a pattern in which * stands for any text and ? for one character.
func wild(pattern, text string) bool {
	if pattern == "" || text == "" {
		return strings.Trim(pattern, "*") == text
	}
	switch pattern[0] {
	case '*':
		return wild(pattern[1:], text) || wild(pattern, text[1:])
	case '?', text[0]:
		return wild(pattern[1:], text[1:])
	}
	return false
}

func leaving(value tree) bool { return value.has("metadata.deletionTimestamp") }
