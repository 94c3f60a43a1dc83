package alb

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the token of the LoadBalancer component.
const Type = "plinth:alb:LoadBalancer"

// LoadBalancer is an application load balancer with its listeners, rules and target groups.
type LoadBalancer struct {
	pulumi.ResourceState

	// Arn is the load balancer's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// ArnSuffix names the load balancer in CloudWatch metrics: app/<name>/<id>.
	ArnSuffix pulumi.StringOutput `pulumi:"arnSuffix"`
	// DnsName is the load balancer's own name.
	DnsName pulumi.StringOutput `pulumi:"dnsName"`
	// ZoneId is the hosted zone of DnsName, for alias records.
	ZoneId pulumi.StringOutput `pulumi:"zoneId"`
	// SecurityGroupId is the load balancer's security group. It has no rules.
	SecurityGroupId pulumi.StringOutput `pulumi:"securityGroupId"`
	// ListenerArn is the main listener.
	ListenerArn pulumi.StringOutput `pulumi:"listenerArn"`
	// TargetGroupArns are all target groups by key. Whoever needs one of them, and not
	// to wait for the others, uses TargetGroupArn.
	TargetGroupArns pulumi.StringMapOutput `pulumi:"targetGroupArns"`

	// Port is the main listener's port.
	Port int
	// LoadBalancer is the load balancer itself.
	LoadBalancer *lb.LoadBalancer
	// SecurityGroup is its security group.
	SecurityGroup *ec2.SecurityGroup
	// Listener is the main listener.
	Listener *lb.Listener
	// Redirect is the listener on port 80, nil without one.
	Redirect *lb.Listener
	// Rules are the main listener's rules by key.
	Rules map[string]*lb.ListenerRule
	// TargetGroups are the target groups by key.
	TargetGroups map[string]*lb.TargetGroup
	// TrustStore is the trust store made of a CA bundle, nil without one.
	TrustStore *lb.TrustStore
	// LogBucket is the own log bucket, nil without one.
	LogBucket *s3.BucketV2
	// Alarms are the alarms by key: AlarmServerErrors, AlarmLatency, "unhealthy-<group>".
	Alarms map[string]*cloudwatch.MetricAlarm

	name string
	// forwarder is, by target group, the ARN of a rule or listener that sends to it.
	forwarder map[string]pulumi.StringOutput
}

// NewLoadBalancer makes an application load balancer. Children are named
// `<name>-<role>` or `<name>-<role>-<key>`.
func NewLoadBalancer(ctx *pulumi.Context, name string, args *LoadBalancerArgs, opts ...pulumi.ResourceOption) (*LoadBalancer, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	l := &LoadBalancer{
		name: name, Port: a.Port, Rules: map[string]*lb.ListenerRule{}, TargetGroups: map[string]*lb.TargetGroup{},
		Alarms: map[string]*cloudwatch.MetricAlarm{}, forwarder: map[string]pulumi.StringOutput{},
	}
	if err := base.Register(ctx, Type, name, l, a, opts...); err != nil {
		return nil, err
	}
	// The load balancer takes minutes and everything else seconds, so it comes first.
	for _, add := range []func(*pulumi.Context, *LoadBalancerArgs) error{
		l.addLoadBalancer, l.addTargetGroups, l.addListeners, l.addRules, l.addWebAcl, l.addAlarms, l.addRecords,
	} {
		if err := add(ctx, a); err != nil {
			return nil, err
		}
	}
	return l, l.registerOutputs(ctx, a)
}

func (l *LoadBalancer) addLoadBalancer(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	name := l.child("sg")
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId: base.Optional(a.VpcId),
		// A changed description would replace the group under a live load balancer.
		Description: pulumi.Sprintf("Load balancer %s", l.name),
		Tags:        l.tags(name, a),
	}, pulumi.Parent(l))
	if err != nil {
		return fmt.Errorf("create security group %s: %w", name, err)
	}
	l.SecurityGroup, l.SecurityGroupId = group, group.ID().ToStringOutput()

	name = l.child("lb")
	args := &lb.LoadBalancerArgs{
		NamePrefix:       awsNamePrefix(name),
		LoadBalancerType: pulumi.String("application"),
		Internal:         pulumi.Bool(a.Scheme == Internal),
		IpAddressType: pulumi.String(map[IpAddressType]string{
			Ipv4: "ipv4", DualStack: "dualstack", DualStackWithoutPublicIpv4: "dualstack-without-public-ipv4",
		}[a.IpAddressType]),
		Subnets:                               a.SubnetIds,
		SecurityGroups:                        pulumi.StringArray{l.SecurityGroupId},
		EnableDeletionProtection:              pulumi.Bool(*a.DeletionProtection),
		EnableZonalShift:                      pulumi.Bool(*a.ZonalShift),
		DropInvalidHeaderFields:               pulumi.Bool(*a.DropInvalidHeaders),
		DesyncMitigationMode:                  pulumi.String(strings.ToLower(string(a.DesyncMode))),
		EnableHttp2:                           pulumi.Bool(*a.Http2),
		IdleTimeout:                           pulumi.Int(a.IdleTimeout),
		ClientKeepAlive:                       pulumi.Int(a.ClientKeepAlive),
		PreserveHostHeader:                    pulumi.Bool(a.PreserveHostHeader),
		XffHeaderProcessingMode:               pulumi.String(strings.ToLower(string(a.XffMode))),
		EnableXffClientPort:                   pulumi.Bool(a.XffClientPort),
		EnableTlsVersionAndCipherSuiteHeaders: pulumi.Bool(a.TlsHeaders),
		EnableWafFailOpen:                     pulumi.Bool(a.WafFailOpen),
		Tags:                                  l.tags(name, a),
	}
	if a.MinimumCapacityUnits > 0 {
		args.MinimumLoadBalancerCapacity = lb.LoadBalancerMinimumLoadBalancerCapacityArgs{CapacityUnits: pulumi.Int(a.MinimumCapacityUnits)}
	}
	first, err := l.enableLogs(ctx, a, args)
	if err != nil {
		return err
	}
	l.LoadBalancer, err = lb.NewLoadBalancer(ctx, name, args, pulumi.Parent(l), pulumi.DependsOn(first))
	if err != nil {
		return fmt.Errorf("create load balancer %s: %w", name, err)
	}
	l.Arn, l.ArnSuffix = l.LoadBalancer.Arn, l.LoadBalancer.ArnSuffix
	l.DnsName, l.ZoneId = l.LoadBalancer.DnsName, l.LoadBalancer.ZoneId
	return nil
}

