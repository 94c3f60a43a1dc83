// Package state reads what `pulumi stack export` prints, of a program in any language, as
// the graph that policies judge.
package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Read is the resources of an exported stack, without providers and the stack itself.
// What is to be deleted is left out. Secrets that the export does not show are secret and
// not known.
func Read(from io.Reader) ([]*rule.Resource, error) {
	var exported struct {
		Version    int                   `json:"version"`
		Deployment *apitype.DeploymentV3 `json:"deployment"`
	}
	if err := json.NewDecoder(from).Decode(&exported); err != nil {
		return nil, fmt.Errorf("read an exported stack: %w", err)
	}
	switch {
	case exported.Version < apitype.DeploymentSchemaVersionCurrent || exported.Version > apitype.DeploymentSchemaVersionLatest:
		return nil, fmt.Errorf("read an exported stack: want version %d or %d of what `pulumi stack export` prints; this is version %d",
			apitype.DeploymentSchemaVersionCurrent, apitype.DeploymentSchemaVersionLatest, exported.Version)
	case exported.Deployment == nil:
		return nil, errors.New("read an exported stack: it has no deployment; deploy the stack, then export it again")
	}
	for _, r := range exported.Deployment.Resources {
		if !r.URN.IsValid() {
			return nil, fmt.Errorf("read an exported stack: %q is no URN; export the stack again", r.URN)
		}
	}
	return Resources(*exported.Deployment), nil
}

// Resources is the resources of a deployment, as Read gives them.
func Resources(of apitype.DeploymentV3) []*rule.Resource {
	providers := map[string]rule.Fields{}
	for _, r := range of.Resources {
		if isProvider(r) {
			// While one is being replaced there are two of a URN.
			providers[string(r.URN)+"::"+string(r.ID)] = fields(r.Inputs)
		}
	}
	var resources []*rule.Resource
	for _, r := range of.Resources {
		if r.Delete || r.Type == resource.RootStackType || isProvider(r) {
			continue
		}
		provider := r.Provider[:max(0, strings.LastIndex(r.Provider, "::"))] // urn::id
		judged := &rule.Resource{
			URN: string(r.URN), Type: rule.Canonical(string(r.Type)), Name: r.URN.Name(),
			Inputs: fields(r.Inputs), Outputs: fields(r.Outputs), Provider: providers[r.Provider], ProviderURN: provider,
			Edges: make(map[string][]string, len(r.PropertyDependencies)), Parent: string(r.Parent),
			Protect: r.Protect, IgnoreChanges: r.IgnoreChanges,
		}
		if r.External {
			judged.Inputs = nil // it is only read
		}
		for property, urns := range r.PropertyDependencies {
			for _, urn := range urns {
				judged.Edges[string(property)] = append(judged.Edges[string(property)], string(urn))
			}
		}
		resources = append(resources, judged)
	}
	return resources
}

func isProvider(r apitype.ResourceV3) bool {
	return strings.HasPrefix(string(r.Type), "pulumi:providers:")
}

func fields(of map[string]any) rule.Fields {
	decoded := make(rule.Fields, len(of))
	for key, v := range of {
		if !strings.HasPrefix(key, "__") { // the provider's own bookkeeping
			decoded[key] = value(v)
		}
	}
	return decoded
}

func value(v any) rule.Value {
	switch v := v.(type) {
	case string:
		if v == plugin.UnknownStringValue { // of any type, after an update that failed
			return rule.Of(rule.Computed{})
		}
	case []any:
		items := make([]rule.Value, len(v))
		for i, item := range v {
			items[i] = value(item)
		}
		return rule.Of(items)
	case map[string]any:
		return object(v)
	}
	return rule.Of(v)
}

// object decodes an object, or what the engine wraps into one: secrets, outputs, assets.
func object(v map[string]any) rule.Value {
	kind, wrapped := v[sig.Key]
	if !wrapped {
		return rule.Of(fields(v))
	}
	switch kind {
	case sig.Secret:
		var plain any
		if text, ok := v["plaintext"].(string); !ok || json.Unmarshal([]byte(text), &plain) != nil {
			return rule.Of(rule.Computed{}).AsSecret()
		}
		return value(plain).AsSecret()
	case sig.OutputValue:
		decoded := rule.Of(rule.Computed{})
		if inner, known := v["value"]; known {
			decoded = value(inner)
		}
		if secret, _ := v["secret"].(bool); secret {
			decoded = decoded.AsSecret()
		}
		return decoded
	}
	return rule.Of(struct{}{})
}
