package database

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// core is what both shapes are made of alike: the arguments that they share, and the
// children made of them.
type core struct {
	name          string
	engine        engine
	engineVersion string
	region        string
	vpcId         pulumi.StringInput
	subnetIds     pulumi.StringArrayInput
	kmsKeyArn     pulumi.StringInput
	databaseName  string
	port          int
	credentials   *CredentialsArgs
	monitoring    *MonitoringArgs
	proxy         *ProxyArgs
	alarms        *AlarmsArgs
	tags          map[string]string
	parent        pulumi.ResourceOption
	// abroad are the keys in the regions of replicas that may have to take over.
	abroad map[string]pulumi.StringInput

	securityGroup *ec2.SecurityGroup
	subnetGroup   *rds.SubnetGroup
	secret        secret
	pool          pool
	// monitoringRoleArn is nil without enhanced monitoring; watched are what AWS checks
	// of it when a database is made.
	monitoringRoleArn pulumi.StringInput
	watched           []pulumi.Resource
}

// place registers the groups that the database is made in.
func (c *core) place(ctx *pulumi.Context) error {
	var err error
	if c.subnetGroup, err = c.newSubnetGroup(ctx, c.child("subnets"), c.subnetIds); err != nil {
		return err
	}
	c.securityGroup, err = datastore.SecurityGroup(ctx, c.name, c.vpcId, "Database "+c.name, c.tags, c.parent)
	return err
}

func (c *core) newSubnetGroup(
	ctx *pulumi.Context, child string, subnetIds pulumi.StringArrayInput, opts ...pulumi.ResourceOption,
) (*rds.SubnetGroup, error) {
	group, err := rds.NewSubnetGroup(ctx, child, &rds.SubnetGroupArgs{SubnetIds: subnetIds, Tags: c.tagsOf(child)}, append(opts, c.parent)...)
	if err != nil {
		return nil, fmt.Errorf("create subnet group %s: %w", child, err)
	}
	return group, nil
}

// finalSnapshot is a name that no other snapshot ever has: the subnet group lives as long
// as the database, and its name ends in a random suffix.
func (c *core) finalSnapshot() pulumi.StringOutput {
	return pulumi.Sprintf("%s-final", c.subnetGroup.Name)
}

// parameter is one setting of the engine, as parameter groups of both kinds take it.
type parameter struct{ name, value, applyMethod string }

// parameters are the component's own settings and the user's, in the order of their names.
func (c *core) parameters(user map[string]string) []parameter {
	all := base.Merge(c.engine.parameters, user, map[string]string{c.engine.tls[0]: c.engine.tls[1]})
	list := make([]parameter, 0, len(all))
	for _, name := range base.SortedKeys(all) {
		list = append(list, parameter{name, all[name], c.engine.applyMethod(name)})
	}
	return list
}

func (c *core) child(parts ...string) string { return c.name + "-" + strings.Join(parts, "-") }

func (c *core) tagsOf(child string) pulumi.StringMap { return base.Tags(child, c.tags, nil) }

// supportMode is whether AWS keeps a version running, for money, that it no longer
// supports otherwise. It is fixed when a database is made.
func supportMode(extended bool) pulumi.StringInput {
	if extended {
		return pulumi.String("open-source-rds-extended-support")
	}
	return pulumi.String("open-source-rds-extended-support-disabled")
}

func optionalText(value string) pulumi.StringPtrInput {
	if value == "" {
		return nil
	}
	return pulumi.String(value)
}

func optionalInt(value int) pulumi.IntPtrInput {
	if value == 0 {
		return nil
	}
	return pulumi.Int(value)
}
