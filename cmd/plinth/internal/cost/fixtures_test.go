package cost

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

// in is the provider of a region.
func in(region string) rule.Fields { return rule.FieldsOf(map[string]any{"region": region}) }

// of is a resource in us-east-1.
func of(token, name string, inputs map[string]any) *rule.Resource {
	return &rule.Resource{
		URN: "urn:pulumi:test::shop::" + token + "::" + name, Type: token, Name: name, Provider: in("us-east-1"),
		Inputs: rule.FieldsOf(inputs), Outputs: rule.FieldsOf(map[string]any{"id": name + "-id"}), Edges: map[string][]string{},
	}
}

// far is a resource of the same in another region.
func far(r *rule.Resource, region string) *rule.Resource {
	r.Provider = in(region)
	return r
}

// private is a subnet without public addresses.
func private() *rule.Resource { return of(subnet, "private", map[string]any{"vpcId": "vpc"}) }

// table is a table of prices in which sums are easily made by hand, of one region.
const table = `
currency: USD
sources: {hand: {grade: P, date: 2026-01-02, is: made up}}
services: [Network, Machines, Data, Other]
items:
  nat: {service: Network, unit: hour}
  nat-gb: {service: Network, unit: GB}
  ipv4: {service: Network, unit: hour}
  endpoint: {service: Network, unit: hour}
  endpoint-gb: {service: Network, unit: GB}
  alb: {service: Network, unit: hour}
  alb-lcu: {service: Network, unit: LCU-hour}
  nlb: {service: Network, unit: hour}
  nlb-lcu: {service: Network, unit: LCU-hour}
  out-gb: {service: Network, unit: GB}
  zone-gb: {service: Network, unit: GB}
  region-gb: {service: Network, unit: GB}
  eks: {service: Machines, unit: hour}
  eks-extended: {service: Machines, unit: hour}
  eks-auto: {service: Machines, unit: USD}
  ec2: {service: Machines, unit: hour}
  ebs: {service: Machines, unit: GB-month}
  ebs-iops: {service: Machines, unit: IOPS}
  ebs-throughput: {service: Machines, unit: MiB/s}
  metric: {service: Machines, unit: month}
  rds: {service: Data, unit: hour}
  rds-storage: {service: Data, unit: GB-month}
  rds-iops: {service: Data, unit: IOPS}
  rds-extended: {service: Data, unit: vCPU-hour}
  rds-backup: {service: Data, unit: GB-month}
  aurora: {service: Data, unit: hour}
  aurora-acu: {service: Data, unit: ACU-hour}
  aurora-storage: {service: Data, unit: GB-month}
  aurora-io: {service: Data, unit: million}
  proxy: {service: Data, unit: vCPU-hour}
  redis: {service: Data, unit: hour}
  valkey: {service: Data, unit: hour}
  cache-backup: {service: Data, unit: GB-month}
  cdn-gb: {service: Other, unit: GB}
  cdn-requests: {service: Other, unit: million}
  waf-acl: {service: Other, unit: month}
  waf-rule: {service: Other, unit: month}
  waf-requests: {service: Other, unit: million}
  kms: {service: Other, unit: month}
  kms-requests: {service: Other, unit: 10k}
  log-gb: {service: Other, unit: GB}
  log-gb-infrequent: {service: Other, unit: GB}
  log-kept: {service: Other, unit: GB-month}
  secret: {service: Other, unit: month}
  secret-requests: {service: Other, unit: 10k}
  parameter: {service: Other, unit: month}
  sqs: {service: Other, unit: million}
  alarm: {service: Other, unit: month}
  alarm-fast: {service: Other, unit: month}
  lambda-requests: {service: Other, unit: million}
  lambda: {service: Other, unit: GB-second}
machines: {t3.small: [2, 2], t3.large: [2, 8], t4g.small: [2, 2], t4g.nano: [2, 0.5], m7g.large: [2, 8], m7i.large: [2, 8]}
extended: {eks: "1.33", postgres: "13", mysql: "8.0", aurora-postgresql: "13"}
regions:
  global: {hand: {cdn-gb: 0.1, cdn-requests: 1}}
  eu-west-1: {hand: {log-gb: 0.5, log-kept: 0.03, nat: 0.05, nat-gb: 0.04}}
  us-east-1:
    hand:
      nat: 0.05
      nat-gb: 0.04
      ipv4: 0.005
      endpoint: 0.01
      endpoint-gb: 0.01
      alb: 0.02
      alb-lcu: 0.008
      nlb: 0.03
      nlb-lcu: 0.006
      out-gb: 0.09
      zone-gb: 0.01
      region-gb: 0.02
      eks: 0.1
      eks-extended: 0.6
      eks-auto: 0.1
      ec2/t3.small: 0.02
      ec2/t3.large: 0.04
      ec2/t4g.small: 0.016
      ec2/t4g.nano: 0.004
      ec2/m7g.large: 0.08
      ec2/m7i.large: 0.1
      ebs/gp3: 0.08
      ebs/gp2: 0.1
      ebs-iops/gp3: 0.005
      ebs-throughput/gp3: 0.04
      metric: 0.3
      rds/postgres/db.t4g.small: 0.03
      rds-storage/gp3: 0.1
      rds-storage/gp2: 0.1
      rds-iops/gp3: 0.02
      rds-extended: 0.1
      rds-backup: 0.1
      aurora/db.t4g.small: 0.07
      aurora-acu: 0.12
      aurora-storage: 0.1
      aurora-io: 0.2
      proxy: 0.015
      redis/cache.t4g.small: 0.03
      valkey/cache.t4g.small: 0.024
      cache-backup: 0.085
      waf-acl: 5
      waf-rule: 1
      waf-requests: 0.6
      kms: 1
      kms-requests: 0.03
      log-gb: 0.5
      log-gb-infrequent: 0.25
      log-kept: 0.03
      secret: 0.4
      secret-requests: 0.05
      parameter: 0.05
      sqs/standard: 0.4
      alarm: 0.1
      alarm-fast: 0.3
      lambda-requests: 0.2
      lambda/x86_64: 0.00002
      lambda/arm64: 0.00001
`

func prices(t require.TestingT) *Prices {
	p, err := ReadPrices([]byte(table))
	require.NoError(t, err)
	return p
}

// easy is assumptions with which sums are easily made: a month of 100 hours, and nothing
// is used that a test does not give.
func easy(t require.TestingT, others map[string]float64) Usage {
	u := Usage{all: map[string]Assumption{nodeArm: {Machine: "m7g.large"}, nodeIntel: {Machine: "m7i.large"}}}
	for name := range numbers {
		u.all[name] = Assumption{Why: "for the test"}
	}
	for name, is := range map[string]float64{hours: 100, nodeUse: 0.5, spotDiscount: 0.5, spotShare: 1, logMonths: 12} {
		u.all[name] = Assumption{Is: is, Why: "for the test"}
	}
	for name, is := range others {
		_, known := numbers[name]
		require.True(t, known, name)
		u.all[name] = Assumption{Is: is, Why: "for the test"}
	}
	return u
}

// bill is the bill of some resources.
func bill(t testing.TB, used map[string]float64, resources ...*rule.Resource) Bill {
	t.Helper()
	return Estimate(rule.NewGraph(resources), prices(t), easy(t, used))
}

// said is what is said of why resources are in no line.
func said(groups []Group) map[string]string {
	all := map[string]string{}
	for _, g := range groups {
		for _, r := range g.Resources {
			all[r.Name] = g.Why
		}
	}
	return all
}
