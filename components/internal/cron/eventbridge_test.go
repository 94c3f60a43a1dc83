package cron_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/internal/cron"
)

func TestEventBridgeHasSixFields(t *testing.T) {
	for five, six := range map[string]string{
		"0 8 * * *":          "cron(0 8 * * ? *)",
		"*/5 8-18/2 * * *":   "cron(*/5 8-18/2 * * ? *)",
		"0 0 1,15 jan-MAR *": "cron(0 0 1,15 JAN-MAR ? *)",
		"0 8 * * MON-FRI":    "cron(0 8 ? * MON,TUE,WED,THU,FRI *)",
		"0 8 * * 0":          "cron(0 8 ? * SUN *)",
		"0 8 * * 7":          "cron(0 8 ? * SUN *)",
		"0 8 * * 5-7":        "cron(0 8 ? * SUN,FRI,SAT *)",
		"0 8 * * */2":        "cron(0 8 ? * SUN,TUE,THU,SAT *)",
		"0 8 * * sat,1-5/2":  "cron(0 8 ? * MON,WED,FRI,SAT *)",
		"0 8 * * 3/2":        "cron(0 8 ? * WED,FRI *)",
		"0 8 * * 7/2":        "cron(0 8 ? * SUN *)",
	} {
		got, err := cron.EventBridge(five)
		require.NoError(t, err, five)
		require.Equal(t, six, got)
	}
	for bad, why := range map[string]string{
		"0 8 1 * MON": "has a day of month and a day of week; EventBridge takes one of the two",
		"0 8 * * 8":   `day of week: "8" must be 0 to 7`,
	} {
		_, err := cron.EventBridge(bad)
		require.EqualError(t, err, why)
	}
}

func TestTimeZones(t *testing.T) {
	require.True(t, cron.IsZone("Europe/Berlin"))
	require.True(t, cron.IsZone("UTC"))
	for _, none := range []string{"", "Local", "Europe/Atlantis", "berlin"} {
		require.False(t, cron.IsZone(none), none)
	}
}

var six = regexp.MustCompile(`^cron\(([0-9*/,-]+) ([0-9*/,-]+) (\?|[0-9*/,-]+) ([0-9A-Z*/,-]+) (\?|[A-Z]{3}(,[A-Z]{3}){0,6}) \*\)$`)

func FuzzEventBridge(f *testing.F) {
	for _, seed := range []string{"0 8 * * *", "*/5 1-2,3 * JAN MON-FRI", "0 0 1 1 *", "1/1 * * * 7,0/3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if got, err := cron.EventBridge(expression); err == nil {
			m := six.FindStringSubmatch(got)
			require.NotNil(t, m, "%q: %q", expression, got)
			require.NotEqual(t, m[3] == "?", m[5] == "?", "one of the two is ?")
		}
	})
}
