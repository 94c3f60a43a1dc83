// Package encryption holds the rules that data is encrypted where it lies and where it
// travels.
package encryption

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/document"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens.
const (
	loadBalancer      = "aws:lb/loadBalancer:LoadBalancer"
	classicBalancer   = "aws:elb/loadBalancer:LoadBalancer"
	listener          = "aws:lb/listener:Listener"
	listenerRule      = "aws:lb/listenerRule:ListenerRule"
	bucket            = "aws:s3/bucket:Bucket"
	bucketPolicy      = "aws:s3/bucketPolicy:BucketPolicy"
	volume            = "aws:ebs/volume:Volume"
	defaultEncryption = "aws:ebs/encryptionByDefault:EncryptionByDefault"
	instance          = "aws:ec2/instance:Instance"
	launchTemplate    = "aws:ec2/launchTemplate:LaunchTemplate"
	launchConfig      = "aws:ec2/launchConfiguration:LaunchConfiguration"
	kmsKey            = "aws:kms/key:Key"
	kmsReplica        = "aws:kms/replicaKey:ReplicaKey"
	parameter         = "aws:ssm/parameter:Parameter"
	function          = "aws:lambda/function:Function"
	taskDefinition    = "aws:ecs/taskDefinition:TaskDefinition"
	configMap         = "kubernetes:core/v1:ConfigMap"
	eksCluster        = "aws:eks/cluster:Cluster"
)

// Type tokens of data stores, and of what is encrypted besides them.
const (
	database            = "aws:rds/instance:Instance"
	dbCluster           = "aws:rds/cluster:Cluster"
	dbMember            = "aws:rds/clusterInstance:ClusterInstance"
	globalDb            = "aws:rds/globalCluster:GlobalCluster"
	dbParameters        = "aws:rds/parameterGroup:ParameterGroup"
	clusterParams       = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	dbProxy             = "aws:rds/proxy:Proxy"
	backupsCopy         = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
	dbSnapshotCopy      = "aws:rds/snapshotCopy:SnapshotCopy"
	clusterSnapCopy     = "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy"
	docdbCluster        = "aws:docdb/cluster:Cluster"
	docdbParameters     = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
	neptuneCluster      = "aws:neptune/cluster:Cluster"
	cacheGroup          = "aws:elasticache/replicationGroup:ReplicationGroup"
	cacheUser           = "aws:elasticache/user:User"
	memoryDb            = "aws:memorydb/cluster:Cluster"
	table               = "aws:dynamodb/table:Table"
	tableReplica        = "aws:dynamodb/tableReplica:TableReplica"
	daxCluster          = "aws:dax/cluster:Cluster"
	warehouse           = "aws:redshift/cluster:Cluster"
	warehouseParameters = "aws:redshift/parameterGroup:ParameterGroup"
	vault               = "aws:backup/vault:Vault"
	secret              = "aws:secretsmanager/secret:Secret"
	logGroup            = "aws:cloudwatch/logGroup:LogGroup"
	trail               = "aws:cloudtrail/trail:Trail"
	topic               = "aws:sns/topic:Topic"
	queue               = "aws:sqs/queue:Queue"
	queuePolicy         = "aws:sqs/queuePolicy:QueuePolicy"
	topicPolicy         = "aws:sns/topicPolicy:TopicPolicy"
	repository          = "aws:ecr/repository:Repository"
	kmsAlias            = "aws:kms/alias:Alias"
)

// Rules are the rules of this package.
func Rules() []*rule.Rule {
	return []*rule.Rule{
		lbHttps(), lbTlsPolicy(), s3TlsOnly(), sqsTlsOnly(),
		ebsEncrypted(), ebsDefaultEncryption(), kmsRotation(), kmsDeletionWindow(), noSecretInPlainSink(),
		rdsStorageEncrypted(), elasticacheAtRest(), docdbEncrypted(), neptuneEncrypted(), daxEncrypted(), sqsEncrypted(),
		rdsCmk(), dynamodbCmk(), memorydbCmk(), backupVaultCmk(), secretCmk(), logGroupCmk(), ecrCmk(), snsEncrypted(), kmsCrossRegionKey(), eksSecretsEnvelope(),
		rdsForceTls(), docdbTls(), rdsProxyTls(), elasticacheInTransit(), memorydbTls(), daxTls(),
		efsEncrypted(), fsxCmk(), ecsEfsTls(), opensearchAtRest(), opensearchTls(), mskCmk(), mskTls(), redshiftEncrypted(), redshiftTls(),
		cloudfrontTls(), apiDomainTls(), acmValidated(), acmStrongKey(), acmNoWildcard(), snsTlsOnly(), s3SseKms(), kinesisEncrypted(), lambdaEnvCmk(),
	}
}

