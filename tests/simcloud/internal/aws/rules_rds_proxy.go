package aws

import (
	"regexp"
	"slices"
	"strings"
)

const docProxy = "Amazon RDS User Guide: Getting started with RDS Proxy"

var proxyNameForm = regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])*$`)

// proxyRules are those of RDS Proxy.
var proxyRules = []Rule{
	{ID: "proxy-name", Code: invalidValue, Source: docProxy, Kinds: "rds.proxy rds.proxyEndpoint", On: Create, Check: func(r *Request) string {
		if name := given(r.New, "dbProxyEndpointName", "name"); name != "" && (!proxyNameForm.MatchString(name) || len(name) > 63) {
			return say("Invalid name for a DB proxy: '%s'", name)
		}
		return ""
	}},
	{ID: "proxy-taken", Code: "DBProxyAlreadyExistsFault", Source: docProxy, Kinds: "rds.proxy", On: Create, Check: func(r *Request) string {
		if r.By("rds.proxy", "name", r.New.Str("name")) != nil {
			return say("DB Proxy named %s already exists", r.New.Str("name"))
		}
		if len(r.All("rds.proxy")) >= 20 {
			return "The maximum number of DB proxies has been reached."
		}
		return ""
	}},
	{ID: "proxy-family", Code: invalidValue, Source: docProxy, Kinds: "rds.proxy", On: Create, Check: func(r *Request) string {
		if family := r.New.Str("engineFamily"); !oneOf(family, "MYSQL POSTGRESQL SQLSERVER") {
			return say("Invalid engine family: %s", family)
		}
		return ""
	}},
	{ID: "proxy-subnets", Code: "InvalidSubnet", Source: docProxy, Kinds: "rds.proxy rds.proxyEndpoint", On: Create, Check: func(r *Request) string {
		vpcs := map[string]bool{}
		for _, id := range r.New.Strs("vpcSubnetIds") {
			if vpc := r.vpcOfSubnet(id); vpc != "" {
				vpcs[vpc] = true
				continue
			}
			return say("Subnet %s does not exist", id)
		}
		if len(vpcs) > 1 {
			return "The subnets of a DB proxy must be in one VPC."
		}
		if len(r.zonesOf(r.New.Strs("vpcSubnetIds"))) < 2 {
			return "The DB proxy needs subnets in at least two Availability Zones."
		}
		for vpc := range vpcs {
			return r.groupsOutside(r.New.Strs("vpcSecurityGroupIds"), vpc)
		}
		return ""
	}},
	{ID: "proxy-role", Code: invalidValue, Source: "Amazon RDS User Guide: Configuring IAM authentication for RDS Proxy", Kinds: "rds.proxy", On: Write, Check: func(r *Request) string {
		if role := r.New.Str("roleArn"); !r.assumable(role, "rds.amazonaws.com") {
			return say("RDS is not authorized to assume service-linked role %s. Check your RDS service-linked role and try again.", role)
		}
		return ""
	}},
	{ID: "proxy-secret", Code: invalidValue, Source: "Amazon RDS User Guide: Setting up database credentials for RDS Proxy", Kinds: "rds.proxy", On: Write, Check: func(r *Request) string {
		for _, auth := range r.New.Objs("auths") {
			secret := auth.Str("secretArn")
			a, ok := parseARN(secret)
			if !ok || a.service != "secretsmanager" || a.region != r.Region || a.account == r.Account && r.ByARN("secretsmanager.secret", secret) == nil && !r.managedSecret(secret) {
				return say("The secret %s of the DB proxy does not exist in this Region.", secret)
			}
		}
		return ""
	}},
	{ID: "proxy-auth", Code: invalidCombination, Source: "Amazon RDS API Reference: UserAuthConfig", Kinds: "rds.proxy", On: Write, Check: func(r *Request) string {
		if len(r.New.Objs("auths")) == 0 {
			return "At least one authentication mechanism must be specified."
		}
		for _, auth := range r.New.Objs("auths") {
			switch iam, kind := auth.Str("iamAuth"), auth.Str("clientPasswordAuthType"); {
			case iam != "" && !oneOf(iam, "DISABLED REQUIRED ENABLED"):
				return say("Invalid IAM authentication: %s", iam)
			case iam == "REQUIRED" && !r.New.Bool("requireTls"):
				return "IAM authentication requires TLS: set RequireTLS."
			case kind != "" && !strings.HasPrefix(kind, map[string]string{"MYSQL": "MYSQL_", "POSTGRESQL": "POSTGRES_", "SQLSERVER": "SQL_SERVER_"}[r.New.Str("engineFamily")]):
				return say("The client password authentication %s does not fit the engine family %s.", kind, r.New.Str("engineFamily"))
			}
		}
		return ""
	}},
	{ID: "proxy-idle", Code: invalidValue, Source: "Amazon RDS API Reference: CreateDBProxy", Kinds: "rds.proxy", On: Write, Check: func(r *Request) string {
		if idle := r.New.Int("idleClientTimeout"); idle != 0 && (idle < 1 || idle > 28800) {
			return say("Invalid idle client timeout %d. It must be between 1 and 28800 seconds.", idle)
		}
		return ""
	}},
	{ID: "proxy-missing", Code: "DBProxyNotFoundFault", Source: docProxy, Kinds: "rds.proxyDefaultTargetGroup rds.proxyTarget rds.proxyEndpoint", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("dbProxyName"); r.By("rds.proxy", "name", name) == nil {
			return say("DB Proxy %s does not exist", name)
		}
		return ""
	}},
	{ID: "proxy-pool", Code: invalidValue, Source: "Amazon RDS API Reference: ConnectionPoolConfiguration", Kinds: "rds.proxyDefaultTargetGroup", On: Write, Check: func(r *Request) string {
		pool := r.New.Obj("connectionPoolConfig")
		most, idle := pool.Int("maxConnectionsPercent"), pool.Int("maxIdleConnectionsPercent")
		switch {
		case !within(pool, "maxConnectionsPercent", 1, 100), idle > most && most != 0, !within(pool, "maxIdleConnectionsPercent", 0, 100):
			return say("Invalid connection pool: at most %d%% connections, of them %d%% idle.", most, idle)
		case !within(pool, "connectionBorrowTimeout", 0, 300):
			return say("Invalid connection borrow timeout: %d. It can be at most 300 seconds.", pool.Int("connectionBorrowTimeout"))
		}
		return ""
	}},
	{ID: "proxy-target", Code: "DBInstanceNotFound", Source: docProxy, Kinds: "rds.proxyTarget", On: Create, Check: func(r *Request) string {
		if r.New.Has("dbInstanceIdentifier") == r.New.Has("dbClusterIdentifier") {
			return "Exactly one of an instance and a cluster must be given."
		}
		if r.proxied() == nil {
			return say("The database %s does not exist", given(r.New, "dbInstanceIdentifier", "dbClusterIdentifier"))
		}
		return ""
	}},
	{ID: "proxy-target-fit", Code: "InvalidDBInstanceState", Source: "Amazon RDS User Guide: Limitations for RDS Proxy", Kinds: "rds.proxyTarget", On: Create, Check: func(r *Request) string {
		target, proxy := r.proxied(), r.By("rds.proxy", "name", r.New.Str("dbProxyName"))
		if target == nil || proxy == nil {
			return ""
		}
		name, _, _ := r.engineOf(target.Props)
		want := map[string]string{"MYSQL": "mysql mariadb aurora-mysql", "POSTGRESQL": "postgres aurora-postgresql", "SQLSERVER": "sqlserver-ee sqlserver-se sqlserver-web sqlserver-ex"}[proxy.Props.Str("engineFamily")]
		switch {
		case !oneOf(name, want):
			return say("The engine %s of %s does not match the engine family %s of the DB proxy.", name, target.ID, proxy.Props.Str("engineFamily"))
		case target.Props.Has("replicateSourceDb"):
			return "RDS Proxy can only be used with the writer DB instance, not a read replica."
		}
		vpc := r.vpcOfGroup(r.subnetGroup(target.Props))
		if subnets := proxy.Props.Strs("vpcSubnetIds"); vpc != "" && len(subnets) > 0 && r.vpcOfSubnet(subnets[0]) != vpc {
			return "The DB proxy and its target must be in the same VPC."
		}
		return ""
	}},
	{ID: "proxy-target-taken", Code: "DBProxyTargetAlreadyRegisteredFault", Source: "Amazon RDS User Guide: Limitations for RDS Proxy", Kinds: "rds.proxyTarget", On: Create, Check: func(r *Request) string {
		for _, other := range r.All("rds.proxyTarget") {
			if other.Props.Str("dbProxyName") == r.New.Str("dbProxyName") && other.Props.Str("targetGroupName") == r.New.Str("targetGroupName") {
				return say("The DB proxy %s has a target already: %s. A proxy is for one database.", r.New.Str("dbProxyName"), other.ID)
			}
		}
		return ""
	}},
	{ID: "proxy-endpoint-role", Code: invalidCombination, Source: "Amazon RDS User Guide: Working with Amazon RDS Proxy endpoints", Kinds: "rds.proxyEndpoint", On: Create, Check: func(r *Request) string {
		role := r.New.Str("targetRole")
		if role != "" && !oneOf(role, "READ_WRITE READ_ONLY") {
			return say("Invalid target role: %s", role)
		}
		for _, t := range r.All("rds.proxyTarget") {
			if role == "READ_ONLY" && t.Props.Str("dbProxyName") == r.New.Str("dbProxyName") && t.Props.Has("dbInstanceIdentifier") {
				return "Read-only endpoints are only for proxies of Aurora and Multi-AZ DB clusters."
			}
		}
		return ""
	}},
}

// proxied finds the database that a proxy target names.
func (r *Request) proxied() *Resource {
	if id := r.New.Str("dbInstanceIdentifier"); id != "" {
		return r.By("rds.instance", "identifier", id)
	}
	return r.By("rds.cluster", "clusterIdentifier", r.New.Str("dbClusterIdentifier"))
}

// managedSecret says whether RDS manages the secret for a database.
func (r *Request) managedSecret(arn string) bool {
	for _, kind := range strings.Fields(dbMasters) {
		for _, db := range r.All(kind) {
			if slices.ContainsFunc(db.Props.Objs("masterUserSecrets"), func(s Obj) bool { return s.Str("secretArn") == arn }) {
				return true
			}
		}
	}
	return false
}
