package rule

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

type kind uint8

const (
	absent kind = iota
	null
	unknown
	boolean
	number
	text
	list
	object
	opaque // an asset, an archive or a reference: there, but not looked into
)

// Value is one property value of a resource. It tells apart what other models of the
// same data confuse: a property that was not set, one set to null, one that is set but
// not known yet, and one that is known. A secret is a known value with a mark; its
// String never shows it. The zero Value is absent.
type Value struct {
	kind   kind
	secret bool
	flag   bool
	num    float64
	str    string
	items  []Value
	fields Fields
	path   string
	// below is set if it is what contains the value that is not known.
	below bool
}

// Fields are the properties of a resource or of a nested object.
type Fields map[string]Value

// Secret marks a fixture's value for Of as secret.
type Secret struct{ Of any }

// Computed is a fixture's value for Of that is not known yet.
type Computed struct{}

// Of makes a Value of a plain Go value: nil is null, Computed is unknown, Secret marks
// its content. What is not a JSON-like value becomes opaque.
func Of(v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{kind: null}
	case Value:
		return v
	case Computed:
		return Value{kind: unknown}
	case Secret:
		return Of(v.Of).AsSecret()
	case bool:
		return Value{kind: boolean, flag: v}
	case int:
		return Value{kind: number, num: float64(v)}
	case float64:
		return Value{kind: number, num: v}
	case string:
		return Value{kind: text, str: v}
	case []Value:
		return Value{kind: list, items: v}
	case []string:
		items := make([]Value, len(v))
		for i, item := range v {
			items[i] = Of(item)
		}
		return Value{kind: list, items: items}
	case []any:
		items := make([]Value, len(v))
		for i, item := range v {
			items[i] = Of(item)
		}
		return Value{kind: list, items: items}
	case Fields:
		return Value{kind: object, fields: v}
	case map[string]any:
		return Value{kind: object, fields: FieldsOf(v)}
	}
	return Value{kind: opaque}
}

// FieldsOf makes Fields of plain Go values, as Of does.
func FieldsOf(values map[string]any) Fields {
	fields := make(Fields, len(values))
	for key, v := range values {
		fields[key] = Of(v)
	}
	return fields
}

// AsSecret returns the value, marked secret.
func (v Value) AsSecret() Value { v.secret = true; return v }

// IsAbsent reports that the property was not set, or set to null.
func (v Value) IsAbsent() bool { return v.kind == absent || v.kind == null }

// IsNull reports that the property was set to null.
func (v Value) IsNull() bool { return v.kind == null }

// IsUnknown reports that the property is set, but that its value is not known yet.
func (v Value) IsUnknown() bool { return v.kind == unknown }

// IsSecret reports that the value is secret. What is in a secret object is secret too.
func (v Value) IsSecret() bool { return v.secret }

// Path is where in the resource the value is, such as `ebs.encrypted`.
func (v Value) Path() string { return v.path }

// Text is the value if it is a known string.
func (v Value) Text() (string, bool) { return v.str, v.kind == text }

// Bool is the value if it is a known boolean, or a string that spells one: some AWS
// properties are booleans in strings.
func (v Value) Bool() (value, ok bool) {
	if v.kind == text && (v.str == "true" || v.str == "false") {
		return v.str == "true", true
	}
	return v.flag, v.kind == boolean
}

// Number is the value if it is a known number, or a string that spells one.
func (v Value) Number() (float64, bool) {
	if v.kind == text {
		n, err := strconv.ParseFloat(v.str, 64)
		return n, err == nil
	}
	return v.num, v.kind == number
}

// Items are the elements of a known list; nil otherwise.
func (v Value) Items() []Value { return v.items }

