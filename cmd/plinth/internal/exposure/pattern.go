package exposure

import (
	"slices"
	"strings"
)

// pattern is what a text with wildcards matches, without what some others match.
type pattern struct {
	text string
	but  []string
	said string // an action in words, as it was spelled
}

// within says that another pattern matches all that this one does. It may say no where that
// follows from what the texts stand for only.
func (p pattern) within(o pattern) bool {
	return covers(o.text, p.text) && !slices.ContainsFunc(o.but, func(but string) bool {
		return meet(but, p.text) && !slices.ContainsFunc(p.but, func(mine string) bool { return covers(mine, but) })
	})
}

// folded are actions, which may be spelled with any capitals.
func folded(actions []pattern) []pattern {
	for i, p := range actions {
		switch p.said = p.text; {
		case len(p.but) > 0:
			p.said = "everything but " + some(p.but, most)
		case everywhere(p.text):
			p.said = "everything (*)"
		}
		p.text, p.but = strings.ToLower(p.text), slices.Clone(p.but)
		for j, but := range p.but {
			p.but[j] = strings.ToLower(but)
		}
		actions[i] = p
	}
	return actions
}

// everywhere says that a text with wildcards matches all texts, however that is spelled.
func everywhere(text string) bool { return covers(text, "*") }

// isWild says that a text has wildcards.
func isWild(text string) bool { return strings.ContainsAny(text, "*?") }

// covers says that what a text with wildcards matches holds all that another one matches: *
// is any characters, ? is one. It goes back to the last * only, which can take any more.
func covers(text, other string) bool {
	if !isWild(text) {
		return text == other
	}
	i, j, star, taken := 0, 0, -1, 0
	for j < len(other) {
		switch {
		case i < len(text) && text[i] == '*':
			star, taken = i, j
			i++
		case i < len(text) && (text[i] == other[j] || text[i] == '?' && other[j] != '*'):
			i++
			j++
		case star < 0:
			return false
		default:
			taken++
			i, j = star+1, taken
		}
	}
	return strings.Trim(text[i:], "*") == ""
}

// meet says that there is something that both texts with wildcards match.
func meet(a, b string) bool {
	switch {
	case !isWild(b):
		return covers(a, b)
	case !isWild(a):
		return covers(b, a)
	}
	// row[j] says that a part of a and b[:j] meet, and next[j] that one more of a does.
	row, next := make([]bool, len(b)+1), make([]bool, len(b)+1)
	for i := 0; i <= len(a); i++ {
		for j := 0; j <= len(b); j++ {
			next[j] = i == 0 && j == 0 ||
				i > 0 && a[i-1] == '*' && (row[j] || j > 0 && next[j-1]) ||
				j > 0 && b[j-1] == '*' && (next[j-1] || i > 0 && row[j]) ||
				i > 0 && j > 0 && row[j-1] && (a[i-1] == b[j-1] || a[i-1] == '?' || b[j-1] == '?')
		}
		row, next = next, row
	}
	return row[len(b)]
}
