package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// LogsArgs are about the log group of a function.
type LogsArgs struct {
	// RetentionDays is how long, as CloudWatch allows it: 1, 3, 5, 7, 14, 30, 60, 90, 120,
	// 150, 180, 365 and longer. Default: 30.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// Format is how lines are written. Default: LogJson.
	Format LogFormat `pulumi:"format,optional"`
	// ApplicationLevel is the least level of the code's own lines that is kept, TRACE, DEBUG,
	// INFO, WARN, ERROR or FATAL; of LogJson only. Default: INFO.
	ApplicationLevel string `pulumi:"applicationLevel,optional"`
	// SystemLevel is that of Lambda's lines about each call, DEBUG, INFO or WARN; of LogJson
	// only. Default: INFO.
	SystemLevel string `pulumi:"systemLevel,optional"`
	// KmsKeyArn encrypts the logs; its policy must let CloudWatch Logs use it. Default: the
	// function's KmsKeyArn.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// Retain leaves the log group in AWS when the function is deleted. Default: false.
	Retain bool `pulumi:"retain,optional"`
}

// LogFormat is how lines of a log are written.
type LogFormat string

const (
	// LogJson writes an object for each line, with its level and its call.
	LogJson LogFormat = "JSON"
	// LogText leaves lines as they are.
	LogText LogFormat = "Text"
)

func (l *LogsArgs) withDefaults(kmsKeyArn pulumi.StringInput) *LogsArgs {
	l = base.CopyOf(l)
	base.Default(&l.RetentionDays, 30)
	base.Default(&l.Format, LogJson)
	if l.Format == LogJson {
		base.Default(&l.ApplicationLevel, "INFO")
		base.Default(&l.SystemLevel, "INFO")
	}
	if l.KmsKeyArn == nil {
		l.KmsKeyArn = kmsKeyArn
	}
	return l
}

func (l *LogsArgs) validate(errs *fielderr.List) {
	if !slices.Contains(base.LogRetention, l.RetentionDays) {
		errs.Invalid("retentionDays", l.RetentionDays, "must be one of %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
	}
	fielderr.OneOf(errs, "format", l.Format, LogJson, LogText)
	if l.Format == LogJson {
		fielderr.OneOf(errs, "applicationLevel", l.ApplicationLevel, "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
		fielderr.OneOf(errs, "systemLevel", l.SystemLevel, "DEBUG", "INFO", "WARN")
		return
	}
	for path, level := range map[string]string{"applicationLevel": l.ApplicationLevel, "systemLevel": l.SystemLevel} {
		if level != "" {
			errs.Conflict(path, "format", "a line of text has no level")
		}
	}
}

// addLogs makes the log group before the function: one that the first call makes keeps logs
// for ever, and stands in the way of this one.
func (f *Function) addLogs(ctx *pulumi.Context, _ string, a *FunctionArgs) (err error) {
	child := f.child("logs")
	f.LogGroup, err = cloudwatch.NewLogGroup(ctx, child, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(a.Logs.RetentionDays), KmsKeyId: base.Optional(a.Logs.KmsKeyArn), Tags: base.Tags(child, a.Tags, nil),
	}, f.parent, pulumi.RetainOnDelete(a.Logs.Retain))
	if err != nil {
		return fmt.Errorf("create log group %s: %w", child, err)
	}
	f.LogGroupName = f.LogGroup.Name
	return nil
}

func (l *LogsArgs) render(group pulumi.StringOutput) lambda.FunctionLoggingConfigArgs {
	config := lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String(string(l.Format)), LogGroup: group.ToStringPtrOutput()}
	if l.Format == LogJson {
		config.ApplicationLogLevel, config.SystemLogLevel = pulumi.String(l.ApplicationLevel), pulumi.String(l.SystemLevel)
	}
	return config
}
