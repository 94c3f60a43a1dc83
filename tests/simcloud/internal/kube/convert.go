package kube

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

func read(props *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(props, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: false})
}

func send(props resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(props, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: false})
}

// toTree makes plain values of properties; secrets become what is in them.
func toTree(props resource.PropertyMap) tree {
	out := tree{}
	for name, v := range props {
		out[string(name)] = toValue(v)
	}
	return out
}

func toValue(v resource.PropertyValue) any {
	switch {
	case v.IsNull():
		return nil
	case v.IsBool():
		return v.BoolValue()
	case v.IsNumber():
		return v.NumberValue()
	case v.IsString():
		return v.StringValue()
	case v.IsSecret():
		return toValue(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return Unknown{}
		}
		return toValue(v.OutputValue().Element)
	case v.IsArray():
		out := make([]any, 0, len(v.ArrayValue()))
		for _, e := range v.ArrayValue() {
			out = append(out, toValue(e))
		}
		return out
	case v.IsObject():
		return map[string]any(toTree(v.ObjectValue()))
	}
	return Unknown{}
}

func toProps(t map[string]any) resource.PropertyMap {
	out := resource.PropertyMap{}
	for name, v := range t {
		out[resource.PropertyKey(name)] = toProp(v)
	}
	return out
}

func toProp(v any) resource.PropertyValue {
	switch v := v.(type) {
	case Unknown:
		return resource.MakeComputed(resource.NewProperty(""))
	case map[string]any:
		return resource.NewProperty(toProps(v))
	case []any:
		out := make([]resource.PropertyValue, 0, len(v))
		for _, e := range v {
			out = append(out, toProp(e))
		}
		return resource.NewProperty(out)
	case string:
		return resource.NewProperty(v)
	case float64:
		return resource.NewProperty(v)
	case bool:
		return resource.NewProperty(v)
	}
	return resource.NewNullProperty()
}

// keepSecrets marks in the outputs what was secret in the inputs. A list with a secret in it is secret as a whole, since elements move.
func keepSecrets(outs, ins resource.PropertyMap) {
	for name, out := range outs {
		in, ok := ins[name]
		switch {
		case !ok || out.IsSecret():
		case out.IsObject() && in.IsObject():
			keepSecrets(out.ObjectValue(), in.ObjectValue())
		case in.ContainsSecrets():
			outs[name] = resource.MakeSecret(out)
		}
	}
	// The API server encodes what was given as plain text.
	if plain, ok := ins["stringData"]; ok && plain.ContainsSecrets() {
		if data, ok := outs["data"]; ok && !data.IsSecret() {
			outs["data"] = resource.MakeSecret(data)
		}
	}
}
