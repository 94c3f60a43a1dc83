package change

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

func TestWhatIsLeftOverIsDeleted(t *testing.T) {
	one, old := of(table, object{"a": "1"}, nil), of(table, nil, object{"delete": true})
	log := rehearsal.Phase{Steps: []rehearsal.Step{{Op: "delete", URN: table, Leftover: true}}}
	const note = "The deploy also deletes what an earlier replacement has left over of: orders (aws:dynamodb/table:Table)."
	for name, c := range map[string]struct {
		phase rehearsal.Phase
		steps []object
		op    Op
		notes []string
	}{
		"beside what stays, by the log":     {log, []object{move("same", table, one, one)}, Same, []string{note}},
		"beside what stays, by the preview": {rehearsal.Phase{}, []object{move("same", table, one, one), move("delete-replaced", table, old, nil)}, Same, []string{note}},
		"by both":                           {log, []object{move("delete-replaced", table, old, nil), move("update", table, one, one)}, Update, []string{note}},
		"beside what is deleted":            {log, []object{move("delete", table, one, nil)}, Delete, []string{note}},
		"beside what is created":            {rehearsal.Phase{}, []object{move("create", table, nil, one), move("delete", table, old, nil)}, Create, []string{note}},
		"alone, by the log":                 {log, nil, Delete, nil},
		"alone, by the preview":             {rehearsal.Phase{}, []object{move("delete-replaced", table, old, nil)}, Delete, nil},
		"not, but replaced":                 {rehearsal.Phase{}, []object{move("replace", table, one, one), move("delete-replaced", table, one, nil)}, Replace, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(t, c.phase, c.steps...)
			require.Len(t, got.Resources, 1)
			require.Equal(t, c.op, got.Find(table).Op)
			require.True(t, got.Find(table).Custom)
			require.Equal(t, c.notes, got.Notes)
		})
	}
}

func TestARefreshIsNoChange(t *testing.T) {
	one := of(table, object{"a": "1"}, nil)
	provider := "urn:pulumi:dev::shop::pulumi:providers:aws::aws"
	aws := of(provider, nil, nil)
	for name, steps := range map[string][]object{
		"by the state":   {move("refresh", root, object{}, object{}), move("update", table, one, one)},
		"by the program": {move("refresh", provider, aws, aws), move("same", provider, aws, aws), move("refresh", table, one, one)},
		"of what drifts": {move("refresh", table, one, one), move("update", bucket, of(bucket, nil, nil), of(bucket, nil, nil))},
		"of what is not": {move("refresh", table, one, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			text := preview(steps...)
			if name == "by the state" {
				digest, _ := json.Marshal(object{"steps": steps})
				text = string(digest)
			}
			_, err := Parse(strings.NewReader(text), rehearsal.Phase{})
			require.EqualError(t, err, "read a preview: this previews a refresh, not a change; make it with `pulumi preview --json --show-sames`")
		})
	}
}

func TestWhatIsGoneByHandIsGone(t *testing.T) {
	one, other := of(table, object{"a": "1"}, nil), of(bucket, nil, nil)
	steps := []object{move("refresh", table, one, one), move("refresh", bucket, other, other), move("same", bucket, other, other)}
	got := parse(t, rehearsal.Phase{}, steps...)
	require.Equal(t, Delete, got.Find(table).Op)
	require.Nil(t, got.Find(table).New)
	require.Equal(t, []string{"Somebody has deleted, other than by a deploy: orders (aws:dynamodb/table:Table)."}, got.Notes)

	got = parse(t, rehearsal.Phase{}, append(steps, move("create", table, nil, one))...)
	require.Equal(t, Create, got.Find(table).Op)
	require.Empty(t, got.Notes)

	got = parse(t, rehearsal.Phase{Error: "the program fails"}, steps...)
	require.Equal(t, Same, got.Find(table).Op, "the program has not come so far")
	require.Empty(t, got.Notes)
}

func TestWhatIsNoTargetIsNotThere(t *testing.T) {
	planned := of(table, object{"a": "1"}, object{"id": ""})
	component := "urn:pulumi:dev::shop::shop:index:Shop::web"
	provider := "urn:pulumi:dev::shop::pulumi:providers:aws::aws"
	outside := of(bucket, nil, object{"external": true, "id": ""})
	kept := []object{
		move("same", component, of(component, nil, object{"custom": false, "id": ""}), of(component, nil, object{"custom": false, "id": ""})),
		move("same", provider, of(provider, nil, object{"id": ""}), of(provider, nil, object{"id": ""})),
		move("same", bucket, outside, outside),
	}
	for _, old := range []any{planned, nil} {
		got := parse(t, rehearsal.Phase{}, append(kept, move("same", table, old, planned))...)
		require.Nil(t, got.Find(table))
		require.Len(t, got.Resources, 3)
		require.Len(t, got.After.All(), 2)
		require.Equal(t, []string{"The preview is of some targets only. Not created are: orders (aws:dynamodb/table:Table)."}, got.Notes)
	}
	var many []object
	for i := range 5 {
		urn := fmt.Sprint(table, i)
		many = append(many, move("same", urn, nil, of(urn, nil, nil)))
	}
	require.Equal(t, []string{"The preview is of some targets only. Not created are: orders0 (aws:dynamodb/table:Table), orders1 (aws:dynamodb/table:Table), orders2 (aws:dynamodb/table:Table) and 2 more."},
		parse(t, rehearsal.Phase{}, many...).Notes)
}

