package cdn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// LogsArgs say where the distribution's access logs go, a line for each request, and what
// is in them: CloudFront's standard logging, version 2. A log comes within minutes, now and
// then within hours or not at all.
type LogsArgs struct {
	// Destination is where logs are kept. Default: LogsToBucket.
	Destination LogDestination `pulumi:"destination,optional"`
	// Format is how a bucket keeps them; a log group has JSON. Default: LogJson.
	Format LogFormat `pulumi:"format,optional"`
	// Fields are what is logged of a request, in this order, such as "sc-status".
	// Default: LogFields, which has neither cookies nor queries.
	Fields []string `pulumi:"fields,optional"`
	// Partitions are how finely a bucket's folders divide the time. Default: ByHour.
	Partitions Partitions `pulumi:"partitions,optional"`
	// WithoutHive leaves out the names in a bucket's folders, year=2025/month=11 and so on,
	// by which Athena and Glue find partitions. Default: false.
	WithoutHive bool `pulumi:"withoutHive,optional"`
	// RetentionDays is how long logs are kept; a log group takes the numbers that CloudWatch
	// allows. Default: 90.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// KmsKeyArn encrypts them. A bucket's key is of Region and lets delivery.logs.amazonaws.com
	// use it, a log group's is of us-east-1 and lets CloudWatch Logs. Default: AWS's own.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// ForceDestroy lets the bucket be deleted with the logs in it. Default: false, a bucket
	// with logs stays and its deletion fails.
	ForceDestroy bool `pulumi:"forceDestroy,optional"`
	// WithoutPolicy makes no policy for the log group, of which the account has ten in a
	// region: one with DeliveryStatement already lets logs in. Default: false.
	WithoutPolicy bool `pulumi:"withoutPolicy,optional"`
}

// LogDestination is where logs are kept.
type LogDestination string

// The destinations of logs.
const (
	// LogsToBucket makes a private bucket in Region.
	LogsToBucket LogDestination = "Bucket"
	// LogsToLogGroup makes a CloudWatch log group in us-east-1. It costs more by GB, and
	// can be asked at once.
	LogsToLogGroup LogDestination = "LogGroup"
	// NoLogs keeps none.
	NoLogs LogDestination = "None"
)

// LogFormat is how a bucket keeps logs.
type LogFormat string

// The formats of logs.
const (
	LogJson LogFormat = "json"
	// LogParquet is the fastest for queries by column; AWS charges for making it, by GB.
	LogParquet LogFormat = "parquet"
	// LogW3c is text, with a line of names before it.
	LogW3c LogFormat = "w3c"
)

// Partitions are how finely folders divide the time.
type Partitions string

// The partitions.
const (
	ByHour Partitions = "Hour"
	ByDay  Partitions = "Day"
)

// LogFields are what is logged by default: who asked for what, how it was answered, and
// how long that took.
func LogFields() []string {
	return []string{
		"timestamp(ms)", "date", "time", "x-edge-location", "x-edge-request-id", "c-ip", "c-country", "asn",
		"cs-method", "cs-protocol", "cs-protocol-version", "x-host-header", "cs-uri-stem", "cs(User-Agent)", "cs(Referer)",
		"sc-status", "sc-bytes", "cs-bytes", "sc-content-type", "x-edge-result-type", "x-edge-response-result-type",
		"x-edge-detailed-result-type", "time-taken", "time-to-first-byte", "origin-fbl", "origin-lbl", "cache-behavior-path-pattern",
		"ssl-protocol", "ssl-cipher",
	}
}

// otherLogFields may hold secrets, or are seldom of use.
var otherLogFields = []string{
	"c-port", "cs(Cookie)", "cs(Host)", "cs-uri-query", "fle-encrypted-fields", "fle-status", "sc-content-len", "sc-range-end", "sc-range-start",
	"viewer-request-log-data", "viewer-response-log-data", "x-forwarded-for",
}

// Names of deliveries' parts have 60 characters, of which the role and the random end take
// 23.
var longestLogged = 60 - len("-logs-to-bucket-0123456")

// longestRetention is as long as a bucket keeps logs.
const longestRetention = 3650

func (g *LogsArgs) withDefaults() *LogsArgs {
	g = base.CopyOf(g)
	base.Default(&g.Destination, LogsToBucket)
	if g.Destination == NoLogs {
		return g
	}
	base.Default(&g.Format, LogJson)
	base.Default(&g.Partitions, ByHour)
	base.Default(&g.RetentionDays, 90)
	if len(g.Fields) == 0 {
		g.Fields = LogFields()
	}
	return g
}

func (g *LogsArgs) validate(errs *fielderr.List, name, region string) {
	fielderr.OneOf(errs, "destination", g.Destination, LogsToBucket, LogsToLogGroup, NoLogs)
	if g.Destination == NoLogs {
		return
	}
	if len(name) > longestLogged {
		errs.Invalid("", name, "the component's name must have %d characters or fewer for its logs' names", longestLogged)
	}
	fielderr.OneOf(errs, "format", g.Format, LogParquet, LogJson, LogW3c)
	fielderr.OneOf(errs, "partitions", g.Partitions, ByHour, ByDay)
	seen := map[string]bool{}
	for i, field := range g.Fields {
		at := fielderr.Join("fields", fielderr.Index(i))
		fielderr.OneOf(errs, at, field, append(LogFields(), otherLogFields...)...)
		if seen[field] {
			errs.Invalid(at, field, "is there twice")
		}
		seen[field] = true
	}
	if g.Destination == LogsToBucket {
		datastore.Between(errs, "retentionDays", g.RetentionDays, 1, longestRetention)
		g.checkKey(errs, region)
		if g.WithoutPolicy {
			errs.Add("withoutPolicy", "is for a log group")
		}
		return
	}
	if !slices.Contains(base.LogRetention, g.RetentionDays) {
		errs.Invalid("retentionDays", g.RetentionDays, "must be one of %s", strings.Trim(fmt.Sprint(base.LogRetention), "[]"))
	}
	g.checkKey(errs, base.EdgeRegion)
	for path, set := range map[string]bool{
		"format": g.Format != LogJson, "partitions": g.Partitions != ByHour, "withoutHive": g.WithoutHive, "forceDestroy": g.ForceDestroy,
	} {
		if set {
			errs.Add(path, "is for a bucket")
		}
	}
}

// checkKey checks that a key whose ARN is known is where the logs are.
func (g *LogsArgs) checkKey(errs *fielderr.List, region string) {
	arn, plain := g.KmsKeyArn.(pulumi.String)
	if parts := strings.Split(string(arn), ":"); plain && (len(parts) < 6 || parts[3] != region) {
		errs.Invalid("kmsKeyArn", string(arn), "must be the ARN of a key in %s", region)
	}
}
