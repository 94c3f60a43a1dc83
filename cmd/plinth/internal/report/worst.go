package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
)

// given is something that a stack gives to a report.
type given[T any] struct {
	stack *Stack
	it    T
}

// worstFirst is what all stacks give, the worst first, as there may be room for some only.
// What the verdict on the whole begins with, in the same line, comes before all else.
func worstFirst[T any](r *Report, give func(*Stack) []T, line func(T) string, worse func(a, b T) int) []given[T] {
	_, verdict := r.Verdict()
	var reasons, others []given[T]
	for _, s := range r.Stacks {
		for _, it := range give(s) {
			if s.Verdict == verdict && strings.HasPrefix(verdict.Reason, printable(line(it))) {
				reasons = append(reasons, given[T]{s, it})
			} else {
				others = append(others, given[T]{s, it})
			}
		}
	}
	slices.SortStableFunc(others, func(a, b given[T]) int { return worse(a.it, b.it) })
	return append(reasons, others...)
}

// worseDanger puts first what is lost and neither kept nor refused, and then what is not kept.
func worseDanger(a, b danger.Danger) int {
	return cmp.Or(a.Kind.Compare(b.Kind), cmp.Compare(min(1, len(a.Keeps)), min(1, len(b.Keeps))), cmp.Compare(min(1, len(a.Stops)), min(1, len(b.Stops))))
}

// worseLevel puts first what is mandatory, and then what is severe.
func worseLevel(a, b Finding) int {
	if a.Mandatory != b.Mandatory {
		if a.Mandatory {
			return -1
		}
		return 1
	}
	return cmp.Compare(slices.Index(findingSeverities, a.Severity), slices.Index(findingSeverities, b.Severity))
}

// alike puts together, in their order, what has the same key.
func alike[T any](all []T, key func(T) string) [][]T {
	var groups [][]T
	at := map[string]int{}
	for _, it := range all {
		k := key(it)
		i, known := at[k]
		if !known {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], it)
	}
	return groups
}
