package alb

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// RuleArgs are a rule of the main listener: which requests, and what is done with them.
// All kinds of condition that are set must hold; of the values of one kind, any. At most
// five values in total. Exactly one action is set.
type RuleArgs struct {
	// Priority orders the rules, the lowest first: 1 to 50000, each used once.
	Priority int `pulumi:"priority"`

	// Hosts are host names; * and ? are wildcards. Default: any.
	Hosts []string `pulumi:"hosts,optional"`
	// Paths are URL paths beginning with /; * and ? are wildcards. Default: any.
	Paths []string `pulumi:"paths,optional"`
	// Methods are HTTP methods. Default: any.
	Methods []string `pulumi:"methods,optional"`
	// Headers are values by header name; * and ? are wildcards. Default: any.
	Headers map[string][]string `pulumi:"headers,optional"`
	// Query are parameters of the query string. Default: any.
	Query []QueryArgs `pulumi:"query,optional"`
	// SourceCidrs are address blocks of clients. Default: any.
	SourceCidrs []string `pulumi:"sourceCidrs,optional"`

	// Oidc makes users log in first, at an OpenID Connect provider. Default: no log-in.
	Oidc *OidcArgs `pulumi:"oidc,optional"`
	// Cognito makes users log in first, at a user pool. Default: no log-in.
	Cognito *CognitoArgs `pulumi:"cognito,optional"`

	// TargetGroup is the action of sending to the target group with this key.
	// Default: none; another action is set.
	TargetGroup string `pulumi:"targetGroup,optional"`
	// Weighted is the action of sending to several target groups by weight.
	// Default: none; another action is set.
	Weighted *WeightedArgs `pulumi:"weighted,optional"`
	// Redirect is the action of sending the client elsewhere.
	// Default: none; another action is set.
	Redirect *RedirectArgs `pulumi:"redirect,optional"`
	// FixedResponse is the action of answering at once.
	// Default: none; another action is set.
	FixedResponse *FixedResponseArgs `pulumi:"fixedResponse,optional"`
}

// QueryArgs are one parameter of the query string.
type QueryArgs struct {
	// Key is the parameter's name. Default: any.
	Key string `pulumi:"key,optional"`
	// Value is its value; * and ? are wildcards.
	Value string `pulumi:"value"`
}

// WeightedArgs spread requests over target groups.
type WeightedArgs struct {
	// TargetGroups are weights, 0 to 999, by key: one to five groups. A group with
	// weight 0 gets nothing but is kept ready.
	TargetGroups map[string]int `pulumi:"targetGroups"`
	// Stickiness is for how many seconds a client stays with a group, 1 to 604800.
	// Default: 0, every request is decided by itself.
	Stickiness int `pulumi:"stickiness,optional"`
}

// RedirectArgs send the client to another URL. What is left out stays as it was.
type RedirectArgs struct {
	// Protocol is "HTTP" or "HTTPS". Default: the request's.
	Protocol string `pulumi:"protocol,optional"`
	// Host may hold #{host}. Default: the request's.
	Host string `pulumi:"host,optional"`
	// Port is "1" to "65535". Default: the request's.
	Port string `pulumi:"port,optional"`
	// Path begins with / and may hold #{host}, #{path} and #{port}. Default: the request's.
	Path string `pulumi:"path,optional"`
	// Query is without the question mark. Default: the request's.
	Query string `pulumi:"query,optional"`
	// Permanent lets browsers remember it (301 instead of 302). Default: false.
	Permanent bool `pulumi:"permanent,optional"`
}

// FixedResponseArgs are an answer that no target is asked for.
type FixedResponseArgs struct {
	// StatusCode is a status of 2xx, 4xx or 5xx.
	StatusCode int `pulumi:"statusCode"`
	// ContentType is text/plain, text/css, text/html, application/javascript or
	// application/json. Default: "text/plain".
	ContentType string `pulumi:"contentType,optional"`
	// Body is at most 1024 bytes. Default: empty.
	Body string `pulumi:"body,optional"`
}

func (r RuleArgs) withDefaults() RuleArgs {
	r.Oidc, r.Cognito = r.Oidc.withDefaults(), r.Cognito.withDefaults()
	if r.FixedResponse != nil {
		r.FixedResponse = base.CopyOf(r.FixedResponse)
		base.Default(&r.FixedResponse.ContentType, "text/plain")
	}
	return r
}

func (a *LoadBalancerArgs) validateRules(errs *fielderr.List) {
	holder := map[int]string{}
	for _, key := range base.SortedKeys(a.Rules) {
		rule, at := a.Rules[key], errs.At("rules", fielderr.Key(key))
		within(at, "priority", rule.Priority, 1, 50000)
		if other, taken := holder[rule.Priority]; taken {
			at.Invalid("priority", rule.Priority, "rule %q has it already", other)
		} else {
			holder[rule.Priority] = key
		}
		rule.validateConditions(at)
		rule.validateAction(at)
		if (rule.Oidc != nil || rule.Cognito != nil) && a.Protocol == PlaintextHttp {
			at.Add("", "log-in works over HTTPS only")
		}
	}
}

