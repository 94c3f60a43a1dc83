package operations

import (
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// lendings are guarded properties that something else may own, and how that is seen.
var lendings = map[string]func(*rule.Resource) rule.Verdict{
	"backupRetentionPeriod": lentToBackup, "defaultActions": lentToDeployments,
}

// lent is whether something else owns a guarded property of a resource.
func lent(g *rule.Graph, r *rule.Resource, property string) rule.Verdict {
	verdicts := []rule.Verdict{lentToParts(g, r, property)}
	if seen := lendings[property]; seen != nil {
		verdicts = append(verdicts, seen(r))
	}
	return rule.Any(verdicts...)
}

// lentToBackup passes if a database has left its backups to AWS Backup: that sets how long
// they are kept together with the time at which they are made, and nothing else does.
func lentToBackup(r *rule.Resource) rule.Verdict {
	for _, window := range [...]string{"backupWindow", "preferredBackupWindow"} {
		if slices.Contains(r.IgnoreChanges, window) {
			return rule.Passed()
		}
	}
	return rule.No()
}

// lentToDeployments passes if a listener does no more than to choose the targets, which a
// blue-green deployment changes. One of plain HTTP, which is the default, has to redirect.
func lentToDeployments(r *rule.Resource) rule.Verdict {
	return r.Get("protocol").Want(func(v rule.Value) bool {
		protocol, _ := v.Text()
		return protocol != "" && protocol != "HTTP"
	}, "", "")
}

// parts are guarded properties that resources of their own can hold instead, and where these
// name what they are a part of. The provider then reads them back into the property, and
// asks for the change to be ignored.
var parts = []struct {
	of         []string
	properties []string
	types      []string
	by         string
}{
	{[]string{webAcl}, []string{"rules"}, []string{aclRule, aclGroup}, "webAclArn"},
	// In either direction: a group with rules of their own should have no others.
	{[]string{securityGroup, defaultGroup}, []string{"ingress", "egress"}, []string{ingressRule, egressRule, groupRule}, "securityGroupId"},
	{[]string{bucket}, []string{"serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"}, []string{bucketEncryption}, "bucket"},
	{[]string{bucket}, []string{"versioning", "versionings"}, []string{bucketVersioning}, "bucket"},
	{[]string{bucket}, []string{"acl"}, []string{bucketAcl}, "bucket"},
	{[]string{bucket}, []string{"policy"}, []string{bucketPolicy}, "bucket"},
	{[]string{kmsKey, kmsReplica}, []string{"policy"}, []string{keyPolicy}, "keyId"},
	{[]string{queue}, []string{"policy"}, []string{queuePolicy}, "queueUrl"},
	{[]string{topic}, []string{"policy"}, []string{topicPolicy}, "arn"},
	{[]string{secret}, []string{"policy"}, []string{secretPolicy}, "secretArn"},
	{[]string{endpoint}, []string{"policy"}, []string{endpointPolicy}, "vpcEndpointId"},
	{[]string{searchDomain}, []string{"accessPolicies"}, []string{"aws:opensearch/domainPolicy:DomainPolicy"}, "domainName"},
	{[]string{oldSearchDomain}, []string{"accessPolicies"}, []string{"aws:elasticsearch/domainPolicy:DomainPolicy"}, "domainName"},
	{[]string{role}, []string{"inlinePolicies"}, []string{rolePolicy}, "role"},
	{[]string{role}, []string{"managedPolicyArns"}, []string{"aws:iam/rolePolicyAttachment:RolePolicyAttachment"}, "role"},
}

// Type tokens of the rules of a web ACL that are resources of their own.
const (
	aclRule  = "aws:wafv2/webAclRule:WebAclRule"
	aclGroup = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
)

// lentToParts is whether a resource of its own that points at this one has the property.
func lentToParts(g *rule.Graph, r *rule.Resource, property string) rule.Verdict {
	verdicts := []rule.Verdict{rule.No()}
	for _, row := range parts {
		if !slices.Contains(row.of, r.Type) || !slices.Contains(row.properties, property) {
			continue
		}
		for _, token := range row.types {
			found, unsure := g.Pointing(r, token, row.by)
			if len(found) > 0 {
				return rule.Passed()
			}
			verdicts = append(verdicts, unsure)
		}
	}
	return rule.Any(verdicts...)
}
