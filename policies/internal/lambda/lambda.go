// Package lambda finds the functions that other resources name: by name or ARN, by a
// version or an alias; and what feeds them.
package lambda

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	Function      = "aws:lambda/function:Function"
	Alias         = "aws:lambda/alias:Alias"
	SourceMapping = "aws:lambda/eventSourceMapping:EventSourceMapping"
	Queue         = "aws:sqs/queue:Queue"
)

// sources are the services that event source mappings read, by the type that is read.
var sources = map[string]string{
	Queue: "sqs", "aws:kinesis/stream:Stream": "kinesis", "aws:kinesis/streamConsumer:StreamConsumer": "kinesis", "aws:dynamodb/table:Table": "dynamodb",
	"aws:msk/cluster:Cluster": "kafka", "aws:msk/serverlessCluster:ServerlessCluster": "kafka", "aws:mq/broker:Broker": "mq", "aws:docdb/cluster:Cluster": "rds",
}

// Behind is the functions that a value of r names, directly or by an alias.
func Behind(g *rule.Graph, r *rule.Resource, v rule.Value) []*rule.Resource {
	found := named(g, r, v)
	for _, alias := range g.Behind(r, v, Alias) {
		for _, f := range named(g, alias, alias.Get("functionName")) {
			if !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
	}
	return found
}

// named is the functions that a value of r is the id, the ARN or the name of. The name is
// known before there is a function.
func named(g *rule.Graph, r *rule.Resource, v rule.Value) []*rule.Resource {
	if found := g.Behind(r, v, Function); len(found) > 0 {
		return found
	}
	name, _ := v.Text()
	return rule.Derived(g, functionsOf)[name]
}

// functions are the functions by the names that the program, or Pulumi, has given them.
type functions map[string][]*rule.Resource

func functionsOf(g *rule.Graph) functions {
	all := functions{}
	for _, f := range g.Of(Function) {
		if name, _ := f.Get("name").Text(); name != "" {
			all[name] = append(all[name], f)
		}
	}
	return all
}

// Source is the service that an event source mapping reads, as ARNs spell it; empty for
// what is not AWS's. The verdict is Unknown if that is not known.
func Source(g *rule.Graph, mapping *rule.Resource) (string, rule.Verdict) {
	arn := mapping.Get("eventSourceArn")
	if text, ok := arn.Text(); ok {
		if parts := strings.SplitN(text, ":", 4); len(parts) == 4 {
			return parts[2], rule.Verdict{}
		}
	}
	if !arn.IsUnknown() {
		return "", rule.Verdict{}
	}
	var services []string
	for token, service := range sources {
		if len(g.Behind(mapping, arn, token)) > 0 && !slices.Contains(services, service) {
			services = append(services, service)
		}
	}
	switch len(services) {
	case 0:
		return "", mapping.Elsewhere(arn)
	case 1:
		return services[0], rule.Verdict{}
	}
	return "", rule.NotKnown(arn)
}
