package lifetest

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Where the network and its recovery region are.
const (
	AccountId      = "111122223333"
	Region         = "eu-west-1"
	RecoveryRegion = "eu-central-1"
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
	home.Recovery, err = newNetwork(ctx, "recovery", RecoveryRegion, "10.1.0.0/16")
	return home, err
}

func newNetwork(ctx *pulumi.Context, name, region, block string) (*Network, error) {
	provider, err := aws.NewProvider(ctx, name, &aws.ProviderArgs{
		Region: pulumi.String(region), AllowedAccountIds: pulumi.ToStringArray([]string{AccountId}),
	})
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
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{}, with)
	if err != nil {
		return nil, err
	}
	n.TopicArn = topic.Arn
	return n, nil
}

func keyPolicy(region string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"Service":["logs.%s.amazonaws.com","sns.amazonaws.com","events.amazonaws.com"]},`+
		`"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"}]}`, AccountId, region)
}
