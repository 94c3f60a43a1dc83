package encryption

import (
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// attached is a database with a parameter group.
func attached(token string, inputs in, group string, parameters in) []r {
	path := attachments[token].path
	inputs[path] = later
	return []r{
		{Type: token, Name: "it", In: inputs, Edges: to{path: {"group"}}, Provider: in{"region": "eu-west-1"}},
		{Type: group, Name: "group", In: parameters},
	}
}

func family(name string, parameters ...any) in { return in{"family": name, "parameters": parameters} }

func set(name string, value any) in { return in{"name": name, "value": value} }

// replica is a database that is a replica of the first one of a stack.
func replica(region string, inputs in, stack []r) []r {
	inputs["replicateSourceDb"] = later
	return append([]r{{Type: database, Name: "replica", In: inputs, Edges: to{"replicateSourceDb": {stack[0].Name}}, Provider: in{"region": region}}}, stack...)
}

var parameterCases = []ruletest.Case{
	check("rds-force-tls", "PostgreSQL", rule.Pass, "",
		attached(database, in{"engine": "postgres"}, dbParameters, family("postgres14", set("log_statement", "ddl"), set("rds.force_ssl", "1")))),
	check("rds-force-tls", "PostgreSQL off", rule.Fail, `rds.force_ssl is "0" in group. Fix: set rds.force_ssl to "1" in parameters of group`,
		attached(database, in{"engine": "postgres"}, dbParameters, family("postgres16", set("rds.force_ssl", "0")))),
	check("rds-force-tls", "PostgreSQL 15 by default", rule.Pass, "", attached(database, in{"engine": "postgres"}, dbParameters, family("postgres15"))),
	check("rds-force-tls", "PostgreSQL 14 by default", rule.Fail, "group does not set rds.force_ssl",
		attached(database, in{"engine": "postgres"}, dbParameters, family("postgres14"))),
	check("rds-force-tls", "default group", rule.Pass, "", one(database, in{"engine": "postgres", "engineVersion": "16.3"})),
	check("rds-force-tls", "default group of an old version", rule.Fail,
		`its default parameter group does not set rds.force_ssl. Fix: attach a ParameterGroup with rds.force_ssl "1" as parameterGroupName`,
		one(database, in{"engine": "postgres", "engineVersion": "14"})),
	check("rds-force-tls", "default group by name", rule.Pass, "", one(database, in{"engine": "postgres", "parameterGroupName": "default.postgres17"})),
	check("rds-force-tls", "old default group by name", rule.Fail, "default.postgres13 does not set",
		one(database, in{"engine": "postgres", "parameterGroupName": "default.postgres13"})),
	check("rds-force-tls", "AWS's choice of version", rule.Unknown, "engineVersion: "+rule.NotYet, one(database, in{"engine": "postgres"})),
	check("rds-force-tls", "AWS's choice, once it is known", rule.Pass, "",
		[]r{{Type: database, Name: "it", In: in{"engine": "postgres"}, Out: in{"engineVersion": "17.2"}}}),
	check("rds-force-tls", "Aurora PostgreSQL 16 by default", rule.Fail, "attach a ClusterParameterGroup",
		one(dbCluster, in{"engine": "aurora-postgresql", "engineVersion": "16.6"})),
	check("rds-force-tls", "Aurora PostgreSQL 17 by default", rule.Pass, "", one(dbCluster, in{"engine": "aurora-postgresql", "engineVersion": "17.4"})),
	check("rds-force-tls", "Aurora MySQL", rule.Pass, "",
		attached(dbCluster, in{"engine": "aurora-mysql"}, clusterParams, family("aurora-mysql8.0", set("require_secure_transport", "ON")))),
	check("rds-force-tls", "Aurora MySQL by default", rule.Fail, "require_secure_transport",
		one(dbCluster, in{"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.05.2"})),
	check("rds-force-tls", "MySQL 8.4 by default", rule.Fail, "require_secure_transport", one(database, in{"engine": "mysql", "engineVersion": "8.4.3"})),
	check("rds-force-tls", "MariaDB 11.8 by default", rule.Pass, "", one(database, in{"engine": "mariadb", "engineVersion": "11.8"})),
	check("rds-force-tls", "MariaDB 11.10 by default", rule.Pass, "", one(database, in{"engine": "mariadb", "engineVersion": "11.10"})),
	check("rds-force-tls", "MariaDB 11.4 by default", rule.Fail, "require_secure_transport", attached(database, in{"engine": "mariadb"}, dbParameters, family("mariadb11.4"))),
	check("rds-force-tls", "SQL Server by default", rule.Fail, "rds.force_ssl", one(database, in{"engine": "sqlserver-ex", "engineVersion": "16.00"})),
	check("rds-force-tls", "Oracle", rule.NotApplicable, "", one(database, in{"engine": "oracle-ee"})),
	check("rds-force-tls", "a group of another stack", rule.Unknown, "parameterGroupName: "+rule.External,
		one(database, in{"engine": "postgres", "engineVersion": "16", "parameterGroupName": "shared"})),
	check("rds-force-tls", "computed value", rule.Unknown, "value", attached(database, in{"engine": "postgres"}, dbParameters, family("postgres16", set("rds.force_ssl", later)))),
	check("rds-force-tls", "computed parameters", rule.Unknown, "parameters", attached(database, in{"engine": "postgres"}, dbParameters, in{"family": "postgres16", "parameters": later})),
	check("rds-force-tls", "computed engine", rule.Unknown, "engine", one(database, in{"engine": later})),
	check("rds-force-tls", "replica with its source's group", rule.Pass, "", replica("eu-west-1", in{},
		attached(database, in{"engine": "postgres"}, dbParameters, family("postgres14", set("rds.force_ssl", "1"))))),
	check("rds-force-tls", "replica elsewhere without a group", rule.Fail, "its default parameter group", replica("eu-central-1", in{},
		attached(database, in{"engine": "postgres", "engineVersion": "14.9"}, dbParameters, family("postgres14", set("rds.force_ssl", "1"))))),
	check("rds-force-tls", "replica of another stack's", rule.Unknown, "replicateSourceDb: "+rule.External, one(database, in{"replicateSourceDb": "shop"})),

	check("docdb-tls", "by default", rule.Pass, "", one(docdbCluster, in{})),
	check("docdb-tls", "default group", rule.Pass, "", one(docdbCluster, in{"dbClusterParameterGroupName": "default.docdb5.0"})),
	check("docdb-tls", "by its group", rule.Pass, "", attached(docdbCluster, in{}, docdbParameters, family("docdb5.0", set("tls", "tls1.2+")))),
	check("docdb-tls", "its group leaves it", rule.Pass, "", attached(docdbCluster, in{}, docdbParameters, family("docdb5.0"))),
	check("docdb-tls", "off", rule.Fail, `tls is "disabled" in group. Fix: set tls to "enabled"`,
		attached(docdbCluster, in{}, docdbParameters, family("docdb5.0", set("tls", "disabled")))),
	check("docdb-tls", "another stack's group", rule.Unknown, "dbClusterParameterGroupName: "+rule.External, one(docdbCluster, in{"dbClusterParameterGroupName": "shared"})),
	check("docdb-tls", "computed", rule.Unknown, "value", attached(docdbCluster, in{}, docdbParameters, family("docdb5.0", set("tls", later)))),

	check("redshift-tls", "by its group", rule.Pass, "", attached(warehouse, in{}, warehouseParameters, family("redshift-1.0", set("require_ssl", "true")))),
	check("redshift-tls", "off", rule.Fail, `require_ssl is "false" in group. Fix: set require_ssl to "true" in parameters of group`,
		attached(warehouse, in{}, warehouseParameters, family("redshift-2.0", set("require_ssl", "false")))),
	check("redshift-tls", "an old family", rule.Fail, "group does not set require_ssl", attached(warehouse, in{}, warehouseParameters, family("redshift-1.0"))),
	check("redshift-tls", "a new family", rule.Pass, "", attached(warehouse, in{}, warehouseParameters, family("redshift-2.0"))),
	check("redshift-tls", "a family to come", rule.Unknown, "family", attached(warehouse, in{}, warehouseParameters, in{"family": later})),
	check("redshift-tls", "by default", rule.Pass, "", one(warehouse, in{})),
	check("redshift-tls", "by default at a preview", rule.Pass, "", []r{{Type: warehouse, Name: "it", In: in{}, Out: in{"clusterParameterGroupName": later}}}),
	check("redshift-tls", "the old default group", rule.Fail, `attach a ParameterGroup with require_ssl "true" as clusterParameterGroupName`,
		one(warehouse, in{"clusterParameterGroupName": "default.redshift-1.0"})),
	check("redshift-tls", "made with the old default group", rule.Fail, "default.redshift-1.0 does not set require_ssl",
		[]r{{Type: warehouse, Name: "it", In: in{}, Out: in{"clusterParameterGroupName": "default.redshift-1.0"}}}),
	check("redshift-tls", "made with a group that nobody names", rule.Unknown, "clusterParameterGroupName: "+rule.External,
		[]r{{Type: warehouse, Name: "it", In: in{}, Out: in{"clusterParameterGroupName": "shared"}}}),
	check("redshift-tls", "another stack's group", rule.Unknown, "clusterParameterGroupName: "+rule.External, one(warehouse, in{"clusterParameterGroupName": "shared"})),
	check("redshift-tls", "computed", rule.Unknown, "value", attached(warehouse, in{}, warehouseParameters, family("redshift-1.0", set("require_ssl", later)))),
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		text  string
		least version
		want  bool
	}{
		{"15", version{15}, true}, {"15.4", version{15}, true}, {"14.9", version{15}, false}, {"postgres15", version{15}, true},
		{"11.8", version{11, 8}, true}, {"11.10.2", version{11, 8}, true}, {"11", version{11, 8}, false}, {"12", version{11, 8}, true},
		{"sqlserver-ex-15.0", version{15}, true}, {"none", version{15}, false}, {"", version{1}, false},
	} {
		if got := versionIn(c.text).atLeast(c.least); got != c.want {
			t.Errorf("%q at least %v: %v", c.text, c.least, got)
		}
	}
}
