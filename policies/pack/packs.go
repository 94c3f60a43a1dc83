package pack

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Pack is a part of the rules that can be adopted without the rest.
type Pack struct {
	// Name is what the engine and people call it.
	Name string
	// Title is its name in a sentence.
	Title string
	// Description is what its policies are about.
	Description string
	// Categories are those of its rules; all if empty.
	Categories []rule.Category
}

// The packs.
var (
	// Plinth is all rules.
	Plinth = Pack{
		Name: "plinth", Title: "Plinth",
		Description: "Redundancy, backup, encryption, exposure and operations of AWS and Kubernetes stacks, over single resources and their graph",
	}
	// Redundancy is what keeps a stack running, and what brings it back.
	Redundancy = Pack{
		Name: "plinth-redundancy", Title: "Plinth redundancy",
		Description: "Redundancy, backup, operations and cost of AWS and Kubernetes stacks, over single resources and their graph",
		Categories:  []rule.Category{rule.Redundancy, rule.Backup, rule.Operations, rule.Cost},
	}
	// Encryption is what keeps others from reading and reaching a stack.
	Encryption = Pack{
		Name: "plinth-encryption", Title: "Plinth encryption",
		Description: "Encryption, exposure and access of AWS and Kubernetes stacks, over single resources and their graph",
		Categories:  []rule.Category{rule.Encryption, rule.Exposure, rule.Access},
	}
)

// Packs are all packs: the one with everything, and those that share it out.
func Packs() []Pack { return []Pack{Plinth, Redundancy, Encryption} }

// Has reports whether a rule is in the pack.
func (p Pack) Has(r *rule.Rule) bool {
	return len(p.Categories) == 0 || slices.Contains(p.Categories, r.Category)
}

// short is the name that PackEnv takes, beside the whole one.
func (p Pack) short() string { return strings.TrimPrefix(p.Name, Plinth.Name+"-") }

// PackEnv is an environment variable that chooses a pack of an executable that serves
// several: plinth, redundancy or encryption.
const PackEnv = "PLINTH_POLICY_PACK"

// choose is the pack that an executable is to serve: the one that its file is named after,
// or else the environment variable's, or else all rules.
func choose(executable, variable string) (Pack, error) {
	chosen := Plinth
	if variable != "" {
		var known []string
		for _, p := range Packs() {
			known = append(known, p.short())
		}
		i := slices.IndexFunc(Packs(), func(p Pack) bool { return variable == p.short() || variable == p.Name })
		if i < 0 {
			return Pack{}, fmt.Errorf("environment variable %s: %q is not one of %s%s", PackEnv, variable, strings.Join(known, ", "), suggest(variable, known))
		}
		chosen = Packs()[i]
	}
	for _, p := range Packs()[1:] {
		if strings.Contains(filepath.Base(executable), p.Name) {
			chosen = p
		}
	}
	return chosen, nil
}
