package aws

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/require"
)

// ruleCase is one way to break a rule of a data service and, next to it, one that is just right. Both are what `sound` says of the kind with a few
// properties changed; nil takes one away.
type ruleCase struct {
	rule, kind string
	bad, good  Obj
	// op is Create unless said otherwise; old changes what exists, with adds to the world, worse to the world of the bad request only.
	op  Op
	old Obj
	// region is where the request is made, if not at home.
	region      string
	with, worse []*Resource
}

const (
	dataTrust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["monitoring.rds.amazonaws.com","rds.amazonaws.com","backup.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
	plainTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

	dataRoleARN  = "arn:aws:iam::111122223333:role/data"
	plainRoleARN = "arn:aws:iam::111122223333:role/plain"
	dataKeyARN   = "arn:aws:kms:eu-west-1:111122223333:key/k1"
	dataTopicARN = "arn:aws:sns:eu-west-1:111122223333:events"
	awayRegion   = "us-east-1"
)

// dataRules are all rules whose examples are cases of this form.
var dataRules = slices.Concat(rdsRules, docdbRules, elasticacheRules, backupRules, dynamodbRules, tableReplicaRules, secretsRules, serverlessRules, appScalingRules, replicaKeyRules, ssmRules,
	edgeRules, edgeRecordRules, deliveryRules, packageRules, destinationRules, notificationRules, replicationRules, subscriptionRules)

func existing(kind, id string, props Obj) *Resource {
	return &Resource{Scope: home, Kind: kind, ID: id, Props: numbers(props).(Obj)}
}

// away puts a resource into another region.
func away(r *Resource) *Resource { r.Region = awayRegion; return r }

// numbers brings Go values to the form that properties have.
func numbers(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []string:
		out := []any{}
		for _, s := range v {
			out = append(out, s)
		}
		return out
	case []Obj:
		out := []any{}
		for _, o := range v {
			out = append(out, map[string]any(numbers(o).(Obj)))
		}
		return out
	case Obj:
		out := Obj{}
		for key, e := range v {
			e = numbers(e)
			if o, ok := e.(Obj); ok {
				e = map[string]any(o)
			}
			out[key] = e
		}
		return out
	}
	return v
}

// ground is the world the cases play in: a VPC of three zones, another VPC, and one of what data services refer to.
func dataGround() *World {
	w := NewWorld(1)
	for _, r := range []*Resource{
		existing("ec2.vpc", "vpc-1", Obj{"defaultSecurityGroupId": "sg-0"}), existing("ec2.vpc", "vpc-2", Obj{}),
		existing("ec2.subnet", "a", Obj{"vpcId": "vpc-1", "availabilityZone": "eu-west-1a"}),
		existing("ec2.subnet", "b", Obj{"vpcId": "vpc-1", "availabilityZone": "eu-west-1b"}),
		existing("ec2.subnet", "b2", Obj{"vpcId": "vpc-1", "availabilityZone": "eu-west-1b"}),
		existing("ec2.subnet", "c", Obj{"vpcId": "vpc-1", "availabilityZone": "eu-west-1c"}),
		existing("ec2.subnet", "far", Obj{"vpcId": "vpc-2", "availabilityZone": "eu-west-1a"}),
		existing("ec2.securityGroup", "sg-1", Obj{"vpcId": "vpc-1"}), existing("ec2.securityGroup", "sg-2", Obj{"vpcId": "vpc-2"}),
		existing("iam.role", "data", Obj{"arn": dataRoleARN, "assumeRolePolicy": dataTrust}), existing("iam.role", "plain", Obj{"arn": plainRoleARN, "assumeRolePolicy": plainTrust}),
		existing("kms.key", "k1", Obj{"arn": dataKeyARN}), existing("sns.topic", dataTopicARN, Obj{"arn": dataTopicARN}), existing("cloudwatch.logGroup", "slow", Obj{}),
		existing("rds.subnetGroup", "data", Obj{"name": "data", "subnetIds": []string{"a", "b"}}),
		existing("rds.subnetGroup", "three", Obj{"name": "three", "subnetIds": []string{"a", "b", "c"}}),
		existing("rds.subnetGroup", "other", Obj{"name": "other", "subnetIds": []string{"far"}}),
		existing("elasticache.subnetGroup", "data", Obj{"name": "data", "subnetIds": []string{"a", "b"}}),
		existing("elasticache.subnetGroup", "narrow", Obj{"name": "narrow", "subnetIds": []string{"b", "b2"}}),
		existing("rds.instance", "db-1", postgresDatabase("main")), existing("rds.cluster", "aurora", auroraCluster("aurora")),
		existing("docdb.cluster", "docs", Obj{"clusterIdentifier": "docs", "engine": "docdb", "engineVersion": "5.0.0"}),
		existing("secretsmanager.secret", dataSecretARN, Obj{"name": "app/db", "arn": dataSecretARN}),
		existing("backup.vault", "vault", Obj{"name": "vault", "arn": "arn:aws:backup:eu-west-1:111122223333:backup-vault:vault"}),
		away(existing("backup.vault", "copies", Obj{"name": "copies", "arn": copiesARN})),
		existing("elasticache.user", "app", Obj{"userId": "app", "userName": "default", "engine": "redis"}),
		existing("elasticache.userGroup", "users", Obj{"userGroupId": "users", "engine": "redis"}),
	} {
		w.put(r)
	}
	return w
}

