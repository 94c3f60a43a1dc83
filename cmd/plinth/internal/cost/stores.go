package cost

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	database       = "aws:rds/instance:Instance"
	proxy          = "aws:rds/proxy:Proxy"
	proxyTarget    = "aws:rds/proxyTarget:ProxyTarget"
	auroraCluster  = "aws:rds/cluster:Cluster"
	auroraInstance = "aws:rds/clusterInstance:ClusterInstance"
	replication    = "aws:elasticache/replicationGroup:ReplicationGroup"
	cacheCluster   = "aws:elasticache/cluster:Cluster"
	bucket         = "aws:s3/bucket:Bucket"
)

var storeMeters = map[string]meter{
	database: func(e *estimator, r *rule.Resource) {
		class, engine := e.text(r, "instanceClass"), e.engine(r)
		copies, where := 1.0, "one zone"
		if e.is(r, "multiAz") {
			copies, where = 2, "two zones"
		}
		if class == "" || engine == "" {
			e.notPriced(r, "its class or its engine is not said")
			return
		}
		e.hourly(r, "rds/"+engine+"/"+class, class+" in "+where, copies)
		e.rdsDisk(r, engine, copies, where)
		e.extended(r, engine, e.text(r, "engineVersion"), e.text(r, "engineLifecycleSupport"), class, copies)
		if e.number(r, "backupRetentionPeriod", 0) > 7 {
			e.metered(r, "rds-backup", "backups beyond the size of the database", backupGB)
		}
		e.watched(r, "/aws/rds/instance/", "identifier")
		e.ownPassword(r)
		source := e.source(r)
		from := rule.ArnRegion(text(r, "replicateSourceDb"))
		if source != nil {
			from = e.region(source)
		} else {
			e.get(r, "replicateSourceDb")
		}
		if from != "" && from != e.region(r) {
			e.pay(r, Line{Item: "region-gb", Region: from, What: "changes that it is sent from " + from, Quantity: e.use(regionGB), Assumed: []string{regionGB}})
		}
	},
	proxyTarget: func(e *estimator, r *rule.Resource) { e.isFree(r, "the proxy is paid for") },
	proxy: func(e *estimator, r *rule.Resource) {
		const least = 2 // virtual CPUs
		cpus := 0.0
		targets, _ := e.g.Pointing(r, proxyTarget, "dbProxyName")
		for _, t := range targets {
			databases := e.g.Targets(t, database, "dbInstanceIdentifier").Resources
			for _, c := range e.g.Targets(t, auroraCluster, "dbClusterIdentifier").Resources {
				members, _ := e.g.Pointing(c, auroraInstance, "clusterIdentifier")
				databases = append(databases, members...)
			}
			if len(databases) == 0 {
				e.notPriced(r, "its databases are not of this stack")
				return
			}
			for _, db := range databases {
				m, known := e.prices.machine(e.text(db, "instanceClass"))
				if !known {
					e.notPriced(r, "the virtual CPUs of "+db.Name+" are not in the table")
					return
				}
				cpus += m.CPUs
			}
		}
		e.hourly(r, "proxy", "virtual CPUs of its databases", max(least, cpus))
	},
	auroraCluster: func(e *estimator, r *rule.Resource) {
		e.watched(r, "/aws/rds/cluster/", "clusterIdentifier")
		e.ownPassword(r)
		switch engine := e.text(r, "engine"); {
		case !strings.HasPrefix(engine, "aurora-"):
			e.notPriced(r, "no price of a cluster of "+engine)
			return
		case e.text(r, "engineMode") == "serverless":
			e.notPriced(r, "no price of the first version of Aurora Serverless")
			return
		case e.isOptimized(r):
			e.notPriced(r, "no price of storage aurora-iopt1")
			return
		}
		e.metered(r, "aurora-storage", "data", auroraGB)
		e.metered(r, "aurora-io", "reads and writes of the data", auroraIO)
		if e.number(r, "backupRetentionPeriod", 1) > 1 {
			e.notPriced(r, "no price of backups that are kept for more than a day")
		}
	},
	auroraInstance: func(e *estimator, r *rule.Resource) {
		class, engine, version, support := e.text(r, "instanceClass"), e.text(r, "engine"), e.text(r, "engineVersion"), ""
		of, _ := e.g.Target(r, auroraCluster, "clusterIdentifier")
		if of != nil {
			engine, version, support = e.text(of, "engine"), e.text(of, "engineVersion"), e.text(of, "engineLifecycleSupport")
			if e.isOptimized(of) {
				e.notPriced(r, "no price of machines with storage aurora-iopt1")
				return
			}
		}
		e.watched(r, "", "")
		if class != "db.serverless" {
			e.hourly(r, "aurora/"+class, class, 1)
			e.extended(r, engine, version, support, class, 1)
			return
		}
		if of == nil {
			e.notPriced(r, "how much its cluster lets it scale is not known")
			return
		}
		if e.prices.pastSupport(engine, version) {
			e.notPriced(r, "extended support of capacity that scales")
		}
		least := e.number(of, "serverlessv2ScalingConfiguration.minCapacity", 0.5)
		most := e.number(of, "serverlessv2ScalingConfiguration.maxCapacity", least)
		e.pay(r, Line{Item: "aurora-acu", What: "capacity, at its lower limit", Quantity: least * e.use(hours), Most: most * e.use(hours), Assumed: []string{hours}})
	},
	replication: func(e *estimator, r *rule.Resource) {
		// Who says how many shards there are cannot say how many nodes: that follows.
		sharded := !r.Get("numNodeGroups").IsAbsent() || !r.Get("replicasPerNodeGroup").IsAbsent()
		nodes := 0.0
		if !sharded {
			nodes = e.number(r, "numCacheClusters", 0)
		}
		if nodes == 0 {
			nodes = e.number(r, "numNodeGroups", 1) * (1 + e.number(r, "replicasPerNodeGroup", 0))
		}
		engine := e.text(r, "engine")
		if engine == "" {
			engine = "redis" // what the provider takes
		}
		e.cache(r, engine, nodes)
	},
	cacheCluster: func(e *estimator, r *rule.Resource) {
		if e.text(r, "replicationGroupId") != "" {
			e.isFree(r, "its replication group is paid for")
			return
		}
		e.cache(r, e.text(r, "engine"), e.number(r, "numCacheNodes", 1))
	},
	bucket: func(e *estimator, r *rule.Resource) {
		e.metered(r, "s3", "data", s3GB)
		e.metered(r, "s3-writes", "writes", s3Writes)
		e.metered(r, "s3-reads", "reads", s3Reads)
	},
	"aws:s3/bucketReplicationConfig:BucketReplicationConfig": func(e *estimator, r *rule.Resource) {
		e.metered(r, "region-gb", "objects that it sends to another region", regionGB)
	},
	"aws:ecr/repository:Repository": func(e *estimator, r *rule.Resource) { e.metered(r, "ecr", "images", ecrGB) },
	"aws:backup/plan:Plan":          backupPlan,
	"aws:backup/vault:Vault":        func(e *estimator, r *rule.Resource) { e.metered(r, "vault", "backups of databases", vaultGB) },
}

