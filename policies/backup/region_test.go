package backup

import (
	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// Vaults as they are at a first preview.
var (
	mainVault     = r{Type: vault, Name: "main", In: in{}, Provider: ireland}
	secondVault   = r{Type: vault, Name: "second", In: in{}, Provider: ireland}
	recoveryVault = r{Type: vault, Name: "recovery", In: in{}, Provider: frankfurt}
	anyVault      = r{Type: vault, Name: "any", In: in{}}
)

// copies is a plan with backups in the main vault and a copy.
func copies(destination any, behind ...string) r {
	return r{
		Type: plan, Name: "daily", Provider: ireland, Edges: to{"rules": append([]string{"main"}, behind...)},
		In: in{"rules": list{in{"targetVaultName": "main-1", "copyActions": list{in{"destinationVaultArn": destination}}}}},
	}
}

// of is a resource by the provider of a region that one property of refers to another.
func of(token, name string, provider in, property, target string) r {
	return r{Type: token, Name: name, Provider: provider, In: in{property: later}, Edges: to{property: {target}}}
}

func regionCases() []ruletest.Case {
	const recoveryArn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:recovery-1"
	made := recoveryVault
	made.Out = in{"arn": recoveryArn}
	cases := []ruletest.Case{
		check("backup-cross-region-copy", "to another region", rule.Pass, "", copies(later, "recovery"), mainVault, recoveryVault),
		check("backup-cross-region-copy", "to an air-gapped vault", rule.Pass, "", copies(later, "gap"), mainVault,
			r{Type: airGappedVault, Name: "gap", In: in{}, Provider: frankfurt}),
		check("backup-cross-region-copy", "by ARN", rule.Pass, "", copies(recoveryArn), mainVault, made),
		check("backup-cross-region-copy", "to the same region", rule.Fail, "copies no backup to another region", copies(later, "second"), mainVault, secondVault),
		check("backup-cross-region-copy", "to the same region by ARN", rule.Fail, "add copyActions",
			copies("arn:aws:backup:eu-west-1:111122223333:backup-vault:x"), mainVault),
		check("backup-cross-region-copy", "to a vault of elsewhere", rule.Unknown, "destinationVaultArn: external", copies(recoveryArn), mainVault),
		check("backup-cross-region-copy", "to a vault of another stack", rule.Unknown, "destinationVaultArn: known only", copies(later, "reference"), mainVault),
		check("backup-cross-region-copy", "who knows where", rule.Unknown, "region of the provider of any", copies(later, "any"), mainVault, anyVault),
		check("backup-cross-region-copy", "by providers that say no region", rule.Pass, "", r{
			Type: plan, Name: "daily", In: in{"rules": list{in{"copyActions": list{in{"destinationVaultArn": recoveryArn}}}}},
			Out: in{"arn": "arn:aws:backup:eu-west-1:111122223333:backup-plan:1"},
		}, r{Type: vault, Name: "recovery", In: in{}, Out: in{"arn": recoveryArn}}),
		check("backup-cross-region-copy", "no copy", rule.Fail, "add copyActions", one(plan, in{"rules": list{in{"schedule": "rate(1 day)"}}})...),
		check("backup-cross-region-copy", "not an ARN", rule.Unknown, "external", copies(5), mainVault),
		check("backup-cross-region-copy", "rules computed", rule.Unknown, "rules: external", one(plan, in{"rules": later})...),

		check("db-cross-region", "backups replicated", rule.Pass, "", append(one(database, in{}), of(backupsCopy, "copy", frankfurt, "sourceDbInstanceArn", "it"))...),
		check("db-cross-region", "backups replicated to where they are", rule.Fail, "add an InstanceAutomatedBackupsReplication",
			append(one(database, in{}), of(backupsCopy, "copy", ireland, "sourceDbInstanceArn", "it"))...),
		check("db-cross-region", "a replica there", rule.Pass, "", append(one(database, in{}), of(database, "replica", frankfurt, "replicateSourceDb", "it"))...),
		check("db-cross-region", "a replica here", rule.Fail, "has no copy of its data in another region",
			append(one(database, in{}), of(database, "replica", ireland, "replicateSourceDb", "it"))...),
		check("db-cross-region", "a replica who knows where", rule.Unknown, "region of the provider of replica",
			append(one(database, in{}), of(database, "replica", nil, "replicateSourceDb", "it"))...),
		{Rule: "db-cross-region", Name: "the replica itself", Want: rule.NotApplicable, Subject: "replica",
			Stack: append(one(database, in{}), of(database, "replica", frankfurt, "replicateSourceDb", "it"))},
		check("db-cross-region", "replicated after it was made", rule.Pass, "",
			r{Type: database, Name: "it", In: in{}, Provider: ireland, Out: in{"arn": "arn:aws:rds:eu-west-1:1:db:it"}},
			r{Type: backupsCopy, Name: "copy", In: in{"sourceDbInstanceArn": "arn:aws:rds:eu-west-1:1:db:it"}, Provider: frankfurt}),
		check("db-cross-region", "a copy of who knows what", rule.Unknown, "sourceDbInstanceArn: external",
			append(one(database, in{}), r{Type: backupsCopy, Name: "copy", In: in{"sourceDbInstanceArn": later}, Provider: frankfurt})...),
		check("db-cross-region", "nothing", rule.Fail, "or select it in a backup plan with copyActions", one(database, in{})...),

		check("db-cross-region", "a replica cluster there", rule.Pass, "",
			append(one(dbCluster, in{}), of(dbCluster, "replica", frankfurt, "replicationSourceIdentifier", "it"))...),
		check("db-cross-region", "table replica", rule.Pass, "", one(table, in{"replicas": list{in{"regionName": "eu-central-1"}}})...),
		check("db-cross-region", "table replicas computed", rule.Unknown, "replicas", one(table, in{"replicas": later})...),
		check("db-cross-region", "table replica by edge", rule.Pass, "", append(one(table, in{}), of(tableReplica, "copy", frankfurt, "globalTableArn", "it"))...),
		check("db-cross-region", "table alone", rule.Fail, "add another region to replicas", one(table, in{"replicas": list{}})...),

		check("secret-replicated", "somewhere", rule.Pass, "", one(secret, in{"replicas": list{in{"region": "eu-central-1"}}})...),
		check("secret-replicated", "nowhere", rule.Fail, "is not replicated to the recovery region", one(secret, in{})...),
		check("secret-replicated", "wrong type", rule.Fail, "add the recovery region to replicas", one(secret, in{"replicas": list{in{"region": 4}}})...),
		{Rule: "secret-replicated", Name: "not where it is needed", Settings: rule.Settings{"region": "eu-north-1"}, Want: rule.Fail,
			Says: "add eu-north-1 to replicas", Stack: one(secret, in{"replicas": list{in{"region": "eu-central-1"}}})},
		check("secret-replicated", "computed", rule.Unknown, "replicas", one(secret, in{"replicas": later})...),
	}
	for _, c := range []struct {
		name   string
		planId any
		edges  []string
		all    string
		want   rule.Outcome
	}{
		{"by the plan", later, []string{"daily"}, "*", rule.Pass}, {"by a plan of elsewhere", "plan-1", nil, "*", rule.Unknown},
		{"by no plan", nil, nil, "*", rule.Fail}, {"by a plan for others", later, []string{"daily"}, "arn:aws:dynamodb:*", rule.Fail},
	} {
		stack := append(selected(in{}, in{"planId": c.planId, "resources": list{c.all}}), copies(later, "recovery"), mainVault, recoveryVault)
		stack[1].Edges["planId"] = c.edges
		cases = append(cases, check("db-cross-region", "backed up there "+c.name, c.want, "", stack...))
	}
	bare := append(selected(in{}, in{"planId": later, "resources": list{"*"}}), r{Type: plan, Name: "daily", In: in{"rules": list{in{"targetVaultName": "main-1"}}}, Provider: ireland})
	bare[1].Edges["planId"] = []string{"daily"}
	cases = append(cases, check("db-cross-region", "backed up by a plan that copies nothing", rule.Fail, "has no copy of its data", bare...))
	for token, family := range globals {
		world := r{Type: family.joint, Name: "world", In: in{}}
		tagged := func(one r) r {
			one.In["tags"] = in{"tier": "0"}
			return one
		}
		alone := tagged(r{Type: token, Name: "it", In: in{}, Provider: ireland})
		first := tagged(of(token, "it", ireland, family.joins, "world"))
		source := of(family.joint, "world", nil, family.from, "it")
		there := tagged(of(token, "there", frankfurt, family.joins, "world"))
		here := of(token, "there", ireland, family.joins, "world")
		for _, c := range []struct {
			name  string
			want  rule.Outcome
			stack []r
		}{
			{"both members", rule.Pass, []r{first, world, there}},
			{"made of it", rule.Pass, []r{alone, source, there}},
			{"no other member", rule.Fail, []r{first, world}},
			{"another member here", rule.Fail, []r{first, world, here}},
			{"none", rule.Fail, []r{alone}},
			{"of elsewhere", rule.Unknown, []r{tagged(r{Type: token, Name: "it", In: in{family.joins: "world"}, Provider: ireland})}},
		} {
			cases = append(cases, ruletest.Case{Rule: "db-cross-region", Name: family.joint + " " + c.name, Want: c.want, Subject: "it", Stack: c.stack})
		}
		// The second member has the first one's data.
		cases = append(cases, ruletest.Case{Rule: "db-cross-region", Name: family.joint + " second", Want: rule.Pass, Subject: "there",
			Stack: []r{alone, source, there}})
	}
	everything := r{Type: plans.Selection, Name: "daily", In: in{"planId": later, "resources": list{"*"}}, Provider: ireland, Edges: to{"planId": {"daily"}}}
	return append(cases,
		check("db-cross-region", "a cache of less weight", rule.NotApplicable, "", one(cacheGroup, in{"tags": in{"tier": "2"}})...),
		check("db-cross-region", "a cache of who knows what weight", rule.Unknown, "tags", one(cacheGroup, in{"tags": later})...),
		check("db-cross-region", "no plan backs up caches", rule.Fail, "make it a member of a GlobalReplicationGroup",
			append(one(cacheGroup, in{"tags": in{"tier": "1"}}), everything, copies(later, "recovery"), mainVault, recoveryVault)...))
}
