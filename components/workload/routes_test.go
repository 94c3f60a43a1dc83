package workload_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/workload"
	"github.com/plinth-iac/plinth/tests/harness"
)

const alb = "alb.ingress.kubernetes.io/"

func routedService() *workload.ServiceArgs {
	args := smallestService()
	args.Routes = &workload.RoutesArgs{
		IngressClassName: pulumi.String("public"), LoadBalancerCidrs: pulumi.ToStringArray([]string{"10.0.32.0/24"}),
		Rules: map[string]workload.RuleArgs{"cart": {Host: "shop.example.com", Path: "/cart"}},
	}
	return args
}

// fullRoutes uses every argument of routes and canary but PlainHttp, which redirects exclude.
func fullRoutes() *workload.ServiceArgs {
	args := smallestService()
	args.Routes = &workload.RoutesArgs{
		IngressClassName: pulumi.String("internal"), LoadBalancerCidrs: pulumi.ToStringArray([]string{"10.0.32.0/24", "10.0.33.0/24"}),
		Rules: map[string]workload.RuleArgs{
			"any": {Host: "*.example.com"}, "cart": {Host: "shop.example.com", Path: "/cart"},
			"add": {Host: "shop.example.com", Path: "/cart/add", PathType: workload.PathExact},
		},
		ProtocolVersion: workload.Http2, BackendTls: true,
		HealthCheck: &workload.HealthCheckArgs{
			Path: "/health", Port: 9090, Matcher: "200-204", Interval: 15, Timeout: 10, HealthyThreshold: 3, UnhealthyThreshold: 4,
		},
		DeregistrationDelay: pulumi.IntRef(45), SlowStart: 60, Algorithm: workload.RoundRobin, AnomalyMitigation: pulumi.BoolRef(false),
		StickySeconds: 600, Order: 10,
	}
	args.MinZones = 2
	args.Canary = &workload.CanaryArgs{Image: cartImage + "-rc1", Weight: 25, Replicas: 3, StickySeconds: 300}
	return args
}

func TestRoutesGraph(t *testing.T) {
	for name, args := range map[string]*workload.ServiceArgs{"routes-smallest": routedService(), "routes-full": fullRoutes()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, newService("cart", args), func(t *testing.T, g *harness.Graph) { g.Golden(t, name) })
		})
	}
}

// annotation is one of the Ingress, for the load balancer's controller.
func annotation(t *testing.T, args *workload.ServiceArgs, key string) string {
	t.Helper()
	ingress := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-ingress")
	text, _ := ingress.Value("metadata.annotations").(map[string]any)[alb+key].(string)
	return text
}

func TestTheIngressSaysNothingThatIsTheClasss(t *testing.T) {
	// EKS Auto Mode takes the load balancer's own settings from the class, but for redirects
	// and the order.
	known := []string{
		"actions.cart", "backend-protocol", "backend-protocol-version", "group.order", "healthcheck-interval-seconds", "healthcheck-path",
		"healthcheck-port", "healthcheck-protocol", "healthcheck-timeout-seconds", "healthy-threshold-count", "listen-ports", "ssl-redirect",
		"success-codes", "target-group-attributes", "target-type", "unhealthy-threshold-count",
	}
	ingress := harness.Run(t, harness.Update, newService("cart", fullRoutes())).Named(t, "cart-ingress")
	var got []string
	for key := range maps.Keys(ingress.Value("metadata.annotations").(map[string]any)) {
		got = append(got, strings.TrimPrefix(key, alb))
	}
	require.ElementsMatch(t, known, got)
}

func TestEveryHostIsServedByTls(t *testing.T) {
	harness.Both(t, newService("cart", fullRoutes()), func(t *testing.T, g *harness.Graph) {
		ingress := g.Named(t, "cart-ingress")
		require.Equal(t, []any{map[string]any{"hosts": []any{"shop.example.com", "*.example.com"}}}, ingress.Value("spec.tls"))
	})
}

