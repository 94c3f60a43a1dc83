package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// An SDK that has no answer to a create sends it again. What AWS makes of that differs by kind, and most kinds are in neither list: they make
// another resource, unless the name or the address range is taken.

// byToken are the kinds whose requests carry a token that the SDK or the provider chooses once per operation (ClientToken, CallerReference,
// IdempotencyToken): AWS answers the second request with what the first one made. Source: Ensuring idempotency in Amazon EC2 API requests, and
// the API reference of each service.
var byToken = kindSet(`ec2.natGateway ec2.routeTable ec2.networkAcl ec2.vpcEndpoint ec2.launchTemplate ec2.instance ec2.flowLog
	ec2.egressOnlyInternetGateway ebs.volume acm.certificate route53.zone route53.healthCheck cloudfront.distribution secretsmanager.secret
	cloudfront.publicKey cloudfront.originAccessIdentity scheduler.schedule scheduler.scheduleGroup backup.plan backup.selection eks.cluster eks.nodeGroup eks.addon eks.fargateProfile efs.fileSystem efs.accessPoint`)

// bySettings are the kinds that a request with the same settings finds in place at any time: settings of other resources, attachments, and what
// AWS documents as idempotent by name.
var bySettings = kindSet(`cloudwatch.metricAlarm cloudwatch.dashboard cloudwatch.logResourcePolicy cloudwatch.logMetricFilter cloudwatch.eventRule
	cloudwatch.eventTarget cloudwatch.logDeliverySource cloudwatch.logDeliveryDestination cloudfront.keyvaluestoreKey cloudfront.keyvaluestoreKeysExclusive
	lambda.functionEventInvokeConfig lambda.functionRecursionConfig lambda.provisionedConcurrencyConfig s3.bucketCorsConfiguration
	s3.bucketObjectLockConfiguration sqs.redrivePolicy sqs.redriveAllowPolicy iam.rolePolicy iam.rolePolicyAttachment iam.userPolicyAttachment iam.groupPolicyAttachment autoscaling.policy
	autoscaling.schedule autoscaling.lifecycleHook autoscaling.attachment appautoscaling.target appautoscaling.policy appautoscaling.scheduledAction lb.loadBalancer lb.targetGroup lb.listener lb.targetGroupAttachment
	lb.listenerCertificate ec2.vpcEndpointRouteTableAssociation ec2.vpcEndpointSubnetAssociation ec2.mainRouteTableAssociation
	ec2.defaultSecurityGroup ec2.defaultNetworkAcl ec2.defaultRouteTable sns.topic sns.topicSubscription sqs.queue sqs.queuePolicy kms.keyPolicy
	wafv2.webAclAssociation acm.certificateValidation s3.bucketAcl s3.bucketLifecycleConfiguration s3.bucketLogging s3.bucketMetric s3.bucketNotification
	s3.bucketObject s3.bucketOwnershipControls s3.bucketPolicy s3.bucketPublicAccessBlock s3.bucketReplicationConfig
	s3.bucketServerSideEncryptionConfiguration s3.bucketVersioning`)

func kindSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}

// Recognised says whether AWS recognises a create of this kind that the SDK sends again.
func Recognised(kind string) bool { return byToken[kind] || bySettings[kind] }

// RecognisedKinds lists those kinds.
func RecognisedKinds() []string {
	var out []string
	for _, set := range []map[string]bool{byToken, bySettings} {
		for kind := range set {
			out = append(out, kind)
		}
	}
	return out
}

// wanted identifies what a create asks for, "" if AWS does not care.
func wanted(r *Request) string {
	if !Recognised(r.Kind) {
		return ""
	}
	sum := sha256.Sum256(fmt.Append(nil, r.URN, map[string]any(r.New)))
	return hex.EncodeToString(sum[:])
}

// recognise finds what the same request made before, nil if it did not or AWS does not know that it is the same.
func (w *World) recognise(r *Request, asked string) *Resource {
	if asked == "" || byToken[r.Kind] && !r.Repeat {
		return nil
	}
	for _, res := range w.kinds[r.Kind] {
		if res.asked == asked && res.Scope == r.Scope {
			return res
		}
	}
	return nil
}