func (l *LoadBalancer) addWebAcl(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	if a.WebAclArn == nil {
		return nil
	}
	var association struct{ pulumi.CustomResourceState }
	return base.Untyped(ctx, "aws:wafv2/webAclAssociation:WebAclAssociation", l.child("acl"), pulumi.Map{
		"resourceArn": l.Arn, "webAclArn": a.WebAclArn,
	}, &association, pulumi.Parent(l), pulumi.DeleteBeforeReplace(true)) // AWS drops it by the load balancer alone, also a newer one
}

func (l *LoadBalancer) registerOutputs(ctx *pulumi.Context, a *LoadBalancerArgs) error {
	l.ListenerArn = l.Listener.Arn
	arns := pulumi.StringMap{}
	for key, group := range l.TargetGroups {
		arns[key] = group.Arn
		l.forwarder[key] = l.forwarderOf(a, key)
	}
	l.TargetGroupArns = arns.ToStringMapOutput()
	return ctx.RegisterResourceOutputs(l, pulumi.Map{
		"arn": l.Arn, "arnSuffix": l.ArnSuffix, "dnsName": l.DnsName, "zoneId": l.ZoneId,
		"securityGroupId": l.SecurityGroupId, "listenerArn": l.ListenerArn, "targetGroupArns": l.TargetGroupArns,
	})
}

// forwarderOf is the listener if it sends to the group by default, or else the first
// rule by key that does; validation made sure that there is one.
func (l *LoadBalancer) forwarderOf(a *LoadBalancerArgs, group string) pulumi.StringOutput {
	if a.DefaultTargetGroup != group {
		for _, key := range base.SortedKeys(a.Rules) {
			if a.Rules[key].sendsTo(group) {
				return l.Rules[key].Arn
			}
		}
	}
	return l.Listener.Arn
}

func (r RuleArgs) sendsTo(group string) bool {
	if r.Weighted != nil {
		if _, ok := r.Weighted.TargetGroups[group]; ok {
			return true
		}
	}
	return r.TargetGroup == group
}

// TargetGroupArn is the ARN of the target group with this key, known as soon as the
// group exists: what an autoscaling group attaches to.
func (l *LoadBalancer) TargetGroupArn(key string) pulumi.StringOutput {
	group, ok := l.TargetGroups[key]
	if !ok {
		return l.noGroup(key)
	}
	return group.Arn
}

// ListeningTargetGroupArn is the same ARN, but only once a listener sends to the group:
// what a service needs that AWS refuses to attach to an idle group.
func (l *LoadBalancer) ListeningTargetGroupArn(key string) pulumi.StringOutput {
	group, ok := l.TargetGroups[key]
	if !ok {
		return l.noGroup(key)
	}
	return pulumi.All(group.Arn, l.forwarder[key]).ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput)
}

// ResourceLabel names the load balancer and one target group together, as scaling on
// ALBRequestCountPerTarget wants it: app/<name>/<id>/targetgroup/<name>/<id>. AWS refuses
// such scaling before a listener sends to the group, so the label waits for that.
func (l *LoadBalancer) ResourceLabel(key string) pulumi.StringOutput {
	group, ok := l.TargetGroups[key]
	if !ok {
		return l.noGroup(key)
	}
	return pulumi.All(l.ArnSuffix, group.ArnSuffix, l.forwarder[key]).ApplyT(func(v []any) string {
		return v[0].(string) + "/" + v[1].(string)
	}).(pulumi.StringOutput)
}

// noGroup is an output that fails whatever takes it, with the reason.
func (l *LoadBalancer) noGroup(key string) pulumi.StringOutput {
	return pulumi.String(key).ToStringOutput().ApplyT(func(string) (string, error) {
		return "", fmt.Errorf("%s %q has no target group %q; %s", Type, l.name, key, available(l.TargetGroups))
	}).(pulumi.StringOutput)
}

func (l *LoadBalancer) child(parts ...string) string {
	return l.name + "-" + strings.Join(parts, "-")
}

func (l *LoadBalancer) tags(child string, a *LoadBalancerArgs) pulumi.StringMap {
	return base.Tags(child, a.Tags, nil)
}

// AWS allows 32 characters in the name of a load balancer, a target group or a trust
// store. The provider adds eight to a logical name and refuses, rather than cuts, one
// that gets too long; a name prefix of up to six characters always fits. Either way the
// name differs each time, so that the resource can be replaced while it is in use.
func awsNamePrefix(child string) pulumi.StringPtrInput {
	if len(child)+len("-0123456") <= 32 {
		return nil
	}
	return pulumi.String(strings.TrimRight(child[:5], "-") + "-")
}
