package pack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/plinth-iac/plinth/policies/rule"
)

// server is the pack as the engine sees it.
type server struct {
	pulumirpc.UnimplementedAnalyzerServer
	options Options
	// ctx ends when the pack is to stop; stop ends it.
	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	current *session
}

// Handshake is the first call; it tells where the engine listens.
func (s *server) Handshake(
	_ context.Context, req *pulumirpc.AnalyzerHandshakeRequest,
) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	if req.GetEngineAddress() != "" {
		if err := rpcutil.Healthcheck(s.ctx, req.GetEngineAddress(), s.options.EngineCheck, s.stop); err != nil {
			return nil, fmt.Errorf("watch the engine: %w", err)
		}
	}
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

// ConfigureStack starts a session for a preview or update of a stack.
func (s *server) ConfigureStack(
	_ context.Context, req *pulumirpc.AnalyzerStackConfigureRequest,
) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	for _, key := range [...]string{ConfigKey, ProfileKey, ExemptionsKey} {
		if slices.Contains(req.GetConfigSecretKeys(), key) { // before anything shows what is in it
			return nil, status.Errorf(codes.InvalidArgument, "stack config: %s: must not be a secret, so that it can be reviewed", key)
		}
	}
	started, err := newSession(s.options, req.GetConfig(), req.GetDryRun())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = started
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

// session is the current one, locked until done is called. It is made here when the
// engine has not told of a stack, as when it analyses an exported state.
func (s *server) session() (current *session, done func(), err error) {
	if s.ctx.Err() != nil {
		return nil, nil, status.Error(codes.Canceled, "the policy pack was told to stop")
	}
	s.mu.Lock()
	if s.current == nil {
		if s.current, err = newSession(s.options, nil, false); err != nil {
			s.mu.Unlock()
			return nil, nil, status.Error(codes.InvalidArgument, err.Error())
		}
	}
	return s.current, s.mu.Unlock, nil
}

// Configure takes the level and settings of each policy.
func (s *server) Configure(_ context.Context, req *pulumirpc.ConfigureAnalyzerRequest) (*emptypb.Empty, error) {
	current, done, err := s.session()
	if err != nil {
		return nil, err
	}
	defer done()
	given := make(map[string]policyConfig, len(req.GetPolicyConfig()))
	for name, config := range req.GetPolicyConfig() {
		level := levelOf(config.GetEnforcementLevel())
		given[name] = policyConfig{level: &level, settings: config.GetProperties().AsMap()}
	}
	if err := current.configure(given); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &emptypb.Empty{}, nil
}

// GetPluginInfo tells the version.
func (s *server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetAnalyzerInfo lists the policies, with the levels and defaults of the profile.
func (s *server) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	current, done, err := s.session()
	if err != nil {
		return nil, err
	}
	defer done()
	return info(current), nil
}

// Analyze judges a resource before it is created.
func (s *server) Analyze(_ context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	r := fromInputs(req)
	current, done, err := s.session()
	if err != nil {
		return nil, err
	}
	defer done()
	if onlyRead(req) {
		return &pulumirpc.AnalyzeResponse{NotApplicable: current.skipped("")}, nil
	}
	return current.analyze(r, req.GetType()), nil
}

// AnalyzeStack judges the stack at the end of a preview or update.
func (s *server) AnalyzeStack(_ context.Context, req *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	current, done, err := s.session()
	if err != nil {
		return nil, err
	}
	defer done()
	var resources []*rule.Resource
	root := ""
	for _, res := range req.GetResources() {
		if root == "" {
			root = rootStack(res.GetUrn())
		}
		if judged(res.GetType()) {
			resources = append(resources, fromOutputs(res, current.seen[res.GetUrn()]))
		}
	}
	return current.analyzeStack(resources, root), nil
}

// rootStack is the URN of the stack that a resource is in. Findings need a URN; those
// about no one resource get this one.
func rootStack(urn string) string {
	parts := strings.SplitN(urn, "::", 3)
	stack, ok := strings.CutPrefix(parts[0], "urn:pulumi:")
	if !ok || len(parts) < 3 {
		return ""
	}
	return fmt.Sprintf("urn:pulumi:%s::%s::pulumi:pulumi:Stack::%s-%s", stack, parts[1], parts[1], stack)
}

// Remediate sets right what policies at level remediate know how to. What is not touched
// goes back as it came, unknown and secret values too.
func (s *server) Remediate(_ context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	current, done, err := s.session()
	if err != nil {
		return nil, err
	}
	defer done()
	if onlyRead(req) {
		return &pulumirpc.RemediateResponse{}, nil
	}
	var ready []*policy
	for _, p := range current.checks[rule.Canonical(req.GetType())] {
		if p.level == rule.Remediate && p.Remedy != nil {
			ready = append(ready, p)
		}
	}
	response := &pulumirpc.RemediateResponse{}
	for _, p := range ready {
		r := fromInputs(req)
		f, err := rule.Run(p.Rule, nil, r, p.settings)
		if err != nil || f.Outcome != rule.Fail || current.isExempt(p, f) {
			continue // Analyze says what is wrong, or that it is exempt
		}
		patches, err := rule.Cure(p.Rule, r, p.settings)
		if err != nil {
			response.Remediations = append(response.Remediations, &pulumirpc.Remediation{
				PolicyName: p.ID, PolicyPackName: s.options.Pack.Name, PolicyPackVersion: Version, Description: p.Title,
				Diagnostic: "cannot be remedied: " + oneLine(err.Error()),
			})
			continue
		}
		changed := proto.CloneOf(req.GetProperties())
		patched := false
		for _, patch := range patches {
			patched = apply(changed, patch) || patched
		}
		if !patched {
			continue
		}
		req = proto.CloneOf(req)
		req.Properties = changed
		response.Remediations = append(response.Remediations, &pulumirpc.Remediation{
			PolicyName: p.ID, PolicyPackName: s.options.Pack.Name, PolicyPackVersion: Version, Description: p.Title, Properties: changed,
		})
	}
	return response, nil
}

// Cancel stops the pack.
func (s *server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.stop()
	return &emptypb.Empty{}, nil
}

func levelOf(l pulumirpc.EnforcementLevel) rule.Level {
	switch l {
	case pulumirpc.EnforcementLevel_MANDATORY:
		return rule.Mandatory
	case pulumirpc.EnforcementLevel_DISABLED:
		return rule.Disabled
	case pulumirpc.EnforcementLevel_REMEDIATE:
		return rule.Remediate
	}
	return rule.Advisory
}

func wireLevel(l rule.Level) pulumirpc.EnforcementLevel {
	switch l {
	case rule.Mandatory:
		return pulumirpc.EnforcementLevel_MANDATORY
	case rule.Disabled:
		return pulumirpc.EnforcementLevel_DISABLED
	case rule.Remediate:
		return pulumirpc.EnforcementLevel_REMEDIATE
	}
	return pulumirpc.EnforcementLevel_ADVISORY
}

func wireSeverity(s rule.Severity) pulumirpc.PolicySeverity {
	return [...]pulumirpc.PolicySeverity{
		pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW, pulumirpc.PolicySeverity_POLICY_SEVERITY_MEDIUM,
		pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH, pulumirpc.PolicySeverity_POLICY_SEVERITY_CRITICAL,
	}[s]
}
