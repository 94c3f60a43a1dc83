package danger

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// named is whether a resource has, below a key with a word in it, what another one is called by.
func named(word string, paths ...string) func(user, gone *rule.Resource) bool {
	return func(user, gone *rule.Resource) bool {
		return slices.ContainsFunc(paths, func(path string) bool {
			name, _ := held(gone, path).Text()
			return name != "" && user.Type != gone.Type && mentions(rule.Of(user.Inputs), word, name, false)
		})
	}
}

// aliased is whether a resource has the ARN of an alias, or its name. In another region, that
// is another one's.
func aliased(user, gone *rule.Resource) bool {
	elsewhere := strings.HasPrefix(user.Type, "aws:") && user.ProviderURN != gone.ProviderURN
	return named("", "arn")(user, gone) || !elsewhere && named("", "name")(user, gone)
}

// workloads are what makes pods.
var workloads = []string{
	"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet",
	"kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob", "kubernetes:core/v1:Pod",
}

// read is whether pods of the same namespace read an object.
func read(word string) func(user, gone *rule.Resource) bool {
	space := func(r *rule.Resource) string {
		name, _ := or(held(r, "metadata.namespace"), "default").Text()
		return name
	}
	byName := named(word, "metadata.name")
	return func(user, gone *rule.Resource) bool {
		return slices.Contains(workloads, user.Type) && user.ProviderURN == gone.ProviderURN && space(user) == space(gone) && byName(user, gone)
	}
}

func mentions(v rule.Value, word, name string, below bool) bool {
	if text, _ := v.Text(); below && text == name {
		return true
	}
	for _, item := range v.Items() {
		if mentions(item, word, name, below) {
			return true
		}
	}
	return slices.ContainsFunc(v.Keys(), func(key string) bool {
		return mentions(v.Field(key), word, name, below || strings.Contains(strings.ToLower(key), word))
	})
}
