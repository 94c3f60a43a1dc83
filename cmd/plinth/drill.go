package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

type drillFlags struct {
	flags
	lose        []string
	from        string
	picture     string
	mustSurvive bool
}

func (p plinth) drillCommand() *cobra.Command {
	var f drillFlags
	cmd := command("drill", "Show what the loss of a zone, a region, a NAT gateway, a key or a machine does to the stack", &f.flags)
	cmd.Use += " | --from <state.json>"
	oneStack := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case f.from == "":
			return oneStack(cmd, args)
		case len(args) > 0:
			return errors.New("drill takes a stack or --from, not both")
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.drill(cmd.Context(), strings.Join(args, ""), f)
	}
	cmd.Flags().StringArrayVar(&f.lose, "lose", nil, "what to lose, such as zone:us-east-1a or region:us-east-1; may be repeated (default: each by itself)")
	cmd.Flags().StringVar(&f.from, "from", "", "file with what pulumi stack export prints, of any program, to drill instead of a rehearsal")
	cmd.Flags().StringVar(&f.picture, "picture", "", "file to draw what is lost into, as an SVG picture")
	cmd.Flags().BoolVar(&f.mustSurvive, "must-survive", false, "fail if the loss of a zone, a NAT gateway or a machine loses anything, or may")
	return cmd
}

// drill is what the losses of failure domains do to a stack.
type drill struct {
	// stack is its name, or the file that it was read from.
	stack     string
	resources int
	losses    []resilience.Loss
	// chosen is set if the losses are not all there can be.
	chosen bool
	// zones are the losses of each zone, by which the picture knows what is where.
	zones []resilience.Loss
	// overlooked are the types that no loss looks at, and how many resources are of them.
	overlooked map[string]int
}

// drill rehearses the deploy of a stack, or takes an exported one, and shows what it loses.
func (p plinth) drill(ctx context.Context, stack string, f drillFlags) error {
	d := drill{stack: stack}
	err := p.lose(ctx, &d, f)
	if err == nil && f.picture != "" {
		err = os.WriteFile(f.picture, d.svg(), 0o644)
	}
	if err == nil && f.mustSurvive {
		err = d.survived()
	}
	if f.json {
		return errors.Join(err, p.encode(d.document(err)))
	}
	if d.losses != nil {
		newPrinter(p.stdout).drill(d, f.picture)
	}
	return err
}

// lose fills the drill.
func (p plinth) lose(ctx context.Context, d *drill, f drillFlags) error {
	domains, err := parseDomains(f.lose)
	if err != nil {
		return err
	}
	if f.mustSurvive && len(domains) > 0 && !slices.ContainsFunc(domains, survivable) {
		return errors.New("--must-survive is about zones, NAT gateways and machines, and --lose names none")
	}
	if f.from != "" {
		g, err := exported(f.from)
		if err != nil {
			return err
		}
		d.stack = f.from
		return d.lose(g, domains)
	}
	var onPhase func(rehearsal.Phase)
	if !f.json {
		onPhase = newPrinter(p.stdout).line
	}
	g, err := p.deployed(ctx, d.stack, f.flags, onPhase)
	if err != nil {
		return err
	}
	return d.lose(g, domains)
}

func parseDomains(texts []string) ([]resilience.Domain, error) {
	var domains []resilience.Domain
	for _, text := range texts {
		domain, err := resilience.ParseDomain(text)
		if err != nil {
			return nil, fmt.Errorf("--lose: %w", err)
		}
		if !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
	}
	return domains, nil
}

// lose loses the domains, or each that there is, and each zone.
func (d *drill) lose(g *rule.Graph, domains []resilience.Domain) error {
	d.resources, d.chosen, d.overlooked = len(g.All()), len(domains) > 0, resilience.Overlooked(g)
	all := resilience.Domains(g)
	if !d.chosen {
		domains = all
	}
	d.losses = make([]resilience.Loss, 0, len(domains))
	for _, domain := range domains {
		loss, err := resilience.Lose(g, domain)
		if err != nil {
			d.losses = nil
			return fmt.Errorf("--lose: %w", err)
		}
		d.losses = append(d.losses, loss)
	}
	for _, domain := range all {
		if domain.Kind != resilience.Zone {
			continue
		}
		loss, err := resilience.Lose(g, domain)
		if err != nil {
			return err
		}
		d.zones = append(d.zones, loss)
	}
	// Zones come first. The one without a name comes after the others.
	if nameless := resilience.Nameless(g); !d.chosen && troubling(nameless) {
		d.losses = slices.Insert(d.losses, len(d.zones), nameless)
	}
	return nil
}

// troubling losses take something along, or may.
func troubling(loss resilience.Loss) bool {
	return len(having(loss.Effects, resilience.Lost))+len(having(loss.Effects, resilience.Unknown)) > 0
}

// title is a domain for people.
func title(d resilience.Domain) string { return clean(d.Title()) }

// survivable domains are those that are lost every now and then: nothing should be lost
// with them.
func survivable(d resilience.Domain) bool {
	return d.Kind == resilience.Zone || d.Kind == resilience.Nat || d.Kind == resilience.Node
}

// mostLost is how many resources a line names before it only counts.
const mostLost = 5

// survived is an error if a survivable domain takes anything along, or may do so, with a
// line for each; or if there is none to look at.
func (d drill) survived() error {
	var lines []string
	certain := false
	for _, loss := range d.losses {
		if !survivable(loss.Domain) {
			continue
		}
		if lost := having(loss.Effects, resilience.Lost); len(lost) > 0 {
			certain = true
			lines = append(lines, fmt.Sprintf("\n  %s: %s", title(loss.Domain), some(lost, func(e resilience.Effect) string { return e.Resource.Name })))
		}
		if unknown := having(loss.Effects, resilience.Unknown); len(unknown) > 0 {
			lines = append(lines, fmt.Sprintf("\n  %s, perhaps: %s", title(loss.Domain),
				some(unknown, func(e resilience.Effect) string { return e.Resource.Name + " (" + e.Because + ")" })))
		}
	}
	switch {
	case certain:
		return fmt.Errorf("drill: what must survive is lost:%s", strings.Join(lines, ""))
	case len(lines) > 0:
		return fmt.Errorf("drill: what must survive may be lost, since not all is known:%s", strings.Join(lines, ""))
	case !slices.ContainsFunc(d.losses, func(l resilience.Loss) bool { return survivable(l.Domain) }):
		return errors.New(strings.TrimSuffix("drill: no zone, NAT gateway or machine is known, so that nothing shows what survives; "+d.notLookedAt(), "; "))
	}
	return nil
}

// some names effects, or as many as a line holds.
func some(effects []resilience.Effect, name func(resilience.Effect) string) string {
	var names []string
	for _, e := range effects[:min(len(effects), mostLost)] {
		names = append(names, clean(name(e)))
	}
	if more := len(effects) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// notLookedAt names the types that no loss looks at; empty if there are none.
func (d drill) notLookedAt() string {
	if len(d.overlooked) == 0 {
		return ""
	}
	var names []string
	for _, token := range slices.Sorted(maps.Keys(d.overlooked)) {
		names = append(names, fmt.Sprintf("%s (%d)", clean(token), d.overlooked[token]))
	}
	return "not looked at: " + strings.Join(names, ", ")
}

func having(effects []resilience.Effect, state resilience.State) []resilience.Effect {
	var found []resilience.Effect
	for _, e := range effects {
		if e.State == state {
			found = append(found, e)
		}
	}
	return found
}
