package exposure

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// flow is traffic that may pass: from or to peers, by protocols, at ports. It is a box, of
// which others may cover parts.
type flow struct {
	// peers is the family of addresses, or the name of what is not addresses: a security
	// group or a prefix list. anyone is all of these.
	peers     string
	addresses span[netip.Addr]
	protocols span[int]
	ports     span[int] // of ICMP, types and codes
	named     string    // a port that pods give a number to
}

const anyone = "anyone"

// anywhere is, in words, where those may connect to who may to anyone.
const anywhere = "anywhere"

// span is all from first to last.
type span[T any] struct{ first, last T }

// allProtocols and allPorts are everything.
var (
	allProtocols = span[int]{0, 255}
	allPorts     = span[int]{0, 65535}
)

// cutFrom is what is left of some flows without this one.
func (f flow) cutFrom(flows []flow) []flow {
	var rest []flow
	for _, o := range flows {
		rest = append(rest, o.without(f)...)
	}
	return rest
}

// without is the parts of a flow that are not in another one.
func (f flow) without(o flow) []flow {
	if o.peers == anyone {
		o.peers, o.addresses = f.peers, f.addresses
	}
	if o.ports == allPorts {
		o.named, o.ports = f.named, f.ports
	}
	if f.peers != o.peers || f.named != o.named ||
		f.addresses.last.Less(o.addresses.first) || o.addresses.last.Less(f.addresses.first) ||
		f.protocols.apart(o.protocols) || f.ports.apart(o.ports) {
		return []flow{f}
	}
	var parts []flow
	part := f
	if f.addresses.first.Less(o.addresses.first) {
		part.addresses.last = o.addresses.first.Prev()
		parts = append(parts, part)
		f.addresses.first = o.addresses.first
	}
	part = f
	if o.addresses.last.Less(f.addresses.last) {
		part.addresses.first = o.addresses.last.Next()
		parts = append(parts, part)
		f.addresses.last = o.addresses.last
	}
	for _, of := range [...]func(*flow) *span[int]{
		func(f *flow) *span[int] { return &f.protocols },
		func(f *flow) *span[int] { return &f.ports },
	} {
		mine, theirs := of(&f), of(&o)
		if mine.first < theirs.first {
			part := f
			of(&part).last = theirs.first - 1
			parts = append(parts, part)
			mine.first = theirs.first
		}
		if theirs.last < mine.last {
			part := f
			of(&part).first = theirs.last + 1
			parts = append(parts, part)
			mine.last = theirs.last
		}
	}
	return parts
}

func (s span[T]) apart(o span[T]) bool {
	a, isInt := any(s).(span[int])
	b, _ := any(o).(span[int])
	return isInt && (a.last < b.first || b.last < a.first)
}

// from are the peers that a block of addresses is. It reports false if it is none.
func (f flow) from(block string) (flow, bool) {
	prefix, err := netip.ParsePrefix(block)
	if err != nil {
		address, err := netip.ParseAddr(block)
		if err != nil {
			return f, false
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	f.peers = "IPv6"
	if prefix.Addr().Is4() {
		f.peers = "IPv4"
	}
	f.addresses = span[netip.Addr]{prefix.Masked().Addr(), last(prefix)}
	return f, true
}

// last is the last address of a block.
func last(prefix netip.Prefix) netip.Addr {
	bytes := prefix.Masked().Addr().AsSlice()
	for bit := prefix.Bits(); bit < prefix.Addr().BitLen(); bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	address, _ := netip.AddrFromSlice(bytes)
	return address
}

// isOpen says that a block holds a good part of the internet.
func isOpen(block string) bool {
	prefix, err := netip.ParsePrefix(block)
	return err == nil && (prefix.Bits() < 8 || prefix.Addr().Is6() && prefix.Bits() < 16)
}

// protocols are those that have ports, or codes, by their names and numbers.
var protocols = map[string]int{"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}

// service is the protocol and ports of a rule, with the words for them. It reports false if
// they are not known.
func service(protocol, from, to rule.Value) (f flow, words string, known bool) {
	if protocol.IsUnknown() || from.IsUnknown() || to.IsUnknown() {
		return flow{}, "", false
	}
	f = flow{protocols: allProtocols, ports: allPorts}
	name, isText := readable(protocol)
	if n, isNumber := protocol.Number(); !isText && isNumber {
		name = strconv.Itoa(int(n))
	}
	name = strings.ToLower(name)
	number, ok := protocols[name]
	if !ok {
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 || n > 255 { // "-1" and "all"
			return f, "all ports and protocols", true
		}
		number = n
		for known, n := range protocols {
			if n == number {
				name = known
			}
		}
	}
	f.protocols = span[int]{number, number}
	first, hasFirst := from.Number()
	final, hasLast := to.Number()
	if !hasLast {
		final = first
	}
	switch {
	case slices.Contains([]string{"icmp", "icmpv6"}, name):
		if hasFirst && first >= 0 { // a type, and maybe a code of it
			f.ports = span[int]{int(first) * 256, int(first)*256 + 255}
			if hasLast && final >= 0 {
				f.ports = span[int]{int(first)*256 + int(final), int(first)*256 + int(final)}
			}
		}
		return f, name, true
	case protocols[name] == 0:
		return f, "protocol " + name, true
	case !hasFirst || first < 0 || first == 0 && final == 65535:
		return f, "all ports of " + name, true
	}
	f.ports = span[int]{int(first), int(final)}
	words = strconv.Itoa(int(first))
	if final != first {
		words += "-" + strconv.Itoa(int(final))
	}
	return f, words + "/" + name, true
}
