package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change/changetest"
)

// commandVariable makes the test's executable the command itself.
const commandVariable = "PLINTH_TEST_COMMAND"

// eventsOf is the log of a preview: what is in it of resources, each twice, as the engine writes it.
func eventsOf(b *testing.B, preview []byte) []byte {
	b.Helper()
	var digest struct {
		Steps []struct {
			Op       string          `json:"op"`
			URN      string          `json:"urn"`
			OldState json.RawMessage `json:"oldState"`
			NewState json.RawMessage `json:"newState"`
		} `json:"steps"`
		ChangeSummary map[string]int `json:"changeSummary"`
	}
	require.NoError(b, json.Unmarshal(preview, &digest))
	var log bytes.Buffer
	encoder := json.NewEncoder(&log)
	for i, s := range digest.Steps {
		metadata := map[string]any{"op": s.Op, "urn": s.URN, "old": s.OldState, "new": s.NewState}
		for k, name := range []string{"resourcePreEvent", "resOutputsEvent"} {
			require.NoError(b, encoder.Encode(map[string]any{"sequence": 2*i + k, "timestamp": 1, name: map[string]any{"metadata": metadata}}))
		}
	}
	require.NoError(b, encoder.Encode(map[string]any{"sequence": 2 * len(digest.Steps), "timestamp": 1, "summaryEvent": map[string]any{
		"resourceChanges": digest.ChangeSummary, "result": "succeeded",
	}}))
	return log.Bytes()
}

// The whole command, started anew: reading both files, and writing the report in all its forms.
func BenchmarkReport(b *testing.B) {
	dir := b.TempDir()
	preview, events := filepath.Join(dir, "preview.json"), filepath.Join(dir, "events.json")
	text := changetest.Preview(1000)
	require.NoError(b, os.WriteFile(preview, text, 0o600))
	log := eventsOf(b, text)
	require.NoError(b, os.WriteFile(events, log, 0o600))
	self, err := os.Executable()
	require.NoError(b, err)
	var most int64
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), self, "report", "--preview", preview, "--events", events, "--out", filepath.Join(dir, "out"))
		cmd.Env = append(os.Environ(), commandVariable+"=1")
		said, err := cmd.CombinedOutput()
		require.NoError(b, err, "%s", said)
		most = max(most, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(float64(most)/1024, "MiB-peak")
	b.ReportMetric(float64(len(text)+len(log))/(1<<20), "MiB-read")
}
