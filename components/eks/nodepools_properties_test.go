package eks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/fielderr"
)

var (
	anyWords = rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 0, 3)
	anyPool  = rapid.Custom(func(t *rapid.T) NodePoolArgs {
		return NodePoolArgs{
			InstanceCategories: anyWords.Draw(t, "categories"), InstanceFamilies: anyWords.Draw(t, "families"), InstanceTypes: anyWords.Draw(t, "types"),
			Zones:         anyWords.Draw(t, "zones"),
			MinGeneration: rapid.IntRange(0, 9).Draw(t, "generation"), MaxCpu: rapid.IntRange(0, 1000).Draw(t, "cpu"),
			Architectures: rapid.SliceOfN(rapid.SampledFrom([]Architecture{Arm64, Amd64}), 0, 2).Draw(t, "architectures"),
			Capacity:      rapid.SliceOfN(rapid.SampledFrom([]Capacity{OnDemand, Spot}), 0, 2).Draw(t, "capacity"),
		}
	})
)

// Karpenter refuses a choice among nothing, and an instance that may be anything is a surprise.
func TestEveryChoiceOfInstancesHasSomethingToChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := anyPool.Draw(t, "pool").withDefaults()
		instances := 0
		for _, requirement := range pool.requirements(karpenter) {
			r := requirement.(pulumi.Map)
			require.NotEmpty(t, r["values"])
			label := string(r["key"].(pulumi.String))
			if strings.HasSuffix(label, "/instance-category") || strings.HasSuffix(label, "/instance-family") || strings.HasSuffix(label, "/instance-type") {
				instances++
			}
		}
		require.Positive(t, instances)
		require.Equal(t, pool, pool.withDefaults(), "defaults are set once")
	})
}

// Whoever is told that a node lives no longer than AWS lets it must be able to rely on it.
func TestAnAgeThatIsAcceptedIsOneThatAutoModeKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		age := rapid.StringMatching(`([0-9]{1,5}(s|m|h)){0,3}|Never|[a-z0-9.]{0,6}`).Draw(t, "age")
		var errs fielderr.List
		NodePoolArgs{ExpireAfter: age}.validateExpiry(&errs, autoMode.longest)
		length, err := time.ParseDuration(age)
		if len(errs.Problems()) == 0 {
			require.NoError(t, err)
			require.True(t, 0 < length && length <= autoMode.longest, age)
		}
	})
}

func FuzzTheMinorOfAChart(f *testing.F) {
	for _, version := range []string{"1.14.1", "v1.2.3", "1.2", "1.02.3", "3.5.0", "1.2.3-rc.1", ""} {
		f.Add(version)
	}
	f.Fuzz(func(t *testing.T, version string) {
		if minor, known := chartMinor(version, "1"); known {
			require.True(t, strings.HasPrefix(version, fmt.Sprintf("1.%d.", minor)), version)
		}
	})
}
