package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// prerequisites are what a workload's pods need before they start.
type prerequisites struct {
	all     []pulumi.Resource
	roleArn pulumi.StringOutput
}

// wait makes what runs pods wait for them: without the association the first pods would
// have no credentials, without the policy no network.
func (n prerequisites) wait() pulumi.ResourceOption { return pulumi.DependsOn(n.all) }

// inCluster is for objects that own nothing outside the cluster and run no pods.
func (p *podSpec) inCluster(parent pulumi.Resource) pulumi.ResourceOption {
	opts := []pulumi.ResourceOption{pulumi.Parent(parent)}
	if p.cluster != nil {
		opts = append(opts, pulumi.DeletedWith(p.cluster))
	}
	return pulumi.Composite(opts...)
}

// prepare makes what pods need: for statements the role and its association, the service
// account, the network policy, and for files the ConfigMap.
func (p *podSpec) prepare(ctx *pulumi.Context, parent pulumi.Resource, labels pulumi.StringMap, ingress networkingv1.NetworkPolicyIngressRuleArray) (prerequisites, error) {
	n := prerequisites{roleArn: pulumi.String("").ToStringOutput()}
	if len(p.statements) > 0 { // first, since an association takes a moment to reach new pods
		if err := p.addRole(ctx, parent, &n); err != nil {
			return n, err
		}
	}
	child := p.component + "-account"
	account, err := corev1.NewServiceAccount(ctx, child, &corev1.ServiceAccountArgs{
		Metadata: p.metadata(pulumi.String(p.name), labels), AutomountServiceAccountToken: pulumi.Bool(false),
	}, p.inCluster(parent))
	if err != nil {
		return n, fmt.Errorf("create service account %s: %w", child, err)
	}
	policy, err := p.newPolicy(ctx, parent, labels, ingress)
	if err != nil {
		return n, err
	}
	n.all = append(n.all, account, policy)
	if len(p.config) > 0 {
		child = p.component + "-config"
		config, err := corev1.NewConfigMap(ctx, child, &corev1.ConfigMapArgs{
			Metadata: p.metadata(p.configName(), labels), Data: p.files(), Immutable: pulumi.Bool(true),
		}, p.inCluster(parent))
		if err != nil {
			return n, fmt.Errorf("create config map %s: %w", child, err)
		}
		n.all = append(n.all, config)
	}
	return n, nil
}

// files are the contents of the ConfigMap.
func (p *podSpec) files() pulumi.StringMap {
	files := pulumi.StringMap{}
	for name, content := range p.config {
		files[name] = public(fmt.Sprintf("config file %q", name), content)
	}
	return files
}

// configName holds a digest of the files: pods that are replaced keep their own until
// they are gone, also when the new ones never come up.
func (p *podSpec) configName() pulumi.StringOutput {
	return p.files().ToStringMapOutput().ApplyT(func(files map[string]string) (string, error) {
		text, err := json.Marshal(files) // in the order of the keys
		if err != nil {
			return "", fmt.Errorf("digest of config: %w", err)
		}
		digest := sha256.Sum256(text)
		return p.name + "-config-" + hex.EncodeToString(digest[:4]), nil
	}).(pulumi.StringOutput)
}

// addRole makes the role that EKS Pod Identity gives to the pods.
func (p *podSpec) addRole(ctx *pulumi.Context, parent pulumi.Resource, n *prerequisites) error {
	child := p.component + "-role"
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		Description:      pulumi.String("Pods of " + p.name),
		AssumeRolePolicy: p.trust(), Tags: base.Tags(child, p.tags, nil),
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("create role %s: %w", child, err)
	}
	child = p.component + "-permissions"
	permissions, err := iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{
		Role: role.Name, Policy: iampolicy.Document(p.statements...),
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("create role policy %s: %w", child, err)
	}
	child = p.component + "-identity"
	association, err := awseks.NewPodIdentityAssociation(ctx, child, &awseks.PodIdentityAssociationArgs{
		ClusterName: p.clusterName, Namespace: p.namespace, ServiceAccount: pulumi.String(p.name), RoleArn: role.Arn,
		Tags: base.Tags(child, p.tags, nil),
	}, pulumi.Parent(parent))
	if err != nil {
		return fmt.Errorf("create pod identity association %s: %w", child, err)
	}
	n.all, n.roleArn = append(n.all, permissions, association), role.Arn
	return nil
}

// trust lets EKS hand the role to this service account of this cluster, and to no other:
// EKS says in tags of the session for whom it asks.
func (p *podSpec) trust() pulumi.StringOutput {
	cluster := pulumi.Sprintf("arn:%s:eks:%s:%s:cluster/%s", iampolicy.Partition(p.region), p.region, p.accountId, p.clusterName)
	return iampolicy.Document(iampolicy.Statement{
		Actions: []string{"sts:AssumeRole", "sts:TagSession"}, Services: []string{"pods.eks.amazonaws.com"},
		Conditions: map[string]map[string][]pulumi.StringInput{"StringEquals": {
			"aws:RequestTag/eks-cluster-arn":            {cluster},
			"aws:RequestTag/kubernetes-namespace":       {p.namespace},
			"aws:RequestTag/kubernetes-service-account": {pulumi.String(p.name)},
		}},
	})
}
