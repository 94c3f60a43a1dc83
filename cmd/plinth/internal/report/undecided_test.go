package report

import (
	"slices"
	"testing"

	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

func leftOpen(message string) Finding { return adviceOn(pack.Undecided, "", message) }

func TestVerdictsAreNewlyOpenByPolicyAndResource(t *testing.T) {
	const one, two = "1 verdict cannot be given: ", "2 verdicts cannot be given: "
	tls := func(resource string) []openVerdict { return []openVerdict{{"s3-tls", resource}} }
	for name, test := range map[string]struct {
		now, before string
		compared    bool
		want        []openVerdict
	}{
		"the same":                        {one + "s3-tls on made (policy: known later)", one + "s3-tls on made (policy: known later)", true, nil},
		"for another reason":              {one + "s3-tls on made (policy: external: not in this stack, so that the update will fail)", one + "s3-tls on made (policy: known later)", true, nil},
		"another resource":                {one + "s3-tls on made (policy: known later)", one + "s3-tls on kept (policy: known later)", true, tls("made")},
		"one more":                        {two + "s3-tls on kept, made (policy: known later)", one + "s3-tls on kept (policy: known later)", true, tls("made")},
		"another policy":                  {two + "s3-days on kept (days: later); s3-tls on kept (policy: later)", one + "s3-days on kept (days: later)", true, tls("kept")},
		"fewer":                           {one + "s3-tls on kept (policy: later)", two + "s3-tls on kept, made (policy: later)", true, nil},
		"as many that are only counted":   {two + "s3-tls on a, and 3 more (policy: later)", two + "s3-tls on a, and 3 more (policy: later)", true, nil},
		"more that are only counted":      {two + "s3-tls on a, and 4 more (policy: later)", two + "s3-tls on a, and 3 more (policy: later)", true, tls("others")},
		"in words of others":              {"who knows", "", true, []openVerdict{{pack.Undecided, "who knows"}}},
		"not compared, of what stays":     {one + "s3-tls on kept (policy: later)", "", false, nil},
		"not compared, of what is made":   {one + "s3-tls on made (policy: later)", "", false, tls("made")},
		"not compared, of what is unsaid": {one + "s3-tls on elsewhere (policy: later)", "", false, tls("elsewhere")},
	} {
		var before *rehearsal.Phase
		if test.compared {
			before = foundBefore()
			if test.before != "" {
				before = foundBefore(leftOpen(test.before))
			}
		}
		got := policiesOf(judgedChange(judged(leftOpen(test.now))), before)
		if !slices.Equal(got.open, test.want) || !slices.Equal(got.Undecided, []Finding{leftOpen(test.now)}) || len(got.New)+len(got.Standing)+len(got.Gone) > 0 {
			t.Errorf("%s: %v, want %v; %+v", name, got.open, test.want, got)
		}
	}
	unchanged := judgedChange(judged(leftOpen(one + "s3-tls on elsewhere (policy: later)")))
	unchanged.Resources = nil
	if got := policiesOf(unchanged, nil); len(got.open) > 0 {
		t.Errorf("nothing changes, and it opens %v", got.open)
	}
}
