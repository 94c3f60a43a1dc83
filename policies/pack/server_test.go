package pack

import (
	"context"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	token = "aws:test/thing:Thing"
	urn   = "urn:pulumi:dev::shop::aws:test/thing:Thing::it"
)

var today = time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC)

// client starts the pack as the engine does, and returns a connection to it.
func client(t *testing.T, o Options) pulumirpc.AnalyzerClient {
	t.Helper()
	read, write := io.Pipe()
	o.Stdout = write
	if o.Now == nil {
		o.Now = func() time.Time { return today }
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, o) }()
	line := make([]byte, 16)
	n, err := read.Read(line)
	require.NoError(t, err)
	port, err := strconv.Atoi(strings.TrimSuffix(string(line[:n]), "\n"))
	require.NoError(t, err, "the first line is the port and nothing else")
	conn, err := grpc.NewClient("127.0.0.1:"+strconv.Itoa(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-done)
		assert.NoError(t, conn.Close())
	})
	return pulumirpc.NewAnalyzerClient(conn)
}

// configure starts a session for a stack.
func configure(t *testing.T, c pulumirpc.AnalyzerClient, dryRun bool, config map[string]string) {
	t.Helper()
	_, err := c.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
		Stack: "dev", Project: "shop", DryRun: dryRun, Config: config,
	})
	require.NoError(t, err)
}

func setLevels(c pulumirpc.AnalyzerClient, config map[string]*pulumirpc.PolicyConfig) error {
	_, err := c.Configure(context.Background(), &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: config})
	return err
}

func wire(t testing.TB, properties resource.PropertyMap) *structpb.Struct {
	t.Helper()
	s, err := plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	return s
}

func analyze(t *testing.T, c pulumirpc.AnalyzerClient, properties resource.PropertyMap) *pulumirpc.AnalyzeResponse {
	t.Helper()
	answer, err := c.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: "it", Properties: wire(t, properties)})
	require.NoError(t, err)
	return answer
}

func analyzeStack(t *testing.T, c pulumirpc.AnalyzerClient, resources ...*pulumirpc.AnalyzerResource) *pulumirpc.AnalyzeResponse {
	t.Helper()
	answer, err := c.AnalyzeStack(t.Context(), &pulumirpc.AnalyzeStackRequest{Resources: resources})
	require.NoError(t, err)
	return answer
}

// said is the diagnostics as `policy: level: message`.
func said(answer *pulumirpc.AnalyzeResponse) []string {
	lines := []string{}
	for _, d := range answer.GetDiagnostics() {
		lines = append(lines, d.GetPolicyName()+": "+strings.ToLower(d.GetEnforcementLevel().String())+": "+d.GetMessage())
	}
	return lines
}

// on is a rule that wants the property on to be true.
func on(id string, severity rule.Severity) *rule.Rule {
	return &rule.Rule{
		ID: id, Title: "It is on", Severity: severity, Types: []string{token},
		Settings: []rule.Setting{{Name: "limit", Development: 1, Production: 2, Stricter: rule.More}, {Name: "mode", Development: "a", Production: "a", Allowed: []string{"a", "b"}}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			return r.Get("on").Want(rule.IsTrue, "is off (limit "+rule.Of(s.Number("limit")).String()+")", "set on to true")
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch { return []rule.Patch{{Path: "on", Value: true}} },
	}
}

func off() resource.PropertyMap { return resource.NewPropertyMapFromMap(map[string]any{"on": false}) }

func TestUnknownIsAnAdvisoryLineAtPreviewAndFailsAtUpdate(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("plain", rule.Medium), on("strict", rule.High)}})
	unknown := resource.PropertyMap{"on": resource.MakeComputed(resource.NewProperty(""))}
	configure(t, c, true, nil)
	answer := analyze(t, c, unknown)
	assert.Empty(t, said(answer))
	assert.Len(t, answer.GetNotApplicable(), 2, "what is not known has not passed")
	assert.Equal(t, []string{
		"unknown-verdicts: advisory: 2 verdicts cannot be given: plain on it (on: known only after creation); strict on it (on: known only after creation)",
	}, said(analyzeStack(t, c)))

	configure(t, c, false, nil)
	assert.Equal(t, []string{"strict: mandatory: Thing it: cannot be decided: on is known only after creation. " +
		"Fix: make it known to this stack, exempt the resource, or set onUnknown of strict to warn."}, said(analyze(t, c, unknown)))

	configure(t, c, false, nil)
	warn, err := structpb.NewStruct(map[string]any{"onUnknown": "warn"})
	require.NoError(t, err)
	require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{Undecided: {Properties: warn}}))
	assert.Empty(t, said(analyze(t, c, unknown)))
}

