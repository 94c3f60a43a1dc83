// Package connect opens one network edge at a time between security groups. Every
// edge is a resource of its own, on both ends, so that a stack's whole network can be
// read in one place and an edge added or dropped without touching any other.
package connect

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// Peer is one end of an edge. Make it with SecurityGroup, Cidr or PrefixList.
type Peer struct {
	group      pulumi.StringInput
	prefixList pulumi.StringInput
	cidr       string
}

// SecurityGroup is the end that has this group on its interfaces.
func SecurityGroup(id pulumi.StringInput) Peer { return Peer{group: id} }

// Cidr is an address block, IPv4 or IPv6, such as "10.0.0.0/16" or "::/0".
func Cidr(block string) Peer { return Peer{cidr: block} }

// PrefixList is a managed prefix list, such as the one of an S3 gateway endpoint.
func PrefixList(id pulumi.StringInput) Peer { return Peer{prefixList: id} }

// Port is what an edge lets through.
type Port struct {
	// Protocol is "tcp", "udp", "icmp", "icmpv6" or "-1" for all.
	Protocol string
	// From and To are the first and last port, 0 to 65535; both -1 for protocols
	// without ports.
	From, To int
}

// Tcp is one TCP port.
func Tcp(port int) Port { return Port{Protocol: "tcp", From: port, To: port} }

// Udp is one UDP port.
func Udp(port int) Port { return Port{Protocol: "udp", From: port, To: port} }

// All is every protocol and port.
func All() Port { return Port{Protocol: "-1", From: -1, To: -1} }

// Allow lets from reach to on port: an ingress rule on to's group and an egress rule
// on from's group, for whichever of the two ends is a security group. They are named
// `<name>-ingress` and `<name>-egress`. The description is kept on the rules and says
// why the edge exists.
//
// It returns an error, before anything is registered, when neither end is a security
// group, a block is not a CIDR or a port is out of range.
func Allow(ctx *pulumi.Context, name string, from, to Peer, port Port, description string, opts ...pulumi.ResourceOption) error {
	if err := check(name, from, to, port, description); err != nil {
		return err
	}
	if to.group != nil {
		args := &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: to.group, IpProtocol: pulumi.String(port.Protocol), Description: pulumi.String(description),
			ReferencedSecurityGroupId: optional(from.group), PrefixListId: optional(from.prefixList),
			CidrIpv4: from.v4(), CidrIpv6: from.v6(), FromPort: port.first(), ToPort: port.last(),
		}
		if _, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-ingress", args, opts...); err != nil {
			return fmt.Errorf("allow %s: ingress: %w", name, err)
		}
	}
	if from.group != nil {
		args := &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId: from.group, IpProtocol: pulumi.String(port.Protocol), Description: pulumi.String(description),
			ReferencedSecurityGroupId: optional(to.group), PrefixListId: optional(to.prefixList),
			CidrIpv4: to.v4(), CidrIpv6: to.v6(), FromPort: port.first(), ToPort: port.last(),
		}
		if _, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-egress", args, opts...); err != nil {
			return fmt.Errorf("allow %s: egress: %w", name, err)
		}
	}
	return nil
}

func check(name string, from, to Peer, port Port, description string) error {
	var errs fielderr.List
	if name == "" {
		errs.Required("name")
	}
	if description == "" {
		errs.Required("description")
	}
	if from.group == nil && to.group == nil {
		errs.Add("from", "at least one of from and to must be a security group")
	}
	from.check(errs.At("from"))
	to.check(errs.At("to"))
	p := errs.At("port")
	switch port.Protocol {
	case "tcp", "udp":
		if port.From < 0 || port.To > 65535 || port.From > port.To {
			p.Invalid("", fmt.Sprintf("%d-%d", port.From, port.To), "must be a range within 0 to 65535")
		}
	case "icmp", "icmpv6", "-1":
	default:
		p.Unsupported("protocol", port.Protocol, "tcp", "udp", "icmp", "icmpv6", "-1")
	}
	return errs.Err(fmt.Sprintf("connect.Allow %q", name))
}

func (p Peer) check(errs *fielderr.List) {
	if p.group != nil || p.prefixList != nil {
		return
	}
	if prefix, err := netip.ParsePrefix(p.cidr); err != nil {
		errs.Invalid("cidr", p.cidr, "is not an address block such as 10.0.0.0/16")
	} else if prefix != prefix.Masked() {
		errs.Invalid("cidr", p.cidr, "has host bits set; the block is %s", prefix.Masked())
	}
}

func (p Peer) v4() pulumi.StringPtrInput { return p.block(true) }
func (p Peer) v6() pulumi.StringPtrInput { return p.block(false) }

func (p Peer) block(v4 bool) pulumi.StringPtrInput {
	if prefix, err := netip.ParsePrefix(p.cidr); err == nil && prefix.Addr().Is4() == v4 {
		return pulumi.String(p.cidr)
	}
	return nil
}

func (p Port) first() pulumi.IntPtrInput { return p.number(p.From) }
func (p Port) last() pulumi.IntPtrInput  { return p.number(p.To) }

// AWS refuses ports together with "all protocols".
func (p Port) number(n int) pulumi.IntPtrInput {
	if p.Protocol == "-1" {
		return nil
	}
	return pulumi.Int(n)
}

func optional(value pulumi.StringInput) pulumi.StringPtrInput {
	if value == nil {
		return nil
	}
	return value.ToStringOutput().ToStringPtrOutput()
}
