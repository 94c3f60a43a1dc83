package cost

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheCommittedTableIsWhole(t *testing.T) {
	p, err := CommittedPrices()
	require.NoError(t, err)
	require.Equal(t, []string{"eu-west-1", global, "us-east-1", "us-west-2"}, p.Regions())
	require.Less(t, p.Oldest, p.Newest)
	priced := map[string]bool{}
	for _, region := range []string{global, "us-east-1"} {
		for key, price := range p.regions[region] {
			kind, _, _ := strings.Cut(key, "/")
			priced[kind] = true
			require.NotEmpty(t, price.Source.Name, key)
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(p.items)), slices.Collect(maps.Keys(priced)), "each item has a price in us-east-1 or in no region")
	price, known := p.Of("us-east-1", "ec2/m7g.large")
	require.True(t, known)
	require.Equal(t, Price{USD: 0.0816, Service: "EC2", Unit: "hour", Source: Source{
		Name: "karpenter", Grade: "P", Date: "2026-07-20", Is: "price list of EC2 that Karpenter's AWS provider carries, us-east-1",
	}}, price)
	_, known = p.Of("us-west-2", "nat-gb")
	require.False(t, known, "what is not known of a region is not taken from another")
}

func TestAClassCostsAsMuchMoreAsItIsLarger(t *testing.T) {
	p, err := CommittedPrices()
	require.NoError(t, err)
	for _, region := range p.Regions() {
		families := map[string]float64{}
		for _, key := range slices.Sorted(maps.Keys(p.regions[region])) {
			if !strings.Contains(key, ".") {
				continue
			}
			m, known := p.machine(key[strings.LastIndex(key, "/")+1:])
			require.True(t, known, "%s has no size", key)
			family, perGiB := key[:strings.LastIndex(key, ".")], p.regions[region][key].USD/m.GiB
			if _, seen := families[family]; !seen {
				families[family] = perGiB
			}
			require.InEpsilon(t, families[family], perGiB, 0.05, "%s in %s", key, region)
		}
		require.Equal(t, region == global, len(families) == 0)
	}
}

func TestAllThatIsWrongWithATableIsReported(t *testing.T) {
	_, err := ReadPrices([]byte(`
currency: EUR
sources:
  good: {grade: P, date: 2026-01-02, is: fine}
  bad: {grade: X, date: yesterday}
services: [Network]
items:
  nat: {service: Network, unit: hour}
  eip: {service: Addresses}
machines: {t3.small: [2], t3.large: [2, 8]}
regions:
  us-east-1:
    good: {nat: 0.045, nat/b: 0, unknown: 1}
    bad: {nat: 0.05}
    none: {nat/c: 1}
`))
	require.EqualError(t, err, `prices: currency must be USD
  items.eip.service must be one of services
  items.eip.unit must be set
  machines.t3.small must be virtual CPUs and GiB, such as [2, 8]
  regions.us-east-1.good.nat/b must be more than 0: what is free is no price
  regions.us-east-1.good.unknown is a price of no item
  regions.us-east-1.nat has two sources
  regions.us-east-1.none is no source
  sources.bad.date must be a day such as 2026-10-04
  sources.bad.grade must be one letter of PGBT
  sources.bad.is must say what the source is`)
	_, err = ReadPrices([]byte("currency: USD\nprice: {}\nservice: []\n"))
	require.ErrorContains(t, err, "field price not found")
	require.ErrorContains(t, err, "field service not found")
}

func TestVersionsPastSupport(t *testing.T) {
	p := prices(t)
	for version, past := range map[string]bool{
		"1.29": true, "1.33": true, "1.34": false, "2.0": false, "": false, "latest": false,
	} {
		require.Equal(t, past, p.pastSupport("eks", version), version)
	}
	for version, past := range map[string]bool{"11": true, "13": true, "13.9": true, "14": false, "17.4": false} {
		require.Equal(t, past, p.pastSupport("postgres", version), version)
	}
	for version, last := range map[string]bool{"13": true, "13.9": true, "12": false, "1": false} {
		require.Equal(t, last, p.lastPastSupport("postgres", version), version)
	}
	require.True(t, p.pastSupport("mysql", "8.0.36"))
	require.False(t, p.pastSupport("mysql", "8.4.3"))
	require.False(t, p.pastSupport("oracle", "1"), "nothing is known of it")
}

