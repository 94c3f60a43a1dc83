package network

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	anyIpv4 = "0.0.0.0/0"
	anyIpv6 = "::/0"

	isolatedTable = "isolated"
)

// routeTable is the key of the table that a subnet uses. All public subnets have one
// table, as the internet gateway is in no zone; so do isolated ones, which route
// nowhere. Private ones have one per zone, for that zone's NAT.
func routeTable(kind Kind, z zone) string {
	switch kind {
	case Public:
		return "public"
	case Private:
		return "private-" + z.key
	}
	return isolatedTable
}

// routing makes route tables, default routes and associations. Each is a resource of
// its own, so that nothing but a default route waits for NAT.
func (b *builder) routing() error {
	var egressOnly *ec2.EgressOnlyInternetGateway
	if b.plan.args.Ipv6 && b.plan.hasKind(Private) {
		var err error
		child := b.child("eigw")
		egressOnly, err = ec2.NewEgressOnlyInternetGateway(b.ctx, child,
			&ec2.EgressOnlyInternetGatewayArgs{VpcId: b.vpcIds[""], Tags: b.tags(child)}, b.opts...)
		if err != nil {
			return fmt.Errorf("create egress-only internet gateway: %w", err)
		}
	}
	for _, s := range b.plan.subnets {
		key := routeTable(s.tier.kind, s.zone)
		if b.out.RouteTables[key] == nil {
			if err := b.table(key, s, egressOnly); err != nil {
				return err
			}
		}
		association, err := ec2.NewRouteTableAssociation(b.ctx, b.child("rta-"+s.key()), &ec2.RouteTableAssociationArgs{
			SubnetId: b.subnets[s.key()].ID(), RouteTableId: b.out.RouteTables[key].ID(),
		}, b.opts...)
		if err != nil {
			return fmt.Errorf("associate subnet %s: %w", s.key(), err)
		}
		b.associations[s.key()] = association
	}
	return nil
}

// table makes a route table, with the default routes that subnets like s need.
func (b *builder) table(key string, s subnet, egressOnly *ec2.EgressOnlyInternetGateway) error {
	child := b.child("rt-" + key)
	table, err := ec2.NewRouteTable(b.ctx, child, &ec2.RouteTableArgs{VpcId: b.vpcIds[""], Tags: b.tags(child)}, b.opts...)
	if err != nil {
		return fmt.Errorf("create route table %s: %w", key, err)
	}
	b.out.RouteTables[key] = table

	v4 := &ec2.RouteArgs{RouteTableId: table.ID(), DestinationCidrBlock: pulumi.String(anyIpv4)}
	v6 := &ec2.RouteArgs{RouteTableId: table.ID(), DestinationIpv6CidrBlock: pulumi.String(anyIpv6)}
	switch s.tier.kind {
	case Isolated:
		return nil
	case Public:
		v4.GatewayId, v6.GatewayId = b.gateway.ID(), b.gateway.ID()
	case Private:
		if toNat := b.natRoutes[b.plan.natZone(s.zone).name]; toNat != nil {
			toNat(v4)
		} else {
			v4 = nil
		}
		if egressOnly != nil {
			v6.EgressOnlyGatewayId = egressOnly.ID()
		}
	}
	if !b.plan.args.Ipv6 {
		v6 = nil
	}
	for _, r := range []struct {
		role string
		args *ec2.RouteArgs
	}{{"route-", v4}, {"route6-", v6}} {
		if r.args == nil {
			continue
		}
		route, err := ec2.NewRoute(b.ctx, b.child(r.role+key), r.args, b.opts...)
		if err != nil {
			return fmt.Errorf("create default route of %s: %w", key, err)
		}
		b.defaultRoutes[key] = append(b.defaultRoutes[key], route)
	}
	return nil
}

// egress is what has to exist before a zone's private subnets reach the internet and S3.
// The route to S3 is among it because adding one cuts the connections to S3 that are open.
func (b *builder) egress(z zone) []pulumi.Resource {
	key := routeTable(Private, z)
	ready := slices.Clone(b.defaultRoutes[key])
	if toS3 := b.s3Routes[key]; toS3 != nil {
		ready = append(ready, toS3)
	}
	if len(ready) == 0 {
		return nil
	}
	for _, s := range b.plan.subnets {
		if s.zone == z && s.tier.kind == Private {
			ready = append(ready, b.associations[s.key()])
		}
	}
	if len(b.plan.natZones) > 0 { // the NAT's own way out
		nat := b.plan.natZone(z)
		ready = append(ready, b.associations[TierPublic+"-"+nat.key])
		ready = append(ready, b.defaultRoutes[routeTable(Public, nat)]...)
	}
	return ready
}