func lbHttps() *rule.Rule {
	return &rule.Rule{
		ID: "lb-https", Title: "Load balancers speak TLS, and plain HTTP only to redirect", Severity: rule.High, Category: rule.Encryption,
		Why: "Whoever is on the path reads and changes what plain HTTP carries; inside a VPC that is every compromised machine.",
		Fix: "an HTTPS listener with certificateArn; on the HTTP listener a redirect to it; no HTTP listener on a classic load balancer",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_2", "CKV2_AWS_20", "CKV_AWS_378"}, Trivy: []string{"AWS-0054"}, SecurityHub: []string{"ELB.1", "ELB.18"},
		},
		Types: []string{listener, classicBalancer},
		Settings: []rule.Setting{{
			Name: "internalPlaintext", Help: "What plain HTTP is on a listener of an internal load balancer: warn is an advisory finding, deny an ordinary one.",
			Development: "warn", Production: "deny", Allowed: []string{"warn", "deny"}, Stricter: rule.More,
		}},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, s rule.Settings) rule.Verdict {
			if r.Type == classicBalancer {
				return insideVpc(r, r.Get("listeners").Each(classicTls), s)
			}
			protocol := r.Get("protocol")
			balancer, _ := g.Target(r, loadBalancer, "loadBalancerArn")
			switch {
			case protocol.IsUnknown():
				return rule.NotKnown(protocol)
			case rule.Is("HTTPS", "TLS")(protocol):
				return rule.Passed()
			case rule.Is("TCP", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC")(protocol):
				return rule.Skipped() // passes on what it gets
			case protocol.IsAbsent() && balancer != nil && rule.Is("gateway")(balancer.Get("loadBalancerType")):
				return rule.Skipped()
			}
			verdict := r.Get("defaultActions").Each(redirectsToHttps)
			if verdict.Outcome == rule.NotApplicable {
				verdict = rule.Failed("answers plain HTTP", "redirect to an HTTPS listener")
			}
			rules, unsure := g.Pointing(r, listenerRule, "listenerArn")
			for _, lr := range rules {
				verdict = rule.All(verdict, lr.Get("actions").Each(redirectsToHttps))
			}
			verdict = rule.All(verdict, unsure)
			return insideVpc(balancer, verdict, s)
		},
	}
}

// insideVpc is the verdict on what a load balancer, nil if it is not known, serves: plain HTTP
// of an internal one is as bad as the setting says.
func insideVpc(balancer *rule.Resource, verdict rule.Verdict, s rule.Settings) rule.Verdict {
	if verdict.Outcome != rule.Fail || balancer == nil || !rule.IsTrue(balancer.Get("internal")) {
		return verdict
	}
	verdict.Problem = "serves plain HTTP inside the VPC, to the internal load balancer " + balancer.Name
	verdict.AtMostAdvisory = s.Text("internalPlaintext") == "warn"
	return verdict
}

