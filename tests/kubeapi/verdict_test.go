package kubeapi

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// apart are verdicts in which the simulated server knowingly differs from the real one: file, path, mutant.
var apart = map[string]string{
	"service-nlb spec/ports/0/nodePort -1":    dryRun,
	"service-nlb spec/ports/0/nodePort 3":     dryRun,
	"service-nlb spec/ports/0/nodePort 70000": dryRun,
}

const dryRun = "a dry run allocates no ports, and so does not refuse one"

// testdata/verdicts.txt is what the simulated server says of manifests with something wrong put anywhere in them.
func TestVerdictsOnMutants(t *testing.T) {
	text, err := os.ReadFile(simulated + "testdata/verdicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var mutants []any
	if err := json.Unmarshal([]byte(lines[0]), &mutants); err != nil {
		t.Fatal(err)
	}
	bases := map[string]suite{}
	used, judged := map[string]bool{}, 0
	for _, line := range lines[1:] {
		verdicts := line[strings.LastIndex(line, " ")+1:]
		file, path, _ := strings.Cut(strings.TrimSuffix(line, " "+verdicts), " ")
		s, known := bases[file]
		if !known {
			text, err := os.ReadFile(simulated + "testdata/manifests/" + file + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(text, &s); err != nil {
				t.Fatal(err)
			}
			bases[file] = s
		}
		for i, value := range mutants {
			judged++
			a := outcome(t, s, manifestCase{Set: map[string]any{path: value}})
			if a.Refused() == (verdicts[i] == '-') {
				continue
			}
			name := fmt.Sprintf("%s %s %v", file, path, value)
			used[name] = true
			if apart[name] == "" {
				t.Errorf("%s: the real server's answer is %d %s", name, a.Status, a.Message)
			}
		}
	}
	t.Logf("%d manifests judged", judged)
	for name := range apart {
		if !used[name] {
			t.Errorf("%s: the servers agree by now", name)
		}
	}
}
