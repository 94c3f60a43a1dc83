package cdn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is read as a key is written in one form, which reads as the same key.
func FuzzParsePublicKey(f *testing.F) {
	files, err := filepath.Glob("testdata/keys/*.pem")
	if err != nil || len(files) == 0 {
		f.Fatal("no keys", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
		f.Add("\r\nsaid before\n" + strings.TrimSpace(string(text)) + "\n \n")
		f.Add(string(text) + string(text))
	}
	f.Add("-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END PUBLIC KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := parsePublicKey(text)
		if err != nil {
			if encoded != "" {
				t.Fatalf("%q is refused and read as %q", text, encoded)
			}
			return
		}
		if again, err := parsePublicKey(encoded); err != nil || again != encoded {
			t.Fatalf("%q reads as %q, and that as %q: %v", text, encoded, again, err)
		}
		if !strings.HasPrefix(encoded, "-----BEGIN PUBLIC KEY-----\n") || !strings.HasSuffix(encoded, "\n-----END PUBLIC KEY-----\n") {
			t.Fatalf("%q reads as %q", text, encoded)
		}
	})
}
