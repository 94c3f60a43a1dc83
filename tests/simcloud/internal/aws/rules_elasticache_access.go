package aws

import (
	"regexp"
	"slices"
	"strings"
)

const (
	docRBAC           = "Amazon ElastiCache User Guide: Role-Based Access Control (RBAC)"
	docServerlessSize = "Amazon ElastiCache User Guide: Scaling ElastiCache Serverless"
)

var (
	tokenForm      = regexp.MustCompile(`^[A-Za-z0-9!&#$^<>-]{16,128}$`)
	cacheUserForm  = regexp.MustCompile(`^[a-zA-Z](-?[a-zA-Z0-9])*$`)
	serverlessForm = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
)

// cacheSecurityRules are about who reaches a replication group, and encryption.
var cacheSecurityRules = []Rule{
	{ID: "cache-token-tls", Code: invalidCombination, Source: docCacheAuth, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if r.New.Has("authToken") && !r.New.Bool("transitEncryptionEnabled") {
			return "The AUTH token parameter requires encryption-in-transit to be enabled."
		}
		return ""
	}},
	{ID: "cache-token", Code: invalidValue, Source: docCacheAuth, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if token := r.New.Str("authToken"); token != "" && !tokenForm.MatchString(token) {
			return "Invalid AUTH token: it must have 16 to 128 letters, digits and of the other characters only !, &, #, $, ^, <, >, and -."
		}
		return ""
	}},
	{ID: "cache-token-strategy", Code: invalidCombination, Source: docCacheAuth, Kinds: cacheGroup, On: Update, Check: func(r *Request) string {
		strategy := r.New.Str("authTokenUpdateStrategy")
		switch {
		case strategy != "" && !oneOf(strategy, "SET ROTATE DELETE"):
			return say("Invalid AUTH token update strategy: %s", strategy)
		case strategy == "SET" && r.New.Has("authToken") && !r.Old.Has("authToken"):
			return "The strategy SET needs an AUTH token that ROTATE has added before."
		case strategy == "DELETE" && !r.New.Has("userGroupIds") && r.changes("authTokenUpdateStrategy"):
			return "An AUTH token can only be deleted when moving to user groups."
		}
		return ""
	}},
	{ID: "cache-token-and-users", Code: invalidCombination, Source: docRBAC, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if r.New.Has("authToken") && r.New.Has("userGroupIds") && r.New.Str("authTokenUpdateStrategy") != "DELETE" {
			return "An AUTH token and user groups can't be used together."
		}
		return ""
	}},
	{ID: "cache-users-tls", Code: invalidCombination, Source: docRBAC, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		if r.New.Has("userGroupIds") && !r.New.Bool("transitEncryptionEnabled") {
			return "User group based access control requires encryption-in-transit to be enabled on the replication group."
		}
		return ""
	}},
	{ID: "cache-users-group", Code: "UserGroupNotFound", Source: docRBAC, Kinds: cacheGroup + " elasticache.serverlessCache", On: Write, Check: func(r *Request) string {
		ids := r.New.Strs("userGroupIds")
		if id := r.New.Str("userGroupId"); id != "" {
			ids = append(ids, id)
		}
		for _, id := range ids {
			if r.By("elasticache.userGroup", "userGroupId", id) == nil {
				return say("User group not found: %s", id)
			}
		}
		return ""
	}},
	{ID: "cache-users-engine", Code: invalidCombination, Source: docRBAC, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		name, _, version := r.cache()
		ids := r.New.Strs("userGroupIds")
		if len(ids) > 1 {
			return "A replication group can have one user group."
		}
		for _, id := range ids {
			group := r.By("elasticache.userGroup", "userGroupId", id).props()
			if name == "redis" && group.Str("engine") == "valkey" {
				return say("The user group %s is of engine valkey, the replication group of redis.", id)
			}
		}
		if len(ids) > 0 && name == "redis" && older(version, "6.0") {
			return say("User groups need redis 6.0 or later, not %s.", version)
		}
		return ""
	}},
	{ID: "cache-tls-version", Code: invalidCombination, Source: docCacheTLS, Kinds: cacheGroup, On: Write, Check: func(r *Request) string {
		name, _, version := r.cache()
		mode := r.New.Str("transitEncryptionMode")
		switch {
		case mode != "" && !oneOf(mode, "preferred required"):
			return say("Invalid transit encryption mode: %s", mode)
		case mode != "" && !r.New.Bool("transitEncryptionEnabled"):
			return "A transit encryption mode needs encryption-in-transit to be enabled."
		case mode != "" && name == "redis" && older(version, "7.0"):
			return say("Transit encryption modes need redis 7.0 or later, not %s.", version)
		}
		return ""
	}},
	{ID: "cache-tls-migration", Code: invalidCombination, Source: "Amazon ElastiCache User Guide: Enabling in-transit encryption on an existing cluster", Kinds: cacheGroup, On: Update, Check: func(r *Request) string {
		was, is := r.Old.Bool("transitEncryptionEnabled"), r.New.Bool("transitEncryptionEnabled")
		if !was && is && r.New.Str("transitEncryptionMode") != "preferred" {
			return "Transit encryption is enabled on an existing replication group with the mode preferred first, then required."
		}
		if was && !is && r.Old.Str("transitEncryptionMode") != "preferred" {
			return "Transit encryption can only be disabled from the mode preferred."
		}
		return ""
	}},
	{ID: "cache-kms", Code: invalidCombination, Source: "Amazon ElastiCache User Guide: At-Rest Encryption in ElastiCache", Kinds: cacheGroup, On: Create, Check: func(r *Request) string {
		if r.New.Has("kmsKeyId") && !r.New.Bool("atRestEncryptionEnabled") {
			return "A KMS key needs encryption at rest to be enabled."
		}
		return ""
	}},
	{ID: "cache-kms-key", Code: invalidValue, Source: "Amazon ElastiCache User Guide: At-Rest Encryption in ElastiCache", Kinds: cacheGroup + " elasticache.serverlessCache", On: Create, Check: func(r *Request) string {
		return r.keyMissing(r.New.Str("kmsKeyId"))
	}},
	{ID: "cache-logs", Code: invalidCombination, Source: "Amazon ElastiCache User Guide: Log delivery", Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		name, _, version := r.cache()
		seen := map[string]bool{}
		for _, log := range r.New.Objs("logDeliveryConfigurations") {
			kind, dest := log.Str("logType"), log.Str("destination")
			least := map[string]string{"slow-log": "6.0", "engine-log": "6.2"}[kind]
			switch {
			case least == "" || seen[kind] || name == "memcached":
				return say("Invalid or repeated log type: %s", kind)
			case name == "redis" && older(version, least):
				return say("The log type %s needs redis %s or later, not %s.", kind, least, version)
			case !oneOf(log.Str("logFormat"), "text json") || !oneOf(log.Str("destinationType"), "cloudwatch-logs kinesis-firehose"):
				return say("Invalid log format %s or destination type %s", log.Str("logFormat"), log.Str("destinationType"))
			case log.Str("destinationType") == "cloudwatch-logs" && strings.HasPrefix(dest, "arn:"):
				return "A CloudWatch Logs destination is given by the name of the log group, not by its ARN."
			case log.Str("destinationType") == "cloudwatch-logs" && r.Find("cloudwatch.logGroup", dest) == nil:
				return say("The log group %s does not exist.", dest)
			}
			seen[kind] = true
		}
		return ""
	}},
	{ID: "cache-topic", Code: invalidValue, Source: docCacheGroup, Kinds: cacheKinds, On: Write, Check: func(r *Request) string {
		if topic := r.New.Str("notificationTopicArn"); topic != "" && r.ByARN("sns.topic", topic) == nil {
			return say("The Amazon SNS topic %s does not exist.", topic)
		}
		return ""
	}},
}

