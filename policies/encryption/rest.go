package encryption

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

func ebsEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "ebs-encrypted", Title: "Volumes are encrypted", Severity: rule.High, Category: rule.Encryption,
		Why: "An unencrypted volume is readable from every snapshot of it, and cannot be encrypted without being replaced.",
		Fix: "set encrypted on every block device, the root device included",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_3", "CKV_AWS_8", "CKV2_AWS_2"}, Trivy: []string{"AWS-0026", "AWS-0131", "AWS-0008"},
			SecurityHub: []string{"EC2.3", "EC2.181"}, CIS: []string{"5.1.1"},
		},
		Types: []string{volume, instance, launchTemplate, launchConfig},
		Settings: []rule.Setting{{
			Name: "accountDefault", Help: "The account encrypts new volumes by default, so that a device may leave encrypted out.",
			Development: false, Production: false,
		}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			accept := rule.IsTrue
			if s.Bool("accountDefault") {
				accept = rule.NotFalse
			}
			device := func(path string) func(rule.Value) rule.Verdict {
				return func(v rule.Value) rule.Verdict {
					encrypted := v.Get(path)
					return encrypted.Want(accept, encrypted.Path()+" is "+encrypted.String(), "set "+encrypted.Path()+" to true")
				}
			}
			switch r.Type {
			case volume:
				return device("encrypted")(r.Get(""))
			case launchTemplate:
				return ofTemplate(r, device("ebs.encrypted"), s)
			}
			root := device("encrypted")(r.Get("rootBlockDevice"))
			if r.Get("rootBlockDevice").IsAbsent() && !r.Get("launchTemplate").IsAbsent() {
				root = rule.Skipped() // the template says it
			}
			return rule.All(root, r.Get("ebsBlockDevices").Each(device("encrypted")))
		},
	}
}

// ofTemplate judges the devices of a launch template. One that maps none has the image's
// root volume, encrypted or not as the image is.
func ofTemplate(r *rule.Resource, device func(rule.Value) rule.Verdict, s rule.Settings) rule.Verdict {
	verdict := r.Get("blockDeviceMappings").Each(func(v rule.Value) rule.Verdict {
		if !v.Get("virtualName").IsAbsent() || !v.Get("noDevice").IsAbsent() {
			return rule.Passed() // not a volume
		}
		return device(v)
	})
	if verdict.Outcome == rule.NotApplicable && !s.Bool("accountDefault") {
		return rule.Failed("maps no block device, so that the root volume is as the image has it",
			"map the root device in blockDeviceMappings with ebs.encrypted true")
	}
	return rule.All(verdict, rule.Passed())
}

func kmsRotation() *rule.Rule {
	return &rule.Rule{
		ID: "kms-rotation", Title: "KMS keys are rotated", Severity: rule.Medium, Category: rule.Encryption,
		Why: "A key that never changes protects an ever-growing amount of data for ever.",
		Fix: "set enableKeyRotation to true",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_7"}, Trivy: []string{"AWS-0065"}, SecurityHub: []string{"KMS.4"}, CIS: []string{"3.6"},
		},
		Types: []string{kmsKey},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			spec, usage := r.Get("customerMasterKeySpec"), r.Get("keyUsage")
			for _, v := range [...]rule.Value{spec, usage} {
				if v.IsUnknown() {
					return rule.NotKnown(v)
				}
			}
			if !rule.OrAbsent(rule.Is("SYMMETRIC_DEFAULT"))(spec) || !rule.OrAbsent(rule.Is("ENCRYPT_DECRYPT"))(usage) {
				return rule.Skipped() // AWS rotates symmetric encryption keys only
			}
			return r.Get("enableKeyRotation").Want(rule.IsTrue, "enableKeyRotation is off", "set enableKeyRotation to true")
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "enableKeyRotation", Value: true}}
		},
	}
}

