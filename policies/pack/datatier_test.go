package pack

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/encryption"
	"github.com/plinth-iac/plinth/policies/exposure"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/operations"
	"github.com/plinth-iac/plinth/policies/rule"
)

type (
	r    = ruletest.R
	in   = map[string]any
	to   = map[string][]string
	list = []any
)

var (
	later   = ruletest.ID
	primary = in{"region": "eu-west-1", "defaultTags": `{"tags":{"owner":"shop","environment":"prod"}}`}
	second  = in{"region": "eu-central-1", "defaultTags": `{"tags":{"owner":"shop","environment":"prod"}}`}
)

// dataTier is a database with replicas in two regions, a proxy, a secret, a cache and
// backups, as production has them at a first preview.
func dataTier() []r {
	return []r{
		{Type: "aws:kms/key:Key", Name: "key", Provider: primary, Protect: true, In: in{"enableKeyRotation": true, "multiRegion": true}},
		{Type: "aws:kms/replicaKey:ReplicaKey", Name: "key-there", Provider: second, Protect: true, In: in{"primaryKeyArn": later}, Edges: to{"primaryKeyArn": {"key"}}},
		{Type: "aws:ec2/subnet:Subnet", Name: "isolated", Provider: primary, In: in{"vpcId": later}, Edges: to{"vpcId": {"main"}}},
		{Type: "aws:ec2/routeTable:RouteTable", Name: "table", Provider: primary, In: in{"vpcId": later}, Edges: to{"vpcId": {"main"}}},
		{Type: "aws:ec2/routeTableAssociation:RouteTableAssociation", Name: "association", Provider: primary,
			In: in{"subnetId": later, "routeTableId": later}, Edges: to{"subnetId": {"isolated"}, "routeTableId": {"table"}}},
		{Type: "aws:rds/subnetGroup:SubnetGroup", Name: "subnets", Provider: primary, In: in{"subnetIds": list{later}}, Edges: to{"subnetIds": {"isolated"}}},
		forcing("parameters", primary), forcing("parameters-there", second),
		{Type: "aws:secretsmanager/secret:Secret", Name: "credentials", Provider: primary, In: in{"kmsKeyId": later}, Edges: to{"kmsKeyId": {"key"}}},
		{Type: "aws:secretsmanager/secretVersion:SecretVersion", Name: "version", Provider: primary, In: in{"secretId": later, "secretString": rule.Secret{Of: later}},
			Edges: to{"secretId": {"credentials"}, "secretString": {"db"}}},
		{Type: "aws:secretsmanager/secretRotation:SecretRotation", Name: "rotation", Provider: primary, In: in{"secretId": later, "rotationRules": in{"automaticallyAfterDays": 30}}, Edges: to{"secretId": {"credentials"}}},
		{Type: "aws:rds/instance:Instance", Name: "db", Provider: primary, Protect: true,
			In: in{"engine": "postgres", "engineVersion": "14.9", "multiAz": true, "storageEncrypted": true, "kmsKeyId": later, "parameterGroupName": later,
				"password": rule.Secret{Of: "hunter22"}, "deletionProtection": true, "performanceInsightsEnabled": true, "performanceInsightsKmsKeyId": later},
			Edges: to{"kmsKeyId": {"key"}, "parameterGroupName": {"parameters"}, "performanceInsightsKmsKeyId": {"key"}}},
		{Type: "aws:rds/instance:Instance", Name: "replica", Provider: primary,
			In:    in{"replicateSourceDb": later, "storageEncrypted": true, "deletionProtection": true, "skipFinalSnapshot": true},
			Edges: to{"replicateSourceDb": {"db"}}},
		{Type: "aws:rds/instance:Instance", Name: "replica-there", Provider: second,
			In: in{"replicateSourceDb": later, "kmsKeyId": later, "storageEncrypted": true, "deletionProtection": true, "skipFinalSnapshot": true,
				"parameterGroupName": later},
			Edges: to{"replicateSourceDb": {"db"}, "kmsKeyId": {"key-there"}, "parameterGroupName": {"parameters-there"}}},
		{Type: "aws:rds/proxy:Proxy", Name: "proxy", Provider: primary, In: in{"requireTls": true, "vpcSubnetIds": list{later}}, Edges: to{"vpcSubnetIds": {"isolated"}}},
		{Type: "aws:elasticache/replicationGroup:ReplicationGroup", Name: "cache", Provider: primary, Protect: true,
			In:    in{"engine": "valkey", "atRestEncryptionEnabled": true, "kmsKeyId": later, "transitEncryptionEnabled": true, "userGroupIds": list{later}},
			Edges: to{"kmsKeyId": {"key"}, "userGroupIds": {"users"}}},
		{Type: "aws:backup/vault:Vault", Name: "vault", Provider: primary, In: in{"kmsKeyArn": later}, Edges: to{"kmsKeyArn": {"key"}}},
		{Type: "aws:backup/vault:Vault", Name: "vault-there", Provider: second, In: in{"kmsKeyArn": later}, Edges: to{"kmsKeyArn": {"key-there"}}},
		alarm("db-alarm", "DBInstanceIdentifier", "db"), alarm("replica-alarm", "DBInstanceIdentifier", "replica"),
		alarm("replica-there-alarm", "DBInstanceIdentifier", "replica-there"), alarm("cache-alarm", "CacheClusterId", "cache"),
	}
}