// serverlessCacheRules are those of serverless caches.
var serverlessCacheRules = []Rule{
	{ID: "serverless-cache-name", Code: invalidValue, Source: "Amazon ElastiCache API Reference: CreateServerlessCache", Kinds: "elasticache.serverlessCache", On: Create, Check: func(r *Request) string {
		name := r.New.Str("name")
		if name != "" && (!serverlessForm.MatchString(strings.ToLower(name)) || len(name) > 40) {
			return say("Invalid name for a serverless cache: '%s'", name)
		}
		if r.By("elasticache.serverlessCache", "name", name) != nil {
			return say("Serverless cache %s already exists.", name)
		}
		return ""
	}},
	{ID: "serverless-cache-engine", Code: invalidValue, Source: "Amazon ElastiCache API Reference: CreateServerlessCache", Kinds: "elasticache.serverlessCache", On: Write, Check: func(r *Request) string {
		e, ok := databases().Caches[r.New.Str("engine")]
		if version := r.New.Str("majorEngineVersion"); !ok || version != "" && !oneOf(version, e.Serverless) {
			return say("Invalid engine or version for a serverless cache: %s %s", r.New.Str("engine"), version)
		}
		if r.New.Str("engine") == "memcached" && r.New.Has("userGroupId") {
			return "User groups are not supported for memcached."
		}
		return ""
	}},
	{ID: "serverless-cache-limits", Code: invalidValue, Source: docServerlessSize, Kinds: "elasticache.serverlessCache", On: Write, Check: func(r *Request) string {
		for _, limit := range []struct {
			path        string
			least, most int
		}{{"cacheUsageLimits.dataStorage", 1, 5000}, {"cacheUsageLimits.ecpuPerSeconds", 1000, 15000000}} {
			o := r.New.Obj(limit.path)
			low, high := o.Int("minimum"), o.Int("maximum")
			if low != 0 && (low < limit.least || low > limit.most) || high != 0 && (high < limit.least || high > limit.most || high < low) {
				return say("Invalid %s: %d to %d. The limits are between %d and %d.", limit.path, low, high, limit.least, limit.most)
			}
		}
		if unit := r.New.Str("cacheUsageLimits.dataStorage.unit"); unit != "" && unit != "GB" {
			return say("Invalid unit of data storage: %s", unit)
		}
		return ""
	}},
	{ID: "serverless-cache-subnets", Code: invalidValue, Source: "Amazon ElastiCache API Reference: CreateServerlessCache", Kinds: "elasticache.serverlessCache", On: Write, Check: func(r *Request) string {
		ids := r.New.Strs("subnetIds")
		if len(ids) == 0 {
			return ""
		}
		vpc := r.vpcOfSubnet(ids[0])
		for _, id := range ids {
			if v := r.vpcOfSubnet(id); v == "" || v != vpc {
				return say("Subnet %s does not exist or is in another VPC", id)
			}
		}
		if n := len(r.zonesOf(ids)); n < 2 || n != len(ids) {
			return "The subnets of a serverless cache must be in two or three Availability Zones, one in each."
		}
		return r.groupsOutside(r.New.Strs("securityGroupIds"), vpc)
	}},
	{ID: "serverless-cache-snapshots", Code: invalidValue, Source: docCacheBackup, Kinds: "elasticache.serverlessCache", On: Write, Check: func(r *Request) string {
		if !within(r.New, "snapshotRetentionLimit", 0, 35) {
			return say("Invalid snapshot retention limit: %d. It must be between 0 and 35.", r.New.Int("snapshotRetentionLimit"))
		}
		if at := r.New.Str("dailySnapshotTime"); at != "" && !regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`).MatchString(at) {
			return say("Invalid daily snapshot time: %s. It must be in the format hh24:mi.", at)
		}
		return ""
	}},
}

// cacheUserRules are those of users and user groups.
var cacheUserRules = []Rule{
	{ID: "cache-user-id", Code: invalidValue, Source: docRBAC, Kinds: "elasticache.user elasticache.userGroup", On: Create, Check: func(r *Request) string {
		id := given(r.New, "userId", "userGroupId")
		if !cacheUserForm.MatchString(id) || len(id) > 40 {
			return say("Invalid identifier '%s': it must begin with a letter, have only letters, digits and single hyphens, not end with a hyphen, and have at most 40 characters.", id)
		}
		return ""
	}},
	{ID: "cache-user-taken", Code: "UserAlreadyExists", Source: docRBAC, Kinds: "elasticache.user", On: Create, Check: func(r *Request) string {
		if r.By("elasticache.user", "userId", r.New.Str("userId")) != nil {
			return say("User %s already exists.", r.New.Str("userId"))
		}
		return ""
	}},
	{ID: "cache-user-access", Code: invalidValue, Source: "Amazon ElastiCache User Guide: Specifying permissions using an access string", Kinds: "elasticache.user", On: Write, Check: func(r *Request) string {
		words := strings.Fields(r.New.Str("accessString"))
		if len(words) == 0 || !oneOf(words[0], "on off") {
			return "Invalid access string: it begins with on or off."
		}
		for _, w := range words[1:] {
			if !strings.ContainsAny(w[:1], "~%+-&(") && !oneOf(w, "allkeys resetkeys allchannels resetchannels allcommands nocommands clearselectors") && !strings.HasSuffix(w, ")") {
				return say("Invalid access string: %s", w)
			}
		}
		return ""
	}},
	{ID: "cache-user-authentication", Code: invalidCombination, Source: docRBAC, Kinds: "elasticache.user", On: Write, Check: func(r *Request) string {
		passwords := append(r.New.Strs("passwords"), r.New.Strs("authenticationMode.passwords")...)
		mode := r.New.Str("authenticationMode.type")
		for _, p := range passwords {
			if len(p) < 16 || len(p) > 128 {
				return "Passwords must have 16 to 128 characters."
			}
		}
		switch {
		case mode != "" && !oneOf(mode, "iam password no-password-required no-password"):
			return say("Invalid authentication type: %s", mode)
		case len(passwords) > 2:
			return "A user can have at most two passwords."
		case len(passwords) > 0 && (r.New.Bool("noPasswordRequired") || mode != "" && mode != "password"):
			return "Passwords can't be given for a user that needs none."
		case len(passwords) == 0 && (mode == "password" || mode == "" && !r.New.Bool("noPasswordRequired")) && r.Op == Create:
			return "A user needs passwords, IAM authentication, or no password required."
		}
		return ""
	}},
	{ID: "cache-user-iam", Code: invalidCombination, Source: "Amazon ElastiCache User Guide: Authenticating with IAM", Kinds: "elasticache.user", On: Create, Check: func(r *Request) string {
		if r.New.Str("authenticationMode.type") == "iam" && r.New.Str("userId") != r.New.Str("userName") {
			return "For IAM-enabled users the user id and the user name must be identical."
		}
		return ""
	}},
	{ID: "cache-user-group-users", Code: "UserNotFound", Source: docRBAC, Kinds: "elasticache.userGroup", On: Write, Check: func(r *Request) string {
		for _, id := range r.New.Strs("userIds") {
			if id != "default" && r.By("elasticache.user", "userId", id) == nil {
				return say("User %s not found.", id)
			}
		}
		return ""
	}},
	{ID: "cache-user-group-default", Code: "DefaultUserRequired", Source: docRBAC, Kinds: "elasticache.userGroup", On: Write, Check: func(r *Request) string {
		names := r.userNames()
		if strings.EqualFold(r.New.Str("engine"), "redis") && !slices.Contains(names, "default") {
			return "A user group of engine redis must contain a user with the user name default."
		}
		return ""
	}},
	{ID: "cache-user-group-names", Code: "DuplicateUserName", Source: docRBAC, Kinds: "elasticache.userGroup", On: Write, Check: func(r *Request) string {
		names := r.userNames()
		slices.Sort(names)
		if len(slices.Compact(slices.Clone(names))) != len(names) {
			return "The users of a user group must have different user names."
		}
		return ""
	}},
	{ID: "cache-user-group-engine", Code: invalidCombination, Source: docRBAC, Kinds: "elasticache.userGroup", On: Write, Check: func(r *Request) string {
		for _, id := range r.New.Strs("userIds") {
			user := r.By("elasticache.user", "userId", id).props()
			if strings.EqualFold(r.New.Str("engine"), "redis") && strings.EqualFold(user.Str("engine"), "valkey") {
				return say("The user %s is of engine valkey, the user group of redis.", id)
			}
		}
		return ""
	}},
	{ID: "cache-user-group-member", Code: "UserNotFound", Source: docRBAC, Kinds: "elasticache.userGroupAssociation", On: Create, Check: func(r *Request) string {
		if r.By("elasticache.userGroup", "userGroupId", r.New.Str("userGroupId")) == nil || r.By("elasticache.user", "userId", r.New.Str("userId")) == nil {
			return say("User group %s or user %s not found.", r.New.Str("userGroupId"), r.New.Str("userId"))
		}
		return ""
	}},
}

func (r *Request) userNames() []string {
	var out []string
	for _, id := range r.New.Strs("userIds") {
		name := id // the user that AWS makes is called default
		if user := r.By("elasticache.user", "userId", id); user != nil {
			name = user.Props.Str("userName")
		}
		out = append(out, name)
	}
	return out
}
