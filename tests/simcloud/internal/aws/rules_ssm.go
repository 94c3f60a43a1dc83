package aws

import (
	"regexp"
	"strings"
)

const (
	docParameter     = "AWS Systems Manager API Reference: PutParameter"
	docParameterName = "AWS Systems Manager User Guide: About requirements and constraints for parameter names"
	docParameterTier = "AWS Systems Manager User Guide: Managing parameter tiers"
	ssmParameter     = "ssm.parameter"
)

var (
	parameterForm     = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$|^(/[a-zA-Z0-9_.-]+)+$`)
	reservedParameter = regexp.MustCompile(`(?i)^/?(aws|ssm)`)
)

// ssmRules are those of parameters.
var ssmRules = []Rule{
	{ID: "parameter-name", Code: refused, Source: docParameterName, Kinds: ssmParameter, On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		switch {
		case strings.Contains(name, "/") && !strings.HasPrefix(name, "/"):
			return "Parameter name must be a fully qualified name."
		case reservedParameter.MatchString(name):
			return say(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive): %s`, name)
		case !parameterForm.MatchString(name) || len(r.parameterARN(name)) > 1011:
			return say("Parameter name: can only contain letters, digits and the symbols . - _ /, and has at most 1011 characters with the ARN before it: %s", name)
		case strings.Count(name, "/") > 15:
			return say("HierarchyLevelLimitExceededException: a parameter has at most 15 levels: %s", name)
		}
		return ""
	}},
	{ID: "parameter-taken", Code: "ParameterAlreadyExists", Source: docParameter, Kinds: ssmParameter, On: Create, Check: func(r *Request) string {
		if !r.New.Bool("overwrite") && r.By(ssmParameter, "name", r.New.Str("name")) != nil {
			return "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
		}
		return ""
	}},
	{ID: "parameter-type", Code: refused, Source: docParameter, Kinds: ssmParameter, On: Write, Check: func(r *Request) string {
		if kind := r.New.Str("type"); !oneOf(kind, "String StringList SecureString") {
			return say("Invalid parameter type: %s", kind)
		}
		if data := r.New.Str("dataType"); data != "" && !oneOf(data, "text aws:ec2:image aws:ssm:integration") {
			return say("Invalid data type: %s", data)
		}
		return ""
	}},
	{ID: "parameter-tier", Code: refused, Source: docParameterTier, Kinds: ssmParameter, On: Write, Check: func(r *Request) string {
		tier, size := r.New.Str("tier"), len(given(r.New, "value", "insecureValue"))
		switch {
		case tier != "" && !oneOf(tier, "Standard Advanced Intelligent-Tiering"):
			return say("Invalid tier: %s", tier)
		case size > 8192 || size > 4096 && oneOf(tier, "Standard"), size > 4096 && tier == "":
			return say("The value has %d bytes. Standard tier parameters support a maximum parameter value of 4096 characters, advanced ones of 8192.", size)
		}
		return ""
	}},
	{ID: "parameter-key", Code: "InvalidKeyId", Source: docParameter, Kinds: ssmParameter, On: Write, Check: func(r *Request) string {
		key := r.New.Str("keyId")
		if key != "" && r.New.Str("type") != "SecureString" && r.changes("keyId") {
			return "KeyId is required for SecureString type parameter only."
		}
		return r.keyMissing(key)
	}},
	{ID: "parameter-pattern", Code: "ParameterPatternMismatchException", Source: docParameter, Kinds: ssmParameter, On: Write, Check: func(r *Request) string {
		pattern, value := r.New.Str("allowedPattern"), given(r.New, "value", "insecureValue")
		if expression, err := regexp.Compile(pattern); err == nil && !expression.MatchString(value) {
			return say("Parameter value, cannot be validated against allowedPattern: %s", pattern)
		}
		return ""
	}},
}

func (r *Request) parameterARN(name string) string {
	return say("arn:%s:ssm:%s:%s:parameter/%s", r.Partition(), r.Region, r.Account, strings.TrimPrefix(name, "/"))
}

// fillParameter numbers the versions of a parameter, and says what encrypts it.
func fillParameter(r *Request) {
	r.New["arn"] = r.parameterARN(r.New.Str("name"))
	r.preset("dataType", "text")
	switch {
	case r.New.Str("tier") == "Intelligent-Tiering" && len(given(r.New, "value", "insecureValue")) > 4096:
		r.New["tier"] = "Advanced"
	case oneOf(r.New.Str("tier"), "Intelligent-Tiering") || !r.New.Has("tier"):
		r.New["tier"] = "Standard"
	}
	if r.New.Str("type") == "SecureString" {
		r.preset("keyId", "alias/aws/ssm")
	} else {
		r.New["keyId"] = ""
	}
	r.New["version"] = 1.0
	if r.Op == Update {
		r.New["version"] = float64(r.Old.Int("version") + 1)
		if !r.changes("value", "insecureValue", "type", "keyId", "tier", "description", "allowedPattern") {
			r.New["version"] = r.Old["version"]
		}
	}
}
