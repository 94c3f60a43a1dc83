package waf

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The numbers are those of the developer guide of AWS WAF, under each statement and each
// managed group; every text transformation is 10.
func TestCapacityIsWhatAwsPublishes(t *testing.T) {
	const transformedPath = 3 + 3*10 // a regular expression on a path that is transformed three times
	login := []string{"/login"}
	for what, c := range map[string]struct {
		s    statement
		want int
	}{
		"a set of addresses":              {inSet(pulumi.String("").ToStringOutput()), 1},
		"either of two sets":              {anyOf(inSet(nil), inSet(nil)), 2},
		"countries, however many":         {fromCountries([]string{"DE", "FR"}), 1},
		"all but some countries":          {not(fromCountries([]string{"DE"})), 1},
		"the size of a body":              {longerBody(1), 1},
		"a label":                         {hasLabel("a"), 1},
		"paths in one expression":         {inPaths([]string{"/login", "/api/*"}), transformedPath},
		"a rate by address":               {tooFast(RateLimitArgs{}), 2},
		"a rate by header":                {tooFast(RateLimitArgs{Header: "x-api-key"}), 2 + 30},
		"a rate on paths":                 {tooFast(RateLimitArgs{OnlyPaths: login}), 2 + transformedPath},
		"a rate on some paths but others": {tooFast(RateLimitArgs{OnlyPaths: login, ExceptPaths: login}), 2 + 2*transformedPath},
		"a label on paths":                {narrowed(hasLabel("a"), nil, login), 1 + transformedPath},
	} {
		require.Equal(t, c.want, c.s.units, what)
	}
	for group, want := range map[Group]int{
		"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesAdminProtectionRuleSet": 100, "AWSManagedRulesKnownBadInputsRuleSet": 200,
		"AWSManagedRulesSQLiRuleSet": 200, "AWSManagedRulesLinuxRuleSet": 200, "AWSManagedRulesUnixRuleSet": 100,
		"AWSManagedRulesWindowsRuleSet": 200, "AWSManagedRulesPHPRuleSet": 100, "AWSManagedRulesWordPressRuleSet": 100,
		"AWSManagedRulesAmazonIpReputationList": 25, "AWSManagedRulesAnonymousIpList": 50,
	} {
		require.Equal(t, want, managedGroups[group].units, group)
	}
	require.Len(t, managedGroups, 11)
	for what, c := range map[string]struct {
		args WebAclArgs
		want int
	}{
		"the defaults":        {WebAclArgs{}, 25 + 50 + 200 + 700 + 200},
		"with bot control":    {WebAclArgs{BotControl: &BotControlArgs{}}, 1175 + 50},
		"a narrowed group":    {WebAclArgs{Groups: map[Group]GroupArgs{GroupPhp: {OnlyPaths: login}}}, 1175 + 100 + transformedPath},
		"a group less":        {WebAclArgs{Groups: map[Group]GroupArgs{GroupCore: {Off: true}}}, 475},
		"a group, overridden": {WebAclArgs{Groups: map[Group]GroupArgs{GroupCore: {Rules: map[string]Action{"a": ActionCount}}}}, 1175},
	} {
		units, _ := capacity(c.args.withDefaults().rules("shop", nil))
		require.Equal(t, c.want, units, what)
	}
}

func TestGroupsHavePlacesOfTheirOwn(t *testing.T) {
	places := map[int]Group{}
	for name, g := range managedGroups {
		require.NotContains(t, places, g.place, name)
		require.Greater(t, g.place, 0)
		places[g.place] = name
	}
}

// A path that is written matches itself, in small letters, and a star whatever follows.
func TestPathsMatchThemselves(t *testing.T) {
	path := rapid.StringMatching(`(/[A-Za-z0-9._~$()+-]{1,8}){1,3}`)
	rapid.Check(t, func(t *rapid.T) {
		exact, prefix, other := path.Draw(t, "exact"), path.Draw(t, "prefix"), strings.ToLower(path.Draw(t, "other"))
		matches := regexp.MustCompile(pathRegex([]string{exact, prefix + "/*"})).MatchString
		exact, prefix = strings.ToLower(exact), strings.ToLower(prefix)
		require.True(t, matches(exact))
		require.True(t, matches(prefix+"/"))
		require.True(t, matches(prefix+other))
		require.Equal(t, other == exact || strings.HasPrefix(other, prefix+"/"), matches(other), other)
	})
}
