// Package alb builds an application load balancer that is closed, encrypted, logged and
// protected until a written line says otherwise.
//
// It makes the load balancer, its security group (without a rule: open edges with
// connect.Allow), one main listener with rules, a redirect from HTTP, target groups, a
// log bucket, and on request alias records, alarms, a trust store for client
// certificates and the association with a web ACL.
//
// It promises:
//   - encryption in transit: the main listener speaks TLS 1.2 or newer, with
//     post-quantum key exchange; port 80 does nothing but redirect. Plaintext is a mode
//     with a name of its own.
//   - encryption at rest: logs lie in a private bucket under SSE-S3, the only kind of
//     encryption that load balancer logs support.
//   - redundancy: subnets in two zones or more, zonal shift on, and per target group
//     the thresholds at which a zone leaves DNS.
//   - target groups that can be replaced while in use: none has a fixed name, so the new
//     one is made, listeners move over, and then the old one goes. A group that no
//     listener reaches is an error.
//
// Everything keyed (rules, target groups, certificates, records) is a resource named by
// its key: adding or dropping one touches no other. AWS refuses two rules with one
// priority even for a moment, so move a rule to a free priority instead of swapping two.
//
// Cost, us-east-1: about 16.50 USD a month and load balancer, plus 5.84 for each capacity
// unit used and 3.65 for the public IPv4 address of each zone; reserved capacity units
// are paid for whether used or not; logs cost their storage in S3; an alarm 0.10 a metric.
package alb

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Scheme is from where a load balancer can be reached.
type Scheme string

// The schemes.
const (
	// Internal load balancers have private addresses only.
	Internal Scheme = "Internal"
	// InternetFacing load balancers have public addresses, and need public subnets.
	InternetFacing Scheme = "InternetFacing"
)

// IpAddressType is the kind of addresses a load balancer has.
type IpAddressType string

// The address types. All but Ipv4 need subnets with IPv6 blocks.
const (
	Ipv4      IpAddressType = "Ipv4"
	DualStack IpAddressType = "DualStack"
	// DualStackWithoutPublicIpv4 is reached from the internet by IPv6 alone, which saves
	// the price of public IPv4 addresses.
	DualStackWithoutPublicIpv4 IpAddressType = "DualStackWithoutPublicIpv4"
)

// Protocol is what the main listener speaks.
type Protocol string

// The protocols.
const (
	// Https needs a certificate.
	Https Protocol = "Https"
	// PlaintextHttp sends and receives everything unencrypted: for internal load
	// balancers and for development without a certificate.
	PlaintextHttp Protocol = "PlaintextHttp"
)

// DesyncMode is how requests are treated that servers could read in different ways.
type DesyncMode string

// The desync modes.
const (
	DesyncMonitor   DesyncMode = "Monitor"
	DesyncDefensive DesyncMode = "Defensive"
	DesyncStrictest DesyncMode = "Strictest"
)

// XffMode is what happens to the X-Forwarded-For header.
type XffMode string

// The X-Forwarded-For modes.
const (
	XffAppend   XffMode = "Append"
	XffPreserve XffMode = "Preserve"
	XffRemove   XffMode = "Remove"
)

