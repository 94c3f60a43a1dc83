package cost

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// A month has 100 hours here, so that each sum can be made by hand.
func TestASumIsMadeByHand(t *testing.T) {
	balancer := of(loadBalancer, "web", map[string]any{"internal": false, "subnets": []string{"a", "b"}})
	group := of(scalingGroup, "servers", map[string]any{"minSize": 2, "maxSize": 5, "launchTemplate": map[string]any{"id": "template-id"}, "vpcZoneIdentifiers": []string{"private-id", "private-id"}})
	template := of(launchTemplate, "template", map[string]any{
		"instanceType": "t4g.small", "monitoring": map[string]any{"enabled": true},
		"blockDeviceMappings": []any{map[string]any{"ebs": map[string]any{"volumeSize": 10, "volumeType": "gp3", "iops": 4000, "throughput": 225}}},
	})
	db := of(database, "orders", map[string]any{
		"instanceClass": "db.t4g.small", "engine": "postgres", "engineVersion": "17", "multiAz": true, "allocatedStorage": 50,
		"storageType": "gp3", "backupRetentionPeriod": 30, "maxAllocatedStorage": 80,
	})
	b := bill(t, map[string]float64{natGB: 30, serviceGB: 20, lcus: 2, outGB: 10, zoneGB: 5, backupGB: 4},
		of(natGateway, "nat-a", nil), of(natGateway, "nat-b", nil), of(eip, "eip-a", nil), balancer, group, template, db, private())

	want := map[string]float64{
		"nat-a": 100*0.05 + (30+20)/2*0.04, // 6: what goes to AWS's services leaves here, for want of endpoints
		"nat-b": 100*0.05 + (30+20)/2*0.04,
		"eip-a": 100 * 0.005,
		"web":   100*0.02 + 100*2*0.008 + 2*100*0.005 + 10*0.09,
		"servers": 2*100*0.016 + // machines
			2*10*0.08 + 2*1000*0.005 + 2*100*0.04 + // disks: 3,000 operations and 125 MiB/s are free
			2*7*0.3 + // detailed monitoring
			2*5*0.01, // to other zones
		"orders": 2*100*0.03 + 2*50*0.1 + 4*0.1,
	}
	got := map[string]float64{}
	total := 0.0
	for _, l := range b.Lines {
		got[l.Resource.Name] += l.USD()
	}
	for name, usd := range want {
		require.InDelta(t, usd, got[name], 1e-9, name)
		total += usd
	}
	require.Len(t, got, len(want))
	require.InDelta(t, total, b.USD(), 1e-9)
	// At most: five servers instead of two, with all that each has, and 80 GB in two zones.
	require.InDelta(t, total+3*(100*0.016+10*0.08+1000*0.005+100*0.04+7*0.3)+2*30*0.1, b.MostUSD(), 1e-9)
	require.Equal(t, map[string]string{"template": "what is made from it is paid for", "private": "a network and its rules are free"}, said(b.Free))
	require.Empty(t, b.NotPriced)
}

// lines are the bill of one resource among others, as quantities by item.
func quantities(b Bill, name string) map[string]float64 {
	of := map[string]float64{}
	for _, l := range b.Lines {
		if l.Resource.Name == name {
			of[l.Item] += l.Quantity
		}
	}
	return of
}

