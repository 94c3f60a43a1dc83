package plans

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestEverythingIsWhatAwsBackupKnows(t *testing.T) {
	everything := &rule.Resource{
		URN: "everything", Type: Selection, Inputs: rule.FieldsOf(map[string]any{"resources": []any{"*"}}),
		Provider: rule.FieldsOf(map[string]any{"region": "eu-west-1"}),
	}
	for _, c := range []struct {
		token, region string
		want          rule.Outcome
	}{
		{"aws:rds/instance:Instance", "eu-west-1", rule.Pass},
		{"aws:redshift/cluster:Cluster", "eu-west-1", rule.Pass},
		{"aws:rds/instance:Instance", "eu-central-1", rule.Fail},
		{"aws:rds/instance:Instance", "", rule.Pass}, // what is not known to be apart may be the one
		{"aws:elasticache/replicationGroup:ReplicationGroup", "eu-west-1", rule.Fail},
	} {
		store := &rule.Resource{URN: "store", Type: c.token, Provider: rule.FieldsOf(map[string]any{"region": c.region})}
		if got := Selected(rule.NewGraph([]*rule.Resource{store, everything}), store); got.Outcome != c.want {
			t.Errorf("%s in %q is %v, want %v", c.token, c.region, got.Outcome, c.want)
		}
	}
}
