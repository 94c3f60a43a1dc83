// Package pack serves the policies to the Pulumi engine, as an analyzer plugin.
//
//	pulumi preview --policy-pack <executable that calls Serve>
//
// There are three packs: all rules, and the two that share them; see Pack. Policies have a
// level per profile of the environment. The constants ProfileKey, ConfigKey and
// ExemptionsKey are what a stack can say; --policy-pack-config has the last word on levels
// and settings of single policies.
package pack

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/plinth-iac/plinth/policies/backup"
	"github.com/plinth-iac/plinth/policies/encryption"
	"github.com/plinth-iac/plinth/policies/exposure"
	"github.com/plinth-iac/plinth/policies/kubernetes"
	"github.com/plinth-iac/plinth/policies/operations"
	"github.com/plinth-iac/plinth/policies/redundancy"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Version is that of all packs.
const Version = "0.1.0"

// ServeEnv is an environment variable by which a binary that does other things as well
// is asked to act as the policy pack: it calls Serve if Asked.
const ServeEnv = "PLINTH_SERVE_POLICIES"

// Asked reports whether this process is to act as the policy pack.
func Asked() bool { return os.Getenv(ServeEnv) != "" }

// Rules are the rules of all packs, sorted by id.
func Rules() []*rule.Rule {
	rules := slices.Concat(redundancy.Rules(), backup.Rules(), encryption.Rules(), exposure.Rules(), kubernetes.Rules(), operations.Rules())
	slices.SortFunc(rules, func(a, b *rule.Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

// Options are what Serve needs from outside. Zero values take what is usual.
type Options struct {
	// Stdout gets the port, which the engine waits for. Default: os.Stdout.
	Stdout io.Writer
	// Pack is what to serve. Default: the pack that the executable's file is named after,
	// or that PackEnv chooses, or else Plinth.
	Pack Pack
	// Rules are the rules of all packs, of which Pack has some. The others are known in
	// what a stack says of policies, but are not judged. Default: Rules().
	Rules []*rule.Rule
	// Now is the clock that exemptions expire by. Default: time.Now.
	Now func() time.Time
	// Getenv reads the environment. Default: os.Getenv.
	Getenv func(string) string
	// EngineCheck is how often to look whether the engine is still there; a pack whose
	// engine was killed would stay for ever otherwise. Default: 5 seconds.
	EngineCheck time.Duration
}

func (o Options) withDefaults() Options {
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Rules == nil {
		o.Rules = Rules()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.EngineCheck == 0 {
		o.EngineCheck = 5 * time.Second
	}
	return o
}

// Serve acts as the policy pack until the engine is done with it or gone, or ctx ends.
func Serve(ctx context.Context, o Options) error {
	o = o.withDefaults()
	if o.Pack.Name == "" {
		var err error
		// The first argument is the path by which the engine started it: a link counts by its
		// own name.
		if o.Pack, err = choose(os.Args[0], o.Getenv(PackEnv)); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(srv *grpc.Server) error {
			pulumirpc.RegisterAnalyzerServer(srv, &server{options: o, ctx: ctx, stop: stop})
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("serve policies: %w", err)
	}
	if _, err := fmt.Fprintln(o.Stdout, handle.Port); err != nil {
		return fmt.Errorf("tell the engine the port: %w", err)
	}
	select {
	case err = <-handle.Done:
	case <-ctx.Done():
		close(cancel)
		err = <-handle.Done
	}
	if err != nil {
		return fmt.Errorf("serve policies: %w", err)
	}
	return nil
}
