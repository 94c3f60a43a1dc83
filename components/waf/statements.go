package waf

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// statement is what a rule looks for, in the form of the AWS provider, with the capacity
// units that AWS publishes for it. A logical statement costs what is inside it.
type statement struct {
	units int
	props pulumi.Map
	// group says that it is a rule group, which has actions of its own.
	group bool
}

// What AWS publishes of statements, in capacity units.
const (
	unitsSet            = 1
	unitsCountries      = 1
	unitsSize           = 1
	unitsLabel          = 1
	unitsRate           = 2
	unitsRateKey        = 30
	unitsRegex          = 3
	unitsTransformation = 10
)

// longestRegex is AWS's limit for one regular expression.
const longestRegex = 200

func inSet(arn pulumi.StringInput) statement {
	return statement{units: unitsSet, props: pulumi.Map{"ipSetReferenceStatement": pulumi.Map{"arn": arn}}}
}

func fromCountries(codes []string) statement {
	return statement{units: unitsCountries, props: pulumi.Map{"geoMatchStatement": pulumi.Map{"countryCodes": pulumi.ToStringArray(codes)}}}
}

// hasLabel goes by one label, or by all under a prefix that ends with a colon.
func hasLabel(label string) statement {
	scope := "LABEL"
	if strings.HasSuffix(label, ":") {
		scope = "NAMESPACE"
	}
	return statement{units: unitsLabel, props: pulumi.Map{"labelMatchStatement": pulumi.Map{"key": pulumi.String(label), "scope": pulumi.String(scope)}}}
}

// longerBody also matches a body of which AWS WAF sees a part only, so that nothing
// gets through because it is too long to be measured.
func longerBody(bytes int) statement {
	return statement{units: unitsSize, props: pulumi.Map{"sizeConstraintStatement": pulumi.Map{
		"comparisonOperator": pulumi.String("GT"), "size": pulumi.Int(bytes),
		"fieldToMatch":        pulumi.Map{"body": pulumi.Map{"oversizeHandling": pulumi.String("MATCH")}},
		"textTransformations": transformations("NONE"),
	}}}
}

// inPaths matches the path as an application would read it: without escapes, dots and
// capitals, by which an attacker would get around a rule, or into an exception.
func inPaths(paths []string) statement {
	how := []string{"URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"}
	return statement{units: unitsRegex + unitsTransformation*len(how), props: pulumi.Map{"regexMatchStatement": pulumi.Map{
		"regexString":         pulumi.String(pathRegex(paths)),
		"fieldToMatch":        pulumi.Map{"uriPath": pulumi.Map{}},
		"textTransformations": transformations(how...),
	}}}
}

// pathRegex matches any of the paths; a star at the end of one stands for anything.
func pathRegex(paths []string) string {
	alternatives := make([]string, len(paths))
	for i, path := range paths {
		start, open := strings.CutSuffix(strings.ToLower(path), "*")
		alternatives[i] = regexp.QuoteMeta(start)
		if open {
			alternatives[i] += ".*"
		}
	}
	return "^(" + strings.Join(alternatives, "|") + ")$"
}

// onPaths narrows a rule to paths; nil is all paths.
func onPaths(only, except []string) *statement {
	var parts []statement
	if len(only) > 0 {
		parts = append(parts, inPaths(only))
	}
	if len(except) > 0 {
		parts = append(parts, not(inPaths(except)))
	}
	if len(parts) == 0 {
		return nil
	}
	joined := allOf(parts...)
	return &joined
}

func not(s statement) statement {
	return statement{units: s.units, props: pulumi.Map{"notStatement": pulumi.Map{"statements": pulumi.Array{s.props}}}}
}

func allOf(parts ...statement) statement { return logical("andStatement", parts) }
func anyOf(parts ...statement) statement { return logical("orStatement", parts) }

// logical joins statements; AWS refuses to join only one.
func logical(kind string, parts []statement) statement {
	if len(parts) == 1 {
		return parts[0]
	}
	units, inner := 0, pulumi.Array{}
	for _, p := range parts {
		units += p.units
		inner = append(inner, p.props)
	}
	return statement{units: units, props: pulumi.Map{kind: pulumi.Map{"statements": inner}}}
}

// tooFast matches a client's requests beyond a limit.
func tooFast(l RateLimitArgs) statement {
	units := unitsRate
	props := pulumi.Map{
		"limit": pulumi.Int(l.Limit), "evaluationWindowSec": pulumi.Int(l.WindowSeconds), "aggregateKeyType": pulumi.String("IP"),
	}
	if l.Header != "" {
		units += unitsRateKey
		props["aggregateKeyType"] = pulumi.String("CUSTOM_KEYS")
		props["customKeys"] = pulumi.Array{pulumi.Map{"header": pulumi.Map{
			"name": pulumi.String(strings.ToLower(l.Header)), "textTransformations": transformations("NONE"),
		}}}
	}
	if scope := onPaths(l.OnlyPaths, l.ExceptPaths); scope != nil {
		units += scope.units
		props["scopeDownStatement"] = scope.props
	}
	return statement{units: units, props: pulumi.Map{"rateBasedStatement": props}}
}

func transformations(kinds ...string) pulumi.Array {
	list := pulumi.Array{}
	for i, kind := range kinds {
		list = append(list, pulumi.Map{"priority": pulumi.Int(i), "type": pulumi.String(kind)})
	}
	return list
}
