package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/report"
)

var (
	invocation = regexp.MustCompile(`(?:go run \./cmd/plinth|\$ plinth|^plinth) ((?:preview|report|rehearse|snapshot|drill|cost)\b[^|>;&\n]*)`)
	word       = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
)

// What documents and workflows tell people and machines to run has the commands and flags that there are.
func TestCommandLinesInDocumentsAreValid(t *testing.T) {
	root := filepath.Join("..", "..")
	var files []string
	for _, pattern := range []string{"README.md", ".ci/*", ".github/workflows/*.yml"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		files = append(files, found...)
	}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		joined := regexp.MustCompile(`\\\n\s*`).ReplaceAllString(string(text), "")
		// A limit such as cost>20% is no redirection.
		joined = regexp.MustCompile(`'[^'\n]*'`).ReplaceAllStringFunc(joined, func(quoted string) string { return strings.ReplaceAll(quoted, ">", "\x00") })
		for _, match := range invocation.FindAllStringSubmatch(joined, -1) {
			line := strings.ReplaceAll(match[1], "\x00", ">")
			var args []string
			for _, quoted := range word.FindAllString(line, -1) {
				args = append(args, strings.Trim(quoted, `'"`))
			}
			command := plinth{stdout: io.Discard, stderr: io.Discard}.command()
			cmd, rest, err := command.Find(args)
			require.NoError(t, err, "%s: %s", file, line)
			require.NoError(t, cmd.ParseFlags(rest), "%s: %s", file, line)
			require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), "%s: %s", file, line)
			if gates := cmd.Flags().Lookup("fail-on"); gates != nil {
				_, err := report.ParseThresholds(gates.Value.String())
				require.NoError(t, err, "%s: %s", file, line)
			}
			seen[cmd.Name()] = true
		}
	}
	require.Len(t, seen, 5, "preview, report, rehearse, drill and cost are shown: %v", seen)
}
