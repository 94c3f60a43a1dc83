package exposure

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/policies/rule"
)

// smallFlow draws flows in a space so small that each point of it can be looked at.
func smallFlow(t *rapid.T) flow {
	prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{0, 0, 0, byte(rapid.IntRange(0, 3).Draw(t, "address"))}), rapid.IntRange(30, 32).Draw(t, "bits"))
	f, _ := flow{protocols: smallSpan(t), ports: smallSpan(t)}.from(prefix.Masked().String())
	if rapid.IntRange(0, 9).Draw(t, "anyone") == 0 {
		f.peers = anyone
	}
	return f
}

func allOfThem(some []right) *rights {
	all := &rights{}
	for _, r := range some {
		all.add(r)
	}
	return all
}

func smallSpan(t *rapid.T) span[int] {
	first := rapid.IntRange(0, 2).Draw(t, "first")
	return span[int]{first, rapid.IntRange(first, 2).Draw(t, "last")}
}

func (f flow) holds(address netip.Addr, protocol, port int) bool {
	return (f.peers == anyone || !address.Less(f.addresses.first) && !f.addresses.last.Less(address)) &&
		f.protocols.first <= protocol && protocol <= f.protocols.last && f.ports.first <= port && port <= f.ports.last
}

func TestAFlowIsWithinOthersIfEachPacketIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := smallFlow(t)
		others := rapid.SliceOfN(rapid.Custom(smallFlow), 0, 12).Draw(t, "others")
		var rights []right
		for _, o := range others {
			rights = append(rights, o)
		}
		all := f.peers != anyone || slices.ContainsFunc(others, func(o flow) bool { return o.peers == anyone })
		for address := range 4 {
			for protocol := range 3 {
				for port := range 3 {
					at := netip.AddrFrom4([4]byte{0, 0, 0, byte(address)})
					if f.holds(at, protocol, port) && !slices.ContainsFunc(others, func(o flow) bool {
						return (f.peers != anyone || o.peers == anyone) && o.holds(at, protocol, port)
					}) {
						all = false
					}
				}
			}
		}
		require.Equal(t, all, f.within(allOfThem(rights)))
	})
}

func TestAFlowIsWithinItsPartsAndNotWithinFewer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, _ := flow{protocols: span[int]{0, 9}, ports: span[int]{0, 9}}.from("10.0.0.0/29")
		parts := []right{whole}
		for range rapid.IntRange(1, 4).Draw(t, "cuts") {
			i := rapid.IntRange(0, len(parts)-1).Draw(t, "part")
			a := parts[i].(flow)
			b := a
			switch at := rapid.IntRange(0, 8).Draw(t, "at"); rapid.IntRange(0, 2).Draw(t, "by") {
			case 0:
				a.ports.last, b.ports.first = min(a.ports.last, at), min(a.ports.last, at)+1
			case 1:
				a.protocols.last, b.protocols.first = min(a.protocols.last, at), min(a.protocols.last, at)+1
			default:
				b.addresses.first = netip.AddrFrom4([4]byte{10, 0, 0, byte(at)})
				a.addresses.last = b.addresses.first.Prev()
			}
			if a.proper() && b.proper() {
				parts[i] = a
				parts = append(parts, b)
			}
		}
		require.True(t, whole.within(allOfThem(parts)))
		without := rapid.IntRange(0, len(parts)-1).Draw(t, "without")
		require.False(t, whole.within(allOfThem(slices.Delete(slices.Clone(parts), without, without+1))))
	})
}

// proper says that a flow is of something.
func (f flow) proper() bool {
	return !f.addresses.last.Less(f.addresses.first) && f.protocols.first <= f.protocols.last && f.ports.first <= f.ports.last
}

var wild = rapid.StringMatching(`[ab*?]{0,5}`)

// matches is a text with wildcards as a regular expression.
func matches(text string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.NewReplacer("*", "[ab]*", "?", "[ab]").Replace(text) + "$")
}

func TestPatternsCoverAndMeetAsTheyMatch(t *testing.T) {
	var texts []string
	for n := range 7 {
		for i := range 1 << n {
			texts = append(texts, strings.NewReplacer("0", "a", "1", "b").Replace(fmt.Sprintf("%0*b", n, i))[:n])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := wild.Draw(t, "a"), wild.Draw(t, "b")
		inA, inB := matches(a), matches(b)
		shared := slices.ContainsFunc(texts, func(s string) bool { return inA.MatchString(s) && inB.MatchString(s) })
		require.Equal(t, shared || meet(a, b), meet(a, b), "what both match")
		if covers(a, b) {
			for _, text := range texts {
				require.False(t, inB.MatchString(text) && !inA.MatchString(text), "%s covers %s, but not %s", a, b, text)
			}
		}
	})
}

// drawStatement draws a statement of an identity.
func drawStatement(t *rapid.T) has {
	several := func(of []string, label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, 3, rapid.ID).Draw(t, label)
	}
	s := has{"Effect": rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect")}
	s[rapid.SampledFrom([]string{"Action", "NotAction"}).Draw(t, "of")] = several([]string{"s3:GetObject", "s3:Get*", "s3:*", "sqs:SendMessage", "iam:PassRole", "*"}, "actions")
	s[rapid.SampledFrom([]string{"Resource", "NotResource"}).Draw(t, "on")] = several([]string{"*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/b", "arn:aws:sqs:us-east-1:111122223333:q"}, "resources")
	if rapid.Bool().Draw(t, "conditioned") {
		operator := rapid.SampledFrom([]string{"StringEquals", "StringLike", "StringNotEquals", "Bool"}).Draw(t, "operator")
		s["Condition"] = has{operator: has{"aws:PrincipalTag/a": several([]string{"x", "y", "*"}, "values")}}
	}
	return s
}

