package kubeapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is judged here is what components/eks installs: its code says the same.
func TestVersionsAreThoseOfTheLibrary(t *testing.T) {
	files, err := filepath.Glob("../../components/eks/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	says := []string{"oldestMinor, newestMinor = " + strings.TrimPrefix(Versions[0], "1.") + ", " + strings.TrimPrefix(Versions[len(Versions)-1], "1.")}
	for _, s := range sources {
		says = append(says, s.installed)
	}
	for _, line := range says {
		if !strings.Contains(code.String(), line) {
			t.Errorf("components/eks does not say %s", line)
		}
	}
}
