package rule

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// What Pointing has in its index is what one resource after the other would say.
func TestPointingIsWhatEachResourceSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var resources []*Resource
		id := rapid.SampledFrom([]any{"id-0", "id-1", "id-2", "id-elsewhere", "", nil, Computed{}})
		for i := range 3 {
			target := &Resource{URN: fmt.Sprint("target-", i), Type: "target"}
			if rapid.Bool().Draw(t, "made") {
				target.Outputs = FieldsOf(map[string]any{"id": fmt.Sprint("id-", i)})
			}
			resources = append(resources, target)
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "pointing") {
			from := &Resource{URN: fmt.Sprint("from-", i), Type: "from", Edges: map[string][]string{}, Inputs: FieldsOf(map[string]any{
				"one": id.Draw(t, "one"), "many": rapid.SliceOfN(id, 0, 2).Draw(t, "many"),
			})}
			for _, property := range []string{"one", "many"} {
				for _, to := range rapid.SliceOfN(rapid.IntRange(0, 3), 0, 2).Draw(t, "edges") {
					from.Edges[property] = append(from.Edges[property], fmt.Sprint("target-", to))
				}
			}
			resources = append(resources, from)
		}
		g := NewGraph(resources)
		paths := []string{"one", "many[]"}[:rapid.IntRange(1, 2).Draw(t, "paths")]
		for _, target := range g.Of("target") {
			var want []*Resource
			var unsure Verdict
			for _, r := range g.Of("from") {
				all := g.Targets(r, "target", paths...)
				switch {
				case all.Has(target) && all.Ambiguous():
					unsure = Undecided(paths[0], NotYet)
				case all.Has(target):
					want = append(want, r)
				case all.Missing.Outcome == Unknown && r.unknownAt(paths):
					unsure = all.Missing
				}
			}
			got, maybe := g.Pointing(target, "from", paths...)
			if fmt.Sprint(got) != fmt.Sprint(want) || maybe != unsure {
				t.Fatalf("%s: %v %v, want %v %v", target.URN, got, maybe, want, unsure)
			}
		}
	})
}

// What a rule does with one answer must not change the next one.
func TestPointingGivesNobodyItsOwnList(t *testing.T) {
	target := &Resource{URN: "target", Type: "target", Outputs: FieldsOf(map[string]any{"id": "id"})}
	to := FieldsOf(map[string]any{"to": "id"})
	g := NewGraph([]*Resource{target, {URN: "a", Type: "from", Inputs: to}, {URN: "b", Type: "from", Inputs: to}, {URN: "c", Type: "from", Inputs: to}})
	first, _ := g.Pointing(target, "from", "to")
	_ = append(first, target)
	_ = append(first, first[0])
	again, _ := g.Pointing(target, "from", "to")
	assert.Equal(t, first, again)
	assert.Len(t, again, cap(again))
}

func TestRefers(t *testing.T) {
	r := &Resource{Edges: map[string][]string{"key": {"urn"}}, Inputs: FieldsOf(map[string]any{
		"name": "web", "empty": "", "null": nil, "key": map[string]any{"arn": Computed{}}, "lone": Computed{},
	})}
	for path, want := range map[string]Verdict{
		"name": Passed(), "key.arn": Passed(), "lone": Undecided("lone", External),
		"empty": Failed("problem", "fix"), "null": Failed("problem", "fix"), "none": Failed("problem", "fix"),
	} {
		assert.Equal(t, want, r.Refers(r.Get(path), "problem", "fix"), path)
	}
}
