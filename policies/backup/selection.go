package backup

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/tags"
	"github.com/plinth-iac/plinth/policies/rule"
)

// store is what is to be known of a type of store.
type store struct {
	// kind is what its ARN says it is, such as db: of the service rds.
	service, kind string
	// name is the property with the name in its ARN.
	name string
	// global is the type of a global cluster of it.
	global string
	// apart says how its service keeps the data in another region.
	apart string
}

// stores are what is backed up. AWS Backup knows no caches.
var stores = map[string]store{
	database: {
		"rds", "db:", "identifier", "",
		"add an InstanceAutomatedBackupsReplication, or a replica (replicateSourceDb), by a provider of another region",
	},
	dbCluster:       {"rds", "cluster:", "clusterIdentifier", globalDb, globalFix},
	documentCluster: {"rds", "cluster:", "clusterIdentifier", globalDocument, globalFix},
	graphCluster:    {"rds", "cluster:", "clusterIdentifier", globalGraph, globalFix},
	table:           {"dynamodb", "table/", "name", "", "add another region to replicas"},
}

const globalFix = "make it a member of a GlobalCluster with a cluster in another region"

func inBackupPlan() *rule.Rule {
	return &rule.Rule{
		ID: "in-backup-plan", Title: "Databases are in a backup plan", Severity: rule.High, Category: rule.Backup,
		Why:      "The backups that a database keeps itself go when it is deleted, and whoever may change the database may shorten them.",
		Fix:      "a backup Selection that names the database in resources, or whose tags it has",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_8"}, SecurityHub: []string{"RDS.26", "DynamoDB.4"}},
		Types:    slices.Sorted(maps.Keys(stores)),
		// The backups that a development database keeps itself are enough.
		Development: rule.At(rule.Disabled),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			if derived(r) {
				return rule.Skipped()
			}
			selections := g.Of(selection)
			verdicts := make([]rule.Verdict, len(selections))
			for i, s := range selections {
				verdicts[i] = selects(g, s, r)
			}
			return rule.FailedUnless(rule.Any(verdicts...), "no backup plan selects it", selectFix(selections))
		},
	}
}

// selectFix says what makes one of the selections, or a new one, select a resource.
func selectFix(selections []*rule.Resource) string {
	for _, s := range selections {
		wants := append(s.Select("selectionTags[]"), s.Select("conditions[].stringEquals[]")...)
		for _, want := range wants {
			if key, ok := want.Get("key").Text(); ok {
				return fmt.Sprintf("set the tag %s to %v, which selection %s asks for, or list its ARN in resources of a selection",
					strings.TrimPrefix(key, resourceTag), want.Get("value"), s.Name)
			}
		}
	}
	return "list its ARN in resources of a backup Selection, or select it there by a tag"
}

// selects is whether a selection takes a store: it is among resources if they are given,
// has one of selectionTags and all of conditions, and is not among notResources.
func selects(g *rule.Graph, s, r *rule.Resource) rule.Verdict {
	if apart(s, r).Outcome == rule.Pass {
		return rule.No() // a plan reaches its own region only
	}
	verdict := rule.Passed()
	if len(s.Select("resources[]")) > 0 {
		verdict = rule.All(verdict, listed(g, s, r, "resources[]"))
	}
	switch out := listed(g, s, r, "notResources[]"); out.Outcome {
	case rule.Pass:
		return rule.No()
	case rule.Unknown:
		verdict = rule.All(verdict, out)
	}
	has := tags.Of(r)
	if wants := s.Select("selectionTags[]"); len(wants) > 0 {
		verdicts := make([]rule.Verdict, len(wants))
		for i, want := range wants {
			verdicts[i] = tagged(has, want, equal, false)
		}
		verdict = rule.All(verdict, rule.Any(verdicts...))
	}
	for _, operator := range operators {
		for _, want := range s.Select("conditions[]." + operator.path + "[]") {
			verdict = rule.All(verdict, tagged(has, want, operator.match, operator.negated))
		}
	}
	return verdict
}

