// Package rehearsal runs a Pulumi program through the real Pulumi engine against a
// simulated AWS: no account, no credentials, no network. What a rehearsal shows is what
// the engine does: the plan, the policy verdicts, the deploy, whether a second deploy
// changes nothing, whether the state drifts, and whether everything can be destroyed.
//
// In the tests of any Pulumi program:
//
//	func TestStack(t *testing.T) {
//		rehearsal.Test(t, rehearsal.Options{Program: deploy, Dir: ".", Stack: "dev"})
//	}
//
// A rehearsal needs a Pulumi CLI. It takes a new enough one from PATH, or builds a pinned
// one once into the user's cache (see FindToolchain). Everything else it writes is in a
// private temporary folder; the program's own folder is only read.
package rehearsal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/tests/simcloud"
)

// Options say what to rehearse, and how.
type Options struct {
	// Program is the Pulumi program. It runs in this process.
	Program pulumi.RunFunc
	// Dir is the folder with Pulumi.yaml and Pulumi.<stack>.yaml. It is only read.
	// Default: none; then Project and Config say all there is.
	Dir string
	// Project is the project's name if there is no Dir. Default: "rehearsal".
	Project string
	// Stack is the stack's name. Default: that of From, or "dev".
	Stack string
	// Config sets configuration values by path, such as "aws:region" or
	// "app:settings.zones", over those in Dir. Default: none.
	Config map[string]any
	// Secrets sets secret configuration values by path. The values that are encrypted in
	// Dir and are not here get a placeholder: a rehearsal has no key. Default: none.
	Secrets map[string]string
	// PolicyPacks are on in preview and up. Default: none.
	PolicyPacks []PolicyPack
	// Cloud is the simulated cloud, which may hold resources already. Default: an empty
	// one.
	Cloud *simcloud.Cloud
	// From is a stack that is deployed already: its state becomes that of the rehearsal,
	// and its cloud is added to Cloud. Default: none; the stack is new.
	From *Snapshot
	// Output receives what the engine prints. Default: nowhere.
	Output io.Writer
	// Color lets the engine colour its output. Default: false.
	Color bool
	// Parallel is how many operations the engine runs at a time. Default: the engine's.
	Parallel int
	// Env is added to the CLI's environment. Default: none.
	Env map[string]string
	// Keep leaves the folder with the state, and an inventory of the cloud in it, when
	// the rehearsal is closed; Run does not destroy then. Default: false.
	Keep bool
	// Toolchain is the Pulumi CLI. Default: the one that FindToolchain finds.
	Toolchain *Toolchain
	// Progress receives word of a CLI that is being built. Default: standard error.
	Progress io.Writer
	// OnPhase is called after each phase, also a failed one. Default: none.
	OnPhase func(Phase)
	// BeforeDestroy lets a program's owner relax what stands in the way of a destroy, such
	// as deletion protection in AWS, by SetConfig and another Up. Default: none.
	BeforeDestroy func(context.Context, *Rehearsal) error
}

// PolicyPack is a policy pack on this machine.
type PolicyPack struct {
	// Path is a folder with a PulumiPolicy.yaml, or the pack's executable.
	Path string
	// Config is the pack's configuration, by policy name. Default: none.
	Config map[string]any
	// Env is added to the pack's environment, and to that of the CLI. Default: none.
	Env map[string]string
}

// Rehearsal is one stack in one simulated cloud.
type Rehearsal struct {
	options   Options
	workspace workspace
	command   *command
	server    *simcloud.Server
	keeper    *keeper // nil if the state is to be read later, when no keeper runs
	stack     auto.Stack
	output    io.Writer
	before    map[string]bool // what was in the cloud at first
	packs     []string        // paths of the policy packs
	configs   []string        // of their configurations, as many or none
	phases    []Phase
	failed    atomic.Pointer[error] // the program's own error in the last operation
	close     func() error
}

var stackName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

const (
	passphrase  = "rehearsal"
	placeholder = "rehearsal-placeholder"
)

