package facts

import (
	"encoding/json"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	vpc   = "aws:ec2/vpc:Vpc"
	group = "aws:lb/targetGroup:TargetGroup"

	instance  = "aws:rds/instance:Instance"
	dbCluster = "aws:rds/cluster:Cluster"
	replicas  = "aws:elasticache/replicationGroup:ReplicationGroup"
)

func TestEveryTypeLoads(t *testing.T) {
	tokens := Tokens()
	require.Greater(t, len(tokens), 600)
	for _, token := range tokens {
		_, err := Lookup(token)
		assert.NoError(t, err)
	}
}

func TestOverlayNamesOnlyWhatExists(t *testing.T) {
	var o overlay
	require.NoError(t, json.Unmarshal(overlayText, &o))
	for token, name := range o.Names {
		typ, err := Lookup(token)
		if assert.NoError(t, err) && name != nil {
			require.Contains(t, typ.Properties, name.Property, token)
		}
	}
	for _, entry := range append(append([]string{}, o.Ordered...), sortedKeys(o.Facts)...) {
		token, path, _ := strings.Cut(entry, " ")
		typ, err := Lookup(token)
		require.NoError(t, err)
		if path, all := strings.CutSuffix(path, "*"); !all {
			_, err = typ.at(path)
			assert.NoError(t, err, entry)
		}
	}
	for entry := range o.Decisions {
		token, _, _ := strings.Cut(entry, " ")
		_, err := Lookup(token)
		assert.NoError(t, err)
	}
	for _, lists := range []map[string][]string{o.Recompute, o.Quiet} {
		for token, names := range lists {
			typ, err := Lookup(token)
			require.NoError(t, err)
			for _, name := range names {
				assert.Contains(t, typ.Properties, name)
			}
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		name, token string
		inputs      map[string]any
		property    string
		reason      string
	}{
		{"missing", "aws:ec2/subnet:Subnet", map[string]any{}, "vpcId", `Missing required argument: The argument "vpc_id" is required`},
		{"unknown", vpc, map[string]any{"cidr": "10.0.0.0/16"}, "cidr", "Invalid or unknown key"},
		{"output", vpc, map[string]any{"arn": "x"}, "arn", "Invalid or unknown key"},
		{"unknown nested", group, map[string]any{"healthCheck": map[string]any{"url": "/"}}, "healthCheck.url", "Invalid or unknown key"},
		{"wrong type", vpc, map[string]any{"enableDnsSupport": "perhaps"}, "enableDnsSupport", "expected boolean type, got string type"},
		{"list for text", vpc, map[string]any{"cidrBlock": []any{"10.0.0.0/16"}}, "cidrBlock", "expected string type, got list type"},
		{"fraction", group, map[string]any{"port": 80.5}, "port", "expected integer type, got number type"},
		{"conflict", "aws:ec2/subnet:Subnet", map[string]any{"vpcId": "v", "availabilityZone": "a", "availabilityZoneId": "b"}, "availabilityZone", "conflicts with availability_zone_id"},
		{"none of", "aws:autoscaling/group:Group", map[string]any{"minSize": 1.0, "maxSize": 1.0}, "launchConfiguration", "one of `launch_configuration,launch_template,mixed_instances_policy` must be specified"},
		{"two of", "aws:autoscaling/group:Group", map[string]any{"minSize": 1.0, "maxSize": 1.0, "launchTemplate": map[string]any{"id": "x"}, "launchConfiguration": "y"}, "launchConfiguration", "only one of"},
		{"required with", vpc, map[string]any{"ipv4NetmaskLength": 16.0}, "ipv4NetmaskLength", "all of `ipv4_ipam_pool_id` must be specified"},
		{"too many", "aws:lb/listener:Listener", map[string]any{"loadBalancerArn": "x", "defaultActions": []any{map[string]any{"type": "forward", "forward": map[string]any{"targetGroups": []any{
			map[string]any{"arn": "1"}, map[string]any{"arn": "2"}, map[string]any{"arn": "3"}, map[string]any{"arn": "4"}, map[string]any{"arn": "5"}, map[string]any{"arn": "6"}}}}}}, "defaultActions[0].forward.targetGroups", "supports 5 item maximum, but config has 6 declared"},
		{"missing in block", "aws:lb/loadBalancer:LoadBalancer", map[string]any{"subnets": []any{"a"}, "accessLogs": map[string]any{"enabled": true}}, "accessLogs.bucket", "Missing required argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, err := Lookup(c.token)
			require.NoError(t, err)
			require.NoError(t, typ.ApplyDefaults(c.inputs, nil, Naming{Logical: "x"}))
			var found []Failure
			for _, f := range typ.Check(c.inputs) {
				if f.Property == c.property {
					found = append(found, f)
				}
			}
			if assert.Len(t, found, 1) {
				assert.Contains(t, found[0].Reason, c.reason)
			}
		})
	}
}

