package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/cost"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/timeline"
)

// written is a stack written down by hand, to which what happens is added.
type written struct {
	*Stack
	components map[string]bool
}

func writtenStack(name string, level Level, reason string) written {
	c := &change.Change{Project: "shop", Stack: name, Before: rule.NewGraph(nil), After: rule.NewGraph(nil)}
	return written{&Stack{
		Name: name, Change: c, Verdict: Verdict{level, reason}, Counts: map[change.Op]int{}, Policies: Policies{Asked: true, Compared: true},
	}, map[string]bool{}}
}

const databaseType, groupType, ruleType, logsType, deploymentType = "aws:rds/instance:Instance", "aws:ec2/securityGroup:SecurityGroup",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:cloudwatch/logGroup:LogGroup", "kubernetes:apps/v1:Deployment"

// part adds a resource of a component, which is added with its first.
func (w written) part(component string, op change.Op, token, name string, properties ...diff.Property) *change.Resource {
	top, first := "", strings.Split(name, "-")[0]
	if component != "" {
		top = "urn:pulumi:" + w.Change.Stack + "::shop::shop:index:" + component + "::" + first
		if !w.components[top] {
			w.components[top] = true
			w.Change.Resources = append(w.Change.Resources, &change.Resource{
				URN: top, Name: first, Type: "shop:index:" + component, Op: change.Update,
				Properties: []diff.Property{becomes("repeated", "what its parts say", "what its parts say")},
			})
		}
	}
	r := &change.Resource{
		URN: "urn:pulumi:" + w.Change.Stack + "::shop::" + token + "::" + name, Name: name, Type: token, Component: top, Custom: true, Op: op, Properties: properties,
	}
	state := &apitype.ResourceV3{URN: resource.URN(r.URN), Custom: true, Parent: resource.URN(top)}
	if op != change.Create {
		r.OldState = state
	}
	if op != change.Delete {
		r.NewState = state
	}
	for _, p := range properties {
		if p.Forces {
			r.Forced = append(r.Forced, p.Path)
		}
	}
	w.Counts[op]++
	w.Change.Resources = append(w.Change.Resources, r)
	return r
}

func becomes(path, was, is string) diff.Property {
	return diff.Property{Path: path, Was: &was, Is: &is}
}
func added(path, is string) diff.Property   { return diff.Property{Path: path, Is: &is} }
func forcing(p diff.Property) diff.Property { p.Forces = true; return p }
func tagged(is string) diff.Property        { p := becomes("tags.owner", "web", is); p.Noise = true; return p }

// found is a finding in the words of our own policies.
func found(policy, severity string, mandatory bool, r *change.Resource, problem, fix string) Finding {
	return Finding{"plinth", policy, rehearsal.Finding{
		Mandatory: mandatory, Severity: severity, URN: r.URN, Component: r.Component,
		Message: fmt.Sprintf("%s %s: %s. Fix: %s.", rule.Kind(r.Type), r.Name, problem, fix),
	}}
}

// costing is a bill of one line, with something that has no price if that is named.
func costing(usd float64, notPriced ...string) cost.Bill {
	b := cost.Bill{
		Lines:   []cost.Line{{Quantity: usd, Price: cost.Price{USD: 1}}},
		Assumed: map[string]cost.Assumption{"hours": {Is: 730, Unit: "h"}, "backupShare": {Is: 0.5}},
	}
	for _, name := range notPriced {
		b.NotPriced = append(b.NotPriced, cost.Group{
			Type: "aws:rds/proxy:Proxy", Why: "engineFamily is not known yet", Resources: []*rule.Resource{{URN: "urn:pulumi:prod::shop::aws:rds/proxy:Proxy::" + name, Name: name}},
		})
	}
	return b
}

// taking is a deploy whose operations come one after the other.
func taking(operation string, bars ...timeline.Bar) timeline.Result {
	r := timeline.Result{Operation: operation, CriticalPath: bars, Bars: bars}
	for i := range bars {
		bars[i].Start, bars[i].End = r.Seconds, r.Seconds+bars[i].Seconds
		r.Seconds += bars[i].Seconds
	}
	r.Unlimited, r.Low, r.High = r.Seconds, r.Seconds*0.7, r.Seconds*1.5
	return r
}

func bar(op timeline.Op, token, name string, seconds float64) timeline.Bar {
	return timeline.Bar{Op: op, Type: token, Name: name, Seconds: seconds}
}

func whole(minutes float64) *timeline.Result { return &timeline.Result{Seconds: minutes * 60} }

