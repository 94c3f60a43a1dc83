// Package fielderr collects everything that is wrong with a user's input, each
// problem under the path of the field as the user wrote it, and returns it as one
// error.
//
// A List is used while validating and asked for its error once at the end:
//
//	var errs fielderr.List
//	if args.CidrBlock == "" {
//		errs.Required("cidrBlock")
//	}
//	nat := errs.At("nat")
//	nat.Unsupported("strategy", args.Nat.Strategy, "None", "Single", "PerZone")
//	return errs.Err(`network.Vpc "main"`)
package fielderr

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	pulumierrors "github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"
)

// Problem is one thing that is wrong, at one field.
type Problem struct {
	// Path is the field's path in the user's own spelling, such as `nat.strategy`
	// or `listeners.https.rules.api.priority`.
	Path string
	// Reason says what is wrong, with the value and what is allowed.
	Reason string
}

// List collects problems. The zero value is ready to use. A List made by At writes
// into the list it was made from.
type List struct {
	prefix   string
	root     *List
	problems []Problem
}

// At returns a view of the list whose paths are all under the given elements.
func (l *List) At(elements ...string) *List {
	return &List{prefix: Join(append([]string{l.prefix}, elements...)...), root: l.top()}
}

// Required reports that a field is missing.
func (l *List) Required(path string) { l.add(path, "is required") }

// Invalid reports a value that cannot be used and why. The value is shown, so it
// must not be a secret.
func (l *List) Invalid(path string, value any, why string, args ...any) {
	l.add(path, fmt.Sprintf("%s: %s", show(value), fmt.Sprintf(why, args...)))
}

// Unsupported reports a value that is not one of the allowed ones.
func (l *List) Unsupported(path string, value any, allowed ...string) {
	l.add(path, fmt.Sprintf("%s is not supported; allowed: %s", show(value), strings.Join(allowed, ", ")))
}

// OneOf reports a text that is not one of the allowed ones; "" is shown in quotes.
func OneOf[T ~string](errs *List, path string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = cmp.Or(string(a), `""`)
	}
	errs.Unsupported(path, value, names...)
}

// Conflict reports two fields that cannot be set together.
func (l *List) Conflict(path, other, why string) {
	l.add(path, fmt.Sprintf("conflicts with %s: %s", Join(l.prefix, other), why))
}

// Add reports a problem in the caller's own words.
func (l *List) Add(path, reason string, args ...any) { l.add(path, fmt.Sprintf(reason, args...)) }

// Problems returns what was found, sorted by path, then reason, without repeats.
func (l *List) Problems() []Problem {
	sorted := append([]Problem(nil), l.top().problems...)
	sort.Slice(sorted, func(i, j int) bool {
		if sorted[i].Path != sorted[j].Path {
			return sorted[i].Path < sorted[j].Path
		}
		return sorted[i].Reason < sorted[j].Reason
	})
	unique := sorted[:0]
	for i, p := range sorted {
		if i == 0 || p != sorted[i-1] {
			unique = append(unique, p)
		}
	}
	return unique
}

// Err returns nil if nothing was reported, and otherwise one *Error about subject.
func (l *List) Err(subject string) error {
	problems := l.Problems()
	if len(problems) == 0 {
		return nil
	}
	return &Error{Subject: subject, Problems: problems}
}

func (l *List) top() *List {
	if l.root != nil {
		return l.root
	}
	return l
}

func (l *List) add(path, reason string) {
	top := l.top()
	top.problems = append(top.problems, Problem{Path: Join(l.prefix, path), Reason: reason})
}

// Error is one or more problems of one subject. It unwraps to the Pulumi SDK's
// InputPropertiesError, so programs in other languages get the property paths too.
type Error struct {
	// Subject names what was being validated, such as `network.Vpc "main"`.
	Subject string
	// Problems are sorted by path.
	Problems []Problem
}

// Error prints a line for each problem.
func (e *Error) Error() string {
	var b strings.Builder
	noun := "problems"
	if len(e.Problems) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "%s: %d %s", e.Subject, len(e.Problems), noun)
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n  %s: %s", p.Path, p.Reason)
	}
	return b.String()
}

// Unwrap gives the SDK's form of the same error.
func (e *Error) Unwrap() error {
	details := make([]pulumierrors.InputPropertyErrorDetails, len(e.Problems))
	for i, p := range e.Problems {
		details[i] = pulumierrors.InputPropertyErrorDetails{PropertyPath: p.Path, Reason: p.Reason}
	}
	return pulumierrors.NewInputPropertiesError(e.Subject, details...)
}

// Join makes a path of its elements, leaving out empty ones. Elements made by Index
// and Key join without a dot.
func Join(elements ...string) string {
	var b strings.Builder
	for _, e := range elements {
		if b.Len() > 0 && e != "" && !strings.HasPrefix(e, "[") {
			b.WriteByte('.')
		}
		b.WriteString(e)
	}
	return b.String()
}

// Index is the path element of a list position.
func Index(i int) string { return fmt.Sprintf("[%d]", i) }

// Key is the path element of a map key, quoted where a plain one would be ambiguous.
func Key(key string) string {
	if key == "" || strings.ContainsAny(key, ".[]\"") {
		return fmt.Sprintf("[%q]", key)
	}
	return key
}

// show prints strings quoted, named string types (enums) too, and the rest plainly.
func show(value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		return strconv.Quote(v.String())
	}
	return fmt.Sprint(value)
}