func TestCheckAcceptsUnknownAndConverts(t *testing.T) {
	typ, err := Lookup("aws:ec2/subnet:Subnet")
	require.NoError(t, err)
	inputs := map[string]any{"vpcId": Unknown{}, "cidrBlock": Unknown{}, "mapPublicIpOnLaunch": "true", "tags": map[string]any{"n": 1.0}}
	assert.Empty(t, typ.Check(inputs))
	assert.Equal(t, true, inputs["mapPublicIpOnLaunch"])
	assert.Equal(t, map[string]any{"n": "1"}, inputs["tags"])
}

func TestPolicyGivenAsObjectBecomesText(t *testing.T) {
	typ, err := Lookup("aws:iam/policy:Policy")
	require.NoError(t, err)
	inputs := map[string]any{"policy": map[string]any{"Version": "2012-10-17"}}
	assert.Empty(t, typ.Check(inputs))
	assert.Equal(t, `{"Version":"2012-10-17"}`, inputs["policy"])
	inputs = map[string]any{"policy": map[string]any{"Statement": []any{Unknown{}}}}
	assert.Empty(t, typ.Check(inputs))
	assert.Equal(t, Unknown{}, inputs["policy"])
}

func TestDefaults(t *testing.T) {
	typ, err := Lookup("aws:ec2/securityGroup:SecurityGroup")
	require.NoError(t, err)
	inputs := map[string]any{"vpcId": "v"}
	require.NoError(t, typ.ApplyDefaults(inputs, nil, Naming{Logical: "web", Seed: []byte("s")}))
	assert.Equal(t, "Managed by Pulumi", inputs["description"])
	assert.Regexp(t, `^web-[0-9a-f]{7}$`, inputs["name"])
	assert.Equal(t, []any{"description", "name", "revokeRulesOnDelete"}, inputs[DefaultsKey])

	again := map[string]any{"vpcId": "v"}
	require.NoError(t, typ.ApplyDefaults(again, inputs, Naming{Logical: "web", Seed: []byte("other")}))
	assert.Equal(t, inputs["name"], again["name"], "a generated name is kept")

	chosen := map[string]any{"vpcId": "v", "name": "mine"}
	require.NoError(t, typ.ApplyDefaults(chosen, inputs, Naming{Logical: "web"}))
	back := map[string]any{"vpcId": "v"}
	require.NoError(t, typ.ApplyDefaults(back, chosen, Naming{Logical: "web"}))
	assert.NotEqual(t, "mine", back["name"], "a name the program took back is not kept")

	prefixed := map[string]any{"vpcId": "v", "namePrefix": "x"}
	require.NoError(t, typ.ApplyDefaults(prefixed, nil, Naming{Logical: "web"}))
	assert.NotContains(t, prefixed, "name")
}

func TestNamesThatDoNotFitAreRefused(t *testing.T) {
	typ, err := Lookup("aws:lb/loadBalancer:LoadBalancer")
	require.NoError(t, err)
	err = typ.ApplyDefaults(map[string]any{}, nil, Naming{Logical: strings.Repeat("x", 25)})
	assert.ErrorContains(t, err, "longer than maximum length 32")
	assert.NoError(t, typ.ApplyDefaults(map[string]any{}, nil, Naming{Logical: strings.Repeat("x", 24)}))
}

