package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// pool is RDS Proxy. Without one its outputs are "".
type pool struct {
	proxy  *rds.Proxy
	target *rds.ProxyDefaultTargetGroup

	arn, endpoint, readerEndpoint, securityGroupId pulumi.StringOutput
}

// noPool is what there is without a proxy.
func noPool() pool {
	none := pulumi.String("").ToStringOutput()
	return pool{arn: none, endpoint: none, readerEndpoint: none, securityGroupId: none}
}

// proxyPort is where a proxy listens: AWS gives it the engine's standard port.
func (c *core) proxyPort() int {
	if c.proxy == nil {
		return 0
	}
	return c.engine.port
}

// addProxy registers the proxy beside the database: it waits for the secret alone. A
// password that AWS manages has no secret before the database is there.
func (c *core) addProxy(ctx *pulumi.Context) error {
	if c.proxy == nil {
		c.pool = noPool()
		return nil
	}
	group, err := datastore.SecurityGroup(ctx, c.child("proxy"), c.vpcId, "Proxy of database "+c.name, c.tags, c.parent)
	if err != nil {
		return err
	}
	secrets := []pulumi.StringInput{c.secret.arn}
	for _, key := range base.SortedKeys(c.proxy.SecretArns) {
		secrets = append(secrets, c.proxy.SecretArns[key])
	}
	role, reads, err := c.addProxyRole(ctx, secrets)
	if err != nil {
		return err
	}
	auth := map[bool]string{true: "REQUIRED", false: "DISABLED"}[*c.proxy.IamAuth]
	auths := make(rds.ProxyAuthArray, len(secrets))
	for i, arn := range secrets {
		auths[i] = rds.ProxyAuthArgs{AuthScheme: pulumi.String("SECRETS"), IamAuth: pulumi.String(auth), SecretArn: base.Optional(arn)}
	}
	child := c.child("proxy")
	proxy, err := rds.NewProxy(ctx, child, &rds.ProxyArgs{
		EngineFamily: pulumi.String(c.engine.proxy), RequireTls: pulumi.Bool(true), Auths: auths, RoleArn: role.Arn,
		IdleClientTimeout: pulumi.Int(c.proxy.IdleClientSeconds), VpcSubnetIds: c.subnetIds,
		VpcSecurityGroupIds: pulumi.StringArray{group.ID().ToStringOutput()}, Tags: c.tagsOf(child),
	}, c.parent, pulumi.DependsOn([]pulumi.Resource{reads}), pulumi.IgnoreChanges(proxySubnets))
	if err != nil {
		return fmt.Errorf("create proxy %s: %w", child, err)
	}
	settings := &rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs{
		MaxConnectionsPercent: pulumi.Int(c.proxy.MaxConnectionsPercent), MaxIdleConnectionsPercent: pulumi.Int(*c.proxy.MaxIdlePercent),
		ConnectionBorrowTimeout: pulumi.Int(*c.proxy.BorrowSeconds), InitQuery: optionalText(c.proxy.InitQuery),
	}
	if !*c.proxy.PinOnSet {
		settings.SessionPinningFilters = pulumi.ToStringArray([]string{"EXCLUDE_VARIABLE_SETS"})
	}
	child = c.child("proxy", "pool")
	target, err := rds.NewProxyDefaultTargetGroup(ctx, child, &rds.ProxyDefaultTargetGroupArgs{
		DbProxyName: proxy.Name, ConnectionPoolConfig: settings,
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create proxy pool %s: %w", child, err)
	}
	c.pool = pool{
		proxy: proxy, target: target, arn: proxy.Arn, endpoint: proxy.Endpoint,
		readerEndpoint: pulumi.String("").ToStringOutput(), securityGroupId: group.ID().ToStringOutput(),
	}
	return nil
}

// A proxy cannot be moved: with other subnets AWS would have to make another one, under
// another address, while clients use this one. It goes on in the zones it was made in.
var proxySubnets = []string{"vpcSubnetIds"}

// addProxyRole registers the role that may read exactly the proxy's secrets.
func (c *core) addProxyRole(ctx *pulumi.Context, secrets []pulumi.StringInput) (*iam.Role, *iam.RolePolicy, error) {
	child := c.child("proxy", "role")
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("rds.amazonaws.com")), Tags: c.tagsOf(child),
	}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create role %s: %w", child, err)
	}
	child = c.child("proxy", "secrets")
	reads, err := iam.NewRolePolicy(ctx, child, &iam.RolePolicyArgs{
		Role: role.Name, Policy: iampolicy.Document(c.secretStatements(secrets...)...),
	}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create policy %s: %w", child, err)
	}
	return role, reads, nil
}

// addTarget puts the database behind the proxy.
func (c *core) addTarget(ctx *pulumi.Context, instance, cluster pulumi.StringPtrInput, after ...pulumi.Resource) error {
	if c.proxy == nil {
		return nil
	}
	child := c.child("proxy", "target")
	_, err := rds.NewProxyTarget(ctx, child, &rds.ProxyTargetArgs{
		DbProxyName: c.pool.proxy.Name, TargetGroupName: c.pool.target.Name, DbInstanceIdentifier: instance, DbClusterIdentifier: cluster,
	}, c.parent, pulumi.DependsOn(after))
	if err != nil {
		return fmt.Errorf("create proxy target %s: %w", child, err)
	}
	return nil
}

// addReaderEndpoint registers the proxy's endpoint for the readers of a cluster.
func (c *core) addReaderEndpoint(ctx *pulumi.Context) error {
	if c.proxy == nil {
		return nil
	}
	child := c.child("proxy", "reader")
	endpoint, err := rds.NewProxyEndpoint(ctx, child, &rds.ProxyEndpointArgs{
		DbProxyName: c.pool.proxy.Name, DbProxyEndpointName: pulumi.Sprintf("%s-reader", c.pool.proxy.Name),
		TargetRole: pulumi.String("READ_ONLY"), VpcSubnetIds: c.subnetIds,
		VpcSecurityGroupIds: pulumi.StringArray{c.pool.securityGroupId}, Tags: c.tagsOf(child),
	}, c.parent, pulumi.IgnoreChanges(proxySubnets))
	if err != nil {
		return fmt.Errorf("create proxy endpoint %s: %w", child, err)
	}
	c.pool.readerEndpoint = endpoint.Endpoint
	return nil
}
