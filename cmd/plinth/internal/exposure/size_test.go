package exposure

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

// large are changes of what is large, but allowed: a policy, and lists of addresses.
func large(n int) map[string]*change.Change {
	permits := func(more ...string) *rule.Resource {
		var actions, resources []string
		for i := range 150 {
			actions = append(actions, fmt.Sprintf("ec2:DescribeThing%03d", i))
		}
		for i := range 40 {
			resources = append(resources, fmt.Sprintf("arn:aws:s3:::some-bucket-%03d/prefix/*", i))
		}
		return may(allow(append(actions, more...), resources))
	}
	blocks := func(of int) []any {
		var all []any
		for i := range n {
			all = append(all, fmt.Sprintf("%d.%d.%d.0/24", of, i/256, i%256))
		}
		return all
	}
	set := func(of int) *rule.Resource {
		return one("aws:wafv2/ipSet:IpSet", "set", has{"addresses": blocks(of)})
	}
	blocked := one(webAcl, "acl", has{"rules": []any{has{"action": has{"block": has{}}, "statement": has{"ipSetReferenceStatement": has{"arn": arnOf("set")}}}}})
	list := func(of int) *rule.Resource {
		var entries []any
		for _, block := range blocks(of) {
			entries = append(entries, has{"cidr": block})
		}
		return one(prefixList, "list", has{"entries": entries})
	}
	let := func(of int) *rule.Resource { return inline(has{"protocol": "tcp", "cidrBlocks": blocks(of)}) }
	app := one(role, "app", nil)
	return map[string]*change.Change{
		"an action":             between(at{app, permits()}, at{app, permits("s3:PutObject")}),
		"all of a policy":       between(at{app, may(allow("s3:*", "arn:a"))}, at{app, permits()}),
		"addresses":             between(at{set(20)}, at{set(30)}),
		"addresses not blocked": between(at{blocked, set(20)}, at{blocked, set(30)}),
		"a prefix list":         between(at{list(20)}, at{list(30)}),
		"a security group":      between(at{let(20)}, at{let(30)}),
		"all addresses":         between(at{let(20)}, at{inline(open22("0.0.0.0/0"))}),
	}
}

// What is compared with each other is allocated for, so that the work is bound with it.
func TestLargeListsAreNotComparedOneByOne(t *testing.T) {
	for name, c := range large(2_000) {
		t.Run(name, func(t *testing.T) {
			var found []Exposure
			require.Less(t, testing.AllocsPerRun(1, func() { found = Find(c) }), 200_000.0)
			require.Len(t, found, 1)
		})
	}
}

func TestAStatementIsComparedAsAWhole(t *testing.T) {
	c := large(1)["an action"]
	s := read(namesOf(c), c.Resources, remains)
	require.Len(t, s.claims, 1)
	old := &rights{statements: []statement{{principals: []pattern{{}}, actions: patterns([]string{"a", "b"}, nil), resources: patterns([]string{"x", "y"}, nil)}}}
	more := statement{principals: []pattern{{}}, actions: patterns([]string{"a", "b", "c"}, nil), resources: patterns([]string{"x", "y", "z"}, nil)}
	left := more.beyond(old)
	require.Len(t, left, 2)
	require.Len(t, left[0].grants(), 3, "c on all")
	require.Len(t, left[1].grants(), 2, "a and b on z")
}

func BenchmarkLarge(b *testing.B) {
	for name, c := range large(10_000) {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				Find(c)
			}
		})
	}
}
