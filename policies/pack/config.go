package pack

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
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
			Settings: []rule.Setting{{
				Name: "least", Help: "The laxest profile by which a stack is judged, whatever it says.",
				Development: string(rule.Development), Production: string(rule.Development), Allowed: []string{string(rule.Development), string(rule.Production)},
			}},
		},
	}
}

func onUnknown(help string) rule.Setting {
	return rule.Setting{Name: "onUnknown", Help: help, Development: "fail", Production: "fail", Allowed: []string{"fail", "warn"}, Stricter: rule.Less}
}

// policy is a rule with the level and settings that hold now.
type policy struct {
	*rule.Rule
	level    rule.Level
	settings rule.Settings
}

// own reports that it is one of the pack's own, which only report on others.
func (p *policy) own() bool { return p.Check == nil && p.CheckGraph == nil }

// spared reports that a level for all policies leaves it alone: it is the pack's own, or
// off in the profile on purpose, as what asks for the opposite of others.
func (p *policy) spared(profile rule.Profile) bool {
	return p.own() || p.Level(profile) == rule.Disabled
}

// settingsOf is a rule's settings with the ones that the pack gives every rule.
func settingsOf(r *rule.Rule) []rule.Setting {
	if r.Check == nil && r.CheckGraph == nil {
		return r.Settings
	}
	undecided := onUnknown("What becomes of a mandatory policy that cannot be decided at an update.")
	if r.Lenient {
		undecided.Development, undecided.Production = "warn", "warn"
	}
	return append(slices.Clip(r.Settings), undecided)
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

// policyConfig is what a configuration says of one policy.
type policyConfig struct {
	level    *rule.Level // nil if it says none
	settings map[string]any
}

// configure takes over what the engine has made of the levels and defaults that the pack
// has told, and of --policy-pack-config. What comes back as it was told, or as `all` has it,
// counts as not said by that file. Everything that is wrong is in one error.
func (s *session) configure(given map[string]policyConfig) error {
	all, told := given[allPolicies].level, s.policies
	delete(given, allPolicies) // the engine has applied it
	given, problems := s.concerning(given)
	least, _ := given[RelaxedProfile].settings["least"].(string)
	if least == string(rule.Production) && s.profile != rule.Production {
		s.relaxed = fmt.Sprintf("the stack is judged as %s instead of %s, for least of %s in the policy pack config. Fix: set %s to %[1]s",
			rule.Production, s.profile, RelaxedProfile, ProfileKey)
		if err := s.judgeBy(rule.Production); err != nil {
			return err
		}
	}
	for id, one := range given {
		was := told[id]
		if was == nil {
			continue
		}
		byAll := one.level != nil && all != nil && *one.level == *all
		if byAll && was.spared(s.profile) || !byAll && one.level != nil && *one.level == was.level {
			one.level = nil
		}
		maps.DeleteFunc(one.settings, func(name string, value any) bool { return reflect.DeepEqual(value, plain(was.settings[name])) })
		given[id] = one
	}
	problems = append(problems, s.apply(given)...)
	if len(problems) > 0 {
		return fmt.Errorf("policy pack config: %s", strings.Join(problems, "\n  "))
	}
	s.loadExemptions()
	return nil
}

// concerning is what a configuration says of this pack's policies. It may be one for several
// packs: ids of the packs that come with this one are known, and those of another have its
// name before them, as in acme/graviton-only.
func (s *session) concerning(given map[string]policyConfig) (ours map[string]policyConfig, problems []string) {
	ours = make(map[string]policyConfig, len(given))
	for _, id := range slices.Sorted(maps.Keys(given)) {
		local, elsewhere, why := s.local(id)
		switch {
		case why != "":
			problems = append(problems, cut(id)+": "+why)
		case !elsewhere:
			ours[local] = given[id]
		}
	}
	return ours, problems
}

// local is the id of a policy without the name of this pack before it, whether it is of
// another pack, and what is wrong with it.
func (s *session) local(id string) (local string, elsewhere bool, why string) {
	name, _, found := strings.Cut(id, "/")
	switch {
	case !found:
		return id, s.elsewhere[id], ""
	case slices.ContainsFunc(Packs(), func(p Pack) bool { return p.Name == name }):
		return id, false, "policies that come with " + Plinth.Name + " have no name before their ids"
	}
	return strings.TrimPrefix(id, s.options.Pack.Name+"/"), name != s.options.Pack.Name, ""
}

// apply sets the levels and settings of policies, and says what is wrong with them.
func (s *session) apply(given map[string]policyConfig) (problems []string) {
	for _, id := range slices.Sorted(maps.Keys(given)) {
		p := s.policies[id]
		if p == nil {
			known := append(slices.Collect(maps.Keys(s.policies)), allPolicies)
			slices.Sort(known)
			problems = append(problems, cut(id)+": there is no such policy"+suggest(id, known))
			continue
		}
		if level := given[id].level; level != nil {
			p.level = *level
		}
		problems = append(problems, p.set(given[id].settings)...)
	}
	return problems
}

// set takes over the values of settings, and says what is wrong with them.
func (p *policy) set(values map[string]any) (problems []string) {
	settings := settingsOf(p.Rule)
	known := []string{levelKey}
	for _, s := range settings {
		known = append(known, s.Name)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(settings, func(s rule.Setting) bool { return s.Name == key })
		if i < 0 {
			hint := suggest(key, known)
			if hint == "" {
				hint = "; there are: " + strings.Join(known, ", ")
			}
			problems = append(problems, p.ID+"."+cut(key)+": there is no such setting"+hint)
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

// largestNumber is more than any number of days, zones or instances.
const largestNumber = 1_000_000

// fits says why a value is none of the setting, or nothing.
func fits(s rule.Setting, v any) string {
	kind, ok := schemaType(s), false
	switch v := v.(type) {
	case bool:
		ok = kind == "boolean"
	case float64:
		ok = kind == "number"
		if whole := v == math.Trunc(v) && v >= 0 && v <= largestNumber; ok && !whole { // NaN is not either
			return fmt.Sprintf("must be a whole number from 0 to %d", largestNumber)
		}
	case string:
		ok = kind == "string"
		if ok && len(s.Allowed) > 0 && !slices.Contains(s.Allowed, v) {
			return fmt.Sprintf("%q is not one of %s%s", cut(v), strings.Join(s.Allowed, ", "), suggest(v, s.Allowed))
		}
	case []any:
		ok = kind == "array" && !slices.ContainsFunc(v, func(item any) bool { _, text := item.(string); return !text })
	}
	if !ok {
		return "must be a " + map[string]string{"boolean": "boolean", "number": "number", "string": "string", "array": "list of strings"}[kind]
	}
	return ""
}

// loosens says of a value for a setting that it asks for less than the profile does, or,
// where that cannot be told, that it is another one.
func loosens(s rule.Setting, v any, profile rule.Profile) (how string) {
	usual := plain(s.Default(profile))
	less := func(a, b any) bool { return rank(s, a) < rank(s, b) }
	switch {
	case s.Stricter == rule.More && less(v, usual), s.Stricter == rule.Less && less(usual, v):
		return "loosen"
	case s.Stricter == rule.NoDirection && !reflect.DeepEqual(v, usual):
		return "change"
	}
	return ""
}

// rank is where a value is in the direction of a setting.
func rank(s rule.Setting, v any) float64 {
	if text, ok := v.(string); ok {
		return float64(slices.Index(s.Allowed, text))
	}
	number, _ := v.(float64)
	return number
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

// The ways to say which profile, levels, settings and exemptions file hold.
const (
	// EnvironmentKey is a stack config key with an object whose `profile` is used.
	EnvironmentKey = "plinth:environment"
	// ProfileKey is a stack config key for programs without the above.
	ProfileKey = "policy:profile"
	// ExemptionsKey is a stack config key: the path of the exemptions file.
	ExemptionsKey = "policy:exemptions"
	// ConfigKey is a stack config key with an object: for policies by id, a level, or an
	// object with enforcementLevel and settings.
	ConfigKey = "policy:config"
	// ProfileEnv is an environment variable, used where the stack config says no profile.
	ProfileEnv = "PLINTH_POLICY_PROFILE"
	// ExemptionsEnv is an environment variable: the path of the exemptions file.
	ExemptionsEnv = "PLINTH_POLICY_EXEMPTIONS"
)

// profileOf is the profile to judge by: what the stack config says under its own key, or
// else declares for the environment, or else the environment variable; production, the
// strictest, if none says any. relaxed says, with the fix, that the own key undoes a declared
// production, or that the variable undoes production, of which no file under review tells.
func profileOf(config map[string]string, getenv func(string) string) (profile rule.Profile, relaxed string, err error) {
	declared := declaredProfile(config[EnvironmentKey])
	if own := config[ProfileKey]; own != "" {
		profile, err = asProfile("stack config "+ProfileKey, own)
		if err == nil && declared == rule.Production && profile != rule.Production {
			relaxed = fmt.Sprintf("%s declares production, but %s has the policies judge it as %s. Fix: remove %[2]s from the stack config",
				EnvironmentKey, ProfileKey, profile)
		}
		return profile, relaxed, err
	}
	if declared != "" {
		return declared, "", nil
	}
	if given := getenv(ProfileEnv); given != "" {
		profile, err = asProfile("environment variable "+ProfileEnv, given)
		if err == nil && profile != rule.Production {
			relaxed = fmt.Sprintf("the environment variable %s has the policies judge it as %s. Fix: set %s in the stack config instead, where it is reviewed",
				ProfileEnv, profile, ProfileKey)
		}
		return profile, relaxed, err
	}
	return rule.Production, "", nil
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
		return "", fmt.Errorf("%s: %q is not one of %s%s", from, cut(given), strings.Join(known, ", "), suggest(given, known))
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