func TestTheCommittedUsageIsWhole(t *testing.T) {
	u, err := CommittedUsage()
	require.NoError(t, err)
	require.ElementsMatch(t, names(), slices.Collect(maps.Keys(u.all)))
	p, err := CommittedPrices()
	require.NoError(t, err)
	for _, name := range machines {
		_, known := p.machine(u.all[name].Machine)
		require.True(t, known, name)
		_, known = p.Of("us-east-1", "ec2/"+u.all[name].Machine)
		require.True(t, known, name)
	}
	require.NotEqual(t, u.For("dev").all[logGB], u.For("prod").all[logGB])
}

func TestAllThatIsWrongWithUsageIsReported(t *testing.T) {
	_, err := ReadUsage([]byte(`
usage:
  hours: {is: 800, why: too many}
  nat-gb: {is: -1, why: less than nothing}
  lcu: {is: 1}
  node-use: {is: 0, why: never}
  node-arm64: {is: 3, why: no machine}
  log-share: {is: 1.5, machine: m7g.large, why: both}
  cdn-gb: {why: nothing}
  log-gb: {is: .inf, why: endless}
  s3-gb: {is: .nan, why: nothing}
  ecr-gb: {is: 1, unit: TB, why: another unit}
stacks:
  dev: {nat-gbs: {is: 1, why: a typo}}
`))
	require.EqualError(t, err, `usage: stacks.dev.nat-gbs is no assumption; there are: `+strings.Join(names(), ", ")+`
  usage.cdn-gb.is must be set
  usage.ecr-gb.unit must be "GB", or be left out
  usage.hours.is must be from 0 to 744
  usage.lcu.why must say where it is from
  usage.log-gb.is must be from 0 to any number
  usage.log-share.is must be from 0 to 1
  usage.log-share.machine does not belong to a number
  usage.nat-gb.is must be from 0 to any number
  usage.node-arm64 must have the class of a machine, such as m7g.large, and no number
  usage.node-use.is must be more than 0
  usage.s3-gb.is must be from 0 to any number`)
	for text, problem := range map[string]string{
		"": "usage: the file is empty", "usage: {lcu: {is: 1, why: a}}\n---\nusage: {}": "usage: the file has more than one document",
		"usage: {hours: {is: 0, why: a}}": "usage: usage.hours.is must be more than 0",
	} {
		_, err = ReadUsage([]byte(text))
		require.EqualError(t, err, problem)
	}
	_, err = ReadUsage([]byte("usages: {}\nusage: {hours: {be: 1}}\n"))
	require.ErrorContains(t, err, "field usages not found")
	require.ErrorContains(t, err, "field be not found")
}

func TestAFileOfUsageIsSaidInsteadOfTheUsual(t *testing.T) {
	read := func(text string) Usage {
		u, err := ReadUsage([]byte(text))
		require.NoError(t, err)
		return u
	}
	usual := read("usage: {lcu: {is: 1, why: usual}, nat-gb: {is: 2, why: usual}}\nstacks: {dev: {lcu: {is: 3, why: usual}, cdn-gb: {is: 4, why: usual}}}")
	own := read("usage: {lcu: {is: 10, why: measured}}\nstacks: {prod: {lcu: {is: 20, why: measured}}}")
	u := usual.With(own)
	is := func(stack, name string) float64 { return u.For(stack).all[name].Is }
	require.Equal(t, []float64{10, 10, 20}, []float64{is("other", lcus), is("dev", lcus), is("prod", lcus)}, "what is said of all stacks is said of dev too")
	require.Equal(t, []float64{2, 4, 0}, []float64{is("dev", natGB), is("dev", cdnGB), is("prod", cdnGB)})
	require.Equal(t, 3.0, usual.For("dev").all[lcus].Is, "the usual ones are what they were")
	require.Equal(t, "measured", u.For("dev").all[lcus].Why)
}
