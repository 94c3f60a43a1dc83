package kubeapi

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// A source is a Go module whose files define custom resources. It is downloaded and read, never compiled.
type source struct {
	module, version, sum, files string
	// installed is how components/eks says which version it installs.
	installed string
}

var sources = []source{
	{
		module: "github.com/aws/karpenter-provider-aws", version: "v1.14.1", sum: "h1:WGtIQTQcxpElYMdWfWuPwaF2+9muR+hYhPZsTtoY8Gs=",
		files: "pkg/apis/crds/*.yaml", installed: `karpenterVersion = "1.14.1"`,
	},
	{
		// AWS's charts; the module of the controller itself has no such version.
		module: "github.com/aws/eks-charts", version: "v0.0.243-0.20260821194545-743f98a89b5b", sum: "h1:ZgB85AeVHImIIK40RM7Hf2CGQzNeDkfAWAdpB61wL98=",
		files: "stable/aws-load-balancer-controller/crds/*.yaml", installed: `loadBalancerVersion = "3.5.0"`,
	},
}

// unchecked are custom resources that no server here can judge, and why.
var unchecked = map[string]string{
	"eks.amazonaws.com/v1 NodeClass":          autoMode,
	"eks.amazonaws.com/v1 IngressClassParams": autoMode,
}

const autoMode = "EKS Auto Mode brings its definition, which AWS does not publish"

// definitions reads what the sources define.
func definitions() ([]Object, error) {
	var all []Object
	for _, s := range sources {
		found, err := s.definitions()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.module, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("read %s: no definition in %s", s.module, s.files)
		}
		all = append(all, found...)
	}
	return all, nil
}

// download is the module's archive, which is there for whichever version of Go the module needs.
func (s source) download() (archive string, err error) {
	out, err := exec.Command("go", "mod", "download", "-json", s.module+"@"+s.version).Output()
	var answer struct{ Zip, Sum, Error string }
	if bad := json.Unmarshal(out, &answer); bad != nil {
		return "", errors.Join(err, bad)
	}
	switch {
	case answer.Zip == "":
		return "", errors.New(answer.Error)
	case answer.Sum != s.sum:
		return "", fmt.Errorf("its sum is %s, not %s", answer.Sum, s.sum)
	}
	return answer.Zip, nil
}

func (s source) definitions() ([]Object, error) {
	archive, err := s.download()
	if err != nil {
		return nil, err
	}
	files, err := zip.OpenReader(archive)
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	names, err := fs.Glob(files, s.module+"@"+s.version+"/"+s.files)
	if err != nil {
		return nil, err
	}
	var found []Object
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		for _, part := range strings.Split(string(content), "\n---") {
			var object Object
			if err := yaml.Unmarshal([]byte(part), &object); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if object["kind"] == "CustomResourceDefinition" {
				found = append(found, object)
			}
		}
	}
	return found, nil
}

// Define makes the server know the custom resources of the sources.
func (c *Client) Define(definitions []Object) error {
	for _, d := range definitions {
		a, err := c.apply(d, "")
		if err != nil {
			return err
		}
		if a.Refused() {
			return fmt.Errorf("define %s: %s", text(d, "metadata", "name"), a.Message)
		}
	}
	deadline := time.Now().Add(startTimeout)
	for _, d := range definitions {
		for !c.defined(d) {
			if time.Now().After(deadline) {
				return fmt.Errorf("define %s: not in time", text(d, "metadata", "name"))
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nil
}

// defined says whether objects of a definition can be made.
func (c *Client) defined(definition Object) bool {
	address, err := c.Address(definition)
	if err != nil {
		return false
	}
	a, err := c.Do(http.MethodGet, address, nil)
	var object struct {
		Status struct {
			Conditions []struct{ Type, Status string }
		}
	}
	if err != nil || json.Unmarshal(a.Body, &object) != nil {
		return false
	}
	for _, condition := range object.Status.Conditions {
		if condition.Type == "Established" && condition.Status == "True" {
			return c.served(definition)
		}
	}
	return false
}

// served says whether discovery knows a definition's kind already, which it learns a moment after the definition is established.
func (c *Client) served(definition Object) bool {
	versions, _ := child(definition, "spec", "versions").([]any)
	for _, v := range versions {
		version, _ := v.(Object)
		_, err := c.Address(Object{
			"apiVersion": text(definition, "spec", "group") + "/" + text(version, "name"), "kind": text(definition, "spec", "names", "kind"),
		})
		if version["served"] == true && err != nil {
			return false
		}
	}
	return true
}
