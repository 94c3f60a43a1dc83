package stacks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEdgeIsOptionalAndCompletedByProfile(t *testing.T) {
	none, err := ParseEnvironment(with(t, map[string]any{"edge": nil, "firewall": nil}))
	require.NoError(t, err)
	require.Nil(t, none.Edge)
	require.Nil(t, none.Firewall)
	require.Equal(t, []string{"0.0.0.0/0"}, none.Web.AllowedCidrs)

	prod, err := ParseEnvironment(with(t, map[string]any{"edge": map[string]any{}, "firewall": map[string]any{}}))
	require.NoError(t, err)
	require.Equal(t, &EdgeConfig{PriceClass: "All", PrefixListId: "pl-3b927c52"}, prod.Edge)
	require.Equal(t, &FirewallConfig{Mode: "Block", RequestsPerIp: 2000}, prod.Firewall)
	require.Empty(t, prod.Web.AllowedCidrs, "clients reach the edge only")

	dev, err := ParseEnvironment(with(t, map[string]any{"profile": "development", "edge": map[string]any{}}))
	require.NoError(t, err)
	require.Equal(t, "100", dev.Edge.PriceClass)
}

func TestProblemsOfTheEdgeAreReportedTogether(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{
		"region": "eu-south-1", "network.zones": []string{"eu-south-1a", "eu-south-1b"}, "cluster": nil, "services": nil, "web.allowedCidrs": []string{"0.0.0.0/0"},
		"web.certificateArn": "arn:aws:acm:eu-south-1:111122223333:certificate/1", "app.certificateArn": "arn:aws:acm:eu-south-1:111122223333:certificate/2",
		"edge": map[string]any{
			"paths": map[string]any{"assets/*": "assets", "/pictures/*": "pictures", "/a b": "assets"}, "certificateArn": "arn:aws:acm:eu-south-1:111122223333:certificate/1",
			"priceClass": "300", "countries": []string{"de", "FR", "FR"}, "prefixListId": "",
		},
		"firewall": map[string]any{"mode": "Off", "requestsPerIp": 9, "allowedCidrs": []string{"10.0.0.1/8"}, "blockedCidrs": []string{"x", "::/0"}},
	}))
	require.EqualError(t, err, `plinth:environment: 14 problems
  edge: conflicts with web.allowedCidrs: nobody but the edge reaches the load balancer
  edge.certificateArn: "arn:aws:acm:eu-south-1:111122223333:certificate/1": must be in region us-east-1, where CloudFront looks for it, and account 111122223333
  edge.countries[0]: "de": must be two capital letters, such as DE, and be listed once
  edge.countries[2]: "FR": must be two capital letters, such as DE, and be listed once
  edge.paths./a b: a pattern begins with / and has 255 characters at most, * stands for any of them, and ? for one
  edge.paths./pictures/*: "pictures": is not one of the buckets (archive, assets, uploads)
  edge.paths.assets/*: a pattern begins with / and has 255 characters at most, * stands for any of them, and ? for one
  edge.prefixListId: is required in eu-south-1, whose list is not known here
  edge.priceClass: "300" is not supported; allowed: All, 200, 100
  firewall.allowedCidrs[0]: "10.0.0.1/8": has host bits set; the block is 10.0.0.0/8
  firewall.blockedCidrs[0]: "x": is not an address block such as 10.0.0.0/16
  firewall.blockedCidrs[1]: "::/0": AWS WAF takes no block that is everybody
  firewall.mode: "Off" is not supported; allowed: Block, Count
  firewall.requestsPerIp: 9: must be 10 to 2000000000`)
}

func TestTheEdgeNeedsACertificateForANameOnly(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{"web.hostedZoneId": nil}))
	require.EqualError(t, err, "plinth:environment: 1 problem\n  edge.certificateArn: is required, unless web.hostedZoneId is given to prove a new one in")
	_, err = ParseEnvironment(with(t, map[string]any{
		"profile": "development", "web.hostedZoneId": nil, "web.domainName": nil, "web.certificateArn": nil, "web.plaintext": true,
		"edge": map[string]any{"certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1"},
	}))
	require.EqualError(t, err, "plinth:environment: 1 problem\n  edge.certificateArn: needs web.domainName, which it is for")
}

