package pack

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/plinth-iac/plinth/policies/rule"
)

// fields decodes a resource's properties, once for all rules.
func fields(s *structpb.Struct) rule.Fields {
	decoded := make(rule.Fields, len(s.GetFields()))
	for key, v := range s.GetFields() {
		if strings.HasPrefix(key, "__") {
			continue // the provider's own bookkeeping
		}
		decoded[key] = value(v)
	}
	return decoded
}

func value(v *structpb.Value) rule.Value {
	switch v := v.GetKind().(type) {
	case *structpb.Value_BoolValue:
		return rule.Of(v.BoolValue)
	case *structpb.Value_NumberValue:
		return rule.Of(v.NumberValue)
	case *structpb.Value_StringValue:
		if isUnknown(v.StringValue) {
			return rule.Of(rule.Computed{})
		}
		return rule.Of(v.StringValue)
	case *structpb.Value_ListValue:
		items := make([]rule.Value, len(v.ListValue.GetValues()))
		for i, item := range v.ListValue.GetValues() {
			items[i] = value(item)
		}
		return rule.Of(items)
	case *structpb.Value_StructValue:
		return object(v.StructValue)
	}
	return rule.Of(nil)
}

// redacted is what the engine gives for a secret of any type that it cannot decrypt, as in
// a state that was exported elsewhere.
const redacted = "[secret]"

// object decodes an object, or what the engine wraps into one: secrets, outputs, assets.
func object(s *structpb.Struct) rule.Value {
	kind, wrapped := s.GetFields()[sig.Key]
	if !wrapped {
		return rule.Of(fields(s))
	}
	inner, has := s.GetFields()["value"]
	switch kind.GetStringValue() {
	case sig.Secret:
		if inner.GetStringValue() == redacted {
			return rule.Of(rule.Computed{}).AsSecret()
		}
		return value(inner).AsSecret()
	case sig.OutputValue:
		decoded := rule.Of(rule.Computed{})
		if has {
			decoded = value(inner)
		}
		if s.GetFields()["secret"].GetBoolValue() {
			decoded = decoded.AsSecret()
		}
		return decoded
	}
	return rule.Of(struct{}{})
}

func isUnknown(s string) bool {
	if len(s) != len(plugin.UnknownStringValue) {
		return false
	}
	switch s {
	case plugin.UnknownStringValue, plugin.UnknownBoolValue, plugin.UnknownNumberValue, plugin.UnknownArrayValue,
		plugin.UnknownObjectValue, plugin.UnknownAssetValue, plugin.UnknownArchiveValue:
		return true
	}
	return false
}

// judged reports whether rules are asked about a resource: not about providers and the
// stack itself.
func judged(token string) bool {
	return token != "pulumi:pulumi:Stack" && !strings.HasPrefix(token, "pulumi:providers:")
}

// onlyRead reports that a resource is not the stack's to make, as what SDKs call a get: it
// has no input, not even the bookkeeping of the provider. The engine shows it when it
// analyses what is deployed.
func onlyRead(req *pulumirpc.AnalyzeRequest) bool { return len(req.GetProperties().GetFields()) == 0 }

// fromInputs is a resource as Analyze and Remediate show it.
func fromInputs(req *pulumirpc.AnalyzeRequest) *rule.Resource {
	return &rule.Resource{
		URN: req.GetUrn(), Type: rule.Canonical(req.GetType()), Name: req.GetName(),
		Inputs: fields(req.GetProperties()), Provider: fields(req.GetProvider().GetProperties()),
		ProviderURN: req.GetProvider().GetUrn(), Parent: req.GetOptions().GetParent(),
		Protect: req.GetOptions().GetProtect(), IgnoreChanges: req.GetOptions().GetIgnoreChanges(),
	}
}

// fromOutputs is a resource as AnalyzeStack shows it, with the inputs that Analyze showed.
func fromOutputs(res *pulumirpc.AnalyzerResource, seen *rule.Resource) *rule.Resource {
	r := &rule.Resource{
		URN: res.GetUrn(), Type: rule.Canonical(res.GetType()), Name: res.GetName(),
		Outputs: fields(res.GetProperties()), Provider: fields(res.GetProvider().GetProperties()),
		ProviderURN: res.GetProvider().GetUrn(),
		Edges:       make(map[string][]string, len(res.GetPropertyDependencies())),
		Parent:      res.GetParent(),
		Protect:     res.GetOptions().GetProtect(), IgnoreChanges: res.GetOptions().GetIgnoreChanges(),
	}
	if seen != nil {
		r.Inputs, r.Protect, r.IgnoreChanges = seen.Inputs, seen.Protect, seen.IgnoreChanges
	}
	for property, deps := range res.GetPropertyDependencies() {
		r.Edges[property] = deps.GetUrns()
	}
	return r
}
