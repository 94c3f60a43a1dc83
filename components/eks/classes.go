package eks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// newClasses registers what workloads choose by name: storage classes, and in Auto Mode the
// ingress classes, whose kinds are there from the start.
func (c *core) newClasses() error {
	if err := c.newStorageClasses(); err != nil {
		return err
	}
	if c.args.AutoMode == nil {
		return nil // they come with the load balancer controller
	}
	return c.newIngressClasses()
}

// StorageClassArgs are a kind of EBS volume, always encrypted. A volume is made in the zone of
// the pod that first uses it.
type StorageClassArgs struct {
	// VolumeType is "gp3", "io2" or "st1". Default: "gp3".
	VolumeType string `pulumi:"volumeType,optional"`
	// Iops is the operations a second that are paid for; io2 needs it. Default: the 3000
	// that a gp3 has.
	Iops int `pulumi:"iops,optional"`
	// Throughput is the MiB a second that are paid for, with gp3. Default: the 125 that it has.
	Throughput int `pulumi:"throughput,optional"`
	// FileSystem is "ext4" or "xfs". Default: "ext4".
	FileSystem string `pulumi:"fileSystem,optional"`
	// KmsKeyArn is the key of the volumes; its policy must let EC2 use it. Default: the
	// cluster's.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// Retain keeps a volume when its claim is deleted. It must then be deleted by hand.
	// Default: false.
	Retain bool `pulumi:"retain,optional"`
	// Default makes it the class of claims that name none. Default: false.
	Default bool `pulumi:"default,optional"`
}

// defaultStorageClass is the class that there is when none is asked for.
const defaultStorageClass = "encrypted"

func storageClassesWithDefaults(classes map[string]StorageClassArgs) map[string]StorageClassArgs {
	if len(classes) == 0 {
		classes = map[string]StorageClassArgs{defaultStorageClass: {Default: true}}
	}
	classes = base.Merge(classes)
	for key, class := range classes {
		base.Default(&class.VolumeType, "gp3")
		base.Default(&class.FileSystem, "ext4")
		classes[key] = class
	}
	return classes
}

func validateStorageClasses(errs *fielderr.List, classes map[string]StorageClassArgs) {
	var defaults []string
	for _, key := range base.SortedKeys(classes) {
		at, class := errs.At(fielderr.Key(key)), classes[key]
		checkObjectName(at, key)
		class.validate(at)
		if class.Default {
			defaults = append(defaults, key)
		}
	}
	if len(defaults) > 1 {
		errs.Add("", "%s are each the default: there can be one", strings.Join(defaults, ", "))
	}
}

func (s StorageClassArgs) validate(errs *fielderr.List) {
	fielderr.OneOf(errs, "volumeType", s.VolumeType, "gp3", "io2", "st1")
	fielderr.OneOf(errs, "fileSystem", s.FileSystem, "ext4", "xfs")
	switch {
	case s.VolumeType == "gp3" && s.Iops != 0 && (s.Iops < 3000 || s.Iops > 80_000):
		errs.Invalid("iops", s.Iops, "must be 3000 to 80000 for gp3")
	case s.VolumeType == "io2" && (s.Iops < 100 || s.Iops > 256_000):
		errs.Invalid("iops", s.Iops, "must be 100 to 256000 for io2")
	case s.VolumeType == "st1" && s.Iops != 0:
		errs.Invalid("iops", s.Iops, "st1 has none that can be chosen")
	}
	switch {
	case s.VolumeType != "gp3" && s.Throughput != 0:
		errs.Invalid("throughput", s.Throughput, "can be chosen for gp3 only")
	case s.Throughput != 0 && (s.Throughput < 125 || s.Throughput > 2000):
		errs.Invalid("throughput", s.Throughput, "must be 125 to 2000")
	}
}

// newStorageClasses registers the classes `<name>-storage-<key>`.
func (c *core) newStorageClasses() error {
	provisioner := "ebs.csi.aws.com"
	if c.args.AutoMode != nil {
		provisioner = "ebs.csi.eks.amazonaws.com"
	}
	// Kubernetes changes neither in place, which Pulumi's provider does not know.
	fixed := pulumi.ReplaceOnChanges([]string{"reclaimPolicy", "volumeBindingMode"})
	for _, key := range base.SortedKeys(c.args.StorageClasses) {
		a := c.args.StorageClasses[key]
		if a.KmsKeyArn == nil {
			a.KmsKeyArn = c.args.KmsKeyArn
		}
		// Nothing comes after it: a volume waits for its class by itself, and a class is replaced when
		// a tag of the cluster changes. What came after it would be replaced with it.
		if _, err := c.newObject(c.child("storage", key), "storage.k8s.io/v1", "StorageClass", key, a.object(provisioner, c.volumeTags()),
			c.withCluster(fixed, pulumi.DeleteBeforeReplace(true))...); err != nil {
			return err
		}
	}
	return nil
}

// volumeTags are the parameters that tag volumes in Auto Mode. The add-on of the other profile
// has a setting for it, which also holds for volumes of classes that are not ours.
func (c *core) volumeTags() pulumi.StringMap {
	if c.args.AutoMode == nil {
		return nil
	}
	parameters := pulumi.StringMap{}
	for i, key := range base.SortedKeys(c.args.Tags) {
		parameters[fmt.Sprintf("tagSpecification_%d", i+1)] = pulumi.String(key + "=" + c.args.Tags[key])
	}
	return parameters
}

func (s StorageClassArgs) object(provisioner string, tags pulumi.StringMap) pulumi.Map {
	parameters := pulumi.StringMap(base.Merge(tags, pulumi.StringMap{
		"type": pulumi.String(s.VolumeType), "encrypted": pulumi.String("true"), "csi.storage.k8s.io/fstype": pulumi.String(s.FileSystem),
	}))
	if s.KmsKeyArn != nil {
		parameters["kmsKeyId"] = s.KmsKeyArn
	}
	if s.Iops != 0 {
		parameters["iops"] = pulumi.String(fmt.Sprint(s.Iops))
	}
	if s.Throughput != 0 {
		parameters["throughput"] = pulumi.String(fmt.Sprint(s.Throughput))
	}
	reclaim := "Delete"
	if s.Retain {
		reclaim = "Retain"
	}
	object := pulumi.Map{
		"provisioner": pulumi.String(provisioner), "parameters": parameters, "reclaimPolicy": pulumi.String(reclaim),
		"volumeBindingMode": pulumi.String("WaitForFirstConsumer"), "allowVolumeExpansion": pulumi.Bool(true),
	}
	if s.Default {
		object["metadata"] = annotated("storageclass.kubernetes.io/is-default-class")
	}
	return object
}

func annotated(annotation string) pulumi.Map {
	return pulumi.Map{"annotations": pulumi.StringMap{annotation: pulumi.String("true")}}
}
