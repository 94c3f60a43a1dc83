package aws

import "strings"

const docDocDB = "Amazon DocumentDB Developer Guide: Amazon DocumentDB quotas and limits"

// docdbRules are what DocumentDB has beyond RDS, whose rules judge it as well.
var docdbRules = []Rule{
	{ID: "docdb-class", Code: invalidCombination, Source: "Amazon DocumentDB Developer Guide: Managing instance classes", Kinds: "docdb.clusterInstance", On: Write, Check: func(r *Request) string {
		class := r.New.Str("instanceClass")
		if !oneOf(class, "db.t3.medium db.t4g.medium") && !strings.HasPrefix(class, "db.r5.") && !strings.HasPrefix(class, "db.r6g.") && !strings.HasPrefix(class, "db.r6gd.") && !strings.HasPrefix(class, "db.r8g.") {
			return say("Invalid DB Instance class: %s", class)
		}
		return ""
	}},
	{ID: "docdb-storage-type", Code: invalidValue, Source: "Amazon DocumentDB Developer Guide: Amazon DocumentDB cluster storage configurations", Kinds: "docdb.cluster", On: Write, Check: func(r *Request) string {
		kind := r.New.Str("storageType")
		if kind != "" && !oneOf(kind, "standard iopt1") {
			return say("Invalid storage type: %s", kind)
		}
		if _, _, version := r.engine(); kind == "iopt1" && !strings.HasPrefix(version, "5.") {
			return say("I/O-optimized storage is not supported by version %s; it needs 5.0.", version)
		}
		return ""
	}},
	{ID: "docdb-parameter", Code: invalidValue, Source: "Amazon DocumentDB Developer Guide: Amazon DocumentDB cluster parameters reference", Kinds: "docdb.clusterParameterGroup", On: Write, Check: func(r *Request) string {
		allowed := map[string]string{
			"audit_logs": "disabled enabled ddl dml_read dml_write all none", "change_stream_log_retention_duration": "", "profiler": "enabled disabled",
			"profiler_sampling_rate": "", "profiler_threshold_ms": "", "tls": "enabled disabled fips-140-3 tls1.2+ tls1.3+", "ttl_monitor": "enabled disabled",
			"default_collection_compression": "enabled disabled", "plannerVersion": "1.0 2.0 3.0", "planner_version": "1.0 2.0 3.0",
		}
		for _, p := range r.New.Objs("parameters") {
			name, value := p.Str("name"), p.Str("value")
			values, known := allowed[name]
			switch {
			case !known:
				return say("Could not find parameter with name: %s", name)
			case name == "audit_logs": // a list
			case values != "" && !oneOf(value, values):
				return say("The parameter value '%s' is not valid for %s. Allowed values are: %s", value, name, values)
			}
		}
		return ""
	}},
	{ID: "docdb-nvme-version", Code: invalidCombination, Source: "Amazon DocumentDB Developer Guide: NVMe-backed instances", Kinds: "docdb.clusterInstance", On: Write, Check: func(r *Request) string {
		cluster := r.clusterOf(r.New)
		if cluster == nil || !strings.HasPrefix(r.New.Str("instanceClass"), "db.r6gd.") {
			return ""
		}
		if _, _, version := r.engineOf(cluster.Props); !strings.HasPrefix(version, "5.") {
			return say("NVMe-backed instances need DocumentDB 5.0; the cluster has %s.", version)
		}
		return ""
	}},
	{ID: "docdb-instance-quota", Code: "InstanceQuotaExceeded", Source: docDocDB, Kinds: "docdb.clusterInstance", On: Create, Check: func(r *Request) string {
		if len(r.All("docdb.clusterInstance")) >= 30 {
			return "The maximum number of DocumentDB instances has been reached."
		}
		return ""
	}},
}
