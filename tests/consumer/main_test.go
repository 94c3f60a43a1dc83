package main

import (
	"testing"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// The real Pulumi engine previews, deploys, deploys again, refreshes and destroys the
// stack on a simulated AWS. No account and no credentials are needed.
func TestTheStackLivesItsWholeLife(t *testing.T) {
	report := rehearsal.Test(t, rehearsal.Options{Program: deploy, Dir: ".", Stack: "test"})
	for _, phase := range report.Phases {
		t.Logf("%-10s %v", phase.Name, phase.Changes)
	}
}