func postgresDatabase(name string) Obj {
	return Obj{"identifier": name, "arn": "arn:aws:rds:eu-west-1:111122223333:db:" + name, "engine": "postgres", "engineVersion": "16.4", "backupRetentionPeriod": 7,
		"dbSubnetGroupName": "data", "storageType": "gp3", "allocatedStorage": 50, "storageEncrypted": true, "kmsKeyId": dataKeyARN}
}

func auroraCluster(name string) Obj {
	return Obj{"clusterIdentifier": name, "arn": "arn:aws:rds:eu-west-1:111122223333:cluster:" + name, "engine": "aurora-postgresql", "engineVersion": "16.4", "dbSubnetGroupName": "data",
		"serverlessv2ScalingConfiguration": Obj{"minCapacity": 0.5, "maxCapacity": 4}}
}

// judgeCases runs cases against a service's rules: the good request breaks none of them, the bad one breaks the named rule; and every rule has
// a case.
func judgeCases(t *testing.T, rules []Rule, sound map[string]Obj, cases []ruleCase) {
	t.Helper()
	byID := map[string]Rule{}
	for _, rule := range rules {
		require.NotContains(t, byID, rule.ID, "rule twice")
		require.True(t, rule.Code != "" && rule.Source != "" && rule.Kinds != "" && rule.On != 0, rule.ID)
		byID[rule.ID] = rule
	}
	covered := map[string]bool{}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			rule, ok := byID[c.rule]
			require.True(t, ok, "no such rule")
			covered[c.rule] = true
			if c.op == 0 {
				c.op = Create
			}
			require.Contains(t, sound, c.kind)
			require.Contains(t, strings.Fields(rule.Kinds), c.kind)
			require.NotZero(t, rule.On&c.op, "the rule does not judge this operation")
			for _, other := range rules {
				if slices.Contains(strings.Fields(other.Kinds), c.kind) && other.On&c.op != 0 {
					require.Empty(t, other.Check(c.request(sound[c.kind], c.good, c.with)), "the good request breaks %s", other.ID)
				}
			}
			require.NotEmpty(t, rule.Check(c.request(sound[c.kind], c.bad, append(c.worse, c.with...))), "the bad request breaks nothing")
		})
	}
	for id := range byID {
		require.True(t, covered[id], "rule %s has no case", id)
	}
}

func (c ruleCase) request(sound, changes Obj, with []*Resource) *Request {
	w := dataGround()
	for _, r := range with {
		w.put(r)
	}
	scope := home
	if c.region != "" {
		scope.Region = c.region
	}
	r := &Request{Scope: scope, World: w, Op: c.op, Kind: c.kind, Token: "aws:" + strings.Replace(c.kind, ".", "/", 1), ID: "self"}
	if c.op == Create {
		r.ID = ""
		r.New = altered(sound, changes)
		return r
	}
	r.Old = altered(altered(sound, c.old), nil)
	r.New = altered(r.Old, changes)
	if c.op == Delete {
		r.Old, r.New = r.New, nil
		for _, key := range []string{"name", "vaultName"} {
			if name := r.Old.Str(key); name != "" {
				r.ID = name
			}
		}
	}
	w.put(&Resource{Scope: scope, Kind: c.kind, ID: r.ID, Props: r.Old})
	return r
}

