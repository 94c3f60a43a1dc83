package encryption

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of search domains; the service goes by two names.
const (
	searchDomain  = "aws:opensearch/domain:Domain"
	elasticDomain = "aws:elasticsearch/domain:Domain"
)

func opensearchAtRest() *rule.Rule {
	return keyedStore(rule.Rule{
		ID: "opensearch-at-rest", Title: "Search domains are encrypted at rest",
		Why:      "Indices, logs and snapshots of a domain are readable otherwise, and old versions can be encrypted only by replacing the domain.",
		Fix:      "set encryptAtRest with enabled true and kmsKeyId",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_5", "CKV_AWS_247"}, Trivy: []string{"AWS-0048"}, SecurityHub: []string{"Opensearch.1", "ES.1"}},
		Types:    []string{searchDomain, elasticDomain},
	}, "encryptAtRest.enabled", "encryptAtRest.kmsKeyId")
}

// searchTlsPolicy is the policy that messages propose and Remedy sets: TLS 1.2 and 1.3 with
// forward secrecy only.
const searchTlsPolicy = "Policy-Min-TLS-1-2-PFS-2023-10"

// betweenNodes is the property that Remedy can set for newer versions only.
const betweenNodes = "nodeToNodeEncryption.enabled"

// demand is a property, what it may be and what to set it to.
type demand struct {
	path  string
	ok    func(rule.Value) bool
	value any
}

// searchTls is what TLS of a domain is made of.
func searchTls(r *rule.Resource) []demand {
	enforced := rule.IsTrue
	if !r.Get("domainEndpointOptions").IsAbsent() {
		enforced = rule.NotFalse // the provider takes true if only the rest is set, AWS takes false if nothing is
	}
	return []demand{
		{"domainEndpointOptions.enforceHttps", enforced, true},
		{"domainEndpointOptions.tlsSecurityPolicy", isSearchTls, searchTlsPolicy},
		{betweenNodes, rule.IsTrue, true},
	}
}

// isSearchTls accepts policies of TLS 1.2 or newer. AWS may take one of TLS 1.0 if none is set.
func isSearchTls(v rule.Value) bool {
	name, _ := v.Text()
	return strings.HasPrefix(name, "Policy-Min-TLS-1-2-") || strings.HasPrefix(name, "Policy-Min-TLS-1-3-")
}

func opensearchTls() *rule.Rule {
	return &rule.Rule{
		ID: "opensearch-tls", Title: "Search domains speak TLS 1.2 or newer, with clients and between nodes", Severity: rule.High, Category: rule.Encryption,
		Why: "A domain answers plain HTTP unless it is told not to, and its nodes send each other all documents in plain text.",
		Fix: `set domainEndpointOptions with enforceHttps true and tlsSecurityPolicy "` + searchTlsPolicy + `", and nodeToNodeEncryption.enabled to true`,
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_83", "CKV_AWS_6", "CKV_AWS_228"}, Trivy: []string{"AWS-0046", "AWS-0043", "AWS-0126"},
			SecurityHub: []string{"Opensearch.3", "Opensearch.8"},
		},
		Types: []string{searchDomain, elasticDomain},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			var verdicts []rule.Verdict
			for _, d := range searchTls(r) {
				verdicts = append(verdicts, r.Wants(d.path, d.ok, rule.Of(d.value).String()))
			}
			return rule.All(verdicts...)
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			var patches []rule.Patch
			for _, d := range searchTls(r) {
				v := r.Get(d.path)
				switch {
				case v.IsUnknown() || d.ok(v):
					continue
				case d.path == betweenNodes && !encryptsInPlace(r):
					return nil
				}
				patches = append(patches, rule.Patch{Path: d.path, Value: d.value})
			}
			return patches
		},
	}
}

// encryptsInPlace reports that a domain's nodes can be told to encrypt without the domain
// being replaced: it has the version that AWS takes if none is set, OpenSearch, or
// Elasticsearch 6.7.
func encryptsInPlace(r *rule.Resource) bool {
	path := "engineVersion"
	if r.Type == elasticDomain {
		path = "elasticsearchVersion" // AWS takes 1.5
	}
	v := r.Get(path)
	text, _ := v.Text()
	return r.Type == searchDomain && (v.IsAbsent() || strings.HasPrefix(text, "OpenSearch_")) || versionIn(text).atLeast(version{6, 7})
}
