package cdn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

func withFunction(key string, f cdn.FunctionArgs) func(*cdn.DistributionArgs) {
	return func(a *cdn.DistributionArgs) { a.Functions = map[string]cdn.FunctionArgs{key: f} }
}

const code = "function handler(event) { return event.request; }\n"

// A store without values is somebody else's to fill: nothing of ours may empty it.
func TestAStoreHasOurValuesOrSomebodyElses(t *testing.T) {
	values := map[string]string{"/b": "2", "/a": "1"}
	harness.Both(t, atTheEdge(bare(withFunction("f", cdn.FunctionArgs{Code: code, KeyValueStore: &cdn.KeyValueStoreArgs{Values: values}})), "shop"),
		func(t *testing.T, g *harness.Graph) {
			store := g.Named(t, "shop-store-f")
			require.Equal(t, []string{store.URN}, g.Named(t, "shop-function-f").PropertyDependencies["keyValueStoreAssociations"])
			require.Equal(t, []string{store.URN}, g.Named(t, "shop-store-f-values").PropertyDependencies["keyValueStoreArn"])
			require.Equal(t, []any{map[string]any{"key": "/a", "value": "1"}, map[string]any{"key": "/b", "value": "2"}},
				g.Named(t, "shop-store-f-values").Value("resourceKeyValuePairs"))
		})
	harness.Both(t, atTheEdge(bare(withFunction("f", cdn.FunctionArgs{Code: code, KeyValueStore: &cdn.KeyValueStoreArgs{}})), "shop"),
		func(t *testing.T, g *harness.Graph) {
			g.Named(t, "shop-store-f")
			require.Empty(t, g.OfType("aws:cloudfront/keyvaluestoreKeysExclusive:KeyvaluestoreKeysExclusive"))
		})
}

// The provider leaves the last values where they are when their resource goes.
func TestAStoreThatHoldsNothingIsEmptied(t *testing.T) {
	none := &cdn.KeyValueStoreArgs{Values: map[string]string{}}
	harness.Both(t, atTheEdge(bare(withFunction("f", cdn.FunctionArgs{Code: code, KeyValueStore: none})), "shop"), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []any{}, g.Named(t, "shop-store-f-values").Value("resourceKeyValuePairs"))
	})
}

func TestAFunctionIsPublishedUnlessItIsADraft(t *testing.T) {
	for _, draft := range []bool{false, true} {
		harness.Both(t, atTheEdge(bare(withFunction("f", cdn.FunctionArgs{Code: code, Draft: draft})), "shop"), func(t *testing.T, g *harness.Graph) {
			f := g.Named(t, "shop-function-f")
			require.Equal(t, []any{!draft, "cloudfront-js-2.0", code, nil, nil},
				[]any{f.Value("publish"), f.Value("runtime"), f.Value("code"), f.Value("comment"), f.Value("keyValueStoreAssociations")})
		})
	}
}

func TestWrongFunctionsAreAllReported(t *testing.T) {
	big := map[string]string{}
	for i := range 5200 {
		big[fmt.Sprintf("%04d", i)] = strings.Repeat("v", 1024)
	}
	long := strings.Repeat("f", 43)
	short := "its key must be 1 to 42 lower-case letters, digits and hyphens: names of functions are short"
	wrong(t, `cdn.Distribution "shop": 12 problems
  functions.a b: "a b": `+short+`
  functions.big.keyValueStore.values: have 5345600 bytes with their keys: must be 5242880 or fewer
  functions.`+long+`: "`+long+`": `+short+`
  functions.long.code: has 10241 bytes: must be 10240 or fewer; a key-value store holds more
  functions.long.comment: "`+strings.Repeat("c", 129)+`": must be 128 characters or fewer
  functions.none.code: is required
  functions.store.keyValueStore.comment: "`+strings.Repeat("c", 129)+`": must be 128 characters or fewer
  functions.store.keyValueStore.values.`+strings.Repeat("k", 513)+`: its key has 513 bytes: must be 1 to 512
  functions.store.keyValueStore.values.value: has 1025 bytes: must be 1024 or fewer
  functions.store.keyValueStore.values[""]: its key has 0 bytes: must be 1 to 512
  functions[""]: "": `+short+`
  functions["a.b"]: "a.b": `+short, func(a *cdn.DistributionArgs) {
		a.Functions = map[string]cdn.FunctionArgs{
			"": {Code: code}, "a b": {Code: code}, "a.b": {Code: code}, long: {Code: code}, strings.Repeat("g", 42): {Code: code},
			"none": {}, "long": {Code: strings.Repeat("x", 10241), Comment: strings.Repeat("c", 129)},
			"fits": {Code: strings.Repeat("x", 10240), Comment: strings.Repeat("c", 128)},
			"big":  {Code: code, KeyValueStore: &cdn.KeyValueStoreArgs{Values: big}},
			"store": {Code: code, KeyValueStore: &cdn.KeyValueStoreArgs{Comment: strings.Repeat("c", 129), Values: map[string]string{
				"": "v", strings.Repeat("k", 513): "v", strings.Repeat("k", 512): strings.Repeat("v", 1024), "value": strings.Repeat("v", 1025),
			}}},
		}
	})
}