// Keys are the sorted keys of a known object, without those that are null; nil otherwise.
func (v Value) Keys() []string {
	keys := make([]string, 0, len(v.fields))
	for key, field := range v.fields {
		if !field.IsAbsent() {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// Get is the property at a path of object keys, such as `metadataOptions.httpTokens`.
// What is below an unknown value is unknown; what is below a secret is secret.
func (v Value) Get(path string) Value {
	at := v
	for rest := path; rest != ""; {
		key, tail, _ := strings.Cut(rest, ".")
		rest = tail
		secret := at.secret
		if at.kind == unknown {
			at.below = true
			break
		}
		at = at.fields[key] // absent if at is no object
		at.secret = at.secret || secret
	}
	at.path = path
	if v.path != "" {
		at.path = v.path + "." + path
	}
	return at
}

// Field is the property with exactly this key, which may hold dots, as those of labels do.
func (v Value) Field(key string) Value {
	field := v
	if v.kind != unknown {
		field = v.fields[key]
		field.secret = field.secret || v.secret
	}
	field.path = v.path + "[" + key + "]"
	return field
}

// Select is every value at a path in which `[]` goes into the elements of a list, such
// as `subnetMappings[].subnetId`. A list or object on the way that is unknown gives one
// unknown value; one that is absent gives none.
func (v Value) Select(path string) []Value {
	head, tail, found := strings.Cut(path, "[]")
	at := v
	if head != "" {
		at = v.Get(strings.TrimPrefix(head, "."))
	}
	if !found {
		if at.IsAbsent() {
			return nil
		}
		return []Value{at}
	}
	if at.kind == unknown {
		return []Value{at}
	}
	var selected []Value
	for _, item := range at.each() {
		selected = append(selected, item.Select(tail)...)
	}
	return selected
}

// Each asks of every element of a list; an unknown list gives an unknown verdict, an
// absent or empty one is not applicable.
func (v Value) Each(check func(Value) Verdict) Verdict {
	if v.kind == unknown {
		return NotKnown(v)
	}
	verdicts := make([]Verdict, 0, len(v.items))
	for _, item := range v.each() {
		verdicts = append(verdicts, check(item))
	}
	return All(verdicts...)
}

// each is the elements with their paths and the list's secrecy.
func (v Value) each() []Value {
	items := make([]Value, len(v.items))
	for i, item := range v.items {
		item.secret = item.secret || v.secret
		item.path = v.path + "[" + strconv.Itoa(i) + "]"
		items[i] = item
	}
	return items
}

// Want is the verdict on one value: unknown if it is, passed if ok says so, and
// otherwise failed, with the problem and how to fix it. ok is also asked of an absent
// value, so that each rule says what absence means.
func (v Value) Want(ok func(Value) bool, problem, fix string) Verdict {
	switch {
	case v.kind == unknown:
		return NotKnown(v)
	case ok(v):
		return Passed()
	}
	return Failed(problem, fix)
}

// Named is the condition that the value names something, for Choose: passed also while the
// name is not known, but not if what contains it is not.
func (v Value) Named() Verdict { return v.given(IsSet) }

// Given is the condition that the property is set; otherwise as Named.
func (v Value) Given() Verdict { return v.given(func(v Value) bool { return !v.IsAbsent() }) }

func (v Value) given(ok func(Value) bool) Verdict {
	if ok(v) && !v.below {
		return Passed()
	}
	return v.Holds(ok)
}

// Holds is the condition that ok accepts the value, for Choose.
func (v Value) Holds(ok func(Value) bool) Verdict { return v.Want(ok, "", "") }

// String shows the value in a message. Secrets are masked.
func (v Value) String() string {
	switch {
	case v.secret:
		return "[secret]"
	case v.IsAbsent():
		return "not set"
	case v.kind == unknown:
		return "[not known yet]"
	case v.kind == boolean:
		return strconv.FormatBool(v.flag)
	case v.kind == number:
		return strconv.FormatFloat(v.num, 'f', -1, 64)
	case v.kind == text:
		return strconv.Quote(v.str)
	case v.kind == list:
		return fmt.Sprintf("a list of %d", len(v.items))
	}
	return "an object"
}

// The predicates below are for Want.

// Is accepts the given strings.
func Is(allowed ...string) func(Value) bool {
	return func(v Value) bool {
		for _, a := range allowed {
			if s, ok := v.Text(); ok && s == a {
				return true
			}
		}
		return false
	}
}

// IsTrue accepts true, and not absence.
func IsTrue(v Value) bool { b, ok := v.Bool(); return ok && b }

// IsFalse accepts false, and not absence.
func IsFalse(v Value) bool { b, ok := v.Bool(); return ok && !b }

// NotTrue accepts false and absence.
func NotTrue(v Value) bool { return v.IsAbsent() || IsFalse(v) }

// NotFalse accepts true and absence.
func NotFalse(v Value) bool { return v.IsAbsent() || IsTrue(v) }

// IsSet accepts a text that is not empty, and what is not known: nothing else is a name.
func IsSet(v Value) bool {
	name, _ := v.Text()
	return name != "" || v.IsUnknown()
}

// IsObject accepts an object, be it empty, and what is not known.
func IsObject(v Value) bool { return v.kind == object || v.IsUnknown() }

// IsBlock accepts an object with something in it, and what is not known.
func IsBlock(v Value) bool { return len(v.Keys()) > 0 || v.IsUnknown() }

// AtLeast accepts numbers from n up.
func AtLeast(n float64) func(Value) bool {
	return func(v Value) bool { got, ok := v.Number(); return ok && got >= n }
}

// OrAbsent accepts absence as well.
func OrAbsent(ok func(Value) bool) func(Value) bool {
	return func(v Value) bool { return v.IsAbsent() || ok(v) }
}

// Plain is the value as encoding/json would give it, without what is null in an object. It
// reports false if anything in it is not known.
func Plain(v Value) (plain any, known bool) {
	known = true
	switch v.kind {
	case unknown:
		return nil, false
	case boolean:
		return v.flag, true
	case number:
		return v.num, true
	case text:
		return v.str, true
	case list:
		items := make([]any, len(v.items))
		for i, item := range v.items {
			element, ok := Plain(item)
			items[i], known = element, known && ok
		}
		return items, known
	case object:
		fields := make(map[string]any, len(v.fields))
		for key, field := range v.fields {
			if field.IsAbsent() {
				continue
			}
			element, ok := Plain(field)
			fields[key], known = element, known && ok
		}
		return fields, known
	}
	return nil, true
}
