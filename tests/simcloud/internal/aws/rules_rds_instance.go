package aws

import (
	"slices"
	"strings"
)

const (
	docEvents   = "Amazon RDS User Guide: Amazon RDS event categories and event messages"
	docStorage  = "Amazon RDS User Guide: Amazon RDS DB instance storage"
	docReplicas = "Amazon RDS User Guide: Working with DB instance read replicas"
	docCopies   = "Amazon RDS User Guide: Creating a read replica in a different AWS Region"
)

// instanceDBRules are those of RDS instances outside clusters: storage, zones, licences.
var instanceDBRules = []Rule{
	{ID: "rds-aurora-instance", Code: invalidCombination, Source: "Amazon Aurora User Guide: Creating an Amazon Aurora DB cluster", Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		if name, e, _ := r.engine(); e != nil && e.Aurora {
			return say("The engine %s needs a DB cluster: create the instance as a member of one.", name)
		}
		return ""
	}},
	{ID: "rds-storage-missing", Code: invalidValue, Source: docStorage, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		for _, key := range []string{"allocatedStorage", "snapshotIdentifier", "replicateSourceDb", "restoreToPointInTime"} {
			if r.New.Has(key) {
				return ""
			}
		}
		return "The parameter AllocatedStorage must be provided."
	}},
	{ID: "rds-storage-type", Code: invalidValue, Source: docStorage, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, _, _ := r.engine()
		kind := r.New.Str("storageType")
		if kind != "" && (!oneOf(kind, "gp2 gp3 io1 io2 standard") || strings.HasPrefix(name, "db2") && oneOf(kind, "gp2 standard")) {
			return say("Invalid storage type: %s", kind)
		}
		return ""
	}},
	{ID: "rds-storage-size", Code: invalidValue, Source: docStorage, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		size, kind := r.New.Int("allocatedStorage"), r.storageType()
		if e == nil || size == 0 || !r.changes("allocatedStorage", "storageType") {
			return ""
		}
		least, most := 20, e.Storage
		switch kind {
		case "io1", "io2":
			least = 100
		case "standard":
			least, most = 5, 3072
		}
		if size < least || size > most {
			return say("Invalid storage size for engine name %s and storage type %s: %d", name, kind, size)
		}
		return ""
	}},
	{ID: "rds-storage-shrink", Code: invalidCombination, Source: "Amazon RDS User Guide: Increasing DB instance storage capacity", Kinds: "rds.instance", On: Update, Check: func(r *Request) string {
		if from, to := r.Old.Int("allocatedStorage"), r.New.Int("allocatedStorage"); to != 0 && to < from {
			return say("Requested storage size (%d) cannot be less than the current storage size (%d)", to, from)
		}
		return ""
	}},
	{ID: "rds-storage-max", Code: invalidCombination, Source: "Amazon RDS User Guide: Managing capacity automatically with Amazon RDS storage autoscaling", Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		size, most := r.New.Int("allocatedStorage"), r.New.Int("maxAllocatedStorage")
		switch {
		case e == nil || most == 0:
			return ""
		case most > e.Storage:
			return say("Invalid max storage size for engine name %s and storage type %s: %d", name, r.storageType(), most)
		case most*10 < size*11:
			return "The maximum allocated storage must be at least 10 percent larger than the allocated storage."
		}
		return ""
	}},
	{ID: "rds-iops-missing", Code: invalidCombination, Source: docStorage, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		if kind := r.storageType(); oneOf(kind, "io1 io2") && r.New.Int("iops") == 0 && !r.New.Has("snapshotIdentifier") && !r.New.Has("replicateSourceDb") {
			return say("The storage type %s requires iops to be specified.", kind)
		}
		return ""
	}},
	{ID: "rds-iops-unsupported", Code: invalidCombination, Source: docStorage, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		kind, size := r.storageType(), r.New.Int("allocatedStorage")
		iops := r.New.Int("iops") != 0 && r.changes("iops")
		throughput := r.New.Int("storageThroughput") != 0 && r.changes("storageThroughput")
		switch {
		case e == nil || !iops && !throughput:
			return ""
		case oneOf(kind, "gp2 standard"):
			return say("Invalid iops value for engine name %s and storage type %s: %d", name, kind, r.New.Int("iops"))
		case kind != "gp3" && throughput:
			return say("You can't specify storage throughput for the storage type %s.", kind)
		case kind == "gp3" && size < e.Stripe:
			return say("You can't specify IOPS or storage throughput for engine %s and a storage size less than %d.", name, e.Stripe)
		}
		return ""
	}},
	{ID: "rds-iops-ratio", Code: invalidCombination, Source: docStorage, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		kind, size, iops := r.storageType(), r.New.Int("allocatedStorage"), r.New.Int("iops")
		if e == nil || iops == 0 || size == 0 || !r.changes("iops", "allocatedStorage", "storageType") {
			return ""
		}
		most := map[string]int{"io1": 50, "io2": 1000, "gp3": 500}[kind]
		switch {
		case most != 0 && (iops > most*size || kind != "gp3" && iops*2 < size):
			return say("Invalid iops to storage (GB) ratio for engine name %s and storage type %s: %.4f", name, kind, float64(iops)/float64(size))
		case kind != "gp3" && most != 0 && (iops < 1000 || iops > 256000), kind == "gp3" && r.changes("iops") && e.Stripe > 0 && (iops < 12000 || iops > 64000),
			kind == "gp3" && r.changes("iops") && e.Stripe == 0 && (iops < 3000 || iops > 16000):
			return say("Invalid iops value for engine name %s and storage type %s: %d", name, kind, iops)
		case kind == "gp3" && r.New.Int("storageThroughput")*4 > iops:
			return "The ratio of storage throughput to IOPS can be at most 0.25."
		}
		return ""
	}},
	{ID: "rds-multi-az-zone", Code: invalidCombination, Source: "Amazon RDS User Guide: Multi-AZ DB instance deployments", Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		if r.New.Bool("multiAz") && r.New.Has("availabilityZone") {
			return "Requesting a specific availability zone is not valid for Multi-AZ instances."
		}
		return ""
	}},
	{ID: "rds-multi-az-engine", Code: invalidCombination, Source: "Amazon RDS User Guide: Multi-AZ deployments for Amazon RDS for Microsoft SQL Server", Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		if name, e, _ := r.engine(); e != nil && e.SingleZone && r.New.Bool("multiAz") {
			return say("Multi-AZ is not supported for engine %s.", name)
		}
		return ""
	}},
	{ID: "rds-license", Code: invalidCombination, Source: docDBSettings, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, e, _ := r.engine()
		if model := r.New.Str("licenseModel"); e != nil && model != "" && !oneOf(model, e.Licenses) {
			return say("Invalid license model '%s' for engine '%s'. Valid license models are: %s.", model, name, e.Licenses)
		}
		return ""
	}},
	{ID: "rds-public", Code: "InvalidVPCNetworkStateFault", Source: docDBSubnets, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		vpc := r.Find("ec2.vpc", r.vpcOfGroup(r.subnetGroup(r.New)))
		if vpc == nil || !r.New.Bool("publiclyAccessible") {
			return ""
		}
		if !vpc.Props.Bool("enableDnsHostnames") || r.gatewayOf(vpc.ID) == nil {
			return say("Cannot create a publicly accessible DBInstance. The specified VPC %s has no internet gateway attached or does not have DNS hostnames enabled.", vpc.ID)
		}
		return ""
	}},
	{ID: "rds-blue-green", Code: "InvalidDBInstanceState", Source: "Amazon RDS User Guide: Limitations and considerations for Amazon RDS blue/green deployments", Kinds: "rds.instance", On: Update, Check: func(r *Request) string {
		if !r.New.Bool("blueGreenUpdate.enabled") || !r.changes("engineVersion", "instanceClass", "parameterGroupName", "allocatedStorage", "storageType") {
			return ""
		}
		name, _, _ := r.engine()
		switch {
		case !oneOf(name, "mysql mariadb postgres"):
			return say("Blue/green deployments are not supported for engine %s.", name)
		case r.Old.Int("backupRetentionPeriod") == 0:
			return "Blue/green deployments need automated backups on the source DB instance."
		case r.Old.Bool("manageMasterUserPassword"):
			return "Blue/green deployments do not support managing master user passwords with AWS Secrets Manager."
		case len(r.replicasOf(r.Old)) > 0:
			return "Blue/green deployments of an instance with read replicas are not supported by the provider."
		}
		return ""
	}},
	{ID: "rds-backups-export-region", Code: invalidValue, Source: "Amazon RDS User Guide: Replicating automated backups to another AWS Region", Kinds: "rds.instanceAutomatedBackupsReplication", On: Create, Check: func(r *Request) string {
		a, ok := parseARN(r.New.Str("sourceDbInstanceArn"))
		switch {
		case !ok || a.service != "rds" || !strings.HasPrefix(a.resource, "db:"):
			return say("Invalid source DB instance ARN: %s", r.New.Str("sourceDbInstanceArn"))
		case a.region == r.Region:
			return "The source Region and the destination Region of replicated automated backups must be different."
		case !within(r.New, "retentionPeriod", 1, 35):
			return say("Invalid backup retention period: %d. Retention period must be between 1 and 35.", r.New.Int("retentionPeriod"))
		}
		return ""
	}},
	{ID: "rds-backups-export-source", Code: "InvalidDBInstanceState", Source: "Amazon RDS User Guide: Replicating automated backups to another AWS Region", Kinds: "rds.instanceAutomatedBackupsReplication", On: Create, Check: func(r *Request) string {
		arn := r.New.Str("sourceDbInstanceArn")
		source := r.anywhere("rds.instance", "arn", arn)
		switch {
		case source == nil:
			return say("DB instance not found: %s", arn)
		case source.Props.Int("backupRetentionPeriod") == 0:
			return "Automated backups are not enabled for this database instance."
		case source.Props.Bool("storageEncrypted") && !r.New.Has("kmsKeyId"):
			return "Replicating the encrypted automated backups of a DB instance needs a KMS key in the destination Region."
		}
		return ""
	}},
	{ID: "rds-event-source", Code: invalidValue, Source: "Amazon RDS User Guide: Subscribing to Amazon RDS event notification", Kinds: "rds.eventSubscription", On: Write, Check: func(r *Request) string {
		kind := r.New.Str("sourceType")
		if kind != "" && !oneOf(kind, "db-instance db-security-group db-parameter-group db-snapshot db-cluster db-cluster-snapshot custom-engine-version db-proxy blue-green-deployment db-shard-group zero-etl") {
			return say("The source type %s is not valid.", kind)
		}
		if r.New.Has("sourceIds") && kind == "" {
			return "SourceIds can only be used with a source type."
		}
		return ""
	}},
	{ID: "rds-event-source-found", Code: "SourceNotFound", Source: docEvents, Kinds: "rds.eventSubscription", On: Write, Check: func(r *Request) string {
		for _, id := range r.New.Strs("sourceIds") {
			found := true
			switch r.New.Str("sourceType") {
			case "db-instance":
				found = r.By("rds.instance", "identifier", id) != nil || r.By("rds.clusterInstance", "identifier", id) != nil
			case "db-cluster":
				found = r.By("rds.cluster", "clusterIdentifier", id) != nil
			case "db-proxy":
				found = r.By("rds.proxy", "name", id) != nil
			}
			if !found {
				return say("The source %s of the type %s does not exist.", id, r.New.Str("sourceType"))
			}
		}
		return ""
	}},
	{ID: "rds-event-category", Code: "SubscriptionCategoryNotFound", Source: docEvents, Kinds: "rds.eventSubscription", On: Write, Check: func(r *Request) string {
		kind := r.New.Str("sourceType")
		for _, category := range r.New.Strs("eventCategories") {
			if known := databases().Events[kind]; len(known) > 0 && !slices.Contains(known, category) {
				return say("The event category %s does not exist for the source type %s. It has: %s.", category, kind, strings.Join(known, ", "))
			}
		}
		return ""
	}},
	{ID: "rds-event-topic", Code: "SNSTopicArnNotFound", Source: "Amazon RDS User Guide: Subscribing to Amazon RDS event notification", Kinds: "rds.eventSubscription", On: Write, Check: func(r *Request) string {
		if topic := r.New.Str("snsTopic"); r.ByARN("sns.topic", topic) == nil {
			return say("SNS topic ARN not found: %s", topic)
		}
		return ""
	}},
}

