package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// ofOthers is a preview as somebody else's pulumi printed it: a bucket of a program in another
// language is deleted.
func ofOthers(t *testing.T, op string) (preview, events string) {
	t.Helper()
	const stack = "urn:pulumi:live::site::pulumi:pulumi:Stack::site-live"
	const bucket = "urn:pulumi:live::site::aws:s3/bucketV2:BucketV2::photos"
	state := fmt.Sprintf(`{"urn": %q, "custom": true, "id": "photos-1", "type": "aws:s3/bucketV2:BucketV2", "inputs": {"forceDestroy": true}, "outputs": {}}`, bucket)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	preview = write("preview.json", fmt.Sprintf(`{"steps": [{"op": "same", "urn": %q}, {"op": %q, "urn": %q, "oldState": %s}]}`, stack, op, bucket, state))
	events = write("events.json", fmt.Sprintf(
		`{"policyEvent": {"resourceUrn": %q, "message": "photos: is no longer versioned", "policyName": "versioned", "policyPackName": "ours", "enforcementLevel": "advisory"}}`, bucket)+"\n"+
		fmt.Sprintf(`{"resourcePreEvent": {"metadata": {"op": %q, "urn": %q}}}`, op, bucket)+"\n"+endOfLog)
	return preview, events
}

func TestAReportIsWrittenInAllItsForms(t *testing.T) {
	preview, events := ofOthers(t, "delete")
	out := filepath.Join(t.TempDir(), "report")
	got := run(t, t.Context(), vpc, "report", "--preview", preview, "--events", events, "--out", out)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "dangerous")
	require.Contains(t, got.stdout, "photos")

	text := func(name string) string {
		content, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		return string(content)
	}
	require.True(t, strings.HasPrefix(text("comment.md"), "<!-- plinth-preview -->\n"))
	require.True(t, strings.HasPrefix(text("report.html"), "<!doctype html>"))
	require.Contains(t, text("report.html"), "photos")
	require.True(t, json.Valid([]byte(text("report.sarif"))))
	require.Contains(t, text("report.sarif"), `"version": "2.1.0"`)

	got = run(t, t.Context(), vpc, "report", "--preview", preview, "--events", events, "--json")
	require.Zero(t, got.code, got.stderr)
	require.JSONEq(t, text("report.json"), got.stdout)
}

func TestWhatTheBaseHadIsNotNew(t *testing.T) {
	preview, events := ofOthers(t, "same")
	got := run(t, t.Context(), vpc, "report", "--preview", preview, "--events", events, "--base-events", events, "--fail-on", "policy:any")
	require.Zero(t, got.code, got.stdout+got.stderr)

	none := filepath.Join(t.TempDir(), "none.json")
	require.NoError(t, os.WriteFile(none, []byte(`{"policyAnalyzeStackSummaryEvent": {"policyPackName": "ours", "passed": ["versioned"]}}`+"\n"+endOfLog), 0o600))
	got = run(t, t.Context(), vpc, "report", "--preview", preview, "--events", events, "--base-events", none, "--fail-on", "policy:any")
	require.Equal(t, exitShut, got.code, got.stdout+got.stderr)
	require.Contains(t, got.stdout, "versioned")
}

func TestAGateThatIsShutHasItsOwnExitCode(t *testing.T) {
	preview, events := ofOthers(t, "delete")
	for failOn, code := range map[string]int{
		"replace-stateful,cost>20%": exitShut, "delete": exitShut, "exposure,cost>20%,time>30m": 0, "": 0, "delet": exitFailed,
	} {
		got := run(t, t.Context(), vpc, "report", "--preview", preview, "--events", events, "--fail-on", failOn)
		require.Equal(t, code, got.code, "%s: %s", failOn, got.stderr)
		if code == exitShut {
			require.Contains(t, got.stderr, "plinth: --fail-on: ")
			require.Contains(t, got.stdout, "photos", "the report is there all the same")
		}
	}
}

