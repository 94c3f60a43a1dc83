package cost

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// with is a resource with other outputs than its id.
func with(r *rule.Resource, outputs map[string]any) *rule.Resource {
	for key, v := range outputs {
		r.Outputs[key] = rule.Of(v)
	}
	return r
}

// edge is a plan whose property is computed from vaults.
func edge(r *rule.Resource, property string, vaults ...string) *rule.Resource {
	for _, name := range vaults {
		r.Edges[property] = append(r.Edges[property], of("aws:backup/vault:Vault", name, nil).URN)
	}
	return r
}

func rds(name string, more map[string]any) *rule.Resource {
	inputs := map[string]any{"engine": "postgres", "instanceClass": "db.t4g.small", "allocatedStorage": 10, "storageType": "gp3"}
	for key, v := range more {
		inputs[key] = v
	}
	return of(database, name, inputs)
}

// auto is a cluster that makes the machines for its pods.
func auto(name string) *rule.Resource {
	return of(cluster, name, map[string]any{"version": "1.35", "computeConfig": map[string]any{"enabled": true}})
}

// What each of the first resources is paid for, of a month of 100 hours.
func TestWhatElseIsPaidForAResource(t *testing.T) {
	type m = map[string]any
	type list = []*rule.Resource
	disk := func(size int) m { return m{"volumeSize": size, "volumeType": "gp3"} }
	public := of(subnet, "public", m{"vpcId": "vpc", "mapPublicIpOnLaunch": true})
	template := func(more m) *rule.Resource {
		inputs := m{"name": "template", "instanceType": "t4g.small", "blockDeviceMappings": []any{
			m{"deviceName": "/dev/xvda", "ebs": disk(8)}, m{"deviceName": "/dev/sdb", "ebs": disk(100)},
		}}
		for key, v := range more {
			inputs[key] = v
		}
		return of(launchTemplate, "template", inputs)
	}
	group := func(name string, in string) *rule.Resource {
		return of(scalingGroup, name, m{"minSize": 2, "maxSize": 2, "launchTemplate": m{"name": "template"}, "vpcZoneIdentifiers": []string{in}})
	}
	aurora := of(auroraCluster, "aurora", m{"engine": "aurora-postgresql", "engineVersion": "13.9"})
	for name, c := range map[string]struct {
		resources []*rule.Resource
		want      map[string]float64
	}{
		"operations are paid for in each zone": {list{rds("db", m{"multiAz": true, "iops": 3500})}, map[string]float64{"rds/postgres/db.t4g.small": 200, "rds-storage/gp3": 20, "rds-iops/gp3": 1000}},
		"more of them are free from 400 GB on": {
			list{rds("db", m{"allocatedStorage": 400, "iops": 12500, "storageThroughput": 500})}, map[string]float64{"rds/postgres/db.t4g.small": 100, "rds-storage/gp3": 400, "rds-iops/gp3": 500},
		},
		"logs, monitoring and the password of a database": {
			list{
				rds("db", m{"identifier": "db", "enabledCloudwatchLogsExports": []string{"postgresql", "upgrade"}, "monitoringInterval": 60, "manageMasterUserPassword": true}),
				of(logGroup, "own", m{"name": "/aws/rds/instance/db/upgrade"}),
			},
			map[string]float64{"rds/postgres/db.t4g.small": 100, "rds-storage/gp3": 10, "log-gb": 2 * 10, "log-kept": (12 + 1) * 10 * 0.5, "secret": 1},
		},
		"extended support is of the cluster": {
			list{of(auroraInstance, "one", m{"engine": "aurora-postgresql", "instanceClass": "db.t4g.small", "clusterIdentifier": "aurora-id"}), aurora},
			map[string]float64{"aurora/db.t4g.small": 100, "rds-extended": 200},
		},
		"a proxy of a cluster": {
			list{
				of(proxy, "proxy", nil), of(proxyTarget, "target", m{"dbProxyName": "proxy-id", "dbClusterIdentifier": "aurora-id"}), aurora,
				of(auroraInstance, "one", m{"instanceClass": "db.t4g.small", "clusterIdentifier": "aurora-id"}), of(auroraInstance, "two", m{"instanceClass": "db.t4g.small", "clusterIdentifier": "aurora-id"}),
			}, map[string]float64{"proxy": 400},
		},
		"logs of a control plane": {
			list{of(cluster, "c", m{"version": "1.35", "enabledClusterLogTypes": []string{"api", "audit"}})}, map[string]float64{"eks": 100, "log-gb": 10, "log-kept": 12 * 10 * 0.5},
		},
		"a secret and its copies": {list{of("aws:secretsmanager/secret:Secret", "s", m{"replicas": []any{m{"region": "a"}, m{"region": "b"}}})}, map[string]float64{"secret": 3, "secret-requests": 0}},
		"an advanced parameter":   {list{of("aws:ssm/parameter:Parameter", "p", m{"tier": "Advanced"})}, map[string]float64{"parameter": 1}},
		"backups that are copied to another region": {
			list{of("aws:backup/plan:Plan", "plan", m{"rules": []any{
				m{"copyActions": []any{m{"destinationVaultArn": "arn:aws:backup:eu-west-1:1:backup-vault:far"}, m{"destinationVaultArn": "arn:aws:backup:us-east-1:1:backup-vault:near"}}},
			}})}, map[string]float64{"region-gb": 3},
		},
		"backups that are copied to a vault that is not there yet": {
			list{
				edge(of("aws:backup/plan:Plan", "plan", m{"rules": []any{m{"copyActions": []any{m{"destinationVaultArn": rule.Computed{}}}}}}), "rules", "near", "far"),
				of("aws:backup/vault:Vault", "near", nil), far(of("aws:backup/vault:Vault", "far", nil), "eu-west-1"),
			}, map[string]float64{"region-gb": 3},
		},
		"a balancer without public addresses": {
			list{of(loadBalancer, "lb", m{"subnets": []string{"a"}, "ipAddressType": "dualstack-without-public-ipv4"})}, map[string]float64{"alb": 100, "alb-lcu": 0, "out-gb": 7},
		},
		"addresses that are given are paid for where they are made": {
			list{of(loadBalancer, "lb", m{"loadBalancerType": "network", "subnetMappings": []any{m{"subnetId": "a", "allocationId": "x"}, m{"subnetId": "b"}}})},
			map[string]float64{"nlb": 100, "nlb-lcu": 0, "out-gb": 7, "ipv4": 100},
		},
		"an origin answers CloudFront": {
			list{with(of(loadBalancer, "lb", m{"subnets": []string{"a"}}), m{"dnsName": "lb.example"}), of(distribution, "d", m{"origins": []any{m{"domainName": "lb.example"}}})},
			map[string]float64{"alb": 100, "alb-lcu": 0, "ipv4": 100},
		},
		"an open Ingress is in two zones": {
			list{of(ingress, "in", m{"metadata": m{"annotations": m{albAnnotations + "scheme": "internet-facing"}}}), of(cluster, "cluster", nil)},
			map[string]float64{"alb": 100, "alb-lcu": 0, "ipv4": 200, "out-gb": 7},
		},
		"an endpoint by the settings of its subnets": {
			list{of(endpoint, "e", m{"vpcEndpointType": "Interface", "subnetConfigurations": []any{m{"subnetId": "a"}, m{"subnetId": "b"}}})}, map[string]float64{"endpoint": 200, "endpoint-gb": 0},
		},
		"rules in JSON": {list{of(webAcl, "acl", m{"ruleJson": "[{}, {}, {}]"})}, map[string]float64{"waf-acl": 1, "waf-rule": 3, "waf-requests": 0}},
		"a group by the name of its template, with its disks": {
			list{group("group", "private-id"), private(), template(nil)}, map[string]float64{"ec2/t4g.small": 200, "ebs/gp3": 216},
		},
		"a group in public subnets":      {list{group("group", "public-id"), public, template(nil)}, map[string]float64{"ec2/t4g.small": 200, "ebs/gp3": 216, "ipv4": 200}},
		"addresses by the template":      {list{group("group", "private-id"), private(), template(m{"networkInterfaces": []any{m{"associatePublicIpAddress": "true"}}})}, map[string]float64{"ec2/t4g.small": 200, "ebs/gp3": 216, "ipv4": 200}},
		"no addresses by the template":   {list{group("group", "public-id"), public, template(m{"networkInterfaces": []any{m{"associatePublicIpAddress": "false"}}})}, map[string]float64{"ec2/t4g.small": 200, "ebs/gp3": 216}},
		"an instance in a public subnet": {list{of(instance, "box", m{"instanceType": "t3.small", "rootBlockDevice": disk(9), "subnetId": "public-id"}), public}, map[string]float64{"ec2/t3.small": 100, "ebs/gp3": 9, "ipv4": 100}},
		"an address of its own takes the place of another": {
			list{of(instance, "box", m{"instanceType": "t3.small", "rootBlockDevice": disk(9), "associatePublicIpAddress": true}), of(eip, "eip", m{"instance": "box-id"})},
			map[string]float64{"ec2/t3.small": 100, "ebs/gp3": 9},
		},
		"what was made of an instance": {
			list{with(of(instance, "box", m{"instanceType": "t3.small"}), m{"publicIp": "192.0.2.1", "rootBlockDevice": disk(500)})}, map[string]float64{"ec2/t3.small": 100, "ebs/gp3": 500, "ipv4": 100},
		},
		"the disks of a template but those that an instance has instead": {
			list{of(instance, "box", m{"launchTemplate": m{"id": "template-id"}, "rootBlockDevice": disk(20), "subnetId": "private-id"}), private(), template(nil)},
			map[string]float64{"ec2/t4g.small": 100, "ebs/gp3": 120},
		},
		"nodes of the class of their template": {
			list{of(nodeGroup, "nodes", m{"launchTemplate": m{"id": "template-id"}, "scalingConfig": m{"desiredSize": 2}, "subnetIds": []string{"private-id"}}), private(), template(nil)},
			map[string]float64{"ec2/t4g.small": 200, "ebs/gp3": 216, "zone-gb": 0},
		},
		"a disk that is claimed": {list{of(claim, "c", m{"spec": m{"resources": m{"requests": m{"storage": "10Gi"}}}}), auto("cluster")}, map[string]float64{"ebs/gp3": 10}},
		"disks that each pod claims": {
			list{of(stateful, "s", m{"spec": m{"replicas": 3, "volumeClaimTemplates": []any{m{"spec": m{"resources": m{"requests": m{"storage": "10Gi"}}}}}}}), auto("cluster")},
			map[string]float64{"ebs/gp3": 30},
		},
	} {
		b := bill(t, map[string]float64{regionGB: 3, outGB: 7, logGB: 10, logShare: 0.5}, c.resources...)
		require.NotContains(t, said(b.NotPriced), c.resources[0].Name, name)
		require.Equal(t, c.want, quantities(b, c.resources[0].Name), name)
	}

	b := bill(t, nil, of("aws:kms/key:Key", "key", m{"enableKeyRotation": true}), of("aws:kms/replicaKey:ReplicaKey", "far", m{"primaryKeyArn": "key-id"}), of("aws:kms/key:Key", "plain", nil))
	most := map[string]float64{}
	for _, l := range b.Lines {
		most[l.Resource.Name] += l.Most
	}
	require.Equal(t, map[string]float64{"key": 3, "far": 3, "plain": 1}, most)
	b = bill(t, nil, group("group", "private-id"), private(), template(m{"instanceMarketOptions": m{"marketType": "spot"}}))
	require.InDelta(t, 0.5, b.Lines[0].Off, 0)
}

