package redundancy

import (
	"fmt"
	"slices"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/rule"
)

// serverlessRules are the rules about functions and the names at the edge.
func serverlessRules() []*rule.Rule {
	return []*rule.Rule{
		asyncFailureDestination(), eventbridgeDeadLetters(), lambdaVpcMultiAz(), sqsVisibilityTimeout(), sqsConcurrency(), lambdaPartialBatch(),
		dnsFailoverHealth(), cloudfrontOriginFailover(),
	}
}

func lambdaVpcMultiAz() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-vpc-multi-az", Title: "Functions in a VPC span at least two zones", Severity: rule.Medium, Category: rule.Redundancy,
		Why:      "A function with subnets of one zone fails for as long as that zone does, although Lambda itself goes on.",
		Fix:      "list subnets of at least two zones in vpcConfig.subnetIds",
		Controls: rule.Controls{SecurityHub: []string{"Lambda.5"}},
		Types:    []string{lambda.Function},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if len(r.Select("vpcConfig.subnetIds[]")) == 0 {
				return rule.Skipped()
			}
			return place(g, r, "vpcConfig.subnetIds[]").twoZones("vpcConfig.subnetIds")
		},
	}
}

// AWS's defaults, in seconds, and its advice on how long a message has to stay hidden.
const (
	defaultTimeout    = 3
	defaultVisibility = 30
	visibilityFactor  = 6
)

func sqsVisibilityTimeout() *rule.Rule {
	return &rule.Rule{
		ID: "sqs-visibility-timeout", Title: "Messages stay hidden while a function works on them", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "A message that comes back while its function still runs, or waits for being throttled, is handled twice and counted towards the dead letters.",
		Fix:   fmt.Sprintf("set visibilityTimeoutSeconds of the queue to %d times the function's timeout, plus maximumBatchingWindowInSeconds", visibilityFactor),
		Types: []string{lambda.SourceMapping},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			service, unsure := lambda.Source(g, r)
			if service != "sqs" {
				return unsure
			}
			source := r.Get("eventSourceArn")
			queues := g.Behind(r, source, queue)
			f, unsure := functionOf(g, r)
			switch {
			case len(queues) == 0:
				return r.Elsewhere(source)
			case len(queues) > 1:
				return rule.NotKnown(source)
			case f == nil:
				return unsure
			}
			return staysHidden(r, queues[0], f)
		},
	}
}

// functionOf is the one function that an event source mapping feeds. It is nil if that is
// not known, and then the verdict is Unknown.
func functionOf(g *rule.Graph, mapping *rule.Resource) (*rule.Resource, rule.Verdict) {
	name := mapping.Get("functionName")
	switch functions := lambda.Behind(g, mapping, name); len(functions) {
	case 0:
		return nil, mapping.Elsewhere(name)
	case 1:
		return functions[0], rule.Verdict{}
	}
	return nil, rule.NotKnown(name)
}

// staysHidden compares how long a queue hides a message with how long a function may take.
func staysHidden(mapping, q, f *rule.Resource) rule.Verdict {
	var seconds [3]float64
	for i, of := range [...]struct {
		value     rule.Value
		byDefault float64
	}{
		{q.Get("visibilityTimeoutSeconds"), defaultVisibility}, {f.Get("timeout"), defaultTimeout}, {mapping.Get("maximumBatchingWindowInSeconds"), 0},
	} {
		if of.value.IsUnknown() {
			return rule.NotKnown(of.value)
		}
		seconds[i] = of.byDefault
		if n, ok := of.value.Number(); ok {
			seconds[i] = n
		}
	}
	hidden, need := seconds[0], visibilityFactor*seconds[1]+seconds[2]
	if hidden >= need {
		return rule.Passed()
	}
	return rule.Failed(
		fmt.Sprintf("messages of %s come back after %v s, while %s may take %v s for one batch", q.Name, hidden, f.Name, seconds[1]),
		fmt.Sprintf("set visibilityTimeoutSeconds of %s to %v or more", q.Name, need))
}

const partialBatch = "ReportBatchItemFailures"

func lambdaPartialBatch() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-partial-batch", Title: "A bad message does not take its batch along", Severity: rule.Medium, Category: rule.Redundancy,
		Why:   "If a function can only fail as a whole, one bad message has the others handled again and again, and then thrown away with it.",
		Fix:   `set functionResponseTypes to ["` + partialBatch + `"], and have the function answer with batchItemFailures`,
		Types: []string{lambda.SourceMapping},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			service, unsure := lambda.Source(g, r)
			switch {
			case unsure.Outcome == rule.Unknown:
				return unsure
			case service != "sqs" && service != "kinesis" && service != "dynamodb":
				return rule.Skipped()
			}
			answers := r.Get("functionResponseTypes")
			verdict := answers.Want(func(v rule.Value) bool { return slices.ContainsFunc(v.Items(), rule.Is(partialBatch)) },
				"a message that fails has its whole batch handled again", `set functionResponseTypes to ["`+partialBatch+`"]`)
			if slices.ContainsFunc(answers.Items(), rule.Value.IsUnknown) {
				verdict = rule.NotKnown(answers)
			}
			single := func(v rule.Value) bool { size, known := v.Number(); return known && size == 1 }
			return rule.Choose(r.Get("batchSize").Holds(single), rule.Skipped(), verdict) // there are no others
		},
	}
}
