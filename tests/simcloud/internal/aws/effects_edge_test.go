package aws

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheDefaultCertificateHasNoFloor proves that CloudFront sets the oldest TLS for its own certificate, whatever is asked for.
func TestTheDefaultCertificateHasNoFloor(t *testing.T) {
	for what, c := range map[string]struct {
		own  bool
		want string
	}{"CloudFront's": {true, "TLSv1"}, "one's own": {false, "TLSv1.2_2021"}} {
		r := &Request{World: NewWorld(1), Scope: home, Op: Create, Kind: distribute, New: Obj{"viewerCertificate": map[string]any{"cloudfrontDefaultCertificate": c.own, "minimumProtocolVersion": "TLSv1.2_2021"}}}
		fillDistribution(r)
		require.Equal(t, c.want, r.New.Str("viewerCertificate.minimumProtocolVersion"), what)
	}
}

// TestAPublishedFunctionStaysLive proves that a function can be associated from when it is first published, whatever is drafted later.
func TestAPublishedFunctionStaysLive(t *testing.T) {
	const token = "aws:cloudfront/function:Function"
	function := func(publish bool, code string) Obj {
		return Obj{"name": "rewrite", "runtime": "cloudfront-js-2.0", "code": code, "publish": publish}
	}
	s := stage{t, NewWorld(1)}
	refusal := func(f *Resource) string {
		associated := []any{map[string]any{"eventType": "viewer-request", "functionArn": f.Props["arn"]}}
		r := &Request{World: s.World, Scope: home, Op: Create, Kind: distribute, New: Obj{"defaultCacheBehavior": map[string]any{"functionAssociations": associated}}}
		for _, rule := range distributionRules {
			if rule.ID == "cdn-functions" {
				return rule.Check(r)
			}
		}
		return "no such rule"
	}
	draft := s.apply(home, Create, token, "", function(false, "a"))
	require.Equal(t, "", draft.Props["liveStageEtag"])
	require.Contains(t, refusal(draft), "was never published")
	live := s.apply(home, Update, token, draft.ID, function(true, "b"))
	require.NotEmpty(t, live.Props["liveStageEtag"])
	require.Empty(t, refusal(live))
	later := s.apply(home, Update, token, draft.ID, function(false, "c"))
	require.Equal(t, live.Props["liveStageEtag"], later.Props["liveStageEtag"])
	require.Empty(t, refusal(later))
}

// TestCapacityUnits proves what AWS publishes of statements.
func TestCapacityUnits(t *testing.T) {
	field := func(name string, more Obj) Obj { return altered(Obj{"fieldToMatch": Obj{name: Obj{}}}, more) }
	transformed := func(s Obj, types ...string) Obj {
		list := []Obj{}
		for i, kind := range types {
			list = append(list, Obj{"type": kind, "priority": i})
		}
		return altered(s, Obj{"textTransformations": list})
	}
	addresses := func(forwarded Obj) Obj {
		return Obj{"ipSetReferenceStatement": Obj{"arn": "set", "ipSetForwardedIpConfig": forwarded}}
	}
	geo := Obj{"geoMatchStatement": Obj{"countryCodes": []string{"DE"}}}
	path := Obj{"regexMatchStatement": transformed(field("uriPath", nil), "LOWERCASE", "URL_DECODE")}
	for what, c := range map[string]struct {
		statements []Obj
		want       int
	}{
		"a country":                  {[]Obj{geo}, 1},
		"addresses":                  {[]Obj{addresses(nil)}, 1},
		"the last forwarded address": {[]Obj{addresses(Obj{"position": "LAST"})}, 1},
		"any forwarded address":      {[]Obj{addresses(Obj{"position": "ANY"})}, 1 + 4},
		"two joined":                 {[]Obj{{"andStatement": Obj{"statements": []Obj{geo, geo}}}}, 2},
		"none of":                    {[]Obj{{"notStatement": Obj{"statements": []Obj{geo}}}}, 1},
		"AWS's example of CheckCapacity": {[]Obj{
			{"andStatement": Obj{"statements": []Obj{{"byteMatchStatement": transformed(field("singleHeader", Obj{"positionalConstraint": "EXACTLY"}), "LOWERCASE")}, geo}}},
			{"rateBasedStatement": Obj{"limit": 1000}},
		}, 15},
		"a group on a path":                 {[]Obj{{"managedRuleGroupStatement": Obj{"name": "AWSManagedRulesSQLiRuleSet", "scopeDownStatement": path}}}, 200 + 3 + 20},
		"the same path twice":               {[]Obj{path, path}, 3 + 20 + 3},
		"a rate by two keys":                {[]Obj{{"rateBasedStatement": Obj{"customKeys": []Obj{{"header": Obj{}}, {"ip": Obj{}}}}}}, 2 + 60},
		"a word in a body":                  {[]Obj{{"byteMatchStatement": transformed(field("body", Obj{"positionalConstraint": "CONTAINS"}), "NONE")}}, 10},
		"the start of a header":             {[]Obj{{"byteMatchStatement": field("singleHeader", Obj{"positionalConstraint": "STARTS_WITH"})}}, 2},
		"a statement of SQL in JSON":        {[]Obj{{"sqliMatchStatement": field("jsonBody", nil)}}, 40},
		"one that is looked for thoroughly": {[]Obj{{"sqliMatchStatement": field("allQueryArguments", Obj{"sensitivityLevel": "HIGH"})}}, 40},
	} {
		rules := []Obj{}
		for _, s := range c.statements {
			rules = append(rules, Obj{"statement": s})
		}
		r := &Request{World: NewWorld(1), Scope: home}
		require.Equal(t, c.want, r.capacity(numbers(Obj{"rules": rules}).(Obj)), what)
	}
}
