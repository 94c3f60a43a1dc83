package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// endOfLog is the end of each event log.
const endOfLog = `{"summaryEvent": {"isPreview": true, "result": "succeeded"}}
{"cancelEvent": {}}
`

func TestEventsMustBeThoseOfThePreview(t *testing.T) {
	preview, events := ofOthers(t, "delete")
	log, err := os.ReadFile(events)
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	cut := write("cut", strings.ReplaceAll(string(log), endOfLog, ""))
	foreign := write("foreign", strings.ReplaceAll(string(log), ":live:", ":test:"))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"cut":                       {[]string{"--events", cut}, "--events: " + cut + ": the event log ends too early"},
		"cut, before the change":    {[]string{"--base-events", cut}, "--base-events: " + cut + ": the event log ends too early"},
		"others":                    {[]string{"--events", foreign}, "it is of stack live of project site, and its events are of stack test of project site"},
		"others, before the change": {[]string{"--base-events", foreign}, "--base-events: " + foreign + ": it is of stack test of project site, and the preview is of stack live of project site"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, t.Context(), vpc, append([]string{"report", "--preview", preview}, test.args...)...)
			require.Equal(t, exitFailed, got.code, got.stdout)
			require.Contains(t, got.stderr, test.want)
		})
	}
}
