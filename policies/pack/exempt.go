package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
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
	// largestFile is what is read of an exemptions file, and longestFault what is shown of an
	// error about it, which may quote a file that is no such file.
	largestFile  = 1 << 20
	longestFault = 120
	// longestResource is what is shown of the resource of an exemption.
	longestResource = 256
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
	// elsewhere is set if its policy is of another pack.
	elsewhere bool
}

// name is how messages refer to it.
func (e *exemption) name() string {
	return fmt.Sprintf("exemption %d (%s on %s)", e.index+1, cut(firstOf(e.Policy, "no policy")), cutTo(firstOf(e.Resource, "no resource"), longestResource))
}

// loadExemptions reads the exemptions file that the pack config names, or else the stack
// config or the environment. Without it no exemption holds.
func (s *session) loadExemptions() {
	s.exemptions = nil
	path := firstOf(s.policies[Exemptions].settings.Text("file"), s.exemptionsFile)
	if path == "" {
		return
	}
	data, err := readFile(path)
	if err == nil {
		s.exemptions, err = parseExemptions(data, s.local, s.exemptible(), s.options.Now())
	}
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		s.exemptions = []*exemption{{index: -1, lapsed: fmt.Sprintf("%s cannot be read, so that no exemption holds: %v", cutTo(path, longestResource), err)}}
	}
}

// exemptible are the ids that exemptions may have.
func (s *session) exemptible() []string {
	ids := slices.Collect(maps.Keys(s.elsewhere))
	slices.Sort(ids)
	return ids
}

// readFile reads a small file. What is no file, such as a pipe, could be read for ever.
func readFile(path string) (data []byte, err error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err = io.ReadAll(io.LimitReader(file, largestFile+1))
	if err == nil && len(data) > largestFile {
		err = fmt.Errorf("it is larger than %d MiB", largestFile>>20)
	}
	return data, err
}

// parseExemptions reads an exemptions file. An entry that is wrong in itself is there,
// but lapsed; only a file that is no such file at all is an error.
func parseExemptions(
	data []byte, local func(id string) (string, bool, string), policies []string, now time.Time,
) ([]*exemption, error) {
	var file struct {
		Exemptions []yaml.Node `yaml:"exemptions"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("want a list under exemptions: %s", cutTo(oneLine(err.Error()), longestFault))
	}
	list := make([]*exemption, len(file.Exemptions))
	for i, node := range file.Exemptions {
		e := &exemption{index: i}
		if err := node.Decode(&e.Exemption); err != nil {
			e.lapsed = "cannot be read: " + cutTo(oneLine(err.Error()), longestFault)
		} else {
			var why string
			e.Policy, e.elsewhere, why = local(e.Policy)
			e.lapsed = firstOf(why, e.fault(&node, policies, now))
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
			faults = append(faults, fmt.Sprintf("unknown key %q%s", cut(key), suggest(key, known)))
		}
	}
	if !slices.Contains(policies, e.Policy) {
		faults = append(faults, fmt.Sprintf("there is no policy %q%s", cut(e.Policy), suggest(e.Policy, policies)))
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
	return e.Policy == f.Rule.ID && rule.Matches(e.Resource, f.Resource.URN)
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

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
