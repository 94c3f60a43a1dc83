package aws

import (
	"regexp"
	"strings"
)

const (
	docLB     = "Elastic Load Balancing User Guide: Application Load Balancers"
	docLBLogs = "Elastic Load Balancing User Guide: Enable access logs for your Application Load Balancer"
	docLBAPI  = "Elastic Load Balancing API Reference: CreateLoadBalancer"
	docLBMax  = "Elastic Load Balancing User Guide: Quotas for your Application Load Balancers"
)

var lbName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$`)

var loadBalancerRules = []Rule{
	{ID: "lb-name", Code: "ValidationError", Source: docLBAPI, Kinds: "lb.loadBalancer", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		switch {
		case len(name) > 32:
			return say("The load balancer name '%s' cannot be longer than '32' characters", name)
		case !lbName.MatchString(name):
			return say("The load balancer name '%s' can only contain characters that are alphanumeric characters and hyphens(-), and must not begin or end with a hyphen", name)
		case strings.HasPrefix(name, "internal-"):
			return say("The load balancer name '%s' cannot begin with 'internal-'", name)
		}
		return ""
	}},
	{ID: "lb-name-taken", Code: "DuplicateLoadBalancerName", Source: docLBAPI, Kinds: "lb.loadBalancer", On: Create, Check: func(r *Request) string {
		if r.By("lb.loadBalancer", "name", r.New.Str("name")) != nil {
			return "A load balancer with the same name '" + r.New.Str("name") + "' exists, but with different settings"
		}
		return ""
	}},
	{ID: "lb-two-zones", Code: "ValidationError", Source: docLB, Kinds: "lb.loadBalancer", On: Write, Check: func(r *Request) string {
		if application(r.New) && len(r.zonesOf(lbSubnets(r.New))) < 2 {
			return "At least two subnets in two different Availability Zones must be specified"
		}
		return ""
	}},
	{ID: "lb-subnet-per-zone", Code: "InvalidConfigurationRequest", Source: docLB, Kinds: "lb.loadBalancer", On: Write, Check: func(r *Request) string {
		if zone := r.sharedZone(lbSubnets(r.New)); zone != "" {
			return say("A load balancer cannot be attached to multiple subnets in the same Availability Zone (%s)", zone)
		}
		return ""
	}},
	{ID: "lb-subnets-vpc", Code: "InvalidConfigurationRequest", Source: docLB, Kinds: "lb.loadBalancer", On: Write, Check: func(r *Request) string {
		vpc := ""
		for _, s := range lbSubnets(r.New) {
			v := r.vpcOfSubnet(s)
			if vpc != "" && v != "" && v != vpc {
				return "All subnets must belong to the same VPC: '" + vpc + "'"
			}
			vpc = v
		}
		return r.groupsOutside(r.New.Strs("securityGroups"), vpc)
	}},
	{ID: "lb-subnet-free-addresses", Code: "InvalidSubnet", Source: docLB, Kinds: "lb.loadBalancer", On: Create, Check: func(r *Request) string {
		for _, id := range lbSubnets(r.New) {
			if s := r.Find("ec2.subnet", id); s != nil && application(r.New) && r.addressesFree(s) < 8 {
				return say("Not enough IP space available in %s. ELB requires at least 8 free IP addresses in each subnet.", id)
			}
		}
		return ""
	}},
	{ID: "lb-public-subnet", Code: "InvalidSubnet", Source: docLB, Kinds: "lb.loadBalancer", On: Create, Check: func(r *Request) string {
		for _, s := range lbSubnets(r.New) {
			if vpc := r.vpcOfSubnet(s); !r.New.Bool("internal") && vpc != "" && r.gatewayOf(vpc) == nil {
				return say("VPC %s has no internet gateway", vpc)
			}
		}
		return ""
	}},
	{ID: "lb-logs-bucket", Code: "InvalidConfigurationRequest", Source: docLBLogs, Kinds: "lb.loadBalancer", On: Write, Check: func(r *Request) string {
		for _, block := range []string{"accessLogs", "connectionLogs"} {
			logs := r.New.Obj(block)
			if !logs.Bool("enabled") {
				continue
			}
			b := r.bucket(logs.Str("bucket"))
			if b == nil {
				return say("The specified bucket '%s' does not exist", logs.Str("bucket"))
			}
			if b.Region != r.Region {
				return say("Access Denied for bucket: %s. The bucket must be in the region of the load balancer.", b.ID)
			}
			where := say("arn:%s:s3:::%s", r.Partition(), b.ID)
			if prefix := strings.Trim(logs.Str("prefix"), "/"); prefix != "" {
				where += "/" + prefix
			}
			if !r.bucketAllows(b, "s3:PutObject", where+"/AWSLogs/"+r.Account+"/ELBAccessLogTestFile", deliverers(r.Region)...) {
				return say("Access Denied for bucket: %s. Please check S3bucket permission", b.ID)
			}
			if strings.Contains(logs.Str("prefix"), "AWSLogs") {
				return say("Prefix '%s' must not contain AWSLogs", logs.Str("prefix"))
			}
			if r.bucketEncryption(b) == "aws:kms" {
				return say("Access Denied for bucket: %s. Load balancer logs cannot be encrypted with a KMS key.", b.ID)
			}
		}
		return ""
	}},
	{ID: "lb-quota", Code: "TooManyLoadBalancers", Source: docLBMax, Kinds: "lb.loadBalancer", On: Create, Check: func(r *Request) string {
		if len(r.All("lb.loadBalancer")) >= 50 {
			return "The maximum number of load balancers has been reached."
		}
		return ""
	}},
	{ID: "lb-idle-timeout", Code: "InvalidConfigurationRequest", Source: docLBAPI, Kinds: "lb.loadBalancer", On: Write, Check: func(r *Request) string {
		if t := r.New.Int("idleTimeout"); application(r.New) && r.New.Has("idleTimeout") && (t < 1 || t > 4000) {
			return say("The value of 'idle_timeout.timeout_seconds' must be between 1 and 4000 (%d)", t)
		}
		if t := r.New.Int("clientKeepAlive"); application(r.New) && t != 0 && (t < 60 || t > 604800) {
			return say("The value of 'client_keep_alive.seconds' must be between 60 and 604800 (%d)", t)
		}
		return ""
	}},
	{ID: "lb-dualstack", Code: "InvalidSubnet", Source: docLB, Kinds: "lb.loadBalancer", On: Write, Check: func(r *Request) string {
		if !strings.HasPrefix(r.New.Str("ipAddressType"), "dualstack") {
			return ""
		}
		for _, id := range lbSubnets(r.New) {
			if s := r.Find("ec2.subnet", id); s != nil && !s.Props.Has("ipv6CidrBlock") {
				return say("You must specify subnets with an associated IPv6 CIDR block. (%s)", id)
			}
		}
		return ""
	}},
	{ID: "lb-protected", Code: "OperationNotPermitted", Source: "Elastic Load Balancing User Guide: Deletion protection", Kinds: "lb.loadBalancer", On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("enableDeletionProtection") {
			return say("Load balancer '%s' cannot be deleted because deletion protection is enabled", r.ID)
		}
		return ""
	}},
}

func application(lb Obj) bool {
	return lb.Str("loadBalancerType") == "application" || lb.Str("loadBalancerType") == ""
}

func lbSubnets(lb Obj) []string { return append(lb.Strs("subnets"), mapped(lb)...) }

// logAccounts are the accounts of Elastic Load Balancing in the regions that had it before August 2022; a policy may name them or the newer
// service principal.
var logAccounts = map[string]string{
	"us-east-1": "127311923021", "us-east-2": "033677994240", "us-west-1": "027434742980", "us-west-2": "797873946194", "ca-central-1": "985666609251",
	"eu-central-1": "054676820928", "eu-west-1": "156460612806", "eu-west-2": "652711504416", "eu-west-3": "009996457667", "eu-north-1": "897822967062",
	"eu-south-1": "635631232127", "ap-east-1": "754344448648", "ap-south-1": "718504428378", "ap-northeast-1": "582318560864", "ap-northeast-2": "600734575887",
	"ap-northeast-3": "383597477331", "ap-southeast-1": "114774131450", "ap-southeast-2": "783225319266", "ap-southeast-3": "589379963580",
	"sa-east-1": "507241528517", "me-south-1": "076674570225", "af-south-1": "098369216593", "us-gov-west-1": "048591011584", "us-gov-east-1": "190560391635",
	"cn-north-1": "638102146993", "cn-northwest-1": "037604701340",
}

func deliverers(region string) []string {
	out := []string{"Service:logdelivery.elasticloadbalancing.amazonaws.com"}
	if account := logAccounts[region]; account != "" {
		out = append(out, "AWS:"+account)
	}
	return out
}
