package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

const diskType, hostType = "aws:ebs/volume:Volume", "aws:rds/instance:Instance"

// paid is a resource in us-east-1 as one side of a change has it.
func paid(typ, name string, inputs map[string]any) *rule.Resource {
	return &rule.Resource{
		URN: "urn:pulumi:prod::shop::" + typ + "::" + name, Type: typ, Name: name,
		Inputs: rule.FieldsOf(inputs), Provider: rule.FieldsOf(map[string]any{"region": "us-east-1"}),
	}
}

func disk(name string, gb float64) *rule.Resource {
	return paid(diskType, name, map[string]any{"type": "gp3", "size": gb})
}

func host(class any) *rule.Resource {
	return paid(hostType, "host", map[string]any{"engine": "postgres", "engineVersion": "17", "instanceClass": class, "storageType": "gp3", "allocatedStorage": 20.0})
}

// sides are a resource before and after, nil where it is not.
type sides struct{ old, new *rule.Resource }

// changing is the change of some resources.
func changing(all []sides) *change.Change {
	c := &change.Change{Stack: "prod"}
	var before, after []*rule.Resource
	for _, s := range all {
		r := &change.Resource{Old: s.old, New: s.new, Custom: true}
		if s.old != nil {
			r.URN, r.Type, r.Name = s.old.URN, s.old.Type, s.old.Name
			before = append(before, s.old)
		}
		if s.new != nil {
			r.URN, r.Type, r.Name = s.new.URN, s.new.Type, s.new.Name
			after = append(after, s.new)
		}
		c.Resources = append(c.Resources, r)
	}
	c.Before, c.After = rule.NewGraph(before), rule.NewGraph(after)
	return c
}

// committed are the prices and assumptions that come with the command.
func committed(t require.TestingT) (*cost.Prices, cost.Usage) {
	prices, err := cost.CommittedPrices()
	require.NoError(t, err)
	usage, err := cost.CommittedUsage()
	require.NoError(t, err)
	return prices, usage
}

func TestWhatAChangeCosts(t *testing.T) {
	prices, usage := committed(t)
	gb, known := prices.Of("us-east-1", "ebs/gp3")
	require.True(t, known)
	small, large := cost.Estimate(rule.NewGraph([]*rule.Resource{host("db.t4g.small")}), prices, usage).USD(),
		cost.Estimate(rule.NewGraph([]*rule.Resource{host("db.t4g.large")}), prices, usage).USD()
	require.Less(t, small, large)
	renamed := disk("old", 10)
	renamed.URN = "urn:pulumi:prod::shop::" + diskType + "::older"
	line := func(name string, before, after float64) CostLine {
		return CostLine{URN: "urn:pulumi:prod::shop::" + diskType + "::" + name, Name: name, Type: diskType, Before: before * gb.USD, After: after * gb.USD}
	}
	for name, test := range map[string]struct {
		change []sides
		lines  []CostLine
	}{
		"nothing": {change: []sides{{disk("a", 10), disk("a", 10)}}},
		"what is made, made larger and deleted, the most first": {
			change: []sides{{disk("a", 10), disk("a", 10)}, {disk("b", 10), nil}, {disk("c", 10), disk("c", 15)}, {nil, disk("d", 20)}},
			lines:  []CostLine{line("d", 0, 20), line("b", 10, 0), line("c", 10, 15)},
		},
		"as much": {
			change: []sides{{disk("b", 20), nil}, {nil, disk("a", 20)}},
			lines:  []CostLine{line("a", 0, 20), line("b", 20, 0)},
		},
		"less than half a cent": {change: []sides{{disk("a", 10), disk("a", 10.06)}}},
		"another name": {
			change: []sides{{renamed, disk("old", 30)}},
			lines:  []CostLine{line("old", 10, 30)},
		},
		"another class": {
			change: []sides{{host("db.t4g.small"), host("db.t4g.large")}},
			lines:  []CostLine{{URN: host("").URN, Name: "host", Type: hostType, Before: small, After: large}},
		},
		"a class without a price":   {change: []sides{{host("db.t4g.small"), host("db.x9g.huge")}}},
		"one that is not known yet": {change: []sides{{host("db.t4g.small"), host(rule.Computed{})}}},
		"one that had no price":     {change: []sides{{host("db.x9g.huge"), host("db.t4g.small")}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := changing(test.change)
			told := costOf(c, prices, usage)
			require.Equal(t, len(test.lines), len(told.Lines))
			for i, want := range test.lines {
				got := told.Lines[i]
				require.InDelta(t, want.Before, got.Before, 1e-9)
				require.InDelta(t, want.After, got.After, 1e-9)
				got.Before, got.After = want.Before, want.After
				require.Equal(t, want, got)
			}
			require.Equal(t, cost.Estimate(c.Before, prices, usage), told.Before)
			require.Equal(t, cost.Estimate(c.After, prices, usage), told.After)
		})
	}
}

