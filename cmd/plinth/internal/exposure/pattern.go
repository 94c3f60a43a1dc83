package exposure

import (
	"slices"
	"strings"
)

// pattern is what a text with wildcards matches, without what some others match.
type pattern struct {
	text string
	but  []string
}

// within says that another pattern matches all that this one does. It may say no where that
// follows from what the texts stand for only.
func (p pattern) within(o pattern) bool {
	return covers(o.text, p.text) && !slices.ContainsFunc(o.but, func(but string) bool {
		return meet(but, p.text) && !slices.ContainsFunc(p.but, func(mine string) bool { return covers(mine, but) })
	})
}

// lower is the pattern of an action, which may be spelled with any capitals.
func (p pattern) lower() pattern {
	p.text, p.but = strings.ToLower(p.text), slices.Clone(p.but)
	for i, but := range p.but {
		p.but[i] = strings.ToLower(but)
	}
	return p
}

// covers says that what a text with wildcards matches holds all that another one matches: *
// is any characters, ? is one.
func covers(text, other string) bool {
	return match(text, other, func(wild, c byte) bool { return wild == c || wild == '?' && c != '*' }, false)
}

// meet says that there is something that both texts with wildcards match.
func meet(a, b string) bool {
	return match(a, b, func(x, y byte) bool { return x == y || x == '?' || y == '?' }, true)
}

// match walks through two texts at once. In the first a * stands for any part of the other
// one, and if both is set also the other way round.
func match(a, b string, same func(x, y byte) bool, both bool) bool {
	// row[j] says that a[:i] matches b[:j].
	row := make([]bool, len(b)+1)
	for i := 0; i <= len(a); i++ {
		next := make([]bool, len(b)+1)
		for j := 0; j <= len(b); j++ {
			switch {
			case i == 0 && j == 0:
				next[j] = true
			case i > 0 && a[i-1] == '*' && (row[j] || j > 0 && next[j-1]),
				both && j > 0 && b[j-1] == '*' && (next[j-1] || i > 0 && row[j]),
				i > 0 && j > 0 && row[j-1] && same(a[i-1], b[j-1]):
				next[j] = true
			}
		}
		row = next
	}
	return row[len(b)]
}
