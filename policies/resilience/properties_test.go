package resilience

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// drawn is a stack of balancers, groups, databases, caches, functions and things that nobody
// knows, which refer to each other, also in circles.
func drawn(t *rapid.T) []ruletest.R {
	zones := []string{"a", "b", "c"}
	stack := []ruletest.R{of(key, "key", nil), of(natGateway, "nat", nil, "subnetId:subnet-a"), of(routeTable, "table", nil),
		of(route, "route", nil, "routeTableId:table", "natGatewayId:nat"), of(tableAssociation, "association", nil, "routeTableId:table", "subnetId:subnet-b")}
	for _, zone := range zones {
		s := subnetIn(zone)
		if rapid.IntRange(0, 9).Draw(t, "known") == 0 {
			s.In["availabilityZone"] = ruletest.ID
		}
		stack = append(stack, s)
	}
	subnets := func() string {
		n := rapid.IntRange(1, 3).Draw(t, "subnets")
		return "subnet-" + zones[0] + map[int]string{1: "", 2: ",subnet-b", 3: ",subnet-b,subnet-c"}[n]
	}
	n := rapid.IntRange(1, 8).Draw(t, "things")
	name := func(i int) string { return fmt.Sprint("thing", i%n) }
	for i := range n {
		to := name(rapid.IntRange(0, n-1).Draw(t, "to"))
		size := rapid.IntRange(0, 4).Draw(t, "size")
		stack = append(stack, rapid.SampledFrom([]ruletest.R{
			of(group, name(i), map[string]any{"minSize": size}, "vpcZoneIdentifiers:"+subnets()),
			of(ecsService, name(i), map[string]any{"desiredCount": size, "networkConfiguration": map[string]any{"subnets": ruletest.ID}}, "networkConfiguration:"+subnets()),
			of(database, name(i), map[string]any{"multiAz": size > 1, "availabilityZone": zones[size%3]}, "kmsKeyId:key"),
			of(cacheGroup, name(i), map[string]any{"numCacheClusters": size + 1, "automaticFailoverEnabled": true, "multiAzEnabled": true}),
			of(function, name(i), nil, "environment:"+to),
			of("aws:new/thing:Thing", name(i), nil, "source:"+to, "subnetIds:"+subnets()),
			of("aws:new/pair:Pair", name(i), nil, "sources:"+to+","+name(i+1), "subnetIds:"+subnets()),
		}).Draw(t, "thing"))
	}
	return stack
}

func eachLoss(t *rapid.T, stack []ruletest.R, body func(*rule.Graph, Loss)) {
	g := graphOf(stack)
	for _, d := range Domains(g) {
		loss, err := Lose(g, d)
		require.NoError(t, err)
		body(g, loss)
	}
}

func TestEveryEffectMakesSense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eachLoss(t, drawn(t), func(g *rule.Graph, loss Loss) {
			last := Lost
			for _, e := range loss.Effects {
				require.LessOrEqual(t, e.State, last, "the worst come first")
				last = e.State
				require.True(t, e.Left >= 0 && e.Left <= 1, "%v of %s", e.Left, e.Resource.Name)
				if e.State == Unaffected {
					require.Equal(t, Effect{Resource: e.Resource, Left: 1}, e)
					continue
				}
				require.NotNil(t, e.Recovery)
				require.NotEmpty(t, e.Because)
				require.NotEmpty(t, e.Path)
				require.Same(t, e.Resource, e.Path[len(e.Path)-1].Resource)
				first := e.Path[0]
				switch loss.Domain.Kind {
				case Zone:
					p, placed := rule.Derived(g, newModel).places[first.Resource]
					zone, _ := zoneOf(first.Resource)
					require.True(t, zone == loss.Domain.Name || zone == "" && !placed || !p.sure(), "%v", first)
				case Region:
					require.Equal(t, loss.Domain.Name, first.Resource.Region())
				default:
					require.Equal(t, loss.Domain.Name, first.Resource.Name)
				}
				for i, s := range e.Path {
					require.False(t, slices.ContainsFunc(e.Path[:i], func(other Step) bool { return other.Resource == s.Resource }), "no round")
				}
			}
		})
	})
}

func TestTheOrderOfResourcesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stack := drawn(t)
		shuffled := rapid.Permutation(stack).Draw(t, "order")
		for i, r := range shuffled {
			shuffled[i].Edges = map[string][]string{}
			for property, to := range r.Edges {
				shuffled[i].Edges[property] = slices.Clone(to)
				slices.Reverse(shuffled[i].Edges[property])
			}
		}
		other := graphOf(shuffled)
		eachLoss(t, stack, func(_ *rule.Graph, loss Loss) {
			again, err := Lose(other, loss.Domain)
			require.NoError(t, err)
			require.Equal(t, told(loss), told(again))
		})
	})
}

// told is a loss in words.
func told(loss Loss) []string {
	var lines []string
	for _, e := range loss.Effects {
		line := fmt.Sprint(e.Resource.Name, e.State, e.Left, e.Because)
		for _, s := range e.Path {
			line += fmt.Sprint(" ", s.Resource.Name, s.Property, s.Back)
		}
		if e.Recovery != nil {
			line += fmt.Sprint(*e.Recovery)
		}
		lines = append(lines, line)
	}
	return lines
}

// A domain that nothing is in takes nothing along: here, a second key.
func TestWhatNothingDependsOnTakesNothingAlong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loss, err := Lose(graphOf(append(drawn(t), of(key, "spare", nil))), Domain{Key, "spare"})
		require.NoError(t, err)
		for _, e := range loss.Effects {
			require.Equal(t, Unaffected, e.State, e.Resource.Name)
		}
	})
}

func TestMoreMachinesAndZonesAreNeverWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		machines, zones := rapid.IntRange(1, 9).Draw(t, "machines"), rapid.IntRange(1, 3).Draw(t, "zones")
		more := rapid.IntRange(0, 5).Draw(t, "more")
		stack := func(machines, zones int) []ruletest.R {
			subnets := []string{"subnet-a", "subnet-b", "subnet-c"}[:zones]
			names := fmt.Sprint(subnets[0])
			for _, s := range subnets[1:] {
				names += "," + s
			}
			return append(append(twoZones(served(names, machines)...), subnetIn("c")), auto(names), pods("shop", machines, true))
		}
		worst := func(stack []ruletest.R, name string) (State, float64) {
			state, left := Unaffected, 1.
			g := graphOf(stack)
			for _, d := range Domains(g) {
				if d.Kind != Zone {
					continue
				}
				loss, err := Lose(g, d)
				require.NoError(t, err)
				for _, e := range loss.Effects {
					if e.Resource.Name == name {
						state, left = max(state, e.State), min(left, e.Left)
					}
				}
			}
			return state, left
		}
		for _, name := range []string{"group", "shop", "balancer"} {
			state, left := worst(stack(machines, zones), name)
			// Twice as many machines, whatever the remainders; and the same with a zone more.
			for _, better := range [][]ruletest.R{stack(machines*(2+more), zones), stack(machines*6, min(3, zones+1))} {
				now, share := worst(better, name)
				require.LessOrEqual(t, now, state, name)
				require.GreaterOrEqual(t, share, left-1e-9, name)
			}
		}
	})
}

// BenchmarkDomains drills each domain of a stack of two thousand resources, half of them
// databases that may be lost by themselves, the graph and its indexes included.
func BenchmarkDomains(b *testing.B) {
	stack := []ruletest.R{of(key, "key", nil), subnetIn("a"), subnetIn("b"), of("aws:rds/subnetGroup:SubnetGroup", "db-subnets", nil, "subnetIds:subnet-a,subnet-b")}
	for i := range 1000 {
		db := fmt.Sprint("db", i)
		stack = append(stack, of(database, db, map[string]any{"multiAz": true}, "kmsKeyId:key", "dbSubnetGroupName:db-subnets"),
			of(function, fmt.Sprint("f", i), nil, "environment:"+db, "kmsKeyArn:key"))
	}
	resources := ruletest.Resources(stack)
	b.ReportAllocs()
	for b.Loop() {
		g := rule.NewGraph(resources)
		for _, d := range Domains(g) {
			if _, err := Affected(g, d); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(resources)), "resources")
}
