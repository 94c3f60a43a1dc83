package cost

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	cluster    = "aws:eks/cluster:Cluster"
	nodePool   = "kubernetes:karpenter.sh/v1:NodePool"
	nodeClass  = "kubernetes:eks.amazonaws.com/v1:NodeClass"
	deployment = "kubernetes:apps/v1:Deployment"
	stateful   = "kubernetes:apps/v1:StatefulSet"
	scaler     = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
	claim      = "kubernetes:core/v1:PersistentVolumeClaim"
)

const inCluster = "objects of a cluster are free; its control plane and machines are paid for"

var clusterMeters = map[string]meter{
	cluster: func(e *estimator, r *rule.Resource) {
		item, what, version := "eks", "control plane", e.text(r, "version")
		if e.prices.pastSupport("eks", version) && e.text(r, "upgradePolicy.supportType") != "STANDARD" {
			item, what = "eks-extended", "control plane in extended support of "+version
		}
		if isRead(r) {
			e.isFree(r, "only read: what makes it pays for its control plane")
		} else {
			e.hourly(r, item, what, 1)
		}
		logs := e.get(r, "enabledClusterLogTypes").Items()
		if len(logs) > 0 && !slices.ContainsFunc(e.g.Of(logGroup), func(g *rule.Resource) bool { return strings.HasPrefix(text(g, "name"), "/aws/eks/") }) {
			e.metered(r, "log-gb", "logs of the control plane, in a group that EKS makes", logGB)
			e.pay(r, Line{
				Item: "log-kept", What: "those logs, which never expire", Quantity: e.use(logGB) * e.use(logShare) * e.use(logMonths),
				Assumed: []string{logGB, logShare, logMonths},
			})
		}
		switch home, why := e.home(); {
		case home == r:
			e.whole(func() { e.nodes(r) })
		case why != "" && !rule.IsFalse(r.Get("computeConfig.enabled")) && !r.Get("computeConfig.enabled").IsAbsent():
			e.notPriced(r, why)
		}
	},
	nodePool: func(e *estimator, r *rule.Resource) {
		if _, why := e.home(); why != "" {
			e.notPriced(r, why)
			return
		}
		e.isFree(r, "its machines are paid for at the cluster")
	},
	deployment: func(e *estimator, r *rule.Resource) { e.pods(r) },
	stateful:   func(e *estimator, r *rule.Resource) { e.pods(r) },
	claim: func(e *estimator, r *rule.Resource) {
		size, ok := quantity(e.get(r, "spec.resources.requests.storage"))
		if !ok {
			e.notPriced(r, "the size that it asks for is not known")
			return
		}
		e.pay(r, Line{Item: "ebs/gp3", What: "disk", Quantity: size / gib})
	},
}

const (
	elsewhere = "its machines are not of this stack"
	unclear   = "its machines: which of the clusters it is in is not said"
)

// home is the cluster that pods and pools are in, which they do not say themselves, or why
// it is not known: of several, the only one that makes machines for them.
func (e *estimator) home() (home *rule.Resource, why string) {
	all := e.g.Of(cluster)
	if len(all) == 0 {
		return nil, elsewhere
	}
	if len(all) == 1 {
		return all[0], ""
	}
	for _, c := range all {
		switch enabled := c.Get("computeConfig.enabled"); {
		case enabled.IsUnknown(), rule.IsTrue(enabled) && home != nil:
			return nil, unclear
		case rule.IsTrue(enabled):
			home = c
		}
	}
	if home == nil {
		return nil, unclear
	}
	return home, ""
}

const gib = 1 << 30

