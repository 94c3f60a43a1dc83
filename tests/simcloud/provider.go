package simcloud

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// version is the pulumi-aws release whose behaviour is simulated.
const version = "6.83.2"

// provider speaks Pulumi's provider protocol for a cloud. What it knows of resource types comes from package facts, what AWS refuses and fills in
// from package aws.
type provider struct {
	pulumirpc.UnimplementedResourceProviderServer
	cloud *Cloud

	mu        sync.Mutex
	instances map[uint64]*instance // by connection
}

func (p *provider) forget(conn uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.instances, conn)
}

// subject is what a call is about.
type subject struct {
	*instance
	typ *facts.Type
	urn string
}

func (p *provider) subject(ctx context.Context, urn string) (*subject, error) {
	p.mu.Lock()
	inst := p.instances[connection(ctx)]
	p.mu.Unlock()
	if inst == nil {
		return nil, status.Error(codes.FailedPrecondition, "the provider is not configured")
	}
	parsed, err := resource.ParseURN(urn)
	if err != nil {
		return nil, fmt.Errorf("URN %q: %w", urn, err)
	}
	typ, err := facts.Lookup(string(parsed.Type()))
	if err != nil {
		return nil, err
	}
	return &subject{instance: inst, typ: typ, urn: urn}, nil
}

// Handshake is left to the older protocol, as the AWS provider does: the engine then asks Configure.
func (p *provider) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return nil, status.Error(codes.Unimplemented, "Handshake is not implemented")
}

// Attach has nothing to do: the engine's address is not needed.
func (p *provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel has nothing to do: no operation takes long.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// GetPluginInfo names the provider release that is simulated.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

// GetSchema answers with an empty package: Go programs do not need one.
func (p *provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: `{"name":"aws","version":"` + version + `"}`}, nil
}

// Invoke answers the few lookups that AWS has an answer to here.
func (p *provider) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	args, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if answer, known, err := aws.Ask(req.GetTok(), args); known {
		if err != nil {
			return nil, err
		}
		out, err := encode(answer, nil)
		return &pulumirpc.InvokeResponse{Return: out}, err
	}
	return nil, status.Errorf(codes.Unimplemented, "invoke %s: the simulated cloud has no answer to it; take the value from configuration or from a resource", req.GetTok())
}

// Call refuses like Invoke.
func (p *provider) Call(_ context.Context, req *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "call %s: the simulated cloud has no methods", req.GetTok())
}

// Check judges inputs and completes them with names, defaults and the provider's tags.
func (p *provider) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	s, err := p.subject(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	news, olds, err := decodeBoth(req.GetNews(), req.GetOlds())
	if err != nil {
		return nil, err
	}
	naming := facts.Naming{Logical: resource.URN(req.GetUrn()).Name(), Seed: p.cloud.world.NameSeed(s.scope, req.GetUrn())}
	if a := req.GetAutonaming(); a != nil {
		naming.Proposed = a.GetProposedName()
		naming.Enforced = a.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_ENFORCE
		naming.Disabled = a.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE
	}
	if err := s.typ.ApplyDefaults(news, olds, naming); err != nil {
		return nil, err
	}
	if t := s.typ.Properties["tags"]; t != nil && t.Input && t.Kind == facts.Map && s.typ.Properties["tagsAll"] != nil {
		news["tagsAll"] = s.mergeTags(news["tags"])
	}
	p.cloud.note(s.typ.Gaps(news))
	resp := &pulumirpc.CheckResponse{}
	logical := resource.URN(req.GetUrn()).Name()
	for _, f := range s.typ.Check(news) {
		resp.Failures = append(resp.Failures, &pulumirpc.CheckFailure{Reason: fmt.Sprintf("%s. Examine values at '%s.%s'.", f.Reason, logical, f.Property)})
	}
	resp.Inputs, err = encode(news, nil)
	return resp, err
}

// Diff plans an update or a replacement.
func (p *provider) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	s, err := p.subject(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	news, olds, err := decodeBoth(req.GetNews(), req.GetOlds())
	if err != nil {
		return nil, err
	}
	delta := s.typ.Diff(olds, news, req.GetIgnoreChanges())
	resp := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DeleteBeforeReplace: s.typ.DeleteBeforeReplace && delta.Replaces()}
	if delta.Empty() {
		return resp, nil
	}
	resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
	resp.DetailedDiff = map[string]*pulumirpc.PropertyDiff{}
	for path, change := range delta.Changes {
		kind := [...]pulumirpc.PropertyDiff_Kind{facts.Add: pulumirpc.PropertyDiff_ADD, facts.Modify: pulumirpc.PropertyDiff_UPDATE, facts.Remove: pulumirpc.PropertyDiff_DELETE}[change]
		root := rootOf(path)
		resp.Diffs = append(resp.Diffs, root)
		if delta.Replace[path] {
			kind++ // each kind is followed by its replacing one
			resp.Replaces = append(resp.Replaces, root)
		}
		resp.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: kind}
	}
	slices.Sort(resp.Diffs)
	slices.Sort(resp.Replaces)
	resp.Diffs, resp.Replaces = slices.Compact(resp.Diffs), slices.Compact(resp.Replaces)
	return resp, nil
}

