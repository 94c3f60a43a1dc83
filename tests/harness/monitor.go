package harness

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// recorder answers a program as the engine would, and keeps what the program registers.
// The SDK's own mocks cannot: they refuse a secret that is not known yet.
type recorder struct {
	pulumirpc.UnimplementedResourceMonitorServer
	pulumirpc.UnimplementedEngineServer

	mode      Mode
	stack     string
	mu        sync.Mutex
	root      string
	resources []Resource
	invokes   []string
}

// serve answers at an address until stop is called.
func (r *recorder) serve() (address string, stop func() error, err error) {
	quit := make(chan bool)
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: quit,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceMonitorServer(s, r)
			pulumirpc.RegisterEngineServer(s, r)
			return nil
		},
		Options: rpcutil.OpenTracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return "", nil, fmt.Errorf("record a program: %w", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", server.Port), func() error {
		close(quit)
		return <-server.Done
	}, nil
}

// Values as they come and go: nothing is lost.
var kept = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

// SupportsFeature says yes, but for outputs as values of their own, which would hide in
// goldens what they are.
func (r *recorder) SupportsFeature(_ context.Context, in *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	return &pulumirpc.SupportsFeatureResponse{HasSupport: in.GetId() != "outputValues" && in.GetId() != "transforms" && in.GetId() != "invokeTransforms"}, nil
}

// Invoke gives a function's arguments back.
func (r *recorder) Invoke(_ context.Context, in *pulumirpc.ResourceInvokeRequest) (*pulumirpc.ResourceInvokeResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.invokes = append(r.invokes, in.GetTok())
	return &pulumirpc.ResourceInvokeResponse{Return: in.GetArgs()}, nil
}

// ReadResource gives back what the program knows of a resource that exists already.
func (r *recorder) ReadResource(_ context.Context, in *pulumirpc.ReadResourceRequest) (*pulumirpc.ReadResourceResponse, error) {
	return &pulumirpc.ReadResourceResponse{Urn: urn(r.stack, in.GetParent(), in.GetType(), in.GetName()), Properties: in.GetProperties()}, nil
}

