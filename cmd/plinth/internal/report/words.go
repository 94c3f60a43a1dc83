package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
)

// operation is what happens to a resource, for people.
type operation struct {
	op change.Op
	// sign is one character, plan the word for what will be done, done for what happens.
	sign, plan, done string
}

// operations are in the order in which people want to know of them.
var operations = []operation{
	{change.Create, "+", "create", "created"},
	{change.Update, "~", "update", "updated"},
	{change.Replace, "±", "replace", "replaced"},
	{change.Delete, "−", "delete", "deleted"},
	{change.Import, "↓", "import", "imported"},
	{change.Forget, "∅", "forget", "forgotten"},
	{change.Read, "·", "read", "read"},
	{change.Same, " ", "keep", "unchanged"},
}

// operationOf is one that the engine may have learnt since in its own word.
func operationOf(op change.Op) operation {
	if i := slices.IndexFunc(operations, func(o operation) bool { return o.op == op }); i >= 0 {
		return operations[i]
	}
	return operation{op, "?", string(op), string(op)}
}

// tally says how many of what a stack's change does: "2 to create, 1 to replace".
func tally(counts map[change.Op]int) string {
	var parts []string
	for _, o := range operations {
		if n := counts[o.op]; n > 0 && o.op != change.Same && o.op != change.Read {
			parts = append(parts, fmt.Sprintf("%d to %s", n, o.plan))
		}
	}
	if len(parts) == 0 {
		return "nothing changes"
	}
	return strings.Join(parts, ", ")
}

// levelSigns are those of verdicts: shapes, as not everybody sees colours.
var levelSigns = map[Level]string{Safe: "✅", Look: "⚠️", Dangerous: "🛑"}

// usd is an amount with two decimals.
func usd(amount float64) string {
	cents := math.Round(amount * 100)
	return minus(strconv.FormatFloat(math.Abs(cents)/100, 'f', 2, 64), cents)
}

// usdMore is by how much a cost rises or falls: "+12.30", "−4.00", "±0.00".
func usdMore(before, after float64) string {
	cents := math.Round(after*100) - math.Round(before*100)
	switch {
	case cents > 0:
		return "+" + usd(cents/100)
	case cents == 0:
		return "±0.00"
	}
	return usd(cents / 100)
}

// minus sets the sign of an amount as printers do.
func minus(digits string, of float64) string {
	if of < 0 {
		return "−" + digits
	}
	return digits
}

// sumOf is what a bill comes to: "at least" that if something in it has no price.
func sumOf(b cost.Bill) string {
	if len(b.NotPriced) > 0 {
		return "at least " + usd(b.USD())
	}
	return usd(b.USD())
}

// lasting is a duration as exactly as an estimate deserves: "40 s", "5 min", "2 h".
func lasting(d time.Duration) string {
	switch {
	case d <= 0:
		return "no time"
	case d < time.Second:
		return "less than 1 s"
	case d < 2*time.Minute:
		return resilience.Words(d.Round(time.Second))
	case d < 2*time.Hour:
		return resilience.Words(d.Round(time.Minute))
	}
	h, m := d.Round(time.Minute)/time.Hour, d.Round(time.Minute)%time.Hour
	if m == 0 {
		return resilience.Words(h * time.Hour)
	}
	return resilience.Words(h*time.Hour) + " " + resilience.Words(m)
}

// lastingSeconds is the same of what is counted in seconds.
func lastingSeconds(seconds float64) string {
	return lasting(time.Duration(seconds * float64(time.Second)))
}

// about is an estimate with its ends: "18 min (12 min to 30 min)".
func about(usual, low, high time.Duration) string {
	text := lasting(usual)
	if low < high && lasting(low) != lasting(high) {
		text += fmt.Sprintf(" (%s to %s)", lasting(low), lasting(high))
	}
	return text
}

// count is a number of things: "1 resource", "3 resources", "2 policies".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// few is a list of which no more than some are named: "a, b and 12 more".
func few(items []string, most int) string {
	if len(items) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), len(items)-most)
	}
	return strings.Join(items, ", ")
}

const (
	// mostName is how many characters of a name are told, mostText of a sentence or a value:
	// one that is longer must not take the room of all others.
	mostName = 100
	mostText = 300
)

// cut is as much of a text as there is room for, up to a word's end if one is near.
func cut(text string, most int) string {
	if len(text) <= most { // bytes, of which there are at least as many as characters
		return text
	}
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	text = string(runes[:most-1])
	if at := strings.LastIndexByte(text, ' '); at > len(text)*9/10 {
		text = text[:at]
	}
	return text + "…"
}

// undecided are lines of policies on what they cannot know of a preview.
const undecided = "Not decided before the deploy"

// kindOf is the short name of a type token: "rds/instance" of aws:rds/instance:Instance, and
// "provider/aws" of a provider.
func kindOf(token string) string {
	token = cut(token, mostName)
	if of, found := strings.CutPrefix(token, "pulumi:providers:"); found {
		return "provider/" + of
	}
	parts := strings.Split(rule.Canonical(token), ":")
	if len(parts) != 3 {
		return token
	}
	if _, name, found := strings.Cut(parts[1], "/"); found && strings.EqualFold(name, parts[2]) {
		return parts[1]
	}
	return parts[2]
}

// named is a resource for people: its type and its name.
func named(r *change.Resource) string { return kindOf(r.Type) + " " + cut(r.Name, mostName) }

// componentOf is what a resource is told under: its component, or itself if it is one, or
// that it is in none.
func componentOf(c *change.Change, r *change.Resource) string {
	if top := c.Find(r.Component); top != nil {
		return named(top)
	}
	if !r.Custom {
		return named(r)
	}
	return inNoComponent
}

// inNoComponent is what is told of what has none.
const inNoComponent = "in no component"

// printable takes out of a program's text what would disturb a terminal or a line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
}
