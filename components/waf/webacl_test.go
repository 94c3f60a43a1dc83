package waf_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/waf"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*waf.WebAclArgs{"smallest": smallest(), "full": full(), "edge": edge()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "shop"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, waf.Type+"::shop", "shop-")
			})
		})
	}
}

func TestTwoWebAclsInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "shop", "blog"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(aclToken), 2)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := full()
	harness.Run(t, harness.Preview, program(args, "shop"))
	require.Equal(t, full(), args)
}

// ruleOf is one rule of a web ACL as it was registered.
func ruleOf(t testing.TB, g *harness.Graph, name string) map[string]any {
	t.Helper()
	for _, r := range rulesOf(t, g) {
		if r["name"] == name {
			return r
		}
	}
	require.Fail(t, "no rule", name)
	return nil
}

func rulesOf(t testing.TB, g *harness.Graph) []map[string]any {
	t.Helper()
	var rules []map[string]any
	for _, r := range g.Named(t, "shop-acl").Value("rules").([]any) {
		rules = append(rules, r.(map[string]any))
	}
	return rules
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program(smallest(), "shop"), func(t *testing.T, g *harness.Graph) {
		var names []string
		for _, r := range rulesOf(t, g) {
			names = append(names, r["name"].(string))
			require.Equal(t, map[string]any{"none": map[string]any{}}, r["overrideAction"], "blocks")
			visible := r["visibilityConfig"].(map[string]any)
			require.Equal(t, []any{true, false}, []any{visible["cloudwatchMetricsEnabled"], visible["sampledRequestsEnabled"]})
		}
		require.Equal(t, []string{
			"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesAnonymousIpList", "AWSManagedRulesKnownBadInputsRuleSet",
			"AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet",
		}, names)
		logging := g.Named(t, "shop-logging")
		require.Equal(t, "authorization", logging.Value("redactedFields[0].singleHeader.name"))
		require.Equal(t, "cookie", logging.Value("redactedFields[1].singleHeader.name"))
		require.Equal(t, map[string]any{"queryString": map[string]any{}}, logging.Value("redactedFields[2]"))
		require.Equal(t, "DROP", logging.Value("loggingFilter.defaultBehavior"), "what is let through is not logged")
	})
}

func TestPartnersServersAreCountedUnlessSaidOtherwise(t *testing.T) {
	args := smallest()
	require.Equal(t, map[string]any{"HostingProviderIPList": "count"}, overrides(t, args, waf.GroupAnonymousIp))
	args.Groups = map[waf.Group]waf.GroupArgs{waf.GroupAnonymousIp: {Rules: map[string]waf.Action{"HostingProviderIPList": waf.ActionBlock}}}
	require.Equal(t, map[string]any{"HostingProviderIPList": "block"}, overrides(t, args, waf.GroupAnonymousIp))
}

// overrides are the actions that a group's rules have here, by their names.
func overrides(t testing.TB, args *waf.WebAclArgs, name waf.Group) map[string]any {
	t.Helper()
	g := harness.Run(t, harness.Update, program(args, "shop"))
	group := ruleOf(t, g, string(name))["statement"].(map[string]any)["managedRuleGroupStatement"].(map[string]any)
	actions := map[string]any{}
	list, _ := group["ruleActionOverrides"].([]any)
	for _, override := range list {
		o := override.(map[string]any)
		for action := range o["actionToUse"].(map[string]any) {
			actions[o["name"].(string)] = action
		}
	}
	return actions
}

