package waf

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// addressList is an allow or block list.
type addressList struct {
	key        string
	allow      bool
	mode       Mode
	ipv4, ipv6 pulumi.StringArrayInput
}

// lists are the allow lists and then the block lists, by key.
func (a *WebAclArgs) lists() []addressList {
	var lists []addressList
	for _, key := range base.SortedKeys(a.Allow) {
		l := a.Allow[key]
		lists = append(lists, addressList{key: key, allow: true, ipv4: l.Ipv4, ipv6: l.Ipv6})
	}
	for _, key := range base.SortedKeys(a.Block) {
		l := a.Block[key]
		lists = append(lists, addressList{key: key, mode: l.Mode, ipv4: l.Ipv4, ipv6: l.Ipv6})
	}
	return lists
}

// field is the list's field in WebAclArgs.
func (l addressList) field() string {
	if l.allow {
		return "allow"
	}
	return "block"
}

func (l addressList) name() string { return l.field() + "-" + l.key }

// ipSet is a set of addresses of one family.
type ipSet struct {
	child, version string
	addresses      pulumi.StringArrayInput
}

// sets are the list's sets, one for each family that it has addresses of.
func (l addressList) sets(name string) []ipSet {
	var sets []ipSet
	if l.ipv4 != nil {
		sets = append(sets, ipSet{child: name + "-" + l.name() + "-ipv4", version: "IPV4", addresses: l.ipv4})
	}
	if l.ipv6 != nil {
		sets = append(sets, ipSet{child: name + "-" + l.name() + "-ipv6", version: "IPV6", addresses: l.ipv6})
	}
	return sets
}

// addSets makes the sets of all lists and gives their ARNs by child name.
func (w *WebAcl) addSets(ctx *pulumi.Context, name string, a *WebAclArgs) (map[string]pulumi.StringOutput, error) {
	arns := map[string]pulumi.StringOutput{}
	for _, list := range a.lists() {
		for _, s := range list.sets(name) {
			var made resource
			err := base.Untyped(ctx, "aws:wafv2/ipSet:IpSet", s.child, pulumi.Map{
				"scope": a.Scope.word(), "ipAddressVersion": pulumi.String(s.version), "addresses": s.addresses, "tags": base.Tags(s.child, a.Tags, nil),
			}, &made, pulumi.Parent(w))
			if err != nil {
				return nil, err
			}
			arns[s.child] = made.Arn
		}
	}
	return arns, nil
}