func TestDiff(t *testing.T) {
	tg := map[string]any{"name": "a", "port": 80.0, "protocol": "HTTP", "healthCheck": map[string]any{"path": "/", "matcher": "200", "interval": 30.0}, "tags": map[string]any{"a": "1"}, "deregistrationDelay": 300.0}
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:B","a:C"],"Resource":"*"}]}`
	same := `{"Statement":{"Action":["a:C","a:B"],"Effect":"Allow","Resource":["*"]},"Version":"2012-10-17"}`
	lb := map[string]any{"subnets": []any{"a", "b"}, "securityGroups": []any{"x"}, "name": "n"}
	db := map[string]any{"instanceClass": "c", "allocatedStorage": 80.0}
	cache := map[string]any{"engine": "redis", "engineVersion": "7.1", "engineVersionActual": "7.1.0", "transitEncryptionEnabled": false}
	old := map[string]any{"engine": "redis", "engineVersion": "6.x", "engineVersionActual": "6.2.6", "transitEncryptionEnabled": false}
	multiAZ := map[string]any{"engine": "postgres", "storageType": "io1"}
	aurora := map[string]any{"engine": "aurora-mysql", "storageType": "aurora", "snapshotIdentifier": "s", "serverlessv2ScalingConfiguration": map[string]any{"minCapacity": 1.0, "maxCapacity": 2.0}}
	for _, c := range []struct {
		name, token string
		state, news map[string]any
		ignore      []string
		want        map[string]Change
		replace     []string
	}{
		{"nothing", group, tg, map[string]any{"name": "a", "port": 80.0, "protocol": "HTTP", "healthCheck": map[string]any{"path": "/"}, "tags": map[string]any{"a": "1"}, "deregistrationDelay": 300.0}, nil, map[string]Change{}, nil},
		{"in place", group, tg, merged(tg, "deregistrationDelay", 60.0), nil, map[string]Change{"deregistrationDelay": Modify}, nil},
		{"replace", group, tg, merged(tg, "port", 81.0), nil, map[string]Change{"port": Modify}, []string{"port"}},
		{"nested", group, tg, merged(tg, "healthCheck", map[string]any{"path": "/x"}), nil, map[string]Change{"healthCheck.path": Modify}, nil},
		{"tags", group, tg, merged(tg, "tags", map[string]any{"b": "1"}), nil, map[string]Change{"tags.a": Remove, "tags.b": Add}, nil},
		{"ignored", group, tg, merged(tg, "tags", map[string]any{"b": "1"}), []string{"tags"}, map[string]Change{}, nil},
		{"unknown", group, tg, merged(tg, "port", Unknown{}), nil, map[string]Change{"port": Modify}, []string{"port"}},
		{"computed left out", "aws:lb/loadBalancer:LoadBalancer", lb, map[string]any{"subnets": []any{"b", "a"}, "name": "n"}, nil, map[string]Change{}, nil},
		{"one of a set", "aws:lb/loadBalancer:LoadBalancer", lb, map[string]any{"subnets": []any{"b", "c"}, "name": "n"}, nil, map[string]Change{"subnets[1]": Add, "subnets[0]": Remove}, nil},
		{"same policy", "aws:iam/policy:Policy", map[string]any{"name": "p", "policy": doc}, map[string]any{"name": "p", "policy": same}, nil, map[string]Change{}, nil},
		{"other policy", "aws:iam/policy:Policy", map[string]any{"name": "p", "policy": doc}, map[string]any{"name": "p", "policy": strings.Replace(same, "a:B", "a:D", 1)}, nil, map[string]Change{"policy": Modify}, nil},
		{"storage that grew by itself", instance, db, map[string]any{"instanceClass": "c", "allocatedStorage": 50.0, "maxAllocatedStorage": 100.0}, nil, map[string]Change{"maxAllocatedStorage": Add}, nil},
		{"storage that did not", instance, db, map[string]any{"instanceClass": "c", "allocatedStorage": 50.0}, nil, map[string]Change{"allocatedStorage": Modify}, nil},
		{"storage that is to grow", instance, db, map[string]any{"instanceClass": "c", "allocatedStorage": 90.0, "maxAllocatedStorage": 100.0}, nil, map[string]Change{"allocatedStorage": Modify, "maxAllocatedStorage": Add}, nil},
		{"redis to valkey", replicas, cache, merged(merged(cache, "engine", "valkey"), "engineVersion", "8.0"), nil, map[string]Change{"engine": Modify, "engineVersion": Modify}, nil},
		{"valkey to redis", replicas, merged(cache, "engine", "valkey"), merged(cache, "engine", "redis"), nil, map[string]Change{"engine": Modify}, []string{"engine"}},
		{"an older version", replicas, cache, merged(cache, "engineVersion", "7.0"), nil, map[string]Change{"engineVersion": Modify}, []string{"engineVersion"}},
		{"a newer version", replicas, old, merged(old, "engineVersion", "7.1"), nil, map[string]Change{"engineVersion": Modify}, nil},
		{"older than what x stands for", replicas, old, merged(old, "engineVersion", "6.0"), nil, map[string]Change{"engineVersion": Modify}, []string{"engineVersion"}},
		{"TLS in place", replicas, cache, merged(cache, "transitEncryptionEnabled", true), nil, map[string]Change{"transitEncryptionEnabled": Modify}, nil},
		{"TLS by replacement", replicas, old, merged(old, "transitEncryptionEnabled", true), nil, map[string]Change{"transitEncryptionEnabled": Modify}, []string{"transitEncryptionEnabled"}},
		{"serverless redis to valkey", "aws:elasticache/serverlessCache:ServerlessCache", map[string]any{"engine": "redis"}, map[string]any{"engine": "valkey"}, nil, map[string]Change{"engine": Modify}, nil},
		{"a smaller tier", "aws:ssm/parameter:Parameter", map[string]any{"type": "String", "tier": "Advanced"}, map[string]any{"type": "String", "tier": "Standard"}, nil, map[string]Change{"tier": Modify}, []string{"tier"}},
		{"a larger tier", "aws:ssm/parameter:Parameter", map[string]any{"type": "String", "tier": "Standard"}, map[string]any{"type": "String", "tier": "Advanced"}, nil, map[string]Change{"tier": Modify}, nil},
		{"a class of memcached", "aws:elasticache/cluster:Cluster", map[string]any{"engine": "memcached", "nodeType": "a"}, map[string]any{"engine": "memcached", "nodeType": "b"}, nil, map[string]Change{"nodeType": Modify}, []string{"nodeType"}},
		{"a class of redis", "aws:elasticache/cluster:Cluster", map[string]any{"engine": "redis", "nodeType": "a"}, map[string]any{"engine": "redis", "nodeType": "b"}, nil, map[string]Change{"nodeType": Modify}, nil},
		{"taken back", dbCluster, aurora, map[string]any{"engine": "aurora-mysql", "storageType": "aurora-iopt1"}, nil, map[string]Change{"storageType": Modify}, nil},
		{"another snapshot", dbCluster, aurora, map[string]any{"engine": "aurora-mysql", "storageType": "aurora", "snapshotIdentifier": "t"}, nil, map[string]Change{"snapshotIdentifier": Modify}, []string{"snapshotIdentifier"}},
		{"storage of a multi-AZ cluster", dbCluster, multiAZ, merged(multiAZ, "storageType", "io2"), nil, map[string]Change{"storageType": Modify}, []string{"storageType"}},
		{"no updates at all", "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", map[string]any{"vpcId": "v", "cidrBlock": "a"}, map[string]any{"vpcId": "v", "cidrBlock": "b"}, nil, map[string]Change{"cidrBlock": Modify}, []string{"cidrBlock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, err := Lookup(c.token)
			require.NoError(t, err)
			d := typ.Diff(c.state, c.news, c.ignore)
			assert.Equal(t, c.want, d.Changes)
			replaced := sortedKeys(d.Replace)
			assert.ElementsMatch(t, c.replace, replaced)
		})
	}
}

