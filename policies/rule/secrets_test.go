package rule

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whichever way a rule writes a value that is secret elsewhere, nobody reads it.
func TestASecretIsMaskedInEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-z]{2}["\\\\<>&\n\tä ]{1,4}[a-z]{2}`).Draw(t, "secret")
		inJSON, err := json.Marshal(secret)
		require.NoError(t, err)
		res := &Resource{Type: "aws:test/thing:Thing", Inputs: FieldsOf(map[string]any{"hidden": Secret{Of: secret}, "plain": secret})}
		for _, said := range []string{secret, strconv.Quote(secret), string(inJSON), res.Get("plain").String(), strings.Join(strings.Fields(secret), " ")} {
			r := &Rule{ID: "leaks", Check: func(*Resource, Settings) Verdict { return Failed("is "+said, "not "+said) }}
			f, err := Run(r, nil, res, nil)
			require.NoError(t, err)
			bare := strings.Trim(said, `"`)
			assert.NotContains(t, f.Problem+f.Fix, bare)
			assert.Contains(t, f.Problem, "[secret]")
			r.Check = func(*Resource, Settings) Verdict { panic(fmt.Sprint("is ", said)) }
			_, err = Run(r, nil, res, nil)
			assert.NotContains(t, err.Error(), bare)
		}
	})
}
