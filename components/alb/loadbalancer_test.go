package alb_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/alb"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	loadBalancerToken = "aws:lb/loadBalancer:LoadBalancer"
	listenerToken     = "aws:lb/listener:Listener"
	groupToken        = "aws:lb/targetGroup:TargetGroup"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*alb.LoadBalancerArgs{"minimal": minimal(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("web", args), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, alb.Type+"::web", "web-")
			})
		})
	}
}

func TestNothingIsOpen(t *testing.T) {
	harness.Both(t, program("web", full()), func(t *testing.T, g *harness.Graph) {
		for _, r := range g.Resources {
			require.NotRegexp(t, "(?i)securityGroup.*rule", r.Type)
		}
		group := g.Named(t, "web-sg")
		require.Nil(t, group.Value("ingress"))
		require.Nil(t, group.Value("egress"))
		require.Len(t, g.Named(t, "web-lb").Value("securityGroups"), 1)
	})
}

func TestSafeByDefault(t *testing.T) {
	harness.Both(t, program("web", minimal()), func(t *testing.T, g *harness.Graph) {
		lb := g.Named(t, "web-lb")
		for path, want := range map[string]any{
			"internal": true, "enableDeletionProtection": true, "dropInvalidHeaderFields": true, "enableZonalShift": true,
			"desyncMitigationMode": "defensive", "enableWafFailOpen": false, "accessLogs.enabled": true, "connectionLogs.enabled": true,
		} {
			require.Equal(t, want, lb.Value(path), path)
		}
		listener := g.Named(t, "web-listener")
		require.Equal(t, "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", listener.Value("sslPolicy"))
		require.Equal(t, "max-age=31536000", listener.Value("routingHttpResponseStrictTransportSecurityHeaderValue"))
		require.Equal(t, "404", listener.Value("defaultActions[0].fixedResponse.statusCode"))
	})
}

func TestPlaintextForwardsOnlyWhenWritten(t *testing.T) {
	plaintext := full()
	plaintext.Protocol, plaintext.CertificateArn, plaintext.Certificates, plaintext.MutualTls = alb.PlaintextHttp, nil, nil, nil
	plaintext.TlsPolicy, plaintext.TlsHeaders = "", false
	delete(plaintext.Rules, "admin")
	delete(plaintext.Rules, "staff")
	delete(plaintext.Rules, "grpc")
	delete(plaintext.TargetGroups, "grpc")

	harness.Both(t, program("web", full()), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(listenerToken), 2)
		for _, l := range g.OfType(listenerToken) {
			if l.Value("protocol") != "HTTPS" {
				require.Equal(t, "redirect", l.Value("defaultActions[0].type"))
				require.Equal(t, "HTTPS", l.Value("defaultActions[0].redirect.protocol"))
			}
		}
		main := g.Named(t, "web-listener").URN
		for _, rule := range g.OfType("aws:lb/listenerRule:ListenerRule") {
			require.Equal(t, []string{main}, rule.PropertyDependencies["listenerArn"])
		}
	})
	harness.Both(t, program("web", plaintext), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(listenerToken), 1)
		listener := g.Named(t, "web-listener")
		require.Equal(t, "HTTP", listener.Value("protocol"))
		require.Equal(t, float64(80), listener.Value("port"))
		require.Nil(t, listener.Value("sslPolicy"))
		require.Nil(t, listener.Value("routingHttpResponseStrictTransportSecurityHeaderValue"))
	})
}

func TestNoRedirectListenerWhenPort80IsClosed(t *testing.T) {
	args := minimal()
	args.HttpRedirect = pulumi.BoolRef(false)
	harness.Both(t, program("web", args), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(listenerToken), 1)
		require.Equal(t, "HTTPS", g.Named(t, "web-listener").Value("protocol"))
	})
}

