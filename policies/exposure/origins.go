package exposure

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func cloudfrontOriginClosed() *rule.Rule {
	return &rule.Rule{
		ID: "cloudfront-origin-closed", Title: "A public load balancer behind a distribution is reached through it only", Severity: rule.High, Category: rule.Exposure,
		Why:   "Whoever finds the load balancer's own name goes past the distribution, with its web ACL, its limits and its signed URLs.",
		Fix:   "make the load balancer internal and its origin a VPC origin; or let in only the prefix list com.amazonaws.global.cloudfront.origin-facing, and ask for a secret header",
		Types: []string{loadBalancer},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			internal := r.Get("internal")
			switch {
			case len(rule.Derived(g, originsOf)[r]) == 0, rule.IsTrue(internal):
				return rule.Skipped()
			case internal.IsUnknown():
				return rule.NotKnown(internal)
			}
			return closed(g, r)
		},
	}
}

// origins are the distributions that send requests to the public name of a load balancer.
type origins map[*rule.Resource][]*rule.Resource

func originsOf(g *rule.Graph) origins {
	found, names := origins{}, names{}
	for _, balancer := range g.Of(loadBalancer) {
		names.add(balancer.Out("dnsName"), balancer)
	}
	for _, r := range g.Of(record) {
		for _, path := range [...]string{"aliases[].name", "records[]"} {
			for _, target := range r.Select(path) {
				for _, balancer := range append(names.of(target), g.Behind(r, target, loadBalancer)...) {
					names.add(r.Get("name"), balancer)
					names.add(rule.Of(r.URN), balancer)
				}
			}
		}
	}
	for _, d := range g.Of(distribution) {
		for _, o := range d.Select("origins[]") {
			if o.Get("customOriginConfig").IsAbsent() {
				continue
			}
			domain := o.Get("domainName")
			balancers := append(names.of(domain), g.Behind(d, domain, loadBalancer)...)
			for _, r := range g.Behind(d, domain, record) {
				balancers = append(balancers, names[strings.ToLower(r.URN)]...)
			}
			for _, balancer := range balancers {
				found[balancer] = append(found[balancer], d)
			}
		}
	}
	return found
}

// names are the load balancers behind a name of the DNS, or behind the URN of a record.
type names map[string][]*rule.Resource

func (n names) add(name rule.Value, balancer *rule.Resource) {
	if text, ok := name.Text(); ok && text != "" {
		key := strings.ToLower(text)
		n[key] = append(n[key], balancer)
	}
}

func (n names) of(name rule.Value) []*rule.Resource {
	text, _ := name.Text()
	return n[strings.TrimSuffix(strings.ToLower(text), ".")]
}

// closed fails if a load balancer lets in a good part of the internet.
func closed(g *rule.Graph, balancer *rule.Resource) rule.Verdict {
	groups := g.Targets(balancer, securityGroup, "securityGroups[]")
	verdicts := []rule.Verdict{groups.Missing}
	for _, sg := range groups.Resources {
		for _, inline := range sg.Select("ingress[]") {
			verdicts = append(verdicts, closedTo(sg, append(inline.Select("cidrBlocks[]"), inline.Select("ipv6CidrBlocks[]")...)))
		}
		single, unsure := g.Pointing(sg, ingressRule, "securityGroupId")
		old, unsureOld := g.Pointing(sg, groupRule, "securityGroupId")
		verdicts = append(verdicts, rule.Passed(), unsure, unsureOld)
		for _, in := range append(single, old...) {
			if rule.Is("egress")(in.Get("type")) {
				continue
			}
			var blocks []rule.Value
			for _, path := range [...]string{"cidrIpv4", "cidrIpv6", "cidrBlocks[]", "ipv6CidrBlocks[]"} {
				blocks = append(blocks, in.Select(path)...)
			}
			verdicts = append(verdicts, closedTo(in, blocks))
		}
	}
	verdict := rule.All(verdicts...)
	if verdict.Outcome == rule.NotApplicable {
		return rule.Undecided("securityGroups", rule.External) // it has the default one
	}
	return verdict
}

// closedTo fails if one of the blocks that r lets in is a good part of the internet.
func closedTo(r *rule.Resource, blocks []rule.Value) rule.Verdict {
	verdicts := []rule.Verdict{rule.Passed()}
	for _, block := range blocks {
		verdicts = append(verdicts, block.Want(func(v rule.Value) bool { return !isOpen(v) },
			r.Name+" opens it to "+block.String()+", past the distribution",
			"let in the prefix list com.amazonaws.global.cloudfront.origin-facing instead, or make it internal and reach it by a VPC origin"))
	}
	return rule.All(verdicts...)
}
