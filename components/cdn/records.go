package cdn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// RecordArgs lead an alias, also one with a wildcard, to the distribution: by an A record,
// an AAAA record where the distribution has IPv6 addresses, and an HTTPS record, which
// tells browsers beforehand that it speaks HTTP/2 and 3. AWS answers queries for free.
type RecordArgs struct {
	// ZoneId is the Route 53 hosted zone, which is public.
	ZoneId pulumi.StringInput `pulumi:"zoneId"`
	// WithoutHttps leaves out the HTTPS record, where the zone has one of its own.
	// Default: false.
	WithoutHttps bool `pulumi:"withoutHttps,optional"`
}

func (r RecordArgs) validate(errs *fielderr.List, domain string, aliases []string) {
	if r.ZoneId == nil {
		errs.Required("zoneId")
	}
	if !slices.Contains(aliases, domain) {
		errs.Add("", "there is no alias %q: CloudFront answers for aliases only", domain)
	}
}

// addRecords does not take over records that exist: they may lead somewhere else in use.
func (d *Distribution) addRecords(ctx *pulumi.Context, _ string, a *DistributionArgs) error {
	for _, domain := range base.SortedKeys(a.Records) {
		r := a.Records[domain]
		types := []string{"A"}
		if *a.Ipv6 {
			types = append(types, "AAAA")
		}
		if !r.WithoutHttps {
			types = append(types, "HTTPS")
		}
		for _, recordType := range types {
			child := d.child(strings.ToLower(recordType), domain)
			_, err := route53.NewRecord(ctx, child, &route53.RecordArgs{
				ZoneId: r.ZoneId, Name: pulumi.String(domain), Type: pulumi.String(recordType), AllowOverwrite: pulumi.Bool(false),
				Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
					// CloudFront's own health is not something that Route 53 can see.
					Name: d.Distribution.DomainName, ZoneId: d.Distribution.HostedZoneId, EvaluateTargetHealth: pulumi.Bool(false),
				}},
			}, pulumi.Parent(d))
			if err != nil {
				return fmt.Errorf("create record %s: %w", child, err)
			}
		}
	}
	return nil
}