func merged(base map[string]any, key string, value any) map[string]any {
	out := Clone(base)
	out[key] = value
	return out
}

// TestWhatTheProviderKeeps proves that an update for another reason does not send what the plan left out.
func TestWhatTheProviderKeeps(t *testing.T) {
	typ, err := Lookup(instance)
	require.NoError(t, err)
	state := map[string]any{"instanceClass": "a", "allocatedStorage": 80.0}
	out := typ.Merge(state, map[string]any{"instanceClass": "b", "allocatedStorage": 50.0, "maxAllocatedStorage": 100.0}, nil)
	assert.Equal(t, map[string]any{"instanceClass": "b", "allocatedStorage": 80.0, "maxAllocatedStorage": 100.0}, out)
	typ, err = Lookup(dbCluster)
	require.NoError(t, err)
	state = map[string]any{"engine": "aurora-mysql", "snapshotIdentifier": "s", "port": 1.0}
	assert.Equal(t, merged(state, "port", 2.0), typ.Merge(state, map[string]any{"engine": "aurora-mysql", "port": 2.0}, nil))
}

// TestTheDataTierHasNoGaps holds for the types that keep data: everything a program can set on them is known.
func TestTheDataTierHasNoGaps(t *testing.T) {
	for _, token := range []string{
		instance, dbCluster, replicas, "aws:rds/clusterInstance:ClusterInstance", "aws:rds/parameterGroup:ParameterGroup", "aws:rds/clusterParameterGroup:ClusterParameterGroup", "aws:rds/subnetGroup:SubnetGroup",
		"aws:rds/proxy:Proxy", "aws:rds/proxyEndpoint:ProxyEndpoint", "aws:rds/proxyTarget:ProxyTarget", "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "aws:rds/eventSubscription:EventSubscription",
		"aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication", "aws:rds/globalCluster:GlobalCluster", "aws:docdb/cluster:Cluster", "aws:docdb/clusterInstance:ClusterInstance",
		"aws:docdb/clusterParameterGroup:ClusterParameterGroup", "aws:docdb/subnetGroup:SubnetGroup", "aws:elasticache/cluster:Cluster", "aws:elasticache/serverlessCache:ServerlessCache", "aws:elasticache/parameterGroup:ParameterGroup",
		"aws:elasticache/subnetGroup:SubnetGroup", "aws:elasticache/user:User", "aws:elasticache/userGroup:UserGroup", "aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica", "aws:dynamodb/resourcePolicy:ResourcePolicy",
		"aws:backup/vault:Vault", "aws:backup/plan:Plan", "aws:backup/selection:Selection", "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "aws:backup/vaultNotifications:VaultNotifications",
		"aws:backup/restoreTestingPlan:RestoreTestingPlan", "aws:backup/restoreTestingSelection:RestoreTestingSelection", "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault", "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey",
		"aws:kms/alias:Alias", "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion", "aws:secretsmanager/secretRotation:SecretRotation", "aws:secretsmanager/secretPolicy:SecretPolicy",
		"aws:ssm/parameter:Parameter", "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy", "aws:appautoscaling/scheduledAction:ScheduledAction",
	} {
		typ, err := Lookup(token)
		require.NoError(t, err)
		var walk func(level map[string]*Property, path string)
		walk = func(level map[string]*Property, path string) {
			for name, p := range level {
				settable := p.Input && name != "timeouts" || name == "tagsAll" // which the provider sets among the inputs
				assert.False(t, settable && p.New, "%s %s", token, join(path, name))
				if settable {
					walk(p.Nested, join(path, name))
				}
			}
		}
		walk(typ.Properties, "")
	}
}

