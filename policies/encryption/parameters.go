package encryption

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/policies/internal/replicas"
	"github.com/plinth-iac/plinth/policies/rule"
)

// forcing is how an engine is told to refuse connections without TLS.
type forcing struct {
	parameter string
	// on is the value that messages propose.
	on string
	// since is the version from which on that is the default; nil if it never is.
	since version
}

// version is the numbers of an engine's version.
type version []int

// forcings are by engine. Oracle and Db2 have other means.
var forcings = map[string]forcing{
	"postgres":          {"rds.force_ssl", "1", version{15}},
	"aurora-postgresql": {"rds.force_ssl", "1", version{17}},
	"mysql":             {"require_secure_transport", "1", version{9}},
	"aurora-mysql":      {"require_secure_transport", "1", nil},
	"mariadb":           {"require_secure_transport", "1", version{11, 8}},
	"sqlserver-ee":      {"rds.force_ssl", "1", nil},
	"sqlserver-ex":      {"rds.force_ssl", "1", nil},
	"sqlserver-se":      {"rds.force_ssl", "1", nil},
	"sqlserver-web":     {"rds.force_ssl", "1", nil},
}

// attachments are the properties by which databases name their parameter group, and the
// type of that.
var attachments = map[string]struct{ path, group string }{
	database:     {"parameterGroupName", dbParameters},
	dbCluster:    {"dbClusterParameterGroupName", clusterParams},
	docdbCluster: {"dbClusterParameterGroupName", docdbParameters},
	warehouse:    {"clusterParameterGroupName", warehouseParameters},
}

func rdsForceTls() *rule.Rule {
	return &rule.Rule{
		ID: "rds-force-tls", Title: "Databases refuse connections without TLS", Severity: rule.High, Category: rule.Encryption,
		Why: "A client that does not ask for TLS sends its queries and reads its rows in plain text.",
		Fix: `attach a parameter group with rds.force_ssl "1" (PostgreSQL, SQL Server) or require_secure_transport "1" (MySQL, MariaDB)`,
		Controls: rule.Controls{
			Checkov: []string{"CKV2_AWS_69"}, SecurityHub: []string{"RDS.41", "RDS.44"},
		},
		Types: []string{database, dbCluster},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			model, missing := inherited(g, r, "engine")
			if model == nil {
				return missing
			}
			engine := settled(model, "engine")
			name, known := engine.Text()
			if !known {
				return rule.NotKnown(engine)
			}
			force, concerned := forcings[name]
			if !concerned {
				return rule.Skipped()
			}
			return force.judge(g, r)
		},
	}
}

// judge is the verdict on a database of the engine.
func (f forcing) judge(g *rule.Graph, r *rule.Resource) rule.Verdict {
	attachment := attachments[r.Type]
	owner, missing := inherited(g, r, attachment.path)
	model, unsure := inherited(g, r, "engineVersion")
	if owner == nil || model == nil {
		return rule.All(missing, unsure)
	}
	if named := owner.Get(attachment.path); rule.IsSet(named) {
		return f.inGroup(g, owner, named)
	}
	return f.byDefault(settled(model, "engineVersion"), "its default parameter group does not set "+f.parameter, f.attach(r))
}

// attach is what to do about a database without a parameter group of its own.
func (f forcing) attach(r *rule.Resource) string {
	attachment := attachments[r.Type]
	return fmt.Sprintf(`attach a %s with %s %q as %s`, rule.Kind(attachment.group), f.parameter, f.on, attachment.path)
}

// inGroup is the verdict on a database whose parameter group is named.
func (f forcing) inGroup(g *rule.Graph, r *rule.Resource, named rule.Value) rule.Verdict {
	if name, _ := named.Text(); strings.HasPrefix(name, "default.") {
		return f.byDefault(named, name+" does not set "+f.parameter, f.attach(r))
	}
	attachment := attachments[r.Type]
	group, missing := g.Target(r, attachment.group, attachment.path)
	if group == nil {
		return missing
	}
	value, fix := parameterOf(group, f.parameter), fmt.Sprintf(`set %s to %q in parameters of %s`, f.parameter, f.on, group.Name)
	if value.IsAbsent() {
		return f.byDefault(group.Get("family"), group.Name+" does not set "+f.parameter, fix)
	}
	return value.Want(rule.Is("1", "ON", "on", "true"), fmt.Sprintf("%s is %v in %s", f.parameter, value, group.Name), fix)
}

