package kube

import (
	"context"
	"reflect"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Read looks at what exists, for refresh and import.
func (p *provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	_, c, err := p.instance(ctx, false)
	if err != nil {
		return nil, err
	}
	stateProps, err := read(req.GetProperties())
	if err != nil {
		return nil, err
	}
	inputProps, err := read(req.GetInputs())
	if err != nil {
		return nil, err
	}
	oldInputs := toTree(inputProps)
	id, err := identify(req.GetUrn(), oldInputs)
	if err != nil {
		return nil, err
	}
	if id.helm {
		return c.readRelease(req, inputProps)
	}
	kind := c.kindOf(id.apiVersion, id.kind)
	if kind == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	live := c.get(refByID(kind, req.GetId()))
	if live == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	_, _, remembered := recall(toTree(stateProps))
	by := fieldManager(req.GetUrn(), oldInputs, remembered)
	inputs := prunedTo(live, oldInputs)
	if len(oldInputs) == 0 { // an import: everything that can be an input is
		inputs = normalize(kind, live, func(string, string) {})
		if annotations := inputs.sub("metadata.annotations"); annotations != nil {
			delete(annotations, "deployment.kubernetes.io/revision")
			if len(annotations) == 0 {
				inputs.remove("metadata.annotations")
			}
		}
	}
	state, err := checkpoint(inputs, live, inputProps, by)
	if err != nil {
		return nil, err
	}
	props := toProps(inputs)
	keepSecrets(props, inputProps)
	given, err := send(props)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: state, Inputs: given}, nil
}

// prunedTo keeps of what exists only what the inputs mention: the rest belongs to someone else.
func prunedTo(live, inputs tree) tree {
	out, _ := pruneTo(map[string]any(live), map[string]any(inputs)).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	return out
}

func pruneTo(live, shape any) any {
	switch l := live.(type) {
	case map[string]any:
		s, ok := shape.(map[string]any)
		if !ok {
			return l
		}
		out := map[string]any{}
		for name, v := range l {
			if want, given := s[name]; given {
				out[name] = pruneTo(v, want)
			}
		}
		return out
	case []any:
		s, ok := shape.([]any)
		if !ok {
			return l
		}
		out := make([]any, 0, len(s))
		for i := range min(len(l), len(s)) {
			out = append(out, pruneTo(l[i], s[i]))
		}
		return out
	}
	return live
}

// Diff compares what exists, as far as the old inputs mention it, with the new inputs.
func (p *provider) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	i, c, err := p.instance(ctx, true)
	if err != nil {
		return nil, err
	}
	stateProps, err := read(req.GetOlds())
	if err != nil {
		return nil, err
	}
	newProps, err := read(req.GetNews())
	if err != nil {
		return nil, err
	}
	news := toTree(newProps)
	id, err := identify(req.GetUrn(), news)
	if err != nil {
		return nil, err
	}
	oldInputs, live, _ := recall(toTree(stateProps))
	kind := c.kindOf(id.apiVersion, id.kind)
	var replacing []string
	old := prunedTo(live, oldInputs)
	switch {
	case id.helm:
		old = oldInputs
		replacing = []string{"name", "namespace"}
	case id.patch:
		replacing = []string{"metadata.name", "metadata.namespace"}
	default:
		replacing = i.replacing(kind, news)
	}
	if !id.helm {
		canonical(kind, old)
		canonical(kind, news)
		old.set("metadata.name", live.str("metadata.name"))
	}
	d := &differ{replacing: replacing, ignored: req.GetIgnoreChanges(), out: map[string]*pulumirpc.PropertyDiff{}}
	d.maps("", "", old, news)
	out := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE, DetailedDiff: d.out, HasDetailedDiff: true}
	if len(d.out) > 0 {
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	for path, change := range d.out {
		switch change.GetKind() {
		case pulumirpc.PropertyDiff_ADD_REPLACE, pulumirpc.PropertyDiff_DELETE_REPLACE, pulumirpc.PropertyDiff_UPDATE_REPLACE:
			out.Replaces = append(out.Replaces, path)
		}
	}
	slices.Sort(out.Replaces)
	out.DeleteBeforeReplace = !id.helm && len(out.Replaces) > 0 && !annotated(news, autonamed) &&
		news.str("metadata.name") == live.str("metadata.name") && news.str("metadata.namespace") == live.str("metadata.namespace")
	return out, nil
}

// canonical writes the default namespace out.
func canonical(kind *Kind, t tree) {
	switch {
	case kind != nil && !kind.Namespaced:
		t.remove("metadata.namespace")
	default:
		def(t, "metadata.namespace", "default")
	}
}

