package cost

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// deciding are the inputs that decide what is paid for resources of a type, which are
// otherwise as some others say.
var deciding = map[string]struct {
	inputs map[string]any
	paths  string
}{
	endpoint:     {map[string]any{"vpcEndpointType": "Interface", "subnetIds": []string{"a"}}, "vpcEndpointType subnetIds subnetConfigurations"},
	loadBalancer: {map[string]any{"subnets": []string{"a"}}, "loadBalancerType internal ipAddressType subnets subnetMappings"},
	service:      {nil, "spec spec.type"},
	ingress:      {nil, "metadata.annotations spec.ingressClassName"},
	instance: {
		map[string]any{"instanceType": "t3.small", "rootBlockDevice": map[string]any{"volumeSize": 9, "volumeType": "gp3"}},
		"instanceType tenancy instanceMarketOptions monitoring rootBlockDevice rootBlockDevice.volumeSize rootBlockDevice.volumeType " +
			"rootBlockDevice.iops rootBlockDevice.throughput ebsBlockDevices associatePublicIpAddress launchTemplate subnetId",
	},
	scalingGroup: {
		map[string]any{"minSize": 1, "maxSize": 2, "launchTemplate": map[string]any{"id": "template-id"}, "vpcZoneIdentifiers": []string{"private-id"}},
		"minSize maxSize desiredCapacity vpcZoneIdentifiers mixedInstancesPolicy.launchTemplate.overrides mixedInstancesPolicy.instancesDistribution " +
			"mixedInstancesPolicy.instancesDistribution.onDemandBaseCapacity mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity",
	},
	nodeGroup: {map[string]any{"subnetIds": []string{"private-id"}}, "instanceTypes capacityType diskSize scalingConfig scalingConfig.desiredSize scalingConfig.maxSize subnetIds launchTemplate"},
	volume:    {map[string]any{"size": 9, "type": "gp3"}, "size type iops throughput"},
	database: {
		map[string]any{"engine": "postgres", "instanceClass": "db.t4g.small", "allocatedStorage": 20, "storageType": "gp3", "performanceInsightsEnabled": true},
		"engine instanceClass multiAz storageType allocatedStorage maxAllocatedStorage iops storageThroughput engineVersion engineLifecycleSupport " +
			"backupRetentionPeriod enabledCloudwatchLogsExports monitoringInterval manageMasterUserPassword databaseInsightsMode " +
			"performanceInsightsEnabled performanceInsightsRetentionPeriod replicateSourceDb",
	},
	auroraCluster: {
		map[string]any{"engine": "aurora-postgresql"},
		"engine engineMode storageType backupRetentionPeriod enabledCloudwatchLogsExports manageMasterUserPassword databaseInsightsMode",
	},
	auroraInstance: {map[string]any{"instanceClass": "db.t4g.small"}, "instanceClass engine engineVersion monitoringInterval performanceInsightsEnabled"},
	replication: {
		map[string]any{"nodeType": "cache.t4g.small"},
		"engine nodeType numCacheClusters numNodeGroups replicasPerNodeGroup snapshotRetentionLimit",
	},
	cacheCluster:                       {map[string]any{"engine": "redis", "nodeType": "cache.t4g.small"}, "engine nodeType numCacheNodes replicationGroupId snapshotRetentionLimit"},
	"aws:backup/plan:Plan":             {nil, "rules"},
	distribution:                       {nil, "viewerCertificate"},
	webAcl:                             {nil, "rules ruleJson"},
	"aws:kms/key:Key":                  {nil, "enableKeyRotation"},
	"aws:secretsmanager/secret:Secret": {nil, "replicas"},
	"aws:ssm/parameter:Parameter":      {nil, "tier"},
	logGroup:                           {nil, "logGroupClass retentionInDays"},
	"aws:ec2/flowLog:FlowLog":          {nil, "logDestinationType"},
	alarm:                              {nil, "period metricQueries"},
	"aws:lambda/function:Function":     {nil, "architectures memorySize ephemeralStorage"},
	"aws:sqs/queue:Queue":              {nil, "fifoQueue"},
	"aws:sns/topic:Topic":              {nil, "fifoTopic"},
	"aws:acm/certificate:Certificate":  {nil, "certificateAuthorityArn"},
	cluster:                            {map[string]any{"version": "1.30"}, "version upgradePolicy enabledClusterLogTypes"},
	deployment:                         {nil, "spec.replicas"},
	claim:                              {nil, "spec.resources.requests.storage"},
}

// setAt is inputs with another value at a path.
func setAt(inputs map[string]any, path string, value any) map[string]any {
	changed := maps.Clone(inputs)
	if changed == nil {
		changed = map[string]any{}
	}
	key, rest, deeper := strings.Cut(path, ".")
	if deeper {
		below, _ := changed[key].(map[string]any)
		value = setAt(below, rest, value)
	}
	changed[key] = value
	return changed
}

