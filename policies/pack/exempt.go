package pack

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/plinth-iac/plinth/policies/rule"
)

// What is asked of exemptions.
const (
	leastReason = 20
	longestDays = 180
	warnDays    = 14
	dateForm    = "2006-01-02"
)

// Exemption lets one policy pass on some resources, for a time.
type Exemption struct {
	// Policy is the id.
	Policy string `yaml:"policy"`
	// Resource is a URN, in which * stands for anything.
	Resource string `yaml:"resource"`
	// Reason says why, in 20 characters or more.
	Reason string `yaml:"reason"`
	// Owner is who answers for it.
	Owner string `yaml:"owner"`
	// Expires is the last day it holds, such as 2026-03-31; at most 180 days away.
	Expires string `yaml:"expires"`
	// Ticket is where it is discussed.
	Ticket string `yaml:"ticket"`
}

// exemption is an Exemption with what has been seen of it.
type exemption struct {
	Exemption
	index   int
	expires time.Time
	// lapsed says why it does not hold, if it does not.
	lapsed string
	used   bool
	// told is set when it has been reported.
	told bool
}

// name is how messages refer to it.
func (e *exemption) name() string {
	return fmt.Sprintf("exemption %d (%s on %s)", e.index+1, firstOf(e.Policy, "no policy"), firstOf(e.Resource, "no resource"))
}

// parseExemptions reads an exemptions file. An entry that is wrong in itself is there,
// but lapsed; only a file that is no such file at all is an error.
func parseExemptions(data []byte, policies []string, now time.Time) ([]*exemption, error) {
	var file struct {
		Exemptions []yaml.Node `yaml:"exemptions"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("want a list under exemptions: %s", oneLine(err.Error()))
	}
	list := make([]*exemption, len(file.Exemptions))
	for i, node := range file.Exemptions {
		e := &exemption{index: i}
		if err := node.Decode(&e.Exemption); err != nil {
			e.lapsed = "cannot be read: " + oneLine(err.Error())
		} else {
			e.lapsed = e.fault(&node, policies, now)
		}
		list[i] = e
	}
	return list, nil
}

// fault says why an exemption does not hold, or nothing.
func (e *exemption) fault(node *yaml.Node, policies []string, now time.Time) string {
	var faults []string
	known := []string{"policy", "resource", "reason", "owner", "expires", "ticket"}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key := node.Content[i].Value; !slices.Contains(known, key) {
			faults = append(faults, fmt.Sprintf("unknown key %q%s", key, suggest(key, known)))
		}
	}
	if !slices.Contains(policies, e.Policy) {
		faults = append(faults, fmt.Sprintf("there is no policy %q%s", e.Policy, suggest(e.Policy, policies)))
	}
	if e.Resource == "" {
		faults = append(faults, "resource is required")
	}
	if len(strings.TrimSpace(e.Reason)) < leastReason {
		faults = append(faults, fmt.Sprintf("reason needs %d characters or more", leastReason))
	}
	if strings.TrimSpace(e.Owner) == "" {
		faults = append(faults, "owner is required")
	}
	day, err := time.ParseInLocation(dateForm, e.Expires, now.Location())
	e.expires = day
	switch days := daysBetween(now, day); {
	case err != nil:
		faults = append(faults, "expires must be a date such as 2026-03-31")
	case days < 0:
		faults = append(faults, "it expired on "+e.Expires)
	case days > longestDays:
		faults = append(faults, fmt.Sprintf("expires is %d days away; at most %d are allowed", days, longestDays))
	}
	return strings.Join(faults, "; ")
}

// daysBetween counts calendar days, so that the last day counts to its end.
func daysBetween(now, day time.Time) int {
	y, m, d := now.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	y, m, d = day.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(today).Hours() / 24)
}

// covers reports whether an exemption is about a finding, whether it holds or not.
func (e *exemption) covers(f rule.Finding) bool {
	return e.Policy == f.Rule.ID && matches(e.Resource, f.Resource.URN)
}

// until is the line that takes the place of an exempted finding's level.
func (e *exemption) until(now time.Time) string {
	line := fmt.Sprintf("exempt until %s (%s: %s", e.Expires, e.Owner, oneLine(e.Reason))
	if e.Ticket != "" {
		line += ", " + e.Ticket
	}
	line += ")"
	if days := daysBetween(now, e.expires); days <= warnDays {
		line += fmt.Sprintf(", expires in %d days", days)
	}
	return line
}

// matches reports whether a pattern in which * stands for anything matches the whole text.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	last := len(parts) - 1
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
