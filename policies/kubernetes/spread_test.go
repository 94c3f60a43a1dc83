package kubernetes

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	byZone = "topology.kubernetes.io/zone"
	byHost = "kubernetes.io/hostname"
)

// constrained is a Deployment of web with one spread constraint.
func constrained(topology, selector any) []r {
	return spread(in{"topologySpreadConstraints": list{in{"topologyKey": topology, "maxSkew": 1, "labelSelector": selector}}})
}

func spread(pod in) []r { return []r{like(deployment, "web", app("web"), pod, in{})} }

// repelled is a Deployment of web whose pods repel each other, by rule or by preference.
func repelled(must, prefer any) []r {
	return spread(in{"affinity": in{"podAntiAffinity": in{
		"requiredDuringSchedulingIgnoredDuringExecution": must, "preferredDuringSchedulingIgnoredDuringExecution": prefer}}})
}

func term(topology string) in {
	return in{"topologyKey": topology, "labelSelector": matching(app("web"))}
}

var spreadCases = []ruletest.Case{
	check("k8s-zone-spread", "by zone", rule.Pass, "", constrained(byZone, matching(app("web")))),
	check("k8s-zone-spread", "one of two constraints", rule.Pass, "",
		spread(in{"topologySpreadConstraints": list{term(byHost), term(byZone)}})),
	check("k8s-zone-spread", "none", rule.Fail, "add a topologySpreadConstraint on topology.kubernetes.io/zone", spread(in{})),
	check("k8s-zone-spread", "by host only", rule.Fail, "not spread over topology.kubernetes.io/zone", constrained(byHost, matching(app("web")))),
	check("k8s-zone-spread", "of other pods", rule.Fail, "", constrained(byZone, matching(app("api")))),
	check("k8s-zone-spread", "of no pods", rule.Fail, "", constrained(byZone, nil)),
	check("k8s-zone-spread", "so loosely that it means nothing", rule.Fail, "", []r{like(statefulSet, "db", app("web"),
		in{"topologySpreadConstraints": list{with(term(byZone), in{"maxSkew": 2})}}, in{"replicas": 2})}),
	check("k8s-zone-spread", "loosely, as a wish: the scheduler goes as far as it can", rule.Pass, "", []r{like(statefulSet, "db", app("web"),
		in{"topologySpreadConstraints": list{with(term(byZone), in{"maxSkew": 2, "whenUnsatisfiable": "ScheduleAnyway"})}}, in{"replicas": 2})}),
	check("k8s-zone-spread", "repelled", rule.Pass, "", repelled(list{term(byZone)}, nil)),
	check("k8s-zone-spread", "computed", rule.Unknown, "spec.template.spec.topologySpreadConstraints", spread(in{"topologySpreadConstraints": later})),
	check("k8s-zone-spread", "a topology to come", rule.Unknown, "topologySpreadConstraints[0].topologyKey", constrained(later, matching(app("web")))),
	check("k8s-zone-spread", "a selector to come", rule.Unknown, "labelSelector", constrained(byZone, later)),
	check("k8s-zone-spread", "labels to come", rule.Unknown, "spec.template.metadata.labels",
		[]r{like(deployment, "web", later, in{"topologySpreadConstraints": list{term(byZone)}}, in{})}),
	check("k8s-zone-spread", "a patch of something else", rule.NotApplicable, "", one("kubernetes:apps/v1:DeploymentPatch", in{"spec": in{"replicas": 2}})),
	check("k8s-zone-spread", "a job", rule.NotApplicable, "", []r{like(job, "once", app("once"), in{}, in{})}),

	check("k8s-host-spread", "by host", rule.Pass, "", constrained(byHost, matching(app("web")))),
	check("k8s-host-spread", "repelled", rule.Pass, "", repelled(list{term(byHost)}, nil)),
	check("k8s-host-spread", "rather repelled", rule.Pass, "", repelled(nil, list{in{"weight": 1, "podAffinityTerm": term(byHost)}})),
	check("k8s-host-spread", "by zone only", rule.Fail, "not spread over kubernetes.io/hostname", constrained(byZone, matching(app("web")))),
	check("k8s-host-spread", "computed", rule.Unknown, "affinity.podAntiAffinity", spread(in{"affinity": later})),
}

// stored is a StatefulSet whose pods have volumes of a class.
func stored(spec in, class any, more ...r) []r {
	return append([]r{like(statefulSet, "db", app("db"), in{}, with(in{"volumeClaimTemplates": list{
		in{"metadata": in{"name": "data"}, "spec": in{"storageClassName": class}}}}, spec))}, more...)
}

// mounted is a claim that a Deployment mounts.
func mounted(class, name any, more ...r) []r {
	return append([]r{
		among(claim, "data", "shop", in{"storageClassName": class}),
		like(deployment, "web", app("web"), in{"volumes": list{in{"name": "data", "persistentVolumeClaim": in{"claimName": name}}}}, in{"replicas": 2}),
	}, more...)
}

func class(name, provisioner any) r {
	return r{Type: storageClass, Name: "class", In: in{"metadata": in{"name": name}, "provisioner": provisioner, "volumeBindingMode": "WaitForFirstConsumer"}}
}