// backupPlan is free, but what it copies to another region is sent there.
func backupPlan(e *estimator, r *rule.Resource) {
	const path = "rules[].copyActions[].destinationVaultArn"
	copies, known := 0, true
	for _, arn := range r.Select(path) {
		to, _ := arn.Text()
		region := rule.ArnRegion(to)
		// Whatever vault of another region the plan is made from, it copies to.
		for _, vault := range e.g.Targets(r, "aws:backup/vault:Vault", path).Resources {
			if of := e.region(vault); region == "" || of != e.region(r) {
				region = of
			}
		}
		switch region {
		case "":
			known = false
			e.read(arn)
			e.notPriced(r, "where it copies backups to is not known")
		case e.region(r):
		default:
			copies++
		}
	}
	switch {
	case copies > 0:
		e.pay(r, Line{
			Item: "region-gb", What: "backups that it copies to another region", Quantity: float64(copies) * e.use(regionGB), Assumed: []string{regionGB},
		})
	case known:
		e.isFree(r, "settings of something that is paid for")
	}
}

// source is the database that another one is a copy of, if the stack has it.
func (e *estimator) source(r *rule.Resource) *rule.Resource {
	source, _ := e.g.Target(r, database, "replicateSourceDb")
	if source == r {
		return nil
	}
	return source
}

// engine is that of a database; a copy has its source's.
func (e *estimator) engine(r *rule.Resource) string {
	if engine := e.text(r, "engine"); engine != "" {
		return engine
	}
	if source := e.source(r); source != nil {
		return e.text(source, "engine")
	}
	return ""
}