func TestARuleForAnyNameNamesNoneForTls(t *testing.T) {
	args := routedService()
	args.Routes.Rules = map[string]workload.RuleArgs{"all": {}}
	ingress := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-ingress")
	require.Nil(t, ingress.Value("spec.tls"))
	require.Nil(t, ingress.Value("spec.rules[0].host"))
	require.Equal(t, "/", ingress.Value("spec.rules[0].http.paths[0].path"))
}

func TestRoutesOfAPlainClassPromiseNoTls(t *testing.T) {
	args := routedService()
	for _, plain := range []bool{false, true} {
		args.Routes.PlainHttp = plain
		ingress := harness.Run(t, harness.Update, newService("cart", args)).Named(t, "cart-ingress")
		require.Equal(t, "shop.example.com", ingress.Value("spec.rules[0].host"))
		require.Equal(t, plain, ingress.Value("spec.tls") == nil)
	}
}

func TestPlainHttpIsSentOnToTls(t *testing.T) {
	args := routedService()
	require.JSONEq(t, `[{"HTTP":80},{"HTTPS":443}]`, annotation(t, args, "listen-ports"))
	require.Equal(t, "443", annotation(t, args, "ssl-redirect"))
	args.Routes.PlainHttp = true
	require.Empty(t, annotation(t, args, "listen-ports")+annotation(t, args, "ssl-redirect"))
}

func TestServicesThatShareALoadBalancerHaveAnOrder(t *testing.T) {
	args := routedService()
	for order, want := range map[int]string{0: "", 1: "1", 1000: "1000"} {
		args.Routes.Order = order
		require.Equal(t, want, annotation(t, args, "group.order"))
	}
}

func TestClientsThatAreBoundAreNotSharedOutAtRandom(t *testing.T) {
	args := routedService()
	args.Routes.StickySeconds = 600
	attributes := annotation(t, args, "target-group-attributes")
	require.Contains(t, attributes, "load_balancing.algorithm.type=least_outstanding_requests,stickiness.enabled=true")
	require.NotContains(t, attributes, "anomaly_mitigation")
	args.Routes.SlowStart = 30
	require.Contains(t, annotation(t, args, "target-group-attributes"), "load_balancing.algorithm.type=round_robin,stickiness.enabled=true")
}

func TestTheCircuitToFailingPodsIsBroken(t *testing.T) {
	args := routedService()
	require.Equal(t, "deregistration_delay.timeout_seconds=30,slow_start.duration_seconds=0,load_balancing.algorithm.type=weighted_random,"+
		"stickiness.enabled=false,load_balancing.algorithm.anomaly_mitigation=on", annotation(t, args, "target-group-attributes"))
	args.Routes.AnomalyMitigation = pulumi.BoolRef(false)
	require.Contains(t, annotation(t, args, "target-group-attributes"), "anomaly_mitigation=off")
	args.Routes.AnomalyMitigation, args.Routes.Algorithm = nil, workload.LeastOutstandingRequests
	require.NotContains(t, annotation(t, args, "target-group-attributes"), "anomaly_mitigation")
	args.Routes.Algorithm, args.Routes.SlowStart = "", 30
	require.Contains(t, annotation(t, args, "target-group-attributes"), "slow_start.duration_seconds=30,load_balancing.algorithm.type=round_robin")
}

func TestTheLoadBalancerChecksWhatThePodsAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		health                      *workload.HealthArgs
		version                     workload.ProtocolVersion
		path, port, codes, protocol string
	}{
		"as health":        {nil, "", "/ready", "traffic-port", "200", "HTTP1"},
		"on a second port": {&workload.HealthArgs{ReadyPath: "/up", Port: 9000}, workload.Http2, "/up", "9000", "200", "HTTP2"},
		"by gRPC": {&workload.HealthArgs{Protocol: workload.ProtocolGrpc, Port: 9000}, workload.Grpc,
			"/grpc.health.v1.Health/Check", "9000", "0", "GRPC"},
	} {
		t.Run(name, func(t *testing.T) {
			args := routedService()
			args.Health, args.Routes.ProtocolVersion = test.health, test.version
			got := []string{annotation(t, args, "healthcheck-path"), annotation(t, args, "healthcheck-port"), annotation(t, args, "success-codes"),
				annotation(t, args, "backend-protocol-version")}
			require.Equal(t, []string{test.path, test.port, test.codes, test.protocol}, got)
		})
	}
}

