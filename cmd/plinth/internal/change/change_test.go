package change

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change/changetest"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

const (
	root   = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
	table  = "urn:pulumi:dev::shop::aws:dynamodb/table:Table::orders"
	bucket = "urn:pulumi:dev::shop::aws:s3/bucketV2:BucketV2::pictures"
)

type object = map[string]any

// of is a resource's state with some inputs and whatever else.
func of(urn string, inputs, rest object) object {
	s := object{"urn": urn, "type": strings.Split(urn, "::")[2], "custom": true, "id": "i", "inputs": inputs}
	maps.Copy(s, rest)
	return s
}

func move(op, urn string, old, renewed any) object {
	return object{"op": op, "urn": urn, "oldState": old, "newState": renewed}
}

// preview is a digest of steps.
func preview(steps ...object) string {
	all := append([]object{{"op": "same", "urn": root}}, steps...)
	digest, _ := json.Marshal(object{"config": object{}, "steps": all, "changeSummary": object{"same": 1}})
	return string(digest)
}

func parse(t *testing.T, phase rehearsal.Phase, steps ...object) *Change {
	t.Helper()
	c, err := Parse(strings.NewReader(preview(steps...)), phase)
	require.NoError(t, err)
	require.Equal(t, "shop", c.Project)
	require.Equal(t, "dev", c.Stack)
	return c
}

func TestStepsComeToOneOperation(t *testing.T) {
	one, two := of(table, object{"a": "1"}, nil), of(table, object{"a": "2"}, nil)
	with := func(rest object) object { return of(table, object{"a": "1"}, rest) }
	renamed := strings.Replace(table, "orders", "invoices", 1)
	for name, c := range map[string]struct {
		steps    []object
		op       Op
		old, new bool // which sides there are
		first    bool
	}{
		"nothing":                        {steps: []object{move("same", table, one, one)}, op: Same, old: true, new: true},
		"creates":                        {steps: []object{move("create", table, nil, one)}, op: Create, new: true},
		"updates":                        {steps: []object{move("update", table, one, two)}, op: Update, old: true, new: true},
		"deletes":                        {steps: []object{move("delete", table, one, nil)}, op: Delete, old: true},
		"deletes, and shows what it was": {steps: []object{move("delete", table, one, one)}, op: Delete, old: true},
		"lets go":                        {steps: []object{move("delete", table, with(object{"retainOnDelete": true}), nil)}, op: Forget, old: true},
		"imports":                        {steps: []object{move("import", table, nil, one)}, op: Import, new: true},
		"reads":                          {steps: []object{move("read", table, nil, with(object{"external": true}))}, op: Read, new: true},
		"reads no longer":                {steps: []object{move("discard", table, with(object{"external": true}), nil)}, op: Read, old: true},
		"replaces":                       {steps: []object{move("replace", table, one, two)}, op: Replace, old: true, new: true},
		"replaces, in its parts": {steps: []object{move("create-replacement", table, one, two), move("replace", table, one, two), move("delete-replaced", table, one, nil)},
			op: Replace, old: true, new: true},
		"replaces, the old one first": {steps: []object{move("delete-replaced", table, one, nil), move("replace", table, one, two), move("create-replacement", table, one, two)},
			op: Replace, old: true, new: true, first: true},
		"replaces, in its parts only":          {steps: []object{move("create-replacement", table, one, two), move("delete-replaced", table, one, nil)}, op: Replace, old: true, new: true},
		"replaces what it only read":           {steps: []object{move("replace", table, with(object{"external": true}), two), move("discard-replaced", table, with(object{"external": true}), nil)}, op: Create, new: true},
		"replaces what is to be deleted first": {steps: []object{move("replace", table, with(object{"pendingReplacement": true}), two)}, op: Replace, old: true, new: true, first: true},
		"replaces what is deleted already": {steps: []object{move("replace", table, with(object{"pendingReplacement": true}), two), move("create-replacement", table, with(object{"pendingReplacement": true}), two)},
			op: Create, new: true},
		"deletes and uses the name":      {steps: []object{move("create", table, nil, two), move("delete", table, one, nil)}, op: Replace, old: true, new: true},
		"uses the name of the deleted":   {steps: []object{move("delete", table, one, nil), move("create", table, nil, two)}, op: Replace, old: true, new: true},
		"deletes a leftover too":         {steps: []object{move("same", table, one, one), move("delete", table, with(object{"delete": true}), nil)}, op: Same, old: true, new: true},
		"deletes a leftover and creates": {steps: []object{move("create", table, nil, one), move("delete", table, with(object{"delete": true}), nil)}, op: Create, new: true},
		"deletes a leftover of before":   {steps: []object{move("delete-replaced", table, with(object{"delete": true}), nil)}, op: Delete, old: true},
		"deletes a leftover, and stays":  {steps: []object{move("delete-replaced", table, with(object{"delete": true}), nil), move("update", table, one, two)}, op: Update, old: true, new: true},
		"deletes a leftover":             {steps: []object{move("delete", table, with(object{"delete": true}), nil)}, op: Delete, old: true},
		"refreshes":                      {steps: []object{move("refresh", table, one, one), move("same", table, one, one)}, op: Same, old: true, new: true},
		"refreshes and updates":          {steps: []object{move("refresh", table, one, one), move("update", table, one, two)}, op: Update, old: true, new: true},
		"has another name":               {steps: []object{move("update", table, of(renamed, object{"a": "1"}, nil), two)}, op: Update, old: true, new: true},
		"has empty states":               {steps: []object{move("update", table, object{}, object{})}, op: Update, old: true, new: true},
	} {
		t.Run(name, func(t *testing.T) {
			parsed := parse(t, rehearsal.Phase{}, c.steps...)
			require.Len(t, parsed.Resources, 1)
			r := parsed.Find(table)
			require.Equal(t, c.op, r.Op)
			require.Equal(t, "orders", r.Name)
			require.Equal(t, "aws:dynamodb/table:Table", r.Type)
			require.Equal(t, c.first, r.DeleteFirst)
			require.Equal(t, []bool{c.old, c.old, c.new, c.new}, []bool{r.OldState != nil, r.Old != nil, r.NewState != nil, r.New != nil})
			require.Len(t, parsed.Before.All(), map[bool]int{true: 1}[c.old])
			require.Len(t, parsed.After.All(), map[bool]int{true: 1}[c.new])
		})
	}
}

