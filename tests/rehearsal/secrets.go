package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// keeper keeps the key that encrypts a rehearsal's secrets, as HashiCorp Vault's transit
// engine would: the CLI asks it once at each start. The CLI's other way, a passphrase, makes
// a key of a million hashes each time, a third of what a small operation takes. What the
// keeper encrypts it only wraps: a rehearsal's secrets are good for nothing else.
type keeper struct {
	server *http.Server
	done   chan error
	url    string
}

// keeperProvider is the secrets provider that a keeper serves.
const keeperProvider = "hashivault://rehearsal"

const wrapping = "vault:v1:"

func startKeeper() (*keeper, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("keep the rehearsal's secrets: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/transit/encrypt/", transit(func(in body) body { return body{Ciphertext: wrapping + in.Plaintext} }))
	mux.HandleFunc("/v1/transit/decrypt/", transit(func(in body) body { return body{Plaintext: strings.TrimPrefix(in.Ciphertext, wrapping)} }))
	k := &keeper{
		server: &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}, done: make(chan error, 1),
		url: "http://" + listener.Addr().String(),
	}
	go func() { k.done <- k.server.Serve(listener) }()
	return k, nil
}

// body is what requests and answers of the transit engine hold. Plaintext is base64.
type body struct {
	Plaintext  string `json:"plaintext,omitempty"`
	Ciphertext string `json:"ciphertext,omitempty"`
}

func transit(answer func(body) body) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in body
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]body{"data": answer(in)}) // a CLI that has gone needs no answer
	}
}

// env lets the CLI find the keeper.
func (k *keeper) env() map[string]string {
	return map[string]string{"VAULT_SERVER_URL": k.url, "VAULT_SERVER_TOKEN": passphrase}
}

func (k *keeper) close() error {
	err := k.server.Close()
	if served := <-k.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
