package simcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const defaultAccount = "123456789012"

// instance is one configured provider: an engine's default provider, or an explicit one for another region or account.
type instance struct {
	scope aws.Scope
	// tags are put on every resource that takes tags.
	tags map[string]any
	// ignored tags are AWS's or others' own.
	ignoredKeys, ignoredPrefixes []string
	// secrets says that the engine understands values marked as secret.
	secrets bool
	// attempts is how often the SDK sends a request before it gives up.
	attempts int
}

// settings are the provider's configuration as far as the cloud gives it a meaning; nil holds what is unknown in a preview.
type settings map[string]any

// CheckConfig judges the configuration of a provider.
func (p *provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	resp := &pulumirpc.CheckResponse{Inputs: req.GetNews()}
	fail := func(property, format string, args ...any) {
		resp.Failures = append(resp.Failures, &pulumirpc.CheckFailure{Property: property, Reason: fmt.Sprintf(format, args...)})
	}
	if news["assumeRole"] != nil {
		fail("assumeRole", "invalid config key 'aws:assumeRole', should be 'aws:assumeRoles'")
	}
	for key := range news {
		if !knownSettings[key] && !strings.HasPrefix(key, "__") {
			fail(key, "Invalid or unknown key")
		}
	}
	if region, ok := news["region"].(string); ok && !aws.KnownRegion(region) {
		fail("region", "invalid AWS Region: %s", region)
	} else if news["region"] == nil {
		fail("region", "Missing region configuration: set it with `pulumi config set aws:region <region>` or on the provider")
	}
	return resp, nil
}

var knownSettings = func() map[string]bool {
	out := map[string]bool{}
	for _, key := range strings.Fields(`accessKey allowedAccountIds assumeRoles assumeRoleWithWebIdentity customCaBundle defaultTags
		ec2MetadataServiceEndpoint ec2MetadataServiceEndpointMode endpoints forbiddenAccountIds httpProxy httpsProxy ignoreTags insecure maxRetries
		noProxy profile region retryMode s3UsEast1RegionalEndpoint s3UsePathStyle secretKey sharedConfigFiles sharedCredentialsFiles
		skipCredentialsValidation skipMetadataApiCheck skipRegionValidation skipRequestingAccountId stsRegion token tokenBucketRateLimiterCapacity
		useDualstackEndpoint useFipsEndpoint version pluginDownloadURL`) {
		out[key] = true
	}
	return out
}()

// DiffConfig says that a provider for another region is another provider: what it made has to be made anew there.
func (p *provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	if len(olds) == 0 {
		if olds, err = decode(req.GetOlds()); err != nil {
			return nil, err
		}
	}
	news, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	resp := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	for key := range knownSettings {
		if !same(olds[key], news[key]) && key != "version" && key != "pluginDownloadURL" {
			resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
			resp.Diffs = append(resp.Diffs, key)
		}
	}
	slices.Sort(resp.Diffs)
	if _, known := news["region"].(string); known && !same(olds["region"], news["region"]) && olds["region"] != nil {
		resp.Replaces = []string{"region"}
	}
	return resp, nil
}

// Configure makes the instance of this connection.
func (p *provider) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	args, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	s := settings(args)
	inst := &instance{secrets: req.GetAcceptSecrets(), attempts: usualAttempts}
	if n, err := strconv.Atoi(fmt.Sprint(s["maxRetries"])); err == nil && n > 0 {
		inst.attempts = n
	}
	inst.scope.Region, _ = s["region"].(string)
	allowed := s.strings("allowedAccountIds")
	inst.scope.Account = p.cloud.account
	if roles, ok := s.value("assumeRoles").([]any); ok && len(roles) > 0 {
		role, _ := roles[len(roles)-1].(map[string]any)
		arn, _ := role["roleArn"].(string)
		if parts := strings.Split(arn, ":"); len(parts) == 6 {
			inst.scope.Account = parts[4]
		}
	}
	if inst.scope.Account == "" {
		inst.scope.Account = defaultAccount
		if len(allowed) > 0 {
			inst.scope.Account = allowed[0]
		}
	}
	if account := inst.scope.Account; len(allowed) > 0 && !slices.Contains(allowed, account) || slices.Contains(s.strings("forbiddenAccountIds"), account) {
		return nil, fmt.Errorf("AWS account ID not allowed: %s", account)
	}
	if tags, ok := s.value("defaultTags").(map[string]any); ok {
		inst.tags, _ = tags["tags"].(map[string]any)
	}
	if ignore, ok := s.value("ignoreTags").(map[string]any); ok {
		inst.ignoredKeys, inst.ignoredPrefixes = settings(ignore).strings("keys"), settings(ignore).strings("keyPrefixes")
	}
	p.mu.Lock()
	p.instances[connection(ctx)] = inst
	p.mu.Unlock()
	return &pulumirpc.ConfigureResponse{SupportsPreview: true, SupportsAutonamingConfiguration: true}, nil
}

// value reads a structured setting, which comes as it is or as JSON text.
func (s settings) value(key string) any {
	text, ok := s[key].(string)
	if !ok {
		return s[key]
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}

func (s settings) strings(key string) []string {
	list, _ := s.value(key).([]any)
	var out []string
	for _, v := range list {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case float64: // an account ID in JSON text without quotes
			out = append(out, fmt.Sprintf("%012.0f", v))
		}
	}
	return out
}

// merge puts the provider's tags and a resource's own together; Unknown if any is not known.
func (i *instance) mergeTags(own any) any {
	if _, unknown := own.(facts.Unknown); unknown {
		return own
	}
	out := facts.Clone(i.tags)
	if out == nil {
		out = map[string]any{}
	}
	tags, _ := own.(map[string]any)
	for key, v := range tags {
		if _, unknown := v.(facts.Unknown); unknown {
			return v
		}
		if key != facts.DefaultsKey {
			out[key] = v
		}
	}
	for key := range out {
		if slices.Contains(i.ignoredKeys, key) || slices.ContainsFunc(i.ignoredPrefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			delete(out, key)
		}
	}
	return out
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
