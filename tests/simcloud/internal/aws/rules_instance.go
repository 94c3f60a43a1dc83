package aws

import (
	"encoding/base64"
	"regexp"
	"strings"
)

const (
	docTemplate = "Amazon EC2 User Guide: Store instance launch parameters in Amazon EC2 launch templates"
	docIMDS     = "Amazon EC2 API Reference: InstanceMetadataOptionsRequest"
	docEBS      = "Amazon EBS User Guide: Amazon EBS volume types"
)

var (
	imageForm    = regexp.MustCompile(`^(ami-[0-9a-f]{8,17}|resolve:ssm:[A-Za-z0-9_.\-/]+(:[A-Za-z0-9_.\-]+)?|resolve:ssm:arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d*:parameter/.+)$`)
	instanceForm = regexp.MustCompile(`^(u-[0-9a-z]+|[a-z][a-z0-9]*(-[a-z0-9]+)?)\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$`)
	deviceForm   = regexp.MustCompile(`^(/dev/)?(sd[a-z]\d*|xvd[a-z]{1,2}\d*)$`)
)

const templates = "ec2.launchTemplate ec2.instance"

var templateName = regexp.MustCompile(`^[a-zA-Z0-9().\-/_]{3,128}$`)

var instanceRules = []Rule{
	{ID: "template-name", Code: "InvalidLaunchTemplateName.MalformedException", Source: docTemplate, Kinds: "ec2.launchTemplate", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); !templateName.MatchString(name) {
			return say("A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _ (%s)", name)
		}
		return ""
	}},
	{ID: "template-name-taken", Code: "InvalidLaunchTemplateName.AlreadyExistsException", Source: docTemplate, Kinds: "ec2.launchTemplate", On: Create, Check: func(r *Request) string {
		if r.By("ec2.launchTemplate", "name", r.New.Str("name")) != nil {
			return "Launch template name already in use."
		}
		return ""
	}},
	{ID: "image-form", Code: "InvalidAMIID.Malformed", Source: docTemplate, Kinds: templates, On: Write, Check: func(r *Request) string {
		for _, key := range []string{"imageId", "ami"} {
			if id := r.New.Str(key); id != "" && !imageForm.MatchString(id) {
				return say("Invalid id: %q (expecting \"ami-...\" or \"resolve:ssm:...\")", id)
			}
		}
		return ""
	}},
	{ID: "instance-type", Code: "InvalidParameterValue", Source: "Amazon EC2 Instance Types Guide: naming conventions", Kinds: templates, On: Write, Check: func(r *Request) string {
		if t := r.New.Str("instanceType"); t != "" && !instanceForm.MatchString(t) {
			return say("Invalid value '%s' for InstanceType.", t)
		}
		return ""
	}},
	{ID: "user-data-base64", Code: "InvalidUserData.Malformed", Source: "Amazon EC2 User Guide: Run commands when you launch an EC2 instance with user data input", Kinds: "ec2.launchTemplate", On: Write, Check: func(r *Request) string {
		if _, err := base64.StdEncoding.DecodeString(r.New.Str("userData")); err != nil {
			return "Invalid BASE64 encoding of user data."
		}
		return ""
	}},
	{ID: "user-data-size", Code: "InvalidParameterValue", Source: "Amazon EC2 User Guide: Run commands when you launch an EC2 instance with user data input", Kinds: templates, On: Write, Check: func(r *Request) string {
		size := len(r.New.Str("userData"))
		if text, err := base64.StdEncoding.DecodeString(r.New.Str("userData")); err == nil {
			size = len(text)
		}
		if size > 16384 {
			return say("User data is limited to 16384 bytes; it has %d.", size)
		}
		return ""
	}},
	{ID: "imds-values", Code: "InvalidParameterValue", Source: docIMDS, Kinds: templates, On: Write, Check: func(r *Request) string {
		m := r.New.Obj("metadataOptions")
		for key, allowed := range map[string]string{"httpTokens": "optional required", "httpEndpoint": "enabled disabled", "instanceMetadataTags": "enabled disabled", "httpProtocolIpv6": "enabled disabled"} {
			if v := m.Str(key); v != "" && !oneOf(v, allowed) {
				return say("Value (%s) for parameter %s is invalid. Valid values are: %s", v, key, allowed)
			}
		}
		if hops := m.Int("httpPutResponseHopLimit"); m.Get("httpPutResponseHopLimit") != nil && hops != 0 && (hops < 1 || hops > 64) {
			return say("Value (%d) for parameter HttpPutResponseHopLimit is invalid. Specify a value between 1 and 64.", hops)
		}
		return ""
	}},
	{ID: "block-device-name", Code: "InvalidParameterValue", Source: "Amazon EC2 User Guide: Device names for volumes", Kinds: "ec2.launchTemplate", On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		for _, d := range r.New.Objs("blockDeviceMappings") {
			name := d.Str("deviceName")
			if name == "" || !deviceForm.MatchString(name) {
				return say("Value (%s) for parameter deviceName is invalid.", name)
			}
			if seen[name] {
				return say("Value (%s) for parameter deviceName is invalid. Duplicate device name.", name)
			}
			seen[name] = true
		}
		return ""
	}},
	{ID: "block-device-volume", Code: "InvalidParameterValue", Source: docEBS, Kinds: "ec2.launchTemplate", On: Write, Check: func(r *Request) string {
		for _, d := range r.New.Objs("blockDeviceMappings") {
			if wrong := volumeProblem(d.Obj("ebs")); wrong != "" {
				return wrong
			}
		}
		return ""
	}},
	{ID: "block-device-kms", Code: "InvalidParameterDependency", Source: docEBS, Kinds: "ec2.launchTemplate", On: Write, Check: func(r *Request) string {
		for _, d := range r.New.Objs("blockDeviceMappings") {
			if e := d.Obj("ebs"); e.Has("kmsKeyId") && !e.Bool("encrypted") {
				return "The parameter KmsKeyId requires the parameter Encrypted to be set."
			}
		}
		return ""
	}},
	{ID: "template-interface-groups", Code: "InvalidParameterCombination", Source: docTemplate, Kinds: "ec2.launchTemplate", On: Write, Check: func(r *Request) string {
		if r.New.Has("networkInterfaces") && r.New.Has("vpcSecurityGroupIds") {
			return "Network interfaces and an instance-level security groups may not be specified on the same request"
		}
		return ""
	}},
	{ID: "template-tag-types", Code: "InvalidParameterValue", Source: docTemplate, Kinds: "ec2.launchTemplate", On: Write, Check: func(r *Request) string {
		for _, s := range r.New.Objs("tagSpecifications") {
			if !oneOf(s.Str("resourceType"), "instance volume network-interface spot-instances-request elastic-gpu") {
				return say("'%s' is not a valid taggable resource type for this operation.", s.Str("resourceType"))
			}
		}
		return ""
	}},
	{ID: "instance-subnet-groups", Code: "InvalidParameter", Source: docGroup, Kinds: "ec2.instance", On: Create, Check: func(r *Request) string {
		return r.groupsOutside(r.New.Strs("vpcSecurityGroupIds"), r.vpcOfSubnet(r.New.Str("subnetId")))
	}},
	{ID: "instance-image", Code: "MissingParameter", Source: "Amazon EC2 API Reference: RunInstances", Kinds: "ec2.instance", On: Create, Check: func(r *Request) string {
		if !r.New.Has("launchTemplate") && (!r.New.Has("ami") || !r.New.Has("instanceType")) {
			return "The request must contain the parameters ImageId and InstanceType, or a launch template."
		}
		return ""
	}},
	{ID: "instance-protected", Code: "OperationNotPermitted", Source: "Amazon EC2 API Reference: TerminateInstances", Kinds: "ec2.instance", On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("disableApiTermination") {
			return say("The instance '%s' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.", r.ID)
		}
		return ""
	}},
	{ID: "flow-log-source", Code: "InvalidParameter", Source: "Amazon VPC User Guide: Create a flow log", Kinds: "ec2.flowLog", On: Create, Check: func(r *Request) string {
		n := 0
		for _, key := range []string{"vpcId", "subnetId", "eniId", "transitGatewayId", "transitGatewayAttachmentId"} {
			if r.New.Has(key) {
				n++
			}
		}
		if n != 1 {
			return "Exactly one resource must be specified for a flow log."
		}
		return ""
	}},
	{ID: "flow-log-role", Code: "InvalidParameter", Source: "Amazon VPC User Guide: IAM role for publishing flow logs to CloudWatch Logs", Kinds: "ec2.flowLog", On: Create, Check: func(r *Request) string {
		kind := r.New.Str("logDestinationType")
		logs := kind == "" || kind == "cloud-watch-logs"
		if logs && !r.New.Has("iamRoleArn") {
			return "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
		}
		if kind == "s3" && r.New.Has("iamRoleArn") {
			return "DeliverLogsPermissionArn is not applicable for s3 delivery."
		}
		if role := r.ByARN("iam.role", r.New.Str("iamRoleArn")); role != nil && !trusts(role, "vpc-flow-logs.amazonaws.com") {
			return say("Unable to assume given IAM role %s", role.ID)
		}
		return ""
	}},
	{ID: "flow-log-destination", Code: "InvalidParameter", Source: "Amazon VPC User Guide: Create a flow log", Kinds: "ec2.flowLog", On: Create, Check: func(r *Request) string {
		dest := r.New.Str("logDestination")
		a, ok := parseARN(dest)
		kind := r.New.Str("logDestinationType")
		switch {
		case dest == "":
			if !r.New.Has("logGroupName") {
				return "A flow log needs a destination."
			}
		case !ok:
			return say("LogDestination: %s is not a valid ARN.", dest)
		case kind == "s3" && a.service == "s3":
			bucket, _, _ := strings.Cut(a.resource, "/")
			if r.bucket(bucket) == nil {
				return say("Access Denied for LogDestination: %s. Please check LogDestination permission", bucket)
			}
		case (kind == "" || kind == "cloud-watch-logs") && a.service == "logs":
			if r.ByARN("cloudwatch.logGroup", strings.TrimSuffix(dest, ":*")) == nil {
				return say("LogDestination: %s does not exist.", dest)
			}
		case kind != "kinesis-data-firehose":
			return say("LogDestination: %s does not fit the type %s.", dest, kind)
		}
		return ""
	}},
	{ID: "flow-log-interval", Code: "InvalidParameter", Source: "Amazon VPC User Guide: Flow log records", Kinds: "ec2.flowLog", On: Create, Check: func(r *Request) string {
		if v := r.New.Get("maxAggregationInterval"); v != nil && v != 60.0 && v != 600.0 {
			return say("Invalid Flow Log Max Aggregation Interval: %v", v)
		}
		return ""
	}},
	{ID: "flow-log-duplicate", Code: "FlowLogAlreadyExists", Source: "Amazon VPC User Guide: Flow logs limitations", Kinds: "ec2.flowLog", On: Create, Check: func(r *Request) string {
		for _, o := range r.All("ec2.flowLog") {
			same := true
			for _, key := range []string{"vpcId", "subnetId", "eniId", "logDestination", "trafficType"} {
				same = same && o.Props.Str(key) == r.New.Str(key)
			}
			if same {
				return "Error. There is an existing Flow Log with the same configuration and log destination."
			}
		}
		return ""
	}},
}

