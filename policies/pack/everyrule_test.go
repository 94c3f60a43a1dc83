package pack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// failing is a rule with what identifies it, that finds fault with everything it is asked of.
func failing(r *rule.Rule) *rule.Rule {
	stub := *r
	if r.Check != nil {
		stub.Check = func(*rule.Resource, rule.Settings) rule.Verdict { return rule.Failed("is wrong", "make it right") }
	} else {
		stub.CheckGraph = func(*rule.Graph, *rule.Resource, rule.Settings) rule.Verdict {
			return rule.Failed("is wrong", "make it right")
		}
	}
	return &stub
}

// enabledIn is a profile in which a rule is on.
func enabledIn(r *rule.Rule) rule.Profile {
	if r.Level(rule.Production) == rule.Disabled {
		return rule.Development
	}
	return rule.Production
}

// asked is a resource of a type as the engine asks about it.
func asked(token string, properties rule.Fields) *rule.Resource {
	r := fromInputs(&pulumirpc.AnalyzeRequest{Urn: "urn:pulumi:prod::shop::" + token + "::it", Type: token, Name: "it"})
	r.Inputs = properties
	return r
}

// judgedAlone is what is said of a resource of a type, by policy, in a session of its own.
func judgedAlone(t *testing.T, r *rule.Rule, token string, p rule.Profile, exemptions string, now time.Time, allowed ...string) map[string]*pulumirpc.AnalyzeDiagnostic {
	t.Helper()
	s, err := newSession(Options{Rules: []*rule.Rule{r}, Now: func() time.Time { return now }, Getenv: func(string) string { return "" }}.withDefaults(),
		map[string]string{ExemptionsKey: exemptions, ProfileKey: string(p)}, false)
	require.NoError(t, err)
	s.policies[Exemptions].settings["allowCritical"] = allowed
	res := asked(token, nil)
	said := map[string]*pulumirpc.AnalyzeDiagnostic{}
	for _, answer := range []*pulumirpc.AnalyzeResponse{s.analyze(res, token), s.analyzeStack([]*rule.Resource{res}, "")} {
		for _, d := range answer.GetDiagnostics() {
			assert.Nil(t, said[d.GetPolicyName()], "%s is said twice", d.GetPolicyName())
			said[d.GetPolicyName()] = d
		}
	}
	return said
}

func TestEveryPolicyCanBeExemptedForATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exemptions.yaml")
	last := time.Date(2026, 4, 30, 23, 0, 0, 0, time.UTC)
	for _, original := range Rules() {
		r, profile := failing(original), enabledIn(original)
		require.NoError(t, os.WriteFile(path, fmt.Appendf(nil,
			"exemptions: [{policy: %s, resource: '*::it', reason: a reason of some length, owner: web, expires: 2026-04-30}]", r.ID), 0o600))
		level, message := wireLevel(r.Level(profile)), rule.Kind(r.Types[0])+" it: is wrong. Fix: make it right."
		stands := func(said map[string]*pulumirpc.AnalyzeDiagnostic, why string) {
			t.Helper()
			require.Len(t, said, 2, r.ID)
			assert.Equal(t, []any{level, message}, []any{said[r.ID].GetEnforcementLevel(), said[r.ID].GetMessage()}, r.ID)
			assert.Contains(t, said[Exemptions].GetMessage(), "does not hold: "+why)
		}
		var allowed []string
		if r.Severity == rule.Critical {
			stands(judgedAlone(t, r, r.Types[0], profile, path, last), r.ID+" is critical, and not in allowCritical")
			allowed = []string{r.ID}
		}
		said := judgedAlone(t, r, r.Types[0], profile, path, last, allowed...)
		require.Len(t, said, 1, r.ID)
		assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, said[r.ID].GetEnforcementLevel(), r.ID)
		assert.Equal(t, "exempt until 2026-04-30 (web: a reason of some length), expires in 0 days: "+message, said[r.ID].GetMessage())
		stands(judgedAlone(t, r, r.Types[0], profile, path, last.Add(time.Hour), allowed...), "it expired on 2026-04-30")
	}
}

