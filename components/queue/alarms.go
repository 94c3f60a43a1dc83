package queue

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch a queue. A queue that nobody has used for hours measures nothing, which
// is good.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// OldestMessageSeconds is how old the oldest message may be for five minutes; less than
	// the queue's RetentionSeconds. Default: 900, or half of RetentionSeconds if that is less.
	OldestMessageSeconds int `pulumi:"oldestMessageSeconds,optional"`
}

// Keys of Queue.Alarms.
const (
	AlarmOldestMessage = "oldest-message"
	AlarmDeadLetters   = "dead-letters"
)

const metricNamespace = "AWS/SQS"

func (m *AlarmsArgs) withDefaults(retention int) *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.OldestMessageSeconds, min(900, retention/2))
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List, retention int) {
	if m != nil && (m.OldestMessageSeconds < 1 || m.OldestMessageSeconds >= retention) {
		errs.Invalid("oldestMessageSeconds", m.OldestMessageSeconds, "must be 1 or more, and less than the %d seconds that messages are kept", retention)
	}
}

func (q *Queue) addAlarms(ctx *pulumi.Context, name string, a *QueueArgs) (err error) {
	if a.Alarms == nil {
		return nil
	}
	q.Alarms, err = datastore.NewAlarms(ctx, name, map[string]datastore.Alarm{
		AlarmOldestMessage: {
			Description: fmt.Sprintf("How old the oldest message of %s is, in seconds: its receivers are too slow, or gone", name),
			Namespace:   metricNamespace, Metric: "ApproximateAgeOfOldestMessage", Dimensions: pulumi.StringMap{"QueueName": q.Queue.Name},
			Statistic: "Maximum", Threshold: float64(a.Alarms.OldestMessageSeconds),
		},
		AlarmDeadLetters: {
			Description: fmt.Sprintf("Messages of %s that could not be handled", name),
			Namespace:   metricNamespace, Metric: "ApproximateNumberOfMessagesVisible", Dimensions: pulumi.StringMap{"QueueName": q.DeadLetters.Name},
			Statistic: "Maximum", Periods: 1,
		},
	}, a.Alarms.ActionArns, a.Tags, pulumi.Parent(q))
	return err
}
