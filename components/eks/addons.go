package eks

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// builtin is what the component knows of an add-on.
type builtin struct {
	// beforeNodes says that nodes cannot do without it, while it can do without nodes.
	beforeNodes bool
	// configuration are the settings that the user's are laid over.
	configuration map[string]any
	// account and policy are the service account that calls AWS, and what it may do.
	account, policy string
	// volumes says that it makes the volumes of claims, which have keys and tags.
	volumes bool
}

// onCriticalNodes lets an add-on run where nothing but add-ons may.
var onCriticalNodes = []any{map[string]any{"key": "CriticalAddonsOnly", "operator": "Exists"}}

// managedAddons are built into clusters with node groups; autoModeAddons are what Auto Mode
// does not bring itself.
var (
	managedAddons = map[string]builtin{
		"vpc-cni": {
			beforeNodes: true, configuration: map[string]any{"enableNetworkPolicy": "true"}, account: "aws-node", policy: "AmazonEKS_CNI_Policy",
		},
		"kube-proxy":                {beforeNodes: true},
		"eks-pod-identity-agent":    {beforeNodes: true},
		"eks-node-monitoring-agent": {},
		"coredns": {configuration: map[string]any{
			"autoScaling":         map[string]any{"enabled": true, "minReplicas": 2, "maxReplicas": 10},
			"podDisruptionBudget": map[string]any{"enabled": true, "maxUnavailable": 1},
			"topologySpreadConstraints": []any{map[string]any{
				"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway",
				"labelSelector": map[string]any{"matchLabels": map[string]any{"k8s-app": "kube-dns"}},
			}},
		}},
		"aws-ebs-csi-driver": {account: "ebs-csi-controller-sa", policy: "service-role/AmazonEBSCSIDriverPolicy", volumes: true},
		"metrics-server":     {configuration: map[string]any{"tolerations": onCriticalNodes}},
	}
	autoModeAddons = map[string]builtin{"metrics-server": {}}
)

func (a *ClusterArgs) builtins() map[string]builtin {
	if a.AutoMode != nil {
		return autoModeAddons
	}
	return managedAddons
}

// AddonNames are the add-ons that the cluster will have, in the order of their names: the
// built-in ones and those of Addons. It is what LookupAddonVersions can be asked.
func (a *ClusterArgs) AddonNames() []string {
	names := map[string]bool{}
	for name := range a.builtins() {
		names[name] = true
	}
	for name := range a.Addons {
		names[name] = true
	}
	return base.SortedKeys(names)
}

// addonNames are the add-ons on one side of the nodes.
func (a *ClusterArgs) addonNames(beforeNodes bool) []string {
	var names []string
	for _, name := range a.AddonNames() {
		if (a.builtins()[name].beforeNodes || a.Addons[name].BeforeNodes) == beforeNodes {
			names = append(names, name)
		}
	}
	return names
}

func (c *core) newAddonsBeforeNodes() error {
	for _, name := range c.args.addonNames(true) {
		addon, err := c.newAddon(name)
		if err != nil {
			return err
		}
		c.beforeNodes = append(c.beforeNodes, addon)
	}
	return nil
}

// newAddonsAfterNodes makes the add-ons that wait for a place to run, and would fail after
// 20 minutes without one.
func (c *core) newAddonsAfterNodes() error {
	after := c.nodes
	for _, name := range c.args.addonNames(false) {
		addon, err := c.newAddon(name, after...)
		if err != nil {
			return err
		}
		c.ready = append(c.ready, addon)
	}
	return nil
}

func (c *core) newAddon(name string, after ...pulumi.Resource) (*awseks.Addon, error) {
	child, user, own := c.child("addon", name), c.args.Addons[name], c.args.builtins()[name]
	args := &awseks.AddonArgs{
		ClusterName: c.cluster.Name, AddonName: pulumi.String(name), AddonVersion: base.Optional(user.Version), Tags: c.tags(child),
		// What somebody changed by hand must not make an upgrade hang.
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"), ResolveConflictsOnUpdate: pulumi.String("OVERWRITE"),
	}
	settings := own.configuration
	if own.volumes && len(c.args.Tags) > 0 {
		settings = map[string]any{"controller": map[string]any{"extraVolumeTags": objectOf(c.args.Tags)}}
	}
	if configuration, err := configurationOf(settings, user.Configuration); err != nil {
		return nil, fmt.Errorf("configure add-on %s: %w", child, err)
	} else if configuration != "" {
		args.ConfigurationValues = pulumi.String(configuration)
	}
	roles := user.PodIdentities
	if len(roles) == 0 && own.policy != "" {
		arn, allowed, err := c.newAddonRole(name, own)
		if err != nil {
			return nil, err
		}
		roles, after = map[string]PodIdentityArgs{own.account: {RoleArn: arn}}, append(allowed, after...)
	}
	if len(roles) > 0 {
		associations := awseks.AddonPodIdentityAssociationArray{}
		for _, account := range base.SortedKeys(roles) {
			associations = append(associations, &awseks.AddonPodIdentityAssociationArgs{
				ServiceAccount: pulumi.String(account), RoleArn: roles[account].RoleArn,
			})
		}
		args.PodIdentityAssociations = associations
	}
	addon, err := awseks.NewAddon(c.ctx, child, args, c.parent, pulumi.DependsOn(after))
	if err != nil {
		return nil, fmt.Errorf("create add-on %s: %w", child, err)
	}
	c.component.Addons[name] = addon
	return addon, nil
}

func (c *core) newAddonRole(name string, own builtin) (pulumi.StringInput, []pulumi.Resource, error) {
	child := c.child("role", name)
	role, allowed, err := c.podRole(child, own.policy)
	if err != nil {
		return nil, nil, err
	}
	if statements := c.volumeStatements(c.volumeKeys()...); own.volumes && len(statements) > 0 {
		policy, err := c.inline(child+"-key", role, statements...)
		if err != nil {
			return nil, nil, err
		}
		allowed = append(allowed, policy)
	}
	return role.Arn, allowed, nil
}

// configurationOf lays a JSON object of the user's over own settings: objects key by key,
// everything else as a whole. The text is empty where nothing is set.
func configurationOf(own map[string]any, user string) (string, error) {
	theirs := map[string]any{}
	if user != "" {
		decoder := json.NewDecoder(strings.NewReader(user))
		decoder.UseNumber() // numbers stay as they are written
		if err := decoder.Decode(&theirs); err != nil {
			return "", fmt.Errorf("is not a JSON object: %w", err)
		}
		if decoder.More() || theirs == nil {
			return "", fmt.Errorf("is not a JSON object")
		}
	}
	merged := overlay(own, theirs)
	if len(merged) == 0 {
		return "", nil
	}
	text, err := json.Marshal(merged)
	return string(text), err
}

// objectOf are texts as part of a JSON object, over which others can be laid key by key.
func objectOf(texts map[string]string) map[string]any {
	object := make(map[string]any, len(texts))
	for key, text := range texts {
		object[key] = text
	}
	return object
}

func overlay(under, over map[string]any) map[string]any {
	merged := maps.Clone(under)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, value := range over {
		below, isObject := merged[key].(map[string]any)
		above, both := value.(map[string]any)
		if isObject && both {
			merged[key] = overlay(below, above)
		} else {
			merged[key] = value
		}
	}
	return merged
}
