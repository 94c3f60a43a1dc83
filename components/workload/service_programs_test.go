package workload_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/workload"
)

const cartImage = pulumi.String("111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:1.4.2")

func newService(name string, args *workload.ServiceArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.NewService(ctx, name, args)
		return err
	}
}

func smallestService() *workload.ServiceArgs {
	return &workload.ServiceArgs{Namespace: pulumi.String("shop"), Image: cartImage}
}

// fullService uses every argument but Replicas, which Scaling excludes, MinZones, which
// Spread does, and Cluster, a resource.
func fullService() *workload.ServiceArgs {
	return &workload.ServiceArgs{
		Namespace: pulumi.String("shop"), Image: cartImage, Name: "basket",
		ClusterName: pulumi.String("main"), Region: "eu-central-1", AccountId: "111122223333",
		Statements: []iampolicy.Statement{{Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:sqs:eu-central-1:111122223333:orders")}}},
		Command:    []string{"/cart"}, Args: []string{"--verbose"},
		Environment: map[string]pulumi.StringInput{"DATABASE_HOST": pulumi.String("db.example.com"), "CACHE": pulumi.String("cache.example.com")},
		Secrets:     map[string]workload.SecretArgs{"API_TOKEN": {Secret: pulumi.String("payments"), Key: "token"}},
		Config:      map[string]pulumi.StringInput{"cart.yaml": pulumi.String("items: 100\n")}, ConfigPath: "/etc/cart",
		Resources: &workload.ResourcesArgs{Cpu: "1500m", Memory: "512Mi", MemoryLimit: "1024Mi", EphemeralStorage: "2Gi"},
		Scratch: map[string]workload.ScratchArgs{
			"tmp": {Path: "/tmp", Size: "1Gi"}, "shm": {Path: "/dev/shm", InMemory: true},
		},
		RunAsUser: 1000,
		Placement: &workload.PlacementArgs{
			Architecture: workload.ArchitectureAmd64, NodeSelector: map[string]string{"example.com/pool": "web"},
			Tolerations:   map[string]workload.TolerationArgs{"web": {Value: "true", Effect: "NoSchedule"}, "spot": {}},
			PriorityClass: "important",
		},
		Calls:  map[string]workload.CallArgs{"catalogue": {}, "mail/sender": {Port: 9000}},
		Egress: map[string]workload.EgressArgs{"database": {Cidrs: pulumi.ToStringArray([]string{"10.0.0.0/24", "10.0.1.0/24"}), Port: 5432}},
		Tags:   map[string]string{"team": "shop"},
		Port:   9090,
		Health: &workload.HealthArgs{ReadyPath: "/health/ready", LivePath: "/health/live", Port: 9091, StartupSeconds: 121},
		Scaling: &workload.ScalingArgs{
			Min: 3, Max: 30, CpuPercent: 60, MemoryPercent: 80, RequestsPerPod: 50, RequestsMetric: "requests_per_second",
		},
		Spread: workload.SpreadPreferred, Callers: []string{"checkout", "monitoring/prometheus"}, SameZone: true,
		DrainSeconds: 25, ShutdownSeconds: 60,
		Routes: &workload.RoutesArgs{
			IngressClassName: pulumi.String("public"), LoadBalancerCidrs: pulumi.ToStringArray([]string{"10.0.32.0/24", "10.0.33.0/24"}),
			Rules: map[string]workload.RuleArgs{"cart": {Host: "shop.example.com", Path: "/cart"}},
		},
		Canary: &workload.CanaryArgs{Image: cartImage + "-rc1", Weight: 10},
	}
}
