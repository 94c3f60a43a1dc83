package pack

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/plinth-iac/plinth/policies/rule"
)

// benchmarkEnv makes the test's own executable one of the packs below.
const benchmarkEnv = "PLINTH_BENCHMARK_PACK"

var benchmarked = map[string]func() error{
	"all":     func() error { return Serve(context.Background(), Options{Pack: Plinth}) },
	"none":    serveSilence,
	"few":     func() error { return Serve(context.Background(), Options{Pack: Plinth, Rules: few()}) },
	"policyx": servePolicyx,
}

func TestMain(m *testing.M) {
	serve := benchmarked[os.Getenv(benchmarkEnv)]
	if serve == nil {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// silence answers at once, and so shows what the protocol costs alone.
type silence struct {
	pulumirpc.UnimplementedAnalyzerServer
}

func serveSilence() error {
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Init: func(s *grpc.Server) error {
		pulumirpc.RegisterAnalyzerServer(s, silence{})
		return nil
	}})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}

func (silence) Handshake(context.Context, *pulumirpc.AnalyzerHandshakeRequest) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

func (silence) ConfigureStack(context.Context, *pulumirpc.AnalyzerStackConfigureRequest) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

func (silence) Remediate(context.Context, *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	return &pulumirpc.RemediateResponse{}, nil
}

func (silence) Analyze(context.Context, *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	return &pulumirpc.AnalyzeResponse{}, nil
}

func (silence) AnalyzeStack(context.Context, *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	return &pulumirpc.AnalyzeResponse{}, nil
}

// launch starts a pack in a process of its own, up to the line with its port.
func launch(b *testing.B, cmd *exec.Cmd) (port string) {
	b.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	return strings.TrimSpace(line)
}

func end(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	require.NoError(b, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
}

// connect starts one of the benchmarked packs, and connects to it as the engine does.
func connect(b *testing.B, which string) pulumirpc.AnalyzerClient {
	b.Helper()
	executable, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.CommandContext(b.Context(), executable)
	cmd.Env = append(os.Environ(), benchmarkEnv+"="+which)
	port := launch(b, cmd)
	conn, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, conn.Close())
		end(b, cmd)
	})
	return pulumirpc.NewAnalyzerClient(conn)
}

// spent is how long a pack took to judge a stack.
type spent struct{ resources, stack time.Duration }

// keep takes over what is less. The best run counts, since the machine may be busy.
func (s *spent) keep(run spent) {
	if s.resources == 0 {
		*s = run
	}
	s.resources, s.stack = min(s.resources, run.resources), min(s.stack, run.stack)
}

// each is nanoseconds a resource.
func (s *spent) each(size int) float64 {
	return float64((s.resources + s.stack).Nanoseconds()) / float64(size)
}

// preview makes the calls of a preview: Remediate and Analyze for each resource, and
// AnalyzeStack at the end. It returns the findings as policy and URN.
func preview(b *testing.B, c pulumirpc.AnalyzerClient, inputs []*pulumirpc.AnalyzeRequest, outputs []*pulumirpc.AnalyzerResource) (took spent, findings []string) {
	b.Helper()
	_, err := c.Handshake(b.Context(), &pulumirpc.AnalyzerHandshakeRequest{})
	require.NoError(b, err)
	_, err = c.ConfigureStack(b.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "bench", Project: "plinth", DryRun: true})
	require.NoError(b, err)
	found := func(answer *pulumirpc.AnalyzeResponse) {
		for _, d := range answer.GetDiagnostics() {
			findings = append(findings, d.GetPolicyName()+" "+d.GetUrn())
		}
	}
	started := time.Now()
	for _, req := range inputs {
		if _, err := c.Remediate(b.Context(), req); err != nil {
			b.Fatal(err)
		}
		answer, err := c.Analyze(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		found(answer)
	}
	took.resources = time.Since(started)
	started = time.Now()
	answer, err := c.AnalyzeStack(b.Context(), &pulumirpc.AnalyzeStackRequest{Resources: outputs})
	require.NoError(b, err)
	took.stack = time.Since(started)
	found(answer)
	return took, findings
}

// BenchmarkBeyondTheProtocol is what all policies cost over the wire that the engine
// speaks, less what a pack costs that answers at once. stack-ms is the judging of the graph
// alone, the wire included.
func BenchmarkBeyondTheProtocol(b *testing.B) {
	for _, size := range []int{1000, 2000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			inputs, outputs := mixed(b, size)
			all, none := connect(b, "all"), connect(b, "none")
			var best, base spent
			for b.Loop() {
				took, _ := preview(b, all, inputs, outputs)
				best.keep(took)
				took, _ = preview(b, none, inputs, outputs)
				base.keep(took)
			}
			protocol := base.each(size)
			b.ReportMetric(protocol, "protocol-ns/resource")
			b.ReportMetric(best.each(size)-protocol, "beyond-ns/resource")
			b.ReportMetric(float64(best.stack.Microseconds())/1000, "stack-ms")
		})
	}
}

// mixed is a large stack at its first preview: half of it in AWS, half in a cluster.
func mixed(b *testing.B, size int) ([]*pulumirpc.AnalyzeRequest, []*pulumirpc.AnalyzerResource) {
	b.Helper()
	inputs, outputs := thousand(b)
	inCluster, outCluster := thousandServices(b, 50)
	inAWS := min(len(inputs), size/2)
	return append(inputs[:inAWS:inAWS], inCluster[:size-inAWS]...), append(outputs[:inAWS:inAWS], outCluster[:size-inAWS]...)
}

// The largest that the pack's executable may be, so that it starts quickly and is easily
// passed around.
const largestMiB = 45

// BenchmarkStart is how long the pack's executable takes from its start to the line that
// the engine waits for. It fails if the executable is too large.
func BenchmarkStart(b *testing.B) {
	for name, flags := range map[string]string{"plain": "", "stripped": "-s -w"} {
		b.Run(name, func(b *testing.B) {
			executable := filepath.Join(b.TempDir(), "plinth-policies")
			out, err := exec.Command("go", "build", "-ldflags", flags, "-o", executable, "..").CombinedOutput()
			require.NoError(b, err, string(out))
			file, err := os.Stat(executable)
			require.NoError(b, err)
			size := float64(file.Size()) / (1 << 20)
			require.LessOrEqual(b, size, float64(largestMiB), "MiB")
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), executable)
				launch(b, cmd)
				b.StopTimer()
				end(b, cmd)
				b.StartTimer()
			}
			b.ReportMetric(size, "MiB")
		})
	}
}

// few is the rules that policyx is compared by.
func few() []*rule.Rule {
	var chosen []*rule.Rule
	for _, r := range Rules() {
		if fewIDs[r.ID] {
			chosen = append(chosen, r)
		}
	}
	return chosen
}
