package encryption

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// makes is something that makes volumes in a region.
func makes(token, name, region string, inputs in) r {
	return r{Type: token, Name: name, In: inputs, Provider: in{"region": region}}
}

// ofRegion is what a region says of new volumes.
func ofRegion(region string, inputs in) r {
	return r{Type: defaultEncryption, Name: "default", In: inputs, Provider: in{"region": region}}
}

func inRegion(name, subject string, want rule.Outcome, says string, stack ...r) ruletest.Case {
	return ruletest.Case{Rule: "ebs-default-encryption", Name: name, Subject: subject, Want: want, Says: says, Stack: stack}
}

var volumeCases = func() []ruletest.Case {
	bare := makes(volume, "data", "eu-west-1", in{})
	nodes := makes(nodeGroup, "nodes", "eu-west-1", in{"diskSize": 50})
	mapped := in{"blockDeviceMappings": list{in{"deviceName": "/dev/xvda", "ebs": in{"encrypted": true}}}}
	return []ruletest.Case{
		inRegion("switched on", "data", rule.Pass, "", bare, ofRegion("eu-west-1", in{"enabled": true})),
		inRegion("switched on by default", "nodes", rule.Pass, "", nodes, ofRegion("eu-west-1", in{})),
		inRegion("every volume says it", "web", rule.Pass, "", makes(launchTemplate, "web", "eu-west-1", mapped)),
		inRegion("nothing says it", "data", rule.Fail, "leaves it to the region whether its volumes are encrypted, and nothing switches that on", bare),
		inRegion("switched on in another region", "data", rule.Fail, "add an EncryptionByDefault of its provider", bare, ofRegion("eu-central-1", in{"enabled": true})),
		inRegion("switched off", "data", rule.Fail, "nothing switches that on", bare, ofRegion("eu-west-1", in{"enabled": false})),
		inRegion("switching off", "default", rule.Fail, "switches encryption off for the whole region", ofRegion("eu-west-1", in{"enabled": false})),
		inRegion("switching on", "default", rule.Pass, "", ofRegion("eu-west-1", in{})),
		inRegion("nodes", "nodes", rule.Fail, "leaves it to the region", nodes),
		inRegion("nodes of a template", "nodes", rule.NotApplicable, "", makes(nodeGroup, "nodes", "eu-west-1", in{"launchTemplate": in{"id": later}})),
		inRegion("who knows whether one says it", "data", rule.Unknown, "encrypted", makes(volume, "data", "eu-west-1", in{"encrypted": later})),
		inRegion("who knows whether it is switched on", "data", rule.Unknown, "enabled", bare, ofRegion("eu-west-1", in{"enabled": later})),
		{Rule: "ebs-default-encryption", Name: "by another stack", Settings: rule.Settings{"accountDefault": true}, Want: rule.Pass, Stack: []r{nodes}},
	}
}()
