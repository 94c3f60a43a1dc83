package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// texts compares documents as documents, texts of several lines by lines, and others as
// they are.
func (d *differ) texts(p place, was, is string) {
	if was == is {
		return
	}
	if isKey(was) || isKey(is) {
		d.say(p, text(Secret), text(Secret), false)
		return
	}
	before, wasDocument := parse(was)
	after, isDocument := parse(is)
	if wasDocument && isDocument {
		told := len(d.told)
		within := p
		within.document = true
		d.compare(within, before, after)
		if len(d.told) == told {
			d.say(p, text("a JSON document"), text("the same document, written in another way"), true)
		}
		return
	}
	a, b := decoded(was), decoded(is)
	if a != b && strings.Contains(a, "\n") && strings.Contains(b, "\n") {
		d.lines(p, strings.Split(a, "\n"), strings.Split(b, "\n"))
		return
	}
	d.tell(p, was, is)
}

// parse is a JSON document in a string, tidied for comparison.
func parse(v any) (any, bool) {
	s, _ := v.(string)
	start := strings.TrimLeft(s, " \t\r\n")
	if start == "" || start[0] != '{' && start[0] != '[' {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(s))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil {
		return nil, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, false
	}
	return normal(document, ""), true
}

// plurals are what an IAM policy may write as one thing or as a list of it.
var plurals = map[string]bool{
	"Statement": true, "Action": true, "NotAction": true, "Resource": true, "NotResource": true,
	"AWS": true, "Service": true, "Federated": true, "CanonicalUser": true,
}

// normal is a document in which one of what may be several is a list, and null is null.
func normal(v any, key string) any {
	switch v := v.(type) {
	case nil:
		return null
	case []any:
		for i := range v {
			v[i] = normal(v[i], "")
		}
		return v
	case map[string]any:
		for key := range v {
			v[key] = normal(v[key], key)
		}
		if key == "Statement" {
			return []any{v}
		}
		return v
	case string:
		if v == Secret {
			return secret
		}
		if plurals[key] {
			return []any{v}
		}
		return tidy(v, false)
	}
	return v
}

// onLine is between a path and the number of a line.
const onLine = " line "

// lines tells the lines that differ, numbered as in the new text. More than a screen of them
// are only counted.
func (d *differ) lines(p place, was, is []string) {
	const screen = 40
	type changed struct {
		line    int
		was, is []string
	}
	var all []changed
	count, line := 0, 1
	for _, h := range hunks(was, is) {
		line += h.same
		all = append(all, changed{line, h.was, h.is})
		count += max(len(h.was), len(h.is))
		line += len(h.is)
	}
	if count > screen {
		d.say(p, text(fmt.Sprintf("%d lines", len(was))), text(fmt.Sprintf("%d lines, of which %d differ", len(is), count)), false)
		return
	}
	for _, c := range all {
		for i := range max(len(c.was), len(c.is)) {
			var before, after any
			if i < len(c.was) {
				before = c.was[i]
			}
			if i < len(c.is) {
				after = c.is[i]
			}
			at := p
			at.path += fmt.Sprint(onLine, c.line+min(i, len(c.is)))
			d.tell(at, before, after)
		}
	}
}

// hunk is some lines that are the same, and then some that are not.
type hunk struct {
	same    int
	was, is []string
}

// hunks are the differences between two texts by their longest common lines. If that would
// take long, all between the first and the last difference is one.
func hunks(was, is []string) []hunk {
	head := 0
	for head < min(len(was), len(is)) && was[head] == is[head] {
		head++
	}
	tail := 0
	for tail < min(len(was), len(is))-head && was[len(was)-1-tail] == is[len(is)-1-tail] {
		tail++
	}
	was, is = was[head:len(was)-tail], is[head:len(is)-tail]
	const slow = 1_000_000
	if len(was)*len(is) > slow {
		return []hunk{{head, was, is}}
	}
	longest := make([][]int, len(was)+1) // common lines from here to the end
	for i := range longest {
		longest[i] = make([]int, len(is)+1)
	}
	for i, a := range slices.Backward(was) {
		for j, b := range slices.Backward(is) {
			if a == b {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var all []hunk
	current := hunk{same: head}
	i, j := 0, 0
	for i < len(was) || j < len(is) {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			if len(current.was)+len(current.is) > 0 {
				all = append(all, current)
				current = hunk{}
			}
			current.same++
			i, j = i+1, j+1
		case j == len(is) || i < len(was) && longest[i+1][j] >= longest[i][j+1]:
			current.was = append(current.was, was[i])
			i++
		default:
			current.is = append(current.is, is[j])
			j++
		}
	}
	return append(all, current)
}
