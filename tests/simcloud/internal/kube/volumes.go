package kube

import (
	"fmt"
	"math/big"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// Provisioners of volumes that are simulated. Others are taken to be there, and make nothing in the cloud.
const (
	autoVolumes  = "ebs.csi.eks.amazonaws.com"
	chartVolumes = "ebs.csi.aws.com"
	oldVolumes   = "kubernetes.io/aws-ebs"
)

// stores says whether the driver of a provisioner works.
func (c *cluster) stores(provisioner string) bool {
	switch provisioner {
	case autoVolumes:
		return c.ground.AutoMode
	case chartVolumes, oldVolumes:
		return c.ground.Addons[volumeChart] || c.chart(volumeChart)
	}
	return true
}

// storageClass finds the class of a claim; nil without an error if it wants none.
func (c *cluster) storageClass(claim tree) (class tree, wrong string) {
	name, named := claim.get("spec.storageClassName").(string)
	if named && name == "" {
		return nil, ""
	}
	for _, o := range c.all("storage.k8s.io", "StorageClass") {
		if named && o.value.str("metadata.name") == name || !named && o.value.sub("metadata.annotations").key("storageclass.kubernetes.io/is-default-class") == "true" {
			return o.value, ""
		}
	}
	if !named {
		return nil, "no persistent volumes available for this claim and no storage class is set"
	}
	return nil, fmt.Sprintf("storageclass.storage.k8s.io %q not found", name)
}

// claim binds a claim to a volume, unless its class waits for the first pod that uses it, and says whether it is bound or why not.
func (c *cluster) claim(o *object, used bool) (bound bool, wrong string) {
	if c.ground == nil || o.holds != "" {
		return true, ""
	}
	class, wrong := c.storageClass(o.value)
	if class == nil {
		return wrong == "", wrong
	}
	provisioner := class.str("provisioner")
	switch {
	case !used && class.str("volumeBindingMode") == "WaitForFirstConsumer":
		return false, ""
	case !c.stores(provisioner):
		return false, "waiting for a volume to be created by the external provisioner '" + provisioner + "', which does not run"
	case provisioner != autoVolumes && provisioner != chartVolumes && provisioner != oldVolumes:
		return true, ""
	}
	if wrong := c.permitted(provisioner == autoVolumes, volumeChart, stores); wrong != "" {
		return false, wrong
	}
	at := refOf(o.kind, o.value)
	params := class.sub("parameters")
	owner := "PersistentVolumeClaim/" + at.namespace + "/" + at.name
	want := ground.Volume{
		Size: gibibytes(o.value.get("spec.resources.requests.storage")), Type: first(params.key("type"), "gp3"),
		Encrypted: params.key("encrypted") == "true" || provisioner == autoVolumes, Key: params.key("kmsKeyId"),
		Tags: map[string]string{"kubernetes.io/created-for/pvc/name": at.name, "kubernetes.io/created-for/pvc/namespace": at.namespace},
	}
	if err := c.options.Cloud.Store(c.name, owner, want); err != nil {
		return false, err.Error()
	}
	c.take(o, owner)
	o.keeps, o.provisioner = class.str("reclaimPolicy") == "Retain", provisioner
	return true, ""
}

// mount binds a claim that pods use.
func (c *cluster) mount(namespace, name string) (wrong string) {
	o := c.objects[ref{kind: "PersistentVolumeClaim", namespace: namespace, name: name}]
	if o == nil {
		return fmt.Sprintf("persistentvolumeclaim %q not found", name)
	}
	bound, wrong := c.claim(o, true)
	if bound {
		c.bound(o)
	}
	return wrong
}

func (c *cluster) bound(o *object) {
	o.value["status"] = map[string]any{"phase": "Bound", "capacity": map[string]any{"storage": o.value.get("spec.resources.requests.storage")}}
}

// claims makes the claims that the pods of a StatefulSet bring, which outlive it.
func (c *cluster) claims(o *object) (names []string) {
	if c.ground == nil {
		return nil
	}
	set := refOf(o.kind, o.value)
	replicas, _ := o.value.num("spec.replicas")
	for _, template := range trees(o.value.list("spec.volumeClaimTemplates")) {
		for i := range int(replicas) {
			name := fmt.Sprintf("%s-%s-%d", template.str("metadata.name"), set.name, i)
			names = append(names, name)
			if c.objects[ref{kind: "PersistentVolumeClaim", namespace: set.namespace, name: name}] == nil {
				c.begin("v1", "PersistentVolumeClaim", set.namespace, name, tree{"spec": template["spec"]})
			}
		}
	}
	return names
}

// gibibytes is how large a volume is, rounded up as the driver does.
func gibibytes(v any) float64 {
	q, err := parseQuantity(v)
	if err != nil {
		return 1
	}
	size, _ := new(big.Rat).Quo(q.amount, big.NewRat(1<<30, 1)).Float64()
	if whole := float64(int(size)); whole < size {
		return whole + 1
	}
	return max(size, 1)
}
