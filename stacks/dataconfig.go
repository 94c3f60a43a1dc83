package stacks

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/objective"
)

// DatabaseConfig configures the relational database of the application tier.
type DatabaseConfig struct {
	// Engine is the engine, postgres or mysql. It can never change. Default: postgres.
	Engine string `json:"engine,omitzero"`
	// EngineVersion is a major version, or a full one to stay at. Default: the newest that
	// the component knows.
	EngineVersion string `json:"engineVersion,omitzero"`
	// InstanceClass is the class of the primary and, unless they say otherwise, of the
	// replicas. Default: db.m7g.large in production, db.t4g.micro in development.
	InstanceClass string `json:"instanceClass,omitzero"`
	// AllocatedGib is the storage at the start; AWS enlarges it up to maxAllocatedGib. Default: 100 in
	// production, 20 in development.
	AllocatedGib int `json:"allocatedGib,omitzero"`
	// MaxAllocatedGib is the size that storage may grow to. Default: five times allocatedGib.
	MaxAllocatedGib int `json:"maxAllocatedGib,omitzero"`
	// MultiAz keeps a standby in a second zone. Default: true.
	MultiAz *bool `json:"multiAz,omitzero"`
	// BackupRetentionDays is how far back any second can be restored, 1 to 35. Default: 35 in
	// production, 7 in development.
	BackupRetentionDays int `json:"backupRetentionDays,omitzero"`
	// Proxy pools connections in an RDS Proxy, which the servers use then, at 0.015 USD an hour and
	// vCPU of the primary. It changes where and how the application logs in. Default: false.
	Proxy bool `json:"proxy,omitzero"`
	// Password is managed (by AWS), own (begins as the secret configuration value
	// plinth:databasePassword, which a database with replicas needs) or reset (own, written into
	// the database once more: for the one deploy before the first replica of a database whose
	// password was managed). Default: own with replicas, and otherwise managed.
	Password string `json:"password,omitzero"`
	// Replicas are read replicas under names of your choice. Default: none.
	Replicas map[string]ReplicaConfig `json:"replicas,omitzero"`
	// Objectives are what failures may cost, by failure: instance, zone, mistake or region. A
	// stack that cannot keep them is not deployed. Default: none are declared.
	Objectives map[string]ObjectiveConfig `json:"objectives,omitzero"`
}

// ReplicaConfig configures a read replica.
type ReplicaConfig struct {
	// InstanceClass is the replica's class. Default: that of the primary.
	InstanceClass string `json:"instanceClass,omitzero"`
	// InRecoveryRegion puts the replica into the recovery region, where it can take over.
	// Default: false.
	InRecoveryRegion bool `json:"inRecoveryRegion,omitzero"`
	// DeletionProtection is to be false, in a deploy of its own, before the replica is
	// dropped. Default: that of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
}

// CacheConfig configures the Valkey cache of the application tier.
type CacheConfig struct {
	// NodeType is the type of every node. Default: cache.m7g.large in production,
	// cache.t4g.micro in development.
	NodeType string `json:"nodeType,omitzero"`
	// Replicas is the number of nodes beside the primary, each in another zone, 0 to 5.
	// Default: 1.
	Replicas *int `json:"replicas,omitzero"`
	// BackupRetentionDays is how long daily snapshots are kept, 1 to 35. Default: 7 in production, 1 in
	// development.
	BackupRetentionDays int `json:"backupRetentionDays,omitzero"`
	// Objectives are what failures may cost, as for the database. Default: none are declared.
	Objectives map[string]ObjectiveConfig `json:"objectives,omitzero"`
}

// RecoveryConfig configures backups of the stack's data, with copies in a second region.
type RecoveryConfig struct {
	// Region is the recovery region; it holds copies of all backups, and replicas that are put
	// there. Required.
	Region string `json:"region,omitzero"`
	// CidrBlock is the IPv4 block of the VPC there; it must not overlap that of the network.
	// Required.
	CidrBlock string `json:"cidrBlock,omitzero"`
	// Zones are availability zones there, two to six. Required.
	Zones []string `json:"zones,omitzero"`
	// KeepDays is how long backups and their copies are kept, 7 to 3650. Default: 35.
	KeepDays int `json:"keepDays,omitzero"`
}

// ObjectiveConfig is what a failure may cost.
type ObjectiveConfig struct {
	// RpoMinutes is the greatest loss of data, in minutes before the failure. Default: 0.
	RpoMinutes int `json:"rpoMinutes,omitzero"`
	// RtoMinutes is the longest time until the service is back. Required.
	RtoMinutes int `json:"rtoMinutes,omitzero"`
}

// Who keeps the master password.
const (
	passwordManaged = "managed"
	passwordOwn     = "own"
	passwordReset   = "reset"
)

// secretsEndpoint is the set of endpoints through which isolated subnets reach Secrets Manager.
const secretsEndpoint = "Secrets"

