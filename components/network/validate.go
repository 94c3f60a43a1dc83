package network

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/subnets"
)

var (
	regionName  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)
	zoneSuffix  = regexp.MustCompile(`^([a-z]|-[a-z0-9]+(-[a-z0-9]+)*)$`)
	accountId   = regexp.MustCompile(`^\d{12}$`)
	shortName   = regexp.MustCompile(`^[a-z][a-z0-9]{0,19}$`)
	clusterName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$`)
	arm64Type   = regexp.MustCompile(`^(a1|[a-z]+\d+g[a-z]*)\.[a-z0-9-]+$`)
)

const maxZones = 6

// validate reports everything that is wrong and fills in zones, tiers, blocks and
// natZones.
func (p *plan) validate(subject string) error {
	var errs fielderr.List
	a := p.args
	if a.Region == "" {
		errs.Required("region")
	} else if !regionName.MatchString(a.Region) {
		errs.Invalid("region", a.Region, "is not a region name such as us-east-1")
	}
	if a.AccountId != "" && !accountId.MatchString(a.AccountId) {
		errs.Invalid("accountId", a.AccountId, "must be twelve digits")
	}
	if a.ClusterName != "" && !clusterName.MatchString(a.ClusterName) {
		errs.Invalid("clusterName", a.ClusterName, "is not a cluster name: at most 100 letters, digits, _ and -")
	}
	p.readZones(&errs)
	p.readBlocks(&errs)
	p.readTiers(&errs)
	p.checkRoom(&errs)
	p.readNat(errs.At("nat"))
	p.checkFlowLogs(errs.At("flowLogs"))
	for i, set := range a.InterfaceEndpoints {
		if _, ok := endpointServices[set]; !ok {
			errs.Unsupported("interfaceEndpoints"+fielderr.Index(i), set, endpointSets()...)
		}
	}
	if len(a.InterfaceEndpoints) > 0 && !p.hasTier(TierPrivate) {
		errs.Conflict("interfaceEndpoints", "omitTiers", "the endpoints stand in the private tier")
	}
	return errs.Err(subject)
}

func (p *plan) readZones(errs *fielderr.List) {
	names := p.args.Zones
	switch {
	case len(names) == 0:
		errs.Required("zones")
	case len(names) > maxZones:
		errs.Invalid("zones", len(names), "there can be at most %d", maxZones)
	}
	bySlot := map[int]string{}
	seen := map[string]bool{}
	for i, name := range names {
		path := "zones" + fielderr.Index(i)
		if seen[name] {
			errs.Invalid(path, name, "is given twice")
			continue
		}
		seen[name] = true
		suffix, inRegion := strings.CutPrefix(name, p.args.Region)
		if p.args.Region == "" {
			continue
		}
		if !inRegion || !zoneSuffix.MatchString(suffix) {
			errs.Invalid(path, name, "is not a zone of %s", p.args.Region)
			continue
		}
		z := zone{name: name, key: strings.TrimPrefix(suffix, "-")}
		slot, given := p.args.ZoneSlots[name]
		switch {
		case given:
			if slot < 0 || slot >= subnets.ZoneSlots {
				errs.At("zoneSlots").Invalid(fielderr.Key(name), slot, "must be 0 to %d", subnets.ZoneSlots-1)
				continue
			}
		case len(suffix) == 1 && suffix <= "f":
			slot = int(suffix[0] - 'a')
		default:
			errs.Invalid(path, name, "has no slot by its letter; give it one in zoneSlots")
			continue
		}
		z.slot = slot
		if other, taken := bySlot[slot]; taken {
			errs.Invalid(path, name, "has slot %d, and so has %s", slot, other)
		}
		bySlot[slot] = name
		p.zones = append(p.zones, z)
	}
	for _, name := range slices.Sorted(maps.Keys(p.args.ZoneSlots)) {
		if !seen[name] {
			errs.At("zoneSlots").Add(fielderr.Key(name), "%q is not one of the zones", name)
		}
	}
	slices.SortFunc(p.zones, func(a, b zone) int { return strings.Compare(a.name, b.name) })
}

// The address ranges of private networks. AWS does not let a VPC have blocks of more
// than one of them, nor any of reservedRange.
var (
	privateRanges = []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	}
	reservedRange = netip.MustParsePrefix("198.19.0.0/16")
)

func (p *plan) readBlocks(errs *fielderr.List) {
	p.blocks = map[string]netip.Prefix{}
	own, err := subnets.Parse(p.args.CidrBlock)
	if err != nil {
		errs.Invalid("cidrBlock", p.args.CidrBlock, "%s", err)
	} else {
		p.blocks[""] = own
	}
	at := errs.At("secondaryCidrBlocks")
	for _, name := range slices.Sorted(maps.Keys(p.args.SecondaryCidrBlocks)) {
		path, cidr := fielderr.Key(name), p.args.SecondaryCidrBlocks[name]
		if !shortName.MatchString(name) || name == ownBlock {
			at.Add(path, "%q is not a usable name: up to 20 lower-case letters and digits, not %s", name, ownBlock)
		}
		block, err := subnets.Parse(cidr)
		if err != nil {
			at.Invalid(path, cidr, "%s", err)
			continue
		}
		if reservedRange.Overlaps(block) {
			at.Invalid(path, cidr, "AWS reserves %s", reservedRange)
		}
		if mine, other := privateRange(block), privateRange(own); mine.IsValid() && other.IsValid() && mine != other {
			at.Invalid(path, cidr, "AWS takes no block of %s in a VPC of %s; 100.64.0.0/10 goes with any", mine, other)
		}
		for _, other := range slices.Sorted(maps.Keys(p.blocks)) {
			if p.blocks[other].Overlaps(block) {
				at.Invalid(path, cidr, "overlaps %s", p.blocks[other])
			}
		}
		p.blocks[name] = block
	}
}

func privateRange(block netip.Prefix) netip.Prefix {
	for _, r := range privateRanges {
		if block.IsValid() && r.Contains(block.Addr()) {
			return r
		}
	}
	return netip.Prefix{}
}

func (p *plan) readTiers(errs *fielderr.List) {
	omitted := map[string]bool{}
	for i, name := range p.args.OmitTiers {
		if _, ok := builtIn[name]; !ok {
			errs.Unsupported("omitTiers"+fielderr.Index(i), name, TierPublic, TierPrivate, TierIsolated)
		}
		omitted[name] = true
	}
	for name, t := range builtIn {
		own, mentioned := p.args.Tiers[name]
		at := errs.At("tiers", name)
		if mentioned && omitted[name] {
			at.Add("", "is in omitTiers too")
		}
		if (own.Kind != "" && own.Kind != t.kind) || (own.Slot != 0 && own.Slot != t.slot) || own.Block != "" {
			at.Add("", "is built in: its kind, slot and block are fixed")
		}
		if !omitted[name] {
			t.tags = own.Tags
			p.tiers = append(p.tiers, t)
		}
	}
	type place struct {
		block string
		slot  int
	}
	taken := map[place]string{}
	for _, name := range slices.Sorted(maps.Keys(p.args.Tiers)) {
		if _, ok := builtIn[name]; ok {
			continue
		}
		own, at := p.args.Tiers[name], errs.At("tiers", fielderr.Key(name))
		if !shortName.MatchString(name) {
			at.Add("", "%q is not a usable name: up to 20 lower-case letters and digits", name)
		}
		t := tier{name: name, kind: own.Kind, slot: own.Slot, block: own.Block, tags: own.Tags}
		switch t.kind {
		case "":
			t.kind = Isolated
		case Public, Private, Isolated:
		default:
			at.Unsupported("kind", t.kind, string(Public), string(Private), string(Isolated))
		}
		first := firstOwnSlot
		if t.block != "" {
			first = 0
			if _, ok := p.args.SecondaryCidrBlocks[t.block]; !ok {
				at.Invalid("block", t.block, "is not one of secondaryCidrBlocks")
			}
		}
		if t.slot < first || t.slot >= subnets.TierSlots {
			at.Invalid("slot", t.slot, "must be %d to %d", first, subnets.TierSlots-1)
			continue
		}
		if other, ok := taken[place{t.block, t.slot}]; ok {
			at.Invalid("slot", t.slot, "tier %s has it", other)
		}
		taken[place{t.block, t.slot}] = name
		p.tiers = append(p.tiers, t)
	}
	slices.SortFunc(p.tiers, func(a, b tier) int { return strings.Compare(a.name, b.name) })
	if len(p.tiers) == 0 && len(p.args.Tiers) == 0 {
		errs.Add("omitTiers", "there must be at least one tier")
	}
}

// checkRoom reports blocks in which some subnet does not fit, with the size that would do.
func (p *plan) checkRoom(errs *fielderr.List) {
	for name, block := range p.blocks {
		var slots, compact []subnets.Slot
		for _, t := range p.tiers {
			if t.block != name {
				continue
			}
			for i, z := range p.zones {
				slots = append(slots, subnets.Slot{Zone: z.slot, Tier: t.slot})
				compact = append(compact, subnets.Slot{Zone: i, Tier: t.slot})
			}
		}
		if fit := subnets.Fit(slots...); block.Bits() > fit {
			path := "cidrBlock"
			if name != "" {
				path = fielderr.Join("secondaryCidrBlocks", fielderr.Key(name))
			}
			hint := ""
			if block.Bits() <= subnets.Fit(compact...) {
				hint = fmt.Sprintf(", or give the zones slots 0 to %d in zoneSlots", len(p.zones)-1)
			}
			errs.Invalid(path, block.String(), "is too small for these zones and tiers; the smallest block with room for them is a /%d%s", fit, hint)
		}
	}
}

func (p *plan) readNat(errs *fielderr.List) {
	nat := p.args.Nat
	switch nat.Strategy {
	case NatNone:
	case NatSingle:
		p.natZones = p.oneZone(nat.Zone)
	case NatPerZone:
		p.natZones = p.zones
	case NatInstance:
		p.natZones = p.oneZone(nat.Zone)
		if nat.Instance.PerZone {
			p.natZones = p.zones
		}
		if !arm64Type.MatchString(nat.Instance.Type) {
			errs.Invalid("instance.type", nat.Instance.Type, "is not an arm64 instance type such as t4g.nano")
		}
	default:
		errs.Unsupported("strategy", nat.Strategy, string(NatNone), string(NatSingle), string(NatPerZone), string(NatInstance))
		return
	}
	if nat.Instance != nil && nat.Strategy != NatInstance {
		errs.Conflict("instance", "strategy", fmt.Sprintf("it is %s", nat.Strategy))
	}
	if nat.Zone != "" {
		if !slices.Contains(p.args.Zones, nat.Zone) {
			errs.Invalid("zone", nat.Zone, "is not one of the zones")
		}
		if nat.Strategy == NatNone || nat.Strategy == NatPerZone || (nat.Instance != nil && nat.Instance.PerZone) {
			errs.Conflict("zone", "strategy", "only a single NAT has a zone of its own")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(nat.EipAllocationIds)) {
		if len(p.zones) == 0 { // reported already
			break
		}
		path := fielderr.Join("eipAllocationIds", fielderr.Key(name))
		if !slices.ContainsFunc(p.natZones, func(z zone) bool { return z.name == name }) {
			errs.Add(path, "there is no NAT in zone %q", name)
		} else if nat.EipAllocationIds[name] == nil {
			errs.Required(path)
		}
	}
	if nat.Strategy == NatNone {
		return
	}
	if !p.hasTier(TierPublic) {
		errs.Add("strategy", "%s needs the public tier, which is omitted; without it the strategy must be None", nat.Strategy)
	}
	if !p.hasKind(Private) {
		errs.Add("strategy", "%s has no private tier to serve; without one the strategy must be None", nat.Strategy)
	}
}

// oneZone is the zone of that name, or the first.
func (p *plan) oneZone(name string) []zone {
	for _, z := range p.zones {
		if name == "" || z.name == name {
			return []zone{z}
		}
	}
	return nil
}

func (p *plan) checkFlowLogs(errs *fielderr.List) {
	logs := p.args.FlowLogs
	switch logs.Destination {
	case FlowLogCloudWatch, FlowLogS3:
		if logs.TrafficType != TrafficAll && logs.TrafficType != TrafficReject {
			errs.Unsupported("trafficType", logs.TrafficType, string(TrafficAll), string(TrafficReject))
		}
		if logs.AggregationSeconds != 60 && logs.AggregationSeconds != 600 {
			errs.Unsupported("aggregationSeconds", logs.AggregationSeconds, "60", "600")
		}
	case FlowLogNone:
	default:
		errs.Unsupported("destination", logs.Destination, string(FlowLogCloudWatch), string(FlowLogS3), string(FlowLogNone))
		return
	}
	wrong := fmt.Sprintf("it is %s", logs.Destination)
	if logs.Destination == FlowLogS3 && logs.S3Arn == nil {
		errs.Required("s3Arn")
	}
	if logs.Destination != FlowLogS3 && logs.S3Arn != nil {
		errs.Conflict("s3Arn", "destination", wrong)
	}
	if logs.Destination == FlowLogCloudWatch {
		if !slices.Contains(base.LogRetention, logs.RetentionDays) {
			errs.Invalid("retentionDays", logs.RetentionDays, "CloudWatch Logs takes only %v", base.LogRetention)
		}
		return
	}
	if logs.RetentionDays != 0 {
		errs.Conflict("retentionDays", "destination", wrong)
	}
	if logs.KmsKeyArn != nil {
		errs.Conflict("kmsKeyArn", "destination", wrong)
	}
}
