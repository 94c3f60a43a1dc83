package simcloud

import (
	"fmt"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

type wireStruct = structpb.Struct

// decode turns properties from the wire into plain values: secrets and outputs are unwrapped, what is not known becomes facts.Unknown.
func decode(s *wireStruct) (map[string]any, error) {
	out := make(map[string]any, len(s.GetFields()))
	for key, value := range s.GetFields() {
		decoded, err := decodeValue(key, value)
		if err != nil {
			return nil, fmt.Errorf("decode property %s: %w", key, err)
		}
		out[key] = decoded
	}
	return out, nil
}

// decodeValue takes the short way for plain values, which nearly all are: half of the cloud's time would go into the SDK's own decoding.
func decodeValue(key string, v *structpb.Value) (any, error) {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if unknowns[kind.StringValue] {
			return facts.Unknown{}, nil
		}
		return kind.StringValue, nil
	case *structpb.Value_NumberValue:
		return kind.NumberValue, nil
	case *structpb.Value_BoolValue:
		return kind.BoolValue, nil
	case *structpb.Value_ListValue:
		out := make([]any, len(kind.ListValue.GetValues()))
		for i, e := range kind.ListValue.GetValues() {
			var err error
			if out[i], err = decodeValue(key, e); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *structpb.Value_StructValue:
		if _, special := kind.StructValue.GetFields()[resource.SigKey]; !special {
			return decode(kind.StructValue)
		}
		options := plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true}
		value, err := plugin.UnmarshalPropertyValue(resource.PropertyKey(key), v, options)
		if err != nil || value == nil {
			return nil, err
		}
		return plain(*value), nil
	}
	return nil, nil
}

// unknowns stand on the wire for what is not known.
var unknowns = map[string]bool{
	plugin.UnknownBoolValue: true, plugin.UnknownNumberValue: true, plugin.UnknownStringValue: true, plugin.UnknownArrayValue: true,
	plugin.UnknownAssetValue: true, plugin.UnknownArchiveValue: true, plugin.UnknownObjectValue: true,
}

func plainMap(props resource.PropertyMap) map[string]any {
	out := make(map[string]any, len(props))
	for k, v := range props {
		out[string(k)] = plain(v)
	}
	return out
}

func plain(v resource.PropertyValue) any {
	switch {
	case v.IsNull():
		return nil
	case v.IsBool():
		return v.BoolValue()
	case v.IsNumber():
		return v.NumberValue()
	case v.IsString():
		return v.StringValue()
	case v.IsComputed():
		return facts.Unknown{}
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return facts.Unknown{}
		}
		return plain(v.OutputValue().Element)
	case v.IsArray():
		out := make([]any, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			out[i] = plain(e)
		}
		return out
	case v.IsObject():
		return plainMap(v.ObjectValue())
	case v.IsResourceReference():
		id := v.ResourceReferenceValue().ID
		return plain(id)
	}
	return v // assets and archives pass through
}

// encode turns plain values into properties for the wire. secrets names the properties to mark, if the engine takes marks.
func encode(values map[string]any, secrets []string) (*wireStruct, error) {
	props := wireMap(values)
	for _, name := range secrets {
		if v, ok := props[resource.PropertyKey(name)]; ok && !v.IsNull() && !v.IsComputed() {
			props[resource.PropertyKey(name)] = resource.MakeSecret(v)
		}
	}
	out, err := plugin.MarshalProperties(props, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		return nil, fmt.Errorf("encode properties: %w", err)
	}
	return out, nil
}

func wireMap(values map[string]any) resource.PropertyMap {
	out := make(resource.PropertyMap, len(values))
	for k, v := range values {
		out[resource.PropertyKey(k)] = wire(v)
	}
	return out
}

func wire(v any) resource.PropertyValue {
	switch v := v.(type) {
	case facts.Unknown:
		return resource.MakeComputed(resource.NewProperty(""))
	case resource.PropertyValue:
		return v
	case []any:
		out := make([]resource.PropertyValue, len(v))
		for i, e := range v {
			out[i] = wire(e)
		}
		return resource.NewProperty(out)
	case map[string]any:
		return resource.NewProperty(wireMap(v))
	}
	return resource.NewPropertyValue(v)
}
