package eks

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// interruptions are the events after which Karpenter moves pods away, by key: source and kind.
var interruptions = map[string][2]string{
	"health":    {"aws.health", "AWS Health Event"},
	"rebalance": {"aws.ec2", "EC2 Instance Rebalance Recommendation"},
	"spot":      {"aws.ec2", "EC2 Spot Instance Interruption Warning"},
	"state":     {"aws.ec2", "EC2 Instance State-change Notification"},
}

// newInterruptionQueue makes the queue `<name>-karpenter-queue` of what is about to happen to
// instances, and the rules that fill it. What it returns besides is what fills it.
func (c *core) newInterruptionQueue() (*sqs.Queue, []pulumi.Resource, error) {
	child := c.child(karpenterName, "queue")
	queue, err := sqs.NewQueue(c.ctx, child, &sqs.QueueArgs{
		// A warning of a spot instance is worthless after two minutes.
		MessageRetentionSeconds: pulumi.Int(300),
		// AWS's own key: EventBridge cannot write with a key whose policy does not know it.
		SqsManagedSseEnabled: pulumi.Bool(true),
		Tags:                 c.tags(child),
	}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create queue %s: %w", child, err)
	}
	var (
		rules  []pulumi.StringInput
		events []pulumi.Resource
	)
	for _, key := range base.SortedKeys(interruptions) {
		rule, target, err := c.newInterruption(key, queue)
		if err != nil {
			return nil, nil, err
		}
		rules, events = append(rules, rule.Arn), append(events, target)
	}
	policy, err := sqs.NewQueuePolicy(c.ctx, child+"-policy", &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url, Policy: iampolicy.Document(queueStatements(queue.Arn, rules)...),
	}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create policy %s-policy: %w", child, err)
	}
	return queue, append(events, policy), nil
}

func (c *core) newInterruption(key string, queue *sqs.Queue) (*cloudwatch.EventRule, *cloudwatch.EventTarget, error) {
	event, child := interruptions[key], c.child(karpenterName, "rule", key)
	pattern, err := json.Marshal(map[string][]string{"source": {event[0]}, "detail-type": {event[1]}})
	if err != nil {
		return nil, nil, fmt.Errorf("pattern of rule %s: %w", child, err)
	}
	rule, err := cloudwatch.NewEventRule(c.ctx, child, &cloudwatch.EventRuleArgs{
		Description: pulumi.Sprintf("%s for the nodes of %s", event[1], c.name), EventPattern: pulumi.String(string(pattern)), Tags: c.tags(child),
	}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create rule %s: %w", child, err)
	}
	child = c.child(karpenterName, "target", key)
	target, err := cloudwatch.NewEventTarget(c.ctx, child, &cloudwatch.EventTargetArgs{Rule: rule.Name, Arn: queue.Arn}, c.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("create target %s: %w", child, err)
	}
	return rule, target, nil
}

// queueStatements let only these rules write, and nobody do anything without TLS.
func queueStatements(queue pulumi.StringInput, rules []pulumi.StringInput) []iampolicy.Statement {
	return []iampolicy.Statement{
		{
			Sid: "Events", Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{queue}, Services: []string{"events.amazonaws.com"},
			Conditions: map[string]map[string][]pulumi.StringInput{"ArnEquals": {"aws:SourceArn": rules}},
		},
		{
			Sid: "OnlyTls", Effect: "Deny", Actions: []string{"sqs:*"}, Resources: []pulumi.StringInput{queue},
			AwsPrincipals: []pulumi.StringInput{pulumi.String("*")},
			Conditions:    map[string]map[string][]pulumi.StringInput{"Bool": {"aws:SecureTransport": {pulumi.String("false")}}},
		},
	}
}