func TestAChangeIsPreviewedOverASnapshot(t *testing.T) {
	dir := project(t, map[string]string{"test": region, "other": region})
	saved := filepath.Join(t.TempDir(), "saved", "test.json.gz")
	got := run(t, t.Context(), vpc, "snapshot", "test", "--dir", dir, "--output", saved)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "2 created")
	require.FileExists(t, saved)

	preview := func(program pulumi.RunFunc, args ...string) result {
		return run(t, t.Context(), program, append([]string{"preview", "test", "--dir", dir, "--from", saved}, args...)...)
	}
	got = preview(vpc)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "nothing changes")

	other := func(ctx *pulumi.Context) error {
		_, err := ec2.NewVpc(ctx, "main", &ec2.VpcArgs{CidrBlock: pulumi.String("10.1.0.0/16")})
		return err
	}
	got = preview(other, "--json")
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "10.1.0.0/16")
	require.Contains(t, got.stdout, `"replace"`)
	got = preview(other, "--fail-on", "replace")
	require.Equal(t, exitShut, got.code, got.stdout)

	got = preview(func(*pulumi.Context) error { return fmt.Errorf("settings.zones: none are given") })
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stdout, "settings.zones: none are given")
	require.Contains(t, got.stderr, "plinth: test: preview failed: settings.zones: none are given")

	got = run(t, t.Context(), vpc, "preview", "other", "--dir", dir, "--out", t.TempDir(), "--no-policies")
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `(?m) other +1 `, got.stdout, "all of a stack, if there is nothing to compare with")
}

func TestErrorsOfReportsAreOneMessage(t *testing.T) {
	preview, events := ofOthers(t, "delete")
	dir := project(t, map[string]string{"test": region})
	missing, saved := filepath.Join(dir, "missing"), filepath.Join(dir, "saved.json.gz")
	require.NoError(t, rehearsal.Snapshot{Stack: "test"}.Save(saved))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no preview":         {[]string{"report"}, `required flag(s) "preview" not set`},
		"no such file":       {[]string{"report", "--preview", missing}, "--preview: open " + missing},
		"a preview for none": {[]string{"report", "--preview", preview, "--events", events, "--events", events}, "--events: want one for each --preview, in the same order; there are 2 and 1"},
		"no event log":       {[]string{"report", "--preview", preview, "--events", preview}, "no event log"},
		"no preview in it":   {[]string{"report", "--preview", events}, events + ": "},
		"two stacks":         {[]string{"preview", "test", "other", "--dir", dir}, "preview takes the name of one stack, or of several with --base"},
		"another snapshot":   {[]string{"preview", "test", "other", "--dir", dir, "--from", saved}, "--from: want one snapshot for each of other, test; there are test"},
		"nothing to compare": {[]string{"preview", "test", "--dir", dir, "--fail-on", "delete"}, "--fail-on is about what changes; say against what by --base or --from"},
		"no such gate":       {[]string{"preview", "test", "--dir", dir, "--base", "main", "--fail-on", "delet"}, `--fail-on: "delet"`},
		"no such usage":      {[]string{"preview", "test", "--dir", dir, "--usage", missing}, "--usage: open " + missing},
		"no such snapshot":   {[]string{"preview", "test", "--dir", dir, "--from", missing}, "--from: "},
		"base and from":      {[]string{"preview", "test", "--dir", dir, "--from", missing, "--base", "main"}, "if any flags in the group [base from] are set none of the others can be"},
		"no repository":      {[]string{"preview", "test", "--dir", dir, "--base", "main"}, "--base: fatal: not a git repository"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, t.Context(), vpc, test.args...)
			require.Equal(t, exitFailed, got.code)
			require.Contains(t, got.stderr, test.want)
			require.Equal(t, 1, strings.Count(got.stderr, "plinth: "), got.stderr)
		})
	}
}
