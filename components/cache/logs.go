package cache

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// LogsArgs say which logs of a replication group are kept, each in a log group of its
// own.
type LogsArgs struct {
	// Slow keeps the commands that took long, with their arguments. Default: true.
	Slow *bool `pulumi:"slow,optional"`
	// Engine keeps what the engine says of itself. Default: true.
	Engine *bool `pulumi:"engine,optional"`
	// RetentionDays is how long, as CloudWatch allows it: 1, 3, 5, 7, 14, 30, 60, 90, 120,
	// 150, 180, 365 and longer. Default: 30.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn encrypts the logs; its policy must let CloudWatch Logs use it. Default: a
	// key of AWS's own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

// Keys of ReplicationGroup.LogGroups.
const (
	LogSlow   = "slow-log"
	LogEngine = "engine-log"
)

func (l *LogsArgs) withDefaults() *LogsArgs {
	l = base.CopyOf(l)
	base.DefaultRef(&l.Slow, true)
	base.DefaultRef(&l.Engine, true)
	base.Default(&l.RetentionDays, 30)
	return l
}

func (l *LogsArgs) validate(errs *fielderr.List) {
	if !slices.Contains(base.LogRetention, l.RetentionDays) {
		errs.Invalid("retentionDays", l.RetentionDays, "must be one of %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
	}
}

func (g *ReplicationGroup) addLogGroups(ctx *pulumi.Context, a *ReplicationGroupArgs) error {
	keep := map[string]bool{LogSlow: *a.Logs.Slow, LogEngine: *a.Logs.Engine}
	for _, key := range base.SortedKeys(keep) {
		if !keep[key] {
			continue
		}
		name := g.name + "-" + key
		group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
			RetentionInDays: pulumi.Int(a.Logs.RetentionDays), KmsKeyId: base.Optional(a.Logs.KmsKeyArn), Tags: base.Tags(name, a.Tags, nil),
		}, g.parent)
		if err != nil {
			return fmt.Errorf("create log group %s: %w", name, err)
		}
		g.LogGroups[key] = group
	}
	return nil
}

func (g *ReplicationGroup) logDeliveries() elasticache.ReplicationGroupLogDeliveryConfigurationArray {
	deliveries := elasticache.ReplicationGroupLogDeliveryConfigurationArray{}
	for _, key := range base.SortedKeys(g.LogGroups) {
		deliveries = append(deliveries, elasticache.ReplicationGroupLogDeliveryConfigurationArgs{
			LogType: pulumi.String(key), LogFormat: pulumi.String("json"),
			DestinationType: pulumi.String("cloudwatch-logs"), Destination: g.LogGroups[key].Name,
		})
	}
	return deliveries
}