func TestWhatIsPaidForAResource(t *testing.T) {
	endpoints := func(names ...string) []*rule.Resource {
		var all []*rule.Resource
		for _, name := range names {
			all = append(all, of(endpoint, name, map[string]any{"vpcEndpointType": "Interface", "subnetIds": []string{"a", "b", "c"}}))
		}
		return all
	}
	primary := of(database, "primary", map[string]any{"instanceClass": "db.t4g.small", "engine": "postgres", "allocatedStorage": 10})
	aurora := of(auroraCluster, "aurora", map[string]any{"engine": "aurora-postgresql", "serverlessv2ScalingConfiguration": map[string]any{"minCapacity": 2, "maxCapacity": 8}})
	metric := func(period int) any {
		return map[string]any{"metric": map[string]any{"metricName": "m", "period": period}}
	}
	for name, c := range map[string]struct {
		resources []*rule.Resource
		used      map[string]float64
		of        string
		want      map[string]float64
	}{
		"endpoints share the calls, and NAT has none of them": {
			append(endpoints("one", "two"), of(natGateway, "nat", nil)), map[string]float64{serviceGB: 10, natGB: 7}, "one",
			map[string]float64{"endpoint": 300, "endpoint-gb": 5},
		},
		"NAT beside endpoints": {append(endpoints("one"), of(natGateway, "nat", nil)), map[string]float64{serviceGB: 10, natGB: 7}, "nat", map[string]float64{"nat": 100, "nat-gb": 7}},
		"a region has its own traffic, and gateways that are only read have none of it": {
			[]*rule.Resource{of(natGateway, "nat", nil), far(of(natGateway, "nat-far", nil), "eu-west-1"), {Type: natGateway, URN: "read", Provider: in("us-east-1")}},
			map[string]float64{natGB: 7}, "nat", map[string]float64{"nat": 100, "nat-gb": 7},
		},
		"a balancer inside": {[]*rule.Resource{of(loadBalancer, "lb", map[string]any{"internal": true, "subnets": []string{"a", "b"}})}, nil, "lb", map[string]float64{"alb": 100, "alb-lcu": 0}},
		"a network balancer, open by default": {
			[]*rule.Resource{of(loadBalancer, "lb", map[string]any{"loadBalancerType": "network", "subnetMappings": []any{map[string]any{"subnetId": "a"}}})}, nil, "lb",
			map[string]float64{"nlb": 100, "nlb-lcu": 0, "ipv4": 100, "out-gb": 0},
		},
		"a database has one zone and gp2 by default": {[]*rule.Resource{primary}, nil, "primary", map[string]float64{"rds/postgres/db.t4g.small": 100, "rds-storage/gp2": 10}},
		"a copy has the engine of its source, and its region sends the changes": {
			[]*rule.Resource{primary, of(database, "copy", map[string]any{
				"instanceClass": "db.t4g.small", "storageType": "gp3", "allocatedStorage": 10, "iops": 3500,
				"replicateSourceDb": "arn:aws:rds:us-west-2:1:db:primary", "engine": "postgres",
			})}, map[string]float64{regionGB: 3}, "copy",
			nil, // us-west-2 has no price of what it sends: below
		},
		"extended support by the virtual CPU": {
			[]*rule.Resource{of(database, "old", map[string]any{"instanceClass": "db.t4g.small", "engine": "postgres", "engineVersion": "13.9", "allocatedStorage": 10, "multiAz": true})}, nil, "old",
			map[string]float64{"rds/postgres/db.t4g.small": 200, "rds-storage/gp2": 20, "rds-extended": 400},
		},
		"no extended support if it is refused": {
			[]*rule.Resource{of(database, "old", map[string]any{
				"instanceClass": "db.t4g.small", "engine": "postgres", "engineVersion": "13", "allocatedStorage": 10, "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
			})}, nil, "old",
			map[string]float64{"rds/postgres/db.t4g.small": 100, "rds-storage/gp2": 10},
		},
		"a proxy is paid for by the virtual CPUs of its database": {
			[]*rule.Resource{primary, of(proxy, "proxy", nil), of(proxyTarget, "target", map[string]any{"dbProxyName": "proxy-id", "dbInstanceIdentifier": "primary-id"})}, nil, "proxy",
			map[string]float64{"proxy": 200},
		},
		"capacity of Aurora at its lower limit": {
			[]*rule.Resource{aurora, of(auroraInstance, "one", map[string]any{"instanceClass": "db.serverless", "clusterIdentifier": "aurora-id"})}, nil, "one",
			map[string]float64{"aurora-acu": 200},
		},
		"Redis is the default of a replication group": {
			[]*rule.Resource{of(replication, "cache", map[string]any{"nodeType": "cache.t4g.small", "numNodeGroups": 2, "replicasPerNodeGroup": 1, "snapshotRetentionLimit": 3})}, map[string]float64{snapshotGB: 5}, "cache",
			map[string]float64{"redis/cache.t4g.small": 400, "cache-backup": 10},
		},
		"Valkey": {[]*rule.Resource{of(replication, "cache", map[string]any{"engine": "valkey", "nodeType": "cache.t4g.small", "numCacheClusters": 2})}, nil, "cache", map[string]float64{"valkey/cache.t4g.small": 200}},
		"logs are kept compressed, for as long as the group says": {
			[]*rule.Resource{of(logGroup, "logs", map[string]any{"retentionInDays": 25})}, map[string]float64{logGB: 10, logShare: 0.5}, "logs",
			map[string]float64{"log-gb": 10, "log-kept": 10 * 0.5 * 25 * 24 / 100},
		},
		"logs that never expire": {[]*rule.Resource{of(logGroup, "logs", nil)}, map[string]float64{logGB: 10, logShare: 0.5}, "logs", map[string]float64{"log-gb": 10, "log-kept": 60}},
		"an alarm":               {[]*rule.Resource{of(alarm, "alarm", map[string]any{"period": 300})}, nil, "alarm", map[string]float64{"alarm": 1}},
		"an alarm on several metrics, one of them fast": {
			[]*rule.Resource{of(alarm, "alarm", map[string]any{"metricQueries": []any{metric(60), metric(10), map[string]any{"expression": "a/b"}}})}, nil, "alarm",
			map[string]float64{"alarm-fast": 2},
		},
		"an alarm on a band": {
			[]*rule.Resource{of(alarm, "alarm", map[string]any{"metricQueries": []any{metric(60), map[string]any{"expression": "ANOMALY_DETECTION_BAND(m, 2)"}}})}, nil, "alarm",
			map[string]float64{"alarm": 3},
		},
		"a function on Intel by default": {
			[]*rule.Resource{of("aws:lambda/function:Function", "f", map[string]any{"memorySize": 512})}, map[string]float64{lambdaRequests: 2, lambdaSeconds: 0.1}, "f",
			map[string]float64{"lambda-requests": 2, "lambda/x86_64": 2e6 * 0.1 * 0.5},
		},
		"a distribution is of no region": {
			[]*rule.Resource{far(of("aws:cloudfront/distribution:Distribution", "d", nil), "eu-west-3")}, map[string]float64{requests: 3, cdnGB: 4}, "d",
			map[string]float64{"cdn-gb": 4, "cdn-requests": 3},
		},
		"a web ACL": {[]*rule.Resource{of(webAcl, "acl", map[string]any{"rules": []any{1, 2}})}, map[string]float64{requests: 3}, "acl", map[string]float64{"waf-acl": 1, "waf-rule": 2, "waf-requests": 3}},
		"a machine with a disk and an address": {
			[]*rule.Resource{of(instance, "box", map[string]any{"instanceType": "t3.small", "associatePublicIpAddress": true, "rootBlockDevice": map[string]any{"volumeSize": 9}})}, nil, "box",
			map[string]float64{"ec2/t3.small": 100, "ebs/gp2": 9, "ipv4": 100},
		},
		"old Kubernetes": {[]*rule.Resource{of(cluster, "c", map[string]any{"version": "1.30"})}, nil, "c", map[string]float64{"eks-extended": 100}},
		"old Kubernetes that AWS upgrades instead": {
			[]*rule.Resource{of(cluster, "c", map[string]any{"version": "1.30", "upgradePolicy": map[string]any{"supportType": "STANDARD"}})}, nil, "c", map[string]float64{"eks": 100},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := bill(t, c.used, c.resources...)
			if c.want == nil {
				require.Equal(t, "no price of region-gb in us-west-2", said(b.NotPriced)[c.of])
				c.want = map[string]float64{"rds/postgres/db.t4g.small": 100, "rds-storage/gp3": 10, "rds-iops/gp3": 500}
			} else {
				require.Empty(t, b.NotPriced)
			}
			got := quantities(b, c.of)
			require.Equal(t, slices.Sorted(maps.Keys(c.want)), slices.Sorted(maps.Keys(got)))
			for item, quantity := range c.want {
				require.InDelta(t, quantity, got[item], 1e-9, item)
			}
		})
	}
}

