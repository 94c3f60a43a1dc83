package resilience

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// planned is a table in a plan with some rules, whose copies go to us-west-2.
func planned(selection map[string]any, rules ...any) []ruletest.R {
	away := of(vault, "away", nil)
	away.Provider = west
	return []ruletest.R{
		of(vault, "home", nil), away, of(backupPlan, "plan", map[string]any{"rules": rules}, "rules:home,away"),
		of(plans.Selection, "selection", selection, "planId:plan"),
		of(table, "orders", map[string]any{"name": "orders", "tags": map[string]any{"backup": "yes"}}), subnetIn("a"),
	}
}

func TestEachRuleOfAPlanIsACopyOfItsOwn(t *testing.T) {
	copied := []any{map[string]any{"destinationVaultArn": ruletest.ID}}
	hourly := map[string]any{"schedule": "cron(0 * * * ? *)"}
	monthly := map[string]any{"schedule": "cron(0 5 1 * ? *)", "copyActions": copied}
	tagged := map[string]any{"selectionTags": []any{map[string]any{"key": "backup", "value": "yes"}}}
	for name, c := range map[string]struct {
		selection map[string]any
		rules     []any
		rpo       time.Duration
		missing   string
	}{
		"a copy is as old as the rule that makes it": {tagged, []any{hourly, monthly}, 31*24*time.Hour + time.Hour, ""},
		"hours that do not divide the day":           {tagged, []any{map[string]any{"schedule": "cron(0 8/6 * * ? *)", "copyActions": copied}}, 13 * time.Hour, ""},
		"hours of the evening only":                  {tagged, []any{map[string]any{"schedule": "cron(0 20/4 * * ? *)", "copyActions": copied}}, 25 * time.Hour, ""},
		"everything is selected":                     {map[string]any{"resources": []any{"*"}}, []any{monthly}, 31*24*time.Hour + time.Hour, ""},
		"all tables are selected":                    {map[string]any{"resources": []any{"arn:aws:dynamodb:*:*:table/*"}}, []any{monthly}, 31*24*time.Hour + time.Hour, ""},
		"all databases are selected":                 {map[string]any{"resources": []any{"arn:aws:rds:*"}}, []any{monthly}, Never, ""},
		"no copies":                                  {tagged, []any{hourly}, Never, ""},
		"a schedule that nobody can read":            {tagged, []any{map[string]any{"schedule": "cron(0 5 L * ? *)", "copyActions": copied}}, Never, "how often plan runs"},
		"a schedule that is not known":               {tagged, []any{map[string]any{"schedule": ruletest.ID, "copyActions": copied}}, Never, "rules[0].schedule"},
		"a tag that is not known": {
			map[string]any{"selectionTags": []any{map[string]any{"key": "backup", "value": ruletest.ID}}}, []any{monthly}, Never, "selectionTags[0].value"},
		"a vault of another account": {
			tagged, []any{map[string]any{"schedule": "rate(1 day)", "copyActions": []any{map[string]any{"destinationVaultArn": "arn:aws:backup:us-west-2:1:backup-vault:x"}}}},
			Never, "rules[0].copyActions[0].destinationVaultArn"},
	} {
		t.Run(name, func(t *testing.T) {
			got := effectOn(t, planned(c.selection, c.rules...), "region:us-east-1", "orders").Recovery
			require.Equal(t, Words(c.rpo), Words(got.Rpo), got.By)
			require.Equal(t, c.missing, got.Missing.Property)
		})
	}
}

// keyed is a database under a key and what else is in the stack.
func keyed(more ...ruletest.R) []ruletest.R {
	db := of(database, "db", map[string]any{"multiAz": true, "backupRetentionPeriod": 7}, "kmsKeyId:key")
	return append([]ruletest.R{of(key, "key", map[string]any{"deletionWindowInDays": 14}), db}, more...)
}

