package simcloud

import (
	"context"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type props = map[string]any

// engine drives a cloud the way the Pulumi engine does: one connection per provider instance.
type engine struct {
	t      testing.TB
	client pulumirpc.ResourceProviderClient
}

func serve(t testing.TB, c *Cloud) *Server {
	t.Helper()
	s, err := c.Serve()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func dial(t testing.TB, s *Server) *engine {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", s.port), grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	e := &engine{t: t, client: pulumirpc.NewResourceProviderClient(conn)}
	_, err = e.client.Attach(context.Background(), &pulumirpc.PluginAttach{Address: "127.0.0.1:1"})
	require.NoError(t, err)
	return e
}

func (e *engine) configure(config props) error {
	_, err := e.client.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: e.wire(config), AcceptSecrets: true})
	return err
}

// start makes a cloud with one configured provider in eu-west-1.
func start(t testing.TB, opts ...Option) (*Cloud, *engine) {
	c := New(opts...)
	e := dial(t, serve(t, c))
	require.NoError(t, e.configure(props{"region": "eu-west-1", "allowedAccountIds": []any{"111122223333"}, "defaultTags": `{"tags":{"env":"dev"}}`}))
	return c, e
}

func (e *engine) wire(v props) *wireStruct {
	s, err := encode(v, nil)
	require.NoError(e.t, err)
	return s
}

func (e *engine) plain(s *wireStruct) props {
	v, err := decode(s)
	require.NoError(e.t, err)
	return v
}

func urn(typ, name string) string {
	return "urn:pulumi:dev::p::" + typ + "::" + name
}

func (e *engine) check(typ, name string, news, olds props) (props, []*pulumirpc.CheckFailure) {
	e.t.Helper()
	resp, err := e.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn(typ, name), News: e.wire(news), Olds: e.wire(olds), RandomSeed: []byte("seed")})
	require.NoError(e.t, err)
	return e.plain(resp.GetInputs()), resp.GetFailures()
}

// made is a deployed resource as a state file holds it.
type made struct {
	typ, name, id   string
	inputs, outputs props
}

func (e *engine) create(typ, name string, args props) (*made, error) {
	e.t.Helper()
	inputs, failures := e.check(typ, name, args, nil)
	require.Empty(e.t, failures)
	resp, err := e.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(typ, name), Properties: e.wire(inputs)})
	if err != nil {
		return nil, err
	}
	return &made{typ, name, resp.GetId(), inputs, e.plain(resp.GetProperties())}, nil
}

func (e *engine) must(typ, name string, args props) *made {
	e.t.Helper()
	m, err := e.create(typ, name, args)
	require.NoError(e.t, err)
	return m
}

func (e *engine) diff(m *made, args props, ignore ...string) *pulumirpc.DiffResponse {
	e.t.Helper()
	inputs, failures := e.check(m.typ, m.name, args, m.inputs)
	require.Empty(e.t, failures)
	resp, err := e.client.Diff(context.Background(), &pulumirpc.DiffRequest{Id: m.id, Urn: urn(m.typ, m.name), Olds: e.wire(m.outputs), OldInputs: e.wire(m.inputs), News: e.wire(inputs), IgnoreChanges: ignore})
	require.NoError(e.t, err)
	return resp
}

func (e *engine) update(m *made, args props) (*made, error) {
	e.t.Helper()
	inputs, failures := e.check(m.typ, m.name, args, m.inputs)
	require.Empty(e.t, failures)
	resp, err := e.client.Update(context.Background(), &pulumirpc.UpdateRequest{Id: m.id, Urn: urn(m.typ, m.name), Olds: e.wire(m.outputs), OldInputs: e.wire(m.inputs), News: e.wire(inputs)})
	if err != nil {
		return nil, err
	}
	return &made{m.typ, m.name, m.id, inputs, e.plain(resp.GetProperties())}, nil
}

func (e *engine) delete(m *made) error {
	_, err := e.client.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: m.id, Urn: urn(m.typ, m.name), Properties: e.wire(m.outputs)})
	return err
}

func (e *engine) read(typ, name, id string, inputs props) *pulumirpc.ReadResponse {
	e.t.Helper()
	req := &pulumirpc.ReadRequest{Id: id, Urn: urn(typ, name)}
	if inputs != nil {
		req.Inputs, req.Properties = e.wire(inputs), e.wire(inputs)
	}
	resp, err := e.client.Read(context.Background(), req)
	require.NoError(e.t, err)
	return resp
}
