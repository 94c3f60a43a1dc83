package cost

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// at is a schedule.
func at(recurrence string, machines, most any) *rule.Resource {
	return of(schedule, recurrence, map[string]any{"recurrence": recurrence, "desiredCapacity": machines, "maxSize": most})
}

// average is how many machines there are on average, and at most.
func average(steps []step) (machines, most float64) {
	for _, s := range steps {
		machines += s.share * s.machines
		most += s.share * s.most
	}
	return machines, most
}

func TestSchedulesDecideHowManyMachinesThereAre(t *testing.T) {
	for name, c := range map[string]struct {
		schedules      []*rule.Resource
		machines, most float64
		counted        bool
	}{
		"none":                         {nil, 2, 6, true},
		"working days from 7 to 20":    {[]*rule.Resource{at("0 20 * * MON-FRI", 0, 0), at("0 7 * * MON-FRI", 3, 4)}, 3 * 65. / 168, 4 * 65. / 168, true},
		"every night":                  {[]*rule.Resource{at("30 22 * * *", 1, 6), at("30 6 * * *", 4, 6)}, (1*8 + 4*16) / 24., 6, true},
		"weekends, over the week":      {[]*rule.Resource{at("0 0 * * SAT", 1, 1), at("0 0 * * 1", 2, 6)}, (1*2 + 2*5) / 7., (1*2 + 6*5) / 7., true},
		"Sunday is 0 and 7":            {[]*rule.Resource{at("0 0 * * 7", 0, -1), at("0 0 * * 0", 0, -1)}, 0, 6, true},
		"days of the month":            {[]*rule.Resource{at("0 0 1 * *", 9, 9)}, 2, 6, false},
		"every ten minutes":            {[]*rule.Resource{at("*/10 * * * *", 9, 9)}, 2, 6, false},
		"once":                         {[]*rule.Resource{of(schedule, "once", map[string]any{"startTime": "2026-01-01T00:00:00Z", "desiredCapacity": 9})}, 2, 6, false},
		"one that leaves the capacity": {[]*rule.Resource{at("0 0 * * *", -1, 4)}, 2, 6, false},
	} {
		t.Run(name, func(t *testing.T) {
			steps, counted := week(c.schedules, 2, 6)
			machines, most := average(steps)
			require.Equal(t, c.counted, counted)
			require.InDelta(t, c.machines, machines, 1e-9)
			require.InDelta(t, c.most, most, 1e-9)
		})
	}
}

func TestMachinesAreDividedAsTheGroupSays(t *testing.T) {
	policy := rule.Of(map[string]any{"onDemandBaseCapacity": 1, "onDemandPercentageAboveBaseCapacity": 50})
	require.Equal(t, fleet{onDemand: 3, spot: 1, most: 6, mostSpot: 4}, new(estimator).mix([]step{{1, 4, 10}}, policy, false), "1 and the half of 3, rounded up")
	require.Equal(t, fleet{onDemand: 4, most: 10}, new(estimator).mix([]step{{1, 4, 10}}, rule.Value{}, false))
	require.Equal(t, fleet{spot: 4, mostSpot: 10}, new(estimator).mix([]step{{1, 4, 10}}, rule.Value{}, true))
	require.Equal(t, fleet{onDemand: 0.5, most: 0.5}, new(estimator).mix([]step{{0.5, 1, 1}, {0.5, 0, 0}}, policy, false))
}

func TestAGroupIsPaidForWhileItRuns(t *testing.T) {
	group := of(scalingGroup, "group", map[string]any{
		"minSize": 1, "maxSize": 3, "vpcZoneIdentifiers": []string{"private-id"},
		"mixedInstancesPolicy": map[string]any{
			"instancesDistribution": map[string]any{"onDemandBaseCapacity": 0, "onDemandPercentageAboveBaseCapacity": 0},
			"launchTemplate": map[string]any{
				"launchTemplateSpecification": map[string]any{"launchTemplateId": "template-id"},
				"overrides":                   []any{map[string]any{"instanceType": "t4g.small"}, map[string]any{"instanceType": "t3.small"}},
			},
		},
	})
	template := of(launchTemplate, "template", map[string]any{"instanceType": "m7g.large", "blockDeviceMappings": []any{map[string]any{"ebs": map[string]any{"volumeSize": 20}}}})
	stop, start := at("0 20 * * MON-FRI", 0, 0), at("0 7 * * MON-FRI", 1, 3)
	for _, s := range []*rule.Resource{stop, start} {
		s.Inputs["autoscalingGroupName"] = rule.Of("group-id")
	}
	b := bill(t, nil, group, template, stop, start, private())
	require.Empty(t, b.NotPriced)
	require.InDelta(t, 100*65./168, quantities(b, "group")["ec2/t4g.small"], 1e-9)
	require.InDelta(t, 20*65./168, quantities(b, "group")["ebs/gp2"], 1e-9, "its disk goes with it")
	require.NotContains(t, quantities(b, "group"), "zone-gb", "it is in one zone")
	require.InDelta(t, 0.016*0.5*100*65/168, b.Lines[0].USD(), 1e-9)
}

func FuzzWeekly(f *testing.F) {
	for _, s := range []string{"0 20 * * MON-FRI", "30 6 * * *", "0 0 * * FRI-MON", "5 4 * * 0,3-7", "* * * * *", "0 0 * * -", "99 99 * * 9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		minutes, ok := weekly(expression)
		require.Equal(t, ok, len(minutes) > 0)
		for i, m := range minutes {
			require.True(t, m >= 0 && m < weekMinutes && (i == 0 || minutes[i-1] < m), minutes)
		}
	})
}

func TestQuantitiesOfKubernetes(t *testing.T) {
	for written, is := range map[any]float64{"250m": 0.25, "512Mi": 512 << 20, "2": 2, 1.5: 1.5, "1.5Gi": 1.5 * (1 << 30), "3k": 3000, "2e3": 2000} {
		n, ok := quantity(rule.Of(written))
		require.True(t, ok, written)
		require.InDelta(t, is, n, 1e-9, written)
	}
	for _, written := range []any{"", "Mi", "ten", -1.0, nil, rule.Computed{}} {
		_, ok := quantity(rule.Of(written))
		require.False(t, ok, written)
	}
}

func FuzzQuantity(f *testing.F) {
	for _, s := range []string{"250m", "512Mi", "1", "1.5Gi", "2e3", "-1", "Mi", "NaN", "1E309", "1E307M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := quantity(rule.Of(s))
		require.True(t, !ok || n >= 0 && !math.IsInf(n, 0) && !math.IsNaN(n), n)
	})
}
