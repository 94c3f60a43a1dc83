package waf

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// LogKeep is which requests are logged.
type LogKeep string

// What is logged.
const (
	// KeepMatched logs what is blocked, counted, or has to prove that it is no bot.
	KeepMatched LogKeep = "Matched"
	// KeepBlocked logs only what is blocked.
	KeepBlocked LogKeep = "Blocked"
	// KeepAll logs every request.
	KeepAll LogKeep = "All"
)

// LogsArgs are about the log of requests.
type LogsArgs struct {
	// Off logs nothing; an own log group goes, with what is in it. Default: false.
	Off bool `pulumi:"off,optional"`
	// Keep is which requests are logged. Default: KeepMatched.
	Keep LogKeep `pulumi:"keep,optional"`
	// RedactedHeaders are headers whose values are not logged, besides those that RateLimits
	// count by. Default: authorization and cookie.
	RedactedHeaders []string `pulumi:"redactedHeaders,optional"`
	// KeepQuery logs query strings, in which there are signatures of URLs and tokens to reset
	// passwords with. Default: false.
	KeepQuery bool `pulumi:"keepQuery,optional"`
	// DestinationArn is a log group, bucket or Firehose stream that exists, and lets AWS
	// deliver logs; its name begins with "aws-waf-logs-". Default: a log group is made.
	DestinationArn pulumi.StringInput `pulumi:"destinationArn,optional"`
	// RetentionDays is how long an own log group keeps logs. Default: 30.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn encrypts an own log group; its policy must let CloudWatch Logs use it.
	// Default: a key of AWS's own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// WithoutPolicy makes no policy for an own log group, of which the account has ten in a
	// region: one with DeliveryStatement already lets AWS deliver logs. Default: false.
	WithoutPolicy bool `pulumi:"withoutPolicy,optional"`
}

// logPrefix begins the name of every log destination of AWS WAF.
const logPrefix = "aws-waf-logs-"

var destinationForm = regexp.MustCompile(`^arn:[a-z-]+:(s3:::|logs:[a-z0-9-]+:[0-9]{12}:log-group:|firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/)` + logPrefix)

func (l *LogsArgs) withDefaults() *LogsArgs {
	l = base.CopyOf(l)
	base.Default(&l.Keep, KeepMatched)
	if l.RedactedHeaders == nil {
		l.RedactedHeaders = []string{"authorization", "cookie"}
	}
	if l.ownGroup() {
		base.Default(&l.RetentionDays, 30)
	}
	return l
}

func (l *LogsArgs) ownGroup() bool { return !l.Off && l.DestinationArn == nil }

