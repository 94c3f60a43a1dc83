package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newEndpointRules let ApiCidrs in to the private endpoint, which has the group that EKS
// made. Whoever deploys may come from there, so that the rules come before all objects.
func (c *core) newEndpointRules() error {
	for _, block := range c.args.ApiCidrs {
		child := c.child("api", block)
		rule, err := vpc.NewSecurityGroupIngressRule(c.ctx, child, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: c.securityGroupId(), CidrIpv4: pulumi.String(block), IpProtocol: pulumi.String("tcp"),
			FromPort: pulumi.Int(443), ToPort: pulumi.Int(443), Description: pulumi.String("API server"), Tags: c.tags(child),
		}, c.parent)
		if err != nil {
			return fmt.Errorf("create ingress rule %s: %w", child, err)
		}
		c.admins = append(c.admins, rule)
	}
	return nil
}
