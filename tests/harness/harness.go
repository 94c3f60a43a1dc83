// Package harness runs a Pulumi program on a recording stand-in for the engine and keeps
// the graph it registers: types, parents, inputs, dependencies and options, so that tests can ask
// about all of it and compare it with a golden file.
//
// Every program should be run in both modes: in a preview, ids and computed values
// are unknown and apply callbacks do not run, which brings out resources that are
// registered too late or only sometimes.
package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// Mode is what the engine would be doing.
type Mode string

// The two modes a program runs in.
const (
	Preview Mode = "preview"
	Update  Mode = "update"
)

// Modes are all modes, for tests that range over them.
var Modes = []Mode{Preview, Update}

// Project and stack that programs run under.
const (
	Project = "plinth"
	Stack   = "test"
)

// Resource is one registration.
type Resource struct {
	URN, Type, Name string
	// Parent is the URN of the parent, empty for a child of the stack.
	Parent string
	// Custom is false for components.
	Custom bool
	// Inputs as registered; unknown values are kept as computed values.
	Inputs resource.PropertyMap
	// Dependencies are the URNs it waits for.
	Dependencies []string
	// PropertyDependencies are the same per input.
	PropertyDependencies map[string][]string
	// Provider is the reference of an explicit provider.
	Provider            string
	Protect             bool
	DeleteBeforeReplace bool
	IgnoreChanges       []string
	AdditionalSecrets   []string
	Aliases             []string
	Version             string
}

// Graph is everything a program registered, in URN order.
type Graph struct {
	Mode      Mode
	Resources []Resource
	// Invokes are the tokens of the provider functions that the program called.
	Invokes []string
}

// Option changes how a program is run.
type Option func(*settings)

// WithSecrets sets secret stack configuration in the same way.
func WithSecrets(secrets map[string]string) Option {
	return func(s *settings) { s.secrets = secrets }
}

type settings struct {
	config, secrets map[string]string
	stack           string
}

// WithConfig sets stack configuration, by full key such as "plinth:environment".
func WithConfig(config map[string]string) Option { return func(s *settings) { s.config = config } }

// WithStack names the stack. Default: "test".
func WithStack(stack string) Option { return func(s *settings) { s.stack = stack } }

// Run runs a program and fails the test if the program does, or if two resources share
// a URN (which the engine refuses, and plain mocks do not notice).
func Run(t testing.TB, mode Mode, program pulumi.RunFunc, opts ...Option) *Graph {
	t.Helper()
	graph, err := Try(mode, program, opts...)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, r := range graph.Resources {
		require.False(t, seen[r.URN], "two resources share the URN %s", r.URN)
		seen[r.URN] = true
	}
	return graph
}

// Both runs a test body in both modes, as subtests.
func Both(t *testing.T, program pulumi.RunFunc, body func(t *testing.T, g *Graph), opts ...Option) {
	t.Helper()
	for _, mode := range Modes {
		t.Run(string(mode), func(t *testing.T) { body(t, Run(t, mode, program, opts...)) })
	}
}

// Try runs a program and returns what was registered up to its error.
func Try(mode Mode, program pulumi.RunFunc, opts ...Option) (*Graph, error) {
	s := settings{stack: Stack}
	for _, o := range opts {
		o(&s)
	}
	rec := &recorder{mode: mode, stack: s.stack}
	address, stop, err := rec.serve()
	if err != nil {
		return nil, err
	}
	err = errors.Join(pulumi.RunErr(program, func(info *pulumi.RunInfo) {
		info.Project, info.Stack, info.MonitorAddr, info.EngineAddr = Project, s.stack, address, address
		info.DryRun = mode == Preview
		info.Config = map[string]string{}
		maps.Copy(info.Config, s.config)
		maps.Copy(info.Config, s.secrets)
		info.ConfigSecretKeys = slices.Sorted(maps.Keys(s.secrets))
	}), stop())
	sort.Slice(rec.resources, func(i, j int) bool { return rec.resources[i].URN < rec.resources[j].URN })
	sort.Strings(rec.invokes)
	return &Graph{Mode: mode, Resources: rec.resources, Invokes: rec.invokes}, err
}

// OfType returns the resources of a type, in URN order.
func (g *Graph) OfType(token string) []Resource {
	var found []Resource
	for _, r := range g.Resources {
		if r.Type == token {
			found = append(found, r)
		}
	}
	return found
}

// Named returns the one resource with this logical name, or fails the test.
func (g *Graph) Named(t testing.TB, name string) Resource {
	t.Helper()
	r, ok := g.Find(name)
	require.True(t, ok, "no resource is named %q; there are: %s", name, strings.Join(g.Names(), ", "))
	return r
}

// Find returns the resource with this logical name.
func (g *Graph) Find(name string) (Resource, bool) {
	for _, r := range g.Resources {
		if r.Name == name {
			return r, true
		}
	}
	return Resource{}, false
}

// Names are all logical names, in URN order.
func (g *Graph) Names() []string {
	names := make([]string, len(g.Resources))
	for i, r := range g.Resources {
		names[i] = r.Name
	}
	return names
}

// Value reads an input by path, such as "metadataOptions.httpTokens" or
// "rules[0].port", as a plain Go value: string, float64, bool, list, map, or nil when
// it is absent. Secrets are opened; what is unknown reads as the string "<computed>".
func (r Resource) Value(path string) any {
	p, err := resource.ParsePropertyPath(path)
	if err != nil {
		return nil
	}
	v, ok := p.Get(resource.NewProperty(r.Inputs))
	if !ok {
		return nil
	}
	return simplify(v)
}

func simplify(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return simplify(v.SecretValue().Element)
	case v.IsComputed():
		return "<computed>"
	case v.IsOutput():
		if !v.OutputValue().Known {
			return "<computed>"
		}
		return simplify(v.OutputValue().Element)
	case v.IsArray():
		list := []any{}
		for _, e := range v.ArrayValue() {
			list = append(list, simplify(e))
		}
		return list
	case v.IsObject():
		m := map[string]any{}
		for k, e := range v.ObjectValue() {
			m[string(k)] = simplify(e)
		}
		return m
	case v.IsAsset():
		return "<asset " + v.AssetValue().Hash + ">"
	case v.IsArchive():
		if path, file := v.ArchiveValue().GetPath(); file {
			return "<archive " + filepath.Base(path) + ">" // what is in it may depend on the machine's Go
		}
		return "<archive " + v.ArchiveValue().Hash + ">"
	case v.IsNull():
		return nil
	}
	return v.V
}

// JSON of a value with stable order, for messages and goldens.
func compact(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%v", v)
	}
	return strings.TrimSpace(b.String())
}

// Owned sees that every resource but those that are named is a component's: its parent
// is said to be so, its name begins with the component's, and nothing was looked up for it.
func (g *Graph) Owned(t testing.TB, parent, prefix string, others ...string) {
	t.Helper()
	require.Empty(t, g.Invokes)
	for _, r := range g.Resources {
		if r.Custom && !slices.Contains(others, r.Name) {
			require.Contains(t, r.Parent, parent, r.Name)
			require.True(t, strings.HasPrefix(r.Name, prefix), r.Name)
		}
	}
}
