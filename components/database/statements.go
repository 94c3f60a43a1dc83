package database

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
)

// connectStatement lets log in as a database user by IAM: to the database itself and, if
// there is one, to the proxy.
func (c *core) connectStatement(user string, arn, resourceId pulumi.StringOutput) iampolicy.Statement {
	resources := []pulumi.StringInput{userArn(user, arn, resourceId)}
	if c.proxy != nil {
		id := c.pool.arn.ApplyT(func(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }).(pulumi.StringOutput)
		resources = append(resources, userArn(user, c.pool.arn, id))
	}
	return iampolicy.Statement{Actions: []string{"rds-db:connect"}, Resources: resources}
}

// userArn is a user of what has this ARN; partition, region and account are the same.
func userArn(user string, arn, resourceId pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.All(arn, resourceId).ApplyT(func(v []any) (string, error) {
		parts := strings.Split(v[0].(string), ":")
		if len(parts) < 6 {
			return "", fmt.Errorf("%q is not an ARN", v[0])
		}
		return fmt.Sprintf("arn:%s:rds-db:%s:%s:dbuser:%s/%s", parts[1], parts[3], parts[4], v[1], user), nil
	}).(pulumi.StringOutput)
}

// secretStatements let read secrets that are encrypted like the database.
func (c *core) secretStatements(arns ...pulumi.StringInput) []iampolicy.Statement {
	statements := []iampolicy.Statement{{Actions: []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}, Resources: arns}}
	if c.kmsKeyArn != nil {
		statements = append(statements, iampolicy.Statement{
			Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{c.kmsKeyArn},
			Conditions: map[string]map[string][]pulumi.StringInput{"StringEquals": {
				"kms:ViaService": {pulumi.String(iampolicy.RegionalService("secretsmanager", c.region))},
			}},
		})
	}
	return statements
}

func joined(list pulumi.StringArrayInput) pulumi.StringOutput {
	return list.ToStringArrayOutput().ApplyT(func(items []string) string { return strings.Join(items, ",") }).(pulumi.StringOutput)
}
