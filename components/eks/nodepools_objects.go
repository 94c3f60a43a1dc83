package eks

import (
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// provisioner is who starts the nodes of pools: the same objects, by other names.
type provisioner struct {
	// labels is the domain of the labels that say what an instance is.
	labels string
	// group and kind are those of the class of nodes.
	group, kind string
	// longest is the greatest age of a node; zero is any.
	longest time.Duration
}

var (
	autoMode  = provisioner{labels: "eks.amazonaws.com", group: "eks.amazonaws.com", kind: "NodeClass", longest: 21 * 24 * time.Hour}
	karpenter = provisioner{labels: "karpenter.k8s.aws", group: "karpenter.k8s.aws", kind: "EC2NodeClass"}
)

// nodeClass is the name of the one class that all pools of a cluster have.
const nodeClass = "nodes"

// drained waits for pools and their classes to go for as long as nodes usually take to be rid
// of their pods; five minutes would be the default.
var drained = pulumi.Timeouts(&pulumi.CustomTimeouts{Delete: "60m"})

// newNodePools registers the pools `<name>-pool-<key>`. They are deleted before what they
// come after, because only a running provisioner gives nodes back.
func (c *core) newNodePools(by provisioner, pools map[string]NodePoolArgs, after ...pulumi.Resource) ([]pulumi.Resource, error) {
	var made []pulumi.Resource
	for _, key := range base.SortedKeys(pools) {
		pool, err := c.newObject(c.child("pool", key), "karpenter.sh/v1", "NodePool", key, pulumi.Map{"spec": pools[key].spec(by)},
			c.kubernetes(pulumi.DependsOn(after), drained)...)
		if err != nil {
			return nil, err
		}
		made = append(made, pool)
	}
	return made, nil
}

func (p NodePoolArgs) spec(by provisioner) pulumi.Map {
	node := pulumi.Map{
		"nodeClassRef": pulumi.Map{
			"group": pulumi.String(by.group), "kind": pulumi.String(by.kind), "name": pulumi.String(nodeClass),
		},
		"requirements":           p.requirements(by),
		"expireAfter":            pulumi.String(p.ExpireAfter),
		"terminationGracePeriod": pulumi.String(p.TerminationGracePeriod),
	}
	if len(p.Taints) > 0 {
		node["taints"] = taintList(p.Taints)
	}
	template := pulumi.Map{"spec": node}
	if len(p.Labels) > 0 {
		template["metadata"] = pulumi.Map{"labels": pulumi.ToStringMap(p.Labels)}
	}
	spec := pulumi.Map{
		"template": template,
		"limits": pulumi.Map{
			"cpu": pulumi.String(strconv.Itoa(p.MaxCpu)), "memory": pulumi.String(strconv.Itoa(p.MaxMemoryGib) + "Gi"),
		},
		"disruption": pulumi.Map{
			"consolidationPolicy": pulumi.String(p.Consolidation), "consolidateAfter": pulumi.String(p.ConsolidateAfter),
			"budgets": p.budgets(),
		},
	}
	if p.Weight != 0 {
		spec["weight"] = pulumi.Int(p.Weight)
	}
	return spec
}

// requirements are what every node of the pool must be.
func (p NodePoolArgs) requirements(by provisioner) pulumi.Array {
	list := pulumi.Array{
		in("karpenter.sh/capacity-type", p.Capacity),
		in("kubernetes.io/arch", p.Architectures),
		pulumi.Map{
			"key": pulumi.String(by.labels + "/instance-generation"), "operator": pulumi.String("Gt"),
			"values": pulumi.ToStringArray([]string{strconv.Itoa(p.MinGeneration - 1)}),
		},
	}
	for _, choice := range []struct {
		label  string
		values []string
	}{
		{by.labels + "/instance-category", p.InstanceCategories},
		{by.labels + "/instance-family", p.InstanceFamilies},
		{"node.kubernetes.io/instance-type", p.InstanceTypes},
		{"topology.kubernetes.io/zone", p.Zones},
	} {
		if len(choice.values) > 0 {
			list = append(list, in(choice.label, choice.values))
		}
	}
	return list
}

func in[T ~string](label string, values []T) pulumi.Map {
	list := make(pulumi.StringArray, len(values))
	for i, value := range values {
		list[i] = pulumi.String(value)
	}
	return pulumi.Map{"key": pulumi.String(label), "operator": pulumi.String("In"), "values": list}
}

func taintList(taints map[string]TaintArgs) pulumi.Array {
	list := pulumi.Array{}
	for _, key := range base.SortedKeys(taints) {
		taint := pulumi.Map{"key": pulumi.String(key), "effect": pulumi.String(taints[key].Effect)}
		if taints[key].Value != "" {
			taint["value"] = pulumi.String(taints[key].Value)
		}
		list = append(list, taint)
	}
	return list
}

func (p NodePoolArgs) budgets() pulumi.Array {
	list := pulumi.Array{}
	for _, key := range base.SortedKeys(p.Budgets) {
		b := p.Budgets[key]
		budget := pulumi.Map{"nodes": pulumi.String(b.Nodes)}
		if len(b.Reasons) > 0 {
			budget["reasons"] = pulumi.ToStringArray(b.Reasons)
		}
		if b.Schedule != "" {
			budget["schedule"], budget["duration"] = pulumi.String(b.Schedule), pulumi.String(b.Duration)
		}
		list = append(list, budget)
	}
	return list
}

// ids select subnets or security groups by their ids.
func ids(values pulumi.StringArrayInput) pulumi.ArrayOutput {
	return values.ToStringArrayOutput().ApplyT(func(values []string) []any {
		terms := make([]any, len(values))
		for i, value := range values {
			terms[i] = map[string]any{"id": value}
		}
		return terms
	}).(pulumi.ArrayOutput)
}
