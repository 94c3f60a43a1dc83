package stacks

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// handlersDir is the module of the functions' programs, below the project's folder. It is a
// module of its own: what handlers import is nothing that programs of components need.
const handlersDir = "stacks/handlers"

var handlerForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,23}$`)

// handler is the package of a function's program: a program for Lambda, and nothing else,
// so that it is the same on every machine that has the same version of Go.
func (p *platform) handler(name string) (pulumi.Archive, error) {
	dir, err := findHandlers()
	if err != nil {
		return nil, err
	}
	once, _ := built.LoadOrStore(dir, sync.OnceValues(func() (map[string]string, error) {
		return buildHandlers(dir, func(text string) { _ = p.ctx.Log.Info(text, nil) })
	}))
	packages, err := once.(func() (map[string]string, error))()
	if err != nil {
		return nil, err
	}
	if packages[name] == "" {
		return nil, fmt.Errorf("there is no program %q in %s; there are: %s", name, handlersDir, strings.Join(sortedKeys(packages), ", "))
	}
	return pulumi.NewFileArchive(packages[name]), nil
}

// built are the packages by folder of sources: they do not change while a process runs, and
// a rehearsal runs the stack's program many times.
var built sync.Map

// findHandlers looks in the working folder and above it: Pulumi runs programs in the
// project's folder, and tests in folders below.
func findHandlers() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the functions' programs: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		found := filepath.Join(dir, filepath.FromSlash(handlersDir))
		if _, err := os.Stat(filepath.Join(found, "go.mod")); err == nil {
			return found, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("the functions' programs, %s, are neither in %s nor above it", handlersDir, start)
		}
	}
}

// buildHandlers builds all programs at once and returns their packages by name. They lie in a
// folder of the user's cache that belongs to this checkout.
func buildHandlers(dir string, progress func(string)) (map[string]string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a folder for the functions' programs: %w", err)
	}
	to := filepath.Join(cache, "plinth", "handlers", fmt.Sprintf("%x", sha256.Sum256([]byte(dir)))[:12])
	if _, err := os.Stat(to); errors.Is(err, fs.ErrNotExist) {
		progress("Building the functions' programs for the first time; this can take a minute.")
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the functions' programs: %w", err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(to, "lock.file")).Lock()
	if err != nil {
		return nil, fmt.Errorf("wait for another build of the functions' programs: %w", err)
	}
	defer unlock()
	list, err := goForLambda(dir, "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./...")
	if err != nil {
		return nil, err
	}
	programs := strings.Fields(list)
	_, err = goForLambda(dir, append([]string{"build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w",
		"-o", to + string(filepath.Separator)}, programs...)...)
	if err != nil {
		return nil, err
	}
	packages := map[string]string{}
	for _, program := range programs {
		name := path.Base(program)
		if packages[name], err = pack(filepath.Join(to, name)); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	return packages, nil
}

// goForLambda runs a go command about programs for Lambda's arm64 machines. What a user's own
// settings would change is set, so that the bytes depend on the sources and the version of Go.
func goForLambda(dir string, args ...string) (output string, err error) {
	command := exec.Command("go", args...) //nolint:gosec // the callers' own words
	command.Dir = dir
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off",
		"GOFIPS140=off")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build the functions' programs in %s: go %s: %w\n%s", handlersDir, args[0], err, &stderr)
	}
	return stdout.String(), nil
}

// pack puts a program into a zip file, under the name that Lambda starts. Pulumi's own archives
// have no modes, and Lambda starts only what is executable. The file's folder says what is in
// it: a deploy that goes on while another begins uploads what it has planned.
func pack(program string) (string, error) {
	source, err := os.ReadFile(program) //nolint:gosec // one of the programs that were built
	if err != nil {
		return "", err
	}
	dir, name := filepath.Split(program)
	packed := filepath.Join(dir, fmt.Sprintf("%.12x", sha256.Sum256(source)), name+".zip")
	if _, err := os.Stat(packed); err == nil {
		return packed, nil
	}
	if err := dropOld(filepath.Join(dir, "*", name+".zip")); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(packed), 0o700); err != nil {
		return "", err
	}
	var content bytes.Buffer
	if err := zipProgram(&content, bytes.NewReader(source)); err != nil {
		return "", err
	}
	fresh := packed + ".tmp" // half a file must not have the name of a whole one
	if err := os.WriteFile(fresh, content.Bytes(), 0o600); err != nil {
		return "", err
	}
	return packed, os.Rename(fresh, packed)
}

// dropOld deletes packages that no deploy can still be reading.
func dropOld(pattern string) error {
	old, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, file := range old {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > 7*24*time.Hour {
			if err := os.RemoveAll(filepath.Dir(file)); err != nil {
				return err
			}
		}
	}
	return nil
}

// zipProgram writes what depends on nothing but the program: no clock, no owner.
func zipProgram(to io.Writer, program io.Reader) error {
	archive := zip.NewWriter(to)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, program); err != nil {
		return err
	}
	return archive.Close()
}
