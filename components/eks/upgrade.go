package eks

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// The minor versions of Kubernetes 1 that the component knows.
const oldestMinor, newestMinor = 34, 36

// mostBehind is how many minors nodes, and kube-proxy, may be older than the control plane.
const mostBehind = 3

var versionForm = regexp.MustCompile(`^1\.([0-9]{1,3})$`)

// minorOf is the second number of a version such as "1.35".
func minorOf(version string) (minor int, known bool) {
	m := versionForm.FindStringSubmatch(version)
	if m == nil {
		return 0, false
	}
	minor, _ = strconv.Atoi(m[1]) // digits by the form
	return minor, true
}

// checkControlPlane says what is wrong with going from the version that runs to another, and
// what to do instead.
func checkControlPlane(running, target string) error {
	from, known := minorOf(running)
	to, also := minorOf(target)
	switch {
	case !known || !also:
		return nil
	case to < from:
		return fmt.Errorf("%s to %s goes back, which a control plane cannot: set version to %s "+
			"(at the end of standard support, EKS upgrades by itself)", running, target, running)
	case to > from+1:
		var skipped []string
		for minor := from + 1; minor < to; minor++ {
			skipped = append(skipped, fmt.Sprintf("1.%d", minor))
		}
		return fmt.Errorf("%s to %s skips %s: set version to %s, deploy, then %s",
			running, target, strings.Join(skipped, " and "), skipped[0], strings.Join(append(skipped[1:], target), ", deploy, then "))
	}
	return nil
}

// checkNodes says what is wrong with nodes that run a version going to another, under a control
// plane that is upgraded before them.
func checkNodes(running, target, controlPlane string) error {
	from, known := minorOf(running)
	to, also := minorOf(target)
	of, too := minorOf(controlPlane)
	switch {
	case !known || !also || !too:
		return nil
	case to < from:
		return fmt.Errorf("%s to %s goes back, which nodes cannot: make a group of another key, and delete this one", running, target)
	case of-from > mostBehind:
		return fmt.Errorf("the nodes run %s, which is more than %d minors behind %s: bring them to 1.%d or newer first, deploy, then upgrade the control plane",
			running, mostBehind, controlPlane, of-mostBehind)
	}
	return nil
}

// upgradePlan are the stages of an upgrade of the control plane, in their order.
func upgradePlan(name string, a *ClusterArgs) []string {
	stages := []string{fmt.Sprintf("control plane: %s-cluster, in place, while the API server stays up", name)}
	addons := func(what string, names []string) {
		var moving, staying, parts []string
		for _, addon := range names {
			if version := a.Addons[addon].Version; version == nil {
				staying = append(staying, addon)
			} else if plain, known := version.(pulumi.String); known {
				moving = append(moving, addon+" at "+string(plain))
			} else {
				moving = append(moving, addon+" at the version that was looked up")
			}
		}
		if len(moving) > 0 {
			parts = append(parts, strings.Join(moving, ", "))
		}
		if len(staying) > 0 {
			parts = append(parts, "as they are, without a version: "+strings.Join(staying, ", ")+
				" (to raise one, set its version, or ask LookupAddonVersions)")
		}
		if len(parts) > 0 {
			stages = append(stages, what+": "+strings.Join(parts, "; "))
		}
	}
	addons("add-ons that nodes need", a.addonNames(true))
	for _, key := range base.SortedKeys(a.NodeGroups) {
		g := a.NodeGroups[key]
		if g.Version != a.Version {
			stages = append(stages, fmt.Sprintf("nodes: %s-nodes-%s stays at %s (version is set)", name, key, g.Version))
			continue
		}
		stages = append(stages, fmt.Sprintf("nodes: %s-nodes-%s to %s, %d%% at a time, as disruption budgets allow",
			name, key, a.Version, g.MaxUnavailablePercent))
	}
	if a.AutoMode != nil || a.Karpenter != nil {
		stages = append(stages, "nodes of node pools: replaced one by one afterwards, as the budgets of pools and pods allow")
	}
	addons("other add-ons", a.addonNames(false))
	return stages
}

// upgradeHook checks what a deploy would do to the control plane, and prints the plan at
// preview. Only the engine knows what runs.
func (c *core) upgradeHook() (pulumi.ResourceOption, error) {
	return c.beforeUpdate(c.child("upgrade"), func(update *pulumi.ResourceHookArgs, errs *fielderr.List) error {
		running := runningVersion(update)
		if err := checkControlPlane(running, c.args.Version); err != nil {
			errs.Add("version", "%v", err)
		}
		c.checkFixed(update, errs)
		if len(errs.Problems()) > 0 || !c.ctx.DryRun() || running == "" || running == c.args.Version {
			return nil
		}
		var text strings.Builder
		fmt.Fprintf(&text, "%s: Kubernetes %s to %s", subject(c.name), running, c.args.Version)
		for i, stage := range upgradePlan(c.name, c.args) {
			fmt.Fprintf(&text, "\n  %d. %s", i+1, stage)
		}
		return c.ctx.Log.Info(text.String(), &pulumi.LogArgs{Resource: c.component})
	})
}

