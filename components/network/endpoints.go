package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/connect"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

var endpointServices = map[EndpointSet][]string{
	EndpointsEcr:         {"ecr.api", "ecr.dkr"},
	EndpointsSsm:         {"ssm", "ssmmessages", "ec2messages"},
	EndpointsLogs:        {"logs"},
	EndpointsMonitoring:  {"monitoring"},
	EndpointsXray:        {"xray"},
	EndpointsSecrets:     {"secretsmanager"},
	EndpointsKms:         {"kms"},
	EndpointsSts:         {"sts"},
	EndpointsEks:         {"eks", "eks-auth", "ec2", "sts"},
	EndpointsEcs:         {"ecs", "ecs-agent", "ecs-telemetry"},
	EndpointsAutoscaling: {"autoscaling", "elasticloadbalancing"},
	EndpointsLambda:      {"lambda"},
	EndpointsMessaging:   {"sqs", "sns", "events"},
	EndpointsGuardDuty:   {"guardduty-data"},
}

// Services whose endpoints have a name of their own in the Chinese regions.
var chinesePrefix = map[string]bool{
	"autoscaling": true, "ec2": true, "ecr.api": true, "ecr.dkr": true, "eks": true, "lambda": true, "monitoring": true,
	"sqs": true, "sts": true, "xray": true,
}

func endpointSets() []string {
	var names []string
	for _, set := range slices.Sorted(maps.Keys(endpointServices)) {
		names = append(names, string(set))
	}
	return names
}

// servicesOf are the services in any of the sets, each once, sorted.
func servicesOf(sets []EndpointSet) []string {
	services := map[string]bool{}
	for _, set := range sets {
		for _, service := range endpointServices[set] {
			services[service] = true
		}
	}
	return slices.Sorted(maps.Keys(services))
}

func serviceName(region, service string) string {
	prefix := "com.amazonaws"
	if iampolicy.Partition(region) == "aws-cn" && chinesePrefix[service] {
		prefix = "cn.com.amazonaws"
	}
	return strings.Join([]string{prefix, region, service}, ".")
}

// interfaceEndpoints puts an endpoint of each wanted service into the private tier.
// They let in HTTPS from all of the VPC, as the services check callers themselves.
func (b *builder) interfaceEndpoints() error {
	if len(b.plan.services) == 0 {
		return nil
	}
	child := b.child("endpoint-sg")
	group, err := ec2.NewSecurityGroup(b.ctx, child, &ec2.SecurityGroupArgs{
		VpcId: b.vpcIds[""], Description: pulumi.String("Interface endpoints"), Tags: b.tags(child),
	}, b.opts...)
	if err != nil {
		return fmt.Errorf("create endpoint security group: %w", err)
	}
	b.out.EndpointSecurityGroupId = group.ID().ToStringOutput()

	subnetIds := b.out.SubnetIds(TierPrivate)
	for _, service := range b.plan.services {
		child := b.child("endpoint-" + strings.ReplaceAll(service, ".", "-"))
		_, err := ec2.NewVpcEndpoint(b.ctx, child, &ec2.VpcEndpointArgs{
			VpcId: b.vpcIds[""], VpcEndpointType: pulumi.String("Interface"), ServiceName: pulumi.String(serviceName(b.plan.args.Region, service)),
			SubnetIds: subnetIds, SecurityGroupIds: pulumi.StringArray{group.ID()}, PrivateDnsEnabled: pulumi.Bool(true), Tags: b.tags(child),
		}, b.opts...)
		if err != nil {
			return fmt.Errorf("create endpoint %s: %w", service, err)
		}
	}
	for _, name := range b.plan.blockNames() {
		from, to := connect.Cidr(b.plan.block(name).String()), connect.SecurityGroup(group.ID())
		if err := connect.Allow(b.ctx, b.child("endpoint-https-"+name), from, to, connect.Tcp(443), "HTTPS from the VPC", b.opts...); err != nil {
			return err
		}
	}
	return nil
}

// gatewayEndpoints lead the route tables of public and private subnets to S3 and
// DynamoDB; isolated ones have no way out. A table is tied to an endpoint by a resource
// of its own: a new zone's table touches nothing that exists.
func (b *builder) gatewayEndpoints() error {
	for _, e := range []struct {
		service string
		wanted  bool
	}{{"s3", *b.plan.args.S3Endpoint}, {"dynamodb", *b.plan.args.DynamoDbEndpoint}} {
		if !e.wanted {
			continue
		}
		child := b.child("endpoint-" + e.service)
		endpoint, err := ec2.NewVpcEndpoint(b.ctx, child, &ec2.VpcEndpointArgs{
			VpcId: b.vpcIds[""], VpcEndpointType: pulumi.String("Gateway"), ServiceName: pulumi.String(serviceName(b.plan.args.Region, e.service)),
			Tags: b.tags(child),
		}, b.opts...)
		if err != nil {
			return fmt.Errorf("create endpoint %s: %w", e.service, err)
		}
		if e.service == "s3" {
			b.out.S3PrefixListId = endpoint.PrefixListId
		}
		for _, key := range slices.Sorted(maps.Keys(b.out.RouteTables)) {
			if key == isolatedTable {
				continue
			}
			association, err := ec2.NewVpcEndpointRouteTableAssociation(b.ctx, child+"-"+key, &ec2.VpcEndpointRouteTableAssociationArgs{
				VpcEndpointId: endpoint.ID(), RouteTableId: b.out.RouteTables[key].ID(),
			}, b.opts...)
			if err != nil {
				return fmt.Errorf("route %s to endpoint %s: %w", key, e.service, err)
			}
			if e.service == "s3" {
				b.s3Routes[key] = association
			}
		}
	}
	return nil
}
