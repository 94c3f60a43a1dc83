package kubeapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// factGroups are the parts of the API that the simulated Kubernetes knows.
var factGroups = []string{
	"api/v1", "apis/apps/v1", "apis/batch/v1", "apis/autoscaling/v1", "apis/autoscaling/v2", "apis/policy/v1", "apis/networking.k8s.io/v1",
	"apis/rbac.authorization.k8s.io/v1", "apis/storage.k8s.io/v1", "apis/scheduling.k8s.io/v1", "apis/node.k8s.io/v1",
	"apis/apiextensions.k8s.io/v1", "apis/admissionregistration.k8s.io/v1", "apis/coordination.k8s.io/v1", "apis/discovery.k8s.io/v1",
	"apis/apiregistration.k8s.io/v1",
}

// The facts, in the form that tests/simcloud/internal/kube/schema.go reads.
type (
	facts struct {
		Kinds []factKind
		Types map[string]*factType
	}
	factKind struct {
		Group, Version, Kind, Plural string
		Namespaced                   bool
		Type                         string
	}
	factType struct {
		Fields map[string]*factField
		Atomic bool `json:",omitempty"`
	}
	factField struct {
		Is       string
		Type     string     `json:",omitempty"`
		Elem     *factField `json:",omitempty"`
		Required bool       `json:",omitempty"`
		Default  any        `json:",omitempty"`
		Keys     []string   `json:",omitempty"`
		Set      bool       `json:",omitempty"`
		Atomic   bool       `json:",omitempty"`
	}
)

// schema is what is used of an OpenAPI schema.
type schema struct {
	Ref        string             `json:"$ref"`
	AllOf      []schema           `json:"allOf"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Values     *schema            `json:"additionalProperties"`
	Required   []string           `json:"required"`
	Default    any                `json:"default"`
	ListKeys   []string           `json:"x-kubernetes-list-map-keys"`
	ListType   string             `json:"x-kubernetes-list-type"`
	MapType    string             `json:"x-kubernetes-map-type"`
}

// collectFacts asks a server for its kinds and the types of their fields; get reads a path.
func collectFacts(get func(path string) ([]byte, error)) (*facts, error) {
	f := &facts{Types: map[string]*factType{}}
	for _, group := range factGroups {
		var discovery struct {
			Resources []struct {
				Name, Kind, Group, Version string
				Namespaced                 bool
				Verbs                      []string
			}
		}
		if err := read(get, "/"+group, &discovery); err != nil {
			return nil, err
		}
		var openapi struct {
			Components struct {
				Schemas map[string]json.RawMessage
			}
		}
		if err := read(get, "/openapi/v3/"+group, &openapi); err != nil {
			return nil, err
		}
		c := &collector{facts: f, schemas: openapi.Components.Schemas, byKind: map[string]string{}}
		if err := c.index(); err != nil {
			return nil, err
		}
		path := strings.Split(group, "/")
		version, name := path[len(path)-1], ""
		if len(path) == 3 {
			name = path[1]
		}
		for _, r := range discovery.Resources {
			if strings.Contains(r.Name, "/") || !slices.Contains(r.Verbs, "patch") {
				continue
			}
			kind := factKind{Group: name, Version: version, Kind: r.Kind, Plural: r.Name, Namespaced: r.Namespaced,
				Type: c.byKind[name+"/"+version+"/"+r.Kind]}
			if kind.Type == "" {
				return nil, fmt.Errorf("no schema for %s in %s", r.Kind, group)
			}
			f.Kinds = append(f.Kinds, kind)
			if err := c.add(kind.Type); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func read(get func(string) ([]byte, error), path string, into any) error {
	body, err := get(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

type collector struct {
	facts   *facts
	schemas map[string]json.RawMessage
	byKind  map[string]string
}

func (c *collector) index() error {
	for name, raw := range c.schemas {
		var s struct {
			Kinds []struct{ Group, Version, Kind string } `json:"x-kubernetes-group-version-kind"`
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		for _, k := range s.Kinds {
			c.byKind[k.Group+"/"+k.Version+"/"+k.Kind] = name
		}
	}
	return nil
}

// add takes a type over, and all that its fields mention.
func (c *collector) add(name string) error {
	if c.facts.Types[name] != nil {
		return nil
	}
	var s schema
	if err := json.Unmarshal(c.schemas[name], &s); err != nil {
		return fmt.Errorf("schema %s: %w", name, err)
	}
	t := &factType{Fields: map[string]*factField{}, Atomic: s.MapType == "atomic"}
	c.facts.Types[name] = t
	for field, p := range s.Properties {
		converted, err := c.field(p)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", name, field, err)
		}
		converted.Required = slices.Contains(s.Required, field)
		t.Fields[field] = converted
	}
	return nil
}

const machinery = "io.k8s.apimachinery.pkg."

func (c *collector) field(s *schema) (*factField, error) {
	f := &factField{Is: s.Type, Atomic: s.MapType == "atomic", Keys: s.ListKeys, Set: s.ListType == "set"}
	switch d := s.Default.(type) {
	case string, bool, float64:
		if d != "" && d != false && d != 0.0 {
			f.Default = d
		}
	}
	ref := s.Ref
	if len(s.AllOf) == 1 {
		ref = s.AllOf[0].Ref
	}
	switch ref = ref[strings.LastIndex(ref, "/")+1:]; ref {
	case "":
	case machinery + "api.resource.Quantity":
		f.Is = "quantity"
		return f, nil
	case machinery + "util.intstr.IntOrString":
		f.Is = "intOrString"
		return f, nil
	case machinery + "apis.meta.v1.Time", machinery + "apis.meta.v1.MicroTime":
		f.Is = "time"
		return f, nil
	default:
		var target schema
		if err := json.Unmarshal(c.schemas[ref], &target); err != nil {
			return nil, fmt.Errorf("schema %s: %w", ref, err)
		}
		if len(target.Properties) == 0 && strings.HasPrefix(ref, "io.k8s.apiextensions") || target.Type == "" {
			f.Is = "any"
			return f, nil
		}
		f.Is, f.Type = "struct", ref
		return f, c.add(ref)
	}
	var err error
	switch s.Type {
	case "array":
		f.Is = "list"
		f.Elem, err = c.field(s.Items)
	case "object":
		f.Is = "any"
		if s.Values != nil {
			f.Is = "map"
			f.Elem, err = c.field(s.Values)
		}
	case "string":
		if s.Format == "byte" {
			f.Is = "bytes"
		}
	case "":
		f.Is = "any"
	}
	return f, err
}

// unpack reads facts the way they are kept, as text that can be compared.
func unpack(packed []byte) (string, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(zip)
	return string(text), err
}

// pack writes facts the way they are kept.
func (f *facts) pack() ([]byte, error) {
	slices.SortFunc(f.Kinds, func(a, b factKind) int { return strings.Compare(a.Type, b.Type) })
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(zip).Encode(f); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