// spellings are the other names under which the providers know a type: those of version 6
// of AWS's where version 7 has another one, modules that were renamed, and the groups and
// betas of Kubernetes.
var spellings = map[string][]string{
	"aws:elb/loadBalancer:LoadBalancer": {"aws:elasticloadbalancing/loadBalancer:LoadBalancer"},
	"aws:lb/listener:Listener": {"aws:alb/listener:Listener", "aws:applicationloadbalancing/listener:Listener",
		"aws:elasticloadbalancingv2/listener:Listener"},
	"aws:lb/listenerRule:ListenerRule": {"aws:alb/listenerRule:ListenerRule", "aws:applicationloadbalancing/listenerRule:ListenerRule",
		"aws:elasticloadbalancingv2/listenerRule:ListenerRule"},
	"aws:lb/loadBalancer:LoadBalancer": {"aws:alb/loadBalancer:LoadBalancer", "aws:applicationloadbalancing/loadBalancer:LoadBalancer",
		"aws:elasticloadbalancingv2/loadBalancer:LoadBalancer"},
	"aws:lb/targetGroup:TargetGroup": {"aws:alb/targetGroup:TargetGroup", "aws:applicationloadbalancing/targetGroup:TargetGroup",
		"aws:elasticloadbalancingv2/targetGroup:TargetGroup"},
	"aws:s3/bucket:Bucket":       {"aws:s3/bucketV2:BucketV2"},
	"aws:s3/bucketAcl:BucketAcl": {"aws:s3/bucketAclV2:BucketAclV2"},
	"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":   {"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"},
	"aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {"aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2"},
	"aws:s3/bucketVersioning:BucketVersioning":                           {"aws:s3/bucketVersioningV2:BucketVersioningV2"},
	"aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock":           nil,
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":             nil,
	"aws:s3/bucketLogging:BucketLogging":                                 {"aws:s3/bucketLoggingV2:BucketLoggingV2"},
	"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"},
	"aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": {"aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2"},
	"aws:s3/bucketNotification:BucketNotification":                 nil,
	"aws:s3/bucketPolicy:BucketPolicy":                             nil,
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":       nil,
	"aws:s3/bucketReplicationConfig:BucketReplicationConfig":       nil,
	"kubernetes:apps/v1:DaemonSet":                                 {"kubernetes:apps/v1beta2:DaemonSet", "kubernetes:extensions/v1beta1:DaemonSet"},
	"kubernetes:apps/v1:Deployment":                                {"kubernetes:apps/v1beta1:Deployment", "kubernetes:apps/v1beta2:Deployment", "kubernetes:extensions/v1beta1:Deployment"},
	"kubernetes:apps/v1:ReplicaSet":                                {"kubernetes:apps/v1beta2:ReplicaSet", "kubernetes:extensions/v1beta1:ReplicaSet"},
	"kubernetes:apps/v1:StatefulSet":                               {"kubernetes:apps/v1beta1:StatefulSet", "kubernetes:apps/v1beta2:StatefulSet"},
	"kubernetes:autoscaling/v2:HorizontalPodAutoscaler": {"kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
		"kubernetes:autoscaling/v2beta1:HorizontalPodAutoscaler", "kubernetes:autoscaling/v2beta2:HorizontalPodAutoscaler"},
	"kubernetes:batch/v1:CronJob":                   {"kubernetes:batch/v1beta1:CronJob", "kubernetes:batch/v2alpha1:CronJob"},
	"kubernetes:batch/v1:Job":                       nil,
	"kubernetes:core/v1:ConfigMap":                  nil,
	"kubernetes:core/v1:Namespace":                  nil,
	"kubernetes:core/v1:PersistentVolumeClaim":      nil,
	"kubernetes:core/v1:Pod":                        nil,
	"kubernetes:core/v1:ReplicationController":      nil,
	"kubernetes:core/v1:Secret":                     nil,
	"kubernetes:core/v1:Service":                    nil,
	"kubernetes:core/v1:ServiceAccount":             nil,
	"kubernetes:networking.k8s.io/v1:IngressClass":  {"kubernetes:networking.k8s.io/v1beta1:IngressClass"},
	"kubernetes:networking.k8s.io/v1:NetworkPolicy": {"kubernetes:extensions/v1beta1:NetworkPolicy"},
	"kubernetes:networking.k8s.io/v1:Ingress":       {"kubernetes:extensions/v1beta1:Ingress", "kubernetes:networking.k8s.io/v1beta1:Ingress"},
	"kubernetes:policy/v1:PodDisruptionBudget":      {"kubernetes:policy/v1beta1:PodDisruptionBudget"},
	"kubernetes:storage.k8s.io/v1:StorageClass":     {"kubernetes:storage.k8s.io/v1beta1:StorageClass"},
	"kubernetes:helm.sh/v3:Release":                 nil,
}

// renamed are the modules in which types have other spellings.
var renamed = regexp.MustCompile(`^(aws:(elb|lb|s3)/|kubernetes:)`)

func TestEverySpellingOfATypeReachesItsRules(t *testing.T) {
	samples := []map[string]any{
		{}, {"protocol": "HTTP", "port": 80, "sslPolicy": "ELBSecurityPolicy-2016-08", "internal": true, "subnets": []any{"subnet-1"}},
		{"acl": "public-read", "bucket": "b", "forceDestroy": true, "minSize": 1},
		{"spec": map[string]any{"replicas": 1, "minReplicas": 1, "minAvailable": 1, "template": map[string]any{"spec": map[string]any{
			"hostNetwork": true, "containers": []any{map[string]any{"name": "main", "image": "web"}}}}}, "parameters": map[string]any{"type": "gp3"}},
	}
	for _, r := range Rules() {
		stub, profile := failing(r), enabledIn(r)
		for _, canonical := range r.Types {
			others, listed := spellings[canonical]
			require.Equal(t, renamed.MatchString(canonical), listed, "%s: say in this test how else %s is spelled", r.ID, canonical)
			patch := strings.HasPrefix(canonical, "kubernetes:") && !strings.HasPrefix(canonical, "kubernetes:helm.sh/")
			for _, token := range append(others, canonical) {
				if patch {
					assert.Contains(t, judgedAlone(t, stub, token+"Patch", profile, "", today), r.ID, token)
				}
				assert.Contains(t, judgedAlone(t, stub, token, profile, "", today), r.ID, token)
				for _, sample := range samples {
					want := verdict(t, r, asked(canonical, rule.FieldsOf(sample)))
					assert.Equal(t, want, verdict(t, r, asked(token, rule.FieldsOf(sample))), "%s on %s %v", r.ID, token, sample)
				}
			}
		}
	}
}

// verdict is a rule's on a resource that is alone.
func verdict(t *testing.T, r *rule.Rule, res *rule.Resource) rule.Verdict {
	t.Helper()
	f, err := rule.Run(r, rule.NewGraph([]*rule.Resource{res}), res, r.Defaults(enabledIn(r)))
	require.NoError(t, err)
	return f.Verdict
}