// safeReport is of a new image and of a tag, in one of two stacks.
func safeReport() *Report {
	prod := writtenStack("prod", Safe, "1 to update, no new findings")
	prod.part("Service", change.Update, deploymentType, "cart-deployment",
		becomes("spec.template.spec.containers[0].image", "ghcr.io/shop/cart:1.9.2", "ghcr.io/shop/cart:1.10.0"))
	prod.part("Service", change.Update, "aws:ecr/repository:Repository", "cart-repository", tagged("shop"))
	prod.Counts[change.Same] = 542
	prod.Cost = Cost{Before: costing(1897.84), After: costing(1897.84)}
	prod.Deploy = Deploy{This: taking("update", bar("update", deploymentType, "cart-deployment", 42)), Before: whole(22), After: whole(22)}
	dev := writtenStack("dev", Safe, "nothing changes")
	dev.Counts[change.Same] = 308
	dev.Cost = Cost{Before: costing(213.95), After: costing(213.95)}
	dev.Deploy = Deploy{Before: whole(17), After: whole(17)}
	return &Report{Base: "main (1a2b3c4)", Stacks: []*Stack{dev.Stack, prod.Stack}, Oldest: "2026-03-01", Newest: "2026-10-02"}
}

// lookReport is of a bigger database machine, judged without what policies found before.
func lookReport() *Report {
	prod := writtenStack("prod", Look, "rds/instance database-instance restarts (instanceClass), for 2 min")
	machine := prod.part("Database", change.Update, databaseType, "database-instance", becomes("instanceClass", "db.r7g.large", "db.r7g.xlarge"))
	prod.Counts[change.Same] = 543
	prod.Dangers = []danger.Danger{{
		Resource: machine, Kind: danger.Restart, What: "restarts with a failover to its standby", Because: []string{"instanceClass"},
		Usual: 2 * time.Minute, Low: time.Minute, High: 3 * time.Minute, Grade: "B", Instead: "leave applyImmediately off: it waits for the maintenance window",
	}}
	prod.Policies.Compared = false
	prod.Policies.New = []Finding{found("rds-max-connections", "low", false, machine, "its parameter group keeps max_connections of a smaller machine", "set max_connections to 3400")}
	prod.Cost = Cost{Before: costing(1897.84, "database-proxy"), After: costing(2246.78, "database-proxy"), Lines: []CostLine{
		{URN: machine.URN, Name: machine.Name, Type: machine.Type, Before: 371.94, After: 720.88},
	}}
	prod.Deploy = Deploy{This: taking("update", bar("update", databaseType, "database-instance", 660)), Before: whole(22), After: whole(22)}
	prod.Notes = []string{"Read from a preview that somebody else has run: what policies found before is not known."}
	return &Report{Stacks: []*Stack{prod.Stack}, Oldest: "2026-03-01", Newest: "2026-10-02"}
}

