package rehearsal

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"gopkg.in/yaml.v3"
)

// Snapshot is a deployed stack to go on from later: its state, and the simulated cloud
// that the state is about. The same stack gives the same snapshot, at any time, on any
// machine. Secrets are in plain text: what Options.Secrets said, or placeholders.
type Snapshot struct {
	// Stack is the stack's name. It is in every URN, so it cannot change.
	Stack string `json:"stack"`
	// State is what `pulumi stack export` prints, without times, positions in sources and
	// whatever else differs from run to run.
	State apitype.UntypedDeployment `json:"state"`
	// Cloud is what simcloud.Cloud.Save writes.
	Cloud json.RawMessage `json:"cloud"`
	// Policies are what policies found in the stack, if whoever took the snapshot asked them.
	Policies []Policy `json:"policies,omitempty"`
}

// Snapshot takes a snapshot of a stack whose last operation succeeded.
func (r *Rehearsal) Snapshot(ctx context.Context) (Snapshot, error) {
	exported, err := r.stack.Export(ctx)
	if err != nil {
		return Snapshot{}, r.failure(ctx, "export the state", nil, err)
	}
	if exported.Deployment, err = canonical(exported.Deployment); err != nil {
		return Snapshot{}, fmt.Errorf("snapshot of %s: %w", r.options.Stack, err)
	}
	cloud, err := r.options.Cloud.Save()
	if err == nil {
		cloud, err = withoutFolders(cloud)
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot of %s: %w", r.options.Stack, err)
	}
	return Snapshot{Stack: r.options.Stack, State: exported, Cloud: cloud}, nil
}

// JSON is the snapshot as text, a line for each property.
func (s Snapshot) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return nil, fmt.Errorf("snapshot of %s: %w", s.Stack, err)
	}
	return append(text, '\n'), nil
}

// Save writes the snapshot to a file that LoadSnapshot reads, making its folder.
func (s Snapshot) Save(path string) error {
	text, err := s.JSON()
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err = writer.Write(text)
	if err = errors.Join(err, writer.Close()); err != nil {
		return fmt.Errorf("pack %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save a snapshot: %w", err)
	}
	if err := os.WriteFile(path, packed.Bytes(), 0o644); err != nil {
		return fmt.Errorf("save a snapshot: %w", err)
	}
	return nil
}

// LoadSnapshot reads a file that Snapshot.Save wrote.
func LoadSnapshot(path string) (*Snapshot, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load a snapshot: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	reader, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	var s Snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &s, nil
}

// fillCloud puts the snapshot's cloud into the rehearsal's. What no deployment made is to
// outlive a destroy.
func (r *Rehearsal) fillCloud() error {
	for _, existing := range r.options.Cloud.Resources() {
		r.before[existing.ID] = true
	}
	if r.options.From == nil {
		return nil
	}
	if r.options.From.Stack != r.options.Stack {
		return fmt.Errorf("the snapshot is of the stack %q, not of %q", r.options.From.Stack, r.options.Stack)
	}
	if err := r.options.Cloud.Restore(r.options.From.Cloud); err != nil {
		return err
	}
	for _, restored := range r.options.Cloud.Resources() {
		if restored.URN == "" {
			r.before[restored.ID] = true
		}
	}
	return nil
}

// importState makes the snapshot's state that of the stack. Its secrets are encrypted with
// this workspace's key, of which the CLI wants to be told.
func (r *Rehearsal) importState(ctx context.Context) error {
	if r.options.From == nil {
		return nil
	}
	config, err := readYAML(r.workspace.config())
	if err != nil {
		return err
	}
	state := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.options.From.State.Deployment, &state); err != nil {
		return fmt.Errorf("read the snapshot's state: %w", err)
	}
	provider, err := secretsProvider(config)
	if err != nil {
		return fmt.Errorf("import the snapshot's state: %w", err)
	}
	if provider != nil {
		state["secrets_providers"] = provider
	}
	imported := r.options.From.State
	if imported.Deployment, err = json.Marshal(state); err != nil {
		return fmt.Errorf("import the snapshot's state: %w", err)
	}
	if err := r.stack.Import(ctx, imported); err != nil {
		return r.failure(ctx, "import the snapshot's state", nil, err)
	}
	return nil
}

// secretsProvider is who encrypts the stack's secrets, as a state says it; the CLI writes
// it into the stack's file. It is nil if nothing has been encrypted yet.
func secretsProvider(config *yaml.Node) (json.RawMessage, error) {
	if salt := child(config, "encryptionsalt"); salt != nil {
		return json.Marshal(map[string]any{"type": "passphrase", "state": map[string]string{"salt": salt.Value}})
	}
	url, key := child(config, "secretsprovider"), child(config, "encryptedkey")
	if url == nil || key == nil {
		return nil, nil
	}
	return json.Marshal(map[string]any{"type": "cloud", "state": map[string]string{"url": url.Value, "encryptedkey": key.Value}})
}

