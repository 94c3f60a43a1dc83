// Package exposure holds the rules about who can reach what, and who may do what.
package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	vpc                  = "aws:ec2/vpc:Vpc"
	securityGroup        = "aws:ec2/securityGroup:SecurityGroup"
	defaultSecurityGroup = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	groupRule            = "aws:ec2/securityGroupRule:SecurityGroupRule"
	ingressRule          = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule           = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	bucket               = "aws:s3/bucket:Bucket"
	bucketBlock          = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	accountBlock         = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
	instance             = "aws:ec2/instance:Instance"
	launchTemplate       = "aws:ec2/launchTemplate:LaunchTemplate"
	launchConfig         = "aws:ec2/launchConfiguration:LaunchConfiguration"
	kmsKey               = "aws:kms/key:Key"
	kmsReplica           = "aws:kms/replicaKey:ReplicaKey"
	keyPolicy            = "aws:kms/keyPolicy:KeyPolicy"
	iamPolicy            = "aws:iam/policy:Policy"
	userPolicy           = "aws:iam/userPolicy:UserPolicy"
	groupPolicy          = "aws:iam/groupPolicy:GroupPolicy"
	rolePolicy           = "aws:iam/rolePolicy:RolePolicy"
	role                 = "aws:iam/role:Role"
	roleAttachment       = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	userAttachment       = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
	groupAttachment      = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	policyAttachment     = "aws:iam/policyAttachment:PolicyAttachment"
)

// Rules are the rules of this package.
func Rules() []*rule.Rule {
	return []*rule.Rule{
		sgNoOpenAdmin(), defaultSgClosed(), s3BlockPublic(), dbNotPublic(), dataSubnetsPrivate(), eksEndpointPrivate(),
		imdsv2Required(), iamNoAdminStar(), iamTrustNotPublic(), kmsPolicyNoStar(),
		resourcePolicyNotPublic(), resourcePolicySource(), s3AclNotPublic(), lambdaUrlAuth(),
		cloudfrontWaf(), publicAlbWaf(), cloudfrontS3Oac(), cloudfrontOriginClosed(), cloudfrontDefaultRootObject(), wafBlocks(), wafRateLimit(),
	}
}

// adminPorts are ports of remote control and of databases.
var adminPorts = []int{
	22, 23, 135, 445, 1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5439, 5601, 5900, 5985, 5986,
	6379, 8182, 9042, 9092, 9200, 9300, 10250, 11211, 27017,
}

func sgNoOpenAdmin() *rule.Rule {
	return &rule.Rule{
		ID: "sg-no-open-admin", Title: "Nobody on the internet reaches administration and database ports",
		Severity: rule.Critical, Category: rule.Exposure,
		Why: "An open port 22, 3389 or 5432 is found and tried within minutes.",
		Fix: "allow a security group or a narrow address block; for shells use Session Manager, which needs no open port",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_24", "CKV_AWS_25"}, Trivy: []string{"AWS-0107"},
			SecurityHub: []string{"EC2.18", "EC2.19"}, CIS: []string{"5.3", "5.4"},
		},
		Types: []string{ingressRule, groupRule, securityGroup, defaultSecurityGroup},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			switch r.Type {
			case ingressRule:
				return openAdmin(r.Get("ipProtocol"), r.Get("fromPort"), r.Get("toPort"), r.Get("cidrIpv4"), r.Get("cidrIpv6"))
			case groupRule:
				kind := r.Get("type")
				if kind.IsUnknown() {
					return rule.NotKnown(kind)
				}
				if !rule.Is("ingress")(kind) {
					return rule.Skipped()
				}
				blocks := append(r.Select("cidrBlocks[]"), r.Select("ipv6CidrBlocks[]")...)
				return openAdmin(r.Get("protocol"), r.Get("fromPort"), r.Get("toPort"), blocks...)
			}
			inline := r.Get("ingress").Each(func(v rule.Value) rule.Verdict {
				blocks := append(v.Select("cidrBlocks[]"), v.Select("ipv6CidrBlocks[]")...)
				return openAdmin(v.Get("protocol"), v.Get("fromPort"), v.Get("toPort"), blocks...)
			})
			return rule.All(inline, rule.Passed())
		},
	}
}

