package eks

import (
	"regexp"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// validateControllers checks what runs in the cluster for the cluster: node pools,
// controllers, classes and charts.
func validateControllers(errs *fielderr.List, a *ClusterArgs) {
	if a.AutoMode != nil {
		at := errs.At("autoMode")
		validatePools(at, a.AutoMode.NodePools, a.Region, autoMode.longest)
		datastore.Between(at, "volumeGb", a.AutoMode.VolumeGb, 20, 16384)
		if a.Karpenter != nil {
			errs.Conflict("karpenter", "autoMode", "Auto Mode has node pools of its own")
		}
		if a.LoadBalancerController != nil {
			errs.Conflict("loadBalancerController", "autoMode", "Auto Mode has one of its own")
		}
	} else if a.LoadBalancerController != nil {
		a.LoadBalancerController.validate(errs.At("loadBalancerController"))
		if a.LoadBalancerController.Disabled && len(a.IngressClasses) > 0 {
			errs.Conflict("ingressClasses", "loadBalancerController.disabled", "nobody would make their load balancers")
		}
	}
	if a.Karpenter != nil {
		a.Karpenter.validate(errs.At("karpenter"), a.Region, a.Version)
	}
	validateTags(errs, a.Tags)
	validateIngressClasses(errs.At("ingressClasses"), a.IngressClasses)
	validateStorageClasses(errs.At("storageClasses"), a.StorageClasses)
	for _, key := range base.SortedKeys(a.Charts) {
		at := errs.At("charts", fielderr.Key(key))
		checkChartKey(at, key)
		a.Charts[key].validate(at)
	}
}

var (
	chartVersion = regexp.MustCompile(`^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)([+-][0-9A-Za-z.+-]+)?$`)
	imageVersion = regexp.MustCompile(`^(latest|v[0-9]+(\.[0-9]+)*)$`)
)

// oldestKarpenter is the first minor of Karpenter 1 that knows a minor of Kubernetes.
var oldestKarpenter = map[string]int{"1.34": 6, "1.35": 9, "1.36": 13}

func (a *KarpenterArgs) validate(errs *fielderr.List, region, kubernetes string) {
	validatePools(errs, a.NodePools, region, karpenter.longest)
	fielderr.OneOf(errs, "image", a.Image, AmazonLinux, Bottlerocket)
	if !imageVersion.MatchString(a.ImageVersion) {
		errs.Invalid("imageVersion", a.ImageVersion, "must be latest, or a version such as v20260813 of AmazonLinux or v1.62.1 of Bottlerocket")
	}
	datastore.Between(errs, "volumeGb", a.VolumeGb, 20, 16384)
	minor, known := chartMinor(a.Version, "1")
	switch oldest := oldestKarpenter[kubernetes]; {
	case !known:
		errs.Invalid("version", a.Version, "must be a version of Karpenter 1, such as %s", karpenterVersion)
	case minor < oldest:
		errs.Invalid("version", a.Version, "Kubernetes %s needs Karpenter 1.%d or newer: raise it before the cluster's version", kubernetes, oldest)
	}
}

func (a *LoadBalancerControllerArgs) validate(errs *fielderr.List) {
	if _, known := chartMinor(a.Version, "3"); !known {
		errs.Invalid("version", a.Version, "must be a version of chart 3, such as %s: its settings and its rights are written for that", loadBalancerVersion)
	}
}

// chartMinor is the second number of a version, if the first one is as it must be.
func chartMinor(version, major string) (minor int, known bool) {
	parts := strings.Split(version, ".")
	if !chartVersion.MatchString(version) || parts[0] != major {
		return 0, false
	}
	return minorOf("1." + parts[1])
}

func checkChartKey(errs *fielderr.List, key string) {
	switch {
	case !objectName.MatchString(key) || len(key) > 53:
		errs.Invalid("", key, "the key is a release's name: must be 1 to 53 lower-case letters, digits and hyphens, with none at the ends")
	case key == karpenterName || key == karpenterKinds || key == loadBalancerName:
		errs.Invalid("", key, "is a release of the component's own: see karpenter and loadBalancerController")
	}
}

func (a ChartArgs) validate(errs *fielderr.List) {
	switch oci := strings.HasPrefix(a.Chart, "oci://"); {
	case a.Chart == "":
		errs.Required("chart")
	case oci && a.Repository != "":
		errs.Conflict("repository", "chart", "the chart's address says where it is")
	case !oci && !strings.HasPrefix(a.Repository, "https://"):
		errs.Invalid("repository", a.Repository, "must begin with https://, unless the chart is an address that begins with oci://")
	}
	if !chartVersion.MatchString(a.Version) {
		errs.Invalid("version", a.Version, "must be an exact version such as 1.2.3")
	}
	checkNamespace(errs, a.Namespace)
	datastore.Between(errs, "timeoutSeconds", a.TimeoutSeconds, 1, 3600)
}

func checkNamespace(errs *fielderr.List, namespace string) {
	if !objectName.MatchString(namespace) || len(namespace) > 63 {
		errs.Invalid("namespace", namespace, "must be 1 to 63 lower-case letters, digits and hyphens, with none at the ends")
	}
}

// ownTags begin the tags that controllers put on what they make, to find it again.
var ownTags = []string{
	"aws:", "eks:", "eks.amazonaws.com/", "elbv2.k8s.aws/", "ingress.eks.amazonaws.com/", "ingress.k8s.aws/",
	"karpenter.k8s.aws/", "karpenter.sh/", "kubernetes.io", "ebs.csi.aws.com/", "CSIVolume",
}

// tagKey and tagValue are what every service takes, and what volumes' tags can be written
// with: there an equals sign ends the key.
var (
	tagKey   = regexp.MustCompile(`^[\pL\pN _.:/+@-]+$`)
	tagValue = regexp.MustCompile(`^[\pL\pN _.:/=+@-]*$`)
)

func validateTags(errs *fielderr.List, tags map[string]string) {
	for _, key := range base.SortedKeys(tags) {
		path := fielderr.Join("tags", fielderr.Key(key))
		if !tagKey.MatchString(key) {
			errs.Add(path, "the key must be letters, digits, spaces and any of _.:/+@-")
		}
		if !tagValue.MatchString(tags[key]) {
			errs.Invalid(path, tags[key], "must be letters, digits, spaces and any of _.:/=+@-")
		}
		for _, prefix := range ownTags {
			if strings.HasPrefix(key, prefix) {
				errs.Add(path, "what begins with %s is the controllers' own", prefix)
			}
		}
	}
}
