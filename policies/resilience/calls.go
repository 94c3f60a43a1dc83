package resilience

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// secretVersion is the value of a secret: who is given the secret reads it.
const secretVersion = "aws:secretsmanager/secretVersion:SecretVersion"

// caller is a resource whose program is looked through for what it has the addresses of.
type caller struct {
	*model
	r    *rule.Resource
	seen map[*rule.Resource]bool
}

// calls notes what the program of r has the addresses of, in a property: each is one thing
// that it wants, or needs.
func (m *model) calls(r *rule.Resource, property string) {
	c := caller{model: m, r: r, seen: map[*rule.Resource]bool{r: true}}
	c.look(r, property, nil)
}

// look looks at what a property was computed from. What only carries values is looked
// through: an address may come by a task definition, a parameter, a map of settings.
func (c caller) look(holder *rule.Resource, property string, after []Step) {
	way := append([]Step{{Resource: holder, Property: property}}, after...)
	for _, urn := range slices.Sorted(slices.Values(holder.Edges[property])) {
		to := c.byURN[urn]
		if to == nil || c.seen[to] {
			continue
		}
		c.seen[to] = true
		spec, known := types[to.Type]
		switch {
		case known && (spec.role != link || spec.needed), !known && c.shows(to):
			meaning := wants
			if spec.needed && !(to.Type == database && len(c.sources(to)) > 0) {
				meaning = needs
			}
			c.support(c.r, support{meaning: meaning, of: []*rule.Resource{to}, count: 1, property: property, ways: [][]Step{way}})
			c.lookInto(to, way)
		case !walled(to.Type):
			c.lookThrough(to, way)
		}
	}
}

// lookThrough looks at all that something was computed from.
func (c caller) lookThrough(holder *rule.Resource, after []Step) {
	for _, property := range slices.Sorted(maps.Keys(holder.Edges)) {
		c.look(holder, property, after)
	}
}

// lookInto looks at what is in a secret.
func (c caller) lookInto(r *rule.Resource, after []Step) {
	if r.Type != secret {
		return
	}
	versions, _ := c.g.Pointing(r, secretVersion, "secretId")
	for _, v := range versions {
		if !c.seen[v] {
			c.seen[v] = true
			c.lookThrough(v, append([]Step{{Resource: r, Property: "secretId", Back: true}}, after...))
		}
	}
}

// walled types permit, connect or observe: what they refer to is not what a program that
// refers to them calls.
func walled(token string) bool {
	if token == launchTemplate || token == elasticIp {
		return false
	}
	return slices.ContainsFunc(wallPrefixes, func(p string) bool { return strings.HasPrefix(token, p) }) ||
		slices.ContainsFunc(passiveSuffixes, func(s string) bool { return strings.HasSuffix(token, s) })
}

const elasticIp = "aws:ec2/eip:Eip"

var wallPrefixes = []string{
	"aws:iam/", "aws:kms/", "aws:cloudwatch/", "aws:ec2/", "aws:vpc/", "aws:backup/", "aws:acm/", "aws:wafv2/", "aws:sns/", "aws:budgets/",
}
