package diff

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"github.com/stretchr/testify/require"
)

const bucket = "aws:s3/bucketV2:BucketV2"

// lines are properties as a reader sees them.
func lines(properties []Property) []string {
	all := []string{}
	for _, p := range properties {
		line := p.Path + ":"
		if p.Was != nil {
			line += " - " + *p.Was
		}
		if p.Is != nil {
			line += " + " + *p.Is
		}
		if p.Noise {
			line += " (noise)"
		}
		all = append(all, line)
	}
	return all
}

// inputs are properties from JSON, in which ? is not known, and # secret.
func inputs(t *testing.T, document string) map[string]any {
	t.Helper()
	document = strings.ReplaceAll(document, `"?"`, `"`+plugin.UnknownStringValue+`"`)
	document = strings.ReplaceAll(document, `"#"`, `"`+Secret+`"`)
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(document), &v))
	return v
}

func TestWhatDiffersIsToldLeafByLeaf(t *testing.T) {
	for name, c := range map[string]struct {
		was, is string
		want    []string
	}{
		"a scalar":                    {`{"a":{"b":1}}`, `{"a":{"b":2}}`, []string{"a.b: - 1 + 2"}},
		"what is new":                 {`{}`, `{"a":{"b":true,"c":"x"}}`, []string{`a: + {"b":true,"c":"x"}`}},
		"one thing within":            {`{}`, `{"a":{"b":{"c":"x"}}}`, []string{"a.b.c: + x"}},
		"what is gone":                {`{"a":"x"}`, `{}`, []string{"a: - x"}},
		"null is absent":              {`{"a":null,"b":1}`, `{"b":1,"c":null}`, []string{}},
		"bookkeeping":                 {`{"__defaults":[],"a":{"__x":1}}`, `{"__defaults":["a"],"a":{"__x":2}}`, []string{}},
		"great numbers":               {`{"a":1000000,"b":0.5}`, `{"a":20000000,"b":0.25}`, []string{"a: - 1000000 + 20000000", "b: - 0.5 + 0.25"}},
		"a number becomes text":       {`{"a":1}`, `{"a":"1"}`, []string{`a: - 1 + "1"`}},
		"an empty text":               {`{"a":""}`, `{"a":" x"}`, []string{`a: - "" + " x"`}},
		"keys that are no words":      {`{"a":{"x.y":1,"a/b":1}}`, `{"a":{"x.y":2,"a/b":2}}`, []string{"a.a/b: - 1 + 2", `a["x.y"]: - 1 + 2`}},
		"known after the deploy":      {`{"a":["x","y"]}`, `{"a":"?"}`, []string{`a: - ["x","y"] + known after the deploy`}},
		"new and not known":           {`{}`, `{"a":{"b":"?"}}`, []string{"a.b: + known after the deploy"}},
		"was not known":               {`{"a":"?"}`, `{"a":"x"}`, []string{"a: - not known + x"}},
		"never known":                 {`{"a":"?"}`, `{"a":"?"}`, []string{}},
		"a set":                       {`{"a":["x","y"]}`, `{"a":["z","y"]}`, []string{"a[]: - x + z"}},
		"a greater set":               {`{"a":["x","y"]}`, `{"a":["z","y","w"]}`, []string{"a[]: + z", "a[]: + w", "a[]: - x"}},
		"a set with what is unknown":  {`{"a":["x","y"]}`, `{"a":["?","y"]}`, []string{"a[]: - x + known after the deploy"}},
		"a set of what is unknown":    {`{"a":["x","y"]}`, `{"a":["?","?","?"]}`, []string{"a[]: - x + known after the deploy", "a[]: - y + known after the deploy", "a[]: + known after the deploy"}},
		"another order":               {`{"a":["x","y"]}`, `{"a":["y","x"]}`, []string{"a: - x, y + y, x (another order)"}},
		"a repeated item":             {`{"a":["x"]}`, `{"a":["x","x"]}`, []string{"a[]: + x"}},
		"a command":                   {`{"command":["a","b"]}`, `{"command":["b","a"]}`, []string{`command: - ["a","b"] + ["b","a"]`}},
		"objects by their name":       {`{"c":[{"name":"a","i":1},{"name":"b","i":1}]}`, `{"c":[{"name":"n","i":1,"j":7},{"name":"b","i":2},{"name":"a","i":1}]}`, []string{"c: - a, b + b, a (another order)", "c[b].i: - 1 + 2", `c[n]: + {"i":1,"j":7}`}},
		"a number for a name":         {`{"r":[{"priority":1,"x":"a"},{"priority":2,"x":"b"}]}`, `{"r":[{"priority":2,"x":"c"},{"priority":1,"x":"a"}]}`, []string{"r: - priority=1, priority=2 + priority=2, priority=1 (another order)", "r[priority=2].x: - b + c"}},
		"a port and its protocol":     {`{"p":[{"port":53,"protocol":"UDP","x":1},{"port":53,"protocol":"TCP","x":1}]}`, `{"p":[{"port":53,"protocol":"TCP","x":1},{"port":53,"protocol":"UDP","x":2}]}`, []string{"p: - 53/UDP, 53/TCP + 53/TCP, 53/UDP (another order)", "p[53/UDP].x: - 1 + 2"}},
		"objects that are most alike": {`{"e":[{"a":1,"b":2,"c":3},{"a":7,"b":8,"c":9}]}`, `{"e":[{"a":7,"b":8,"c":0},{"a":4,"b":5,"c":6},{"a":1,"b":2,"c":3}]}`, []string{"e: - 0, 1 + 1, 0 (another order)", "e[0].c: - 9 + 0", `e[1]: + {"a":4,"b":5,"c":6}`}},
		"the most alike first":        {`{"e":[{"a":1,"b":2,"c":3,"d":0},{"a":1,"b":2,"c":3,"d":4}]}`, `{"e":[{"a":1,"b":2,"c":3,"d":4,"f":6},{"a":1,"b":2,"c":3,"d":5,"f":6}]}`, []string{"e: - 0, 1 + 1, 0 (another order)", "e[0].f: + 6", "e[1].d: - 0 + 5", "e[1].f: + 6"}},
		"in the order of numbers":     {`{"e":[{"name":"a10"},{"name":"a9"}],"z":["x10","x9"]}`, `{"e":[{"name":"a10","v":1},{"name":"a9","v":1}],"z":["x10","x9"]}`, []string{"e[a9].v: + 1", "e[a10].v: + 1"}},
		"an object that is renamed":   {`{"c":[{"name":"a","x":1,"y":2},{"name":"b","x":5,"y":6}]}`, `{"c":[{"name":"n","x":1,"y":2},{"name":"b","x":5,"y":6}]}`, []string{"c[n].name: - a + n"}},
		"the only object":             {`{"c":[{"x":1}]}`, `{"c":[{"x":2}]}`, []string{"c[0].x: - 1 + 2"}},
		"an object by what it is":     {`{"a":{"x":1}}`, `{"a":[1]}`, []string{`a: - {"x":1} + [1]`}},
		"a name of the engine's": {`{"__defaults":["name"],"name":"web-1a2b3c4","vpc":"a"}`, `{"__defaults":["name"],"name":"web-5d6e7f8","vpc":"b"}`,
			[]string{"name: - web-1a2b3c4 + web-5d6e7f8 (noise)", "vpc: - a + b"}},
		"a name of the program's": {`{"name":"web-1a2b3c4"}`, `{"name":"web-5d6e7f8"}`, []string{"name: - web-1a2b3c4 + web-5d6e7f8"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, lines(Between(bucket, inputs(t, c.was), inputs(t, c.is), nil)))
		})
	}
}

