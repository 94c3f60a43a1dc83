package pack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestTheReferenceTellsOfEveryPolicyOnce(t *testing.T) {
	reference := Reference()
	for _, r := range Rules() {
		assert.Equal(t, 1, strings.Count(reference, "| `"+r.ID+"` |"), "rows of %s", r.ID)
	}
	for _, r := range append(Rules(), ownPolicies()...) {
		assert.Equal(t, 1, strings.Count(reference, "\n- `"+r.ID+"`: "), "entries of %s", r.ID)
		for _, s := range r.Settings {
			assert.Contains(t, reference, "\n  - `"+s.Name+"` (`", "%s.%s", r.ID, s.Name)
		}
	}
}

func TestAnEntrySaysHowSettingsAreWritten(t *testing.T) {
	r := on("strict", rule.High)
	r.Why, r.Fix = "A * and a < are text.", "set on_it"
	r.Settings = append(r.Settings, rule.Setting{Name: "names", Help: "Which.", Development: []string{}, Production: []string{"a", "b"}})
	assert.Equal(t, "- `strict`: A \\* and a &lt; are text. Fix: set on\\_it.\n"+
		"  - `limit` (`2`, in development `1`): \n"+
		"  - `mode` (`\"a\"`; one of `a`, `b`): \n"+
		"  - `names` (`[\"a\", \"b\"]`, in development `[]`): Which.\n", entry(r))
}
