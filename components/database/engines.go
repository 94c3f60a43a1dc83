package database

import (
	"regexp"
	"slices"
	"strings"
)

// engine is what AWS knows of an engine in one of its two shapes.
type engine struct {
	// aws is AWS's name of it.
	aws string
	// families is what a parameter group family begins with; the major version follows.
	families string
	port     int
	// majors are the major versions, oldest first. Those in extended are past the end of
	// standard support, and paid for by the vCPU.
	majors, extended []string
	// current is the version that a database gets if nobody says.
	current string
	// exactly says that a version must be a minor one.
	exactly bool
	// minor is the form of a version that names more than the major one.
	minor *regexp.Regexp
	// logs are the types of logs there are; defaultLogs those that are kept.
	logs, defaultLogs []string
	// categories are the events that are worth a message.
	categories []string
	// tls is the parameter that refuses connections without TLS, with its value.
	tls [2]string
	// parameters are set unless the user says otherwise.
	parameters map[string]string
	// static are the parameters that AWS applies with a restart only.
	static []string
	// reserved are names that a user cannot have.
	reserved []string
	// longestUser and longestPassword are in characters.
	longestUser, longestPassword int
	// database is the database that always exists, or none.
	database string
	// proxy is the engine family of RDS Proxy, secret what secrets call the engine, and
	// rotator the application that rotates them.
	proxy, secret, rotator string
}

const (
	postgresStatic = `apg_plan_mgmt.max_databases apg_plan_mgmt.max_plans autovacuum_freeze_max_age autovacuum_max_workers
		autovacuum_multixact_freeze_max_age autovacuum_worker_slots commit_timestamp_buffers cron.database_name cron.log_run
		cron.log_statement cron.max_running_jobs cron.use_background_workers huge_pages max_active_replication_origins
		max_connections max_files_per_process max_locks_per_transaction max_logical_replication_workers max_notify_queue_pages
		max_pred_locks_per_transaction max_prepared_transactions max_replication_slots max_wal_senders max_worker_processes
		min_dynamic_shared_memory multixact_member_buffers multixact_offset_buffers notify_buffers old_snapshot_threshold
		pg_stat_statements.max rds.babelfish_status rds.custom_dns_resolution rds.enable_plan_management
		rds.logical_replication rds.restrict_password_commands reserved_connections serializable_buffers shared_buffers
		shared_memory_type shared_preload_libraries subtransaction_buffers superuser_reserved_connections
		track_activity_query_size track_commit_timestamp transaction_buffers wal_buffers wal_decode_buffer_size`
	mysqlStatic = `back_log binlog_row_event_max_size default_authentication_plugin enforce_gtid_consistency ft_max_word_len
		ft_min_word_len ft_query_expansion_limit ft_stopword_file gtid-mode gtid_mode innodb_adaptive_hash_index_parts
		innodb_autoinc_lock_mode innodb_buffer_pool_chunk_size innodb_buffer_pool_instances innodb_dedicated_server
		innodb_flush_method innodb_ft_cache_size innodb_ft_max_token_size innodb_ft_min_token_size innodb_ft_sort_pll_degree
		innodb_ft_total_cache_size innodb_log_file_size innodb_open_files innodb_page_cleaners innodb_page_size
		innodb_purge_threads innodb_read_io_threads innodb_rollback_on_timeout innodb_sort_buffer_size
		innodb_sync_array_size innodb_write_io_threads log_slave_updates log_replica_updates lower_case_table_names
		max_digest_length performance_schema relay_log_recovery skip_external_locking skip_name_resolve skip_show_database
		table_open_cache_instances thread_handling thread_stack`
	auroraMysqlStatic      = `aurora_enhanced_binlog binlog_backup binlog_format binlog_replication_globaldb`
	performanceSchemaSizes = "performance_schema_"
)

var (
	postgresReserved = []string{
		"admin", "public", "rds_iam", "rds_password", "rds_replication", "rds_superuser", "rdsadmin", "rdsrepladmin", "rdstopmgr", "user", "all", "table",
	}
	mysqlReserved      = []string{"mysql.session", "mysql.sys", "rdsadmin", "rdsproxyadmin", "rdsrepladmin"}
	clusterCategories  = []string{"failover", "failure", "maintenance", "notification"}
	instanceCategories = append([]string{"availability", "deletion", "low storage", "recovery", "restoration"}, clusterCategories...)
)