func TestWhatIsCreatedIsWhatTheProgramSays(t *testing.T) {
	got := Between(bucket, nil, inputs(t, `{"__defaults":["filled"],"filled":1,"engine":"postgres","list":["a","b"],"password":"#","tags":{"Name":"x"},
		"env":[{"name":"HOST","value":"h"},{"name":"A_LONG_PATH","value":"/a/path/that/goes/on/and/on/and/on/for/quite/a/while/and/never/ends"}]}`), nil)
	require.Equal(t, []string{
		"engine: + postgres", "env[A_LONG_PATH].value: + /a/path/that/goes/on/and/on/and/on/for/quite/a/while/and/never/ends", "env[HOST].value: + h",
		`list: + ["a","b"]`, "password: + [secret]", "tags.Name: + x (noise)",
	}, lines(got))
	require.Empty(t, Between(bucket, inputs(t, `{"a":1}`), nil, nil), "what is deleted has no properties")
	require.Empty(t, Between(bucket, nil, map[string]any{}, nil))
}

func TestDocumentsAreComparedAsDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		was, is string
		want    []string
	}{
		"statements by their Sid": {
			`{"Statement":[{"Sid":"Read","Action":["s3:Get","s3:List"],"Effect":"Allow"},{"Sid":"Write","Action":"s3:Put"}]}`,
			`{"Statement":[{"Sid":"New","Action":"*","Effect":"Allow"},{"Sid":"Read","Action":["s3:List","s3:*"],"Effect":"Allow"},{"Sid":"Write","Action":"s3:Put"}]}`,
			[]string{`p.Statement[New]: + {"Action":["*"],"Effect":"Allow"}`, "p.Statement[Read].Action[]: - s3:Get + s3:*"},
		},
		"statements without": {
			`{"Statement":[{"Effect":"Allow","Action":"a:B","Resource":"r1"},{"Effect":"Allow","Action":"c:D","Resource":"r2"}]}`,
			`{"Statement":[{"Effect":"Allow","Action":"c:D","Resource":"*"}]}`,
			[]string{`p.Statement[0]: - {"Action":["a:B"],"Effect":"Allow","Resource":["r1"]}`, "p.Statement[0].Resource[]: - r2 + *"},
		},
		"one and a list of one": {`{"Statement":{"Action":"a:B"}}`, `{"Statement":[{"Action":["a:B"]}]}`, []string{"p: - a JSON document + the same document, written in another way (noise)"}},
		"only blanks":           {`{"a":1}`, `{ "a" : 1 }`, []string{"p: - a JSON document + the same document, written in another way (noise)"}},
		"a list":                {`[{"name":"web","image":"a:1"}]`, `[{"name":"web","image":"a:2"}]`, []string{"p[web].image: - a:1 + a:2"}},
		"in a document":         {`{"x":"{\"y\":1}"}`, `{"x":"{\"y\":2}"}`, []string{"p.x.y: - 1 + 2"}},
		"numbers without end":   {`{"x":10000000000000000000000001}`, `{"x":10000000000000000000000002}`, []string{"p.x: - 10000000000000000000000001 + 10000000000000000000000002"}},
		"null":                  {`{"x":null}`, `{}`, []string{"p.x: - null"}},
		"tags":                  {`{"tags":{"a":"b"}}`, `{"tags":{"a":"c"}}`, []string{"p.tags.a: - b + c"}},
		"no document":           {`{"x":1}`, `{x}`, []string{`p: - {"x":1} + {x}`}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, lines(Between(bucket, map[string]any{"p": c.was}, map[string]any{"p": c.is}, nil)))
		})
	}
}

