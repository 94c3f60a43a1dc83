package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/policies/state"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// exported is the graph of what pulumi stack export printed into a file.
func exported(file string) (*rule.Graph, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	resources, err := state.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rule.NewGraph(resources), nil
}

// deployed is the graph of a stack that is rehearsed until it is deployed. Its policies are
// not asked. onPhase may be nil.
func (p plinth) deployed(ctx context.Context, stack string, f flags, onPhase func(rehearsal.Phase)) (_ *rule.Graph, err error) {
	opts, err := p.options(stack, deployFlags{flags: f, noPolicies: true})
	if err != nil {
		return nil, err
	}
	opts.OnPhase = onPhase
	r, err := rehearsal.New(ctx, opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if _, err := r.Up(ctx); err != nil {
		return nil, err
	}
	made, err := r.Export(ctx)
	if err != nil {
		return nil, err
	}
	return rule.NewGraph(state.Resources(made)), nil
}
