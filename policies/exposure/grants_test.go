package exposure

import (
	"fmt"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// allow is the policy of a thing, with one statement for a principal on a condition.
func allow(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Statement":[{"Effect":"Allow","Principal":%s,"Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"%s}]}`, principal, condition)
}

func service(name string) string { return fmt.Sprintf(`{"Service":%q}`, name) }

const (
	all             = `"*"`
	fromHere        = `{"StringEquals":{"aws:SourceAccount":"123456789012"}}`
	ofDistributions = `{"ArnLike":{"AWS:SourceArn":"arn:aws:cloudfront::123456789012:distribution/*"}}`
	ofAnyAccount    = `{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/*"}}`
	everyAddress    = `{"IpAddress":{"aws:SourceIp":["198.51.100.0/24","0.0.0.0/0"]}}`
	ifThere         = `{"StringEqualsIfExists":{"aws:SourceAccount":"123456789012"}}`
	byTls           = `{"Bool":{"aws:SecureTransport":"true"}}`
	// loads is how load balancers log: the account is in the path.
	loads = `{"Statement":{"Effect":"Allow","Principal":{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},"Action":"s3:PutObject",` +
		`"Resource":"arn:aws:s3:::logs/access/AWSLogs/123456789012/*"}}`
	loadsOfAll = `{"Statement":{"Effect":"Allow","Principal":{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},"Action":"s3:PutObject",` +
		`"Resource":"arn:aws:s3:::logs/access/AWSLogs/*"}}`
	denied = `{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}`
)

var grantCases = []ruletest.Case{
	check("resource-policy-not-public", "a role", rule.Pass, "", one(bucketPolicy, in{"policy": allow(`{"AWS":"arn:aws:iam::123456789012:role/web"}`, "")})),
	check("resource-policy-not-public", "denied to everyone", rule.Pass, "", one(bucketPolicy, in{"policy": denied})),
	check("resource-policy-not-public", "everyone", rule.Fail, "its policy lets everyone s3:GetObject. Fix: name the principals", one(bucketPolicy, in{"policy": allow(all, "")})),
	check("resource-policy-not-public", "everyone with an account", rule.Fail, "lets everyone", one(queuePolicy, in{"policy": allow(`{"AWS":["*"]}`, "")})),
	check("resource-policy-not-public", "everyone but some", rule.Fail, "lets everyone",
		one(topicPolicy, in{"policy": `{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"Action":"sns:Publish","Resource":"*"}}`})),
	check("resource-policy-not-public", "of this account", rule.Pass, "", one(topic, in{"policy": allow(all, fromHere)})),
	check("resource-policy-not-public", "of any account's distributions", rule.Fail, "lets everyone", one(queue, in{"policy": allow(all, ofAnyAccount)})),
	check("resource-policy-not-public", "of this account's distributions", rule.Pass, "", one("aws:s3/bucketV2:BucketV2", in{"policy": allow(all, ofDistributions)})),
	check("resource-policy-not-public", "from everywhere", rule.Fail, "lets everyone", one(busPolicy, in{"policy": allow(all, everyAddress)})),
	check("resource-policy-not-public", "if it is said", rule.Fail, "lets everyone", one(streamPolicy, in{"policy": allow(all, ifThere)})),
	check("resource-policy-not-public", "everyone by TLS", rule.Fail, "lets everyone", one(bucketPolicy, in{"policy": allow(all, byTls)})),
	check("resource-policy-not-public", "a secret for everyone", rule.Fail, "lets everyone", one(secretPolicy, in{"policy": allow(all, "")})),
	check("resource-policy-not-public", "a secret for everyone, by itself", rule.Fail, "lets everyone", one(secret, in{"policy": allow(all, "")})),
	check("resource-policy-not-public", "a secret without a policy", rule.NotApplicable, "", one(secret, in{})),
	check("resource-policy-not-public", "backups for everyone", rule.Fail, "lets everyone", one(vaultPolicy, in{"policy": allow(all, "")})),
	check("resource-policy-not-public", "backups for this account", rule.Pass, "", one(vaultPolicy, in{"policy": allow(all, fromHere)})),
	check("resource-policy-not-public", "logs of everyone", rule.Fail, "lets everyone", one(logPolicy, in{"policyDocument": allow(all, "")})),
	check("resource-policy-not-public", "no policy", rule.NotApplicable, "", one(queue, in{"policy": ""})),
	check("resource-policy-not-public", "not a document", rule.Fail, "not a policy document", one(queuePolicy, in{"policy": "*"})),
	check("resource-policy-not-public", "computed", rule.Unknown, "policy", one(bucketPolicy, in{"policy": later})),
	check("resource-policy-not-public", "a function for everyone", rule.Fail, "set principalOrgId or sourceArn",
		one(permission, in{"principal": "*", "functionUrlAuthType": "NONE"})),
	check("resource-policy-not-public", "a function for an organization", rule.Pass, "", one(permission, in{"principal": "*", "principalOrgId": "o-1234567890"})),
	check("resource-policy-not-public", "a function for a service", rule.Pass, "", one(permission, in{"principal": "s3.amazonaws.com"})),
	check("resource-policy-not-public", "a function for who knows whom", rule.Unknown, "principal", one(permission, in{"principal": later})),
	check("resource-policy-not-public", "a layer for everyone", rule.Fail, "set organizationId", one(layerPermission, in{"principal": "*"})),
	check("resource-policy-not-public", "a layer for an organization", rule.Pass, "", one(layerPermission, in{"principal": "*", "organizationId": later})),

	check("resource-policy-source", "the distributions of this account", rule.Pass, "",
		one(bucketPolicy, in{"policy": allow(service("cloudfront.amazonaws.com"), ofDistributions)})),
	check("resource-policy-source", "any distribution", rule.Fail, "its policy lets cloudfront.amazonaws.com act for any account",
		one(bucketPolicy, in{"policy": allow(service("cloudfront.amazonaws.com"), "")})),
	check("resource-policy-source", "the distributions of any account", rule.Fail, "act for any account",
		one(bucketPolicy, in{"policy": allow(service("cloudfront.amazonaws.com"), ofAnyAccount)})),
	check("resource-policy-source", "a service for this account", rule.Pass, "", one(queuePolicy, in{"policy": allow(service("sns.amazonaws.com"), fromHere)})),
	check("resource-policy-source", "load balancers, by the path", rule.Pass, "", one(bucketPolicy, in{"policy": loads})),
	check("resource-policy-source", "load balancers of any account", rule.Fail, "logdelivery.elasticloadbalancing", one(bucketPolicy, in{"policy": loadsOfAll})),
	check("resource-policy-source", "events to a topic", rule.Pass, "", one(topicPolicy, in{"policy": allow(service("events.amazonaws.com"), "")})),
	check("resource-policy-source", "events to a queue", rule.Fail, "events.amazonaws.com", one(queuePolicy, in{"policy": allow(service("events.amazonaws.com"), "")})),
	check("resource-policy-source", "computed", rule.Unknown, "policy", one(topicPolicy, in{"policy": later})),
	check("resource-policy-source", "a topic's messages", rule.Pass, "", one(permission, in{"principal": "sns.amazonaws.com", "sourceArn": later})),
	check("resource-policy-source", "any topic's messages", rule.Fail, "lets sns.amazonaws.com invoke the function for any account. Fix: set sourceArn",
		one(permission, in{"principal": "sns.amazonaws.com"})),
	check("resource-policy-source", "a bucket's events", rule.Pass, "",
		one(permission, in{"principal": "s3.amazonaws.com", "sourceArn": later, "sourceAccount": "123456789012"})),
	check("resource-policy-source", "the events of whoever has the bucket", rule.Fail, "lets S3 invoke the function for whatever account has the bucket. Fix: set sourceAccount",
		one(permission, in{"principal": "s3.amazonaws.com", "sourceArn": later})),
	check("resource-policy-source", "every bucket's events", rule.Fail, "set sourceAccount", one(permission, in{"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::*"})),
	check("resource-policy-source", "log delivery to any log group", rule.Fail, "lets delivery.logs.amazonaws.com act",
		one(logPolicy, in{"policyDocument": allow(service("delivery.logs.amazonaws.com"), "")})),
	check("resource-policy-source", "this account's log delivery", rule.Pass, "", one(logPolicy, in{"policyDocument": allow(service("delivery.logs.amazonaws.com"), fromHere)})),
	check("resource-policy-source", "events to a log group", rule.Pass, "",
		one(logPolicy, in{"policyDocument": allow(`{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]}`, "")})),
	check("resource-policy-source", "a secret for a service", rule.Fail, "act for any account", one(secretPolicy, in{"policy": allow(service("dms.amazonaws.com"), "")})),
	check("resource-policy-source", "backups for a service", rule.Fail, "act for any account", one(vaultPolicy, in{"policy": allow(service("backup.amazonaws.com"), "")})),
	check("resource-policy-source", "log groups to come", rule.Unknown, "policyDocument", one(logPolicy, in{"policyDocument": later})),
	check("resource-policy-source", "an account", rule.NotApplicable, "", one(permission, in{"principal": "123456789012"})),
	check("resource-policy-source", "who knows whom", rule.Unknown, "principal", one(permission, in{"principal": later})),

	check("s3-acl-not-public", "none", rule.Pass, "", one("aws:s3/bucketV2:BucketV2", in{})),
	check("s3-acl-not-public", "private", rule.Pass, "", one("aws:s3/bucketAclV2:BucketAclV2", in{"acl": "private",
		"accessControlPolicy": in{"grants": list{in{"grantee": in{"uri": "http://acs.amazonaws.com/groups/s3/LogDelivery"}}}}})),
	check("s3-acl-not-public", "for logs", rule.Pass, "", one(bucketAcl, in{"acl": "log-delivery-write"})),
	check("s3-acl-not-public", "for reading", rule.Fail, `acl is "public-read"`, one(bucketAcl, in{"acl": "public-read"})),
	check("s3-acl-not-public", "of the bucket itself", rule.Fail, `acl is "public-read-write"`, one(bucket, in{"acl": "public-read-write"})),
	check("s3-acl-not-public", "a grant", rule.Fail, "AuthenticatedUsers", one(bucket, in{"grants": list{in{"uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}})),
	check("s3-acl-not-public", "a grant by an ACL", rule.Fail, "AllUsers", one(bucketAcl, in{"accessControlPolicy": in{"grants": list{
		in{"grantee": in{"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}}}})),
	check("s3-acl-not-public", "computed", rule.Unknown, "acl", one(bucketAcl, in{"acl": later})),
	check("s3-acl-not-public", "computed grants", rule.Unknown, "grants", one(bucket, in{"grants": later})),

	check("lambda-url-auth", "signed", rule.Pass, "", one(functionUrl, in{"authorizationType": "AWS_IAM"})),
	check("lambda-url-auth", "for everyone", rule.Fail, `authorizationType is "NONE"`, one(functionUrl, in{"authorizationType": "NONE"})),
	check("lambda-url-auth", "computed", rule.Unknown, "authorizationType", one(functionUrl, in{"authorizationType": later})),
}
