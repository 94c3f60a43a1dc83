package aws

import (
	"encoding/json"
	"regexp"
	"slices"
)

const (
	docTable   = "Amazon DynamoDB API Reference: CreateTable"
	docIndexes = "Amazon DynamoDB Developer Guide: Quotas in Amazon DynamoDB"
	docTables  = "Amazon DynamoDB Developer Guide: Global tables - multi-active, multi-Region replication"

	dynamoInvalid = "ValidationException"
	dynamoTable   = "dynamodb.table"
)

var tableForm = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

// dynamodbRules are those of DynamoDB tables.
var dynamodbRules = []Rule{
	{ID: "table-name", Code: dynamoInvalid, Source: docTable, Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		names := []string{r.New.Str("name")}
		for _, index := range tableIndexes(r.New) {
			names = append(names, index.Str("name"))
		}
		for _, name := range names {
			if !tableForm.MatchString(name) {
				return say("Invalid table/index name '%s'. Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'", name)
			}
		}
		slices.Sort(names[1:])
		if len(slices.Compact(slices.Clone(names[1:]))) != len(names)-1 {
			return "One or more parameter values were invalid: Duplicate index name"
		}
		return ""
	}},
	{ID: "table-taken", Code: "ResourceInUseException", Source: docTable, Kinds: dynamoTable, On: Create, Check: func(r *Request) string {
		if r.By(dynamoTable, "name", r.New.Str("name")) != nil {
			return say("Table already exists: %s", r.New.Str("name"))
		}
		return ""
	}},
	{ID: "table-attributes", Code: dynamoInvalid, Source: docTable, Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		if r.New.Has("restoreSourceName") || r.New.Has("restoreSourceTableArn") {
			return ""
		}
		defined, used := map[string]bool{}, map[string]bool{}
		for _, a := range r.New.Objs("attributes") {
			if defined[a.Str("name")] {
				return say("Cannot have two attributes with the same name: %s", a.Str("name"))
			}
			if !oneOf(a.Str("type"), "S N B") {
				return say("Member must satisfy enum value set: [B, N, S] for the type of attribute %s", a.Str("name"))
			}
			defined[a.Str("name")] = true
		}
		keys := []string{r.New.Str("hashKey"), r.New.Str("rangeKey")}
		for _, index := range tableIndexes(r.New) {
			keys = append(keys, index.Str("hashKey"), index.Str("rangeKey"))
		}
		for _, key := range keys {
			if key != "" && !defined[key] {
				return say("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Key: %s", key)
			}
			used[key] = true
		}
		for _, a := range r.New.Objs("attributes") {
			if !used[a.Str("name")] {
				return say("One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinition: %s", a.Str("name"))
			}
		}
		return ""
	}},
	{ID: "table-keys", Code: dynamoInvalid, Source: docTable, Kinds: dynamoTable, On: Create, Check: func(r *Request) string {
		hash := r.New.Str("hashKey")
		switch {
		case hash == "" && !r.New.Has("restoreSourceName") && !r.New.Has("restoreSourceTableArn"):
			return "No Hash Key specified in schema. All Dynamo DB tables must have exactly one hash key"
		case hash != "" && hash == r.New.Str("rangeKey"):
			return "Both the Hash Key and the Range Key element in the KeySchema have the same name"
		case len(r.New.Objs("localSecondaryIndexes")) > 0 && r.New.Str("rangeKey") == "":
			return "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
		}
		return ""
	}},
	{ID: "table-index-count", Code: "LimitExceededException", Source: docIndexes, Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		if n := len(r.New.Objs("globalSecondaryIndexes")); n > 20 {
			return say("One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20: %d", n)
		}
		if n := len(r.New.Objs("localSecondaryIndexes")); n > 5 {
			return say("One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5: %d", n)
		}
		return ""
	}},
	{ID: "table-projection", Code: dynamoInvalid, Source: "Amazon DynamoDB API Reference: Projection", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		total := 0
		for _, index := range tableIndexes(r.New) {
			kind, extra := index.Str("projectionType"), index.Strs("nonKeyAttributes")
			total += len(extra)
			switch {
			case !oneOf(kind, "ALL INCLUDE KEYS_ONLY"):
				return say("Invalid projection type: %s", kind)
			case kind == "INCLUDE" && len(extra) == 0:
				return "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
			case kind != "INCLUDE" && len(extra) > 0:
				return say("One or more parameter values were invalid: ProjectionType is %s, but NonKeyAttributes is specified", kind)
			}
		}
		if total > 100 {
			return "One or more parameter values were invalid: the indexes project more than 100 non-key attributes"
		}
		return ""
	}},
	{ID: "table-billing", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: Throughput capacity", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		mode := r.New.Str("billingMode")
		holders := append([]Obj{r.New}, r.New.Objs("globalSecondaryIndexes")...)
		if mode != "" && !oneOf(mode, "PROVISIONED PAY_PER_REQUEST") {
			return say("Invalid billing mode: %s", mode)
		}
		for _, o := range holders {
			read, write := o.Int("readCapacity"), o.Int("writeCapacity")
			switch {
			case mode == "PAY_PER_REQUEST" && (read > 0 || write > 0) && r.Op == Create:
				return "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
			case mode != "PAY_PER_REQUEST" && (read < 1 || write < 1):
				return "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified and be at least 1 when BillingMode is PROVISIONED"
			case mode != "PAY_PER_REQUEST" && o.Has("onDemandThroughput"):
				return "One or more parameter values were invalid: OnDemandThroughput is only for BillingMode PAY_PER_REQUEST"
			}
		}
		return ""
	}},
	{ID: "table-stream", Code: dynamoInvalid, Source: "Amazon DynamoDB API Reference: StreamSpecification", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		view := r.New.Str("streamViewType")
		if view != "" && !oneOf(view, "KEYS_ONLY NEW_IMAGE OLD_IMAGE NEW_AND_OLD_IMAGES") {
			return say("Invalid stream view type: %s", view)
		}
		if r.New.Bool("streamEnabled") && view == "" {
			return "stream_view_type is required when stream_enabled = true"
		}
		return ""
	}},
	{ID: "table-ttl", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: Using time to live (TTL) in DynamoDB", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		if r.New.Bool("ttl.enabled") && !r.New.Has("ttl.attributeName") {
			return "TimeToLiveSpecification needs an AttributeName when it is enabled"
		}
		if r.Old.Bool("ttl.enabled") && !r.New.Bool("ttl.enabled") && !r.New.Has("ttl.attributeName") {
			return "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1"
		}
		return ""
	}},
	{ID: "table-class", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: DynamoDB table classes", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		if class := r.New.Str("tableClass"); class != "" && !oneOf(class, "STANDARD STANDARD_INFREQUENT_ACCESS") {
			return say("Invalid table class: %s", class)
		}
		return ""
	}},
	{ID: "table-recovery", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: Point-in-time backups for DynamoDB", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		p := r.New.Obj("pointInTimeRecovery")
		if days := p.Int("recoveryPeriodInDays"); days != 0 && (days < 1 || days > 35) {
			return say("Invalid recovery period: %d days. It must be between 1 and 35.", days)
		}
		return ""
	}},
	{ID: "table-key", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: DynamoDB encryption at rest", Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		s := r.New.Obj("serverSideEncryption")
		key := s.Str("kmsKeyArn")
		if key != "" && !s.Bool("enabled") && r.changes("serverSideEncryption") {
			return "One or more parameter values were invalid: KMSMasterKeyId is only for server-side encryption that is enabled"
		}
		if key != "" && r.changes("serverSideEncryption") {
			return r.keyMissing(key)
		}
		return ""
	}},
	{ID: "table-replica-region", Code: dynamoInvalid, Source: docTables, Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		seen := map[string]bool{r.Region: true}
		for _, replica := range r.New.Objs("replicas") {
			region := replica.Str("regionName")
			if !KnownRegion(region) || seen[region] {
				return say("Invalid replica region: %s. It must exist, and be neither the table's own nor given twice.", region)
			}
			seen[region] = true
			if key := replica.Str("kmsKeyArn"); key != "" {
				if a, ok := parseARN(key); !ok || a.region != region || r.in(region).keyMissing(key) != "" {
					return say("The KMS key %s of the replica does not exist in the region %s", key, region)
				}
			}
		}
		return ""
	}},
	{ID: "table-replica-stream", Code: dynamoInvalid, Source: docTables, Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		if r.New.Has("replicas") && (!r.New.Bool("streamEnabled") || r.New.Str("streamViewType") != "NEW_AND_OLD_IMAGES") {
			return "Table must have streams enabled with StreamViewType NEW_AND_OLD_IMAGES to have replicas."
		}
		return ""
	}},
	{ID: "table-replica-capacity", Code: dynamoInvalid, Source: docTables, Kinds: dynamoTable, On: Write, Check: func(r *Request) string {
		if r.New.Has("replicas") && r.New.Str("billingMode") != "PAY_PER_REQUEST" && r.By("appautoscaling.target", "resourceId", "table/"+r.New.Str("name")) == nil {
			return "Table write capacity should either be Pay-Per-Request or AutoScaled."
		}
		return ""
	}},
	{ID: "table-protected", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: Using deletion protection to protect your table", Kinds: dynamoTable, On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("deletionProtectionEnabled") {
			return "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
		}
		return ""
	}},
	{ID: "table-missing", Code: "ResourceNotFoundException", Source: "Amazon DynamoDB Developer Guide: Error handling with DynamoDB", Kinds: "dynamodb.tableItem dynamodb.contributorInsights dynamodb.kinesisStreamingDestination", On: Create, Check: func(r *Request) string {
		if r.By(dynamoTable, "name", r.New.Str("tableName")) == nil {
			return "Requested resource not found: Table: " + r.New.Str("tableName") + " not found"
		}
		return ""
	}},
	{ID: "item-keys", Code: dynamoInvalid, Source: "Amazon DynamoDB API Reference: PutItem", Kinds: "dynamodb.tableItem", On: Write, Check: func(r *Request) string {
		t := r.By(dynamoTable, "name", r.New.Str("tableName")).props()
		var item map[string]map[string]any
		if err := json.Unmarshal([]byte(r.New.Str("item")), &item); err != nil {
			return say("Invalid format of \"item\": %v", err)
		}
		for _, a := range t.Objs("attributes") {
			name := a.Str("name")
			if !oneOf(name, t.Str("hashKey")+" "+t.Str("rangeKey")) {
				continue
			}
			if _, ok := item[name][a.Str("type")]; !ok {
				return say("One or more parameter values were invalid: Missing the key %s in the item, or its type is not %s", name, a.Str("type"))
			}
		}
		return ""
	}},
	{ID: "table-policy", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: Using resource-based policies for DynamoDB", Kinds: "dynamodb.resourcePolicy", On: Write, Check: func(r *Request) string {
		return policyProblem(r.New.Str("policy"), resourcePolicy)
	}},
}

// tableIndexes are all secondary indexes of a table; a local one has the table's hash key.
func tableIndexes(props Obj) []Obj {
	return append(slices.Clone(props.Objs("globalSecondaryIndexes")), props.Objs("localSecondaryIndexes")...)
}
