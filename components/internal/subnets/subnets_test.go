package subnets_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/internal/subnets"
)

// The layout is a promise: these numbers must never change.
func TestTheLayoutOfABlockIsFixed(t *testing.T) {
	for _, c := range []struct {
		block      string
		zone, tier int
		want       string
	}{
		{"10.0.0.0/16", 0, 0, "10.0.0.0/20"},
		{"10.0.0.0/16", 0, 1, "10.0.16.0/22"},
		{"10.0.0.0/16", 0, 2, "10.0.20.0/22"},
		{"10.0.0.0/16", 0, 3, "10.0.24.0/23"},
		{"10.0.0.0/16", 0, 6, "10.0.30.0/23"},
		{"10.0.0.0/16", 1, 0, "10.0.32.0/20"},
		{"10.0.0.0/16", 7, 6, "10.0.254.0/23"},
		{"172.31.4.0/22", 7, 2, "172.31.7.208/28"},
		{"192.168.1.0/24", 1, 0, "192.168.1.128/26"},
		{"192.168.1.128/25", 0, 2, "192.168.1.208/28"},
	} {
		got, err := subnets.Cut(netip.MustParsePrefix(c.block), subnets.Slot{Zone: c.zone, Tier: c.tier})
		require.NoError(t, err)
		require.Equal(t, c.want, got.String(), "%s zone %d tier %d", c.block, c.zone, c.tier)
	}
}

func TestIpv6SlotsTakeTheSamePlaces(t *testing.T) {
	block := netip.MustParsePrefix("2600:1f18:1234:5600::/56")
	seen := map[netip.Prefix]bool{}
	for zone := range subnets.ZoneSlots {
		for tier := range subnets.TierSlots {
			subnet, err := subnets.Cut6(block, subnets.Slot{Zone: zone, Tier: tier})
			require.NoError(t, err)
			require.Equal(t, 64, subnet.Bits())
			require.True(t, block.Contains(subnet.Addr()))
			require.False(t, seen[subnet], "%s twice", subnet)
			seen[subnet] = true
		}
	}
	got, err := subnets.Cut6(block, subnets.Slot{Zone: 2, Tier: 1})
	require.NoError(t, err)
	require.Equal(t, "2600:1f18:1234:5611::/64", got.String())
	_, err = subnets.Cut6(netip.MustParsePrefix("2600::/48"), subnets.Slot{})
	require.ErrorContains(t, err, "2600::/48 is not an IPv6 /56")
}

func TestASlotThatDoesNotFitIsAnError(t *testing.T) {
	block := netip.MustParsePrefix("10.0.0.0/24")
	_, err := subnets.Cut(block, subnets.Slot{Zone: 2, Tier: 0})
	require.EqualError(t, err, "10.0.0.0/24 has no room for zone slot 2, tier slot 0")
	_, err = subnets.Cut(block, subnets.Slot{Zone: 0, Tier: 3})
	require.EqualError(t, err, "10.0.0.0/24 has no room for zone slot 0, tier slot 3")
	_, err = subnets.Cut(block, subnets.Slot{Zone: 8, Tier: 0})
	require.EqualError(t, err, "zone slot 8, tier slot 0: out of range")
}

// Whatever block and whichever slots: each subnet lies in the block, within AWS's
// limits, and no two overlap.
func TestSubnetsLieInTheBlockAndNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		block := blocks.Draw(t, "block")
		var cut []netip.Prefix
		for zone := range subnets.ZoneSlots {
			for tier := range subnets.TierSlots {
				subnet, err := subnets.Cut(block, subnets.Slot{Zone: zone, Tier: tier})
				if err != nil {
					continue
				}
				if !block.Contains(subnet.Addr()) || subnet.Bits() <= block.Bits() {
					t.Fatalf("%s is not inside %s", subnet, block)
				}
				if subnet.Bits() < subnets.Largest || subnet.Bits() > subnets.Smallest || subnet != subnet.Masked() {
					t.Fatalf("%s is not a subnet AWS takes", subnet)
				}
				for _, other := range cut {
					if other.Overlaps(subnet) {
						t.Fatalf("%s overlaps %s in %s", subnet, other, block)
					}
				}
				cut = append(cut, subnet)
			}
		}
		if block.Bits() < subnets.Smallest && len(cut) == 0 {
			t.Fatalf("nothing fits %s", block)
		}
	})
}

// Fit is exact: its block has room for all slots, and the next smaller one has not.
func TestFitIsTheSmallestBlockWithRoom(t *testing.T) {
	room := func(bits int, slots []subnets.Slot) bool {
		for _, slot := range slots {
			if _, err := subnets.Cut(netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), bits), slot); err != nil {
				return false
			}
		}
		return true
	}
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) subnets.Slot {
			return subnets.Slot{Zone: rapid.IntRange(0, 7).Draw(t, "zone"), Tier: rapid.IntRange(0, 6).Draw(t, "tier")}
		}), 1, 10).Draw(t, "slots")
		fit := subnets.Fit(slots...)
		for bits := subnets.Largest; bits <= subnets.Smallest; bits++ {
			if room(bits, slots) != (bits <= fit) {
				t.Fatalf("fit is /%d, but /%d has room: %v", fit, bits, room(bits, slots))
			}
		}
	})
	require.Equal(t, 22, subnets.Fit(subnets.Slot{Zone: 5, Tier: 1}))
	require.Equal(t, 21, subnets.Fit(subnets.Slot{Zone: 0, Tier: 1}, subnets.Slot{Zone: 4, Tier: 3}))
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for cidr, want := range map[string]string{
		"":               "is not an IPv4 address block such as 10.0.0.0/16",
		"10.0.0.0":       "is not an IPv4 address block such as 10.0.0.0/16",
		"fd00::/16":      "is not an IPv4 address block such as 10.0.0.0/16",
		"10.0.0.0/8":     "must be between /16 and /28",
		"10.0.0.0/29":    "must be between /16 and /28",
		"10.0.3.0/22":    "has host bits set; the block is 10.0.0.0/22",
		"127.0.0.0/16":   "lies in 127.0.0.0/8, which a VPC cannot have",
		"169.254.8.0/24": "lies in 169.254.0.0/16, which a VPC cannot have",
		"239.1.0.0/16":   "lies in 224.0.0.0/3, which a VPC cannot have",
	} {
		_, err := subnets.Parse(cidr)
		require.EqualError(t, err, want, cidr)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/16", "10.0.0.0/024", "::ffff:10.0.0.0/112", "10.0.0.1/28", "192.168.0.0/-1", "a/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cidr string) {
		block, err := subnets.Parse(cidr)
		if err != nil {
			return
		}
		if block.String() != cidr {
			t.Fatalf("%q was read as %s", cidr, block)
		}
		for tier := range subnets.TierSlots {
			if subnet, err := subnets.Cut(block, subnets.Slot{Tier: tier}); err == nil && !block.Contains(subnet.Addr()) {
				t.Fatalf("%s is outside %s", subnet, block)
			}
		}
	})
}

var blocks = rapid.Custom(func(t *rapid.T) netip.Prefix {
	var raw [4]byte
	binary.BigEndian.PutUint32(raw[:], rapid.Uint32Range(1<<24, 223<<24).Draw(t, "address"))
	bits := rapid.IntRange(subnets.Largest, subnets.Smallest).Draw(t, "bits")
	return netip.PrefixFrom(netip.AddrFrom4(raw), bits).Masked()
}).Filter(func(block netip.Prefix) bool {
	_, err := subnets.Parse(block.String())
	return err == nil
})
