package kube

import (
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// What controllers do in the cloud, by the action that tells.
const (
	launches = "ec2:RunInstances"
	connects = "ec2:CreateNetworkInterface"
	stores   = "ec2:CreateVolume"
	balances = "elasticloadbalancing:CreateLoadBalancer"
)

// permitted says why the controller that a chart, an add-on or EKS itself runs may not do something in the cloud.
func (c *cluster) permitted(managed bool, name string, actions ...string) (wrong string) {
	by := ground.Agent{}
	if !managed {
		by = c.agent(name)
	}
	for _, action := range actions {
		if err := c.options.Cloud.Permit(c.name, by, action); err != nil {
			return err.Error()
		}
	}
	return ""
}

// accounts are the service accounts of controllers, and where in their chart's values those are named.
var accounts = map[string]struct{ name, values string }{
	karpenterChart: {"", "serviceAccount"}, balancerChart: {"", "serviceAccount"}, volumeChart: {"ebs-csi-controller-sa", "controller.serviceAccount"},
}

// agent is in whose name a controller acts.
func (c *cluster) agent(name string) ground.Agent {
	for _, o := range c.all("helm.sh", releaseKind) {
		if o.value.str("status.chart") != name {
			continue
		}
		at, account := refOf(o.kind, o.value), accounts[name]
		full := at.name // as charts name what they bring
		if !strings.Contains(full, name) {
			full += "-" + name
		}
		values := o.value.sub("values").sub(account.values)
		return ground.Agent{Namespace: at.namespace, Account: first(values.str("name"), account.name, full),
			Role: values.sub("annotations").key("eks.amazonaws.com/role-arn")}
	}
	return ground.Agent{Namespace: "kube-system", Account: accounts[name].name, Addon: name}
}

// misled says why a controller stops as soon as it starts: Karpenter does not find its cluster.
func (c *cluster) misled(o *object) string {
	name := o.value.sub("values").str("settings.clusterName")
	switch {
	case c.ground == nil || o.value.str("status.chart") != karpenterChart || name == c.ground.Name:
		return ""
	case name == "":
		return "karpenter: panic: validating options, missing field, cluster-name"
	}
	return fmt.Sprintf("karpenter: panic: unable to detect the cluster endpoint, failed to resolve cluster endpoint, ResourceNotFoundException: No cluster found for name: %s.", name)
}
