package exposure

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	rolePolicy = "aws:iam/rolePolicy:RolePolicy"
	attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
)

func may(statements ...has) *rule.Resource {
	return one(rolePolicy, "p", has{"role": "app", "policy": policy(statements...)})
}

func TestWhatIdentitiesMayDo(t *testing.T) {
	app := one(role, "app", nil)
	to := func(statements ...has) at { return at{app, may(statements...)} }
	orders := arnOf("orders")
	queues := one(queue, "orders", nil)
	deny := func(action, resource any) has { return with(allow(action, resource), "Effect", "Deny") }
	ifVpc := func(values ...string) has { return has{"StringEquals": has{"aws:SourceVpc": values}} }
	get := func() has { return allow("s3:GetObject", "arn:aws:s3:::x/*") }
	run(t, map[string]changed{
		"one action": {to(), append(to(allow("sqs:SendMessage", orders)), queues), []string{"permission p: app may now: sqs:SendMessage on orders"}},
		"of a new role": {nil, to(allow([]string{"sqs:SendMessage", "sqs:GetQueueUrl"}, "arn:aws:sqs:us-east-1:111122223333:q"), allow("s3:GetObject", []string{"arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*"})),
			[]string{"permission p: app may now: sqs:SendMessage, sqs:GetQueueUrl on q; s3:GetObject on a/*, on b/* and 1 more"}},
		"many actions": {to(), to(allow([]string{"s3:A", "s3:B", "s3:C", "s3:D", "s3:E", "s3:F", "s3:G"}, "arn:aws:s3:::x")),
			[]string{"permission p: app may now: s3:A, s3:B, s3:C, s3:D, s3:E on x and 2 more"}},
		"everything":               {to(get()), to(get(), allow("*", "*")), []string{"* permission p: app may now: everything (*) on *"}},
		"everything of a service":  {to(), to(allow("s3:*", "*")), []string{"* permission p: app may now: s3:* on *"}},
		"an escalation":            {to(), to(allow("iam:PassRole", "*")), []string{"* permission p: app may now: iam:PassRole on *"}},
		"an escalation by pattern": {to(), to(allow("iam:P*", "*")), []string{"* permission p: app may now: iam:P* on *"}},
		"an escalation on one":     {to(), to(allow("iam:PassRole", "arn:aws:iam::111122223333:role/x")), []string{"permission p: app may now: iam:PassRole on role/x"}},
		"the wide first":           {to(), to(get(), allow("ec2:*", "*")), []string{"* permission p: app may now: ec2:* on *; s3:GetObject on x/*"}},

		"less":                    {to(allow([]string{"s3:GetObject", "s3:PutObject"}, "*")), to(allow("s3:GetObject", "*")), nil},
		"in another order":        {to(get(), allow("s3:PutObject", "*")), to(allow("s3:PutObject", "*"), get()), nil},
		"in other capitals":       {to(get()), to(allow("S3:getobject", "arn:aws:s3:::x/*")), nil},
		"what a pattern covers":   {to(allow("s3:Get*", "arn:aws:s3:::x/*")), to(allow("s3:GetObject", "arn:aws:s3:::x/y/*")), nil},
		"a wider pattern":         {to(get()), to(allow("s3:Get*", "arn:aws:s3:::x/*")), []string{"permission p: app may now: s3:Get* on x/* (was s3:GetObject on x/*)"}},
		"a wider resource":        {to(get()), to(allow("s3:GetObject", "*")), []string{"permission p: app may now: s3:GetObject on * (was s3:GetObject on x/*)"}},
		"all but some":            {to(get()), to(has{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), []string{"* permission p: app may now: everything but iam:* on * (was s3:GetObject on x/*)"}},
		"all but fewer":           {to(has{"Effect": "Allow", "NotAction": []string{"iam:*", "sts:*"}, "Resource": "arn:a"}), to(has{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:a"}), []string{"permission p: app may now: everything but iam:* on arn:a (was everything but iam:*, sts:* on arn:a)"}},
		"all but more":            {to(has{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), to(has{"Effect": "Allow", "NotAction": []string{"iam:*", "sts:*"}, "Resource": "*"}), nil},
		"one that is of all but":  {to(has{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), to(get()), nil},
		"one that is not":         {to(has{"Effect": "Allow", "NotAction": "iam:Get*", "Resource": "arn:a"}), to(allow("iam:GetRole", "arn:a")), []string{"permission p: app may now: iam:GetRole on arn:a (was everything but iam:Get* on arn:a)"}},
		"not some resources":      {to(), to(has{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x/*"}), []string{"permission p: app may now: s3:GetObject on all but x/*"}},
		"without a condition":     {to(with(get(), "Condition", ifVpc("vpc-1"))), to(get()), []string{"permission p: app may now: s3:GetObject on x/* (was s3:GetObject on x/* if aws:SourceVpc is vpc-1)"}},
		"with a condition":        {to(get()), to(with(get(), "Condition", ifVpc("vpc-1"))), nil},
		"with more values":        {to(with(get(), "Condition", ifVpc("vpc-1"))), to(with(get(), "Condition", ifVpc("vpc-1", "vpc-2"))), []string{"permission p: app may now: s3:GetObject on x/* if aws:SourceVpc is vpc-2, vpc-1 (was s3:GetObject on x/* if aws:SourceVpc is vpc-1)"}},
		"with fewer values":       {to(with(get(), "Condition", ifVpc("vpc-1", "vpc-2"))), to(with(get(), "Condition", ifVpc("vpc-2"))), nil},
		"with more that is not":   {to(with(get(), "Condition", has{"StringNotEquals": has{"k": "a"}})), to(with(get(), "Condition", has{"StringNotEquals": has{"k": []string{"a", "b"}}})), nil},
		"with another address":    {to(with(get(), "Condition", has{"IpAddress": has{"aws:SourceIp": "10.0.0.0/8"}})), to(with(get(), "Condition", has{"IpAddress": has{"aws:SourceIp": "10.1.0.0/16"}})), nil},
		"if there is such a key":  {to(with(get(), "Condition", has{"StringEquals": has{"k": "a"}})), to(with(get(), "Condition", has{"StringEqualsIfExists": has{"k": "a"}})), []string{"permission p: app may now: s3:GetObject on x/* if k is a or not there (was s3:GetObject on x/* if k is a)"}},
		"with a stricter pattern": {to(with(get(), "Condition", has{"StringLike": has{"k": "a*"}})), to(with(get(), "Condition", has{"StringEquals": has{"k": "ab"}})), nil},

		"what is denied no more":   {to(allow("s3:*", "arn:a"), deny("s3:Delete*", "*")), to(allow("s3:*", "arn:a")), []string{"permission p: app is no longer denied: s3:Delete* on *"}},
		"what is denied more":      {to(allow("s3:*", "arn:a")), to(allow("s3:*", "arn:a"), deny("s3:Delete*", "*")), nil},
		"what more denies":         {to(deny("s3:Delete*", "*")), to(deny("s3:*", "*")), nil},
		"what goes with its role":  {to(deny("s3:Delete*", "*")), nil, nil},
		"a denial on a condition":  {to(deny("s3:*", "*")), to(with(deny("s3:*", "*"), "Condition", ifVpc("vpc-1"))), []string{"permission p: app is no longer denied: s3:* on *"}},
		"not known":                {to(get()), at{app, one(rolePolicy, "p", has{"role": "app", "policy": rule.Computed{}})}, []string{"? permission p: what app may do by it is known after the deploy"}},
		"not known, and new":       {at{app}, at{app, one(rolePolicy, "p", has{"role": "app", "policy": rule.Computed{}})}, []string{"? permission p: what app may do by it is known after the deploy"}},
		"no document":              {at{app}, at{app, one(rolePolicy, "p", has{"role": "app", "policy": "{"})}, []string{"? permission p: what app may do by it cannot be told: policy is no policy document"}},
		"to a policy of its own":   {to(get()), at{app, one(iamPolicy, "own", has{"policy": policy(get())}), one(attachment, "a", has{"role": "app", "policyArn": arnOf("own")})}, nil},
		"to another resource":      {to(get()), at{app, one(rolePolicy, "q", has{"role": "app", "policy": policy(get())})}, nil},
		"to the role itself":       {to(get()), at{one(role, "app", has{"inlinePolicies": []any{has{"name": "p", "policy": policy(get())}}})}, nil},
		"a policy that nobody has": {at{app}, at{app, one(iamPolicy, "own", has{"policy": policy(get())})}, []string{"permission own: own may now: s3:GetObject on x/*"}},
	})
}

func TestPoliciesThatAreAttached(t *testing.T) {
	app := one(role, "app", nil)
	attached := func(name string) *rule.Resource {
		return one(attachment, "a-"+name, has{"role": "app", "policyArn": "arn:aws:iam::aws:policy/" + name})
	}
	own := one(iamPolicy, "own", has{"policy": policy(allow("s3:*", "*"))})
	attachedOwn := one(attachment, "a", has{"role": "app", "policyArn": arnOf("own")})
	run(t, map[string]changed{
		"of AWS":            {at{app}, at{app, attached("ReadOnlyAccess"), attached("AWSSupportAccess")}, []string{"permission a-AWSSupportAccess: app may now do all that AWSSupportAccess allows, all that ReadOnlyAccess allows"}},
		"of an admin":       {at{app}, at{app, attached("AdministratorAccess")}, []string{"* permission a-AdministratorAccess: app may now do all that AdministratorAccess allows"}},
		"after an admin":    {at{app, attached("AdministratorAccess")}, at{app, attached("PowerUserAccess"), may(allow("s3:*", "*"))}, nil},
		"in another way":    {at{app, attached("ReadOnlyAccess")}, at{one(role, "app", has{"managedPolicyArns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}})}, nil},
		"of the stack":      {at{app, own}, at{app, own, attachedOwn}, []string{"* permission a: app may now: s3:* on *"}},
		"of the stack, new": {at{app}, at{app, own, attachedOwn}, []string{"* permission own: app may now: s3:* on *"}},
		"to be known":       {at{app}, at{app, one(attachment, "a", has{"role": "app", "policyArn": rule.Computed{}})}, []string{"? permission a: what it allows is known after the deploy"}},
		"to a group": {at{one(user, "ann", nil), one(group, "ops", nil)}, at{one(user, "ann", nil), one(group, "ops", nil), one("aws:iam/userGroupMembership:UserGroupMembership", "m", has{"user": "ann", "groups": []any{"ops"}})},
			[]string{"permission m: ann may now do what the group ops may"}},
		"to a cluster": {at{one(cluster, "main", has{"vpcConfig": has{"endpointPublicAccess": false}})}, at{
			one(cluster, "main", has{"vpcConfig": has{"endpointPublicAccess": false}}),
			one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "a", has{"clusterName": "main", "principalArn": "arn:aws:iam::111122223333:role/ops", "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"}),
		}, []string{"* permission a: role/ops may now do in main: all that AmazonEKSClusterAdminPolicy allows"}},
	})
}
