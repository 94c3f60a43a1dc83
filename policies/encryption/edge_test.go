package encryption

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// site is a distribution that is right, but for what is said.
func site(changed in) []r {
	inputs := in{
		"defaultCacheBehavior":  in{"viewerProtocolPolicy": "redirect-to-https"},
		"orderedCacheBehaviors": list{in{"pathPattern": "/api/*", "viewerProtocolPolicy": "https-only"}},
		"viewerCertificate":     in{"acmCertificateArn": later, "minimumProtocolVersion": "TLSv1.2_2021"},
		"origins":               list{in{"originId": "assets"}, web("https-only", "TLSv1.2")},
	}
	maps.Copy(inputs, changed)
	return one(distribution, inputs)
}

func web(policy, protocol any) in {
	return in{"originId": "web", "customOriginConfig": in{"originProtocolPolicy": policy, "originSslProtocols": list{protocol}}}
}

func inside(policy any) []r {
	return one(vpcOrigin, in{"vpcOriginEndpointConfig": in{"originProtocolPolicy": policy, "originSslProtocols": in{"items": list{"TLSv1.2"}}}})
}

func behaviour(policy any) in { return in{"defaultCacheBehavior": in{"viewerProtocolPolicy": policy}} }

// issued is a certificate by DNS, and what waits for it.
func issued(inputs in, more ...r) []r {
	return append([]r{{Type: certificate, Name: "it", In: inputs}}, more...)
}

func waits(edges to) r {
	return r{Type: validation, Name: "issued", In: in{"certificateArn": later}, Edges: edges}
}

var edgeCases = []ruletest.Case{
	check("cloudfront-tls", "TLS", rule.Pass, "", site(nil)),
	check("cloudfront-tls", "plain viewers", rule.Fail, "viewers of the default behaviour may use plain HTTP", site(behaviour("allow-all"))),
	check("cloudfront-tls", "plain viewers of a path", rule.Fail, "viewers of /old may use plain HTTP", site(in{"orderedCacheBehaviors": list{
		in{"pathPattern": "/old", "viewerProtocolPolicy": "allow-all"}}})),
	check("cloudfront-tls", "old TLS", rule.Fail, `minimumProtocolVersion is "TLSv1.1_2016"`,
		site(in{"viewerCertificate": in{"acmCertificateArn": later, "minimumProtocolVersion": "TLSv1.1_2016"}})),
	check("cloudfront-tls", "TLS as AWS has it", rule.Fail, "minimumProtocolVersion is not set", site(in{"viewerCertificate": in{"iamCertificateId": "ASCA1"}})),
	check("cloudfront-tls", "TLS 1.3", rule.Pass, "", site(in{"viewerCertificate": in{"acmCertificateArn": later, "minimumProtocolVersion": "TLSv1.3_2025"}})),
	check("cloudfront-tls", "AWS's name", rule.Fail, "has the certificate of cloudfront.net", site(in{"viewerCertificate": in{"cloudfrontDefaultCertificate": true}})),
	{Rule: "cloudfront-tls", Name: "AWS's name in development", Profile: rule.Development, Want: rule.Pass,
		Stack: site(in{"viewerCertificate": in{"cloudfrontDefaultCertificate": true}})},
	check("cloudfront-tls", "a plain origin", rule.Fail, `origins[0].customOriginConfig.originProtocolPolicy is "http-only"`, site(in{"origins": list{web("http-only", "TLSv1")}})),
	check("cloudfront-tls", "an origin as the viewer", rule.Pass, "", site(in{"origins": list{web("match-viewer", "TLSv1.2")}})),
	check("cloudfront-tls", "old TLS to an origin", rule.Fail, `still offers "SSLv3"`, site(in{"origins": list{web("https-only", "SSLv3")}})),
	check("cloudfront-tls", "inside", rule.Pass, "", inside("https-only")),
	check("cloudfront-tls", "plain inside", rule.Fail, `vpcOriginEndpointConfig.originProtocolPolicy is "http-only"`, inside("http-only")),
	check("cloudfront-tls", "computed", rule.Unknown, "defaultCacheBehavior.viewerProtocolPolicy", site(behaviour(later))),
	check("cloudfront-tls", "a computed certificate", rule.Unknown, "viewerCertificate", site(in{"viewerCertificate": later})),
	check("cloudfront-tls", "computed inside", rule.Unknown, "vpcOriginEndpointConfig.originProtocolPolicy", one(vpcOrigin, in{"vpcOriginEndpointConfig": later})),

	check("api-domain-tls", "1.2", rule.Pass, "", one(apiDomain, in{"securityPolicy": "TLS_1_2"})),
	check("api-domain-tls", "1.3", rule.Pass, "", one(apiDomain, in{"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"})),
	check("api-domain-tls", "1.0", rule.Fail, `securityPolicy is "TLS_1_0"`, one(apiDomain, in{"securityPolicy": "TLS_1_0"})),
	check("api-domain-tls", "of an HTTP API", rule.Fail, "set domainNameConfiguration.securityPolicy", one(apiDomainV2, in{"domainNameConfiguration": in{}})),
	check("api-domain-tls", "computed", rule.Unknown, "domainNameConfiguration.securityPolicy", one(apiDomainV2, in{"domainNameConfiguration": later})),

	check("acm-validated", "by DNS", rule.Pass, "", issued(in{"validationMethod": "DNS"}, waits(to{"certificateArn": {"it"}}))),
	check("acm-validated", "nobody waits", rule.Fail, "nothing waits until it is issued. Fix: add a CertificateValidation", issued(in{"validationMethod": "DNS"})),
	check("acm-validated", "another one is waited for", rule.Fail, "nothing waits", issued(in{"validationMethod": "DNS"},
		r{Type: certificate, Name: "other", In: in{}}, waits(to{"certificateArn": {"other"}}))),
	check("acm-validated", "by mail", rule.Fail, `validationMethod is "EMAIL"`, issued(in{"validationMethod": "EMAIL"}, waits(to{"certificateArn": {"it"}}))),
	check("acm-validated", "imported", rule.NotApplicable, "", issued(in{"certificateBody": later, "privateKey": rule.Secret{Of: "key"}})),
	check("acm-validated", "private", rule.NotApplicable, "", issued(in{"certificateAuthorityArn": later})),
	check("acm-validated", "who knows which is waited for", rule.Unknown, "certificateArn", issued(in{"validationMethod": "DNS"}, waits(nil))),

	check("acm-strong-key", "as AWS has it", rule.Pass, "", issued(in{})),
	check("acm-strong-key", "a curve", rule.Pass, "", issued(in{"keyAlgorithm": "EC_prime256v1"})),
	check("acm-strong-key", "short", rule.Fail, `keyAlgorithm is "RSA_1024"`, issued(in{"keyAlgorithm": "RSA_1024"})),
	check("acm-strong-key", "computed", rule.Unknown, "keyAlgorithm", issued(in{"keyAlgorithm": later})),

	check("acm-no-wildcard", "names", rule.Pass, "", issued(in{"domainName": "example.com", "subjectAlternativeNames": list{"www.example.com"}})),
	check("acm-no-wildcard", "a wildcard", rule.Fail, `is for "*.example.com"`, issued(in{"domainName": "*.example.com"})),
	check("acm-no-wildcard", "one more wildcard", rule.Fail, `is for "*.example.com"`, issued(in{"domainName": "example.com", "subjectAlternativeNames": list{"*.example.com"}})),
	check("acm-no-wildcard", "imported", rule.NotApplicable, "", issued(in{"certificateBody": "x"})),
	check("acm-no-wildcard", "computed", rule.Unknown, "domainName", issued(in{"domainName": later})),
}

