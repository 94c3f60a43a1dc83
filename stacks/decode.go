package stacks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// decode reads a JSON object into a struct, strictly: a key that no field has, a value
// of the wrong type and a null are problems, each under its path. What is right is
// stored all the same, so that validation can go on and report the rest.
//
// Fields are matched by their `json` tag, exactly. Kinds that occur in an environment
// are supported: structs, pointers, slices, string-keyed maps, strings, booleans,
// integers and floats.
func decode(text string, into any, errs *fielderr.List) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var raw any
	if err := decoder.Decode(&raw); err != nil {
		errs.Add("", "is not JSON: %v", err)
		return
	}
	if decoder.More() {
		errs.Add("", "has text after the JSON value")
		return
	}
	fill(reflect.ValueOf(into).Elem(), raw, errs)
}

func fill(v reflect.Value, raw any, errs *fielderr.List) {
	switch v.Kind() {
	case reflect.Pointer:
		if raw == nil {
			errs.Add("", "is null; leave it out to get the default")
			return
		}
		target := reflect.New(v.Type().Elem())
		fill(target.Elem(), raw, errs)
		v.Set(target)
	case reflect.Struct:
		fillStruct(v, raw, errs)
	case reflect.Map:
		entries, ok := raw.(map[string]any)
		if !ok {
			wrongType(raw, "an object", errs)
			return
		}
		v.Set(reflect.MakeMapWithSize(v.Type(), len(entries)))
		for _, key := range sortedKeys(entries) {
			item := reflect.New(v.Type().Elem()).Elem()
			fill(item, entries[key], errs.At(fielderr.Key(key)))
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
		}
	case reflect.Slice:
		items, ok := raw.([]any)
		if !ok {
			wrongType(raw, "a list", errs)
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			fill(v.Index(i), item, errs.At(fielderr.Index(i)))
		}
	default:
		fillScalar(v, raw, errs)
	}
}

func fillStruct(v reflect.Value, raw any, errs *fielderr.List) {
	entries, ok := raw.(map[string]any)
	if !ok {
		wrongType(raw, "an object", errs)
		return
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); tag != "" && tag != "-" {
			fields[tag] = i
		}
	}
	for _, key := range sortedKeys(entries) {
		i, known := fields[key]
		if !known {
			errs.Add(fielderr.Key(key), "is not a known key%s", didYouMean(key, sortedKeys(fields)))
			continue
		}
		fill(v.Field(i), entries[key], errs.At(key))
	}
}

func fillScalar(v reflect.Value, raw any, errs *fielderr.List) {
	switch v.Kind() {
	case reflect.String:
		if s, ok := raw.(string); ok {
			v.SetString(s)
			return
		}
		if n, ok := raw.(json.Number); ok {
			v.SetString(n.String())
			errs.Invalid("", n.String(), "must be text; put it in quotes")
			return
		}
		wrongType(raw, "text", errs)
	case reflect.Bool:
		if b, ok := raw.(bool); ok {
			v.SetBool(b)
			return
		}
		wrongType(raw, "true or false", errs)
	case reflect.Int:
		if n, ok := raw.(json.Number); ok {
			if f, err := n.Float64(); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<31 {
				v.SetInt(int64(f))
				return
			}
		}
		wrongType(raw, "a whole number", errs)
	case reflect.Float64:
		if n, ok := raw.(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				v.SetFloat(f)
				return
			}
		}
		wrongType(raw, "a number", errs)
	default:
		errs.Add("", "cannot be configured")
	}
}

func wrongType(raw any, want string, errs *fielderr.List) {
	if raw == nil {
		errs.Add("", "is null; leave it out to get the default")
		return
	}
	shown, err := json.Marshal(raw)
	if err != nil {
		shown = []byte(fmt.Sprint(raw))
	}
	errs.Add("", "%s: must be %s", cut(string(shown), 60), want)
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

// didYouMean suggests the known key that takes the fewest edits, if that is few enough
// to be a typing mistake, and otherwise lists what there is.
func didYouMean(key string, known []string) string {
	best, distance := "", 3
	for _, candidate := range known {
		if d := edits(strings.ToLower(key), strings.ToLower(candidate)); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; known: " + strings.Join(known, ", ")
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
