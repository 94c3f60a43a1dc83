package operations

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of what configures buckets.
const (
	bucketLifecycle    = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
	bucketNotification = "aws:s3/bucketNotification:BucketNotification"
)

func s3Lifecycle() *rule.Rule {
	return &rule.Rule{
		ID: "s3-lifecycle", Title: "Buckets have a rule for what becomes of old objects", Severity: rule.Low, Category: rule.Operations,
		Why:      "Old versions, and the parts of uploads that were broken off, are not listed, but are paid for for ever.",
		Fix:      "a BucketLifecycleConfiguration with a rule of status Enabled",
		Controls: rule.Controls{Checkov: []string{"CKV2_AWS_61"}, SecurityHub: []string{"S3.13"}},
		Types:    []string{bucket},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			configs, unsure := g.Pointing(r, bucketLifecycle, "bucket")
			const problem, fix = "has no lifecycle rule that is on", "add a BucketLifecycleConfiguration with a rule of status Enabled"
			verdicts := []rule.Verdict{rule.FailedUnless(unsure, problem, fix)}
			for _, on := range r.Select("lifecycleRules[].enabled") {
				verdicts = append(verdicts, on.Want(rule.IsTrue, problem, fix))
			}
			for _, config := range configs {
				for _, status := range config.Select("rules[].status") {
					verdicts = append(verdicts, status.Want(rule.Is("Enabled"), problem, fix))
				}
			}
			return rule.Any(verdicts...)
		},
	}
}

func s3OneNotification() *rule.Rule {
	return &rule.Rule{
		ID: "s3-one-notification", Title: "Each bucket has one notification configuration", Severity: rule.High, Category: rule.Operations,
		Why:   "A bucket keeps one; the second BucketNotification overwrites the first, and who waited for its events hears nothing, until a deployment turns it round.",
		Fix:   "list the functions, queues and topics of all of them in one BucketNotification",
		Types: []string{bucketNotification},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			all := rule.Derived(g, notifiersOf)
			name := r.Get("bucket")
			keys := bucketKeys(g, r)
			for _, key := range keys {
				for _, other := range all.of[key] {
					if other != r {
						return rule.Failed("is for the bucket of "+other.Name+" as well, and each of them overwrites the other",
							"list the functions, queues and topics of both in one BucketNotification")
					}
				}
			}
			if len(keys) == 0 && name.IsUnknown() && len(g.Of(bucketNotification)) > 1 {
				return r.Elsewhere(name)
			}
			if i := slices.IndexFunc(all.unsure, func(other *rule.Resource) bool { return other != r }); i >= 0 {
				return all.unsure[i].Elsewhere(all.unsure[i].Get("bucket"))
			}
			_, known := name.Text()
			for _, other := range all.nameless { // its bucket may have the name that another one says
				if known || other == r && all.named > 0 {
					return rule.Undecided("bucket of what "+other.Name+" is for", rule.NotYet)
				}
			}
			return rule.Passed()
		},
	}
}

// notifiers are the notification configurations of each bucket: by its URN, while names
// are not known, and by its name.
type notifiers struct {
	of map[string][]*rule.Resource
	// unsure are those of which the bucket is not known.
	unsure []*rule.Resource
	// nameless are those of which it is, but not its name.
	nameless []*rule.Resource
	// named is how many say a name.
	named int
}

func notifiersOf(g *rule.Graph) notifiers {
	all := notifiers{of: map[string][]*rule.Resource{}}
	for _, n := range g.Of(bucketNotification) {
		keys := bucketKeys(g, n)
		for _, key := range keys {
			all.of[key] = append(all.of[key], n)
		}
		if len(keys) == 0 && n.Get("bucket").IsUnknown() {
			all.unsure = append(all.unsure, n)
		}
		if _, known := n.Get("bucket").Text(); known {
			all.named++
		} else if behind := g.Behind(n, n.Get("bucket"), bucket); len(behind) == 1 && behind[0].Get("bucket").IsUnknown() {
			all.nameless = append(all.nameless, n)
		}
	}
	return all
}

// bucketKeys are what the bucket of a notification configuration is told by. There are none
// if its name will be one of several.
func bucketKeys(g *rule.Graph, notification *rule.Resource) []string {
	named := notification.Get("bucket")
	names := []rule.Value{named}
	behind := g.Behind(notification, named, bucket)
	if len(behind) == 1 {
		names = append(names, rule.Of(behind[0].URN), behind[0].Get("bucket"))
	}
	var keys []string
	for _, v := range names {
		if text, _ := v.Text(); text != "" {
			keys = append(keys, text)
		}
	}
	return keys
}
