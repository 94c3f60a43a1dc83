package facts

import (
	"fmt"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// DefaultsKey is the input that lists which of its siblings a default filled in. The engine hides it from users and policies.
const DefaultsKey = "__defaults"

// Naming is what the engine tells about naming a resource.
type Naming struct {
	// Logical is the resource's name in its URN.
	Logical string
	// Seed makes the random part repeatable.
	Seed []byte
	// Proposed is a name configured by the user's pulumi:autonaming; Enforced takes it as it is, Disabled forbids generated names.
	Proposed           string
	Enforced, Disabled bool
}

// ApplyDefaults fills in the provider's defaults and the automatic name, in place. olds are the inputs of the last deployment: a name
// that was generated then is kept.
func (t *Type) ApplyDefaults(inputs, olds map[string]any, naming Naming) error {
	if t.Name != nil {
		if err := t.autoName(inputs, olds, naming); err != nil {
			return err
		}
	}
	fillDefaults(t.Properties, inputs, true)
	return nil
}

func (t *Type) autoName(inputs, olds map[string]any, naming Naming) error {
	n := t.Name
	p := t.Properties[n.Property]
	if p == nil || inputs[n.Property] != nil {
		return nil
	}
	for _, rel := range p.Conflicts {
		if given(inputs, strings.TrimPrefix(rel, "./")) {
			return nil
		}
	}
	old, hadOld := olds[n.Property].(string)
	switch {
	case hadOld && !given(olds, n.Property):
		inputs[n.Property] = old
	case naming.Disabled:
		return fmt.Errorf("automatic naming is disabled but the resource has no %s", n.Property)
	case naming.Enforced:
		inputs[n.Property] = naming.Proposed
	default:
		name, err := n.generate(naming, inputs)
		if err != nil {
			return fmt.Errorf("could not make instance of '%s': %w", t.Token, err)
		}
		inputs[n.Property] = name
	}
	markDefault(inputs, n.Property)
	return nil
}

func (n *AutoName) generate(naming Naming, inputs map[string]any) (string, error) {
	name := naming.Logical
	if naming.Proposed != "" {
		name = naming.Proposed
	}
	if n.Lower {
		name = strings.ToLower(name)
	}
	if n.Random >= 0 && naming.Proposed == "" {
		digits := n.Random
		if digits == 0 {
			digits = 7
		}
		// A name that does not fit is an error, as in the provider: it does not shorten names.
		unique, err := resource.NewUniqueName(naming.Seed, name+n.Separator, digits, n.Max, nil)
		if err != nil {
			return "", err
		}
		name = unique
	}
	if !strings.HasPrefix(name, n.Prefix) {
		name = n.Prefix + name
	}
	for flag, suffix := range n.Suffix {
		if inputs[flag] == true {
			name += suffix
		}
	}
	return name, nil
}

func fillDefaults(level map[string]*Property, value map[string]any, top bool) {
	for _, name := range sortedKeys(level) {
		p := level[name]
		if v := value[name]; v != nil {
			descend(p, v)
			continue
		}
		if p.Default == nil || top && !p.Input || blocked(p, name, value) {
			continue
		}
		if d, ok := scalar(p.Kind, p.Default); ok {
			value[name] = d
			markDefault(value, name)
		}
	}
	if _, ok := value[DefaultsKey]; !ok {
		value[DefaultsKey] = []any{}
	}
}

// blocked says that a default must stay out because the program chose an alternative to the property.
func blocked(p *Property, name string, value map[string]any) bool {
	for _, group := range [][]string{p.Conflicts, p.ExactlyOne} {
		for _, rel := range group {
			if other := strings.TrimPrefix(rel, "./"); other != name && given(value, other) {
				return true
			}
		}
	}
	return false
}

func descend(p *Property, v any) {
	switch v := v.(type) {
	case map[string]any:
		if p.Kind == Object && p.Nested != nil {
			fillDefaults(p.Nested, v, false)
		}
	case []any:
		for _, e := range v {
			if p.Elem != nil {
				descend(p.Elem, e)
			}
		}
	}
}

func markDefault(value map[string]any, name string) {
	list, _ := value[DefaultsKey].([]any)
	list = append(list, name)
	sort.Slice(list, func(i, j int) bool { return fmt.Sprint(list[i]) < fmt.Sprint(list[j]) })
	value[DefaultsKey] = list
}

// StripDefaults removes the bookkeeping of defaults, deeply, in place.
func StripDefaults(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, DefaultsKey)
		for _, e := range v {
			StripDefaults(e)
		}
	case []any:
		for _, e := range v {
			StripDefaults(e)
		}
	}
}