// setDataDefaults completes what is configured of the data tier.
func (e *Environment) setDataDefaults() {
	production := e.Profile != Development
	if d := e.Database; d != nil {
		class, size, days := "db.t4g.micro", 20, 7
		if production {
			class, size, days = "db.m7g.large", 100, 35
		}
		defaultTo(&d.Engine, "postgres")
		defaultTo(&d.InstanceClass, class)
		defaultTo(&d.AllocatedGib, size)
		defaultTo(&d.MaxAllocatedGib, 5*d.AllocatedGib)
		defaultTo(&d.BackupRetentionDays, days)
		refTo(&d.MultiAz, true)
		if len(d.Replicas) > 0 {
			defaultTo(&d.Password, passwordOwn)
		}
		defaultTo(&d.Password, passwordManaged)
		for _, name := range sortedKeys(d.Replicas) {
			replica := d.Replicas[name]
			defaultTo(&replica.InstanceClass, d.InstanceClass)
			d.Replicas[name] = replica
		}
	}
	if c := e.Cache; c != nil {
		node, days := "cache.t4g.micro", 1
		if production {
			node, days = "cache.m7g.large", 7
		}
		defaultTo(&c.NodeType, node)
		defaultTo(&c.BackupRetentionDays, days)
		refTo(&c.Replicas, 1)
	}
	if r := e.Recovery; r != nil {
		defaultTo(&r.KeepDays, 35)
	}
}

func refTo[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

func (e *Environment) validateData(errs *fielderr.List) {
	if e.Database != nil {
		e.validateDatabase(errs.At("database"))
	}
	if e.Cache != nil {
		e.validateCache(errs.At("cache"))
	}
	if e.Recovery != nil {
		e.validateRecovery(errs.At("recovery"))
	}
	e.validateObjectives(errs)
}

// validateDatabase checks what the stack decides; the component checks the rest.
func (e *Environment) validateDatabase(errs *fielderr.List) {
	d := e.Database
	oneOf(errs, "engine", d.Engine, "postgres", "mysql")
	between(errs, "backupRetentionDays", d.BackupRetentionDays, 1, 35)
	for _, name := range sortedKeys(d.Replicas) {
		at := errs.At("replicas", fielderr.Key(name))
		if d.Replicas[name].InRecoveryRegion && e.Recovery == nil {
			at.Invalid("inRecoveryRegion", true, "needs recovery, which says where that is")
		}
		if d.Replicas[name].InRecoveryRegion && !*e.CustomerManagedKey {
			at.Invalid("inRecoveryRegion", true, "needs customerManagedKey: a key that AWS manages stays in its region")
		}
	}
	oneOf(errs, "password", d.Password, passwordManaged, passwordOwn, passwordReset)
	switch {
	case d.Password == passwordManaged && len(d.Replicas) > 0:
		errs.Invalid("password", d.Password, "must be %s: AWS does not manage the password of a database with replicas", passwordOwn)
	case d.Password != passwordManaged && !slices.Contains(e.Network.Endpoints, secretsEndpoint):
		errs.Invalid("password", d.Password, "needs %s among network.endpoints: the function that rotates it has no other way to its secret", secretsEndpoint)
	}
	if e.Profile == Production {
		if !*d.MultiAz {
			errs.Invalid("multiAz", false, "production keeps a standby in a second zone")
		}
		if d.BackupRetentionDays < 7 {
			errs.Invalid("backupRetentionDays", d.BackupRetentionDays, "production keeps 7 days or more")
		}
	}
	validateDeclared(errs, d.Objectives)
}

func (e *Environment) validateCache(errs *fielderr.List) {
	c := e.Cache
	between(errs, "replicas", *c.Replicas, 0, 5)
	between(errs, "backupRetentionDays", c.BackupRetentionDays, 1, 35)
	if e.Profile == Production && *c.Replicas == 0 {
		errs.Invalid("replicas", 0, "production keeps one replica or more, to survive the loss of a zone")
	}
	validateDeclared(errs, c.Objectives)
}

func (e *Environment) validateRecovery(errs *fielderr.List) {
	r := e.Recovery
	matches(errs, "region", r.Region, regionForm, "a region such as us-west-2")
	if r.Region != "" && r.Region == e.Region {
		errs.Invalid("region", r.Region, "is the stack's own region; it must be another")
	}
	if r.CidrBlock == "" {
		errs.Required("cidrBlock")
	} else {
		validateCidrs(errs, "cidrBlock", []string{r.CidrBlock}, false)
		if overlap(r.CidrBlock, e.Network.CidrBlock) {
			errs.Invalid("cidrBlock", r.CidrBlock, "overlaps network.cidrBlock (%s): the two could never be connected", e.Network.CidrBlock)
		}
	}
	if len(r.Zones) < 2 {
		errs.Add("zones", "must be two zones or more: a database's subnets span two")
	}
	validateZones(errs, r.Zones, r.Region)
	between(errs, "keepDays", r.KeepDays, 7, 3650)
}

func validateDeclared(errs *fielderr.List, declared map[string]ObjectiveConfig) {
	known := make([]string, len(objective.Failures))
	for i, f := range objective.Failures {
		known[i] = string(f)
	}
	for _, name := range sortedKeys(declared) {
		at := errs.At("objectives", fielderr.Key(name))
		if !slices.Contains(known, name) {
			at.Add("", "is not a known failure; known: %s", strings.Join(known, ", "))
		}
		if declared[name].RpoMinutes < 0 {
			at.Invalid("rpoMinutes", declared[name].RpoMinutes, "must not be negative")
		}
		if declared[name].RtoMinutes < 1 {
			at.Invalid("rtoMinutes", declared[name].RtoMinutes, "must be 1 or more")
		}
	}
}
