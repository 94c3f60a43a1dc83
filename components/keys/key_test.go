package keys_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/keys"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	home     = "eu-west-1"
	recovery = "eu-central-1"
	account  = "111122223333"
)

func smallest() *keys.KeyArgs {
	return &keys.KeyArgs{Region: home, AccountId: account, Class: "database"}
}

// full uses every argument; the provider is of the replica's region.
func full(provider pulumi.ProviderResource) *keys.KeyArgs {
	a := smallest()
	a.Services = keys.Services()
	a.Statements = []iampolicy.Statement{{
		Sid: "Partner", Actions: []string{"kms:Decrypt"}, AwsPrincipals: []pulumi.StringInput{pulumi.String("arn:aws:iam::444455556666:root")},
	}}
	a.Alias, a.RotationDays, a.DeletionWindowDays, a.MultiRegion = "shop/data", 90, 7, true
	a.Replicas = map[string]keys.ReplicaArgs{recovery: {Provider: provider, Services: []string{"backup"}}}
	a.DeletionProtection = pulumi.BoolRef(false)
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func program(names []string, args func(pulumi.ProviderResource) *keys.KeyArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "recovery", &aws.ProviderArgs{Region: pulumi.String(recovery)})
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := keys.NewKey(ctx, name, args(provider)); err != nil {
				return err
			}
		}
		return nil
	}
}

func small(pulumi.ProviderResource) *keys.KeyArgs { return smallest() }

func TestGraph(t *testing.T) {
	for name, args := range map[string]func(pulumi.ProviderResource) *keys.KeyArgs{"smallest": small, "full": full} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program([]string{"database"}, args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, keys.Type+"::database", "database-", "recovery")
			})
		})
	}
}

func TestTwoKeysInOneProgram(t *testing.T) {
	harness.Both(t, program([]string{"database", "cache"}, full), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:kms/key:Key"), 2)
		require.Len(t, g.OfType("aws:kms/replicaKey:ReplicaKey"), 2)
	})
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program([]string{"database"}, small), func(t *testing.T, g *harness.Graph) {
		key := g.Named(t, "database-key")
		require.True(t, key.Protect)
		for path, want := range map[string]any{
			"enableKeyRotation": true, "rotationPeriodInDays": float64(365), "deletionWindowInDays": float64(30), "multiRegion": false,
		} {
			require.Equal(t, want, key.Value(path), path)
		}
		require.Equal(t, "alias/plinth-test-database", g.Named(t, "database-alias").Value("name"))
	})
}

func TestReplicasGoThroughTheirOwnProvider(t *testing.T) {
	harness.Both(t, program([]string{"database"}, full), func(t *testing.T, g *harness.Graph) {
		for _, name := range []string{"database-replica-eu-central-1", "database-alias-eu-central-1"} {
			require.Contains(t, g.Named(t, name).Provider, "::recovery", name)
		}
		require.NotContains(t, g.Named(t, "database-key").Provider, "::recovery")
	})
}

// statement is one statement of a rendered policy. A list of one is a plain string.
type statement struct {
	Sid, Effect string
	Action      any
	Principal   map[string]any
	Resource    any
	Condition   map[string]map[string]any
}

func policyOf(t require.TestingT, args *keys.KeyArgs) []statement {
	policy := make(chan string, 1)
	_, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
		key, err := keys.NewKey(ctx, "database", args)
		if err == nil {
			key.Key.Policy.ApplyT(func(text string) string { policy <- text; return text })
		}
		return err
	})
	require.NoError(t, err)
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(<-policy), &document))
	return document.Statement
}

func find(t require.TestingT, statements []statement, sid string) statement {
	i := slices.IndexFunc(statements, func(s statement) bool { return s.Sid == sid })
	require.NotEqual(t, -1, i, "no statement %s", sid)
	return statements[i]
}

