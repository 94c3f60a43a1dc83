package registry_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/registry"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestCacheGraph(t *testing.T) {
	for name, args := range map[string]*registry.PullThroughCacheArgs{"smallest": smallestCache(), "full": fullCache()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, cacheProgram(args, "images"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, "cache-"+name)
				g.Owned(t, registry.PullThroughCacheType+"::images", "images-")
			})
		})
	}
}

func TestTwoCachesInOneProgram(t *testing.T) {
	harness.Both(t, cacheProgram(fullCache(), "images", "charts"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(templateToken), 12)
	})
}

func TestCacheArgsAreNotChanged(t *testing.T) {
	args := smallestCache()
	harness.Run(t, harness.Preview, cacheProgram(args, "images"))
	require.Equal(t, smallestCache(), args)
}

// A repository that the first pull makes gets what the template says at that time.
func TestTheTemplateIsThereBeforeTheFirstPull(t *testing.T) {
	harness.Both(t, cacheProgram(fullCache(), "images"), func(t *testing.T, g *harness.Graph) {
		template := g.Named(t, "images-template-hub")
		require.Contains(t, g.Named(t, "images-rule-hub").Dependencies, template.URN)
		require.Equal(t, "hub", template.Value("prefix"))
		require.Equal(t, []any{"PULL_THROUGH_CACHE"}, template.Value("appliedFors"))
		require.Equal(t, "MUTABLE", template.Value("imageTagMutability"), "upstream moves its tags")
		require.Equal(t, []any{map[string]any{"encryptionType": "KMS", "kmsKey": string(key)}}, template.Value("encryptionConfigurations"))
		require.Equal(t, []string{g.Named(t, "images-role").URN}, template.PropertyDependencies["customRoleArn"])
	})
}

// ECR makes repositories under the prefixes, with the key if there is one, and nothing else.
func TestTheRoleMakesRepositoriesOnly(t *testing.T) {
	const start = `{"Statement":[{"Action":["ecr:CreateRepository","ecr:ReplicateImage","ecr:TagResource"],"Effect":"Allow","Resource":`
	const of = `"arn:aws:ecr:eu-west-1:111122223333:repository/`
	role := func(args *registry.PullThroughCacheArgs) any {
		return harness.Run(t, harness.Update, cacheProgram(args, "images")).Named(t, "images-role-policy").Value("policy")
	}
	require.Equal(t, start+of+`k8s/*"}],"Version":"2012-10-17"}`, role(smallestCache()))
	require.Equal(t, start+`[`+of+`github/*",`+of+`hub/*",`+of+`k8s/*",`+of+`public/*",`+of+`quay/*",`+of+`team/gitlab/*"]},`+
		`{"Action":["kms:CreateGrant","kms:DescribeKey","kms:RetireGrant"],"Effect":"Allow","Resource":"`+string(key)+`"}],"Version":"2012-10-17"}`,
		role(fullCache()))
}

func TestUrlPrefixesStandForTheUpstream(t *testing.T) {
	for region, domain := range map[string]string{home: "eu-west-1.amazonaws.com", "cn-north-1": "cn-north-1.amazonaws.com.cn"} {
		harness.Both(t, func(ctx *pulumi.Context) error {
			args := smallestCache()
			args.Region = region
			c, err := registry.NewPullThroughCache(ctx, "images", args)
			if err != nil {
				return err
			}
			var r struct{ pulumi.CustomResourceState }
			return ctx.RegisterResource("test:index:Pod", "pod", pulumi.Map{"image": c.UrlPrefixes.MapIndex(pulumi.String("k8s"))}, &r)
		}, func(t *testing.T, g *harness.Graph) {
			pod := g.Named(t, "pod")
			require.Equal(t, []string{g.Named(t, "images-rule-k8s").URN}, pod.PropertyDependencies["image"], "not before there is a rule")
			if g.Mode == harness.Update {
				require.True(t, strings.HasSuffix(pod.Value("image").(string), ".dkr.ecr."+domain+"/k8s"), pod.Value("image"))
			}
		})
	}
}

func TestGrantsOfACache(t *testing.T) {
	const start = `{"Action":"ecr:GetAuthorizationToken","Effect":"Allow","Resource":"*"},` +
		`{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer","ecr:BatchImportUpstreamImage","ecr:CreateRepository"`
	const rest = `],"Effect":"Allow","Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/k8s/*"}`
	for want, tags := range map[string]map[string]string{start + rest: nil, start + `,"ecr:TagResource"` + rest: {"team": "shop"}} {
		requireGrants(t, func(ctx *pulumi.Context) ([]iampolicy.Statement, error) {
			args := smallestCache()
			args.Tags = tags
			c, err := registry.NewPullThroughCache(ctx, "images", args)
			if err != nil {
				return nil, err
			}
			return c.PullStatements(), nil
		}, want)
	}
}

func TestEveryCacheProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	const form = "must be 2 to 30 small letters and digits, with single dots, hyphens, underscores and slashes between them"
	long, prefix := strings.Repeat("a", 52), strings.Repeat("a", 31)
	for name, c := range map[string]struct {
		component string
		args      *registry.PullThroughCacheArgs
		want      string
	}{
		"nothing given": {"images", nil, `registry.PullThroughCache "images": 4 problems
  accountId: is required
  ` + noKey + `
  region: is required
  upstreams: is required`},
		"a name": {"my images", smallestCache(), `registry.PullThroughCache "my images": 1 problem
  name: "my images": must be 1 to 51 letters, digits, hyphens and underscores`},
		"a long name": {long, smallestCache(), `registry.PullThroughCache "` + long + `": 1 problem
  name: "` + long + `": must be 1 to 51 letters, digits, hyphens and underscores`},
		"wrong values": {"images", &registry.PullThroughCacheArgs{
			Region: home, AccountId: account, KmsKeyArn: key, AwsManagedKey: true, KeepTagged: pulumi.IntRef(-1), UntaggedDays: -1,
			Upstreams: map[string]registry.UpstreamArgs{
				"K8s": {Registry: registry.Kubernetes}, prefix: {Registry: registry.Quay}, "none": {}, "gcr": {Registry: "gcr.io"}, "hub": {Registry: registry.DockerHub},
				"public": {Registry: registry.EcrPublic, CredentialArn: login("public")},
				"github": {Registry: registry.GitHub, CredentialArn: pulumi.String("arn:aws:secretsmanager:eu-west-1:111122223333:secret:github")},
				"gitlab": {Registry: registry.GitLab, CredentialArn: pulumi.String("arn:aws:secretsmanager:eu-west-2:111122223333:secret:ecr-pullthroughcache/x")},
			},
		}, `registry.PullThroughCache "images": 11 problems
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  keepTagged: -1: must be 0 or more
  untaggedDays: -1: must be 1 or more
  upstreams.K8s: "K8s": ` + form + `
  upstreams.` + prefix + `: "` + prefix + `": ` + form + `
  upstreams.gcr.registry: "gcr.io" is not supported; allowed: DockerHub, EcrPublic, GitHub, GitLab, Kubernetes, Quay
  upstreams.github.credentialArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:github": must begin with arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/
  upstreams.gitlab.credentialArn: "arn:aws:secretsmanager:eu-west-2:111122223333:secret:ecr-pullthroughcache/x": must begin with arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/
  upstreams.hub.credentialArn: is required: DockerHub wants a login
  upstreams.none.registry: is required
  upstreams.public.credentialArn: conflicts with upstreams.public.registry: EcrPublic has no login`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, cacheProgram(c.args, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
