package waf

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Scope is what a web ACL may be attached to.
type Scope string

// Scopes.
const (
	// CloudFront is for distributions, which name the web ACL themselves. It is made in
	// us-east-1, wherever the origins are.
	CloudFront Scope = "CloudFront"
	// Regional is for load balancers, and other regional services, of one region.
	Regional Scope = "Regional"
)

// Mode is what becomes of a request that a rule is against.
type Mode string

// Modes.
const (
	// Block turns the request away.
	Block Mode = "Block"
	// Count lets it through, counted, labelled and logged.
	Count Mode = "Count"
)

// WebAclArgs are the arguments of NewWebAcl. The fields from Allow to Labelled are the
// rules, in the order in which they are looked at. Keys of maps are 1 to 32 letters,
// digits, hyphens and underscores.
type WebAclArgs struct {
	// Scope is what the web ACL may be attached to. Another one replaces it.
	Scope Scope `pulumi:"scope"`
	// Region is the region of the component's provider: us-east-1 for CloudFront.
	Region string `pulumi:"region"`
	// Mode is what becomes of a request that a rule is against, unless the rule says
	// otherwise. Default: Block.
	Mode Mode `pulumi:"mode,optional"`

	// Allow are lists of addresses that are let in, whatever else is said. Default: none.
	Allow map[string]AllowListArgs `pulumi:"allow,optional"`
	// Block are lists of addresses that are kept out. Default: none.
	Block map[string]BlockListArgs `pulumi:"block,optional"`
	// Geo goes by the country of an address. Default: all countries.
	Geo *GeoArgs `pulumi:"geo,optional"`
	// RateLimits hold back clients that send too much; at most 10. Default: none.
	RateLimits map[string]RateLimitArgs `pulumi:"rateLimits,optional"`
	// Body limits what requests carry. Default: no limit of its own; GroupCore has one of
	// 8 KB, in its rule SizeRestrictions_BODY.
	Body *BodyArgs `pulumi:"body,optional"`
	// Groups change rule groups that AWS manages, or add one. Default: as they are,
	// GroupIpReputation, GroupAnonymousIp, GroupBadInputs, GroupCore and GroupSqlInjection.
	Groups map[Group]GroupArgs `pulumi:"groups,optional"`
	// BotControl tells people from programs. It costs extra. Default: off.
	BotControl *BotControlArgs `pulumi:"botControl,optional"`
	// Labelled goes by what earlier rules, also of groups, have put on a request.
	// Default: none.
	Labelled map[string]LabelledArgs `pulumi:"labelled,optional"`

	// MaxCapacity is how many capacity units the rules may take, to 5000. What is above 1500
	// makes every request dearer. Default: 1500.
	MaxCapacity int `pulumi:"maxCapacity,optional"`
	// Response is what a client gets whose request is blocked. Default: status 403, 413 from
	// Body and 429 from RateLimits, without a text.
	Response *ResponseArgs `pulumi:"response,optional"`
	// SampledRequests keeps samples of requests for three hours. They hold credentials,
	// which AWS hides in logs only. Default: false.
	SampledRequests bool `pulumi:"sampledRequests,optional"`

	// Associations are the ARNs of what the web ACL protects, such as load balancers, for
	// Regional. Who changes a key leaves what it names unprotected until the next deploy.
	// Default: none.
	Associations map[string]pulumi.StringInput `pulumi:"associations,optional"`
	// Logs is about the log of requests. Default: what is blocked or counted, to a log group of
	// its own.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// Alarms watches how much is blocked. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// AllowListArgs are addresses that are let in, in blocks such as "192.0.2.0/24".
type AllowListArgs struct {
	// Ipv4 are at most 10000 blocks of IPv4 addresses. Default: none.
	Ipv4 pulumi.StringArrayInput `pulumi:"ipv4,optional"`
	// Ipv6 are at most 10000 blocks of IPv6 addresses. Default: none.
	Ipv6 pulumi.StringArrayInput `pulumi:"ipv6,optional"`
}

// BlockListArgs are addresses that are kept out, in blocks such as "192.0.2.0/24".
type BlockListArgs struct {
	// Ipv4 are at most 10000 blocks of IPv4 addresses. Default: none.
	Ipv4 pulumi.StringArrayInput `pulumi:"ipv4,optional"`
	// Ipv6 are at most 10000 blocks of IPv6 addresses. Default: none.
	Ipv6 pulumi.StringArrayInput `pulumi:"ipv6,optional"`
	// Mode is this list's. Default: the web ACL's.
	Mode Mode `pulumi:"mode,optional"`
}

// GeoArgs go by countries, as two capital letters; exactly one list is given. AWS takes
// the country from the address, and is wrong at times.
type GeoArgs struct {
	// Only keeps out all countries but these. Default: not used.
	Only []string `pulumi:"only,optional"`
	// Except keeps out these countries. Default: not used.
	Except []string `pulumi:"except,optional"`
	// Mode is this rule's. Default: the web ACL's.
	Mode Mode `pulumi:"mode,optional"`
}

// RateLimitArgs hold back who sends more than Limit requests in a window, for as long as
// it goes on. AWS estimates, and notices within a minute or so.
type RateLimitArgs struct {
	// Limit is how many requests may come in a window, 10 to 2000000000.
	Limit int `pulumi:"limit"`
	// WindowSeconds is the window: 60, 120, 300 or 600. Default: 300.
	WindowSeconds int `pulumi:"windowSeconds,optional"`
	// Header is the header by whose value requests are counted, such as x-api-key; those
	// without it are not. Who makes up values goes free, so a limit by address is wanted too.
	// Default: they are counted by address.
	Header string `pulumi:"header,optional"`
	// OnlyPaths are the paths that are counted, such as "/login" or "/api/*", together.
	// Default: all.
	OnlyPaths []string `pulumi:"onlyPaths,optional"`
	// ExceptPaths are paths that are not counted. Default: none.
	ExceptPaths []string `pulumi:"exceptPaths,optional"`
	// Mode is this limit's. Default: the web ACL's.
	Mode Mode `pulumi:"mode,optional"`
}

// BodyArgs are about bodies of requests. AWS WAF sees the beginning of a body only: 8 KB
// of what load balancers get, InspectKb of what CloudFront gets.
type BodyArgs struct {
	// MaxBytes is how long a body may be, at most what is seen of it. It takes the place of
	// GroupCore's SizeRestrictions_BODY, which then only counts. Default: no limit of its own.
	MaxBytes int `pulumi:"maxBytes,optional"`
	// ExceptPaths are paths without the limit, such as those of uploads. Default: none.
	ExceptPaths []string `pulumi:"exceptPaths,optional"`
	// Mode is the limit's. Default: the web ACL's.
	Mode Mode `pulumi:"mode,optional"`
	// InspectKb is how much of a body is seen: 16, 32, 48 or 64, for CloudFront only.
	// More than 16 costs extra. Default: 16.
	InspectKb int `pulumi:"inspectKb,optional"`
}

// LabelledArgs are against requests with a label.
type LabelledArgs struct {
	// Label is the label, such as "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
	// or with a colon at its end all labels under it. The rules of this web ACL label with their
	// own names, such as "rate-login".
	Label string `pulumi:"label"`
	// OnlyPaths are the paths on which the label counts. Default: all.
	OnlyPaths []string `pulumi:"onlyPaths,optional"`
	// ExceptPaths are paths on which it does not. Default: none.
	ExceptPaths []string `pulumi:"exceptPaths,optional"`
	// Mode is this rule's. Default: the web ACL's.
	Mode Mode `pulumi:"mode,optional"`
}

// ResponseArgs are what a client gets whose request is blocked by a rule of the web ACL
// itself, or by one of a group that Rules sets to ActionBlock. Other rules of groups send
// an empty 403.
type ResponseArgs struct {
	// Status is the status, one of 400 to 505 that AWS allows; Body and RateLimits keep
	// theirs. Default: 403.
	Status int `pulumi:"status,optional"`
	// Text is the body, at most 4096 bytes. Default: none.
	Text string `pulumi:"text,optional"`
	// ContentType is the text's. Default: TextPlain.
	ContentType ContentType `pulumi:"contentType,optional"`
}

// ContentType is the type of a response's text.
type ContentType string

// Content types.
const (
	TextPlain ContentType = "TextPlain"
	TextHtml  ContentType = "TextHtml"
	Json      ContentType = "Json"
)

func (a WebAclArgs) withDefaults() *WebAclArgs {
	base.Default(&a.Mode, Block)
	base.Default(&a.MaxCapacity, includedCapacity)
	mode := a.Mode
	if mode != Count {
		mode = Block // a word that is wrong is reported once, not for every rule
	}
	a.Block = eachOf(a.Block, func(l *BlockListArgs) { base.Default(&l.Mode, mode) })
	a.RateLimits = eachOf(a.RateLimits, func(l *RateLimitArgs) {
		base.Default(&l.Mode, mode)
		base.Default(&l.WindowSeconds, 300)
	})
	a.Labelled = eachOf(a.Labelled, func(l *LabelledArgs) { base.Default(&l.Mode, mode) })
	if a.Geo != nil {
		a.Geo = base.CopyOf(a.Geo)
		base.Default(&a.Geo.Mode, mode)
	}
	if a.Body != nil {
		a.Body = base.CopyOf(a.Body)
		base.Default(&a.Body.Mode, mode)
	}
	a.Groups = groupDefaults(a.Groups, mode)
	if a.BotControl != nil {
		a.BotControl = base.CopyOf(a.BotControl)
		base.Default(&a.BotControl.Level, BotsCommon)
		base.Default(&a.BotControl.Mode, mode)
	}
	if a.Response != nil {
		a.Response = base.CopyOf(a.Response)
		base.Default(&a.Response.Status, 403)
		base.Default(&a.Response.ContentType, TextPlain)
	}
	a.Logs = a.Logs.withDefaults()
	a.Alarms = a.Alarms.withDefaults()
	return &a
}

// eachOf is a copy of a map with something done to each of its values.
func eachOf[K comparable, V any](m map[K]V, do func(v *V)) map[K]V {
	changed := map[K]V{}
	for key, value := range m {
		do(&value)
		changed[key] = value
	}
	return changed
}
