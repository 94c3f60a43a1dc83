package aws

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// byObject is the owner kind of what the controllers of a cluster made for its objects. The owner is "cluster/object".
const byObject = "kubernetes"

// managedNode is the tag of nodes that EKS itself manages.
const managedNode = "eks:kubernetes-node-class-name"

// nodeImage stands for the image that a controller looks up for its nodes.
const nodeImage = "ami-0e4b5c6d7e8f90a1b"

// made lists what a controller has made in the name of an object.
func (r *Request) made(owner string) []*Resource {
	return r.ownedBy(r.Scope, byObject, owner)
}

// provide makes a resource for an object. AWS judges a controller's request as anyone's.
func (r *Request) provide(owner, token string, props Obj) (*Resource, error) {
	ask := &Request{World: r.World, Scope: r.Scope, Op: Create, Kind: KindOf(token), Token: token, URN: r.Account + r.Region + owner + token + props.Str("subnetId"), New: props}
	if err := judge(ask); err != nil {
		return nil, err
	}
	t, err := facts.Lookup(token)
	if err != nil {
		return nil, err
	}
	ask.ID = r.fill(ask, t.Properties)
	r.births[ask.URN]++
	res := &Resource{Scope: r.Scope, Kind: ask.Kind, Token: token, ID: ask.ID, Props: ask.New, Implicit: true, OwnerKind: byObject, Owner: owner}
	r.put(res)
	return res, nil
}

// controller is what the controllers of the cluster at an address have in common: the cluster, and requests in its place.
func (w *World) controller(address string) (*Resource, *Request, error) {
	c, r := w.clusterAt(address)
	if c == nil {
		return nil, nil, fmt.Errorf("no cluster at %s: %w", address, ErrNotFound)
	}
	return c, r, nil
}

// Balance makes a load balancer.
func (w *World) Balance(address, owner string, want ground.Balancer) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, r, err := w.controller(address)
	if err != nil {
		return "", err
	}
	if wrong := r.unsecured(want.Certificates, want.Hosts); wrong != "" {
		return "", errors.New(wrong)
	}
	owner = c.ID + "/" + owner
	for _, res := range r.made(owner) {
		if res.Props.Has("dnsName") {
			return res.Props.Str("dnsName"), nil
		}
	}
	vpc := r.clusterVpc(c.Props)
	subnets, err := r.balancerSubnets(c, vpc, want)
	if err != nil {
		return "", err
	}
	tags := asTags(want.Tags)
	var groups []any
	for _, g := range r.selected("ec2.securityGroup", want.Groups) {
		groups = append(groups, g.ID)
	}
	if len(groups) == 0 {
		group, err := r.provide(owner, "aws:ec2/securityGroup:SecurityGroup", Obj{"vpcId": vpc, "name": want.Name, "description": "[k8s] Managed SecurityGroup for LoadBalancer", "tags": tags})
		if err != nil {
			return "", err
		}
		groups = []any{group.ID}
	}
	props := Obj{"name": want.Name, "internal": want.Internal, "subnets": anys(subnets), "securityGroups": groups, "tags": tags}
	token := "aws:elb/loadBalancer:LoadBalancer"
	if want.Type != "classic" {
		token = "aws:lb/loadBalancer:LoadBalancer"
		props["loadBalancerType"] = want.Type
	}
	balancer, err := r.provide(owner, token, props)
	if err != nil {
		r.removeOwned(r.Scope, byObject, owner)
		return "", err
	}
	return balancer.Props.Str("dnsName"), nil
}

// balancerSubnets chooses one subnet in each zone.
func (r *Request) balancerSubnets(c *Resource, vpc string, want ground.Balancer) ([]string, error) {
	role := map[bool]string{true: "kubernetes.io/role/internal-elb", false: "kubernetes.io/role/elb"}[want.Internal]
	chosen := r.selected("ec2.subnet", want.Subnets)
	if len(want.Subnets) == 0 {
		chosen = r.inside(vpc, func(s *Resource) bool { return tagged(s.Props.Get("tags"), role) })
		if len(chosen) == 0 && want.Reachable {
			chosen = r.inside(vpc, func(s *Resource) bool { return (r.wayOut(s) == "internet") != want.Internal })
		}
	}
	var ids []string
	zones := map[string]bool{}
	for _, s := range chosen {
		if zone := s.Props.Str("availabilityZone"); len(want.Subnets) > 0 || !zones[zone] {
			zones[zone] = true
			ids = append(ids, s.ID)
		}
	}
	if least := map[bool]int{true: 2, false: 1}[want.Type == "application"]; len(zones) < least {
		return nil, fmt.Errorf("couldn't auto-discover subnets: unable to resolve at least %d subnets in different zones of %s for cluster %s (%d match; tag %s)", least, vpc, c.ID, len(ids), role)
	}
	return ids, nil
}