func TestTextsAreComparedByLines(t *testing.T) {
	script := "#!/bin/sh\nset -eu\necho one\necho two\nexit\n"
	changed := "#!/bin/sh\nset -eux\necho two\necho three\nexit\n"
	want := []string{"u line 2: - set -eu + set -eux", "u line 3: - echo one", "u line 4: + echo three"}
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct {
		was, is string
		want    []string
	}{
		"as it is":    {script, changed, want},
		"encoded":     {encode(script), encode(changed), want},
		"a line more": {"a\nb", "a\nb\nc", []string{"u line 3: + c"}},
		"too many":    {strings.Repeat("a\n", 50), strings.Repeat("b\n", 60), []string{"u: - 51 lines + 61 lines, of which 60 differ"}},
		"a long line": {strings.Repeat("a", 500) + "b" + strings.Repeat("a", 500), strings.Repeat("a", 1000), []string{
			"u: - …" + strings.Repeat("a", 40) + "b" + strings.Repeat("a", 119) + "… + …" + strings.Repeat("a", 160) + "…"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, lines(Between(bucket, map[string]any{"u": c.was}, map[string]any{"u": c.is}, nil)))
		})
	}
}

func TestFilesAreToldByTheirHash(t *testing.T) {
	archive := func(path, hash string) map[string]any {
		return map[string]any{"code": map[string]any{sig.Key: sig.ArchiveSig, "path": path, "hash": hash}}
	}
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	require.Equal(t, []string{"code: - dist.zip (hash 111111111111) + dist.zip (hash 222222222222)"},
		lines(Between(bucket, archive("/home/me/dist.zip", one), archive("/home/you/dist.zip", two), nil)))
	require.Empty(t, Between(bucket, archive("/home/me/dist.zip", one), archive("/home/you/dist.zip", one), nil))
	require.Equal(t, []string{"code: - ./a + ./b"}, lines(Between(bucket, archive("./a", ""), archive("./b", ""), nil)))
}