// What is not known yet is neither free nor taken to be what is usual.
func TestWhatIsNotKnownYetIsSaid(t *testing.T) {
	template := of(launchTemplate, "template", map[string]any{"instanceType": "t4g.small", "networkInterfaces": []any{map[string]any{"deviceIndex": 0}}})
	for token, c := range deciding {
		for _, path := range strings.Fields(c.paths) {
			later := of(token, "later", setAt(c.inputs, path, rule.Computed{}))
			more := []*rule.Resource{later, template, private()}
			if isKubernetes(later) {
				more = append(more, auto("cluster"))
			}
			b := bill(t, nil, more...)
			require.NotContains(t, said(b.Free), "later", "%s %s", token, path)
			require.Empty(t, quantities(b, "later"), "%s %s", token, path)
			is := slices.ContainsFunc(b.NotPriced, func(g Group) bool {
				return g.Type == token && strings.HasSuffix(g.Why, " is not known yet")
			})
			require.True(t, is, "%s %s: %v", token, path, said(b.NotPriced))
		}
	}
	for _, path := range []string{
		"instanceType", "monitoring", "monitoring.enabled", "instanceMarketOptions", "placement", "blockDeviceMappings", "networkInterfaces",
	} {
		group := of(scalingGroup, "group", deciding[scalingGroup].inputs)
		b := bill(t, nil, group, private(), of(launchTemplate, "template", setAt(map[string]any{"instanceType": "t4g.small"}, path, rule.Computed{})))
		require.Empty(t, quantities(b, "group"), path)
		require.Contains(t, said(b.NotPriced)["group"], " is not known yet", path)
	}
}

// Nor is what is not known yet of what a load balancer or the machines of a cluster are
// made from.
func TestWhatIsNotKnownYetOfOthersIsSaid(t *testing.T) {
	type m = map[string]any
	class := m{"metadata": m{"name": "services"}, "spec": m{"controller": "eks.amazonaws.com/alb", "parameters": m{"name": "params"}}}
	params := m{"metadata": m{"name": "params"}, "spec": m{"scheme": "internet-facing"}}
	enter := of(ingress, "later", m{"spec": m{"ingressClassName": "services"}})
	maker := m{"version": "1.35", "computeConfig": m{"enabled": true}}
	scaling := m{"metadata": m{"namespace": "shop"}, "spec": m{"scaleTargetRef": m{"name": "cart"}}}
	for path, resources := range map[string][]*rule.Resource{
		"spec.controller":          {enter, of(ingressClass, "class", setAt(class, "spec.controller", rule.Computed{})), of(ingressParams[0], "params", params)},
		"spec.parameters.name":     {enter, of(ingressClass, "class", setAt(class, "spec.parameters.name", rule.Computed{})), of(ingressParams[0], "params", params)},
		"spec.scheme":              {enter, of(ingressClass, "class", class), of(ingressParams[0], "params", setAt(params, "spec.scheme", rule.Computed{}))},
		"spec.group.name":          {enter, of(ingressClass, "class", class), of(ingressParams[0], "params", setAt(params, "spec.group.name", rule.Computed{}))},
		"computeConfig.enabled":    {of(cluster, "later", setAt(maker, "computeConfig.enabled", rule.Computed{}))},
		"vpcConfig.subnetIds":      {of(cluster, "later", setAt(maker, "vpcConfig.subnetIds", rule.Computed{}))},
		"spec.scaleTargetRef.name": {auto("later"), pods("cart", 1, "1", "1Gi"), of(scaler, "scaling", setAt(scaling, "spec.scaleTargetRef.name", rule.Computed{}))},
		"spec.maxReplicas":         {auto("later"), pods("cart", 1, "1", "1Gi"), of(scaler, "scaling", setAt(scaling, "spec.maxReplicas", rule.Computed{}))},
	} {
		b := bill(t, nil, append(resources, of(subnet, "private", nil))...)
		require.Equal(t, path+" is not known yet", said(b.NotPriced)["later"], path)
		for item := range quantities(b, "later") {
			require.Equal(t, "eks", item, path)
		}
	}
}

