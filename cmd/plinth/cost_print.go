package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
)

// cost prints a table with a column for each stack, what would save the most, and what
// the table does not say.
func (pr printer) cost(c sideBySide, lines bool) {
	pr.printf("List prices in USD a month, on demand, before tax; sources from %s to %s, free tiers not counted\n\n", c.prices.Oldest, c.prices.Newest)
	pr.costTable(c)
	for _, s := range c.stacks {
		pr.costSavings(s)
	}
	if lines {
		for _, s := range c.stacks {
			pr.costLines(s)
		}
	}
	for _, s := range c.stacks {
		pr.costGaps(s, lines)
	}
	pr.costAssumptions(c)
	if !lines {
		pr.printf("\nEvery line with its resource, price and source: --lines; other assumptions: --usage <file>\n")
	}
}

func (pr printer) costTable(c sideBySide) {
	const first = 22
	least := 10
	// sum says that there is more to it if something is not priced.
	sum := func(usd float64, b cost.Bill) string {
		if len(b.NotPriced) > 0 {
			return "at least " + dollars(usd)
		}
		return dollars(usd)
	}
	for _, s := range c.stacks {
		least = max(least, len(sum(s.bill.MostUSD(), s.bill)))
	}
	row := func(title string, cell func(stackCost) string) string {
		var text strings.Builder
		fmt.Fprintf(&text, "%-*s", first, title)
		for _, s := range c.stacks {
			fmt.Fprintf(&text, "  %*s", max(least, len(s.name)), cell(s))
		}
		return text.String()
	}
	pr.printf("%s\n", pr.paint("1", row("", func(s stackCost) string { return clean(s.name) })))
	for _, service := range c.prices.Services {
		if !slices.ContainsFunc(c.stacks, func(s stackCost) bool { _, has := s.bill.Service(service); return has }) {
			continue
		}
		pr.printf("%s\n", row(service, func(s stackCost) string {
			if usd, has := s.bill.Service(service); has {
				return dollars(usd)
			}
			return "-"
		}))
	}
	pr.printf("%s\n", pr.paint("1", row("sum", func(s stackCost) string { return sum(s.bill.USD(), s.bill) })))
	pr.printf("%s\n", row("scaled to the limits", func(s stackCost) string { return sum(s.bill.MostUSD(), s.bill) }))
}

func (pr printer) costSavings(s stackCost) {
	if len(s.savings) == 0 {
		return
	}
	pr.printf("\n%s would save\n", clean(s.name))
	for _, saving := range s.savings {
		pr.printf("  %s  %s\n            costs: %s\n", pr.paint("32", fmt.Sprintf("%8s", dollars(saving.USD))), clean(saving.Change), clean(saving.Costs))
	}
}

func (pr printer) costLines(s stackCost) {
	pr.printf("\n%s\n", pr.paint("1", clean(s.name)))
	for _, l := range s.bill.Lines {
		price := plain(l.Price.USD)
		if l.Off > 0 {
			price += fmt.Sprintf(" less %s %%", plain(100*l.Off))
		}
		pr.printf("  %9s  %s %s: %s\n", dollars(l.USD()), l.Price.Service, clean(l.Resource.Name), clean(l.What))
		pr.printf("             %s %s at %s", plain(l.Quantity), l.Price.Unit, price)
		if l.Most > l.Quantity {
			pr.printf(", at most %s: %s", plain(l.Most), dollars(l.MostUSD()))
		}
		pr.printf("; %s in %s from %s (%s, %s)", l.Item, l.Region, l.Price.Source.Name, l.Price.Source.Grade, l.Price.Source.Date)
		if len(l.Assumed) > 0 {
			pr.printf("; assumed %s", strings.Join(l.Assumed, ", "))
		}
		pr.printf("\n")
	}
}

// costGaps prints what is in no line: what is not priced, and how much is free.
func (pr printer) costGaps(s stackCost, lines bool) {
	pr.printf("\n%s: %d resources, %d of them free", clean(s.name), s.resources, counted(s.bill.Free))
	if len(s.bill.NotPriced) == 0 {
		pr.printf("; everything else is priced\n")
	} else {
		pr.printf("; not priced:\n")
	}
	for _, g := range s.bill.NotPriced {
		pr.printf("  %3d  %s: %s\n", len(g.Resources), clean(kindOf(g.Type)), clean(g.Why))
	}
	if !lines {
		return
	}
	pr.printf("  free:\n")
	for _, g := range s.bill.Free {
		pr.printf("  %3d  %s: %s\n", len(g.Resources), clean(kindOf(g.Type)), clean(g.Why))
	}
}

func counted(groups []cost.Group) int {
	n := 0
	for _, g := range groups {
		n += len(g.Resources)
	}
	return n
}

func (pr printer) costAssumptions(c sideBySide) {
	var names []string
	for _, s := range c.stacks {
		for name := range s.bill.Assumed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range slices.Compact(names) {
		if i == 0 {
			pr.printf("\nassumed:\n")
		}
		type said struct{ value, why string }
		var different []said
		of := map[said][]string{}
		for _, s := range c.stacks {
			a, used := s.bill.Assumed[name]
			if !used {
				continue
			}
			this := said{a.Machine, a.Why}
			if a.Machine == "" {
				this.value = plain(a.Is) + " " + a.Unit
			}
			if of[this] == nil {
				different = append(different, this)
			}
			of[this] = append(of[this], s.name)
		}
		for _, d := range different {
			stacks := ""
			if len(of[d]) < len(c.stacks) {
				stacks = " (" + strings.Join(of[d], ", ") + ")"
			}
			pr.printf("  %s%s: %s: %s\n", name, clean(stacks), clean(d.value), clean(d.why))
		}
	}
}

func dollars(usd float64) string { return strconv.FormatFloat(usd, 'f', 2, 64) }

// plain is a number with at most the digits that matter.
func plain(n float64) string { return strconv.FormatFloat(n, 'g', 6, 64) }
