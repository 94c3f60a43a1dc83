package database

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	leastAdvancedDays = 465
	metrics           = "AWS/RDS"
	mib               = 1 << 20
	gib               = 1 << 30
)

// addMonitoringRole registers the role under which AWS logs the measurements of the
// operating system.
func (c *core) addMonitoringRole(ctx *pulumi.Context) error {
	if *c.monitoring.IntervalSeconds == 0 {
		return nil
	}
	child := c.child("monitoring", "role")
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("monitoring.rds.amazonaws.com")), Tags: c.tagsOf(child),
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create role %s: %w", child, err)
	}
	child = c.child("monitoring", "policy")
	policy, err := iam.NewRolePolicyAttachment(ctx, child, &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.Sprintf("arn:%s:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", iampolicy.Partition(c.region)),
	}, c.parent)
	if err != nil {
		return fmt.Errorf("attach policy %s: %w", child, err)
	}
	c.monitoringRoleArn, c.watched = role.Arn, []pulumi.Resource{policy}
	return nil
}

// insights are the settings of Database Insights, as instances and clusters take them.
type insights struct {
	enabled pulumi.Bool
	mode    pulumi.StringPtrInput
	days    pulumi.IntPtrInput
	key     pulumi.StringPtrInput
}

// insights of a database that is encrypted with a key, or with AWS's own where key is nil.
func (c *core) insights(key pulumi.StringInput) insights {
	if c.monitoring.Insights == InsightsOff {
		// Advanced, which AWS does not switch off as it is, becomes Standard with that.
		return insights{mode: pulumi.String(strings.ToLower(string(InsightsStandard)))}
	}
	return insights{
		enabled: true, mode: pulumi.String(strings.ToLower(string(c.monitoring.Insights))),
		days: pulumi.Int(c.monitoring.InsightsDays), key: base.Optional(key),
	}
}

// addEvents registers a subscription to what AWS does with one database.
func (c *core) addEvents(ctx *pulumi.Context, events *EventsArgs, sourceType string, source pulumi.StringInput) error {
	if events == nil {
		return nil
	}
	child := c.child("events")
	_, err := rds.NewEventSubscription(ctx, child, &rds.EventSubscriptionArgs{
		SnsTopic: events.TopicArn, SourceType: pulumi.String(sourceType), SourceIds: pulumi.StringArray{source},
		EventCategories: pulumi.ToStringArray(events.Categories), Tags: c.tagsOf(child),
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create event subscription %s: %w", child, err)
	}
	return nil
}

// commonAlarms are those of both shapes. A cluster counts its worst instance, including
// those that it adds by itself.
func (c *core) commonAlarms(dimensions pulumi.StringMap) map[string]datastore.Alarm {
	alarms := map[string]datastore.Alarm{
		AlarmCpu: {
			Description: "CPU load, in percent", Namespace: metrics, Metric: "CPUUtilization", Dimensions: dimensions,
			Statistic: "Maximum", Threshold: c.alarms.CpuPercent,
		},
		AlarmMemory: {
			Description: "Free memory, in bytes", Namespace: metrics, Metric: "FreeableMemory", Dimensions: dimensions,
			Statistic: "Minimum", Below: true, Threshold: float64(c.alarms.FreeMemoryMib) * mib,
		},
	}
	if c.alarms.Connections > 0 {
		alarms[AlarmConnections] = datastore.Alarm{
			Description: "Connections", Namespace: metrics, Metric: "DatabaseConnections", Dimensions: dimensions,
			Statistic: "Maximum", Threshold: float64(c.alarms.Connections),
		}
	}
	if c.proxy != nil {
		proxy := pulumi.StringMap{"ProxyName": c.pool.proxy.Name}
		alarms[AlarmProxyBorrow] = datastore.Alarm{
			Description: "How long clients of the proxy wait for a connection, in microseconds", Namespace: metrics,
			Metric: "DatabaseConnectionsBorrowLatency", Dimensions: proxy, Threshold: float64(c.alarms.BorrowMillis) * 1000,
		}
		alarms[AlarmProxyPinned] = datastore.Alarm{
			Description: "Clients of the proxy that keep a connection for themselves", Namespace: metrics,
			Metric: "DatabaseConnectionsCurrentlySessionPinned", Dimensions: proxy, Statistic: "Maximum",
			Threshold: float64(c.alarms.PinnedSessions),
		}
	}
	return alarms
}

// Keys of the alarms, next to "replica-lag-" and the key of an instance's replica.
const (
	AlarmCpu         = "cpu"
	AlarmMemory      = "memory"
	AlarmStorage     = "storage"
	AlarmConnections = "connections"
	AlarmReplicaLag  = "replica-lag"
	AlarmCapacity    = "capacity"
	AlarmProxyBorrow = "proxy-borrow"
	AlarmProxyPinned = "proxy-pinned"
)