func TestLogBucketIsClosedAndReadyBeforeTheLoadBalancer(t *testing.T) {
	harness.Both(t, program("web", full()), func(t *testing.T, g *harness.Graph) {
		require.Contains(t, g.Named(t, "web-lb").Dependencies, g.Named(t, "web-logs-policy").URN)
		require.Equal(t, false, g.Named(t, "web-logs").Value("forceDestroy"))
		access := g.Named(t, "web-logs-access")
		for _, flag := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			require.Equal(t, true, access.Value(flag), flag)
		}
		require.Equal(t, "BucketOwnerEnforced", g.Named(t, "web-logs-ownership").Value("rule.objectOwnership"))
		require.Equal(t, "AES256", g.Named(t, "web-logs-encryption").Value("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"))
		require.Equal(t, "Enabled", g.Named(t, "web-logs-versioning").Value("versioningConfiguration.status"))
		require.Equal(t, float64(365), g.Named(t, "web-logs-lifecycle").Value("rules[0].expiration.days"))
	})
	g := harness.Run(t, harness.Update, program("web", full()))
	var policy struct {
		Statement []struct {
			Sid, Effect, Action string
			Principal           map[string]string
			Resource            []string
			Condition           map[string]map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(g.Named(t, "web-logs-policy").Value("policy").(string)), &policy))
	require.Len(t, policy.Statement, 2)
	deliver, tls := policy.Statement[0], policy.Statement[1]
	arn := "arn:aws:mock:us-east-1:111122223333:web-logs"
	require.Equal(t, "Allow", deliver.Effect)
	require.Equal(t, "s3:PutObject", deliver.Action)
	require.Equal(t, map[string]string{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, deliver.Principal)
	require.Equal(t, []string{arn + "/shop/access/AWSLogs/111122223333/*", arn + "/shop/connection/AWSLogs/111122223333/*"}, deliver.Resource)
	require.Equal(t, "shop/access", g.Named(t, "web-lb").Value("accessLogs.prefix"))
	require.Equal(t, "Deny", tls.Effect)
	require.Equal(t, "false", tls.Condition["Bool"]["aws:SecureTransport"])
	require.Equal(t, []string{arn, arn + "/*"}, tls.Resource)
}

func TestLogsGoWhereTheyAreSent(t *testing.T) {
	existing := minimal()
	existing.AccountId, existing.Logs = "", &alb.LogsArgs{Bucket: pulumi.String("central-logs"), Connection: pulumi.BoolRef(false)}
	none := minimal()
	none.AccountId, none.Logs = "", &alb.LogsArgs{Access: pulumi.BoolRef(false), Connection: pulumi.BoolRef(false)}
	for name, test := range map[string]struct {
		args   *alb.LoadBalancerArgs
		access any
	}{"existing bucket": {existing, "central-logs"}, "no logs": {none, nil}} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program("web", test.args), func(t *testing.T, g *harness.Graph) {
				require.Empty(t, g.OfType("aws:s3/bucketV2:BucketV2"))
				require.Equal(t, test.access, g.Named(t, "web-lb").Value("accessLogs.bucket"))
				require.Nil(t, g.Named(t, "web-lb").Value("connectionLogs"))
			})
		})
	}
}

func TestRecordsFollowTheAddressType(t *testing.T) {
	for addresses, want := range map[alb.IpAddressType][]string{
		alb.Ipv4: {"web-a-www"}, alb.DualStack: {"web-a-www", "web-aaaa-www"}, alb.DualStackWithoutPublicIpv4: {"web-aaaa-www"},
	} {
		t.Run(string(addresses), func(t *testing.T) {
			args := full()
			args.IpAddressType = addresses
			harness.Both(t, program("web", args), func(t *testing.T, g *harness.Graph) {
				var names []string
				for _, r := range g.OfType("aws:route53/record:Record") {
					names = append(names, r.Name)
				}
				require.Equal(t, want, names)
			})
		})
	}
}

func TestTargetGroupsCanBeReplacedWhileInUse(t *testing.T) {
	for _, name := range []string{"web", "a-name-of-no-mean-length"} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(name, full()), func(t *testing.T, g *harness.Graph) {
				for _, r := range append(g.OfType(groupToken), append(g.OfType(loadBalancerToken), g.OfType("aws:lb/trustStore:TrustStore")...)...) {
					require.Nil(t, r.Value("name"), "a fixed name cannot exist twice")
					require.False(t, r.DeleteBeforeReplace)
					if len(r.Name)+8 > 32 { // the provider would refuse to make a name of it
						require.Equal(t, "a-nam-", r.Value("namePrefix"), r.Name)
					} else {
						require.Nil(t, r.Value("namePrefix"), r.Name)
					}
				}
			})
		})
	}
}

func TestClientSecretIsSecret(t *testing.T) {
	harness.Both(t, program("web", full()), func(t *testing.T, g *harness.Graph) {
		require.NotContains(t, g.Text(), "hush")
		require.Equal(t, "hush", g.Named(t, "web-rule-admin").Value("actions[0].authenticateOidc.clientSecret"))
	})
}

