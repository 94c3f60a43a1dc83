package report

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/harness"
)

// repository is a folder with files, of which those of projects have their names in them.
func repository(t *testing.T, files ...string) string {
	root := t.TempDir()
	for _, file := range files {
		name, project, _ := strings.Cut(file, "=")
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte("name: "+project+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestCodeScanningGetsWhatIsNew(t *testing.T) {
	var text strings.Builder
	if err := toldReport().SARIF(&text, repository(t, "Pulumi.yaml=shop", "stacks/data.go", "stacks/wiring.go", "main.go")); err != nil {
		t.Fatal(err)
	}
	harness.Golden(t, "report.sarif", text.String())
}

// What SARIF 2.1.0 and code scanning require, whatever there is to tell.
func TestSARIFHasWhatItMustHave(t *testing.T) {
	empty := &Report{Stacks: []*Stack{{Change: &change.Change{Project: "shop", Stack: "a b:c"}}}}
	withoutPlaces := toldReport()
	for _, r := range withoutPlaces.Stacks[1].Change.Resources {
		r.NewState = nil
	}
	for _, r := range []*Report{{}, empty, toldReport(), withoutPlaces, dangersOfEveryKind()} {
		var text strings.Builder
		if err := r.SARIF(&text, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		var log struct {
			Version string
			Runs    []struct {
				Tool struct {
					Driver struct {
						Name  string
						Rules []struct {
							ID               string
							ShortDescription struct{ Text string }
							FullDescription  struct{ Text string }
							Help             struct{ Text string }
							Properties       *struct {
								Severity string `json:"security-severity"`
							}
						}
					}
				}
				Invocations []struct{ ExecutionSuccessful *bool }
				Results     []struct {
					RuleID    string
					RuleIndex int
					Level     string
					Message   struct{ Text string }
					Locations []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine int }
						}
					}
					PartialFingerprints map[string]string
				}
			}
		}
		if err := json.Unmarshal([]byte(text.String()), &log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || log.Runs[0].Results == nil || log.Runs[0].Invocations[0].ExecutionSuccessful == nil {
			t.Fatalf("%+v", log)
		}
		rules, prints := log.Runs[0].Tool.Driver.Rules, map[string]bool{}
		for _, rule := range rules {
			if rule.ID == "" || rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" || rule.Help.Text == "" {
				t.Errorf("%+v", rule)
			}
		}
		for _, result := range log.Runs[0].Results {
			if result.RuleIndex >= len(rules) || rules[result.RuleIndex].ID != result.RuleID {
				t.Errorf("%s is not rule %d", result.RuleID, result.RuleIndex)
			}
			if !slices.Contains([]string{"error", "warning", "note"}, result.Level) || result.Message.Text == "" || len(result.Locations) != 1 {
				t.Errorf("%+v", result)
			}
			at := result.Locations[0].PhysicalLocation
			if u, err := url.Parse(at.ArtifactLocation.URI); err != nil || u.IsAbs() || strings.HasPrefix(u.Path, "/") || u.Path == "" || at.Region.StartLine < 1 {
				t.Errorf("%+v", at)
			}
			print := result.PartialFingerprints["primaryLocationLineHash"]
			if print == "" || prints[print] {
				t.Errorf("%q does not tell one result from another", print)
			}
			prints[print] = true
		}
	}
}

func dangersOfEveryKind() *Report {
	s := touchedStack("prod", touchedDatabase, touchedGroup)
	for _, kind := range danger.Kinds() {
		s.Dangers = append(s.Dangers, danger.Danger{Resource: touchedDatabase, Kind: kind, What: "is not well"})
	}
	for _, kind := range exposure.Kinds() {
		s.Exposures = append(s.Exposures, exposure.Exposure{Resource: touchedGroup, Kind: kind, What: "is open", Wide: true})
	}
	return &Report{Stacks: []*Stack{s}}
}

// Code scanning counts what has the tag "security" as a vulnerability.
func TestOnlyWhatIsAboutSecurityIsTaggedSo(t *testing.T) {
	w := sarifWriter{known: map[string]*rule.Rule{}}
	security := func(r sarifRule) bool {
		return r.Properties != nil && slices.Contains(r.Properties.Tags, "security") && r.Properties.Severity != ""
	}
	for category, want := range map[rule.Category]bool{
		rule.Redundancy: false, rule.Backup: false, rule.Encryption: true, rule.Exposure: true, rule.Access: true, rule.Operations: false, rule.Cost: false,
	} {
		w.known["one"] = &rule.Rule{ID: "one", Category: category, Severity: rule.Critical}
		r := w.rule("one")
		if security(r) != want || !slices.Contains(r.Properties.Tags, string(category)) || !want && r.Properties.Severity != "" {
			t.Errorf("%s: %+v", category, r.Properties)
		}
	}
	for id := range sarifOwn {
		if security(w.rule(id)) != strings.HasPrefix(id, "change-open-") {
			t.Errorf("%s: %+v", id, w.rule(id).Properties)
		}
	}
}

func TestEveryKindHasARuleOfItsOwn(t *testing.T) {
	var text strings.Builder
	if err := dangersOfEveryKind().SARIF(&text, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for id, r := range sarifOwn {
		if strings.Count(text.String(), `"id": "`+id+`"`) != 1 || r.Short.Text == "" || !strings.Contains(text.String(), r.Short.Text) {
			t.Errorf("%s is not told of", id)
		}
	}
}

func TestADangerIsAnErrorIfDataIsLostOrTheDeployStops(t *testing.T) {
	for _, test := range []struct {
		danger danger.Danger
		want   string
	}{
		{danger.Danger{Kind: danger.Loss}, "error"},
		{danger.Danger{Kind: danger.Loss, Keeps: []string{"a snapshot"}}, "warning"},
		{danger.Danger{Kind: danger.Loss, Keeps: []string{"a snapshot"}, Stops: []string{"protection"}}, "error"},
		{danger.Danger{Kind: danger.Outage}, "warning"},
		{danger.Danger{Kind: danger.Restart}, "note"},
	} {
		if got := dangerLevel(test.danger); got != test.want {
			t.Errorf("%+v: %s, want %s", test.danger, got, test.want)
		}
	}
}

func TestAPlaceIsTheInnermostLineOfTheRepository(t *testing.T) {
	const cache = "../../../root/go/pkg/mod/github.com/pulumi/pulumi/sdk/v3@v3.259.0/go/pulumi/run.go#144"
	for name, test := range map[string]struct {
		files, positions []string
		want             place
	}{
		"below the project":                    {[]string{"Pulumi.yaml=shop", "stacks/data.go"}, []string{"stacks/data.go#104"}, place{"stacks/data.go", 104}},
		"with a column":                        {[]string{"Pulumi.yaml=shop", "index.ts"}, []string{"index.ts#7,13"}, place{"index.ts", 7}},
		"without a line":                       {[]string{"Pulumi.yaml=shop", "index.ts"}, []string{"index.ts"}, place{"index.ts", 1}},
		"of a project in a folder":             {[]string{"infra/Pulumi.yaml=shop", "infra/index.ts"}, []string{"index.ts#7"}, place{"infra/index.ts", 7}},
		"beside a project in a folder":         {[]string{"infra/Pulumi.yaml=shop", "lib/net.ts"}, []string{"../lib/net.ts#7"}, place{"lib/net.ts", 7}},
		"of the right one of two projects":     {[]string{"a/Pulumi.yaml=blog", "a/index.ts", "b/Pulumi.yml=shop", "b/index.ts"}, []string{"index.ts#7"}, place{"b/index.ts", 7}},
		"of a rehearsal, which runs elsewhere": {[]string{"Pulumi.yaml=shop", "stacks/data.go"}, []string{"../../../home/me/shop/stacks/data.go#104"}, place{"stacks/data.go", 104}},
		"with a whole path":                    {[]string{"Pulumi.yaml=shop", "stacks/data.py"}, []string{"file:///home/me/shop/stacks/data.py#104"}, place{"stacks/data.py", 104}},
		"the innermost of several":             {[]string{"Pulumi.yaml=shop", "a.go", "b.go"}, []string{cache, "b.go#2", "a.go#1"}, place{"b.go", 2}},
		"not in a module that ends alike":      {[]string{"Pulumi.yaml=shop", "run.go", "main.go"}, []string{cache, "main.go#3"}, place{"main.go", 3}},
		"not in a package of Node.js":          {[]string{"Pulumi.yaml=shop", "index.js", "main.ts"}, []string{"node_modules/x/index.js#1", "main.ts#3"}, place{"main.ts", 3}},
		"not in what rehearses": {[]string{"Pulumi.yaml=shop", "tests/rehearsal/rehearsal.go", "cmd/plinth/preview.go", "main.go"},
			[]string{"../../w/tests/rehearsal/rehearsal.go#2", "cmd/plinth/preview.go#5", "main.go#3"}, place{"main.go", 3}},
		"or else the stack's file":             {[]string{"Pulumi.yaml=shop"}, []string{cache, "gone.go#3"}, place{"Pulumi.prod.yaml", 1}},
		"that of the project":                  {[]string{"infra/Pulumi.yaml=shop", "outside.go"}, []string{"../../outside.go/../x.go#3"}, place{"infra/Pulumi.prod.yaml", 1}},
		"what is no position leads nowhere":    {[]string{"Pulumi.yaml=shop"}, []string{"%zz"}, place{"Pulumi.prod.yaml", 1}},
		"a folder is no file":                  {[]string{"Pulumi.yaml=shop", "stacks/data.go"}, []string{"stacks#3"}, place{"Pulumi.prod.yaml", 1}},
		"a project too deep is not looked for": {[]string{"a/b/c/d/e/Pulumi.yaml=shop", "x.go"}, []string{"x.go#3"}, place{"x.go", 3}},
	} {
		t.Run(name, func(t *testing.T) {
			r := touched("aws:sns/topic:Topic", "news", change.Update)
			r.NewState = made(test.positions...)
			at := placesIn(repository(t, test.files...), &change.Change{Project: "shop", Stack: "prod"})
			if got := at.of(r); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			r.NewState, r.OldState = nil, r.NewState
			if got := at.of(r); got != test.want {
				t.Errorf("when it is deleted: %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestAResourceThatIsNotKnownIsPlacedInTheStacksFile(t *testing.T) {
	at := placesIn(t.TempDir(), &change.Change{Project: "shop", Stack: "prod"})
	if got := at.of(nil); got != (place{"Pulumi.prod.yaml", 1}) {
		t.Errorf("%+v", got)
	}
}