var postgresEngine = engine{
	aws: "postgres", families: "postgres", port: 5432,
	majors: []string{"13", "14", "15", "16", "17", "18"}, extended: []string{"13"}, current: "17",
	minor: regexp.MustCompile(`^[0-9]+\.[0-9]+$`),
	logs:  []string{"postgresql", "upgrade", "iam-db-auth-error"}, defaultLogs: []string{"postgresql", "upgrade"},
	categories: instanceCategories, tls: [2]string{"rds.force_ssl", "1"}, static: strings.Fields(postgresStatic),
	reserved: postgresReserved, longestUser: 63, longestPassword: 128, database: "postgres",
	proxy: "POSTGRESQL", secret: "postgres", rotator: "SecretsManagerRDSPostgreSQLRotationSingleUser",
}

var mysqlEngine = engine{
	aws: "mysql", families: "mysql", port: 3306,
	majors: []string{"8.0", "8.4"}, extended: []string{"8.0"}, current: "8.4",
	minor: regexp.MustCompile(`^8\.[0-9]+\.[0-9]+$`),
	logs:  []string{"audit", "error", "general", "slowquery", "iam-db-auth-error"}, defaultLogs: []string{"error", "slowquery"},
	categories: instanceCategories, tls: [2]string{"require_secure_transport", "1"}, static: strings.Fields(mysqlStatic),
	// Otherwise the slow log goes into a table, from where it is not exported.
	parameters: map[string]string{"log_output": "FILE", "slow_query_log": "1"},
	reserved:   mysqlReserved, longestUser: 16, longestPassword: 41,
	proxy: "MYSQL", secret: "mysql", rotator: "SecretsManagerRDSMySQLRotationSingleUser",
}

// instanceEngines and clusterEngines are the engines by shape: Aurora has its own names,
// versions and parameters.
var (
	instanceEngines = map[Engine]engine{Postgres: postgresEngine, Mysql: mysqlEngine}
	clusterEngines  = map[Engine]engine{Postgres: auroraPostgres(), Mysql: auroraMysql()}
)

func auroraPostgres() engine {
	e := postgresEngine
	e.aws, e.families = "aurora-postgresql", "aurora-postgresql"
	e.majors, e.exactly, e.current = []string{"13", "14", "15", "16", "17"}, true, "17.7"
	e.logs, e.defaultLogs = []string{"postgresql", "instance", "iam-db-auth-error"}, []string{"postgresql"}
	e.categories, e.longestPassword = clusterCategories, 99
	return e
}

func auroraMysql() engine {
	e := mysqlEngine
	e.aws, e.families = "aurora-mysql", "aurora-mysql"
	e.majors, e.extended, e.exactly, e.current = []string{"8.0"}, nil, true, "8.0.mysql_aurora.3.10.3"
	e.minor = regexp.MustCompile(`^8\.0\.mysql_aurora\.3\.[0-9]{2}\.[0-9]+$`)
	e.logs = append([]string{"instance"}, e.logs...)
	e.static = append(strings.Fields(auroraMysqlStatic), e.static...)
	e.tls[1], e.categories = "ON", clusterCategories
	return e
}

// major is the major version that a version belongs to, or "".
func (e engine) major(version string) string {
	for _, m := range e.majors {
		if version == m || strings.HasPrefix(version, m+".") && e.minor.MatchString(version) {
			return m
		}
	}
	return ""
}

// isMinor says that a version names more than the major one.
func (e engine) isMinor(version string) bool {
	major := e.major(version)
	return major != "" && major != version
}

// family is the family of the parameter groups that fit a version.
func (e engine) family(version string) string { return e.families + e.major(version) }

// applyMethod is when AWS makes use of a changed parameter: a dynamic one at once, a
// static one, for which it refuses that, with the next restart. A name that is not in the
// list is dynamic: most are, and would wait for a restart that nobody makes.
func (e engine) applyMethod(parameter string) string {
	if slices.Contains(e.static, parameter) || strings.HasPrefix(parameter, performanceSchemaSizes) {
		return "pending-reboot"
	}
	return "immediate"
}

// rotatorOwners are where AWS publishes its rotation functions, by partition.
var rotatorOwners = map[string]string{
	"aws": "us-east-1:297356227824", "aws-cn": "cn-north-1:193023089310", "aws-us-gov": "us-gov-west-1:023102451235",
}

// older says that the major version of a is older than b's.
func (e engine) older(a, b string) bool {
	return slices.Index(e.majors, e.major(a)) < slices.Index(e.majors, e.major(b))
}
