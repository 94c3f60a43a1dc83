package stacks

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// EdgeConfig puts CloudFront in front of the web tier, whose load balancer is internal then: clients
// reach nothing else. They use the name of the web tier. AWS offers this in all zones but
// use1-az3, usw1-az2, cac1-az3, apne1-az3 and apne2-az1, where the tier must have no servers.
type EdgeConfig struct {
	// Paths are what the edge takes from a bucket and not from the web tier, by pattern, such as
	// /assets/*: assets. Default: none.
	Paths map[string]string `json:"paths,omitzero"`
	// CertificateArn is the ACM certificate of web.domainName in us-east-1. Default: one is made, and
	// proved in web.hostedZoneId; without a name, that of CloudFront.
	CertificateArn string `json:"certificateArn,omitzero"`
	// PriceClass is where content is served from: All, or 200 or 100 for fewer, cheaper places.
	// Default: All in production, 100 in development.
	PriceClass string `json:"priceClass,omitzero"`
	// Countries are the only ones that are served, by two letters. Default: all.
	Countries []string `json:"countries,omitzero"`
	// PrefixListId is the region's list com.amazonaws.global.cloudfront.origin-facing, from where the
	// edge comes; `aws ec2 describe-managed-prefix-lists` finds it. Default: known for most regions.
	PrefixListId string `json:"prefixListId,omitzero"`
}

// FirewallConfig configures the web ACL (AWS WAF) in front of the web tier, at the edge if there is one.
type FirewallConfig struct {
	// Mode is Block, or Count to look at first what would be blocked. Default: Block.
	Mode string `json:"mode,omitzero"`
	// RequestsPerIp is how many requests an address may make in five minutes. Default: 2000.
	RequestsPerIp int `json:"requestsPerIp,omitzero"`
	// AllowedCidrs are let through whatever they do. Default: none.
	AllowedCidrs []string `json:"allowedCidrs,omitzero"`
	// BlockedCidrs are kept out. Default: none.
	BlockedCidrs []string `json:"blockedCidrs,omitzero"`
	// BotControl tells bots from people, at 10 USD a month and 1 USD a million requests.
	// Default: false.
	BotControl bool `json:"botControl,omitzero"`
}

// originLists are the regions' prefix lists of CloudFront.
var originLists = map[string]string{
	"ap-northeast-1": "pl-58a04531", "ap-northeast-2": "pl-22a6434b", "ap-south-1": "pl-9aa247f3", "ap-southeast-1": "pl-31a34658",
	"ap-southeast-2": "pl-b8a742d1", "ca-central-1": "pl-38a64351", "eu-central-1": "pl-a3a144ca", "eu-north-1": "pl-fab65393",
	"eu-west-1": "pl-4fa04526", "eu-west-2": "pl-93a247fa", "eu-west-3": "pl-75b1541c", "sa-east-1": "pl-5da64334",
	"us-east-1": "pl-3b927c52", "us-east-2": "pl-b6a144df", "us-west-1": "pl-4ea04527", "us-west-2": "pl-82a045eb",
}

const (
	// edgeRegion is where CloudFront looks for certificates and web ACLs.
	edgeRegion = "us-east-1"

	firewallBlock = "Block"
	firewallCount = "Count"
)

var (
	prefixListForm = regexp.MustCompile(`^pl-[0-9a-f]{8,17}$`)
	countryForm    = regexp.MustCompile(`^[A-Z]{2}$`)
	patternForm    = regexp.MustCompile(`^/[A-Za-z0-9_.*$/~"'@:+&?-]{1,254}$`)
	priceClasses   = map[string]string{"All": "PriceClass_All", "200": "PriceClass_200", "100": "PriceClass_100"}
)

func (e *Environment) setEdgeDefaults() {
	if e.Edge != nil {
		class := "100"
		if e.Profile != Development {
			class = "All"
		}
		defaultTo(&e.Edge.PriceClass, class)
		defaultTo(&e.Edge.PrefixListId, originLists[e.Region])
	}
	if f := e.Firewall; f != nil {
		defaultTo(&f.Mode, firewallBlock)
		defaultTo(&f.RequestsPerIp, 2000)
	}
}

func (e *Environment) validateEdge(errs *fielderr.List) {
	if e.Edge != nil {
		e.validateDistribution(errs)
	}
	if f := e.Firewall; f != nil {
		at := errs.At("firewall")
		oneOf(at, "mode", f.Mode, firewallBlock, firewallCount)
		between(at, "requestsPerIp", f.RequestsPerIp, 10, 2_000_000_000)
		validateCidrs(at, "allowedCidrs", f.AllowedCidrs, true)
		validateCidrs(at, "blockedCidrs", f.BlockedCidrs, true)
		for field, blocks := range map[string][]string{"allowedCidrs": f.AllowedCidrs, "blockedCidrs": f.BlockedCidrs} {
			for i, block := range blocks {
				if strings.HasSuffix(block, "/0") {
					at.Invalid(fielderr.Join(field, fielderr.Index(i)), block, "AWS WAF takes no block that is everybody")
				}
			}
		}
	}
}

func (e *Environment) validateDistribution(errs *fielderr.List) {
	c, at := e.Edge, errs.At("edge")
	if len(e.Web.AllowedCidrs) > 0 {
		errs.Conflict("edge", "web.allowedCidrs", "nobody but the edge reaches the load balancer")
	}
	if !e.Web.Plaintext && e.Web.DomainName == "" && e.Profile == Development {
		errs.Add("web.domainName", "is required with edge, unless plaintext is true: the edge asks the load balancer for the name that clients use, which its certificate must cover")
	}
	for _, pattern := range sortedKeys(c.Paths) {
		path := fielderr.Join("paths", fielderr.Key(pattern))
		if !patternForm.MatchString(pattern) {
			at.Add(path, "a pattern begins with / and has 255 characters at most, * stands for any of them, and ? for one")
		}
		one(at, path, c.Paths[pattern], sortedKeys(e.Buckets), "buckets")
	}
	switch parts := certificateForm.FindStringSubmatch(c.CertificateArn); {
	case c.CertificateArn == "" && e.Web.DomainName != "" && e.Web.HostedZoneId == "":
		at.Add("certificateArn", "is required, unless web.hostedZoneId is given to prove a new one in")
	case c.CertificateArn == "":
	case e.Web.DomainName == "":
		at.Add("certificateArn", "needs web.domainName, which it is for")
	case parts == nil:
		at.Invalid("certificateArn", c.CertificateArn, "is not the ARN of an ACM certificate")
	case parts[1] != edgeRegion || parts[2] != e.AccountId:
		at.Invalid("certificateArn", c.CertificateArn, "must be in region %s, where CloudFront looks for it, and account %s", edgeRegion, e.AccountId)
	}
	oneOf(at, "priceClass", c.PriceClass, "All", "200", "100")
	for i, country := range c.Countries {
		if !countryForm.MatchString(country) || slices.Contains(c.Countries[:i], country) {
			at.Invalid(fielderr.Join("countries", fielderr.Index(i)), country, "must be two capital letters, such as DE, and be listed once")
		}
	}
	if c.PrefixListId == "" {
		at.Add("prefixListId", "is required in %s, whose list is not known here", e.Region)
	} else if !prefixListForm.MatchString(c.PrefixListId) {
		at.Invalid("prefixListId", c.PrefixListId, "must be a prefix list such as pl-3b927c52")
	}
}
