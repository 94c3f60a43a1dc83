package workload_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryMistakeInAServiceIsReportedAtOnceAndNothingIsRegistered(t *testing.T) {
	g, err := harness.Try(harness.Preview, newService("Cart_", &workload.ServiceArgs{
		Image:       pulumi.String("shop/cart:latest"),
		Statements:  []iampolicy.Statement{{Services: []string{"ec2.amazonaws.com"}}},
		Environment: map[string]pulumi.StringInput{"1ST": nil, "TOKEN": pulumi.String("x")},
		Secrets:     map[string]workload.SecretArgs{"TOKEN": {}},
		Config:      map[string]pulumi.StringInput{"..": nil}, ConfigPath: "etc",
		Resources: &workload.ResourcesArgs{Cpu: "0.5", Memory: "1Gi", MemoryLimit: "512Mi", EphemeralStorage: "1G"},
		Scratch:   map[string]workload.ScratchArgs{"Tmp": {Path: "/tmp/", Size: "-1"}, "mem": {Path: "/mem", Size: "1Gi", InMemory: true}},
		RunAsUser: -1,
		Placement: &workload.PlacementArgs{
			Architecture: "mips", NodeSelector: map[string]string{"kubernetes.io/arch": "amd64", "a b": "c"},
			Tolerations: map[string]workload.TolerationArgs{"?": {Value: "a b", Effect: "Never"}}, PriorityClass: "High!",
		},
		Calls: map[string]workload.CallArgs{"Mail": {Port: 70000}},
		Egress: map[string]workload.EgressArgs{
			"nowhere": {}, "metadata": {Cidrs: pulumi.ToStringArray([]string{"169.254.169.254/32", "10.0.0.1/24"}), Port: 80},
		},
		Port: -1, Health: &workload.HealthArgs{ReadyPath: "ready", LivePath: "ready", Port: -2, StartupSeconds: 1},
		Replicas: 2, Scaling: &workload.ScalingArgs{Min: -1, Max: -2, CpuPercent: -3, MemoryPercent: 101, RequestsPerPod: -4},
		Spread: "Never", Callers: []string{"checkout", "a/b/c", "checkout"}, DrainSeconds: 301, ShutdownSeconds: -1,
	}))
	require.Empty(t, g.Resources)
	harness.Golden(t, "errors-service.golden", reported(t, err)+"\n")
}

// reported is the component's own error, without what the engine puts around it.
func reported(t *testing.T, err error) string {
	t.Helper()
	var problems *fielderr.Error
	require.ErrorAs(t, err, &problems)
	return problems.Error()
}

func TestWhatAServiceCannotBeIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *workload.ServiceArgs)
		want   string
	}{
		"no namespace": {func(a *workload.ServiceArgs) { a.Namespace = nil }, "namespace: is required"},
		"no image":     {func(a *workload.ServiceArgs) { a.Image = nil }, "image: is required"},
		"an image that changes by itself": {func(a *workload.ServiceArgs) { a.Image = pulumi.String("registry.example.com:5000/cart") },
			`image: "registry.example.com:5000/cart": needs a digest or a tag other than latest: what runs must not change by itself`},
		"a long name": {func(a *workload.ServiceArgs) { a.Name = strings.Repeat("a", 51) },
			`name: "` + strings.Repeat("a", 51) + `": must be 1 to 50 small letters, digits and hyphens, begin with a letter and not end with a hyphen`},
		"a name that is no host name": {func(a *workload.ServiceArgs) { a.Name = "1cart" },
			`name: "1cart": must be 1 to 50 small letters, digits and hyphens, begin with a letter and not end with a hyphen`},
		"two owners of the number of pods": {func(a *workload.ServiceArgs) { a.Replicas, a.Scaling = 2, &workload.ScalingArgs{Max: 3} },
			"replicas: conflicts with scaling: the number of pods has one owner"},
		"a pod less than none": {func(a *workload.ServiceArgs) { a.Replicas = -1 }, "replicas: -1: must be 1 or more"},
		"less than one zone":   {func(a *workload.ServiceArgs) { a.MinZones = -1 }, "minZones: -1: must be 1 or more"},
		"zones as a wish": {func(a *workload.ServiceArgs) { a.MinZones, a.Spread = 2, workload.SpreadPreferred },
			"minZones: conflicts with spread: pods that only prefer to be spread start in one zone too"},
		"a range without an end": {func(a *workload.ServiceArgs) { a.Scaling = &workload.ScalingArgs{} },
			"scaling.max: 0: must be min, which is 2, or more"},
		"root": {func(a *workload.ServiceArgs) { a.RunAsUser = -1 }, "runAsUser: -1: must be above 0: containers do not run as root"},
		"the same check twice": {func(a *workload.ServiceArgs) { a.Health = &workload.HealthArgs{LivePath: "/ready"} },
			"health.livePath: conflicts with health.readyPath: a pod that waits for something else must not be started again"},
		"a path for a connection": {func(a *workload.ServiceArgs) {
			a.Health = &workload.HealthArgs{Protocol: workload.ProtocolTcp, ReadyPath: "/ready"}
		}, "health.protocol: TCP has no readyPath and no livePath"},
		"a protocol that there is not": {func(a *workload.ServiceArgs) { a.Health = &workload.HealthArgs{Protocol: "UDP"} },
			`health.protocol: "UDP" is not supported; allowed: HTTP, gRPC, TCP`},
		"a directory over another": {func(a *workload.ServiceArgs) {
			a.Scratch = map[string]workload.ScratchArgs{"a": {Path: "/tmp"}, "b": {Path: "/tmp"}}
		}, `scratch.b.path: "/tmp": is the path of scratch a too`},
		"a root that can be written to": {func(a *workload.ServiceArgs) {
			a.Scratch = map[string]workload.ScratchArgs{"all": {Path: "/"}}
		}, `scratch.all.path: "/": must be an absolute path such as /tmp, and not the root`},
		"more scratch than disk": {func(a *workload.ServiceArgs) {
			a.Scratch = map[string]workload.ScratchArgs{"a": {Path: "/a", Size: "256Mi"}, "b": {Path: "/b", Size: "257Mi"}}
		}, `resources.ephemeralStorage: "512Mi": is less than scratch takes together`},
		"more scratch than memory": {func(a *workload.ServiceArgs) {
			a.Scratch = map[string]workload.ScratchArgs{"a": {Path: "/a", Size: "128Mi", InMemory: true}}
		}, `resources.memoryLimit: "128Mi": is no more than scratch takes in memory`},
		"the metadata of a node": {func(a *workload.ServiceArgs) {
			a.Egress = map[string]workload.EgressArgs{"node": {Cidrs: pulumi.ToStringArray([]string{"169.254.169.254/32"}), Port: 80}}
		}, `egress.node.cidrs[0]: "169.254.169.254/32" is among the addresses of a node's own services, 169.254.0.0/16`},
		"nowhere": {func(a *workload.ServiceArgs) {
			a.Egress = map[string]workload.EgressArgs{"db": {Cidrs: pulumi.StringArray{}, Port: 80}}
		}, `egress.db.cidrs: is required`},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestService()
			test.change(args)
			_, err := harness.Try(harness.Preview, newService("cart", args))
			require.Equal(t, "workload.Service \"cart\": 1 problem\n  "+test.want, reported(t, err))
		})
	}
}

// What is known only later is refused then.
func TestWhatIsFoundOutLaterIsRefusedThen(t *testing.T) {
	later := func(text string) pulumi.StringOutput { return pulumi.String(text).ToStringOutput() }
	secret := pulumi.ToSecret(pulumi.String("hunter2")).(pulumi.StringOutput)
	for name, test := range map[string]struct {
		change func(a *workload.ServiceArgs)
		want   string
	}{
		"an image": {func(a *workload.ServiceArgs) { a.Image = later("shop/cart") }, `image "shop/cart": needs a digest`},
		"a secret variable": {func(a *workload.ServiceArgs) { a.Environment = map[string]pulumi.StringInput{"TOKEN": secret} },
			"TOKEN is secret, and a pod's description is not"},
		"a secret file": {func(a *workload.ServiceArgs) { a.Config = map[string]pulumi.StringInput{"token": secret} },
			`config file "token" is secret`},
		"no blocks": {func(a *workload.ServiceArgs) {
			a.Egress = map[string]workload.EgressArgs{"db": {Cidrs: pulumi.StringArray{}.ToStringArrayOutput(), Port: 80}}
		}, "none would be all"},
		"a block that is none": {func(a *workload.ServiceArgs) {
			a.Egress = map[string]workload.EgressArgs{"db": {Cidrs: pulumi.StringArray{later("db.example.com")}, Port: 80}}
		}, `"db.example.com" is not an address block`},
	} {
		t.Run(name, func(t *testing.T) {
			args := smallestService()
			test.change(args)
			_, err := harness.Try(harness.Update, newService("cart", args))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}
