package datastore

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// SecurityGroup registers `<name>-sg`, a group without any rule. Its description cannot
// be changed later.
func SecurityGroup(
	ctx *pulumi.Context, name string, vpcId pulumi.StringInput, description string, tags map[string]string, opts ...pulumi.ResourceOption,
) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, name+"-sg", &ec2.SecurityGroupArgs{
		VpcId: vpcId, Description: pulumi.String(description), Tags: base.Tags(name, tags, nil),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("create security group %s-sg: %w", name, err)
	}
	return group, nil
}

// Alarm is raised when a metric is beyond a threshold in all of the last Periods minutes.
type Alarm struct {
	// Description says what is wrong when it is raised, and in which unit.
	Description string
	// Namespace, Metric and Dimensions name the metric.
	Namespace, Metric string
	Dimensions        pulumi.StringMap
	// Statistic is Average, Maximum, Minimum, Sum or a percentile such as p99.
	// Default: Average.
	Statistic string
	// Below raises the alarm under the threshold, not over it.
	Below     bool
	Threshold float64
	// Periods is the number of minutes. Default: 5.
	Periods int
}

// NewAlarms registers `<name>-alarm-<key>` for each alarm. Minutes without data are good
// ones: a store that is stopped measures nothing.
func NewAlarms(
	ctx *pulumi.Context, name string, alarms map[string]Alarm, actionArns pulumi.StringArrayInput, tags map[string]string, opts ...pulumi.ResourceOption,
) (map[string]*cloudwatch.MetricAlarm, error) {
	made := map[string]*cloudwatch.MetricAlarm{}
	for _, key := range base.SortedKeys(alarms) {
		a, child := alarms[key], name+"-alarm-"+key
		base.Default(&a.Statistic, "Average")
		base.Default(&a.Periods, 5)
		args := &cloudwatch.MetricAlarmArgs{
			AlarmDescription: pulumi.String(a.Description), Namespace: pulumi.String(a.Namespace), MetricName: pulumi.String(a.Metric),
			Dimensions: a.Dimensions, Period: pulumi.Int(60), Threshold: pulumi.Float64(a.Threshold),
			ComparisonOperator: pulumi.String("GreaterThanThreshold"), TreatMissingData: pulumi.String("notBreaching"),
			EvaluationPeriods: pulumi.Int(a.Periods), DatapointsToAlarm: pulumi.Int(a.Periods), Tags: base.Tags(child, tags, nil),
		}
		if a.Below {
			args.ComparisonOperator = pulumi.String("LessThanThreshold")
		}
		if a.Statistic[0] == 'p' {
			args.ExtendedStatistic = pulumi.String(a.Statistic)
		} else {
			args.Statistic = pulumi.String(a.Statistic)
		}
		if actionArns != nil {
			actions := base.Actions(actionArns)
			args.AlarmActions, args.OkActions = actions, actions
		}
		alarm, err := cloudwatch.NewMetricAlarm(ctx, child, args, opts...)
		if err != nil {
			return nil, fmt.Errorf("create alarm %s: %w", child, err)
		}
		made[key] = alarm
	}
	return made, nil
}
