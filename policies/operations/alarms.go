package operations

import (
	"maps"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of alarms.
const (
	metricAlarm    = "aws:cloudwatch/metricAlarm:MetricAlarm"
	compositeAlarm = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
)

// watched are the types that need an alarm, with the properties that dimensions name them by.
var watched = map[string][]string{
	loadBalancer: {"arnSuffix"}, scalingGroup: {"name", "id"}, database: {"identifier", "id"}, dbCluster: {"clusterIdentifier", "id"},
	queue: {"name"}, function: {"name", "id"}, distribution: {"id"},
}

func redundancyAlarms() *rule.Rule {
	return &rule.Rule{
		ID: "redundancy-alarms", Title: "What serves requests has an alarm that tells somebody", Severity: rule.Medium, Category: rule.Operations,
		Why:      "Redundancy hides the first failure; without an alarm, the second one is the first that anybody notices.",
		Fix:      "a MetricAlarm with the resource among its dimensions, and alarmActions",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_319"}, SecurityHub: []string{"CloudWatch.15"}},
		Types:    slices.Sorted(maps.Keys(watched)),
		// Nobody gets up for a development environment.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			all := rule.Derived(g, alarmsOf)
			// Whether a group serves is seen at its target groups.
			names := append([]string{r.URN}, r.Edges["targetGroupArns"]...)
			for _, path := range watched[r.Type] {
				for _, v := range [...]rule.Value{r.Get(path), r.Out(path)} {
					if name, ok := v.Text(); ok && name != "" {
						names = append(names, name)
					}
				}
			}
			problem := "has no alarm"
			for _, name := range names {
				switch loud, has := all.watches[name]; {
				case loud:
					return rule.Passed()
				case has:
					problem = "its alarms tell nobody"
				}
			}
			return rule.FailedUnless(all.unsure, problem, "add a MetricAlarm with it among the dimensions, and alarmActions")
		},
	}
}

// alarms are what is watched: by URN, while names are not known, and by name; and whether
// the alarm tells somebody.
type alarms struct {
	watches map[string]bool
	// unsure is Unknown if there may be alarms on more.
	unsure rule.Verdict
}

func alarmsOf(g *rule.Graph) alarms {
	all := alarms{watches: map[string]bool{}}
	combined := map[string]bool{} // alarms that a composite one speaks for
	for _, a := range g.Of(compositeAlarm) {
		if tells(a) {
			for _, urn := range a.Edges["alarmRule"] {
				combined[urn] = true
			}
		}
	}
	for _, a := range g.Of(metricAlarm) {
		loud := tells(a) || combined[a.URN]
		watch := func(name string) { all.watches[name] = all.watches[name] || loud }
		for _, property := range [...]string{"dimensions", "metricQueries"} {
			for _, urn := range a.Edges[property] {
				watch(urn)
			}
		}
		for _, dimensions := range append(a.Select("dimensions"), a.Select("metricQueries[].metric.dimensions")...) {
			for _, key := range dimensions.Keys() {
				if name, ok := dimensions.Field(key).Text(); ok {
					watch(name)
				}
			}
			if dimensions.IsUnknown() && len(a.Edges["dimensions"])+len(a.Edges["metricQueries"]) == 0 {
				all.unsure = a.Elsewhere(dimensions)
			}
		}
	}
	return all
}

// tells reports that an alarm has somebody to tell.
func tells(alarm *rule.Resource) bool {
	return len(alarm.Select("alarmActions[]")) > 0 && rule.NotFalse(alarm.Get("actionsEnabled"))
}