func TestWhatIsNotPricedIsSaid(t *testing.T) {
	unregional := of(eip, "nowhere", nil)
	unregional.Provider = nil
	b := bill(t, nil,
		far(of(eip, "far", nil), "eu-west-3"), unregional,
		of("aws:dax/cluster:Cluster", "dax", nil), of("aws:dax/cluster:Cluster", "dax-2", nil),
		of(loadBalancer, "gateway", map[string]any{"loadBalancerType": "gateway"}),
		of(database, "later", map[string]any{"instanceClass": rule.Computed{}}),
		of(replication, "new", map[string]any{"nodeType": "cache.r99.large", "numCacheClusters": 1}),
		of(instance, "box", map[string]any{"instanceType": "t3.small", "associatePublicIpAddress": false}),
		of(deployment, "pods", nil), of(nodePool, "pool", nil),
		of("gcp:storage/bucket:Bucket", "elsewhere", nil),
	)
	require.Equal(t, map[string]string{
		"far": "no price of ipv4 in eu-west-3", "nowhere": "its region is not known",
		"dax": "no price of the type", "dax-2": "no price of the type", "gateway": "no price of a load balancer of type gateway",
		"later": "instanceClass is not known yet", "new": "no price of redis/cache.r99.large in us-east-1",
		"box": "the disk that its image brings: its size is not said", "pods": elsewhere, "pool": elsewhere, "elsewhere": "no price of the type",
	}, said(b.NotPriced))
	require.Len(t, b.Lines, 1, "the box itself")
	for _, g := range b.NotPriced {
		if g.Type == "aws:dax/cluster:Cluster" {
			require.Len(t, g.Resources, 2, "told of together")
		}
	}
}