// GroupCore would block what is longer than 8 KB on every path, whatever Body says.
func TestALimitOfBodiesIsTheOnlyOne(t *testing.T) {
	args := smallest()
	require.Empty(t, overrides(t, args, waf.GroupCore), "the group's own limit holds")
	args.Body = &waf.BodyArgs{MaxBytes: 4096, ExceptPaths: []string{"/uploads/*"}}
	require.Equal(t, map[string]any{"SizeRestrictions_BODY": "count"}, overrides(t, args, waf.GroupCore))
	args.Groups = map[waf.Group]waf.GroupArgs{waf.GroupCore: {Rules: map[string]waf.Action{"SizeRestrictions_BODY": waf.ActionBlock}}}
	require.Equal(t, map[string]any{"SizeRestrictions_BODY": "block"}, overrides(t, args, waf.GroupCore))
	inspected := &waf.WebAclArgs{Scope: waf.CloudFront, Region: "us-east-1", Body: &waf.BodyArgs{InspectKb: 32}}
	require.Empty(t, overrides(t, inspected, waf.GroupCore), "more is seen, and no more is let in")
}

// Count is the same web ACL, but for what becomes of a request; who is let in stays let in.
func TestCountingChangesActionsOnly(t *testing.T) {
	args := rules(smallest())
	block := harness.Run(t, harness.Update, program(args, "shop"))
	args.Mode = waf.Count
	count := harness.Run(t, harness.Update, program(args, "shop"))
	for _, c := range rulesOf(t, count) {
		b := ruleOf(t, block, c["name"].(string))
		switch {
		case c["name"] == "allow-offices":
			require.Equal(t, map[string]any{"allow": map[string]any{}}, c["action"])
		case c["overrideAction"] != nil:
			require.Equal(t, map[string]any{"count": map[string]any{}}, c["overrideAction"], c["name"])
			b["overrideAction"] = c["overrideAction"]
		default:
			require.Equal(t, map[string]any{"count": map[string]any{}}, c["action"], c["name"])
			b["action"] = c["action"]
		}
		require.Equal(t, b, c)
	}
	require.Len(t, rulesOf(t, block), len(rulesOf(t, count)))
}

func TestCountriesAreKeptOutEitherWay(t *testing.T) {
	match := func(codes ...any) map[string]any {
		return map[string]any{"geoMatchStatement": map[string]any{"countryCodes": codes}}
	}
	for _, c := range []struct {
		geo  waf.GeoArgs
		want map[string]any
	}{
		{waf.GeoArgs{Except: []string{"KP"}}, match("KP")},
		{waf.GeoArgs{Only: []string{"DE", "FR"}}, map[string]any{"notStatement": map[string]any{"statements": []any{match("DE", "FR")}}}},
	} {
		args := smallest()
		args.Geo = &c.geo
		r := ruleOf(t, harness.Run(t, harness.Update, program(args, "shop")), "geo")
		require.Equal(t, c.want, r["statement"])
		require.Equal(t, map[string]any{"block": map[string]any{}}, r["action"])
	}
}

// A client is told why, unless the groups of AWS turn it away.
func TestResponsesSayWhatIsWrong(t *testing.T) {
	g := harness.Run(t, harness.Update, program(full(), "shop"))
	for name, status := range map[string]float64{"block-abuse": 404, "geo": 404, "rate-all": 429, "rate-login": 429, "body": 413, "labelled-bodies": 404} {
		require.Equal(t, map[string]any{"block": map[string]any{"customResponse": map[string]any{
			"customResponseBodyKey": "blocked", "responseCode": status,
		}}}, ruleOf(t, g, name)["action"], name)
	}
	args := rules(smallest())
	r := ruleOf(t, harness.Run(t, harness.Update, program(args, "shop")), "rate-all")
	require.Equal(t, map[string]any{"block": map[string]any{"customResponse": map[string]any{"responseCode": 429.0}}}, r["action"])
}

// AWS takes both away by what they are on alone: the new one would go with the old one.
func TestOldAssociationsAndLogsGoFirst(t *testing.T) {
	g := harness.Run(t, harness.Update, program(full(), "shop"))
	for _, name := range []string{"shop-association-shop", "shop-logging"} {
		require.True(t, g.Named(t, name).DeleteBeforeReplace, name)
	}
}

