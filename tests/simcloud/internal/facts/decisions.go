package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// verdict is what the provider's code makes of a change of a property, where the schema alone does not say.
type verdict int

const (
	bySchema verdict = iota
	keeps            // what exists stays as it is
	same             // what exists is what is wanted, written otherwise
	replaces
)

// decision judges a change of a property. It is only asked if there is one.
type decision func(property string, state, news map[string]any) verdict

// decisions are the ways in which the provider decides, by the first word of an entry of the overlay; the other words are its arguments.
var decisions = map[string]func(args []string) decision{
	// removable: a program may take the property back, which changes nothing.
	"removable": func([]string) decision {
		return func(name string, _, news map[string]any) verdict {
			if news[name] == nil {
				return keeps
			}
			return bySchema
		}
	},
	// outgrown LIMIT: what exists may be larger than what is wanted, if LIMIT allows it to grow.
	"outgrown": func(args []string) decision {
		return func(name string, state, news map[string]any) verdict {
			have, _ := state[name].(float64)
			want, _ := news[name].(float64)
			limit, _ := news[args[0]].(float64)
			if have > want && limit > want {
				return keeps
			}
			return bySchema
		}
	},
	// alongside PROPERTY: AWS adds the other property's value to a list, which is the same list with and without it.
	"alongside": func(args []string) decision {
		return func(name string, state, news map[string]any) verdict {
			want, given := news[name].([]any)
			have, _ := state[name].([]any)
			if given && sameElements(have, append([]any{news[args[0]]}, want...)) {
				return same
			}
			return bySchema
		}
	},
	// replacesService PROPERTY: an ARN in the block that is of another service, or is not known yet, replaces.
	"replacesService": func(args []string) decision {
		return func(name string, state, news map[string]any) verdict {
			if serviceOf(state[name], args[0]) != serviceOf(news[name], args[0]) {
				return replaces
			}
			return bySchema
		}
	},
	// replacesUnless A>B: every change replaces but the one from A to B.
	"replacesUnless": func(args []string) decision {
		from, to, _ := strings.Cut(args[0], ">")
		return func(name string, state, news map[string]any) verdict {
			if state[name] == from && news[name] == to {
				return bySchema
			}
			return replaces
		}
	},
	// replacesFrom A>B: the change from A to B replaces.
	"replacesFrom": func(args []string) decision {
		from, to, _ := strings.Cut(args[0], ">")
		return func(name string, state, news map[string]any) verdict {
			if state[name] == from && news[name] == to {
				return replaces
			}
			return bySchema
		}
	},
	// replacesWhere PROPERTY VALUE...: a change replaces if the other property has one of the values.
	"replacesWhere": func(args []string) decision {
		return func(_ string, state, _ map[string]any) verdict {
			if text, ok := state[args[0]].(string); ok && slices.Contains(args[1:], text) {
				return replaces
			}
			return bySchema
		}
	},
	// replacesBelow PROPERTY VERSION: a change replaces if the other property is an older version.
	"replacesBelow": func(args []string) decision {
		return func(_ string, state, _ map[string]any) verdict {
			if have, ok := state[args[0]].(string); ok && older(have, args[1]) {
				return replaces
			}
			return bySchema
		}
	},
	// replacesDown: going to an older version replaces.
	"replacesDown": func([]string) decision {
		return func(name string, state, news map[string]any) verdict {
			have, _ := state[name].(string)
			if actual, ok := state[name+"Actual"].(string); ok && strings.HasSuffix(have, "x") {
				have = actual
			}
			if want, ok := news[name].(string); ok && older(want, have) {
				return replaces
			}
			return bySchema
		}
	},
}

func decide(words string) (decision, error) {
	fields := strings.Fields(words)
	if len(fields) == 0 || decisions[fields[0]] == nil {
		return nil, fmt.Errorf("unknown decision %q", words)
	}
	return decisions[fields[0]](fields[1:]), nil
}

// settle applies the type's decisions to a plan.
func (t *Type) settle(d *Delta, state, news map[string]any) {
	for name, judge := range t.decisions {
		for path := range d.Changes {
			if root(path) != name {
				continue
			}
			switch judge(name, state, news) {
			case keeps, same:
				delete(d.Changes, path)
				delete(d.Replace, path)
			case replaces:
				d.Replace[path] = true
			}
		}
	}
}

// kept lists the properties that stay as they are whatever the program says.
func (t *Type) kept(state, news map[string]any) []string {
	var out []string
	for name, judge := range t.decisions {
		if v := judge(name, state, news); state[name] != nil && (v == keeps || v == same) {
			out = append(out, name)
		}
	}
	return out
}

// unchanged says whether the provider takes what exists for what the program wrote.
func (t *Type) unchanged(name string, state, olds map[string]any) bool {
	judge := t.decisions[name]
	return judge != nil && judge(name, state, olds) == same
}

func sameElements(a, b []any) bool {
	return slices.Equal(elements(a), elements(b))
}

// elements are the different values of a list in a fixed order.
func elements(list []any) []string {
	var out []string
	for _, v := range list {
		out = append(out, mustJSON(v))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// serviceOf is the service in an ARN of a block; "" if it is not known.
func serviceOf(block any, property string) string {
	props, _ := block.(map[string]any)
	arn, _ := props[property].(string)
	parts := strings.SplitN(arn, ":", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

func root(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// older compares dotted versions number by number, as far as both go; an "x" stands for the latest.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range min(len(a), len(b)) {
		m, errA := strconv.Atoi(a[i])
		n, errB := strconv.Atoi(b[i])
		if errA != nil || errB != nil {
			return false
		}
		if m != n {
			return m < n
		}
	}
	return false
}
