package aws

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Op is what a request does.
type Op int

// The operations; they combine in a Rule.
const (
	Create Op = 1 << iota
	Update
	Delete
	Write = Create | Update
)

// Rule is one thing AWS refuses. Rules are data: the table is what the documentation of the simulated cloud lists, and what its tests go
// through.
type Rule struct {
	// ID names the rule, "<what>-<why>".
	ID string
	// Code is the error code AWS answers with.
	Code string
	// Source is the title of the documentation page that says so.
	Source string
	// Kinds lists the kinds it judges, separated by spaces.
	Kinds string
	// On says when: any of Create, Update, Delete.
	On Op
	// Waits marks refusals that the provider waits out, such as DependencyViolation while something else is being deleted.
	Waits bool
	// Check returns what is wrong, or "".
	Check func(r *Request) string
}

// Rules lists all rules, in the order of the files they stand in.
func Rules() []Rule {
	return slices.Concat(vpcRules, gatewayRules, routeRules, endpointRules, securityGroupRules, instanceRules, loadBalancerRules, targetGroupRules,
		listenerRules, autoscalingRules, scalingRules, iamRules, s3Rules, kmsRules, observabilityRules, dnsRules,
		rdsRules, docdbRules, elasticacheRules, backupRules, dynamodbRules, tableReplicaRules, secretsRules, serverlessRules, appScalingRules, replicaKeyRules, ssmRules,
		eksRules, ecrRules, lambdaRules, messagingRules, cloudfrontRules, certificateRules, wafRules,
		edgeRules, edgeRecordRules, deliveryRules, packageRules, destinationRules, notificationRules, replicationRules, subscriptionRules, referenceRules())
}

var ruleIndex = sync.OnceValue(func() map[string][]Rule {
	index := map[string][]Rule{}
	for _, rule := range Rules() {
		for _, kind := range strings.Fields(rule.Kinds) {
			index[kind] = append(index[kind], rule)
		}
	}
	return index
})

func judge(r *Request) error {
	for _, rule := range ruleIndex()[r.Kind] {
		if rule.On&r.Op == 0 {
			continue
		}
		if message := rule.Check(r); message != "" {
			return &Error{Rule: rule.ID, Code: rule.Code, Message: message, Source: rule.Source, Op: r.Op, Kind: r.Kind}
		}
	}
	return nil
}

// Waits says whether the provider retries after this error until it goes away.
func Waits(err *Error) bool {
	for _, rule := range ruleIndex()[err.Kind] {
		if rule.ID == err.Rule {
			return rule.Waits
		}
	}
	return false
}

// Find looks a resource up by ID where the request is made.
func (r *Request) Find(kind, id string) *Resource {
	if id == "" {
		return nil
	}
	return r.lookup(r.Scope, kind, id)
}

// All lists the resources of a kind that the request's account sees in its region, in the order of their IDs.
func (r *Request) All(kind string) []*Resource {
	var out []*Resource
	for _, res := range r.kinds[kind] {
		if r.sees(res) {
			out = append(out, res)
		}
	}
	slices.SortFunc(out, func(a, b *Resource) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Others is All without the resource the request is about.
func (r *Request) Others(kind string) []*Resource {
	return slices.DeleteFunc(r.All(kind), func(o *Resource) bool {
		return r.Op != Create && o.Kind == r.Kind && identity(o.Kind, o.ID, o.Props) == identity(r.Kind, r.ID, r.Old)
	})
}

// By finds the first resource of a kind whose property has the value.
func (r *Request) By(kind, property, value string) *Resource {
	if value == "" {
		return nil
	}
	if found := r.With(kind, property, value); len(found) > 0 {
		return found[0]
	}
	return nil
}

// ByARN finds the resource of a kind with the ARN.
func (r *Request) ByARN(kind, arn string) *Resource { return r.By(kind, "arn", arn) }

func say(format string, args ...any) string { return fmt.Sprintf(format, args...) }
