package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

func TestAmountsHaveTwoDecimalsAndDifferencesASign(t *testing.T) {
	require.Equal(t, "1897.84", usd(1897.8449))
	require.Equal(t, "−0.50", usd(-0.5))
	require.Equal(t, "0.00", usd(-0.001), "no sign of what is nothing")
	require.Equal(t, "+12.30", usdMore(1, 13.3))
	require.Equal(t, "−4.00", usdMore(4, 0))
	require.Equal(t, "±0.00", usdMore(0.001, 0.004))
}

func TestDurationsAreAsExactAsEstimatesDeserve(t *testing.T) {
	for seconds, want := range map[float64]string{
		-1: "no time", 0: "no time", 0.4: "less than 1 s", 42.4: "42 s", 90: "90 s", 119.8: "2 min", 260: "4 min",
		3600: "1 h", 5400: "90 min", 7199.9: "2 h", 7260: "2 h 1 min", 86400: "24 h",
	} {
		require.Equal(t, want, lastingSeconds(seconds), "%v s", seconds)
	}
	require.Equal(t, "18 min (12 min to 30 min)", about(18*time.Minute, 12*time.Minute, 30*time.Minute))
	require.Equal(t, "18 min", about(18*time.Minute, 18*time.Minute, 18*time.Minute+time.Second), "ends that read the same")
}

func TestCountsAndListsReadAsSentences(t *testing.T) {
	require.Equal(t, "1 policy, 2 policies, 0 days, 3 resources", count(1, "policy")+", "+count(2, "policy")+", "+count(0, "day")+", "+count(3, "resource"))
	require.Equal(t, "a, b and 2 more", few([]string{"a", "b", "c", "d"}, 2))
	require.Equal(t, "a, b", few([]string{"a", "b"}, 2))
	require.Equal(t, "2 to create, 1 to delete", tally(map[change.Op]int{change.Delete: 1, change.Create: 2, change.Same: 9, change.Read: 1}))
	require.Equal(t, "nothing changes", tally(map[change.Op]int{change.Same: 9}))
}

func TestTypesHaveShortNames(t *testing.T) {
	for token, want := range map[string]string{
		"aws:rds/instance:Instance": "rds/instance", "kubernetes:apps/v1:Deployment": "Deployment", "plinth:network:Vpc": "Vpc", "odd": "odd",
		"pulumi:providers:aws": "provider/aws",
	} {
		require.Equal(t, want, kindOf(token))
	}
	require.Equal(t, operation{"refresh-replaced", "?", "refresh-replaced", "refresh-replaced"}, operationOf("refresh-replaced"), "of newer engines")
}

func TestTextOfProgramsStaysInItsLine(t *testing.T) {
	require.Equal(t, "a b?[31m c", printable("a\nb\x1b[31m\tc"))
}
