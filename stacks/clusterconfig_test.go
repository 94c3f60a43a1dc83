package stacks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheClusterIsOptionalAndCompletedByProfile(t *testing.T) {
	none, err := ParseEnvironment(with(t, map[string]any{"cluster": nil, "services": nil}))
	require.NoError(t, err)
	require.Nil(t, none.Cluster)

	bare := map[string]any{
		"services": map[string]any{"cart": map[string]any{"image": "example.com/cart:1"}},
	}
	prod, err := ParseEnvironment(with(t, bare))
	require.NoError(t, err)
	require.Equal(t, []any{"Auto", 256, []string{"us-east-1a", "us-east-1b"}, []string{"10.20.0.0/16"}},
		[]any{prod.Cluster.Compute, prod.Cluster.MaxCpus, prod.Cluster.ControlPlaneZones, prod.Cluster.ApiCidrs})
	cart := ServiceConfig{
		Image: "example.com/cart:1", Port: 8080, HealthPath: "/healthz", ReadyPath: "/readyz",
		Cpu: "250m", Memory: "256Mi", MinReplicas: 3, MaxReplicas: 12, CpuTarget: 60, DeletionProtection: prod.DeletionProtection,
	}
	require.Equal(t, cart, prod.Services["cart"])

	bare["profile"] = "development"
	dev, err := ParseEnvironment(with(t, bare))
	require.NoError(t, err)
	cart.Cpu, cart.Memory, cart.MinReplicas, cart.MaxReplicas = "50m", "64Mi", 1, 1
	require.Equal(t, cart, dev.Services["cart"])
	require.Equal(t, 16, dev.Cluster.MaxCpus)
}

func TestProblemsOfTheClusterAndItsServicesAreReportedTogether(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{
		"cache": nil,
		"cluster": map[string]any{
			"version": "1.35.2", "compute": "Fargate", "controlPlaneZones": []string{"us-east-1a", "us-east-1f"}, "admins": map[string]string{"me": "arn:aws:iam::1:user/me"},
			"apiCidrs": []string{"10.0.0.1/8"}, "publicApiCidrs": []string{"0.0.0.0/0"}, "maxCpus": 1, "plaintext": true, "hostedZoneId": "Z1",
		},
		"queues": map[string]any{"orders": map[string]any{}, "order-events": map[string]any{}, "Orders": map[string]any{}},
		"services": map[string]any{
			"Cart": map[string]any{"image": "example.com/cart:1"},
			"shop": map[string]any{
				"port": 80, "path": "shop", "minReplicas": 1, "maxReplicas": 3, "calls": []string{"shop", "till", "Cart", "Cart"}, "uses": []string{"database", "cache"},
				"sends": []string{"bills"}, "receives": []string{"orders"}, "canary": map[string]any{"weight": 101},
				"environment": map[string]string{"DATABASE_HOST": "mine", "TILL_URL": "mine", "URL": "mine"},
			},
			"app":  map[string]any{"image": "example.com/app:1", "path": "shop"},
			"till": map[string]any{"image": "example.com/till:1", "minReplicas": 3, "maxReplicas": 2, "canary": map[string]any{"image": "example.com/till:2"}},
		},
	}))
	require.EqualError(t, err, `plinth:environment: 29 problems
  cluster.admins.me: "arn:aws:iam::1:user/me": is not the ARN of an IAM role
  cluster.apiCidrs[0]: "10.0.0.1/8": has host bits set; the block is 10.0.0.0/8
  cluster.compute: "Fargate" is not supported; allowed: Auto, Karpenter
  cluster.controlPlaneZones[1]: "us-east-1f": is not one of network.zones
  cluster.domainName: is required
  cluster.hostedZoneId: needs domainName
  cluster.maxCpus: 1: must be 2 or more
  cluster.plaintext: true: production serves TLS only; set certificateArn
  cluster.publicApiCidrs: production does not open the API server to the whole internet
  cluster.version: "1.35.2": must be a minor version such as 1.35, in quotes
  queues.Orders: a queue's name has 1 to 24 lower-case letters, digits and hyphens, and begins with a letter
  services.Cart: a service's name has 1 to 24 lower-case letters, digits and hyphens, begins with a letter, and is not app
  services.app: a service's name has 1 to 24 lower-case letters, digits and hyphens, begins with a letter, and is not app
  services.app.path: "shop": must begin with / and have 126 characters at most
  services.shop.calls: a service does not call itself
  services.shop.calls[3]: "Cart": is listed twice
  services.shop.canary.image: is required
  services.shop.canary.weight: 101: must be 0 to 100
  services.shop.environment.DATABASE_HOST: is set by what the service uses and calls
  services.shop.environment.TILL_URL: is set by what the service uses and calls
  services.shop.image: is required
  services.shop.minReplicas: 1: production runs two replicas or more
  services.shop.path: "shop": is that of services.app
  services.shop.path: "shop": must begin with / and have 126 characters at most
  services.shop.port: 80: must be 1024 to 65535
  services.shop.sends[0]: "bills": is not one of the queues (Orders, order-events, orders)
  services.shop.uses[1]: "cache": is not there; the stack has no cache
  services.till.canary: needs path: the load balancer weighs the requests
  services.till.minReplicas: 3: must be 1 or more and not above maxReplicas (2)`)
}

func TestServicesNeedACluster(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{"cluster": nil}))
	require.ErrorContains(t, err, "services: need cluster, which they run in")
}
