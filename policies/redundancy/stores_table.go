package redundancy

import "github.com/plinth-iac/plinth/policies/rule"

// Type tokens of tables and what scales them.
const (
	table         = "aws:dynamodb/table:Table"
	scalingTarget = "aws:appautoscaling/target:Target"
	scalingPolicy = "aws:appautoscaling/policy:Policy"
)

func dynamodbElasticCapacity() *rule.Rule {
	return &rule.Rule{
		ID: "dynamodb-elastic-capacity", Title: "Tables grow with their load", Severity: rule.Medium, Category: rule.Redundancy,
		Why:      "A table with a fixed capacity refuses every request above it, and is paid for below it.",
		Fix:      "set billingMode to PAY_PER_REQUEST, or add a scaling Target and Policy for reads and for writes",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_16"}, SecurityHub: []string{"DynamoDB.1"}},
		Types:    []string{table},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			mode := r.Get("billingMode")
			switch {
			case mode.IsUnknown():
				return rule.NotKnown(mode)
			case rule.Is("PAY_PER_REQUEST")(mode):
				return rule.Passed()
			}
			return rule.All(scaled(g, r, "dynamodb:table:ReadCapacityUnits"), scaled(g, r, "dynamodb:table:WriteCapacityUnits"))
		},
	}
}

// scaled is the verdict on one of a table's capacities: a target says within which
// bounds it may move, and a policy moves it.
func scaled(g *rule.Graph, table *rule.Resource, dimension string) rule.Verdict {
	targets, maybe := scaling(g, table, nil, scalingTarget, dimension)
	if len(targets) > 0 {
		var policies []*rule.Resource
		if policies, maybe = scaling(g, table, targets, scalingPolicy, dimension); len(policies) > 0 {
			return rule.Passed()
		}
	}
	switch {
	case maybe.Outcome == rule.Unknown:
		return maybe
	case len(targets) > 0:
		return rule.Failed(dimension+" has a scaling target and no policy", "add a scaling Policy for "+dimension)
	}
	return rule.Failed(dimension+" is fixed", "set billingMode to PAY_PER_REQUEST, or add a scaling Target and Policy for "+dimension)
}

// scaling is the scaling targets or policies of a table's capacity: those that name the
// table, or one of its targets. The verdict is Unknown if there are others that may.
func scaling(g *rule.Graph, r *rule.Resource, targets []*rule.Resource, kind, dimension string) (found []*rule.Resource, maybe rule.Verdict) {
	named := r.Get("name")
	name, _ := named.Text()
	for _, s := range g.Of(kind) {
		id, about := s.Get("resourceId"), s.Get("scalableDimension")
		of := g.Targets(s, table, "resourceId")
		names := of.Has(r) || name != "" && rule.Is("table/"+name)(id)
		for _, t := range targets {
			names = names || g.Targets(s, scalingTarget, "resourceId").Has(t)
		}
		switch {
		case !rule.Is(dimension)(about) && !about.IsUnknown():
		case names && about.IsUnknown():
			maybe = rule.NotKnown(about)
		case names:
			found = append(found, s)
		case named.IsUnknown() && len(targets) == 0 && rule.IsSet(id):
			maybe = rule.NotKnown(named)
		case id.IsUnknown() && of.Missing.Outcome == rule.Unknown:
			maybe = of.Missing
		}
	}
	return found, maybe
}