// replaced are the fields whose change replaces the object.
var replaced = map[string][]string{
	"apps Deployment":        {"spec.selector"},
	"apps DaemonSet":         {"spec.selector"},
	"apps StatefulSet":       {"spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"},
	"batch Job":              {"spec.completions", "spec.parallelism", "spec.selector", "spec.template"},
	" Service":               {"spec.clusterIP"},
	" PersistentVolumeClaim": {"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"},
	" ResourceQuota":         {"spec.scopes"},
	" Pod": {"spec.affinity", "spec.automountServiceAccountToken", "spec.dnsConfig", "spec.dnsPolicy", "spec.enableServiceLinks", "spec.hostAliases",
		"spec.hostNetwork", "spec.hostname", "spec.imagePullSecrets", "spec.nodeName", "spec.nodeSelector", "spec.priorityClassName",
		"spec.restartPolicy", "spec.schedulerName", "spec.securityContext", "spec.serviceAccountName", "spec.terminationGracePeriodSeconds",
		"spec.volumes", "spec.containers", "spec.initContainers"},
	"rbac.authorization.k8s.io RoleBinding":        {"roleRef"},
	"rbac.authorization.k8s.io ClusterRoleBinding": {"roleRef"},
	"storage.k8s.io StorageClass":                  {"parameters", "provisioner"},
}

func (i *instance) replacing(kind *Kind, inputs tree) []string {
	out := []string{"metadata.name", "metadata.namespace"}
	if kind == nil {
		return out
	}
	switch key := kind.Group + " " + kind.Kind; {
	case key == " Secret" && (!i.flag("enableSecretMutable") || inputs["immutable"] == true):
		out = append(out, "type", "stringData", "data")
	case key == " Secret":
		out = append(out, "type")
	case key == " ConfigMap" && (!i.flag("enableConfigMapMutable") || inputs["immutable"] == true):
		out = append(out, "data", "binaryData")
	default:
		out = append(out, replaced[key]...)
	}
	return out
}

// differ collects a detailed diff.
type differ struct {
	replacing, ignored []string
	out                map[string]*pulumirpc.PropertyDiff
}

// maps compares two objects. The path is Pulumi's, with quotes; plain is the same with dots only and without positions in lists.
func (d *differ) maps(path, plain string, old, new map[string]any) {
	for _, name := range sortedKeys(old) {
		if _, kept := new[name]; !kept {
			d.add(step(path, name), below(plain, name), pulumirpc.PropertyDiff_DELETE)
		}
	}
	for _, name := range sortedKeys(new) {
		at, dotted := step(path, name), below(plain, name)
		if before, had := old[name]; had {
			d.values(at, dotted, before, new[name])
		} else {
			d.add(at, dotted, pulumirpc.PropertyDiff_ADD)
		}
	}
}

func (d *differ) values(path, plain string, old, new any) {
	switch o := old.(type) {
	case map[string]any:
		if n, ok := new.(map[string]any); ok {
			d.maps(path, plain, o, n)
			return
		}
	case []any:
		if n, ok := new.([]any); ok {
			for i := range max(len(o), len(n)) {
				at := path + say("[%d]", i)
				switch {
				case i >= len(n):
					d.add(at, plain, pulumirpc.PropertyDiff_DELETE)
				case i >= len(o):
					d.add(at, plain, pulumirpc.PropertyDiff_ADD)
				default:
					d.values(at, plain, o[i], n[i])
				}
			}
			return
		}
	}
	if !reflect.DeepEqual(old, new) {
		d.add(path, plain, pulumirpc.PropertyDiff_UPDATE)
	}
}

func (d *differ) add(path, plain string, kind pulumirpc.PropertyDiff_Kind) {
	for _, ignored := range d.ignored {
		if path == ignored || strings.HasPrefix(path, ignored+".") || strings.HasPrefix(path, ignored+"[") {
			return
		}
	}
	for _, replacing := range d.replacing {
		if plain == replacing || strings.HasPrefix(plain, replacing+".") || strings.HasPrefix(replacing, plain+".") {
			kind++ // each kind is followed by the same one with replacement
			break
		}
	}
	d.out[path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: kind == pulumirpc.PropertyDiff_DELETE || kind == pulumirpc.PropertyDiff_DELETE_REPLACE}
}

// step extends a property path.
func step(path, name string) string {
	switch {
	case strings.ContainsAny(name, `."[]`):
		return path + `["` + strings.ReplaceAll(name, `"`, `\"`) + `"]`
	case path == "":
		return name
	}
	return path + "." + name
}