func TestWhatIsFreeIsKnownToBe(t *testing.T) {
	component := of("shop:index:Web", "web", nil)
	child := of("aws:iam/role:Role", "role", nil)
	child.Parent = component.URN
	read := of(natGateway, "shared", nil)
	read.Inputs = nil
	b := bill(t, nil, component, child, read, of("random:index/randomId:RandomId", "id", nil), of("kubernetes:core/v1:ConfigMap", "settings", nil),
		of("aws:ssm/parameter:Parameter", "place", map[string]any{"type": "String"}), of(endpoint, "s3", map[string]any{"vpcEndpointType": "Gateway"}))
	require.Empty(t, b.NotPriced)
	require.Empty(t, b.Lines)
	require.Equal(t, map[string]string{
		"web": "its parts are told of", "role": "permissions are free", "id": "nothing of it is in a cloud", "settings": inCluster,
		"place": "standard parameters are free", "s3": "gateways to S3 and DynamoDB are free", "shared": "only read: what makes it pays for it",
	}, said(b.Free))
}

// pods are a workload with what each of its pods asks for.
func pods(name string, replicas int, cpu, memory string) *rule.Resource {
	return of(deployment, name, map[string]any{
		"metadata": map[string]any{"name": name, "namespace": "shop"},
		"spec": map[string]any{"replicas": replicas, "template": map[string]any{"spec": map[string]any{"containers": []any{
			map[string]any{"resources": map[string]any{"requests": map[string]any{"cpu": cpu, "memory": memory}}},
		}}}},
	})
}

