package rehearsal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// StackNotFoundError says that a project has no such stack, and which it has.
type StackNotFoundError struct {
	Stack, Dir string
	// Known are the stacks that have a configuration file, sorted.
	Known []string
}

// Error names the file that is missing.
func (e *StackNotFoundError) Error() string {
	known := "there are none"
	if len(e.Known) > 0 {
		known = "there are: " + strings.Join(e.Known, ", ")
	}
	return fmt.Sprintf("no stack %q in %s (no Pulumi.%s.yaml); %s", e.Stack, e.Dir, e.Stack, known)
}

// Stacks are the names of the stacks that have a configuration file in a project's
// folder, sorted.
func Stacks(dir string) ([]string, error) {
	project, err := readYAML(filepath.Join(dir, projectFile))
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(configDir(dir, project), "Pulumi.*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list stacks: %w", err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
	}
	slices.Sort(names)
	return names, nil
}

const projectFile = "Pulumi.yaml"

// workspace is the private folder of one rehearsal: project and configuration, state,
// and what the CLI would otherwise keep in the user's home.
type workspace struct {
	root  string
	stack string
}

func (w workspace) project() string { return filepath.Join(w.root, "project") }
func (w workspace) state() string   { return filepath.Join(w.root, "state") }
func (w workspace) home() string    { return filepath.Join(w.root, "home") }
func (w workspace) temp() string    { return filepath.Join(w.root, "tmp") }
func (w workspace) config() string {
	return filepath.Join(w.project(), "Pulumi."+w.stack+".yaml")
}

// newWorkspace makes the folder. It returns the paths of the configuration values that
// are encrypted in the user's file, with a key that a rehearsal does not have.
func newWorkspace(opts Options) (_ workspace, secrets []string, err error) {
	project, config, err := opts.files()
	if err != nil {
		return workspace{}, nil, err
	}
	secrets = takeSecrets(child(config, "config"), "")
	for _, key := range []string{"secretsprovider", "encryptionsalt", "encryptedkey"} {
		remove(config, key)
	}
	for path, value := range opts.Config {
		if err := set(config, path, value); err != nil {
			return workspace{}, nil, err
		}
	}
	root, err := os.MkdirTemp("", "plinth-rehearsal-")
	if err != nil {
		return workspace{}, nil, fmt.Errorf("make a folder for the rehearsal: %w", err)
	}
	w := workspace{root: root, stack: opts.Stack}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(root)
		}
	}()
	for _, dir := range []string{w.project(), w.state(), w.home(), w.temp()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return workspace{}, nil, fmt.Errorf("make a folder for the rehearsal: %w", err)
		}
	}
	if err := writeYAML(filepath.Join(w.project(), projectFile), project); err != nil {
		return workspace{}, nil, err
	}
	if err := writeYAML(w.config(), config); err != nil {
		return workspace{}, nil, err
	}
	return w, secrets, nil
}

// files are the project and the stack configuration, from the user's folder or from the
// options alone.
func (o Options) files() (project, config *yaml.Node, err error) {
	if o.Dir == "" {
		project = mapping()
		put(project, "name", o.Project)
		put(project, "runtime", "go")
		cwd, err := os.Getwd()
		if err != nil {
			return nil, nil, err
		}
		put(project, "main", cwd)
		return project, mapping(), nil
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, nil, err
	}
	project, err = readYAML(filepath.Join(dir, projectFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("no Pulumi project in %s: it has no %s", dir, projectFile)
	}
	if err != nil {
		return nil, nil, err
	}
	config, err = readYAML(filepath.Join(configDir(dir, project), "Pulumi."+o.Stack+".yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		known, err := Stacks(dir)
		if err != nil {
			return nil, nil, err
		}
		return nil, nil, &StackNotFoundError{Stack: o.Stack, Dir: dir, Known: known}
	}
	if err != nil {
		return nil, nil, err
	}
	// What would lead out of the workspace, or in the way of the simulated providers.
	for _, key := range []string{"backend", "stackConfigDir", "plugins", "packages", "options", "main"} {
		remove(project, key)
	}
	put(project, "main", dir) // relative assets are the user's
	return project, config, nil
}

func configDir(dir string, project *yaml.Node) string {
	if sub := child(project, "stackConfigDir"); sub != nil && sub.Kind == yaml.ScalarNode {
		return filepath.Join(dir, sub.Value)
	}
	return dir
}

// takeSecrets replaces every encrypted value by a placeholder and returns their paths.
func takeSecrets(node *yaml.Node, path string) []string {
	if node == nil {
		return nil
	}
	var found []string
	switch node.Kind {
	case yaml.MappingNode:
		if len(node.Content) == 2 && node.Content[0].Value == "secure" {
			*node = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: placeholder}
			return []string{path}
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i].Value
			switch {
			case path == "":
			case strings.ContainsAny(key, `."[]`):
				key = fmt.Sprintf("%s[%q]", path, key)
			default:
				key = path + "." + key
			}
			found = append(found, takeSecrets(node.Content[i+1], key)...)
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			found = append(found, takeSecrets(item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return found
}

// set sets a configuration value by path, such as "aws:region" or
// "plinth:environment.network.cidrBlock", making the maps on the way.
func set(config *yaml.Node, path string, value any) error {
	elements := append([]string{"config"}, strings.Split(path, ".")...)
	node := config
	for i, element := range elements {
		if node.Kind != yaml.MappingNode {
			return fmt.Errorf("set configuration %s: %s is not a map", path, strings.Join(elements[1:i], "."))
		}
		if i == len(elements)-1 {
			put(node, element, value)
			break
		}
		next := child(node, element)
		if next == nil {
			next = mapping()
			put(node, element, next)
		}
		node = next
	}
	return nil
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func child(node *yaml.Node, key string) *yaml.Node {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func remove(node *yaml.Node, key string) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			node.Content = slices.Delete(node.Content, i, i+2)
			return
		}
	}
}

func put(node *yaml.Node, key string, value any) {
	item, ok := value.(*yaml.Node)
	if !ok {
		item = &yaml.Node{}
		if err := item.Encode(value); err != nil {
			item.SetString(fmt.Sprint(value))
		}
	}
	if old := child(node, key); old != nil {
		*old = *item
		return
	}
	node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, item)
}

// readYAML reads a file whose content is a map, or nothing.
func readYAML(path string) (*yaml.Node, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s is no valid YAML: %w", path, err)
	}
	if len(document.Content) == 0 {
		return mapping(), nil
	}
	node := document.Content[0]
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s is no valid YAML map", path)
	}
	return node, nil
}

func writeYAML(path string, node *yaml.Node) error {
	text, err := yaml.Marshal(node)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// StackConfig is the configuration in a project's file of a stack, by key. A file that is
// missing or is no YAML is an error. Values are as YAML has them, encrypted ones included.
func StackConfig(dir, stack string) (map[string]any, error) {
	node, err := readYAML(filepath.Join(dir, "Pulumi."+stack+".yaml"))
	if err != nil {
		return nil, err
	}
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := node.Decode(&file); err != nil {
		return nil, fmt.Errorf("configuration of stack %s: %w", stack, err)
	}
	return file.Config, nil
}
