package alb

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// RecordArgs are a DNS name that leads to the load balancer: an A record where it has
// IPv4 addresses for its clients, an AAAA record where it has IPv6 ones.
type RecordArgs struct {
	// ZoneId is the Route 53 hosted zone.
	ZoneId pulumi.StringInput `pulumi:"zoneId"`
	// Name is the full name, such as "www.example.com".
	Name pulumi.StringInput `pulumi:"name"`
}

func (r RecordArgs) validate(errs *fielderr.List) {
	if r.ZoneId == nil {
		errs.Required("zoneId")
	}
	if r.Name == nil {
		errs.Required("name")
	}
}

func (l *LoadBalancer) addRecords(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	var types []string
	if a.IpAddressType != DualStackWithoutPublicIpv4 {
		types = append(types, "A")
	}
	if a.IpAddressType != Ipv4 {
		types = append(types, "AAAA")
	}
	for _, key := range base.SortedKeys(a.Records) {
		for _, recordType := range types {
			name := l.child(map[string]string{"A": "a", "AAAA": "aaaa"}[recordType], key)
			_, err := route53.NewRecord(ctx, name, &route53.RecordArgs{
				ZoneId: a.Records[key].ZoneId,
				Name:   a.Records[key].Name,
				Type:   pulumi.String(recordType),
				Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
					Name:   l.DnsName,
					ZoneId: l.ZoneId,
					// So that weighted and failover records elsewhere see its health.
					EvaluateTargetHealth: pulumi.Bool(true),
				}},
			}, pulumi.Parent(l))
			if err != nil {
				return fmt.Errorf("create record %s: %w", name, err)
			}
		}
	}
	return nil
}
