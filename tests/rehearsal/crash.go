package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Checkpoints is an environment in which the state is written before and after each
// operation, as it is outside of rehearsals: the state then survives a crash.
func Checkpoints() map[string]string { return map[string]string{"PULUMI_SKIP_CHECKPOINTS": "false"} }

// Kill kills the engine and its plugins, as a machine that goes down would, and returns
// when they are gone. It does nothing if no phase is running. A fault may call it when it
// strikes: one that is Refused before AWS has done anything, one that is TimedOut after.
func (r *Rehearsal) Kill() { r.command.kill() }

// Recover does what a person has to do after a crash. It breaks the lock that the engine
// left and edits the state: a create that was under way is recorded if the cloud completed
// it, and else forgotten. Then it refreshes the state. Updates and deletes need no recovery:
// the state knows what they are about, and running again repeats them.
func (r *Rehearsal) Recover(ctx context.Context) (Phase, error) {
	return r.phase(ctx, "recover", nil, func(_ phaseSettings, stream chan<- events.EngineEvent, _ *Phase) error {
		if err := r.stack.Cancel(ctx); err != nil {
			return err
		}
		if err := r.settle(ctx); err != nil {
			return err
		}
		_, err := r.stack.Refresh(ctx,
			optrefresh.EventStreams(stream), optrefresh.ProgressStreams(r.output), optrefresh.ErrorProgressStreams(r.output),
			optrefresh.Color(r.color()), optrefresh.Parallel(r.options.Parallel), optrefresh.SuppressProgress())
		return err
	})
}

// settle turns the state's pending creates into resources, with what the cloud has of them.
// The CLI's own way, refresh --import-pending-creates, only drops them.
func (r *Rehearsal) settle(ctx context.Context) error {
	exported, err := r.stack.Export(ctx)
	if err != nil {
		return err
	}
	var state apitype.DeploymentV3
	if err := json.Unmarshal(exported.Deployment, &state); err != nil {
		return fmt.Errorf("read the exported state: %w", err)
	}
	for _, pending := range state.PendingOperations {
		if pending.Type != apitype.OperationTypeCreating {
			continue
		}
		created := pending.Resource
		if created.ID, err = r.unrecorded(state, created.URN); err != nil {
			return err
		}
		if created.ID == "" {
			continue
		}
		for i := range state.Resources {
			if state.Resources[i].URN == created.URN {
				state.Resources[i].Delete = true // it was being replaced
			}
		}
		state.Resources = append(state.Resources, created)
	}
	state.PendingOperations = nil
	if exported.Deployment, err = json.Marshal(state); err != nil {
		return err
	}
	return r.stack.Import(ctx, exported)
}

// unrecorded is the ID of what the cloud has of a URN and the state does not know, or "".
func (r *Rehearsal) unrecorded(state apitype.DeploymentV3, urn resource.URN) (found resource.ID, err error) {
	known := map[resource.ID]bool{}
	for _, res := range state.Resources {
		if res.URN == urn {
			known[res.ID] = true
		}
	}
	for _, res := range r.options.Cloud.Resources() {
		switch id := resource.ID(res.ID); {
		case res.URN != string(urn) || known[id]:
		case found != "":
			return "", fmt.Errorf("the cloud has two of %s that the state does not know: %s, %s", Name(res.URN), found, id)
		default:
			found = id
		}
	}
	return found, nil
}
