package pack

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// The pack's own policies. They are in the list like any other, so that they can be
// given a level and settings in the same file.
const (
	// InternalError reports a rule that broke.
	InternalError = "policy-internal-error"
	// Undecided sums up what could not be known.
	Undecided = "unknown-verdicts"
	// Exemptions reports exemptions that are malformed, lapsed, not allowed or not used.
	Exemptions = "exemptions"
	// RelaxedProfile says that the stack is judged by less than the profile it declares.
	RelaxedProfile = "relaxed-profile"
)

func ownPolicies() []*rule.Rule {
	advisory := rule.At(rule.Advisory)
	return []*rule.Rule{
		{
			ID: InternalError, Title: "Every policy runs to its end", Severity: rule.High, Category: rule.Operations,
			Why: "A policy that breaks has not passed.", Fix: "report it, and disable that policy until it is fixed",
			Development: advisory, Production: advisory,
		},
		{
			ID: Undecided, Title: "What policies could not know is said", Severity: rule.Low, Category: rule.Operations,
			Why:         "A value that is known only after creation, or outside of the stack, proves nothing.",
			Fix:         "nothing, if it is known later; for what is outside of the stack, exempt it or set onUnknown of the policy to warn",
			Development: advisory, Production: advisory,
			Settings: []rule.Setting{onUnknown("At an update, an undecided mandatory policy fails; warn makes it advisory, for all policies.")},
		},
		{
			ID: Exemptions, Title: "Exemptions are well formed, in time and used", Severity: rule.Low, Category: rule.Operations,
			Why: "An exemption that nobody looks at is a hole.", Fix: "renew, correct or remove the exemption",
			Development: advisory, Production: advisory,
			Settings: []rule.Setting{
				{Name: "file", Help: "Path of the exemptions file, from the directory of the program.", Development: "", Production: ""},
				{
					Name: "allowCritical", Help: "Policies of critical severity that may be exempted.",
					Development: []string{}, Production: []string{},
				},
			},
		},
		{
			ID: RelaxedProfile, Title: "Policies judge by the profile that the stack declares", Severity: rule.Medium, Category: rule.Operations,
			Why: "A production stack that is judged as development has not been judged as production.",
			Fix: "remove " + ProfileKey + " from the stack config", Development: advisory, Production: advisory,
		},
	}
}

func onUnknown(help string) rule.Setting {
	return rule.Setting{Name: "onUnknown", Help: help, Development: "fail", Production: "fail", Allowed: []string{"fail", "warn"}}
}

// policy is a rule with the level and settings that hold now.
type policy struct {
	*rule.Rule
	level    rule.Level
	settings rule.Settings
}

// settingsOf is a rule's settings with the ones that the pack gives every rule.
func settingsOf(r *rule.Rule) []rule.Setting {
	if r.Check == nil && r.CheckGraph == nil {
		return r.Settings
	}
	return append(slices.Clip(r.Settings), onUnknown("What becomes of a mandatory policy that cannot be decided at an update."))
}

// policiesFor is all policies as a profile has them, by id.
func policiesFor(rules []*rule.Rule, profile rule.Profile) map[string]*policy {
	policies := make(map[string]*policy, len(rules))
	for _, r := range rules {
		p := &policy{Rule: r, level: r.Level(profile), settings: rule.Settings{}}
		for _, s := range settingsOf(r) {
			p.settings[s.Name] = s.Default(profile)
		}
		policies[r.ID] = p
	}
	return policies
}