// dangerousReport is of a change with everything that a report knows of.
func dangerousReport() *Report {
	prod := writtenStack("prod", Dangerous, "rds/instance database-instance is replaced (storageEncrypted), for 24 min")
	machine := prod.part("Database", change.Replace, databaseType, "database-instance",
		becomes("allocatedStorage", "100", "200"), forcing(becomes("storageEncrypted", "false", "true")), becomes("password", diff.Secret, diff.Secret), tagged("shop"))
	machine.DeleteFirst = true
	logs := prod.part("Service", change.Delete, logsType, "cart-logs")
	prod.part("Service", change.Delete, "aws:iam/role:Role", "cart-role")
	prod.part("Service", change.Delete, "aws:iam/role:Role", "cart-task-role")
	open := prod.part("Vpc", change.Update, ruleType, "network-ssh", becomes("cidrIpv4", "10.0.0.0/8", "0.0.0.0/0"))
	policy := prod.part("", change.Update, "aws:iam/policy:Policy", "deploy", becomes("policy.Statement[0].Action", `"s3:GetObject"`, `["s3:*", "kms:*"]`),
		becomes("policy.Statement[0].Resource", `"arn:aws:s3:::assets/*"`, diff.Unknown))
	prod.part("Vpc", change.Import, groupType, "network-legacy")
	for _, zone := range []string{"a", "b", "c"} {
		prod.part("Vpc", change.Update, "aws:ec2/route:Route", "network-route-"+zone, becomes("natGatewayId", "nat-0a1", "nat-0b2"))
		prod.part("Vpc", change.Create, "aws:ec2/subnet:Subnet", "network-spare-"+zone, added("cidrBlock", "10.0.64.0/20"))
	}
	prod.part("Vpc", change.Create, "aws:ec2/routeTable:RouteTable", "network-spare")
	prod.part("Vpc", change.Create, "aws:ec2/flowLog:FlowLog", "network-flow")
	prod.Counts[change.Same] = 524
	prod.Dangers = []danger.Danger{
		{
			Resource: machine, Kind: danger.Loss, What: "is replaced; the new one is empty", Because: []string{"storageEncrypted"},
			Usual: 24 * time.Minute, Low: 18 * time.Minute, High: 40 * time.Minute, Grade: "B",
			Instead: "take a snapshot, copy it encrypted, and restore from it with snapshotIdentifier",
		},
		{Resource: logs, Kind: danger.Loss, What: "is deleted", Keeps: []string{"skipDestroy: the group stays in AWS"}, Stops: []string{"Pulumi, which has it protected (protect)"}},
		{Resource: open, Kind: danger.Outage, What: "is away until its clients try again", Because: []string{"cidrIpv4"}},
	}
	prod.Exposures = []exposure.Exposure{
		{Resource: open, Kind: exposure.Network, What: "0.0.0.0/0 may connect to 22/tcp", Was: "10.0.0.0/8", Property: "cidrIpv4", Wide: true},
		{Resource: policy, Kind: exposure.Permission, What: "may now s3:* and kms:* on what is known after the deploy", Was: "s3:GetObject", Property: "policy.Statement[0].Action", Unknown: true},
	}
	for _, r := range prod.changes() {
		prod.Policies.New = append(prod.Policies.New, found("deletion-protection", "high", true, r, "deletionProtection is off", "set deletionProtection to true"))
	}
	prod.Policies.New = append(prod.Policies.New,
		Finding{"cis", "open-ssh", rehearsal.Finding{URN: open.URN, Message: "SSH is open to the world; ask @platform, see #12 and https://example.com/ssh"}})
	prod.Policies.Standing = []Finding{found("log-retention", "medium", false, logs, "retentionInDays is 7", "set retentionInDays to 365")}
	prod.Policies.Gone = []Finding{found("no-wildcards", "high", true, policy, "it allows everything", "name the actions")}
	prod.Cost = Cost{Before: costing(1897.84), After: costing(2012.34, "database-proxy")}
	for i := range 7 {
		prod.Cost.Lines = append(prod.Cost.Lines, CostLine{Type: databaseType, Name: fmt.Sprintf("database-%d", i), Before: 10, After: 10 + 50/float64(i+1)})
	}
	path := []timeline.Bar{bar("delete", databaseType, "database-instance", 420), bar("create", databaseType, "database-instance", 1020)}
	for i := range 12 {
		path = append(path, bar("update", "aws:ec2/route:Route", fmt.Sprintf("network-route-%d", i), float64(i)))
	}
	prod.Deploy = Deploy{This: taking("update", path...), Before: whole(22), After: whole(31)}
	prod.Deploy.This.Parallel, prod.Deploy.This.Seconds = 8, prod.Deploy.This.Seconds+75
	prod.Deploy.This.Assumed = []timeline.Assumption{{Type: "aws:ec2/flowLog:FlowLog", Seconds: 5, Count: 1, Op: "create"}}
	prod.Change.Phase.Diagnostics = []rehearsal.Diagnostic{{Severity: "warning", Message: "acl is deprecated"}}
	prod.Notes = []string{"Rehearsed on a simulated AWS: names and quotas of a real account are not checked."}

	dev := writtenStack("dev", Look, "ec2/vpc network is replaced (cidrBlock)")
	dev.part("Vpc", change.Replace, "aws:ec2/vpc:Vpc", "network", forcing(becomes("cidrBlock", "10.0.0.0/16", "10.1.0.0/16")))
	dev.Counts[change.Same] = 307
	dev.Policies.Asked = false
	dev.Cost = Cost{Before: costing(213.95), After: costing(200)}
	dev.Deploy = Deploy{This: taking("update", bar("replace", "aws:ec2/vpc:Vpc", "network", 14)), Before: whole(17), After: whole(17)}
	return &Report{Base: "main (1a2b3c4)", Stacks: []*Stack{dev.Stack, prod.Stack}, Oldest: "2026-03-01", Newest: "2026-10-02"}
}

// failedReport is of a program that fails, and of a plan that the engine refuses.
func failedReport() *Report {
	dev := writtenStack("dev", Dangerous, "the preview fails: network.nat: \"Single\": production needs PerZone")
	dev.Change.Phase.Error = "preview failed: plinth:environment: 1 problem\n  network.nat: \"Single\": production needs PerZone, or None"
	dev.Policies.Asked, dev.Policies.Partial = false, true
	prod := writtenStack("prod", Dangerous, "rds/instance database-replica is replaced (identifier); refused by protect")
	replica := prod.part("Database", change.Replace, databaseType, "database-replica", forcing(becomes("identifier", "shop-1", "shop-2")))
	prod.Dangers = []danger.Danger{{Resource: replica, Kind: danger.Loss, What: "is replaced", Because: []string{"identifier"}, Stops: []string{"Pulumi, which has it protected (protect)"}, Usual: 20 * time.Minute}}
	prod.Policies.Partial = true
	prod.Change.Phase.Error = "preview failed:\n  database-replica (aws:rds/instance:Instance): Preview failed: it cannot be deleted\n    because it is protected. To unprotect it, run `pulumi state unprotect`"
	prod.Cost = Cost{Before: costing(1897.84), After: costing(1897.84)}
	prod.Deploy = Deploy{This: taking("update", bar("replace", databaseType, "database-replica", 1200)), Before: whole(22), After: whole(22)}
	return &Report{Base: "main (1a2b3c4)", Stacks: []*Stack{dev.Stack, prod.Stack}, Oldest: "2026-03-01", Newest: "2026-10-02"}
}

// unchangedReport is of a change to nothing that is deployed.
func unchangedReport() *Report {
	r := safeReport()
	for _, s := range r.Stacks {
		s.Verdict.Reason, s.Counts = tally(nil), map[change.Op]int{change.Same: 308}
		for _, part := range s.Change.Resources {
			part.Op, part.Properties = change.Same, nil
		}
	}
	r.Stacks[0].Policies.Standing = make([]Finding, 10)
	return r
}
