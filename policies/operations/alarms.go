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
	queue: {"name"}, function: {"name", "id"}, distribution: {"id"}, ecsService: {"name"}, stream: {"name"},
	docdbCluster: {"clusterIdentifier", "id"}, neptuneCluster: {"clusterIdentifier", "id"}, warehouse: {"clusterIdentifier", "id"}, table: {"name", "id"},
	cacheGroup: {"replicationGroupId", "id", "memberClusters[]"}, cache: {"name"}, memoryDb: {"name"}, searchDomain: {"domainName"},
	kafka: {"clusterName"}, broker: {"brokerName"},
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
			verdicts := []rule.Verdict{all.unsure}
			// Whether a group serves is seen at its target groups.
			names := append([]string{r.URN}, r.Edges["targetGroupArns"]...)
			for _, path := range watched[r.Type] {
				said := r.Select(path)
				for _, v := range append(said, rule.Of(r.Outputs).Select(path)...) {
					if name, ok := v.Text(); ok && name != "" {
						names = append(names, name)
					}
				}
				for _, v := range said {
					if v.IsUnknown() && r.Inputs != nil && len(all.watches) > 0 {
						verdicts = append(verdicts, rule.NotKnown(v)) // one of the names may be its own
					}
				}
			}
			problem := "has no alarm"
			for _, name := range names {
				if told, has := all.watches[name]; has {
					problem = "its alarms tell nobody"
					verdicts = append(verdicts, told)
				}
			}
			return rule.FailedUnless(rule.Any(verdicts...), problem, "add a MetricAlarm with it among the dimensions, and alarmActions")
		},
	}
}

// alarms are what is watched.
type alarms struct {
	// watches is whether an alarm tells somebody: by URN, while names are not known, and by
	// name.
	watches map[string]rule.Verdict
	// unsure is Unknown if there may be alarms on more.
	unsure rule.Verdict
}

func alarmsOf(g *rule.Graph) alarms {
	all := alarms{watches: map[string]rule.Verdict{}}
	combined := map[string]rule.Verdict{} // alarms that a composite one speaks for
	for _, a := range g.Of(compositeAlarm) {
		for _, urn := range a.Edges["alarmRule"] {
			combined[urn] = rule.Any(combined[urn], tells(a))
		}
	}
	for _, a := range g.Of(metricAlarm) {
		told := rule.Any(tells(a), combined[a.URN])
		watch := func(name string) { all.watches[name] = rule.Any(all.watches[name], told) }
		for _, property := range [...]string{"dimensions", "metricQueries"} {
			for _, urn := range a.Edges[property] {
				watch(urn)
			}
		}
		for _, dimensions := range append(a.Select("dimensions"), a.Select("metricQueries[].metric.dimensions")...) {
			values := []rule.Value{dimensions}
			for _, key := range dimensions.Keys() {
				values = append(values, dimensions.Field(key))
			}
			for _, v := range values {
				if name, ok := v.Text(); ok {
					watch(name)
				}
				if v.IsUnknown() && len(a.Edges["dimensions"])+len(a.Edges["metricQueries"]) == 0 {
					all.unsure = a.Elsewhere(v)
				}
			}
		}
	}
	return all
}

// tells is whether an alarm has somebody to tell.
func tells(alarm *rule.Resource) rule.Verdict {
	somebody := rule.No()
	switch actions := alarm.Get("alarmActions"); {
	case actions.IsUnknown() && len(alarm.Edges["alarmActions"]) == 0:
		somebody = alarm.Elsewhere(actions)
	case actions.IsUnknown() || slices.ContainsFunc(actions.Items(), rule.IsSet):
		somebody = rule.Passed()
	}
	return rule.All(somebody, alarm.Get("actionsEnabled").Holds(rule.NotFalse))
}