func TestWhatIsOutsideTheStackIsSaidToFailLater(t *testing.T) {
	outside := &rule.Rule{ID: "outside", Severity: rule.High, Types: []string{token}, CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
		return g.Targets(r, "aws:ec2/subnet:Subnet", "subnets[]").Missing
	}}
	c := client(t, Options{Rules: []*rule.Rule{outside}})
	thing := &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it", Properties: wire(t, resource.NewPropertyMapFromMap(map[string]any{
		"subnets": []any{"subnet-1"}}))}
	configure(t, c, true, nil)
	answer := analyzeStack(t, c, thing)
	assert.Equal(t, []string{"unknown-verdicts: advisory: 1 verdict cannot be given: outside on it (subnets: external: not in this stack, so that the update will fail)"},
		said(answer))
	assert.Equal(t, []string{"outside"}, skippedNames(answer), "what is not known has not passed")
	configure(t, c, false, nil)
	assert.Equal(t, []string{"outside: mandatory: Thing it: cannot be decided: subnets is external: not in this stack. " +
		"Fix: make it known to this stack, exempt the resource, or set onUnknown of outside to warn."}, said(analyzeStack(t, c, thing)))
	lenient := *outside
	lenient.Lenient = true
	c = client(t, Options{Rules: []*rule.Rule{&lenient}})
	configure(t, c, false, nil)
	assert.Equal(t, []string{"unknown-verdicts: advisory: 1 verdict cannot be given: outside on it (subnets: external: not in this stack)"},
		said(analyzeStack(t, c, thing)))
}

func TestOneUnknownResourceKeepsAPolicyFromPassing(t *testing.T) {
	graph := &rule.Rule{ID: "graph", Severity: rule.High, Types: []string{token}, CheckGraph: func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
		return r.Get("on").Want(rule.IsTrue, "is off", "set on to true")
	}}
	c := client(t, Options{Rules: []*rule.Rule{graph}})
	thing := func(name string, on any) *pulumirpc.AnalyzerResource {
		return &pulumirpc.AnalyzerResource{Type: token, Urn: urn + name, Name: name, Properties: wire(t, resource.PropertyMap{"on": resource.NewPropertyValue(on)})}
	}
	later := resource.Computed{Element: resource.NewProperty("")}
	for name, x := range map[string]struct {
		first, second any
		want          []string
	}{
		"pass, unknown": {true, later, []string{"graph"}},
		"unknown, pass": {later, true, []string{"graph"}},
		"pass, pass":    {true, true, nil},
		"unknown, fail": {later, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			configure(t, c, true, nil)
			assert.Equal(t, x.want, skippedNames(analyzeStack(t, c, thing("1", x.first), thing("2", x.second))))
		})
	}
}

func TestARuleCanCapItsFinding(t *testing.T) {
	capped := on("capped", rule.High)
	check := capped.Check
	capped.Check = func(r *rule.Resource, s rule.Settings) rule.Verdict {
		v := check(r, s)
		v.AtMostAdvisory = true
		return v
	}
	c := client(t, Options{Rules: []*rule.Rule{capped}})
	assert.Equal(t, []string{"capped: advisory: Thing it: is off (limit 2). Fix: set on to true."}, said(analyze(t, c, off())))
}

func TestSummariesCountWhatWasAsked(t *testing.T) {
	elsewhere := on("elsewhere", rule.High)
	elsewhere.Types = []string{"aws:other/thing:Thing"}
	graph := &rule.Rule{ID: "graph", Severity: rule.High, Types: elsewhere.Types,
		CheckGraph: func(*rule.Graph, *rule.Resource, rule.Settings) rule.Verdict { return rule.Passed() }}
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High), elsewhere, graph}})
	assert.Equal(t, []string{"elsewhere"}, skippedNames(analyze(t, c, resource.PropertyMap{"on": resource.NewProperty(true)})))
	assert.Equal(t, []string{"graph"}, skippedNames(analyzeStack(t, c, &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"})))
	answer, err := c.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{Type: "pulumi:providers:aws", Urn: "urn:pulumi:dev::shop::pulumi:providers:aws::p"})
	require.NoError(t, err)
	assert.Equal(t, []string{"elsewhere", "strict"}, skippedNames(answer))
}

func skippedNames(answer *pulumirpc.AnalyzeResponse) []string {
	var names []string
	for _, n := range answer.GetNotApplicable() {
		names = append(names, n.GetPolicyName())
	}
	return names
}

func TestSecretsAreMasked(t *testing.T) {
	leaky := &rule.Rule{ID: "leaky", Severity: rule.High, Types: []string{token}, Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
		text, _ := r.Get("nested.password").Text()
		if text == "panic" {
			panic(text + " of hunter22")
		}
		return rule.Failed("has "+text, "not "+r.Get("nested").String())
	}}
	c := client(t, Options{Rules: []*rule.Rule{leaky}})
	properties := resource.PropertyMap{"nested": resource.MakeSecret(resource.NewProperty(resource.PropertyMap{
		"password": resource.NewProperty("hunter22")}))}
	assert.Equal(t, []string{"leaky: mandatory: Thing it: has [secret]. Fix: not [secret]."}, said(analyze(t, c, properties)))
	properties["nested"] = resource.NewProperty(resource.PropertyMap{
		"password": resource.NewProperty("panic"), "other": resource.MakeSecret(resource.NewProperty("hunter22"))})
	assert.NotContains(t, said(analyze(t, c, properties))[0], "hunter22")
}

