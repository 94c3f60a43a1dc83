package registry_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/registry"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestRepositoryGraph(t *testing.T) {
	for name, args := range map[string]*registry.RepositoryArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "cart"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, "repository-"+name)
				g.Owned(t, registry.RepositoryType+"::cart", "cart-")
			})
		})
	}
}

func TestTwoRepositoriesInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "cart", "checkout"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(repositoryToken), 2)
	})
}

func TestRepositoryArgsAreNotChanged(t *testing.T) {
	args := smallest()
	harness.Run(t, harness.Preview, program(args, "cart"))
	require.Equal(t, smallest(), args)
}

func TestRepositoryIsSafeByDefault(t *testing.T) {
	harness.Both(t, program(smallest(), "cart"), func(t *testing.T, g *harness.Graph) {
		r := g.Named(t, "cart-repository")
		require.True(t, r.Protect)
		for path, want := range map[string]any{
			"name": "cart", "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration.scanOnPush": true, "forceDelete": false,
			"encryptionConfigurations": []any{map[string]any{"encryptionType": "AES256"}},
		} {
			require.Equal(t, want, r.Value(path), path)
		}
		_, found := g.Find("cart-policy")
		require.False(t, found, "nobody outside is let in")
	})
	withKey := smallest()
	withKey.KmsKeyArn, withKey.AwsManagedKey = key, false
	require.Equal(t, []any{map[string]any{"encryptionType": "KMS", "kmsKey": string(key)}},
		harness.Run(t, harness.Update, program(withKey, "cart")).Named(t, "cart-repository").Value("encryptionConfigurations"))
}

// The name is taken until the repository is gone.
func TestARepositoryGoesBeforeItsSuccessor(t *testing.T) {
	require.True(t, harness.Run(t, harness.Update, program(full(), "cart")).Named(t, "cart-repository").DeleteBeforeReplace)
}

// The text is one that AWS gives back as it is: rules in the order of their priorities,
// keys in the order of the alphabet.
func TestExpiryIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := smallest()
		args.KeepTagged = pulumi.IntRef(rapid.IntRange(0, 1000).Draw(t, "keep"))
		args.UntaggedDays = rapid.IntRange(1, 365).Draw(t, "days")
		g, err := harness.Try(harness.Preview, program(args, "cart"))
		require.NoError(t, err)
		r, _ := g.Find("cart-lifecycle")
		text := r.Value("policy").(string)

		var document struct{ Rules []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(text), &document))
		canonical, err := json.Marshal(map[string]any{"rules": document.Rules})
		require.NoError(t, err)
		require.Equal(t, string(canonical), text)

		want := []map[string]any{{
			"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": float64(args.UntaggedDays),
		}}
		if *args.KeepTagged > 0 {
			want = append(want, map[string]any{
				"tagStatus": "tagged", "tagPatternList": []any{"*"}, "countType": "imageCountMoreThan", "countNumber": float64(*args.KeepTagged),
			})
		}
		require.Len(t, document.Rules, len(want))
		for i, rule := range document.Rules {
			require.Equal(t, want[i], rule["selection"])
			require.Equal(t, float64(i+1), rule["rulePriority"])
			require.Equal(t, map[string]any{"type": "expire"}, rule["action"])
		}
	})
}