var (
	fast   = class("fast", "ebs.csi.eks.amazonaws.com")
	shared = class("shared", "efs.csi.aws.com")
	usual  = r{Type: storageClass, Name: "default", In: in{"provisioner": "ebs.csi.aws.com",
		"metadata": in{"annotations": in{"storageclass.kubernetes.io/is-default-class": "true"}}}}
)

var volumeCases = []ruletest.Case{
	check("k8s-volume-zone-pinning", "a class that waits", rule.Pass, "", []r{fast}),
	check("k8s-volume-zone-pinning", "a class that does not", rule.Fail, `set volumeBindingMode to "WaitForFirstConsumer"`,
		one("kubernetes:storage.k8s.io/v1beta1:StorageClass", in{"provisioner": "ebs.csi.aws.com", "volumeBindingMode": "Immediate"})),
	check("k8s-volume-zone-pinning", "a class of several zones", rule.NotApplicable, "", one(storageClass, in{"provisioner": "efs.csi.aws.com"})),
	check("k8s-volume-zone-pinning", "a class of who knows what", rule.Unknown, "provisioner", one(storageClass, in{"provisioner": later})),
	judging("db", "k8s-volume-zone-pinning", "two of a set", rule.Pass, "", stored(in{"replicas": 2}, "fast", fast)),
	judging("db", "k8s-volume-zone-pinning", "one of a set", rule.Fail, "its only pod is bound to the zone of its volume", stored(in{}, "fast", fast)),
	judging("db", "k8s-volume-zone-pinning", "one of a set, in several zones", rule.Pass, "", stored(in{}, "shared", shared)),
	judging("db", "k8s-volume-zone-pinning", "one of a set, class by edge", rule.Fail, "its only pod",
		[]r{edged(stored(in{}, later)[0], "spec", "class"), fast}),
	judging("db", "k8s-volume-zone-pinning", "one of a set, the default class", rule.Fail, "its only pod", stored(in{}, nil, usual)),
	judging("db", "k8s-volume-zone-pinning", "one of a set, made by hand", rule.Pass, "", stored(in{}, "")),
	judging("db", "k8s-volume-zone-pinning", "one of a set, a class of elsewhere", rule.Unknown, "storageClassName: external", stored(in{}, "gp2")),
	judging("db", "k8s-volume-zone-pinning", "who knows how many", rule.Unknown, "spec.replicas", stored(in{"replicas": later}, "fast", fast)),
	judging("db", "k8s-volume-zone-pinning", "switched off", rule.NotApplicable, "", stored(in{"replicas": 0}, "fast", fast)),
	judging("db", "k8s-volume-zone-pinning", "without volumes", rule.NotApplicable, "", []r{like(statefulSet, "db", app("db"), in{}, in{})}),
	judging("data", "k8s-volume-zone-pinning", "a claim", rule.Fail, "binds all pods of web to it", mounted("fast", "data", fast)),
	judging("data", "k8s-volume-zone-pinning", "a claim in several zones", rule.Pass, "", mounted("shared", "data", shared)),
	judging("data", "k8s-volume-zone-pinning", "a claim of another", rule.NotApplicable, "", mounted("fast", "other", fast)),
	judging("data", "k8s-volume-zone-pinning", "a claim of who knows what", rule.Unknown, "claimName: external", mounted("fast", later, fast)),
	judging("data", "k8s-volume-zone-pinning", "a claim by edge", rule.Fail, "binds all pods of web", func() []r {
		stack := mounted("fast", later, fast)
		stack[1] = edged(stack[1], "spec", "data")
		return stack
	}()),
	judging("data", "k8s-volume-zone-pinning", "one of two claims", rule.Unknown, "persistentVolumeClaim.claimName", func() []r {
		stack := mounted("fast", later, fast, among(claim, "more", "shop", in{}))
		stack[1] = edged(stack[1], "spec", "data", "more")
		return stack
	}()),
	judging("data", "k8s-volume-zone-pinning", "a claim of a class of elsewhere", rule.Unknown, "spec.storageClassName: external", mounted("gp2", "data")),

	check("k8s-storageclass-encrypted", "on", rule.Pass, "", one(storageClass, in{"provisioner": "ebs.csi.aws.com", "parameters": in{"encrypted": "true"}})),
	check("k8s-storageclass-encrypted", "not said", rule.Fail, `set parameters.encrypted to "true"`, one(storageClass, in{"provisioner": "ebs.csi.aws.com"})),
	check("k8s-storageclass-encrypted", "off", rule.Fail, `parameters.encrypted is "false"`,
		one(storageClass, in{"provisioner": "ebs.csi.eks.amazonaws.com", "parameters": in{"encrypted": "false"}})),
	check("k8s-storageclass-encrypted", "files", rule.NotApplicable, "", one(storageClass, in{"provisioner": "efs.csi.aws.com"})),
	check("k8s-storageclass-encrypted", "computed", rule.Unknown, "parameters", one(storageClass, in{"provisioner": "ebs.csi.aws.com", "parameters": later})),
	{Rule: "k8s-storageclass-encrypted", Name: "as the account has it", Want: rule.Pass, Settings: rule.Settings{"accountDefault": true},
		Stack: one(storageClass, in{"provisioner": "ebs.csi.aws.com"})},
}
