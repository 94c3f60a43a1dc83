package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Phase is what one operation on the stack did.
type Phase struct {
	// Name is "preview", "up", "second up", "refresh", "protection", "destroy", or what
	// Named says.
	Name string `json:"name"`
	// Project and Stack are those of the resources, or empty if there are none.
	Project string `json:"-"`
	Stack   string `json:"-"`
	// Seconds is how long the CLI took.
	Seconds float64 `json:"seconds"`
	// Changes counts resources by the engine's operation: create, update, replace,
	// delete, same and so on.
	Changes map[string]int `json:"changes"`
	// Resources is the sum of Changes.
	Resources int `json:"resources"`
	// Steps are the resources that are not left as they are, in the engine's order.
	Steps []Step `json:"steps,omitempty"`
	// Policies are the verdicts of the policy packs.
	Policies []Policy `json:"policies,omitempty"`
	// Diagnostics are the engine's warnings and errors.
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	// Protected are the URNs that the engine refused to destroy ("protection"), or whose
	// protection was lifted in the rehearsal's own state ("destroy").
	Protected []string `json:"protected,omitempty"`
	// Error is why the phase failed, or empty.
	Error string `json:"error,omitempty"`
}

// Step is what happens to one resource.
type Step struct {
	// Op is the engine's operation, such as "update".
	Op string `json:"op"`
	// URN is the resource.
	URN string `json:"urn"`
	// Properties are the paths that differ, if the engine says.
	Properties []string `json:"properties,omitempty"`
	// DeleteFirst says that a replacement deletes the old resource before it makes the new.
	DeleteFirst bool `json:"deleteFirst,omitempty"`
	// Leftover says that what is deleted is what an earlier replacement has failed to delete.
	// The resource may have another step.
	Leftover bool `json:"leftover,omitempty"`
}

// Diagnostic is a message of the engine, a provider or the program.
type Diagnostic struct {
	// Severity is "warning" or "error".
	Severity string `json:"severity"`
	// URN is the resource it is about, or empty.
	URN string `json:"urn,omitempty"`
	// Message is plain text.
	Message string `json:"message"`
}

// Policy is one policy's verdict on the whole stack.
type Policy struct {
	// Pack and Name say which.
	Pack string `json:"pack"`
	Name string `json:"name"`
	// Passed is on how many resources it found nothing, or 1 for the stack as a whole.
	Passed int `json:"passed"`
	// Findings are what it found.
	Findings []Finding `json:"findings,omitempty"`
	// Remedies are what it has set right itself.
	Remedies []Remedy `json:"remedies,omitempty"`
}

// Remedy is what a policy has changed in the inputs of a resource.
type Remedy struct {
	// URN is the resource.
	URN string `json:"urn,omitempty"`
	// Properties are the names of its properties that are no longer what the program says.
	// Their values are not kept: they may be secret.
	Properties []string `json:"properties"`
}

// Count is how many findings are mandatory, and how many are not.
func (p Policy) Count() (mandatory, advisory int) {
	for _, f := range p.Findings {
		if f.Mandatory {
			mandatory++
		} else {
			advisory++
		}
	}
	return mandatory, advisory
}

// Finding is one violation of a policy.
type Finding struct {
	// Mandatory says that it fails the phase.
	Mandatory bool `json:"mandatory"`
	// Severity is "low", "medium", "high", "critical" or empty.
	Severity string `json:"severity,omitempty"`
	// URN is the resource.
	URN string `json:"urn,omitempty"`
	// Component is the URN of the topmost component that the resource is a part of, or
	// empty.
	Component string `json:"component,omitempty"`
	// Message is plain text.
	Message string `json:"message"`
}

// Name is a resource's logical name and type, for people.
func Name(urn string) string {
	u := resource.URN(urn)
	if !u.IsValid() {
		return urn
	}
	return fmt.Sprintf("%s (%s)", u.Name(), u.Type())
}

// steps are the phase's steps in a few lines.
func (p Phase) steps() string {
	lines := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		lines[i] = fmt.Sprintf("  %s %s", s.Op, Name(s.URN))
		if len(s.Properties) > 0 {
			lines[i] += ": " + strings.Join(s.Properties, ", ")
		}
	}
	return shorten(lines)
}

func shorten(lines []string) string {
	const most = 20
	if len(lines) > most {
		lines = append(lines[:most:most], fmt.Sprintf("  and %d more", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}

// failure says why an operation failed, in one message: interrupted, or against a
// mandatory policy, or what the program and the engine say, or else what the CLI said
// last.
func (r *Rehearsal) failure(ctx context.Context, what string, p *Phase, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: interrupted: %w", what, ctx.Err())
	}
	if p != nil {
		lines, program := p.errors(false), r.failed.Load()
		switch refused := len(p.mandatory()) > 0; {
		case !refused && program != nil && len(lines) > 0:
			return fmt.Errorf("%s failed:\n%s\n%w", what, shorten(lines), *program)
		case !refused && program != nil:
			return fmt.Errorf("%s failed: %w", what, *program)
		}
		if reason := p.reason(); reason != "" {
			return errors.New(reason)
		}
	}
	text := strings.TrimSpace(strings.ReplaceAll(plain(r.command.stderr), "error: ", ""))
	if text != "" && strings.Contains(err.Error(), r.command.stderr) {
		return fmt.Errorf("%s failed: %s", what, text)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s failed: %s", what, first)
}

// Failure says why a phase failed, without its name, by what the engine said of it; it is
// empty if that is nothing bad.
func (p Phase) Failure() string { return strings.TrimPrefix(p.reason(), p.Name+": ") }

// reason says why a phase failed, by what the engine said of it; it is empty if that is
// nothing bad.
func (p Phase) reason() string {
	if lines := p.mandatory(); len(lines) > 0 {
		return fmt.Sprintf("%s: %s:\n%s", p.Name, plural(len(lines), "mandatory policy finding"), shorten(lines))
	}
	lines := p.errors(false)
	if len(lines) == 0 {
		lines = p.errors(true)
	}
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("%s failed:\n%s", p.Name, shorten(lines))
}

func (p Phase) mandatory() []string {
	var lines []string
	for _, policy := range p.Policies {
		for _, f := range policy.Findings {
			if f.Mandatory {
				lines = append(lines, fmt.Sprintf("  %s: %s: %s", policy.Name, Name(f.URN), indent(f.Message)))
			}
		}
	}
	return lines
}

// errors are the error diagnostics of resources, or those of the stack itself, where the
// engine also sums up what failed elsewhere.
func (p Phase) errors(ofStack bool) []string {
	var lines []string
	for _, d := range p.Diagnostics {
		isStack := d.URN == "" || resource.URN(d.URN).QualifiedType() == resource.RootStackType
		if d.Severity != "error" || isStack != ofStack || strings.HasSuffix(d.Message, context.Canceled.Error()) {
			continue // what was cut off because something else failed is no reason
		}
		line := "  " + indent(strings.TrimPrefix(d.Message, "an unhandled error occurred: "))
		if !isStack {
			line = "  " + Name(d.URN) + ": " + indent(d.Message)
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines) // the engine says them in any order
	return lines
}

func indent(message string) string { return strings.ReplaceAll(message, "\n", "\n    ") }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