// LoadBalancerArgs are the arguments of a LoadBalancer.
type LoadBalancerArgs struct {
	// AccountId is the AWS account, twelve digits. The bucket policy lets load balancers
	// of this account write logs. Required unless logs go nowhere or to another bucket.
	AccountId string `pulumi:"accountId,optional"`
	// VpcId is the VPC of the security group and the target groups.
	VpcId pulumi.StringInput `pulumi:"vpcId"`
	// SubnetIds are subnets in at least two zones, one a zone. Those of an
	// InternetFacing load balancer must be public, and the ids should wait for the
	// VPC's internet gateway, without which AWS refuses to make it.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds"`
	// Scheme is Internal or InternetFacing. Changing it replaces the load balancer.
	// Default: Internal.
	Scheme Scheme `pulumi:"scheme,optional"`
	// IpAddressType is Ipv4, DualStack or DualStackWithoutPublicIpv4. Default: Ipv4.
	IpAddressType IpAddressType `pulumi:"ipAddressType,optional"`

	// Protocol is what the main listener speaks: Https or PlaintextHttp. Default: Https.
	Protocol Protocol `pulumi:"protocol,optional"`
	// Port is the main listener's port. Default: 443, or 80 for PlaintextHttp.
	Port int `pulumi:"port,optional"`
	// CertificateArn is the certificate shown to clients that none of Certificates fits.
	// Required for Https.
	CertificateArn pulumi.StringInput `pulumi:"certificateArn,optional"`
	// Certificates are more certificates, chosen by the name the client asks for (SNI),
	// by a key of the user's. Default: none.
	Certificates map[string]pulumi.StringInput `pulumi:"certificates,optional"`
	// TlsPolicy is the set of TLS versions and ciphers.
	// Default: ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09.
	TlsPolicy TlsPolicy `pulumi:"tlsPolicy,optional"`
	// HttpRedirect is whether port 80 answers with a redirect to HTTPS, or is closed.
	// Default: true, and nothing for PlaintextHttp.
	HttpRedirect *bool `pulumi:"httpRedirect,optional"`
	// MutualTls asks clients for certificates. Default: clients need none.
	MutualTls *MutualTlsArgs `pulumi:"mutualTls,optional"`
	// ResponseHeaders are security headers that the main listener sets on responses.
	// Default: see ResponseHeadersArgs.
	ResponseHeaders *ResponseHeadersArgs `pulumi:"responseHeaders,optional"`

	// TargetGroups are where requests go, by a key that rules refer to. Keys are letters,
	// digits and hyphens. Each must be reached by a rule or be the default. Default: none.
	TargetGroups map[string]TargetGroupArgs `pulumi:"targetGroups,optional"`
	// DefaultTargetGroup is the key of the group that gets what no rule matches.
	// Default: such requests are answered with 404.
	DefaultTargetGroup string `pulumi:"defaultTargetGroup,optional"`
	// Rules are the main listener's rules, by a key of the user's. Default: none.
	Rules map[string]RuleArgs `pulumi:"rules,optional"`

	// DeletionProtection makes AWS refuse to delete the load balancer. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// ZonalShift lets traffic be moved out of an impaired zone. Default: true.
	ZonalShift *bool `pulumi:"zonalShift,optional"`
	// DropInvalidHeaders removes header fields with invalid names. Default: true.
	DropInvalidHeaders *bool `pulumi:"dropInvalidHeaders,optional"`
	// DesyncMode is Monitor, Defensive or Strictest. Default: Defensive.
	DesyncMode DesyncMode `pulumi:"desyncMode,optional"`
	// Http2 lets clients speak HTTP/2. Default: true.
	Http2 *bool `pulumi:"http2,optional"`
	// IdleTimeout is after how many seconds without data a connection is closed, 1 to
	// 4000. Servers should keep connections open for longer. Default: 60.
	IdleTimeout int `pulumi:"idleTimeout,optional"`
	// ClientKeepAlive is how many seconds a client may use one connection, 60 to 604800.
	// Default: 3600.
	ClientKeepAlive int `pulumi:"clientKeepAlive,optional"`
	// PreserveHostHeader passes the Host header on unchanged. Default: false, the load
	// balancer adds the port where it is not the protocol's own.
	PreserveHostHeader bool `pulumi:"preserveHostHeader,optional"`
	// XffMode is Append, Preserve or Remove. Default: Append.
	XffMode XffMode `pulumi:"xffMode,optional"`
	// XffClientPort adds the client's port to X-Forwarded-For. Default: false.
	XffClientPort bool `pulumi:"xffClientPort,optional"`
	// TlsHeaders tells targets the TLS version and cipher of the client. Default: false.
	TlsHeaders bool `pulumi:"tlsHeaders,optional"`
	// WafFailOpen lets requests through while the web ACL cannot be asked. Default: false.
	WafFailOpen bool `pulumi:"wafFailOpen,optional"`
	// MinimumCapacityUnits reserves capacity for a known peak, 100 or more units.
	// Default: 0, capacity follows the traffic.
	MinimumCapacityUnits int `pulumi:"minimumCapacityUnits,optional"`
	// WebAclArn is a regional web ACL to put in front. Default: none.
	WebAclArn pulumi.StringInput `pulumi:"webAclArn,optional"`

	// Logs says what is logged and where. Default: access and connection logs, into a
	// bucket of its own, kept for 90 days.
	Logs *LogsArgs `pulumi:"logs,optional"`
	// Records are names that lead to the load balancer, by a key of the user's.
	// Default: none.
	Records map[string]RecordArgs `pulumi:"records,optional"`
	// Alarms watches errors, latency and unhealthy targets. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a LoadBalancerArgs) withDefaults() *LoadBalancerArgs {
	base.Default(&a.Scheme, Internal)
	base.Default(&a.IpAddressType, Ipv4)
	base.Default(&a.Protocol, Https)
	if a.Protocol == PlaintextHttp {
		base.Default(&a.Port, 80)
		if a.HttpRedirect == nil {
			a.HttpRedirect = pulumi.BoolRef(false)
		}
	} else {
		base.Default(&a.Port, 443)
		base.Default(&a.TlsPolicy, TlsRestrictedPostQuantum)
	}
	for _, flag := range []**bool{&a.HttpRedirect, &a.DeletionProtection, &a.ZonalShift, &a.DropInvalidHeaders, &a.Http2} {
		if *flag == nil {
			*flag = pulumi.BoolRef(true)
		}
	}
	base.Default(&a.DesyncMode, DesyncDefensive)
	base.Default(&a.IdleTimeout, 60)
	base.Default(&a.ClientKeepAlive, 3600)
	base.Default(&a.XffMode, XffAppend)
	a.MutualTls = a.MutualTls.withDefaults()
	a.ResponseHeaders = a.ResponseHeaders.withDefaults(a.Protocol)
	a.Logs = a.Logs.withDefaults()
	a.Alarms = a.Alarms.withDefaults()
	a.TargetGroups = mapValues(a.TargetGroups, TargetGroupArgs.withDefaults)
	a.Rules = mapValues(a.Rules, RuleArgs.withDefaults)
	return &a
}

func mapValues[V any](m map[string]V, f func(V) V) map[string]V {
	out := make(map[string]V, len(m))
	for key, value := range m {
		out[key] = f(value)
	}
	return out
}