// Limits of Elastic Load Balancing, per rule.
const (
	maxRuleValues    = 5
	maxRuleWildcards = 6
)

var (
	methodPattern = regexp.MustCompile(`^[A-Z_-]{1,40}$`)
	headerPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$")
)

func (r RuleArgs) validateConditions(errs *fielderr.List) {
	values, wildcards := 0, 0
	count := func(path, value string, patterns bool) {
		values++
		if value == "" || len(value) > 128 {
			errs.Invalid(path, value, "must have 1 to 128 characters")
		}
		if patterns {
			wildcards += strings.Count(value, "*") + strings.Count(value, "?")
		}
	}
	for i, host := range r.Hosts {
		count("hosts"+fielderr.Index(i), host, true)
	}
	for i, path := range r.Paths {
		count("paths"+fielderr.Index(i), path, true)
		if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*") {
			errs.Invalid("paths"+fielderr.Index(i), path, "must begin with /")
		}
	}
	for i, method := range r.Methods {
		count("methods"+fielderr.Index(i), method, false)
		if !methodPattern.MatchString(method) {
			errs.Invalid("methods"+fielderr.Index(i), method, "must be upper-case letters, hyphens and underscores")
		}
	}
	for _, header := range base.SortedKeys(r.Headers) {
		path := fielderr.Join("headers", fielderr.Key(header))
		if !headerPattern.MatchString(header) {
			errs.Invalid(path, header, "is not a header name of at most 40 characters")
		} else if strings.EqualFold(header, "host") {
			errs.Add(path, "the Host header is matched by hosts")
		}
		if len(r.Headers[header]) == 0 {
			errs.Required(path)
		}
		for i, value := range r.Headers[header] {
			count(path+fielderr.Index(i), value, true)
		}
	}
	for i, query := range r.Query {
		count("query"+fielderr.Index(i)+".value", query.Value, true)
		wildcards += strings.Count(query.Key, "*") + strings.Count(query.Key, "?")
	}
	for i, block := range r.SourceCidrs {
		count("sourceCidrs"+fielderr.Index(i), block, false)
		if prefix, err := netip.ParsePrefix(block); err != nil || prefix != prefix.Masked() {
			errs.Invalid("sourceCidrs"+fielderr.Index(i), block, "is not an address block such as 10.0.0.0/16")
		}
	}
	switch {
	case values == 0:
		errs.Add("", "needs a condition: hosts, paths, methods, headers, query or sourceCidrs")
	case values > maxRuleValues:
		errs.Add("", "has %d values in its conditions; AWS allows %d a rule", values, maxRuleValues)
	case wildcards > maxRuleWildcards:
		errs.Add("", "has %d wildcards in its conditions; AWS allows %d a rule", wildcards, maxRuleWildcards)
	}
}

func (r RuleArgs) validateAction(errs *fielderr.List) {
	actions := 0
	for _, set := range []bool{r.TargetGroup != "", r.Weighted != nil, r.Redirect != nil, r.FixedResponse != nil} {
		if set {
			actions++
		}
	}
	if actions != 1 {
		errs.Add("", "needs exactly one of targetGroup, weighted, redirect and fixedResponse; has %d", actions)
	}
	if r.Oidc != nil && r.Cognito != nil {
		errs.Conflict("oidc", "cognito", "users log in once")
	}
	r.Oidc.validate(errs.At("oidc"))
	r.Cognito.validate(errs.At("cognito"))
	if w := r.Weighted; w != nil {
		at := errs.At("weighted")
		within(at, "stickiness", w.Stickiness, 0, 604800)
		if n := len(w.TargetGroups); n < 1 || n > 5 {
			at.Add("targetGroups", "has %d groups; must be 1 to 5", n)
		}
		sum := 0
		for _, key := range base.SortedKeys(w.TargetGroups) {
			within(at, fielderr.Join("targetGroups", fielderr.Key(key)), w.TargetGroups[key], 0, 999)
			sum += w.TargetGroups[key]
		}
		if sum == 0 && len(w.TargetGroups) > 0 {
			at.Add("targetGroups", "every weight is 0: nothing would be served")
		}
	}
	if d := r.Redirect; d != nil {
		at := errs.At("redirect")
		fielderr.OneOf(at, "protocol", d.Protocol, "", "HTTP", "HTTPS")
		if d.Path != "" && !strings.HasPrefix(d.Path, "/") {
			at.Invalid("path", d.Path, "must begin with /")
		}
		if d.Protocol+d.Host+d.Port+d.Path == "" {
			at.Add("", "must change protocol, host, port or path, or it leads back to itself")
		}
	}
	if f := r.FixedResponse; f != nil {
		at := errs.At("fixedResponse")
		if class := f.StatusCode / 100; class != 2 && class != 4 && class != 5 {
			at.Invalid("statusCode", f.StatusCode, "must be 2xx, 4xx or 5xx")
		}
		fielderr.OneOf(at, "contentType", f.ContentType, "text/plain", "text/css", "text/html", "application/javascript", "application/json")
		if len(f.Body) > 1024 {
			at.Add("body", "has %d bytes; AWS allows 1024", len(f.Body))
		}
	}
}