// volatile are the parts of a resource in a state that say when, where and by whom it was
// registered.
var volatile = []string{"created", "modified", "sourcePosition", "stackTrace"}

// canonical is a state without what differs from run to run: times, the CLI's version, the
// key of the secrets, positions in sources, the random IDs of providers, and the orders in
// which resources were done and dependencies collected.
func canonical(deployment json.RawMessage) (json.RawMessage, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(deployment, &state); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	var typed apitype.DeploymentV3
	if err := json.Unmarshal(deployment, &typed); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	order, err := stableOrder(typed)
	if err != nil {
		return nil, err
	}
	var generic []map[string]any
	numbers := json.NewDecoder(bytes.NewReader(state["resources"]))
	numbers.UseNumber()
	if err := numbers.Decode(&generic); len(order) > 0 && err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	sorted := make([]map[string]any, len(order))
	var providerIDs []string
	for place, i := range order {
		for _, key := range volatile {
			delete(generic[i], key)
		}
		sortDependencies(generic[i])
		sorted[place] = generic[i]
		if res := typed.Resources[i]; strings.HasPrefix(string(res.Type), "pulumi:providers:") {
			providerIDs = append(providerIDs, string(res.ID), stableID(res.URN))
		}
	}
	resources, err := json.Marshal(sorted)
	if err != nil {
		return nil, fmt.Errorf("write the state: %w", err)
	}
	resources = []byte(strings.NewReplacer(providerIDs...).Replace(string(resources)))
	if resources, err = withoutFolders(resources); err != nil {
		return nil, err
	}
	if state["manifest"], err = json.Marshal(apitype.ManifestV1{}); err != nil {
		return nil, fmt.Errorf("write the state: %w", err)
	}
	state["resources"] = resources
	delete(state, "secrets_providers")
	return json.Marshal(state)
}

// withoutFolders takes the folders out of the paths of archives and assets: they are those of
// the machine, and the engine goes by the hash alone.
func withoutFolders(text []byte) (json.RawMessage, error) {
	var value any
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber()
	if err := numbers.Decode(&value); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	leaveFolders(value)
	return json.Marshal(value)
}

func leaveFolders(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			leaveFolders(item)
		}
	case map[string]any:
		if path, file := v["path"].(string); file && (v[sig.Key] == sig.AssetSig || v[sig.Key] == sig.ArchiveSig) {
			v["path"] = filepath.Base(path)
		}
		for _, item := range v {
			leaveFolders(item)
		}
	}
}

// The engine drops properties that depend on nothing when it next touches the resource.
func sortDependencies(res map[string]any) {
	sortStrings(res["dependencies"])
	properties, ok := res["propertyDependencies"].(map[string]any)
	if !ok {
		return
	}
	for name, list := range properties {
		if sortStrings(list) == 0 {
			delete(properties, name)
		}
	}
	if len(properties) == 0 {
		delete(res, "propertyDependencies")
	}
}

func sortStrings(list any) (length int) {
	items, _ := list.([]any)
	slices.SortFunc(items, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return len(items)
}

// stableID is a UUID that belongs to a URN.
func stableID(urn resource.URN) string {
	h := fmt.Sprintf("%x", sha256.Sum256([]byte(urn)))
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}

// stableOrder lists the indexes of a state's resources, each after those that it refers
// to, as the engine wants them, and otherwise by URN.
func stableOrder(state apitype.DeploymentV3) ([]int, error) {
	if n := len(state.PendingOperations); n > 0 {
		return nil, fmt.Errorf("%s unfinished: the last update was interrupted", plural(n, "operation"))
	}
	place := map[resource.URN]int{}
	for i, res := range state.Resources {
		if res.Delete {
			return nil, fmt.Errorf("%s is still to be deleted: the last update failed", Name(string(res.URN)))
		}
		place[res.URN] = i
	}
	var order []int
	seen := make([]bool, len(state.Resources))
	var visit func(resource.URN)
	visit = func(urn resource.URN) {
		i, ok := place[urn]
		if !ok || seen[i] {
			return
		}
		seen[i] = true
		res := state.Resources[i]
		before := append([]resource.URN{res.Parent, res.DeletedWith}, res.Dependencies...)
		before = append(before, res.ReplaceWith...)
		for _, urns := range res.PropertyDependencies {
			before = append(before, urns...)
		}
		if end := strings.LastIndex(res.Provider, "::"); end >= 0 {
			before = append(before, resource.URN(res.Provider[:end]))
		}
		slices.Sort(before)
		for _, dependency := range before {
			visit(dependency)
		}
		order = append(order, i)
	}
	urns := make([]resource.URN, 0, len(place))
	for urn := range place {
		urns = append(urns, urn)
	}
	slices.Sort(urns)
	for _, urn := range urns {
		visit(urn)
	}
	return order, nil
}