// A list of subnets that is not known as a whole costs what it does once it is known.
func TestSubnetsAreCountedBeforeTheyAreKnown(t *testing.T) {
	type m = map[string]any
	class := of(ingressClass, "class", m{"metadata": m{"name": "services"}, "spec": m{"controller": "eks.amazonaws.com/alb", "parameters": m{"name": "params"}}})
	params := m{"metadata": m{"name": "params"}, "spec": m{"scheme": "internet-facing"}}
	subnets := []*rule.Resource{of(subnet, "a", nil), of(subnet, "b", nil), of(subnet, "c", nil)}
	from := []string{subnets[0].URN, subnets[1].URN, of(natGateway, "none", nil).URN, subnets[2].URN}
	for name, test := range map[string]struct {
		token, path string
		inputs      m
		beside      []*rule.Resource
	}{
		"an endpoint":             {endpoint, "subnetIds", m{"vpcEndpointType": "Interface"}, nil},
		"a load balancer":         {loadBalancer, "subnets", nil, nil},
		"machines":                {scalingGroup, "vpcZoneIdentifiers", deciding[scalingGroup].inputs, []*rule.Resource{of(launchTemplate, "template", m{"instanceType": "t4g.small"})}},
		"an Ingress":              {ingressParams[0], "spec.subnets.ids", params, []*rule.Resource{class, of(ingress, "entry", m{"spec": m{"ingressClassName": "services"}}), auto("cluster")}},
		"a cluster with its pods": {cluster, "vpcConfig.subnetIds", m{"version": "1.35", "computeConfig": m{"enabled": true}}, []*rule.Resource{pods("cart", 9, "10m", "1Mi")}},
	} {
		t.Run(name, func(t *testing.T) {
			made := func(value any) Bill {
				r := of(test.token, "thing", setAt(test.inputs, test.path, value))
				property, _, _ := strings.Cut(test.path, ".")
				r.Edges[property] = from
				return bill(t, map[string]float64{zoneGB: 7}, slices.Concat(subnets, test.beside, []*rule.Resource{r})...)
			}
			is, later := made([]string{"a-id", "b-id", "c-id"}), made(rule.Computed{})
			require.NotEqual(t, made([]string{"a-id"}).USD(), is.USD(), "it matters")
			require.Equal(t, is.USD(), later.USD())
			require.Equal(t, said(is.NotPriced), said(later.NotPriced))
			guessed := func(l Line) bool { return l.Guessed }
			require.False(t, slices.ContainsFunc(is.Lines, guessed))
			require.True(t, slices.ContainsFunc(later.Lines, guessed), "it may be fewer of them")
		})
	}
}

// What the provider makes of an input that is not set counts as long as it is not.
func TestWhatTheProviderMadeOfAnInputCounts(t *testing.T) {
	type m = map[string]any
	nodes := m{"engine": "redis", "nodeType": "cache.t4g.small"}
	mapped := []any{m{"subnetId": "a"}, m{"subnetId": "b"}, m{"subnetId": "c"}}
	for name, test := range map[string]struct {
		token           string
		inputs, outputs m
		same            m // inputs without outputs that come to the same
	}{
		"a version":                 {cluster, m{}, m{"version": "1.28"}, m{"version": "1.28"}},
		"nodes":                     {replication, nodes, m{"numCacheClusters": 3.0}, setAt(nodes, "numCacheClusters", 3.0)},
		"shards decide about nodes": {replication, setAt(nodes, "numNodeGroups", 4.0), m{"numCacheClusters": 2.0, "replicasPerNodeGroup": 1.0}, setAt(setAt(nodes, "numNodeGroups", 4.0), "replicasPerNodeGroup", 1.0)},
		"subnets":                   {loadBalancer, m{}, m{"subnets": []any{"a", "b", "c"}, "subnetMappings": mapped}, m{"subnets": []any{"a", "b", "c"}}},
		"subnets that are said":     {loadBalancer, m{"subnets": []any{"a", "b"}}, m{"subnetMappings": mapped}, m{"subnets": []any{"a", "b"}}},
		"the size of a snapshot":    {volume, m{"type": "gp3"}, m{"size": 50.0}, m{"type": "gp3", "size": 50.0}},
	} {
		made, said := bill(t, nil, with(of(test.token, "thing", test.inputs), test.outputs)), bill(t, nil, of(test.token, "thing", test.same))
		require.NotZero(t, said.USD(), name)
		require.Equal(t, said.USD(), made.USD(), name)
	}
	for token, key := range map[string]string{cluster: "version", replication: "numCacheClusters", loadBalancer: "subnets", volume: "size"} {
		b := bill(t, nil, with(of(token, "thing", nodes), m{key: rule.Computed{}}))
		require.Equal(t, key+" is not known yet", said(b.NotPriced)["thing"], "the provider is to decide it")
	}
}

// Every meter that reads inputs is in deciding.
func TestTheInputsThatDecideAreListed(t *testing.T) {
	for token := range meters {
		switch token {
		case launchTemplate, schedule, natGateway, eip, proxyTarget, proxy, bucket, nodePool, stateful, "aws:kms/replicaKey:ReplicaKey",
			"aws:s3/bucketReplicationConfig:BucketReplicationConfig", "aws:ecr/repository:Repository", "aws:backup/vault:Vault",
			"aws:cloudwatch/dashboard:Dashboard", "aws:route53/zone:Zone":
		default:
			require.Contains(t, deciding, token)
		}
	}
}
