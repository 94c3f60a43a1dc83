package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/blang/semver"
)

// PulumiVariable is the environment variable that names the Pulumi CLI to use, instead
// of the one on PATH.
const PulumiVariable = "PLINTH_PULUMI"

// The first CLI that runs an executable as a policy pack, and the first that has not
// been seen working.
var (
	minimumVersion = semver.Version{Major: 3, Minor: 255}
	tooNewVersion  = semver.Version{Major: 4}
)

// Toolchain is a Pulumi CLI that is new enough for rehearsals.
type Toolchain struct {
	// Path is the CLI's executable.
	Path string
	// Version is the CLI's version, without a "v".
	Version string

	semver semver.Version
}

// FindToolchain returns the CLI that PLINTH_PULUMI names; else the `pulumi` on PATH, if
// it is new enough; else the pinned one from the user's cache, which it builds if this
// is the first time. That takes minutes, needs Go and a module registry, and is told to
// progress, which may be nil. Processes that need the CLI at the same time build it once.
func FindToolchain(ctx context.Context, progress io.Writer) (*Toolchain, error) {
	if path := os.Getenv(PulumiVariable); path != "" {
		found, err := inspect(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("%s=%s cannot be used: %w", PulumiVariable, path, err)
		}
		return found, nil
	}
	found, unusable := onPath(ctx)
	if unusable == nil {
		return found, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := embeddedPin()
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("%w, and there is no cache to build one in: %w; set %s to a Pulumi CLI", unusable, err, PulumiVariable)
	}
	return p.cached(ctx, cache, &reporter{to: progress, why: unusable.Error()})
}

func onPath(ctx context.Context) (*Toolchain, error) {
	path, err := exec.LookPath("pulumi")
	if err != nil {
		return nil, errors.New("no pulumi on PATH")
	}
	found, err := inspect(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be used: %w", path, err)
	}
	return found, nil
}

// inspect asks a CLI for its version and refuses one that cannot rehearse.
func inspect(ctx context.Context, path string) (*Toolchain, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(cleanEnviron(), "PULUMI_SKIP_UPDATE_CHECK=true")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("`pulumi version` failed: %w", err)
	}
	printed := strings.TrimSpace(string(out))
	version, err := semver.ParseTolerant(printed)
	if err != nil {
		return nil, fmt.Errorf("`pulumi version` printed %q, which is no version", printed)
	}
	if version.LT(minimumVersion) {
		return nil, fmt.Errorf("its version is %s, and %s is needed", version, minimumVersion)
	}
	if version.GTE(tooNewVersion) {
		return nil, fmt.Errorf("its version is %s, and one below %s is needed", version, tooNewVersion)
	}
	return &Toolchain{Path: path, Version: version.String(), semver: version}, nil
}
