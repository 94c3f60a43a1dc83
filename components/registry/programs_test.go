package registry_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/registry"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	home    = "eu-west-1"
	account = "111122223333"
	partner = "444455556666"
	other   = "222233334444"
	key     = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")

	repositoryToken = "aws:ecr/repository:Repository"
	templateToken   = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"

	noKey = "kmsKeyArn: is required, unless awsManagedKey is true: the key cannot be changed later, " +
		"and what AWS's own key encrypts cannot be shared with another account"
)

func smallest() *registry.RepositoryArgs {
	return &registry.RepositoryArgs{Region: home, AccountId: account, AwsManagedKey: true}
}

// full uses every argument that does not exclude another.
func full() *registry.RepositoryArgs {
	return &registry.RepositoryArgs{
		Region: home, AccountId: account, Name: "shop/cart", KmsKeyArn: key, MutableTags: true, ScanOnPush: pulumi.BoolRef(false),
		KeepTagged: pulumi.IntRef(10), UntaggedDays: 1, PullAccounts: []string{partner, other}, LambdaPull: true,
		DeletionProtection: pulumi.BoolRef(false), ForceDelete: true, Tags: map[string]string{"team": "shop"},
	}
}

func program(args *registry.RepositoryArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := registry.NewRepository(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

func smallestCache() *registry.PullThroughCacheArgs {
	return &registry.PullThroughCacheArgs{
		Region: home, AccountId: account, AwsManagedKey: true, Upstreams: map[string]registry.UpstreamArgs{"k8s": {Registry: registry.Kubernetes}},
	}
}

// fullCache uses every argument that does not exclude another, and every upstream.
func fullCache() *registry.PullThroughCacheArgs {
	return &registry.PullThroughCacheArgs{
		Region: home, AccountId: account, KmsKeyArn: key, KeepTagged: pulumi.IntRef(0), UntaggedDays: 30, Tags: map[string]string{"team": "shop"},
		Upstreams: map[string]registry.UpstreamArgs{
			"public": {Registry: registry.EcrPublic}, "k8s": {Registry: registry.Kubernetes}, "quay": {Registry: registry.Quay},
			"hub": {Registry: registry.DockerHub, CredentialArn: login("hub")}, "github": {Registry: registry.GitHub, CredentialArn: login("github")},
			"team/gitlab": {Registry: registry.GitLab, CredentialArn: login("gitlab")},
		},
	}
}

func login(of string) pulumi.String {
	return pulumi.String("arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/" + of + "-abcdef")
}

func cacheProgram(args *registry.PullThroughCacheArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := registry.NewPullThroughCache(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

// requireGrants sees that the statements that a program grants are these.
func requireGrants(t *testing.T, grant func(ctx *pulumi.Context) ([]iampolicy.Statement, error), want string) {
	t.Helper()
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		statements, err := grant(ctx)
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{"policy": iampolicy.Document(statements...)}, &r)
	})
	require.Equal(t, `{"Statement":[`+want+`],"Version":"2012-10-17"}`, g.Named(t, "grants").Value("policy"))
}
