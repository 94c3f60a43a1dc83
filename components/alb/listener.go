package alb

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// TlsPolicy is one of AWS's predefined sets of TLS versions and ciphers.
type TlsPolicy string

// The recommended policies. Others of tlsPolicies may be written out.
const (
	// TlsRestrictedPostQuantum is TLS 1.3 and 1.2 with forward secrecy and authenticated
	// encryption only, and post-quantum key exchange where the client knows it.
	TlsRestrictedPostQuantum TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
	// TlsRestricted is the same without post-quantum key exchange.
	TlsRestricted TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
	// TlsCompatible is TLS 1.3 and 1.2, for clients too old for the restricted ciphers.
	TlsCompatible TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
	// Tls13Only is TLS 1.3 with post-quantum key exchange where the client knows it.
	Tls13Only TlsPolicy = "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09"
	// TlsFips is TLS 1.3 and 1.2 by a validated cryptographic module.
	TlsFips TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09"
)

// tlsPolicies are those that refuse everything older than TLS 1.2. Note that a name
// with TLS13 in it may still allow TLS 1.0: the number after it is the oldest version.
var tlsPolicies = []TlsPolicy{
	TlsRestrictedPostQuantum, TlsRestricted, TlsCompatible, Tls13Only, TlsFips,
	"ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-3-2021-06",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
	"ELBSecurityPolicy-FS-1-2-Res-2020-10",
}

// MutualTlsMode is what is done with a client's certificate.
type MutualTlsMode string

// The modes of mutual TLS.
const (
	// MutualTlsVerify refuses clients whose certificate no trusted authority signed.
	MutualTlsVerify MutualTlsMode = "Verify"
	// MutualTlsPassthrough hands the whole chain to the targets, which must verify it.
	MutualTlsPassthrough MutualTlsMode = "Passthrough"
)

// MutualTlsArgs say which client certificates are accepted.
type MutualTlsArgs struct {
	// Mode is Verify or Passthrough. Default: Verify.
	Mode MutualTlsMode `pulumi:"mode,optional"`
	// TrustStoreArn is an existing trust store. Default: one is made of CaBundle.
	TrustStoreArn pulumi.StringInput `pulumi:"trustStoreArn,optional"`
	// CaBundle is where the certificates of the trusted authorities lie, to make a trust
	// store of. Required to verify without TrustStoreArn.
	CaBundle *CaBundleArgs `pulumi:"caBundle,optional"`
	// AdvertiseCaNames tells clients which authorities are trusted. Default: false.
	AdvertiseCaNames bool `pulumi:"advertiseCaNames,optional"`
	// IgnoreExpiry accepts expired client certificates. Default: false.
	IgnoreExpiry bool `pulumi:"ignoreExpiry,optional"`
}

// CaBundleArgs are an S3 object with PEM certificates of authorities.
type CaBundleArgs struct {
	// Bucket is the bucket's name.
	Bucket pulumi.StringInput `pulumi:"bucket"`
	// Key is the object's key.
	Key pulumi.StringInput `pulumi:"key"`
	// ObjectVersion is the object's version. A new version at the same key is only
	// noticed when this changes. Default: the newest at the time the store is made.
	ObjectVersion pulumi.StringInput `pulumi:"objectVersion,optional"`
}

func (m *MutualTlsArgs) withDefaults() *MutualTlsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.Mode, MutualTlsVerify)
	return m
}

func (m *MutualTlsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	fielderr.OneOf(errs, "mode", m.Mode, MutualTlsVerify, MutualTlsPassthrough)
	if m.CaBundle != nil {
		if m.CaBundle.Bucket == nil {
			errs.Required("caBundle.bucket")
		}
		if m.CaBundle.Key == nil {
			errs.Required("caBundle.key")
		}
	}
	switch {
	case m.TrustStoreArn != nil && m.CaBundle != nil:
		errs.Conflict("caBundle", "trustStoreArn", "there is one trust store")
	case m.Mode == MutualTlsVerify && m.TrustStoreArn == nil && m.CaBundle == nil:
		errs.Add("", "needs trustStoreArn or caBundle to verify against")
	case m.Mode == MutualTlsPassthrough && (m.TrustStoreArn != nil || m.CaBundle != nil || m.AdvertiseCaNames || m.IgnoreExpiry):
		errs.Add("", "only mode Verify uses a trust store and its options")
	}
}

func (a *LoadBalancerArgs) validateListener(errs *fielderr.List) {
	within(errs, "port", a.Port, 1, 65535)
	a.MutualTls.validate(errs.At("mutualTls"))
	a.ResponseHeaders.validate(errs.At("responseHeaders"))
	for _, key := range base.SortedKeys(a.Certificates) {
		if a.Certificates[key] == nil {
			errs.Required(fielderr.Join("certificates", fielderr.Key(key)))
		}
	}
	switch a.Protocol {
	case Https:
		if a.CertificateArn == nil {
			errs.Add("certificateArn", "is required; without a certificate write protocol %s", PlaintextHttp)
		}
		if !slices.Contains(tlsPolicies, a.TlsPolicy) {
			names := make([]string, len(tlsPolicies))
			for i, p := range tlsPolicies {
				names[i] = string(p)
			}
			errs.Unsupported("tlsPolicy", a.TlsPolicy, names...)
		}
		if *a.HttpRedirect && a.Port == 80 {
			errs.Conflict("port", "httpRedirect", "both listen on port 80")
		}
	case PlaintextHttp:
		const why = "a plaintext listener has no TLS"
		for path, set := range map[string]bool{
			"certificateArn": a.CertificateArn != nil, "certificates": len(a.Certificates) > 0, "tlsPolicy": a.TlsPolicy != "",
			"mutualTls": a.MutualTls != nil, "httpRedirect": *a.HttpRedirect, "tlsHeaders": a.TlsHeaders,
		} {
			if set {
				errs.Conflict(path, "protocol", why)
			}
		}
		for _, key := range base.SortedKeys(a.TargetGroups) {
			if a.TargetGroups[key].ProtocolVersion == Grpc {
				errs.Conflict(fielderr.Join("targetGroups", fielderr.Key(key), "protocolVersion"), "protocol", "AWS serves gRPC over HTTPS only")
			}
		}
	default:
		fielderr.OneOf(errs, "protocol", a.Protocol, Https, PlaintextHttp)
	}
}

