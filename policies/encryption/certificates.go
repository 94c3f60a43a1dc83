package encryption

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of certificates.
const (
	certificate = "aws:acm/certificate:Certificate"
	validation  = "aws:acm/certificateValidation:CertificateValidation"
)

func acmValidated() *rule.Rule {
	return &rule.Rule{
		ID: "acm-validated", Title: "Certificates are validated by DNS, and used once they are", Severity: rule.Medium, Category: rule.Encryption,
		Why:   "A certificate by mail is renewed only if somebody reads the mail; and what uses one that is not issued yet cannot be created.",
		Fix:   `set validationMethod to "DNS"; a CertificateValidation with certificateArn, and the records of domainValidationOptions`,
		Types: []string{certificate},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if imported(r) || rule.IsSet(r.Get("certificateAuthorityArn")) {
				return rule.Skipped() // AWS validates what it issues itself
			}
			method := r.Get("validationMethod")
			if v := method.Want(rule.Is("DNS"), "validationMethod is "+method.String(), `set validationMethod to "DNS"`); v.Outcome != rule.Pass {
				return v
			}
			waits, unsure := g.Pointing(r, validation, "certificateArn")
			switch {
			case len(waits) > 0:
				return rule.Passed()
			case unsure.Outcome == rule.Unknown:
				return unsure
			}
			return rule.Failed("nothing waits until it is issued", "add a CertificateValidation with its ARN, and use the certificateArn of that")
		},
	}
}

// imported reports that a certificate was issued elsewhere.
func imported(r *rule.Resource) bool {
	return rule.IsSet(r.Get("certificateBody")) || rule.IsSet(r.Get("privateKey"))
}

// leastBits is the least length of an RSA key.
const leastBits = 2048

// longKeys are the algorithms whose keys are long enough.
var longKeys = []string{"RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"}

func acmStrongKey() *rule.Rule {
	return &rule.Rule{
		ID: "acm-strong-key", Title: "The keys of certificates are long enough", Severity: rule.High, Category: rule.Encryption,
		Why:      "An RSA key of 1024 bits can be computed from its certificate, and browsers refuse it.",
		Fix:      `set keyAlgorithm to "RSA_2048" or "EC_prime256v1"; import a certificate with such a key`,
		Controls: rule.Controls{SecurityHub: []string{"ACM.2"}},
		Types:    []string{certificate},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if body := r.Get("certificateBody"); rule.IsSet(body) {
				return body.Want(func(v rule.Value) bool { bits, rsa := rsaBits(v); return !rsa || bits >= leastBits },
					fmt.Sprintf("its RSA key is shorter than %d bits", leastBits), "import a certificate with a longer key, or an elliptic curve")
			}
			algorithm := r.Get("keyAlgorithm")
			return algorithm.Want(rule.OrAbsent(rule.Is(longKeys...)), "keyAlgorithm is "+algorithm.String(), `set keyAlgorithm to "RSA_2048"`)
		},
	}
}

// rsaBits is the length of the key of a certificate, and whether it is an RSA key.
func rsaBits(body rule.Value) (int, bool) {
	text, _ := body.Text()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return 0, false
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return 0, false
	}
	key, ok := parsed.PublicKey.(*rsa.PublicKey)
	if !ok {
		return 0, false
	}
	return key.N.BitLen(), true
}

func acmNoWildcard() *rule.Rule {
	return &rule.Rule{
		ID: "acm-no-wildcard", Title: "Certificates name the hosts they are for", Severity: rule.Low, Category: rule.Encryption,
		Why:   "Who gets hold of one host with a wildcard's key can speak for every other name below the domain.",
		Fix:   "list the names in domainName and subjectAlternativeNames",
		Types: []string{certificate},
		// A development stack makes up names as it goes.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if imported(r) {
				return rule.Skipped() // its names are in it
			}
			verdict := rule.Passed()
			for _, name := range append([]rule.Value{r.Get("domainName")}, r.Select("subjectAlternativeNames[]")...) {
				verdict = rule.All(verdict, name.Want(func(v rule.Value) bool {
					text, ok := v.Text()
					return ok && !strings.HasPrefix(text, "*.")
				}, "is for "+name.String(), "list the names that are needed"))
			}
			return verdict
		},
	}
}
