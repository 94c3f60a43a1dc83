// Package replicas knows which databases have their data from another one.
package replicas

import "github.com/plinth-iac/plinth/policies/rule"

// Source is what a database is a replica of, be it an instance or a cluster; absent if it
// is none. It is empty in what was a replica once.
func Source(r *rule.Resource) rule.Value {
	for _, path := range [...]string{"replicateSourceDb", "replicationSourceIdentifier"} {
		if source := r.Get(path); rule.IsSet(source) {
			return source
		}
	}
	return rule.Value{}
}

// Is reports that a database is a replica.
func Is(r *rule.Resource) bool { return !Source(r).IsAbsent() }