func TestNothingIsLeftOfWhatIsOnlyTakenOffTheList(t *testing.T) {
	require.Empty(t, parse(t, rehearsal.Phase{}, move("remove-pending-replace", table, of(table, nil, nil), nil)).Resources)
}

func TestAPhaseSaysWhatIsDeletedFirst(t *testing.T) {
	phase := rehearsal.Phase{Steps: []rehearsal.Step{{Op: "replace", URN: table, DeleteFirst: true}, {Op: "create", URN: bucket}}}
	c := parse(t, phase, move("replace", table, of(table, nil, nil), of(table, nil, nil)))
	require.True(t, c.Find(table).DeleteFirst)
	require.Nil(t, c.Find(bucket))
	require.Equal(t, phase, c.Phase)

	pending := of(table, nil, object{"pendingReplacement": true})
	require.Equal(t, Replace, parse(t, phase, move("replace", table, pending, pending)).Find(table).Op)
	phase.Steps[0].DeleteFirst = false
	require.Equal(t, Create, parse(t, phase, move("replace", table, pending, pending)).Find(table).Op, "an earlier update has deleted it")
}

func TestComponentsAndProvidersAreKnown(t *testing.T) {
	outer, inner := "urn:pulumi:dev::shop::shop:index:Shop::web", "urn:pulumi:dev::shop::shop:index:Shop$shop:index:Store::store"
	provider := "urn:pulumi:dev::shop::pulumi:providers:aws::aws"
	c := parse(t, rehearsal.Phase{},
		move("same", provider, of(provider, nil, nil), of(provider, nil, nil)),
		move("create", outer, nil, of(outer, nil, object{"custom": false, "parent": root})),
		move("create", inner, nil, of(inner, nil, object{"custom": false, "parent": outer})),
		move("create", table, nil, of(table, nil, object{"parent": inner, "provider": provider + "::i"})),
		move("create", bucket, nil, of(bucket, nil, object{"parent": "nonsense"})))
	require.Equal(t, []string{"", "", outer, outer, ""}, []string{
		c.Find(provider).Component, c.Find(outer).Component, c.Find(inner).Component, c.Find(table).Component, c.Find(bucket).Component})
	require.True(t, c.Find(provider).IsProvider())
	require.Nil(t, c.Find(provider).New)
	require.False(t, c.Find(outer).Custom)
	require.True(t, c.Find(table).Custom)
	require.Equal(t, provider, c.Find(table).New.ProviderURN)
	c = parse(t, rehearsal.Phase{}, move("create", outer, nil, of(outer, nil, object{"parent": inner})), move("create", inner, nil, of(inner, nil, object{"parent": outer})))
	require.NotEmpty(t, c.Find(outer).Component, "parents in a circle end")
}