// replicaRules are those of read replicas of RDS instances.
var replicaRules = []Rule{
	{ID: "replica-source", Code: "DBInstanceNotFound", Source: docReplicas, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		name := r.New.Str("replicateSourceDb")
		if name != "" && r.replicaSource(r.New) == nil {
			return say("DBInstance %s not found. A source in another region is named by its ARN.", name)
		}
		return ""
	}},
	{ID: "replica-backups", Code: "InvalidDBInstanceState", Source: docReplicas, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		if source := r.replicaSource(r.New); source != nil && source.Props.Int("backupRetentionPeriod") == 0 && !source.Props.Has("replicateSourceDb") {
			return "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value."
		}
		return ""
	}},
	{ID: "replica-source-backups", Code: invalidCombination, Source: "Amazon RDS API Reference: ModifyDBInstance", Kinds: "rds.instance", On: Update, Check: func(r *Request) string {
		if r.New.Int("backupRetentionPeriod") == 0 && r.Old.Int("backupRetentionPeriod") != 0 && len(r.replicasOf(r.Old)) > 0 {
			return "The backup retention period can't be set to 0 for a DB instance that is a source to read replicas."
		}
		return ""
	}},
	{ID: "replica-source-change", Code: invalidCombination, Source: docReplicas, Kinds: "rds.instance", On: Update, Check: func(r *Request) string {
		is, was := r.New.Str("replicateSourceDb"), r.replicaSource(r.Old)
		if is != "" && is != r.Old.Str("replicateSourceDb") && (was == nil || r.replicaSource(r.New) != was) {
			return "cannot elect new source database for replication"
		}
		return ""
	}},
	{ID: "replica-engine", Code: invalidCombination, Source: docReplicas, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		source := r.replicaSource(r.New)
		if source == nil {
			return ""
		}
		name, e, version := r.engineOf(source.Props)
		if want := r.New.Str("engine"); want != "" && want != name {
			return say("The engine %s of the read replica does not match the engine %s of its source.", want, name)
		}
		if want := r.New.Str("engineVersion"); e != nil && want != "" && (e.before(want, version) || strings.HasPrefix(name, "postgres") && e.before(version, want)) {
			return say("The engine version %s of the read replica does not fit the version %s of its source.", want, version)
		}
		if e != nil && e.NoReplicas {
			return say("Read replicas are not supported for engine %s.", name)
		}
		return ""
	}},
	{ID: "replica-credentials", Code: invalidCombination, Source: "Amazon RDS API Reference: CreateDBInstanceReadReplica", Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		for _, key := range []string{"username", "password", "dbName", "manageMasterUserPassword"} {
			if r.New.Has("replicateSourceDb") && r.New.Has(key) && r.New[key] != false {
				return say("A read replica takes %s from its source.", key)
			}
		}
		return ""
	}},
	{ID: "replica-managed-password", Code: invalidCombination, Source: docDBSecrets, Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		managed := false
		if source := r.replicaSource(r.New); source != nil && r.Op == Create {
			managed = source.Props.Bool("manageMasterUserPassword")
		} else if r.Op == Update && len(r.replicasOf(r.Old)) > 0 {
			managed = r.New.Bool("manageMasterUserPassword")
		}
		if name, _, _ := r.engine(); managed && !strings.HasPrefix(name, "sqlserver") {
			return say("Read replicas are not supported for a DB instance of engine %s whose master user password is managed with AWS Secrets Manager.", name)
		}
		return ""
	}},
	{ID: "replica-quota", Code: invalidCombination, Source: docReplicas, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		source := r.replicaSource(r.New)
		if source == nil {
			return ""
		}
		most := 15
		if _, e, _ := r.engineOf(source.Props); e != nil && e.Replicas > 0 {
			most = e.Replicas
		}
		if len(r.replicasOf(source.Props)) >= most {
			return say("A DB instance can have at most %d read replicas.", most)
		}
		return ""
	}},
	{ID: "replica-subnet-group", Code: "DBSubnetGroupNotAllowedFault", Source: docReplicas, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		source := r.New.Str("replicateSourceDb")
		if source != "" && !strings.HasPrefix(source, "arn:") && r.New.Has("dbSubnetGroupName") {
			return "DbSubnetGroupName should not be specified for read replicas that are created in the same region as the master"
		}
		return ""
	}},
	{ID: "replica-cross-region-key", Code: invalidCombination, Source: docCopies, Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		source := r.replicaSource(r.New)
		key := r.New.Str("kmsKeyId")
		switch {
		case source == nil:
		case source.Region != r.Region && source.Props.Bool("storageEncrypted") && key == "":
			return "Cannot create a cross region read replica from an encrypted DB instance without a KMS key of the destination Region (KmsKeyId)."
		case !source.Props.Bool("storageEncrypted") && (key != "" || r.New.Bool("storageEncrypted")):
			return "Cannot create an encrypted read replica from a DB instance that is not encrypted."
		case source.Region == r.Region && key != "" && key != source.Props.Str("kmsKeyId"):
			return "A read replica in the same Region must be encrypted with the same KMS key as its source."
		}
		return ""
	}},
	{ID: "replica-backups-engine", Code: invalidCombination, Source: "Amazon RDS User Guide: Working with read replicas for Microsoft SQL Server in Amazon RDS", Kinds: "rds.instance", On: Create, Check: func(r *Request) string {
		if name, _, _ := r.engine(); strings.HasPrefix(name, "sqlserver") && r.New.Has("replicateSourceDb") && r.New.Int("backupRetentionPeriod") > 0 {
			return say("Automated backups are not supported for read replicas of engine %s.", name)
		}
		return ""
	}},
	{ID: "replica-final-snapshot", Code: invalidCombination, Source: docDBDelete, Kinds: "rds.instance", On: Delete, Check: func(r *Request) string {
		if r.Old.Has("replicateSourceDb") && !r.Old.Bool("skipFinalSnapshot") {
			return "FinalDBSnapshotIdentifier can not be specified when deleting a replica instance"
		}
		return ""
	}},
}

// storageType is the type of storage asked for: what AWS takes if nothing is said depends on the IOPS.
func (r *Request) storageType() string {
	if kind := r.New.Str("storageType"); kind != "" {
		return kind
	}
	if source := r.replicaSource(r.New); source != nil {
		return source.Props.Str("storageType")
	}
	if r.New.Int("iops") != 0 {
		return "io1"
	}
	return "gp2"
}

// replicaSource finds the instance a replica is made from: by identifier in the same region, by ARN in any.
func (r *Request) replicaSource(props Obj) *Resource {
	source := props.Str("replicateSourceDb")
	if strings.HasPrefix(source, "arn:") {
		return r.anywhere("rds.instance", "arn", source)
	}
	return r.By("rds.instance", "identifier", source)
}

// replicasOf lists the replicas of an instance, in whatever region.
func (r *Request) replicasOf(props Obj) []*Resource {
	var out []*Resource
	for _, other := range r.kinds["rds.instance"] {
		source := other.Props.Str("replicateSourceDb")
		if other.Account == r.Account && source != "" && (source == props.Str("arn") || source == props.Str("identifier") && strings.Contains(props.Str("arn"), ":"+other.Region+":")) {
			out = append(out, other)
		}
	}
	return out
}
