package pattern_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/internal/pattern"
)

func TestPatternsAreMeasured(t *testing.T) {
	for text, want := range map[string]pattern.Size{
		`{"kind": ["paid", {"prefix": "se"}], "sum": [{"numeric": [">", 5]}]}`:           {Keys: 2, Combinations: 2},
		`{"order": {"kind": ["paid"], "address": {"country": ["IE", null, true]}}}`:      {Keys: 2, Combinations: 3},
		`{"$or": [{"kind": ["paid"]}, {"sum": [1, 2]}], "order": {"$or": [{"a": [1]}]}}`: {Keys: 3, Combinations: 2},
	} {
		size, err := pattern.Check(text, true)
		require.NoError(t, err, text)
		require.Equal(t, want, size, text)
	}
}

func TestWhatIsNoPattern(t *testing.T) {
	const object = `must be a JSON object of lists, such as {"kind": ["paid", "sent"]}`
	for _, c := range []struct {
		text   string
		nested bool
		want   string
	}{
		{``, true, object},
		{`paid`, true, object},
		{`[]`, true, object},
		{`{}`, true, object},
		{`{"kind": "paid"}`, true, `kind must be a list of what matches`},
		{`{"kind": []}`, true, `the list at kind is empty`},
		{`{"a": {"kind": 1, "sum": 2}}`, true, `a.kind must be a list of what matches`},
		{`{"a.b": {"kind": [1]}}`, false, `["a.b"] is nested, and must be a list of what matches`},
		{`{"$or": [1]}`, true, `$or must be a list of objects`},
		{`{"$or": [{"a": 1}]}`, true, `$or.a must be a list of what matches`},
	} {
		_, err := pattern.Check(c.text, c.nested)
		require.EqualError(t, err, c.want, c.text)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"kind": ["paid"]}`, `{"$or": [{"a": [1]}]}`, `{"a": {"b": {"c": [null]}}}`, `nul`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := pattern.Check(text, false); err == nil {
			require.True(t, json.Valid([]byte(text)))
			_, err := pattern.Check(text, true)
			require.NoError(t, err, "what may be nested need not be")
		}
	})
}
