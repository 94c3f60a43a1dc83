package state

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

const urn = "urn:pulumi:prod::shop::"

// export is a stack with the given resources, as `pulumi stack export` prints it.
func export(resources ...string) string {
	return fmt.Sprintf(`{"version": 3, "deployment": {"manifest": {"time": "2026-11-26T10:00:00Z", "magic": "", "version": "v3.259.0"}, "resources": [%s]}}`,
		strings.Join(resources, ", "))
}

// queue is a resource with whatever else a state says of it.
func queue(name, more string) string {
	return fmt.Sprintf(`{"urn": "%saws:sqs/queue:Queue::%s", "custom": true, "type": "aws:sqs/queue:Queue"%s}`, urn, name, more)
}

func read(t *testing.T, text string) []*rule.Resource {
	t.Helper()
	resources, err := Read(strings.NewReader(text))
	require.NoError(t, err)
	return resources
}

func only(t *testing.T, text string) *rule.Resource {
	t.Helper()
	resources := read(t, text)
	require.Len(t, resources, 1)
	return resources[0]
}

func TestAResourceIsWhatTheStateSaysOfIt(t *testing.T) {
	const provider = urn + "pulumi:providers:aws::east"
	r := only(t, export(
		`{"urn": "`+urn+`pulumi:pulumi:Stack::shop-prod", "type": "pulumi:pulumi:Stack"}`,
		`{"urn": "`+provider+`", "custom": true, "id": "old", "type": "pulumi:providers:aws", "inputs": {"region": "eu-west-1"}, "delete": true}`,
		`{"urn": "`+provider+`", "custom": true, "id": "id-1", "type": "pulumi:providers:aws", "inputs": {"region": "us-east-1", "secretKey":
			{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "AAAB"}}}`,
		`{"urn": "`+urn+`shop:Web$aws:alb/loadBalancer:LoadBalancer::web", "custom": true, "id": "lb", "type": "aws:alb/loadBalancer:LoadBalancer",
			"inputs": {"internal": false, "idleTimeout": 60, "subnets": ["subnet-1", "subnet-2"], "name": null, "__defaults": ["name"],
				"accessLogs": {"enabled": true, "__defaults": []}},
			"outputs": {"id": "lb", "dnsName": "web.example.com", "__meta": "{}"},
			"parent": "`+urn+`shop:Web::web", "protect": true, "ignoreChanges": ["tags"], "provider": "`+provider+`::id-1",
			"dependencies": ["`+urn+`aws:kms/key:Key::key"],
			"propertyDependencies": {"subnets": ["`+urn+`aws:ec2/subnet:Subnet::a", "`+urn+`aws:ec2/subnet:Subnet::b"], "internal": [], "name": null}}`,
	))
	require.Equal(t, "aws:lb/loadBalancer:LoadBalancer", r.Type, "in the spelling of rules")
	require.Equal(t, "web", r.Name)
	require.Equal(t, urn+"shop:Web$aws:alb/loadBalancer:LoadBalancer::web", r.URN)
	require.Equal(t, urn+"shop:Web::web", r.Parent)
	require.True(t, r.Protect)
	require.Equal(t, []string{"tags"}, r.IgnoreChanges)
	require.Equal(t, map[string][]string{"subnets": {urn + "aws:ec2/subnet:Subnet::a", urn + "aws:ec2/subnet:Subnet::b"}}, r.Edges,
		"only what properties were computed from")

	require.Equal(t, provider, r.ProviderURN)
	require.Equal(t, rule.FieldsOf(map[string]any{"region": "us-east-1", "secretKey": rule.Secret{Of: rule.Computed{}}}), r.Provider)
	require.Equal(t, rule.FieldsOf(map[string]any{
		"internal": false, "idleTimeout": 60, "subnets": []string{"subnet-1", "subnet-2"}, "name": nil, "accessLogs": map[string]any{"enabled": true},
	}), r.Inputs, "without the provider's bookkeeping, at any depth")
	require.Equal(t, rule.FieldsOf(map[string]any{"id": "lb", "dnsName": "web.example.com"}), r.Outputs)
}