func TestSecretsOfSeveralLinesAreMasked(t *testing.T) {
	leaky := &rule.Rule{ID: "leaky", Severity: rule.High, Types: []string{token}, Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
		text, _ := r.Get("key").Text()
		return rule.Failed("has "+text, "not it")
	}}
	c := client(t, Options{Rules: []*rule.Rule{leaky}})
	properties := resource.PropertyMap{"key": resource.MakeSecret(resource.NewProperty("hunter22\nand\t more")),
		"user": resource.MakeSecret(resource.NewProperty("hunter22"))}
	assert.Equal(t, []string{"leaky: mandatory: Thing it: has [secret]. Fix: not it."}, said(analyze(t, c, properties)))
}

func TestABrokenRuleTakesNothingElseDown(t *testing.T) {
	broken := &rule.Rule{ID: "broken", Severity: rule.High, Types: []string{token}, Check: func(*rule.Resource, rule.Settings) rule.Verdict { panic("oops") }}
	brokenToo := &rule.Rule{ID: "broken-too", Severity: rule.Low, Types: []string{token},
		CheckGraph: func(*rule.Graph, *rule.Resource, rule.Settings) rule.Verdict { panic("oops") }}
	c := client(t, Options{Rules: []*rule.Rule{broken, brokenToo, on("strict", rule.High)}})
	lines := said(analyze(t, c, off()))
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], "policy-internal-error: mandatory: broken on "+urn+": oops at server_test.go:")
	assert.Contains(t, lines[1], "strict: mandatory")
	lines = said(analyzeStack(t, c, &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it"}))
	require.Len(t, lines, 1)
	assert.Contains(t, lines[0], "policy-internal-error: advisory: broken-too on "+urn)
}

func TestStackChecksSeeInputsThatWereAnalysed(t *testing.T) {
	var seen []string
	look := &rule.Rule{ID: "look", Severity: rule.High, Types: []string{token}, CheckGraph: func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
		seen = append(seen, r.Name+": "+r.Get("on").String()+" "+r.Out("on").String())
		return rule.Passed()
	}}
	c := client(t, Options{Rules: []*rule.Rule{look}})
	configure(t, c, true, nil)
	analyze(t, c, resource.PropertyMap{"__defaults": resource.NewProperty([]resource.PropertyValue{})})
	computed := wire(t, resource.PropertyMap{"on": resource.MakeComputed(resource.NewProperty(""))})
	analyzeStack(t, c,
		&pulumirpc.AnalyzerResource{Type: token, Urn: urn + "2", Name: "read", Properties: wire(t, off())},
		&pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it", Properties: computed},
		&pulumirpc.AnalyzerResource{Type: "pulumi:providers:aws", Urn: "urn:pulumi:dev::shop::pulumi:providers:aws::p"},
		&pulumirpc.AnalyzerResource{Type: "pulumi:pulumi:Stack", Urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"})
	assert.Equal(t, []string{"it: not set [not known yet]", "read: false false"}, seen, "sorted by URN; inputs if seen, else outputs")
}

func TestWhatIsOnlyReadIsJudgedByItsOutputs(t *testing.T) {
	whole := on("whole", rule.High)
	whole.CheckGraph = func(_ *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
		return r.Get("on").Want(rule.IsTrue, "is off", "set on to true")
	}
	whole.Check, whole.Remedy = nil, nil
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High), whole}})
	require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{"strict": {EnforcementLevel: pulumirpc.EnforcementLevel_REMEDIATE}}))
	remedy, err := c.Remediate(t.Context(), &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: "it"})
	require.NoError(t, err)
	assert.Empty(t, remedy.GetRemediations())
	assert.Empty(t, said(analyze(t, c, resource.PropertyMap{})), "its inputs say nothing")
	isOn := wire(t, resource.NewPropertyMapFromMap(map[string]any{"on": true}))
	assert.Empty(t, said(analyzeStack(t, c, &pulumirpc.AnalyzerResource{Type: token, Urn: urn, Name: "it", Properties: isOn})))
}

