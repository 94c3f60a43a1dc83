package exposure

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

func by(kind string, who any) has { return has{"Effect": "Allow", "Principal": has{kind: who}} }

func TestWhoMayActAsARole(t *testing.T) {
	trusts := func(statements ...has) at {
		for _, s := range statements {
			s["Action"] = "sts:AssumeRole"
		}
		return at{one(role, "app", has{"assumeRolePolicy": policy(statements...)})}
	}
	lambda := func() has { return by("Service", "lambda.amazonaws.com") }
	github := func(sub string) has {
		return with(by("Federated", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"), "Condition", has{"StringLike": has{"token.actions.githubusercontent.com:sub": sub}})
	}
	const actions = "oidc-provider/token.actions.githubusercontent.com if"
	run(t, map[string]changed{
		"a service, and a new role":   {nil, trusts(lambda()), nil},
		"a service more":              {trusts(lambda()), trusts(lambda(), by("Service", "ec2.amazonaws.com")), []string{"trust app: app now trusts ec2.amazonaws.com"}},
		"a service less":              {trusts(by("Service", []string{"ec2.amazonaws.com", "lambda.amazonaws.com"})), trusts(lambda()), nil},
		"the own account, and a role": {at{one(queue, "q", nil)}, append(trusts(by("AWS", account1)), one(queue, "q", nil)), nil},
		"another account":             {at{one(queue, "q", nil)}, append(trusts(by("AWS", "arn:aws:iam::999988887777:root")), one(queue, "q", nil)), []string{"trust app: app now trusts another account (999988887777)"}},
		"the account, spelled twice":  {trusts(by("AWS", "999988887777")), trusts(by("AWS", "arn:aws:iam::999988887777:root")), nil},
		"a role of that account":      {trusts(by("AWS", "999988887777")), trusts(by("AWS", "arn:aws:iam::999988887777:role/ci")), nil},
		"all of that account":         {trusts(by("AWS", "arn:aws:iam::999988887777:role/ci")), trusts(by("AWS", "999988887777")), []string{"trust app: app now trusts another account (999988887777) (was role/ci of another account (999988887777))"}},
		"everybody":                   {nil, trusts(by("AWS", "*")), []string{"* trust app: app now trusts everybody"}},
		"everybody of an organisation": {trusts(lambda()), trusts(lambda(), with(by("AWS", "*"), "Condition", has{"StringEquals": has{"aws:PrincipalOrgID": "o-1"}})),
			[]string{"trust app: app now trusts everybody if aws:PrincipalOrgID is o-1"}},
		"a repository": {nil, trusts(github("repo:shop/app:*")), []string{"trust app: app now trusts " + actions + " token.actions.githubusercontent.com:sub is repo:shop/app:*"}},
		"all repositories": {trusts(github("repo:shop/app:*")), trusts(github("repo:*")),
			[]string{"* trust app: app now trusts " + actions + " token.actions.githubusercontent.com:sub is repo:* (was " + "oidc-provider/token.actions.githubusercontent.com if token.actions.githubusercontent.com:sub is repo:shop/app:*)"}},
		"a branch of the repository": {trusts(github("repo:shop/app:*")), trusts(github("repo:shop/app:ref:refs/heads/main")), nil},
		"to be known":                {trusts(lambda()), at{one(role, "app", has{"assumeRolePolicy": rule.Computed{}})}, []string{"? trust app: who may act as app is known after the deploy"}},
	})
}

func TestWhoMayUseAResource(t *testing.T) {
	q, b, k := one(queue, "q", nil), one(bucket, "b", nil), one(kmsKey, "k", nil)
	queued := func(statements ...has) *rule.Resource {
		return one("aws:sqs/queuePolicy:QueuePolicy", "p", has{"queueUrl": "q", "policy": policy(statements...)})
	}
	send := func(who any) has {
		return with(with(by("AWS", who), "Action", "sqs:SendMessage"), "Resource", arnOf("q"))
	}
	public := func() has {
		return with(with(has{"Effect": "Allow", "Principal": "*"}, "Action", "s3:GetObject"), "Resource", "arn:aws:s3:::b/*")
	}
	bucketed := func(statements ...has) *rule.Resource {
		return one("aws:s3/bucketPolicy:BucketPolicy", "p", has{"bucket": "b", "policy": policy(statements...)})
	}
	tls := func() has {
		return has{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": has{"Bool": has{"aws:SecureTransport": "false"}}}
	}
	run(t, map[string]changed{
		"another account":                     {at{q}, at{q, queued(send("999988887777"))}, []string{"trust p: another account (999988887777) may now use q for sqs:SendMessage"}},
		"the own account, and a queue":        {at{b}, at{b, coming(one(queue, "q", nil)), from(queued(send(account1)), "queueUrl", q)}, nil},
		"in the queue itself":                 {at{q, queued(send("999988887777"))}, at{one(queue, "q", has{"policy": policy(send("999988887777"))})}, nil},
		"more for the same account":           {at{q, queued(send("999988887777"))}, at{q, queued(send("999988887777"), with(send("999988887777"), "Action", "sqs:ReceiveMessage"))}, []string{"permission p: another account (999988887777) may now use q for sqs:ReceiveMessage"}},
		"everybody":                           {at{q}, at{q, queued(send("*"))}, []string{"* trust p: everybody may now use q for sqs:SendMessage"}},
		"everybody, of a bucket":              {at{b}, at{b, bucketed(public())}, []string{"* endpoint p: everybody may now use b for s3:GetObject"}},
		"everybody by a distribution":         {at{b}, at{b, bucketed(with(public(), "Condition", has{"ArnLike": has{"aws:SourceArn": "arn:aws:s3:::a"}}))}, []string{"trust p: everybody may now use b for s3:GetObject if aws:SourceArn is arn:aws:s3:::a"}},
		"everybody's distributions":           {at{b}, at{b, bucketed(with(public(), "Condition", has{"ArnLike": has{"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}))}, []string{"* endpoint p: everybody may now use b for s3:GetObject if aws:SourceArn is arn:aws:cloudfront::*:distribution/*"}},
		"by plain HTTP":                       {at{b, bucketed(tls())}, at{b}, []string{"permission p: everybody is no longer denied with b: s3:* if aws:SecureTransport is false"}},
		"by plain HTTP, of what is not there": {at{b, bucketed(tls())}, nil, nil},
		"to be known":                         {at{b, bucketed(tls())}, at{b, one("aws:s3/bucketPolicy:BucketPolicy", "p", has{"bucket": "b", "policy": rule.Computed{}})}, []string{"? trust p: who may use b, and for what, is known after the deploy"}},
		"the own account, and a cluster": {at{q}, at{q, coming(one(cluster, "main", has{"vpcConfig": has{"endpointPublicAccess": false}})),
			from(one("aws:eks/accessEntry:AccessEntry", "e", has{"clusterName": "main-1a2b", "principalArn": "arn:aws:iam::111122223333:role/ops"}), "clusterName", one(cluster, "main", nil))}, nil},
		"a grant of a key":          {at{k}, at{k, one("aws:kms/grant:Grant", "g", has{"keyId": "k", "granteePrincipal": "arn:aws:iam::999988887777:role/x", "operations": []any{"Decrypt"}})}, []string{"trust g: role/x of another account (999988887777) may now use k for Decrypt"}},
		"a snapshot for an account": {nil, at{one("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", "s", has{"snapshotId": "snap", "accountId": "999988887777"})}, []string{"trust s: another account (999988887777) may now use snap"}},
		"a snapshot for everybody":  {nil, at{one("aws:rds/snapshot:Snapshot", "s", has{"sharedAccounts": []any{"all"}})}, []string{"* endpoint s: the snapshot is for everybody", "* trust s: everybody may now use s"}},
	})
}

func TestWhoMayInvokeAFunction(t *testing.T) {
	f := one("aws:lambda/function:Function", "f", nil)
	permit := func(inputs has) *rule.Resource {
		all := has{"function": "f", "action": "lambda:InvokeFunction"}
		for key, v := range inputs {
			all[key] = v
		}
		return one("aws:lambda/permission:Permission", "p", all)
	}
	b := one(bucket, "b", nil)
	s3 := permit(has{"principal": "s3.amazonaws.com", "sourceArn": arnOf("b")})
	replaced := from(permit(has{"principal": "s3.amazonaws.com", "sourceArn": rule.Computed{}}), "sourceArn", b)
	run(t, map[string]changed{
		"a service":                 {at{f, b}, at{f, b, s3}, []string{"trust p: s3.amazonaws.com may now use f for lambda:InvokeFunction if sourceArn is b"}},
		"a service, and a function": {at{b}, at{b, coming(one(f.Type, "f", nil)), from(permit(has{"principal": "s3.amazonaws.com"}), "function", f)}, nil},
		"an account that comes of something": {at{b}, at{b, coming(one(f.Type, "f", nil)), from(permit(has{"principal": "999988887777"}), "principal", b)},
			[]string{"trust p: another account (999988887777) may now use f for lambda:InvokeFunction"}},
		"everybody":                   {at{f}, at{f, permit(has{"principal": "*"})}, []string{"* trust p: everybody may now use f for lambda:InvokeFunction"}},
		"a bucket that is made again": {at{f, b, s3}, at{f, coming(one(bucket, "b", has{"bucket": "c"})), replaced}, nil},
	})
}
