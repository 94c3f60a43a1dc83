package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
)

const (
	// mostProperties is how many properties of one resource are told.
	mostProperties = 25
	// fewCreations is up to how many created resources are told with their properties.
	fewCreations = 4
	// creationProperties is how many of each are.
	creationProperties = 8
	// leadIn is how much is told of what two long values have in common.
	leadIn = 40
)

// Of what is made some properties say most, and some nothing: what the reader knows without
// them, and references.
var (
	telling = regexp.MustCompile(`\b(image|instanceClass|instanceType|nodeType|engineVersion|replicas)$`)
	silent  = regexp.MustCompile(`^(apiVersion|kind|metadata\b.*)$|(Id|Ids\[\]|Arn|Arns\[\])$`)
)

// rank is the place of a property among those of a resource, 0 being the first.
func rank(op change.Op, p diff.Property) int {
	switch {
	case p.Forces, op == change.Create && telling.MatchString(p.Path):
		return 0
	case op == change.Create && strings.ContainsAny(p.Path, ".[{"):
		return 2
	}
	return 1
}

// linesOf are the properties that differ, what forces a replacement or tells most first. What
// is in a box because of a property has that too.
func linesOf(r *change.Resource, creations int, because []string) string {
	most := mostProperties
	switch {
	case r.Op == change.Delete, r.Op == change.Forget:
		return ""
	case r.Op == change.Create && creations > fewCreations:
		return imagesOf(r)
	case r.Op == change.Create:
		most = creationProperties
	}
	list := slices.DeleteFunc(slices.Clone(r.Properties), func(p diff.Property) bool {
		switch {
		case p.Forces, slices.Contains(because, p.Path):
			return false
		case r.Op == change.Create && (silent.MatchString(p.Path) || p.Is != nil && *p.Is == diff.Unknown):
			return true
		}
		return p.Noise
	})
	quiet := len(r.Properties) - len(list)
	slices.SortStableFunc(list, func(a, b diff.Property) int { return cmp.Compare(rank(r.Op, a), rank(r.Op, b)) })
	var b strings.Builder
	for _, p := range list[:min(len(list), most)] {
		b.WriteString(propertyLines(r.Op, p))
	}
	if rest := len(list) - most; rest > 0 {
		fmt.Fprintf(&b, "  and %s more\n", count(rest, "property"))
	}
	if quiet > 0 && r.Op != change.Create {
		fmt.Fprintf(&b, "  and %d more, in tags or generated names\n", quiet)
	}
	if len(r.Properties) == 0 && r.Op == change.Update {
		b.WriteString("  none of its properties differs\n")
	}
	return b.String()
}

// imagesOf are the lines on the programs that something runs, which are told of it in any case.
func imagesOf(r *change.Resource) string {
	text := ""
	for _, p := range r.Properties {
		if strings.HasSuffix(p.Path, ".image") && p.Is != nil && *p.Is != diff.Unknown {
			text += propertyLines(r.Op, p)
		}
	}
	return text
}

// propertyLines are a property as it was and as it is to be. What a replacement will know
// only later follows from another one: what it was is of no use then.
func propertyLines(op change.Op, p diff.Property) string {
	mark := ""
	if p.Forces {
		mark = "  # forces replacement"
	}
	line := func(sign, what string) string {
		return printable(sign+" "+cut(p.Path, mostText)+": ") + cut(printable(what), mostText) + mark + "\n"
	}
	switch {
	case p.Was == nil && p.Is == nil:
		return ""
	case p.Was == nil:
		return line("+", *p.Is)
	case p.Is == nil:
		return line("-", *p.Was)
	case *p.Was == diff.Secret && *p.Is == diff.Secret:
		return line("!", "another "+diff.Secret)
	case *p.Is == diff.Unknown && op == change.Replace:
		return line("!", diff.Unknown)
	}
	was, is := apart(*p.Was, *p.Is)
	return line("-", was) + line("+", is)
}

// apart are two values from where they begin to differ, if one of them is too long to be told.
func apart(was, is string) (string, string) {
	a, b := []rune(was), []rune(is)
	if max(len(a), len(b)) <= mostText {
		return was, is
	}
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	if same <= leadIn {
		return was, is
	}
	return "…" + string(a[same-leadIn:]), "…" + string(b[same-leadIn:])
}