func TestValuesAreUnwrapped(t *testing.T) {
	const sig = `"4dabf18193072939515e22adb298388d": `
	const secret, output = sig + `"1b47061264138c4ac30d75fd1eb44270"`, sig + `"d0e6a833031e9bbcd3f4e8bde6ca49a4"`
	type opaque struct{}
	for name, c := range map[string]struct {
		json string
		want any
	}{
		"a secret that is shown":               {`{` + secret + `, "plaintext": "\"hunter2\""}`, rule.Secret{Of: "hunter2"}},
		"a secret list":                        {`{` + secret + `, "plaintext": "[true, {\"a\": 1, \"__defaults\": []}]"}`, rule.Secret{Of: []any{true, map[string]any{"a": 1}}}},
		"a secret null":                        {`{` + secret + `, "plaintext": "null"}`, rule.Secret{Of: nil}},
		"a secret in a list":                   {`["a", {` + secret + `, "plaintext": "\"b\""}]`, []any{"a", rule.Secret{Of: "b"}}},
		"a secret that is encrypted":           {`{` + secret + `, "ciphertext": "AAABAH5fYw=="}`, rule.Secret{Of: rule.Computed{}}},
		"a secret that is damaged":             {`{` + secret + `, "plaintext": "hunter2"}`, rule.Secret{Of: rule.Computed{}}},
		"a secret without anything":            {`{` + secret + `}`, rule.Secret{Of: rule.Computed{}}},
		"a known output":                       {`{` + output + `, "value": "x", "dependencies": []}`, "x"},
		"a secret output":                      {`{` + output + `, "value": {"a": "x"}, "secret": true}`, rule.Secret{Of: map[string]any{"a": "x"}}},
		"an output that is not known":          {`{` + output + `}`, rule.Computed{}},
		"a secret output that is not known":    {`{` + output + `, "secret": true}`, rule.Secret{Of: rule.Computed{}}},
		"what a failed update left unknown":    {`"04da6b54-80e4-46f7-96ec-b56ff0331ba9"`, rule.Computed{}},
		"an asset":                             {`{` + sig + `"c44067f5952c0a294b673a41bacd8c17", "hash": "1f", "text": "a"}`, opaque{}},
		"an archive":                           {`{` + sig + `"0def7320c3a5731c473e5ecbe6d01bc7", "hash": "1f", "path": "a.zip"}`, opaque{}},
		"a resource":                           {`{` + sig + `"5cf8f73096256a8f31e491e813e4eb8e", "urn": "a", "id": "b"}`, opaque{}},
		"a signature that is none":             {`{` + sig + `7}`, opaque{}},
		"an object":                            {`{"a": {"b": [1, "2", null]}}`, map[string]any{"a": map[string]any{"b": []any{1, "2", nil}}}},
		"an object of the provider's keys":     {`{"__defaults": ["a"]}`, map[string]any{}},
		"a number that is a text stays a text": {`"7"`, "7"},
	} {
		t.Run(name, func(t *testing.T) {
			r := only(t, export(queue("q", `, "inputs": {"p": `+c.json+`}, "outputs": {"p": `+c.json+`}`)))
			require.Equal(t, rule.Of(c.want), r.Inputs["p"])
			require.Equal(t, rule.Of(c.want), r.Outputs["p"])
		})
	}
}

func TestWhatIsToBeDeletedIsLeftOut(t *testing.T) {
	r := only(t, export(queue("q", `, "id": "old", "delete": true, "inputs": {"name": "old"}`), queue("q", `, "id": "new", "inputs": {"name": "new"}`)))
	require.Equal(t, rule.Of("new"), r.Inputs["name"])
}

func TestWhatIsOnlyReadIsKnownByItsOutputs(t *testing.T) {
	r := only(t, export(queue("q", `, "external": true, "inputs": {"id": "q"}, "outputs": {"id": "q", "name": "orders"}`)))
	require.Nil(t, r.Inputs)
	name, _ := r.Get("name").Text()
	require.Equal(t, "orders", name)

	made := only(t, export(queue("q", `, "outputs": {"name": "orders"}`)))
	require.NotNil(t, made.Inputs, "a resource without inputs has been seen")
	require.True(t, made.Get("name").IsAbsent())
}

func TestComponentsHaveNoProvider(t *testing.T) {
	r := only(t, export(`{"urn": "`+urn+`shop:Web::web", "type": "shop:Web", "parent": "`+urn+`pulumi:pulumi:Stack::shop-prod"}`))
	require.Equal(t, "shop:Web", r.Type)
	require.Empty(t, r.ProviderURN)
	require.Empty(t, r.Provider)
	require.Equal(t, urn+"pulumi:pulumi:Stack::shop-prod", r.Parent)
}

func TestVersionsThatAreRead(t *testing.T) {
	for _, text := range []string{export(), `{"version": 3, "deployment": {}}`, `{"version": 4, "features": ["refreshBeforeUpdate"], "deployment": {"resources": []}}`} {
		require.Empty(t, read(t, text))
	}
}

func TestWhatIsNoExportIsAnError(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an older version":     {`{"version": 2, "deployment": {"resources": []}}`, "want version 3 or 4 of what `pulumi stack export` prints; this is version 2"},
		"a version to come":    {`{"version": 5, "deployment": {"resources": []}}`, "this is version 5"},
		"another document":     {`{"resources": []}`, "this is version 0"},
		"nothing deployed yet": {`{"version": 3, "deployment": null}`, "it has no deployment; deploy the stack"},
		"no JSON":              {"Resources:\n- urn: a\n", "invalid character"},
		"nothing":              {"", "EOF"},
		"a list":               {"[]", "cannot unmarshal array"},
		"a cut file":           {export(queue("q", ""))[:120], "unexpected EOF"},
		"no URN":               {export(`{"urn": "q", "type": "aws:sqs/queue:Queue"}`), `"q" is no URN`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text))
			require.ErrorContains(t, err, "read an exported stack: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(export()))
	f.Add([]byte(export(queue("q", `, "provider": "a::b", "inputs": {"p": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "[\"x\"]"}},
		"propertyDependencies": {"p": ["a"]}, "ignoreChanges": ["*"]`))))
	f.Add([]byte(export(`{"urn": "urn:pulumi:a::b", "type": "pulumi:providers:aws", "id": "x"}`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		resources, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range rule.NewGraph(resources).All() {
			if r.URN == "" || r.Outputs == nil || r.Edges == nil {
				t.Errorf("half a resource: %+v", r)
			}
		}
	})
}
