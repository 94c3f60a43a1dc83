package upgrade

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/blang/semver"
)

// Changelog is what a project has told its users, newest version first. A version is a
// heading of the second level, such as `## 0.2.0`, with anything after a blank; a heading
// without a version, such as `## Unreleased`, may stand above them all. Under a heading,
// a line in one of these forms names a resource that the version replaces or deletes:
//
//   - replaces: aws:ec2/launchTemplate:LaunchTemplate web-template
//   - deletes: aws:ec2/route:Route network-route-public-a
type Changelog []Section

// Section is one version of a changelog.
type Section struct {
	// Version is without a leading "v", or empty for what is not released.
	Version string
	// Named are the lines "replaces: <type> <name>" and "deletes: <type> <name>".
	Named []string
}

var (
	heading = regexp.MustCompile(`^## +\[?([^\]\s]+)`)
	naming  = regexp.MustCompile(`^[-*]\s+(replaces|deletes)\b`)
	exact   = regexp.MustCompile(`^- ((?:replaces|deletes): \S+ \S+)$`)
)

// ParseChangelog reads the text of a changelog.
func ParseChangelog(text string) (Changelog, error) {
	var log Changelog
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n\t ")
		if m := heading.FindStringSubmatch(line); m != nil {
			section := Section{}
			if version, err := semver.ParseTolerant(m[1]); err == nil {
				section.Version = version.String()
			} else if len(log) > 0 {
				return nil, fmt.Errorf("changelog, line %d: %q is no version", number, m[1])
			}
			log = append(log, section)
			continue
		}
		if !naming.MatchString(line) {
			continue
		}
		m := exact.FindStringSubmatch(line)
		if m == nil || len(log) == 0 {
			return nil, fmt.Errorf("changelog, line %d: %q is not `- replaces: <type> <name>` or `- deletes: <type> <name>` under a version", number, line)
		}
		log[len(log)-1].Named = append(log[len(log)-1].Named, m[1])
	}
	return log, nil
}

// Released are the versions, newest first.
func (l Changelog) Released() []string {
	var versions []string
	for _, section := range l {
		if section.Version != "" {
			versions = append(versions, section.Version)
		}
	}
	return versions
}

// since are the lines of everything that came after a version.
func (l Changelog) since(version string) ([]string, error) {
	at := slices.IndexFunc(l, func(s Section) bool { return s.Version != "" && s.Version == strings.TrimPrefix(version, "v") })
	if at < 0 {
		return nil, fmt.Errorf("the changelog has no version %s", version)
	}
	var named []string
	for _, section := range l[:at] {
		named = append(named, section.Named...)
	}
	return named, nil
}