// byDefault is the verdict on a database that leaves the parameter as it is. The version is
// in the value: an engine's version, or a family or name of parameter groups.
func (f forcing) byDefault(from rule.Value, problem, fix string) rule.Verdict {
	switch {
	case f.since == nil:
		return rule.Failed(problem, fix)
	case !rule.IsSet(from):
		return rule.NotKnown(from)
	}
	return from.Want(func(v rule.Value) bool {
		text, _ := v.Text()
		return versionIn(text).atLeast(f.since)
	}, problem, fix)
}

var digits = regexp.MustCompile(`\d+(\.\d+)?`)

// versionIn is the first version in a text.
func versionIn(text string) version {
	var v version
	for _, part := range strings.Split(digits.FindString(text), ".") {
		number, _ := strconv.Atoi(part)
		v = append(v, number)
	}
	return v
}

func (v version) atLeast(least version) bool {
	for i, number := range least {
		if i >= len(v) || v[i] != number {
			return i < len(v) && v[i] > number
		}
	}
	return true
}

// settled is an input or, where the program leaves it to AWS, the output.
func settled(r *rule.Resource, path string) rule.Value {
	if v := r.Get(path); rule.IsSet(v) {
		return v
	}
	return r.Out(path)
}

// mostSources is more than the replicas of replicas that AWS allows.
const mostSources = 8

// inherited is the database that says a property of r: r itself or, if it is a replica
// that does not set it, its source. The parameter group is not taken over from another
// region. It is nil if the source is not in the graph.
func inherited(g *rule.Graph, r *rule.Resource, path string) (*rule.Resource, rule.Verdict) {
	for range mostSources {
		from := replicas.Source(r)
		if rule.IsSet(r.Get(path)) || !rule.IsSet(from) {
			break
		}
		next, missing := g.Target(r, r.Type, from.Path())
		if next == nil {
			return nil, missing
		}
		if path == attachments[r.Type].path && next.Region() != r.Region() {
			break
		}
		r = next
	}
	return r, rule.Verdict{}
}

// parameterOf is the value of a parameter in a group; absent if the group does not set it.
func parameterOf(group *rule.Resource, name string) rule.Value {
	for _, p := range group.Select("parameters[]") {
		given := p.Get("name")
		if given.IsUnknown() {
			return given
		}
		if text, _ := given.Text(); strings.EqualFold(text, name) {
			return p.Get("value")
		}
	}
	return rule.Value{}
}

func docdbTls() *rule.Rule {
	return &rule.Rule{
		ID: "docdb-tls", Title: "DocumentDB clusters do not switch TLS off", Severity: rule.High, Category: rule.Encryption,
		Why:      "With TLS off, every connection carries its documents in plain text.",
		Fix:      `set tls to "enabled" in the cluster's parameter group, or leave it out`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_90"}, SecurityHub: []string{"DocumentDB.6"}},
		Types:    []string{docdbCluster},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			attachment := attachments[r.Type]
			named := r.Get(attachment.path)
			if name, _ := named.Text(); !rule.IsSet(named) || strings.HasPrefix(name, "default.") {
				return rule.Passed() // TLS is on by default
			}
			group, missing := g.Target(r, attachment.group, attachment.path)
			if group == nil {
				return missing
			}
			value := parameterOf(group, "tls")
			return value.Want(rule.OrAbsent(rule.Is("enabled", "fips-140-3", "tls1.2+", "tls1.3+")),
				"tls is "+value.String()+" in "+group.Name, `set tls to "enabled" in parameters of `+group.Name)
		},
	}
}

// warehouseForcing is that of Redshift. Its new clusters, and groups of the family
// redshift-2.0, require TLS.
var warehouseForcing = forcing{"require_ssl", "true", version{2}}

func redshiftTls() *rule.Rule {
	return &rule.Rule{
		ID: "redshift-tls", Title: "Warehouses refuse connections without TLS", Severity: rule.High, Category: rule.Encryption,
		Why:      "A client that does not ask for TLS sends its queries and reads its rows in plain text.",
		Fix:      `set require_ssl to "true" in the cluster's parameter group, or leave both to AWS`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_105"}, SecurityHub: []string{"Redshift.2"}},
		Types:    []string{warehouse},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			path := attachments[r.Type].path
			if named := r.Get(path); rule.IsSet(named) {
				return warehouseForcing.inGroup(g, r, named)
			}
			made := r.Out(path)
			switch name, _ := made.Text(); {
			case name == "":
				return rule.Passed() // it is yet to be made, with default.redshift-2.0
			case strings.HasPrefix(name, "default."):
				return warehouseForcing.inGroup(g, r, made)
			}
			return r.Elsewhere(made) // it was attached once, and stays so
		},
	}
}
