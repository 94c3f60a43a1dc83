package kube

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// customBases are objects of custom kinds that are accepted.
var customBases = map[string]string{
	"NodePool": `{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: apps}, spec: {weight: 10, limits: {cpu: 100, memory: 1000Gi},
  disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 30s, budgets: [{nodes: 10%, reasons: [Drifted], schedule: "0 9 * * *", duration: 8h}]},
  template: {metadata: {labels: {team: shop}}, spec: {expireAfter: 336h, terminationGracePeriod: 24h, taints: [{key: a, effect: NoSchedule}],
    nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: apps},
    requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand], minValues: 2}, {key: karpenter.k8s.aws/instance-generation, operator: Gt, values: ["5"]}]}}}}`,
	"EC2NodeClass": `{apiVersion: karpenter.k8s.aws/v1, kind: EC2NodeClass, metadata: {name: apps}, spec: {role: nodes, amiSelectorTerms: [{alias: al2023@latest}], tags: {team: shop},
  subnetSelectorTerms: [{id: subnet-1}, {tags: {a: b}}], securityGroupSelectorTerms: [{name: nodes}], metadataOptions: {httpTokens: required, httpPutResponseHopLimit: 1}, kubelet: {maxPods: 110}}}`,
	"NodeClass": `{apiVersion: eks.amazonaws.com/v1, kind: NodeClass, metadata: {name: apps}, spec: {role: nodes, networkPolicy: DefaultDeny, snatPolicy: Random,
  subnetSelectorTerms: [{id: subnet-1}], securityGroupSelectorTerms: [{id: sg-1}], ephemeralStorage: {size: 80Gi}}}`,
	"ChartParams": `{apiVersion: elbv2.k8s.aws/v1beta1, kind: IngressClassParams, metadata: {name: alb}, spec: {scheme: internal, ipAddressType: ipv4, group: {name: shop}, subnets: {tags: {tier: [public]}},
  certificateArn: [arn], listeners: [{port: 443, protocol: HTTPS, listenerAttributes: [{key: a, value: b}]}]}}`,
	"AutoParams": `{apiVersion: eks.amazonaws.com/v1, kind: IngressClassParams, metadata: {name: alb}, spec: {scheme: internal, subnets: {matchTags: [{key: tier, values: [public]}]}, certificateARNs: [arn]}}`,
}

