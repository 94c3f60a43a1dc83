package topic

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch a topic. A topic that nobody has used for hours measures nothing, which
// is good.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as other SNS
	// topics. Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
}

// Keys of Topic.Alarms.
const (
	// AlarmFailed is deliveries that fail again and again.
	AlarmFailed = "failed"
	// AlarmLost is messages that not even the dead letters took.
	AlarmLost = "lost"
	// AlarmDeadLetters is messages in the topic's own queue of dead letters.
	AlarmDeadLetters = "dead-letters"
)

func (t *Topic) addAlarms(ctx *pulumi.Context, name string, a *TopicArgs) (err error) {
	if a.Alarms == nil {
		return nil
	}
	of := pulumi.StringMap{"TopicName": t.TopicName}
	alarms := map[string]datastore.Alarm{
		AlarmFailed: {
			Description: fmt.Sprintf("Deliveries of %s fail, in each of five minutes: a subscriber is gone, or refuses", name),
			Namespace:   "AWS/SNS", Metric: "NumberOfNotificationsFailed", Dimensions: of, Statistic: "Sum",
		},
		AlarmLost: {
			Description: fmt.Sprintf("Messages of %s that could be neither delivered nor kept as dead letters", name),
			Namespace:   "AWS/SNS", Metric: "NumberOfNotificationsFailedToRedriveToDlq", Dimensions: of, Statistic: "Sum", Periods: 1,
		},
	}
	if t.DeadLetters != nil {
		alarms[AlarmDeadLetters] = datastore.Alarm{
			Description: fmt.Sprintf("Messages of %s that could not be delivered", name),
			Namespace:   "AWS/SQS", Metric: "ApproximateNumberOfMessagesVisible", Dimensions: pulumi.StringMap{"QueueName": t.DeadLetters.Name},
			Statistic: "Maximum", Periods: 1,
		}
	}
	t.Alarms, err = datastore.NewAlarms(ctx, name, alarms, a.Alarms.ActionArns, a.Tags, pulumi.Parent(t))
	return err
}