// The lines make the difference of the sums where all has a price, a change back is the same
// the other way round, and no change has no line.
func TestCostsAreCompared(t *testing.T) {
	prices, usage := committed(t)
	rapid.Check(t, func(t *rapid.T) {
		var there, back, same []sides
		for i := range rapid.IntRange(0, 8).Draw(t, "resources") {
			typ, name := rapid.SampledFrom([]string{diskType, "aws:ec2/natGateway:NatGateway", "aws:iam/role:Role"}).Draw(t, "type"), string(rune('a'+i))
			one := func(side string) *rule.Resource {
				if rapid.IntRange(0, 4).Draw(t, side) == 0 {
					return nil
				}
				return paid(typ, name, map[string]any{
					"size": float64(rapid.IntRange(1, 50).Draw(t, "size")), "type": rapid.SampledFrom([]any{"gp3", "gp2", "gp9", rule.Computed{}}).Draw(t, "kind"),
				})
			}
			s := sides{one("old"), one("new")}
			there, back, same = append(there, s), append(back, sides{s.new, s.old}), append(same, sides{s.old, s.old})
		}
		forth, reverse := costOf(changing(there), prices, usage), costOf(changing(back), prices, usage)
		require.Equal(t, []cost.Bill{forth.Before, forth.After}, []cost.Bill{reverse.After, reverse.Before})
		sum := 0.0
		for i := range forth.Lines {
			sum += forth.Lines[i].After - forth.Lines[i].Before
			require.True(t, i == 0 || forth.Lines[i].difference() <= forth.Lines[i-1].difference())
			l := reverse.Lines[i]
			l.Before, l.After = l.After, l.Before
			require.Equal(t, forth.Lines[i], l)
		}
		require.Len(t, reverse.Lines, len(forth.Lines))
		if len(forth.Before.NotPriced)+len(forth.After.NotPriced) == 0 {
			require.InDelta(t, forth.After.USD()-forth.Before.USD(), sum, leastUSD*float64(len(there))+1e-9)
		}
		require.Empty(t, costOf(changing(same), prices, usage).Lines)
	})
}

// What AWS has decided stays as it is, unless the change says otherwise: a default would look
// like a saving, or like a rise.
func TestWhatAWSHasDecidedIsStillPaidFor(t *testing.T) {
	prices, usage := committed(t)
	type m = map[string]any
	const eksType, cacheType = "aws:eks/cluster:Cluster", "aws:elasticache/replicationGroup:ReplicationGroup"
	nodes, copied := m{"engine": "redis", "nodeType": "cache.t4g.small"}, m{"instanceClass": "db.t4g.small", "replicateSourceDb": "x"}
	for name, test := range map[string]struct {
		typ, path        string
		old, outputs, is m
		op               change.Op
		more             float64
		partial          bool
	}{
		"a version past its support":     {typ: eksType, path: "tags.owner", old: m{}, outputs: m{"version": "1.28"}, is: m{}, op: change.Update},
		"also if another one is made":    {typ: eksType, path: "roleArn", old: m{"roleArn": "x"}, outputs: m{"version": "1.28"}, is: m{"roleArn": "y"}, op: change.Replace},
		"a version that is said":         {typ: eksType, path: "version", old: m{}, outputs: m{"version": "1.28"}, is: m{"version": "1.35"}, op: change.Update, more: -365},
		"a version that is said no more": {typ: eksType, path: "version", old: m{"version": "1.28"}, outputs: m{"version": "1.28"}, is: m{}, op: change.Update, partial: true},
		"nodes":                          {typ: cacheType, path: "description", old: nodes, outputs: m{"numCacheClusters": 3.0}, is: nodes, op: change.Update},
		"the disk of a copy":             {typ: hostType, path: "tags.owner", old: copied, outputs: m{"engine": "postgres", "engineVersion": "17", "storageType": "gp3", "allocatedStorage": 500.0}, is: copied, op: change.Update},
	} {
		t.Run(name, func(t *testing.T) {
			old := paid(test.typ, "thing", test.old)
			old.Outputs = rule.FieldsOf(test.outputs)
			c := changing([]sides{{old, paid(test.typ, "thing", test.is)}})
			c.Resources[0].Op, c.Resources[0].Properties = test.op, []diff.Property{{Path: test.path}}
			told := costOf(c, prices, usage)
			require.NotZero(t, told.Before.USD())
			more, partial := told.more()
			require.InDelta(t, test.more, more, 1e-9)
			require.Equal(t, test.partial, partial)
			require.Equal(t, test.more != 0, len(told.Lines) > 0)
			require.Empty(t, c.Resources[0].New.Outputs, "the change is left as it is")
		})
	}
}