func TestServicesUseTheKeyAsNarrowlyAsTheyCan(t *testing.T) {
	a := smallest()
	a.Services = []string{"secretsmanager", "rds", "logs", "cloudwatch", "events"}
	policy := policyOf(t, a)
	require.Len(t, policy, 6)
	require.Equal(t, "arn:aws:iam::111122223333:root", find(t, policy, "Administration").Principal["AWS"])

	services := find(t, policy, "Services")
	require.NotContains(t, services.Action, "kms:CreateGrant")
	require.Equal(t, map[string]map[string]any{"StringEquals": {
		"kms:CallerAccount": account, "kms:ViaService": []any{"rds.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"},
	}}, services.Condition)

	grants := find(t, policy, "Grants")
	require.Equal(t, "kms:CreateGrant", grants.Action)
	require.Equal(t, map[string]map[string]any{
		"Bool":         {"kms:GrantIsForAWSResource": "true"},
		"StringEquals": {"kms:CallerAccount": account, "kms:ViaService": "rds.eu-west-1.amazonaws.com"},
	}, grants.Condition)

	topics := find(t, policy, "Topics")
	require.Equal(t, []any{"cloudwatch.amazonaws.com", "events.amazonaws.com"}, topics.Principal["Service"])
	require.Equal(t, "arn:aws:sns:eu-west-1:111122223333:*", topics.Condition["ArnLike"]["kms:EncryptionContext:aws:sns:topicArn"])
	require.Equal(t, "events.amazonaws.com", find(t, policy, "Queues").Principal["Service"])

	logs := find(t, policy, "Logs")
	require.Equal(t, "logs.eu-west-1.amazonaws.com", logs.Principal["Service"])
	require.Equal(t, "arn:aws:logs:eu-west-1:111122223333:*", logs.Condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
}

// A key and its buckets are made before the distribution that reads them.
func TestDistributionsOfTheAccountReadAndBucketsPublish(t *testing.T) {
	a := smallest()
	a.Services = []string{"cloudfront", "s3"}
	policy := policyOf(t, a)
	distributions := find(t, policy, "Distributions")
	require.Equal(t, "cloudfront.amazonaws.com", distributions.Principal["Service"])
	require.Equal(t, []any{"kms:Decrypt", "kms:DescribeKey"}, distributions.Action)
	require.Equal(t, "arn:aws:cloudfront::111122223333:distribution/*", distributions.Condition["ArnLike"]["aws:SourceArn"])
	for _, sid := range []string{"Topics", "Queues"} {
		require.Equal(t, "s3.amazonaws.com", find(t, policy, sid).Principal["Service"])
	}
}

func TestOtherPartitionsHaveTheirOwnNames(t *testing.T) {
	a := smallest()
	a.Region, a.Services = "cn-north-1", []string{"rds", "logs"}
	policy := policyOf(t, a)
	require.Equal(t, "arn:aws-cn:iam::111122223333:root", find(t, policy, "Administration").Principal["AWS"])
	require.Equal(t, "rds.cn-north-1.amazonaws.com.cn", find(t, policy, "Services").Condition["StringEquals"]["kms:ViaService"])
	require.Equal(t, "logs.cn-north-1.amazonaws.com.cn", find(t, policy, "Logs").Principal["Service"])
}

// Whatever services are named, nobody outside the account can use the key, a grant is
// for AWS resources only, the account stays able to administer it, and the order of the
// services changes nothing.
func TestNoChoiceOfServicesOpensTheKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := smallest()
		a.Services = rapid.SliceOfDistinct(rapid.SampledFrom(keys.Services()), rapid.ID[string]).Draw(t, "services")
		policy := policyOf(t, a)
		for _, s := range policy {
			require.Equal(t, "Allow", s.Effect)
			if s.Principal["AWS"] == "*" {
				require.Equal(t, account, s.Condition["StringEquals"]["kms:CallerAccount"], s.Sid)
				require.NotEmpty(t, s.Condition["StringEquals"]["kms:ViaService"], s.Sid)
			}
			if s.Principal["Service"] != nil {
				require.Len(t, s.Condition["ArnLike"], 1, s.Sid)
				for _, pattern := range s.Condition["ArnLike"] {
					require.Contains(t, pattern, ":"+account+":", s.Sid)
				}
			}
			actions, _ := json.Marshal(s.Action)
			if strings.Contains(string(actions), "CreateGrant") {
				require.Equal(t, "true", s.Condition["Bool"]["kms:GrantIsForAWSResource"], s.Sid)
			}
		}
		require.Equal(t, "kms:*", find(t, policy, "Administration").Action)

		slices.Reverse(a.Services)
		require.Equal(t, policy, policyOf(t, a))
	})
}

