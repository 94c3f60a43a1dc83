package keys

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// use is the ways in which an AWS service uses a customer's key.
type use struct {
	// onBehalf is with the permissions of the principal that calls the service.
	onBehalf bool
	// grants outlive the call: the service goes on using the key by itself.
	grants bool
	// logs is by itself, for log groups.
	logs bool
	// publisher is the service principal that sends messages by itself.
	publisher string
	// topics and queues are where it sends to, when they are encrypted with the key.
	topics, queues bool
	// distributions is by itself, for what CloudFront reads from a bucket.
	distributions bool
}

var uses = map[string]use{
	"backup":            {onBehalf: true, grants: true, publisher: "backup.amazonaws.com", topics: true},
	"cloudfront":        {distributions: true},
	"cloudwatch":        {publisher: "cloudwatch.amazonaws.com", topics: true},
	"dynamodb":          {onBehalf: true, grants: true},
	"ec2":               {onBehalf: true, grants: true},
	"ecr":               {onBehalf: true, grants: true},
	"eks":               {onBehalf: true, grants: true},
	"elasticache":       {onBehalf: true, grants: true},
	"elasticfilesystem": {onBehalf: true, grants: true},
	"events":            {publisher: "events.amazonaws.com", topics: true, queues: true},
	"lambda":            {onBehalf: true, grants: true},
	"logs":              {logs: true},
	"rds":               {onBehalf: true, grants: true},
	"rds-events":        {publisher: "events.rds.amazonaws.com", topics: true},
	"s3":                {onBehalf: true, publisher: "s3.amazonaws.com", topics: true, queues: true},
	"secretsmanager":    {onBehalf: true},
	"sns":               {onBehalf: true, publisher: "sns.amazonaws.com", queues: true},
	"sqs":               {onBehalf: true},
	"ssm":               {onBehalf: true},
}

// Services are the names that KeyArgs.Services knows, in order. "rds" includes Aurora
// and DocumentDB, "ec2" volumes and snapshots. "cloudwatch", "events" and "rds-events"
// are alarms and events that go to encrypted topics or queues; with "sns" and "s3", so are
// messages to queues and what happens in buckets. "cloudfront" reads for distributions.
func Services() []string { return base.SortedKeys(uses) }

var (
	useActions     = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"}
	decryptActions = []string{"kms:Decrypt", "kms:DescribeKey"}
	publishActions = []string{"kms:Decrypt", "kms:GenerateDataKey*"}
)

type conditions = map[string]map[string][]pulumi.StringInput

// policy is a key's policy in one region. It is one statement for each way of use, as a
// policy must not grow with the number of services.
func policy(region, account string, services []string, more []iampolicy.Statement) pulumi.StringOutput {
	partition := iampolicy.Partition(region)
	here := []pulumi.StringInput{pulumi.String("*")} // in a key policy: this key
	own := func(service string) []pulumi.StringInput {
		return texts(fmt.Sprintf("arn:%s:%s:%s:%s:*", partition, service, region, account))
	}
	statements := []iampolicy.Statement{{
		Sid: "Administration", Actions: []string{"kms:*"}, Resources: here,
		AwsPrincipals: texts(fmt.Sprintf("arn:%s:iam::%s:root", partition, account)),
	}}
	if via := chosen(services, func(u use) bool { return u.onBehalf }); len(via) > 0 {
		statements = append(statements, iampolicy.Statement{
			Sid: "Services", Actions: useActions, Resources: here, AwsPrincipals: texts("*"),
			Conditions: conditions{"StringEquals": onBehalf(region, account, via)},
		})
	}
	if via := chosen(services, func(u use) bool { return u.grants }); len(via) > 0 {
		statements = append(statements, iampolicy.Statement{
			Sid: "Grants", Actions: []string{"kms:CreateGrant"}, Resources: here, AwsPrincipals: texts("*"),
			Conditions: conditions{"StringEquals": onBehalf(region, account, via), "Bool": {"kms:GrantIsForAWSResource": texts("true")}},
		})
	}
	if to := publishers(services, func(u use) bool { return u.topics }); len(to) > 0 {
		statements = append(statements, iampolicy.Statement{
			Sid: "Topics", Actions: publishActions, Resources: here, Services: to,
			Conditions: conditions{"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": own("sns")}},
		})
	}
	if to := publishers(services, func(u use) bool { return u.queues }); len(to) > 0 {
		statements = append(statements, iampolicy.Statement{
			Sid: "Queues", Actions: publishActions, Resources: here, Services: to,
			Conditions: conditions{"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": own("sqs")}},
		})
	}
	if len(chosen(services, func(u use) bool { return u.logs })) > 0 {
		statements = append(statements, iampolicy.Statement{
			Sid: "Logs", Actions: useActions, Resources: here, Services: []string{iampolicy.RegionalService("logs", region)},
			Conditions: conditions{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": own("logs")}},
		})
	}
	if len(chosen(services, func(u use) bool { return u.distributions })) > 0 {
		statements = append(statements, iampolicy.Statement{
			// Any distribution of the account: one of them can be known only after the bucket.
			Sid: "Distributions", Actions: decryptActions, Resources: here, Services: []string{"cloudfront.amazonaws.com"},
			Conditions: conditions{"ArnLike": {"aws:SourceArn": texts(fmt.Sprintf("arn:%s:cloudfront::%s:distribution/*", partition, account))}},
		})
	}
	for _, s := range more {
		if len(s.Resources) == 0 {
			s.Resources = here
		}
		statements = append(statements, s)
	}
	return iampolicy.Document(statements...)
}

// onBehalf are the conditions of a use for principals of the account, through services.
func onBehalf(region, account string, services []string) map[string][]pulumi.StringInput {
	via := make([]string, len(services))
	for i, service := range services {
		via[i] = iampolicy.RegionalService(service, region)
	}
	return map[string][]pulumi.StringInput{"kms:CallerAccount": texts(account), "kms:ViaService": texts(via...)}
}

// chosen are the services with a kind of use, sorted: their order means nothing.
func chosen(services []string, of func(use) bool) []string {
	var list []string
	for _, service := range services {
		if of(uses[service]) {
			list = append(list, service)
		}
	}
	slices.Sort(list)
	return list
}

func publishers(services []string, of func(use) bool) []string {
	list := chosen(services, of)
	for i, service := range list {
		list[i] = uses[service].publisher
	}
	return list
}

func texts(list ...string) []pulumi.StringInput {
	inputs := make([]pulumi.StringInput, len(list))
	for i, text := range list {
		inputs[i] = pulumi.String(text)
	}
	return inputs
}