// addListeners makes the main listener, its further certificates, and the listener on
// port 80 that only redirects.
func (l *LoadBalancer) addListeners(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	args := &lb.ListenerArgs{
		LoadBalancerArn: l.LoadBalancer.Arn,
		Port:            pulumi.Int(a.Port),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions:  lb.ListenerDefaultActionArray{l.defaultAction(a)},
		Tags:            l.tags(l.child("listener"), a),
	}
	if a.Protocol == Https {
		args.Protocol = pulumi.String("HTTPS")
		args.CertificateArn = base.Optional(a.CertificateArn)
		args.SslPolicy = pulumi.String(string(a.TlsPolicy))
	}
	a.ResponseHeaders.apply(args)
	if err := l.addMutualTls(ctx, a, args); err != nil {
		return err
	}
	var err error
	name := l.child("listener")
	if l.Listener, err = lb.NewListener(ctx, name, args, pulumi.Parent(l)); err != nil {
		return fmt.Errorf("create listener %s: %w", name, err)
	}
	if *a.HttpRedirect {
		if err := l.addRedirect(ctx, a); err != nil {
			return err
		}
	}
	for _, key := range base.SortedKeys(a.Certificates) {
		name := l.child("certificate", key)
		_, err := lb.NewListenerCertificate(ctx, name, &lb.ListenerCertificateArgs{
			ListenerArn: l.Listener.Arn, CertificateArn: a.Certificates[key],
		}, pulumi.Parent(l))
		if err != nil {
			return fmt.Errorf("create listener certificate %s: %w", name, err)
		}
	}
	return nil
}

func (l *LoadBalancer) defaultAction(a *LoadBalancerArgs) lb.ListenerDefaultActionArgs {
	if a.DefaultTargetGroup != "" {
		return lb.ListenerDefaultActionArgs{
			Type: pulumi.String("forward"), TargetGroupArn: l.TargetGroups[a.DefaultTargetGroup].Arn,
		}
	}
	return lb.ListenerDefaultActionArgs{
		Type: pulumi.String("fixed-response"),
		FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{
			StatusCode: pulumi.String("404"), ContentType: pulumi.String("text/plain"), MessageBody: pulumi.String("not found"),
		},
	}
}

func (l *LoadBalancer) addRedirect(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	name := l.child("redirect")
	listener, err := lb.NewListener(ctx, name, &lb.ListenerArgs{
		LoadBalancerArn: l.LoadBalancer.Arn,
		Port:            pulumi.Int(80),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: lb.ListenerDefaultActionRedirectArgs{
				Protocol: pulumi.String("HTTPS"), Port: pulumi.Sprintf("%d", a.Port), StatusCode: pulumi.String("HTTP_301"),
			},
		}},
		RoutingHttpResponseServerEnabled: pulumi.Bool(a.ResponseHeaders.Server),
		Tags:                             l.tags(name, a),
	}, pulumi.Parent(l))
	if err != nil {
		return fmt.Errorf("create listener %s: %w", name, err)
	}
	l.Redirect = listener
	return nil
}

func (l *LoadBalancer) addMutualTls(ctx *pulumi.Context, a *LoadBalancerArgs, args *lb.ListenerArgs) error {
	m := a.MutualTls
	if m == nil {
		return nil
	}
	if m.Mode == MutualTlsPassthrough {
		args.MutualAuthentication = lb.ListenerMutualAuthenticationArgs{Mode: pulumi.String("passthrough")}
		return nil
	}
	store := m.TrustStoreArn
	if m.CaBundle != nil {
		name := l.child("trust")
		made, err := lb.NewTrustStore(ctx, name, &lb.TrustStoreArgs{
			NamePrefix:                   awsNamePrefix(name),
			CaCertificatesBundleS3Bucket: m.CaBundle.Bucket, CaCertificatesBundleS3Key: m.CaBundle.Key,
			CaCertificatesBundleS3ObjectVersion: base.Optional(m.CaBundle.ObjectVersion),
			Tags:                                l.tags(name, a),
		}, pulumi.Parent(l))
		if err != nil {
			return fmt.Errorf("create trust store %s: %w", name, err)
		}
		l.TrustStore, store = made, made.Arn
	}
	advertise := "off"
	if m.AdvertiseCaNames {
		advertise = "on"
	}
	args.MutualAuthentication = lb.ListenerMutualAuthenticationArgs{
		Mode: pulumi.String("verify"), TrustStoreArn: base.Optional(store),
		AdvertiseTrustStoreCaNames:    pulumi.String(advertise),
		IgnoreClientCertificateExpiry: pulumi.Bool(m.IgnoreExpiry),
	}
	return nil
}
