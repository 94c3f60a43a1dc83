package operations

import (
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func ignoredSafetyProperty() *rule.Rule {
	return &rule.Rule{
		ID: "ignored-safety-property", Title: "No option hides a change of what keeps a resource safe", Severity: rule.High, Category: rule.Operations,
		Why: "What ignoreChanges names stays as it is in AWS: the program says that it is encrypted, closed or backed up, every other check believes it, " +
			"and no deployment makes it so or takes back what was changed by hand.",
		Fix:   "remove the path from ignoreChanges; instead of \"*\" or a whole object, name only what something else owns in it",
		Types: guardedTypes(),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			verdict := rule.Skipped()
			for _, path := range r.IgnoreChanges {
				verdict = rule.All(verdict, rule.Passed(), ignoring(g, r, path))
			}
			return verdict
		},
	}
}

// ignoring is the verdict on one path of a resource's ignoreChanges.
func ignoring(g *rule.Graph, r *rule.Resource, path string) rule.Verdict {
	verdict, ignored := rule.Passed(), segments(path)
	for _, guarded := range guardsOf[r.Type] {
		if !overlap(ignored, segments(guarded.path)) {
			continue
		}
		fix := "remove " + path + " from ignoreChanges"
		if len(ignored) < len(segments(guarded.path)) || path == "*" {
			fix = "name what something else owns in ignoreChanges, and not " + path
		}
		failed := rule.FailedUnless(lent(g, r, guarded.path),
			"ignoreChanges has "+path+", so that "+guarded.what+" ("+guarded.path+") stays as it is, whatever the program says", fix)
		if failed.Outcome == rule.Fail {
			return failed // one reason is enough
		}
		verdict = rule.All(verdict, failed)
	}
	return verdict
}

// segments are the steps of a property path such as `metadata.annotations["a.b"]` or
// `devices[0].encrypted`; "*" is any step.
func segments(path string) []string {
	var steps []string
	for path != "" {
		switch {
		case path[0] == '.' || path[0] == ']':
			path = path[1:]
			continue
		case strings.HasPrefix(path, `["`):
			if quoted, err := strconv.QuotedPrefix(path[1:]); err == nil {
				key, _ := strconv.Unquote(quoted)
				steps, path = append(steps, key), path[1+len(quoted):]
				continue
			}
		}
		path = strings.TrimPrefix(path, "[")
		end := strings.IndexAny(path, ".[]")
		if end < 0 {
			end = len(path)
		}
		steps, path = append(steps, path[:end]), path[end:]
	}
	return steps
}

// overlap reports that two paths lead to the same place, or one of them into the other.
func overlap(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && a[i] != "*" && b[i] != "*" {
			return false
		}
	}
	return true
}
