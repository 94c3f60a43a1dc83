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
	for token, names := range o.Recompute {
		typ, err := Lookup(token)
		require.NoError(t, err)
		for _, name := range names {
			assert.Contains(t, typ.Properties, name)
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