func TestTagsAreNoiseAndToldOnce(t *testing.T) {
	for name, c := range map[string]struct {
		was, is string
		want    []string
	}{
		"tags and all tags":       {`{"tags":{"a":"1"},"tagsAll":{"a":"1","o":"x"}}`, `{"tags":{"a":"2"},"tagsAll":{"a":"2","o":"y"}}`, []string{"tags.a: - 1 + 2 (noise)", "tagsAll.o: - x + y (noise)"}},
		"in a list of objects":    {`{"tags":[{"key":"a","value":"1"}]}`, `{"tags":[{"key":"a","value":"2"}]}`, []string{"tags[a].value: - 1 + 2"}},
		"in a list":               {`{"tags":["a"]}`, `{"tags":["a","b"]}`, []string{"tags[]: + b"}},
		"not known any more":      {`{"tags":{"a":"1"}}`, `{"tags":"?"}`, []string{"tags: - {\"a\":\"1\"} + known after the deploy (noise)"}},
		"a list from now on":      {`{"tags":{"a":"1"}}`, `{"tags":["a"]}`, []string{`tags: - {"a":"1"} + ["a"]`}},
		"of all that is made":     {`{"defaultTags":"{\"tags\":{\"a\":\"1\"}}"}`, `{"defaultTags":"{\"tags\":{\"a\":\"2\"}}"}`, []string{"defaultTags.tags.a: - 1 + 2 (noise)"}},
		"of volumes":              {`{"s":[{"resourceType":"volume","tags":{"a":"1"}}]}`, `{"s":[{"resourceType":"volume","tags":{"a":"2"}}]}`, []string{"s[volume].tags.a: - 1 + 2 (noise)"}},
		"that a controller reads": {`{"tags":{}}`, `{"tags":{"kubernetes.io/role/elb":"1"}}`, []string{`tags["kubernetes.io/role/elb"]: + 1`}},
		"labels of the maker":     {`{"metadata":{"labels":{"helm.sh/chart":"a-1","app":"x"}}}`, `{"metadata":{"labels":{"helm.sh/chart":"a-2","app":"y"}}}`, []string{"metadata.labels.app: - x + y", `metadata.labels["helm.sh/chart"]: - a-1 + a-2 (noise)`}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, lines(Between(bucket, inputs(t, c.was), inputs(t, c.is), nil)))
		})
	}
}

func TestSecretsAreToldByWhatTheEngineSays(t *testing.T) {
	two := `{"user":"a","env":{"variables":{"A":"#","B":"#"}},"list":[{"value":"#"},{"value":"#"}]}`
	for name, c := range map[string]struct {
		was, is string
		engine  []string
		want    []string
	}{
		"nothing":                {two, two, nil, []string{}},
		"one of them":            {two, two, []string{"env", "env.variables.B"}, []string{"env.variables.B: - [secret] + [secret]"}},
		"by its place":           {two, two, []string{"list[1].value"}, []string{"list[1].value: - [secret] + [secret]"}},
		"some of them":           {two, two, []string{"env"}, []string{"env.variables.A: - [secret] + [secret]", "env.variables.B: - [secret] + [secret]"}},
		"something else":         {`{"env":{"A":"#","x":1}}`, `{"env":{"A":"#","x":2}}`, []string{"env.x"}, []string{"env.x: - 1 + 2"}},
		"something else, or not": {`{"env":{"A":"#","x":1}}`, `{"env":{"A":"#","x":2}}`, []string{"env"}, []string{"env.A: - [secret] + [secret] (may differ)", "env.x: - 1 + 2"}},
		"some of them, or none": {`{"c":[{"name":"n","e":{"A.a":{"y":"#","z":"#"},"x":1}}]}`, `{"c":[{"name":"n","e":{"A.a":{"y":"#","z":"#"},"x":2}}]}`, []string{"c"},
			[]string{"c: - [secret] + [secret] (may differ)", "c[n].e.x: - 1 + 2"}},
		"some in a place, or none": {`{"c":[{"name":"n","e":{"A":"#","B":"#","x":1}}]}`, `{"c":[{"name":"n","e":{"A":"#","B":"#","x":2}}]}`, []string{"c", "c[0].e"},
			[]string{"c[n].e: - [secret] + [secret] (may differ)", "c[n].e.x: - 1 + 2"}},
		"in what is secret":        {`{"env":"#"}`, `{"env":"#"}`, []string{"env.variables.A"}, []string{"env: - [secret] + [secret]"}},
		"in a place that moved":    {`{"l":[{"name":"a","value":"#"}]}`, `{"l":[{"name":"a","value":"#"}]}`, []string{"l[4].value"}, []string{"l[a].value: - [secret] + [secret]"}},
		"secret no longer":         {`{"p":"#"}`, `{"p":"hunter2"}`, nil, []string{"p: - [secret] + in plain text"}},
		"secret from now on":       {`{"p":{"x":"hunter2"}}`, `{"p":"#"}`, nil, []string{"p: - in plain text + [secret]"}},
		"a new one":                {`{}`, `{"p":"#"}`, nil, []string{"p: + [secret]"}},
		"not known":                {`{"p":"#"}`, `{"p":"?"}`, nil, []string{"p: - [secret] + known after the deploy"}},
		"in the engine's wrapping": {`{"p":{"` + sig.Key + `":"` + sig.Secret + `","plaintext":"hunter2"}}`, `{}`, nil, []string{"p: - [secret]"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Between(bucket, inputs(t, c.was), inputs(t, c.is), c.engine)
			require.Equal(t, c.want, lines(got))
			require.NotContains(t, fmt.Sprint(lines(got)), "hunter2")
		})
	}
}

