package rehearsal

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestEmbeddedPinIsThatOfTools(t *testing.T) {
	for name, embedded := range map[string][]byte{"go.mod": pinnedMod, "go.sum": pinnedSum} {
		tools, err := os.ReadFile(filepath.Join(root, "tools", name))
		require.NoError(t, err)
		require.Equal(t, string(tools), string(embedded), "copy tools/%s to pin/%s.txt", name, name)
	}
}

// The CLI and the library are built one after the other on most machines. Where they
// agree on a module, it is compiled once.
func TestPinAgreesWithTheLibrary(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	library, tools := modules(text), modules(pinnedMod)
	require.Contains(t, library, "github.com/pulumi/pulumi/sdk/v3")
	for module, version := range library {
		if pinned, both := tools[module]; both {
			require.Equal(t, version, pinned, "%s in go.mod and tools/go.mod", module)
		}
	}
}

func modules(mod []byte) map[string]string {
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(?:require)?\s+(\S+) (v\S+)`).FindAllStringSubmatch(string(mod), -1) {
		found[m[1]] = m[2]
	}
	return found
}

func TestPinnedVersionCanRehearse(t *testing.T) {
	p, err := embeddedPin()
	require.NoError(t, err)
	require.Equal(t, "v3.259.0", p.version)
}

func TestEachPinHasItsOwnPlace(t *testing.T) {
	p, err := embeddedPin()
	require.NoError(t, err)
	other := p
	other.sum = append([]byte("x"), p.sum...)
	require.NotEqual(t, p.dir("cache"), other.dir("cache"))
	require.Equal(t, p.dir("cache"), p.dir("cache"))
}
