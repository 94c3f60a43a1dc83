// Package base is what every component's constructor does the same way.
package base

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LogRetention are the numbers of days for which CloudWatch keeps logs.
var LogRetention = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Register registers a component with the plain part of its args as inputs, so that
// the state and the policies see the shape that was asked for. Args that are Pulumi
// inputs are left out: a component's children wait for the component's inputs, and
// must wait for nothing that they do not use.
func Register(
	ctx *pulumi.Context, token, name string, component pulumi.ComponentResource, args any, opts ...pulumi.ResourceOption,
) error {
	inputs, _ := plain(reflect.ValueOf(args)).(pulumi.Map)
	if err := ctx.RegisterComponentResourceV2(token, name, inputs, component, opts...); err != nil {
		return fmt.Errorf("register %s %q: %w", token, name, err)
	}
	return nil
}

// Tags are a child's tags: the component's own, over the user's, over its Name.
func Tags(name string, user map[string]string, own map[string]string) pulumi.StringMap {
	tags := pulumi.StringMap{"Name": pulumi.String(name)}
	for _, layer := range []map[string]string{user, own} {
		for key, value := range layer {
			tags[key] = pulumi.String(value)
		}
	}
	return tags
}

// Merge joins maps; later ones win. The result is a copy.
func Merge[K comparable, V any](layers ...map[K]V) map[K]V {
	merged := map[K]V{}
	for _, layer := range layers {
		maps.Copy(merged, layer)
	}
	return merged
}

// Default sets a field that was left at its zero value.
func Default[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// DefaultRef sets an optional field that was left out.
func DefaultRef[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// CopyOf is a copy that defaults may be written into, also of nil.
func CopyOf[T any](args *T) *T {
	c := new(T)
	if args != nil {
		*c = *args
	}
	return c
}

// SortedKeys are the keys of a map in the order in which children are registered.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Optional is a text that may be left out, as resources take it.
func Optional(value pulumi.StringInput) pulumi.StringPtrInput {
	if value == nil {
		return nil
	}
	return value.ToStringOutput().ToStringPtrOutput()
}

// Actions are ARNs in the form in which an alarm takes what it tells.
func Actions(arns pulumi.StringArrayInput) pulumi.ArrayOutput {
	return arns.ToStringArrayOutput().ApplyT(func(arns []string) []any {
		list := make([]any, len(arns))
		for i, arn := range arns {
			list[i] = arn
		}
		return list
	}).(pulumi.ArrayOutput)
}

// plain turns structs with `pulumi` tags into a map, leaving out what is unset and
// what is a Pulumi input. It returns nil for what cannot be shown plainly.
func plain(v reflect.Value) pulumi.Input {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() || isInput(v) {
			return nil
		}
		v = v.Elem()
	}
	if !v.IsValid() || isInput(v) {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if v.Len() == 0 {
			return nil
		}
		return pulumi.String(v.String())
	case reflect.Bool:
		return pulumi.Bool(v.Bool())
	case reflect.Int, reflect.Int64, reflect.Int32:
		return pulumi.Int(int(v.Int()))
	case reflect.Float64, reflect.Float32:
		return pulumi.Float64(v.Float())
	case reflect.Slice:
		list := pulumi.Array{}
		for i := range v.Len() {
			if item := plain(v.Index(i)); item != nil {
				list = append(list, item)
			}
		}
		if len(list) == 0 {
			return nil
		}
		return list
	case reflect.Map:
		m := pulumi.Map{}
		for _, key := range v.MapKeys() {
			if item := plain(v.MapIndex(key)); item != nil {
				m[key.String()] = item
			}
		}
		if len(m) == 0 {
			return nil
		}
		return m
	case reflect.Struct:
		m := pulumi.Map{}
		for i := range v.NumField() {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("pulumi"), ",")
			if tag == "" {
				continue
			}
			if item := plain(v.Field(i)); item != nil {
				m[tag] = item
			}
		}
		return m
	}
	return nil
}

func isInput(v reflect.Value) bool {
	if !v.CanInterface() {
		return true
	}
	_, ok := v.Interface().(pulumi.Input)
	return ok
}
