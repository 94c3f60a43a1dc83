package rehearsal_test

import (
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// taken deploys a program and takes a snapshot of it, by way of a file.
func taken(t *testing.T, opts rehearsal.Options) *rehearsal.Snapshot {
	t.Helper()
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	_, err = r.Up(t.Context())
	require.NoError(t, err)
	snapshot, err := r.Snapshot(t.Context())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "releases", "one.json.gz")
	require.NoError(t, snapshot.Save(path))
	loaded, err := rehearsal.LoadSnapshot(path)
	require.NoError(t, err)
	return loaded
}

func TestARehearsalGoesOnFromASnapshot(t *testing.T) {
	opts := options(t, func(ctx *pulumi.Context) error {
		_, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{
			CidrBlock: pulumi.String("10.0.0.0/16"), Tags: pulumi.StringMap{"secret": config.GetSecret(ctx, "app:secret")},
		})
		if err != nil {
			return err
		}
		_, err = s3.NewBucketV2(ctx, "data", nil)
		return err
	})
	opts.Stack, opts.Secrets = "blue", map[string]string{"app:secret": "hush"}
	opts.Cloud = simcloud.New(simcloud.WithExisting(simcloud.Resource{
		Type: "aws:route53/zone:Zone", ID: "Z1", Region: "us-east-1", Account: "123456789012", Props: map[string]any{"name": "example.com"},
	}))
	opts.From = taken(t, opts)
	opts.Stack, opts.Cloud = "", nil

	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	_, err = r.Up(t.Context(), rehearsal.ExpectNoChanges())
	require.NoError(t, err)
	_, err = r.Refresh(t.Context())
	require.NoError(t, err)
	_, err = r.Destroy(t.Context())
	require.NoError(t, err, "the VPC's own default group goes with it, and the zone was there before")
	require.Len(t, r.Cloud().Resources(), 1)

	opts.Stack = "green"
	_, err = rehearsal.New(t.Context(), opts)
	require.EqualError(t, err, `the snapshot is of the stack "blue", not of "green"`)
}

// A name that was given must not be given again, and a stack that still has both is no
// snapshot.
func TestAReplacementFromASnapshotGetsANewName(t *testing.T) {
	group := func(description string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			vpc, err := ec2.NewVpc(ctx, "net", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
			if err != nil {
				return err
			}
			_, err = ec2.NewSecurityGroup(ctx, "main", &ec2.SecurityGroupArgs{VpcId: vpc.ID(), Description: pulumi.String(description)})
			return err
		}
	}
	opts := options(t, group("one"))
	opts.From = taken(t, opts)
	opts.Program = group("two")
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	r.Cloud().Inject(simcloud.Fault{URN: "urn:pulumi:dev::rehearsal::aws:ec2/securityGroup:SecurityGroup::main", Op: "delete", Times: 1})
	phase, err := r.Up(t.Context())
	require.Error(t, err)
	require.Len(t, phase.Steps, 1)
	require.Equal(t, "replace", phase.Steps[0].Op)
	require.Len(t, r.Cloud().Resources(), 3, "the new one is there")
	_, err = r.Snapshot(t.Context())
	require.EqualError(t, err, "snapshot of dev: main (aws:ec2/securityGroup:SecurityGroup) is still to be deleted: the last update failed")

	_, err = r.Up(t.Context())
	require.NoError(t, err)
	_, err = r.Snapshot(t.Context())
	require.NoError(t, err)
}
