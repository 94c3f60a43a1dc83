package network_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/tests/harness"
)

// A network as a user may have it: some zones in some order, some own tiers with
// distinct slots in the VPC's block or in a secondary one, and any of the built-in tiers.
var networks = rapid.Custom(func(t *rapid.T) *network.VpcArgs {
	bits := rapid.IntRange(16, 21).Draw(t, "bits")
	block := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(rapid.IntRange(0, 255).Draw(t, "second")), 0, 0}), bits)
	args := &network.VpcArgs{
		Region: "us-east-1", CidrBlock: block.String(), SecondaryCidrBlocks: map[string]string{"more": "100.64.0.0/18"},
		Zones: rapid.SliceOfNDistinct(rapid.SampledFrom(zoneNames("abcdef")), 1, 6, rapid.ID[string]).Draw(t, "zones"),
		Tiers: map[string]network.TierArgs{}, Nat: &network.NatArgs{Strategy: network.NatNone},
		OmitTiers: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"public", "private", "isolated"}), 0, 2, rapid.ID[string]).Draw(t, "omit"),
	}
	for _, slot := range rapid.SliceOfNDistinct(rapid.IntRange(3, 6), 0, 4, rapid.ID[int]).Draw(t, "own slots") {
		args.Tiers[fmt.Sprintf("own%d", slot)] = network.TierArgs{Slot: slot}
	}
	for _, slot := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 0, 7, rapid.ID[int]).Draw(t, "more slots") {
		args.Tiers[fmt.Sprintf("more%d", slot)] = network.TierArgs{Slot: slot, Block: "more", Kind: network.Private}
	}
	return args
})

// Take two networks with the same blocks that differ in nothing or everything else: a
// subnet that is in both is at the same place in both. So no adding, dropping or
// reordering of zones and tiers can move one.
func TestASubnetsPlaceDependsOnNothingElseInTheNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := networks.Draw(t, "one"), networks.Draw(t, "other")
		other.CidrBlock = one.CidrBlock
		before, err := network.Layout(one)
		require.NoError(t, err)
		after, err := network.Layout(other)
		require.NoError(t, err)
		for subnet, cidr := range before {
			if moved, ok := after[subnet]; ok && moved != cidr {
				t.Fatalf("%s moved from %s to %s", subnet, cidr, moved)
			}
		}
	})
}

func TestTheSubnetsOfANetworkNeverOverlapAndLieInItsBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := networks.Draw(t, "network")
		layout, err := network.Layout(args)
		require.NoError(t, err)
		if want := len(args.Zones) * (3 - len(args.OmitTiers) + len(args.Tiers)); len(layout) != want {
			t.Fatalf("%d subnets, want %d", len(layout), want)
		}
		seen := map[string]netip.Prefix{}
		for name, cidr := range layout {
			subnet, block := netip.MustParsePrefix(cidr), args.CidrBlock
			if strings.HasPrefix(name, "more") {
				block = args.SecondaryCidrBlocks["more"]
			}
			if !netip.MustParsePrefix(block).Contains(subnet.Addr()) {
				t.Fatalf("%s %s is outside %s", name, subnet, block)
			}
			for other, taken := range seen {
				if taken.Overlaps(subnet) {
					t.Fatalf("%s %s overlaps %s %s", name, subnet, other, taken)
				}
			}
			seen[name] = subnet
		}
	})
}

func TestAnUnusualZoneHasTheSlotItIsGiven(t *testing.T) {
	layout, err := network.Layout(&network.VpcArgs{
		Region: "us-west-2", Zones: []string{"us-west-2-lax-1a", "us-west-2a"}, ZoneSlots: map[string]int{"us-west-2-lax-1a": 6},
	})
	require.NoError(t, err)
	require.Equal(t, "10.0.192.0/20", layout["private-lax-1a"])
	require.Equal(t, "10.0.0.0/20", layout["private-a"])
}

// The documented table, in the blocks that it names.
func TestTheDocumentedLayout(t *testing.T) {
	for block, want := range map[string][4]int{"10.0.0.0/16": {20, 22, 22, 23}, "10.0.0.0/20": {24, 26, 26, 27}, "10.0.0.0/22": {26, 28, 28, 0}} {
		args := &network.VpcArgs{Region: "us-east-1", Zones: zoneNames("a"), CidrBlock: block, Tiers: map[string]network.TierArgs{"own": {Slot: 3}}}
		if want[3] == 0 {
			args.Tiers = nil
		}
		layout, err := network.Layout(args)
		require.NoError(t, err)
		for i, tier := range []string{"private-a", "public-a", "isolated-a", "own-a"}[:len(layout)] {
			require.Equal(t, want[i], netip.MustParsePrefix(layout[tier]).Bits(), "%s in %s", tier, block)
		}
	}
}

// The text of every resource that is in both graphs, but for those named, is the same.
func requireUndisturbed(t *testing.T, before, after *harness.Graph, except ...string) {
	t.Helper()
	text := func(g *harness.Graph) map[string]string {
		blocks := map[string]string{}
		for _, r := range g.Resources {
			one := &harness.Graph{Mode: g.Mode, Resources: []harness.Resource{r}}
			blocks[r.URN] = one.Text()
		}
		return blocks
	}
	old, now := text(before), text(after)
	for _, r := range before.Resources {
		skip := false
		for _, name := range append(except, "main", "outputs") {
			skip = skip || r.Name == name
		}
		if !skip {
			require.Contains(t, now, r.URN)
			require.Equal(t, old[r.URN], now[r.URN])
		}
	}
}

func TestAnotherZoneOrTierDisturbsNothing(t *testing.T) {
	for _, strategy := range []network.NatStrategy{network.NatNone, network.NatSingle, network.NatPerZone, network.NatInstance} {
		t.Run(string(strategy), func(t *testing.T) {
			small := func() *network.VpcArgs {
				return &network.VpcArgs{
					Region: "us-east-1", Zones: zoneNames("bd"), Nat: &network.NatArgs{Strategy: strategy}, Ipv6: true,
				}
			}
			if strategy == network.NatSingle || strategy == network.NatInstance {
				pinned := small
				small = func() *network.VpcArgs { a := pinned(); a.Nat.Zone = "us-east-1b"; return a }
			}
			wider, taller := small(), small()
			wider.Zones = zoneNames("fabdc")
			taller.Tiers = map[string]network.TierArgs{"app": {Slot: 4, Kind: network.Private}, "lb": {Slot: 3, Kind: network.Public}}
			for _, mode := range harness.Modes {
				before := harness.Run(t, mode, program(small()))
				requireUndisturbed(t, before, harness.Run(t, mode, program(wider)))
				requireUndisturbed(t, before, harness.Run(t, mode, program(taller)))
			}
		})
	}
}

// The one thing a new zone changes: an interface endpoint gets an address in it.
func TestAnotherZoneChangesInterfaceEndpointsInPlaceOnly(t *testing.T) {
	small, wider := everything(), everything()
	small.Zones = zoneNames("bc")
	before, after := harness.Run(t, harness.Update, program(small)), harness.Run(t, harness.Update, program(wider))
	var endpoints []string
	for _, e := range before.OfType(endpointType) {
		if e.Value("vpcEndpointType") == "Interface" {
			endpoints = append(endpoints, e.Name)
			delete(e.Inputs, "subnetIds")
			grown := after.Named(t, e.Name)
			delete(grown.Inputs, "subnetIds")
			require.Equal(t, e.Inputs, grown.Inputs)
		}
	}
	requireUndisturbed(t, before, after, endpoints...)
}
