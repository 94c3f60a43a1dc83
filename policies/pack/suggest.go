package pack

import (
	"slices"
	"strings"
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
	best, distance := "", len(name)/2+1
	for _, k := range known {
		if d := edits(name, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// edits is the number of characters to add, drop or change to make a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = slices.Min([]int{change, row[j] + 1, row[j+1] + 1})
		}
	}
	return row[len(b)]
}
