package timeline

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// seconds is a table in which the type "test:x:N" takes N seconds to create, read or
// update, and ten times that to delete.
func seconds(t testing.TB) *latency.Table {
	t.Helper()
	table := latency.Table{Classes: []latency.Class{{Class: "config"}}}
	for n := range 30 {
		create := latency.Estimate{P50: float64(n), Low: float64(n) / 2, High: float64(n) * 2, Grade: "A"}
		del := latency.Estimate{P50: float64(n) * 10, Low: float64(n) * 5, High: float64(n) * 20, Grade: "B"}
		table.Rows = append(table.Rows, latency.Row{Types: []string{"test:x:" + strconv.Itoa(n)}, Create: create, Update: &create, Delete: del})
	}
	text, err := json.Marshal(table)
	require.NoError(t, err)
	read, err := latency.ReadTable(text)
	require.NoError(t, err)
	return read
}

// parse makes nodes from lines such as "b 3 < a, stack : op flags": a name, its seconds
// ("-" for a component), dependencies ("by b" if they take it along), and what happens to it.
func parse(t testing.TB, text string) []Node {
	t.Helper()
	urns := map[string]resource.URN{}
	var nodes []Node
	for line := range strings.Lines(strings.TrimSpace(text)) {
		head, ops, _ := strings.Cut(strings.TrimSpace(line), ":")
		head, deps, _ := strings.Cut(head, "<")
		fields := strings.Fields(head)
		n := Node{Type: "test:x:" + fields[1], Custom: fields[1] != "-", Order: len(nodes)}
		n.URN = resource.URN("urn:pulumi:s::p::" + n.Type + "::" + fields[0])
		urns[fields[0]] = n.URN
		for dep := range strings.SplitSeq(deps, ",") {
			switch name := strings.TrimSpace(dep); {
			case name == "":
			case strings.HasPrefix(name, "in "):
				n.Parent = urns[name[3:]]
			case strings.HasPrefix(name, "with "):
				n.DeletedWith = urns[name[5:]]
			case strings.HasPrefix(name, "by "):
				n.ReplacedWith = append(n.ReplacedWith, urns[name[3:]])
				n.Dependencies = append(n.Dependencies, urns[name[3:]])
			default:
				require.Contains(t, urns, name)
				n.Dependencies = append(n.Dependencies, urns[name])
			}
		}
		for _, flag := range strings.Fields(ops) {
			switch flag {
			case "external":
				n.External = true
			case "retain":
				n.RetainOnDelete = true
			case "deleteFirst":
				n.DeleteBeforeReplace = true
			default:
				n.Op = Op(flag)
			}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func graph(t require.TestingT, nodes []Node) *Graph {
	g, err := New(nodes)
	require.NoError(t, err)
	return g
}

// times is "name start-end" for each operation that takes time, in order of start.
func times(r Result) string {
	var list []string
	for _, b := range r.Bars {
		if b.Seconds > 0 {
			list = append(list, fmt.Sprintf("%s %g-%g", b.Name, b.Start, b.End))
		}
	}
	return strings.Join(list, ", ")
}

func path(bars []Bar) string {
	list := make([]string, len(bars))
	for i, b := range bars {
		list[i] = b.Name
	}
	return strings.Join(list, " ")
}
