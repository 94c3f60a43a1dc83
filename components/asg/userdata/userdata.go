// Package userdata writes the scripts that set an Amazon Linux 2023 instance up as a web
// or application server: installed from Amazon Linux's own packages, run by systemd,
// restarted when it stops, with a health endpoint for a load balancer.
//
//   - Nginx and Httpd serve a document, or pass everything on to an upstream. Their
//     health endpoint answers by itself, so that an upstream's outage does not replace
//     the web servers.
//   - Node and Tomcat run an application under a user of its own that can write nothing
//     but a temporary folder. With Node the application itself answers the health
//     endpoint; with Tomcat the server does, and only when the application has started.
//
// The scripts run once, when an instance first starts. Any value can be passed: none is
// ever read as code. The instance must reach Amazon S3, where the packages are.
package userdata

import (
	"embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

//go:embed scripts
var scripts embed.FS

// The port and health path when none is given.
const (
	DefaultPort       = 8080
	DefaultHealthPath = "/healthz"
)

// variable is a value that a script reads.
type variable struct {
	name  string
	value pulumi.StringInput
	// check, if any, says what is wrong with a value that a configuration file will hold.
	check func(string) error
}

// render makes the script of its parts. A value that is known only later is checked
// later, and then fails the deployment.
func render(title string, variables []variable, environment map[string]pulumi.StringInput, parts ...string) pulumi.StringOutput {
	names := base.SortedKeys(environment)
	for _, name := range names {
		variables = append(variables, variable{name: inEnvironment(name), value: environment[name]})
	}
	values := make([]any, len(variables))
	for i, v := range variables {
		values[i] = v.value
	}
	return pulumi.All(values...).ApplyT(func(known []any) (string, error) {
		texts := make([]string, len(known))
		for i, text := range known {
			texts[i] = text.(string)
		}
		return script(title, variables, texts, parts...)
	}).(pulumi.StringOutput)
}

// The application's environment is kept apart from the script's own variables, in a
// bash array by name.
const environmentArray = "ENVIRONMENT"

func inEnvironment(name string) string { return environmentArray + "[" + name + "]" }

// script puts the variables before the named files.
func script(title string, variables []variable, texts []string, parts ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/bash\n# Sets this instance up as %s.\nset -euo pipefail\n", title)
	declared := false
	for i, v := range variables {
		if err := checkText(v.name, texts[i], v.check); err != nil {
			return "", err
		}
		if strings.HasPrefix(v.name, environmentArray+"[") && !declared {
			b.WriteString("declare -A " + environmentArray + "\n")
			declared = true
		}
		fmt.Fprintf(&b, "%s=%s\n", v.name, quote(texts[i]))
	}
	for _, part := range parts {
		b.WriteString(file(part))
	}
	return b.String(), nil
}

func checkText(name, text string, check func(string) error) error {
	if strings.ContainsRune(text, 0) {
		return fmt.Errorf("user data: %s has a zero byte, which no script can hold", name)
	}
	if check == nil || text == "" {
		return nil
	}
	if err := check(text); err != nil {
		return fmt.Errorf("user data: %s %w", name, err)
	}
	return nil
}

// quote makes a text one word to a shell, whatever is in it.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func file(name string) string {
	text, err := scripts.ReadFile("scripts/" + name)
	if err != nil { // the file is part of this package
		panic(err)
	}
	return string(text)
}

var (
	// A health path goes into configuration files, so it has plain characters only.
	healthPath = regexp.MustCompile(`^/[A-Za-z0-9_-][A-Za-z0-9._/-]{0,126}$`)
	// An upstream has no path: requests keep theirs.
	upstream = regexp.MustCompile(`^https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$`)
	bucket   = regexp.MustCompile(`^s3://[a-z0-9.-]+/.+$`)
	envName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func checkUpstream(url string) error {
	if !upstream.MatchString(url) {
		return fmt.Errorf("%q is not a URL such as http://app.example.com:8080, without a path", url)
	}
	return nil
}

func checkBucket(url string) error {
	if !bucket.MatchString(url) {
		return fmt.Errorf("%q is not an object such as s3://bucket/app.war", url)
	}
	return nil
}

// endpoint is what all presets listen on.
func endpoint(errs *fielderr.List, port *int, path *string, leastPort int) []variable {
	if *port == 0 {
		*port = DefaultPort
	}
	if *path == "" {
		*path = DefaultHealthPath
	}
	if *port < leastPort || *port > 65535 {
		errs.Invalid("port", *port, "must be %d to 65535", leastPort)
	}
	if !healthPath.MatchString(*path) {
		errs.Invalid("healthPath", *path, "is not a path such as /healthz of letters, digits and . _ - /")
	}
	return []variable{
		{name: "PORT", value: pulumi.String(fmt.Sprint(*port))},
		{name: "HEALTH_PATH", value: pulumi.String(*path)},
	}
}

// checkNow checks a value that is known already.
func checkNow(errs *fielderr.List, field string, value pulumi.StringInput, check func(string) error) {
	if text, known := value.(pulumi.String); known {
		if err := check(string(text)); err != nil {
			errs.Add(field, "%v", err)
		}
	}
}

func checkEnvironment(errs *fielderr.List, environment map[string]pulumi.StringInput) {
	at := errs.At("environment")
	for _, name := range base.SortedKeys(environment) {
		switch {
		case !envName.MatchString(name):
			at.Add(fielderr.Key(name), "is not a name of letters, digits and _ that does not start with a digit")
		case name == "PORT" || name == "HEALTH_PATH":
			at.Add(fielderr.Key(name), "is set from the preset's own argument")
		case environment[name] == nil:
			at.Required(fielderr.Key(name))
		}
	}
}

func orDefault(value pulumi.StringInput, text string) pulumi.StringInput {
	if value == nil {
		return pulumi.String(text)
	}
	return value
}
