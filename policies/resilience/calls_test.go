package resilience

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
)

func TestAddressesComeThroughWhatCarriesThem(t *testing.T) {
	db := of(database, "db", map[string]any{"availabilityZone": "a"}, "dbSubnetGroupName:db-subnets")
	aurora := []ruletest.R{of(dbCluster, "db", nil, "dbSubnetGroupName:db-subnets"), of(dbMember, "one", map[string]any{"availabilityZone": "a"}, "clusterIdentifier:db")}
	f := func(edge string) ruletest.R { return of(function, "it", nil, edge) }
	for name, stack := range map[string][]ruletest.R{
		"a task definition": {db, of("aws:ecs/taskDefinition:TaskDefinition", "task", nil, "containerDefinitions:db"),
			of(ecsService, "it", map[string]any{"desiredCount": 3, "networkConfiguration": map[string]any{"subnets": ruletest.ID}}, "networkConfiguration:subnet-a,subnet-b", "taskDefinition:task")},
		"a map of settings":     {db, auto("subnet-a,subnet-b"), of("kubernetes:core/v1:ConfigMap", "map", nil, "data:db"), pods("it", 4, true, "spec:map")},
		"the values of a chart": {db, auto("subnet-a,subnet-b"), of("kubernetes:helm.sh/v3:Release", "chart", nil, "values:db"), pods("it", 4, true, "spec:chart")},
		"a parameter":           {db, of("aws:ssm/parameter:Parameter", "parameter", nil, "value:db"), f("environment:parameter")},
		"two parameters":        {db, of("aws:ssm/parameter:Parameter", "one", nil, "value:db"), of("aws:ssm/parameter:Parameter", "two", nil, "value:one"), f("environment:two")},
		"parameters in a circle": {db, of("aws:ssm/parameter:Parameter", "one", nil, "value:two"), of("aws:ssm/parameter:Parameter", "two", nil, "value:one", "tags:db"),
			f("environment:one")},
		"a version of a secret": {db, of(secret, "s", nil), of(secretVersion, "v", nil, "secretId:s", "secretString:db"), f("environment:v")},
		"a secret":              {db, of(secret, "s", nil), of(secretVersion, "v", nil, "secretId:s", "secretString:db"), f("environment:s")},
		"an endpoint of a proxy": {db, of(dbProxy, "proxy", nil, "vpcSubnetIds:subnet-a,subnet-b"), of(proxyTarget, "target", nil, "dbProxyName:proxy", "dbInstanceIdentifier:db"),
			of(proxyEndpoint, "endpoint", nil, "dbProxyName:proxy", "vpcSubnetIds:subnet-a,subnet-b"), f("environment:endpoint")},
		"a launch template": {db, of(launchTemplate, "template", nil, "userData:db"),
			of(group, "it", map[string]any{"minSize": 2, "launchTemplate": map[string]any{"id": ruletest.ID}}, "launchTemplate:template", "vpcZoneIdentifiers:subnet-a,subnet-b")},
		"a member of a cluster": append(aurora, f("environment:one")),
		"an API":                {db, of(function, "f", nil, "environment:db"), of(httpApi, "it", nil), of(httpIntegration, "integration", nil, "apiId:it", "integrationUri:f")},
		"a REST API":            {db, of(function, "f", nil, "environment:db"), of(restApi, "it", nil), of(restIntegration, "integration", nil, "restApi:it", "uri:f")},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectOn(t, twoZones(stack...), "zone:a", "it")
			require.Equal(t, Lost, e.State, e.Because)
			require.Equal(t, "db", e.Cause.Name)
		})
	}
}

func TestAPathNamesWhatCarriesAnAddress(t *testing.T) {
	e := effectOn(t, twoZones(of(database, "db", nil), of("aws:ssm/parameter:Parameter", "parameter", nil, "value:db"), of(function, "f", nil, "environment:parameter")), "node:db", "f")
	var path []string
	for _, s := range e.Path {
		path = append(path, s.Resource.Name+"."+s.Property)
	}
	require.Equal(t, []string{"db.", "parameter.value", "f.environment"}, path)
}

// A role that may use a table, or the alarm of one, is no address of it.
func TestWhatPermitsOrObservesCarriesNoAddress(t *testing.T) {
	for _, token := range []string{"aws:iam/role:Role", "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:ec2/securityGroup:SecurityGroup", "aws:s3/bucketPolicy:BucketPolicy"} {
		e := effectOn(t, twoZones(of(database, "db", nil), of(token, "wall", nil, "policy:db"), of(function, "f", nil, "environment:wall")), "node:db", "f")
		require.Equal(t, Unaffected, e.State, token)
	}
}
