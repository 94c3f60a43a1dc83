package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

type costFlags struct {
	flags
	from  []string
	usage string
	lines bool
}

func (p plinth) costCommand() *cobra.Command {
	var f costFlags
	cmd := command("cost", "Estimate what stacks cost a month, side by side, and what would save the most", &f.flags)
	cmd.Use = "cost <stack>... | --from <state.json>"
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args)+len(f.from) == 0 {
			return fmt.Errorf("cost takes the names of stacks, or --from%s", known(f.dir))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.cost(cmd.Context(), args, f) }
	cmd.Flags().StringArrayVar(&f.from, "from", nil, "file with what pulumi stack export prints, of any program; may be repeated")
	cmd.Flags().StringVar(&f.usage, "usage", "", "file with assumptions about use instead of some of the usual ones, each with a why")
	cmd.Flags().BoolVar(&f.lines, "lines", false, "show every line: resource, quantity, price and where the price is from")
	return cmd
}

// sideBySide is the bills of some stacks.
type sideBySide struct {
	prices *cost.Prices
	stacks []stackCost
}

// stackCost is the bill of one of them.
type stackCost struct {
	// name is the stack's, or the file's that it was read from.
	name      string
	resources int
	bill      cost.Bill
	savings   []cost.Saving
}

// mostSavings is how many savings of a stack are told.
const mostSavings = 3

// cost rehearses the deploys of stacks, or takes exported ones, and shows what they cost.
func (p plinth) cost(ctx context.Context, stacks []string, f costFlags) error {
	c, err := p.costs(ctx, stacks, f)
	if f.json {
		return errors.Join(err, p.encode(c.document(err)))
	}
	if err != nil {
		return err
	}
	newPrinter(p.stdout).cost(c, f.lines)
	return nil
}

func (p plinth) costs(ctx context.Context, stacks []string, f costFlags) (sideBySide, error) {
	var c sideBySide
	var err error
	if c.prices, err = cost.CommittedPrices(); err != nil {
		return c, err
	}
	usage, named, err := usageOf(f.usage)
	if err != nil {
		return c, err
	}
	stackNames := slices.Clone(stacks)
	add := func(name string, g *rule.Graph) {
		stackNames = append(stackNames, stackOf(g))
		c.stacks = append(c.stacks, estimated(name, g, c.prices, usage))
	}
	for _, stack := range stacks {
		g, err := p.deployed(ctx, stack, f.flags, nil) // its phases do not belong into a table
		if err != nil {
			return c, fmt.Errorf("%s: %w", stack, err)
		}
		add(stack, g)
	}
	for _, from := range f.from {
		g, err := exported(from)
		if err != nil {
			return c, err
		}
		add(from, g)
	}
	if dir, err := projectDir(f.dir); err == nil {
		others, _ := rehearsal.Stacks(dir) // what cannot be listed is in no file of assumptions
		stackNames = append(stackNames, others...)
	}
	unknown := slices.DeleteFunc(named, func(name string) bool { return slices.Contains(stackNames, name) })
	if len(unknown) > 0 {
		return c, fmt.Errorf("%s: there is no stack %s", f.usage, strings.Join(unknown, ", "))
	}
	return c, nil
}

// estimated is what one stack costs.
func estimated(name string, g *rule.Graph, prices *cost.Prices, usage cost.Usage) stackCost {
	used := usage.For(stackOf(g))
	s := stackCost{name: name, resources: len(g.All()), bill: cost.Estimate(g, prices, used), savings: cost.Savings(g, prices, used)}
	s.savings = s.savings[:min(len(s.savings), mostSavings)]
	return s
}

// usageOf is the usual assumptions with those of a file instead of some, and the stacks
// that the file names.
func usageOf(file string) (usage cost.Usage, stacks []string, err error) {
	usage, err = cost.CommittedUsage()
	if err != nil || file == "" {
		return usage, nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return usage, nil, fmt.Errorf("--usage: %w", err)
	}
	others, err := cost.ReadUsage(text)
	if err != nil {
		return usage, nil, fmt.Errorf("%s: %w", file, err)
	}
	return usage.With(others), others.Stacks(), nil
}

// stackOf is the name of the stack that resources are of, as their URNs say it.
func stackOf(g *rule.Graph) string {
	for _, r := range g.All() {
		name, _, _ := strings.Cut(strings.TrimPrefix(r.URN, "urn:pulumi:"), "::")
		return name
	}
	return ""
}
