package rehearsal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// The test's own executable is the policy pack when these are set.
const (
	serveVariable = "REHEARSAL_TEST_SERVE_POLICIES"
	pidsVariable  = "REHEARSAL_TEST_PIDS"
	// remedyVariable has the pack change what it finds.
	remedyVariable = "REHEARSAL_TEST_REMEDIES"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		if err := servePack(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func testPack(env map[string]string) rehearsal.PolicyPack {
	all := map[string]string{serveVariable: "1"}
	for key, value := range env {
		all[key] = value
	}
	executable, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return rehearsal.PolicyPack{Path: executable, Env: all}
}

// recordingPids is a CLI that appends its process id to a file.
func recordingPids(t *testing.T, real *rehearsal.Toolchain, file string) *rehearsal.Toolchain {
	t.Helper()
	wrapped := filepath.Join(t.TempDir(), "pulumi")
	script := fmt.Sprintf("#!/bin/sh\necho $$ >> %q\nexec %q \"$@\"\n", file, real.Path)
	require.NoError(t, os.WriteFile(wrapped, []byte(script), 0o755))
	t.Setenv(rehearsal.PulumiVariable, wrapped)
	found, err := rehearsal.FindToolchain(t.Context(), nil)
	require.NoError(t, err)
	return found
}

// pack has a policy of each level: subnets are advised against, and forbidden if the
// pack's configuration says so; VPCs pass.
type pack struct {
	pulumirpc.UnimplementedAnalyzerServer
	forbidden bool
}

func servePack() error {
	if file := os.Getenv(pidsVariable); file != "" {
		pids, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(pids, os.Getpid()); err != nil {
			return err
		}
		if err := pids.Close(); err != nil {
			return err
		}
	}
	cancel := make(chan bool)
	if err := rpcutil.Healthcheck(context.Background(), os.Args[1], 0, func() { close(cancel) }); err != nil {
		return err
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Cancel: cancel, Init: func(server *grpc.Server) error {
		pulumirpc.RegisterAnalyzerServer(server, &pack{})
		return nil
	}})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}

func (*pack) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "1.0.0"}, nil
}

func (*pack) ConfigureStack(context.Context, *pulumirpc.AnalyzerStackConfigureRequest) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

func (*pack) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	info := &pulumirpc.AnalyzerInfo{Name: "test-pack", Version: "1.0.0", SupportsConfig: true}
	for _, name := range []string{"no-subnets", "all-is-well"} {
		info.Policies = append(info.Policies, &pulumirpc.PolicyInfo{
			Name: name, EnforcementLevel: pulumirpc.EnforcementLevel_ADVISORY, PolicyType: pulumirpc.PolicyType_POLICY_TYPE_RESOURCE,
		})
	}
	return info, nil
}

func (p *pack) Configure(_ context.Context, req *pulumirpc.ConfigureAnalyzerRequest) (*emptypb.Empty, error) {
	level := req.GetPolicyConfig()["no-subnets"].GetEnforcementLevel()
	p.forbidden = level == pulumirpc.EnforcementLevel_MANDATORY
	return &emptypb.Empty{}, nil
}

// Remediate changes a property of subnets, if it is asked to.
func (*pack) Remediate(_ context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	if req.GetType() != "aws:ec2/subnet:Subnet" || os.Getenv(remedyVariable) == "" {
		return &pulumirpc.RemediateResponse{}, nil
	}
	changed := proto.CloneOf(req.GetProperties())
	changed.Fields["mapPublicIpOnLaunch"] = structpb.NewBoolValue(true)
	return &pulumirpc.RemediateResponse{Remediations: []*pulumirpc.Remediation{{
		PolicyName: "no-subnets", PolicyPackName: "test-pack", PolicyPackVersion: "1.0.0", Properties: changed,
	}}}, nil
}

func (p *pack) Analyze(_ context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	response := &pulumirpc.AnalyzeResponse{}
	if req.GetType() != "aws:ec2/subnet:Subnet" {
		return response, nil
	}
	level := pulumirpc.EnforcementLevel_ADVISORY
	if p.forbidden {
		level = pulumirpc.EnforcementLevel_MANDATORY
	}
	response.Diagnostics = []*pulumirpc.AnalyzeDiagnostic{{
		PolicyName: "no-subnets", PolicyPackName: "test-pack", PolicyPackVersion: "1.0.0",
		Message: "subnets are not welcome", EnforcementLevel: level, Urn: req.GetUrn(),
	}}
	return response, nil
}

