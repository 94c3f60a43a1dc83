package operations

import "github.com/plinth-iac/plinth/policies/rule"

// trail is what records who has asked AWS for what.
const trail = "aws:cloudtrail/trail:Trail"

// recording are what a trail has to do; whether the provider has it do so by default; and
// whether it is enough that another trail does.
var recording = []struct {
	flag      string
	byDefault bool
	shared    bool
	problem   string
}{
	{"isMultiRegionTrail", false, true, "records its own region only"},
	{"enableLogFileValidation", false, false, "cannot show that nobody has changed its files"},
	{"includeGlobalServiceEvents", true, true, "does not record what IAM and other global services are asked for"},
	{logging, true, false, "is off"},
}

// logging is the flag by which a trail is on.
const logging = "enableLogging"

func trailComplete() *rule.Rule {
	return &rule.Rule{
		ID: "trail-complete", Title: "Trails record all regions, in files that nobody can change unseen", Severity: rule.High, Category: rule.Operations,
		Why: "An intruder works in the region that nobody looks at, and then edits the record of it.",
		Fix: "set isMultiRegionTrail and enableLogFileValidation; leave enableLogging and includeGlobalServiceEvents on",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_67", "CKV_AWS_36"}, Trivy: []string{"AWS-0014", "AWS-0016"},
			SecurityHub: []string{"CloudTrail.1", "CloudTrail.4"}, CIS: []string{"3.1", "3.2"},
		},
		Types: []string{trail},
		// No Remedy: whether a trail has to record more than its region depends on the others.
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			var verdicts []rule.Verdict // that its files are encrypted is what log-group-cmk asks for
			for _, does := range recording {
				accept := rule.IsTrue
				if does.byDefault {
					accept = rule.NotFalse
				}
				verdict := r.Get(does.flag).Holds(accept)
				for _, other := range g.Of(trail) {
					if does.shared && other != r {
						verdict = rule.Any(verdict, rule.All(other.Get(does.flag).Holds(accept), other.Get(logging).Holds(rule.NotFalse)))
					}
				}
				verdicts = append(verdicts, rule.FailedUnless(verdict, does.problem, "set "+does.flag+" to true"))
			}
			return rule.All(verdicts...)
		},
	}
}