func TestALostKeyLeavesCopiesUnderOtherKeys(t *testing.T) {
	farKey := of("aws:kms/replicaKey:ReplicaKey", "far-key", nil, "primaryKeyArn:key")
	far := of(database, "far", nil, "replicateSourceDb:db", "kmsKeyId:far-key")
	farKey.Provider, far.Provider = west, west
	e := effectOn(t, keyed(farKey, far), "key:key", "db")
	require.Equal(t, Lost, e.State)
	require.Equal(t, []string{"20 min", "5 min", "promotion of far"}, []string{Words(e.Recovery.Rto), Words(e.Recovery.Rpo), e.Recovery.By})

	// A program that waits for the database has it back with the copy.
	e = effectOn(t, keyed(farKey, far, of(function, "f", nil, "environment:db")), "key:key", "f")
	require.Equal(t, "db: promotion of far", e.Recovery.By)

	// Nothing but the key brings back what has no other copy, and then nothing is lost.
	near := of(database, "near", nil, "replicateSourceDb:db") // in its region, a replica has the key of its source
	for name, stack := range map[string][]ruletest.R{"none": keyed(), "one under the same key": keyed(near)} {
		r := effectOn(t, stack, "key:key", "db").Recovery
		require.Equal(t, []time.Duration{Never, 0}, []time.Duration{r.Rto, r.Rpo}, name)
		require.Equal(t, "enabling the key again (none if it is deleted)", r.By)
		require.Len(t, r.Assumptions, 2)
		require.Contains(t, r.Assumptions[0], "disabled is enabled again in minutes, and no data is lost")
		require.Contains(t, r.Assumptions[1], "deleted is gone for ever, with all data that has no copy under another key; for 14 days")
	}

	// Backups in the same region may be under the key as well; copies in another are not.
	stack := planned(map[string]any{"resources": []any{"*"}}, map[string]any{"schedule": "rate(1 day)"})
	stack[4].Edges, stack[4].In["serverSideEncryption"] = map[string][]string{"serverSideEncryption": {"key"}}, map[string]any{"kmsKeyArn": ruletest.ID}
	require.Equal(t, Never, effectOn(t, append(stack, of(key, "key", nil)), "key:key", "orders").Recovery.Rto)
	stack[2].In["rules"].([]any)[0].(map[string]any)["copyActions"] = []any{map[string]any{"destinationVaultArn": ruletest.ID}}
	require.Equal(t, 25*time.Hour, effectOn(t, append(stack, of(key, "key", nil)), "key:key", "orders").Recovery.Rpo)
}

func TestAReplicaUnderALostKeyIsReadFromItsSource(t *testing.T) {
	farKey, far := of(key, "far-key", nil), of(bucket, "far", nil)
	farKey.Provider, far.Provider = west, west
	stack := []ruletest.R{
		farKey, far, of(bucketEncryption, "encryption", map[string]any{"rules": []any{map[string]any{"applyServerSideEncryptionByDefault": map[string]any{"kmsMasterKeyId": ruletest.ID}}}},
			"bucket:far", "rules:far-key"), of(bucket, "b", nil), of(replication, "r", map[string]any{"rules": []any{map[string]any{"destination": map[string]any{"bucket": ruletest.ID}}}}, "bucket:b", "rules:far"),
	}
	got := effectOn(t, stack, "key:far-key", "far").Recovery
	require.Equal(t, "its source b, which has to be pointed at", got.By)
	require.Zero(t, got.Rto+got.Rpo)
}

func TestACopyThatIsLostTooIsNone(t *testing.T) {
	db := of(database, "db", map[string]any{"availabilityZone": "a"})
	reader := func(zone string) []ruletest.R {
		return []ruletest.R{subnetIn("a"), subnetIn("b"), db, of(database, "reader", map[string]any{"availabilityZone": zone}, "replicateSourceDb:db")}
	}
	got := effectOn(t, reader("b"), "zone:a", "db").Recovery
	require.Equal(t, []string{"20 min", "10 s"}, []string{Words(got.Rto), Words(got.Rpo)}, got.By)
	require.Equal(t, Never, effectOn(t, reader("a"), "zone:a", "db").Recovery.Rpo)
	require.Equal(t, rule.Verdict{}, got.Missing)
}
