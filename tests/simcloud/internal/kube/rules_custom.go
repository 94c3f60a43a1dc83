package kube

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	docNodePool  = "Karpenter: NodePools"
	docNodeClass = "Karpenter: NodeClasses"
	docAutoClass = "Amazon EKS User Guide: Create a Node Class for Amazon EKS"
	docParams    = "AWS Load Balancer Controller: IngressClass"

	nodeClasses = "karpenter.k8s.aws/EC2NodeClass eks.amazonaws.com/NodeClass"
)

// customRules are what the definitions of custom kinds refuse. No API server without those definitions can be asked about them, so they are
// not among [Rules].
var customRules = []Rule{
	{ID: "nodepool-class", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: ofNodes(func(r *request, spec tree, at string) {
		r.given(spec, at, "nodeClassRef", "requirements")
		if class := spec.sub("nodeClassRef"); class != nil {
			r.need(class, at+".nodeClassRef", "group", "kind", "name")
			if group := class.str("group"); strings.Contains(group, "/") {
				r.invalid(at+".nodeClassRef.group", group, "in body should match '^[^/]*$'")
			}
		}
	})},
	{ID: "nodepool-class-changed", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: ofNodes(func(r *request, spec tree, at string) {
		for _, name := range []string{"group", "kind"} {
			path := at + ".nodeClassRef." + name
			if before, ok := r.old.get(path).(string); ok && spec.get("nodeClassRef."+name) != before && spec.get("nodeClassRef."+name) != (Unknown{}) {
				r.invalid(at+".nodeClassRef", spec["nodeClassRef"], "nodeClassRef.%s is immutable", name)
			}
		}
	})},
	{ID: "nodepool-requirement", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: ofRequirements(func(r *request, q tree, at string) {
		r.given(q, at, "key", "operator")
		r.oneOf(q, at, "operator", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte")
		values, ok := q["values"].([]any)
		if !ok && q["values"] != nil || slices.ContainsFunc(values, func(v any) bool { return v == Unknown{} }) {
			return
		}
		switch operator := q.str("operator"); operator {
		case "In":
			if least, ok := q.num("minValues"); len(values) == 0 {
				r.invalid(at, q, "requirements with operator 'In' must have a value defined")
			} else if ok && float64(len(values)) < least {
				r.invalid(at, q, "requirements with 'minValues' must have at least that many values specified in the 'values' field")
			}
		case "Gt", "Lt", "Gte", "Lte":
			if n, err := strconv.Atoi(strings.Join(q.strs("values"), " ")); err != nil || n < 0 {
				r.invalid(at, q, "requirements operator '%s' must have a single positive integer value", operator)
			}
		}
	})},
	{ID: "nodepool-requirement-key", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: ofRequirements(func(r *request, q tree, at string) {
		r.label(q["key"], at+".key")
	})},
	{ID: "nodepool-label", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: func(r *request) {
		for _, name := range sortedKeys(r.new.sub("spec.template.metadata.labels")) {
			r.label(name, "spec.template.metadata.labels")
		}
	}},
	{ID: "nodepool-taint", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: ofNodes(func(r *request, spec tree, at string) {
		for _, list := range []string{"taints", "startupTaints"} {
			for i, t := range trees(spec.list(list)) {
				path := say("%s.%s[%d]", at, list, i)
				r.given(t, path, "key", "effect")
				r.oneOf(t, path, "effect", "NoSchedule", "PreferNoSchedule", "NoExecute")
			}
		}
	})},
	{ID: "nodepool-times", Source: "Karpenter: Disruption", Kinds: "karpenter.sh/NodePool", Check: func(r *request) {
		node, disruption := r.new.sub("spec.template.spec"), r.new.sub("spec.disruption")
		r.matches(node, "spec.template.spec", "expireAfter", timesOrNever)
		r.matches(node, "spec.template.spec", "terminationGracePeriod", times)
		r.matches(disruption, "spec.disruption", "consolidateAfter", timesOrNever)
		if disruption != nil {
			r.given(disruption, "spec.disruption", "consolidateAfter")
		}
	}},
	{ID: "nodepool-consolidation", Source: "Karpenter: Disruption", Kinds: "karpenter.sh/NodePool", Check: func(r *request) {
		r.oneOf(r.new, "", "spec.disruption.consolidationPolicy", "WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced")
	}},
	{ID: "nodepool-budget", Source: "Karpenter: Disruption", Kinds: "karpenter.sh/NodePool", Check: func(r *request) {
		for i, b := range trees(r.new.list("spec.disruption.budgets")) {
			at := say("spec.disruption.budgets[%d]", i)
			r.matches(b, at, "nodes", budgetNodes)
			r.matches(b, at, "duration", budgetDuration)
			if b.has("schedule") != b.has("duration") {
				r.invalid("spec.disruption.budgets", b, "'schedule' must be set with 'duration'")
			}
			for j, reason := range b.strs("reasons") {
				if !slices.Contains([]string{"Underutilized", "Empty", "Drifted"}, reason) {
					r.fail(say("%s.reasons[%d]", at, j), unsupportedValue, reason, `supported values: "Underutilized", "Empty", "Drifted"`)
				}
			}
		}
	}},
	{ID: "nodepool-weight", Source: docNodePool, Kinds: "karpenter.sh/NodePool", Check: func(r *request) {
		if n, ok := r.new.num("spec.weight"); ok && (n < 1 || n > 100) {
			r.invalid("spec.weight", n, "spec.weight in body should be between 1 and 100")
		}
	}},
	{ID: "nodeclass-role", Source: docNodeClass, Kinds: nodeClasses, Check: ofSpec(func(r *request, s tree) {
		both, none := s.has("role") && s.has("instanceProfile"), !s.has("role") && !s.has("instanceProfile")
		if both || none && r.kind.Kind == "EC2NodeClass" { // EKS has a role of its own
			r.invalid("spec", "object", "must specify exactly one of ['role', 'instanceProfile']")
		}
		for _, name := range []string{"role", "instanceProfile"} {
			if s[name] == "" {
				r.invalid("spec."+name, "", "%s cannot be empty", name)
			}
		}
	})},
	{ID: "nodeclass-terms", Source: docNodeClass, Kinds: nodeClasses, Check: ofSpec(func(r *request, s tree) {
		r.given(s, "spec", "subnetSelectorTerms", "securityGroupSelectorTerms")
		for _, c := range []struct{ list, id, others string }{{"subnetSelectorTerms", "subnet-", "tags"}, {"securityGroupSelectorTerms", "sg-", "tags name"}} {
			list, ok := s[c.list].([]any)
			if ok && len(list) == 0 {
				r.invalid("spec."+c.list, "array", "%s cannot be empty", c.list)
			}
			for i, t := range trees(list) {
				r.term(t, say("spec.%s[%d]", c.list, i), c.id, strings.Fields(c.others))
			}
		}
	})},
	{ID: "nodeclass-tags", Source: docNodeClass, Kinds: nodeClasses, Check: func(r *request) {
		for _, name := range sortedKeys(r.new.sub("spec.tags")) {
			if name == "" || strings.HasPrefix(name, "kubernetes.io/cluster") || slices.Contains([]string{"eks:eks-cluster-name", "karpenter.sh/nodepool", "karpenter.sh/nodeclaim", "karpenter.k8s.aws/ec2nodeclass"}, name) {
				r.invalid("spec.tags", "object", "tag contains a restricted tag matching %s", name)
			}
		}
	}},
	{ID: "nodeclass-image", Source: docNodeClass, Kinds: "karpenter.k8s.aws/EC2NodeClass", Check: ofSpec(func(r *request, s tree) {
		r.given(s, "spec", "amiSelectorTerms")
		list, ok := s["amiSelectorTerms"].([]any)
		if ok && len(list) == 0 {
			r.invalid("spec.amiSelectorTerms", 0.0, "spec.amiSelectorTerms in body should have at least 1 items")
		}
		alias := false
		for _, t := range trees(list) {
			text, given := t["alias"].(string)
			alias = alias || t.has("alias")
			family, version, _ := strings.Cut(text, "@")
			if given && (version == "" || !slices.Contains([]string{"al2", "al2023", "bottlerocket", "windows2019", "windows2022", "windows2025"}, family)) {
				r.invalid("spec.amiSelectorTerms", text, "'alias' is improperly formatted, must match the format 'family@version'")
			}
		}
		if alias && len(list) > 1 {
			r.invalid("spec.amiSelectorTerms", "array", "'alias' is mutually exclusive, cannot be set with a combination of other amiSelectorTerms")
		}
		if ok && len(list) > 0 && !alias && !s.has("amiFamily") && !hasUnknown(list) {
			r.invalid("spec", "object", "must specify amiFamily if amiSelectorTerms does not contain an alias")
		}
	})},
	{ID: "nodeclass-metadata", Source: docNodeClass, Kinds: "karpenter.k8s.aws/EC2NodeClass", Check: func(r *request) {
		options := r.new.sub("spec.metadataOptions")
		r.oneOf(options, "spec.metadataOptions", "httpTokens", "required", "optional")
		r.oneOf(options, "spec.metadataOptions", "httpEndpoint", "enabled", "disabled")
		r.oneOf(options, "spec.metadataOptions", "httpProtocolIPv6", "enabled", "disabled")
		if n, ok := options.num("httpPutResponseHopLimit"); ok && (n < 1 || n > 64) {
			r.invalid("spec.metadataOptions.httpPutResponseHopLimit", n, "should be between 1 and 64")
		}
	}},
	{ID: "nodeclass-network", Source: docAutoClass, Kinds: "eks.amazonaws.com/NodeClass", Check: ofSpec(func(r *request, s tree) {
		r.oneOf(s, "spec", "networkPolicy", "DefaultAllow", "DefaultDeny")
		r.oneOf(s, "spec", "networkPolicyEventLogs", "Enabled", "Disabled")
		r.oneOf(s, "spec", "snatPolicy", "Random", "Disabled")
	})},
	{ID: "ingressparams-values", Source: docParams, Kinds: "elbv2.k8s.aws/IngressClassParams eks.amazonaws.com/IngressClassParams", Check: ofSpec(func(r *request, s tree) {
		r.oneOf(s, "spec", "scheme", "internal", "internet-facing")
		r.oneOf(s, "spec", "ipAddressType", "ipv4", "dualstack", "dualstack-without-public-ipv4")
		if group := s.sub("group"); group != nil {
			r.given(group, "spec.group", "name")
		}
	})},
	{ID: "ingressparams-subnets", Source: docParams, Kinds: "elbv2.k8s.aws/IngressClassParams eks.amazonaws.com/IngressClassParams", Check: func(r *request) {
		if s := r.new.sub("spec.subnets"); s.has("ids") && (s.has("tags") || s.has("matchTags")) {
			r.fail("spec.subnets", forbiddenValue, nil, "may not have both ids and tags set")
		}
	}},
}

var (
	times          = regexp.MustCompile(`^([0-9]+(s|m|h))+$`)
	timesOrNever   = regexp.MustCompile(`^(([0-9]+(s|m|h))+|Never)$`)
	budgetNodes    = regexp.MustCompile(`^((100|[0-9]{1,2})%|[0-9]+)$`)
	budgetDuration = regexp.MustCompile(`^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$`)
	labelKeyForm   = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*(\/))?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`)
)

// matches reports a text that is there without having a form.
func (r *request) matches(t tree, at, name string, form *regexp.Regexp) {
	if v, ok := t[name].(string); ok && !form.MatchString(v) {
		r.invalid(below(at, name), v, "%s in body should match '%s'", below(at, name), form)
	}
}

// given reports what is missing.
func (r *request) given(t tree, at string, names ...string) {
	for _, name := range names {
		if t[name] == nil {
			r.fail(below(at, name), requiredValue, nil, "")
		}
	}
}

// label reports a label that is Karpenter's own to set.
func (r *request) label(v any, at string) {
	name, ok := v.(string)
	domain, _, _ := strings.Cut(name, "/")
	switch {
	case !ok:
	case !labelKeyForm.MatchString(name):
		r.invalid(at, name, "%s in body should match '%s'", at, labelKeyForm)
	case name == "karpenter.sh/nodepool" || name == "kubernetes.io/hostname":
		r.invalid(at, name, "label %q is restricted", name)
	case strings.HasSuffix(domain, "karpenter.sh") && name != "karpenter.sh/capacity-type":
		r.invalid(at, name, `label domain "karpenter.sh" is restricted`)
	}
}

// term reports a term that selects by nothing, or by an ID and something else.
func (r *request) term(t tree, at, prefix string, others []string) {
	id, ok := t["id"].(string)
	more := slices.ContainsFunc(others, t.has)
	switch {
	case !t.has("id") && !more:
		r.invalid(at, "object", "expected at least one, got none, ['id', '%s']", strings.Join(others, "', '"))
	case t.has("id") && more:
		r.invalid(at, "object", "'id' is mutually exclusive, cannot be set with a combination of other fields in a selector term")
	case ok && !strings.HasPrefix(id, prefix):
		r.invalid(at+".id", id, "%s.id in body should match '%s[0-9a-z]+'", at, prefix)
	}
}

func ofNodes(check func(r *request, spec tree, at string)) func(*request) {
	return func(r *request) {
		if v := r.new.get("spec.template.spec"); v != (Unknown{}) {
			check(r, r.new.sub("spec.template.spec"), "spec.template.spec")
		}
	}
}

func ofRequirements(check func(r *request, q tree, at string)) func(*request) {
	return func(r *request) {
		for i, q := range trees(r.new.list("spec.template.spec.requirements")) {
			check(r, q, say("spec.template.spec.requirements[%d]", i))
		}
	}
}
