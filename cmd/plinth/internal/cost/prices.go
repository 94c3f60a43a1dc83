package cost

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

//go:embed prices.yaml
var committedPrices []byte

// Source is where prices were read.
type Source struct {
	// Name is what the table calls it.
	Name string `yaml:"-"`
	// Grade is how far it can be trusted, P the most: see the table.
	Grade string
	// Date is the day of the newest price in it.
	Date string
	// Is says what it is.
	Is string
}

// Price is what a unit of something costs in a region.
type Price struct {
	USD           float64
	Service, Unit string
	Source        Source
}

// Machine is a size of EC2 machines; databases and caches run on the same.
type Machine struct{ CPUs, GiB float64 }

// Prices is a dated table of list prices.
type Prices struct {
	// Services are the parts of a bill, in the order in which people read them.
	Services []string
	// Oldest and Newest are the days of its sources.
	Oldest, Newest string

	items    map[string]item
	regions  map[string]map[string]Price
	machines map[string]Machine
	extended map[string]string
}

type item struct{ Service, Unit string }

// global is the region of what is in none.
const global = "global"

// CommittedPrices is the table that comes with this package.
func CommittedPrices() (*Prices, error) { return ReadPrices(committedPrices) }

// grades are those that a source may have.
const grades = "PGBT"

// ReadPrices reads a table in YAML, and reports all that is wrong with it.
func ReadPrices(text []byte) (*Prices, error) {
	var table struct {
		Currency string
		Sources  map[string]Source
		Services []string
		Items    map[string]item
		Machines map[string][]float64
		Extended map[string]string
		// Regions are prices by region, source and item.
		Regions map[string]map[string]map[string]float64
	}
	if err := decode(text, &table); err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	p := &Prices{
		Services: table.Services, items: table.Items, regions: map[string]map[string]Price{},
		machines: map[string]Machine{}, extended: table.Extended,
	}
	var wrong problems
	wrong.unless(table.Currency == "USD", "currency", "must be USD")
	for name, source := range table.Sources {
		at := "sources." + name
		wrong.unless(len(source.Grade) == 1 && strings.Contains(grades, source.Grade), at+".grade", "must be one letter of "+grades)
		_, err := time.Parse(time.DateOnly, source.Date)
		wrong.unless(err == nil, at+".date", "must be a day such as 2026-10-04")
		wrong.unless(source.Is != "", at+".is", "must say what the source is")
		if p.Oldest == "" || source.Date < p.Oldest {
			p.Oldest = source.Date
		}
		p.Newest = max(p.Newest, source.Date)
	}
	for name, item := range table.Items {
		wrong.unless(slices.Contains(table.Services, item.Service), "items."+name+".service", "must be one of services")
		wrong.unless(item.Unit != "", "items."+name+".unit", "must be set")
	}
	for name, size := range table.Machines {
		if len(size) != 2 || size[0] <= 0 || size[1] <= 0 {
			wrong.unless(false, "machines."+name, "must be virtual CPUs and GiB, such as [2, 8]")
			continue
		}
		p.machines[name] = Machine{CPUs: size[0], GiB: size[1]}
	}
	for region, sources := range table.Regions {
		p.regions[region] = map[string]Price{}
		for name, prices := range sources {
			source, known := table.Sources[name]
			source.Name = name
			wrong.unless(known, "regions."+region+"."+name, "is no source")
			for key, usd := range prices {
				at := "regions." + region + "." + name + "." + key
				kind, _, _ := strings.Cut(key, "/")
				item, known := table.Items[kind]
				_, twice := p.regions[region][key]
				wrong.unless(known, at, "is a price of no item")
				wrong.unless(usd > 0, at, "must be more than 0: what is free is no price")
				wrong.unless(!twice, "regions."+region+"."+key, "has two sources")
				p.regions[region][key] = Price{USD: usd, Service: item.Service, Unit: item.Unit, Source: source}
			}
		}
	}
	if err := wrong.err(); err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	return p, nil
}

// Regions are those that the table has prices of.
func (p *Prices) Regions() []string { return slices.Sorted(maps.Keys(p.regions)) }

// Of is what an item costs in a region.
func (p *Prices) Of(region, key string) (Price, bool) {
	price, known := p.regions[region][key]
	return price, known
}

// hasClass is whether a class of machines has a price in a region, of whatever service.
func (p *Prices) hasClass(region, class string) bool {
	for key := range p.regions[region] {
		if strings.HasSuffix(key, "/"+class) {
			return true
		}
	}
	return false
}

// machine is the size of a class of machines, whatever service they are of.
func (p *Prices) machine(class string) (Machine, bool) {
	m, known := p.machines[strings.TrimPrefix(strings.TrimPrefix(class, "db."), "cache.")]
	return m, known
}

// pastSupport is whether a version of an engine is past the end of standard support.
func (p *Prices) pastSupport(engine, version string) bool {
	last, known := p.extended[engine]
	if !known || version == "" {
		return false
	}
	have, until := strings.Split(version, "."), strings.Split(last, ".")
	for i, part := range until {
		if i >= len(have) {
			return true // a whole major version, of which the last minor one is meant
		}
		a, errA := strconv.Atoi(have[i])
		b, errB := strconv.Atoi(part)
		if errA != nil || errB != nil || a > b {
			return false
		}
		if a < b {
			return true
		}
	}
	return true
}

// lastPastSupport is whether a version is of the major one whose standard support ended last.
func (p *Prices) lastPastSupport(engine, version string) bool {
	last := p.extended[engine]
	return version == last || strings.HasPrefix(version, last+".")
}

// decode reads YAML strictly; yaml itself reports everything that does not fit.
func decode(text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	} else if err != nil {
		return err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("the file has more than one document")
	}
	return nil
}

// problems are what is wrong with a file.
type problems []string

func (p *problems) unless(ok bool, at, problem string) {
	if !ok {
		*p = append(*p, at+" "+problem)
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.Sort(p)
	return errors.New(strings.Join(slices.Compact(p), "\n  "))
}
