package report

import (
	"regexp"
	"strings"
	"unicode"
)

// What programs say is never Markdown. Names and values are code spans, in which nothing is
// a link, a mention or HTML; of sentences, the words that are not plain words are.

// code is a text as a code span.
func code(text string) string {
	text = cut(strings.TrimSpace(printable(text)), mostText)
	if text == "" {
		return "(empty)"
	}
	ticks := strings.Repeat("`", longestTicks(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return ticks + text + ticks
}

func codes(texts []string) []string {
	spans := make([]string, len(texts))
	for i, text := range texts {
		spans[i] = code(text)
	}
	return spans
}

func longestTicks(text string) (longest int) {
	run := 0
	for _, c := range text {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// plainWord is one of a human language, or a number, with what may be around it.
var plainWord = regexp.MustCompile(`^(\p{Lu}?[\p{Ll}\p{Lo}]+(['’-][\p{Ll}\p{Lo}]+)*|\p{Lu}+s?(['’]s)?|[-+−±]?[0-9]{1,6}([.,][0-9]{1,3})?%?|[-–—−→+=%])$`)

// prose is a sentence of a program, a provider or a policy.
func prose(text string) string {
	words := strings.Fields(cut(printable(text), mostText))
	for i, word := range words {
		core := strings.TrimLeft(word, `("'`)
		before := word[:len(word)-len(core)]
		core = strings.TrimRight(core, `.,;:)"'?…`)
		for open := strings.Count(core, "("); open > strings.Count(core, ")") && strings.HasPrefix(word[len(before)+len(core):], ")"); {
			core += ")" // its own
		}
		after := word[len(before)+len(core):]
		if bare := strings.Trim(core, "`"); bare != "" && !plainWord.MatchString(core) {
			core = code(bare)
		} else if bare == "" && core != "" {
			core = code(core)
		}
		words[i] = before + core + after
	}
	return strings.Join(words, " ")
}

// capital is a sentence that begins with a capital letter, if a word begins it.
func capital(sentence string) string {
	for i, c := range sentence {
		return string(unicode.ToUpper(c)) + sentence[i+len(string(c)):]
	}
	return sentence
}

// cells is a row of a table.
func cells(texts ...string) string {
	for i, text := range texts {
		texts[i] = strings.ReplaceAll(text, "|", `\|`)
	}
	return "| " + strings.Join(texts, " | ") + " |\n"
}

// fenced is lines in a fence that none of them can close.
func fenced(language, text string) string {
	fence := strings.Repeat("`", max(3, longestTicks(text)+1))
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

// folded is a part that is opened by a click. The summary is HTML.
func folded(summary, text string) string {
	return "<details><summary>" + summary + "</summary>\n\n" + strings.TrimRight(text, "\n") + "\n\n</details>\n\n"
}

// box is an alert, which GitHub paints.
func box(kind, text string) string {
	quoted := "> [!" + kind + "]\n"
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		quoted += strings.TrimRight("> "+line, " \n") + "\n"
	}
	return quoted + "\n"
}
