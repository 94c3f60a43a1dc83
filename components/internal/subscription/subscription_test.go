package subscription_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/subscription"
)

func problems(filter string, body bool) string {
	var errs fielderr.List
	subscription.CheckFilter(&errs, filter, body)
	if err := errs.Err("it"); err != nil {
		return err.Error()
	}
	return ""
}

func TestFiltersThatSnsRefuses(t *testing.T) {
	for _, c := range []struct {
		filter string
		body   bool
		want   string
	}{
		{`{"a": {"kind": [1]}}`, false, `filter: "{\"a\": {\"kind\": [1]}}": a is nested, and must be a list of what matches`},
		{`{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}`, false, `filter: has 6 keys; SNS takes 5`},
		{`{"a": [1,2,3,4,5], "b": [1,2,3,4,5], "c": {"d": [1,2,3,4,5,6,7]}}`, true, `filter: has 175 combinations of values; SNS takes 150`},
		{`{"a": ["` + strings.Repeat("x", 256*1024) + `"]}`, false, `filter: has 262155 bytes; SNS takes 262144`},
		{``, true, `filterBody: needs filter`},
	} {
		require.Equal(t, "it: 1 problem\n  "+c.want, problems(c.filter, c.body))
	}
	require.Empty(t, problems(``, false))
	require.Empty(t, problems(`{"a": {"kind": [1]}}`, true))
}

// Whatever a flat policy of lists has, the numbers alone decide.
func TestTheLimitsOfAttributeFilters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 8), 1, 7).Draw(t, "lengths")
		policy, combinations := map[string][]int{}, 1
		for i, n := range lengths {
			policy[fmt.Sprint("key", i)] = make([]int, n)
			combinations *= n
		}
		text, err := json.Marshal(policy)
		require.NoError(t, err)
		require.Equal(t, len(lengths) > 5 || combinations > 150, problems(string(text), false) != "")
	})
}
