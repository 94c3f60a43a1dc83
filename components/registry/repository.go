package registry

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// RepositoryType is the token of the Repository component.
const RepositoryType = "plinth:registry:Repository"

// Repository is an ECR repository.
type Repository struct {
	pulumi.ResourceState

	// RepositoryUrl is what images are tagged, pushed and pulled with.
	RepositoryUrl pulumi.StringOutput `pulumi:"repositoryUrl"`
	// RepositoryArn is the repository's ARN.
	RepositoryArn pulumi.StringOutput `pulumi:"repositoryArn"`
	// RepositoryName is the repository's name.
	RepositoryName pulumi.StringOutput `pulumi:"repositoryName"`

	// Repository is the repository itself.
	Repository *ecr.Repository
	// Policy lets other accounts and functions pull, nil if there are none.
	Policy *ecr.RepositoryPolicy
}

// NewRepository makes a repository. Everything wrong with args is reported in one error,
// before anything is registered.
func NewRepository(ctx *pulumi.Context, name string, args *RepositoryArgs, opts ...pulumi.ResourceOption) (*Repository, error) {
	a := base.CopyOf(args).withDefaults(name)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	r := &Repository{}
	if err := base.Register(ctx, RepositoryType, name, r, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *RepositoryArgs) error{r.addRepository, r.addLifecycle, r.addPolicy} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{
		"repositoryUrl": r.RepositoryUrl, "repositoryArn": r.RepositoryArn, "repositoryName": r.RepositoryName,
	})
}

// A name that people know is taken until the old repository is gone.
func (r *Repository) addRepository(ctx *pulumi.Context, name string, a *RepositoryArgs) error {
	child, tags := name+"-repository", "IMMUTABLE"
	if a.MutableTags {
		tags = "MUTABLE"
	}
	encryption := ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")}
	if a.KmsKeyArn != nil {
		encryption = ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("KMS"), KmsKey: base.Optional(a.KmsKeyArn)}
	}
	made, err := ecr.NewRepository(ctx, child, &ecr.RepositoryArgs{
		Name:                       pulumi.String(a.Name),
		ImageTagMutability:         pulumi.String(tags),
		EncryptionConfigurations:   ecr.RepositoryEncryptionConfigurationArray{encryption},
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(*a.ScanOnPush)},
		ForceDelete:                pulumi.Bool(a.ForceDelete),
		Tags:                       base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(r), pulumi.Protect(*a.DeletionProtection), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create repository %s: %w", child, err)
	}
	r.Repository, r.RepositoryUrl, r.RepositoryArn, r.RepositoryName = made, made.RepositoryUrl, made.Arn, made.Name
	return nil
}

func (r *Repository) addLifecycle(ctx *pulumi.Context, name string, a *RepositoryArgs) error {
	child := name + "-lifecycle"
	_, err := ecr.NewLifecyclePolicy(ctx, child, &ecr.LifecyclePolicyArgs{
		Repository: r.RepositoryName, Policy: pulumi.String(expiry(*a.KeepTagged, a.UntaggedDays)),
	}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("create lifecycle policy %s: %w", child, err)
	}
	return nil
}

// addPolicy lets others pull. Principals of the repository's account need no policy.
func (r *Repository) addPolicy(ctx *pulumi.Context, name string, a *RepositoryArgs) (err error) {
	var statements []iampolicy.Statement
	accounts := slices.Sorted(slices.Values(a.PullAccounts)) // their order means nothing
	if len(accounts) > 0 {
		statements = append(statements, iampolicy.Statement{
			Sid: "PullAccounts", Actions: pullActions, AwsPrincipals: arns("arn:%[1]s:iam::%[3]s:root", a.Region, accounts),
		})
	}
	if a.LambdaPull {
		functions := arns("arn:%[1]s:lambda:%[2]s:%[3]s:function:*", a.Region, append([]string{a.AccountId}, accounts...))
		statements = append(statements, iampolicy.Statement{
			Sid: "LambdaPull", Actions: pullActions, Services: []string{"lambda.amazonaws.com"},
			Conditions: map[string]map[string][]pulumi.StringInput{"ArnLike": {"aws:SourceArn": functions}},
		})
	}
	if len(statements) == 0 {
		return nil
	}
	child := name + "-policy"
	r.Policy, err = ecr.NewRepositoryPolicy(ctx, child, &ecr.RepositoryPolicyArgs{
		Repository: r.RepositoryName, Policy: iampolicy.Document(statements...),
	}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("create policy %s: %w", child, err)
	}
	return nil
}

// arns fills partition, region and account into a pattern, for each account.
func arns(pattern, region string, accounts []string) []pulumi.StringInput {
	filled := make([]pulumi.StringInput, len(accounts))
	for i, account := range accounts {
		filled[i] = pulumi.String(fmt.Sprintf(pattern, iampolicy.Partition(region), region, account))
	}
	return filled
}

// PullStatements let their holder pull images.
func (r *Repository) PullStatements() []iampolicy.Statement {
	return []iampolicy.Statement{login, {Actions: pullActions, Resources: []pulumi.StringInput{r.RepositoryArn}}}
}

// PushStatements let their holder push images, and pull what the next one is built on.
func (r *Repository) PushStatements() []iampolicy.Statement {
	return []iampolicy.Statement{login, {
		Actions: slices.Concat(pullActions, pushActions), Resources: []pulumi.StringInput{r.RepositoryArn},
	}}
}