func TestUnknownDecision(t *testing.T) {
	for _, words := range []string{"", "perhaps"} {
		_, err := decide(words)
		assert.ErrorContains(t, err, "unknown decision")
	}
}

func TestPlanLeavesToAWSWhatIsAWS(t *testing.T) {
	typ, err := Lookup(group)
	require.NoError(t, err)
	out := typ.Plan(map[string]any{"port": 80.0, "healthCheck": map[string]any{"path": "/"}})
	assert.Equal(t, Unknown{}, out["arn"])
	assert.Equal(t, 80.0, out["port"])
	assert.Equal(t, Unknown{}, out["healthCheck"].(map[string]any)["matcher"])
	assert.NotContains(t, out, "vpcId")
}

// TestNothingChangesByItself proves for every type and many inputs that deploying the same program again plans nothing, and that a refresh reads
// back the inputs that were deployed.
func TestNothingChangesByItself(t *testing.T) {
	tokens := Tokens()
	sort.Strings(tokens)
	rapid.Check(t, func(t *rapid.T) {
		typ, err := Lookup(rapid.SampledFrom(tokens).Draw(t, "type"))
		if err != nil {
			t.Fatal(err)
		}
		inputs := block(t, typ.Properties, true)
		if err := typ.ApplyDefaults(inputs, nil, Naming{Logical: "n", Seed: []byte("s")}); err != nil {
			t.Fatal(err)
		}
		typ.Check(inputs)
		state := typ.Merge(map[string]any{}, inputs, nil)
		for name, p := range typ.Properties {
			if state[name] == nil && p.Computed && p.Kind == String {
				state[name] = "made by AWS"
			}
		}
		if d := typ.Diff(state, inputs, nil); !d.Empty() {
			t.Fatalf("%s: %v\nstate %v\nnews %v", typ.Token, d.Changes, state, inputs)
		}
		if back := typ.Inputs(state, inputs); mustJSON(back) != mustJSON(withoutNil(inputs)) {
			t.Fatalf("%s: refresh\ngot  %s\nwant %s", typ.Token, mustJSON(back), mustJSON(inputs))
		}
		if again := typ.Merge(state, inputs, nil); mustJSON(again) != mustJSON(state) {
			t.Fatalf("%s: updating with the same inputs changes\n%s\nto\n%s", typ.Token, mustJSON(state), mustJSON(again))
		}
	})
}