// A preview tells no ID of a provider that it might still change, and the resources name it by one.
func TestAResourceIsWhereItsProviderIsBeforeAndAfter(t *testing.T) {
	const provider = "urn:pulumi:dev::shop::pulumi:providers:aws::east"
	east := of(provider, object{"region": "us-east-1"}, nil)
	planned := maps.Clone(east)
	delete(planned, "id")
	in := func(id string) object { return of(bucket, nil, object{"provider": provider + "::" + id}) }

	c := parse(t, rehearsal.Phase{}, move("same", provider, east, planned), move("same", bucket, in("i"), in("i")))
	require.Equal(t, "us-east-1", c.Before.All()[0].Region())
	require.Equal(t, "us-east-1", c.After.All()[0].Region())

	c = parse(t, rehearsal.Phase{}, move("create", provider, nil, planned), move("create", bucket, nil, in(plugin.UnknownStringValue)))
	require.Equal(t, "us-east-1", c.After.All()[0].Region())
}

func TestWhatStaysTheSameKeepsWhatAWSHasDecided(t *testing.T) {
	old := of(table, object{"a": "1"}, object{"outputs": object{"arn": "arn:aws:dynamodb"}})
	planned := of(table, object{"a": "1"}, nil)
	delete(planned, "id")
	arn := func(op string) rule.Value {
		return parse(t, rehearsal.Phase{}, move(op, table, old, planned)).After.All()[0].Out("arn")
	}
	require.Equal(t, `"arn:aws:dynamodb"`, arn("same").String())
	require.True(t, arn("update").IsAbsent(), "an update may change it")
}

func TestSecretsAreSecretToRulesAndStayAsTheyArePrinted(t *testing.T) {
	inputs := object{"password": diff.Secret, "list": []any{"a", object{"b": diff.Secret}}, "plain": "a [secret]", "later": plugin.UnknownStringValue}
	c := parse(t, rehearsal.Phase{}, move("same", table, of(table, inputs, object{"outputs": inputs}), of(table, inputs, nil)))
	r := c.Find(table)
	for _, fields := range []rule.Fields{r.Old.Inputs, r.Old.Outputs, r.New.Inputs} {
		require.True(t, fields["password"].IsSecret())
		require.True(t, fields["password"].IsUnknown())
		require.False(t, fields["plain"].IsSecret())
	}
	require.True(t, r.New.Select("list[].b")[0].IsSecret())
	require.True(t, r.New.Get("later").IsUnknown())
	require.Equal(t, inputs, r.OldState.Inputs)
	require.Equal(t, inputs, r.NewState.Inputs)
}

