package exposure

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestWhatHasAnAddressOnTheInternet(t *testing.T) {
	const database = "aws:rds/instance:Instance"
	balancer := func(internal bool) *rule.Resource { return one(loadBalancer, "lb", has{"internal": internal}) }
	listener := one("aws:lb/listener:Listener", "l", has{"loadBalancerArn": arnOf("lb"), "port": 80, "protocol": "HTTP"})
	template := func(public any) at {
		return at{one("aws:ec2/launchTemplate:LaunchTemplate", "t", has{"networkInterfaces": []any{has{"associatePublicIpAddress": public}}})}
	}
	const public = "* endpoint it: it gets an address on the internet"
	run(t, map[string]changed{
		"a new database":         {nil, at{one(database, "it", has{"publiclyAccessible": true})}, []string{public}},
		"a database":             {at{one(database, "it", nil)}, at{one(database, "it", has{"publiclyAccessible": true})}, []string{public}},
		"a private database":     {at{one(database, "it", has{"publiclyAccessible": true})}, at{one(database, "it", has{"publiclyAccessible": false})}, nil},
		"a warehouse by default": {nil, at{one("aws:redshift/cluster:Cluster", "it", nil)}, []string{public}},
		"not known": {at{one(database, "it", has{"publiclyAccessible": false})}, at{one(database, "it", has{"publiclyAccessible": rule.Computed{}})},
			[]string{"? endpoint it: publiclyAccessible is known after the deploy"}},
		"a template, spelled as text":      {template("false"), template("true"), []string{"endpoint t: gives its instances addresses on the internet"}},
		"a template, spelled as a boolean": {template("true"), template(true), nil},
		"a load balancer with a listener": {at{balancer(true), listener}, at{balancer(false), listener},
			[]string{"network l: lb faces the internet and listens on 80 (HTTP)", "endpoint lb: faces the internet"}},
		"a load balancer without one":           {at{balancer(true)}, at{balancer(false), one(listener.Type, "l", has{"loadBalancerArn": "another", "port": 80})}, []string{"endpoint lb: faces the internet"}},
		"a load balancer that becomes internal": {at{balancer(false), listener}, at{balancer(true), listener}, nil},
		"an internal API":                       {nil, at{one("aws:apigateway/restApi:RestApi", "api", has{"endpointConfiguration": has{"types": "PRIVATE"}})}, nil},
		"an API":                                {nil, at{one("aws:apigateway/restApi:RestApi", "api", nil)}, []string{"endpoint api: api gets an address on the internet"}},
		"a function without a signature": {at{one(functionUrl, "u", has{"authorizationType": "AWS_IAM"})}, at{one(functionUrl, "u", has{"authorizationType": "NONE"})},
			[]string{"* network u: everybody on the internet may call it, without a signature"}},
		"a public ACL": {at{one(bucket, "b", nil)}, at{one(bucket, "b", nil), one("aws:s3/bucketAcl:BucketAcl", "a", has{"bucket": "b", "acl": "public-read"})},
			[]string{"* endpoint a: its ACL lets everybody in"}},
	})
}

func TestTheEndpointOfACluster(t *testing.T) {
	of := func(config has) at { return at{one(cluster, "main", has{"vpcConfig": config})} }
	private, office := has{"endpointPublicAccess": false}, has{"endpointPublicAccess": true, "publicAccessCidrs": []any{"192.0.2.0/24"}}
	const api = "endpoint main: the API of main gets an address on the internet"
	run(t, map[string]changed{
		"public by default":         {of(private), of(nil), []string{"* network main: 0.0.0.0/0 may connect to the API of main on 443/tcp", api}},
		"public for some":           {of(private), of(office), []string{"network main: 192.0.2.0/24 may connect to the API of main on 443/tcp", api}},
		"public for everybody":      {of(office), of(nil), []string{"* network main: 0.0.0.0/0 may connect to the API of main on 443/tcp (was 192.0.2.0/24)"}},
		"private":                   {of(nil), of(private), nil},
		"fewer":                     {of(nil), of(office), nil},
		"blocks that are not known": {of(office), of(has{"publicAccessCidrs": []any{rule.Computed{}}}), []string{"? network main: which addresses may connect to the API of main on 443/tcp is known after the deploy"}},
	})
}