func withoutNil(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if v != nil {
			out[k] = v
		}
	}
	return out
}

func block(t *rapid.T, level map[string]*Property, top bool) map[string]any {
	out := map[string]any{}
	for _, name := range sortedKeys(level) {
		p := level[name]
		if p.Input && (p.Required || rapid.IntRange(0, 3).Draw(t, name) == 0) {
			out[name] = value(t, p)
		}
	}
	return out
}

func value(t *rapid.T, p *Property) any {
	switch p.Kind {
	case Bool:
		return rapid.Bool().Draw(t, "bool")
	case Int, Float:
		return float64(rapid.IntRange(0, 3).Draw(t, "int"))
	case List:
		n := rapid.IntRange(0, 3).Draw(t, "n")
		out := []any{}
		for range n {
			out = append(out, value(t, p.Elem))
		}
		return out
	case Map:
		return map[string]any{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key"): "v"}
	case Object:
		if p.Nested == nil {
			return map[string]any{"x": "y"}
		}
		return block(t, p.Nested, false)
	}
	return rapid.SampledFrom([]string{"", "x", "y", `{"a":1}`}).Draw(t, "text")
}

func FuzzSameDocument(f *testing.F) {
	f.Add(`{"a":[1,2]}`, `{"a":[2,1]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if SameDocument(a, b) != SameDocument(b, a) {
			t.Fatal("not symmetric")
		}
	})
}

// TestOnlyWhatMakesAVersionIsRecomputed proves that a function's version stays known in the preview of a change that publishes none.
func TestOnlyWhatMakesAVersionIsRecomputed(t *testing.T) {
	typ, err := Lookup("aws:lambda/function:Function")
	require.NoError(t, err)
	state := map[string]any{"role": "r", "memorySize": 128.0, "tags": map[string]any{"a": "b"}, "replacementSecurityGroupIds": []any{"sg-1"}}
	for property, change := range map[string]struct {
		to   any
		want []string
	}{
		"memorySize": {256.0, typ.Recompute}, "tags": {map[string]any{"a": "c"}, nil}, "replacementSecurityGroupIds": {[]any{"sg-2"}, nil}, "role": {"r", nil},
	} {
		news := Clone(state)
		news[property] = change.to
		require.Equal(t, change.want, typ.Recomputed(state, news, nil), property)
	}
	require.NotEmpty(t, typ.Recompute)
}