// forcing is a parameter group that refuses connections without TLS.
func forcing(name string, provider in) r {
	return r{Type: "aws:rds/parameterGroup:ParameterGroup", Name: name, Provider: provider,
		In: in{"family": "postgres14", "parameters": list{in{"name": "rds.force_ssl", "value": "1"}}}}
}

// dataRules are the rules about encryption, exposure and operations.
func dataRules() []*rule.Rule {
	return slices.Concat(encryption.Rules(), exposure.Rules(), operations.Rules())
}

// undone are the rules that a stack does not pass, with the resource.
func undone(t *testing.T, rules []*rule.Rule, stack []r, profile rule.Profile) []string {
	t.Helper()
	found := []string{}
	g := rule.NewGraph(ruletest.Resources(stack))
	for _, judge := range rules {
		if judge.Level(profile) == rule.Disabled {
			continue
		}
		for _, res := range g.Of(judge.Types...) {
			f, err := rule.Run(judge, g, res, judge.Defaults(profile))
			require.NoError(t, err)
			if f.Outcome == rule.Fail || f.Outcome == rule.Unknown {
				found = append(found, judge.ID+": "+f.Outcome.String()+": "+res.Name)
			}
		}
	}
	return found
}

func TestADataTierThatIsRightHasNothingUndone(t *testing.T) {
	assert.Empty(t, undone(t, dataRules(), dataTier(), rule.Production))
	assert.Empty(t, undone(t, dataRules(), dataTier(), rule.Development))
}

func TestWhatIsWrongWithADataTierIsFoundAtPreview(t *testing.T) {
	for name, c := range map[string]struct {
		resource string
		spoil    func(*r)
		want     []string
	}{
		"the key of another region": {"replica-there", func(r *r) { r.Edges["kmsKeyId"] = []string{"key"} }, []string{"kms-cross-region-key: fail: replica-there"}},
		"a vault with a key of who knows where": {"vault-there", func(r *r) { r.Edges = nil },
			[]string{"backup-vault-cmk: unknown: vault-there", "kms-cross-region-key: unknown: vault-there"}},
		"no protect option": {"db", func(r *r) { r.Protect = false }, []string{"stateful-protect-option: fail: db"}},
		"plain connections": {"parameters", func(r *r) { r.In["parameters"] = list{} }, []string{"rds-force-tls: fail: db", "rds-force-tls: fail: replica"}},
		"a password that stays": {"rotation", func(r *r) { r.Edges["secretId"] = []string{"key"} },
			[]string{"secret-rotation: unknown: credentials", "secret-rotation: unknown: db"}},
		"public subnets": {"table", func(r *r) { r.In["routes"] = list{in{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}} },
			[]string{"data-subnets-private: fail: proxy", "data-subnets-private: fail: subnets"}},
	} {
		stack := dataTier()
		i := slices.IndexFunc(stack, func(r r) bool { return r.Name == c.resource })
		c.spoil(&stack[i])
		assert.Equal(t, c.want, undone(t, dataRules(), stack, rule.Production), name)
	}
}

func TestADevelopmentDatabaseIsLeftAlone(t *testing.T) {
	assert.Empty(t, undone(t, dataRules(), []r{forcing("parameters", primary), {
		Type: "aws:rds/instance:Instance", Name: "db", Provider: primary, In: in{"engine": "postgres", "storageEncrypted": true,
			"manageMasterUserPassword": true, "parameterGroupName": later, "deletionProtection": true},
		Edges: to{"parameterGroupName": {"parameters"}},
	}}, rule.Development))
}