func TestWhatIsNotKeptClosedAnyMore(t *testing.T) {
	b := one(bucket, "b", nil)
	block := func(public bool) *rule.Resource {
		return one(bucketBlock, "block", has{"bucket": "b", "blockPublicAcls": public, "blockPublicPolicy": true})
	}
	lb := one(loadBalancer, "lb", has{"internal": true})
	guarded := one("aws:wafv2/webAclAssociation:WebAclAssociation", "a", has{"resourceArn": arnOf("lb"), "webAclArn": "acl"})
	edge := func(acl any) at { return at{one(distribution, "d", has{"enabled": true, "webAclId": acl})} }
	run(t, map[string]changed{
		"a block that is loosened": {at{b, block(true)}, at{b, block(false)}, []string{"endpoint block: b: public ACLs are no longer blocked (blockPublicAcls)"}},
		"a block that is deleted": {at{b, block(true)}, at{b},
			[]string{"endpoint block: b: policies that make it public are no longer blocked (blockPublicPolicy), and public ACLs are no longer blocked (blockPublicAcls)"}},
		"a block that goes with its bucket":     {at{b, block(true)}, nil, nil},
		"a block under another name":            {at{b, block(true)}, at{b, one(bucketBlock, "other", has{"bucket": "b", "blockPublicAcls": true, "blockPublicPolicy": true})}, nil},
		"a load balancer's web ACL":             {at{lb, guarded}, at{lb}, []string{"network a: lb: no web ACL looks at requests any more"}},
		"a load balancer's web ACL with it":     {at{lb, guarded}, nil, nil},
		"a distribution's web ACL":              {edge("acl"), edge(nil), []string{"network d: no web ACL looks at requests any more"}},
		"a distribution's web ACL that changes": {edge("acl"), edge(rule.Computed{}), nil},
		"a permissions boundary":                {at{one(role, "r", has{"permissionsBoundary": "p"})}, at{one(role, "r", nil)}, []string{"permission r: no permissions boundary limits it any more"}},
		"signatures": {
			at{one(distribution, "d", has{"enabled": true, "defaultCacheBehavior": has{"trustedKeyGroups": []any{"k"}}})}, at{one(distribution, "d", has{"enabled": true, "defaultCacheBehavior": has{}})},
			[]string{"endpoint d: requests for * need no signature any more"},
		},
	})
}

