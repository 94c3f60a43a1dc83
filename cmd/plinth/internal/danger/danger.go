// Package danger finds what a change does to data and to what runs: what is deleted or
// replaced although it keeps something, what no longer guards it, and what is restarted or away
// for a while.
package danger

import (
	"cmp"
	"slices"
	"time"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

// Kind is what is in danger.
type Kind string

// The kinds, the worst first.
const (
	// Loss: data, or an address or key that nobody can make again, is gone.
	Loss Kind = "loss"
	// Outage: what others use is away for a while.
	Outage Kind = "outage"
	// Guard: nothing is gone yet, but what would keep the data, or refuse to delete it, is taken
	// off.
	Guard Kind = "guard"
	// Restart: it goes on, with a short break or without, but not as it was: it moves, or there
	// is no way back.
	Restart Kind = "restart"
	// Rollout: its parts are replaced a few at a time, as with every new version of a program.
	Rollout Kind = "rollout"
)

// Kinds are all of them, the worst first.
func Kinds() []Kind { return []Kind{Loss, Outage, Guard, Restart, Rollout} }

// Compare puts the worse kind first.
func (k Kind) Compare(other Kind) int {
	return cmp.Compare(slices.Index(Kinds(), k), slices.Index(Kinds(), other))
}

// Danger is one of them.
type Danger struct {
	Resource *change.Resource
	Kind     Kind
	// What happens, in words: "is replaced", "restarts".
	What string
	// Because are the properties that make it so; none when it is deleted.
	Because []string
	// Keeps is what keeps the data all the same, such as a final snapshot, with the property.
	Keeps []string
	// Stops is what would refuse the change: the engine's protection or AWS's own.
	Stops []string
	// Usual, Low and High are how long it is away, 0 if it is not, or not known. Grade says
	// what they rest on, as in package latency.
	Usual, Low, High time.Duration
	Grade            string
	// Instead is how the same is had without the danger, or empty.
	Instead string

	// used says that what stays has used it until now, and aside that others only leave in it
	// what nobody works with.
	used, aside bool
}
