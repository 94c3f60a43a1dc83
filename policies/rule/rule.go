// Package rule is what policies are made of: resources and the graph they form, rules
// over them, and verdicts. It knows nothing of the Pulumi engine, so rules can be run on
// anything that can be turned into a Graph.
package rule

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// Severity is how bad it is when a rule does not hold.
type Severity uint8

// The severities.
const (
	Low Severity = iota
	Medium
	High
	Critical
)

// String is the severity in words.
func (s Severity) String() string { return [...]string{"low", "medium", "high", "critical"}[s] }

// Category is what a rule is about.
type Category string

// The categories.
const (
	Redundancy Category = "redundancy"
	Backup     Category = "backup"
	Encryption Category = "encryption"
	Exposure   Category = "exposure"
	Access     Category = "access"
	Operations Category = "operations"
	Cost       Category = "cost"
)

// Level is what happens when a rule does not hold.
type Level uint8

// The levels.
const (
	// Disabled rules are not run.
	Disabled Level = iota
	// Advisory findings are shown.
	Advisory
	// Mandatory findings stop the deployment.
	Mandatory
	// Remediate sets what is wrong right, where the rule knows how; what is left is
	// mandatory.
	Remediate
)

// Profile is what an environment is for.
type Profile string

// The profiles.
const (
	Development Profile = "development"
	Production  Profile = "production"
)

// Profiles are all profiles.
func Profiles() []Profile { return []Profile{Development, Production} }

// Controls are the checks of others that ask for the same, by their ids.
type Controls struct {
	Checkov, Trivy, SecurityHub []string
	// CIS is of the CIS AWS Foundations Benchmark v5.0.0.
	CIS []string
}

// Setting is a number, text, truth value or list of texts that changes a rule. The type
// of the defaults is the type of the setting: int, string, bool or []string.
type Setting struct {
	Name string
	Help string
	// Development and Production are the defaults of the profiles.
	Development, Production any
	// Allowed are the texts that are accepted; any if empty.
	Allowed []string
	// Stricter is the way in which the rule asks for more.
	Stricter Direction
}

// Direction is a way to change a setting: by its number, or by its place in Allowed.
type Direction uint8

// The directions. A change of a setting that has none may do anything.
const (
	NoDirection Direction = iota
	More
	Less
)

// Patch sets one property to a value, for Rule.Remedy.
type Patch struct {
	Path  string
	Value any
}

// Rule is one policy. Exactly one of Check and CheckGraph is set.
type Rule struct {
	// ID is the policy's name: lower case, with dashes.
	ID string
	// Title is one sentence that says what holds.
	Title string
	// Why says what happens otherwise.
	Why string
	// Fix says in general how to make it hold; verdicts are more exact.
	Fix      string
	Severity Severity
	Category Category
	Controls Controls
	// Types are the canonical types of the resources it is asked about.
	Types []string
	// Development replaces the level that the severity gives in the development profile.
	Development *Level
	// Production does the same for production.
	Production *Level
	// Lenient rules need so much of a stack that what is outside of it may keep them from a
	// verdict for ever. Then they advise, unless the setting onUnknown says otherwise.
	Lenient  bool
	Settings []Setting
	// Check judges a resource by its inputs alone, before it is created.
	Check func(r *Resource, s Settings) Verdict
	// CheckGraph judges a resource as part of the stack, at the end of a preview or update.
	CheckGraph func(g *Graph, r *Resource, s Settings) Verdict
	// Remedy says which properties to set so that a failed Check passes. Only for rules
	// with Check, and only for changes in place.
	Remedy func(r *Resource, s Settings) []Patch
}

// At is a level to point at, for Rule.Development and Rule.Production.
func At(l Level) *Level { return &l }

// Level is the rule's level in a profile. In production high and critical rules are
// mandatory, in development only critical ones; the rest is advisory.
func (r *Rule) Level(p Profile) Level {
	override, mandatory := r.Production, High
	if p == Development {
		override, mandatory = r.Development, Critical
	}
	switch {
	case override != nil:
		return *override
	case r.Severity >= mandatory:
		return Mandatory
	}
	return Advisory
}

// Defaults are the rule's settings in a profile.
func (r *Rule) Defaults(p Profile) Settings {
	s := Settings{}
	for _, setting := range r.Settings {
		s[setting.Name] = setting.Default(p)
	}
	return s
}

// Default is the setting's value in a profile.
func (s Setting) Default(p Profile) any {
	if p == Development {
		return s.Development
	}
	return s.Production
}

// Finding is a rule's verdict about a resource.
type Finding struct {
	Rule     *Rule
	Resource *Resource
	Verdict
}

// Message is a failure in one line: what is wrong where, and what to change.
func (f Finding) Message() string {
	line := fmt.Sprintf("%s %s: %s. Fix: %s.", Kind(f.Resource.Type), f.Resource.Name, f.Problem, f.Fix)
	return strings.Join(strings.Fields(line), " ")
}

// Run asks a rule about a resource; g may be nil for a rule with Check. A rule that
// panics gives an error, and takes nothing else down. What it says shows no secret.
func Run(r *Rule, g *Graph, res *Resource, s Settings) (f Finding, err error) {
	defer guard(r, g, res, &err)
	f = Finding{Rule: r, Resource: res}
	if r.Check != nil {
		f.Verdict = r.Check(res, s)
	} else {
		f.Verdict = r.CheckGraph(g, res, s)
	}
	if f.Outcome == Fail || f.Outcome == Unknown {
		secrets := secretsAround(g, res)
		f.Problem, f.Fix, f.Property = secrets.mask(f.Problem), secrets.mask(f.Fix), secrets.mask(f.Property)
	}
	return f, nil
}

// Cure asks a rule how to set a resource right; like Run, it makes a panic an error.
func Cure(r *Rule, res *Resource, s Settings) (patches []Patch, err error) {
	defer guard(r, nil, res, &err)
	return r.Remedy(res, s), nil
}

// guard is to be deferred around what a rule does.
func guard(r *Rule, g *Graph, res *Resource, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s on %s: %s at %s", r.ID, res.URN, secretsAround(g, res).mask(fmt.Sprint(p)), origin(debug.Stack()))
	}
}

// origin is the line of a stack trace at which the panic arose.
func origin(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") && i+3 < len(lines) {
			at, _, _ := strings.Cut(strings.TrimSpace(lines[i+3]), " +0x")
			return at[strings.LastIndexByte(at, '/')+1:]
		}
	}
	return "an unknown place"
}

// Settings are a rule's values by name. A setting that is missing or of another type
// reads as zero.
type Settings map[string]any

// Number is a number.
func (s Settings) Number(name string) float64 {
	switch n := s[name].(type) {
	case float64:
		return n
	case int:
		return float64(n)
	}
	return 0
}

// Text is a text.
func (s Settings) Text(name string) string { t, _ := s[name].(string); return t }

// Bool is a truth value.
func (s Settings) Bool(name string) bool { b, _ := s[name].(bool); return b }

// Texts is a list of texts.
func (s Settings) Texts(name string) []string {
	switch list := s[name].(type) {
	case []string:
		return list
	case []any:
		texts := make([]string, 0, len(list))
		for _, item := range list {
			if t, ok := item.(string); ok {
				texts = append(texts, t)
			}
		}
		return texts
	}
	return nil
}

// Kind is the short name of a type token: `Group` of `aws:autoscaling/group:Group`.
func Kind(token string) string { return token[strings.LastIndexByte(token, ':')+1:] }
