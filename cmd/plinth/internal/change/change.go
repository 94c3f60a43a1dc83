// Package change is what a preview says will happen to a stack, resource by resource, as
// `pulumi preview --json --show-sames` prints it.
package change

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// Op is the engine's operation on a resource.
type Op string

// The operations that a change is told in. What the engine does in several steps is one.
const (
	Create  Op = "create"
	Update  Op = "update"
	Replace Op = "replace"
	Delete  Op = "delete"
	Import  Op = "import"
	Read    Op = "read"
	Same    Op = "same"
	Forget  Op = "forget" // the stack lets go of it, and it stays in the cloud
)

// Change is a preview of one stack.
type Change struct {
	Project, Stack string
	// Resources are all that there are before or after, also those that stay the same,
	// providers and components among them, without the stack itself; by URN.
	Resources []*Resource
	// Before and After are the graphs of the stack as it is and as it is to be, without
	// providers. Values of After that AWS decides are unknown.
	Before, After *rule.Graph
	// Notes are what the resources do not say of the preview.
	Notes []string
	// Phase has what the policies found, and what the engine warns of.
	Phase rehearsal.Phase

	byURN map[string]*Resource // for Find
}

// Resource is one resource and what happens to it.
type Resource struct {
	URN, Name string
	// Type is in the spelling of rules (rule.Canonical).
	Type string
	// Component is the URN of the topmost component that it is a part of, or empty.
	Component string
	// Custom resources are those of a provider; others are components.
	Custom bool
	Op     Op
	// DeleteFirst says that a replacement deletes the old one before it makes the new one.
	DeleteFirst bool
	// Forced are the properties that force a replacement.
	Forced []string
	// Old and New are the resource in Before and After, nil where it is not, and for providers.
	Old, New *rule.Resource
	// OldState and NewState are what the engine says of it, nil where it is not. Secrets are
	// "[secret]" in them.
	OldState, NewState *apitype.ResourceV3
	// Properties are what differs, if anything does; also of what stays the same, which may
	// lose its protection.
	Properties []diff.Property
}

// Changed says that something happens to the resource that people want to know of.
func (r *Resource) Changed() bool { return r.Op != Same && r.Op != Read }

// Gone says that what there is now will not be there any more.
func (r *Resource) Gone() bool { return r.Op == Delete || r.Op == Replace }

// Unprotected says that the engine refuses to delete what there is now, and that it stays and
// is to be without that protection.
func (r *Resource) Unprotected() bool {
	return r.OldState != nil && r.NewState != nil && !r.Gone() && r.OldState.Protect && !r.NewState.Protect
}
