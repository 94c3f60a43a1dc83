package exposure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of identities and their policies.
const (
	role      = "aws:iam/role:Role"
	user      = "aws:iam/user:User"
	group     = "aws:iam/group:Group"
	iamPolicy = "aws:iam/policy:Policy"
)

var identityReaders = map[string]func(*side, *rule.Resource){
	"aws:iam/rolePolicy:RolePolicy":   func(s *side, r *rule.Resource) { s.permit(r, s.of(r, r.Get("role"), role), r.Get("policy")) },
	"aws:iam/userPolicy:UserPolicy":   func(s *side, r *rule.Resource) { s.permit(r, s.of(r, r.Get("user"), user), r.Get("policy")) },
	"aws:iam/groupPolicy:GroupPolicy": func(s *side, r *rule.Resource) { s.permit(r, s.of(r, r.Get("group"), group), r.Get("policy")) },
	iamPolicy:                         (*side).readPolicy,
	role: func(s *side, r *rule.Resource) {
		for _, one := range r.Select("inlinePolicies[].policy") {
			s.permit(r, s.self(r), one)
		}
		for _, arn := range r.Select("managedPolicyArns[]") {
			s.attach(r, arn, s.self(r))
		}
		s.readTrust(r)
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                       (*side).readAttachment,
	"aws:iam/userPolicyAttachment:UserPolicyAttachment":                       (*side).readAttachment,
	"aws:iam/groupPolicyAttachment:GroupPolicyAttachment":                     (*side).readAttachment,
	"aws:iam/policyAttachment:PolicyAttachment":                               (*side).readAttachment,
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive":   (*side).readAttachment,
	"aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive":   (*side).readAttachment,
	"aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": (*side).readAttachment,
	"aws:iam/userGroupMembership:UserGroupMembership":                         (*side).readMembership,
	"aws:iam/groupMembership:GroupMembership":                                 (*side).readMembership,
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation":                 (*side).readAccessPolicy,
}

// attachedTo are the properties in which attachments name who gets a policy.
var attachedTo = []struct{ path, kind string }{
	{"role", role}, {"user", user}, {"group", group}, {"roleName", role}, {"userName", user}, {"groupName", group}, {"roles[]", role}, {"users[]", user}, {"groups[]", group},
}

// identities are what an attachment gives its policy to.
func (s *side) identities(attachment *rule.Resource) []string {
	var all []string
	for _, to := range attachedTo {
		for _, v := range attachment.Select(to.path) {
			all = append(all, s.of(attachment, v, to.kind))
		}
	}
	return all
}

func (s *side) readAttachment(r *rule.Resource) {
	for _, identity := range s.identities(r) {
		for _, arn := range append(r.Select("policyArn"), r.Select("policyArns[]")...) {
			s.attach(r, arn, identity)
		}
	}
}

// readAccessPolicy reads what somebody may do in a cluster: in some namespaces, or in all.
func (s *side) readAccessPolicy(r *rule.Resource) {
	arn, known := readable(r.Get("policyArn"))
	on, who := s.of(r, r.Get("clusterName"), cluster), s.of(r, r.Get("principalArn"))
	if !known || on == "" || who == "" {
		s.notKnown(r, Permission, "policyArn", "what it allows in the cluster")
		return
	}
	name := arn[strings.LastIndex(arn, "/")+1:]
	scopes := []string{"*"}
	if namespaces := r.Select("accessScope.namespaces[]"); len(namespaces) > 0 {
		scopes = texts(namespaces)
	}
	for _, scope := range scopes {
		c := claim{
			by: r, kind: Permission, property: "policyArn", on: on, right: grant{principal: pattern{text: who}, action: pattern{text: name}, resource: pattern{text: scope}}.alone(),
			frame: s.arn(s.name(who)) + " may now do in " + s.name(on) + ": %s", item: "all that " + name + " allows",
		}
		if scope != "*" {
			c.tail = "in the namespace " + scope
		}
		c.wide = scope == "*" && name == "AmazonEKSClusterAdminPolicy"
		s.add(c)
	}
}

// readMembership reads which groups users are in.
func (s *side) readMembership(r *rule.Resource) {
	for _, u := range append(r.Select("user"), r.Select("users[]")...) {
		for _, g := range append(r.Select("group"), r.Select("groups[]")...) {
			member, of := s.of(r, u, user), s.of(r, g, group)
			if member == "" || of == "" {
				s.notKnown(r, Permission, top(g), "who is in which group")
				continue
			}
			s.add(claim{
				by: r, kind: Permission, property: top(g), on: member, right: token(of),
				frame: s.name(member) + " may now do what %s may", item: "the group " + s.name(of),
			})
		}
	}
}

// readPolicy reads a policy that identities may have: those that it is attached to, unless it
// is not attached in the stack.
func (s *side) readPolicy(r *rule.Resource) {
	attached := false
	for _, a := range s.graph.Of(
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/userPolicyAttachment:UserPolicyAttachment",
		"aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment", role,
		"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
		"aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
	) {
		arns := slices.Concat(a.Select("policyArn"), a.Select("policyArns[]"), a.Select("managedPolicyArns[]"))
		attached = attached || slices.ContainsFunc(arns, func(arn rule.Value) bool { return s.of(a, arn, iamPolicy) == s.self(r) })
	}
	if !attached {
		s.permit(r, s.self(r), r.Get("policy"))
	}
}

// administrator is the policy of AWS that allows everything. The others of everything allow
// nearly that, or to allow oneself everything.
const administrator = "AdministratorAccess"

var everything = []string{administrator, "PowerUserAccess", "IAMFullAccess"}

// attach claims what a policy lets an identity do: what it says if it is in the stack, and
// otherwise that it is attached.
func (s *side) attach(r *rule.Resource, arn rule.Value, identity string) {
	of := s.of(r, arn, iamPolicy)
	for _, policy := range s.graph.Of(iamPolicy) {
		if s.self(policy) == of {
			if s.resources[of].Changed() {
				r = policy
			}
			s.permit(r, identity, policy.Get("policy"))
			return
		}
	}
	if of == "" || identity == "" {
		s.notKnown(r, Permission, top(arn), "what it allows")
		return
	}
	name := of[strings.LastIndex(of, "/")+1:]
	action := of
	if name == administrator {
		action = "*"
	}
	s.add(claim{
		by: r, kind: Permission, property: top(arn), on: identity, right: grant{action: pattern{text: strings.ToLower(action)}, resource: pattern{text: "*"}}.alone(),
		frame: s.name(identity) + " may now do %s", item: "all that " + name + " allows", wide: slices.Contains(everything, name),
	})
}

// permit claims what a policy lets an identity do. What it denies is guarded.
func (s *side) permit(r *rule.Resource, identity string, document rule.Value) {
	if document.IsAbsent() {
		return
	}
	property := top(document)
	statements, ok := parse(document)
	switch {
	case !ok:
		s.notRead(r, Permission, document, "what "+cmp.Or(s.name(identity), "somebody")+" may do by it")
		return
	case identity == "":
		s.notKnown(r, Permission, property, "whom it allows something")
		return
	}
	for _, said := range statements {
		c := claim{by: r, kind: Permission, property: property, on: identity, right: said, guards: !said.allow, frame: s.name(identity) + " may now: %s"}
		if c.guards {
			c.frame = s.name(identity) + " is no longer denied: %s"
		}
		c.each = func(c *claim, g grant) {
			c.item, c.tail, c.wide = g.action.said, "on "+s.which(g.resource)+s.told(g.conditions), !c.guards && g.wide()
		}
		s.add(c)
	}
}

// which is the resources of a statement in words.
func (n *names) which(p pattern) string {
	var but []string
	for _, arn := range p.but {
		but = append(but, n.arn(arn))
	}
	if len(but) > 0 {
		return "all but " + some(but, 2)
	}
	return n.arn(p.text)
}

// told is conditions in words.
func (n *names) told(conditions []condition) string {
	var all []string
	for _, c := range conditions {
		var values []string
		for _, v := range c.values {
			values = append(values, n.name(v))
		}
		said := c.key + " " + cmp.Or(signs[c.operator], c.operator) + " " + some(values, 2)
		if c.ifExists {
			said += " or not there"
		}
		all = append(all, said)
	}
	if len(all) == 0 {
		return ""
	}
	if len(all) > 2 {
		all = append(all[:2], fmt.Sprintf("%d more", len(all)-2))
	}
	return " if " + strings.Join(all, " and ")
}

// escalations are actions by which an identity gets the rights of others, if they are
// allowed on everything.
var escalations = []string{
	"iam:addusertogroup", "iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy", "iam:createaccesskey", "iam:createloginprofile",
	"iam:createpolicyversion", "iam:passrole", "iam:putgrouppolicy", "iam:putrolepolicy", "iam:putuserpolicy", "iam:setdefaultpolicyversion",
	"iam:updateassumerolepolicy", "iam:updateloginprofile", "sts:assumerole",
}

// wide says that a statement allows everything, be it of one service, or what leads there.
func (g grant) wide() bool {
	if slices.ContainsFunc(g.conditions, condition.limits) || !allOf(g.resource) {
		return false
	}
	ofService := strings.HasSuffix(g.action.text, "*") && strings.HasSuffix(strings.TrimRight(g.action.text, "*"), ":")
	return everywhere(g.action.text) || ofService || slices.ContainsFunc(escalations, func(e string) bool {
		return pattern{text: e}.within(g.action)
	})
}

// allOf says that a pattern of ARNs matches all in a partition, however that is spelled, but
// maybe some.
func allOf(arns pattern) bool {
	return slices.ContainsFunc([]string{"aws", "aws-cn", "aws-us-gov"}, func(partition string) bool {
		return covers(arns.text, "arn:"+partition+":*:*:*:*")
	})
}

// formalities are keys of conditions that say how a request is made, which everybody can choose.
var formalities = []string{"aws:securetransport", "aws:useragent", "aws:referer", "s3:tlsversion", "s3:signatureversion", "s3:authtype"}

// limits says that a condition keeps anything from being allowed that one could ask for.
func (c condition) limits() bool {
	return !slices.Contains(formalities, strings.ToLower(c.key)) && !slices.ContainsFunc(c.values, func(value string) bool {
		return like(c.operator) != c.operator && !strings.Contains(c.operator, "not") && everywhere(value)
	})
}
