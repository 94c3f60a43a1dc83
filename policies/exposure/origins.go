package exposure

import (
	"slices"
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
			reached := rule.Choose(rule.Derived(g, originsOf).has(r), closed(g, r), rule.Skipped())
			return rule.Choose(r.Get("internal").Holds(rule.IsTrue), rule.Skipped(), reached)
		},
	}
}

// origins are the distributions that send requests to the public name of a load balancer.
type origins struct {
	sure map[*rule.Resource][]*rule.Resource
	// maybe is the load balancers that one may send requests to, and why that is not known.
	maybe map[*rule.Resource]rule.Verdict
}

// has is whether a distribution sends requests to a load balancer.
func (o origins) has(balancer *rule.Resource) rule.Verdict {
	if len(o.sure[balancer]) > 0 {
		return rule.Passed()
	}
	if maybe, is := o.maybe[balancer]; is {
		return maybe
	}
	return rule.No()
}

func originsOf(g *rule.Graph) origins {
	found := origins{map[*rule.Resource][]*rule.Resource{}, map[*rule.Resource]rule.Verdict{}}
	names := namesOf(g)
	for _, d := range g.Of(distribution) {
		for _, o := range d.Select("origins[]") {
			if rule.IsObject(o.Get("vpcOriginConfig")) && !o.IsUnknown() {
				continue // not by its public name
			}
			domain := o.Get("domainName")
			balancers := append(names.of(domain), g.Behind(d, domain, loadBalancer)...)
			for _, r := range g.Behind(d, domain, record) {
				balancers = append(balancers, names.known[strings.ToLower(r.URN)]...)
			}
			switch {
			case domain.IsUnknown() && len(d.Edges["origins"]) == 0:
				found.add(g.Of(loadBalancer), d.Elsewhere(domain))
			case o.IsUnknown():
				found.add(balancers, rule.NotKnown(o))
			case len(balancers) == 0:
				for _, r := range names.unknown {
					found.add(names.known[strings.ToLower(r.URN)], rule.NotKnown(r.Get("name")))
				}
			}
			for _, balancer := range balancers {
				if !o.IsUnknown() {
					found.sure[balancer] = append(found.sure[balancer], d)
				}
			}
		}
	}
	return found
}

func (o origins) add(balancers []*rule.Resource, maybe rule.Verdict) {
	for _, balancer := range balancers {
		o.maybe[balancer] = maybe
	}
}

// names are what the DNS calls load balancers.
type names struct {
	// known are the load balancers behind a name, or behind the URN of a record.
	known map[string][]*rule.Resource
	// unknown are the records whose name is not known.
	unknown []*rule.Resource
}

func namesOf(g *rule.Graph) names {
	found := names{known: map[string][]*rule.Resource{}}
	for _, balancer := range g.Of(loadBalancer) {
		found.add(balancer.Out("dnsName"), balancer)
	}
	for _, r := range g.Of(record) {
		for _, path := range [...]string{"aliases[].name", "records[]"} {
			for _, target := range r.Select(path) {
				for _, balancer := range append(found.of(target), g.Behind(r, target, loadBalancer)...) {
					found.add(r.Get("name"), balancer)
					found.add(rule.Of(r.URN), balancer)
				}
			}
		}
		if r.Get("name").IsUnknown() {
			found.unknown = append(found.unknown, r)
		}
	}
	return found
}

func (n names) add(name rule.Value, balancer *rule.Resource) {
	if text, ok := name.Text(); ok && text != "" {
		key := strings.ToLower(text)
		n.known[key] = append(n.known[key], balancer)
	}
}

func (n names) of(name rule.Value) []*rule.Resource {
	text, _ := name.Text()
	return slices.Clip(n.known[strings.TrimSuffix(strings.ToLower(text), ".")])
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
			var blocks []rule.Value
			for _, path := range [...]string{"cidrIpv4", "cidrIpv6", "cidrBlocks[]", "ipv6CidrBlocks[]"} {
				blocks = append(blocks, in.Select(path)...)
			}
			verdicts = append(verdicts, rule.Choose(in.Get("type").Holds(rule.Is("egress")), rule.Passed(), closedTo(in, blocks)))
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