// customCases break one rule each, or, without a rule, the form of the kind.
var customCases = []struct {
	rule, base, path string
	value            any
	field            string
}{
	{"nodepool-class", "NodePool", "spec/template/spec/nodeClassRef", nil, "spec.template.spec.nodeClassRef"},
	{"nodepool-class", "NodePool", "spec/template/spec/nodeClassRef/name", nil, "spec.template.spec.nodeClassRef.name"},
	{"nodepool-class", "NodePool", "spec/template/spec/nodeClassRef/group", "karpenter.k8s.aws/v1", "spec.template.spec.nodeClassRef.group"},
	{"nodepool-class", "NodePool", "spec/template/spec/requirements", nil, "spec.template.spec.requirements"},
	{"nodepool-requirement", "NodePool", "spec/template/spec/requirements/0/operator", "Equals", "spec.template.spec.requirements[0].operator"},
	{"nodepool-requirement", "NodePool", "spec/template/spec/requirements/0/operator", nil, "spec.template.spec.requirements[0].operator"},
	{"nodepool-requirement", "NodePool", "spec/template/spec/requirements/0/values", []any{}, "spec.template.spec.requirements[0]"},
	{"nodepool-requirement", "NodePool", "spec/template/spec/requirements/0/minValues", 3, "spec.template.spec.requirements[0]"},
	{"nodepool-requirement", "NodePool", "spec/template/spec/requirements/1/values", []any{"5", "6"}, "spec.template.spec.requirements[1]"},
	{"nodepool-requirement", "NodePool", "spec/template/spec/requirements/1/values", []any{"new"}, "spec.template.spec.requirements[1]"},
	{"nodepool-requirement-key", "NodePool", "spec/template/spec/requirements/0/key", "karpenter.sh/nodepool", "spec.template.spec.requirements[0].key"},
	{"nodepool-requirement-key", "NodePool", "spec/template/spec/requirements/0/key", "karpenter.sh/provisioner", "spec.template.spec.requirements[0].key"},
	{"nodepool-requirement-key", "NodePool", "spec/template/spec/requirements/0/key", "no key", "spec.template.spec.requirements[0].key"},
	{"nodepool-label", "NodePool", "spec/template/metadata/labels/kubernetes.io~1hostname", "x", "spec.template.metadata.labels"},
	{"nodepool-taint", "NodePool", "spec/template/spec/taints/0/effect", "NO_SCHEDULE", "spec.template.spec.taints[0].effect"},
	{"nodepool-taint", "NodePool", "spec/template/spec/startupTaints", []any{map[string]any{"effect": "NoSchedule"}}, "spec.template.spec.startupTaints[0].key"},
	{"nodepool-times", "NodePool", "spec/template/spec/expireAfter", "14d", "spec.template.spec.expireAfter"},
	{"nodepool-times", "NodePool", "spec/template/spec/terminationGracePeriod", "Never", "spec.template.spec.terminationGracePeriod"},
	{"nodepool-times", "NodePool", "spec/disruption/consolidateAfter", nil, "spec.disruption.consolidateAfter"},
	{"nodepool-consolidation", "NodePool", "spec/disruption/consolidationPolicy", "WhenUnderutilized", "spec.disruption.consolidationPolicy"},
	{"nodepool-budget", "NodePool", "spec/disruption/budgets/0/nodes", "110%", "spec.disruption.budgets[0].nodes"},
	{"nodepool-budget", "NodePool", "spec/disruption/budgets/0/duration", "30s", "spec.disruption.budgets[0].duration"},
	{"nodepool-budget", "NodePool", "spec/disruption/budgets/0/duration", nil, "spec.disruption.budgets"},
	{"nodepool-budget", "NodePool", "spec/disruption/budgets/0/reasons/0", "Old", "spec.disruption.budgets[0].reasons[0]"},
	{"nodepool-weight", "NodePool", "spec/weight", 101, "spec.weight"},
	{"", "NodePool", "spec/template/spec/kubelet", map[string]any{}, ".spec.template.spec.kubelet: field not declared in schema"},
	{"", "NodePool", "spec/limits/cpu", []any{}, ".spec.limits.cpu: expected integer or string"},
	{"nodeclass-role", "EC2NodeClass", "spec/role", nil, "spec"},
	{"nodeclass-role", "EC2NodeClass", "spec/role", "", "spec.role"},
	{"nodeclass-role", "NodeClass", "spec/instanceProfile", "nodes", "spec"},
	{"nodeclass-terms", "EC2NodeClass", "spec/subnetSelectorTerms", nil, "spec.subnetSelectorTerms"},
	{"nodeclass-terms", "NodeClass", "spec/securityGroupSelectorTerms", []any{}, "spec.securityGroupSelectorTerms"},
	{"nodeclass-terms", "EC2NodeClass", "spec/subnetSelectorTerms/1", map[string]any{}, "spec.subnetSelectorTerms[1]"},
	{"nodeclass-terms", "EC2NodeClass", "spec/subnetSelectorTerms/0/tags", map[string]any{"a": "b"}, "spec.subnetSelectorTerms[0]"},
	{"nodeclass-terms", "NodeClass", "spec/securityGroupSelectorTerms/0/id", "nodes", "spec.securityGroupSelectorTerms[0].id"},
	{"nodeclass-tags", "EC2NodeClass", "spec/tags/kubernetes.io~1cluster~1main", "owned", "spec.tags"},
	{"nodeclass-image", "EC2NodeClass", "spec/amiSelectorTerms", nil, "spec.amiSelectorTerms"},
	{"nodeclass-image", "EC2NodeClass", "spec/amiSelectorTerms", []any{}, "spec.amiSelectorTerms"},
	{"nodeclass-image", "EC2NodeClass", "spec/amiSelectorTerms/0/alias", "al2023", "spec.amiSelectorTerms"},
	{"nodeclass-image", "EC2NodeClass", "spec/amiSelectorTerms/1", map[string]any{"id": "ami-1"}, "spec.amiSelectorTerms"},
	{"nodeclass-image", "EC2NodeClass", "spec/amiSelectorTerms/0", map[string]any{"id": "ami-1"}, "spec"},
	{"nodeclass-metadata", "EC2NodeClass", "spec/metadataOptions/httpTokens", "none", "spec.metadataOptions.httpTokens"},
	{"nodeclass-metadata", "EC2NodeClass", "spec/metadataOptions/httpPutResponseHopLimit", 65, "spec.metadataOptions.httpPutResponseHopLimit"},
	{"nodeclass-network", "NodeClass", "spec/networkPolicy", "Deny", "spec.networkPolicy"},
	{"", "NodeClass", "spec/amiSelectorTerms", []any{}, ".spec.amiSelectorTerms: field not declared in schema"},
	{"", "EC2NodeClass", "spec/networkPolicy", "DefaultDeny", ".spec.networkPolicy: field not declared in schema"},
	{"ingressparams-values", "ChartParams", "spec/scheme", "public", "spec.scheme"},
	{"ingressparams-values", "ChartParams", "spec/group", map[string]any{}, "spec.group.name"},
	{"ingressparams-subnets", "AutoParams", "spec/subnets/ids", []any{"subnet-1"}, "spec.subnets"},
	{"", "ChartParams", "spec/certificateARNs", []any{}, ".spec.certificateARNs: field not declared in schema"},
	{"", "AutoParams", "spec/certificateArn", []any{}, ".spec.certificateArn: field not declared in schema"},
	{"", "AutoParams", "spec/subnets/tags", map[string]any{}, ".spec.subnets.tags: field not declared in schema"},
	{"", "AutoParams", "spec/listeners", []any{map[string]any{"listenerAttributes": []any{}}}, ".spec.listeners[0].listenerAttributes: field not declared in schema"},
}