func volumeProblem(e Obj) string {
	if e == nil {
		return ""
	}
	kind, size, iops, throughput := e.Str("volumeType"), e.Int("volumeSize"), e.Int("iops"), e.Int("throughput")
	if kind != "" && !oneOf(kind, "gp2 gp3 io1 io2 st1 sc1 standard") {
		return say("Value (%s) for parameter volumeType is invalid.", kind)
	}
	least := map[string]int{"io1": 4, "io2": 4, "st1": 125, "sc1": 125}[kind]
	switch {
	case e.Get("volumeSize") != nil && size != 0 && (size < max(1, least) || size > 65536):
		return say("Volume of %dGiB is not a valid size for %s.", size, kind)
	case e.Get("iops") != nil && iops != 0 && !oneOf(kind, "gp3 io1 io2"):
		return say("The parameter iops is not supported for %s volumes.", kind)
	case kind == "gp3" && iops != 0 && (iops < 3000 || iops > 80000):
		return say("Volume iops of %d is not valid for gp3; 3000 is the minimum.", iops)
	case throughput != 0 && kind != "gp3":
		return say("The parameter throughput is not supported for %s volumes.", kind)
	case throughput != 0 && (throughput < 125 || throughput > 2000):
		return say("Throughput of %d MiB/s is not valid for gp3.", throughput)
	case oneOf(kind, "io1 io2") && iops == 0:
		return say("The request must contain the parameter iops for %s volumes.", kind)
	}
	return ""
}

func oneOf(v, words string) bool {
	for _, w := range strings.Fields(words) {
		if v == w {
			return true
		}
	}
	return false
}

// launchTemplate finds a template by ID or by name.
func (r *Request) launchTemplate(id, name string) *Resource {
	if t := r.Find("ec2.launchTemplate", id); t != nil {
		return t
	}
	return r.By("ec2.launchTemplate", "name", name)
}