// Who says of an output only that it is secret means the input as well.
func TestInputsOfSecretOutputsAreNotShown(t *testing.T) {
	for name, rest := range map[string]object{
		"a secret output":               {"outputs": object{"password": "[secret]"}},
		"what the program calls secret": {"additionalSecretOutputs": []string{"password"}},
	} {
		c := parse(t, rehearsal.Phase{}, move("update", table, of(table, object{"password": "one", "name": "a"}, rest), of(table, object{"password": "two", "name": "b"}, rest)))
		told, err := json.Marshal(c.Resources[0].Properties)
		require.NoError(t, err)
		require.Contains(t, string(told), `"name"`, name)
		require.NotContains(t, string(told), "one", name)
		require.NotContains(t, string(told), "two", name)
	}
	const kubernetes = "urn:pulumi:dev::shop::kubernetes:core/v1:Secret::login"
	c := parse(t, rehearsal.Phase{}, move("create", kubernetes, nil, of(kubernetes, object{"stringData": object{"password": "one"}}, nil)))
	told, err := json.Marshal(c.Resources[0].Properties)
	require.NoError(t, err)
	require.NotContains(t, string(told), "one")
}

func TestSecretsThatTheEngineNamesDiffer(t *testing.T) {
	inputs := object{"password": diff.Secret, "env": object{"A": diff.Secret, "B": diff.Secret}}
	s := move("update", table, of(table, inputs, nil), of(table, inputs, nil))
	s["diffReasons"], s["detailedDiff"] = []string{"env", "password"}, object{"env.B": object{"kind": "update"}}
	var paths []string
	for _, p := range parse(t, rehearsal.Phase{}, s).Find(table).Properties {
		paths = append(paths, p.Path)
	}
	require.Equal(t, []string{"env.B", "password"}, paths)
}

func TestWhatForcesAReplacementIsTold(t *testing.T) {
	was := object{"a": "1", "b": object{"x": "1", "y": "1"}, "c": []any{object{"name": "n", "x": "1"}}, "tags": object{"t": "1"}, "p": diff.Secret}
	is := object{"a": "2", "b": object{"x": "2", "y": "2"}, "c": []any{object{"name": "n", "x": "2"}}, "tags": object{"t": "2"}, "p": diff.Secret}
	for name, c := range map[string]struct {
		reasons  []string
		detailed object
		forced   []string
	}{
		"nothing":                       {},
		"a property":                    {reasons: []string{"b", "a", "b"}, forced: []string{"a", "b.x", "b.y"}},
		"a part of a property":          {reasons: []string{"b"}, detailed: object{"b.x": object{"kind": "update-replace"}, "b.y": object{"kind": "update"}}, forced: []string{"b.x"}},
		"an item":                       {reasons: []string{"c[0].x"}, forced: []string{"c[n].x"}},
		"what is nowhere":               {reasons: []string{"a"}, detailed: object{"a.z": object{"kind": "delete-replace"}}, forced: []string{"a"}},
		"a tag, which is no noise then": {reasons: []string{"tags"}, forced: []string{"tags.t"}},
		"a secret":                      {reasons: []string{"p"}, detailed: object{"p": object{"kind": "update-replace"}}, forced: []string{"p"}},
		"something that is none":        {reasons: []string{"provider"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := move("replace", table, of(table, was, nil), of(table, is, nil))
			s["replaceReasons"], s["detailedDiff"] = c.reasons, c.detailed
			r := parse(t, rehearsal.Phase{}, s).Find(table)
			var forced []string
			for _, p := range r.Properties {
				if p.Forces {
					forced = append(forced, p.Path)
					require.False(t, p.Noise)
				}
			}
			require.Equal(t, c.forced, forced)
			require.IsIncreasing(t, append([]string{""}, r.Forced...))
		})
	}
}

