package lifetest

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Where the network and its recovery region are.
const (
	AccountId      = "111122223333"
	Region         = "eu-west-1"
	RecoveryRegion = "eu-central-1"
	EdgeRegion     = "us-east-1"
)

// Network is what a component under test may be built into, in one region. It is
// deployed by the same program.
type Network struct {
	Region, AccountId string
	VpcId             pulumi.StringOutput
	// SubnetIds are three isolated subnets, in the zones a, b and c.
	SubnetIds pulumi.StringArrayOutput
	// KmsKeyArn is a key that every AWS service may use for this account.
	KmsKeyArn pulumi.StringOutput
	// TopicArn is a topic that alarms and events may be sent to.
	TopicArn pulumi.StringOutput
	// Provider is the region's; there is no default provider.
	Provider *aws.Provider
	// Opts makes a component use the provider.
	Opts pulumi.ResourceOption
	// Recovery is the same in the recovery region; nil there.
	Recovery *Network
	// Edge is where CloudFront looks for certificates and web ACLs and writes its metrics
	// and logs; nil in the recovery region. EdgeTopicArn is a topic there.
	Edge         *aws.Provider
	EdgeTopicArn pulumi.StringOutput

	subnets map[string]pulumi.StringOutput
}

// SubnetIdsOf are the subnets of zones by their letters, such as "a".
func (n *Network) SubnetIdsOf(zones ...string) pulumi.StringArray {
	ids := make(pulumi.StringArray, len(zones))
	for i, zone := range zones {
		ids[i] = n.subnets[zone]
	}
	return ids
}

func newNetworks(ctx *pulumi.Context) (*Network, error) {
	home, err := newNetwork(ctx, "home", Region, "10.0.0.0/16")
	if err != nil {
		return nil, err
	}
	if home.Recovery, err = newNetwork(ctx, "recovery", RecoveryRegion, "10.1.0.0/16"); err != nil {
		return nil, err
	}
	if home.Edge, err = newProvider(ctx, "edge", EdgeRegion); err != nil {
		return nil, err
	}
	home.EdgeTopicArn, err = newTopic(ctx, "edge", pulumi.Provider(home.Edge))
	return home, err
}

func newProvider(ctx *pulumi.Context, name, region string) (*aws.Provider, error) {
	return aws.NewProvider(ctx, name, &aws.ProviderArgs{
		Region: pulumi.String(region), AllowedAccountIds: pulumi.ToStringArray([]string{AccountId}),
	})
}

func newTopic(ctx *pulumi.Context, name string, with pulumi.ResourceOption) (pulumi.StringOutput, error) {
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{}, with)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return topic.Arn, nil
}

func newNetwork(ctx *pulumi.Context, name, region, block string) (*Network, error) {
	provider, err := newProvider(ctx, name, region)
	if err != nil {
		return nil, err
	}
	n := &Network{
		Region: region, AccountId: AccountId, Provider: provider, Opts: pulumi.Providers(provider), subnets: map[string]pulumi.StringOutput{},
	}
	with := pulumi.Provider(provider)
	vpc, err := ec2.NewVpc(ctx, name, &ec2.VpcArgs{CidrBlock: pulumi.String(block), EnableDnsHostnames: pulumi.Bool(true)}, with)
	if err != nil {
		return nil, err
	}
	n.VpcId = vpc.ID().ToStringOutput()
	for i, zone := range []string{"a", "b", "c"} {
		subnet, err := ec2.NewSubnet(ctx, name+"-"+zone, &ec2.SubnetArgs{
			VpcId: vpc.ID(), AvailabilityZone: pulumi.String(region + zone),
			CidrBlock: pulumi.String(strings.Replace(block, ".0.0/16", fmt.Sprintf(".%d.0/24", i), 1)),
		}, with)
		if err != nil {
			return nil, err
		}
		n.subnets[zone] = subnet.ID().ToStringOutput()
	}
	n.SubnetIds = n.SubnetIdsOf("a", "b", "c").ToStringArrayOutput()
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{Policy: pulumi.String(keyPolicy(region))}, with)
	if err != nil {
		return nil, err
	}
	n.KmsKeyArn = key.Arn
	n.TopicArn, err = newTopic(ctx, name, with)
	return n, err
}

// NewLoadBalancer makes an internal load balancer that answers on port 80, for components
// that stand in front of one, and the internet gateway without which CloudFront does not
// come into the network.
func (n *Network) NewLoadBalancer(ctx *pulumi.Context, name string) (*lb.LoadBalancer, error) {
	with := pulumi.Provider(n.Provider)
	gateway, err := ec2.NewInternetGateway(ctx, name+"-gateway", &ec2.InternetGatewayArgs{VpcId: n.VpcId}, with)
	if err != nil {
		return nil, err
	}
	balancer, err := lb.NewLoadBalancer(ctx, name, &lb.LoadBalancerArgs{
		Internal: pulumi.Bool(true), Subnets: n.SubnetIds,
	}, with, pulumi.DependsOn([]pulumi.Resource{gateway}))
	if err != nil {
		return nil, err
	}
	_, err = lb.NewListener(ctx, name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: balancer.Arn, Port: pulumi.Int(80), Protocol: pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"), FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{ContentType: pulumi.String("text/plain")},
		}},
	}, with)
	return balancer, err
}

// services are those that KmsKeyArn may be used by.
func services(region string) string {
	names := []string{
		"logs." + region, "delivery.logs", "sns", "sqs", "events", "scheduler", "cloudwatch", "cloudfront", "lambda", "s3", "logdelivery.elasticloadbalancing",
	}
	for i, name := range names {
		names[i] = `"` + name + `.amazonaws.com"`
	}
	return strings.Join(names, ",")
}

func keyPolicy(region string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"Service":[%s]},`+
		`"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"}]}`, AccountId, services(region))
}