func TestASecretThatTheEngineCannotDecryptIsNotKnown(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High)}})
	answer := analyze(t, c, resource.PropertyMap{"on": resource.MakeSecret(resource.NewProperty("[secret]"))})
	require.Len(t, answer.GetDiagnostics(), 1)
	assert.Contains(t, answer.GetDiagnostics()[0].GetMessage(), "cannot be decided: on is known only after creation")
}

func TestRemediationKeepsWhatItDoesNotTouch(t *testing.T) {
	c := client(t, Options{Rules: []*rule.Rule{on("strict", rule.High)}})
	properties := resource.PropertyMap{
		"on": resource.NewProperty(false), "id": resource.MakeComputed(resource.NewProperty("")), "key": resource.MakeSecret(resource.NewProperty("hunter22")),
		"__defaults": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("on"), resource.NewProperty("name")}),
	}
	req := &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: "it", Properties: wire(t, properties)}
	answer, err := c.Remediate(t.Context(), req)
	require.NoError(t, err)
	assert.Empty(t, answer.GetRemediations(), "only at level remediate")
	require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{"strict": {EnforcementLevel: pulumirpc.EnforcementLevel_REMEDIATE}}))
	answer, err = c.Remediate(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, answer.GetRemediations(), 1)
	assert.Equal(t, "plinth", answer.GetRemediations()[0].GetPolicyPackName())
	got, err := plugin.UnmarshalProperties(answer.GetRemediations()[0].GetProperties(), plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	properties["on"] = resource.NewProperty(true)
	properties["__defaults"] = resource.NewProperty([]resource.PropertyValue{resource.NewProperty("name")})
	assert.Equal(t, properties, got)
	assert.Equal(t, []string{"strict: remediate: Thing it: is off (limit 2). Fix: set on to true."}, said(analyze(t, c, off())),
		"the engine takes remediate as mandatory")
}

func TestABrokenRemedyTakesNothingElseDown(t *testing.T) {
	broken := on("broken", rule.High)
	broken.Remedy = func(*rule.Resource, rule.Settings) []rule.Patch { panic("oops") }
	c := client(t, Options{Rules: []*rule.Rule{broken, on("strict", rule.High)}})
	remediate := &pulumirpc.PolicyConfig{EnforcementLevel: pulumirpc.EnforcementLevel_REMEDIATE}
	require.NoError(t, setLevels(c, map[string]*pulumirpc.PolicyConfig{"broken": remediate, "strict": remediate}))
	answer, err := c.Remediate(t.Context(), &pulumirpc.AnalyzeRequest{Type: token, Urn: urn, Name: "it", Properties: wire(t, off())})
	require.NoError(t, err)
	require.Len(t, answer.GetRemediations(), 2)
	assert.Contains(t, answer.GetRemediations()[0].GetDiagnostic(), "cannot be remedied: broken on "+urn+": oops at server_test.go:")
	assert.Nil(t, answer.GetRemediations()[0].GetProperties())
	assert.True(t, answer.GetRemediations()[1].GetProperties().GetFields()["on"].GetBoolValue())
}

func TestCancelEndsServing(t *testing.T) {
	c := client(t, Options{})
	_, err := c.Cancel(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	_, err = c.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{Type: token, Urn: urn})
	assert.Error(t, err)
}

func TestThePackEndsWithItsEngine(t *testing.T) {
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve(t.Context(), Options{Stdout: write, EngineCheck: time.Millisecond}) }()
	line := make([]byte, 16)
	n, err := read.Read(line)
	require.NoError(t, err)
	conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(string(line[:n])), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = pulumirpc.NewAnalyzerClient(conn).Handshake(t.Context(), &pulumirpc.AnalyzerHandshakeRequest{EngineAddress: "127.0.0.1:1"})
	require.NoError(t, err)
	assert.NoError(t, <-done)
}

// A part of a secret is none that could be found and masked.
func TestNothingOfASecretPolicyIsQuoted(t *testing.T) {
	for policy, rest := range map[string]string{
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:HiddenAction","Resource":"*"}]}`:                                "lets everyone [secret]",
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"hidden.amazonaws.com"},"Action":"s3:HiddenAction","Resource":"*"}]}`: "lets [secret] act",
	} {
		c := client(t, Options{})
		answer, err := c.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{Type: "aws:s3/bucketPolicy:BucketPolicy", Urn: urn, Name: "it",
			Properties: wire(t, resource.PropertyMap{"policy": resource.MakeSecret(resource.NewProperty(policy))})})
		require.NoError(t, err)
		all := strings.Join(said(answer), "\n")
		assert.Contains(t, all, rest)
		assert.NotContains(t, strings.ToLower(all), "hidden")
	}
}