func TestWhatAWSHasDecidedIsInAPreview(t *testing.T) {
	prices, usage := committed(t)
	const provider = "urn:pulumi:dev::shop::pulumi:providers:aws::aws"
	side := func(owner, outputs string) string {
		return fmt.Sprintf(`{"urn": "urn:pulumi:dev::shop::aws:eks/cluster:Cluster::c", "type": "aws:eks/cluster:Cluster", "custom": true,
			"provider": "%s::id", "inputs": {"tags": {"owner": "%s"}}%s}`, provider, owner, outputs)
	}
	aws := fmt.Sprintf(`{"urn": "%s", "type": "pulumi:providers:aws", "custom": true, "inputs": {"region": "us-east-1"}}`, provider)
	c, err := change.Parse(strings.NewReader(fmt.Sprintf(`{"steps": [{"op": "same", "urn": "%s", "oldState": %s, "newState": %[2]s},
		{"op": "update", "urn": "urn:pulumi:dev::shop::aws:eks/cluster:Cluster::c", "oldState": %[3]s, "newState": %[4]s}]}`,
		provider, aws, side("a", `, "outputs": {"version": "1.28"}`), side("b", ""))), rehearsal.Phase{})
	require.NoError(t, err)
	told := costOf(c, prices, usage)
	require.Empty(t, told.Lines)
	require.InDelta(t, 438, told.After.USD(), 1e-9)
}

// What the stack has no more is still paid for if it stays, and what it takes was paid for before.
func TestWhatStaysOrWasThereIsNoDifference(t *testing.T) {
	prices, usage := committed(t)
	gb, _ := prices.Of("us-east-1", "ebs/gp3")
	retained := &apitype.ResourceV3{RetainOnDelete: true}
	c := changing([]sides{{disk("forgotten", 100), nil}, {nil, disk("imported", 50)}, {disk("replaced", 20), disk("replaced", 30)}, {nil, disk("made", 1)}})
	c.Resources[0].Op, c.Resources[1].Op, c.Resources[2].Op, c.Resources[3].Op = change.Forget, change.Import, change.Replace, change.Create
	c.Resources[0].OldState, c.Resources[2].OldState = retained, retained
	told := costOf(c, prices, usage)
	more, partial := told.more()
	require.InDelta(t, 31*gb.USD, more, 1e-9)
	require.False(t, partial)
	require.Len(t, told.Lines, 3)
	for i, want := range []CostLine{{Name: "replaced", Before: 20, After: 50, Stays: true}, {Name: "made", After: 1}, {Name: "forgotten", Before: 100, After: 100, Stays: true}} {
		got := told.Lines[i]
		require.Equal(t, []any{want.Name, want.Stays}, []any{got.Name, got.Stays})
		require.InDelta(t, want.Before*gb.USD, got.Before, 1e-9)
		require.InDelta(t, want.After*gb.USD, got.After, 1e-9)
	}
	require.Contains(t, told.told(), "(stays, and is paid for outside the stack)")
	require.Contains(t, told.cell(), "outside the stack")
}

