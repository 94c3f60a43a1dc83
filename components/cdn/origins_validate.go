package cdn

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

var (
	hostForm       = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z]{2,}$`)
	originPathForm = regexp.MustCompile(`^(/[^/*?#]+)+$`)
	shieldForm     = regexp.MustCompile(`^[a-z]{2}-[a-z]+-[0-9]$`)
)

// requestHeaders are those that CloudFront sends itself, or keeps from origins.
var requestHeaders = []string{
	"cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
	"if-unmodified-since", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "proxy-connection", "range", "request-range",
	"te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip",
}

func (o OriginArgs) validate(errs *fielderr.List) {
	kinds := 0
	for _, given := range []bool{o.Bucket != nil, o.LoadBalancer != nil, o.PublicLoadBalancer != nil, o.FunctionUrl != nil, o.Custom != nil} {
		if given {
			kinds++
		}
	}
	if kinds != 1 {
		errs.Add("", "needs exactly one of bucket, loadBalancer, publicLoadBalancer, functionUrl and custom")
	}
	o.Bucket.validate(errs.At("bucket"))
	o.LoadBalancer.validate(errs.At("loadBalancer"))
	o.PublicLoadBalancer.validate(errs.At("publicLoadBalancer"))
	o.FunctionUrl.validate(errs.At("functionUrl"))
	o.Custom.validate(errs.At("custom"))
	if o.Path != "" && !originPathForm.MatchString(o.Path) {
		errs.Invalid("path", o.Path, "must begin with / and not end with it")
	}
	if o.ShieldRegion != "" && !shieldForm.MatchString(o.ShieldRegion) {
		errs.Invalid("shieldRegion", o.ShieldRegion, "must be a region such as eu-central-1")
	}
	datastore.Between(errs, "connectionAttempts", o.ConnectionAttempts, 1, 3)
	datastore.Between(errs, "connectionSeconds", o.ConnectionSeconds, 1, 10)
	if o.Bucket != nil {
		for path, seconds := range map[string]int{"readSeconds": o.ReadSeconds, "keepAliveSeconds": o.KeepAliveSeconds} {
			if seconds != 0 {
				errs.Invalid(path, seconds, "cannot be changed for a bucket")
			}
		}
	} else {
		datastore.Between(errs, "readSeconds", o.ReadSeconds, 1, 120)
		datastore.Between(errs, "keepAliveSeconds", o.KeepAliveSeconds, 1, 120)
	}
	for _, name := range base.SortedKeys(o.Headers) {
		checkOriginHeader(errs, fielderr.Join("headers", fielderr.Key(name)), name)
		if o.Headers[name] == nil {
			errs.Required(fielderr.Join("headers", fielderr.Key(name)))
		}
		if p := o.PublicLoadBalancer; p != nil && strings.EqualFold(name, p.SecretHeader) {
			errs.Conflict(fielderr.Join("headers", fielderr.Key(name)), "publicLoadBalancer.secretHeader", "it is the same header")
		}
	}
}

func checkOriginHeader(errs *fielderr.List, path, name string) {
	lower := strings.ToLower(name)
	if !base.IsHeader(name) || slices.Contains(requestHeaders, lower) || strings.HasPrefix(lower, "x-amz-") || strings.HasPrefix(lower, "x-edge-") {
		errs.Invalid(path, name, "must be a header's name, and none that CloudFront sends itself")
	}
}

func (b *BucketArgs) validate(errs *fielderr.List) {
	switch {
	case b == nil:
	case b.own():
		if b.NoncurrentDays < 1 {
			errs.Invalid("noncurrentDays", b.NoncurrentDays, "must be 1 or more")
		}
	default:
		if host, plain := b.DomainName.(pulumi.String); plain && !strings.Contains(string(host), ".s3.") {
			errs.Invalid("domainName", string(host), "must be a bucket's regional domain name, such as shop.s3.eu-central-1.amazonaws.com")
		}
		for path, set := range map[string]bool{
			"provider": b.Provider != nil, "kmsKeyArn": b.KmsKeyArn != nil, "noncurrentDays": b.NoncurrentDays != 0, "forceDestroy": b.ForceDestroy,
		} {
			if set {
				errs.Conflict(path, "domainName", "it is for a bucket that is made here")
			}
		}
	}
}

func (l *LoadBalancerArgs) validate(errs *fielderr.List) {
	if l == nil {
		return
	}
	if l.Arn == nil {
		errs.Required("arn")
	} else if arn, plain := l.Arn.(pulumi.String); plain && !strings.Contains(string(arn), ":elasticloadbalancing:") {
		errs.Invalid("arn", string(arn), "must be that of a load balancer")
	}
	checkHost(errs, "dnsName", l.DnsName)
	checkPort(errs, l.Port)
}

func (p *PublicLoadBalancerArgs) validate(errs *fielderr.List) {
	if p == nil {
		return
	}
	checkHost(errs, "dnsName", p.DnsName)
	checkPort(errs, p.Port)
	checkOriginHeader(errs, "secretHeader", p.SecretHeader)
	if p.Secret == nil {
		errs.Required("secret")
	}
}

func (u *FunctionUrlArgs) validate(errs *fielderr.List) {
	if u == nil {
		return
	}
	checkHost(errs, "domainName", u.DomainName)
	if u.FunctionName == nil {
		errs.Required("functionName")
	}
}

func (c *CustomArgs) validate(errs *fielderr.List) {
	if c != nil {
		checkHost(errs, "domainName", c.DomainName)
		checkPort(errs, c.Port)
	}
}

func checkHost(errs *fielderr.List, path string, host pulumi.StringInput) {
	if host == nil {
		errs.Required(path)
	} else if text, plain := host.(pulumi.String); plain && !hostForm.MatchString(strings.ToLower(string(text))) {
		errs.Invalid(path, string(text), "must be a domain name, without https:// and path")
	}
}

func checkPort(errs *fielderr.List, port int) {
	if port != 80 && port != 443 && (port < 1024 || port > 65535) {
		errs.Invalid("port", port, "must be 80, 443 or 1024 to 65535")
	}
}