// Create makes a resource, or in a preview says what is known of it.
func (p *provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	s, err := p.subject(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		props, err := s.encode(s.typ.Plan(inputs))
		return &pulumirpc.CreateResponse{Properties: props}, err
	}
	facts.StripDefaults(inputs)
	r := &aws.Request{Scope: s.scope, Op: aws.Create, Token: s.typ.Token, URN: s.urn, New: inputs, Code: measure(inputs["code"]), Timeout: seconds(req.GetTimeout())}
	id, props, err := p.apply(s, r)
	return &pulumirpc.CreateResponse{Id: id, Properties: props}, err
}

// Update changes a resource in place, or in a preview says what is known of the result.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	s, err := p.subject(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	news, olds, err := decodeBoth(req.GetNews(), req.GetOlds())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		out := s.typ.Merge(olds, news, req.GetIgnoreChanges())
		for _, name := range s.typ.Recomputed(olds, news, req.GetIgnoreChanges()) {
			if p := s.typ.Properties[name]; p != nil && news[name] == nil {
				out[name] = facts.Unknown{}
			}
		}
		props, err := s.encode(out)
		return &pulumirpc.UpdateResponse{Properties: props}, err
	}
	current := p.cloud.world.Read(s.scope, s.typ.Token, req.GetId(), olds)
	if current == nil {
		return nil, fmt.Errorf("updating %s (%s): %w", s.typ.Token, req.GetId(), aws.ErrNotFound)
	}
	merged := s.typ.Merge(current.Props, news, req.GetIgnoreChanges())
	r := &aws.Request{Scope: s.scope, Op: aws.Update, Token: s.typ.Token, URN: s.urn, ID: req.GetId(), New: merged, Known: olds, Code: measure(merged["code"]), Timeout: seconds(req.GetTimeout())}
	_, props, err := p.apply(s, r)
	return &pulumirpc.UpdateResponse{Properties: props}, err
}

// Delete removes a resource. One that is gone already is no error.
func (p *provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	s, err := p.subject(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	known, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	r := &aws.Request{Scope: s.scope, Op: aws.Delete, Token: s.typ.Token, URN: s.urn, ID: req.GetId(), Known: known, Timeout: seconds(req.GetTimeout())}
	_, _, err = p.apply(s, r)
	return &emptypb.Empty{}, err
}

// Read reads a resource for a refresh, which brings its inputs, or for an import, which brings only its ID. An empty ID in the answer says that
// it does not exist.
func (p *provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	s, err := p.subject(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	olds, known, err := decodeBoth(req.GetInputs(), req.GetProperties())
	if err != nil {
		return nil, err
	}
	if len(olds) == 0 {
		olds = nil
	}
	res := p.cloud.world.Read(s.scope, s.typ.Token, req.GetId(), known)
	if res == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	props, err := s.encode(res.Props)
	if err != nil {
		return nil, err
	}
	inputs, err := s.encode(s.typ.Inputs(res.Props, olds))
	return &pulumirpc.ReadResponse{Id: res.ID, Properties: props, Inputs: inputs}, err
}

// apply carries out an operation and gives the ID and the properties that the engine is to record. It records them with the error if the
// resource exists without being ready: then the next update tries again.
func (p *provider) apply(s *subject, r *aws.Request) (string, *wireStruct, error) {
	o := p.cloud.apply(r, s.attempts, func(r *aws.Request) (*aws.Resource, error) {
		return p.cloud.world.Apply(r, s.typ.Recompute, s.typ.Properties)
	})
	if o.made == nil {
		return "", nil, o.err
	}
	props, err := s.encode(o.made.Props)
	if o.err == nil || err != nil {
		return o.made.ID, props, err
	}
	answer, err := status.New(codes.Unknown, o.err.Error()).WithDetails(
		&pulumirpc.ErrorResourceInitFailed{Id: o.made.ID, Properties: props, Reasons: []string{o.err.Error()}})
	if err != nil {
		return "", nil, o.err
	}
	return "", nil, answer.Err()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// encode marks what AWS calls sensitive as secret, if the engine understands marks.
func (s *subject) encode(values map[string]any) (*wireStruct, error) {
	var secrets []string
	if s.secrets {
		secrets = s.typ.Secrets()
	}
	return encode(values, secrets)
}

func decodeBoth(news, olds *wireStruct) (map[string]any, map[string]any, error) {
	n, err := decode(news)
	if err != nil {
		return nil, nil, err
	}
	o, err := decode(olds)
	return n, o, err
}

func rootOf(path string) string {
	for i, c := range path {
		if c == '.' || c == '[' {
			return path[:i]
		}
	}
	return path
}
