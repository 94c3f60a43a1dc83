package rule

import "strings"

// Canonical is the one spelling of a type token that rules use. The providers know some
// types under several names: an API group and its betas, a resource and a patch of it; and
// have renamed others between their major versions.
func Canonical(token string) string {
	aws, kubernetes := strings.HasPrefix(token, "aws:"), strings.HasPrefix(token, "kubernetes:")
	if !aws && !kubernetes {
		return token
	}
	for _, m := range modules {
		if strings.HasPrefix(token, m.old) {
			token = m.now + token[len(m.old):]
			break
		}
	}
	if kubernetes {
		return strings.TrimSuffix(token, patchSuffix)
	}
	if strings.HasPrefix(token, "aws:s3/") && strings.HasSuffix(token, "V2") {
		// aws:s3/bucketPolicyV2:BucketPolicyV2 -> aws:s3/bucketPolicy:BucketPolicy
		module, name, ok := strings.Cut(strings.TrimSuffix(token, "V2"), ":Bucket")
		if ok {
			return strings.TrimSuffix(module, "V2") + ":Bucket" + name
		}
	}
	return token
}

// patchSuffix ends the type of what changes a Kubernetes object that something else makes.
const patchSuffix = "Patch"

// IsPatch reports that the resource changes parts of a Kubernetes object that something
// else makes. What it does not say is not unset, but not of this stack.
func (r *Resource) IsPatch() bool {
	parts := strings.SplitN(r.URN, "::", 4) // urn:pulumi:stack, project, type, name
	return len(parts) == 4 && strings.HasPrefix(r.Type, "kubernetes:") && strings.HasSuffix(parts[2], patchSuffix)
}

var modules = []struct{ old, now string }{
	{"aws:alb/", "aws:lb/"},
	{"aws:elasticloadbalancingv2/", "aws:lb/"},
	{"aws:applicationloadbalancing/", "aws:lb/"},
	{"aws:elasticloadbalancing/", "aws:elb/"},
	{"kubernetes:apps/v1beta1:", "kubernetes:apps/v1:"},
	{"kubernetes:apps/v1beta2:", "kubernetes:apps/v1:"},
	{"kubernetes:extensions/v1beta1:Ingress", "kubernetes:networking.k8s.io/v1:Ingress"},
	{"kubernetes:extensions/v1beta1:NetworkPolicy", "kubernetes:networking.k8s.io/v1:NetworkPolicy"},
	{"kubernetes:extensions/v1beta1:", "kubernetes:apps/v1:"},
	{"kubernetes:autoscaling/v1:", "kubernetes:autoscaling/v2:"},
	{"kubernetes:autoscaling/v2beta1:", "kubernetes:autoscaling/v2:"},
	{"kubernetes:autoscaling/v2beta2:", "kubernetes:autoscaling/v2:"},
	{"kubernetes:batch/v1beta1:", "kubernetes:batch/v1:"},
	{"kubernetes:batch/v2alpha1:", "kubernetes:batch/v1:"},
	{"kubernetes:networking.k8s.io/v1beta1:", "kubernetes:networking.k8s.io/v1:"},
	{"kubernetes:policy/v1beta1:", "kubernetes:policy/v1:"},
	{"kubernetes:storage.k8s.io/v1beta1:", "kubernetes:storage.k8s.io/v1:"},
}
