package rehearsal

import (
	"bytes"
	"testing"
)

// Test rehearses a stack's whole life and fails the test if the rehearsal fails. What the
// engine printed is logged then, unless Options.Output receives it.
func Test(t testing.TB, opts Options) *Report {
	t.Helper()
	var printed bytes.Buffer
	if opts.Output == nil {
		opts.Output = &printed
	}
	report, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatalf("%v\n\n%s", err, printed.String())
	}
	return report
}
