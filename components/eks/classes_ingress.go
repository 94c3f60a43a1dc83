package eks

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// IngressScheme is who can reach a load balancer.
type IngressScheme string

// The schemes.
const (
	// Internal load balancers have private addresses only.
	Internal IngressScheme = "Internal"
	// InternetFacing load balancers have public addresses.
	InternetFacing IngressScheme = "InternetFacing"
)

// IngressClassArgs are one application load balancer, shared by all ingresses of the class.
// It is made with the first ingress and goes with the last, so that nothing protects it from
// deletion: the controller would be locked out, and leave it behind with the network.
//
// With certificates it listens on port 443 only. Ports are an ingress's to say, in both
// profiles: workload.Routes also opens port 80, and sends clients from there to 443.
type IngressClassArgs struct {
	// Scheme is Internal or InternetFacing. Default: Internal.
	Scheme IngressScheme `pulumi:"scheme,optional"`
	// CertificateArns are of ACM, in the cluster's region; the first is the default one.
	// Required unless PlainHttp.
	CertificateArns pulumi.StringArrayInput `pulumi:"certificateArns,optional"`
	// PlainHttp serves without TLS, as behind a CloudFront distribution in the same VPC.
	// Default: false.
	PlainHttp bool `pulumi:"plainHttp,optional"`
	// TlsPolicy is the policy of ciphers and versions.
	// Default: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09".
	TlsPolicy string `pulumi:"tlsPolicy,optional"`
	// InboundCidrs are the blocks that are let in. There is no default: "0.0.0.0/0" is
	// everybody.
	InboundCidrs pulumi.StringArrayInput `pulumi:"inboundCidrs"`
	// SubnetIds is where the load balancer is, in two zones or more; public subnets if it is
	// InternetFacing. Default: the cluster's SubnetIds if it is Internal.
	SubnetIds pulumi.StringArrayInput `pulumi:"subnetIds,optional"`
	// GroupName names the load balancer among the controller's. Another name makes another
	// one. Default: the class's key.
	GroupName string `pulumi:"groupName,optional"`
	// NamespaceLabels are what a namespace must have for its ingresses to be served: whoever
	// shares a load balancer can take the others' paths. Default: all namespaces.
	NamespaceLabels map[string]string `pulumi:"namespaceLabels,optional"`
	// IdleTimeoutSeconds is when a silent connection ends, 1 to 4000. Default: 60.
	IdleTimeoutSeconds int `pulumi:"idleTimeoutSeconds,optional"`
	// AccessLogs is where each request is written to. Default: nowhere.
	AccessLogs *IngressLogsArgs `pulumi:"accessLogs,optional"`
	// Default makes it the class of ingresses that name none. Default: false.
	Default bool `pulumi:"default,optional"`
	// Tags are put on the load balancer, over the cluster's. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// IngressLogsArgs are where a load balancer writes its requests.
type IngressLogsArgs struct {
	// Bucket is a bucket's name; its policy must let load balancers write.
	Bucket pulumi.StringInput `pulumi:"bucket"`
	// Prefix begins the names of the objects. Default: none.
	Prefix string `pulumi:"prefix,optional"`
}

// defaultTlsPolicy is TLS 1.2 and 1.3, with keys that hold against quantum computers.
const defaultTlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

func ingressClassesWithDefaults(a *ClusterArgs) map[string]IngressClassArgs {
	classes := base.Merge(a.IngressClasses)
	for key, class := range classes {
		base.Default(&class.Scheme, Internal)
		base.Default(&class.GroupName, key)
		base.Default(&class.IdleTimeoutSeconds, 60)
		if !class.PlainHttp {
			base.Default(&class.TlsPolicy, defaultTlsPolicy)
		}
		if class.SubnetIds == nil && class.Scheme == Internal {
			class.SubnetIds = a.SubnetIds
		}
		classes[key] = class
	}
	return classes
}

func validateIngressClasses(errs *fielderr.List, classes map[string]IngressClassArgs) {
	defaults, groups := []string{}, map[string]string{}
	for _, key := range base.SortedKeys(classes) {
		at, class := errs.At(fielderr.Key(key)), classes[key]
		checkObjectName(at, key)
		class.validate(at)
		if class.Default {
			defaults = append(defaults, key)
		}
		if other, taken := groups[class.GroupName]; taken {
			at.Invalid("groupName", class.GroupName, "is that of %s too: two classes cannot say how one load balancer is", other)
		}
		groups[class.GroupName] = key
	}
	if len(defaults) > 1 {
		errs.Add("", "%s are each the default: there can be one", strings.Join(defaults, ", "))
	}
}

var groupForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

func (i IngressClassArgs) validate(errs *fielderr.List) {
	fielderr.OneOf(errs, "scheme", i.Scheme, Internal, InternetFacing)
	switch {
	case i.PlainHttp && i.CertificateArns != nil:
		errs.Conflict("plainHttp", "certificateArns", "certificates are for TLS")
	case i.PlainHttp && i.TlsPolicy != "":
		errs.Conflict("plainHttp", "tlsPolicy", "the policy is for TLS")
	case !i.PlainHttp && i.CertificateArns == nil:
		errs.Add("certificateArns", "is required, unless plainHttp is true")
	}
	if i.TlsPolicy != "" && !strings.HasPrefix(i.TlsPolicy, "ELBSecurityPolicy-") {
		errs.Invalid("tlsPolicy", i.TlsPolicy, "must be the name of a policy, such as %s", defaultTlsPolicy)
	}
	validateCidrs(errs, i.InboundCidrs)
	if i.SubnetIds == nil {
		errs.Add("subnetIds", "is required for InternetFacing: the cluster's own subnets are private")
	}
	if !groupForm.MatchString(i.GroupName) || len(i.GroupName) > 63 {
		errs.Invalid("groupName", i.GroupName, "must be 1 to 63 lower-case letters, digits, hyphens and dots, with none at the ends")
	}
	datastore.Between(errs, "idleTimeoutSeconds", i.IdleTimeoutSeconds, 1, 4000)
	validateTags(errs, i.Tags)
	if i.AccessLogs != nil && i.AccessLogs.Bucket == nil {
		errs.Required("accessLogs.bucket")
	}
}

// validateCidrs checks the blocks that are known.
func validateCidrs(errs *fielderr.List, cidrs pulumi.StringArrayInput) {
	known, _ := cidrs.(pulumi.StringArray)
	if cidrs == nil || known != nil && len(known) == 0 {
		errs.Add("inboundCidrs", "is required: nobody is let in by default, and 0.0.0.0/0 is everybody")
	}
	for n, cidr := range known {
		text, plain := cidr.(pulumi.String)
		if block, err := netip.ParsePrefix(string(text)); plain && (err != nil || block != block.Masked()) {
			errs.Invalid("inboundCidrs"+fielderr.Index(n), string(text), "must be a block such as 10.0.0.0/16")
		}
	}
}

// ingressKinds are the names of the same objects in the two profiles.
type ingressKinds struct {
	controller, group, version, certificates string
}

var (
	autoModeIngress   = ingressKinds{controller: "eks.amazonaws.com/alb", group: "eks.amazonaws.com", version: "v1", certificates: "certificateARNs"}
	controllerIngress = ingressKinds{controller: "ingress.k8s.aws/alb", group: "elbv2.k8s.aws", version: "v1beta1", certificates: "certificateArn"}
)

// newIngressClasses registers the classes `<name>-ingress-<key>` and what their load balancers
// are, `<name>-alb-<key>`.
func (c *core) newIngressClasses(after ...pulumi.Resource) error {
	kinds := controllerIngress
	if c.args.AutoMode != nil {
		kinds = autoModeIngress
	}
	for _, key := range base.SortedKeys(c.args.IngressClasses) {
		a := c.args.IngressClasses[key]
		params, err := c.newObject(c.child("alb", key), kinds.group+"/"+kinds.version, "IngressClassParams", key,
			pulumi.Map{"spec": a.params(kinds, c.args.Tags)}, c.withCluster(pulumi.DependsOn(after))...)
		if err != nil {
			return err
		}
		class := pulumi.Map{"spec": pulumi.Map{
			"controller": pulumi.String(kinds.controller),
			"parameters": pulumi.Map{
				"apiGroup": pulumi.String(kinds.group), "kind": pulumi.String("IngressClassParams"), "name": pulumi.String(key),
			},
		}}
		if a.Default {
			class["metadata"] = annotated("ingressclass.kubernetes.io/is-default-class")
		}
		made, err := c.newObject(c.child("ingress", key), "networking.k8s.io/v1", "IngressClass", key, class,
			c.withCluster(pulumi.DependsOn([]pulumi.Resource{params}))...)
		if err != nil {
			return err
		}
		c.ready = append(c.ready, made)
	}
	return nil
}

func (i IngressClassArgs) params(kinds ingressKinds, clusterTags map[string]string) pulumi.Map {
	scheme := map[IngressScheme]string{Internal: "internal", InternetFacing: "internet-facing"}[i.Scheme]
	params := pulumi.Map{
		"scheme": pulumi.String(scheme), "ipAddressType": pulumi.String("ipv4"),
		"group":   pulumi.Map{"name": pulumi.String(i.GroupName)},
		"subnets": pulumi.Map{"ids": i.SubnetIds}, "inboundCIDRs": i.InboundCidrs,
		"loadBalancerAttributes": i.attributes(),
	}
	if !i.PlainHttp {
		params[kinds.certificates], params["sslPolicy"] = i.CertificateArns, pulumi.String(i.TlsPolicy)
	}
	if len(i.NamespaceLabels) > 0 {
		params["namespaceSelector"] = pulumi.Map{"matchLabels": pulumi.ToStringMap(i.NamespaceLabels)}
	}
	if tags := base.Merge(clusterTags, i.Tags); len(tags) > 0 {
		params["tags"] = pairs(pulumi.ToStringMap(tags))
	}
	return params
}

// attributes are what the load balancer does beyond routing.
func (i IngressClassArgs) attributes() pulumi.Array {
	attributes := pulumi.StringMap{
		"idle_timeout.timeout_seconds":                    pulumi.String(strconv.Itoa(i.IdleTimeoutSeconds)),
		"routing.http.drop_invalid_header_fields.enabled": pulumi.String("true"),
		"zonal_shift.config.enabled":                      pulumi.String("true"),
	}
	if logs := i.AccessLogs; logs != nil {
		attributes["access_logs.s3.enabled"], attributes["access_logs.s3.bucket"] = pulumi.String("true"), logs.Bucket
		if logs.Prefix != "" {
			attributes["access_logs.s3.prefix"] = pulumi.String(logs.Prefix)
		}
	}
	return pairs(attributes)
}

// pairs are a map as a list, in the order of the keys.
func pairs(values pulumi.StringMap) pulumi.Array {
	list := pulumi.Array{}
	for _, key := range base.SortedKeys(values) {
		list = append(list, pulumi.Map{"key": pulumi.String(key), "value": values[key]})
	}
	return list
}
