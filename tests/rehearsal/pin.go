package rehearsal

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
)

// The pin is the go.mod and go.sum of the module under tools/, which programs that
// import this package do not get: a nested module is not part of what they download.
var (
	//go:embed pin/go.mod.txt
	pinnedMod []byte
	//go:embed pin/go.sum.txt
	pinnedSum []byte
)

const (
	cliModule  = "github.com/pulumi/pulumi/pkg/v3"
	cliPackage = cliModule + "/cmd/pulumi"
	// The CLI knows its version only from its linker, and the Automation API refuses
	// a CLI without one.
	versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
)

// pin is one version of the CLI with everything that it is built from.
type pin struct {
	version  string // with its "v"
	mod, sum []byte
}

func embeddedPin() (pin, error) {
	found := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(cliModule) + `\s+(v\S+)`).FindSubmatch(pinnedMod)
	if found == nil {
		return pin{}, fmt.Errorf("the embedded go.mod does not require %s", cliModule)
	}
	return pin{version: string(found[1]), mod: pinnedMod, sum: pinnedSum}, nil
}

// dir is where in a cache the CLI of this pin lives. Another pin, or another kind of
// machine that shares the cache, has another place.
func (p pin) dir(cache string) string {
	hash := sha256.New()
	for _, part := range [][]byte{p.mod, p.sum, []byte(runtime.GOOS), []byte(runtime.GOARCH)} {
		_, _ = fmt.Fprintf(hash, "%d\n%s\n", len(part), part)
	}
	return filepath.Join(cache, "plinth", "pulumi", fmt.Sprintf("%s-%.6x", p.version, hash.Sum(nil)))
}

func (p pin) executable(cache string) string {
	return filepath.Join(p.dir(cache), executableName("pulumi"))
}

func executableName(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