// applyConfig sets the level and settings of policies. Everything that is wrong is in
// one error.
func applyConfig(policies map[string]*policy, levels map[string]rule.Level, properties map[string]map[string]any) error {
	var problems []string
	names := make([]string, 0, len(levels))
	for name := range levels {
		names = append(names, name)
	}
	sort.Strings(names)
	known := make([]string, 0, len(policies)+1)
	for id := range policies {
		known = append(known, id)
	}
	sort.Strings(known)
	for _, name := range names {
		p := policies[name]
		switch {
		case p != nil:
			p.level = levels[name]
			problems = append(problems, p.set(properties[name])...)
		case name != "all": // the engine has applied that one
			problems = append(problems, fmt.Sprintf("there is no policy %q%s", name, suggest(name, known)))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("policy pack config: %s", strings.Join(problems, "\n  "))
	}
	return nil
}

// set takes over the values of settings, and says what is wrong with them.
func (p *policy) set(values map[string]any) (problems []string) {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	settings := settingsOf(p.Rule)
	known := []string{"enforcementLevel"}
	for _, s := range settings {
		known = append(known, s.Name)
	}
	for _, key := range keys {
		i := slices.IndexFunc(settings, func(s rule.Setting) bool { return s.Name == key })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("%s has no setting %q%s", p.ID, key, suggest(key, known)))
			continue
		}
		if why := fits(settings[i], values[key]); why != "" {
			problems = append(problems, fmt.Sprintf("%s.%s: %s", p.ID, key, why))
			continue
		}
		p.settings[key] = values[key]
	}
	return problems
}

// fits says why a value is none of the setting, or nothing.
func fits(s rule.Setting, v any) string {
	kind, ok := schemaType(s), false
	switch v := v.(type) {
	case bool:
		ok = kind == "boolean"
	case float64:
		ok = kind == "number"
	case string:
		ok = kind == "string"
		if ok && len(s.Allowed) > 0 && !slices.Contains(s.Allowed, v) {
			return fmt.Sprintf("%q is not one of %s%s", v, strings.Join(s.Allowed, ", "), suggest(v, s.Allowed))
		}
	case []any:
		ok = kind == "array" && !slices.ContainsFunc(v, func(item any) bool { _, text := item.(string); return !text })
	}
	if !ok {
		return "must be a " + map[string]string{"boolean": "boolean", "number": "number", "string": "string", "array": "list of strings"}[kind]
	}
	return ""
}

func schemaType(s rule.Setting) string {
	switch s.Production.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case []string:
		return "array"
	}
	return "number"
}

// The ways to say which profile and which exemptions file hold.
const (
	// EnvironmentKey is a stack config key with an object whose `profile` is used.
	EnvironmentKey = "plinth:environment"
	// ProfileKey is a stack config key for programs without the above.
	ProfileKey = "policy:profile"
	// ExemptionsKey is a stack config key: the path of the exemptions file.
	ExemptionsKey = "policy:exemptions"
	// ProfileEnv is an environment variable, used where the stack config says no profile.
	ProfileEnv = "PLINTH_POLICY_PROFILE"
	// ExemptionsEnv is an environment variable: the path of the exemptions file.
	ExemptionsEnv = "PLINTH_POLICY_EXEMPTIONS"
)

// profileOf is the profile to judge by: what the stack config says under its own key, or
// else declares for the environment, or else the environment variable; production, the
// strictest, if none says any. relaxes reports that the own key undoes a declared
// production.
func profileOf(config map[string]string, getenv func(string) string) (profile rule.Profile, relaxes bool, err error) {
	declared := declaredProfile(config[EnvironmentKey])
	if own := config[ProfileKey]; own != "" {
		profile, err = asProfile("stack config "+ProfileKey, own)
		return profile, declared == rule.Production && profile != rule.Production, err
	}
	if declared != "" {
		return declared, false, nil
	}
	if given := getenv(ProfileEnv); given != "" {
		profile, err = asProfile("environment variable "+ProfileEnv, given)
		return profile, false, err
	}
	return rule.Production, false, nil
}

// declaredProfile is the profile in the value of EnvironmentKey; empty if there is none.
// The program itself says what is wrong with the value; here it may only not relax
// anything, so that what cannot be read is production.
func declaredProfile(environment string) rule.Profile {
	if environment == "" {
		return ""
	}
	var declared struct {
		Profile rule.Profile `json:"profile"`
	}
	if json.Unmarshal([]byte(environment), &declared) != nil {
		return rule.Production
	}
	if declared.Profile != "" && !slices.Contains(rule.Profiles(), declared.Profile) {
		return rule.Production
	}
	return declared.Profile
}

func asProfile(from, given string) (rule.Profile, error) {
	var known []string
	for _, p := range rule.Profiles() {
		known = append(known, string(p))
	}
	if !slices.Contains(known, given) {
		return "", fmt.Errorf("%s: %q is not one of %s%s", from, given, strings.Join(known, ", "), suggest(given, known))
	}
	return rule.Profile(given), nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
