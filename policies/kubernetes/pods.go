package kubernetes

import (
	"reflect"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func probes() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-probes", Title: "Containers say when they are ready and when they are dead", Severity: rule.Medium, Category: rule.Redundancy,
		Why: "Without a readiness probe a pod gets requests that it cannot answer yet, without a liveness probe a hung one stays; " +
			"with the same probe for both, a pod that is only busy is killed.",
		Fix:      "set readinessProbe and livenessProbe, and make the liveness probe the more patient one",
		Controls: rule.Controls{Checkov: []string{"CKV_K8S_8", "CKV_K8S_9"}},
		Types:    permanentTypes,
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			w := workloadOf(r)
			probed := w.containers(serving, func(c rule.Value, name string) rule.Verdict {
				ready, live := c.Get("readinessProbe"), c.Get("livenessProbe")
				verdict := rule.All(w.want(ready, rule.IsObject, name+" has no readinessProbe", "add one"),
					w.want(live, rule.IsObject, name+" has no livenessProbe", "add one"))
				if verdict.Outcome != rule.Pass {
					return verdict
				}
				return rule.FailedUnless(probeDiffers(ready, live), name+" has the same probe for both",
					"raise failureThreshold of its livenessProbe, or probe something simpler")
			})
			return rule.Choose(w.pod().Get("restartPolicy").Holds(rule.Is("Never", "OnFailure")), rule.Skipped(), probed) // it runs to its end
		},
	}
}

// handlers are what a probe does. All else in it are numbers.
var handlers = []string{"exec", "grpc", "httpGet", "tcpSocket"}

// probeDiffers is whether two probes are different ones.
func probeDiffers(a, b rule.Value) rule.Verdict {
	var verdicts []rule.Verdict
	for _, key := range append(a.Keys(), b.Keys()...) {
		accept := rule.AtLeast(0)
		if slices.Contains(handlers, key) {
			accept = rule.IsObject
		}
		one, two := a.Field(key), b.Field(key)
		if one.Holds(rule.OrAbsent(accept)).Outcome != rule.Fail && two.Holds(rule.OrAbsent(accept)).Outcome != rule.Fail {
			verdicts = append(verdicts, differs(one, two))
		}
	}
	return rule.Any(verdicts...)
}

// differs is whether two values are different ones, whatever is not known of them.
func differs(a, b rule.Value) rule.Verdict {
	for _, v := range [...]rule.Value{a, b} {
		if v.IsUnknown() {
			return rule.NotKnown(v)
		}
	}
	if keys := append(a.Keys(), b.Keys()...); len(keys) > 0 {
		var verdicts []rule.Verdict
		for _, key := range keys {
			verdicts = append(verdicts, differs(a.Field(key), b.Field(key)))
		}
		return rule.Any(verdicts...)
	}
	one, known := rule.Plain(a)
	two, alsoKnown := rule.Plain(b)
	switch {
	case !reflect.DeepEqual(one, two) && known && alsoKnown:
		return rule.Passed()
	case known && alsoKnown:
		return rule.No()
	}
	return rule.NotKnown(a)
}

func resources() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-resources", Title: "Containers say what they need, and how much memory at most", Severity: rule.Medium, Category: rule.Redundancy,
		Why: "Without requests, pods are put where there is no room for them; without a limit of memory, one that leaks takes its neighbours along.",
		Fix: "set resources.requests.cpu, resources.requests.memory and resources.limits.memory",
		Controls: rule.Controls{
			Checkov: []string{"CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13"}, Trivy: []string{"KSV-0011", "KSV-0015", "KSV-0016", "KSV-0018"},
		},
		Types: workloadTypes,
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			w := workloadOf(r)
			return w.containers(every[:2], func(c rule.Value, name string) rule.Verdict {
				var verdicts []rule.Verdict
				for _, needed := range [...][]string{
					{"requests.cpu", "limits.cpu"}, {"requests.memory", "limits.memory"}, {"limits.memory"}, // a limit is a request too
				} {
					v := w.ofContainerOrPod(c, "resources", needed...)
					verdicts = append(verdicts, w.want(v, isQuantity, name+" has no resources."+needed[0], "set resources."+needed[0]))
				}
				return rule.All(verdicts...)
			})
		},
	}
}

// ofContainerOrPod is the first value that a container says of some, or else its pod, below
// a property that both have; absent if neither does.
func (w *workload) ofContainerOrPod(c rule.Value, property string, paths ...string) rule.Value {
	for _, from := range [...]rule.Value{c, w.pod()} {
		for _, path := range paths {
			if v := from.Get(property + "." + path); !v.IsAbsent() {
				return v
			}
		}
	}
	return c.Get(property + "." + paths[0])
}

func imagePinned() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-image-pinned", Title: "Images have a digest, or a tag other than latest", Severity: rule.Medium, Category: rule.Operations,
		Why:      "What latest means changes under a running workload: two pods of it may differ, and nobody can tell what ran, or go back to it.",
		Fix:      "name the image by digest, or by a tag that is never moved",
		Controls: rule.Controls{Checkov: []string{"CKV_K8S_14", "CKV_K8S_43"}, Trivy: []string{"KSV-0013"}},
		Types:    workloadTypes,
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			w := workloadOf(r)
			return w.containers(every, func(c rule.Value, name string) rule.Verdict {
				image := c.Get("image")
				return w.want(image, isPinned, "the image of "+name+" is "+image.String(), "add a digest, or a tag other than latest")
			})
		},
	}
}

func isPinned(v rule.Value) bool {
	image, _ := v.Text()
	_, digest, hasDigest := strings.Cut(image, "@")
	_, tag, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":") // a registry may have a port
	return hasDigest && digest != "" || !hasDigest && tag != "" && tag != "latest"
}
