package tests

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// startSmall is start without the cluster. It may have a state that survives a crash, which
// is written as a whole with every step.
func startSmall(t *testing.T, env map[string]string) *rehearsal.Rehearsal {
	t.Helper()
	opts := prerequisites.Options("..", "dev")
	opts.Config, opts.Env = map[string]any{stacks.ConfigKey: withoutCluster(t, "dev")}, env
	return open(t, opts)
}

// small is a program of a VPC and a log group, whose properties a test changes between
// phases.
type small struct {
	cidr, group, importGroup string
	dns                      bool
}

func (s *small) start(t *testing.T) *rehearsal.Rehearsal {
	t.Helper()
	return open(t, rehearsal.Options{Program: s.deploy, Config: map[string]any{"aws:region": "eu-west-1"}, Env: rehearsal.Checkpoints()})
}

func (s *small) deploy(ctx *pulumi.Context) error {
	if s.cidr != "" {
		if _, err := ec2.NewVpc(ctx, "net", &ec2.VpcArgs{CidrBlock: pulumi.String(s.cidr), EnableDnsHostnames: pulumi.Bool(s.dns)}); err != nil {
			return err
		}
	}
	if s.group == "" {
		return nil
	}
	var opts []pulumi.ResourceOption
	if s.importGroup != "" {
		opts = append(opts, pulumi.Import(pulumi.ID(s.importGroup)))
	}
	_, err := cloudwatch.NewLogGroup(ctx, "logs", &cloudwatch.LogGroupArgs{Name: pulumi.String(s.group), RetentionInDays: pulumi.Int(30)}, opts...)
	return err
}

func open(t *testing.T, opts rehearsal.Options) *rehearsal.Rehearsal {
	t.Helper()
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// requireSame says that a stack is deployed exactly as another one is, in the cloud and
// in the state, and that the engine agrees.
func requireSame(t *testing.T, want, got *rehearsal.Rehearsal) {
	t.Helper()
	wanted, found := inCloud(t, want.Cloud()), inCloud(t, got.Cloud())
	for urn := range wanted {
		_, there := found[urn]
		require.True(t, there, "the cloud has no %s", urn)
	}
	require.Len(t, found, len(wanted))
	require.ElementsMatch(t, customURNs(t, want), customURNs(t, got), "the state knows them all")
	up(t, got, rehearsal.ExpectNoChanges())
	_, err := got.Refresh(t.Context())
	require.NoError(t, err)
}

// Throttling, and answers that are lost, of all updates and deletes and of the creates
// that AWS recognises, are coped with by the SDK and leave no trace.
func TestWhatTheSDKRetriesIsNotSeen(t *testing.T) {
	smooth := start(t, "dev")
	up(t, smooth)
	r := start(t, "dev")
	faults := 0
	for urn, res := range inCloud(t, smooth.Cloud()) {
		r.Cloud().Inject(simcloud.Fault{Kind: simcloud.Throttled, URN: urn, Times: 2})
		for _, op := range []string{"create", "update", "delete"} {
			if op != "create" || simcloud.Recognised(res.Type) {
				r.Cloud().Inject(simcloud.Fault{Kind: simcloud.AnswerLost, URN: urn, Op: op, Times: 1})
				faults++
			}
		}
	}
	up(t, r)
	requireSame(t, smooth, r)
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".owner", "somebody-else"))
	up(t, r)
	up(t, r, rehearsal.ExpectNoChanges())
	_, err := r.Destroy(t.Context())
	require.NoError(t, err)
	retried := 0
	for _, o := range r.Cloud().Timeline() {
		if o.Attempts > 1 {
			retried++
		}
	}
	require.Greater(t, retried, faults/2, "they struck")
}

func TestThrottlingWithoutEndIsReportedAndLaterOvercome(t *testing.T) {
	r := (&small{cidr: "10.0.0.0/16"}).start(t)
	r.Cloud().Inject(simcloud.Fault{Kind: simcloud.Throttled, Times: 25})
	_, err := r.Up(t.Context())
	require.ErrorContains(t, err, "exceeded maximum number of attempts, 25, api error RequestLimitExceeded")
	require.Empty(t, inCloud(t, r.Cloud()))
	require.Equal(t, []string{"create net"}, steps(up(t, r)))
	require.Len(t, inCloud(t, r.Cloud()), 1)
}

// Every create of the stack takes too long once, then every update, then every deletion.
func TestEveryOperationMayTimeOutOnce(t *testing.T) {
	smooth := start(t, "dev")
	up(t, smooth)
	r := start(t, "dev")
	once := func(op string) {
		for urn := range inCloud(t, smooth.Cloud()) {
			r.Cloud().Inject(simcloud.Fault{Kind: simcloud.TimedOut, URN: urn, Op: op, Times: 1})
		}
	}
	deploy := func() error { _, err := r.Up(t.Context(), rehearsal.ContinueOnError()); return err }
	once("create")
	require.Greater(t, converge(t, "timeout while waiting for state to become", deploy), 5, "layer after layer fails")
	requireSame(t, smooth, r)

	once("update")
	require.NoError(t, r.SetConfig(stacks.ConfigKey+".owner", "somebody-else"))
	require.NotZero(t, converge(t, "timeout while waiting for state to become", deploy))
	up(t, r, rehearsal.ExpectNoChanges())

	once("delete")
	destroy := func() error { _, err := r.Destroy(t.Context(), rehearsal.ContinueOnError()); return err }
	require.NotZero(t, converge(t, "timeout while waiting for resource to be gone", destroy))
	require.Empty(t, inCloud(t, r.Cloud()))
}