func TestUntypedResourcesAskForTheSameProviderVersion(t *testing.T) {
	g := harness.Run(t, harness.Preview, program("web", full()))
	want := g.Named(t, "web-lb").Version
	require.NotEmpty(t, want)
	for _, name := range []string{"web-acl", "web-permission-hooks"} {
		require.Equal(t, want, g.Named(t, name).Version, name)
	}
}

// What a scaling policy takes must wait until a listener sends to the group; what an
// autoscaling group takes must not.
func TestResourceLabelWaitsForAListener(t *testing.T) {
	const token = "test:index:Consumer"
	consume := func(ctx *pulumi.Context) error {
		l, err := alb.NewLoadBalancer(ctx, "web", full())
		if err != nil {
			return err
		}
		for _, key := range []string{"web", "pods"} {
			var r struct{ pulumi.CustomResourceState }
			if err := ctx.RegisterResource(token, "scales-"+key, pulumi.Map{
				"label": l.ResourceLabel(key), "arn": l.TargetGroupArn(key), "listening": l.ListeningTargetGroupArn(key),
			}, &r); err != nil {
				return err
			}
		}
		return nil
	}
	harness.Both(t, consume, func(t *testing.T, g *harness.Graph) {
		for key, forwarder := range map[string]string{"web": "web-listener", "pods": "web-rule-pods"} {
			r, group := g.Named(t, "scales-"+key), "web-tg-"+key
			urn := func(name string) string { return g.Named(t, name).URN }
			require.ElementsMatch(t, []string{urn("web-lb"), urn(group), urn(forwarder)}, r.PropertyDependencies["label"])
			require.ElementsMatch(t, []string{urn(group), urn(forwarder)}, r.PropertyDependencies["listening"])
			require.Equal(t, []string{urn(group)}, r.PropertyDependencies["arn"])
			if g.Mode == harness.Update {
				require.Equal(t, "mock/web-lb/0123456789abcdef/mock/"+group+"/0123456789abcdef", r.Value("label"))
			}
		}
	})
}

func TestUnknownTargetGroupFailsWithTheKeysThereAre(t *testing.T) {
	for _, mode := range harness.Modes {
		_, err := harness.Try(mode, func(ctx *pulumi.Context) error {
			l, err := alb.NewLoadBalancer(ctx, "web", full())
			if err != nil {
				return err
			}
			var r struct{ pulumi.CustomResourceState }
			return ctx.RegisterResource("test:index:Consumer", "c", pulumi.Map{"label": l.ResourceLabel("wbe")}, &r)
		})
		require.ErrorContains(t, err, `"web" has no target group "wbe"; there are: grpc, hooks, pods, web`)
	}
}

func TestTwoLoadBalancersInOneProgram(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		for _, name := range []string{"web", "api"} {
			if _, err := alb.NewLoadBalancer(ctx, name, full()); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType(loadBalancerToken), 2) })
}

func TestAddingARuleAndItsTargetGroupTouchesNothingElse(t *testing.T) {
	for _, mode := range harness.Modes {
		t.Run(string(mode), func(t *testing.T) {
			before := harness.Run(t, mode, program("web", full()))
			args := full()
			args.TargetGroups["admin"] = alb.TargetGroupArgs{Port: 9090}
			args.Rules["admin-ui"] = alb.RuleArgs{Priority: 5, Hosts: []string{"admin.example.com"}, TargetGroup: "admin"}
			after := blocks(harness.Run(t, mode, program("web", args)))
			for heading, block := range blocks(before) {
				if !strings.HasPrefix(heading, alb.Type) { // the component shows its own args
					require.Equal(t, block, after[heading])
				}
				delete(after, heading)
			}
			var added []string
			for heading := range after {
				added = append(added, heading[strings.LastIndex(heading, " ")+1:])
			}
			require.ElementsMatch(t, []string{"web-tg-admin", "web-rule-admin-ui", "web-alarm-unhealthy-admin"}, added)
		})
	}
}

func blocks(g *harness.Graph) map[string]string {
	out := map[string]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(g.Text()), "\n\n") {
		heading, _, _ := strings.Cut(block, "\n")
		out[heading] = block
	}
	return out
}

func TestArgsAreNotChanged(t *testing.T) {
	args := full()
	harness.Run(t, harness.Preview, program("web", args))
	require.Equal(t, full(), args)
}
