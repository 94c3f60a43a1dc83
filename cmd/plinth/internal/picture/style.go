package picture

import (
	"fmt"
	"strings"
)

// colours are those that are no operation's, on light and on dark.
var colours = []struct{ name, light, dark string }{
	{"paper", "#ffffff", "#0d1117"},
	{"ink", "#1f2937", "#e6edf3"},
	{"soft", "#5b6472", "#9da7b3"},
	{"line", "#d0d7de", "#3d444d"},
	{"quiet", "#d8dee4", "#30363d"}, // what does not change
	{"near", "#8c959f", "#8b949e"},  // and is next to what does
}

const rules = `.plinth-graph { color: var(--p-soft) }
.plinth-graph text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--p-ink) }
.plinth-graph .paper { fill: var(--p-paper) } .plinth-graph .title { font-size: 19px; font-weight: 600 }
.plinth-graph .bold { font-weight: 600 } .plinth-graph .soft { fill: var(--p-soft); font-weight: 400 }
.plinth-graph .sign { fill: var(--p-paper); font-weight: 700; text-anchor: middle }
.plinth-graph .box { fill: var(--p-paper); stroke: var(--p-line) } .plinth-graph .changed { stroke: currentColor; stroke-width: 1.6 }
.plinth-graph .fill { fill: currentColor } .plinth-graph .tags { fill: none; stroke: currentColor; stroke-width: 1.4 }
.plinth-graph .quiet { fill: var(--p-quiet) } .plinth-graph .near { fill: var(--p-near) }
.plinth-graph .arrow { fill: none; stroke: currentColor; stroke-width: 1.4; stroke-opacity: 0.8 } .plinth-graph .gone { stroke-dasharray: 2 3 }
`

// style looks up the page's own colours first, so that the picture is as light or dark as the
// page around it. Alone it is as the reader's system is.
func style() string {
	var light, dark, classes strings.Builder
	add := func(name, onLight, onDark string) {
		fmt.Fprintf(&light, " --p-%s: var(--%[1]s, %s);", name, onLight)
		fmt.Fprintf(&dark, " --p-%s: var(--%[1]s, %s);", name, onDark)
	}
	for _, c := range colours {
		add(c.name, c.light, c.dark)
	}
	for _, o := range operations {
		add(string(o.op), o.colour, o.dark)
		fmt.Fprintf(&classes, ".plinth-graph .%s { color: var(--p-%[1]s) }\n", o.op)
	}
	return fmt.Sprintf(".plinth-graph {%s }\n@media screen and (prefers-color-scheme: dark) { .plinth-graph {%s } }\n%s%s", light.String(), dark.String(), classes.String(), rules)
}