func TestACanaryTakesItsShare(t *testing.T) {
	for _, weight := range []int{0, 1, 50, 100} {
		args := routedService()
		args.Canary = &workload.CanaryArgs{Image: cartImage + "-rc1", Weight: weight}
		require.Equal(t, fmt.Sprintf(`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"cart","servicePort":8080,"weight":%d},`+
			`{"serviceName":"cart-canary","servicePort":8080,"weight":%d}]}}`, 100-weight, weight), annotation(t, args, "actions.cart"))
	}
}

func TestWhoIsBoundToAPodIsBoundToItsImage(t *testing.T) {
	for name, test := range map[string]struct {
		pod, image int
		want       string
	}{
		"neither":  {0, 0, ""},
		"to a pod": {600, 0, `"targetGroupStickinessConfig":{"enabled":true,"durationSeconds":600}`},
		"to both":  {600, 300, `"targetGroupStickinessConfig":{"enabled":true,"durationSeconds":300}`},
	} {
		args := routedService()
		args.Routes.StickySeconds = test.pod
		args.Canary = &workload.CanaryArgs{Image: cartImage + "-rc1", StickySeconds: test.image}
		action := annotation(t, args, "actions.cart")
		require.Contains(t, action, test.want, name)
		require.Equal(t, test.want != "", strings.Contains(action, "Stickiness"), name)
	}
}

func TestACanaryChangesNothingOfTheService(t *testing.T) {
	args := routedService()
	before := inputs(t, args)
	args.Canary = &workload.CanaryArgs{Image: cartImage + "-rc1", Weight: 10}
	with := inputs(t, args)
	require.ElementsMatch(t, []string{"cart-deployment-canary", "cart-service-canary", "cart-ingress"}, changed(before, with))
	args.Canary = &workload.CanaryArgs{Image: cartImage + "-rc1", Weight: 20}
	require.Equal(t, []string{"cart-ingress"}, changed(with, inputs(t, args)), "another weight is for the load balancer only")
	args.Image, args.Canary = cartImage+"-rc1", nil
	require.Equal(t, []string{"cart-deployment"}, changed(before, inputs(t, args)), "promoted")
}

func TestACanaryIsTheServiceWithAnotherImage(t *testing.T) {
	harness.Both(t, newService("cart", fullRoutes()), func(t *testing.T, g *harness.Graph) {
		stable, canary := g.Named(t, "cart-deployment"), g.Named(t, "cart-deployment-canary")
		require.Equal(t, string(cartImage)+"-rc1", canary.Value(containerOf("image")))
		require.Equal(t, 3.0, canary.Value("spec.replicas"))
		require.NotEqual(t, stable.Value("spec.selector"), canary.Value("spec.selector"))
		require.Equal(t, canary.Value("spec.selector.matchLabels"), g.Named(t, "cart-service-canary").Value("spec.selector"))
		for _, same := range []string{"serviceAccountName", "containers[0].readinessProbe", "containers[0].resources", "terminationGracePeriodSeconds"} {
			require.Equal(t, stable.Value(podSpec(same)), canary.Value(podSpec(same)), same)
		}
		for _, label := range []string{"app.kubernetes.io/name"} {
			require.Equal(t, map[string]any{label: "cart"}, g.Named(t, "cart-budget").Value("spec.selector.matchLabels"), "the budget is for both")
			require.Equal(t, map[string]any{label: "cart"}, g.Named(t, "cart-policy").Value("spec.podSelector.matchLabels"), "the policy is for both")
		}
	})
}