// inside lists the subnets of a VPC that a choice takes.
func (r *Request) inside(vpc string, take func(*Resource) bool) []*Resource {
	return slices.DeleteFunc(r.All("ec2.subnet"), func(s *Resource) bool { return s.Props.Str("vpcId") != vpc || !take(s) })
}

// selected lists the resources that one of the terms selects.
func (r *Request) selected(kind string, terms []ground.Term) []*Resource {
	return slices.DeleteFunc(r.All(kind), func(res *Resource) bool {
		return !slices.ContainsFunc(terms, func(t ground.Term) bool { return selects(t, res) })
	})
}

func selects(t ground.Term, res *Resource) bool {
	if t.ID != "" {
		return res.ID == t.ID
	}
	tags := res.Props.Obj("tags")
	if all := res.Props.Obj("tagsAll"); all != nil {
		tags = all
	}
	for key, value := range t.Tags {
		have, ok := tags[key]
		if !ok || value != "*" && have != value {
			return false
		}
	}
	if t.Name != "" {
		return res.Props.Str("name") == t.Name || tags["Name"] == t.Name
	}
	return len(t.Tags) > 0
}

// Launch starts machines.
func (w *World) Launch(address, owner string, want ground.Machines) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, r, err := w.controller(address)
	if err != nil {
		return err
	}
	owner = c.ID + "/" + owner
	if len(r.made(owner)) > 0 {
		return nil
	}
	subnets, groups := r.selected("ec2.subnet", want.Subnets), r.selected("ec2.securityGroup", want.Groups)
	if len(want.Subnets) == 0 {
		for _, id := range c.Props.Strs("vpcConfig.subnetIds") {
			if s := r.Find("ec2.subnet", id); s != nil {
				subnets = append(subnets, s)
			}
		}
	}
	if len(want.Groups) == 0 {
		if g := r.Find("ec2.securityGroup", c.Props.Str("vpcConfig.clusterSecurityGroupId")); g != nil {
			groups = append(groups, g)
		}
	}
	switch {
	case len(subnets) == 0:
		return errors.New("no subnets found")
	case len(groups) == 0:
		return errors.New("no security groups found")
	}
	if wrong := cmp.Or(r.mayJoin(c, want), r.keyMissing(want.Key)); wrong != "" {
		return errors.New(wrong)
	}
	tags := Obj{"karpenter.sh/nodepool": want.Pool, "eks:eks-cluster-name": c.ID}
	if want.Managed {
		tags[managedNode] = want.Pool
	}
	var ids []any
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	zones := map[string]bool{}
	for _, s := range subnets {
		if zone := s.Props.Str("availabilityZone"); !zones[zone] && (len(want.Zones) == 0 || slices.Contains(want.Zones, zone)) && r.addressesFree(s) > 0 {
			zones[zone] = true
			if _, err := r.provide(owner, "aws:ec2/instance:Instance", Obj{"subnetId": s.ID, "privateIp": someAddress(s, owner), "vpcSecurityGroupIds": ids, "ami": nodeImage, "instanceType": want.Type, "tags": map[string]any(tags)}); err != nil {
				return err
			}
		}
	}
	if len(zones) == 0 {
		return errors.New("no subnet has a free address in the zones allowed")
	}
	return nil
}

// someAddress is one in a subnet that does not depend on what was there before: pods come in no order.
func someAddress(subnet *Resource, owner string) string {
	p, err := netip.ParsePrefix(subnet.Props.Str("cidrBlock"))
	if err != nil || !p.Addr().Is4() {
		return ""
	}
	sum := sha256.Sum256([]byte(owner))
	bytes := p.Addr().As4()
	offset := 8 + binary.BigEndian.Uint32(sum[:])%(1<<(32-p.Bits())-9)
	binary.BigEndian.PutUint32(bytes[:], binary.BigEndian.Uint32(bytes[:])+offset)
	return netip.AddrFrom4(bytes).String()
}