// What becomes secret has been no secret so far, and is not shown all the same, wherever it
// may have gone.
func TestWhatBecomesSecretIsNotShown(t *testing.T) {
	const hiddenNow = "[not shown: it may be what is secret now]"
	for name, c := range map[string]struct {
		was, is string
		want    []string
	}{
		"an item":              {`{"l":["hunter2","b"]}`, `{"l":["#","c"]}`, []string{"l[]: + [secret]", "l[]: + c", "l[]: - " + hiddenNow, "l[]: - " + hiddenNow}},
		"the only item":        {`{"l":["hunter2"]}`, `{"l":["#"]}`, []string{"l[]: - in plain text + [secret]"}},
		"beside the unknown":   {`{"l":["hunter2"]}`, `{"l":["?","#"]}`, []string{"l[]: + known after the deploy", "l[]: + [secret]", "l[]: - " + hiddenNow}},
		"of a secret that was": {`{"l":["#","c"]}`, `{"l":["hunter2","b"]}`, []string{"l[]: + [not shown: it may be what was secret]", "l[]: + [not shown: it may be what was secret]", "l[]: - [secret]", "l[]: - c"}},
		"with another name": {`{"l":[{"name":"P","value":"hunter2"},{"name":"Q","value":"1"}]}`, `{"l":[{"name":"R","value":"#"},{"name":"Q","value":"2"}]}`,
			[]string{"l[P]: - " + hiddenNow, "l[Q].value: - 1 + 2", "l[R].value: + [secret]"}},
		"as a name":                 {`{"l":[{"id":"hunter2"},{"id":"b"}]}`, `{"l":[{"id":"#"},{"id":"b"}]}`, []string{"l[0]: - " + hiddenNow, "l[0].id: + [secret]"}},
		"as another kind of thing":  {`{"l":["hunter2"]}`, `{"l":{"a":"#"}}`, []string{"l: - in plain text + [secret]"}},
		"in a document":             {`{"p":"{\"l\":[\"hunter2\",1]}"}`, `{"p":"{\"l\":[\"[secret]\",2]}"}`, []string{"p.l[]: + [secret]", "p.l[]: + 2", "p.l[]: - " + hiddenNow, "p.l[]: - " + hiddenNow}},
		"a variable, renamed":       {`{"e":{"PASSWORD":"hunter2","x":"1"}}`, `{"e":{"DB_PASSWORD":"#","x":"2"}}`, []string{"e.DB_PASSWORD: + [secret]", "e.PASSWORD: - " + hiddenNow, "e.x: - 1 + 2"}},
		"nothing, where it is kept": {`{"l":["#","a"]}`, `{"l":["#","b"]}`, []string{"l[]: - a + b"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(Between(bucket, inputs(t, c.was), inputs(t, c.is), nil))
			require.NotContains(t, fmt.Sprint(got), "hunter2")
			require.Equal(t, c.want, got)
		})
	}
}

