package waf

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch what is blocked, for five minutes on end: an attack, or a rule that
// keeps out who should come in. In Mode Count they watch what would be blocked.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// BlockedPerMinute is how many requests may be blocked in a minute, by all rules.
	// Default: 1000.
	BlockedPerMinute int `pulumi:"blockedPerMinute,optional"`
	// LimitedPerMinute is how many requests each of RateLimits may hold back in a minute.
	// Default: 100.
	LimitedPerMinute int `pulumi:"limitedPerMinute,optional"`
}

// AlarmBlocked is the key of WebAcl.Alarms for all rules; a rate limit's is "rate-<key>".
const AlarmBlocked = "blocked"

const metricNamespace = "AWS/WAFV2"

func (m *AlarmsArgs) withDefaults() *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.BlockedPerMinute, 1000)
	base.Default(&m.LimitedPerMinute, 100)
	return m
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	for path, most := range map[string]int{"blockedPerMinute": m.BlockedPerMinute, "limitedPerMinute": m.LimitedPerMinute} {
		if most < 1 {
			errs.Invalid(path, most, "must be 1 or more")
		}
	}
}

// metrics are where AWS counts what becomes of requests.
var metrics = map[Mode]string{Block: "BlockedRequests", Count: "CountedRequests"}

// addAlarms goes by the web ACL's name. AWS's documentation calls that dimension the metric's
// name, by which AWS in fact counts rules, and what no rule is against.
func (w *WebAcl) addAlarms(ctx *pulumi.Context, name string, a *WebAclArgs) (err error) {
	if a.Alarms == nil {
		return nil
	}
	alarm := func(rule string, mode Mode, most int, what string) datastore.Alarm {
		dimensions := pulumi.StringMap{"WebACL": w.WebAclName, "Rule": pulumi.String(rule)}
		if a.Scope == Regional {
			dimensions["Region"] = pulumi.String(a.Region) // CloudFront's metrics have none
		}
		return datastore.Alarm{
			Description: what, Namespace: metricNamespace, Metric: metrics[mode], Dimensions: dimensions, Statistic: "Sum", Threshold: float64(most),
		}
	}
	alarms := map[string]datastore.Alarm{
		AlarmBlocked: alarm("ALL", a.Mode, a.Alarms.BlockedPerMinute, fmt.Sprintf("Requests a minute that rules of %s are against", name)),
	}
	for key, l := range a.RateLimits {
		alarms[rateRule(key)] = alarm(rateRule(key), l.Mode, a.Alarms.LimitedPerMinute,
			fmt.Sprintf("Requests a minute beyond the limit %s of %s", key, name))
	}
	w.Alarms, err = datastore.NewAlarms(ctx, name, alarms, a.Alarms.ActionArns, a.Tags, pulumi.Parent(w))
	return err
}
