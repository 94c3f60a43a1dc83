package kubernetes

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// enforceLabel is what Pod Security admission goes by.
const enforceLabel = "pod-security.kubernetes.io/enforce"

func pssNamespace() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-pss-namespace", Title: "Namespaces enforce a Pod Security Standard", Severity: rule.High, Category: rule.Access,
		Why:   "Whoever may create a pod in a namespace without one may create a privileged pod, and has the node and all that runs on it.",
		Fix:   "set the label " + enforceLabel + " to restricted, or to baseline",
		Types: []string{namespace},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			level := r.Get("metadata.labels").Field(enforceLabel)
			if level.IsAbsent() && r.IsPatch() {
				return rule.Skipped()
			}
			return level.Want(rule.Is("restricted", "baseline"), "the label "+enforceLabel+" is "+level.String(), "set it to restricted, or to baseline")
		},
	}
}

func pssRestricted() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-pss-restricted", Title: "Pods may do no more than an ordinary process", Severity: rule.High, Category: rule.Access,
		Why: "A process that runs as root, or may become it, is one flaw of the kernel or of a mount away from the node.",
		Fix: "runAsNonRoot true, allowPrivilegeEscalation false, capabilities.drop ALL and seccompProfile RuntimeDefault; no host namespaces, ports or paths",
		Controls: rule.Controls{
			Checkov: []string{"CKV_K8S_16", "CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19", "CKV_K8S_20", "CKV_K8S_23", "CKV_K8S_37"},
			Trivy:   []string{"KSV-0001", "KSV-0012", "KSV-0017"},
		},
		Types: workloadTypes,
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			w := workloadOf(r)
			if len(w.pod().Keys()) == 0 && !w.pod().IsUnknown() {
				return rule.Skipped() // a patch of something else
			}
			verdicts := []rule.Verdict{w.containers(every, w.restricted), w.pod().Get("volumes").Each(harmless)}
			for _, shared := range [...]string{"hostNetwork", "hostPID", "hostIPC"} {
				verdicts = append(verdicts, w.pod().Get(shared).Want(rule.NotTrue, "shares the node: "+shared+" is on", "remove "+shared))
			}
			return rule.All(verdicts...)
		},
	}
}

// restricted judges one container by the restricted Pod Security Standard.
func (w *workload) restricted(c rule.Value, name string) rule.Verdict {
	of := func(path string) rule.Value { return w.ofContainerOrPod(c, "securityContext", path) }
	own := func(path string) rule.Value { return c.Get("securityContext." + path) }
	verdicts := []rule.Verdict{
		w.want(of("runAsNonRoot"), rule.IsTrue, name+" may run as root", "set runAsNonRoot to true"),
		w.want(of("runAsUser"), func(v rule.Value) bool { n, ok := v.Number(); return v.IsAbsent() || ok && n != 0 },
			name+" runs as root", "set runAsUser to another user than 0"),
		w.want(of("seccompProfile.type"), rule.Is("RuntimeDefault", "Localhost"), name+" may make any system call", `set seccompProfile.type to "RuntimeDefault"`),
		w.want(own("allowPrivilegeEscalation"), func(v rule.Value) bool { return !v.IsAbsent() && rule.NotTrue(v) },
			name+" may gain privileges", "set allowPrivilegeEscalation to false"),
		w.want(own("privileged"), rule.NotTrue, name+" is privileged", "remove privileged"),
		w.dropsAll(own("capabilities.drop"), name),
	}
	for _, added := range c.Select("securityContext.capabilities.add[]") {
		verdicts = append(verdicts, added.Want(rule.Is("NET_BIND_SERVICE"), name+" has the capability "+added.String(), "remove it from capabilities.add"))
	}
	for _, port := range c.Select("ports[].hostPort") {
		verdicts = append(verdicts, port.Want(func(v rule.Value) bool { n, ok := v.Number(); return ok && n == 0 },
			name+" takes the port "+port.String()+" of its node", "remove hostPort"))
	}
	return rule.All(verdicts...)
}

// dropsAll is the verdict on the capabilities that a container gives up.
func (w *workload) dropsAll(dropped rule.Value, name string) rule.Verdict {
	if slices.ContainsFunc(dropped.Items(), rule.Is("ALL")) {
		return rule.Passed()
	}
	if slices.ContainsFunc(dropped.Items(), rule.Value.IsUnknown) {
		return rule.NotKnown(dropped)
	}
	return w.want(dropped, func(rule.Value) bool { return false }, name+" keeps capabilities", `set capabilities.drop to ["ALL"]`)
}

// volumeKinds are those that a restricted pod may mount.
var volumeKinds = []string{
	"name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}

func harmless(volume rule.Value) rule.Verdict {
	if volume.IsUnknown() {
		return rule.NotKnown(volume)
	}
	for _, kind := range volume.Keys() {
		if !slices.Contains(volumeKinds, kind) && !volume.Field(kind).IsAbsent() {
			return rule.Failed("the volume "+volume.Get("name").String()+" is a "+kind, "mount a persistentVolumeClaim, an emptyDir or the like instead")
		}
	}
	return rule.Passed()
}

func networkPolicyPresent() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-network-policy", Title: "A network policy says whom each workload talks to", Severity: rule.Medium, Category: rule.Exposure,
		Why:      "A pod that no policy selects may talk to every other, and every other to it.",
		Fix:      "add a NetworkPolicy in the same namespace whose podSelector matches the labels of the pods",
		Controls: rule.Controls{Checkov: []string{"CKV2_K8S_6"}},
		Types:    workloadTypes,
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			w := indexOf(g).workloads[r.URN]
			if len(w.policies.sure) > 0 {
				return rule.Passed()
			}
			missing := rule.FailedUnless(w.policies.unsure, "no NetworkPolicy selects its pods", "add a NetworkPolicy in the same namespace with the labels of its pods")
			// No policy reaches the node's network.
			return rule.Choose(rule.Any(w.isSilent(w.labels()), w.pod().Get("hostNetwork").Holds(rule.IsTrue)), rule.Skipped(), missing)
		},
	}
}