// classicTls judges a listener of a classic load balancer, which cannot redirect.
func classicTls(one rule.Value) rule.Verdict {
	protocol := one.Get("lbProtocol")
	is := func(names ...string) bool {
		name, _ := protocol.Text()
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	switch {
	case protocol.IsUnknown():
		return rule.NotKnown(protocol)
	case is("HTTPS", "SSL"):
		return rule.Passed()
	case is("TCP"):
		return rule.Skipped() // it passes on what it gets
	}
	return rule.Failed("serves plain HTTP", "set "+protocol.Path()+` to "HTTPS" with sslCertificateId, or remove the listener`)
}

func redirectsToHttps(action rule.Value) rule.Verdict {
	kind := action.Get("type")
	if !kind.IsUnknown() && !rule.Is("redirect")(kind) {
		return rule.Failed("serves plain HTTP", "make every action of the HTTP listener a redirect to HTTPS, and serve from an HTTPS listener")
	}
	to := action.Get("redirect.protocol")
	return rule.All(kind.Want(rule.Is("redirect"), "", ""),
		to.Want(rule.Is("HTTPS"), "redirects to "+to.String(), `set redirect.protocol to "HTTPS"`))
}

// modernTls is the policy that Remedy sets: TLS 1.3, and 1.2 with forward secrecy only.
const modernTls = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

func lbTlsPolicy() *rule.Rule {
	return &rule.Rule{
		ID: "lb-tls-policy", Title: "TLS listeners accept TLS 1.2 and 1.3 only", Severity: rule.High, Category: rule.Encryption,
		Why: "Without a policy, AWS picks one of 2016 that still speaks TLS 1.0.",
		Fix: `set sslPolicy to "` + modernTls + `"`,
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_103", "CKV2_AWS_74"}, Trivy: []string{"AWS-0047"}, SecurityHub: []string{"ELB.17"},
		},
		Types: []string{listener},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			protocol, policy := r.Get("protocol"), r.Get("sslPolicy")
			if protocol.IsUnknown() {
				return rule.NotKnown(protocol)
			}
			if !rule.Is("HTTPS", "TLS")(protocol) {
				return rule.Skipped()
			}
			return policy.Want(isModernTls, "sslPolicy is "+policy.String(), `set sslPolicy to "`+modernTls+`"`)
		},
		Remedy: func(*rule.Resource, rule.Settings) []rule.Patch {
			return []rule.Patch{{Path: "sslPolicy", Value: modernTls}}
		},
	}
}

func isModernTls(v rule.Value) bool {
	name, _ := v.Text()
	for _, family := range [...]string{"TLS13-1-2-", "TLS13-1-3-", "TLS-1-2-", "FS-1-2-"} {
		if strings.HasPrefix(name, "ELBSecurityPolicy-"+family) {
			return true
		}
	}
	return false
}

func s3TlsOnly() *rule.Rule {
	return &rule.Rule{
		ID: "s3-tls-only", Title: "Buckets refuse requests without TLS", Severity: rule.High, Category: rule.Encryption,
		Why: "S3 answers plain HTTP unless the bucket's policy denies it.",
		Fix: "a BucketPolicy that denies s3:* to * on the bucket and its objects when aws:SecureTransport is false",
		Controls: rule.Controls{
			Checkov: []string{"CKV_AWS_379"}, SecurityHub: []string{"S3.5"}, CIS: []string{"2.1.1"},
		},
		Types: []string{bucket},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			policies, missing := g.Pointing(r, bucketPolicy, "bucket")
			for _, p := range policies {
				statements, bad := document.Parse(p.Get("policy"))
				if slices.ContainsFunc(statements, deniesPlaintext) {
					return rule.Passed()
				}
				missing = rule.All(missing, bad)
			}
			if missing.Outcome != rule.NotApplicable {
				return missing
			}
			if len(policies) == 0 {
				return rule.Failed("has no bucket policy", "add a BucketPolicy that denies s3:* to * when aws:SecureTransport is false")
			}
			return rule.Failed("its policy allows requests without TLS",
				"add a statement that denies s3:* to * on the bucket and its objects when aws:SecureTransport is false")
		},
	}
}

func deniesPlaintext(s document.Statement) bool {
	objects := slices.ContainsFunc(s.Resources, func(arn string) bool { return strings.HasSuffix(arn, "/*") || arn == "*" })
	itself := slices.ContainsFunc(s.Resources, func(arn string) bool { return !strings.Contains(arn, "/") })
	return objects && itself && deniesWithoutTls(s, "s3:*")
}

// deniesWithoutTls reports that a statement denies everyone an action, or all of its
// service, without TLS.
func deniesWithoutTls(s document.Statement, action string) bool {
	service, _, _ := strings.Cut(action, ":")
	denies := func(denied string) bool {
		return denied == "*" || strings.EqualFold(denied, action) || strings.EqualFold(denied, service+":*")
	}
	return !s.Allow && slices.Contains(s.Principals, "*") && slices.ContainsFunc(s.Actions, denies) &&
		len(s.Conditions) == 1 && slices.Equal(s.Conditions["Bool"]["aws:SecureTransport"], []string{"false"})
}
