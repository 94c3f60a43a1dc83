// Command gen reduces the facts of the AWS provider (resources.json: the types of pulumi-aws sdk v6.83.2 joined with the
// schema of the Terraform AWS provider 5.45) to the data file this package embeds.
//
//	go run ./tests/simcloud/internal/facts/gen -in resources.json -out tests/simcloud/internal/facts/facts.json.gz
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"unicode"
)

type object = map[string]any

func main() {
	in := flag.String("in", "", "resources.json of the schema facts")
	out := flag.String("out", "", "file to write")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	raw, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var types map[string]object
	if err := json.Unmarshal(raw, &types); err != nil {
		return fmt.Errorf("decode %s: %w", in, err)
	}
	for _, t := range types {
		reduceType(t)
	}
	text, err := json.Marshal(types)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if _, err := zip.Write(text); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	fmt.Printf("%d types, %d bytes, %d compressed\n", len(types), len(text), buf.Len())
	return os.WriteFile(out, buf.Bytes(), 0o644)
}

func reduceType(t object) {
	delete(t, "timeouts")
	root, _ := t["properties"].(object)
	walk(root, root)
	strip(root)
}

// walk turns the relations between properties into paths of Pulumi names: "./x" is a sibling, "a.b" starts at the root.
func walk(root, level object) {
	for _, v := range level {
		p := v.(object)
		for _, rel := range []string{"conflictsWith", "exactlyOneOf", "atLeastOneOf", "requiredWith"} {
			list, ok := p[rel].([]any)
			if !ok {
				continue
			}
			var paths []any
			for _, item := range list {
				if path := resolve(root, level, item.(string)); path != "" {
					paths = append(paths, path)
				}
			}
			// A group that lost members cannot be judged any more.
			if len(paths) < len(list) && (rel == "exactlyOneOf" || rel == "atLeastOneOf" || rel == "requiredWith") || len(paths) == 0 {
				delete(p, rel)
				continue
			}
			p[rel] = paths
		}
		if p["default"] == "Managed by Terraform" {
			p["default"] = "Managed by Pulumi"
		}
		if sub, ok := p["properties"].(object); ok {
			walk(root, sub)
		}
	}
}

func resolve(root, level object, name string) string {
	if _, ok := level[name]; ok {
		return "./" + name
	}
	at, path := root, []string{}
	for _, step := range strings.Split(name, ".") {
		if step == "0" {
			continue
		}
		key := byTerraform(at, step)
		if key == "" {
			return ""
		}
		path = append(path, key)
		at, _ = at[key].(object)["properties"].(object)
	}
	return strings.Join(path, ".")
}

func byTerraform(level object, name string) string {
	for key, v := range level {
		if v.(object)["terraform"] == name {
			return key
		}
	}
	return ""
}

// strip keeps the Terraform name only where it does not follow from the Pulumi name, and marks what Terraform 5.45 did not know.
func strip(level object) {
	for key, v := range level {
		p := v.(object)
		switch name, known := p["terraform"].(string); {
		case !known:
			p["new"] = true
		case name == snake(key):
			delete(p, "terraform")
		}
		delete(p, "deprecated")
		// Assets have no pointer type in the SDK, so it cannot show that they are optional.
		if kind, _ := p["type"].(string); strings.HasPrefix(kind, "ext:") {
			delete(p, "required")
		}
		if sub, ok := p["properties"].(object); ok {
			strip(sub)
		}
	}
}

func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