func TestSecurityGroupsKeepOthersFromWhatHasAnAddress(t *testing.T) {
	const database = "aws:rds/instance:Instance"
	db := func(public bool, groups ...any) *rule.Resource {
		return one(database, "db", has{"publiclyAccessible": public, "vpcSecurityGroupIds": groups})
	}
	const told, wide = "endpoint db: db gets an address on the internet", "* endpoint db: db gets an address on the internet"
	app := one(securityGroup, "app", nil)
	closed := inline(has{"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "securityGroups": []any{"app"}})
	opens := one(securityGroup, "open", has{"ingress": []any{open22("0.0.0.0/0")}})
	list := inline(has{"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "prefixListIds": []any{"pl-1"}})
	rising := from(db(true, rule.Computed{}), "vpcSecurityGroupIds", closed)
	unsure := one(ingressRule, "a", port(5432, has{"cidrIpv4": rule.Computed{}}))
	policy := one(networkPolicy, "p", has{"spec": rule.Computed{}})
	run(t, map[string]changed{
		"own groups only":          {at{app, closed, db(false, "web")}, at{app, closed, db(true, "web")}, []string{told}},
		"own groups, to be known":  {at{app, closed, db(false, "web")}, at{app, closed, rising}, []string{told}},
		"one of them for everyone": {at{app, closed, opens, db(false, "web", "open")}, at{app, closed, opens, db(true, "web", "open")}, []string{"* network db: 0.0.0.0/0 may connect to open on 22/tcp, and so to db", wide}},
		"groups of others":         {at{db(false, "sg-1")}, at{db(true, "sg-1")}, []string{wide}},
		"groups by default":        {at{db(false)}, at{db(true)}, []string{wide}},
		"a list of addresses":      {at{list, db(false, "web")}, at{list, db(true, "web")}, []string{wide}},
		"a rule that is not known": {at{app, closed, unsure, db(false, "web")}, at{app, closed, unsure, db(true, "web")}, []string{wide}},
		"something else unknown":   {at{app, closed, policy, db(false, "web")}, at{app, closed, policy, db(true, "web")}, []string{told}},
	})
}

func TestBucketsThatADistributionServes(t *testing.T) {
	files, far := one(bucket, "files", nil), one(bucket, "far", nil)
	origins := []any{
		has{"originId": "web", "domainName": "web.internal"}, has{"originId": "key", "domainName": "files.s3.us-east-1.amazonaws.com"},
		has{"originId": "copy", "domainName": "far.s3.us-west-2.amazonaws.com"},
	}
	edge := func(target string, more has, rest has) *rule.Resource {
		inputs := has{"enabled": true, "origins": origins, "defaultCacheBehavior": has{"targetOriginId": "web"}}
		behaviour := has{"pathPattern": "/f", "targetOriginId": target}
		for key, v := range more {
			behaviour[key] = v
		}
		for key, v := range rest {
			inputs[key] = v
		}
		inputs["orderedCacheBehaviors"] = []any{behaviour}
		return one(distribution, "d", inputs)
	}
	groups := has{"originGroups": []any{has{"originId": "either", "members": []any{has{"originId": "key"}, has{"originId": "copy"}}}}}
	in := has{"restrictions": has{"geoRestriction": has{"restrictionType": "whitelist", "locations": []any{"DE"}}}}
	signed := has{"trustedKeyGroups": []any{"k"}}
	web := edge("web", nil, nil)
	run(t, map[string]changed{
		"a bucket":              {at{files, web}, at{files, edge("key", nil, nil)}, []string{"* endpoint d: serves /f of files to everybody on the internet (was serves /f of web to everybody on the internet)"}},
		"a bucket of others":    {at{web}, at{edge("key", nil, nil)}, []string{"endpoint d: serves /f of key to everybody on the internet (was serves /f of web to everybody on the internet)"}},
		"in some countries":     {at{files, edge("web", nil, in)}, at{files, edge("key", nil, in)}, []string{"* endpoint d: serves /f of files to its viewers (was serves /f of web to its viewers)"}},
		"signed requests":       {at{files, edge("web", signed, nil)}, at{files, edge("key", signed, nil)}, []string{"endpoint d: serves /f of files to viewers with signed requests (was serves /f of web to viewers with signed requests)"}},
		"one served before":     {at{files, edge("key", nil, nil)}, at{files, edge("key", has{"pathPattern": "/g"}, nil)}, []string{"endpoint d: serves /g of files to everybody on the internet (was /f)"}},
		"one origin of a group": {at{files, far, edge("either", nil, groups)}, at{files, far, edge("key", nil, nil)}, nil},
		"a group with one more": {at{files, far, edge("key", nil, nil)}, at{files, far, edge("either", nil, groups)}, []string{"* endpoint d: serves /f of far to everybody on the internet"}},
		"a bucket no more":      {at{files, edge("key", nil, nil)}, at{files, one(distribution, "d", has{"enabled": true, "origins": origins, "defaultCacheBehavior": has{"targetOriginId": "web"}})}, nil},
	})
}

func TestCountriesThatAreServed(t *testing.T) {
	to := func(kind string, codes ...string) at {
		return at{one(distribution, "d", has{"enabled": true, "restrictions": has{"geoRestriction": has{"restrictionType": kind, "locations": codes}}})}
	}
	run(t, map[string]changed{
		"everywhere":            {to("whitelist", "DE"), to("none"), []string{"network d: viewers everywhere are served (was in DE)"}},
		"one more":              {to("whitelist", "DE"), to("whitelist", "DE", "FR"), []string{"network d: viewers in DE, FR are served (was in DE)"}},
		"one less":              {to("whitelist", "DE", "FR"), to("whitelist", "FR"), nil},
		"one kept out less":     {to("blacklist", "DE", "FR"), to("blacklist", "FR"), []string{"network d: viewers everywhere but in FR are served (was everywhere but in DE, FR)"}},
		"one kept out more":     {to("blacklist", "DE"), to("blacklist", "DE", "FR"), nil},
		"all others":            {to("whitelist", "DE"), to("blacklist", "FR"), []string{"network d: viewers everywhere but in FR are served (was in DE)"}},
		"some that were":        {to("blacklist", "FR"), to("whitelist", "DE"), nil},
		"some that were not":    {to("blacklist", "FR"), to("whitelist", "FR"), []string{"network d: viewers in FR are served (was everywhere but in FR)"}},
		"of a new distribution": {nil, to("none"), []string{"endpoint d: serves the internet"}},
	})
}

func TestWebAcls(t *testing.T) {
	acl := func(rest has, rules ...any) at {
		inputs := has{"rules": rules, "defaultAction": has{"allow": has{}}}
		for key, v := range rest {
			inputs[key] = v
		}
		return at{one(webAcl, "acl", inputs)}
	}
	rate := func(action string) has { return has{"name": "rate", "action": has{action: has{}}} }
	managed := func(override string, counted ...any) has {
		return has{"name": "common", "overrideAction": has{override: has{}}, "statement": has{"managedRuleGroupStatement": has{"ruleActionOverrides": counted}}}
	}
	named := func(n int) []any {
		var all []any
		for i := range n {
			all = append(all, has{"name": strconv.Itoa(i), "action": has{"block": has{}}})
		}
		return all
	}
	counted := has{"name": "BadBots", "actionToUse": has{"count": has{}}}
	asJSON := has{"rules": nil, "ruleJson": `[{"Name":"rate","Action":{"Block":{}}}]`}
	run(t, map[string]changed{
		"a rule that only counts":      {acl(nil, rate("block")), acl(nil, rate("count")), []string{"network acl: rules of acl block nothing any more: rate"}},
		"a rule that is gone":          {acl(nil, rate("block"), managed("none")), acl(nil), []string{"network acl: rules of acl block nothing any more: rate, common"}},
		"a rule that blocks now":       {acl(nil, rate("count")), acl(nil, rate("block")), nil},
		"a rule that asks instead":     {acl(nil, rate("block")), acl(nil, rate("captcha")), nil},
		"a rule in another spelling":   {acl(nil, rate("block")), acl(asJSON), nil},
		"a group that only counts":     {acl(nil, managed("none")), acl(nil, managed("count")), []string{"network acl: rules of acl block nothing any more: common"}},
		"all rules only count":         {acl(nil, rate("block"), managed("none")), acl(nil, rate("count"), managed("count")), []string{"network acl: acl blocks nothing any more: all 2 rules only count (rate, common)"}},
		"one rule of two":              {acl(nil, rate("block"), managed("none")), acl(nil, rate("count"), managed("none")), []string{"network acl: rules of acl block nothing any more: rate"}},
		"seven rules":                  {acl(nil, named(7)...), acl(nil), []string{"network acl: rules of acl block nothing any more: 0, 1, 2, 3, 4, 5, 6"}},
		"a rule of a group":            {acl(nil, managed("none")), acl(nil, managed("none", counted)), []string{"network acl: rules of common block nothing any more: BadBots"}},
		"a rule of a new group":        {acl(nil), acl(nil, managed("none", counted)), nil},
		"what no rule blocks":          {acl(has{"defaultAction": has{"block": has{}}}), acl(nil), []string{"* network acl: acl lets through what no rule blocks"}},
		"a web ACL that is there anew": {nil, acl(nil, rate("block"), managed("none", counted)), nil},
	})
}

func TestSetsOfAddresses(t *testing.T) {
	set := func(blocks ...string) *rule.Resource {
		return one("aws:wafv2/ipSet:IpSet", "set", has{"addresses": blocks})
	}
	refers := has{"ipSetReferenceStatement": has{"arn": arnOf("set")}}
	acl := func(action string, statement has) *rule.Resource {
		return one(webAcl, "acl", has{"rules": []any{has{"name": "ips", "action": has{action: has{}}, "statement": statement}}})
	}
	allows, blocks, blocksOthers := acl("allow", refers), acl("block", refers), acl("block", has{"notStatement": has{"statements": []any{refers}}})
	run(t, map[string]changed{
		"more":             {at{allows, set("192.0.2.0/24")}, at{allows, set("192.0.0.0/16")}, []string{"network set: 192.0.0.0/16 is new in the list of addresses (was 192.0.2.0/24)"}},
		"less":             {at{allows, set("192.0.0.0/16")}, at{allows, set("192.0.2.0/24")}, nil},
		"more are blocked": {at{blocks, set("192.0.2.0/24")}, at{blocks, set("192.0.0.0/16")}, nil},
		"less are blocked": {at{blocks, set("192.0.0.0/16")}, at{blocks, set("192.0.2.0/24")}, []string{"network set: 192.0.0.0/16 is not blocked any more"}},
		"less others are blocked": {at{blocksOthers, set("192.0.2.0/24")}, at{blocksOthers, set("192.0.2.0/24", "198.51.100.0/24")},
			[]string{"network set: 198.51.100.0/24 is new in the list of addresses"}},
	})
}

func TestWhatADistributionServes(t *testing.T) {
	serving := func(paths map[string]string, domain any) at {
		var behaviours []any
		for _, pattern := range slices.Sorted(maps.Keys(paths)) {
			behaviours = append(behaviours, has{"pathPattern": pattern, "targetOriginId": paths[pattern]})
		}
		origins := []any{has{"originId": "web", "domainName": "web.internal"}, has{"originId": "uploads", "domainName": domain}}
		return at{one(distribution, "d", has{
			"enabled": true, "origins": origins, "defaultCacheBehavior": has{"targetOriginId": "web"}, "orderedCacheBehaviors": behaviours,
		})}
	}
	web := serving(nil, "uploads.s3")
	run(t, map[string]changed{
		"another path":           {web, serving(map[string]string{"/up/*": "uploads"}, "uploads.s3"), []string{"endpoint d: serves /up/* of uploads to everybody on the internet"}},
		"another place":          {serving(map[string]string{"/a": "uploads"}, "a.s3"), serving(map[string]string{"/a": "uploads"}, "b.s3"), []string{"endpoint d: serves /a of uploads to everybody on the internet"}},
		"a place by another key": {serving(map[string]string{"/a": "uploads"}, "web.internal"), serving(map[string]string{"/a": "web"}, "web.internal"), nil},
		"one path less":          {serving(map[string]string{"/a": "uploads"}, "a.s3"), web, nil},
		"of a new one":           {nil, web, []string{"endpoint d: serves the internet"}},
	})
}
