package cdn_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	alarmToken   = "aws:cloudwatch/metricAlarm:MetricAlarm"
	metricsToken = "aws:cloudfront/monitoringSubscription:MonitoringSubscription"
)

func TestAlarmsAreAboutTheDistributionAndItsFunctions(t *testing.T) {
	args := bare(withFunction("redirect", cdn.FunctionArgs{Code: code}), func(a *cdn.DistributionArgs) { a.Alarms = &cdn.AlarmsArgs{} })
	harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
		distribution, function := g.Named(t, "shop-distribution").URN, g.Named(t, "shop-function-redirect").URN
		for name, want := range map[string][]any{
			"shop-alarm-server-errors":            {"5xxErrorRate", "Average", nil, 1.0, distribution},
			"shop-alarm-origin-latency":           {"OriginLatency", nil, "p99", 3000.0, distribution},
			"shop-alarm-function-errors-redirect": {"FunctionExecutionErrors", "Sum", nil, 0.0, function},
		} {
			alarm := g.Named(t, name)
			require.Equal(t, want, []any{
				alarm.Value("metricName"), alarm.Value("statistic"), alarm.Value("extendedStatistic"), alarm.Value("threshold"),
				alarm.PropertyDependencies["dimensions"][0],
			}, name)
			require.Equal(t, []any{"AWS/CloudFront", "Global"}, []any{alarm.Value("namespace"), alarm.Value("dimensions.Region")}, name)
		}
		require.Len(t, g.OfType(alarmToken), 3)
		require.Len(t, g.OfType(metricsToken), 1)
	})
}

func TestAdditionalMetricsArePaidForOnlyWithAlarms(t *testing.T) {
	for name, c := range map[string]struct {
		alarms *cdn.AlarmsArgs
		want   int
	}{"no alarms": {nil, 0}, "without them": {&cdn.AlarmsArgs{WithoutAdditionalMetrics: true}, 1}} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, atTheEdge(bare(func(a *cdn.DistributionArgs) { a.Alarms = c.alarms }), "shop"), func(t *testing.T, g *harness.Graph) {
				require.Empty(t, g.OfType(metricsToken))
				require.Len(t, g.OfType(alarmToken), c.want)
			})
		})
	}
}

func TestWrongAlarmsAreAllReported(t *testing.T) {
	wrong(t, `cdn.Distribution "shop": 4 problems
  alarms.actionArns[1]: "arn:aws:sns:eu-west-1:111122223333:alerts": must be an ARN of us-east-1, as alarms tell only what is in their own region
  alarms.actionArns[2]: "alerts": must be an ARN of us-east-1, as alarms tell only what is in their own region
  alarms.originLatencySeconds: -1: must be above 0
  alarms.serverErrorPercent: 101: must be above 0, to 100`, func(a *cdn.DistributionArgs) {
		a.Alarms = &cdn.AlarmsArgs{ServerErrorPercent: 101, OriginLatencySeconds: -1, ActionArns: pulumi.ToStringArray([]string{
			"arn:aws:sns:us-east-1:111122223333:alerts", "arn:aws:sns:eu-west-1:111122223333:alerts", "alerts",
		})}
	})
	wrong(t, `cdn.Distribution "shop": 1 problem
  alarms.originLatencySeconds: conflicts with alarms.withoutAdditionalMetrics: nothing else measures origins`, func(a *cdn.DistributionArgs) {
		a.Alarms = &cdn.AlarmsArgs{WithoutAdditionalMetrics: true, OriginLatencySeconds: 1}
	})
}
