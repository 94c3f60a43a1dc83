package rehearsal

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

const (
	loggedStack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
	loggedTable = "urn:pulumi:dev::shop::aws:dynamodb/table:Table::orders"

	prelude   = `{"preludeEvent":{"config":{}}}`
	cancelled = `{"diagnosticEvent":{"message":"context canceled","severity":"error"}}`
	ended     = `{"cancelEvent":{}}` // each log ends so
)

func began(op, urn string) string {
	return fmt.Sprintf(`{"resourcePreEvent":{"metadata":{"op":%q,"urn":%q}}}`, op, urn)
}

func summed(result string) string {
	return fmt.Sprintf(`{"summaryEvent":{"resourceChanges":{"same":1,"delete":0},"isPreview":true,"result":%q}}`, result)
}

func said(urn, message string) string {
	return fmt.Sprintf(`{"diagnosticEvent":{"urn":%q,"message":%q,"severity":"error"}}`, urn, message)
}

func TestAnEventLogIsReadToItsEnd(t *testing.T) {
	const early = "the event log ends too early; wait until pulumi is through, and keep all that it writes"
	for name, c := range map[string]struct {
		events []string
		failed string // why the operation has failed
		err    string
	}{
		"whole":                   {events: []string{prelude, began("same", loggedStack), summed("succeeded"), ended}},
		"of an older CLI":         {events: []string{prelude, began("same", loggedStack), summed(""), ended}},
		"all but its last line":   {events: []string{prelude, began("same", loggedStack), summed("succeeded")}},
		"failed":                  {events: []string{prelude, said(loggedTable, "no such table"), summed("failed"), ended}, failed: "preview failed:\n  orders (aws:dynamodb/table:Table): no such table"},
		"failed, and no reason":   {events: []string{prelude, summed("failed"), ended}, failed: "the engine says no reason"},
		"failed by cancellation":  {events: []string{prelude, cancelled, summed("failed")}, failed: "the engine says no reason"},
		"cancelled":               {events: []string{prelude, cancelled, summed("canceled"), ended}, failed: "it was cancelled before its end"},
		"failed before it began":  {events: []string{said("", "no policy pack"), ended}, failed: "preview failed:\n  no policy pack"},
		"ended before it began":   {events: []string{ended}, failed: "it did not begin, and the engine says no reason"},
		"empty":                   {err: early},
		"of its first line":       {events: []string{prelude}, err: early},
		"cut between lines":       {events: []string{prelude, began("same", loggedStack), said(loggedTable, "no such table")}, failed: "preview failed:\n  orders (aws:dynamodb/table:Table): no such table", err: early},
		"cut within a line":       {events: []string{prelude, summed("succeeded")[:20]}, err: "read the event log: event 2: unexpected EOF"},
		"no log, but other JSON":  {events: []string{`{"steps":[]}`}, err: "this is no event log; `pulumi preview --event-log` writes one, with PULUMI_DEBUG_COMMANDS=true"},
		"a mandatory finding too": {events: []string{`{"policyEvent":{"resourceUrn":"` + loggedTable + `","message":"no backups","policyName":"backups","enforcementLevel":"mandatory"}}`, summed("failed"), ended}, failed: "1 mandatory policy finding:\n  backups: orders (aws:dynamodb/table:Table): no backups"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ReadEvents("preview", strings.NewReader(strings.Join(c.events, "\n")))
			if c.err != "" {
				require.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.failed, p.Error)
		})
	}
}

func TestEventsAreOfAStack(t *testing.T) {
	p, err := ReadEvents("preview", strings.NewReader(began("same", "nonsense")+began("same", loggedTable)+summed("succeeded")))
	require.NoError(t, err)
	require.Equal(t, "shop", p.Project)
	require.Equal(t, "dev", p.Stack)
	require.Equal(t, map[string]int{"same": 1}, p.Changes)

	p, err = ReadEvents("preview", strings.NewReader(ended))
	require.NoError(t, err)
	require.Empty(t, p.Stack)
}

func TestStepsOfAReplacementAreOne(t *testing.T) {
	for name, c := range map[string]struct {
		ops  []string
		want []Step
	}{
		"the new one first": {[]string{"create-replacement", "replace", "delete-replaced"}, []Step{{Op: "replace", URN: loggedTable}}},
		"the old one first": {[]string{"delete-replaced", "replace", "create-replacement"}, []Step{{Op: "replace", URN: loggedTable, DeleteFirst: true}}},
		"by an import":      {[]string{"import-replacement", "replace", "delete-replaced"}, []Step{{Op: "replace", URN: loggedTable}}},
		"of the deleted":    {[]string{"remove-pending-replace", "replace", "create-replacement"}, []Step{{Op: "replace", URN: loggedTable}}},
		"of what was read":  {[]string{"create-replacement", "replace", "discard-replaced"}, []Step{{Op: "replace", URN: loggedTable}}},
		"of before":         {[]string{"same", "delete-replaced"}, []Step{{Op: "delete", URN: loggedTable, Leftover: true}}},
		"of before, beside": {[]string{"update", "delete-replaced"}, []Step{{Op: "update", URN: loggedTable}, {Op: "delete", URN: loggedTable, Leftover: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			for _, op := range c.ops {
				fmt.Fprintln(&log, began(op, loggedTable))
				fmt.Fprintln(&log, strings.Replace(began(op, loggedTable), "resourcePreEvent", "resOutputsEvent", 1))
			}
			p, err := ReadEvents("preview", strings.NewReader(log.String()+summed("succeeded")))
			require.NoError(t, err)
			require.Equal(t, c.want, p.Steps)
		})
	}
}

// Whatever a log holds, it ends, fails, or is refused.
func FuzzReadEvents(f *testing.F) {
	f.Add(strings.Join([]string{prelude, began("replace", loggedTable), cancelled, summed("failed"), ended}, "\n"))
	f.Add(began("delete-replaced", loggedTable) + `{"policyEvent":{"enforcementLevel":"mandatory"}}{"summaryEvent":{"result":"succeeded"}}`)
	f.Add(`{"policyRemediationEvent":{"before":{"a":1},"after":{"a":2}}}{"resOutputsEvent":{"metadata":{"old":{"urn":"a","parent":"a"}}}}`)
	f.Fuzz(func(t *testing.T, log string) {
		p, err := ReadEvents("preview", strings.NewReader(log))
		if strings.ContainsFunc(log, func(r rune) bool { return r == '\\' || r > unicode.MaxASCII }) {
			return // there are other ways to spell a key
		}
		if err == nil && p.Error == "" && !strings.Contains(strings.ToLower(log), "summaryevent") {
			t.Errorf("a log without an end is whole: %q", log)
		}
	})
}