func TestRequestsMoveOnlyToPodsThatAreReady(t *testing.T) {
	harness.Both(t, newService("cart", fullRoutes()), func(t *testing.T, g *harness.Graph) {
		var behind []string
		for _, name := range []string{"cart-deployment", "cart-deployment-canary", "cart-service", "cart-service-canary"} {
			behind = append(behind, g.Named(t, name).URN)
		}
		require.Subset(t, g.Named(t, "cart-ingress").Dependencies, behind)
	})
}

func TestWhatMakesALoadBalancerOrRunsPodsIsDeletedItself(t *testing.T) {
	gone := deletedWith(t, func(ctx *pulumi.Context, cluster pulumi.Resource) error {
		args := fullRoutes()
		args.Cluster = cluster
		return newService("cart", args)(ctx)
	})
	require.Equal(t, []string{"cart-account", "cart-budget", "cart-policy", "cart-service", "cart-service-canary"}, slices.Sorted(maps.Keys(gone)))
}

func TestTheLoadBalancersName(t *testing.T) {
	for name, test := range map[string]struct {
		args *workload.ServiceArgs
		want string
	}{"without routes": {smallestService(), ""}, "before the load balancer is there": {routedService(), ""}} {
		got := "not known"
		harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
			s, err := workload.NewService(ctx, "cart", test.args)
			if err != nil {
				return err
			}
			ctx.Export("host", s.LoadBalancerHost.ApplyT(func(host string) string {
				got = host
				return host
			}))
			return nil
		})
		require.Equal(t, test.want, got, name)
	}
}

func TestWrongRoutesReportEveryMistakeAtOnce(t *testing.T) {
	args := smallestService()
	args.Routes = &workload.RoutesArgs{
		LoadBalancerCidrs: pulumi.ToStringArray([]string{"10.0.0.1/8"}),
		Rules: map[string]workload.RuleArgs{
			"one": {Host: "shop.example.com", Path: "/cart"}, "two": {Host: "shop.example.com", Path: "/cart", PathType: workload.PathPrefix},
			"bad": {Host: "Shop", Path: "cart/*", PathType: "Regex"}, "none": {},
		},
		ProtocolVersion: "Http3",
		HealthCheck: &workload.HealthCheckArgs{
			Path: "ready", Port: 70000, Matcher: "200-600", Interval: 4, Timeout: 4, HealthyThreshold: 1, UnhealthyThreshold: 11,
		},
		DeregistrationDelay: pulumi.IntRef(50), SlowStart: 10, Algorithm: workload.LeastOutstandingRequests, AnomalyMitigation: pulumi.BoolRef(true),
		StickySeconds: 604801,
	}
	args.Canary = &workload.CanaryArgs{Image: pulumi.String("registry.example.com/cart:latest"), Weight: 101, Replicas: -1, StickySeconds: -1}
	requireErrors(t, "errors-routes.golden", newService("cart", args))
}

func TestWhatRoutesCannotDoIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *workload.ServiceArgs)
		want   string
	}{
		"a canary without routes": {func(a *workload.ServiceArgs) {
			a.Routes, a.Canary = nil, &workload.CanaryArgs{Image: cartImage, Weight: 10}
		}, "canary: needs routes: the load balancer is what sends a share of the requests to it"},
		"a canary without image": {func(a *workload.ServiceArgs) { a.Canary = &workload.CanaryArgs{} }, "canary.image: is required"},
		"no rules":               {func(a *workload.ServiceArgs) { a.Routes.Rules = nil }, "routes.rules: is required"},
		"no class":               {func(a *workload.ServiceArgs) { a.Routes.IngressClassName = nil }, "routes.ingressClassName: is required"},
		"no origin":              {func(a *workload.ServiceArgs) { a.Routes.LoadBalancerCidrs = nil }, "routes.loadBalancerCidrs: is required"},
		"clients bound at random": {func(a *workload.ServiceArgs) {
			a.Routes.StickySeconds, a.Routes.Algorithm = 600, workload.WeightedRandom
		}, "routes.stickySeconds: conflicts with routes.algorithm: WeightedRandom binds no client to a pod"},
		"gRPC without TLS": {func(a *workload.ServiceArgs) {
			a.Routes.ProtocolVersion, a.Routes.PlainHttp, a.Health = workload.Grpc, true, &workload.HealthArgs{Protocol: workload.ProtocolGrpc}
		}, "1 problem\n  routes.protocolVersion: conflicts with routes.plainHttp: the load balancer takes gRPC by HTTPS only"},
		"gRPC health by TLS": {func(a *workload.ServiceArgs) {
			a.Routes.ProtocolVersion, a.Routes.BackendTls, a.Health = workload.Grpc, true, &workload.HealthArgs{Protocol: workload.ProtocolGrpc}
		}, "1 problem\n  health.protocol: conflicts with routes.backendTls: Kubernetes asks for gRPC health without TLS: health.port must be another port"},
		"an order that there is not": {func(a *workload.ServiceArgs) { a.Routes.Order = 1001 }, "routes.order: 1001: must be 0 to 1000"},
		"health that the load balancer cannot ask for": {func(a *workload.ServiceArgs) {
			a.Health = &workload.HealthArgs{Protocol: workload.ProtocolTcp}
		}, "routes.healthCheck.path: is required: health asks in TCP, and the load balancer in Http1"},
	} {
		args := routedService()
		test.change(args)
		_, err := harness.Try(harness.Preview, newService("cart", args))
		require.ErrorContains(t, err, test.want, name)
	}
}

// The load balancer takes the first rule that fits: one that another hides is never taken.
func TestNoRuleHidesANarrowerOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.SampledFrom([]string{"", "a.example.com", "b.z.example.com", "*.example.com", "*.z.example.com"})
		path := rapid.SampledFrom([]string{"/", "/cart", "/cart/add", "/orders"})
		kind := rapid.SampledFrom([]workload.PathType{workload.PathPrefix, workload.PathExact})
		rules := map[string]workload.RuleArgs{}
		for i, rule := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) workload.RuleArgs {
			return workload.RuleArgs{Host: host.Draw(t, "host"), Path: path.Draw(t, "path"), PathType: kind.Draw(t, "kind")}
		}), 1, 12, rapid.ID[workload.RuleArgs]).Draw(t, "rules") {
			rules[fmt.Sprint(i)] = rule
		}
		args := routedService()
		args.Routes.Rules = rules
		graph, err := harness.Try(harness.Update, newService("cart", args))
		if err != nil {
			t.Fatal(err)
		}
		ingress, _ := graph.Find("cart-ingress")
		var order []workload.RuleArgs
		for _, rule := range ingress.Value("spec.rules").([]any) {
			rule := rule.(map[string]any)
			for _, path := range rule["http"].(map[string]any)["paths"].([]any) {
				path := path.(map[string]any)
				name, _ := rule["host"].(string)
				order = append(order, workload.RuleArgs{
					Host: name, Path: path["path"].(string), PathType: workload.PathType(path["pathType"].(string)),
				})
			}
		}
		if len(order) != len(rules) {
			t.Fatalf("%d of %d rules", len(order), len(rules))
		}
		for i, later := range order {
			for _, earlier := range order[:i] {
				if covers(earlier, later) {
					t.Fatalf("%v hides %v", earlier, later)
				}
			}
		}
	})
}

// covers says whether every request that fits b fits a too.
func covers(a, b workload.RuleArgs) bool {
	domain, wild := strings.CutPrefix(a.Host, "*")
	hosts := a.Host == "" || a.Host == b.Host || wild && strings.HasSuffix(b.Host, domain)
	paths := a.Path == b.Path && a.PathType == b.PathType ||
		a.PathType == workload.PathPrefix && (a.Path == b.Path || strings.HasPrefix(b.Path, strings.TrimSuffix(a.Path, "/")+"/"))
	return hosts && paths
}