// New makes the private workspace and starts the simulated cloud. The caller closes it.
func New(ctx context.Context, opts Options) (_ *Rehearsal, err error) {
	opts = opts.withDefaults()
	if opts.Program == nil {
		return nil, errors.New("a rehearsal needs a program")
	}
	if !stackName.MatchString(opts.Stack) {
		return nil, fmt.Errorf("%q is no name for a stack: letters, digits, dots, dashes and underscores", opts.Stack)
	}
	if opts.Toolchain == nil {
		if opts.Toolchain, err = FindToolchain(ctx, opts.Progress); err != nil {
			return nil, err
		}
	}
	r := &Rehearsal{options: opts, command: &command{toolchain: opts.Toolchain}, output: &lockedWriter{to: opts.Output}, before: map[string]bool{}}
	r.close = sync.OnceValue(r.cleanUp)
	defer func() {
		if err != nil {
			r.options.Keep = false
			_ = r.Close()
		}
	}()
	var encrypted []string
	if r.workspace, encrypted, err = newWorkspace(opts); err != nil {
		return nil, err
	}
	if err := r.writePolicyConfigs(); err != nil {
		return nil, err
	}
	if err := r.fillCloud(); err != nil {
		return nil, err
	}
	if r.server, err = opts.Cloud.Serve(); err != nil {
		return nil, fmt.Errorf("start the simulated cloud: %w", err)
	}
	if !opts.Keep {
		if r.keeper, err = startKeeper(); err != nil {
			return nil, err
		}
	}
	if err := r.createStack(ctx, encrypted); err != nil {
		return nil, err
	}
	if err := r.importState(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

func (o Options) withDefaults() Options {
	if o.Project == "" {
		o.Project = "rehearsal"
	}
	if o.Stack == "" && o.From != nil {
		o.Stack = o.From.Stack
	}
	if o.Stack == "" {
		o.Stack = "dev"
	}
	if o.Cloud == nil {
		o.Cloud = simcloud.New()
	}
	if o.Output == nil {
		o.Output = io.Discard
	}
	if o.Progress == nil {
		o.Progress = os.Stderr
	}
	return o
}

func (r *Rehearsal) createStack(ctx context.Context, encrypted []string) error {
	provider := "passphrase"
	if r.keeper != nil {
		provider = keeperProvider
	}
	local, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(r.workspace.project()), auto.PulumiHome(r.workspace.home()),
		auto.Program(r.program), auto.Pulumi(r.command), auto.SecretsProvider(provider), auto.EnvVars(r.environment()))
	if err != nil {
		return fmt.Errorf("make the workspace: %w", err)
	}
	if r.stack, err = auto.NewStack(ctx, r.options.Stack, local); err != nil {
		return r.failure(ctx, "create the stack", nil, err)
	}
	secrets := auto.ConfigMap{}
	for _, path := range encrypted {
		secrets[path] = auto.ConfigValue{Value: placeholder, Secret: true}
	}
	for path, value := range r.options.Secrets {
		secrets[path] = auto.ConfigValue{Value: value, Secret: true}
	}
	if len(secrets) == 0 {
		return nil
	}
	if err := r.stack.SetAllConfigWithOptions(ctx, secrets, &auto.ConfigOptions{Path: true}); err != nil {
		return r.failure(ctx, "set the secret configuration", nil, err)
	}
	return nil
}

// program runs the user's program and remembers its error, which the engine only passes
// on as text.
func (r *Rehearsal) program(ctx *pulumi.Context) error {
	err := r.options.Program(ctx)
	if err != nil {
		r.failed.Store(&err)
	}
	return err
}

// environment is what the CLI gets besides the user's own environment.
func (r *Rehearsal) environment() map[string]string {
	env := map[string]string{
		// The metadata that files get otherwise are of no use, and an engine that is killed
		// while it writes them leaves a state that it cannot read.
		"PULUMI_BACKEND_URL":                            "file://" + filepath.ToSlash(r.workspace.state()) + "?metadata=skip",
		"PULUMI_CONFIG_PASSPHRASE":                      passphrase,
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION":   "true",
		"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
		"PULUMI_SKIP_UPDATE_CHECK":                      "true",
		// Without this the whole state is written twice for each resource. It is for
		// states that nobody misses after a crash.
		"PULUMI_SKIP_CHECKPOINTS": "true",
		"TMPDIR":                  r.workspace.temp(),
		"TMP":                     r.workspace.temp(),
		"TEMP":                    r.workspace.temp(),
	}
	for _, pack := range r.options.PolicyPacks {
		maps.Copy(env, pack.Env)
	}
	maps.Copy(env, r.options.Env)
	maps.Copy(env, r.server.Env())
	if r.keeper != nil {
		maps.Copy(env, r.keeper.env())
	}
	return env
}

// writePolicyConfigs writes one file for each pack if any pack has a configuration: the
// CLI wants as many as packs.
func (r *Rehearsal) writePolicyConfigs() error {
	configured := false
	for _, pack := range r.options.PolicyPacks {
		path, err := filepath.Abs(pack.Path)
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("policy pack: %w", err)
		}
		r.packs = append(r.packs, path)
		configured = configured || pack.Config != nil
	}
	if !configured {
		return nil
	}
	for i, pack := range r.options.PolicyPacks {
		config := pack.Config
		if config == nil {
			config = map[string]any{}
		}
		text, err := json.Marshal(config)
		if err != nil {
			return fmt.Errorf("configuration of policy pack %s: %w", pack.Path, err)
		}
		path := filepath.Join(r.workspace.root, "policies-"+strconv.Itoa(i)+".json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
		r.configs = append(r.configs, path)
	}
	return nil
}

// SetConfig changes a configuration value of the stack, by path as in Options.Config, for
// the phases that follow.
func (r *Rehearsal) SetConfig(path string, value any) error {
	config, err := readYAML(r.workspace.config())
	if err != nil {
		return err
	}
	if err := set(config, path, value); err != nil {
		return err
	}
	return writeYAML(r.workspace.config(), config)
}

// Cloud is the simulated cloud.
func (r *Rehearsal) Cloud() *simcloud.Cloud { return r.options.Cloud }

// Phases are the phases so far, in order.
func (r *Rehearsal) Phases() []Phase { return append([]Phase(nil), r.phases...) }

// Outputs are the stack's outputs after an Up. Secrets are in plain text.
func (r *Rehearsal) Outputs(ctx context.Context) (auto.OutputMap, error) {
	outputs, err := r.stack.Outputs(ctx)
	if err != nil {
		return nil, r.failure(ctx, "read the outputs", nil, err)
	}
	return outputs, nil
}

// Export is the stack's state.
func (r *Rehearsal) Export(ctx context.Context) (apitype.DeploymentV3, error) {
	var state apitype.DeploymentV3
	exported, err := r.stack.Export(ctx)
	if err != nil {
		return state, r.failure(ctx, "export the state", nil, err)
	}
	if err := json.Unmarshal(exported.Deployment, &state); err != nil {
		return state, fmt.Errorf("read the exported state: %w", err)
	}
	return state, nil
}

// Close stops the simulated cloud and removes the private folder, or writes the cloud's
// inventory into it if it is to be kept. It does nothing the second time.
func (r *Rehearsal) Close() error { return r.close() }

func (r *Rehearsal) cleanUp() error {
	var errs []error
	if r.server != nil {
		if err := r.server.Close(); err != nil {
			errs = append(errs, fmt.Errorf("stop the simulated cloud: %w", err))
		}
	}
	if r.keeper != nil {
		if err := r.keeper.close(); err != nil {
			errs = append(errs, fmt.Errorf("stop the keeper of secrets: %w", err))
		}
	}
	if r.workspace.root == "" {
		return errors.Join(errs...)
	}
	if !r.options.Keep {
		if err := os.RemoveAll(r.workspace.root); err != nil {
			errs = append(errs, fmt.Errorf("remove the rehearsal's folder: %w", err))
		}
		return errors.Join(errs...)
	}
	text, err := json.MarshalIndent(r.options.Cloud.Resources(), "", "  ")
	if err == nil {
		err = os.WriteFile(r.Kept().Inventory, append(text, '\n'), 0o600)
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("write the cloud's inventory: %w", err))
	}
	return errors.Join(errs...)
}

// lockedWriter lets the CLI's two outputs go to one writer.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(text)
}