func (l *LoadBalancer) addRules(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	for _, key := range base.SortedKeys(a.Rules) {
		rule, name := a.Rules[key], l.child("rule", key)
		made, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
			ListenerArn: l.Listener.Arn,
			Priority:    pulumi.Int(rule.Priority),
			Conditions:  rule.conditions(),
			Actions:     l.actions(rule),
			Tags:        l.tags(name, a),
		}, pulumi.Parent(l))
		if err != nil {
			return fmt.Errorf("create listener rule %s: %w", name, err)
		}
		l.Rules[key] = made
	}
	return nil
}

func (r RuleArgs) conditions() lb.ListenerRuleConditionArray {
	var all lb.ListenerRuleConditionArray
	if len(r.Hosts) > 0 {
		all = append(all, lb.ListenerRuleConditionArgs{HostHeader: lb.ListenerRuleConditionHostHeaderArgs{Values: pulumi.ToStringArray(r.Hosts)}})
	}
	if len(r.Paths) > 0 {
		all = append(all, lb.ListenerRuleConditionArgs{PathPattern: lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray(r.Paths)}})
	}
	if len(r.Methods) > 0 {
		all = append(all, lb.ListenerRuleConditionArgs{HttpRequestMethod: lb.ListenerRuleConditionHttpRequestMethodArgs{Values: pulumi.ToStringArray(r.Methods)}})
	}
	for _, header := range base.SortedKeys(r.Headers) {
		all = append(all, lb.ListenerRuleConditionArgs{HttpHeader: lb.ListenerRuleConditionHttpHeaderArgs{
			HttpHeaderName: pulumi.String(header), Values: pulumi.ToStringArray(r.Headers[header]),
		}})
	}
	if len(r.Query) > 0 {
		var list lb.ListenerRuleConditionQueryStringArray
		for _, q := range r.Query {
			list = append(list, lb.ListenerRuleConditionQueryStringArgs{Key: text(q.Key), Value: pulumi.String(q.Value)})
		}
		all = append(all, lb.ListenerRuleConditionArgs{QueryStrings: list})
	}
	if len(r.SourceCidrs) > 0 {
		all = append(all, lb.ListenerRuleConditionArgs{SourceIp: lb.ListenerRuleConditionSourceIpArgs{Values: pulumi.ToStringArray(r.SourceCidrs)}})
	}
	return all
}

func (l *LoadBalancer) actions(r RuleArgs) lb.ListenerRuleActionArray {
	var all lb.ListenerRuleActionArray
	if r.Oidc != nil {
		all = append(all, r.Oidc.action())
	}
	if r.Cognito != nil {
		all = append(all, r.Cognito.action())
	}
	last := lb.ListenerRuleActionArgs{Order: pulumi.Int(len(all) + 1)}
	switch {
	case r.TargetGroup != "":
		last.Type = pulumi.String("forward")
		last.TargetGroupArn = l.TargetGroups[r.TargetGroup].Arn
	case r.Weighted != nil:
		last.Type = pulumi.String("forward")
		last.Forward = l.weighted(r.Weighted)
	case r.Redirect != nil:
		last.Type = pulumi.String("redirect")
		last.Redirect = r.Redirect.action()
	default:
		last.Type = pulumi.String("fixed-response")
		last.FixedResponse = lb.ListenerRuleActionFixedResponseArgs{
			StatusCode: pulumi.Sprintf("%d", r.FixedResponse.StatusCode), ContentType: pulumi.String(r.FixedResponse.ContentType),
			MessageBody: text(r.FixedResponse.Body),
		}
	}
	return append(all, last)
}

func (l *LoadBalancer) weighted(w *WeightedArgs) lb.ListenerRuleActionForwardArgs {
	forward := lb.ListenerRuleActionForwardArgs{}
	var groups lb.ListenerRuleActionForwardTargetGroupArray
	for _, key := range base.SortedKeys(w.TargetGroups) {
		groups = append(groups, lb.ListenerRuleActionForwardTargetGroupArgs{
			Arn: l.TargetGroups[key].Arn, Weight: pulumi.Int(w.TargetGroups[key]),
		})
	}
	forward.TargetGroups = groups
	if w.Stickiness > 0 {
		forward.Stickiness = lb.ListenerRuleActionForwardStickinessArgs{Enabled: pulumi.Bool(true), Duration: pulumi.Int(w.Stickiness)}
	}
	return forward
}

func (d *RedirectArgs) action() lb.ListenerRuleActionRedirectArgs {
	status := "HTTP_302"
	if d.Permanent {
		status = "HTTP_301"
	}
	return lb.ListenerRuleActionRedirectArgs{
		Protocol: text(d.Protocol), Host: text(d.Host), Port: text(d.Port), Path: text(d.Path), Query: text(d.Query),
		StatusCode: pulumi.String(status),
	}
}
