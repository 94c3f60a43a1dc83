package storage_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/storage"
	"github.com/plinth-iac/plinth/tests/harness"
)

const key = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")

func full() storage.Args {
	return storage.Args{
		KmsKeyArn: key, ExpireDays: 400, NoncurrentDays: 90, ForceDestroy: true, Protect: true, Tags: map[string]string{"team": "shop"},
		Statements: func(bucketArn pulumi.StringOutput) []iampolicy.Statement {
			return []iampolicy.Statement{{
				Services: []string{"delivery.logs.amazonaws.com"}, Actions: []string{"s3:PutObject"},
				Resources: []pulumi.StringInput{pulumi.Sprintf("%s/*", bucketArn)},
			}}
		},
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("drafts"), Status: pulumi.String("Enabled"),
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(1)},
		}},
	}
}

// program also shows who found the bucket ready.
func program(args storage.Args, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			made, err := storage.New(ctx, name, args)
			if err != nil {
				return err
			}
			var user struct{ pulumi.CustomResourceState }
			if err := ctx.RegisterResource("test:index:User", name+"-user", pulumi.Map{}, &user, pulumi.DependsOn(made.Ready)); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestGraph(t *testing.T) {
	for name, args := range map[string]storage.Args{"smallest": {}, "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "shop-files"), func(t *testing.T, g *harness.Graph) { g.Golden(t, name) })
		})
	}
}

func TestTwoBucketsInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "shop-files", "shop-logs"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:s3/bucketV2:BucketV2"), 2)
	})
}

func TestABucketIsReadyWithAllOfItsParts(t *testing.T) {
	g := harness.Run(t, harness.Update, program(storage.Args{}, "shop-files"))
	var parts []string
	for _, r := range g.Resources {
		if r.Name != "shop-files-user" && r.Custom {
			parts = append(parts, r.URN)
		}
	}
	require.Len(t, parts, 7)
	require.ElementsMatch(t, parts, g.Named(t, "shop-files-user").Dependencies)
}

func TestOnlyTheBucketIsProtected(t *testing.T) {
	g := harness.Run(t, harness.Update, program(full(), "shop-files"))
	for _, r := range g.Resources {
		require.Equal(t, r.Name == "shop-files", r.Protect, r.Name)
	}
}

// A mark of deletion goes once nothing is behind it. S3 sees to that by itself where objects
// have an age, and refuses to be told.
func TestMarksOfDeletionGo(t *testing.T) {
	for name, c := range map[string]struct {
		args storage.Args
		want map[string]any
	}{
		"objects for ever": {storage.Args{}, map[string]any{"expiredObjectDeleteMarker": true}},
		"objects by age":   {storage.Args{ExpireDays: 400}, map[string]any{"days": 400.0}},
	} {
		g := harness.Run(t, harness.Update, program(c.args, "shop-files"))
		require.Equal(t, c.want, g.Named(t, "shop-files-lifecycle").Value("rules[0].expiration"), name)
	}
}

// Without TLS nobody gets in, whatever else the policy says.
func TestTlsOnly(t *testing.T) {
	for name, args := range map[string]storage.Args{"smallest": {}, "full": full()} {
		g := harness.Run(t, harness.Update, program(args, "shop-files"))
		require.Contains(t, g.Named(t, "shop-files-policy").Value("policy"),
			`{"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":{"AWS":"*"},`+
				`"Resource":["arn:aws:mock:us-east-1:111122223333:shop-files","arn:aws:mock:us-east-1:111122223333:shop-files/*"],"Sid":"TlsOnly"}`, name)
	}
}
