package aws

import (
	"slices"
	"strings"
)

const docPodIdentity = "Amazon EKS User Guide: Assign an IAM role to a Kubernetes service account"

var accessPolicyForm = form(`arn:aws[a-z-]*:eks::aws:cluster-access-policy/[A-Za-z0-9]+`)

var eksAccessRules = []Rule{
	exists("eks.accessEntry", "clusterName", "eks.cluster", "id", "ResourceNotFoundException", docEKSAccess),
	exists("eks.accessPolicyAssociation", "clusterName", "eks.cluster", "id", "ResourceNotFoundException", docEKSAccess),
	exists("eks.podIdentityAssociation", "clusterName", "eks.cluster", "id", "ResourceNotFoundException", docPodIdentity),
	exists("eks.podIdentityAssociation", "roleArn", "iam.role", "arn", badParameter, docPodIdentity),
	{ID: "eks-access-api", Code: "InvalidRequestException", Source: docEKSAccess, Kinds: "eks.accessEntry eks.accessPolicyAssociation", On: Create, Check: func(r *Request) string {
		if c := r.Find("eks.cluster", r.New.Str("clusterName")); c != nil && !oneOf(c.Props.Str("accessConfig.authenticationMode"), "API API_AND_CONFIG_MAP") {
			return "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
		}
		return ""
	}},
	{ID: "eks-access-principal", Code: badParameter, Source: docEKSAccess, Kinds: "eks.accessEntry", On: Create, Check: func(r *Request) string {
		p := r.New.Str("principalArn")
		a, ok := parseARN(p)
		if !ok || a.service != "iam" || !strings.HasPrefix(a.resource, "role/") && !strings.HasPrefix(a.resource, "user/") {
			return say("The specified principalArn %s is invalid: it must be the ARN of an IAM role or user", p)
		}
		if strings.HasPrefix(a.resource, "role/") && !strings.HasPrefix(a.resource, "role/aws-") && a.account == r.Account && r.ByARN("iam.role", p) == nil {
			return say("The specified principalArn is invalid: invalid principal %s", p)
		}
		return ""
	}},
	{ID: "eks-access-entry-taken", Code: "ResourceInUseException", Source: docEKSAccess, Kinds: "eks.accessEntry", On: Create, Check: func(r *Request) string {
		cluster, principal := r.New.Str("clusterName"), r.New.Str("principalArn")
		taken := r.accessEntry(cluster, principal) != nil
		for _, g := range r.With("eks.nodeGroup", "clusterName", cluster) { // a node group makes the entry of its role
			taken = taken || g.Props.Str("nodeRoleArn") == principal
		}
		if taken {
			return "The specified access entry resource is already in use on this cluster."
		}
		return ""
	}},
	{ID: "eks-access-type", Code: badParameter, Source: docEKSAccess, Kinds: "eks.accessEntry", On: Create, Check: func(r *Request) string {
		t := r.New.Str("type")
		switch {
		case t == "" || t == "STANDARD":
			return ""
		case !oneOf(t, "EC2 EC2_LINUX EC2_WINDOWS FARGATE_LINUX HYBRID_LINUX HYPERPOD_LINUX"):
			return say("The access entry type '%s' is invalid", t)
		case r.New.Has("kubernetesGroups") || r.New.Has("userName"):
			return say("Kubernetes groups and user name cannot be specified for access entries of the type %s", t)
		}
		return ""
	}},
	{ID: "eks-access-groups", Code: badParameter, Source: docEKSAccess, Kinds: "eks.accessEntry", On: Write, Check: func(r *Request) string {
		for _, g := range r.New.Strs("kubernetesGroups") {
			if strings.HasPrefix(g, "system:") {
				return say("The kubernetes group name %s is invalid, it cannot start with system:", g)
			}
		}
		return ""
	}},
	{ID: "eks-access-policy", Code: badParameter, Source: "Amazon EKS User Guide: Associate access policies with access entries", Kinds: "eks.accessPolicyAssociation", On: Create, Check: func(r *Request) string {
		if p := r.New.Str("policyArn"); !accessPolicyForm.MatchString(p) || !strings.HasPrefix(p, "arn:"+r.Partition()+":") {
			return say("The policyArn %s is not that of an access policy", p)
		}
		scope, namespaces := r.New.Str("accessScope.type"), r.New.Has("accessScope.namespaces")
		if !oneOf(scope, "cluster namespace") || (scope == "namespace") != namespaces {
			return say("The access scope type '%s' must be cluster, or namespace with namespaces", scope)
		}
		return ""
	}},
	{ID: "eks-access-policy-entry", Code: "ResourceNotFoundException", Source: "Amazon EKS User Guide: Associate access policies with access entries", Kinds: "eks.accessPolicyAssociation", On: Create, Check: func(r *Request) string {
		e := r.accessEntry(r.New.Str("clusterName"), r.New.Str("principalArn"))
		switch {
		case e == nil:
			return say("The specified principalArn could not be found: %s has no access entry", r.New.Str("principalArn"))
		case !oneOf(e.Props.Str("type"), "STANDARD EC2") && e.Props.Has("type"):
			return say("Access policies cannot be associated with access entries of the type %s", e.Props.Str("type"))
		}
		return ""
	}},
	{ID: "eks-pod-identity-taken", Code: "ResourceInUseException", Source: docPodIdentity, Kinds: "eks.podIdentityAssociation", On: Create, Check: func(r *Request) string {
		for _, o := range r.With("eks.podIdentityAssociation", "serviceAccount", r.New.Str("serviceAccount")) {
			if same(o.Props, r.New, "clusterName", "namespace") {
				return say("Association already exists: %s", o.ID)
			}
		}
		for _, a := range r.With("eks.addon", "clusterName", r.New.Str("clusterName")) {
			accounts := collect(a.Props, "podIdentityAssociations.serviceAccount")
			if r.New.Str("namespace") == "kube-system" && slices.Contains(accounts, r.New.Str("serviceAccount")) {
				return say("Association already exists: it belongs to the add-on %s", a.ID)
			}
		}
		return ""
	}},
	assumable("eks-pod-identity-trust", "eks.podIdentityAssociation", "roleArn", "pods.eks.amazonaws.com", badParameter, docPodIdentity,
		"Trust policy of the role %s does not allow pods.eks.amazonaws.com to perform sts:AssumeRole and sts:TagSession"),
	{ID: "eks-pod-identity-session", Code: badParameter, Source: docPodIdentity, Kinds: "eks.podIdentityAssociation", On: Write, Check: func(r *Request) string {
		role, _ := r.byARN("iam.role", r.New.Str("roleArn"))
		if role != nil && !allows(role.Props.Str("assumeRolePolicy"), "sts:TagSession", "", "Service:pods.eks.amazonaws.com") {
			return say("Trust policy of the role %s does not allow pods.eks.amazonaws.com to perform sts:TagSession", role.ID)
		}
		return ""
	}},
}

func (r *Request) accessEntry(cluster, principal string) *Resource {
	for _, e := range r.With("eks.accessEntry", "clusterName", cluster) {
		if e.Props.Str("principalArn") == principal {
			return e
		}
	}
	return nil
}

// same says whether two objects agree in some texts.
func same(a, b Obj, properties ...string) bool {
	for _, p := range properties {
		if a.Str(p) != b.Str(p) {
			return false
		}
	}
	return true
}
