package kube

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/types/known/emptypb"
	"gopkg.in/yaml.v3"
)

// version of the real provider whose behaviour this follows.
const version = "4.30.0"

// Serve offers the provider on a port of this machine, for PULUMI_DEBUG_PROVIDERS=kubernetes:<port>. All of an engine's provider
// instances dial the same port; they are told apart by their connections. Options may add interceptors, such as for latency and faults.
func (s *Server) Serve(options ...grpc.ServerOption) (port int, stop func() error, err error) {
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel:  cancel,
		Options: append(options, grpc.StatsHandler(connections{})),
		Init: func(g *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(g, &provider{server: s})
			return nil
		},
	})
	if err != nil {
		return 0, nil, fmt.Errorf("serve kubernetes provider: %w", err)
	}
	return handle.Port, sync.OnceValue(func() error {
		close(cancel)
		return <-handle.Done
	}), nil
}

// connections gives every connection an instance of the provider.
type connections struct{}

type instanceKey struct{}

func (connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, instanceKey{}, &instance{})
}
func (connections) HandleConn(context.Context, stats.ConnStats)                     {}
func (connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (connections) HandleRPC(context.Context, stats.RPCStats)                       {}

// instance is one configured provider.
type instance struct {
	mu      sync.Mutex
	cluster *cluster
	// namespace is where objects go that name none.
	namespace string
	// problem is what is wrong with the settings.
	problem string
	flags   map[string]bool
}

func (i *instance) flag(name string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.flags[name]
}

type provider struct {
	pulumirpc.UnimplementedResourceProviderServer
	server *Server
}

// instance is what a request is for. One that is carried out waits until the cluster is within reach; one that only judges, for which the
// whole deployment would wait, does without.
func (p *provider) instance(ctx context.Context, judges bool) (*instance, *cluster, error) {
	i, _ := ctx.Value(instanceKey{}).(*instance)
	if i == nil {
		return nil, nil, errors.New("not served by Serve")
	}
	i.mu.Lock()
	c, problem := i.cluster, i.problem
	i.mu.Unlock()
	if c == nil {
		return nil, nil, errors.New("the provider was not configured")
	}
	if problem == "" {
		if err := c.arrive(ctx, judges); err != nil {
			problem = err.Error()
		}
	}
	if problem != "" {
		return i, nil, fmt.Errorf("configured Kubernetes cluster is unreachable: %s", problem)
	}
	return i, c, nil
}

// Attach is called when the engine finds the provider already running.
func (p *provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Handshake says what the protocol may be used for.
func (p *provider) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true, SupportsAutonamingConfiguration: true}, nil
}

// GetPluginInfo tells the version.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

// GetSchema has nothing to tell: programs bring their own SDK.
func (p *provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: fmt.Sprintf(`{"name":"kubernetes","version":%q}`, version)}, nil
}

// Cancel has nothing to stop: every operation is short.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// configKeys are the provider's settings.
var configKeys = map[string]bool{
	"alwaysRender": true, "cluster": true, "clusterIdentifier": true, "context": true, "deleteUnreachable": true, "enableConfigMapMutable": true,
	"enablePatchForce": true, "enableSecretMutable": true, "enableServerSideApply": true, "helmReleaseSettings": true, "kubeClientSettings": true,
	"kubeconfig": true, "namespace": true, "renderYamlToDirectory": true, "skipUpdateUnreachable": true, "suppressDeprecationWarnings": true,
	"suppressHelmHookWarnings": true, "upsertExistingObjects": true, "version": true,
}

// CheckConfig judges the provider's settings.
func (p *provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	props, err := read(req.GetNews())
	if err != nil {
		return nil, err
	}
	var failures []*pulumirpc.CheckFailure
	for name := range toTree(props) {
		if !configKeys[name] && !strings.HasPrefix(name, "__") {
			failures = append(failures, &pulumirpc.CheckFailure{Property: name, Reason: "unknown setting of the kubernetes provider"})
		}
	}
	if toTree(props)["enableServerSideApply"] == "false" || toTree(props)["enableServerSideApply"] == false {
		failures = append(failures, &pulumirpc.CheckFailure{Property: "enableServerSideApply", Reason: "client-side apply is not simulated"})
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures}, nil
}

