package workload

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// podIdentityAgent is where pods get their credentials, on their own node.
const podIdentityAgent = "169.254.170.23/32"

// newPolicy lets the declared edges through, and nothing else.
func (p *podSpec) newPolicy(ctx *pulumi.Context, parent pulumi.Resource, labels pulumi.StringMap, ingress networkingv1.NetworkPolicyIngressRuleArray) (*networkingv1.NetworkPolicy, error) {
	child := p.component + "-policy"
	policy, err := networkingv1.NewNetworkPolicy(ctx, child, &networkingv1.NetworkPolicyArgs{
		Metadata: p.metadata(pulumi.String(p.name), labels),
		Spec: networkingv1.NetworkPolicySpecArgs{
			PodSelector: podsOf(p.name),
			PolicyTypes: pulumi.ToStringArray([]string{"Ingress", "Egress"}),
			Ingress:     ingress, Egress: p.egressRules(),
		},
	}, p.inCluster(parent))
	if err != nil {
		return nil, fmt.Errorf("create network policy %s: %w", child, err)
	}
	return policy, nil
}

func (p *podSpec) egressRules() networkingv1.NetworkPolicyEgressRuleArray {
	// Names are resolved by a node or by pods, as the cluster has it: anywhere.
	rules := networkingv1.NetworkPolicyEgressRuleArray{networkingv1.NetworkPolicyEgressRuleArgs{
		Ports: networkingv1.NetworkPolicyPortArray{port("UDP", 53), port("TCP", 53)},
	}}
	if len(p.statements) > 0 {
		rules = append(rules, networkingv1.NetworkPolicyEgressRuleArgs{
			To: networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{
				IpBlock: networkingv1.IPBlockArgs{Cidr: pulumi.String(podIdentityAgent)},
			}},
			Ports: networkingv1.NetworkPolicyPortArray{port("TCP", 80)},
		})
	}
	for _, key := range base.SortedKeys(p.calls) {
		rules = append(rules, networkingv1.NetworkPolicyEgressRuleArgs{
			To: networkingv1.NetworkPolicyPeerArray{peer(key)}, Ports: networkingv1.NetworkPolicyPortArray{port("TCP", p.calls[key].Port)},
		})
	}
	for _, key := range base.SortedKeys(p.egress) {
		rules = append(rules, networkingv1.NetworkPolicyEgressRuleArgs{
			To: blocks(p.egress[key].Cidrs), Ports: networkingv1.NetworkPolicyPortArray{port("TCP", p.egress[key].Port)},
		})
	}
	return rules
}

func port(protocol string, number int) networkingv1.NetworkPolicyPortArgs {
	return networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String(protocol), Port: pulumi.Int(number)}
}

// peer is a workload in this namespace, or as namespace/name in another one.
func peer(workload string) networkingv1.NetworkPolicyPeerArgs {
	namespace, name, elsewhere := strings.Cut(workload, "/")
	if !elsewhere {
		return networkingv1.NetworkPolicyPeerArgs{PodSelector: podsOf(workload)}
	}
	return networkingv1.NetworkPolicyPeerArgs{
		PodSelector: podsOf(name),
		NamespaceSelector: metav1.LabelSelectorArgs{
			MatchLabels: pulumi.StringMap{"kubernetes.io/metadata.name": pulumi.String(namespace)},
		},
	}
}

func podsOf(workload string) metav1.LabelSelectorArgs {
	return metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{nameLabel: pulumi.String(workload)}}
}

// blocks are address blocks as a policy takes them. A rule without any would let
// everything through.
func blocks(cidrs pulumi.StringArrayInput) networkingv1.NetworkPolicyPeerArrayOutput {
	return cidrs.ToStringArrayOutput().ApplyT(func(cidrs []string) ([]networkingv1.NetworkPolicyPeer, error) {
		peers := make([]networkingv1.NetworkPolicyPeer, len(cidrs))
		for i, cidr := range cidrs {
			except, err := checkBlock(cidr)
			if err != nil {
				return nil, err
			}
			peers[i].IpBlock = &networkingv1.IPBlock{Cidr: cidr, Except: except}
		}
		if len(peers) == 0 {
			return nil, errors.New("a network policy needs one address block or more: none would be all")
		}
		return peers, nil
	}).(networkingv1.NetworkPolicyPeerArrayOutput)
}

// local are the addresses of a node's own services, such as the instance metadata.
var local = []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fd00:ec2::/32")}

// checkBlock checks an address block, and gives what must be left out of it.
func checkBlock(cidr string) (except []string, err error) {
	block, err := netip.ParsePrefix(cidr)
	if err != nil || block != block.Masked() {
		return nil, fmt.Errorf("%q is not an address block such as 10.0.0.0/16", cidr)
	}
	for _, prefix := range local {
		switch {
		case !block.Overlaps(prefix):
		case block.Bits() >= prefix.Bits():
			return nil, fmt.Errorf("%q is among the addresses of a node's own services, %s", cidr, prefix)
		default:
			except = append(except, prefix.String())
		}
	}
	return except, nil
}
