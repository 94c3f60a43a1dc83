package workload

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuantitiesAreWrittenAsTheClusterWritesThem(t *testing.T) {
	for text, want := range map[string]string{"250m": "250m", "1000m": "1", "1500m": "1500m", "2": "2"} {
		require.Equal(t, want, canonicalCpu(text), text)
	}
	for text, want := range map[string]string{"512Mi": "512Mi", "1024Mi": "1Gi", "1536Mi": "1536Mi", "1048576Ki": "1Gi", "2Ti": "2Ti"} {
		require.Equal(t, want, canonicalBytes(text), text)
	}
	for n, want := range map[int]string{50: "50", 1000: "1k", 1500: "1500", 2000000: "2M", 5000000000000: "5000G"} {
		require.Equal(t, want, canonicalCount(n))
	}
}

func FuzzQuantitiesKeepTheirMeaning(f *testing.F) {
	for _, seed := range []string{"250m", "2", "1024Mi", "1Gi", "0", "-1", "1.5", "1e3", "9223372036854775807Ti"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if milli, ok := parseCpu(text); ok {
			again, ok := parseCpu(canonicalCpu(text))
			require.True(t, ok, text)
			require.Equal(t, milli, again, text)
			require.Positive(t, milli, text)
		}
		if bytes, ok := parseBytes(text); ok {
			again, ok := parseBytes(canonicalBytes(text))
			require.True(t, ok, text)
			require.Equal(t, bytes, again, text)
			require.Positive(t, bytes, text)
		}
	})
}

func TestImagesThatChangeByThemselvesAreNone(t *testing.T) {
	const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, good := range []string{"cart:1", "shop/cart:1.4.2", "registry.example.com:5000/shop/cart:v1", "cart" + digest, "cart:latest" + digest} {
		require.Empty(t, imageProblem(good), good)
	}
	for bad, why := range map[string]string{
		"": "must be an image", "cart": "needs a digest", "cart:latest": "needs a digest", "registry.example.com:5000/cart": "needs a digest",
		"cart:": "needs a digest", "cart@sha256:12": "must have a digest", "a cart:1": "must be an image", "cart:-1": "must have a tag",
	} {
		require.Contains(t, imageProblem(bad), why, bad)
	}
}

func FuzzAnAcceptedImageHasATagOrADigest(f *testing.F) {
	for _, seed := range []string{"cart:1", "a/b:c/d", "x@sha256:", "cart:latest", "h:1/p:2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, image string) {
		if imageProblem(image) == "" {
			require.Regexp(t, `:[A-Za-z0-9_][A-Za-z0-9._-]*$`, image)
			require.NotRegexp(t, `:latest$`, image)
		}
	})
}