// pods says where pods run, and pays for the disks that they claim.
func (e *estimator) pods(r *rule.Resource) {
	home, why := e.home()
	if why == "" && !e.is(home, "computeConfig.enabled") && len(e.g.Of(nodePool, nodeGroup)) == 0 {
		why = elsewhere
	}
	if why != "" {
		e.notPriced(r, why)
		return
	}
	least, most := e.replicas(r)
	for _, container := range r.Select("spec.template.spec.containers[]") {
		for _, of := range []string{"cpu", "memory"} {
			if _, said := e.asked(container, of); !said {
				e.notPriced(r, "what its pods need: not all say what they ask for")
			}
		}
	}
	for _, template := range r.Select("spec.volumeClaimTemplates[]") {
		size, ok := quantity(e.read(template.Get("spec.resources.requests.storage")))
		if !ok {
			e.notPriced(r, "the size of disks that it claims is not known")
			continue
		}
		e.pay(r, Line{Item: "ebs/gp3", What: "disk of each pod", Quantity: least * size / gib, Most: most * size / gib})
	}
	e.isFree(r, "its pods run on machines that are paid for")
}

// asked is how much of something a container asks for: by default its limit.
func (e *estimator) asked(container rule.Value, of string) (float64, bool) {
	v := e.read(container.Get("resources.requests." + of))
	if v.IsAbsent() {
		v = e.read(container.Get("resources.limits." + of))
	}
	return quantity(v)
}

// replicas is how many pods there are at least, and at most: what scales them decides.
func (e *estimator) replicas(r *rule.Resource) (least, most float64) {
	least = e.number(r, "spec.replicas", 1)
	most = least
	for _, s := range e.g.Of(scaler) {
		if e.text(s, "spec.scaleTargetRef.name") != text(r, "metadata.name") || text(s, "metadata.namespace") != text(r, "metadata.namespace") {
			continue
		}
		least = max(1, e.number(s, "spec.minReplicas", 1))
		most = max(least, e.number(s, "spec.maxReplicas", least))
	}
	return least, most
}

// nodes is what the machines cost that a cluster makes for its pods, by what those ask for.
func (e *estimator) nodes(r *rule.Resource) {
	auto := e.is(r, "computeConfig.enabled")
	if !auto && len(e.g.Of(nodePool)) == 0 {
		return // node groups are resources of their own
	}
	class, assumed, spot, ok := e.pool()
	m, known := e.prices.machine(class)
	switch {
	case !ok:
		e.notPriced(r, "its machines: what its pools require is not understood")
		return
	case !known:
		e.notPriced(r, "its machines: the size of "+class+" is not in the table")
		return
	}
	for _, w := range e.g.Of(deployment, stateful) {
		if cpu, memory := e.pod(w); cpu > m.CPUs || memory > m.GiB {
			e.notPriced(r, "its machines: a pod of "+w.Name+" is larger than "+class)
			return
		}
	}
	need := func(of func(least, most float64) float64) float64 {
		cpus, memory, pods := 0.0, 0.0, 0.0
		for _, w := range e.g.Of(deployment, stateful) {
			count := of(e.replicas(w))
			cpu, gib := e.pod(w)
			cpus, memory = cpus+count*cpu, memory+count*gib
			pods = max(pods, count)
		}
		spread := min(pods, e.subnets(r, "vpcConfig.subnetIds"))
		use := e.use(nodeUse)
		return max(1, spread, math.Ceil(cpus/(m.CPUs*use)), math.Ceil(memory/(m.GiB*use)))
	}
	least, most := need(func(least, _ float64) float64 { return least }), need(func(_, most float64) float64 { return most })
	h := e.use(hours)
	assumed = append(assumed, hours, nodeUse)
	share := 0.0
	if spot {
		share = e.use(spotShare)
		assumed = append(assumed, spotShare)
	}
	if share < 1 {
		e.pay(r, Line{
			Item: "ec2/" + class, What: fmt.Sprintf("%g nodes for its pods", least), Assumed: assumed,
			Quantity: least * h * (1 - share), Most: most * h * (1 - share),
		})
	}
	if share > 0 {
		e.pay(r, Line{
			Item: "ec2/" + class, What: fmt.Sprintf("%g spot nodes for its pods", least), Assumed: append(assumed, spotDiscount),
			Quantity: least * h * share, Most: most * h * share, Off: e.use(spotDiscount),
		})
	}
	if price, known := e.prices.Of(e.region(r), "ec2/"+class); auto && known {
		e.pay(r, Line{Item: "eks-auto", What: "on the price on demand of its nodes", Assumed: assumed, Quantity: least * h * price.USD, Most: most * h * price.USD})
	}
	e.betweenZones(r)
	disk := 80.0 // GiB, what Auto Mode takes
	for _, c := range e.g.Of(nodeClass) {
		if size, ok := quantity(e.get(c, "spec.ephemeralStorage.size")); ok {
			disk = size / gib
		}
	}
	if !auto {
		e.notPriced(r, "the disks of its nodes: Karpenter's classes say them")
		return
	}
	e.pay(r, Line{Item: "ebs/gp3", What: "disk of each node", Quantity: least * disk, Most: most * disk, Assumed: assumed})
}