// withCustomKinds is a cluster with the kinds of all controllers.
func withCustomKinds() *cluster {
	c := newCluster("test", Options{})
	for _, kinds := range [][]Kind{karpenterKinds, autoKinds, usualCharts[balancerChart]} {
		c.addKinds(kinds)
	}
	return c
}

func TestCustomResourcesAreAcceptedAndRefused(t *testing.T) {
	by := write{by: manager{name: "test", apply: true}}
	for name, base := range customBases {
		_, err := withCustomKinds().apply(manifest(t, base), by)
		require.Nil(t, err, name)
	}
	broken := map[string]bool{"nodepool-class-changed": true} // below
	for _, c := range customCases {
		broken[c.rule] = true
		t.Run(c.rule+" "+c.path, func(t *testing.T) {
			_, err := withCustomKinds().apply(with(t, manifest(t, customBases[c.base]), map[string]any{c.path: c.value}), by)
			require.NotNil(t, err)
			if c.rule == "" {
				require.Equal(t, BadRequest, err.Reason)
				require.Contains(t, err.Message, c.field)
				return
			}
			require.Equal(t, Invalid, err.Reason, err.Message)
			require.Equal(t, []string{c.rule, c.field}, []string{err.Causes[0].Rule, err.Causes[0].Field}, err.Message)
		})
	}
	for _, rule := range customRules {
		require.True(t, broken[rule.ID], "nothing breaks %s", rule.ID)
		require.NotEmpty(t, rule.Source)
		for _, kind := range strings.Fields(rule.Kinds) {
			require.NotNil(t, customTypes[kind], kind)
		}
	}
}

func TestAPoolKeepsItsKindOfClass(t *testing.T) {
	c, by := withCustomKinds(), write{by: manager{name: "test", apply: true}}
	base := manifest(t, customBases["NodePool"])
	_, err := c.apply(base, by)
	require.Nil(t, err)
	_, err = c.apply(with(t, base, map[string]any{"spec/template/spec/nodeClassRef/name": "other"}), by)
	require.Nil(t, err)
	_, err = c.apply(with(t, base, map[string]any{"spec/template/spec/nodeClassRef/kind": "NodeClass"}), by)
	require.NotNil(t, err)
	require.Contains(t, err.Message, "nodeClassRef.kind is immutable")
}

// What is not known yet must not be held against a custom resource either.
func TestUnknownValuesBreakNoCustomRule(t *testing.T) {
	for name, text := range customBases {
		base := tree(manifest(t, text))
		var visit func(at any, replace func(any))
		visit = func(at any, replace func(any)) {
			switch v := at.(type) {
			case map[string]any:
				for name, e := range v {
					visit(e, func(n any) { v[name] = n })
				}
			case []any:
				for i, e := range v {
					visit(e, func(n any) { v[i] = n })
				}
			}
			replace(Unknown{})
			require.Empty(t, withCustomKinds().judge(base), "%s with %s unknown", name, show(at))
			replace(at)
		}
		visit(base["spec"], func(n any) { base["spec"] = n })
	}
}

func TestTheProviderRefusesWrongCustomResourcesAtPreview(t *testing.T) {
	_, _, e := onEKS(t, ground.Cluster{AutoMode: true})
	_, err := e.check(poolURN, nil, e.send(with(t, pool(t, autoGroup, "NodeClass"), map[string]any{"spec/template/spec/kubelet": map[string]any{}})))
	require.EqualError(t, err, ".spec.template.spec.kubelet: field not declared in schema")
}