func TestLessThanBeforeOpensNothing(t *testing.T) {
	app := one(role, "app", nil)
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.Custom(drawStatement), 1, 4).Draw(t, "before")
		var after []has
		for i, s := range before {
			switch {
			case s["Effect"] == "Deny": // denying less would be an opening
				after = append(after, s)
			case rapid.Bool().Draw(t, fmt.Sprint("keeps ", i)):
				less := maps.Clone(s)
				if actions, ok := s["Action"].([]string); ok {
					less["Action"] = actions[:rapid.IntRange(1, len(actions)).Draw(t, "actions kept")]
				}
				if less["Condition"] == nil && rapid.Bool().Draw(t, "limits") {
					less["Condition"] = has{"Bool": has{"aws:SecureTransport": true}}
				}
				after = append(after, less)
			}
		}
		after = rapid.Permutation(after).Draw(t, "after")
		require.Empty(t, opened(at{app, may(before...)}, at{app, may(after...)}))
	})
}

// things draws resources of all types that are read, with any properties.
func things(t *rapid.T) at {
	var tokens = slices.Sorted(maps.Keys(readers))
	tokens = append(tokens, networkPolicy, networkAcl, networkAclRule, namespace)
	var all at
	for i := range rapid.IntRange(0, 6).Draw(t, "things") {
		r := one(rapid.SampledFrom(tokens).Draw(t, "type"), fmt.Sprint("thing-", i), nil)
		inputs := has{}
		for range rapid.IntRange(0, 8).Draw(t, "properties") {
			inputs[rapid.SampledFrom(properties).Draw(t, "property")] = anything(t, 3)
		}
		r.Inputs = rule.FieldsOf(inputs)
		for _, other := range all {
			if rapid.Bool().Draw(t, "refers") {
				from(r, rapid.SampledFrom(properties).Draw(t, "edge"), other)
			}
		}
		all = append(all, r)
	}
	return all
}

// properties are those that are read.
var properties = []string{
	"ingress", "egress", "cidrBlocks", "cidrIpv4", "protocol", "ipProtocol", "fromPort", "toPort", "self", "securityGroupId", "type", "networkAclId", "ruleNo",
	"ruleNumber", "action", "ruleAction", "cidrBlock", "routes", "gatewayId", "destinationCidrBlock", "routeTableId", "policy", "role", "policyArn",
	"assumeRolePolicy", "inlinePolicies", "managedPolicyArns", "principal", "function", "rules", "spec", "metadata", "namespace", "podSelector", "matchLabels",
	"from", "ports", "port", "ipBlock", "cidr", "except", "policyTypes", "addresses", "subjects", "roleRef", "name", "vpcConfig", "publicAccessCidrs",
	"restrictions", "geoRestriction", "locations", "publiclyAccessible", "bucket", "acl", "listeners", "internal", "verbs", "resources", "apiGroups",
}

// anything draws values such as properties have, of any type, known or not.
func anything(t *rapid.T, depth int) any {
	kinds := 9
	if depth == 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rule.Computed{}
	case 2:
		return rapid.Bool().Draw(t, "flag")
	case 3:
		return rapid.IntRange(-1, 70000).Draw(t, "number")
	case 4:
		return rapid.SampledFrom([]string{"0.0.0.0/0", "10.0.0.0/8", "::/0", "tcp", "-1", "icmp", "thing-0", "thing-1", "*", "", "allow", "Ingress", "NONE", "cluster-admin"}).Draw(t, "text")
	case 5:
		return rule.Secret{Of: "top secret"}
	case 6:
		return policy(drawStatement(t))
	case 7:
		items := make([]any, rapid.IntRange(0, 2).Draw(t, "items"))
		for i := range items {
			items[i] = anything(t, depth-1)
		}
		return items
	}
	fields := has{}
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		fields[rapid.SampledFrom(properties).Draw(t, "field")] = anything(t, depth-1)
	}
	return fields
}

func TestAChangeOfNothingOpensNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := things(t), things(t)
		require.Empty(t, opened(before, before))
		lines := opened(before, after)
		for _, line := range lines {
			require.NotContains(t, line, "top secret")
			require.NotContains(t, line, "%s")
			require.NotContains(t, line, "urn:pulumi:")
		}
		slices.Reverse(before)
		slices.Reverse(after)
		require.Equal(t, lines, opened(before, after), "in another order")
	})
}

func FuzzPolicies(f *testing.F) {
	f.Add(policy(allow("s3:*", "*")))
	f.Add(`{"Statement":{"Effect":"Allow","NotAction":"a","NotResource":["b"],"Principal":{"AWS":["*"]},"Condition":{"ForAnyValue:StringLikeIfExists":{"k":[true,1]}}}}`)
	f.Add(`{"Statement":[{"Principal":"*"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		statements, ok := parse(rule.Of(text))
		if !ok {
			return
		}
		require.True(t, json.Valid([]byte(text)))
		for _, s := range statements {
			require.Empty(t, s.beyond(&rights{statements: []statement{s}}), "%v is within itself", s)
		}
	})
}