// openAdmin is the verdict on one rule: fail if it lets an open block reach a port that
// is not for everyone.
func openAdmin(protocol, from, to rule.Value, blocks ...rule.Value) rule.Verdict {
	verdict := rule.Passed()
	for _, block := range blocks {
		switch {
		case block.IsUnknown():
			verdict = rule.All(verdict, rule.NotKnown(block))
		case isOpen(block):
			for _, v := range [...]rule.Value{protocol, from, to} {
				if v.IsUnknown() {
					return rule.NotKnown(v)
				}
			}
			if what := adminReach(protocol, from, to); what != "" {
				return rule.Failed(fmt.Sprintf("opens %s to %v", what, block), "allow a security group or a narrow address block instead")
			}
		}
	}
	return verdict
}

// isOpen accepts blocks that hold a good part of the internet, so that two halves of it
// are no way around.
func isOpen(block rule.Value) bool {
	text, _ := block.Text()
	prefix, err := netip.ParsePrefix(text)
	return err == nil && (prefix.Bits() < 8 || prefix.Addr().Is6() && prefix.Bits() < 16)
}

func adminReach(protocol, from, to rule.Value) string {
	name, _ := protocol.Text()
	switch strings.ToLower(name) {
	case "-1", "all":
		return "all ports"
	case "icmp", "icmpv6", "1", "58":
		return ""
	}
	first, _ := from.Number()
	last, ok := to.Number()
	if !ok {
		last = first
	}
	for _, port := range adminPorts {
		if float64(port) >= first && float64(port) <= last {
			return fmt.Sprintf("port %d", port)
		}
	}
	return ""
}

func defaultSgClosed() *rule.Rule {
	return &rule.Rule{
		ID: "default-sg-closed", Title: "The default security group of each VPC lets nothing through", Severity: rule.Medium, Category: rule.Exposure,
		Why: "What is launched without a security group gets the default one, which lets its members talk to each other and to everywhere.",
		Fix: "a DefaultSecurityGroup with vpcId and without ingress and egress",
		Controls: rule.Controls{
			Checkov: []string{"CKV2_AWS_12"}, Trivy: []string{"AWS-0173"}, SecurityHub: []string{"EC2.2"}, CIS: []string{"5.5"},
		},
		Types: []string{vpc},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			groups, missing := g.Pointing(r, defaultSecurityGroup, "vpcId")
			if len(groups) == 0 {
				return rule.FailedUnless(missing, "its default security group is as AWS made it, open between members and outwards",
					"add a DefaultSecurityGroup with this vpcId and no rules")
			}
			verdict := rule.Passed()
			for _, sg := range groups {
				for _, direction := range [...]string{"ingress", "egress"} {
					rules := sg.Get(direction)
					verdict = rule.All(verdict, rules.Want(func(v rule.Value) bool { return len(v.Items()) == 0 },
						fmt.Sprintf("its default security group %s has %s rules", sg.Name, direction), "remove "+direction+" from "+sg.Name))
				}
				verdict = rule.All(verdict, notOpened(g, sg))
			}
			return verdict
		},
	}
}

// notOpened is whether no rule that is a resource of its own is for a default security
// group. What is computed from other things than a VPC is another group's.
func notOpened(g *rule.Graph, sg *rule.Resource) rule.Verdict {
	verdict := rule.Passed()
	for _, r := range g.Of(ingressRule, egressRule, groupRule) {
		id, of := r.Get("securityGroupId"), g.Targets(r, defaultSecurityGroup, "securityGroupId")
		switch {
		case of.Has(sg) && !of.Ambiguous():
			return rule.Failed(r.Name+" opens its default security group "+sg.Name, "put the rule on a security group of its own")
		case of.Has(sg):
			verdict = rule.NotKnown(id)
		case id.IsUnknown() && (len(r.Edges["securityGroupId"]) == 0 || len(g.Behind(r, id, vpc)) > 0):
			verdict = r.Elsewhere(id)
		}
	}
	return verdict
}

