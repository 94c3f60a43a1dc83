package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// chapters are the categories in the order of the reference.
var chapters = []struct {
	category rule.Category
	title    string
}{
	{rule.Redundancy, "Redundancy"},
	{rule.Backup, "Backup and recovery"},
	{rule.Encryption, "Encryption"},
	{rule.Exposure, "Exposure"},
	{rule.Access, "Access"},
	{rule.Operations, "Operations"},
	{rule.Cost, "Cost"},
}

// Reference is what there is to know of each policy, in Markdown: per category a table,
// and below it why each policy is there, how to fix what it finds, and its settings.
func Reference() string {
	var b strings.Builder
	for _, chapter := range chapters {
		fmt.Fprintf(&b, "### %s\n\nIn %s.\n\n%s\n", chapter.title, packsWith(chapter.category), Table(chapter.category))
		for _, r := range rulesOf(chapter.category) {
			b.WriteString(entry(r))
		}
		b.WriteString("\n")
	}
	b.WriteString("### The pack itself\n\n")
	b.WriteString("These report on the other policies; a level and settings are given to them in the same way.\n\n")
	for _, r := range ownPolicies() {
		b.WriteString(entry(r))
	}
	return b.String()
}

// packsWith names the packs that have a category.
func packsWith(category rule.Category) string {
	var names []string
	for _, p := range Packs() {
		if p.Has(&rule.Rule{Category: category}) {
			names = append(names, "`"+p.Name+"`")
		}
	}
	return strings.Join(names, " and ")
}

// Table is the policies of some categories, or all policies, as a Markdown table.
func Table(categories ...rule.Category) string {
	var b strings.Builder
	b.WriteString("| Policy | What holds | Severity | Production | Development | Sees | Remedy | Same check elsewhere |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	for _, r := range rulesOf(categories...) {
		sees, remedy := "resource", ""
		if r.CheckGraph != nil {
			sees = "graph"
		}
		if r.Remedy != nil {
			remedy = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", r.ID, markdown(r.Title), r.Severity,
			levelName(r.Level(rule.Production)), levelName(r.Level(rule.Development)), sees, remedy, strings.Join(controls(r.Controls), ", "))
	}
	return b.String()
}

// rulesOf is the rules of some categories, or all, by id.
func rulesOf(categories ...rule.Category) []*rule.Rule {
	return slices.DeleteFunc(Rules(), func(r *rule.Rule) bool {
		return len(categories) > 0 && !slices.Contains(categories, r.Category)
	})
}

// entry is a policy as an item of a list, with its settings below.
func entry(r *rule.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- `%s`: %s Fix: %s.\n", r.ID, markdown(r.Why), markdown(r.Fix))
	settings := r.Settings
	if r.Lenient { // the README says of all what they do otherwise
		settings = settingsOf(r)
	}
	for _, s := range settings {
		value, relaxed := settingText(s.Production), settingText(s.Development)
		values := "`" + value + "`"
		if relaxed != value {
			values += ", in development `" + relaxed + "`"
		}
		if len(s.Allowed) > 0 {
			values += "; one of `" + strings.Join(s.Allowed, "`, `") + "`"
		}
		fmt.Fprintf(&b, "  - `%s` (%s): %s\n", s.Name, values, markdown(s.Help))
	}
	return b.String()
}

// settingText is the value of a setting as it is written in a pack config.
func settingText(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		quoted := make([]string, len(v))
		for i, text := range v {
			quoted[i] = fmt.Sprintf("%q", text)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// markdown keeps a text from being read as markup.
func markdown(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;").Replace(text)
}

func levelName(l rule.Level) string {
	return [...]string{"disabled", "advisory", "mandatory", "remediate"}[l]
}