func (*pack) AnalyzeStack(context.Context, *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	return &pulumirpc.AnalyzeResponse{}, nil
}

func (*pack) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func TestPolicyVerdictsAreCounted(t *testing.T) {
	opts := options(t, network)
	opts.PolicyPacks = []rehearsal.PolicyPack{testPack(nil)}
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	p, err := r.Preview(t.Context())
	require.NoError(t, err)
	require.Equal(t, []rehearsal.Policy{
		{Pack: "test-pack", Name: "all-is-well", Passed: 4},
		{Pack: "test-pack", Name: "no-subnets", Passed: 3, Findings: []rehearsal.Finding{{
			Severity: "", URN: "urn:pulumi:dev::rehearsal::aws:ec2/subnet:Subnet::main-a", Message: "subnets are not welcome",
		}}},
	}, p.Policies)
	mandatory, advisory := p.Policies[1].Count()
	require.Equal(t, [2]int{0, 1}, [2]int{mandatory, advisory})
}

func TestRemediesAreKeptWithoutValues(t *testing.T) {
	opts := options(t, network)
	opts.PolicyPacks = []rehearsal.PolicyPack{testPack(map[string]string{remedyVariable: "1"})}
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	p, err := r.Preview(t.Context())
	require.NoError(t, err)
	require.Len(t, p.Policies, 2)
	require.Equal(t, []rehearsal.Remedy{{
		URN: "urn:pulumi:dev::rehearsal::aws:ec2/subnet:Subnet::main-a", Properties: []string{"mapPublicIpOnLaunch"},
	}}, p.Policies[1].Remedies)
}

// What is in a component of a component is a part of the outer one.
func TestFindingsKnowTheTopmostComponent(t *testing.T) {
	opts := options(t, func(ctx *pulumi.Context) error {
		outer, inner := &pulumi.ResourceState{}, &pulumi.ResourceState{}
		if err := ctx.RegisterComponentResource("test:net:Outer", "outer", outer); err != nil {
			return err
		}
		if err := ctx.RegisterComponentResource("test:net:Inner", "inner", inner, pulumi.Parent(outer)); err != nil {
			return err
		}
		vpc, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")}, pulumi.Parent(inner))
		if err != nil {
			return err
		}
		_, err = ec2.NewSubnet(ctx, "main-a", &ec2.SubnetArgs{VpcId: vpc.ID(), CidrBlock: pulumi.String("10.0.0.0/24")}, pulumi.Parent(vpc))
		return err
	})
	opts.PolicyPacks = []rehearsal.PolicyPack{testPack(nil)}
	r, err := rehearsal.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	for _, phase := range []func(context.Context, ...rehearsal.PhaseOption) (rehearsal.Phase, error){r.Preview, r.Up, r.Up} { // the last changes nothing
		p, err := phase(t.Context())
		require.NoError(t, err)
		require.Len(t, p.Policies[1].Findings, 1)
		require.Equal(t, "urn:pulumi:dev::rehearsal::test:net:Outer::outer", p.Policies[1].Findings[0].Component)
	}
}

func TestMandatoryPolicyFailsThePreview(t *testing.T) {
	opts := options(t, network)
	strict := testPack(nil)
	strict.Config = map[string]any{"no-subnets": "mandatory"}
	opts.PolicyPacks = []rehearsal.PolicyPack{strict}
	report, err := rehearsal.Run(t.Context(), opts)
	require.EqualError(t, err, "preview: 1 mandatory policy finding:\n  no-subnets: main-a (aws:ec2/subnet:Subnet): subnets are not welcome")
	require.Len(t, report.Phases, 1)
	require.True(t, report.Phases[0].Policies[1].Findings[0].Mandatory)
	requireNothingLeft(t)
}

func TestMissingPolicyPackIsNamed(t *testing.T) {
	opts := options(t, network)
	opts.PolicyPacks = []rehearsal.PolicyPack{{Path: "nowhere"}}
	_, err := rehearsal.New(t.Context(), opts)
	require.ErrorContains(t, err, "policy pack: ")
	require.ErrorContains(t, err, "nowhere")
	requireNothingLeft(t)
}
