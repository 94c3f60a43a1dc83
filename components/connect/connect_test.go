package connect_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/connect"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egress  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

func allow(from, to connect.Peer, port connect.Port) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error { return connect.Allow(ctx, "edge", from, to, port, "why") }
}

func TestAnEdgeBetweenGroupsIsOneRuleOnEachEnd(t *testing.T) {
	program := allow(connect.SecurityGroup(pulumi.String("sg-a")), connect.SecurityGroup(pulumi.String("sg-b")), connect.Tcp(8080))
	harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{"edge-egress", "edge-ingress"}, g.Names())
		in, out := g.Named(t, "edge-ingress"), g.Named(t, "edge-egress")
		require.Equal(t, []any{"sg-b", "sg-a", "tcp", 8080.0, 8080.0},
			[]any{in.Value("securityGroupId"), in.Value("referencedSecurityGroupId"), in.Value("ipProtocol"), in.Value("fromPort"), in.Value("toPort")})
		require.Equal(t, []any{"sg-a", "sg-b"}, []any{out.Value("securityGroupId"), out.Value("referencedSecurityGroupId")})
		require.Nil(t, in.Value("cidrIpv4"))
	})
}

func TestAnEdgeFromOutsideIsOneRuleOnly(t *testing.T) {
	g := harness.Run(t, harness.Update, allow(connect.Cidr("::/0"), connect.SecurityGroup(pulumi.String("sg-b")), connect.Tcp(443)))
	require.Empty(t, g.OfType(egress))
	require.Equal(t, "::/0", g.OfType(ingress)[0].Value("cidrIpv6"))
	require.Nil(t, g.OfType(ingress)[0].Value("cidrIpv4"))
}

func TestAllProtocolsHaveNoPorts(t *testing.T) {
	g := harness.Run(t, harness.Update, allow(connect.SecurityGroup(pulumi.String("sg-a")), connect.PrefixList(pulumi.String("pl-1")), connect.All()))
	rule := g.OfType(egress)[0]
	require.Equal(t, []any{"-1", nil, nil, "pl-1"},
		[]any{rule.Value("ipProtocol"), rule.Value("fromPort"), rule.Value("toPort"), rule.Value("prefixListId")})
}

func TestABadEdgeReportsEverythingAndRegistersNothing(t *testing.T) {
	g, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
		return connect.Allow(ctx, "edge", connect.Cidr("10.0.0.1/16"), connect.Cidr("x"), connect.Port{Protocol: "tcp", From: 9, To: 8}, "")
	})
	require.ErrorContains(t, err, `connect.Allow "edge": 5 problems
  description: is required
  from: at least one of from and to must be a security group
  from.cidr: "10.0.0.1/16": has host bits set; the block is 10.0.0.0/16
  port: "9-8": must be a range within 0 to 65535
  to.cidr: "x": is not an address block such as 10.0.0.0/16`)
	require.Empty(t, g.Resources)
}
