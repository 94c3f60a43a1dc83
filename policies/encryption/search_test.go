package encryption

import (
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// safe is a domain that speaks TLS only.
func safe() in {
	return in{
		"domainEndpointOptions": in{"enforceHttps": true, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}, "nodeToNodeEncryption": in{"enabled": true},
	}
}

// but is inputs with another value at a path of two keys.
func but(inputs in, path string, value any) in {
	first, second, _ := strings.Cut(path, ".")
	inputs[first].(in)[second] = value
	return inputs
}

func searchCases() []ruletest.Case {
	cases := slices.Concat(keyedBy("opensearch-at-rest", searchDomain, "encryptAtRest.enabled", "encryptAtRest.kmsKeyId"),
		keyedBy("opensearch-at-rest", elasticDomain, "encryptAtRest.enabled", "encryptAtRest.kmsKeyId"))
	for _, token := range []string{searchDomain, elasticDomain} {
		of := func(name string, want rule.Outcome, says string, inputs in) ruletest.Case {
			return check("opensearch-tls", token+" "+name, want, says, one(token, inputs))
		}
		const https, policy, nodes = "domainEndpointOptions.enforceHttps", "domainEndpointOptions.tlsSecurityPolicy", "nodeToNodeEncryption.enabled"
		cases = append(cases,
			of("all of it", rule.Pass, "", safe()),
			of("HTTPS by the provider", rule.Pass, "", but(safe(), https, nil)),
			of("the strictest policy", rule.Pass, "", but(safe(), policy, "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08")),
			of("nothing said", rule.Fail, https+" is not set; "+policy+" is not set; "+nodes+` is not set. Fix: set `+https+` to true; set `+policy+` to "`+searchTlsPolicy+`"; set `+nodes+` to true`, in{}),
			of("HTTP", rule.Fail, https+" is false", but(safe(), https, false)),
			of("TLS 1.0", rule.Fail, policy+` is "Policy-Min-TLS-1-0-2019-07"`, but(safe(), policy, "Policy-Min-TLS-1-0-2019-07")),
			of("a secret TLS 1.0", rule.Fail, policy+" is [secret]", but(safe(), policy, rule.Secret{Of: "Policy-Min-TLS-1-0-2019-07"})),
			of("plain between nodes", rule.Fail, nodes+" is false", but(safe(), nodes, false)),
			of("wrong type", rule.Fail, nodes+" is 1", but(safe(), nodes, 1)),
			of("computed policy", rule.Unknown, policy, but(safe(), policy, later)),
			of("endpoint to come", rule.Unknown, https, in{"domainEndpointOptions": later, "nodeToNodeEncryption": in{"enabled": true}}))
	}
	return cases
}

// A remedy changes what is wrong and no more, and nothing that would replace the domain.
func TestSearchRemedy(t *testing.T) {
	without := func(more in) in {
		inputs := safe()
		delete(inputs, "nodeToNodeEncryption")
		for key, value := range more {
			inputs[key] = value
		}
		return inputs
	}
	for name, c := range map[string]struct {
		token  string
		inputs in
		want   []rule.Patch
	}{
		"nothing is wrong":       {searchDomain, safe(), nil},
		"plain HTTP":             {elasticDomain, but(safe(), "domainEndpointOptions.enforceHttps", false), []rule.Patch{{Path: "domainEndpointOptions.enforceHttps", Value: true}}},
		"plain between nodes":    {searchDomain, without(nil), []rule.Patch{{Path: betweenNodes, Value: true}}},
		"of OpenSearch 1":        {searchDomain, without(in{"engineVersion": "OpenSearch_1.3"}), []rule.Patch{{Path: betweenNodes, Value: true}}},
		"of 7.10":                {elasticDomain, without(in{"elasticsearchVersion": "7.10"}), []rule.Patch{{Path: betweenNodes, Value: true}}},
		"of 6.7 by the new name": {searchDomain, without(in{"engineVersion": "Elasticsearch_6.7"}), []rule.Patch{{Path: betweenNodes, Value: true}}},
		"of 6.5":                 {searchDomain, without(in{"engineVersion": "Elasticsearch_6.5"}), nil},
		"of the old default":     {elasticDomain, without(nil), nil},
		"of who knows what":      {searchDomain, without(in{"engineVersion": later}), nil},
		"an unknown policy":      {searchDomain, but(safe(), "domainEndpointOptions.tlsSecurityPolicy", later), nil},
	} {
		patches, err := rule.Cure(opensearchTls(), ruletest.Resources(one(c.token, c.inputs))[0], nil)
		if err != nil || !slices.Equal(patches, c.want) {
			t.Errorf("%s: %v, %v", name, patches, err)
		}
	}
}