// pod is the virtual CPUs and GiB that a pod of a workload asks for.
func (e *estimator) pod(w *rule.Resource) (cpus, memory float64) {
	e.get(w, "spec.template.spec.containers")
	for _, container := range w.Select("spec.template.spec.containers[]") {
		cpu, _ := e.asked(container, "cpu")
		bytes, _ := e.asked(container, "memory")
		cpus, memory = cpus+cpu, memory+bytes/gib
	}
	return cpus, memory
}

// pool is the class of machines that pools make, which assumption says so, and whether
// they may be spot machines. It reports false if pools require what is not understood.
func (e *estimator) pool() (class string, assumed []string, spot, ok bool) {
	chosen := nodeIntel
	named := map[string]bool{}
	for _, pool := range e.g.Of(nodePool) {
		e.get(pool, "spec.template.spec.requirements")
		for _, need := range pool.Select("spec.template.spec.requirements[]") {
			key, _ := e.read(need.Get("key")).Text()
			switch key {
			case "kubernetes.io/arch":
				allowed, understood := e.allowed(need, "amd64", "arm64")
				if !understood {
					return "", nil, false, false
				}
				if allowed["arm64"] {
					chosen = nodeArm
				}
			case "karpenter.sh/capacity-type":
				allowed, understood := e.allowed(need, "on-demand", "spot", "reserved")
				if !understood {
					return "", nil, false, false
				}
				spot = spot || allowed["spot"]
			case "node.kubernetes.io/instance-type":
				if only, understood := e.allowed(need, e.usage.all[nodeIntel].Machine, e.usage.all[nodeArm].Machine); understood {
					named = only
				}
			}
		}
	}
	class = e.usage.all[chosen].Machine
	return class, []string{chosen}, spot, len(named) == 0 || named[class]
}

// allowed are the values that a requirement of a pool leaves, of all that there are.
func (e *estimator) allowed(need rule.Value, all ...string) (allowed map[string]bool, understood bool) {
	operator, _ := e.read(need.Get("operator")).Text()
	allowed = map[string]bool{}
	if operator == "NotIn" || operator == "Exists" {
		for _, value := range all {
			allowed[value] = true
		}
	}
	for _, v := range e.read(need.Get("values")).Items() {
		value, _ := e.read(v).Text()
		switch operator {
		case "In":
			allowed[value] = true
		case "NotIn":
			delete(allowed, value)
		}
	}
	return allowed, operator == "In" || operator == "NotIn" || operator == "Exists"
}

// quantity is a quantity as Kubernetes writes it, such as 250m or 512Mi.
func quantity(v rule.Value) (float64, bool) {
	unit := 1.0
	if s, isText := v.Text(); isText {
		for _, u := range units {
			if digits, has := strings.CutSuffix(s, u.suffix); has {
				v, unit = rule.Of(digits), u.is
				break
			}
		}
	}
	n, known := v.Number()
	n *= unit
	return n, known && n >= 0 && !math.IsInf(n, 0)
}

var units = []struct {
	suffix string
	is     float64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40}, {"Pi", 1 << 50},
	{"m", 1e-3}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15},
}

// isKubernetes tells what is in a cluster.
func isKubernetes(r *rule.Resource) bool { return strings.HasPrefix(r.Type, "kubernetes:") }