func TestWhatNobodyWouldReadIsCounted(t *testing.T) {
	list := func(n int, item func(i int) any) map[string]any {
		items := make([]any, n)
		for i := range items {
			items[i] = item(i)
		}
		return map[string]any{"l": items}
	}
	text := func(prefix string) func(int) any {
		return func(i int) any { return fmt.Sprint(prefix, i) }
	}
	named := func(prefix string) func(int) any {
		return func(i int) any { return map[string]any{"name": fmt.Sprint(prefix, i), "x": 1.0} }
	}
	want := []string{"l: - 20000 items + 30000 items: 30000 added, 20000 removed"}
	require.Equal(t, want, lines(Between(bucket, list(20000, text("a")), list(30000, text("b")), nil)))
	require.Equal(t, want, lines(Between(bucket, list(20000, named("a")), list(30000, named("b")), nil)))
	require.Equal(t, []string{"l[]: + a200"}, lines(Between(bucket, list(200, text("a")), list(201, text("a")), nil)), "what is the same does not count")
	require.Len(t, Between(bucket, list(50, text("a")), list(50, text("b")), nil), 100)
}

func TestOnlyTheProviderOfAWSHasTagsThatSayNothing(t *testing.T) {
	was, is := inputs(t, `{"tags":{"a":"1"}}`), inputs(t, `{"tags":{"a":"2"}}`)
	for token, noise := range map[string]bool{bucket: true, "pulumi:providers:aws": true, "gcp:compute/instance:Instance": false, "awsx:ec2:Vpc": false, "": false} {
		require.Equal(t, noise, Between(token, was, is, nil)[0].Noise, token)
	}
}

func TestPathsLeadToTags(t *testing.T) {
	for path, want := range map[string]string{"tags.a": "a", `tagsAll["a.b"]`: "a.b", "tags": "", "s[volume].tags.a": "a", "defaultTags.tags.a": "a"} {
		key, found := Tag(path)
		require.True(t, found, path)
		require.Equal(t, want, key)
	}
	_, found := Tag("tagged.a")
	require.False(t, found)
}

func TestPrivateKeysAreSecret(t *testing.T) {
	key := func(body string) string {
		return "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n"
	}
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, text := range []func(string) string{key, func(s string) string { return encode(key(s)) }, func(s string) string { return "a {" + key(s) }} {
		was, is := map[string]any{"k": text("hunter1"), "l": []any{text("hunter1")}}, map[string]any{"k": text("hunter2"), "l": []any{text("hunter2")}}
		for _, got := range [][]Property{Between(bucket, was, is, nil), Between(bucket, nil, is, nil)} {
			require.NotEmpty(t, got)
			for _, hidden := range []string{"hunter", encode("hunter1")[:8]} {
				require.NotContains(t, fmt.Sprint(lines(got)), hidden)
			}
		}
	}
}

func TestWhatHidesIsVisible(t *testing.T) {
	got := Between(bucket, map[string]any{}, map[string]any{"a\nb": "x\x1b[31m\r\n\u202ey\u200b"}, nil)
	require.Equal(t, []string{`["a\nb"]: + x\x1b[31m\r\n\u202ey\u200b`}, lines(got))
}

func TestWhatIsDeepIsToldWhereItGetsTooDeep(t *testing.T) {
	nested := func(leaf string) map[string]any {
		return map[string]any{"p": strings.Repeat(`{"a":`, 5000) + leaf + strings.Repeat(`}`, 5000)}
	}
	got := Between(bucket, nested("1"), nested("2"), nil)
	require.Len(t, got, 1)
	require.Less(t, len(got[0].Path), 2*deep)
	require.Len(t, Between(bucket, nil, nested("1"), nil), 1)
}

func TestPathsOfTheEngineCoverProperties(t *testing.T) {
	for _, c := range []struct {
		engine, path string
		want         bool
	}{
		{"a", "a.b[c]", true}, {"a.b", "a", true}, {"a", "ab", false}, {"a[0].b", "a[x].b", true}, {"a[0].b", "a[].c", false},
		{`tags["a.b"]`, `tags["a.b"]`, true}, {".spec.selector", "spec.selector.x", true}, {"userData", "userData line 12", true}, {"", "a", false},
	} {
		require.Equal(t, c.want, Covers(c.engine, c.path), "%s, %s", c.engine, c.path)
	}
}

func TestItemsWithoutANameAreComparedInTheirPlace(t *testing.T) {
	const was, is = `{"l":[{"kept":1},{"ports":[1,2],"to":[{"cidr":"a"},{"cidr":"b"}]}]}`, `{"l":[{"kept":1},{"ports":[1,2],"to":[{"cidr":"c"},{"cidr":"d"}]}]}`
	require.NotContains(t, fmt.Sprint(lines(Between(bucket, inputs(t, was), inputs(t, is), nil))), "ports")
}
