package operations

import (
	"slices"
	"strconv"

	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of functions, and of what carries messages.
const (
	function    = lambda.Function
	provisioned = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
	queue       = lambda.Queue
)

// deprecated are the runtimes that AWS patches no more, in November 2026.
var deprecated = []string{
	"nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x", "nodejs18.x", "nodejs20.x",
	"python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10", "ruby2.5", "ruby2.7", "ruby3.2", "java8", "go1.x",
	"provided", "provided.al2", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet5.0", "dotnet6", "dotnet7", "dotnet8",
}

func lambdaRuntimeSupported() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-runtime-supported", Title: "Functions run on runtimes that AWS still patches", Severity: rule.Medium, Category: rule.Operations,
		Why:      "A deprecated runtime gets no security patches, and one day AWS refuses to update its functions.",
		Fix:      "set runtime to a newer version of the language",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_363"}, SecurityHub: []string{"Lambda.2"}},
		Types:    []string{function},
		Settings: []rule.Setting{{Name: "deprecated", Help: "Runtimes that are not accepted.", Development: deprecated, Production: deprecated}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			runtime := r.Get("runtime")
			if runtime.IsAbsent() {
				return rule.Skipped() // an image brings its own
			}
			return runtime.Want(func(v rule.Value) bool { return !rule.Is(s.Texts("deprecated")...)(v) },
				"runtime "+runtime.String()+" is deprecated", "set runtime to a newer version of the language")
		},
	}
}

func lambdaTracing() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-tracing", Title: "Functions are traced", Severity: rule.Low, Category: rule.Operations,
		Why:      "Where the time of a request went, between functions, queues and databases, no single log says.",
		Fix:      `set tracingConfig.mode to "Active", and let the role write to X-Ray`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_50"}, Trivy: []string{"AWS-0066"}},
		Types:    []string{function},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			mode := r.Get("tracingConfig.mode")
			return mode.Want(rule.Is("Active"), "tracingConfig.mode is "+mode.String(), `set tracingConfig.mode to "Active"`)
		},
	}
}

func lambdaReservedConcurrency() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-reserved-concurrency", Title: "Functions have a share of the account's concurrency", Severity: rule.Low, Category: rule.Operations,
		Why:      "All functions of an account share one limit: one that runs wild takes it from all others, and has none kept for itself.",
		Fix:      "set reservedConcurrentExecutions",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_115"}},
		Types:    []string{function},
		// A development account has little to share.
		Development: rule.At(rule.Disabled),
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			reserved := r.Get("reservedConcurrentExecutions")
			return reserved.Want(rule.AtLeast(0), "reservedConcurrentExecutions is "+reserved.String(), "set reservedConcurrentExecutions")
		},
	}
}

func lambdaLogGroup() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-log-group", Title: "The log groups of functions are part of the stack", Severity: rule.Low, Category: rule.Operations,
		Why:   "A log group that the first call makes keeps its logs for ever, without the customer's key, and outlives the function.",
		Fix:   "a LogGroup, and its name in loggingConfig.logGroup or /aws/lambda/ with the function's name as its name",
		Types: []string{function},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			groups, named := rule.Derived(g, logGroupsOf), r.Get("loggingConfig.logGroup")
			if name, known := named.Text(); rule.IsSet(named) {
				if groups.known[name] || len(g.Behind(r, named, logGroup)) > 0 {
					return rule.Passed()
				}
				if known {
					return rule.Undecided(named.Path(), rule.External)
				}
				return r.Elsewhere(named)
			}
			for _, v := range [...]rule.Value{r.Get("name"), r.Out("name")} {
				if name, ok := v.Text(); ok && groups.known["/aws/lambda/"+name] {
					return rule.Passed()
				}
			}
			if groups.known[r.URN] {
				return rule.Passed()
			}
			unsure := groups.unsure
			if name := r.Get("name"); name.IsUnknown() && len(groups.known) > 0 {
				unsure = rule.NotKnown(name)
			}
			return rule.FailedUnless(unsure, "its log group is made by its first call, and keeps logs for ever", "add a LogGroup, and its name as loggingConfig.logGroup")
		},
	}
}

// logGroups are the log groups of a stack.
type logGroups struct {
	// known are their names, and the URNs that names are computed from.
	known map[string]bool
	// unsure is Unknown if there are others.
	unsure rule.Verdict
}

func logGroupsOf(g *rule.Graph) logGroups {
	found := logGroups{known: map[string]bool{}}
	for _, group := range g.Of(logGroup) {
		for _, v := range [...]rule.Value{group.Get("name"), group.Out("name")} {
			if name, ok := v.Text(); ok && name != "" {
				found.known[name] = true
			}
		}
		for _, urn := range group.Edges["name"] {
			found.known[urn] = true
		}
		if name := group.Get("name"); name.IsUnknown() && len(group.Edges["name"]) == 0 {
			found.unsure = group.Elsewhere(name)
		}
	}
	return found
}

func lambdaProvisionedAlias() *rule.Rule {
	return &rule.Rule{
		ID: "lambda-provisioned-alias", Title: "Provisioned concurrency follows an alias", Severity: rule.Low, Category: rule.Operations,
		Why:   "Of a version, it stays with that version: after the next deployment it is paid for and no call reaches it.",
		Fix:   "set qualifier to the name of an Alias that the callers use",
		Types: []string{provisioned},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			qualifier := r.Get("qualifier")
			name, known := qualifier.Text()
			_, notNumber := strconv.Atoi(name)
			urns := r.Edges["qualifier"]
			behind := func(token string) bool {
				return slices.ContainsFunc(g.Of(token), func(one *rule.Resource) bool { return slices.Contains(urns, one.URN) })
			}
			switch {
			case known && notNumber != nil && name != "" && name != "$LATEST", !known && behind(lambda.Alias):
				return rule.Passed()
			case known, behind(function):
				return rule.Failed("is provisioned for a version", "set qualifier to the name of an Alias")
			}
			return r.Refers(qualifier, "names no alias", "set qualifier to the name of an Alias")
		},
	}
}
