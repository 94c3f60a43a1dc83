package stacks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/alb"
	"github.com/plinth-iac/plinth/components/asg"
	"github.com/plinth-iac/plinth/components/asg/userdata"
	"github.com/plinth-iac/plinth/components/cdn"
)

// Ports that the servers listen on; not privileged, so no process needs to be root.
const (
	webPort = 8080
	appPort = 3000
)

// The path on which every server says that it can take requests.
const healthPath = "/healthz"

// tier is a load balancer and the servers behind it.
type tier struct {
	config   TierConfig
	port     int // of the servers
	balancer *alb.LoadBalancer
	group    *asg.Group
	url      pulumi.StringOutput
}

// newAppTier makes the Node.js servers behind the internal load balancer.
func (p *platform) newAppTier() (*tier, error) {
	script, err := userdata.Node(&userdata.NodeArgs{Port: appPort, HealthPath: healthPath})
	if err != nil {
		return nil, err
	}
	return p.newTier("app", "app-balancer", p.env.App, appPort, script, &alb.LoadBalancerArgs{
		Scheme: alb.Internal, SubnetIds: p.vpc.PrivateSubnetIds,
	})
}

// newWebTier makes the nginx servers behind the public load balancer. They pass
// requests on to the application tier.
func (p *platform) newWebTier() (*tier, error) {
	script, err := userdata.Nginx(&userdata.WebArgs{Port: webPort, HealthPath: healthPath, Upstream: p.app.url})
	if err != nil {
		return nil, err
	}
	c := p.env.Web
	if p.env.Edge != nil {
		// Another load balancer, under another name: servers move over to it before the public one goes.
		c.HostedZoneId = "" // the name is the edge's
		return p.newTier("web", "web-origin", c, webPort, script, &alb.LoadBalancerArgs{
			Scheme: alb.Internal, SubnetIds: p.vpc.PrivateSubnetIds,
		})
	}
	args := &alb.LoadBalancerArgs{Scheme: alb.InternetFacing, SubnetIds: p.vpc.PublicSubnetIds}
	if p.env.Network.Ipv6 {
		args.IpAddressType = alb.DualStack
	}
	return p.newTier("web", "web-balancer", c, webPort, script, args, p.recordsFrom(cdn.Type, "edge", c.DomainName))
}

// newTier completes what both tiers have in common.
func (p *platform) newTier(
	name, balancer string, c TierConfig, port int, script pulumi.StringInput, args *alb.LoadBalancerArgs, opts ...pulumi.ResourceOption,
) (*tier, error) {
	t := &tier{config: c, port: port}
	args.AccountId, args.VpcId = p.env.AccountId, p.vpc.VpcId
	args.DeletionProtection = c.DeletionProtection
	args.Logs = &alb.LogsArgs{RetentionDays: p.env.LogRetentionDays, ForceDestroy: !*c.DeletionProtection}
	args.TargetGroups = map[string]alb.TargetGroupArgs{
		"servers": {Port: port, HealthCheck: &alb.HealthCheckArgs{Path: healthPath}},
	}
	args.DefaultTargetGroup = "servers"
	if c.Plaintext {
		args.Protocol = alb.PlaintextHttp
	} else {
		args.CertificateArn = pulumi.String(c.CertificateArn)
	}
	if p.env.Profile == Production {
		args.Alarms = &alb.AlarmsArgs{ActionArns: p.actions()}
	}
	if c.HostedZoneId != "" {
		args.Records = map[string]alb.RecordArgs{"main": {ZoneId: pulumi.String(c.HostedZoneId), Name: pulumi.String(c.DomainName)}}
	}
	var err error
	if t.balancer, err = alb.NewLoadBalancer(p.ctx, balancer, args, append(opts, p.components)...); err != nil {
		return nil, err
	}
	t.url = t.address()
	if t.group, err = p.newGroup(name, t, script); err != nil {
		return nil, fmt.Errorf("servers of the %s tier: %w", name, err)
	}
	return t, nil
}

func (p *platform) newGroup(name string, t *tier, script pulumi.StringInput) (*asg.Group, error) {
	c := t.config
	args := &asg.GroupArgs{
		Region: p.env.Region, VpcId: p.vpc.VpcId, SubnetIds: p.subnetsWithEgress(),
		Min: &c.MinSize, Max: c.MaxSize, InstanceTypes: c.InstanceTypes, UserData: script,
		Tags:            tags(p.ctx, p.env),
		TargetGroupArns: map[string]pulumi.StringInput{"servers": t.balancer.ListeningTargetGroupArn("servers")},
		TargetTracking: map[string]asg.TargetTrackingArgs{
			"cpu": {Metric: asg.Cpu, Target: float64(c.CpuTarget)},
			"requests": {
				Metric: asg.RequestsPerTarget, Target: float64(c.RequestsPerTarget), ResourceLabel: t.balancer.ResourceLabel("servers"),
			},
		},
	}
	if p.keys.data != nil {
		args.RootVolume = &asg.VolumeArgs{KmsKeyArn: p.keys.data.KeyArn}
	}
	if c.SpotPercentage > 0 {
		args.Spot = &asg.SpotArgs{OnDemandBase: c.MinSize, OnDemandPercentAboveBase: 100 - c.SpotPercentage}
	}
	if c.OffHours != nil {
		args.OffHours = &asg.OffHoursArgs{Stop: c.OffHours.Stop, Start: c.OffHours.Start, TimeZone: c.OffHours.TimeZone}
	}
	if p.env.Profile == Production {
		args.Predictive = &asg.PredictiveArgs{Target: float64(c.CpuTarget)} // forecasts first, to be compared with what comes
		// A new configuration that makes errors is not rolled out any further.
		args.Refresh = &asg.RefreshArgs{AlarmNames: pulumi.StringArray{
			t.balancer.Alarms[alb.AlarmServerErrors].Name, t.balancer.Alarms[alb.AlarmLatency].Name,
		}}
	}
	return asg.NewGroup(p.ctx, name, args, p.components)
}

// subnetsWithEgress are the private subnets, known once the way out of them works:
// servers install packages as they boot.
func (p *platform) subnetsWithEgress() pulumi.StringArrayOutput {
	var ready []pulumi.Resource
	for _, zone := range slices.Sorted(maps.Keys(p.vpc.EgressReady)) {
		ready = append(ready, p.vpc.EgressReady[zone]...)
	}
	return pulumi.OutputWithDependencies(p.ctx.Context(), p.vpc.PrivateSubnetIds, ready...).(pulumi.StringArrayOutput)
}

// address is how clients reach the tier.
func (t *tier) address() pulumi.StringOutput {
	scheme := "https"
	if t.config.Plaintext {
		scheme = "http"
	}
	if t.config.DomainName != "" {
		return pulumi.Sprintf("%s://%s", scheme, t.config.DomainName)
	}
	return pulumi.Sprintf("%s://%s", scheme, t.balancer.DnsName)
}
