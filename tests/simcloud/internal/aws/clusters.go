package aws

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

var endpointForm = form(`https://[0-9A-F]{32}\.[a-z0-9]+\.[a-z0-9-]+\.eks\.amazonaws\.com(\.cn)?`)

// clusterAt finds the cluster with an API server's address. The request is one of the cluster's own account and region.
func (w *World) clusterAt(address string) (*Resource, *Request) {
	for _, c := range w.kinds["eks.cluster"] {
		if address != "" && c.Props.Str("endpoint") == address {
			return c, &Request{World: w, Scope: c.Scope}
		}
	}
	return nil, nil
}

// Find says what a cluster stands on.
func (w *World) Find(address string) (*ground.Cluster, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, r := w.clusterAt(address)
	if c == nil {
		if !endpointForm.MatchString(address) {
			return nil, nil
		}
		host := strings.TrimPrefix(address, "https://")
		return nil, fmt.Errorf("unable to load schema information from the API server: Get \"%s/openapi/v2?timeout=32s\": dial tcp: lookup %s: no such host", address, host)
	}
	out := &ground.Cluster{Name: c.ID, Region: c.Region, AutoMode: autoMode(c.Props), Pools: c.Props.Strs("computeConfig.nodePools"), Addons: map[string]bool{}}
	for _, g := range r.With("eks.nodeGroup", "clusterName", c.ID) {
		if g.Props.Int("scalingConfig.desiredSize") > 0 {
			out.Nodes = append(out.Nodes, ground.Group{Taints: nodeTaints(g.Props)})
		}
	}
	for _, g := range r.All("autoscaling.group") {
		if !g.Implicit && tagged(g.Props.Get("tags"), "kubernetes.io/cluster/"+c.ID) && g.Props.Int("desiredCapacity") > 0 {
			out.Nodes = append(out.Nodes, ground.Group{}) // their taints are in the user data
		}
	}
	for _, p := range r.With("eks.fargateProfile", "clusterName", c.ID) {
		for _, s := range p.Props.Objs("selectors") {
			out.Fargate = append(out.Fargate, ground.Selector{Namespace: s.Str("namespace"), Labels: texted(s.Obj("labels"))})
		}
	}
	for _, a := range r.With("eks.addon", "clusterName", c.ID) {
		out.Addons[a.Props.Str("addonName")] = true
	}
	if err := r.reach(c); err != nil {
		return out, err
	}
	return out, r.admit(c, out)
}

// nodeTaints are the taints of a node group, written as Kubernetes does.
func nodeTaints(group Obj) []ground.Taint {
	effects := map[string]string{"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
	var out []ground.Taint
	for _, t := range group.Objs("taints") {
		out = append(out, ground.Taint{Key: t.Str("key"), Value: t.Str("value"), Effect: effects[t.Str("effect")]})
	}
	return out
}

// adminPolicies are the access policies by which a deployment can work: for all of a cluster, or for what is inside namespaces.
var adminPolicies = map[string]bool{"AmazonEKSClusterAdminPolicy": true, "AmazonEKSAdminPolicy": false, "AmazonEKSEditPolicy": false}

var errUnauthorized = errors.New("unable to load schema information from the API server: the server has asked for the client to provide credentials")

// admit says what the caller may do in a cluster. Who deploys is not known here; it is taken to be whoever the cluster lets do most: its
// creator if that is an administrator, else the principal of an access entry.
func (r *Request) admit(c *Resource, out *ground.Cluster) error {
	out.Caller = say("arn:%s:sts::%s:assumed-role/deployer/pulumi", c.Partition(), c.Account)
	if c.Props.Get("accessConfig.bootstrapClusterCreatorAdminPermissions") != false {
		out.Admin = true
		return nil
	}
	known := false
	for _, e := range r.With("eks.accessEntry", "clusterName", c.ID) {
		known = known || cmp.Or(e.Props.Str("type"), "STANDARD") == "STANDARD"
	}
	if !known {
		return errUnauthorized
	}
	for _, a := range r.With("eks.accessPolicyAssociation", "clusterName", c.ID) {
		all, admin := adminPolicies[path.Base(a.Props.Str("policyArn"))]
		if !admin {
			continue
		}
		switch spaces := a.Props.Strs("accessScope.namespaces"); {
		case a.Props.Str("accessScope.type") == "namespace":
			out.Namespaces = append(out.Namespaces, spaces...)
		case all:
			out.Admin = true
		default:
			out.Namespaces = append(out.Namespaces, "*")
		}
	}
	return nil
}

// texted are the texts of an object.
func texted(o Obj) map[string]string {
	out := map[string]string{}
	for name, v := range o {
		if s, ok := v.(string); ok {
			out[name] = s
		}
	}
	return out
}

// tagged says whether tags, in either of the forms that AWS's types use, hold a key.
func tagged(tags any, key string) bool {
	switch tags := tags.(type) {
	case map[string]any:
		_, has := tags[key]
		return has
	case []any:
		return slices.ContainsFunc(tags, func(t any) bool { return sub(t).Str("key") == key })
	}
	return false
}
