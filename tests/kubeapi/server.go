// Package kubeapi runs a real kube-apiserver with an embedded etcd and holds against it what the rest of the repository says of
// Kubernetes. The simulated Kubernetes of tests/simcloud must give the same manifests the same verdicts. The objects of the stacks,
// which a test of the root module writes to tests/testdata/manifests, must be taken by every version of Kubernetes in [Versions],
// without a warning (but for those in judge.go), by the Pod Security level of their namespace, and with no field lost; custom
// resources by their definitions. What a Helm chart makes is not seen.
//
// It is a module of its own because it compiles most of Kubernetes, which no importer of the library shall pay for. It needs Go and a
// module registry, nothing else: no container, no cluster, no kubectl. One build serves all versions, since a kube-apiserver emulates
// the three before its own: their API versions, fields and defaults, but with the validation of its own code. There are no
// controllers and no nodes, only the API: what it accepts, what it refuses and why, who owns which field.
package kubeapi

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// startTimeout is how long the server may take to become ready on a busy machine.
const startTimeout = 3 * time.Minute

// Versions are the versions of Kubernetes that the library supports: the one that is built, and others that it emulates.
var Versions = []string{"1.34", "1.35", "1.36"}

// Server is a running kube-apiserver. Feature gates are global to the process, so there is one per process.
type Server struct {
	*Client
	etcd   *embed.Etcd
	cancel context.CancelFunc
	done   chan struct{}
	err    error // why the server ended, once done is closed
	log    *buffer
}

// Start runs a server of a version that keeps its files in the folder dir, and waits until it is ready.
func Start(dir, version string) (*Server, error) {
	s := &Server{done: make(chan struct{}), log: &buffer{}}
	if err := s.keepLog(); err != nil {
		return nil, err
	}
	if err := s.startEtcd(filepath.Join(dir, "etcd")); err != nil {
		return nil, fmt.Errorf("start etcd: %w", err)
	}
	if err := s.startAPI(dir, version); err != nil {
		s.etcd.Close()
		return nil, fmt.Errorf("start kube-apiserver: %w", err)
	}
	if err := s.waitReady(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// keepLog keeps the server's log from the terminal.
func (s *Server) keepLog() error {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	err := flags.Parse([]string{"-logtostderr=false", "-alsologtostderr=false", "-stderrthreshold=FATAL"})
	klog.SetOutput(s.log)
	return err
}

func (s *Server) startEtcd(dir string) error {
	free := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	cfg := embed.NewConfig()
	cfg.Dir = dir
	cfg.LogLevel = "fatal"
	cfg.UnsafeNoFsync = true
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{free}, []url.URL{free}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{free}, []url.URL{free}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		return err
	}
	s.etcd = etcd
	select {
	case <-etcd.Server.ReadyNotify():
		return nil
	case err := <-etcd.Err():
		etcd.Close()
		return err
	case <-time.After(startTimeout):
		etcd.Close()
		return errors.New("not ready in time")
	}
}

func (s *Server) startAPI(dir, version string) error {
	key, tokens, token := filepath.Join(dir, "service-account.key"), filepath.Join(dir, "tokens.csv"), rand.Text()
	if err := writeKey(key); err != nil {
		return err
	}
	if err := os.WriteFile(tokens, []byte(token+",admin,admin,system:masters\n"), 0o600); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	opts := options.NewServerRunOptions()
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, set := range opts.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	err = flags.Parse([]string{
		"--emulated-version=" + version,
		"--etcd-servers=http://" + s.etcd.Clients[0].Addr().String(),
		"--bind-address=127.0.0.1",
		"--cert-dir=" + filepath.Join(dir, "certificates"),
		"--token-auth-file=" + tokens,
		"--authorization-mode=AlwaysAllow",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + key,
		"--service-account-signing-key-file=" + key,
		"--service-cluster-ip-range=10.100.0.0/16",
		"--endpoint-reconciler-type=none",
		"--allow-privileged=true",
		// No controller makes the service accounts that this one waits for.
		"--disable-admission-plugins=ServiceAccount",
	})
	if err != nil {
		return err
	}
	opts.SecureServing.Listener = listener
	opts.SecureServing.BindPort = listener.Addr().(*net.TCPAddr).Port
	if err := opts.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	completed, err := opts.Complete(ctx)
	if err != nil {
		cancel()
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		cancel()
		return errors.Join(errs...)
	}
	s.cancel = cancel
	s.Client = NewClient("https://"+listener.Addr().String(), token)
	go func() {
		defer close(s.done)
		s.err = app.Run(ctx, completed)
	}()
	return nil
}

func (s *Server) waitReady() error {
	deadline := time.Now().Add(startTimeout)
	for {
		answer, err := s.Do(http.MethodGet, "/readyz", nil)
		if err == nil && !answer.Refused() {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("kube-apiserver ended: %w\n%s", s.err, s.log)
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("kube-apiserver not ready: %w (%s)\n%s", err, answer.Body, s.log)
		}
	}
}

// Close stops the server and etcd.
func (s *Server) Close() error {
	s.cancel()
	<-s.done
	s.etcd.Close()
	return s.err
}

func writeKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// buffer keeps the end of the server's log for when it does not start.
type buffer struct {
	mu   sync.Mutex
	tail []byte
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tail = append(b.tail, p...)
	if extra := len(b.tail) - 1<<16; extra > 0 {
		b.tail = b.tail[extra:]
	}
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.tail)
}
