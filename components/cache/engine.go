package cache

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// Engine is the software that a cache runs.
type Engine string

// The engines. Only Serverless can run all three.
const (
	EngineValkey    Engine = "Valkey"
	EngineRedis     Engine = "Redis"
	EngineMemcached Engine = "Memcached"
)

// api is the engine's name in AWS.
func (e Engine) api() string { return strings.ToLower(string(e)) }

// defaultVersions are those of nodes, and serverlessVersions the major ones of
// serverless caches, which have no minor.
var (
	defaultVersions    = map[Engine]string{EngineValkey: "8.1", EngineRedis: "7.1", EngineMemcached: "1.6.22"}
	serverlessVersions = map[Engine][]string{EngineValkey: {"8", "7"}, EngineRedis: {"7"}, EngineMemcached: {"1.6"}}
)

var (
	versionForm          = regexp.MustCompile(`^([1-9][0-9]*)\.(0|[1-9][0-9]*)$`)
	memcachedVersionForm = regexp.MustCompile(`^1\.6\.(0|[1-9][0-9]*)$`)
)

// parseVersion reads a version such as "8.1".
func parseVersion(text string) (major, minor int, ok bool) {
	m := versionForm.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, false
	}
	major, majorErr := strconv.Atoi(m[1])
	minor, minorErr := strconv.Atoi(m[2])
	return major, minor, majorErr == nil && minorErr == nil
}

// checkVersion admits the versions in which everything that a group promises works: the
// modes of TLS, IAM authentication and the step between the cluster modes.
func checkVersion(errs *fielderr.List, engine Engine, version string) {
	major, minor, ok := parseVersion(version)
	switch engine {
	case EngineValkey:
		if !ok || major < 7 || major == 7 && minor < 2 {
			errs.Invalid("engineVersion", version, `must be a version of Valkey such as "8.1", 7.2 or later`)
		}
	case EngineRedis:
		if !ok || major != 7 {
			errs.Invalid("engineVersion", version, `must be "7.0" or "7.1"; later ones are Valkey`)
		}
	}
}

// family is the parameter group family of a version that passed checkVersion.
func family(engine Engine, version string) string {
	major, _, _ := strings.Cut(version, ".")
	return engine.api() + major
}

var nodeForm = regexp.MustCompile(`^cache\.([a-z][a-z0-9]+)\.([a-z0-9]+)$`)

// parseNode reads a node type such as "cache.m7g.large".
func parseNode(nodeType string) (family, size string, ok bool) {
	m := nodeForm.FindStringSubmatch(nodeType)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func checkNode(errs *fielderr.List, nodeType string) {
	family, _, ok := parseNode(nodeType)
	if !ok {
		errs.Invalid("nodeType", nodeType, `must be a node type such as "cache.m7g.large"`)
	} else if family == "r6gd" {
		errs.Invalid("nodeType", nodeType, "keeps data on disks too, which is not supported here")
	}
}

var nameForm = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)

// AWS turns names of caches into small letters and allows 40 of them, of which the
// role and the random end of the name take 14.
const (
	longestId   = 40
	longestName = longestId - len("-cache-0123456")
)

func checkName(errs *fielderr.List, name string) {
	if !nameForm.MatchString(name) || len(name) > longestName {
		errs.Invalid("name", name, "must be 1 to %d small letters, digits and single hyphens, and begin with a letter", longestName)
	}
}

// ElastiCache wants an hour for maintenance, and for snapshots too.
const leastWindowMinutes = 60

func checkMaintenance(errs *fielderr.List, window string) {
	if w, ok := datastore.ParseWeekly(window); !ok || w.Length < leastWindowMinutes {
		errs.Invalid("maintenanceWindow", window, `must be a time of the week such as "sun:04:30-sun:05:30", UTC, %d minutes or longer`, leastWindowMinutes)
	}
}