var publicAccessFlags = []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}

func s3BlockPublic() *rule.Rule {
	return &rule.Rule{
		ID: "s3-block-public", Title: "Buckets block public access", Severity: rule.High, Category: rule.Exposure,
		Why: "One wrong ACL or policy statement publishes a bucket; the block makes it wrong without effect.",
		Fix: "a BucketPublicAccessBlock with all four flags true",
		Controls: rule.Controls{
			Checkov: []string{"CKV2_AWS_6", "CKV_AWS_53"}, Trivy: []string{"AWS-0086", "AWS-0094"}, SecurityHub: []string{"S3.8"}, CIS: []string{"2.1.4"},
		},
		Types: []string{bucket},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			blocks, missing := g.Pointing(r, bucketBlock, "bucket")
			best := rule.FailedUnless(missing, "has no public access block", "add a BucketPublicAccessBlock with all four flags true")
			for _, block := range append(slices.Clip(g.Of(accountBlock)), blocks...) {
				var flags []rule.Verdict
				for _, name := range publicAccessFlags {
					flags = append(flags, block.Get(name).Want(rule.IsTrue, name+" of "+block.Name+" is off", "set "+name+" to true"))
				}
				verdict := rule.All(flags...)
				if verdict.Outcome == rule.Pass {
					return verdict
				}
				if block.Type == bucketBlock || verdict.Outcome == rule.Unknown {
					best = verdict
				}
			}
			return best
		},
	}
}

func imdsv2Required() *rule.Rule {
	return &rule.Rule{
		ID: "imdsv2-required", Title: "Instance metadata is served to sessions only (IMDSv2)", Severity: rule.High, Category: rule.Access,
		Why: "With version 1, a request that an attacker makes the server send to itself returns the credentials of its role.",
		Fix: `set metadataOptions.httpTokens to "required" and httpPutResponseHopLimit to at most 2`,
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_79"}, Trivy: []string{"AWS-0028", "AWS-0130"}, SecurityHub: []string{"EC2.8", "EC2.170"}, CIS: []string{"5.7"},
		},
		Types: []string{launchTemplate, launchConfig, instance},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			if r.Type == instance && r.Get("metadataOptions").IsAbsent() && !r.Get("launchTemplate").IsAbsent() {
				return rule.Skipped() // the template says it
			}
			tokens, hops := r.Get("metadataOptions.httpTokens"), r.Get("metadataOptions.httpPutResponseHopLimit")
			return rule.Choose(r.Get("metadataOptions.httpEndpoint").Holds(rule.Is("disabled")), rule.Passed(), rule.All(
				tokens.Want(rule.Is("required"), "metadataOptions.httpTokens is "+tokens.String(), `set metadataOptions.httpTokens to "required"`),
				hops.Want(rule.OrAbsent(fewHops),
					"metadataOptions.httpPutResponseHopLimit is "+hops.String(), "set metadataOptions.httpPutResponseHopLimit to 2 or less")))
		},
		Remedy: func(r *rule.Resource, _ rule.Settings) []rule.Patch {
			if r.Type == launchConfig {
				return nil // it would be replaced
			}
			patches := []rule.Patch{{Path: "metadataOptions.httpTokens", Value: "required"}}
			if hops := r.Get("metadataOptions.httpPutResponseHopLimit"); !rule.OrAbsent(fewHops)(hops) {
				patches = append(patches, rule.Patch{Path: "metadataOptions.httpPutResponseHopLimit", Value: 2})
			}
			return patches
		},
	}
}

// fewHops accepts a number of hops that reach no further than a container.
func fewHops(v rule.Value) bool { n, ok := v.Number(); return ok && n <= 2 }

func contains(list []string, allowed ...string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(allowed, strings.ToLower(s)) })
}
