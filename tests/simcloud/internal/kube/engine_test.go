package kube

import (
	"context"
	"errors"
	"fmt"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
	"gopkg.in/yaml.v3"
)

// engine talks to the provider as the Pulumi engine does, over its own connection.
type engine struct {
	t      *testing.T
	client pulumirpc.ResourceProviderClient
}

func serve(t *testing.T, o Options) (*Server, func(config map[string]any) *engine) {
	t.Helper()
	s := New(o)
	port, stop, err := s.Serve()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stop()) })
	return s, func(config map[string]any) *engine {
		conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		e := &engine{t: t, client: pulumirpc.NewResourceProviderClient(conn)}
		_, err = e.client.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: e.send(config)})
		require.NoError(t, err)
		return e
	}
}

func (e *engine) send(v map[string]any) *structpb.Struct {
	e.t.Helper()
	out, err := send(toProps(v))
	require.NoError(e.t, err)
	return out
}

func (e *engine) read(s *structpb.Struct) tree {
	e.t.Helper()
	props, err := read(s)
	require.NoError(e.t, err)
	return toTree(props)
}

func urn(token, name string) string { return "urn:pulumi:dev::p::" + token + "::" + name }

// resourceState is what the engine remembers of a resource.
type resourceState struct {
	urn, id       string
	inputs, state *structpb.Struct
}

// check returns the checked inputs, or what is wrong.
func (e *engine) check(urn string, old *resourceState, inputs *structpb.Struct) (*structpb.Struct, error) {
	req := &pulumirpc.CheckRequest{Urn: urn, News: inputs, RandomSeed: []byte(urn)}
	if old != nil {
		req.Olds = old.inputs
	}
	resp, err := e.client.Check(context.Background(), req)
	if err != nil {
		return nil, err
	}
	var all []error
	for _, f := range resp.GetFailures() {
		all = append(all, errors.New(f.GetReason()))
	}
	return resp.GetInputs(), errors.Join(all...)
}

func (e *engine) create(urn string, inputs map[string]any) (*resourceState, error) {
	checked, err := e.check(urn, nil, e.send(inputs))
	if err != nil {
		return nil, err
	}
	resp, err := e.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: checked})
	if err != nil {
		return nil, err
	}
	return &resourceState{urn: urn, id: resp.GetId(), inputs: checked, state: resp.GetProperties()}, nil
}

func (e *engine) made(urn string, inputs map[string]any) *resourceState {
	e.t.Helper()
	r, err := e.create(urn, inputs)
	require.NoError(e.t, err)
	return r
}

func (e *engine) diff(r *resourceState, inputs map[string]any, ignore ...string) (*pulumirpc.DiffResponse, *structpb.Struct) {
	e.t.Helper()
	checked, err := e.check(r.urn, r, e.send(inputs))
	require.NoError(e.t, err)
	resp, err := e.client.Diff(context.Background(), &pulumirpc.DiffRequest{Urn: r.urn, Id: r.id, OldInputs: r.inputs, Olds: r.state, News: checked, IgnoreChanges: ignore})
	require.NoError(e.t, err)
	return resp, checked
}

func (e *engine) update(r *resourceState, inputs map[string]any, ignore ...string) error {
	e.t.Helper()
	_, checked := e.diff(r, inputs, ignore...)
	resp, err := e.client.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: r.urn, Id: r.id, OldInputs: r.inputs, Olds: r.state, News: checked, IgnoreChanges: ignore})
	if err != nil {
		return err
	}
	r.inputs, r.state = checked, resp.GetProperties()
	return nil
}

func (e *engine) refresh(r *resourceState) bool {
	e.t.Helper()
	resp, err := e.client.Read(context.Background(), &pulumirpc.ReadRequest{Urn: r.urn, Id: r.id, Properties: r.state, Inputs: r.inputs})
	require.NoError(e.t, err)
	r.id, r.inputs, r.state = resp.GetId(), resp.GetInputs(), resp.GetProperties()
	return r.id != ""
}

func (e *engine) delete(r *resourceState) error {
	_, err := e.client.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: r.urn, Id: r.id, Properties: r.state})
	return err
}

func manifest(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &out))
	return plain(t, out)
}