func TestNodesAreThoseThatThePodsNeed(t *testing.T) {
	pool := func(capacity ...string) *rule.Resource {
		return of(nodePool, "pool", map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"requirements": []any{
			map[string]any{"key": "kubernetes.io/arch", "operator": "In", "values": []string{"arm64"}},
			map[string]any{"key": "karpenter.sh/capacity-type", "operator": "In", "values": capacity},
		}}}}})
	}
	auto := of(cluster, "cluster", map[string]any{
		"version": "1.35", "computeConfig": map[string]any{"enabled": true}, "vpcConfig": map[string]any{"subnetIds": []string{"a", "b"}},
	})
	class := of(nodeClass, "class", map[string]any{"spec": map[string]any{"ephemeralStorage": map[string]any{"size": "50Gi"}}})
	scaling := of(scaler, "scaling", map[string]any{
		"metadata": map[string]any{"namespace": "shop"},
		"spec":     map[string]any{"scaleTargetRef": map[string]any{"name": "cart"}, "minReplicas": 3, "maxReplicas": 12},
	})
	// 3 x 1.5 CPUs of which half of two on each node: 5 nodes. 12 of them: 18.
	b := bill(t, map[string]float64{zoneGB: 4}, auto, class, pool("on-demand"), pods("cart", 1, "1500m", "1Gi"), scaling)
	require.Equal(t, map[string]float64{"eks": 100, "ec2/m7g.large": 500, "eks-auto": 500 * 0.08, "ebs/gp3": 250, "zone-gb": 8}, quantities(b, "cluster"))
	for _, l := range b.Lines {
		if l.Item == "ec2/m7g.large" {
			require.InDelta(t, 1800, l.Most, 1e-9)
			require.Zero(t, l.Off)
		}
	}
	require.Contains(t, said(b.Free), "cart")
	require.Empty(t, b.NotPriced)

	// 4 x 3 GiB of which half of 8 on each: 3 nodes, which are spot machines where they may be.
	b = bill(t, nil, auto, pool("on-demand", "spot"), pods("cart", 4, "10m", "3Gi"))
	for _, l := range b.Lines {
		if l.Item == "ec2/m7g.large" {
			require.InDelta(t, 300, l.Quantity, 1e-9)
			require.InDelta(t, 0.5, l.Off, 1e-9)
		}
	}
	require.Equal(t, 3*80.0, quantities(b, "cluster")["ebs/gp3"], "what Auto Mode takes")

	// Small pods spread over zones, however small they are; without any, one node runs the system's.
	require.Equal(t, 200.0, quantities(bill(t, nil, auto, pods("cart", 5, "1m", "1Mi")), "cluster")["ec2/m7i.large"])
	require.Equal(t, 100.0, quantities(bill(t, nil, auto), "cluster")["ec2/m7i.large"])
	// Without Auto Mode and pools, machines are node groups.
	manual := of(cluster, "cluster", map[string]any{"version": "1.35"})
	b = bill(t, nil, manual, pods("cart", 5, "1", "1Gi"), of(nodeGroup, "nodes", map[string]any{
		"instanceTypes": []string{"t3.small"}, "scalingConfig": map[string]any{"desiredSize": 2, "maxSize": 4}, "diskSize": 30, "capacityType": "SPOT",
	}))
	require.Equal(t, map[string]float64{"eks": 100}, quantities(b, "cluster"))
	require.Equal(t, map[string]float64{"ec2/t3.small": 200, "ebs/gp2": 60, "zone-gb": 0}, quantities(b, "nodes"))
}

func TestIngressesOfAGroupShareALoadBalancer(t *testing.T) {
	class := of("kubernetes:networking.k8s.io/v1:IngressClass", "class", map[string]any{
		"metadata": map[string]any{"name": "services"}, "spec": map[string]any{"controller": "eks.amazonaws.com/alb", "parameters": map[string]any{"name": "params"}},
	})
	params := of("kubernetes:eks.amazonaws.com/v1:IngressClassParams", "params", map[string]any{
		"metadata": map[string]any{"name": "params"},
		"spec":     map[string]any{"group": map[string]any{"name": "all"}, "scheme": "internet-facing", "subnets": map[string]any{"ids": []string{"a", "b", "c"}}},
	})
	enter := func(name, class string, annotations map[string]any) *rule.Resource {
		return of(ingress, name, map[string]any{"metadata": map[string]any{"annotations": annotations}, "spec": map[string]any{"ingressClassName": class}})
	}
	b := bill(t, map[string]float64{lcus: 4}, of(cluster, "cluster", nil), class, params,
		enter("a", "services", nil), enter("b", "services", nil), enter("own", "services", map[string]any{"alb.ingress.kubernetes.io/group.name": "own"}),
		enter("nginx", "nginx", nil), enter("plain", "alb", map[string]any{"alb.ingress.kubernetes.io/scheme": "internal"}),
		of(service, "front", map[string]any{"spec": map[string]any{"type": "LoadBalancer"}}), of(service, "inner", nil))
	require.Equal(t, map[string]float64{"alb": 100, "alb-lcu": 100, "ipv4": 300, "out-gb": 0}, quantities(b, "a"))
	require.Equal(t, map[string]float64{"alb": 100, "alb-lcu": 100, "ipv4": 300, "out-gb": 0}, quantities(b, "own"))
	require.Equal(t, map[string]float64{"alb": 100, "alb-lcu": 100}, quantities(b, "plain"))
	require.Equal(t, map[string]float64{"nlb": 100, "nlb-lcu": 100}, quantities(b, "front"))
	require.Equal(t, "shares the load balancer of a", said(b.Free)["b"])
	require.Equal(t, "whether it has a load balancer: its class is not of this stack", said(b.NotPriced)["nginx"])
	require.Equal(t, inCluster, said(b.Free)["inner"])
}
