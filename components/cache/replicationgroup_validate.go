package cache

import (
	"fmt"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	mostReplicas = 5
	// The quota is 90 nodes and can be raised to this.
	mostNodes = 500
)

// validate reports every problem at once. It sees args with their defaults.
func (a *ReplicationGroupArgs) validate(name string) error {
	var errs fielderr.List
	checkName(&errs, name)
	datastore.CheckNetwork(&errs, a.Region, a.VpcId, a.SubnetIds)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	fielderr.OneOf(&errs, "engine", a.Engine, EngineValkey, EngineRedis)
	checkVersion(&errs, a.Engine, a.EngineVersion)
	checkNode(&errs, a.NodeType)
	a.validateShape(&errs)
	datastore.Between(&errs, "port", a.Port, 1, 65535)
	for _, key := range base.SortedKeys(a.Parameters) {
		if key == clusterParameter {
			errs.Conflict(fielderr.Join("parameters", fielderr.Key(key)), "clusterMode", "the mode sets it")
		}
	}
	a.validateAccess(&errs, name)
	datastore.Between(&errs, "backupRetentionDays", *a.BackupRetentionDays, 0, 35)
	datastore.CheckWindows(&errs, a.BackupWindow, a.MaintenanceWindow, leastWindowMinutes)
	if w, ok := datastore.ParseWeekly(a.MaintenanceWindow); ok && w.Length < leastWindowMinutes {
		errs.Invalid("maintenanceWindow", a.MaintenanceWindow, "must be %d minutes or longer", leastWindowMinutes)
	}
	a.validateScaling(&errs)
	a.Logs.validate(errs.At("logs"))
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("cache.ReplicationGroup %q", name))
}

// validateShape checks the numbers of nodes against the cluster mode.
func (a *ReplicationGroupArgs) validateShape(errs *fielderr.List) {
	fielderr.OneOf(errs, "clusterMode", a.ClusterMode, ClusterDisabled, ClusterCompatible, ClusterEnabled)
	datastore.Between(errs, "shards", a.Shards, 1, mostNodes)
	datastore.Between(errs, "replicas", *a.Replicas, 0, mostReplicas)
	if nodes := a.Shards * (1 + *a.Replicas); nodes > mostNodes && a.Shards <= mostNodes && *a.Replicas <= mostReplicas {
		errs.Invalid("shards", a.Shards, "with %d replicas each are %d nodes; a group has at most %d", *a.Replicas, nodes, mostNodes)
	}
	if a.Shards > 1 && a.ClusterMode != ClusterEnabled {
		errs.Invalid("shards", a.Shards, "more than one shard needs clusterMode %s", ClusterEnabled)
	}
	if a.ClusterMode == ClusterCompatible && *a.Replicas == 0 {
		errs.Add("replicas", "clusterMode %s needs one replica or more: AWS fails over to it", ClusterCompatible)
	}
	if len(a.Zones) > 0 {
		if a.ClusterMode != ClusterDisabled {
			errs.Conflict("zones", "clusterMode", "AWS places the nodes of shards")
		} else if len(a.Zones) != 1+*a.Replicas {
			errs.Invalid("zones", len(a.Zones), "must be one zone for each node: %d", 1+*a.Replicas)
		}
	}
}

func (a *ReplicationGroupArgs) validateAccess(errs *fielderr.List, name string) {
	fielderr.OneOf(errs, "transit", a.Transit, TransitRequired, TransitPreferred)
	validateUsers(errs.At("users"), name, a.Users)
	token := a.AuthToken
	if token == nil {
		if len(a.Users) == 0 && a.Transit == TransitRequired {
			errs.Add("users", "needs one user or more, unless there is an authToken: without either everybody may connect")
		}
		return
	}
	token.validate(errs.At("authToken"))
	switch {
	case token.Strategy == TokenDelete && len(a.Users) == 0:
		errs.Add("users", "needs the users that replace authToken")
	case token.Strategy != TokenDelete && len(a.Users) > 0:
		errs.Conflict("users", "authToken", "a group has either; authToken.strategy "+string(TokenDelete)+" is the step between them")
	}
}
