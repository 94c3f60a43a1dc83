package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	// allPolicies is the key that gives all policies a level.
	allPolicies = "all"
	// levelKey is the key of the level, among settings.
	levelKey = "enforcementLevel"
)

// applyStack sets the levels and settings that the stack config gives, over those of the
// profile and before those of --policy-pack-config. Whoever may change the stack file may
// change what it deploys, so there are levels that only the pack's own configuration lowers.
func (s *session) applyStack(text string) error {
	if text == "" {
		return nil
	}
	var entries map[string]any
	if json.Unmarshal([]byte(text), &entries) != nil {
		return errors.New("stack config: " + ConfigKey + ": must be an object with the ids of policies as keys")
	}
	given := make(map[string]policyConfig, len(entries))
	wrong := map[string]string{}
	for id, entry := range entries {
		given[id], wrong[id] = asPolicyConfig(entry)
	}
	given, problems := s.concerning(given)
	for id, why := range wrong {
		if _, elsewhere, _ := s.local(id); why != "" && !elsewhere {
			problems = append(problems, cut(id)+why)
		}
	}
	all := given[allPolicies]
	delete(given, allPolicies)
	for _, key := range slices.Sorted(maps.Keys(all.settings)) {
		problems = append(problems, allPolicies+"."+cut(key)+": all policies have nothing in common but "+levelKey)
	}
	if all.level != nil {
		for _, p := range s.policies {
			if !p.spared(s.profile) {
				p.level = *all.level
			}
		}
	}
	problems = append(problems, s.apply(given)...)
	problems = append(problems, s.notForStacks(given)...)
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	return fmt.Errorf("stack config: %s.%s", ConfigKey, strings.Join(problems, "\n  "+ConfigKey+"."))
}

// asPolicyConfig reads one entry. What is wrong with it begins with where.
func asPolicyConfig(entry any) (c policyConfig, why string) {
	given, at := entry, ""
	if object, ok := entry.(map[string]any); ok {
		c.settings = maps.Clone(object)
		if given, ok = object[levelKey]; !ok {
			return c, ""
		}
		delete(c.settings, levelKey)
		at = "." + levelKey
	}
	var names []string
	for l := rule.Disabled; l <= rule.Remediate; l++ {
		if given == levelName(l) {
			c.level = &l
			return c, ""
		}
		names = append(names, levelName(l))
	}
	name, ok := given.(string)
	switch {
	case ok:
		return c, fmt.Sprintf("%s: %q is not one of %s%s", at, cut(name), strings.Join(names, ", "), suggest(name, names))
	case at != "":
		return c, at + ": must be one of " + strings.Join(names, ", ")
	}
	return c, ": must be one of " + strings.Join(names, ", ") + ", or an object with " + levelKey + " and settings"
}

// floor is the level below which a stack may not set a policy: that of the profile for a
// critical policy, in production for one of high severity, and for the pack's own: what was
// not judged is no stack's to hide.
func (s *session) floor(p *policy) rule.Level {
	if p.Severity == rule.Critical || p.Severity == rule.High && s.profile == rule.Production || p.own() {
		return p.Level(s.profile)
	}
	return rule.Disabled
}

// instead is what is left where a stack may not do something.
const instead = "use an exemption, or --policy-pack-config"

// loosened says which settings ask for less than the profile does, or may do so.
func (p *policy) loosened(given map[string]any, profile rule.Profile) (problems []string) {
	for _, s := range settingsOf(p.Rule) {
		value, said := given[s.Name]
		if !said || fits(s, value) != "" {
			continue
		}
		if how := loosens(s, value, profile); how != "" {
			problems = append(problems, fmt.Sprintf("%s.%s: a stack may not %s it: it is %s in %s; %s", p.ID, s.Name, how, settingText(s.Default(profile)), profile, instead))
		}
	}
	return problems
}

// notForStacks says what a stack gives that is not its own to give: levels that it may not
// lower, also by settings that have the effect of that, and a second name for a file.
func (s *session) notForStacks(given map[string]policyConfig) (problems []string) {
	var byAll []string
	for _, id := range slices.Sorted(maps.Keys(s.policies)) {
		p, floor := s.policies[id], s.floor(s.policies[id])
		switch {
		case p.level >= floor:
		case given[id].level == nil:
			byAll = append(byAll, id)
		default:
			problems = append(problems, fmt.Sprintf("%s: a stack may not lower it to %s: it is of %s severity, and %s in %s; %s",
				id, levelName(p.level), p.Severity, levelName(floor), s.profile, instead))
		}
		if floor >= rule.Mandatory || id == Undecided { // which is about all policies
			problems = append(problems, p.loosened(given[id].settings, s.profile)...)
		}
	}
	if _, said := given[Exemptions].settings["allowCritical"]; said {
		problems = append(problems, Exemptions+".allowCritical: a stack may not allow itself exemptions; use --policy-pack-config")
	}
	if _, said := given[Exemptions].settings["file"]; said {
		problems = append(problems, Exemptions+".file: a stack names the file in "+ExemptionsKey)
	}
	if _, said := given[RelaxedProfile].settings["least"]; said {
		problems = append(problems, RelaxedProfile+".least: a stack may not say how it is judged; use --policy-pack-config")
	}
	if n := len(byAll); n > 0 {
		if n > mostNames {
			byAll = append(byAll[:mostNames:mostNames], fmt.Sprintf("and %d more", n-mostNames))
		}
		problems = append(problems, fmt.Sprintf("%s: in %s a stack may not lower %s; name the policies to lower", allPolicies, s.profile, strings.Join(byAll, ", ")))
	}
	return problems
}
