package network

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/subnets"
)

// plan is what the args come to: everything that decides which resources there are and
// what they are called. It is made before anything is registered.
type plan struct {
	args VpcArgs // with defaults filled in
	// By name.
	zones []zone
	tiers []tier
	// blocks by name; the VPC's own is "".
	blocks map[string]netip.Prefix
	// By zone, then tier.
	subnets  []subnet
	natZones []zone
	services []string
}

type zone struct {
	name string
	// key is what is left of the name without the region: "a", or "lax-1a".
	key  string
	slot int
}

type tier struct {
	name  string
	kind  Kind
	slot  int
	block string
	tags  map[string]string
}

type subnet struct {
	tier tier
	zone zone
	cidr netip.Prefix
}

func (s subnet) key() string { return s.tier.name + "-" + s.zone.key }

func (s subnet) slot() subnets.Slot { return subnets.Slot{Zone: s.zone.slot, Tier: s.tier.slot} }

// The tiers that every VPC has unless it omits them, with their fixed slots.
var builtIn = map[string]tier{
	TierPrivate:  {name: TierPrivate, kind: Private, slot: 0},
	TierPublic:   {name: TierPublic, kind: Public, slot: 1},
	TierIsolated: {name: TierIsolated, kind: Isolated, slot: 2},
}

// Own tiers of the VPC's own block have the slots from here on.
const firstOwnSlot = 3

func (p *plan) hasTier(name string) bool {
	return slices.ContainsFunc(p.tiers, func(t tier) bool { return t.name == name })
}

func (p *plan) hasKind(kind Kind) bool {
	return slices.ContainsFunc(p.tiers, func(t tier) bool { return t.kind == kind })
}

// natZone is the zone whose NAT serves this one.
func (p *plan) natZone(z zone) zone {
	if len(p.natZones) == 1 {
		return p.natZones[0]
	}
	return z
}

// blockNames are the blocks by the names that rules and associations have: the VPC's
// own is "vpc".
func (p *plan) blockNames() []string {
	names := slices.Sorted(maps.Keys(p.blocks))
	names[0] = ownBlock
	return names
}

func (p *plan) block(name string) netip.Prefix {
	if name == ownBlock {
		return p.blocks[""]
	}
	return p.blocks[name]
}

const ownBlock = "vpc"

func (p *plan) layout() map[string]string {
	layout := map[string]string{}
	for _, s := range p.subnets {
		layout[s.key()] = s.cidr.String()
	}
	return layout
}

// Layout is the address block of every subnet that a Vpc with these args has, by tier
// and zone, such as "private-a". It is the same as the Vpc's SubnetLayout.
func Layout(args *VpcArgs) (map[string]string, error) {
	p, err := newPlan("layout", args)
	if err != nil {
		return nil, err
	}
	return p.layout(), nil
}

func (args VpcArgs) withDefaults() VpcArgs {
	args.CidrBlock = cmp.Or(args.CidrBlock, "10.0.0.0/16")
	args.S3Endpoint = orTrue(args.S3Endpoint)
	args.DynamoDbEndpoint = orTrue(args.DynamoDbEndpoint)

	nat := *base.CopyOf(args.Nat)
	nat.Strategy = cmp.Or(nat.Strategy, NatPerZone)
	if nat.Strategy == NatInstance {
		instance := *base.CopyOf(nat.Instance)
		instance.Type = cmp.Or(instance.Type, "t4g.nano")
		nat.Instance = &instance
	}
	args.Nat = &nat

	logs := *base.CopyOf(args.FlowLogs)
	logs.Destination = cmp.Or(logs.Destination, FlowLogCloudWatch)
	if logs.Destination != FlowLogNone {
		logs.TrafficType = cmp.Or(logs.TrafficType, TrafficAll)
		logs.AggregationSeconds = cmp.Or(logs.AggregationSeconds, 600)
	}
	if logs.Destination == FlowLogCloudWatch {
		logs.RetentionDays = cmp.Or(logs.RetentionDays, 90)
	}
	args.FlowLogs = &logs
	return args
}

func orTrue(b *bool) *bool {
	if b == nil {
		t := true
		return &t
	}
	return b
}

// newPlan fills in defaults, checks everything and cuts the subnets.
func newPlan(name string, args *VpcArgs) (*plan, error) {
	p := &plan{args: base.CopyOf(args).withDefaults()}
	if err := p.validate(fmt.Sprintf("network.Vpc %q", name)); err != nil {
		return nil, err
	}
	for _, z := range p.zones {
		for _, t := range p.tiers {
			s := subnet{tier: t, zone: z}
			cidr, err := subnets.Cut(p.blocks[t.block], s.slot())
			if err != nil {
				return nil, fmt.Errorf("cut subnet %s: %w", s.key(), err)
			}
			s.cidr = cidr
			p.subnets = append(p.subnets, s)
		}
	}
	p.services = servicesOf(p.args.InterfaceEndpoints)
	return p, nil
}