// A certificate that is imported says itself how long its key is.
func TestKeysOfImportedCertificates(t *testing.T) {
	key := func(bits int) any {
		made, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	for name, c := range map[string]struct {
		body any
		want rule.Outcome
	}{
		"short":         {imports(t, key(1024)), rule.Fail},
		"long":          {imports(t, key(2048)), rule.Pass},
		"a curve":       {imports(t, curve), rule.Pass},
		"no PEM":        {"certificate", rule.Pass},
		"no X.509":      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", rule.Pass},
		"not known yet": {later, rule.Unknown},
	} {
		stack := ruletest.Resources(issued(in{"certificateBody": c.body}))
		if f, err := rule.Run(acmStrongKey(), nil, stack[0], nil); err != nil || f.Outcome != c.want {
			t.Errorf("%s: %+v, %v", name, f.Verdict, err)
		}
	}
}

// imports is a certificate with a key, as it is imported.
func imports(t *testing.T, key any) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	public := any(nil)
	switch key := key.(type) {
	case *rsa.PrivateKey:
		public = &key.PublicKey
	case *ecdsa.PrivateKey:
		public = &key.PublicKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestWhatIsAtMostAdvisoryOfADistribution(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile rule.Profile
		stack   []r
		want    bool
	}{
		{"plain inside in development", rule.Development, inside("http-only"), true},
		{"plain inside in production", rule.Production, inside("http-only"), false},
		{"AWS's name in production", rule.Production, site(in{"viewerCertificate": in{"cloudfrontDefaultCertificate": true}}), true},
		{"a plain viewer as well", rule.Production, site(in{"viewerCertificate": in{}, "defaultCacheBehavior": in{"viewerProtocolPolicy": "allow-all"}}), false},
	} {
		stack := ruletest.Resources(c.stack)
		f, err := rule.Run(cloudfrontTls(), nil, stack[0], cloudfrontTls().Defaults(c.profile))
		if err != nil || f.Outcome != rule.Fail || f.AtMostAdvisory != c.want {
			t.Errorf("%s: %+v, %v", c.name, f.Verdict, err)
		}
	}
}
