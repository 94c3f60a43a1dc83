package pack

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

// apply sets one property in the wire form of a resource's properties, and reports
// whether it could: not below something that is not known or not an object.
func apply(properties *structpb.Struct, patch rule.Patch) bool {
	value, err := structpb.NewValue(patch.Value)
	if err != nil || properties == nil {
		return false
	}
	at := properties
	keys := strings.Split(patch.Path, ".")
	for _, key := range keys[:len(keys)-1] {
		next, ok := at.GetFields()[key]
		if _, null := next.GetKind().(*structpb.Value_NullValue); !ok || null {
			next = structpb.NewStructValue(&structpb.Struct{})
			set(at, key, next)
		}
		if at = unwrap(next.GetStructValue()); at == nil {
			return false
		}
	}
	set(at, keys[len(keys)-1], value)
	return true
}

// set sets a field. The provider keeps a list of the fields that it filled in itself;
// this one is no longer one of them.
func set(at *structpb.Struct, key string, value *structpb.Value) {
	if at.Fields == nil {
		at.Fields = map[string]*structpb.Value{}
	}
	at.Fields[key] = value
	if defaults := at.Fields["__defaults"].GetListValue(); defaults != nil {
		defaults.Values = slices.DeleteFunc(defaults.Values, func(v *structpb.Value) bool { return v.GetStringValue() == key })
	}
}

// unwrap goes into a secret or output; nil if there is no object in it.
func unwrap(s *structpb.Struct) *structpb.Struct {
	for s != nil {
		kind, wrapped := s.GetFields()[sig.Key]
		if !wrapped {
			return s
		}
		if k := kind.GetStringValue(); k != sig.Secret && k != sig.OutputValue {
			return nil
		}
		s = s.GetFields()["value"].GetStructValue()
	}
	return nil
}