// RegisterResourceOutputs takes a component's outputs, which it has as well.
func (r *recorder) RegisterResourceOutputs(context.Context, *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// RegisterResourceHook takes a hook, which is never called: nothing here has a past.
func (r *recorder) RegisterResourceHook(context.Context, *pulumirpc.RegisterResourceHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Log drops messages.
func (r *recorder) Log(context.Context, *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// SetRootResource remembers the stack.
func (r *recorder) SetRootResource(_ context.Context, in *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.root = in.GetUrn()
	return &pulumirpc.SetRootResourceResponse{}, nil
}

// GetRootResource is the stack.
func (r *recorder) GetRootResource(context.Context, *pulumirpc.GetRootResourceRequest) (*pulumirpc.GetRootResourceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &pulumirpc.GetRootResourceResponse{Urn: r.root}, nil
}

// RegisterResource records a registration and answers it.
func (r *recorder) RegisterResource(_ context.Context, rpc *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	response := &pulumirpc.RegisterResourceResponse{Urn: urn(r.stack, rpc.GetParent(), rpc.GetType(), rpc.GetName())}
	if rpc.GetType() == string(resource.RootStackType) && rpc.GetParent() == "" {
		return response, nil
	}
	inputs, err := plugin.UnmarshalProperties(rpc.GetObject(), kept)
	if err != nil {
		return nil, err
	}
	res := Resource{
		URN: response.GetUrn(), Type: rpc.GetType(), Name: rpc.GetName(), Parent: parent(rpc.GetParent()),
		Custom: rpc.GetCustom(), Inputs: inputs, Dependencies: sorted(rpc.GetDependencies()), Provider: providerName(rpc.GetProvider()),
		Protect: rpc.GetProtect(), DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(), IgnoreChanges: sorted(rpc.GetIgnoreChanges()),
		AdditionalSecrets: sorted(rpc.GetAdditionalSecretOutputs()), Version: rpc.GetVersion(),
		PropertyDependencies: map[string][]string{},
	}
	for _, alias := range rpc.GetAliases() {
		if spec := alias.GetSpec(); spec != nil && spec.GetName() == "" && spec.GetParentUrn() == "" && !spec.GetNoParent() {
			continue // the SDK's own, of types it has renamed
		}
		res.Aliases = append(res.Aliases, aliasText(alias))
	}
	for key, deps := range rpc.GetPropertyDependencies() {
		if len(deps.GetUrns()) > 0 {
			res.PropertyDependencies[key] = sorted(deps.GetUrns())
		}
	}
	r.mu.Lock()
	r.resources = append(r.resources, res)
	r.mu.Unlock()
	id, outputs := r.answer(&res)
	response.Id = id
	response.Object, err = plugin.MarshalProperties(outputs, kept)
	return response, err
}

// In an update every id is known, and so are ARNs and the outputs other resources
// commonly take; in a preview they are not.
func (r *recorder) answer(res *Resource) (id string, outputs resource.PropertyMap) {
	outputs = res.Inputs.Copy()
	if !res.Custom || r.mode == Preview {
		return "", outputs
	}
	id = madeUp(res.Name)
	for key, value := range map[resource.PropertyKey]string{
		"arn": "arn:aws:mock:us-east-1:111122223333:" + res.Name, "name": res.Name, "arnSuffix": "mock/" + res.Name + "/0123456789abcdef",
		"dnsName": res.Name + ".mock.example.com", "zoneId": "Z0123456789MOCK", "keyId": id, "keyArn": "arn:aws:mock:us-east-1:111122223333:key/" + res.Name,
		"prefixListId": "pl-" + res.Name, "defaultSecurityGroupId": "sg-default", "ipv6CidrBlock": "2600:1f18:1234:5600::/56",
		"primaryNetworkInterfaceId": "eni-" + res.Name, "publicIp": "198.51.100.7", "bucket": res.Name, "id": id,
		"identifier": res.Name, "address": res.Name + ".mock.example.com", "replicationGroupId": res.Name, "clusterIdentifier": res.Name,
	} {
		if _, set := outputs[key]; !set {
			outputs[key] = resource.NewProperty(value)
		}
	}
	if _, set := outputs["latestVersion"]; !set {
		outputs["latestVersion"] = resource.NewProperty(1.0)
	}
	if network, ok := outputs["vpcConfig"]; ok && network.IsObject() { // a cluster's, which EKS completes
		network := network.ObjectValue().Copy()
		network["vpcId"] = resource.NewProperty("vpc-0a1b2c3d4e5f60718")
		network["clusterSecurityGroupId"] = resource.NewProperty("sg-0a1b2c3d4e5f60718")
		outputs["vpcConfig"] = resource.NewProperty(network)
	}
	return id, outputs
}

// madeUp is the id of a resource.
func madeUp(name string) string { return name + "-id" }

func urn(stack, parentURN, token, name string) string {
	parentType := ""
	if p := resource.URN(parentURN); p != "" && p.QualifiedType() != resource.RootStackType {
		parentType = string(p.QualifiedType()) + "$"
	}
	return fmt.Sprintf("urn:pulumi:%s::%s::%s%s::%s", stack, Project, parentType, token, name)
}

// aliasText is an alias in words; protobuf's own text changes from build to build.
func aliasText(alias *pulumirpc.Alias) string {
	spec := alias.GetSpec()
	if spec == nil {
		return alias.GetUrn()
	}
	var parts []string
	for _, part := range []struct{ what, value string }{
		{"name", spec.GetName()}, {"type", spec.GetType()}, {"stack", spec.GetStack()}, {"project", spec.GetProject()}, {"parent", spec.GetParentUrn()},
	} {
		if part.value != "" {
			parts = append(parts, part.what+" "+part.value)
		}
	}
	if spec.GetNoParent() {
		parts = append(parts, "no parent")
	}
	return strings.Join(parts, ", ")
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
