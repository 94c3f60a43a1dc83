package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	// unknownText stands for a text that only a deployment knows; it is a valid name and label.
	unknownText = "known-after-apply"
	// secretText stands for a secret text; it is valid base64, as the data of a Secret must be.
	secretText = "c2VjcmV0"
	// autoName is like the end that the provider gives to the name of an object that has none.
	autoName = "-0a1b2c3d"
)

// Manifests are the Kubernetes objects of the program, custom resources too, in URN order: what the provider would send
// to a cluster. Take them from an update, in which more is known. Helm releases are not objects of the cluster's API.
func (g *Graph) Manifests() []map[string]any {
	manifests := []map[string]any{}
	ids := map[string]string{} // of subnets: definitions of custom resources know what those look like
	for _, r := range g.Resources {
		if r.Type == "aws:ec2/subnet:Subnet" {
			digest := sha256.Sum256([]byte(r.Name))
			ids[madeUp(r.Name)] = "subnet-" + hex.EncodeToString(digest[:])[:17]
		}
	}
	for _, r := range g.Resources {
		apiVersion, kind, ok := objectType(r)
		if !ok {
			continue
		}
		manifest := opened(resource.NewProperty(r.Inputs), ids, false).(map[string]any)
		fill(manifest, "apiVersion", apiVersion)
		fill(manifest, "kind", kind)
		fill(manifest, "metadata", map[string]any{})
		if metadata, ok := manifest["metadata"].(map[string]any); ok {
			fill(metadata, "name", r.Name+autoName)
		}
		manifests = append(manifests, manifest)
	}
	return manifests
}

// ManifestsGolden compares the manifests with testdata/manifests/<name>.json, where the module that runs real API servers
// reads them.
func (g *Graph) ManifestsGolden(t testing.TB, name string) {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(g.Manifests()); err != nil {
		t.Fatal(err)
	}
	Golden(t, "manifests/"+name+".json", b.String())
}

// objectType reads kubernetes:<group>/<version>:<Kind>, whose group for the API's first objects is "core".
func objectType(r Resource) (apiVersion, kind string, ok bool) {
	parts := strings.Split(r.Type, ":")
	if !r.Custom || len(parts) != 3 || parts[0] != "kubernetes" || strings.HasPrefix(parts[1], "helm.sh/") {
		return "", "", false
	}
	return strings.TrimPrefix(parts[1], "core/"), parts[2], true
}

func fill(object map[string]any, key string, value any) {
	if object[key] == nil {
		object[key] = value
	}
}

// opened is a value as JSON has it, with something plausible where it is unknown or secret, and
// ids as AWS gives them.
func opened(v resource.PropertyValue, ids map[string]string, secret bool) any {
	switch {
	case v.IsSecret():
		return opened(v.SecretValue().Element, ids, true)
	case v.IsOutput() && v.OutputValue().Known:
		return opened(v.OutputValue().Element, ids, secret || v.OutputValue().Secret)
	case v.IsObject():
		object := map[string]any{}
		for key, e := range v.ObjectValue() {
			if !e.IsNull() {
				object[string(key)] = opened(e, ids, secret)
			}
		}
		return object
	case v.IsArray():
		list := []any{}
		for _, e := range v.ArrayValue() {
			list = append(list, opened(e, ids, secret))
		}
		return list
	case secret && v.IsNumber():
		return 1
	case secret && v.IsBool():
		return false
	case secret:
		return secretText
	case v.IsComputed(), v.IsOutput():
		return unknownText
	case v.IsString() && ids[v.StringValue()] != "":
		return ids[v.StringValue()]
	}
	return simplify(v)
}