func altered(base, changes Obj) Obj {
	out := numbers(base).(Obj)
	maps.Copy(out, numbers(changes).(Obj))
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// What hooks fill in must be something that the provider knows, and something that it does not take for the program's.
func TestHooksFillOnlyWhatAWSComputes(t *testing.T) {
	sounds := map[string]Obj{}
	for _, sound := range []map[string]Obj{soundRDS, soundCaches, soundTables, soundSecrets, soundDocDB, soundStacks, soundScaling, soundSecurity} {
		maps.Copy(sounds, sound)
	}
	for kind, hook := range dataHooks {
		t.Run(kind, func(t *testing.T) {
			sound, ok := sounds[kind]
			require.True(t, ok, "no sound request")
			service, name, _ := strings.Cut(kind, ".")
			typ, err := facts.Lookup("aws:" + service + "/" + name + ":" + strings.ToUpper(name[:1]) + name[1:])
			require.NoError(t, err)
			r := ruleCase{op: Create, kind: kind}.request(sound, nil, nil)
			before := maps.Clone(r.New)
			hook(r)
			for key := range r.New {
				if _, had := before[key]; !had {
					require.Contains(t, typ.Properties, key)
					require.True(t, typ.Properties[key].Computed, "%s is the program's", key)
				}
			}
		})
	}
}

// What hooks fill in breaks no rule when the program runs again, and stays as it is.
func TestHooksAreSteady(t *testing.T) {
	for _, sounds := range []map[string]Obj{soundRDS, soundDocDB, soundCaches, soundTables, soundSecrets, soundStacks, soundScaling, soundSecurity} {
		for kind, sound := range sounds {
			hook := dataHooks[kind]
			if hook == nil || kind == "rds.proxyTarget" || kind == "rds.proxyEndpoint" {
				continue
			}
			r := ruleCase{op: Create, kind: kind}.request(sound, nil, nil)
			hook(r)
			again := ruleCase{op: Update, kind: kind}.request(r.New, nil, nil)
			filled := maps.Clone(again.New)
			hook(again)
			require.Equal(t, filled, again.New, kind)
			for _, rule := range dataRules {
				if slices.Contains(strings.Fields(rule.Kinds), kind) && rule.On&Update != 0 {
					require.Empty(t, rule.Check(again), "an update of %s without changes breaks %s", kind, rule.ID)
				}
			}
		}
	}
}

func TestDeletedSecretKeepsItsName(t *testing.T) {
	w := dataGround()
	gone := &Request{Scope: home, World: w, Op: Delete, Kind: secretKind, ID: dataSecretARN, Old: Obj{"name": "app/db", "recoveryWindowInDays": 30.0}}
	deleteHooks[secretKind](gone)
	require.NotNil(t, (&Request{Scope: home, World: w}).By(buriedSecret, "name", "app/db"))

	w = dataGround()
	gone = &Request{Scope: home, World: w, Op: Delete, Kind: secretKind, ID: dataSecretARN, Old: Obj{"name": "app/db", "recoveryWindowInDays": 0.0}}
	deleteHooks[secretKind](gone)
	require.Nil(t, (&Request{Scope: home, World: w}).By(buriedSecret, "name", "app/db"))
}

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		daily, weekly string
		meet          bool
	}{
		{"03:00-04:00", "sun:05:00-sun:06:00", false}, {"03:00-04:00", "sun:03:30-sun:04:30", true}, {"03:00-04:00", "sun:04:00-sun:05:00", false},
		{"23:30-00:30", "mon:00:00-mon:01:00", true}, {"23:30-00:30", "sun:23:45-mon:00:15", true}, {"00:00-01:00", "sun:23:30-mon:00:30", true}, {"02:00-03:00", "sun:23:00-mon:01:00", false},
	} {
		require.Equal(t, c.meet, overlap(c.daily, c.weekly), "%s and %s", c.daily, c.weekly)
	}
}

func TestSchedules(t *testing.T) {
	for text, valid := range map[string]bool{
		"cron(0 5 ? * * *)": true, "cron(0 5 * * ? *)": true, "cron(30 1 1 * ? *)": true, "cron(0 12 ? * MON-FRI *)": true, "cron(0 5 L * ? *)": true, "cron(0 5 ? * 2#1 *)": true, "rate(1 day)": true, "rate(12 hours)": true,
		"cron(0 5 * * * *)": false, "cron(0 5 ? * ? *)": false, "cron(0 5 * * ?)": false, "0 5 * * ? *": false, "cron(61 5 * * ? *)": false, "rate(1 days)": false, "rate(5 hour)": false, "cron(0 5 ? * 8 *)": false,
	} {
		require.Equal(t, valid, validSchedule(text), text)
	}
}
