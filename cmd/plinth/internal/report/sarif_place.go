package report

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"gopkg.in/yaml.v3"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

// place is a line of a file of the repository.
type place struct {
	file string
	line int
}

// uri is the file as SARIF wants it.
func (p place) uri() string { return (&url.URL{Path: p.file}).String() }

// places know where the resources of a stack are made.
type places struct {
	root string
	// folder is that of the project, below root.
	folder string
	// otherwise is for what no line of the repository makes.
	otherwise place
}

func placesIn(root string, c *change.Change) places {
	p := places{root: root, folder: projectFolder(root, c.Project)}
	p.otherwise = place{path.Join(p.folder, "Pulumi."+c.Stack+".yaml"), 1}
	return p
}

// projectDepth is how many folders deep a project is looked for.
const projectDepth = 4

// notOurs are folders without the sources of a program.
var notOurs = []string{"node_modules", "site-packages", "vendor", "testdata"}

// projectFolder is where the file of a project is, below root; root itself if none is found.
func projectFolder(root, project string) string {
	found := ""
	_ = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir // what cannot be read is not where the program was run from
		}
		relative, _ := filepath.Rel(root, file)
		if entry.IsDir() {
			hidden := relative != "." && strings.HasPrefix(entry.Name(), ".")
			if hidden || slices.Contains(notOurs, entry.Name()) || strings.Count(filepath.ToSlash(relative), "/") >= projectDepth {
				return fs.SkipDir
			}
			return nil
		}
		if (entry.Name() == "Pulumi.yaml" || entry.Name() == "Pulumi.yml") && projectName(file) == project {
			found = path.Dir(filepath.ToSlash(relative))
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// projectName is the name that the file of a project gives it, or empty.
func projectName(file string) string {
	var is struct{ Name string }
	if text, err := os.ReadFile(file); err != nil || yaml.Unmarshal(text, &is) != nil {
		return ""
	}
	return is.Name
}

// of is the innermost line of the repository that makes a resource.
func (p places) of(r *change.Resource) place {
	if r == nil {
		return p.otherwise
	}
	for _, state := range []*apitype.ResourceV3{r.NewState, r.OldState} {
		if state == nil {
			continue
		}
		positions := []string{state.SourcePosition}
		for _, frame := range state.StackTrace {
			positions = append(positions, frame.SourcePosition)
		}
		for _, position := range positions {
			if at, is := p.resolve(position); is {
				return at
			}
		}
	}
	return p.otherwise
}

// rehearsalSources are below which a rehearsal runs a program; they are no part of it.
var rehearsalSources = []string{"tests/rehearsal/", "cmd/plinth/"}

// resolve finds the file that a position of the engine means. It is relative to the folder
// of the project; a rehearsal has one of its own, somewhere else, and a report may be made
// on another machine than its preview. Then the longest end of the path counts that is a
// file of the repository.
func (p places) resolve(position string) (place, bool) {
	u, err := url.Parse(position)
	if err != nil || u.Path == "" {
		return place{}, false
	}
	digits, _, _ := strings.Cut(u.Fragment, ",")
	line, err := strconv.Atoi(digits)
	if err != nil || line < 1 {
		line = 1
	}
	relative := path.Clean(strings.TrimPrefix(u.Path, "/"))
	parts := strings.Split(relative, "/")
	if strings.Contains(relative, "@v") || slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(notOurs, part) }) {
		return place{}, false
	}
	candidates := []string{path.Join(p.folder, relative)}
	if parts[0] == ".." || u.Scheme == "file" {
		for i, part := range parts {
			if part != ".." {
				candidates = append(candidates, path.Join(parts[i:]...))
			}
		}
	}
	for _, file := range candidates {
		if p.has(file) {
			return place{file, line}, !slices.ContainsFunc(rehearsalSources, func(folder string) bool { return strings.HasPrefix(file, folder) })
		}
	}
	return place{}, false
}

func (p places) has(file string) bool {
	if !filepath.IsLocal(filepath.FromSlash(file)) {
		return false
	}
	info, err := os.Stat(filepath.Join(p.root, filepath.FromSlash(file)))
	return err == nil && info.Mode().IsRegular()
}