// checkFixed finds changes that AWS's provider would note, and not make.
func (c *core) checkFixed(update *pulumi.ResourceHookArgs, errs *fielderr.List) {
	before, after := textAt(update.OldInputs, encryptionKey), textAt(update.NewInputs, encryptionKey)
	if before != "" && after != "" && before != after {
		errs.Invalid("kmsKeyArn", after, "the key of a cluster cannot be changed, it is %s", before)
	}
	on, _ := valueAt(update.OldInputs, resource.PropertyPath{"computeConfig", "enabled"})
	switch was := on.IsBool() && on.BoolValue(); {
	case was && c.args.AutoMode == nil:
		errs.Add("nodeGroups", "a cluster in Auto Mode stays in it: make another one, and move what runs there")
	case !was && c.args.AutoMode != nil:
		errs.Add("autoMode", "a cluster with node groups keeps them: make another one, and move what runs there")
	}
}

var encryptionKey = resource.PropertyPath{"encryptionConfig", "provider", "keyArn"}

// nodesHook checks the same of a group of nodes, whose own stage is printed with the plan, and
// that a new range has room for those that run.
func (c *core) nodesHook(key string, g NodeGroupArgs) (pulumi.ResourceOption, error) {
	return c.beforeUpdate(c.child("nodes", key, "upgrade"), func(update *pulumi.ResourceHookArgs, errs *fielderr.List) error {
		at := errs.At("nodeGroups", fielderr.Key(key))
		if err := checkNodes(runningVersion(update), g.Version, c.args.Version); err != nil {
			at.Add("version", "%v", err)
		}
		if nodes, known := runningNodes(update); known {
			g.checkRange(at, nodes)
		}
		return nil
	})
}

// checkRange says what to do where a range leaves out the number of nodes that run. AWS
// refuses that, and the number is an autoscaler's.
func (g NodeGroupArgs) checkRange(errs *fielderr.List, nodes int) {
	const next = "set minSize and maxSize to %d, deploy, then set the range (or refresh, if the number has changed)"
	switch least := *g.MinSize; {
	case least == g.MaxSize: // the program's own number
	case nodes < least:
		errs.Invalid("minSize", least, "the group has fewer nodes, %d: "+next, nodes, least)
	case nodes > g.MaxSize:
		errs.Invalid("maxSize", g.MaxSize, "the group has more nodes, %d: "+next, nodes, g.MaxSize)
	}
}

// runningNodes is the number of nodes that the last deploy or refresh saw.
func runningNodes(update *pulumi.ResourceHookArgs) (nodes int, known bool) {
	path := resource.PropertyPath{"scalingConfig", "desiredSize"}
	for _, state := range []resource.PropertyMap{update.OldOutputs, update.OldInputs} {
		if value, _ := valueAt(state, path); value.IsNumber() {
			return int(value.NumberValue()), true
		}
	}
	return 0, false
}

// beforeUpdate makes a check that the engine calls with what it knows, before it updates a
// resource and before it plans to.
func (c *core) beforeUpdate(
	name string, check func(update *pulumi.ResourceHookArgs, errs *fielderr.List) error,
) (pulumi.ResourceOption, error) {
	hook, err := c.ctx.RegisterResourceHook(name, func(update *pulumi.ResourceHookArgs) error {
		var errs fielderr.List
		if err := check(update, &errs); err != nil {
			return err
		}
		return errs.Err(subject(c.name))
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, fmt.Errorf("register hook %s: %w", name, err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{hook}}), nil
}

// runningVersion is what the last deploy or refresh saw; empty where that is not known.
func runningVersion(update *pulumi.ResourceHookArgs) string {
	path := resource.PropertyPath{"version"}
	return cmp.Or(textAt(update.OldOutputs, path), textAt(update.OldInputs, path))
}

func textAt(state resource.PropertyMap, path resource.PropertyPath) string {
	if value, _ := valueAt(state, path); value.IsString() {
		return value.StringValue()
	}
	return ""
}

func valueAt(state resource.PropertyMap, path resource.PropertyPath) (resource.PropertyValue, bool) {
	return path.Get(resource.NewProperty(state))
}
