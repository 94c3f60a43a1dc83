// Package prerequisites knows what the committed stacks take for granted in an account.
package prerequisites

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// Cloud is a simulated AWS that already has what a stack's environment takes for
// granted: the hosted zones that its names go into, and the roles of its administrators. Whatever is
// wrong with the configuration is for the program to say.
func Cloud(dir, stack string) *simcloud.Cloud {
	env := environment(dir, stack)
	if env == nil {
		return simcloud.New()
	}
	names := map[string][]string{}
	for _, tier := range []stacks.TierConfig{env.Web, env.App} {
		if tier.HostedZoneId != "" {
			names[tier.HostedZoneId] = append(names[tier.HostedZoneId], tier.DomainName)
		}
	}
	var existing []simcloud.Resource
	if c := env.Cluster; c != nil {
		if c.HostedZoneId != "" {
			names[c.HostedZoneId] = append(names[c.HostedZoneId], c.DomainName)
		}
		for _, arn := range c.Admins {
			name := arn[strings.LastIndex(arn, "/")+1:]
			existing = append(existing, simcloud.Resource{
				Type: "aws:iam/role:Role", ID: name, Region: env.Region, Account: env.AccountId, Props: map[string]any{"name": name, "arn": arn},
			})
		}
	}
	for id, domains := range names {
		existing = append(existing, simcloud.Resource{
			Type: "aws:route53/zone:Zone", ID: id, Region: env.Region, Account: env.AccountId,
			Props: map[string]any{"name": zoneName(domains)},
		})
	}
	options := []simcloud.Option{simcloud.WithExisting(existing...)}
	if env.Cluster != nil && len(env.Cluster.PublicApiCidrs) > 0 {
		options = append(options, simcloud.WithCallerOutside()) // or nobody would need the public endpoint
	}
	return simcloud.New(options...)
}

// Secrets are the secret configuration values that a stack's environment takes for
// granted, with values that are good for nothing else than a rehearsal.
func Secrets(dir, stack string) map[string]string {
	env := environment(dir, stack)
	if env == nil || env.Database == nil {
		return nil
	}
	return map[string]string{stacks.PasswordKey: "only-for-a-rehearsal"}
}

// Options rehearse a committed stack.
func Options(dir, stack string) rehearsal.Options {
	return rehearsal.Options{Program: stacks.Deploy, Dir: dir, Stack: stack, Cloud: Cloud(dir, stack), Secrets: Secrets(dir, stack)}
}

func environment(dir, stack string) *stacks.Environment {
	config, err := rehearsal.StackConfig(dir, stack)
	if err != nil {
		return nil
	}
	value, err := json.Marshal(config[stacks.ConfigKey])
	if err != nil {
		return nil
	}
	env, err := stacks.ParseEnvironment(string(value))
	if err != nil {
		return nil
	}
	return env
}

// zoneName is the longest name that all the domains are in.
func zoneName(domains []string) string {
	common := strings.Split(domains[0], ".")
	for _, domain := range domains[1:] {
		labels := strings.Split(domain, ".")
		shared := 0
		for shared < min(len(common), len(labels)) && common[len(common)-1-shared] == labels[len(labels)-1-shared] {
			shared++
		}
		common = slices.Clone(common[len(common)-shared:])
	}
	return strings.TrimPrefix(strings.Join(common, "."), "*.")
}
