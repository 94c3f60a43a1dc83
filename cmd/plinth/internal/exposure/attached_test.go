package exposure

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestWhatIsAttachedToSomethingOpen(t *testing.T) {
	const database = "aws:rds/instance:Instance"
	closed, opens := one(securityGroup, "closed", nil), one(securityGroup, "web", has{"ingress": []any{open22("0.0.0.0/0")}})
	db := func(group string, public bool) *rule.Resource {
		return one(database, "db", has{"publiclyAccessible": public, "vpcSecurityGroupIds": []any{group}})
	}
	private, public := one(routeTable, "private", nil), one(routeTable, "public", has{"routes": []any{has{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw"}}})
	igw, net := one(internetGateway, "igw", nil), one(subnet, "a", nil)
	assigned := func(table string) *rule.Resource {
		return one(association, "t", has{"subnetId": "a", "routeTableId": table})
	}
	denies := one(networkAcl, "acl", has{"subnetIds": []any{"a"}, "ingress": []any{has{"ruleNo": 1, "action": "deny", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}}})
	allows := one(networkAcl, "acl", has{"subnetIds": []any{"a"}, "ingress": []any{has{"ruleNo": 1, "action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}}})
	run(t, map[string]changed{
		"a database, to an open group":     {at{closed, opens, db("closed", true)}, at{closed, opens, db("web", true)}, []string{"* network db: 0.0.0.0/0 may connect to web on 22/tcp, and so to db"}},
		"a database that nobody can reach": {at{closed, opens, db("closed", false)}, at{closed, opens, db("web", false)}, nil},
		"a group that is opened itself": {at{one(securityGroup, "web", nil), db("web", true)}, at{opens, db("web", true)},
			[]string{"* network web: 0.0.0.0/0 may connect to web on 22/tcp"}},
		"a subnet, to another table": {at{private, public, igw, net, assigned("private")}, at{private, public, igw, net, assigned("public")},
			[]string{"network t: public leads to 0.0.0.0/0 by an internet gateway, igw, and back, and so does a"}},
		"a new subnet":                            {at{private, public, igw}, at{private, public, igw, net, assigned("public")}, nil},
		"a subnet, back":                          {at{private, public, igw, net, assigned("public")}, at{private, public, igw, net, assigned("private")}, nil},
		"a network ACL that is gone":              {at{net, denies}, at{net}, []string{"network acl: no network ACL of their own filters what enters subnets any more: a"}},
		"a network ACL that goes with its subnet": {at{net, denies}, nil, nil},
		"a network ACL that filtered nothing":     {at{net, allows}, at{net}, nil},
		"another network ACL": {at{net, denies}, at{net, one(networkAcl, "b", nil),
			one(aclAssociation, "x", has{"networkAclId": "b", "subnetId": "a"})}, nil},
	})
}

func TestWhatRunsAsAnotherRole(t *testing.T) {
	const function = "aws:lambda/function:Function"
	x, y := one(role, "x", nil), one(role, "y", nil)
	runs := func(as string) *rule.Resource { return one(function, "f", has{"role": arnOf(as)}) }
	account := func(as string) *rule.Resource {
		return one("kubernetes:core/v1:ServiceAccount", "s", has{"metadata": has{"annotations": has{"eks.amazonaws.com/role-arn": as}}})
	}
	pods := one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "p", has{"roleArn": arnOf("x")})
	run(t, map[string]changed{
		"a function":               {at{x, y, runs("x")}, at{x, y, runs("y")}, []string{"permission f: runs as the role y (was x)"}},
		"a new one as a new role":  {nil, at{x, runs("x")}, nil},
		"a new one as an old role": {at{x}, at{x, pods}, []string{"permission p: its pods run as the role x"}},
		"a service account": {at{account("arn:aws:iam::999988887777:role/a")}, at{account("arn:aws:iam::999988887777:role/b")},
			[]string{"permission s: its pods run as the role role/b of another account (999988887777) (was role/a of another account (999988887777))"}},
		"to be known": {at{x, runs("x")}, at{x, one(function, "f", has{"role": rule.Computed{}})}, []string{"? permission f: which role it has is known after the deploy"}},
	})
}

func TestPoliciesOfEndpoints(t *testing.T) {
	of := func(document any) at { return at{one(vpcEndpoint, "e", has{"policy": document})} }
	get := with(allow("s3:GetObject", "arn:aws:s3:::x/*"), "Principal", "*")
	apart := one(endpointPolicy, "p", has{"vpcEndpointId": "e", "policy": policy(get)})
	run(t, map[string]changed{
		"no policy any more": {of(policy(get)), of(nil), []string{"permission e: e now lets through: everything (*) on * (was s3:GetObject on x/*)"}},
		"one for the first":  {of(nil), of(policy(get)), nil},
		"one apart":          {of(policy(get)), append(of(nil), apart), nil},
		"a new endpoint":     {nil, of(nil), nil},
	})
}

func TestAttachmentsOfARoleAsAWhole(t *testing.T) {
	app := one(role, "app", nil)
	attached := one("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "all", has{"roleName": "app", "policyArns": []any{"arn:aws:iam::aws:policy/AdministratorAccess"}})
	run(t, map[string]changed{"an admin": {at{app}, at{app, attached}, []string{"* permission all: app may now do all that AdministratorAccess allows"}}})
}
