package kubeapi

import (
	"os"
	"testing"
)

// The facts that the simulated server goes by are the real server's. UPDATE_GOLDEN=1 writes them.
func TestFactsAreTheServers(t *testing.T) {
	f, err := collectFacts(server.Get)
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.pack()
	if err != nil {
		t.Fatal(err)
	}
	const file = simulated + "data/api.json.gz"
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	haveText, err := unpack(have)
	if err != nil {
		t.Fatal(err)
	}
	wantText, err := unpack(want)
	if err != nil {
		t.Fatal(err)
	}
	if haveText == wantText {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("%s is not what the server says; UPDATE_GOLDEN=1 writes it", file)
}
