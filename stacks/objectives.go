package stacks

import (
	"time"

	"github.com/plinth-iac/plinth/components/cache"
	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/objective"
	"github.com/plinth-iac/plinth/components/recovery"
)

// The shapes below are what the configuration alone says of the stores. They decide what
// failures cost, before anything is registered.

func (e *Environment) databaseShape() *database.InstanceArgs {
	c := e.Database
	args := &database.InstanceArgs{
		Region:        e.Region,
		Engine:        map[string]database.Engine{"postgres": database.Postgres, "mysql": database.Mysql}[c.Engine],
		EngineVersion: c.EngineVersion, InstanceClass: c.InstanceClass, DatabaseName: databaseName,
		AllocatedGib: c.AllocatedGib, MaxAllocatedGib: &c.MaxAllocatedGib, MultiAz: c.MultiAz, BackupRetentionDays: &c.BackupRetentionDays,
		BackupWindow: backupWindow, MaintenanceWindow: maintenanceWindow,
		Replicas: map[string]database.ReplicaArgs{},
	}
	for name, r := range c.Replicas {
		replica := database.ReplicaArgs{InstanceClass: r.InstanceClass, DeletionProtection: r.DeletionProtection}
		if r.InRecoveryRegion && e.Recovery != nil {
			replica.Region = e.Recovery.Region
		}
		args.Replicas[name] = replica
	}
	return args
}

func (e *Environment) cacheShape() *cache.ReplicationGroupArgs {
	c := e.Cache
	return &cache.ReplicationGroupArgs{
		Region: e.Region, NodeType: c.NodeType, Replicas: c.Replicas, BackupRetentionDays: &c.BackupRetentionDays,
	}
}

func (e *Environment) planShape() *recovery.PlanArgs {
	return &recovery.PlanArgs{
		Region: e.Region,
		Rules:  map[string]recovery.RuleArgs{"daily": {Schedule: backupSchedule, DeleteAfterDays: e.Recovery.KeepDays}},
		Copy:   &recovery.CopyArgs{Region: e.Recovery.Region},
	}
}

// objectives are what failures cost, by class of data.
func (e *Environment) objectives() map[string]objective.Objectives {
	all := map[string]objective.Objectives{}
	if e.Database != nil {
		means := []objective.Objectives{e.databaseShape().Objectives()}
		if e.Recovery != nil {
			means = append(means, e.planShape().Objectives())
		}
		all["database"] = objective.Best(means...)
	}
	if e.Cache != nil {
		all["cache"] = e.cacheShape().Objectives() // AWS Backup has no caches
	}
	return all
}

// validateObjectives holds what is declared against what the settings reach.
func (e *Environment) validateObjectives(errs *fielderr.List) {
	declared := map[string]map[string]ObjectiveConfig{}
	if e.Database != nil {
		declared["database"] = e.Database.Objectives
	}
	if e.Cache != nil {
		declared["cache"] = e.Cache.Objectives
	}
	for class, reached := range e.objectives() {
		for _, miss := range reached.Missed(required(declared[class])) {
			errs.At(class, "objectives").Add(string(miss.Failure), "%s", miss)
		}
	}
}

// required are declared objectives in the form in which components tell theirs.
func required(declared map[string]ObjectiveConfig) objective.Objectives {
	all := objective.Objectives{}
	for name, o := range declared {
		all[objective.Failure(name)] = objective.Objective{
			Rpo: time.Duration(o.RpoMinutes) * time.Minute, Rto: time.Duration(o.RtoMinutes) * time.Minute,
		}
	}
	return all
}
