package pack

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/nearest"
)

// longestName is the length from which a text is no name, and messages show its beginning.
const longestName = 64

// cut is the beginning of a text that comes from outside, for a message.
func cut(text string) string { return cutTo(text, longestName) }

func cutTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// suggest is a hint at the nearest of the known names, or nothing if none is near.
func suggest(name string, known []string) string {
	if len(name) > longestName {
		return ""
	}
	best := nearest.To(name, known)
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}
