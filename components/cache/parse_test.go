package cache

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func FuzzParseVersion(f *testing.F) {
	for _, text := range []string{"8.1", "7.2", "7.10", "8", "8.1.0", "08.1", "8.01", "-8.1", "99999999999999999999.1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if major, minor, ok := parseVersion(text); ok && fmt.Sprintf("%d.%d", major, minor) != text {
			t.Fatalf("%q reads as %d.%d", text, major, minor)
		}
	})
}

func FuzzParseNode(f *testing.F) {
	for _, text := range []string{"cache.m7g.large", "cache.r6gd.16xlarge", "db.m7g.large", "cache.m7g", "cache..large", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if family, size, ok := parseNode(text); ok && "cache."+family+"."+size != text {
			t.Fatalf("%q reads as family %q and size %q", text, family, size)
		}
	})
}

func TestEveryNodeHasAnIdOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replicas := rapid.IntRange(0, mostReplicas).Draw(t, "replicas")
		a := ReplicationGroupArgs{ClusterMode: ClusterEnabled, Shards: rapid.IntRange(1, 20).Draw(t, "shards"), Replicas: &replicas}
		nodes := a.nodes()
		require.Len(t, nodes, a.Shards*(1+replicas))
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(nodes))), len(nodes))
	})
}
