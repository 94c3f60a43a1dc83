package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// right is how much is open.
type right interface {
	// within says that others, taken together, open all of it.
	within(others *rights) bool
}

// rights are all on one thing, kept so that another one is compared with few of them.
type rights struct {
	same       map[any]bool // what is equal needs no look at what it opens
	statements []statement
	countries  []countries
	flows      []flow
	lanes      map[string][]lane // the flows by their peers, made when they are asked for
}

func (rs *rights) add(r right) {
	if rs.same == nil {
		rs.same = map[any]bool{}
	}
	switch r := r.(type) {
	case statement:
		if key := r.key(); !rs.same[key] {
			rs.same[key] = true
			rs.statements = append(rs.statements, r)
		}
	case countries:
		rs.countries = append(rs.countries, r)
	case flow:
		rs.same[r] = true
		rs.flows, rs.lanes = append(rs.flows, r), nil
	default:
		rs.same[r] = true
	}
}

// byThing are rights by what they are on.
type byThing map[string]*rights

func (b byThing) add(on string, r right) {
	if b[on] == nil {
		b[on] = &rights{}
	}
	b[on].add(r)
}

// on are the rights on a thing, of which there may be none.
func (b byThing) on(thing string) *rights {
	if found := b[thing]; found != nil {
		return found
	}
	return &rights{}
}

// token is a right that is there or not.
type token string

func (t token) within(others *rights) bool { return others.same[t] }

// lane is all flows that differ in nothing but their addresses, which are put together.
type lane struct {
	flow
	blocks []span[netip.Addr]
}

// toward are the lanes of some peers.
func (rs *rights) toward(peers string) []lane {
	if rs.lanes == nil {
		rs.lanes = map[string][]lane{}
		slices.SortFunc(rs.flows, func(a, b flow) int {
			return cmp.Or(cmp.Compare(a.peers, b.peers), cmp.Compare(a.named, b.named), a.protocols.compare(b.protocols), a.ports.compare(b.ports),
				a.addresses.first.Compare(b.addresses.first))
		})
		for _, f := range rs.flows {
			lanes, block := rs.lanes[f.peers], f.addresses
			f.addresses = span[netip.Addr]{}
			if n := len(lanes); n == 0 || lanes[n-1].flow != f {
				rs.lanes[f.peers] = append(lanes, lane{f, []span[netip.Addr]{block}})
				continue
			}
			blocks := &lanes[len(lanes)-1].blocks
			before := &(*blocks)[len(*blocks)-1]
			switch {
			case before.last.Less(block.first) && before.last.Next() != block.first:
				*blocks = append(*blocks, block)
			case before.last.Less(block.last):
				before.last = block.last
			}
		}
	}
	return rs.lanes[peers]
}

func (s span[T]) compare(o span[T]) int {
	a, _ := any(s).(span[int])
	b, _ := any(o).(span[int])
	return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
}

// at says whether an address is in a lane, and how far that goes on, at most to the end.
func (l lane) at(address, end netip.Addr) (inside bool, until netip.Addr) {
	next := sort.Search(len(l.blocks), func(i int) bool { return address.Less(l.blocks[i].first) })
	switch {
	case l.peers == anyone:
		return true, end
	case next > 0 && !l.blocks[next-1].last.Less(address):
		inside, until = true, l.blocks[next-1].last
	case next < len(l.blocks):
		until = l.blocks[next].first.Prev()
	default:
		return false, end
	}
	if end.Less(until) {
		until = end
	}
	return inside, until
}

// within walks through the addresses: at each the lanes there must hold all protocols and ports.
func (f flow) within(others *rights) bool {
	if others.same[f] {
		return true
	}
	lanes := slices.Clone(others.toward(f.peers))
	if f.peers != anyone {
		lanes = append(lanes, others.toward(anyone)...)
	}
	lanes = slices.DeleteFunc(lanes, func(l lane) bool {
		return f.protocols.apart(l.protocols) || f.ports != l.ports && f.ports.apart(l.ports)
	})
	for at := f.addresses.first; ; {
		rest, end := []flow{f}, f.addresses.last
		for _, l := range lanes {
			inside, until := l.at(at, end)
			if inside {
				part := l.flow
				part.peers, part.addresses = f.peers, f.addresses
				rest = part.cutFrom(rest)
			}
			end = until
		}
		switch {
		case len(rest) > 0:
			return false
		case !end.Less(f.addresses.last):
			return true
		}
		at = end.Next()
	}
}
