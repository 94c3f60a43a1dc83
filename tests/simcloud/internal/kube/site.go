package kube

import (
	"context"
	"errors"
	"slices"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// exists is false if the cloud says that the cluster is gone.
func (c *cluster) exists() bool {
	if c.options.Cloud == nil {
		return true
	}
	site, err := c.options.Cloud.Find(c.name)
	return site != nil || err == nil
}

// enter lets a caller in, or says why nobody answers.
func (c *cluster) enter() error {
	if c.options.Cloud == nil {
		return nil
	}
	site, err := c.options.Cloud.Find(c.name)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(site)
	return nil
}

// arrive enters, and waits for what would let the caller in, unless it only judges.
func (c *cluster) arrive(ctx context.Context, judges bool) (err error) {
	if judges {
		if err = c.enter(); errors.Is(err, ground.ErrTimeout) {
			return nil
		}
		return err
	}
	c.options.Pulse.Until(ctx, func() bool {
		err = c.enter()
		return !errors.Is(err, ground.ErrTimeout)
	})
	return err
}

// settle sees to what comes with the cluster's site by itself.
func (c *cluster) settle(site *ground.Cluster) {
	before := c.ground
	c.ground = site
	if site == nil {
		return
	}
	if site.Addons["snapshot-controller"] {
		c.addKinds(snapshotKinds)
	}
	switch {
	case before == nil && !site.AutoMode && c.objects[ref{group: "storage.k8s.io", kind: "StorageClass", name: "gp2"}] == nil:
		c.begin("storage.k8s.io/v1", "StorageClass", "", "gp2", tree{"provisioner": "kubernetes.io/aws-ebs", "volumeBindingMode": "WaitForFirstConsumer",
			"reclaimPolicy": "Delete", "parameters": map[string]any{"type": "gp2"}})
	case site.AutoMode && (before == nil || !before.AutoMode):
		c.addKinds(autoKinds)
		before = nil
	}
	if !site.AutoMode || before != nil && slices.Equal(before.Pools, site.Pools) {
		return
	}
	class := ref{group: autoGroup, kind: "NodeClass", name: "default"}
	if len(site.Pools) > 0 && c.objects[class] == nil {
		c.begin("eks.amazonaws.com/v1", "NodeClass", "", "default", nil)
	}
	for _, name := range []string{"general-purpose", "system"} {
		at := ref{group: nodePool.Group, kind: nodePool.Kind, name: name}
		switch have, want := c.objects[at], slices.Contains(site.Pools, name); {
		case have == nil && want:
			c.begin("karpenter.sh/v1", "NodePool", "", name, builtInPool(name))
		case have != nil && have.implicit && !want:
			c.remove(at)
		}
	}
}

// builtInPool is what a node pool of Auto Mode says.
func builtInPool(name string) tree {
	spec := map[string]any{"nodeClassRef": map[string]any{"group": autoGroup, "kind": "NodeClass", "name": "default"}}
	if name == "system" {
		spec["taints"] = []any{map[string]any{"key": "CriticalAddonsOnly", "effect": "NoSchedule"}}
	}
	return tree{"spec": map[string]any{"template": map[string]any{"spec": spec}}}
}

func (c *cluster) addKinds(kinds []Kind) {
	for _, k := range kinds {
		c.addKind(k)
	}
}

// forbid says that the caller may not do something in a namespace, or in none.
func (c *cluster) forbid(verb string, kind *Kind, namespace string) *StatusError {
	if c.ground == nil || c.ground.Admin {
		return nil
	}
	where := "at the cluster scope"
	if kind.Namespaced {
		for _, allowed := range c.ground.Namespaces {
			if allowed == "*" || allowed == namespace {
				return nil
			}
		}
		where = "in the namespace " + show(namespace)
	}
	return refuse(Forbidden, "%s is forbidden: User %q cannot %s resource %q in API group %q %s", kind.qualified(kind.Plural), c.ground.Caller, verb,
		kind.Plural, kind.Group, where)
}
