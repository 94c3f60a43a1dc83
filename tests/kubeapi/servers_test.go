package kubeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// serveVariable makes another process of the test binary a server of the version that it names.
const serveVariable = "KUBEAPI_SERVE"

// stackVersion is the version of the stacks, after which the simulated Kubernetes is made.
const stackVersion = "1.35"

// server is this process's own.
var server *Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kubeapi")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	version, other := os.LookupEnv(serveVariable)
	if !other {
		version = stackVersion
	}
	if server, err = Start(dir, version); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = server.Close() }()
	if other {
		return serve()
	}
	return m.Run()
}

// access is what the process of another version's server says on its output.
type access struct{ URL, Token string }

// serve tells the parent where this server is, and runs until the parent closes the input or ends.
func serve() int {
	if err := json.NewEncoder(os.Stdout).Encode(access{server.URL, server.Token}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// serverOf is a server of a version, for as long as the test runs.
func serverOf(t *testing.T, version string) *Client {
	t.Helper()
	if version == stackVersion {
		return server.Client
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"="+version)
	// A server that ends says a lot of the connections that end with it.
	var log bytes.Buffer
	cmd.Stderr = &log
	stop, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stop.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err, log.String())
		}
	})
	var at access
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		t.Fatal("the server did not start: ", err)
	}
	return NewClient(at.URL, at.Token)
}
