package aws

import (
	"regexp"
	"slices"
	"strings"
)

var (
	dbSubnetGroupForm    = regexp.MustCompile(`^[ .0-9a-z_-]{1,255}$`)
	dbParameterGroupForm = regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9]){0,254}$`)
)

// databaseGroupRules are those of the groups that databases belong to: subnets, parameters, options.
var databaseGroupRules = []Rule{
	{ID: "db-subnet-group-name", Code: invalidValue, Source: docDBSubnets, Kinds: dbSubnets, On: Create, Check: func(r *Request) string {
		name := given(r.New, "name", "namePrefix")
		if name != "" && (!dbSubnetGroupForm.MatchString(name) || name == "default") {
			return say("The parameter DBSubnetGroupName is not a valid identifier: '%s'. It has lower-case letters, digits, spaces, periods, underscores and hyphens, at most 255, and is not \"default\".", name)
		}
		return ""
	}},
	{ID: "db-subnet-group-taken", Code: "DBSubnetGroupAlreadyExists", Source: docDBSubnets, Kinds: dbSubnets, On: Create, Check: func(r *Request) string {
		for _, kind := range strings.Fields(dbSubnets) {
			if r.By(kind, "name", r.New.Str("name")) != nil {
				return say("The DB subnet group '%s' already exists.", r.New.Str("name"))
			}
		}
		return ""
	}},
	{ID: "db-subnet-group-subnets", Code: "InvalidSubnet", Source: docDBSubnets, Kinds: dbSubnets, On: Write, Check: func(r *Request) string {
		vpcs := map[string]bool{}
		for _, id := range r.New.Strs("subnetIds") {
			s := r.Find("ec2.subnet", id)
			if s == nil {
				return say("Subnet IDs: %s are invalid or not found", id)
			}
			vpcs[s.Props.Str("vpcId")] = true
		}
		if len(vpcs) > 1 {
			return "The specified subnets are not all in the same VPC."
		}
		return ""
	}},
	{ID: "db-subnet-group-zones", Code: "DBSubnetGroupDoesNotCoverEnoughAZs", Source: docDBSubnets, Kinds: dbSubnets, On: Write, Check: func(r *Request) string {
		if n := len(r.zonesOf(r.New.Strs("subnetIds"))); n < 2 {
			return say("The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: %d. Add subnets to cover at least 2 AZs.", n)
		}
		return ""
	}},
	{ID: "db-subnet-group-quota", Code: "DBSubnetQuotaExceededFault", Source: docDBQuotas, Kinds: dbSubnets, On: Write, Check: func(r *Request) string {
		if len(r.New.Strs("subnetIds")) > 20 {
			return "A DB subnet group can have at most 20 subnets."
		}
		if r.Op == Create && len(r.All("rds.subnetGroup"))+len(r.All("docdb.subnetGroup")) >= 50 {
			return "The maximum number of DB subnet groups has been reached."
		}
		return ""
	}},
	{ID: "db-subnet-group-in-use", Code: "InvalidDBSubnetGroupStateFault", Source: docDBSubnets, Kinds: dbSubnets, On: Delete, Check: func(r *Request) string {
		for _, kind := range strings.Fields(dbServers + " " + dbClusters) {
			if user := r.By(kind, "dbSubnetGroupName", r.Old.Str("name")); user != nil {
				return say("Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", r.Old.Str("name"), user.ID)
			}
		}
		return ""
	}},
	{ID: "db-subnet-group-missing", Code: "DBSubnetGroupNotFoundFault", Source: docDBSubnets, Kinds: dbServers + " " + dbClusters, On: Write, Check: func(r *Request) string {
		name := r.New.Str("dbSubnetGroupName")
		if name != "" && name != "default" && r.changes("dbSubnetGroupName") && r.subnetGroup(r.New) == nil {
			return say("DB subnet group '%s' does not exist.", name)
		}
		return ""
	}},
	{ID: "db-subnet-group-move", Code: "InvalidVPCNetworkStateFault", Source: docDBSubnets, Kinds: "rds.instance", On: Update, Check: func(r *Request) string {
		from, to := r.vpcOfGroup(r.subnetGroup(r.Old)), r.vpcOfGroup(r.subnetGroup(r.New))
		if r.changes("dbSubnetGroupName") && from == to && r.Old.Has("dbSubnetGroupName") {
			return say("The DB instance is already in the VPC %s: a subnet group can only be changed for one in another VPC.", to)
		}
		return ""
	}},
	{ID: "db-parameter-group-name", Code: invalidValue, Source: docParameters, Kinds: dbGroups, On: Create, Check: func(r *Request) string {
		name := strings.TrimSuffix(given(r.New, "name", "namePrefix"), map[bool]string{true: "-"}[r.New.Has("namePrefix")])
		if name != "" && (!dbParameterGroupForm.MatchString(name) || len(name) > 255) {
			return say("The parameter DBParameterGroupName is not a valid identifier: '%s'. Identifiers must begin with a letter, contain only lower-case letters, digits and single hyphens, and not end with a hyphen.", name)
		}
		return ""
	}},
	{ID: "db-parameter-group-taken", Code: "DBParameterGroupAlreadyExists", Source: docParameters, Kinds: dbGroups, On: Create, Check: func(r *Request) string {
		same := []string{r.Kind}
		if r.Kind != "rds.parameterGroup" { // RDS and DocumentDB share their cluster parameter groups
			same = []string{"rds.clusterParameterGroup", "docdb.clusterParameterGroup"}
		}
		for _, kind := range same {
			if r.By(kind, "name", r.New.Str("name")) != nil {
				return say("Parameter group %s already exists", r.New.Str("name"))
			}
		}
		return ""
	}},
	{ID: "db-parameter-family-known", Code: invalidValue, Source: docParameters, Kinds: dbGroups, On: Create, Check: func(r *Request) string {
		family := r.New.Str("family")
		for name, e := range databases().Engines {
			switch {
			case !e.knows(family):
			case strings.HasPrefix(r.Kind, "docdb.") != (name == "docdb"):
			default:
				return ""
			}
		}
		return say("ParameterGroupFamily %s is not a valid parameter group family", family)
	}},
	{ID: "db-parameter-known", Code: invalidValue, Source: docParameters, Kinds: "rds.parameterGroup rds.clusterParameterGroup", On: Write, Check: func(r *Request) string {
		family := r.New.Str("family")
		mine, facts := parametersOf(family)
		if mine == "" {
			return ""
		}
		for _, p := range r.New.Objs("parameters") {
			name := p.Str("name")
			for other, theirs := range databases().Parameters {
				if other != mine && oneOf(name, theirs.Own) {
					return say("Could not find parameter with name: %s", name)
				}
			}
			if r.Kind == "rds.parameterGroup" && strings.HasPrefix(family, "aurora-") && oneOf(name, facts.Cluster) {
				return say("Could not find parameter with name: %s", name)
			}
		}
		return ""
	}},
	{ID: "db-parameter-static", Code: invalidCombination, Source: docParameters, Kinds: "rds.parameterGroup rds.clusterParameterGroup", On: Write, Check: func(r *Request) string {
		_, facts := parametersOf(r.New.Str("family"))
		for _, p := range r.New.Objs("parameters") {
			if oneOf(p.Str("name"), facts.Static) && p.Str("applyMethod") != "pending-reboot" {
				return say("cannot use immediate apply method for static parameter (%s)", p.Str("name"))
			}
		}
		return ""
	}},
	{ID: "db-parameter-twice", Code: invalidValue, Source: docParameters, Kinds: dbGroups, On: Write, Check: func(r *Request) string {
		seen := map[string]bool{}
		for _, p := range r.New.Objs("parameters") {
			if method := p.Str("applyMethod"); method != "" && !oneOf(method, "immediate pending-reboot") {
				return say("Invalid apply method: %s", method)
			}
			if seen[p.Str("name")] {
				return say("Parameter %s is given more than once", p.Str("name"))
			}
			seen[p.Str("name")] = true
		}
		return ""
	}},
	{ID: "db-parameter-group-missing", Code: "DBParameterGroupNotFound", Source: docParameters, Kinds: dbServers + " " + dbClusters, On: Write, Check: func(r *Request) string {
		for _, use := range parameterUses(r.Kind) {
			if name := r.New.Str(use.property); name != "" && !strings.HasPrefix(name, "default.") && r.groupOf(use, name) == nil {
				return say("DBParameterGroup not found: %s", name)
			}
		}
		return ""
	}},
	{ID: "db-parameter-family", Code: invalidCombination, Source: docParameters, Kinds: dbServers + " " + dbClusters, On: Write, Check: func(r *Request) string {
		_, e, version := r.engine()
		if cluster := r.clusterOf(r.New); cluster != nil {
			_, e, version = r.engineOf(cluster.Props)
		}
		if e == nil || !e.exists(version) {
			return ""
		}
		for _, use := range parameterUses(r.Kind) {
			name := r.New.Str(use.property)
			family, standard := strings.CutPrefix(name, "default.")
			if standard && !r.changes(use.property) {
				continue // AWS moves from default to default by itself
			}
			if group := r.groupOf(use, name); group != nil {
				family, standard = group.Props.Str("family"), true
			}
			if standard && family != e.family(version) {
				return say("The parameter group %s with DBParameterGroupFamily %s can't be used for this instance. Please use a parameter group with DBParameterGroupFamily %s", name, family, e.family(version))
			}
		}
		return ""
	}},
	{ID: "db-parameter-group-in-use", Code: "InvalidDBParameterGroupState", Source: docParameters, Kinds: dbGroups, On: Delete, Waits: true, Check: func(r *Request) string {
		for _, kind := range strings.Fields(dbServers + " " + dbClusters) {
			for _, use := range parameterUses(kind) {
				if oneOf(r.Kind, use.kinds) && r.By(kind, use.property, r.Old.Str("name")) != nil {
					return say("One or more database instances are still members of this parameter group %s, so the group cannot be deleted", r.Old.Str("name"))
				}
			}
		}
		return ""
	}},
	{ID: "db-option-group", Code: invalidCombination, Source: "Amazon RDS User Guide: Working with option groups", Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		name, e, version := r.engine()
		group := r.Find("rds.optionGroup", r.New.Str("optionGroupName"))
		if e == nil || group == nil {
			return ""
		}
		if engine, major := group.Props.Str("engineName"), group.Props.Str("majorEngineVersion"); engine != name || e.major(major) != e.major(version) {
			return say("The option group %s is associated with %s %s and cannot be used with %s %s.", group.ID, engine, major, name, version)
		}
		return ""
	}},
	{ID: "db-option-group-engine", Code: invalidValue, Source: "Amazon RDS User Guide: Working with option groups", Kinds: "rds.optionGroup", On: Create, Check: func(r *Request) string {
		e := databases().Engines[r.New.Str("engineName")]
		if e == nil || !slices.Contains(e.Majors, r.New.Str("majorEngineVersion")) {
			return say("Invalid engine %s or major engine version %s", r.New.Str("engineName"), r.New.Str("majorEngineVersion"))
		}
		return ""
	}},
	{ID: "db-option-group-missing", Code: "OptionGroupNotFoundFault", Source: "Amazon RDS User Guide: Working with option groups", Kinds: "rds.instance", On: Write, Check: func(r *Request) string {
		if name := r.New.Str("optionGroupName"); name != "" && !strings.HasPrefix(name, "default:") && r.Find("rds.optionGroup", name) == nil {
			return say("Specified OptionGroupName: %s not found.", name)
		}
		return ""
	}},
	{ID: "db-option-group-in-use", Code: "InvalidOptionGroupStateFault", Source: "Amazon RDS User Guide: Working with option groups", Kinds: "rds.optionGroup", On: Delete, Waits: true, Check: func(r *Request) string {
		if user := r.By("rds.instance", "optionGroupName", r.ID); user != nil {
			return say("The option group '%s' cannot be deleted because it is in use.", r.ID)
		}
		return ""
	}},
}

// parametersOf gives the facts about parameters of a family's engine, mysql or postgres.
func parametersOf(family string) (string, parameterFacts) {
	switch {
	case strings.Contains(family, "postgres"):
		return "postgres", databases().Parameters["postgres"]
	case strings.Contains(family, "mysql") || strings.HasPrefix(family, "mariadb"):
		return "mysql", databases().Parameters["mysql"]
	}
	return "", parameterFacts{}
}

// parameterUse is a property that names a parameter group, and the kinds of group it may be.
type parameterUse struct{ property, kinds string }

func parameterUses(kind string) []parameterUse {
	switch kind {
	case "rds.instance":
		return []parameterUse{{"parameterGroupName", "rds.parameterGroup"}}
	case "rds.clusterInstance":
		return []parameterUse{{"dbParameterGroupName", "rds.parameterGroup"}}
	case "rds.cluster":
		return []parameterUse{{"dbClusterParameterGroupName", "rds.clusterParameterGroup docdb.clusterParameterGroup"}, {"dbInstanceParameterGroupName", "rds.parameterGroup"}}
	case "docdb.cluster":
		return []parameterUse{{"dbClusterParameterGroupName", "rds.clusterParameterGroup docdb.clusterParameterGroup"}}
	}
	return nil
}

func (r *Request) groupOf(use parameterUse, name string) *Resource {
	for _, kind := range strings.Fields(use.kinds) {
		if group := r.Find(kind, name); group != nil {
			return group
		}
	}
	return nil
}
