package kubeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"time"
)

// needed are the kinds that admission looks up, so that they have to be there; all others are only tried. A quota is not among them:
// it counts, which takes a controller.
var needed = []string{"v1 Namespace", "v1 LimitRange", "scheduling.k8s.io/v1 PriorityClass", "node.k8s.io/v1 RuntimeClass"}

// settle is how long admission, which reads caches, may not see what was made.
const settle = 300 * time.Millisecond

// own are the namespaces that every cluster has.
var own = []string{"default", "kube-system", "kube-public", "kube-node-lease"}

const enforce = "pod-security.kubernetes.io/enforce"

// Verdict is what is to be said of a program's objects.
type Verdict struct {
	// Problems are why the server does not take them as they are, or warns of them.
	Problems []string
	// Notes are what is let pass, and why.
	Notes []string
}

func (v *Verdict) problem(object Object, format string, args ...any) {
	v.Problems = append(v.Problems, nameOf(object)+": "+fmt.Sprintf(format, args...))
}

func (v *Verdict) note(object Object, format string, args ...any) {
	v.Notes = append(v.Notes, nameOf(object)+": "+fmt.Sprintf(format, args...))
}

// Judge tries a program's objects out, by server-side apply as a dry run. Pods are judged as the controllers would make them,
// since that is what Pod Security admission refuses.
func (c *Client) Judge(objects []Object) (*Verdict, error) {
	verdict := &Verdict{}
	if err := c.make(objects, verdict); err != nil {
		return nil, err
	}
	namespaces := map[string]Object{}
	for _, name := range own {
		namespaces[name] = nil
	}
	for _, object := range objects {
		if typeOf(object) == "v1 Namespace" {
			namespaces[text(object, "metadata", "name")] = object
		}
	}
	for _, object := range objects {
		if rank(object) >= 0 {
			continue
		}
		if why := unchecked[typeOf(object)]; why != "" {
			verdict.note(object, "%v is not checked: %s", object["apiVersion"], why)
			continue
		}
		namespace, known := namespaces[namespaceOf(object)]
		if !known {
			verdict.problem(object, "namespace %q is not among the objects", namespaceOf(object))
			continue
		}
		tried := []Object{object}
		if pod := podOf(object); pod != nil {
			tried = append(tried, pod)
			if text(namespace, "metadata", "labels", enforce) == "" {
				verdict.problem(object, "namespace %q enforces no Pod Security level", namespaceOf(object))
			}
		}
		for _, o := range tried {
			if _, err := c.try(o, "&dryRun=All", verdict); err != nil {
				return nil, err
			}
		}
	}
	return verdict, nil
}

// make makes what admission needs, and removes what it needed for the program before; but for namespaces, which cannot go without
// a controller, and get their labels from the next program that names them.
func (c *Client) make(objects []Object, verdict *Verdict) error {
	objects = slices.DeleteFunc(slices.Clone(objects), func(o Object) bool { return rank(o) < 0 })
	sort.SliceStable(objects, func(i, j int) bool { return rank(objects[i]) < rank(objects[j]) })
	before, changed := c.made, false
	c.made = map[string]Object{}
	for _, object := range objects {
		kept, err := c.try(object, "", verdict)
		if err != nil {
			return err
		}
		if kept == nil {
			continue
		}
		address, err := c.Address(object)
		if err != nil {
			return err
		}
		c.made[address] = kept
		changed = changed || resourceVersion(kept) != resourceVersion(before[address])
	}
	for address, object := range before {
		if c.made[address] != nil || typeOf(object) == "v1 Namespace" {
			continue
		}
		if _, err := c.Do(http.MethodDelete, address, nil); err != nil {
			return err
		}
		changed = true
	}
	if changed {
		time.Sleep(settle)
	}
	return nil
}

func resourceVersion(object Object) string { return text(object, "metadata", "resourceVersion") }

// rank is the order of making what is needed, -1 for all else.
func rank(object Object) int { return slices.Index(needed, typeOf(object)) }

// try applies an object and gives what the server keeps of it, nil if it is refused.
func (c *Client) try(object Object, options string, verdict *Verdict) (kept Object, err error) {
	a, err := c.apply(object, options)
	if errors.Is(err, errNoKind) {
		verdict.problem(object, "%v", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, warning := range a.Warnings {
		verdict.problem(object, "warning: %s", warning)
	}
	if a.Refused() {
		verdict.problem(object, "%s", a.Message)
		return nil, nil
	}
	if err := json.Unmarshal(a.Body, &kept); err != nil {
		return nil, err
	}
	for _, field := range lost("", object, kept) {
		verdict.problem(object, "this version loses %s", field)
	}
	return kept, nil
}

func (c *Client) apply(object Object, options string) (Answer, error) {
	address, err := c.Address(object)
	if err != nil {
		return Answer{}, err
	}
	return c.Send(http.MethodPatch, address+"?fieldManager=test&force=true&fieldValidation=Strict"+options, object)
}

// lost are the fields that an object has and the server did not keep: those of features that a version does not have.
func lost(path string, asked, kept any) (fields []string) {
	switch asked := asked.(type) {
	case Object:
		kept, _ := kept.(Object)
		for key, value := range asked {
			at := path + "/" + key
			_, is := kept[key]
			switch {
			case at == "/stringData" || at == "/status": // written in one place, read in another
			case is:
				fields = append(fields, lost(at, value, kept[key])...)
			case !empty(value):
				fields = append(fields, at)
			}
		}
		sort.Strings(fields)
	case []any:
		kept, _ := kept.([]any)
		if len(kept) < len(asked) {
			return []string{path}
		}
		for i, value := range asked {
			fields = append(fields, lost(fmt.Sprint(path, "/", i), value, kept[i])...)
		}
	}
	return fields
}

// empty is what a server need not keep.
func empty(v any) bool {
	switch v := v.(type) {
	case Object:
		for _, value := range v {
			if !empty(value) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return v == nil || v == "" || v == false || v == 0.0
}

// podOf is the pod that a controller makes of a workload, nil for other objects.
func podOf(object Object) Object {
	template, _ := child(object, "spec", "template").(Object)
	if text(object, "kind") == "CronJob" {
		template, _ = child(object, "spec", "jobTemplate", "spec", "template").(Object)
	}
	if child(template, "spec", "containers") == nil {
		return nil
	}
	return Object{"apiVersion": "v1", "kind": "Pod", "spec": template["spec"], "metadata": Object{
		"name": text(object, "metadata", "name") + "-pod", "namespace": namespaceOf(object),
		"labels": child(template, "metadata", "labels"), "annotations": child(template, "metadata", "annotations"),
	}}
}

func nameOf(object Object) string {
	return text(object, "kind") + " " + text(object, "metadata", "name")
}