func TestGrantsNameTheKey(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		key, err := keys.NewKey(ctx, "database", smallest())
		if err != nil {
			return err
		}
		require.Equal(t, []string{"kms:Decrypt", "kms:DescribeKey"}, key.DecryptStatement().Actions)
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Policy", "grants", pulumi.Map{
			"policy": iampolicy.Document(key.UseStatement(), key.DecryptStatement()),
		}, &r)
	}, func(t *testing.T, g *harness.Graph) {
		grants := g.Named(t, "grants")
		require.Equal(t, []string{g.Named(t, "database-key").URN}, grants.PropertyDependencies["policy"])
		if g.Mode == harness.Update {
			require.Equal(t, 2, strings.Count(grants.Value("policy").(string), `"Resource":"arn:aws:mock:us-east-1:111122223333:database-key"`))
		}
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	a := full(nil)
	a.Replicas, a.MultiRegion = map[string]keys.ReplicaArgs{recovery: {}}, true
	_, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
		_, err := keys.NewKey(ctx, "database", a)
		return err
	})
	require.ErrorContains(t, err, "replicas.eu-central-1.provider: is required")
	require.Nil(t, a.Replicas[recovery].Services)
}

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	statements := []iampolicy.Statement{{}}
	for name, c := range map[string]struct {
		args *keys.KeyArgs
		want string
	}{
		"nothing given": {&keys.KeyArgs{}, `3 problems
  accountId: is required
  class: is required
  region: is required`},
		"wrong values": {&keys.KeyArgs{
			Region: home, AccountId: "1", Class: "a b", Services: []string{"rds", "redis", "rds"}, Statements: statements, Alias: "aws/x",
			RotationDays: 30, DeletionWindowDays: 31,
			Replicas: map[string]keys.ReplicaArgs{home: {Services: []string{"x"}}, "cn-north-1": {Services: []string{}, Statements: []iampolicy.Statement{}}},
		}, `17 problems
  accountId: "1": must be twelve digits
  alias: "aws/x": must be 1 to 250 letters, digits, slashes, hyphens and underscores, and begin with neither aws/ nor alias/
  class: "a b": must be letters, digits, hyphens and underscores
  deletionWindowDays: 31: must be 7 to 30
  replicas: need multiRegion, which must be set when the key is made
  replicas.cn-north-1: is in another partition than eu-west-1
  replicas.cn-north-1.provider: is required
  replicas.eu-west-1: is the key's own region
  replicas.eu-west-1.provider: is required
  replicas.eu-west-1.services[0]: "x" is not supported; allowed: ` + strings.Join(keys.Services(), ", ") + `
  replicas.eu-west-1.statements[0]: needs services or awsPrincipals: a key's policy says who may use it
  replicas.eu-west-1.statements[0].actions: is required
  rotationDays: 30: must be 90 to 2560
  services[1]: "redis" is not supported; allowed: ` + strings.Join(keys.Services(), ", ") + `
  services[2]: "rds": is there twice
  statements[0]: needs services or awsPrincipals: a key's policy says who may use it
  statements[0].actions: is required`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, func(ctx *pulumi.Context) error {
				_, err := keys.NewKey(ctx, "database", c.args)
				return err
			})
			require.ErrorContains(t, err, `keys.Key "database": `+c.want)
			require.Empty(t, g.Resources)
		})
	}
}