// mayJoin says why the cluster would not let new nodes in: their role does not exist, or has no access.
func (r *Request) mayJoin(c *Resource, want ground.Machines) string {
	name := want.Role
	if want.Profile != "" {
		p := r.Find("iam.instanceProfile", want.Profile)
		if p == nil {
			return say("instance profile %s does not exist", want.Profile)
		}
		name = p.Props.Str("role")
	}
	own := c.Props.Str("computeConfig.nodeRoleArn")
	if name == "" && want.Profile == "" {
		name = path.Base(own)
	}
	role := r.Find("iam.role", name)
	if role == nil {
		return say("role %s of the nodes does not exist", name)
	}
	arn := role.Props.Str("arn")
	if arn == own || c.Props.Str("accessConfig.authenticationMode") != "API" {
		return ""
	}
	for _, g := range r.With("eks.nodeGroup", "clusterName", c.ID) { // a node group brings access for its role
		if !want.Managed && g.Props.Str("nodeRoleArn") == arn {
			return ""
		}
	}
	kind := map[bool]string{true: "EC2", false: "EC2_LINUX"}[want.Managed]
	entry := r.accessEntry(c.ID, arn)
	if entry == nil || entry.Props.Str("type") != kind {
		return say("nodes cannot join the cluster: role %s has no access entry of the type %s", name, kind)
	}
	if want.Managed && !slices.ContainsFunc(r.With("eks.accessPolicyAssociation", "clusterName", c.ID), func(a *Resource) bool {
		return a.Props.Str("principalArn") == arn && strings.HasSuffix(a.Props.Str("policyArn"), "/AmazonEKSAutoNodePolicy")
	}) {
		return say("nodes cannot join the cluster: role %s has no access policy AmazonEKSAutoNodePolicy", name)
	}
	return ""
}

// Store makes a volume, in a zone of the cluster.
func (w *World) Store(address, owner string, want ground.Volume) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, r, err := w.controller(address)
	if err != nil {
		return err
	}
	owner = c.ID + "/" + owner
	if len(r.made(owner)) > 0 {
		return nil
	}
	if wrong := r.keyMissing(want.Key); wrong != "" {
		return errors.New(wrong)
	}
	props := Obj{"size": want.Size, "type": want.Type, "encrypted": want.Encrypted, "tags": asTags(want.Tags)}
	if want.Key != "" {
		props["kmsKeyId"] = want.Key
	}
	for _, id := range c.Props.Strs("vpcConfig.subnetIds") {
		if s := r.Find("ec2.subnet", id); s != nil {
			props["availabilityZone"] = s.Props.Str("availabilityZone")
		}
	}
	_, err = r.provide(owner, "aws:ebs/volume:Volume", props)
	return err
}

func asTags(texts map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range texts {
		out[key] = value
	}
	return out
}

// Withdraw deletes what an object has.
func (w *World) Withdraw(address, owner string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, r := w.clusterAt(address); c != nil {
		w.removeOwned(r.Scope, byObject, c.ID+"/"+owner)
	}
}

// Abandon leaves what an object has behind.
func (w *World) Abandon(address, owner string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, r := w.clusterAt(address); c != nil {
		for _, res := range r.made(c.ID + "/" + owner) {
			res.Implicit = false
		}
	}
}

// leaveCluster ends the nodes that EKS manages. What else controllers made stays, and with it the cluster's security group if nodes use it.
func leaveCluster(r *Request) {
	for of := range r.owned {
		if of.Scope != r.Scope || of.kind != byObject || !strings.HasPrefix(of.id, r.ID+"/") {
			continue
		}
		for _, res := range r.ownedBy(of.Scope, of.kind, of.id) {
			if tagged(res.Props.Get("tags"), managedNode) {
				r.discard(res)
			} else {
				res.Implicit = false
			}
		}
	}
	group := r.Find("ec2.securityGroup", r.Old.Str("vpcConfig.clusterSecurityGroupId"))
	if group == nil {
		return
	}
	for _, e := range r.interfaces() {
		if e.owner.ID != r.ID && slices.Contains(e.groups, group.ID) {
			group.Implicit = false
		}
	}
}
