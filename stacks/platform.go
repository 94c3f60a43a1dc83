// Package stacks is the one program of all environments: it reads an environment from
// the stack's configuration and composes the components.
package stacks

import (
	"errors"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/components/waf"
)

// Deploy is the program of every stack.
func Deploy(ctx *pulumi.Context) error {
	text, err := config.Try(ctx, ConfigKey)
	if err != nil {
		return fmt.Errorf("the stack %q has no %s in Pulumi.%s.yaml: %w", ctx.Stack(), ConfigKey, ctx.Stack(), err)
	}
	env, err := ParseEnvironment(text)
	if err != nil {
		return err
	}
	return deploy(ctx, env)
}

// platform is everything that was made so far.
type platform struct {
	ctx *pulumi.Context
	env *Environment
	site
	recovery *site // in the recovery region; nil without one
	edge     *site // in the region of CloudFront, which may be the stack's own; nil without an edge

	keys keyring
	vpc  *network.Vpc
	data dataTier
	eventTier
	shop         serviceTier
	web, app     *tier
	firewall     *waf.WebAcl
	distribution *cdn.Distribution
}

// site is a region to build in. Components take providers; single resources take the AWS
// provider.
type site struct {
	region             string
	provider           *aws.Provider
	components, single pulumi.ResourceOption
	alerts             pulumi.StringInput // the topic's ARN; nil without one
	deadLetters        pulumi.StringInput // the ARN of the queue for events that the topic does not take; nil without one
}

func deploy(ctx *pulumi.Context, env *Environment) error {
	first, err := password(ctx, env)
	if err != nil {
		return err
	}
	home, err := newSite(ctx, "aws", env.Region, env)
	if err != nil {
		return err
	}
	p := &platform{ctx: ctx, env: env, site: *home}
	if env.Recovery != nil {
		if p.recovery, err = newSite(ctx, "aws-recovery", env.Recovery.Region, env); err != nil {
			return err
		}
	}
	if err := p.newEdgeSite(); err != nil {
		return err
	}
	if err := p.newKeys(); err != nil {
		return err
	}
	if err := p.newAlerts(&p.site, "alerts", p.keys.data); err != nil {
		return err
	}
	if err := p.newDeadLetters(&p.site, "alerts-dead-letters", p.env.Recovery != nil || p.env.hasReplicas()); err != nil {
		return err
	}
	if p.recovery != nil {
		if err := p.newAlerts(p.recovery, "recovery-alerts", p.keys.recovery); err != nil {
			return err
		}
		if err := p.newDeadLetters(p.recovery, "recovery-alerts-dead-letters", p.env.hasReplicas()); err != nil {
			return err
		}
	}
	if p.edge != nil && p.edge.region != p.region {
		if err := p.newAlerts(p.edge, "edge-alerts", p.keys.edge); err != nil {
			return err
		}
	}
	if p.vpc, err = p.newVpc(); err != nil {
		return underConfig(err, "network")
	}
	// The database takes longest by far, so it comes before what it does not need.
	if err := p.newDataTier(first); err != nil {
		return err
	}
	if err := p.newStorage(); err != nil {
		return err
	}
	if err := p.newServiceTier(); err != nil {
		return err
	}
	if p.app, err = p.newAppTier(); err != nil {
		return underConfig(err, "app")
	}
	if p.web, err = p.newWebTier(); err != nil {
		return underConfig(err, "web")
	}
	if err := p.newFirewall(); err != nil {
		return underConfig(err, "firewall")
	}
	if err := p.newEdge(); err != nil {
		return underConfig(err, "edge")
	}
	if err := p.newFunctions(); err != nil {
		return err
	}
	if err := p.wire(); err != nil {
		return err
	}
	return p.export()
}

// newEdgeSite says where CloudFront's certificates, web ACLs, logs and metrics are.
func (p *platform) newEdgeSite() (err error) {
	if p.env.Edge == nil {
		return nil
	}
	if p.edge = &p.site; p.region != edgeRegion {
		p.edge, err = newSite(p.ctx, "aws-edge", edgeRegion, p.env)
	}
	return err
}

// A provider refuses any other account than the environment's, and tags everything.
func newSite(ctx *pulumi.Context, name, region string, env *Environment) (*site, error) {
	provider, err := aws.NewProvider(ctx, name, &aws.ProviderArgs{
		Region:            pulumi.String(region),
		AllowedAccountIds: pulumi.StringArray{pulumi.String(env.AccountId)},
		DefaultTags:       aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(tags(ctx, env))},
	})
	if err != nil {
		return nil, fmt.Errorf("configure the AWS provider of %s: %w", region, err)
	}
	return &site{region: region, provider: provider, components: pulumi.Providers(provider), single: pulumi.Provider(provider)}, nil
}

// tags are what every resource has. The provider puts them on all but what an Auto
// Scaling group launches, so the groups get them as well.
func tags(ctx *pulumi.Context, env *Environment) map[string]string {
	all := map[string]string{}
	maps.Copy(all, env.Tags)
	maps.Copy(all, map[string]string{
		"project": ctx.Project(), "environment": ctx.Stack(), "owner": env.Owner, "managed-by": "pulumi",
	})
	return all
}

func (p *platform) newVpc() (*network.Vpc, error) {
	n := p.env.Network
	endpoints := make([]network.EndpointSet, len(n.Endpoints))
	for i, set := range n.Endpoints {
		endpoints[i] = network.EndpointSet(set)
	}
	flowLogs := &network.FlowLogsArgs{RetentionDays: p.env.LogRetentionDays, KmsKeyArn: arn(p.keys.data)}
	if !*n.FlowLogs {
		flowLogs = &network.FlowLogsArgs{Destination: network.FlowLogNone}
	}
	return network.NewVpc(p.ctx, "network", &network.VpcArgs{
		Region: p.env.Region, AccountId: p.env.AccountId,
		CidrBlock: n.CidrBlock, Zones: n.Zones, Ipv6: n.Ipv6,
		Nat:                &network.NatArgs{Strategy: network.NatStrategy(n.Nat)},
		InterfaceEndpoints: endpoints,
		FlowLogs:           flowLogs,
	}, p.components)
}

// A component names the fields of its args. Those that come from the configuration
// bear the same names, so a prefix leads the reader to the line in the stack file.
func underConfig(err error, section string) error {
	var fields *fielderr.Error
	if errors.As(err, &fields) {
		return fmt.Errorf("%s.%s: %w", ConfigKey, section, err)
	}
	return err
}
