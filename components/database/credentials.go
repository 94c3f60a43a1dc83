package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/serverlessrepository"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// secret is where the master user's password is.
type secret struct {
	// own is nil where AWS manages the password.
	own *secretsmanager.Secret
	arn pulumi.StringOutput
	// rotationSecurityGroupId is "" without a rotation function of this component's.
	rotationSecurityGroupId pulumi.StringOutput
}

// managed says that AWS makes, keeps and rotates the password.
func (c *core) managed() bool { return c.credentials.Password == nil }

// password is the password to begin with, which no state, log or output shows.
func (c *core) password() pulumi.StringPtrInput {
	if c.managed() {
		return nil
	}
	return pulumi.ToSecret(c.credentials.Password).(pulumi.StringOutput).ToStringPtrOutput()
}

// managedSecret is the ARN of the secret that AWS keeps, "" where it does not yet.
func managedSecret[S any](secrets pulumi.Output, arnOf func(S) *string) pulumi.StringOutput {
	return secrets.ApplyT(func(made []S) string {
		if len(made) == 0 || arnOf(made[0]) == nil {
			return ""
		}
		return *arnOf(made[0])
	}).(pulumi.StringOutput)
}

// written is what is written once: property holds the password, and who rotates it owns
// it from then on.
func (c *core) written(property string) []string {
	if c.managed() || c.credentials.Reset {
		return nil
	}
	return []string{property}
}

// addSecret registers the secret alone, early: whatever reads it can be made beside the
// database, and its value needs the database's address. A replica that takes over in
// another region has the same password, so the secret is there too, and AWS leaves it there
// when the replica goes.
func (c *core) addSecret(ctx *pulumi.Context) error {
	c.secret.rotationSecurityGroupId = pulumi.String("").ToStringOutput()
	if c.managed() {
		return nil
	}
	var replicas secretsmanager.SecretReplicaArray
	for _, region := range base.SortedKeys(c.abroad) {
		replicas = append(replicas, secretsmanager.SecretReplicaArgs{Region: pulumi.String(region), KmsKeyId: base.Optional(c.abroad[region])})
	}
	child := c.child("secret")
	own, err := secretsmanager.NewSecret(ctx, child, &secretsmanager.SecretArgs{
		Description: pulumi.Sprintf("Master user of database %s", c.name), KmsKeyId: base.Optional(c.kmsKeyArn), Tags: c.tagsOf(child),
		Replicas: replicas,
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create secret %s: %w", child, err)
	}
	c.secret.own, c.secret.arn = own, own.Arn
	return nil
}

// login is what a client needs to know, and the rotation function too.
type login struct {
	username, host pulumi.StringOutput
	// idField is the field in which rotation functions look for the database's identifier.
	idField    string
	identifier pulumi.StringOutput
	// after are what must be there before somebody can log in.
	after []pulumi.Resource
}

// fillSecret writes the password into the secret and has it rotated, at once and then
// every few days: what is in the program's configuration is of no use to anybody after
// the first deploy.
func (c *core) fillSecret(ctx *pulumi.Context, l login) error {
	if c.managed() {
		return nil
	}
	fields := pulumi.Map{
		"engine": pulumi.String(c.engine.secret), "host": l.host, "port": pulumi.Int(c.port), "username": l.username,
		"password": pulumi.ToSecret(c.credentials.Password), l.idField: l.identifier,
	}
	if name := c.databaseNameOrOwn(); name != "" {
		fields["dbname"] = pulumi.String(name)
	}
	child := c.child("secret", "value")
	value, err := secretsmanager.NewSecretVersion(ctx, child, &secretsmanager.SecretVersionArgs{
		SecretId: c.secret.own.ID(), SecretString: pulumi.ToSecret(pulumi.JSONMarshal(fields)).(pulumi.StringOutput).ToStringPtrOutput(),
	}, c.parent, pulumi.IgnoreChanges(c.written("secretString")))
	if err != nil {
		return fmt.Errorf("write secret %s: %w", child, err)
	}
	function := c.credentials.Rotation.LambdaArn
	if function == nil {
		if function, err = c.addRotator(ctx); err != nil {
			return err
		}
	}
	child = c.child("rotation")
	_, err = secretsmanager.NewSecretRotation(ctx, child, &secretsmanager.SecretRotationArgs{
		SecretId: c.secret.own.ID(), RotationLambdaArn: base.Optional(function),
		RotationRules: secretsmanager.SecretRotationRotationRulesArgs{AutomaticallyAfterDays: pulumi.Int(c.credentials.Rotation.Days)},
	}, c.parent, pulumi.DependsOn(append([]pulumi.Resource{value}, l.after...)))
	if err != nil {
		return fmt.Errorf("rotate secret %s: %w", child, err)
	}
	return nil
}

// databaseNameOrOwn is the database to log in to.
func (c *core) databaseNameOrOwn() string {
	if c.databaseName != "" {
		return c.databaseName
	}
	return c.engine.database
}

// addRotator registers AWS's own rotation function and its security group.
func (c *core) addRotator(ctx *pulumi.Context) (pulumi.StringInput, error) {
	group, err := datastore.SecurityGroup(ctx, c.child("rotation"), c.vpcId, "Password rotation of database "+c.name, c.tags, c.parent)
	if err != nil {
		return nil, err
	}
	c.secret.rotationSecurityGroupId = group.ID().ToStringOutput()
	partition := iampolicy.Partition(c.region)
	parameters := pulumi.StringMap{
		"endpoint": pulumi.String("https://" + iampolicy.RegionalService("secretsmanager", c.region)),
		// The name must be free in the whole region, as the secret's is.
		"functionName":        pulumi.Sprintf("%s-rotation", c.secret.own.Name),
		"vpcSubnetIds":        joined(c.subnetIds),
		"vpcSecurityGroupIds": c.secret.rotationSecurityGroupId,
	}
	if c.kmsKeyArn != nil {
		parameters["kmsKeyArn"] = c.kmsKeyArn
	}
	child := c.child("rotator")
	stack, err := serverlessrepository.NewCloudFormationStack(ctx, child, &serverlessrepository.CloudFormationStackArgs{
		ApplicationId: pulumi.Sprintf("arn:%s:serverlessrepo:%s:applications/%s", partition, rotatorOwners[partition], c.engine.rotator),
		Capabilities:  pulumi.ToStringArray([]string{"CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"}),
		Parameters:    parameters, Tags: c.tagsOf(child),
	}, c.parent)
	if err != nil {
		return nil, fmt.Errorf("create rotation function %s: %w", child, err)
	}
	return stack.Outputs.MapIndex(pulumi.String("RotationLambdaARN")), nil
}