func kmsDeletionWindow() *rule.Rule {
	return &rule.Rule{
		ID: "kms-deletion-window", Title: "KMS keys can be brought back for two weeks", Severity: rule.Medium, Category: rule.Encryption,
		Why:      "When a key is gone, so is everything encrypted with it.",
		Fix:      "set deletionWindowInDays to 14 or more; leave isEnabled on",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_227"}, SecurityHub: []string{"KMS.3"}},
		Types:    []string{kmsKey, kmsReplica},
		Settings: []rule.Setting{{Name: "days", Help: "The least window.", Development: 7, Production: 14}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			window, least := r.Get("deletionWindowInDays"), s.Number("days")
			enabled := "isEnabled"
			if r.Type == kmsReplica {
				enabled = "enabled"
			}
			return rule.All(
				window.Want(rule.OrAbsent(rule.AtLeast(least)), // AWS takes 30 if it is not set
					fmt.Sprintf("deletionWindowInDays is %v", window), fmt.Sprintf("set deletionWindowInDays to %v or more", least)),
				r.Get(enabled).Want(rule.NotFalse, enabled+" is off", "set "+enabled+" to true"))
		},
		Remedy: func(r *rule.Resource, s rule.Settings) []rule.Patch {
			if rule.OrAbsent(rule.AtLeast(s.Number("days")))(r.Get("deletionWindowInDays")) {
				return nil
			}
			return []rule.Patch{{Path: "deletionWindowInDays", Value: s.Number("days")}}
		},
	}
}

// sinks are properties that everyone is shown who may describe the resource.
var sinks = map[string][]string{
	launchTemplate: {"userData"}, launchConfig: {"userData", "userDataBase64"}, instance: {"userData", "userDataBase64"},
	function: {"environment.variables"}, taskDefinition: {"containerDefinitions"}, configMap: {"data", "binaryData"},
}

func noSecretInPlainSink() *rule.Rule {
	return &rule.Rule{
		ID: "no-secret-in-plain-sink", Title: "Secrets do not land where they are shown", Severity: rule.High, Category: rule.Encryption,
		Why: "User data, environment variables, plain parameters and ConfigMaps are readable by everyone who may describe the resource, and stay in its history.",
		Fix: "pass the ARN of a Secrets Manager secret or of a SecureString parameter, and read it at run time",
		Controls: rule.Controls{
			Checkov: []string{"CKV2_AWS_34", "CKV_AWS_45", "CKV_AWS_46"}, Trivy: []string{"AWS-0036"}, SecurityHub: []string{"ECS.8"},
		},
		Types: []string{launchTemplate, launchConfig, instance, function, taskDefinition, configMap, parameter},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == parameter {
				return plainParameter(r)
			}
			var verdict rule.Verdict
			for _, path := range sinks[r.Type] {
				verdict = rule.All(verdict, noSecret(r.Get(path)))
			}
			if r.Type == function {
				verdict = rule.All(verdict, noGuessedSecret(r.Get("environment.variables")))
			}
			return verdict
		},
	}
}

func noSecret(sink rule.Value) rule.Verdict {
	switch {
	case sink.IsAbsent():
		return rule.Skipped()
	case sink.HasSecret():
		return rule.Failed("a secret lands in "+sink.Path(), "pass the ARN of a secret instead and read it at run time")
	case sink.IsUnknown():
		return rule.NotKnown(sink)
	}
	return rule.Passed()
}

// What looks like a secret: the names of variables that hold one, other than those that
// say where it is; and what AWS issues.
var (
	secretName  = regexp.MustCompile(`(?i)(passw(or)?d|secret|token|api_?key|private_?key|credentials?)$`)
	accessKeyId = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)
)

// noGuessedSecret judges variables that the program does not mark secret. What is only a
// guess by the name is advisory.
func noGuessedSecret(variables rule.Value) rule.Verdict {
	var verdict rule.Verdict
	for _, key := range variables.Keys() {
		v := variables.Field(key)
		text, known := v.Text()
		switch {
		case v.IsSecret():
		case accessKeyId.MatchString(text):
			verdict = rule.All(verdict, rule.Failed(v.Path()+" holds an access key of AWS", "remove it; the function has the rights of its role"))
		case known && text != "" && !strings.HasPrefix(text, "arn:") && secretName.MatchString(key):
			guess := rule.Failed(v.Path()+" looks like a secret", "pass the ARN of a secret instead and read it at run time")
			guess.AtMostAdvisory = true
			verdict = rule.All(verdict, guess)
		}
	}
	return verdict
}

// plainParameter judges a parameter. The SDK marks every value secret, so that the mark
// on it says nothing; one on insecureValue is the program's own.
func plainParameter(r *rule.Resource) rule.Verdict {
	kind, value := r.Get("type"), r.Get("value")
	switch {
	case kind.IsUnknown():
		return rule.NotKnown(kind)
	case rule.Is("SecureString")(kind):
		return rule.Passed()
	}
	marked := noSecret(value)
	if marked.Outcome == rule.Fail {
		marked = rule.Failed("value of a plain parameter may be secret", "use SecureString, or insecureValue if it is not secret")
		marked.AtMostAdvisory = true
	}
	return rule.All(marked, noSecret(r.Get("insecureValue")))
}