func TestTheEdgeAsksALoadBalancerWithTlsByItsNameOnly(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{"profile": "development", "web.hostedZoneId": nil, "web.domainName": nil}))
	require.EqualError(t, err, "plinth:environment: 1 problem\n  web.domainName: is required with edge, unless plaintext is true: "+
		"the edge asks the load balancer for the name that clients use, which its certificate must cover")
}

func TestProblemsOfFunctionsAndWhatTheyUseAreReportedTogether(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{
		"recovery": nil, "database": nil, "services.checkout.publishes": []string{"sale"}, "services.catalogue.uses": nil, "services.checkout.uses": nil, "services.accounts.uses": nil,
		"buckets": map[string]any{"Big": map[string]any{}, "assets": map[string]any{"expireDays": -1, "inRecoveryRegion": true}, "uploads": map[string]any{}},
		"topics":  map[string]any{"sales": map[string]any{"queues": []string{"orders", "order"}}},
		"queues":  map[string]any{"order-events": map[string]any{}, "orders": map[string]any{}, "loop-failures": map[string]any{}},
		"functions": map[string]any{
			"idle":  map[string]any{"handler": "../thumbnail"},
			"first": map[string]any{"handler": "orderevents", "receives": "orders", "memoryMib": 64, "timeoutSeconds": 901, "maxConcurrency": 1, "publishes": []string{"sales"}},
			"loop": map[string]any{
				"handler": "thumbnail", "watches": map[string]any{"uploads": "", "pictures": ""}, "reads": []string{"uploads", "uploads"}, "writes": []string{"uploads", "films"},
				"publishes": []string{"news"}, "environment": map[string]any{"BUCKET_X": "mine", "WEBHOOK_URL": "mine"},
			},
			"second": map[string]any{"handler": "orderevents", "receives": "orders"},
			"third":  map[string]any{"handler": "orderevents", "receives": "order"},
		},
	}))
	require.EqualError(t, err, `plinth:environment: 21 problems
  buckets.Big: a bucket's name has 1 to 24 lower-case letters, digits and hyphens, and begins with a letter
  buckets.assets.expireDays: -1: must be 0 to 3650
  buckets.assets.inRecoveryRegion: true: needs recovery, which names the region
  functions.first.maxConcurrency: 1: must be 2 or more with receives: fewer receivers AWS does not run
  functions.first.memoryMib: 64: must be 128 to 10240
  functions.first.publishes: sales is followed by orders, which it receives: the function would call itself for ever
  functions.first.receives: "orders": is received by services.recommendations, and a message goes to one of them only; let a second queue follow the topic
  functions.first.timeoutSeconds: 901: must be 1 to 900
  functions.idle: nothing calls it: it needs watches, receives or schedule
  functions.idle.handler: "../thumbnail": must be a folder of stacks/handlers, such as thumbnail
  functions.loop: the queue of its failures would have the name of queues.loop-failures
  functions.loop.environment.BUCKET_X: is set by what the function uses
  functions.loop.publishes[0]: "news": is not one of the topics (sales)
  functions.loop.reads[1]: "uploads": is listed twice
  functions.loop.watches.pictures: "pictures": is not one of the buckets (Big, assets, uploads)
  functions.loop.writes: uploads is watched as well: the function would call itself for ever
  functions.loop.writes[1]: "films": is not one of the buckets (Big, assets, uploads)
  functions.second.receives: "orders": is received by functions.first, and a message goes to one of them only; let a second queue follow the topic
  functions.third.receives: "order": is not one of the queues (loop-failures, order-events, orders)
  services.checkout.publishes[0]: "sale": is not one of the topics (sales)
  topics.sales.queues[1]: "order": is not one of the queues (loop-failures, order-events, orders)`)
}

func TestMessagesAreHiddenForSixTimesAsLongAsACallMayTake(t *testing.T) {
	prod, err := ParseEnvironment(with(t, map[string]any{"functions.order-events.timeoutSeconds": 100}))
	require.NoError(t, err)
	require.Equal(t, 600, prod.visibility("order-events"))
	require.Equal(t, 30, prod.visibility("orders"))
}
