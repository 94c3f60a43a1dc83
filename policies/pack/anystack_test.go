package pack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/rule"
)

// awkward are texts for the parsers in the rules: of documents, schedules, ARNs and amounts.
var awkward = []string{
	`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, `{"Statement":null}`, `{"Statement":[1]}`, "[]", `{"tags":3}`,
	`{"deadLetterTargetArn":1}`, `[{"Statement":{"RateBasedStatement":{}}},null]`, "arn:aws:rds:*", "arn:aws:sqs:eu-west-1:1:q", "arn:", "::", "cron(0 3 * * ? *)",
	"rate(0 days)", "50%", "NaN%", "NaN", "-1", "1e400", "0.0.0.0/0", "::/0", "eu-west-1a", "id-1", "id-2", "true", "*", "/", "@", "",
}

func (v vocabulary) value(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 9
		if depth == 0 {
			kinds = 7
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rule.Computed{}
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3:
			return rapid.Float64().Draw(t, "number")
		case 4:
			return rapid.SampledFrom(awkward).Draw(t, "awkward text")
		case 5:
			return rapid.SampledFrom(v.texts).Draw(t, "text of a rule")
		case 6:
			return rule.Secret{Of: rapid.String().Draw(t, "secret")}
		case 7:
			return rapid.SliceOfN(v.value(depth-1), 0, 3).Draw(t, "list")
		}
		return v.object(depth-1).Draw(t, "object")
	})
}

// object has values at some of the paths that rules look at, and at some keys.
func (v vocabulary) object(depth int) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		fields := rapid.MapOfN(rapid.SampledFrom(v.words), v.value(depth), 0, 4).Draw(t, "fields")
		for _, path := range rapid.SliceOfN(rapid.SampledFrom(v.paths), 0, 4).Draw(t, "paths") {
			place(fields, path, v.value(max(depth-1, 0)).Draw(t, path))
		}
		return fields
	})
}

// place sets what is at a path to a value, and makes the objects and lists on the way.
func place(fields map[string]any, path string, value any) {
	key, rest, nested := strings.Cut(path, ".")
	name, isList := strings.CutSuffix(key, "[]")
	if nested {
		inner, is := fields[name].(map[string]any)
		if !is || isList {
			inner = map[string]any{}
		}
		place(inner, rest, value)
		value = inner
	}
	if isList {
		value = []any{value}
	}
	fields[name] = value
}

// stack is a stack of any resources.
func (v vocabulary) stack() *rapid.Generator[[]*rule.Resource] {
	return rapid.Custom(func(t *rapid.T) []*rule.Resource {
		count := rapid.IntRange(1, 8).Draw(t, "resources")
		var resources []*rule.Resource
		for i := range count {
			r := &rule.Resource{
				URN: fmt.Sprint("urn:", i), Name: fmt.Sprint("r", i), Type: rule.Canonical(rapid.SampledFrom(v.types).Draw(t, "type")),
				Outputs: rule.FieldsOf(v.object(2).Draw(t, "outputs")), Edges: map[string][]string{}, Protect: rapid.Bool().Draw(t, "protect"),
			}
			if rapid.Bool().Draw(t, "analysed") {
				r.Inputs = rule.FieldsOf(v.object(3).Draw(t, "inputs"))
			}
			for _, property := range rapid.SliceOfN(rapid.SampledFrom(v.words), 0, 4).Draw(t, "edges") {
				r.Edges[property] = append(r.Edges[property], fmt.Sprint("urn:", rapid.IntRange(0, count).Draw(t, "to")))
			}
			resources = append(resources, r)
		}
		return resources
	})
}

// faultIn is what is wrong with what the rules say of a stack: a panic, or no words.
func faultIn(rules []*rule.Rule, resources []*rule.Resource) error {
	g := rule.NewGraph(resources)
	for _, p := range rules {
		for _, r := range g.Of(p.Types...) {
			f, err := rule.Run(p, g, r, p.Defaults(rule.Production))
			if err != nil {
				return err
			}
			if f.Outcome == rule.Fail && (f.Problem == "" || f.Fix == "") || f.Outcome == rule.Unknown && (f.Property == "" || f.Why == "") {
				return fmt.Errorf("%s: empty verdict %+v", p.ID, f.Verdict)
			}
		}
	}
	return nil
}

func TestNoRulePanicsOnAnyStack(t *testing.T) {
	all := vocabularies(t)
	for _, v := range all {
		stacks := v.stack()
		t.Run(v.rule.ID, rapid.MakeCheck(func(t *rapid.T) {
			if err := faultIn(v.beside, stacks.Draw(t, "stack")); err != nil {
				t.Fatal(err)
			}
		}))
	}
	assert.Len(t, all, len(Rules()), "a package of rules is not tried")
}

// FuzzRules is the same, led by what code is reached.
func FuzzRules(f *testing.F) {
	all := vocabularies(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		v := all[rapid.IntRange(0, len(all)-1).Draw(t, "rule")]
		if err := faultIn(v.beside, v.stack().Draw(t, "stack")); err != nil {
			t.Fatal(err)
		}
	}))
}

// A fault in the depth of one property must be found in as many stacks as are tried, or
// none would be.
func TestAnyStackFindsASeededFault(t *testing.T) {
	for _, v := range vocabularies(t) {
		if v.rule.ID != "dynamodb-cmk" {
			continue
		}
		seeded := *v.rule
		seeded.CheckGraph = func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Get("serverSideEncryption.enabled").IsUnknown() {
				panic("seeded")
			}
			return rule.Passed()
		}
		found := 0
		for seed := range 100 {
			if faultIn([]*rule.Rule{&seeded}, v.stack().Example(seed)) != nil {
				found++
			}
		}
		assert.Positive(t, found)
	}
}
