package aws

import (
	"slices"
	"strings"
)

const docCertificate = "AWS Certificate Manager User Guide: AWS Certificate Manager certificate characteristics and limitations"

var certificateRules = []Rule{
	{ID: "certificate-first-name", Code: refused, Source: docCertificate, Kinds: "acm.certificate", On: Create, Check: func(r *Request) string {
		if d := r.New.Str("domainName"); len(d) > 64 && !r.New.Has("subjectAlternativeNames") {
			return say("The first domain name can be no longer than 64 octets (%s)", d)
		}
		return ""
	}},
	{ID: "certificate-names-quota", Code: "LimitExceededException", Source: "AWS Certificate Manager User Guide: Quotas", Kinds: "acm.certificate", On: Create, Check: func(r *Request) string {
		if n := len(certified(r.New)); n > 10 {
			return say("The request has %d domain names; a certificate can have 10", n)
		}
		return ""
	}},
	{ID: "certificate-source", Code: refused, Source: "AWS Certificate Manager API Reference: RequestCertificate", Kinds: "acm.certificate", On: Create, Check: func(r *Request) string {
		method := r.New.Str("validationMethod")
		switch {
		case imported(r.New):
			if r.New.Has("domainName") || !r.New.Has("certificateBody") {
				return "An imported certificate needs a body and a private key, and takes no domain name"
			}
		case !r.New.Has("domainName"):
			return "A certificate needs a domain name"
		case method == "" && !r.New.Has("certificateAuthorityArn"):
			return "A public certificate needs a validation method"
		case method != "" && !oneOf(method, "DNS EMAIL NONE"):
			return say("Validation method '%s' is not one of DNS, EMAIL", method)
		}
		if k := r.New.Str("keyAlgorithm"); k != "" && !oneOf(k, "RSA_2048 RSA_3072 RSA_4096 RSA_1024 EC_prime256v1 EC_secp384r1 EC_secp521r1") {
			return say("Key algorithm '%s' is not valid", k)
		}
		return ""
	}},
	{ID: "certificate-distributed", Code: "ResourceInUseException", Source: "AWS Certificate Manager API Reference: DeleteCertificate", Kinds: "acm.certificate", On: Delete, Waits: true, Check: func(r *Request) string {
		if d := r.By(distribute, "viewerCertificate.acmCertificateArn", r.Old.Str("arn")); d != nil {
			return say("Certificate %s in account %s is in use. (%s)", r.ID, r.Account, d.ID)
		}
		return ""
	}},
	{ID: "validation-method", Code: refused, Source: "AWS Certificate Manager User Guide: Validate domain ownership", Kinds: "acm.certificateValidation", On: Create, Check: func(r *Request) string {
		c := r.ByARN("acm.certificate", r.New.Str("certificateArn"))
		switch {
		case c == nil:
		case oneOf(c.Props.Str("type"), "IMPORTED PRIVATE"):
			return say("Certificate %s is %s: nothing waits to be validated", c.ID, c.Props.Str("type"))
		case c.Props.Str("validationMethod") != "DNS" && r.New.Has("validationRecordFqdns"):
			return "Validation records can only be given for a certificate with DNS validation"
		}
		return ""
	}},
	{ID: "validation-records-named", Code: refused, Source: "AWS Certificate Manager User Guide: DNS validation", Kinds: "acm.certificateValidation", On: Create, Check: func(r *Request) string {
		c := r.ByARN("acm.certificate", r.New.Str("certificateArn"))
		if c == nil || !r.New.Has("validationRecordFqdns") {
			return ""
		}
		var given []string
		for _, f := range r.New.Strs("validationRecordFqdns") {
			given = append(given, dnsName(f))
		}
		for _, o := range c.Props.Objs("domainValidationOptions") {
			if want := dnsName(o.Str("resourceRecordName")); !slices.Contains(given, want) {
				return say("missing %s DNS validation record: %s", o.Str("domainName"), want)
			}
		}
		return ""
	}},
}

func imported(certificate Obj) bool {
	return certificate.Has("privateKey") || certificate.Has("certificateBody")
}

// certified are the names of a certificate, the first one first.
func certified(certificate Obj) []string {
	var out []string
	for _, n := range append([]string{certificate.Str("domainName")}, certificate.Strs("subjectAlternativeNames")...) {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// covers says whether a certificate is good for a host name. An asterisk stands for one label.
func covers(certificate Obj, host string) bool {
	host = dnsName(host)
	for _, name := range certified(certificate) {
		name = dnsName(name)
		parent, wild := strings.CutPrefix(name, "*.")
		_, rest, _ := strings.Cut(host, ".")
		if name == host || wild && rest == parent {
			return true
		}
	}
	return imported(certificate) // its names are in its body, which is not read
}

// issued says whether a certificate can be used.
func (r *Request) issued(c *Resource) bool {
	return c.Props.Str("status") == "ISSUED" || r.in(c.Region).validated(c.Props.Str("arn"))
}

// uncertified says why a listener cannot use a certificate.
func (r *Request) uncertified(text string) string {
	a, ok := parseARN(text)
	own := r.ByARN("acm.certificate", text)
	switch {
	case !ok || !oneOf(a.service, "acm iam"):
		return say("Certificate ARN '%s' is not valid", text)
	case a.service == "acm" && (a.region != r.Region || a.account != r.Account):
		return say("Certificate '%s' not found", text)
	case a.service == "iam" && a.account != r.Account:
		return say("Certificate '%s' not found", text)
	case own != nil && own.Props.Str("status") != "ISSUED" && !r.validated(text):
		return say("The certificate '%s' must have a fully-qualified domain name, a supported signature, and a supported key size. (status %s)", text, own.Props.Str("status"))
	}
	return ""
}

// unsecured says why the listeners of a controller's load balancer cannot be made. Where the cloud was told of certificates from the start, it has
// no others than those and the program's own, also for hosts; elsewhere others are taken to be there.
func (r *Request) unsecured(certificates, hosts []string) string {
	known := r.All("acm.certificate")
	told := slices.ContainsFunc(known, func(c *Resource) bool { return c.URN == "" })
	for _, text := range certificates {
		wrong := r.uncertified(text)
		if a, _ := parseARN(text); wrong == "" && a.service == "acm" && told && r.ByARN("acm.certificate", text) == nil {
			wrong = say("Certificate '%s' not found", text)
		}
		if wrong != "" {
			return "Failed deploy model due to CertificateNotFound: " + wrong
		}
	}
	for _, host := range hosts {
		found := slices.ContainsFunc(known, func(c *Resource) bool { return r.issued(c) && covers(c.Props, host) })
		if host == "" || told && !found {
			return "Failed build model due to ingress: no certificate found for host: " + host
		}
	}
	return ""
}

func dnsName(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }
