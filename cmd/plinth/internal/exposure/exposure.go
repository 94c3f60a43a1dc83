// Package exposure finds what a change opens: to networks, to the internet, to more actions,
// and to other accounts and services. What was open before is not told again.
package exposure

import "github.com/plinth-iac/plinth/cmd/plinth/internal/change"

// Kind is what is opened.
type Kind string

// The kinds, the worst first.
const (
	Network    Kind = "network"    // a block of addresses, such as 0.0.0.0/0, may connect
	Endpoint   Kind = "endpoint"   // something has an address on the internet
	Permission Kind = "permission" // a statement allows more
	Trust      Kind = "trust"      // somebody else may act as, or use, what is ours
)

// Kinds are all of them, the worst first.
func Kinds() []Kind { return []Kind{Network, Endpoint, Permission, Trust} }

// Exposure is one of them.
type Exposure struct {
	Resource *change.Resource
	Kind     Kind
	// What is open now, in words, with the values: "0.0.0.0/0 may connect to 22/tcp".
	What string
	// Was is what was open before, or empty.
	Was string
	// Property is where it is said.
	Property string
	// Wide says that it is open to everybody, or allows everything.
	Wide bool
	// Unknown says that it cannot be told before the deploy how far it is opened.
	Unknown bool
}
