// Package latency knows how long AWS and its Pulumi provider take for an operation, by
// resource type. The numbers are in latency.json, each with a grade that says what it
// rests on. The simulated cloud's clock and the estimate of a deploy both read them here.
package latency

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

//go:embed latency.json
var latencyJSON []byte

// Op is what is done to a resource.
type Op string

// The operations that take time of their own.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
	Read   Op = "read"
)

// Estimate is how long one operation takes, in seconds.
type Estimate struct {
	// P50 is as often exceeded as not; Low and High are the fastest and the slowest seen.
	P50  float64 `json:"p50"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Grade says what the numbers rest on: A, B, C and D as Table.Grades explains, "?" if
	// the table has no such type.
	Grade string `json:"grade"`
}

// Table knows how long operations take, by resource type.
type Table struct {
	// About and Grades explain the table to its readers.
	About  string            `json:"about"`
	Grades map[string]string `json:"grades"`
	// Read is for resources that a program only looks up, Update for types that name no
	// figure of their own.
	Read   Estimate `json:"read"`
	Update Estimate `json:"update"`
	Rows   []Row    `json:"rows"`
	// Classes are for types without a row. The last one takes every type.
	Classes []Class `json:"classes"`

	rows map[string]*Row
}

// Row is what types that behave alike have in common.
type Row struct {
	Types  []string  `json:"types"`
	Note   string    `json:"note,omitempty"`
	Create Estimate  `json:"create"`
	Update *Estimate `json:"update,omitempty"`
	Delete Estimate  `json:"delete"`
	When   []When    `json:"when,omitempty"`
}

// When replaces a row's figures if all its conditions hold.
type When struct {
	If     []Condition `json:"if"`
	Create *Estimate   `json:"create,omitempty"`
	Update *Estimate   `json:"update,omitempty"`
	Delete *Estimate   `json:"delete,omitempty"`
}

// Condition is about one property: what its value Is, that a number is AtLeast so much,
// that it is Set or not, or that an update Changed it.
type Condition struct {
	// Property is a path, such as "scalingConfig.desiredSize".
	Property string   `json:"property,omitempty"`
	Is       any      `json:"is,omitempty"`
	AtLeast  *float64 `json:"atLeast,omitempty"`
	Set      *bool    `json:"set,omitempty"`
	Changed  string   `json:"changed,omitempty"`
}

// Class holds the figures that are assumed for types without a row.
type Class struct {
	Class  string   `json:"class"`
	About  string   `json:"about"`
	Names  []string `json:"names,omitempty"` // last parts of type tokens; none is all
	Create Estimate `json:"create"`
	Update Estimate `json:"update"`
	Delete Estimate `json:"delete"`
}

// Default is the table that comes with this package.
var Default = sync.OnceValue(func() *Table {
	table, err := ReadTable(latencyJSON)
	if err != nil {
		panic(err) // the table is part of the program, and a test reads it
	}
	return table
})

// ReadTable reads a table in the form of latency.json.
func ReadTable(text []byte) (*Table, error) {
	var t Table
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return nil, fmt.Errorf("read the latency table: %w", err)
	}
	if len(t.Classes) == 0 || len(t.Classes[len(t.Classes)-1].Names) > 0 {
		return nil, fmt.Errorf("read the latency table: no class is for every type")
	}
	t.rows = map[string]*Row{}
	for i := range t.Rows {
		for _, typ := range t.Rows[i].Types {
			if t.rows[typ] != nil {
				return nil, fmt.Errorf("read the latency table: %s has two rows", typ)
			}
			t.rows[typ] = &t.Rows[i]
		}
	}
	return &t, nil
}

// Estimate is how long an operation on a resource of a type takes that has these inputs
// and, if it is an update, changes these properties. The class is that of a type without
// a row, or empty.
func (t *Table) Estimate(typ string, op Op, inputs map[string]any, changed []string) (estimate Estimate, class string) {
	row := t.rows[typ]
	switch {
	case op == Read:
		return t.Read, ""
	case row == nil:
		name := typ[strings.LastIndex(typ, ":")+1:]
		for _, c := range t.Classes {
			if len(c.Names) == 0 || slices.Contains(c.Names, name) {
				return *pick(op, &c.Create, &c.Update, &c.Delete), c.Class
			}
		}
	}
	for _, when := range row.When {
		special := pick(op, when.Create, when.Update, when.Delete)
		if special != nil && !slices.ContainsFunc(when.If, func(c Condition) bool { return !c.holds(inputs, changed) }) {
			return *special, ""
		}
	}
	update := &t.Update
	if row.Update != nil {
		update = row.Update
	}
	return *pick(op, &row.Create, update, &row.Delete), ""
}

func pick(op Op, create, update, del *Estimate) *Estimate {
	switch op {
	case Update:
		return update
	case Delete:
		return del
	default:
		return create
	}
}

func (c Condition) holds(inputs map[string]any, changed []string) bool {
	if c.Changed != "" {
		return slices.ContainsFunc(changed, func(path string) bool {
			rest, found := strings.CutPrefix(path, c.Changed)
			return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
		})
	}
	var value any = inputs
	for _, key := range strings.Split(c.Property, ".") {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	number, isNumber := toNumber(value)
	switch {
	case c.Set != nil:
		empty := value == nil
		if v := reflect.ValueOf(value); !empty && (v.Kind() == reflect.Slice || v.Kind() == reflect.Map || v.Kind() == reflect.String) {
			empty = v.Len() == 0
		}
		return *c.Set != empty
	case c.AtLeast != nil:
		return isNumber && number >= *c.AtLeast
	default:
		if want, ok := c.Is.(float64); ok {
			return isNumber && number == want
		}
		return reflect.DeepEqual(value, c.Is)
	}
}

func toNumber(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}
