package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	keys  = []string{"a", "name", "tags", "tagsAll", "Statement", "Action", "port", "x.y", "a\nb", "__defaults", "command", "labels", ""}
	words = []string{"", " ", "a", "b", "1", "true", "a b", "line 1\nline 2", "line 1\nline 3\n", "x\x1b[2Jy", "\u202e", "\u00e9", "[secret", `{"a":1}`, `{"a":[{"name":"x","b":2}]}`, `[`, "bGluZSAxCmxpbmUgMgo="}
)

// anything draws a value of a preview. Secrets are as the engine wraps them, with what nobody may see.
func anything(t *rapid.T, depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom([]any{nil, true, false, 0.0, 1.0, 1e21, 0.1}).Draw(t, "scalar")
	case 1:
		return rapid.SampledFrom([]any{Secret, plugin.UnknownStringValue, map[string]any{sig.Key: sig.Secret, "plaintext": "hunter2"},
			map[string]any{sig.Key: sig.AssetSig, "path": "/home/a", "hash": "0123456789abcdef"}}).Draw(t, "special")
	case 2:
		return rapid.StringN(0, 6, -1).Draw(t, "any text")
	case 3, 4:
		return rapid.SampledFrom(words).Draw(t, "text")
	case 5:
		items := make([]any, rapid.IntRange(0, 4).Draw(t, "items"))
		for i := range items {
			items[i] = anything(t, depth-1)
		}
		return items
	}
	return fields(t, depth-1)
}

func fields(t *rapid.T, depth int) map[string]any {
	all := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		all[rapid.SampledFrom(keys).Draw(t, "key")] = anything(t, depth)
	}
	return all
}

// similar draws a value that has much in common with another.
func similar(t *rapid.T, v any) any {
	if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
		return anything(t, 2)
	}
	switch v := v.(type) {
	case map[string]any:
		if v[sig.Key] != nil {
			return v
		}
		return similarFields(t, v)
	case []any:
		copied := slices.Clone(v)
		for i := range copied {
			copied[i] = similar(t, copied[i])
		}
		return rapid.Permutation(copied).Draw(t, "order")
	}
	return v
}

func similarFields(t *rapid.T, v map[string]any) map[string]any {
	all := fields(t, 1)
	for _, key := range slices.Sorted(maps.Keys(v)) {
		all[key] = similar(t, v[key])
	}
	return all
}

func TestNothingDiffersFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := fields(t, 3)
		require.Empty(t, Between(bucket, all, all, nil))
	})
}

// What is told can be shown anywhere, is sorted, does not depend on chance, and leaves what
// it compares as it was.
func TestWhatIsToldCanBeShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := fields(t, 3)
		is := similarFields(t, was)
		before, _ := json.Marshal([]any{was, is})
		engine := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "name", "tags.a", "a[0]", `["x.y"]`, "[", "..", `["`}), 0, 3).Draw(t, "engine")
		told := Between(bucket, was, is, engine)
		require.Equal(t, told, Between(bucket, was, is, engine))
		after, _ := json.Marshal([]any{was, is})
		require.Equal(t, string(before), string(after))
		require.True(t, slices.IsSortedFunc(told, func(a, b Property) int { return natural(a.Path, b.Path) }))
		for _, p := range told {
			require.False(t, p.Was == nil && p.Is == nil)
			if p.Was != nil && p.Is != nil {
				require.True(t, *p.Was != *p.Is || *p.Is == Secret, "%s is %s and was", p.Path, *p.Is)
			}
			for _, s := range []*string{&p.Path, p.Was, p.Is} {
				if s == nil {
					continue
				}
				require.NotContains(t, *s, "hunter2")
				require.NotContains(t, *s, plugin.UnknownStringValue)
				require.NotContains(t, *s, "/home/")
				require.True(t, utf8.ValidString(*s))
				require.NotContains(t, *s, "\u202e")
				require.False(t, strings.ContainsFunc(*s, unicode.IsControl), "%q", *s)
			}
		}
	})
}

// Each property that differs at the top is told of, or hidden in a secret, and so is each
// within objects.
func TestWhatDiffersIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := fields(t, 3)
		is := similarFields(t, was)
		told := Between(bucket, was, is, nil)
		var check func(path string, a, b any)
		check = func(path string, a, b any) {
			if reflect.DeepEqual(a, b) || a == secret && b == secret || isFile(a) && isFile(b) {
				return
			}
			x, aObject := a.(map[string]any)
			y, bObject := b.(map[string]any)
			if aObject && bObject {
				for key := range x {
					check(place{path: path}.key(key).path, x[key], y[key])
				}
				for key := range y {
					check(place{path: path}.key(key).path, x[key], y[key])
				}
				return
			}
			inTags := strings.HasPrefix(path, "tagsAll") && slices.ContainsFunc(told, func(p Property) bool { return strings.HasPrefix(p.Path, "tags") })
			require.True(t, inTags || slices.ContainsFunc(told, func(p Property) bool { return Covers(p.Path, path) }),
				"%s is %v, was %v, and of it is told: %v", path, b, a, lines(told))
		}
		check("", tidy(was, false), tidy(is, false))
	})
}

func isFile(v any) bool { _, ok := v.(file); return ok }

// Hunks are what makes one text the other.
func TestHunksMakeOneTextTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a", "b", "c"})
		was, is := rapid.SliceOfN(line, 0, 8).Draw(t, "was"), rapid.SliceOfN(line, 0, 8).Draw(t, "is")
		var old, renewed []string
		for _, h := range hunks(was, is) {
			old = append(append(old, is[len(renewed):len(renewed)+h.same]...), h.was...)
			renewed = append(append(renewed, was[len(old)-h.same-len(h.was):len(old)-len(h.was)]...), h.is...)
		}
		rest := len(was) - len(old)
		require.Equal(t, fmt.Sprint(was), fmt.Sprint(append(old, was[len(was)-rest:]...)))
		require.Equal(t, fmt.Sprint(is), fmt.Sprint(append(renewed, is[len(is)-rest:]...)))
	})
}

func FuzzBetween(f *testing.F) {
	f.Add(`{"a":{"b":[1,2]}}`, `{"a":{"b":[2,3]}}`, "a.b[0]")
	f.Add(`{"p":"{\"Statement\":[{\"Sid\":\"A\"}]}","u":"a\nb"}`, `{"p":"{}","u":"a\nc"}`, `["p"]`)
	f.Fuzz(func(t *testing.T, was, is, engine string) {
		var a, b map[string]any
		if json.Unmarshal([]byte(was), &a) != nil || json.Unmarshal([]byte(is), &b) != nil {
			return
		}
		for _, p := range Between(bucket, a, b, []string{engine}) {
			if p.Was == nil && p.Is == nil || strings.ContainsFunc(p.Path, unicode.IsControl) {
				t.Errorf("%q tells nothing", p.Path)
			}
		}
	})
}
