package kube

import (
	"strings"
	"time"
)

// delete begins the deletion of an object. It is gone at once, unless a controller has to clean up first and does not.
func (c *cluster) delete(at ref) *StatusError {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.objects[at]
	if o == nil {
		return refuse(NotFound, "%s %q not found", strings.ToLower(at.kind), at.name)
	}
	if err := c.forbid("delete", o.kind, at.namespace); err != nil {
		return err
	}
	if at.kind == "Namespace" && o.implicit {
		return refuse(Forbidden, "namespaces %q is forbidden: this namespace may not be deleted", at.name)
	}
	c.remove(at)
	return nil
}

// gone says whether an object that is being deleted is gone, after its controller had another chance.
func (c *cluster) gone(at ref) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.objects[at] == nil || c.remove(at)
}

// remove takes an object away, and what goes with it, or marks it as leaving until that is possible.
func (c *cluster) remove(at ref) bool {
	o := c.objects[at]
	if !c.empty(at) || c.ground != nil && !c.clean(at, o) {
		if !leaving(o.value) {
			o.value.set("metadata.deletionTimestamp", epoch.Add(time.Second).Format(time.RFC3339))
		}
		return false
	}
	if at.kind == "CustomResourceDefinition" {
		for _, k := range customKinds(o.value) {
			delete(c.kinds, k.APIVersion()+" "+k.Kind)
		}
	}
	c.forget(at)
	return true
}

// empty removes what is in a namespace or of a custom kind, and says whether it is all gone.
func (c *cluster) empty(at ref) bool {
	switch {
	case at.kind == "Namespace" && at.group == "":
		return c.removeAll(c.inside[at.name])
	case at.kind == "CustomResourceDefinition":
		crd := c.objects[at].value
		return c.removeAll(c.alike[kindRef{crd.str("spec.group"), crd.str("spec.names.kind")}])
	}
	return true
}

func (c *cluster) removeAll(refs map[ref]bool) bool {
	all := true
	for at := range refs {
		if c.objects[at] != nil && !c.remove(at) {
			all = false
		}
	}
	return all
}

// clean lets the controllers undo what they did for an object, and says whether it can go.
func (c *cluster) clean(at ref, o *object) bool {
	switch kind := at.group + " " + at.kind; {
	case kind == "networking.k8s.io Ingress", kind == " Service":
		for controller, finalizer := range finalizers {
			if held(o, finalizer) && !c.balances(controller) {
				return false
			}
		}
		if o.holds != "" {
			c.release(o)
		}
	case kind == "karpenter.sh NodePool" && o.holds != "":
		if !c.provisions(o.value.str("spec.template.spec.nodeClassRef.group")) {
			return false
		}
		c.release(o)
	case kind == "eks.amazonaws.com NodeClass", kind == "karpenter.k8s.aws EC2NodeClass":
		return !held(o, classFinalizer(at.group)) || c.provisions(at.group) && !c.classUsed(at)
	case kind == " PersistentVolumeClaim" && o.holds != "":
		if o.keeps || !c.stores(o.provisioner) {
			c.lastToHold(o)
			c.options.Cloud.Abandon(c.name, o.holds) // the claim goes, the volume stays
		} else {
			c.release(o)
		}
	case kind == "apps StatefulSet":
		for _, name := range c.claims(o) {
			claim := ref{kind: "PersistentVolumeClaim", namespace: at.namespace, name: name}
			if o.value.str("spec.persistentVolumeClaimRetentionPolicy.whenDeleted") == "Delete" {
				c.remove(claim)
			} else {
				c.objects[claim].implicit = false
			}
		}
	case kind == "helm.sh Release":
		return c.uninstall(o)
	}
	return true
}

// uninstall takes away what a chart brought. Kinds stay, unless the chart has them among its templates.
func (c *cluster) uninstall(o *object) bool {
	for _, at := range o.brought {
		if c.objects[at] != nil {
			c.remove(at)
		}
	}
	if o.value.str("status.chart") == karpenterKindChart {
		for _, k := range karpenterKinds {
			if c.removeAll(c.alike[kindRef{k.Group, k.Kind}]) {
				delete(c.kinds, k.APIVersion()+" "+k.Kind)
			}
		}
	}
	return true
}

// classFinalizer marks node classes that their controller has seen.
func classFinalizer(group string) string { return group + "/termination" }

// classUsed says whether a node pool has nodes of a class.
func (c *cluster) classUsed(class ref) bool {
	for _, pool := range c.all(nodePool.Group, nodePool.Kind) {
		at := pool.value.sub("spec.template.spec.nodeClassRef")
		if pool.holds != "" && at.str("group") == class.group && at.str("kind") == class.kind && at.str("name") == class.name {
			return true
		}
	}
	return false
}

func held(o *object, finalizer string) bool {
	for _, f := range o.value.sub("metadata").strs("finalizers") {
		if f == finalizer {
			return true
		}
	}
	return false
}