func TestWhatIsNoPreviewIsRefused(t *testing.T) {
	const how = "; make it with `pulumi preview --json --show-sames`"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "read a preview: it is no JSON object" + how},
		"text":               {"Previewing update (dev)", "read a preview: it is no JSON object" + how},
		"a list":             {"[]", "read a preview: it is no JSON object" + how},
		"no steps":           {"{}", "read a preview: it has no steps" + how},
		"null steps":         {`{"steps":null}`, "read a preview: it has no steps" + how},
		"a failure":          {`{"diagnostics":[{"severity":"error","message":"error: no credentials\nmore"}]}`, "read a preview: it has no steps: no credentials" + how},
		"steps":              {`{"steps":{}}`, "read a preview: its steps are no list" + how},
		"a part":             {`{"steps":[{"op":"same","urn":"` + root + `"},`, "read a preview: step 2: it ends too early" + how + ", and keep all that it prints"},
		"an event log":       {`{"sequence":0,"timestamp":1,"preludeEvent":{}}` + "\n{}", "read a preview: this is an event log; give it as that, and for the preview make it with `pulumi preview --json --show-sames`"},
		"no URN":             {`{"steps":[{"op":"same","urn":"x"}]}`, `read a preview: step 1: "x" is no URN` + how},
		"an operation":       {`{"steps":[{"op":"paint","urn":"` + root + `"}]}`, `read a preview: step 1: "paint" is an operation that Plinth does not know; make the preview with the version of Pulumi that Plinth pins`},
		"without sames":      {`{"steps":[{"op":"same","urn":"` + root + `"}],"changeSummary":{"same":7}}`, `read a preview: it counts 7 operations "same", and has 1` + how},
		"without a deletion": {`{"steps":[{"op":"same","urn":"` + root + `"}],"changeSummary":{"same":1,"delete":3}}`, `read a preview: it counts 3 operations "delete", and has 0` + how},
		"without states":     {`{"steps":[{"op":"same","urn":"` + root + `"},{"op":"delete","urn":"` + table + `"}]}`, "read a preview: step 2: of " + table + ` it does not say what it was or is to be, though there is an operation "delete"` + how},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.text), rehearsal.Phase{})
			require.EqualError(t, err, c.want)
		})
	}
}

func TestAGreatPreviewIsReadInFull(t *testing.T) {
	const n = 200
	c, err := Parse(strings.NewReader(string(changetest.Preview(n))), rehearsal.Phase{})
	require.NoError(t, err)
	counts := map[Op]int{}
	for _, r := range c.Resources {
		counts[r.Op]++
		require.Equal(t, r.Op == Update || r.Op == Replace || r.Op == Create, len(r.Properties) > 0, r.URN)
		require.Equal(t, r.Op == Replace, slices.ContainsFunc(r.Properties, func(p diff.Property) bool { return p.Forces }), r.URN)
	}
	require.Equal(t, map[Op]int{Same: 140 + n/10 + 1, Update: 30, Replace: 10, Create: 10, Delete: 10}, counts)
}

func FuzzParse(f *testing.F) {
	f.Add(`{"steps":[{"op":"update","urn":"` + table + `","oldState":{"inputs":{"a":"[secret]"}},"newState":{"inputs":{"a":1}},"diffReasons":["a"]}]}`)
	f.Add(preview(move("replace", table, of(table, object{"a": 1}, object{"parent": "x"}), nil)))
	f.Add(`{"steps":[{"op":"same","urn":"` + root + `"},null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(strings.NewReader(text), rehearsal.Phase{})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "read a preview: ") {
				t.Error(err)
			}
			return
		}
		for _, r := range c.Resources {
			if c.Find(r.URN) != r || r.Old != nil && r.OldState == nil || r.New != nil && r.NewState == nil {
				t.Errorf("%s is not what the preview says", r.URN)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := string(changetest.Preview(1000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(strings.NewReader(text), rehearsal.Phase{}); err != nil {
			b.Fatal(err)
		}
	}
}
