package stacks

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/alb"
	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/components/certificate"
	"github.com/plinth-iac/plinth/components/waf"
)

// webOrigin is the key of the web tier among the edge's origins; those of buckets have a prefix.
const webOrigin = "web"

// newEdge makes CloudFront in front of the web tier.
func (p *platform) newEdge() error {
	c := p.env.Edge
	if c == nil {
		return nil
	}
	args := &cdn.DistributionArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Edge: p.edge.provider,
		DefaultOrigin: webOrigin, Paths: map[string]cdn.PathArgs{}, OriginGroups: map[string]cdn.OriginGroupArgs{},
		Origins: map[string]cdn.OriginArgs{webOrigin: {LoadBalancer: &cdn.LoadBalancerArgs{
			Arn: p.web.balancer.Arn, DnsName: p.web.balancer.DnsName, PlaintextHttp: p.env.Web.Plaintext,
		}}},
		DeletionProtection: p.env.DeletionProtection, PriceClass: cdn.PriceClass(priceClasses[c.PriceClass]),
		// Who makes no records need not wait for every location.
		WaitForDeployment: pulumi.BoolRef(p.env.Web.HostedZoneId != ""),
	}
	for _, pattern := range sortedKeys(c.Paths) {
		args.Paths[pattern] = cdn.PathArgs{Origin: p.fromBucket(args, c.Paths[pattern])}
	}
	if c.Countries != nil {
		args.Geo = &cdn.GeoArgs{Allow: c.Countries}
	}
	if p.firewall != nil {
		args.WebAclArn = p.firewall.WebAclArn
	}
	args.Logs = &cdn.LogsArgs{Destination: cdn.NoLogs}
	if p.env.Profile == Production {
		args.Logs = &cdn.LogsArgs{RetentionDays: p.env.LogRetentionDays, ForceDestroy: !*p.env.DeletionProtection}
		args.Alarms = &cdn.AlarmsArgs{ActionArns: p.edge.actions()}
	}
	opts := []pulumi.ResourceOption{p.components}
	if domain := p.env.Web.DomainName; domain != "" {
		var err error
		if args.CertificateArn, err = p.edgeCertificate(); err != nil {
			return err
		}
		args.Aliases = []string{domain}
		if zone := p.env.Web.HostedZoneId; zone != "" {
			args.Records = map[string]cdn.RecordArgs{domain: {ZoneId: pulumi.String(zone)}}
			opts = append(opts, p.recordsFrom(alb.Type, "web-balancer", "main"))
		}
	}
	var err error
	p.distribution, err = cdn.NewDistribution(p.ctx, "edge", args, opts...)
	return err
}

// fromBucket adds a bucket to the edge's origins, with its copy behind it if there is one. It
// returns the key to refer to.
func (p *platform) fromBucket(args *cdn.DistributionArgs, name string) string {
	b, first, second, either := p.buckets[name], "bucket-"+name, "copy-"+name, "either-"+name
	args.Origins[first] = cdn.OriginArgs{Bucket: &cdn.BucketArgs{DomainName: b.RegionalDomainName}}
	if !p.env.Buckets[name].InRecoveryRegion {
		return first
	}
	args.Origins[second] = cdn.OriginArgs{Bucket: &cdn.BucketArgs{DomainName: b.ReplicaDomainName}}
	args.OriginGroups[either] = cdn.OriginGroupArgs{First: first, Second: second}
	return either
}

// edgeCertificate is the certificate of the web tier's name where CloudFront looks for it.
func (p *platform) edgeCertificate() (pulumi.StringInput, error) {
	if arn := p.env.Edge.CertificateArn; arn != "" {
		return pulumi.String(arn), nil
	}
	args := &certificate.CertificateArgs{
		DomainName: p.env.Web.DomainName, ZoneId: pulumi.String(p.env.Web.HostedZoneId),
		DeleteRecords: !*p.env.DeletionProtection, // the load balancer's own certificate is renewed by the same ones
	}
	if p.env.Profile == Production {
		args.Alarm = &certificate.AlarmArgs{ActionArns: p.edge.actions()}
	}
	made, err := certificate.NewCertificate(p.ctx, "edge-certificate", args, p.edge.components)
	if err != nil {
		return nil, err
	}
	return made.CertificateArn, nil
}

// recordsFrom makes the records of the web tier's name those that another component has had: they
// lead somewhere else then, and are never missing. Names of records begin with the component's
// name and the record's type, and end with a key.
func (p *platform) recordsFrom(token, component, key string) pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		const record = "aws:route53/record:Record"
		kind := recordName.FindStringSubmatch(args.Name)
		if args.Type != record || kind == nil {
			return nil
		}
		was := fmt.Sprintf("urn:pulumi:%s::%s::%s$%s::%s-%s-%s", p.ctx.Stack(), p.ctx.Project(), token, record, component, kind[1], key)
		return &pulumi.ResourceTransformationResult{
			Props: args.Props, Opts: append(args.Opts, pulumi.Aliases([]pulumi.Alias{{URN: pulumi.URN(was)}})),
		}
	}})
}

var recordName = regexp.MustCompile(`^(?:edge|web-balancer)-(a|aaaa)-`)

// newFirewall makes the web ACL: at the edge, or at the web tier's load balancer if clients
// reach that.
func (p *platform) newFirewall() (err error) {
	c := p.env.Firewall
	if c == nil {
		return nil
	}
	at, key := p.edge, arn(p.keys.edge)
	args := &waf.WebAclArgs{
		Scope: waf.CloudFront, Mode: waf.Mode(c.Mode),
		RateLimits: map[string]waf.RateLimitArgs{"ip": {Limit: c.RequestsPerIp}},
	}
	if p.env.Edge == nil {
		at, key = &p.site, arn(p.keys.data)
		args.Scope = waf.Regional
		args.Associations = map[string]pulumi.StringInput{"web": p.web.balancer.Arn}
	}
	args.Region = at.region
	args.Logs = &waf.LogsArgs{RetentionDays: p.env.LogRetentionDays, KmsKeyArn: key}
	if ipv4, ipv6 := byFamily(c.AllowedCidrs); ipv4 != nil || ipv6 != nil {
		args.Allow = map[string]waf.AllowListArgs{"friends": {Ipv4: ipv4, Ipv6: ipv6}}
	}
	if ipv4, ipv6 := byFamily(c.BlockedCidrs); ipv4 != nil || ipv6 != nil {
		args.Block = map[string]waf.BlockListArgs{"strangers": {Ipv4: ipv4, Ipv6: ipv6}}
	}
	if c.BotControl {
		args.BotControl = &waf.BotControlArgs{}
	}
	if p.env.Profile == Production {
		args.Alarms = &waf.AlarmsArgs{ActionArns: at.actions()}
	}
	p.firewall, err = waf.NewWebAcl(p.ctx, "firewall", args, at.components)
	return err
}

// byFamily parts address blocks; a family without any is nil.
func byFamily(blocks []string) (ipv4, ipv6 pulumi.StringArrayInput) {
	var four, six pulumi.StringArray
	for _, block := range blocks {
		if strings.Contains(block, ":") {
			six = append(six, pulumi.String(block))
		} else {
			four = append(four, pulumi.String(block))
		}
	}
	if four != nil {
		ipv4 = four
	}
	if six != nil {
		ipv6 = six
	}
	return ipv4, ipv6
}
