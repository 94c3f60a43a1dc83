package aws

import (
	"regexp"
	"slices"
	"strings"
)

const (
	docDBSubnets   = "Amazon RDS User Guide: Working with a DB instance in a VPC"
	docDBSettings  = "Amazon RDS User Guide: Settings for DB instances"
	docDBClasses   = "Amazon RDS User Guide: Supported DB engines for DB instance classes"
	docParameters  = "Amazon RDS User Guide: Parameter groups for Amazon RDS"
	docDBQuotas    = "Amazon RDS User Guide: Quotas and constraints for Amazon RDS"
	docDBDelete    = "Amazon RDS User Guide: Deleting a DB instance"
	docDBUpgrade   = "Amazon RDS User Guide: Upgrading a DB instance engine version"
	docDBSecrets   = "Amazon RDS User Guide: Password management with Amazon RDS and AWS Secrets Manager"
	docInsights    = "Amazon RDS User Guide: Amazon RDS DB engine, Region, and instance class support for Performance Insights"
	docMonitoring  = "Amazon RDS User Guide: Setting up and enabling Enhanced Monitoring"
	docMaintenance = "Amazon RDS User Guide: Maintaining a DB instance"

	dbServers  = "rds.instance rds.clusterInstance docdb.clusterInstance"
	dbClusters = "rds.cluster docdb.cluster"
	dbMasters  = "rds.instance " + dbClusters
	dbGroups   = "rds.parameterGroup rds.clusterParameterGroup docdb.clusterParameterGroup"
	dbSubnets  = "rds.subnetGroup docdb.subnetGroup"

	invalidValue       = "InvalidParameterValue"
	invalidCombination = "InvalidParameterCombination"
)

// rdsRules are the rules of relational databases; those of what all databases have in common also judge DocumentDB, whose API is the same.
var rdsRules = slices.Concat(databaseRules, databaseGroupRules, instanceDBRules, replicaRules, restoreRules, clusterRules, proxyRules)