func TestThePolicyNamesWhoMayPull(t *testing.T) {
	const actions = `"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],`
	accounts := func(ids string) string {
		return `{` + actions + `"Effect":"Allow","Principal":{"AWS":` + ids + `},"Sid":"PullAccounts"}`
	}
	lambda := func(arns string) string {
		return `{` + actions + `"Condition":{"ArnLike":{"aws:SourceArn":` + arns + `}},"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Sid":"LambdaPull"}`
	}
	for name, c := range map[string]struct {
		region   string
		accounts []string
		lambda   bool
		want     string
	}{
		"an account":   {home, []string{partner}, false, accounts(`"arn:aws:iam::444455556666:root"`)},
		"functions":    {home, nil, true, lambda(`"arn:aws:lambda:eu-west-1:111122223333:function:*"`)},
		"in any order": {home, []string{partner, other}, false, accounts(`["arn:aws:iam::222233334444:root","arn:aws:iam::444455556666:root"]`)},
		"both, in China": {"cn-north-1", []string{partner}, true, accounts(`"arn:aws-cn:iam::444455556666:root"`) + "," +
			lambda(`["arn:aws-cn:lambda:cn-north-1:111122223333:function:*","arn:aws-cn:lambda:cn-north-1:444455556666:function:*"]`)},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallest()
			args.Region, args.PullAccounts, args.LambdaPull = c.region, c.accounts, c.lambda
			require.Equal(t, `{"Statement":[`+c.want+`],"Version":"2012-10-17"}`,
				harness.Run(t, harness.Update, program(args, "cart")).Named(t, "cart-policy").Value("policy"))
		})
	}
}

func TestGrantsOfARepository(t *testing.T) {
	const (
		token = `{"Action":"ecr:GetAuthorizationToken","Effect":"Allow","Resource":"*"},`
		pull  = `"ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"`
		push  = `"ecr:CompleteLayerUpload","ecr:InitiateLayerUpload","ecr:PutImage","ecr:UploadLayerPart"`
		rest  = `],"Effect":"Allow","Resource":"arn:aws:mock:us-east-1:111122223333:cart-repository"}`
	)
	for want, of := range map[string]func(*registry.Repository) []iampolicy.Statement{
		token + `{"Action":[` + pull + rest:              (*registry.Repository).PullStatements,
		token + `{"Action":[` + pull + `,` + push + rest: (*registry.Repository).PushStatements,
	} {
		requireGrants(t, func(ctx *pulumi.Context) ([]iampolicy.Statement, error) {
			r, err := registry.NewRepository(ctx, "cart", full())
			if err != nil {
				return nil, err
			}
			return of(r), nil
		}, want)
	}
}

func TestNamesAreThoseThatECRTakes(t *testing.T) {
	for name, ok := range map[string]bool{
		"cart": true, "shop/cart": true, "shop/cart-2.0_arm64": true, "a1": true, strings.Repeat("a", 256): true,
		"a": false, "Cart": false, "shop//cart": false, "/cart": false, "cart/": false, "shop--cart": false, "cart.": false, "shop cart": false,
		"-cart": false, strings.Repeat("a", 257): false,
	} {
		args := smallest()
		args.Name = name
		_, err := harness.Try(harness.Preview, program(args, "cart"))
		require.Equal(t, ok, err == nil, "%s: %v", name, err)
	}
}

func TestEveryRepositoryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	const form = "must be 2 to 256 small letters and digits, with single dots, hyphens, underscores and slashes between them"
	for name, c := range map[string]struct {
		args *registry.RepositoryArgs
		want string
	}{
		"nothing given": {nil, `4 problems
  accountId: is required
  ` + noKey + `
  name: "Cart": ` + form + `
  region: is required`},
		"wrong values": {&registry.RepositoryArgs{
			Region: "Ireland", AccountId: account, Name: "shop//cart", KmsKeyArn: key, AwsManagedKey: true, KeepTagged: pulumi.IntRef(-1), UntaggedDays: -1,
			PullAccounts: []string{"1", account, partner, partner}, ForceDelete: true,
		}, `9 problems
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  forceDelete: conflicts with deletionProtection: images that are protected are not deleted by force
  keepTagged: -1: must be 0 or more
  name: "shop//cart": ` + form + `
  pullAccounts[0]: "1": must be twelve digits
  pullAccounts[1]: "111122223333": is the repository's own account, whose principals need PullStatements
  pullAccounts[3]: "444455556666": is there twice
  region: "Ireland": must be a region such as eu-central-1
  untaggedDays: -1: must be 1 or more`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, "Cart"))
			require.ErrorContains(t, err, `registry.Repository "Cart": `+c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}
