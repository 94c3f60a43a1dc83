package operations

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

const budget = "aws:budgets/budget:Budget"

// accountWide are the types of which an account has one, so that a stack that makes one is
// the stack of the account.
var accountWide = []string{
	trail, accountBlock, encryptionDefault, "aws:iam/accountPasswordPolicy:AccountPasswordPolicy", "aws:guardduty/detector:Detector",
	"aws:securityhub/account:Account", "aws:organizations/organization:Organization", "aws:cfg/recorder:Recorder",
}

func budgetPresent() *rule.Rule {
	return &rule.Rule{
		ID: "budget-present", Title: "The stack of an account has a budget that tells somebody", Severity: rule.Low, Category: rule.Cost,
		Why:   "What a loop, a forgotten test or a thief of keys costs is otherwise seen on the bill of the month.",
		Fix:   "a Budget with notifications that have subscriberEmailAddresses or subscriberSnsTopicArns",
		Types: append([]string{budget}, accountWide...),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch budgets := g.Of(budget); {
			case r.Type == budget:
				return alerts(r)
			case len(budgets) > 0:
				return rule.Passed()
			case g.Of(accountWide...)[0] != r:
				return rule.Skipped() // it is said once
			}
			return rule.Failed("is of the whole account, and the stack has no budget for that",
				"add a Budget with notifications that have subscriberEmailAddresses or subscriberSnsTopicArns")
		},
	}
}

// alerts is whether a budget tells somebody.
func alerts(r *rule.Resource) rule.Verdict {
	all := r.Get("notifications")
	if all.IsUnknown() {
		return rule.NotKnown(all)
	}
	verdicts := []rule.Verdict{rule.Failed("tells nobody", "add notifications that have subscriberEmailAddresses or subscriberSnsTopicArns")}
	for _, n := range r.Select("notifications[]") {
		for _, subscribers := range [...]rule.Value{n.Get("subscriberEmailAddresses"), n.Get("subscriberSnsTopicArns")} {
			verdicts = append(verdicts, subscribers.Want(func(v rule.Value) bool { return slices.ContainsFunc(v.Items(), rule.IsSet) }, "", ""))
		}
	}
	return rule.Any(verdicts...)
}

// newer are the types of volumes that AWS has a better one for, at the same price or less;
// but a magnetic one costs less if it is hardly read, because it is paid for by request too.
var newer = map[string]string{magnetic: "gp3", "gp2": "gp3", "io1": "io2"}

const magnetic = "standard"

// defaultVolume is what AWS makes if it is not said. An image may say something else.
const defaultVolume = "gp2"

func noPreviousGenerationVolume() *rule.Rule {
	return &rule.Rule{
		ID: "no-previous-generation-volume", Title: "Volumes are of the types that AWS sells today", Severity: rule.Low, Category: rule.Cost,
		Why:   "gp2 costs a quarter more than gp3 and is as fast as it is large; io1 fails more often than io2, at the same price.",
		Fix:   "set the type to gp3, or io2; both are changed while the volume is used",
		Types: []string{volume, launchTemplate, instance, launchConfig},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch r.Type {
			case volume:
				return newest(r.Get("type"), true)
			case launchTemplate:
				return r.Get("blockDeviceMappings").Each(func(v rule.Value) rule.Verdict {
					if v.Get("ebs").IsAbsent() {
						return rule.Skipped() // not a volume
					}
					return newest(v.Get("ebs.volumeType"), false)
				})
			}
			root := rule.Skipped()
			if !r.Get("rootBlockDevice").IsAbsent() {
				root = newest(r.Get("rootBlockDevice.volumeType"), false)
			}
			return rule.All(root, r.Get("ebsBlockDevices").Each(func(v rule.Value) rule.Verdict { return newest(v.Get("volumeType"), true) }))
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			size, known := r.Get("size").Number()
			if r.Type != volume || !known || size > sameSpeed || rule.Is(magnetic)(r.Get("type")) {
				return nil
			}
			return []rule.Patch{{Path: "type", Value: better(r.Get("type"))}}
		},
	}
}

// sameSpeed is the size in GiB up to which no gp2 volume is faster than a gp3 one is
// without paying for more.
const sameSpeed = 170

// newest is the verdict on a volume's type. If it is not set, it is AWS's default or, for
// what an image may have, what the image says, which nothing here ever tells.
func newest(kind rule.Value, byDefault bool) rule.Verdict {
	if kind.IsAbsent() && !byDefault {
		return rule.Skipped()
	}
	return kind.Want(func(v rule.Value) bool { return rule.OrAbsent(rule.IsSet)(v) && better(v) == "" }, kind.Path()+" is "+kind.String(), "set "+kind.Path()+" to "+better(kind))
}

// better is the type that is better than a volume's; empty if there is none.
func better(kind rule.Value) string {
	name, _ := kind.Text()
	if kind.IsAbsent() {
		name = defaultVolume
	}
	return newer[name]
}