var (
	identifierForm = regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9]){0,62}$`)
	usernameForm   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	dbNameForm     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// databaseRules hold for instances, cluster instances and clusters alike.
var databaseRules = []Rule{
	{ID: "db-identifier", Code: invalidValue, Source: docDBQuotas, Kinds: dbServers + " " + dbClusters, On: Write, Check: func(r *Request) string {
		id := given(r.New, "identifier", "clusterIdentifier", "identifierPrefix", "clusterIdentifierPrefix")
		if strings.HasSuffix(r.Kind, "Instance") {
			id = given(r.New, "identifier", "identifierPrefix")
		}
		full := strings.TrimSuffix(id, "-")
		if !r.New.Has("identifierPrefix") && !r.New.Has("clusterIdentifierPrefix") {
			full = id
		}
		if id != "" && (!identifierForm.MatchString(full) || len(full) > 63) {
			return say("The parameter DBInstanceIdentifier is not a valid identifier: '%s'. Identifiers must begin with a letter; must contain only lower-case ASCII letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; and have at most 63 characters.", id)
		}
		return ""
	}},
	{ID: "db-identifier-taken", Code: "DBInstanceAlreadyExists", Source: docDBSettings, Kinds: dbServers, On: Write, Check: func(r *Request) string {
		for _, kind := range strings.Fields(dbServers) {
			for _, other := range r.Others(kind) {
				if id := r.New.Str("identifier"); id != "" && other.Props.Str("identifier") == id {
					return "DB instance already exists"
				}
			}
		}
		return ""
	}},
	{ID: "db-cluster-identifier-taken", Code: "DBClusterAlreadyExistsFault", Source: "Amazon RDS API Reference: CreateDBCluster", Kinds: dbClusters, On: Create, Check: func(r *Request) string {
		for _, kind := range strings.Fields(dbClusters) {
			if r.By(kind, "clusterIdentifier", r.New.Str("clusterIdentifier")) != nil {
				return "DB Cluster already exists"
			}
		}
		return ""
	}},
	{ID: "db-instance-quota", Code: "InstanceQuotaExceeded", Source: docDBQuotas, Kinds: dbServers, On: Create, Check: func(r *Request) string {
		n := 0
		for _, kind := range strings.Fields(dbServers) {
			n += len(r.All(kind))
		}
		if n >= 40 {
			return "Instance quota exceeded: the account has 40 DB instances in this region."
		}
		return ""
	}},
	{ID: "db-engine", Code: invalidValue, Source: "Amazon RDS API Reference: CreateDBInstance", Kinds: dbServers + " " + dbClusters, On: Create, Check: func(r *Request) string {
		name, e, _ := r.engine()
		if name == "" || e != nil && (strings.HasPrefix(r.Kind, "docdb.") == (name == "docdb")) {
			return ""
		}
		return say("Invalid DB engine: %s", name)
	}},
	{ID: "db-engine-version", Code: invalidCombination, Source: "Amazon RDS User Guide: Supported engine versions", Kinds: dbServers + " " + dbClusters, On: Write, Check: func(r *Request) string {
		if name, e, version := r.engine(); e != nil && !e.exists(version) {
			return say("Cannot find version %s for %s", version, name)
		}
		return ""
	}},
	{ID: "db-class", Code: invalidCombination, Source: docDBClasses, Kinds: dbServers, On: Write, Check: func(r *Request) string {
		name, e, version := r.engine()
		class := r.New.Str("instanceClass")
		if cluster := r.clusterOf(r.New); cluster != nil { // the cluster's version is what counts
			_, e, version = r.engineOf(cluster.Props)
		}
		if e != nil && e.exists(version) && !e.runs(version, class) {
			return say("RDS does not support creating a DB instance with the following combination: DBInstanceClass=%s, Engine=%s, EngineVersion=%s. For supported combinations of instance class and database engine version, see the documentation.", class, name, version)
		}
		return ""
	}},
	{ID: "db-upgrade", Code: invalidCombination, Source: docDBUpgrade, Kinds: dbMasters, On: Update, Check: func(r *Request) string {
		name, e, to := r.engine()
		from := given(r.Old, "engineVersionActual", "engineVersion")
		if e == nil || !e.exists(from) || !e.exists(to) || !r.changes("engineVersion") || versionCovers(to, from) {
			return ""
		}
		older := e.before(to, from) || e.major(from) == e.major(to) && strings.Count(from, ".") == strings.Count(to, ".") && compareVersions(to, from) < 0
		switch {
		case older:
			return say("Cannot upgrade %s from %s to %s", name, from, to)
		case e.before(from, to) && !r.New.Bool("allowMajorVersionUpgrade"):
			return "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
		case e.Stepwise && slices.Index(e.Majors, e.major(to)) > slices.Index(e.Majors, e.major(from))+1:
			return say("Cannot upgrade %s from %s to %s: the major version between them comes first", name, from, to)
		}
		return ""
	}},
	{ID: "db-extended-support", Code: invalidCombination, Source: "Amazon RDS User Guide: Amazon RDS Extended Support", Kinds: "rds.instance rds.cluster", On: Create, Check: func(r *Request) string {
		if name, e, version := r.engine(); e != nil && r.New.Str("engineLifecycleSupport") == "open-source-rds-extended-support-disabled" && oneOf(e.major(version), e.Extended) {
			return say("%s %s has reached the end of standard support and can only be created with RDS Extended Support.", name, version)
		}
		return ""
	}},
	{ID: "db-username", Code: invalidValue, Source: docDBSettings, Kinds: dbMasters, On: Create, Check: func(r *Request) string {
		user := given(r.New, "username", "masterUsername")
		_, e, _ := r.engine()
		switch {
		case user == "" || e == nil:
			return ""
		case oneOf(strings.ToLower(user), e.Reserved):
			return say("MasterUsername %s cannot be used as it is a reserved word used by the engine", user)
		case !usernameForm.MatchString(user) || len(user) > e.User:
			return say("The parameter MasterUsername is not valid: '%s' must begin with a letter, have only letters and digits, and at most %d characters.", user, e.User)
		}
		return ""
	}},
	{ID: "db-password", Code: invalidValue, Source: docDBSettings, Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		password := given(r.New, "password", "masterPassword")
		_, e, _ := r.engine()
		bad := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`/@"`, c) }
		switch {
		case password == "" || e == nil:
			return ""
		case len(password) < 8:
			return "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
		case len(password) > e.Password:
			return say("The parameter MasterUserPassword is not a valid password because it is longer than %d characters.", e.Password)
		case strings.ContainsFunc(password, bad):
			return `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`
		}
		return ""
	}},
	{ID: "db-managed-password", Code: invalidCombination, Source: docDBSecrets, Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		managed := r.New.Bool("manageMasterUserPassword")
		if managed && (r.New.Has("password") || r.New.Has("masterPassword")) {
			return "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
		}
		if key := r.New.Str("masterUserSecretKmsKeyId"); !managed && key != "" && r.changes("masterUserSecretKmsKeyId") {
			return "You can specify MasterUserSecretKmsKeyId only when ManageMasterUserPassword is enabled."
		}
		return ""
	}},
	{ID: "db-managed-password-off", Code: invalidCombination, Source: docDBSecrets, Kinds: dbMasters, On: Update, Check: func(r *Request) string {
		given := r.New.Has("password") && r.changes("password") || r.New.Has("masterPassword") && r.changes("masterPassword")
		if r.Old.Bool("manageMasterUserPassword") && !r.New.Bool("manageMasterUserPassword") && !given {
			return "You must specify MasterUserPassword when you turn off ManageMasterUserPassword."
		}
		return ""
	}},
	{ID: "db-master-missing", Code: invalidValue, Source: docDBSettings, Kinds: dbMasters, On: Create, Check: func(r *Request) string {
		for _, key := range []string{"replicateSourceDb", "replicationSourceIdentifier", "snapshotIdentifier", "restoreToPointInTime", "globalClusterIdentifier"} {
			if r.New.Has(key) {
				return ""
			}
		}
		if given(r.New, "username", "masterUsername") == "" {
			return "The parameter MasterUsername must be provided and must not be blank."
		}
		if given(r.New, "password", "masterPassword") == "" && !r.New.Bool("manageMasterUserPassword") {
			return "The parameter MasterUserPassword must be provided and must not be blank."
		}
		return ""
	}},
	{ID: "db-name", Code: invalidValue, Source: docDBSettings, Kinds: "rds.instance rds.cluster", On: Create, Check: func(r *Request) string {
		text := given(r.New, "dbName", "databaseName")
		name, e, _ := r.engine()
		switch {
		case text == "" || e == nil:
			return ""
		case e.Name == 0:
			return say("DBName must be null when Engine is %s", name)
		case !dbNameForm.MatchString(text) || len(text) > e.Name:
			return say("DBName must begin with a letter and contain only alphanumeric characters, at most %d of them.", e.Name)
		case oneOf(strings.ToLower(text), "rdsadmin template0 template1 information_schema performance_schema"):
			return say("DBName %s cannot be used as it is a reserved word used by the engine", text)
		}
		return ""
	}},
	{ID: "db-port", Code: invalidValue, Source: docDBSettings, Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		if port := r.New.Int("port"); port != 0 && (port < 1150 || port > 65535) {
			return say("Invalid database port: %d. It must be in the range 1150-65535.", port)
		}
		return ""
	}},
	{ID: "db-retention", Code: invalidValue, Source: "Amazon RDS User Guide: Backup retention period", Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		least := 1
		if r.Kind == "rds.instance" {
			least = 0
		}
		if r.changes("backupRetentionPeriod") && !within(r.New, "backupRetentionPeriod", least, 35) {
			return say("Invalid backup retention period: %d. Retention period must be between %d and 35.", r.New.Int("backupRetentionPeriod"), least)
		}
		return ""
	}},
	{ID: "db-windows", Code: invalidValue, Source: docMaintenance, Kinds: dbServers + " " + dbClusters, On: Write, Check: func(r *Request) string {
		return windowProblem(given(r.New, "backupWindow", "preferredBackupWindow"), given(r.New, "maintenanceWindow", "preferredMaintenanceWindow"), 30)
	}},
	{ID: "db-log-exports", Code: invalidCombination, Source: "Amazon RDS User Guide: Publishing database logs to Amazon CloudWatch Logs", Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		name, e, version := r.engine()
		for _, log := range r.New.Strs("enabledCloudwatchLogsExports") {
			if e != nil && !oneOf(log, e.Logs) {
				return say("You cannot use the log types '%s' with engine version %s %s. For supported log types, see the documentation.", log, name, version)
			}
		}
		return ""
	}},
	{ID: "db-kms-key", Code: "KMSKeyNotAccessibleFault", Source: "Amazon RDS User Guide: Encrypting Amazon RDS resources", Kinds: dbServers + " " + dbClusters + " rds.instanceAutomatedBackupsReplication", On: Write, Check: func(r *Request) string {
		for _, key := range []string{"kmsKeyId", "performanceInsightsKmsKeyId", "masterUserSecretKmsKeyId"} {
			if r.changes(key) && r.keyMissing(r.New.Str(key)) != "" {
				return say("The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it.", r.New.Str(key))
			}
		}
		return ""
	}},
	{ID: "db-kms-unencrypted", Code: invalidCombination, Source: "Amazon RDS User Guide: Encrypting Amazon RDS resources", Kinds: dbMasters, On: Create, Check: func(r *Request) string {
		if r.New.Has("kmsKeyId") && !r.New.Bool("storageEncrypted") && !r.New.Has("replicateSourceDb") {
			return "The parameter KmsKeyId requires the parameter StorageEncrypted to be true."
		}
		return ""
	}},
	{ID: "db-monitoring", Code: invalidCombination, Source: docMonitoring, Kinds: "rds.instance rds.clusterInstance rds.cluster", On: Write, Check: func(r *Request) string {
		interval := r.New.Int("monitoringInterval")
		switch {
		case !slices.Contains([]int{0, 1, 5, 10, 15, 30, 60}, interval):
			return say("Invalid monitoring interval %d. Valid values are 0, 1, 5, 10, 15, 30 and 60.", interval)
		case interval > 0 && !r.New.Has("monitoringRoleArn"):
			return "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
		case interval == 0 && r.New.Has("monitoringRoleArn") && r.Op == Create:
			return "You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN value."
		}
		return ""
	}},
	{ID: "db-monitoring-role", Code: invalidValue, Source: docMonitoring, Kinds: "rds.instance rds.clusterInstance rds.cluster", On: Write, Check: func(r *Request) string {
		if role := r.New.Str("monitoringRoleArn"); role != "" && !r.assumable(role, "monitoring.rds.amazonaws.com") {
			return "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING"
		}
		return ""
	}},
	{ID: "db-insights-retention", Code: invalidValue, Source: "Amazon RDS User Guide: Pricing and data retention for Performance Insights", Kinds: "rds.instance rds.clusterInstance rds.cluster", On: Write, Check: func(r *Request) string {
		days := r.New.Int("performanceInsightsRetentionPeriod")
		switch {
		case days == 0:
			return ""
		case days != 7 && days != 731 && (days%31 != 0 || days > 23*31):
			return say("Invalid Performance Insights retention period %d. Valid values are 7, 731 and the multiples of 31 up to 713.", days)
		case !r.New.Bool("performanceInsightsEnabled") && r.changes("performanceInsightsRetentionPeriod"):
			return "A Performance Insights retention period needs Performance Insights to be enabled."
		}
		return ""
	}},
	{ID: "db-insights-class", Code: invalidCombination, Source: docInsights, Kinds: "rds.instance rds.clusterInstance", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		class := classForm.FindStringSubmatch(r.New.Str("instanceClass"))
		if e == nil || class == nil || !r.New.Bool("performanceInsightsEnabled") {
			return ""
		}
		if class[1][0] == 't' && oneOf(class[2], e.Insights) || name == "aurora-mysql" && class[1] == "t3" {
			return "Performance Insights not supported for this configuration."
		}
		return ""
	}},
	{ID: "db-insights-mode", Code: invalidCombination, Source: "Amazon RDS User Guide: Turning on the Advanced mode of Database Insights", Kinds: "rds.instance rds.cluster", On: Write, Check: func(r *Request) string {
		mode := r.New.Str("databaseInsightsMode")
		if mode != "" && !oneOf(mode, "standard advanced") {
			return say("Invalid Database Insights mode: %s", mode)
		}
		if mode == "advanced" && (!r.New.Bool("performanceInsightsEnabled") || r.New.Int("performanceInsightsRetentionPeriod") < 465) {
			return "To enable the Advanced mode of Database Insights, enable Performance Insights and set its retention period to at least 465 days."
		}
		return ""
	}},
	{ID: "db-ca", Code: "CertificateNotFound", Source: "Amazon RDS User Guide: Using SSL/TLS to encrypt a connection to a DB instance or cluster", Kinds: dbServers, On: Write, Check: func(r *Request) string {
		if ca := r.New.Str("caCertIdentifier"); ca != "" && !oneOf(ca, "rds-ca-rsa2048-g1 rds-ca-rsa4096-g1 rds-ca-ecc384-g1") {
			return say("Certificate not found: %s", ca)
		}
		return ""
	}},
	{ID: "db-zone", Code: "InvalidVPCNetworkStateFault", Source: docDBSubnets, Kinds: dbServers, On: Create, Check: func(r *Request) string {
		zone := r.New.Str("availabilityZone")
		group := r.subnetGroup(r.New)
		if zone == "" {
			return ""
		}
		if !r.hasZone(zone) || group != nil && !r.zonesOf(group.Props.Strs("subnetIds"))[zone] {
			return say("DB Subnet Group doesn't meet availability zone coverage requirement. Please add subnets to cover the availability zone %s.", zone)
		}
		return ""
	}},
	{ID: "db-security-groups", Code: invalidCombination, Source: docDBSubnets, Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		group := r.subnetGroup(r.New)
		for _, id := range r.New.Strs("vpcSecurityGroupIds") {
			sg := r.Find("ec2.securityGroup", id)
			if sg == nil {
				return say("Invalid security group, groupId= %s, groupName=.", id)
			}
			if vpc := r.vpcOfGroup(group); vpc != "" && sg.Props.Str("vpcId") != vpc {
				return say("The DB instance and EC2 security group are in different VPCs. The DB instance is in %s and the EC2 security group is in %s", vpc, sg.Props.Str("vpcId"))
			}
		}
		return ""
	}},
	{ID: "db-protected", Code: invalidCombination, Source: docDBDelete, Kinds: dbMasters, On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("deletionProtection") {
			return "Cannot delete protected DB Instance, please disable deletion protection and try again."
		}
		return ""
	}},
	{ID: "db-final-snapshot", Code: invalidCombination, Source: docDBDelete, Kinds: dbMasters, On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("skipFinalSnapshot") || r.Old.Has("replicateSourceDb") {
			return ""
		}
		if !r.Old.Has("finalSnapshotIdentifier") {
			return "final_snapshot_identifier is required when skip_final_snapshot is false"
		}
		return ""
	}},
	{ID: "db-final-snapshot-name", Code: invalidValue, Source: docDBDelete, Kinds: dbMasters, On: Write, Check: func(r *Request) string {
		id := r.New.Str("finalSnapshotIdentifier")
		if id != "" && (!regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])*$`).MatchString(id) || len(id) > 255) {
			return say("The parameter FinalDBSnapshotIdentifier is not a valid identifier: '%s'.", id)
		}
		return ""
	}},
	{ID: "db-final-snapshot-taken", Code: "DBSnapshotAlreadyExists", Source: docDBDelete, Kinds: dbMasters, On: Delete, Check: func(r *Request) string {
		id := r.Old.Str("finalSnapshotIdentifier")
		if r.Old.Bool("skipFinalSnapshot") || id == "" {
			return ""
		}
		if r.By("rds.snapshot", "dbSnapshotIdentifier", id) != nil || r.By("rds.clusterSnapshot", "dbClusterSnapshotIdentifier", id) != nil {
			return say("Cannot create the snapshot because a snapshot with the identifier %s already exists.", id)
		}
		return ""
	}},
}

// subnetGroup finds the subnet group of a database; a cluster's instances are in the cluster's.
func (r *Request) subnetGroup(props Obj) *Resource {
	if cluster := r.clusterOf(props); cluster != nil && !props.Has("dbSubnetGroupName") {
		props = cluster.Props
	}
	for _, kind := range strings.Fields(dbSubnets) {
		if group := r.Find(kind, props.Str("dbSubnetGroupName")); group != nil {
			return group
		}
	}
	return nil
}

func (r *Request) vpcOfGroup(group *Resource) string {
	for _, id := range group.props().Strs("subnetIds") {
		if vpc := r.vpcOfSubnet(id); vpc != "" {
			return vpc
		}
	}
	return ""
}

// assumable says whether a role exists and lets a service assume it; roles of other accounts are taken as they are.
func (r *Request) assumable(role, service string) bool {
	a, ok := parseARN(role)
	if !ok || a.service != "iam" || !strings.HasPrefix(a.resource, "role/") {
		return false
	}
	found := r.ByARN("iam.role", role)
	return a.account != r.Account || found != nil && trusts(found, service) || strings.HasPrefix(a.resource, "role/aws-service-role/")
}
