package simcloud

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// Server offers a cloud to Pulumi engines on a local port.
type Server struct {
	port int
	// kubernetes is the port of the Kubernetes provider, and stopKubernetes ends it.
	kubernetes     int
	stopKubernetes func() error

	cancel chan bool
	done   <-chan error
	closed sync.Once
	err    error
}

// Serve starts a server on a free port of 127.0.0.1. Several may serve the same cloud.
func (c *Cloud) Serve() (*Server, error) {
	s := &Server{cancel: make(chan bool)}
	provider := &provider{cloud: c, instances: map[uint64]*instance{}}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: s.cancel,
		Options: []grpc.ServerOption{
			grpc.StatsHandler(&connections{provider: provider}),
			grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
				c.busy.begin(time.Now())
				defer func() { c.busy.end(time.Now()) }()
				return handle(ctx, req)
			}),
		},
		Init: func(srv *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(srv, provider)
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("serve simulated cloud: %w", err)
	}
	s.port, s.done = handle.Port, handle.Done
	if s.kubernetes, s.stopKubernetes, err = c.kubernetes.Serve(); err != nil {
		return nil, errors.Join(fmt.Errorf("serve simulated Kubernetes: %w", err), s.Close())
	}
	return s, nil
}

// Env is what the environment of the Pulumi CLI needs so that the engine attaches to this server instead of starting the providers of AWS
// and Kubernetes.
func (s *Server) Env() map[string]string {
	return map[string]string{"PULUMI_DEBUG_PROVIDERS": fmt.Sprintf("aws:%d,kubernetes:%d", s.port, s.kubernetes)}
}

// Close stops serving. The cloud stays as it is.
func (s *Server) Close() error {
	s.closed.Do(func() {
		close(s.cancel)
		s.err = <-s.done
		if s.stopKubernetes != nil {
			s.err = errors.Join(s.err, s.stopKubernetes())
		}
	})
	return s.err
}

// connections tells the provider instances of an engine apart. All dial the same port and no call says which instance it belongs to, but each
// instance has a connection of its own.
type connections struct {
	provider *provider
	next     atomic.Uint64
}

type connectionKey struct{}

func (h *connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, h.next.Add(1))
}

func (h *connections) HandleConn(ctx context.Context, s stats.ConnStats) {
	if _, ended := s.(*stats.ConnEnd); ended {
		h.provider.forget(connection(ctx))
	}
}

func (h *connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (h *connections) HandleRPC(context.Context, stats.RPCStats) {}

func connection(ctx context.Context) uint64 {
	id, _ := ctx.Value(connectionKey{}).(uint64)
	return id
}
