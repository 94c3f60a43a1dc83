package function

import (
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Architecture is the processor that code is built for.
type Architecture string

const (
	// Arm64 is Graviton, a fifth cheaper.
	Arm64 Architecture = "arm64"
	// X86 is Intel's and AMD's.
	X86 Architecture = "x86_64"
)

// Runtime is what runs code that is not in a container image.
type Runtime string

// The runtimes that AWS keeps up to date and that the AWS provider knows. All run on both
// architectures. Later ones are there as container images.
const (
	Nodejs22       Runtime = "nodejs22.x"
	Python313      Runtime = "python3.13"
	Python312      Runtime = "python3.12"
	Python311      Runtime = "python3.11"
	Java21         Runtime = "java21"
	Java17         Runtime = "java17"
	Java11         Runtime = "java11"
	Java8          Runtime = "java8.al2"
	Ruby34         Runtime = "ruby3.4"
	Ruby33         Runtime = "ruby3.3"
	ProvidedAl2023 Runtime = "provided.al2023"
)

// runtime is what a runtime can do.
type runtime struct {
	snapStart bool
	own       bool   // the program is one's own, as in Go and Rust
	extension string // of the file with inline code
}

// As the Lambda Developer Guide has it in November 2026.
var runtimes = map[Runtime]runtime{
	Nodejs22: {extension: ".mjs"}, Python313: {snapStart: true, extension: ".py"}, Python312: {snapStart: true, extension: ".py"}, Python311: {extension: ".py"},
	Java21: {snapStart: true}, Java17: {snapStart: true}, Java11: {snapStart: true}, Java8: {},
	Ruby34: {extension: ".rb"}, Ruby33: {extension: ".rb"}, ProvidedAl2023: {own: true},
}

// ended are the runtimes that get no security patches any more, since when. AWS takes no new
// functions with the older ones, and will take none with the others.
var ended = map[Runtime]string{
	"nodejs": "2016-10-31", "nodejs4.3": "2020-03-05", "nodejs4.3-edge": "2020-03-05", "nodejs6.10": "2019-08-12", "nodejs8.10": "2020-03-06",
	"nodejs10.x": "2021-07-30", "nodejs12.x": "2023-03-31", "nodejs14.x": "2023-12-04", "nodejs16.x": "2024-06-12", "nodejs18.x": "2025-09-01",
	"nodejs20.x": "2026-04-30", "python2.7": "2021-07-15", "python3.6": "2022-07-18", "python3.7": "2023-12-04", "python3.8": "2024-10-14",
	"python3.9": "2025-12-15", "python3.10": "2026-10-31", "ruby2.5": "2021-07-30", "ruby2.7": "2023-12-07", "ruby3.2": "2026-03-31",
	"java8": "2024-01-08", "go1.x": "2024-01-08", "provided": "2024-01-08", "provided.al2": "2026-07-31", "dotnetcore1.0": "2019-06-27",
	"dotnetcore2.0": "2019-05-30", "dotnetcore2.1": "2022-01-05", "dotnetcore3.1": "2023-04-03", "dotnet5.0": "2022-05-10", "dotnet6": "2024-12-20",
	"dotnet7": "2024-05-14", "dotnet8": "2026-11-10",
}

func (a *FunctionArgs) validateRuntime(errs *fielderr.List) {
	_, known := runtimes[a.Runtime]
	since, old := ended[a.Runtime]
	switch {
	case a.Runtime == "":
		errs.Required("runtime")
	case old:
		errs.Invalid("runtime", a.Runtime, "is not supported by AWS since %s", since)
	case !known:
		errs.Invalid("runtime", a.Runtime, "is not known to the AWS provider; use imageUri, or one of %s", runtimesThat(func(runtime) bool { return true }))
	case a.Inline != "" && runtimes[a.Runtime].extension == "":
		errs.Conflict("inline", "runtime", "only Node.js, Python and Ruby run a text as it is")
	}
}

// runtimesThat are the names of some runtimes, for messages.
func runtimesThat(can func(r runtime) bool) string {
	var names []string
	for _, name := range base.SortedKeys(runtimes) {
		if can(runtimes[name]) {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ", ")
}