func TestWhatLosesItsProtectionIsTold(t *testing.T) {
	with := func(key string) object { return of(table, object{"a": "1"}, object{key: true}) }
	bare := of(table, object{"a": "1"}, nil)
	for _, op := range []string{"same", "update"} {
		for _, c := range []struct {
			old, renewed object
			told         string
			unprotected  bool
		}{
			{with("protect"), bare, "protect: true, false", true},
			{bare, with("protect"), "protect: false, true", false},
			{with("retainOnDelete"), bare, "retainOnDelete: true, false", false},
			{with("protect"), with("protect"), "", false},
		} {
			r := parse(t, rehearsal.Phase{}, move(op, table, c.old, c.renewed)).Find(table)
			var told string
			for _, p := range r.Properties {
				told += p.Path + ": " + *p.Was + ", " + *p.Is
			}
			require.Equal(t, c.told, told)
			require.Equal(t, c.unprotected, r.Unprotected())
		}
	}
	require.False(t, parse(t, rehearsal.Phase{}, move("delete", table, with("protect"), nil)).Find(table).Unprotected())
	require.False(t, parse(t, rehearsal.Phase{}, move("replace", table, with("protect"), bare)).Find(table).Unprotected(), "it does not stay")
}

func TestTagsThatSayWhatIsBackedUpAreNoNoise(t *testing.T) {
	const selection = "urn:pulumi:dev::shop::aws:backup/selection:Selection::all"
	tagged := move("update", table,
		of(table, object{"tags": object{"backup": "daily", "Name": "x"}}, nil), of(table, object{"tags": object{"Name": "y"}}, nil))
	for name, c := range map[string]struct {
		selection object
		noise     []bool // of Name and of backup
	}{
		"no selection":     {nil, []bool{true, true}},
		"by the tag":       {object{"selectionTags": []any{object{"key": "backup"}}}, []bool{true, false}},
		"by a condition":   {object{"conditions": []any{object{"stringLikes": []any{object{"key": "aws:ResourceTag/backup"}}}}}, []bool{true, false}},
		"by another tag":   {object{"selectionTags": []any{object{"key": "other"}}}, []bool{true, true}},
		"by some tag":      {object{"selectionTags": []any{object{"key": "[secret]"}}}, []bool{false, false}},
		"by what it lists": {object{"resources": []any{"*"}}, []bool{true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []object{tagged}
			if c.selection != nil {
				steps = append(steps, move("delete", selection, of(selection, c.selection, nil), nil))
			}
			var noise []bool
			for _, p := range parse(t, rehearsal.Phase{}, steps...).Find(table).Properties {
				noise = append(noise, p.Noise)
			}
			require.Equal(t, c.noise, noise)
		})
	}
}

func TestWhyAPreviewFailsIsInItself(t *testing.T) {
	digest := func(messages ...string) string {
		diagnostics := []object{{"severity": "warning", "message": "warning: old"}}
		for _, m := range messages {
			diagnostics = append(diagnostics, object{"severity": "error", "urn": table, "message": m})
		}
		text, _ := json.Marshal(object{"steps": []object{{"op": "same", "urn": root}}, "diagnostics": diagnostics})
		return string(text)
	}
	fails := func(text string, phase rehearsal.Phase) rehearsal.Phase {
		c, err := Parse(strings.NewReader(text), phase)
		require.NoError(t, err)
		return c.Phase
	}
	got := fails(digest("error: no such table\n"), rehearsal.Phase{Name: "preview"})
	require.Equal(t, "preview failed:\n  orders (aws:dynamodb/table:Table): no such table", got.Error)
	require.Equal(t, []rehearsal.Diagnostic{{Severity: "error", URN: table, Message: "no such table"}}, got.Diagnostics)
	require.Equal(t, "it was cut off", fails(digest("error: context canceled"), rehearsal.Phase{}).Error)
	known := rehearsal.Phase{Error: "it knows"}
	require.Equal(t, known, fails(digest("error: no such table"), known))
	require.Empty(t, fails(digest(), rehearsal.Phase{}))
}

func TestEventsOfAnotherPreviewAreRefused(t *testing.T) {
	counted := func(n int) map[string]int { return map[string]int{"same": n, "delete": 0} }
	for name, c := range map[string]struct {
		phase rehearsal.Phase
		want  string
	}{
		"another stack": {rehearsal.Phase{Project: "shop", Stack: "prod", Changes: counted(1)},
			"read a preview: it is of stack dev of project shop, and its events are of stack prod of project shop; give the event log of the same preview"},
		"another project": {rehearsal.Phase{Project: "site", Stack: "dev", Changes: counted(1)},
			"read a preview: it is of stack dev of project shop, and its events are of stack dev of project site; give the event log of the same preview"},
		"other counts": {rehearsal.Phase{Project: "shop", Stack: "dev", Changes: counted(2)},
			"read a preview: it does not count the same changes as its events; give the event log of the same preview"},
		"the same": {rehearsal.Phase{Project: "shop", Stack: "dev", Changes: counted(1)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(preview()), c.phase)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.want)
			}
		})
	}
}
