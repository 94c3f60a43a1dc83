package registry

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// PullThroughCacheType is the token of the PullThroughCache component.
const PullThroughCacheType = "plinth:registry:PullThroughCache"

// PullThroughCache keeps images of other registries.
type PullThroughCache struct {
	pulumi.ResourceState

	// UrlPrefixes is what stands for the host of an upstream, by prefix: the image
	// registry.k8s.io/pause:3.10 is UrlPrefixes["k8s"] + "/pause:3.10". Docker Hub's own
	// images are in "library". They wait for the rule.
	UrlPrefixes pulumi.StringMapOutput `pulumi:"urlPrefixes"`

	// Rules are the rules by prefix.
	Rules map[string]*ecr.PullThroughCacheRule
	// Templates say how repositories are made, by prefix.
	Templates map[string]*ecr.RepositoryCreationTemplate
	// Role makes the repositories.
	Role *iam.Role

	repositories []pulumi.StringInput
	tagged       bool
}

// NewPullThroughCache makes a cache. Everything wrong with args is reported in one error,
// before anything is registered.
func NewPullThroughCache(
	ctx *pulumi.Context, name string, args *PullThroughCacheArgs, opts ...pulumi.ResourceOption,
) (*PullThroughCache, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &PullThroughCache{
		Rules: map[string]*ecr.PullThroughCacheRule{}, Templates: map[string]*ecr.RepositoryCreationTemplate{},
		repositories: a.repositories(), tagged: len(a.Tags) > 0,
	}
	if err := base.Register(ctx, PullThroughCacheType, name, c, a, opts...); err != nil {
		return nil, err
	}
	if err := c.addRole(ctx, name, a); err != nil {
		return nil, err
	}
	urls := pulumi.StringMap{}
	for _, prefix := range base.SortedKeys(a.Upstreams) {
		if err := c.addUpstream(ctx, name, prefix, a); err != nil {
			return nil, err
		}
		urls[prefix] = pulumi.Sprintf("%s.%s/%s", c.Rules[prefix].RegistryId, iampolicy.RegionalService("dkr.ecr", a.Region), prefix)
	}
	c.UrlPrefixes = urls.ToStringMapOutput()
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"urlPrefixes": c.UrlPrefixes})
}

// repositories are patterns of the ARNs of what the cache keeps.
func (a *PullThroughCacheArgs) repositories() []pulumi.StringInput {
	var patterns []pulumi.StringInput
	for _, prefix := range base.SortedKeys(a.Upstreams) {
		patterns = append(patterns, pulumi.String(fmt.Sprintf(
			"arn:%s:ecr:%s:%s:repository/%s/*", iampolicy.Partition(a.Region), a.Region, a.AccountId, prefix)))
	}
	return patterns
}

// addRole is for ECR, which makes no repository with a customer's key or tags without one.
func (c *PullThroughCache) addRole(ctx *pulumi.Context, name string, a *PullThroughCacheArgs) (err error) {
	child := name + "-role"
	c.Role, err = iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("ecr.amazonaws.com")), Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("create role %s: %w", child, err)
	}
	statements := []iampolicy.Statement{{
		Actions: []string{"ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"}, Resources: c.repositories,
	}}
	if a.KmsKeyArn != nil {
		statements = append(statements, iampolicy.Statement{
			Actions: []string{"kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"}, Resources: []pulumi.StringInput{a.KmsKeyArn},
		})
	}
	child = name + "-role-policy"
	_, err = iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{
		Role: c.Role.Name, Policy: iampolicy.Document(statements...),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("create role policy %s: %w", child, err)
	}
	return nil
}

// addUpstream makes the rule after the template: a repository is made once, by the first
// pull, and what the template says later is not for it. Tags move, as upstream moves them.
func (c *PullThroughCache) addUpstream(ctx *pulumi.Context, name, prefix string, a *PullThroughCacheArgs) error {
	child := name + "-template-" + prefix
	encryption := ecr.RepositoryCreationTemplateEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")}
	if a.KmsKeyArn != nil {
		encryption = ecr.RepositoryCreationTemplateEncryptionConfigurationArgs{
			EncryptionType: pulumi.String("KMS"), KmsKey: base.Optional(a.KmsKeyArn),
		}
	}
	args := &ecr.RepositoryCreationTemplateArgs{
		Prefix:                   pulumi.String(prefix),
		AppliedFors:              pulumi.ToStringArray([]string{"PULL_THROUGH_CACHE"}),
		CustomRoleArn:            c.Role.Arn,
		Description:              pulumi.String(fmt.Sprintf("Images of %s", upstreams[a.Upstreams[prefix].Registry].host)),
		EncryptionConfigurations: ecr.RepositoryCreationTemplateEncryptionConfigurationArray{encryption},
		ImageTagMutability:       pulumi.String("MUTABLE"),
		LifecyclePolicy:          pulumi.String(expiry(*a.KeepTagged, a.UntaggedDays)),
	}
	if c.tagged {
		args.ResourceTags = pulumi.ToStringMap(a.Tags)
	}
	template, err := ecr.NewRepositoryCreationTemplate(ctx, child, args, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("create template %s: %w", child, err)
	}
	child = name + "-rule-" + prefix
	rule, err := ecr.NewPullThroughCacheRule(ctx, child, &ecr.PullThroughCacheRuleArgs{
		EcrRepositoryPrefix: pulumi.String(prefix),
		UpstreamRegistryUrl: pulumi.String(upstreams[a.Upstreams[prefix].Registry].host),
		CredentialArn:       base.Optional(a.Upstreams[prefix].CredentialArn),
	}, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{template}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create rule %s: %w", child, err)
	}
	c.Templates[prefix], c.Rules[prefix] = template, rule
	return nil
}

// PullStatements let their holder pull through the cache, and so fill it: nodes, or who
// fills it ahead of them.
func (c *PullThroughCache) PullStatements() []iampolicy.Statement {
	actions := slices.Concat(pullActions, []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"})
	if c.tagged {
		actions = append(actions, "ecr:TagResource")
	}
	return []iampolicy.Statement{login, {Actions: actions, Resources: c.repositories}}
}