// operators are the conditions on tags that a selection knows. The negated ones hold for
// a resource without the tag as well.
var operators = []struct {
	path    string
	match   func(pattern, value string) bool
	negated bool
}{
	{"stringEquals", equal, false}, {"stringNotEquals", equal, true}, {"stringLikes", like, false}, {"stringNotLikes", like, true},
}

func equal(a, b string) bool { return a == b }

func like(pattern, value string) bool { return matches(pattern, value, false) }

// resourceTag is what the key of a condition begins with.
const resourceTag = "aws:ResourceTag/"

// tagged is whether tags are as a key and a value in a selection ask.
func tagged(has tags.Tags, want rule.Value, match func(pattern, value string) bool, negated bool) rule.Verdict {
	key, isKey := want.Get("key").Text()
	pattern, isPattern := want.Get("value").Text()
	if !isKey || !isPattern {
		for _, v := range [...]rule.Value{want.Get("key"), want.Get("value")} {
			if v.IsUnknown() {
				return rule.NotKnown(v)
			}
		}
		return rule.No()
	}
	value, there, missing := has.Value(strings.TrimPrefix(key, resourceTag))
	switch {
	case missing.Outcome == rule.Unknown:
		return missing
	case (there && match(pattern, value)) == negated:
		return rule.No()
	}
	return rule.Passed()
}

// listed is whether a store is among the ARNs, and patterns of ARNs, at a path of a
// selection.
func listed(g *rule.Graph, s, r *rule.Resource, path string) rule.Verdict {
	verdicts := []rule.Verdict{rule.No()}
	for _, leaf := range s.Select(path) {
		pattern, _ := leaf.Text()
		switch {
		case slices.Contains(g.Behind(s, leaf, r.Type), r):
			// More of the edges than values: not known which of them it will be.
			if t := g.Targets(s, r.Type, path); leaf.IsUnknown() && t.Ambiguous() {
				verdicts = append(verdicts, rule.NotKnown(leaf))
			} else {
				verdicts = append(verdicts, rule.Passed())
			}
		case leaf.IsUnknown() && len(s.Edges[strings.TrimSuffix(path, "[]")]) == 0:
			verdicts = append(verdicts, s.Elsewhere(leaf))
		case pattern != "" && matches(pattern, arnOf(r), false):
			verdicts = append(verdicts, rule.Passed())
		case pattern != "" && matches(pattern, arnOf(r), true):
			verdicts = append(verdicts, rule.NotKnown(leaf))
		}
	}
	return rule.Any(verdicts...)
}

// arnOf is a store's ARN, with unknown parts before it exists.
func arnOf(r *rule.Resource) string {
	if arn, _ := r.Out("arn").Text(); arn != "" {
		return arn
	}
	is := stores[r.Type]
	name, _ := r.Get(is.name).Text()
	if name == "" {
		name = string(unknown)
	}
	partition, region := "aws", r.Region()
	switch {
	case region == "":
		partition, region = string(unknown), string(unknown)
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.Join([]string{"arn", partition, is.service, region, string(unknown), is.kind + name}, ":")
}

// unknown stands in a text for a part that is not known, and has no colon.
const unknown = '\x00'

// matches reports whether a pattern in which * stands for anything matches a text, whatever
// its unknown parts are; or, perhaps, for some that they may be.
func matches(pattern, text string, perhaps bool) bool {
	after := make([]bool, len(text)+1) // after[j]: the pattern from its next byte on matches text[j:]
	for i := len(pattern); i >= 0; i-- {
		now := make([]bool, len(text)+1)
		for j := len(text); j >= 0; j-- {
			switch {
			case i == len(pattern) && j == len(text):
				now[j] = true
			case i < len(pattern) && pattern[i] == '*':
				now[j] = after[j] || j < len(text) && now[j+1]
			case perhaps && j < len(text) && text[j] == unknown:
				now[j] = now[j+1] || i < len(pattern) && pattern[i] != ':' && after[j]
			case i < len(pattern) && j < len(text):
				now[j] = pattern[i] == text[j] && after[j+1]
			}
		}
		after = now
	}
	return after[0]
}