func TestOnlyBlockedRequestsAreLoggedIfSo(t *testing.T) {
	args := smallest()
	args.Logs = &waf.LogsArgs{Keep: waf.KeepBlocked}
	r := harness.Run(t, harness.Update, program(args, "shop")).Named(t, "shop-logging")
	require.Equal(t, []any{map[string]any{"actionCondition": map[string]any{"action": "BLOCK"}}}, r.Value("loggingFilter.filters[0].conditions"))
}

// Who is told apart by a header often proves by it who he is.
func TestWhatClientsAreKnownByIsNotLogged(t *testing.T) {
	redacted := func(logs *waf.LogsArgs) []any {
		args := smallest()
		args.Logs = logs
		args.RateLimits = map[string]waf.RateLimitArgs{"all": {Limit: 10}, "keys": {Limit: 10, Header: "X-Api-Key"}, "tenants": {Limit: 10, Header: "x-api-key"}}
		r := harness.Run(t, harness.Update, program(args, "shop")).Named(t, "shop-logging")
		list, _ := r.Value("redactedFields").([]any)
		return list
	}
	header := func(name string) any { return map[string]any{"singleHeader": map[string]any{"name": name}} }
	query := map[string]any{"queryString": map[string]any{}}
	require.Equal(t, []any{header("authorization"), header("cookie"), header("x-api-key"), query}, redacted(nil))
	require.Equal(t, []any{header("x-api-key"), query}, redacted(&waf.LogsArgs{RedactedHeaders: []string{}}))
	require.Equal(t, []any{header("x-api-key"), header("x-token")},
		redacted(&waf.LogsArgs{RedactedHeaders: []string{"X-API-KEY", "x-token"}, KeepQuery: true}))
}

// An account has ten policies in a region: one can be for all web ACLs.
func TestOnePolicyCanLetAllLogsIn(t *testing.T) {
	args := smallest()
	args.Logs = &waf.LogsArgs{WithoutPolicy: true}
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		if _, err := waf.NewWebAcl(ctx, "shop", args); err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Policy", "shared", pulumi.Map{
			"home": iampolicy.Document(waf.DeliveryStatement(home, "111122223333")),
			"far":  iampolicy.Document(waf.DeliveryStatement("cn-north-1", "111122223333")),
		}, &r)
	})
	require.Empty(t, g.OfType("aws:cloudwatch/logResourcePolicy:LogResourcePolicy"))
	require.Equal(t, []string{g.Named(t, "shop-logs").URN}, g.Named(t, "shop-logging").PropertyDependencies["logDestinationConfigs"])
	require.Equal(t, `{"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Condition":{`+
		`"ArnLike":{"aws:SourceArn":"arn:aws:logs:eu-west-1:111122223333:*"},"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow",`+
		`"Principal":{"Service":"delivery.logs.amazonaws.com"},"Resource":"arn:aws:logs:eu-west-1:111122223333:log-group:aws-waf-logs-*:*"}],"Version":"2012-10-17"}`,
		g.Named(t, "shared").Value("home"))
	require.Contains(t, g.Named(t, "shared").Value("far"), `"arn:aws-cn:logs:cn-north-1:111122223333:log-group:aws-waf-logs-*:*"`)
}

func TestOutputsAreNeverAbsent(t *testing.T) {
	args := smallest()
	args.Logs = &waf.LogsArgs{Off: true}
	g := harness.Run(t, harness.Update, func(ctx *pulumi.Context) error {
		acl, err := waf.NewWebAcl(ctx, "shop", args)
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Outputs", "outputs", pulumi.Map{
			"arn": acl.WebAclArn, "id": acl.WebAclId, "name": acl.WebAclName, "group": acl.LogGroupName,
		}, &r)
	})
	outputs := g.Named(t, "outputs")
	require.Equal(t, "arn:aws:mock:us-east-1:111122223333:shop-acl", outputs.Value("arn"))
	require.Equal(t, []any{"shop-acl", ""}, []any{outputs.Value("name"), outputs.Value("group")})
	require.NotEmpty(t, outputs.Value("id"))
	require.Empty(t, g.OfType("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"))
	require.Empty(t, g.OfType("aws:cloudwatch/logGroup:LogGroup"))
}
