// Package subnets cuts an address block into subnets so that a subnet's place depends
// on the block, its zone slot and its tier slot, and on nothing else. How many zones or
// tiers exist, and in which order they were written, cannot move a subnet: adding or
// dropping one leaves every other where it was.
//
// A block has 8 zone slots, each an equal part of it. A block smaller than /22 has
// fewer, so that three tiers still fit: 4 in a /23, 2 in a /24, 1 below.
// Each zone part is cut into 7 tier slots:
//
//	tier slot   share of the zone part   in a /16 block   in a /22 block
//	0           1/2                      /20  4091 hosts  /26  59 hosts
//	1           1/8                      /22  1019 hosts  /28  11 hosts
//	2           1/8                      /22  1019 hosts  /28  11 hosts
//	3, 4, 5, 6  1/16 each                /23   507 hosts  too small
//
// Hosts are what AWS leaves of a subnet after keeping five addresses for itself.
package subnets

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

const (
	// ZoneSlots is the number of zone slots of a block of /22 or larger.
	ZoneSlots = 8
	// TierSlots is the number of tier slots of each zone part.
	TierSlots = 7
	// Largest is the limit, in prefix bits, that AWS puts on the size of the IPv4 blocks
	// of VPCs and of subnets alike.
	Largest = 16
	// Smallest is the limit at the other end.
	Smallest = 28

	zoneBits     = 3
	ipv6Block    = 56
	ipv6Subnet   = 64
	ipv6TierBits = 3
)

// Slot is the place of a subnet in its block.
type Slot struct {
	// Zone is 0 to ZoneSlots-1.
	Zone int
	// Tier is 0 to TierSlots-1.
	Tier int
}

// tiers says which part of the zone part a tier slot is: the index-th of 2^bits.
var tiers = [TierSlots]struct{ bits, index int }{
	0: {1, 0},
	1: {3, 4}, 2: {3, 5},
	3: {4, 12}, 4: {4, 13}, 5: {4, 14}, 6: {4, 15},
}

// Ranges that AWS does not take for a VPC.
var unusable = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
}

// Parse reads an IPv4 block that a VPC can have.
func Parse(cidr string) (netip.Prefix, error) {
	block, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !block.Addr().Is4():
		return netip.Prefix{}, fmt.Errorf("is not an IPv4 address block such as 10.0.0.0/16")
	case block.Bits() < Largest || block.Bits() > Smallest:
		return netip.Prefix{}, fmt.Errorf("must be between /%d and /%d", Largest, Smallest)
	case block != block.Masked():
		return netip.Prefix{}, fmt.Errorf("has host bits set; the block is %s", block.Masked())
	}
	for _, bad := range unusable {
		if bad.Overlaps(block) {
			return netip.Prefix{}, fmt.Errorf("lies in %s, which a VPC cannot have", bad)
		}
	}
	return block, nil
}

// Cut returns the subnet at a slot of a block.
func Cut(block netip.Prefix, slot Slot) (netip.Prefix, error) {
	if err := check(slot); err != nil {
		return netip.Prefix{}, err
	}
	bits := size(block.Bits(), slot)
	if !block.Addr().Is4() || bits == 0 {
		return netip.Prefix{}, fmt.Errorf("%s has no room for zone slot %d, tier slot %d", block, slot.Zone, slot.Tier)
	}
	tier := tiers[slot.Tier]
	index := slot.Zone<<tier.bits | tier.index
	raw := block.Masked().Addr().As4()
	first := binary.BigEndian.Uint32(raw[:]) + uint32(index)<<(32-bits)
	binary.BigEndian.PutUint32(raw[:], first)
	return netip.PrefixFrom(netip.AddrFrom4(raw), bits), nil
}

// Cut6 returns the /64 at a slot of a VPC's /56. The slots take the first 64 of its 256.
func Cut6(block netip.Prefix, slot Slot) (netip.Prefix, error) {
	if err := check(slot); err != nil {
		return netip.Prefix{}, err
	}
	if !block.Addr().Is6() || block.Bits() != ipv6Block {
		return netip.Prefix{}, fmt.Errorf("%s is not an IPv6 /%d", block, ipv6Block)
	}
	raw := block.Masked().Addr().As16()
	raw[7] |= byte(slot.Zone<<ipv6TierBits | slot.Tier)
	return netip.PrefixFrom(netip.AddrFrom16(raw), ipv6Subnet), nil
}

// Fit is the prefix length of the smallest block that has room for all slots. Every
// larger one has it too.
func Fit(slots ...Slot) int {
	for bits := Smallest; bits > Largest; bits-- {
		if fits(bits, slots) {
			return bits
		}
	}
	return Largest
}

func fits(bits int, slots []Slot) bool {
	for _, slot := range slots {
		if size(bits, slot) == 0 {
			return false
		}
	}
	return true
}

// size is the prefix length of the subnet at a slot of a block of so many bits, or 0
// where the block has no such slot or the subnet would be too small for AWS.
func size(block int, slot Slot) int {
	zone := min(zoneBits, max(0, Smallest-zoneBits-block))
	if slot.Zone >= 1<<zone {
		return 0
	}
	bits := block + zone + tiers[slot.Tier].bits
	if bits > Smallest {
		return 0
	}
	return bits
}

func check(slot Slot) error {
	if slot.Zone < 0 || slot.Zone >= ZoneSlots || slot.Tier < 0 || slot.Tier >= TierSlots {
		return fmt.Errorf("zone slot %d, tier slot %d: out of range", slot.Zone, slot.Tier)
	}
	return nil
}
