package rehearsal

import "path/filepath"

// Kept is where the state of a rehearsal is: a folder that the Pulumi CLI takes as a
// backend, with the environment that it needs.
type Kept struct {
	// Dir is the rehearsal's folder.
	Dir string `json:"dir"`
	// Inventory is a JSON file that lists what is in the simulated cloud.
	Inventory string `json:"inventory"`
	// Env are the variables for the Pulumi CLI.
	Env map[string]string `json:"env"`
	// Project is the folder to run the Pulumi CLI in.
	Project string `json:"project"`
	// Pulumi is the CLI's executable.
	Pulumi string `json:"pulumi"`
}

// Kept says where what Options.Keep keeps is.
func (r *Rehearsal) Kept() *Kept {
	env := r.environment()
	shown := map[string]string{"PULUMI_HOME": r.workspace.home()}
	for _, key := range []string{"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"} {
		shown[key] = env[key]
	}
	return &Kept{Dir: r.workspace.root, Inventory: filepath.Join(r.workspace.root, "cloud.json"), Env: shown, Project: r.workspace.project(), Pulumi: r.options.Toolchain.Path}
}
