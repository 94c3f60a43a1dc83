package latency

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type in = map[string]any

func TestEveryLatencyIsSound(t *testing.T) {
	table, err := ReadTable(latencyJSON)
	require.NoError(t, err)
	sound := func(what string, estimates ...*Estimate) {
		for _, e := range estimates {
			if e != nil {
				require.Contains(t, table.Grades, e.Grade, what)
				require.LessOrEqual(t, e.Low, e.P50, what)
				require.LessOrEqual(t, e.P50, e.High, what)
				require.Positive(t, e.Low, what)
			}
		}
	}
	sound("common", &table.Read, &table.Update)
	for _, c := range table.Classes {
		sound(c.Class, &c.Create, &c.Update, &c.Delete)
	}
	for _, row := range table.Rows {
		sound(row.Types[0], &row.Create, row.Update, &row.Delete)
		for _, when := range row.When {
			sound(row.Types[0], when.Create, when.Update, when.Delete)
			require.NotEmpty(t, when.If, row.Types[0])
			require.False(t, when.Create == nil && when.Update == nil && when.Delete == nil, row.Types[0])
		}
	}
}

func TestInputsDecide(t *testing.T) {
	tests := map[string]struct {
		typ     string
		op      Op
		inputs  in
		changed []string
		want    float64
		class   string
	}{
		"a function":                   {typ: "aws:lambda/function:Function", op: Delete, want: 1},
		"one in a network":             {typ: "aws:lambda/function:Function", op: Delete, inputs: in{"vpcConfig": in{"subnetIds": []any{"a"}}}, want: 1500},
		"one that changes its group":   {typ: "aws:lambda/function:Function", op: Delete, inputs: in{"vpcConfig": in{"subnetIds": []any{"a"}}, "replaceSecurityGroupsOnDestroy": true}, want: 15},
		"a queue":                      {typ: "aws:sqs/queue:Queue", op: Create, want: 26},
		"a private subnet":             {typ: "aws:ec2/subnet:Subnet", op: Create, want: 2},
		"a public one":                 {typ: "aws:ec2/subnet:Subnet", op: Create, inputs: in{"mapPublicIpOnLaunch": true}, want: 12},
		"the flag set to false":        {typ: "aws:ec2/subnet:Subnet", op: Create, inputs: in{"mapPublicIpOnLaunch": false}, want: 2},
		"a public one, deleted":        {typ: "aws:ec2/subnet:Subnet", op: Delete, inputs: in{"mapPublicIpOnLaunch": true}, want: 1},
		"one zone":                     {typ: "aws:rds/instance:Instance", op: Create, want: 330},
		"two":                          {typ: "aws:rds/instance:Instance", op: Create, inputs: in{"multiAz": true, "skipFinalSnapshot": true}, want: 720},
		"a replica of two":             {typ: "aws:rds/instance:Instance", op: Create, inputs: in{"multiAz": true, "replicateSourceDb": "x"}, want: 600},
		"no replica":                   {typ: "aws:rds/instance:Instance", op: Create, inputs: in{"replicateSourceDb": ""}, want: 330},
		"both conditions":              {typ: "aws:rds/instance:Instance", op: Delete, inputs: in{"multiAz": true, "skipFinalSnapshot": true}, want: 385},
		"the first":                    {typ: "aws:rds/instance:Instance", op: Delete, inputs: in{"multiAz": true}, want: 565},
		"the second":                   {typ: "aws:rds/instance:Instance", op: Delete, inputs: in{"skipFinalSnapshot": true}, want: 150},
		"a larger class, at once":      {typ: "aws:rds/instance:Instance", op: Update, inputs: in{"applyImmediately": true}, changed: []string{"instanceClass"}, want: 720},
		"a larger class, later":        {typ: "aws:rds/instance:Instance", op: Update, inputs: in{"applyImmediately": false}, changed: []string{"instanceClass"}, want: 90},
		"shards more":                  {typ: "aws:elasticache/replicationGroup:ReplicationGroup", op: Update, changed: []string{"numNodeGroups"}, want: 900},
		"an index more":                {typ: "aws:dynamodb/table:Table", op: Update, changed: []string{"globalSecondaryIndexes[1].name"}, want: 360},
		"a table":                      {typ: "aws:dynamodb/table:Table", op: Create, inputs: in{"replicas": []any{}}, want: 12},
		"a table in two regions":       {typ: "aws:dynamodb/table:Table", op: Create, inputs: in{"replicas": []any{in{"regionName": "x"}}}, want: 120},
		"no nodes":                     {typ: "aws:eks/nodeGroup:NodeGroup", op: Create, inputs: in{"scalingConfig": in{"desiredSize": 0}}, want: 58},
		"nodes":                        {typ: "aws:eks/nodeGroup:NodeGroup", op: Create, inputs: in{"scalingConfig": in{"desiredSize": 2.0}}, want: 120},
		"something else at that place": {typ: "aws:eks/nodeGroup:NodeGroup", op: Create, inputs: in{"scalingConfig": "unknown"}, want: 120},
		"one cache node":               {typ: "aws:elasticache/replicationGroup:ReplicationGroup", op: Create, inputs: in{"numCacheClusters": 1.0}, want: 360},
		"three":                        {typ: "aws:elasticache/replicationGroup:ReplicationGroup", op: Create, inputs: in{"numCacheClusters": 3.0}, want: 560},
		"a function in a VPC":          {typ: "aws:lambda/function:Function", op: Create, inputs: in{"vpcConfig": in{"subnetIds": []any{"a"}}}, want: 45},
		"in none":                      {typ: "aws:lambda/function:Function", op: Create, inputs: in{"vpcConfig": in{"subnetIds": []any{}}}, want: 10},
		"capacity from none":           {typ: "aws:autoscaling/group:Group", op: Create, inputs: in{"minSize": 0.0}, want: 17},
		"capacity from none to two":    {typ: "aws:autoscaling/group:Group", op: Create, inputs: in{"minSize": 0.0, "desiredCapacity": 2.0}, want: 75},
		"a new cluster version":        {typ: "aws:eks/cluster:Cluster", op: Update, changed: []string{"tags", "version"}, want: 540},
		"a deep change":                {typ: "aws:eks/cluster:Cluster", op: Update, changed: []string{"vpcConfig.publicAccessCidrs[0]"}, want: 150},
		"a change of a longer name":    {typ: "aws:eks/cluster:Cluster", op: Update, changed: []string{"versionX"}, want: 5},
		"an update of no own figure":   {typ: "aws:ec2/eip:Eip", op: Update, want: 1},
		"a service":                    {typ: "kubernetes:core/v1:Service", op: Create, inputs: in{"spec": in{"type": "ClusterIP"}}, want: 10},
		"one with a load balancer":     {typ: "kubernetes:core/v1:Service", op: Create, inputs: in{"spec": in{"type": "LoadBalancer"}}, want: 150},
		"a load balancer of paths":     {typ: "kubernetes:networking.k8s.io/v1:Ingress", op: Create, want: 150},
		"a pool and its nodes":         {typ: "kubernetes:karpenter.sh/v1:NodePool", op: Delete, want: 90},
		"a read":                       {typ: "aws:eks/cluster:Cluster", op: Read, want: 1},
		"an unknown server":            {typ: "aws:msk/cluster:Cluster", op: Create, want: 300, class: "server"},
		"anything else":                {typ: "a:b:C", op: Delete, want: 1, class: "config"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, class := Default().Estimate(test.typ, test.op, test.inputs, test.changed)
			require.Equal(t, test.want, got.P50)
			require.Equal(t, test.class, class)
		})
	}
}

func TestABadTableIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"classes": [{"class": "a", "names": ["B"]}]}`:                              "no class is for every type",
		`{"classes": [{"class": "a"}], "rows": [{"types": ["a"]}, {"types":["a"]}]}`: "a has two rows",
		`{"rwos": []}`: "unknown field",
	} {
		_, err := ReadTable([]byte(text))
		require.ErrorContains(t, err, want)
	}
}