func TestWhatHasNoPriceMayMove(t *testing.T) {
	prices, usage := committed(t)
	moved := paid("aws:x/y:Z", "moved", nil)
	moved.URN += "-before"
	told := costOf(changing([]sides{{moved, paid("aws:x/y:Z", "moved", nil)}, {nil, disk("made", 10)}}), prices, usage)
	_, partial := told.more()
	require.False(t, partial)
	require.NotContains(t, told.told(), "Not comparable")
}

// A list of subnets that is not known yet has all that it is computed from at most.
func TestAGuessIsNotCompared(t *testing.T) {
	prices, usage := committed(t)
	var subnets []sides
	edges := map[string][]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		one := paid("aws:ec2/subnet:Subnet", name, nil)
		subnets = append(subnets, sides{one, one})
		edges["subnetIds"] = append(edges["subnetIds"], one.URN)
	}
	endpoint := func(subnets any) *rule.Resource {
		r := paid("aws:ec2/vpcEndpoint:VpcEndpoint", "endpoint", map[string]any{"vpcEndpointType": "Interface", "subnetIds": subnets})
		r.Edges = edges
		return r
	}
	known, guess := endpoint([]any{"a", "b"}), endpoint(rule.Computed{})
	for _, test := range []struct {
		endpoint sides
		partial  bool
	}{{sides{known, guess}, true}, {sides{guess, known}, true}, {sides{guess, guess}, false}, {sides{known, known}, false}} {
		told := costOf(changing(append(subnets, test.endpoint)), prices, usage)
		more, partial := told.more()
		require.Equal(t, test.partial, partial)
		require.InDelta(t, 0, more, 1e-9)
		require.Empty(t, told.Lines)
	}
	require.Len(t, costOf(changing(append(subnets, sides{nil, guess})), prices, usage).Lines, 1)
}

// An update of nothing but tags makes no line, and keeps the sum, whatever AWS has decided.
func TestTagsCostNothing(t *testing.T) {
	prices, usage := committed(t)
	type m = map[string]any
	could := map[string]m{
		diskType: {"size": 9.0, "type": "gp3", "iops": 4000.0, "throughput": 300.0},
		hostType: {"instanceClass": "db.t4g.small", "engine": "postgres", "engineVersion": "17", "storageType": "gp3", "allocatedStorage": 500.0,
			"iops": 13000.0, "backupRetentionPeriod": 9.0, "monitoringInterval": 60.0, "databaseInsightsMode": "advanced"},
		"aws:eks/cluster:Cluster":                           {"version": "1.28"},
		"aws:elasticache/replicationGroup:ReplicationGroup": {"nodeType": "cache.t4g.small", "engine": "redis", "numCacheClusters": 3.0, "snapshotRetentionLimit": 4.0},
		"aws:ec2/instance:Instance":                         {"instanceType": "t4g.small", "rootBlockDevice": m{"volumeSize": 80.0, "volumeType": "gp3"}, "tenancy": "default", "publicIp": "192.0.2.1"},
		"aws:lb/loadBalancer:LoadBalancer":                  {"subnets": []any{"a", "b"}, "subnetMappings": []any{m{"subnetId": "a"}}, "dnsName": "x"},
	}
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom(slices.Sorted(maps.Keys(could))).Draw(t, "type")
		inputs, outputs := m{}, m{}
		for _, key := range slices.Sorted(maps.Keys(could[typ])) {
			to := rapid.SampledFrom([]m{inputs, outputs, {}}).Draw(t, key)
			to[key] = could[typ][key]
		}
		old := paid(typ, "thing", inputs)
		old.Outputs = rule.FieldsOf(outputs)
		c := changing([]sides{{old, paid(typ, "thing", inputs)}})
		c.Resources[0].Op, c.Resources[0].Properties = change.Update, []diff.Property{{Path: "tags.owner", Noise: true}}
		told := costOf(c, prices, usage)
		more, partial := told.more()
		require.Empty(t, told.Lines)
		require.Zero(t, more)
		require.False(t, partial)
	})
}
