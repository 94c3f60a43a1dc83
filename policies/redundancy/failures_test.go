package redundancy

import (
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

func TestFailures(t *testing.T) {
	balancer := func(subnets string, tier any) []ruletest.R {
		at := map[string][]string{"a": {"a"}, "ab": {"a", "b"}, "?": {"a", "unclear"}}[subnets]
		return []ruletest.R{
			{Type: loadBalancer, Name: "balancer", In: map[string]any{"subnets": ruletest.ID, "tags": map[string]any{"tier": tier}}, Edges: map[string][]string{"subnets": {"a", "b"}}},
			{Type: targetGroup, Name: "targets", In: map[string]any{}},
			{Type: listener, Name: "https", In: map[string]any{"loadBalancerArn": ruletest.ID, "defaultActions": []any{map[string]any{"targetGroupArn": ruletest.ID}}},
				Edges: map[string][]string{"loadBalancerArn": {"balancer"}, "defaultActions": {"targets"}}},
			{Type: group, Name: "group", In: map[string]any{"vpcZoneIdentifiers": ruletest.ID, "minSize": 2, "targetGroupArns": ruletest.ID},
				Edges: map[string][]string{"vpcZoneIdentifiers": at, "targetGroupArns": {"targets"}}},
			{Type: subnet, Name: "a", In: map[string]any{"availabilityZone": "us-east-1a"}},
			{Type: subnet, Name: "b", In: map[string]any{"availabilityZone": "us-east-1b"}},
			{Type: subnet, Name: "unclear", In: map[string]any{"availabilityZone": ruletest.ID}},
		}
	}
	db := func(in map[string]any) []ruletest.R {
		in["availabilityZone"] = "us-east-1a"
		return []ruletest.R{{Type: database, Name: "db", In: in}}
	}
	tagged := func(more map[string]any) map[string]any {
		more["tags"] = map[string]any{"tier": "1"}
		return more
	}
	// needing is a function of tier 2 that needs some stores.
	needing := func(names string, stores ...ruletest.R) []ruletest.R {
		return append([]ruletest.R{{Type: "aws:lambda/function:Function", Name: "f", In: map[string]any{"environment": ruletest.ID, "tags": map[string]any{"tier": "2"}},
			Edges: map[string][]string{"environment": strings.Split(names, ",")}}}, stores...)
	}
	store := func(token, name, zone string, in map[string]any) ruletest.R {
		in["availabilityZone"] = zone
		return ruletest.R{Type: token, Name: name, In: in}
	}
	unsure := store(database, "unsure", "us-east-1a", map[string]any{"multiAz": ruletest.ID})
	restored := store(database, "restored", "us-east-1a", map[string]any{"backupRetentionPeriod": 7, "allocatedStorage": 1500})
	warehouse := store("aws:redshift/cluster:Cluster", "warehouse", "us-east-1b", map[string]any{})
	gone := store(database, "gone", "us-east-1a", map[string]any{})
	service := ruletest.R{Type: "aws:ecs/service:Service", Name: "web", In: map[string]any{"desiredCount": 1, "taskDefinition": ruletest.ID, "networkConfiguration": map[string]any{"subnets": ruletest.ID}},
		Edges: map[string][]string{"networkConfiguration": {"a"}, "taskDefinition": {"unsure"}}}
	ruletest.Run(t, failureRules(), []ruletest.Case{
		{Rule: "az-loss-survivable", Name: "targets in two zones", Stack: balancer("ab", "0"), Want: rule.Pass},
		{Rule: "az-loss-survivable", Name: "targets in one", Stack: balancer("a", "0"), Want: rule.Fail,
			Says: "LoadBalancer balancer: is lost with us-east-1a, since group: it is in no other zone. Fix: let group survive the loss of a zone."},
		{Rule: "az-loss-survivable", Name: "targets in a zone that is not known", Stack: balancer("?", "0"), Want: rule.Unknown, Says: "availabilityZone of unclear is not known"},
		{Rule: "az-loss-survivable", Name: "its own place is another rule's", Subject: "group", Stack: balancer("a", "0"), Want: rule.NotApplicable},
		{Rule: "az-loss-survivable", Name: "its own place is no other rule's",
			Stack: []ruletest.R{{Type: "aws:ec2/instance:Instance", Name: "alone", In: map[string]any{"availabilityZone": "us-east-1a"}}}, Want: rule.Fail,
			Says: "is lost with us-east-1a. Fix: put it, or a second one, into another zone"},
		{Rule: "az-loss-survivable", Name: "a distribution answers from its caches", Stack: append([]ruletest.R{{Type: "aws:cloudfront/distribution:Distribution", Name: "site",
			In: map[string]any{"origins": ruletest.ID}, Edges: map[string][]string{"origins": {"balancer"}}}}, balancer("a", "0")...), Want: rule.Pass},
		{Rule: "az-loss-survivable", Name: "its own place is another rule's, what it needs is not known", Subject: "web", Stack: append(balancer("a", "0"), service, unsure), Want: rule.Unknown,
			Says: "loss of zone:us-east-1a: unsure: multiAz is not known"},
		{Rule: "az-loss-survivable", Name: "a zone without a name", Stack: needing("db", ruletest.R{Type: database, Name: "db", In: map[string]any{"multiAz": ruletest.ID, "availabilityZone": ruletest.ID}}),
			Want: rule.Unknown, Says: "loss of a zone that is not named: db: "},
		{Rule: "az-loss-survivable", Name: "no zones", Stack: []ruletest.R{{Type: "aws:s3/bucket:Bucket", Name: "b", In: map[string]any{}}}, Want: rule.NotApplicable},

		{Rule: "rto-rpo-met", Name: "a standby", Stack: db(tagged(map[string]any{"multiAz": true})), Want: rule.Pass},
		{Rule: "rto-rpo-met", Name: "a restore takes longer", Stack: db(tagged(map[string]any{"backupRetentionPeriod": 7})), Want: rule.Fail,
			Says: "after the loss of node:db it is back in 30 min and loses no data; tier 1 allows 15 min and 5 min of data (a new machine on the same storage; a new machine on the same storage: 30 min"},
		{Rule: "rto-rpo-met", Name: "a tier that allows it", Stack: db(map[string]any{"backupRetentionPeriod": 7, "tags": map[string]any{"tier": "2"}}), Want: rule.Pass},
		{Rule: "rto-rpo-met", Name: "settings of the stack", Stack: db(tagged(map[string]any{"multiAz": true})), Settings: rule.Settings{"tier1": "node 1/0"}, Want: rule.Fail,
			Says: "node:db it is back in 2 min and loses no data"},
		{Rule: "rto-rpo-met", Name: "settings that cannot be read", Stack: db(tagged(map[string]any{"multiAz": true})), Settings: rule.Settings{"tier1": "zone 5/1, rack 1/1"},
			Want: rule.Fail, Says: `setting tier1 has "rack 1/1"`},
		{Rule: "rto-rpo-met", Name: "a standby that is not known", Stack: db(tagged(map[string]any{"multiAz": ruletest.ID})), Want: rule.Unknown, Says: "multiAz is not known"},
		{Rule: "rto-rpo-met", Name: "not known, and allowed at worst", Stack: db(map[string]any{"multiAz": ruletest.ID, "backupRetentionPeriod": 7, "tags": map[string]any{"tier": "3"}}), Want: rule.Pass},
		{Rule: "rto-rpo-met", Name: "a loss of more data than by what is away longer", Stack: needing("restored,warehouse", restored, warehouse), Want: rule.Fail,
			Says: "after the loss of zone:us-east-1b it is back in 1 h and loses 8 h of data"},
		{Rule: "rto-rpo-met", Name: "lost for certain, and longer if something that is not known is", Stack: needing("unsure,restored", unsure, restored), Want: rule.Unknown, Says: "multiAz: known only after creation"},
		{Rule: "rto-rpo-met", Name: "lost for certain for as long", Stack: needing("unsure,gone", unsure, gone), Want: rule.Fail, Says: "does not come back"},
		{Rule: "rto-rpo-met", Name: "no tier", Stack: db(map[string]any{"multiAz": false}), Want: rule.NotApplicable},
		{Rule: "rto-rpo-met", Name: "a tag that means something else", Stack: db(map[string]any{"tags": map[string]any{"tier": "private"}}), Want: rule.NotApplicable},
		{Rule: "rto-rpo-met", Name: "a tag that is not known", Stack: db(map[string]any{"tags": ruletest.ID}), Want: rule.Unknown, Says: "tags"},
		{Rule: "rto-rpo-met", Name: "tags of a group", Stack: []ruletest.R{
			{Type: group, Name: "group", In: map[string]any{"minSize": 1, "tags": []any{map[string]any{"key": "tier", "value": "0"}}}}}, Settings: rule.Settings{"tier0": "node 1/0"},
			Want: rule.Fail, Says: "node:group it is back in 5 min"},
		{Rule: "rto-rpo-met", Name: "through the graph", Stack: balancer("a", "0"), Want: rule.Fail,
			Says: "after the loss of zone:us-east-1a it does not come back"},
		{Rule: "rto-rpo-met", Name: "data that is lost", Stack: db(tagged(map[string]any{})), Want: rule.Fail,
			Says: "after the loss of zone:us-east-1a it does not come back and loses its data; tier 1 allows 1 h and 15 min of data (only by the return of zone:us-east-1a)"},
		{Rule: "rto-rpo-met", Name: "labels", Stack: []ruletest.R{
			{Type: "kubernetes:apps/v1:Deployment", Name: "shop", In: map[string]any{"metadata": map[string]any{"labels": map[string]any{"tier": ruletest.ID}}}}}, Want: rule.Unknown, Says: "tier"},
	})
}
