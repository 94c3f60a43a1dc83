package mutation

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Ledger says why it is right that nobody notices.
type Ledger struct {
	// Reasons are the reasons by the word that stands for them.
	Reasons map[string]string
	// Anywhere are paths in resources of any type, by reason.
	Anywhere map[string][]string
	// Types are paths by type and reason. A path stands for all that is below it, if a
	// policy notices nothing there.
	Types map[string]map[string][]string
	// Policies never fail here, although the stack has what they are about.
	Policies map[string]string
}

// ReadLedger reads a ledger in YAML.
func ReadLedger(from io.Reader) (Ledger, error) {
	var l Ledger
	decoder := yaml.NewDecoder(from)
	decoder.KnownFields(true)
	if err := decoder.Decode(&l); err != nil {
		return l, fmt.Errorf("read the ledger: %w", err)
	}
	return l, nil
}

// Faults are what is not noticed and not in the ledger, and what is in the ledger for
// nothing.
func (l Ledger) Faults(properties Properties) []string {
	used := map[string]bool{}
	var faults []string
	for token, paths := range properties {
		for path, noticed := range paths {
			if noticed {
				continue
			}
			entry := l.entry(token, path, paths)
			if used[entry] = true; entry == "" {
				faults = append(faults, fmt.Sprintf("no policy notices %s of %s: a policy should, or the ledger say why not", path, token))
			}
		}
	}
	word := func(reason string) {
		if used[reason] = true; l.Reasons[reason] == "" {
			faults = append(faults, fmt.Sprintf("the reason %q is not explained", reason))
		}
	}
	for reason, paths := range l.Anywhere {
		word(reason)
		for _, path := range paths {
			if !used[path] {
				faults = append(faults, path+" is in the ledger, and no type has it unnoticed")
			}
		}
	}
	for token, reasons := range l.Types {
		listed := map[string]bool{}
		for reason, paths := range reasons {
			word(reason)
			for _, path := range paths {
				twice := listed[path]
				listed[path] = true
				switch noticed, there := properties[token][path]; {
				case twice:
					faults = append(faults, fmt.Sprintf("%s of %s is in the ledger twice", path, token))
				case noticed:
					faults = append(faults, fmt.Sprintf("%s of %s is in the ledger, and a policy notices it", path, token))
				case !there:
					faults = append(faults, fmt.Sprintf("%s of %s is in the ledger, and the stack has it no more", path, token))
				}
			}
		}
	}
	for reason := range l.Reasons {
		if !used[reason] {
			faults = append(faults, fmt.Sprintf("nothing has the reason %q", reason))
		}
	}
	slices.Sort(faults)
	return faults
}

// entry is the entry of the ledger that a path is justified by, the most exact one; empty if
// there is none.
func (l Ledger) entry(token, path string, paths map[string]bool) string {
	best := ""
	for _, reason := range l.Types[token] {
		for _, listed := range reason {
			if len(listed) > len(best) && (path == listed || within(path, listed) && !noticedWithin(paths, listed)) {
				best = listed
			}
		}
	}
	if best != "" {
		return token + " " + best
	}
	for _, listed := range slices.Concat(slices.Collect(maps.Values(l.Anywhere))...) {
		if within(path, listed) {
			return listed
		}
	}
	return ""
}

func noticedWithin(paths map[string]bool, listed string) bool {
	for path, noticed := range paths {
		if noticed && within(path, listed) {
			return true
		}
	}
	return false
}

// within reports that a path is another one, or below it.
func within(path, other string) bool {
	rest, below := strings.CutPrefix(path, other)
	return below && (rest == "" || strings.ContainsAny(rest[:1], ".[{"))
}

// SilentFaults are the policies that never fail although the stack has a resource that they
// are about, and that the ledger does not name; and those that it names for nothing.
func (l Ledger) SilentFaults(policies []Policy, red map[string]bool, has func(token string) bool) []string {
	var faults []string
	known := map[string]bool{}
	for _, p := range policies {
		known[p.ID] = true
		silent := !red[p.ID] && slices.ContainsFunc(p.Types, has)
		switch _, named := l.Policies[p.ID]; {
		case silent && !named:
			faults = append(faults, p.ID+" never fails, whatever is changed")
		case !silent && named:
			faults = append(faults, p.ID+" is in the ledger, and does fail or is about nothing here")
		}
	}
	for id := range l.Policies {
		if !known[id] {
			faults = append(faults, id+" is in the ledger, and is no policy of the stack")
		}
	}
	slices.Sort(faults)
	return faults
}
