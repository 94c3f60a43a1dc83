package workload_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

// Where pods speak TLS, everybody who asks them does, and on their other ports nobody.
func TestEverybodySpeaksTlsWithPodsThatDo(t *testing.T) {
	type asks struct{ kubernetes, checks, requests, callers any }
	for name, test := range map[string]struct {
		change func(a *workload.ServiceArgs)
		want   asks
	}{
		"plain":    {func(a *workload.ServiceArgs) { a.Routes.BackendTls = false }, asks{nil, "HTTP", "HTTP", "http://cart.shop.svc.cluster.local:8080"}},
		"one port": {func(*workload.ServiceArgs) {}, asks{"HTTPS", "HTTPS", "HTTPS", "https://cart.shop.svc.cluster.local:8080"}},
		"health on another port": {func(a *workload.ServiceArgs) { a.Health = &workload.HealthArgs{Port: 9000} },
			asks{nil, "HTTP", "HTTPS", "https://cart.shop.svc.cluster.local:8080"}},
		"checks on another port": {func(a *workload.ServiceArgs) {
			a.Routes.HealthCheck = &workload.HealthCheckArgs{Path: "/up", Port: 9000}
		},
			asks{"HTTPS", "HTTP", "HTTPS", "https://cart.shop.svc.cluster.local:8080"}},
	} {
		t.Run(name, func(t *testing.T) {
			args, url := routedService(), ""
			args.Routes.BackendTls = true
			test.change(args)
			g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
				s, err := workload.NewService(ctx, "cart", args)
				if err != nil {
					return err
				}
				ctx.Export("url", s.Url.ApplyT(func(text string) string {
					url = text
					return text
				}))
				return nil
			})
			for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
				require.Equal(t, test.want.kubernetes, g.Named(t, "cart-deployment").Value(containerOf(probe+".httpGet.scheme")), probe)
			}
			require.Equal(t, test.want, asks{test.want.kubernetes, annotation(t, args, "healthcheck-protocol"), annotation(t, args, "backend-protocol"), url})
		})
	}
}

func TestPodsThatSpeakTlsAnswerGrpcHealthOnAPlainPort(t *testing.T) {
	args := routedService()
	args.Routes.ProtocolVersion, args.Routes.BackendTls = workload.Grpc, true
	args.Health = &workload.HealthArgs{Protocol: workload.ProtocolGrpc, Port: 9000}
	require.Equal(t, "HTTP", annotation(t, args, "healthcheck-protocol"))
	require.Equal(t, "9000", annotation(t, args, "healthcheck-port"))
}