// The engine records a resource that did not get ready in time, and tries again with an
// update in place: nothing is made twice.
func TestATimeoutIsRetriedByTheNextUpdate(t *testing.T) {
	r := (&small{cidr: "10.0.0.0/16"}).start(t)
	r.Cloud().Inject(simcloud.Fault{Kind: simcloud.TimedOut, Times: 1})
	_, err := r.Up(t.Context())
	require.ErrorContains(t, err, "timeout while waiting for state to become 'available'")
	require.Len(t, inCloud(t, r.Cloud()), 1)
	state, err := r.Export(t.Context())
	require.NoError(t, err)
	require.Len(t, state.Resources[len(state.Resources)-1].InitErrors, 1)
	require.Equal(t, []string{"update net"}, steps(up(t, r)))
	up(t, r, rehearsal.ExpectNoChanges())
	require.Len(t, inCloud(t, r.Cloud()), 1)
}

// A fixed name keeps AWS from making a resource twice, but the engine does not know of
// the first: it is refused until somebody imports it.
func TestALostAnswerOfAFixedNameIsHealedByAnImport(t *testing.T) {
	program := &small{group: "fixed"}
	r := program.start(t)
	r.Cloud().Inject(simcloud.Fault{Kind: simcloud.AnswerLost, Times: 1})
	for range 2 {
		_, err := r.Up(t.Context())
		require.ErrorContains(t, err, "ResourceAlreadyExistsException")
		require.Len(t, inCloud(t, r.Cloud()), 1)
	}
	program.importGroup = "fixed"
	require.Equal(t, []string{"import logs"}, steps(up(t, r)))
	program.importGroup = ""
	up(t, r, rehearsal.ExpectNoChanges())
	_, err := r.Destroy(t.Context())
	require.NoError(t, err)
}

// AWS neither recognises a VPC's request nor refuses it: the SDK makes a second one, and
// nobody but the account's bill knows of the first.
func TestALostAnswerOfWhatAWSDoesNotRecogniseOrphansAResource(t *testing.T) {
	r := (&small{cidr: "10.0.0.0/16"}).start(t)
	r.Cloud().Inject(simcloud.Fault{Kind: simcloud.AnswerLost, Times: 1})
	up(t, r)
	up(t, r, rehearsal.ExpectNoChanges())
	require.Len(t, r.Cloud().Resources(), 2)
	_, err := r.Destroy(t.Context())
	require.ErrorContains(t, err, "1 resource left in the cloud")
}

// The engine is killed while an operation is under way, before AWS has done it or after.
// Recovery and running again must end where an undisturbed deploy does.
func TestTheEngineMayBeKilled(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		for kind, when := range map[simcloud.FaultKind]string{simcloud.Refused: "before", simcloud.TimedOut: "after"} {
			t.Run(when, func(t *testing.T) {
				program := &small{cidr: "10.0.0.0/16", group: "logs"}
				smooth, r := program.start(t), program.start(t)
				up(t, smooth)
				killed := func(name, op string, operation func() error) {
					t.Helper()
					r.Cloud().Inject(simcloud.Fault{Kind: kind, URN: "::" + name, Op: op, Times: 1, OnStrike: r.Kill})
					require.Error(t, operation())
					_, err := r.Up(t.Context())
					require.ErrorContains(t, err, "locked")
					_, err = r.Recover(t.Context())
					require.NoError(t, err)
				}
				deploy := func() error { _, err := r.Up(t.Context()); return err }

				killed("net", "create", deploy)
				up(t, r)
				requireSame(t, smooth, r)
				program.dns = true
				killed("net", "update", deploy)
				up(t, r)
				require.Equal(t, true, byName(t, r.Cloud(), "net").Props["enableDnsHostnames"])
				program.cidr = "10.1.0.0/16"
				killed("net", "create", deploy) // of the replacement
				up(t, r)
				up(t, smooth)
				requireSame(t, smooth, r)
				destroy := func() error { _, err := r.Destroy(t.Context()); return err }
				killed("logs", "delete", destroy)
				require.NoError(t, destroy())
				require.Empty(t, inCloud(t, r.Cloud()))
			})
		}
	})
	t.Run("dev", func(t *testing.T) { // with other operations under way at the same time
		smooth := startSmall(t, nil)
		up(t, smooth)
		for _, name := range []string{"network-vpc", "app-balancer-lb"} {
			r := startSmall(t, rehearsal.Checkpoints())
			r.Cloud().Inject(simcloud.Fault{Kind: simcloud.TimedOut, URN: "::" + name, Op: "create", Times: 1, OnStrike: r.Kill})
			_, err := r.Up(t.Context())
			require.Error(t, err)
			_, err = r.Recover(t.Context())
			require.NoError(t, err)
			up(t, r)
			requireSame(t, smooth, r)
		}
	})
}
