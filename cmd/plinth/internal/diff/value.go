package diff

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
)

// mark is a value that is there and cannot be shown, or null in a list or document.
type mark string

const (
	secret  mark = Secret
	unknown mark = Unknown
	null    mark = "null"
)

// file is an asset or archive. Only its hash tells whether it is the same.
type file struct{ name, hash string }

var unknowns = []string{
	plugin.UnknownStringValue, plugin.UnknownBoolValue, plugin.UnknownNumberValue, plugin.UnknownArrayValue,
	plugin.UnknownAssetValue, plugin.UnknownArchiveValue, plugin.UnknownObjectValue,
}

// tidy is a value without what is the provider's own, and without what is null, with marks
// for what cannot be shown. Without defaults it is what the program says itself.
func tidy(v any, withoutDefaults bool) any {
	switch v := v.(type) {
	case string:
		if v == Secret {
			return secret
		}
		if slices.Contains(unknowns, v) {
			return unknown
		}
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			if items[i] = tidy(item, withoutDefaults); items[i] == nil {
				items[i] = null
			}
		}
		return items
	case map[string]any:
		if v == nil {
			return nil
		}
		if kind, wrapped := v[sig.Key]; wrapped {
			return unwrap(v, kind, withoutDefaults)
		}
		var left map[string]bool
		if withoutDefaults {
			left = defaults(v)
		}
		fields := make(map[string]any, len(v))
		for key, field := range v {
			if tidied := tidy(field, withoutDefaults); tidied != nil && !strings.HasPrefix(key, "__") && !left[key] {
				fields[key] = tidied
			}
		}
		return fields
	}
	return v
}

// unwrap is what the engine has wrapped into an object.
func unwrap(v map[string]any, kind any, withoutDefaults bool) any {
	word := func(key string) string { s, _ := v[key].(string); return s }
	switch kind {
	case sig.Secret:
		return secret
	case sig.OutputValue:
		if hidden, _ := v["secret"].(bool); hidden {
			return secret
		}
		if inner, known := v["value"]; known {
			return tidy(inner, withoutDefaults)
		}
		return unknown
	case sig.AssetSig, sig.ArchiveSig:
		name := word("path")
		switch {
		case path.IsAbs(name) || strings.Contains(name, `:\`): // it is of one machine
			name = name[strings.LastIndexAny(name, `/\`)+1:]
		case name == "":
			name = word("uri")
		}
		if name == "" && kind == sig.AssetSig {
			name = "text"
		} else if name == "" {
			name = "archive"
		}
		return file{name, word("hash")}
	case sig.ResourceReference:
		if id := tidy(v["id"], false); id != nil && id != "" {
			return id
		}
		return word("urn")
	case sig.ByteString:
		return fmt.Sprint("bytes ", v["value"])
	}
	return secret // nobody knows what newer kinds hold
}

// defaults are the properties of an object that the provider has filled in itself.
func defaults(v map[string]any) map[string]bool {
	filled := map[string]bool{}
	list, _ := v["__defaults"].([]any)
	for _, key := range list {
		if name, ok := key.(string); ok {
			filled[name] = true
		}
	}
	return filled
}

// show is a value as text, be it long. An empty text, or one that blanks hide in, has quotes.
func show(v any) string {
	if s, ok := v.(string); ok && s != "" && s == strings.TrimSpace(s) && !isKey(s) {
		return escape(decoded(s))
	}
	return exact(v)
}

// exact is a value as JSON prints it, in which a text is no number.
func exact(v any) string {
	switch v := v.(type) {
	case mark:
		return string(v)
	case file:
		return showFile(v)
	case string:
		if isKey(v) {
			return Secret
		}
		return quote(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return escape(marshal(plain(v)))
}

func showFile(f file) string {
	const enough = 12
	if len(f.hash) < enough {
		return escape(f.name)
	}
	return escape(f.name + " (hash " + f.hash[:enough] + ")")
}

// plain is a value as JSON can print it.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		fields := make(map[string]any, len(v))
		for key, field := range v {
			fields[key] = plain(field)
		}
		return fields
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = plain(item)
		}
		return items
	case float64:
		return json.Number(exact(v))
	case string:
		if isKey(v) {
			return Secret
		}
	case mark:
		if v == null {
			return nil
		}
		return string(v)
	case file:
		return showFile(v)
	}
	return v
}

func marshal(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(v) != nil {
		return "a value that is no JSON"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func quote(s string) string { return escape(marshal(s)) }

// isKey says that a text has a private key in it, which is secret whatever the program says.
func isKey(s string) bool { return strings.Contains(decoded(s), "PRIVATE KEY-----") }

// decoded is a text of several lines that has been encoded, as user data is.
func decoded(s string) string {
	if len(s) < 16 || len(s)%4 != 0 {
		return s
	}
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(raw) || !bytes.Contains(raw, []byte("\n")) {
		return s
	}
	if slices.ContainsFunc([]rune(string(raw)), func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }) {
		return s
	}
	return string(raw)
}

// escape makes visible what would move the cursor, hide, or turn the direction of a text.
func escape(s string) string {
	if !strings.ContainsFunc(s, hides) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hides(r) {
			quoted := strconv.QuoteToASCII(string(r))
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hides(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || unicode.IsSpace(r) && r != ' '
}

// longest is how many characters of a value are shown.
const longest = 160

// clip shortens a text to what begins at a character, or a little before it.
func clip(s string, from int) string {
	runes := []rune(s)
	if len(runes) <= longest {
		return s
	}
	start := min(max(0, from-longest/4), len(runes)-longest)
	end := start + longest
	short := string(runes[start:end])
	if start > 0 {
		short = "…" + short
	}
	if end < len(runes) {
		short += "…"
	}
	return short
}

// common is how many characters two texts begin with alike.
func common(a, b string) int {
	x, y := []rune(a), []rune(b)
	n := 0
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}
