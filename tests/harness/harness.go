// Package harness runs a Pulumi program on recording mocks and keeps the graph it
// registers: types, parents, inputs, dependencies and options, so that tests can ask
// about all of it and compare it with a golden file.
//
// Every program should be run in both modes: in a preview, ids and computed values
// are unknown and apply callbacks do not run, which brings out resources that are
// registered too late or only sometimes.
package harness

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
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

type settings struct {
	config map[string]string
	stack  string
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
	err := pulumi.RunErr(func(ctx *pulumi.Context) error { return program(ctx) },
		pulumi.WithMocks(Project, s.stack, rec),
		func(info *pulumi.RunInfo) {
			info.DryRun = mode == Preview
			info.Config = s.config
		})
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

type recorder struct {
	mode      Mode
	stack     string
	mu        sync.Mutex
	resources []Resource
	invokes   []string
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.invokes = append(r.invokes, args.Token)
	return args.Args, nil
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	rpc := args.RegisterRPC
	if rpc == nil { // a read of an existing resource
		return args.ID, args.Inputs, nil
	}
	inputs, err := plugin.UnmarshalProperties(rpc.GetObject(), plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true})
	if err != nil {
		return "", nil, err
	}
	res := Resource{
		URN: urn(r.stack, rpc.GetParent(), args.TypeToken, args.Name), Type: args.TypeToken, Name: args.Name, Parent: parent(rpc.GetParent()),
		Custom: args.Custom, Inputs: inputs, Dependencies: sorted(rpc.GetDependencies()), Provider: providerName(rpc.GetProvider()),
		Protect: rpc.GetProtect(), DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(), IgnoreChanges: sorted(rpc.GetIgnoreChanges()),
		AdditionalSecrets: sorted(rpc.GetAdditionalSecretOutputs()), Version: rpc.GetVersion(),
		PropertyDependencies: map[string][]string{},
	}
	for _, alias := range rpc.GetAliases() {
		if spec := alias.GetSpec(); spec != nil && spec.GetName() == "" && spec.GetParentUrn() == "" && !spec.GetNoParent() {
			continue // the SDK's own, of types it has renamed
		}
		res.Aliases = append(res.Aliases, alias.String())
	}
	for key, deps := range rpc.GetPropertyDependencies() {
		if len(deps.GetUrns()) > 0 {
			res.PropertyDependencies[key] = sorted(deps.GetUrns())
		}
	}
	r.mu.Lock()
	r.resources = append(r.resources, res)
	r.mu.Unlock()
	return r.answer(args, inputs)
}

// In an update every id is known, and so are ARNs and the outputs other resources
// commonly take; in a preview they are not.
func (r *recorder) answer(args pulumi.MockResourceArgs, inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	outputs := inputs.Copy()
	if !args.Custom || r.mode == Preview {
		return "", outputs, nil
	}
	id := args.Name + "-id"
	for key, value := range map[resource.PropertyKey]string{
		"arn": "arn:aws:mock:us-east-1:111122223333:" + args.Name, "name": args.Name, "arnSuffix": "mock/" + args.Name + "/0123456789abcdef",
		"dnsName": args.Name + ".mock.example.com", "zoneId": "Z0123456789MOCK", "keyId": id, "keyArn": "arn:aws:mock:us-east-1:111122223333:key/" + args.Name,
		"prefixListId": "pl-" + args.Name, "defaultSecurityGroupId": "sg-default", "ipv6CidrBlock": "2600:1f18:1234:5600::/56",
		"primaryNetworkInterfaceId": "eni-" + args.Name, "publicIp": "198.51.100.7", "bucket": args.Name, "id": id,
	} {
		if _, set := outputs[key]; !set {
			outputs[key] = resource.NewProperty(value)
		}
	}
	if _, set := outputs["latestVersion"]; !set {
		outputs["latestVersion"] = resource.NewProperty(1.0)
	}
	return id, outputs, nil
}

func urn(stack, parentURN, token, name string) string {
	parentType := ""
	if p := resource.URN(parentURN); p != "" && p.QualifiedType() != resource.RootStackType {
		parentType = string(p.QualifiedType()) + "$"
	}
	return fmt.Sprintf("urn:pulumi:%s::%s::%s%s::%s", stack, Project, parentType, token, name)
}

func parent(p string) string {
	if p == "" || resource.URN(p).Type() == resource.RootStackType {
		return ""
	}
	return p
}

// A reference to a provider ends in its id, which differs between the modes.
func providerName(ref string) string {
	if i := strings.LastIndex(ref, "::"); i > 0 {
		return ref[:i]
	}
	return ref
}

func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := append([]string(nil), list...)
	sort.Strings(out)
	return out
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
