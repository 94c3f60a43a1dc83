package cache

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

func newSubnetGroup(
	ctx *pulumi.Context, name string, ids pulumi.StringArrayInput, tags map[string]string, opts ...pulumi.ResourceOption,
) (*elasticache.SubnetGroup, error) {
	child := name + "-subnets"
	group, err := elasticache.NewSubnetGroup(ctx, child, &elasticache.SubnetGroupArgs{
		Description: pulumi.Sprintf("Subnets of cache %s", name), SubnetIds: ids, Tags: base.Tags(child, tags, nil),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("create subnet group %s: %w", child, err)
	}
	return group, nil
}

func newParameterGroup(
	ctx *pulumi.Context, name, family string, parameters, tags map[string]string, opts ...pulumi.ResourceOption,
) (*elasticache.ParameterGroup, error) {
	list := elasticache.ParameterGroupParameterArray{}
	for _, key := range base.SortedKeys(parameters) {
		list = append(list, elasticache.ParameterGroupParameterArgs{Name: pulumi.String(key), Value: pulumi.String(parameters[key])})
	}
	group, err := elasticache.NewParameterGroup(ctx, name, &elasticache.ParameterGroupArgs{
		Description: pulumi.String("Parameters of a cache"), Family: pulumi.String(family), Parameters: list, Tags: base.Tags(name, tags, nil),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("create parameter group %s: %w", name, err)
	}
	return group, nil
}

// unique is a name for what AWS does not let Pulumi name, unlike any other in the
// account. It ends as the name of the security group does, which is random and lives as
// long as the cache.
func unique(group *ec2.SecurityGroup, name, role string) pulumi.StringOutput {
	return group.Name.ApplyT(func(physical string) string {
		return name + "-" + role + strings.TrimPrefix(physical, name+"-sg")
	}).(pulumi.StringOutput)
}