// DiffConfig replaces the provider, and all that it made, if it points to another cluster.
func (p *provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := read(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := read(req.GetNews())
	if err != nil {
		return nil, err
	}
	before, after := toTree(olds), toTree(news)
	diff := olds.Diff(news)
	if diff == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	out := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}
	for _, key := range diff.ChangedKeys() {
		out.Diffs = append(out.Diffs, string(key))
	}
	identity, was := after["clusterIdentifier"], before["clusterIdentifier"]
	if identity != nil && was != nil {
		if identity != was {
			out.Replaces = []string{"clusterIdentifier"}
		}
		return out, nil
	}
	for _, key := range []string{"kubeconfig", "context", "cluster"} {
		if after[key] == (Unknown{}) {
			out.Diffs, out.Replaces = []string{key}, []string{key}
			return out, nil
		}
	}
	if activeCluster(before).server != activeCluster(after).server {
		for _, key := range out.Diffs {
			if key == "kubeconfig" || key == "context" || key == "cluster" {
				out.Replaces = append(out.Replaces, key)
			}
		}
	}
	return out, nil
}

// Configure connects an instance with its cluster.
func (p *provider) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	props, err := read(req.GetArgs())
	if err != nil {
		return nil, err
	}
	config := toTree(props)
	i, _ := ctx.Value(instanceKey{}).(*instance)
	if i == nil {
		return nil, errors.New("not served by Serve")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.flags = map[string]bool{}
	for name, v := range config {
		i.flags[name] = v == true || v == "true"
	}
	active := activeCluster(config)
	i.namespace = active.namespace
	if ns := config.str("namespace"); ns != "" {
		i.namespace = ns
	}
	i.cluster, i.problem = p.server.cluster(active.server), active.problem
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true, SupportsAutonamingConfiguration: true}, nil
}

type connection struct{ server, namespace, problem string }

// activeCluster finds the cluster that the settings point to: the server's address in the kubeconfig's current context. Without a
// kubeconfig it is the one of the user's own, which has no address here.
func activeCluster(config tree) connection {
	out := connection{namespace: "default"}
	text := config.str("kubeconfig")
	if text == "" {
		out.server = "ambient/" + config.str("context") + "/" + config.str("cluster")
		return out
	}
	var file struct {
		Current  string `yaml:"current-context"`
		Contexts []struct {
			Name    string
			Context struct{ Cluster, Namespace string }
		}
		Clusters []struct {
			Name    string
			Cluster struct{ Server string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		// Not YAML: the real provider takes it as the path of a file.
		out.server = fmt.Sprintf("file/%x", sha256.Sum256([]byte(text)))
		return out
	}
	current, cluster := file.Current, config.str("cluster")
	if c := config.str("context"); c != "" {
		current = c
	}
	for _, c := range file.Contexts {
		if c.Name == current {
			if cluster == "" {
				cluster = c.Context.Cluster
			}
			if c.Context.Namespace != "" {
				out.namespace = c.Context.Namespace
			}
		}
	}
	for _, c := range file.Clusters {
		if c.Name == cluster {
			out.server = c.Cluster.Server
		}
	}
	if out.server == "" {
		out.problem = fmt.Sprintf("invalid configuration: context %q or its cluster was not found in the kubeconfig", current)
	}
	return out
}

// identity is what a type token and a request's inputs say about the kind.
type identity struct {
	apiVersion, kind string
	// patch resources own fields of an object that someone else makes.
	patch bool
	helm  bool
}

func identify(urn string, inputs tree) (identity, error) {
	token := string(resource.URN(urn).Type())
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != "kubernetes" || !strings.Contains(parts[1], "/") {
		return identity{}, fmt.Errorf("unrecognized resource type: %q for this provider", token)
	}
	if token == "kubernetes:helm.sh/v3:Release" {
		return identity{helm: true}, nil
	}
	group, v, _ := strings.Cut(parts[1], "/")
	id := identity{apiVersion: parts[1], kind: parts[2]}
	if group == "core" {
		id.apiVersion = v
	}
	if base, ok := strings.CutSuffix(id.kind, "Patch"); ok && inputs.str("kind") != id.kind {
		id.kind, id.patch = base, true
	}
	if base, ok := strings.CutSuffix(id.kind, "List"); ok && base != "" && inputs.has("items") {
		return id, errors.New("list resources exist for compatibility with YAML manifests and Helm charts, and cannot be created directly. Use the underlying resource type instead")
	}
	return id, nil
}
