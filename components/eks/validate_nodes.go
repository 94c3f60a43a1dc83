package eks

import (
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	mostGroups = 30
	// longestGroup is the longest name of a node group, without the eight characters that the
	// engine appends.
	longestGroup = 63 - 8
)

func (a *ClusterArgs) validateNodes(errs *fielderr.List, name string) {
	switch {
	case a.AutoMode != nil && len(a.NodeGroups) > 0:
		errs.Conflict("autoMode", "nodeGroups", "nodes are made by one of them")
	case a.AutoMode == nil && len(a.NodeGroups) == 0:
		errs.Add("nodeGroups", "is required, unless autoMode is given: pods need nodes")
	}
	if n := len(a.NodeGroups); n > mostGroups {
		errs.Invalid("nodeGroups", n, "a cluster has at most %d", mostGroups)
	}
	runsAddons := a.AutoMode != nil || len(a.NodeGroups) == 0
	for _, key := range base.SortedKeys(a.NodeGroups) {
		group := a.NodeGroups[key]
		at := errs.At("nodeGroups", fielderr.Key(key))
		checkKey(at, key)
		if child := name + "-nodes-" + key; len(child) > longestGroup {
			at.Add("", "%q is too long for a node group: at most %d characters", child, longestGroup)
		}
		group.validate(at, a.Version)
		runsAddons = runsAddons || group.runsAddons()
	}
	if !runsAddons {
		errs.Add("nodeGroups", "one group must have a minSize of 1 or more and no taint but %s: DNS and the other add-ons need a place", criticalOnly)
	}
}

func (g NodeGroupArgs) validate(errs *fielderr.List, cluster string) {
	fielderr.OneOf(errs, "image", g.Image, AmazonLinux, Bottlerocket)
	fielderr.OneOf(errs, "architecture", g.Architecture, Arm64, Amd64)
	fielderr.OneOf(errs, "capacity", g.Capacity, OnDemand, Spot)
	g.validateInstances(errs)
	datastore.Between(errs, "minSize", *g.MinSize, 0, 450)
	datastore.Between(errs, "maxSize", g.MaxSize, 1, 450)
	if *g.MinSize > g.MaxSize {
		errs.Invalid("maxSize", g.MaxSize, "is less than minSize (%d)", *g.MinSize)
	}
	datastore.Between(errs, "volumeGb", g.VolumeGb, 20, 16384)
	datastore.Between(errs, "maxUnavailablePercent", g.MaxUnavailablePercent, 1, 100)
	validateLabels(errs, g.Labels)
	validateTaints(errs, g.Taints)
	if len(g.Taints) > 50 {
		errs.Invalid("taints", len(g.Taints), "EKS takes 50 at most")
	}
	g.validateVersion(errs, cluster)
}

func (g NodeGroupArgs) validateInstances(errs *fielderr.List) {
	if n := len(g.InstanceTypes); n > 20 {
		errs.Invalid("instanceTypes", n, "EKS takes 20 at most")
	}
	for i, instance := range g.InstanceTypes {
		path := "instanceTypes" + fielderr.Index(i)
		if !typeForm.MatchString(instance) {
			errs.Invalid(path, instance, "must be an instance type such as m7g.large")
		} else if armForm.MatchString(instance) != (g.Architecture == Arm64) {
			errs.Invalid(path, instance, "is not of the architecture %s", g.Architecture)
		}
	}
}

// validateVersion checks what can be known without the cluster: the nodes come after the
// control plane, and not too far.
func (g NodeGroupArgs) validateVersion(errs *fielderr.List, cluster string) {
	of, known := minorOf(cluster)
	if !known || g.Version == cluster {
		return
	}
	minor, known := minorOf(g.Version)
	switch {
	case !known:
		errs.Invalid("version", g.Version, "must be a version such as %s", cluster)
	case minor > of:
		errs.Invalid("version", g.Version, "is newer than the control plane: set the cluster's version to %s first, one minor at a time", g.Version)
	case of-minor > mostBehind:
		errs.Invalid("version", g.Version, "is more than %d minors behind %s: set it to 1.%d or newer, deploy, then upgrade the control plane",
			mostBehind, cluster, of-mostBehind)
	}
}