// rdsDisk is what the disks of a database cost.
func (e *estimator) rdsDisk(r *rule.Resource, engine string, copies float64, where string) {
	kind := e.text(r, "storageType")
	if kind == "" {
		kind = "gp2"
		if e.number(r, "iops", 0) > 0 {
			kind = "io1"
		}
	}
	size := e.number(r, "allocatedStorage", 0)
	if size == 0 {
		e.notPriced(r, "its disk: its size is not said")
		return
	}
	e.pay(r, Line{
		Item: "rds-storage/" + kind, What: fmt.Sprintf("disk of %g GB in %s", size, where), Quantity: size * copies,
		Most: max(size, e.number(r, "maxAllocatedStorage", size)) * copies,
	})
	iops, throughput := e.number(r, "iops", 0), e.number(r, "storageThroughput", 0)
	if kind == "gp3" {
		// Four disks are joined from 400 GB on, each with what is free.
		joined := 1.0
		switch {
		case !slices.Contains([]string{"postgres", "mysql", "mariadb"}, engine):
			if iops+throughput > 0 {
				e.notPriced(r, "which of the operations of a disk of "+engine+" are free is not in the table")
			}
			return
		case size >= 400:
			joined = 4
		}
		iops, throughput = iops-joined*freeIops, throughput-joined*freeThroughput
	}
	if iops > 0 && kind != "gp2" {
		e.pay(r, Line{Item: "rds-iops/" + kind, What: "operations a second", Quantity: iops * copies})
	}
	if throughput > 0 && kind == "gp3" {
		e.pay(r, Line{Item: "rds-throughput/gp3", What: "throughput", Quantity: throughput * copies})
	}
}

// watched is what it costs to watch a database: logs, in groups that RDS makes unless the
// stack does, and insights.
func (e *estimator) watched(r *rule.Resource, groups, name string) {
	var logs, monitoring float64
	for _, log := range e.each(r, "enabledCloudwatchLogsExports[]") {
		kind, _ := log.Text()
		if named := groups + e.text(r, name) + "/" + kind; !slices.ContainsFunc(e.g.Of(logGroup), func(g *rule.Resource) bool { return text(g, "name") == named }) {
			logs++
		}
	}
	if e.number(r, "monitoringInterval", 0) > 0 {
		monitoring = 1 // kept for a month
	}
	if logs+monitoring > 0 {
		e.pay(r, Line{Item: "log-gb", What: "logs that it exports, and enhanced monitoring", Quantity: (logs + monitoring) * e.use(logGB), Assumed: []string{logGB}})
		e.pay(r, Line{
			Item: "log-kept", What: "logs that never expire, and enhanced monitoring", Quantity: (logs*e.use(logMonths) + monitoring) * e.use(logGB) * e.use(logShare),
			Assumed: []string{logGB, logShare, logMonths},
		})
	}
	if e.text(r, "databaseInsightsMode") == "advanced" || e.is(r, "performanceInsightsEnabled") && e.number(r, "performanceInsightsRetentionPeriod", 7) > 7 {
		e.notPriced(r, "no price of insights that are kept for more than a week")
	}
}

// ownPassword is the secret that RDS makes for the password of a database.
func (e *estimator) ownPassword(r *rule.Resource) {
	if e.is(r, "manageMasterUserPassword") {
		e.pay(r, Line{Item: "secret", What: "secret with its password", Quantity: 1})
	}
}

// isOptimized is whether Aurora's storage costs more and its reads and writes nothing.
func (e *estimator) isOptimized(r *rule.Resource) bool {
	return e.text(r, "storageType") == "aurora-iopt1"
}

// extended is what a version costs in addition that is past the end of standard support.
// AWS has it paid unless a database says that it is to be upgraded instead. The third year
// costs more; only the version whose support ended last is known not to be in it.
func (e *estimator) extended(r *rule.Resource, engine, version, support, class string, copies float64) {
	if !e.prices.pastSupport(engine, version) || strings.HasSuffix(support, "-disabled") {
		return
	}
	what := "extended support of " + engine + " " + version
	m, known := e.prices.machine(class)
	switch {
	case !known:
		e.notPriced(r, "extended support: the virtual CPUs of "+class+" are not in the table")
	case !e.prices.lastPastSupport(engine, version):
		e.notPriced(r, "no price of "+what+", which may be in its third year")
	default:
		e.hourly(r, "rds-extended", what, m.CPUs*copies)
	}
}

// cache is what nodes of a cache cost.
func (e *estimator) cache(r *rule.Resource, engine string, nodes float64) {
	class := e.text(r, "nodeType")
	if class == "" || engine == "" {
		e.notPriced(r, "its class or its engine is not said")
		return
	}
	e.hourly(r, engine+"/"+class, class, nodes)
	if kept := e.number(r, "snapshotRetentionLimit", 0); kept > 1 {
		e.pay(r, Line{Item: "cache-backup", What: "snapshots but the newest", Quantity: (kept - 1) * e.use(snapshotGB), Assumed: []string{snapshotGB}})
	}
}
