package encryption

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// byDefault is a stack whose account encrypts new volumes in a region.
func byDefault(inputs in, region any, enabled any) []r {
	stack := placed("eu-west-1", volume, inputs)
	return append(stack, r{Type: defaultEncryption, Name: "default", In: in{"enabled": enabled}, Provider: in{"region": region}, ProviderURN: "urn:pulumi:test::plinth::pulumi:providers:aws::other"})
}

var restCases = []ruletest.Case{
	check("ebs-encrypted", "by the account's default", rule.Pass, "", byDefault(in{}, "eu-west-1", true)),
	check("ebs-encrypted", "by default by default", rule.Pass, "", byDefault(in{}, "eu-west-1", nil)),
	check("ebs-encrypted", "the default is off", rule.Fail, "encrypted is not set", byDefault(in{}, "eu-west-1", false)),
	check("ebs-encrypted", "the default of another region", rule.Fail, "encrypted is not set", byDefault(in{}, "eu-central-1", true)),
	check("ebs-encrypted", "against the default", rule.Fail, "encrypted is false. Fix: set encrypted to true", byDefault(in{"encrypted": false}, "eu-west-1", true)),
	check("ebs-encrypted", "a default to come", rule.Unknown, "enabled", byDefault(in{}, "eu-west-1", later)),
	check("ebs-encrypted", "the default of who knows which region", rule.Unknown, "region of the provider of default", byDefault(in{}, nil, true)),
	check("ebs-encrypted", "the default of the same provider", rule.Pass, "", []r{{Type: volume, Name: "it", In: in{}}, {Type: defaultEncryption, Name: "default", In: in{}}}),
	check("ebs-encrypted", "template under the default", rule.Pass, "", []r{{Type: launchTemplate, Name: "it", In: in{}}, {Type: defaultEncryption, Name: "default", In: in{}}}),
	check("ebs-encrypted", "a device that is left out", rule.Pass, "",
		one(launchConfig, in{"rootBlockDevice": in{"encrypted": true}, "ebsBlockDevices": list{in{"deviceName": "/dev/sdb", "noDevice": true}}})),
	check("ebs-encrypted", "a second device", rule.Fail, "set ebsBlockDevices[0].encrypted to true",
		one(launchConfig, in{"rootBlockDevice": in{"encrypted": true}, "ebsBlockDevices": list{in{"deviceName": "/dev/sdb"}}})),

	check("kms-rotation", "in a store of the customer", rule.NotApplicable, "", one(kmsKey, in{"customKeyStoreId": "cks-1"})),
	check("kms-rotation", "rotated, of who knows what kind", rule.Pass, "", one(kmsKey, in{"customerMasterKeySpec": later, "enableKeyRotation": true})),
	check("kms-rotation", "of who knows what kind", rule.Unknown, "customerMasterKeySpec", one(kmsKey, in{"customerMasterKeySpec": later})),
}

// classic is a classic load balancer with listeners for these protocols.
func classic(inputs in, protocols ...any) []r {
	var listeners list
	for _, p := range protocols {
		listeners = append(listeners, in{"lbProtocol": p, "lbPort": 443, "instancePort": 80, "instanceProtocol": "http"})
	}
	inputs["listeners"] = listeners
	return one(classicBalancer, inputs)
}

var classicCases = []ruletest.Case{
	check("lb-https", "classic", rule.Pass, "", classic(in{}, "https", "SSL")),
	check("lb-https", "classic with HTTP", rule.Fail, `serves plain HTTP. Fix: set listeners[1].lbProtocol to "HTTPS" with sslCertificateId, or remove the listener`, classic(in{}, "HTTPS", "http")),
	check("lb-https", "classic inside", rule.Fail, "inside the VPC, to the internal load balancer it", classic(in{"internal": true}, "HTTP")),
	check("lb-https", "classic with TCP", rule.NotApplicable, "", classic(in{}, "tcp")),
	check("lb-https", "classic without a protocol", rule.Fail, "serves plain HTTP", classic(in{}, nil)),
	check("lb-https", "classic with a protocol to come", rule.Unknown, "listeners[0].lbProtocol", classic(in{}, later)),
	check("lb-https", "classic with listeners to come", rule.Unknown, "listeners", one(classicBalancer, in{"listeners": later})),
}
