package database

import (
	"fmt"
	"math"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	// mostReaders is next to the writer.
	mostReaders = 15
	// longestClusterInstance is for the name and the key together: the provider adds two
	// hyphens and 26 characters of its own.
	longestClusterInstance = longestIdentifier - 2 - 26
)

// clusterEvents are the kinds of events there are of a cluster.
var clusterEvents = strings.Split("configuration change,creation,deletion,failover,failure,maintenance,migration,notification,serverless", ",")

// validate reports every problem at once. It sees args with their defaults.
func (a *ClusterArgs) validate(name string) error {
	var errs fielderr.List
	c := a.core(name)
	c.validate(&errs, a.Engine, clusterEngines)
	c.validateUpkeep(&errs, upkeep{
		kmsKeyArn: a.KmsKeyArn, awsManagedKey: a.AwsManagedKey, caCertificate: a.CaCertificate, backupWindow: a.BackupWindow,
		maintenance: a.MaintenanceWindow, parameters: a.Parameters,
		majorUpgrade: a.AllowMajorVersionUpgrade, applyImmediately: a.ApplyImmediately, extended: a.ExtendedSupport, events: a.Events,
		restore: a.Restore, eventCategories: clusterEvents,
	})
	datastore.Between(&errs, "backupRetentionDays", a.BackupRetentionDays, 1, mostRetention)
	if a.Serverless != nil {
		a.Serverless.validate(errs.At("serverless"), c.engine, a.EngineVersion)
		if *a.Serverless.MinAcu == 0 && a.Proxy != nil {
			errs.Conflict("serverless.minAcu", "proxy", "the proxy's open connections keep the instances awake")
		}
	}
	a.validateInstances(&errs, name)
	a.ReaderScaling.validate(errs.At("readerScaling"), len(a.Instances)-1)
	if a.Alarms != nil {
		at := errs.At("alarms")
		if a.Alarms.FreeStorageGib != 0 {
			at.Add("freeStorageGib", "is for an Instance: the storage of a cluster grows by itself")
		}
		if a.Serverless == nil && a.Alarms.AcuPercent != 0 {
			at.Add("acuPercent", "needs serverless")
		}
		if a.Serverless != nil {
			percent(at, "acuPercent", a.Alarms.AcuPercent)
		}
	}
	return errs.Err(fmt.Sprintf("database.Cluster %q", name))
}

func (s *ServerlessArgs) validate(errs *fielderr.List, e engine, version string) {
	low, high := *s.MinAcu, s.MaxAcu
	half := func(acu float64) bool { return acu*2 == math.Trunc(acu*2) }
	if !half(high) || high < 1 || high > 256 {
		errs.Invalid("maxAcu", high, "must be 1 to 256, in steps of 0.5")
	}
	if !half(low) || low < 0 || low > high {
		errs.Invalid("minAcu", low, "must be 0 to maxAcu, in steps of 0.5")
	}
	switch {
	case low != 0 && s.PauseSeconds != 0:
		errs.Add("pauseSeconds", "needs minAcu 0: the instances never pause")
	case low == 0:
		datastore.Between(errs, "pauseSeconds", s.PauseSeconds, 300, 86400)
	}
	if !e.isMinor(version) {
		return
	}
	if !e.reaches(version, firstServerless) {
		errs.Add("", "needs a newer engineVersion than %s", version)
	} else if low == 0 && !e.reaches(version, firstPausing) {
		errs.Invalid("minAcu", low, "needs a newer engineVersion than %s, which cannot pause", version)
	}
}

func (a *ClusterArgs) validateInstances(errs *fielderr.List, name string) {
	if n := len(a.Instances); n == 0 || n > mostReaders+1 {
		errs.Invalid("instances", n, "must be 1 to %d, of which AWS makes one the writer", mostReaders+1)
	}
	if a.InstanceClass == "" {
		errs.Add("instanceClass", "is required, unless serverless")
	} else {
		a.checkClass(errs, a.InstanceClass)
	}
	for _, key := range base.SortedKeys(a.Instances) {
		at, instance := errs.At("instances", fielderr.Key(key)), a.Instances[key]
		if !keyForm.MatchString(key) || len(name)+len(key) > longestClusterInstance {
			at.Add("", "the key must be lower-case letters, digits and single hyphens, and have no more than %d characters together with the name", longestClusterInstance)
		}
		if instance.InstanceClass != a.InstanceClass {
			a.checkClass(at, instance.InstanceClass)
		}
		datastore.Between(at, "promotionTier", *instance.PromotionTier, 0, 15)
		if instance.Zone != "" && (!strings.HasPrefix(instance.Zone, a.Region) || instance.Zone == a.Region) {
			at.Invalid("zone", instance.Zone, "must be a zone of %s", a.Region)
		}
	}
}

func (a *ClusterArgs) checkClass(errs *fielderr.List, class string) {
	switch form := classForm.FindStringSubmatch(class); {
	case class == serverlessClass && a.Serverless == nil:
		errs.Invalid("instanceClass", class, "needs serverless, with the range of its size")
	case class == serverlessClass:
	case form == nil:
		errs.Invalid("instanceClass", class, "must be a class such as db.r7g.large")
	case form[1] == "micro" || form[1] == "small":
		errs.Invalid("instanceClass", class, "is too small for Aurora; the smallest is db.t4g.medium")
	case a.Engine == Mysql && strings.HasPrefix(class, "db.t3.") && a.Monitoring.Insights != InsightsOff:
		errs.Invalid("instanceClass", class, "has no Database Insights with Aurora MySQL; use db.t4g.medium or larger, or monitoring.insights Off")
	}
}

func (s *ReaderScalingArgs) validate(errs *fielderr.List, readers int) {
	if s == nil {
		return
	}
	datastore.Between(errs, "max", s.Max, 1, mostReaders)
	if s.Max < readers {
		errs.Invalid("max", s.Max, "must not be less than the %d readers among instances", readers)
	}
	datastore.Between(errs, "min", *s.Min, 0, max(0, s.Max))
	switch {
	case s.Connections < 0:
		errs.Invalid("connections", s.Connections, "must be above 0")
	case s.Connections > 0 && s.CpuPercent != 0:
		errs.Conflict("connections", "cpuPercent", "one of them is kept")
	case s.Connections == 0:
		percent(errs, "cpuPercent", s.CpuPercent)
	}
	datastore.Between(errs, "inCooldownSeconds", *s.InCooldownSeconds, 0, 86400)
	datastore.Between(errs, "outCooldownSeconds", *s.OutCooldownSeconds, 0, 86400)
}