func (l *LogsArgs) validate(errs *fielderr.List) {
	fielderr.OneOf(errs, "keep", l.Keep, KeepMatched, KeepBlocked, KeepAll)
	if len(l.RedactedHeaders) > 50 {
		errs.Invalid("redactedHeaders", len(l.RedactedHeaders), "must be 50 or fewer")
	}
	for i, header := range l.RedactedHeaders {
		checkHeader(errs.At("redactedHeaders"), fielderr.Index(i), header)
	}
	if l.Off && l.DestinationArn != nil {
		errs.Conflict("destinationArn", "off", "nothing is logged")
	}
	if arn, plain := l.DestinationArn.(pulumi.String); plain && !destinationForm.MatchString(string(arn)) {
		errs.Invalid("destinationArn", string(arn), "must be the ARN of a log group, bucket or delivery stream whose name begins with %s", logPrefix)
	}
	if l.ownGroup() {
		if !slices.Contains(base.LogRetention, l.RetentionDays) {
			errs.Invalid("retentionDays", l.RetentionDays, "must be one of %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
		}
		return
	}
	for path, set := range map[string]bool{
		"retentionDays": l.RetentionDays != 0, "kmsKeyArn": l.KmsKeyArn != nil, "withoutPolicy": l.WithoutPolicy,
	} {
		if set {
			errs.Add(path, "is for a log group of the web ACL's own")
		}
	}
}

func checkHeader(errs *fielderr.List, path, header string) {
	if !base.IsHeader(header) || len(header) > 64 {
		errs.Invalid(path, header, "must be the name of a header, of 1 to 64 characters")
	}
}

// addLogs turns logging on. AWS turns it off by the web ACL alone: an old destination must
// go first, or it would take the new one with it.
func (w *WebAcl) addLogs(ctx *pulumi.Context, name string, a *WebAclArgs) error {
	if a.Logs.Off {
		return nil
	}
	var first []pulumi.Resource
	destination := a.Logs.DestinationArn
	if a.Logs.ownGroup() {
		if err := w.addLogGroup(ctx, name, a); err != nil {
			return err
		}
		destination = w.LogGroup.Arn
		if !a.Logs.WithoutPolicy {
			policy, err := w.addLogPolicy(ctx, name)
			if err != nil {
				return err
			}
			first = []pulumi.Resource{policy}
		}
	}
	props := pulumi.Map{"resourceArn": w.WebAclArn, "logDestinationConfigs": pulumi.Array{destination}}
	if redacted := a.redacted(); len(redacted) > 0 {
		props["redactedFields"] = redacted
	}
	if filter := a.Logs.filter(); filter != nil {
		props["loggingFilter"] = filter
	}
	return base.Untyped(ctx, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", name+"-logging", props, &resource{},
		pulumi.Parent(w), pulumi.DependsOn(first), pulumi.DeleteBeforeReplace(true))
}

// addLogGroup makes a log group, named after the web ACL, which has a name of its own
// each time.
func (w *WebAcl) addLogGroup(ctx *pulumi.Context, name string, a *WebAclArgs) error {
	child := name + "-logs"
	group, err := cloudwatch.NewLogGroup(ctx, child, &cloudwatch.LogGroupArgs{
		Name: pulumi.Sprintf("%s%s", logPrefix, w.WebAclName), RetentionInDays: pulumi.Int(a.Logs.RetentionDays),
		KmsKeyId: base.Optional(a.Logs.KmsKeyArn), Tags: base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(w))
	if err != nil {
		return fmt.Errorf("create log group %s: %w", child, err)
	}
	w.LogGroup, w.LogGroupName = group, group.Name
	return nil
}

// addLogPolicy lets only this account's log delivery write to the log group. With
// a policy of its own AWS WAF adds nothing to one that all web ACLs of the region share, which
// gets too long some day, and which nobody deletes.
func (w *WebAcl) addLogPolicy(ctx *pulumi.Context, name string) (*cloudwatch.LogResourcePolicy, error) {
	child, group := name+"-logs-policy", w.LogGroup
	account, sources := sourcesOf(group.Arn)
	policy, err := cloudwatch.NewLogResourcePolicy(ctx, child, &cloudwatch.LogResourcePolicyArgs{
		PolicyName: group.Name, PolicyDocument: iampolicy.Document(deliveryStatement(pulumi.Sprintf("%s:*", group.Arn), account, sources)),
	}, pulumi.Parent(w))
	if err != nil {
		return nil, fmt.Errorf("create policy %s: %w", child, err)
	}
	return policy, nil
}

// DeliveryStatement is for one policy of CloudWatch Logs in place of one for each web ACL of a
// region. It lets the account's log delivery write to the log groups of all of them.
func DeliveryStatement(region, accountId string) iampolicy.Statement {
	logs := fmt.Sprintf("arn:%s:logs:%s:%s:", iampolicy.Partition(region), region, accountId)
	return deliveryStatement(pulumi.String(logs+"log-group:"+logPrefix+"*:*"), pulumi.String(accountId), pulumi.String(logs+"*"))
}

func deliveryStatement(streams, account, sources pulumi.StringInput) iampolicy.Statement {
	return iampolicy.Statement{
		Services: []string{"delivery.logs.amazonaws.com"}, Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []pulumi.StringInput{streams},
		Conditions: map[string]map[string][]pulumi.StringInput{
			"StringEquals": {"aws:SourceAccount": {account}},
			"ArnLike":      {"aws:SourceArn": {sources}},
		},
	}
}

// sourcesOf are the account of a log group, and whatever delivers logs there, in its region.
func sourcesOf(groupArn pulumi.StringOutput) (account, sources pulumi.StringOutput) {
	parts := func(arn string) []string { return strings.SplitN(arn, ":", 6) }
	account = groupArn.ApplyT(func(arn string) string { return parts(arn)[4] }).(pulumi.StringOutput)
	sources = groupArn.ApplyT(func(arn string) string { return strings.Join(parts(arn)[:5], ":") + ":*" }).(pulumi.StringOutput)
	return account, sources
}

// redacted are what is not logged. Clients that are told apart by a header's value often
// prove by it who they are.
func (a *WebAclArgs) redacted() pulumi.Array {
	var headers []string
	add := func(header string) {
		if header = strings.ToLower(header); header != "" && !slices.Contains(headers, header) {
			headers = append(headers, header)
		}
	}
	for _, header := range a.Logs.RedactedHeaders {
		add(header)
	}
	for _, key := range base.SortedKeys(a.RateLimits) {
		add(a.RateLimits[key].Header)
	}
	fields := pulumi.Array{}
	for _, header := range headers {
		fields = append(fields, pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String(header)}})
	}
	if !a.Logs.KeepQuery {
		fields = append(fields, pulumi.Map{"queryString": pulumi.Map{}})
	}
	return fields
}

// filter is nil if every request is logged.
func (l *LogsArgs) filter() pulumi.Map {
	if l.Keep == KeepAll {
		return nil
	}
	actions := []string{"BLOCK"}
	if l.Keep == KeepMatched {
		actions = []string{"BLOCK", "COUNT", "EXCLUDED_AS_COUNT", "CAPTCHA", "CHALLENGE"}
	}
	conditions := pulumi.Array{}
	for _, action := range actions {
		conditions = append(conditions, pulumi.Map{"actionCondition": pulumi.Map{"action": pulumi.String(action)}})
	}
	return pulumi.Map{"defaultBehavior": pulumi.String("DROP"), "filters": pulumi.Array{pulumi.Map{
		"behavior": pulumi.String("KEEP"), "requirement": pulumi.String("MEETS_ANY"), "conditions": conditions,
	}}}
}
