// Package kubernetes holds the rules about what runs in a cluster: that it survives the
// loss of a pod, a node and a zone, that it may do no more than it has to, and that traffic
// to it is encrypted. Which object selects which is found once for the whole graph, by
// labels and namespaces, or by edges while those are not known. A patch is judged by what
// it says: what it leaves out belongs to something outside of the stack.
package kubernetes

import "github.com/plinth-iac/plinth/policies/rule"

// Type tokens.
const (
	deployment    = "kubernetes:apps/v1:Deployment"
	statefulSet   = "kubernetes:apps/v1:StatefulSet"
	daemonSet     = "kubernetes:apps/v1:DaemonSet"
	replicaSet    = "kubernetes:apps/v1:ReplicaSet"
	controller    = "kubernetes:core/v1:ReplicationController"
	pod           = "kubernetes:core/v1:Pod"
	job           = "kubernetes:batch/v1:Job"
	cronJob       = "kubernetes:batch/v1:CronJob"
	autoscaler    = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
	budget        = "kubernetes:policy/v1:PodDisruptionBudget"
	service       = "kubernetes:core/v1:Service"
	namespace     = "kubernetes:core/v1:Namespace"
	networkPolicy = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	ingress       = "kubernetes:networking.k8s.io/v1:Ingress"
	ingressClass  = "kubernetes:networking.k8s.io/v1:IngressClass"
	classParams   = "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"
	autoParams    = "kubernetes:eks.amazonaws.com/v1:IngressClassParams"
	storageClass  = "kubernetes:storage.k8s.io/v1:StorageClass"
	claim         = "kubernetes:core/v1:PersistentVolumeClaim"
	release       = "kubernetes:helm.sh/v3:Release"
)

// Rules are the rules of this package.
func Rules() []*rule.Rule {
	return []*rule.Rule{
		minReplicas(), pdbPresent(), pdbAllowsEviction(), zoneSpread(), hostSpread(), volumeZonePinning(), safeRollout(),
		probes(), resources(), imagePinned(), storageClassEncrypted(), ingressTls(),
		pssNamespace(), pssRestricted(), networkPolicyPresent(), opaqueRelease(),
	}
}

func opaqueRelease() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-opaque-release", Title: "What a chart installs is among the resources of the stack", Severity: rule.Low, Category: rule.Operations,
		Why:   "The objects of a Helm release are made outside of the graph: no preview shows them, and no policy has judged them.",
		Fix:   "deploy the chart as a kubernetes:helm.sh/v4:Chart, whose objects are resources; or scan what it renders elsewhere",
		Types: []string{release},
		Check: func(*rule.Resource, rule.Settings) rule.Verdict {
			return rule.Failed("what it installs is not in the stack, so that no policy has seen it",
				"deploy the chart as a kubernetes:helm.sh/v4:Chart, or scan what it renders elsewhere")
		},
	}
}