// What is known to cost something, or may, and has no price, is never left out in silence.
func TestWhatHasNoPriceIsSaid(t *testing.T) {
	type m = map[string]any
	foreign := of("gcp:container/cluster:Cluster", "r", nil)
	foreign.ProviderURN = "urn:gcp"
	child := of("gcp:container/nodePool:NodePool", "child", nil)
	child.Parent = foreign.URN
	box := func(more m) *rule.Resource {
		inputs := m{"instanceType": "t3.small", "associatePublicIpAddress": false, "rootBlockDevice": m{"volumeSize": 9, "volumeType": "gp3"}}
		for key, v := range more {
			inputs[key] = v
		}
		return of(instance, "r", inputs)
	}
	large := pods("large", 1, "7", "60Gi")
	silent := of(deployment, "r", m{"spec": m{"template": m{"spec": m{"containers": []any{m{"name": "c"}}}}}})
	pool := of(nodePool, "pool", m{"spec": m{"template": m{"spec": m{"requirements": []any{m{"key": "kubernetes.io/arch", "operator": "DoesNotExist"}}}}}})
	for why, resources := range map[string][]*rule.Resource{
		"no price of the type":                                                           {foreign, child},
		"no price of certificates of an authority of one's own":                          {of("aws:acm/certificate:Certificate", "r", m{"certificateAuthorityArn": "arn"})},
		"no price of the log class DELIVERY":                                             {of(logGroup, "r", m{"logGroupClass": "DELIVERY"})},
		"no price of flow logs to s3":                                                    {of("aws:ec2/flowLog:FlowLog", "r", m{"logDestinationType": "s3"})},
		"its quantity is none that AWS would take":                                       {of("aws:ebs/volume:Volume", "r", m{"type": "gp3", "size": 1e300})},
		"no price of a FIFO topic":                                                       {of("aws:sns/topic:Topic", "r", m{"fifoTopic": true})},
		"whether it is an advanced one: its tier is Intelligent-Tiering":                 {of("aws:ssm/parameter:Parameter", "r", m{"tier": "Intelligent-Tiering"})},
		"no price of insights that are kept for more than a week":                        {rds("r", m{"performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 731})},
		"no price of rds-throughput/gp3 in us-east-1":                                    {rds("r", m{"storageThroughput": 200})},
		"no price of rds-storage/io1 in us-east-1":                                       {rds("r", m{"storageType": "io1"})},
		"no price of extended support of postgres 11.22, which may be in its third year": {rds("r", m{"engineVersion": "11.22"})},
		"no price of storage aurora-iopt1":                                               {of(auroraCluster, "r", m{"engine": "aurora-mysql", "storageType": "aurora-iopt1"})},
		"no price of backups that are kept for more than a day":                          {of(auroraCluster, "r", m{"engine": "aurora-mysql", "backupRetentionPeriod": 7})},
		"no price of machines with tenancy dedicated":                                    {box(m{"tenancy": "dedicated"})},
		"its launch template is not of this stack":                                       {of(nodeGroup, "r", m{"launchTemplate": m{"id": "lt-1"}})},
		"no price of ec2/t3.medium in us-east-1":                                         {of(nodeGroup, "r", m{"subnetIds": []string{"private-id"}}), private()},
		"its addresses: how many subnets it is in is not said":                           {of(loadBalancer, "r", nil)},
		"no price of rules that AWS takes more for":                                      {of(webAcl, "r", m{"ruleJson": `[{"Name": "AWSManagedRulesBotControlRuleSet"}]`})},
		"no price of its disk beyond what is free":                                       {of("aws:lambda/function:Function", "r", m{"ephemeralStorage": m{"size": 10240}})},
		"what its pods need: not all say what they ask for":                              {silent, auto("cluster")},
		"its machines: a pod of large is larger than m7i.large":                          {auto("r"), large},
		"its machines: what its pools require is not understood":                         {auto("r"), pool},
		elsewhere: {pods("r", 1, "1", "1Gi"), of(cluster, "cluster", m{"version": "1.35"})},
		"what its schedules change: not all repeat daily or weekly, or are known yet": {
			of(scalingGroup, "r", m{"minSize": 1, "launchTemplate": m{"id": "template-id"}, "vpcZoneIdentifiers": []string{"private-id"}}), private(),
			of(launchTemplate, "template", m{"instanceType": "t3.small", "blockDeviceMappings": []any{m{"ebs": m{"volumeSize": 8, "volumeType": "gp3"}}}}),
			of(schedule, "once", m{"autoscalingGroupName": "r-id", "startTime": "2026-01-01T00:00:00Z", "desiredCapacity": 9}),
		},
		unclear: {auto("r"), auto("other")},
	} {
		require.Equal(t, why, said(bill(t, nil, resources...).NotPriced)["r"], why)
	}
	require.Equal(t, "its quantity is none that AWS would take", said(bill(t, nil, of("aws:ebs/volume:Volume", "r", m{"type": "gp3", "size": -1})).NotPriced)["r"])
	for _, token := range []string{"kubernetes:rds.services.k8s.aws/v1alpha1:DBInstance", "kubernetes:argoproj.io/v1alpha1:Rollout", "aws-native:ec2:NatGateway", "kubernetes:apps/v1:DaemonSet"} {
		r := of(token, "r", nil)
		r.ProviderURN = "urn:provider"
		require.Equal(t, "no price of the type", said(bill(t, nil, r).NotPriced)["r"], token)
	}
	member := of(cacheCluster, "member", m{"replicationGroupId": "group", "nodeType": "cache.t4g.small"})
	require.Equal(t, map[string]string{"member": "its replication group is paid for"}, said(bill(t, nil, member).Free))
}

// Of several clusters, the one that makes machines has the pods; pools say what it makes.
func TestWhichMachinesPodsRunOn(t *testing.T) {
	type m = map[string]any
	manual := of(cluster, "a", m{"version": "1.35"})
	maker := auto("b")
	work := pods("cart", 4, "1", "1Gi")
	b := bill(t, nil, manual, maker, work)
	require.Equal(t, map[string]float64{"eks": 100}, quantities(b, "a"))
	require.Equal(t, 400.0, quantities(b, "b")["ec2/m7i.large"])
	pool := func(key, operator string, values ...string) *rule.Resource {
		return of(nodePool, "pool", m{"spec": m{"template": m{"spec": m{"requirements": []any{m{"key": key, "operator": operator, "values": values}}}}}})
	}
	for class, pool := range map[string]*rule.Resource{
		"ec2/m7i.large": pool("kubernetes.io/arch", "NotIn", "arm64"), "ec2/m7g.large": pool("kubernetes.io/arch", "NotIn", "amd64"),
	} {
		require.Equal(t, 400.0, quantities(bill(t, nil, maker, work, pool), "b")[class])
	}
	for off, pool := range map[float64]*rule.Resource{
		0: pool("karpenter.sh/capacity-type", "NotIn", "spot"), 0.5: pool("karpenter.sh/capacity-type", "NotIn", "reserved"),
	} {
		for _, l := range bill(t, nil, maker, work, pool).Lines {
			if l.Item == "ec2/m7i.large" {
				require.InDelta(t, off, l.Off, 0)
			}
		}
	}
}
