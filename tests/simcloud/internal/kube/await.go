package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// skipAwait is the annotation of objects that the provider does not wait for.
const skipAwait = "pulumi.com/skipAwait"

// ready waits until an object is ready, and returns it as it is then, with what it still waits for if the provider gives up.
func (c *cluster) ready(ctx context.Context, at ref) (live tree, waits []string) {
	c.options.Pulse.Until(ctx, func() bool {
		if err := c.enter(); err != nil {
			waits = []string{err.Error()}
			return !errors.Is(err, ground.ErrTimeout)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		o := c.objects[at]
		if o == nil {
			live, waits = nil, []string{"it was deleted"}
			return true
		}
		waits = c.look(o)
		live = clone(o.value)
		return len(waits) == 0
	})
	return live, waits
}

// unready is the error for an object that exists without being ready: the engine records it, and the next update tries again.
func unready(id string, state *structpb.Struct, reasons ...string) error {
	failed, err := status.New(codes.Unknown, reasons[0]).WithDetails(&pulumirpc.ErrorResourceInitFailed{Id: id, Properties: state, Reasons: reasons})
	if err != nil {
		return errors.New(strings.Join(reasons, ": "))
	}
	return failed.Err()
}

// late is the provider's word for an object that did not get ready in time.
func late(name string, waits []string) []string {
	_, short, _ := strings.Cut("/"+name, "/")
	if i := strings.LastIndex(short, "/"); i >= 0 {
		short = short[i+1:]
	}
	return append([]string{fmt.Sprintf("the Kubernetes API server reported that %q failed to fully initialize or become live: '%s' timed out waiting to be Ready", name, short)}, waits...)
}

// leave waits until an object that is being deleted is gone.
func (c *cluster) leave(ctx context.Context, at ref, apiVersion string) error {
	stuck := ""
	done := c.options.Pulse.Until(ctx, func() bool {
		if err := c.enter(); err != nil {
			stuck = err.Error()
			return false
		}
		if c.gone(at) {
			return true
		}
		if o := c.get(at); o != nil {
			stuck = "finalizers " + show(o.get("metadata.finalizers"))
		}
		return false
	})
	if done {
		return nil
	}
	return fmt.Errorf("'%s' timed out waiting to be Ready: Timed out waiting for deletion of %s/%s %q: %s", at.name, apiVersion, at.kind, at.name, stuck)
}
