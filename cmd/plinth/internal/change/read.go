package change

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// how a preview is made that can be read.
const how = "make it with `pulumi preview --json --show-sames`"

// digest is what `pulumi preview --json` prints, as far as it is read, without its steps.
type digest struct {
	Diagnostics   []rehearsal.Diagnostic `json:"diagnostics"`
	ChangeSummary map[string]int         `json:"changeSummary"`
	// Sequence is what event logs have.
	Sequence *int `json:"sequence"`
}

type step struct {
	Op             apitype.OpType                   `json:"op"`
	URN            resource.URN                     `json:"urn"`
	OldState       *apitype.ResourceV3              `json:"oldState"`
	NewState       *apitype.ResourceV3              `json:"newState"`
	DiffReasons    []string                         `json:"diffReasons"`
	ReplaceReasons []string                         `json:"replaceReasons"`
	DetailedDiff   map[string]struct{ Kind string } `json:"detailedDiff"`
}

// Parse reads a preview. The phase is what its events tell; it may be empty.
func Parse(preview io.Reader, phase rehearsal.Phase) (*Change, error) {
	plan := plan{steps: map[resource.URN][]step{}, counts: map[string]int{}}
	d, err := read(preview, plan.take)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read a preview: %w", err)
	case d.Sequence != nil:
		return nil, errors.New("read a preview: this is an event log; give it as that, and for the preview " + how)
	case plan.stack == "":
		return nil, errors.New("read a preview: it has no steps" + d.failure() + "; " + how)
	case d.failure() == "" && plan.refreshes():
		return nil, errors.New("read a preview: this previews a refresh, not a change; " + how)
	case phase.Stack != "" && (phase.Stack != plan.stack || phase.Project != plan.project):
		return nil, fmt.Errorf("read a preview: it is of stack %s of project %s, and its events are of stack %s of project %s; give the event log of the same preview",
			plan.stack, plan.project, phase.Stack, phase.Project)
	case phase.Changes != nil && d.ChangeSummary != nil && !maps.Equal(counts(phase.Changes), counts(d.ChangeSummary)):
		return nil, errors.New("read a preview: it does not count the same changes as its events; give the event log of the same preview")
	}
	for _, op := range slices.Sorted(maps.Keys(d.ChangeSummary)) {
		if n := d.ChangeSummary[op]; plan.counts[op] < n {
			return nil, fmt.Errorf("read a preview: it counts %d operations %q, and has %d; %s", n, op, plan.counts[op], how)
		}
	}
	d.tell(&phase)
	return plan.change(phase), nil
}

// counts are those that are not zero.
func counts(all map[string]int) map[string]int {
	all = maps.Clone(all)
	maps.DeleteFunc(all, func(_ string, n int) bool { return n == 0 })
	return all
}

// tell tells a phase that knows of no failure what a digest says of one.
func (d digest) tell(phase *rehearsal.Phase) {
	if phase.Error != "" || d.failure() == "" {
		return
	}
	phase.Diagnostics = slices.Clone(phase.Diagnostics)
	for _, diagnostic := range d.Diagnostics {
		if diagnostic.Severity == "error" {
			diagnostic.Message = strings.TrimSpace(strings.TrimPrefix(diagnostic.Message, "error: "))
			phase.Diagnostics = append(phase.Diagnostics, diagnostic)
		}
	}
	phase.Error = cmp.Or(phase.Failure(), "it was cut off")
}

// failure is why a preview has failed, if it says so.
func (d digest) failure() string {
	for _, diagnostic := range d.Diagnostics {
		if first, _, _ := strings.Cut(strings.TrimSpace(diagnostic.Message), "\n"); diagnostic.Severity == "error" && first != "" {
			return ": " + strings.TrimPrefix(first, "error: ")
		}
	}
	return ""
}

// read reads a digest, and gives each step away as it comes: all of them together, as text
// and as values, would take several times the memory of what is kept.
func read(preview io.Reader, take func(step) error) (digest, error) {
	var d digest
	decoder := json.NewDecoder(bufio.NewReaderSize(preview, 1<<16))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return d, errors.New("it is no JSON object; " + how)
	}
	rest := map[string]json.RawMessage{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return d, broken(err)
		}
		if key != "steps" {
			var v json.RawMessage
			if err := decoder.Decode(&v); err != nil {
				return d, broken(err)
			}
			rest[key.(string)] = v
			continue
		}
		if err := readSteps(decoder, take); err != nil {
			return d, err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return d, broken(err)
	}
	all, err := json.Marshal(rest)
	if err == nil {
		err = json.Unmarshal(all, &d)
	}
	if err != nil {
		return d, broken(err)
	}
	return d, nil
}

func readSteps(decoder *json.Decoder, take func(step) error) error {
	switch begin, err := decoder.Token(); {
	case err != nil:
		return broken(err)
	case begin == nil:
		return nil
	case begin != json.Delim('['):
		return errors.New("its steps are no list; " + how)
	}
	for n := 1; decoder.More(); n++ {
		var s step
		if err := decoder.Decode(&s); err != nil {
			return fmt.Errorf("step %d: %w", n, broken(err))
		}
		if err := take(s); err != nil {
			return fmt.Errorf("step %d: %w", n, err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return broken(err)
	}
	return nil
}

// broken says of an error of JSON what to do.
func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early; " + how + ", and keep all that it prints")
	}
	return fmt.Errorf("%w; %s", err, how)
}

// Find is the resource of a URN, or nil.
func (c *Change) Find(urn string) *Resource {
	if c.byURN == nil { // it has been made by hand
		c.byURN = byURN(c.Resources)
	}
	return c.byURN[urn]
}

func byURN(resources []*Resource) map[string]*Resource {
	all := make(map[string]*Resource, len(resources))
	for _, r := range resources {
		all[r.URN] = r
	}
	return all
}

// IsProvider says that a resource is a provider's configuration.
func (r *Resource) IsProvider() bool { return isProvider(r.Type) }

func isProvider(token string) bool { return strings.HasPrefix(token, "pulumi:providers:") }
